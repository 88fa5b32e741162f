//! What passengers ask, with little timetables written as text.

mod again;
mod board;
mod by_way;
mod changes;
mod names;
mod often;
mod options;
mod seats;
mod step_free;
mod told;

use super::*;
use crate::city::build::sketch::{Sketch, day_number};
use crate::city::streets::Streets;
use crate::city::time_zone;
use crate::city::timetable::Arrays;
use crate::geo::Point;
use jiff::Timestamp;

fn almaty() -> Sketch {
    Sketch::in_zone("Asia/Almaty")
}

/// Milliseconds of a moment like `2024-05-10T10:00[Asia/Almaty]`.
fn ms(moment: &str) -> i64 {
    moment.parse::<jiff::Zoned>().expect("a moment with its zone").timestamp().as_millisecond()
}

/// A moment on 10 May 2024, a Friday, in Almaty.
fn at(time: &str) -> i64 {
    ms(&format!("2024-05-10T{time}[Asia/Almaty]"))
}

fn stop(id: &str) -> Endpoint {
    Endpoint::Stop { id: id.into() }
}

fn ask(city: &Arrays, query: &PlanQuery) -> Plan {
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("known zones");
    plan(&timetable, &Streets::default(), &zones, query).expect("a plan")
}

fn depart(city: &Arrays, from: &str, to: &str, ms: i64) -> Plan {
    ask(city, &PlanQuery::new(stop(from), stop(to), When::DepartAt { ms }))
}

fn clock(zone: &str, ms: i64) -> String {
    let zone = time_zone(zone).expect("a zone");
    let moment = Timestamp::from_millisecond(ms).expect("a moment").to_zoned(zone);
    moment.strftime("%d %H:%M").to_string()
}

/// A journey in one line, as `10 10:00 A x–y, walk y–z 2 min, B z–w 10 10:40`.
fn told(zone: &str, journey: &Journey) -> String {
    let leg = |leg: &Leg| match leg {
        Leg::Walk(WalkLeg { from_name, to_name, departure_ms, arrival_ms, .. }) => {
            format!("walk {from_name}–{to_name} {} min", (arrival_ms - departure_ms) / 60_000)
        }
        Leg::Ride(RideLeg { trip_id, from_stop, to_stop, stay_seated, .. }) => {
            let on = if *stay_seated { "on as " } else { "" };
            format!("{on}{trip_id} {}–{}", from_stop.name, to_stop.name)
        }
    };
    let legs: Vec<String> = journey.legs.iter().map(leg).collect();
    let (leaves, there) = (clock(zone, journey.departure_ms), clock(zone, journey.arrival_ms));
    format!("{leaves} {} {there}", legs.join(", "))
}

fn tell(plan: &Plan) -> Vec<String> {
    plan.journeys.iter().map(|journey| told("Asia/Almaty", journey)).collect()
}

#[test]
fn a_change_with_a_walk_between_two_buses() {
    let city = almaty()
        .trip("A", |t| {
            t.line("7").headsign("Bridge").stop("x", "10:00").stop("m", "10:05").stop("y", "10:10")
        })
        .trip("B", |t| t.line("9").stop("z", "10:12").stop("w", "10:40"))
        .walk("y", "z", 120)
        .finish();
    let plan = depart(&city, "x", "w", at("09:30"));
    assert_eq!(tell(&plan), ["10 10:00 A x–y, walk y–z 2 min, B z–w 10 10:40"]);
    let journey = &plan.journeys[0];
    assert_eq!((journey.rides, journey.walk_metres, plan.note), (2, 144, None));
    let Leg::Ride(RideLeg { line, line_id, headsign, stops_between, service_day, departure_ms, .. }) =
        &journey.legs[0]
    else {
        panic!("a ride first: {journey:?}")
    };
    assert_eq!((line.as_str(), line_id.as_str(), headsign.as_str()), ("7", "7", "Bridge"));
    assert_eq!((*stops_between, *service_day), (1, day_number("2024-05-10")));
    assert_eq!(*departure_ms, at("10:00"));
    let Leg::Ride(RideLeg { headsign, .. }) = &journey.legs[2] else { panic!("a ride last: {journey:?}") };
    assert_eq!(headsign, "w", "a bus without a sign goes to its last stop");
}

