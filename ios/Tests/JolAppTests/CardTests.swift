import Foundation
import JolApp
import JolCore
import Testing

/// The wallet's cards: how they stand, what is bought, and a card as a code.
@MainActor @Suite(.timeLimit(.minutes(2))) struct CardTests {
    @Test func aCardIsNamedStoppedAndGivesItsBalanceToAnother() async throws {
        let stage = try Stage()
        let jol = try await Passenger.signedUp(stage).jol
        try jol.register(category: .standard, form: .virtual, name: "", child: false)
        try jol.drains()
        try jol.register(category: .school, form: .virtual, name: "Dias", child: true)
        try jol.drains()
        let own = try #require(try jol.cardViews().first)
        let child = try #require(try jol.cardViews().last)
        #expect(child.standing == .proofBeingChecked && child.child && child.ridesAs == .standard)
        _ = try jol.topUp(cardNumber: child.number, provider: "app", sum: Money(tiyn: 20_000))
        try jol.drains()
        try jol.renameCard(card: child.id, name: "For Dias")
        try jol.orderCards(order: [child.id])
        try jol.setDefaultSource(source: .smartCard(card: child.id))
        try jol.refresh()
        try jol.drains()
        #expect(try jol.cardViews().map(\.name) == ["For Dias", own.name])
        #expect(try jol.defaultSource() == .smartCard(card: child.id))

        try jol.changeCard(card: child.id, wish: .block)
        try jol.drains()
        #expect(try jol.cardViews().first?.step == .unblock)
        #expect(try jol.defaultSource() == .phoneBalance)
        try jol.changeCard(card: child.id, wish: .lose)
        try jol.drains()
        try jol.moveCard(from: child.id, to: own.id)
        try jol.drains()
        #expect(try jol.cardViews().first?.standing == .moved)
        #expect(try jol.cardViews().last?.balance.tiyn == 20_000)
        #expect(try jol.cardAccounts().allSatisfy { $0.elsewhere.tiyn == 0 })
        for card in [child, own] {
            let page = try jol.travelDetails(query: TravelQuery(sources: [.smartCard(card: card.id)]))
            let line = try #require(page.entries.first { $0.kind == .move })
            #expect(line.sum.tiyn == 20_000 && line.state == .paid)
            #expect(line.card?.hasSuffix(child.number.suffix(4)) == true)
            #expect(line.toCard?.hasSuffix(own.number.suffix(4)) == true)
            let receipt = try #require(line.receipt)
            #expect(try jol.receipt(key: receipt).amount == line.sum)
        }
    }

    @Test func aPrintedCardIsBoughtOnceAtThePriceThatWasShown() async throws {
        let stage = try Stage()
        let jol = try await Passenger.signedUp(stage).jol
        let printed = PurchaseItem.card(category: .standard, form: .qrPrinted, child: false)
        let offer = try #require(try jol.offers().first { $0.item == printed })
        #expect(offer.price.tiyn == 30_000)
        try await stage.sandbox.losesTheNetwork()
        let key = try jol.buy(offer: offer, source: .phoneBalance)
        #expect(try jol.buy(offer: offer, source: .phoneBalance) == key, "a second tap")
        try await stage.sandbox.findsTheNetwork()
        try jol.catchesUp()
        guard case .bought(let what) = try #require(try jol.purchases().first).standing else {
            throw Wrong("\(try jol.purchases())")
        }
        let card = try #require(try jol.cardViews().first)
        #expect(card.id == what && card.form == .qrPrinted && card.balance.tiyn == 0)
        #expect(try jol.spentFrom(source: .phoneBalance) == offer.price)
    }

    @Test func aCardInTheAppIsACodeThatThePhoneSigns() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        try jol.register(category: .standard, form: .qrApp, name: "Aru", child: false)
        try jol.drains()
        try jol.refresh()
        try jol.drains()
        let card = try #require(try jol.cardViews().first)
        #expect(card.showsCode)
        let toSign = try jol.cardToSign(card: card.id)
        let signature = passenger.key.signNow(toSign.message)
        let code = try jol.presentCard(card: card.id, slot: toSign.slot, signature: signature)
        #expect(try jol.scans(code).text.hasPrefix("JOLQ1:"))
        #expect(throws: JolError.BadSignature) {
            try jol.presentCard(card: card.id, slot: toSign.slot + 1, signature: signature)
        }
    }

    @Test func aPlasticCardIsClaimedWithItsCodeAndItsTopUpWaitsAtAValidator() async throws {
        let stage = try Stage()
        let jol = try await Passenger.signedUp(stage).jol
        let number = try await stage.sandbox.cardSold("senior", "physical")
        let code = try await stage.sandbox.cardCode(number)
        let wrong = code == "000000" ? "000001" : "000000"
        try jol.claimCard(number: number, code: wrong, name: "Ata", child: false)
        try jol.drains()
        #expect(try jol.account().refusal == .wrongCode(triesLeft: 2) && jol.cards().isEmpty)
        try jol.claimCard(number: number, code: code, name: "Ata", child: false)
        try jol.drains()
        #expect(try jol.account().refusal == nil)
        #expect(try jol.cardViews().map(\.form) == [.physical] && jol.cardViews().map(\.name) == ["Ata"])
        #expect(try jol.defaultCategory() == .standard)
        try jol.setDefaultCategory(category: .senior)
        #expect(try jol.defaultCategory() == .senior)

        _ = try jol.topUp(cardNumber: number, provider: "app", sum: Money(tiyn: 20_000))
        try jol.drains()
        guard case .atValidator(let untilMs) = try jol.topUps().first?.standing else {
            throw Wrong("\(try jol.topUps())")
        }
        #expect(untilMs > stage.clock.nowMs())
        #expect(try jol.cards().map(\.balance.tiyn) == [0], "paid, and not on the card yet")
        try await stage.sandbox.post("validations/\(number)", [String: String]())
        try jol.refreshTopUps()
        try jol.refresh()
        try jol.drains()
        #expect(try jol.topUps().map(\.standing) == [.done])
        #expect(try jol.cards().map(\.balance.tiyn) == [20_000])
    }

    @Test func byItsNumberAloneACardTellsItsMaskedCategoryAndIsToppedUp() async throws {
        let stage = try Stage()
        let aru = try await Passenger.signedUp(stage).jol
        let bola = try await Passenger.signedUp(stage, "+77011234568").jol
        try aru.registerCard(category: .standard, name: "Aru")
        try aru.drains()
        let number = try #require(try aru.cards().first).number
        try bola.lookUpCard(number: number, code: nil)
        try bola.drains()
        guard case .found(let isPreferential, let balance, _) = try bola.cardLookup()?.standing else {
            throw Wrong("not found")
        }
        #expect(!isPreferential && balance == nil)
        try bola.lookUpCard(number: number, code: "000000")
        try bola.drains()
        #expect(try bola.cardLookup()?.standing == .notTold(refusal: .codeExpired))
        let key = try bola.topUp(cardNumber: number, provider: "app", sum: Money(tiyn: 10_000))
        try bola.drains()
        #expect(try bola.topUps().map(\.standing) == [.done])
        #expect(try bola.topUpText(key: key).contains("100 ₸"))

        // A link that comes back from a bank claims nothing; it has the operator asked.
        let atBank = try bola.topUp(cardNumber: number, provider: "kaspi", sum: Money(tiyn: 50_000))
        try bola.drains()
        func asked() throws -> TopUp { try #require(try bola.topUps().first { $0.key == atBank }) }
        let id = try #require(try asked().topUp)
        let link = "https://jol.kz/back?top_up=\(id)&status=paid"
        try bola.returnedFromBank(link: link)
        try bola.drains()
        guard case .waitingForBank = try asked().standing else { throw Wrong("\(try asked())") }
        try await stage.sandbox.post("bank/\(id)", ["paid": true])
        try bola.returnedFromBank(link: link)
        try bola.drains()
        #expect(try asked().standing == .done)
    }
}
