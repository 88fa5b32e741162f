import Foundation
import JolApp
import JolCore
import Testing

/// The network is gone between the tap and the answer, and an inspector stands there.
@MainActor @Suite(.timeLimit(.minutes(2))) struct UnknownPaymentTests {
    @Test func whatWasAskedForIsShownAndBecomesTheTicket() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let inspector = try stage.inspector()
        try inspector.refreshes()
        let screen = try await passenger.tapsWithoutANetwork()
        let shown = try #require(screen.shown)
        #expect(shown.bus == "548" && shown.lineAndBus == "Line \(shown.line) · bus 548")
        #expect(shown.passengers == ["Adult"] && shown.sum == "100 ₸" && shown.paid == nil)
        #expect(shown.state == "Not known yet. We are waiting for the answer. Do not pay again.")
        #expect(shown.hint == "Show this screen to the inspector. Payment sent at 08:00")

        // The inspector comes, and cannot tell; a minute later the first code is a picture.
        try await screen.passes(60_000)
        try inspector.boards("548")
        let view = try inspector.looks(at: screen.shown?.code)
        #expect(view.said == "cannot_tell asked_before_check" && view.text.contains("08:00"))
        #expect(view.bus == "548" && view.line == shown.line)
        #expect(try inspector.looks(at: screen.shown?.code).said == "not_valid seen_before")
        try inspector.boards("548")
        #expect(try inspector.looks(at: shown.code).said == "not_valid wrong_slot")
        let answer = try await passenger.answers(inspector, on: screen)
        #expect(try inspector.looks(at: answer).said == "cannot_tell asked_before_check")
        #expect(try inspector.looks(at: answer).said == "not_valid wrong_challenge")

        // The answer comes, and the ticket is there without a tap.
        try await stage.sandbox.findsTheNetwork()
        try passenger.jol.catchesUp()
        await until(screen.model) { $0.screen?.paid != nil }
        #expect(screen.shown?.state == "Valid on this bus to the last stop")
        #expect(screen.model.trouble == nil)
        // The inspector's question is answered no more.
        try await screen.passes(45_000, slots: TicketPresenter.answerSlots)
        try inspector.boards("548")
        #expect(try inspector.looks(at: screen.shown?.code).said == "valid")
        #expect(try passenger.jol.payments().count == 1 && passenger.jol.pending().isEmpty)
        #expect(try passenger.jol.spentFrom(source: .phoneBalance).tiyn == 10_000)
        await screen.closes()
    }

    @Test func whatIsDeclinedIsShownToNobodyAnyMore() async throws {
        let stage = try Stage()
        // Its carrier says that there is no money.
        let passenger = try await Passenger.signedUp(stage, "+77010000006")
        let screen = try await passenger.tapsWithoutANetwork()
        #expect(screen.shown?.code != nil)
        try await stage.sandbox.findsTheNetwork()
        try passenger.jol.catchesUp()
        await screen.ends()
        #expect(screen.shown == nil)
        #expect(screen.model.trouble == "Not enough money. Top up or choose another way to pay.")
        let call = try #require(screen.model.calls.first)
        #expect(call.text == "Questions? Call +7 777 000 2505 (day and night).")
        #expect(call.link.absoluteString == "tel:+77770002505")
    }
}

extension Passenger {
    fileprivate func tapsWithoutANetwork() async throws -> Screen {
        try await stage.sandbox.losesTheNetwork()
        let payment = try taps("0548")
        #expect(try jol.drain(deadlineMs: 10_000) > 0)
        #expect(try jol.pending().map(\.payment) == [payment])
        return await Screen.payment(payment, of: self)
    }
}
