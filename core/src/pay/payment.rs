use super::rule::{Believed, Said, ToldRide, believe};
use super::{DeclineReason, Refund, Source, Way};
use crate::city::fares::Vehicle;
use crate::money::Money;
use crate::operator::wire::{Corrected, FiscalSign, PaymentAnswer, PaymentOutcome, RideAnswer, RideState};
use crate::ticket::receipt::{Receipt, request_hash};
use crate::ticket::{SignedToken, TrustedKeys, token};
use crate::travel::whole_sign;
use crate::wallet::PassengerGroup;

/// How long after the tap the operator may still charge, in ms.
pub const INTENT_LASTS_MS: i64 = 10 * 60 * 1_000;

/// The most passengers on one ticket.
pub const MOST_PASSENGERS: u8 = 20;

/// What a tap will pay: the sum on the button, and what the phone's key signs.
///
/// Nothing is stored before the tap. A quote of a ride that is paid or being paid already names that
/// payment; paying it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The payment's idempotency key, made once.
    pub key: String,
    /// The bus; its painted number stands on the button.
    pub vehicle: Vehicle,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// Whose money.
    pub source: Source,
    /// The sum on the button, which is the sum that is charged: no commission.
    pub fare: Money,
    /// The payment that has this ride already, by key.
    pub paid_by: Option<String>,
    /// The message that may have paid this ride: what became of it is not known yet.
    pub by_message: Option<String>,
    /// What the passenger is warned of, in words, before the tap.
    pub warning: Option<String>,
    /// What speaks against it that they are in this bus, in words, the weightiest first; mostly empty. They compare
    /// the painted number, and may pay all the same.
    pub doubts: Vec<String>,
    /// The request without its signature, as it is sent.
    pub request: Vec<u8>,
    /// What the phone's key signs (ECDSA with SHA-256).
    pub to_sign: Vec<u8>,
}

/// A payment, from the tap on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its idempotency key.
    pub key: String,
    /// The bus, by the operator's id.
    pub vehicle: String,
    /// The number painted on the bus.
    pub painted: String,
    /// The line.
    pub line: String,
    /// How it is paid.
    pub way: Way,
    /// Whose money.
    pub source: Source,
    /// Who rides.
    pub passengers: Vec<PassengerGroup>,
    /// The sum.
    pub fare: Money,
    /// When the passenger tapped, ms since 1970.
    pub tapped_ms: i64,
    /// What became of it.
    pub state: PaymentState,
}

/// Paid, not paid and why, or not known yet. The app never guesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// Not known yet: the answer is being waited for.
    Pending,
    /// Charged, once.
    Paid {
        /// The ride.
        ride: String,
    },
    /// The ride was paid before; nothing was charged now.
    AlreadyPaid {
        /// The ride.
        ride: String,
    },
    /// Not charged, on the operator's signed word.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, ms since 1970.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit.
        service: Option<String>,
    },
    /// Charged, and the money went back: the passenger gave the ride back, or no ticket could be issued.
    Refunded {
        /// The ride that was given back; none if there was no ticket.
        ride: Option<String>,
        /// Where the money went, and by when it arrives.
        refund: Refund,
    },
}

impl PaymentState {
    /// The word under which it stands in the wallet's file.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            PaymentState::Pending => "pending",
            PaymentState::Paid { .. } => "paid",
            PaymentState::AlreadyPaid { .. } => "already_paid",
            PaymentState::Declined { .. } => "declined",
            PaymentState::Refunded { .. } => "refunded",
        }
    }
}

/// A ride: an account, a vehicle, and the time in which its ticket is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ride {
    /// Its id.
    pub ride: String,
    /// The payment that paid it.
    pub key: String,
    /// In which city.
    pub city: String,
    /// The bus, by the operator's id.
    pub vehicle: String,
    /// The number painted on the bus.
    pub painted: String,
    /// The bus's plate.
    pub plate: String,
    /// The line.
    pub line: String,
    /// How it was paid.
    pub way: Way,
    /// Whose money.
    pub source: Source,
    /// Who rode.
    pub passengers: Vec<PassengerGroup>,
    /// What was charged.
    pub fare: Money,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// Where the bus was then.
    pub boarding_stop: Option<String>,
    /// Where the line ends.
    pub terminus: String,
    /// Whether the ticket is valid.
    pub state: RideState,
    /// When it ended, or will at the latest, ms since 1970.
    pub ends_ms: i64,
    /// The signed ticket, as it came.
    pub ticket: Vec<u8>,
    /// Where the bus broke down: the buses on which the ticket holds, by their painted numbers.
    pub continues_on: Vec<String>,
    /// The seller's fiscal sign, if it gave one.
    pub fiscal: Option<FiscalSign>,
    /// The money that went back, if the ride was given back.
    pub refund: Option<Refund>,
    /// The ride in whose place this one is, on another bus.
    pub corrects: Option<Corrected>,
}

impl Ride {
    /// What its own payment moved: of a correction the difference to the ride before, which may be negative.
    pub(crate) fn charged(&self) -> Option<Money> {
        self.fare.minus(self.corrects.as_ref().map_or(Money::ZERO, |before| before.fare))
    }

    /// Whether the ticket is one that the operator signed, and says what this ride says: what is shown
    /// and summed up hangs on the signature, not on the answer around it.
    pub(crate) fn is_vouched_for(&self, keys: &TrustedKeys) -> bool {
        let ticket = SignedToken::from_bytes(&self.ticket).and_then(|ticket| ticket.verify(keys));
        let Ok(ticket) = ticket else { return false };
        ticket.fare == self.fare
            && ticket.way == self.way
            && are_same(&ticket.passengers, &self.passengers)
            && ticket.city == token::cut(&self.city, token::LONGEST_CITY)
            && ticket.line == token::cut(&self.line, token::LONGEST_LINE)
            && ticket.vehicle == token::cut(&self.painted, token::LONGEST_VEHICLE)
    }
}

