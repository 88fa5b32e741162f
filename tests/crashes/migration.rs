//! A wallet of every older schema is opened by today's app while the phone dies: it opens afterwards, and what was
//! in it is there once.

use super::disk::{Disk, Files, Gone};
use super::stage::{DATA_KEY, Saved, Stage, WALLET, World, is_whole};
use super::vfs::mount;
use jol_core::operator::outbox::Operation;
use jol_core::pay::PaymentState;
use jol_core::store::seal::Seal;
use jol_headless::story::{CITY, NOON_MS};
use rusqlite::{Connection, Result, params};
use std::path::Path;
use std::sync::Arc;

/// The intent that was not answered yet when the app was updated.
const KEY: &str = "00112233445566778899aabbccddeeff";
const REQUEST: &[u8] = br#"{"city":"sample","vehicle":"0547","fare":10000}"#;
const RIDE: &str = "0123456789abcdef";
const NAME: &str = "Әйгерім";

/// The migrations of the core, in order.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/store/sql");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the migrations").map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("SQL")).collect()
}

/// What an app of that schema left on the disk: closed, or killed with its log not moved into the wallet yet.
fn older(migrations: &[String], killed: bool) -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Arc::new(Disk::new(&Files::new()));
    let _mount = mount(folder.path(), disk.clone());
    let mut wallet = Connection::open(folder.path().join(WALLET)).expect("a wallet");
    write(&mut wallet, migrations).expect("written");
    if killed {
        return disk.files();
    }
    drop(wallet);
    disk.files()
}

fn write(wallet: &mut Connection, migrations: &[String]) -> Result<()> {
    wallet.pragma_update(None, "journal_mode", "WAL")?;
    for (version, sql) in (1_u32..).zip(migrations) {
        let tx = wallet.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    // All of this is in the first schema.
    if migrations.is_empty() {
        return Ok(());
    }
    let seal = Seal::new(&DATA_KEY);
    let cell = |column: &str, text: &str| {
        seal.seal("card", &format!("c1.{column}"), text.as_bytes(), [text.len() as u8; 24])
    };
    let passengers = r#"[{"category":"standard","count":1}]"#;
    let source = r#"{"kind":"phone_balance"}"#;
    let tx = wallet.transaction()?;
    tx.execute(
        "INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request,
             state)
         VALUES (?1, ?2, '0547', '547', '5', 0, ?3, ?4, 10000, ?5, ?6, 'pending')",
        params![KEY, CITY, source, passengers, NOON_MS - 1_000, REQUEST],
    )?;
    tx.execute(
        "INSERT INTO outbox (key, operation, method, path, body, sealed, due_ms)
         VALUES (?1, 'payment', 'POST', '/v1/payments', ?2, 0, 0)",
        params![KEY, REQUEST],
    )?;
    tx.execute(
        "INSERT INTO ride (ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare, paid_ms,
             boarding_stop, terminus, state, ends_ms, ticket, continues_on)
         VALUES (?1, 'k', ?2, '0548', '548', '', '5', 0, ?3, ?4, 10000, ?5, NULL, 'East', 'ended', ?5, x'00', '[]')",
        params![RIDE, CITY, source, passengers, NOON_MS - 86_400_000],
    )?;
    tx.execute(
        "INSERT INTO card (id, number, name, category, balance, state, valid_until, as_of_ms)
         VALUES ('c1', ?1, ?2, 0, 0, 'active', NULL, 0)",
        params![cell("number", "9643000000000001"), cell("name", NAME)],
    )?;
    tx.execute("INSERT INTO setting (name, value) VALUES ('city', ?1)", [format!("\"{CITY}\"").as_bytes()])?;
    // Who is signed in: without that, what is unanswered would wait for somebody to be.
    let session = seal.seal("setting", "account.session", br#"{"token":"t","nonce":[]}"#, [1; 24]);
    tx.execute("INSERT INTO setting (name, sealed, value) VALUES ('account.session', 1, ?1)", [session])?;
    tx.commit()
}

fn open(world: &mut World) -> Result<(), Gone> {
    world.start()
}

/// Asserts that today's app opens it, and that everything is there once.
fn is_all_there(stage: &Stage, left: &Saved, was_filled: bool, newest: &Schema) {
    is_whole(stage, left);
    let mut world = stage.begin(left);
    world.start().expect("power");
    let jol = world.jol();
    let mut due = jol.outbox_due();
    due.retain(|call| call.operation == Operation::Payment);
    let payments = jol.payments().expect("the payments");
    let cards = jol.cards().expect("the cards");
    if was_filled {
        assert_eq!((due.len(), due[0].key.as_str(), due[0].body.as_slice()), (1, KEY, REQUEST));
        assert_eq!((payments.len(), payments[0].key.as_str()), (1, KEY));
        assert_eq!(payments[0].state, PaymentState::Pending);
        assert!(jol.ticket(RIDE).is_ok(), "the ride of yesterday");
        assert_eq!((cards.len(), cards[0].name.as_str()), (1, NAME));
    } else {
        assert!(due.is_empty() && payments.is_empty() && cards.is_empty());
    }
    let saved = world.save();
    stage.look_at_wallet(&saved, |wallet| {
        let setting = "SELECT count(*) FROM setting WHERE name = 'city'";
        let count: u32 = wallet.query_row(setting, [], |row| row.get(0))?;
        assert_eq!(count, u32::from(was_filled));
        assert_eq!(schema(wallet)?, *newest, "as in the wallet of somebody who installs today");
        Ok(())
    });
}

type Schema = (u32, Vec<(String, Option<String>)>);

/// Its version, and what SQLite makes of it.
fn schema(wallet: &Connection) -> Result<Schema> {
    let version = wallet.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut rows = wallet.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    Ok((version, rows))
}

#[test]
fn no_cut_breaks_a_migration_or_loses_what_was_in_the_wallet() {
    let stage = Stage::new();
    let mut new = stage.begin(&stage.nothing());
    new.start().expect("power");
    let newest = stage.look_at_wallet(&new.save(), schema);
    let migrations = migrations();
    for version in 0..migrations.len() {
        // Of the first one nothing lies in the log.
        for killed in [false, true].into_iter().take(1 + version.min(1)) {
            let phone = older(&migrations[..version], killed);
            let begin = stage.only(phone);
            let name = format!("from schema {version}, {}", if killed { "killed" } else { "closed" });
            stage.every_cut(&name, &begin, open, |left| {
                is_all_there(&stage, left, version > 0, &newest);
            });
        }
    }
}
