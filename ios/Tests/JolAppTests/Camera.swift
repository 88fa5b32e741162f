import Foundation
import JolApp
import JolCore
import Testing

// Phones look at each other's screens.

/// How wide a picture is.
private let side = 400

/// The screen's pixels, as they are drawn.
private func photograph(_ code: CodeMatrix) -> (luma: Data, side: UInt32) {
    var luma = Data(repeating: 255, count: side * side)
    for rectangle in code.rectangles(side: Double(side), scale: 1) {
        for y in Int(rectangle.minY)..<Int(rectangle.maxY) {
            for x in Int(rectangle.minX)..<Int(rectangle.maxX) { luma[y * side + x] = 0 }
        }
    }
    return (luma, UInt32(side))
}

extension Jol {
    /// What this phone's camera reads of another's screen.
    func scans(_ code: CodeMatrix) throws -> ScannedCode {
        let (luma, side) = photograph(code)
        let found = try scan(luma: luma, width: side, height: side, rowStride: side, rotationDegrees: 0)
        return try #require(found.first)
    }

    func scans(_ code: QrCode) throws -> ScannedCode { try scans(#require(CodeMatrix(code))) }
}

extension CodeMatrix {
    /// Where its ink begins and ends on a picture, from the left and from the top.
    var photographed: ClosedRange<Double> {
        let rectangles = rectangles(side: Double(side), scale: 1)
        return Double(rectangles.map(\.minX).min() ?? 0)...Double(rectangles.map(\.maxX).max() ?? 0)
    }
}

extension Inspector {
    /// What this inspector reads of a passenger's screen.
    func looks(at code: CodeMatrix?) throws -> VerdictView {
        let (luma, side) = photograph(try #require(code))
        let view = try inspectFrame(
            luma: luma, width: side, height: side, rowStride: side, rotationDegrees: 0)
        return try #require(view)
    }

    /// Keys, time and lists come.
    func refreshes() throws {
        try refresh()
        try phone().drains()
    }

    /// Boards a bus; its register comes if there is a network.
    func boards(_ bus: String) throws {
        try beginCheck(bus: bus)
        _ = try phone().drain(deadlineMs: 10_000)
    }
}

extension VerdictView {
    /// The verdict and its reason: `not_valid seen_before`.
    var said: String { [verdict, reason].compactMap(\.self).joined(separator: " ") }
}
