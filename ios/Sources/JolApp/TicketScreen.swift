import Foundation
import JolCore

/// One ticket as passenger, driver and inspector see it, in the passenger's language.
///
/// Every word of it is the core's. This file is the only one that knows the core's ticket and code.
public struct TicketScreen: Equatable, Sendable {
    /// The line, as on the front of the bus: `30Б`.
    public var line: String
    /// The number painted on the bus.
    public var bus: String
    /// Both in one sentence, for a screen reader: `Line 30Б · bus 417`.
    public var lineAndBus: String
    /// The passengers of each category: `Adult × 2`, or `Adult` alone.
    public var passengers: [String]
    /// What was paid for all of them: `240 ₸`.
    public var sum: String
    /// How long ago that was. The inspector's eye for a ticket bought a moment ago.
    public var paid: String
    /// Until when or where it is valid, or that it is not any more.
    public var state: String
    /// Whom to show it to.
    public var hint: String
    /// The code to scan now. A ticket that is not valid has none: nobody can show it by mistake.
    public var code: CodeMatrix?

    /// What the core says of a ticket.
    ///
    /// `language` is that of the words which the core's ticket does not hold.
    init(_ ticket: JolCore.TicketView, language: Language, code: CodeMatrix?) {
        line = ticket.line
        bus = ticket.bus
        lineAndBus = words(
            language: language, message: "line-and-bus", fill: ["line": ticket.line, "bus": ticket.bus])
        passengers = ticket.passengers.map {
            $0.count == 1 ? $0.category : "\($0.category) × \($0.count)"
        }
        sum = ticket.sumText
        paid = ticket.paidText
        state = ticket.stateText
        hint = ticket.showText
        self.code = code
    }
}

extension CodeMatrix {
    /// The code as the core drew it.
    init?(_ code: QrCode) {
        self.init(size: Int(code.size), modules: code.modules)
    }
}
