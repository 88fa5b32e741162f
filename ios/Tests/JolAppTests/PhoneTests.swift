import Foundation
import JolApp
import JolCore
import Testing

/// More than one phone of an account, and a wallet that moves to a new one.
@MainActor @Suite(.timeLimit(.minutes(2))) struct PhoneTests {
    @Test func aNewPhoneWaitsUntilAnOldOneConfirmsIt() async throws {
        let stage = try Stage()
        let old = try await Passenger.signedUp(stage).jol
        try old.registerCard(category: .standard, name: "")
        try old.drains()
        _ = try old.topUp(
            cardNumber: try #require(try old.cards().first).number, provider: "app", sum: Money(tiyn: 30_000))
        try old.drains()
        let new = try await Passenger.signedUp(stage, phone: "a new one").jol
        #expect(try waits(new))
        try asks(old)
        let asked = try #require(try old.phones().first { !$0.own })
        #expect(asked.text.contains("a new one") && asked.waitsUntilMs != nil)

        try asks(new)
        let other = try #require(try new.phones().first { !$0.own })
        try new.changePhone(phone: other.id, to: .remove)
        try new.drains()
        #expect(try new.account().refusal == .deviceWaits)
        try old.changePhone(phone: asked.id, to: .confirm)
        try old.drains()
        try asks(new)
        #expect(try !waits(new))

        try old.changePhone(phone: asked.id, to: .remove)
        try old.drains()
        #expect(try old.phones().count == 1)
        try new.refresh()
        // What needs a session waits for one, and is no reason to come back.
        try new.drains()
        #expect(try new.account().signIn == .signedOut)
    }

    @Test func aBackUpBringsAPhonesHistoryToAnotherOne() async throws {
        let stage = try Stage()
        let old = try await Passenger.signedUp(stage)
        _ = try old.pays("0547")
        let code = old.jol.newRecoveryCode()
        let file = try old.jol.backUp(recoveryCode: code)
        let history = try old.jol.travelDetails(query: TravelQuery()).entries.map(\.id)

        let new = try Passenger(stage, phone: "a new one")
        #expect(throws: JolError.BadInput(field: "back_up")) {
            try new.jol.restore(backUp: file, recoveryCode: new.jol.newRecoveryCode())
        }
        #expect(throws: JolError.BadInput(field: "recovery_code")) {
            try new.jol.restore(backUp: file, recoveryCode: String(code.dropLast()))
        }
        #expect(try new.jol.travelDetails(query: TravelQuery()).entries.isEmpty)
        #expect(try new.jol.restore(backUp: file, recoveryCode: code).rides == 1)
        #expect(try new.jol.travelDetails(query: TravelQuery()).entries.map(\.id) == history)
        try await new.signsUp()
        #expect(try new.jol.travelDetails(query: TravelQuery()).entries.map(\.id) == history)
        #expect(new.jol.rebuilt() == nil, "nothing was damaged")
    }

    private func asks(_ jol: Jol) throws {
        try jol.refresh()
        try jol.drains()
    }

    private func waits(_ jol: Jol) throws -> Bool {
        guard case .enrolled(_, _, let untilMs) = try jol.account().device else { return false }
        return untilMs != nil
    }
}
