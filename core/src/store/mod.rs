//! SQLite: opening, migrating, sealing. One file a wallet, one connection, one writer.
//!
//! What it does not do: decide anything. Rooms read and write their own tables through the
//! transaction that [`Store::change`] gives them; everything in it is kept together or not at all.
//!
//! Not SQLCipher: there a lost key loses the file; here it loses a few sealed cells, and no payment
//! and no ticket ([`seal`]).

mod back_up;
pub mod seal;
mod tables;

pub use back_up::{BackUp, BackUpError, RecoveryCode};

use rusqlite::{Connection, Params, Row, Transaction};
use seal::Seal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use tables::{Shape, rebuilt_path, with_ending};

/// The migrations, in order; one is added, never edited.
const MIGRATIONS: [&str; 8] = [
    include_str!("sql/0001_first.sql"),
    include_str!("sql/0002_till.sql"),
    include_str!("sql/0003_message.sql"),
    include_str!("sql/0004_travel.sql"),
    include_str!("sql/0005_changes.sql"),
    include_str!("sql/0006_cards.sql"),
    include_str!("sql/0007_moves.sql"),
    include_str!("sql/0008_top_ups.sql"),
];

/// So many statements stay prepared; a wallet uses some more.
const MOST_PREPARED: usize = 128;

/// The ending of the file that says that damage was met.
const DAMAGED: &str = "-damaged";

/// Why the wallet's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a later version of the app.
    #[error("the wallet was written by a later version (schema {found}, this version knows {known})")]
    Newer {
        /// The schema of the file.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// The file is damaged or is no wallet.
    #[error("the wallet's file is damaged: {0}")]
    Damaged(String),
    /// The disk is full or refuses.
    #[error("the wallet's file cannot be written: {0}")]
    Disk(String),
    /// Something else of SQLite's or serde's; logged where it folds.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode::*;
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(error.to_string()),
            Some(DiskFull | SystemIoFailure | CannotOpen | ReadOnly | PermissionDenied) => {
                StoreError::Disk(error.to_string())
            }
            _ => StoreError::Internal(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::Internal(place_of(&error))
    }
}

/// Where JSON is not what it should be. serde's own words quote it, and it may be somebody's number.
fn place_of(error: &serde_json::Error) -> String {
    format!("JSON, {:?} at line {}, column {}", error.classify(), error.line(), error.column())
}

/// A wallet's file, open.
pub struct Store {
    db: Connection,
    seal: Seal,
}

impl Store {
    /// Opens the file, makes it if there is none, and brings its schema up to date.
    ///
    /// May take tens of milliseconds when there is a migration to do.
    pub fn open(path: &Path, data_key: &[u8; 32]) -> Result<Store, StoreError> {
        Ok(Store { db: connect(path)?, seal: Seal::new(data_key) })
    }

    /// Another wallet takes the place of this one, which gets a name of its own beside it: `name`. The other is
    /// the file of the name `other`, or a new one. These rows of settings and documents go along.
    pub(crate) fn change_file(
        &mut self,
        path: &Path,
        (name, other): (&str, &str),
        along: [(&str, &str); 2],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut carried = Vec::new();
        for (table, condition) in along {
            let columns = Shape::of(&self.db, table)?.columns;
            let rows = tables::rows(&self.db, table, &columns, condition)?;
            carried.push((table, condition, columns, rows));
        }
        let (own, other) = (path.with_file_name(name), path.with_file_name(other));
        // Closed before it is renamed: the last connection takes the log into the file.
        drop(std::mem::replace(&mut self.db, Connection::open_in_memory()?));
        let moved = move_wallet(path, &own).and_then(|()| move_wallet(&other, path));
        let opened = moved.map_err(|error| StoreError::Disk(error.to_string())).and_then(|()| connect(path));
        let opened = match opened {
            Err(StoreError::Damaged(_)) => {
                rebuild(path, now_ms);
                connect(path)
            }
            opened => opened,
        };
        if opened.is_err() {
            // As it was.
            _ = move_wallet(path, &other);
            _ = move_wallet(&own, path);
            self.db = connect(path)?;
            return opened.map(drop);
        }
        self.db = opened?;
        let tx = self.db.transaction()?;
        for (table, condition, columns, rows) in carried {
            tx.execute(&format!("DELETE FROM {table} WHERE {condition}"), [])?;
            for row in rows {
                tables::put(&tx, table, &columns, &row);
            }
        }
        Ok(tx.commit()?)
    }