#[test]
fn nobody_walks_on_from_a_walk() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10"))
        .walk("y", "m", 60)
        .walk("m", "z", 60)
        .finish();
    let plan = depart(&city, "x", "z", at("09:30"));
    assert_eq!((plan.journeys, plan.note), (vec![], Some(PlanNote::NothingFound)));
}

#[test]
fn several_departures_and_none_that_is_worse_than_another() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:30"))
        .trip("B", |t| t.stop("x", "10:10").stop("y", "10:40"))
        .trip("slow", |t| t.line("2").stop("x", "10:05").stop("y", "10:50"))
        .trip("later", |t| t.stop("x", "13:00").stop("y", "13:30"))
        .finish();
    let plan = depart(&city, "x", "y", at("09:55"));
    assert_eq!(
        tell(&plan),
        ["10 10:00 A x–y 10 10:30", "10 10:10 B x–y 10 10:40", "10 13:00 later x–y 10 13:30"]
    );
    let two =
        PlanQuery { limit: 2, ..PlanQuery::new(stop("x"), stop("y"), When::DepartAt { ms: at("09:55") }) };
    assert_eq!(ask(&city, &two).journeys.len(), 2);
    let to_the_millisecond = depart(&city, "x", "y", at("10:00") + 1);
    assert_eq!(tell(&to_the_millisecond)[0], "10 10:10 B x–y 10 10:40");
}

#[test]
fn fewer_rides_are_offered_beside_the_quicker_way() {
    let city = almaty()
        .trip("direct", |t| t.line("1").stop("x", "10:00").stop("z", "11:00"))
        .trip("A", |t| t.line("2").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("3").stop("y", "10:15").stop("z", "10:30"))
        .finish();
    let plan = depart(&city, "x", "z", at("09:55"));
    assert_eq!(tell(&plan), ["10 10:00 A x–y, B y–z 10 10:30", "10 10:00 direct x–z 10 11:00"]);
}

#[test]
fn to_be_there_in_time_one_leaves_as_late_as_one_can() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "08:00").stop("y", "08:30"))
        .trip("B", |t| t.stop("x", "08:20").stop("y", "08:50"))
        .trip("C", |t| t.stop("x", "08:40").stop("y", "09:10"))
        .walk("y", "school", 300)
        .finish();
    let when = |time| When::ArriveBy { ms: at(time) };
    let by = |time| {
        tell(&ask(&city, &PlanQuery { limit: 1, ..PlanQuery::new(stop("x"), stop("school"), when(time)) }))
    };
    assert_eq!(by("09:00"), ["10 08:20 B x–y, walk y–school 5 min 10 08:55"]);
    assert_eq!(by("08:55"), ["10 08:20 B x–y, walk y–school 5 min 10 08:55"]);
    assert_eq!(by("08:54:59"), ["10 08:00 A x–y, walk y–school 5 min 10 08:35"]);
}

#[test]
fn a_bus_of_yesterday_s_timetable_still_runs_after_midnight() {
    let city = almaty()
        .trip("night", |t| t.days(&["2024-05-10"]).stop("x", "24:40").stop("y", "25:00"))
        .trip("train", |t| t.days(&["2024-05-10"]).line("T").stop("x", "48:30").stop("y", "49:00"))
        .finish();
    let tonight = depart(&city, "x", "y", at("23:50"));
    assert_eq!(tell(&tonight)[0], "11 00:40 night x–y 11 01:00");
    assert_eq!(tonight.note, None, "at 23:50 a bus of 00:40 is tonight");
    let Leg::Ride(RideLeg { service_day, .. }) = tonight.journeys[0].legs[0] else { panic!("a ride") };
    assert_eq!(service_day, day_number("2024-05-10"));
    let after_midnight = depart(&city, "x", "y", ms("2024-05-11T00:10[Asia/Almaty]"));
    assert_eq!(tell(&after_midnight)[0], "11 00:40 night x–y 11 01:00");
    let two_days_later = depart(&city, "x", "y", ms("2024-05-12T00:10[Asia/Almaty]"));
    assert_eq!(tell(&two_days_later), ["12 00:30 train x–y 12 01:00"]);
}

