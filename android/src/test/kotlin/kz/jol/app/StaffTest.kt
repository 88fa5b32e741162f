package kz.jol.app

import kz.jol.core.Category
import kz.jol.core.Inspector
import kz.jol.core.JolException
import kz.jol.core.Money
import kz.jol.core.NumberKind
import kz.jol.core.Staff
import kz.jol.core.VerdictView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** The operator's inspector and who shows no code: a card, a text message, a receipt. */
class StaffTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `who is no inspector checks codes, and tells the operator nothing`() {
        val curious = scene.newInspector()
        assertEquals(Staff.SIGNED_OUT, curious.staff())
        assertThrows(JolException.NotSignedIn::class.java) { curious.upload() }
        curious.phone().acceptTerms()
        curious.phone().signIn("+77001234567", scene.sandbox)
        curious.refresh()
        curious.phone().settle()
        assertEquals(Staff.PASSENGER, curious.staff())
        assertThrows(JolException.NotStaff::class.java) { curious.upload() }

        val aru = scene.passenger()
        val bus = aru.board()
        aru.pay(aru.quote(bus.vehicle))
        curious.beginCheck(bus.painted)
        val ticket = aru.shows(aru.jol.tickets().single().ride)
        assertEquals("valid", ticket.verdict(curious)!!.verdict)
        assertCannotTell("no_register", curious.checkNumber(NumberKind.SMS, "40817"))
    }

    @Test
    fun `numbers and cards are found in the bus's register, without a network`() {
        val aru = scene.passenger()
        val bus = aru.board()
        val card = tapsACard(aru, bus.vehicle)
        scene.sandbox.paid(bus.vehicle, "sms", "40817", adults = 2)
        scene.sandbox.paid(bus.vehicle, "bank_card", "A-00417")
        val inspector = scene.newInspector()
        assertTrue(inspector.lists().all { it.tooOld && it.ageS == null && it.text == "not fetched yet" })
        inspector.phone().acceptTerms()
        inspector.phone().signIn(Scene.INSPECTOR, scene.sandbox)
        inspector.refresh()
        inspector.phone().settle()
        assertEquals(Staff.INSPECTOR, inspector.staff())
        inspector.beginCheck(bus.painted)
        inspector.phone().settle()
        scene.loseNetwork()

        val message = inspector.checkNumber(NumberKind.SMS, "40 817")
        assertEquals("$message", "valid" to bus.painted, message.verdict to message.bus)
        assertEquals(listOf(2), message.passengers.map { it.count.toInt() })
        assertEquals(listOf(ANYBODY), message.facts)
        assertEquals("valid", inspector.checkNumber(NumberKind.RECEIPT, "a00417").verdict)
        assertRefused("not_in_register", inspector.checkNumber(NumberKind.SMS, "40818"))
        assertThrows(JolException.BadInput::class.java) { inspector.checkNumber(NumberKind.SMS, " - ") }
        assertEquals("valid", inspector.checkNumber(NumberKind.CARD, card).verdict)
        assertRefused("seen_before", inspector.checkCardTap(card))
        inspector.beginCheck(bus.painted)
        val tapped = inspector.checkCardTap(card)
        assertEquals("$tapped", "valid", tapped.verdict)
        assertEquals("the card itself", emptyList<String>(), tapped.facts)
        assertRefused("not_in_register", inspector.checkNumber(NumberKind.CARD, STRANGER))

        growsOld(inspector)
        tellsTheOperator(inspector)
    }

    @Test
    fun `what to do with a minor is said in the operator's words, for one passenger`() {
        val bus = scene.passenger().board()
        val inspector = scene.inspector()
        inspector.beginCheck(bus.painted)
        val rule = inspector.ruleForMinors()!!
        assertTrue(rule, "16" in rule)
        assertNull(inspector.inspectText("nothing").rule)
        inspector.setMinor(true)
        assertEquals(rule, inspector.inspectText("nothing").rule)
        assertNull("the next one", inspector.inspectText("nothing").rule)
        inspector.setMinor(true)
        inspector.setMinor(false)
        assertNull("a mistake", inspector.checkNumber(NumberKind.CARD, STRANGER).rule)
    }

    /** A minute later somebody may have tapped since; who was found still rides. */
    private fun growsOld(inspector: Inspector) {
        val lists = inspector.lists()
        assertEquals(listOf("keys", "status", "register", "terminals", "tills"), lists.map { it.list })
        assertTrue("all there", lists.none { it.tooOld || it.issuedMs == null })
        val register = lists[2]
        scene.clock.advanceMs(60_000 - register.ageS!! * 1_000)
        val old = inspector.lists()[2]
        assertEquals("1 min old: too old, connect to the operator", old.text)
        assertTrue("$old", old.tooOld && old.ageS == 60L)
        assertCannotTell("register_too_old", inspector.checkNumber(NumberKind.CARD, STRANGER))
        assertEquals("valid", inspector.checkNumber(NumberKind.SMS, "40817").verdict)
    }

    private fun tellsTheOperator(inspector: Inspector) {
        inspector.upload()
        assertTrue("without a network it waits", !inspector.phone().settle())
        assertEquals(0, scene.sandbox.inspections())
        scene.findNetwork(inspector.phone())
        assertEquals("each ride that was found, as often", 6, scene.sandbox.inspections())
    }

    private fun tapsACard(aru: Passenger, vehicle: String): String {
        aru.jol.registerCard(Category.STANDARD, "Aru")
        aru.drain()
        val card = aru.jol.cards().single().number
        aru.jol.topUp(card, "kaspi", Money(50_000))
        aru.drain()
        scene.sandbox.bankPays(aru.jol.topUps().single().topUp!!)
        scene.sandbox.tap(vehicle, card, scene.clock.nowMs())
        return card
    }

    private fun assertRefused(reason: String, verdict: VerdictView) =
        assertEquals("$verdict", "not_valid" to reason, verdict.verdict to verdict.reason)

    private fun assertCannotTell(reason: String, verdict: VerdictView) =
        assertEquals("$verdict", "cannot_tell" to reason, verdict.verdict to verdict.reason)

    private companion object {
        const val STRANGER = "9643 0000 0000 0001"
        const val ANYBODY = "Only a number was shown: anybody may know it."
    }
}