    /// Runs `decide` in one transaction: all that it writes is kept, or, on an error, nothing.
    pub fn change<T, E: From<StoreError>>(
        &mut self,
        decide: impl FnOnce(&Records<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self
            .db
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let records = Records { tx, seal: &self.seal };
        let value = decide(&records)?;
        records.tx.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// Reads in one snapshot; what it writes is thrown away.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        look: impl FnOnce(&Records<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.db.transaction().map_err(StoreError::from)?;
        look(&Records { tx, seal: &self.seal })
    }
}

/// Opens a wallet's file as a wallet wants it, with its schema up to date.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    // The app was killed after a damaged file was set aside, before the rebuilt one had its place.
    if !path.exists() {
        _ = std::fs::rename(rebuilt_path(path), path);
    }
    let mut db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A row that was written before a crash or a flat battery is there after it.
    db.pragma_update(None, "synchronous", "FULL")?;
    #[cfg(target_vendor = "apple")]
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    migrate(&mut db)?;
    db.set_prepared_statement_cache_capacity(MOST_PREPARED);
    Ok(db)
}

/// Renames a wallet with its log, if there is one.
fn move_wallet(from: &Path, to: &Path) -> std::io::Result<()> {
    for ending in ["-wal", "-shm", ""] {
        match std::fs::rename(with_ending(from, ending), with_ending(to, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The tables of a wallet within one transaction.
pub struct Records<'a> {
    tx: Transaction<'a>,
    seal: &'a Seal,
}

impl<'a> Records<'a> {
    /// The transaction, for a room's own statements.
    pub fn sql(&self) -> &Transaction<'a> {
        &self.tx
    }

    /// Runs a statement, which is prepared once for a wallet that is open.
    pub fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.tx.prepare_cached(sql)?.execute(params)
    }

    /// The first row that a statement finds; `QueryReturnedNoRows` if there is none.
    pub fn row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.tx.prepare_cached(sql)?.query_row(params, read)
    }

    /// The seal for cells that hold numbers, names and codes.
    pub fn seal(&self) -> &Seal {
        self.seal
    }

    /// A small state under its name, or its default if there is none.
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT sealed, value FROM setting WHERE name = ?1")?;
        let mut rows = statement.query([name])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (sealed, value): (bool, Vec<u8>) = (row.get(0)?, row.get(1)?);
        // A cell whose key was lost, or that was damaged, reads as if it had never been written: an error
        // here would close the wallet for ever.
        let plain = if sealed { self.seal.open("setting", name, &value) } else { Some(value) };
        let read = plain.map(|plain| serde_json::from_slice(&plain)).transpose();
        Ok(read.unwrap_or_else(|error| {
            eprintln!("jol: setting {name}: {}", place_of(&error));
            None
        }))
    }

    /// Writes a small state.
    pub fn set<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        self.put(name, false, serde_json::to_vec(value)?)
    }

    /// Writes a small state that holds a number, a name, or a token.
    pub fn set_sealed<T: Serialize>(&self, name: &str, value: &T, nonce: [u8; 24]) -> Result<(), StoreError> {
        let sealed = self.seal.seal("setting", name, &serde_json::to_vec(value)?, nonce);
        self.put(name, true, sealed)
    }

    /// Forgets a small state.
    pub fn unset(&self, name: &str) -> Result<(), StoreError> {
        self.tx.execute("DELETE FROM setting WHERE name = ?1", [name])?;
        Ok(())
    }

    fn put(&self, name: &str, sealed: bool, value: Vec<u8>) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO setting (name, sealed, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, value = excluded.value",
            )?
            .execute((name, sealed, value))?;
        Ok(())
    }
}

/// Notes that damage was met, for the next start: a page in the middle is found long after the file was opened.
pub(crate) fn note_damage(path: &Path) {
    _ = std::fs::write(with_ending(path, DAMAGED), b"");
}

/// Whether damage was noted since the wallet was opened last.
pub(crate) fn is_damaged(path: &Path) -> bool {
    with_ending(path, DAMAGED).exists()
}

