//! The operator's desk, between HTTP and the rules: it finds out who asks and whether it was asked
//! before, reads what a rule wants to know, stores what the rule decides, and signs.
//!
//! Each call is one transaction of the books. What was answered to a POST is kept with it, so the same
//! POST again (same caller, key and bytes) gets the same bytes, and another one under that key is
//! refused.

mod accounts;
mod cards;
mod handover;
mod intents;
mod messages;
mod operations;
mod payments;
mod published;
mod refunds;
mod registers;
mod reservations;
mod sales;
mod staff;
mod statistics;
mod taps;
mod terminals;
mod till;
mod vouchers;

pub use messages::{DeliveredMessage, MessageAnswer};
pub use operations::{Access, OPERATIONS, Operation, Serve, Verb};
pub use published::Pack;
pub use registers::EnteredRide;

use super::books::{AnsweredRow, SessionRow};
use super::data::{CityData, OperatorData};
use super::fleet::Run;
use super::keys::OperatorKeys;
use super::ledger::{Books, Ledger};
use super::rules::problem;
use super::time::OperatorClock;
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use jol_core::city::fares::Vehicle;
use jol_core::entropy::{Entropy, random};
use jol_core::operator::wire::{Problem, problem as codes};
use jol_core::ticket::{TicketError, Token};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a bus's terminal says for `Authorization: Bearer`, in every sandbox.
pub const TERMINAL_TOKEN: &str = "sandbox-terminal";
/// An inspector's session that is there in every sandbox; others begin with a sign-in.
pub const INSPECTOR_TOKEN: &str = "sandbox-inspector";

/// An operator at work.
pub struct Desk {
    pub(super) operator: OperatorData,
    pub(super) packs: Vec<Pack>,
    pub(super) keys: OperatorKeys,
    pub(super) clock: OperatorClock,
    pub(super) entropy: Box<dyn Entropy>,
    pub(super) base_url: String,
    pub(super) ledger: Mutex<Ledger>,
    /// Its tickets cannot be signed at present.
    pub(super) is_without_tickets: AtomicBool,
}

