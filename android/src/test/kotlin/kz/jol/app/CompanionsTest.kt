package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kz.jol.core.JolException
import kz.jol.core.Meaning
import kz.jol.core.TravelQuery
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** Three ride on one payment; two of them take their ticket along on a companion's phone. */
class CompanionsTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a ticket goes from screen to screen, and both are valid`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val (dana, other) = scene.passenger("+77011234568") to scene.passenger("+77011234569")
        aru.pay(aru.quote(bus.vehicle, adults = 3))
        val ride = aru.jol.tickets().single().ride
        val before = aru.shows(ride)

        val asked = Camera.of(dana.jol.receiverCode()).scan(aru.jol).single().meaning as Meaning.Receiver
        assertThrows(JolException.BadInput::class.java) { aru.send(ride, asked, 4) }
        scene.loseNetwork()
        val sending = aru.send(ride, asked, 2)
        assertEquals("the same wish", sending, aru.send(ride, asked, 2))
        assertFalse(aru.jol.sentTickets(ride).single().isReady)
        assertThrows(JolException.NotFound::class.java) { aru.jol.sentCode(sending) }
        scene.findNetwork(aru.jol)
        val sent = aru.jol.sentTickets(ride).single()
        assertTrue("$sent", sent.isReady && sent.text == "Show this code to the other phone")
        assertEquals("who stays", 1, aru.jol.ticket(ride).passengers.single().count.toInt())

        // From here on no phone needs a network, but for the inspector's list.
        val parcel = Camera.of(aru.jol.sentCode(sending)).scan(dana.jol).single().meaning as Meaning.Parcel
        assertThrows(JolException.BadInput::class.java) { other.jol.receiveTicket(parcel.text) }
        val received = dana.jol.receiveTicket(parcel.text)
        assertEquals("scanned twice", received, dana.jol.receiveTicket(parcel.text))
        assertTrue(dana.jol.ticket(received).isReceived)
        assertTrue("she paid nothing", dana.jol.travelDetails(TravelQuery()).entries.isEmpty())
        val screen = runBlocking { dana.tickets().screens(received).first() }
        assertEquals(bus.painted, screen.bus)
        assertEquals(listOf(TicketScreen.Passengers("Adult", 2)), screen.passengers)

        scene.pass(5 * 60_000)
        val inspector = scene.inspector()
        inspector.beginCheck(bus.painted)
        for ((phone, ticket, adults) in listOf(Triple(aru, ride, 1), Triple(dana, received, 2))) {
            val verdict = phone.shows(ticket).verdict(inspector)!!
            assertEquals("$verdict", "valid", verdict.verdict)
            assertEquals(adults, verdict.passengers.single().count.toInt())
        }
        assertEquals("seen_before", dana.shows(received).verdict(inspector)!!.reason)
        assertEquals("for all three, of before", "replaced", before.verdict(inspector)!!.reason)
    }

    private fun Passenger.send(ride: String, to: Meaning.Receiver, adults: Int): String =
        jol.sendTicket(ride, to.text, Passenger.adults(adults))
}
