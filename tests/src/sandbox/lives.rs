//! Lives of two passengers at an operator's desk, made by chance: whatever they do, in whatever order,
//! the ledger balances and no ride is charged twice.

use super::data::{OperatorData, sample_operator};
use super::desk::{Answer, Call, Desk, OPERATIONS, TERMINAL_TOKEN};
use super::rules::Purse;
use super::{SandboxOptions, open_desk, serve};
use axum::body::Bytes;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::money::Money;
use jol_core::operator::wire::*;
use jol_core::pay::{Source, Way};
use jol_core::text::Language;
use jol_core::wallet::{Category, PassengerGroup};
use proptest::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::net::SocketAddr;

const NOON: i64 = 1_789_549_200_000;
/// One pays at once, the other's carrier is slow.
const NUMBERS: [&str; 2] = ["+77771234567", "+77010000007"];
const BUSES: [&str; 3] = ["0547", "0548", "9999"];

#[derive(Clone, Debug)]
enum Step {
    Pay { who: usize, bus: usize, by_card: bool, one_more: bool, stale: bool },
    PayAgain { who: usize, nth: usize },
    Tap { who: usize, bus: usize },
    TopUp { who: usize, by_phone: bool, tenge: i64 },
    Wait { ms: i64 },
    EndRun { bus: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let (who, bus) = (0..2usize, 0..3usize);
    let pay = (who.clone(), bus.clone(), any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.1));
    prop_oneof![
        6 => pay.prop_map(|(who, bus, by_card, one_more, stale)| Step::Pay { who, bus, by_card, one_more, stale }),
        3 => (who.clone(), 0..9usize).prop_map(|(who, nth)| Step::PayAgain { who, nth }),
        3 => (who.clone(), bus.clone()).prop_map(|(who, bus)| Step::Tap { who, bus }),
        2 => (who, any::<bool>(), -1..2_000i64)
            .prop_map(|(who, by_phone, tenge)| Step::TopUp { who, by_phone, tenge }),
        3 => prop_oneof![1..60_000i64, 60_000..3_000_000i64].prop_map(|ms| Step::Wait { ms }),
        1 => bus.prop_map(|bus| Step::EndRun { bus }),
    ]
}

struct Passenger {
    token: String,
    card: Card,
    sent: Vec<(String, Bytes)>,
    answers: HashMap<String, Bytes>,
}

struct World {
    desk: Desk,
    clock: SimulatedClock,
    people: Vec<Passenger>,
    keys: u32,
}

