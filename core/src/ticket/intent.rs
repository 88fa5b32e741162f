//! What the phone shows of a payment that is not known yet: that it was asked for, when, and for which bus.
//!
//! The network was lost between the tap and the answer, and an inspector stands there. Nobody can tell
//! whether it was paid; that it was asked for, the phone signs, with the moment in which it is shown, so that
//! a picture of it grows stale as a ticket's does. The operator has signed nothing: this is never valid, and
//! never proof of a payment. What it is good for comes later: the inspector uploads it, and the operator sees
//! by the payment's key and the phone's whether the payment came, or somebody only pretended.
//!
//! The time of the tap is the phone's. A phone that was made to lie can say an earlier one, and is found out
//! by the payment that never comes.

use super::by_number::Says;
use super::cbor::{self, Items};
use super::inspect::TOLERANCE_MS;
use super::presentation::{LONGEST_TEXT, Moment, SLOT_MS};
use super::token::{
    LONGEST_CITY, LONGEST_LINE, LONGEST_VEHICLE, passengers_from_number, passengers_to_number,
};
use super::{CannotTell, Check, Freshness, Issuer, NotValid, TicketError, phone_key};
use crate::money::Money;
use crate::wallet::PassengerGroup;
use ciborium::Value;
use sha2::{Digest, Sha256};

/// The format of an intent.
const VERSION: u64 = 1;
const PREFIX: &str = "JOLI1:";
/// The tag of what the phone signs.
const TAG: &[u8] = b"jol:intent-shown:1\0";
/// The longest text of a shown intent.
pub const LONGEST_INTENT: usize = 254;

/// A payment that was asked for, as the passenger's phone says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Whom it was asked of.
    pub issuer: Issuer,
    /// The first half of the hash of the payment's idempotency key, from [`payment_hash`].
    pub payment: [u8; 16],
    /// The operator's code of the city.
    pub city: String,
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// The line that the passenger was shown.
    pub line: String,
    /// Who rides, each category once, in the categories' order.
    pub passengers: Vec<PassengerGroup>,
    /// The sum that was on the button.
    pub fare: Money,
    /// When the passenger tapped, in s since 1970.
    pub tapped_s: i64,
    /// The phone's key: P-256, compressed.
    pub phone: [u8; 33],
}

/// What names a payment in an intent: its key itself would let whoever scans it ask for the answer.
pub fn payment_hash(key: &str) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..]: [u8; 32] = Sha256::digest(key).into();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

impl Intent {
    /// What the phone's key store has to sign (ECDSA, SHA-256) for the intent to be shown: 60 bytes.
    ///
    /// The tag, the hash of the intent's array, 0 and the slot or 1 and the challenge, eight bytes.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for.
    pub fn to_sign(&self, freshness: Freshness) -> Result<Vec<u8>, TicketError> {
        let (kind, moment) = match freshness {
            Freshness::Slot(slot) => (0, u64::from(slot).to_be_bytes()),
            Freshness::Challenge(challenge) => (1, challenge),
        };
        let hash: [u8; 32] = Sha256::digest(cbor::encode(self.items()?)).into();
        Ok([TAG, &hash, &[kind], &moment].concat())
    }

    fn items(&self) -> Result<Vec<Value>, TicketError> {
        let out = |field| TicketError::OutOfBounds { field };
        let code = |field, text: &str, max| match cbor::fits(text, max) {
            true => Ok(cbor::text(text)),
            false => Err(out(field)),
        };
        let number = |field, number: i64| u32::try_from(number).map(Value::from).map_err(|_| out(field));
        phone_key::point(&self.phone).map_err(|_| out("phone's key"))?;
        Ok(vec![
            VERSION.into(),
            cbor::text(&self.issuer.to_string()),
            cbor::bytes(&self.payment),
            code("city", &self.city, LONGEST_CITY)?,
            code("vehicle", &self.vehicle, LONGEST_VEHICLE)?,
            code("line", &self.line, LONGEST_LINE)?,
            passengers_to_number(&self.passengers)?.into(),
            number("fare", self.fare.tiyn)?,
            number("tapped", self.tapped_s)?,
            cbor::bytes(&self.phone),
        ])
    }

