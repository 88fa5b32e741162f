//! Charging a ride: once, whatever happens between the phone and the operator.
//!
//! **The ride rule.** A ride is an account, a vehicle, and the time in which its ticket is valid. While
//! a payment is pending or a ticket valid, every way answers with that ride and never charges again;
//! only "one more passenger" does. It comes before every other check, so that a second tap is answered
//! with the ride even if the fare, the terms or the version have changed meanwhile.
//!
//! **A tap is decided once**, even by an operator that keeps no answers: the ride that it paid bears its key,
//! also when it is over or was given back, and what was declined or paid before stays so.

use super::carrier::{self, CarrierAnswer, Decline, PhoneLine};
use super::rides::{self, HeldRide};
use super::{Entry, LARGEST_SUM, Purse, cards, problem};
use crate::sandbox::fleet::Run;
use jiff::civil::Date;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion, RideEnd, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, PaymentRequest, Problem, problem as codes};
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};

/// How long after the tap an intent may still be charged.
pub const INTENT_MS: i64 = 10 * 60_000;
/// The most passengers on one ticket.
pub const MOST_PASSENGERS: u32 = 20;
/// The most passengers of one category; a ticket has room for no more.
pub const MOST_OF_A_CATEGORY: u32 = 15;
/// The last moment that the contract knows: the end of the year 9999.
pub const LAST_MS: i64 = 253_402_300_799_999;
/// The ways that the app itself pays in; the others come from terminals, messages and conductors.
const WAYS_OF_THE_APP: [Way; 4] = [Way::App, Way::BusQr, Way::Nfc, Way::Bluetooth];

/// What the operator holds when a payment comes.
#[derive(Clone, Debug)]
pub struct PaymentView<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// Its idempotency key. An answer that was given under it before is not asked of this rule.
    pub key: &'a str,
    /// How long ago the passenger tapped, by the phone's clock since its start, in ms.
    pub age_ms: Option<i64>,
    /// Of an operator that keeps no answers under their keys: what was decided before of this account's tap of
    /// this moment in this bus.
    pub decided: Option<&'a PaymentDecision>,
    /// The service day in the city's time.
    pub day: Date,
    /// The city, if there is such a one.
    pub city: Option<&'a CityRules>,
    /// The bus, if there is such a one.
    pub vehicle: Option<&'a Vehicle>,
    /// What the bus is doing, unless its run was closed.
    pub run: Option<&'a Run>,
    /// Rides of this account.
    pub rides: &'a [HeldRide],
    /// The payment of this account in this bus that has no answer yet, by key.
    pub pending: Option<&'a str>,
    /// What was paid before.
    pub history: FareHistory<'a>,
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

/// What becomes of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentDecision {
    /// This ride was paid by that payment; nothing is charged.
    AlreadyPaid {
        /// Its id.
        ride: String,
        /// The payment that paid it.
        by_key: String,
    },
    /// Another payment of this ride has no answer yet; this one shares it.
    Follows {
        /// The other payment.
        key: String,
    },
    /// Nothing is charged.
    Declined(Decline),
    /// The carrier is asked again at this moment.
    Pending {
        /// What will be charged.
        fare: Money,
        /// Ms since 1970.
        ask_again_ms: i64,
    },
    /// It is charged.
    Charged(Charge),
}

/// A charge: what is entered and until when the ticket is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What is charged.
    pub fare: Money,
    /// The entry; none for a free ride, which has its ticket all the same.
    pub entry: Option<Entry>,
    /// Until when the ticket is valid, ms since 1970.
    pub ends_ms: i64,
}

