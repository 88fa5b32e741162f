package kz.jol.app

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kz.jol.core.Category
import kz.jol.core.JolException
import kz.jol.core.Language
import kz.jol.core.PassengerGroup
import kz.jol.core.TicketPlace
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.concurrent.atomic.AtomicInteger

/** Waiting for the core from coroutines, and the screens that come of it. */
class CoreTicketsTest {
    private val held = PaidTicket.held()
    private val jol = held.jol
    private val signatures = AtomicInteger()
    private val tickets = CoreTickets(jol, { signatures.incrementAndGet(); held.key.sign(it) })

    @After
    fun shut() = held.close()

    @Test
    fun `a wait that is given up harms no later one`() = within {
        repeat(200) {
            val wait = launch(start = CoroutineStart.UNDISPATCHED) { jol.nextChange(NEVER) }
            assertTrue("it waits", wait.isActive)
            wait.cancelAndJoin()
        }
        val seen = jol.revision()
        val wait = async(start = CoroutineStart.UNDISPATCHED) { jol.nextChange(seen) }
        jol.setLanguage(Language.KK)
        assertTrue(wait.await() > seen)
    }

    @Test
    fun `a wait that is given up just as it ends harms nothing`() = within {
        repeat(200) {
            val seen = jol.revision()
            val wait = launch(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { jol.nextChange(seen) }
            val change = launch(Dispatchers.Default) { jol.setLanguage(Language.RU) }
            wait.cancelAndJoin()
            change.join()
        }
        assertEquals(Language.RU, jol.language())
    }

    @Test
    fun `shutting the wallet ends every wait and every ticket's screens`() = within {
        val waits = List(3) { async(start = CoroutineStart.UNDISPATCHED) { jol.nextChange(NEVER) } }
        val shown = async { tickets.screens(held.ride).toList() }
        tickets.screens(held.ride).first()
        jol.shut()
        waits.forEach { it.await() }
        assertTrue(shown.await().isNotEmpty())
        assertEquals("and those that come later", jol.revision(), jol.nextChange(NEVER))
    }

    @Test
    fun `a change of the wallet shows at once, and is no reason to sign anew`() = within {
        val screens = mutableListOf<TicketScreen>()
        coroutineScope {
            val collecting = launch {
                tickets.screens(held.ride).collect {
                    screens += it
                    if (it.standing.startsWith("Valid")) jol.setLanguage(Language.RU)
                    if (it.standing.startsWith("Действ")) jol.shut()
                }
            }
            collecting.join()
        }
        assertEquals(1, screens.distinctBy { it.code }.size)
        assertEquals(1, signatures.get())
    }

    @Test
    fun `without a key that works the ticket is shown, and the inspector cannot tell`() = within {
        val screen = CoreTickets(jol, { null }).screens(held.ride).first()
        held.inspector.beginCheck(held.painted)
        val verdict = held.inspector.inspectText(Camera.of(screen.code!!).text())
        assertEquals("$verdict", "cannot_tell", verdict.verdict)
    }

    @Test
    fun `a ticket for another phone is a wish until the operator answers`() = within {
        val adult = listOf(PassengerGroup(Category.STANDARD, 1u))
        val wish = jol.sendTicket(held.ride, OTHER_PHONE, adult)
        val sent = jol.sentTickets(held.ride).single()
        assertEquals(wish, sent.key)
        assertTrue("$sent", !sent.isReady && sent.passengers.single().count == 1.toUByte())
        assertThrows(JolException.NotFound::class.java) { jol.sentCode(wish) }
        assertTrue("this phone has a code of its own", jol.receiverCode().size > 0u)
        assertThrows(JolException.BadInput::class.java) { jol.receiveTicket("JOLP1:00") }
        assertEquals(TicketPlace.HERE, jol.ticket(held.ride).place)
    }

    @Test
    fun `a ticket that there is not is an error that a screen can say`() {
        assertThrows(JolException.NotFound::class.java) { within { tickets.screens("no-ride").first() } }
    }

    private fun within(live: suspend kotlinx.coroutines.CoroutineScope.() -> Unit) =
        runBlocking { withTimeout(30_000) { live() } }

    private companion object {
        /** No wallet counts this far. */
        const val NEVER = ULong.MAX_VALUE

        /** The code of a phone whose key is the base point of P-256. */
        const val OTHER_PHONE = "JOLK1:KJ0M03WVUZQ5J49S*N/:SIYKGTU%J0*EG1XTTFK8HKF\$81EJF3"
    }
}
