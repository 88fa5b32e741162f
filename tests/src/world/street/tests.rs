//! Buses of the sample city, imported as any city is.

use super::*;
use crate::world::sample::SampleCity;
use jol_core::city::City;
use jol_core::city::build::sketch::Sketch;
use jol_core::city::build::{Build, BuildReport};
use jol_core::plan::trips_running;
use jol_core::text::Words;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static SAMPLE: LazyLock<(SampleCity, City, BuildReport)> = LazyLock::new(|| {
    let sample = SampleCity::generate(1);
    let dir = tempfile::tempdir().expect("a folder");
    let (gtfs, osm) = sample.write(dir.path()).expect("written");
    let pack = dir.path().join("sample.jol");
    let Words { kk, ru, en } = &sample.name;
    let build = Build::new("sample").names(kk, ru, en).gtfs(gtfs).osm(osm).out(&pack);
    let report = build.run(&mut |_| ()).expect("the sample goes through the import");
    let city = City::from_bytes(&std::fs::read(pack).expect("the pack")).expect("a good pack");
    (sample, city, report)
});
static FLEET: LazyLock<Fleet> =
    LazyLock::new(|| Fleet::new(&SAMPLE.1.timetable(), &SAMPLE.0.vehicles, 1).expect("a known time zone"));

/// The sample city, its pack and its buses, made once for all tests.
pub(crate) fn sample() -> (&'static SampleCity, &'static City, &'static Fleet) {
    (&SAMPLE.0, &SAMPLE.1, &FLEET)
}

/// What the import said about the sample city.
pub(crate) fn report() -> &'static BuildReport {
    &SAMPLE.2
}

/// A time on Wednesday 2026-09-16 in the sample city, in ms.
pub(crate) fn wednesday(hour: i64, minute: i64) -> i64 {
    // Midnight in Asia/Atyrau, UTC+5
    1_789_498_800_000 + (hour * 60 + minute) * 60_000
}

#[test]
fn wednesday_is_wednesday() {
    let midnight: jiff::Timestamp = "2026-09-16T00:00:00+05:00".parse().expect("a moment");
    assert_eq!(midnight.as_millisecond(), wednesday(0, 0));
}

#[test]
fn the_sample_s_own_buses_suffice() {
    let (sample, _, fleet) = sample();
    assert_eq!(fleet.vehicles(), sample.vehicles);
    let now_ms = wednesday(8, 30);
    let out: Vec<_> = fleet.vehicles_at(now_ms);
    assert!(out.len() >= 50, "{} of 54 are out in the rush", out.len());
    for bus in &out {
        assert_eq!(bus.run.line, bus.vehicle.line, "a bus keeps to its line");
    }
}

#[test]
fn every_trip_on_the_road_has_one_bus_of_its_own() {
    let (_, city, fleet) = sample();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    for minute in (0..24 * 60).step_by(7) {
        let now_ms = wednesday(0, minute);
        let out = fleet.vehicles_at(now_ms);
        let runs: HashSet<(&str, i32)> =
            out.iter().map(|bus| (bus.run.trip_id.as_str(), bus.run.service_day)).collect();
        assert_eq!(runs.len(), out.len(), "two buses on one trip");
        for (trip, day) in trips_running(&timetable, &zones, now_ms) {
            let id = timetable.text(timetable.trip(trip).expect("a trip").id);
            // A late bus may still be on its way to the trip, or have brought it to an end already.
            assert!(runs.contains(&(id, day)), "{id} at minute {minute}");
            let bus = fleet.vehicle_of(id, day).expect("somebody drives it");
            let run = fleet.run_of(&bus.vehicle, now_ms).expect("it is out");
            assert_eq!((run.trip_id.as_str(), run.in_service), (id, true));
        }
    }
}

#[test]
fn a_bus_stands_at_its_stop_from_arrival_to_departure() {
    let (_, _, fleet) = sample();
    for bus in fleet.vehicles_at(wednesday(17, 45)).iter().filter(|bus| bus.run.in_service) {
        let halts = fleet.halts(&bus.run.trip_id, bus.run.service_day);
        assert!(halts.len() > 5);
        for (position, halt) in (0..).zip(&halts) {
            for at_ms in [halt.arrival_ms, halt.departure_ms] {
                let then = fleet.bus_at(&bus.vehicle.vehicle, at_ms).expect("it is out");
                if then.run.id != bus.run.id {
                    continue; // it has just begun its next run from here
                }
                let off = then.point.metres_to(halt.point);
                assert!(off < 12.0, "{off} m off {} of {}", halt.name, bus.run.id);
                assert!(then.at_stop && then.speed_mps == 0.0 && then.next_stop == position);
                assert_eq!(then.run.last_stop_id, halt.stop_id);
            }
            let late_ms = halt.departure_ms - halt.scheduled_departure_ms;
            assert!((0..=210_000).contains(&late_ms), "{late_ms}");
        }
    }
}

