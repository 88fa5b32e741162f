use super::compose::is_same_bus;
use super::reply::Reply;
use super::rules::ReplyKind;
use crate::city::fares::{RideEnd, Vehicle};
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::pay::{DeclineReason, Ride, Way};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// For so long a ride to the terminus may last, in ms: a phone knows no better without a network.
pub const LONGEST_RIDE_MS: i64 = 2 * 60 * 60_000;
/// How long after it was sent a message may still be charged, in ms.
pub const LATEST_CHARGE_MS: i64 = 10 * 60_000;
/// How far the operator's clock and the phone's may be apart, in ms.
const SLACK_MS: i64 = 2 * 60_000;

/// A message that the passenger opened to pay a ride, from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What names it.
    pub id: String,
    /// In which city.
    pub city: String,
    /// By SMS or in a messenger.
    pub way: Way,
    /// The bus, with the line that it served then.
    pub vehicle: Vehicle,
    /// How many adults ride.
    pub passengers: u8,
    /// What it will cost.
    pub fare: Money,
    /// To whom.
    pub to: String,
    /// What was written.
    pub text: String,
    /// When it was opened, ms since 1970.
    pub opened_ms: i64,
    /// Until when a ticket of it would hold at the latest, ms since 1970.
    pub holds_until_ms: i64,
    /// What the answer says that the passenger showed, and when they did.
    pub reply: Option<(Reply, i64)>,
    /// When the operator, asked since that answer, had no such ride, ms since 1970; none while the answer may be
    /// another message's.
    pub asked_ms: Option<i64>,
    /// What became of it, by the operator's word or the passenger's.
    pub state: MessageState,
}

/// What became of a message. Only the operator's word makes it paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// Nobody knows yet.
    Open,
    /// The operator has this ride, paid by it.
    Paid {
        /// The ride.
        ride: String,
    },
    /// The operator has this ride, paid in another way; the message is not charged.
    PaidOtherwise {
        /// The ride.
        ride: String,
    },
    /// After its time the operator has no such ride for this number.
    NeverPaid,
    /// The passenger says that it was not sent.
    TakenBack,
}

/// How a message stands, as a screen tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageStanding {
    /// Not known yet: neither an answer nor the operator's word.
    NotKnown,
    /// The answer says that it is paid. Not proven.
    SaysPaid,
    /// The answer says that it was paid before. Not proven.
    SaysAlreadyPaid,
    /// The answer says that it was not paid. Not proven.
    SaysDeclined {
        /// Why.
        reason: DeclineReason,
    },
    /// The answer says that it is paid, and the operator has no such ride for this number: another SIM sent it.
    OtherNumber,
    /// Paid, on the operator's word.
    Paid {
        /// The ride.
        ride: String,
    },
    /// Paid in another way, on the operator's word.
    PaidOtherwise {
        /// The ride.
        ride: String,
    },
    /// The operator has no such ride.
    NeverPaid,
    /// Not sent, says the passenger.
    TakenBack,
}

/// Until when a ticket would hold that a message opened now pays, at the latest.
pub fn holds_until_ms(end: &RideEnd, opened_ms: i64) -> i64 {
    let ride_ms = match end {
        RideEnd::Minutes { minutes } => i64::from(minutes.get()) * 60_000,
        RideEnd::Terminus | RideEnd::Zone { .. } => LONGEST_RIDE_MS,
    };
    opened_ms.saturating_add(LATEST_CHARGE_MS).saturating_add(ride_ms)
}

impl Message {
    /// How it stands.
    pub fn standing(&self) -> MessageStanding {
        match (&self.state, self.reply.as_ref().map(|(reply, _)| reply)) {
            (MessageState::Paid { ride }, _) => MessageStanding::Paid { ride: ride.clone() },
            (MessageState::PaidOtherwise { ride }, _) => {
                MessageStanding::PaidOtherwise { ride: ride.clone() }
            }
            (MessageState::TakenBack, _) => MessageStanding::TakenBack,
            (MessageState::Open | MessageState::NeverPaid, Some(reply))
                if reply.names_a_ride() && self.asked_ms.is_some() =>
            {
                MessageStanding::OtherNumber
            }
            (MessageState::NeverPaid, _) => MessageStanding::NeverPaid,
            (MessageState::Open, None) => MessageStanding::NotKnown,
            (MessageState::Open, Some(reply)) => match reply.says {
                ReplyKind::Paid => MessageStanding::SaysPaid,
                ReplyKind::AlreadyPaid => MessageStanding::SaysAlreadyPaid,
                ReplyKind::Declined { reason } => MessageStanding::SaysDeclined { reason },
            },
        }
    }

    /// Whether it may have paid a ride in this bus that still holds.
    pub fn may_hold(&self, vehicle: &str, now_ms: i64) -> bool {
        self.state == MessageState::Open && self.vehicle.vehicle == vehicle && self.is_open_at(now_ms)
    }

    /// Whether the operator's word may still change it.
    pub fn is_open_at(&self, now_ms: i64) -> bool {
        self.state == MessageState::Open && now_ms < self.holds_until_ms
    }