#[test]
fn after_the_last_bus_the_first_of_tomorrow_is_told() {
    let early = |t: crate::city::build::sketch::SketchTrip| t.stop("x", "05:30").stop("y", "06:00");
    let city = almaty().trip("early", early).finish();
    let plan = depart(&city, "x", "y", at("23:00"));
    let first_departure_ms = ms("2024-05-11T05:30[Asia/Almaty]");
    assert_eq!(plan.journeys[0].departure_ms, first_departure_ms);
    assert_eq!(plan.note, Some(PlanNote::NoServiceAnyMore { first_departure_ms }));
    let at_four = depart(&city, "x", "y", at("04:00"));
    assert_eq!((at_four.journeys[0].departure_ms, at_four.note), (at("05:30"), None));
    // On weekdays only, asked on Friday night.
    let monday = almaty().trip("A", |t| early(t.days(&["2024-05-10", "2024-05-13"]))).finish();
    let plan = depart(&monday, "x", "y", at("23:00"));
    assert_eq!(tell(&plan), ["13 05:30 A x–y 13 06:00"]);
}

#[test]
fn at_ten_to_midnight_a_bus_of_00_40_is_tonight_s_whichever_day_s_timetable_it_is_of() {
    let today = |t: crate::city::build::sketch::SketchTrip| t.days(&["2024-05-10"]);
    let tomorrow = |t: crate::city::build::sketch::SketchTrip| t.days(&["2024-05-11"]);
    for city in [
        almaty().trip("night", |t| today(t).stop("x", "24:40").stop("y", "25:00")).finish(),
        almaty().trip("night", |t| tomorrow(t).stop("x", "00:40").stop("y", "01:00")).finish(),
    ] {
        let plan = depart(&city, "x", "y", at("23:50"));
        assert_eq!((tell(&plan), plan.note), (vec!["11 00:40 night x–y 11 01:00".to_owned()], None));
        let last = PlanQuery::new(stop("x"), stop("y"), When::LastToday { ms: at("23:50") });
        let plan = ask(&city, &last);
        assert_eq!((tell(&plan), plan.note), (vec!["11 00:40 night x–y 11 01:00".to_owned()], None));
    }
}

#[test]
fn a_range_after_the_last_bus_says_when_the_first_of_tomorrow_leaves() {
    let city = almaty()
        .trip("early", |t| t.stop("x", "05:30").stop("y", "06:00"))
        .trip("late", |t| t.stop("x", "16:00").stop("y", "16:30"))
        .finish();
    let asked = |when| {
        let plan = ask(&city, &PlanQuery::new(stop("x"), stop("y"), when));
        (plan.journeys.len(), plan.note)
    };
    let between = |from: &str, until_ms| When::Between { from_ms: at(from), until_ms };
    let first_departure_ms = ms("2024-05-11T05:30[Asia/Almaty]");
    let no_more = Some(PlanNote::NoServiceAnyMore { first_departure_ms });
    assert_eq!(asked(between("23:00", ms("2024-05-11T00:00[Asia/Almaty]"))), (0, no_more));
    assert_eq!(asked(between("23:00", ms("2024-05-11T23:00[Asia/Almaty]"))), (2, no_more));
    assert_eq!(asked(When::LastToday { ms: at("23:00") }), (0, no_more));
    assert_eq!(
        asked(between("14:00", at("15:00"))),
        (0, Some(PlanNote::NothingFound)),
        "at four there is one"
    );
    assert_eq!(asked(between("14:00", at("17:00"))), (1, None));
}

#[test]
fn a_day_that_the_timetable_does_not_cover_is_told() {
    let city = almaty().trip("A", |t| t.stop("x", "10:00").stop("y", "10:10")).finish();
    let plan = depart(&city, "x", "y", ms("2025-06-01T10:00[Asia/Almaty]"));
    let (first_day, last_day) = (day_number("2024-01-01"), day_number("2024-12-31"));
    assert_eq!(plan.note, Some(PlanNote::OutsideTimetable { first_day, last_day }));
    let never = almaty().place("x", 47.0, 51.9).place("y", 47.1, 51.9).finish();
    assert!(depart(&never, "x", "y", at("10:00")).journeys.is_empty());
}

