//! Offline rides: paid before, used in a bus without a network, told of later, or given back.
//!
//! Pure but for [`rows`]. A reservation is a row before it is a request, like a payment; a use takes its
//! counter in the transaction that writes its report into the outbox, so no counter is taken twice. What
//! the operator says of money is believed by its receipts only. A voucher is used by the wallet that
//! reserved it and by its phone's key: whoever does not remember its uses would use one of them again.

pub(crate) mod rows;

use super::{DeclineReason, Ride, Source};
use crate::city::fares::Vehicle;
use crate::money::Money;
use crate::operator::wire::{
    OfflineRideState, RideState, UnusedAnswer, UnusedOutcome, UseAnswer, UseOutcome, VoucherAnswer,
    VoucherOutcome,
};
use crate::ticket::receipt::{Receipt, ReceiptOutcome, request_hash};
use crate::ticket::token::{LONGEST_CITY, cut};
use crate::ticket::{EndRule, SignedVoucher, TicketId, TrustedKeys, Use, Voucher};
use crate::wallet::PassengerGroup;

/// What a tap will reserve: so many rides, their sum, and what the phone's key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineQuote {
    /// The reservation's idempotency key, made once.
    pub key: String,
    /// How many rides.
    pub rides: u8,
    /// Who rides, each time.
    pub passengers: Vec<PassengerGroup>,
    /// Whose money.
    pub source: Source,
    /// What one ride costs.
    pub fare: Money,
    /// What is taken now.
    pub sum: Money,
    /// The reservation that has no answer yet, by key; reserving again changes nothing.
    pub reserved_by: Option<String>,
    /// The request without its signature, as it is sent.
    pub request: Vec<u8>,
    /// What the phone's key signs (ECDSA with SHA-256).
    pub to_sign: Vec<u8>,
}

/// Rides that are paid before, as the wallet holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRides {
    /// The reservation's idempotency key.
    pub key: String,
    /// In which city.
    pub city: String,
    /// Whose money paid.
    pub source: Source,
    /// Who rides, each time.
    pub passengers: Vec<PassengerGroup>,
    /// What one ride costs.
    pub fare: Money,
    /// How many rides.
    pub rides: u8,
    /// When it was tapped, ms since 1970.
    pub tapped_ms: i64,
    /// How far it is.
    pub state: HeldState,
    /// The signed voucher, once it is paid.
    pub signed: Option<Vec<u8>>,
    /// This wallet reserved it and remembers every use.
    pub own: bool,
    /// How its rides stand at the operator, as it told last.
    pub told: Vec<OfflineRideState>,
}

/// How far a reservation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldState {
    /// Not known yet.
    Pending,
    /// Paid.
    Reserved,
    /// Nothing was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, ms since 1970.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit.
        service: Option<String>,
    },
    /// What is left is given back.
    GivingBack {
        /// When it returns, once the operator said so, ms since 1970.
        returns_ms: Option<i64>,
    },
    /// It returned.
    Returned {
        /// How much.
        sum: Money,
    },
}

/// A ride of a voucher that was used on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineUse {
    /// The report's idempotency key.
    pub key: String,
    /// The voucher's id, hexadecimal.
    pub voucher: String,
    /// Which ride, on which bus, since when.
    pub used: Use,
    /// The bus, by the operator's id.
    pub vehicle: String,
    /// Its line.
    pub line: String,
    /// How long the ride lasts, in s.
    pub life_s: i64,
    /// What became of it.
    pub state: UseState,
}

/// What became of a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UseState {
    /// The operator has not answered yet.
    Open,
    /// It is this ride now, and was charged.
    Settled {
        /// The ride.
        ride: String,
    },
    /// This ride was paid in another way.
    PaidOtherwise {
        /// The ride.
        ride: String,
    },
    /// It was used against the rules.
    Misused {
        /// The ride.
        ride: String,
    },
}

impl OfflineUse {
    /// What names it where a ride's id is asked for.
    pub fn id(&self) -> String {
        use_id(&self.voucher, self.used.counter)
    }

