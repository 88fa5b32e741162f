import Foundation
import JolApp
import JolCore
import Observation
import Testing

/// The ticket's screen says what the core says, and is told of every change and of nothing else.
@MainActor @Suite struct TicketModelTests {
    let paidAt: Int64 = 1_760_000_000_000

    @Test func showsWhatTheCoreSays() throws {
        let model = model(at: paidAt)
        #expect(model.screen == ticket(code: 0))
        #expect(model.code == code(0))
        #expect(!model.ended)
        #expect(model.sum == "240\u{a0}₸")
        #expect(model.passengers == ["Ересек × 2", "Бала"])
        #expect(model.paidAgo == "0 мин")
    }

    @Test(
        arguments: [
            (0, 0), (59_999, 0), (60_000, 1), (40 * 60_000, 40), (-60_000, 0), (.min, 0), (.max, 0),
        ] as [(Int64, Int)])
    func minutesAreWholeAndNeverNegative(passedMs: Int64, minutes: Int) {
        #expect(model(at: paidAt &+ passedMs).minutesSincePaid == minutes)
        let ticking = model(at: paidAt)
        ticking.tick(nowMs: paidAt &+ passedMs)
        #expect(ticking.minutesSincePaid == minutes)
    }

    @Test func aMinuteThatPassesIsSeen() {
        let model = model(at: paidAt)
        #expect(seen({ _ = model.paidAgo }) { model.tick(nowMs: paidAt + 60_000) })
        #expect(model.paidAgo == "1 мин")
        #expect(!seen({ _ = model.paidAgo }) { model.tick(nowMs: paidAt + 119_999) })
    }

    @Test func theNextCodeIsSeen() {
        let model = model(at: paidAt)
        #expect(seen({ _ = model.code }) { model.show(ticket(code: 1), nowMs: paidAt + 15_000) })
        #expect(model.code == code(1))
        #expect(!seen({ _ = model.code }) { model.show(ticket(code: 1), nowMs: paidAt + 16_000) })
    }

    @Test func newsBringTheMinutesUpToDate() {
        let model = model(at: paidAt)
        var later = ticket(code: 1)
        later.paidAtMs += 120_000
        model.show(later, nowMs: paidAt + 300_000)
        #expect(model.minutesSincePaid == 3)
    }

    @Test func aTicketThatEndedHasNoCode() {
        let model = model(at: paidAt)
        var ended = ticket(code: 0)
        ended.validity = .ended
        #expect(seen({ _ = model.ended }) { model.show(ended, nowMs: paidAt + 60_000) })
        #expect(model.ended)
        #expect(model.code == nil)
    }

    @Test func aFreeRideIsATicketToo() {
        var free = ticket(code: 0)
        free.sum = Money(tiyn: 0)
        #expect(TicketModel(screen: free, words: words, nowMs: paidAt).sum == "0\u{a0}₸")
    }

    /// Whether what is read is reported as changed by what is done.
    private func seen(_ read: () -> Void, when act: () -> Void) -> Bool {
        let reported = Reported()
        withObservationTracking(read) { reported.yes() }
        act()
        return reported.value
    }

    private func model(at nowMs: Int64) -> TicketModel {
        TicketModel(screen: ticket(code: 0), words: words, nowMs: nowMs)
    }

    private var words: TicketWords {
        TicketWords(line: "Бағыт", bus: "Автобус", code: "Билет коды") { "\($0) мин" }
    }

    private func ticket(code number: UInt8) -> TicketScreen {
        TicketScreen(
            line: "30Б", bus: "417",
            passengers: [.init(category: "Ересек", count: 2), .init(category: "Бала", count: 1)],
            sum: Money(tiyn: 24_000), until: "Осы автобуста соңғы аялдамаға дейін жарамды", paidAtMs: paidAt,
            validity: .valid(code: code(number)))
    }

    private func code(_ number: UInt8) -> CodeMatrix {
        CodeMatrix(size: 21, modules: Data(repeating: number, count: 441))!
    }
}

/// A flag that a callback from any thread may raise.
private final class Reported: @unchecked Sendable {
    private let lock = NSLock()
    private var raised = false

    func yes() { lock.withLock { raised = true } }
    var value: Bool { lock.withLock { raised } }
}
