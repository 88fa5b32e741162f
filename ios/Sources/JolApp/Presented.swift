import Foundation
import JolCore

/// What a passenger holds up: a ticket, or before it a payment that is not known yet.
enum Presented: Equatable, Sendable {
    /// A payment, by its key.
    case payment(String)
    /// A ticket, by its ride.
    case ticket(String)

    /// What the phone's key signs to show it now, or against an inspector's challenge.
    func toSign(_ jol: any JolProtocol, challenge: Data?) throws -> ToSign {
        switch self {
        case .payment(let key): try jol.intentToSign(payment: key, challenge: challenge)
        case .ticket(let ride): try jol.toSign(ride: ride, challenge: challenge)
        }
    }

    /// Its code. What is not signed is no payment of this phone's, and has none.
    func code(_ jol: any JolProtocol, slot: UInt32, challenge: Data?, signature: Data?) throws -> QrCode? {
        switch self {
        case .payment(let key):
            try signature.map {
                try jol.presentIntent(payment: key, slot: slot, challenge: challenge, signature: $0)
            }
        case .ticket(let ride):
            try jol.present(ride: ride, slot: slot, challenge: challenge, signature: signature)
        }
    }
}
