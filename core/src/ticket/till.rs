//! A ticket for cash: the conductor's phone signs it under the operator's licence, without a network.
//!
//! The licence names one phone, one city and one shift; whoever has the operator's keys can check a ticket
//! that this phone signed. It is shown as a code on paper or on the conductor's screen, so anybody can copy
//! it: what holds a copy back is the bus, the end of the ride, and one inspector's memory.
//!
//! A sale's number counts passengers, not sales: it is the number of its first passenger, and the next
//! sale's follows that of its last one. So a sale that is left out is a gap that anybody can see, and each
//! passenger has a number for the paper of their own (`number.rs`).

mod look;
pub mod number;
mod settlement;

pub use look::{PaperCheck, PaperFacts, PaperLooked, PaperSeen, look};
pub use number::{KnownTill, NumberVerdict, PaperNumber, ShiftKey};
pub use settlement::Settlement;

use super::cbor::{self, Items};
use super::presentation::LONGEST_TEXT;
use super::token::{
    LONGEST_CITY, LONGEST_LINE, LONGEST_SPAN_S, LONGEST_VEHICLE, end_from_items, end_to_value,
    passengers_from_number, passengers_to_number,
};
use super::{
    Domain, EndRule, Envelope, KeyFault, KeyId, SigningKey, TicketError, TicketId, TrustedKeys, phone_key,
};
use crate::money::Money;
use crate::wallet::PassengerGroup;
use ciborium::Value;
use sha2::{Digest, Sha256};

/// The format of a licence.
const VERSION: u64 = 1;
/// No payload of a licence is longer, in bytes.
pub const LONGEST_LICENCE: usize = 64;
/// No sale is longer, in bytes.
pub const LONGEST_SALE: usize = 33;
/// The highest number of a passenger in one shift.
pub const MOST_PASSENGERS: u16 = u16::MAX;

const PREFIX: &str = "JOLT1:";
/// The tag of what the conductor's phone signs.
const TAG: &[u8] = b"jol:sale:1\0";

/// A till: one shift of one conductor, by the operator's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TillId(pub u32);

impl TillId {
    /// The ticket of this passenger, as an inspector's upload names it: the till, then the passenger.
    pub fn ticket(self, passenger: u16) -> TicketId {
        TicketId::new(self.0, u32::from(passenger).to_be_bytes())
    }
}

/// What the operator says by a licence: this phone sells rides for cash in this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// The operator and the key of it that signs.
    pub key: KeyId,
    /// The till.
    pub till: TillId,
    /// The conductor's phone: P-256, compressed.
    pub phone: [u8; 33],
    /// The operator's code of the city.
    pub city: String,
    /// The first second, since 1970, in which it sells.
    pub from_s: i64,
    /// The last one; at most [`LONGEST_SPAN_S`] after the first.
    pub until_s: i64,
    /// How long a ride may last from its sale, in s: 1 to [`LONGEST_SPAN_S`]. The operator's to say, so
    /// that no conductor sells a longer one.
    pub life_s: i64,
    /// When a ride ends, if not before by `life_s`.
    pub end: EndRule,
}

/// A licence as the operator signed it, a COSE_Sign1. These bytes are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedLicence(Envelope);

impl SignedLicence {
    /// Signs a licence.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for;
    /// [`TicketError::Key`] if the licence names another key, or the key is not for tickets.
    pub fn sign(licence: &Licence, key: &SigningKey) -> Result<SignedLicence, TicketError> {
        if licence.key != key.id() {
            return Err(TicketError::Key { key: licence.key, fault: KeyFault::Unknown });
        }
        Envelope::sign(Domain::Till, licence.encode()?, key).map(SignedLicence)
    }

    /// A licence from its bytes; only its form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<SignedLicence, TicketError> {
        if bytes.len() > LONGEST_LICENCE + 80 {
            return Err(TicketError::Malformed { what: "length of a licence" });
        }
        Envelope::from_bytes(bytes).map(SignedLicence)
    }

    /// The COSE_Sign1.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The licence, if the operator signed it. Whether its shift is now is not asked.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<Licence, TicketError> {
        keys.open(Domain::Till, &self.0, |_| {
            let licence = self.read_unverified()?;
            let from_s = licence.from_s;
            Ok((licence, Some(from_s)))
        })
    }

    /// What the licence says, whoever signed it: for bytes that were verified when they came.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] or [`TicketError::UnknownVersion`].
    pub fn read_unverified(&self) -> Result<Licence, TicketError> {
        Licence::decode(self.0.key, &self.0.payload)
    }
}

impl Licence {
    /// Whether a sale at this second is within the shift.
    pub fn holds_at(&self, at_s: i64) -> bool {
        (self.from_s..=self.until_s).contains(&at_s)
    }

