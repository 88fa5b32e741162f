import Foundation
import JolApp
import JolCore
import Testing

/// One passenger's ride through the whole system, over a sandbox operator, in simulated time.
@MainActor @Suite(.timeLimit(.minutes(2))) struct RideTests {
    @Test func aRideFromTheTermsToTheReceipt() async throws {
        let passenger = try Passenger(Stage())
        try passenger.readsTheTerms()
        try await passenger.jol.signsIn(as: passenger.number, passenger.stage.sandbox)
        try passenger.jol.enrols(passenger.key)
        try passenger.jol.choosesTheCity()
        try passenger.readsWhatThereIs()
        try passenger.getsACardAndNotASeniorOne()
        try await passenger.topsItUp()
        try await passenger.linksABankCard()
        let journey = try await passenger.plansWithATransfer()
        let leg = try #require(journey.legs.lazy.compactMap(\.ride).first)
        let bus = try await passenger.ridesUntilTheBusIsFound(leg)
        let payment = try passenger.paysOnceWithTwoTaps(bus)
        try passenger.isToldWhenToGetOff(journey, leg, bus)
        try await passenger.showsTheTicketUntilTheTerminus(payment, bus)
        try passenger.findsItInTravelDetails(payment)
    }
}

extension Passenger {
    fileprivate func readsTheTerms() throws {
        try jol.drains()
        let terms = try #require(try jol.terms())
        #expect(!terms.text.kk.isEmpty)
        #expect(throws: JolError.TermsNotAccepted) { try jol.signIn(to: number) }
    }

    fileprivate func readsWhatThereIs() throws {
        let support = try #require(try jol.operator()).support
        #expect(support.phones.count == 3 && support.chat.hasPrefix("https://"))
        #expect(support.phones.allSatisfy { !$0.hours.kk.isEmpty })
        #expect(try jol.smsRule()?.number == "9505")
        #expect(try jol.pointsOfSale().contains { $0.topsUp })
        let senior = try jol.categories().first { $0.category == .senior }
        guard case .atOffice(let documents, let office, _, _) = senior?.issued else {
            throw Wrong("no office")
        }
        #expect(documents.count >= 2 && !office.kk.isEmpty)
        #expect(try jol.vehicles().allSatisfy { $0.ways.contains(.app) })
    }

