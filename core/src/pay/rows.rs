//! Payments and rides in the wallet's file.

use super::payment::{Payment, PaymentState, Ride};
use super::{DeclineReason, Refund, Way};
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::store::{Records, StoreError};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PAYMENT: &str = "SELECT key, vehicle, painted, line, way, source, passengers, fare, tapped_ms, state,
                              decline, again_ms, service, ride, refund FROM payment";
const RIDE: &str =
    "SELECT ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare, paid_ms,
                           boarding_stop, terminus, state, ends_ms, ticket, continues_on, fiscal, refund, corrects
       FROM ride";

/// Keeps an intent. It is written in the transaction that writes its outbox row.
pub(crate) fn add_payment(
    records: &Records<'_>,
    city: &str,
    payment: &Payment,
    request: &[u8],
    (boot_ms, boot_id): (i64, &str),
) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms, request,
                              state, tapped_boot_ms, boot_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        rusqlite::params![
            payment.key,
            city,
            payment.vehicle,
            payment.painted,
            payment.line,
            payment.way.number(),
            serde_json::to_string(&payment.source)?,
            serde_json::to_string(&payment.passengers)?,
            payment.fare.tiyn,
            payment.tapped_ms,
            request,
            payment.state.word(),
            boot_ms,
            boot_id,
        ],
    )?;
    Ok(())
}

/// How long ago a payment was tapped, in ms: by the boot clock, or where the phone was started since by its
/// best idea of the time.
pub(crate) fn age_ms(
    records: &Records<'_>,
    key: &str,
    (boot_ms, boot_id): (i64, &str),
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT tapped_boot_ms, boot_id, tapped_ms FROM payment WHERE key = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let tapped: Option<(Option<i64>, Option<String>, i64)> =
        records.sql().prepare_cached(sql)?.query_row([key], read).optional()?;
    Ok(tapped.map(|(tapped_boot_ms, boot, tapped_ms)| {
        let same = tapped_boot_ms.filter(|ms| boot.as_deref() == Some(boot_id) && *ms <= boot_ms);
        same.map_or(now_ms.saturating_sub(tapped_ms), |ms| boot_ms - ms).max(0)
    }))
}

/// What became of a payment, with the signed answer as it came.
pub(crate) fn settle_payment(
    records: &Records<'_>,
    key: &str,
    state: &PaymentState,
    receipt: &[u8],
    now_ms: i64,
) -> Result<(), StoreError> {
    let (decline, again_ms, service, ride) = match state {
        PaymentState::Pending => (None, None, None, None),
        PaymentState::Paid { ride } | PaymentState::AlreadyPaid { ride } => (None, None, None, Some(ride)),
        PaymentState::Refunded { ride, .. } => (None, None, None, ride.as_ref()),
        PaymentState::Declined { reason, try_again_ms, service } => {
            (Some(reason.code()), *try_again_ms, service.as_ref(), None)
        }
    };
    records.run(
        "UPDATE payment SET state = ?2, decline = ?3, again_ms = ?4, service = ?5, ride = ?6, receipt = ?7,
                answered_ms = ?8 WHERE key = ?1",
        (key, state.word(), decline, again_ms, service, ride, receipt, now_ms),
    )?;
    match state {
        PaymentState::Refunded { refund, .. } => set_refund(records, key, refund),
        _ => Ok(()),
    }
}

/// The money of a payment went back; its own receipt stays.
pub(crate) fn set_refund(records: &Records<'_>, key: &str, refund: &Refund) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET state = 'refunded', refund = ?2 WHERE key = ?1";
    records.run(sql, (key, serde_json::to_string(refund)?))?;
    Ok(())
}

pub(crate) fn payment(records: &Records<'_>, key: &str) -> Result<Option<Payment>, StoreError> {
    let sql = format!("{PAYMENT} WHERE key = ?1");
    records.sql().prepare_cached(&sql)?.query_row([key], |row| Ok(read_payment(row))).optional()?.transpose()
}

/// All payments, newest first.
pub(crate) fn payments(records: &Records<'_>) -> Result<Vec<Payment>, StoreError> {
    listed(records, "ORDER BY tapped_ms DESC, rowid DESC")
}

/// The payments that are not known yet, oldest first.
pub(crate) fn pending(records: &Records<'_>) -> Result<Vec<Payment>, StoreError> {
    listed(records, "WHERE state = 'pending' ORDER BY tapped_ms, rowid")
}

