//! `Jol`: one method for each thing a passenger does; the only lock.
//!
//! Each method locks, reads, decides, writes the state and the outbox row in one transaction, and
//! unlocks. The lock covers memory and SQLite only; scanning, planning and checking run outside it.
//! Methods that can take more than 5 ms say so. Nobody is called back: a shell that wants to hear of
//! changes awaits [`Jol::next_change`] and reads anew.

mod account;
mod answers;
mod back_up;
mod bank_cards;
mod browse;
mod cards;
mod city;
mod detect;
mod error;
mod eye;
mod follow;
mod get_off;
mod handover;
mod inspection;
mod intents;
mod journeys;
mod kept;
mod live;
mod messages;
mod nfc;
mod pay;
mod phones;
mod refund;
mod scan;
mod terminals;
mod tickets;
mod till;
mod travel;
mod unanswered;
mod vouchers;
mod wallet;

#[cfg(test)]
mod secrets;

pub use back_up::Restored;
pub use browse::NearStop;
pub use cards::CardAccount;
pub use city::{CityState, FetchProgress};
pub use error::JolError;
pub use eye::EyeView;
pub use follow::NoticesOf;
pub use get_off::GetOffView;
pub use handover::SentTicket;
pub use inspection::Staff;
pub(crate) use inspection::{Kept, name_of};
pub use intents::PendingView;
pub use journeys::FoundPlace;
pub use messages::{MessageView, OutgoingMessage, ReplyReading, ReplyView};
pub use nfc::NfcStep;
pub use scan::{CodeCheck, Corner, ScannedCode};
pub use tickets::{PassengerWords, TicketPlace, TicketView, ToSign};
pub use travel::ReceiptDetails;
pub use vouchers::{OfflineRides, ReservedRides, ReservedStanding};

use self::journeys::{Planner, ZonesOf};
use self::live::Feeds;
use crate::clock::{Anchor, Clock, SystemClock};
use crate::detect::{Detector, Sampling};
use crate::entropy::{Entropy, SystemEntropy, random};
use crate::operator::outbox::{self, Call, Carried, NewCall, Operation};
use crate::pay::DeclineReason;
use crate::qr::Reader;
use crate::realtime::Live;
use crate::store::{Records, Store, StoreError};
use crate::text::Language;
use crate::ticket::{Issuer, Root, TrustedKeys};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// The wallet's file in its folder.
const WALLET: &str = "wallet.db";

/// An entry of the app's list of operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorEntry {
    /// The operator's code, three of `A`–`Z` and `0`–`9`, as its keys name it.
    pub code: String,
    /// The operator's address: HTTPS, or HTTP on this machine.
    pub address: String,
    /// Its root key (Ed25519, 32 bytes), kept offline: it signs the list of its keys.
    pub root_key: Vec<u8>,
    /// The one root certificate (DER) that its TLS hangs on; without it, the roots of the web.
    pub tls_root: Option<Vec<u8>>,
}

/// What a shell passes to open a wallet.
#[derive(Clone)]
pub struct Opening {
    /// The folder of the wallet; made if there is none.
    pub folder: String,
    /// Which operator.
    pub operator: OperatorEntry,
    /// The wallet's data key, 32 bytes, unwrapped by the phone's hardware.
    pub data_key: Vec<u8>,
    /// Which start of the phone this is: `boot_id` on Linux and Android, the boot time on Apple's.
    pub boot_id: String,
    /// What the passenger will recognise this phone by.
    pub device_name: String,
    /// The language to begin with.
    pub language: Language,
    /// The version of the app.
    pub app_version: String,
}

/// Without the data key.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Opening { folder, operator, data_key: _, boot_id, device_name, language, app_version } = self;
        f.debug_struct("Opening")
            .field("folder", folder)
            .field("operator", operator)
            .field("boot_id", boot_id)
            .field("device_name", device_name)
            .field("language", language)
            .field("app_version", app_version)
            .finish_non_exhaustive()
    }
}

