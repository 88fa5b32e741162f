import Foundation
import JolApp
import JolCore
import Testing

/// A core that says what a test tells it to.
final class ScriptedJol: Jol, @unchecked Sendable {
    struct Presented: Equatable {
        var slot: UInt32
        var challenge: Data?
        var signature: Data?
        var payment: String?
    }

    struct Script {
        var slot: UInt32 = 7
        var valid = true
        var takesSignatures = true
        var eye: EyeView? = EyeView(colour: "#ffc000", ink: "#000000", word: "ҚЫРАН")
        var paidText = "Paid 0 min ago"
        var placeText: String?
        var company = CompanyView(company: .unknown, text: nil, instead: nil)
        /// Of the live row on its board; none where all is old and nothing comes.
        var boardAgeS: UInt32? = 7
        var failure: JolError?
        var payment = PaymentState.pending
        var hasKey = true
        var presented: [Presented] = []
        fileprivate var revision: UInt64 = 1
        fileprivate var isShut = false
        fileprivate var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let script = Locked(Script())

    convenience init() { self.init(noHandle: NoHandle()) }

    var presented: [Presented] { script.value.presented }
    var slot: UInt32 {
        get { script.value.slot }
        set { script.with { $0.slot = newValue } }
    }
    var takesSignatures: Bool {
        get { script.value.takesSignatures }
        set { script.with { $0.takesSignatures = newValue } }
    }

    /// What it says when it is asked the next time. Nobody is told that it is new.
    var paidText: String {
        get { script.value.paidText }
        set { script.with { $0.paidText = newValue } }
    }

    /// The core learns something.
    func change(_ act: (inout Script) -> Void) {
        let waiting = script.with { script in
            act(&script)
            script.revision += 1
            defer { script.waiting = [] }
            return script.waiting
        }
        waiting.forEach { $0.resume() }
    }

    static func code(slot: UInt32) -> CodeMatrix? { code(UInt8(slot)) }

    /// The code that answers a challenge is filled with its first byte, a payment's with its slot and more.
    static func code(_ fill: UInt8) -> CodeMatrix? { CodeMatrix(drawn(fill)) }

    static func code(paymentIn slot: UInt32) -> CodeMatrix? { code(UInt8(slot) + 100) }

    private static func drawn(_ fill: UInt8) -> QrCode {
        QrCode(size: 21, modules: Data(repeating: fill, count: 441), version: 1)
    }

    override func shut() { change { $0.isShut = true } }

    override func revision() -> UInt64 { script.value.revision }

    override func language() -> Language { .en }

    override func nextChange(after: UInt64) async -> UInt64 {
        await withCheckedContinuation { continuation in
            let now = script.with { script in
                let now = script.revision > after || script.isShut
                if !now { script.waiting.append(continuation) }
                return now
            }
            if now { continuation.resume() }
        }
        return script.value.revision
    }

    override func ticket(ride: String) throws -> TicketView {
        let script = script.value
        if let failure = script.failure { throw failure }
        guard ride == "r1" else { throw JolError.NotFound(what: "ticket") }
        return TicketView(
            ride: ride, line: "30Б", bus: "417",
            passengers: [.init(category: "Adult", count: 2), .init(category: "Child", count: 1)],
            sum: Money(tiyn: 24_000), sumText: "240 ₸", paidMs: 0, paidText: script.paidText,
            stateText: script.valid ? "Valid" : "Ended", showText: "Show it", way: .app,
            wayText: "in the app", isValid: script.valid, state: script.valid ? .valid : .ended,
            changesInMs: script.valid ? 15_000 : nil,
            eye: script.valid ? script.eye : nil, place: script.placeText == nil ? .here : .elsewhere,
            placeText: script.placeText, isReceived: false)
    }

    override func rideCompany(ride: String) throws -> CompanyView { script.value.company }

    override func board(stop: String, limit: UInt32) throws -> StopBoard {
        if let failure = script.value.failure { throw failure }
        guard let age = script.value.boardAgeS else {
            return StopBoard(stop: "Bazaar", rows: [], notices: [], oldText: "The live data is 6 min old")
        }
        return Self.bazaar(age)
    }

    /// What it says when it is asked the next time. Nobody is told that it is new.
    var boardAgeS: UInt32? {
        get { script.value.boardAgeS }
        set { script.with { $0.boardAgeS = newValue } }
    }

    /// Minutes after 14:00.
    override func momentText(ms: Int64) throws -> String {
        "14:" + String("0\(ms / 60_000)".suffix(2))
    }

    /// A bus that no longer comes, one that is late, and one of the timetable.
    private static func bazaar(_ age: UInt32) -> StopBoard {
        func row(_ kind: BoardKind, _ minutes: Int64, _ known: [String]) -> BoardRow {
            BoardRow(
                line: "5", headsign: "East", trip: "t", expectedMs: minutes * 60_000, scheduledMs: 0,
                headwayS: 0, kind: kind, vehicle: nil, label: nil, occupancy: nil, known: known)
        }
        func notice(_ title: String, _ text: String, holds: Bool) -> NoticeView {
            NoticeView(
                title: title, text: text, effect: .stopMoved, periods: [], holds: holds, lines: [],
                stops: ["bazaar"])
        }
        let late = ["live, \(age) s ago", "by timetable 14:00", "no. 547", "few seats free"]
        return StopBoard(
            stop: "Bazaar",
            rows: [
                row(.noLongerComing, 0, ["no longer coming"]), row(.live(ageS: age), 4, late),
                row(.timetable, 40, ["timetable"]),
            ],
            notices: [
                notice("The stop has moved", "Board at the kiosk.", holds: true),
                notice("No service", "No service", holds: false),
            ], oldText: nil)
    }

