import Foundation
import JolCore
import Testing

/// Waiting for the core's news may be given up at any moment, and ends when the wallet is shut.
@Suite(.timeLimit(.minutes(1))) struct WaitTests {
    @Test func aWaitThatIsCancelledHarmsNothing() async throws {
        try await withWallet { jol async throws in
            let first = jol.revision()
            let given = (0..<20).map { _ in Task { await jol.nextChange(after: first) } }
            await Task.yield()
            given.forEach { $0.cancel() }
            let kept = Task { await jol.nextChange(after: first) }
            jol.setLanguage(language: .ru)
            #expect(await kept.value > first)
            #expect(jol.language() == .ru)
            for wait in given { #expect(await wait.value > first) }
        }
    }

    @Test func shuttingEndsEveryWait() async throws {
        try await withWallet { jol async throws in
            let waits = (0..<3).map { _ in Task { await jol.nextChange(after: jol.revision()) } }
            await Task.yield()
            jol.shut()
            for wait in waits { _ = await wait.value }
            let last = jol.revision()
            #expect(await jol.nextChange(after: last) == last)
            #expect(try jol.tickets().isEmpty)
        }
    }

    /// A wallet whose operator does not answer.
    private func withWallet(_ use: (Jol) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jol-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let entry = OperatorEntry(
            code: "JOL", address: "http://127.0.0.1:9", rootKey: Data(count: 32), tlsRoot: nil)
        let jol = try SimulatedClock.at(wallMs: 1_789_527_600_000).openJol(
            opening: Opening(
                folder: folder.path, operator: entry, dataKey: Data(count: 32), bootId: "boot-1",
                deviceName: "phone", language: .kk, appVersion: "0.1.0"),
            seed: 1)
        defer { jol.shut() }
        try await use(jol)
    }
}
