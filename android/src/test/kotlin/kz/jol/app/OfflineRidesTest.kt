package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kz.jol.core.Boarded
import kz.jol.core.JolException
import kz.jol.core.Money
import kz.jol.core.ReservedRides
import kz.jol.core.ReservedStanding
import kz.jol.core.Source
import kz.jol.core.TravelQuery
import kz.jol.core.Way
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** Rides that are paid before, for a bus in which there is no network. */
class OfflineRidesTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `reserved at home, used without a network, told of later and charged once`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val fare = reserves(aru, rides = 2)
        val inspector = scene.inspector()
        val terminal = scene.sandbox.terminalCode(bus.vehicle)
        scene.loseNetwork()

        val ride = aru.boards(bus.painted, terminal)
        val again = aru.jol.boarding(bus.painted, null)
        assertEquals("a second tap uses nothing", Boarded.Ticket(ride), again.already)
        assertEquals(Boarded.Ticket(ride), aru.jol.boardOffline(again, ByteArray(0)))
        assertEquals(1, aru.reserved().left.toInt())
        inspector.beginCheck(bus.painted)
        val proven = aru.shows(ride).verdict(inspector)!!
        assertEquals("$proven", "valid", proven.verdict)
        assertEquals(bus.painted, proven.bus)
        assertFalse("the terminal tells the time: $proven", BY_PHONE in proven.facts)
        assertEquals("seen_before", aru.shows(ride).verdict(inspector)!!.reason)
        val keyless = runBlocking { CoreTickets(aru.jol, { null }).screens(ride).first() }
        assertNull("unsigned anybody could copy it", keyless.code)
        assertFalse(keyless.ended)

        val other = aru.jol.vehicles().first { it.painted != bus.painted }
        val second = aru.boards(other.painted, terminal = null)
        assertEquals(ReservedStanding.UsedUp, aru.reserved().standing)
        inspector.beginCheck(other.painted)
        val unproven = aru.shows(second).verdict(inspector)!!
        assertEquals("$unproven", "valid", unproven.verdict)
        assertTrue("${unproven.facts}", BY_PHONE in unproven.facts)
        assertEquals("wrong_vehicle", aru.shows(ride).verdict(inspector)!!.reason)

        assertFalse("the operator knows nothing yet", aru.drain())
        scene.findNetwork(aru.jol)
        assertEquals(2, aru.jol.travelDetails(TravelQuery(ways = listOf(Way.APP))).entries.size)
        assertEquals(Money(2 * fare.tiyn), aru.jol.spentFrom(Source.PhoneBalance))
    }

    @Test
    fun `what was not used is given back, and the money comes after seven days`() {
        val aru = scene.passenger()
        val fare = reserves(aru, rides = 3)
        val voucher = aru.reserved().voucher!!
        assertTrue(aru.reserved().canBeGivenBack)
        val giving = aru.jol.quoteGiveBack(voucher)
        assertEquals(0, giving.used.toInt())
        val forged = requireNotNull(Passenger.softwareKey().sign(giving.toSign))
        assertThrows(JolException.BadSignature::class.java) { aru.jol.giveBack(giving, forged) }
        aru.jol.giveBack(giving, aru.sign(giving.toSign))
        aru.drain()
        val returnsMs = (aru.reserved().standing as ReservedStanding.GivingBack).returnsMs!!
        assertEquals(7 * 24 * 3_600_000L, returnsMs - scene.clock.nowMs())
        val any = aru.jol.vehicles().first().painted
        assertThrows(JolException.BadInput::class.java) { aru.boards(any, terminal = null) }

        scene.pass(returnsMs - scene.clock.nowMs())
        aru.jol.refreshOfflineRides()
        aru.drain()
        assertEquals(ReservedStanding.Returned(Money(3 * fare.tiyn)), aru.reserved().standing)
        assertEquals(Money(0), aru.jol.spentFrom(Source.PhoneBalance))
    }

    /** So many rides for one adult; what one costs. */
    private fun reserves(aru: Passenger, rides: Int): Money {
        assertTrue(aru.jol.offlineRides().offered)
        val quote = aru.jol.quoteOffline(rides.toUByte(), Source.PhoneBalance, Passenger.adults(1))
        assertEquals(quote.sum.tiyn, quote.fare.tiyn * rides)
        scene.loseNetwork()
        val key = aru.jol.reserveOffline(quote, aru.sign(quote.toSign))
        assertEquals(ReservedStanding.Waiting, aru.reserved().standing)
        scene.findNetwork(aru.jol)
        val reserved = aru.reserved()
        assertEquals(key, reserved.key)
        assertEquals(ReservedStanding.Usable to rides, reserved.standing to reserved.left.toInt())
        assertEquals(listOf("Adult"), reserved.passengers.map { it.category })
        assertTrue("it is said in words", reserved.text.isNotEmpty())
        assertEquals(quote.sum, aru.jol.receipt(key).amount)
        return quote.fare
    }

    private fun Passenger.reserved(): ReservedRides = jol.offlineRides().reserved.single()

    private fun Passenger.boards(painted: String, terminal: String?): String {
        val boarding = jol.boarding(painted, terminal)
        return (jol.boardOffline(boarding, sign(boarding.toSign)) as Boarded.Ticket).ride
    }

    private companion object {
        const val BY_PHONE = "The time of boarding is by the passenger’s phone."
    }
}
