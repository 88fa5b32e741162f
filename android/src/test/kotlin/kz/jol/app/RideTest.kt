package kz.jol.app

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kz.jol.core.BankLinkStanding
import kz.jol.core.BoardKind
import kz.jol.core.Category
import kz.jol.core.CityState
import kz.jol.core.DeviceState
import kz.jol.core.Endpoint
import kz.jol.core.ExportFormat
import kz.jol.core.Inspector
import kz.jol.core.Issued
import kz.jol.core.Journey
import kz.jol.core.JolException
import kz.jol.core.Language
import kz.jol.core.Money
import kz.jol.core.Month
import kz.jol.core.NoticesOf
import kz.jol.core.PaymentState
import kz.jol.core.PlaceRole
import kz.jol.core.Plan
import kz.jol.core.PlanNote
import kz.jol.core.RideLeg
import kz.jol.core.RideState
import kz.jol.core.Sighting
import kz.jol.core.SignIn
import kz.jol.core.Source
import kz.jol.core.TermsState
import kz.jol.core.TopUpStanding
import kz.jol.core.TravelQuery
import kz.jol.core.TravelState
import kz.jol.core.Way
import kz.jol.core.When
import kz.jol.core.everyText
import kz.jol.core.haltNotes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

/** One passenger's ride through the whole system, over the real library and a real operator's process. */
class RideTest {
    @get:Rule
    val folder = TemporaryFolder()

    @Test
    fun `a ride from the terms of use to the receipt`() = Sandbox.start(Passenger.MORNING_MS).use { sandbox ->
        val phone = Passenger(sandbox, folder.newFolder("phone"))
        comesIn(phone)
        choosesACity(phone, sandbox)
        readsWhatThereIs(phone)
        getsACard(phone, sandbox)
        linksABankCard(phone, sandbox)
        val leg = findsTheWay(phone, sandbox)
        val onBoard = boards(phone, sandbox, leg)
        val payment = paysOnce(phone, onBoard)
        val inspector = Passenger.inspector(sandbox, phone.clock, folder.newFolder("inspector"))
        val ride = showsTheTicket(phone, inspector, onBoard)
        arrives(phone, ride, payment, onBoard)
        inspector.phone().shut()
        phone.jol.shut()
    }

    private fun comesIn(phone: Passenger) {
        assertTrue("the operator answers", phone.drain())
        assertTrue("${phone.jol.account()}", phone.jol.account().terms is TermsState.Waiting)
        assertTrue("terms can be read", phone.jol.terms()!!.text.kk.isNotEmpty())
        phone.acceptTerms()
        assertTrue(phone.jol.account().terms is TermsState.Accepted)

        phone.signIn()
        val account = phone.jol.account()
        assertNull(account.refusal)
        assertEquals(Passenger.NUMBER, (account.signIn as SignIn.SignedIn).to)

        phone.enrol()
        val device = phone.jol.account().device as DeviceState.Enrolled
        assertFalse("no platform vouched for it", device.attested)
        assertNull(device.waitsUntilMs)
    }

    private fun choosesACity(phone: Passenger, sandbox: Sandbox) {
        val city = sandbox.sample().city
        phone.chooseCity(city)
        assertTrue("its lines are known", phone.jol.cities().first { it.id == city }.lines.size >= 10)
        val ready = phone.jol.city() as CityState.Ready
        assertTrue("said to be a sample", ready.sample)
    }

    private fun readsWhatThereIs(phone: Passenger) {
        val support = phone.jol.operator()!!.support
        assertEquals(3, support.phones.size)
        assertTrue(support.phones.all { it.hours.kk.isNotEmpty() } && support.chat.startsWith("https://"))
        assertEquals("9505", phone.jol.smsRule()!!.number)
        assertTrue("where a card is topped up", phone.jol.pointsOfSale().any { it.topsUp })
        val senior = phone.jol.categories().first { it.category == Category.SENIOR }.issued as Issued.AtOffice
        assertTrue("what to bring", senior.documents.size >= 2 && senior.office.kk.isNotEmpty())
        assertTrue("what each bus takes", phone.jol.vehicles().all { Way.APP in it.ways })
    }

