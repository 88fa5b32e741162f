//! The ticket as the operator signs it.
//!
//! One CBOR array in one COSE_Sign1. Every field has a longest form, so that the code that shows it
//! fits QR version 10 level L (395 characters) for every ticket that can be signed, not just for
//! most: an operator finds codes that are too long when it chooses them, never while a passenger
//! waits. No name, phone number or IIN is in it.

use super::cbor::{self, Items};
use super::{Domain, Envelope, KeyFault, KeyId, SigningKey, TicketError, TrustedKeys, phone_key};
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};
use ciborium::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The format of a ticket.
const VERSION: u64 = 1;
/// The longest code of a city, in bytes.
pub const LONGEST_CITY: usize = 6;
/// The longest name of a line, in bytes: `101-Б`.
pub const LONGEST_LINE: usize = 6;
/// The longest code of a vehicle, in bytes.
pub const LONGEST_VEHICLE: usize = 6;
/// The longest code of a stop, in bytes.
pub const LONGEST_STOP: usize = 6;
/// The longest name of a zone, in bytes.
pub const LONGEST_ZONE: usize = 3;
/// The longest wait from issue to validity, and the longest validity, in s (18 h 12 min).
pub const LONGEST_SPAN_S: i64 = u16::MAX as i64;
/// The most passengers of one category.
pub const MOST_OF_A_CATEGORY: u8 = 15;
/// No payload of a ticket is longer, in bytes.
pub const LONGEST_PAYLOAD: usize = 115;
/// No signed ticket is longer, in bytes.
pub const LONGEST_SIGNED: usize = LONGEST_PAYLOAD + 80;

/// A ticket's id: its index in the operator's status list, then four bytes of chance.
///
/// One ticket at a time has an index; an index that is free again gets other chance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketId(pub [u8; 8]);

impl TicketId {
    /// The id of the ticket with this index.
    pub fn new(index: u32, chance: [u8; 4]) -> TicketId {
        let ([a, b, c, d], [e, f, g, h]) = (index.to_be_bytes(), chance);
        TicketId([a, b, c, d, e, f, g, h])
    }

    /// Where the status list speaks of this ticket.
    pub fn index(self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Hexadecimal, as in an inspector's upload.
impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The phone that a ticket is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PhoneKey {
    /// Its public key: P-256, compressed (SEC 1 §2.3.3).
    pub point: [u8; 33],
    /// Whether the platform vouched that the key lives in the phone's hardware.
    pub attested: bool,
}

/// When the ride ends, if not before by the ticket's `expires_s`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndRule {
    /// At the last stop of this run.
    Terminus,
    /// So many minutes after the ticket became valid.
    Minutes(u16),
    /// Where this zone ends.
    Zone(String),
}

/// What the operator says by a ticket: these passengers ride in this vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The operator and the key of it that signs.
    pub key: KeyId,
    /// The ticket's id, which holds its index in the status list.
    pub id: TicketId,
    /// When it was issued, in s since 1970.
    pub issued_s: i64,
    /// From when it is valid; at most [`LONGEST_SPAN_S`] after its issue.
    pub not_before_s: i64,
    /// Until when it is valid at the latest; at most [`LONGEST_SPAN_S`] after `not_before_s`.
    pub expires_s: i64,
    /// The phone that may show it; none where there is no usable key, or on paper.
    pub phone: Option<PhoneKey>,
    /// The operator's code of the city.
    pub city: String,
    /// The line's number as painted.
    pub line: String,
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// The operator's number of the run.
    pub run: u32,
    /// The run's direction, 0 or 1 (GTFS `direction_id`).
    pub direction: u8,
    /// Who rides, each category once; a read ticket has them in the categories' order.
    pub passengers: Vec<PassengerGroup>,
    /// What was charged for all of them; 0 for a free ride.
    pub fare: Money,
    /// How it was paid.
    pub way: Way,
    /// The code of the stop where the vehicle was, if the operator knew.
    pub stop: Option<String>,
    /// When the ride ends.
    pub end: EndRule,
    /// The ticket that this one takes the place of.
    pub replaces: Option<TicketId>,
}

/// A ticket as the operator signed it, a COSE_Sign1. These bytes are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedToken(Envelope);

