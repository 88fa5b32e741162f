import Foundation
import JolApp
import JolCore
import Testing

/// An inspector of the operator's: registers, cards and numbers, lists and their ages, what is uploaded.
@MainActor @Suite(.timeLimit(.minutes(2))) struct StaffTests {
    @Test func whoShowsNoCodeIsFoundInTheRegisterOfTheBus() async throws {
        let stage = try Stage()
        let card = try await stage.cardThatPaid("0548")
        let message = PaidRide(vehicle: "0548", way: "sms", number: "40817", adults: 2)
        try await stage.sandbox.post("rides", message)
        let inspector = try stage.inspector()
        #expect(try inspector.staff() == .signedOut)
        #expect(throws: JolError.NotSignedIn) { try inspector.upload() }
        try inspector.refreshes()
        try inspector.boards("548")
        #expect(try inspector.checkNumber(kind: .sms, typed: "40817").said == "cannot_tell no_register")
        #expect(try inspector.lists()[2].text == "not fetched yet")

        try await inspector.phone().signsIn(as: Stage.inspector, stage.sandbox)
        #expect(try inspector.staff() == .inspector)
        try inspector.refreshes()
        try inspector.boards("548")
        try await stage.sandbox.losesTheNetwork()
        let view = try inspector.checkNumber(kind: .sms, typed: "40 817")
        #expect(view.said == "valid" && view.bus == "548" && view.passengers.map(\.count) == [2])
        #expect(view.facts == ["Only a number was shown: anybody may know it."])
        #expect(try inspector.checkNumber(kind: .sms, typed: "40817").said == "not_valid seen_before")
        #expect(try inspector.checkNumber(kind: .receipt, typed: "40817").said == "not_valid not_in_register")
        let tapped = try inspector.checkCardTap(read: card)
        #expect(tapped.said == "valid" && tapped.facts.isEmpty, "the card itself was there")
        #expect(try inspector.checkNumber(kind: .card, typed: card).said == "not_valid seen_before")

        // A minute later somebody may have paid whom this phone does not know of.
        try await stage.passes(59_000)
        let stranger = "9643 0000 0000 0001"
        #expect(try inspector.checkNumber(kind: .card, typed: stranger).said == "not_valid not_in_register")
        #expect(try inspector.lists().allSatisfy { !$0.tooOld })
        try await stage.passes(1_000)
        let unsure = try inspector.checkNumber(kind: .card, typed: stranger)
        #expect(unsure.said == "cannot_tell register_too_old" && unsure.text.contains("1 min old"))
        let lists = try inspector.lists()
        #expect(lists.map(\.list) == ["keys", "status", "register", "terminals", "tills"])
        #expect(lists[2].name == "Payments of the bus" && lists[4].name == "Tickets for cash")
        #expect(lists.map(\.tooOld) == [false, false, true, false, false] && lists[2].ageS == 60)
        #expect(lists[2].text == "1 min old: too old, connect to the operator")

        // What was seen is kept until there is a network, and told once.
        try inspector.upload()
        #expect(try inspector.phone().drain(deadlineMs: 10_000) > 0)
        #expect(try await stage.reported().isEmpty)
        try await stage.sandbox.findsTheNetwork()
        try inspector.phone().catchesUp()
        let reported = try await stage.reported()
        #expect(reported.map(\.verdict) == ["valid", "not_valid", "valid", "not_valid"])
        #expect(reported.allSatisfy { $0.vehicle == "548" && $0.ticket != nil })
        try inspector.upload()
        try inspector.phone().drains()
        #expect(try await stage.reported().count == 4)
    }

    @Test func whoIsNoInspectorChecksCodesAndNoRegister() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let screen = await Screen.ticket(try passenger.pays("0548"), of: passenger)
        let curious = try stage.inspector("curious")
        try await curious.phone().signsIn(as: "+77001234567", stage.sandbox)
        #expect(try curious.staff() == .passenger)
        try curious.refreshes()
        try curious.boards("548")
        #expect(try curious.looks(at: screen.shown?.code).said == "valid", "a ticket tells by itself")
        #expect(try curious.checkNumber(kind: .sms, typed: "40817").said == "cannot_tell no_register")
        #expect(throws: JolError.NotStaff) { try curious.upload() }
        await screen.closes()
    }

    @Test func whatIsToBeDoneWithAMinorStandsInTheOperatorsWords() async throws {
        let stage = try Stage()
        let inspector = try stage.inspector()
        try inspector.refreshes()
        try inspector.boards("548")
        let rules = try [Language.kk, .ru, .en].map { language in
            inspector.phone().setLanguage(language: language)
            return try #require(try inspector.ruleForMinors())
        }
        #expect(Set(rules).count == 3 && rules[2].contains("under 16 must not be put off"))
        #expect(try inspector.inspectText(text: "nothing").rule == nil)
        inspector.setMinor(minor: true)
        #expect(try inspector.inspectText(text: "nothing").rule == rules[2])
        #expect(try inspector.inspectText(text: "nothing").rule == nil, "for one passenger")
        inspector.setMinor(minor: true)
        #expect(try inspector.checkNumber(kind: .sms, typed: "1").rule == rules[2])
    }
}

/// What whoever took the money for a ride tells the operator.
private struct PaidRide: Encodable {
    struct Group: Encodable {
        let category = "standard"
        var count: UInt8
    }

    var vehicle: String
    var way: String
    var number: String
    var passengers: [Group]

    init(vehicle: String, way: String, number: String, adults: UInt8) {
        (self.vehicle, self.way, self.number) = (vehicle, way, number)
        passengers = [Group(count: adults)]
    }
}

extension Stage {
    /// A passenger's card with money on it, held to the terminal of a bus.
    fileprivate func cardThatPaid(_ vehicle: String) async throws -> String {
        let passenger = try await Passenger.signedUp(self)
        try passenger.jol.registerCard(category: .standard, name: "Mine")
        try passenger.jol.drains()
        let card = try #require(try passenger.jol.cards().first).number
        _ = try passenger.jol.topUp(cardNumber: card, provider: "kaspi", sum: Money(tiyn: 50_000))
        try passenger.jol.drains()
        let topUp = try #require(try passenger.jol.topUps().first?.topUp)
        try await sandbox.post("bank/\(topUp)", ["paid": true])
        try await sandbox.tap(card, in: vehicle, atMs: clock.nowMs())
        return card
    }

    fileprivate func reported() async throws -> [Inspections.Check] {
        let inspections: Inspections = try await sandbox.get("inspections")
        return inspections.checks
    }
}
