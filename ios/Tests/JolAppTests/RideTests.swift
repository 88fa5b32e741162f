import Foundation
import JolApp
import JolCore
import Testing

/// One passenger's ride through the whole system, over a sandbox operator, in simulated time.
@MainActor @Suite(.timeLimit(.minutes(2))) struct RideTests {
    @Test func aRideFromTheTermsToTheReceipt() async throws {
        let passenger = try Passenger()
        try await passenger.signsIn()
        try await passenger.choosesTheCity()
        try passenger.readsWhatThereIs()
        try passenger.getsACardAndNotASeniorOne()
        try await passenger.topsItUp()
        try await passenger.linksABankCard()
        let leg = try await passenger.plansWithATransfer()
        let bus = try await passenger.ridesUntilTheBusIsFound(leg)
        let payment = try passenger.paysOnceWithTwoTaps(bus)
        try await passenger.showsTheTicketUntilTheTerminus(payment, bus)
        try passenger.findsItInTravelDetails(payment)
    }
}

/// The passenger, their phone and, on the same clock, an inspector's.
@MainActor private final class Passenger {
    /// 2026-09-16, a Wednesday, 08:00 in Atyrau.
    static let morningMs: Int64 = 1_789_527_600_000
    static let number = "+77011234567"

    let sandbox: Sandbox
    let clock = SimulatedClock.at(wallMs: morningMs)
    let key = MemoryKey()
    let folder: URL
    let jol: Jol
    let inspector: Inspector

    init() throws {
        let sandbox = try Sandbox(atMs: Self.morningMs)
        let folder = FileManager.default.temporaryDirectory.appending(path: "jol-\(UUID())")
        func opening(_ name: String) -> Opening {
            Opening(
                folder: folder.appending(path: name).path,
                operator: OperatorEntry(
                    code: sandbox.issuer, address: sandbox.address, rootKey: sandbox.root, tlsRoot: nil),
                dataKey: Data(repeating: 7, count: 32), bootId: "boot-1", deviceName: name, language: .en,
                appVersion: "0.1.0")
        }
        jol = try clock.openJol(opening: opening("passenger"), seed: 1)
        inspector = try clock.openInspector(opening: opening("inspector"), seed: 2)
        (self.sandbox, self.folder) = (sandbox, folder)
    }

    deinit {
        jol.shut()
        inspector.phone().shut()
        try? FileManager.default.removeItem(at: folder)
    }

    func signsIn() async throws {
        try drain()
        let terms = try #require(try jol.terms())
        #expect(!terms.text.kk.isEmpty)
        #expect(throws: JolError.TermsNotAccepted) { try jol.signIn(to: Self.number) }
        try jol.acceptTerms(version: terms.version)
        try jol.signIn(to: Self.number)
        try drain()
        guard case .codeSent(let to, _, _, _) = try jol.account().signIn else {
            throw Wrong("no code was sent: \(try jol.account())")
        }
        #expect(to == Self.number)
        let message: Message = try await sandbox.get("messages/\(Self.number)")
        try jol.enterCode(code: message.code)
        try drain()
        guard case .signedIn = try jol.account().signIn else {
            throw Wrong("not signed in: \(try jol.account())")
        }
        let toSign = try jol.enrolmentToSign(publicKey: key.publicKey)
        try jol.enrol(
            publicKey: key.publicKey, signature: key.signNow(toSign), attestation: nil)
        try drain()
        guard case .enrolled(_, attested: false, waitsUntilMs: nil) = try jol.account().device else {
            throw Wrong("not enrolled: \(try jol.account())")
        }
    }

    func choosesTheCity() async throws {
        try jol.refreshCities()
        try drain()
        let sample: SampleTrip = try await sandbox.get("sample")
        let summary = try #require(try jol.cities().first { $0.id == sample.city })
        #expect(summary.sample && summary.lines.count >= 10)
        try jol.chooseCity(city: sample.city)
        try drain(60_000)
        guard case .ready("sample", _, sample: true, _, _) = try jol.city() else {
            throw Wrong("the city is not ready: \(try jol.city())")
        }
    }

    func readsWhatThereIs() throws {
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

    func getsACardAndNotASeniorOne() throws {
        #expect {
            try jol.registerCard(category: .senior, name: "")
        } throws: { error in
            guard case .OfficeOnly(let office, let hours, _, let documents) = error as? JolError else {
                return false
            }
            return !office.isEmpty && !hours.isEmpty && !documents.isEmpty
        }
        try jol.registerCard(category: .standard, name: "Mine")
        try drain()
        let cards = try jol.cards()
        #expect(cards.map(\.category) == [.standard])
        #expect(cards.map(\.balance.tiyn) == [0])
    }