/// The passenger's side of Jol: a wallet's file, a city, and a link to an operator.
pub struct Jol {
    shared: Arc<Shared>,
    /// Its own lock: looking at a frame may take 40 ms.
    reader: Mutex<Reader>,
    /// Likewise, with the pack that it has prepared days of.
    planner: Mutex<Option<Planner>>,
    zones: Mutex<Option<ZonesOf>>,
    /// Likewise: what the reader is told that the phone is held to.
    nfc: Mutex<nfc::Reading>,
    #[cfg(feature = "link")]
    link: Mutex<Option<crate::operator::link::Link>>,
}

/// What the methods and the link share.
pub(crate) struct Shared {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    opening: Opening,
    root: Root,
    state: Mutex<State>,
    /// Damage was met: nothing is carried any more, for its answer could not be kept.
    is_damaged: AtomicBool,
    /// Signalled when a call was carried.
    carried: Condvar,
    changes: watch::Sender<u64>,
}

/// What the lock covers.
pub(crate) struct State {
    store: Store,
    keys: Option<TrustedKeys>,
    city: Option<city::OpenCity>,
    fetching: Option<FetchProgress>,
    live: Live,
    feeds: Feeds,
    detector: Detector,
    sampling: Sampling,
    language: Language,
    under_way: usize,
    closed: bool,
    /// How often another account's wallet took the place of the one that was open.
    wallet: u32,
    /// How many rows of a damaged file could be read at this start.
    rebuilt: Option<u64>,
}

impl Jol {
    /// Opens the wallet in its folder, or makes a new one, and starts the link.
    ///
    /// May take tens of milliseconds. A damaged wallet is set aside, under a name of its own, and rebuilt from
    /// what can be read of it ([`Jol::rebuilt`]). What was asked of the operator before and has no answer yet
    /// is asked again; so is what it holds for this account.
    pub fn open(opening: Opening) -> Result<Jol, JolError> {
        Jol::open_with(opening, Arc::new(SystemClock), Arc::new(SystemEntropy), true)
    }

