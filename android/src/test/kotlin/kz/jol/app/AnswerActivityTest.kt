package kz.jol.app

import android.app.Activity
import android.content.res.Configuration
import android.widget.ProgressBar
import kz.jol.core.Language
import kz.jol.core.Meaning
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ActivityController
import java.time.Duration

/** The ticket's screen between an inspector's question and the ticket as it was. */
class AnswerActivityTest : TicketStage<PaidTicket>(PaidTicket.held()) {
    private val inspector = held.inspector

    @Test
    fun `the answer is on the screen until it had its time, and then the ticket's own code`() {
        held.clock.advanceMs(held.jol.toSign(held.ride, null).freshMs.toLong() - 1)
        val activity = start(Language.EN, question()).get()
        assertAnswers(activity, "answer")
        val (answer, bar) = activity.code() to activity.findViewById<ProgressBar>(R.id.freshness)
        pass(Duration.ofSeconds(28))
        assertEquals("a slot that had but a moment left is not all", answer, activity.code())
        assertEquals("the bar knows it", 67f, bar.progress.toFloat(), 25f)
        assertEquals(1, signatures)
        pass(Duration.ofMillis(2_500))
        assertNotEquals(answer, activity.code())
        assertTrue("${bar.progress}", bar.progress > 900)
        assertEquals(2, signatures)
        assertValid(activity)
    }

    @Test
    fun `a ticket that is open takes the question, and the next one`() {
        val controller = start()
        val activity = controller.get()
        assertValid(activity)
        repeat(2) {
            inspector.beginCheck(held.painted)
            controller.newIntent(intent(question()))
            idle()
            assertAnswers(activity)
        }
        controller.newIntent(intent(null))
        idle()
        assertValid(activity)
    }

    @Test
    fun `an answer outlives a turn of the phone`() {
        val controller = start(Language.EN, question())
        controller.turn()
        assertAnswers(controller.get())
    }

    @Test
    fun `nobody waits for an answer when the passenger comes back later`() {
        val controller = start(Language.EN, question())
        controller.pause().stop()
        controller.start().resume()
        idle()
        assertValid(controller.get())
    }

    @Test
    fun `an answer that had its time is not given again`() {
        val controller = start(Language.EN, question())
        pass(Duration.ofSeconds(46))
        controller.turn()
        assertValid(controller.get())
    }

    private fun question(): ByteArray {
        inspector.beginCheck(held.painted)
        val seen = Camera.of(inspector.challenge()).scan(held.jol).single().meaning
        return (seen as Meaning.Challenge).challenge.also { assertEquals(8, it.size) }
    }

    private fun intent(challenge: ByteArray?) = held.intent(RuntimeEnvironment.getApplication(), challenge)

    private fun ActivityController<*>.turn() {
        val turned = Configuration(get().resources.configuration)
        turned.orientation = Configuration.ORIENTATION_LANDSCAPE
        val before = get()
        configurationChange(turned).visible()
        assertNotSame(before, get())
        idle()
    }

    /** The inspector's camera, which asked, finds it good; what names a slot would not be. */
    private fun assertAnswers(activity: Activity, name: String? = null) {
        val verdict = camera(activity, name).verdict(inspector)!!
        assertEquals("$verdict", "valid", verdict.verdict)
        assertEquals("It answered the challenge.", verdict.facts.last())
    }
}
