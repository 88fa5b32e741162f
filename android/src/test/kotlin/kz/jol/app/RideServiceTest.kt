package kz.jol.app

import android.app.Notification
import android.app.NotificationManager
import android.content.ComponentName
import kotlinx.coroutines.runBlocking
import kz.jol.core.Language
import kz.jol.core.Leg
import kz.jol.core.RideLeg
import kz.jol.core.words
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ServiceController
import org.robolectric.shadows.ShadowPowerManager

/** On the bus with the screen off: one's stop is told, and nothing else is up. */
@RunWith(RobolectricTestRunner::class)
class RideServiceTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication() as TestApplication
    private val notifications = app.getSystemService(NotificationManager::class.java)
    private lateinit var aru: Passenger
    private lateinit var leg: RideLeg

    @Test
    fun `the stop is told before and at it by fixes that are asked for seldom, and the service ends itself`() {
        val sky = Sky(app)
        watch()
        val sample = scene.sandbox.sample()
        val bus = scene.sandbox.passenger(sample.city, leg.tripId, leg.serviceDay, leg.fromStop.id, leg.toStop.id)
        aru.moveTo(bus.boardsMs)
        val service = started()
        assertEquals("quiet", NotificationManager.IMPORTANCE_LOW, channel(ride()).importance)
        assertEquals(leg.toStop.name, ride().title())
        assertNull("nothing to say yet", alert())
        assertTrue(ShadowPowerManager.getLatestWakeLock().isHeld)

        val said = mutableListOf<String>()
        var awakeS = 0
        fun second(shows: () -> Unit) {
            sky.pass(1_000)
            val asks = sky.asks()
            assertTrue("as the core says", asks.all { it >= 5_000 && it == aru.jol.nextFixInMs() })
            awakeS += asks.size
            if (asks.isNotEmpty()) shows()
            alert()?.title()?.let { if (it !in said) said += it }
        }
        val rides = bus.fixes.filter { it.atMs > bus.boardsMs }
        for (fix in rides) {
            aru.moveTo(fix.atMs)
            second { sky.shows(fix) }
        }
        assertTrue("it was awake for $awakeS of ${rides.size} s", awakeS < rides.size / 2)
        val stop = mapOf("stop" to leg.toStop.name)
        val texts = listOf("get-off-soon", "get-off-now").map { words(Language.EN, it, stop) }
        assertEquals(texts, said)
        val loud = channel(alert()!!)
        assertEquals(NotificationManager.IMPORTANCE_HIGH, loud.importance)
        assertTrue("felt in a pocket", loud.shouldVibrate())
        assertNotNull("and heard", loud.sound)

        // The passenger stays at the stop, until the core has nothing more to say.
        val shadow = shadowOf(service.get())
        var minutes = 0
        while (!shadow.isStoppedBySelf) {
            assertTrue("it ends", ++minutes < 20)
            repeat(12) {
                aru.moveTo(aru.clock.nowMs() + 5_000)
                repeat(5) { second { sky.shows(rides.last().copy(atMs = aru.clock.nowMs(), speedMps = 0f)) } }
            }
        }
        assertEquals("the receiver sleeps", emptyList<Long>(), sky.asks())
        assertNull(aru.jol.getOff(null))
        service.destroy()
        assertFalse(ShadowPowerManager.getLatestWakeLock().isHeld)
        assertEquals("it stays to be read", texts.last(), alert()?.title())
    }

    @Test
    fun `without fixes the time tells`() {
        val sky = Sky(app)
        watch()
        // Else the operator may say meanwhile that the bus is late.
        scene.loseNetwork()
        started()
        assertNull(alert())
        aru.moveTo(leg.arrivalMs - 90_000)
        sky.pass(90_000)
        assertEquals(words(Language.EN, "get-off-soon", mapOf("stop" to leg.toStop.name)), alert()?.title())
    }

    @Test
    fun `the passenger ends it by the ride's own notification`() {
        val sky = Sky(app)
        watch()
        val service = started()
        assertEquals(1, sky.asks().size)
        ride().actions.single().actionIntent.send()
        sky.pass(0)
        service.withIntent(shadowOf(app).nextStartedService).startCommand(0, 2)
        assertTrue(shadowOf(service.get()).isStoppedBySelf)
        assertNull("nothing is watched", aru.jol.getOff(null))
        assertEquals(emptyList<Long>(), sky.asks())
    }

    @Test
    fun `it does not run where it may not, nor for nothing`() {
        val sky = Sky(app, isAllowed = false)
        watch()
        assertFalse(RideService.start(app))
        assertNull(shadowOf(app).nextStartedService)
        val refused = Robolectric.buildService(RideService::class.java).create()
        shadowOf(refused.get()).setThrowInStartForeground(SecurityException("from the background"))
        refused.startCommand(0, 1)
        assertTrue(shadowOf(refused.get()).isStoppedBySelf)
        assertNotNull("it is watched all the same", aru.jol.getOff(null))
        sky.isAllowed(true)
        aru.jol.forgetGetOff()
        assertTrue(RideService.start(app))
        val service = Robolectric.buildService(RideService::class.java, shadowOf(app).nextStartedService).create().startCommand(0, 1)
        assertTrue(shadowOf(service.get()).isStoppedBySelf)
        assertEquals(emptyList<Long>(), sky.asks())
    }

    /** A passenger at the stop, whose first ride's end is watched. */
    private fun watch() {
        aru = scene.passenger()
        app.hold(aru.jol, aru.key::sign, nowMs = aru.clock::nowMs)
        val sample = scene.sandbox.sample()
        val journey = aru.plan(sample.from, sample.to).journeys.first()
        leg = Passenger.rides(journey).first()
        val nth = journey.legs.indexOfFirst { it is Leg.Ride }.toUInt()
        assertEquals(leg.toStop.name, runBlocking { app.rides.watch(journey, nth) }.stop)
    }

    private fun started(): ServiceController<RideService> {
        assertTrue(RideService.start(app))
        val intent = shadowOf(app).nextStartedService
        assertEquals(ComponentName(app, RideService::class.java), intent.component)
        val service = Robolectric.buildService(RideService::class.java, intent).create().startCommand(0, 1)
        assertTrue("in the foreground", shadowOf(service.get()).isLastForegroundNotificationAttached)
        return service
    }

    private fun ride(): Notification = requireNotNull(shadowOf(notifications).getNotification(1))
    private fun alert(): Notification? = shadowOf(notifications).getNotification(2)
    private fun channel(of: Notification) = notifications.getNotificationChannel(of.channelId)
    private fun Notification.title() = extras.getCharSequence(Notification.EXTRA_TITLE).toString()
}
