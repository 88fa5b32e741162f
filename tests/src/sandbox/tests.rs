//! The sandbox over loopback, as an app, a terminal and an inspector see it.

use super::caller::{Caller, read};
use super::data::{OperatorData, sample_operator};
use super::desk::{INSPECTOR_TOKEN, TERMINAL_TOKEN};
use super::faults::{Fault, FaultKind};
use super::rules::carrier;
use super::*;
use jol_core::clock::{Clock, SimulatedClock};
use jol_core::money::Money;
use jol_core::operator::wire::*;
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::text::Language;
use jol_core::ticket::{
    DaySigns, PackSeal, Receipt, ReceiptOutcome, SignedTime, SignedToken, StatusList, TrustedKeys,
};
use jol_core::wallet::{Category, PassengerGroup};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

/// 2026-09-16 14:00 in Atyrau, on a run that ends 40 minutes later at the latest.
pub(super) const NOON: i64 = 1_789_549_200_000;

pub(super) fn start(data: &Path, clock: &SimulatedClock) -> Sandbox {
    start_with(data, clock, |_| ())
}

fn start_with(data: &Path, clock: &SimulatedClock, change: impl FnOnce(&mut OperatorData)) -> Sandbox {
    let mut operator = sample_operator(vec![serve::shuttle_city(data).expect("a city")]);
    change(&mut operator);
    Sandbox::start(SandboxOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: data.to_owned(),
        clock: clock.clone().into(),
        seed: Some(7),
        operator,
        issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
        tls: None,
    })
    .expect("a sandbox")
}

pub(super) fn ride(now_ms: i64) -> PaymentRequest {
    PaymentRequest {
        city: "sample".into(),
        vehicle: "0547".into(),
        line: "5".into(),
        way: Way::App,
        source: Source::PhoneBalance,
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        card: None,
        fare: Money::tenge(100),
        tapped_ms: now_ms,
        not_after_ms: now_ms + 600_000,
        one_more: false,
        signature: None,
    }
}

pub(super) async fn trusted(caller: &Caller, sandbox: &Sandbox) -> TrustedKeys {
    let answer: KeysAnswer = caller.get("/v1/keys").await;
    TrustedKeys::accept(&answer.key_list.0, &sandbox.root(), 0, Some(sandbox.clock().now_ms())).expect("keys")
}

async fn phone_balance(caller: &Caller) -> Money {
    let sources: Sources = caller.get("/v1/sources").await;
    sources.sources[0].balance.expect("a balance")
}

#[tokio::test]
async fn a_ride_is_paid_once_with_a_ticket_and_a_receipt_that_verify() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let keys = trusted(&caller, &sandbox).await;

    let body = caller.signed("first-tap", ride(NOON));
    let sent = async || caller.send(Method::POST, "/v1/payments", Some("first-tap"), body.clone()).await;
    let first = sent().await.expect("an answer").bytes().await.expect("a body");
    clock.advance_ms(60_000);
    let again = sent().await.expect("an answer").bytes().await.expect("a body");
    assert_eq!(first, again, "the same bytes get the same bytes");

    let paid: PaymentAnswer = serde_json::from_slice(&first).expect("json");
    let PaymentOutcome::Paid { ride: held } = &paid.outcome else { panic!("{paid:?}") };
    let ticket = SignedToken::from_bytes(&held.ticket.0).expect("a ticket").verify(&keys).expect("signed");
    assert_eq!(
        (ticket.vehicle.as_str(), ticket.fare, ticket.city.as_str()),
        ("547", Money::tenge(100), "sample")
    );
    assert_eq!(ticket.phone.expect("a phone").point, caller.phone.as_ref().expect("a phone").public_key());
    assert_eq!(ticket.expires_s * 1_000, held.ends_ms);
    let hash = jol_core::ticket::receipt::request_hash(&body);
    let receipt = paid.receipt.expect("a receipt");
    let receipt = Receipt::verify(&receipt.0, &keys, "first-tap", &hash).expect("signed");
    assert_eq!((receipt.outcome, receipt.amount), (ReceiptOutcome::Paid, Money::tenge(100)));

    let second = caller.pay("second-tap", ride(NOON + 60_000)).await;
    let PaymentOutcome::AlreadyPaid { by_key, ride: same } = second.outcome else { panic!("charged twice") };
    assert_eq!((by_key.as_str(), &same.ride), ("first-tap", &held.ride));
    assert_eq!(phone_balance(&caller).await, Money::tenge(4_900));

    let more = caller.pay("one-more-1", PaymentRequest { one_more: true, ..ride(NOON + 60_000) }).await;
    assert!(matches!(more.outcome, PaymentOutcome::Paid { .. }));
    assert_eq!(phone_balance(&caller).await, Money::tenge(4_800));
    clock.set_wall_ms(held.ends_ms);
    let rides: Rides = caller.get("/v1/rides").await;
    assert_eq!(rides.rides.iter().map(|ride| ride.state).collect::<Vec<_>>(), [RideState::Ended; 2]);
    assert_eq!(rides.rides[1].key, "first-tap", "newest first");
    assert_eq!(sandbox.ledger_faults().expect("a ledger"), Vec::<String>::new());
}