#[test]
fn clocks_that_change_move_no_bus() {
    let zone = "Europe/Berlin";
    let city = Sketch::in_zone(zone)
        .trip("night", |t| t.stop("x", "01:30").stop("y", "03:30"))
        .trip("day", |t| t.stop("x", "12:00").stop("y", "12:30"))
        .finish();
    let first = |from: &str| told(zone, &depart(&city, "x", "y", ms(from)).journeys[0]);
    // In spring the day starts at 23:00 of the evening before, so 1:30 after it is 00:30 by the clock.
    assert_eq!(first("2024-03-30T23:30[Europe/Berlin]"), "31 00:30 night x–y 31 03:30");
    assert_eq!(first("2024-03-31T03:40[Europe/Berlin]"), "31 12:00 day x–y 31 12:30");
    // In autumn it starts at 1:00: 1:30 after it is the second 2:30.
    assert_eq!(first("2024-10-27T00:00[Europe/Berlin]"), "27 02:30 night x–y 27 03:30");
    let leaves = depart(&city, "x", "y", ms("2024-10-27T00:00[Europe/Berlin]")).journeys[0].departure_ms;
    assert_eq!(leaves, "2024-10-27T00:30:00Z".parse::<Timestamp>().expect("a moment").as_millisecond());
    assert_eq!(first("2024-10-27T05:00[Europe/Berlin]"), "27 12:00 day x–y 27 12:30");
}

#[test]
fn the_night_in_which_kazakhstan_changed_its_time() {
    let city = almaty()
        .trip("late", |t| t.stop("x", "23:30").stop("y", "24:30"))
        .trip("morning", |t| t.stop("x", "07:00").stop("y", "08:00"))
        .finish();
    let leaves = |from: &str| {
        let journey = depart(&city, "x", "y", ms(from)).journeys.remove(0);
        let utc = |ms| Timestamp::from_millisecond(ms).expect("a moment").strftime("%d %H:%M").to_string();
        (utc(journey.departure_ms), utc(journey.arrival_ms))
    };
    let utc = |leaves: &str, there: &str| (leaves.to_owned(), there.to_owned());
    assert_eq!(leaves("2024-02-29T06:30[Asia/Almaty]"), utc("29 01:00", "29 02:00"), "UTC+6");
    assert_eq!(leaves("2024-03-01T06:30[Asia/Almaty]"), utc("01 02:00", "01 03:00"), "UTC+5");
    // Eleven at night came twice: the bus of 23:30 arrives an hour later, still at 23:30 by the clock.
    assert_eq!(leaves("2024-02-29T17:20:00+00[UTC]"), utc("29 17:30", "29 18:30"));
}

#[test]
fn two_lines_each_in_the_time_of_its_zone() {
    let city = Sketch::in_zone("Asia/Almaty")
        .trip("A", |t| t.stop("x", "10:00").stop("y", "11:00"))
        .trip("B", |t| t.line("2").zone("Europe/Moscow").stop("y", "09:10").stop("z", "10:00"))
        .finish();
    let plan = depart(&city, "x", "z", at("09:30"));
    assert_eq!(tell(&plan)[0], "10 10:00 A x–y, B y–z 10 12:00", "Moscow is two hours behind");
}

#[test]
fn a_loop_is_boarded_where_it_gets_one_there_sooner() {
    let around = |t: crate::city::build::sketch::SketchTrip| {
        let t = t.stop("x", "10:00").stop("y", "10:10").stop("z", "10:20");
        t.stop("x", "10:30").stop("y", "10:40")
    };
    let city = almaty().trip("loop", around).finish();
    let tell_first = |from, to, time| tell(&depart(&city, from, to, at(time))).swap_remove(0);
    assert_eq!(tell_first("x", "y", "10:05"), "10 10:30 loop x–y 10 10:40");
    assert_eq!(tell_first("z", "y", "10:05"), "10 10:20 loop z–y 10 10:40");
    assert_eq!(tell_first("x", "y", "09:00"), "10 10:00 loop x–y 10 10:10");
    assert_eq!(tell_first("y", "x", "09:00"), "10 10:10 loop y–x 10 10:30");
}

