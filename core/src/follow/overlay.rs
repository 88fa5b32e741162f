//! Runs of a timetable by what the operator calls them, and what is known of them laid over it.

use crate::city::overlay::{ExtraRun, LaidCall, Overlay};
use crate::city::times::StopTime;
use crate::city::timetable::{LineIdx, LineRecord, StopIdx, Timetable, TripIdx};
use crate::plan::{Zones, day_at, day_start_s, find_stop, find_trip, line_name, starts_s, trip_run};
use crate::realtime::delay::CallKind;
use crate::realtime::run::{day_of, yyyymmdd};
use crate::realtime::{CallTimes, ExtraTrip, ExtraWay, Run, ScheduledCall, ScheduledDeparture, TripUpdates};
use std::collections::{HashMap, HashSet};

/// A run without a date is one that is on the road within so many ms of when it was spoken of.
const NEAR_MS: i64 = 3 * 3_600_000;

/// What the operator knows of runs now, laid over this timetable, for a search to go by
/// ([`Timetable::with`]). Predictions that are too old are left out, and so is what the timetable does not
/// know. Takes some ms for a large city.
pub fn overlay(timetable: &Timetable<'_>, zones: &Zones, updates: &TripUpdates, now_ms: i64) -> Overlay {
    let named = Named::of(timetable, updates);
    let mut overlay = Overlay::over(timetable);
    let mut ends = Vec::new();
    for progress in updates.all() {
        let cancelled = progress.is_cancelled(now_ms);
        if !cancelled && progress.age_ms(now_ms).is_none() {
            continue;
        }
        let found = named.run(timetable, zones, &progress.run, progress.measured_ms);
        let Some((trip, day, calls)) = found else { continue };
        let times = progress.times(&calls);
        if cancelled {
            overlay.cancel(trip, day);
        } else if times.iter().any(|call| call.kind != CallKind::Timetable) {
            ends.extend(replace(&mut overlay, timetable, zones, (trip, day), &times));
        }
    }
    go_on_late(&mut overlay, timetable, zones, ends);
    for extra in updates.extras() {
        if extra.progress.age_ms(now_ms).is_some() {
            named.add(&mut overlay, timetable, zones, extra);
        }
    }
    overlay.finish()
}

/// A vehicle that comes too late for what it does next does that later, too, unless its operator says
/// otherwise. `ends` are runs with their days and the moments when they arrive at their last stops.
fn go_on_late(overlay: &mut Overlay, timetable: &Timetable<'_>, zones: &Zones, mut ends: Vec<End>) {
    while let Some(((trip, day), arrives_ms)) = ends.pop() {
        for next in timetable.continuations_in(trip, 1) {
            let later = i32::try_from(next.days_later).ok().and_then(|later| day.checked_add(later));
            let Some(next_day) = later.filter(|_| timetable.runs(next.service, day)) else { continue };
            let mut calls = calls_of(timetable, zones, next.to, next_day);
            let late_ms = calls.first().map_or(0, |first| arrives_ms.saturating_sub(first.departure_ms));
            if late_ms <= 0 || overlay.leaves_out(next.to, next_day) {
                continue;
            }
            shift(&mut calls, late_ms);
            let live = |call: &ScheduledCall| CallTimes {
                arrival_ms: call.arrival_ms,
                departure_ms: call.departure_ms,
                kind: CallKind::Live,
            };
            let times: Vec<CallTimes> = calls.iter().map(live).collect();
            ends.extend(replace(overlay, timetable, zones, (next.to, next_day), &times));
        }
    }
}

/// A run by its trip and service day, and when it arrives at its last stop, in ms since 1970.
type End = ((TripIdx, i32), i64);

/// Lays a run that goes otherwise over the timetable; none, and the timetable holds, if that cannot be.
fn replace(
    overlay: &mut Overlay,
    timetable: &Timetable<'_>,
    zones: &Zones,
    (trip, day): (TripIdx, i32),
    times: &[CallTimes],
) -> Option<End> {
    let calls = laid(zones, line_of_trip(timetable, trip)?, day, times)?;
    let there_ms = times.last()?.arrival_ms;
    overlay.replace(timetable, trip, day, &calls).then_some(((trip, day), there_ms))
}

