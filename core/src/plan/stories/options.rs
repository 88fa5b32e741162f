//! What a passenger may ask for besides the quickest way.

use super::*;

/// From x to z: a direct bus, a quicker change from tram to bus, and a train that leaves later.
pub(super) fn three_ways() -> Arrays {
    let mut city = almaty()
        .trip("bus", |t| t.line("bus 1").stop("x", "10:00").stop("z", "11:00"))
        .trip("tram", |t| t.line("tram").stop("x", "10:00").stop("y", "10:10"))
        .trip("on", |t| t.line("bus 2").stop("y", "10:15").stop("z", "10:30"))
        .trip("train", |t| t.line("train").stop("x", "10:20").stop("z", "11:10"))
        .finish();
    for (line, mode) in [(1, 0), (3, 106)] {
        city.lines[line].mode = mode;
    }
    city
}

/// From x to z: soon there after a walk, or later without.
pub(super) fn slower_without_walking() -> Arrays {
    almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("2").stop("x", "10:00").stop("m", "10:10"))
        .trip("C", |t| t.line("3").stop("m", "10:20").stop("z", "11:00"))
        .walk("y", "z", 600)
        .finish()
}

pub(super) fn from_x_to_z() -> PlanQuery {
    PlanQuery::new(stop("x"), stop("z"), When::DepartAt { ms: at("09:50") })
}

#[test]
fn everything_is_ridden_unless_the_passenger_says_so() {
    let all =
        ["10 10:00 tram x–y, on y–z 10 10:30", "10 10:00 bus x–z 10 11:00", "10 10:20 train x–z 10 11:10"];
    assert_eq!(tell(&ask(&three_ways(), &from_x_to_z())), all);
}

#[test]
fn kinds_of_vehicles_are_left_out() {
    let without = |modes: &[u16]| {
        tell(&ask(&three_ways(), &PlanQuery { avoid_modes: modes.to_vec(), ..from_x_to_z() }))
    };
    assert_eq!(without(&[0]), ["10 10:00 bus x–z 10 11:00", "10 10:20 train x–z 10 11:10"]);
    assert_eq!(without(&[0, 2])[..1], ["10 10:00 bus x–z 10 11:00"], "106 is a train");
    assert_eq!(without(&[3]), ["10 10:20 train x–z 10 11:10"], "no bus");
}

#[test]
fn lines_and_stops_are_left_out() {
    let without_line =
        PlanQuery { avoid_lines: vec!["bus 1".into(), "no such line".into()], ..from_x_to_z() };
    let told = tell(&ask(&three_ways(), &without_line));
    assert_eq!(told, ["10 10:00 tram x–y, on y–z 10 10:30", "10 10:20 train x–z 10 11:10"]);
    let without_stop = PlanQuery { avoid_stops: vec!["y".into(), "no such stop".into()], ..from_x_to_z() };
    let told = tell(&ask(&three_ways(), &without_stop));
    assert_eq!(told, ["10 10:00 bus x–z 10 11:00", "10 10:20 train x–z 10 11:10"]);
    let city = almaty().trip("A", |t| t.stop("x", "10:00").stop("y", "10:05").stop("z", "10:10")).finish();
    assert_eq!(tell(&ask(&city, &without_stop)).len(), 1, "one may ride through a stop that one avoids");
}

#[test]
fn without_steps_what_says_no_is_left_out_and_what_says_nothing_is_kept() {
    let without_steps = PlanQuery { step_free: true, ..from_x_to_z() };
    assert_eq!(tell(&ask(&three_ways(), &without_steps)).len(), 3, "nothing is known of them");
    let mut city = three_ways();
    let tram = find_trip(&city.timetable(), "tram").expect("a trip");
    city.trips[tram.at()].wheelchair = 2;
    let told = tell(&ask(&city, &without_steps));
    assert_eq!(told, ["10 10:00 bus x–z 10 11:00", "10 10:20 train x–z 10 11:10"]);
    assert_eq!(tell(&ask(&city, &from_x_to_z())).len(), 3, "others ride it");
    let mut city = three_ways();
    let y = find_stop(&city.timetable(), "y").expect("a stop");
    city.stops[y.at()].wheelchair = 2;
    assert_eq!(tell(&ask(&city, &without_steps)).len(), 2, "nobody can change there");
    city.stops[y.at()].wheelchair = 1;
    assert_eq!(tell(&ask(&city, &without_steps)).len(), 3);
}

#[test]
fn one_memory_serves_questions_with_and_without_steps() {
    let mut city = three_ways();
    let tram = find_trip(&city.timetable(), "tram").expect("a trip");
    city.trips[tram.at()].wheelchair = 2;
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let mut scratch = Scratch::default();
    let mut count = |step_free| {
        let query = PlanQuery { step_free, ..from_x_to_z() };
        plan_with(&mut scratch, &timetable, &Streets::default(), &zones, &query)
            .expect("a plan")
            .journeys
            .len()
    };
    assert_eq!([count(false), count(true), count(false)], [3, 2, 3]);
}

