import JolCore
import Observation

/// On the bus: when the passenger's stop comes, also while the screen is off. The app has one, not a page.
@MainActor
@Observable
public final class GetOffModel {
    /// The name of the stop; none if no ride's end is watched.
    public private(set) var stop: String?
    /// What was said last, in words.
    public private(set) var says: String?
    /// Why it cannot be watched, in words.
    public private(set) var trouble: String?
    private let jol: any JolProtocol
    private let receiver: any Receiver
    private let notifications: any Notifications
    private var running: Task<Void, Never>?

    /// Watches nothing yet.
    public init(jol: any JolProtocol, receiver: any Receiver, notifications: any Notifications) {
        (self.jol, self.receiver, self.notifications) = (jol, receiver, notifications)
    }

    /// Watches where this ride ends, instead of another one, until the core has nothing left to say.
    public func watch(_ journey: Journey, leg: UInt32) async {
        // Without the one the time tells, without the other the page.
        _ = await (receiver.isAllowed(), notifications.areAllowed())
        await end()
        await trying { try await self.watching(journey, leg) }
        if trouble == nil { await run() }
    }

    /// Goes on with the ride whose end was watched when the app was closed. Nothing if there is none.
    public func run() async {
        guard running == nil else { return }
        let task = Task { await self.trying { try await self.follow() } }
        running = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        running = nil
    }

    /// Nothing is watched any more.
    public func forget() async {
        await end()
        await trying { try await self.forgetting() }
    }

    private func end() async {
        running?.cancel()
        await running?.value
    }

    private func follow() async throws {
        guard var view = try await getOff(nil) else { return }
        receiver.worksUnseen(true)
        defer {
            receiver.worksUnseen(false)
            stop = nil
        }
        await tell(view)
        var nextMs = view.nextFixInMs
        try await receiver.fixes {
            nextMs
        } _: { fix in
            guard let now = try await self.getOff(fix) else {
                nextMs = nil
                return
            }
            view = now
            nextMs = view.nextFixInMs
            await self.tell(view)
        }
    }

    private func tell(_ view: GetOffView) async {
        stop = view.stop
        guard let text = view.text else { return }
        says = text
        await notifications.post(text)
    }

    private func trying(_ act: () async throws -> Void) async {
        do {
            try await act()
            trouble = nil
        } catch is CancellationError {
            // It is watched no more, or from elsewhere.
        } catch {
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
    }

    /// Off the main actor, as all that reads the wallet.
    nonisolated private func watching(_ journey: Journey, _ leg: UInt32) async throws {
        _ = try jol.watchGetOff(journey: journey, leg: leg)
    }

    nonisolated private func getOff(_ fix: Fix?) async throws -> GetOffView? { try jol.getOff(fix: fix) }

    nonisolated private func forgetting() async throws { try jol.forgetGetOff() }
}
