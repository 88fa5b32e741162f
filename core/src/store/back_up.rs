//! A back-up: history, cards and settings in one sealed file, for another phone or another day.
//!
//! Keys, tokens, vouchers and the outbox are never in it: an old phone may still use them, and each is asked
//! for anew. It is sealed under a recovery code of 28 random digits (93 bits) and two that check them, so that
//! nothing that a passenger makes up is ever its key. Inside it is CBOR: the schema's number and rows by their
//! columns, which go through the same migrations as a wallet of that version.

use super::seal::Seal;
use super::tables::{self, Shape, put};
use super::{MIGRATIONS, Records, StoreError, migrate, migrate_to};
use crate::entropy::{Entropy, random};
use ciborium::Value as Cbor;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// The file's first bytes: what it is, and the version of its form.
const MAGIC: &[u8; 6] = b"JOLB1\n";
/// Where its one cell is sealed.
const PLACE: (&str, &str) = ("back-up", "1");
/// How many digits of a recovery code are chance.
const CHANCE: usize = 28;

/// A table of a back-up: which of its rows, and which of their cells are sealed, each with what follows the
/// row's id in the cell's place.
struct Held {
    table: &'static str,
    rows: &'static str,
    id: &'static str,
    sealed: &'static [(&'static str, &'static str)],
}

const fn held(table: &'static str, rows: &'static str) -> Held {
    Held { table, rows, id: "", sealed: &[] }
}

/// All that a back-up holds. A setting is named here or is not in it.
const HELD: [Held; 11] = [
    held("payment", "1"),
    held("ride", "1"),
    held("message", "1"),
    held("ride_change", "1"),
    // What was asked for and has no answer yet could be bought a second time.
    held("purchase", "state <> 'asked'"),
    Held {
        table: "card_move",
        rows: "state <> 'asked'",
        id: "key",
        sealed: &[("number", ".number"), ("to_number", ".to")],
    },
    // A voucher's money is told by the operator where the voucher is; its rides are booked as rides then.
    held(
        "posting",
        "transaction_key NOT IN (SELECT transaction_key FROM posting WHERE account = 'vouchers')",
    ),
    Held {
        // Likewise; and the bank's page of one that waits is its own.
        table: "top_up",
        rows: "state <> 'asked'",
        id: "key",
        sealed: &[("card", "")],
    },
    Held { table: "card", rows: "1", id: "id", sealed: &[("number", ".number"), ("name", ".name")] },
    Held { table: "kept", rows: "1", id: "id", sealed: &[("what", "")] },
    Held {
        table: "setting",
        rows: "name IN ('account.owner', 'city.chosen', 'terms.accepted', 'wallet.choices')",
        id: "name",
        sealed: &[("value", "")],
    },
];

/// Why a back-up cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackUpError {
    /// The recovery code has not 30 digits, or one is mistyped.
    #[error("the recovery code is mistyped")]
    Code,
    /// It is no back-up, is damaged, or was sealed under another recovery code.
    #[error("no back-up, a damaged one, or another one's recovery code")]
    Unreadable,
    /// A later version of the app made it.
    #[error("a later version of the app made it")]
    Newer,
}

/// The passenger's key to a back-up: 30 digits, the last two of which check the others (ISO 7064, MOD 97-10).
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A new one, which nobody can guess.
    pub fn new(entropy: &dyn Entropy) -> RecoveryCode {
        let mut digits = String::new();
        while digits.len() < CHANCE {
            // A byte of 250 and more would favour some digits.
            let [byte] = random(entropy);
            if byte < 250 {
                digits.push(char::from(b'0' + byte % 10));
            }
        }
        let check = 98 - remainder(&format!("{digits}00"));
        RecoveryCode(Zeroizing::new(format!("{digits}{check:02}")))
    }

    /// Reads what was typed; whatever is no digit is let be.
    pub fn read(typed: &str) -> Result<RecoveryCode, BackUpError> {
        let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).collect());
        let is_whole = digits.len() == CHANCE + 2 && remainder(&digits) == 1;
        if is_whole { Ok(RecoveryCode(digits)) } else { Err(BackUpError::Code) }
    }

    fn seal(&self) -> Seal {
        Seal::of_text(&self.0)
    }
}

/// In groups of five, as it is shown and written down.
impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, digit) in self.0.chars().enumerate() {
            if nth > 0 && nth % 5 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Without its digits.
impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// The remainder by 97 of a number of any length.
fn remainder(digits: &str) -> u32 {
    digits.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit.wrapping_sub(b'0'))) % 97)
}

