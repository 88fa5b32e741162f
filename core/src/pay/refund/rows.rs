//! Wishes to change a ride that is paid, in the wallet's file.

use super::{ChangeState, RideChange, SettledChange};
use crate::money::Money;
use crate::pay::rows::{RequestAndReceipt, json};
use crate::store::{Records, StoreError};
use rusqlite::{OptionalExtension, Row};

const CHANGE: &str = "SELECT key, ride, vehicle, sum, state FROM ride_change";

/// Written in the transaction that writes its outbox row.
pub(crate) fn add(
    records: &Records<'_>,
    change: &RideChange,
    request: &[u8],
    now_ms: i64,
) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO ride_change (key, ride, vehicle, sum, request, state, is_open, asked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)",
        rusqlite::params![
            change.key,
            change.ride,
            change.vehicle,
            change.sum.tiyn,
            request,
            serde_json::to_string(&change.state)?,
            now_ms
        ],
    )?;
    Ok(())
}

/// The answer is known.
pub(crate) fn settle(records: &Records<'_>, key: &str, settled: &SettledChange) -> Result<(), StoreError> {
    let sql = "UPDATE ride_change SET state = ?2, is_open = 0, receipt = ?3 WHERE key = ?1";
    records.run(sql, (key, serde_json::to_string(&settled.state)?, &settled.receipt))?;
    Ok(())
}

pub(crate) fn by_key(records: &Records<'_>, key: &str) -> Result<Option<RideChange>, StoreError> {
    let sql = format!("{CHANGE} WHERE key = ?1");
    records.sql().prepare_cached(&sql)?.query_row([key], |row| Ok(read(row))).optional()?.transpose()
}

/// Those of a ride, the newest first.
pub(crate) fn of_ride(records: &Records<'_>, ride: &str) -> Result<Vec<RideChange>, StoreError> {
    let sql = format!("{CHANGE} WHERE ride = ?1 ORDER BY rowid DESC");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let all = statement.query_map([ride], |row| Ok(read(row)))?;
    all.map(|one| one?).collect()
}

/// The correction that puts a ride on this bus and has no answer yet.
pub(crate) fn open_to(records: &Records<'_>, vehicle: &str) -> Result<Option<RideChange>, StoreError> {
    let sql = format!("{CHANGE} WHERE is_open AND vehicle = ?1 LIMIT 1");
    records.sql().prepare_cached(&sql)?.query_row([vehicle], |row| Ok(read(row))).optional()?.transpose()
}

/// The bytes that were sent, and the signed answer to them.
pub(crate) fn request_and_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<RequestAndReceipt>, StoreError> {
    let sql = "SELECT request, receipt FROM ride_change WHERE key = ?1";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn read(row: &Row<'_>) -> Result<RideChange, StoreError> {
    let state: ChangeState = json(row.get(4)?)?;
    Ok(RideChange {
        key: row.get(0)?,
        ride: row.get(1)?,
        vehicle: row.get(2)?,
        sum: Money::tiyn(row.get(3)?),
        state,
    })
}
