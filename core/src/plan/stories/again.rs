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

/// The first pages of an answer, later and later.
fn pages(city: &Arrays, query: &PlanQuery, count: usize) -> Vec<Vec<String>> {
    let (mut query, mut told) = (query.clone(), Vec::new());
    for _ in 0..count {
        let page = ask(city, &query);
        told.push(tell(&page));
        query = query.later(&page).expect("a later page");
    }
    told
}

#[test]
fn a_bus_without_a_change_far_off_leaves_no_gap_before_it() {
    let city = options::often_with_a_change(("11:10", "12:00"));
    let now = When::DepartAt { ms: at("09:50") };
    let query = PlanQuery { limit: 3, ..PlanQuery::new(stop("x"), stop("z"), now) };
    let with_a_change = |nth: u32| {
        let clock = |minutes: u32| format!("10 10:{:02}", minutes);
        format!("{} a{nth} x–y, b{nth} y–z {}", clock(nth * 5), clock(nth * 5 + 20))
    };
    let direct = "10 11:10 direct x–z 10 12:00".to_owned();
    let page = |from: u32| (from..from + 3).map(with_a_change).chain([direct.clone()]).collect::<Vec<_>>();
    assert_eq!(pages(&city, &query, 2), [page(0), page(3)], "a3 and what follows it are not left out");
    let last = &pages(&city, &query, 3)[2];
    assert_eq!(last[..], [with_a_change(6), with_a_change(7), direct], "in its own page");
}

#[test]
fn to_arrive_in_time_the_bus_without_a_change_is_told_though_it_leaves_long_before() {
    let city = options::often_with_a_change(("09:30", "10:15"));
    let by = When::ArriveBy { ms: at("11:00") };
    let query = PlanQuery { limit: 3, ..PlanQuery::new(stop("x"), stop("z"), by) };
    let plan = ask(&city, &query);
    let told = tell(&plan);
    assert_eq!((told.len(), told[0].as_str()), (4, "10 09:30 direct x–z 10 10:15"));
    assert_eq!(told[1], "10 10:25 a5 x–y, b5 y–z 10 10:45");
    let earlier = ask(&city, &query.earlier(&plan).expect("a page"));
    assert_eq!(
        tell(&earlier)[1..],
        [2, 3, 4].map(|nth| {
            format!("10 10:{:02} a{nth} x–y, b{nth} y–z 10 10:{:02}", nth * 5, nth * 5 + 20)
        })
    );
    let later = ask(&city, &query.later(&plan).expect("a page"));
    assert_eq!(later.journeys[0].departure_ms, ms("2024-05-11T09:30[Asia/Almaty]"), "after a7");
}

#[test]
fn what_sets_out_together_stands_on_one_page() {
    let city = almaty()
        .trip("direct", |t| t.line("1").stop("x", "10:00").stop("z", "11:00"))
        .trip("A", |t| t.line("2").stop("x", "10:00").stop("y", "10:10"))
        .trip("B", |t| t.line("3").stop("y", "10:15").stop("z", "10:30"))
        .trip("later", |t| t.line("1").stop("x", "10:05").stop("z", "11:10"))
        .finish();
    let one = |when| PlanQuery { limit: 1, ..PlanQuery::new(stop("x"), stop("z"), when) };
    let both = ["10 10:00 A x–y, B y–z 10 10:30", "10 10:00 direct x–z 10 11:00"];
    let told = pages(&city, &one(When::DepartAt { ms: at("09:55") }), 2);
    assert_eq!(told, [both.to_vec(), vec!["10 10:05 later x–z 10 11:10"]]);
    let back = one(When::DepartBefore { ms: at("10:05") });
    assert_eq!(tell(&ask(&city, &back)), both);
}

#[test]
fn a_page_of_those_that_one_prefers_does_not_skip_what_comes_after_them() {
    let hourly = hourly();
    let query = PlanQuery { prefer: Some(Prefer::FewestRides), ..two_at(When::DepartAt { ms: at("09:30") }) };
    let told = pages(&hourly, &query, 2);
    assert_eq!(told[0], ["10 10:00 10 x–y 10 10:30", "10 11:00 11 x–y 10 11:30"]);
    // Those of ten to noon were there to choose from.
    let chosen = ask(&hourly, &query);
    assert_eq!((chosen.from_ms, chosen.until_ms), (at("09:30"), at("13:00")));
    assert_eq!(told[1][0], "10 13:00 13 x–y 10 13:30");
}

#[test]
fn no_page_promises_what_it_did_not_look_for() {
    let (friday, saturday) = (["2024-05-10"], ["2024-05-11"]);
    let city = almaty()
        .trip("A", |t| t.days(&friday).stop("x", "06:00").stop("y", "06:30"))
        .trip("slow", |t| t.line("2").days(&saturday).stop("x", "10:00").stop("y", "57:00"))
        .trip("B", |t| t.line("3").days(&saturday).stop("x", "12:00").stop("m", "12:10"))
        .trip("C", |t| t.line("4").days(&saturday).stop("m", "12:20").stop("y", "13:00"))
        .finish();
    let query =
        PlanQuery { limit: 1, ..PlanQuery::new(stop("x"), stop("y"), When::DepartAt { ms: at("05:50") }) };
    let first = ask(&city, &query);
    assert_eq!(tell(&first), ["10 06:00 A x–y 10 06:30"]);
    let later = ask(&city, &query.later(&first).expect("a page"));
    assert_eq!(tell(&later), ["11 10:00 slow x–y 13 09:00"], "it is there after three days, and one ride");
}

#[test]
fn pages_lead_through_midnight_and_back() {
    let city = hourly();
    let query = two_at(When::DepartAt { ms: at("22:30") });
    let first = ask(&city, &query);
    assert_eq!(tell(&first), ["10 23:00 23 x–y 10 23:30", "11 00:00 24 x–y 11 00:30"]);
    let asked = query.later(&first).expect("a page");
    let later = ask(&city, &asked);
    assert_eq!(tell(&later), ["11 06:00 6 x–y 11 06:30", "11 07:00 7 x–y 11 07:30"]);
    let back = ask(&city, &asked.earlier(&later).expect("a page"));
    assert_eq!(back.journeys, first.journeys);
}

#[test]
fn who_must_be_there_after_days_without_a_bus_leaves_before_them() {
    let city = almaty().trip("A", |t| t.days(&["2024-05-10"]).stop("x", "10:00").stop("y", "10:30")).finish();
    let by = |moment: &str| two_at(When::ArriveBy { ms: ms(moment) });
    let monday = by("2024-05-13T08:00[Asia/Almaty]");
    let plan = ask(&city, &monday);
    assert_eq!((tell(&plan), plan.note), (vec!["10 10:00 A x–y 10 10:30".to_owned()], None));
    let before = ask(&city, &monday.earlier(&plan).expect("a page"));
    assert_eq!((before.journeys.len(), before.note), (0, Some(PlanNote::NothingFound)));
    let weeks = ask(&city, &by("2024-05-20T08:00[Asia/Almaty]"));
    assert_eq!(weeks.journeys.len(), 0, "more than a week");
    assert_eq!(monday.earlier(&weeks), None);
}
