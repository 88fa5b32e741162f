import Foundation
import JolApp
import JolCore
import Testing

/// A ride is paid by a text message, without a network; what the app reads in a text proves nothing.
@MainActor @Suite(.timeLimit(.minutes(2))) struct MessageTests {
    @Test func aMessagePaysAndItsRideIsATicketWhenTheOperatorSaysSo() async throws {
        let stage = try Stage()
        let aru = try await Passenger.signedUp(stage)
        try await stage.sandbox.losesTheNetwork()
        let message = try aru.jol.message(vehicle: "0548", way: .sms, passengers: Passenger.adults(1))
        #expect(message.to == "9505" && message.text == "548" && message.warning == nil)
        #expect(try aru.jol.smsRule()?.number == message.to)
        try aru.jol.messageOpened(message: message)
        #expect(try aru.jol.messages().map(\.standing) == [.notKnown])
        #expect(try aru.quotes("0548").byMessage == message.id)

        #expect(try aru.jol.takeMessage(text: "Hello").map(\.reads) == [.notTheOperators])
        let answer = try await stage.sandbox.sms(message.text, from: aru.number)
        let read = try #require(try aru.jol.takeMessage(text: answer).first)
        #expect(read.reads == .paid && read.message == message.id && read.number != nil)
        #expect(try aru.jol.messages().map(\.standing) == [.saysPaid])
        #expect(try aru.jol.tickets().isEmpty, "no ticket by an answer")

        try await stage.sandbox.findsTheNetwork()
        try aru.jol.catchesUp()
        let ticket = try #require(try aru.jol.tickets().first)
        #expect(try aru.jol.messages().map(\.standing) == [.paid(ride: ticket.ride)])
        #expect(try aru.quotes("0548").paidBy != nil && ticket.isValid)
        #expect(throws: JolError.NotFound(what: "message")) {
            try aru.jol.messageNotSent(message: message.id)
        }
    }

    @Test func whatWasNotSentIsTakenBackAndAMessengerIsOpenedByItsLink() async throws {
        let stage = try Stage()
        let aru = try await Passenger.signedUp(stage)
        let message = try aru.jol.message(vehicle: "0548", way: .messenger, passengers: Passenger.adults(2))
        #expect(message.link == "https://t.me/jol_sample_bot?text=548%20%2A2")
        #expect(try aru.jol.messengerRule()?.apps == message.apps)
        try aru.jol.messageOpened(message: message)
        #expect(try aru.quotes("0548").warning != nil)
        try aru.jol.messageNotSent(message: message.id)
        #expect(try aru.quotes("0548").warning == nil)
        #expect(try aru.jol.messages().isEmpty)
    }
}

extension Passenger {
    fileprivate func quotes(_ vehicle: String) throws -> Quote {
        try jol.quote(
            vehicle: vehicle, way: .app, source: .phoneBalance, passengers: Self.adults(1), oneMore: false)
    }
}