#[test]
fn one_memory_serves_days_on_which_other_buses_run() {
    let city = almaty()
        .trip("often", |t| t.stop("x", "10:00").stop("z", "11:00"))
        .trip("A", |t| t.line("2").days(&["2024-05-20"]).stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("3").days(&["2024-05-20"]).stop("y", "10:15").stop("z", "10:30"))
        .finish();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let mut scratch = Scratch::default();
    let mut count = |day: &str| {
        let moment = |time| ms(&format!("2024-05-{day}T{time}[Asia/Almaty]"));
        let when = When::Between { from_ms: moment("09:00"), until_ms: moment("11:00") };
        let query = PlanQuery { when, ..from_x_to_z() };
        plan_with(&mut scratch, &timetable, &Streets::default(), &zones, &query)
            .expect("a plan")
            .journeys
            .len()
    };
    assert_eq!([count("10"), count("20"), count("10")], [1, 2, 1]);
}

#[test]
fn nobody_walks_to_a_bus_at_a_stop_that_they_avoid() {
    let city = almaty()
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("2").stop("q", "10:20").stop("z", "10:30"))
        .trip("C", |t| t.line("3").days(&["2024-05-10"]).stop("y", "10:40").stop("z", "10:50"))
        .walk("y", "q", 120)
        .finish();
    let day = When::Between { from_ms: at("09:00"), until_ms: at("11:00") };
    for when in [When::DepartAt { ms: at("09:50") }, day] {
        let told =
            |avoid_stops| tell(&ask(&city, &PlanQuery { avoid_stops, when, ..from_x_to_z() }))[0].clone();
        assert_eq!(told(vec![]), "10 10:00 A x–y, walk y–q 2 min, B q–z 10 10:30");
        assert_eq!(told(vec!["q".into()]), "10 10:00 A x–y, C y–z 10 10:50");
    }
}

#[test]
fn who_prefers_few_rides_gets_them() {
    let query = PlanQuery { limit: 1, ..from_x_to_z() };
    let told = |prefer| tell(&ask(&three_ways(), &PlanQuery { prefer, ..query.clone() }));
    assert_eq!(told(Some(Prefer::FewestRides)), ["10 10:00 bus x–z 10 11:00"]);
}

#[test]
fn who_does_not_like_to_walk_rides_longer() {
    let city = slower_without_walking();
    assert_eq!(tell(&ask(&city, &from_x_to_z())), ["10 10:00 A x–y, walk y–z 10 min 10 10:20"]);
    let query = PlanQuery { prefer: Some(Prefer::LeastWalking), limit: 1, ..from_x_to_z() };
    assert_eq!(tell(&ask(&city, &query)), ["10 10:00 B x–m, C m–z 10 11:00"]);
    let when = When::Between { from_ms: at("09:50"), until_ms: at("10:50") };
    assert_eq!(tell(&ask(&city, &PlanQuery { when, ..from_x_to_z() })).len(), 2, "a range shows both");
}

#[test]
fn the_walk_all_the_way_stands_beside_as_many_rides_as_are_asked_for() {
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("z", "10:05"))
        .trip("B", |t| t.line("1").stop("x", "10:20").stop("z", "10:25"))
        .walk("x", "z", 1_800)
        .finish();
    for prefer in [None, Some(Prefer::FewestRides), Some(Prefer::LeastWalking)] {
        let query = PlanQuery { prefer, limit: 1, max_walk_metres: 3_000, ..from_x_to_z() };
        let told = tell(&ask(&city, &query));
        assert_eq!(told, ["10 09:50 walk x–z 30 min 10 10:20", "10 10:00 A x–z 10 10:05"], "{prefer:?}");
    }
}

#[test]
fn a_range_shows_every_departure_of_a_day() {
    let hourly = |city: Sketch, hour: u32| {
        city.trip(&hour.to_string(), |t| t.stop("x", &format!("{hour}:00")).stop("y", &format!("{hour}:30")))
    };
    let city = (0..24).fold(almaty(), hourly).finish();
    let day = When::Between { from_ms: at("00:00"), until_ms: ms("2024-05-11T00:00[Asia/Almaty]") };
    let query = PlanQuery { limit: 1_000, ..PlanQuery::new(stop("x"), stop("y"), day) };
    let plan = ask(&city, &query);
    assert_eq!(plan.journeys.len(), 24);
    assert!(plan.journeys.is_sorted_by_key(|journey| journey.departure_ms));
    let morning = When::Between { from_ms: at("07:00"), until_ms: at("09:00") };
    let told = tell(&ask(&city, &PlanQuery { when: morning, ..query.clone() }));
    assert_eq!(told, ["10 07:00 7 x–y 10 07:30", "10 08:00 8 x–y 10 08:30"], "not that of nine");
    let backwards = When::Between { from_ms: at("09:00"), until_ms: at("07:00") };
    assert!(ask(&city, &PlanQuery { when: backwards, ..query }).journeys.is_empty());
}

