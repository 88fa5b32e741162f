//! Paying for a ride: from the tap to an answer that is known.
//!
//! Pure but for [`rows`]. An intent is a row before it is a request; its key is made once and lives
//! until an answer is known; an answer is believed only by its signed receipt. The ride rule itself
//! is kept on both sides: here a second tap finds the first, there the operator never charges twice.

mod decline;
pub(crate) mod handover;
pub mod message;
pub mod offline;
mod payment;
mod refund;
pub(crate) mod rows;
pub mod rule;
mod way;

pub use decline::{DeclineReason, SupportCall};
pub use payment::{INTENT_LASTS_MS, MOST_PASSENGERS, Payment, PaymentState, Quote, Ride};
pub(crate) use payment::{Settled, are_same, settle};
#[cfg(test)]
pub(crate) use refund::SettledChange;
pub use refund::{ChangeState, Changeable, CorrectionQuote, Refund, RideChange};
pub(crate) use refund::{rows as change_rows, settle_change};
pub use way::{Source, Way};

use sha2::{Digest, Sha256};

/// What the phone's key signs to say that the passenger wanted this: the domain, the payment's
/// idempotency key, and the hash of the request as JSON without its signature.
pub fn intent_message(key: &str, unsigned_request: &[u8]) -> Vec<u8> {
    [b"jol:intent:1\0".as_slice(), &Sha256::digest(key), &Sha256::digest(unsigned_request)].concat()
}
