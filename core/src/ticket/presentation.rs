//! What the phone shows: the ticket, and the phone's own signature over this very moment.
//!
//! A picture of the code grows stale in 45 seconds, because the phone signs anew for each slot of 15
//! seconds of the operator's time. Where the passenger's phone does not know that time, the
//! inspector's phone shows a challenge, and the signature is over that instead. What a reader can
//! work out is not sent: the COSE_Sign1's headers, and the challenge beyond its first four bytes.
//!
//! Text: `JOL1:` and base45, all of it in a code's alphanumeric mode; not compressed, since signatures
//! do not shrink.

use super::cbor::{self, Items};
use super::token::LONGEST_PAYLOAD;
use super::{Envelope, KeyId, SignedToken, TicketError, Token, phone_key};
use ciborium::Value;

/// How long one signature is shown, in ms of the operator's time.
pub const SLOT_MS: i64 = 15_000;
/// No presentation's text is longer: what QR version 10 level L holds in alphanumeric mode.
pub const LONGEST_TEXT: usize = 395;

const PREFIX: &str = "JOL1:";
const CHALLENGE_PREFIX: &str = "JOLC1:";
/// The tag of what the phone signs.
const TAG: &[u8] = b"jol:show:1\0";

/// The slot at this moment of the operator's time: 15-second steps since 1970.
pub fn slot_at(now_ms: i64) -> u32 {
    u32::try_from(now_ms.max(0) / SLOT_MS).unwrap_or(u32::MAX)
}

/// How long the slot of this moment still lasts, in ms: 1 to 15,000.
pub fn slot_left_ms(now_ms: i64) -> u32 {
    u32::try_from(SLOT_MS - now_ms.rem_euclid(SLOT_MS)).unwrap_or(0)
}

/// What makes a presentation one of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// The slot, from [`slot_at`].
    Slot(u32),
    /// What the inspector's phone asks. It proves more than a time could, so no slot goes with it.
    Challenge([u8; 8]),
}

impl Freshness {
    /// The challenge if there is one, else the slot.
    pub fn of(slot: u32, challenge: Option<[u8; 8]>) -> Freshness {
        challenge.map_or(Freshness::Slot(slot), Freshness::Challenge)
    }
}

/// What the phone's key store has to sign (ECDSA, SHA-256) for a ticket to be shown: 52 bytes.
///
/// The tag, the ticket's hash, 0 and the slot or 1 and the challenge, eight bytes, big-endian.
pub fn to_sign(ticket: &SignedToken, freshness: Freshness) -> Vec<u8> {
    let (kind, moment) = match freshness {
        Freshness::Slot(slot) => (0, u64::from(slot).to_be_bytes()),
        Freshness::Challenge(challenge) => (1, challenge),
    };
    [TAG, &ticket.hash(), &[kind], &moment].concat()
}

/// What a presentation says of its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The slot that is signed.
    Slot(u32),
    /// A challenge is signed that begins so. The rest only the one who asked knows.
    ChallengeBegins([u8; 4]),
}

/// The phone's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Proof {
    moment: Moment,
    /// r and s, 32 bytes each, low s.
    signature: [u8; 64],
}

/// A ticket as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    ticket: SignedToken,
    proof: Option<Proof>,
}

impl Presentation {
    /// A ticket with the signature that the phone's key store gave for [`to_sign`], DER or raw.
    ///
    /// # Errors
    /// [`TicketError::BadSignature`] if the ticket is bound to another phone or to none, or the
    /// signature is over something else; then show [`unsigned`](Presentation::unsigned).
    pub fn assemble(
        ticket: &SignedToken,
        freshness: Freshness,
        signature: &[u8],
    ) -> Result<Presentation, TicketError> {
        let phone = ticket.read_unverified()?.phone.ok_or(TicketError::BadSignature)?;
        let signature = phone_key::accept(&phone.point, &to_sign(ticket, freshness), signature)?;
        let moment = match freshness {
            Freshness::Slot(slot) => Moment::Slot(slot),
            Freshness::Challenge([a, b, c, d, ..]) => Moment::ChallengeBegins([a, b, c, d]),
        };
        Ok(Presentation { ticket: ticket.clone(), proof: Some(Proof { moment, signature }) })
    }

