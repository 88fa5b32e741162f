//! Enrolling a phone's key: it signs what the operator just made up, so it exists and is at hand.

use super::problem;
use jol_core::operator::enrolment_message;
use jol_core::operator::wire::{Device, EnrolRequest, Problem, problem as codes};
use jol_core::ticket::phone_key;

/// How long a new phone waits before it spends, on a number that holds balances.
pub const NEW_PHONE_WAIT_MS: i64 = 24 * 3_600_000;
/// The word that the sandbox takes for a platform's attestation; any other proves nothing.
pub const SANDBOX_ATTESTATION: &str = "sandbox: this key lives in hardware";

/// What the operator holds of an account when a phone enrols.
#[derive(Clone, Debug)]
pub struct Enrolment<'a> {
    /// What this session's key was asked to sign.
    pub nonce: &'a [u8],
    /// The id that a new phone gets.
    pub new_id: &'a str,
    /// This very key, if this account enrolled it before.
    pub known: Option<Device>,
    /// How many other phones the account has.
    pub other_phones: usize,
    /// Whether any card of the account holds money.
    pub holds_money: bool,
    /// When the carrier replaced the number's SIM last, ms since 1970: somebody else may hold the number now.
    pub sim_replaced_ms: Option<i64>,
}

/// Enrols a key, or says why not. A key that is known stays the phone that it was.
pub fn enrol(held: &Enrolment<'_>, request: &EnrolRequest, now_ms: i64) -> Result<Device, Problem> {
    let wrong = |title| problem(403, codes::BAD_SIGNATURE, title);
    if request.nonce.0 != held.nonce {
        return Err(wrong("the nonce is not this session's"));
    }
    let message = enrolment_message(held.nonce, &request.public_key.0);
    if !is_signed(&request.public_key.0, &message, &request.signature.0) {
        return Err(wrong("the key did not sign its enrolment"));
    }
    // CAMARA's SIM swap: a number whose SIM is new is proof of nothing, whether or not another phone is known.
    let is_swapped = held.sim_replaced_ms.is_some_and(|ms| now_ms < ms.saturating_add(NEW_PHONE_WAIT_MS));
    let waits = held.holds_money && (held.other_phones > 0 || is_swapped);
    Ok(held.known.clone().unwrap_or_else(|| Device {
        device: held.new_id.to_owned(),
        attested: request.attestation.as_deref() == Some(SANDBOX_ATTESTATION),
        waits_until_ms: waits.then_some(now_ms + NEW_PHONE_WAIT_MS),
    }))
}

/// Whether a phone may decide about another one of its account: one that has a key and does not wait itself.
pub fn may_change(asking: Option<&Device>, other: &Device, now_ms: i64) -> Result<(), Problem> {
    match asking {
        Some(own) if own.device == other.device => {
            Err(problem(404, codes::NOT_FOUND, "a phone decides about the others"))
        }
        Some(own) if own.waits_until_ms.is_none_or(|until_ms| now_ms >= until_ms) => Ok(()),
        _ => Err(problem(403, codes::DEVICE_WAITS, "this phone has no key or waits itself")),
    }
}

