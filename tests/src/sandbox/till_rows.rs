//! The operator's rows of tills and of what they sold.

use super::ledger::Books;
use jol_core::money::Money;
use jol_core::ticket::till::{CashSale, TillId};
use rusqlite::{Result, Row, params};
use std::collections::BTreeMap;

/// A till: one shift of one conductor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillRow {
    /// Its number, which its licence names.
    pub till: TillId,
    /// The conductor's account.
    pub account: String,
    /// In which city.
    pub city: String,
    /// The licence, signed.
    pub licence: Vec<u8>,
    /// The secret of its numbers on paper.
    pub secret: Vec<u8>,
    /// When its shift begins, ms since 1970.
    pub from_ms: i64,
    /// When it ends.
    pub until_ms: i64,
}

/// What is kept of a sale.
#[derive(Clone, Debug)]
pub struct CashRow<'a> {
    /// The sale.
    pub sale: &'a CashSale,
    /// Its bytes, as they were signed.
    pub bytes: &'a [u8],
    /// The phone's signature.
    pub signature: &'a [u8],
    /// What the rules would have asked.
    pub expected: Option<Money>,
    /// Whether it was sold within the shift.
    pub in_shift: bool,
    /// The run of the bus then, if it was on one.
    pub run: Option<&'a str>,
    /// Until when the ride is valid, ms since 1970.
    pub ends_ms: i64,
}

impl Books<'_> {
    /// The number that the next till gets.
    pub fn next_till(&self) -> Result<TillId> {
        let next: Option<u32> =
            self.one("SELECT coalesce(max(till), 0) + 1 FROM till", [], |row| row.get(0))?;
        Ok(TillId(next.unwrap_or(1)))
    }

    /// Keeps a new till.
    pub fn put_till(&self, row: &TillRow, vehicle: &str) -> Result<()> {
        self.run(
            "INSERT INTO till VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                row.till.0,
                row.account,
                row.city,
                vehicle,
                row.licence,
                row.secret,
                row.from_ms,
                row.until_ms
            ],
        )
    }

    /// A till by its number.
    pub fn till(&self, till: TillId) -> Result<Option<TillRow>> {
        self.one("SELECT * FROM till WHERE till = ?1", [till.0], till_row)
    }

    /// The tills whose shift has begun and was not over at that moment.
    pub fn tills_since(&self, moment_ms: i64, now_ms: i64) -> Result<Vec<TillRow>> {
        let sql = "SELECT * FROM till WHERE until_ms >= ?1 AND from_ms <= ?2 ORDER BY till";
        self.all(sql, [moment_ms, now_ms], till_row)
    }

    /// The sales of a till as they were signed, by the number of their first passenger.
    pub fn cash_sales(&self, till: TillId) -> Result<BTreeMap<u16, Vec<u8>>> {
        let sql = "SELECT serial, sale FROM cash_sale WHERE till = ?1";
        Ok(self.all(sql, [till.0], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
    }

    /// What was sold for cash in a city in a span of time: a name for each ticket, when, and the signed sale.
    pub fn sales_between(
        &self,
        city: &str,
        from_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<(String, i64, Vec<u8>)>> {
        let sql =
            "SELECT 'cash:' || till || '-' || serial, sold_ms, sale FROM cash_sale JOIN till USING (till)
                   WHERE city = ?1 AND sold_ms >= ?2 AND sold_ms < ?3";
        let of = params![city, from_ms, until_ms];
        self.all(sql, of, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// What the sales of a till add up to.
    pub fn cash_of(&self, till: TillId) -> Result<Money> {
        let sql = "SELECT coalesce(sum(fare), 0) FROM cash_sale WHERE till = ?1";
        Ok(Money::tiyn(self.one(sql, [till.0], |row| row.get(0))?.unwrap_or(0)))
    }

    /// Keeps a sale.
    pub fn put_cash_sale(&self, till: TillId, row: &CashRow<'_>) -> Result<()> {
        let sale = row.sale;
        self.run(
            "INSERT INTO cash_sale VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                till.0,
                sale.serial,
                row.bytes,
                row.signature,
                sale.vehicle,
                sale.fare.tiyn,
                row.expected.map(|sum| sum.tiyn),
                row.in_shift,
                sale.sold_s * 1_000,
                row.run,
                row.ends_ms
            ],
        )
    }
}

fn till_row(row: &Row<'_>) -> Result<TillRow> {
    Ok(TillRow {
        till: TillId(row.get(0)?),
        account: row.get(1)?,
        city: row.get(2)?,
        licence: row.get(4)?,
        secret: row.get(5)?,
        from_ms: row.get(6)?,
        until_ms: row.get(7)?,
    })
}
