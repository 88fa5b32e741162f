//! A wallet of every schema that an app was ever released with is opened by this one: the payment that waits, the
//! ticket, cards, history and settings are there.
//!
//! Each lies in `released/`, as SQL. Those of schemas 1 to 5, which were never in a shop, are this story's wallet
//! with what came later left out. After a new migration the newest is written by
//! `JOL_ACCEPT=1 tests/run scenario released`.

use jol_core::entropy::SeededEntropy;
use jol_core::jol::Jol;
use jol_core::pay::PaymentState;
use jol_core::travel::TravelQuery;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/released")
}

/// Tables that hold what the operator publishes, which is fetched anew.
const LEFT_OUT: [&str; 1] = ["document"];

/// A database as SQL that makes it again, its schema's number last.
fn dump(path: &Path) -> String {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("the wallet");
    let mut text = String::new();
    let mut schema =
        db.prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL").expect("a schema");
    let schema = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    let schema: Vec<(String, String, String)> = schema.map(|row| row.expect("a row")).collect();
    for (kind, name, sql) in &schema {
        writeln!(text, "{sql};").expect("memory");
        if kind != "table" || LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let mut rows = db.prepare(&format!("SELECT * FROM {name}")).expect("a table");
        let columns = rows.column_names().collect::<Vec<_>>().join(", ");
        let width = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells = (0..width).map(|at| match row.get(at).expect("a value") {
                Value::Null => "NULL".to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => number.to_string(),
                Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
                Value::Blob(bytes) => {
                    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                    format!("x'{hex}'")
                }
            });
            let cells = cells.collect::<Vec<_>>().join(", ");
            writeln!(text, "INSERT INTO {name} ({columns}) VALUES ({cells});").expect("memory");
        }
    }
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number");
    writeln!(text, "PRAGMA user_version = {version};").expect("memory");
    text
}

/// The tables and indices of a database, by name.
fn schema(path: &Path) -> Vec<(String, String)> {
    let db = Connection::open(path).expect("a wallet");
    let sql = "SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name";
    let mut rows = db.prepare(sql).expect("a schema");
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows").flatten().collect()
}

#[test]
fn released() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.jol.register_card(jol_core::wallet::Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0);
        aru.jol.top_up(&card.number, "app", jol_core::money::Money::tenge(300)).expect("asked");
        aru.settle();
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        aru.reserve(2);
        aru.settle();
        scene.fault("payments", FaultKind::DropRequest, 99);
        let key = aru.tap(&aru.quote("0548"));
        aru.settle();
        aru.jol.close();
        let wallet = Path::new(&aru.opening.folder).join("wallet.db");
        let newest = dump(&wallet);
        let number = newest.trim_end().rsplit(' ').next().expect("a number").trim_end_matches(';').to_owned();
        let accepted = folder().join(format!("{number}.sql"));
        if std::env::var_os("JOL_ACCEPT").is_some() {
            std::fs::create_dir_all(folder()).expect("a folder");
            std::fs::write(&accepted, &newest).expect("written");
        }
        assert!(accepted.exists(), "schema {number} is new: JOL_ACCEPT=1 tests/run scenario released");

        let mut names: Vec<PathBuf> = std::fs::read_dir(folder())
            .expect("a folder")
            .map(|entry| entry.expect("a file").path())
            .collect();
        names.sort();
        assert_eq!(names.len().to_string(), number, "one of each");
        for path in names {
            let opening = scene.opening(&format!("schema {}", path.file_stem().expect("a name").display()));
            let file = Path::new(&opening.folder).join("wallet.db");
            std::fs::create_dir_all(&opening.folder).expect("a folder");
            let sql = std::fs::read_to_string(&path).expect("a fixture");
            Connection::open(&file).expect("a file").execute_batch(&sql).expect("a wallet");
            let chance = Arc::new(SeededEntropy::new(story.seed()));
            let jol =
                Jol::open_unlinked(opening.clone(), Arc::new(aru.clock.clone()), chance).expect("it opens");
            // A fixture of another day names other rides; each holds one of each.
            let payments = jol.payments().expect("payments");
            assert_eq!(
                payments.iter().filter(|one| one.state == PaymentState::Pending).count(),
                1,
                "{path:?}"
            );
            assert_eq!(payments.len(), 2);
            assert!(jol.travel_details(&TravelQuery::default()).expect("a page").entries.len() >= 3);
            assert_eq!(jol.cards().expect("the cards")[0].name, "Aru");
            assert_eq!(jol.city().map(|_| ()), Ok(()));
            assert!(jol.ledger_is_balanced().expect("a ledger"));
            assert!(
                jol.outbox_due().iter().any(|call| call.post && call.path == "/v1/payments"),
                "it is sent"
            );
            jol.close();
            drop(jol);
            assert_eq!(schema(&file), schema(&wallet), "{path:?}: migrated, it is as a new one");
        }
        // The story goes on as it would have.
        scene.heal();
        let jol = scene.start_app(&aru.opening, &aru.clock).expect("it opens");
        jol.drain(60_000).expect("the outbox");
        assert!(matches!(jol.payment(&key).expect("known").state, PaymentState::Paid { .. }));
        assert!(jol.tickets().expect("tickets").iter().any(|ticket| ticket.ride == ride));
    });
}
