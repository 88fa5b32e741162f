//! A phone that is the whole core: SQLite, the outbox, signed answers and tickets. It is opened over a copy of
//! a wallet that has signed up, on a file system in memory where there is one.

mod vouchers;

use super::operator::{Answer, Outcome, Told};
use super::phone::{BOOTED_MS, Chance, Label, Phone, Purse, Tapped, Want, WishWord, Word, Written};
use super::plan::Plan;
use super::town::{CITY_RULES, NOON_MS, NUMBER, RUN_MS, town};
use crate::sandbox::SandboxOptions;
use crate::sandbox::data::{CityData, OperatorData, sample_operator};
use crate::sandbox::desk::Desk;
use crate::sandbox::in_process::carry;
use crate::sandbox::open_desk;
use crate::sandbox::serve::shuttle_city;
use jol_core::VERSION;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::entropy::{Entropy, SeededEntropy};
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry};
use jol_core::money::Money;
use jol_core::operator::outbox::{Call, Carried, Operation};
use jol_core::operator::wire::{
    Base64, Cards, Passes, PaymentAnswer, PaymentOutcome, PaymentRequest, Problem, RideAnswer, RideState,
    Rides, Vouchers,
};
use jol_core::pay::message::{Reply, write_reply};
use jol_core::pay::{ChangeState, PaymentState, Refund, Way};
use jol_core::text::Language;
use jol_core::ticket::receipt::request_hash;
use jol_core::ticket::token::{EndRule, TicketId, Token};
use jol_core::ticket::{Receipt, SoftwareKey};
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The wallet's file.
const FILES: [&str; 2] = ["wallet.db", "wallet.db-wal"];

/// What went wrong outside of the product: no room, no signature.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A folder or file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] crate::sandbox::StartError),
    /// The core.
    #[error(transparent)]
    Jol(#[from] JolError),
    /// Signing up did not end as it must.
    #[error("signing up: {0}")]
    SignUp(String),
}

/// What all lives of a thread share: the operator's keys, a wallet that has signed up, a folder.
pub struct Stage {
    desk: Desk,
    opening: Opening,
    recovery_code: String,
    folder: tempfile::TempDir,
}

impl Stage {
    /// Sets the stage.
    ///
    /// # Errors
    /// What went wrong outside of the product.
    pub fn new() -> Result<Stage, StageError> {
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir())?,
            false => tempfile::tempdir()?,
        };
        let clock = SimulatedClock::at(NOON_MS - 60_000);
        let city = CityData {
            rules: CITY_RULES.clone(),
            vehicles: town().vehicles.to_vec(),
            ..shuttle_city(folder.path())?
        };
        let desk = open_desk(
            SandboxOptions {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                data: folder.path().join("operator"),
                clock: clock.clone().into(),
                seed: Some(1),
                operator: sample_operator(vec![city]),
                issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
                tls: None,
            },
            String::new(),
        )?;
        let root = desk.keys().root();
        let opening = Opening {
            folder: folder.path().join("base").display().to_string(),
            operator: OperatorEntry {
                code: root.issuer.to_string(),
                // The port of "discard": nobody answers there, and nobody is asked.
                address: "http://127.0.0.1:9".to_owned(),
                root_key: root.public_key.to_vec(),
                tls_root: None,
            },
            data_key: vec![7; 32],
            boot_id: "boot-1".to_owned(),
            device_name: "a phone".to_owned(),
            language: Language::En,
            app_version: VERSION.to_owned(),
        };
        let mut stage = Stage { desk, opening, recovery_code: String::new(), folder };
        stage.sign_up(&clock)?;
        Ok(stage)
    }

    fn sign_up(&mut self, clock: &SimulatedClock) -> Result<(), StageError> {
        let entropy = Arc::new(SeededEntropy::new(1));
        let jol = Jol::open_unlinked(self.opening.clone(), Arc::new(clock.clone()), entropy)?;
        self.settle(&jol);
        jol.accept_terms(1)?;
        jol.sign_in(NUMBER)?;
        self.settle(&jol);
        let code = self.desk.last_code(NUMBER).ok_or_else(|| StageError::SignUp("no code".to_owned()))?;
        jol.enter_code(&code)?;
        self.settle(&jol);
        jol.choose_city(&CITY_RULES.city)?;
        self.settle(&jol);
        self.recovery_code = jol.new_recovery_code();
        let buses = jol.vehicles()?.len();
        if buses == town().vehicles.len() {
            Ok(())
        } else {
            Err(StageError::SignUp(format!("{buses} buses")))
        }
    }

    /// Answers what waits, but for the time, the pack, and what makes money move.
    fn settle(&self, jol: &Jol) {
        for _ in 0..20 {
            let wanted =
                |call: &Call| !matches!(call.operation, Operation::Time | Operation::Pack | Operation::Rides);
            let calls: Vec<Call> = jol.outbox_due().into_iter().filter(wanted).collect();
            if calls.is_empty() {
                return;
            }
            for call in calls {
                let carried = match call.operation {
                    Operation::Cards => answered(&Cards { cards: town().cards.to_vec() }),
                    _ => carry(&self.desk, &call),
                };
                jol.outbox_deliver(&call, carried);
            }
        }
    }
}

