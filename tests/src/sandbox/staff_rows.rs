//! The operator's rows of what inspectors take along and report.

use super::books::{json, text};
use super::ledger::Books;
use super::ride_rows::{PaymentRow, payment};
use jol_core::operator::wire::{Base64, InspectionEntry, Medium, ReportedTap, RideAnswer, TapOutcome};
use rusqlite::{Result, Row, params};

/// What a phone showed to an inspector of a payment that had no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentRow {
    /// The hash of the payment's key.
    pub payment: Vec<u8>,
    /// The phone's key that signed it.
    pub phone: Vec<u8>,
    /// Whose phone it is, if anybody enrolled it.
    pub account: Option<String>,
    /// The text of the code.
    pub shown: String,
    /// When an inspector saw it first, ms since 1970.
    pub seen_ms: i64,
    /// What came of it (`rules::intents`).
    pub became: String,
}

impl Books<'_> {
    /// An inspector saw this.
    pub fn put_inspection(&self, entry: &InspectionEntry) -> Result<()> {
        self.run(
            "INSERT INTO inspection (ticket, intent, challenge, counter, verdict, vehicle, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                entry.ticket,
                entry.intent,
                entry.challenge.as_ref().map(|challenge| &challenge.0),
                entry.counter,
                entry.verdict,
                entry.vehicle,
                entry.at_ms
            ],
        )
    }

    /// Everything that inspectors saw, in the order in which they told it.
    pub fn inspections(&self) -> Result<Vec<InspectionEntry>> {
        let sql = "SELECT ticket, intent, challenge, counter, verdict, vehicle, at_ms FROM inspection
                   ORDER BY inspection";
        self.all(sql, [], |row| {
            Ok(InspectionEntry {
                ticket: row.get(0)?,
                intent: row.get(1)?,
                challenge: row.get::<_, Option<Vec<u8>>>(2)?.map(Base64),
                counter: row.get(3)?,
                verdict: row.get(4)?,
                vehicle: row.get(5)?,
                at_ms: row.get(6)?,
            })
        })
    }

    /// What became of a tap that a terminal reported: what it was, when, and the outcome.
    pub fn reported_tap(&self, vehicle: &str, tap: &str) -> Result<Option<(Medium, i64, TapOutcome)>> {
        let sql = "SELECT medium, at_ms, outcome FROM tap WHERE vehicle = ?1 AND tap = ?2";
        self.one(sql, [vehicle, tap], |row| Ok((json(row, 0)?, row.get(1)?, json(row, 2)?)))
    }

    /// Keeps it.
    pub fn put_reported_tap(&self, vehicle: &str, tap: &ReportedTap, outcome: &TapOutcome) -> Result<()> {
        self.run(
            "INSERT INTO tap VALUES (?1, ?2, ?3, ?4, ?5)",
            params![vehicle, tap.tap, text(&tap.medium)?, tap.at_ms, text(outcome)?],
        )
    }

    // The register.

    /// The rides that were paid in a bus since then.
    pub fn rides_in(&self, vehicle: &str, since_ms: i64) -> Result<Vec<RideAnswer>> {
        let sql = "SELECT answer FROM ride WHERE vehicle = ?1 AND paid_ms >= ?2";
        self.all(sql, params![vehicle, since_ms], |row| json(row, 0))
    }

    /// The rides that were paid since then in other buses, on runs that broke down.
    pub fn broken_rides(&self, but: &str, since_ms: i64) -> Result<Vec<RideAnswer>> {
        let sql = "SELECT answer FROM ride JOIN closed_run USING (vehicle, run)
                   WHERE broken_down AND vehicle <> ?1 AND paid_ms >= ?2";
        self.all(sql, params![but, since_ms], |row| json(row, 0))
    }

    /// What a ride is found by, beside the card that paid it: kind and number.
    pub fn ride_numbers(&self, ride: &str) -> Result<Vec<(String, String)>> {
        let sql = "SELECT kind, number FROM ride_number WHERE ride = ?1";
        self.all(sql, [ride], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A ride is found by this.
    pub fn put_ride_number(&self, ride: &str, kind: &str, number: &str) -> Result<()> {
        self.run("INSERT OR IGNORE INTO ride_number VALUES (?1, ?2, ?3)", [ride, kind, number])
    }

    /// Whether a ride in this bus is found by this.
    pub fn is_ride_number(&self, vehicle: &str, number: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM ride_number JOIN ride USING (ride) WHERE vehicle = ?1 AND number = ?2";
        Ok(self.one(sql, [vehicle, number], |_| Ok(()))?.is_some())
    }

    /// The ride in this bus that is found by a number of this kind.
    pub fn ride_of_number(&self, vehicle: &str, kind: &str, number: &str) -> Result<Option<RideAnswer>> {
        let sql = "SELECT answer FROM ride_number JOIN ride USING (ride)
                   WHERE vehicle = ?1 AND kind = ?2 AND number = ?3";
        self.one(sql, [vehicle, kind, number], |row| json(row, 0))
    }

    /// What was answered to a message, by the way that it came, its sender and its carrier's id.
    pub fn answer_to_message(&self, way: &str, sender: &str, id: &str) -> Result<Option<String>> {
        let sql = "SELECT text FROM answered_message WHERE way = ?1 AND sender = ?2 AND id = ?3";
        self.one(sql, [way, sender, id], |row| row.get(0))
    }

    /// Keeps what was answered to a message.
    pub fn put_answer_to_message(
        &self,
        way: &str,
        sender: &str,
        id: &str,
        text: &str,
        at_ms: i64,
    ) -> Result<()> {
        self.run(
            "INSERT INTO answered_message VALUES (?1, ?2, ?3, ?4, ?5)",
            params![way, sender, id, text, at_ms],
        )
    }

    /// The number of a card.
    pub fn card_number(&self, card: &str) -> Result<Option<String>> {
        self.one("SELECT number FROM card WHERE card = ?1", [card], |row| row.get(0))
    }

    /// Nobody has heard of a bus's terminal since then; none: it is heard.
    pub fn silence(&self, vehicle: &str, since_ms: Option<i64>) -> Result<()> {
        match since_ms {
            Some(since_ms) => {
                self.run("INSERT OR REPLACE INTO silent_terminal VALUES (?1, ?2)", params![vehicle, since_ms])
            }
            None => self.run("DELETE FROM silent_terminal WHERE vehicle = ?1", [vehicle]),
        }
    }

    /// Since when nobody has heard of a bus's terminal.
    pub fn silent_since(&self, vehicle: &str) -> Result<Option<i64>> {
        self.one("SELECT since_ms FROM silent_terminal WHERE vehicle = ?1", [vehicle], |row| row.get(0))
    }

    // Intents.

    /// The accounts that enrolled a phone with this key.
    pub fn accounts_of_phone(&self, public_key: &[u8]) -> Result<Vec<String>> {
        let sql = "SELECT account FROM device WHERE public_key = ?1 ORDER BY device";
        self.all(sql, [public_key], |row| row.get(0))
    }

    /// Everything that an account asked to pay.
    pub fn payments_of(&self, payer: &str) -> Result<Vec<PaymentRow>> {
        self.all("SELECT * FROM payment WHERE payer = ?1", [payer], payment)
    }

    /// Keeps what became of an intent; its first sight stays.
    pub fn put_intent(&self, row: &IntentRow) -> Result<()> {
        self.run(
            "INSERT INTO intent VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (payment, phone) DO UPDATE SET became = excluded.became",
            params![row.payment, row.phone, row.account, row.shown, row.seen_ms, row.became],
        )
    }

    /// Whether this one was seen before.
    pub fn knows_intent(&self, payment: &[u8], phone: &[u8]) -> Result<bool> {
        let sql = "SELECT 1 FROM intent WHERE payment = ?1 AND phone = ?2";
        Ok(self.one(sql, [payment, phone], |_| Ok(()))?.is_some())
    }

    /// All intents that inspectors saw, as they saw them.
    pub fn intents(&self) -> Result<Vec<IntentRow>> {
        self.all("SELECT * FROM intent ORDER BY seen_ms, payment", [], intent)
    }
}

fn intent(row: &Row<'_>) -> Result<IntentRow> {
    Ok(IntentRow {
        payment: row.get(0)?,
        phone: row.get(1)?,
        account: row.get(2)?,
        shown: row.get(3)?,
        seen_ms: row.get(4)?,
        became: row.get(5)?,
    })
}
