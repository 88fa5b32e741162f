//! Files of Travel Details, of strangers: what is held by them was signed, and nothing panics.

use super::Bytes;
use super::material::trusted;
use super::wallet::{FIRST_RIDE, SIGNED_UP, empty_folder, open};
use jol_core::travel::verify::{Verified, verify};
use jol_core::travel::{ExportFormat, TravelQuery};
use std::sync::LazyLock;

/// A wallet's own files, and what verifying them says.
static OURS: LazyLock<[(Vec<u8>, Verified); 2]> = LazyLock::new(|| {
    let mut phone = open(&empty_folder()).expect("a new wallet");
    let story = [SIGNED_UP.as_slice(), &FIRST_RIDE].concat();
    let mut steps = Bytes(&story);
    while !steps.is_empty() {
        let step = steps.byte();
        phone.tap(step, &mut steps);
    }
    [ExportFormat::Json, ExportFormat::Csv].map(|format| {
        let export = phone.jol.export(&TravelQuery::default(), format).expect("a file");
        let verified = verify(&export.bytes, trusted());
        assert!(verified.faults.is_empty() && !verified.receipts.is_empty(), "{verified:?}");
        (export.bytes, verified)
    })
});

/// Whatever stands in a file, what is said to hold is what our keys signed.
pub(crate) fn export(input: &[u8]) {
    let verified = verify(input, trusted());
    let known = |key: &str| {
        let ours = OURS.iter().flat_map(|(_, said)| &said.receipts);
        ours.into_iter().find(|one| one.key == key).cloned()
    };
    for held in &verified.receipts {
        let ours = known(&held.key).expect("one of our receipts");
        assert_eq!(
            (&held.outcome, held.amount, held.operator_time_ms, &held.reference),
            (&ours.outcome, ours.amount, ours.operator_time_ms, &ours.reference)
        );
    }
    assert!(verified.faults.iter().all(|fault| !fault.place.is_empty()));
}

/// A file in each form.
pub(crate) fn exported() -> Vec<Vec<u8>> {
    let json = String::from_utf8_lossy(&OURS[0].0).into_owned();
    let head = format!("%PDF-1.7\n<< /Length {} /Type /EmbeddedFile >>\nstream\n", json.len());
    let pdf = [head.as_bytes(), json.as_bytes()].concat();
    OURS.iter().map(|(bytes, _)| bytes.clone()).chain([pdf]).collect()
}