fn line_of_trip(timetable: &Timetable<'_>, trip: TripIdx) -> Option<LineIdx> {
    Some(timetable.pattern(timetable.trip(trip)?.pattern)?.line)
}

/// Times in ms as seconds of a service day; none for what lies before it.
fn laid(zones: &Zones, line: LineIdx, day: i32, times: &[CallTimes]) -> Option<Vec<LaidCall>> {
    let start_s = day_start_s(&zones.of_line(line), day)?;
    let seconds = |ms: i64| u32::try_from(ms.div_euclid(1_000).checked_sub(start_s)?).ok();
    let call = |call: &CallTimes| {
        let time =
            StopTime { arrival_s: seconds(call.arrival_ms)?, departure_s: seconds(call.departure_ms)? };
        let (skipped, predicted) = (call.kind == CallKind::Skipped, call.kind == CallKind::Live);
        Some(LaidCall { time, skipped, predicted })
    };
    times.iter().map(call).collect()
}

/// What an operator's words name in a timetable, looked up at once.
#[derive(Default)]
struct Named<'a> {
    trips: HashMap<&'a str, Vec<TripIdx>>,
    lines: HashMap<&'a str, LineIdx>,
    stops: HashMap<&'a str, StopIdx>,
}

impl<'a> Named<'a> {
    fn of(timetable: &Timetable<'a>, updates: &TripUpdates) -> Named<'a> {
        let (mut trips, mut lines, mut stops) = (HashSet::new(), HashSet::new(), HashSet::new());
        trips.extend(updates.all().map(|progress| progress.run.trip.as_str()));
        for extra in updates.extras() {
            lines.extend(extra.line.as_deref());
            match &extra.way {
                ExtraWay::CopyOf(run) => drop(trips.insert(run.trip.as_str())),
                ExtraWay::Calls(calls) | ExtraWay::InsteadOf(calls) => {
                    trips.insert(extra.run.trip.as_str());
                    stops.extend(calls.iter().map(|call| call.stop.as_str()));
                }
            }
        }
        let mut named = Named::default();
        if !trips.is_empty() {
            for (nth, trip) in (0..).zip(timetable.trips) {
                let id = timetable.text(trip.id);
                if trips.contains(id) {
                    named.trips.entry(id).or_default().push(TripIdx(nth));
                }
            }
        }
        if !stops.is_empty() {
            let ids = (0..).zip(timetable.stops).map(|(nth, stop)| (timetable.text(stop.id), StopIdx(nth)));
            // A berth has the id of its stop, which comes first.
            for (id, stop) in ids.filter(|(id, _)| stops.contains(id)) {
                named.stops.entry(id).or_insert(stop);
            }
        }
        let ids = (0..).zip(timetable.lines).map(|(nth, line)| (timetable.text(line.id), LineIdx(nth)));
        named.lines.extend(ids.filter(|(id, _)| lines.contains(id)));
        named
    }

    /// The run that is meant, which was spoken of at this moment, with its day and all its calls.
    fn run(
        &self,
        timetable: &Timetable<'_>,
        zones: &Zones,
        run: &Run,
        measured_ms: i64,
    ) -> Option<(TripIdx, i32, Vec<ScheduledCall>)> {
        let named = self.trips.get(run.trip.as_str())?;
        let started = |trip: &&TripIdx| {
            named.len() == 1 || (run.start_s.is_some() && starts_s(timetable, **trip) == run.start_s)
        };
        let mut named = named.iter().filter(started);
        let (trip, None) = (*named.next()?, named.next()) else { return None };
        let (service_day, calls) = match run.service_date {
            Some(date) => {
                let day = day_of(date)?;
                (day, calls_of(timetable, zones, trip, day))
            }
            None => on_the_road(timetable, zones, trip, measured_ms)?,
        };
        Some((trip, service_day, calls))
    }

    fn add(
        &self,
        overlay: &mut Overlay,
        timetable: &Timetable<'_>,
        zones: &Zones,
        extra: &ExtraTrip,
    ) -> Option<()> {
        let of_timetable = |run: &Run| {
            let trip = *self.trips.get(run.trip.as_str())?.first()?;
            Some((trip, line_of_trip(timetable, trip)?))
        };
        let (line, calls) = match &extra.way {
            ExtraWay::CopyOf(run) => {
                let (trip, line) = of_timetable(run)?;
                (line, copied(timetable, zones, trip, &extra.run)?)
            }
            ExtraWay::Calls(calls) => (*self.lines.get(extra.line.as_deref()?)?, calls.clone()),
            ExtraWay::InsteadOf(calls) => (of_timetable(&extra.run)?.1, calls.clone()),
        };
        let day = match extra.run.service_date {
            Some(date) => day_of(date)?,
            None => day_at(&zones.of_line(line), calls.first()?.arrival_ms.div_euclid(1_000))?,
        };
        let stops: Option<Vec<StopIdx>> = match &extra.way {
            ExtraWay::CopyOf(run) => {
                let pattern = timetable.pattern(timetable.trip(of_timetable(run)?.0)?.pattern)?;
                Some(timetable.stops_of(pattern).iter().map(|stop| stop.stop).collect())
            }
            _ => calls.iter().map(|call| self.stops.get(call.stop.as_str()).copied()).collect(),
        };
        let laid = laid(zones, line, day, &extra.progress.times(&calls))?;
        let calls: Vec<(StopIdx, LaidCall)> = stops?.into_iter().zip(laid).collect();
        if let ExtraWay::InsteadOf(_) = extra.way {
            let (trip, day, _) = self.run(timetable, zones, &extra.run, extra.progress.measured_ms)?;
            overlay.cancel(trip, day);
        }
        let headsign = extra.headsign.as_deref().unwrap_or_default();
        let id = extra.run.trip.as_str();
        overlay.add(timetable, &ExtraRun { id, line, headsign, service_day: day, calls: &calls });
        Some(())
    }
}

/// The calls of an extra run by its own plan; empty if the timetable does not hold what it is a copy of.
pub fn calls_of_extra(timetable: &Timetable<'_>, zones: &Zones, extra: &ExtraTrip) -> Vec<ScheduledCall> {
    match &extra.way {
        ExtraWay::Calls(calls) | ExtraWay::InsteadOf(calls) => calls.clone(),
        ExtraWay::CopyOf(run) => {
            let trip = find_trip(timetable, &run.trip);
            trip.and_then(|trip| copied(timetable, zones, trip, &extra.run)).unwrap_or_default()
        }
    }
}

/// What the timetable does not have of a stop's departures: the extra runs that call there in a span of time.
/// The stop stands for its platforms, if it is a station.
pub(super) fn extra_departures(
    timetable: &Timetable<'_>,
    zones: &Zones,
    updates: &TripUpdates,
    stop: StopIdx,
    (from_ms, until_ms): (i64, i64),
    now_ms: i64,
) -> Vec<ScheduledDeparture> {
    let Some(station) = timetable.stop(stop) else { return Vec::new() };
    let children = timetable.stops.iter().filter(|child| child.parent == stop);
    let here: HashSet<&str> = children.chain([station]).map(|stop| timetable.text(stop.id)).collect();
    let mut found = Vec::new();
    for extra in updates.extras().iter().filter(|extra| extra.progress.age_ms(now_ms).is_some()) {
        let calls = calls_of_extra(timetable, zones, extra);
        // Nobody boards where it ends.
        for call in calls.iter().take(calls.len().saturating_sub(1)) {
            let in_time = (from_ms..until_ms).contains(&call.departure_ms);
            let line = in_time && here.contains(call.stop.as_str());
            let Some(line) = line.then(|| line_of(timetable, extra)).flatten() else { continue };
            let last = calls.last().and_then(|last| find_stop(timetable, &last.stop));
            let terminus = last.and_then(|last| timetable.stop(last)).map(|last| timetable.text(last.name));
            found.push(ScheduledDeparture {
                line: line_name(timetable, line),
                headsign: extra.headsign.clone().or(terminus.map(str::to_owned)).unwrap_or_default(),
                trip: extra.run.trip.clone(),
                service_date: extra.run.service_date,
                start_s: extra.run.start_s,
                stop: call.stop.clone(),
                stop_sequence: call.stop_sequence,
                scheduled_ms: call.departure_ms,
                headway_s: 0,
            });
        }
    }
    found
}

/// The line of an extra run: what it says, else that of the run that it copies or goes instead of.
fn line_of<'a>(timetable: &Timetable<'a>, extra: &ExtraTrip) -> Option<&'a LineRecord> {
    if let Some(id) = &extra.line {
        return timetable.lines.iter().find(|line| timetable.text(line.id) == id);
    }
    let run = if let ExtraWay::CopyOf(run) = &extra.way { run } else { &extra.run };
    let trip = find_trip(timetable, &run.trip)?;
    timetable.line(line_of_trip(timetable, trip)?)
}

