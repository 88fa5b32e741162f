package kz.jol.app

import kz.jol.core.CodeCheck
import kz.jol.core.NfcStep
import kz.jol.core.PaymentState
import kz.jol.core.Sighting
import kz.jol.core.Source
import kz.jol.core.Way
import kz.jol.core.beaconUuid
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import java.util.UUID

/** A phone at a bus's door: held to a reader, and in earshot of a beacon. */
class BusTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a terminal names its bus, and its ride is paid by a tap and read off the phone`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val inspector = scene.inspector()
        assertDone(aru.sends(null, SELECT_BUS))
        val sticker = scene.sandbox.sticker(bus.vehicle).toByteArray()
        val named = aru.jol.nfcRespond(null, NAME_BUS + sticker.size.toByte() + sticker) as NfcStep.Bus
        assertDone(named.reply)
        assertEquals(CodeCheck.GENUINE, named.code.check)
        assertTrue("nothing is paid yet", aru.jol.payments().isEmpty())
        val vehicle = aru.jol.busByCode(named.code.text)
        assertEquals(bus.painted, vehicle.painted)
        val quote = aru.jol.quote(vehicle.vehicle, Way.NFC, Source.PhoneBalance, Passenger.adults(1), false)
        val payment = aru.pay(quote)
        assertTrue("$payment", payment.state is PaymentState.Paid)
        aru.jol.nfcGone()

        val ticket = aru.jol.tickets().single()
        assertEquals(Way.NFC, ticket.way)
        inspector.beginCheck(bus.painted)
        val view = inspector.inspectTag(aru.message(ticket.ride))
        assertEquals("$view", "valid", view.verdict)
        assertArrayEquals("nothing is held out", byteArrayOf(), aru.message(null))
    }

    @Test
    fun `a reader that says to be another bus is told as such`() {
        val aru = scene.passenger()
        aru.sends(null, SELECT_BUS)
        val genuine = scene.sandbox.sticker(aru.board().vehicle)
        val forged = (genuine.dropLast(1) + if (genuine.last() == 'A') 'B' else 'A').toByteArray()
        val named = aru.jol.nfcRespond(null, NAME_BUS + forged.size.toByte() + forged) as NfcStep.Bus
        assertArrayEquals(byteArrayOf(0x69, 0x82.toByte()), named.reply)
        assertEquals(CodeCheck.NOT_GENUINE to true, named.code.check to named.code.warn)
    }

    @Test
    fun `a beacon offers its bus, and no more`() {
        val aru = scene.passenger()
        val bus = aru.board()
        UUID.fromString(beaconUuid())
        val beacon = byteArrayOf(1) + scene.sandbox.operator.code.toByteArray() + bus.painted.toByteArray()
        val offered = aru.jol.observeBeacon(beacon, (-60).toByte()) as Sighting.Choose
        val heard = offered.candidates.single()
        assertEquals(bus.vehicle to true, heard.vehicle to heard.heard)
        aru.jol.forgetSighting()
        assertTrue(aru.jol.observeBeacon(byteArrayOf(2) + beacon.drop(1), (-60).toByte()) is Sighting.None)
    }

    /** The reply to a command that needs no key. */
    private fun Passenger.sends(ride: String?, command: ByteArray): ByteArray =
        (jol.nfcRespond(ride, command) as NfcStep.Reply).reply

    /** The message on the tag that this phone is, as a reader reads it. */
    private fun Passenger.message(ride: String?): ByteArray {
        assertDone(sends(ride, SELECT_NDEF))
        when (val step = jol.nfcRespond(ride, SELECT_MESSAGE)) {
            is NfcStep.ToSign -> assertDone(jol.nfcSigned(sign(step.toSign.message)))
            is NfcStep.Reply -> assertDone(step.reply)
            is NfcStep.Bus -> throw AssertionError("$step")
        }
        val length = body(sends(ride, read(0, 2))).fold(0) { sum, byte -> sum * 256 + (byte.toInt() and 0xff) }
        var message = byteArrayOf()
        while (message.size < length) {
            val piece = body(sends(ride, read(2 + message.size, minOf(200, length - message.size))))
            assertTrue(piece.isNotEmpty())
            message += piece
        }
        return message
    }

    private fun read(from: Int, length: Int) =
        byteArrayOf(0, 0xb0.toByte(), (from / 256).toByte(), from.toByte(), length.toByte())

    private fun body(reply: ByteArray): ByteArray {
        assertDone(reply)
        return reply.copyOf(reply.size - 2)
    }

    private fun assertDone(reply: ByteArray) =
        assertArrayEquals(byteArrayOf(0x90.toByte(), 0), reply.takeLast(2).toByteArray())

    private companion object {
        fun hex(text: String) = text.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

        val SELECT_NDEF = hex("00A4040007D276000085010100")
        val SELECT_MESSAGE = hex("00A4000C02E104")
        val SELECT_BUS = hex("00A4040007F04A4F4C42555300")
        val NAME_BUS = hex("80420000")
    }
}