fn listed(records: &Records<'_>, which: &str) -> Result<Vec<Payment>, StoreError> {
    let sql = format!("{PAYMENT} {which}");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut payments = Vec::new();
    while let Some(row) = rows.next()? {
        // One damaged row must not hide the others.
        match read_payment(row) {
            Ok(payment) => payments.push(payment),
            Err(error) => eprintln!("jol: a payment cannot be read: {error}"),
        }
    }
    Ok(payments)
}

/// The payment that is under way for a bus, if there is one: a second tap finds it here.
pub(crate) fn pending_for(records: &Records<'_>, vehicle: &str) -> Result<Option<Payment>, StoreError> {
    let sql = format!("{PAYMENT} WHERE state = 'pending' AND vehicle = ?1 ORDER BY tapped_ms LIMIT 1");
    records
        .sql()
        .prepare_cached(&sql)?
        .query_row([vehicle], |row| Ok(read_payment(row)))
        .optional()?
        .transpose()
}

/// Keeps the operator's signed word that a payment came too late. It is not known yet: an earlier try may have
/// been charged.
pub(crate) fn keep_late_receipt(records: &Records<'_>, key: &str, receipt: &[u8]) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET receipt = ?2 WHERE key = ?1 AND state = 'pending'";
    records.run(sql, (key, receipt))?;
    Ok(())
}

/// That word, of a payment that is not known yet.
pub(crate) fn late_receipt(records: &Records<'_>, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT receipt FROM payment WHERE key = ?1 AND state = 'pending'";
    Ok(records.row(sql, [key], |row| row.get(0)).optional()?.flatten())
}

/// The operator holds the ride that this payment paid; its own answer may still come.
pub(crate) fn paid_by_ride(records: &Records<'_>, key: &str, ride: &str) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET state = 'paid', ride = ?2, receipt = NULL WHERE key = ?1";
    records.run(sql, (key, ride))?;
    Ok(())
}

/// The bytes that were sent, and the signed answer once there is one.
pub(crate) type RequestAndReceipt = (Vec<u8>, Option<Vec<u8>>);

/// The bytes that were sent, and the signed answer to them.
pub(crate) fn request_and_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<RequestAndReceipt>, StoreError> {
    let sql = "SELECT request, receipt FROM payment WHERE key = ?1";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Keeps a ride as the operator tells it; the newest word counts.
pub(crate) fn put_ride(records: &Records<'_>, ride: &Ride) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO ride (ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare, paid_ms,
                           boarding_stop, terminus, state, ends_ms, ticket, continues_on, fiscal, refund, corrects)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
         ON CONFLICT (ride) DO UPDATE SET
                           -- An answer that was overtaken on its way brings no ride back.
                           state = CASE WHEN state IN ('refunded', 'replaced') THEN state ELSE excluded.state END,
                           ends_ms = excluded.ends_ms,
                           ticket = excluded.ticket, boarding_stop = excluded.boarding_stop,
                           passengers = excluded.passengers, continues_on = excluded.continues_on,
                           fiscal = coalesce(excluded.fiscal, fiscal), refund = coalesce(excluded.refund, refund)",
        rusqlite::params![
            ride.ride,
            ride.key,
            ride.city,
            ride.vehicle,
            ride.painted,
            ride.plate,
            ride.line,
            ride.way.number(),
            serde_json::to_string(&ride.source)?,
            serde_json::to_string(&ride.passengers)?,
            ride.fare.tiyn,
            ride.paid_ms,
            ride.boarding_stop,
            ride.terminus,
            word(&ride.state)?,
            ride.ends_ms,
            ride.ticket,
            serde_json::to_string(&ride.continues_on)?,
            ride.fiscal.as_ref().map(serde_json::to_string).transpose()?,
            ride.refund.as_ref().map(serde_json::to_string).transpose()?,
            ride.corrects.as_ref().map(serde_json::to_string).transpose()?,
        ],
    )?;
    Ok(())
}

/// Another ride took this one's place.
pub(crate) fn replace_ride(records: &Records<'_>, ride: &str) -> Result<(), StoreError> {
    records.run("UPDATE ride SET state = 'replaced' WHERE ride = ?1", [ride])?;
    Ok(())
}

