import Foundation
import JolApp
import JolCore
import Testing

/// A phone at a bus's door: held to a reader, and in earshot of a beacon.
@MainActor @Suite(.timeLimit(.minutes(2))) struct BusTests {
    @Test func aTerminalNamesItsBusAndTheTicketIsReadOffThePhone() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let sticker: BusSticker = try await stage.sandbox.get("stickers/0548")
        _ = try passenger.sends(nil, Self.selectBus)
        let text = Data(sticker.code.utf8)
        let name = Data([0x80, 0x42, 0, 0, UInt8(text.count)]) + text
        guard case .bus(let reply, let code) = passenger.jol.nfcRespond(ride: nil, command: name) else {
            throw Wrong("no bus")
        }
        #expect(reply == Data([0x90, 0]) && code.check == .genuine)
        #expect(try passenger.jol.payments().isEmpty, "nothing is paid yet")
        let named = try passenger.jol.busByCode(text: code.text).vehicle
        #expect(named == "0548")
        let forged =
            name.dropLast() + [name.last == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")]
        guard case .bus(let no, let lie) = passenger.jol.nfcRespond(ride: nil, command: Data(forged)) else {
            throw Wrong("no bus")
        }
        #expect(no == Data([0x69, 0x82]) && lie.check == .notGenuine && lie.warn)
        passenger.jol.nfcGone()

        let ride = try passenger.pays(named, way: .nfc)
        #expect(try passenger.jol.ticket(ride: ride).way == .nfc)
        let whole = try passenger.message(ride)
        #expect(try passenger.jol.whatIsOnTag(message: whole).check == .genuine)
        #expect(try passenger.message(nil).isEmpty, "nothing is held out")
    }

    @Test func aBeaconOffersItsBusAndNoMore() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        #expect(UUID(uuidString: beaconUuid()) != nil)
        let beacon = Data([1]) + Data(stage.sandbox.issuer.utf8) + Data("548".utf8)
        guard case .choose(let candidates, _) = try passenger.jol.observeBeacon(data: beacon, rssiDbm: -60)
        else {
            throw Wrong("not offered")
        }
        #expect(candidates.map(\.vehicle) == ["0548"] && candidates.allSatisfy(\.heard))
        try passenger.jol.forgetSighting()
        let later = Data([2]) + beacon.dropFirst()
        guard case .none = try passenger.jol.observeBeacon(data: later, rssiDbm: -60) else {
            throw Wrong("a later version is not read")
        }
    }

    @Test func theButtonSaysWhatSpeaksAgainstTheBus() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let jol = passenger.jol
        #expect(try jol.nextFixInMs() == nil, "nobody looks")
        let model = BusModel(jol: jol, key: passenger.key)
        await model.pay()
        await model.name("0548", way: .app)
        var offer = try #require(model.offer)
        let bus = try #require(try jol.vehicles().first { $0.vehicle == "0548" })
        #expect(offer.line == bus.line && offer.bus == bus.painted && offer.warnings.isEmpty)
        #expect(offer.button.contains("100"))

        let beacon = Data([1]) + Data(stage.sandbox.issuer.utf8) + Data("547".utf8)
        _ = try jol.observeBeacon(data: beacon, rssiDbm: -50)
        await model.name("0548", way: .app)
        offer = try #require(model.offer)
        #expect(offer.warnings.count == 1 && offer.warnings[0].contains("547"), "\(offer.warnings)")
        #expect(try jol.busDoubts(vehicle: "0548") == offer.warnings)
        #expect(try jol.busDoubts(vehicle: "0547").isEmpty)
        #expect(try jol.payments().isEmpty && model.payment == nil, "nothing is paid by it")

        await model.pay()
        await model.pay()
        let payment = try #require(model.payment)
        try jol.drains()
        #expect(try jol.payments().map(\.key) == [payment], "it hides no button")
        guard case .paid = try jol.payment(key: payment).state else { throw Wrong("not paid") }
        await model.name("no such bus", way: .app)
        #expect(model.offer == nil && model.trouble != nil)
    }

    fileprivate static let selectBus = Data([0, 0xA4, 4, 0, 7, 0xF0, 0x4A, 0x4F, 0x4C, 0x42, 0x55, 0x53, 0])
    fileprivate static let selectTag = Data([0, 0xA4, 4, 0, 7, 0xD2, 0x76, 0, 0, 0x85, 1, 1, 0])
}

extension Passenger {
    /// What is replied to a command that needs no key, before its status.
    fileprivate func sends(_ ride: String?, _ command: Data) throws -> Data {
        guard case .reply(let reply) = jol.nfcRespond(ride: ride, command: command),
            reply.suffix(2) == Data([0x90, 0])
        else { throw Wrong("not done") }
        return Data(reply.dropLast(2))
    }

    /// The message on the tag that this phone is, as a reader reads it.
    fileprivate func message(_ ride: String?) throws -> Data {
        _ = try sends(ride, BusTests.selectTag)
        let select = Data([0, 0xA4, 0, 0x0C, 2, 0xE1, 4])
        switch jol.nfcRespond(ride: ride, command: select) {
        case .toSign(let toSign):
            let reply = try jol.nfcSigned(signature: key.signNow(toSign.message))
            #expect(reply == Data([0x90, 0]))
        case .reply(let reply): #expect(reply == Data([0x90, 0]))
        case .bus: throw Wrong("nobody named a bus")
        }
        let length = try sends(ride, Data([0, 0xB0, 0, 0, 2])).reduce(0) { $0 << 8 | Int($1) }
        var message = Data()
        while message.count < length {
            let (at, piece) = (2 + message.count, min(200, length - message.count))
            message += try sends(ride, Data([0, 0xB0, UInt8(at >> 8), UInt8(at & 0xFF), UInt8(piece)]))
        }
        return message
    }
}