#[tokio::test]
async fn a_key_is_for_one_request_and_for_one_account() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let one = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let other = Caller::sign_in(&sandbox.base_url, "+7777123456").await;
    one.pay("a-shared-key", ride(NOON)).await;
    let changed = one.signed("a-shared-key", PaymentRequest { line: "6".into(), ..ride(NOON) });
    let answer =
        one.send(Method::POST, "/v1/payments", Some("a-shared-key"), changed).await.expect("an answer");
    let problem: Problem = read(answer).await;
    assert_eq!((problem.status, problem.code.as_str()), (409, problem::KEY_REUSED));
    let paid = other.pay("a-shared-key", ride(NOON)).await;
    assert!(matches!(paid.outcome, PaymentOutcome::Paid { .. }), "another account's key is another key");
    let body = one.signed("no-key", ride(NOON));
    let missing: Problem = read(one.send(Method::POST, "/v1/payments", None, body).await.expect("one")).await;
    assert_eq!(missing.code, problem::KEY_MISSING);
    let unsigned = one.problem("/v1/payments", ride(NOON)).await;
    assert_eq!(unsigned.code, problem::BAD_SIGNATURE, "a phone with a key signs");
}

#[tokio::test]
async fn a_slow_carrier_is_waited_for_and_a_second_tap_shares_its_answer() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77010000007").await;
    let first = caller.pay("slow-first", ride(NOON)).await;
    assert_eq!((first.outcome, first.receipt), (PaymentOutcome::Pending, None));
    let second = caller.pay("slow-second", ride(NOON)).await;
    assert_eq!(second.outcome, PaymentOutcome::Pending);
    let held: Rides = caller.get("/v1/rides").await;
    assert_eq!((held.rides.len(), held.pending.len()), (0, 2));
    clock.advance_ms(carrier::SLOW_MS);
    let first = caller.pay("slow-first", ride(NOON)).await;
    let PaymentOutcome::Paid { ride: held } = first.outcome else { panic!("{first:?}") };
    assert_eq!(held.paid_ms, NOON + carrier::SLOW_MS);
    let second: PaymentAnswer = caller.get("/v1/payments/slow-second").await;
    let PaymentOutcome::AlreadyPaid { by_key, .. } = second.outcome else { panic!("{second:?}") };
    assert_eq!(by_key, "slow-first");
    assert!(second.receipt.is_some());
    assert_eq!(phone_balance(&caller).await, Money::tenge(4_900));
}