    /// A ticket alone, where the phone has no key that works. Anybody may have copied it, and an
    /// inspector reads "device not proven".
    pub fn unsigned(ticket: &SignedToken) -> Presentation {
        Presentation { ticket: ticket.clone(), proof: None }
    }

    /// The ticket that is shown.
    pub fn ticket(&self) -> &SignedToken {
        &self.ticket
    }

    /// What the presentation says of its moment; none if it is unsigned.
    pub fn moment(&self) -> Option<Moment> {
        self.proof.map(|proof| proof.moment)
    }

    /// Verifies the phone's signature under the key in `token`, which is this presentation's ticket.
    pub(super) fn verify_phone(&self, token: &Token, freshness: Freshness) -> Result<(), TicketError> {
        let (phone, proof) = token.phone.zip(self.proof).ok_or(TicketError::BadSignature)?;
        phone_key::verify(&phone.point, &to_sign(&self.ticket, freshness), &proof.signature)
    }

    /// The CBOR array: key, payload and signature of the COSE_Sign1; then, if the phone signed, the
    /// moment and its signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Envelope { key, payload, signature } = self.ticket.envelope();
        let mut items = vec![cbor::bytes(&key.to_bytes()), cbor::bytes(payload), cbor::bytes(signature)];
        if let Some(Proof { moment, signature }) = &self.proof {
            items.push(match moment {
                Moment::Slot(slot) => Value::from(*slot),
                Moment::ChallengeBegins(head) => cbor::bytes(head),
            });
            items.push(cbor::bytes(signature));
        }
        cbor::encode(items)
    }

    /// A presentation from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Presentation, TicketError> {
        let mut items = Items::read(bytes, "presentation")?;
        let key = KeyId::from_bytes(items.bytes("key")?).ok_or(TicketError::Malformed { what: "key" })?;
        let payload = items.some_bytes("ticket", LONGEST_PAYLOAD)?;
        let signature = items.bytes("signature")?;
        let ticket = SignedToken::from_envelope(Envelope { key, payload, signature });
        let proof = match items.left() {
            0 => None,
            _ if items.is_bytes() => {
                let moment = Moment::ChallengeBegins(items.bytes("challenge")?);
                Some(Proof { moment, signature: items.bytes("phone's signature")? })
            }
            _ => {
                let moment = Moment::Slot(items.uint32("slot")?);
                Some(Proof { moment, signature: items.bytes("phone's signature")? })
            }
        };
        items.end("presentation")?;
        Ok(Presentation { ticket, proof })
    }

    /// The text of the code: at most [`LONGEST_TEXT`] characters, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base45::encode(self.to_bytes()))
    }

    /// Whether a text says of itself that it is a ticket of this or another version.
    pub fn is_ticket(text: &str) -> bool {
        version_of(text).is_some()
    }

    /// A presentation from the text of a code; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is not a ticket, [`TicketError::UnknownVersion`] if it says
    /// that it is one of another version.
    pub fn from_text(text: &str) -> Result<Presentation, TicketError> {
        let malformed = TicketError::Malformed { what: "text" };
        let (version, body) = version_of(text).ok_or(malformed.clone())?;
        if version != 1 {
            return Err(TicketError::UnknownVersion { version: u64::from(version) });
        }
        if text.len() > LONGEST_TEXT {
            return Err(malformed);
        }
        let bytes = base45::decode(body).map_err(|_| malformed.clone())?;
        // The decoder lets a last pair of letters run over a byte's end.
        if base45::encode(&bytes) != body {
            return Err(malformed);
        }
        Presentation::from_bytes(&bytes)
    }
}

/// The text of the code that an inspector's phone shows for a passenger's to scan: `JOLC1:` and base45.
pub fn challenge_to_text(challenge: [u8; 8]) -> String {
    format!("{CHALLENGE_PREFIX}{}", base45::encode(challenge))
}

