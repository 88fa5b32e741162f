//! The operator's books: one SQLite file, and in it a ledger by double entry.
//!
//! Money is never a field that is set: a balance is the sum of a purse's postings, and every entry's
//! postings add up to zero. [`Ledger::faults`] looks whether that is so.

use super::rules::{Entry, Purse};
use jol_core::money::Money;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::Path;

/// Written into the file; a file of another version is refused.
const SCHEMA_VERSION: i64 = 6;

/// The books of an operator, open.
pub struct Ledger {
    connection: Connection,
}

/// Why the books cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite says why.
    #[error("the operator's ledger cannot be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Another version of the sandbox wrote it.
    #[error("the operator's ledger has version {found}, this sandbox knows {SCHEMA_VERSION}")]
    OtherVersion {
        /// The version in the file.
        found: i64,
    },
}

impl Ledger {
    /// Opens the books in this file, or begins them.
    ///
    /// A process that dies loses nothing that was answered (WAL); a machine that loses its power may
    /// lose the last answers, which is good enough for a sandbox.
    pub fn open(file: &Path) -> Result<Ledger, LedgerError> {
        let mut connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(64);
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match found {
            0 => {
                let begin = connection.transaction()?;
                begin.execute_batch(include_str!("schema.sql"))?;
                begin.pragma_update(None, "user_version", SCHEMA_VERSION)?;
                begin.commit()?;
            }
            SCHEMA_VERSION => {}
            found => return Err(LedgerError::OtherVersion { found }),
        }
        Ok(Ledger { connection })
    }

    /// Begins a change of the books; nothing of it stays unless it is committed.
    pub fn begin(&mut self) -> rusqlite::Result<Books<'_>> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map(Books)
    }

    /// What is wrong with the ledger, in a line each; nothing, as long as it balances.
    pub fn faults(&mut self) -> rusqlite::Result<Vec<String>> {
        let query = "
            SELECT 'entry ' || entry || ' is off by ' || sum(gain) FROM posting
                GROUP BY entry HAVING sum(gain) <> 0 OR count(*) < 2
            UNION ALL SELECT 'entry ' || entry || ' has no postings' FROM entry
                WHERE entry NOT IN (SELECT entry FROM posting)
            UNION ALL SELECT purse || ' is overdrawn by ' || -sum(gain) FROM posting
                WHERE purse LIKE 'card:%' OR purse LIKE 'phone:%' OR purse LIKE 'voucher:%'
                    OR purse LIKE 'at_validator:%'
                GROUP BY purse HAVING sum(gain) < 0";
        self.connection.prepare(query)?.query_map([], |row| row.get(0))?.collect()
    }

    /// Whether every entry adds up to zero and no card, phone or voucher is overdrawn.
    pub fn balanced(&mut self) -> rusqlite::Result<bool> {
        self.faults().map(|faults| faults.is_empty())
    }
}

/// The books while they are read and changed; see `books` for the rows other than money.
pub struct Books<'a>(pub(super) Transaction<'a>);

