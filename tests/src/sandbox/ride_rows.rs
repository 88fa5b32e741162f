//! The operator's rows of payments, rides and runs.

use super::books::{json, text};
use super::ledger::Books;
use super::rules::rides::HeldRide;
use jol_core::money::Money;
use jol_core::operator::wire::{PaymentAnswer, PaymentRequest, RideAnswer, RideState};
use rusqlite::{Result, Row, params};

/// A payment, from its arrival to its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Whose.
    pub payer: String,
    /// Its idempotency key.
    pub key: String,
    /// What was asked.
    pub request: PaymentRequest,
    /// SHA-256 of the body as it came.
    pub request_hash: Vec<u8>,
    /// The phone's key that its ticket is bound to.
    pub device: Option<String>,
    /// The run on which it was accepted.
    pub run: Option<String>,
    /// What is charged.
    pub fare: Money,
    /// When its carrier is asked again, while it is pending.
    pub due_ms: Option<i64>,
    /// The payment whose answer it shares.
    pub follows: Option<String>,
    /// The answer.
    pub answer: PaymentAnswer,
}

impl Books<'_> {
    /// A payment by its key.
    pub fn payment(&self, payer: &str, key: &str) -> Result<Option<PaymentRow>> {
        let sql = "SELECT * FROM payment WHERE payer = ?1 AND key = ?2";
        self.one(sql, [payer, key], payment)
    }

    /// The payment that is pending for this payer in this bus and follows no other.
    pub fn pending_in(&self, payer: &str, vehicle: &str) -> Result<Option<String>> {
        let sql = "SELECT key FROM payment WHERE payer = ?1 AND vehicle = ?2 AND due_ms IS NOT NULL LIMIT 1";
        self.one(sql, [payer, vehicle], |row| row.get(0))
    }

    /// Every payment of this payer that has no answer yet.
    pub fn pending(&self, payer: &str) -> Result<Vec<String>> {
        let sql = "SELECT key FROM payment
                   WHERE payer = ?1 AND (due_ms IS NOT NULL OR follows IS NOT NULL) ORDER BY key";
        self.all(sql, [payer], |row| row.get(0))
    }

    /// Payments whose carrier has answered by now, the earliest first.
    pub fn due(&self, now_ms: i64) -> Result<Vec<PaymentRow>> {
        self.all("SELECT * FROM payment WHERE due_ms <= ?1 ORDER BY due_ms, key", [now_ms], payment)
    }

    /// Payments that share this one's answer.
    pub fn followers(&self, payer: &str, key: &str) -> Result<Vec<PaymentRow>> {
        self.all("SELECT * FROM payment WHERE payer = ?1 AND follows = ?2", [payer, key], payment)
    }

    /// Keeps a payment as it stands.
    pub fn put_payment(&self, row: &PaymentRow) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO payment VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                row.payer,
                row.key,
                row.request.vehicle,
                text(&row.request)?,
                row.request_hash,
                row.device,
                row.run,
                row.fare.tiyn,
                row.due_ms,
                row.follows,
                text(&row.answer)?
            ],
        )
    }

    /// A ride by its id.
    pub fn ride(&self, ride: &str) -> Result<Option<RideAnswer>> {
        self.one("SELECT answer FROM ride WHERE ride = ?1", [ride], |row| json(row, 0))
    }

    /// The rides of a payer, newest first.
    pub fn rides(&self, payer: &str) -> Result<Vec<RideAnswer>> {
        let sql = "SELECT answer FROM ride WHERE payer = ?1 ORDER BY paid_ms DESC, ticket_index DESC";
        self.all(sql, [payer], |row| json(row, 0))
    }

    /// Everybody's rides of a span of time, with their payers.
    pub fn rides_between(&self, from_ms: i64, until_ms: i64) -> Result<Vec<(String, RideAnswer)>> {
        let sql = "SELECT payer, answer FROM ride WHERE paid_ms >= ?1 AND paid_ms < ?2 ORDER BY ride";
        self.all(sql, [from_ms, until_ms], |row| Ok((row.get(0)?, json(row, 1)?)))
    }

    /// The index that the next ticket or voucher gets in the status list.
    pub fn next_ticket_index(&self) -> Result<u32> {
        let sql = "SELECT max(coalesce((SELECT max(ticket_index) FROM ticket), -1),
                              coalesce((SELECT max(ticket_index) FROM voucher), -1)) + 1";
        self.one(sql, [], |row| row.get(0)).map(|index| index.unwrap_or(0))
    }

    /// Keeps a new ride.
    pub fn put_ride(&self, payer: &str, ride: &RideAnswer, run: &str, ticket_index: u32) -> Result<()> {
        self.run(
            "INSERT INTO ride VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![ride.ride, payer, ride.vehicle.vehicle, run, ticket_index, ride.paid_ms, text(ride)?],
        )?;
        self.put_ticket(ticket_index, &ride.ride, "held", ride.paid_ms)
    }

    /// A ride of this payer, by its id.
    pub fn ride_of(&self, payer: &str, ride: &str) -> Result<Option<RideAnswer>> {
        let sql = "SELECT answer FROM ride WHERE payer = ?1 AND ride = ?2";
        self.one(sql, [payer, ride], |row| json(row, 0))
    }

    /// What became of a ride.
    pub fn change_ride(&self, ride: &RideAnswer) -> Result<()> {
        self.run("UPDATE ride SET answer = ?2 WHERE ride = ?1", params![ride.ride, text(ride)?])
    }

    /// A ticket was issued for a ride: `held` by who paid, or `sent` to another phone.
    pub fn put_ticket(&self, index: u32, ride: &str, standing: &str, at_ms: i64) -> Result<()> {
        self.run("INSERT INTO ticket VALUES (?1, ?2, ?3, ?4)", params![index, ride, standing, at_ms])
    }

    /// The ticket that who paid holds is replaced by those that are issued now.
    pub fn replace_held(&self, ride: &str) -> Result<()> {
        let sql = "UPDATE ticket SET standing = 'replaced' WHERE ride = ?1 AND standing = 'held'";
        self.run(sql, [ride])
    }

    /// Whether an inspector has seen a ticket of this ride. The first half of a ticket's id is its index.
    pub fn is_inspected(&self, ride: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM ticket JOIN inspection ON substr(inspection.ticket, 1, 8)
                       = printf('%08x', ticket_index) AND counter IS NULL
                   WHERE ticket.ride = ?1 LIMIT 1";
        Ok(self.one(sql, [ride], |_| Ok(()))?.is_some())
    }

    /// Whether a ticket of this ride was sent to somebody else's phone.
    pub fn is_shared(&self, ride: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM ticket WHERE ride = ?1 AND standing = 'sent' LIMIT 1";
        Ok(self.one(sql, [ride], |_| Ok(()))?.is_some())
    }

    /// The ride of a ticket, by the ticket's id, and who paid it.
    pub fn ride_of_ticket(&self, ticket: &str) -> Result<Option<(String, RideAnswer)>> {
        let index = ticket.get(..8).and_then(|index| u32::from_str_radix(index, 16).ok());
        let sql = "SELECT payer, answer FROM ride JOIN ticket USING (ride) WHERE ticket.ticket_index = ?1";
        self.one(sql, [index], |row| Ok((row.get(0)?, json(row, 1)?)))
    }

    /// This account gives no ride back by itself any more.
    pub fn end_refunds(&self, payer: &str, now_ms: i64) -> Result<()> {
        self.run("INSERT OR IGNORE INTO refunds_ended VALUES (?1, ?2)", params![payer, now_ms])
    }

    /// Whether that is so.
    pub fn refunds_ended(&self, payer: &str) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM refunds_ended WHERE payer = ?1", [payer], |_| Ok(()))?.is_some())
    }

    /// When a ride's ticket last took the place of another one.
    pub fn reissued_ms(&self, ride: &str) -> Result<Option<i64>> {
        let sql = "SELECT max(ticket.at_ms) FROM ticket JOIN ride USING (ride)
                   WHERE ride = ?1 AND standing = 'held' AND ticket.ticket_index <> ride.ticket_index";
        Ok(self.one(sql, [ride], |row| row.get(0))?.flatten())
    }

    /// The operator ends the run of a bus: nobody pays on it any more and its tickets end now, but for
    /// one that broke down, whose tickets hold on these buses, by their painted numbers.
    pub fn close_run(
        &self,
        vehicle: &str,
        run: &str,
        broken_down: Option<&[String]>,
        now_ms: i64,
    ) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO closed_run VALUES (?1, ?2, ?3, ?4, ?5)";
        let next = text(&broken_down.unwrap_or_default())?;
        self.run(sql, params![vehicle, run, now_ms, broken_down.is_some(), next])?;
        let sql = "SELECT answer FROM ride WHERE vehicle = ?1 AND run = ?2";
        let rides: Vec<RideAnswer> = self.all(sql, [vehicle, run], |row| json(row, 0))?;
        for ride in rides.into_iter().filter(|ride| ride.ends_ms > now_ms) {
            self.change_ride(&match broken_down {
                Some(next) => RideAnswer { continues_on: next.to_vec(), ..ride },
                None => RideAnswer { ends_ms: now_ms, ..ride },
            })?;
        }
        Ok(())
    }

    /// Vehicle and run of every run that broke down, and the buses that take its passengers along.
    pub fn broken_runs(&self) -> Result<Vec<(String, String, Vec<String>)>> {
        let sql = "SELECT vehicle, run, next FROM closed_run WHERE broken_down";
        self.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?, json(row, 2)?)))
    }

    /// The indexes of all tickets whose rides were refunded; ascending.
    pub fn revoked_tickets(&self) -> Result<Vec<u32>> {
        let sql = "SELECT ticket.ticket_index FROM ride JOIN ticket USING (ride)
                   WHERE answer ->> 'state' = 'refunded' AND standing <> 'replaced'
                   ORDER BY ticket.ticket_index";
        self.all(sql, [], |row| row.get(0))
    }

    /// The indexes of all tickets that others took the place of; ascending.
    pub fn replaced_tickets(&self) -> Result<Vec<u32>> {
        let sql = "SELECT ticket_index FROM ticket WHERE standing = 'replaced' ORDER BY ticket_index";
        self.all(sql, [], |row| row.get(0))
    }

    /// Whether the run of a bus was closed by that moment.
    pub fn is_closed(&self, vehicle: &str, run: &str, at_ms: i64) -> Result<bool> {
        let sql = "SELECT 1 FROM closed_run WHERE vehicle = ?1 AND run = ?2 AND at_ms <= ?3";
        Ok(self.one(sql, params![vehicle, run, at_ms], |_| Ok(()))?.is_some())
    }
}

