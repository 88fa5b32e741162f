import Foundation
import JolApp
import JolCore
import Testing

/// Where the phone is: asked as often as the core wants, for the bus, for the stop to get off, for stops near by.
@MainActor @Suite(.timeLimit(.minutes(3))) struct PlaceTests {
    @Test func theStopIsToldBeforeAndAtItByFixesThatAreAskedForSeldom() async throws {
        let ride = try await Ride.planned()
        let (jol, receiver, told) = (ride.jol, ride.receiver, ScriptedNotifications())
        let model = GetOffModel(jol: jol, receiver: receiver, notifications: told)
        await model.run()
        #expect(receiver.unseen.isEmpty && receiver.fixes == 0, "nothing is watched")
        receiver.onRest = { ms in
            #expect(try jol.nextFixInMs() == ms, "as the core says")
            #expect(ms >= 5_000 && model.stop == ride.leg.toStop.name)
            try await ride.passes(ms)
        }
        await model.watch(ride.journey, leg: ride.nth)
        let texts = ["get-off-soon", "get-off-now"].map {
            words(language: .en, message: $0, fill: ["stop": ride.leg.toStop.name])
        }
        #expect(told.posted.value == texts && told.asked.isUp)
        #expect(model.says == texts.last && model.stop == nil && model.trouble == nil)
        #expect(receiver.unseen == [true, false] && !receiver.isAwake)
        #expect(try jol.getOff(fix: nil) == nil && jol.nextFixInMs() == nil)
        await model.watch(ride.journey, leg: 99)
        #expect(model.trouble != nil && receiver.unseen.count == 2)
    }

    @Test func withoutFixesTheTimeTellsUntilItIsForgotten() async throws {
        let ride = try await Ride.planned()
        let (receiver, told) = (ride.receiver, ScriptedNotifications())
        receiver.allowed = false
        let model = GetOffModel(jol: ride.jol, receiver: receiver, notifications: told)
        receiver.onRest = { ms in
            if !told.posted.value.isEmpty { receiver.hold() }
            try await ride.passes(ms)
        }
        let watching = Task { await model.watch(ride.journey, leg: ride.nth) }
        await receiver.held()
        let soon = words(language: .en, message: "get-off-soon", fill: ["stop": ride.leg.toStop.name])
        #expect(told.posted.value == [soon])
        await model.forget()
        await watching.value
        #expect(receiver.unseen == [true, false] && !receiver.isAwake && model.stop == nil)
        #expect(try ride.jol.getOff(fix: nil) == nil)
    }

    @Test func theBusIsFoundByFixesAndPaid() async throws {
        let ride = try await Ride.planned()
        let (jol, receiver) = (ride.jol, ride.receiver)
        let model = BusModel(jol: jol, key: ride.passenger.key)
        var rests = 0
        receiver.onRest = { ms in
            #expect(try jol.nextFixInMs() == ms, "as the core says")
            try await ride.passes(ms)
            rests += 1
            if rests.isMultiple(of: 5) { try jol.drains() }
            if model.offer == nil { return }
            #expect(model.says?.contains("m with you") == true, "with what speaks for it")
            await model.pay()
        }
        await model.look(with: receiver)
        let payment = try #require(model.payment, "\(model.says ?? "")")
        #expect(try jol.payment(key: payment).vehicle == ride.felt.vehicle)
        #expect(try jol.payments().count == 1 && model.offer?.bus == ride.felt.painted)
        #expect(!receiver.isAwake && receiver.unseen.isEmpty)
        #expect(try jol.nextFixInMs() == nil, "it is paid")
    }

    @Test func aPlaceThatAnAppMadeUpIsSaidAndAPageThatIsLeftLetsTheReceiverSleep() async throws {
        let ride = try await Ride.planned()
        let receiver = ride.receiver
        let model = BusModel(jol: ride.jol, key: ride.passenger.key)
        receiver.mocked = true
        receiver.onRest = { _ in receiver.hold() }
        let looking = Task { await model.look(with: receiver) }
        await receiver.held()
        #expect(model.says == "The phone’s position is not real. Scan the code in the bus.")
        #expect(model.offer == nil && model.choices.isEmpty)
        looking.cancel()
        await looking.value
        #expect(!receiver.isAwake)
        #expect(try ride.jol.nextFixInMs() == 5_000, "nobody looks")
    }

    @Test func oneOfTwoBusesIsChosenWhereThePassengerLetsNobodyAskWhereTheyAre() async throws {
        let ride = try await Ride.planned()
        let (jol, receiver) = (ride.jol, ride.receiver)
        receiver.allowed = false
        let model = BusModel(jol: jol, key: ride.passenger.key)
        receiver.onRest = { _ in
            guard model.choices.isEmpty else { return await model.choose("0547") }
            #expect(model.says == "No position yet. Scan the code in the bus or type its number.")
            for bus in ["547", "548"] {
                let beacon = Data([1]) + Data(ride.stage.sandbox.issuer.utf8) + Data(bus.utf8)
                _ = try jol.observeBeacon(data: beacon, rssiDbm: -50)
            }
        }
        await model.look(with: receiver)
        #expect(model.offer?.bus == "547" && model.choices.isEmpty && model.payment == nil)
        #expect(receiver.asked && !receiver.isAwake)
        #expect(try jol.payments().isEmpty)
    }

    @Test func stopsNearByAreListedAsOfTheLastFixAndLeadToTheirBoards() async throws {
        let ride = try await Ride.planned()
        let (jol, receiver) = (ride.jol, ride.receiver)
        let model = NearModel(jol: jol, receiver: receiver)
        receiver.onRest = { ms in
            let wantedMs = try jol.nextFixInMs()
            #expect(wantedMs == ms, "as the core says")
            receiver.hold()
        }
        let looking = Task { await model.run() }
        await receiver.held()
        let near = try jol.stopsNear(point: try #require(receiver.last).point, limit: 20)
        #expect(near.count > 2 && model.stops.map(\.id) == near.map(\.stop.id))
        let (row, stop) = (try #require(model.stops.first), try #require(near.first))
        let lines = stop.lines.joined(separator: ", ")
        #expect(row.name == stop.stop.name && row.far == "\(stop.metres) m" && row.lines == lines)
        #expect(row.spoken == "\(row.name). \(row.far). \(lines)")
        #expect(try jol.board(stop: row.id, limit: 1).stop == row.name)
        looking.cancel()
        await looking.value
        #expect(!receiver.isAwake && model.trouble == nil)
    }

    @Test func withoutACityItIsSaidWhyThereAreNoStops() async throws {
        let stage = try Stage()
        let receiver = ScriptedReceiver()
        receiver.place = { FeltFix(atMs: Stage.morningMs, lat: 47.1, lon: 51.9, accuracyM: 10) }
        let model = NearModel(jol: try stage.phone("new"), receiver: receiver)
        await model.run()
        #expect(model.trouble == "Choose a city first." && model.stops.isEmpty && !receiver.isAwake)
    }
}

/// A passenger at the stop of their first ride, with a receiver that feels it.
@MainActor private final class Ride {
    let stage: Stage
    let passenger: Passenger
    let journey: Journey
    let leg: RideLeg
    let nth: UInt32
    let felt: FeltRide
    let receiver = ScriptedReceiver()
    var jol: Jol { passenger.jol }

    static func planned() async throws -> Ride {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let trip: SampleTrip = try await stage.sandbox.get("sample")
        func end(_ typed: String) throws -> Endpoint {
            let place = try #require(try passenger.jol.places(typed: typed, near: nil, limit: 5).first)
            return .point(point: place.point, name: place.name)
        }
        let query = PlanQuery(
            from: try end(trip.from), to: try end(trip.to), when: .departAt(ms: stage.clock.nowMs()),
            walkingSpeed: 1.2, maxWalkMetres: 1_000, limit: 5)
        let journey = try #require(try passenger.jol.plan(query: query).journeys.first)
        return try await Ride(stage, passenger, journey)
    }

    private init(_ stage: Stage, _ passenger: Passenger, _ journey: Journey) async throws {
        (self.stage, self.passenger, self.journey) = (stage, passenger, journey)
        let nth = try #require(journey.legs.firstIndex { if case .ride = $0 { true } else { false } })
        guard case .ride(let leg) = journey.legs[nth] else { throw Wrong("no ride") }
        (self.nth, self.leg) = (UInt32(nth), leg)
        felt = try await stage.sandbox.get(
            "passenger",
            [
                "city": "sample", "trip": leg.tripId, "day": "\(leg.serviceDay)",
                "from": leg.fromStop.id, "to": leg.toStop.id,
            ])
        try await passes(try #require(felt.fixes.first).atMs - stage.clock.nowMs())
        receiver.place = { [felt, clock = stage.clock] in
            let nowMs = clock.nowMs()
            // Who got off stays at the stop.
            guard let last = felt.fixes.last, last.atMs < nowMs else {
                return felt.fixes.first { $0.atMs >= nowMs }
            }
            return FeltFix(
                atMs: nowMs, lat: last.lat, lon: last.lon, accuracyM: last.accuracyM, speedMps: 0)
        }
    }

    func passes(_ ms: Int64) async throws { try await stage.passes(ms) }
}

/// A receiver that sees what a test shows it, and rests no longer than the test lets it.
@MainActor private final class ScriptedReceiver: Receiver {
    var allowed = true
    var mocked = false
    var place: () -> FeltFix? = { nil }
    var onRest: (Int64) async throws -> Void = { _ in }
    private(set) var asked = false
    private(set) var isAwake = false
    private(set) var unseen: [Bool] = []
    private(set) var fixes = 0
    private(set) var last: Fix?
    private var holds = false
    private let holding = AsyncStream.makeStream(of: Void.self)

    /// From now on it rests until it is cancelled.
    func hold() { holds = true }

    /// Until it does.
    func held() async { for await _ in holding.stream { return } }

    func isAllowed() async -> Bool {
        asked = true
        return allowed
    }

    func worksUnseen(_ works: Bool) { unseen.append(works) }

    func fix() async -> Fix? {
        (isAwake, fixes) = (true, fixes + 1)
        guard allowed, let felt = place() else { return nil }
        last = Fix(
            atMs: felt.atMs, point: Point(lat: felt.lat, lon: felt.lon), accuracyM: felt.accuracyM,
            speedMps: felt.speedMps, bearingDeg: felt.bearingDeg, mocked: mocked)
        return last
    }

    func rest(forMs ms: Int64) async throws {
        isAwake = false
        do { try await onRest(ms) } catch { Issue.record(error) }
        if holds {
            holding.continuation.yield()
            for await _ in AsyncStream<Void>(unfolding: { await Self.forever() }) {}
        }
        try Task.checkCancellation()
    }

    func sleep() { isAwake = false }

    private static func forever() async -> Void? {
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        end.finish()
        return nil
    }
}

/// Notifications that nobody hears.
private final class ScriptedNotifications: Notifications {
    let posted = Locked<[String]>([])
    let asked = Flag()

    func areAllowed() async -> Bool {
        asked.raise()
        return true
    }

    func post(_ text: String) async { posted.with { $0.append(text) } }
}
