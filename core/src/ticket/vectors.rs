//! Golden vectors: what other implementations compare with, and what must not change unseen.
//!
//! `vectors.json` is made by `JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors`. What must be told of
//! each code stands in `cases.rs` and `vouchers.rs`, by hand; the tests here see to it that nothing of the
//! format is left out.

mod cases;
mod fields;
mod inspector;
mod vouchers;

use super::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use super::*;
use crate::money::Money;
use cases::Case;
use inspector::Inspector;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The last second that the format can name.
const LAST_S: i64 = u32::MAX as i64;

const GOLDEN: &str = include_str!("vectors.json");

const ABOUT: &str = "Codes as an inspector scans them, and what the inspector must be told. A vector's text \
    is looked at by an inspector who knows what stands in check, but for what the vector's own check says; \
    the lists and keys are those named above. Facts likewise: those of facts, but for what the vector says. \
    What is valid says what was paid (numbers as in the format, times in s since 1970) and what the phone \
    signed. Phone signatures are deterministic (RFC 6979), low s. Every key is made for these tests.";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that the file holds, each vector on a line.
fn file() -> String {
    let vectors: Vec<String> = cases::all().iter().map(line).collect();
    let Value::Object(head) = head() else { panic!("an object") };
    let head: Vec<String> = head.iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect();
    format!("{{\n{},\n\"vectors\": [\n{}\n]\n}}\n", head.join(",\n"), vectors.join(",\n"))
}

fn head() -> Value {
    let key = |purpose| {
        let key = fixtures::signing_key(purpose);
        let seed = hex(&fixtures::seed(&format!("{purpose:?}")));
        json!({ "key": key.id().to_string(), "ed25519_seed": seed, "public_key": hex(&key.public_key()) })
    };
    let purposes = [Purpose::Root, Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker];
    let phone = json!({
        "p256_secret": hex(&Sha256::digest(fixtures::seed("phone"))),
        "public_key": hex(&fixtures::phone().public_key()),
    });
    let lists = |lists: Vec<(&'static str, Vec<u8>)>| -> serde_json::Map<String, Value> {
        lists.into_iter().map(|(name, list)| (name.to_owned(), hex(&list).into())).collect()
    };
    json!({
        "about": ABOUT,
        "check": Inspector::usual().json(),
        "facts": facts(&usual_facts()),
        "format": "core/contract/ticket.cddl",
        "key_lists": lists(inspector::key_lists()),
        "made_by": "JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors",
        "phone": phone,
        "signed": signed(),
        "status_lists": lists(inspector::status_lists()),
        "terminal_keys": { "today's": hex(&fixtures::seed("terminals")) },
        "test_keys": purposes.map(key),
    })
}

/// One of each other thing that is signed or shown.
fn signed() -> Value {
    let receipt = Receipt {
        idempotency_key: "ride-1".to_owned(),
        request_hash: receipt::request_hash(b"{}"),
        outcome: ReceiptOutcome::Paid,
        amount: Money::tenge(120),
        operator_time_ms: NOW_MS,
        ticket: Some(fixtures::token().id),
        reference: "R-000017".to_owned(),
    };
    let day = |day: u32, colour, word: &str| DaySign { day, colour, word: word.to_owned() };
    let today = u32::try_from(NOW_S / 86_400).expect("after 1970");
    let (before, after) = (day(today - 1, 0x00_4080, "ДАЛА"), day(today + 1, 0, "АҚҚУ"));
    let days = vec![before, day(today, 0xFF_C000, "ҚЫРАН"), after];
    let day_signs = DaySigns { number: 1, issued_s: NOW_S, days };
    let sticker =
        StickerCode { kind: StickerKind::Bus, operator: fixtures::issuer(), code: "0547".to_owned() };
    let seal =
        PackSeal { city: "atyrau".to_owned(), sha256: receipt::request_hash(b"a pack"), issued_s: NOW_S };
    let time = SignedTime { nonce: (0..16).collect(), operator_time_ms: NOW_MS };
    let sign = fixtures::signing_key;
    let voucher = fixtures::signed_voucher(&fixtures::voucher());
    json!({
        "ticket": hex(&fixtures::signed(&fixtures::token()).to_bytes()),
        "voucher": hex(&voucher.to_bytes()),
        "phone_reports_use": hex(&voucher::report_to_sign(&voucher, &fixtures::used())),
        "phone_gives_back_after_1": hex(&voucher::unused_to_sign(&voucher, 1)),
        "receipt": hex(&receipt.sign(&sign(Purpose::Receipt)).expect("a receipt")),
        "time": hex(&time.sign(&sign(Purpose::Receipt)).expect("a time")),
        "pack_seal": hex(&seal.sign(&sign(Purpose::CityData)).expect("a seal")),
        "day_signs": hex(&day_signs.sign(&sign(Purpose::CityData)).expect("a list")),
        "sticker": sticker.sign("RIDE.EXAMPLE", &sign(Purpose::Sticker)).expect("a sticker"),
        "challenge": presentation::challenge_to_text(CHALLENGE),
        "terminal_code": fixtures::terminals().code("0547", slot_at(NOW_MS)).to_text(),
    })
}

