import Foundation
import JolApp
import JolCore
import Testing

/// Two phones without a network, and only pictures between them: the inspector asks, the passenger answers.
@MainActor @Suite(.timeLimit(.minutes(2))) struct ChallengeTests {
    @Test func aPhoneThatDoesNotKnowTheTimeProvesItsTicket() async throws {
        let stage = try Stage()
        let before = try await Passenger.signedUp(stage)
        let ride = try before.pays("0548")
        let (inspector, colleague) = (try stage.inspector(), try stage.inspector("colleague"))
        try inspector.refreshes()
        try colleague.refreshes()
        try await stage.sandbox.losesTheNetwork()
        let passenger = try Passenger(before, switchedOnAt: stage.clock.nowMs() - 300_000)
        let screen = await Screen.ticket(ride, of: passenger)

        try inspector.boards("548")
        try colleague.boards("548")
        #expect(try inspector.looks(at: screen.shown?.code).said == "not_valid wrong_slot")
        let answer = try await passenger.answers(inspector, on: screen)
        // It answers this inspector, once.
        _ = try colleague.challenge()
        #expect(try colleague.looks(at: answer).said == "not_valid wrong_challenge")
        let view = try inspector.looks(at: answer)
        #expect(view.said == "valid" && view.bus == "548")
        #expect(view.facts.contains("It answered the challenge."))
        #expect(try inspector.looks(at: answer).said == "not_valid wrong_challenge")

        // The next check has its own challenge, to which neither the last answer nor a slot's code is one.
        try inspector.boards("548")
        let next = try await passenger.answers(inspector, on: screen)
        #expect(try inspector.looks(at: answer).said == "not_valid wrong_challenge")
        _ = try inspector.challenge()
        #expect(try inspector.looks(at: next).said == "not_valid wrong_challenge")
        let toSign = try passenger.jol.toSign(ride: ride, challenge: Data(repeating: 7, count: 8))
        #expect(toSign.untilSlot - toSign.slot + 1 == TicketPresenter.answerSlots)
        try await screen.passes(45_000, slots: TicketPresenter.answerSlots)
        _ = try inspector.challenge()
        #expect(try inspector.looks(at: screen.shown?.code).said == "not_valid wrong_challenge")
        await screen.closes()
    }
}

extension Passenger {
    /// Scans the challenge on an inspector's screen; the code that is then on this phone's.
    func answers(_ inspector: Inspector, on screen: Screen) async throws -> CodeMatrix {
        let scanned = try jol.scans(try inspector.challenge())
        guard case .challenge(let challenge) = scanned.meaning else { throw Wrong("\(scanned)") }
        #expect(challenge.count == 8)
        await change(of: screen.model) { screen.presenter.answer(challenge) }
        return try #require(screen.shown?.code)
    }
}
