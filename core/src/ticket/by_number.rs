//! An inspector's verdict on a number: a card's, the one in a text message, a receipt's. Without a network,
//! by the register that was fetched when the check began.
//!
//! A number that is found names a ride that is paid; who says the number may still be somebody else, and the
//! verdict says so. A number that is not found means little: only a register that was written within a
//! minute, with taps of a terminal that was heard within a minute, would know of a passenger who is on
//! board. With an older one nobody is called one who has not paid.

use super::inspect::TOLERANCE_MS;
use super::register::{NumberKind, Register, RegisteredRide, plain};
use super::{CannotTell, NotValid, SeenSet, StatusList, TrustedKeys};

/// A register that is older than this cannot say that somebody has not paid, in ms.
pub const FRESH_MS: i64 = 60_000;
/// A number with fewer letters and digits is the end of one.
const WHOLE_NUMBER: usize = 8;

/// How a passenger shows what they paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownNumber<'a> {
    /// A card, held to the inspector's phone: its number or its chip's.
    Tapped(&'a str),
    /// A number, typed by the inspector.
    Typed(NumberKind, &'a str),
}

/// What an inspector's phone knows when it looks a number up.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The operator's keys.
    pub keys: &'a TrustedKeys,
    /// The vehicle's register, if it was fetched.
    pub register: Option<&'a Register>,
    /// The newest status list, if one was fetched.
    pub status: Option<&'a StatusList>,
    /// The operator's time; none without an anchor.
    pub now_ms: Option<i64>,
    /// When the check of this vehicle began.
    pub began_ms: Option<i64>,
    /// What was seen in this check.
    pub seen: &'a SeenSet,
}

/// Valid, not valid and why, or not to be told and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Paid for this ride.
    Valid,
    /// Not paid for this ride.
    NotValid(NotValid),
    /// Something cannot be known here.
    CannotTell(CannotTell),
}

impl Says {
    /// `valid`, `not_valid` or `cannot_tell`, as in an inspector's upload.
    pub fn code(&self) -> &'static str {
        match self {
            Says::Valid => "valid",
            Says::NotValid(_) => "not_valid",
            Says::CannotTell(_) => "cannot_tell",
        }
    }

    /// The reason's stable name.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Says::Valid => None,
            Says::NotValid(reason) => Some(reason.code()),
            Says::CannotTell(reason) => Some(reason.code()),
        }
    }
}

/// What is to be known of a ride that was looked up, and is no refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberFacts {
    /// The number alone was shown, which anybody may know.
    pub number_only: bool,
    /// Not even a whole number.
    pub last_digits: bool,
    /// It was paid after the check began.
    pub bought_after_check_began: bool,
    /// It was paid for another vehicle, whose run broke down.
    pub continued: bool,
    /// How old the register is, in s; none if there is none, or no time.
    pub register_age_s: Option<i64>,
    /// How old the status list is, in s; none if there is none, or no time.
    pub status_age_s: Option<i64>,
}

/// What the inspector is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberVerdict {
    /// The verdict.
    pub says: Says,
    /// The ride, where there is one with this number.
    pub ride: Option<RegisteredRide>,
    /// What else is to be known.
    pub facts: NumberFacts,
}

/// Looks a number up.
pub fn look_up(shown: ShownNumber<'_>, lookup: &Lookup<'_>) -> NumberVerdict {
    let (kind, number) = match shown {
        ShownNumber::Tapped(number) => (NumberKind::Card, number),
        ShownNumber::Typed(kind, number) => (kind, number),
    };
    let found: Vec<&RegisteredRide> =
        lookup.register.iter().flat_map(|register| register.find(kind, number)).collect();
    // Several rides may bear one number; whoever shows it rides on the one that is good.
    let judged: Vec<Says> = found.iter().map(|ride| judge(ride, kind, lookup)).collect();
    let nth = judged.iter().position(|says| *says == Says::Valid).or(judged.len().checked_sub(1));
    let (says, ride) = match nth.and_then(|nth| judged.get(nth).cloned().zip(found.get(nth))) {
        Some((says, ride)) => (says, Some((*ride).clone())),
        None => (absent(kind, lookup), None),
    };
    NumberVerdict { facts: facts(shown, number, ride.as_ref(), lookup), says, ride }
}

