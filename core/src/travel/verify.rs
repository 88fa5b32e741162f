//! Whether an exported file says what the operator signed: for anybody who has its keys.
//!
//! Each receipt must be signed, be the answer to the key and the request that stand beside it, and say what is
//! written out of it; each sum and state must follow from it. What the operator did not sign (times of taps,
//! lines, stops, words) is the phone's word: it is bound by a check that finds a slip, and no forger.

use super::csv;
use super::export::{Export, ExportEntry, FORM, SignedAnswer, outcome_word};
use super::{TravelKind, TravelState};
use crate::money::Money;
use crate::operator::wire::Base64;
use crate::ticket::TrustedKeys;
use crate::ticket::receipt::{Receipt, ReceiptOutcome};
use serde::Serialize;

/// What became of verifying a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many entries it has.
    pub entries: usize,
    /// The receipts that hold, in the order of the file.
    pub receipts: Vec<HeldReceipt>,
    /// Everything that is wrong; nothing, if the file says what was signed.
    pub faults: Vec<Fault>,
}

/// A receipt that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldReceipt {
    /// Where it stands: `entries[3]` of JSON, `row 5` of a table.
    pub place: String,
    /// The idempotency key of the request that it answers.
    pub key: String,
    /// `paid`, `already_paid`, `refunded`, `topped_up`, or the code of the decline.
    pub outcome: String,
    /// How much.
    pub amount: Money,
    /// When, by the operator's clock, ms since 1970.
    pub operator_time_ms: i64,
    /// What a support line finds it by.
    pub reference: String,
    /// The seller gave a fiscal sign; that it is genuine is for the tax authority to say.
    pub fiscal: bool,
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: `entries[3].receipt.amount` of JSON, `row 5, amount` of a table, `line 7, column 12` of a text that
    /// cannot be read.
    pub place: String,
    /// What.
    pub what: Wrong,
}

/// What can be wrong with a place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// It cannot be read as what it is to be.
    Unreadable,
    /// The operator did not sign it.
    NotSigned,
    /// The operator signed something else.
    NotWhatWasSigned,
    /// It, or something in it, was changed since the file was made.
    Changed,
}

/// Verifies a file of Travel Details, JSON or table. May take a millisecond a receipt.
pub fn verify(file: &[u8], keys: &TrustedKeys) -> Verified {
    let unreadable = |place: String| Verified {
        entries: 0,
        receipts: Vec::new(),
        faults: vec![Fault { place, what: Wrong::Unreadable }],
    };
    let is_json = file.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_json {
        return match csv::read(file) {
            Ok(entries) => judge(&entries, keys, &Places::Table),
            Err(bad) => unreadable(Places::Table.cell(bad.row, bad.column)),
        };
    }
    let export: Export = match serde_json::from_slice(file) {
        Ok(export) => export,
        Err(error) => return unreadable(format!("line {}, column {}", error.line(), error.column())),
    };
    if export.form != FORM {
        return unreadable("form".to_owned());
    }
    let mut verified = judge(&export.entries, keys, &Places::Json);
    if export.operator != keys.issuer().to_string() {
        let what = Wrong::NotWhatWasSigned;
        verified.faults.push(Fault { place: "operator".to_owned(), what });
    }
    if export.check != export.own_check() {
        verified.faults.push(Fault { place: "check".to_owned(), what: Wrong::Changed });
    }
    verified
}

/// How places are named.
enum Places {
    Json,
    Table,
}

impl Places {
    fn entry(&self, nth: usize) -> String {
        match self {
            Places::Json => format!("entries[{nth}]"),
            Places::Table => format!("row {}", nth + 2),
        }
    }

    fn field(&self, nth: usize, field: &str) -> String {
        match self {
            Places::Json => format!("entries[{nth}].{field}"),
            Places::Table => self.cell(nth + 2, field.rsplit('.').next().unwrap_or(field)),
        }
    }

    fn cell(&self, row: usize, column: &str) -> String {
        format!("row {row}, {column}")
    }
}

