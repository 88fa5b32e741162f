import Foundation

/// A QR code as the core drew it: squares, dark or light.
public struct CodeMatrix: Equatable, Sendable {
    /// Modules a side: 21, 25 … 177 (ISO/IEC 18004).
    public let size: Int
    private let modules: [UInt8]

    /// Light modules around a code, without which scanners do not find it (ISO/IEC 18004, 9.1).
    public static let quietZone = 4

    /// A code of `size` × `size` modules, row by row, a byte each: 0 is light.
    /// None if the size is not a QR code's or the bytes do not fill it.
    public init?(size: Int, modules: Data) {
        guard (21...177).contains(size), size % 4 == 1, modules.count == size * size else { return nil }
        self.size = size
        self.modules = [UInt8](modules)
    }

    /// The dark parts of a square of `side` points on a screen of `scale` pixels a point,
    /// neighbours in a row joined, the code in the middle of its quiet zone.
    ///
    /// Every edge is on a pixel's edge: a blurred one costs the scanner contrast.
    public func rectangles(side: Double, scale: Double) -> [CGRect] {
        let pixels = (side * scale).rounded(.down)
        let module = (pixels / Double(size + 2 * Self.quietZone)).rounded(.down)
        guard module >= 1 else { return [] }
        let margin = ((pixels - module * Double(size)) / 2).rounded(.down)
        return (0..<size).flatMap { row in
            darkRuns(row: row).map { run in
                CGRect(
                    x: (margin + Double(run.lowerBound) * module) / scale,
                    y: (margin + Double(row) * module) / scale,
                    width: Double(run.count) * module / scale,
                    height: module / scale)
            }
        }
    }

    /// The columns of a row that are dark, joined.
    private func darkRuns(row: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for column in 0..<size where modules[row * size + column] != 0 {
            if let last = runs.last, last.upperBound == column {
                runs[runs.count - 1] = last.lowerBound..<column + 1
            } else {
                runs.append(column..<column + 1)
            }
        }
        return runs
    }
}
