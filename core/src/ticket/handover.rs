//! Handing a ticket to another phone: the code of the phone that is to have it, and the ticket for it.
//!
//! A ticket holds on one phone's key. To send one, its passenger scans the other phone's code, which names
//! that key; the operator issues a ticket for it, and the other phone scans that. Neither code is a secret:
//! a ticket for a key is of no use to whoever does not hold the key.

use super::presentation::LONGEST_TEXT;
use super::{SignedToken, TicketError, phone_key};

const RECEIVER: &str = "JOLK1:";
const PARCEL: &str = "JOLP1:";

/// The text of a phone's code: its key, a compressed P-256 point (SEC 1 §2.3.3).
pub fn receiver_to_text(point: &[u8; 33]) -> String {
    format!("{RECEIVER}{}", base45::encode(point))
}

/// The key that a phone's code names.
///
/// # Errors
/// [`TicketError::Malformed`] if it is something else, or no point of the curve.
pub fn receiver_from_text(text: &str) -> Result<[u8; 33], TicketError> {
    let what = "phone's code";
    let bytes = body(text, RECEIVER).and_then(|bytes| <[u8; 33]>::try_from(bytes).ok());
    let point = bytes.ok_or(TicketError::Malformed { what })?;
    phone_key::point(&point).map(|_| point)
}

/// The text of the code by which a ticket is handed over: at most [`LONGEST_TEXT`] characters.
pub fn parcel_to_text(ticket: &SignedToken) -> String {
    format!("{PARCEL}{}", base45::encode(ticket.to_bytes()))
}

/// Whether a text says of itself that it is a ticket for another phone.
pub fn is_parcel(text: &str) -> bool {
    text.starts_with(PARCEL)
}

/// The ticket that is handed over; only its form is looked at.
///
/// # Errors
/// [`TicketError::Malformed`] if it is something else.
pub fn parcel_from_text(text: &str) -> Result<SignedToken, TicketError> {
    let bytes = body(text, PARCEL).ok_or(TicketError::Malformed { what: "text" })?;
    SignedToken::from_bytes(&bytes)
}

fn body(text: &str, prefix: &str) -> Option<Vec<u8>> {
    let body = text.strip_prefix(prefix).filter(|_| text.len() <= LONGEST_TEXT)?;
    // The decoder lets a last pair of letters run over a byte's end.
    base45::decode(body).ok().filter(|bytes| base45::encode(bytes) == body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{Presentation, SoftwareKey, fixtures};
    use proptest::prelude::*;

    #[test]
    fn both_codes_come_back_and_fit() {
        let point = phone_key::compress(&SoftwareKey::from_seed([5; 32]).public_key()).expect("a key");
        let text = receiver_to_text(&point);
        assert_eq!((receiver_from_text(&text), text.len()), (Ok(point), 56));
        let ticket = fixtures::signed(&fixtures::longest_token());
        let text = parcel_to_text(&ticket);
        assert_eq!(parcel_from_text(&text), Ok(ticket));
        assert!(is_parcel(&text) && !Presentation::is_ticket(&text) && text.len() <= LONGEST_TEXT);
    }

    #[test]
    fn what_is_no_key_and_what_is_more_than_a_code_is_refused() {
        let what = TicketError::Malformed { what: "phone's code" };
        for text in ["", "JOLK1:", "JOLK1:00", &receiver_to_text(&[9; 33])[..20]] {
            assert_eq!(receiver_from_text(text), Err(what.clone()), "{text}");
        }
        assert!(receiver_from_text(&receiver_to_text(&[9; 33])).is_err(), "no point of the curve");
        let point = phone_key::compress(&SoftwareKey::from_seed([5; 32]).public_key()).expect("a key");
        assert!(receiver_from_text(&format!("{}0", receiver_to_text(&point))).is_err());
        let parcel = parcel_to_text(&fixtures::signed(&fixtures::longest_token()));
        assert!(parcel_from_text(&format!("{parcel}0")).is_err());
        assert!(parcel_from_text(&parcel.replacen(PARCEL, RECEIVER, 1)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_each_has_one_form(text in "JOL[KP]1:[0-9A-Z $%*+./:-]{0,420}") {
            if let Ok(point) = receiver_from_text(&text) {
                prop_assert_eq!(receiver_to_text(&point), text.clone());
            }
            if let Ok(ticket) = parcel_from_text(&text) {
                prop_assert_eq!(parcel_to_text(&ticket), text);
            }
        }
    }
}
