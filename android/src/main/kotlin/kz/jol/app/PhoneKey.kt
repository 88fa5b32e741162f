package kz.jol.app

import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.security.GeneralSecurityException
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec

/**
 * This phone's key (P-256), which proves that a ticket is shown by the phone that bought it. It also
 * signs taps, and its own enrolment.
 */
class PhoneKey(private val pair: KeyPair) {
    /** Its point as the core takes it: uncompressed, 65 bytes (SEC 1, 2.3.3). */
    val publicKey: ByteArray = pointOf(pair.public as ECPublicKey)

    /** ECDSA with SHA-256, in DER; null if the key store refuses. May take a second: a chip does it. */
    fun sign(message: ByteArray): ByteArray? = try {
        Signature.getInstance("SHA256withECDSA").run {
            initSign(pair.private)
            update(message)
            sign()
        }
    } catch (_: GeneralSecurityException) {
        null
    } catch (_: ProviderException) {
        null
    }

    companion object {
        /**
         * The key in this phone's key store, made on the first call: in a chip of its own (StrongBox)
         * where the phone has one, else behind the processor's. May take seconds.
         */
        fun ofThisPhone(phone: PackageManager): PhoneKey {
            val store = KeyStore.getInstance(ANDROID_KEY_STORE).apply { load(null) }
            return PhoneKey(kept(store) ?: made(phone))
        }

        private fun kept(store: KeyStore): KeyPair? = try {
            val key = store.getKey(ALIAS, null) as? PrivateKey
            store.getCertificate(ALIAS)?.let { KeyPair(it.publicKey, key ?: return null) }
        } catch (_: UnrecoverableKeyException) {
            // Gone for good. A new one is enrolled with the next sign-in.
            null
        }

        private fun made(phone: PackageManager): KeyPair {
            val hasChip = Build.VERSION.SDK_INT >= Build.VERSION_CODES.P &&
                phone.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
            if (!hasChip) return make(inChip = false)
            return try {
                make(inChip = true)
            } catch (_: StrongBoxUnavailableException) {
                make(inChip = false)
            }
        }

        private fun make(inChip: Boolean): KeyPair {
            // No fingerprint for each signature: a ticket is shown every 15 s, by whoever holds the phone.
            val wish = KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
                .setDigests(KeyProperties.DIGEST_SHA256)
            if (inChip && Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) wish.setIsStrongBoxBacked(true)
            return KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, ANDROID_KEY_STORE)
                .apply { initialize(wish.build()) }
                .generateKeyPair()
        }

        private fun pointOf(key: ECPublicKey): ByteArray =
            byteArrayOf(UNCOMPRESSED) + key.w.affineX.toByteArray().inField() + key.w.affineY.toByteArray().inField()

        /** Java writes a number as short as it can, but with room for its sign. */
        private fun ByteArray.inField(): ByteArray =
            ByteArray(maxOf(0, FIELD_BYTES - size)) + takeLast(FIELD_BYTES)

        private const val ALIAS = "jol.phone"
        private const val UNCOMPRESSED: Byte = 4
        private const val FIELD_BYTES = 32
    }
}

/** The name of Android's key store among the providers. */
internal const val ANDROID_KEY_STORE = "AndroidKeyStore"