    /// When it ends, ms since 1970: nobody knows without a network where the bus is.
    pub fn ends_ms(&self) -> i64 {
        self.used.boarded_s.saturating_add(self.life_s).saturating_mul(1_000)
    }

    /// The ride that it became, if the operator has told.
    pub fn ride(&self) -> Option<&str> {
        match &self.state {
            UseState::Open => None,
            UseState::Settled { ride } | UseState::PaidOtherwise { ride } | UseState::Misused { ride } => {
                Some(ride)
            }
        }
    }
}

/// What names a use where a ride's id is asked for.
pub(crate) fn use_id(voucher: &str, counter: u8) -> String {
    format!("{voucher}-{counter}")
}

/// How long a ride of this voucher lasts, in s.
pub fn life_s(voucher: &Voucher) -> i64 {
    match voucher.end {
        EndRule::Minutes(minutes) => voucher.life_s.min(i64::from(minutes) * 60),
        EndRule::Terminus | EndRule::Zone(_) => voucher.life_s,
    }
}

/// The counter that the next ride takes; none if there is no ride left.
pub(crate) fn next_counter(voucher: &Voucher, uses: &[OfflineUse]) -> Option<u8> {
    let id = voucher.id.to_string();
    let last = uses.iter().filter(|one| one.voucher == id).map(|one| one.used.counter).max().unwrap_or(0);
    last.checked_add(1).filter(|next| *next <= voucher.rides)
}

/// Whether a ride may begin with it now, on the phone with this key.
pub(crate) fn is_usable(held: &HeldRides, voucher: &Voucher, phone: Option<&[u8]>, now_ms: i64) -> bool {
    held.own
        && held.state == HeldState::Reserved
        && phone == Some(voucher.phone.point.as_slice())
        && now_ms.div_euclid(1_000) <= voucher.until_s
}

/// The voucher that a ride begins with now on the phone with this key, the one that ends first, and the
/// counter that the ride takes. `held`: all of them, newest first.
pub fn next_ride<'a>(
    held: impl IntoIterator<Item = (&'a HeldRides, &'a Voucher)>,
    uses: &[OfflineUse],
    phone: Option<&[u8]>,
    now_ms: i64,
) -> Option<(&'a HeldRides, &'a Voucher, u8)> {
    let usable = held.into_iter().filter(|(held, voucher)| is_usable(held, voucher, phone, now_ms));
    let next = usable.filter_map(|(held, voucher)| Some((held, voucher, next_counter(voucher, uses)?)));
    next.min_by_key(|(_, voucher, _)| voucher.until_s)
}

/// The use that is under way in this bus.
pub fn riding<'a>(uses: &'a [OfflineUse], vehicle: &str, now_ms: i64) -> Option<&'a OfflineUse> {
    uses.iter().find(|one| one.vehicle == vehicle && one.ends_ms() > now_ms)
}

/// The highest ride of which the operator tells that it was used; 0: none.
pub fn told_used(told: &[OfflineRideState]) -> u8 {
    let untouched = [OfflineRideState::Open, OfflineRideState::GivingBack, OfflineRideState::Returned];
    (1..)
        .zip(told)
        .filter(|(_, told)| !untouched.contains(told))
        .map(|(counter, _)| counter)
        .last()
        .unwrap_or(0)
}

/// How many of the first rides were used, as far as this phone or the operator knows.
pub fn used(held: &HeldRides, voucher: &Voucher, uses: &[OfflineUse]) -> u8 {
    if held.own {
        return next_counter(voucher, uses).map_or(voucher.rides, |next| next - 1);
    }
    told_used(&held.told).min(voucher.rides)
}

/// Whether the operator tells of a use that this wallet does not know: then its file is older than the
/// voucher, and may not use it any more.
pub fn is_outlived(voucher: &Voucher, uses: &[OfflineUse], told: &[OfflineRideState]) -> bool {
    let known = next_counter(voucher, uses).map_or(voucher.rides, |next| next - 1);
    told_used(told).min(voucher.rides) > known
}