    private fun linksABankCard(phone: Passenger, sandbox: Sandbox) {
        phone.jol.linkBankCard()
        phone.drain()
        val asked = phone.jol.bankLink()!!
        val page = (asked.standing as BankLinkStanding.AtBank).page
        assertTrue(page, page.endsWith("/bank/${asked.link}"))
        sandbox.bankPays(asked.link!!)
        phone.jol.refreshBankLink()
        phone.drain()
        val linked = phone.jol.bankLink()!!.standing as BankLinkStanding.Linked
        assertTrue(phone.jol.sources().any { it.source == Source.BankCard(linked.token) })
    }

    private fun getsACard(phone: Passenger, sandbox: Sandbox) {
        phone.jol.registerCard(Category.STANDARD, "Mine")
        phone.drain()
        val card = phone.jol.cards().single()
        assertEquals(Category.STANDARD, card.category)

        val refused = assertThrows(JolException.OfficeOnly::class.java) {
            phone.jol.registerCard(Category.SENIOR, "Mine")
        }
        assertTrue("what to bring", refused.documents.isNotEmpty())
        assertTrue("where and when", refused.office.isNotEmpty() && refused.hours.isNotEmpty())

        val sum = Money(100_000)
        phone.jol.topUp(card.number, "kaspi", sum)
        phone.drain()
        val waiting = phone.jol.topUps().single()
        assertTrue("${waiting.standing}", waiting.standing is TopUpStanding.WaitingForBank)
        assertEquals("nothing before the bank's word", Money(0), phone.jol.cards().single().balance)
        sandbox.bankPays(waiting.topUp!!)
        phone.jol.refreshTopUps()
        phone.drain()
        assertEquals(TopUpStanding.Done, phone.jol.topUps().single().standing)
        phone.jol.refresh()
        phone.drain()
        assertEquals("no commission", card.balance.tiyn + sum.tiyn, phone.jol.cards().single().balance.tiyn)
    }

    private fun findsTheWay(phone: Passenger, sandbox: Sandbox): RideLeg {
        val sample = sandbox.sample()
        val plan = phone.plan(sample.from, sample.to)
        val journey = plan.journeys.first { it.rides >= 2u }
        keepsTheWay(phone, journey)
        looksAround(phone, journey)
        asksOtherwise(phone, sandbox, plan)
        val leg = Passenger.rides(plan).first()
        assertTrue(leg.departureMs >= phone.clock.nowMs())
        return leg
    }

    private fun keepsTheWay(phone: Passenger, journey: Journey) {
        val rides = Passenger.rides(journey)
        val home = phone.jol.keepPlace(PlaceRole.HOME, "Home", Endpoint.Stop(rides.first().fromStop.id))
        assertEquals("Home", phone.jol.keptPlaces().single().name)
        phone.jol.keepLine(rides.first().lineId)
        assertEquals(rides.first().line, phone.jol.keptLines().single().line)
        phone.jol.notices(NoticesOf.Mine)
        phone.jol.forgetKept(home)
        assertTrue(phone.jol.keptPlaces().isEmpty())

        val live = phone.jol.liveJourney(journey)
        assertEquals(journey.legs.size, live.legs.size)
        assertTrue("nothing is known yet", rides.none { it.live || it.timetableDepartureMs != null })
        val cash = phone.jol.journeyPrices(journey, Category.STANDARD).first { it.way == Way.CASH }
        assertEquals("a price for each ride", rides.size, cash.rides.size)
        assertEquals(cash.sum!!.tiyn, cash.rides.sumOf { it.price!!.tiyn })
    }

    private fun looksAround(phone: Passenger, journey: Journey) {
        val ride = Passenger.rides(journey).first()
        assertEquals("to count them", ride.stopsBetween.toInt(), ride.between.size)
        assertTrue("a bus, in its colour", ride.mode == 3u.toUShort() && ride.colour != null)
        assertTrue("nothing to ask for", haltNotes(ride, Language.EN).isEmpty())
        assertEquals("every 10 min", everyText(600u, Language.EN))

        val ways = phone.jol.journeyShape(journey)
        assertEquals(journey.legs.size, ways.size)
        assertTrue("along the streets", ways.all { it.size >= 2 } && ways.any { it.size > 2 })

        val near = phone.jol.stopsNear(ride.fromStop.point, 3u)
        assertEquals(ride.fromStop.id, near.first().stop.id)
        assertTrue(ride.line in near.first().lines && near.first().metres == 0u)
        assertTrue(phone.jol.lines().any { it.id == ride.lineId && it.number == ride.line })
        assertEquals("there and back", 2, phone.jol.lineDirections(ride.lineId).size)
        val day = phone.jol.lineTimetable(ride.lineId, ride.fromStop.id, phone.clock.nowMs())
        assertTrue(day.any { it.tripId == ride.tripId && it.scheduledMs == ride.departureMs })
    }