fn answered(value: &impl serde::Serialize) -> Carried {
    let body = serde_json::to_vec(value).unwrap_or_default();
    Carried::Answer { status: 200, etag: None, body, round_trip_ms: 20, wait_ms: None }
}

/// The names that the core made, in one life: of taps, wishes and rides.
#[derive(Debug, Default)]
pub struct Names {
    taps: HashMap<usize, String>,
    messages: HashMap<usize, String>,
    wishes: HashMap<usize, String>,
    rides: HashMap<String, usize>,
    tickets: HashMap<usize, Vec<u8>>,
    /// What was sent, by the number of tap and wish.
    requests: HashMap<usize, Vec<u8>>,
    wished: HashMap<usize, Vec<u8>>,
    vouchers: vouchers::VoucherNames,
}

/// The clocks of a phone, which a life moves.
struct Hands {
    now_ms: AtomicI64,
    ahead_ms: AtomicI64,
}

impl Clock for Hands {
    fn wall_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed) + self.ahead_ms.load(Ordering::Relaxed)
    }

    fn boot_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed) - BOOTED_MS
    }
}

/// Chance of a life: pauses hang on the time alone, so that both levels wait alike.
struct Draws {
    chance: Chance,
    hands: Arc<Hands>,
    others: SeededEntropy,
}

impl Entropy for Draws {
    fn fill(&self, bytes: &mut [u8]) {
        match bytes {
            [byte] => *byte = self.chance.byte(self.hands.boot_ms()),
            _ => self.others.fill(bytes),
        }
    }
}

/// The phone of the level `core`.
pub struct CorePhone<'a> {
    stage: &'a Stage,
    names: Rc<RefCell<Names>>,
    folder: PathBuf,
    boot_id: String,
    hands: Arc<Hands>,
    chance: Chance,
    passes: Passes,
    jol: Option<Jol>,
    opened: u64,
    carried: HashMap<Label, Call>,
    aside: Option<[Option<Vec<u8>>; 2]>,
    nth: usize,
    /// Whether anybody reserves rides in this life.
    has_vouchers: bool,
    /// How often it began anew; each time with another key.
    generation: u32,
    key: Option<SoftwareKey>,
}

