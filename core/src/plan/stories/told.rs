//! What is told of a ride besides its times.

use super::*;
use crate::plan::{Halt, Wheelchair};

#[test]
fn a_ride_says_what_a_passenger_looks_for_on_the_street_and_in_the_bus() {
    let mut city = almaty()
        .trip("A", |t| {
            let t = t.line("7").stop("w", "09:50").stop("x", "10:00").halt("m", "10:04", "10:05");
            t.stop("n", "10:07").stop("y", "10:10").stop("z", "10:20")
        })
        .spelt("m", ["Базар", "Рынок", "Market"])
        .finish();
    let x = city.timetable().stops.iter().position(|stop| city.timetable().text(stop.id) == "x");
    let x = x.expect("a stop");
    city.stops[x].code = city.stops[x].name;
    city.stops[x].wheelchair = 1;
    city.trips[0].wheelchair = 2;
    (city.lines[0].colour, city.lines[0].mode) = (0x00_00FF, 11);
    (city.pattern_stops[1].pickup, city.pattern_stops[1].drop_off) = (2, 0);
    (city.pattern_stops[4].pickup, city.pattern_stops[4].drop_off) = (0, 3);
    let zones = Zones::of(&city.timetable()).expect("a known zone");
    let query = PlanQuery::new(stop("x"), stop("y"), When::DepartAt { ms: at("09:55") });
    let timetable = city.timetable().speaking(crate::text::Language::Ru);
    let found = plan(&timetable, &Streets::default(), &zones, &query).expect("a plan");
    let ride = found.journeys[0].legs[0].ride().expect("a ride");
    let between: Vec<_> =
        ride.between.iter().map(|call| (call.name.as_str(), call.arrival_ms, call.departure_ms)).collect();
    assert_eq!(between, [("Рынок", at("10:04"), at("10:05")), ("n", at("10:07"), at("10:07"))]);
    assert_eq!(ride.stops_between as usize, between.len());
    assert_eq!((ride.colour, ride.text_colour, ride.mode), (Some(0x00_00FF), Some(0xFF_FFFF), 11));
    assert_eq!((ride.boarding, ride.alighting), (Halt::CallOperator, Halt::AskDriver));
    assert_eq!((ride.wheelchair, ride.from_stop.wheelchair), (Wheelchair::No, Wheelchair::Yes));
    assert_eq!((ride.from_stop.code.as_str(), ride.to_stop.wheelchair), ("x", Wheelchair::Unknown));
}

#[test]
fn a_stop_to_pass_is_counted_among_those_in_between() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("m", "10:05").stop("n", "10:07").stop("y", "10:10"))
        .finish();
    let query = PlanQuery::new(stop("x"), stop("y"), When::DepartAt { ms: at("09:55") });
    let plan = ask(&city, &PlanQuery { via: Some("m".into()), ..query });
    let ride = plan.journeys[0].legs[0].ride().expect("a ride");
    let names: Vec<&str> = ride.between.iter().map(|call| call.name.as_str()).collect();
    assert_eq!((names, ride.stops_between), (vec!["m", "n"], 2));
}