/// When a ride that begins now is said to begin, in s since 1970: by the terminal if it has a word, and
/// never before its voucher, whatever the phone's clock says.
pub fn boarded_s(voucher: &Voucher, now_ms: i64, terminal_s: Option<i64>) -> i64 {
    terminal_s.unwrap_or(now_ms.div_euclid(1_000).max(voucher.issued_s))
}

/// What an answer about a reservation makes of it; none if it is not to be believed, or still pending.
pub(crate) struct Reserved {
    pub(crate) state: HeldState,
    /// The voucher's id and its signed bytes.
    pub(crate) signed: Option<(TicketId, Vec<u8>)>,
    pub(crate) receipt: Vec<u8>,
    pub(crate) operator_time_ms: i64,
}

/// Reads an answer about a reservation. It is believed only if its receipt says the same, and a voucher
/// only if the operator signed it for these rides and this phone.
pub(crate) fn settle_reservation(
    held: &HeldRides,
    request: &[u8],
    phone: Option<&[u8]>,
    keys: Option<&TrustedKeys>,
    answer: VoucherAnswer,
) -> Option<Reserved> {
    let bytes = answer.receipt?.0;
    let receipt = Receipt::verify(&bytes, keys?, &held.key, &request_hash(request)).ok()?;
    let (state, signed) = match answer.outcome {
        VoucherOutcome::Pending => return None,
        VoucherOutcome::Declined { reason, try_again_ms, service } => {
            let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
            if receipt.outcome != said {
                return None;
            }
            (HeldState::Declined { reason, try_again_ms, service }, None)
        }
        VoucherOutcome::Reserved { voucher } => {
            let signed = SignedVoucher::from_bytes(&voucher.0).ok()?;
            let said = signed.verify(keys?).ok()?;
            let is_ours = said.rides == held.rides
                && said.fare == held.fare
                && sorted(&said.passengers) == sorted(&held.passengers)
                && said.city == cut(&held.city, LONGEST_CITY)
                && phone == Some(said.phone.point.as_slice());
            let is_paid = receipt.outcome == ReceiptOutcome::Paid
                && Some(receipt.amount) == held.fare.times(held.rides.into())
                && receipt.ticket == Some(said.id);
            if !is_ours || !is_paid {
                return None;
            }
            (HeldState::Reserved, Some((said.id, voucher.0)))
        }
    };
    let operator_time_ms = receipt.operator_time_ms;
    (answer.key == held.key).then_some(Reserved { state, signed, receipt: bytes, operator_time_ms })
}

fn sorted(groups: &[PassengerGroup]) -> Vec<(crate::wallet::Category, u8)> {
    let mut groups: Vec<_> = groups.iter().map(|group| (group.category, group.count)).collect();
    groups.sort_unstable();
    groups
}

/// What an answer about a use makes of it.
pub(crate) struct Told {
    pub(crate) state: UseState,
    pub(crate) ride: Box<Ride>,
    /// What of the held money became the fare, and what went back.
    pub(crate) charged: Money,
    pub(crate) returned: Money,
    pub(crate) receipt: Vec<u8>,
    pub(crate) operator_time_ms: i64,
}

