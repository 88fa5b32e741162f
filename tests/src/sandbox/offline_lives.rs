//! Lives of one voucher at an operator's desk, made by chance: the phone's reports and giving back,
//! inspectors' words, rides that are paid online and days that pass, in every order. A model that looks
//! at the whole story at once says how it must end.

use super::data::{OperatorData, sample_operator};
use super::desk::{Answer, Call, Desk, INSPECTOR_TOKEN, OPERATIONS};
use super::rules::Purse;
use super::rules::reservations::LIFE_S;
use super::rules::rides::CLOCK_SLACK_MS;
use super::{SandboxOptions, open_desk, serve};
use axum::body::Bytes;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::money::Money;
use jol_core::operator::enrolment_message;
use jol_core::operator::wire::*;
use jol_core::pay::{DeclineReason, Source, Way, intent_message};
use jol_core::text::Language;
use jol_core::ticket::voucher::{report_to_sign, unused_to_sign};
use jol_core::ticket::{SignedVoucher, SoftwareKey, Use, phone_key};
use jol_core::wallet::{Category, PassengerGroup};
use proptest::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::SocketAddr;

const NOON: i64 = 1_789_549_200_000;
const NUMBER: &str = "+77771234567";
const BUSES: [(&str, &str); 3] = [("0547", "547"), ("0548", "548"), ("none", "999")];
const HOUR_MS: i64 = 3_600_000;
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;