/// Refuses what no app of ours sends: nobody riding, sums or times out of the contract's range.
pub fn check(request: &PaymentRequest) -> Result<(), Problem> {
    let bad = |title| problem(400, codes::BAD_REQUEST, title);
    if request.passengers.is_empty() || request.passengers.len() > Category::ALL.len() {
        return Err(bad("passengers: 1 to 8 groups"));
    }
    if request.passengers.iter().any(|group| !(1..=MOST_OF_A_CATEGORY).contains(&u32::from(group.count))) {
        return Err(bad("passengers: 1 to 15 of a category"));
    }
    if request.signature.as_ref().is_some_and(|signature| signature.0.len() != 64) {
        return Err(bad("signature: 64 bytes"));
    }
    if !(Money::ZERO..=LARGEST_SUM).contains(&request.fare) {
        return Err(bad("fare: out of range"));
    }
    if [request.tapped_ms, request.not_after_ms].iter().any(|ms| !(0..=LAST_MS).contains(ms)) {
        return Err(bad("tapped_ms, not_after_ms: out of range"));
    }
    Ok(())
}

/// Those who ride, each category once, in the order of their numbers; none if a ticket has no room for
/// them.
pub fn grouped(passengers: &[PassengerGroup]) -> Option<Vec<PassengerGroup>> {
    let group = |category| {
        let own = passengers.iter().filter(|group| group.category == category);
        let count: u32 = own.map(|group| u32::from(group.count)).sum();
        let count = u8::try_from(count).ok().filter(|count| u32::from(*count) <= MOST_OF_A_CATEGORY)?;
        Some(PassengerGroup { category, count })
    };
    let mut groups = Category::ALL.into_iter().map(group).collect::<Option<Vec<_>>>()?;
    groups.retain(|group| group.count > 0);
    let total: u32 = groups.iter().map(|group| u32::from(group.count)).sum();
    (1..=MOST_PASSENGERS).contains(&total).then_some(groups)
}

/// Decides a payment. The request has passed [`check`].
pub fn pay(held: &PaymentView<'_>, request: &PaymentRequest) -> PaymentDecision {
    if let Some(own) = held.rides.iter().find(|ride| ride.key == held.key) {
        return PaymentDecision::AlreadyPaid { ride: own.ride.clone(), by_key: own.key.clone() };
    }
    if let Some(decided) = held.decided {
        return decided.clone();
    }
    if !request.one_more {
        let painted = held.vehicle.map_or("", |bus| &bus.painted);
        let bus = (request.vehicle.as_str(), painted);
        // Whoever tapped while a ticket was valid has that ride, however late the intent comes; so has who rides
        // on a voucher that was begun by a clock ahead.
        let asked_ms = asked_ms(request.tapped_ms, held.age_ms, held.now_ms);
        let until_ms = held.now_ms.saturating_add(rides::CLOCK_SLACK_MS);
        if let Some(ride) = rides::standing(held.rides, bus, asked_ms, until_ms) {
            return PaymentDecision::AlreadyPaid { ride: ride.ride.clone(), by_key: ride.key.clone() };
        }
        if let Some(key) = held.pending {
            return PaymentDecision::Follows { key: key.to_owned() };
        }
    }
    match price(held, request).and_then(|(fare, run)| charge(held, request, fare, run)) {
        Ok(decision) => decision,
        Err(decline) => PaymentDecision::Declined(decline),
    }
}

/// When an intent that comes now was tapped: by the phone's wall clock or by its age, whichever is earlier, and
/// within the time in which it may be charged.
pub fn asked_ms(tapped_ms: i64, age_ms: Option<i64>, now_ms: i64) -> i64 {
    let by_age_ms = age_ms.map_or(now_ms, |age_ms| now_ms.saturating_sub(age_ms));
    tapped_ms.min(by_age_ms).clamp(now_ms.saturating_sub(INTENT_MS), now_ms)
}

/// Whether an intent that comes now may not be charged any more, whoever signed it.
pub fn is_too_late(request: &PaymentRequest, age_ms: Option<i64>, now_ms: i64) -> bool {
    // A phone whose clock is ahead must not stretch the time of its intent. It learns the time by the answer.
    let is_ahead = request.tapped_ms > now_ms.saturating_add(rides::CLOCK_SLACK_MS);
    let is_old = age_ms.is_some_and(|age_ms| age_ms > INTENT_MS);
    is_ahead || is_old || now_ms > request.not_after_ms.min(request.tapped_ms.saturating_add(INTENT_MS))
}

