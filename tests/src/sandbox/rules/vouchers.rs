//! Offline rides: paid before, used without a network, told of later, or given back.
//!
//! A voucher's rides are paid when they are reserved, and the money is held. What becomes of the money of
//! one ride follows from what is known of it, whatever came first: the phone's report makes it the fare
//! (or sends it back, if that ride was paid in another way); what the phone gave back returns after seven
//! days without an inspection that saw it. One ride on two vehicles, or twice on one vehicle, or an
//! inspection without a report for seven days, is charged and ends offline rides for the account. A phone uses
//! its rides in their order: one that nobody told of although a later one was used is charged seven days after
//! the voucher's end, for its report was lost.
//!
//! The phone signs what it reports and gives back; inspectors are believed.

use super::rides::CLOCK_SLACK_MS;
use super::{Entry, Purse, problem};
use jol_core::money::Money;
use jol_core::operator::wire::{OfflineRideState, Problem, UnusedRequest, UseReport, problem as codes};
use jol_core::pay::Source;
use jol_core::ticket::token::LONGEST_VEHICLE;
use jol_core::ticket::voucher::MOST_RIDES;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 24 * 3_600_000;
/// How long an inspector's word is waited for before money goes back, and the phone's word before a ride
/// that an inspector saw is charged.
pub const WAIT_MS: i64 = 7 * DAY_MS;
/// How much earlier than its voucher a ride may begin, by clocks that are apart, in ms.
const TOLERANCE_MS: i64 = jol_core::ticket::inspect::TOLERANCE_MS;

/// A voucher as the rules see it: what is known of each of its rides, and where the money is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldVoucher {
    /// The last moment in which a ride may begin, ms since 1970.
    pub until_ms: i64,
    /// How long a ride lasts, in ms.
    pub life_ms: i64,
    /// Its rides, from the first.
    pub rides: Vec<HeldRide>,
    /// What the phone said of what is left; its first word counts.
    pub given_back: Option<GivenBack>,
}

/// One ride of a voucher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRide {
    /// Where the money is that was paid for it.
    pub money: Place,
    /// What is known of it, by vehicle.
    pub on: BTreeMap<String, OnVehicle>,
    /// How many fares were charged for it: out of the held money, the others as a debt.
    pub charged: usize,
}

/// What is known of one ride on one vehicle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnVehicle {
    /// What the phone reported; its first word counts.
    pub reported: Option<Reported>,
    /// When the operator first heard of an inspector who saw it, ms since 1970.
    pub heard_ms: Option<i64>,
    /// When inspectors saw it, ms since 1970.
    pub seen_ms: BTreeSet<i64>,
}

/// A ride as the phone tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// When it began, ms since 1970.
    pub boarded_ms: i64,
    /// It was paid in another way.
    pub paid_otherwise: bool,
}

/// Where the money of a ride is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// With the operator, for the voucher.
    #[default]
    Held,
    /// The fare of a ride.
    Fares,
    /// Back at its source: the ride was paid in another way.
    PaidOtherwise,
    /// Back at its source: it was given back.
    Returned,
}

/// The phone's word that no other than the first rides was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// How many were used.
    pub used: u8,
    /// When it came, ms since 1970.
    pub at_ms: i64,
    /// When the money returns.
    pub returns_ms: i64,
}

/// One fare goes from here to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Out of the held money to the fares.
    Charge,
    /// The held money goes back to its source.
    GoBack,
    /// A fare that was charged goes back to its source: the ride was paid in another way.
    Refund,
    /// A fare for which no money is held: the account owes it.
    Owe,
    /// It is owed no more.
    Forgive,
}

impl Move {
    /// The entry; none for a free ride.
    pub fn entry(self, held: Purse, fares: Purse, source: Purse, owed: Purse, fare: Money) -> Option<Entry> {
        let (what, from, to) = match self {
            Move::Charge => ("offline_fare", held, fares),
            Move::GoBack => ("offline_return", held, source),
            Move::Refund => ("offline_refund", fares, source),
            Move::Owe => ("offline_debt", owed, fares),
            Move::Forgive => ("offline_forgiven", fares, owed),
        };
        Entry::of(what, from, to, fare)
    }
}

/// What a word or the time makes of a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The voucher from now on.
    pub held: HeldVoucher,
    /// What moves, one fare each.
    pub moves: Vec<Move>,
    /// It was used against the rules: offline rides end for the account.
    pub abused: bool,
}