    /// As [`Jol::open`], with a clock and chance that a test holds in its hand.
    #[cfg(feature = "simulated")]
    pub fn open_simulated(
        opening: Opening,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Jol, JolError> {
        Jol::open_with(opening, clock, entropy, true)
    }

    /// As [`Jol::open_simulated`], without a link: whoever holds it carries its calls
    /// ([`Jol::outbox_due`], [`Jol::outbox_deliver`]).
    #[cfg(feature = "simulated")]
    pub fn open_unlinked(
        opening: Opening,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Jol, JolError> {
        Jol::open_with(opening, clock, entropy, false)
    }

    fn open_with(
        mut opening: Opening,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        linked: bool,
    ) -> Result<Jol, JolError> {
        // The store holds the only copy from here on.
        let data_key = Zeroizing::new(std::mem::take(&mut opening.data_key));
        let file = PathBuf::from(&opening.folder).join(WALLET);
        let now_ms = clock.wall_ms();
        let is_damaged = |error: &JolError| matches!(error, JolError::Storage { what } if what == "damaged");
        let open = || Jol::try_open(opening.clone(), &data_key, clock.clone(), entropy.clone(), linked);
        let rebuild = || {
            let rows = crate::store::rebuild(&file, now_ms);
            let jol = open()?;
            jol.shared.was_rebuilt(rows)?;
            Ok(jol)
        };
        if crate::store::is_damaged(&file) {
            return rebuild();
        }
        open().or_else(|error| if is_damaged(&error) { rebuild() } else { Err(error) })
    }

    fn try_open(
        opening: Opening,
        data_key: &[u8],
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        linked: bool,
    ) -> Result<Jol, JolError> {
        let folder = PathBuf::from(&opening.folder);
        std::fs::create_dir_all(folder.join("cities"))
            .map_err(|error| StoreError::Disk(error.to_string()))?;
        let data_key: &[u8; 32] =
            data_key.try_into().map_err(|_| JolError::internal("the data key has 32 bytes"))?;
        let root = <[u8; 32]>::try_from(opening.operator.root_key.as_slice())
            .ok()
            .zip(Issuer::new(&opening.operator.code))
            .map(|(public_key, issuer)| Root { issuer, public_key })
            .ok_or_else(|| JolError::internal("the operator's code or root key"))?;
        let store = Store::open(&folder.join(WALLET), data_key)?;
        let (changes, _) = watch::channel(0);
        let language = opening.language;
        let shared = Arc::new(Shared {
            clock,
            entropy,
            opening,
            root,
            state: Mutex::new(State {
                store,
                keys: None,
                city: None,
                fetching: None,
                live: Live::default(),
                feeds: Feeds::default(),
                detector: Detector::default(),
                sampling: Sampling::default(),
                language,
                under_way: 0,
                closed: false,
                wallet: 0,
                rebuilt: None,
            }),
            is_damaged: AtomicBool::new(false),
            carried: Condvar::new(),
            changes,
        });
        shared.start()?;
        #[cfg(feature = "link")]
        let link = Mutex::new(if linked { Some(shared.start_link()?) } else { None });
        #[cfg(not(feature = "link"))]
        let _ = linked;
        Ok(Jol {
            shared,
            reader: Mutex::new(Reader::new(Reader::BUDGET_MS)),
            planner: Mutex::default(),
            zones: Mutex::default(),
            nfc: Mutex::default(),
            #[cfg(feature = "link")]
            link,
        })
    }

    /// Ends the link and every wait. Methods that only read go on working.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.changed();
        self.shared.carried.notify_all();
        #[cfg(feature = "link")]
        drop(self.link.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The number of the present state; it counts up with each change.
    pub fn revision(&self) -> u64 {
        *self.shared.changes.borrow()
    }

    /// Waits until something changed after `after`, and answers the new revision. Ends at once, with
    /// the present revision, when the wallet is closed. Harmless to cancel.
    pub async fn next_change(&self, after: u64) -> u64 {
        let mut changes = self.shared.changes.subscribe();
        loop {
            let now = *changes.borrow_and_update();
            if now > after || self.shared.lock().closed || changes.changed().await.is_err() {
                return now;
            }
        }
    }

    /// The network is back or another one: everything that waits is tried at once.
    pub fn network_changed(&self) -> Result<(), JolError> {
        let now_ms = self.shared.clock.boot_ms();
        self.shared.change(|records, _| Ok(outbox::all_due(records, now_ms)?))?;
        self.wake();
        Ok(())
    }

    /// Tries everything that waits, blocks until each call was carried once or the deadline is over,
    /// and answers how many still wait: 0 tells work in the background that it need not come back. What waits
    /// for somebody to sign in does not count. Takes up to `deadline_ms`.
    pub fn drain(&self, deadline_ms: u64) -> Result<u32, JolError> {
        self.network_changed()?;
        let started_ms = SystemClock.boot_ms();
        let mut state = self.shared.lock();
        loop {
            let now_ms = self.shared.clock.boot_ms();
            let (due, waiting) = state.store.read::<_, StoreError>(|records| {
                let signed_in = crate::account::rows::session(records)?.is_some();
                Ok((due(records, now_ms)?.len(), outbox::waiting(records, signed_in)?))
            })?;
            let spent_ms = (SystemClock.boot_ms() - started_ms).unsigned_abs();
            let quiet = due == 0 && state.under_way == 0;
            let stopped = state.closed || self.shared.is_damaged.load(Ordering::Relaxed);
            if quiet || stopped || spent_ms >= deadline_ms {
                return Ok(waiting);
            }
            let rest = Duration::from_millis((deadline_ms - spent_ms).min(250));
            state = self.shared.carried.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What to tell the passenger if the wallet's file was damaged and was rebuilt at this start; none if it was
    /// whole.
    pub fn rebuilt(&self) -> Option<String> {
        let state = self.shared.lock();
        state.rebuilt.map(|kept| {
            let message = if kept == 0 { "wallet-begun-anew" } else { "wallet-rebuilt" };
            crate::text::say(state.language, message, &[])
        })
    }

    /// The language of every text from here on.
    pub fn set_language(&self, language: Language) {
        self.shared.lock().language = language;
        self.shared.changed();
    }

    /// The language of every text.
    pub fn language(&self) -> Language {
        self.shared.lock().language
    }

    /// The calls that are due now, for a carrier other than the link (`now` is the boot clock).
    pub fn outbox_due(&self) -> Vec<Call> {
        self.shared.due_calls()
    }

    /// When the next call is due that is not due yet, by the boot clock; none if there is none.
    pub fn outbox_next_due_ms(&self) -> Option<i64> {
        let now_ms = self.shared.clock.boot_ms();
        self.shared.look(|records, _| Ok(outbox::next_due_ms(records, now_ms)?)).ok().flatten()
    }

    /// What became of a call, from a carrier other than the link.
    pub fn outbox_deliver(&self, call: &Call, carried: Carried) {
        self.shared.take(call, carried);
    }

    /// Runs `decide` in one transaction, tells of the change, and wakes the link.
    fn act<T>(
        &self,
        decide: impl FnOnce(&Records<'_>, &mut View<'_>) -> Result<T, JolError>,
    ) -> Result<T, JolError> {
        let value = self.shared.change(decide)?;
        self.wake();
        Ok(value)
    }

    fn wake(&self) {
        #[cfg(feature = "link")]
        if let Some(link) = self.link.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            link.wake();
        }
    }
}

/// What a decision may see beside the records.
pub(crate) struct View<'a> {
    pub(crate) keys: &'a mut Option<TrustedKeys>,
    pub(crate) city: &'a mut Option<city::OpenCity>,
    pub(crate) live: &'a mut Live,
    pub(crate) detector: &'a mut Detector,
    pub(crate) sampling: &'a mut Sampling,
    pub(crate) fetching: &'a mut Option<FetchProgress>,
    pub(crate) feeds: &'a mut Feeds,
    pub(crate) language: Language,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere must not take the wallet away: SQLite has rolled back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|revision| *revision += 1);
    }

    /// One transaction, then a new revision.
    fn change<T>(
        &self,
        decide: impl FnOnce(&Records<'_>, &mut View<'_>) -> Result<T, JolError>,
    ) -> Result<T, JolError> {
        let mut state = self.lock();
        let State { store, keys, city, live, detector, sampling, fetching, feeds, language, .. } =
            &mut *state;
        let language = *language;
        let mut view = View { keys, city, live, detector, sampling, fetching, feeds, language };
        let value =
            store.change(|records| decide(records, &mut view)).inspect_err(|e| self.note_damage(e))?;
        drop(state);
        self.changed();
        Ok(value)
    }

    /// One snapshot; changes nothing.
    fn look<T>(
        &self,
        look: impl FnOnce(&Records<'_>, &View<'_>) -> Result<T, JolError>,
    ) -> Result<T, JolError> {
        let mut state = self.lock();
        let State { store, keys, city, live, detector, sampling, fetching, feeds, language, .. } =
            &mut *state;
        let language = *language;
        let view = View { keys, city, live, detector, sampling, fetching, feeds, language };
        store.read(|records| look(records, &view)).inspect_err(|error| self.note_damage(error))
    }

    /// A page in the middle of the file is met long after it was opened: the next start rebuilds it.
    fn note_damage(&self, error: &JolError) {
        if matches!(error, JolError::Storage { what } if what == "damaged") {
            crate::store::note_damage(&self.folder().join(WALLET));
            self.is_damaged.store(true, Ordering::Relaxed);
        }
    }

    /// The wallet was rebuilt: what lost its call, or its row, is asked for again.
    fn was_rebuilt(&self, rows: u64) -> Result<(), JolError> {
        self.lock().rebuilt = Some(rows);
        self.change(|records, _| {
            self.ask_unanswered(records)?;
            self.send_unsettled(records)
        })
    }

    /// At a start: what is kept is opened, and the operator is asked what it holds.
    fn start(&self) -> Result<(), JolError> {
        let boot_ms = self.clock.boot_ms();
        self.change(|records, view| {
            outbox::start(records, boot_ms)?;
            self.end_asked_bank_link(records)?;
            self.end_asked_lookup(records)?;
            *view.keys = answers::kept_keys(records, &self.root)?;
            *view.city = city::kept_city(records, &self.folder())?;
            self.start_looking(records, view)?;
            self.ask_terms(records)?;
            self.ask(records, Operation::Keys, "/v1/keys", None)?;
            self.ask_time(records)?;
            self.ask_day_signs(records)?;
            if crate::account::rows::session(records)?.is_some() {
                self.ask_holdings(records)?;
            }
            Ok(crate::account::rows::note_owner(records)?)
        })
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(&self.opening.folder)
    }

    /// Asks for a document; one that is asked for already is tried at once.
    fn ask(
        &self,
        records: &Records<'_>,
        operation: Operation,
        path: &str,
        give_up_after_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let call = NewCall { key: path, operation, post: false, path, body: b"", give_up_after_ms };
        outbox::add(records, &call, random(&*self.entropy), self.clock.boot_ms())
    }

    /// Posts a request under its key.
    fn post(
        &self,
        records: &Records<'_>,
        operation: Operation,
        key: &str,
        path: &str,
        body: &[u8],
        give_up_after_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let call = NewCall { key, operation, post: true, path, body, give_up_after_ms };
        outbox::add(records, &call, random(&*self.entropy), self.clock.boot_ms())
    }

    /// What the operator holds for this account, and the prices and buses of its city: asked at every
    /// start and after every sign-in.
    fn ask_holdings(&self, records: &Records<'_>) -> Result<(), StoreError> {
        self.ask_city(records)?;
        self.ask(records, Operation::Devices, phones::DEVICES, None)?;
        self.ask(records, Operation::Rides, "/v1/rides", None)?;
        self.ask(records, Operation::Vouchers, "/v1/vouchers", None)?;
        self.ask(records, Operation::Cards, "/v1/cards", None)?;
        self.ask(records, Operation::Sources, "/v1/sources", None)?;
        self.ask(records, Operation::Passes, "/v1/passes", None)?;
        self.ask_top_ups(records)?;
        self.ask_bank_link(records)
    }

    /// Who the operator is, and its terms in their present version.
    fn ask_terms(&self, records: &Records<'_>) -> Result<(), StoreError> {
        self.ask(records, Operation::Operator, "/v1/operator", None)?;
        self.ask(records, Operation::Terms, "/v1/terms", None)
    }

    /// Who was declined because something has changed since it was fetched finds it new when they look again.
    fn ask_what_changed(&self, records: &Records<'_>, reason: DeclineReason) -> Result<(), StoreError> {
        match reason {
            DeclineReason::TermsNotAccepted | DeclineReason::AppTooOld => self.ask_terms(records),
            DeclineReason::FareChanged | DeclineReason::UnknownBus | DeclineReason::WayNotTaken => {
                self.ask_city(records)
            }
            _ => Ok(()),
        }
    }

    /// The operator's signed time, for an anchor; the nonce makes an old answer worthless.
    fn ask_time(&self, records: &Records<'_>) -> Result<(), StoreError> {
        let nonce = URL_SAFE_NO_PAD.encode(random::<8>(&*self.entropy));
        records.run("DELETE FROM outbox WHERE operation = ?1", [Operation::Time.name()])?;
        self.ask(records, Operation::Time, &format!("/v1/time?nonce={nonce}"), None)
    }

    /// A new name for something: 16 random bytes in hexadecimal.
    fn new_key(&self) -> String {
        hex(&random::<16>(&*self.entropy))
    }

    /// The operator's time, if an anchor of this start of the phone tells it.
    fn ticket_time_ms(&self, records: &Records<'_>) -> Result<Option<i64>, StoreError> {
        let anchor: Option<Anchor> = records.setting("time.anchor")?;
        Ok(anchor.and_then(|anchor| anchor.now_ms(self.clock.boot_ms(), &self.opening.boot_id)))
    }

    /// The operator's time where it is known, the phone's where not. Never for verdicts.
    fn best_time_ms(&self, records: &Records<'_>) -> Result<i64, StoreError> {
        Ok(self.ticket_time_ms(records)?.unwrap_or_else(|| self.clock.wall_ms()))
    }

    fn due_calls(&self) -> Vec<Call> {
        if self.is_damaged.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let now_ms = self.clock.boot_ms();
        let folder = self.folder();
        let wallet = self.lock().wallet;
        let look = self.look(|records, view| {
            let mut calls = due(records, now_ms)?;
            for call in &mut calls {
                call.wallet = wallet;
                call.etag = call.etag.take().or_else(|| view.feeds.etag(call));
                if call.operation == Operation::Payment {
                    let boot = (now_ms, self.opening.boot_id.as_str());
                    let best_ms = self.best_time_ms(records)?;
                    call.age_ms = crate::pay::rows::age_ms(records, &call.key, boot, best_ms)?;
                }
                if call.operation == Operation::Pack {
                    call.into_file = Some(city::part_file(&folder));
                }
            }
            Ok(calls)
        });
        look.unwrap_or_else(|error| {
            eprintln!("jol: the outbox cannot be read: {error}");
            Vec::new()
        })
    }
}

#[cfg(feature = "link")]
impl Shared {
    fn start_link(self: &Arc<Shared>) -> Result<crate::operator::link::Link, JolError> {
        let Opening { operator, app_version, .. } = &self.opening;
        let desk: Arc<dyn crate::operator::link::Desk> = self.clone();
        crate::operator::link::Link::start(&operator.address, operator.tls_root.as_deref(), app_version, desk)
            .map_err(|error| JolError::internal(&error.to_string()))
    }
}

#[cfg(feature = "link")]
impl crate::operator::link::Desk for Shared {
    fn due(&self) -> Vec<Call> {
        self.due_calls()
    }

    fn deliver(&self, call: &Call, carried: Carried) {
        self.take(call, carried);
    }

    fn progress(&self, _call: &Call, done: u64, total: u64) {
        self.lock().fetching = Some(FetchProgress { done, total });
        self.changed();
    }

    fn next_due_in_ms(&self) -> Option<i64> {
        let now_ms = self.clock.boot_ms();
        let next = self.look(|records, _| Ok(outbox::next_due_ms(records, now_ms)?));
        next.ok().flatten().map(|due_ms| due_ms.saturating_sub(now_ms))
    }

    fn boot_ms(&self) -> i64 {
        self.clock.boot_ms()
    }

    fn under_way(&self, calls: usize) {
        self.lock().under_way = calls;
        self.carried.notify_all();
    }
}

/// The calls that can be carried now, each with the session's token. What needs a session waits for one.
fn due(records: &Records<'_>, now_ms: i64) -> Result<Vec<Call>, StoreError> {
    let session = crate::account::rows::session(records)?;
    let mut calls = outbox::due(records, now_ms)?;
    calls.retain(|call| session.is_some() || !call.operation.needs_session());
    for call in &mut calls {
        call.bearer = session.as_ref().map(|session| session.token.clone());
    }
    Ok(calls)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