#[test]
fn the_bus_that_overtakes_is_taken() {
    let city = almaty()
        .trip("slow", |t| t.stop("x", "10:00").stop("y", "10:30").stop("z", "11:00"))
        .trip("fast", |t| t.stop("x", "10:10").stop("y", "10:20").stop("z", "10:40"))
        .finish();
    assert_eq!(tell(&depart(&city, "x", "z", at("09:50"))), ["10 10:10 fast x–z 10 10:40"]);
    assert_eq!(tell(&depart(&city, "y", "z", at("10:25")))[0], "10 10:30 slow y–z 10 11:00");
}

#[test]
fn the_bus_of_today_overtakes_that_of_yesterday() {
    let city = almaty()
        .trip("night", |t| t.days(&["2024-05-09"]).stop("x", "24:30").stop("y", "26:30"))
        .trip("today", |t| t.days(&["2024-05-10"]).stop("x", "00:40").stop("y", "01:00"))
        .finish();
    assert_eq!(tell(&depart(&city, "x", "y", at("00:10"))), ["10 00:40 today x–y 10 01:00"]);
}

#[test]
fn nobody_gets_on_or_off_where_the_timetable_says_so() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").no_pickup().stop("y", "10:10").stop("z", "10:20").no_drop_off())
        .trip("B", |t| t.stop("x", "11:00").stop("y", "11:10").stop("z", "11:20"))
        .finish();
    assert_eq!(tell(&depart(&city, "x", "y", at("09:50")))[0], "10 11:00 B x–y 10 11:10");
    assert_eq!(tell(&depart(&city, "y", "z", at("09:50")))[0], "10 11:10 B y–z 10 11:20");
}

#[test]
fn a_change_takes_its_least_time() {
    let city = |change_s| {
        almaty()
            .trip("A", |t| t.line("1").stop("x", "10:00").stop("y", "10:10"))
            .trip("B", |t| t.line("2").stop("y", "10:12").stop("z", "10:30"))
            .trip("C", |t| t.line("2").stop("y", "10:15").stop("z", "10:33"))
            .change("y", change_s)
            .finish()
    };
    let first = |change_s| tell(&depart(&city(change_s), "x", "z", at("09:55"))).swap_remove(0);
    assert_eq!(first(0), "10 10:00 A x–y, B y–z 10 10:30");
    assert_eq!(first(120), "10 10:00 A x–y, B y–z 10 10:30");
    assert_eq!(first(121), "10 10:00 A x–y, C y–z 10 10:33");
    let boards_first = depart(&city(3_600), "y", "z", at("10:12"));
    assert_eq!(tell(&boards_first)[0], "10 10:12 B y–z 10 10:30", "the first bus needs no change");
}

#[test]
fn walking_wins_where_the_bus_is_no_help() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:05").stop("y", "10:15"))
        .trip("B", |t| t.stop("x", "12:00").stop("y", "12:01"))
        .place("x", 47.1, 51.9)
        .place("y", 47.1, 51.906)
        .walk("x", "y", 300)
        .finish();
    let plan = depart(&city, "x", "y", at("10:00"));
    assert_eq!(tell(&plan)[0], "10 10:00 walk x–y 5 min 10 10:05");
    assert_eq!((plan.journeys[0].rides, plan.journeys[0].walk_metres), (0, 360));
    // Both buses spare the walk, so they are told too.
    assert_eq!(plan.journeys.len(), 3);
    let from_the_door = PlanQuery::new(
        Endpoint::Point { point: Point { lat: 47.1, lon: 51.9 }, name: "home".into() },
        Endpoint::Point { point: Point { lat: 47.1, lon: 51.9001 }, name: "shop".into() },
        When::ArriveBy { ms: at("10:20") },
    );
    let plan = ask(&city, &from_the_door);
    assert_eq!(plan.journeys.len(), 1, "riding away and walking back is no help: {:?}", tell(&plan));
    assert_eq!((plan.journeys[0].arrival_ms, plan.note), (at("10:20"), Some(PlanNote::WalkingEstimated)));
}

