//! When a bus comes whose operator predicts nothing: by where it is.
//!
//! The bus is put on the way that its trip drives; the timetable says when it should be there, and it stays as late as
//! it is. Of several places where the way comes by, the one counts where it is nearest to its time.

use super::overlay::{on_the_road, run_of};
use crate::city::timetable::{Timetable, TripIdx, TripRecord};
use crate::plan::{Zones, pattern_way, places_on, starts_s};
use crate::realtime::delay::TripProgress;
use crate::realtime::{ScheduledCall, VehicleReport};

/// A bus farther beside its way than this, in metres, is not on it.
const OFF_WAY_M: f64 = 150.0;
/// So many metres beside the way weigh as much as ten minutes off the time.
const BESIDE_M: f64 = 60.0;
const OFF_TIME_MS: f64 = 600_000.0;
/// Within so many metres of a stop it is at the stop.
const AT_STOP_M: f64 = 40.0;
/// So near its first stop it waits for its time: terminals are long.
const AT_FIRST_M: f64 = 150.0;
/// A bus that seems this much too early or too late, in ms, is on another run.
const MOST_EARLY_MS: i64 = 15 * 60_000;
const MOST_LATE_MS: i64 = 90 * 60_000;

/// How late these buses are by their last reports, as far as it can be told.
pub fn by_places(timetable: &Timetable<'_>, zones: &Zones, buses: &[VehicleReport]) -> Vec<TripProgress> {
    buses.iter().filter_map(|bus| by_place(timetable, zones, bus)).collect()
}

/// How late a bus is by its last report; none if it names no trip of the timetable, is not on its way, or runs so
/// often that the timetable gives it no times.
fn by_place(timetable: &Timetable<'_>, zones: &Zones, bus: &VehicleReport) -> Option<TripProgress> {
    let trip = trip_of(timetable, bus)?;
    let record = timetable.trip(trip).filter(|trip| trip.headway_s == 0)?;
    let (day, calls) = on_the_road(timetable, zones, trip, bus.measured_ms)?;
    let run = run_of(timetable, trip, day)?;
    if bus.service_date.is_some() && run.service_date != bus.service_date {
        return None;
    }
    let (way, stops) = pattern_way(timetable, timetable.pattern(record.pattern)?);
    let places = places_on(&way, bus.point).filter(|(_, beside_m)| *beside_m <= OFF_WAY_M);
    let delays =
        places.map(|(metres, beside_m)| (delay_ms(&calls, &stops, metres, bus.measured_ms), beside_m));
    let miss =
        |(delay_ms, beside_m): &(i64, f64)| (beside_m / BESIDE_M).hypot(*delay_ms as f64 / OFF_TIME_MS);
    let (delay_ms, _) = delays.min_by(|a, b| miss(a).total_cmp(&miss(b)))?;
    (-MOST_EARLY_MS..=MOST_LATE_MS).contains(&delay_ms).then(|| TripProgress::by_place(run, bus, delay_ms))
}

/// The trip that a bus names; of several with one name, which a timetable by frequency makes, the one that starts
/// when the bus says.
fn trip_of(timetable: &Timetable<'_>, bus: &VehicleReport) -> Option<TripIdx> {
    let id = bus.trip.as_deref()?;
    let is_named = |(_, trip): &(u32, &TripRecord)| timetable.text(trip.id) == id;
    let mut named = (0..).zip(timetable.trips).filter(is_named).map(|(nth, _)| TripIdx(nth));
    let first = named.next()?;
    let Some(second) = named.next() else { return Some(first) };
    let start_s = bus.start_s?;
    [first, second].into_iter().chain(named).find(|trip| starts_s(timetable, *trip) == Some(start_s))
}

