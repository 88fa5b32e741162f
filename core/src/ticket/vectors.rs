//! Golden vectors: what other implementations compare with, and what must not change unseen.
//!
//! `vectors.json` is made by `JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors`.

use super::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use super::*;
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("vectors.json");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One code as an inspector scans it, with what they are told. They are on the ticket's bus, or on 0549.
fn vector(name: &str, token: &Token, freshness: Option<Freshness>, asked: Option<[u8; 8]>) -> Value {
    let presentation = match freshness {
        Some(freshness) => fixtures::shown(token, freshness),
        None => Presentation::unsigned(&fixtures::signed(token)),
    };
    let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
    let vehicle = if name == "another bus" { "0549" } else { token.vehicle.as_str() };
    let check = Check { challenge: asked, vehicle: Some(vehicle), ..fixtures::check(&keys, &seen) };
    let verdict = inspect(&presentation.to_text(), &check);
    let reason = match &verdict {
        Verdict::Valid { .. } => None,
        Verdict::NotValid { reason, .. } => Some(reason.code()),
        Verdict::CannotTell { reason, .. } => Some(reason.code()),
    };
    let message = freshness.map(|freshness| hex(&to_sign(presentation.ticket(), freshness)));
    json!({
        "name": name,
        "ticket_cose_sign1": hex(&presentation.ticket().to_bytes()),
        "phone_signs": message,
        "presentation": hex(&presentation.to_bytes()),
        "text": presentation.to_text(),
        "inspector": { "now_ms": NOW_MS, "vehicle": vehicle, "challenge": asked.map(|asked| hex(&asked)) },
        "verdict": verdict.code(),
        "reason": reason,
    })
}

fn all() -> Value {
    let token = fixtures::token;
    let longest = fixtures::longest_token();
    let slot = |ago_s: i64| Some(Freshness::Slot(slot_at(NOW_MS - ago_s * 1_000)));
    let answer = Some(Freshness::Challenge(CHALLENGE));
    let unattested = token().phone.map(|phone| PhoneKey { attested: false, ..phone });
    let family =
        [(Category::Standard, 2), (Category::School, 1), (Category::Senior, 1), (Category::Child, 3)];
    let family = family.map(|(category, count)| PassengerGroup { category, count }).to_vec();
    let past = NOW_S - 7_200;
    let vectors = [
        vector("one adult to the terminus", &token(), slot(0), None),
        vector("the longest ticket", &longest, slot(0), None),
        vector("the longest ticket answers a challenge", &longest, answer, Some(CHALLENGE)),
        vector(
            "a family of four categories for 90 minutes, without stop, on an unattested phone",
            &Token {
                passengers: family,
                end: EndRule::Minutes(90),
                stop: None,
                phone: unattested,
                ..token()
            },
            slot(15),
            None,
        ),
        vector(
            "a free ride by the bus's code, within a zone, in place of another ticket",
            &Token {
                fare: Money::ZERO,
                way: Way::BusQr,
                end: EndRule::Zone("A".to_owned()),
                replaces: Some(TicketId::new(7, *b"efgh")),
                ..token()
            },
            slot(45),
            None,
        ),
        vector("no usable key on the phone", &Token { phone: None, ..token() }, None, None),
        vector("a copy without the phone", &token(), None, None),
        vector("a picture a minute old", &token(), slot(60), None),
        vector("an answer to another inspector", &token(), answer, None),
        vector("another bus", &token(), slot(0), None),
        vector(
            "a ticket of two hours ago",
            &Token { issued_s: past, not_before_s: past, expires_s: past + 3_600, ..token() },
            slot(0),
            None,
        ),
    ];
    let seeds = [Purpose::Root, Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker].map(
        |purpose| {
            let key = fixtures::signing_key(purpose);
            let seed = hex(&fixtures::seed(&format!("{purpose:?}")));
            json!({ "key": key.id().to_string(), "ed25519_seed": seed, "public_key": hex(&key.public_key()) })
        },
    );
    let list = fixtures::key_list().sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
    let receipt = Receipt {
        idempotency_key: "ride-1".to_owned(),
        request_hash: receipt::request_hash(b"{}"),
        outcome: ReceiptOutcome::Paid,
        amount: Money::tenge(120),
        operator_time_ms: NOW_MS,
        ticket: Some(token().id),
        reference: "R-000017".to_owned(),
    };
    let status = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S,
        revoked: vec![7, 70_000],
        replaced: vec![8],
        broken: vec![BrokenRun { vehicle: "0547".to_owned(), run: 4_711, next: vec!["0548".to_owned()] }],
    };
    let day = |day: u32, colour, word: &str| DaySign { day, colour, word: word.to_owned() };
    let today = u32::try_from(NOW_S / 86_400).expect("after 1970");
    let days =
        vec![day(today - 1, 0x00_4080, "ДАЛА"), day(today, 0xFF_C000, "ҚЫРАН"), day(today + 1, 0, "АҚҚУ")];
    let day_signs = DaySigns { number: 1, issued_s: NOW_S, days };
    let sticker =
        StickerCode { kind: StickerKind::Bus, operator: fixtures::issuer(), code: "0547".to_owned() };
    let seal =
        PackSeal { city: "atyrau".to_owned(), sha256: receipt::request_hash(b"a pack"), issued_s: NOW_S };
    let time = SignedTime { nonce: (0..16).collect(), operator_time_ms: NOW_MS };
    let sign = fixtures::signing_key;
    json!({
        "made_by": "JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors",
        "format": "core/contract/ticket.cddl",
        "test_keys": seeds,
        "phone_public_key": hex(&fixtures::phone().public_key()),
        "key_list": hex(&list),
        "presentations": vectors,
        "receipt": hex(&receipt.sign(&sign(Purpose::Receipt)).expect("a receipt")),
        "time": hex(&time.sign(&sign(Purpose::Receipt)).expect("a time")),
        "pack_seal": hex(&seal.sign(&sign(Purpose::CityData)).expect("a seal")),
        "day_signs": hex(&day_signs.sign(&sign(Purpose::CityData)).expect("a list")),
        "status_list": hex(&status.sign(&sign(Purpose::CityData)).expect("a list")),
        "sticker": sticker.sign("RIDE.EXAMPLE", &sign(Purpose::Sticker)).expect("a sticker"),
    })
}

