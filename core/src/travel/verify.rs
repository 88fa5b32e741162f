//! Whether an exported file says what the operator signed: for anybody who has its keys.
//!
//! Each receipt must be signed, be the answer to the key and the request that stand beside it, and say what
//! is written out of it; each sum and state must follow from it. What the operator did not sign (times of
//! taps, lines, stops, words) is the phone's word: it is bound by a check that finds a slip, and no forger.

use super::export::{Export, ExportEntry, FORM, SignedAnswer, outcome_word};
use super::{TravelKind, TravelState, csv, pdf};
use crate::money::Money;
use crate::operator::wire::Base64;
use crate::ticket::TrustedKeys;
use crate::ticket::receipt::{Receipt, ReceiptOutcome};
use serde::Serialize;

/// What became of verifying a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
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
    /// Where: `entries[3].receipt.amount` of JSON, `row 5, amount` of a table, `line 7, column 12` of a text
    /// that cannot be read.
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

/// Verifies a file of Travel Details: JSON, a table or a PDF. May take a millisecond a receipt.
pub fn verify(file: &[u8], keys: &TrustedKeys) -> Verified {
    if file.starts_with(b"%PDF-") {
        return match pdf::attached(file) {
            Some(attached) => drawn(file, attached, keys),
            None => unreadable("the attached file".to_owned()),
        };
    }
    let is_json = file.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_json {
        return match csv::read(file) {
            Ok(entries) => judge(&entries, keys, &Places::Table),
            Err(bad) => unreadable(Places::Table.cell(bad.row, bad.column)),
        };
    }
    match read(file) {
        Ok(export) => whole(&export, keys),
        Err(place) => unreadable(place),
    }
}

fn unreadable(place: String) -> Verified {
    let faults = vec![Fault { place, what: Wrong::Unreadable }];
    Verified { entries: 0, receipts: Vec::new(), faults }
}

/// A file of JSON, or the place where it is none.
fn read(file: &[u8]) -> Result<Export, String> {
    let export: Export = serde_json::from_slice(file)
        .map_err(|error| format!("line {}, column {}", error.line(), error.column()))?;
    if export.form == FORM { Ok(export) } else { Err("form".to_owned()) }
}

/// A PDF is drawn from what is attached to it, so it is drawn again and compared.
fn drawn(file: &[u8], attached: &[u8], keys: &TrustedKeys) -> Verified {
    let export = match read(attached) {
        Ok(export) => export,
        Err(place) => return unreadable(format!("the attached file, {place}")),
    };
    let mut verified = whole(&export, keys);
    let again = pdf::write(&export).unwrap_or_default();
    if again != file {
        let same = again.iter().zip(file).take_while(|(drawn, is)| drawn == is).count();
        verified.faults.push(Fault { place: format!("byte {same}"), what: Wrong::Changed });
    }
    verified
}