    /// Keeps what an answer says, unless a better one is kept: whoever wrote twice is told "paid" once and
    /// "already paid" once. Says whether it is new.
    pub fn take(&mut self, reply: &Reply, now_ms: i64) -> bool {
        let known = self.reply.as_ref().map(|(known, _)| known);
        let is_new = known.is_none_or(|known| rank(reply) >= rank(known) && known != reply);
        if is_new {
            self.reply = Some((reply.clone(), now_ms));
            // What it said before knew nothing of this.
            self.asked_ms = None;
        }
        is_new
    }

    /// Whether an answer about its bus could be about another of these messages as well.
    pub fn is_one_of_two<'a>(&self, mut all: impl Iterator<Item = &'a Message>) -> bool {
        all.any(|other| {
            let is_same_bus = other.city == self.city && other.vehicle.vehicle == self.vehicle.vehicle;
            let is_same_time = other.opened_ms < self.holds_until_ms && self.opened_ms < other.holds_until_ms;
            other.id != self.id && is_same_bus && is_same_time
        })
    }

    /// What the operator's word makes of it: the rides of this account, as it told them now. As one of two it
    /// waits for its end before an answer counts as its own: that one may be the other's, and it still pays.
    pub fn settle(&mut self, rides: &[Ride], one_of_two: bool, now_ms: i64) {
        let fits = |ride: &&Ride| {
            ride.vehicle == self.vehicle.vehicle
                && ride.city == self.city
                && ride.state != RideState::Refunded
                && ride.paid_ms <= self.holds_until_ms
                && ride.ends_ms > self.opened_ms
        };
        let is_own =
            |ride: &&Ride| ride.way == self.way && ride.paid_ms >= self.opened_ms.saturating_sub(SLACK_MS);
        let ride = rides.iter().filter(fits).find(is_own);
        let other = rides.iter().find(|ride| fits(ride) && self.state != MessageState::TakenBack);
        if let Some(ride) = ride {
            self.state = MessageState::Paid { ride: ride.ride.clone() };
        } else if let Some(ride) = other {
            self.state = MessageState::PaidOtherwise { ride: ride.ride.clone() };
        } else {
            let is_over = now_ms >= self.holds_until_ms;
            if is_over || !one_of_two {
                self.asked_ms = Some(now_ms);
            }
            if self.state == MessageState::Open && is_over {
                self.state = MessageState::NeverPaid;
            }
        }
    }
}

impl Reply {
    /// Whether it says that there is a ride: a payment that is under way has no number yet.
    fn names_a_ride(&self) -> bool {
        match self.says {
            ReplyKind::Paid => true,
            ReplyKind::AlreadyPaid => self.number.is_some(),
            ReplyKind::Declined { .. } => false,
        }
    }
}

fn rank(reply: &Reply) -> u8 {
    match reply.says {
        ReplyKind::Declined { .. } => 0,
        ReplyKind::AlreadyPaid => 1,
        ReplyKind::Paid => 2,
    }
}

/// Which message an answer is about, newest first given. One that names a bus is about a message for that bus,
/// one that tells its time is about one that was opened before; one that tells neither is about the only
/// message that is open.
pub fn about<'a>(
    messages: &'a [Message],
    reply: &Reply,
    zone: &TimeZone,
    now_ms: i64,
) -> Option<&'a Message> {
    let names = |message: &&Message| {
        let Vehicle { vehicle, painted, plate, .. } = &message.vehicle;
        reply
            .bus
            .as_ref()
            .is_none_or(|bus| [vehicle, painted, plate].into_iter().any(|name| is_same_bus(name, bus)))
    };
    let said_ms = reply.time.and_then(|time| last_time_ms(time, zone, now_ms));
    let in_time = |message: &&Message| {
        let latest_ms = message.holds_until_ms;
        said_ms.is_none_or(|ms| (message.opened_ms.saturating_sub(SLACK_MS)..=latest_ms).contains(&ms))
    };
    let mut fitting = messages.iter().filter(|message| message.state != MessageState::TakenBack);
    if reply.bus.is_some() || said_ms.is_some() {
        return fitting.find(|message| names(message) && in_time(message));
    }
    let mut open = fitting.filter(|message| message.is_open_at(now_ms));
    open.next().filter(|_| open.next().is_none())
}

/// The last moment at which a city's clocks showed this time.
fn last_time_ms((hour, minute): (i8, i8), zone: &TimeZone, now_ms: i64) -> Option<i64> {
    let now = Timestamp::from_millisecond(now_ms.saturating_add(SLACK_MS)).ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let days = [Some(today), today.checked_sub(1.day()).ok()];
    let at = |day: jiff::civil::Date| {
        // The whole minute is meant: its end is the safe side.
        let at = day.at(hour, minute, 59, 0).to_zoned(zone.clone()).ok()?;
        Some(at.timestamp().as_millisecond())
    };
    let minute_ms = 60_000;
    days.into_iter().flatten().filter_map(at).find(|ms| *ms <= now.as_millisecond().saturating_add(minute_ms))
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