#[tokio::test]
async fn a_run_that_is_over_never_charges_and_its_tickets_end() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let slow = Caller::sign_in(&sandbox.base_url, "+77010000007").await;
    let quick = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    assert_eq!(slow.pay("slow-first", ride(NOON)).await.outcome, PaymentOutcome::Pending);
    assert!(matches!(quick.pay("quick-one", ride(NOON)).await.outcome, PaymentOutcome::Paid { .. }));
    let _: Value = quick.post("/sandbox/vehicles/0547", json!({})).await;
    let rides: Rides = quick.get("/v1/rides").await;
    assert_eq!(rides.rides[0].state, RideState::Ended);
    let declined = quick.pay("quick-two", ride(NOON)).await.outcome;
    assert!(matches!(declined, PaymentOutcome::Declined { reason: DeclineReason::RunClosed, .. }));
    clock.advance_ms(carrier::SLOW_MS);
    let late: PaymentAnswer = slow.get("/v1/payments/slow-first").await;
    assert!(matches!(late.outcome, PaymentOutcome::Declined { reason: DeclineReason::RunClosed, .. }));
    assert_eq!(phone_balance(&slow).await, Money::tenge(5_000));
}

#[tokio::test]
async fn the_books_outlive_the_operator() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77010000007").await;
    caller.pay("slow-first", ride(NOON)).await;
    let root = sandbox.root();
    sandbox.stop();
    clock.advance_ms(carrier::SLOW_MS);
    let sandbox = start(folder.path(), &clock);
    assert_eq!(sandbox.root(), root);
    let caller = Caller { base: sandbox.base_url.clone(), ..caller };
    let answer: PaymentAnswer = caller.get("/v1/payments/slow-first").await;
    assert!(matches!(answer.outcome, PaymentOutcome::Paid { .. }));
    let card: Card = caller
        .post(
            "/v1/cards",
            CardRequest {
                category: Category::Standard,
                name: "a".into(),
                form: CardForm::Virtual,
                child: false,
            },
        )
        .await;
    assert_eq!(card.balance, Money::ZERO, "a new id, not one of the first run's");
}