#[derive(Clone, Debug)]
enum Step {
    Report { counter: u8, bus: usize, ago_ms: i64 },
    See { counter: u8, bus: usize, verdict: &'static str, ago_ms: i64 },
    GiveBack { used: u8, own: bool },
    PayOnline { bus: usize },
    SayAgain,
    Wait { ms: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (counter, bus) = (1..4u8, 0..3usize);
    let ago = prop_oneof![Just(0), 0..2 * HOUR_MS, 0..9 * 24 * HOUR_MS];
    prop_oneof![
        5 => (counter.clone(), bus.clone(), ago)
            .prop_map(|(counter, bus, ago_ms)| Step::Report { counter, bus, ago_ms }),
        4 => (
            counter,
            bus.clone(),
            prop::sample::select(vec!["valid", "valid", "cannot_tell", "not_valid"]),
            prop_oneof![3 => Just(0), 1 => 0..9 * 24 * HOUR_MS],
        )
            .prop_map(|(counter, bus, verdict, ago_ms)| Step::See { counter, bus, verdict, ago_ms }),
        2 => (0..4u8, any::<bool>()).prop_map(|(used, own)| Step::GiveBack { used, own }),
        2 => (0..2usize).prop_map(|bus| Step::PayOnline { bus }),
        1 => Just(Step::SayAgain),
        5 => prop_oneof![1..HOUR_MS, HOUR_MS..30 * HOUR_MS, Just(WEEK_MS), 0..2 * WEEK_MS]
            .prop_map(|ms| Step::Wait { ms }),
    ]
}

/// What became known, and when.
#[derive(Clone, Debug)]
enum Fact {
    Told { counter: u8, bus: usize, paid_otherwise: bool, boarded_ms: i64 },
    Seen { counter: u8, bus: usize, at_ms: i64 },
    GivenBack { used: u8, returns_ms: i64 },
}

/// The model: nothing is kept but the story.
#[derive(Default, Debug)]
struct Story(Vec<(i64, Fact)>);

/// How a story ends.
#[derive(Debug, PartialEq, Eq)]
struct End {
    charged: i64,
    held: i64,
    ended: bool,
}

impl Story {
    /// At this moment, of a voucher that may begin rides until then.
    fn end(&self, until_ms: i64, now_ms: i64) -> End {
        let mut end = End { charged: 0, held: 0, ended: false };
        for counter in 1..=3u8 {
            let back = self.0.iter().find_map(|(at_ms, fact)| match fact {
                Fact::GivenBack { used, returns_ms } => Some((*at_ms, *used, *returns_ms)),
                _ => None,
            });
            let first =
                |of: &dyn Fn(&Fact) -> bool| self.0.iter().find(|(_, fact)| of(fact)).map(|(at, _)| *at);
            let told = first(&|fact| matches!(fact, Fact::Told { counter: c, .. } if *c == counter));
            let seen = first(&|fact| matches!(fact, Fact::Seen { counter: c, .. } if *c == counter));
            let known = match (told, seen) {
                (Some(told), Some(seen)) => Some(told.min(seen)),
                (told, seen) => told.or(seen),
            };
            // On which bus, when, and whether something else paid that ride; in the order of the news.
            let about: Vec<(usize, i64, bool)> = self
                .0
                .iter()
                .filter_map(|(_, fact)| match fact {
                    Fact::Told { counter: c, bus, paid_otherwise, boarded_ms } if *c == counter => {
                        Some((*bus, *boarded_ms, *paid_otherwise))
                    }
                    Fact::Seen { counter: c, bus, at_ms } if *c == counter => Some((*bus, *at_ms, false)),
                    _ => None,
                })
                .collect();
            let buses: BTreeSet<usize> = about.iter().map(|(bus, ..)| *bus).collect();
            let rides: i64 = buses.iter().map(|bus| rides_on(*bus, &about)).sum();
            let free = |bus: &&usize| about.iter().any(|(other, _, free)| other == *bus && *free);
            let unpaid = rides - buses.iter().filter(free).count() as i64;
            let first_word = |bus: &usize| about.iter().find(|(other, ..)| other == bus);
            let ever_unpaid = buses.iter().any(|bus| first_word(bus).is_some_and(|(.., free)| !free));

            let confessed = back.is_some_and(|(at_ms, used, _)| {
                counter <= used && seen.is_none_or(|seen| at_ms < seen + WEEK_MS)
            });
            // Nobody told of it, a later one was told of or seen, and nothing was given back: its report is lost.
            let lost_ms = until_ms + WEEK_MS;
            let is_about = |fact: &Fact, which: &dyn Fn(u8) -> bool| match fact {
                Fact::Told { counter, .. } | Fact::Seen { counter, .. } => which(*counter),
                Fact::GivenBack { .. } => false,
            };
            let later = self.0.iter().position(|(_, fact)| is_about(fact, &|other| other > counter));
            let lost = later.is_some_and(|later| {
                let before =
                    self.0.iter().enumerate().filter(|(nth, (at_ms, _))| *nth < later || *at_ms < lost_ms);
                let speaks = |fact: &Fact| {
                    matches!(fact, Fact::GivenBack { .. }) || is_about(fact, &|other| other == counter)
                };
                now_ms >= lost_ms && before.map(|(_, (_, fact))| fact).all(|fact| !speaks(fact))
            });
            let silent = !lost
                && seen.is_some_and(|seen| {
                    now_ms >= seen + WEEK_MS && told.is_none_or(|told| told >= seen + WEEK_MS) && !confessed
                });
            let ripe = back.filter(|(_, _, returns_ms)| now_ms >= *returns_ms);
            let returned = ripe.is_some_and(|(_, used, returns_ms)| {
                counter > used && !lost && known.is_none_or(|known| known >= returns_ms)
            });
            let charged = if told.is_some() || rides > 1 || silent || returned {
                unpaid
            } else {
                i64::from(lost || (confessed && ripe.is_some()))
            };
            end.charged += charged;
            end.held += i64::from(charged == 0 && told.is_none() && !returned);
            end.ended |= rides > 1 || silent || (returned && ever_unpaid);
        }
        end
    }
}

/// How many rides on a bus cannot have been the same one: counted from the last moment backwards.
fn rides_on(bus: usize, about: &[(usize, i64, bool)]) -> i64 {
    let mut moments: Vec<i64> =
        about.iter().filter(|(on, ..)| *on == bus).map(|(_, at_ms, _)| *at_ms).collect();
    let mut rides = 0;
    while let Some(last) = moments.iter().max().copied() {
        rides += 1;
        moments.retain(|at_ms| *at_ms < last - LIFE_S * 1_000 - 90_000);
    }
    rides
}

struct World {
    desk: Desk,
    clock: SimulatedClock,
    token: String,
    phones: [SoftwareKey; 2],
    voucher: SignedVoucher,
    id: String,
    issued_s: i64,
    until_s: i64,
    keys: u32,
    story: Story,
    /// Bus, from when, until when.
    rides: Vec<(usize, i64, i64)>,
    online: i64,
    told: BTreeSet<(u8, usize)>,
    last: Option<(String, String, Bytes, Bytes)>,
    _folder: tempfile::TempDir,
}

fn sign(key: &SoftwareKey, message: &[u8]) -> Base64 {
    Base64(phone_key::accept(&key.public_key(), message, &key.sign(message)).expect("signed").to_vec())
}

fn adult() -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count: 1 }]
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = SimulatedClock::at(NOON);
        let options = SandboxOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: folder.path().to_owned(),
            clock: clock.clone().into(),
            seed: Some(1),
            operator: sample_operator(vec![serve::shuttle_city(folder.path()).expect("a city")]),
            issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
            tls: None,
        };
        let desk = open_desk(options, String::new()).expect("a desk");
        let phones = [1, 2].map(|seed| SoftwareKey::from_seed([seed; 32]));
        let mut keys = 0;
        let mut tokens = Vec::new();
        for phone in phones.iter().rev() {
            let mut call = |id: &str, token: &str, path: &[&str], body: Bytes| {
                keys += 1;
                ask(&desk, id, token, path, body, &format!("sign-in-{keys}"))
            };
            let request = SignInRequest { to: NUMBER.into(), language: Language::En, terms_version: 1 };
            let started: SignInStarted = read(&call("startSignIn", "", &[], json(&request)));
            let message = desk.lock().begin().and_then(|books| books.last_message(NUMBER));
            let text = message.expect("books").expect("a message").0;
            let code = text.chars().filter(char::is_ascii_digit).collect();
            let session: Session =
                read(&call("enterCode", "", &[&started.sign_in], json(&CodeRequest { code })));
            let public_key = phone.public_key();
            let request = EnrolRequest {
                public_key: Base64(public_key.to_vec()),
                signature: sign(phone, &enrolment_message(&session.nonce.0, &public_key)),
                nonce: session.nonce,
                attestation: None,
                name: String::new(),
            };
            let _: Device = read(&call("enrolDevice", &session.token, &[], json(&request)));
            tokens.push(session.token);
        }
        // The first phone signed in last.
        let token = tokens.remove(1);
        let request = reservation(NOON, 3);
        let body = signed(&phones[0], "reserve-1", &request);
        let answer: VoucherAnswer = read(&ask(&desk, "reserveVoucher", &token, &[], body, "reserve-1"));
        let VoucherOutcome::Reserved { voucher } = answer.outcome else { panic!("{answer:?}") };
        let voucher = SignedVoucher::from_bytes(&voucher.0).expect("a voucher");
        let said = voucher.read_unverified().expect("a voucher");
        World {
            desk,
            clock,
            token,
            phones,
            voucher,
            id: said.id.to_string(),
            issued_s: said.issued_s,
            until_s: said.until_s,
            keys: 0,
            story: Story::default(),
            rides: Vec::new(),
            online: 0,
            told: BTreeSet::new(),
            last: None,
            _folder: folder,
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("life-key-{}", self.keys)
    }

    fn standing(&self, bus: usize, from_ms: i64, to_ms: i64) -> bool {
        self.rides.iter().any(|(other, begins, ends)| *other == bus && *begins <= to_ms && from_ms < *ends)
    }

    fn live(&mut self, step: Step) {
        let now_ms = self.clock.wall_ms();
        let (key, token) = (self.key(), self.token.clone());
        match step {
            Step::Wait { ms } => self.clock.advance_ms(ms),
            Step::SayAgain => {
                let Some((id, key, body, before)) = self.last.clone() else { return };
                let again = ask(&self.desk, &id, &token, &[&self.id], body, &key);
                assert_eq!(again.body, before, "the same request, another answer");
            }
            Step::PayOnline { bus } => {
                let request = PaymentRequest {
                    city: "sample".into(),
                    vehicle: BUSES[bus].0.into(),
                    line: "5".into(),
                    way: Way::App,
                    source: Source::PhoneBalance,
                    passengers: adult(),
                    card: None,
                    fare: Money::tenge(100),
                    tapped_ms: now_ms,
                    not_after_ms: now_ms + 600_000,
                    one_more: false,
                    signature: None,
                };
                let body = signed(&self.phones[0], &key, &request);
                let answer: PaymentAnswer = read(&ask(&self.desk, "pay", &token, &[], body, &key));
                // By the phone's clock a ride may begin a little later than now.
                let stands = self.standing(bus, now_ms, now_ms + CLOCK_SLACK_MS);
                match answer.outcome {
                    PaymentOutcome::Paid { ride } => {
                        assert!(!stands, "charged twice");
                        self.online += 1;
                        self.rides.push((bus, ride.paid_ms, ride.ends_ms));
                    }
                    PaymentOutcome::AlreadyPaid { .. } => assert!(stands, "nobody paid this"),
                    // A holiday: nobody pays.
                    PaymentOutcome::Declined { reason: DeclineReason::FareChanged, .. } => {}
                    other => panic!("{other:?}"),
                }
            }
            Step::See { counter, bus, verdict, ago_ms } => {
                let at_ms = now_ms - ago_ms;
                let entry = InspectionEntry {
                    ticket: Some(self.id.clone()),
                    intent: None,
                    challenge: None,
                    counter: Some(counter),
                    verdict: verdict.into(),
                    vehicle: BUSES[bus].1.into(),
                    at_ms,
                };
                let body = json(&InspectionReport { checks: vec![entry] });
                let answer = ask(&self.desk, "reportInspections", INSPECTOR_TOKEN, &[], body, &key);
                assert_eq!(answer.status, 204);
                if verdict != "not_valid" {
                    self.story.0.push((now_ms, Fact::Seen { counter, bus, at_ms }));
                }
            }
            Step::GiveBack { used, own } => {
                let signature = sign(&self.phones[usize::from(!own)], &unused_to_sign(&self.voucher, used));
                let body = json(&UnusedRequest { used, signature });
                let answer = ask(&self.desk, "giveBack", &token, &[&self.id], body, &key);
                assert_eq!(answer.status, 200, "{answer:?}");
                let from_ms = if own { now_ms } else { now_ms.max(self.until_s * 1_000) };
                let returns_ms = from_ms + WEEK_MS;
                self.story.0.push((now_ms, Fact::GivenBack { used, returns_ms }));
            }
            Step::Report { counter, bus, ago_ms } => {
                let boarded_s = (now_ms - ago_ms).div_euclid(1_000);
                let used = Use { counter, vehicle: BUSES[bus].1.into(), boarded_s, terminal: None };
                let signature = sign(&self.phones[0], &report_to_sign(&self.voucher, &used));
                let (vehicle, terminal) = (used.vehicle, None);
                let body = json(&UseReport { counter, vehicle, boarded_s, terminal, signature });
                let answer = ask(&self.desk, "reportUse", &token, &[&self.id], body.clone(), &key);
                if !(self.issued_s - 45..=self.until_s).contains(&boarded_s) {
                    assert_eq!(answer.status, 422, "{answer:?}");
                    return;
                }
                let said: UseAnswer = read(&answer);
                self.last = Some(("reportUse".into(), key, body, answer.body.clone()));
                if !self.told.insert((counter, bus)) {
                    // Under a new key nothing becomes a fare again; what was paid in another way is said again.
                    let told = |fact: &Fact| {
                        matches!(fact, Fact::Told { counter: c, bus: b, paid_otherwise: true, boarded_ms }
                        if (*c, *b, *boarded_ms) == (counter, bus, boarded_s * 1_000))
                    };
                    let otherwise = self.story.0.iter().any(|(_, fact)| told(fact));
                    assert!(
                        match said.outcome {
                            UseOutcome::ToldBefore { .. } => !otherwise,
                            UseOutcome::PaidOtherwise { .. } | UseOutcome::Misused { .. } => otherwise,
                            UseOutcome::Settled { .. } => false,
                        },
                        "{said:?}"
                    );
                    return;
                }
                let (from_ms, to_ms) = (boarded_s * 1_000, (boarded_s + LIFE_S) * 1_000);
                let paid_otherwise = self.standing(bus, from_ms, to_ms);
                if !paid_otherwise {
                    self.rides.push((bus, from_ms, to_ms));
                }
                let boarded_ms = boarded_s * 1_000;
                self.story.0.push((now_ms, Fact::Told { counter, bus, paid_otherwise, boarded_ms }));
            }
        }
    }

    /// The books say what the story says.
    fn check(&mut self) {
        let now_ms = self.clock.wall_ms();
        let token = self.token.clone();
        let held: Vouchers = read(&ask(&self.desk, "listVouchers", &token, &[], Bytes::new(), ""));
        let end = self.story.end(self.until_s * 1_000, now_ms);
        let in_fares = |rides: i64| Money::tenge(100 * rides);
        {
            let mut ledger = self.desk.lock();
            assert_eq!(ledger.faults().expect("a ledger"), Vec::<String>::new());
            let books = ledger.begin().expect("books");
            let balance = |purse| books.balance(&purse).expect("a balance");
            assert_eq!(balance(Purse::Fares("sample".into())), in_fares(self.online + end.charged), "fares");
            assert_eq!(balance(Purse::Voucher(self.id.clone())), in_fares(end.held), "held: {held:?}");
            let account = books.account_of(NUMBER).expect("books").expect("an account").account;
            let left = balance(Purse::Phone(NUMBER.into())).plus(balance(Purse::Owed(account)));
            let gone = in_fares(self.online + end.charged + end.held);
            assert_eq!(left, Money::tenge(5_000).minus(gone), "what the passenger paid");
        }
        assert_eq!(held.ended, end.ended, "{held:?}");
        let state = |state| held.vouchers[0].rides.iter().filter(|one| **one == state).count() as i64;
        let waiting = [OfflineRideState::Open, OfflineRideState::Seen, OfflineRideState::GivingBack];
        assert_eq!(waiting.map(state).iter().sum::<i64>(), end.held, "{held:?}");
        if end.ended {
            let key = self.key();
            let body = signed(&self.phones[0], &key, &reservation(now_ms, 1));
            let answer: VoucherAnswer = read(&ask(&self.desk, "reserveVoucher", &token, &[], body, &key));
            let ended = VoucherOutcome::Declined {
                reason: DeclineReason::OfflineRidesEnded,
                try_again_ms: None,
                service: None,
            };
            assert_eq!(answer.outcome, ended);
        }
    }
}

