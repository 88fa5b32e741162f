//! A passenger stays seated where the vehicle goes on as another trip.

use super::*;
use crate::city::timetable::StopIdx;

/// From x by line 7 to the terminus y, from where the same bus goes on as line 9 to z; line 7 goes again
/// later, but not on.
fn through() -> Sketch {
    almaty()
        .trip("A", |t| t.line("7").block("b").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("9").block("b").stop("y", "10:15").stop("w", "10:20").stop("z", "10:30"))
        .trip("later", |t| t.line("7").stop("x", "11:00").stop("y", "11:10"))
        .change("y", 600)
}

#[test]
fn one_ride_though_the_line_is_another_and_no_time_to_change() {
    let plan = depart(&through().finish(), "x", "z", at("09:50"));
    assert_eq!(tell(&plan), ["10 10:00 A x–y, on as B y–z 10 10:30"]);
    let journey = &plan.journeys[0];
    assert_eq!((journey.rides, journey.walk_metres, journey.legs.len()), (1, 0, 2));
    let Leg::Ride(RideLeg { line, departure_ms, stops_between, stay_seated: true, .. }) = &journey.legs[1]
    else {
        panic!("stays: {journey:?}")
    };
    assert_eq!((line.as_str(), *departure_ms, *stops_between), ("9", at("10:15"), 1));
}

#[test]
fn who_must_get_off_changes() {
    let parted = through().in_seat("A", "B", false).finish();
    let told = tell(&depart(&parted, "x", "z", at("09:50")));
    assert_eq!(told, ["10 11:00 later x–y, B y–z 11 10:30"], "ten minutes to change: tomorrow");
    let quick = through().in_seat("A", "B", false).change("y", 300).finish();
    let plan = depart(&quick, "x", "z", at("09:50"));
    assert_eq!((tell(&plan)[0].as_str(), plan.journeys[0].rides), ("10 10:00 A x–y, B y–z 10 10:30", 2));
}

#[test]
fn the_feed_links_trips_of_no_block_and_of_another_place() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10").no_drop_off())
        .trip("B", |t| t.stop("v", "10:15").no_pickup().stop("z", "10:30"))
        .in_seat("A", "B", true)
        .finish();
    assert_eq!(tell(&depart(&city, "x", "z", at("09:50"))), ["10 10:00 A x–y, on as B v–z 10 10:30"]);
    let from_there = depart(&city, "v", "z", at("09:50"));
    assert!(from_there.journeys.is_empty(), "nobody gets on at v");
}

#[test]
fn a_later_bus_that_goes_on_is_offered_beside_the_first_that_does_not() {
    let city = almaty()
        .trip("early", |t| t.line("7").stop("x", "10:00").stop("y", "10:10"))
        .trip("late", |t| t.line("7").block("b").stop("x", "10:10").stop("y", "10:20"))
        .trip("on", |t| t.line("9").block("b").stop("y", "10:25").stop("z", "10:40"))
        .trip("last", |t| t.line("7").stop("x", "10:30").stop("y", "10:40"))
        .finish();
    let plan = depart(&city, "x", "z", at("09:50"));
    assert_eq!(tell(&plan), ["10 10:10 late x–y, on as on y–z 10 10:40"]);
    // Only the second bus is direct.
    let one = Between::new(
        &city.timetable(),
        &Zones::of(&city.timetable()).expect("zones"),
        StopIdx(0),
        StopIdx(2),
    )
    .at(&mut Scratch::default(), at("09:50"))
    .expect("an answer");
    assert_eq!(one[0].rides, 2, "what is compared with others knows no blocks");
}

