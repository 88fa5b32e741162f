//! A whole wallet: what the operator answers to it, and what a damaged file does to it. No network: its
//! link is closed as soon as it is open, and the answers are handed over as a shell's own carrier would.

use super::live::messages;
use super::material::{self, NOW_MS, NOW_S, key};
use super::{Bytes, tickets};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jol_core::account::SignIn;
use jol_core::city::fares::Vehicle;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::detect::Fix;
use jol_core::entropy::SeededEntropy;
use jol_core::geo::Point;
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry};
use jol_core::money::Money;
use jol_core::operator::outbox::{Call, Carried, Operation};
use jol_core::operator::wire::{
    Base64, Card, CardState, Cards, Cities, CitySummary, Device, KeysAnswer, PackSummary, PaymentAnswer,
    PaymentOutcome, RideAnswer, RideState, Rides, Session, SignInStarted, SourceInfo, Sources, StatusAnswer,
    TimeAnswer, TopUpAnswer, TopUpState, Vehicles,
};
use jol_core::pay::{Source, Way};
use jol_core::plan::{Endpoint, PlanQuery, When};
use jol_core::text::{Language, Words};
use jol_core::ticket::receipt::request_hash;
use jol_core::ticket::{PackSeal, Purpose, Receipt, ReceiptOutcome, SignedTime, StatusList, StickerKind};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::{sample_operator, sample_rules, ways};
use prost::Message;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread::ThreadId;

const CITY: &str = "sample";

/// Numbers that stand where another was meant.
const ODD: [&str; 12] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65536",
    "4294967295",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e308",
    "253402300800000",
];

/// A wallet in hand.
struct Phone {
    jol: Jol,
    clock: SimulatedClock,
    /// The bytes of the last payment.
    request: Vec<u8>,
    paid: Option<String>,
}

/// A clock that stands at the phone's start for the link's thread: nothing is due there, and so it sends
/// nothing, and no story hangs on who was quicker.
struct OneThreadsClock {
    clock: SimulatedClock,
    thread: ThreadId,
}

impl Clock for OneThreadsClock {
    fn wall_ms(&self) -> i64 {
        self.clock.wall_ms()
    }

    fn boot_ms(&self) -> i64 {
        if std::thread::current().id() == self.thread { self.clock.boot_ms() } else { 0 }
    }
}

fn open(folder: &Path) -> Result<Phone, JolError> {
    let root = material::root();
    let opening = Opening {
        folder: folder.display().to_string(),
        operator: OperatorEntry {
            code: root.issuer.to_string(),
            // The port of "discard": nobody answers there.
            address: "http://127.0.0.1:9".to_owned(),
            root_key: root.public_key.to_vec(),
            tls_root: None,
        },
        data_key: vec![7; 32],
        boot_id: "boot-1".to_owned(),
        device_name: "a phone".to_owned(),
        language: Language::Kk,
        app_version: jol_core::VERSION.to_owned(),
    };
    let clock = SimulatedClock::at(NOW_MS);
    let one = OneThreadsClock { clock: clock.clone(), thread: std::thread::current().id() };
    let jol = Jol::open_simulated(opening, Arc::new(one), Arc::new(SeededEntropy::new(5)))?;
    jol.close();
    Ok(Phone { jol, clock, request: Vec::new(), paid: None })
}

/// A folder of this thread without anything in it.
fn empty_folder() -> std::path::PathBuf {
    let folder = material::place("wallet");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder in our own");
    folder
}

/// A story of taps and answers. `[tap]` below 128 is something that the passenger does; from there on the
/// oldest call (or another) is answered: `[128 | which] [how] [nth] [odd] [length] [bytes]`.
pub(crate) fn answers(input: &[u8]) {
    let folder = empty_folder();
    let mut phone = open(&folder).expect("a new wallet");
    let mut steps = Bytes(input);
    // A story of more steps than this only takes longer.
    for _ in 0..120 {
        if steps.is_empty() {
            break;
        }
        let step = steps.byte();
        match step {
            0..128 => phone.tap(step, &mut steps),
            128.. => phone.answer(usize::from(step & 127), &mut steps),
        }
    }
    phone.look();
    let balanced = phone.jol.ledger_is_balanced();
    assert_eq!(balanced, Ok(true), "money from nowhere");
    drop(phone);
    let phone = open(&folder).expect("what was kept opens again");
    phone.look();
    assert_eq!(phone.jol.ledger_is_balanced(), balanced);
}

