//! Offline rides: reserving them, telling of their uses, giving back what is left, and the keys of the
//! buses' terminals for inspectors.

use super::{Base64, RideAnswer, Secret};
use crate::money::Money;
use crate::pay::{DeclineReason, Source};
use crate::wallet::PassengerGroup;
use serde::{Deserialize, Serialize};

/// `POST /v1/vouchers`: pay so many rides now, for buses without a network.
///
/// The idempotency key in the header names it; the same bytes are sent again until an answer is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherRequest {
    /// In which city.
    pub city: String,
    /// How many rides, 1 to 3.
    pub rides: u8,
    /// Whose money.
    pub source: Source,
    /// Who rides, each time.
    pub passengers: Vec<PassengerGroup>,
    /// The id of the card that gives a category other than standard.
    pub card: Option<String>,
    /// The fare of one ride that was shown.
    pub fare: Money,
    /// When the passenger tapped, by ticket time, ms since 1970.
    pub tapped_ms: i64,
    /// The operator refuses it later than this.
    pub not_after_ms: i64,
    /// By the phone's key over the intent (`pay::intent_message`); a voucher is bound to that key.
    pub signature: Option<Base64>,
}

/// What became of a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherAnswer {
    /// The reservation's idempotency key.
    pub key: String,
    /// What became of it.
    pub outcome: VoucherOutcome,
    /// The signed answer about money (`ticket::receipt`); none while pending.
    pub receipt: Option<Base64>,
}

/// What became of a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum VoucherOutcome {
    /// The operator is waiting for the source itself.
    Pending,
    /// Paid: all rides, once.
    Reserved {
        /// The signed voucher (`ticket::voucher`).
        voucher: Base64,
    },
    /// Nothing was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, where that is known.
        try_again_ms: Option<i64>,
        /// The carrier's own name for its trust credit, where that is the reason.
        service: Option<String>,
    },
}

/// `GET /v1/vouchers`: what the operator holds for this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouchers {
    /// The vouchers, newest first.
    pub vouchers: Vec<HeldVoucher>,
    /// Offline rides ended for this account: a ride was used twice, or inspected and never told of.
    pub ended: bool,
}

/// A voucher as the operator holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldVoucher {
    /// Its id, hexadecimal.
    pub voucher: String,
    /// The reservation that paid it.
    pub key: String,
    /// Whose money it was.
    pub source: Source,
    /// The signed voucher.
    pub signed: Base64,
    /// How each of its rides stands, from the first.
    pub rides: Vec<OfflineRideState>,
    /// When what is left comes back, if it was given back, ms since 1970.
    pub returns_ms: Option<i64>,
}

/// How one of a voucher's rides stands at the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineRideState {
    /// Nobody told of a use.
    Open,
    /// An inspector saw it and the phone has not told of it yet.
    Seen,
    /// It was ridden, and charged once.
    Settled,
    /// The ride was paid in another way: its money went back.
    PaidOtherwise,
    /// It was given back and waits for its day.
    GivingBack,
    /// Its money went back.
    Returned,
    /// It was used against the rules, and charged.
    Charged,
}

/// `POST /v1/vouchers/{voucher}/uses`: this ride was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseReport {
    /// Which of the voucher's rides, from 1.
    pub counter: u8,
    /// The vehicle's number as painted.
    pub vehicle: String,
    /// When the passengers boarded, in s since 1970.
    pub boarded_s: i64,
    /// The terminal's word for vehicle and moment, 8 bytes.
    pub terminal: Option<Base64>,
    /// By the phone's key over `ticket::voucher::report_to_sign`.
    pub signature: Base64,
}

/// What became of a use that was told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseAnswer {
    /// The report's idempotency key.
    pub key: String,
    /// What became of it.
    pub outcome: UseOutcome,
    /// The signed answer about money.
    pub receipt: Base64,
}

/// What became of a use. The ride is there to be shown like any other from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum UseOutcome {
    /// The money that was held is the fare now.
    Settled {
        /// The ride.
        ride: RideAnswer,
    },
    /// This ride was paid in another way; the money that was held goes back.
    PaidOtherwise {
        /// The payment that paid it.
        by_key: String,
        /// The ride.
        ride: RideAnswer,
    },
    /// This very use was told of before; nothing changes.
    ToldBefore {
        /// The report that told it, or the payment that paid it.
        by_key: String,
        /// The ride.
        ride: RideAnswer,
    },
    /// Used against the rules, on another vehicle too or after it was given back: charged, and offline
    /// rides end for this account.
    Misused {
        /// The ride.
        ride: RideAnswer,
    },
}

/// `POST /v1/vouchers/{voucher}/unused`: what is left is given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedRequest {
    /// Only the first so many rides were used.
    pub used: u8,
    /// By the phone's key over `ticket::voucher::unused_to_sign`; by another phone of the account if the
    /// voucher's own is lost.
    pub signature: Base64,
}

/// What becomes of what was given back. The same bytes are sent again after its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnusedAnswer {
    /// The request's idempotency key.
    pub key: String,
    /// What became of it.
    pub outcome: UnusedOutcome,
    /// The signed answer about money; none while it waits.
    pub receipt: Option<Base64>,
}

/// What becomes of what was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum UnusedOutcome {
    /// The money comes back then, for each ride that no inspector saw by that time.
    Waits {
        /// When, ms since 1970.
        returns_ms: i64,
    },
    /// It came back.
    Returned {
        /// How much.
        sum: Money,
    },
}

/// `GET /v1/terminal-keys`: the keys of the buses' terminals, for inspectors. A secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalKeys {
    /// One a city and day: today's and tomorrow's at least.
    pub keys: Vec<TerminalDayKey>,
}

/// The key of a city's terminals for one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalDayKey {
    /// The operator's code of the city, as in vouchers.
    pub city: String,
    /// The first second of the day, since 1970.
    pub from_s: i64,
    /// The first second of the next day.
    pub until_s: i64,
    /// 32 bytes.
    pub key: Secret,
}