/// The calls of a trip on another day and from another start.
fn copied(timetable: &Timetable<'_>, zones: &Zones, trip: TripIdx, run: &Run) -> Option<Vec<ScheduledCall>> {
    let mut calls = calls_of(timetable, zones, trip, day_of(run.service_date?)?);
    shift(&mut calls, (i64::from(run.start_s?) - i64::from(starts_s(timetable, trip)?)) * 1_000);
    Some(calls)
}

fn shift(calls: &mut [ScheduledCall], by_ms: i64) {
    for call in calls {
        call.arrival_ms = call.arrival_ms.saturating_add(by_ms);
        call.departure_ms = call.departure_ms.saturating_add(by_ms);
    }
}

/// All calls of a trip on a service day, numbered as in its feed; empty if there are none.
pub fn calls_of(
    timetable: &Timetable<'_>,
    zones: &Zones,
    trip: TripIdx,
    service_day: i32,
) -> Vec<ScheduledCall> {
    let calls = trip_run(timetable, zones, trip, service_day).into_iter();
    let call = |(position, call): (u32, crate::plan::Call)| ScheduledCall {
        stop_sequence: timetable.stop_sequence(trip, position),
        stop: call.stop.id,
        arrival_ms: call.arrival_ms,
        departure_ms: call.departure_ms,
    };
    (0..).zip(calls).map(call).collect()
}

