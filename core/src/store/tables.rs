//! A wallet's rows as values: out of a file that is damaged, and into a back-up and out of it again.

use super::{MIGRATIONS, StoreError, migrate_to};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::path::{Path, PathBuf};

/// How often a place behind a damaged page is looked for, in one table.
const MOST_TRIES: u32 = 100_000;

/// The columns of a table, without one that is its rowid under another name; whether it has a rowid.
pub(super) struct Shape {
    pub(super) columns: Vec<String>,
    rowid: bool,
    /// The primary key of a table without a rowid.
    key: Vec<String>,
}

impl Shape {
    pub(super) fn of(db: &Connection, table: &str) -> rusqlite::Result<Shape> {
        let sql = "SELECT wr FROM pragma_table_list WHERE name = ?1 AND schema = 'main'";
        let rowid = !db.query_row(sql, [table], |row| row.get::<_, bool>(0))?;
        let mut statement = db.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let all = rows.collect::<rusqlite::Result<Vec<(String, String, i64)>>>()?;
        let key = all.iter().filter(|(_, _, place)| *place > 0).map(|(name, _, _)| name.clone());
        let key: Vec<String> = key.collect();
        let is_alias = |kind: &str, place: i64| rowid && kind == "INTEGER" && place == 1 && key.len() == 1;
        let columns = all.iter().filter(|(_, kind, place)| !is_alias(kind, *place));
        let columns = columns.map(|(name, _, _)| name.clone()).collect();
        Ok(Shape { columns, rowid, key })
    }

    /// All of a row: its rowid first, if it has one.
    fn whole(&self) -> Vec<String> {
        let rowid = self.rowid.then(|| "rowid".to_owned());
        rowid.into_iter().chain(self.columns.iter().cloned()).collect()
    }
}

/// The names of a database's own tables.
pub(super) fn names(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Writes a row; one whose key is there already, or that the table does not take, is left out. Whether it was
/// written.
pub(super) fn put(db: &Connection, table: &str, columns: &[String], row: &[Value]) -> bool {
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT OR IGNORE INTO {table} ({}) VALUES ({marks})", columns.join(", "));
    let written = db.prepare_cached(&sql).and_then(|mut put| put.execute(params_from_iter(row)));
    written.is_ok_and(|rows| rows == 1)
}

fn row_of(row: &rusqlite::Row<'_>, width: usize) -> rusqlite::Result<Vec<Value>> {
    (0..width).map(|column| row.get(column)).collect()
}

/// Each row of a table that can still be read. Pages that are damaged are stepped over.
fn each_readable(db: &Connection, table: &str, shape: &Shape, mut take: impl FnMut(&[String], &[Value])) {
    let whole = shape.whole();
    let columns = whole.join(", ");
    // Rows of a range in an order; answers the last one's rowid, and whether the range was read to its end.
    let mut scan = |range: &str, from: i64, to: i64| -> (Option<i64>, bool) {
        let sql = format!("SELECT {columns} FROM {table} {range}");
        let Ok(mut statement) = db.prepare_cached(&sql) else { return (None, false) };
        let bounds: &[i64] = if range.contains("?2") { &[from, to] } else { &[] };
        let Ok(mut rows) = statement.query(params_from_iter(bounds)) else { return (None, false) };
        let mut last = None;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let Ok(row) = row_of(row, whole.len()) else { return (last, false) };
                    take(&whole, &row);
                    if let Some(Value::Integer(rowid)) = row.first() {
                        last = Some(*rowid);
                    }
                }
                Ok(None) => return (last, true),
                Err(_) => return (last, false),
            }
        }
    };
    if !shape.rowid {
        let backwards = shape.key.iter().map(|column| format!("{column} DESC")).collect::<Vec<_>>();
        if !scan("", 0, 0).1 {
            scan(&format!("ORDER BY {}", backwards.join(", ")), 0, 0);
        }
        return;
    }
    let upwards = "WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid";
    let downwards = "WHERE rowid > ?1 AND rowid <= ?2 ORDER BY rowid DESC";
    let (mut after, mut step) = (i64::MIN, 1_i64);
    for _ in 0..MOST_TRIES {
        let (last, whole) = scan(upwards, after, i64::MAX);
        if step > 1 && (last.is_some() || whole) {
            // What lies between the place that was stepped to and the damage before it.
            scan(downwards, after.saturating_sub(step), after);
        }
        if let Some(last) = last {
            (after, step) = (last, 1);
        }
        if whole || after.checked_add(step).is_none() {
            return;
        }
        // Rowids count up from 1.
        after = after.max(0) + step;
        step = step.saturating_mul(2);
    }
}

/// The rows of a table that meet a condition, in their order.
pub(super) fn rows(
    db: &Connection,
    table: &str,
    columns: &[String],
    condition: &str,
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let sql = format!("SELECT {} FROM {table} WHERE {condition}", columns.join(", "));
    let mut statement = db.prepare(&sql)?;
    statement.query_map([], |row| row_of(row, columns.len()))?.collect()
}

/// Where a wallet is rebuilt before it takes its place.
pub(super) fn rebuilt_path(path: &Path) -> PathBuf {
    with_ending(path, "-rebuilt")
}

