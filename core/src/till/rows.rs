//! Shifts and sales in the till's file.

use super::{SaleState, SoldRide};
use crate::money::Money;
use crate::operator::Refusal;
use crate::store::{Records, StoreError};
use crate::ticket::till::{CashSale, SignedLicence, TillId};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

/// The name of the small state that says how opening a shift stands.
const ASKED: &str = "till.asked";

/// A shift that the operator opened.
#[derive(Debug)]
pub(crate) struct ShiftRow {
    pub(crate) till: TillId,
    pub(crate) licence: SignedLicence,
    /// The till's index in numbers on paper.
    pub(crate) index: u16,
    /// None if the key that sealed it is lost: then there are codes and no numbers.
    pub(crate) secret: Option<[u8; 32]>,
    pub(crate) bus: String,
    pub(crate) closed: bool,
}

/// How opening a shift stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Asked {
    /// The operator was asked, for a shift that begins on this bus.
    Waiting { bus: String },
    /// It refused.
    Refused { refusal: Refusal },
}

pub(crate) fn asked(records: &Records<'_>) -> Result<Option<Asked>, StoreError> {
    records.setting(ASKED)
}

pub(crate) fn set_asked(records: &Records<'_>, asked: Option<&Asked>) -> Result<(), StoreError> {
    match asked {
        Some(asked) => records.set(ASKED, asked),
        None => records.unset(ASKED),
    }
}

fn place(till: TillId) -> String {
    till.0.to_string()
}

pub(crate) fn put_shift(records: &Records<'_>, row: &ShiftRow, nonce: [u8; 24]) -> Result<(), StoreError> {
    let secret = row.secret.unwrap_or_default();
    let sealed = records.seal().seal("till_shift", &place(row.till), &secret, nonce);
    records.run(
        "INSERT OR IGNORE INTO till_shift (till, licence, number, secret, bus) VALUES (?1, ?2, ?3, ?4, ?5)",
        (row.till.0, row.licence.to_bytes(), row.index, sealed, &row.bus),
    )?;
    Ok(())
}

/// The last shift that was opened, closed or not.
pub(crate) fn last_shift(records: &Records<'_>) -> Result<Option<ShiftRow>, StoreError> {
    let sql = "SELECT till, licence, number, secret, bus, closed FROM till_shift ORDER BY till DESC LIMIT 1";
    let row = records.row(sql, [], |row| shift(records, row)).optional()?;
    Ok(row.flatten())
}

pub(crate) fn shift_of(records: &Records<'_>, till: TillId) -> Result<Option<ShiftRow>, StoreError> {
    let sql = "SELECT till, licence, number, secret, bus, closed FROM till_shift WHERE till = ?1";
    let row = records.row(sql, [till.0], |row| shift(records, row)).optional()?;
    Ok(row.flatten())
}

/// None for a row that was damaged: another shift can be opened.
fn shift(records: &Records<'_>, row: &Row<'_>) -> rusqlite::Result<Option<ShiftRow>> {
    let (till, licence, secret): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let index = u16::try_from(row.get::<_, i64>(2)?);
    let (Ok(till), Ok(licence), Ok(index)) =
        (u32::try_from(till), SignedLicence::from_bytes(&licence), index)
    else {
        return Ok(None);
    };
    let till = TillId(till);
    let secret = records.seal().open("till_shift", &place(till), &secret);
    Ok(Some(ShiftRow {
        till,
        licence,
        index,
        secret: secret.and_then(|bytes| bytes.try_into().ok()),
        bus: row.get(4)?,
        closed: row.get(5)?,
    }))
}

pub(crate) fn close_shift(records: &Records<'_>, till: TillId) -> Result<(), StoreError> {
    records.run("UPDATE till_shift SET closed = 1 WHERE till = ?1", [till.0])?;
    Ok(())
}

/// A sale with the bytes that were signed.
#[derive(Clone, Debug)]
pub(crate) struct SaleRow {
    pub(crate) ride: SoldRide,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn add_sale(records: &Records<'_>, till: TillId, row: &SaleRow) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO cash_sale (till, serial, sale, signature, prices, state)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting')",
        (till.0, row.ride.sale.serial, &row.bytes, &row.signature, serde_json::to_string(&row.ride.prices)?),
    )?;
    Ok(())
}

