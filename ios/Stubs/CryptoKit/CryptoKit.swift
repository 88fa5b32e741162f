// What our key store uses of Apple's CryptoKit, to compile it on Linux. Nothing here runs.
import Foundation

public enum P256 {
    public enum Signing {
        public struct PublicKey: Sendable {
            public var compressedRepresentation: Data { fatalError() }
        }

        public struct ECDSASignature: Sendable {
            public var derRepresentation: Data { fatalError() }
        }
    }
}

public enum SecureEnclave {
    public static var isAvailable: Bool { fatalError() }

    public enum P256 {
        public enum Signing {
            public struct PrivateKey {
                public init() throws {}
                public init(dataRepresentation: Data) throws {}
                public var dataRepresentation: Data { fatalError() }
                public var publicKey: CryptoKit.P256.Signing.PublicKey { fatalError() }
                public func signature(
                    for data: some DataProtocol
                ) throws -> CryptoKit.P256.Signing.ECDSASignature { fatalError() }
            }
        }
    }
}
