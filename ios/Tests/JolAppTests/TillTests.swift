import Foundation
import JolApp
import JolCore
import Testing

/// A conductor sells for cash without a network, and an inspector checks codes and numbers.
@MainActor @Suite(.timeLimit(.minutes(2))) struct TillTests {
    @Test func cashIsTakenInspectedAndCountedOnce() async throws {
        let stage = try Stage()
        let conductor = Conductor(till: try stage.till(), key: MemoryKey(seed: 5))
        let phone = conductor.till.phone()
        try await phone.signsIn(as: Stage.conductor, stage.sandbox)
        try phone.enrols(conductor.key)
        try phone.choosesTheCity()
        #expect(try conductor.till.shift() == .noShift)
        #expect(throws: JolError.self) { try conductor.till.quote(bus: "548", passengers: []) }
        try await conductor.opensAShift("548", stage.sandbox)
        let inspector = try stage.inspector()
        try await inspector.phone().signsIn(as: Stage.inspector, stage.sandbox)
        try inspector.refreshes()

        try await stage.sandbox.losesTheNetwork()
        let family = try conductor.sells([.standard: 2, .senior: 1])
        #expect(family.serial == 1 && family.numbers.count == 3 && family.fare.tiyn == 30_000)
        #expect(family.bus == "548" && family.code.version <= 10)
        let student = try conductor.sells([.student: 1])
        #expect(student.serial == 4 && student.fare.tiyn == 5_000)
        #expect(try conductor.till.ticket(serial: 4) == student)

        // What the passenger holds is paper: its code, or the number on it.
        try inspector.boards("548")
        #expect(try phone.scans(family.code).text == family.text)
        let view = try inspector.looks(at: CodeMatrix(family.code))
        #expect(view.said == "valid" && view.bus == "548" && view.line == family.line)
        #expect(view.passengers.map(\.count) == [2, 1])
        #expect(view.facts.contains("On paper: it can be copied."))
        #expect(try inspector.inspectText(text: family.text).said == "not_valid seen_before")
        #expect(try inspector.checkPaper(number: family.numbers[1]).said == "not_valid seen_before")
        #expect(try inspector.checkPaper(number: student.numbers[0]).said == "valid")
        #expect(try inspector.inspectText(text: student.text).said == "not_valid seen_before")
        #expect(try inspector.checkPaper(number: "12345").said == "not_valid not_a_number")
        try inspector.boards("547")
        #expect(try inspector.inspectText(text: family.text).said == "not_valid wrong_vehicle")
        #expect(try inspector.checkPaper(number: family.numbers[0]).said == "not_valid unknown_number")

        // The end of the shift, without a network; then all of it is told, once.
        let report = try conductor.till.closeShift()
        #expect(report.sales == 2 && report.passengers == 4 && report.cash.tiyn == 35_000)
        #expect(report.sums.map(\.category) == [.standard, .student, .senior])
        #expect(report.sums.map(\.sum.tiyn) == [30_000, 5_000, 0])
        #expect(report.sentSales == 0 && report.waiting.tiyn == 35_000)
        #expect(throws: JolError.self) { try conductor.sells([.standard: 1]) }
        try await stage.sandbox.findsTheNetwork()
        try phone.catchesUp()
        let told = try conductor.till.report()
        #expect(told.sentSales == 2 && told.sent.tiyn == 35_000 && told.waitingSales == 0)
        #expect(told.refused.isEmpty)
        #expect(try conductor.till.cashInPurse().tiyn == 35_000)
    }

    @Test func whoIsNoConductorGetsNoShift() async throws {
        let stage = try Stage()
        let till = try stage.till()
        try await till.phone().signsIn(as: "+77011234567", stage.sandbox)
        try till.phone().enrols(MemoryKey(seed: 5))
        try till.phone().choosesTheCity()
        try till.openShift(bus: "548")
        try till.phone().drains()
        #expect(try till.shift() == .refused(refusal: .notStaff))
    }
}

/// A conductor's phone and its key.
private struct Conductor {
    var till: Till
    var key: MemoryKey

    func opensAShift(_ bus: String, _ sandbox: Sandbox) async throws {
        try await sandbox.losesTheNetwork()
        try till.openShift(bus: bus)
        #expect(try till.shift() == .asked(bus: bus))
        try await sandbox.findsTheNetwork()
        try till.phone().catchesUp()
        guard case .open(_, bus, _, _, isOver: false, cash: Money(tiyn: 0)) = try till.shift() else {
            throw Wrong("no shift: \(try till.shift())")
        }
    }

    func sells(_ passengers: KeyValuePairs<JolCore.Category, UInt8>) throws -> SoldTicket {
        let groups = passengers.map { PassengerGroup(category: $0, count: $1) }
        let quote = try till.quote(bus: "548", passengers: groups)
        let sold = try till.sell(quote: quote, signature: key.signNow(quote.toSign))
        #expect(sold.serial == quote.serial && sold.fare == quote.fare)
        return sold
    }
}
