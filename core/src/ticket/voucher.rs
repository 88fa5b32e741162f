//! Vouchers: rides that are paid before, for a bus without a network.
//!
//! A voucher is paid when it is reserved, for up to three rides of the same passengers. In the bus the
//! phone signs each use: which of the rides it is, on which vehicle, since when; that signature is the
//! one over the moment too, so that a use is shown and grows stale as a ticket does. It holds the
//! phone's key always: what anybody could copy is no voucher.
//!
//! Two uses with one counter on two vehicles are two rides with one payment. No code can stop that
//! while nobody has a network; the operator sees it when inspectors and the phone report, by
//! [`Use::counter`].

use super::cbor::{self, Items};
use super::presentation::{LONGEST_TEXT, Moment};
use super::token::{
    LONGEST_CITY, LONGEST_SPAN_S, LONGEST_VEHICLE, end_from_items, end_to_value, passengers_from_number,
    passengers_to_number,
};
use super::{
    Domain, EndRule, Envelope, Freshness, KeyFault, KeyId, PhoneKey, SigningKey, TicketError, TicketId,
    TrustedKeys, phone_key,
};
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::PassengerGroup;
use ciborium::Value;
use sha2::{Digest, Sha256};

/// The format of a voucher.
const VERSION: u64 = 1;
/// The most rides of one voucher.
pub const MOST_RIDES: u8 = 3;
/// No payload of a voucher is longer, in bytes.
pub const LONGEST_PAYLOAD: usize = 92;

const PREFIX: &str = "JOLV1:";
/// The tags of what the phone signs.
const USE_TAG: &[u8] = b"jol:use:1\0";
const UNUSED_TAG: &[u8] = b"jol:unused:1\0";

/// What the operator says by a voucher: these passengers may ride so often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The operator and the key of it that signs.
    pub key: KeyId,
    /// The voucher's id, which holds its index in the status list.
    pub id: TicketId,
    /// When it was issued, in s since 1970.
    pub issued_s: i64,
    /// The last second, since 1970, in which a ride may begin.
    pub until_s: i64,
    /// How long a ride may last, in s: 1 to [`LONGEST_SPAN_S`].
    pub life_s: i64,
    /// The phone that may use it.
    pub phone: PhoneKey,
    /// The operator's code of the city.
    pub city: String,
    /// Who rides, each category once; a read voucher has them in the categories' order.
    pub passengers: Vec<PassengerGroup>,
    /// What was charged for each ride, for all passengers.
    pub fare: Money,
    /// How it was paid.
    pub way: Way,
    /// How many rides: 1 to [`MOST_RIDES`].
    pub rides: u8,
    /// When a ride ends, if not before by `life_s`.
    pub end: EndRule,
    /// The voucher that this one takes the place of.
    pub replaces: Option<TicketId>,
}

/// A voucher as the operator signed it, a COSE_Sign1. These bytes are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedVoucher(Envelope);

impl SignedVoucher {
    /// Signs a voucher.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for;
    /// [`TicketError::Key`] if the voucher names another key, or the key is not for tickets.
    pub fn sign(voucher: &Voucher, key: &SigningKey) -> Result<SignedVoucher, TicketError> {
        if voucher.key != key.id() {
            return Err(TicketError::Key { key: voucher.key, fault: KeyFault::Unknown });
        }
        Envelope::sign(Domain::Voucher, voucher.encode()?, key).map(SignedVoucher)
    }

    /// A voucher from its bytes; only its form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<SignedVoucher, TicketError> {
        Envelope::from_bytes(bytes).map(SignedVoucher)
    }

    /// The COSE_Sign1.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// SHA-256 of the bytes, by which the phone's signature names the voucher.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// The voucher, if the operator signed it. Whether it can be used now is not asked.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<Voucher, TicketError> {
        keys.open(Domain::Voucher, &self.0, |_| {
            let voucher = self.read_unverified()?;
            let issued_s = voucher.issued_s;
            Ok((voucher, Some(issued_s)))
        })
    }

    /// What the voucher says, whoever signed it: for bytes that were verified when they came.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] or [`TicketError::UnknownVersion`].
    pub fn read_unverified(&self) -> Result<Voucher, TicketError> {
        Voucher::decode(self.0.key, &self.0.payload)
    }
}