#[tokio::test]
async fn a_card_is_topped_up_by_its_number_and_pays_at_a_terminal_once() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let friend = Caller::sign_in(&sandbox.base_url, "friend@post.kz").await;
    let card: Card = caller
        .post(
            "/v1/cards",
            CardRequest {
                category: Category::Standard,
                name: "a".into(),
                form: CardForm::Virtual,
                child: false,
            },
        )
        .await;
    let senior = CardRequest {
        category: Category::Senior,
        name: String::new(),
        form: CardForm::Virtual,
        child: false,
    };
    assert_eq!(caller.problem("/v1/cards", senior).await.code, problem::OFFICE_ONLY);

    let top_up = |provider: &str| TopUpRequest {
        card_number: card.number.clone(),
        provider: provider.into(),
        sum: Money::tenge(150),
    };
    let started: TopUpAnswer = friend.post("/v1/top-ups", top_up("kaspi")).await;
    assert_eq!(
        (started.state, started.sum, started.charged),
        (TopUpState::Waiting, Money::tenge(150), started.sum)
    );
    assert!(
        started.masked_card.ends_with(&card.number[12..]) && !started.masked_card.contains(&card.number[..6])
    );
    let page = friend.http.get(started.hand_over.expect("a page")).send().await.expect("a page");
    assert!(page.text().await.expect("text").contains("150"));
    for _ in 0..2 {
        let _: Value =
            friend.post(&format!("/sandbox/bank/{}", started.top_up), json!({ "paid": true })).await;
    }
    let done: TopUpAnswer = friend.get(&format!("/v1/top-ups/{}", started.top_up)).await;
    assert_eq!((done.state, done.receipt.is_some()), (TopUpState::Done, true));
    let hidden = caller.send(Method::GET, &format!("/v1/top-ups/{}", started.top_up), None, vec![]).await;
    assert_eq!(hidden.expect("an answer").status(), 404, "another's top-up is not shown");

    let terminal = Caller::new(&sandbox.base_url, TERMINAL_TOKEN);
    let tap = || TapRequest { vehicle: "0547".into(), card: card.number.clone(), code: None, at_ms: NOON };
    let first: TapAnswer = terminal.post("/v1/taps", tap()).await;
    assert_eq!(first, TapAnswer { fare: Money::tenge(100), balance: Money::tenge(50), already_paid: false });
    let second: TapAnswer = terminal.post("/v1/taps", tap()).await;
    assert_eq!(second, TapAnswer { fare: Money::ZERO, balance: Money::tenge(50), already_paid: true });
    let in_app = caller.pay("after-the-tap", ride(NOON)).await.outcome;
    assert!(matches!(in_app, PaymentOutcome::AlreadyPaid { .. }), "the ride rule spans the ways");
    assert_eq!(phone_balance(&caller).await, Money::tenge(5_000));
    assert_eq!(caller.problem("/v1/taps", tap()).await.code, problem::NOT_SIGNED_IN);
    assert_eq!(sandbox.ledger_faults().expect("a ledger"), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_code_counts_down_even_when_the_network_doubles_it() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::new(&sandbox.base_url, "");
    let request = SignInRequest { to: "+77771234567".into(), language: Language::Kk, terms_version: 1 };
    let started: SignInStarted = caller.post("/v1/sign-ins", request).await;
    let path = format!("/v1/sign-ins/{}/code", started.sign_in);
    let wrong = || CodeRequest { code: "x".into() };
    let doubled = async || {
        let body = serde_json::to_vec(&wrong()).expect("json");
        read::<Problem>(caller.send(Method::POST, &path, Some("one-guess"), body).await.expect("one")).await
    };
    assert_eq!((doubled().await.tries_left, doubled().await.tries_left), (Some(2), Some(2)));
    assert_eq!(caller.problem(&path, wrong()).await.tries_left, Some(1));
    assert_eq!(caller.problem(&path, wrong()).await.tries_left, Some(0));
    assert_eq!(caller.problem(&path, wrong()).await.code, problem::CODE_EXPIRED);
}

#[tokio::test]
async fn faults_hit_when_they_are_asked_for_and_money_stays_right() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let body = caller.signed("faulty-tap", ride(NOON));
    let send = async || caller.send(Method::POST, "/v1/payments", Some("faulty-tap"), body.clone()).await;
    for kind in
        [FaultKind::DropRequest, FaultKind::DropAnswer, FaultKind::Status { status: 503 }, FaultKind::Repeat]
    {
        sandbox.faults().add(Fault { operation: "pay".into(), kind, times: 1 });
    }
    assert!(send().await.is_err(), "the request was lost");
    assert_eq!(phone_balance(&caller).await, Money::tenge(5_000));
    assert!(send().await.is_err(), "the answer was lost");
    assert_eq!(phone_balance(&caller).await, Money::tenge(4_900));
    assert_eq!(send().await.expect("an answer").status(), 503);
    let doubled: PaymentAnswer = read(send().await.expect("an answer")).await;
    assert!(matches!(doubled.outcome, PaymentOutcome::Paid { .. }));
    assert_eq!(phone_balance(&caller).await, Money::tenge(4_900));
}

