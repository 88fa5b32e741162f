package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kz.jol.core.Company
import kz.jol.core.GetOffAlert
import kz.jol.core.JolException
import kz.jol.core.Leg
import kz.jol.core.Sighting
import kz.jol.core.TypedBus
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** On the bus: which one it is, whether it is still the passenger's, and when to get off. */
class GetOffTest {
    @get:Rule
    val scene = Scene()

    /** The passenger stays at the stop, and the bus goes on. */
    private fun assertSaysThatItWasLeft(aru: Passenger, bus: Sandbox.OnBoard) {
        val ticket = aru.jol.tickets().single()
        assertEquals("", runBlocking { aru.tickets().screens(ticket.ride).first() }.parted)
        val fix = bus.fixes.last()
        for (step in 1..60) {
            aru.moveTo(fix.atMs + step * 5_000)
            aru.jol.observe(fix.copy(atMs = aru.clock.nowMs(), speedMps = 0f))
            if (step % 2 == 0) aru.drain()
            if (aru.jol.rideCompany(ticket.ride).company == Company.PARTED) break
        }
        val view = aru.jol.rideCompany(ticket.ride)
        assertEquals("It looks as if you have left bus ${ticket.bus} (line ${ticket.line}).", view.text)
        val screen = runBlocking { aru.tickets().screens(ticket.ride).first() }
        assertEquals(view.text to view.instead?.vehicle, screen.parted to screen.instead)
        assertEquals("it ends no ticket", TicketScreen.State.VALID, screen.state)
        assertEquals(1, aru.jol.payments().size)
    }

    @Test
    fun `the bus is found with its reason, and its stop is told before and at it`() {
        val aru = scene.passenger()
        val sample = scene.sandbox.sample()
        val journey = aru.plan(sample.from, sample.to).journeys.first()
        val nth = journey.legs.indexOfFirst { it is Leg.Ride }
        val leg = Passenger.rides(journey).first()
        val bus = scene.sandbox.passenger(sample.city, leg.tripId, leg.serviceDay, leg.fromStop.id, leg.toStop.id)
        assertThrows(JolException::class.java) { aru.jol.watchGetOff(journey, 99u) }
        assertEquals(leg.toStop.name, aru.jol.watchGetOff(journey, nth.toUInt()).stop)

        val typed = aru.jol.busTyped(bus.painted) as TypedBus.Named
        assertEquals(bus.vehicle, typed.bus.vehicle)
        assertEquals(TypedBus.Unknown, aru.jol.busTyped("no such bus"))

        val said = mutableListOf<GetOffAlert>()
        var next = bus.boardsMs
        var found: Sighting? = null
        for ((number, fix) in bus.fixes.withIndex()) {
            aru.moveTo(fix.atMs)
            if (found == null) {
                val sighting = aru.jol.observe(fix)
                assertNotEquals("", aru.jol.sightingText())
                if (sighting is Sighting.Proposed) {
                    found = sighting
                    assertTrue(aru.jol.sightingText().contains("${sighting.evidence.togetherM}"))
                    aru.pay(aru.quote(bus.vehicle))
                    assertEquals(Company.TOGETHER, aru.jol.rideCompany(aru.jol.tickets().single().ride).company)
                } else if (number % 10 == 0) {
                    aru.drain()
                }
            }
            if (fix.atMs < next) continue
            val view = aru.jol.getOff(fix) ?: break
            view.alert?.let {
                said += it
                assertTrue(view.text!!.contains(leg.toStop.name))
            }
            val wanted = view.nextFixInMs ?: break
            assertTrue("never more often", wanted >= 5_000)
            next = fix.atMs + wanted
        }
        assertEquals(bus.vehicle, (found as Sighting.Proposed).bus.vehicle)
        assertTrue("$said", said.size == 2 && said[0] is GetOffAlert.Soon && said[1] is GetOffAlert.Now)
        assertSaysThatItWasLeft(aru, bus)
        aru.jol.forgetGetOff()
        assertNull(aru.jol.getOff(null))
    }
}
