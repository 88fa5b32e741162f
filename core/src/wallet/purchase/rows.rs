//! Purchases in the wallet's file.

use super::{Purchase, PurchaseStanding, Settled};
use crate::money::Money;
use crate::pay::rows::RequestAndReceipt;
use crate::store::{Records, StoreError};
use rusqlite::{OptionalExtension, Row};

/// Keeps a wish, with the very bytes that are sent.
pub(crate) fn add(records: &Records<'_>, purchase: &Purchase, request: &[u8]) -> Result<(), StoreError> {
    records.sql().execute(
        "INSERT INTO purchase (key, city, item, price, source, request, state, asked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'asked', ?7)",
        (
            &purchase.key,
            &purchase.city,
            serde_json::to_string(&purchase.item)?,
            purchase.price.tiyn,
            serde_json::to_string(&purchase.source)?,
            request,
            purchase.asked_ms,
        ),
    )?;
    Ok(())
}

/// The answer is known.
pub(crate) fn set(
    records: &Records<'_>,
    key: &str,
    standing: &PurchaseStanding,
    receipt: Option<&[u8]>,
) -> Result<(), StoreError> {
    let (state, what) = match standing {
        PurchaseStanding::Asked => ("asked", None),
        PurchaseStanding::Bought { what } => ("bought", Some(what)),
        PurchaseStanding::Declined { .. } => ("declined", None),
        PurchaseStanding::NotTaken { .. } => ("not_taken", None),
    };
    records.sql().execute(
        "UPDATE purchase SET state = ?2, why = ?3, what = ?4, receipt = ?5 WHERE key = ?1",
        (key, state, serde_json::to_string(standing)?, what, receipt),
    )?;
    Ok(())
}

/// The same, as it was settled.
pub(crate) fn settle(records: &Records<'_>, key: &str, settled: &Settled) -> Result<(), StoreError> {
    set(records, key, &settled.standing, Some(&settled.receipt))
}

const COLUMNS: &str = "key, city, item, price, source, why, asked_ms";

/// One purchase.
pub(crate) fn purchase(records: &Records<'_>, key: &str) -> Result<Option<Purchase>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM purchase WHERE key = ?1");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(read).transpose()
}

/// All, newest first.
pub(crate) fn purchases(records: &Records<'_>) -> Result<Vec<Purchase>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM purchase ORDER BY asked_ms DESC, rowid DESC");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(purchase) => all.push(purchase),
            Err(error) => eprintln!("jol: a purchase cannot be read: {error}"),
        }
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> Result<Purchase, StoreError> {
    let standing: Option<String> = row.get(5)?;
    Ok(Purchase {
        key: row.get(0)?,
        city: row.get(1)?,
        item: serde_json::from_str(&row.get::<_, String>(2)?)?,
        price: Money::tiyn(row.get(3)?),
        source: serde_json::from_str(&row.get::<_, String>(4)?)?,
        standing: match standing {
            Some(standing) => serde_json::from_str(&standing)?,
            None => PurchaseStanding::Asked,
        },
        asked_ms: row.get(6)?,
    })
}

/// The very bytes that were sent, and the signed answer once there is one.
pub(crate) fn request_and_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<RequestAndReceipt>, StoreError> {
    let sql = "SELECT request, receipt FROM purchase WHERE key = ?1";
    Ok(records.sql().query_row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}
