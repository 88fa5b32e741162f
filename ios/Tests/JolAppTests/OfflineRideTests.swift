import Foundation
import JolApp
import JolCore
import Testing

/// Rides that are paid before, for buses without a network.
@MainActor @Suite(.timeLimit(.minutes(2))) struct OfflineRideTests {
    @Test func aReservedRideIsUsedAndInspectedWithoutANetwork() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let inspector = try stage.inspector()
        try await inspector.phone().signsIn(as: Stage.inspector, stage.sandbox)
        try inspector.refreshes()
        let reserved = try await passenger.reserves(2)
        #expect(reserved.standing == .usable && reserved.left == 2 && reserved.fare.tiyn == 10_000)
        #expect(reserved.passengers == [PassengerWords(category: "Adult", count: 1)])
        #expect(reserved.text.hasPrefix("Offline rides left: 2."))
        let terminal: TerminalCode = try await stage.sandbox.get("terminals/0548")

        try await stage.sandbox.losesTheNetwork()
        let ride = try passenger.boards("548", terminal.code)
        #expect(try passenger.boards("548", nil) == ride, "a second tap")
        #expect(try passenger.reserved().left == 1)
        let screen = await Screen.ticket(ride, of: passenger)
        #expect(screen.shown?.bus == "548" && screen.shown?.sum == "100 ₸")
        #expect(screen.shown?.paid == "On board for 0 min")
        try inspector.boards("548")
        let view = try inspector.looks(at: screen.shown?.code)
        #expect(view.said == "valid" && view.bus == "548")
        let byPhone = "The time of boarding is by the passenger’s phone."
        #expect(!view.facts.contains(byPhone), "the terminal says so")
        #expect(try inspector.looks(at: screen.shown?.code).said == "not_valid seen_before")
        let answer = try await passenger.answers(inspector, on: screen)
        #expect(try inspector.looks(at: answer).said == "not_valid seen_before")
        try inspector.boards("547")
        #expect(try inspector.looks(at: answer).said == "not_valid wrong_challenge")
        await screen.closes()

        // Another bus, whose terminal nobody scanned.
        let second = await Screen.ticket(try passenger.boards("547", nil), of: passenger)
        #expect(try passenger.reserved().standing == .usedUp)
        let other = try inspector.looks(at: second.shown?.code)
        #expect(other.said == "valid" && other.bus == "547" && other.facts.contains(byPhone))
        await second.closes()

        // The network is back: two rides like any other, each charged once.
        try await stage.sandbox.findsTheNetwork()
        try passenger.jol.catchesUp()
        #expect(try passenger.jol.tickets().filter(\.isValid).count == 2)
        #expect(try passenger.jol.monthSum(atMs: stage.clock.nowMs()).rides == 2)
        #expect(try passenger.jol.spentFrom(source: .phoneBalance).tiyn == 20_000)
    }

    @Test func whatIsNotUsedIsGivenBackAndTheMoneyReturns() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let reserved = try await passenger.reserves(2)
        let voucher = try #require(reserved.voucher)
        _ = try passenger.boards("547", nil)
        try passenger.jol.drains()
        #expect(throws: JolError.BadInput(field: "riding")) {
            try passenger.jol.quoteGiveBack(voucher: voucher)
        }
        try await stage.passes(90 * 60_000)
        try passenger.jol.drains()
        let giving = try passenger.jol.quoteGiveBack(voucher: voucher)
        #expect(giving.voucher == voucher && giving.used == 1)
        #expect(throws: JolError.BadSignature) {
            try passenger.jol.giveBack(giving: giving, signature: MemoryKey(seed: 99).signNow(giving.toSign))
        }
        try passenger.jol.giveBack(giving: giving, signature: passenger.key.signNow(giving.toSign))
        try passenger.jol.drains()
        guard case .givingBack(let returnsMs) = try passenger.reserved().standing else {
            throw Wrong("\(try passenger.reserved())")
        }
        #expect(try passenger.jol.spentFrom(source: .phoneBalance).tiyn == 20_000)
        try await stage.passes(try #require(returnsMs) - stage.clock.nowMs())
        try passenger.jol.refreshOfflineRides()
        try passenger.jol.drains()
        #expect(try passenger.reserved().standing == .returned(sum: Money(tiyn: 10_000)))
        #expect(try passenger.reserved().text == "The money went back: 100 ₸")
        #expect(try passenger.jol.spentFrom(source: .phoneBalance).tiyn == 10_000)
    }
}

extension Passenger {
    /// One tap before the network is there, and another one.
    fileprivate func reserves(_ rides: UInt8) async throws -> ReservedRides {
        func tap() throws -> (OfflineQuote, String) {
            let quote = try jol.quoteOffline(
                rides: rides, source: .phoneBalance, passengers: Self.adults(1))
            return (quote, try jol.reserveOffline(quote: quote, signature: key.signNow(quote.toSign)))
        }
        try await stage.sandbox.losesTheNetwork()
        let (quote, first) = try tap()
        #expect(quote.sum.tiyn == 10_000 * Int64(rides) && quote.reservedBy == nil)
        let (again, second) = try tap()
        #expect(again.reservedBy == first && second == first)
        #expect(try reserved().standing == .waiting)
        try await stage.sandbox.findsTheNetwork()
        try jol.catchesUp()
        #expect(try reserved().key == first)
        return try reserved()
    }

    /// What was reserved last.
    fileprivate func reserved() throws -> ReservedRides {
        let offline = try jol.offlineRides()
        #expect(offline.offered && !offline.ended)
        return try #require(offline.reserved.first)
    }

    /// The ride to show.
    fileprivate func boards(_ bus: String, _ terminal: String?) throws -> String {
        let boarding = try jol.boarding(bus: bus, terminal: terminal)
        #expect(boarding.vehicle.painted == bus)
        let boarded = try jol.boardOffline(
            boarding: boarding, signature: key.signNow(boarding.toSign))
        guard case .ticket(let ride) = boarded else { throw Wrong("\(boarded)") }
        return ride
    }
}
