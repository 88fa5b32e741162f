//! Who asks what, and what the answers are, as files have them.
//!
//! Queries are rows of `id,from_stop,from_lat,from_lon,to_stop,to_lat,to_lon,date,dep_s`, answers rows of
//! `id,rides,arr`; both times are in seconds after noon minus 12 h of the date.

use jiff::civil::Date;
use jol_core::city::City;
use jol_core::city::timetable::StopIdx;
use jol_core::geo::Point;
use jol_core::plan::{Zones, day_start_s};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

#[derive(Deserialize)]
struct Query {
    id: u32,
    from_stop: String,
    from_lat: f64,
    from_lon: f64,
    to_stop: String,
    to_lat: f64,
    to_lon: f64,
    date: String,
    dep_s: i32,
}

#[derive(Deserialize)]
struct Answer {
    id: u32,
    rides: u32,
    arr: i32,
}

/// A query whose stops and day were found.
pub(super) struct Asked {
    pub(super) id: u32,
    pub(super) from: StopIdx,
    pub(super) to: StopIdx,
    /// The ids of both.
    pub(super) stops: [String; 2],
    pub(super) points: [Point; 2],
    pub(super) date: Date,
    /// The date in days since 1970.
    pub(super) day: i32,
    pub(super) departure: i32,
    pub(super) midnight_ms: i64,
}

impl Asked {
    pub(super) fn at_ms(&self) -> i64 {
        self.midnight_ms + i64::from(self.departure) * 1_000
    }

    /// A moment as files have it.
    pub(super) fn second(&self, ms: i64) -> i32 {
        ((ms - self.midnight_ms) / 1_000) as i32
    }
}

/// (rides, arrival) of the journeys of one query.
pub(super) type Points = BTreeSet<(u32, i32)>;

/// The soonest arrival.
pub(super) fn soonest(points: &Points) -> Option<i32> {
    points.iter().map(|(_, arrival)| *arrival).min()
}

pub(super) fn queries(file: &Path, city: &City, zones: &Zones) -> Result<Vec<Asked>, Box<dyn Error>> {
    let mut all = Vec::new();
    for query in csv::Reader::from_path(file)?.deserialize() {
        let query: Query = query?;
        let stop = |id: &str| city.stop_by_id(id).ok_or_else(|| format!("no stop {id}"));
        let date = query.date.parse::<Date>()?;
        let day = (date - Date::constant(1970, 1, 1)).get_days();
        let midnight_s = day_start_s(&zones.of_city(), day).ok_or("no such day")?;
        let point = |lat, lon| Point::new(lat, lon).ok_or("not a point on Earth");
        all.push(Asked {
            id: query.id,
            from: stop(&query.from_stop)?,
            to: stop(&query.to_stop)?,
            stops: [query.from_stop, query.to_stop],
            points: [point(query.from_lat, query.from_lon)?, point(query.to_lat, query.to_lon)?],
            date,
            day,
            departure: query.dep_s,
            midnight_ms: midnight_s * 1_000,
        });
    }
    Ok(all)
}

pub(super) fn answers(file: &Path) -> Result<BTreeMap<u32, Points>, Box<dyn Error>> {
    let mut all: BTreeMap<u32, Points> = BTreeMap::new();
    for answer in csv::Reader::from_path(file)?.deserialize() {
        let Answer { id, rides, arr } = answer?;
        all.entry(id).or_default().insert((rides, arr));
    }
    Ok(all)
}
