//! A transport card as a code: the one in the app, which the phone signs anew every 15 seconds, and the
//! printed one, which never changes.
//!
//! The operator signs for a phone's key that it may show a card (a *credential*, for some days); the phone
//! signs the credential and the slot. A terminal believes both without a network, and a picture of the code
//! grows stale as a ticket's does. A printed card is a sticker of the kind "card": whoever copies it rides on
//! it, so the operator limits what it pays a day, and its owner can block it.
//!
//! What a terminal cannot see here (the balance, a card that was blocked since) is the operator's to say when
//! the tap comes; a credential is short so that a lost phone's card ends by itself.

use super::cbor::{self, Items};
use super::inspect::TOLERANCE_MS;
use super::presentation::{LONGEST_TEXT, SLOT_MS};
use super::token::LONGEST_CITY;
use super::{
    Domain, Envelope, KeyFault, KeyId, SignedSticker, SigningKey, StickerKind, TicketError, TrustedKeys,
    phone_key,
};
use crate::wallet::Category;
use ciborium::Value;
use sha2::{Digest, Sha256};

/// The format of a credential.
const VERSION: u64 = 1;
const PREFIX: &str = "JOLQ1:";
/// The tag of what the phone signs.
const TAG: &[u8] = b"jol:card:1\0";
/// The longest id of a card, in bytes.
pub const LONGEST_CARD: usize = 20;
/// No payload of a credential is longer, in bytes.
const LONGEST_PAYLOAD: usize = 76;
/// The longest text of a card's code.
pub const LONGEST_CARD_TEXT: usize = 338;

/// The operator's word that this phone may show this card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardCredential {
    /// The operator and the key of it that signs.
    pub key: KeyId,
    /// The card, by the operator's id; it tells nothing about its number.
    pub card: String,
    /// The operator's code of the city.
    pub city: String,
    /// When it was issued, in s since 1970.
    pub issued_s: i64,
    /// The last second in which it can be shown; not before its issue.
    pub until_s: i64,
    /// The phone's key: P-256, compressed.
    pub phone: [u8; 33],
    /// The category in which the card rides.
    pub category: Category,
}

/// A credential as the operator signed it, a COSE_Sign1. These bytes are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCredential(Envelope);

impl SignedCredential {
    /// Signs a credential.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] names the field that the format has no room for; [`TicketError::Key`] if
    /// the credential names another key, or the key is not for tickets.
    pub fn sign(credential: &CardCredential, key: &SigningKey) -> Result<SignedCredential, TicketError> {
        if credential.key != key.id() {
            return Err(TicketError::Key { key: credential.key, fault: KeyFault::Unknown });
        }
        Envelope::sign(Domain::Card, credential.encode()?, key).map(SignedCredential)
    }

    /// A credential from its bytes; only its form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<SignedCredential, TicketError> {
        Envelope::from_bytes(bytes).map(SignedCredential)
    }

    /// The COSE_Sign1.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The credential, if the operator signed it. Whether it can be shown now is not asked.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<CardCredential, TicketError> {
        keys.open(Domain::Card, &self.0, |payload| {
            let credential = CardCredential::decode(self.0.key, payload)?;
            let issued_s = credential.issued_s;
            Ok((credential, Some(issued_s)))
        })
    }

    /// What the credential says, whoever signed it: for bytes that were verified when they came.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] or [`TicketError::UnknownVersion`].
    pub fn read_unverified(&self) -> Result<CardCredential, TicketError> {
        CardCredential::decode(self.0.key, &self.0.payload)
    }
}

