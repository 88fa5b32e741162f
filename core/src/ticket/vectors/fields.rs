//! Whether the golden vectors leave anything of the format out.

use super::{LAST_S, facts, golden_vectors};
use crate::pay::Way;
use crate::ticket::presentation::LONGEST_TEXT;
use crate::ticket::*;
use crate::wallet::Category;
use serde_json::Value;

/// Every reason of refusal, one after another. One that is added has to be added here.
fn refusal_after(reason: Option<&NotValid>) -> Option<NotValid> {
    Some(match reason {
        None => NotValid::NotATicket,
        Some(NotValid::NotATicket) => NotValid::UnknownVersion,
        Some(NotValid::UnknownVersion) => NotValid::UnknownKey,
        Some(NotValid::UnknownKey) => NotValid::BadSignature,
        Some(NotValid::BadSignature) => NotValid::NotYetValid { from_s: 0 },
        Some(NotValid::NotYetValid { .. }) => NotValid::Ended { at_s: 0 },
        Some(NotValid::Ended { .. }) => NotValid::NoRideLeft { rides: 0 },
        Some(NotValid::NoRideLeft { .. }) => NotValid::BoardsLater { at_s: 0 },
        Some(NotValid::BoardsLater { .. }) => NotValid::WrongTerminal,
        Some(NotValid::WrongTerminal) => NotValid::Revoked,
        Some(NotValid::Revoked) => NotValid::Replaced,
        Some(NotValid::Replaced) => NotValid::WrongVehicle { vehicle: String::new() },
        Some(NotValid::WrongVehicle { .. }) => NotValid::WrongChallenge,
        Some(NotValid::WrongChallenge) => NotValid::WrongSlot { age_s: 0 },
        Some(NotValid::WrongSlot { .. }) => NotValid::SeenBefore { at_ms: 0 },
        Some(NotValid::SeenBefore { .. }) => return None,
        // Of numbers, which are no codes.
        Some(NotValid::NotInRegister | NotValid::NotANumber | NotValid::UnknownNumber) => return None,
    })
}

/// The same for what cannot be told.
fn doubt_after(reason: Option<CannotTell>) -> Option<CannotTell> {
    Some(match reason {
        None => CannotTell::TimeUnknown,
        Some(CannotTell::TimeUnknown) => CannotTell::KeysTooOld,
        Some(CannotTell::KeysTooOld) => CannotTell::DeviceNotProven,
        Some(CannotTell::DeviceNotProven) => return None,
        // Of numbers and of payments that are not known yet.
        Some(_) => return None,
    })
}

#[test]
fn every_reason_and_every_fact_is_in_the_file() {
    let vectors = golden_vectors();
    assert!(vectors.len() >= 40, "{}", vectors.len());
    let is_told = |verdict: &str, reason: &str| {
        vectors.iter().any(|vector| vector["verdict"] == verdict && vector["reason"] == reason)
    };
    let refusals = std::iter::successors(refusal_after(None), |reason| refusal_after(Some(reason)));
    let refusals: Vec<NotValid> = refusals.collect();
    assert_eq!(refusals.len(), 15);
    for reason in &refusals {
        assert!(is_told("not_valid", reason.code()), "{reason:?}");
    }
    let doubts = std::iter::successors(doubt_after(None), |reason| doubt_after(Some(*reason)));
    for reason in doubts {
        assert!(is_told("cannot_tell", reason.code()), "{reason:?}");
    }
    let every = facts(&Facts::default());
    for fact in every.as_object().expect("facts").keys() {
        let valid = |vector: &&Value| vector["verdict"] == "valid";
        let holds = |value: &Value| value == &Value::Bool(true) || value.is_number();
        let told = |vector: &Value| vector["facts"].get(fact).map(holds);
        let told: Vec<Option<bool>> = vectors.iter().filter(valid).map(told).collect();
        // The age of the keys is usually known; the others usually do not hold.
        let usual = fact == "keys_age_s";
        assert!(told.contains(&None) || told.contains(&Some(usual)), "{fact}, as usual");
        let unsure = vectors.iter().any(|vector| vector["facts"].get(fact).map(holds) == Some(!usual));
        assert!(unsure, "{fact}, unusually");
    }
}