impl SignedToken {
    /// Signs a ticket.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for;
    /// [`TicketError::Key`] if the token names another key, or the key is not for tickets.
    pub fn sign(token: &Token, key: &SigningKey) -> Result<SignedToken, TicketError> {
        if token.key != key.id() {
            return Err(TicketError::Key { key: token.key, fault: KeyFault::Unknown });
        }
        Envelope::sign(Domain::Ticket, token.encode()?, key).map(SignedToken)
    }

    /// A ticket from its bytes; only its form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<SignedToken, TicketError> {
        if bytes.len() > LONGEST_SIGNED {
            return Err(TicketError::Malformed { what: "length of a ticket" });
        }
        Envelope::from_bytes(bytes).map(SignedToken)
    }

    pub(super) fn from_envelope(envelope: Envelope) -> SignedToken {
        SignedToken(envelope)
    }

    pub(super) fn envelope(&self) -> &Envelope {
        &self.0
    }

    /// The COSE_Sign1.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// SHA-256 of the bytes, by which the phone's signature names the ticket.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// The ticket, if the operator signed it. Whether it is valid now is not asked: a phone whose
    /// clock is wrong keeps its tickets.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<Token, TicketError> {
        keys.open(Domain::Ticket, &self.0, |_| {
            let token = self.read_unverified()?;
            let issued_s = token.issued_s;
            Ok((token, Some(issued_s)))
        })
    }

    /// What the ticket says, whoever signed it: for bytes that were verified when they came.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] or [`TicketError::UnknownVersion`].
    pub fn read_unverified(&self) -> Result<Token, TicketError> {
        Token::decode(self.0.key, &self.0.payload)
    }
}

impl Token {
    /// How many passengers ride.
    pub fn passenger_count(&self) -> u32 {
        self.passengers.iter().map(|group| u32::from(group.count)).sum()
    }

    fn encode(&self) -> Result<Vec<u8>, TicketError> {
        let attested = self.phone.is_some_and(|phone| phone.attested);
        if self.phone.is_some_and(|phone| phone_key::point(&phone.point).is_err()) {
            return Err(TicketError::OutOfBounds { field: "phone's key" });
        }
        let number = |field, number: i64, least: i64, most: i64| {
            let fits = (least..=most).contains(&number);
            if fits { Ok(Value::from(number)) } else { Err(TicketError::OutOfBounds { field }) }
        };
        let code = |field, text: &str, max| {
            if cbor::fits(text, max) { Ok(cbor::text(text)) } else { Err(TicketError::OutOfBounds { field }) }
        };
        let span = |field, from: i64, to: i64, least| {
            number(field, to.checked_sub(from).unwrap_or(-1), least, LONGEST_SPAN_S)
        };
        let most = i64::from(u32::MAX);
        let direction = number("direction", self.direction.into(), 0, 1).map(|_| self.direction)?;
        Ok(cbor::encode(vec![
            VERSION.into(),
            cbor::bytes(&self.id.0),
            number("issued", self.issued_s, 0, most)?,
            span("not before", self.issued_s, self.not_before_s, 0)?,
            span("expires", self.not_before_s, self.expires_s, 1)?,
            cbor::or_null(self.phone, |phone| cbor::bytes(&phone.point)),
            (u8::from(attested) | direction << 1 | self.way.number() << 2).into(),
            code("city", &self.city, LONGEST_CITY)?,
            code("line", &self.line, LONGEST_LINE)?,
            code("vehicle", &self.vehicle, LONGEST_VEHICLE)?,
            self.run.into(),
            passengers_to_number(&self.passengers)?.into(),
            number("fare", self.fare.tiyn, 0, most)?,
            match &self.stop {
                Some(stop) => code("stop", stop, LONGEST_STOP)?,
                None => Value::Null,
            },
            end_to_value(&self.end)?,
            cbor::or_null(self.replaces, |id| cbor::bytes(&id.0)),
        ]))
    }

