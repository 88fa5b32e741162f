import Foundation
import JolApp
import JolCore
import Testing

/// What hangs about in a bus, by pictures: each code says what it is, and nothing comes of looking.
@MainActor @Suite(.timeLimit(.minutes(2))) struct ScanTests {
    @Test func eachCodeInABusSaysWhatItIs() async throws {
        let stage = try Stage()
        let passenger = try await Passenger.signedUp(stage)
        let sticker: BusSticker = try await stage.sandbox.get("stickers/0548")
        let genuine = try passenger.photographs(sticker.code)
        #expect(genuine.check == .genuine && !genuine.warn)
        #expect(genuine.says == "Genuine: bus 548. Compare the number on the bus.")
        #expect(try passenger.jol.busByCode(text: genuine.text).vehicle == "0548")

        // What somebody stuck over it.
        let last = sticker.code.last == "A" ? "B" : "A"
        let forged = try passenger.photographs(sticker.code.dropLast() + last)
        #expect(forged.check == .notGenuine && forged.warn)
        #expect(forged.says == "Not genuine: the operator did not sign it. It says: bus 0548")
        #expect(throws: JolError.BadSignature) { try passenger.jol.busByCode(text: forged.text) }

        let ride = try passenger.pays("0548")
        let screen = await Screen.ticket(ride, of: passenger)
        let before = passenger.jol.revision()
        let own = try passenger.jol.scans(try #require(screen.shown?.code))
        #expect(own.check == .genuine && !own.warn)
        #expect(own.says == "This is your own ticket: show it to the inspector.")
        await screen.closes()

        let card = try passenger.photographs("JOLQ1:6BF")
        guard case .shownCard = card.meaning else { throw Wrong("\(card)") }
        #expect(card.check == .notGenuine && card.warn)
        #expect(card.says == "Not genuine: the operator did not sign it. It says: a card’s code")
        let bank = try passenger.photographs("0002015907Дүкен А6304FFFF")
        guard case .bankPayment(merchant: "Дүкен А") = bank.meaning else { throw Wrong("\(bank)") }
        #expect(bank.check == .unsigned && !bank.warn)
        #expect(bank.says == "A bank’s payment to “Дүкен А”. It pays no ride.")
        let link = try passenger.photographs("https://jol.kz.evil.example/B/547")
        #expect(link.check == .unsigned && link.warn)
        #expect(link.says == "Do not open: it pretends to be Jol’s and leads to jol.kz.evil.example")
        #expect(passenger.jol.revision() == before, "nothing changed")
    }

    @Test func whomToCallStandsBesideWhatWasDeclined() async throws {
        let calls = try await Passenger.signedUp(Stage()).jol.whomToCall()
        #expect(calls.first?.text == "Questions? Call +7 777 000 2505 (day and night).")
        #expect(calls.last?.text.contains("+7 707 000 2505") == true)
        #expect(calls.last?.link == "tel:+77070002505")
    }

    @Test func aCodeIsDrawnIntoAFile() throws {
        let code = try #require(printed(text: "https://jol.kz/T/4417"))
        let png = try codePng(code: code, pixelsPerModule: 6)
        #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        // Width and height, four bytes each, after the first chunk's length and name.
        let side = png.dropFirst(16).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        #expect(side == (code.size + 8) * 6)
        #expect(codeSvg(code: code).hasPrefix("<svg"))
        #expect(throws: JolError.self) { try codePng(code: code, pixelsPerModule: 0) }
    }

    @Test func aFrameIsReadWhereTheCameraPutIt() throws {
        let count = 640 * 480
        let pixels = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
        defer { pixels.deallocate() }
        let address = UInt64(UInt(bitPattern: pixels))
        let frame = Data(bytesNoCopy: pixels, count: count, deallocator: .none)
        let whole = seenBytes(luma: frame)
        #expect(whole.address == address && whole.length == UInt64(count))
        let part = seenBytes(luma: frame[1_000...])
        #expect(part.address == address + 1_000 && part.length == UInt64(count - 1_000))

        let own = Data(repeating: 200, count: count)
        let start = own.withUnsafeBytes { UInt64(UInt(bitPattern: $0.baseAddress)) }
        #expect(seenBytes(luma: own).address == start)
    }
}

extension Passenger {
    /// What the phone says of a code that somebody printed; it is where the picture has it.
    fileprivate func photographs(_ text: String) throws -> ScannedCode {
        let drawn = try #require(printed(text: text))
        let code = try #require(CodeMatrix(drawn))
        let seen = try jol.scans(code)
        let (near, far) = (Float(code.photographed.lowerBound), Float(code.photographed.upperBound))
        let places = [(near, near), (far, near), (far, far), (near, far)]
        try #require(seen.corners.count == 4)
        for (corner, (x, y)) in zip(seen.corners, places) {
            #expect(abs(corner.x - x) < 8 && abs(corner.y - y) < 8, "\(seen.corners)")
        }
        let typed = try jol.whatIs(text: text)
        #expect(typed.meaning == seen.meaning && typed.check == seen.check && typed.corners.isEmpty)
        #expect(typed.says == seen.says && typed.warn == seen.warn)
        return seen
    }
}
