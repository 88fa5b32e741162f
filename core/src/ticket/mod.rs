//! Tickets: what the operator signs, what the phone shows, what an inspector believes.
//!
//! Both sides live here, as pure functions: the sandbox operator signs with what the phone and the
//! inspector verify with. The room keeps nothing, reads no clock and knows no network; `now_ms` is
//! the operator's time (an anchor plus the boot clock) and comes in. How long a ride lives, and what
//! becomes of its ticket, is for `pay` and `wallet` to say.
//!
//! The bytes are fixed by `core/contract/ticket.cddl`. Where the ideas come from: COSE_Sign1 and
//! external associated data (RFC 9052 §4.2, §4.3), deterministic CBOR (RFC 8949 §4.2), Ed25519 (RFC
//! 8032, verified strictly), base45 in a code's alphanumeric mode (RFC 9285 and the EU's health
//! certificates), status lists (draft-ietf-oauth-status-list), a moment signed by the phone as in
//! RFC 6238's time steps and a challenge as in FIDO.
//!
//! | file | what for |
//! |---|---|
//! | `token.rs` | the ticket itself, as the operator signs it |
//! | `presentation.rs` | what the phone shows, and signs anew every 15 seconds |
//! | `voucher.rs` | rides that are paid before, for a bus without a network |
//! | `terminal.rs` | a bus's word for when a passenger boarded |
//! | `card_code.rs` | a transport card as a code, in the app and printed |
//! | `handover.rs` | a ticket for another phone, from screen to screen |
//! | `inspect.rs` | an inspector's verdict on a code |
//! | `register.rs` | who rides in a vehicle who paid without showing a code |
//! | `by_number.rs` | an inspector's verdict on a number: a card's, a text message's, a receipt's |
//! | `intent.rs` | what the phone shows of a payment that is not known yet, and the verdict on it |
//! | `till.rs` | tickets for cash: what a conductor's phone signs without a network |
//! | `keys.rs` | the operator's keys that are trusted, and for what |
//! | `status.rs` | tickets that hold no longer, and runs that broke down |
//! | `day_sign.rs` | the colour and the word of the day, for a driver's eye |
//! | `pack_seal.rs` | the operator's word for a city pack |
//! | `receipt.rs` | signed answers about money, and the operator's time |
//! | `sticker.rs` | codes on buses, at stops and on cards |
//! | `envelope.rs` | the one signed form of all these |
//! | `phone_key.rs` | signatures by the phone's own key |

pub mod by_number;
pub mod card_code;
mod cbor;
pub mod day_sign;
pub mod envelope;
pub mod handover;
pub mod inspect;
pub mod intent;
pub mod keys;
pub mod pack_seal;
pub mod phone_key;
pub mod presentation;
pub mod receipt;
pub mod register;
#[cfg(any(test, feature = "simulated"))]
mod software_key;
pub mod status;
pub mod sticker;
pub mod terminal;
pub mod till;
pub mod token;
pub mod voucher;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod vectors;

pub use by_number::{Lookup, NumberFacts, NumberVerdict, Says, ShownNumber, look_up};
pub use card_code::{
    CardCode, CardCodeError, CardCredential, ShownCard, SignedCredential, card_to_sign, read_card_code,
};
pub use day_sign::{DaySign, DaySigns};
pub use envelope::{Domain, Envelope, Issuer, KeyId, Purpose, SigningKey};
pub use inspect::{CannotTell, Check, Facts, NotValid, Paid, SeenSet, Verdict, inspect};
pub use intent::{Intent, IntentVerdict, ShownIntent, inspect_intent};
pub use keys::{KeyEntry, KeyList, Root, TrustedKeys};
pub use pack_seal::PackSeal;
pub use presentation::{Freshness, Presentation, SLOT_MS, slot_at, slot_left_ms, to_sign};
pub use receipt::{Receipt, ReceiptOutcome, SignedTime};
pub use register::{Mark, NumberKind, Register, RegisteredRide};
#[cfg(any(test, feature = "simulated"))]
pub use software_key::SoftwareKey;
pub use status::{BrokenRun, StatusList};
pub use sticker::{SignedSticker, StickerCode, StickerKind};
pub use terminal::{TerminalCode, TerminalKey};
pub use token::{EndRule, PhoneKey, SignedToken, TicketId, Token};
pub use voucher::{ShownVoucher, SignedVoucher, Use, Voucher};

/// Whether a text says of itself that it is shown to inspectors: a ticket, a voucher's ride, a payment that is
/// not known yet, a ticket for cash; of this version or another.
pub fn is_shown(text: &str) -> bool {
    Presentation::is_ticket(text)
        || ShownVoucher::is_voucher(text)
        || ShownIntent::is_intent(text)
        || till::PaperTicket::is_paper(text)
}

/// Why something signed was not made, or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// The bytes or the text are not what the format says.
    #[error("not as the format says: {what}")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// A version of the format that this app does not know.
    #[error("version {version} is not known")]
    UnknownVersion {
        /// The version that it names.
        version: u64,
    },
    /// A value outside the bounds of the format, which hold so that the code stays small.
    #[error("{field} is outside its bounds")]
    OutOfBounds {
        /// Which value.
        field: &'static str,
    },
    /// The key that it names may not have signed it.
    #[error("key {key}: {fault}")]
    Key {
        /// The key.
        key: KeyId,
        /// Why not.
        fault: KeyFault,
    },
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
    /// A list that is older than one seen before.
    #[error("list {got} is older than {seen}")]
    Rollback {
        /// The newest number seen.
        seen: u32,
        /// The number of this one.
        got: u32,
    },
    /// A list whose time is over.
    #[error("valid only until {until_s}")]
    TooOld {
        /// Until when it was to be used, in s since 1970.
        until_s: i64,
    },
    /// The operator's answer to another request.
    #[error("an answer to another request")]
    OtherRequest,
}

/// Why a key may not have signed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It is not in the list of keys.
    #[error("unknown")]
    Unknown,
    /// It is there for something else.
    #[error("for another purpose")]
    OtherPurpose,
    /// It was not in use then.
    #[error("not in use at that time")]
    OtherTime,
}
