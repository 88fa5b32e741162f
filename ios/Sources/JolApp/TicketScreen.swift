import Foundation
import JolCore

/// One ticket as passenger, driver and inspector see it, in the passenger's language; or a payment that is
/// not known yet, which says so.
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
    /// How long ago that was. The inspector's eye for a ticket bought a moment ago. None while nobody knows
    /// whether it was paid.
    public var paid: String?
    /// Until when or where it is valid, or that it is not any more, or that it is not known yet.
    public var state: String
    /// Whom to show it to, or that it is on another phone.
    public var hint: String
    /// That the passenger seems to have left the bus, or to be on another one. It changes nothing.
    public var parted: String?
    /// The bus on which they seem to be instead, by the operator's id: a tap offers to pay there.
    public var instead: String?
    /// It was valid once: it is shown to nobody.
    public var isOver: Bool
    /// The colour and the word of the day, for a driver without a scanner. None where they are not known,
    /// and on a ticket that is not valid.
    public var day: Day?
    /// The code to scan now. A ticket that is not valid has none: nobody can show it by mistake.
    public var code: CodeMatrix?

    /// What the core says of a ticket.
    ///
    /// `language` is that of the words which the core's ticket does not hold.
    init(_ ticket: JolCore.TicketView, language: Language, code: CodeMatrix?, company: CompanyView) {
        (line, bus) = (ticket.line, ticket.bus)
        lineAndBus = Self.sentence(language, ticket.line, ticket.bus)
        passengers = ticket.passengers.map(\.inWords)
        sum = ticket.sumText
        paid = ticket.paidText
        state = ticket.stateText
        hint = ticket.placeText ?? ticket.showText
        (parted, instead) = (company.text, company.instead?.vehicle)
        isOver = !ticket.isValid
        day = ticket.eye.flatMap(Day.init)
        self.code = code
    }

    /// What the core says of a payment that is not known yet. No driver lets anybody ride by it: it has no
    /// colour and no word of the day.
    init(_ pending: PendingView, language: Language, code: CodeMatrix?) {
        (line, bus) = (pending.line, pending.bus)
        lineAndBus = Self.sentence(language, pending.line, pending.bus)
        passengers = pending.passengers.map(\.inWords)
        sum = pending.sumText
        state = words(language: language, message: "not-known-yet", fill: [:])
        hint = pending.showText
        isOver = false
        self.code = code
    }

    private static func sentence(_ language: Language, _ line: String, _ bus: String) -> String {
        words(language: language, message: "line-and-bus", fill: ["line": line, "bus": bus])
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

extension PassengerWords {
    fileprivate var inWords: String { count == 1 ? category : "\(category) × \(count)" }
}

extension Call {
    /// A line of the operator's.
    init?(_ call: SupportCall) {
        guard let link = URL(string: call.link) else { return nil }
        self.init(text: call.text, link: link)
    }
}

extension CodeMatrix {
    /// The code as the core drew it.
    init?(_ code: QrCode) {
        self.init(size: Int(code.size), modules: code.modules)
    }
}
