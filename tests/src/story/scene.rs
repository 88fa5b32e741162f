use super::{Authority, Story};
use crate::sandbox::data::{OperatorData, sample_operator};
use crate::sandbox::desk::{INSPECTOR_TOKEN, TERMINAL_TOKEN};
use crate::sandbox::faults::{Fault, FaultKind};
use crate::sandbox::serve::shuttle_city;
use crate::sandbox::{Sandbox, SandboxOptions};
use jol_core::clock::SimulatedClock;
use jol_core::money::Money;
use jol_core::operator::wire::RideAnswer;
use jol_core::text::Language;
use rusqlite::{Connection, OpenFlags, Params};
use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// 2026-09-16 14:00 in Atyrau, on a run that ends 40 minutes later at the latest.
pub const NOON_MS: i64 = 1_789_549_200_000;
/// The id of the sample city.
pub const CITY: &str = "sample";
/// The languages in which every sentence is looked for.
pub const LANGUAGES: [Language; 3] = Language::ALL;

/// The stage of a story: an operator with its books, everybody's clocks, a folder for what they keep.
pub struct Scene<'a> {
    /// Notes what happens.
    pub story: &'a Story,
    folder: TempDir,
    listen: SocketAddr,
    sandbox: RefCell<Option<Sandbox>>,
    authority: Option<Authority>,
    operator_clock: SimulatedClock,
    phone_clocks: RefCell<Vec<SimulatedClock>>,
    people: Cell<u64>,
}

impl<'a> Scene<'a> {
    /// An operator at work in the sample city, at noon.
    pub fn open(story: &'a Story) -> Scene<'a> {
        Scene::open_with(story, None, |_| ())
    }

    /// The same, with a certificate, or with something else in what it publishes.
    pub fn open_with(
        story: &'a Story,
        tls: Option<Arc<rustls::ServerConfig>>,
        change: impl FnOnce(&mut OperatorData),
    ) -> Scene<'a> {
        let scene = Scene::empty(story, None);
        scene.start(tls, change);
        scene
    }

