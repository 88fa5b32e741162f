import JolCore
import Observation

/// The ticket in the passenger's hand: what is shown, and how long ago it was paid.
///
/// Time comes in, always the core's ticket time (the operator's, not the phone's), in ms since 1970.
/// Views are told only of what changed: a tick within the same minute redraws nothing.
@MainActor
@Observable
public final class TicketModel {
    /// What is shown.
    public private(set) var screen: TicketScreen
    /// Whole minutes since it was paid. The inspector's eye for a ticket bought a moment ago.
    public private(set) var minutesSincePaid: Int
    /// The words around it.
    public let words: TicketWords

    /// A ticket, shown at this moment.
    public init(screen: TicketScreen, words: TicketWords, nowMs: Int64) {
        self.screen = screen
        self.words = words
        minutesSincePaid = Self.minutes(from: screen.paidAtMs, to: nowMs)
    }

    /// The core has news of this ticket: the next code, one more passenger, the end of the ride.
    public func show(_ screen: TicketScreen, nowMs: Int64) {
        if screen != self.screen { self.screen = screen }
        tick(nowMs: nowMs)
    }

    /// Time has passed.
    public func tick(nowMs: Int64) {
        let minutes = Self.minutes(from: screen.paidAtMs, to: nowMs)
        if minutes != minutesSincePaid { minutesSincePaid = minutes }
    }

    /// The code to scan; none once the ride is over.
    public var code: CodeMatrix? {
        if case .valid(let code) = screen.validity { code } else { nil }
    }

    /// Whether the ride is over.
    public var ended: Bool { code == nil }

    /// What was paid, as the passenger reads it: `240 ₸`.
    public var sum: String { sumText(sum: screen.sum) + "\u{a0}₸" }

    /// How long ago that was, in words.
    public var paidAgo: String { words.paidAgo(minutesSincePaid) }

    /// The passengers of each category: `Adult × 2`, or `Adult` alone.
    public var passengers: [String] {
        screen.passengers.map { $0.count == 1 ? $0.category : "\($0.category) × \($0.count)" }
    }

    /// A clock that was corrected backwards makes nothing negative.
    private static func minutes(from paidAtMs: Int64, to nowMs: Int64) -> Int {
        let (passed, overflow) = nowMs.subtractingReportingOverflow(paidAtMs)
        return overflow ? 0 : Int(max(passed, 0) / 60_000)
    }
}
