//! What a damaged file does to a wallet.

use super::Bytes;
use super::operator::ODD;
use super::wallet::{FIRST_RIDE, SIGNED_UP, empty_folder, open};
use jol_core::jol::JolError;
use jol_core::text::Language;
use jol_core::travel::TravelQuery;
use std::path::Path;
use std::sync::LazyLock;

/// The file of a wallet that has lived through the first ride.
fn lived() -> &'static [u8] {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = empty_folder();
        let mut phone = open(&folder).expect("a new wallet");
        for tap in [SIGNED_UP, FIRST_RIDE].concat() {
            phone.tap(tap, &mut Bytes(&[]));
        }
        let paid = phone.jol.payments().expect("a wallet that works").len();
        assert_eq!(paid, 1, "the story is told to its end");
        assert!(phone.jol.tickets().is_ok_and(|tickets| !tickets.is_empty()));
        phone.look();
        assert!(phone.jol.kept_places().is_ok_and(|places| !places.is_empty()), "a home is kept");
        drop(phone);
        std::fs::read(folder.join("wallet.db")).expect("the wallet's file")
    });
    &FILE
}

/// The columns that hold a JSON value, a number or bytes of the outside.
const CELLS: [(&str, &str); 26] = [
    ("setting", "value"),
    ("setting", "sealed"),
    ("outbox", "operation"),
    ("outbox", "path"),
    ("outbox", "body"),
    ("outbox", "due_ms"),
    ("outbox", "give_up_ms"),
    ("outbox", "attempts"),
    ("document", "body"),
    ("document", "fetched_ms"),
    ("card", "category"),
    ("card", "balance"),
    ("card", "state"),
    ("card", "number"),
    ("payment", "way"),
    ("payment", "passengers"),
    ("payment", "fare"),
    ("payment", "tapped_ms"),
    ("payment", "state"),
    ("ride", "ends_ms"),
    ("ride", "paid_ms"),
    ("ride", "ticket"),
    ("top_up", "sum"),
    ("posting", "tiyn"),
    ("kept", "at_ms"),
    ("kept", "what"),
];

/// A wallet's file of which some places changed: `[0..128, where in three bytes, length, bytes]` is anywhere,
/// `[128.., column, row, which number, length, bytes]` is a cell. It opens, rebuilt from what can be read, or says that a later version wrote it.
pub(crate) fn damaged(input: &[u8]) {
    let file = lived();
    let folder = empty_folder();
    let path = folder.join("wallet.db");
    let (mut bytes, mut cells) = (file.to_vec(), Vec::new());
    let mut steps = Bytes(input);
    for _ in 0..16 {
        if steps.is_empty() {
            break;
        }
        if steps.byte() < 128 {
            let [a, b, c, length] = steps.array();
            let at = u32::from_le_bytes([a, b, c, 0]) as usize % bytes.len();
            for (byte, new) in bytes.iter_mut().skip(at).zip(steps.piece(usize::from(length % 64))) {
                *byte = *new;
            }
        } else {
            let [column, row, number, length] = steps.array();
            cells.push((column, row, number, steps.piece(usize::from(length)).to_vec()));
        }
    }
    if input.len() > 2 && input[0] == 255 {
        bytes.truncate(usize::from(u16::from_le_bytes([input[1], input[2]])) * 4);
    }
    let is_whole = bytes == file;
    std::fs::write(&path, bytes).expect("room for a small file");
    for (column, row, number, text) in cells {
        set_cell(&path, column, row, number, &text);
    }
    for start in 0..2 {
        match open(&folder) {
            Ok(mut phone) => {
                phone.look();
                if is_whole {
                    // A damaged row hides no other, and hides at most itself.
                    assert!(
                        phone.jol.travel_details(&TravelQuery::default()).is_ok()
                            && phone.jol.tickets().is_ok()
                    );
                    assert!(phone.jol.account().is_ok() && phone.jol.city().is_ok());
                    assert!(phone.jol.saved_journeys().is_ok());
                }
                for step in [9, 13, 7, 10, 12] {
                    phone.tap(step, &mut Bytes(&[]));
                }
                for answer in 0..4 {
                    phone.answer(answer, &mut Bytes(&[]));
                    phone.answer(answer, &mut Bytes(&[255]));
                }
                phone.look();
            }
            Err(error) => {
                assert!(!error.text(Language::Kk).is_empty());
                let damaged = matches!(&error, JolError::Storage { what } if what == "damaged");
                assert!(!damaged, "start {start}: a damaged wallet is rebuilt");
                assert!(!is_whole, "no cell closes the wallet: {error:?}");
            }
        }
    }
}

fn set_cell(path: &Path, column: u8, row: u8, number: u8, text: &[u8]) {
    let (table, column) = CELLS[usize::from(column) % CELLS.len()];
    let Ok(sql) = rusqlite::Connection::open(path) else { return };
    let place = format!("WHERE rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET {})", row % 16);
    let update = format!("UPDATE {table} SET {column} = ?1 {place}");
    // Only a value of the column's own type goes in.
    let _ = match text {
        [] => sql.execute(&update, [ODD[usize::from(number) % ODD.len()].parse::<i64>().unwrap_or(7)]),
        text if number < 128 => sql.execute(&update, [text]),
        text => sql.execute(&update, [String::from_utf8_lossy(text)]),
    };
}

/// A little of each kind of damage.
pub(crate) fn damages() -> Vec<Vec<u8>> {
    let mut seeds = vec![Vec::new(), vec![255, 16, 0], vec![0, 100, 0, 0, 8, 255, 255, 255, 255, 0, 0, 0, 0]];
    seeds.push(vec![0, 24, 16, 0, 4, 0, 0, 0, 9]);
    for (column, (table, _)) in (0_u8..).zip(CELLS) {
        // Row by row where each means something else.
        let rows = if table == "setting" {
            12
        } else if table == "kept" {
            5
        } else {
            1
        };
        for row in 0..rows {
            seeds.push(vec![128, column, row, 7, 0]);
            seeds.push([&[128, column, row, 1, 5], &b"{\"a\":"[..]].concat());
            seeds.push([&[128, column, row, 200, 5], &b"{\"a\":"[..]].concat());
            seeds.push([&[128, column, row, 1, 4], &b"null"[..]].concat());
        }
    }
    seeds
}
