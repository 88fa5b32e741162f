//! The timetable as seen from a stop and from a vehicle: the stop board, and where a trip is when.

use super::days::{Zones, after, day_at, day_start_s};
use super::journey::StopAt;
use super::route::{NOT_HERE, Route};
use super::stops::{line_name, platforms_of, stop_at};
use crate::city::times::StopTime;
use crate::city::timetable::{PatternIdx, PatternRecord, StopIdx, TextIdx, Timetable, TripIdx};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many days before that of the clock a trip can have begun.
const DAYS_BACK: i32 = 2;

/// The longest span that a board shows: a week.
const LONGEST_BOARD_MS: i64 = 7 * 24 * 3_600_000;

/// A vehicle that leaves a stop, or ends there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The line's number, or its long name if it has no number.
    pub line: String,
    /// The line's id.
    pub line_id: String,
    /// Where the sign on the bus says it goes.
    pub headsign: String,
    /// The trip's id.
    pub trip_id: String,
    /// The id of the stop or platform where it halts.
    pub stop_id: String,
    /// Which of the trip's stops this is, from 0: a loop halts here twice.
    pub position: u32,
    /// Its number in the feed (GTFS: `stop_sequence`), by which live times speak of it.
    pub stop_sequence: u32,
    /// When the timetable says it leaves, or arrives if it ends here. ms since 1970.
    pub scheduled_ms: i64,
    /// The day whose timetable the trip belongs to, in days since 1970-01-01.
    pub service_day: i32,
    /// When its run starts, in seconds of that day, where several runs bear the trip's id (frequencies.txt):
    /// live times tell them apart by it. None where only one does.
    pub start_s: Option<u32>,
    /// Whether the trip ends here: nobody boards.
    pub terminus: bool,
    /// Seconds between vehicles if the timetable only says how often they come, else 0.
    pub headway_s: u32,
}

/// A halt of a trip on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Where.
    pub stop: StopAt,
    /// When it arrives, in ms since 1970.
    pub arrival_ms: i64,
    /// When it leaves, in ms since 1970.
    pub departure_ms: i64,
}

/// The first trip with this id. Trips of one id that stand for "every so often" follow one another.
pub fn find_trip(timetable: &Timetable<'_>, id: &str) -> Option<TripIdx> {
    (0..).zip(timetable.trips).find(|(_, trip)| timetable.text(trip.id) == id).map(|(nth, _)| TripIdx(nth))
}

/// What leaves a stop, or any platform of a station, in `[from_ms, until_ms)`: earliest first, at most
/// `limit`. Vehicles that nobody may board there are left out unless they end there.
pub fn departures(
    timetable: &Timetable<'_>,
    zones: &Zones,
    stop: StopIdx,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
) -> Vec<Departure> {
    let until_ms = until_ms.min(from_ms.saturating_add(LONGEST_BOARD_MS));
    let mut all: Vec<(i64, i32, TripIdx, u32, StopIdx)> = Vec::new();
    for platform in platforms_of(timetable, stop) {
        for at in timetable.patterns_at(platform) {
            let Some(route) = Route::of(timetable, at.pattern) else { continue };
            let position = at.position as usize;
            let Some(halt) = route.stops.get(position) else { continue };
            let ends_here = position + 1 == route.stops.len();
            if !ends_here && halt.pickup == NOT_HERE {
                continue;
            }
            for (day, start_ms) in days_around(zones, route.pattern, from_ms, until_ms) {
                let ms = |nth: usize| {
                    let time = route.time(nth, position);
                    start_ms + ms_of(if ends_here { time.arrival_s } else { time.departure_s })
                };
                let end = route.trips.len();
                let first = route.partition_point(end, |nth| ms(nth) < from_ms);
                let later = (first..end).take_while(|&nth| ms(nth) < until_ms);
                let running = later.filter(|&nth| timetable.runs(route.trips[nth].service, day)).take(limit);
                all.extend(
                    running.filter_map(|nth| Some((ms(nth), day, route.trip(nth)?, at.position, platform))),
                );
            }
        }
    }
    all.sort_unstable();
    all.truncate(limit);
    let several = borne_by_several(timetable, all.iter().map(|(.., trip, _, _)| *trip));
    let departure = |(scheduled_ms, service_day, run, position, stop)| {
        let stop_sequence = timetable.stop_sequence(run, position);
        let trip = timetable.trip(run)?;
        let pattern = timetable.pattern(trip.pattern)?;
        let line = timetable.line(pattern.line)?;
        Some(Departure {
            line: line_name(timetable, line),
            line_id: timetable.text(line.id).to_owned(),
            headsign: timetable.name(trip.headsign).to_owned(),
            trip_id: timetable.text(trip.id).to_owned(),
            stop_id: timetable.text(timetable.stop(stop)?.id).to_owned(),
            position,
            stop_sequence,
            scheduled_ms,
            service_day,
            start_s: several.contains(&trip.id).then(|| starts_s(timetable, run)).flatten(),
            terminus: position + 1 == pattern.stop_count,
            headway_s: trip.headway_s,
        })
    };
    all.into_iter().filter_map(departure).collect()
}

