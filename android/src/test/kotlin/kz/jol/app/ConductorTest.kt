package kz.jol.app

import kz.jol.core.CashQuote
import kz.jol.core.Category
import kz.jol.core.JolException
import kz.jol.core.Money
import kz.jol.core.PassengerGroup
import kz.jol.core.ShiftReport
import kz.jol.core.ShiftStanding
import kz.jol.core.SoldTicket
import kz.jol.core.Till
import kz.jol.core.VerdictView
import kz.jol.core.Way
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** A conductor sells for cash where there is no network, and an inspector checks codes and numbers. */
class ConductorTest {
    @get:Rule
    val scene = Scene()
    private val key = Passenger.softwareKey()

    @Test
    fun `a shift from its opening to the last sale that is settled`() {
        val bus = scene.passenger().board()
        val till = scene.till(Scene.CONDUCTOR, key)
        opens(till, bus.painted)
        val inspector = scene.inspector()
        scene.loseNetwork()

        val family = till.sells(bus.painted, Category.STANDARD to 2, Category.STUDENT to 1)
        assertEquals(1, family.serial.toInt())
        assertEquals("a number for each", 3, family.numbers.size)
        assertTrue(family.text, family.text.startsWith("JOLT1:"))
        val one = till.sells(bus.painted, Category.STANDARD to 1)
        assertEquals("after three passengers", 4, one.serial.toInt())
        assertEquals(one.text, till.ticket(4u).text)
        val taken = family.fare.tiyn + one.fare.tiyn
        assertEquals(Money(taken), till.cashInPurse())

        inspector.beginCheck(bus.painted)
        val seen = Camera.of(family.code).verdict(inspector)!!
        assertEquals("$seen", "valid" to bus.painted, seen.verdict to seen.bus)
        assertEquals(3, seen.passengers.sumOf { it.count.toInt() })
        assertTrue("${seen.facts}", "On paper: it can be copied." in seen.facts)
        assertRefused("seen_before", inspector.inspectText(family.text))
        assertRefused("seen_before", inspector.checkPaper(family.numbers[1]))
        val number = inspector.checkPaper(one.numbers.single())
        assertEquals("$number", "valid", number.verdict)
        assertRefused("seen_before", inspector.checkPaper(one.numbers.single()))
        assertRefused("not_a_number", inspector.checkPaper("12345"))

        closes(till, taken)
        assertThrows(JolException::class.java) { till.quote(bus.painted, Passenger.adults(1)) }
    }

    @Test
    fun `who is not of the staff gets no shift`() {
        val bus = scene.passenger().board()
        val till = scene.till("+77001234567", key)
        till.openShift(bus.painted)
        till.phone().settle()
        assertTrue("${till.shift()}", till.shift() is ShiftStanding.Refused)
        assertThrows(JolException::class.java) { till.quote(bus.painted, Passenger.adults(1)) }
    }

    private fun opens(till: Till, painted: String) {
        assertEquals(ShiftStanding.NoShift, till.shift())
        till.refresh()
        scene.loseNetwork()
        till.openShift(painted)
        assertEquals(ShiftStanding.Asked(painted), till.shift())
        scene.findNetwork(till.phone())
        val open = till.shift() as ShiftStanding.Open
        assertEquals(painted to Money(0), open.bus to open.cash)
        assertTrue("it lasts", !open.isOver && open.untilMs > scene.clock.nowMs())
    }

    private fun closes(till: Till, taken: Long) {
        val waiting = till.report()
        assertEquals(2 to 4, waiting.sales.toInt() to waiting.passengers.toInt())
        assertEquals(listOf(taken, taken, 0), sums(waiting))
        assertEquals(setOf(Way.CASH), waiting.sums.map { it.way }.toSet())
        assertEquals(taken, waiting.sums.sumOf { it.sum.tiyn })
        assertEquals(waiting, till.closeShift())
        scene.findNetwork(till.phone())
        val settled = till.report()
        assertEquals(listOf(taken, 0, taken), sums(settled))
        assertTrue("${settled.refused}", settled.refused.isEmpty())
    }

    private fun sums(report: ShiftReport) = listOf(report.cash, report.waiting, report.sent).map { it.tiyn }

    private fun Till.sells(painted: String, vararg passengers: Pair<Category, Int>): SoldTicket {
        val quote = quote(painted, passengers.map { (of, count) -> PassengerGroup(of, count.toUByte()) })
        assertThrows(JolException::class.java) { sell(quote, Passenger.softwareKey().signs(quote)) }
        val sold = sell(quote, key.signs(quote))
        assertEquals("a second tap sells nothing", sold.numbers, sell(quote, key.signs(quote)).numbers)
        assertEquals(quote.fare, sold.fare)
        return sold
    }

    private fun PhoneKey.signs(quote: CashQuote): ByteArray = requireNotNull(sign(quote.toSign))

    private fun assertRefused(reason: String, verdict: VerdictView) =
        assertEquals("$verdict", "not_valid" to reason, verdict.verdict to verdict.reason)
}
