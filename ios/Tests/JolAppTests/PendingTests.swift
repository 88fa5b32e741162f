import Foundation
import JolApp
import JolCore
import Observation
import Testing

/// A payment that is not known yet is on the screen as it is, until it is a ticket or none.
@MainActor @Suite(.timeLimit(.minutes(1))) struct PendingTests {
    let jol = ScriptedJol()
    let slots = Slots()

    @Test func showsTheCoresWordsAndTheSignedCodeAndNothingOfAValidTicket() async throws {
        let (presenter, running) = await presenting()
        let screen = try #require(presenter.model.screen)
        #expect(screen.line == "30Б" && screen.bus == "417")
        #expect(screen.lineAndBus == "Line 30Б · bus 417")
        #expect(screen.passengers == ["Adult × 2"] && screen.sum == "240 ₸")
        #expect(screen.hint == "Show that it was sent at 08:00")
        #expect(screen.state == words(language: .en, message: "not-known-yet", fill: [:]))
        #expect(screen.paid == nil && screen.day == nil && !screen.isOver)
        #expect(screen.code == ScriptedJol.code(paymentIn: 7))
        await change(of: presenter.model) {
            jol.slot = 8
            slots.pass()
        }
        #expect(presenter.model.screen?.code == ScriptedJol.code(paymentIn: 8))
        #expect(jol.presented.map(\.payment) == ["p1", "p1"])
        #expect(jol.presented.map(\.signature) == [intent(Data([7, 99])), intent(Data([8, 99]))])
        running.cancel()
        await running.value
    }

    nonisolated private static let back = Refund(
        key: "w1", sum: Money(tiyn: 10_000), to: .phoneBalance, atMs: 0, byMs: 0)

    @Test(arguments: [
        PaymentState.paid(ride: "r1"), .alreadyPaid(ride: "r1"), .refunded(ride: "r1", refund: back),
    ])
    func aPaymentThatIsKnownIsItsTicket(state: PaymentState) async throws {
        let (presenter, running) = await presenting()
        await change(of: presenter.model) { jol.change { $0.payment = state } }
        #expect(presenter.model.screen?.state == "Valid")
        #expect(presenter.model.screen?.paid == "Paid 0 min ago" && presenter.model.screen?.day != nil)
        #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 7))
        // It is a ticket like any other now.
        await change(of: presenter.model) { jol.change { $0.valid = false } }
        #expect(presenter.model.screen?.isOver == true && presenter.model.screen?.code == nil)
        running.cancel()
        await running.value
    }

    @Test func aDeclinedPaymentEndsAndSaysWhyAndWhomToCall() async throws {
        let (presenter, running) = await presenting()
        #expect(presenter.model.calls.isEmpty)
        jol.change { $0.payment = .declined(reason: .noMoney, tryAgainMs: nil, service: nil) }
        await running.value
        #expect(presenter.model.screen == nil)
        let why = declineText(reason: .noMoney, tryAgain: nil, service: nil, language: .en)
        #expect(presenter.model.trouble == why)
        #expect(presenter.model.calls.map(\.text) == ["Call 1420 (day and night)"])
        #expect(presenter.model.calls.map(\.link) == [URL(string: "tel:1420")])
    }

    @Test func anAnswerThatComesWhileTheKeySignsShowsTheTicketAndNoTrouble() async throws {
        let key = SlowKey()
        let presenter = presenter(key: key)
        let troubles = Flag()
        withObservationTracking {
            _ = presenter.model.trouble
        } onChange: {
            troubles.raise()
        }
        let running = Task { await presenter.run() }
        await key.asked()
        jol.change { $0.payment = .paid(ride: "r1") }
        key.answer()
        await key.asked()
        key.answer()
        await until(presenter.model) { $0.screen?.state == "Valid" }
        #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 7))
        #expect(!troubles.isUp)
        running.cancel()
        key.answer()
        await running.value
    }

    @Test func whatTheKeyDoesNotSignHasWordsAndNoCode() async throws {
        let (presenter, running) = await presenting(key: BrokenKey())
        #expect(presenter.model.screen?.bus == "417" && presenter.model.screen?.isOver == false)
        #expect(presenter.model.screen?.code == nil && presenter.model.trouble == nil)
        #expect(jol.presented.isEmpty)
        running.cancel()
        await running.value
    }

    @Test func aPhoneThatHasNoKeyShowsTheWordsAllTheSame() async throws {
        jol.change { $0.hasKey = false }
        let (presenter, running) = await presenting()
        #expect(presenter.model.screen?.bus == "417" && presenter.model.screen?.code == nil)
        #expect(presenter.model.trouble == nil)
        running.cancel()
        await running.value
    }

    /// The payment answers, and so does its ticket if it comes meanwhile.
    @Test func anInspectorsChallengeIsAnsweredToo() async throws {
        let challenge = Data([50, 1, 2, 3, 4, 5, 6, 7])
        let (presenter, running) = await presenting()
        await change(of: presenter.model) { presenter.answer(challenge) }
        #expect(presenter.model.screen?.code == ScriptedJol.code(150))
        await change(of: presenter.model) { jol.change { $0.payment = .paid(ride: "r1") } }
        #expect(presenter.model.screen?.code == ScriptedJol.code(50))
        #expect(jol.presented.suffix(2).map(\.challenge) == [challenge, challenge])
        #expect(jol.presented.suffix(2).map(\.signature) == [intent(challenge + [99]), challenge + [99]])
        running.cancel()
        await running.value
    }

    private func intent(_ signed: Data) -> Data { Data("intent".utf8) + signed }

    private func presenter(key: any PhoneKey) -> TicketPresenter {
        TicketPresenter(payment: "p1", jol: jol, key: key) { [slots] in try await slots.next() }
    }

    /// A payment that is on the screen.
    private func presenting(
        key: any PhoneKey = ScriptedKey()
    ) async -> (TicketPresenter, running: Task<Void, Never>) {
        let presenter = presenter(key: key)
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        return (presenter, running)
    }
}
