//! A passenger, a phone on a [`Disk`] and an operator, all in this process; and every moment at which the phone
//! may die.

use super::disk::{Disk, Files, Gone, Way};
use super::vfs::{Mount, mount, set_chance};
use jol_core::VERSION;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::entropy::SeededEntropy;
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry};
use jol_core::operator::outbox::Operation;
use jol_core::store::seal::Seal;
use jol_core::text::Language;
use jol_core::ticket::SoftwareKey;
use jol_headless::sandbox::SandboxOptions;
use jol_headless::sandbox::data::{CityData, OperatorData, sample_operator};
use jol_headless::sandbox::in_process::InProcess;
use jol_headless::sandbox::serve::shuttle_city;
use jol_headless::story::NOON_MS;
use jol_headless::world::dice::Dice;
use rusqlite::Connection;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// The number that signs in; its balance holds 5 000 ₸.
pub(crate) const NUMBER: &str = "+77771234567";
/// The wallet's file, and its log.
pub(crate) const WALLET: &str = "wallet.db";
pub(crate) const WAL: &str = "wallet.db-wal";
const BOOKS: &str = "operator.sqlite";
pub(crate) const DATA_KEY: [u8; 32] = [7; 32];
/// More rounds of calls than any story needs.
const MOST_ROUNDS: u32 = 60;

/// How often chance decides what a flat battery leaves, for each cut: `tests/run long` says how often.
fn batteries() -> u64 {
    std::env::var("JOL_BATTERIES").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// What a passenger does, from whatever is there on; it ends early if the phone dies.
pub(crate) type Story = fn(&mut World) -> Result<(), Gone>;

/// Folders and a city, for one test.
pub(crate) struct Stage {
    folder: TempDir,
    city: CityData,
    /// Of an operator that never heard of anybody.
    books: Files,
    /// No other stage of this process has it.
    number: u64,
}

/// What lies on all disks between two lives, and what the passenger knows.
#[derive(Clone)]
pub(crate) struct Saved {
    pub(crate) phone: Files,
    pub(crate) operator: Files,
    now_ms: i64,
    /// How often the phone was started.
    boots: u32,
    /// How often the app was.
    lives: u64,
    pub(crate) known: Vec<Intent>,
}

/// An intent whose key came back: the passenger was told that it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Intent {
    Payment(String),
    TopUp(String),
    Reservation(String),
    Boarding(String),
    Refund(String),
    Purchase(String),
}

/// A life of the app, until it is killed or closed.
pub(crate) struct World {
    // In this order: a connection is closed while its folder lies on its disk.
    jol: Option<Jol>,
    desk: InProcess,
    _mounts: [Mount; 2],
    pub(crate) phone: Arc<Disk>,
    operator: Arc<Disk>,
    opening: Opening,
    pub(crate) clock: SimulatedClock,
    pub(crate) key: SoftwareKey,
    boots: u32,
    lives: u64,
    pub(crate) known: Vec<Intent>,
}

/// How many calls a story was cut in, and how many different disks that left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cuts {
    pub(crate) calls: u64,
    pub(crate) ends: usize,
}

impl Saved {
    fn fingerprint(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        (&self.phone, &self.operator, self.boots, self.lives, &self.known).hash(&mut hash);
        hash.finish()
    }
}

