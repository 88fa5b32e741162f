//! The operator's keys: which are trusted, for what, and when.
//!
//! The app knows each operator's root. The root, kept offline, signs a numbered list of the keys
//! that work; a list older than one seen before is refused, so that a key that was withdrawn stays
//! withdrawn. What a key may sign, and by which algorithm, is what its entry says, never what a
//! signature says about itself.

use super::cbor::{self, Items};
use super::{Domain, Envelope, Issuer, KeyFault, KeyId, Purpose, SigningKey, TicketError};
use ciborium::Value;
use ed25519_dalek::VerifyingKey;

/// The format of a key list.
const VERSION: u64 = 1;
/// A list has no more keys than an id has numbers.
const MOST_KEYS: usize = 255;
/// Longer than any list with so many keys.
const LONGEST_LIST: usize = 32_768;
/// EdDSA in COSE's registry of algorithms, the one that is used now.
const EDDSA: i64 = -8;

/// A key in the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// Its number, 1 to 255; never given to another key while something that it signed is used.
    pub number: u8,
    /// What it may sign.
    pub purpose: Purpose,
    /// The public key (RFC 8032 §5.1.5).
    pub public_key: [u8; 32],
    /// The first second, since 1970, in which it signs.
    pub not_before_s: i64,
    /// The last one. What was signed until then holds on: a key that leaked leaves the list.
    pub not_after_s: i64,
}

/// What the operator's root signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyList {
    /// Counts up with each list.
    pub number: u32,
    /// When it was signed, in s since 1970.
    pub issued_s: i64,
    /// Until when it may be used without a newer one.
    pub until_s: i64,
    /// The keys, by number.
    pub keys: Vec<KeyEntry>,
}

impl KeyList {
    /// Signs the list with the operator's root; gives a COSE_Sign1.
    ///
    /// # Errors
    /// [`TicketError::OutOfBounds`] if it is not a list that [`TrustedKeys::accept`] accepts.
    pub fn sign(&self, root: &SigningKey) -> Result<Vec<u8>, TicketError> {
        let payload = self.encode();
        match KeyList::decode(&payload) {
            Ok(read) if read == *self => Ok(Envelope::sign(Domain::KeyList, payload, root)?.to_bytes()),
            _ => Err(TicketError::OutOfBounds { field: "key list" }),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let entry = |key: &KeyEntry| {
            Value::Array(vec![
                key.number.into(),
                EDDSA.into(),
                (key.purpose as u8).into(),
                cbor::bytes(&key.public_key),
                key.not_before_s.into(),
                key.not_after_s.into(),
            ])
        };
        cbor::encode(vec![
            VERSION.into(),
            self.number.into(),
            self.issued_s.into(),
            self.until_s.into(),
            Value::Array(self.keys.iter().map(entry).collect()),
        ])
    }

    fn decode(payload: &[u8]) -> Result<KeyList, TicketError> {
        let mut items = Items::read(payload, "key list")?;
        items.version(VERSION)?;
        let (number, issued_s) = (items.uint32("list number")?, i64::from(items.uint32("issued")?));
        let until_s = i64::from(items.uint32("until")?);
        let mut entries = items.items("keys")?;
        items.end("key list")?;
        if entries.left() > MOST_KEYS {
            return Err(TicketError::Malformed { what: "keys" });
        }
        let mut keys: Vec<KeyEntry> = Vec::new();
        while entries.left() > 0 {
            let key = KeyEntry::read(entries.items("key")?)?;
            if key.number <= keys.last().map_or(0, |key| key.number) {
                return Err(TicketError::Malformed { what: "order of keys" });
            }
            keys.push(key);
        }
        Ok(KeyList { number, issued_s, until_s, keys })
    }
}

impl KeyEntry {
    fn read(mut items: Items) -> Result<KeyEntry, TicketError> {
        // The bound makes it fit.
        let number = items.uint("key number", 255)? as u8;
        if items.int("algorithm")? != EDDSA {
            return Err(TicketError::Malformed { what: "algorithm" });
        }
        let purpose = Purpose::from_number(items.uint("purpose", u64::MAX)?)
            .ok_or(TicketError::Malformed { what: "purpose" })?;
        let key = KeyEntry {
            number,
            purpose,
            public_key: items.bytes("public key")?,
            not_before_s: i64::from(items.uint32("not before")?),
            not_after_s: i64::from(items.uint32("not after")?),
        };
        items.end("key")?;
        Ok(key)
    }
}

/// The root of an operator, as in the app's list of operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Whose root.
    pub issuer: Issuer,
    /// Its public key (Ed25519).
    pub public_key: [u8; 32],
}

/// The keys of one operator that the root vouches for.
#[derive(Clone, Debug)]
pub struct TrustedKeys {
    issuer: Issuer,
    list: KeyList,
    // In the list's order.
    public_keys: Vec<VerifyingKey>,
}