impl CardCredential {
    fn encode(&self) -> Result<Vec<u8>, TicketError> {
        let out = |field| TicketError::OutOfBounds { field };
        phone_key::point(&self.phone).map_err(|_| out("phone's key"))?;
        let code = |field, text: &str, max| match cbor::fits(text, max) {
            true => Ok(cbor::text(text)),
            false => Err(out(field)),
        };
        let second = |field, second: i64| u32::try_from(second).map(Value::from).map_err(|_| out(field));
        if self.until_s < self.issued_s {
            return Err(out("until"));
        }
        Ok(cbor::encode(vec![
            VERSION.into(),
            code("card", &self.card, LONGEST_CARD)?,
            code("city", &self.city, LONGEST_CITY)?,
            second("issued", self.issued_s)?,
            second("until", self.until_s)?,
            cbor::bytes(&self.phone),
            self.category.number().into(),
        ]))
    }

    fn decode(key: KeyId, payload: &[u8]) -> Result<CardCredential, TicketError> {
        let mut items = Items::read(payload, "credential")?;
        items.version(VERSION)?;
        let malformed = |what| TicketError::Malformed { what };
        let credential = CardCredential {
            key,
            card: items.text("card", LONGEST_CARD)?,
            city: items.text("city", LONGEST_CITY)?,
            issued_s: i64::from(items.uint32("issued")?),
            until_s: i64::from(items.uint32("until")?),
            phone: items.bytes("phone's key")?,
            // The bound makes it fit.
            category: Category::from_number(items.uint("category", 255)? as u8)
                .ok_or(malformed("category"))?,
        };
        items.end("credential")?;
        if credential.until_s < credential.issued_s {
            return Err(malformed("until"));
        }
        phone_key::point(&credential.phone).map(|_| credential)
    }
}

/// What the phone's key store has to sign (ECDSA, SHA-256) for a card to be shown: 51 bytes.
///
/// The tag, SHA-256 of the signed credential, the slot, eight bytes, big-endian.
pub fn card_to_sign(credential: &SignedCredential, slot: u32) -> Vec<u8> {
    let hash: [u8; 32] = Sha256::digest(credential.to_bytes()).into();
    [TAG, &hash, &u64::from(slot).to_be_bytes()].concat()
}

/// A card as the app shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCard {
    credential: SignedCredential,
    slot: u32,
    signature: [u8; 64],
}

impl ShownCard {
    /// A credential with the signature that the phone's key store gave for [`card_to_sign`], DER or raw.
    ///
    /// # Errors
    /// [`TicketError::BadSignature`] if the credential is another phone's or the signature over something
    /// else.
    pub fn assemble(
        credential: &SignedCredential,
        slot: u32,
        signature: &[u8],
    ) -> Result<ShownCard, TicketError> {
        let phone = credential.read_unverified()?.phone;
        let signature = phone_key::accept(&phone, &card_to_sign(credential, slot), signature)?;
        Ok(ShownCard { credential: credential.clone(), slot, signature })
    }

    /// The CBOR array: key, payload and signature of the COSE_Sign1; the slot and the phone's signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Envelope { key, payload, signature } = &self.credential.0;
        cbor::encode(vec![
            cbor::bytes(&key.to_bytes()),
            cbor::bytes(payload),
            cbor::bytes(signature),
            self.slot.into(),
            cbor::bytes(&self.signature),
        ])
    }

    /// A shown card from its bytes; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<ShownCard, TicketError> {
        let mut items = Items::read(bytes, "shown card")?;
        let key = KeyId::from_bytes(items.bytes("key")?).ok_or(TicketError::Malformed { what: "key" })?;
        let payload = items.some_bytes("credential", LONGEST_PAYLOAD)?;
        let signature = items.bytes("signature")?;
        let credential = SignedCredential(Envelope { key, payload, signature });
        let slot = items.uint32("slot")?;
        let signature = items.bytes("phone's signature")?;
        items.end("shown card")?;
        Ok(ShownCard { credential, slot, signature })
    }

    /// The text of the code: at most [`LONGEST_CARD_TEXT`] characters, all of a code's alphanumeric set.
    pub fn to_text(&self) -> String {
        format!("{PREFIX}{}", base45::encode(self.to_bytes()))
    }

    /// Whether a text says of itself that it is a card in somebody's app.
    pub fn is_card(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The credential, if the operator signed it, and its phone that it is shown. Whether it is shown now is
    /// a terminal's to say.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], or what is wrong with the format.
    pub fn verify(&self, keys: &TrustedKeys) -> Result<CardCredential, TicketError> {
        let credential = self.credential.verify(keys)?;
        let signed = card_to_sign(&self.credential, self.slot);
        phone_key::verify(&credential.phone, &signed, &self.signature)?;
        Ok(credential)
    }

    /// A shown card from the text of a code; only the form is looked at.
    ///
    /// # Errors
    /// [`TicketError::Malformed`].
    pub fn from_text(text: &str) -> Result<ShownCard, TicketError> {
        let malformed = TicketError::Malformed { what: "text" };
        let body = text.strip_prefix(PREFIX).filter(|_| text.len() <= LONGEST_TEXT);
        let bytes = body.and_then(|body| base45::decode(body).ok()).ok_or(malformed.clone())?;
        // The decoder lets a last pair of letters run over a byte's end.
        if Some(base45::encode(&bytes).as_str()) != body {
            return Err(malformed);
        }
        ShownCard::from_bytes(&bytes)
    }
}

