import Foundation
import Observation

/// The ticket in the passenger's hand, as a view observes it.
///
/// Views are told only of what changed: the same ticket shown again redraws nothing.
@MainActor
@Observable
public final class TicketModel {
    /// What is shown; none until the core was asked, and once there is nothing to show.
    public private(set) var screen: TicketScreen?
    /// Why what is shown could not be brought up to date, or why there is nothing to show, in words.
    public private(set) var trouble: String?
    /// Whom to call where a payment was declined.
    public private(set) var calls: [Call] = []

    /// A ticket of which nothing is known yet.
    public init() {}

    /// The core's word: the next code, one more passenger, the end of the ride.
    public func show(_ screen: TicketScreen) {
        if screen != self.screen { self.screen = screen }
        if trouble != nil { trouble = nil }
        if !calls.isEmpty { calls = [] }
    }

    /// The core could not tell. What is shown stays: an inspector judges it by its code.
    public func show(trouble: String) {
        if trouble != self.trouble { self.trouble = trouble }
    }

    /// There is no ticket, and this is why, and whom to call about it. Nobody shows by mistake what led to none.
    public func end(_ why: String, calls: [Call]) {
        if calls != self.calls { self.calls = calls }
        show(trouble: why)
        if screen != nil { screen = nil }
    }
}

/// Somebody to call, as the passenger reads it, and what a tap on it opens.
public struct Call: Equatable, Hashable, Sendable {
    /// The number, and when somebody answers.
    public var text: String
    /// The phone's dialler with that number.
    public var link: URL
}