#[test]
fn no_bus_jumps_and_its_speed_is_that_of_its_movement() {
    let (_, _, fleet) = sample();
    let mut before: HashMap<String, (Point, f64)> = HashMap::new();
    for second in 0..3_600 {
        let now_ms = wednesday(7, 0) + second * 1_000;
        let mut now = HashMap::new();
        for bus in fleet.vehicles_at(now_ms) {
            if let Some((then, bearing_deg)) = before.get(&bus.vehicle.vehicle) {
                let metres = then.metres_to(bus.point);
                assert!(metres <= 25.0, "{} jumps {metres} m", bus.vehicle.vehicle);
                assert!(metres <= bus.speed_mps + 2.5, "{metres} m/s, says {}", bus.speed_mps);
                // Round a corner the straight line is shorter.
                if bus.run.in_service && *bearing_deg == bus.bearing_deg {
                    assert!((metres - bus.speed_mps).abs() < 2.5, "{metres} m/s, says {}", bus.speed_mps);
                }
            }
            now.insert(bus.vehicle.vehicle.clone(), (bus.point, bus.bearing_deg));
        }
        before = now;
    }
}

#[test]
fn asked_in_any_order_it_says_the_same() {
    let (sample, city, fleet) = sample();
    let again = Fleet::new(&city.timetable(), &sample.vehicles, 1).expect("a known zone");
    let other = Fleet::new(&city.timetable(), &sample.vehicles, 2).expect("a known zone");
    let (early, late) = (wednesday(9, 0), wednesday(15, 0));
    let late_first = again.vehicles_at(late);
    assert_eq!(again.vehicles_at(early), fleet.vehicles_at(early));
    assert_eq!(late_first, fleet.vehicles_at(late));
    assert_ne!(other.vehicles_at(early), fleet.vehicles_at(early));
}

#[test]
fn at_night_all_buses_are_in_the_depot() {
    let (_, _, fleet) = sample();
    assert_eq!(fleet.vehicles_at(wednesday(3, 0)), []);
    assert_eq!(fleet.run_of("0547", wednesday(3, 0)), None);
    assert_eq!(fleet.run_of("no such bus", wednesday(9, 0)), None);
}

#[test]
fn a_run_is_over_when_the_next_begins() {
    let (_, _, fleet) = sample();
    let mut runs: Vec<Run> = Vec::new();
    let mut rested = false;
    for second in (0..4 * 3_600).step_by(10) {
        if let Some(run) = fleet.run_of("0547", wednesday(8, 0) + second * 1_000) {
            rested |= !run.in_service;
            if runs.last().is_none_or(|last| last.id != run.id) {
                runs.push(run);
            }
        }
    }
    assert!(rested && runs.len() >= 4, "{} runs", runs.len());
    for pair in runs.windows(2) {
        assert!(pair[1].starts_ms >= pair[0].ends_ms && pair[0].direction != pair[1].direction);
        assert_ne!(pair[0].number, pair[1].number);
        assert_eq!(pair[0].line, "1");
    }
    assert!(runs[0].id.ends_with("@20260916"), "{}", runs[0].id);
}

#[test]
fn without_a_list_the_buses_are_made_up_and_midnight_belongs_to_both_days() {
    let city = Sketch::in_zone("Asia/Atyrau")
        .place("x", 47.1, 51.9)
        .place("y", 47.15, 51.9)
        .trip("night", |t| t.line("7").stop("x", "23:50").stop("y", "24:30"))
        .trip("early", |t| t.line("7").stop("x", "0:10").stop("y", "0:40"))
        .finish();
    let fleet = Fleet::new(&city.timetable(), &[], 1).expect("a known zone");
    let day = |text: &str| jol_core::city::build::sketch::day_number(text);
    let quarter_past: jiff::Timestamp = "2024-05-10T00:15:00+05:00".parse().expect("a moment");
    let out = fleet.vehicles_at(quarter_past.as_millisecond());
    let mut runs: Vec<_> = out.iter().map(|bus| (bus.run.trip_id.as_str(), bus.run.service_day)).collect();
    runs.sort_unstable();
    assert_eq!(runs, [("early", day("2024-05-10")), ("night", day("2024-05-09"))]);
    assert_ne!(out[0].vehicle.vehicle, out[1].vehicle.vehicle, "one bus is not in two places");
    assert_eq!(out[0].vehicle.line, "7");
    let numbers: HashSet<&str> = fleet.vehicles().iter().map(|bus| bus.painted.as_str()).collect();
    assert_eq!(numbers.len(), fleet.vehicles().len());
}
