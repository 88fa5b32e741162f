//! By way of a stop: riding through, changing, or on foot.

use super::options::{from_x_to_z, slower_without_walking, three_ways};
use super::*;
use crate::city::build::sketch::SketchTrip;

#[test]
fn by_way_of_a_stop_one_changes_or_stays_seated() {
    let via =
        |city: &Arrays, when| tell(&ask(city, &PlanQuery { via: Some("y".into()), when, ..from_x_to_z() }));
    let now = When::DepartAt { ms: at("09:50") };
    assert_eq!(via(&three_ways(), now), ["10 10:00 tram x–y, on y–z 10 10:30"]);
    let through = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("m", "10:02").stop("y", "10:05").stop("z", "10:10"))
        .trip("B", |t| t.line("2").stop("y", "10:06").stop("z", "10:09"))
        .change("y", 120)
        .finish();
    let plan = ask(&through, &PlanQuery { via: Some("y".into()), ..from_x_to_z() });
    assert_eq!(tell(&plan), ["10 10:00 A x–z 10 10:10"], "B leaves before one can change");
    let Leg::Ride(RideLeg { stops_between, .. }) = plan.journeys[0].legs[0] else { panic!("a ride") };
    assert_eq!((plan.journeys[0].rides, stops_between), (1, 2));
    let by = When::ArriveBy { ms: at("12:00") };
    assert_eq!(via(&through, by), ["10 10:00 A x–z 10 10:10"]);
    let all_day = When::Between { from_ms: at("09:00"), until_ms: at("11:00") };
    assert_eq!(via(&through, all_day), ["10 10:00 A x–z 10 10:10"]);
    let unknown = PlanQuery { via: Some("q".into()), ..from_x_to_z() };
    let (timetable, zones) = (through.timetable(), Zones::of(&through.timetable()).expect("a known zone"));
    let error = crate::plan::plan(&timetable, &Streets::default(), &zones, &unknown);
    assert_eq!(error, Err(PlanError::UnknownStop { id: "q".into() }));
}

#[test]
fn by_way_of_a_station_one_walks_from_platform_to_platform_or_does_not_change() {
    let city = || {
        almaty()
            .station("y", &["y1", "y2"])
            .trip("A", |t| t.stop("x", "10:00").stop("y1", "10:10"))
            .trip("B", |t| t.line("2").days(&["2024-05-10"]).stop("y2", "10:10").stop("z", "10:20"))
            .trip("C", |t| t.line("2").days(&["2024-05-10"]).stop("y2", "10:14").stop("z", "10:24"))
    };
    let via = |city: &Arrays, walking_speed| {
        let query = PlanQuery { via: Some("y".into()), walking_speed, ..from_x_to_z() };
        tell(&ask(city, &query))
    };
    let near = city().walk("y1", "y2", 180).finish();
    assert_eq!(via(&near, 1.2), ["10 10:00 A x–y1, walk y1–y2 3 min, C y2–z 10 10:24"], "B leaves before");
    assert!(via(&near, 0.6).is_empty(), "who walks slowly misses C too");
    assert!(via(&city().finish(), 1.2).is_empty(), "no way leads from one platform to the other");
    let plan = ask(&near, &PlanQuery { via: Some("y2".into()), ..from_x_to_z() });
    assert_eq!(tell(&plan), ["10 10:00 A x–y1, walk y1–y2 3 min, C y2–z 10 10:24"]);
}

#[test]
fn a_walk_to_the_stop_on_the_way_waits_for_the_bus() {
    let city = almaty()
        .trip("A", |t| t.stop("y", "10:30").stop("z", "10:40"))
        .place("x", 47.1, 51.9)
        .place("y", 47.1, 51.906)
        .walk("x", "y", 300)
        .finish();
    let plan = ask(&city, &PlanQuery { via: Some("y".into()), ..from_x_to_z() });
    assert_eq!(tell(&plan), ["10 10:25 walk x–y 5 min, A y–z 10 10:40"]);
}

fn by_y(city: &Arrays) -> Vec<String> {
    tell(&ask(city, &PlanQuery { via: Some("y".into()), ..from_x_to_z() }))
}

