//! A city pack's seal: the operator's word that these bytes are its pack of this city.

use super::cbor::{self, Items};
use super::{Domain, Envelope, SigningKey, TicketError, TrustedKeys};

/// The format of a seal.
const VERSION: u64 = 1;
/// The longest id of a city in a seal, in bytes.
pub const LONGEST_CITY: usize = 32;
/// No seal is longer, in bytes.
const LONGEST_SEAL: usize = 256;

/// What the operator's data key signs for a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackSeal {
    /// The city's id: a pack is not another city's.
    pub city: String,
    /// SHA-256 of the pack's bytes.
    pub sha256: [u8; 32],
    /// When it was sealed, in s since 1970. Whoever installs packs refuses an older one.
    pub issued_s: i64,
}

impl PackSeal {
    /// Signs the seal; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] for an empty or too long city or a time before 1970,
    /// [`TicketError::Key`] if the key is not for city data.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = cbor::encode(vec![
            VERSION.into(),
            cbor::text(&self.city),
            cbor::bytes(&self.sha256),
            self.issued_s.into(),
        ]);
        match PackSeal::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::CityPack, payload, key)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "pack seal" }),
        }
    }

    /// A seal that the operator's data key signed.
    ///
    /// # Errors
    /// What can be wrong with a signature or a format.
    pub fn verify(bytes: &[u8], keys: &TrustedKeys) -> Result<PackSeal, TicketError> {
        if bytes.len() > LONGEST_SEAL {
            return Err(TicketError::Malformed { what: "length of a seal" });
        }
        keys.open(Domain::CityPack, &Envelope::from_bytes(bytes)?, |payload| {
            let seal = PackSeal::decode(payload)?;
            let issued_s = seal.issued_s;
            Ok((seal, Some(issued_s)))
        })
    }

    fn decode(payload: &[u8]) -> Result<PackSeal, TicketError> {
        let mut items = Items::read(payload, "pack seal")?;
        items.version(VERSION)?;
        let seal = PackSeal {
            city: items.text("city", LONGEST_CITY)?,
            sha256: items.bytes("hash")?,
            issued_s: i64::from(items.uint32("issued")?),
        };
        items.end("pack seal").map(|()| seal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_S};
    use crate::ticket::{KeyFault, Purpose};

    fn seal(city: &str) -> PackSeal {
        PackSeal { city: city.to_owned(), sha256: [7; 32], issued_s: NOW_S }
    }

    #[test]
    fn a_seal_comes_back_and_every_changed_bit_is_refused() {
        let keys = fixtures::trusted_keys();
        let bytes = seal("atyrau").sign(&fixtures::signing_key(Purpose::CityData)).expect("a seal");
        assert_eq!(PackSeal::verify(&bytes, &keys), Ok(seal("atyrau")));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(PackSeal::verify(&bytes, &keys).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn bounds_and_purpose_are_kept() {
        let sign = |city: &str, purpose| seal(city).sign(&fixtures::signing_key(purpose)).err();
        assert_eq!(sign(&"a".repeat(32), Purpose::CityData), None);
        let refused = Some(TicketError::OutOfBounds { field: "pack seal" });
        assert_eq!(sign(&"a".repeat(33), Purpose::CityData), refused);
        assert_eq!(sign("", Purpose::CityData), refused);
        assert!(matches!(
            sign("atyrau", Purpose::Sticker),
            Some(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
        ));
    }
}
