package kz.jol.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Insets
import android.graphics.Rect
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.view.WindowInsets
import android.view.WindowManager.LayoutParams
import android.widget.ProgressBar
import android.widget.TextView
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.NotFoundException
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import kotlinx.coroutines.flow.MutableStateFlow
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
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

/** The ticket's screen as eyes and cameras see it: drawn by Android, read back from the pixels. */
@RunWith(RobolectricTestRunner::class)
class TicketActivityTest {
    private val screens = MutableStateFlow(Samples.ENGLISH)
    private val asked = mutableListOf<String>()

    /** Time moves by [idle] alone; else an animation runs to its end at once. */
    @Before
    fun holdTime() {
        ShadowChoreographer.setPaused(true)
        ShadowChoreographer.setFrameDelay(Duration.ofMillis(20))
    }

    @Test
    fun `an English ticket is read back from the screen`() {
        val activity = open(Samples.ENGLISH)
        assertEquals(Samples.LONGEST, read(activity, "ticket-en"))
        assertWhole(activity)
        assertEquals("Line 30Б, bus 217", activity.spoken(R.id.signs))
        assertEquals("1 × Adult\n2 × School pupil", activity.said(R.id.passengers))
        assertEquals(listOf("ticket-1"), asked)
    }

    @Test
    @Config(qualifiers = "+ru")
    fun `a Russian ticket is read back from the screen`() {
        val activity = open(Samples.RUSSIAN)
        assertEquals(Samples.LONGEST, read(activity, "ticket-ru"))
        assertWhole(activity)
        assertEquals("Маршрут 30Б, автобус 217", activity.spoken(R.id.signs))
        assertEquals("Код билета для контролёра", activity.spoken(R.id.code))
    }

    @Test
    @Config(qualifiers = "+kk")
    fun `a Kazakh ticket is read back from the screen`() {
        val activity = open(Samples.KAZAKH)
        assertEquals(Samples.LONGEST, read(activity, "ticket-kk"))
        assertWhole(activity)
        assertEquals("Бағыт 30Б, автобус 217", activity.spoken(R.id.signs))
        assertEquals("Бақылаушыға арналған билет коды", activity.spoken(R.id.code))
    }

