//! Calls as rows: written in the transaction that decides them, carried later, by whoever carries.
//! `now_ms` is the boot clock here: a passenger who sets the wall clock back delays no payment.
//!
//! A row is tried until an answer is known, always with the same bytes and the same key. The link is
//! one carrier; the simulator is another (`due`, `deliver`).

use crate::store::{Records, StoreError};
use rusqlite::OptionalExtension;
use std::fmt;
use std::path::PathBuf;

/// What a call is for; its answer goes to the room of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Who the operator is.
    Operator,
    /// The terms of use.
    Terms,
    /// The list of keys.
    Keys,
    /// The list of revoked tickets.
    Status,
    /// The colour and the word of some days.
    DaySigns,
    /// The operator's signed time.
    Time,
    /// The list of cities.
    Cities,
    /// A city's rules.
    CityRules,
    /// A city's buses.
    Vehicles,
    /// A city's pack, into a file.
    Pack,
    /// The passenger accepts the terms in their new version.
    AcceptTerms,
    /// A one-time code, please.
    SignIn,
    /// Here is the code.
    Code,
    /// Enrol this phone's key.
    Enrol,
    /// The account's phones.
    Devices,
    /// Confirm another phone of the account, or remove it.
    ChangeDevice,
    /// The account's cards.
    Cards,
    /// Register a card.
    RegisterCard,
    /// A card that was sold comes to this account.
    ClaimCard,
    /// What may be seen of a card by its number.
    LookUpCard,
    /// Stop a card, open it again, or tell that it is lost.
    ChangeCard,
    /// Balance and category of a card go to another one.
    MoveCard,
    /// Buy a card or a pass.
    Purchase,
    /// The account's passes.
    Passes,
    /// Top a card up.
    TopUp,
    /// How a top-up stands.
    TopUpState,
    /// The account's sources of money.
    Sources,
    /// The bank's page on which a bank card is linked.
    LinkBankCard,
    /// How that linking stands.
    BankLinkState,
    /// Charge a ride.
    Payment,
    /// What became of a payment.
    PaymentState,
    /// What the operator holds for this account.
    Rides,
    /// The ticket of a ride for this phone, please.
    Reissue,
    /// A ticket for another phone.
    SendTicket,
    /// A ride is given back.
    Refund,
    /// A ride is put on the right bus.
    Correction,
    /// Where the buses are.
    Positions,
    /// How late the buses are.
    Updates,
    /// What is out of order.
    Alerts,
    /// What an inspector saw.
    Inspections,
    /// Who rides in the vehicle that is checked.
    Register,
    /// Pay rides before, for buses without a network.
    ReserveVoucher,
    /// The account's vouchers.
    Vouchers,
    /// A ride of a voucher was used.
    VoucherUse,
    /// What is left of a voucher is given back.
    VoucherUnused,
    /// The keys of the buses' terminals, for inspectors.
    TerminalKeys,
    /// A conductor goes on shift.
    OpenShift,
    /// What a conductor sold.
    Sales,
    /// What inspectors need for numbers on paper.
    TillKeys,
}

