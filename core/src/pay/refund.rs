//! Money that goes back, and a ride that was paid on the wrong bus.
//!
//! Both are wishes about a ride that is paid: rows before they are requests, under keys of their own, and
//! believed by signed receipts only, as payments are ([`settle_change`]). While one has no answer, the
//! passenger reads that it is not known yet.

pub(crate) mod rows;

use super::payment::Ride;
use super::{DeclineReason, Source};
use crate::city::fares::{RefundRule, Vehicle};
use crate::money::Money;
use crate::operator::wire::{PaymentAnswer, PaymentOutcome, RideState};
use crate::ticket::TrustedKeys;
use crate::ticket::receipt::{Receipt, ReceiptOutcome, request_hash};
use serde::{Deserialize, Serialize};

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refund {
    /// The idempotency key of the wish; the payment's own where it went back by itself.
    pub key: String,
    /// How much.
    pub sum: Money,
    /// Where to: where it came from.
    pub to: Source,
    /// When it was sent back, ms since 1970.
    pub at_ms: i64,
    /// By when it has arrived at the latest, ms since 1970.
    pub by_ms: i64,
}

/// What can still be changed about a ride, as a screen offers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changeable {
    /// For how many seconds more the ride can be given back; 0: no longer.
    pub refund_left_s: u32,
    /// For how many seconds more it can be put on another bus; 0: no longer.
    pub correction_left_s: u32,
}

impl Changeable {
    /// What the operator's rule leaves open of a ride at this moment, as far as the phone knows: whether an
    /// inspector saw the ticket is the operator's to say.
    pub(crate) fn of(rule: &RefundRule, ride: &Ride, now_ms: i64) -> Changeable {
        let is_own = ride.way.is_in_app() && ride.state == RideState::Valid && ride.ends_ms > now_ms;
        if !is_own {
            return Changeable::default();
        }
        let left_s = |within_s: u32| {
            let left_ms = ride.paid_ms.saturating_add(i64::from(within_s) * 1_000).saturating_sub(now_ms);
            // A phone whose clock is behind has no more than the whole time.
            u32::try_from(left_ms.max(0) / 1_000).unwrap_or(u32::MAX).min(within_s)
        };
        let correction_left_s = if ride.corrects.is_some() { 0 } else { left_s(rule.correct_within_s) };
        Changeable { refund_left_s: left_s(rule.within_s), correction_left_s }
    }
}

/// What putting a ride on another bus would do: the sum on the button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionQuote {
    /// The ride.
    pub ride: String,
    /// The right bus.
    pub vehicle: Vehicle,
    /// What the ride costs there in all.
    pub fare: Money,
    /// What is charged in addition; negative: what goes back.
    pub difference: Money,
}

/// A wish to change a ride that is paid, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RideChange {
    /// Its idempotency key.
    pub key: String,
    /// The ride.
    pub ride: String,
    /// The bus on which it is put, by the operator's id; none: it is given back.
    pub vehicle: Option<String>,
    /// The money that moves: what goes back; of a correction what is charged in addition, or, if negative,
    /// goes back.
    pub sum: Money,
    /// What became of it.
    pub state: ChangeState,
}

/// What became of a wish to change a ride.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ChangeState {
    /// Not known yet: the answer is being waited for.
    Asked,
    /// The money went back.
    Refunded {
        /// Where to and by when.
        refund: Refund,
    },
    /// The ticket is on the other bus.
    Corrected {
        /// The ride that took its place.
        ride: String,
    },
    /// Nothing was changed, on the operator's signed word.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, ms since 1970.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit.
        service: Option<String>,
    },
}

/// An answer to a wish that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettledChange {
    pub(crate) state: ChangeState,
    /// The ride as it stands now: given back, or the one in its place.
    pub(crate) ride: Option<Box<Ride>>,
    pub(crate) receipt: Vec<u8>,
}

/// Reads the answer to a wish. It is believed only if its signed receipt says the same: the key, the request,
/// what became of it, the sum; and if the ride in it is the one that was asked about.
pub(crate) fn settle_change(
    wish: &RideChange,
    request: &[u8],
    keys: Option<&TrustedKeys>,
    answer: PaymentAnswer,
) -> Option<SettledChange> {
    let (keys, bytes) = (keys?, answer.receipt?.0);
    let receipt = Receipt::verify(&bytes, keys, &wish.key, &request_hash(request)).ok()?;
    let (state, ride) = match answer.outcome {
        PaymentOutcome::Refunded { refund, ride: Some(ride) } if wish.vehicle.is_none() => {
            let said = receipt.outcome == ReceiptOutcome::Refunded
                && receipt.amount == wish.sum
                && (refund.sum == wish.sum && refund.key == wish.key)
                && (ride.ride == wish.ride && ride.state == RideState::Refunded);
            said.then_some(())?;
            (ChangeState::Refunded { refund }, Some(Ride::from(ride)))
        }
        PaymentOutcome::Paid { ride } if wish.vehicle.as_ref() == Some(&ride.vehicle.vehicle) => {
            let back = Money::ZERO.minus(wish.sum)?;
            let said = match &receipt.outcome {
                ReceiptOutcome::Paid => receipt.amount == wish.sum,
                ReceiptOutcome::Refunded => receipt.amount == back,
                _ => false,
            };
            let ride = Ride::from(ride);
            let takes_its_place = ride.corrects.as_ref().is_some_and(|before| {
                before.ride == wish.ride && ride.fare.minus(before.fare) == Some(wish.sum)
            });
            (said && takes_its_place && ride.is_vouched_for(keys)).then_some(())?;
            (ChangeState::Corrected { ride: ride.ride.clone() }, Some(ride))
        }
        PaymentOutcome::Declined { reason, try_again_ms, service } => {
            let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
            (receipt.outcome == said).then_some(())?;
            (ChangeState::Declined { reason, try_again_ms, service }, None)
        }
        _ => return None,
    };
    Some(SettledChange { state, ride: ride.map(Box::new), receipt: bytes })
}

#[cfg(test)]
mod tests;