/// The run that a feed means which has this trip on this day: by its start, too, if several bear its name.
pub fn run_of(timetable: &Timetable<'_>, trip: TripIdx, service_day: i32) -> Option<Run> {
    let id = timetable.trip(trip)?.id;
    let several = timetable.trips.iter().filter(|other| other.id == id).nth(1).is_some();
    Some(Run {
        trip: timetable.text(id).to_owned(),
        service_date: yyyymmdd(service_day),
        start_s: several.then(|| starts_s(timetable, trip)).flatten(),
    })
}

/// The day on which a trip is on the road at a moment, or nearest to it, with its calls.
pub(super) fn on_the_road(
    timetable: &Timetable<'_>,
    zones: &Zones,
    trip: TripIdx,
    at_ms: i64,
) -> Option<(i32, Vec<ScheduledCall>)> {
    let service = timetable.trip(trip)?.service;
    let today = i32::try_from(at_ms.div_euclid(24 * 3_600_000)).ok()?;
    // Zones lie up to 14 hours from UTC, and trips run on past midnight twice.
    let days =
        (today.saturating_sub(3)..=today.saturating_add(1)).filter(|day| timetable.runs(service, *day));
    let runs = days.filter_map(|day| {
        let calls = calls_of(timetable, zones, trip, day);
        let (first, last) = (calls.first()?.departure_ms, calls.last()?.arrival_ms);
        let off_ms = first.saturating_sub(at_ms).max(at_ms.saturating_sub(last)).max(0);
        (off_ms <= NEAR_MS).then_some((off_ms, day, calls))
    });
    runs.min_by_key(|(off_ms, ..)| *off_ms).map(|(_, day, calls)| (day, calls))
}

#[cfg(test)]
mod tests;
