//! The operator's rows other than money: accounts, phones, cards, answers. Payments and rides are in
//! `ride_rows`.
//!
//! What travels is kept as the JSON that travels; columns beside it are for finding it.

use super::ledger::Books;
use super::rules::Purse;
use super::rules::sign_in::WaitingCode;
use jol_core::operator::wire::{Card, CardState, Device, HeldDevice, HeldPass, TopUpAnswer};
use jol_core::ticket::PhoneKey;
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

impl DeviceRow {
    /// Its key as tickets have it.
    pub fn phone_key(&self) -> Option<PhoneKey> {
        let point = self.public_key.as_slice().try_into().ok()?;
        Some(PhoneKey { point, attested: self.device.attested })
    }
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
    pub(super) fn run(&self, sql: &str, values: impl Params) -> Result<()> {
        self.0.prepare_cached(sql)?.execute(values).map(|_| ())
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        of: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.0.prepare_cached(sql)?.query_row(of, read).optional()
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        of: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
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

    /// The phone of an account that has this id.
    pub fn device(&self, account: &str, id: Option<&String>) -> Result<Option<DeviceRow>> {
        Ok(self.devices(account)?.into_iter().find(|phone| Some(&phone.device.device) == id))
    }

    /// Enrols a phone, or changes how long it waits.
    pub fn put_device(&self, account: &str, row: &DeviceRow, name: &str, now_ms: i64) -> Result<()> {
        let DeviceRow { device, public_key } = row;
        let Device { device, attested, waits_until_ms } = device;
        self.run(
            "INSERT INTO device VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (account, public_key) DO UPDATE SET name = excluded.name",
            params![device, account, public_key, name, attested, waits_until_ms, now_ms],
        )
    }

    /// The phones of an account as it lists them, the oldest first; `own` is the one that asks.
    pub fn held_devices(&self, account: &str, own: Option<&String>) -> Result<Vec<HeldDevice>> {
        let sql = "SELECT device, attested, waits_until_ms, name, since_ms FROM device WHERE account = ?1
                   ORDER BY since_ms, device";
        self.all(sql, [account], |row| {
            let device = Device { device: row.get(0)?, attested: row.get(1)?, waits_until_ms: row.get(2)? };
            let own = own == Some(&device.device);
            Ok(HeldDevice { device, name: row.get(3)?, since_ms: row.get(4)?, own })
        })
    }

    /// A phone is gone from its account, and its sessions end.
    pub fn remove_device(&self, device: &str) -> Result<()> {
        self.run("DELETE FROM session WHERE device = ?1", [device])?;
        self.run("DELETE FROM device WHERE device = ?1", [device])
    }

    /// What the carrier says of a number: when its SIM was replaced, when it became another subscriber's.
    pub fn sim(&self, number: &str) -> Result<(Option<i64>, Option<i64>)> {
        let sql = "SELECT replaced_ms, recycled_ms FROM sim WHERE number = ?1";
        Ok(self.one(sql, [number], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
    }

    /// The carrier replaced a SIM, for the same subscriber or for another one.
    pub fn replace_sim(&self, number: &str, recycled: bool, now_ms: i64) -> Result<()> {
        let sql = "INSERT INTO sim VALUES (?1, ?2, ?3) ON CONFLICT (number) DO UPDATE
                   SET replaced_ms = excluded.replaced_ms,
                       recycled_ms = coalesce(excluded.recycled_ms, recycled_ms)";
        self.run(sql, params![number, now_ms, recycled.then_some(now_ms)])
    }

    /// An account's number is another subscriber's: nobody signs in to it any more but by an office.
    pub fn retire_number(&self, account: &str) -> Result<()> {
        self.run("UPDATE account SET recipient = 'former:' || account WHERE account = ?1", [account])?;
        self.run("DELETE FROM session WHERE account = ?1", [account])
    }

    /// An office confirms a phone: it waits no longer. Says whether there is such a phone.
    pub fn confirm_device(&self, device: &str) -> Result<bool> {
        let sql = "UPDATE device SET waits_until_ms = NULL WHERE device = ?1";
        Ok(self.0.prepare_cached(sql)?.execute([device])? > 0)
    }

    // Cards and money that comes in.

    /// The cards of an account, in the order in which it got them, with what is on them.
    pub fn cards(&self, account: &str, now_ms: i64) -> Result<Vec<Card>> {
        let sql = "SELECT answer FROM card WHERE account = ?1 ORDER BY place";
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

    /// A card by its id, and whose it is, if anybody's.
    pub fn card_by_id(&self, id: &str, now_ms: i64) -> Result<Option<(Card, Option<String>)>> {
        let sql = "SELECT answer, account FROM card WHERE card = ?1";
        let found: Option<(Card, Option<String>)> =
            self.one(sql, [id], |row| Ok((json(row, 0)?, row.get(1)?)))?;
        found.map(|(card, account)| Ok((self.with_balance(card, now_ms)?, account))).transpose()
    }

    /// How a card stood that is blocked or lost.
    pub fn card_was(&self, id: &str) -> Result<Option<CardState>> {
        let was: Option<Option<String>> =
            self.one("SELECT was FROM card WHERE card = ?1", [id], |row| row.get(0))?;
        Ok(was.flatten().and_then(|was| serde_json::from_str(&was).ok()))
    }

    /// Notes it.
    pub fn set_card_was(&self, id: &str, was: Option<CardState>) -> Result<()> {
        let was = was.map(|was| text(&was)).transpose()?;
        self.run("UPDATE card SET was = ?2 WHERE card = ?1", params![id, was])
    }

    /// The code of a card that was sold, and how often it can still be tried.
    pub fn card_code(&self, id: &str) -> Result<Option<(String, u8)>> {
        let sql = "SELECT code, tries_left FROM card_code WHERE card = ?1";
        self.one(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Gives a card a code, or notes how often it can still be tried.
    pub fn put_card_code(&self, id: &str, code: &str, tries_left: u8) -> Result<()> {
        self.run("INSERT OR REPLACE INTO card_code VALUES (?1, ?2, ?3)", params![id, code, tries_left])
    }

    /// The bus on which this code of a card was shown first; this one, if it was on none.
    pub fn shown_on(&self, card: &str, slot: u32, vehicle: &str) -> Result<String> {
        self.run("INSERT OR IGNORE INTO shown_card VALUES (?1, ?2, ?3)", params![card, slot, vehicle])?;
        let sql = "SELECT vehicle FROM shown_card WHERE card = ?1 AND slot = ?2";
        Ok(self.one(sql, params![card, slot], |row| row.get(0))?.unwrap_or_default())
    }

    /// The passes of an account that last on this day or later.
    pub fn passes(&self, account: &str, day: &str) -> Result<Vec<HeldPass>> {
        let sql = "SELECT answer FROM pass WHERE account = ?1 AND until >= ?2 ORDER BY until, pass";
        self.all(sql, [account, day], |row| json(row, 0))
    }

    /// Those for the buses of this city.
    pub fn passes_in(&self, city: &str, account: &str, day: &str) -> Result<Vec<HeldPass>> {
        let mut passes = self.passes(account, day)?;
        passes.retain(|pass| pass.city == city);
        Ok(passes)
    }

    /// Keeps a pass.
    pub fn put_pass(&self, account: &str, pass: &HeldPass) -> Result<()> {
        let sql = "INSERT INTO pass VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![pass.id, account, pass.until, text(pass)?])
    }

    /// The top-ups of a card that wait for it at a validator.
    pub fn top_ups_at_validator(&self, card: &str) -> Result<Vec<String>> {
        let sql = "SELECT top_up FROM top_up WHERE card = ?1 AND answer ->> 'state' = 'at_validator'
                   ORDER BY top_up";
        self.all(sql, [card], |row| row.get(0))
    }

    fn with_balance(&self, card: Card, now_ms: i64) -> Result<Card> {
        Ok(Card { balance: self.balance(&Purse::Card(card.id.clone()))?, as_of_ms: now_ms, ..card })
    }

    /// Keeps a card, of an account or of nobody yet.
    pub fn put_card(&self, card: &Card, account: Option<&str>, now_ms: i64) -> Result<()> {
        self.run(
            "INSERT INTO card (card, number, account, at_ms, answer) VALUES (?1, ?2, ?3, ?4, ?5)
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
        self.run("INSERT INTO bank_card (link, account) VALUES (?1, ?2)", params![link, account])
    }

    /// The bank gives a token for a card, unless it spoke before.
    pub fn link_bank_card(&self, link: &str, token: &str) -> Result<()> {
        let sql = "UPDATE bank_card SET token = coalesce(token, ?2) WHERE link = ?1 AND NOT refused";
        self.run(sql, params![link, token])
    }

    /// The bank says no, unless it spoke before.
    pub fn refuse_bank_card(&self, link: &str) -> Result<()> {
        self.run("UPDATE bank_card SET refused = 1 WHERE link = ?1 AND token IS NULL", params![link])
    }

    /// Whose linking it is, the card's token, and whether the bank said no.
    pub fn bank_link(&self, link: &str) -> Result<Option<(String, Option<String>, bool)>> {
        let sql = "SELECT account, token, refused FROM bank_card WHERE link = ?1";
        self.one(sql, [link], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// The tokens of an account's bank cards.
    pub fn bank_cards(&self, account: &str) -> Result<Vec<String>> {
        let sql = "SELECT token FROM bank_card WHERE account = ?1 AND token IS NOT NULL ORDER BY link";
        self.all(sql, [account], |row| row.get(0))
    }

    /// The account that linked a bank card with this token; none where two did.
    pub fn account_of_bank_card(&self, token: &str) -> Result<Option<String>> {
        let sql = "SELECT min(account) FROM bank_card WHERE token = ?1 HAVING count(DISTINCT account) = 1";
        self.one(sql, [token], |row| row.get(0))
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

fn account(row: &Row<'_>) -> Result<AccountRow> {
    Ok(AccountRow { account: row.get(0)?, recipient: row.get(1)?, terms: row.get(2)?, since_ms: row.get(3)? })
}

pub(super) fn text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
