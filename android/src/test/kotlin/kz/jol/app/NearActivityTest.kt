package kz.jol.app

import android.location.LocationManager
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** The stops near by, and the way to their boards. */
@RunWith(RobolectricTestRunner::class)
class NearActivityTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication() as TestApplication

    @Test
    fun `stops are listed as of the last fix, and each leads to its board`() {
        val aru = passenger()
        val fix = aru.board().fixes.last()
        val sky = Sky(app, by = LocationManager.FUSED_PROVIDER)
        val controller = Robolectric.buildActivity(NearActivity::class.java, NearActivity.intent(app)).setup()
        val activity = controller.get()
        assertEquals(listOf(5_000L), sky.asks())
        assertTrue(activity.rows().isEmpty())
        sky.shows(fix)
        until("the stops") { activity.rows().isNotEmpty() }
        keep(activity, "near-en")
        val near = aru.jol.stopsNear(fix.point, 20u)
        assertTrue("$near", near.size > 2)
        val lines = near.map { it.lines.joinToString(", ") }
        assertEquals(near.map { it.stop.name }, activity.rows().map { it.said(R.id.stop) })
        assertEquals(near.map { "${it.metres} m" }, activity.rows().map { it.said(R.id.far) })
        assertEquals(lines, activity.rows().map { it.said(R.id.lines) })
        val row = activity.rows()[1]
        assertEquals("${near[1].stop.name}. ${near[1].metres} m. ${lines[1]}", row.contentDescription)
        assertTrue(row.isFocusable && row.isClickable)
        row.performClick()
        val opened = shadowOf(activity).nextStartedActivity
        assertTrue(opened.filterEquals(BoardActivity.intent(app, near[1].stop.id)))
        assertEquals(near[1].stop.id, opened.getStringExtra("stop"))

        sky.pass(5_000)
        assertEquals("the core's word", listOf(aru.jol.nextFixInMs()), sky.asks())
        val away = fix.point.copy(lat = fix.point.lat + 0.01)
        sky.shows(fix.copy(point = away))
        assertEquals("as of the last fix", aru.jol.stopsNear(away, 20u).map { it.stop.name }, activity.rows().map { it.said(R.id.stop) })
        assertTrue("TalkBack keeps its place", activity.rows().first() === activity.findViewById<LinearLayout>(R.id.rows).getChildAt(0))
        controller.pause().stop()
        assertEquals("the receiver sleeps", emptyList<Long>(), sky.asks())
    }

    @Test
    fun `once the ride is paid one fix is enough`() {
        val aru = passenger()
        val bus = aru.board()
        aru.pay(aru.quote(bus.vehicle))
        val sky = Sky(app)
        val activity = Robolectric.buildActivity(NearActivity::class.java, NearActivity.intent(app)).setup().get()
        sky.shows(bus.fixes.last())
        until("the stops") { activity.rows().isNotEmpty() }
        sky.pass(60_000)
        assertEquals(emptyList<Long>(), sky.asks())
    }

    @Test
    fun `without a city it is said why there are none, and without leave nothing is asked`() {
        val newcomer = scene.newcomer()
        app.hold(newcomer.jol, newcomer.key::sign)
        val sky = Sky(app, isAllowed = false)
        val activity = Robolectric.buildActivity(NearActivity::class.java, NearActivity.intent(app)).setup().get()
        val asked = shadowOf(activity).lastRequestedPermission.requestedPermissions.toList()
        assertEquals(Fixes.PERMISSIONS.toList(), asked)
        assertEquals(emptyList<Long>(), sky.asks())
        sky.isAllowed(true)
        activity.onRequestPermissionsResult(0, Fixes.PERMISSIONS, intArrayOf(0, 0))
        sky.pass(0)
        assertEquals(1, sky.asks().size)
        sky.shows(scene.passenger("+77017654321").board().fixes.last())
        until("the core's word") { activity.findViewById<View>(R.id.says).isShown }
        assertEquals("Choose a city first.", activity.window.decorView.said(R.id.says))
        assertEquals(emptyList<Long>(), sky.asks())
    }

    private fun passenger() = scene.passenger().also { app.hold(it.jol, it.key::sign, nowMs = it.clock::nowMs) }

    private fun NearActivity.rows() = findViewById<LinearLayout>(R.id.rows).run { List(childCount) { getChildAt(it) } }
    private fun View.said(id: Int) = findViewById<TextView>(id).text.toString()
}
