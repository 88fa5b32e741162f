import Foundation
import JolApp
import JolCore
import Testing

/// The tap that opens a message in another app, and the answer that is pasted afterwards.
@MainActor @Suite(.timeLimit(.minutes(2))) struct OpenedMessageTests {
    @Test func anSMSOpensWithNumberAndTextAndItsRideIsNotKnownFromThenOn() async throws {
        let stage = try Stage()
        let aru = try await Passenger.signedUp(stage)
        try await stage.sandbox.losesTheNetwork()
        let message = try aru.composes(.sms)
        #expect(try aru.jol.messages().isEmpty, "nothing before the tap")
        let phone = OtherApps(aru.jol)
        #expect(try await phone.messages.open(message) == .now)
        #expect(phone.opened.map(\.url.absoluteString) == ["sms:9505&body=548%20%2A2"])
        #expect(phone.opened.map(\.onlyInItsApp) == [false])
        #expect(phone.knownThen == [1], "remembered before the other app is in front")
        #expect(try aru.jol.messages().map(\.message) == [message.id])
        #expect(try aru.jol.messages().map(\.standing) == [.notKnown])
        #expect(try aru.composes(.sms).byMessage == message.id)

        // Whatever stands in a text, it is sent as it stands.
        let hard = message.but(text: "548 2+1 &body=#? ЖОЛ %41")
        let url = try #require(Messages.Opening(hard)?.url.absoluteString)
        #expect(url.hasPrefix("sms:9505&body=") && !url.dropFirst(14).contains(/[+&#? =]/))
        #expect(String(url.dropFirst(14)).removingPercentEncoding == hard.text)
    }

    @Test func aSecondTapOpensNothing() async throws {
        let aru = try await Passenger.signedUp(Stage())
        let message = try aru.composes(.sms)
        let phone = OtherApps(aru.jol)
        async let one = phone.messages.open(message)
        async let other = phone.messages.open(message)
        let both = try await [one, other]
        #expect(both.contains(.now) && both.contains(.before))
        #expect(try await phone.messages.open(message) == .before)
        #expect(phone.opened.count == 1)
        #expect(try aru.jol.messages().count == 1)

        // It was taken back: opened again it would be sent and not be known.
        try aru.jol.messageNotSent(message: message.id)
        #expect(try await phone.messages.open(message) == .before)
        #expect(phone.opened.count == 1)
        let anew = try aru.composes(.sms)
        #expect(try await phone.messages.open(anew) == .now)
        #expect(try aru.jol.messages().map(\.message) == [anew.id])
    }

    @Test func whatTheWalletDoesNotRememberIsNotOpenedAndATapLaterIs() async throws {
        let aru = try await Passenger.signedUp(Stage())
        let message = try aru.composes(.sms)
        let jol = ForgetfulJol()
        let phone = OtherApps(jol)
        await #expect(throws: JolError.Storage(what: "full")) { try await phone.messages.open(message) }
        #expect(phone.opened.isEmpty)
        jol.remembers.with { $0 = true }
        #expect(try await phone.messages.open(message) == .now)
    }

    @Test func aMessengerOpensByItsLinkInItsAppOrNotAtAll() async throws {
        let aru = try await Passenger.signedUp(Stage())
        let message = try aru.composes(.messenger)
        #expect(!message.apps.isEmpty)
        let phone = OtherApps(aru.jol)
        phone.areThere = false
        #expect(try await phone.messages.open(message) == .nowhere)
        #expect(phone.opened.map(\.url.absoluteString) == [message.link])
        #expect(phone.opened.map(\.onlyInItsApp) == [true], "no browser")
        #expect(try aru.jol.messages().isEmpty, "the ride is as before")
        #expect(try aru.composes(.messenger).warning == nil)

        phone.areThere = true
        let another = try aru.composes(.messenger)
        #expect(try await phone.messages.open(another) == .now)
        #expect(try aru.jol.messages().map(\.standing) == [.notKnown])
        #expect(Messages.Opening(another.but(apps: []))?.onlyInItsApp == false, "where the city names no app")
    }

    @Test func anAnswerThatIsPastedIsShownAndKeptAndAnyOtherTextIsNoneOfTheOperators() async throws {
        let stage = try Stage()
        let aru = try await Passenger.signedUp(stage)
        let message = try aru.composes(.sms)
        try await stage.sandbox.losesTheNetwork()
        let phone = OtherApps(aru.jol)
        #expect(try await phone.messages.open(message) == .now)
        let answer = try await stage.sandbox.sms(message.text, from: aru.number)
        let model = ReplyModel(jol: aru.jol)
        #expect(model.replies.isEmpty && model.trouble == nil)
        for other in [["Hello"], []] {
            await model.paste(other)
            let none = try #require(model.replies.first)
            #expect(none.says == "This is none of the operator’s answers." && model.replies.count == 1)
            #expect(none.next == "Trust no such text: only the operator’s word counts.")
            #expect(none.number == nil && none.senders == nil)
        }
        #expect(try aru.jol.messages().map(\.standing) == [.notKnown], "nothing is kept")

        await model.paste([answer])
        let read = try #require(model.replies.first)
        #expect(read.says == "The answer says: paid. Not proven until the operator confirms it.")
        let number = try #require(read.number)
        #expect(read.next == "Number for the inspector: \(number)")
        #expect(read.senders == "Genuine answers come from: 9505")
        #expect(try aru.jol.messages().map(\.standing) == [.saysPaid])
        #expect(try aru.jol.messages().map(\.number) == [number])
        #expect(try aru.jol.tickets().isEmpty, "no ticket by an answer")
        await model.paste([answer, "Hello", answer.replacing(number, with: "40817")])
        #expect(model.replies.map(\.number) == [number, "40817"], "one card each")
    }

    @Test func aWalletThatCannotReadSaysSoInWords() async throws {
        let jol = ForgetfulJol()
        let model = ReplyModel(jol: jol)
        jol.remembers.with { $0 = true }
        await model.paste(["anything"])
        #expect(model.replies.map(\.says) == ["Read"])
        jol.remembers.with { $0 = false }
        await model.paste(["anything"])
        #expect(model.replies.isEmpty)
        #expect(model.trouble == errorText(error: .Storage(what: "full"), language: .en))
        jol.remembers.with { $0 = true }
        await model.paste(["anything"])
        #expect(model.trouble == nil && model.replies.count == 1)
    }
}

