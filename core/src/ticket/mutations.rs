//! Every change of one bit, every cut and every byte more: nothing but the code itself is believed.

use super::fixtures::{self, CHALLENGE, NOW_MS};
use super::*;

/// The usual ticket under a slot, the longest one in answer to a challenge.
fn shown() -> [(Presentation, Option<[u8; 8]>); 2] {
    [
        (fixtures::shown(&fixtures::token(), Freshness::Slot(slot_at(NOW_MS))), None),
        (fixtures::shown(&fixtures::longest_token(), Freshness::Challenge(CHALLENGE)), Some(CHALLENGE)),
    ]
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