/// The sales of a shift, in order. One that was damaged is left out; the operator may have it.
pub(crate) fn sales(records: &Records<'_>, till: TillId) -> Result<Vec<SaleRow>, StoreError> {
    let sql = "SELECT sale, signature, prices, state, refusal FROM cash_sale WHERE till = ?1 ORDER BY serial";
    let mut statement = records.sql().prepare_cached(sql)?;
    let mut rows = statement.query([till.0])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        match sale(row)? {
            Some(sale) => sales.push(sale),
            None => eprintln!("jol: a sale of till {} is damaged", till.0),
        }
    }
    Ok(sales)
}

/// The last sale of a shift.
pub(crate) fn last_sale(records: &Records<'_>, till: TillId) -> Result<Option<CashSale>, StoreError> {
    let sql = "SELECT sale FROM cash_sale WHERE till = ?1 ORDER BY serial DESC LIMIT 1";
    let bytes: Option<Vec<u8>> = records.row(sql, [till.0], |row| row.get(0)).optional()?;
    Ok(bytes.and_then(|bytes| CashSale::from_bytes(&bytes).ok()))
}

/// The sale with this number.
pub(crate) fn sale_at(
    records: &Records<'_>,
    till: TillId,
    serial: u16,
) -> Result<Option<SaleRow>, StoreError> {
    let sql = "SELECT sale, signature, prices, state, refusal FROM cash_sale WHERE till = ?1 AND serial = ?2";
    Ok(records.row(sql, (till.0, serial), sale).optional()?.flatten())
}

fn sale(row: &Row<'_>) -> rusqlite::Result<Option<SaleRow>> {
    let (bytes, signature, prices): (Vec<u8>, Vec<u8>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (state, refusal): (String, Option<String>) = (row.get(3)?, row.get(4)?);
    let Ok(sale) = CashSale::from_bytes(&bytes) else { return Ok(None) };
    let refusal = refusal.and_then(|refusal| serde_json::from_str::<Refusal>(&refusal).ok());
    let state = match state.as_str() {
        "taken" => SaleState::Taken,
        "refused" => SaleState::Refused {
            refusal: refusal.unwrap_or_else(|| Refusal::Other { code: "unknown".to_owned() }),
        },
        _ => SaleState::Waiting,
    };
    let prices = serde_json::from_str(&prices).unwrap_or_default();
    Ok(Some(SaleRow { ride: SoldRide { sale, prices, state }, bytes, signature }))
}

/// The operator has every sale up to this passenger.
pub(crate) fn taken(records: &Records<'_>, till: TillId, through: u16) -> Result<(), StoreError> {
    let sql = "UPDATE cash_sale SET state = 'taken', refusal = NULL WHERE till = ?1 AND serial <= ?2";
    records.run(sql, (till.0, through))?;
    Ok(())
}

/// The operator does not take this sale.
pub(crate) fn refused(
    records: &Records<'_>,
    till: TillId,
    serial: u16,
    refusal: &Refusal,
) -> Result<(), StoreError> {
    records.run(
        "UPDATE cash_sale SET state = 'refused', refusal = ?3
         WHERE till = ?1 AND serial = ?2 AND state <> 'taken'",
        (till.0, serial, serde_json::to_string(refusal)?),
    )?;
    Ok(())
}

/// What the conductor took in this shift, up to this passenger; none if no sale ends there.
pub(crate) fn cash_through(
    records: &Records<'_>,
    till: TillId,
    through: u16,
) -> Result<Option<Money>, StoreError> {
    let mut cash = Some(Money::ZERO).filter(|_| through == 0);
    let mut sum = Money::ZERO;
    for row in sales(records, till)? {
        sum = sum.plus(row.ride.sale.fare).unwrap_or(sum);
        if row.ride.sale.last() == Some(through) {
            cash = Some(sum);
        }
    }
    Ok(cash)
}

/// Tills that have sales which the operator has not taken.
pub(crate) fn unsettled(records: &Records<'_>) -> Result<Vec<TillId>, StoreError> {
    let sql = "SELECT DISTINCT till FROM cash_sale WHERE state <> 'taken' ORDER BY till";
    let mut statement = records.sql().prepare_cached(sql)?;
    let tills = statement.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(tills.into_iter().filter_map(|till| u32::try_from(till).ok().map(TillId)).collect())
}