impl Phone {
    fn tap(&mut self, step: u8, steps: &mut Bytes<'_>) {
        let jol = &self.jol;
        // What it gives is no matter here: a refusal is an answer too.
        let done = match step {
            0 => jol.accept_terms(1),
            1 => jol.sign_in("+77011234567"),
            2 => jol.enter_code("445566"),
            3 => {
                let key = material::phone();
                let signed = jol.enrolment_to_sign(&key.public_key()).map(|message| key.sign(&message));
                signed.and_then(|signature| jol.enrol(&key.public_key(), &signature, None))
            }
            4 => jol.choose_city(CITY),
            5 => jol.register_card(Category::School, "Оқушы"),
            6 => jol.top_up("1234567890", "kaspi", Money::tenge(500)).map(drop),
            7 => self.pay(),
            8 => jol.refresh_cities(),
            9 => jol.refresh(),
            10 => jol.refresh_top_ups(),
            11 => jol.sign_out(),
            12 => jol.network_changed(),
            13 => {
                let fix = Fix {
                    at_ms: self.clock.wall_ms(),
                    point: Point { lat: 47.1, lon: 51.902 },
                    accuracy_m: 5.0,
                    speed_mps: None,
                    bearing_deg: None,
                    mocked: false,
                };
                jol.observe(&fix).map(drop)
            }
            14 => jol.board("mid", 5).map(drop),
            15 => {
                self.clock.advance_ms(i64::from(u16::from_le_bytes(steps.array())) * 1_000);
                Ok(())
            }
            16 => {
                self.look();
                Ok(())
            }
            18 => {
                self.settle();
                Ok(())
            }
            17 => jol.choose_city(&String::from_utf8_lossy(steps.piece(8))),
            _ => Ok(()),
        };
        drop(done);
    }

    /// What waits is answered well, and what that asks for, too.
    fn settle(&mut self) {
        for _ in 0..20 {
            if self.jol.outbox_due().is_empty() {
                break;
            }
            self.answer(0, &mut Bytes(&[]));
        }
    }

