package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kz.jol.core.JolException
import kz.jol.core.Language
import kz.jol.core.Meaning
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

/** A phone that does not know the time answers an inspector's challenge; each reads the other's screen. */
class AnswerTest {
    private val held = PaidTicket.held(aheadMs = 5 * 60_000)
    private val inspector = held.inspector
    private var signatures = 0
    private val tickets = CoreTickets(held.jol, { signatures++; held.key.sign(it) })

    @After
    fun shut() = held.close()

    @Test
    fun `an answer is valid once, and only for who asked`() {
        inspector.beginCheck(held.painted)
        val unasked = show(null).verdict(inspector)!!
        assertEquals("its clock is wrong: $unasked", "wrong_slot", unasked.reason)

        val first = asked()
        val answer = show(first)
        val verdict = answer.verdict(inspector)!!
        assertEquals("$verdict", "valid", verdict.verdict)
        assertEquals(held.painted, verdict.bus)
        assertEquals("the same again", "not_valid", answer.verdict(inspector)!!.verdict)

        inspector.beginCheck(held.painted)
        assertEquals("nobody asked", "wrong_challenge", answer.verdict(inspector)!!.reason)
        val second = asked()
        assertNotEquals(first.toList(), second.toList())
        assertEquals("another question", "wrong_challenge", answer.verdict(inspector)!!.reason)
        val again = show(asked()).verdict(inspector)!!
        assertEquals("$again", "valid", again.verdict)
    }

    @Test
    fun `it is signed once, stays through two more slots, and the ticket goes on`() {
        val challenge = asked()
        val screens = mutableListOf<TicketScreen>()
        // Each word of the ticket's is one step: a change of the wallet, and no waiting.
        within {
            tickets.screens(held.ride, challenge).collect {
                screens += it
                val language = held.jol.language()
                when {
                    it.standing.startsWith("Valid") && language == Language.EN -> wait(Language.RU, slots = 2)
                    it.standing.startsWith("Действ") && language == Language.RU -> wait(Language.KK, slots = 1)
                    // A screen that was being made while the clock moved has the new words and the slot before.
                    it.standing.startsWith("Осы") && !it.answers -> held.jol.shut()
                }
            }
        }
        val (first, next, after) = screens.groupBy { it.standing }.values.map { it.last() }
        assertTrue("the answer", first.answers && next.answers)
        assertEquals("the same signature", first.code, next.code)
        assertTrue("the bar runs down for all: ${first.codeFreshMs}", first.codeFreshMs in 30_001..45_000)
        assertFalse("as before", after.answers)
        assertNotEquals(first.code, after.code)
        assertTrue("${after.codeFreshMs}", after.codeFreshMs in 1..15_000)
        assertEquals(2, signatures)
    }

    @Test
    fun `a word that is no challenge is an error that a screen can say`() {
        assertThrows(JolException.BadInput::class.java) { show(ByteArray(7)) }
    }

    /** What the passenger's camera reads from the inspector's screen. */
    private fun asked(): ByteArray {
        val seen = Camera.of(inspector.challenge()).scan(held.jol).single()
        return (seen.meaning as Meaning.Challenge).challenge
    }

    private fun show(challenge: ByteArray?): Camera =
        within { Camera.of(tickets.screens(held.ride, challenge).first().code!!) }

    private fun wait(language: Language, slots: Int) {
        repeat(slots) {
            held.passengersClock.advanceMs(held.jol.toSign(held.ride, null).freshMs.toLong())
        }
        held.jol.setLanguage(language)
    }

    private fun <T> within(live: suspend () -> T): T = runBlocking { withTimeout(30_000) { live() } }
}
