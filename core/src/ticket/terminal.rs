//! A bus's terminal: its word for where and when somebody boarded, to go with a voucher's use.
//!
//! The terminal shows a code that changes every 15 seconds. A passenger whose phone scans it can prove to
//! have boarded then: eight bytes that only the terminal, the operator and its inspectors can make. A
//! signature would not fit beside the phone's. The key is one for a day and a city; an inspector's phone
//! that is lost tells it for that day, and then only the time of boarding can be forged, never a ride.

use super::TicketError;
use super::cbor::{self, Items};
use super::presentation::SLOT_MS;
use super::token::LONGEST_VEHICLE;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const PREFIX: &str = "JOLB1:";
const TAG: &[u8] = b"jol:terminal:1\0";

/// The key of a city's terminals for a day. It is wiped from memory when dropped.
pub struct TerminalKey(Zeroizing<[u8; 32]>);

impl TerminalKey {
    /// The key of these bytes, which are chance.
    pub fn new(key: [u8; 32]) -> TerminalKey {
        TerminalKey(Zeroizing::new(key))
    }

    /// The word of a vehicle's terminal in a slot: HKDF's expansion (RFC 5869 §2.3) as a keyed function.
    pub fn word(&self, vehicle: &str, slot: u32) -> [u8; 8] {
        let mut word = [0; 8];
        let expand = Hkdf::<Sha256>::from_prk(self.0.as_slice()).expect("32 bytes are long enough");
        let info = [TAG, &slot.to_be_bytes(), vehicle.as_bytes()];
        expand.expand_multi_info(&info, &mut word).expect("8 bytes are few enough");
        word
    }

    /// What a terminal shows at a moment of the operator's time.
    pub fn code(&self, vehicle: &str, slot: u32) -> TerminalCode {
        TerminalCode { vehicle: vehicle.to_owned(), slot, word: self.word(vehicle, slot) }
    }

    /// Whether this is the word for boarding a vehicle at a time, in s since 1970, which must begin a slot.
    pub fn vouches(&self, vehicle: &str, boarded_s: i64, word: [u8; 8]) -> bool {
        let slot_s = SLOT_MS / 1_000;
        let slot = u32::try_from(boarded_s.div_euclid(slot_s)).ok().filter(|_| boarded_s % slot_s == 0);
        slot.is_some_and(|slot| self.word(vehicle, slot) == word)
    }
}

impl std::fmt::Debug for TerminalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TerminalKey")
    }
}

/// The code on a terminal. A passenger's phone cannot tell whether it is genuine; an inspector's can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalCode {
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// The slot in which it was shown: 15-second steps of the operator's time since 1970.
    pub slot: u32,
    /// The terminal's word for both.
    pub word: [u8; 8],
}

impl TerminalCode {
    /// When it was shown, in s since 1970.
    pub fn shown_s(&self) -> i64 {
        i64::from(self.slot) * SLOT_MS / 1_000
    }

    /// The text of the code, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        let items = vec![cbor::text(&self.vehicle), self.slot.into(), cbor::bytes(&self.word)];
        format!("{PREFIX}{}", base45::encode(cbor::encode(items)))
    }

    /// A terminal's code from its text; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is something else.
    pub fn from_text(text: &str) -> Result<TerminalCode, TicketError> {
        let what = "terminal's code";
        let body = text.strip_prefix(PREFIX).filter(|body| body.len() <= 64);
        let bytes = body.and_then(|body| base45::decode(body).ok()).ok_or(TicketError::Malformed { what })?;
        let mut items = Items::read(&bytes, what)?;
        let vehicle = items.text("vehicle", LONGEST_VEHICLE)?;
        let code = TerminalCode { vehicle, slot: items.uint32("slot")?, word: items.bytes("word")? };
        items.end(what)?;
        // The decoder lets a last pair of letters run over a byte's end.
        if code.to_text() == text { Ok(code) } else { Err(TicketError::Malformed { what }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> TerminalKey {
        TerminalKey::new([7; 32])
    }

    #[test]
    fn a_word_is_for_one_vehicle_one_slot_and_one_day() {
        let word = key().word("0547", 119_740_800);
        let boarded_s = 119_740_800 * 15;
        assert!(key().vouches("0547", boarded_s, word));
        assert!(!key().vouches("0548", boarded_s, word));
        assert!(!key().vouches("0547", boarded_s + 15, word));
        assert!(!key().vouches("0547", boarded_s + 1, word), "within the slot is not when it began");
        assert!(!TerminalKey::new([8; 32]).vouches("0547", boarded_s, word));
        assert!(!key().vouches("0547", -15, word) && !key().vouches("0547", i64::MAX, word));
        // Number and slot do not run into one another.
        assert_ne!(key().word("1", 1), key().word("", u32::from_be_bytes([0, 0, 0, 1])));
    }

    #[test]
    fn a_code_comes_back_and_nothing_else_is_one() {
        let code = key().code("B00547", u32::MAX);
        let text = code.to_text();
        println!("{} characters", text.len());
        assert_eq!(TerminalCode::from_text(&text), Ok(code));
        for other in ["", "JOLB1:", &text[..text.len() - 1], &format!("{text}0"), "JOLB1:::", "JOLC1:00"] {
            assert!(TerminalCode::from_text(other).is_err(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(body in "[0-9A-Z $%*+./:-]{0,70}") {
            let _ = TerminalCode::from_text(&format!("JOLB1:{body}"));
        }
    }
}