impl HeldVoucher {
    /// A voucher that nobody used yet.
    pub fn new(rides: u8, life_ms: i64, until_ms: i64) -> HeldVoucher {
        let rides = vec![HeldRide::default(); rides.into()];
        HeldVoucher { until_ms, life_ms, rides, given_back: None }
    }

    /// Rides that nobody told of and that were not given back.
    pub fn open_rides(&self) -> usize {
        let open = |ride: &&HeldRide| ride.money == Place::Held && ride.on.is_empty();
        if self.given_back.is_some() { 0 } else { self.rides.iter().filter(open).count() }
    }

    /// When what was given back returns, as long as some of it may.
    pub fn waits_until_ms(&self, now_ms: i64) -> Option<i64> {
        let back = self.given_back.filter(|back| now_ms < back.returns_ms)?;
        let mut rest = self.rides.iter().skip(back.used.into());
        rest.any(|ride| ride.money == Place::Held).then_some(back.returns_ms)
    }

    /// When something happens by itself, ms since 1970.
    pub fn due_ms(&self) -> Option<i64> {
        let waiting = (1..).zip(&self.rides).filter(|(_, ride)| ride.money == Place::Held);
        let due = waiting.filter_map(|(counter, ride)| match ride.deadline_ms() {
            Some(deadline_ms) if !self.tells_of(counter, ride) => Some(deadline_ms),
            _ if self.is_passed_over(counter, ride) => Some(self.lost_ms()),
            _ => self.given_back.map(|back| back.returns_ms),
        });
        due.min()
    }

    /// How a ride stands, as the account is told.
    pub fn state_of(&self, counter: u8) -> OfflineRideState {
        let Some(ride) = self.ride(counter) else { return OfflineRideState::Open };
        match ride.money {
            _ if ride.times(self.life_ms) > 1 => OfflineRideState::Charged,
            Place::PaidOtherwise => OfflineRideState::PaidOtherwise,
            Place::Returned if ride.charged > 0 => OfflineRideState::Charged,
            Place::Returned => OfflineRideState::Returned,
            Place::Fares if ride.is_reported() || ride.on.is_empty() => OfflineRideState::Settled,
            Place::Fares if self.tells_of(counter, ride) => OfflineRideState::Settled,
            Place::Fares => OfflineRideState::Charged,
            Place::Held if !ride.on.is_empty() => OfflineRideState::Seen,
            Place::Held if self.given_back.is_some_and(|back| counter > back.used) => {
                OfflineRideState::GivingBack
            }
            Place::Held => OfflineRideState::Open,
        }
    }

    fn ride(&self, counter: u8) -> Option<&HeldRide> {
        self.rides.get(usize::from(counter).checked_sub(1)?)
    }

    fn ride_mut(&mut self, counter: u8) -> Option<&mut HeldRide> {
        self.rides.get_mut(usize::from(counter).checked_sub(1)?)
    }

    /// Whether the phone said in time, by giving back what came after it, that this ride was used.
    fn tells_of(&self, counter: u8, ride: &HeldRide) -> bool {
        self.given_back.is_some_and(|back| {
            counter <= back.used && ride.deadline_ms().is_none_or(|deadline_ms| back.at_ms < deadline_ms)
        })
    }

    /// Whether nobody told of this ride, and a later one was used; nor did the phone say what is left.
    fn is_passed_over(&self, counter: u8, ride: &HeldRide) -> bool {
        let mut later = self.rides.iter().skip(counter.into());
        self.given_back.is_none() && ride.on.is_empty() && later.any(|ride| !ride.on.is_empty())
    }

    /// From when on the report of a ride that was passed over is taken for lost.
    fn lost_ms(&self) -> i64 {
        self.until_ms.saturating_add(WAIT_MS)
    }
}

impl HeldRide {
    fn is_reported(&self) -> bool {
        self.on.values().any(|on| on.reported.is_some())
    }

    /// How often it was ridden.
    fn times(&self, life_ms: i64) -> usize {
        self.on.values().map(|on| on.times(life_ms)).sum()
    }

    /// How many of these rides nothing else paid.
    fn unpaid(&self, life_ms: i64) -> usize {
        let otherwise = |on: &&OnVehicle| on.reported.is_some_and(|reported| reported.paid_otherwise);
        self.times(life_ms) - self.on.values().filter(otherwise).count()
    }

    /// Until when the phone may tell of what an inspector saw.
    fn deadline_ms(&self) -> Option<i64> {
        self.on.values().filter_map(|on| on.heard_ms).min().map(|heard_ms| heard_ms.saturating_add(WAIT_MS))
    }
}