    private fun asksOtherwise(phone: Passenger, sandbox: Sandbox, plan: Plan) {
        val sample = sandbox.sample()
        fun query(at: When) = phone.query(sample.from, sample.to, at)
        val now = phone.clock.nowMs()
        val asked = query(When.DepartAt(now))
        val later = phone.jol.planLater(asked, plan)
        assertTrue(later.journeys.first().departureMs > plan.journeys.filter { it.rides > 0u }.maxOf { it.departureMs })
        val earlier = phone.jol.planEarlier(asked, plan)
        assertTrue(earlier.journeys.all { it.departureMs < plan.journeys.first { it.rides > 0u }.departureMs })
        val journey = plan.journeys.first { it.rides > 0u }
        val ride = Passenger.rides(journey).first()
        val missed = phone.jol.planAfterMissing(asked, journey, 0u)
        assertTrue(missed.journeys.all { it.departureMs > ride.departureMs })

        val by = now + 2 * 3_600_000
        assertTrue(phone.jol.plan(query(When.ArriveBy(by))).journeys.all { it.arrivalMs <= by })
        val range = phone.jol.plan(query(When.Between(now, by)).copy(limit = 100u)).journeys
        assertTrue("more than a page", range.size > plan.journeys.size)
        val without = phone.jol.plan(asked.copy(avoidLines = listOf(ride.lineId)))
        assertTrue(without.journeys.flatMap(Passenger::rides).none { it.lineId == ride.lineId })
        val through = phone.jol.plan(asked.copy(via = ride.toStop.id, stepFree = true))
        assertTrue(through.journeys.isNotEmpty())

        val beyond = phone.jol.plan(query(When.DepartAt(now + 5 * 365 * 86_400_000L))).note
        assertTrue("$beyond", beyond is PlanNote.OutsideTimetable)
        assertEquals("The timetable covers 01.01.2026 to 31.12.2027.", phone.jol.noteText(beyond!!))
        assertEquals("tomorrow, 08:00", phone.jol.momentText(Passenger.MORNING_MS + 86_400_000))
    }

    private fun boards(phone: Passenger, sandbox: Sandbox, leg: RideLeg): Sandbox.OnBoard {
        val onBoard = sandbox.passenger("sample", leg.tripId, leg.serviceDay, leg.fromStop.id, leg.toStop.id)
        phone.moveTo(onBoard.fixes.first().atMs)
        phone.jol.board(leg.fromStop.id, 40u)
        phone.drain()
        val board = phone.jol.board(leg.fromStop.id, 40u)
        val row = board.rows.firstOrNull { it.trip == leg.tripId }
        assertTrue("live times of ${leg.tripId}: $board", row?.kind is BoardKind.Live)

        assertNull("nobody looks", phone.jol.nextFixInMs())
        phone.jol.observe(onBoard.fixes.first())
        assertEquals("the app is in front", 5_000L, phone.jol.nextFixInMs())
        phone.jol.lookForBus(true)
        assertEquals("the pay screen is open", 1_000L, phone.jol.nextFixInMs())
        var sighting: Sighting? = null
        var next = onBoard.fixes.first().atMs
        for ((number, fix) in onBoard.fixes.withIndex()) {
            phone.moveTo(fix.atMs)
            if (number % 10 == 0) phone.drain()
            if (fix.atMs < next) continue
            sighting = phone.jol.observe(fix)
            next = fix.atMs + phone.jol.nextFixInMs()!!
            if (sighting is Sighting.Proposed) break
        }
        assertEquals("it is found", 5_000L, phone.jol.nextFixInMs())
        val proposed = sighting as? Sighting.Proposed
        assertEquals("$sighting", onBoard.vehicle, proposed?.bus?.vehicle)
        assertEquals("the number that is on the bus", onBoard.painted, proposed?.bus?.label)
        assertTrue("no guess before boarding", phone.clock.nowMs() >= onBoard.boardsMs)
        return onBoard
    }