    /// The same, with a certificate of this authority.
    pub fn open_secure(story: &'a Story, authority: &Authority) -> Scene<'a> {
        let scene = Scene::empty(story, Some(authority.clone()));
        scene.start(Some(authority.config.clone()), |_| ());
        scene
    }

    fn empty(story: &'a Story, authority: Option<Authority>) -> Scene<'a> {
        Scene {
            story,
            folder: tempfile::tempdir().expect("a folder"),
            listen: own_address(),
            sandbox: RefCell::new(None),
            authority,
            operator_clock: SimulatedClock::at(NOON_MS),
            phone_clocks: RefCell::default(),
            people: Cell::new(0),
        }
    }

    /// The operator comes back, over the same books.
    pub fn start(&self, tls: Option<Arc<rustls::ServerConfig>>, change: impl FnOnce(&mut OperatorData)) {
        let data = self.books_folder();
        std::fs::create_dir_all(&data).expect("a folder");
        let mut operator = sample_operator(vec![shuttle_city(&data).expect("a city")]);
        change(&mut operator);
        let sandbox = Sandbox::start(SandboxOptions {
            listen: self.listen,
            data,
            clock: self.operator_clock.clone().into(),
            seed: Some(self.story.seed()),
            operator,
            issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
            tls,
        });
        let sandbox = sandbox.expect("a sandbox");
        self.note("operator", format!("answers at {}", sandbox.base_url));
        *self.sandbox.borrow_mut() = Some(sandbox);
    }

    /// The operator is gone: nobody answers at its address.
    pub fn stop(&self) {
        if let Some(sandbox) = self.sandbox.borrow_mut().take() {
            sandbox.stop();
        }
        self.note("operator", "is gone");
    }

    /// The sandbox itself.
    ///
    /// # Panics
    /// While the operator is gone.
    pub fn sandbox<T>(&self, look: impl FnOnce(&Sandbox) -> T) -> T {
        look(self.sandbox.borrow().as_ref().expect("the operator is there"))
    }

    /// Notes a step.
    pub fn note(&self, who: &'static str, said: impl Into<String>) {
        self.story.note(who, said);
    }

    /// Time passes, for everybody.
    pub fn pass_ms(&self, ms: i64) {
        self.operator_clock.advance_ms(ms);
        self.phone_clocks.borrow().iter().for_each(|clock| clock.advance_ms(ms));
        self.note("clock", format!("{} s later", ms as f64 / 1_000.0));
    }

    /// The next calls of an operation go wrong.
    pub fn fault(&self, operation: &str, kind: FaultKind, times: u32) {
        self.note("operator", format!("the next {times} of {operation}: {kind:?}"));
        self.sandbox(|sandbox| {
            sandbox.faults().add(Fault { operation: operation.to_owned(), kind, times });
        });
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.note("operator", "no more faults");
        self.sandbox(|sandbox| sandbox.faults().clear());
    }

    /// A folder of this name, for somebody's wallet.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the operator keeps its books and packs.
    pub fn books_folder(&self) -> PathBuf {
        self.folder("operator")
    }

    /// A clock of a phone: it shows the right time, until somebody sets it.
    pub(super) fn phone_clock(&self) -> SimulatedClock {
        let clock = SimulatedClock::at(jol_core::clock::Clock::wall_ms(&self.operator_clock));
        self.phone_clocks.borrow_mut().push(clock.clone());
        clock
    }

    /// Chance that nobody else in this story has.
    pub(super) fn next_seed(&self) -> u64 {
        self.people.set(self.people.get() + 1);
        self.story.seed().wrapping_mul(1_000).wrapping_add(self.people.get())
    }

    /// One value out of the operator's books, read beside the operator.
    pub fn books<T: rusqlite::types::FromSql>(&self, sql: &str, of: impl Params) -> T {
        let file = self.books_folder().join("operator.sqlite");
        let books = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the books");
        books.query_row(sql, of, |row| row.get(0)).expect(sql)
    }

    /// The rides that the operator's books hold for this number, oldest first.
    pub fn rides(&self, number: &str) -> Vec<RideAnswer> {
        let all: String = self.books(
            "SELECT json_group_array(json(answer)) FROM (SELECT answer FROM ride
             JOIN account ON account = payer WHERE recipient = ?1 ORDER BY paid_ms, ticket_index)",
            [number],
        );
        serde_json::from_str(&all).expect("the rides")
    }

    /// The one-time code that the operator sent there last.
    pub fn code_sent_to(&self, to: &str) -> String {
        let sql = "SELECT text FROM message WHERE recipient = ?1 ORDER BY message DESC LIMIT 1";
        let text: String = self.books(sql, [to]);
        text.chars().filter(char::is_ascii_digit).collect()
    }

    /// What the operator took for rides from whoever signed in with this, and how often.
    pub fn charged(&self, to: &str) -> (u32, Money) {
        let of = "FROM payment JOIN account ON account = payer WHERE recipient = ?1
             AND answer ->> '$.outcome.kind' = 'paid'";
        let count = self.books(&format!("SELECT count(*) {of}"), [to]);
        let sum =
            self.books(&format!("SELECT coalesce(sum(answer ->> '$.outcome.ride.fare'), 0) {of}"), [to]);
        (count, Money::tiyn(sum))
    }

    /// What this number's purse gave, less what came back to it, by double entry, whatever the payments say.
    pub fn gone_from_phone(&self, number: &str) -> Money {
        let sql = "SELECT coalesce(-sum(gain), 0) FROM posting JOIN entry USING (entry)
                   WHERE purse = 'phone:' || ?1 AND what <> 'opening'";
        Money::tiyn(self.books(sql, [number]))
    }

    /// Every entry of the operator's books balances, and no purse is overdrawn.
    ///
    /// # Panics
    /// If not.
    pub fn books_balance(&self) {
        assert_eq!(self.sandbox(|sandbox| sandbox.ledger_faults()).expect("the books"), Vec::<String>::new());
    }

    /// A call of the sandbox's own controls; answers its body.
    ///
    /// # Panics
    /// If there is no answer, or another status than 200.
    pub fn control(&self, method: &str, path: &str, body: &str) -> String {
        self.call(method, path, "", body)
    }

    /// A card is held to a bus's terminal; answers what the terminal shows.
    ///
    /// # Panics
    /// If the operator refuses it.
    pub fn tap(&self, vehicle: &str, card: &str) -> String {
        let at_ms = jol_core::clock::Clock::wall_ms(&self.operator_clock);
        let headers = format!(
            "authorization: Bearer {TERMINAL_TOKEN}\r\nidempotency-key: tap-{}\r\n",
            self.next_seed()
        );
        let body = format!(r#"{{"vehicle":"{vehicle}","card":"{card}","at_ms":{at_ms}}}"#);
        self.call("POST", "/v1/taps", &headers, &body)
    }

    /// Something is held to a bus's terminal, by these members of the report (`"vehicle":"0547","code":"…"`);
    /// answers what the terminal shows, or the problem's code.
    pub fn try_tap(&self, what: &str) -> Result<String, String> {
        let at_ms = jol_core::clock::Clock::wall_ms(&self.operator_clock);
        let headers = format!(
            "authorization: Bearer {TERMINAL_TOKEN}\r\nidempotency-key: tap-{}\r\n",
            self.next_seed()
        );
        let (head, said) = self.send("POST", "/v1/taps", &headers, &format!(r#"{{{what},"at_ms":{at_ms}}}"#));
        if head.starts_with("HTTP/1.1 200") {
            return Ok(said);
        }
        let problem: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or("none").to_owned();
        self.note("operator", format!("a terminal hears {code}"));
        Err(code)
    }

    /// The register of a bus as the operator gives it to an inspector now.
    ///
    /// # Panics
    /// If the operator refuses it.
    pub fn register(&self, bus: &str) -> String {
        let headers = format!("authorization: Bearer {INSPECTOR_TOKEN}\r\n");
        self.call("GET", &format!("/v1/vehicles/{bus}/register"), &headers, "")
    }

    /// The operator's statistics, as it gives them to its staff now.
    ///
    /// # Panics
    /// If the operator refuses it.
    pub fn statistics(&self, from: &str, until: &str, by: &str) -> String {
        let headers = format!("authorization: Bearer {INSPECTOR_TOKEN}\r\n");
        self.call("GET", &format!("/v1/statistics?from={from}&until={until}&by={by}"), &headers, "")
    }

    pub(super) fn call(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let (head, said) = self.send(method, path, headers, body);
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {head} {said}");
        self.note("operator", format!("{method} {path} {body}"));
        said
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> (String, String) {
        let stream = TcpStream::connect(self.listen).expect("the operator is there");
        match &self.authority {
            Some(authority) => exchange(authority.speak(stream), method, path, headers, body),
            None => exchange(stream, method, path, headers, body),
        }
    }
}

fn exchange(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: operator\r\nconnection: close\r\n{headers}\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, said) = answer.split_once("\r\n\r\n").expect("a whole answer");
    (head.to_owned(), said.to_owned())
}

/// A port that no other scene has, so that phones find their operator again after it was gone. It lies
/// below those that systems give to whoever asks for any: nobody takes it meanwhile.
fn own_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const PORTS: std::ops::Range<u32> = 10_000..32_000;
    for _ in PORTS {
        let nth = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = (PORTS.start + nth % (PORTS.end - PORTS.start)) as u16;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port is free");
}

/// Copies the files of a folder, as they lie on the disk in this moment.
///
/// # Panics
/// If they cannot be copied.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("its type").is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}