impl TrustedKeys {
    /// Accepts a list of keys: a COSE_Sign1 by the operator's root.
    ///
    /// `last_seen` is the number of the newest list that was ever accepted, 0 at first; the same
    /// list may come again. `now_ms` is the operator's time; without it the age is left to
    /// [`is_too_old`](TrustedKeys::is_too_old).
    ///
    /// # Errors
    /// [`TicketError::Rollback`] for an older list, [`TicketError::TooOld`] for one whose time is
    /// over, and what can be wrong with a signature or a format.
    pub fn accept(
        bytes: &[u8],
        root: &Root,
        last_seen: u32,
        now_ms: Option<i64>,
    ) -> Result<TrustedKeys, TicketError> {
        if bytes.len() > LONGEST_LIST {
            return Err(TicketError::Malformed { what: "key list" });
        }
        let envelope = Envelope::from_bytes(bytes)?;
        if envelope.key != (KeyId { issuer: root.issuer, number: 0 }) {
            return Err(TicketError::Key { key: envelope.key, fault: KeyFault::Unknown });
        }
        envelope.verify(Domain::KeyList, &public_key(&root.public_key)?)?;
        let list = KeyList::decode(&envelope.payload)?;
        if list.number < last_seen {
            return Err(TicketError::Rollback { seen: last_seen, got: list.number });
        }
        let public_keys =
            list.keys.iter().map(|key| public_key(&key.public_key)).collect::<Result<Vec<_>, _>>()?;
        let keys = TrustedKeys { issuer: root.issuer, list, public_keys };
        if now_ms.is_some_and(|now_ms| keys.is_too_old(now_ms)) {
            return Err(TicketError::TooOld { until_s: keys.list.until_s });
        }
        Ok(keys)
    }

    /// Whose keys they are.
    pub fn issuer(&self) -> Issuer {
        self.issuer
    }

    /// The list's number, which the next call of [`accept`](TrustedKeys::accept) wants.
    pub fn number(&self) -> u32 {
        self.list.number
    }

    /// When the list was signed, in s since 1970.
    pub fn issued_s(&self) -> i64 {
        self.list.issued_s
    }

    /// Whether a newer list is overdue: a key may have been withdrawn since.
    pub fn is_too_old(&self, now_ms: i64) -> bool {
        now_ms.div_euclid(1_000) > self.list.until_s
    }

    /// Verifies something signed, reads it, and sees that the key was in use when it signed.
    ///
    /// `read` takes the payload and gives what it says and when it was signed, in s since 1970, if it
    /// says so. It is called only after the signature was found good.
    ///
    /// # Errors
    /// [`TicketError::Key`], [`TicketError::BadSignature`], and what `read` finds wrong.
    pub fn open<T>(
        &self,
        domain: Domain,
        envelope: &Envelope,
        read: impl FnOnce(&[u8]) -> Result<(T, Option<i64>), TicketError>,
    ) -> Result<T, TicketError> {
        let key = envelope.key;
        let refused = |fault| TicketError::Key { key, fault };
        let (entry, public_key) = self
            .list
            .keys
            .iter()
            .zip(&self.public_keys)
            .find(|(entry, _)| key == KeyId { issuer: self.issuer, number: entry.number })
            .ok_or(refused(KeyFault::Unknown))?;
        if entry.purpose != domain.purpose() {
            return Err(refused(KeyFault::OtherPurpose));
        }
        envelope.verify(domain, public_key)?;
        let (said, signed_s) = read(&envelope.payload)?;
        let in_use = |signed_s| (entry.not_before_s..=entry.not_after_s).contains(&signed_s);
        if !signed_s.is_none_or(in_use) {
            return Err(refused(KeyFault::OtherTime));
        }
        Ok(said)
    }
}

