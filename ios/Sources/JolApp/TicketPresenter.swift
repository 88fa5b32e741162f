import Foundation
import JolCore

/// Keeps a ticket on the screen true: asks the core anew at its every change and in every slot,
/// has the phone's key sign, and shows the code.
@MainActor
public final class TicketPresenter {
    /// What a view observes.
    public let model = TicketModel()
    private let ride: String
    private let jol: any JolProtocol
    private let key: any PhoneKey
    private let slot: @Sendable () async throws -> Void

    /// How long a code is drawn for, in seconds (`core/contract/ticket.cddl`).
    public static let slotSeconds = 15

    /// Presents the ticket of `ride`. `slot` lets one slot pass.
    public init(
        ride: String, jol: any JolProtocol, key: any PhoneKey,
        // The continuous clock counts while the phone sleeps: a code is not old after waking.
        slot: @escaping @Sendable () async throws -> Void = {
            try await Task.sleep(for: .seconds(slotSeconds), clock: .continuous)
        }
    ) {
        self.ride = ride
        self.jol = jol
        self.key = key
        self.slot = slot
    }

    /// Presents until it is cancelled or the wallet is shut.
    public func run() async {
        // One reader of all news, so that a look which took longer never hides a later one.
        let (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let first = jol.revision()
        // Not a child of this task: a wait in the core ends with the next change, not by cancelling.
        let changes = Task { [jol] in
            var seen = first
            while !Task.isCancelled {
                let now = await jol.nextChange(after: seen)
                // A wallet that is shut answers at once with what it answered before.
                if now <= seen { break }
                seen = now
                tell.yield()
            }
            tell.finish()
        }
        let slots = Task { [slot] in
            while (try? await slot()) != nil { tell.yield() }
        }
        defer {
            changes.cancel()
            slots.cancel()
        }
        tell.yield()
        for await _ in news { await look() }
    }

    /// Asks the core once and shows what it says.
    private func look() async {
        do {
            let screen = try await screen()
            // A key interrupted on the way out signed nothing; that is not the ticket's news.
            if !Task.isCancelled { model.show(screen) }
        } catch {
            let error = error as? JolError ?? .Internal(what: "\(error)")
            model.show(trouble: errorText(error: error, language: jol.language()))
        }
    }

    /// Off the main actor: the core may be busy writing, and a key store takes its time.
    nonisolated private func screen() async throws -> TicketScreen {
        let ticket = try jol.ticket(ride: ride)
        let code = ticket.isValid ? try await code() : nil
        return TicketScreen(ticket, language: jol.language(), code: code)
    }

    nonisolated private func code() async throws -> CodeMatrix {
        let now = try jol.toSign(ride: ride, challenge: nil)
        let signature = try? await key.sign(now.message)
        let code: QrCode
        do {
            code = try jol.present(ride: ride, slot: now.slot, challenge: nil, signature: signature)
        } catch JolError.BadSignature where signature != nil {
            // A ticket made for another key shows all the same: the inspector reads "device not proven".
            code = try jol.present(ride: ride, slot: now.slot, challenge: nil, signature: nil)
        }
        guard let matrix = CodeMatrix(code) else { throw JolError.Internal(what: "no code to draw") }
        return matrix
    }
}
