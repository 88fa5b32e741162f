//! Paying for a ride: from the tap to an answer that is known.

mod decline;
mod way;

pub use decline::DeclineReason;
pub use way::{Source, Way};

use sha2::{Digest, Sha256};

/// What the phone's key signs to say that the passenger wanted this: the domain, the payment's
/// idempotency key, and the hash of the request as JSON without its signature.
pub fn intent_message(key: &str, unsigned_request: &[u8]) -> Vec<u8> {
    [b"jol:intent:1\0".as_slice(), &Sha256::digest(key), &Sha256::digest(unsigned_request)].concat()
}
