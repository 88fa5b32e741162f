package kz.jol.app

import android.content.ComponentName
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import kz.jol.core.PaymentState
import kz.jol.core.Way
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** A terminal names its bus to the phone that is held to it, and the passenger decides. */
@RunWith(RobolectricTestRunner::class)
class BusActivityTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication() as TestApplication
    private val reader = Reader()

    @After
    fun away() = reader.close()

    @Test
    fun `one tap pays the ride that was proposed, and its screen follows`() {
        val aru = passenger()
        val bus = aru.board()
        assertArrayEquals(Reader.DONE, named(scene.sandbox.sticker(bus.vehicle)))
        val activity = proposed()
        assertEquals("Genuine: bus ${bus.painted}. Compare the number on the bus.", activity.said(R.id.says))
        assertEquals(bus.painted, activity.said(R.id.bus))
        assertTrue("nothing is paid by it", aru.jol.payments().isEmpty())
        val fare = aru.quote(bus.vehicle).fare.tiyn / 100
        val pay = activity.findViewById<TextView>(R.id.pay)
        assertEquals("Pay $fare ₸", pay.text.toString())
        // Else the answer may be quicker than this test.
        scene.loseNetwork()
        pay.performClick()
        until("the tap") { aru.jol.payments().isNotEmpty() }
        val payment = aru.jol.payments().single()
        assertEquals(Way.NFC to PaymentState.Pending, payment.way to payment.state)
        assertOpens(activity, payment.key)
        scene.findNetwork(aru.jol)
        assertTrue("signed by its key", aru.jol.payment(payment.key).state is PaymentState.Paid)
    }

    @Test
    fun `another bus that is heard here is named above the button`() {
        val aru = passenger()
        val bus = aru.board()
        val other = aru.jol.vehicles().first { it.vehicle != bus.vehicle && it.painted.length <= 6 }
        val beacon = byteArrayOf(1) + scene.sandbox.operator.code.toByteArray() + other.painted.toByteArray()
        aru.jol.observeBeacon(beacon, (-50).toByte())
        named(scene.sandbox.sticker(bus.vehicle))
        val activity = proposed()
        assertTrue(activity.said(R.id.warning), activity.said(R.id.warning).contains(other.painted))
        assertEquals(aru.jol.busDoubts(bus.vehicle).joinToString("\n\n"), activity.said(R.id.warning))
        assertTrue("it hides no button", activity.shows(R.id.pay))
        aru.jol.forgetSighting()
        named(scene.sandbox.sticker(bus.vehicle))
        assertFalse("nothing is known", proposed().shows(R.id.warning))
    }

    @Test
    fun `a reader that says to be another bus is a warning without a button`() {
        val aru = passenger()
        val genuine = scene.sandbox.sticker(aru.board().vehicle)
        val forged = genuine.dropLast(1) + if (genuine.last() == 'A') 'B' else 'A'
        assertArrayEquals(Reader.hex("6982"), named(forged))
        val activity = proposed()
        assertEquals(aru.jol.whatIs(forged).says, activity.said(R.id.says))
        assertFalse(activity.shows(R.id.pay) || activity.shows(R.id.signs))
    }

    @Test
    fun `a bus whose ride is paid shows its ticket`() {
        val aru = passenger()
        val bus = aru.board()
        val payment = aru.pay(aru.quote(bus.vehicle))
        named(scene.sandbox.sticker(bus.vehicle))
        val activity = proposed()
        assertOpens(activity, payment.key)
        assertEquals("paid once", 1, aru.jol.payments().size)
    }

    @Test
    fun `a bus that the phone found is paid by a tap, with what speaks for it`() {
        val aru = passenger()
        val bus = aru.board()
        val intent = BusActivity.proposedIntent(app, bus.vehicle)
        val activity = Robolectric.buildActivity(BusActivity::class.java, intent).setup().get()
        until("the core's word") { activity.said(R.id.says).isNotEmpty() }
        assertEquals(aru.jol.sightingText(), activity.said(R.id.says))
        assertEquals(bus.painted, activity.said(R.id.bus))
        val fare = aru.quote(bus.vehicle).fare.tiyn / 100
        assertEquals("the quote's price, a transfer's where it is one", "Pay $fare ₸", activity.said(R.id.pay))
        assertTrue("nothing is paid yet", aru.jol.payments().isEmpty())
        activity.findViewById<View>(R.id.pay).performClick()
        until("the tap") { aru.jol.payments().isNotEmpty() }
        assertEquals(Way.APP, aru.jol.payments().single().way)
    }

    @Test
    fun `who is not signed in reads it, and has no button`() {
        val sticker = scene.sandbox.sticker(passenger().board().vehicle)
        val newcomer = scene.newcomer("+77017654321")
        newcomer.acceptTerms()
        newcomer.chooseCity(scene.sandbox.sample().city)
        app.hold(newcomer.jol, newcomer.key::sign)
        named(sticker)
        val activity = proposed()
        assertEquals("Sign in first.", activity.said(R.id.says))
        assertFalse(activity.shows(R.id.pay))
    }

    @Test
    fun `a bus that is looked for is found by fixes, no more often than the core wants, and paid`() {
        val aru = passenger()
        val bus = aru.board()
        val sky = Sky(app)
        val activity = search()
        for ((second, fix) in bus.fixes.filter { it.atMs >= aru.clock.nowMs() }.withIndex()) {
            aru.moveTo(fix.atMs)
            sky.pass(1_000)
            assertTrue("as the core says", sky.asks().all { it == aru.jol.nextFixInMs() })
            sky.shows(fix)
            if (activity.shows(R.id.pay)) break
            if (second % 10 == 0) aru.drain()
        }
        assertEquals(bus.painted, activity.said(R.id.bus))
        assertTrue(activity.said(R.id.says), activity.said(R.id.says).contains("m with you"))
        sky.pass(5_000)
        assertEquals("it is found", listOf(5_000L), sky.asks())
        activity.findViewById<View>(R.id.pay).performClick()
        until("the tap") { aru.jol.payments().isNotEmpty() && activity.isFinishing }
        assertEquals(bus.vehicle to Way.APP, aru.jol.payments().single().run { vehicle to way })
        assertEquals("the receiver sleeps", emptyList<Long>(), sky.asks())
    }

    @Test
    fun `a place that an app made up is said, and a screen that is left lets the receiver sleep`() {
        val aru = passenger()
        val bus = aru.board()
        val sky = Sky(app)
        val controller = Robolectric.buildActivity(BusActivity::class.java, BusActivity.searchIntent(app)).setup()
        val activity = controller.get()
        until("the core's word") { activity.said(R.id.says).isNotEmpty() }
        assertEquals(listOf(1_000L), sky.asks())
        sky.shows(bus.fixes.last(), mocked = true)
        assertEquals("The phone’s position is not real. Scan the code in the bus.", activity.said(R.id.says))
        assertFalse(activity.shows(R.id.pay))
        controller.pause().stop()
        sky.pass(60_000)
        assertEquals(emptyList<Long>(), sky.asks())
        assertEquals("nobody looks", 5_000L, aru.jol.nextFixInMs())
        controller.restart().start()
        sky.pass(0)
        assertEquals(1, sky.asks().size)
    }

    @Test
    fun `one of two buses that are alike is chosen, and its ride is offered`() {
        val aru = passenger()
        val bus = aru.board()
        val other = aru.jol.vehicles().first { it.vehicle != bus.vehicle && it.painted.length <= 6 }
        for (one in listOf(bus.painted, other.painted)) {
            val beacon = byteArrayOf(1) + scene.sandbox.operator.code.toByteArray() + one.toByteArray()
            aru.jol.observeBeacon(beacon, (-50).toByte())
        }
        val activity = search()
        val choices = activity.findViewById<ViewGroup>(R.id.choices).run { List(childCount) { getChildAt(it) } }
        val said = choices.associateBy { it.findViewById<TextView>(R.id.bus).text.toString() }
        assertEquals(setOf(bus.painted, other.painted), said.keys)
        val chosen = said.getValue(other.painted)
        assertEquals("Line ${other.line}, bus ${other.painted}", chosen.contentDescription)
        assertTrue(chosen.isClickable)
        keep(activity, "bus-choices")
        chosen.performClick()
        until("its ride") { activity.shows(R.id.pay) }
        assertEquals(other.painted, activity.said(R.id.bus))
        assertTrue("nothing is paid by it", aru.jol.payments().isEmpty())
    }

    @Test
    fun `who lets nobody ask where they are reads what else there is`() {
        val aru = passenger()
        aru.board()
        val sky = Sky(app, isAllowed = false)
        val activity = search()
        val asked = shadowOf(activity).lastRequestedPermission.requestedPermissions.toList()
        assertEquals(Fixes.PERMISSIONS.toList(), asked)
        assertEquals("No position yet. Scan the code in the bus or type its number.", activity.said(R.id.says))
        sky.pass(30_000)
        assertEquals(emptyList<Long>(), sky.asks())
        sky.isAllowed(true)
        activity.onRequestPermissionsResult(0, Fixes.PERMISSIONS, intArrayOf(0, 0))
        sky.pass(0)
        assertEquals("asked at once", 1, sky.asks().size)
    }

    private fun passenger() = scene.passenger().also { app.hold(it.jol, it.key::sign, nowMs = it.clock::nowMs) }

    private fun search(): BusActivity {
        val activity = Robolectric.buildActivity(BusActivity::class.java, BusActivity.searchIntent(app)).setup().get()
        until("the core's word") { activity.said(R.id.says).isNotEmpty() }
        return activity
    }

    /** The terminal's name for its bus, and what the phone answers. */
    private fun named(sticker: String): ByteArray {
        assertArrayEquals("the protocol's version", byteArrayOf(1), reader.done(Reader.SELECT_BUS))
        return reader.send(Reader.nameBus(sticker))
    }

    /** The screen that came up. */
    private fun proposed(): BusActivity {
        val started = shadowOf(app).nextStartedActivity
        assertEquals(ComponentName(app, BusActivity::class.java), started.component)
        val activity = Robolectric.buildActivity(BusActivity::class.java, started).setup().get()
        until("the core's word") { activity.isFinishing || activity.said(R.id.says).isNotEmpty() }
        return activity
    }

    private fun assertOpens(activity: BusActivity, payment: String) {
        until("the end") { activity.isFinishing }
        val opened = shadowOf(activity).nextStartedActivity
        assertTrue("its payment's screen", opened.filterEquals(TicketActivity.paymentIntent(app, payment)))
        assertEquals(payment, opened.getStringExtra("payment"))
    }

    private fun BusActivity.said(id: Int) = findViewById<TextView>(id).text.toString()
    private fun BusActivity.shows(id: Int) = findViewById<View>(id).isShown
}
