//! Messages in the wallet's file.

use super::{Message, MessageState};
use crate::money::Money;
use crate::pay::Way;
use crate::pay::rows::json;
use crate::store::{Records, StoreError};
use rusqlite::{OptionalExtension, Row};

const MESSAGE: &str =
    "SELECT id, city, way, vehicle, passengers, fare, recipient, text, opened_ms, holds_until_ms,
                              reply, replied_ms, asked_ms, state, ride FROM message";

/// Keeps a message that is opened now; one that was opened before stays as it is.
pub(crate) fn add(records: &Records<'_>, message: &Message) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO message (id, city, way, vehicle, passengers, fare, recipient, text, opened_ms, holds_until_ms,
                              state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open') ON CONFLICT (id) DO NOTHING",
        rusqlite::params![
            message.id,
            message.city,
            message.way.number(),
            serde_json::to_string(&message.vehicle)?,
            message.passengers,
            message.fare.tiyn,
            message.to,
            message.text,
            message.opened_ms,
            message.holds_until_ms,
        ],
    )?;
    Ok(())
}

/// Keeps what is known of a message now.
pub(crate) fn put(records: &Records<'_>, message: &Message) -> Result<(), StoreError> {
    let reply = message.reply.as_ref().map(|(reply, _)| serde_json::to_string(reply)).transpose()?;
    let (state, ride) = match &message.state {
        MessageState::Open => ("open", None),
        MessageState::Paid { ride } => ("paid", Some(ride)),
        MessageState::PaidOtherwise { ride } => ("paid_otherwise", Some(ride)),
        MessageState::NeverPaid => ("never_paid", None),
        MessageState::TakenBack => ("taken_back", None),
    };
    records.run(
        "UPDATE message SET reply = ?2, replied_ms = ?3, asked_ms = ?4, state = ?5, ride = ?6 WHERE id = ?1",
        rusqlite::params![
            message.id,
            reply,
            message.reply.as_ref().map(|(_, replied_ms)| replied_ms),
            message.asked_ms,
            state,
            ride,
        ],
    )?;
    Ok(())
}

pub(crate) fn by_id(records: &Records<'_>, id: &str) -> Result<Option<Message>, StoreError> {
    let sql = format!("{MESSAGE} WHERE id = ?1");
    records.sql().prepare_cached(&sql)?.query_row([id], |row| Ok(read(row))).optional()?.transpose()
}

/// The messages that were opened since then, newest first. One that is damaged hides no other.
pub(crate) fn since(records: &Records<'_>, since_ms: i64) -> Result<Vec<Message>, StoreError> {
    let sql = format!("{MESSAGE} WHERE opened_ms >= ?1 ORDER BY opened_ms DESC, rowid DESC");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([since_ms])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(message) => messages.push(message),
            Err(error) => eprintln!("jol: a message cannot be read: {error}"),
        }
    }
    Ok(messages)
}

fn read(row: &Row<'_>) -> Result<Message, StoreError> {
    let (reply, replied_ms): (Option<String>, Option<i64>) = (row.get(10)?, row.get(11)?);
    let (state, ride): (String, Option<String>) = (row.get(13)?, row.get(14)?);
    let way: u8 = row.get(2)?;
    Ok(Message {
        id: row.get(0)?,
        city: row.get(1)?,
        way: Way::from_number(way).ok_or_else(|| StoreError::Internal(format!("way {way}")))?,
        vehicle: json(row.get(3)?)?,
        passengers: row.get(4)?,
        fare: Money::tiyn(row.get(5)?),
        to: row.get(6)?,
        text: row.get(7)?,
        opened_ms: row.get(8)?,
        holds_until_ms: row.get(9)?,
        reply: reply.map(json).transpose()?.zip(replied_ms),
        asked_ms: row.get(12)?,
        state: match (state.as_str(), ride) {
            ("open", _) => MessageState::Open,
            ("paid", Some(ride)) => MessageState::Paid { ride },
            ("paid_otherwise", Some(ride)) => MessageState::PaidOtherwise { ride },
            ("never_paid", _) => MessageState::NeverPaid,
            ("taken_back", _) => MessageState::TakenBack,
            (other, _) => return Err(StoreError::Internal(format!("message state {other}"))),
        },
    })
}