#[tokio::test]
async fn what_caches_keep_is_signed_and_asked_for_by_its_tag() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::new(&sandbox.base_url, "");
    let keys = trusted(&caller, &sandbox).await;
    let cities: Cities = caller.get("/v1/cities").await;
    let pack = &cities.cities[0].pack;
    let seal = PackSeal::verify(&pack.signature.0, &keys).expect("by the data key");
    assert_eq!((seal.city.as_str(), &seal.sha256[..]), ("sample", pack.sha256.0.as_slice()));
    let answer =
        caller.http.get(format!("{}/v1/cities/sample/pack", caller.base)).send().await.expect("a pack");
    assert_eq!(answer.content_length(), Some(pack.bytes));
    let tag = answer.headers()["etag"].clone();
    let again =
        caller.http.get(answer.url().clone()).header("if-none-match", tag).send().await.expect("none");
    assert_eq!((again.status().as_u16(), again.bytes().await.expect("nothing").len()), (304, 0));

    let status: StatusAnswer = caller.get("/v1/status").await;
    StatusList::accept(&status.status_list.0, &keys, 0).expect("signed");
    let signs: DaySignsAnswer = caller.get("/v1/day-signs").await;
    let signs = DaySigns::accept(&signs.day_signs.0, &keys, 0).expect("signed");
    // 2026-09-16 and its neighbours.
    assert_eq!(signs.days.iter().map(|sign| sign.day).collect::<Vec<_>>(), [20_711, 20_712, 20_713]);
    for (day, next) in signs.days.iter().zip(&signs.days[1..]) {
        assert!(day.word != next.word && day.colour != next.colour, "{signs:?}");
    }
    // In Atyrau the next day begins at 19:00 UTC, and the days that were told keep their signs.
    clock.advance_ms(10 * 3_600_000);
    let later: DaySignsAnswer = caller.get("/v1/day-signs").await;
    let later = DaySigns::accept(&later.day_signs.0, &keys, signs.number + 1).expect("a newer list");
    assert_eq!(later.days[..2], signs.days[1..]);
    clock.advance_ms(-10 * 3_600_000);
    let time: TimeAnswer = caller.get("/v1/time?nonce=AAECAwQFBgc").await;
    assert_eq!(SignedTime::verify(&time.time.0, &keys, &[0, 1, 2, 3, 4, 5, 6, 7]), Ok(NOON));
    for (method, path, status) in [
        (Method::GET, "/v1/time", 400),
        (Method::GET, "/v1/time?nonce=!", 400),
        (Method::GET, "/v1/cities/nowhere", 404),
        (Method::GET, "/v1/nothing", 404),
        (Method::DELETE, "/v1/cards", 405),
        (Method::GET, "/v1/cards", 401),
    ] {
        let answer = caller.send(method, path, None, vec![]).await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        assert_eq!(answer.status(), status, "{path}");
    }
    let long = caller.send(Method::POST, "/v1/sign-ins", Some("long-body"), vec![b' '; 300_000]).await;
    assert_eq!(long.expect("an answer").status(), 413);
}

#[tokio::test]
async fn inspectors_report_and_a_bus_that_broke_down_is_on_the_list() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let PaymentOutcome::Paid { ride: held } = caller.pay("first-tap", ride(NOON)).await.outcome else {
        panic!()
    };
    let inspector = Caller::new(&sandbox.base_url, INSPECTOR_TOKEN);
    let entry = InspectionEntry {
        ticket: Some(held.ride.clone()),
        intent: None,
        challenge: None,
        counter: None,
        verdict: "valid".into(),
        vehicle: "0547".into(),
        at_ms: NOON,
    };
    let body = serde_json::to_vec(&InspectionReport { checks: vec![entry.clone()] }).expect("json");
    for _ in 0..2 {
        let sent = inspector.send(Method::POST, "/v1/inspections", Some("an-upload"), body.clone()).await;
        assert_eq!(sent.expect("an answer").status(), 204);
    }
    let seen: InspectionReport = caller.get("/sandbox/inspections").await;
    assert_eq!(seen.checks, [entry]);
    let _: Value = caller.post("/sandbox/vehicles/0547", json!({ "broken_down": true })).await;
    let keys = trusted(&caller, &sandbox).await;
    let status: StatusAnswer = caller.get("/v1/status").await;
    let list = StatusList::accept(&status.status_list.0, &keys, 0).expect("signed");
    let ticket = SignedToken::from_bytes(&held.ticket.0).expect("a ticket").verify(&keys).expect("signed");
    assert!(list.broken_run(&ticket).is_some());
    let rides: Rides = caller.get("/v1/rides").await;
    assert_eq!(rides.rides[0].state, RideState::Valid, "it holds on the line's next bus");
}

