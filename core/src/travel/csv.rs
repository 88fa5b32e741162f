//! Entries as a table for spreadsheets (RFC 4180), and back.
//!
//! A cell that a spreadsheet would take for a formula is defused by an apostrophe before it; one that begins
//! with an apostrophe gets a second one, so that what is read is what was written.

use super::export::{ExportEntry, SignedAnswer};
use crate::operator::wire::FiscalSign;
use crate::wallet::PassengerGroup;
use ::csv::{StringRecord, Terminator};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// By which spreadsheets know UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The columns, in their order.
pub(super) const COLUMNS: [&str; 33] = [
    "at",
    "kind",
    "state",
    "what",
    "who",
    "how",
    "became",
    "sum",
    "spent",
    "came_back",
    "line",
    "bus",
    "plate",
    "stop",
    "terminus",
    "way",
    "source",
    "passengers",
    "fiscal_sign",
    "fiscal_url",
    "fiscal_register",
    "key",
    "request_hash",
    "outcome",
    "amount",
    "operator_time_ms",
    "reference",
    "signed",
    "id",
    "at_ms",
    "check",
    "has_receipt",
    "has_fiscal",
];

/// Why a table cannot be read: the row, from 1 for the head, and the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadCell {
    pub(super) row: usize,
    pub(super) column: &'static str,
}

/// The whole table.
pub(super) fn write(entries: &[ExportEntry]) -> Vec<u8> {
    let into = BYTE_ORDER_MARK.as_bytes().to_vec();
    let mut table = ::csv::WriterBuilder::new().terminator(Terminator::CRLF).from_writer(into);
    let rows = entries.iter().map(|entry| COLUMNS.map(|column| defused(cell(entry, column))));
    let rows = std::iter::once(COLUMNS.map(str::to_owned)).chain(rows);
    // Writing into memory cannot fail.
    let _ = rows.map(|row| table.write_record(row)).all(|written| written.is_ok());
    table.into_inner().unwrap_or_default()
}

