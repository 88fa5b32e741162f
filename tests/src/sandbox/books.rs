//! The operator's rows other than money: accounts, phones, cards, payments, rides, answers.
//!
//! What travels is kept as the JSON that travels; columns beside it are for finding it.

use super::ledger::Books;
use super::rules::Purse;
use super::rules::rides::HeldRide;
use super::rules::sign_in::WaitingCode;
use jol_core::money::Money;
use jol_core::operator::wire::{Card, Device, InspectionEntry, PaymentAnswer, PaymentRequest, RideAnswer};
use jol_core::operator::wire::{RideState, TopUpAnswer};
use rusqlite::types::Type;
use rusqlite::{Error, OptionalExtension, Params, Result, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub account: String,
    /// The phone number or e-mail address.
    pub recipient: String,
    /// The version of the terms that was accepted last.
    pub terms: u32,
    /// When it was opened, ms since 1970.
    pub since_ms: i64,
}

/// A session: who, on which phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose.
    pub account: AccountRow,
    /// The hash of its token.
    pub token: Vec<u8>,
    /// What its phone's key signs to enrol.
    pub nonce: Vec<u8>,
    /// The phone that was enrolled in it.
    pub device: Option<String>,
}

/// A phone with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// As the passenger gets it.
    pub device: Device,
    /// The compressed P-256 point.
    pub public_key: Vec<u8>,
}

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

/// An answer that was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredRow {
    /// What was asked, hashed.
    pub request_hash: Vec<u8>,
    /// Status and body; none while the answer may still change.
    pub answer: Option<(u16, Vec<u8>)>,
}