#[tokio::test]
async fn time_is_moved_over_http_too() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::new(&sandbox.base_url, "");
    let _: Value = caller.post("/sandbox/clock", json!({ "advance_ms": 5 })).await;
    assert_eq!(clock.wall_ms(), NOON + 5);
    let _: Value = caller.post("/sandbox/clock", json!({ "set_ms": 9 })).await;
    assert_eq!(caller.get::<Value>("/sandbox/clock").await, json!({ "now_ms": 9 }));
}

#[tokio::test]
async fn it_speaks_tls_under_a_root_of_its_own() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    _ = rustls::crypto::ring::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("a config");
    let sandbox = Sandbox::start(SandboxOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: folder.path().to_owned(),
        clock: clock.into(),
        seed: None,
        operator: sample_operator(vec![serve::shuttle_city(folder.path()).expect("a city")]),
        issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
        tls: Some(Arc::new(config)),
    })
    .expect("a sandbox");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let http =
        reqwest::Client::builder().no_proxy().tls_backend_preconfigured(config).build().expect("a client");
    let url = format!("{}/v1/operator", sandbox.base_url);
    assert!(url.starts_with("https://"));
    // Somebody who never finishes a handshake keeps nobody waiting.
    let _silent = tokio::net::TcpStream::connect(sandbox.address).await.expect("a connection");
    let info: OperatorInfo = read(http.get(&url).send().await.expect("an answer")).await;
    assert_eq!(info.id, "SMP");
}

fn declined(answer: PaymentAnswer) -> DeclineReason {
    match answer.outcome {
        PaymentOutcome::Declined { reason, .. } => reason,
        other => panic!("not declined: {other:?}"),
    }
}

#[tokio::test]
async fn new_terms_and_an_old_app_are_asked_about_before_the_next_payment_only() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    assert!(matches!(caller.pay("before-it", ride(NOON)).await.outcome, PaymentOutcome::Paid { .. }));
    sandbox.stop();
    let sandbox = start_with(folder.path(), &clock, |operator| {
        operator.info.terms_version = 2;
        operator.terms.version = 2;
    });
    let caller = Caller { base: sandbox.base_url.clone(), ..caller };
    let other_bus = || PaymentRequest { vehicle: "0548".into(), ..ride(NOON) };
    let again = caller.pay("same-ride", ride(NOON)).await.outcome;
    assert!(matches!(again, PaymentOutcome::AlreadyPaid { .. }), "new terms never block a valid ticket");
    assert_eq!(declined(caller.pay("next-ride", other_bus()).await), DeclineReason::TermsNotAccepted);
    assert_eq!(caller.problem("/v1/terms/1/acceptance", ()).await.code, problem::NOT_FOUND);
    let _: Terms = caller.post("/v1/terms/2/acceptance", ()).await;
    assert!(matches!(caller.pay("after-it", other_bus()).await.outcome, PaymentOutcome::Paid { .. }));
    sandbox.stop();
    let sandbox = start_with(folder.path(), &clock, |operator| {
        operator.info.terms_version = 2;
        operator.info.lowest_version_that_pays = "99.0.0".to_owned();
    });
    let caller = Caller { base: sandbox.base_url.clone(), ..caller };
    clock.advance_ms(3_600_000);
    let later = ride(clock.wall_ms());
    assert_eq!(declined(caller.pay("an-old-app", later).await), DeclineReason::AppTooOld);
}