impl World {
    fn new(folder: &std::path::Path) -> World {
        let clock = SimulatedClock::at(NOON);
        let options = SandboxOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: folder.to_owned(),
            clock: clock.clone().into(),
            seed: Some(1),
            operator: sample_operator(vec![serve::shuttle_city(folder).expect("a city")]),
            issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
            tls: None,
        };
        let desk = open_desk(options, String::new()).expect("a desk");
        let mut world = World { desk, clock, people: vec![], keys: 0 };
        for number in NUMBERS {
            let request = SignInRequest { to: number.into(), language: Language::En, terms_version: 1 };
            let started: SignInStarted = read(&world.call("startSignIn", "", &[], &json(&request)));
            let message = world.desk.lock().begin().and_then(|books| books.last_message(number));
            let text = message.expect("books").expect("a message").0;
            let code = text.chars().filter(char::is_ascii_digit).collect();
            let session: Session =
                read(&world.call("enterCode", "", &[&started.sign_in], &json(&CodeRequest { code })));
            let request = CardRequest {
                category: Category::Standard,
                name: String::new(),
                form: CardForm::Virtual,
                child: false,
            };
            let card = read(&world.call("registerCard", &session.token, &[], &json(&request)));
            let (sent, answers) = Default::default();
            world.people.push(Passenger { token: session.token, card, sent, answers });
        }
        world
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("life-key-{}", self.keys)
    }

    fn call(&mut self, operation: &str, token: &str, path: &[&str], body: &Bytes) -> Answer {
        let key = self.key();
        self.call_with(operation, token, path, body, &key)
    }

    fn call_with(&self, id: &str, token: &str, path: &[&str], body: &Bytes, key: &str) -> Answer {
        let operation = OPERATIONS.iter().find(|operation| operation.id == id).expect("an operation");
        let call = Call {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            query: String::new(),
            body: body.clone(),
            content_type: Some("application/json".into()),
            token: Some(token.to_owned()),
            key: Some(key.to_owned()),
            version: "1.0.0".into(),
            age_ms: None,
        };
        self.desk.answer(operation, &call)
    }

    fn pay(&mut self, who: usize, key: String, body: Bytes) {
        let token = self.people[who].token.clone();
        let answer = self.call_with("pay", &token, &[], &body, &key);
        assert_eq!(answer.status, 200, "{answer:?}");
        if !answer.is_final {
            return;
        }
        let before = self.people[who].answers.insert(key, answer.body.clone());
        assert!(before.is_none_or(|before| before == answer.body), "another answer to the same payment");
    }

    fn live(&mut self, step: Step) {
        let now_ms = self.clock.wall_ms();
        match step {
            Step::Pay { who, bus, by_card, one_more, stale } => {
                let card = self.people[who].card.id.clone();
                let source = if by_card { Source::SmartCard { card } } else { Source::PhoneBalance };
                let request = PaymentRequest {
                    city: "sample".into(),
                    vehicle: BUSES[bus].into(),
                    line: "5".into(),
                    way: Way::App,
                    source,
                    passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
                    card: None,
                    fare: Money::tenge(100),
                    tapped_ms: now_ms,
                    not_after_ms: if stale { now_ms - 1 } else { now_ms + 600_000 },
                    one_more,
                    signature: None,
                };
                let (key, body) = (self.key(), json(&request));
                self.people[who].sent.push((key.clone(), body.clone()));
                self.pay(who, key, body);
            }
            Step::PayAgain { who, nth } => {
                if let Some((key, body)) = self.people[who].sent.iter().rev().nth(nth).cloned() {
                    self.pay(who, key, body);
                }
            }
            Step::Tap { who, bus } => {
                let card = self.people[who].card.number.clone();
                let request = TapRequest { vehicle: BUSES[bus].into(), card, code: None, at_ms: now_ms };
                self.call("tapCard", TERMINAL_TOKEN, &[], &json(&request));
            }
            Step::TopUp { who, by_phone, tenge } => {
                let (token, card_number) =
                    (self.people[who].token.clone(), self.people[who].card.number.clone());
                let provider = if by_phone { "app" } else { "kaspi" }.to_owned();
                let request = TopUpRequest { card_number, provider, sum: Money::tenge(tenge) };
                let answer = self.call("startTopUp", &token, &[], &json(&request));
                if answer.status == 200 && !by_phone {
                    let started: TopUpAnswer = read(&answer);
                    for paid in [true, true, false] {
                        self.desk.bank_says(&started.top_up, paid).expect("the bank's word");
                    }
                }
            }
            Step::Wait { ms } => self.clock.advance_ms(ms),
            Step::EndRun { bus } => _ = self.desk.end_run(BUSES[bus], false).expect("the depot's word"),
        }
    }

    /// Everything is answered, and what the operator holds is right.
    fn rest(&mut self) {
        self.clock.advance_ms(super::rules::carrier::SLOW_MS);
        let mut charged = Money::ZERO;
        for who in 0..self.people.len() {
            let token = self.people[who].token.clone();
            let held: Rides = read(&self.call("listRides", &token, &[], &Bytes::new()));
            assert_eq!(held.pending, Vec::<String>::new());
            let mut ridden: HashMap<&str, Vec<&RideAnswer>> = HashMap::new();
            for ride in held.rides.iter().rev() {
                charged = charged.plus(ride.fare).expect("a sum");
                ridden.entry(&ride.vehicle.vehicle).or_default().push(ride);
            }
            let sent: HashMap<String, PaymentRequest> = self.people[who]
                .sent
                .iter()
                .map(|(key, body)| (key.clone(), serde_json::from_slice(body).expect("json")))
                .collect();
            let more = |ride: &RideAnswer| sent.get(&ride.key).is_some_and(|request| request.one_more);
            for rides in ridden.values() {
                for (first, second) in
                    rides.iter().enumerate().flat_map(|(n, a)| rides[n + 1..].iter().map(move |b| (a, b)))
                {
                    let apart = first.ends_ms <= second.paid_ms || second.ends_ms <= first.paid_ms;
                    assert!(apart || more(first) || more(second), "charged twice: {first:?} {second:?}");
                }
            }
            for (key, request) in sent {
                let answer: PaymentAnswer = read(&self.call("readPayment", &token, &[&key], &Bytes::new()));
                let rides = held.rides.iter().filter(|ride| ride.key == key).count();
                let paid = matches!(answer.outcome, PaymentOutcome::Paid { .. });
                assert_eq!(rides, usize::from(paid), "a ride if and only if it was paid: {request:?}");
                assert!(answer.receipt.is_some());
            }
        }
        let mut ledger = self.desk.lock();
        assert_eq!(ledger.faults().expect("a ledger"), Vec::<String>::new());
        let fares = ledger.begin().and_then(|books| books.balance(&Purse::Fares("sample".into())));
        assert_eq!(fares, Ok(charged), "what rides brought in is what passengers were charged");
    }
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
    fn whatever_passengers_do_the_ledger_balances_and_no_ride_is_charged_twice(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = World::new(folder.path());
        steps.into_iter().for_each(|step| world.live(step));
        world.rest();
    }
}
