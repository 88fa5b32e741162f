package kz.jol.app

import android.animation.ValueAnimator
import android.graphics.Color
import android.graphics.Insets
import android.view.View
import android.view.WindowInsets
import android.view.WindowManager.LayoutParams
import android.widget.ProgressBar
import android.widget.TextView
import com.google.zxing.NotFoundException
import kz.jol.app.TicketScreen.Passengers
import kz.jol.core.Language
import kz.jol.core.TravelQuery
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowToast
import java.time.Duration

/** A ticket of the core as eyes and cameras see it: drawn by Android, read back from the pixels. */
class TicketActivityTest : TicketStage<PaidTicket>(PaidTicket.held()) {
    @Test
    fun `an English ticket is read back from the screen`() {
        val activity = open(Language.EN)
        assertValid(activity, "ticket-en")
        assertWhole(activity)
        val ticket = held.jol.ticket(held.ride)
        assertEquals(ticket.line to ticket.bus, activity.said(R.id.line) to activity.said(R.id.bus))
        assertEquals("Line ${ticket.line}, bus ${ticket.bus}", activity.spoken(R.id.signs))
        assertEquals("1 × Adult", activity.said(R.id.passengers))
        val size = { id: Int -> activity.findViewById<TextView>(id).textSize }
        assertTrue("a driver reads who rides from a step away", size(R.id.passengers) >= size(R.id.paid))
        assertEquals(ticket.sumText, activity.said(R.id.sum))
        assertEquals("Paid 0 min ago", activity.said(R.id.paid))
        assertEquals(listOf(held.ride), asked)
    }

    @Test
    @Config(qualifiers = "+ru")
    fun `a Russian ticket is read back from the screen`() {
        val activity = open(Language.RU)
        assertValid(activity, "ticket-ru")
        assertWhole(activity)
        assertEquals("Действует в этом автобусе до конечной", activity.said(R.id.standing))
        assertTrue(activity.spoken(R.id.signs)!!.startsWith("Маршрут"))
        assertEquals("Код билета для контролёра", activity.spoken(R.id.code))
    }

    @Test
    @Config(qualifiers = "+kk")
    fun `a Kazakh ticket is read back from the screen`() {
        val activity = open(Language.KK)
        assertValid(activity, "ticket-kk")
        assertWhole(activity)
        assertEquals("Осы автобуста соңғы аялдамаға дейін жарамды", activity.said(R.id.standing))
        assertTrue(activity.spoken(R.id.signs)!!.startsWith("Бағыт"))
        assertEquals("Бақылаушыға арналған билет коды", activity.spoken(R.id.code))
    }

    @Test
    fun `who has left the bus reads it below the ticket, and taps on the other one`() {
        dress = { it.copy(parted = "It looks as if you have left bus 547 (line 37).") }
        val left = open(Language.EN)
        assertValid(left, "ticket-left")
        assertEquals("It looks as if you have left bus 547 (line 37).", left.said(R.id.parted))
        assertFalse("nothing to tap on", left.findViewById<View>(R.id.instead).isShown)
        left.finish()

        dress = { it.copy(parted = "You seem to be on bus 612 of line 12 now. Pay for it?", instead = "0612") }
        val activity = open(Language.EN)
        assertValid(activity, "ticket-instead")
        assertWhole(activity)
        assertFalse(activity.findViewById<View>(R.id.parted).isShown)
        assertEquals("You seem to be on bus 612 of line 12 now. Pay for it?", activity.said(R.id.instead))
        assertTrue("below what is shown to others", activity.top(R.id.instead) > activity.top(R.id.code))
        val payments = held.jol.payments()
        activity.findViewById<View>(R.id.instead).performClick()
        val opened = shadowOf(activity).nextStartedActivity
        assertTrue(opened.filterEquals(BusActivity.proposedIntent(activity, "0612")))
        assertEquals("0612", opened.getStringExtra("bus"))
        assertEquals("nothing is paid by it", payments, held.jol.payments())
        assertTrue("nothing ends", held.jol.ticket(held.ride).isValid)
    }

    @Test
    fun `a picture of the screen is worth nothing a minute later`() {
        val picture = camera(open(Language.EN))
        held.clock.advanceMs(61_000)
        held.inspector.beginCheck(held.painted)
        assertEquals("not_valid", picture.verdict(held.inspector)?.verdict)
    }