/// Which of the ids of these trips several trips bear: one trip is then many runs a day.
fn borne_by_several(timetable: &Timetable<'_>, trips: impl Iterator<Item = TripIdx>) -> BTreeSet<TextIdx> {
    let ids: BTreeSet<TextIdx> = trips.filter_map(|trip| Some(timetable.trip(trip)?.id)).collect();
    let (mut once, mut several) = (BTreeSet::new(), BTreeSet::new());
    for trip in timetable.trips.iter().filter(|trip| ids.contains(&trip.id)) {
        if !once.insert(trip.id) {
            several.insert(trip.id);
        }
    }
    several
}

/// When a trip starts, in seconds of its service day.
pub(crate) fn starts_s(timetable: &Timetable<'_>, trip: TripIdx) -> Option<u32> {
    timetable.trip_times(trip)?.1.first().map(|time| time.departure_s)
}

/// Stop by stop, when a trip is where on one service day; empty if there is no such trip or day. Whether
/// the trip runs on that day is not asked.
pub fn trip_run(timetable: &Timetable<'_>, zones: &Zones, trip: TripIdx, service_day: i32) -> Vec<Call> {
    let calls = || {
        let (pattern, times) = timetable.trip_times(trip)?;
        let start_s = day_start_s(&zones.of_line(pattern.line), service_day)?;
        let ms = |seconds: u32| start_s * 1_000 + ms_of(seconds);
        let call = |(stop, time): (StopIdx, StopTime)| Call {
            stop: stop_at(timetable, stop),
            arrival_ms: ms(time.arrival_s),
            departure_ms: ms(time.departure_s),
        };
        let stops = timetable.stops_of(pattern).iter().map(|stop| stop.stop);
        Some(stops.zip(times.iter()).map(call).collect())
    };
    calls().unwrap_or_default()
}

/// The trips that are on the road at a moment, with their service days: from the departure at the first
/// stop until the arrival at the last, both included.
pub fn trips_running(timetable: &Timetable<'_>, zones: &Zones, at_ms: i64) -> Vec<(TripIdx, i32)> {
    let mut all = Vec::new();
    for nth in (0..).take(timetable.patterns.len()) {
        let Some(route) = Route::of(timetable, PatternIdx(nth)) else { continue };
        let (last, end) = (route.stops.len() - 1, route.trips.len());
        for (day, start_ms) in days_around(zones, route.pattern, at_ms, at_ms) {
            // No trip overtakes another, so those on the road follow one another.
            let is_there = |nth| start_ms + ms_of(route.time(nth, last).arrival_s) < at_ms;
            let has_left = |nth| start_ms + ms_of(route.time(nth, 0).departure_s) <= at_ms;
            let first = route.partition_point(end, is_there);
            let on_the_road = (first..end).take_while(|&nth| has_left(nth));
            let running = on_the_road.filter(|&nth| timetable.runs(route.trips[nth].service, day));
            all.extend(running.filter_map(|nth| Some((route.trip(nth)?, day))));
        }
    }
    all
}

/// The service days that can have a vehicle on the road between two moments, and when they start.
fn days_around(
    zones: &Zones,
    pattern: &PatternRecord,
    from_ms: i64,
    until_ms: i64,
) -> impl Iterator<Item = (i32, i64)> {
    let zone = zones.of_line(pattern.line);
    let day = |ms: i64| day_at(&zone, ms.div_euclid(1_000));
    // Without a calendar day there is no service day.
    let days = day(from_ms).zip(day(until_ms)).map(|(first, last)| first - DAYS_BACK..=last + 1);
    let days = days.into_iter().flatten();
    days.filter_map(move |day| Some((day, day_start_s(&zone, day)? * 1_000)))
}

/// A time of the timetable in ms, without overflow for whatever a pack says.
fn ms_of(seconds: u32) -> i64 {
    i64::from(after(0, seconds)) * 1_000
}
