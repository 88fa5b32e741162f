use super::city::zone_of;
use super::{Jol, JolError};
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::pay::{Payment, Ride, offline, rows};
use crate::ticket::receipt::{Receipt, ReceiptOutcome, request_hash};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A line of Travel Details: at least one of the two is there.
#[derive(Clone, Debug, PartialEq)]
pub struct TravelDetail {
    /// When it was, ms since 1970: the tap, or the payment elsewhere.
    pub at_ms: i64,
    /// The payment, if it was made with this phone.
    pub payment: Option<Payment>,
    /// The ride, if it became one.
    pub ride: Option<Ride>,
}

/// What a month's rides cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthSum {
    /// The year.
    pub year: i16,
    /// The month, 1 to 12, in the city's time.
    pub month: i8,
    /// How many rides were paid and not refunded.
    pub rides: u32,
    /// What they cost.
    pub sum: Money,
}

/// The operator's signed answer to a payment, as it is shown and exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptDetails {
    /// The payment's idempotency key.
    pub key: String,
    /// `paid`, `already_paid`, `refunded`, `topped_up`, or the code of the decline.
    pub outcome: String,
    /// The sum.
    pub amount: Money,
    /// When, by the operator's clock, ms since 1970.
    pub operator_time_ms: i64,
    /// What a support line finds it by.
    pub reference: String,
    /// The signed bytes, which anyone with the operator's key list verifies.
    pub signed: Vec<u8>,
}

impl Jol {
    /// All rides and payments, newest first: declined and refunded ones too.
    pub fn travel_details(&self) -> Result<Vec<TravelDetail>, JolError> {
        self.shared.look(|records, _| {
            let mut rides = rows::rides(records, i64::MIN, i64::MAX)?;
            rides.extend(super::tickets::uses(records));
            let mut details = Vec::new();
            for payment in rows::payments(records)? {
                let own =
                    rides.iter().position(|ride| ride.key == payment.key).map(|at| rides.swap_remove(at));
                details.push(TravelDetail { at_ms: payment.tapped_ms, payment: Some(payment), ride: own });
            }
            // What is left was paid elsewhere: by message, at a terminal, with another phone.
            details.extend(rides.into_iter().map(|ride| TravelDetail {
                at_ms: ride.paid_ms,
                payment: None,
                ride: Some(ride),
            }));
            details.sort_by_key(|detail| std::cmp::Reverse(detail.at_ms));
            Ok(details)
        })
    }

    /// What the month of a moment cost, in the city's time.
    pub fn month_sum(&self, at_ms: i64) -> Result<MonthSum, JolError> {
        let zone = zone_of(&self.city_rules()?)?;
        let (year, month, from_ms, until_ms) =
            month_of(at_ms, &zone).ok_or_else(|| JolError::internal("a time outside the calendar"))?;
        self.shared.look(|records, _| {
            let rides = rows::rides(records, from_ms, until_ms)?;
            let paid = rides.iter().filter(|ride| ride.state != RideState::Refunded);
            let none = || JolError::internal("a sum outside its range");
            let (count, sum) = paid.fold((0, Some(Money::ZERO)), |(count, sum), ride| {
                (count + 1, sum.and_then(|sum: Money| sum.plus(ride.fare)))
            });
            Ok(MonthSum { year, month, rides: count, sum: sum.ok_or_else(none)? })
        })
    }

    /// The operator's signed answer to a payment, a reservation, a voucher's use or giving back, verified
    /// anew: anyone with its key list can.
    pub fn receipt(&self, key: &str) -> Result<ReceiptDetails, JolError> {
        self.shared.look(|records, view| {
            let found = match rows::request_and_receipt(records, key)? {
                None => offline::rows::request_and_receipt(records, key)?,
                found => found,
            };
            let (request, receipt) = found.ok_or_else(|| JolError::not_found("payment"))?;
            let receipt = receipt.ok_or_else(|| JolError::not_found("receipt"))?;
            let keys = view.keys.as_ref().ok_or_else(|| JolError::not_found("keys"))?;
            let said = Receipt::verify(&receipt, keys, key, &request_hash(&request))
                .map_err(|_| JolError::BadSignature)?;
            Ok(ReceiptDetails {
                key: said.idempotency_key,
                outcome: match said.outcome {
                    ReceiptOutcome::Paid => "paid".to_owned(),
                    ReceiptOutcome::AlreadyPaid => "already_paid".to_owned(),
                    ReceiptOutcome::Declined { code } => code,
                    ReceiptOutcome::Refunded => "refunded".to_owned(),
                    ReceiptOutcome::ToppedUp => "topped_up".to_owned(),
                },
                amount: said.amount,
                operator_time_ms: said.operator_time_ms,
                reference: said.reference,
                signed: receipt,
            })
        })
    }
}

/// Year, month, first ms and the ms after the last one.
fn month_of(at_ms: i64, zone: &TimeZone) -> Option<(i16, i8, i64, i64)> {
    let date = zone.to_datetime(Timestamp::from_millisecond(at_ms).ok()?).date();
    let first = date.first_of_month();
    let next = first.checked_add(Span::new().months(1)).ok()?;
    let start = |day: jiff::civil::Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    Some((date.year(), date.month(), start(first)?, start(next)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_counted_in_the_city_s_time() {
        let zone = TimeZone::get("Asia/Atyrau").expect("in the bundled database");
        // 2026-08-31T19:30Z is 00:30 of the first of September in Atyrau (UTC+5).
        let at: Timestamp = "2026-08-31T19:30:00Z".parse().expect("a time");
        let (year, month, from_ms, until_ms) = month_of(at.as_millisecond(), &zone).expect("a month");
        assert_eq!((year, month), (2026, 9));
        assert_eq!(Timestamp::from_millisecond(from_ms).expect("a time").to_string(), "2026-08-31T19:00:00Z");
        assert_eq!((until_ms - from_ms) / 86_400_000, 30);
        assert_eq!(month_of(from_ms - 1, &zone).map(|m| m.1), Some(8));
    }

    #[test]
    fn kazakhstan_s_change_of_2024_makes_february_an_hour_longer() {
        let zone = TimeZone::get("Asia/Almaty").expect("in the bundled database");
        let at: Timestamp = "2024-02-15T00:00:00Z".parse().expect("a time");
        let (_, _, from_ms, until_ms) = month_of(at.as_millisecond(), &zone).expect("a month");
        assert_eq!((until_ms - from_ms) / 3_600_000, 29 * 24 + 1);
    }
}