impl OnVehicle {
    /// How many rides of this length, at the least, make what is known of it: an inspector believes a use
    /// from its beginning to its end, give or take the clocks.
    fn times(&self, life_ms: i64) -> usize {
        let mut known = self.seen_ms.clone();
        known.extend(self.reported.map(|reported| reported.boarded_ms));
        let (mut times, mut until_ms) = (0, None);
        for at_ms in known {
            if until_ms.is_none_or(|until_ms| at_ms > until_ms) {
                times += 1;
                until_ms = Some(at_ms.saturating_add(life_ms + 2 * TOLERANCE_MS));
            }
        }
        times
    }
}

/// What is answered to a report of a use that was told of before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldAgain {
    /// The same as before: the held money is the fare.
    Settled,
    /// The same as before: the ride was paid in another way, and the held money went back.
    PaidOtherwise,
    /// The same as before: charged, against the rules.
    Misused,
    /// Another report told it: nothing moves by this one.
    ByAnother,
}

/// What became of a use whose report comes again after its answer was forgotten: the phone books by the answer
/// that reaches it, so it gets the one that was lost. `by_own`: this very report sold the ride.
pub fn told_again(
    held: &HeldVoucher,
    counter: u8,
    vehicle: &str,
    boarded_ms: i64,
    by_own: bool,
) -> ToldAgain {
    let on = held.ride(counter).and_then(|ride| ride.on.get(vehicle));
    let reported = on.and_then(|on| on.reported).filter(|reported| reported.boarded_ms == boarded_ms);
    match reported {
        Some(Reported { paid_otherwise, .. }) if paid_otherwise || by_own => match held.state_of(counter) {
            OfflineRideState::Charged => ToldAgain::Misused,
            _ if paid_otherwise => ToldAgain::PaidOtherwise,
            _ => ToldAgain::Settled,
        },
        _ => ToldAgain::ByAnother,
    }
}

/// What time alone makes of a voucher.
pub fn advance(held: &HeldVoucher, now_ms: i64) -> Decision {
    let mut decision = Decision { held: held.clone(), moves: Vec::new(), abused: false };
    let ripe = held.given_back.filter(|back| now_ms >= back.returns_ms);
    for (counter, ride) in (1..).zip(&held.rides) {
        let reported = ride.is_reported();
        let told_of = held.tells_of(counter, ride);
        let twice = ride.times(held.life_ms) > 1;
        // Of a ride that was charged before, its silence says nothing new.
        let is_open = ride.money == Place::Held && !reported && !told_of;
        let never_told = is_open && ride.deadline_ms().is_some_and(|deadline_ms| now_ms >= deadline_ms);
        let after_return = ride.money == Place::Returned && ride.unpaid(held.life_ms) > 0;
        let abused = twice || never_told || after_return;
        let is_lost = held.is_passed_over(counter, ride) && now_ms >= held.lost_ms();
        // What was charged for its silence stays charged until its report says otherwise.
        let was_used = told_of && ripe.is_some() || is_lost || ride.money == Place::Fares;
        let due = match (abused || reported, was_used) {
            (true, _) => ride.unpaid(held.life_ms),
            (false, true) => 1,
            (false, false) => 0,
        };
        let after = settle(ride, due, reported, &mut decision.moves);
        let returns =
            ripe.is_some_and(|back| counter > back.used) && after.money == Place::Held && after.on.is_empty();
        let after = match returns {
            true => {
                decision.moves.push(Move::GoBack);
                HeldRide { money: Place::Returned, ..after }
            }
            false => after,
        };
        decision.abused |= abused;
        if let Some(place) = decision.held.ride_mut(counter) {
            *place = after;
        }
    }
    decision
}

/// So many fares are due for a ride: charges what is missing, gives back what is too much.
fn settle(ride: &HeldRide, due: usize, reported: bool, moves: &mut Vec<Move>) -> HeldRide {
    let mut ride = ride.clone();
    while ride.charged < due {
        ride.charged += 1;
        moves.push(match ride.money {
            Place::Held => Move::Charge,
            _ => Move::Owe,
        });
        if ride.money == Place::Held {
            ride.money = Place::Fares;
        }
    }
    while ride.charged > due {
        ride.charged -= 1;
        let from_held = ride.money == Place::Fares && ride.charged == 0;
        moves.push(if from_held { Move::Refund } else { Move::Forgive });
        if from_held {
            ride.money = Place::PaidOtherwise;
        }
    }
    if reported && due == 0 && ride.money == Place::Held {
        moves.push(Move::GoBack);
        ride.money = Place::PaidOtherwise;
    }
    ride
}