    private fun paysOnce(phone: Passenger, onBoard: Sandbox.OnBoard): String {
        val quote = phone.quote(onBoard.vehicle)
        assertNull(quote.paidBy)
        assertEquals(onBoard.painted, quote.vehicle.painted)
        val paid = phone.pay(quote)
        assertTrue("${paid.state}", paid.state is PaymentState.Paid)
        assertEquals(quote.fare, paid.fare)

        val again = phone.quote(onBoard.vehicle)
        assertEquals("known before the tap", paid.key, again.paidBy)
        assertEquals("a second tap is the first payment", paid.key, phone.pay(again).key)
        assertEquals(1, phone.jol.payments().size)
        assertEquals(1, phone.jol.tickets().size)
        return paid.key
    }

    private fun showsTheTicket(phone: Passenger, inspector: Inspector, onBoard: Sandbox.OnBoard): String {
        val ticket = phone.jol.tickets().single()
        assertTrue(ticket.isValid)
        inspector.beginCheck(onBoard.painted)
        val screen = runBlocking { phone.tickets().screens(ticket.ride).first() }
        assertEquals(ticket.bus, screen.bus)
        val seen = Camera.of(screen.code!!)
        val verdict = seen.verdict(inspector)
        assertEquals("$verdict", "valid", verdict?.verdict)
        assertEquals(listOf("Adult"), verdict?.passengers?.map { it.category })
        assertEquals("shown to the second camera", "not_valid", inspector.inspectText(seen.text()).verdict)

        val key = Passenger.softwareKey()
        val copied = runBlocking { CoreTickets(phone.jol, key::sign).screens(ticket.ride).first() }
        inspector.beginCheck(onBoard.painted)
        val unproven = inspector.inspectText(Camera.of(copied.code!!).text())
        assertEquals("another phone's key proves nothing: $unproven", "cannot_tell", unproven.verdict)
        return ticket.ride
    }

    private fun arrives(phone: Passenger, ride: String, payment: String, onBoard: Sandbox.OnBoard) {
        phone.moveTo(onBoard.terminusMs + 60_000)
        phone.jol.refresh()
        phone.drain()
        val ticket = phone.jol.ticket(ride)
        assertEquals(RideState.ENDED, ticket.state)
        assertNull("its screen stays as it is", ticket.changesInMs)
        val screen = runBlocking { phone.tickets().screens(ride).first() }
        assertTrue(screen.ended)
        assertNull(screen.code)
        assertEquals("", screen.hint)

        val entry = phone.jol.travelDetails(TravelQuery(ways = Way.entries)).entries.single()
        assertEquals(payment, entry.receipt)
        assertEquals(ride, entry.ride)
        assertEquals(TravelState.PAID, entry.state)
        assertEquals(entry, phone.jol.travelDetails(TravelQuery(text = entry.bus)).entries.single())
        assertEquals("the top-up is there too", 2, phone.jol.travelDetails(TravelQuery()).entries.size)
        assertTrue(phone.jol.travelDetails(TravelQuery(states = listOf(TravelState.DECLINED))).entries.isEmpty())
        val receipt = phone.jol.receipt(payment)
        assertEquals("paid", receipt.outcome)
        assertEquals(ticket.sum, receipt.amount)
        assertTrue("for anyone to verify", receipt.signed.isNotEmpty())
        val month = phone.jol.monthSum(phone.clock.nowMs())
        assertEquals(1u, month.rides)
        assertEquals(ticket.sum, month.spent)
        assertEquals(listOf(Month(month.year, month.month)), phone.jol.travelMonths())
        val export = phone.jol.export(TravelQuery(), ExportFormat.CSV)
        assertTrue(export.name.endsWith(".csv"))
        assertEquals("a mark by which spreadsheets know UTF-8", 0xEF.toByte(), export.bytes.first())
        for (format in ExportFormat.entries) {
            assertTrue("$format", phone.jol.export(TravelQuery(), format).bytes.size > 500)
        }
    }
}
