import Foundation
import JolCore

/// Keeps a ticket on the screen true: asks the core anew at its every change and in every slot,
/// has the phone's key sign, and shows the code.
///
/// A payment that is not known yet is shown in the same way, and becomes its ticket when it is.
@MainActor
public final class TicketPresenter {
    /// What a view observes.
    public let model = TicketModel()
    private var presented: Presented
    private let jol: any JolProtocol
    private let key: any PhoneKey
    private let slot: @Sendable () async throws -> Void
    /// What an inspector asked, and for how many ends of a slot its answer still stands.
    private var asked: (challenge: Data, slots: Int)?
    /// The last signed code: what the core gives to sign again is signed once.
    private var signed: Shown?
    /// Has the core asked anew, while this presents.
    private var tell: AsyncStream<Void>.Continuation?

    /// How long a code is drawn for, in seconds (`core/contract/ticket.cddl`).
    public static let slotSeconds = 15

    /// How many slots see an answer, its own among them (`ToSign.untilSlot`).
    public static let answerSlots = 3

    /// Lets one slot pass. The continuous clock counts while the phone sleeps: no code is old after waking.
    public static let oneSlot: @Sendable () async throws -> Void = {
        try await Task.sleep(for: .seconds(slotSeconds), clock: .continuous)
    }

    /// Presents the ticket of `ride`. `slot` lets one slot pass.
    public convenience init(
        ride: String, jol: any JolProtocol, key: any PhoneKey,
        slot: @escaping @Sendable () async throws -> Void = oneSlot
    ) {
        self.init(.ticket(ride), jol, key, slot)
    }

    /// Presents the payment of this key until it is known, and then its ticket.
    public convenience init(
        payment: String, jol: any JolProtocol, key: any PhoneKey,
        slot: @escaping @Sendable () async throws -> Void = oneSlot
    ) {
        self.init(.payment(payment), jol, key, slot)
    }

    private init(
        _ presented: Presented, _ jol: any JolProtocol, _ key: any PhoneKey,
        _ slot: @escaping @Sendable () async throws -> Void
    ) {
        self.presented = presented
        self.jol = jol
        self.key = key
        self.slot = slot
    }

