//! What is secret is not printed: every type that holds some is formatted here.

use super::{Opening, OperatorEntry};
use crate::operator::outbox::{Call, Carried, Operation};
use crate::operator::wire::{Base64, CodeRequest, Secret, Session};
use crate::store::StoreError;
use crate::store::seal::Seal;
use crate::text::Language;
use crate::ticket::till::ShiftKey;
use crate::ticket::{Issuer, KeyId, Purpose, SigningKey, SoftwareKey, TerminalKey};

/// 32 bytes that nothing else prints, and the same as a text.
const KEY: [u8; 32] = *b"Th3Secret-ThatNobodyShallRead-77";
const TEXT: &str = "Th3Secret-ThatNobodyShallRead-77";

fn shown() -> Vec<(&'static str, String)> {
    let id = KeyId { issuer: Issuer::new("ATR").expect("a code"), number: 1 };
    let operator = OperatorEntry {
        code: "ATR".to_owned(),
        address: "https://operator.example".to_owned(),
        root_key: vec![1; 32],
        tls_root: None,
    };
    let opening = Opening {
        folder: "/data".to_owned(),
        operator,
        data_key: KEY.to_vec(),
        boot_id: "boot-1".to_owned(),
        device_name: "a phone".to_owned(),
        language: Language::Kk,
        app_version: "0.1.0".to_owned(),
    };
    let call = Call {
        id: 1,
        wallet: 0,
        key: "k-1".to_owned(),
        operation: Operation::Code,
        post: true,
        path: "/v1/sign-ins/s1/code".to_owned(),
        body: format!("{{\"code\":\"{TEXT}\"}}").into_bytes(),
        attempts: 0,
        asked: 0,
        age_ms: None,
        bearer: Some(TEXT.to_owned()),
        etag: None,
        into_file: None,
    };
    let answer =
        Carried::Answer { status: 200, etag: None, body: KEY.to_vec(), round_trip_ms: 5, wait_ms: None };
    let session =
        Session { token: TEXT.to_owned(), account: "a1".to_owned(), nonce: Base64(vec![1]), staff: false };
    // What serde says of a setting that is not what it should be.
    let misread = serde_json::from_str::<u8>(&format!("\"{TEXT}\"")).expect_err("no number");
    assert!(misread.to_string().contains(TEXT), "serde itself quotes what it read");
    vec![
        ("an operator's key", format!("{:?}", SigningKey::from_seed(id, Purpose::Ticket, &KEY))),
        ("the terminals' key", format!("{:?}", TerminalKey::new(KEY))),
        ("a phone's key in memory", format!("{:?}", SoftwareKey::from_seed(KEY))),
        ("the seal", format!("{:?}", Seal::new(&KEY))),
        ("an opening", format!("{opening:?}")),
        ("a call", format!("{call:?}")),
        ("an answer", format!("{answer:?}")),
        ("a session", format!("{session:?}")),
        ("a secret of staff", format!("{:?}", Secret(Base64(KEY.to_vec())))),
        ("a shift's key", format!("{:?}", ShiftKey::new(KEY))),
        ("a one-time code", format!("{:?}", CodeRequest { code: TEXT.to_owned() })),
        ("a cell that cannot be read", format!("{:?}", StoreError::from(misread))),
    ]
}

#[test]
fn no_secret_is_printed() {
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers = format!("{:?}", &KEY[..4]);
    let numbers = numbers.trim_matches(['[', ']']);
    for (what, shown) in shown() {
        assert!(!shown.contains(TEXT), "{what}: {shown}");
        assert!(!shown.to_lowercase().contains(&hex), "{what}: {shown}");
        assert!(!shown.contains(numbers), "{what}: {shown}");
        assert!(!shown.is_empty(), "{what}");
    }
}

/// If a library's feature that wipes keys were off, this would not compile.
#[test]
fn keys_are_wiped_when_they_are_dropped() {
    fn wiped<T: zeroize::ZeroizeOnDrop>() -> usize {
        size_of::<T>()
    }
    let kinds = [
        wiped::<ed25519_dalek::SigningKey>(),
        wiped::<p256::ecdsa::SigningKey>(),
        wiped::<chacha20poly1305::XChaCha20Poly1305>(),
        wiped::<zeroize::Zeroizing<[u8; 32]>>(),
    ];
    assert!(kinds.iter().all(|size| *size >= 32), "{kinds:?}");
}
