import Foundation
import JolApp
import JolCore
import Testing

/// With whose money a ride is paid, and back where it goes.
@MainActor @Suite(.timeLimit(.minutes(2))) struct SourceTests {
    @Test func eachSourcePaysIsListedAndGetsItsMoneyBack() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        let sources = [.phoneBalance, try await cardWithMoney(passenger), try await bankCard(passenger)]
        for source in sources {
            let quote = try jol.quote(
                vehicle: "0547", way: .app, source: source, passengers: Passenger.adults(1), oneMore: false)
            let payment = try jol.pay(quote: quote, signature: passenger.key.signNow(quote.toSign))
            try jol.drains()
            guard case .paid(let ride) = try jol.payment(key: payment).state else {
                throw Wrong("not paid: \(try jol.payment(key: payment))")
            }
            #expect(try jol.spentFrom(source: source) == quote.fare, "what was on the button")
            #expect(try jol.tickets().filter(\.isValid).map(\.ride) == [ride])
            let found = try jol.travelDetails(query: TravelQuery(text: "547")).entries
            let listed = found.first { $0.ride == ride }
            #expect(listed?.source == source && listed?.kind == .ride && listed?.spent == quote.fare)

            let wish = try jol.refund(ride: ride)
            try jol.drains()
            guard case .refunded(let back) = try jol.rideChange(key: wish).state else {
                throw Wrong("\(try jol.rideChange(key: wish))")
            }
            #expect(back.to == source && back.sum == quote.fare)
            #expect(try jol.spentFrom(source: source).tiyn == 0)
            try await stage.passes(1_000)
        }
        let rides = try jol.travelDetails(query: TravelQuery()).entries.filter { $0.kind == .ride }
        #expect(sources.allSatisfy { source in rides.contains { $0.source == source } })
        let month = try jol.monthSum(atMs: stage.clock.nowMs())
        #expect(month.spent == month.cameBack)
    }

    @Test func aCardThatWasHeldToATerminalPaidAndItsRideIsAmongTheTickets() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        let source = try await cardWithMoney(passenger)
        let number = try #require(try jol.cards().first).number
        try await stage.sandbox.tap(number, in: "0547", atMs: stage.clock.nowMs())
        #expect(try jol.tickets().isEmpty, "nobody told the phone")
        try jol.refresh()
        try jol.drains()
        let ticket = try #require(try jol.tickets().first)
        #expect(ticket.way == .smartCard && ticket.bus == "547" && ticket.isValid)
        #expect(try jol.tickets().count == 1 && jol.spentFrom(source: source) == ticket.sum)
    }

    @Test func aCompanysNumberPaysNothingAndTheAppSaysWhyAndWhomToCall() async throws {
        let company = try await Passenger.signedUp(Stage(), "+77010000001")
        let jol = company.jol
        let payment = try company.taps("0547")
        try jol.drains()
        guard case .declined(let reason, _, let service) = try jol.payment(key: payment).state else {
            throw Wrong("\(try jol.payment(key: payment))")
        }
        #expect(reason == .corporateLine)
        let why = declineText(reason: reason, tryAgain: nil, service: service, language: .en)
        #expect(!why.isEmpty)
        #expect(try !jol.whomToCall().isEmpty)
        #expect(try jol.tickets().isEmpty && jol.spentFrom(source: .phoneBalance).tiyn == 0)
        let listed = try jol.travelDetails(query: TravelQuery(states: [.declined])).entries
        #expect(listed.map(\.declined) == [.corporateLine] && listed.map(\.spent.tiyn) == [0])
        #expect(try jol.receipt(key: payment).outcome == "corporate_line")
    }

    private func cardWithMoney(_ passenger: Passenger) async throws -> Source {
        let jol = passenger.jol
        try jol.registerCard(category: .standard, name: "Mine")
        try jol.drains()
        let card = try #require(try jol.cards().first)
        _ = try jol.topUp(cardNumber: card.number, provider: "kaspi", sum: Money(tiyn: 100_000))
        try jol.drains()
        let asked = try #require(try jol.topUps().first?.topUp)
        try await passenger.stage.sandbox.post("bank/\(asked)", ["paid": true])
        try jol.refreshTopUps()
        try jol.drains()
        return .smartCard(card: card.id)
    }

    private func bankCard(_ passenger: Passenger) async throws -> Source {
        let jol = passenger.jol
        try jol.linkBankCard()
        try jol.drains()
        let link = try #require(try jol.bankLink()?.link)
        try await passenger.stage.sandbox.post("bank/\(link)", ["paid": true])
        try jol.refreshBankLink()
        try jol.drains()
        guard case .linked(let token) = try jol.bankLink()?.standing else { throw Wrong("not linked") }
        return .bankCard(token: token)
    }
}