/// Whether these are the same passengers, in whatever order.
pub(crate) fn are_same(some: &[PassengerGroup], others: &[PassengerGroup]) -> bool {
    let sorted = |groups: &[PassengerGroup]| {
        let mut groups: Vec<_> = groups.iter().map(|group| (group.category, group.count)).collect();
        groups.sort_unstable();
        groups
    };
    sorted(some) == sorted(others)
}

impl From<RideAnswer> for Ride {
    fn from(answer: RideAnswer) -> Ride {
        Ride {
            ride: answer.ride,
            key: answer.key,
            city: answer.city,
            vehicle: answer.vehicle.vehicle,
            painted: answer.vehicle.painted,
            plate: answer.vehicle.plate,
            line: answer.vehicle.line,
            way: answer.way,
            source: answer.source,
            passengers: answer.passengers,
            fare: answer.fare,
            paid_ms: answer.paid_ms,
            boarding_stop: answer.boarding_stop,
            terminus: answer.terminus,
            state: answer.state,
            ends_ms: answer.ends_ms,
            ticket: answer.ticket.0,
            continues_on: answer.continues_on,
            fiscal: answer.fiscal.and_then(whole_sign),
            refund: answer.refund,
            corrects: answer.corrects,
        }
    }
}

/// What an answer about a payment makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// Still not known.
    Pending,
    /// Known, by a receipt that holds and names the operator's time; a ride has a ticket that holds.
    Known { state: PaymentState, ride: Option<Box<Ride>>, receipt: Vec<u8>, operator_time_ms: i64 },
    /// The answer is not to be believed: the payment stays pending.
    Unbelievable,
}

impl Settled {
    /// What is believed of the answer.
    pub(crate) fn believed(&self) -> Believed {
        match self {
            Settled::Pending => Believed::Pending,
            Settled::Unbelievable => Believed::Nothing,
            Settled::Known { state, .. } => match state {
                PaymentState::Pending => Believed::Pending,
                PaymentState::Paid { .. } => Believed::Paid,
                PaymentState::AlreadyPaid { .. } => Believed::AlreadyPaid,
                PaymentState::Declined { reason, .. } => Believed::Declined { reason: *reason },
                PaymentState::Refunded { .. } => Believed::Refunded,
            },
        }
    }
}

/// Reads an answer about money. It is believed only if its signed receipt says the same: the key,
/// the request, the outcome, the sum; and only whole: a ticket that was damaged on its way is asked for
/// again with it.
pub(crate) fn settle(
    key: &str,
    fare: Money,
    request: &[u8],
    keys: Option<&TrustedKeys>,
    answer: PaymentAnswer,
) -> Settled {
    if matches!(answer.outcome, PaymentOutcome::Pending) {
        return Settled::Pending;
    }
    let (Some(keys), Some(bytes)) = (keys, answer.receipt.map(|receipt| receipt.0)) else {
        return Settled::Unbelievable;
    };
    let receipt = Receipt::verify(&bytes, keys, key, &request_hash(request)).ok();
    let Some(receipt) = receipt.filter(|_| answer.key == key) else { return Settled::Unbelievable };
    fn told(ride: &RideAnswer) -> ToldRide<'_> {
        ToldRide { key: &ride.key, fare: ride.fare }
    }
    let said = match &answer.outcome {
        PaymentOutcome::Pending => Said::Pending,
        PaymentOutcome::Paid { ride } => Said::Paid { ride: told(ride) },
        PaymentOutcome::AlreadyPaid { ride, by_key } => Said::AlreadyPaid { by_key, ride: told(ride) },
        PaymentOutcome::Declined { reason, .. } => Said::Declined { reason: *reason },
        PaymentOutcome::Refunded { refund, ride } => {
            Said::Refunded { sum: refund.sum, paid_by: ride.as_ref().map(|ride| ride.key.as_str()) }
        }
    };
    let believed = believe(key, fare, &said, Some((&receipt.outcome, receipt.amount)));
    let (state, ride) = match (believed, answer.outcome) {
        (Believed::Paid, PaymentOutcome::Paid { ride } | PaymentOutcome::AlreadyPaid { ride, .. }) => {
            (PaymentState::Paid { ride: ride.ride.clone() }, Some(ride))
        }
        (Believed::AlreadyPaid, PaymentOutcome::AlreadyPaid { ride, .. }) => {
            (PaymentState::AlreadyPaid { ride: ride.ride.clone() }, Some(ride))
        }
        (Believed::Declined { .. }, PaymentOutcome::Declined { reason, try_again_ms, service }) => {
            (PaymentState::Declined { reason, try_again_ms, service }, None)
        }
        (Believed::Refunded, PaymentOutcome::Refunded { refund, ride }) => {
            (PaymentState::Refunded { ride: ride.as_ref().map(|ride| ride.ride.clone()), refund }, ride)
        }
        _ => return Settled::Unbelievable,
    };
    let ride = ride.map(|ride| Box::new(Ride::from(ride)));
    let holds = |ride: &Ride| ride.state == RideState::Refunded || ride.is_vouched_for(keys);
    if ride.as_deref().is_none_or(holds) {
        Settled::Known { state, ride, receipt: bytes, operator_time_ms: receipt.operator_time_ms }
    } else {
        Settled::Unbelievable
    }
}