    fn pay(&mut self) -> Result<(), JolError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = self.jol.quote("0547", Way::App, Source::PhoneBalance, one, false)?;
        let key = self.jol.pay(&quote, Some(&material::phone().sign(&quote.to_sign)))?;
        self.paid = Some(key);
        Ok(())
    }

    fn answer(&mut self, which: usize, steps: &mut Bytes<'_>) {
        let [how, nth, odd, length] = steps.array();
        let piece = steps.piece(usize::from(length));
        let calls = self.jol.outbox_due();
        let Some(call) = calls.get(which % calls.len().max(1)) else { return };
        if call.operation == Operation::Payment {
            self.request.clone_from(&call.body);
        }
        let good = self.good(call);
        let (status, body) = match how % 8 {
            0 | 1 => (200, good),
            2 => (200, with_number(&good, usize::from(nth), ODD[usize::from(odd) % ODD.len()])),
            3 => (200, with_text(&good, usize::from(nth), &String::from_utf8_lossy(piece))),
            4 => (200, with_piece(&good, usize::from(nth) * 4 + usize::from(odd), piece)),
            5 => (200, piece.to_vec()),
            6 => (400 + u16::from(nth), piece.to_vec()),
            _ => (u16::from(nth) * 2 + 100, good),
        };
        if let Some(path) = &call.into_file {
            let pack = material::pack();
            let written = if how % 8 < 2 { pack.to_vec() } else { with_piece(pack, usize::from(nth), piece) };
            std::fs::write(path, written).expect("room for a small file");
        }
        let carried = match how {
            255 => Carried::NoAnswer,
            _ => Carried::Answer { status, etag: Some("e".to_owned()), body, round_trip_ms: i64::from(odd) },
        };
        self.jol.outbox_deliver(call, carried);
    }

    /// What an operator answers that does its work.
    fn good(&self, call: &Call) -> Vec<u8> {
        match call.operation {
            Operation::Time => {
                let nonce = call.path.rsplit('=').next().unwrap_or_default();
                let nonce = URL_SAFE_NO_PAD.decode(nonce).unwrap_or_default();
                let time = SignedTime { nonce, operator_time_ms: self.clock.wall_ms() };
                json(&TimeAnswer { time: Base64(time.sign(&key(Purpose::Receipt)).unwrap_or_default()) })
            }
            Operation::TopUp => json(&TopUpAnswer {
                receipt: Some(receipt(&call.key, &call.body, ReceiptOutcome::ToppedUp, Money::tenge(500))),
                ..top_up(TopUpState::Done)
            }),
            Operation::Payment | Operation::PaymentState => {
                let key = match call.operation {
                    Operation::Payment => call.key.as_str(),
                    _ => call.path.rsplit('/').next().unwrap_or_default(),
                };
                let fare = serde_json::from_slice::<Value>(&self.request).unwrap_or_default();
                let fare = Money::tiyn(fare["fare"]["tiyn"].as_i64().or(fare["fare"].as_i64()).unwrap_or(0));
                json(&PaymentAnswer {
                    key: key.to_owned(),
                    outcome: PaymentOutcome::Paid { ride: RideAnswer { fare, ..ride(key) } },
                    receipt: Some(receipt(key, &self.request, ReceiptOutcome::Paid, fare)),
                })
            }
            other => document(other),
        }
    }

    /// Everything that a screen asks.
    fn look(&self) {
        let jol = &self.jol;
        let _ = (jol.account(), jol.operator(), jol.terms(), jol.cities(), jol.city(), jol.city_rules());
        let _ = (jol.vehicles(), jol.cards(), jol.categories(), jol.points_of_sale(), jol.top_up_providers());
        let _ = (jol.top_ups(), jol.sources(), jol.spent_from(&Source::PhoneBalance), jol.waits_until_ms());
        for payment in jol.payments().unwrap_or_default() {
            let _ = (jol.payment(&payment.key), jol.receipt(&payment.key));
        }
        for ticket in jol.tickets().unwrap_or_default() {
            let Ok(sign) = jol.to_sign(&ticket.ride, None) else { continue };
            let signature = material::phone().sign(&sign.message);
            let _ = jol.present_text(&ticket.ride, sign.slot, None, Some(&signature));
            let _ = jol.present_text(&ticket.ride, sign.slot, Some(b"inspect!"), None);
        }
        let _ = (jol.travel_details(), jol.month_sum(self.clock.wall_ms()), jol.sighting());
        let _ = (jol.board("mid", 5), jol.places("самал", None, 5), jol.bus_by_number("547"));
        let _ = jol.bus_by_code(&tickets::sticker(StickerKind::Bus, "0547"));
        let point = |lon| Endpoint::Point { point: Point { lat: 47.1, lon }, name: String::new() };
        let _ = jol.plan(&PlanQuery::new(point(51.9), point(51.908), When::DepartAt { ms: NOW_MS }));
        for city in jol.cities().unwrap_or_default() {
            assert!(!city.id.contains(['/', '\\', '.']), "a city's id names files: {:?}", city.id);
        }
        if let Ok(account) = jol.account() {
            assert!(!matches!(account.sign_in, SignIn::Asking { to } if to.is_empty()));
        }
        if let Err(error) = jol.quote("0547", Way::App, Source::PhoneBalance, Vec::new(), true) {
            assert!(!error.text(Language::Ru).is_empty());
        }
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own values can be written")
}

fn receipt(key: &str, request: &[u8], outcome: ReceiptOutcome, amount: Money) -> Base64 {
    let receipt = Receipt {
        idempotency_key: key.to_owned(),
        request_hash: request_hash(request),
        outcome,
        amount,
        operator_time_ms: NOW_MS,
        ticket: None,
        reference: "R-1".to_owned(),
    };
    Base64(receipt.sign(&material::key(Purpose::Receipt)).unwrap_or_default())
}

fn bus() -> Vehicle {
    Vehicle {
        vehicle: "0547".to_owned(),
        painted: "547".to_owned(),
        plate: "547 AB 06".to_owned(),
        line: "5".to_owned(),
        terminal: true,
        ways: ways(true),
    }
}

fn ride(key: &str) -> RideAnswer {
    RideAnswer {
        ride: "r1".to_owned(),
        key: key.to_owned(),
        city: CITY.to_owned(),
        vehicle: bus(),
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        way: Way::App,
        source: Source::PhoneBalance,
        fare: Money::tenge(120),
        paid_ms: NOW_MS,
        boarding_stop: Some("mid".to_owned()),
        terminus: "Шығыс".to_owned(),
        state: RideState::Valid,
        ends_ms: NOW_MS + 5_400_000,
        ticket: Base64(tickets::ticket().to_bytes()),
    }
}