/// A ride that bears the number.
fn judge(ride: &RegisteredRide, kind: NumberKind, lookup: &Lookup<'_>) -> Says {
    let Some(now_ms) = lookup.now_ms else { return Says::CannotTell(CannotTell::TimeUnknown) };
    if now_ms.saturating_sub(ride.ends_ms) > TOLERANCE_MS {
        // The same card may have paid anew since.
        let ended = NotValid::Ended { at_s: ride.ends_ms.div_euclid(1_000) };
        return stale(kind, lookup).map_or(Says::NotValid(ended), Says::CannotTell);
    }
    if ride.paid_ms.saturating_sub(now_ms) > TOLERANCE_MS {
        return Says::NotValid(NotValid::NotYetValid { from_s: ride.paid_ms.div_euclid(1_000) });
    }
    let status = lookup.status.filter(|status| status.issuer == lookup.keys.issuer());
    if status.is_some_and(|status| status.is_revoked(ride.id)) {
        return Says::NotValid(NotValid::Revoked);
    }
    if status.is_some_and(|status| status.is_replaced(ride.id)) {
        return Says::NotValid(NotValid::Replaced);
    }
    if let Some(at_ms) = lookup.seen.ride_seen_ms(ride.id) {
        return Says::NotValid(NotValid::SeenBefore { at_ms });
    }
    match lookup.keys.is_too_old(now_ms) {
        true => Says::CannotTell(CannotTell::KeysTooOld),
        false => Says::Valid,
    }
}

/// No ride bears the number.
fn absent(kind: NumberKind, lookup: &Lookup<'_>) -> Says {
    stale(kind, lookup).map_or(Says::NotValid(NotValid::NotInRegister), Says::CannotTell)
}

/// Why this register cannot say that something was not paid; none if it can.
fn stale(kind: NumberKind, lookup: &Lookup<'_>) -> Option<CannotTell> {
    let Some(register) = lookup.register else { return Some(CannotTell::NoRegister) };
    let Some(now_ms) = lookup.now_ms else { return Some(CannotTell::TimeUnknown) };
    if lookup.keys.is_too_old(now_ms) {
        return Some(CannotTell::KeysTooOld);
    }
    let age_ms = now_ms.saturating_sub(register.as_of_ms);
    if age_ms >= FRESH_MS {
        return Some(CannotTell::RegisterTooOld { age_s: age_ms / 1_000 });
    }
    let silent_ms = now_ms.saturating_sub(register.taps_until_ms);
    let silent = kind == NumberKind::Card && silent_ms >= FRESH_MS;
    silent.then_some(CannotTell::TerminalSilent { age_s: silent_ms / 1_000 })
}