#[test]
fn each_departure_goes_the_way_of_the_next_one_with_its_walk_and_change() {
    let time = |minute: u32| format!("{}:{:02}", 10 + minute / 60, minute % 60);
    let trip = |city: Sketch, (name, from, to, minute): (&str, &str, &str, u32), nth: u32| {
        let (leaves, there) = (time(minute + nth * 10), time(minute + nth * 10 + 5));
        city.trip(&format!("{name}{nth}"), |t| t.line(&name[..1]).stop(from, &leaves).stop(to, &there))
    };
    // One is missed by a minute on foot, one by a minute while changing.
    let [a, missed_b, b] = [("A", "x", "y", 0), ("B-", "m", "n", 8), ("B", "m", "n", 12)];
    let [missed_c, c] = [("C-", "n", "z", 18), ("C", "n", "z", 20)];
    let every_ten = |city, line| (0..9).fold(city, |city, nth| trip(city, line, nth));
    let city = [a, missed_b, b, missed_c, c].into_iter().fold(almaty(), every_ten);
    let city = city.walk("y", "m", 240).change("n", 120).finish();
    let when = When::Between { from_ms: at("10:00"), until_ms: at("10:40") };
    let plan = ask(&city, &PlanQuery { when, ..from_x_to_z() });
    let told = |n| format!("10 10:{n}0 A{n} x–y, walk y–m 4 min, B{n} m–n, C{n} n–z 10 10:{}5", n + 2);
    assert_eq!(tell(&plan), [0, 1, 2, 3].map(told));
    assert!(plan.journeys.iter().all(|journey| journey.walk_metres == 288), "{:?}", plan.journeys);
}

#[test]
fn who_walks_slowly_catches_the_next_bus() {
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("2").stop("m", "10:14").stop("z", "10:30"))
        .trip("C", |t| t.line("2").stop("m", "10:24").stop("z", "10:40"))
        .walk("y", "m", 240)
        .finish();
    let first =
        |walking_speed| tell(&ask(&city, &PlanQuery { walking_speed, ..from_x_to_z() })).swap_remove(0);
    assert_eq!(first(1.2), "10 10:00 A x–y, walk y–m 4 min, B m–z 10 10:30");
    assert_eq!(first(0.6), "10 10:00 A x–y, walk y–m 8 min, C m–z 10 10:40");
    assert_eq!(first(3.0), "10 10:00 A x–y, walk y–m 4 min, B m–z 10 10:30", "no less than is promised");
}

/// From x to z with a change, every five minutes from 10:00 on, and once without.
pub(super) fn often_with_a_change(direct: (&str, &str)) -> Arrays {
    let clock = |minutes: u32| format!("{:02}:{:02}", 10 + minutes / 60, minutes % 60);
    let mut city = almaty().trip("direct", |t| t.line("direct").stop("x", direct.0).stop("z", direct.1));
    for nth in 0..8 {
        let (a, b) = (format!("a{nth}"), format!("b{nth}"));
        let at = |later: u32| clock(nth * 5 + later);
        city = city.trip(&a, |t| t.line("a").stop("x", &at(0)).stop("y", &at(5)));
        city = city.trip(&b, |t| t.line("b").stop("y", &at(8)).stop("z", &at(20)));
    }
    city.finish()
}

#[test]
fn the_bus_without_a_change_is_told_though_enough_others_leave_long_before_it() {
    let city = often_with_a_change(("11:10", "12:00"));
    let three = PlanQuery { limit: 3, ..from_x_to_z() };
    let told = tell(&ask(&city, &three));
    assert_eq!(told[..2], ["10 10:00 a0 x–y, b0 y–z 10 10:20", "10 10:05 a1 x–y, b1 y–z 10 10:25"]);
    assert_eq!((told.len(), told[3].as_str()), (4, "10 11:10 direct x–z 10 12:00"), "beside the three");
    let nine = tell(&ask(&city, &PlanQuery { limit: 9, ..three.clone() }));
    assert_eq!((nine.len(), nine[8].as_str()), (9, "10 11:10 direct x–z 10 12:00"));
}

#[test]
fn nobody_is_sent_round_through_the_night_while_there_are_enough_others() {
    let city = often_with_a_change(("10:20", "23:00"));
    let with = |limit| tell(&ask(&city, &PlanQuery { limit, ..from_x_to_z() }));
    assert_eq!(with(3)[2..], ["10 10:10 a2 x–y, b2 y–z 10 10:30"]);
    assert!(with(9).contains(&"10 10:20 direct x–z 10 23:00".to_owned()), "where there are not, they are");
}

#[test]
fn nobody_walks_farther_between_two_buses_than_they_like() {
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("2").stop("m", "10:20").stop("z", "10:30"))
        .walk("y", "m", 120)
        .finish();
    let at_most = |max_walk_metres, when| {
        let plan = ask(&city, &PlanQuery { max_walk_metres, when, ..from_x_to_z() });
        (plan.journeys.len(), plan.note)
    };
    let range = When::Between { from_ms: at("09:50"), until_ms: at("10:50") };
    for when in [When::DepartAt { ms: at("09:50") }, range] {
        assert_eq!(at_most(144, when), (1, None));
        assert_eq!(at_most(143, when), (0, Some(PlanNote::NothingFound)));
    }
}
