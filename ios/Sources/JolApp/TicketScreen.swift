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
    /// Whom to show it to, or that it is on another phone.
    public var hint: String
    /// The colour and the word of the day, for a driver without a scanner. None where they are not known,
    /// and on a ticket that is not valid.
    public var day: Day?
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
        hint = ticket.placeText ?? ticket.showText
        day = ticket.eye.flatMap(Day.init)
        self.code = code
    }

    /// A word and the two colours in which it is drawn.
    public struct Day: Equatable, Sendable {
        /// The same in every language.
        public var word: String
        /// The band.
        public var colour: Tint
        /// What is written on it.
        public var ink: Tint

        init?(_ eye: EyeView) {
            guard let colour = Tint(eye.colour), let ink = Tint(eye.ink) else { return nil }
            word = eye.word
            self.colour = colour
            self.ink = ink
        }
    }
}

/// A colour in sRGB; each part from 0 to 1.
public struct Tint: Equatable, Sendable {
    /// How much red.
    public var red: Double
    /// How much green.
    public var green: Double
    /// How much blue.
    public var blue: Double

    /// The colour that `#rrggbb` names.
    public init?(_ text: String) {
        let digits = text.dropFirst()
        guard text.first == "#", digits.count == 6, digits.allSatisfy(\.isHexDigit),
            let value = UInt32(digits, radix: 16)
        else { return nil }
        func part(_ shift: UInt32) -> Double { Double((value >> shift) & 0xFF) / 255 }
        (red, green, blue) = (part(16), part(8), part(0))
    }
}

extension CodeMatrix {
    /// The code as the core drew it.
    init?(_ code: QrCode) {
        self.init(size: Int(code.size), modules: code.modules)
    }
}