#[test]
fn several_trips_one_after_another_are_one_ride() {
    let city = almaty()
        .trip("A", |t| t.block("b").stop("x", "23:00").stop("y", "23:30"))
        .trip("B", |t| t.line("2").block("b").stop("y", "23:35").stop("w", "24:10"))
        .trip("C", |t| t.line("3").block("b").stop("platform", "24:15").stop("z", "24:40"))
        .station("station", &["w", "platform"])
        .finish();
    let told = "10 23:00 A x–y, on as B y–w, on as C platform–z 11 00:40";
    let plan = depart(&city, "x", "z", at("22:30"));
    assert_eq!((tell(&plan)[0].as_str(), plan.journeys[0].rides), (told, 1));
    let by = |when| tell(&ask(&city, &PlanQuery { limit: 1, ..PlanQuery::new(stop("x"), stop("z"), when) }));
    let until = ms("2024-05-11T00:50[Asia/Almaty]");
    assert_eq!(by(When::ArriveBy { ms: until }), [told]);
    assert_eq!(by(When::Between { from_ms: at("22:00"), until_ms: at("23:30") }), [told]);
    assert_eq!(by(When::DepartBefore { ms: at("23:30") }), [told]);
    assert_eq!(by(When::LastToday { ms: at("22:00") }), [told]);
    let on_the_way = PlanQuery {
        via: Some("y".into()),
        ..PlanQuery::new(stop("x"), stop("z"), When::DepartAt { ms: at("22:30") })
    };
    assert_eq!(tell(&ask(&city, &on_the_way))[0], told);
}

#[test]
fn a_bus_goes_on_after_midnight_as_a_trip_of_the_new_day() {
    let city = almaty()
        .trip("night", |t| t.days(&["2024-05-10"]).stop("x", "23:30").stop("y", "24:10"))
        .trip("early", |t| t.line("2").stop("y", "00:15").stop("z", "00:30"))
        .change("y", 900)
        .in_seat("night", "early", true)
        .finish();
    let plan = depart(&city, "x", "z", at("23:00"));
    assert_eq!(tell(&plan)[0], "10 23:30 night x–y, on as early y–z 11 00:30");
    let days: Vec<i32> = plan.journeys[0]
        .legs
        .iter()
        .filter_map(
            |leg| if let Leg::Ride(RideLeg { service_day, .. }) = leg { Some(*service_day) } else { None },
        )
        .collect();
    assert_eq!(days, [day_number("2024-05-10"), day_number("2024-05-11")]);
}

#[test]
fn what_the_passenger_avoids_is_not_stayed_in() {
    let city = through().finish();
    let ask_with = |query: PlanQuery| tell(&ask(&city, &query));
    let query = || PlanQuery::new(stop("x"), stop("z"), When::DepartAt { ms: at("09:50") });
    let none = [""; 0];
    assert_eq!(ask_with(PlanQuery { avoid_lines: vec!["9".into()], ..query() }), none);
    let over_y = ask_with(PlanQuery { avoid_stops: vec!["y".into()], ..query() });
    assert_eq!(over_y, ["10 10:00 A x–y, on as B y–z 10 10:30"], "one may ride through it");
    let mut city = city.clone();
    let on = find_trip(&city.timetable(), "B").expect("a trip");
    city.trips[on.at()].wheelchair = 2;
    assert_eq!(tell(&ask(&city, &PlanQuery { step_free: true, ..query() })), none);
    assert_eq!(tell(&ask(&city, &query())).len(), 1);
}

#[test]
fn vehicles_that_go_round_for_ever_come_to_an_end() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:00"))
        .trip("B", |t| t.stop("y", "10:00").stop("x", "10:00"))
        .trip("C", |t| t.line("2").stop("y", "10:00").stop("z", "10:30"))
        .in_seat("A", "B", true)
        .in_seat("B", "A", true)
        .in_seat("A", "C", true)
        .finish();
    assert_eq!(tell(&depart(&city, "x", "z", at("09:50")))[0], "10 10:00 A x–y, on as C y–z 10 10:30");
}

#[test]
fn who_walks_less_stays_seated() {
    let city = through()
        .trip("D", |t| t.line("5").stop("q", "10:13").stop("z", "10:25"))
        .walk("y", "q", 120)
        .finish();
    let when = When::Between { from_ms: at("09:50"), until_ms: at("10:50") };
    let plan = ask(&city, &PlanQuery::new(stop("x"), stop("z"), when));
    let both = ["10 10:00 A x–y, walk y–q 2 min, D q–z 10 10:25", "10 10:00 A x–y, on as B y–z 10 10:30"];
    assert_eq!(tell(&plan), both);
}
