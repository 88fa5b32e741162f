import Foundation
import JolApp
import Testing

/// A code on the screen has the modules that the core drew.
@Suite struct CodeMatrixTests {
    @Test func onlyWholeCodesAreDrawn() {
        #expect(CodeMatrix(size: 21, modules: Data(count: 441)) != nil)
        #expect(CodeMatrix(size: 177, modules: Data(count: 177 * 177)) != nil)
        #expect(CodeMatrix(size: 21, modules: Data(count: 440)) == nil)
        #expect(CodeMatrix(size: 22, modules: Data(count: 484)) == nil)
        #expect(CodeMatrix(size: 17, modules: Data(count: 289)) == nil)
        #expect(CodeMatrix(size: -21, modules: Data(count: 441)) == nil)
        #expect(CodeMatrix(size: .max, modules: Data()) == nil)
    }

    @Test func bytesMayBePartOfALargerBuffer() throws {
        let frame = Data([9, 9, 9]) + Data(count: 440) + Data([1, 9])
        let code = try #require(CodeMatrix(size: 21, modules: frame[3..<444]))
        #expect(code.rectangles(side: 29, scale: 1) == [CGRect(x: 24, y: 24, width: 1, height: 1)])
    }

    /// Draws at the pixels of real phones and reads each pixel back.
    @Test(arguments: [
        (21, 320.0, 2.0), (57, 390.0, 3.0), (57, 361.5, 3.0), (177, 375.0, 1.0), (25, 33.0, 1.0),
    ])
    func everyPixelIsRight(size: Int, side: Double, scale: Double) throws {
        let modules = checker(size: size)
        let code = try #require(CodeMatrix(size: size, modules: modules))
        let pixels = try paint(code.rectangles(side: side, scale: scale), side: side, scale: scale)

        let module = pixels.count / (size + 8)
        let margin = (pixels.count - module * size) / 2
        #expect(margin >= CodeMatrix.quietZone * module)
        for (y, row) in pixels.enumerated() {
            for (x, dark) in row.enumerated() {
                let inside = (margin..<margin + size * module).contains
                let expected =
                    inside(x) && inside(y)
                    && modules[(y - margin) / module * size + (x - margin) / module] != 0
                if dark != expected {
                    Issue.record("pixel \(x), \(y) is \(dark ? "dark" : "light")")
                    return
                }
            }
        }
    }

    @Test func aPlaceTooSmallStaysLight() throws {
        let code = try #require(CodeMatrix(size: 21, modules: checker(size: 21)))
        #expect(code.rectangles(side: 28, scale: 1).isEmpty)
        #expect(code.rectangles(side: 0, scale: 3).isEmpty)
    }

    /// Modules in no order that repeats, with every value that is not light.
    private func checker(size: Int) -> Data {
        Data((0..<size * size).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 % 3 == 0 ? 0 : $0 | 1) })
    }

    /// The pixels of a square with these rectangles dark. Fails on an edge within a pixel
    /// and on a place that is painted twice or lies outside.
    private func paint(_ rectangles: [CGRect], side: Double, scale: Double) throws -> [[Bool]] {
        let count = Int(side * scale)
        var pixels = [[Bool]](repeating: [Bool](repeating: false, count: count), count: count)
        for rectangle in rectangles {
            let edges = [rectangle.minX, rectangle.maxX, rectangle.minY, rectangle.maxY].map { $0 * scale }
            let whole = edges.map { Int($0.rounded()) }
            try #require(zip(edges, whole).allSatisfy { abs($0 - Double($1)) < 1e-6 })
            try #require(whole.allSatisfy { (0...count).contains($0) })
            for y in whole[2]..<whole[3] {
                for x in whole[0]..<whole[1] {
                    try #require(!pixels[y][x])
                    pixels[y][x] = true
                }
            }
        }
        return pixels
    }
}