impl Books<'_> {
    fn run(&self, sql: &str, values: impl Params) -> Result<()> {
        self.0.prepare_cached(sql)?.execute(values).map(|_| ())
    }

    fn one<T>(
        &self,
        sql: &str,
        of: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.0.prepare_cached(sql)?.query_row(of, read).optional()
    }

    fn all<T>(&self, sql: &str, of: impl Params, read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        self.0.prepare_cached(sql)?.query_map(of, read)?.collect()
    }

    /// A secret of the operator, if it has it.
    pub fn secret(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.one("SELECT value FROM secret WHERE name = ?1", [name], |row| row.get(0))
    }

    /// Keeps a secret of the operator.
    pub fn put_secret(&self, name: &str, value: &[u8]) -> Result<()> {
        self.run("INSERT OR REPLACE INTO secret VALUES (?1, ?2)", params![name, value])
    }

    // Signing in.

    /// How many codes went to a recipient since then.
    pub fn codes_sent(&self, recipient: &str, since_ms: i64) -> Result<usize> {
        let sql = "SELECT count(*) FROM sign_in WHERE recipient = ?1 AND at_ms > ?2";
        let count: Option<i64> = self.one(sql, params![recipient, since_ms], |row| row.get(0))?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }

    /// A code was sent.
    pub fn put_sign_in(
        &self,
        sign_in: &str,
        recipient: &str,
        terms: u32,
        waiting: &WaitingCode,
        now_ms: i64,
    ) -> Result<()> {
        self.run(
            "INSERT INTO sign_in VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![sign_in, recipient, terms, waiting.code, now_ms, waiting.expires_ms, waiting.tries_left],
        )
    }

    /// A sign-in: recipient, terms, code.
    pub fn sign_in(&self, sign_in: &str) -> Result<Option<(String, u32, WaitingCode)>> {
        let sql = "SELECT recipient, terms, code, expires_ms, tries_left FROM sign_in WHERE sign_in = ?1";
        self.one(sql, [sign_in], |row| {
            let waiting = WaitingCode { code: row.get(2)?, expires_ms: row.get(3)?, tries_left: row.get(4)? };
            Ok((row.get(0)?, row.get(1)?, waiting))
        })
    }

    /// So many tries are left for a code.
    pub fn set_tries(&self, sign_in: &str, tries_left: u8) -> Result<()> {
        self.run("UPDATE sign_in SET tries_left = ?2 WHERE sign_in = ?1", params![sign_in, tries_left])
    }

    /// A message was sent.
    pub fn put_message(&self, recipient: &str, text: &str, now_ms: i64) -> Result<()> {
        let sql = "INSERT INTO message (recipient, text, at_ms) VALUES (?1, ?2, ?3)";
        self.run(sql, params![recipient, text, now_ms])
    }

    /// The last message to a recipient: its text and when it was sent.
    pub fn last_message(&self, recipient: &str) -> Result<Option<(String, i64)>> {
        let sql = "SELECT text, at_ms FROM message WHERE recipient = ?1 ORDER BY message DESC LIMIT 1";
        self.one(sql, [recipient], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The account of a recipient, if it has one.
    pub fn account_of(&self, recipient: &str) -> Result<Option<AccountRow>> {
        self.one("SELECT * FROM account WHERE recipient = ?1", [recipient], account)
    }

    /// An account by its id.
    pub fn account(&self, id: &str) -> Result<Option<AccountRow>> {
        self.one("SELECT * FROM account WHERE account = ?1", [id], account)
    }

    /// Opens an account, or notes the terms that it accepted now.
    pub fn put_account(&self, row: &AccountRow) -> Result<()> {
        self.run(
            "INSERT INTO account VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account) DO UPDATE SET terms = excluded.terms",
            params![row.account, row.recipient, row.terms, row.since_ms],
        )
    }

    /// Opens a session, or notes its phone.
    pub fn put_session(&self, row: &SessionRow) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO session VALUES (?1, ?2, ?3, ?4)",
            params![row.token, row.account.account, row.nonce, row.device],
        )
    }

    /// The session of a token, by its hash.
    pub fn session(&self, token: &[u8]) -> Result<Option<SessionRow>> {
        let sql = "SELECT account.*, token, nonce, device FROM session JOIN account USING (account)
                   WHERE token = ?1";
        self.one(sql, [token], |row| {
            let account = account(row)?;
            Ok(SessionRow { account, token: row.get(4)?, nonce: row.get(5)?, device: row.get(6)? })
        })
    }

    /// The phones of an account.
    pub fn devices(&self, account: &str) -> Result<Vec<DeviceRow>> {
        let sql = "SELECT device, attested, waits_until_ms, public_key FROM device WHERE account = ?1";
        self.all(sql, [account], |row| {
            let device = Device { device: row.get(0)?, attested: row.get(1)?, waits_until_ms: row.get(2)? };
            Ok(DeviceRow { device, public_key: row.get(3)? })
        })
    }

    /// Enrols a phone, or changes how long it waits.
    pub fn put_device(&self, account: &str, row: &DeviceRow, name: &str) -> Result<()> {
        let device = &row.device;
        self.run(
            "INSERT INTO device VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account, public_key) DO UPDATE SET name = excluded.name",
            params![device.device, account, row.public_key, name, device.attested, device.waits_until_ms],
        )
    }

    /// An office confirms a phone: it waits no longer. Says whether there is such a phone.
    pub fn confirm_device(&self, device: &str) -> Result<bool> {
        let sql = "UPDATE device SET waits_until_ms = NULL WHERE device = ?1";
        Ok(self.0.prepare_cached(sql)?.execute([device])? > 0)
    }

    // Cards and money that comes in.

    /// The cards of an account, in the order in which it got them, with what is on them.
    pub fn cards(&self, account: &str, now_ms: i64) -> Result<Vec<Card>> {
        let sql = "SELECT answer FROM card WHERE account = ?1 ORDER BY at_ms, card";
        let cards: Vec<Card> = self.all(sql, [account], |row| json(row, 0))?;
        cards.into_iter().map(|card| self.with_balance(card, now_ms)).collect()
    }

    /// A card by its number, and whose it is, if anybody's.
    pub fn card_by_number(&self, number: &str, now_ms: i64) -> Result<Option<(Card, Option<String>)>> {
        let sql = "SELECT answer, account FROM card WHERE number = ?1";
        let found: Option<(Card, Option<String>)> =
            self.one(sql, [number], |row| Ok((json(row, 0)?, row.get(1)?)))?;
        found.map(|(card, account)| Ok((self.with_balance(card, now_ms)?, account))).transpose()
    }

    fn with_balance(&self, card: Card, now_ms: i64) -> Result<Card> {
        Ok(Card { balance: self.balance(&Purse::Card(card.id.clone()))?, as_of_ms: now_ms, ..card })
    }

    /// Keeps a card, of an account or of nobody yet.
    pub fn put_card(&self, card: &Card, account: Option<&str>, now_ms: i64) -> Result<()> {
        self.run(
            "INSERT INTO card VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (card) DO UPDATE SET account = excluded.account, answer = excluded.answer",
            params![card.id, card.number, account, now_ms, text(card)?],
        )
    }

    /// A top-up: whose, of which card by id, the key and the hash of its request, how it stands.
    #[expect(clippy::type_complexity, reason = "read in two places, a row of its own says no more")]
    pub fn top_up(&self, id: &str) -> Result<Option<(String, String, String, Vec<u8>, TopUpAnswer)>> {
        let sql = "SELECT account, card, key, request_hash, answer FROM top_up WHERE top_up = ?1";
        self.one(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, json(row, 4)?)))
    }

    /// Keeps a top-up.
    pub fn put_top_up(
        &self,
        answer: &TopUpAnswer,
        account: &str,
        card: &str,
        key: &str,
        request_hash: &[u8],
    ) -> Result<()> {
        self.run(
            "INSERT INTO top_up VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (top_up) DO UPDATE SET answer = excluded.answer",
            params![answer.top_up, account, card, key, request_hash, text(answer)?],
        )
    }

    /// A bank card is being linked.
    pub fn put_bank_link(&self, link: &str, account: &str) -> Result<()> {
        self.run("INSERT INTO bank_card VALUES (?1, ?2, NULL)", params![link, account])
    }

    /// The bank gives a token for a card, once. Says whether there is such a link.
    pub fn link_bank_card(&self, link: &str, token: &str) -> Result<bool> {
        let sql = "UPDATE bank_card SET token = coalesce(token, ?2) WHERE link = ?1";
        Ok(self.0.prepare_cached(sql)?.execute(params![link, token])? > 0)
    }

    /// Whether there is such a link.
    pub fn has_bank_link(&self, link: &str) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM bank_card WHERE link = ?1", [link], |_| Ok(()))?.is_some())
    }

    /// The tokens of an account's bank cards.
    pub fn bank_cards(&self, account: &str) -> Result<Vec<String>> {
        let sql = "SELECT token FROM bank_card WHERE account = ?1 AND token IS NOT NULL ORDER BY link";
        self.all(sql, [account], |row| row.get(0))
    }

    // Payments and rides.

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

    /// The index that the next ticket gets in the status list.
    pub fn next_ticket_index(&self) -> Result<u32> {
        let sql = "SELECT coalesce(max(ticket_index) + 1, 0) FROM ride";
        self.one(sql, [], |row| row.get(0)).map(|index| index.unwrap_or(0))
    }

    /// Keeps a new ride.
    pub fn put_ride(&self, payer: &str, ride: &RideAnswer, run: &str, ticket_index: u32) -> Result<()> {
        self.run(
            "INSERT INTO ride VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![ride.ride, payer, ride.vehicle.vehicle, run, ticket_index, ride.paid_ms, text(ride)?],
        )
    }

    /// The operator ends the run of a bus: nobody pays on it any more and its tickets end now, but for
    /// one that broke down, whose tickets hold on the line's next bus.
    pub fn close_run(&self, vehicle: &str, run: &str, broken_down: bool, now_ms: i64) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO closed_run VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![vehicle, run, now_ms, broken_down])?;
        let sql = "SELECT answer FROM ride WHERE vehicle = ?1 AND run = ?2";
        let rides: Vec<RideAnswer> = self.all(sql, [vehicle, run], |row| json(row, 0))?;
        for ride in rides.into_iter().filter(|ride| !broken_down && ride.ends_ms > now_ms) {
            let ended = RideAnswer { ends_ms: now_ms, ..ride };
            self.run("UPDATE ride SET answer = ?2 WHERE ride = ?1", params![ended.ride, text(&ended)?])?;
        }
        Ok(())
    }

    /// Vehicle and run of every run that broke down.
    pub fn broken_runs(&self) -> Result<Vec<(String, String)>> {
        let sql = "SELECT vehicle, run FROM closed_run WHERE broken_down";
        self.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The indexes of all tickets whose rides were refunded, or replaced; ascending.
    pub fn tickets_in(&self, state: RideState) -> Result<Vec<u32>> {
        let state = if state == RideState::Refunded { "refunded" } else { "replaced" };
        let sql = "SELECT ticket_index FROM ride WHERE answer ->> 'state' IN ('refunded', 'replaced')
                   AND answer ->> 'state' = ?1 ORDER BY ticket_index";
        self.all(sql, [state], |row| row.get(0))
    }

    /// Whether the run of a bus was closed by that moment.
    pub fn is_closed(&self, vehicle: &str, run: &str, at_ms: i64) -> Result<bool> {
        let sql = "SELECT 1 FROM closed_run WHERE vehicle = ?1 AND run = ?2 AND at_ms <= ?3";
        Ok(self.one(sql, params![vehicle, run, at_ms], |_| Ok(()))?.is_some())
    }

    /// An inspector saw this.
    pub fn put_inspection(&self, entry: &InspectionEntry) -> Result<()> {
        self.run(
            "INSERT INTO inspection (ticket, verdict, vehicle, at_ms) VALUES (?1, ?2, ?3, ?4)",
            params![entry.ticket, entry.verdict, entry.vehicle, entry.at_ms],
        )
    }

    /// Everything that inspectors saw, in the order in which they told it.
    pub fn inspections(&self) -> Result<Vec<InspectionEntry>> {
        let sql = "SELECT ticket, verdict, vehicle, at_ms FROM inspection ORDER BY inspection";
        self.all(sql, [], |row| {
            let (ticket, verdict) = (row.get(0)?, row.get(1)?);
            Ok(InspectionEntry { ticket, verdict, vehicle: row.get(2)?, at_ms: row.get(3)? })
        })
    }

    // Answers that were given.

    /// What was answered to this caller's key.
    pub fn answered(&self, caller: &str, key: &str) -> Result<Option<AnsweredRow>> {
        let sql = "SELECT request_hash, status, body FROM answered WHERE caller = ?1 AND key = ?2";
        self.one(sql, [caller, key], |row| {
            let (status, body): (Option<u16>, Option<Vec<u8>>) = (row.get(1)?, row.get(2)?);
            Ok(AnsweredRow { request_hash: row.get(0)?, answer: status.zip(body) })
        })
    }

    /// Keeps what was answered.
    pub fn put_answered(&self, caller: &str, key: &str, row: &AnsweredRow) -> Result<()> {
        let (status, body) = row.answer.clone().unzip();
        let sql = "INSERT OR REPLACE INTO answered VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![caller, key, row.request_hash, status, body])
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
        paid_ms: ride.paid_ms,
        ends_ms: ride.ends_ms,
        state: ride.state,
    }
}

/// A ride as it stands at this moment.
pub fn at_moment(ride: RideAnswer, now_ms: i64) -> RideAnswer {
    let state: RideState = held(&ride).state_at(now_ms);
    RideAnswer { state, ..ride }
}

fn account(row: &Row<'_>) -> Result<AccountRow> {
    Ok(AccountRow { account: row.get(0)?, recipient: row.get(1)?, terms: row.get(2)?, since_ms: row.get(3)? })
}

fn payment(row: &Row<'_>) -> Result<PaymentRow> {
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

fn text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