    fn read(items: &mut Items) -> Result<Intent, TicketError> {
        items.version(VERSION)?;
        let issuer = Issuer::new(&items.text("issuer", 3)?);
        let intent = Intent {
            issuer: issuer.ok_or(TicketError::Malformed { what: "issuer" })?,
            payment: items.bytes("payment")?,
            city: items.text("city", LONGEST_CITY)?,
            vehicle: items.text("vehicle", LONGEST_VEHICLE)?,
            line: items.text("line", LONGEST_LINE)?,
            passengers: passengers_from_number(items.uint32("passengers")?)?,
            fare: Money::tiyn(i64::from(items.uint32("fare")?)),
            tapped_s: i64::from(items.uint32("tapped")?),
            phone: items.bytes("phone's key")?,
        };
        phone_key::point(&intent.phone)?;
        Ok(intent)
    }
}

/// An intent as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownIntent {
    intent: Intent,
    moment: Moment,
    signature: [u8; 64],
}

impl ShownIntent {
    /// An intent with the signature that the phone's key store gave for [`Intent::to_sign`], DER or raw.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for an intent that no code has room for, [`TicketError::BadSignature`]
    /// if the signature is over something else or by another phone.
    pub fn assemble(
        intent: &Intent,
        freshness: Freshness,
        signature: &[u8],
    ) -> Result<ShownIntent, TicketError> {
        let signature = phone_key::accept(&intent.phone, &intent.to_sign(freshness)?, signature)?;
        let moment = match freshness {
            Freshness::Slot(slot) => Moment::Slot(slot),
            Freshness::Challenge([a, b, c, d, ..]) => Moment::ChallengeBegins([a, b, c, d]),
        };
        Ok(ShownIntent { intent: intent.clone(), moment, signature })
    }

    /// What is shown. Nobody has verified it.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// What it says of the moment in which it is shown.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Verifies the phone's signature under the key that the intent names. `challenge` is what was asked,
    /// for an intent that answers one.
    ///
    /// # Errors
    /// [`TicketError::BadSignature`].
    pub fn verify(&self, challenge: Option<[u8; 8]>) -> Result<(), TicketError> {
        let freshness = match (self.moment, challenge) {
            (Moment::Slot(slot), _) => Freshness::Slot(slot),
            (Moment::ChallengeBegins(head), Some(challenge)) if challenge.starts_with(&head) => {
                Freshness::Challenge(challenge)
            }
            (Moment::ChallengeBegins(_), _) => return Err(TicketError::BadSignature),
        };
        phone_key::verify(&self.intent.phone, &self.intent.to_sign(freshness)?, &self.signature)
    }

    /// The CBOR array: the intent's items; the moment and the phone's signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut items = self.intent.items().unwrap_or_default();
        items.push(match self.moment {
            Moment::Slot(slot) => Value::from(slot),
            Moment::ChallengeBegins(head) => cbor::bytes(&head),
        });
        items.push(cbor::bytes(&self.signature));
        cbor::encode(items)
    }

    /// A shown intent from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`], [`TicketError::UnknownVersion`].
    pub fn from_bytes(bytes: &[u8]) -> Result<ShownIntent, TicketError> {
        let mut items = Items::read(bytes, "shown intent")?;
        let intent = Intent::read(&mut items)?;
        let moment = match items.is_bytes() {
            true => Moment::ChallengeBegins(items.bytes("challenge")?),
            false => Moment::Slot(items.uint32("slot")?),
        };
        let signature = items.bytes("phone's signature")?;
        items.end("shown intent")?;
        Ok(ShownIntent { intent, moment, signature })
    }

    /// The text of the code: at most [`LONGEST_INTENT`] characters, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base45::encode(self.to_bytes()))
    }

    /// Whether a text says of itself that it is a shown intent.
    pub fn is_intent(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// A shown intent from the text of a code; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is something else, [`TicketError::UnknownVersion`].
    pub fn from_text(text: &str) -> Result<ShownIntent, TicketError> {
        let malformed = TicketError::Malformed { what: "text" };
        let body = text.strip_prefix(PREFIX).filter(|_| text.len() <= LONGEST_TEXT);
        let bytes = body.and_then(|body| base45::decode(body).ok()).ok_or(malformed.clone())?;
        // The decoder lets a last pair of letters run over a byte's end.
        if Some(base45::encode(&bytes).as_str()) != body {
            return Err(malformed);
        }
        ShownIntent::from_bytes(&bytes)
    }
}