/// A card that a terminal may report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardCode {
    /// In the app. A second look at the same card and slot is the same passenger or a picture of the code.
    InApp {
        /// What the operator signed.
        credential: CardCredential,
        /// The slot that the phone signed.
        slot: u32,
    },
    /// Printed: anybody may have copied it, and only the operator knows what it has paid today.
    Printed {
        /// The card's number.
        number: String,
    },
}

/// Why a terminal does not take a card's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardCodeError {
    /// It is no card's code, or one of a later version.
    #[error("no card's code: {0}")]
    NotACard(TicketError),
    /// The operator or the phone did not sign it.
    #[error("not signed: {0}")]
    NotSigned(TicketError),
    /// The credential's time is over, or has not come: the app fetches a new one when it has a network.
    #[error("not to be shown now")]
    OutOfDate,
    /// An old picture of the code, or a wrong clock.
    #[error("shown {age_s} s ago")]
    WrongSlot {
        /// How old the slot is, in s; below zero, it has not come.
        age_s: i64,
    },
}

/// Reads a card's code and verifies all that can be verified without a network. `now_ms` is the terminal's
/// time, ms since 1970; for an operator that hears of a tap later, the time of the tap.
pub fn read_card_code(text: &str, keys: &TrustedKeys, now_ms: i64) -> Result<CardCode, CardCodeError> {
    if let Ok(sticker) = SignedSticker::from_text(text) {
        let said = sticker.verify(keys).map_err(CardCodeError::NotSigned)?;
        return match said.kind {
            StickerKind::Card => Ok(CardCode::Printed { number: said.code }),
            StickerKind::Bus | StickerKind::Stop => {
                Err(CardCodeError::NotACard(TicketError::Malformed { what: "kind" }))
            }
        };
    }
    let shown = ShownCard::from_text(text).map_err(CardCodeError::NotACard)?;
    let credential = shown.verify(keys).map_err(|error| match error {
        TicketError::UnknownVersion { .. } | TicketError::Malformed { .. } => CardCodeError::NotACard(error),
        error => CardCodeError::NotSigned(error),
    })?;
    if !(credential.issued_s..=credential.until_s).contains(&now_ms.div_euclid(1_000)) {
        return Err(CardCodeError::OutOfDate);
    }
    let age_ms = now_ms.saturating_sub(i64::from(shown.slot) * SLOT_MS);
    if !(-TOLERANCE_MS..=TOLERANCE_MS).contains(&age_ms) {
        return Err(CardCodeError::WrongSlot { age_s: age_ms.div_euclid(1_000) });
    }
    Ok(CardCode::InApp { credential, slot: shown.slot })
}

#[cfg(test)]
mod tests;
