//! Offline rides in the wallet's file.

use super::{HeldRides, HeldState, OfflineUse, UseState};
use crate::money::Money;
use crate::pay::DeclineReason;
use crate::store::{Records, StoreError};
use crate::ticket::{TicketId, Use};
use crate::wallet::ledger;
use rusqlite::{OptionalExtension, Row, params};

const HELD: &str = "SELECT key, city, source, passengers, fare, rides, tapped_ms, state, decline, again_ms,
                           service, returns_ms, returned, signed, own, told FROM voucher";
const USE: &str = "SELECT key, voucher, counter, painted, boarded_s, terminal, vehicle, line, life_s, state,
                          ride FROM voucher_use";

/// Keeps a reservation. It is written in the transaction that writes its outbox row.
pub(crate) fn add(records: &Records<'_>, held: &HeldRides, request: &[u8]) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO voucher (key, city, source, passengers, fare, rides, tapped_ms, request, state, own,
                              told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', 1, '[]')",
        params![
            held.key,
            held.city,
            serde_json::to_string(&held.source)?,
            serde_json::to_string(&held.passengers)?,
            held.fare.tiyn,
            held.rides,
            held.tapped_ms,
            request,
        ],
    )?;
    Ok(())
}

/// Keeps a voucher that the operator told of and this wallet does not know: to be given back, not used.
pub(crate) fn add_told(records: &Records<'_>, held: &HeldRides, id: TicketId) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO voucher (key, voucher, city, source, passengers, fare, rides, tapped_ms, request, state,
                              signed, own, told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, x'', 'reserved', ?9, 0, ?10)
         ON CONFLICT DO NOTHING",
        params![
            held.key,
            id.to_string(),
            held.city,
            serde_json::to_string(&held.source)?,
            serde_json::to_string(&held.passengers)?,
            held.fare.tiyn,
            held.rides,
            held.tapped_ms,
            held.signed,
            serde_json::to_string(&held.told)?,
        ],
    )?;
    Ok(())
}

/// What became of a reservation, with the signed answer as it came.
pub(crate) fn settle(
    records: &Records<'_>,
    key: &str,
    state: &HeldState,
    signed: Option<&(TicketId, Vec<u8>)>,
    receipt: &[u8],
) -> Result<(), StoreError> {
    let (id, bytes) = signed.map(|(id, bytes)| (id.to_string(), bytes)).unzip();
    records.run(
        "UPDATE voucher SET voucher = ?2, signed = ?3, receipt = ?4 WHERE key = ?1",
        (key, id, bytes, receipt),
    )?;
    set_state(records, key, state)
}

/// How far it is.
pub(crate) fn set_state(records: &Records<'_>, key: &str, state: &HeldState) -> Result<(), StoreError> {
    let (word, decline, again_ms, service) = match state {
        HeldState::Pending => ("pending", None, None, None),
        HeldState::Reserved => ("reserved", None, None, None),
        HeldState::GivingBack { .. } => ("giving_back", None, None, None),
        HeldState::Returned { .. } => ("returned", None, None, None),
        HeldState::Declined { reason, try_again_ms, service } => {
            ("declined", Some(reason.code()), *try_again_ms, service.as_ref())
        }
    };
    let (returns_ms, returned) = match state {
        HeldState::GivingBack { returns_ms } => (*returns_ms, None),
        HeldState::Returned { sum } => (None, Some(sum.tiyn)),
        _ => (None, None),
    };
    records.run(
        "UPDATE voucher SET state = ?2, decline = ?3, again_ms = ?4, service = ?5, returns_ms = ?6,
                returned = ?7 WHERE key = ?1",
        (key, word, decline, again_ms, service, returns_ms, returned),
    )?;
    Ok(())
}

/// What the operator told of its rides, and whether this wallet still knows all of them.
pub(crate) fn set_told(records: &Records<'_>, held: &HeldRides) -> Result<(), StoreError> {
    let told = serde_json::to_string(&held.told)?;
    records.run("UPDATE voucher SET told = ?2, own = ?3 WHERE key = ?1", (&held.key, told, held.own))?;
    Ok(())
}

