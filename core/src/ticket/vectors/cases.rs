//! The codes of the golden vectors, who scans them, and what they must be told.

use super::super::cbor;
use super::super::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use super::super::*;
use super::hex;
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};
use serde_json::{Value, json};

/// The last second that the format can name.
pub(super) const LAST_S: i64 = u32::MAX as i64;

/// A code, who scans it, and what they must be told: the reason, or `valid`.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) code: Code,
    pub(super) inspector: Inspector,
    pub(super) told: &'static str,
}

fn case(name: &str, code: Code, inspector: Inspector, told: &'static str) -> Case {
    Case { name: name.to_owned(), code, inspector, told }
}

/// What is scanned.
pub(super) enum Code {
    /// A ticket as the passenger's phone shows it.
    Ticket(Token, Freshness),
    /// A ticket without the phone's signature.
    Unsigned(Token),
    /// A voucher as the passenger's phone shows it.
    Voucher(Voucher, Use, Freshness),
    /// Whatever bytes, as a ticket's text.
    TicketBytes(Vec<u8>),
    /// Whatever bytes, as a voucher's text.
    VoucherBytes(Vec<u8>),
    /// Whatever text.
    Text(String),
}

impl Code {
    /// The code's text, and what the phone signed for it.
    pub(super) fn shown(&self) -> (String, Option<Vec<u8>>) {
        match self {
            Code::Ticket(token, freshness) => {
                let shown = fixtures::shown(token, *freshness);
                (shown.to_text(), Some(to_sign(shown.ticket(), *freshness)))
            }
            Code::Unsigned(token) => (Presentation::unsigned(&fixtures::signed(token)).to_text(), None),
            Code::Voucher(voucher, used, freshness) => {
                let shown = fixtures::used_and_shown(voucher, used, *freshness);
                (shown.to_text(), Some(voucher::use_to_sign(shown.voucher(), used, *freshness)))
            }
            Code::TicketBytes(bytes) => (format!("JOL1:{}", base45::encode(bytes)), None),
            Code::VoucherBytes(bytes) => (format!("JOLV1:{}", base45::encode(bytes)), None),
            Code::Text(text) => (text.clone(), None),
        }
    }
}

/// What the inspector's phone knows when a code is scanned; it stands in the file.
#[derive(Clone)]
pub(super) struct Inspector {
    now_ms: Option<i64>,
    vehicle: Option<String>,
    challenge: Option<[u8; 8]>,
    began_ms: Option<i64>,
    /// A name in [`key_lists`].
    keys: &'static str,
    /// A name in [`status_lists`].
    status: Option<&'static str>,
    /// Whether they have today's key of the terminals.
    terminals: bool,
    /// What was seen in this check, and when.
    seen: Vec<(Paid, i64)>,
}

impl Inspector {
    /// On bus 0547, with the time and the newest keys.
    pub(super) fn usual() -> Inspector {
        Inspector {
            now_ms: Some(NOW_MS),
            vehicle: Some("0547".to_owned()),
            challenge: None,
            began_ms: None,
            keys: "newest",
            status: None,
            terminals: false,
            seen: Vec::new(),
        }
    }

    fn asks(challenge: &[u8; 8]) -> Inspector {
        Inspector { challenge: Some(*challenge), ..Inspector::usual() }
    }

    /// On this bus.
    fn on(vehicle: &str) -> Inspector {
        Inspector { vehicle: Some(vehicle.to_owned()), ..Inspector::usual() }
    }

    fn with_status(status: &'static str) -> Inspector {
        Inspector { status: Some(status), ..Inspector::usual() }
    }

    fn with_keys(keys: &'static str) -> Inspector {
        Inspector { keys, ..Inspector::usual() }
    }

    /// At another moment, by keys that hold then.
    fn at(now_s: i64) -> Inspector {
        Inspector { now_ms: Some(now_s * 1_000), ..Inspector::with_keys("the same keys from 1970 to 2106") }
    }

    fn with_terminals(self) -> Inspector {
        Inspector { terminals: true, ..self }
    }

    fn has_seen(paid: Paid) -> Inspector {
        Inspector { seen: vec![(paid, NOW_MS - 5_000)], ..Inspector::usual() }
    }