/// The key of the payment that a ride began with: its own, or that of the ride on the wrong bus.
pub(crate) fn first_key(records: &Records<'_>, one: &Ride) -> Result<String, StoreError> {
    let before = one.corrects.as_ref().map(|before| ride(records, &before.ride)).transpose()?.flatten();
    Ok(before.map_or_else(|| one.key.clone(), |before| before.key))
}

pub(crate) fn ride(records: &Records<'_>, ride: &str) -> Result<Option<Ride>, StoreError> {
    let sql = format!("{RIDE} WHERE ride = ?1");
    records.sql().prepare_cached(&sql)?.query_row([ride], |row| Ok(read_ride(row))).optional()?.transpose()
}

/// Rides paid in a span of time, newest first.
pub(crate) fn rides(records: &Records<'_>, from_ms: i64, until_ms: i64) -> Result<Vec<Ride>, StoreError> {
    let sql = format!("{RIDE} WHERE paid_ms >= ?1 AND paid_ms < ?2 ORDER BY paid_ms DESC, ride");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([from_ms, until_ms])?;
    let mut rides = Vec::new();
    while let Some(row) = rows.next()? {
        match read_ride(row) {
            Ok(ride) => rides.push(ride),
            Err(error) => eprintln!("jol: a ride cannot be read: {error}"),
        }
    }
    Ok(rides)
}

fn read_payment(row: &Row<'_>) -> Result<Payment, StoreError> {
    let state: String = row.get(9)?;
    let ride: String = row.get::<_, Option<String>>(13)?.unwrap_or_default();
    let state = match state.as_str() {
        "pending" => PaymentState::Pending,
        "paid" => PaymentState::Paid { ride },
        "already_paid" => PaymentState::AlreadyPaid { ride },
        "refunded" => {
            let refund: Option<String> = row.get(14)?;
            let refund = refund.ok_or_else(|| StoreError::Internal("a refund without its sum".into()))?;
            PaymentState::Refunded { ride: row.get(13)?, refund: json(refund)? }
        }
        "declined" => {
            let code: String = row.get::<_, Option<String>>(10)?.unwrap_or_default();
            let reason = DeclineReason::from_code(&code).unwrap_or(DeclineReason::TryLater);
            PaymentState::Declined { reason, try_again_ms: row.get(11)?, service: row.get(12)? }
        }
        other => return Err(StoreError::Internal(format!("payment state {other}"))),
    };
    Ok(Payment {
        key: row.get(0)?,
        vehicle: row.get(1)?,
        painted: row.get(2)?,
        line: row.get(3)?,
        way: way(row.get(4)?)?,
        source: json(row.get(5)?)?,
        passengers: json(row.get(6)?)?,
        fare: Money::tiyn(row.get(7)?),
        tapped_ms: row.get(8)?,
        state,
    })
}

fn read_ride(row: &Row<'_>) -> Result<Ride, StoreError> {
    Ok(Ride {
        ride: row.get(0)?,
        key: row.get(1)?,
        city: row.get(2)?,
        vehicle: row.get(3)?,
        painted: row.get(4)?,
        plate: row.get(5)?,
        line: row.get(6)?,
        way: way(row.get(7)?)?,
        source: json(row.get(8)?)?,
        passengers: json(row.get(9)?)?,
        fare: Money::tiyn(row.get(10)?),
        paid_ms: row.get(11)?,
        boarding_stop: row.get(12)?,
        terminus: row.get(13)?,
        state: serde_json::from_value::<RideState>(row.get::<_, String>(14)?.into())?,
        ends_ms: row.get(15)?,
        ticket: row.get(16)?,
        continues_on: json(row.get(17)?)?,
        // A damaged sign hides no ride.
        fiscal: row.get::<_, Option<String>>(18)?.and_then(|text| serde_json::from_str(&text).ok()),
        refund: row.get::<_, Option<String>>(19)?.map(json).transpose()?,
        corrects: row.get::<_, Option<String>>(20)?.map(json).transpose()?,
    })
}

fn way(number: u8) -> Result<Way, StoreError> {
    Way::from_number(number).ok_or_else(|| StoreError::Internal(format!("way {number}")))
}

pub(in crate::pay) fn json<T: DeserializeOwned>(text: String) -> Result<T, StoreError> {
    Ok(serde_json::from_str(&text)?)
}

/// The word of a plain enum, as serde names it.
fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}
