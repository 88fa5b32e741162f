//! Signatures by the phone's own key: P-256, the only curve that a Secure Enclave and StrongBox
//! hold, ECDSA with SHA-256 (FIPS 186-5 §6).
//!
//! For each ECDSA signature (r, s) there is a second good one, (r, n − s). Key stores give either;
//! here the lower one is kept and only that one is believed, so that nobody can change a code and
//! have it still verify.

use super::TicketError;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// What precedes an uncompressed P-256 point in a SubjectPublicKeyInfo (RFC 5480 §2), which is how
/// Android gives a public key.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A public key as tickets hold it, from what a phone's key store gives: a SubjectPublicKeyInfo
/// (Android), an uncompressed point (iOS) or a compressed one.
///
/// # Errors
/// [`TicketError::Malformed`] if it is not a point of P-256.
pub fn compress(public_key: &[u8]) -> Result<[u8; 33], TicketError> {
    let malformed = TicketError::Malformed { what: "phone's key" };
    let bytes = public_key.strip_prefix(&SPKI).unwrap_or(public_key);
    let key = VerifyingKey::from_sec1_bytes(bytes).map_err(|_| malformed.clone())?;
    key.to_sec1_point(true).as_bytes().try_into().map_err(|_| malformed)
}

/// The point that these 33 bytes stand for.
pub(super) fn point(bytes: &[u8; 33]) -> Result<VerifyingKey, TicketError> {
    VerifyingKey::from_sec1_bytes(bytes).map_err(|_| TicketError::Malformed { what: "phone's key" })
}

/// Verifies a signature as it stands in what a phone sent or shows: r and s, 32 bytes each, low s.
///
/// # Errors
/// [`TicketError::BadSignature`]; [`TicketError::Malformed`] if `key` is no point of P-256.
pub fn verify(key: &[u8; 33], message: &[u8], signature: &[u8; 64]) -> Result<(), TicketError> {
    let key = point(key)?;
    let signature = Signature::from_slice(signature).map_err(|_| TicketError::BadSignature)?;
    if signature != signature.normalize_s() {
        return Err(TicketError::BadSignature);
    }
    key.verify(message, &signature).map_err(|_| TicketError::BadSignature)
}

/// Takes a signature as a key store gives it, DER or raw, s low or high, and gives it as it travels.
///
/// # Errors
/// [`TicketError::BadSignature`] if the key did not sign this message: better learned here than
/// from an inspector. [`TicketError::Malformed`] if `key` is no point of P-256.
pub fn accept(key: &[u8; 33], message: &[u8], signature: &[u8]) -> Result<[u8; 64], TicketError> {
    let key = point(key)?;
    // 64 bytes can be either, so both are tried.
    [Signature::from_slice(signature), Signature::from_der(signature)]
        .into_iter()
        .flatten()
        .map(|signature| signature.normalize_s())
        .find(|signature| key.verify(message, signature).is_ok())
        .map(|signature| signature.to_bytes().into())
        .ok_or(TicketError::BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::fixtures;

    /// The order of P-256's group (FIPS 186-5, SP 800-186 §3.2.1.3).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    /// (r, n − s), worked out by hand: the other good signature.
    fn other(signature: [u8; 64]) -> [u8; 64] {
        let (mut other, mut borrow) = (signature, 0);
        for i in (0..32).rev() {
            let digit = i32::from(ORDER[i]) - i32::from(signature[32 + i]) - borrow;
            borrow = i32::from(digit < 0);
            other[32 + i] = digit.rem_euclid(256) as u8;
        }
        other
    }

    #[test]
    fn both_forms_and_both_halves_become_the_one_low_raw_signature() {
        let phone = fixtures::phone();
        let key = phone.public_key();
        let mut was_high = 0;
        for message in (0_u32..32).map(u32::to_be_bytes) {
            let der = phone.sign(&message);
            let raw: [u8; 64] = Signature::from_der(&der).expect("DER").to_bytes().into();
            let low = accept(&key, &message, &der).expect("its own signature");
            was_high += usize::from(raw != low);
            for given in [raw, other(raw)] {
                assert_eq!(accept(&key, &message, &given), Ok(low));
                let der = Signature::from_slice(&given).expect("raw").to_der();
                assert_eq!(accept(&key, &message, der.as_bytes()), Ok(low));
            }
            assert_eq!(verify(&key, &message, &low), Ok(()));
            assert_eq!(verify(&key, &message, &other(low)), Err(TicketError::BadSignature), "high s");
        }
        assert!((1..32).contains(&was_high), "a key store gives both: {was_high} of 32 were high");
    }

    #[test]
    fn another_message_another_key_or_no_signature_is_refused() {
        let (phone, thief) = (fixtures::phone(), crate::ticket::SoftwareKey::from_seed([7; 32]));
        let signature = phone.sign(b"this");
        let refused = Err(TicketError::BadSignature);
        assert_eq!(accept(&phone.public_key(), b"that", &signature), refused);
        assert_eq!(accept(&thief.public_key(), b"this", &signature), refused);
        for bytes in [&[][..], &[0; 64], &[0xff; 64], &[0x30; 70], &signature[..signature.len() - 1]] {
            assert_eq!(accept(&phone.public_key(), b"this", bytes), refused);
        }
        assert_eq!(verify(&phone.public_key(), b"this", &[0; 64]), Err(TicketError::BadSignature));
    }

    #[test]
    fn what_android_and_ios_give_is_one_key() {
        let compressed = fixtures::phone().public_key();
        let uncompressed = point(&compressed).expect("a point").to_sec1_point(false).as_bytes().to_vec();
        assert_eq!(compress(&compressed), Ok(compressed));
        assert_eq!(compress(&uncompressed), Ok(compressed));
        assert_eq!(compress(&[SPKI.as_slice(), &uncompressed].concat()), Ok(compressed));
        for bytes in [&[][..], &[0], &[2; 32], &[4; 65], &[0xff; 33], &SPKI] {
            assert!(compress(bytes).is_err(), "{bytes:?}");
        }
    }
}
