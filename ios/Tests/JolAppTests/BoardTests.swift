import Foundation
import JolApp
import JolCore
import Testing

/// A stop's board: each row tells how it is known, and what does not come is marked.
@MainActor @Suite(.timeLimit(.minutes(1))) struct BoardTests {
    let jol = ScriptedJol()
    let ages = Slots()

    @Test func liveTimetableAndNoLongerComingAreToldApart() async throws {
        let (model, running) = await shown()
        let board = try #require(model.screen)
        #expect(board.stop == "Bazaar" && board.says.isEmpty)
        #expect(board.rows.map(\.time) == ["14:00", "14:04", "14:40"])
        #expect(board.rows.map(\.comes) == [false, true, true])
        #expect(
            board.rows.map(\.known) == [
                "no longer coming", "live, 7 s ago, by timetable 14:00, no. 547, few seats free", "timetable",
            ])
        #expect(board.rows[1].line == "5" && board.rows[1].headsign == "East")
        #expect(board.rows[0].spoken == "no longer coming. Line 5 towards East. 14:00", "before its time")
        #expect(board.rows[2].spoken == "14:40. Line 5 towards East. timetable")
        #expect(board.notices.map(\.title) == ["The stop has moved", "later: No service"])
        #expect(board.notices.map(\.text) == ["Board at the kiosk.", ""])
        running.cancel()
        await running.value
    }

    @Test func theBoardGoesOnWithAgesAndChangesUntilTheWalletIsShut() async throws {
        let (model, running) = await shown()
        jol.boardAgeS = 12
        await until(model, when: ages.pass) { $0.screen?.rows[1].known.hasPrefix("live, 12 s ago") == true }
        await until(model, when: { jol.change { $0.boardAgeS = nil } }) { $0.screen?.rows.isEmpty == true }
        #expect(
            model.screen?.says
                == ["The live data is 6 min old", "Nothing leaves here within two hours."])
        jol.change { $0.failure = .NotFound(what: "stop") }
        await until(model) { $0.trouble != nil }
        #expect(model.screen != nil, "what was shown stays")
        jol.shut()
        await running.value
    }

    private func shown() async -> (BoardModel, Task<Void, Never>) {
        let ages = ages
        let model = BoardModel(stop: "bazaar", jol: jol) { try await ages.next() }
        let running = Task { await model.run() }
        await until(model) { $0.screen != nil }
        return (model, running)
    }

    /// Does something and waits until what a view shows is so.
    private func until(
        _ model: BoardModel, when act: () -> Void = {}, _ holds: (BoardModel) -> Bool
    ) async {
        act()
        while !holds(model), !Task.isCancelled { await Task.yield() }
    }
}