impl Voucher {
    fn encode(&self) -> Result<Vec<u8>, TicketError> {
        let out = |field| TicketError::OutOfBounds { field };
        phone_key::point(&self.phone.point).map_err(|_| out("phone's key"))?;
        let number = |field, number: i64, least: i64, most: i64| match number {
            number if (least..=most).contains(&number) => Ok(Value::from(number)),
            _ => Err(out(field)),
        };
        let most = i64::from(u32::MAX);
        let city = cbor::fits(&self.city, LONGEST_CITY).then(|| cbor::text(&self.city));
        Ok(cbor::encode(vec![
            VERSION.into(),
            cbor::bytes(&self.id.0),
            number("issued", self.issued_s, 0, most)?,
            number("until", self.until_s, self.issued_s, most)?,
            number("life", self.life_s, 1, LONGEST_SPAN_S)?,
            cbor::bytes(&self.phone.point),
            (u8::from(self.phone.attested) | self.way.number() << 2).into(),
            city.ok_or(out("city"))?,
            passengers_to_number(&self.passengers)?.into(),
            number("fare", self.fare.tiyn, 0, most)?,
            number("rides", self.rides.into(), 1, MOST_RIDES.into())?,
            end_to_value(&self.end)?,
            cbor::or_null(self.replaces, |id| cbor::bytes(&id.0)),
        ]))
    }

    fn decode(key: KeyId, payload: &[u8]) -> Result<Voucher, TicketError> {
        let malformed = |what| TicketError::Malformed { what };
        let mut items = Items::read(payload, "voucher")?;
        items.version(VERSION)?;
        let id = TicketId(items.bytes("id")?);
        let (issued_s, until_s) = (i64::from(items.uint32("issued")?), i64::from(items.uint32("until")?));
        let life_s = items.uint("life", LONGEST_SPAN_S.unsigned_abs())? as i64;
        if until_s < issued_s || life_s == 0 {
            return Err(malformed("times"));
        }
        let point = items.bytes("phone's key")?;
        phone_key::point(&point)?;
        // 6 bits: attested, none, way.
        let flags = items.uint("flags", 63)? as u8;
        let way = Way::from_number(flags >> 2).filter(|_| flags & 2 == 0).ok_or(malformed("flags"))?;
        let voucher = Voucher {
            key,
            id,
            issued_s,
            until_s,
            life_s,
            phone: PhoneKey { point, attested: flags & 1 == 1 },
            way,
            city: items.text("city", LONGEST_CITY)?,
            passengers: passengers_from_number(items.uint32("passengers")?)?,
            fare: Money::tiyn(i64::from(items.uint32("fare")?)),
            rides: match items.uint("rides", MOST_RIDES.into())? as u8 {
                0 => return Err(malformed("rides")),
                rides => rides,
            },
            end: end_from_items(&mut items)?,
            replaces: if items.null() { None } else { Some(TicketId(items.bytes("replaces")?)) },
        };
        items.end("voucher")?;
        Ok(voucher)
    }
}

/// One ride with a voucher, as the phone says that it began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Use {
    /// Which of the voucher's rides it is, from 1.
    pub counter: u8,
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// When the passengers boarded, in s since 1970: by the vehicle's terminal if it has a word, else by
    /// the phone's time.
    pub boarded_s: i64,
    /// The terminal's word for vehicle and moment.
    pub terminal: Option<[u8; 8]>,
}

impl Use {
    /// Whether the format has room for it.
    fn is_within_bounds(&self) -> bool {
        (1..=MOST_RIDES).contains(&self.counter)
            && cbor::fits(&self.vehicle, LONGEST_VEHICLE)
            && u32::try_from(self.boarded_s).is_ok()
    }

    /// What of it is signed; the vehicle's number last, as only its length varies.
    fn to_sign(&self) -> Vec<u8> {
        // Within bounds, so nothing is cut off.
        let boarded = (self.boarded_s as u32).to_be_bytes();
        let word = self.terminal.unwrap_or_default();
        let has_word = u8::from(self.terminal.is_some());
        [&[self.counter][..], &boarded, &[has_word], &word, self.vehicle.as_bytes()].concat()
    }
}

/// What the phone's key store has to sign (ECDSA, SHA-256) for a use to be shown: at most 71 bytes.
///
/// The tag, the voucher's hash, 0 and the slot or 1 and the challenge, eight bytes; the counter, the
/// moment of boarding, whether the terminal has a word, that word or zeros, the vehicle.
pub fn use_to_sign(voucher: &SignedVoucher, used: &Use, freshness: Freshness) -> Vec<u8> {
    let (kind, moment) = match freshness {
        Freshness::Slot(slot) => (0, u64::from(slot).to_be_bytes()),
        Freshness::Challenge(challenge) => (1, challenge),
    };
    [USE_TAG, &voucher.hash(), &[kind], &moment, &used.to_sign()].concat()
}

/// What it signs to tell the operator of a use: the same with 2 and eight zeros in place of a moment.
pub fn report_to_sign(voucher: &SignedVoucher, used: &Use) -> Vec<u8> {
    [USE_TAG, &voucher.hash(), &[2], &[0; 8], &used.to_sign()].concat()
}