    func topsItUp() async throws {
        let card = try #require(try jol.cards().first)
        #expect(throws: JolError.self) {
            try jol.topUp(cardNumber: card.number, provider: "kaspi", sum: Money(tiyn: 0))
        }
        let topUp = try jol.topUp(cardNumber: card.number, provider: "kaspi", sum: Money(tiyn: 50_000))
        try drain()
        let asked = try #require(try jol.topUps().first { $0.key == topUp })
        guard case .waitingForBank = asked.standing else { throw Wrong("\(asked.standing)") }
        #expect(try jol.cards().map(\.balance.tiyn) == [0])
        try await sandbox.post("bank/\(try #require(asked.topUp))", ["paid": true])
        try jol.refreshTopUps()
        try drain()
        #expect(try jol.topUps().map(\.standing) == [.done])
        #expect(try jol.cards().map(\.balance.tiyn) == [50_000])
    }

    func linksABankCard() async throws {
        try jol.linkBankCard()
        try drain()
        let asked = try #require(try jol.bankLink())
        let link = try #require(asked.link)
        guard case .atBank(let page) = asked.standing else { throw Wrong("\(asked.standing)") }
        #expect(page.hasSuffix("/bank/\(link)"))
        try await sandbox.post("bank/\(link)", ["paid": true])
        try jol.refreshBankLink()
        try drain()
        guard case .linked(let token) = try jol.bankLink()?.standing else { throw Wrong("not linked") }
        #expect(try jol.sources().contains { $0.source == .bankCard(token: token) })
    }

    /// The first ride of a journey with a transfer.
    func plansWithATransfer() async throws -> RideLeg {
        let sample: SampleTrip = try await sandbox.get("sample")
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
        let plan = try jol.plan(query: query(.departAt(ms: clock.nowMs()), 5, [], nil))
        let journey = try #require(plan.journeys.first { $0.rides >= 2 })
        #expect(zip(journey.legs, journey.legs.dropFirst()).allSatisfy { $0.arrivalMs <= $1.departureMs })
        let leg = try #require(journey.legs.lazy.compactMap(\.ride).first)
        try keepsTheWay(journey, leg)
        try looksAround(journey, leg)
        try asksOtherwise(plan, query)
        return leg
    }

    func keepsTheWay(_ journey: Journey, _ leg: RideLeg) throws {
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

    func looksAround(_ journey: Journey, _ leg: RideLeg) throws {
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
        let day = try jol.lineTimetable(lineId: leg.lineId, stop: leg.fromStop.id, atMs: clock.nowMs())
        #expect(day.contains { $0.tripId == leg.tripId && $0.scheduledMs == leg.departureMs })
    }

    func asksOtherwise(
        _ plan: Plan, _ query: (When, UInt32, [String], String?) -> PlanQuery
    ) throws {
        let now = clock.nowMs()
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
        #expect(try jol.momentText(ms: Self.morningMs + 86_400_000) == "tomorrow, 08:00")
    }

    func ridesUntilTheBusIsFound(_ leg: RideLeg) async throws -> FeltRide {
        let ride: FeltRide = try await sandbox.get(
            "passenger",
            [
                "city": "sample", "trip": leg.tripId, "day": "\(leg.serviceDay)",
                "from": leg.fromStop.id, "to": leg.toStop.id,
            ])
        let first = try #require(ride.fixes.first)
        try await moves(to: first.atMs)
        _ = try jol.board(stop: leg.fromStop.id, limit: 50)
        try drain()
        let board = try jol.board(stop: leg.fromStop.id, limit: 50)
        #expect(board.contains { $0.trip == leg.tripId && $0.line == leg.line })
        #expect(board.contains { if case .live = $0.kind { true } else { false } })

        for (second, felt) in ride.fixes.enumerated() {
            try await moves(to: felt.atMs)
            let sighting = try jol.observe(
                fix: Fix(
                    atMs: felt.atMs, point: Point(lat: felt.lat, lon: felt.lon), accuracyM: felt.accuracyM,
                    speedMps: felt.speedMps, bearingDeg: felt.bearingDeg, mocked: false))
            if case .proposed(let bus, _) = sighting {
                #expect(felt.atMs > ride.boardsMs)
                #expect(bus.vehicle == ride.vehicle && bus.label == ride.painted)
                return ride
            }
            if second % 10 == 0 { try drain() }
        }
        throw Wrong("the bus was not found: \(try jol.sighting())")
    }

    /// The payment's key.
    func paysOnceWithTwoTaps(_ bus: FeltRide) throws -> String {
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
        try drain()
        guard case .paid = try jol.payment(key: first).state else {
            throw Wrong("not paid: \(try jol.payment(key: first))")
        }
        let (afterwards, third) = try tap()
        #expect(afterwards.paidBy == first && third == first)
        try drain()
        #expect(try jol.payments().map(\.key) == [first])
        #expect(try jol.spentFrom(source: .phoneBalance) == quote.fare)
        return first
    }

    func showsTheTicketUntilTheTerminus(_ payment: String, _ bus: FeltRide) async throws {
        let ticket = try #require(try jol.tickets().first)
        let slots = Slots()
        let presenter = TicketPresenter(ride: ticket.ride, jol: jol, key: key) { try await slots.next() }
        let model = presenter.model
        let running = Task { await presenter.run() }
        await until(model) { $0.screen != nil }
        let shown = try #require(model.screen)
        #expect(shown.line == ticket.line && shown.bus == bus.painted)
        #expect(shown.lineAndBus == "Line \(ticket.line) · bus \(bus.painted)")
        #expect(shown.passengers == ["Adult"])
        #expect(shown.sum == ticket.sumText && shown.paid == "Paid 0 min ago")
        #expect(shown.state == "Valid on this bus to the last stop")

        // The inspector comes with what their phone fetched before: from here on it asks nobody.
        try inspector.refresh()
        _ = try inspector.phone().drain(deadlineMs: 5_000)
        let code = try #require(shown.code)
        try inspector.beginCheck(bus: bus.painted)
        let seen = try #require(try inspect(code))
        try #require(seen.verdict == "valid", "\(seen)")
        #expect(seen.line == shown.line && seen.passengers.map(\.category) == shown.passengers)
        #expect(try inspect(code)?.reason == "seen_before")

        // Its text says the same, on the same bus and on no other.
        let text = try read(code)
        try inspector.beginCheck(bus: bus.painted)
        #expect(try inspector.inspectText(text: text).verdict == "valid")
        try inspector.beginCheck(bus: "9999")
        #expect(try inspector.inspectText(text: text).reason == "wrong_vehicle")

        // After each slot another code; a photograph of the first one is soon worth nothing.
        for _ in 0..<5 {
            let before = model.screen?.code
            try await moves(to: clock.nowMs() + 15_000)
            slots.pass()
            await until(model) { $0.screen?.code != before }
        }
        try inspector.beginCheck(bus: bus.painted)
        #expect(try inspector.inspectText(text: text).reason == "wrong_slot")
        #expect(try inspect(try #require(model.screen?.code))?.verdict == "valid")
        #expect(model.screen?.paid == "Paid 1 min ago")

        // At the terminus the ride ends by the operator's word.
        try await moves(to: bus.terminusMs + 60_000)
        try jol.refresh()
        try drain()
        await until(model) { $0.screen?.code == nil }
        #expect(model.screen?.state == "The ride has ended")
        #expect(model.trouble == nil)
        #expect(try jol.ticket(ride: ticket.ride).state == .ended)
        running.cancel()
        await running.value
    }

    func findsItInTravelDetails(_ payment: String) throws {
        let details = try jol.travelDetails()
        #expect(details.count == 1 && details.first?.payment?.key == payment)
        let ride = try #require(details.first?.ride)
        #expect(ride.state == .ended)
        let receipt = try jol.receipt(key: payment)
        #expect(receipt.outcome == "paid" && receipt.amount == ride.fare && !receipt.signed.isEmpty)
        let month = try jol.monthSum(atMs: clock.nowMs())
        #expect(month == MonthSum(year: 2026, month: 9, rides: 1, sum: ride.fare))
    }

    private func drain(_ deadlineMs: UInt64 = 10_000) throws {
        let left = try jol.drain(deadlineMs: deadlineMs)
        #expect(left == 0)
    }

    /// Time passes for the phones and for the operator.
    private func moves(to atMs: Int64) async throws {
        clock.advanceMs(ms: atMs - clock.nowMs())
        try await sandbox.post("clock", ["set_ms": atMs])
    }

    /// An inspector's camera in front of the screen.
    private func inspect(_ code: CodeMatrix) throws -> VerdictView? {
        let (luma, side) = photograph(code)
        return try inspector.inspectFrame(
            luma: luma, width: side, height: side, rowStride: side, rotationDegrees: 0)
    }

    private func read(_ code: CodeMatrix) throws -> String {
        let (luma, side) = photograph(code)
        let found = try jol.scan(luma: luma, width: side, height: side, rowStride: side, rotationDegrees: 0)
        return try #require(found.first).text
    }

    /// The screen's pixels, as they are drawn.
    private func photograph(_ code: CodeMatrix) -> (luma: Data, side: UInt32) {
        let side = 400
        var luma = Data(repeating: 255, count: side * side)
        for rectangle in code.rectangles(side: Double(side), scale: 1) {
            for y in Int(rectangle.minY)..<Int(rectangle.maxY) {
                for x in Int(rectangle.minX)..<Int(rectangle.maxX) { luma[y * side + x] = 0 }
            }
        }
        return (luma, UInt32(side))
    }
}

/// What a story tells when it cannot go on.
private struct Wrong: Error {
    var what: String
    init(_ what: String) { self.what = what }
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

/// The phone's key, in memory.
private struct MemoryKey: PhoneKey {
    private let key = SoftwareKey.fromSeed(seed: 1)
    var publicKey: Data { key.publicKey() }
    func signNow(_ message: Data) -> Data { key.sign(message: message) }
    func sign(_ message: Data) async throws -> Data { signNow(message) }
}