#[test]
fn names_differ_and_each_valid_code_says_what_was_paid_and_signed() {
    let vectors = golden_vectors();
    let mut names: Vec<&str> = vectors.iter().filter_map(|vector| vector["name"].as_str()).collect();
    assert_eq!(names.len(), vectors.len());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), vectors.len(), "a name twice");
    for vector in vectors.iter().filter(|vector| vector["verdict"] == "valid") {
        assert!(vector["paid"].is_object() && vector["phone_signs"].is_string(), "{}", vector["name"]);
    }
}

fn texts() -> Vec<String> {
    golden_vectors().iter().filter_map(|vector| Some(vector["text"].as_str()?.to_owned())).collect()
}

#[test]
fn the_longest_codes_are_in_the_file_under_a_slot_and_a_challenge() {
    use crate::ticket::presentation::Moment;
    let longest: Vec<String> = texts().into_iter().filter(|text| text.len() == LONGEST_TEXT).collect();
    let moment = |text: &String| match ShownVoucher::from_text(text) {
        Ok(shown) => (true, shown.moment()),
        Err(_) => (false, Presentation::from_text(text).expect("a ticket").moment().expect("signed")),
    };
    for voucher in [false, true] {
        for slot in [false, true] {
            let is = |text: &String| {
                let (is_voucher, moment) = moment(text);
                is_voucher == voucher && matches!(moment, Moment::Slot(_)) == slot
            };
            assert!(longest.iter().any(is), "voucher {voucher}, slot {slot}");
        }
    }
}

