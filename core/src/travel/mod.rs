//! Travel Details: everything that was paid, refused, given back or topped up, newest first, and what a
//! month came to.
//!
//! Pure but for [`rows`], which pages in SQL by time and id. It decides nothing about money: what an entry
//! cost is what `pay` and the ledger say. What is exported carries the operator's signed answers, so that
//! whoever has its keys verifies a file without trusting who made it ([`verify`]).

mod csv;
mod entry;
mod export;
mod months;
mod pdf;
mod query;
pub(crate) mod rows;
pub mod verify;
mod words;

pub(crate) use entry::whole_sign;
pub use entry::{TravelEntry, TravelKind, TravelState};
pub(crate) use export::{Export, ExportEntry, SignedAnswer, outcome_word};
pub use export::{ExportFormat, TravelExport};
pub(crate) use months::{Figures, month_at};
pub use months::{Month, MonthPart, MonthSum};
pub(crate) use query::Sought;
pub use query::{LARGEST_PAGE, TravelCursor, TravelPage, TravelQuery};
pub(crate) use words::Telling;
