//! Whom the operator's notices concern: who rides, who waits at a stop, who keeps a line.

use crate::city::timetable::{PatternRecord, StopIdx, Timetable};
use crate::plan::{Leg, RideLeg, find_stop};
use crate::realtime::Scope;
use std::collections::BTreeSet;

/// A ride's line, trip and both ends; nothing for a walk.
pub fn scope_of_ride(timetable: &Timetable<'_>, leg: &Leg) -> Scope {
    let Some(RideLeg { line_id, trip_id, from_stop, to_stop, .. }) = leg.ride() else {
        return Scope::default();
    };
    let ends = [from_stop, to_stop].into_iter().flat_map(|end| {
        let stop = find_stop(timetable, &end.id);
        stop.map_or_else(Vec::new, |stop| with_station(timetable, stop))
    });
    let stops = ends.chain([from_stop.id.clone(), to_stop.id.clone()]).collect();
    Scope { lines: [line_id.clone()].into(), trips: [trip_id.clone()].into(), stops }
}

/// A stop, its station or its platforms, and the lines that halt there.
pub fn scope_of_stop(timetable: &Timetable<'_>, stop: StopIdx) -> Scope {
    let halts = timetable.halts_of(stop);
    let lines = halts.iter().flat_map(|halt| timetable.patterns_at(*halt)).filter_map(|at| {
        let line = timetable.line(timetable.pattern(at.pattern)?.line)?;
        Some(timetable.text(line.id).to_owned())
    });
    let stops = halts.iter().flat_map(|halt| with_station(timetable, *halt));
    Scope { lines: lines.collect(), stops: stops.collect(), trips: BTreeSet::new() }
}

/// A line and all its stops.
pub fn scope_of_line(timetable: &Timetable<'_>, line_id: &str) -> Scope {
    let is_of_line = |pattern: &&PatternRecord| {
        timetable.line(pattern.line).is_some_and(|line| timetable.text(line.id) == line_id)
    };
    let halts = timetable.patterns.iter().filter(is_of_line).flat_map(|pattern| timetable.stops_of(pattern));
    let halts: BTreeSet<StopIdx> = halts.map(|halt| halt.stop).collect();
    let stops = halts.into_iter().flat_map(|stop| with_station(timetable, stop)).collect();
    Scope { lines: [line_id.to_owned()].into(), stops, trips: BTreeSet::new() }
}

/// The ids of a stop and of its station.
fn with_station(timetable: &Timetable<'_>, stop: StopIdx) -> Vec<String> {
    let record = timetable.stop(stop);
    let station = record.and_then(|record| timetable.stop(record.parent));
    record.into_iter().chain(station).map(|stop| timetable.text(stop.id).to_owned()).collect()
}
