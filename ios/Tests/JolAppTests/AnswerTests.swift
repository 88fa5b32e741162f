import Foundation
import JolApp
import JolCore
import Testing

/// An inspector's challenge is answered on the ticket's screen, and the ticket goes on.
@MainActor @Suite(.timeLimit(.minutes(1))) struct AnswerTests {
    let jol = ScriptedJol()
    let slots = Slots()
    let challenge = Data([50, 1, 2, 3, 4, 5, 6, 7])
    let another = Data([60, 1, 2, 3, 4, 5, 6, 7])

    @Test func theAnswerStandsForTwoSlotsMoreIsSignedOnceAndTheTicketGoesOn() async throws {
        try await presenting { presenter in
            await change(of: presenter.model) { presenter.answer(challenge) }
            #expect(presenter.model.screen?.code == ScriptedJol.code(50))
            // The core's news change the rest of the screen.
            await change(of: presenter.model) { jol.change { $0.placeText = "On another phone" } }
            #expect(presenter.model.screen?.code == ScriptedJol.code(50))
            // It came late in a slot, whose end does not take it away.
            for slot: UInt32 in [8, 9] {
                await change(of: presenter.model) { pass(slot: slot, paid: "Paid \(slot) min ago") }
                #expect(presenter.model.screen?.code == ScriptedJol.code(50))
            }
            await change(of: presenter.model) { pass(slot: 10, paid: "Paid 10 min ago") }
            #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 10))
        }
        #expect(
            jol.presented == [
                .init(slot: 7, signature: Data([7, 99])),
                .init(slot: 7, challenge: challenge, signature: challenge + [99]),
                .init(slot: 10, signature: Data([10, 99])),
            ])
    }

    @Test func theChallengeThatWasScannedLastIsAnswered() async throws {
        try await presenting { presenter in
            await change(of: presenter.model) { presenter.answer(challenge) }
            await change(of: presenter.model) { pass(slot: 8, paid: "Paid 1 min ago") }
            await change(of: presenter.model) { presenter.answer(another) }
            #expect(presenter.model.screen?.code == ScriptedJol.code(60))
            // For as long as the first one.
            for slot: UInt32 in [9, 10] {
                await change(of: presenter.model) { pass(slot: slot, paid: "Paid \(slot) min ago") }
                #expect(presenter.model.screen?.code == ScriptedJol.code(60))
            }
            await change(of: presenter.model) { pass(slot: 11, paid: "Paid 11 min ago") }
            #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 11))
        }
    }

    @Test func whatIsScannedBeforeThePageIsThereIsAnsweredOnItAndNotWhenItComesBack() async throws {
        let presenter = presenter()
        presenter.answer(challenge)
        for code in [ScriptedJol.code(50), ScriptedJol.code(slot: 7)] {
            let page = Task { await presenter.run() }
            await change(of: presenter.model) {}
            #expect(presenter.model.screen?.code == code)
            page.cancel()
            await page.value
        }
    }

    @Test func whatIsNoChallengeIsToldAndTheTicketGoesOn() async throws {
        try await presenting { presenter in
            await change(of: presenter.model) { presenter.answer(Data([50])) }
            #expect(presenter.model.trouble == errorText(error: .BadInput(field: "code"), language: .en))
            #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 7))
            await until(presenter.model, when: { pass(slot: 8) }) { $0.trouble == nil }
            #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 8))
        }
    }

    @Test func aTicketThatEndedAnswersNobody() async throws {
        try await presenting { presenter in
            await change(of: presenter.model) { jol.change { $0.valid = false } }
            await change(of: presenter.model) {
                jol.paidText = "Paid 1 min ago"
                presenter.answer(challenge)
            }
            #expect(presenter.model.screen?.code == nil)
        }
        #expect(jol.presented.count == 1)
    }

    /// It answers nothing then: the inspector reads "device not proven".
    @Test func withoutAUsableKeyTheTicketShowsUnsigned() async throws {
        let presenter = presenter(key: BrokenKey())
        presenter.answer(challenge)
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        running.cancel()
        await running.value
        #expect(jol.presented == [.init(slot: 7, challenge: challenge, signature: nil)])
    }

    /// The slot passes, and by then the core says something else of it.
    private func pass(slot: UInt32, paid: String? = nil) {
        jol.slot = slot
        if let paid { jol.paidText = paid }
        slots.pass()
    }

    private func presenter(key: any PhoneKey = ScriptedKey()) -> TicketPresenter {
        TicketPresenter(ride: "r1", jol: jol, key: key) { [slots] in try await slots.next() }
    }

    /// While a ticket is on the screen, with the first slot's code.
    private func presenting(_ act: (TicketPresenter) async throws -> Void) async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        try await act(presenter)
        running.cancel()
        await running.value
    }
}
