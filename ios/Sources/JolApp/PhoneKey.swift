import Foundation

/// This phone's key. Its private half never leaves the key store.
public protocol PhoneKey: Sendable {
    /// The P-256 point, compressed (33 bytes) or not (65).
    var publicKey: Data { get }

    /// ECDSA with SHA-256 over `message`, DER or raw. Takes as long as the hardware takes.
    func sign(_ message: Data) async throws -> Data
}
