#if canImport(Security)
    import CryptoKit
    import Foundation
    import JolApp
    import Security

    /// This phone's key in the Secure Enclave. What the Keychain keeps of it, this Enclave alone can use.
    public struct EnclaveKey: PhoneKey {
        public let publicKey: Data
        /// Not the key: its private half sealed by the Enclave.
        private let sealed: Data

        /// Why there is no key.
        public enum Failure: Error {
            /// This device has no Secure Enclave.
            case noEnclave
            /// The Keychain refused, with this code of Apple's.
            case keychain(OSStatus)
        }

        /// The key of this name; made where there is none. Lost when the phone is set up anew: it then
        /// enrols another one. May take 100 ms.
        public init(name: String) throws {
            guard SecureEnclave.isAvailable else { throw Failure.noEnclave }
            let place: [CFString: Any] = [
                kSecClass: kSecClassGenericPassword,
                kSecAttrService: "kz.jol.phone-key",
                kSecAttrAccount: name,
            ]
            if let kept = try Self.read(place), let key = try? Self.open(kept) {
                self.init(key)
            } else {
                let key = try SecureEnclave.P256.Signing.PrivateKey()
                try Self.write(key.dataRepresentation, at: place)
                self.init(key)
            }
        }

        public func sign(_ message: Data) async throws -> Data {
            try Self.open(sealed).signature(for: message).derRepresentation
        }

        private init(_ key: SecureEnclave.P256.Signing.PrivateKey) {
            publicKey = key.publicKey.compressedRepresentation
            sealed = key.dataRepresentation
        }

        private static func open(_ sealed: Data) throws -> SecureEnclave.P256.Signing.PrivateKey {
            try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: sealed)
        }

        private static func read(_ place: [CFString: Any]) throws -> Data? {
            let query = place.merging([kSecReturnData: true]) { $1 }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            guard status != errSecItemNotFound else { return nil }
            guard status == errSecSuccess else { throw Failure.keychain(status) }
            return found as? Data
        }

        private static func write(_ sealed: Data, at place: [CFString: Any]) throws {
            // A key that the Enclave does not know any more makes place for the new one.
            SecItemDelete(place as CFDictionary)
            let item = place.merging([
                kSecValueData: sealed,
                kSecAttrAccessible: kSecAttrAccessibleWhenUnlockedThisDeviceOnly,
            ]) { $1 }
            let status = SecItemAdd(item as CFDictionary, nil)
            guard status == errSecSuccess else { throw Failure.keychain(status) }
        }
    }
#endif