impl Operation {
    const ALL: [(Operation, &'static str); 49] = [
        (Operation::Operator, "operator"),
        (Operation::Terms, "terms"),
        (Operation::Keys, "keys"),
        (Operation::Status, "status"),
        (Operation::DaySigns, "day_signs"),
        (Operation::Time, "time"),
        (Operation::Cities, "cities"),
        (Operation::CityRules, "city_rules"),
        (Operation::Vehicles, "vehicles"),
        (Operation::Pack, "pack"),
        (Operation::AcceptTerms, "accept_terms"),
        (Operation::SignIn, "sign_in"),
        (Operation::Code, "code"),
        (Operation::Enrol, "enrol"),
        (Operation::Devices, "devices"),
        (Operation::ChangeDevice, "change_device"),
        (Operation::Cards, "cards"),
        (Operation::RegisterCard, "register_card"),
        (Operation::ClaimCard, "claim_card"),
        (Operation::LookUpCard, "look_up_card"),
        (Operation::ChangeCard, "change_card"),
        (Operation::MoveCard, "move_card"),
        (Operation::Purchase, "purchase"),
        (Operation::Passes, "passes"),
        (Operation::TopUp, "top_up"),
        (Operation::TopUpState, "top_up_state"),
        (Operation::Sources, "sources"),
        (Operation::LinkBankCard, "link_bank_card"),
        (Operation::BankLinkState, "bank_link_state"),
        (Operation::Payment, "payment"),
        (Operation::PaymentState, "payment_state"),
        (Operation::Rides, "rides"),
        (Operation::Reissue, "reissue"),
        (Operation::SendTicket, "send_ticket"),
        (Operation::Refund, "refund"),
        (Operation::Correction, "correction"),
        (Operation::Positions, "positions"),
        (Operation::Updates, "updates"),
        (Operation::Alerts, "alerts"),
        (Operation::Inspections, "inspections"),
        (Operation::Register, "register"),
        (Operation::ReserveVoucher, "reserve_voucher"),
        (Operation::Vouchers, "vouchers"),
        (Operation::VoucherUse, "voucher_use"),
        (Operation::VoucherUnused, "voucher_unused"),
        (Operation::TerminalKeys, "terminal_keys"),
        (Operation::OpenShift, "open_shift"),
        (Operation::Sales, "sales"),
        (Operation::TillKeys, "till_keys"),
    ];

    /// Its name in the outbox and in logs.
    pub fn name(self) -> &'static str {
        Operation::ALL.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    pub(crate) fn from_name(name: &str) -> Option<Operation> {
        Operation::ALL.iter().find(|(_, known)| *known == name).map(|(operation, _)| *operation)
    }

    /// Whether the operator answers it only to somebody who is signed in.
    pub(crate) fn needs_session(self) -> bool {
        use Operation::*;
        !matches!(
            self,
            Operator
                | Terms
                | Keys
                | Status
                | DaySigns
                | Time
                | Cities
                | CityRules
                | Vehicles
                | Pack
                | SignIn
                | Code
                | Positions
                | Updates
                | Alerts
        )
    }

    /// Whether its body holds a number, a name or a code, and lies sealed in the outbox.
    /// Payments do not: a lost key must not lose them.
    fn is_private(self) -> bool {
        matches!(
            self,
            Operation::SignIn
                | Operation::Code
                | Operation::RegisterCard
                | Operation::ClaimCard
                | Operation::LookUpCard
                | Operation::TopUp
        )
    }
}

/// A call that waits for its answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Its row.
    pub id: i64,
    /// Which wallet's row that is: how often another account's took its place.
    pub wallet: u32,
    /// The idempotency key of a POST; for a GET, its path.
    pub key: String,
    /// What it is for.
    pub operation: Operation,
    /// POST if true, GET if false.
    pub post: bool,
    /// Path and query below the operator's address, from `/`.
    pub path: String,
    /// The body of a POST, JSON.
    pub body: Vec<u8>,
    /// How often it was tried before.
    pub attempts: u32,
    /// How often a GET was asked for when this one was taken out to be carried.
    pub asked: i64,
    /// Of a payment: how long ago the passenger tapped, in ms, when it was taken out to be carried.
    pub age_ms: Option<i64>,
    /// The session's token, added when it is sent, never stored with it.
    pub bearer: Option<String>,
    /// What is held of this document already (`If-None-Match`).
    pub etag: Option<String>,
    /// The file to write the answer's body to, for what is too large for memory.
    pub into_file: Option<PathBuf>,
}

/// Without the session's token and the body, which may hold a code.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("key", &self.key)
            .field("operation", &self.operation)
            .field("post", &self.post)
            .field("path", &self.path)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// What became of a call when it was carried.
#[derive(Clone, PartialEq, Eq)]
pub enum Carried {
    /// The operator answered; what it says, a status of 500 or 429 included.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The document's ETag.
        etag: Option<String>,
        /// The body; empty if it went into a file.
        body: Vec<u8>,
        /// How long it took, there and back.
        round_trip_ms: i64,
        /// For so long the operator does not want to be asked again.
        wait_ms: Option<i64>,
    },
    /// No answer: no network, a time-out, a cut connection. Whether it arrived is not known.
    NoAnswer,
}

/// Without the body, which may hold the session's token.
impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Carried::Answer { status, body, .. } => write!(f, "Answer({status}, {} bytes)", body.len()),
            Carried::NoAnswer => f.write_str("NoAnswer"),
        }
    }
}

