//! Paying by a message: an SMS to the operator's short number, or a line to its bot in a messenger.
//!
//! The number, what to write and what the answers look like are the operator's data ([`SmsRule`],
//! [`MessengerRule`]); here a message is composed, any text that is shown as its answer is read, and what is
//! known of a message that was opened is kept together. It sends nothing: the phone's own app does, and needs no
//! data network. An answer is text, and anybody can write text: it never proves a payment. Only a ride that the
//! operator reports makes a message paid.
//!
//! Pure but for [`rows`]. The format is `core/contract/sms.md`; it is modelled on Atyrau's 9505 and SMSBUS's 2505.

mod compose;
mod kept;
mod plain;
mod reply;
pub(crate) mod rows;
mod rules;
mod template;

pub use compose::{
    ComposeError, Composed, LONGEST_TEXT, Written, compose_link, compose_sms, is_same_bus, read_written,
};
pub use kept::{
    LATEST_CHARGE_MS, LONGEST_RIDE_MS, Message, MessageStanding, MessageState, about, holds_until_ms,
};
pub use reply::{LONGEST_REPLY, MOST_REPLIES, ReadReply, Reply, read_replies, read_reply, write_reply};
pub use rules::{BusName, LanguageWord, MessengerRule, ReplyKind, ReplyPattern, SmsRule, Wording};
