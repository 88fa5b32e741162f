//! The timetable as seen from a stop and from a vehicle: the stop board, and where a trip is when.

use super::days::{Zones, after, day_at, day_start_s};
use super::journey::StopAt;
use super::legs::platforms_of;
use super::raptor::NOT_HERE;
use crate::city::timetable::{LineRecord, PatternRecord, StopIdx, StopRecord, StopTime, Timetable, TripIdx};
use serde::{Deserialize, Serialize};

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
    /// When the timetable says it leaves, or arrives if it ends here. ms since 1970.
    pub scheduled_ms: i64,
    /// The day whose timetable the trip belongs to, in days since 1970-01-01.
    pub service_day: i32,
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

/// The stop with this id.
pub fn find_stop(timetable: &Timetable<'_>, id: &str) -> Option<StopIdx> {
    (0..).zip(timetable.stops).find(|(_, stop)| timetable.text(stop.id) == id).map(|(nth, _)| StopIdx(nth))
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
            let Some(pattern) = timetable.pattern(at.pattern) else { continue };
            let ends_here = at.position.checked_add(1) == Some(pattern.stop_count);
            let halt = timetable.stops_of(pattern).get(at.position as usize);
            if !ends_here && halt.is_none_or(|halt| halt.pickup == NOT_HERE) {
                continue;
            }
            let at_stop = |time: &StopTime| if ends_here { time.arrival_s } else { time.departure_s };
            let time = |nth| timetable.times_of(pattern, nth).get(at.position as usize).map_or(0, at_stop);
            for (day, start_ms) in days_around(zones, pattern, from_ms, until_ms) {
                let ms = |nth: u32| start_ms + i64::from(after(0, time(nth))) * 1_000;
                let first = partition_point(pattern.trip_count, |nth| ms(nth) < from_ms);
                let later = (first..pattern.trip_count).take_while(|&nth| ms(nth) < until_ms);
                let running = later.filter_map(|nth| Some((running(timetable, pattern, nth, day)?, ms(nth))));
                all.extend(running.take(limit).map(|(trip, ms)| (ms, day, trip, at.position, platform)));
            }
        }
    }
    all.sort_unstable();
    all.truncate(limit);
    let departure = |(scheduled_ms, service_day, trip, position, stop)| {
        let trip = timetable.trip(trip)?;
        let pattern = timetable.pattern(trip.pattern)?;
        let line = timetable.line(pattern.line)?;
        Some(Departure {
            line: line_name(timetable, line),
            line_id: timetable.text(line.id).to_owned(),
            headsign: timetable.text(trip.headsign).to_owned(),
            trip_id: timetable.text(trip.id).to_owned(),
            stop_id: timetable.text(timetable.stop(stop)?.id).to_owned(),
            position,
            scheduled_ms,
            service_day,
            terminus: position + 1 == pattern.stop_count,
            headway_s: trip.headway_s,
        })
    };
    all.into_iter().filter_map(departure).collect()
}

/// Stop by stop, when a trip is where on one service day; empty if there is no such trip or day. Whether
/// the trip runs on that day is not asked.
pub fn trip_run(timetable: &Timetable<'_>, zones: &Zones, trip: TripIdx, service_day: i32) -> Vec<Call> {
    let calls = || {
        let pattern = timetable.pattern(timetable.trip(trip)?.pattern)?;
        let times = timetable.times_of(pattern, trip.0.checked_sub(pattern.first_trip.0)?);
        let start_s = day_start_s(&zones.of_line(pattern.line), service_day)?;
        let ms = |seconds: u32| (start_s + i64::from(after(0, seconds))) * 1_000;
        let call = |(stop, time): (StopIdx, &StopTime)| Call {
            stop: stop_at(timetable, stop),
            arrival_ms: ms(time.arrival_s),
            departure_ms: ms(time.departure_s),
        };
        let stops = timetable.stops_of(pattern).iter().map(|stop| stop.stop);
        Some(stops.zip(times).map(call).collect())
    };
    calls().unwrap_or_default()
}

/// The trips that are on the road at a moment, with their service days: from the departure at the first
/// stop until the arrival at the last, both included.
pub fn trips_running(timetable: &Timetable<'_>, zones: &Zones, at_ms: i64) -> Vec<(TripIdx, i32)> {
    let mut all = Vec::new();
    for pattern in timetable.patterns {
        for (day, start_ms) in days_around(zones, pattern, at_ms, at_ms) {
            let ms = |seconds: u32| start_ms + i64::from(after(0, seconds)) * 1_000;
            let times = |nth| timetable.times_of(pattern, nth);
            // No trip overtakes another, so those on the road follow one another.
            let is_there = |nth| times(nth).last().is_none_or(|last| ms(last.arrival_s) < at_ms);
            let has_left = |nth| times(nth).first().is_none_or(|first| ms(first.departure_s) <= at_ms);
            let first = partition_point(pattern.trip_count, is_there);
            let on_the_road = (first..pattern.trip_count).take_while(|&nth| has_left(nth));
            let running = on_the_road.filter_map(|nth| running(timetable, pattern, nth, day));
            all.extend(running.map(|trip| (trip, day)));
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

fn running(timetable: &Timetable<'_>, pattern: &PatternRecord, nth: u32, day: i32) -> Option<TripIdx> {
    let trip = TripIdx(pattern.first_trip.0.checked_add(nth)?);
    timetable.runs(timetable.trip(trip)?.service, day).then_some(trip)
}

/// The first of `0..end` for which this does not hold, if it holds for all before that.
fn partition_point(end: u32, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        match holds(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

/// What stands on the front of the bus.
pub(super) fn line_name(timetable: &Timetable<'_>, line: &LineRecord) -> String {
    let short = timetable.text(line.short_name);
    if short.is_empty() { timetable.text(line.long_name).to_owned() } else { short.to_owned() }
}

pub(super) fn stop_at(timetable: &Timetable<'_>, stop: StopIdx) -> StopAt {
    let record: Option<&StopRecord> = timetable.stop(stop);
    record.map_or_else(StopAt::default, |record| StopAt {
        id: timetable.text(record.id).to_owned(),
        name: timetable.text(record.name).to_owned(),
        point: record.point(),
    })
}