/// The name of a file beside the wallet's.
pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Writes all rows of a damaged wallet that can still be read into a new file beside it. Answers how many; none
/// if nothing of it is a wallet any more. The damaged one stays as it is.
pub(super) fn rebuild(path: &Path) -> Result<Option<u64>, StoreError> {
    let target = rebuilt_path(path);
    for ending in ["", "-journal"] {
        _ = std::fs::remove_file(with_ending(&target, ending));
    }
    let Some((damaged, schema)) = open_damaged(path) else { return Ok(None) };
    let mut new = Connection::open(&target)?;
    // What was sold stays, even where its shift cannot be read.
    new.pragma_update(None, "foreign_keys", false)?;
    let tx = new.transaction()?;
    migrate_to(&tx, 0, schema)?;
    let mut kept = 0;
    for table in names(&tx)? {
        // A table that the damaged file does not know is left empty.
        let Ok(shape) = Shape::of(&damaged, &table) else { continue };
        each_readable(&damaged, &table, &shape, |columns, row| {
            kept += u64::from(put(&tx, &table, columns, row));
        });
    }
    tx.commit()?;
    Ok(Some(kept))
}

/// A damaged wallet that still says what it is, and its schema's number. It is not written to.
fn open_damaged(path: &Path) -> Option<(Connection, u32)> {
    let db = Connection::open(path).ok()?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok()?;
    db.pragma_update(None, "trusted_schema", false).ok()?;
    let schema: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).ok()?;
    let known = (1..=MIGRATIONS.len() as u32).contains(&schema);
    (known && !names(&db).ok()?.is_empty()).then_some((db, schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use std::fs;

    const PAGE: usize = 4_096;
    const RIDES: usize = 300;

    /// A wallet with many settings and calls, in one file without a log.
    fn wallet() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("wallet.db");
        let mut store = Store::open(&path, &[1; 32]).expect("a new wallet");
        store
            .change::<_, StoreError>(|records| {
                records.run("INSERT INTO till_shift VALUES (7, x'01', 1, x'02', '547', 0)", [])?;
                for nth in 0..RIDES {
                    records.set(&format!("setting-{nth:04}"), &format!("{nth} of the wallet's settings"))?;
                    let body = vec![nth as u8; 300];
                    records.run(
                        "INSERT INTO outbox (key, operation, method, path, body, sealed, due_ms)
                         VALUES (?1, 'payment', 'POST', '/v1/payments', ?2, 0, 0)",
                        (format!("key-{nth:04}"), body),
                    )?;
                    let sale = "INSERT INTO cash_sale VALUES (7, ?1, x'01', x'02', '{}', 'waiting', NULL)";
                    records.run(sale, [nth as i64])?;
                }
                Ok(())
            })
            .expect("written");
        drop(store);
        (folder, path)
    }

    /// How many rows of a wallet's three tables are there.
    fn counts(path: &Path) -> [usize; 3] {
        let db = Connection::open(path).expect("a whole file");
        ["setting", "outbox", "cash_sale"].map(|table| {
            let sql = format!("SELECT count(*) FROM {table}");
            db.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("whole") as usize
        })
    }

    fn rebuilt(path: &Path) -> [usize; 3] {
        let rows = rebuild(path).expect("a disk");
        if rows.is_none() { [0; 3] } else { counts(&rebuilt_path(path)) }
    }

    #[test]
    fn each_damaged_page_loses_what_lay_on_it_and_nothing_else() {
        let (_folder, path) = wallet();
        let whole = fs::read(&path).expect("the file");
        assert_eq!(rebuilt(&path), [RIDES; 3], "of a whole file everything is kept");
        let (mut leaves, mut worst) = (0, 0);
        for page in 1..whole.len() / PAGE {
            let mut bytes = whole.clone();
            // 0x0d and 0x0a are leaves of tables and of indices; above them stands what leads to many pages.
            let is_leaf = matches!(bytes[page * PAGE], 0x0d | 0x0a);
            bytes[page * PAGE..][..PAGE].fill(0xa5);
            fs::write(&path, &bytes).expect("written");
            let kept = rebuilt(&path);
            if kept == [0; 3] {
                // The schema itself.
                continue;
            }
            let lost: usize = kept.iter().map(|rows| RIDES - rows).sum();
            if is_leaf {
                (leaves, worst) = (leaves + 1, worst.max(lost));
            }
            assert!(!is_leaf || lost <= 250, "page {page}: {kept:?}");
            assert_eq!(fs::read(&path).expect("the file"), bytes, "the damaged file stays as it is");
        }
        println!("{leaves} leaves, at most {worst} rows on one");
        assert!(leaves > 20 && worst > 10, "{leaves} leaves, {worst} rows on one");
    }

    #[test]
    fn many_damaged_pages_at_once_are_stepped_over() {
        let (_folder, path) = wallet();
        let mut bytes = fs::read(&path).expect("the file");
        let leaves = (1..bytes.len() / PAGE).filter(|page| bytes[page * PAGE] == 0x0d).collect::<Vec<_>>();
        for page in leaves.iter().skip(leaves.len() / 3).step_by(3) {
            bytes[page * PAGE..][..PAGE].fill(0);
        }
        fs::write(&path, &bytes).expect("written");
        let kept = rebuilt(&path);
        assert!(kept[0] > RIDES / 2 && kept[1] > RIDES / 2 && kept[2] > RIDES / 2, "{kept:?}");
        assert!(kept[1] < RIDES, "something was lost");
    }

    #[test]
    fn what_is_no_wallet_is_none() {
        let (_folder, path) = wallet();
        for bytes in [Vec::new(), vec![7; 5_000], fs::read(&path).expect("the file")[..100].to_vec()] {
            fs::write(&path, bytes).expect("written");
            assert_eq!(rebuild(&path).expect("a disk"), None);
        }
    }
}