    @Test
    @Config(qualifiers = "+ru")
    fun `an ended ticket shows no code and lets the screen go dark`() {
        val activity = open(Samples.RUSSIAN)
        val valid = shot(activity).getPixel(4, 4)
        screens.value = Samples.ENDED
        idle()
        assertThrows(NotFoundException::class.java) { read(activity, "ticket-ended") }
        assertWhole(activity)
        assertNotEquals("told from a valid one by its colour", valid, shot(activity).getPixel(4, 4))
        assertEquals("Кода нет: билет больше не действует", activity.spoken(R.id.no_code))
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, activity.window.attributes.screenBrightness)
        assertFalse(activity.has(LayoutParams.FLAG_KEEP_SCREEN_ON))
    }

    @Test
    fun `a valid ticket is bright, awake and kept out of screenshots`() {
        val activity = open(Samples.ENGLISH)
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, activity.window.attributes.screenBrightness)
        assertTrue(activity.has(LayoutParams.FLAG_KEEP_SCREEN_ON))
        assertTrue(activity.has(LayoutParams.FLAG_SECURE))
    }

    @Test
    fun `the bar runs down until a new code takes its place`() {
        val activity = open(Samples.ENGLISH)
        val bar = activity.findViewById<ProgressBar>(R.id.freshness)
        idle(Duration.ofSeconds(10))
        assertEquals(333f, bar.progress.toFloat(), 20f)
        screens.value = Samples.ENGLISH.copy(left = "30 min left")
        idle(Duration.ofSeconds(1))
        assertEquals("a minute less is no new code", 266f, bar.progress.toFloat(), 20f)
        screens.value = Samples.ENGLISH.copy(code = Samples.matrix("JOL1:NEXT"))
        idle(Duration.ofMillis(100))
        assertTrue("${bar.progress} of ${bar.max}", bar.progress > 950)
        assertEquals("JOL1:NEXT", read(activity))
    }

    @Test
    fun `nothing is signed for a hidden screen, and no old code waits on it`() {
        val controller = start(Samples.ENGLISH)
        controller.pause().stop()
        idle()
        assertEquals(0, screens.subscriptionCount.value)
        assertThrows(NotFoundException::class.java) { read(controller.get()) }
        controller.start().resume()
        idle()
        assertEquals(Samples.LONGEST, read(controller.get()))
        controller.pause().stop().destroy()
        idle()
        assertEquals(0, screens.subscriptionCount.value)
    }

    @Test
    fun `another ticket takes the place of the open one`() {
        val controller = start(Samples.ENGLISH)
        controller.newIntent(TicketActivity.intent(RuntimeEnvironment.getApplication(), "ticket-2"))
        idle()
        assertEquals(listOf("ticket-1", "ticket-2"), asked)
        assertEquals(1, screens.subscriptionCount.value)
    }

    @Test
    fun `what is to be read keeps clear of the phone's own bars`() {
        val activity = open(Samples.ENGLISH)
        val clear = activity.top(R.id.signs)
        activity.findViewById<View>(R.id.ticket).dispatchApplyWindowInsets(
            WindowInsets.Builder()
                .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, 96, 0, 0))
                .setInsets(WindowInsets.Type.displayCutout(), Insets.of(40, 96, 0, 0))
                .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 0, 84))
                .build(),
        )
        idle()
        assertEquals("colour still reaches the edge", 0, activity.top(R.id.band))
        assertTrue("below the camera's hole", activity.top(R.id.signs) >= 96 && clear < 96)
        assertEquals(84, activity.findViewById<View>(R.id.ticket).paddingBottom)
        assertEquals(40, activity.findViewById<View>(R.id.below).paddingLeft)
        assertEquals(Samples.LONGEST, read(activity, "ticket-bars"))
    }

    @Test
    @Config(qualifiers = "+kk-night")
    fun `at night the code is still dark on light, with its quiet zone`() {
        val activity = open(Samples.KAZAKH)
        assertEquals(Samples.LONGEST, read(activity))
        val code = activity.findViewById<QrView>(R.id.code)
        val (left, top) = IntArray(2).also(code::getLocationInWindow)
        val quiet = 4 * (code.height / (code.code!!.size + 8))
        val shot = shot(activity)
        for (along in 0 until code.height) for (across in 0 until quiet) {
            assertEquals("the quiet zone", Color.WHITE, shot.getPixel(left + across, top + along))
            assertEquals("the quiet zone", Color.WHITE, shot.getPixel(left + along, top + across))
        }
    }

    @Test
    @Config(qualifiers = "+kk", fontScale = 2f)
    fun `with letters twice as large the code is still whole and nothing is cut`() {
        val activity = open(Samples.KAZAKH)
        assertEquals(Samples.LONGEST, read(activity, "ticket-large-letters"))
        assertWhole(activity)
    }

    @Test
    @Config(qualifiers = "w320dp-h480dp-hdpi")
    fun `on an old small phone the code fits on the screen`() {
        assertEquals(Samples.LONGEST, read(open(Samples.RUSSIAN), "ticket-small"))
    }

    @Test
    @Config(qualifiers = "+w720dp-h360dp-land")
    fun `on a phone that lies on its side the code fits on the screen`() {
        assertEquals(Samples.LONGEST, read(open(Samples.RUSSIAN), "ticket-lying"))
    }

    @Test
    fun `long names shrink instead of being cut`() {
        val activity = open(Samples.ENGLISH.copy(line = "112-экспресс", bus = "842 ABC 06"))
        assertWhole(activity)
        assertEquals(Samples.LONGEST, read(activity, "ticket-long-names"))
    }

    private fun start(screen: TicketScreen): ActivityController<TicketActivity> {
        screens.value = screen
        val app = RuntimeEnvironment.getApplication() as JolApplication
        app.tickets = Tickets { ticket -> screens.also { asked += ticket } }
        return Robolectric.buildActivity(TicketActivity::class.java, TicketActivity.intent(app, "ticket-1"))
            .setup()
            .also { idle() }
    }

    private fun open(screen: TicketScreen): Activity = start(screen).get()

    /** By default a moment in which Android lays out and draws. */
    private fun idle(time: Duration = Duration.ofMillis(100)) = shadowOf(Looper.getMainLooper()).idleFor(time)

    private fun shot(activity: Activity): Bitmap {
        val window = activity.window.decorView
        return Bitmap.createBitmap(window.width, window.height, Bitmap.Config.ARGB_8888)
            .also { window.draw(Canvas(it)) }
    }

    /** What the code on the screen says; with a name the screen is kept as a picture, too. */
    private fun read(activity: Activity, name: String? = null): String {
        val shot = shot(activity)
        if (name != null) {
            val file = File(System.getProperty("jol.shots"), "$name.png")
            file.parentFile?.mkdirs()
            file.outputStream().use { shot.compress(Bitmap.CompressFormat.PNG, 100, it) }
        }
        val pixels = IntArray(shot.width * shot.height)
        shot.getPixels(pixels, 0, shot.width, 0, 0, shot.width, shot.height)
        val luma = RGBLuminanceSource(shot.width, shot.height, pixels)
        val hints = mapOf(DecodeHintType.TRY_HARDER to true)
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(luma)), hints).text
    }

    /** Every text is laid out to its last letter and, where it is scrolled into view, drawn. */
    private fun assertWhole(activity: Activity) {
        val shot = shot(activity)
        val texts = activity.window.decorView.descendants().filterIsInstance<TextView>().filter { it.isShown }
        assertTrue("the screen says something", texts.count() >= 5)
        for (text in texts) {
            val room = text.height - text.compoundPaddingTop - text.compoundPaddingBottom
            val name = "“${text.text}”"
            assertTrue("$name is cut below: ${text.layout.height} in $room", text.layout.height <= room)
            for (line in 0 until text.layout.lineCount) {
                assertEquals("$name is shortened", 0, text.layout.getEllipsisCount(line))
                assertTrue("$name is cut at its side", text.layout.getLineWidth(line) <= text.layout.width)
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

    private fun Activity.said(id: Int) = findViewById<TextView>(id).text.toString()
    private fun Activity.spoken(id: Int) = findViewById<View>(id).contentDescription?.toString()
    private fun Activity.has(flag: Int) = window.attributes.flags and flag != 0
    private fun Activity.top(id: Int) = IntArray(2).also(findViewById<View>(id)::getLocationInWindow)[1]
}
