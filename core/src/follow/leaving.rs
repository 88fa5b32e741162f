//! What leaves a stop around now, for its board.

use super::overlay::extra_departures;
use crate::city::timetable::{StopIdx, Timetable};
use crate::plan::{Departure, Zones, departures};
use crate::realtime::run::yyyymmdd;
use crate::realtime::{ExtraTrip, ExtraWay, Run, ScheduledDeparture, TripUpdates};

/// How far a stop board looks ahead, in ms.
const AHEAD_MS: i64 = 2 * 3_600_000;
/// How far it looks back: a late bus is still to come.
const BACK_MS: i64 = 90 * 60_000;
/// So many departures to come are looked at.
const MOST: usize = 500;

/// What leaves a stop in the next two hours or should have left it lately: the timetable's departures but for
/// runs that go another way now, and the operator's extra ones. What was said of runs too long ago does not count.
pub fn leaving_around(
    timetable: &Timetable<'_>,
    zones: &Zones,
    updates: &TripUpdates,
    stop: StopIdx,
    now_ms: i64,
) -> Vec<ScheduledDeparture> {
    let (from_ms, until_ms) = (now_ms.saturating_sub(BACK_MS), now_ms.saturating_add(AHEAD_MS));
    let goes_otherwise = |departure: &ScheduledDeparture| {
        let mut instead = updates.extras().iter();
        let (service_date, start_s) = (departure.service_date, departure.start_s);
        let run = Run { trip: departure.trip.clone(), service_date, start_s };
        let is_it = |extra: &ExtraTrip| {
            let is_instead = matches!(extra.way, ExtraWay::InsteadOf(_));
            is_instead && extra.run.may_be(&run) && extra.progress.age_ms(now_ms).is_some()
        };
        instead.any(is_it)
    };
    let between = |from_ms, until_ms, most| departures(timetable, zones, stop, from_ms, until_ms, most);
    let mut by_timetable = between(from_ms, now_ms, usize::MAX);
    by_timetable.extend(between(now_ms, until_ms, MOST));
    let by_timetable = by_timetable.into_iter().filter(|departure| !departure.terminus).map(scheduled);
    let mut leaving: Vec<_> = by_timetable.filter(|departure| !goes_otherwise(departure)).collect();
    leaving.extend(extra_departures(timetable, zones, updates, stop, (from_ms, until_ms), now_ms));
    leaving
}

fn scheduled(departure: Departure) -> ScheduledDeparture {
    ScheduledDeparture {
        line: departure.line,
        headsign: departure.headsign,
        trip: departure.trip_id,
        service_date: yyyymmdd(departure.service_day),
        start_s: departure.start_s,
        stop: departure.stop_id,
        stop_sequence: departure.stop_sequence,
        scheduled_ms: departure.scheduled_ms,
        headway_s: departure.headway_s,
    }
}
