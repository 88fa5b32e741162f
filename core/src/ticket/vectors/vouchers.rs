//! The vouchers among the golden vectors.

use super::super::cbor;
use super::super::fixtures::{self, CHALLENGE, NOW_MS, NOW_S};
use super::super::*;
use super::LAST_S;
use super::cases::{Case, Code, answer, case, now, passengers, slot, text};
use super::inspector::Inspector;
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::Category;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    [valid_vouchers(), other_vouchers()].into_iter().flatten().collect()
}

/// A voucher and its use under the inspector's own slot.
fn ride(voucher: Voucher, used: Use) -> Code {
    Code::Voucher(voucher, used, now())
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
        case(
            "no word where one could be verified",
            ride(voucher(), used()),
            here().with_terminals(),
            "valid",
        ),
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
    // Every way of paying and category with one of them.
    let mut ways = std::iter::zip(Way::ALL, Category::ALL.into_iter().cycle()).cycle();
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
        let (way, category) = ways.next().expect("without end");
        let voucher = Voucher { way, passengers: passengers(&[(category, 1)]), ..voucher };
        cases.push(case(name, ride(voucher, used), here(), "valid"));
    }
    let short = Use { vehicle: text("7"), ..used() };
    cases.push(case(
        "a voucher on a vehicle of one digit",
        ride(voucher(), short),
        Inspector::on("7"),
        "valid",
    ));
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
        case(
            "boarded after the check began",
            usual(),
            Inspector { began_ms: Some(began_ms), ..here() },
            "valid",
        ),
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
        case(
            "a voucher's slot where a challenge was asked",
            usual(),
            Inspector::asks(&CHALLENGE),
            "wrong_challenge",
        ),
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
