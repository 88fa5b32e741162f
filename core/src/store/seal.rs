//! Sealed cells: phone numbers, names, card numbers, access tokens.
//!
//! XChaCha20-Poly1305 under a key for each table, which HKDF-SHA-256 derives from the wallet's data
//! key; a cell's place is its associated data, so that no cell can be moved to another. The data
//! key itself is wrapped by a key in the phone's hardware; the shell unwraps it and passes it in.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
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

    /// Seals a cell; `nonce` must be new for each call. 40 bytes longer than `plain`.
    pub fn seal(&self, table: &str, place: &str, plain: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: &aad(table, place) };
        let sealed = self
            .cipher(table)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a cell is far shorter than the cipher's 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens a cell; none if it was sealed under another key, for another place, or was changed.
    pub fn open(&self, table: &str, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<24>()?;
        let payload = Payload { msg: text, aad: &aad(table, place) };
        self.cipher(table).decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn cipher(&self, table: &str) -> XChaCha20Poly1305 {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"jol:seal:1"), self.data_key.as_slice())
            .expand(table.as_bytes(), key.as_mut_slice())
            .expect("32 bytes are fewer than HKDF's limit of 8,160");
        XChaCha20Poly1305::new((&*key).into())
    }
}

fn aad(table: &str, place: &str) -> Vec<u8> {
    [table.as_bytes(), b"\0", place.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