/// A new call, as a room writes it.
pub(crate) struct NewCall<'a> {
    pub(crate) key: &'a str,
    pub(crate) operation: Operation,
    pub(crate) post: bool,
    pub(crate) path: &'a str,
    pub(crate) body: &'a [u8],
    /// After so many ms without an answer it is dropped; none: never.
    pub(crate) give_up_after_ms: Option<i64>,
}

/// How long a question that somebody waits for is tried, in ms.
pub(crate) const PATIENCE_MS: i64 = 60_000;

/// Adds a call. One with the same key that still waits stays as it is, but is tried at once; a GET that is
/// being carried is carried once more, for its answer may be older than this question.
pub(crate) fn add(
    records: &Records<'_>,
    call: &NewCall<'_>,
    nonce: [u8; 24],
    now_ms: i64,
) -> Result<(), StoreError> {
    let sealed = call.operation.is_private();
    let body =
        if sealed { records.seal().seal("outbox", call.key, call.body, nonce) } else { call.body.to_vec() };
    records
        .sql()
        .prepare_cached(
            "INSERT INTO outbox (key, operation, method, path, body, sealed, due_ms, give_up_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (key) DO UPDATE SET due_ms = min(due_ms, excluded.due_ms),
                 asked = min(asked, 1000000) + (method = 'GET')",
        )?
        .execute((
            call.key,
            call.operation.name(),
            if call.post { "POST" } else { "GET" },
            call.path,
            body,
            sealed,
            now_ms,
            call.give_up_after_ms.map(|ms| now_ms + ms),
        ))?;
    Ok(())
}

/// The calls that are due, oldest first. A payment waits behind the passenger's word about new terms:
/// overtaken by it, it would be declined. A conductor's sales go one after another: overtaken, one would be
/// missing. So do changes of cards: a card is opened before something moves onto it.
pub(crate) fn due(records: &Records<'_>, now_ms: i64) -> Result<Vec<Call>, StoreError> {
    let mut statement = records.sql().prepare_cached(
        "SELECT o.id, o.key, o.operation, o.method, o.path, o.body, o.sealed, o.attempts, d.etag, o.asked
         FROM outbox o LEFT JOIN document d ON d.path = o.path AND o.method = 'GET'
         WHERE o.due_ms <= ?1 AND NOT (o.operation IN ('payment', 'reserve_voucher')
             AND EXISTS (SELECT 1 FROM outbox t WHERE t.operation = 'accept_terms'))
             AND NOT (o.operation = 'sales'
             AND EXISTS (SELECT 1 FROM outbox s WHERE s.operation = 'sales' AND s.id < o.id))
             AND NOT (o.operation IN ('change_card', 'move_card') AND EXISTS (SELECT 1 FROM outbox s
             WHERE s.operation IN ('change_card', 'move_card') AND s.id < o.id))
         ORDER BY o.id",
    )?;
    let mut rows = statement.query([now_ms])?;
    let mut calls = Vec::new();
    while let Some(row) = rows.next()? {
        let (key, name, body): (String, String, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(5)?);
        let body = if row.get(6)? { records.seal().open("outbox", &key, &body) } else { Some(body) };
        // A sealed body whose key was lost, or an operation of a later version, cannot be sent.
        let (Some(operation), Some(body)) = (Operation::from_name(&name), body) else { continue };
        calls.push(Call {
            id: row.get(0)?,
            wallet: 0,
            key,
            operation,
            post: row.get::<_, String>(3)? == "POST",
            path: row.get(4)?,
            body,
            attempts: u32::try_from(row.get::<_, i64>(7)?).unwrap_or(u32::MAX),
            asked: row.get(9)?,
            age_ms: None,
            bearer: None,
            etag: row.get(8)?,
            into_file: None,
        });
    }
    Ok(calls)
}

/// When the next call is due that is not due yet; none if there is none.
pub(crate) fn next_due_ms(records: &Records<'_>, now_ms: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT min(due_ms) FROM outbox WHERE due_ms > ?1";
    Ok(records.row(sql, [now_ms], |row| row.get(0))?)
}

/// How many calls wait for an answer; where nobody is signed in, those that need no session.
pub(crate) fn waiting(records: &Records<'_>, signed_in: bool) -> Result<u32, StoreError> {
    let mut statement = records.sql().prepare_cached("SELECT operation FROM outbox")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let operation = Operation::from_name(row.get_ref(0)?.as_str().unwrap_or_default());
        count += u32::from(signed_in || operation.is_some_and(|operation| !operation.needs_session()));
    }
    Ok(count)
}