#[test]
fn from_door_to_door_where_no_streets_are_mapped() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10"))
        .trip("too far to walk to", |t| t.stop("far", "09:56").stop("y", "10:00"))
        .place("x", 47.1, 51.9)
        .place("far", 47.12, 51.9)
        .place("y", 47.1, 52.1)
        .finish();
    // 400 m north of x and 100 m east of y, as the crow flies.
    let home = Endpoint::Point { point: Point { lat: 47.1036, lon: 51.9 }, name: "Home".into() };
    let work = Endpoint::Point { point: Point { lat: 47.1, lon: 52.10132 }, name: "Work".into() };
    let query = PlanQuery::new(home, work, When::DepartAt { ms: at("09:30") });
    let plan = ask(&city, &query);
    assert_eq!(plan.note, Some(PlanNote::WalkingEstimated));
    let [journey] = &plan.journeys[..] else { panic!("one journey: {plan:?}") };
    let Leg::Walk(WalkLeg { from_name, to_name, metres, departure_ms, arrival_ms, estimated, .. }) =
        &journey.legs[0]
    else {
        panic!("a walk first")
    };
    assert_eq!((from_name.as_str(), to_name.as_str(), *estimated), ("Home", "x", true));
    assert!((515..=530).contains(metres), "400 m × 1.3: {metres}");
    assert_eq!(*arrival_ms, at("10:00"), "no waiting at the stop");
    assert_eq!((arrival_ms - departure_ms) / 1_000, i64::from((*metres * 5).div_ceil(6)));
    let Some(Leg::Walk(WalkLeg { to_name, .. })) = journey.legs.last() else { panic!("a walk last") };
    assert_eq!((to_name.as_str(), journey.legs.len()), ("Work", 3));
    // Someone slow would have to set out earlier, someone lazy does not go.
    let slow = ask(&city, &PlanQuery { walking_speed: 0.6, ..query.clone() });
    assert!(slow.journeys[0].departure_ms < journey.departure_ms);
    let lazy = ask(&city, &PlanQuery { max_walk_metres: 500, ..query });
    assert_eq!((lazy.journeys.len(), lazy.note), (0, Some(PlanNote::NothingFound)));
}

#[test]
fn a_station_is_all_of_its_platforms() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("platform 1", "10:10"))
        .trip("B", |t| t.line("2").stop("platform 2", "10:20").stop("z", "10:30"))
        .station("station", &["platform 1", "platform 2"])
        .finish();
    assert_eq!(tell(&depart(&city, "x", "station", at("09:55")))[0], "10 10:00 A x–platform 1 10 10:10");
    assert_eq!(tell(&depart(&city, "station", "z", at("09:55")))[0], "10 10:20 B platform 2–z 10 10:30");
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let station = find_stop(&timetable, "station").expect("the station");
    let board = departures(&timetable, &zones, station, at("10:00"), at("11:00"), 10);
    let shown: Vec<_> = board.iter().map(|d| (d.trip_id.as_str(), d.stop_id.as_str(), d.terminus)).collect();
    assert_eq!(shown, [("A", "platform 1", true), ("B", "platform 2", false)]);
}

#[test]
fn what_does_not_exist_is_an_error_that_names_it() {
    let city = almaty().trip("A", |t| t.stop("x", "10:00").stop("y", "10:10")).finish();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let ask = |query: &PlanQuery| plan(&timetable, &Streets::default(), &zones, query).map(|plan| plan.note);
    let now = When::DepartAt { ms: at("10:00") };
    let nowhere = ask(&PlanQuery::new(stop("x"), stop("q"), now));
    assert_eq!(nowhere, Err(PlanError::UnknownStop { id: "q".into() }));
    let pole = Endpoint::Point { point: Point { lat: 91.0, lon: 0.0 }, name: String::new() };
    assert_eq!(ask(&PlanQuery::new(pole, stop("y"), now)), Err(PlanError::NotOnEarth));
    for ms in [i64::MIN, i64::MAX] {
        for when in [When::DepartAt { ms }, When::ArriveBy { ms }] {
            assert_eq!(ask(&PlanQuery::new(stop("x"), stop("y"), when)), Err(PlanError::NoSuchTime));
        }
    }
    let odd = PlanQuery {
        walking_speed: f64::NAN,
        max_walk_metres: u32::MAX,
        limit: 0,
        ..PlanQuery::new(stop("x"), stop("y"), now)
    };
    assert!(ask(&odd).is_ok());
}
