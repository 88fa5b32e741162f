//! What the sandbox gives to inspectors over loopback, and what it keeps of what they report.

use super::caller::{Caller, read};
use super::data::OperatorData;
use super::tests::{NOON, ride, start, trusted};
use jol_core::clock::SimulatedClock;
use jol_core::operator::wire::{
    Base64, InspectionEntry, InspectionReport, PaymentOutcome, Problem, RegisterAnswer, RideAnswer, problem,
};
use jol_core::ticket::intent::payment_hash;
use jol_core::ticket::{Freshness, Intent, NumberKind, Register, ShownIntent};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn only_an_inspector_reads_who_rides_and_reports() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let passenger = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let inspector = Caller::sign_in(&sandbox.base_url, OperatorData::SAMPLE_INSPECTOR).await;
    let paid = passenger.pay("first-tap", ride(NOON)).await;
    assert!(matches!(paid.outcome, PaymentOutcome::Paid { .. }));
    let entered = json!({ "vehicle": "0547", "way": "sms", "number": "40817" });
    let held: RideAnswer = passenger.post("/sandbox/rides", entered).await;
    let nobody = Caller::new(&sandbox.base_url, "");
    for (caller, path, status, code) in [
        (&nobody, "/v1/vehicles/547/register", 401, problem::NOT_SIGNED_IN),
        (&passenger, "/v1/vehicles/547/register", 403, problem::NOT_STAFF),
        (&inspector, "/v1/vehicles/9/register", 404, problem::NOT_FOUND),
    ] {
        let answer = caller.send(Method::GET, path, None, vec![]).await.expect("an answer");
        let refused: Problem = read(answer).await;
        assert_eq!((refused.status, refused.code.as_str()), (status, code));
    }
    let report = InspectionReport { checks: Vec::new() };
    assert_eq!(passenger.problem("/v1/inspections", &report).await.code, problem::NOT_STAFF);
    let keys = trusted(&inspector, &sandbox).await;
    for name in ["547", "0547"] {
        let answer: RegisterAnswer = inspector.get(&format!("/v1/vehicles/{name}/register")).await;
        let register = Register::accept(&answer.register.0, &keys, "547", 0).expect("signed");
        assert_eq!((register.as_of_ms, register.taps_until_ms), (NOON, NOON));
        let [only] = register.rides.as_slice() else { panic!("the app's ride has a code: {register:?}") };
        assert_eq!((only.id.to_string(), only.ends_ms), (held.ride.clone(), held.ends_ms));
        assert_eq!(register.find(NumberKind::Sms, "40817").count(), 1);
    }
}

#[tokio::test]
async fn what_a_phone_showed_is_kept_once_and_only_if_it_signed_that() {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), SimulatedClock::at(NOON));
    let sandbox = start(folder.path(), &clock);
    let passenger = Caller::sign_in(&sandbox.base_url, "+77771234567").await;
    let inspector = Caller::sign_in(&sandbox.base_url, OperatorData::SAMPLE_INSPECTOR).await;
    let phone = passenger.phone.as_ref().expect("a phone");
    let request = ride(NOON);
    let intent = Intent {
        issuer: sandbox.root().issuer,
        payment: payment_hash("the-payment"),
        city: request.city.clone(),
        vehicle: "547".into(),
        line: request.line.clone(),
        passengers: request.passengers.clone(),
        fare: request.fare,
        tapped_s: NOON / 1_000,
        phone: phone.public_key(),
    };
    let asked = Freshness::Challenge(*b"inspect!");
    let shown = |intent: &Intent, freshness| {
        let signature = phone.sign(&intent.to_sign(freshness).expect("within bounds"));
        ShownIntent::assemble(intent, freshness, &signature).expect("its own key").to_text()
    };
    let genuine = shown(&intent, asked);
    let mut forged =
        shown(&Intent { payment: payment_hash("another"), ..intent.clone() }, Freshness::Slot(1));
    let last = if forged.ends_with('0') { "1" } else { "0" };
    forged.replace_range(forged.len() - 1.., last);
    let entry = |text: &str, challenge: Option<&[u8]>| InspectionEntry {
        ticket: None,
        intent: Some(text.to_owned()),
        challenge: challenge.map(|challenge| Base64(challenge.to_vec())),
        counter: None,
        verdict: "cannot_tell".into(),
        vehicle: "547".into(),
        at_ms: NOON,
    };
    let checks = vec![
        entry(&forged, None),
        entry(&genuine, None),
        entry(&genuine, Some(b"inspecT!")),
        entry(&genuine, Some(b"inspect!")),
        entry(&genuine, Some(b"inspect!")),
    ];
    let report = serde_json::to_vec(&InspectionReport { checks }).expect("json");
    let sent = inspector.send(Method::POST, "/v1/inspections", Some("an-upload"), report).await;
    assert_eq!(sent.expect("an answer").status(), 204);
    let became = async || {
        let seen: Value = passenger.get("/sandbox/intents").await;
        let seen = seen["intents"].as_array().expect("a list").clone();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0]["became"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(became().await, "open");
    // Another account's payment under that key is another payment.
    let other = Caller::sign_in(&sandbox.base_url, "+7777123456").await;
    assert!(matches!(other.pay("the-payment", ride(NOON)).await.outcome, PaymentOutcome::Paid { .. }));
    assert_eq!(became().await, "open");
    assert!(matches!(passenger.pay("the-payment", request).await.outcome, PaymentOutcome::Paid { .. }));
    assert_eq!(became().await, "paid");
}
