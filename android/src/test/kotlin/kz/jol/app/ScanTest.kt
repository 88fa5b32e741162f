package kz.jol.app

import com.sun.jna.Native
import com.sun.jna.Pointer
import kz.jol.core.CodeCheck
import kz.jol.core.JolException
import kz.jol.core.Meaning
import kz.jol.core.ScannedCode
import kz.jol.core.codePng
import kz.jol.core.codeSvg
import kz.jol.core.printed
import kz.jol.core.seenBytes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import java.nio.ByteBuffer
import javax.imageio.ImageIO

/** What hangs about in a bus, by pictures: each code says what it is, and nothing comes of looking. */
class ScanTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a sticker, one stuck over it, one's own ticket, a bank's code and a false link`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val genuine = scene.sandbox.sticker(bus.vehicle)
        val seen = aru.photographs(genuine)
        assertEquals("$seen", CodeCheck.GENUINE to false, seen.check to seen.warn)
        assertEquals("Genuine: bus ${bus.painted}. Compare the number on the bus.", seen.says)
        assertEquals(bus.vehicle, aru.jol.busByCode((seen.meaning as Meaning.Bus).sticker).vehicle)

        val forged = aru.photographs(genuine.dropLast(1) + if (genuine.last() == 'A') 'B' else 'A')
        assertEquals("$forged", CodeCheck.NOT_GENUINE to true, forged.check to forged.warn)
        val claim = "bus ${bus.vehicle}"
        assertEquals("Not genuine: the operator did not sign it. It says: $claim", forged.says)

        aru.pay(aru.quote(bus.vehicle))
        val before = aru.jol.revision()
        val own = aru.shows(aru.jol.tickets().single().ride).scan(aru.jol).single()
        assertTrue("$own", own.meaning is Meaning.Ticket && own.check == CodeCheck.GENUINE)
        assertEquals("This is your own ticket: show it to the inspector.", own.says)

        val card = aru.photographs("JOLQ1:6BF")
        assertTrue("$card", card.meaning is Meaning.ShownCard && card.check == CodeCheck.NOT_GENUINE)
        assertEquals("Not genuine: the operator did not sign it. It says: a card’s code", card.says)
        val bank = aru.photographs("0002015907Дүкен А6304FFFF")
        assertEquals("$bank", CodeCheck.UNSIGNED to false, bank.check to bank.warn)
        assertEquals("A bank’s payment to “Дүкен А”. It pays no ride.", bank.says)
        val link = aru.photographs("https://jol.kz.evil.example/B/547")
        assertEquals("$link", CodeCheck.UNSIGNED to true, link.check to link.warn)
        assertEquals("Do not open: it pretends to be Jol’s and leads to jol.kz.evil.example", link.says)
        assertEquals("nothing changed", before, aru.jol.revision())
    }

    @Test
    fun `whom to call stands beside what was declined`() {
        val calls = scene.passenger().jol.whomToCall()
        assertEquals("Questions? Call +7 777 000 2505 (day and night).", calls.first().text)
        assertEquals("tel:+77070002505", calls.last().link)
    }

    @Test
    fun `a frame is read where the camera put it`() {
        val frame = ByteBuffer.allocateDirect(640 * 480)
        val address = Pointer.nativeValue(Native.getDirectBufferPointer(frame)).toULong()
        val whole = seenBytes(frame)
        assertEquals(address to (640UL * 480UL), whole.address to whole.length)
        val part = seenBytes(frame.position(1_000).slice())
        assertEquals(address + 1_000UL to (640UL * 480UL - 1_000UL), part.address to part.length)
        assertThrows(IllegalArgumentException::class.java) { seenBytes(ByteBuffer.allocate(640 * 480)) }
    }

    @Test
    fun `a code is sent as a picture and reads where it arrives`() {
        val aru = scene.passenger()
        val text = "https://jol.kz/T/4417"
        val picture = ImageIO.read(codePng(printed(text)!!, 6U).inputStream())
        val gray = ByteBuffer.allocateDirect(picture.width * picture.height)
        for (y in 0 until picture.height) for (x in 0 until picture.width) gray.put(picture.getRGB(x, y).toByte())
        val (width, height) = picture.width.toUInt() to picture.height.toUInt()
        assertEquals(text, aru.jol.scan(gray.flip(), width, height, width, 0U).single().text)
        assertTrue(codeSvg(printed(text)!!).startsWith("<svg"))
        assertThrows(JolException.BadInput::class.java) { codePng(printed(text)!!, 0U) }
    }

    /** What the phone says of a code that somebody printed; it is where the picture has it, however turned. */
    private fun Passenger.photographs(text: String): ScannedCode {
        val camera = Camera.of(printed(text)!!)
        val seen = camera.scan(jol).single()
        val (near, far) = (Camera.QUIET * Camera.MODULE).let { it to camera.width - it }
        seen.isAt(near to near, far to near, far to far, near to far)
        camera.scan(jol, rotation = 90).single().isAt(far to near, far to far, near to far, near to near)
        assertEquals("as it was typed", jol.whatIs(text), seen.copy(corners = emptyList()))
        return seen
    }

    private fun ScannedCode.isAt(vararg places: Pair<Int, Int>) {
        assertEquals(4, corners.size)
        for ((corner, place) in corners.zip(places)) {
            assertEquals("$corners", place.first.toFloat(), corner.x, Camera.MODULE.toFloat())
            assertEquals("$corners", place.second.toFloat(), corner.y, Camera.MODULE.toFloat())
        }
    }
}