/// Whether a call with this key waits for an answer.
pub(crate) fn waits(records: &Records<'_>, key: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE key = ?1)";
    Ok(records.row(sql, [key], |row| row.get(0))?)
}

/// The answer is known: the row has done its work.
pub(crate) fn done(records: &Records<'_>, call: &Call) -> Result<(), StoreError> {
    let sql = "DELETE FROM outbox WHERE id = ?1 AND asked <= ?2";
    records.run(sql, (call.id, call.asked))?;
    Ok(())
}

/// The answer said nothing: the row is there again, in its place, and is due after a pause.
pub(crate) fn put_back(
    records: &Records<'_>,
    call: &Call,
    now_ms: i64,
    pause_ms: i64,
) -> Result<(), StoreError> {
    let method = if call.post { "POST" } else { "GET" };
    records.run(
        "INSERT OR IGNORE INTO outbox (id, key, operation, method, path, body, sealed, due_ms, attempts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)",
        (
            call.id,
            &call.key,
            call.operation.name(),
            method,
            &call.path,
            &call.body,
            now_ms.saturating_add(pause_ms),
            call.attempts.saturating_add(1),
        ),
    )?;
    Ok(())
}

/// No answer yet: try again after `pause_ms`, or give up if its time is over. True if it gave up.
pub(crate) fn again(records: &Records<'_>, id: i64, now_ms: i64, pause_ms: i64) -> Result<bool, StoreError> {
    let sql = "SELECT give_up_ms FROM outbox WHERE id = ?1";
    let give_up: Option<i64> = records.row(sql, [id], |row| row.get(0)).optional()?.flatten();
    if give_up.is_some_and(|ms| ms <= now_ms.saturating_add(pause_ms)) {
        records.run("DELETE FROM outbox WHERE id = ?1", [id])?;
        return Ok(true);
    }
    records.run(
        "UPDATE outbox SET attempts = attempts + 1, due_ms = ?2 WHERE id = ?1",
        (id, now_ms + pause_ms),
    )?;
    Ok(false)
}

/// The app was started: what was asked for on a screen that is gone is dropped, the rest is due.
pub(crate) fn start(records: &Records<'_>, now_ms: i64) -> Result<(), StoreError> {
    records.run("DELETE FROM outbox WHERE give_up_ms IS NOT NULL", [])?;
    records.run("UPDATE outbox SET due_ms = ?1", [now_ms])?;
    Ok(())
}

/// The network is back: everything is due.
pub(crate) fn all_due(records: &Records<'_>, now_ms: i64) -> Result<(), StoreError> {
    records.run("UPDATE outbox SET due_ms = min(due_ms, ?1)", [now_ms])?;
    Ok(())
}