    override func payment(key: String) throws -> Payment {
        Payment(
            key: key, vehicle: "0417", painted: "417", line: "30Б", way: .app, source: .phoneBalance,
            passengers: [.init(category: .standard, count: 2)], fare: Money(tiyn: 24_000), tappedMs: 0,
            state: script.value.payment)
    }

    override func pending() throws -> [PendingView] {
        guard script.value.payment == .pending else { return [] }
        return ["another", "p1"].map { payment in
            PendingView(
                payment: payment, line: "30Б", bus: payment == "p1" ? "417" : "999",
                passengers: [.init(category: "Adult", count: 2)], sum: Money(tiyn: 24_000),
                sumText: "240 ₸", tappedMs: 0, showText: "Show that it was sent at 08:00",
                changesInMs: 15_000)
        }
    }

    override func whomToCall() throws -> [SupportCall] {
        [SupportCall(text: "Call 1420 (day and night)", link: "tel:1420")]
    }

    override func toSign(ride: String, challenge: Data?) throws -> ToSign {
        if let challenge, challenge.count != 8 { throw JolError.BadInput(field: "code") }
        // As in the core: either the slot is signed or the challenge.
        let slot = script.value.slot
        return ToSign(
            slot: slot, message: challenge ?? Data([UInt8(slot)]), untilSlot: slot, freshMs: 1)
    }

    override func intentToSign(payment: String, challenge: Data?) throws -> ToSign {
        let script = script.value
        guard script.payment == .pending else { throw JolError.NotFound(what: "payment") }
        guard script.hasKey else { throw JolError.BadInput(field: "key") }
        let message = Data("intent".utf8) + (challenge ?? Data([UInt8(script.slot)]))
        return ToSign(slot: script.slot, message: message, untilSlot: script.slot, freshMs: 1)
    }

    override func present(ride: String, slot: UInt32, challenge: Data?, signature: Data?) throws -> QrCode {
        try script.with { script in
            if signature != nil, !script.takesSignatures { throw JolError.BadSignature }
            script.presented.append(.init(slot: slot, challenge: challenge, signature: signature))
        }
        return Self.drawn(challenge?.first ?? UInt8(slot))
    }

    override func presentIntent(
        payment: String, slot: UInt32, challenge: Data?, signature: Data
    ) throws -> QrCode {
        try script.with { script in
            guard script.payment == .pending else { throw JolError.NotFound(what: "payment") }
            script.presented.append(
                .init(slot: slot, challenge: challenge, signature: signature, payment: payment))
        }
        return Self.drawn((challenge?.first ?? UInt8(slot)) + 100)
    }
}

extension CodeMatrix {
    /// A code as a phone draws it.
    init?(_ code: QrCode) { self.init(size: Int(code.size), modules: code.modules) }
}

extension CodeMatrix: CustomTestStringConvertible {
    /// Not all of its modules: a test that fails shall be readable.
    public var testDescription: String { "a code of \(size) modules a side" }
}

/// Signs by adding a byte.
struct ScriptedKey: PhoneKey {
    let publicKey = Data()
    func sign(_ message: Data) async throws -> Data { message + [99] }
}

/// A key store that refuses.
struct BrokenKey: PhoneKey {
    let publicKey = Data()
    func sign(_ message: Data) async throws -> Data { throw CancellationError() }
}

/// A key store that answers when a test lets it.
final class SlowKey: PhoneKey {
    let publicKey = Data()
    private let questions = AsyncStream.makeStream(of: Void.self)
    private let answers = AsyncStream.makeStream(of: Void.self)

    func asked() async {
        for await _ in questions.stream { return }
    }

    func answer() { answers.continuation.yield() }

    func sign(_ message: Data) async throws -> Data {
        questions.continuation.yield()
        // An Enclave at work does not hear that nobody waits any more.
        await Task { [answers] in for await _ in answers.stream { return } }.value
        return message
    }
}

/// Slots that pass when a test says so.
final class Slots: Sendable {
    private let passing = AsyncStream.makeStream(of: Void.self)

    func pass() { passing.continuation.yield() }

    func next() async throws {
        for await _ in passing.stream { return }
        throw CancellationError()
    }
}

/// A flag that any thread may raise.
final class Flag: Sendable {
    private let up = Locked(false)
    func raise() { up.with { $0 = true } }
    var isUp: Bool { up.value }
}

/// A value behind a lock.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Value

    init(_ value: Value) { held = value }

    var value: Value { with { $0 } }

    @discardableResult func with<T>(_ act: (inout Value) throws -> T) rethrows -> T {
        try lock.withLock { try act(&held) }
    }
}
