package kz.jol.app

import android.app.Activity
import android.content.Intent
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager.LayoutParams
import android.widget.TextView
import com.google.zxing.NotFoundException
import kz.jol.core.DeclineReason
import kz.jol.core.Language
import kz.jol.core.Meaning
import kz.jol.core.PaymentState
import kz.jol.core.declineText
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.time.Duration

/** A payment that is not known yet, on the screen: from the tap to the ticket, or to its end. */
class PendingActivityTest : TicketStage<PendingPayment>(PendingPayment()) {
    @Test
    fun `it says that it is not known, and the inspector cannot tell`() {
        val activity = open(Language.EN)
        assertCannotTell(activity, "pending-en")
        assertWhole(activity)
        val pending = held.jol.pending().single()
        assertEquals(pending.line to pending.bus, activity.said(R.id.line) to activity.said(R.id.bus))
        assertEquals(held.painted, activity.said(R.id.bus))
        assertEquals("1 × Adult", activity.said(R.id.passengers))
        assertEquals(pending.sumText, activity.said(R.id.sum))
        assertEquals(pending.showText, activity.said(R.id.hint))
        val standing = "Not known yet. We are waiting for the answer. Do not pay again."
        assertEquals(standing, activity.said(R.id.standing))
        assertEquals("its code is no ticket's", pending.showText, activity.spoken(R.id.code))
        assertFalse("nothing is paid", activity.shows(R.id.paid) || activity.shows(R.id.day))
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_FULL, activity.window.attributes.screenBrightness)
        assertTrue(activity.has(LayoutParams.FLAG_SECURE))
    }

    @Test
    @Config(qualifiers = "+kk", fontScale = 2f)
    fun `in Kazakh, with letters twice as large, nothing is cut`() {
        val activity = open(Language.KK)
        assertCannotTell(activity, "pending-kk-large-letters")
        assertWhole(activity)
        assertTrue(activity.said(R.id.standing).startsWith("Әлі белгісіз."))
    }

    @Test
    @Config(qualifiers = "+ru")
    fun `its code is another one in each slot, and one signature each`() {
        held.clock.advanceMs(held.jol.intentToSign(held.payment, null).freshMs.toLong())
        val activity = open(Language.RU)
        assertCannotTell(activity, "pending-ru")
        val picture = camera(activity)
        val first = activity.code()
        pass(Duration.ofMillis(14_500))
        assertEquals(first, activity.code())
        pass(Duration.ofMillis(1_000))
        assertNotEquals(first, activity.code())
        assertEquals(2, signatures)
        assertCannotTell(activity)
        pass(Duration.ofMinutes(1))
        held.inspector.beginCheck(held.painted)
        assertEquals("a picture of it", "wrong_slot", picture.verdict(held.inspector)?.reason)
    }

    @Test
    fun `the answer comes, and the ticket takes its place`() {
        val activity = open(Language.EN)
        val before = shot(activity).getPixel(4, 4)
        held.answered()
        until("the ticket") { activity.said(R.id.standing).startsWith("Valid") }
        idle()
        assertValid(activity, "pending-paid")
        assertEquals("Paid 0 min ago", activity.said(R.id.paid))
        assertEquals("The ticket’s code for the inspector", activity.spoken(R.id.code))
        assertTrue(activity.shows(R.id.day))
        assertNotEquals("told by its colour", before, shot(activity).getPixel(4, 4))
        val paid = held.jol.payment(held.payment).state as PaymentState.Paid
        assertEquals("the ride of this payment", held.jol.tickets().single().ride, paid.ride)
        assertFalse(activity.isFinishing)
    }

    @Test
    fun `who comes back when it was paid finds the ticket`() {
        val controller = start()
        controller.pause().stop()
        held.answered()
        controller.start().resume()
        idle()
        assertValid(controller.get())
    }

    @Test
    fun `declined it says why, what to do and whom to call, and shows no code`() {
        val activity = open(Language.EN)
        held.answered(afterMs = 11 * 60_000)
        until("the end") { activity.said(R.id.standing) == "Not paid. No money was taken." }
        idle()
        assertEquals(declineText(DeclineReason.TOO_LATE, null, null, Language.EN), activity.said(R.id.hint))
        assertEquals("of this tap", held.painted, activity.said(R.id.bus))
        assertThrows(NotFoundException::class.java) { camera(activity, "not-paid").text() }
        assertWhole(activity)
        val pictures = listOf(R.id.code, R.id.freshness, R.id.no_code, R.id.paid, R.id.day)
        assertTrue(pictures.none { activity.shows(it) })
        assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, activity.window.attributes.screenBrightness)

        val calls = held.jol.whomToCall()
        assertEquals(calls.map { it.text }, activity.calls().map { it.text.toString() })
        activity.calls().first().performClick()
        val dialled = shadowOf(activity).nextStartedActivity
        assertEquals(Intent.ACTION_DIAL to "tel:+77770002505", dialled.action to dialled.dataString)
        held.jol.setLanguage(Language.KK)
        until("its language") { activity.said(R.id.standing) == "Төленбеді. Ақша алынған жоқ." }
        assertTrue(activity.calls().first().text.contains("+7 777 000 2505"))
    }

    @Test
    fun `it answers an inspector's challenge, and so does its ticket`() {
        held.inspector.beginCheck(held.painted)
        val seen = Camera.of(held.inspector.challenge()).scan(held.jol).single().meaning
        val activity = start(Language.EN, (seen as Meaning.Challenge).challenge).get()
        val answer = camera(activity).verdict(held.inspector)!!
        assertEquals("$answer", "cannot_tell" to "asked_before_check", answer.verdict to answer.reason)
        assertTrue("${answer.facts}", "It answered the challenge." in answer.facts)
        held.answered(afterMs = 0)
        until("the ticket") { activity.said(R.id.standing).startsWith("Valid") }
        idle()
        val again = camera(activity).verdict(held.inspector)!!
        assertEquals("the question was answered: $again", "wrong_challenge", again.reason)
        pass(Duration.ofSeconds(46))
        assertValid(activity)
    }

    @Test
    fun `without a key there is no code to copy`() {
        sign = { null }
        val activity = open(Language.EN)
        val pictures = listOf(R.id.code, R.id.freshness, R.id.no_code)
        assertTrue(pictures.none { activity.shows(it) })
        assertEquals(held.jol.pending().single().showText, activity.said(R.id.hint))
    }

    private fun assertCannotTell(activity: Activity, name: String? = null) {
        held.inspector.beginCheck(held.painted)
        val verdict = camera(activity, name).verdict(held.inspector)!!
        assertEquals("$verdict", "cannot_tell" to "asked_before_check", verdict.verdict to verdict.reason)
        assertEquals(held.painted, verdict.bus)
        held.inspector.beginCheck(held.painted)
        assertEquals(verdict, held.inspector.inspectText(camera(activity).text(activity.codePart())))
    }

    private fun Activity.calls() =
        findViewById<ViewGroup>(R.id.calls).run { List(childCount) { getChildAt(it) as TextView } }

    private fun Activity.shows(id: Int) = findViewById<View>(id).isShown
}
