package kz.jol.app

import kz.jol.core.BankLinkStanding
import kz.jol.core.Category
import kz.jol.core.ChangeState
import kz.jol.core.DeclineReason
import kz.jol.core.Language
import kz.jol.core.Money
import kz.jol.core.PaymentState
import kz.jol.core.Source
import kz.jol.core.TravelKind
import kz.jol.core.TravelQuery
import kz.jol.core.TravelState
import kz.jol.core.Way
import kz.jol.core.declineText
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** With whose money a ride is paid, and back where it goes. */
class SourcesTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `each source pays, is listed and gets its money back`() {
        val aru = scene.passenger()
        val sources = listOf(Source.PhoneBalance, cardWithMoney(aru), bankCard(aru))
        val bus = aru.board()
        for (source in sources) {
            val quote = aru.jol.quote(bus.vehicle, Way.APP, source, Passenger.adults(1), false)
            val payment = aru.pay(quote)
            val ride = (payment.state as PaymentState.Paid).ride
            assertEquals("what was on the button", quote.fare, aru.jol.spentFrom(source))
            assertEquals(listOf(ride), aru.jol.tickets().filter { it.isValid }.map { it.ride })
            val listed = aru.jol.travelDetails(TravelQuery()).entries.first { it.ride == ride }
            assertEquals(source, listed.source)
            assertEquals(TravelKind.RIDE to quote.fare, listed.kind to listed.spent)

            val wish = aru.jol.refund(ride)
            aru.drain()
            val back = (aru.jol.rideChange(wish).state as ChangeState.Refunded).refund
            assertEquals(source to quote.fare, back.to to back.sum)
            assertEquals(Money(0), aru.jol.spentFrom(source))
            scene.pass(1_000)
        }
        val rides = aru.jol.travelDetails(TravelQuery()).entries.filter { it.kind == TravelKind.RIDE }
        assertEquals(sources.toSet(), rides.map { it.source }.toSet())
        val month = aru.jol.monthSum(aru.clock.nowMs())
        assertEquals("money adds up", month.spent, month.cameBack)
    }

    @Test
    fun `a card that was held to a terminal paid, and its ride is among the tickets`() {
        val aru = scene.passenger()
        val source = cardWithMoney(aru)
        val bus = aru.board()
        scene.sandbox.tap(bus.vehicle, aru.jol.cards().single().number, scene.clock.nowMs())
        assertTrue("nobody told the phone", aru.jol.tickets().isEmpty())
        aru.jol.refresh()
        aru.drain()
        val ticket = aru.jol.tickets().single()
        assertEquals(Way.SMART_CARD to bus.painted, ticket.way to ticket.bus)
        assertTrue(ticket.isValid)
        assertEquals(ticket.sum, aru.jol.spentFrom(source))
    }

    @Test
    fun `a company's number pays nothing, and the app says why and whom to call`() {
        val company = scene.passenger("+77010000001")
        val bus = company.board()
        val payment = company.pay(company.quote(bus.vehicle))
        val declined = payment.state as PaymentState.Declined
        assertEquals(DeclineReason.CORPORATE_LINE, declined.reason)
        assertTrue(declineText(declined.reason, null, declined.service, Language.EN).isNotEmpty())
        assertTrue(company.jol.whomToCall().isNotEmpty())
        assertTrue("no ticket", company.jol.tickets().isEmpty())
        assertEquals(Money(0), company.jol.spentFrom(Source.PhoneBalance))
        val listed = company.jol.travelDetails(TravelQuery(states = listOf(TravelState.DECLINED))).entries.single()
        assertEquals(DeclineReason.CORPORATE_LINE to Money(0), listed.declined to listed.spent)
        assertEquals("corporate_line", company.jol.receipt(payment.key).outcome)
    }

    private fun cardWithMoney(phone: Passenger): Source {
        phone.jol.registerCard(Category.STANDARD, "Mine")
        phone.drain()
        val card = phone.jol.cards().single()
        phone.jol.topUp(card.number, "kaspi", Money(100_000))
        phone.drain()
        scene.sandbox.bankPays(phone.jol.topUps().single().topUp!!)
        phone.jol.refreshTopUps()
        phone.drain()
        return Source.SmartCard(card.id)
    }

    private fun bankCard(phone: Passenger): Source {
        phone.jol.linkBankCard()
        phone.drain()
        scene.sandbox.bankPays(phone.jol.bankLink()!!.link!!)
        phone.jol.refreshBankLink()
        phone.drain()
        return Source.BankCard((phone.jol.bankLink()!!.standing as BankLinkStanding.Linked).token)
    }
}
