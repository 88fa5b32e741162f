//! Runs of a timetable by what the operator calls them.

use crate::city::timetable::{Timetable, TripIdx};
use crate::plan::{Zones, trip_run};
use crate::realtime::run::{day_of, yyyymmdd};
use crate::realtime::{Live, Overlay, Run, RunCalls, ScheduledCall};
use std::collections::HashMap;

/// A run without a date is one that is on the road within so many ms of when it was spoken of.
const NEAR_MS: i64 = 3 * 3_600_000;

/// What the operator knows of runs now, laid over this timetable. Takes some ms for a large city.
pub fn overlay(timetable: &Timetable<'_>, zones: &Zones, live: &Live, now_ms: i64) -> Overlay {
    let mut trips: HashMap<&str, Vec<TripIdx>> = HashMap::new();
    for (nth, trip) in (0..).zip(timetable.trips) {
        trips.entry(timetable.text(trip.id)).or_default().push(TripIdx(nth));
    }
    Overlay::of(live, now_ms, |run, measured_ms| {
        let named = trips.get(run.trip.as_str())?;
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
        Some(RunCalls { trip: trip.0, service_day, calls })
    })
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

/// When a trip starts, in seconds of its service day.
fn starts_s(timetable: &Timetable<'_>, trip: TripIdx) -> Option<u32> {
    let pattern = timetable.pattern(timetable.trip(trip)?.pattern)?;
    let times = timetable.times_of(pattern, trip.0.checked_sub(pattern.first_trip.0)?);
    times.first().map(|time| time.departure_s)
}

/// The day on which a trip is on the road at a moment, or nearest to it, with its calls.
fn on_the_road(
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
mod tests {
    use super::*;
    use crate::city::build::sketch::{Sketch, day_number};
    use crate::city::timetable::{Arrays, Numbering};
    use crate::plan::find_trip;
    use crate::realtime::CallChange;
    use crate::realtime::feed::*;

    fn ms(moment: &str) -> i64 {
        format!("{moment}[Asia/Almaty]")
            .parse::<jiff::Zoned>()
            .expect("a moment")
            .timestamp()
            .as_millisecond()
    }

    fn late(trip: &str, date: Option<&str>, start: Option<&str>, minutes: i32) -> FeedEntity {
        let trip = TripDescriptor {
            trip_id: Some(trip.into()),
            start_date: date.map(str::to_owned),
            start_time: start.map(str::to_owned),
            ..TripDescriptor::default()
        };
        let update = TripUpdate { trip, delay: Some(minutes * 60), ..TripUpdate::default() };
        FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    }

    fn laid_over(city: &Arrays, now_ms: i64, said: Vec<FeedEntity>) -> Overlay {
        let mut live = Live::default();
        live.take_updates(&FeedMessage::full(now_ms as u64 / 1_000, said), now_ms);
        let timetable = city.timetable();
        overlay(&timetable, &Zones::of(&timetable).expect("known zones"), &live, now_ms)
    }

    fn runs(overlay: &Overlay) -> Vec<(u32, i32)> {
        let mut runs: Vec<_> = overlay.runs().collect();
        runs.sort_unstable();
        runs
    }

    #[test]
    fn a_run_is_found_by_its_date_or_by_being_on_the_road() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("night", |t| t.stop("x", "23:30").stop("y", "24:40"))
            .trip("day", |t| t.stop("x", "12:00").stop("y", "12:30"))
            .finish();
        let night = find_trip(&city.timetable(), "night").expect("a trip").0;
        let (tenth, half_past_midnight) = (day_number("2024-05-10"), ms("2024-05-11T00:30"));
        let dated = laid_over(&city, half_past_midnight, vec![late("night", Some("20240510"), None, 5)]);
        assert_eq!(runs(&dated), [(night, tenth)]);
        let there = ms("2024-05-11T00:45");
        let moved = CallChange::Moved { arrival_ms: there, departure_ms: there };
        assert_eq!(dated.call(night, tenth, 1), moved);
        assert_eq!(dated.call(night, tenth + 1, 1), CallChange::None);
        let undated = laid_over(&city, half_past_midnight, vec![late("night", None, None, 5)]);
        assert_eq!(runs(&undated), [(night, tenth)], "it is yesterday's that is on the road");
        let far =
            vec![late("day", None, None, 5), late("nobody", None, None, 5), late("day", Some("x"), None, 5)];
        assert!(laid_over(&city, half_past_midnight, far).is_empty());
    }

    #[test]
    fn stops_are_known_by_the_numbers_of_the_feed() {
        let mut city = Sketch::in_zone("Asia/Almaty")
            .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10").stop("x", "10:20"))
            .finish();
        (city.numberings, city.numbers) = (vec![Numbering { trip: TripIdx(0), first: 0 }], vec![2, 3, 40]);
        let now_ms = ms("2024-05-10T10:05");
        let stop = |number, minutes| StopTimeUpdate {
            stop_sequence: Some(number),
            arrival: Some(StopTimeEvent { delay: Some(minutes * 60), time: None, uncertainty: None }),
            ..StopTimeUpdate::default()
        };
        let mut said = late("A", Some("20240510"), None, 0);
        if let Some(update) = &mut said.trip_update {
            (update.delay, update.stop_time_update) = (None, vec![stop(3, 2), stop(40, 7)]);
        }
        let overlay = laid_over(&city, now_ms, vec![said]);
        let at = |position| overlay.call(0, day_number("2024-05-10"), position);
        let moved = |moment| CallChange::Moved { arrival_ms: ms(moment), departure_ms: ms(moment) };
        assert_eq!(at(0), CallChange::None);
        assert_eq!((at(1), at(2)), (moved("2024-05-10T10:12"), moved("2024-05-10T10:27")));
    }

    #[test]
    fn of_several_runs_with_one_name_the_start_decides() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("often", |t| t.stop("x", "10:00").stop("y", "10:30"))
            .trip("often", |t| t.stop("x", "10:20").stop("y", "10:50"))
            .finish();
        let timetable = city.timetable();
        let day = day_number("2024-05-10");
        let said = |start| laid_over(&city, ms("2024-05-10T10:25"), vec![late("often", None, start, 2)]);
        let [first, second] = [0, 1].map(|nth| run_of(&timetable, TripIdx(nth), day).expect("a run"));
        assert_eq!((first.start_s, second.start_s), (Some(36_000), Some(37_200)));
        assert_eq!((first.service_date, first.trip.as_str()), (Some(20_240_510), "often"));
        assert_eq!(runs(&said(Some("10:20:00"))), [(1, day)]);
        assert!(said(None).is_empty() && said(Some("10:10:00")).is_empty(), "nobody knows which");
    }
}
