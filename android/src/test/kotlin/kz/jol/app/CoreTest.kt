package kz.jol.app

import kz.jol.core.Money
import kz.jol.core.sumText
import kz.jol.core.version
import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File

/** The real library, called over JNA as the app calls it. */
class CoreTest {
    @Test
    fun `the library is the one of this source`() {
        val workspace = File(System.getProperty("jol.root"), "Cargo.toml").readText()
        val (version) = requireNotNull(Regex("""(?m)^version = "(.+)"$""").find(workspace)).destructured
        assertEquals(version, version())
    }

    @Test
    fun `a sum crosses without loss`() {
        assertEquals("120", sumText(Money(12_000)))
        assertEquals("99.50", sumText(Money(9_950)))
        assertEquals("-92233720368547758.08", sumText(Money(Long.MIN_VALUE)))
    }
}
