package kz.jol.app

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import java.io.File
import java.io.FileNotFoundException
import java.security.KeyStore
import java.security.SecureRandom
import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * The wallet's data key, which seals names and numbers in its file: kept beside it, wrapped (AES-GCM)
 * by a key that never leaves this phone's hardware.
 */
class DataKey(
    private val file: File,
    /** The key that wraps it; made if there is none. */
    private val wrapping: () -> SecretKey = ::ofThisPhone,
) {
    /**
     * The key, 32 bytes; made on the first call. Where it is lost for good (another phone, a key store
     * that was emptied) a new one takes its place: names and numbers are asked for anew, tickets and
     * payments are not sealed. May take a second.
     */
    fun open(): ByteArray = kept() ?: made()

    private fun kept(): ByteArray? = try {
        val bytes = AtomicFile(file).readFully()
        if (bytes.size != NONCE_BYTES + KEY_BYTES + TAG_BYTES) null
        else cipher(Cipher.DECRYPT_MODE, GCMParameterSpec(TAG_BYTES * 8, bytes, 0, NONCE_BYTES))
            .doFinal(bytes, NONCE_BYTES, bytes.size - NONCE_BYTES)
    } catch (_: FileNotFoundException) {
        null
    } catch (_: AEADBadTagException) {
        null
    } catch (_: UnrecoverableKeyException) {
        null
    } catch (_: KeyPermanentlyInvalidatedException) {
        null
    }

    private fun made(): ByteArray {
        val key = ByteArray(KEY_BYTES).also(SecureRandom()::nextBytes)
        // The key store insists on a nonce of its own.
        val cipher = cipher(Cipher.ENCRYPT_MODE, null)
        val wrapped = cipher.doFinal(key)
        val whole = AtomicFile(file)
        val out = whole.startWrite()
        try {
            out.write(cipher.iv + wrapped)
            whole.finishWrite(out)
        } catch (failed: Exception) {
            whole.failWrite(out)
            throw failed
        }
        return key
    }

    private fun cipher(mode: Int, nonce: GCMParameterSpec?): Cipher =
        Cipher.getInstance("AES/GCM/NoPadding").apply {
            if (nonce == null) init(mode, wrapping()) else init(mode, wrapping(), nonce)
        }

    private companion object {
        const val ALIAS = "jol.data"
        const val KEY_BYTES = 32
        const val NONCE_BYTES = 12
        const val TAG_BYTES = 16

        fun ofThisPhone(): SecretKey {
            val store = KeyStore.getInstance(ANDROID_KEY_STORE).apply { load(null) }
            (store.getKey(ALIAS, null) as? SecretKey)?.let { return it }
            val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
            val wish = KeyGenParameterSpec.Builder(ALIAS, purposes)
                .setKeySize(KEY_BYTES * 8)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .build()
            return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, ANDROID_KEY_STORE)
                .apply { init(wish) }
                .generateKey()
        }
    }
}
