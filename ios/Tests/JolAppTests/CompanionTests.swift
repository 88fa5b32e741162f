import Foundation
import JolApp
import JolCore
import Testing

/// Three ride on one payment; two of them take their ticket along on their own phone.
@MainActor @Suite(.timeLimit(.minutes(2))) struct CompanionTests {
    @Test func aTicketGoesFromScreenToScreenAndBothAreValid() async throws {
        let stage = try Stage()
        let payer = try await Passenger.signedUp(stage)
        let companion = try await Passenger.signedUp(stage, "+77011234568")
        let stranger = try await Passenger.signedUp(stage, "+77011234569")
        let ride = try payer.pays("0548", adults: 3)
        let screen = await Screen.ticket(ride, of: payer)
        let before = try #require(screen.shown?.code)
        #expect(screen.shown?.passengers == ["Adult × 3"])

        // The companion's phone shows who it is; the payer's asks for a ticket for it.
        let receiver = try payer.jol.scans(try companion.jol.receiverCode())
        guard case .receiver(let phone) = receiver.meaning else { throw Wrong("\(receiver)") }
        #expect(throws: JolError.BadInput(field: "passengers")) {
            try payer.jol.sendTicket(ride: ride, receiver: phone, passengers: Passenger.adults(4))
        }
        try await stage.sandbox.losesTheNetwork()
        let key = try payer.jol.sendTicket(ride: ride, receiver: phone, passengers: Passenger.adults(2))
        let waiting = try #require(try payer.jol.sentTickets(ride: ride).first)
        #expect(!waiting.isReady && waiting.text == "Waiting for the operator")
        try await stage.sandbox.findsTheNetwork()
        try payer.jol.catchesUp()
        let sent = try #require(try payer.jol.sentTickets(ride: ride).first)
        #expect(sent.key == key && sent.isReady && sent.text == "Show this code to the other phone")
        #expect(sent.passengers.map(\.count) == [2])
        await until(screen.model) { $0.screen?.passengers == ["Adult"] }

        // From screen to screen, without a network, to this phone and to no other.
        try await stage.sandbox.losesTheNetwork()
        let parcel = try companion.jol.scans(try payer.jol.sentCode(key: key))
        guard case .parcel(let text) = parcel.meaning else { throw Wrong("\(parcel)") }
        #expect(throws: JolError.BadInput(field: "phone")) { try stranger.jol.receiveTicket(text: text) }
        let received = try companion.jol.receiveTicket(text: text)
        #expect(try companion.jol.receiveTicket(text: text) == received, "scanned twice")
        let theirs = await Screen.ticket(received, of: companion)
        #expect(theirs.shown?.bus == "548" && theirs.shown?.passengers == ["Adult × 2"])
        #expect(theirs.shown?.sum == "Paid by a companion")
        #expect(try companion.jol.ticket(ride: received).isReceived)
        #expect(try companion.jol.travelDetails(query: TravelQuery()).entries.isEmpty, "they paid nothing")

        // Each counts its own passengers, and the ticket of before is worth nothing.
        try await stage.sandbox.findsTheNetwork()
        let inspector = try stage.inspector()
        try inspector.refreshes()
        try inspector.boards("548")
        let stays = try inspector.looks(at: screen.shown?.code)
        #expect(stays.said == "valid" && stays.passengers.map(\.count) == [1])
        let went = try inspector.looks(at: theirs.shown?.code)
        #expect(went.said == "valid" && went.passengers.map(\.count) == [2])
        #expect(try inspector.looks(at: theirs.shown?.code).said == "not_valid seen_before")
        #expect(try inspector.looks(at: before).said == "not_valid replaced")
        let answer = try await companion.answers(inspector, on: theirs)
        #expect(try inspector.looks(at: answer).said == "not_valid seen_before")
        await screen.closes()
        await theirs.closes()
    }
}
