package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kz.jol.core.ChangeState
import kz.jol.core.DeclineReason
import kz.jol.core.JolException
import kz.jol.core.Money
import kz.jol.core.PaymentState
import kz.jol.core.RideState
import kz.jol.core.Source
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** A ride is given back, or put on the right bus. */
class RefundTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a ride is given back once, and its ticket is shown no more`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val payment = aru.pay(aru.quote(bus.vehicle))
        val ride = (payment.state as PaymentState.Paid).ride
        assertEquals(300u, aru.jol.changeable(ride).refundLeftS)

        scene.loseNetwork()
        val wish = aru.jol.refund(ride)
        assertEquals("the same wish", wish, aru.jol.refund(ride))
        assertEquals(ChangeState.Asked, aru.jol.rideChange(wish).state)
        assertThrows(JolException.BadInput::class.java) { aru.jol.toSign(ride, null) }
        assertFalse(aru.jol.ticket(ride).isValid)
        scene.findNetwork(aru.jol)

        val refund = (aru.jol.rideChange(wish).state as ChangeState.Refunded).refund
        assertEquals(payment.fare, refund.sum)
        assertEquals(Source.PhoneBalance, refund.to)
        val text = aru.jol.rideChangeText(wish)
        assertTrue(text, text.contains("100 ₸") && text == aru.jol.refundText(refund))
        assertEquals(RideState.REFUNDED, aru.jol.ticket(ride).state)
        assertTrue(aru.jol.payment(payment.key).state is PaymentState.Refunded)
        assertEquals(Money(0), aru.jol.spentFrom(Source.PhoneBalance))
        val screen = runBlocking { aru.tickets().screens(ride).first() }
        assertTrue("no code", screen.ended && screen.code == null)
    }

    @Test
    fun `what brings no ticket comes back by itself, and the screen says where and by when`() {
        // A carrier that takes its time; when it has taken the money, no ticket can be signed.
        val aru = scene.passenger("+77010000007")
        val key = aru.tap(aru.quote(aru.board().vehicle))
        aru.jol.settle()
        scene.sandbox.signsTickets(false)
        scene.pass(21_000)
        aru.jol.networkChanged()
        aru.jol.settle()
        val state = aru.jol.payment(key).state as PaymentState.Refunded
        assertEquals(null, state.ride)
        val screen = runBlocking { aru.tickets().pending(key, null).first() }
        assertEquals(aru.jol.refundText(state.refund), screen.hint)
        assertTrue(screen.hint, screen.hint.contains("100 ₸") && screen.code == null)
        assertEquals(Money(0), aru.jol.spentFrom(Source.PhoneBalance))
    }

    @Test
    fun `a ticket is put on the right bus once and keeps its moment of issue`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val ride = (aru.pay(aru.quote(bus.vehicle)).state as PaymentState.Paid).ride
        val other = aru.jol.vehicles().first { it.line == aru.jol.ticket(ride).line && it.vehicle != bus.vehicle }
        scene.pass(30_000)
        assertEquals(90u, aru.jol.changeable(ride).correctionLeftS)
        val quote = aru.jol.quoteCorrection(ride, other.vehicle)
        assertEquals(Money(0), quote.difference)
        val wish = aru.jol.correct(quote)
        aru.drain()
        val second = (aru.jol.rideChange(wish).state as ChangeState.Corrected).ride
        val ticket = aru.jol.ticket(second)
        assertEquals(other.painted, ticket.bus)
        assertEquals(aru.jol.ticket(ride).paidMs, ticket.paidMs)
        assertEquals(RideState.REPLACED, aru.jol.ticket(ride).state)
        assertEquals(quote.fare, aru.jol.spentFrom(Source.PhoneBalance))
        assertEquals("it is paid", wish, aru.quote(other.vehicle).paidBy)

        val back = aru.jol.correct(aru.jol.quoteCorrection(second, bus.vehicle))
        aru.drain()
        val declined = aru.jol.rideChange(back).state as ChangeState.Declined
        assertEquals(DeclineReason.CORRECTED_BEFORE, declined.reason)
        assertEquals(listOf(back), aru.jol.rideChanges(second).map { it.key })
    }
}
