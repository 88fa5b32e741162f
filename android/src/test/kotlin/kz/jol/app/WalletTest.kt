package kz.jol.app

import android.provider.Settings
import kz.jol.core.Jol
import kz.jol.core.Language
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import java.security.ProviderException
import javax.crypto.spec.SecretKeySpec

/** What the app passes to the core to open the wallet. */
@RunWith(RobolectricTestRunner::class)
class WalletTest {
    @get:Rule
    val folder = TemporaryFolder()
    private val app = RuntimeEnvironment.getApplication()
    private val hardware = SecretKeySpec(ByteArray(32) { 1 }, "AES")

    @Test
    fun `the data key is the same at every start, and not to be read in its file`() {
        val file = folder.root.resolve("data.key")
        val key = DataKey(file) { hardware }.open()
        assertEquals(32, key.size)
        assertArrayEquals(key, DataKey(file) { hardware }.open())
        val kept = file.readBytes().toList()
        assertFalse(kept.windowed(8).any { it in key.toList().windowed(8) })
    }

    @Test
    fun `a data key that is lost for good is replaced`() {
        val file = folder.root.resolve("data.key")
        val key = DataKey(file) { hardware }.open()
        val other = SecretKeySpec(ByteArray(32) { 2 }, "AES")
        val new = DataKey(file) { other }.open()
        assertFalse(key.contentEquals(new))
        assertArrayEquals("and the new one stays", new, DataKey(file) { other }.open())
        file.writeBytes(file.readBytes().dropLast(1).toByteArray())
        assertFalse("cut short", new.contentEquals(DataKey(file) { other }.open()))
    }

    @Test
    fun `a key store that fails for a moment loses nothing`() {
        val file = folder.root.resolve("data.key")
        val key = DataKey(file) { hardware }.open()
        assertThrows(ProviderException::class.java) { DataKey(file) { throw ProviderException("busy") }.open() }
        assertArrayEquals(key, DataKey(file) { hardware }.open())
    }

    @Test
    @Config(qualifiers = "+kk")
    fun `the wallet opens in the passenger's language`() {
        Settings.Global.putInt(app.contentResolver, Settings.Global.BOOT_COUNT, 12)
        val opening = Wallet.opening(app, Wallet.operators(app).first(), ByteArray(32))
        assertEquals("12", opening.bootId)
        assertEquals("0.1.0", opening.appVersion)
        assertTrue(File(opening.folder).startsWith(app.filesDir))
        val jol = Jol.open(opening)
        assertEquals(Language.KK, jol.language())
        assertTrue(jol.tickets().isEmpty())
        jol.shut()
    }

    @Test
    fun `the list of operators names the sandbox`() {
        val (known) = Wallet.operators(app)
        PaidTicket.held().use { held ->
            assertEquals(held.operator.code, known.code)
            assertArrayEquals(held.operator.rootKey, known.rootKey)
        }
    }
}