/// What the inspector is told of a shown intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentVerdict {
    /// Never valid.
    pub says: Says,
    /// What was shown, where its own phone signed it.
    pub intent: Option<Intent>,
    /// It answered this inspector's challenge.
    pub answered_challenge: bool,
}

/// Looks at the text of a shown intent.
pub fn inspect_intent(text: &str, check: &Check<'_>) -> IntentVerdict {
    let refused =
        |reason| IntentVerdict { says: Says::NotValid(reason), intent: None, answered_challenge: false };
    let shown = match ShownIntent::from_text(text) {
        Ok(shown) => shown,
        Err(TicketError::UnknownVersion { .. }) => return refused(NotValid::UnknownVersion),
        Err(_) => return refused(NotValid::NotATicket),
    };
    if shown.intent.issuer != check.keys.issuer() {
        return refused(NotValid::UnknownKey);
    }
    let answered_challenge = match (shown.moment, check.challenge) {
        (Moment::ChallengeBegins(head), Some(challenge)) if challenge.starts_with(&head) => true,
        (Moment::Slot(_), None) => false,
        _ => return refused(NotValid::WrongChallenge),
    };
    if shown.verify(check.challenge).is_err() {
        return refused(NotValid::BadSignature);
    }
    let says = refusal(&shown, check).map_or_else(|| untold(&shown.intent, check), Says::NotValid);
    IntentVerdict { says, intent: Some(shown.intent), answered_challenge }
}

/// What is wrong with something that a phone did sign, the gravest first.
fn refusal(shown: &ShownIntent, check: &Check<'_>) -> Option<NotValid> {
    let intent = &shown.intent;
    if let Some(vehicle) = check.vehicle
        && vehicle != intent.vehicle
    {
        return Some(NotValid::WrongVehicle { vehicle: intent.vehicle.clone() });
    }
    if let (Moment::Slot(slot), Some(now_ms)) = (shown.moment, check.now_ms) {
        let age_ms = now_ms.saturating_sub(i64::from(slot) * SLOT_MS);
        if !(-TOLERANCE_MS..=TOLERANCE_MS).contains(&age_ms) {
            return Some(NotValid::WrongSlot { age_s: age_ms.div_euclid(1_000) });
        }
    }
    if check.now_ms.is_some_and(|now_ms| intent.tapped_s * 1_000 - now_ms > TOLERANCE_MS) {
        return Some(NotValid::NotYetValid { from_s: intent.tapped_s });
    }
    check.seen.intent_seen_ms(intent.payment).map(|at_ms| NotValid::SeenBefore { at_ms })
}

/// It may have been paid.
fn untold(intent: &Intent, check: &Check<'_>) -> Says {
    let at_s = intent.tapped_s;
    Says::CannotTell(match check.now_ms.and(check.began_ms) {
        None => CannotTell::TimeUnknown,
        Some(began_ms) if at_s * 1_000 > began_ms => CannotTell::AskedAfterCheck { at_s },
        Some(_) => CannotTell::AskedBeforeCheck { at_s },
    })
}

#[cfg(test)]
mod tests;
