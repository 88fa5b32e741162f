//! What anybody may know: the operator, its cities, keys, lists, and where its buses are.

use super::sales::{named_bus, run_number};
use super::{Answer, Asked, Call, Desk, Refusal, not_found};
use crate::sandbox::data::CityData;
use crate::sandbox::keys::Gone;
use crate::sandbox::rules::problem;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::Uri;
use jiff::tz::TimeZone;
use jol_core::city::fares::Vehicle;
use jol_core::operator::wire::{
    Base64, Cities, CitySummary, DaySignsAnswer, KeysAnswer, PackSummary, Problem, StatusAnswer, TimeAnswer,
    Vehicles, problem as codes,
};
use jol_core::ticket::receipt::LONGEST_NONCE;
use jol_core::ticket::{BrokenRun, TicketError};
use serde::{Deserialize, Serialize};

const PROTOBUF: &str = "application/x-protobuf";

/// A city pack, ready to be served.
#[derive(Clone)]
pub struct Pack {
    /// How the list of cities tells of it.
    pub summary: PackSummary,
    /// The file.
    pub bytes: Bytes,
}

fn cached(value: &impl Serialize) -> Result<Answer, Problem> {
    Ok(Answer { cacheable: true, ..Answer::json(value) })
}

fn named<'a>(desk: &'a Desk, call: &Call) -> Result<&'a CityData, Problem> {
    call.path.first().and_then(|id| desk.city(id)).ok_or_else(not_found)
}

pub(super) fn operator(desk: &Desk, _: &Call) -> Result<Answer, Problem> {
    cached(&desk.operator.info)
}

pub(super) fn terms(desk: &Desk, _: &Call) -> Result<Answer, Problem> {
    cached(&desk.operator.terms)
}

pub(super) fn keys(desk: &Desk, _: &Call) -> Result<Answer, Problem> {
    let list = desk.keys.key_list(desk.clock.now_ms()).map_err(unsigned)?;
    cached(&KeysAnswer { key_list: Base64(list) })
}

/// The list of tickets that hold no longer; the one published thing that is read from the books.
pub(super) fn status(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let gone = Gone {
        revoked: asked.books.revoked_tickets()?,
        replaced: asked.books.replaced_tickets()?,
        broken: broken_runs(desk, asked)?,
    };
    let list = desk.keys.status_list(gone, asked.now_ms).map_err(unsigned)?;
    Ok(cached(&StatusAnswer { status_list: Base64(list) })?)
}

fn broken_runs(desk: &Desk, asked: &Asked<'_>) -> Result<Vec<BrokenRun>, Refusal> {
    let runs = asked.books.broken_runs()?.into_iter();
    let mut broken: Vec<_> = runs
        .map(|(vehicle, run, next)| {
            let painted = desk.bus(&vehicle).map_or(vehicle.as_str(), |(_, bus)| &bus.painted);
            let mut next: Vec<String> = next.iter().map(|next| named_bus(next)).collect();
            next.sort();
            next.dedup();
            BrokenRun { vehicle: named_bus(painted), run: run_number(&run), next }
        })
        .collect();
    broken.sort_by(|a, b| (&a.vehicle, a.run).cmp(&(&b.vehicle, b.run)));
    broken.dedup_by(|a, b| (&a.vehicle, a.run) == (&b.vehicle, b.run));
    Ok(broken)
}

/// The colours and words of yesterday, today and tomorrow, by the calendar of the first city.
pub(super) fn day_signs(desk: &Desk, _: &Call) -> Result<Answer, Problem> {
    let zone = desk.operator.cities.first().and_then(|city| TimeZone::get(&city.rules.time_zone).ok());
    let signs = desk.keys.day_signs(&zone.unwrap_or(TimeZone::UTC), desk.clock.now_ms()).map_err(unsigned)?;
    cached(&DaySignsAnswer { day_signs: Base64(signs) })
}

/// What cannot be signed is out of order at the operator's.
fn unsigned(error: TicketError) -> Problem {
    eprintln!("operator: {error}");
    problem(500, codes::UNAVAILABLE, "something is out of order at the operator's")
}

#[derive(Deserialize)]
struct TimeQuestion {
    nonce: Base64,
}

pub(super) fn time(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    let bad = || problem(400, codes::BAD_REQUEST, "nonce: 8 to 32 bytes as base64url");
    let uri: Uri = format!("/?{}", call.query).parse().map_err(|_| bad())?;
    let Query(question) = Query::<TimeQuestion>::try_from_uri(&uri).map_err(|_| bad())?;
    if !(8..=LONGEST_NONCE).contains(&question.nonce.0.len()) {
        return Err(bad());
    }
    let time = desk.keys.time(&question.nonce.0, desk.clock.now_ms()).map_err(unsigned)?;
    Ok(Answer::json(&TimeAnswer { time: Base64(time) }))
}

pub(super) fn cities(desk: &Desk, _: &Call) -> Result<Answer, Problem> {
    let cities = desk.operator.cities.iter().zip(&desk.packs).map(|(city, pack)| CitySummary {
        id: city.rules.city.clone(),
        name: city.name.clone(),
        sample: city.sample,
        lines: city.lines.clone(),
        pack: pack.summary.clone(),
    });
    cached(&Cities { cities: cities.collect() })
}

pub(super) fn city(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    cached(&named(desk, call)?.rules)
}

pub(super) fn pack(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    let city = named(desk, call)?;
    let pack =
        desk.operator.cities.iter().zip(&desk.packs).find(|(one, _)| one.rules.city == city.rules.city);
    let (_, pack) = pack.ok_or_else(not_found)?;
    Ok(Answer { cacheable: true, ..Answer::with(200, "application/octet-stream", pack.bytes.clone()) })
}

/// Every bus with the line that it serves now.
pub(super) fn vehicles(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    let city = named(desk, call)?;
    let now_ms = desk.clock.now_ms();
    let serves =
        |bus: &Vehicle| city.live.where_is(&bus.vehicle, now_ms).map_or(bus.line.clone(), |run| run.line);
    let vehicles = city.vehicles.iter().map(|bus| Vehicle { line: serves(bus), ..bus.clone() }).collect();
    cached(&Vehicles { vehicles })
}

pub(super) fn positions(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    live(named(desk, call)?.live.positions(desk.clock.now_ms()))
}

pub(super) fn updates(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    live(named(desk, call)?.live.updates(desk.clock.now_ms()))
}

pub(super) fn alerts(desk: &Desk, call: &Call) -> Result<Answer, Problem> {
    live(named(desk, call)?.live.alerts(desk.clock.now_ms()))
}

fn live(message: Vec<u8>) -> Result<Answer, Problem> {
    Ok(Answer { cacheable: true, ..Answer::with(200, PROTOBUF, message.into()) })
}