fn judge(entries: &[ExportEntry], keys: &TrustedKeys, places: &Places) -> Verified {
    let mut verified = Verified { entries: entries.len(), receipts: Vec::new(), faults: Vec::new() };
    let mut before = "";
    for (nth, entry) in entries.iter().enumerate() {
        let mut wrong: Vec<(&str, Wrong)> = Vec::new();
        if let Some(answer) = &entry.receipt {
            match opened(answer, keys) {
                Ok(receipt) => {
                    differing(answer, &receipt, &mut wrong);
                    following(entry, &receipt, &mut wrong);
                    if wrong.is_empty() {
                        verified.receipts.push(held(places.entry(nth), entry, answer, &receipt));
                    }
                }
                Err(what) => wrong.push(("receipt.signed", what)),
            }
        }
        // Where it is known what was changed, that is said, and not that something was.
        if wrong.is_empty() && entry.check != entry.check_behind(before) {
            verified.faults.push(Fault { place: places.entry(nth), what: Wrong::Changed });
        }
        let named = wrong.into_iter().map(|(field, what)| Fault { place: places.field(nth, field), what });
        verified.faults.extend(named);
        before = &entry.check;
    }
    verified
}

fn opened(answer: &SignedAnswer, keys: &TrustedKeys) -> Result<Receipt, Wrong> {
    let bytes = serde_json::from_value::<Base64>(answer.signed.as_str().into());
    let Base64(bytes) = bytes.map_err(|_| Wrong::Unreadable)?;
    Receipt::open(&bytes, keys).map_err(|_| Wrong::NotSigned)
}

/// What is written out of a receipt and is not what it says.
fn differing(answer: &SignedAnswer, said: &Receipt, wrong: &mut Vec<(&'static str, Wrong)>) {
    let hash: String = said.request_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let fields = [
        ("receipt.key", answer.key == said.idempotency_key),
        ("receipt.request_hash", answer.request_hash == hash),
        ("receipt.outcome", answer.outcome == outcome_word(&said.outcome)),
        ("receipt.amount", answer.amount == said.amount.tiyn),
        ("receipt.operator_time_ms", answer.operator_time_ms == said.operator_time_ms),
        ("receipt.reference", answer.reference == said.reference),
    ];
    let unlike = fields.into_iter().filter(|(_, is_so)| !is_so);
    wrong.extend(unlike.map(|(field, _)| (field, Wrong::NotWhatWasSigned)));
}

/// What the entry says of itself and does not follow from its receipt.
fn following(entry: &ExportEntry, said: &Receipt, wrong: &mut Vec<(&'static str, Wrong)>) {
    let amount = said.amount.tiyn;
    let (states, spent, came_back): (&[TravelState], i64, Option<i64>) = match said.outcome {
        ReceiptOutcome::Paid => match (entry.kind, entry.state) {
            // That it was refunded later is not this receipt's word.
            (TravelKind::Ride, TravelState::Refunded) => (&[TravelState::Refunded], amount, None),
            (TravelKind::Ride, _) => (&[TravelState::Paid, TravelState::Free], amount, Some(0)),
            _ => (&[TravelState::Paid], 0, Some(0)),
        },
        ReceiptOutcome::AlreadyPaid => (&[TravelState::AlreadyPaid], 0, Some(0)),
        ReceiptOutcome::Declined { .. } => (&[TravelState::Declined], 0, Some(0)),
        ReceiptOutcome::Refunded => (&[TravelState::Refunded, TravelState::AlreadyPaid], 0, Some(amount)),
        ReceiptOutcome::ToppedUp => (&[TravelState::Paid], 0, Some(0)),
    };
    let is_whole = match said.outcome {
        ReceiptOutcome::Paid | ReceiptOutcome::ToppedUp => true,
        ReceiptOutcome::Refunded => entry.kind == TravelKind::GivenBack,
        ReceiptOutcome::AlreadyPaid | ReceiptOutcome::Declined { .. } => false,
    };
    let fields = [
        ("id", entry.id == said.idempotency_key),
        ("state", states.contains(&entry.state)),
        ("sum", !is_whole || entry.sum == amount),
        ("spent", entry.spent == spent),
        ("came_back", came_back.is_none_or(|back| entry.came_back == back)),
    ];
    let unlike = fields.into_iter().filter(|(_, is_so)| !is_so);
    wrong.extend(unlike.map(|(field, _)| (field, Wrong::NotWhatWasSigned)));
}

fn held(place: String, entry: &ExportEntry, answer: &SignedAnswer, said: &Receipt) -> HeldReceipt {
    HeldReceipt {
        place,
        key: answer.key.clone(),
        outcome: answer.outcome.clone(),
        amount: said.amount,
        operator_time_ms: said.operator_time_ms,
        reference: said.reference.clone(),
        fiscal: entry.fiscal.is_some(),
    }
}