/// A case with what is told of it; that it is what it must be is looked at here.
fn line(case: &Case) -> String {
    let (text, message) = case.code.shown();
    let verdict = case.inspector.inspect(&text);
    let (reason, detail, facts_told, paid) = match &verdict {
        Verdict::Valid { paid, facts } => (None, Value::Null, Some(facts), Some(paid)),
        Verdict::NotValid { reason, .. } => (Some(reason.code()), detail(reason), None, None),
        Verdict::CannotTell { reason, facts, .. } => (Some(reason.code()), Value::Null, Some(facts), None),
    };
    assert_eq!(reason.unwrap_or(verdict.code()), case.told, "{}", case.name);
    let facts_told = facts_told.map_or(Value::Null, |told| other_than(facts(&usual_facts()), facts(told)));
    let parts = [
        ("name", json!(case.name)),
        ("text", json!(text)),
        ("check", other_than(Inspector::usual().json(), case.inspector.json())),
        ("verdict", json!(verdict.code())),
        ("reason", json!(reason)),
        ("detail", detail),
        ("facts", facts_told),
        ("paid", paid.map_or(Value::Null, paid_json)),
        ("phone_signs", json!(message.map(|message| hex(&message)))),
    ];
    let parts = parts.iter().filter(|(_, value)| !value.is_null());
    let parts: Vec<String> = parts.map(|(name, value)| format!("{}: {value}", json!(name))).collect();
    format!("{{{}}}", parts.join(", "))
}

/// The items of an object that differ from the usual one's; null if none does.
fn other_than(usual: Value, value: Value) -> Value {
    let Value::Object(items) = value else { panic!("an object") };
    let items = items.into_iter().filter(|(name, value)| usual[name] != *value);
    let items: serde_json::Map<String, Value> = items.collect();
    if items.is_empty() { Value::Null } else { Value::Object(items) }
}

/// What is told beside a reason.
fn detail(reason: &NotValid) -> Value {
    match reason {
        NotValid::NotYetValid { from_s } => json!({ "from_s": from_s }),
        NotValid::Ended { at_s } | NotValid::BoardsLater { at_s } => json!({ "at_s": at_s }),
        NotValid::NoRideLeft { rides } => json!({ "rides": rides }),
        NotValid::WrongVehicle { vehicle } => json!({ "vehicle": vehicle }),
        NotValid::WrongSlot { age_s } => json!({ "age_s": age_s }),
        NotValid::SeenBefore { at_ms } => json!({ "at_ms": at_ms }),
        _ => Value::Null,
    }
}

fn usual_facts() -> Facts {
    Facts { keys_age_s: Some(86_400), ..Facts::default() }
}

fn facts(facts: &Facts) -> Value {
    // Named one by one: a fact that is added has to be added here.
    let Facts {
        bought_after_check_began,
        time_by_phone,
        unattested,
        answered_challenge,
        continued,
        status_age_s,
        keys_age_s,
    } = facts;
    json!({
        "bought_after_check_began": bought_after_check_began,
        "time_by_phone": time_by_phone,
        "unattested": unattested,
        "answered_challenge": answered_challenge,
        "continued": continued,
        "status_age_s": status_age_s,
        "keys_age_s": keys_age_s,
    })
}

fn paid_json(paid: &Paid) -> Value {
    let id = |id: &TicketId| id.to_string();
    let end = |end: &EndRule| match end {
        EndRule::Terminus => Value::Null,
        EndRule::Minutes(minutes) => json!(minutes),
        EndRule::Zone(zone) => json!(zone),
    };
    let passengers: Vec<(u8, u8)> =
        paid.passengers().iter().map(|group| (group.category.number(), group.count)).collect();
    // Every field, one by one: one that is added has to be added here.
    match paid {
        Paid::Ticket(Token {
            key,
            id: token,
            issued_s,
            not_before_s,
            expires_s,
            phone,
            city,
            line,
            vehicle,
            run,
            direction,
            passengers: _,
            fare,
            way,
            stop,
            end: ends,
            replaces,
        }) => json!({
            "kind": "ticket", "key": key.to_string(), "id": id(token), "issued_s": issued_s,
            "not_before_s": not_before_s, "expires_s": expires_s,
            "phone": phone.map(|phone| hex(&phone.point)), "attested": phone.map(|phone| phone.attested),
            "city": city, "line": line, "vehicle": vehicle, "run": run, "direction": direction,
            "passengers": passengers, "fare_tiyn": fare.tiyn, "way": way.number(), "stop": stop,
            "end": end(ends), "replaces": replaces.as_ref().map(id),
        }),
        Paid::Voucher(
            Voucher {
                key,
                id: voucher,
                issued_s,
                until_s,
                life_s,
                phone,
                city,
                passengers: _,
                fare,
                way,
                rides,
                end: ends,
                replaces,
            },
            Use { counter, vehicle, boarded_s, terminal },
        ) => json!({
            "kind": "voucher", "key": key.to_string(), "id": id(voucher), "issued_s": issued_s,
            "until_s": until_s, "life_s": life_s, "phone": hex(&phone.point), "attested": phone.attested,
            "city": city, "passengers": passengers, "fare_tiyn": fare.tiyn, "way": way.number(),
            "rides": rides, "end": end(ends), "replaces": replaces.as_ref().map(id),
            "counter": counter, "vehicle": vehicle, "boarded_s": boarded_s,
            "terminal": terminal.map(|word| hex(&word)),
        }),
    }
}

