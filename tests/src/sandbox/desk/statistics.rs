//! The operator's statistics by social category, for its staff: counters, and nothing of anybody.

use super::{Answer, Asked, Desk, Refusal, day, zone};
use crate::sandbox::data::CityData;
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::problem;
use crate::sandbox::rules::statistics::{self as rule, Boarding, By, Place, Told};
use axum::extract::Query;
use axum::http::Uri;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use jol_core::city::fares::{FareHistory, FareQuestion};
use jol_core::money::Money;
use jol_core::operator::wire::problem as codes;
use jol_core::pay::Way;
use jol_core::ticket::till::CashSale;
use jol_core::wallet::{Category, PassengerGroup};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// No span is longer, in months; and no month is further away than this from 1970.
const MOST_MONTHS: usize = 120;

#[derive(Deserialize)]
struct Question {
    from: Date,
    until: Date,
    #[serde(default)]
    by: Option<Time>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Time {
    Day,
    Month,
}

/// `GET /v1/statistics`.
#[derive(Serialize)]
struct StatisticsAnswer {
    least_payers: usize,
    cells: Vec<CellAnswer>,
    totals: Vec<TotalAnswer>,
}

#[derive(Serialize)]
struct CellAnswer {
    period: String,
    city: String,
    category: Category,
    way: Way,
    line: String,
    rides: u64,
    sum: Money,
}

/// The sum of all cells of a category that are told.
#[derive(Serialize)]
struct TotalAnswer {
    category: Category,
    rides: u64,
    sum: Money,
}

pub(super) fn read(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let bad = || problem(400, codes::BAD_REQUEST, "from and until: dates; by: day or month");
    let uri: Uri = format!("/?{}", asked.call.query).parse().map_err(|_| bad())?;
    let Query(question) = Query::<Question>::try_from_uri(&uri).map_err(|_| bad())?;
    let by = match question.by {
        Some(Time::Month) => By::Month,
        _ => By::Day,
    };
    let mut boardings = Vec::new();
    for city in &desk.operator.cities {
        for (from, until) in months(&question, city, asked.now_ms) {
            desk.boardings(asked.books, city, from, until, &mut boardings)?;
        }
    }
    let mut cells = rule::told(&boardings, by);
    cells.retain(|cell| question.from <= cell.from && last_day(cell.from, by) <= question.until);
    Ok(Answer::json(&StatisticsAnswer {
        least_payers: rule::LEAST,
        totals: totals(&cells),
        cells: cells.into_iter().map(|cell| answer(cell, by)).collect(),
    }))
}

/// The last day of a cell that begins then.
fn last_day(from: Date, by: By) -> Date {
    match by {
        By::Day => from,
        By::Month => from.last_of_month(),
    }
}

/// The months that a question touches and that are told of by now: their first ms and the ms after their last.
fn months(question: &Question, city: &CityData, now_ms: i64) -> Vec<(i64, i64)> {
    let zone = zone(city);
    let start = |day: Date| day.to_zoned(zone.clone()).ok().map(|start| start.timestamp().as_millisecond());
    // Whoever asks for a thousand years is told of what there can be.
    let today = day(now_ms, &zone);
    let oldest = today.checked_sub(Span::new().months(MOST_MONTHS as i64)).unwrap_or(today);
    let mut first = question.from.max(oldest).first_of_month();
    let mut found = Vec::new();
    while first <= question.until.min(today) && found.len() <= MOST_MONTHS {
        let Ok(next) = first.checked_add(1.month()) else { break };
        let span = start(first).zip(start(next));
        found.extend(span.filter(|(_, until_ms)| until_ms.saturating_add(rule::WAITS_MS) <= now_ms));
        first = next;
    }
    found
}

fn answer(cell: Told, by: By) -> CellAnswer {
    let form = match by {
        By::Day => "%Y-%m-%d",
        By::Month => "%Y-%m",
    };
    let Place { city, category, way, line } = cell.cell;
    let period = cell.from.strftime(form).to_string();
    CellAnswer { period, city, category, way, line, rides: cell.rides, sum: cell.sum }
}

fn totals(cells: &[Told]) -> Vec<TotalAnswer> {
    let mut all: BTreeMap<Category, (u64, i64)> = BTreeMap::new();
    for told in cells {
        let (rides, tiyn) = all.entry(told.cell.category).or_default();
        (*rides, *tiyn) = (rides.saturating_add(told.rides), tiyn.saturating_add(told.sum.tiyn));
    }
    let total = |(category, (rides, tiyn))| TotalAnswer { category, rides, sum: Money::tiyn(tiyn) };
    all.into_iter().map(total).collect()
}

/// Whose ticket, how, on which line, who, for how much, when.
struct Sold {
    payer: String,
    way: Way,
    line: String,
    passengers: Vec<PassengerGroup>,
    fare: Money,
    at_ms: i64,
}

impl Desk {
    /// Everybody who rode in a city in a span of time.
    fn boardings(
        &self,
        books: &Books<'_>,
        city: &CityData,
        from_ms: i64,
        until_ms: i64,
        into: &mut Vec<Boarding>,
    ) -> Result<(), Refusal> {
        let zone = zone(city);
        let rides = books.rides_between(from_ms, until_ms)?.into_iter();
        let rides = rides.filter(|(_, ride)| ride.city == city.rules.city).map(|(payer, ride)| Sold {
            payer,
            way: ride.way,
            line: ride.vehicle.line,
            passengers: ride.passengers,
            fare: ride.fare,
            at_ms: ride.paid_ms,
        });
        let cash = books.sales_between(&city.rules.city, from_ms, until_ms)?.into_iter();
        let cash = cash.filter_map(|(ticket, at_ms, sale)| {
            let sale = CashSale::from_bytes(&sale).ok()?;
            let CashSale { line, passengers, fare, .. } = sale;
            // Nobody knows who paid cash: each ticket is somebody's.
            Some(Sold { payer: ticket, way: Way::Cash, line, passengers, fare, at_ms })
        });
        for sold in rides.chain(cash) {
            let day = day(sold.at_ms, &zone);
            let price = |category| {
                let question = FareQuestion {
                    category,
                    way: sold.way,
                    line: &sold.line,
                    zone: None,
                    day,
                    before: FareHistory::default(),
                };
                city.rules.fares.fare(&question)
            };
            for (group, sum) in rule::shared(&sold.passengers, sold.fare, price) {
                into.push(Boarding {
                    payer: sold.payer.clone(),
                    cell: Place {
                        city: city.rules.city.clone(),
                        category: group.category,
                        way: sold.way,
                        line: sold.line.clone(),
                    },
                    day,
                    rides: u64::from(group.count),
                    sum,
                });
            }
        }
        Ok(())
    }
}
