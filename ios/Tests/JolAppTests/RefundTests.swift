import Foundation
import JolApp
import JolCore
import Testing

/// A ride is given back, or put on the right bus.
@MainActor @Suite(.timeLimit(.minutes(2))) struct RefundTests {
    @Test func aRideIsGivenBackOnceAndItsTicketIsShownNoMore() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        let ride = try passenger.pays("0547")
        #expect(try jol.changeable(ride: ride).refundLeftS == 300)

        try await stage.sandbox.losesTheNetwork()
        let wish = try jol.refund(ride: ride)
        #expect(try jol.refund(ride: ride) == wish, "the same wish")
        #expect(try jol.rideChange(key: wish).state == .asked)
        #expect(throws: JolError.BadInput(field: "ride")) { try jol.toSign(ride: ride, challenge: nil) }
        #expect(try !jol.ticket(ride: ride).isValid)
        try await stage.sandbox.findsTheNetwork()
        try jol.catchesUp()

        guard case .refunded(let refund) = try jol.rideChange(key: wish).state else {
            throw Wrong("\(try jol.rideChange(key: wish))")
        }
        #expect(refund.sum.tiyn == 10_000 && refund.to == .phoneBalance && refund.byMs > refund.atMs)
        #expect(try jol.rideChangeText(key: wish) == jol.refundText(refund: refund))
        #expect(try jol.rideChangeText(key: wish).contains("100 ₸"))
        #expect(try jol.ticket(ride: ride).state == .refunded)
        #expect(try jol.spentFrom(source: .phoneBalance).tiyn == 0)
        let screen = await Screen.ticket(ride, of: passenger)
        #expect(screen.shown?.code == nil)
        await screen.closes()
    }

    @Test func whatBringsNoTicketComesBackAndTheScreenSaysWhereAndByWhen() async throws {
        let stage = try Stage()
        // A carrier that takes its time; when it has taken the money, no ticket can be signed.
        let passenger = try await Passenger.signedUp(stage, "+77010000007")
        let jol = passenger.jol
        let key = try passenger.taps("0547")
        #expect(try jol.drain(deadlineMs: 10_000) > 0, "not known yet")
        try await stage.sandbox.signsTickets(false)
        try await stage.passes(21_000)
        try jol.networkChanged()
        try jol.drains()
        guard case .refunded(nil, let refund) = try jol.payment(key: key).state else {
            throw Wrong("\(try jol.payment(key: key))")
        }
        let screen = await Screen.payment(key, of: passenger)
        await screen.ends()
        let text = try jol.refundText(refund: refund)
        #expect(text.contains("100 ₸") && screen.model.trouble?.hasSuffix(text) == true)
        #expect(try jol.spentFrom(source: .phoneBalance).tiyn == 0)
    }

    @Test func aTicketIsPutOnTheRightBusOnce() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        let ride = try passenger.pays("0547")
        let line = try jol.ticket(ride: ride).line
        let other = try #require(try jol.vehicles().first { $0.line == line && $0.painted != "547" })
        try await stage.passes(30_000)
        #expect(try jol.changeable(ride: ride).correctionLeftS == 90)
        let quote = try jol.quoteCorrection(ride: ride, vehicle: other.vehicle)
        #expect(quote.difference.tiyn == 0)
        let wish = try jol.correct(quote: quote)
        try jol.drains()
        guard case .corrected(let second) = try jol.rideChange(key: wish).state else {
            throw Wrong("\(try jol.rideChange(key: wish))")
        }
        #expect(try jol.ticket(ride: second).bus == other.painted)
        #expect(try jol.ticket(ride: second).paidMs == jol.ticket(ride: ride).paidMs)
        #expect(try jol.ticket(ride: ride).state == .replaced)
        #expect(try passenger.taps(other.vehicle) == wish, "it is paid")

        let first = try #require(try jol.vehicles().first { $0.painted == "547" })
        let back = try jol.correct(quote: jol.quoteCorrection(ride: second, vehicle: first.vehicle))
        try jol.drains()
        guard case .declined(let reason, _, _) = try jol.rideChange(key: back).state else {
            throw Wrong("\(try jol.rideChange(key: back))")
        }
        #expect(reason == .correctedBefore)
        #expect(try jol.rideChanges(ride: second).map(\.key) == [back])
        #expect(try jol.spentFrom(source: .phoneBalance).tiyn == 10_000)
    }
}