    fn decode(key: KeyId, payload: &[u8]) -> Result<Token, TicketError> {
        let mut items = Items::read(payload, "ticket")?;
        items.version(VERSION)?;
        let id = TicketId(items.bytes("id")?);
        let issued_s = i64::from(items.uint32("issued")?);
        let span = u64::from(u16::MAX);
        // Spans have 16 bits and the issue 32, so no sum leaves an i64.
        let not_before_s = issued_s + items.uint("not before", span)? as i64;
        let expires_s = not_before_s + items.uint("expires", span)? as i64;
        if expires_s == not_before_s {
            return Err(TicketError::Malformed { what: "expires" });
        }
        let point = if items.null() { None } else { Some(items.bytes::<33>("phone's key")?) };
        if let Some(point) = &point {
            phone_key::point(point)?;
        }
        // 6 bits: attested, direction, way.
        let flags = items.uint("flags", 63)? as u8;
        let (attested, direction, way) = (flags & 1 == 1, flags >> 1 & 1, flags >> 2);
        if attested && point.is_none() {
            return Err(TicketError::Malformed { what: "flags" });
        }
        let token = Token {
            key,
            id,
            issued_s,
            not_before_s,
            expires_s,
            phone: point.map(|point| PhoneKey { point, attested }),
            direction,
            way: Way::from_number(way).ok_or(TicketError::Malformed { what: "flags" })?,
            city: items.text("city", LONGEST_CITY)?,
            line: items.text("line", LONGEST_LINE)?,
            vehicle: items.text("vehicle", LONGEST_VEHICLE)?,
            run: items.uint32("run")?,
            passengers: passengers_from_number(items.uint32("passengers")?)?,
            fare: Money::tiyn(i64::from(items.uint32("fare")?)),
            stop: if items.null() { None } else { Some(items.text("stop", LONGEST_STOP)?) },
            end: end_from_items(&mut items)?,
            replaces: if items.null() { None } else { Some(TicketId(items.bytes("replaces")?)) },
        };
        items.end("ticket")?;
        Ok(token)
    }
}

/// When a ride ends, as an item: null, minutes, or a zone.
pub(super) fn end_to_value(end: &EndRule) -> Result<Value, TicketError> {
    match end {
        EndRule::Terminus => Ok(Value::Null),
        EndRule::Minutes(0) => Err(TicketError::OutOfBounds { field: "minutes" }),
        EndRule::Minutes(minutes) => Ok((*minutes).into()),
        EndRule::Zone(zone) if cbor::fits(zone, LONGEST_ZONE) => Ok(cbor::text(zone)),
        EndRule::Zone(_) => Err(TicketError::OutOfBounds { field: "zone" }),
    }
}

pub(super) fn end_from_items(items: &mut Items) -> Result<EndRule, TicketError> {
    Ok(match items.null() {
        true => EndRule::Terminus,
        false if items.is_text() => EndRule::Zone(items.text("zone", LONGEST_ZONE)?),
        false => EndRule::Minutes(match items.uint("minutes", u64::from(u16::MAX))? as u16 {
            0 => return Err(TicketError::Malformed { what: "minutes" }),
            minutes => minutes,
        }),
    })
}

/// Eight categories of up to 15 passengers each, as four bits each, category 0 the lowest.
pub(super) fn passengers_to_number(passengers: &[PassengerGroup]) -> Result<u32, TicketError> {
    let mut number = 0;
    for group in passengers {
        let shift = 4 * u32::from(group.category.number());
        let (count, taken) = (group.count, number >> shift & 15 != 0);
        if taken || !(1..=MOST_OF_A_CATEGORY).contains(&count) {
            return Err(TicketError::OutOfBounds { field: "passengers" });
        }
        number |= u32::from(count) << shift;
    }
    if number == 0 { Err(TicketError::OutOfBounds { field: "passengers" }) } else { Ok(number) }
}

pub(super) fn passengers_from_number(number: u32) -> Result<Vec<PassengerGroup>, TicketError> {
    if number == 0 {
        return Err(TicketError::Malformed { what: "passengers" });
    }
    let count = |category: Category| (number >> (4 * u32::from(category.number())) & 15) as u8;
    let group = |category| PassengerGroup { category, count: count(category) };
    Ok(Category::ALL.into_iter().map(group).filter(|group| group.count > 0).collect())
}

/// A name cut to what a ticket has room for, at a letter's end. For feeds whose names are longer than
/// an operator would choose them.
pub fn cut(name: &str, max_bytes: usize) -> &str {
    let end = (0..=max_bytes.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or(0)).unwrap_or("")
}

#[cfg(test)]
mod tests;