    pub(super) fn inspect(&self, text: &str) -> Verdict {
        let list = find(&key_lists(), self.keys);
        let keys = TrustedKeys::accept(&list, &fixtures::root(), 0, None).expect("a list of keys");
        // Whoever knows no key of the operator's data took the list while they did.
        let newest = fixtures::trusted_keys();
        let accept = |name| StatusList::accept(&find(&status_lists(), name), &newest, 0);
        let status = self.status.map(|name| accept(name).expect("a status list"));
        let mut seen = SeenSet::default();
        for (paid, at_ms) in &self.seen {
            seen.add(paid, *at_ms);
        }
        let terminals = fixtures::terminals();
        let check = Check {
            keys: &keys,
            status: status.as_ref(),
            now_ms: self.now_ms,
            vehicle: self.vehicle.as_deref(),
            challenge: self.challenge,
            began_ms: self.began_ms,
            seen: &seen,
            terminals: self.terminals.then_some(&terminals),
        };
        inspect(text, &check)
    }

    pub(super) fn json(&self) -> Value {
        let seen = |(paid, at_ms): &(Paid, i64)| {
            let replaces = match paid {
                Paid::Ticket(token) => token.replaces,
                Paid::Voucher(voucher, _) => voucher.replaces,
            };
            let replaces = replaces.map(|id| id.to_string());
            json!({ "id": paid.id().to_string(), "counter": paid.counter(), "replaces": replaces, "at_ms": at_ms })
        };
        json!({
            "now_ms": self.now_ms,
            "vehicle": self.vehicle,
            "challenge": self.challenge.map(|challenge| hex(&challenge)),
            "check_began_ms": self.began_ms,
            "key_list": self.keys,
            "status_list": self.status,
            "terminal_key": self.terminals.then_some("today's"),
            "seen": self.seen.iter().map(seen).collect::<Vec<_>>(),
        })
    }
}

