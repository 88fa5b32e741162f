import Foundation
import JolCore
import Observation

/// A stop's board, which stays true as long as a page shows it.
@MainActor
@Observable
public final class BoardModel {
    /// The board; none until the core was asked.
    public private(set) var screen: BoardScreen?
    /// Why it could not be brought up to date, in words.
    public private(set) var trouble: String?
    private let stop: String
    private let jol: any JolProtocol
    private let age: @Sendable () async throws -> Void

    /// Lets so much time pass that the ages on the board are worth telling anew.
    public static let oneAge: @Sendable () async throws -> Void = {
        try await Task.sleep(for: .seconds(5), clock: .continuous)
    }

    /// The board of the stop with this id. `age` lets an age grow.
    public init(
        stop: String, jol: any JolProtocol, age: @escaping @Sendable () async throws -> Void = oneAge
    ) {
        (self.stop, self.jol, self.age) = (stop, jol, age)
    }

    /// Looks until it is cancelled or the wallet is shut.
    public func run() async {
        let (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = jol.changes(telling: tell)
        let ages = Task { [age] in
            while (try? await age()) != nil { tell.yield() }
        }
        defer {
            changes.cancel()
            ages.cancel()
        }
        tell.yield()
        for await _ in news { await look() }
    }

    private func look() async {
        do {
            let now = try await board()
            if now != screen { screen = now }
            if trouble != nil { trouble = nil }
        } catch {
            let error = error as? JolError ?? .Internal(what: "\(error)")
            trouble = errorText(error: error, language: jol.language())
        }
    }

    /// Off the main actor, as all that reads the wallet.
    nonisolated private func board() async throws -> BoardScreen {
        try BoardScreen(try jol.board(stop: stop, limit: 20), jol)
    }
}

/// What comes to a stop, in the core's words.
public struct BoardScreen: Equatable, Sendable {
    /// The stop's name.
    public var stop: String
    /// How old the live data is where it is too old, and that nothing leaves.
    public var says: [String]
    /// What comes, the next one first.
    public var rows: [Row]
    /// What the operator says of the stop: a title and a text, which may be empty.
    public var notices: [Notice]

    /// One departure.
    public struct Row: Equatable, Sendable {
        /// When it leaves, on the city's clocks.
        public var time: String
        /// The line as its sign says it.
        public var line: String
        /// Where it goes.
        public var headsign: String
        /// How the time is known, the number painted on the bus, how full it is.
        public var known: String
        /// Nobody need wait for one that does not.
        public var comes: Bool
        /// All of it for a screen reader: that it does not come before when it should have.
        public var spoken: String
    }

    /// What the operator says.
    public struct Notice: Equatable, Sendable {
        /// In short.
        public var title: String
        /// At length; may be empty.
        public var text: String
    }

    init(_ board: StopBoard, _ jol: any JolProtocol) throws {
        let language = jol.language()
        func say(_ message: String, _ fill: [String: String] = [:]) -> String {
            words(language: language, message: message, fill: fill)
        }
        stop = board.stop
        says = (board.oldText.map { [$0] } ?? []) + (board.rows.isEmpty ? [say("board-nothing")] : [])
        rows = try board.rows.map { row in
            let (time, known) = (try jol.momentText(ms: row.expectedMs), row.known.joined(separator: ", "))
            let ride = say("ride", ["line": row.line, "headsign": row.headsign])
            let comes = row.kind != .noLongerComing
            return Row(
                time: time, line: row.line, headsign: row.headsign, known: known, comes: comes,
                spoken: (comes ? [time, ride, known] : [known, ride, time]).joined(separator: ". "))
        }
        notices = board.notices.map { notice in
            Notice(
                title: notice.holds ? notice.title : say("board-later", ["notice": notice.title]),
                text: notice.text == notice.title ? "" : notice.text)
        }
    }
}