type Field<T> = (&'static str, i64, i64, fn(&T) -> Option<i64>);

/// That each field stands somewhere at its least and at its most.
fn reach<T>(things: &[T], fields: &[Field<T>]) {
    for (field, least, most, of) in fields {
        for value in [least, most] {
            assert!(things.iter().any(|thing| of(thing) == Some(*value)), "{field} {value}");
        }
    }
}

fn length(text: &str) -> Option<i64> {
    i64::try_from(text.len()).ok()
}

fn minutes(end: &EndRule) -> Option<i64> {
    match end {
        EndRule::Minutes(minutes) => Some((*minutes).into()),
        _ => None,
    }
}

fn zone(end: &EndRule) -> Option<i64> {
    match end {
        EndRule::Zone(zone) => length(zone),
        _ => None,
    }
}

const SPAN_S: i64 = token::LONGEST_SPAN_S;
const MOST_PASSENGERS: i64 = 8 * token::MOST_OF_A_CATEGORY as i64;

#[test]
fn every_field_of_a_ticket_is_in_the_file_at_its_shortest_and_longest() {
    let read = |text: &String| Presentation::from_text(text).ok()?.ticket().read_unverified().ok();
    let tickets: Vec<Token> = texts().iter().filter_map(read).collect();
    reach(
        &tickets,
        &[
            ("index", 0, LAST_S, |token| Some(token.id.index().into())),
            ("issued", 0, LAST_S, |token| Some(token.issued_s)),
            ("wait", 0, SPAN_S, |token| Some(token.not_before_s - token.issued_s)),
            ("life", 1, SPAN_S, |token| Some(token.expires_s - token.not_before_s)),
            ("attested", 0, 1, |token| Some(token.phone?.attested.into())),
            ("city", 1, token::LONGEST_CITY as i64, |token| length(&token.city)),
            ("line", 1, token::LONGEST_LINE as i64, |token| length(&token.line)),
            ("vehicle", 1, token::LONGEST_VEHICLE as i64, |token| length(&token.vehicle)),
            ("run", 0, LAST_S, |token| Some(token.run.into())),
            ("direction", 0, 1, |token| Some(token.direction.into())),
            ("passengers", 1, MOST_PASSENGERS, |token| Some(token.passenger_count().into())),
            ("fare", 0, LAST_S, |token| Some(token.fare.tiyn)),
            ("stop", 1, token::LONGEST_STOP as i64, |token| length(token.stop.as_ref()?)),
            ("minutes", 1, u16::MAX.into(), |token| minutes(&token.end)),
            ("zone", 1, token::LONGEST_ZONE as i64, |token| zone(&token.end)),
        ],
    );
    let has = |what: &str, is: &dyn Fn(&Token) -> bool| assert!(tickets.iter().any(is), "{what}");
    has("no phone", &|token| token.phone.is_none());
    has("no stop", &|token| token.stop.is_none());
    has("terminus", &|token| token.end == EndRule::Terminus);
    has("in place of none", &|token| token.replaces.is_none());
    has("in place of another", &|token| token.replaces.is_some());
    for way in Way::ALL {
        has("way", &|token| token.way == way);
    }
    for category in Category::ALL {
        has("category", &|token| token.passengers.iter().any(|group| group.category == category));
    }
}

#[test]
fn every_field_of_a_voucher_and_its_use_is_in_the_file_at_its_shortest_and_longest() {
    let read = |text: &String| {
        let shown = ShownVoucher::from_text(text).ok()?;
        Some((shown.voucher().read_unverified().ok()?, shown.used().clone()))
    };
    let vouchers: Vec<(Voucher, Use)> = texts().iter().filter_map(read).collect();
    let count = |(voucher, _): &(Voucher, Use)| -> Option<i64> {
        Some(voucher.passengers.iter().map(|group| i64::from(group.count)).sum())
    };
    reach(
        &vouchers,
        &[
            ("index", 0, LAST_S, |(voucher, _)| Some(voucher.id.index().into())),
            ("until", 0, LAST_S, |(voucher, _)| Some(voucher.until_s)),
            ("life", 1, SPAN_S, |(voucher, _)| Some(voucher.life_s)),
            ("attested", 0, 1, |(voucher, _)| Some(voucher.phone.attested.into())),
            ("city", 1, token::LONGEST_CITY as i64, |(voucher, _)| length(&voucher.city)),
            ("passengers", 1, MOST_PASSENGERS, count),
            ("fare", 0, LAST_S, |(voucher, _)| Some(voucher.fare.tiyn)),
            ("rides", 1, voucher::MOST_RIDES.into(), |(voucher, _)| Some(voucher.rides.into())),
            ("minutes", 1, u16::MAX.into(), |(voucher, _)| minutes(&voucher.end)),
            ("zone", 1, token::LONGEST_ZONE as i64, |(voucher, _)| zone(&voucher.end)),
            ("counter", 1, voucher::MOST_RIDES.into(), |(_, used)| Some(used.counter.into())),
            ("vehicle", 1, token::LONGEST_VEHICLE as i64, |(_, used)| length(&used.vehicle)),
            ("boarded", 0, LAST_S, |(_, used)| Some(used.boarded_s)),
            ("word", 0, 1, |(_, used)| Some(used.terminal.is_some().into())),
        ],
    );
    let has = |what: &str, is: &dyn Fn(&Voucher) -> bool| {
        assert!(vouchers.iter().any(|(voucher, _)| is(voucher)), "{what}");
    };
    has("issued at first", &|voucher| voucher.issued_s == 0);
    has("terminus", &|voucher| voucher.end == EndRule::Terminus);
    has("in place of none", &|voucher| voucher.replaces.is_none());
    has("in place of another", &|voucher| voucher.replaces.is_some());
    for way in Way::ALL {
        has("way", &|voucher| voucher.way == way);
    }
    for category in Category::ALL {
        has("category", &|voucher| voucher.passengers.iter().any(|group| group.category == category));
    }
}