/// Reads an answer about a use; none if it is not to be believed.
pub(crate) fn settle_use(
    one: &OfflineUse,
    fare: Money,
    request: &[u8],
    keys: Option<&TrustedKeys>,
    answer: UseAnswer,
) -> Option<Told> {
    let receipt = Receipt::verify(&answer.receipt.0, keys?, &one.key, &request_hash(request)).ok()?;
    let (state, ride, by_key, said) = match answer.outcome {
        UseOutcome::Settled { ride } => {
            (UseState::Settled { ride: ride.ride.clone() }, ride, one.key.clone(), ReceiptOutcome::Paid)
        }
        UseOutcome::PaidOtherwise { by_key, ride } => {
            (UseState::PaidOtherwise { ride: ride.ride.clone() }, ride, by_key, ReceiptOutcome::Refunded)
        }
        UseOutcome::ToldBefore { by_key, ride } => {
            (UseState::Settled { ride: ride.ride.clone() }, ride, by_key, ReceiptOutcome::AlreadyPaid)
        }
        UseOutcome::Misused { ride } => {
            let by_key = ride.key.clone();
            (UseState::Misused { ride: ride.ride.clone() }, ride, by_key, ReceiptOutcome::Paid)
        }
    };
    let ride = Ride::from(ride);
    // Money is held for one fare, whatever else is owed.
    let amount = receipt.amount.min(fare);
    let (charged, returned) = match &said {
        ReceiptOutcome::Paid => (amount, Money::ZERO),
        ReceiptOutcome::Refunded => (Money::ZERO, amount),
        _ => (Money::ZERO, Money::ZERO),
    };
    let sum_fits =
        !matches!(state, UseState::Settled { .. }) || said != ReceiptOutcome::Paid || amount == fare;
    let vouched = (ride.state != RideState::Valid && matches!(state, UseState::PaidOtherwise { .. }))
        || ride.is_vouched_for(keys?);
    let believed =
        answer.key == one.key && receipt.outcome == said && ride.key == by_key && sum_fits && vouched;
    let (receipt, operator_time_ms) = (answer.receipt.0, receipt.operator_time_ms);
    believed.then_some(Told { state, ride: Box::new(ride), charged, returned, receipt, operator_time_ms })
}

/// What an answer about giving back makes of it: when it returns, or that it returned.
pub(crate) enum GivenBack {
    Waits { returns_ms: i64 },
    Returned { sum: Money, receipt: Vec<u8>, operator_time_ms: i64 },
}

/// Reads an answer about giving back; none if it is not to be believed.
pub(crate) fn settle_unused(
    key: &str,
    request: &[u8],
    keys: Option<&TrustedKeys>,
    answer: UnusedAnswer,
) -> Option<GivenBack> {
    if answer.key != key {
        return None;
    }
    match answer.outcome {
        UnusedOutcome::Waits { returns_ms } => Some(GivenBack::Waits { returns_ms }),
        UnusedOutcome::Returned { sum } => {
            let bytes = answer.receipt?.0;
            let receipt = Receipt::verify(&bytes, keys?, key, &request_hash(request)).ok()?;
            let said = receipt.outcome == ReceiptOutcome::Refunded && receipt.amount == sum;
            let operator_time_ms = receipt.operator_time_ms;
            said.then_some(GivenBack::Returned { sum, receipt: bytes, operator_time_ms })
        }
    }
}

/// What boarding a bus without a network would use: prepared before the tap, stored by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boarding {
    /// The report's idempotency key, made once.
    pub key: String,
    /// The voucher, by id.
    pub voucher: String,
    /// Which of its rides.
    pub counter: u8,
    /// The bus; its painted number stands on the button.
    pub vehicle: Vehicle,
    /// When the ride begins, in s since 1970.
    pub boarded_s: i64,
    /// The terminal's word, if its code was scanned: then the time is proven.
    pub terminal: Option<Vec<u8>>,
    /// What has this bus's ride already; boarding then uses nothing.
    pub already: Option<Boarded>,
    /// What the phone's key signs (ECDSA with SHA-256): the report of the use.
    pub to_sign: Vec<u8>,
}

/// What the passenger rides with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boarded {
    /// A ticket, to be shown by this id: a voucher's use, or a ride that is paid.
    Ticket {
        /// The id for `ticket`, `to_sign` and `present`.
        ride: String,
    },
    /// A payment that has no answer yet.
    Payment {
        /// Its key.
        key: String,
    },
}

/// What giving back needs to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// The request's idempotency key, made once.
    pub key: String,
    /// The voucher, by id.
    pub voucher: String,
    /// Only the first so many rides were used.
    pub used: u8,
    /// What the phone's key signs (ECDSA with SHA-256).
    pub to_sign: Vec<u8>,
}

#[cfg(test)]
mod tests;