fn find(lists: &[(&'static str, Vec<u8>)], name: &str) -> Vec<u8> {
    lists.iter().find(|(known, _)| *known == name).expect("a list of this name").1.clone()
}

/// The lists of keys that inspectors of this file have.
pub(super) fn key_lists() -> Vec<(&'static str, Vec<u8>)> {
    let newest = fixtures::key_list();
    let sign = |list: KeyList| list.sign(&fixtures::signing_key(Purpose::Root)).expect("a list");
    let always = |key: &KeyEntry| KeyEntry { not_before_s: 0, not_after_s: LAST_S, ..key.clone() };
    let without = newest.keys[1..].to_vec();
    let elapsed = NOW_S - 1;
    let ever = newest.keys.iter().map(always).collect();
    vec![
        ("newest", sign(newest.clone())),
        ("past its time", sign(KeyList { until_s: elapsed, ..newest.clone() })),
        (
            "past its time, without the ticket key",
            sign(KeyList { until_s: elapsed, keys: without.clone(), ..newest.clone() }),
        ),
        ("the ticket key withdrawn", sign(KeyList { number: 2, keys: without, ..newest.clone() })),
        (
            "the same keys from 1970 to 2106",
            sign(KeyList { issued_s: 0, until_s: LAST_S, keys: ever, ..newest }),
        ),
    ]
}

/// The status lists that inspectors of this file have.
pub(super) fn status_lists() -> Vec<(&'static str, Vec<u8>)> {
    let (ticket, voucher) = (fixtures::token().id.index(), fixtures::voucher().id.index());
    let empty = StatusList {
        issuer: fixtures::issuer(),
        number: 1,
        issued_s: NOW_S - 600,
        revoked: vec![],
        replaced: vec![],
        broken: vec![],
    };
    let sign = |list: StatusList| list.sign(&fixtures::signing_key(Purpose::CityData)).expect("a list");
    let neighbours = vec![voucher - 1, voucher + 1, ticket - 1, ticket + 1];
    let run = |run| vec![("0547".to_owned(), run)];
    vec![
        ("empty", sign(empty.clone())),
        ("others revoked", sign(StatusList { revoked: neighbours, ..empty.clone() })),
        ("77 and 1234 revoked", sign(StatusList { revoked: vec![7, voucher, ticket, 70_000], ..empty.clone() })),
        ("77 and 1234 replaced", sign(StatusList { replaced: vec![8, voucher, ticket], ..empty.clone() })),
        ("run 4711 of 0547 broken", sign(StatusList { broken: run(4_711), ..empty.clone() })),
        ("run 4712 of 0547 broken", sign(StatusList { broken: run(4_712), ..empty })),
    ]
}

fn slot(ago_s: i64) -> Freshness {
    Freshness::Slot(slot_at(NOW_MS - ago_s * 1_000))
}

fn now() -> Freshness {
    slot(0)
}

fn answer() -> Freshness {
    Freshness::Challenge(CHALLENGE)
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn passengers(groups: &[(Category, u8)]) -> Vec<PassengerGroup> {
    groups.iter().map(|(category, count)| PassengerGroup { category: *category, count: *count }).collect()
}

/// A ticket under the inspector's own slot.
fn ticket(token: Token) -> Code {
    Code::Ticket(token, now())
}

/// The second ride of the fixed voucher, or another, likewise.
fn ride(voucher: Voucher, used: Use) -> Code {
    Code::Voucher(voucher, used, now())
}

/// All cases, tickets first.
pub(super) fn all() -> Vec<Case> {
    [valid_tickets(), other_tickets(), bad_bytes(), valid_vouchers(), other_vouchers()].into_iter().flatten().collect()
}

/// Every field of a ticket at its shortest and longest, every way of paying and category; each valid on its
/// own bus.
fn valid_tickets() -> Vec<Case> {
    let token = fixtures::token;
    let longest = fixtures::longest_token();
    let unattested = token().phone.map(|phone| PhoneKey { attested: false, ..phone });
    let family = [(Category::Standard, 2), (Category::School, 1), (Category::Senior, 1), (Category::Child, 3)];
    let mut cases = Vec::new();
    let mut valid = |name: &str, token: Token, freshness: Freshness| {
        let inspector = Inspector::on(&token.vehicle);
        cases.push(case(name, Code::Ticket(token, freshness), inspector, "valid"));
    };
    valid("one adult to the terminus", token(), now());
    valid("the longest ticket", longest.clone(), now());
    valid(
        "a family of four categories for 90 minutes, without stop, on an unattested phone",
        Token {
            passengers: passengers(&family),
            end: EndRule::Minutes(90),
            stop: None,
            phone: unattested,
            ..token()
        },
        slot(15),
    );
    valid(
        "a free ride by the bus's code, within a zone, in place of another ticket",
        Token {
            fare: Money::ZERO,
            way: Way::BusQr,
            end: EndRule::Zone(text("A")),
            replaces: Some(TicketId::new(7, *b"efgh")),
            ..token()
        },
        slot(45),
    );
    for (way, category) in std::iter::zip(Way::ALL, Category::ALL.into_iter().cycle()) {
        let name = format!("one passenger of category {} by way {}", category.number(), way.number());
        valid(&name, Token { way, passengers: passengers(&[(category, 1)]), ..token() }, now());
    }
    let every = passengers(&Category::ALL.map(|category| (category, 15)));
    let (wait, bought) = (NOW_S - 65_535, NOW_S - 60);
    for (name, token) in [
        ("index 0 and no chance", Token { id: TicketId([0; 8]), ..token() }),
        ("the last index", Token { id: TicketId([0xff; 8]), ..token() }),
        ("valid 65,535 s after its issue", Token { issued_s: wait, not_before_s: NOW_S, ..token() }),
        ("valid for one second", Token { not_before_s: NOW_S, expires_s: NOW_S + 1, ..token() }),
        ("valid for 65,535 s", Token { expires_s: bought + 65_535, ..token() }),
        ("valid in 45 s", Token { not_before_s: NOW_S + 45, ..token() }),
        ("ended 45 s ago", Token { issued_s: NOW_S - 90, not_before_s: NOW_S - 90, expires_s: NOW_S - 45, ..token() }),
        ("direction 0", Token { direction: 0, ..token() }),
        ("a city of one letter", Token { city: text("a"), ..token() }),
        ("a city of six bytes", Token { city: text("алм"), ..token() }),
        ("a line of one digit", Token { line: text("1"), ..token() }),
        ("a line of six bytes", Token { line: text("101-Б"), ..token() }),
        ("a vehicle of one digit", Token { vehicle: text("7"), ..token() }),
        ("a vehicle of six letters", Token { vehicle: text("B00547"), ..token() }),
        ("run 0", Token { run: 0, ..token() }),
        ("the last run", Token { run: u32::MAX, ..token() }),
        ("fifteen passengers of every category", Token { passengers: every, ..token() }),
        ("the dearest fare", Token { fare: Money::tiyn(LAST_S), ..token() }),
        ("a stop of one digit", Token { stop: Some(text("1")), ..token() }),
        ("a stop of six digits", Token { stop: Some(text("114020")), ..token() }),
        ("for one minute", Token { end: EndRule::Minutes(1), ..token() }),
        ("for 65,535 minutes", Token { end: EndRule::Minutes(u16::MAX), ..token() }),
        ("within a zone of three letters", Token { end: EndRule::Zone(text("B12")), ..token() }),
    ] {
        valid(name, token, now());
    }
    for (name, from_s) in [("issued in 1970", 0), ("issued in 2106", LAST_S)] {
        let token = Token { issued_s: from_s, not_before_s: from_s, expires_s: from_s + 1, ..token() };
        let shown = Code::Ticket(token, Freshness::Slot(slot_at(from_s * 1_000)));
        cases.push(case(name, shown, Inspector::at(from_s), "valid"));
    }
    let on_its_bus = Inspector { vehicle: Some(longest.vehicle.clone()), ..Inspector::asks(&CHALLENGE) };
    let answers = Code::Ticket(longest, answer());
    cases.push(case("the longest ticket answers a challenge", answers, on_its_bus, "valid"));
    cases
}

/// What else is valid, what is refused though it was signed, and what nobody can tell.
fn other_tickets() -> Vec<Case> {
    let (token, usual, here) = (fixtures::token, || ticket(fixtures::token()), Inspector::usual);
    let (asks, on, keys, status) =
        (Inspector::asks, Inspector::on, Inspector::with_keys, Inspector::with_status);
    let bought_ms = token().issued_s * 1_000;
    let began = |began_ms| Inspector { began_ms: Some(began_ms), ..here() };
    let seen = |token: Token| Inspector::has_seen(Paid::Ticket(token));
    let next_bus = |status| Inspector { status: Some(status), ..on("0549") };
    let other = Token { id: TicketId::new(1_235, *b"abcd"), ..token() };
    let sent = Token { id: TicketId::new(9, [9; 4]), replaces: Some(token().id), ..token() };
    let old_s = NOW_S - 31_536_001;
    let old = Token { issued_s: old_s, not_before_s: old_s, expires_s: old_s + 60, ..token() };
    let span =
        |from_s, to_s| Token { issued_s: NOW_S - 7_200, not_before_s: from_s, expires_s: to_s, ..token() };
    let blind = |inspector| Inspector { now_ms: None, ..inspector };
    let answers = || Code::Ticket(token(), answer());
    vec![
        case("a ticket answers a challenge", answers(), asks(&CHALLENGE), "valid"),
        case("a code 45 s ahead", Code::Ticket(token(), slot(-45)), here(), "valid"),
        case("bought after the check began", usual(), began(bought_ms - 1), "valid"),
        case("bought as the check began", usual(), began(bought_ms), "valid"),
        case("no certain bus", usual(), Inspector { vehicle: None, ..here() }, "valid"),
        case("a status list without it", usual(), status("empty"), "valid"),
        case("its neighbours revoked", usual(), status("others revoked"), "valid"),
        case("the next bus after a breakdown", usual(), next_bus("run 4711 of 0547 broken"), "valid"),
        case("another ticket was seen", usual(), seen(other), "valid"),
        case("the ticket key withdrawn", usual(), keys("the ticket key withdrawn"), "unknown_key"),
        case("signed before the key was in use", ticket(old), here(), "unknown_key"),
        case("a challenge that only begins alike", answers(), asks(b"insp\0\0\0\0"), "bad_signature"),
        case("an answer to another inspector", answers(), here(), "wrong_challenge"),
        case("an answer to another challenge", answers(), asks(b"another!"), "wrong_challenge"),
        case("a slot where a challenge was asked", usual(), asks(&CHALLENGE), "wrong_challenge"),
        case("a picture a minute old", Code::Ticket(token(), slot(60)), here(), "wrong_slot"),
        case("a code a minute ahead", Code::Ticket(token(), slot(-60)), here(), "wrong_slot"),
        case("another bus", usual(), on("0549"), "wrong_vehicle"),
        case("another run broke down", usual(), next_bus("run 4712 of 0547 broken"), "wrong_vehicle"),
        case("valid in 46 s", ticket(span(NOW_S + 46, NOW_S + 90)), here(), "not_yet_valid"),
        case("a ticket of an hour ago", ticket(span(NOW_S - 7_200, NOW_S - 3_600)), here(), "ended"),
        case("ended 46 s ago", ticket(span(NOW_S - 90, NOW_S - 46)), here(), "ended"),
        case("money was given back", usual(), status("77 and 1234 revoked"), "revoked"),
        case("another took its place", usual(), status("77 and 1234 replaced"), "replaced"),
        case("the one that took its place was seen", usual(), seen(sent.clone()), "replaced"),
        case("seen five seconds ago", usual(), seen(token()), "seen_before"),
        case("what it takes the place of was seen", ticket(sent), seen(token()), "seen_before"),
        case("an inspector without the time", usual(), blind(here()), "time_unknown"),
        case("a challenge, without the time", answers(), blind(asks(&CHALLENGE)), "time_unknown"),
        case("keys past their time", usual(), keys("past its time"), "keys_too_old"),
        case(
            "an unknown key, the list being past its time",
            usual(),
            keys("past its time, without the ticket key"),
            "keys_too_old",
        ),
        case(
            "no usable key on the phone",
            Code::Unsigned(Token { phone: None, ..token() }),
            here(),
            "device_not_proven",
        ),
        case("a copy without the phone", Code::Unsigned(token()), here(), "device_not_proven"),
    ]
}

/// Damaged, forged and foreign codes.
fn bad_bytes() -> Vec<Case> {
    let token = fixtures::token;
    let shown = fixtures::shown(&token(), now());
    let (bytes, code) = (shown.to_bytes(), shown.to_text());
    let changed = |from_end: usize| {
        let mut bytes = bytes.clone();
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        Code::TicketBytes(bytes)
    };
    let other_ticket = Token { id: TicketId::new(2, *b"abcd"), ..token() };
    let other_bytes = fixtures::shown(&other_ticket, now()).to_bytes();
    let head = &bytes[..bytes.len() - 64];
    let mixed = [head, &other_bytes[bytes.len() - 64..]].concat();
    let low = p256::ecdsa::Signature::from_slice(&bytes[bytes.len() - 64..]).expect("a signature");
    let high = p256::ecdsa::Signature::from_scalars(low.r(), -low.s()).expect("a signature");
    let high = [head, &high.to_bytes()].concat();
    let by = |key: &SigningKey| {
        let ticket = SignedToken::sign(&Token { key: key.id(), ..token() }, key).expect("signed");
        Code::TicketBytes(Presentation::unsigned(&ticket).to_bytes())
    };
    let ticket_key = |id, seed: &[u8; 32]| SigningKey::from_seed(id, Purpose::Ticket, seed);
    let forger = ticket_key(token().key, &[9; 32]);
    let elsewhere = KeyId { issuer: Issuer::new("ALA").expect("a code"), number: 1 };
    let receipts = KeyId { number: Purpose::Receipt as u8, ..token().key };
    let later =
        Envelope::sign(Domain::Ticket, cbor::encode(vec![2.into()]), &fixtures::signing_key(Purpose::Ticket));
    let later = Presentation::unsigned(&SignedToken::from_envelope(later.expect("signed"))).to_bytes();
    let sticker =
        StickerCode { kind: StickerKind::Bus, operator: fixtures::issuer(), code: "0547".to_owned() };
    let sticker = sticker.sign("RIDE.EXAMPLE", &fixtures::signing_key(Purpose::Sticker)).expect("a sticker");
    let text = |text: &str| Code::Text(text.to_owned());
    let refused = |name: &str, code, told| case(name, code, Inspector::usual(), told);
    vec![
        refused("nothing", text(""), "not_a_ticket"),
        refused("the code of a bus", Code::Text(sticker), "not_a_ticket"),
        refused("small letters", Code::Text(code.to_lowercase()), "not_a_ticket"),
        refused("a letter lost", text(&code[..code.len() - 1]), "not_a_ticket"),
        refused("a byte lost", Code::TicketBytes(bytes[..bytes.len() - 1].to_vec()), "not_a_ticket"),
        refused("a byte more", Code::TicketBytes([&bytes[..], &[0]].concat()), "not_a_ticket"),
        refused("more than three letters can say", text("JOL1:GGW"), "not_a_ticket"),
        refused("a text of a later version", text(&code.replacen("JOL1", "JOL2", 1)), "unknown_version"),
        refused("a ticket of a later version", Code::TicketBytes(later), "unknown_version"),
        refused("another operator's ticket", by(&ticket_key(elsewhere, &[8; 32])), "unknown_key"),
        refused(
            "a ticket by the receipt key",
            by(&ticket_key(receipts, &fixtures::seed("Receipt"))),
            "unknown_key",
        ),
        refused("a forged ticket", by(&forger), "bad_signature"),
        // A presentation ends with the slot, five bytes, and the phone's signature, 66.
        refused("one bit of the phone's signature", changed(1), "bad_signature"),
        refused("one bit of the slot", changed(67), "bad_signature"),
        refused("one bit of the operator's signature", changed(72), "bad_signature"),
        refused("the phone's signature of another ticket", Code::TicketBytes(mixed), "bad_signature"),
        refused("the phone's other signature, s high", Code::TicketBytes(high), "bad_signature"),
    ]
}

/// Boarded in the slot before this one, by the word of the terminal.
fn boarded() -> Use {
    let slot = slot_at(NOW_MS) - 1;
    let word = fixtures::terminals().word("0547", slot);
    Use { boarded_s: i64::from(slot) * 15, terminal: Some(word), ..fixtures::used() }
}

/// Every field of a voucher and of its use at its shortest and longest.
fn valid_vouchers() -> Vec<Case> {
    let (voucher, used, here) = (fixtures::voucher, fixtures::used, Inspector::usual);
    let unattested = PhoneKey { attested: false, ..voucher().phone };
    let mut cases = vec![
        case("the second ride of a voucher", ride(voucher(), used()), here(), "valid"),
        case("boarded by a terminal's word", ride(voucher(), boarded()), here().with_terminals(), "valid"),
        case("a word that nobody here can verify", ride(voucher(), boarded()), here(), "valid"),
        case("no word where one could be verified", ride(voucher(), used()), here().with_terminals(), "valid"),
        case(
            "a voucher answers a challenge",
            Code::Voucher(voucher(), used(), answer()),
            Inspector::asks(&CHALLENGE),
            "valid",
        ),
    ];
    // The longest, in the last slot of all, in which its use begins.
    let last = slot_at(LAST_S * 1_000);
    let word = fixtures::terminals().word("B00547", last);
    let longest = Use { terminal: Some(word), ..fixtures::longest_use() };
    let there = Inspector { vehicle: Some(text("B00547")), ..Inspector::at(LAST_S) }.with_terminals();
    for (name, freshness, inspector) in [
        ("the longest voucher in use", Freshness::Slot(last), there.clone()),
        (
            "the longest voucher in use answers a challenge",
            answer(),
            Inspector { challenge: Some(CHALLENGE), ..there },
        ),
    ] {
        let shown = Code::Voucher(fixtures::longest_voucher(), longest.clone(), freshness);
        cases.push(case(name, shown, inspector, "valid"));
    }
    // The first moment of all.
    let first = Voucher { issued_s: 0, until_s: 0, life_s: 1, ..voucher() };
    let began = Use { boarded_s: 0, ..used() };
    let shown = Code::Voucher(first, began, Freshness::Slot(0));
    cases.push(case("a voucher for one second of 1970", shown, Inspector::at(0), "valid"));
    for (way, category) in std::iter::zip(Way::ALL, Category::ALL.into_iter().cycle()) {
        let name = format!("a voucher of category {} by way {}", category.number(), way.number());
        let voucher = Voucher { way, passengers: passengers(&[(category, 1)]), ..voucher() };
        cases.push(case(&name, ride(voucher, used()), here(), "valid"));
    }
    let third = Use { counter: 3, ..used() };
    for (name, voucher, used) in [
        ("the first ride of one", Voucher { rides: 1, ..voucher() }, Use { counter: 1, ..used() }),
        ("the third ride of three", Voucher { rides: 3, ..voucher() }, third),
        ("a voucher with index 0", Voucher { id: TicketId([0; 8]), ..voucher() }, used()),
        ("a voucher on an unattested phone", Voucher { phone: unattested, ..voucher() }, used()),
        ("a voucher for a city of one letter", Voucher { city: text("a"), ..voucher() }, used()),
        ("a free voucher", Voucher { fare: Money::ZERO, ..voucher() }, used()),
        ("a voucher for one minute", Voucher { end: EndRule::Minutes(1), ..voucher() }, used()),
        ("a voucher for 65,535 minutes", Voucher { end: EndRule::Minutes(u16::MAX), ..voucher() }, used()),
        ("a voucher within a zone", Voucher { end: EndRule::Zone(text("A")), ..voucher() }, used()),
        ("used up to its last second", Voucher { until_s: NOW_S - 60, ..voucher() }, used()),
        ("boarded 45 s before its issue", Voucher { issued_s: NOW_S - 15, ..voucher() }, used()),
        ("boarded in 45 s", voucher(), Use { boarded_s: NOW_S + 45, ..used() }),
    ] {
        cases.push(case(name, ride(voucher, used), here(), "valid"));
    }
    let short = Use { vehicle: text("7"), ..used() };
    cases.push(case("a voucher on a vehicle of one digit", ride(voucher(), short), Inspector::on("7"), "valid"));
    cases
}

/// What else is valid of vouchers, what is refused, and what nobody can tell.
fn other_vouchers() -> Vec<Case> {
    let (voucher, used, here) = (fixtures::voucher, fixtures::used, Inspector::usual);
    let usual = || ride(voucher(), used());
    let (keys, status) = (Inspector::with_keys, Inspector::with_status);
    let seen = |counter| Inspector::has_seen(Paid::Voucher(voucher(), Use { counter, ..used() }));
    let next_bus = |status| Inspector { status: Some(status), ..Inspector::on("0549") };
    let at = |boarded_s| Use { boarded_s, ..used() };
    let began_ms = used().boarded_s * 1_000 - 1;
    let old = Voucher { issued_s: NOW_S - 90_000, ..voucher() };
    let short = Voucher { end: EndRule::Minutes(30), ..old.clone() };
    let sent = Voucher { id: TicketId::new(9, [9; 4]), replaces: Some(voucher().id), ..voucher() };
    let sent_seen = Inspector::has_seen(Paid::Voucher(sent.clone(), used()));
    let word = fixtures::terminals().word("0548", slot_at(NOW_MS) - 1);
    let shown = |freshness| Code::Voucher(voucher(), used(), freshness);
    let key = fixtures::signing_key(Purpose::Ticket);
    let forger = SigningKey::from_seed(key.id(), Purpose::Ticket, &[9; 32]);
    // Behind the headers, 12 bytes, and its own length, 2.
    let payload = fixtures::signed_voucher(&voucher()).to_bytes()[14..88].to_vec();
    let envelope = |domain, payload, key: &SigningKey| Envelope::sign(domain, payload, key).expect("signed");
    let good = fixtures::used_and_shown(&voucher(), &used(), now()).to_bytes();
    let changed = |from_end: usize, bits: u8| {
        let mut bytes = good.clone();
        let at = bytes.len() - from_end;
        bytes[at] ^= bits;
        Code::VoucherBytes(bytes)
    };
    let as_ticket = envelope(Domain::Ticket, payload.clone(), &key);
    let forged = envelope(Domain::Voucher, payload.clone(), &forger);
    let later = envelope(Domain::Voucher, cbor::encode(vec![2.into()]), &key);
    let ticket = fixtures::shown(&fixtures::token(), now()).to_bytes();
    vec![
        case("another ride of it was seen", usual(), seen(1), "valid"),
        case("boarded after the check began", usual(), Inspector { began_ms: Some(began_ms), ..here() }, "valid"),
        case("the bus that it was used in broke down", usual(), next_bus("run 4711 of 0547 broken"), "valid"),
        case("a third ride of two", ride(voucher(), Use { counter: 3, ..used() }), here(), "no_ride_left"),
        case("boarded in 46 s", ride(voucher(), at(NOW_S + 46)), here(), "boards_later"),
        case(
            "another bus's word",
            ride(voucher(), Use { terminal: Some(word), ..boarded() }),
            here().with_terminals(),
            "wrong_terminal",
        ),
        case(
            "the word of another moment",
            ride(voucher(), Use { boarded_s: boarded().boarded_s - 15, ..boarded() }),
            here().with_terminals(),
            "wrong_terminal",
        ),
        case(
            "boarded 46 s before its issue",
            ride(Voucher { issued_s: NOW_S - 14, ..voucher() }, used()),
            here(),
            "not_yet_valid",
        ),
        case(
            "boarded a second after its end",
            ride(Voucher { until_s: NOW_S - 61, ..voucher() }, used()),
            here(),
            "ended",
        ),
        case("a ride that ended 46 s ago", ride(old.clone(), at(NOW_S - 5_446)), here(), "ended"),
        case("a ride that ended 45 s ago", ride(old, at(NOW_S - 5_445)), here(), "valid"),
        case("half an hour that ended 46 s ago", ride(short, at(NOW_S - 1_846)), here(), "ended"),
        case("a voucher taken back", usual(), status("77 and 1234 revoked"), "revoked"),
        case("a voucher replaced", usual(), status("77 and 1234 replaced"), "replaced"),
        case("the voucher that took its place was seen", usual(), sent_seen, "replaced"),
        case("this ride of it was seen", usual(), seen(2), "seen_before"),
        case("what the voucher takes the place of was seen", ride(sent, used()), seen(2), "seen_before"),
        case("used in another bus", usual(), Inspector::on("0549"), "wrong_vehicle"),
        case("a picture of a voucher", shown(slot(60)), here(), "wrong_slot"),
        case("a voucher's answer to nobody", shown(answer()), here(), "wrong_challenge"),
        case("a voucher's slot where a challenge was asked", usual(), Inspector::asks(&CHALLENGE), "wrong_challenge"),
        case("the voucher's key withdrawn", usual(), keys("the ticket key withdrawn"), "unknown_key"),
        case("a voucher where keys are past their time", usual(), keys("past its time"), "keys_too_old"),
        case("a voucher without the time", usual(), Inspector { now_ms: None, ..here() }, "time_unknown"),
        case("a forged voucher", Code::VoucherBytes(in_use(&forged)), here(), "bad_signature"),
        case("a voucher signed as a ticket", Code::VoucherBytes(in_use(&as_ticket)), here(), "bad_signature"),
        case("a voucher of a later version", Code::VoucherBytes(in_use(&later)), here(), "unknown_version"),
        // It ends with counter, vehicle, boarded, no word, slot and signature: 1, 5, 5, 1, 5 and 66 bytes.
        case("one bit of a voucher's phone's signature", changed(1, 1), here(), "bad_signature"),
        case("another counter than was signed", changed(83, 3), here(), "bad_signature"),
        case("a ride without a number", changed(83, 2), here(), "not_a_ticket"),
        case("a ticket in a voucher's text", Code::VoucherBytes(ticket), here(), "not_a_ticket"),
        case("a voucher in a ticket's text", Code::TicketBytes(good.clone()), here(), "not_a_ticket"),
    ]
}

/// The second ride of whatever this is, with no signature by a phone.
fn in_use(voucher: &Envelope) -> Vec<u8> {
    let Envelope { key, payload, signature } = voucher;
    cbor::encode(vec![
        cbor::bytes(&key.to_bytes()),
        cbor::bytes(payload),
        cbor::bytes(signature),
        2.into(),
        cbor::text("0547"),
        fixtures::used().boarded_s.into(),
        ciborium::Value::Null,
        slot_at(NOW_MS).into(),
        cbor::bytes(&[0; 64]),
    ])
}