/// The pause before the next try: it doubles from 1 s to 2 min, and chance spreads it by a half,
/// so that a city of phones does not come back at once.
pub fn pause_ms(attempts: u32, chance: u8) -> i64 {
    let whole = 1_000_i64 << attempts.min(7);
    let whole = whole.min(120_000);
    whole / 2 + whole / 2 * i64::from(chance) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        (folder, store)
    }

    fn call<'a>(key: &'a str, operation: Operation, body: &'a [u8]) -> NewCall<'a> {
        NewCall { key, operation, post: true, path: "/v1/x", body, give_up_after_ms: None }
    }

    #[test]
    fn a_row_is_sent_with_the_same_bytes_until_it_is_done() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            add(records, &call("k1", Operation::Payment, b"{1}"), [0; 24], 1_000)?;
            add(records, &call("k1", Operation::Payment, b"{2}"), [0; 24], 1_000)?;
            let first = due(records, 1_000)?;
            assert_eq!((first.len(), first[0].body.as_slice()), (1, b"{1}".as_slice()));
            assert!(!again(records, first[0].id, 1_000, 500)?);
            assert_eq!(due(records, 1_499)?, []);
            let second = due(records, 1_500)?;
            assert_eq!((second[0].body.as_slice(), second[0].attempts), (b"{1}".as_slice(), 1));
            all_due(records, 1_200)?;
            assert_eq!(due(records, 1_200)?.len(), 1);
            done(records, &second[0])?;
            assert_eq!((waiting(records, true)?, next_due_ms(records, 0)?), (0, None));
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn what_is_asked_again_while_its_answer_travels_is_carried_once_more() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            let cards = NewCall { post: false, ..call("/v1/cards", Operation::Cards, b"") };
            add(records, &cards, [0; 24], 0)?;
            let travelling = due(records, 0)?.remove(0);
            add(records, &cards, [0; 24], 0)?;
            done(records, &travelling)?;
            let again = due(records, 0)?.remove(0);
            done(records, &again)?;
            assert_eq!(waiting(records, true)?, 0);

            // A request under its key is the same request.
            add(records, &call("k1", Operation::Payment, b"{}"), [0; 24], 0)?;
            let travelling = due(records, 0)?.remove(0);
            add(records, &call("k1", Operation::Payment, b"{}"), [0; 24], 0)?;
            done(records, &travelling)?;
            assert_eq!(waiting(records, true)?, 0);
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn a_question_is_dropped_when_nobody_waits_any_more_and_money_never() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            let question = NewCall { give_up_after_ms: Some(60_000), ..call("q", Operation::SignIn, b"+7") };
            add(records, &question, [0; 24], 0)?;
            add(records, &call("money", Operation::Payment, b"{}"), [0; 24], 0)?;
            for call in due(records, 0)? {
                let gave_up = again(records, call.id, 59_000, 1_000)?;
                assert_eq!(gave_up, call.operation == Operation::SignIn);
            }
            assert_eq!(waiting(records, true)?, 1, "the payment");
            assert_eq!(waiting(records, false)?, 0, "it waits for somebody to sign in");
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn a_payment_waits_until_the_new_terms_are_accepted() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            add(records, &call("money", Operation::Payment, b"{}"), [0; 24], 0)?;
            add(records, &call("terms", Operation::AcceptTerms, b""), [0; 24], 0)?;
            let first = due(records, 0)?;
            assert_eq!(first.iter().map(|call| call.key.as_str()).collect::<Vec<_>>(), ["terms"]);
            done(records, &first[0])?;
            assert_eq!(due(records, 0)?[0].key, "money");
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn sales_go_one_after_another_whatever_holds_one_up() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            for key in ["s1", "s2", "s3"] {
                add(records, &call(key, Operation::Sales, key.as_bytes()), [0; 24], 0)?;
            }
            add(records, &call("money", Operation::Payment, b"{}"), [0; 24], 0)?;
            let keys = |now_ms| {
                let calls = due(records, now_ms)?;
                Ok::<_, StoreError>(calls.into_iter().map(|call| call.key).collect::<Vec<_>>())
            };
            assert_eq!(keys(0)?, ["s1", "money"]);
            let first = due(records, 0)?.remove(0);
            done(records, &first)?;
            assert_eq!(keys(0)?, ["s2", "money"]);
            put_back(records, &first, 0, 500)?;
            assert_eq!(keys(499)?, ["money"], "it waits, and so do the others");
            let again = due(records, 500)?.remove(0);
            assert_eq!((again.id, again.body.as_slice()), (first.id, b"s1".as_slice()));
            assert_eq!(again.attempts, first.attempts + 1);
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn numbers_and_codes_lie_sealed_and_payments_open() {
        let (_folder, mut store) = store();
        let check = store.change::<_, StoreError>(|records| {
            add(records, &call("s", Operation::SignIn, b"+77011234567"), [1; 24], 0)?;
            add(records, &call("p", Operation::Payment, b"fare"), [2; 24], 0)?;
            let raw = |key: &str| -> Result<Vec<u8>, StoreError> {
                let sql = "SELECT body FROM outbox WHERE key = ?1";
                Ok(records.row(sql, [key], |row| row.get(0))?)
            };
            assert!(!raw("s")?.windows(4).any(|bytes| bytes == b"7701"));
            assert_eq!(raw("p")?, b"fare");
            assert_eq!(due(records, 0)?[0].body, b"+77011234567");
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause_ms(0, 0), 500);
        assert_eq!(pause_ms(0, 255), 1_000);
        assert!((0..40).all(|attempts| (500..=120_000).contains(&pause_ms(attempts, 255))));
        assert_eq!(pause_ms(u32::MAX, 255), 120_000);
    }

    #[test]
    fn operations_keep_their_names() {
        for (operation, name) in Operation::ALL {
            assert_eq!((Operation::from_name(name), operation.name()), (Some(operation), name));
        }
    }
}
