//! Every change of one bit, every cut and every byte more: nothing but the code itself is believed.

use super::fixtures::{self, CHALLENGE, NOW_MS};
use super::inspect::TOLERANCE_MS;
use super::presentation::SLOT_MS;
use super::*;

/// Each kind of ticket under a slot and in answer to a challenge.
fn shown() -> Vec<(Presentation, Option<[u8; 8]>)> {
    let both = |(_, token): (_, Token)| {
        [
            (fixtures::shown(&token, Freshness::Slot(slot_at(NOW_MS))), None),
            (fixtures::shown(&token, Freshness::Challenge(CHALLENGE)), Some(CHALLENGE)),
        ]
    };
    fixtures::tickets().into_iter().flat_map(both).collect()
}

/// Counts what was tried; the first thing that is not refused fails.
fn refuse_all(what: &str, challenge: Option<[u8; 8]>, texts: impl Iterator<Item = String>) -> usize {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    // On no certain bus, so that nothing is refused for being on another.
    let check = Check { challenge, vehicle: None, ..fixtures::check(&keys, &seen) };
    let refuse = |text: String| {
        let verdict = inspect(&text, &check);
        assert_eq!(verdict.code(), "not_valid", "{what}: {text}");
    };
    texts.map(refuse).count()
}

fn text(bytes: &[u8]) -> String {
    format!("JOL1:{}", base45::encode(bytes))
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

#[test]
fn every_flipped_bit_cut_and_added_byte_is_refused() {
    for (presentation, challenge) in shown() {
        let bytes = presentation.to_bytes();
        let flipped = refuse_all("flip", challenge, flips(&bytes).map(|bytes| text(&bytes)));
        let cut = refuse_all("cut", challenge, (0..bytes.len()).map(|end| text(&bytes[..end])));
        let with = |byte: u8| text(&[&bytes[..], &[byte]].concat());
        let longer = refuse_all("byte more", challenge, (0..=255).map(with));
        println!("{} bytes: {flipped} flips, {cut} cuts, {longer} longer", bytes.len());
        assert_eq!((flipped, cut, longer), (bytes.len() * 8, bytes.len(), 256));
    }
}

#[test]
fn every_other_letter_in_the_text_is_refused() {
    for (presentation, challenge) in shown() {
        let code = presentation.to_text();
        let letters = flips(code.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok());
        assert!(refuse_all("letter", challenge, letters) >= code.len() * 7);
        let cut = (0..code.len()).map(|end| code[..end].to_owned());
        assert_eq!(refuse_all("cut", challenge, cut), code.len());
        let with = |byte: u8| format!("{code}{}", char::from(byte));
        assert_eq!(refuse_all("letter more", challenge, (0..=127).map(with)), 128);
        assert_eq!(refuse_all("before", challenge, std::iter::once(format!(" {code}"))), 1);
    }
}

#[test]
fn the_other_signature_of_ecdsa_is_refused() {
    use p256::ecdsa::Signature;
    for (presentation, challenge) in shown() {
        let bytes = presentation.to_bytes();
        let (head, low) = bytes.split_at(bytes.len() - 64);
        let low = Signature::from_slice(low).expect("a signature");
        // (r, n − s), which plain ECDSA finds just as good.
        let high = Signature::from_scalars(low.r(), -low.s()).expect("a signature");
        assert_ne!(high, low);
        assert_eq!(high.normalize_s(), low);
        let code = text(&[head, &high.to_bytes()].concat());
        assert_eq!(refuse_all("high s", challenge, std::iter::once(code)), 1);
    }
}

#[test]
fn the_codes_that_are_changed_here_are_good_ones() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    for (presentation, challenge) in shown() {
        let check = Check { challenge, vehicle: None, ..fixtures::check(&keys, &seen) };
        assert_eq!(inspect(&presentation.to_text(), &check).code(), "valid");
    }
}

#[test]
fn every_slot_of_two_hours_either_way_is_believed_for_45_seconds_and_refused_else() {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let (mut believed, mut refused) = (0, 0);
    for (name, token) in fixtures::tickets() {
        for slot in slot_at(NOW_MS) - 480..=slot_at(NOW_MS) + 480 {
            let text = fixtures::shown(&token, Freshness::Slot(slot)).to_text();
            // At the first, a middle and the last moment of the inspector's slot.
            for now_ms in [NOW_MS, NOW_MS + 7_500, NOW_MS + SLOT_MS - 1] {
                let check = Check { now_ms: Some(now_ms), vehicle: None, ..fixtures::check(&keys, &seen) };
                let age_ms = now_ms - i64::from(slot) * SLOT_MS;
                match inspect(&text, &check) {
                    Verdict::Valid { .. } => {
                        assert!(age_ms.abs() <= TOLERANCE_MS, "{name}: {age_ms} ms");
                        believed += 1;
                    }
                    Verdict::NotValid { reason, .. } => {
                        assert!(age_ms.abs() > TOLERANCE_MS, "{name}: {age_ms} ms");
                        assert_eq!(reason, NotValid::WrongSlot { age_s: age_ms.div_euclid(1_000) });
                        refused += 1;
                    }
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
    // Of 961 slots seven are within 45 s at the first moment of one, six at another.
    assert_eq!((believed, refused), (7 * 19, 7 * (3 * 961 - 19)));
}
