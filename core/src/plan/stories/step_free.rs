//! Inside a station, without steps.

use super::*;

/// From platform p to q two minutes of stairs, or five by lift; to r stairs alone. Off the stairs a bus.
fn station(lift: Option<u32>) -> Arrays {
    almaty()
        .trip("in", |t| t.stop("x", "10:00").stop("p", "10:10"))
        .trip("soon", |t| t.line("2").stop("q", "10:12").stop("z", "10:30"))
        .trip("later", |t| t.line("2").stop("q", "10:20").stop("z", "10:40"))
        .trip("upstairs", |t| t.line("3").stop("r", "10:12").stop("z", "10:20"))
        .trip("bus", |t| t.line("4").stop("p", "10:15").stop("z", "11:00"))
        .walk("p", "q", 120)
        .walk("p", "r", 60)
        .walk("q", "p", 120)
        .stepless("p", "q", lift)
        .stepless("p", "r", None)
        .station("S", &["p", "q", "r"])
        .finish()
}

fn query(from: &str, to: &str, step_free: bool) -> PlanQuery {
    PlanQuery {
        step_free,
        limit: 1,
        ..PlanQuery::new(stop(from), stop(to), When::DepartAt { ms: at("09:50") })
    }
}

#[test]
fn who_takes_no_steps_takes_the_lift_with_its_time() {
    let city = station(Some(300));
    let with_steps = ["10 10:00 in x–p, walk p–r 1 min, upstairs r–z 10 10:20"];
    let lift = ["10 10:00 in x–p, walk p–q 5 min, later q–z 10 10:40"];
    let bus = ["10 10:00 in x–p, bus p–z 10 11:00"];
    assert_eq!(tell(&ask(&city, &query("x", "z", false))), with_steps);
    assert_eq!(tell(&ask(&city, &query("x", "z", true))), lift);
    assert_eq!(tell(&ask(&station(None), &query("x", "z", true))), bus, "there is no lift");
    // What nothing is said about has no steps.
    assert_eq!(tell(&ask(&city, &query("q", "p", true))), ["10 09:50 walk q–p 2 min 10 09:52"]);
    let arrive = When::ArriveBy { ms: at("10:45") };
    assert_eq!(tell(&ask(&city, &PlanQuery { when: arrive, ..query("x", "z", true) })), lift);
    let range = When::Between { from_ms: at("09:50"), until_ms: at("10:05") };
    assert_eq!(
        tell(&ask(&city, &PlanQuery { when: range, limit: 9, ..query("x", "z", true) })),
        [lift, bus].concat()
    );
}

#[test]
fn between_platforms_nobody_walks_where_only_steps_lead() {
    let walk = |to: &str, step_free| tell(&ask(&station(None), &query("p", to, step_free)));
    assert_eq!(walk("r", false), ["10 09:50 walk p–r 1 min 10 09:51"]);
    assert_eq!((walk("r", true).len(), walk("q", true).len()), (0, 0), "not round by the streets either");
}

#[test]
fn one_memory_serves_walks_with_and_without_steps() {
    let city = station(Some(300));
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("a known zone");
    let mut scratch = Scratch::default();
    for step_free in [true, false, true, true, false] {
        for when in [
            When::DepartAt { ms: at("09:50") },
            When::Between { from_ms: at("09:50"), until_ms: at("10:05") },
        ] {
            let query = PlanQuery { when, ..query("x", "z", step_free) };
            let kept = plan_with(&mut scratch, &timetable, &Streets::default(), &zones, &query);
            assert_eq!(kept.expect("a plan"), ask(&city, &query), "{step_free}, {when:?}");
        }
    }
}