    fn encode(&self) -> Result<Vec<u8>, TicketError> {
        let out = |field| TicketError::OutOfBounds { field };
        phone_key::point(&self.phone).map_err(|_| out("phone's key"))?;
        let number = |field, number: i64, least: i64, most: i64| match number {
            number if (least..=most).contains(&number) => Ok(Value::from(number)),
            _ => Err(out(field)),
        };
        let span_s = self.until_s.checked_sub(self.from_s).unwrap_or(-1);
        let city = cbor::fits(&self.city, LONGEST_CITY).then(|| cbor::text(&self.city));
        Ok(cbor::encode(vec![
            VERSION.into(),
            cbor::bytes(&self.till.0.to_be_bytes()),
            cbor::bytes(&self.phone),
            city.ok_or(out("city"))?,
            number("from", self.from_s, 0, u32::MAX.into())?,
            number("until", span_s, 1, LONGEST_SPAN_S)?,
            number("life", self.life_s, 1, LONGEST_SPAN_S)?,
            end_to_value(&self.end)?,
        ]))
    }

    fn decode(key: KeyId, payload: &[u8]) -> Result<Licence, TicketError> {
        let mut items = Items::read(payload, "licence")?;
        items.version(VERSION)?;
        let till = TillId(u32::from_be_bytes(items.bytes("till")?));
        let phone = items.bytes("phone's key")?;
        phone_key::point(&phone)?;
        let city = items.text("city", LONGEST_CITY)?;
        let from_s = i64::from(items.uint32("from")?);
        // Both have 16 bits, so nothing is cut off and no sum leaves an i64.
        let mut span = |what| match items.uint(what, u64::from(u16::MAX))? as i64 {
            0 => Err(TicketError::Malformed { what }),
            span_s => Ok(span_s),
        };
        let (span_s, life_s) = (span("until")?, span("life")?);
        let end = end_from_items(&mut items)?;
        items.end("licence")?;
        Ok(Licence { key, till, phone, city, from_s, until_s: from_s + span_s, life_s, end })
    }
}

/// What a conductor sold: these passengers ride in this vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashSale {
    /// The number of its first passenger in this shift, from 1.
    pub serial: u16,
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// The line's number as painted.
    pub line: String,
    /// Who rides, each category once; a read sale has them in the categories' order.
    pub passengers: Vec<PassengerGroup>,
    /// What was paid for all of them; 0 for a free ride.
    pub fare: Money,
    /// When, in s since 1970, by the conductor's phone.
    pub sold_s: i64,
}

impl CashSale {
    /// How many passengers ride.
    pub fn count(&self) -> u16 {
        self.passengers.iter().map(|group| u16::from(group.count)).sum()
    }

    /// The number of its last passenger; none if a shift has not so many.
    pub fn last(&self) -> Option<u16> {
        self.serial.checked_add(self.count().checked_sub(1)?)
    }

    /// The last second of the ride under this licence.
    pub fn ends_s(&self, licence: &Licence) -> i64 {
        let minutes_s = match licence.end {
            EndRule::Minutes(minutes) => i64::from(minutes) * 60,
            EndRule::Terminus | EndRule::Zone(_) => i64::MAX,
        };
        self.sold_s.saturating_add(licence.life_s.min(minutes_s))
    }

    /// The CBOR array, which the phone signs and the operator keeps.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TicketError> {
        let out = |field| TicketError::OutOfBounds { field };
        let code = |field, text: &str, most| match cbor::fits(text, most) {
            true => Ok(cbor::text(text)),
            false => Err(out(field)),
        };
        let number = |field, number: i64| match u32::try_from(number) {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err(out(field)),
        };
        let passengers = passengers_to_number(&self.passengers)?;
        if self.serial == 0 || self.last().is_none() {
            return Err(out("serial"));
        }
        Ok(cbor::encode(vec![
            self.serial.into(),
            code("vehicle", &self.vehicle, LONGEST_VEHICLE)?,
            code("line", &self.line, LONGEST_LINE)?,
            passengers.into(),
            number("fare", self.fare.tiyn)?,
            number("sold", self.sold_s)?,
        ]))
    }

    /// A sale from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<CashSale, TicketError> {
        let mut items = Items::read(bytes, "sale")?;
        let sale = CashSale {
            // The bound makes it fit.
            serial: items.uint("serial", u64::from(MOST_PASSENGERS))? as u16,
            vehicle: items.text("vehicle", LONGEST_VEHICLE)?,
            line: items.text("line", LONGEST_LINE)?,
            passengers: passengers_from_number(items.uint32("passengers")?)?,
            fare: Money::tiyn(i64::from(items.uint32("fare")?)),
            sold_s: i64::from(items.uint32("sold")?),
        };
        items.end("sale")?;
        if sale.serial == 0 || sale.last().is_none() {
            return Err(TicketError::Malformed { what: "serial" });
        }
        Ok(sale)
    }
}