/// What it costs and on which run, or why it cannot be paid at all.
fn price<'a>(held: &PaymentView<'a>, request: &PaymentRequest) -> Result<(Money, &'a Run), Decline> {
    let (Some(city), Some(vehicle)) = (held.city, held.vehicle) else {
        return Err(DeclineReason::UnknownBus.into());
    };
    if !held.version_pays {
        return Err(DeclineReason::AppTooOld.into());
    }
    if !held.terms_accepted {
        return Err(DeclineReason::TermsNotAccepted.into());
    }
    if is_too_late(request, held.age_ms, held.now_ms) {
        return Err(DeclineReason::TooLate.into());
    }
    if let Some(until_ms) = held.waits_until_ms.filter(|until_ms| held.now_ms < *until_ms) {
        return Err(Decline { try_again_ms: Some(until_ms), ..DeclineReason::PhoneWaits.into() });
    }
    let run = held.run.filter(|run| run.in_service).ok_or(DeclineReason::RunClosed)?;
    if !vehicle.ways.contains(&request.way) || !WAYS_OF_THE_APP.contains(&request.way) {
        return Err(DeclineReason::WayNotTaken.into());
    }
    let passengers = grouped(&request.passengers).ok_or(DeclineReason::OverLimit)?;
    let entitled = |group: &PassengerGroup| {
        is_held(held.cards, held.day, &request.source, request.card.as_deref(), *group)
    };
    if !passengers.iter().all(entitled) {
        return Err(DeclineReason::CategoryNotHeld.into());
    }
    // A pass frees its holder, who rides already when one more is asked for.
    let passes = if request.one_more { &[] } else { held.history.passes };
    let question = FareQuestion {
        category: Category::Standard,
        way: request.way,
        line: &run.line,
        zone: None,
        day: held.day,
        before: FareHistory { passes, ..held.history },
    };
    let fare = city.fares.fare_of_group(&passengers, &question).ok_or(DeclineReason::WayNotTaken)?;
    if fare != request.fare {
        return Err(DeclineReason::FareChanged.into());
    }
    Ok((fare, run))
}

/// Anybody rides as standard and takes small children along; another category rides on its own card,
/// which carries one passenger.
pub fn is_held(
    cards: &[Card],
    day: Date,
    source: &Source,
    card: Option<&str>,
    group: PassengerGroup,
) -> bool {
    if matches!(group.category, Category::Standard | Category::Child) {
        return true;
    }
    let own = |id: &str| cards.iter().find(|card| card.id == id);
    let source = match source {
        Source::SmartCard { card } => own(card),
        _ => None,
    };
    let gives = |card: &Card| card.category == group.category && cards::entitles(card, day);
    group.count == 1 && (card.and_then(own).is_some_and(gives) || source.is_some_and(gives))
}

/// Where the money comes from, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Funding {
    /// Out of this purse.
    Now(Purse),
    /// The carrier is asked again at this moment.
    Later {
        /// Ms since 1970.
        ask_again_ms: i64,
    },
}

/// Where a sum comes from, or why it cannot be taken.
pub fn fund(
    cards: &[Card],
    bank_cards: &[String],
    line: &PhoneLine,
    source: &Source,
    sum: Money,
    now_ms: i64,
) -> Result<Funding, Decline> {
    match source {
        Source::PhoneBalance => match carrier::ask(line, sum, now_ms) {
            CarrierAnswer::No(decline) => Err(decline),
            CarrierAnswer::Later { at_ms } => Ok(Funding::Later { ask_again_ms: at_ms }),
            CarrierAnswer::Yes => Ok(Funding::Now(Purse::Phone(line.number.clone().unwrap_or_default()))),
        },
        Source::SmartCard { card: id } => {
            let card = cards.iter().find(|card| card.id == *id);
            let card = card.filter(|card| card.state.pays());
            let card = card.ok_or(DeclineReason::CategoryNotHeld)?;
            if card.balance < sum {
                return Err(DeclineReason::NoMoney.into());
            }
            Ok(Funding::Now(Purse::Card(id.clone())))
        }
        Source::BankCard { token } if bank_cards.contains(token) => {
            Ok(Funding::Now(Purse::BankCard(token.clone())))
        }
        Source::BankCard { .. } => Err(DeclineReason::NoMoney.into()),
        Source::Cash => Err(DeclineReason::WayNotTaken.into()),
    }
}