fn reservation(now_ms: i64, rides: u8) -> VoucherRequest {
    VoucherRequest {
        city: "sample".into(),
        rides,
        source: Source::PhoneBalance,
        passengers: adult(),
        card: None,
        fare: Money::tenge(100),
        tapped_ms: now_ms,
        not_after_ms: now_ms + 600_000,
        signature: None,
    }
}

/// A request with the phone's signature in its `signature`.
fn signed(phone: &SoftwareKey, key: &str, request: &impl Serialize) -> Bytes {
    let unsigned = json(request);
    let signature = sign(phone, &intent_message(key, &unsigned));
    let signature = serde_json::to_string(&signature).expect("json");
    let text = String::from_utf8(unsigned.to_vec()).expect("json");
    text.replace("\"signature\":null", &format!("\"signature\":{signature}")).into()
}

fn ask(desk: &Desk, id: &str, token: &str, path: &[&str], body: Bytes, key: &str) -> Answer {
    let operation = OPERATIONS.iter().find(|operation| operation.id == id).expect("an operation");
    let call = Call {
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        query: String::new(),
        body,
        content_type: Some("application/json".into()),
        token: Some(token.to_owned()),
        key: Some(key.to_owned()),
        version: "1.0.0".into(),
        age_ms: None,
    };
    desk.answer(operation, &call)
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("json").into()
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> T {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_voucher_s_money_goes_where_its_story_says(steps in prop::collection::vec(step(), 1..24)) {
        let mut world = World::new();
        for step in steps {
            world.live(step);
            world.check();
        }
        world.clock.advance_ms(3 * WEEK_MS);
        world.check();
    }
}
