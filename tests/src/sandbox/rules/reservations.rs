//! Reserving offline rides: paid now, up to three of them for an account, all at a price for any line.

use super::carrier::{Decline, PhoneLine};
use super::payments::{self, Funding, LAST_MS, MOST_OF_A_CATEGORY};
use super::{LARGEST_SUM, Purse, problem};
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, Problem, VoucherRequest, problem as codes};
use jol_core::pay::{DeclineReason, Way};
use jol_core::ticket::voucher::MOST_RIDES;
use jol_core::wallet::{Category, PassengerGroup};

/// How long rides that are reserved can be used.
pub const VOUCHER_LASTS_MS: i64 = 7 * 24 * 3_600_000;
/// How long one ride lasts, in s: nobody knows without a network where the bus is.
pub const LIFE_S: i64 = 90 * 60;

/// What the operator holds when rides are to be reserved.
#[derive(Clone, Debug)]
pub struct ReserveView<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// The service day in the city's time.
    pub day: Date,
    /// The operator sells rides before at all.
    pub offered: bool,
    /// They ended for this account.
    pub ended: bool,
    /// The city, if there is such a one.
    pub city: Option<&'a CityRules>,
    /// Rides of this account that are paid, not used and not given back.
    pub open_rides: usize,
    /// This version of the app may pay.
    pub version_pays: bool,
    /// The terms were accepted in their present version.
    pub terms_accepted: bool,
    /// Until when this phone may not spend.
    pub waits_until_ms: Option<i64>,
    /// The account's cards.
    pub cards: &'a [Card],
    /// The account's tokens of bank cards.
    pub bank_cards: &'a [String],
    /// The account's phone line.
    pub line: &'a PhoneLine,
}

/// What becomes of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveDecision {
    /// Nothing is taken.
    Declined(Decline),
    /// The carrier is asked again at this moment.
    Pending {
        /// Ms since 1970.
        ask_again_ms: i64,
    },
    /// All rides are paid, out of this purse.
    Paid {
        /// Whose money.
        from: Purse,
    },
}

/// Refuses what no app of ours sends.
pub fn check(request: &VoucherRequest) -> Result<(), Problem> {
    let bad = |title| Err(problem(400, codes::BAD_REQUEST, title));
    let groups = &request.passengers;
    let fits = |group: &PassengerGroup| (1..=MOST_OF_A_CATEGORY).contains(&u32::from(group.count));
    if !(1..=MOST_RIDES).contains(&request.rides) {
        return bad("rides: 1 to 3");
    }
    if groups.is_empty() || groups.len() > Category::ALL.len() || !groups.iter().all(fits) {
        return bad("passengers: 1 to 8 groups of 1 to 15");
    }
    if request.signature.as_ref().is_some_and(|signature| signature.0.len() != 64) {
        return bad("signature: 64 bytes");
    }
    if !(Money::ZERO..=LARGEST_SUM).contains(&request.fare) {
        return bad("fare: out of range");
    }
    if [request.tapped_ms, request.not_after_ms].iter().any(|ms| !(0..=LAST_MS).contains(ms)) {
        return bad("tapped_ms, not_after_ms: out of range");
    }
    Ok(())
}

/// Decides a reservation. The request has passed [`check`].
pub fn reserve(held: &ReserveView<'_>, request: &VoucherRequest) -> ReserveDecision {
    let decided = price(held, request).and_then(|sum| {
        payments::fund(held.cards, held.bank_cards, held.line, &request.source, sum, held.now_ms)
    });
    match decided {
        Ok(Funding::Now(from)) => ReserveDecision::Paid { from },
        Ok(Funding::Later { ask_again_ms }) => ReserveDecision::Pending { ask_again_ms },
        Err(decline) => ReserveDecision::Declined(decline),
    }
}

