//! Calls to the operator: what they say ([`wire`]), the outbox that keeps them until an answer is
//! known, and the link that carries them (feature `link`).

pub(crate) mod documents;
#[cfg(feature = "link")]
pub mod link;
pub mod outbox;
mod refusal;
pub mod wire;

pub use refusal::Refusal;

use sha2::{Digest, Sha256};

/// What this phone's key signs to enrol itself: the domain, the nonce, its own public key.
pub fn enrolment_message(nonce: &[u8], public_key: &[u8]) -> Vec<u8> {
    [b"jol:enrol:1\0".as_slice(), &Sha256::digest(nonce), public_key].concat()
}