fn facts(
    shown: ShownNumber<'_>,
    number: &str,
    ride: Option<&RegisteredRide>,
    lookup: &Lookup<'_>,
) -> NumberFacts {
    let now_ms = lookup.now_ms;
    let since = |then_ms: i64| Some(now_ms?.saturating_sub(then_ms).max(0) / 1_000);
    let typed = matches!(shown, ShownNumber::Typed(..));
    let is_card = matches!(shown, ShownNumber::Typed(NumberKind::Card, _));
    NumberFacts {
        number_only: typed && ride.is_some(),
        last_digits: is_card && ride.is_some() && plain(number).chars().count() < WHOLE_NUMBER,
        bought_after_check_began: ride
            .zip(lookup.began_ms)
            .is_some_and(|(ride, began_ms)| ride.paid_ms > began_ms),
        continued: ride.is_some_and(|ride| ride.from.is_some()),
        register_age_s: lookup.register.and_then(|register| since(register.as_of_ms)),
        status_age_s: lookup.status.and_then(|status| since(status.issued_s.saturating_mul(1_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::TicketId;
    use crate::ticket::fixtures::{self, NOW_MS, NOW_S};
    use crate::ticket::register::tests::{CARD, register};

    /// The verdict and its reason, on the register as this changes it.
    fn look(
        shown: ShownNumber<'_>,
        register: &Register,
        change: impl FnOnce(&mut Lookup<'_>),
    ) -> (Says, NumberFacts) {
        let (keys, seen) = (fixtures::trusted_keys(), SeenSet::default());
        let register = Some(register);
        let mut lookup = Lookup {
            keys: &keys,
            register,
            status: None,
            now_ms: Some(NOW_MS),
            began_ms: Some(NOW_MS - 60_000),
            seen: &seen,
        };
        change(&mut lookup);
        let verdict = look_up(shown, &lookup);
        assert_eq!(verdict.says.code() == "valid", verdict.says.reason().is_none());
        (verdict.says, verdict.facts)
    }

    const TYPED: ShownNumber<'_> = ShownNumber::Typed(NumberKind::Card, CARD);
    const STRANGER: ShownNumber<'_> = ShownNumber::Typed(NumberKind::Card, "9643108000000000");

    #[test]
    fn a_number_is_valid_and_says_that_it_is_but_a_number() {
        let register = register();
        let (says, facts) = look(TYPED, &register, |_| ());
        assert_eq!((says, facts.number_only, facts.last_digits), (Says::Valid, true, false));
        let (says, facts) = look(ShownNumber::Tapped("04a2b3c4"), &register, |_| ());
        assert_eq!((says, facts.number_only), (Says::Valid, false), "the card itself");
        let (says, facts) = look(ShownNumber::Typed(NumberKind::Sms, "30б7"), &register, |_| ());
        assert_eq!((says, facts.number_only, facts.last_digits), (Says::Valid, true, false));
        let (says, facts) = look(TYPED, &register, |lookup| lookup.began_ms = Some(NOW_MS - 700_000));
        assert_eq!((says, facts.bought_after_check_began), (Says::Valid, true));
        assert_eq!(facts.register_age_s, Some(10));
    }

    #[test]
    fn who_is_not_found_has_not_paid_only_if_the_register_would_know() {
        let fresh = register();
        let not = Says::NotValid(NotValid::NotInRegister);
        assert_eq!(look(STRANGER, &fresh, |_| ()).0, not);
        let at = |as_of_ms, taps_until_ms| Register { as_of_ms, taps_until_ms, ..register() };
        let just = at(NOW_MS - FRESH_MS + 1, NOW_MS - FRESH_MS + 1);
        assert_eq!(look(STRANGER, &just, |_| ()).0, not);
        let minute = at(NOW_MS - FRESH_MS, NOW_MS - FRESH_MS);
        let old = Says::CannotTell(CannotTell::RegisterTooOld { age_s: 60 });
        assert_eq!(look(STRANGER, &minute, |_| ()).0, old);
        // A terminal that was not heard of holds taps back; text messages and receipts it does not know.
        let silent = at(NOW_MS - 5_000, NOW_MS - 120_000);
        let unheard = Says::CannotTell(CannotTell::TerminalSilent { age_s: 120 });
        assert_eq!(look(STRANGER, &silent, |_| ()).0, unheard);
        assert_eq!(look(ShownNumber::Tapped("x"), &silent, |_| ()).0, unheard);
        assert_eq!(look(ShownNumber::Typed(NumberKind::Sms, "x"), &silent, |_| ()).0, not);
        assert_eq!(look(TYPED, &silent, |_| ()).0, Says::Valid, "what is in it is in it");
    }

    #[test]
    fn without_a_register_time_or_keys_nobody_is_called_one_who_has_not_paid() {
        let register = register();
        let cannot = |reason| Says::CannotTell(reason);
        for shown in [TYPED, STRANGER] {
            let none = look(shown, &register, |lookup| lookup.register = None);
            assert_eq!(none.0, cannot(CannotTell::NoRegister));
            let timeless = look(shown, &register, |lookup| lookup.now_ms = None);
            assert_eq!(timeless.0, cannot(CannotTell::TimeUnknown));
        }
        let late_ms = NOW_MS + 31 * 86_400_000;
        let long = Register { as_of_ms: late_ms, taps_until_ms: late_ms, ..register };
        let long = Register {
            rides: long
                .rides
                .iter()
                .map(|ride| RegisteredRide { ends_ms: i64::MAX, ..ride.clone() })
                .collect(),
            ..long
        };
        for shown in [TYPED, STRANGER] {
            let old = look(shown, &long, |lookup| lookup.now_ms = Some(late_ms));
            assert_eq!(old.0, cannot(CannotTell::KeysTooOld));
        }
    }

    #[test]
    fn a_ride_that_ended_was_perhaps_paid_anew() {
        let receipt = ShownNumber::Typed(NumberKind::Receipt, "00417");
        let ended = Says::NotValid(NotValid::Ended { at_s: NOW_S - 300 });
        assert_eq!(look(receipt, &register(), |_| ()).0, ended);
        let old = Register { as_of_ms: NOW_MS - 300_000, taps_until_ms: 0, ..register() };
        let too_old = Says::CannotTell(CannotTell::RegisterTooOld { age_s: 300 });
        assert_eq!(look(receipt, &old, |_| ()).0, too_old);
        let (says, facts) = look(TYPED, &old, |_| ());
        assert_eq!((says, facts.register_age_s), (Says::Valid, Some(300)), "what is paid stays paid");
        let edge = |ms| look(TYPED, &old, |lookup| lookup.now_ms = Some(NOW_MS + 1_800_000 + ms)).0;
        assert_eq!(edge(TOLERANCE_MS), Says::Valid);
        assert_ne!(edge(TOLERANCE_MS + 1), Says::Valid);
    }

    #[test]
    fn what_was_taken_back_or_seen_is_not_valid_and_a_second_ride_of_the_card_is() {
        let register = register();
        let card = register.rides[0].clone();
        let list = |revoked, replaced| StatusList {
            issuer: fixtures::issuer(),
            number: 1,
            issued_s: NOW_S - 7_200,
            revoked,
            replaced,
            broken: Vec::new(),
        };
        let (revoked, replaced) = (list(vec![1], vec![]), list(vec![], vec![1]));
        let mut seen = SeenSet::default();
        seen.add_ride(card.id, NOW_MS - 5_000);
        // What these lists and this set say outlives the closure.
        let with = |status, seen: Option<&SeenSet>, register: &Register| {
            let (keys, unseen) = (fixtures::trusted_keys(), SeenSet::default());
            let lookup = Lookup {
                keys: &keys,
                register: Some(register),
                status,
                now_ms: Some(NOW_MS),
                began_ms: None,
                seen: seen.unwrap_or(&unseen),
            };
            look_up(TYPED, &lookup)
        };
        assert_eq!(with(Some(&revoked), None, &register).says, Says::NotValid(NotValid::Revoked));
        assert_eq!(with(Some(&replaced), None, &register).says, Says::NotValid(NotValid::Replaced));
        assert_eq!(with(Some(&revoked), None, &register).facts.status_age_s, Some(7_200));
        let before = Says::NotValid(NotValid::SeenBefore { at_ms: NOW_MS - 5_000 });
        assert_eq!(with(None, Some(&seen), &register).says, before);
        let second = RegisteredRide { id: TicketId::new(9, *b"abcd"), from: Some("0549".to_owned()), ..card };
        let twice = Register { rides: [register.rides.clone(), vec![second]].concat(), ..register };
        let verdict = with(None, Some(&seen), &twice);
        assert_eq!((verdict.says, verdict.ride.map(|ride| ride.id.index())), (Says::Valid, Some(9)));
        assert!(verdict.facts.continued);
    }
}
