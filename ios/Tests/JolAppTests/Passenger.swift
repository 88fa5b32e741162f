import Foundation
import JolApp
import JolCore
import Testing

/// A passenger with a phone: a wallet and a key.
@MainActor final class Passenger {
    let stage: Stage
    let number: String
    let key: MemoryKey
    let jol: Jol

    init(_ stage: Stage, _ number: String = "+77011234567", phone: String? = nil) throws {
        let seed = (UInt8(number.suffix(2)) ?? 1) + (phone == nil ? 0 : 100)
        (self.stage, self.number, key) = (stage, number, MemoryKey(seed: seed))
        jol = try stage.phone(phone ?? number)
    }

    /// The same passenger, with the same phone, which was switched off and has a wrong clock.
    init(_ before: Passenger, switchedOnAt wallMs: Int64) throws {
        (stage, number, key) = (before.stage, before.number, before.key)
        before.jol.shut()
        jol = try stage.phone(number, switchedOnAt: wallMs)
    }

    /// Somebody who signed in, enrolled the phone and chose the city.
    static func signedUp(
        _ stage: Stage, _ number: String = "+77011234567", phone: String? = nil
    ) async throws -> Passenger {
        let passenger = try Passenger(stage, number, phone: phone)
        try await passenger.signsUp()
        return passenger
    }

    /// Signs in, enrols the phone and chooses the city.
    func signsUp() async throws {
        try await jol.signsIn(as: number, stage.sandbox)
        try jol.enrols(key)
        try jol.choosesTheCity()
    }

    /// One tap; the payment's key.
    func taps(_ vehicle: String, adults: UInt8 = 1, way: Way = .app) throws -> String {
        let quote = try jol.quote(
            vehicle: vehicle, way: way, source: .phoneBalance, passengers: Self.adults(adults),
            oneMore: false)
        return try jol.pay(quote: quote, signature: key.signNow(quote.toSign))
    }

    /// A tap, and the answer; the ride.
    func pays(_ vehicle: String, adults: UInt8 = 1, way: Way = .app) throws -> String {
        let payment = try taps(vehicle, adults: adults, way: way)
        try jol.drains()
        guard case .paid(let ride) = try jol.payment(key: payment).state else {
            throw Wrong("not paid: \(try jol.payment(key: payment))")
        }
        return ride
    }

    static func adults(_ count: UInt8) -> [PassengerGroup] {
        [PassengerGroup(category: .standard, count: count)]
    }
}

/// A ticket on a passenger's screen, whose slots pass when a test says so.
@MainActor final class Screen {
    let presenter: TicketPresenter
    private let slots = Slots()
    private let stage: Stage
    private let running: Task<Void, Never>

    var model: TicketModel { presenter.model }
    var shown: TicketScreen? { model.screen }

    static func ticket(_ ride: String, of passenger: Passenger) async -> Screen {
        await Screen(passenger.stage) { slots in
            TicketPresenter(ride: ride, jol: passenger.jol, key: passenger.key) { try await slots.next() }
        }
    }

    static func payment(_ key: String, of passenger: Passenger) async -> Screen {
        await Screen(passenger.stage) { slots in
            TicketPresenter(payment: key, jol: passenger.jol, key: passenger.key) { try await slots.next() }
        }
    }

    /// Until the core was asked for the first time.
    private init(_ stage: Stage, _ presenter: (Slots) -> TicketPresenter) async {
        let presenter = presenter(slots)
        self.stage = stage
        self.presenter = presenter
        running = Task { await presenter.run() }
        await until(presenter.model) { $0.screen != nil || $0.trouble != nil }
    }

    /// So many slots pass in this time, for everybody, and there is another code.
    func passes(_ ms: Int64, slots count: Int = 1) async throws {
        let before = shown?.code
        try await stage.passes(ms)
        for _ in 0..<count { slots.pass() }
        await until(model) { $0.screen?.code != before }
    }

    /// Until it ends by itself.
    func ends() async { await running.value }

    /// The passenger puts it away.
    func closes() async {
        running.cancel()
        await running.value
    }
}