/// Keeps the word that what is left is given back, with the key and the very bytes that are sent.
pub(crate) fn give_back(
    records: &Records<'_>,
    key: &str,
    unused_key: &str,
    request: &[u8],
) -> Result<(), StoreError> {
    let sql = "UPDATE voucher SET unused_key = ?2, unused = ?3 WHERE key = ?1";
    records.run(sql, (key, unused_key, request))?;
    set_state(records, key, &HeldState::GivingBack { returns_ms: None })
}

/// The signed answer to giving back, and when the money returned.
pub(crate) fn set_unused_receipt(
    records: &Records<'_>,
    key: &str,
    receipt: &[u8],
    returned_ms: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE voucher SET unused_receipt = ?2, returned_ms = ?3 WHERE key = ?1";
    records.run(sql, (key, receipt, returned_ms))?;
    Ok(())
}

/// The key and the bytes with which it was given back.
pub(crate) fn unused_request(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let sql = "SELECT unused_key, unused FROM voucher WHERE key = ?1 AND unused_key IS NOT NULL";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// All reservations, newest first.
pub(crate) fn all(records: &Records<'_>) -> Result<Vec<HeldRides>, StoreError> {
    let sql = format!("{HELD} ORDER BY tapped_ms DESC, rowid DESC");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        // One damaged row must not hide the others.
        match read_held(row) {
            Ok(held) => all.push(held),
            Err(error) => eprintln!("jol: a voucher cannot be read: {error}"),
        }
    }
    Ok(all)
}

/// A reservation by its own key, by its voucher's id, or by the key with which it was given back.
pub(crate) fn find(records: &Records<'_>, name: &str) -> Result<Option<HeldRides>, StoreError> {
    let sql = format!("{HELD} WHERE key = ?1 OR voucher = ?1 OR unused_key = ?1");
    records.sql().prepare_cached(&sql)?.query_row([name], |row| Ok(read_held(row))).optional()?.transpose()
}

/// Takes a counter. It is written in the transaction that writes its report into the outbox.
pub(crate) fn add_use(records: &Records<'_>, one: &OfflineUse, request: &[u8]) -> Result<(), StoreError> {
    records.run(
        "INSERT INTO voucher_use (key, voucher, counter, painted, boarded_s, terminal, vehicle, line, life_s,
                                  request, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open')",
        params![
            one.key,
            one.voucher,
            one.used.counter,
            one.used.vehicle,
            one.used.boarded_s,
            one.used.terminal.map(|word| word.to_vec()),
            one.vehicle,
            one.line,
            one.life_s,
            request,
        ],
    )?;
    Ok(())
}

/// What became of a use, with the signed answer as it came.
pub(crate) fn settle_use(
    records: &Records<'_>,
    key: &str,
    state: &UseState,
    receipt: &[u8],
) -> Result<(), StoreError> {
    let (word, ride) = match state {
        UseState::Open => ("open", None),
        UseState::Settled { ride } => ("settled", Some(ride)),
        UseState::PaidOtherwise { ride } => ("paid_otherwise", Some(ride)),
        UseState::Misused { ride } => ("misused", Some(ride)),
    };
    let sql = "UPDATE voucher_use SET state = ?2, ride = ?3, receipt = ?4 WHERE key = ?1";
    records.run(sql, (key, word, ride, receipt))?;
    Ok(())
}

/// What the wallet's ledger holds for the rides of a reservation, and in how many transactions: its own, its
/// uses', the giving back's, and those whose keys begin so.
pub(crate) fn held_money(records: &Records<'_>, key: &str, prefix: &str) -> Result<(Money, u32), StoreError> {
    let sql = "SELECT coalesce(sum(p.tiyn), 0), count(*) FROM posting p, voucher v
               WHERE v.key = ?1 AND p.account = ?2 AND (p.transaction_key IN (v.key, v.unused_key)
                   OR p.transaction_key IN (SELECT u.key FROM voucher_use u WHERE u.voucher = v.voucher)
                   OR substr(p.transaction_key, 1, length(?3)) = ?3)";
    let read = |row: &Row<'_>| Ok((Money::tiyn(row.get(0)?), row.get(1)?));
    Ok(records.row(sql, (key, ledger::VOUCHERS, prefix), read)?)
}

