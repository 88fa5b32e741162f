import JolCore

/// One ticket as passenger, driver and inspector see it. All of it comes from the core.
public struct TicketScreen: Equatable, Sendable {
    /// The line, as on the front of the bus: `30Б`.
    public var line: String
    /// The number painted on the bus.
    public var bus: String
    /// Who rides on it.
    public var passengers: [Passengers]
    /// What was paid for all of them; a free ride costs 0.
    public var sum: Money
    /// Until when or where it is valid, or since when it is not, in words.
    public var until: String
    /// When it was paid, in the operator's time, ms since 1970.
    public var paidAtMs: Int64
    /// Whether it can still be shown to an inspector.
    public var validity: Validity

    /// The passengers of one category.
    public struct Passengers: Equatable, Sendable {
        /// The category in words: `Adult`.
        public var category: String
        /// How many of them.
        public var count: Int

        /// So many passengers of a category.
        public init(category: String, count: Int) {
            self.category = category
            self.count = count
        }
    }

    /// A ticket that has ended has no code: nobody can show it by mistake.
    public enum Validity: Equatable, Sendable {
        /// The code that the inspector scans now; the core draws another every 15 seconds.
        case valid(code: CodeMatrix)
        /// The ride is over.
        case ended
    }

    /// A ticket's screen.
    public init(
        line: String, bus: String, passengers: [Passengers], sum: Money, until: String, paidAtMs: Int64,
        validity: Validity
    ) {
        self.line = line
        self.bus = bus
        self.passengers = passengers
        self.sum = sum
        self.until = until
        self.paidAtMs = paidAtMs
        self.validity = validity
    }
}

/// The words around a ticket in the passenger's language, out of the core's catalogue.
public struct TicketWords: Sendable {
    /// What a screen reader says before the line: `Line`.
    public var line: String
    /// What a screen reader says before the number of the bus: `Bus`.
    public var bus: String
    /// What the code is, for a screen reader.
    public var code: String
    /// How long ago it was paid, from whole minutes: `Paid 7 min ago`.
    public var paidAgo: @Sendable (_ minutes: Int) -> String

    /// The words around a ticket.
    public init(
        line: String, bus: String, code: String, paidAgo: @escaping @Sendable (_ minutes: Int) -> String
    ) {
        self.line = line
        self.bus = bus
        self.code = code
        self.paidAgo = paidAgo
    }
}