fn is_active(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

fn defused(cell: String) -> String {
    if is_active(&cell) { format!("'{cell}") } else { cell }
}

fn cell(entry: &ExportEntry, column: &str) -> String {
    let receipt = |of: fn(&SignedAnswer) -> String| entry.receipt.as_ref().map(of).unwrap_or_default();
    let fiscal = |of: fn(&FiscalSign) -> String| entry.fiscal.as_ref().map(of).unwrap_or_default();
    match column {
        "at" => entry.at.clone(),
        "kind" => entry.kind.word().to_owned(),
        "state" => entry.state.word().to_owned(),
        "what" => entry.what.clone(),
        "who" => entry.who.clone(),
        "how" => entry.how.clone(),
        "became" => entry.became.clone(),
        "sum" => tenge(entry.sum),
        "spent" => tenge(entry.spent),
        "came_back" => tenge(entry.came_back),
        "line" => entry.line.clone(),
        "bus" => entry.bus.clone(),
        "plate" => entry.plate.clone(),
        "stop" => entry.stop.clone(),
        "terminus" => entry.terminus.clone(),
        "way" => entry.way.map(|way| word_of(&way)).unwrap_or_default(),
        "source" => entry.source.clone(),
        "passengers" => {
            let groups =
                entry.passengers.iter().map(|one| format!("{} {}", word_of(&one.category), one.count));
            groups.collect::<Vec<_>>().join("; ")
        }
        "fiscal_sign" => fiscal(|one| one.sign.clone()),
        "fiscal_url" => fiscal(|one| one.url.clone()),
        "fiscal_register" => fiscal(|one| one.register.clone()),
        "key" => receipt(|one| one.key.clone()),
        "request_hash" => receipt(|one| one.request_hash.clone()),
        "outcome" => receipt(|one| one.outcome.clone()),
        "amount" => receipt(|one| tenge(one.amount)),
        "operator_time_ms" => receipt(|one| one.operator_time_ms.to_string()),
        "reference" => receipt(|one| one.reference.clone()),
        "signed" => receipt(|one| one.signed.clone()),
        "id" => entry.id.clone(),
        "at_ms" => entry.at_ms.to_string(),
        "check" => entry.check.clone(),
        "has_receipt" => yes(entry.receipt.is_some()),
        _ => yes(entry.fiscal.is_some()),
    }
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// A sum in tenge, as spreadsheets count: `120.00`.
fn tenge(tiyn: i64) -> String {
    let sign = if tiyn < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", tiyn.unsigned_abs() / 100, tiyn.unsigned_abs() % 100)
}

/// The one number that is written so.
fn tiyn(text: &str) -> Option<i64> {
    let (whole, part) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let size: i64 = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)?;
    let sum = if text.starts_with('-') { size.checked_neg()? } else { size };
    (tenge(sum) == text).then_some(sum)
}

/// The word of a plain enum, as serde names it.
fn word_of<T: Serialize>(value: &T) -> String {
    let word = serde_json::to_value(value).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn named<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

/// The entries of a table.
pub(super) fn read(file: &[u8]) -> Result<Vec<ExportEntry>, BadCell> {
    let bad = |row: usize, column: &'static str| BadCell { row, column };
    let table = file.strip_prefix(BYTE_ORDER_MARK.as_bytes()).ok_or_else(|| bad(1, COLUMNS[0]))?;
    let mut rows = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table);
    let mut entries = Vec::new();
    for (nth, cells) in rows.records().enumerate() {
        let row = nth + 1;
        let cells = cells.map_err(|_| bad(row, COLUMNS[0]))?;
        if cells.len() != COLUMNS.len() {
            return Err(bad(row, COLUMNS[cells.len().min(COLUMNS.len() - 1)]));
        }
        if row == 1 {
            match COLUMNS.iter().zip(&cells).find(|(name, cell)| *name != cell) {
                Some((name, _)) => return Err(bad(row, name)),
                None => continue,
            }
        }
        let entry = read_entry(&cells).map_err(|column| bad(row, column))?;
        // There is one way only to write an entry.
        let other = COLUMNS.iter().zip(&cells).find(|(name, given)| defused(cell(&entry, name)) != *given);
        if let Some((name, _)) = other {
            return Err(bad(row, name));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn read_entry(cells: &StringRecord) -> Result<ExportEntry, &'static str> {
    let text = |column: &'static str| {
        let cell = COLUMNS.iter().position(|name| *name == column).and_then(|nth| cells.get(nth));
        let cell = cell.unwrap_or_default();
        cell.strip_prefix('\'').unwrap_or(cell).to_owned()
    };
    let number = |column: &'static str| text(column).parse::<i64>().map_err(|_| column);
    let sum = |column: &'static str| tiyn(&text(column)).ok_or(column);
    let way = Some(text("way")).filter(|way| !way.is_empty());
    let groups = text("passengers");
    let groups = groups.split("; ").filter(|group| !group.is_empty()).map(|group| {
        let (category, count) = group.split_once(' ')?;
        Some(PassengerGroup { category: named(category)?, count: count.parse().ok()? })
    });
    let receipt = match text("has_receipt").as_str() {
        "yes" => Some(SignedAnswer {
            key: text("key"),
            request_hash: text("request_hash"),
            outcome: text("outcome"),
            amount: sum("amount")?,
            operator_time_ms: number("operator_time_ms")?,
            reference: text("reference"),
            signed: text("signed"),
        }),
        _ => None,
    };
    let fiscal = (text("has_fiscal") == "yes").then(|| FiscalSign {
        sign: text("fiscal_sign"),
        url: text("fiscal_url"),
        register: text("fiscal_register"),
    });
    Ok(ExportEntry {
        id: text("id"),
        at_ms: number("at_ms")?,
        at: text("at"),
        kind: named(&text("kind")).ok_or("kind")?,
        state: named(&text("state")).ok_or("state")?,
        line: text("line"),
        bus: text("bus"),
        plate: text("plate"),
        stop: text("stop"),
        terminus: text("terminus"),
        way: way.map(|way| named(&way).ok_or("way")).transpose()?,
        source: text("source"),
        passengers: groups.collect::<Option<_>>().ok_or("passengers")?,
        sum: sum("sum")?,
        spent: sum("spent")?,
        came_back: sum("came_back")?,
        what: text("what"),
        who: text("who"),
        how: text("how"),
        became: text("became"),
        fiscal,
        receipt,
        check: text("check"),
    })
}