impl Books<'_> {
    /// Enters this, with what it is about. An entry that does not balance is refused.
    pub fn enter(&self, entry: &Entry, reference: &str, now_ms: i64) -> rusqlite::Result<()> {
        if !entry.balances() {
            return Err(rusqlite::Error::InvalidParameterName(format!("{} does not balance", entry.what)));
        }
        self.0
            .prepare_cached("INSERT INTO entry (what, reference, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![entry.what, reference, now_ms])?;
        let number = self.0.last_insert_rowid();
        let mut insert =
            self.0.prepare_cached("INSERT INTO posting (entry, purse, gain) VALUES (?1, ?2, ?3)")?;
        for posting in &entry.postings {
            insert.execute(params![number, posting.purse.to_string(), posting.gain.tiyn])?;
        }
        Ok(())
    }

    /// What a purse holds.
    pub fn balance(&self, purse: &Purse) -> rusqlite::Result<Money> {
        self.0
            .prepare_cached("SELECT coalesce(sum(gain), 0) FROM posting WHERE purse = ?1")?
            .query_row([purse.to_string()], |row| row.get(0))
            .map(Money::tiyn)
    }

    /// What a purse gave away since a moment.
    pub fn given_since(&self, purse: &Purse, since_ms: i64) -> rusqlite::Result<Money> {
        self.given_between(purse, since_ms, i64::MAX)
    }

    /// What a purse gave away since a moment and before another one.
    pub fn given_between(&self, purse: &Purse, since_ms: i64, until_ms: i64) -> rusqlite::Result<Money> {
        self.0
            .prepare_cached(
                "SELECT coalesce(-sum(gain), 0) FROM posting JOIN entry USING (entry)
                 WHERE purse = ?1 AND gain < 0 AND at_ms >= ?2 AND at_ms < ?3",
            )?
            .query_row(params![purse.to_string(), since_ms, until_ms], |row| row.get(0))
            .map(Money::tiyn)
    }

    /// Whether a purse has any posting.
    pub fn knows(&self, purse: &Purse) -> rusqlite::Result<bool> {
        let row: Option<i64> = self
            .0
            .prepare_cached("SELECT 1 FROM posting WHERE purse = ?1 LIMIT 1")?
            .query_row([purse.to_string()], |row| row.get(0))
            .optional()?;
        Ok(row.is_some())
    }

    /// Keeps what was changed.
    pub fn commit(self) -> rusqlite::Result<()> {
        self.0.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::rules::Posting;
    use jol_core::operator::wire::HeldPass;

    fn purse(name: &str) -> Purse {
        Purse::Card(name.to_owned())
    }

    #[test]
    fn a_balance_is_the_sum_of_postings_and_outlives_the_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("operator.sqlite");
        let mut ledger = Ledger::open(&file).expect("a ledger");
        let books = ledger.begin().expect("begun");
        let entry = |from, to, tenge| Entry::of("test", from, to, Money::tenge(tenge)).expect("an entry");
        books.enter(&entry(Purse::Carrier, purse("a"), 500), "1", 10).expect("entered");
        books.enter(&entry(purse("a"), Purse::Fares("x".into()), 120), "2", 20).expect("entered");
        books.commit().expect("kept");
        let lost = ledger.begin().expect("begun");
        lost.enter(&entry(purse("a"), Purse::Fares("x".into()), 1), "3", 30).expect("entered");
        drop(lost);
        drop(ledger);
        let mut again = Ledger::open(&file).expect("the same ledger");
        let books = again.begin().expect("begun");
        assert_eq!(books.balance(&purse("a")), Ok(Money::tenge(380)));
        assert_eq!(books.given_since(&purse("a"), 20), Ok(Money::tenge(120)));
        assert_eq!(books.given_since(&purse("a"), 21), Ok(Money::ZERO));
        assert_eq!(books.given_between(&purse("a"), 0, 20), Ok(Money::ZERO));
        assert_eq!(books.given_between(&purse("a"), 20, 21), Ok(Money::tenge(120)));
        assert_eq!((books.knows(&purse("a")), books.knows(&purse("b"))), (Ok(true), Ok(false)));
        drop(books);
        assert_eq!(again.balanced(), Ok(true));
    }

    #[test]
    fn a_pass_frees_no_ride_of_another_city() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::open(&folder.path().join("operator.sqlite")).expect("a ledger");
        let books = ledger.begin().expect("begun");
        for city in ["atyrau", "oral"] {
            let pass = HeldPass {
                id: format!("p-{city}"),
                pass: "month".into(),
                city: city.into(),
                name: Default::default(),
                categories: Vec::new(),
                lines: Vec::new(),
                from: "2026-09-01".into(),
                until: "2026-09-30".into(),
            };
            books.put_pass("a1", &pass).expect("kept");
        }
        let here = books.passes_in("oral", "a1", "2026-09-16").expect("passes");
        assert_eq!(here.iter().map(|pass| pass.id.as_str()).collect::<Vec<_>>(), ["p-oral"]);
        assert_eq!(books.passes_in("oral", "a1", "2026-10-01"), Ok(Vec::new()), "it is over");
        assert_eq!(books.passes("a1", "2026-09-16").map(|passes| passes.len()), Ok(2));
    }

    #[test]
    fn what_does_not_balance_is_not_entered_and_would_be_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::open(&folder.path().join("operator.sqlite")).expect("a ledger");
        let books = ledger.begin().expect("begun");
        let odd = Entry { what: "odd", postings: vec![Posting { purse: purse("a"), gain: Money::tenge(1) }] };
        assert!(books.enter(&odd, "1", 0).is_err());
        let overdraw = Entry::of("test", purse("a"), purse("b"), Money::tenge(1)).expect("an entry");
        books.enter(&overdraw, "2", 0).expect("entered");
        books.0.execute("INSERT INTO entry VALUES (9, 'by hand', '', 0)", []).expect("a row");
        books.0.execute("INSERT INTO posting VALUES (9, 'card:c', 5)", []).expect("a row");
        books.commit().expect("kept");
        assert_eq!(
            ledger.faults().expect("faults"),
            ["entry 9 is off by 5", "card:a is overdrawn by 100"].map(str::to_owned)
        );
    }

    #[test]
    fn the_books_of_another_version_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("operator.sqlite");
        Connection::open(&file)
            .and_then(|file| file.pragma_update(None, "user_version", 9))
            .expect("written");
        assert!(matches!(Ledger::open(&file), Err(LedgerError::OtherVersion { found: 9 })));
    }
}