    fileprivate func getsACardAndNotASeniorOne() throws {
        #expect {
            try jol.registerCard(category: .senior, name: "")
        } throws: { error in
            guard case .OfficeOnly(let office, let hours, _, let documents) = error as? JolError else {
                return false
            }
            return !office.isEmpty && !hours.isEmpty && !documents.isEmpty
        }
        try jol.registerCard(category: .standard, name: "Mine")
        try jol.drains()
        let cards = try jol.cards()
        #expect(cards.map(\.category) == [.standard])
        #expect(cards.map(\.balance.tiyn) == [0])
    }

    fileprivate func topsItUp() async throws {
        let card = try #require(try jol.cards().first)
        #expect(throws: JolError.self) {
            try jol.topUp(cardNumber: card.number, provider: "kaspi", sum: Money(tiyn: 0))
        }
        let topUp = try jol.topUp(cardNumber: card.number, provider: "kaspi", sum: Money(tiyn: 50_000))
        try jol.drains()
        let asked = try #require(try jol.topUps().first { $0.key == topUp })
        guard case .waitingForBank = asked.standing else { throw Wrong("\(asked.standing)") }
        #expect(try jol.cards().map(\.balance.tiyn) == [0])
        try await stage.sandbox.post("bank/\(try #require(asked.topUp))", ["paid": true])
        try jol.refreshTopUps()
        try jol.drains()
        #expect(try jol.topUps().map(\.standing) == [.done])
        #expect(try jol.cards().map(\.balance.tiyn) == [50_000])
    }

    fileprivate func linksABankCard() async throws {
        try jol.linkBankCard()
        try jol.drains()
        let asked = try #require(try jol.bankLink())
        let link = try #require(asked.link)
        guard case .atBank(let page) = asked.standing else { throw Wrong("\(asked.standing)") }
        #expect(page.hasSuffix("/bank/\(link)"))
        try await stage.sandbox.post("bank/\(link)", ["paid": true])
        try jol.refreshBankLink()
        try jol.drains()
        guard case .linked(let token) = try jol.bankLink()?.standing else { throw Wrong("not linked") }
        #expect(try jol.sources().contains { $0.source == .bankCard(token: token) })
    }

    /// A journey with a transfer.
    fileprivate func plansWithATransfer() async throws -> Journey {
        let sample: SampleTrip = try await stage.sandbox.get("sample")
        func place(_ typed: String) throws -> Endpoint {
            let found = try #require(try jol.places(typed: typed, near: nil, limit: 5).first)
            #expect(found.kind == .address)
            return .point(point: found.point, name: found.name)
        }
        let (from, to) = (try place(sample.from), try place(sample.to))
        func query(_ when: When, _ limit: UInt32, _ avoidLines: [String], _ via: String?) -> PlanQuery {
            PlanQuery(
                from: from, to: to, when: when, walkingSpeed: 1.2, maxWalkMetres: 1_500, limit: limit,
                avoidLines: avoidLines, via: via, stepFree: via != nil)
        }
        let plan = try jol.plan(query: query(.departAt(ms: stage.clock.nowMs()), 5, [], nil))
        let journey = try #require(plan.journeys.first { $0.rides >= 2 })
        #expect(zip(journey.legs, journey.legs.dropFirst()).allSatisfy { $0.arrivalMs <= $1.departureMs })
        let leg = try #require(journey.legs.lazy.compactMap(\.ride).first)
        try keepsTheWay(journey, leg)
        try looksAround(journey, leg)
        try asksOtherwise(plan, query)
        return journey
    }

    fileprivate func keepsTheWay(_ journey: Journey, _ leg: RideLeg) throws {
        let home = try jol.keepPlace(role: .home, name: "Home", at: .stop(id: leg.fromStop.id))
        #expect(try jol.keptPlaces().map(\.name) == ["Home"])
        try jol.forgetKept(id: home)
        #expect(try jol.keptPlaces().isEmpty)
        _ = try jol.notices(of: .mine)

        #expect(try jol.liveJourney(journey: journey).legs.count == journey.legs.count)
        #expect(!journey.legs.contains { $0.ride?.live ?? false }, "nothing is known yet")
        let prices = try jol.journeyPrices(journey: journey, category: .standard)
        let cash = try #require(prices.first { $0.way == .cash })
        #expect(cash.rides.count == Int(journey.rides))
        #expect(cash.sum?.tiyn == cash.rides.reduce(0) { $0 + ($1.price?.tiyn ?? 0) })
    }

    fileprivate func looksAround(_ journey: Journey, _ leg: RideLeg) throws {
        #expect(leg.between.count == Int(leg.stopsBetween), "to count them")
        #expect(leg.mode == 3 && leg.colour != nil, "a bus, in its colour")
        #expect(haltNotes(ride: leg, language: .en).isEmpty)
        #expect(everyText(headwayS: 600, language: .en) == "every 10 min")

        let ways = try jol.journeyShape(journey: journey)
        #expect(ways.count == journey.legs.count && ways.allSatisfy { $0.count >= 2 })
        #expect(ways.contains { $0.count > 2 }, "along the streets")

        let nearest = try #require(try jol.stopsNear(point: leg.fromStop.point, limit: 3).first)
        #expect(nearest.stop.id == leg.fromStop.id && nearest.metres == 0 && nearest.lines.contains(leg.line))
        #expect(try jol.lines().contains { $0.id == leg.lineId && $0.number == leg.line })
        #expect(try jol.lineDirections(lineId: leg.lineId).count == 2, "there and back")
        let day = try jol.lineTimetable(lineId: leg.lineId, stop: leg.fromStop.id, atMs: stage.clock.nowMs())
        #expect(day.contains { $0.tripId == leg.tripId && $0.scheduledMs == leg.departureMs })
    }

    fileprivate func asksOtherwise(
        _ plan: Plan, _ query: (When, UInt32, [String], String?) -> PlanQuery
    ) throws {
        let now = stage.clock.nowMs()
        let asked = query(.departAt(ms: now), 5, [], nil)
        let riding = plan.journeys.filter { $0.rides > 0 }
        let (first, last) = (try #require(riding.first), try #require(riding.last))
        #expect(
            try jol.planLater(query: asked, plan: plan).journeys.allSatisfy {
                $0.departureMs > last.departureMs
            })
        let earlier = try jol.planEarlier(query: asked, plan: plan)
        #expect(earlier.journeys.allSatisfy { $0.departureMs < first.departureMs })
        let ride = try #require(first.legs.lazy.compactMap(\.ride).first)
        let missed = try jol.planAfterMissing(query: asked, journey: first, ride: 0)
        #expect(missed.journeys.allSatisfy { $0.departureMs > ride.departureMs })

        let by = now + 2 * 3_600_000
        let arriving = try jol.plan(query: query(.arriveBy(ms: by), 5, [], nil))
        #expect(arriving.journeys.allSatisfy { $0.arrivalMs <= by })
        let range = try jol.plan(query: query(.between(fromMs: now, untilMs: by), 100, [], nil))
        #expect(range.journeys.count > plan.journeys.count, "more than a page")
        let without = try jol.plan(query: query(.departAt(ms: now), 5, [ride.lineId], nil))
        #expect(!without.journeys.flatMap(\.legs).contains { $0.ride?.lineId == ride.lineId })
        let through = try jol.plan(query: query(.departAt(ms: now), 5, [], ride.toStop.id))
        #expect(!through.journeys.isEmpty)

        let beyond = try jol.plan(query: query(.departAt(ms: now + 5 * 365 * 86_400_000), 5, [], nil)).note
        let note = try #require(beyond)
        #expect(try jol.noteText(note: note) == "The timetable covers 01.01.2026 to 31.12.2027.")
        #expect(try jol.momentText(ms: Stage.morningMs + 86_400_000) == "tomorrow, 08:00")
    }

    fileprivate func ridesUntilTheBusIsFound(_ leg: RideLeg) async throws -> FeltRide {
        let ride: FeltRide = try await stage.sandbox.get(
            "passenger",
            [
                "city": "sample", "trip": leg.tripId, "day": "\(leg.serviceDay)",
                "from": leg.fromStop.id, "to": leg.toStop.id,
            ])
        let first = try #require(ride.fixes.first)
        try await moves(to: first.atMs)
        _ = try jol.board(stop: leg.fromStop.id, limit: 50)
        try jol.drains()
        let board = try jol.board(stop: leg.fromStop.id, limit: 50).rows
        #expect(board.contains { $0.trip == leg.tripId && $0.line == leg.line })
        #expect(board.contains { if case .live = $0.kind { true } else { false } })

        #expect(try jol.nextFixInMs() == nil, "nobody looks")
        try jol.lookForBus(looks: true)
        #expect(try jol.nextFixInMs() == 1_000, "the pay screen is open")
        try jol.lookForBus(looks: false)
        #expect(try jol.nextFixInMs() == 5_000, "the app is in front")
        try jol.lookForBus(looks: true)
        var next = first.atMs
        for (second, felt) in ride.fixes.enumerated() {
            try await moves(to: felt.atMs)
            if second % 10 == 0 { try jol.drains() }
            if felt.atMs < next { continue }
            let sighting = try jol.observe(
                fix: Fix(
                    atMs: felt.atMs, point: Point(lat: felt.lat, lon: felt.lon), accuracyM: felt.accuracyM,
                    speedMps: felt.speedMps, bearingDeg: felt.bearingDeg, mocked: false))
            #expect(try !jol.sightingText().isEmpty)
            let wanted = try #require(try jol.nextFixInMs(), "while it looks")
            #expect(wanted == 1_000 || wanted == 5_000)
            next = felt.atMs + wanted
            if case .proposed(let bus, let evidence) = sighting {
                #expect(try jol.sightingText().contains("\(evidence.togetherM)"))
                #expect(felt.atMs > ride.boardsMs)
                #expect(bus.vehicle == ride.vehicle && bus.label == ride.painted)
                #expect(wanted == 5_000, "it is found")
                return ride
            }
        }
        throw Wrong("the bus was not found: \(try jol.sighting())")
    }

    /// On the bus that was paid: a word before the stop and one at it, with a fix every five seconds at most.
    fileprivate func isToldWhenToGetOff(_ journey: Journey, _ leg: RideLeg, _ bus: FeltRide) throws {
        guard case .named(let typed) = try jol.busTyped(typed: bus.painted) else { throw Wrong("no bus") }
        #expect(typed.vehicle == bus.vehicle)
        #expect(try jol.busTyped(typed: "no such bus") == .unknown)
        let ride = try #require(try jol.tickets().first).ride
        #expect(
            try jol.rideCompany(ride: ride) == CompanyView(company: .together, text: nil, instead: nil))

        let nth = try #require(journey.legs.firstIndex { $0.ride != nil })
        #expect(throws: JolError.self) { try jol.watchGetOff(journey: journey, leg: 99) }
        #expect(try jol.watchGetOff(journey: journey, leg: UInt32(nth)).stop == leg.toStop.name)
        var (said, next): ([GetOffAlert], Int64) = ([], bus.boardsMs)
        for felt in bus.fixes where felt.atMs >= next {
            let fix = Fix(
                atMs: felt.atMs, point: Point(lat: felt.lat, lon: felt.lon), accuracyM: felt.accuracyM,
                speedMps: felt.speedMps, bearingDeg: felt.bearingDeg, mocked: false)
            guard let view = try jol.getOff(fix: fix), let wanted = view.nextFixInMs else { break }
            if let alert = view.alert {
                said.append(alert)
                #expect(try #require(view.text).contains(leg.toStop.name))
            }
            #expect(wanted >= 5_000, "never more often")
            next = felt.atMs + wanted
        }
        guard said.count == 2, case .soon = said[0], case .now = said[1] else { throw Wrong("\(said)") }
        try jol.forgetGetOff()
        #expect(try jol.getOff(fix: nil) == nil)
    }

    /// The passenger stays at the stop, and the bus goes on.
    fileprivate func saysThatItWasLeft(_ ride: String, _ bus: FeltRide) async throws {
        let (last, ticket) = (try #require(bus.fixes.last), try jol.ticket(ride: ride))
        for step in 1...60 {
            if try jol.rideCompany(ride: ride).company == .parted { break }
            try await moves(to: last.atMs + Int64(step) * 5_000)
            _ = try jol.observe(
                fix: Fix(
                    atMs: stage.clock.nowMs(), point: Point(lat: last.lat, lon: last.lon),
                    accuracyM: last.accuracyM, speedMps: 0, bearingDeg: nil, mocked: false))
            if step.isMultiple(of: 2) { try jol.drains() }
        }
        let left = try jol.rideCompany(ride: ride)
        #expect(left.text == "It looks as if you have left bus \(ticket.bus) (line \(ticket.line)).")
        #expect(try jol.ticket(ride: ride).isValid && jol.payments().count == 1, "it changes nothing")
    }

    /// The payment's key.
    fileprivate func paysOnceWithTwoTaps(_ bus: FeltRide) throws -> String {
        func tap() throws -> (Quote, String) {
            let quote = try jol.quote(
                vehicle: bus.vehicle, way: .app, source: .phoneBalance,
                passengers: [PassengerGroup(category: .standard, count: 1)], oneMore: false)
            return (quote, try jol.pay(quote: quote, signature: key.signNow(quote.toSign)))
        }
        let (quote, first) = try tap()
        #expect(quote.paidBy == nil && quote.fare.tiyn > 0 && quote.key == first)
        let (whilePending, second) = try tap()
        #expect(whilePending.paidBy == first && second == first)
        try jol.drains()
        guard case .paid = try jol.payment(key: first).state else {
            throw Wrong("not paid: \(try jol.payment(key: first))")
        }
        let (afterwards, third) = try tap()
        #expect(afterwards.paidBy == first && third == first)
        try jol.drains()
        #expect(try jol.payments().map(\.key) == [first])
        #expect(try jol.spentFrom(source: .phoneBalance) == quote.fare)
        return first
    }

    fileprivate func showsTheTicketUntilTheTerminus(_ payment: String, _ bus: FeltRide) async throws {
        let ticket = try #require(try jol.tickets().first)
        let screen = await Screen.ticket(ticket.ride, of: self)
        let model = screen.model
        let shown = try #require(model.screen)
        #expect(shown.line == ticket.line && shown.bus == bus.painted)
        #expect(shown.lineAndBus == "Line \(ticket.line) · bus \(bus.painted)")
        #expect(shown.passengers == ["Adult"])
        #expect(shown.sum == ticket.sumText && shown.paid == "Paid 0 min ago")
        #expect(shown.state == "Valid on this bus to the last stop")

        // The inspector comes with what their phone fetched before: from here on it asks nobody.
        let inspector = try stage.inspector()
        try inspector.refreshes()
        let code = try #require(shown.code)
        try inspector.beginCheck(bus: bus.painted)
        let seen = try inspector.looks(at: code)
        try #require(seen.verdict == "valid", "\(seen)")
        #expect(seen.line == shown.line && seen.passengers.map(\.category) == shown.passengers)
        #expect(try inspector.looks(at: code).said == "not_valid seen_before")

        // Its text says the same, on the same bus and on no other.
        let text = try jol.scans(code).text
        try inspector.beginCheck(bus: bus.painted)
        #expect(try inspector.inspectText(text: text).said == "valid")
        try inspector.beginCheck(bus: "9999")
        #expect(try inspector.inspectText(text: text).said == "not_valid wrong_vehicle")

        // After each slot another code; a photograph of the first one is soon worth nothing.
        for _ in 0..<5 { try await screen.passes(15_000) }
        try inspector.beginCheck(bus: bus.painted)
        #expect(try inspector.inspectText(text: text).said == "not_valid wrong_slot")
        #expect(try inspector.looks(at: model.screen?.code).said == "valid")
        #expect(model.screen?.paid == "Paid 1 min ago")

        try await saysThatItWasLeft(ticket.ride, bus)
        await until(model) { $0.screen?.parted != nil }

        // At the terminus the ride ends by the operator's word.
        try await moves(to: bus.terminusMs + 60_000)
        try jol.refresh()
        try jol.drains()
        await until(model) { $0.screen?.code == nil }
        #expect(model.screen?.state == "The ride has ended")
        #expect(model.trouble == nil)
        #expect(try jol.ticket(ride: ticket.ride).state == .ended)
        await screen.closes()
    }

    fileprivate func findsItInTravelDetails(_ payment: String) throws {
        let page = try jol.travelDetails(query: TravelQuery(ways: [.app, .busQr, .nfc, .bluetooth]))
        let entry = try #require(page.entries.first)
        #expect(page.entries.count == 1 && page.next == nil)
        #expect(entry.receipt == payment && entry.state == .paid && entry.kind == .ride)
        #expect(try jol.travelDetails(query: TravelQuery(text: entry.bus)).entries == [entry])
        #expect(try jol.travelDetails(query: TravelQuery(states: [.declined])).entries.isEmpty)
        let receipt = try jol.receipt(key: payment)
        #expect(receipt.outcome == "paid" && receipt.amount == entry.spent && !receipt.signed.isEmpty)
        let month = try jol.monthSum(atMs: stage.clock.nowMs())
        #expect(month.rides == 1 && month.spent == entry.spent && month.parts.first?.way == entry.way)
        #expect(try jol.travelMonths() == [Month(year: 2026, month: 9)])
        let export = try jol.export(query: TravelQuery(), format: .csv)
        #expect(export.name.hasSuffix(".csv") && export.bytes.starts(with: [0xEF, 0xBB, 0xBF]))
        for format in [ExportFormat.json, .csv, .pdf] {
            #expect(try jol.export(query: TravelQuery(), format: format).bytes.count > 500, "\(format)")
        }
    }

    /// Time passes until then.
    private func moves(to atMs: Int64) async throws { try await stage.passes(atMs - stage.clock.nowMs()) }
}

extension Leg {
    fileprivate var ride: RideLeg? {
        if case .ride(let ride) = self { ride } else { nil }
    }

    fileprivate var departureMs: Int64 {
        switch self {
        case .walk(let walk): walk.departureMs
        case .ride(let ride): ride.departureMs
        }
    }

    fileprivate var arrivalMs: Int64 {
        switch self {
        case .walk(let walk): walk.arrivalMs
        case .ride(let ride): ride.arrivalMs
        }
    }
}