impl Stage {
    pub(crate) fn new() -> Stage {
        static STAGES: AtomicU64 = AtomicU64::new(0);
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["phone", "operator", "looked-at"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let city = shuttle_city(folder.path()).expect("a city");
        let number = STAGES.fetch_add(1, Ordering::SeqCst);
        let mut stage = Stage { folder, city, books: Files::new(), number };
        stage.books = stage.begin(&stage.nothing()).save().operator;
        stage
    }

    /// A phone on which the app was never started.
    pub(crate) fn nothing(&self) -> Saved {
        self.only(Files::new())
    }

    /// A phone with these files, and an operator that never heard of anybody.
    pub(crate) fn only(&self, phone: Files) -> Saved {
        let operator = self.books.clone();
        Saved { phone, operator, now_ms: NOON_MS, boots: 1, lives: 0, known: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Goes on from what is there.
    pub(crate) fn begin(&self, saved: &Saved) -> World {
        let (phone, operator) = (Arc::new(Disk::new(&saved.phone)), Arc::new(Disk::new(&saved.operator)));
        let mounts =
            [mount(&self.path("phone"), phone.clone()), mount(&self.path("operator"), operator.clone())];
        set_chance(self.number * 1_000 + saved.lives);
        let clock = SimulatedClock::at(NOON_MS);
        clock.advance_ms(saved.now_ms - NOON_MS);
        if saved.boots > 1 {
            clock.restart();
        }
        let desk = InProcess::open(SandboxOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: self.path("operator"),
            clock: clock.clone().into(),
            seed: Some(1),
            operator: sample_operator(vec![self.city.clone()]),
            issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
            tls: None,
        });
        let desk = desk.expect("an operator");
        let root = desk.root();
        let opening = Opening {
            folder: self.path("phone").display().to_string(),
            operator: OperatorEntry {
                code: root.issuer.to_string(),
                // The port of "discard": nobody answers there, and nobody is asked.
                address: "http://127.0.0.1:9".to_owned(),
                root_key: root.public_key.to_vec(),
                tls_root: None,
            },
            data_key: DATA_KEY.to_vec(),
            boot_id: format!("boot-{}", saved.boots),
            device_name: "a phone".to_owned(),
            language: Language::En,
            app_version: VERSION.to_owned(),
        };
        World {
            jol: None,
            desk,
            _mounts: mounts,
            phone,
            operator,
            opening,
            clock,
            key: SoftwareKey::from_seed([5; 32]),
            boots: saved.boots,
            lives: saved.lives,
            known: saved.known.clone(),
        }
    }

    /// Reads a database as it lies in these files, and leaves them alone.
    pub(crate) fn look<T>(
        &self,
        files: &Files,
        name: &str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> T {
        let _mount = mount(&self.path("looked-at"), Arc::new(Disk::new(files)));
        let file = self.path("looked-at").join(name);
        let connection = Connection::open(file).expect("a database");
        read(&connection).expect("a database that can be read")
    }

    /// The same of the phone's wallet.
    pub(crate) fn look_at_wallet<T>(
        &self,
        saved: &Saved,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> T {
        self.look(&saved.phone, WALLET, read)
    }

    /// The same of the operator's books.
    pub(crate) fn look_at_books<T>(
        &self,
        saved: &Saved,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> T {
        self.look(&saved.operator, BOOKS, read)
    }

    /// Tells a story again and again, each time with the power cut one call later, until it comes to its end;
    /// `check` is given what each cut leaves, in each of its ways.
    ///
    /// # Panics
    /// If `check` does, naming the call.
    pub(crate) fn every_cut(
        &self,
        name: &str,
        begin: &Saved,
        story: Story,
        mut check: impl FnMut(&Saved),
    ) -> Cuts {
        // Many cuts leave the same, such as those between two syncs of which nothing unsynced survives.
        let mut seen = HashSet::new();
        for nth in 1.. {
            let mut world = self.begin(begin);
            world.phone.cut_at(nth);
            let told = story(&mut world);
            world.close();
            if !world.phone.is_cut() {
                assert!(told.is_ok(), "{name}: ended early with the power on");
                let cuts = Cuts { calls: nth - 1, ends: seen.len() };
                println!("{name}: {} calls cut, {} different ends", cuts.calls, cuts.ends);
                return cuts;
            }
            let dead = world.phone.clone();
            let left = world.save();
            let flat = (1..=batteries()).map(|chance| (Way::Flat, chance));
            for (way, chance) in [(Way::Killed, 0), (Way::Lost, 0)].into_iter().chain(flat) {
                let phone = dead.after(way, &mut Dice::new(nth * 1_000 + chance, name));
                let boots = left.boots + u32::from(way != Way::Killed);
                let left = Saved { phone, boots, ..left.clone() };
                if seen.insert(left.fingerprint()) {
                    let _naming = Naming(format!("{name}, cut in call {nth}, {way:?} {chance}"));
                    check(&left);
                }
            }
        }
        unreachable!("a story ends")
    }
}

/// Says where it was when a check fails.
struct Naming(String);

impl Drop for Naming {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.0);
        }
    }
}

impl World {
    /// Starts the app, unless it runs.
    pub(crate) fn start(&mut self) -> Result<(), Gone> {
        if self.jol.is_none() {
            self.lives += 1;
            let entropy = Arc::new(SeededEntropy::new(self.lives));
            let jol = Jol::open_unlinked(self.opening.clone(), Arc::new(self.clock.clone()), entropy);
            self.jol = Some(self.told(jol)?);
        }
        Ok(())
    }

    /// The app, which runs.
    pub(crate) fn jol(&self) -> &Jol {
        self.jol.as_ref().expect("the app runs")
    }

    /// What the app said. It may fail only when the phone dies.
    pub(crate) fn told<T>(&self, said: Result<T, JolError>) -> Result<T, Gone> {
        said.map_err(|error| {
            assert!(self.phone.is_cut(), "with the power on: {error:?}");
            Gone
        })
    }

    /// The digits that the operator sent last.
    pub(crate) fn code_sent(&self) -> String {
        self.desk.last_code(NUMBER).expect("a code was sent")
    }

    /// Carries what is due of these operations, and what follows of it.
    pub(crate) fn carry(&self, operations: &[Operation]) -> Result<(), Gone> {
        self.carry_those(|operation| operations.contains(&operation))
    }

    /// Carries everything until nothing waits, but for the city's pack, on which no money hangs.
    pub(crate) fn settle(&self) -> Result<(), Gone> {
        self.carry_those(|operation| operation != Operation::Pack)
    }

    fn carry_those(&self, wanted: impl Fn(Operation) -> bool) -> Result<(), Gone> {
        for _ in 0..MOST_ROUNDS {
            let mut calls = self.jol().outbox_due();
            calls.retain(|call| wanted(call.operation));
            if calls.is_empty() && !self.phone.is_cut() {
                let Some(due_ms) = self.jol().outbox_next_due_ms() else { return Ok(()) };
                self.clock.advance_ms(due_ms - self.clock.boot_ms());
            }
            for call in calls {
                self.alive()?;
                let carried = self.desk.carry(&call);
                self.jol().outbox_deliver(&call, carried);
            }
            self.alive()?;
        }
        panic!("something waits for ever: {:?}", self.jol().outbox_due());
    }

    fn alive(&self) -> Result<(), Gone> {
        if self.phone.is_cut() { Err(Gone) } else { Ok(()) }
    }

    /// Closes the app.
    pub(crate) fn close(&mut self) {
        if let Some(jol) = self.jol.take() {
            jol.close();
        }
    }

    /// What is there now. An app that runs was killed: nothing of it is closed before.
    pub(crate) fn save(self) -> Saved {
        let World { jol, desk, phone, operator, clock, boots, lives, known, .. } = self;
        let files = phone.files();
        drop(jol);
        assert_eq!(desk.ledger_faults().expect("the books"), Vec::<String>::new());
        drop(desk);
        Saved { phone: files, operator: operator.files(), now_ms: clock.wall_ms(), boots, lives, known }
    }
}

/// Asserts that the wallet that a cut left is whole: SQLite finds nothing wrong, and each sealed cell opens.
///
/// # Panics
/// If not.
pub(crate) fn is_whole(stage: &Stage, saved: &Saved) {
    let seal = Seal::new(&DATA_KEY);
    stage.look_at_wallet(saved, |wallet| {
        let verdict: String = wallet.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        assert_eq!(verdict, "ok");
        for (table, place, cell, of) in SEALED {
            let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
            if wallet.query_row(tables, [table], |row| row.get::<_, u32>(0))? == 0 {
                continue;
            }
            let sql = format!("SELECT {place}, {cell} FROM {table} WHERE {of}");
            let mut statement = wallet.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (place, cell): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
                assert!(seal.open(table, &place, &cell).is_some(), "{table} {place} is half a cell");
            }
        }
        Ok(())
    });
}

/// Where sealed cells lie: table, place, column, in which rows.
const SEALED: [(&str, &str, &str, &str); 6] = [
    ("setting", "name", "value", "sealed = 1"),
    ("outbox", "key", "body", "sealed = 1"),
    ("card", "id || '.number'", "number", "true"),
    ("card", "id || '.name'", "name", "true"),
    ("top_up", "key", "card", "true"),
    ("kept", "id", "what", "true"),
];
