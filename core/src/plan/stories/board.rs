//! The stop board, and which trips are on the road.

use super::*;
use crate::city::timetable::{Numbering, TripIdx};

#[test]
fn the_board_shows_what_leaves_in_order_across_midnight() {
    let city = almaty()
        .trip("A", |t| {
            t.line("7").headsign("Bridge").stop("x", "23:50").stop("y", "24:10").stop("z", "24:20")
        })
        .trip("B", |t| t.line("9").stop("y", "00:05").stop("w", "00:30"))
        .trip("ends", |t| t.line("9").stop("w", "00:00").stop("y", "00:20"))
        .trip("passes", |t| t.line("8").stop("w", "00:00").stop("y", "00:15").no_pickup().stop("z", "00:20"))
        .finish();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let y = find_stop(&timetable, "y").expect("a stop");
    let (from, until) = (at("23:40"), ms("2024-05-11T00:21[Asia/Almaty]"));
    let board = departures(&timetable, &zones, y, from, until, 10);
    let friday = day_number("2024-05-10");
    let shown: Vec<_> = board
        .iter()
        .map(|d| {
            (d.trip_id.as_str(), clock("Asia/Almaty", d.scheduled_ms), d.service_day - friday, d.terminus)
        })
        .collect();
    let expected = [("B", "11 00:05", 1, false), ("A", "11 00:10", 0, false), ("ends", "11 00:20", 1, true)];
    assert_eq!(shown, expected.map(|(trip, at, day, ends)| (trip, at.to_owned(), day, ends)));
    assert_eq!((board[1].line.as_str(), board[1].headsign.as_str(), board[1].position), ("7", "Bridge", 1));
    assert_eq!(departures(&timetable, &zones, y, from, until, 2), board[..2]);
    assert!(departures(&timetable, &zones, y, i64::MIN, i64::MAX, 9).is_empty(), "no calendar goes there");
}

#[test]
fn a_departure_has_the_number_that_its_feed_gives_it() {
    let mut city =
        almaty().trip("A", |t| t.stop("x", "10:00").stop("y", "10:10").stop("z", "10:20")).finish();
    let number = |city: &Arrays| {
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("a known zone");
        let y = find_stop(&timetable, "y").expect("a stop");
        departures(&timetable, &zones, y, at("10:00"), at("11:00"), 1)[0].stop_sequence
    };
    assert_eq!(number(&city), 2);
    (city.numberings, city.numbers) = (vec![Numbering { trip: TripIdx(0), first: 0 }], vec![0, 30, 31]);
    assert_eq!(number(&city), 30);
}

#[test]
fn runs_that_bear_one_name_are_told_apart_by_their_starts() {
    let city = almaty()
        .trip("often", |t| t.stop("w", "09:50").stop("x", "10:00").stop("y", "10:10"))
        .trip("once", |t| t.stop("w", "09:55").stop("x", "10:05").stop("y", "10:15"))
        .trip("often", |t| t.headway_s(600).stop("w", "10:00").stop("x", "10:10").stop("y", "10:20"))
        .finish();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let x = find_stop(&timetable, "x").expect("a stop");
    let board = departures(&timetable, &zones, x, at("10:00"), at("11:00"), 9);
    let told: Vec<_> = board.iter().map(|d| (d.trip_id.as_str(), d.start_s, d.headway_s)).collect();
    assert_eq!(told, [("often", Some(35_400), 0), ("once", None, 0), ("often", Some(36_000), 600)]);
}

#[test]
fn a_trip_is_on_the_road_from_its_first_stop_to_its_last() {
    let city = almaty()
        .trip("A", |t| {
            t.days(&["2024-05-10"]).stop("x", "23:50").halt("y", "24:10", "24:12").stop("z", "24:20")
        })
        .trip("B", |t| {
            t.days(&["2024-05-11"]).stop("x", "00:05").halt("y", "00:25", "00:27").stop("z", "00:35")
        })
        .finish();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let trip = |id| find_trip(&timetable, id).expect("a trip");
    let (friday, saturday) = (day_number("2024-05-10"), day_number("2024-05-11"));
    let running = |time: &str| trips_running(&timetable, &zones, ms(&format!("2024-05-{time}[Asia/Almaty]")));
    assert_eq!(running("10T23:49:59"), []);
    assert_eq!(running("10T23:50"), [(trip("A"), friday)]);
    let mut both = running("11T00:10");
    both.sort_unstable();
    assert_eq!(both, [(trip("B"), saturday), (trip("A"), friday)]);
    assert_eq!(running("11T00:20:01"), [(trip("B"), saturday)]);
    let run = trip_run(&timetable, &zones, trip("A"), friday);
    let times: Vec<_> =
        run.iter().map(|call| (call.stop.id.as_str(), call.arrival_ms, call.departure_ms)).collect();
    let saturday_at = |time: &str| ms(&format!("2024-05-11T{time}[Asia/Almaty]"));
    assert_eq!(
        times,
        [
            ("x", at("23:50"), at("23:50")),
            ("y", saturday_at("00:10"), saturday_at("00:12")),
            ("z", saturday_at("00:20"), saturday_at("00:20"))
        ]
    );
    assert!(trip_run(&timetable, &zones, trip("A"), i32::MAX).is_empty());
}