/// The challenge in the text of a code.
///
/// # Errors
/// [`TicketError::Malformed`] if it is something else.
pub fn challenge_from_text(text: &str) -> Result<[u8; 8], TicketError> {
    let body = text.strip_prefix(CHALLENGE_PREFIX).filter(|body| body.len() == 12);
    let challenge = body.and_then(|body| base45::decode(body).ok()?.try_into().ok());
    challenge.ok_or(TicketError::Malformed { what: "challenge" })
}

/// The one digit of `JOL1:` and what follows.
fn version_of(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix("JOL")?;
    let digit = rest.bytes().next().filter(u8::is_ascii_digit)?;
    Some((digit - b'0', rest.get(1..)?.strip_prefix(':')?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, CHALLENGE, NOW_MS};
    use crate::ticket::{Purpose, SigningKey, SoftwareKey};
    use proptest::prelude::*;
    use qrcode::{EcLevel, QrCode, Version};

    #[test]
    fn the_longest_ticket_fits_version_10_level_l_to_the_last_character() {
        let slot = Freshness::Slot(u32::MAX);
        let shown = |freshness| fixtures::shown(&fixtures::longest_token(), freshness);
        let unsigned = Presentation::unsigned(&fixtures::signed(&fixtures::longest_token()));
        for (name, presentation, characters) in [
            ("longest, slot", shown(slot), LONGEST_TEXT),
            ("longest, challenge", shown(Freshness::Challenge(CHALLENGE)), LONGEST_TEXT),
            ("longest, unsigned", unsigned, 289),
            ("usual", fixtures::shown(&fixtures::token(), Freshness::Slot(slot_at(NOW_MS))), 349),
        ] {
            let (text, bytes) = (presentation.to_text(), presentation.to_bytes().len());
            println!("{name}: {bytes} bytes, {} characters", text.len());
            assert_eq!(text.len(), characters, "{name}");
            let code = QrCode::with_version(&text, Version::Normal(10), EcLevel::L);
            assert!(code.is_ok(), "{name}");
            assert_eq!(Presentation::from_text(&text), Ok(presentation), "{name}");
        }
        // 36 letters and digits, space, and eight signs (ISO/IEC 18004 §7.3.4).
        let text = shown(slot).to_text();
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " $%*+-./:".contains(c);
        assert!(text.chars().all(plain), "{text}");
    }

    #[test]
    fn the_phone_signs_52_bytes_that_differ_with_ticket_slot_and_challenge() {
        let (ticket, other) =
            (fixtures::signed(&fixtures::token()), fixtures::signed(&fixtures::longest_token()));
        let eight = [0, 0, 0, 0, 0, 0, 0, 5];
        let messages = [
            to_sign(&ticket, Freshness::Slot(5)),
            to_sign(&ticket, Freshness::Slot(6)),
            to_sign(&ticket, Freshness::Challenge(eight)),
            to_sign(&other, Freshness::Slot(5)),
        ];
        for (i, message) in messages.iter().enumerate() {
            assert_eq!(message.len(), 52);
            assert!(!messages[..i].contains(message));
        }
        assert_eq!(Freshness::of(5, None), Freshness::Slot(5));
        assert_eq!(Freshness::of(5, Some(eight)), Freshness::Challenge(eight));
    }

    #[test]
    fn a_phone_shows_no_signature_that_an_inspector_would_refuse() {
        let ticket = fixtures::signed(&fixtures::token());
        let (now, then) = (Freshness::Slot(8), Freshness::Slot(7));
        let refused = Err(TicketError::BadSignature);
        let thief = SoftwareKey::from_seed([9; 32]).sign(&to_sign(&ticket, now));
        assert_eq!(Presentation::assemble(&ticket, now, &thief), refused);
        let stale = fixtures::phone().sign(&to_sign(&ticket, then));
        assert_eq!(Presentation::assemble(&ticket, now, &stale), refused);
        let unbound = fixtures::signed(&Token { phone: None, ..fixtures::token() });
        let signature = fixtures::phone().sign(&to_sign(&unbound, now));
        assert_eq!(Presentation::assemble(&unbound, now, &signature), refused);
    }

    #[test]
    fn slots_are_fifteen_seconds_and_never_negative() {
        assert_eq!((slot_at(0), slot_at(14_999), slot_at(15_000)), (0, 0, 1));
        assert_eq!((slot_at(-1), slot_at(i64::MIN), slot_at(i64::MAX)), (0, 0, u32::MAX));
    }

    #[test]
    fn a_challenge_is_shown_and_scanned() {
        let text = challenge_to_text(CHALLENGE);
        assert_eq!(text.len(), 18);
        assert_eq!(challenge_from_text(&text), Ok(CHALLENGE));
        assert!(!Presentation::is_ticket(&text));
        for other in ["", "JOLC1:", "JOLC1:::::::::::::", &text[..17], &format!("{text}0"), "JOLC1:ЖЖЖЖЖЖ"]
        {
            assert_eq!(challenge_from_text(other), Err(TicketError::Malformed { what: "challenge" }));
        }
    }

    #[test]
    fn a_letter_that_stands_for_too_much_is_refused() {
        // `::` decodes to a byte like `M5` does, if nobody looks at what is lost.
        assert!(base45::decode("::").is_ok());
        let text = Presentation::unsigned(&odd_ticket()).to_text();
        let (head, tail) = text.split_at(text.len() - 2);
        let byte = base45::decode(tail).expect("a pair");
        let twin = u32::from(byte[0]) + 256;
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let pair = [letters[twin as usize % 45], letters[twin as usize / 45]];
        let forged = format!("{head}{}", String::from_utf8_lossy(&pair));
        assert_eq!(
            base45::decode(&forged[5..]),
            base45::decode(&text[5..]),
            "the decoder sees no difference"
        );
        assert!(Presentation::from_text(&text).is_ok());
        assert!(Presentation::from_text(&forged).is_err());
    }

    /// A ticket whose unsigned presentation has an odd number of bytes.
    fn odd_ticket() -> SignedToken {
        let stops = ["1", "12"].map(|stop| Token { stop: Some(stop.to_owned()), ..fixtures::token() });
        let odd = |ticket: &SignedToken| Presentation::unsigned(ticket).to_bytes().len() % 2 == 1;
        stops.iter().map(fixtures::signed).find(odd).expect("one of two neighbours is odd")
    }

    #[test]
    fn another_version_is_said_to_be_one() {
        let text = fixtures::shown(&fixtures::token(), Freshness::Slot(1)).to_text();
        let newer = text.replacen("JOL1", "JOL2", 1);
        assert_eq!(Presentation::from_text(&newer), Err(TicketError::UnknownVersion { version: 2 }));
        assert!(Presentation::is_ticket(&text) && Presentation::is_ticket(&newer));
        for other in ["", "JOL", "JOL1", "JOLT:", "jol1:", "JOLЖ:", "HTTPS://EXAMPLE.KZ"] {
            assert!(!Presentation::is_ticket(other), "{other}");
        }
        // A later version of what the operator signs, by a key of its own.
        let key: SigningKey = fixtures::signing_key(Purpose::Ticket);
        let later = cbor::encode(vec![2.into()]);
        let later = Envelope::sign(crate::ticket::Domain::Ticket, later, &key).expect("signed");
        let refused = SignedToken::from_envelope(later).verify(&fixtures::trusted_keys());
        assert_eq!(refused, Err(TicketError::UnknownVersion { version: 2 }));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", body in "[0-9A-Z $%*+./:-]{0,420}") {
            let _ = Presentation::from_text(&text);
            let _ = challenge_from_text(&format!("JOLC1:{text}"));
            let _ = Presentation::from_text(&format!("JOL1:{text}"));
            let _ = Presentation::from_text(&format!("JOL1:{body}"));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Presentation::from_bytes(&bytes);
            let _ = SignedToken::from_bytes(&bytes);
            let payload = Envelope { payload: bytes, ..fixtures::signed(&fixtures::token()).envelope().clone() };
            let _ = SignedToken::from_envelope(payload).read_unverified();
        }
    }
}
