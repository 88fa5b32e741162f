//! Travel Details as a file: what the phone says, and beside it what the operator signed.
//!
//! A receipt's own fields are those of the signed bytes, written out for people; [`verify`](super::verify)
//! compares them. What nobody signed (stops, words) is bound to its neighbours by a check, which finds what
//! was changed by accident or in a hurry; whoever wants to forge it can make a new one, and is told so.

use super::{TravelEntry, TravelKind, TravelState, csv, pdf};
use crate::operator::wire::{Base64, FiscalSign};
use crate::pay::{Source, Way};
use crate::text::Language;
use crate::ticket::receipt::{Receipt, ReceiptOutcome};
use crate::wallet::PassengerGroup;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The form of the file.
pub(crate) const FORM: &str = "jol-travel/1";

/// As what Travel Details are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// For programs; the whole.
    Json,
    /// For spreadsheets: RFC 4180, UTF-8 with a byte order mark.
    Csv,
    /// For people: A4, with the same as JSON inside.
    Pdf,
}

/// A file to save or to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelExport {
    /// What to call it, as in `jol-travel-2026-09-16.csv`.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Export {
    pub(crate) form: String,
    /// Whose signatures these are.
    pub(crate) operator: String,
    pub(crate) language: Language,
    pub(crate) made_ms: i64,
    pub(crate) entries: Vec<ExportEntry>,
    /// Over the above and the last entry's check.
    pub(crate) check: String,
}

/// One line of Travel Details in a file. Sums are in tiyn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportEntry {
    pub(crate) id: String,
    pub(crate) at_ms: i64,
    /// The same on the city's clocks.
    pub(crate) at: String,
    pub(crate) kind: TravelKind,
    pub(crate) state: TravelState,
    pub(crate) line: String,
    pub(crate) bus: String,
    pub(crate) plate: String,
    pub(crate) stop: String,
    pub(crate) terminus: String,
    pub(crate) way: Option<Way>,
    /// The kind of source; which one is nobody's business.
    pub(crate) source: String,
    pub(crate) passengers: Vec<PassengerGroup>,
    pub(crate) sum: i64,
    pub(crate) spent: i64,
    pub(crate) came_back: i64,
    pub(crate) what: String,
    pub(crate) who: String,
    pub(crate) how: String,
    pub(crate) became: String,
    pub(crate) fiscal: Option<FiscalSign>,
    pub(crate) receipt: Option<SignedAnswer>,
    /// Over the above and the entry before.
    pub(crate) check: String,
}

/// The operator's signed answer, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedAnswer {
    pub(crate) key: String,
    /// SHA-256 of the request as it was sent, hexadecimal.
    pub(crate) request_hash: String,
    pub(crate) outcome: String,
    pub(crate) amount: i64,
    pub(crate) operator_time_ms: i64,
    pub(crate) reference: String,
    /// A COSE_Sign1, base64url.
    pub(crate) signed: String,
}

impl SignedAnswer {
    /// What a signed answer to this request says; none if it cannot be read.
    pub(crate) fn of(key: &str, request_hash: Option<[u8; 32]>, signed: &[u8]) -> Option<SignedAnswer> {
        let said = Receipt::read_unverified(signed).ok()?;
        Some(SignedAnswer {
            key: key.to_owned(),
            request_hash: hex(&request_hash.unwrap_or(said.request_hash)),
            outcome: outcome_word(&said.outcome).to_owned(),
            amount: said.amount.tiyn,
            operator_time_ms: said.operator_time_ms,
            reference: said.reference,
            signed: text_of(signed),
        })
    }
}

impl ExportEntry {
    /// An entry with the operator's answer to it.
    pub(crate) fn of(entry: TravelEntry, receipt: Option<SignedAnswer>, zone: &TimeZone) -> ExportEntry {
        let mut exported = ExportEntry {
            id: entry.id,
            at_ms: entry.at_ms,
            at: on_clocks(entry.at_ms, zone),
            kind: entry.kind,
            state: entry.state,
            line: entry.line,
            bus: entry.bus,
            plate: entry.plate,
            stop: entry.stop.unwrap_or_default(),
            terminus: entry.terminus.unwrap_or_default(),
            way: entry.way,
            source: entry.source.as_ref().map(source_word).unwrap_or_default().to_owned(),
            passengers: entry.passengers,
            sum: entry.sum.tiyn,
            spent: entry.spent.tiyn,
            came_back: entry.came_back.tiyn,
            what: entry.what,
            who: entry.who,
            how: entry.how,
            became: entry.became,
            fiscal: entry.fiscal,
            receipt,
            check: String::new(),
        };
        exported.heed_receipt(entry.is_offline);
        exported
    }