impl<'a> CorePhone<'a> {
    /// A phone that is signed in.
    pub fn new(
        stage: &'a Stage,
        names: Rc<RefCell<Names>>,
        nth: usize,
        chance: Chance,
        plan: &Plan,
    ) -> CorePhone<'a> {
        let folder = stage.folder.path().join(format!("phone-{nth}"));
        let hands = Arc::new(Hands { now_ms: NOON_MS.into(), ahead_ms: 0.into() });
        let mut phone = CorePhone {
            stage,
            names,
            folder,
            boot_id: format!("boot-{nth}"),
            hands,
            chance,
            passes: Passes { passes: plan.passes() },
            jol: None,
            opened: 0,
            carried: HashMap::new(),
            aside: None,
            nth,
            has_vouchers: plan.has_vouchers(),
            generation: 0,
            key: None,
        };
        phone.begin_anew();
        phone.enrol_key();
        // What a start asks is asked when a life's first start comes: here the app is open already.
        for call in phone.jol().outbox_due() {
            if call.operation == Operation::Rides {
                phone.jol().outbox_deliver(&call, answered(&Rides { rides: vec![], pending: vec![] }));
            }
            if call.operation == Operation::Vouchers && phone.has_vouchers {
                phone.jol().outbox_deliver(&call, answered(&Vouchers { vouchers: vec![], ended: false }));
            }
        }
        phone
    }

    fn begin_anew(&mut self) {
        self.jol = None;
        let base = PathBuf::from(&self.stage.opening.folder);
        let _ = std::fs::remove_dir_all(&self.folder);
        std::fs::create_dir_all(&self.folder).expect("room on the stage");
        for file in FILES {
            if base.join(file).exists() {
                std::fs::copy(base.join(file), self.folder.join(file)).expect("room on the stage");
            }
        }
        self.open();
        for call in self.jol().outbox_due() {
            if call.operation == Operation::Passes {
                self.jol().outbox_deliver(&call, answered(&self.passes));
            }
        }
    }

    fn open(&mut self) {
        self.opened += 1;
        let seed = self.chance.0.wrapping_mul(1_000_003).wrapping_add(self.opened);
        let entropy =
            Draws { chance: self.chance, hands: self.hands.clone(), others: SeededEntropy::new(seed) };
        let folder = self.folder.display().to_string();
        let opening = Opening { folder, boot_id: self.boot_id.clone(), ..self.stage.opening.clone() };
        let jol = Jol::open_unlinked(opening, self.hands.clone(), Arc::new(entropy));
        self.jol = Some(jol.expect("the wallet opens"));
    }

    fn jol(&self) -> &Jol {
        self.jol.as_ref().expect("the app runs")
    }

    fn at(&self, now_ms: i64) {
        self.hands.now_ms.store(now_ms, Ordering::Relaxed);
    }

    fn label(&self, call: &Call) -> Option<Label> {
        let names = self.names.borrow();
        let number = |names: &HashMap<usize, String>, key: &str| {
            names.iter().find(|(_, name)| *name == key).map(|(number, _)| *number)
        };
        match call.operation {
            Operation::Payment => number(&names.taps, &call.key).map(Label::Pay),
            Operation::PaymentState => {
                number(&names.taps, call.path.rsplit('/').next().unwrap_or_default()).map(Label::State)
            }
            Operation::Rides => Some(Label::Rides),
            Operation::Refund => number(&names.wishes, &call.key).map(Label::Refund),
            _ => self.voucher_label(call),
        }
    }

    fn ride_id(&self, ride: usize) -> TicketId {
        TicketId::new(ride as u32, *b"ride")
    }

    /// A ride as the operator tells it, with its signed ticket.
    fn ride(&self, told: &Told) -> RideAnswer {
        let id = self.ride_id(told.ride);
        let mut names = self.names.borrow_mut();
        names.rides.insert(id.to_string(), told.ride);
        let want = Want { bus: told.bus, purse: told.purse, one_more: false };
        let (passengers, vehicle) = (vec![want.passenger()], want.vehicle().clone());
        let issued_s = told.paid_ms.div_euclid(1_000);
        let keys = self.stage.desk.keys();
        let ticket = names.tickets.entry(told.ride).or_insert_with(|| {
            let token = Token {
                key: keys.ticket_key(),
                id,
                issued_s,
                not_before_s: issued_s,
                expires_s: told.ends_ms.div_euclid(1_000),
                phone: None,
                city: CITY_RULES.city.clone(),
                line: vehicle.line.clone(),
                vehicle: vehicle.painted.clone(),
                run: u32::try_from(told.paid_ms.div_euclid(RUN_MS)).unwrap_or_default(),
                direction: 0,
                passengers: passengers.clone(),
                fare: told.fare,
                way: told.way,
                stop: None,
                end: EndRule::Terminus,
                replaces: None,
            };
            keys.ticket(&token).unwrap_or_default()
        });
        let ticket = Base64(ticket.clone());
        let key = told.tap.and_then(|tap| names.taps.get(&tap).cloned());
        let key = key.or_else(|| told.used.and_then(|one| names.vouchers.uses.get(&one).cloned()));
        let refund = told.refund.map(|(wish, at_ms)| Refund {
            key: names.wishes.get(&wish).cloned().unwrap_or_default(),
            sum: told.fare,
            to: want.source(),
            at_ms,
            by_ms: at_ms,
        });
        RideAnswer {
            ride: id.to_string(),
            key: key.unwrap_or_else(|| format!("elsewhere-{}", told.ride)),
            city: CITY_RULES.city.clone(),
            vehicle,
            passengers,
            way: told.way,
            source: want.source(),
            fare: told.fare,
            paid_ms: told.paid_ms,
            boarding_stop: None,
            terminus: "East".to_owned(),
            state: told.state,
            ends_ms: told.ends_ms,
            ticket,
            continues_on: Vec::new(),
            fiscal: None,
            asked_ms: None,
            refund,
            corrects: None,
        }
    }

    /// An answer as the operator sends it.
    fn body(&self, label: Label, answer: &Answer) -> (u16, Vec<u8>) {
        if let Outcome::Rides(rides) = &answer.outcome {
            let rides = rides.iter().rev().map(|told| self.ride(told)).collect();
            return (200, serde_json::to_vec(&Rides { rides, pending: Vec::new() }).unwrap_or_default());
        }
        let refused = match answer.outcome {
            Outcome::Unknown => Some((404, "not_found")),
            Outcome::Later => Some((503, "unavailable")),
            _ => None,
        };
        if let Some((status, code)) = refused {
            let problem = Problem {
                kind: "about:blank".to_owned(),
                code: code.to_owned(),
                title: "nothing is decided".to_owned(),
                status,
                tries_left: None,
            };
            return (status, serde_json::to_vec(&problem).unwrap_or_default());
        }
        let (key, request) = {
            let names = self.names.borrow();
            let (key, request) = match label {
                Label::Pay(tap) | Label::State(tap) => (names.taps.get(&tap), names.requests.get(&tap)),
                Label::Refund(wish) => (names.wishes.get(&wish), names.wished.get(&wish)),
                _ => (None, None),
            };
            (key.cloned().unwrap_or_default(), request.map(|request| request_hash(request)))
        };
        let outcome = match &answer.outcome {
            Outcome::Paid(told) => PaymentOutcome::Paid { ride: self.ride(told) },
            Outcome::AlreadyPaid(told) => {
                let ride = self.ride(told);
                PaymentOutcome::AlreadyPaid { by_key: ride.key.clone(), ride }
            }
            Outcome::Declined(decline) => PaymentOutcome::Declined {
                reason: decline.reason,
                try_again_ms: decline.try_again_ms,
                service: decline.service.clone(),
            },
            Outcome::GaveBack(told) => {
                let ride = self.ride(told);
                match ride.refund.clone() {
                    Some(refund) => PaymentOutcome::Refunded { refund, ride: Some(ride) },
                    None => PaymentOutcome::Pending,
                }
            }
            _ => PaymentOutcome::Pending,
        };
        let receipt = answer.receipt().and_then(|(outcome, amount)| {
            let receipt = Receipt {
                idempotency_key: key.clone(),
                request_hash: request?,
                outcome,
                amount,
                operator_time_ms: answer.decided_ms,
                ticket: None,
                reference: "r".to_owned(),
            };
            self.stage.desk.keys().receipt(&receipt).ok().map(Base64)
        });
        (200, serde_json::to_vec(&PaymentAnswer { key, outcome, receipt }).unwrap_or_default())
    }
}