/// Charges a fare, now or later.
fn charge(
    held: &PaymentView<'_>,
    request: &PaymentRequest,
    fare: Money,
    run: &Run,
) -> Result<PaymentDecision, Decline> {
    let end = held.city.map_or(&RideEnd::Terminus, |city| &city.ride_end);
    let ends_ms = rides::ends_ms(end, run.ends_ms, held.now_ms);
    Ok(match fund(held.cards, held.bank_cards, held.line, &request.source, fare, held.now_ms)? {
        Funding::Later { ask_again_ms } => PaymentDecision::Pending { fare, ask_again_ms },
        Funding::Now(from) => {
            let entry = Entry::of("fare", from, Purse::Fares(request.city.clone()), fare);
            PaymentDecision::Charged(Charge { fare, entry, ends_ms })
        }
    })
}

/// What is held of a pending payment when its carrier has answered.
#[derive(Clone, Copy, Debug)]
pub struct DueView<'a> {
    /// When the carrier answered, ms since 1970.
    pub now_ms: i64,
    /// What was asked.
    pub request: &'a PaymentRequest,
    /// What was fixed when it came: the fare,
    pub fare: Money,
    /// and the run.
    pub accepted_run: &'a str,
    /// How long its city's tickets last.
    pub end: &'a RideEnd,
    /// The bus's painted number.
    pub painted: &'a str,
    /// What the bus is doing now, unless its run was closed.
    pub run: Option<&'a Run>,
    /// Rides of this account.
    pub rides: &'a [HeldRide],
    /// The account's phone line.
    pub line: &'a PhoneLine,
}

/// Decides a pending payment once its carrier has answered. A run that is over by now never charges, nor does
/// who paid the conductor meanwhile: cash that was handed over is paid, whoever was asked before.
pub fn settle(due: &DueView<'_>) -> PaymentDecision {
    let DueView { now_ms, request, fare, line, .. } = *due;
    let asked_ms = asked_ms(request.tapped_ms, None, now_ms);
    let standing = rides::standing(due.rides, (&request.vehicle, due.painted), asked_ms, now_ms);
    if let Some(ride) = standing.filter(|_| !request.one_more) {
        return PaymentDecision::AlreadyPaid { ride: ride.ride.clone(), by_key: ride.key.clone() };
    }
    let Some(run) = due.run.filter(|run| run.run == due.accepted_run && run.in_service) else {
        return PaymentDecision::Declined(DeclineReason::RunClosed.into());
    };
    if let CarrierAnswer::No(decline) = carrier::decide(line, fare, now_ms) {
        return PaymentDecision::Declined(decline);
    }
    let from = Purse::Phone(line.number.clone().unwrap_or_default());
    let entry = Entry::of("fare", from, Purse::Fares(request.city.clone()), fare);
    PaymentDecision::Charged(Charge { fare, entry, ends_ms: rides::ends_ms(due.end, run.ends_ms, now_ms) })
}

/// Whether a version (`1.10.2`) is at least another; a part that is no number counts as 0.
pub fn at_least(version: &str, lowest: &str) -> bool {
    let parts = |text: &str| -> [u64; 3] {
        let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
        std::array::from_fn(|_| parts.next().unwrap_or(0))
    };
    parts(version) >= parts(lowest)
}

#[cfg(test)]
#[path = "payments_tests.rs"]
mod tests;
