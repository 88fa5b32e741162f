import Foundation
import JolCore
import Testing

/// The library answers in Swift: what crosses the border comes over whole.
@Suite struct CoreTests {
    @Test func libraryIsTheOneOfThisTree() throws {
        let manifest = URL(filePath: #filePath).appending(path: "../../../../Cargo.toml").standardized
        let text = try String(contentsOf: manifest, encoding: .utf8)
        #expect(text.contains("version = \"\(version())\"\nedition"))
    }

    @Test(
        arguments: [
            (12_000, "120"), (9_950, "99.50"), (0, "0"), (-305, "-3.05"), (.min, "-92233720368547758.08"),
        ] as [(Int64, String)])
    func sumsAreWrittenByTheCore(tiyn: Int64, text: String) {
        #expect(sumText(sum: Money(tiyn: tiyn)) == text)
    }
}
