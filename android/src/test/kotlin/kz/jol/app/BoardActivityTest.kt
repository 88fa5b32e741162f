package kz.jol.app

import android.app.Activity
import android.graphics.Paint
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kz.jol.core.BoardKind
import kz.jol.core.Language
import kz.jol.core.words
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** A stop's board: what comes is told with how it is known, and what does not come is struck out. */
@RunWith(RobolectricTestRunner::class)
class BoardActivityTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication() as TestApplication

    @Test
    fun `live, timetable and no longer coming are told apart`() {
        val aru = passenger()
        val stop = boarded(aru)
        aru.jol.board(stop, 20u)
        aru.drain()
        val board = aru.jol.board(stop, 20u)
        val live = board.rows.indexOfFirst { it.kind is BoardKind.Live && it.label != null }
        val planned = board.rows.indexOfFirst { it.kind == BoardKind.Timetable }
        assertTrue("$board", live >= 0 && planned >= 0)
        // The sandbox cancels nothing.
        val gone = "no longer coming"
        assertEquals(gone, words(Language.EN, "not-coming", emptyMap()))
        app.boards = object : Boards({ aru.jol }, Dispatchers.Main.immediate) {
            override fun screens(stop: String) = super.screens(stop).map { screen ->
                val notice = BoardScreen.Notice("The stop has moved", "Board at the kiosk.")
                val cancelled = screen.rows.last().copy(known = gone, comes = false)
                screen.copy(rows = listOf(cancelled) + screen.rows, notices = listOf(notice) + screen.notices)
            }
        }
        val activity = open(stop)
        keep(activity, "board-en")
        assertEquals(board.stop, activity.said(R.id.stop))
        assertFalse("nothing is amiss", activity.findViewById<View>(R.id.says).isShown)
        val rows = activity.children(R.id.rows)
        assertEquals(board.rows.size + 1, rows.size)

        val row = board.rows[live]
        val shown = rows[live + 1]
        assertEquals(row.line to row.headsign, shown.said(R.id.line) to shown.said(R.id.headsign))
        assertEquals(aru.jol.momentText(row.expectedMs), shown.said(R.id.time))
        val known = shown.said(R.id.known)
        assertTrue(known, known.startsWith("live, ") && known.contains("no. ${row.label}"))
        assertEquals("${shown.said(R.id.time)}. Line ${row.line} towards ${row.headsign}. $known", shown.contentDescription)
        assertFalse(shown.isStruck())
        assertTrue(rows[planned + 1].said(R.id.known).startsWith("timetable"))
        assertFalse(rows[planned + 1].isStruck())

        assertEquals(gone, rows[0].said(R.id.known))
        assertTrue("seen", rows[0].isStruck())
        assertTrue("heard first", rows[0].contentDescription.startsWith(gone))
        val notice = activity.children(R.id.notices).first()
        assertEquals("The stop has moved", notice.said(R.id.title))
        assertEquals("Board at the kiosk.", notice.said(R.id.text))
    }

    @Test
    fun `the board goes on by itself until the wallet is shut, and a new one is drawn over the old`() {
        val aru = passenger()
        val stop = boarded(aru)
        val activity = open(stop)
        val first = activity.children(R.id.rows).first()
        aru.drain()
        until("what the operator said") { activity.children(R.id.rows).any { it.said(R.id.known).startsWith("live") } }
        assertTrue("TalkBack keeps its place", activity.children(R.id.rows).first() === first)
        aru.jol.setLanguage(Language.RU)
        until("the wallet's change") { activity.children(R.id.rows).any { it.said(R.id.known).startsWith("данные") } }
        keep(activity, "board-ru")
        runBlocking {
            val screens = launch(Dispatchers.IO) { Boards({ aru.jol }).screens(stop).toList() }
            aru.jol.shut()
            withTimeout(30_000) { screens.join() }
        }
    }

    @Test
    fun `live data that nobody renews is said to be old`() {
        val aru = passenger()
        val stop = boarded(aru)
        aru.jol.board(stop, 1u)
        aru.drain()
        scene.loseNetwork()
        scene.pass(6 * 60_000)
        val activity = open(stop)
        assertEquals("The live data is 6 min old: times are the timetable’s.", activity.said(R.id.says))
        assertTrue(activity.children(R.id.rows).all { it.said(R.id.known).startsWith("timetable") })
    }

    @Test
    fun `a stop that there is not is said`() {
        passenger()
        val activity = open("no such stop")
        assertTrue(activity.said(R.id.says), activity.said(R.id.says).isNotEmpty())
        assertTrue(activity.children(R.id.rows).isEmpty())
    }

    private fun passenger() = scene.passenger().also { app.hold(it.jol, it.key::sign) }

    /** The stop of a bus that is about to come. */
    private fun boarded(aru: Passenger): String {
        val sample = scene.sandbox.sample()
        val leg = Passenger.rides(aru.plan(sample.from, sample.to)).first()
        aru.moveTo(leg.departureMs - 120_000)
        return leg.fromStop.id
    }

    private fun open(stop: String): Activity {
        val activity = Robolectric.buildActivity(BoardActivity::class.java, BoardActivity.intent(app, stop)).setup().get()
        until("the board") { activity.said(R.id.stop).isNotEmpty() || activity.said(R.id.says).isNotEmpty() }
        return activity
    }

    private fun Activity.children(id: Int) = findViewById<LinearLayout>(id).run { List(childCount) { getChildAt(it) } }
    private fun Activity.said(id: Int) = window.decorView.said(id)
    private fun View.said(id: Int) = findViewById<TextView>(id).text.toString()
    private fun View.isStruck() = findViewById<TextView>(R.id.time).paintFlags and Paint.STRIKE_THRU_TEXT_FLAG != 0
}