#[tokio::test]
async fn an_office_issues_a_card_and_a_school_card_waits_for_its_proof() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "+77010000006").await;
    let body = json!({ "to": "+77010000006", "category": "senior", "name": "Ata" });
    let senior: Card = caller.post("/sandbox/cards", body).await;
    let cards: Cards = caller.get("/v1/cards").await;
    assert_eq!(cards.cards, std::slice::from_ref(&senior));
    let as_category = |category, card: &Card, vehicle: &str, tenge| PaymentRequest {
        passengers: vec![PassengerGroup { category, count: 1 }],
        card: Some(card.id.clone()),
        vehicle: vehicle.into(),
        fare: Money::tenge(tenge),
        ..ride(NOON)
    };
    let free = caller.pay("free-ride", as_category(Category::Senior, &senior, "0547", 0)).await;
    let PaymentOutcome::Paid { ride: held } = &free.outcome else { panic!("{free:?}") };
    assert_eq!((held.fare, free.receipt.is_some(), held.ticket.0.is_empty()), (Money::ZERO, true, false));

    let request =
        CardRequest { category: Category::School, name: "Aru".into(), form: CardForm::Virtual, child: false };
    let school: Card = caller.post("/v1/cards", request).await;
    assert_eq!(school.state, CardState::Applied);
    let pupil = || as_category(Category::School, &school, "0548", 50);
    assert_eq!(declined(caller.pay("too-early", pupil()).await), DeclineReason::CategoryNotHeld);
    let path = format!("/sandbox/cards/{}", school.number);
    let _: Card = caller.post(&path, json!({ "state": "active" })).await;
    assert_eq!(declined(caller.pay("no-money-yet", pupil()).await), DeclineReason::NoMoney);
    let by_card = PaymentRequest { source: Source::SmartCard { card: school.id.clone() }, ..pupil() };
    let top_up = TopUpRequest { card_number: school.number, provider: "qiwi".into(), sum: Money::tenge(100) };
    let waiting: TopUpAnswer = caller.post("/v1/top-ups", top_up).await;
    assert_eq!((waiting.state, &waiting.hand_over), (TopUpState::Waiting, &None));
    let _: Value = caller.post(&format!("/sandbox/bank/{}", waiting.top_up), json!({ "paid": true })).await;
    assert!(matches!(caller.pay("school-ride", by_card).await.outcome, PaymentOutcome::Paid { .. }));
    let cards: Cards = caller.get("/v1/cards").await;
    assert_eq!(cards.cards[1].balance, Money::tenge(50));
}

#[tokio::test]
async fn a_bank_card_is_linked_on_the_bank_s_page_and_pays() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let caller = Caller::sign_in(&sandbox.base_url, "traveller@example.org").await;
    let sources: Sources = caller.get("/v1/sources").await;
    assert_eq!(sources.sources, [], "an address has no phone balance");
    let cancelled: BankLinkAnswer = caller.post("/v1/bank-cards", ()).await;
    let asked: BankLinkAnswer = caller.post("/v1/bank-cards", ()).await;
    assert_eq!((asked.state, &asked.token), (BankLinkState::Waiting, &None));
    // The bank's first word holds.
    for (page, button) in
        [(&cancelled, "refused"), (&cancelled, "paid"), (&asked, "paid"), (&asked, "refused")]
    {
        let clicked = caller.http.post(format!("{}/{button}", page.page)).send().await.expect("a page");
        assert_eq!(clicked.status(), 200);
    }
    let no: BankLinkAnswer = caller.get(&format!("/v1/bank-cards/{}", cancelled.link)).await;
    assert_eq!((no.state, no.token), (BankLinkState::Refused, None));
    let yes: BankLinkAnswer = caller.get(&format!("/v1/bank-cards/{}", asked.link)).await;
    assert_eq!(yes.state, BankLinkState::Linked);
    let sources: Sources = caller.get("/v1/sources").await;
    assert_eq!(sources.sources.len(), 1);
    let source = sources.sources[0].source.clone();
    assert_eq!(Some(&source), yes.token.map(|token| Source::BankCard { token }).as_ref());
    let paid = caller.pay("by-the-card", PaymentRequest { source, ..ride(NOON) }).await.outcome;
    assert!(matches!(paid, PaymentOutcome::Paid { .. }));
    assert_eq!(sandbox.ledger_faults().expect("a ledger"), Vec::<String>::new());
}