/// How late a bus is that was so many metres along its way at a moment; 0 while it stands where it should.
fn delay_ms(calls: &[ScheduledCall], stops: &[f64], metres: f64, at_ms: i64) -> i64 {
    let all: Vec<(&ScheduledCall, f64)> = calls.iter().zip(stops.iter().copied()).collect();
    let here = |(call, stop_m): &&(&ScheduledCall, f64)| {
        (stop_m - metres).abs() <= AT_STOP_M && (call.arrival_ms..=call.departure_ms).contains(&at_ms)
    };
    let (Some((first, first_m)), Some((last, _))) = (all.first(), all.last()) else { return 0 };
    if all.iter().any(|stop| here(&stop)) || metres <= first_m + AT_FIRST_M && at_ms <= first.departure_ms {
        return 0;
    }
    let leg = all.windows(2).find(|pair| metres <= pair[1].1);
    let should_ms = leg.map_or(last.arrival_ms, |pair| {
        let ((from, from_m), (to, to_m)) = (pair[0], pair[1]);
        let share = ((metres - from_m) / (to_m - from_m).max(1.0)).clamp(0.0, 1.0);
        from.departure_ms + ((to.arrival_ms - from.departure_ms) as f64 * share) as i64
    });
    at_ms.saturating_sub(should_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::Sketch;
    use crate::city::timetable::Arrays;
    use crate::geo::Point;
    use crate::plan::find_trip;
    use crate::realtime::delay::CallKind;

    /// x, m and y lie 0.01° from one another, eastwards; the bus goes there and back on one street.
    fn city() -> Arrays {
        Sketch::in_zone("Asia/Almaty")
            .place("x", 47.0, 51.00)
            .place("m", 47.0, 51.01)
            .place("y", 47.0, 51.02)
            .trip("A", |t| {
                t.stop("x", "10:00")
                    .stop("m", "10:05")
                    .stop("y", "10:10")
                    .stop("m", "10:15")
                    .stop("x", "10:20")
            })
            .finish()
    }

    /// What a report of this bus says, at so many minutes after ten.
    fn at(city: &Arrays, lon: f64, minutes: f64, trip: &str) -> Option<(TripProgress, Vec<i64>)> {
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("zones");
        let trip_idx = find_trip(&timetable, "A").expect("a trip");
        let day = timetable.first_day + 1;
        let calls = super::super::calls_of(&timetable, &zones, trip_idx, day);
        let ten_ms = calls.first().expect("calls").departure_ms;
        let bus = VehicleReport {
            vehicle: "0547".into(),
            label: "547".into(),
            trip: Some(trip.into()),
            point: Point { lat: 47.0001, lon },
            measured_ms: ten_ms + (minutes * 60_000.0) as i64,
            ..VehicleReport::default()
        };
        let progress = by_place(&timetable, &zones, &bus)?;
        let times = progress.times(&calls);
        assert!(times.iter().all(|call| call.kind == CallKind::Live));
        Some((progress, times.iter().map(|call| (call.arrival_ms - ten_ms) / 60_000).collect()))
    }

    #[test]
    fn a_late_bus_stays_as_late_as_it_is() {
        let city = city();
        // Half way from x to m it should be at 10:02:30.
        let (progress, times) = at(&city, 51.005, 6.5, "A").expect("on its way");
        assert_eq!(times, [4, 9, 14, 19, 24]);
        assert_eq!((progress.vehicle.as_deref(), progress.label.as_deref()), (Some("0547"), Some("547")));
        // On the way back, at the same place, where it should be at 10:17:30.
        assert_eq!(at(&city, 51.005, 18.5, "A").expect("on its way").1, [1, 6, 11, 16, 21]);
        assert_eq!(at(&city, 51.015, 6.5, "A").expect("on its way").1, [-1, 4, 9, 14, 19], "it is early");
    }

    #[test]
    fn a_bus_that_waits_for_its_time_is_not_late() {
        let city = city();
        assert_eq!(at(&city, 51.000, -4.0, "A").expect("at its first stop").1, [0, 5, 10, 15, 20]);
        assert_eq!(at(&city, 51.0015, -4.0, "A").expect("114 m before it").1, [0, 5, 10, 15, 20]);
        assert_eq!(at(&city, 51.000, 3.0, "A").expect("still there").1, [3, 8, 13, 18, 23]);
    }

    #[test]
    fn nothing_is_said_of_a_bus_off_its_way_or_on_no_trip() {
        let city = city();
        assert!(at(&city, 51.005, 6.5, "B").is_none());
        assert!(at(&city, 51.100, 6.5, "A").is_none(), "6 km on");
        assert!(at(&city, 51.005, 200.0, "A").is_none(), "three hours late is another run");
    }
}
