//! The one signed form of everything that the operator says: COSE_Sign1 (RFC 9052 §4.2), Ed25519.
//!
//! Its protected header holds the algorithm and the key, its unprotected header is empty, and the
//! purpose goes into the signature as external associated data (§4.3): a receipt can never be read
//! as a ticket, even if one key signed both. Reading rebuilds the whole from its three parts that
//! vary and compares, so there is one way only to write it.

use super::{KeyFault, TicketError};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use std::fmt;

/// What a signature is for. Each goes into it as another tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// The list of keys, by the operator's root.
    KeyList,
    /// A ticket.
    Ticket,
    /// A voucher for rides in buses without a network.
    Voucher,
    /// An answer about money.
    Receipt,
    /// The operator's time.
    Time,
    /// The list of tickets that hold no longer.
    StatusList,
    /// A city pack's hash.
    CityPack,
    /// A code on a bus, at a stop or on a card.
    Sticker,
    /// The colour and the word of some days.
    DaySigns,
    /// Who rides in a vehicle.
    Register,
    /// A conductor's licence to sell for cash.
    Till,
    /// How far a till's sales have come to the operator.
    Settlement,
    /// A phone's right to show a transport card as a code.
    Card,
}

impl Domain {
    /// The tag, as it goes into the signature.
    pub const fn tag(self) -> &'static [u8] {
        match self {
            Domain::KeyList => b"jol:keys:1",
            Domain::Ticket => b"jol:ticket:1",
            Domain::Voucher => b"jol:voucher:1",
            Domain::Receipt => b"jol:receipt:1",
            Domain::Time => b"jol:time:1",
            Domain::StatusList => b"jol:status:1",
            Domain::CityPack => b"jol:pack:1",
            Domain::Sticker => b"jol:sticker:1",
            Domain::DaySigns => b"jol:day:1",
            Domain::Register => b"jol:register:1",
            Domain::Till => b"jol:till:1",
            Domain::Settlement => b"jol:sales:1",
            Domain::Card => b"jol:card-credential:1",
        }
    }

    /// The kind of key that signs it.
    pub const fn purpose(self) -> Purpose {
        match self {
            Domain::KeyList => Purpose::Root,
            Domain::Ticket | Domain::Voucher | Domain::Till | Domain::Card => Purpose::Ticket,
            Domain::Receipt | Domain::Time | Domain::Settlement => Purpose::Receipt,
            Domain::StatusList | Domain::CityPack | Domain::DaySigns | Domain::Register => Purpose::CityData,
            Domain::Sticker => Purpose::Sticker,
        }
    }
}

/// What a key may sign. The numbers stand in key lists and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// The operator's root: key lists, and nothing else. It stands in no list.
    Root = 0,
    /// Tickets, vouchers and cards as codes.
    Ticket = 1,
    /// Answers about money, and the time.
    Receipt = 2,
    /// City packs, status lists, the signs of the days and registers.
    CityData = 3,
    /// Codes of buses, stops and cards.
    Sticker = 4,
}

impl Purpose {
    /// The purpose with this number in a key list; the root's is none of them.
    pub fn from_number(number: u64) -> Option<Purpose> {
        [Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker]
            .into_iter()
            .find(|purpose| *purpose as u64 == number)
    }
}

/// An operator's code: three of `A`–`Z` and `0`–`9`, as in `ATR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issuer([u8; 3]);

impl Issuer {
    /// The operator with this code, if it can be one.
    pub fn new(code: &str) -> Option<Issuer> {
        Issuer::from_bytes(code.as_bytes().try_into().ok()?)
    }

    fn from_bytes(bytes: [u8; 3]) -> Option<Issuer> {
        bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).then_some(Issuer(bytes))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A key of an operator. The key names the issuer, so nothing signed has to repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// Whose key.
    pub issuer: Issuer,
    /// Its number in the operator's key list; 0 is the root.
    pub number: u8,
}

impl KeyId {
    /// The four bytes of a `kid` header: the issuer's code, then the number.
    pub fn to_bytes(self) -> [u8; 4] {
        let [a, b, c] = self.issuer.0;
        [a, b, c, self.number]
    }