impl Phone for CorePhone<'_> {
    type BackUp = Vec<u8>;

    fn set_clock(&mut self, ahead_ms: i64) {
        self.hands.ahead_ms.store(ahead_ms, Ordering::Relaxed);
    }

    fn tap(&mut self, want: Want, twice: bool, tap: usize, now_ms: i64) -> Tapped {
        self.at(now_ms);
        let vehicle = &want.vehicle().vehicle;
        let quote = self.jol().quote(vehicle, Way::App, want.source(), vec![want.passenger()], want.one_more);
        let quote = quote.expect("a bus of the city");
        let paid = self.jol().pay(&quote, None).expect("a tap");
        if twice {
            assert_eq!(self.jol().pay(&quote, None).as_ref(), Ok(&paid), "one screen, one payment");
        }
        if paid != quote.key {
            return Tapped::Known;
        }
        self.names.borrow_mut().taps.insert(tap, paid);
        Tapped::New { warned: quote.warning.is_some() }
    }

    fn write(&mut self, bus: usize, message: usize, now_ms: i64) {
        self.at(now_ms);
        let want = Want { bus, purse: Purse::Phone, one_more: false };
        let outgoing = self.jol().message(&want.vehicle().vehicle, Way::Sms, vec![want.passenger()]);
        let outgoing = outgoing.expect("a bus of the city");
        self.jol().message_opened(&outgoing).expect("a message");
        self.names.borrow_mut().messages.insert(message, outgoing.id);
    }

    fn message(&mut self, message: usize, now_ms: i64) -> Option<Written> {
        self.at(now_ms);
        let id = self.names.borrow().messages.get(&message)?.clone();
        let told = self.jol().messages().ok()?.into_iter().find(|told| told.message == id)?;
        let number = |ride: &str| self.names.borrow().rides.get(ride).copied().unwrap_or(usize::MAX);
        Written::of(&told.standing, number)
    }

    fn share(&mut self, reply: &Reply, now_ms: i64) {
        self.at(now_ms);
        let rule = CITY_RULES.sms.as_ref().expect("the city takes messages");
        let text = write_reply(&rule.wording(), reply).expect("an answer of the operator's");
        self.jol().take_message(&text).expect("the wallet works");
    }

    fn not_sent(&mut self, message: usize, now_ms: i64) -> bool {
        self.at(now_ms);
        let id = self.names.borrow().messages.get(&message).cloned();
        id.is_some_and(|id| self.jol().message_not_sent(&id).is_ok())
    }

    fn request(&mut self, tap: usize) -> Arc<PaymentRequest> {
        let names = self.names.borrow();
        let body = names.requests.get(&tap).map(Vec::as_slice).unwrap_or_default();
        Arc::new(serde_json::from_slice(body).expect("the core's own request"))
    }

    fn age_ms(&mut self, tap: usize, _now_ms: i64) -> i64 {
        self.carried.get(&Label::Pay(tap)).and_then(|call| call.age_ms).unwrap_or(0)
    }

    fn refund(&mut self, ride: usize, wish: usize, now_ms: i64) -> bool {
        self.at(now_ms);
        let id = self.ride_id(ride).to_string();
        let Ok(key) = self.jol().refund(&id) else { return false };
        let mut names = self.names.borrow_mut();
        let is_new = !names.wishes.values().any(|known| *known == key);
        if is_new {
            names.wishes.insert(wish, key);
        }
        is_new
    }

    fn due(&mut self, now_ms: i64) -> Vec<(Label, u32)> {
        self.at(now_ms);
        let mut due = Vec::new();
        for call in self.jol().outbox_due() {
            let Some(label) = self.label(&call) else { continue };
            due.push((label, call.attempts));
            if !self.carried.contains_key(&label) {
                let mut names = self.names.borrow_mut();
                match label {
                    Label::Pay(tap) => _ = names.requests.insert(tap, call.body.clone()),
                    Label::Refund(wish) => _ = names.wished.insert(wish, call.body.clone()),
                    _ => {}
                }
                drop(names);
                self.carried.insert(label, call);
            }
        }
        due
    }

    fn next_due_ms(&mut self, now_ms: i64) -> Option<i64> {
        self.at(now_ms);
        self.jol().outbox_next_due_ms().map(|due_ms| due_ms + BOOTED_MS)
    }

    fn carry(&mut self, _label: Label) {}

    fn deliver(&mut self, label: Label, answer: Option<&Answer>, round_trip_ms: i64, now_ms: i64) {
        self.at(now_ms);
        let Some(call) = self.carried.remove(&label) else { return };
        let carried = match answer {
            None => Carried::NoAnswer,
            Some(answer) => {
                let about = self.voucher_body(&call, answer);
                let (status, body) = about.unwrap_or_else(|| self.body(label, answer));
                Carried::Answer { status, etag: None, body, round_trip_ms, wait_ms: None }
            }
        };
        self.jol().outbox_deliver(&call, carried);
    }

    fn start(&mut self, now_ms: i64) {
        self.at(now_ms);
        self.carried.clear();
        self.jol = None;
        self.open();
    }

    fn refresh(&mut self, now_ms: i64) {
        self.at(now_ms);
        self.jol().refresh().expect("the wallet works");
    }

    fn look_again(&mut self, now_ms: i64) {
        self.carried.clear();
        self.network_back(now_ms);
        self.refresh(now_ms);
    }

    fn network_back(&mut self, now_ms: i64) {
        self.at(now_ms);
        self.jol().network_changed().expect("the wallet works");
    }

    fn word(&mut self, tap: usize) -> Option<Word> {
        let key = self.names.borrow().taps.get(&tap)?.clone();
        let state = self.jol().payment(&key).ok()?.state;
        let number = |ride: &str| self.names.borrow().rides.get(ride).copied().unwrap_or(usize::MAX);
        Some(match state {
            PaymentState::Pending => Word::Pending,
            PaymentState::Paid { ride } => Word::Paid(number(&ride)),
            PaymentState::AlreadyPaid { ride } => Word::AlreadyPaid(number(&ride)),
            PaymentState::Declined { reason, try_again_ms, .. } => Word::Declined(reason, try_again_ms),
            PaymentState::Refunded { .. } => Word::Refunded,
        })
    }

    fn wish(&mut self, wish: usize) -> Option<WishWord> {
        let key = self.names.borrow().wishes.get(&wish)?.clone();
        Some(match self.jol().ride_change(&key).ok()?.state {
            ChangeState::Asked => WishWord::Asked,
            ChangeState::Declined { .. } => WishWord::Declined,
            ChangeState::Refunded { .. } | ChangeState::Corrected { .. } => WishWord::GaveBack,
        })
    }

    fn rides(&mut self, now_ms: i64) -> Vec<(usize, RideState)> {
        self.at(now_ms);
        let known: Vec<(String, usize)> =
            self.names.borrow().rides.iter().map(|(id, number)| (id.clone(), *number)).collect();
        let state = |(id, number): (String, usize)| Some((number, self.jol().ticket(&id).ok()?.state));
        let mut rides: Vec<_> = known.into_iter().filter_map(state).collect();
        rides.sort_by_key(|(ride, _)| *ride);
        rides
    }

    fn spent(&mut self) -> Money {
        let spent = self.jol().ledger_balance("fares").expect("the ledger");
        assert_eq!(self.jol().ledger_is_balanced(), Ok(true), "the phone's ledger");
        spent
    }

    fn back_up(&mut self, now_ms: i64) -> Vec<u8> {
        self.at(now_ms);
        self.jol().back_up(&self.stage.recovery_code).expect("a back-up")
    }

    fn restore(&mut self, back_up: &Vec<u8>, now_ms: i64) {
        self.at(now_ms);
        self.jol().restore(back_up, &self.stage.recovery_code).expect("the back-up of this account");
    }

    fn put_aside(&mut self) {
        self.aside = Some(FILES.map(|file| std::fs::read(self.folder.join(file)).ok()));
    }

    fn turn_back(&mut self) {
        let Some(files) = &self.aside else { return };
        self.jol = None;
        for (file, bytes) in FILES.iter().zip(files) {
            let path = self.folder.join(file);
            let _ = std::fs::remove_file(self.folder.join("wallet.db-shm"));
            match bytes {
                Some(bytes) => std::fs::write(path, bytes).expect("room on the stage"),
                None => _ = std::fs::remove_file(path),
            }
        }
        self.carried.clear();
    }

    fn wipe(&mut self, now_ms: i64) {
        self.at(now_ms);
        self.carried.clear();
        self.aside = None;
        self.begin_anew();
        self.generation += 1;
        self.enrol_key();
    }
}
