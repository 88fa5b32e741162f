//! An operator to talk to: what a city's operator would run, small but whole, on loopback.
//!
//! | file | what for |
//! |---|---|
//! | `rules/` | what is decided, pure: the ride rule, declines, top-ups, taps |
//! | `desk/` | each operation: who asks, what a rule wants to know, what is stored and signed |
//! | `ledger.rs` | one SQLite file: double entry |
//! | `books.rs`, `ride_rows.rs`, `staff_rows.rs`, `voucher_rows.rs`, `till_rows.rs` | the rows beside it |
//! | `keys.rs` | the operator's keys and what they sign |
//! | `http.rs`, `listener.rs` | HTTP and TLS, mapped to the desk |
//! | `in_process.rs` | the same desk for a phone in this process, without a network |
//! | `controls.rs`, `faults.rs`, `time.rs` | what a test moves: time, bank, office, depot, faults |
//! | `data.rs` | the sample operator |
//! | `fleet.rs` | where its buses are, which somebody else says |
//! | `town.rs` | a whole city to serve: pack, buses, rules |
//! | `serve.rs`, `shuttle.rs` | `jol operator`, and the smallest city for tests |
//!
//! It does not drive its buses, draw, or build city packs. Its contract is
//! `core/contract/operator.openapi.yaml`, which holds what `/v1` serves and no more. The ideas come
//! from OSDM and CAMARA (shape), RFC 9457 (problems), the IETF's draft on the Idempotency-Key header,
//! and TigerBeetle (money only as entries that balance).

pub mod books;
mod controls;
pub mod data;
pub mod desk;
pub mod faults;
pub mod fleet;
mod http;
pub mod in_process;
pub mod keys;
pub mod ledger;
mod listener;
pub mod ride_rows;
pub mod rules;
pub mod serve;
mod shuttle;
pub mod staff_rows;
pub mod till_rows;
pub mod time;
pub mod town;
mod voucher_rows;

pub use shuttle::pack_of;

use axum::body::Bytes;
use data::{CityData, OperatorData};
use desk::{Desk, Pack};
use http::Shared;
use jol_core::entropy::{Entropy, SeededEntropy, SystemEntropy};
use jol_core::operator::wire::{Base64, PackSummary};
use jol_core::ticket::{Issuer, Root, StickerKind};
use keys::OperatorKeys;
use ledger::{Ledger, LedgerError};
use listener::{Door, Scissors};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use time::OperatorClock;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The host in the codes that hang in the sandbox's buses.
const STICKER_HOST: &str = "jol.sample.invalid";