fn whole(export: &Export, keys: &TrustedKeys) -> Verified {
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
    let mut verified = Verified { entries: entries.len() as u64, receipts: Vec::new(), faults: Vec::new() };
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
            // What became of the ride later is not this receipt's word.
            (TravelKind::Ride | TravelKind::Correction, TravelState::Refunded | TravelState::Replaced) => {
                (&[TravelState::Refunded, TravelState::Replaced], amount, None)
            }
            (TravelKind::Ride | TravelKind::Correction, _) => {
                (&[TravelState::Paid, TravelState::Free], amount, Some(0))
            }
            _ => (&[TravelState::Paid], 0, Some(0)),
        },
        ReceiptOutcome::AlreadyPaid => (&[TravelState::AlreadyPaid], 0, Some(0)),
        ReceiptOutcome::Declined { .. } => (&[TravelState::Declined], 0, Some(0)),
        ReceiptOutcome::Refunded => match (entry.kind, entry.state) {
            (TravelKind::Refund, _) => (&[TravelState::Refunded], 0, Some(0)),
            // Charged and given back in one: there was no ticket.
            (TravelKind::Ride, TravelState::Refunded) => (&[TravelState::Refunded], amount, Some(amount)),
            (TravelKind::Correction, TravelState::Refunded) => (&[TravelState::Refunded], 0, None),
            (TravelKind::Correction, _) => (&[TravelState::Paid], 0, Some(amount)),
            _ => (&[TravelState::Refunded, TravelState::AlreadyPaid], 0, Some(amount)),
        },
        ReceiptOutcome::ToppedUp => (&[TravelState::Paid, TravelState::Pending], 0, Some(0)),
        ReceiptOutcome::Moved => (&[TravelState::Paid], 0, Some(0)),
    };
    let is_whole = match said.outcome {
        ReceiptOutcome::Paid | ReceiptOutcome::ToppedUp | ReceiptOutcome::Moved => true,
        ReceiptOutcome::Refunded => {
            matches!(entry.kind, TravelKind::GivenBack | TravelKind::Refund | TravelKind::Correction)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::wire::FiscalSign;
    use crate::pay::Way;
    use crate::text::Language;
    use crate::ticket::Purpose;
    use crate::ticket::fixtures::{self, NOW_MS};
    use crate::ticket::receipt::request_hash;
    use crate::travel::ExportFormat;
    use crate::wallet::{Category, PassengerGroup};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn entry(nth: i64, kind: TravelKind, state: TravelState, outcome: Option<ReceiptOutcome>) -> ExportEntry {
        let key = format!("key-{nth}");
        let sum = 12_050 + nth;
        let amount = match outcome {
            Some(ReceiptOutcome::AlreadyPaid | ReceiptOutcome::Declined { .. }) => 0,
            _ => sum,
        };
        let hash = request_hash(key.as_bytes());
        let receipt = outcome.as_ref().map(|outcome| {
            let receipt = Receipt {
                idempotency_key: key.clone(),
                request_hash: hash,
                outcome: outcome.clone(),
                amount: Money::tiyn(amount),
                operator_time_ms: NOW_MS + nth,
                ticket: None,
                reference: format!("n{nth}"),
            };
            let signed = receipt.sign(&fixtures::signing_key(Purpose::Receipt)).expect("within bounds");
            SignedAnswer::of(&key, Some(hash), &signed).expect("our own")
        });
        let is_ride = kind == TravelKind::Ride;
        let spends = is_ride && outcome == Some(ReceiptOutcome::Paid);
        ExportEntry {
            id: key,
            at_ms: NOW_MS - nth,
            at: "2026-09-16 14:00:05".into(),
            kind,
            state,
            line: "12А".into(),
            bus: "547".into(),
            plate: "-547".into(),
            stop: "=HYPERLINK(\"http://evil\",\"Сәтбаев, 5\")".into(),
            terminus: "'Привокзальный'\r\n2".into(),
            way: is_ride.then_some(Way::App),
            source: "phone_balance".into(),
            passengers: vec![
                PassengerGroup { category: Category::Standard, count: 1 },
                PassengerGroup { category: Category::School, count: 12 },
            ],
            sum,
            spent: if spends { amount } else { 0 },
            came_back: if outcome == Some(ReceiptOutcome::Refunded) { amount } else { 0 },
            what: "Линия 12А".into(),
            who: "Взрослый".into(),
            how: "@приложение".into(),
            became: "+Төленді: 120 ₸".into(),
            fiscal: spends.then(|| FiscalSign {
                sign: "0123456789".into(),
                url: "https://tax.example/?s=1".into(),
                register: "KZ-7".into(),
            }),
            receipt,
            check: String::new(),
        }
    }

    fn export() -> Export {
        let declined = ReceiptOutcome::Declined { code: "no_money".into() };
        let entries = vec![
            entry(1, TravelKind::Ride, TravelState::Paid, Some(ReceiptOutcome::Paid)),
            entry(2, TravelKind::Ride, TravelState::Declined, Some(declined)),
            entry(3, TravelKind::GivenBack, TravelState::Refunded, Some(ReceiptOutcome::Refunded)),
            entry(4, TravelKind::TopUp, TravelState::Paid, Some(ReceiptOutcome::ToppedUp)),
            entry(5, TravelKind::Ride, TravelState::AlreadyPaid, Some(ReceiptOutcome::AlreadyPaid)),
            entry(6, TravelKind::Ride, TravelState::Pending, None),
            entry(7, TravelKind::Reserved, TravelState::Paid, Some(ReceiptOutcome::Paid)),
        ];
        Export::of(&fixtures::trusted_keys().issuer().to_string(), Language::Kk, NOW_MS, entries)
    }

    fn file(export: &Export, format: ExportFormat) -> Vec<u8> {
        export.to_file(format).expect("a file").bytes
    }

    const FORMATS: [ExportFormat; 3] = [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Pdf];

    #[test]
    fn what_was_exported_holds_in_either_form() {
        for format in FORMATS {
            let verified = verify(&file(&export(), format), &fixtures::trusted_keys());
            assert_eq!((verified.entries, verified.faults.as_slice()), (7, &[][..]), "{format:?}");
            let outcomes: Vec<_> = verified.receipts.iter().map(|one| one.outcome.as_str()).collect();
            assert_eq!(outcomes, ["paid", "no_money", "refunded", "topped_up", "already_paid", "paid"]);
            assert_eq!(verified.receipts.iter().filter(|one| one.fiscal).count(), 1);
        }
        let table = String::from_utf8(file(&export(), ExportFormat::Csv)).expect("UTF-8");
        assert!(table.starts_with("\u{feff}at,kind,"), "spreadsheets show Kazakh");
        let cells = csv::read(table.as_bytes()).expect("a table");
        assert_eq!(cells, export().entries, "what is read is what was written");
    }

    /// No cell begins as a formula does, in whatever spreadsheet.
    #[test]
    fn no_cell_is_a_formula() {
        let table = file(&export(), ExportFormat::Csv);
        let table = table.strip_prefix("\u{feff}".as_bytes()).expect("the mark");
        let mut rows = ::csv::ReaderBuilder::new().has_headers(false).from_reader(table);
        let mut defused = 0;
        for row in rows.records() {
            for cell in &row.expect("a row") {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
                defused += usize::from(cell.starts_with('\''));
            }
        }
        assert!(defused >= 7 * 5, "{defused}");
    }

    /// Whoever changes a digit is found, wherever it stands, and the place is named.
    #[test]
    fn every_changed_digit_is_found_and_named() {
        let keys = fixtures::trusted_keys();
        for format in FORMATS {
            let whole = file(&export(), format);
            let mut places = BTreeSet::new();
            // The letters of a PDF are most of it, and no figures.
            let step = if format == ExportFormat::Pdf { 17 } else { 1 };
            for at in (0..whole.len()).filter(|at| whole[*at].is_ascii_digit()).step_by(step) {
                let mut changed = whole.clone();
                changed[at] = if changed[at] == b'9' { b'0' } else { changed[at] + 1 };
                let verified = verify(&changed, &keys);
                let [first, ..] = verified.faults.as_slice() else {
                    panic!(
                        "{format:?}: {} is believed",
                        String::from_utf8_lossy(&whole[at.saturating_sub(40)..at + 9])
                    );
                };
                assert!(!first.place.is_empty());
                places.insert(first.place.clone());
            }
            assert!(places.len() > 20, "{places:?}");
        }
    }

    #[test]
    fn a_forger_of_sums_is_named_even_with_new_checks() {
        let keys = fixtures::trusted_keys();
        let names = |json: &str, table: &str| [json, table, json].map(|place| vec![place.to_owned()]);
        let forged = |change: fn(&mut ExportEntry)| {
            let mut export = export();
            change(&mut export.entries[0]);
            let export = Export::of(&export.operator, export.language, export.made_ms, export.entries);
            let named = |format| verify(&file(&export, format), &keys).faults;
            FORMATS.map(named)
        };
        let places =
            |change| forged(change).map(|faults| faults.into_iter().map(|one| one.place).collect::<Vec<_>>());
        assert_eq!(places(|one| one.spent += 100), names("entries[0].spent", "row 2, spent"));
        assert_eq!(places(|one| one.sum += 100), names("entries[0].sum", "row 2, sum"));
        assert_eq!(
            places(|one| one.state = TravelState::Declined),
            names("entries[0].state", "row 2, state")
        );
        let amount = |one: &mut ExportEntry| one.receipt.as_mut().expect("one").amount += 1;
        assert_eq!(places(amount), names("entries[0].receipt.amount", "row 2, amount"));
        // Another's receipt is no receipt of this.
        let key = |one: &mut ExportEntry| one.receipt.as_mut().expect("one").key = "key-2".into();
        assert_eq!(places(key), names("entries[0].receipt.key", "row 2, key"));
        // What nobody signed is the phone's word: whoever makes new checks may write it.
        assert_eq!(places(|one| one.stop = "Elsewhere".into()), [const { Vec::<String>::new() }; 3]);
    }

    #[test]
    fn another_operator_s_keys_verify_nothing() {
        let mut export = export();
        let signed = Receipt {
            idempotency_key: "key-1".into(),
            request_hash: request_hash(b"key-1"),
            outcome: ReceiptOutcome::Paid,
            amount: Money::tiyn(12_051),
            operator_time_ms: NOW_MS + 1,
            ticket: None,
            reference: "n1".into(),
        };
        let id = fixtures::signing_key(Purpose::Receipt).id();
        let stranger = crate::ticket::SigningKey::from_seed(id, Purpose::Receipt, &[99; 32]);
        let signed = signed.sign(&stranger).expect("within bounds");
        export.entries[0].receipt = SignedAnswer::of("key-1", None, &signed);
        let export = Export::of(&export.operator, export.language, export.made_ms, export.entries);
        let faults = verify(&file(&export, ExportFormat::Json), &fixtures::trusted_keys()).faults;
        assert_eq!(faults, [Fault { place: "entries[0].receipt.signed".into(), what: Wrong::NotSigned }]);
    }

    #[test]
    fn a_row_that_was_taken_out_is_missed() {
        let keys = fixtures::trusted_keys();
        let table = String::from_utf8(file(&export(), ExportFormat::Csv)).expect("UTF-8");
        let mut rows = csv::read(table.as_bytes()).expect("a table");
        rows.remove(1);
        let faults = verify(&csv::write(&rows), &keys).faults;
        assert_eq!(faults, [Fault { place: "row 3".into(), what: Wrong::Changed }]);
        let mut shorter = export();
        shorter.entries.pop();
        let faults = verify(&file(&shorter, ExportFormat::Json), &keys).faults;
        assert_eq!(faults, [Fault { place: "check".into(), what: Wrong::Changed }]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
            let keys = fixtures::trusted_keys();
            prop_assert!(!verify(&bytes, &keys).faults.is_empty());
            prop_assert!(!verify(text.as_bytes(), &keys).faults.is_empty());
        }

        #[test]
        fn any_text_stands_in_a_table_as_it_is(text in "\\PC{0,30}|[=+@\t\r\n',\"-]{1,6}") {
            let mut one = entry(1, TravelKind::Ride, TravelState::Pending, None);
            (one.stop, one.what) = (text.clone(), text);
            let table = csv::write(std::slice::from_ref(&one));
            prop_assert_eq!(csv::read(&table), Ok(vec![one]));
        }
    }
}