/// What a back-up says of itself, and its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackUp {
    /// When it was made, ms since 1970.
    pub made_ms: i64,
    /// The operator's code.
    pub operator: String,
    /// Whose it is, by the operator's id of the account; none if nobody was ever signed in.
    pub account: Option<String>,
    schema: u32,
    tables: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cbor>>,
}

impl BackUp {
    /// Takes what a back-up holds out of the wallet, and seals it.
    pub(crate) fn seal(
        records: &Records<'_>,
        code: &RecoveryCode,
        (operator, account): (&str, Option<String>),
        made_ms: i64,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, StoreError> {
        let seal = code.seal();
        let mut tables = Vec::new();
        for held in &HELD {
            let columns = Shape::of(records.sql(), held.table)?.columns;
            let mut rows = tables::rows(records.sql(), held.table, &columns, held.rows)?;
            // A cell whose key was lost stays behind with its row.
            rows.retain_mut(|row| held.seal_anew(&columns, row, (records.seal(), &seal), entropy));
            let rows = rows.into_iter().map(|row| row.into_iter().map(to_cbor).collect()).collect();
            tables.push(Table { name: held.table.to_owned(), columns, rows });
        }
        let schema = MIGRATIONS.len() as u32;
        let back_up = BackUp { made_ms, operator: operator.to_owned(), account, schema, tables };
        let mut plain = Zeroizing::new(Vec::new());
        ciborium::into_writer(&back_up, &mut *plain)
            .map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok([MAGIC.as_slice(), &seal.seal(PLACE.0, PLACE.1, &plain, random(entropy))].concat())
    }

    /// Opens a back-up with its recovery code.
    pub fn open(bytes: &[u8], code: &RecoveryCode) -> Result<BackUp, BackUpError> {
        let sealed = bytes.strip_prefix(MAGIC).ok_or(BackUpError::Unreadable)?;
        let plain = code.seal().open(PLACE.0, PLACE.1, sealed).map(Zeroizing::new);
        let plain = plain.ok_or(BackUpError::Unreadable)?;
        let back_up: BackUp = ciborium::from_reader(plain.as_slice()).map_err(|_| BackUpError::Unreadable)?;
        match back_up.schema {
            0 => Err(BackUpError::Unreadable),
            schema if schema as usize > MIGRATIONS.len() => Err(BackUpError::Newer),
            _ => Ok(back_up),
        }
    }

    /// What it holds: the wallet's tables, and how many rows of each.
    pub fn contents(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tables.iter().map(|table| (table.name.as_str(), table.rows.len()))
    }

    /// How many rides it holds.
    pub fn rides(&self) -> usize {
        self.contents().filter(|(table, _)| *table == "ride").map(|(_, rows)| rows).sum()
    }

    /// Puts the rows into the wallet. What is there already stays as it is.
    pub(crate) fn restore(
        &self,
        records: &Records<'_>,
        code: &RecoveryCode,
        entropy: &dyn Entropy,
    ) -> Result<(), StoreError> {
        let seal = code.seal();
        // As the version that made it wrote it, then through the migrations.
        let mut old = Connection::open_in_memory()?;
        migrate_to(&old, 0, self.schema)?;
        for table in &self.tables {
            let Some(known) = table.known_columns(&old)? else { continue };
            let columns: Vec<String> = known.iter().map(|at| table.columns[*at].clone()).collect();
            for row in &table.rows {
                let cells = known.iter().map(|at| row.get(*at).and_then(from_cbor));
                let Some(cells) = cells.collect::<Option<Vec<Value>>>() else { continue };
                put(&old, &table.name, &columns, &cells);
            }
        }
        migrate(&mut old)?;
        forget_booked(&old, records)?;
        for held in &HELD {
            let columns = Shape::of(records.sql(), held.table)?.columns;
            for mut row in tables::rows(&old, held.table, &columns, held.rows)? {
                if held.seal_anew(&columns, &mut row, (&seal, records.seal()), entropy) {
                    put(records.sql(), held.table, &columns, &row);
                }
            }
        }
        Ok(())
    }
}

/// A transaction that the wallet has booked stays whole: two files may have booked it between other accounts.
fn forget_booked(old: &Connection, records: &Records<'_>) -> Result<(), StoreError> {
    let mut booked = records.sql().prepare("SELECT DISTINCT transaction_key FROM posting")?;
    let mut keys = booked.query([])?;
    let mut forget = old.prepare("DELETE FROM posting WHERE transaction_key = ?1")?;
    while let Some(row) = keys.next()? {
        forget.execute([row.get::<_, String>(0)?])?;
    }
    Ok(())
}

impl Table {
    /// Where its columns stand that the schema of that version has; none if a back-up holds no such table.
    fn known_columns(&self, old: &Connection) -> Result<Option<Vec<usize>>, StoreError> {
        let is_held = HELD.iter().any(|held| held.table == self.name);
        if !is_held || !tables::names(old)?.contains(&self.name) {
            return Ok(None);
        }
        let shape = Shape::of(old, &self.name)?.columns;
        let known = self.columns.iter().enumerate().filter(|(_, column)| shape.contains(column));
        Ok(Some(known.map(|(at, _)| at).collect()))
    }
}

impl Held {
    /// Opens a row's sealed cells under one seal and seals them under the other; false if one does not open.
    fn seal_anew(
        &self,
        columns: &[String],
        row: &mut [Value],
        (from, to): (&Seal, &Seal),
        entropy: &dyn Entropy,
    ) -> bool {
        let at = |name: &str| columns.iter().position(|column| column == name);
        let text = |cell: Option<&Value>| match cell {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        // A setting says itself whether it is.
        if at("sealed").is_some_and(|at| row.get(at) != Some(&Value::Integer(1))) {
            return true;
        }
        let id = text(at(self.id).and_then(|at| row.get(at)));
        self.sealed.iter().all(|(column, ending)| {
            let Some(Value::Blob(cell)) = at(column).and_then(|at| row.get_mut(at)) else { return false };
            let place = format!("{id}{ending}");
            let plain = from.open(self.table, &place, cell).map(Zeroizing::new);
            let anew = plain.map(|plain| to.seal(self.table, &place, &plain, random(entropy)));
            anew.map(|anew| *cell = anew).is_some()
        })
    }
}

fn to_cbor(value: Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Integer(number) => Cbor::from(number),
        Value::Real(number) => Cbor::from(number),
        Value::Text(text) => Cbor::from(text),
        Value::Blob(bytes) => Cbor::from(bytes),
    }
}

fn from_cbor(value: &Cbor) -> Option<Value> {
    match value {
        Cbor::Null => Some(Value::Null),
        Cbor::Integer(number) => i64::try_from(*number).ok().map(Value::Integer),
        Cbor::Float(number) => Some(Value::Real(*number)),
        Cbor::Text(text) => Some(Value::Text(text.clone())),
        Cbor::Bytes(bytes) => Some(Value::Blob(bytes.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::store::Store;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn store(key: u8) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("wallet.db"), &[key; 32]).expect("a new wallet");
        (folder, store)
    }

    /// A wallet that holds a row of each kind, and secrets.
    fn lived() -> (tempfile::TempDir, Store) {
        let (folder, mut store) = store(1);
        store
            .change::<_, StoreError>(|records| {
                let cell = |table, place, text: &str| records.seal().seal(table, place, text.as_bytes(), [5; 24]);
                let card = (cell("card", "c1.number", "93120001"), cell("card", "c1.name", "Aru"));
                records.run(
                    "INSERT INTO card (id, number, name, category, balance, state, as_of_ms)
                     VALUES ('c1', ?1, ?2, 0, 5000, 'active', 7)",
                    card,
                )?;
                records.run(
                    "INSERT INTO kept VALUES ('k1', 'sample', 'place', 7, ?1)",
                    [cell("kept", "k1", "home")],
                )?;
                records.run(
                    "INSERT INTO top_up (key, card, provider, sum, state, asked_ms)
                     VALUES ('t1', ?1, 'kaspi', 50000, 'done', 7), ('t2', ?1, 'kaspi', 50000, 'asked', 7)",
                    [cell("top_up", "t1", "•••• 0001")],
                )?;
                records.sql().execute_batch(
                    "INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare,
                         tapped_ms, request, state)
                         VALUES ('p1', 'sample', '0547', '547', '30', 0, '{}', '[]', 10000, 7, x'01', 'pending');
                     INSERT INTO outbox (key, operation, method, path, body, sealed, due_ms)
                         VALUES ('p1', 'payment', 'POST', '/v1/payments', x'01', 0, 0);
                     INSERT INTO posting (transaction_key, at_ms, account, tiyn)
                         VALUES ('p0', 7, 'phone', -10000), ('p0', 7, 'fares', 10000),
                             ('v1', 7, 'phone', -30000), ('v1', 7, 'vouchers', 30000),
                             ('u1', 8, 'vouchers', -10000), ('u1', 8, 'fares', 10000);
                     INSERT INTO voucher (key, city, source, passengers, fare, rides, tapped_ms, request, state,
                         own, told) VALUES ('v1', 'sample', '{}', '[]', 10000, 3, 7, x'01', 'reserved', 1, '[]');",
                )?;
                records.set("city.chosen", &"sample")?;
                records.set("account.owner", &"a1")?;
                records.set("account.phone_key", &[2; 33].as_slice())?;
                records.set_sealed("account.session", &"a token", [6; 24])?;
                records.set_sealed("wallet.choices", &"by name", [7; 24])
            })
            .expect("written");
        (folder, store)
    }

    fn backed_up() -> (Vec<u8>, RecoveryCode) {
        static MADE: LazyLock<(Vec<u8>, RecoveryCode)> = LazyLock::new(|| {
            let (_folder, mut store) = lived();
            let entropy = SeededEntropy::new(3);
            let code = RecoveryCode::new(&entropy);
            let owner = Some("a1".to_owned());
            let seal = |records: &Records<'_>| BackUp::seal(records, &code, ("SMP", owner), 9, &entropy);
            (store.read::<_, StoreError>(seal).expect("sealed"), code)
        });
        MADE.clone()
    }

    fn one<T: rusqlite::types::FromSql>(records: &Records<'_>, sql: &str) -> T {
        records.row(sql, [], |row| row.get(0)).expect("a value")
    }

    #[test]
    fn history_cards_and_settings_come_back_under_another_key_and_nothing_else_does() {
        let (bytes, code) = backed_up();
        let back_up = BackUp::open(&bytes, &code).expect("it opens");
        assert_eq!(
            (back_up.made_ms, back_up.operator.as_str(), back_up.account.as_deref()),
            (9, "SMP", Some("a1"))
        );
        let (_folder, mut store) = store(2);
        store
            .change::<_, StoreError>(|records| {
                back_up.restore(records, &code, &SeededEntropy::new(4))?;
                // And once more: nothing is doubled.
                back_up.restore(records, &code, &SeededEntropy::new(5))?;
                let open = |table, place, sql| {
                    let cell: Vec<u8> = one(records, sql);
                    String::from_utf8(records.seal().open(table, place, &cell).expect("its key"))
                        .expect("text")
                };
                assert_eq!(open("card", "c1.number", "SELECT number FROM card"), "93120001");
                assert_eq!(open("card", "c1.name", "SELECT name FROM card"), "Aru");
                assert_eq!(open("kept", "k1", "SELECT what FROM kept"), "home");
                assert_eq!(open("top_up", "t1", "SELECT card FROM top_up"), "•••• 0001");
                assert_eq!(one::<String>(records, "SELECT state FROM payment"), "pending");
                assert_eq!(
                    one::<i64>(records, "SELECT sum(tiyn) FROM posting WHERE account = 'fares'"),
                    10_000
                );
                assert_eq!(one::<i64>(records, "SELECT count(*) FROM posting"), 2, "no voucher's money");
                for gone in ["outbox", "voucher"] {
                    assert_eq!(one::<i64>(records, &format!("SELECT count(*) FROM {gone}")), 0, "{gone}");
                }
                assert_eq!(records.setting::<String>("city.chosen")?.as_deref(), Some("sample"));
                assert_eq!(records.setting::<String>("wallet.choices")?.as_deref(), Some("by name"));
                assert_eq!(one::<i64>(records, "SELECT count(*) FROM setting"), 3, "no key and no token");
                Ok(())
            })
            .expect("restored");
    }

    #[test]
    fn what_is_there_already_stays() {
        let (bytes, code) = backed_up();
        let (_folder, mut store) = store(2);
        store
            .change::<_, StoreError>(|records| {
                records.set("city.chosen", &"almaty")?;
                records.run("INSERT INTO posting (transaction_key, at_ms, account, tiyn) VALUES ('p0', 8, 'phone', -1)", [])?;
                let booked = "INSERT INTO posting (transaction_key, at_ms, account, tiyn)
                              VALUES ('p0', 8, 'vouchers', 1)";
                records.run(booked, [])?;
                let back_up = BackUp::open(&bytes, &code).expect("it opens");
                back_up.restore(records, &code, &SeededEntropy::new(4))?;
                assert_eq!(records.setting::<String>("city.chosen")?.as_deref(), Some("almaty"));
                assert_eq!(one::<i64>(records, "SELECT tiyn FROM posting WHERE account = 'phone'"), -1);
                let whole = "SELECT sum(tiyn) FROM posting WHERE transaction_key = 'p0'";
                assert_eq!(one::<i64>(records, whole), 0, "nothing is mixed into a transaction");
                Ok(())
            })
            .expect("restored");
    }

    #[test]
    fn one_of_an_older_version_goes_through_its_migrations() {
        let (bytes, code) = backed_up();
        let mut back_up = BackUp::open(&bytes, &code).expect("it opens");
        back_up.schema = 1;
        for table in &mut back_up.tables {
            // Columns that came later, and names that no version has.
            for late in ["refund", "tapped_boot_ms", "boot_id", "form", "rest"] {
                if let Some(at) = table.columns.iter().position(|column| column == late) {
                    table.columns[at] = "key) VALUES (1); DROP TABLE ride; --".to_owned();
                }
            }
        }
        back_up.tables[0].rows.push(vec![Cbor::Bool(true)]);
        back_up.tables.push(Table {
            name: "outbox".into(),
            columns: vec!["key".into()],
            rows: vec![vec!["x".into()]],
        });
        let (_folder, mut store) = store(2);
        store
            .change::<_, StoreError>(|records| {
                back_up.restore(records, &code, &SeededEntropy::new(4))?;
                assert_eq!(one::<String>(records, "SELECT key FROM payment"), "p1");
                assert_eq!(one::<String>(records, "SELECT form FROM card"), "virtual");
                assert_eq!(one::<i64>(records, "SELECT count(*) FROM outbox"), 0);
                Ok(())
            })
            .expect("restored");
        back_up.schema = MIGRATIONS.len() as u32 + 1;
        let mut plain = Vec::new();
        ciborium::into_writer(&back_up, &mut plain).expect("CBOR");
        let later = [MAGIC.as_slice(), &code.seal().seal(PLACE.0, PLACE.1, &plain, [1; 24])].concat();
        assert_eq!(BackUp::open(&later, &code), Err(BackUpError::Newer));
    }

    #[test]
    fn a_recovery_code_that_is_mistyped_in_one_digit_or_two_is_told_from_another() {
        let code = RecoveryCode::new(&SeededEntropy::new(1));
        let shown = code.to_string();
        assert_eq!(shown.len(), 35);
        assert_eq!(RecoveryCode::read(&shown), Ok(code.clone()));
        assert_eq!(RecoveryCode::read(&shown.replace('-', " ")), Ok(code));
        let digits: Vec<u8> = shown.bytes().filter(u8::is_ascii_digit).collect();
        for at in 0..digits.len() {
            for digit in b'0'..=b'9' {
                let mut typed = digits.clone();
                typed[at] = digit;
                let read = RecoveryCode::read(&String::from_utf8_lossy(&typed));
                assert_eq!(read.is_ok(), digit == digits[at], "{at} {digit}");
            }
            if at > 0 && digits[at] != digits[at - 1] {
                let mut typed = digits.clone();
                typed.swap(at, at - 1);
                assert!(RecoveryCode::read(&String::from_utf8_lossy(&typed)).is_err());
            }
        }
        assert!(RecoveryCode::read("").is_err() && RecoveryCode::read(&shown[..34]).is_err());
    }

    proptest! {
        #[test]
        fn a_changed_byte_or_another_code_opens_nothing(at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<bool>()) {
            let (mut bytes, code) = backed_up();
            prop_assert_eq!(BackUp::open(&bytes, &RecoveryCode::new(&SeededEntropy::new(9))), Err(BackUpError::Unreadable));
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            if cut {
                bytes.truncate(at);
            }
            prop_assert_eq!(BackUp::open(&bytes, &code), Err(BackUpError::Unreadable));
        }

        #[test]
        fn every_new_code_is_read_again(seed in any::<u64>()) {
            let code = RecoveryCode::new(&SeededEntropy::new(seed));
            prop_assert_eq!(RecoveryCode::read(&code.to_string()), Ok(code));
        }
    }
}
