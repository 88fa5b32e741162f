//! The phone held to something: a ticket as a tag that readers read, and a bus that names itself.
//!
//! Pure: commands come in as the reader sent them, replies go out as bytes, and what only the wallet or the
//! phone's key store knows is asked for as a [`Step`]. The phone is read as an NFC Forum Type 4 Tag (T4T 2.0),
//! so that any reader reads it; a bus's terminal names its bus in an application of our own. The bytes are
//! described in `core/contract/bus.md`.
//!
//! It pays nothing and shows nothing by itself: a bus that is named is proposed, and the passenger taps; a
//! ticket is read only while it is on the screen. Android emulates a card in an app
//! (`HostApduService`); iPhones do so in some countries only, with Apple's permission, so there a terminal
//! reads the ticket's code from the screen, and the phone reads the tag that hangs in the bus
//! ([`ndef::text_of`]).
//!
//! | file | what for |
//! |---|---|
//! | `apdu.rs` | commands and statuses (ISO/IEC 7816-4) |
//! | `ndef.rs` | the message that a tag holds (NFC Forum NDEF 1.0) |
//! | `tag.rs` | what a command does and what is replied |

pub mod apdu;
pub mod ndef;
mod tag;

pub use tag::{BUS_AID, NAME_BUS, NDEF_AID, PROTOCOL, Step, Tag};
