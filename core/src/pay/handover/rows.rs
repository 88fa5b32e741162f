//! Tickets that go to another phone, in the wallet's file.

use super::{Handover, HandoverState};
use crate::operator::Refusal;
use crate::pay::rows::json;
use crate::store::{Records, StoreError};
use rusqlite::{OptionalExtension, Row};

const HANDOVER: &str = "SELECT key, ride, phone, passengers, state, refusal, ticket FROM handover";

/// Written in the transaction that writes its outbox row.
pub(crate) fn add(records: &Records<'_>, handover: &Handover, now_ms: i64) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO handover (key, ride, phone, passengers, state, asked_ms) VALUES (?1, ?2, ?3, ?4, 'asked', ?5)",
        rusqlite::params![
            handover.key,
            handover.ride,
            handover.phone,
            serde_json::to_string(&handover.passengers)?,
            now_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn done(records: &Records<'_>, key: &str, ticket: Option<&[u8]>) -> Result<(), StoreError> {
    let sql = "UPDATE handover SET state = 'done', ticket = ?2 WHERE key = ?1";
    records.run(sql, rusqlite::params![key, ticket])?;
    Ok(())
}

pub(crate) fn refused(records: &Records<'_>, key: &str, refusal: &Refusal) -> Result<(), StoreError> {
    let sql = "UPDATE handover SET state = 'refused', refusal = ?2 WHERE key = ?1";
    records.run(sql, rusqlite::params![key, serde_json::to_string(refusal)?])?;
    Ok(())
}

pub(crate) fn by_key(records: &Records<'_>, key: &str) -> Result<Option<Handover>, StoreError> {
    let sql = format!("{HANDOVER} WHERE key = ?1");
    records.sql().prepare_cached(&sql)?.query_row([key], |row| Ok(read(row))).optional()?.transpose()
}

/// Those of a ride, in the order in which they were asked for.
pub(crate) fn of_ride(records: &Records<'_>, ride: &str) -> Result<Vec<Handover>, StoreError> {
    let sql = format!("{HANDOVER} WHERE ride = ?1 ORDER BY rowid");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let all = statement.query_map([ride], |row| Ok(read(row)))?;
    all.map(|one| one?).collect()
}

/// Keeps a ticket that came from somebody else's phone.
pub(crate) fn receive(records: &Records<'_>, id: &str, bytes: &[u8], now_ms: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO received (ticket, bytes, received_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    records.run(sql, rusqlite::params![id, bytes, now_ms])?;
    Ok(())
}

/// The tickets that came from somebody else's phone, newest first: ids and bytes.
pub(crate) fn received(records: &Records<'_>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut statement = records
        .sql()
        .prepare_cached("SELECT ticket, bytes FROM received ORDER BY received_ms DESC, rowid DESC")?;
    let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(all.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<Handover, StoreError> {
    let (state, refusal): (String, Option<String>) = (row.get(4)?, row.get(5)?);
    let phone: Option<Vec<u8>> = row.get(2)?;
    let phone =
        phone.map(|phone| phone.try_into().map_err(|_| StoreError::Internal("a phone's key".to_owned())));
    Ok(Handover {
        key: row.get(0)?,
        ride: row.get(1)?,
        phone: phone.transpose()?,
        passengers: json(row.get(3)?)?,
        state: match (state.as_str(), refusal) {
            ("done", _) => HandoverState::Done { ticket: row.get(6)? },
            ("refused", Some(refusal)) => HandoverState::Refused { refusal: json(refusal)? },
            _ => HandoverState::Asked,
        },
    })
}
