import JolCore
import Observation

/// The stops around the passenger, as long as a page shows them. The city's pack tells them, without a network.
@MainActor
@Observable
public final class NearModel {
    /// The nearest first, as of the last fix.
    public private(set) var stops: [StopRow] = []
    /// Why there are none, in words.
    public private(set) var trouble: String?
    private let jol: any JolProtocol
    private let receiver: any Receiver

    /// How often the first fix is looked for, in ms: the core wants none before it.
    private static let firstMs: Int64 = 5_000

    /// Shows none yet.
    public init(jol: any JolProtocol, receiver: any Receiver) { (self.jol, self.receiver) = (jol, receiver) }

    /// Looks until it is cancelled or the core wants no fix any more.
    public func run() async {
        _ = await receiver.isAllowed()
        var isSeen = false
        do {
            try await receiver.fixes {
                isSeen ? try await self.nextMs() : Self.firstMs
            } _: { fix in
                guard let fix else { return }
                isSeen = true
                let near = try await self.near(fix)
                if near != self.stops { self.stops = near }
                self.trouble = nil
            }
        } catch is CancellationError {
            // The page is gone.
        } catch {
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
    }

    /// Off the main actor, as all that reads the wallet.
    nonisolated private func near(_ fix: Fix) async throws -> [StopRow] {
        // The app is in front: what it sees now finds the bus sooner.
        _ = try jol.observe(fix: fix)
        let language = jol.language()
        return try jol.stopsNear(point: fix.point, limit: 20).map { StopRow($0, language) }
    }

    nonisolated private func nextMs() async throws -> Int64? { try jol.nextFixInMs() }
}

/// A stop near by, in the core's words.
public struct StopRow: Equatable, Sendable {
    /// By which its board is asked for: `BoardModel(stop:)`.
    public var id: String
    /// Its name.
    public var name: String
    /// How far it is, straight.
    public var far: String
    /// The lines that halt there, as their signs say them.
    public var lines: String
    /// All of it for a screen reader.
    public var spoken: String

    init(_ near: NearStop, _ language: Language) {
        (id, name) = (near.stop.id, near.stop.name)
        far = words(language: language, message: "far-metres", fill: ["n": "\(near.metres)"])
        lines = near.lines.joined(separator: ", ")
        spoken = [name, far, lines].filter { !$0.isEmpty }.joined(separator: ". ")
    }
}