    @Test
    @Config(qualifiers = "+ru")
    fun `an ended ticket shows no code and lets the screen go dark`() {
        val activity = open(Language.RU)
        val valid = shot(activity).getPixel(4, 4)
        held.clock.advanceMs(held.jol.travelDetails(TravelQuery()).entries.first { it.ride != null }.endsMs!! - held.clock.nowMs())
        idle(Duration.ofSeconds(15))
        assertEquals("Поездка закончена", activity.said(R.id.standing))
        assertThrows(NotFoundException::class.java) { camera(activity, "ticket-ended").text() }
        assertWhole(activity)
        assertNotEquals("told from a valid one by its colour", valid, shot(activity).getPixel(4, 4))
        assertEquals("Кода нет: билет больше не действует", activity.spoken(R.id.no_code))
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, activity.window.attributes.screenBrightness)
        assertFalse(activity.has(LayoutParams.FLAG_KEEP_SCREEN_ON))
    }

    @Test
    fun `a valid ticket is bright, awake and kept out of screenshots`() {
        val activity = open(Language.EN)
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, activity.window.attributes.screenBrightness)
        assertTrue(activity.has(LayoutParams.FLAG_KEEP_SCREEN_ON))
        assertTrue(activity.has(LayoutParams.FLAG_SECURE))
    }

    @Test
    fun `the bar runs down until a new code takes its place`() {
        held.clock.advanceMs(held.jol.toSign(held.ride, null).freshMs.toLong())
        val activity = open(Language.EN)
        val bar = activity.findViewById<ProgressBar>(R.id.freshness)
        val code = activity.code()
        pass(Duration.ofSeconds(10))
        assertEquals(333f, bar.progress.toFloat(), 20f)
        held.jol.setLanguage(Language.RU)
        until("the wallet's change") { activity.said(R.id.paid).startsWith("Оплачено") }
        pass(Duration.ofSeconds(1))
        assertEquals("another word is no new code", 266f, bar.progress.toFloat(), 25f)
        assertEquals(code, activity.code())
        pass(Duration.ofMillis(4_200))
        assertTrue("${bar.progress} of ${bar.max}", bar.progress > 950)
        assertNotEquals(code, activity.code())
        assertEquals(2, signatures)
        assertValid(activity)
    }

    @Test
    fun `the word of the day moves on its colour while the ticket is valid, and no longer`() {
        val eye = held.jol.ticket(held.ride).eye!!
        val activity = open(Language.EN)
        val (band, word) = activity.day() to activity.findViewById<TextView>(R.id.day_word)
        assertEquals(eye.word, word.text.toString())
        assertEquals(Color.parseColor(eye.ink), word.currentTextColor)
        assertTrue("seen", band.isShown && band.moves)
        val (left, top) = IntArray(2).also(band::getLocationInWindow)
        assertEquals(Color.parseColor(eye.colour), shot(activity).getPixel(left + 1, top + 1))
        val before = word.translationX
        pass(Duration.ofSeconds(1))
        assertNotEquals("on its way", before, word.translationX)
        assertTrue("within the band", word.left + word.translationX + word.width <= band.width)
        assertValid(activity)
        held.clock.advanceMs(held.jol.travelDetails(TravelQuery()).entries.first { it.ride != null }.endsMs!! - held.clock.nowMs())
        idle(Duration.ofSeconds(15))
        assertFalse("gone with the ticket", band.isShown || band.moves)
    }

    @Test
    fun `who removed animations reads the word where it stands`() {
        ValueAnimator::class.java.getMethod("setDurationScale", Float::class.java).invoke(null, 0f)
        try {
            val activity = open(Language.EN)
            assertTrue(activity.day().isShown)
            assertFalse(activity.day().moves)
        } finally {
            ValueAnimator::class.java.getMethod("setDurationScale", Float::class.java).invoke(null, 1f)
        }
    }

    @Test
    fun `without a word of the day the ticket is as it was`() {
        dress = { it.copy(day = null) }
        val activity = open(Language.EN)
        assertFalse(activity.day().isShown)
        assertValid(activity)
    }

    @Test
    fun `the minutes since the payment are counted on the screen`() {
        val activity = open(Language.EN)
        pass(Duration.ofSeconds(29))
        assertEquals("Paid 0 min ago", activity.said(R.id.paid))
        pass(Duration.ofSeconds(2))
        assertEquals("Paid 1 min ago", activity.said(R.id.paid))
    }

    @Test
    fun `nothing is signed for a hidden screen, and no old code waits on it`() {
        val controller = start(Language.EN)
        controller.pause().stop()
        val signed = signatures
        pass(Duration.ofSeconds(40))
        assertEquals(0, shown)
        assertEquals(signed, signatures)
        assertThrows(NotFoundException::class.java) { camera(controller.get()).text() }
        controller.start().resume()
        idle()
        assertValid(controller.get())
        controller.pause().stop().destroy()
        idle()
        assertEquals(0, shown)
    }

    @Test
    fun `another ticket takes the place of the open one`() {
        val controller = start(Language.EN)
        controller.newIntent(TicketActivity.intent(RuntimeEnvironment.getApplication(), held.ride))
        idle()
        assertEquals(listOf(held.ride, held.ride), asked)
        assertEquals(1, shown)
    }

    @Test
    fun `a ticket that there is not closes its screen with a word`() {
        val app = application()
        val activity = Robolectric.buildActivity(TicketActivity::class.java, TicketActivity.intent(app, "r0"))
            .setup().get()
        idle()
        assertTrue(activity.isFinishing)
        assertEquals("There is nothing with this number.", ShadowToast.getTextOfLatestToast())
    }

    @Test
    fun `what is to be read keeps clear of the phone's own bars`() {
        val activity = open(Language.EN)
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
        assertValid(activity, "ticket-bars")
    }

    @Test
    @Config(qualifiers = "+kk-night")
    fun `at night the code is still dark on light, with its quiet zone`() {
        val activity = open(Language.KK)
        assertValid(activity)
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
        val activity = open(Language.KK)
        assertValid(activity, "ticket-large-letters")
        assertWhole(activity)
    }

    @Test
    @Config(qualifiers = "w320dp-h480dp-hdpi")
    fun `on an old small phone the code fits on the screen`() {
        assertValid(open(Language.RU), "ticket-small")
    }

    @Test
    @Config(qualifiers = "+w720dp-h360dp-land")
    fun `on a phone that lies on its side the code fits on the screen`() {
        assertValid(open(Language.RU), "ticket-lying")
    }

    @Test
    fun `long names shrink instead of being cut, and a family has its lines`() {
        dress = {
            it.copy(
                line = "112-экспресс",
                bus = "842 ABC 06",
                passengers = it.passengers + Passengers("Person with a disability", 2),
            )
        }
        val activity = open(Language.EN)
        assertWhole(activity)
        assertEquals("1 × Adult\n2 × Person with a disability", activity.said(R.id.passengers))
        assertValid(activity, "ticket-long-names")
    }
}
