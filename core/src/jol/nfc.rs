//! The phone held to a reader: the ticket on the screen as a tag, and a bus that names itself.

use super::{CodeCheck, Jol, JolError, ScannedCode, ToSign};
use crate::nfc::apdu::Status;
use crate::nfc::{Step, Tag, ndef};
use crate::qr::Meaning;
use std::sync::{MutexGuard, PoisonError};

/// What the shell does with a reader's command.
#[derive(Clone, Debug, PartialEq)]
pub enum NfcStep {
    /// Sends this to the reader.
    Reply {
        /// The reply.
        reply: Vec<u8>,
    },
    /// Has the phone's key sign, and sends what [`Jol::nfc_signed`] answers.
    ToSign {
        /// For the ticket in this moment.
        to_sign: ToSign,
    },
    /// Sends this to the reader, and shows the passenger which bus it names. If its code is genuine,
    /// [`Jol::bus_by_code`] and [`Jol::quote`] (way `Nfc`) make the button; nothing is paid without its tap.
    Bus {
        /// The reply.
        reply: Vec<u8>,
        /// The bus's code, looked at like one that was scanned: a reader that forges it is told as such.
        code: ScannedCode,
    },
}

/// What a reader is being told.
#[derive(Debug, Default)]
pub(super) struct Reading {
    tag: Tag,
    /// The ride whose ticket is being signed, and for which slot.
    asked: Option<(String, u32)>,
}

impl Jol {
    /// Answers a command that a reader sent to this phone (ISO/IEC 7816-4). `ride`: the ticket that is on the
    /// screen; without one the tag is empty.
    ///
    /// Always has an answer: a reader does not wait. Android passes what its `HostApduService` gets for the
    /// applications `D2760000850101` and `F04A4F4C425553`; an iPhone can where Apple lets apps emulate
    /// cards, and shows the ticket's code elsewhere.
    pub fn nfc_respond(&self, ride: Option<&str>, command: &[u8]) -> NfcStep {
        let mut reading = self.reading();
        let step = reading.tag.respond(command);
        reading.asked = None;
        let reply = match step {
            Step::Reply(reply) => reply,
            Step::Named { sticker } => {
                drop(reading);
                return self.named(&sticker);
            }
            Step::WantsMessage => match ride.map(|ride| (ride, self.to_sign(ride, None))) {
                Some((ride, Ok(to_sign))) => {
                    reading.asked = Some((ride.to_owned(), to_sign.slot));
                    return NfcStep::ToSign { to_sign };
                }
                // A reader cannot mend it, and an empty tag says what there is.
                _ => reading.tag.hold(None).unwrap_or_else(|| Status::Failed.reply()),
            },
        };
        NfcStep::Reply { reply }
    }

    /// The reply that waited for the phone's key: its signature over [`NfcStep::ToSign`], DER or raw; none if
    /// there is no key that works. From here on the reader is told the same until it selects the file again.
    ///
    /// A signature over something else is refused and still waited for; where no reader waits any more there
    /// is nothing to reply (`NotFound`).
    pub fn nfc_signed(&self, signature: Option<&[u8]>) -> Result<Vec<u8>, JolError> {
        let mut reading = self.reading();
        let gone = || JolError::not_found("reader");
        let (ride, slot) = reading.asked.clone().ok_or_else(gone)?;
        let text = match (self.present_text(&ride, slot, None, signature), signature) {
            // A voucher that anybody could copy is none.
            (Err(_), None) => None,
            (text, _) => Some(text?),
        };
        reading.asked = None;
        reading.tag.hold(text.as_deref()).ok_or_else(gone)
    }

    /// The reader is gone: the next one begins anew.
    pub fn nfc_gone(&self) {
        *self.reading() = Reading::default();
    }

    /// The same as [`Jol::what_is`], of the NDEF message on a tag that the phone read: what hangs in a bus, or a
    /// ticket.
    pub fn what_is_on_tag(&self, message: &[u8]) -> Result<ScannedCode, JolError> {
        self.what_is(&ndef::text_of(message).ok_or_else(|| JolError::bad("code"))?)
    }

    fn named(&self, sticker: &str) -> NfcStep {
        let reply = |status: Status| NfcStep::Reply { reply: status.reply() };
        if !matches!(Meaning::of(sticker), Meaning::Bus { .. }) {
            return reply(Status::WrongData);
        }
        let Ok(code) = self.what_is(sticker) else { return reply(Status::Failed) };
        let status = match code.check {
            CodeCheck::Genuine => Status::Done,
            CodeCheck::NotGenuine => Status::NotGenuine,
            CodeCheck::CannotTell | CodeCheck::Unsigned => Status::NotNow,
        };
        NfcStep::Bus { reply: status.reply(), code }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.nfc.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