    /// The key that a `kid` header names, if it can be one.
    pub fn from_bytes(bytes: [u8; 4]) -> Option<KeyId> {
        let [a, b, c, number] = bytes;
        Some(KeyId { issuer: Issuer::from_bytes([a, b, c])?, number })
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.issuer, self.number)
    }
}

/// An operator's secret key with what it is for. It is wiped from memory when dropped.
pub struct SigningKey {
    id: KeyId,
    purpose: Purpose,
    // dalek wipes it on drop (its feature `zeroize`).
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// The key that this seed (RFC 8032 §5.1.5) makes. The caller wipes the seed.
    pub fn from_seed(id: KeyId, purpose: Purpose, seed: &[u8; 32]) -> SigningKey {
        SigningKey { id, purpose, key: ed25519_dalek::SigningKey::from_bytes(seed) }
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The public half, as it stands in a key list.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {:?})", self.id, self.purpose)
    }
}

/// Something signed: the parts of a COSE_Sign1 that vary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The key that is said to have signed it.
    pub key: KeyId,
    /// What is signed.
    pub payload: Vec<u8>,
    /// By Ed25519, over the domain's tag, the key and the payload (RFC 9052 §4.4).
    pub signature: [u8; 64],
}

impl Envelope {
    /// Signs this payload.
    ///
    /// # Errors
    /// [`TicketError::Key`] if the key is for another purpose.
    pub fn sign(domain: Domain, payload: Vec<u8>, key: &SigningKey) -> Result<Envelope, TicketError> {
        if key.purpose != domain.purpose() {
            return Err(TicketError::Key { key: key.id, fault: KeyFault::OtherPurpose });
        }
        let mut envelope = Envelope { key: key.id, payload, signature: [0; 64] };
        envelope.signature = key.key.sign(&envelope.cose().tbs_data(domain.tag())).to_bytes();
        Ok(envelope)
    }

    /// Verifies the signature, strictly: no weak key, no second form of a signature.
    ///
    /// Whether the key may sign this is for [`TrustedKeys`](super::TrustedKeys) to say.
    ///
    /// # Errors
    /// [`TicketError::BadSignature`].
    pub fn verify(&self, domain: Domain, public_key: &VerifyingKey) -> Result<(), TicketError> {
        verify(public_key, &self.cose().tbs_data(domain.tag()), &self.signature)
    }

    /// The COSE_Sign1, untagged.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.cose().to_vec().expect("headers of our own can be written")
    }

    /// The parts of a COSE_Sign1 that this room could have written.
    ///
    /// # Errors
    /// [`TicketError::Malformed`] for anything else: another header, an unprotected one, a tag,
    /// another algorithm, a longer form, bytes behind it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Envelope, TicketError> {
        let malformed = TicketError::Malformed { what: "COSE_Sign1" };
        let read = || {
            let cose = CoseSign1::from_slice(bytes).ok()?;
            let envelope = Envelope {
                key: KeyId::from_bytes(cose.protected.header.key_id.try_into().ok()?)?,
                payload: cose.payload?,
                signature: cose.signature.try_into().ok()?,
            };
            (envelope.to_bytes() == bytes).then_some(envelope)
        };
        read().ok_or(malformed)
    }

    fn cose(&self) -> CoseSign1 {
        let header = HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .key_id(self.key.to_bytes().to_vec())
            .build();
        CoseSign1Builder::new()
            .protected(header)
            .payload(self.payload.clone())
            .signature(self.signature.to_vec())
            .build()
    }
}

/// Whether the operator's key signed this message, strictly.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> Result<(), TicketError> {
    let signature = Signature::from_bytes(signature);
    key.verify_strict(message, &signature).map_err(|_| TicketError::BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of small order "signs" every message with the same 64 bytes; plain RFC 8032 believes it.
    #[test]
    fn a_weak_key_s_signature_of_everything_is_refused() {
        use ed25519_dalek::Verifier;
        // The group's neutral point, as key and as the first half of the signature; then s = 0.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let key = VerifyingKey::from_bytes(&neutral).expect("a point");
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&neutral);
        for message in [b"one".as_slice(), b"another"] {
            let plain = key.verify(message, &Signature::from_bytes(&signature));
            assert!(plain.is_ok(), "what strictness is for");
            assert_eq!(verify(&key, message, &signature), Err(TicketError::BadSignature));
        }
    }
}
