//! The operator's rows of vouchers.

use super::books::{json, text};
use super::ledger::Books;
use super::rules::vouchers::HeldVoucher;
use jol_core::operator::wire::{VoucherAnswer, VoucherRequest};
use rusqlite::{Result, Row, params};

/// A reservation, from its arrival on, and what became of its rides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherRow {
    /// Whose.
    pub payer: String,
    /// The reservation's idempotency key.
    pub key: String,
    /// What was asked.
    pub request: VoucherRequest,
    /// SHA-256 of the body as it came.
    pub request_hash: Vec<u8>,
    /// The phone that it is bound to.
    pub device: String,
    /// When its carrier is asked again, while it is pending.
    pub due_ms: Option<i64>,
    /// The answer.
    pub answer: VoucherAnswer,
    /// The voucher, once it is paid.
    pub issued: Option<IssuedVoucher>,
    /// When it was asked for, ms since 1970.
    pub at_ms: i64,
}

/// A voucher that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedVoucher {
    /// Its id, hexadecimal.
    pub voucher: String,
    /// Its index in the status list.
    pub ticket_index: u32,
    /// The signed bytes.
    pub signed: Vec<u8>,
    /// What became of its rides.
    pub held: HeldVoucher,
}

impl Books<'_> {
    /// A reservation by its key.
    pub fn reservation(&self, payer: &str, key: &str) -> Result<Option<VoucherRow>> {
        self.one("SELECT * FROM voucher WHERE payer = ?1 AND key = ?2", [payer, key], row_of)
    }

    /// A voucher by its id, whosever it is.
    pub fn voucher(&self, voucher: &str) -> Result<Option<VoucherRow>> {
        self.one("SELECT * FROM voucher WHERE voucher = ?1", [voucher], row_of)
    }

    /// The reservations of an account, newest first.
    pub fn vouchers(&self, payer: &str) -> Result<Vec<VoucherRow>> {
        self.all("SELECT * FROM voucher WHERE payer = ?1 ORDER BY at_ms DESC, key", [payer], row_of)
    }

    /// Reservations whose carrier has answered by now, the earliest first.
    pub fn reservations_due(&self, now_ms: i64) -> Result<Vec<VoucherRow>> {
        self.all("SELECT * FROM voucher WHERE due_ms <= ?1 ORDER BY due_ms, key", [now_ms], row_of)
    }

    /// Vouchers to whose rides something has happened by itself by now.
    pub fn vouchers_due(&self, now_ms: i64) -> Result<Vec<VoucherRow>> {
        self.all("SELECT * FROM voucher WHERE held_due_ms <= ?1 ORDER BY held_due_ms, key", [now_ms], row_of)
    }

    /// Keeps a reservation and its voucher as they stand.
    pub fn put_voucher(&self, row: &VoucherRow) -> Result<()> {
        let issued = row.issued.as_ref();
        self.run(
            "INSERT OR REPLACE INTO voucher VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                row.payer,
                row.key,
                text(&row.request)?,
                row.request_hash,
                row.device,
                row.due_ms,
                text(&row.answer)?,
                issued.map(|issued| &issued.voucher),
                issued.map(|issued| issued.ticket_index),
                issued.map(|issued| &issued.signed),
                issued.map(|issued| text(&issued.held)).transpose()?,
                issued.and_then(|issued| issued.held.due_ms()),
                row.at_ms,
            ],
        )
    }

    /// The indexes of vouchers that were given back, or whose accounts ride offline no more.
    pub fn vouchers_gone(&self) -> Result<Vec<u32>> {
        let sql = "SELECT ticket_index FROM voucher WHERE ticket_index IS NOT NULL
                   AND (held ->> 'given_back' IS NOT NULL OR payer IN (SELECT payer FROM offline_ended))";
        self.all(sql, [], |row| row.get(0))
    }

    /// The report and the ride of a use that the phone told of.
    pub fn voucher_use(&self, voucher: &str, counter: u8, vehicle: &str) -> Result<Option<(String, String)>> {
        let sql = "SELECT by_key, ride FROM voucher_use WHERE voucher = ?1 AND counter = ?2 AND vehicle = ?3";
        self.one(sql, params![voucher, counter, vehicle], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Keeps a use that the phone told of.
    pub fn put_voucher_use(
        &self,
        voucher: &str,
        counter: u8,
        vehicle: &str,
        by_key: &str,
        ride: &str,
    ) -> Result<()> {
        let sql = "INSERT INTO voucher_use VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![voucher, counter, vehicle, by_key, ride])
    }

    /// Offline rides end for an account.
    pub fn end_offline(&self, payer: &str, now_ms: i64) -> Result<()> {
        self.run("INSERT OR IGNORE INTO offline_ended VALUES (?1, ?2)", params![payer, now_ms])
    }

    /// Whether offline rides ended for an account.
    pub fn offline_ended(&self, payer: &str) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM offline_ended WHERE payer = ?1", [payer], |_| Ok(()))?.is_some())
    }
}

fn row_of(row: &Row<'_>) -> Result<VoucherRow> {
    let voucher: Option<String> = row.get(7)?;
    let issued = voucher.map(|voucher| {
        Ok::<_, rusqlite::Error>(IssuedVoucher {
            voucher,
            ticket_index: row.get(8)?,
            signed: row.get(9)?,
            held: json(row, 10)?,
        })
    });
    Ok(VoucherRow {
        payer: row.get(0)?,
        key: row.get(1)?,
        request: json(row, 2)?,
        request_hash: row.get(3)?,
        device: row.get(4)?,
        due_ms: row.get(5)?,
        answer: json(row, 6)?,
        issued: issued.transpose()?,
        at_ms: row.get(12)?,
    })
}