/// What it signs to say that only the first so many rides of a voucher were used, and no other will be.
pub fn unused_to_sign(voucher: &SignedVoucher, used: u8) -> Vec<u8> {
    [UNUSED_TAG, &voucher.hash(), &[used]].concat()
}

/// A voucher in use as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownVoucher {
    voucher: SignedVoucher,
    used: Use,
    moment: Moment,
    signature: [u8; 64],
}

impl ShownVoucher {
    /// A use with the signature that the phone's key store gave for [`use_to_sign`], DER or raw.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for a use that no code has room for, [`TicketError::BadSignature`] if
    /// the signature is over something else or by another phone.
    pub fn assemble(
        voucher: &SignedVoucher,
        used: &Use,
        freshness: Freshness,
        signature: &[u8],
    ) -> Result<ShownVoucher, TicketError> {
        if !used.is_within_bounds() {
            return Err(TicketError::OutOfBounds { field: "use" });
        }
        let phone = voucher.read_unverified()?.phone;
        let signature = phone_key::accept(&phone.point, &use_to_sign(voucher, used, freshness), signature)?;
        let moment = match freshness {
            Freshness::Slot(slot) => Moment::Slot(slot),
            Freshness::Challenge([a, b, c, d, ..]) => Moment::ChallengeBegins([a, b, c, d]),
        };
        Ok(ShownVoucher { voucher: voucher.clone(), used: used.clone(), moment, signature })
    }

    /// The voucher that is shown.
    pub fn voucher(&self) -> &SignedVoucher {
        &self.voucher
    }

    /// Its use.
    pub fn used(&self) -> &Use {
        &self.used
    }

    /// What it says of the moment in which it is shown.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Verifies the phone's signature under the key in `voucher`, which is this one's.
    ///
    /// # Errors
    /// [`TicketError::BadSignature`].
    pub fn verify_phone(&self, voucher: &Voucher, freshness: Freshness) -> Result<(), TicketError> {
        let message = use_to_sign(&self.voucher, &self.used, freshness);
        phone_key::verify(&voucher.phone.point, &message, &self.signature)
    }

    /// The CBOR array: key, payload and signature of the COSE_Sign1; the use; the moment and the phone's
    /// signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Envelope { key, payload, signature } = &self.voucher.0;
        cbor::encode(vec![
            cbor::bytes(&key.to_bytes()),
            cbor::bytes(payload),
            cbor::bytes(signature),
            self.used.counter.into(),
            cbor::text(&self.used.vehicle),
            self.used.boarded_s.into(),
            cbor::or_null(self.used.terminal, |word| cbor::bytes(&word)),
            match self.moment {
                Moment::Slot(slot) => Value::from(slot),
                Moment::ChallengeBegins(head) => cbor::bytes(&head),
            },
            cbor::bytes(&self.signature),
        ])
    }

    /// A voucher in use from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<ShownVoucher, TicketError> {
        let mut items = Items::read(bytes, "voucher in use")?;
        let key = KeyId::from_bytes(items.bytes("key")?).ok_or(TicketError::Malformed { what: "key" })?;
        let payload = items.some_bytes("voucher", LONGEST_PAYLOAD)?;
        let voucher = SignedVoucher(Envelope { key, payload, signature: items.bytes("signature")? });
        let used = Use {
            counter: items.uint("counter", MOST_RIDES.into())? as u8,
            vehicle: items.text("vehicle", LONGEST_VEHICLE)?,
            boarded_s: i64::from(items.uint32("boarded")?),
            terminal: if items.null() { None } else { Some(items.bytes("terminal")?) },
        };
        let moment = match items.is_bytes() {
            true => Moment::ChallengeBegins(items.bytes("challenge")?),
            false => Moment::Slot(items.uint32("slot")?),
        };
        let signature = items.bytes("phone's signature")?;
        items.end("voucher in use")?;
        if !used.is_within_bounds() {
            return Err(TicketError::Malformed { what: "counter" });
        }
        Ok(ShownVoucher { voucher, used, moment, signature })
    }

    /// The text of the code: at most [`LONGEST_TEXT`] characters, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base45::encode(self.to_bytes()))
    }

    /// Whether a text says of itself that it is a voucher in use.
    pub fn is_voucher(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// A voucher in use from the text of a code; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] if it is something else.
    pub fn from_text(text: &str) -> Result<ShownVoucher, TicketError> {
        let malformed = TicketError::Malformed { what: "text" };
        let body = text.strip_prefix(PREFIX).filter(|_| text.len() <= LONGEST_TEXT);
        let bytes = body.and_then(|body| base45::decode(body).ok()).ok_or(malformed.clone())?;
        // The decoder lets a last pair of letters run over a byte's end.
        if Some(base45::encode(&bytes).as_str()) != body {
            return Err(malformed);
        }
        ShownVoucher::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests;
