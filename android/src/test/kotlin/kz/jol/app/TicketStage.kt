package kz.jol.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Rect
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onCompletion
import kotlinx.coroutines.flow.onStart
import kz.jol.core.Language
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowChoreographer
import java.io.File
import java.time.Duration

/** What a passenger holds, on the phone's screen before eyes and cameras; time is held in a hand. */
@RunWith(RobolectricTestRunner::class)
abstract class TicketStage<T : OnShow>(protected val held: T) {
    protected val asked = mutableListOf<String>()
    protected var shown = 0
    protected var signatures = 0
    protected var sign: (ByteArray) -> ByteArray? = { held.key.sign(it) }
    protected var dress: (TicketScreen) -> TicketScreen = { it }

    /** Time moves by [pass] alone; else an animation runs to its end at once. */
    @Before
    fun holdTime() {
        ShadowChoreographer.setPaused(true)
        ShadowChoreographer.setFrameDelay(Duration.ofMillis(20))
    }

    @After
    fun shut() = held.close()

    protected fun application() = (RuntimeEnvironment.getApplication() as TestApplication).also { app ->
        app.hold(held.jol, { signatures++; sign(it) })
        val core = app.tickets
        app.tickets = object : Tickets {
            override fun screens(ticket: String, challenge: ByteArray?) =
                watched(ticket, core.screens(ticket, challenge))

            override fun pending(payment: String, challenge: ByteArray?) =
                watched(payment, core.pending(payment, challenge))
        }
    }

    private fun watched(what: String, screens: Flow<TicketScreen>): Flow<TicketScreen> {
        asked += what
        return screens.map { dress(it) }.onStart { shown++ }.onCompletion { shown-- }
    }

    protected fun start(
        language: Language = Language.EN,
        challenge: ByteArray? = null,
    ): ActivityController<TicketActivity> {
        held.jol.setLanguage(language)
        val intent = held.intent(application(), challenge)
        return Robolectric.buildActivity(TicketActivity::class.java, intent).setup().also { idle() }
    }

    protected fun open(language: Language): Activity = start(language).get()

    /** By default a moment in which Android lays out and draws. */
    protected fun idle(time: Duration = Duration.ofMillis(100)) =
        shadowOf(Looper.getMainLooper()).idleFor(time)

    /** Time passes for Android and for the core. */
    protected fun pass(time: Duration) {
        var left = time.toMillis()
        while (left > 0) {
            val step = minOf(left, 500)
            held.clock.advanceMs(step)
            idle(Duration.ofMillis(step))
            left -= step
        }
    }

    protected fun shot(activity: Activity): Bitmap {
        val window = activity.window.decorView
        return Bitmap.createBitmap(window.width, window.height, Bitmap.Config.ARGB_8888)
            .also { window.draw(Canvas(it)) }
    }

    /** The screen before a camera; with a name it is kept as a picture, too. */
    protected fun camera(activity: Activity, name: String? = null): Camera {
        val shot = shot(activity)
        if (name != null) {
            val file = File(System.getProperty("jol.shots"), "$name.png")
            file.parentFile?.mkdirs()
            file.outputStream().use { shot.compress(Bitmap.CompressFormat.PNG, 100, it) }
        }
        val pixels = IntArray(shot.width * shot.height)
        shot.getPixels(pixels, 0, shot.width, 0, 0, shot.width, shot.height)
        return Camera.of(shot.width, shot.height, pixels)
    }

    /** Both readers find the code, and the inspector finds the ticket good. */
    protected fun assertValid(activity: Activity, name: String? = null) {
        val camera = camera(activity, name)
        held.inspector.beginCheck(held.painted)
        val read = held.inspector.inspectText(camera.text(activity.codePart()))
        assertEquals("$read", "valid", read.verdict)
        held.inspector.beginCheck(held.painted)
        assertEquals("seen by the core's own reader", read, camera.verdict(held.inspector))
    }

    /** Every text is laid out to its last letter and, where it is scrolled into view, drawn. */
    protected fun assertWhole(activity: Activity) {
        val shot = shot(activity)
        val texts = activity.window.decorView.descendants().filterIsInstance<TextView>().filter { it.isShown }
        assertTrue("the screen says something", texts.count() >= 5)
        for (text in texts) {
            val room = text.height - text.compoundPaddingTop - text.compoundPaddingBottom
            val name = "“${text.text}”"
            assertTrue("$name is cut below: ${text.layout.height} in $room", text.layout.height <= room)
            for (line in 0 until text.layout.lineCount) {
                assertEquals("$name is shortened", 0, text.layout.getEllipsisCount(line))
                assertTrue("$name is cut at its side", text.layout.getLineMax(line) <= text.layout.width)
            }
            val end = text.layout.getLineEnd(text.layout.lineCount - 1)
            assertEquals("$name is whole", text.text.length, end)
            val seen = Rect()
            if (!text.getGlobalVisibleRect(seen) || seen.height() < text.height) continue
            val colours = (seen.top until seen.bottom).flatMapTo(mutableSetOf()) { y ->
                (seen.left until seen.right).map { x -> shot.getPixel(x, y) }
            }
            assertTrue("$name is drawn", colours.size > 1)
        }
    }

    private fun View.descendants(): Sequence<View> = sequence {
        yield(this@descendants)
        if (this@descendants is ViewGroup) for (i in 0 until childCount) yieldAll(getChildAt(i).descendants())
    }

    protected fun Activity.said(id: Int) = findViewById<TextView>(id).text.toString()
    protected fun Activity.spoken(id: Int) = findViewById<View>(id).contentDescription?.toString()
    protected fun Activity.has(flag: Int) = window.attributes.flags and flag != 0
    protected fun Activity.day() = findViewById<DayBand>(R.id.day)
    protected fun Activity.code() = findViewById<QrView>(R.id.code).code
    protected fun Activity.codePart() = Rect().also(findViewById<View>(R.id.code)::getGlobalVisibleRect)
    protected fun Activity.top(id: Int) = IntArray(2).also(findViewById<View>(id)::getLocationInWindow)[1]
}

/** What comes from other threads comes when it comes. */
fun until(what: String, seen: () -> Boolean) {
    val deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos()
    while (!seen()) {
        assertTrue("$what did not come", System.nanoTime() < deadline)
        shadowOf(Looper.getMainLooper()).idle()
        Thread.yield()
    }
}
