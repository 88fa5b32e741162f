package kz.jol.app

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
                    assertEquals(Company.TOGETHER, aru.jol.rideCompany(aru.jol.tickets().single().ride))
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
        aru.jol.forgetGetOff()
        assertNull(aru.jol.getOff(null))
    }
}