fn card() -> Card {
    Card {
        id: "c1".to_owned(),
        number: "1234567890".to_owned(),
        name: "Менің картам".to_owned(),
        category: Category::School,
        balance: Money::tenge(900),
        state: CardState::Active,
        valid_until: Some("2027-01-01".to_owned()),
        as_of_ms: NOW_MS,
    }
}

fn top_up(state: TopUpState) -> TopUpAnswer {
    TopUpAnswer {
        top_up: "t1".to_owned(),
        masked_card: "12…90".to_owned(),
        provider: "kaspi".to_owned(),
        sum: Money::tenge(500),
        charged: Money::tenge(500),
        state,
        hand_over: Some("https://bank.example/t1".to_owned()),
        receipt: None,
    }
}

/// The answers that hang on nothing.
fn document(operation: Operation) -> Vec<u8> {
    let operator = sample_operator(Vec::new());
    match operation {
        Operation::Operator => json(&operator.info),
        Operation::Terms => json(&operator.terms),
        Operation::Keys => json(&KeysAnswer { key_list: Base64(material::signed_key_list()) }),
        Operation::Status => {
            let list = StatusList {
                issuer: material::issuer(),
                number: 3,
                issued_s: NOW_S,
                revoked: vec![4],
                replaced: vec![7],
                broken: Vec::new(),
            };
            let list = list.sign(&key(Purpose::CityData)).expect("within bounds");
            json(&StatusAnswer { status_list: Base64(list) })
        }
        Operation::Cities => {
            let sha256: [u8; 32] = Sha256::digest(material::pack()).into();
            let seal = PackSeal { city: CITY.to_owned(), sha256, issued_s: NOW_S };
            let pack = PackSummary {
                sha256: Base64(sha256.to_vec()),
                bytes: material::pack().len() as u64,
                signature: Base64(seal.sign(&key(Purpose::CityData)).expect("within bounds")),
                first_day: "2026-09-01".to_owned(),
                last_day: "2026-10-31".to_owned(),
            };
            let (id, name) = (CITY.to_owned(), Words::same("Үлгі"));
            json(&Cities { cities: vec![CitySummary { id, name, sample: true, lines: Vec::new(), pack }] })
        }
        Operation::CityRules => json(&sample_rules(CITY)),
        Operation::Vehicles => json(&Vehicles { vehicles: vec![bus()] }),
        Operation::SignIn => {
            json(&SignInStarted { sign_in: "s1".to_owned(), expires_ms: NOW_MS + 300_000, code_length: 6 })
        }
        Operation::Code => {
            json(&Session { token: "token".to_owned(), account: "a1".to_owned(), nonce: Base64(vec![8; 16]) })
        }
        Operation::Enrol => {
            json(&Device { device: "d1".to_owned(), attested: true, waits_until_ms: Some(NOW_MS + 60_000) })
        }
        Operation::Cards => json(&Cards { cards: vec![card()] }),
        Operation::RegisterCard => json(&card()),
        Operation::TopUpState => json(&top_up(TopUpState::Waiting)),
        Operation::Sources => {
            let label = Words::same("+7 701 ···");
            let balance = Some(Money::tenge(2_000));
            json(&Sources { sources: vec![SourceInfo { source: Source::PhoneBalance, label, balance }] })
        }
        Operation::Rides => {
            // It ended, so that another can be paid.
            let ended = RideAnswer { ride: "r0".to_owned(), state: RideState::Ended, ..ride("k0") };
            json(&Rides { rides: vec![ended], pending: vec!["k9".to_owned()] })
        }
        Operation::Positions => messages()[0].encode_to_vec(),
        Operation::Updates => messages()[1].encode_to_vec(),
        Operation::Alerts => messages()[2].encode_to_vec(),
        _ => Vec::new(),
    }
}

/// One of each document that is JSON.
pub(crate) fn documents() -> Vec<Vec<u8>> {
    let all = [
        Operation::Operator,
        Operation::Terms,
        Operation::Keys,
        Operation::Status,
        Operation::Cities,
        Operation::CityRules,
        Operation::Vehicles,
        Operation::Code,
        Operation::Enrol,
        Operation::Cards,
        Operation::TopUpState,
        Operation::Sources,
        Operation::Rides,
    ];
    let mut documents = all.map(document).to_vec();
    let outcome = PaymentOutcome::AlreadyPaid { by_key: "k0".to_owned(), ride: ride("k0") };
    documents.push(json(&PaymentAnswer { key: "k1".to_owned(), outcome, receipt: None }));
    documents
}

