//! Names in the passenger's language.

use super::*;
use crate::city::timetable::TextIdx;
use crate::text::Language;

const LANGUAGES: [Option<Language>; 4] = [None, Some(Language::Kk), Some(Language::Ru), Some(Language::En)];

/// A line that has a number, then one that has only a name; "x" and the line's id read otherwise, too.
fn city() -> Arrays {
    let mut city = almaty()
        .trip("A", |t| t.line("7").headsign("Bridge").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("Ring").stop("z", "10:12").stop("x", "10:40"))
        .walk("y", "z", 120)
        .spelt("x", ["Базар", "Рынок", "Market"])
        .spelt("y", ["Мешіт", "Мечеть", ""])
        .spelt("Bridge", ["Көпір", "Мост", "The bridge"])
        .spelt("Ring", ["Айналма", "Кольцо", "Circle"])
        .spelt("7", ["жетінші", "седьмой", "seventh"])
        .finish();
    let ring = &mut city.lines[1];
    (ring.long_name, ring.short_name) = (ring.short_name, TextIdx::NONE);
    city
}

#[test]
fn a_journey_is_told_in_the_passenger_s_language() {
    let city = city();
    let zones = Zones::of(&city.timetable()).expect("known zones");
    let query = PlanQuery::new(stop("x"), stop("x"), When::DepartAt { ms: at("09:30") });
    let there = PlanQuery { to: stop("z"), ..query };
    let told = |language: Option<Language>| {
        let timetable = city.timetable();
        let timetable = language.map_or(timetable, |language| timetable.speaking(language));
        let told = plan(&timetable, &Streets::default(), &zones, &there).expect("a plan").journeys;
        let [
            Leg::Ride(RideLeg { line, headsign, from_stop, to_stop, .. }),
            Leg::Walk(WalkLeg { from_name, to_name, .. }),
        ] = told[0].legs.as_slice()
        else {
            panic!("a ride and a walk: {told:?}")
        };
        assert_eq!((from_stop.id.as_str(), to_stop.id.as_str()), ("x", "y"), "an id is in no language");
        assert_eq!(to_stop.name, *from_name);
        assert_eq!((line.as_str(), to_name.as_str()), ("7", "z"), "nor is the number on the bus");
        format!("{headsign}: {}–{}", from_stop.name, to_stop.name)
    };
    let expected = ["Bridge: x–y", "Көпір: Базар–Мешіт", "Мост: Рынок–Мечеть", "The bridge: Market–y"];
    assert_eq!(LANGUAGES.map(told), expected);
}

#[test]
fn a_board_and_a_run_are_told_in_the_passenger_s_language() {
    let city = city();
    let zones = Zones::of(&city.timetable()).expect("known zones");
    let told = |language: Option<Language>| {
        let timetable = city.timetable();
        let timetable = language.map_or(timetable, |language| timetable.speaking(language));
        let z = find_stop(&timetable, "z").expect("a stop");
        let departure = departures(&timetable, &zones, z, at("10:00"), at("11:00"), 1).remove(0);
        let ring = find_trip(&timetable, "B").expect("a trip");
        let run = trip_run(&timetable, &zones, ring, day_number("2024-05-10"));
        assert_eq!((departure.line_id.as_str(), departure.stop_id.as_str()), ("Ring", "z"));
        format!("{} {}, {}", departure.line, departure.headsign, run[1].stop.name)
    };
    let expected = ["Ring x, x", "Айналма Базар, Базар", "Кольцо Рынок, Рынок", "Circle Market, Market"];
    assert_eq!(LANGUAGES.map(told), expected);
}