/// The voucher as it stands now, a fact more, and what follows from it.
fn then(held: &HeldVoucher, now_ms: i64, fact: impl FnOnce(&mut HeldVoucher)) -> Decision {
    let before = advance(held, now_ms);
    let mut known = before.held;
    fact(&mut known);
    let after = advance(&known, now_ms);
    let moves = [before.moves, after.moves].concat();
    Decision { held: after.held, moves, abused: before.abused || after.abused }
}

/// The phone reports a ride, and whether this account paid it in another way.
pub fn report(held: &HeldVoucher, counter: u8, vehicle: &str, reported: Reported, now_ms: i64) -> Decision {
    then(held, now_ms, |held| {
        if let Some(ride) = held.ride_mut(counter) {
            ride.on.entry(vehicle.to_owned()).or_default().reported.get_or_insert(reported);
        }
    })
}

/// An inspector saw a ride at this moment.
pub fn inspect(held: &HeldVoucher, counter: u8, vehicle: &str, at_ms: i64, now_ms: i64) -> Decision {
    then(held, now_ms, |held| {
        if let Some(ride) = held.ride_mut(counter) {
            let on = ride.on.entry(vehicle.to_owned()).or_default();
            on.heard_ms.get_or_insert(now_ms);
            on.seen_ms.insert(at_ms);
        }
    })
}

/// The phone gives back what is left. Its own key speaks for it; if another phone of the account does, the
/// one that is lost may still be in use until the voucher ends.
pub fn give_back(held: &HeldVoucher, used: u8, by_own_phone: bool, now_ms: i64) -> Decision {
    then(held, now_ms, |held| {
        let from_ms = if by_own_phone { now_ms } else { now_ms.max(held.until_ms) };
        let returns_ms = from_ms.saturating_add(WAIT_MS);
        held.given_back.get_or_insert(GivenBack { used, at_ms: now_ms, returns_ms });
    })
}

/// Refuses a report that no phone of ours makes.
pub fn check_report(
    rides: u8,
    issued_ms: i64,
    until_ms: i64,
    report: &UseReport,
    now_ms: i64,
) -> Result<(), Problem> {
    let bad = |title| Err(problem(400, codes::BAD_REQUEST, title));
    if !(1..=MOST_RIDES).contains(&report.counter) {
        return bad("counter: 1 to 3");
    }
    if report.vehicle.is_empty() || report.vehicle.len() > LONGEST_VEHICLE {
        return bad("vehicle: 1 to 6 bytes");
    }
    if report.signature.0.len() != 64 || report.terminal.as_ref().is_some_and(|word| word.0.len() != 8) {
        return bad("signature: 64 bytes; terminal: 8 bytes");
    }
    if u32::try_from(report.boarded_s).is_err() {
        return bad("boarded_s: a time");
    }
    let boarded_ms = report.boarded_s * 1_000;
    if report.counter > rides || !(issued_ms - TOLERANCE_MS..=until_ms).contains(&boarded_ms) {
        return Err(problem(422, codes::BAD_REQUEST, "the voucher has no such ride"));
    }
    // The phone's clock runs ahead: taken when that time has come.
    if boarded_ms > now_ms.saturating_add(CLOCK_SLACK_MS) {
        return Err(problem(503, codes::UNAVAILABLE, "the ride begins later than now"));
    }
    Ok(())
}

/// Refuses a giving back that no phone of ours asks for.
pub fn check_unused(rides: u8, request: &UnusedRequest) -> Result<(), Problem> {
    if request.used > rides || request.signature.0.len() != 64 {
        return Err(problem(
            400,
            codes::BAD_REQUEST,
            "used: at most the voucher's rides; signature: 64 bytes",
        ));
    }
    Ok(())
}

/// The purse that a source of money is, for an account that signed in with this.
pub fn purse_of(source: &Source, recipient: &str) -> Purse {
    match source {
        Source::PhoneBalance => Purse::Phone(recipient.to_owned()),
        Source::SmartCard { card } => Purse::Card(card.clone()),
        Source::BankCard { token } => Purse::BankCard(token.clone()),
        // Who took it gives it back.
        Source::Cash => Purse::Conductor(String::new()),
    }
}

#[cfg(test)]
#[path = "vouchers_tests.rs"]
mod tests;
