import Foundation
import JolApp
import JolCore
import Observation
import Observation
import Testing

/// The ticket on the screen is what the core says now, and a view is told of every change of it.
@MainActor @Suite(.timeLimit(.minutes(1))) struct TicketPresenterTests {
    let jol = ScriptedJol()
    let slots = Slots()

    @Test func showsTheCoresWordsAndTheSignedCode() async throws {
        let presenter = presenter()
        #expect(presenter.model.screen == nil)
        let screen = try await first(of: presenter)
        #expect(screen.line == "30Б" && screen.bus == "417")
        #expect(screen.lineAndBus == "Line 30Б · bus 417")
        #expect(screen.passengers == ["Adult × 2", "Child"])
        #expect(screen.sum == "240 ₸" && screen.paid == "Paid 0 min ago")
        #expect(screen.state == "Valid" && screen.hint == "Show it")
        #expect(screen.code == ScriptedJol.code(slot: 7))
        #expect(jol.presented == [.init(slot: 7, signature: Data([7, 99]))])
    }

    @Test func theNextSlotHasItsOwnCode() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        await change(of: presenter.model) {
            jol.slot = 8
            slots.pass()
        }
        #expect(presenter.model.screen?.code == ScriptedJol.code(slot: 8))
        running.cancel()
        await running.value
    }

    @Test func whatTheCoreLearnsIsSeenAtOnceAndAnEndedTicketIsNotSigned() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        await change(of: presenter.model) { jol.change { $0.valid = false } }
        #expect(presenter.model.screen?.code == nil)
        #expect(presenter.model.screen?.state == "Ended")
        #expect(jol.presented.count == 1)
        running.cancel()
        await running.value
    }

    @Test func whoHasLeftTheBusReadsItAndTapsOnTheOtherOne() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        let before = try #require(presenter.model.screen)
        #expect(before.parted == nil && before.instead == nil, "nothing to say")
        let bus = Candidate(
            vehicle: "0612", label: "612", line: "12", trip: nil, metres: 8, heard: false)
        await change(of: presenter.model) {
            jol.change { $0.company = CompanyView(company: .parted, text: "On bus 612?", instead: bus) }
        }
        let screen = try #require(presenter.model.screen)
        #expect(screen.parted == "On bus 612?" && screen.instead == "0612")
        #expect(screen.code == before.code && !screen.isOver, "the ticket stays as it was")
        running.cancel()
        await running.value
    }

    @Test func aTicketThatIsOnAnotherPhoneSaysSo() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        await change(of: presenter.model) { jol.change { $0.placeText = "On another phone" } }
        #expect(presenter.model.screen?.hint == "On another phone")
        running.cancel()
        await running.value
    }

    @Test func theColourAndWordOfTheDayStandOnAValidTicketOnly() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        let day = try #require(presenter.model.screen?.day)
        #expect(day.word == "ҚЫРАН")
        #expect(day.colour == Tint("#ffc000") && day.ink == Tint("#000000"))
        #expect(day.colour.red == 1 && day.colour.blue == 0 && abs(day.colour.green - 0.753) < 0.001)
        await change(of: presenter.model) { jol.change { $0.valid = false } }
        #expect(presenter.model.screen?.day == nil)
        running.cancel()
        await running.value
    }

    @Test func withoutAWordOfTheDayTheTicketIsAsItWas() async throws {
        jol.change { $0.eye = nil }
        let screen = try await first(of: presenter())
        #expect(screen.day == nil && screen.code == ScriptedJol.code(slot: 7))
    }

    @Test(arguments: ["", "#", "ffc000", "#ffc00", "#ffc0000", "#ggc000", "#+fc000"])
    func whatIsNoColourIsNone(text: String) {
        #expect(Tint(text) == nil)
    }

    @Test func theSameTicketAgainRedrawsNothing() async throws {
        let presenter = presenter()
        let screen = try await first(of: presenter)
        #expect(!tells(presenter.model) { presenter.model.show(screen) })
        var later = screen
        later.paid = "Paid 1 min ago"
        #expect(tells(presenter.model) { presenter.model.show(later) })
    }

    @Test func withoutAUsableKeyTheTicketShowsUnsigned() async throws {
        let code = try await first(of: presenter(key: BrokenKey())).code
        #expect(code == ScriptedJol.code(slot: 7))
        #expect(jol.presented == [.init(slot: 7, signature: nil)])
    }

    @Test func aTicketForAnotherKeyShowsUnsigned() async throws {
        jol.takesSignatures = false
        let code = try await first(of: presenter()).code
        #expect(code == ScriptedJol.code(slot: 7))
        #expect(jol.presented == [.init(slot: 7, signature: nil)])
    }

    @Test func troubleIsToldAndTheTicketStays() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        let shown = presenter.model.screen
        await change(of: presenter.model) { jol.change { $0.failure = .NotFound(what: "ticket") } }
        #expect(presenter.model.trouble == errorText(error: .NotFound(what: "ticket"), language: .en))
        #expect(presenter.model.screen == shown)
        await change(of: presenter.model) { jol.change { $0.failure = nil } }
        #expect(presenter.model.trouble == nil)
        running.cancel()
        await running.value
    }

    /// The first slot's look takes long; what came meanwhile is looked at after it, and wins.
    @Test func aSlowKeyNeverHidesALaterWord() async throws {
        let key = SlowKey()
        let presenter = presenter(key: key)
        let running = Task { await presenter.run() }
        await key.asked()
        jol.change { $0.valid = false }
        key.answer()
        await until(presenter.model) { $0.screen?.state == "Ended" }
        #expect(presenter.model.screen?.code == nil)
        running.cancel()
        key.answer()
        await running.value
    }

    @Test func aPageThatGoesWhileTheKeySignsShowsNothing() async throws {
        let key = SlowKey()
        let presenter = presenter(key: key)
        let running = Task { await presenter.run() }
        await key.asked()
        running.cancel()
        key.answer()
        await running.value
        #expect(presenter.model.screen == nil && presenter.model.trouble == nil)
    }

    @Test func presentingEndsWhenTheWalletIsShut() async throws {
        let presenter = presenter()
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        jol.shut()
        await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            running.cancel()
        }
        #expect(!running.isCancelled)
    }

    private func presenter(key: any PhoneKey = ScriptedKey()) -> TicketPresenter {
        TicketPresenter(ride: "r1", jol: jol, key: key) { [slots] in try await slots.next() }
    }

    /// What the first look shows.
    private func first(of presenter: TicketPresenter) async throws -> TicketScreen {
        let running = Task { await presenter.run() }
        await change(of: presenter.model) {}
        running.cancel()
        await running.value
        return try #require(presenter.model.screen)
    }

    private func tells(_ model: TicketModel, when act: () -> Void) -> Bool {
        let told = Flag()
        withObservationTracking {
            _ = (model.screen, model.trouble)
        } onChange: {
            told.raise()
        }
        act()
        return told.isUp
    }
}