    /// Presents until it is cancelled, the wallet is shut, or the payment is declined.
    public func run() async {
        // One reader of all news, so that a look which took longer never hides a later one.
        let (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.tell = tell
        let changes = jol.changes(telling: tell)
        let slots = Task { [weak self, slot] in
            while (try? await slot()) != nil {
                self?.slotPassed()
                tell.yield()
            }
        }
        defer {
            changes.cancel()
            slots.cancel()
            // Nobody counts the slots of a page that is away.
            asked = nil
        }
        tell.yield()
        for await _ in news {
            guard await look() else { break }
        }
    }

    /// Answers the challenge (8 bytes) that an inspector's screen showed: the answer is drawn in place of the
    /// slot's code.
    ///
    /// An answer is signed for no slot and does not age: it stands for two whole slots at least.
    public func answer(_ challenge: Data) {
        asked = (challenge, Self.answerSlots)
        tell?.yield()
    }

    private func slotPassed() {
        guard let (challenge, slots) = asked else { return }
        asked = slots > 1 ? (challenge, slots - 1) : nil
    }

    /// Asks the core once and shows what it says. False once there is nothing to look at any more.
    private func look() async -> Bool {
        let challenge = asked?.challenge
        do {
            let look = try await look(at: presented, challenge, signed)
            // A key interrupted on the way out signed nothing; that is not the ticket's news.
            guard !Task.isCancelled else { return true }
            (presented, signed) = (look.presented, look.signed)
            switch look.found {
            case .screen(let screen): model.show(screen)
            case .nothing(let why, let calls):
                model.end(why, calls: calls)
                return false
            }
        } catch {
            // What cannot be answered is asked no second time; the ticket goes on.
            if asked?.challenge == challenge { asked = nil }
            let error = error as? JolError ?? .Internal(what: "\(error)")
            model.show(trouble: errorText(error: error, language: jol.language()))
        }
        return true
    }

    /// Off the main actor: the core may be busy writing, and a key store takes its time.
    nonisolated private func look(
        at presented: Presented, _ challenge: Data?, _ signed: Shown?
    ) async throws -> Look {
        switch presented {
        case .ticket(let ride):
            let ticket = try jol.ticket(ride: ride)
            let shown = ticket.isValid ? try await code(of: presented, challenge, signed) : nil
            let company = try jol.rideCompany(ride: ride)
            let screen = TicketScreen(ticket, language: jol.language(), code: shown?.code, company: company)
            return Look(presented: presented, found: .screen(screen), signed: shown ?? signed)
        case .payment(let key):
            switch try jol.payment(key: key).state {
            case .paid(let ride), .alreadyPaid(let ride), .refunded(let ride?, _):
                return try await look(at: .ticket(ride), challenge, signed)
            case .refunded(nil, let refund):
                let why = words(language: jol.language(), message: "no-ticket-refunded", fill: [:])
                let text = try jol.refundText(refund: refund)
                return try Look(presented: presented, found: nothing("\(why) \(text)"), signed: nil)
            case .declined(let reason, let tryAgainMs, let service):
                let why = declineText(
                    reason: reason, tryAgain: try tryAgainMs.map(jol.momentText(ms:)), service: service,
                    language: jol.language())
                return try Look(presented: presented, found: nothing(why), signed: nil)
            case .pending:
                return try await look(atPending: key, challenge, signed)
            }
        }
    }

    nonisolated private func nothing(_ why: String) throws -> Look.Found {
        .nothing(why: why, calls: try jol.whomToCall().compactMap(Call.init))
    }

    nonisolated private func look(
        atPending key: String, _ challenge: Data?, _ signed: Shown?
    ) async throws -> Look {
        do {
            guard let pending = try jol.pending().first(where: { $0.payment == key }) else {
                throw JolError.NotFound(what: "payment")
            }
            let shown = try await code(ofPending: key, challenge, signed)
            let screen = TicketScreen(pending, language: jol.language(), code: shown?.code)
            return Look(presented: .payment(key), found: .screen(screen), signed: shown ?? signed)
        } catch JolError.NotFound where isKnown(payment: key) {
            // Its answer came while the key signed.
            return try await look(at: .payment(key), challenge, signed)
        }
    }

    nonisolated private func isKnown(payment key: String) -> Bool {
        (try? jol.payment(key: key).state) != .pending
    }

    /// A phone that has no key shows no code; what the core says in words it shows all the same.
    nonisolated private func code(
        ofPending key: String, _ challenge: Data?, _ signed: Shown?
    ) async throws -> Shown? {
        do {
            return try await code(of: .payment(key), challenge, signed)
        } catch JolError.BadInput(field: "key") {
            return nil
        }
    }

    /// None of a payment that the phone's key does not sign.
    nonisolated private func code(
        of presented: Presented, _ challenge: Data?, _ signed: Shown?
    ) async throws -> Shown? {
        let now = try presented.toSign(jol, challenge: challenge)
        if let signed, signed.message == now.message { return signed }
        let signature = try? await key.sign(now.message)
        func drawn(_ signature: Data?) throws -> Shown? {
            let code = try presented.code(jol, slot: now.slot, challenge: challenge, signature: signature)
            guard let code else { return nil }
            guard let matrix = CodeMatrix(code) else { throw JolError.Internal(what: "no code to draw") }
            return Shown(message: signature == nil ? nil : now.message, code: matrix)
        }
        do {
            return try drawn(signature)
        } catch JolError.BadSignature where signature != nil {
            // A ticket made for another key shows all the same: the inspector reads "device not proven".
            return try drawn(nil)
        }
    }
}

/// A code, and what was signed for it; nothing if it is not signed.
private struct Shown {
    var message: Data?
    var code: CodeMatrix
}

/// What the core said when it was asked.
private struct Look {
    enum Found {
        case screen(TicketScreen)
        case nothing(why: String, calls: [Call])
    }

    /// What is presented from now on: a payment became its ticket.
    var presented: Presented
    var found: Found
    var signed: Shown?
}