/// What the conductor's key store has to sign (ECDSA, SHA-256) for a sale: the tag, SHA-256 of the signed
/// licence, the sale's bytes; at most 76 bytes.
pub fn sale_to_sign(licence: &SignedLicence, sale: &[u8]) -> Vec<u8> {
    [TAG, Sha256::digest(licence.to_bytes()).as_slice(), sale].concat()
}

/// Whether the phone that a licence names signed this sale, r and s in 64 bytes, low s.
///
/// # Errors
/// [`TicketError::BadSignature`], or what is wrong with the licence's format.
pub fn verify_sale(licence: &SignedLicence, sale: &[u8], signature: &[u8; 64]) -> Result<(), TicketError> {
    let phone = licence.read_unverified()?.phone;
    phone_key::verify(&phone, &sale_to_sign(licence, sale), signature)
}

/// A ticket for cash as it is shown or printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperTicket {
    licence: SignedLicence,
    // As they were signed.
    sale: Vec<u8>,
    signature: [u8; 64],
}

impl PaperTicket {
    /// A sale with the signature that the conductor's key store gave for [`sale_to_sign`], DER or raw.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] for what is no sale, [`TicketError::BadSignature`] if the signature is
    /// over something else or by another phone.
    pub fn assemble(
        licence: &SignedLicence,
        sale: &[u8],
        signature: &[u8],
    ) -> Result<PaperTicket, TicketError> {
        CashSale::from_bytes(sale)?;
        let phone = licence.read_unverified()?.phone;
        let signature = phone_key::accept(&phone, &sale_to_sign(licence, sale), signature)?;
        Ok(PaperTicket { licence: licence.clone(), sale: sale.to_vec(), signature })
    }

    /// The licence under which it was sold.
    pub fn licence(&self) -> &SignedLicence {
        &self.licence
    }

    /// The sale, whoever signed it.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn sale(&self) -> Result<CashSale, TicketError> {
        CashSale::from_bytes(&self.sale)
    }

    /// The phone's signature, r and s.
    pub fn signature(&self) -> [u8; 64] {
        self.signature
    }

    /// Licence and sale, if the operator signed the one and its phone the other.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<(Licence, CashSale), TicketError> {
        let licence = self.licence.verify(keys)?;
        verify_sale(&self.licence, &self.sale, &self.signature)?;
        Ok((licence, self.sale()?))
    }

    /// The CBOR array: key, payload and signature of the licence; the sale and the phone's signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Envelope { key, payload, signature } = &self.licence.0;
        cbor::encode(vec![
            cbor::bytes(&key.to_bytes()),
            cbor::bytes(payload),
            cbor::bytes(signature),
            cbor::bytes(&self.sale),
            cbor::bytes(&self.signature),
        ])
    }

    /// A ticket from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<PaperTicket, TicketError> {
        let mut items = Items::read(bytes, "ticket for cash")?;
        let key = KeyId::from_bytes(items.bytes("key")?).ok_or(TicketError::Malformed { what: "key" })?;
        let payload = items.some_bytes("licence", LONGEST_LICENCE)?;
        let licence = SignedLicence(Envelope { key, payload, signature: items.bytes("signature")? });
        let sale = items.some_bytes("sale", LONGEST_SALE)?;
        let signature = items.bytes("phone's signature")?;
        items.end("ticket for cash")?;
        CashSale::from_bytes(&sale)?;
        Ok(PaperTicket { licence, sale, signature })
    }

    /// The text of the code: at most [`LONGEST_TEXT`] characters, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base45::encode(self.to_bytes()))
    }

    /// Whether a text says of itself that it is a ticket for cash, of this or another version.
    pub fn is_paper(text: &str) -> bool {
        version_of(text).is_some()
    }

    /// A ticket from the text of a code; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is something else, [`TicketError::UnknownVersion`] if it says that
    /// it is one of another version.
    pub fn from_text(text: &str) -> Result<PaperTicket, TicketError> {
        let malformed = TicketError::Malformed { what: "text" };
        let (version, body) = version_of(text).ok_or(malformed.clone())?;
        if version != 1 {
            return Err(TicketError::UnknownVersion { version: u64::from(version) });
        }
        let bytes = match text.len() <= LONGEST_TEXT {
            true => base45::decode(body).map_err(|_| malformed.clone())?,
            false => return Err(malformed),
        };
        // The decoder lets a last pair of letters run over a byte's end.
        if base45::encode(&bytes) != body {
            return Err(malformed);
        }
        PaperTicket::from_bytes(&bytes)
    }
}

/// The one digit of `JOLT1:` and what follows.
fn version_of(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix("JOLT")?;
    let digit = rest.bytes().next().filter(u8::is_ascii_digit)?;
    Some((digit - b'0', rest.get(1..)?.strip_prefix(':')?))
}

#[cfg(test)]
mod tests;