/// Whether this key is the report of a voucher's use.
pub(crate) fn is_use(records: &Records<'_>, key: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM voucher_use WHERE key = ?1";
    Ok(records.sql().prepare_cached(sql)?.exists([key])?)
}

/// All uses, newest first.
pub(crate) fn uses(records: &Records<'_>) -> Result<Vec<OfflineUse>, StoreError> {
    let sql = format!("{USE} ORDER BY boarded_s DESC, counter DESC");
    let mut statement = records.sql().prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut uses = Vec::new();
    while let Some(row) = rows.next()? {
        uses.push(read_use(row)?);
    }
    Ok(uses)
}

/// The bytes that were sent under this key, and the signed answer to them, if it is a reservation's, a
/// use's or a giving back's.
pub(crate) fn request_and_receipt(
    records: &Records<'_>,
    key: &str,
) -> Result<Option<crate::pay::rows::RequestAndReceipt>, StoreError> {
    let sql = "SELECT request, receipt FROM voucher WHERE key = ?1
               UNION ALL SELECT request, receipt FROM voucher_use WHERE key = ?1
               UNION ALL SELECT unused, unused_receipt FROM voucher WHERE unused_key = ?1";
    Ok(records.row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

fn read_held(row: &Row<'_>) -> Result<HeldRides, StoreError> {
    let (word, sum): (String, Option<i64>) = (row.get(7)?, row.get(12)?);
    let state = match word.as_str() {
        "pending" => HeldState::Pending,
        "reserved" => HeldState::Reserved,
        "giving_back" => HeldState::GivingBack { returns_ms: row.get(11)? },
        "returned" => HeldState::Returned { sum: Money::tiyn(sum.unwrap_or(0)) },
        "declined" => {
            let code: String = row.get::<_, Option<String>>(8)?.unwrap_or_default();
            let reason = DeclineReason::from_code(&code).unwrap_or(DeclineReason::TryLater);
            HeldState::Declined { reason, try_again_ms: row.get(9)?, service: row.get(10)? }
        }
        other => return Err(StoreError::Internal(format!("voucher state {other}"))),
    };
    Ok(HeldRides {
        key: row.get(0)?,
        city: row.get(1)?,
        source: serde_json::from_str(&row.get::<_, String>(2)?)?,
        passengers: serde_json::from_str(&row.get::<_, String>(3)?)?,
        fare: Money::tiyn(row.get(4)?),
        rides: row.get(5)?,
        tapped_ms: row.get(6)?,
        state,
        signed: row.get(13)?,
        own: row.get(14)?,
        told: serde_json::from_str(&row.get::<_, String>(15)?)?,
    })
}

fn read_use(row: &Row<'_>) -> Result<OfflineUse, StoreError> {
    let (word, ride): (String, String) = (row.get(9)?, row.get::<_, Option<String>>(10)?.unwrap_or_default());
    let terminal: Option<Vec<u8>> = row.get(5)?;
    Ok(OfflineUse {
        key: row.get(0)?,
        voucher: row.get(1)?,
        used: Use {
            counter: row.get(2)?,
            vehicle: row.get(3)?,
            boarded_s: row.get(4)?,
            terminal: terminal.and_then(|word| word.try_into().ok()),
        },
        vehicle: row.get(6)?,
        line: row.get(7)?,
        life_s: row.get(8)?,
        state: match word.as_str() {
            "settled" => UseState::Settled { ride },
            "paid_otherwise" => UseState::PaidOtherwise { ride },
            "misused" => UseState::Misused { ride },
            _ => UseState::Open,
        },
    })
}