    /// Of a reserved ride the wallet books one fare at most; a use against the rules may have cost more, and
    /// one that was paid otherwise may have brought more back. What the operator signed counts.
    fn heed_receipt(&mut self, is_offline: bool) {
        let Some(receipt) = self.receipt.as_ref().filter(|_| is_offline) else { return };
        match receipt.outcome.as_str() {
            "paid" => (self.sum, self.spent) = (receipt.amount, receipt.amount),
            "refunded" => self.came_back = receipt.amount,
            "already_paid" => {
                (self.state, self.spent, self.came_back) = (TravelState::AlreadyPaid, 0, 0);
            }
            _ => {}
        }
    }

    /// What its check must be behind this one.
    pub(crate) fn check_behind(&self, before: &str) -> String {
        let plain = ExportEntry { check: String::new(), ..self.clone() };
        check_of(before, &plain)
    }
}

impl Export {
    /// The file of these entries, with its checks.
    pub(crate) fn of(operator: &str, language: Language, made_ms: i64, entries: Vec<ExportEntry>) -> Export {
        let (form, operator) = (FORM.to_owned(), operator.to_owned());
        let mut export = Export { form, operator, language, made_ms, entries, check: String::new() };
        let mut before = String::new();
        for entry in &mut export.entries {
            entry.check = entry.check_behind(&before);
            before.clone_from(&entry.check);
        }
        export.check = export.own_check();
        export
    }

    /// What its own check must be: over its head and the last entry's check.
    pub(crate) fn own_check(&self) -> String {
        let last = self.entries.last().map_or("", |entry| entry.check.as_str());
        check_of(last, &(&self.form, &self.operator, self.language, self.made_ms, self.entries.len()))
    }

    /// As a file. Gives nothing only if JSON cannot be written, which values of our own can.
    pub(crate) fn to_file(&self, format: ExportFormat) -> Option<TravelExport> {
        let (end, media, bytes) = match format {
            ExportFormat::Json => {
                let mut bytes = serde_json::to_vec_pretty(self).ok()?;
                bytes.push(b'\n');
                ("json", "application/json", bytes)
            }
            ExportFormat::Csv => {
                ("csv", "text/csv; charset=utf-8; header=present", csv::write(&self.entries))
            }
            ExportFormat::Pdf => ("pdf", "application/pdf", pdf::write(self)?),
        };
        let day = Timestamp::from_millisecond(self.made_ms).ok()?.strftime("%Y-%m-%d").to_string();
        Some(TravelExport { name: format!("jol-travel-{day}.{end}"), media: media.to_owned(), bytes })
    }
}

/// The code by which the contract names an outcome.
pub(crate) fn outcome_word(outcome: &ReceiptOutcome) -> &str {
    match outcome {
        ReceiptOutcome::Paid => "paid",
        ReceiptOutcome::AlreadyPaid => "already_paid",
        ReceiptOutcome::Declined { code } => code,
        ReceiptOutcome::Refunded => "refunded",
        ReceiptOutcome::ToppedUp => "topped_up",
        ReceiptOutcome::Moved => "moved",
    }
}

fn source_word(source: &Source) -> &'static str {
    match source {
        Source::PhoneBalance => "phone_balance",
        Source::SmartCard { .. } => "smart_card",
        Source::BankCard { .. } => "bank_card",
        Source::Cash => "cash",
    }
}

/// A moment as a spreadsheet reads it.
fn on_clocks(at_ms: i64, zone: &TimeZone) -> String {
    let moment = Timestamp::from_millisecond(at_ms).map(|moment| zone.to_datetime(moment));
    moment.map_or(String::new(), |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn check_of(before: &str, value: &impl Serialize) -> String {
    let mut hash = Sha256::new_with_prefix(before);
    hash.update(serde_json::to_vec(value).unwrap_or_default());
    hex(&hash.finalize()[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text_of(bytes: &[u8]) -> String {
    let text = serde_json::to_value(Base64(bytes.to_vec()));
    text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
}