/// A call as it came.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The values in its path, in order.
    pub path: Vec<String>,
    /// What stands behind the `?`.
    pub query: String,
    /// Its body.
    pub body: Bytes,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Authorization: Bearer`.
    pub token: Option<String>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// `Jol-Version`.
    pub version: String,
    /// `Jol-Intent-Age`, in ms.
    pub age_ms: Option<i64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What its body is.
    pub media: &'static str,
    /// Its body.
    pub body: Bytes,
    /// Any web cache may keep it, and ask by its ETag whether it still holds.
    pub cacheable: bool,
    /// It will be the same for ever.
    pub is_final: bool,
}

impl Answer {
    /// Status 200 and this as JSON.
    pub fn json(value: &impl Serialize) -> Answer {
        Answer::with(200, "application/json", to_json(value))
    }

    /// Bytes of some kind.
    pub fn with(status: u16, media: &'static str, body: Bytes) -> Answer {
        Answer { status, media, body, cacheable: false, is_final: true }
    }

    /// The answer that something went wrong.
    pub fn problem(problem: &Problem) -> Answer {
        Answer::with(problem.status, PROBLEM, to_json(problem))
    }
}

/// The media type of a problem (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";

fn to_json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("what travels is JSON").into()
}

/// Why there is no answer as asked for.
#[derive(Debug)]
pub enum Refusal {
    /// The caller is told.
    Problem(Problem),
    /// The operator's own fault; logged, and the caller is told to try again.
    Broken(String),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal::Problem(problem)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal::Broken(format!("ledger: {error}"))
    }
}

/// Who asks, once that is known.
#[derive(Clone, Debug)]
pub enum Who {
    /// Anybody.
    Anybody,
    /// A passenger.
    Passenger(SessionRow),
    /// A bus's terminal.
    Terminal,
    /// An inspector.
    Inspector,
}

/// A call whose caller is known, at a moment.
pub struct Asked<'a> {
    /// The books, in one transaction.
    pub books: &'a Books<'a>,
    /// The call.
    pub call: &'a Call,
    /// Who asks.
    pub who: Who,
    /// When, ms since 1970.
    pub now_ms: i64,
    /// The hash of the body.
    pub request_hash: [u8; 32],
}

impl Asked<'_> {
    /// The passenger's session; operations that have one are open to passengers only.
    pub fn session(&self) -> Result<&SessionRow, Refusal> {
        match &self.who {
            Who::Passenger(session) => Ok(session),
            _ => Err(not_signed_in().into()),
        }
    }

    /// The value in the path.
    pub fn id(&self) -> &str {
        self.call.path.first().map_or("", String::as_str)
    }

    /// The idempotency key; every POST has one.
    pub fn key(&self) -> &str {
        self.call.key.as_deref().unwrap_or_default()
    }
}

impl Call {
    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let media = self.content_type.as_deref().unwrap_or_default();
        if media.split(';').next().is_none_or(|media| !media.trim().eq_ignore_ascii_case("application/json"))
        {
            return Err(problem(415, codes::BAD_REQUEST, "the body is application/json"));
        }
        serde_json::from_slice(&self.body)
            .or_else(|error| {
                let mut value = serde_json::from_slice(&self.body).map_err(|_| error)?;
                whole_numbers(&mut value);
                serde_json::from_value(value)
            })
            .map_err(|error| problem(400, codes::BAD_REQUEST, &format!("the body: {error}")))
    }
}

/// Writes `5.0` as `5`: for JSON Schema, and for some languages' writers, they are the same integer.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= 9e15);
            if let (false, Some(whole)) = (number.is_i64() || number.is_u64(), whole) {
                // Within 2⁵³, so that nothing is lost.
                *value = Value::from(whole as i64);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

fn not_signed_in() -> Problem {
    problem(401, codes::NOT_SIGNED_IN, "no session, or one that ended")
}

/// Nothing has this id.
pub(super) fn not_found() -> Problem {
    problem(404, codes::NOT_FOUND, "there is nothing with this id")
}

impl Desk {
    /// Answers a call.
    pub fn answer(&self, operation: &Operation, call: &Call) -> Answer {
        let answered = match operation.serve {
            Serve::Published(publish) => publish(self, call).map_err(Refusal::from),
            Serve::Asked(serve) => self.ask(operation, call, serve),
        };
        answered.unwrap_or_else(|refusal| Answer::problem(&told(refusal)))
    }

    fn ask(&self, operation: &Operation, call: &Call, serve: operations::Handler) -> Result<Answer, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        let who = self.who(&books, operation.access, call)?;
        let request_hash: [u8; 32] = Sha256::digest(&call.body).into();
        self.settle_due(&books, now_ms)?;
        self.settle_intents(&books, now_ms)?;
        self.settle_vouchers(&books, now_ms)?;
        let asked = Asked { books: &books, call, who, now_ms, request_hash };
        let answer = match operation.verb {
            Verb::Get => serve(self, &asked)?,
            Verb::Post => once(operation, &asked, || serve(self, &asked))?,
        };
        books.commit()?;
        Ok(answer)
    }

    fn who(&self, books: &Books<'_>, access: Access, call: &Call) -> Result<Who, Refusal> {
        let token = call.token.as_deref().unwrap_or_default();
        Ok(match access {
            Access::Anybody => Who::Anybody,
            Access::Terminal if token == TERMINAL_TOKEN => Who::Terminal,
            Access::Terminal => return Err(not_signed_in().into()),
            Access::Inspector if token == INSPECTOR_TOKEN => Who::Inspector,
            Access::Inspector => {
                let session = books.session(Sha256::digest(token).as_slice())?.ok_or_else(not_signed_in)?;
                if !self.is_staff(&session.account.recipient) {
                    return Err(problem(403, codes::NOT_STAFF, "not a session of an inspector").into());
                }
                Who::Inspector
            }
            Access::Passenger => {
                let session = books.session(Sha256::digest(token).as_slice())?;
                Who::Passenger(session.ok_or_else(not_signed_in)?)
            }
        })
    }

    /// Whether this number or address is an inspector's.
    fn is_staff(&self, recipient: &str) -> bool {
        self.operator.staff.iter().any(|number| number == recipient)
    }

    /// A ticket, signed, unless the machine that signs them is out of order.
    fn ticket(&self, token: &Token) -> Result<Vec<u8>, TicketError> {
        if self.is_without_tickets.load(Ordering::Relaxed) {
            return Err(TicketError::OutOfBounds { field: "the machine that signs" });
        }
        self.keys.ticket(token)
    }

    /// The operator's keys.
    pub(crate) fn keys(&self) -> &OperatorKeys {
        &self.keys
    }

    /// The books, for the sandbox's own controls.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The digits of the last message that was sent to a number or address: the one-time code.
    pub(crate) fn last_code(&self, to: &str) -> Option<String> {
        let mut ledger = self.lock();
        let (text, _) = ledger.begin().ok()?.last_message(to).ok()??;
        Some(text.chars().filter(char::is_ascii_digit).collect())
    }

    /// A new id that nobody can guess, which begins with a letter that says what it names.
    fn new_id(&self, letter: char) -> String {
        format!("{letter}{}", URL_SAFE_NO_PAD.encode(random::<12>(&*self.entropy)).replace(['-', '_'], "x"))
    }

    fn city(&self, id: &str) -> Option<&CityData> {
        self.operator.cities.iter().find(|city| city.rules.city == id)
    }

    /// A bus, in whichever city it runs.
    fn bus(&self, vehicle: &str) -> Option<(&CityData, &Vehicle)> {
        self.operator.cities.iter().find_map(|city| {
            city.vehicles.iter().find(|known| known.vehicle == vehicle).map(|known| (city, known))
        })
    }

    /// What a bus is doing at a moment, unless the operator has closed its run.
    fn run(
        &self,
        books: &Books<'_>,
        city: &CityData,
        vehicle: &str,
        at_ms: i64,
    ) -> rusqlite::Result<Option<Run>> {
        let Some(run) = city.live.where_is(vehicle, at_ms) else { return Ok(None) };
        Ok((!books.is_closed(vehicle, &run.run, at_ms)?).then_some(run))
    }
}

/// The time zone of a city; UTC for one that the database does not know.
fn zone(city: &CityData) -> TimeZone {
    TimeZone::get(&city.rules.time_zone).unwrap_or(TimeZone::UTC)
}

/// The day in a time zone.
fn day(at_ms: i64, zone: &TimeZone) -> jiff::civil::Date {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(zone.clone()).date()
}

/// When that day began, ms since 1970.
fn day_start_ms(at_ms: i64, zone: &TimeZone) -> i64 {
    zone.to_timestamp(day(at_ms, zone).at(0, 0, 0, 0)).map_or(at_ms, Timestamp::as_millisecond)
}

/// When the next day begins at a place, likewise.
fn day_end_ms(at_ms: i64, zone: &TimeZone) -> i64 {
    let next = day(at_ms, zone).tomorrow().map(|day| day.at(0, 0, 0, 0));
    next.and_then(|next| zone.to_timestamp(next)).map_or(i64::MAX, Timestamp::as_millisecond)
}

/// Carries out a POST that was not carried out before; else gives the answer that it got.
fn once(
    operation: &Operation,
    asked: &Asked<'_>,
    serve: impl FnOnce() -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let key = asked.call.key.as_deref();
    let key = key.ok_or_else(|| problem(400, codes::KEY_MISSING, "a POST needs an Idempotency-Key"))?;
    let well_formed = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !(8..=64).contains(&key.len()) || !well_formed {
        return Err(problem(400, codes::BAD_REQUEST, "Idempotency-Key: 8 to 64 of A-Z a-z 0-9 - _").into());
    }
    let caller = match &asked.who {
        Who::Anybody => "anybody",
        Who::Passenger(session) => &session.account.account,
        Who::Terminal => "terminal",
        Who::Inspector => "inspector",
    };
    let mut hash = Sha256::new_with_prefix(operation.id);
    asked.call.path.iter().for_each(|part| hash.update(Sha256::digest(part)));
    hash.update(asked.request_hash);
    let hash = hash.finalize().to_vec();
    match asked.books.answered(caller, key)? {
        Some(before) if before.request_hash != hash => {
            return Err(problem(409, codes::KEY_REUSED, "this key was used for another request").into());
        }
        Some(AnsweredRow { answer: Some((status, body)), .. }) => {
            let media = if status < 400 { "application/json" } else { PROBLEM };
            return Ok(Answer::with(status, media, body.into()));
        }
        _ => {}
    }
    let answer = match serve() {
        // What was never carried out is not remembered: the same bytes may succeed later.
        Err(Refusal::Problem(problem)) if !is_remembered(&problem) => return Err(problem.into()),
        Err(Refusal::Problem(problem)) => Answer::problem(&problem),
        other => other?,
    };
    let given = answer.is_final.then(|| (answer.status, answer.body.to_vec()));
    asked.books.put_answered(caller, key, &AnsweredRow { request_hash: hash, answer: given })?;
    Ok(answer)
}

/// Whether a rule said so, after it looked at what was asked. A signature by a key that is not this session's is
/// looked at anew: the phone may enrol it in a moment.
fn is_remembered(problem: &Problem) -> bool {
    !matches!(problem.status, 400 | 401 | 413 | 415 | 429 | 500..) && problem.code != codes::BAD_SIGNATURE
}

/// What the caller is told; the operator's own faults are logged and not told.
fn told(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Problem(problem) => problem,
        Refusal::Broken(why) => {
            eprintln!("operator: {why}");
            problem(500, codes::UNAVAILABLE, "something is out of order at the operator's")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |body: &'static str| {
            let content_type = Some("application/json; charset=utf-8".to_owned());
            Call { body: body.into(), content_type, ..Call::default() }.json::<Vec<i64>>()
        };
        assert_eq!(read("[5, 5.0, -2e3]"), Ok(vec![5, 5, -2_000]));
        assert!(read("[5.5]").is_err() && read("[1e300]").is_err() && read("[5").is_err());
        assert_eq!(Call::default().json::<Vec<i64>>().expect_err("no media type").status, 415);
    }

    #[test]
    fn the_contract_lists_what_is_served_and_no_more() {
        let contract = include_str!("../../../../core/contract/operator.openapi.yaml");
        let paths = contract.split("\ncomponents:").next().and_then(|top| top.split("\npaths:").nth(1));
        let (mut path, mut verb, mut listed) = ("", "", Vec::new());
        for line in paths.expect("paths").lines() {
            let depth = line.len() - line.trim_start().len();
            let word = line.trim().trim_end_matches(':');
            match depth {
                2 if word.starts_with('/') => path = word,
                4 if ["get", "post", "put", "patch", "delete"].contains(&word) => verb = word,
                6 if word.starts_with("operationId: ") => listed.push((path, verb, &word[13..])),
                _ => {}
            }
        }
        let verb = |operation: &Operation| if operation.verb == Verb::Get { "get" } else { "post" };
        let mut served: Vec<_> =
            OPERATIONS.iter().map(|operation| (operation.path, verb(operation), operation.id)).collect();
        listed.sort();
        served.sort();
        assert_eq!(listed, served);
    }
}
