//! The codes of the golden vectors and what they must be told: tickets, and what is none.

use super::super::cbor;
use super::super::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use super::super::*;
use super::inspector::Inspector;
use super::{LAST_S, vouchers};
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};

/// A code, who scans it, and what they must be told: the reason, or `valid`.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) code: Code,
    pub(super) inspector: Inspector,
    pub(super) told: &'static str,
}

pub(super) fn case(name: &str, code: Code, inspector: Inspector, told: &'static str) -> Case {
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

pub(super) fn slot(ago_s: i64) -> Freshness {
    Freshness::Slot(slot_at(NOW_MS - ago_s * 1_000))
}

pub(super) fn now() -> Freshness {
    slot(0)
}

pub(super) fn answer() -> Freshness {
    Freshness::Challenge(CHALLENGE)
}

pub(super) fn text(text: &str) -> String {
    text.to_owned()
}

pub(super) fn passengers(groups: &[(Category, u8)]) -> Vec<PassengerGroup> {
    groups.iter().map(|(category, count)| PassengerGroup { category: *category, count: *count }).collect()
}

/// A ticket under the inspector's own slot.
fn ticket(token: Token) -> Code {
    Code::Ticket(token, now())
}

/// All cases, tickets first.
pub(super) fn all() -> Vec<Case> {
    [valid_tickets(), other_tickets(), bad_bytes(), vouchers::all()].into_iter().flatten().collect()
}

/// Every field of a ticket at its shortest and longest, every way of paying and category; each valid on its
/// own bus.
fn valid_tickets() -> Vec<Case> {
    let token = fixtures::token;
    let longest = fixtures::longest_token();
    let unattested = token().phone.map(|phone| PhoneKey { attested: false, ..phone });
    let family =
        [(Category::Standard, 2), (Category::School, 1), (Category::Senior, 1), (Category::Child, 3)];
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
        (
            "ended 45 s ago",
            Token { issued_s: NOW_S - 90, not_before_s: NOW_S - 90, expires_s: NOW_S - 45, ..token() },
        ),
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
        case("the next bus, by name", usual(), next_bus("run 4711 goes on as 0549"), "valid"),
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
        case("not the next bus", usual(), next_bus("run 4711 goes on as 0550"), "wrong_vehicle"),
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
