import Foundation
import JolApp
import JolCore
import Testing

/// A sandbox operator, the phones that know it, and one clock for all of them.
@MainActor final class Stage {
    /// 2026-09-16, a Wednesday, 08:00 in Atyrau.
    static let morningMs: Int64 = 1_789_527_600_000
    /// The number that signs in as the operator's inspector.
    static let inspector = "+77012505001"
    /// The number that signs in as the operator's conductor.
    static let conductor = "+77012505002"

    let sandbox: Sandbox
    let clock = SimulatedClock.at(wallMs: morningMs)
    private let folder = FileManager.default.temporaryDirectory.appending(path: "jol-\(UUID())")
    private var wrongClocks: [SimulatedClock] = []
    private var phones: [Jol] = []

    init() throws { sandbox = try Sandbox(atMs: Self.morningMs) }

    deinit {
        phones.forEach { $0.shut() }
        try? FileManager.default.removeItem(at: folder)
    }

    /// A phone that is new, or was before and forgot nothing.
    func phone(_ name: String) throws -> Jol {
        kept(try clock.openJol(opening: opening(name), seed: seed))
    }

    /// A phone that was switched off: it does not know the operator's time any more, and its own is wrong.
    func phone(_ name: String, switchedOnAt wallMs: Int64) throws -> Jol {
        let wrong = SimulatedClock.at(wallMs: wallMs)
        wrongClocks.append(wrong)
        return kept(try wrong.openJol(opening: opening(name, boot: "boot-2"), seed: seed))
    }

    func inspector(_ name: String = "inspector") throws -> Inspector {
        let inspector = try clock.openInspector(opening: opening(name), seed: seed)
        _ = kept(inspector.phone())
        return inspector
    }

    func till() throws -> Till {
        let till = try clock.openTill(opening: opening("till"), seed: seed)
        _ = kept(till.phone())
        return till
    }

    /// Time passes for the phones and for the operator.
    func passes(_ ms: Int64) async throws {
        (wrongClocks + [clock]).forEach { $0.advanceMs(ms: ms) }
        try await sandbox.post("clock", ["set_ms": clock.nowMs()])
    }

    private func kept(_ phone: Jol) -> Jol {
        phones.append(phone)
        return phone
    }

    /// Chance that no other phone has.
    private var seed: UInt64 { UInt64(phones.count + 1) }

    private func opening(_ name: String, boot: String = "boot-1") -> Opening {
        Opening(
            folder: folder.appending(path: name).path,
            operator: OperatorEntry(
                code: sandbox.issuer, address: sandbox.address, rootKey: sandbox.root, tlsRoot: nil),
            dataKey: Data(repeating: 7, count: 32), bootId: boot, deviceName: name, language: .en,
            appVersion: "0.1.0")
    }
}

/// What a story tells when it cannot go on.
struct Wrong: Error {
    var what: String
    init(_ what: String) { self.what = what }
}

/// The phone's key, in memory.
struct MemoryKey: PhoneKey {
    private let key: SoftwareKey
    init(seed: UInt8) { key = SoftwareKey.fromSeed(seed: seed) }
    var publicKey: Data { key.publicKey() }
    func signNow(_ message: Data) -> Data { key.sign(message: message) }
    func sign(_ message: Data) async throws -> Data { signNow(message) }
}

extension Jol {
    /// Everything that waits is carried and answered.
    func drains(_ deadlineMs: UInt64 = 10_000, at place: SourceLocation = #_sourceLocation) throws {
        let left = try drain(deadlineMs: deadlineMs)
        #expect(left == 0, sourceLocation: place)
    }

    /// The network is back. What was under way when it was not fails once more, and is carried then.
    func catchesUp() throws {
        _ = try drain(deadlineMs: 10_000)
        try drains()
    }

    /// Terms, number, code.
    func signsIn(as number: String, _ sandbox: Sandbox) async throws {
        try drains()
        try acceptTerms(version: try #require(try terms()).version)
        try signIn(to: number)
        try drains()
        guard case .codeSent(let to, _, _, _) = try account().signIn else {
            throw Wrong("no code was sent: \(try account())")
        }
        #expect(to == number)
        let message: Message = try await sandbox.get("messages/\(number)")
        try enterCode(code: message.code)
        try drains()
        guard case .signedIn = try account().signIn else { throw Wrong("not signed in: \(try account())") }
    }

    func enrols(_ key: MemoryKey) throws {
        let toSign = try enrolmentToSign(publicKey: key.publicKey)
        try enrol(publicKey: key.publicKey, signature: key.signNow(toSign), attestation: nil)
        try drains()
        guard case .enrolled = try account().device else {
            throw Wrong("not enrolled: \(try account())")
        }
    }

    func choosesTheCity() throws {
        try refreshCities()
        try drains()
        let summary = try #require(try cities().first { $0.sample })
        #expect(summary.lines.count >= 10)
        try chooseCity(city: summary.id)
        try drains(60_000)
        guard case .ready("sample", _, sample: true, _, _) = try city() else {
            throw Wrong("the city is not ready: \(try city())")
        }
    }
}
