package kz.jol.app

import android.content.Intent
import android.content.pm.PackageManager
import android.nfc.cardemulation.HostApduService
import kz.jol.app.Reader.Companion.hex
import kz.jol.core.Language
import kz.jol.core.NfcStep
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowCardEmulation
import org.xmlpull.v1.XmlPullParser
import java.time.Duration

/** The ticket on the screen as an NFC tag, through Android's own messages, before any reader. */
class TagServiceTest : TicketStage<PaidTicket>(PaidTicket.held()) {
    private val reader = Reader()

    @After
    fun away() = reader.close()

    @Test
    fun `a reader reads the ticket on the screen, and the inspector finds it good`() {
        open(Language.EN)
        reader.done(Reader.SELECT_NDEF)
        reader.done(Reader.SELECT_CONTAINER)
        val container = hex("000F2000F000340406E104020000FF")
        assertArrayEquals("the container of the standard", container, reader.done(Reader.read(0, 15)))
        assertReads("valid", reader.message())
    }

    @Test
    fun `it is what the core says to the same commands, signed by the phone's key once`() {
        open(Language.EN)
        val before = signatures
        val message = reader.message()
        assertEquals(1, signatures - before)
        reader.leave()
        // The core alone, with the same ticket in the same slot: ECDSA differs in each signature, so in text alone.
        val core = { command: ByteArray -> held.jol.nfcRespond(held.ride, command) }
        core(Reader.SELECT_NDEF)
        val asked = core(Reader.SELECT_MESSAGE) as NfcStep.ToSign
        assertArrayEquals(Reader.DONE, held.jol.nfcSigned(held.key.sign(asked.toSign.message)))
        val length = (core(Reader.read(0, 2)) as NfcStep.Reply).reply
        assertEquals(message.size, (length[0].toInt() shl 8) + (length[1].toInt() and 0xff))
        held.inspector.beginCheck(held.painted)
        val (ticket, other) = held.inspector.inspectTag(message).ticket to held.jol.whatIsOnTag(message)
        assertEquals("its own ticket: $other", "This is your own ticket: show it to the inspector.", other.says)
        assertFalse(ticket.isNullOrEmpty())
    }

    @Test
    fun `what a reader was told stays the same until it asks anew or leaves`() {
        open(Language.EN)
        val message = reader.message()
        pass(Duration.ofSeconds(46))
        assertArrayEquals("no slot changes it", message.copyOf(64), reader.done(Reader.read(2, 64)))
        reader.leave()
        assertArrayEquals("let go", hex("6986"), reader.send(Reader.read(2, 64)))
        assertReads("valid", reader.message())
    }

    @Test
    fun `a ticket that is on no screen is on no tag`() {
        val controller = start()
        controller.pause().stop()
        assertArrayEquals("nothing is held out", byteArrayOf(), reader.message())
        controller.start().resume()
        idle()
        assertReads("valid", reader.message())
    }

    @Test
    fun `without a key that works it is read, and the inspector cannot tell`() {
        sign = { null }
        open(Language.EN)
        assertReads("cannot_tell", reader.message())
        // A key that another phone has: refused by the core, and shown as without one.
        val other = Passenger.softwareKey()
        sign = { other.sign(it) }
        assertReads("cannot_tell", reader.message())
    }

    @Test
    fun `a command that is none has an answer, too`() {
        application()
        assertArrayEquals(hex("6700"), reader.send(hex("00A4")))
        assertArrayEquals(hex("6A82"), reader.send(hex("00A4040007D276000085010000")))
    }

    @Test
    fun `Android finds both applications, and prefers this tag while a ticket is on the screen`() {
        val phone = RuntimeEnvironment.getApplication().packageManager
        val found = phone.queryIntentServices(
            Intent(HostApduService.SERVICE_INTERFACE),
            PackageManager.GET_META_DATA,
        ).single().serviceInfo
        assertEquals(TagService::class.java.name, found.name)
        assertEquals("only Android's NFC binds it", "android.permission.BIND_NFC_SERVICE", found.permission)
        val xml = found.loadXmlMetaData(phone, HostApduService.SERVICE_META_DATA)
        val applications = mutableListOf<String>()
        while (xml.next() != XmlPullParser.END_DOCUMENT) {
            if (xml.eventType != XmlPullParser.START_TAG || xml.name != "aid-filter") continue
            applications += xml.getAttributeValue("http://schemas.android.com/apk/res/android", "name")
        }
        assertEquals(listOf("D2760000850101", "F04A4F4C425553"), applications)

        shadowOf(phone).setSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        val controller = start()
        assertEquals(TagService::class.java.name, ShadowCardEmulation.getPreferredService()?.className)
        controller.pause()
        assertNull(ShadowCardEmulation.getPreferredService())
    }

    private fun assertReads(verdict: String, message: ByteArray) {
        held.inspector.beginCheck(held.painted)
        val read = held.inspector.inspectTag(message)
        assertEquals("$read", verdict, read.verdict)
        assertEquals(held.painted, read.bus)
    }
}
