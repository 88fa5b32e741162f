//! The next question: later, earlier, the last bus, and a bus that was missed.

use super::*;

fn hourly() -> Arrays {
    let trip = |city: Sketch, hour: u32| {
        city.trip(&hour.to_string(), |t| t.stop("x", &format!("{hour}:00")).stop("y", &format!("{hour}:30")))
    };
    (6..25).fold(almaty(), trip).finish()
}

fn two_at(when: When) -> PlanQuery {
    PlanQuery { limit: 2, ..PlanQuery::new(stop("x"), stop("y"), when) }
}

#[test]
fn pages_follow_one_another_without_a_gap() {
    let city = hourly();
    let query = two_at(When::DepartAt { ms: at("09:30") });
    let now = ask(&city, &query);
    assert_eq!(tell(&now), ["10 10:00 10 x–y 10 10:30", "10 11:00 11 x–y 10 11:30"]);
    let later = ask(&city, &query.later(&now).expect("a question"));
    assert_eq!(tell(&later), ["10 12:00 12 x–y 10 12:30", "10 13:00 13 x–y 10 13:30"]);
    let back = query.earlier(&later).expect("a question");
    assert_eq!(ask(&city, &back).journeys, now.journeys);
    let earlier = ask(&city, &query.earlier(&now).expect("a question"));
    assert_eq!(tell(&earlier), ["10 08:00 8 x–y 10 08:30", "10 09:00 9 x–y 10 09:30"]);
    assert_eq!(query.later(&Plan::default()), None);
    assert_eq!(query.earlier(&Plan::default()), None);
}

#[test]
fn an_earlier_page_shows_nothing_that_a_later_departure_overtakes() {
    let city = almaty()
        .trip("slow", |t| t.line("2").stop("x", "09:00").stop("y", "10:40"))
        .trip("early", |t| t.stop("x", "08:00").stop("y", "08:30"))
        .trip("A", |t| t.stop("x", "10:00").stop("y", "10:30"))
        .finish();
    let plan = ask(&city, &two_at(When::DepartBefore { ms: at("10:00") }));
    assert_eq!(tell(&plan)[1..], ["10 08:00 early x–y 10 08:30"], "and one of the night before");
}

#[test]
fn the_last_bus_of_the_day_may_leave_after_midnight() {
    let city = hourly();
    let last = |ms| tell(&ask(&city, &two_at(When::LastToday { ms })));
    let last_two = ["10 23:00 23 x–y 10 23:30", "11 00:00 24 x–y 11 00:30"];
    assert_eq!(last(at("09:30")), last_two);
    assert_eq!(last(at("23:30")), last_two[1..], "not tomorrow's first");
    assert_eq!(last(ms("2024-05-11T00:10[Asia/Almaty]")), Vec::<String>::new());
    assert_eq!(last(ms("2024-05-11T05:00[Asia/Almaty]")).len(), 2, "a new day");
}

#[test]
fn a_connection_that_waits_for_the_morning_is_not_the_last() {
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "20:00").stop("m", "20:10"))
        .trip("B", |t| t.line("1").stop("x", "23:00").stop("m", "23:10"))
        .trip("C", |t| t.line("2").stop("m", "20:20").stop("y", "20:30"))
        .trip("D", |t| t.line("2").stop("m", "06:00").stop("y", "06:10"))
        .finish();
    let plan = ask(&city, &two_at(When::LastToday { ms: at("12:00") }));
    assert_eq!(tell(&plan), ["10 20:00 A x–m, C m–y 10 20:30"]);
}

#[test]
fn when_a_connection_is_missed_there_is_the_next_one() {
    let city = almaty()
        .trip("A", |t| t.line("1").stop("x", "10:00").stop("m", "10:10"))
        .trip("B", |t| t.line("2").stop("m", "10:15").stop("y", "10:30"))
        .trip("C", |t| t.line("2").stop("m", "10:35").stop("y", "10:50"))
        .finish();
    let query = PlanQuery { limit: 1, ..two_at(When::DepartAt { ms: at("09:55") }) };
    let plan = ask(&city, &query);
    assert_eq!(tell(&plan), ["10 10:00 A x–m, B m–y 10 10:30"]);
    let missed = query.after_missing(&plan.journeys[0], 1).expect("a second ride");
    assert_eq!(tell(&ask(&city, &missed)), ["10 10:35 C m–y 10 10:50"]);
    assert_eq!(query.after_missing(&plan.journeys[0], 2), None);
}