/// What all rides cost. A line is not known before: a price for any line is asked for, without discounts
/// for changing and without caps.
fn price(held: &ReserveView<'_>, request: &VoucherRequest) -> Result<Money, Decline> {
    if !held.offered {
        return Err(DeclineReason::OfflineRidesOff.into());
    }
    if held.ended {
        return Err(DeclineReason::OfflineRidesEnded.into());
    }
    if !held.version_pays {
        return Err(DeclineReason::AppTooOld.into());
    }
    if !held.terms_accepted {
        return Err(DeclineReason::TermsNotAccepted.into());
    }
    if held.now_ms > request.not_after_ms.min(request.tapped_ms.saturating_add(payments::INTENT_MS)) {
        return Err(DeclineReason::TooLate.into());
    }
    if let Some(until_ms) = held.waits_until_ms.filter(|until_ms| held.now_ms < *until_ms) {
        return Err(Decline { try_again_ms: Some(until_ms), ..DeclineReason::PhoneWaits.into() });
    }
    if held.open_rides + usize::from(request.rides) > usize::from(MOST_RIDES) {
        return Err(DeclineReason::OverLimit.into());
    }
    let city = held.city.ok_or(DeclineReason::WayNotTaken)?;
    let passengers = payments::grouped(&request.passengers).ok_or(DeclineReason::OverLimit)?;
    let entitled = |group: &PassengerGroup| {
        payments::is_held(held.cards, held.day, &request.source, request.card.as_deref(), *group)
    };
    if !passengers.iter().all(entitled) {
        return Err(DeclineReason::CategoryNotHeld.into());
    }
    let question = FareQuestion {
        category: Category::Standard,
        way: Way::App,
        line: "",
        zone: None,
        day: held.day,
        before: FareHistory::default(),
    };
    let fare = city.fares.fare_of_group(&passengers, &question).ok_or(DeclineReason::WayNotTaken)?;
    if fare != request.fare {
        return Err(DeclineReason::FareChanged.into());
    }
    fare.times(request.rides.into()).filter(|sum| *sum <= LARGEST_SUM).ok_or(DeclineReason::OverLimit.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jol_core::pay::Source;

    const NOW: i64 = 1_789_549_200_000;

    fn try_reserve(
        change: impl Fn(&mut ReserveView<'_>, &mut VoucherRequest, &mut PhoneLine),
    ) -> ReserveDecision {
        let city = sample_rules("sample");
        let mut line = PhoneLine {
            number: Some("+77771234567".into()),
            account_since_ms: NOW,
            balance: Money::tenge(300),
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        };
        let mut request = VoucherRequest {
            city: "sample".into(),
            rides: 3,
            source: Source::PhoneBalance,
            passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
            card: None,
            fare: Money::tenge(100),
            tapped_ms: NOW,
            not_after_ms: NOW + 600_000,
            signature: None,
        };
        let no_line = line.clone();
        let mut view = ReserveView {
            now_ms: NOW,
            day: "2026-09-16".parse().expect("a day"),
            offered: true,
            ended: false,
            city: Some(&city),
            open_rides: 0,
            version_pays: true,
            terms_accepted: true,
            waits_until_ms: None,
            cards: &[],
            bank_cards: &[],
            line: &no_line,
        };
        change(&mut view, &mut request, &mut line);
        reserve(&ReserveView { line: &line, ..view }, &request)
    }

    fn reason(decision: ReserveDecision) -> Option<DeclineReason> {
        match decision {
            ReserveDecision::Declined(decline) => Some(decline.reason),
            _ => None,
        }
    }

    #[test]
    fn three_rides_are_paid_at_once_out_of_the_phone_s_balance() {
        let paid = ReserveDecision::Paid { from: Purse::Phone("+77771234567".into()) };
        assert_eq!(try_reserve(|_, _, _| ()), paid);
        let short = try_reserve(|_, _, line| line.balance = Money::tiyn(29_999));
        assert_eq!(reason(short), Some(DeclineReason::NoMoney), "all of them or none");
        let slow = try_reserve(|_, _, line| line.number = Some("+77010000007".into()));
        assert!(matches!(slow, ReserveDecision::Pending { .. }));
    }

    #[test]
    fn each_reason_to_decline_is_named() {
        let why = |change: &dyn Fn(&mut ReserveView<'_>, &mut VoucherRequest)| {
            reason(try_reserve(|view, request, _| change(view, request)))
        };
        assert_eq!(why(&|view, _| view.offered = false), Some(DeclineReason::OfflineRidesOff));
        assert_eq!(why(&|view, _| view.ended = true), Some(DeclineReason::OfflineRidesEnded));
        assert_eq!(why(&|view, _| view.version_pays = false), Some(DeclineReason::AppTooOld));
        assert_eq!(why(&|view, _| view.terms_accepted = false), Some(DeclineReason::TermsNotAccepted));
        assert_eq!(why(&|view, _| view.now_ms = NOW + 600_001), Some(DeclineReason::TooLate));
        assert_eq!(why(&|view, _| view.waits_until_ms = Some(NOW + 1)), Some(DeclineReason::PhoneWaits));
        assert_eq!(why(&|view, _| view.city = None), Some(DeclineReason::WayNotTaken));
        assert_eq!(why(&|_, request| request.fare = Money::tenge(99)), Some(DeclineReason::FareChanged));
        let school = vec![PassengerGroup { category: Category::School, count: 1 }];
        let without_card = why(&|_, request| request.passengers.clone_from(&school));
        assert_eq!(without_card, Some(DeclineReason::CategoryNotHeld));
    }

    #[test]
    fn an_account_holds_three_open_rides_at_most() {
        let with = |open, rides| {
            reason(try_reserve(|view, request, _| (view.open_rides, request.rides) = (open, rides)))
        };
        assert_eq!((with(2, 1), with(0, 3)), (None, None));
        assert_eq!(with(1, 3), Some(DeclineReason::OverLimit));
        assert_eq!(with(3, 1), Some(DeclineReason::OverLimit));
    }

    #[test]
    fn nobody_reserves_no_ride_or_four() {
        let request = |rides, count| VoucherRequest {
            city: "sample".into(),
            rides,
            source: Source::PhoneBalance,
            passengers: vec![PassengerGroup { category: Category::Standard, count }],
            card: None,
            fare: Money::tenge(100),
            tapped_ms: 0,
            not_after_ms: 0,
            signature: None,
        };
        assert!(check(&request(1, 1)).is_ok() && check(&request(3, 15)).is_ok());
        for (rides, count) in [(0, 1), (4, 1), (1, 0), (1, 16)] {
            assert!(check(&request(rides, count)).is_err(), "{rides} rides of {count}");
        }
        assert!(check(&VoucherRequest { fare: Money::tiyn(-1), ..request(1, 1) }).is_err());
        assert!(check(&VoucherRequest { tapped_ms: -1, ..request(1, 1) }).is_err());
    }
}
