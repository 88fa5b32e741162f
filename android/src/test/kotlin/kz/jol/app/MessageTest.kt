package kz.jol.app

import kz.jol.core.JolException
import kz.jol.core.MessageStanding
import kz.jol.core.ReplyReading
import kz.jol.core.Way
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** A ride is paid by a text message, without a network; what the app reads in a text proves nothing. */
class MessageTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a message pays, and its ride is a ticket when the operator says so`() {
        val aru = scene.passenger()
        val bus = aru.board()
        scene.loseNetwork()
        val message = aru.jol.message(bus.vehicle, Way.SMS, Passenger.adults(1))
        assertEquals("9505", message.to)
        assertEquals(message.to, aru.jol.smsRule()?.number)
        assertEquals(bus.painted, message.text)
        assertNull(message.warning)
        aru.jol.messageOpened(message)
        assertEquals(MessageStanding.NotKnown, aru.jol.messages().single().standing)
        assertEquals(message.id, aru.quote(bus.vehicle).byMessage)

        assertEquals(ReplyReading.NotTheOperators, aru.jol.takeMessage("Hello").single().reads)
        val read = aru.jol.takeMessage(scene.sandbox.sms(Passenger.NUMBER, message.text)).single()
        assertEquals(ReplyReading.Paid, read.reads)
        assertEquals(message.id, read.message)
        assertNotNull(read.number)
        assertEquals(MessageStanding.SaysPaid, aru.jol.messages().single().standing)
        assertTrue("no ticket by an answer", aru.jol.tickets().isEmpty())

        scene.findNetwork(aru.jol)
        val ticket = aru.jol.tickets().single()
        assertEquals(MessageStanding.Paid(ticket.ride), aru.jol.messages().single().standing)
        assertTrue(ticket.isValid)
        assertNotNull("the ride is known", aru.quote(bus.vehicle).paidBy)
        assertThrows(JolException.NotFound::class.java) { aru.jol.messageNotSent(message.id) }
    }

    @Test
    fun `what was not sent is taken back, and a messenger is opened by its link`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val message = aru.jol.message(bus.vehicle, Way.MESSENGER, Passenger.adults(2))
        assertEquals("https://t.me/jol_sample_bot?text=${bus.painted}%20%2A2", message.link)
        assertEquals(message.apps, aru.jol.messengerRule()?.apps)
        aru.jol.messageOpened(message)
        assertNotNull(aru.quote(bus.vehicle).warning)
        aru.jol.messageNotSent(message.id)
        assertNull(aru.quote(bus.vehicle).warning)
        assertTrue(aru.jol.messages().isEmpty())
    }
}