fn golden() -> Value {
    serde_json::from_str(GOLDEN).expect("JSON")
}

fn golden_vectors() -> Vec<Value> {
    golden()["vectors"].as_array().expect("vectors").clone()
}

#[test]
fn the_format_is_what_was_published() {
    let made = file();
    for (golden, made) in std::iter::zip(GOLDEN.lines(), made.lines()) {
        assert_eq!(golden, made);
    }
    assert_eq!(GOLDEN.len(), made.len());
    assert!(GOLDEN.len() < 125_000, "{} bytes", GOLDEN.len());
}

/// What says in the file that it is the phone's secret is the one that signed.
#[test]
fn the_phone_s_secret_is_told_as_it_is() {
    let secret = from_hex(golden()["phone"]["p256_secret"].as_str().expect("hex"));
    let key = p256::ecdsa::SigningKey::from_slice(&secret).expect("a secret");
    let point = key.verifying_key().to_sec1_point(true);
    assert_eq!(point.as_bytes(), fixtures::phone().public_key());
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

/// The ticket and the voucher item by item and by hand: what the bytes are, without our own writer.
#[test]
fn a_ticket_and_a_voucher_read_as_the_format_says() {
    let golden = golden();
    let key = format!("5821{}", hex(&fixtures::phone().public_key()));
    let ticket = [
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
        &key,                   // the phone's key
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
    let voucher = [
        "84",
        "49a20127044441545201",
        "a0",
        "584a",               // the voucher: 74 bytes
        "8d",                 // 13 items
        "01",                 // version 1
        "480000004d61626364", // id: index 77, then "abcd"
        "1a6b0e7070",         // issued
        "1a6b17b900",         // until
        "191518",             // a ride lasts 5400 s
        &key,                 // the phone's key
        "01",                 // attested, paid in the app
        "66617479726175",     // atyrau
        "01",                 // one standard passenger
        "192ee0",             // 12 000 tiyn a ride
        "02",                 // two rides
        "f6",                 // to the terminus
        "f6",                 // in place of no other
        "5840",
    ];
    for (name, items) in [("ticket", ticket.concat()), ("voucher", voucher.concat())] {
        let cose = golden["signed"][name].as_str().expect("hex");
        let (head, signature) = cose.split_at(cose.len() - 128);
        assert_eq!(head, items, "{name}");
        assert_eq!(signature.len(), 128);
    }
    // What the phone signs: tags, hashes and moments by hand.
    let slot = "0000000007231980"; // 119,740,800 steps of 15 s
    let told = |name: &str| {
        let vector = golden_vectors().into_iter().find(|vector| vector["name"] == name).expect("a vector");
        vector["phone_signs"].as_str().expect("hex").to_owned()
    };
    let hash = |name: &str| hex(&Sha256::digest(from_hex(golden["signed"][name].as_str().expect("hex"))));
    let show = hex(b"jol:show:1\0");
    assert_eq!(told("one adult to the terminus"), [&show, &hash("ticket"), "00", slot].concat());
    let asked = hex(b"inspect!");
    assert_eq!(told("a ticket answers a challenge"), [&show, &hash("ticket"), "01", &asked].concat());
    let of = hex(b"jol:use:1\0");
    // The second ride, boarded a minute ago, no terminal's word, on 0547.
    let ride = format!("026b0e7e44{}{}", "00".repeat(9), hex(b"0547"));
    let used = told("the second ride of a voucher");
    assert_eq!(used, [&of, &hash("voucher"), "00", slot, &ride].concat());
    let report = golden["signed"]["phone_reports_use"].as_str().expect("hex");
    assert_eq!(report, [&of, &hash("voucher"), "02", &"00".repeat(8), &ride].concat());
    let unused = golden["signed"]["phone_gives_back_after_1"].as_str().expect("hex");
    assert_eq!(unused, [&hex(b"jol:unused:1\0"), &hash("voucher"), "01"].concat());
}

/// `JOL_WRITE_VECTORS=1 cargo test -p jol-core ticket_vectors` writes the golden file anew.
#[test]
fn ticket_vectors_are_written_when_asked_for() {
    if std::env::var_os("JOL_WRITE_VECTORS").is_none() {
        return;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ticket/vectors.json");
    std::fs::write(path, file()).expect("the source folder can be written");
}