/// What a sandbox is started with.
pub struct SandboxOptions {
    /// Where it listens; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Where it keeps its books; made if it is not there.
    pub data: PathBuf,
    /// Its clock.
    pub clock: OperatorClock,
    /// Makes its keys, ids and codes the same each time; without one they come from the system. A
    /// restart over the same books goes on with other ids, and the same keys.
    pub seed: Option<u64>,
    /// What it publishes.
    pub operator: OperatorData,
    /// The operator's code in tickets: three of `A`–`Z` and `0`–`9`.
    pub issuer: String,
    /// Its certificate, to speak TLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The city cannot be made.
    #[error(transparent)]
    Town(#[from] town::TownError),
    /// A folder, a pack or a port.
    #[error("{what}: {source}")]
    Io {
        /// Which one.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its books.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The code in tickets is not three of `A`–`Z` and `0`–`9`.
    #[error("an issuer is three of A-Z and 0-9, not {0:?}")]
    Issuer(String),
    /// A pack's hash cannot be signed.
    #[error("a city pack cannot be signed: {0}")]
    Unsigned(#[from] jol_core::ticket::TicketError),
}

/// How long a sandbox that stops waits at most for what it is doing.
const CLOSING: Duration = Duration::from_secs(10);

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    /// Where it listens.
    pub address: SocketAddr,
    /// What its paths are behind: `http://127.0.0.1:PORT`, `https` with TLS.
    pub base_url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts an operator on threads of its own; it answers when this returns. Takes as long as
    /// reading the city packs.
    ///
    /// # Errors
    /// [`StartError`] names what could not be used.
    pub fn start(options: SandboxOptions) -> Result<Sandbox, StartError> {
        let (listen, tls) = (options.listen, options.tls.clone());
        let io = |what: String| move |source| StartError::Io { what, source };
        // Bound here, so that a port that is taken is told to the caller, who may be asynchronous.
        let unbound = io(listen.to_string());
        let listener = std::net::TcpListener::bind(listen).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = listener.map_err(unbound)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let base_url = format!("{scheme}://{address}");
        let desk = open_desk(options, base_url.clone())?;
        let shared = Arc::new(Shared { desk, faults: Default::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("operator")
            .enable_all()
            .build()
            .map_err(io("threads".to_owned()))?;
        let app = http::router(shared.clone()).into_make_service_with_connect_info::<Scissors>();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let door = TcpListener::from_std(listener).and_then(|door| Door::open(door, tls));
                let Ok(door) = door else { return };
                tokio::select! {
                    _ = axum::serve(door, app) => {}
                    _ = stopped => {}
                }
            });
            // Only when every connection and the port are given up is it gone.
            runtime.shutdown_timeout(CLOSING);
        });
        Ok(Sandbox { address, base_url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// What the app's list of operators says of this one.
    pub fn root(&self) -> Root {
        self.shared.desk.keys.root()
    }

    /// Its clock.
    pub fn clock(&self) -> &OperatorClock {
        &self.shared.desk.clock
    }

    /// The faults that are to come.
    pub fn faults(&self) -> &faults::Faults {
        &self.shared.faults
    }

    /// The digits of the last message that was sent to a number or address: the one-time code.
    pub fn last_code(&self, to: &str) -> Option<String> {
        self.shared.desk.last_code(to)
    }

    /// The bank's word about a top-up, or about a card that is being linked; false if it knows of none.
    pub fn bank_says(&self, id: &str, paid: bool) -> bool {
        self.shared.desk.bank_says(id, paid).unwrap_or(false)
    }

    /// What is wrong with its ledger; nothing, as long as it balances.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn ledger_faults(&self) -> Result<Vec<String>, LedgerError> {
        Ok(self.shared.desk.lock().faults()?)
    }

    /// The text of the code that hangs in a bus.
    ///
    /// # Errors
    /// If the bus's number is too long for a code.
    pub fn bus_code(&self, vehicle: &str) -> Result<String, StartError> {
        self.sticker(StickerKind::Bus, vehicle)
    }

    /// The text of the code that hangs in a bus or at a stop, or is printed on a card.
    ///
    /// # Errors
    /// If the operator's code is too long for one.
    pub fn sticker(&self, kind: StickerKind, code: &str) -> Result<String, StartError> {
        Ok(self.shared.desk.keys.sticker(kind, code, STICKER_HOST)?)
    }

    /// The text of the code that a bus's terminal shows now; none for a bus that there is not.
    pub fn terminal_code(&self, vehicle: &str) -> Option<String> {
        self.shared.desk.terminal_code(vehicle)
    }

    /// Stops it; its books stay.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// The desk of an operator, its books open and its packs read, without anything that listens.
pub(crate) fn open_desk(options: SandboxOptions, base_url: String) -> Result<Desk, StartError> {
    let io = |what: String| move |source| StartError::Io { what, source };
    std::fs::create_dir_all(&options.data).map_err(io(options.data.display().to_string()))?;
    let issuer = Issuer::new(&options.issuer).ok_or(StartError::Issuer(options.issuer))?;
    let mut ledger = Ledger::open(&options.data.join("operator.sqlite"))?;
    let books = ledger.begin().map_err(LedgerError::from)?;
    let entropy = chance(&books, options.seed).map_err(LedgerError::from)?;
    let keys = OperatorKeys::open(&books, issuer, &*entropy).map_err(LedgerError::from)?;
    books.commit().map_err(LedgerError::from)?;
    let read = |city: &CityData| {
        let pack = std::fs::read(&city.pack).map_err(io(city.pack.display().to_string()))?;
        packed(city, pack, &keys, options.clock.now_ms())
    };
    let packs = options.operator.cities.iter().map(read).collect::<Result<_, _>>()?;

    Ok(Desk {
        operator: options.operator,
        packs,
        keys,
        clock: options.clock,
        entropy,
        base_url,
        ledger: Mutex::new(ledger),
        is_without_tickets: AtomicBool::new(false),
    })
}

/// Chance by the seed and by how often these books were opened, so that no id is made twice.
fn chance(books: &ledger::Books<'_>, seed: Option<u64>) -> rusqlite::Result<Box<dyn Entropy>> {
    let Some(seed) = seed else { return Ok(Box::new(SystemEntropy)) };
    let before =
        books.secret("starts")?.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    books.put_secret("starts", &before.wrapping_add(1).to_le_bytes())?;
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] =
        Sha256::new().chain_update(seed.to_le_bytes()).chain_update(before.to_le_bytes()).finalize().into();
    Ok(Box::new(SeededEntropy::new(u64::from_le_bytes([a, b, c, d, e, f, g, h]))))
}

/// A city pack with what the list of cities says of it.
fn packed(city: &CityData, bytes: Vec<u8>, keys: &OperatorKeys, now_ms: i64) -> Result<Pack, StartError> {
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let summary = PackSummary {
        sha256: Base64(sha256.to_vec()),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        signature: Base64(keys.pack(&city.rules.city, &sha256, now_ms)?),
        first_day: city.first_day.clone(),
        last_day: city.last_day.clone(),
    };
    Ok(Pack { summary, bytes: Bytes::from(bytes) })
}

#[cfg(test)]
mod caller;
#[cfg(test)]
mod lives;
#[cfg(test)]
mod offline_lives;
#[cfg(test)]
mod staff_tests;
#[cfg(test)]
mod tests;
