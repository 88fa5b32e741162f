//! A damaged wallet is rebuilt from what can be read of it: no tap is lost with its answer, and what cannot be
//! read comes from the operator.

use jol_core::jol::Opening;
use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const PAGE: usize = 4_096;

/// Closes the app and takes its log into a copy of its file.
fn whole(aru: &Passenger<'_>) -> (PathBuf, Vec<u8>) {
    aru.jol.close();
    let file = Path::new(&aru.opening.folder).join("wallet.db");
    let copy = file.with_file_name("copy.db");
    for ending in ["", "-wal"] {
        let name = |name: &str| file.with_file_name(format!("{name}{ending}"));
        _ = std::fs::copy(name("wallet.db"), name("copy.db"));
    }
    let db = Connection::open(&copy).expect("the wallet");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("its log");
    drop(db);
    let bytes = std::fs::read(&copy).expect("the wallet");
    (copy, bytes)
}

/// A phone of its own whose wallet is this file.
fn with_wallet(aru: &Passenger<'_>, nth: usize, bytes: &[u8]) -> Opening {
    let folder = format!("{}-{nth}", aru.opening.folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(Path::new(&folder).join("wallet.db"), bytes).expect("written");
    Opening { folder, ..aru.opening.clone() }
}

/// The pages of a table or an index, by its root: those that only it needs.
fn root_of(file: &Path, name: &str) -> usize {
    let db = Connection::open(file).expect("the wallet");
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    db.query_row(sql, [name], |row| row.get::<_, i64>(0)).expect("a table") as usize
}

/// The tables and indices of a wallet.
fn names(file: &Path) -> Vec<String> {
    let db = Connection::open(file).expect("the wallet");
    let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE rootpage > 0").expect("a schema");
    names.query_map([], |row| row.get(0)).expect("names").flatten().collect()
}

#[test]
fn damaged_wallet() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        aru.was_charged(1, 100);
        // A second tap that the operator never answered: it is in the outbox.
        scene.fault("payments", FaultKind::DropRequest, 9_999);
        let key = aru.tap(&aru.quote("0548"));
        aru.settle();
        let (file, bytes) = whole(&aru);

        // One page after another is damaged: the tables that hold neither the tap nor its call.
        let (mut rebuilt, mut nth) = (0, 0);
        let names = names(&file);
        for name in &names {
            let page = root_of(&file, name);
            let mut damaged = bytes.clone();
            damaged[(page - 1) * PAGE..page * PAGE].fill(0xa5);
            nth += 1;
            let opening = with_wallet(&aru, nth, &damaged);
            // The damage is met at the start, or later: then the next start rebuilds.
            let mut told = None;
            for _ in 0..2 {
                let jol = scene.start_app(&opening, &aru.clock).expect("it opens");
                told = jol.rebuilt();
                _ = (jol.tickets(), jol.payments(), jol.card_views(), jol.top_ups(), jol.kept_places());
                _ = (jol.account(), jol.purchases(), jol.messages(), jol.drain(60_000));
                jol.close();
                if told.is_some() {
                    let known = jol.payments().expect("payments").into_iter().any(|one| one.key == key);
                    assert!(known, "{name}: the tap was lost");
                    break;
                }
            }
            rebuilt += u32::from(told.is_some());
        }
        assert!(rebuilt > 10, "only {rebuilt} of {} met their damage", names.len());

        // Where the payments themselves cannot be read, the call that waits holds all of it.
        let mut damaged = bytes.clone();
        let page = root_of(&file, "payment");
        damaged[(page - 1) * PAGE..page * PAGE].fill(0);
        let opening = with_wallet(&aru, 0, &damaged);
        let jol = scene.start_app(&opening, &aru.clock).expect("it opens");
        assert!(jol.rebuilt().is_some() || jol.payments().is_err());
        jol.close();
        drop(jol);
        aru.opening = opening;
        aru.jol = scene.start_app(&aru.opening, &aru.clock).expect("rebuilt");
        assert_eq!(aru.payment(&key).state, PaymentState::Pending);
        for language in LANGUAGES {
            aru.jol.set_language(language);
            assert!(aru.jol.rebuilt().is_some_and(|text| !text.starts_with("wallet-")));
        }
        // Whoever was signed in still is, and the answer comes: paid once.
        scene.heal();
        // What was under way then is lost, and goes once more.
        aru.settle();
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        assert_eq!(scene.charged(&aru.number).0, 2);
        assert_eq!(aru.jol.tickets().expect("tickets").len(), 2);

        // Nothing can be read any more. What was there is kept, and a new wallet begins.
        let (_, bytes) = whole(&aru);
        let mut overwritten = bytes.clone();
        overwritten[..PAGE].fill(0x5a);
        let not_a_wallet = b"<html>a captive portal's page</html>".repeat(200);
        let mut opening = aru.opening.clone();
        for damaged in [overwritten, bytes[..100].to_vec(), not_a_wallet] {
            nth += 1;
            opening = with_wallet(&aru, nth, &damaged);
            let jol = scene.start_app(&opening, &aru.clock).expect("a new wallet");
            assert!(jol.rebuilt().is_some() && jol.payments().is_ok_and(|known| known.is_empty()));
            jol.close();
            let kept = std::fs::read_dir(&opening.folder).expect("the folder").any(|entry| {
                let path = entry.expect("an entry").path();
                path.to_string_lossy().contains("damaged-")
                    && std::fs::read(path).is_ok_and(|one| one == damaged)
            });
            assert!(kept, "what was there is still there");
        }

        // The operator tells it of the rides.
        let again = scene.newcomer_with(&aru.number, opening);
        assert_eq!(again.jol.rebuilt(), None, "that is told once");
        again.sign_up();
        assert_eq!(again.jol.tickets().expect("tickets").len(), 2);
        assert!(again.quote("0547").paid_by.is_some(), "and it is not paid again");
        assert_eq!(scene.charged(&again.number).0, 2);
    });
}
