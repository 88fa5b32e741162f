import JolCore

/// The phone's receiver: where the phone is. It keeps and logs no position. Each model has one of its own.
@MainActor public protocol Receiver: AnyObject {
    /// Whether the passenger lets it tell precisely where the phone is. They are asked the first time.
    func isAllowed() async -> Bool

    /// From now on it works as well while the screen is off, or no more.
    func worksUnseen(_ works: Bool)

    /// Wakes for one fix; none if none comes in time, or may be told.
    func fix() async -> Fix?

    /// Rests for so many ms. Throws if it is cancelled meanwhile.
    func rest(forMs ms: Int64) async throws

    /// Sleeps until a fix is wanted again.
    func sleep()
}

extension Receiver {
    /// A fix each time that one is wanted, or none where none came. `inMs` is the core's word, asked after each is
    /// dealt with: none, and the receiver sleeps and the fixes end. Throws if it is cancelled, or what it was given
    /// throws.
    func fixes(
        _ inMs: @MainActor () async throws -> Int64?, _ take: @MainActor (Fix?) async throws -> Void
    ) async throws {
        defer { sleep() }
        var isFirst = true
        while let ms = try await inMs() {
            if !isFirst { try await rest(forMs: ms) }
            isFirst = false
            let fix = await fix()
            try Task.checkCancellation()
            try await take(fix)
        }
    }
}