/// A point of the curve that a signature can be verified by; a weak one verifies anything.
pub(super) fn public_key(bytes: &[u8; 32]) -> Result<VerifyingKey, TicketError> {
    VerifyingKey::from_bytes(bytes)
        .ok()
        .filter(|key| !key.is_weak())
        .ok_or(TicketError::Malformed { what: "public key" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures::{self, NOW_MS, NOW_S};

    #[test]
    fn an_older_list_is_refused_and_the_same_one_is_not() {
        let root = fixtures::root();
        let list = KeyList { number: 7, ..fixtures::key_list() };
        let bytes = list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
        for last_seen in [0, 6, 7] {
            let keys = TrustedKeys::accept(&bytes, &root, last_seen, Some(NOW_MS)).expect("accepted");
            assert_eq!(keys.number(), 7);
        }
        let refused = TrustedKeys::accept(&bytes, &root, 8, Some(NOW_MS)).err();
        assert_eq!(refused, Some(TicketError::Rollback { seen: 8, got: 7 }));
    }

    #[test]
    fn a_list_has_an_end_of_which_a_phone_without_time_knows_nothing() {
        let list = KeyList { until_s: NOW_S, ..fixtures::key_list() };
        let bytes = list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
        let accept = |now_ms| TrustedKeys::accept(&bytes, &fixtures::root(), 0, now_ms);
        assert!(accept(Some(NOW_MS + 999)).is_ok());
        assert_eq!(accept(Some(NOW_MS + 1_000)).err(), Some(TicketError::TooOld { until_s: NOW_S }));
        assert!(accept(None).expect("accepted").is_too_old(NOW_MS + 1_000));
    }

    #[test]
    fn only_the_root_of_this_operator_signs_a_list() {
        let list = fixtures::key_list();
        let signed = list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
        let elsewhere = Root { issuer: Issuer::new("ALA").expect("a code"), ..fixtures::root() };
        assert!(matches!(
            TrustedKeys::accept(&signed, &elsewhere, 0, None),
            Err(TicketError::Key { fault: KeyFault::Unknown, .. })
        ));
        let other =
            Root { public_key: fixtures::signing_key(Purpose::Ticket).public_key(), ..fixtures::root() };
        assert_eq!(TrustedKeys::accept(&signed, &other, 0, None).err(), Some(TicketError::BadSignature));
        assert!(matches!(
            list.sign(&fixtures::signing_key(Purpose::Ticket)),
            Err(TicketError::Key { fault: KeyFault::OtherPurpose, .. })
        ));
    }

    #[test]
    fn a_list_of_a_wrong_shape_is_not_signed_and_not_accepted() {
        let good = fixtures::key_list();
        let with = |change: &dyn Fn(&mut KeyList)| {
            let mut list = good.clone();
            change(&mut list);
            list
        };
        for (why, list) in [
            ("a key twice", with(&|list| list.keys.push(list.keys[0].clone()))),
            ("not in order", with(&|list| list.keys.reverse())),
            ("the root's number", with(&|list| list.keys[0].number = 0)),
            ("the root's purpose", with(&|list| list.keys[0].purpose = Purpose::Root)),
            ("a time before 1970", with(&|list| list.keys[0].not_before_s = -1)),
        ] {
            let refused = list.sign(&fixtures::signing_key(Purpose::Root)).err();
            assert_eq!(refused, Some(TicketError::OutOfBounds { field: "key list" }), "{why}");
            assert!(KeyList::decode(&list.encode()).is_err(), "{why}");
        }
    }

    #[test]
    fn a_weak_public_key_would_verify_anything_and_is_refused() {
        let mut list = fixtures::key_list();
        // The neutral element, of order 1.
        list.keys[0].public_key = [0; 32];
        list.keys[0].public_key[0] = 1;
        let bytes = list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
        let refused = TrustedKeys::accept(&bytes, &fixtures::root(), 0, None).err();
        assert_eq!(refused, Some(TicketError::Malformed { what: "public key" }));
    }

    #[test]
    fn a_key_signs_what_its_entry_says_and_while_it_says() {
        let keys = fixtures::trusted_keys();
        let sign = |purpose| {
            let key = fixtures::signing_key(purpose);
            // By hand, as an operator with a fault would.
            let domain = match purpose {
                Purpose::Receipt => Domain::Receipt,
                Purpose::CityData => Domain::StatusList,
                Purpose::Sticker => Domain::Sticker,
                _ => Domain::Ticket,
            };
            Envelope::sign(domain, b"anything".to_vec(), &key).expect("signed")
        };
        let open =
            |envelope: &Envelope, signed_s| keys.open(Domain::Ticket, envelope, |_| Ok(((), Some(signed_s))));
        let refused = |fault| Some(fault);
        let fault = |result: Result<(), TicketError>| match result {
            Err(TicketError::Key { fault, .. }) => Some(fault),
            _ => None,
        };
        assert_eq!(open(&sign(Purpose::Ticket), NOW_S), Ok(()));
        for purpose in [Purpose::Receipt, Purpose::CityData, Purpose::Sticker] {
            assert_eq!(fault(open(&sign(purpose), NOW_S)), refused(KeyFault::OtherPurpose), "{purpose:?}");
        }
        let entry = &keys.list.keys[0];
        assert_eq!(open(&sign(Purpose::Ticket), entry.not_before_s), Ok(()));
        assert_eq!(open(&sign(Purpose::Ticket), entry.not_after_s), Ok(()));
        for moment in [entry.not_before_s - 1, entry.not_after_s + 1] {
            assert_eq!(fault(open(&sign(Purpose::Ticket), moment)), refused(KeyFault::OtherTime));
        }
        let unknown =
            Envelope { key: KeyId { number: 99, ..sign(Purpose::Ticket).key }, ..sign(Purpose::Ticket) };
        assert_eq!(fault(open(&unknown, NOW_S)), refused(KeyFault::Unknown));
    }

    #[test]
    fn one_domain_s_signature_is_no_other_s() {
        let keys = fixtures::trusted_keys();
        let status =
            Envelope::sign(Domain::StatusList, b"x".to_vec(), &fixtures::signing_key(Purpose::CityData))
                .expect("signed");
        // The same key signs both, so only the tag stands between them.
        let read = |_: &[u8]| Ok(((), Some(NOW_S)));
        assert_eq!(keys.open(Domain::StatusList, &status, read), Ok(()));
        assert_eq!(keys.open(Domain::CityPack, &status, read), Err(TicketError::BadSignature));
    }
}