#[test]
fn one_stays_seated_though_neither_half_of_the_way_would_be_ridden_so() {
    // To y C is sooner, and on from there D; only who stays in A changes nowhere.
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("y", "10:20").stop("z", "10:50"))
        .trip("C", |t| t.line("2").stop("x", "10:05").stop("y", "10:15"))
        .trip("D", |t| t.line("3").stop("y", "10:25").stop("z", "10:40"))
        .finish();
    assert_eq!(by_y(&city), ["10 10:00 A x–z 10 10:50", "10 10:05 C x–y, D y–z 10 10:40"]);
}

#[test]
fn rules_for_changes_hold_at_the_stop_on_the_way_and_on_the_walk_to_it() {
    let change = |rule: fn(Sketch) -> Sketch| {
        rule(almaty())
            .trip("A", |t| t.line("7").stop("x", "10:00").stop("y", "10:10"))
            .trip("B", |t| t.line("8").stop("x", "10:00").stop("y", "10:15"))
            .trip("on", |t| t.line("9").days(&["2024-05-10"]).stop("y", "10:20").stop("z", "10:30"))
            .finish()
    };
    assert_eq!(by_y(&change(|city| city)).len(), 1);
    let forbidden = change(|city| city.rule(("y", "line 7"), ("y", "trip on"), None));
    assert_eq!(by_y(&forbidden), ["10 10:00 B x–y, on y–z 10 10:30"]);
    let walk = |rule: fn(Sketch) -> Sketch| {
        rule(almaty())
            .trip("A", |t| t.line("7").stop("x", "10:00").stop("q", "10:10"))
            .trip("on", |t| t.line("9").days(&["2024-05-10"]).stop("y", "10:20").stop("z", "10:30"))
            .walk("q", "y", 120)
            .finish()
    };
    assert_eq!(by_y(&walk(|city| city)), ["10 10:00 A x–q, walk q–y 2 min, on y–z 10 10:30"]);
    assert!(by_y(&walk(|city| city.rule(("q", "line 7"), ("y", "line 9"), None))).is_empty());
}

#[test]
fn on_foot_two_walks_meet_at_the_stop_on_the_way() {
    let on =
        |t: SketchTrip, from, to| t.line("2").days(&["2024-05-10"]).stop(from, "10:20").stop(to, "10:30");
    let between = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("q", "10:10"))
        .trip("B", |t| on(t, "p", "z"))
        .walk("q", "y", 120)
        .walk("y", "p", 180)
        .walk("q", "p", 60)
        .finish();
    let told = "10 10:00 A x–q, walk q–y 2 min, walk y–p 3 min, B p–z 10 10:30";
    assert_eq!(by_y(&between), [told], "not the short way past it");
    let at_first = almaty()
        .trip("B", |t| on(t, "p", "z"))
        .walk("x", "y", 120)
        .walk("y", "p", 180)
        .walk("x", "p", 60)
        .finish();
    assert_eq!(by_y(&at_first), ["10 10:15 walk x–y 2 min, walk y–p 3 min, B p–z 10 10:30"]);
    let at_last = almaty()
        .trip("B", |t| on(t, "x", "p"))
        .walk("p", "y", 120)
        .walk("y", "z", 180)
        .walk("p", "z", 60)
        .finish();
    assert_eq!(by_y(&at_last), ["10 10:20 B x–p, walk p–y 2 min, walk y–z 3 min 10 10:35"]);
    let all_the_way =
        almaty().trip("B", |t| on(t, "p", "q")).walk("x", "y", 120).walk("y", "z", 180).finish();
    assert_eq!(by_y(&all_the_way), ["10 09:50 walk x–y 2 min, walk y–z 3 min 10 09:55"]);
}

#[test]
fn every_journey_comes_by_where_it_begins_or_ends() {
    // Who walks less takes longer: such a journey is not told unless walking is compared.
    let (city, mut query) = (slower_without_walking(), from_x_to_z());
    let all = ask(&city, &query);
    for end in ["x", "z"] {
        query.via = Some(end.into());
        assert_eq!(ask(&city, &query), all);
    }
}