/// A ride as the rules see it.
pub fn held(ride: &RideAnswer) -> HeldRide {
    HeldRide {
        ride: ride.ride.clone(),
        key: ride.key.clone(),
        vehicle: ride.vehicle.vehicle.clone(),
        line: ride.vehicle.line.clone(),
        fare: ride.fare,
        asked_ms: ride.asked_ms.unwrap_or(ride.paid_ms),
        paid_ms: ride.paid_ms,
        ends_ms: ride.ends_ms,
        state: ride.state,
        continues_on: ride.continues_on.clone(),
        corrects: ride.corrects.as_ref().map(|before| before.ride.clone()),
    }
}

/// A ride as it stands at this moment.
pub fn at_moment(ride: RideAnswer, now_ms: i64) -> RideAnswer {
    let state: RideState = held(&ride).state_at(now_ms);
    RideAnswer { state, ..ride }
}

pub(super) fn payment(row: &Row<'_>) -> Result<PaymentRow> {
    Ok(PaymentRow {
        payer: row.get(0)?,
        key: row.get(1)?,
        request: json(row, 3)?,
        request_hash: row.get(4)?,
        device: row.get(5)?,
        run: row.get(6)?,
        fare: row.get(7).map(Money::tiyn)?,
        due_ms: row.get(8)?,
        follows: row.get(9)?,
        answer: json(row, 10)?,
    })
}