/// Rebuilds a damaged wallet from what can still be read of it; answers how many rows that were. Its own files
/// get a name of their own, so that nothing of them is lost. What cannot be renamed stays where it is.
pub(crate) fn rebuild(path: &Path, now_ms: i64) -> u64 {
    let rows = tables::rebuild(path).unwrap_or_else(|error| {
        eprintln!("jol: nothing of a damaged wallet was read: {error}");
        None
    });
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!("damaged-{now_ms}-{name}"));
    _ = move_wallet(path, &aside);
    if rows.is_some() {
        _ = std::fs::rename(rebuilt_path(path), path);
    }
    _ = std::fs::remove_file(with_ending(path, DAMAGED));
    rows.unwrap_or_default()
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let found: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len() as u32;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in found..known {
        let tx = db.transaction()?;
        migrate_to(&tx, step, step + 1)?;
        tx.commit()?;
    }
    Ok(())
}

/// Brings a schema from one number to a later one, within a transaction.
fn migrate_to(tx: &Connection, from: u32, to: u32) -> Result<(), StoreError> {
    for sql in &MIGRATIONS[from as usize..to as usize] {
        tx.execute_batch(sql)?;
    }
    Ok(tx.pragma_update(None, "user_version", to)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &tempfile::TempDir, key: u8) -> Result<Store, StoreError> {
        Store::open(&folder.path().join("wallet.db"), &[key; 32])
    }

    #[test]
    fn a_damaged_setting_reads_as_never_written_and_closes_no_wallet() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(&folder, 1).expect("a new wallet");
        store
            .change::<_, StoreError>(|records| {
                records.set("city", &"atyrau")?;
                records.run("UPDATE setting SET value = x'7b2261'", [])?;
                assert_eq!(records.setting::<String>("city")?, None);
                records.set("city", &"almaty")?;
                assert_eq!(records.setting::<String>("city")?.as_deref(), Some("almaty"));
                Ok(())
            })
            .expect("the store works");
    }

    #[test]
    fn a_state_survives_and_a_failed_change_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(&folder, 1).expect("a new wallet");
        store.change(|records| records.set("city", &"atyrau")).expect("written");
        let failed = store.change(|records| {
            records.set("city", &"almaty")?;
            Err::<(), _>(StoreError::Internal("stop".into()))
        });
        assert!(failed.is_err());
        drop(store);
        let mut store = open(&folder, 1).expect("the same wallet");
        let city: Option<String> = store.read(|records| records.setting("city")).expect("read");
        assert_eq!(city.as_deref(), Some("atyrau"));
    }

    #[test]
    fn a_lost_key_loses_sealed_cells_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = open(&folder, 1).expect("a new wallet");
        store
            .change(|records| {
                records.set("city", &"atyrau")?;
                records.set_sealed("number", &"+77011234567", [9; 24])
            })
            .expect("written");
        let number: Option<String> = store.read(|records| records.setting("number")).expect("read");
        assert_eq!(number.as_deref(), Some("+77011234567"));
        drop(store);
        let mut store = open(&folder, 2).expect("opens with another key");
        let look = |records: &Records<'_>| Ok((records.setting("city")?, records.setting("number")?));
        let (city, number): (Option<String>, Option<String>) =
            store.read::<_, StoreError>(look).expect("read");
        assert_eq!((city.as_deref(), number), (Some("atyrau"), None));
        let file = std::fs::read(folder.path().join("wallet.db-wal")).unwrap_or_default();
        let all = [file, std::fs::read(folder.path().join("wallet.db")).expect("the file")].concat();
        assert!(!all.windows(8).any(|bytes| bytes == b"77011234"), "a number lies in the file unsealed");
    }

    #[test]
    fn a_later_or_damaged_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.db");
        drop(open(&folder, 1).expect("a new wallet"));
        let db = Connection::open(&path).expect("open");
        db.pragma_update(None, "user_version", 99).expect("set");
        drop(db);
        assert!(matches!(open(&folder, 1), Err(StoreError::Newer { found: 99, .. })));
        std::fs::write(&path, [7; 5_000]).expect("written");
        assert!(matches!(open(&folder, 1), Err(StoreError::Damaged(_))));
        assert_eq!(std::fs::read(&path).expect("read"), [7; 5_000], "nothing was written over it");
    }
}
