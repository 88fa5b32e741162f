//! The disk is hostile enough to see each weaker way of keeping rows, and no more hostile than SQLite bears.

use super::disk::{Disk, Files, Way};
use super::vfs::mount;
use jol_headless::world::dice::Dice;
use rusqlite::{Connection, Result};
use std::path::Path;
use std::sync::Arc;

/// What went wrong over all cuts.
#[derive(Debug, Default)]
struct Found {
    /// A row whose commit came back is gone.
    lost: u32,
    /// A transaction is half there, or SQLite finds damage.
    damaged: u32,
}

/// Opens a database with these settings and writes five transactions of two rows each; how many came back.
fn write(file: &Path, settings: &str, committed: &mut u32) -> Result<()> {
    let mut db = Connection::open(file)?;
    db.execute_batch(settings)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS a (x, y); CREATE TABLE IF NOT EXISTS b (x, y);")?;
    for nth in 0..5 {
        let tx = db.transaction()?;
        tx.execute("INSERT INTO a VALUES (?1, zeroblob(3000))", [nth])?;
        tx.execute("INSERT INTO b VALUES (?1, zeroblob(3000))", [nth])?;
        tx.commit()?;
        *committed += 1;
        if nth == 2 {
            db.execute_batch("PRAGMA wal_checkpoint")?;
        }
    }
    Ok(())
}

/// How many transactions are there; none if the database is damaged.
fn read(file: &Path, settings: &str) -> Result<Option<u32>> {
    let db = Connection::open(file)?;
    db.execute_batch(settings)?;
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let tables: u32 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let count = |table| db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
    let (a, b): (u32, u32) = if tables == 2 { (count("a")?, count("b")?) } else { (0, 0) };
    Ok((verdict == "ok" && a == b).then_some(a))
}

fn every_cut(settings: &str) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("db");
    let mut found = Found::default();
    for nth in 1.. {
        let disk = Arc::new(Disk::new(&Files::new()));
        let mounted = mount(folder.path(), disk.clone());
        disk.cut_at(nth);
        let mut committed = 0;
        let _ = write(&file, settings, &mut committed);
        drop(mounted);
        if !disk.is_cut() {
            assert!(nth > 20, "{settings}: {nth}");
            return found;
        }
        for (way, seed) in [(Way::Killed, 0), (Way::Flat, 0), (Way::Flat, 1), (Way::Flat, 2), (Way::Lost, 0)]
        {
            let left = disk.after(way, &mut Dice::new(nth * 10 + seed, settings));
            let _mounted = mount(folder.path(), Arc::new(Disk::new(&left)));
            match read(&file, settings) {
                Ok(Some(there)) => found.lost += u32::from(there < committed),
                Ok(None) | Err(_) => found.damaged += 1,
            }
        }
    }
    unreachable!("a story ends")
}

#[test]
fn a_log_that_is_synced_loses_nothing_and_each_weaker_way_is_seen() {
    let full = every_cut("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    assert_eq!((full.lost, full.damaged), (0, 0));
    let normal = every_cut("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    assert!(normal.lost > 10 && normal.damaged == 0, "{normal:?}");
    let off = every_cut("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;");
    assert!(off.lost > 10 && off.damaged > 0, "{off:?}");
    let in_memory = every_cut("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL;");
    assert!(in_memory.damaged > 10, "{in_memory:?}");
    let rolled_back = every_cut("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;");
    assert_eq!((rolled_back.lost, rolled_back.damaged), (0, 0));
}
