//! What transfers.txt says of changes from some lines and trips to others.

use super::*;

/// Line 7 brings to y at 10:10, from where trips of line 9 leave every five minutes; a change takes two.
fn to_line_9(write: impl FnOnce(Sketch) -> Sketch) -> Arrays {
    write(almaty().change("y", 120))
        .trip("A", |t| t.line("7").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("8").stop("v", "10:00").stop("y", "10:10"))
        .trip("at 10", |t| t.line("9").stop("y", "10:10").stop("z", "10:30"))
        .trip("at 15", |t| t.line("9").stop("y", "10:15").stop("z", "10:35"))
        .trip("at 20", |t| t.line("9").stop("y", "10:20").stop("z", "10:40"))
        .finish()
}

/// When one is there from a stop, and by which second trip.
fn by(city: &Arrays, from: &str) -> String {
    let plan = depart(city, from, "z", at("09:50"));
    let journey = plan.journeys.first().expect("a journey");
    assert_eq!((journey.legs.len(), journey.walk_metres), (2, 0), "no walk at one stop");
    tell(&plan).swap_remove(0).split(", ").nth(1).expect("a change").to_owned()
}

#[test]
fn without_a_rule_a_change_takes_its_least_time() {
    let city = to_line_9(|city| city);
    assert_eq!((by(&city, "x"), by(&city, "v")), ("at 15 y–z 10 10:35".into(), "at 15 y–z 10 10:35".into()));
}

#[test]
fn a_rule_for_a_pair_of_lines_holds_for_no_other() {
    let longer = to_line_9(|city| city.rule(("y", "line 7"), ("y", "line 9"), Some(360)));
    assert_eq!(
        (by(&longer, "x"), by(&longer, "v")),
        ("at 20 y–z 10 10:40".into(), "at 15 y–z 10 10:35".into())
    );
    // The vehicle waits for whoever comes from line 8.
    let waits = to_line_9(|city| city.rule(("y", "line 8"), ("y", "line 9"), Some(0)));
    assert_eq!(
        (by(&waits, "x"), by(&waits, "v")),
        ("at 15 y–z 10 10:35".into(), "at 10 y–z 10 10:30".into())
    );
}

#[test]
fn the_most_specific_rule_wins_whatever_the_order() {
    let rules = |city: Sketch, order: &[usize]| {
        let all = [
            (("y", "line 7"), ("y", ""), Some(0)),
            (("y", "line 7"), ("y", "line 9"), None),
            (("y", "line 7"), ("y", "trip at 20"), Some(0)),
            (("y", "trip A"), ("y", "trip at 20"), Some(601)),
        ];
        order.iter().fold(city, |city, nth| city.rule(all[*nth].0, all[*nth].1, all[*nth].2))
    };
    let first = |order: &[usize]| by(&to_line_9(|city| rules(city, order)), "x");
    assert_eq!(first(&[0]), "at 10 y–z 10 10:30", "from a line to all");
    for order in [[0, 1, 2], [2, 1, 0]] {
        assert_eq!(first(&order), "at 20 y–z 10 10:40", "a trip counts more than two lines");
    }
    let none = to_line_9(|city| rules(city, &[3, 2, 1, 0]));
    assert_eq!(by(&none, "x"), "at 20 y–z 11 10:40", "a second too short: tomorrow");
}

#[test]
fn a_rule_for_a_stop_counts_more_than_one_for_its_station() {
    let city = |rules: fn(Sketch) -> Sketch| {
        rules(almaty().station("station", &["p", "q"]))
            .trip("A", |t| t.line("7").stop("x", "10:00").stop("p", "10:10"))
            .trip("B", |t| t.line("9").stop("q", "10:12").stop("z", "10:30"))
            .trip("C", |t| t.line("9").stop("q", "10:20").stop("z", "10:38"))
            .walk("p", "q", 60)
            .finish()
    };
    let there = |rules| depart(&city(rules), "x", "z", at("09:50")).journeys[0].arrival_ms;
    assert_eq!(there(|city| city), at("10:30"));
    let station: fn(Sketch) -> Sketch =
        |city| city.rule(("station", "line 7"), ("station", "line 9"), Some(300));
    assert_eq!(there(station), at("10:38"));
    assert_eq!(
        there(|city| city.rule(("p", "line 7"), ("q", "line 9"), Some(30)).rule(
            ("station", "line 7"),
            ("station", "line 9"),
            Some(300)
        )),
        at("10:30")
    );
}

#[test]
fn a_change_is_forbidden_to_one_trip_and_a_later_arrival_has_it() {
    // Line 7 comes first, but from it nobody may change into the only bus.
    let city = almaty()
        .rule(("y", "line 7"), ("y", "trip on"), None)
        .trip("A", |t| t.line("7").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("8").stop("x", "10:00").stop("y", "10:15"))
        .trip("on", |t| t.line("9").days(&["2024-05-10"]).stop("y", "10:20").stop("z", "10:30"))
        .finish();
    assert_eq!(tell(&depart(&city, "x", "z", at("09:50"))), ["10 10:00 B x–y, on y–z 10 10:30"]);
    assert_eq!(tell(&depart(&city, "x", "y", at("09:50")))[0], "10 10:00 A x–y 10 10:10");
    let by = When::ArriveBy { ms: at("10:30") };
    let told = tell(&ask(&city, &PlanQuery::new(stop("x"), stop("z"), by)));
    assert_eq!(told, ["10 10:00 B x–y, on y–z 10 10:30"]);
}

#[test]
fn a_stop_with_rules_is_still_one_stop() {
    let city = to_line_9(|city| city.rule(("y", "line 7"), ("y", "line 9"), Some(360)));
    let (timetable, zones) = (city.timetable(), Zones::of(&city.timetable()).expect("zones"));
    let y = find_stop(&timetable, "y").expect("a stop");
    let board = departures(&timetable, &zones, y, at("10:00"), at("11:00"), 9);
    assert_eq!((board.len(), board.iter().all(|row| row.stop_id == "y")), (5, true), "all on one board");
    let avoids = PlanQuery {
        avoid_stops: vec!["y".into()],
        ..PlanQuery::new(stop("x"), stop("z"), When::DepartAt { ms: at("09:50") })
    };
    assert!(ask(&city, &avoids).journeys.is_empty());
    assert_eq!(tell(&depart(&city, "y", "z", at("10:05")))[0], "10 10:10 at 10 y–z 10 10:30", "no change");
    let over_y = PlanQuery {
        via: Some("y".into()),
        ..PlanQuery::new(stop("x"), stop("z"), When::DepartAt { ms: at("09:50") })
    };
    assert!(!ask(&city, &over_y).journeys.is_empty());
}
