//! A phone's key without a phone, for tests and the sandbox.

use super::phone_key;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A P-256 key in memory that answers as a phone's key store does. It is wiped when dropped.
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// The key that a seed names.
    pub fn from_seed(seed: [u8; 32]) -> SoftwareKey {
        let mut secret = Zeroizing::new(seed);
        loop {
            *secret = Sha256::digest(*secret).into();
            // All but one of 2³² hashes are below the order of the group.
            if let Ok(key) = SigningKey::from_slice(secret.as_slice()) {
                return SoftwareKey(key);
            }
        }
    }

    /// The public half, compressed.
    pub fn public_key(&self) -> [u8; 33] {
        let point = self.0.verifying_key().to_sec1_point(true);
        phone_key::compress(point.as_bytes()).expect("a key's own point")
    }

    /// Signs a message: ECDSA with SHA-256 (nonces by RFC 6979), DER, s as it falls.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(message);
        signature.as_bytes().to_vec()
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoftwareKey")
    }
}