/// The phone's other apps, as iOS opens them, and how many messages the core knew then.
@MainActor private final class OtherApps {
    var areThere = true
    private(set) var opened: [Messages.Opening] = []
    private(set) var knownThen: [Int] = []
    private let jol: any JolProtocol

    init(_ jol: any JolProtocol) { self.jol = jol }

    private(set) lazy var messages = Messages(jol: jol) { [unowned self] opening in
        opened.append(opening)
        knownThen.append((try? jol.messages().count) ?? -1)
        return areThere
    }
}

/// A core whose wallet is full, until it is not.
private final class ForgetfulJol: Jol, @unchecked Sendable {
    let remembers = Locked(false)

    convenience init() { self.init(noHandle: NoHandle()) }

    private func orFull() throws {
        guard remembers.value else { throw JolError.Storage(what: "full") }
    }

    override func language() -> Language { .en }
    override func messageOpened(message: OutgoingMessage) throws { try orFull() }
    override func messages() throws -> [MessageView] { [] }
    override func takeMessage(text: String) throws -> [ReplyView] {
        try orFull()
        return [
            ReplyView(reads: .cutOff, message: nil, says: "Read", next: nil, number: nil, senders: nil)
        ]
    }
}

extension Passenger {
    fileprivate func composes(_ way: Way) throws -> OutgoingMessage {
        try jol.message(vehicle: "0548", way: way, passengers: Self.adults(2))
    }
}

extension OutgoingMessage {
    fileprivate func but(text: String? = nil, apps: [String]? = nil) -> OutgoingMessage {
        OutgoingMessage(
            id: id, way: way, vehicle: vehicle, passengers: passengers, fare: fare, to: to,
            text: text ?? self.text, link: link, apps: apps ?? self.apps, paidBy: paidBy,
            byMessage: byMessage, warning: warning)
    }
}
