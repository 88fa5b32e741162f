//! A message that pays a ride: an SMS that the carrier delivers, a line to the operator's bot.
//!
//! **The ride rule spans it** (`payments.rs`): account, vehicle, and the time in which a ticket is valid. A
//! message says no more than a bus, and the carrier may deliver it late or twice: late it charges nothing, and
//! what a second delivery gets is the desk's (the answer of the first). The sum is the published fare.

use super::carrier::{self, CarrierAnswer, Decline, PhoneLine};
use super::payments::{Charge, MOST_OF_A_CATEGORY};
use super::rides::{self, HeldRide};
use super::{Entry, Purse};
use crate::sandbox::fleet::Run;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jol_core::city::fares::{CityRules, FareHistory, FareQuestion, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::RideAnswer;
use jol_core::pay::message::{LATEST_CHARGE_MS, Reply, ReplyKind, Written};
use jol_core::pay::{DeclineReason, Way};
use jol_core::text::Language;
use jol_core::wallet::{Category, PassengerGroup};

/// What the operator holds when a message comes.
#[derive(Clone, Debug)]
pub struct MessageView<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// When it was sent, if the carrier says when, ms since 1970.
    pub sent_ms: Option<i64>,
    /// By SMS or in a messenger.
    pub way: Way,
    /// The service day in the city's time.
    pub day: Date,
    /// The city.
    pub city: &'a CityRules,
    /// What was written, as far as it could be read, and the bus that it names.
    pub written: Option<(&'a Written, &'a Vehicle)>,
    /// What the bus is doing, unless its run was closed.
    pub run: Option<&'a Run>,
    /// What it was doing when the message was sent.
    pub run_then: Option<&'a Run>,
    /// Rides of the account that the sender's number is.
    pub rides: &'a [HeldRide],
    /// A payment of this account for this bus has no answer yet.
    pub pending: bool,
    /// What was paid before, and the passes of the account: the published fare is one fare for every way, so a
    /// pass frees its holder who writes, too.
    pub history: FareHistory<'a>,
    /// The sender's phone line.
    pub line: &'a PhoneLine,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageDecision {
    /// It is charged.
    Charged(Charge),
    /// This ride was paid before; none: its payment is under way. Nothing is charged.
    AlreadyPaid {
        /// The ride's id.
        ride: Option<String>,
    },
    /// Nothing is charged.
    Declined(Decline),
}

/// Decides a message.
pub fn decide(held: &MessageView<'_>) -> MessageDecision {
    let Some((written, vehicle)) = held.written else {
        return MessageDecision::Declined(DeclineReason::UnknownBus.into());
    };
    let sent_ms = held.sent_ms.unwrap_or(held.now_ms).min(held.now_ms);
    let bus = (vehicle.vehicle.as_str(), vehicle.painted.as_str());
    // First of all, as with a tap: a ride that is paid is paid, whatever else is true by now.
    let until_ms = held.now_ms.saturating_add(rides::CLOCK_SLACK_MS);
    if let Some(ride) = rides::standing(held.rides, bus, sent_ms, until_ms) {
        return MessageDecision::AlreadyPaid { ride: Some(ride.ride.clone()) };
    }
    if held.pending {
        return MessageDecision::AlreadyPaid { ride: None };
    }
    match charge(held, written, vehicle, sent_ms) {
        Ok(charge) => MessageDecision::Charged(charge),
        Err(decline) => MessageDecision::Declined(decline),
    }
}

fn charge(
    held: &MessageView<'_>,
    written: &Written,
    vehicle: &Vehicle,
    sent_ms: i64,
) -> Result<Charge, Decline> {
    if held.now_ms.saturating_sub(sent_ms) > LATEST_CHARGE_MS {
        return Err(DeclineReason::TooLate.into());
    }
    let run = held.run.filter(|run| run.in_service).ok_or(DeclineReason::RunClosed)?;
    if held.run_then.is_none_or(|then| then.run != run.run) {
        return Err(DeclineReason::RunClosed.into());
    }
    if !vehicle.ways.contains(&held.way) {
        return Err(DeclineReason::WayNotTaken.into());
    }
    if u32::from(written.passengers) > MOST_OF_A_CATEGORY {
        return Err(DeclineReason::OverLimit.into());
    }
    let question = FareQuestion {
        category: Category::Standard,
        way: held.way,
        line: &run.line,
        zone: None,
        day: held.day,
        before: held.history,
    };
    let fare = held.city.fares.fare_of_group(&passengers(written), &question);
    let fare = fare.ok_or(DeclineReason::WayNotTaken)?;
    // The carrier delivered the message and charges the number itself: it does not think twice.
    if fare > Money::ZERO
        && let CarrierAnswer::No(decline) = carrier::decide(held.line, fare, held.now_ms)
    {
        return Err(decline);
    }
    let from = Purse::Phone(held.line.number.clone().unwrap_or_default());
    let entry = Entry::of("fare", from, Purse::Fares(held.city.city.clone()), fare);
    Ok(Charge { fare, entry, ends_ms: rides::ends_ms(&held.city.ride_end, run.ends_ms, held.now_ms) })
}

/// Who rides on a message.
pub fn passengers(written: &Written) -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count: written.passengers }]
}

/// What an answer says to a message.
pub enum Answered<'a> {
    /// This ride is paid by it, and is found by this number.
    Paid(&'a RideAnswer, String),
    /// This ride was paid before, with its number if a message paid it; none: its payment is under way.
    AlreadyPaid(Option<(&'a RideAnswer, Option<String>)>),
    /// Nothing was charged.
    Declined(&'a Decline),
}

/// What is answered, on the clocks of the city; `bus` is what stands for the bus, as it is painted or was typed;
/// none where nothing was typed that could be one.
pub fn reply(
    answered: Answered<'_>,
    bus: Option<&str>,
    language: Language,
    zone: &TimeZone,
    now_ms: i64,
) -> Reply {
    let local = |ms| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(zone.clone());
    let now = local(now_ms);
    let mut reply = Reply {
        says: ReplyKind::AlreadyPaid,
        language,
        bus: bus.map(str::to_owned),
        line: None,
        fare: None,
        number: None,
        time: Some((now.hour(), now.minute())),
        again: None,
        service: None,
        passengers: None,
    };
    match answered {
        Answered::Paid(ride, number) => {
            reply.says = ReplyKind::Paid;
            reply.line = Some(ride.vehicle.line.clone());
            reply.fare = Some(ride.fare);
            reply.passengers = ride.passengers.first().map(|group| group.count);
            reply.number = Some(number);
        }
        Answered::AlreadyPaid(ride) => reply.number = ride.and_then(|(_, number)| number),
        Answered::Declined(decline) => {
            reply.says = ReplyKind::Declined { reason: decline.reason };
            reply.service = decline.service.clone();
            reply.again = decline.try_again_ms.map(|ms| {
                let at = local(ms);
                let time = format!("{:02}:{:02}", at.hour(), at.minute());
                if at.date() == now.date() {
                    time
                } else {
                    format!("{:02}.{:02} {time}", at.day(), at.month())
                }
            });
        }
    }
    reply
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