/// The document with its nth number another.
fn with_number(document: &[u8], nth: usize, odd: &str) -> Vec<u8> {
    change(document, nth, Value::is_number, &serde_json::from_str(odd).unwrap_or_default())
}

/// The document with its nth text another.
fn with_text(document: &[u8], nth: usize, text: &str) -> Vec<u8> {
    change(document, nth, Value::is_string, &Value::from(text))
}

fn change(document: &[u8], nth: usize, is: fn(&Value) -> bool, new: &Value) -> Vec<u8> {
    fn walk(value: &mut Value, left: &mut usize, is: fn(&Value) -> bool, new: &Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|value| walk(value, left, is, new)),
            Value::Object(all) => all.values_mut().for_each(|value| walk(value, left, is, new)),
            value if is(value) => {
                if *left == 0 {
                    *value = new.clone();
                }
                *left = left.wrapping_sub(1);
            }
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(document) else { return document.to_vec() };
    walk(&mut value, &mut nth.clone(), is, new);
    json(&value)
}

/// The document with some of its bytes others.
fn with_piece(document: &[u8], at: usize, piece: &[u8]) -> Vec<u8> {
    let mut changed = document.to_vec();
    for (byte, new) in changed.iter_mut().skip(at).zip(piece) {
        *byte = *new;
    }
    changed
}

/// Terms, sign-in, key, city, each with its answers.
const SIGNED_UP: [u8; 10] = [18, 0, 1, 18, 2, 18, 3, 18, 4, 18];
/// Card, top-up, payment, a position, a board, each with its answers.
const FIRST_RIDE: [u8; 10] = [5, 18, 6, 18, 7, 18, 13, 18, 14, 16];

/// The first ride; and one after which the operator's numbers are odd, one after another, in all that it
/// tells of this account.
pub(crate) fn stories() -> Vec<Vec<u8>> {
    let mut seeds = vec![[SIGNED_UP, FIRST_RIDE].concat()];
    for odd in [7, 8, 10, 11] {
        let mut story = SIGNED_UP.to_vec();
        for number in 0..12 {
            story.push(9);
            story.extend(
                [[128, 2, number, odd, 0], [129, 2, number, odd, 0], [130, 2, number, odd, 0]].concat(),
            );
            story.push(16);
        }
        seeds.push(story);
        // The same for a payment, a top-up and the rules.
        seeds.push([&SIGNED_UP[..], &[6, 128, 2, 0, odd, 0, 7, 128, 2, 0, odd, 0, 16, 18, 16]].concat());
        seeds.push([&SIGNED_UP[..8], &[4, 128, 2, 0, odd, 0, 129, 2, 3, odd, 0, 18, 7, 18, 16]].concat());
    }
    // Found by reading: a city whose id leads out of the wallet's folder.
    for which in 128..134 {
        seeds.push([&SIGNED_UP[..5], &[which, 3, 0, 0, 7], b"../../x", &[16]].concat());
    }
    seeds
}

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
        drop(phone);
        std::fs::read(folder.join("wallet.db")).expect("the wallet's file")
    });
    &FILE
}

/// The columns that hold a JSON value, a number or bytes of the outside.
const CELLS: [(&str, &str); 24] = [
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
];

/// A wallet's file of which some places changed: `[0..128, where in three bytes, length, bytes]` is anywhere,
/// `[128.., column, row, which number, length, bytes]` is a cell. It opens, or says why not and is set aside.
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
                    assert!(phone.jol.travel_details().is_ok() && phone.jol.tickets().is_ok());
                    assert!(phone.jol.account().is_ok() && phone.jol.city().is_ok());
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
                assert!(!damaged || start == 0, "what was set aside is not in the way");
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
        let rows = if table == "setting" { 12 } else { 1 };
        for row in 0..rows {
            seeds.push(vec![128, column, row, 7, 0]);
            seeds.push([&[128, column, row, 1, 5], &b"{\"a\":"[..]].concat());
            seeds.push([&[128, column, row, 200, 5], &b"{\"a\":"[..]].concat());
            seeds.push([&[128, column, row, 1, 4], &b"null"[..]].concat());
        }
    }
    seeds
}