/// Whether this compressed P-256 key signed this message: ECDSA with SHA-256, r and s in 64 bytes
/// (IEEE P1363), s in the lower half of the order.
pub fn is_signed(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (public_key.try_into(), signature.try_into()) else { return false };
    phone_key::verify(key, message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::operator::wire::Base64;
    use p256::ecdsa::signature::Signer;
    use p256::ecdsa::{Signature, SigningKey};

    const NONCE: [u8; 16] = [9; 16];

    fn request(seed: u8) -> EnrolRequest {
        let key = SigningKey::from_slice(&[seed; 32]).expect("a key");
        let public_key = key.verifying_key().to_sec1_point(true).as_bytes().to_vec();
        let signature: Signature = key.sign(&enrolment_message(&NONCE, &public_key));
        EnrolRequest {
            public_key: Base64(public_key),
            nonce: Base64(NONCE.to_vec()),
            signature: Base64(signature.normalize_s().to_bytes().to_vec()),
            attestation: None,
            name: "a phone".to_owned(),
        }
    }

    fn held() -> Enrolment<'static> {
        Enrolment {
            nonce: &NONCE,
            new_id: "d1",
            known: None,
            other_phones: 0,
            holds_money: false,
            sim_replaced_ms: None,
        }
    }

    #[test]
    fn a_key_that_signs_the_nonce_is_enrolled() {
        let device = enrol(&held(), &request(1), 0).expect("enrolled");
        assert_eq!(device, Device { device: "d1".into(), attested: false, waits_until_ms: None });
        let vouched = EnrolRequest { attestation: Some(SANDBOX_ATTESTATION.into()), ..request(1) };
        assert!(enrol(&held(), &vouched, 0).expect("enrolled").attested);
    }

    #[test]
    fn another_nonce_another_key_or_a_changed_byte_is_refused() {
        let good = request(1);
        let mut flipped = good.clone();
        flipped.signature.0[40] ^= 1;
        let stale = EnrolRequest { nonce: Base64(vec![8; 16]), ..good.clone() };
        let foreign = EnrolRequest { public_key: request(2).public_key, ..good.clone() };
        let no_key = EnrolRequest { public_key: Base64(vec![2; 33]), ..good.clone() };
        let empty = EnrolRequest { public_key: Base64(vec![]), signature: Base64(vec![]), ..good };
        for bad in [flipped, stale, foreign, no_key, empty] {
            assert_eq!(enrol(&held(), &bad, 0).expect_err("refused").code, codes::BAD_SIGNATURE);
        }
    }

    #[test]
    fn a_signature_with_high_s_is_refused() {
        let mut high = request(1);
        let low = Signature::from_slice(&high.signature.0).expect("a signature");
        let (r, s) = low.split_scalars();
        let turned = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).expect("a signature");
        assert_ne!(turned.normalize_s(), turned);
        high.signature = Base64(turned.to_bytes().to_vec());
        assert!(enrol(&held(), &high, 0).is_err());
    }

    #[test]
    fn a_new_phone_on_a_number_with_money_waits_and_a_known_one_does_not() {
        let second = Enrolment { other_phones: 1, holds_money: true, ..held() };
        let device = enrol(&second, &request(1), 5).expect("enrolled");
        assert_eq!(device.waits_until_ms, Some(5 + NEW_PHONE_WAIT_MS));
        let broke = Enrolment { other_phones: 1, ..held() };
        assert_eq!(enrol(&broke, &request(1), 5).expect("enrolled").waits_until_ms, None);
        let swapped = Enrolment { other_phones: 0, sim_replaced_ms: Some(4), ..second.clone() };
        let device = enrol(&swapped, &request(1), 5).expect("enrolled");
        assert_eq!(device.waits_until_ms, Some(5 + NEW_PHONE_WAIT_MS));
        let long_ago = enrol(&swapped, &request(1), 4 + NEW_PHONE_WAIT_MS).expect("enrolled");
        assert_eq!(long_ago.waits_until_ms, None);
        let known = Device { device: "d0".into(), attested: true, waits_until_ms: None };
        let again = Enrolment { known: Some(known.clone()), ..second };
        assert_eq!(enrol(&again, &request(1), 5), Ok(known));
    }

    #[test]
    fn a_phone_that_waits_or_has_no_key_decides_about_no_other() {
        let phone = |id: &str, waits_until_ms| Device { device: id.into(), attested: true, waits_until_ms };
        let other = phone("d2", Some(10));
        assert_eq!(may_change(Some(&phone("d1", None)), &other, 5), Ok(()));
        assert_eq!(may_change(Some(&phone("d1", Some(5))), &other, 5), Ok(()));
        for asking in [None, Some(&phone("d1", Some(6)))] {
            assert_eq!(may_change(asking, &other, 5).expect_err("refused").code, codes::DEVICE_WAITS);
        }
        assert_eq!(
            may_change(Some(&phone("d2", None)), &other, 5).expect_err("itself").code,
            codes::NOT_FOUND
        );
    }
}