#[test]
fn the_format_is_what_was_published() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("JSON");
    let made = all();
    for (golden, made) in std::iter::zip(
        golden["presentations"].as_array().into_iter().flatten(),
        made["presentations"].as_array().into_iter().flatten(),
    ) {
        assert_eq!(golden, made, "{}", made["name"]);
    }
    assert_eq!(golden, made);
}

/// The first vector, item by item and by hand: what the bytes are, without our own writer.
#[test]
fn the_first_vector_reads_as_the_format_says() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("JSON");
    let cose = golden["presentations"][0]["ticket_cose_sign1"].as_str().expect("hex");
    let key = hex(&fixtures::phone().public_key());
    let items = [
        "84",                   // COSE_Sign1: four items
        "49a20127044441545201", // protected: algorithm EdDSA (-8), key "ATR" 1
        "a0",                   // unprotected: empty
        "5854",                 // the ticket: 84 bytes
        "90",                   // 16 items
        "01",                   // version 1
        "48000004d261626364",   // id: index 1234, then "abcd"
        "1a6b0e7e44",           // issued
        "00",                   // valid at once
        "191554",               // for 5460 s
        &format!("5821{key}"),  // the phone's key
        "03",                   // attested, direction 1, paid in the app
        "66617479726175",       // atyrau
        "623134",               // line 14
        "6430353437",           // vehicle 0547
        "191267",               // run 4711
        "01",                   // one standard passenger
        "192ee0",               // 12 000 tiyn
        "63313132",             // stop 112
        "f6",                   // to the terminus
        "f6",                   // in place of no other
        "5840",                 // the operator's signature
    ];
    let (head, signature) = cose.split_at(cose.len() - 128);
    assert_eq!(head, items.concat());
    assert_eq!(signature.len(), 128);
}

/// `JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors` writes the golden file anew.
#[test]
fn ticket_vectors_are_written_when_asked_for() {
    if std::env::var_os("JOL_WRITE_VECTORS").is_none() {
        return;
    }
    let text = serde_json::to_string_pretty(&all()).expect("JSON");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ticket/vectors.json");
    std::fs::write(path, text + "\n").expect("the source folder can be written");
}
