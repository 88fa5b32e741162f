use super::*;
use crate::city::build::sketch::{Sketch, day_number};
use crate::city::streets::Streets;
use crate::city::timetable::{Arrays, Numbering};
use crate::plan::{Endpoint, Journey, Leg, PlanQuery, RideLeg, Scratch, WalkLeg, When, find_trip, plan_with};
use crate::realtime::Live;
use crate::realtime::feed::*;
use crate::realtime::live::{CANCELLATION_OLD_AFTER_MS, UPDATE_OLD_AFTER_MS};

fn ms(moment: &str) -> i64 {
    format!("{moment}[Asia/Almaty]").parse::<jiff::Zoned>().expect("a moment").timestamp().as_millisecond()
}

/// A moment on 10 May 2024.
fn at(time: &str) -> i64 {
    ms(&format!("2024-05-10T{time}"))
}

fn update(trip: &str, relation: TripRelationship) -> TripUpdate {
    let trip = TripDescriptor {
        trip_id: Some(trip.into()),
        schedule_relationship: Some(relation as i32),
        ..TripDescriptor::default()
    };
    TripUpdate { trip, ..TripUpdate::default() }
}

fn late(trip: &str, date: Option<&str>, start: Option<&str>, minutes: i32) -> TripUpdate {
    let mut late = TripUpdate { delay: Some(minutes * 60), ..update(trip, TripRelationship::Scheduled) };
    late.trip.start_date = date.map(str::to_owned);
    late.trip.start_time = start.map(str::to_owned);
    late
}

fn calls_at(stop: &str, at_ms: i64) -> StopTimeUpdate {
    let event = StopTimeEvent { time: Some(at_ms / 1_000), delay: None, uncertainty: None };
    StopTimeUpdate { stop_id: Some(stop.into()), arrival: Some(event), ..StopTimeUpdate::default() }
}

fn skips(stop: &str) -> StopTimeUpdate {
    StopTimeUpdate {
        stop_id: Some(stop.into()),
        schedule_relationship: Some(StopRelationship::Skipped as i32),
        ..StopTimeUpdate::default()
    }
}

fn said(now_ms: i64, said: Vec<TripUpdate>) -> Live {
    let entity = |update| FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() };
    let mut live = Live::default();
    live.take_updates(
        &FeedMessage::full(now_ms as u64 / 1_000, said.into_iter().map(entity).collect()),
        now_ms,
    );
    live
}

fn laid_over(city: &Arrays, now_ms: i64, updates: Vec<TripUpdate>) -> Overlay {
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("known zones");
    overlay(&timetable, &zones, &said(now_ms, updates).updates(), now_ms)
}

/// Journeys from x to w on 10 May 2024, as `A* x–y 10:00 10:05`; a star where it is live.
fn plan(city: &Arrays, overlay: &Overlay, when: When) -> Vec<String> {
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("known zones");
    let stop = |id: &str| Endpoint::Stop { id: id.into() };
    let query = PlanQuery { limit: 50, ..PlanQuery::new(stop("x"), stop("w"), when) };
    let timetable = timetable.with(overlay);
    let found = plan_with(&mut Scratch::default(), &timetable, &Streets::default(), &zones, &query);
    found.expect("a plan").journeys.iter().map(told).collect()
}

fn told(journey: &Journey) -> String {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("Asia/Almaty").expect("a zone");
    let clock = |ms: i64| {
        let moment = jiff::Timestamp::from_millisecond(ms).expect("a moment");
        moment.to_zoned(zone.clone()).strftime("%H:%M").to_string()
    };
    let leg = |leg: &Leg| match leg {
        Leg::Walk(WalkLeg { from_name, to_name, .. }) => format!("walk {from_name}–{to_name}"),
        Leg::Ride(RideLeg { trip_id, from_stop, to_stop, departure_ms, arrival_ms, live, .. }) => {
            let (leaves, there) = (clock(*departure_ms), clock(*arrival_ms));
            let star = if *live { "*" } else { "" };
            format!("{trip_id}{star} {}–{} {leaves} {there}", from_stop.name, to_stop.name)
        }
    };
    journey.legs.iter().map(leg).collect::<Vec<_>>().join(", ")
}

const FROM_TEN: fn() -> When = || When::Between { from_ms: at("09:55"), until_ms: at("10:55") };

/// A at 10:00, 10:20 and 10:40 to m; B on to w at 10:15, 10:35 and 10:55.
fn city() -> Arrays {
    Sketch::in_zone("Asia/Almaty")
        .trip("A1", |t| t.line("A").stop("x", "10:00").stop("m", "10:10"))
        .trip("A2", |t| t.line("A").stop("x", "10:20").stop("m", "10:30"))
        .trip("A3", |t| t.line("A").stop("x", "10:40").stop("m", "10:50"))
        .trip("B1", |t| t.line("B").stop("m", "10:15").stop("v", "10:20").stop("w", "10:25"))
        .trip("B2", |t| t.line("B").stop("m", "10:35").stop("v", "10:40").stop("w", "10:45"))
        .trip("B3", |t| t.line("B").stop("m", "10:55").stop("v", "11:00").stop("w", "11:05"))
        .finish()
}

const BY_TIMETABLE: [&str; 3] = [
    "A1 x–m 10:00 10:10, B1 m–w 10:15 10:25",
    "A2 x–m 10:20 10:30, B2 m–w 10:35 10:45",
    "A3 x–m 10:40 10:50, B3 m–w 10:55 11:05",
];

#[test]
fn without_a_word_the_timetable_holds() {
    let (city, nothing) = (city(), laid_over(&city(), at("09:55"), vec![]));
    assert!(nothing.is_empty());
    assert_eq!(plan(&city, &nothing, FROM_TEN()), BY_TIMETABLE);
    let unknown = laid_over(&city, at("09:55"), vec![late("nobody", None, None, 5)]);
    assert!(unknown.is_empty());
}

#[test]
fn a_late_bus_misses_its_connection_and_another_one_gets_it() {
    let city = city();
    let a1 = laid_over(&city, at("09:55"), vec![late("A1", None, None, 6)]);
    assert_eq!(
        plan(&city, &a1, FROM_TEN()),
        [BY_TIMETABLE[1], BY_TIMETABLE[2]],
        "with A1 one comes no sooner than with A2 later"
    );
    let both = vec![late("A1", None, None, 6), late("B1", None, None, 3)];
    let both = laid_over(&city, at("09:55"), both);
    assert_eq!(plan(&city, &both, FROM_TEN())[0], "A1* x–m 10:06 10:16, B1* m–w 10:18 10:28");
    let by = plan(&city, &both, When::ArriveBy { ms: at("10:30") });
    assert_eq!(by.last().expect("a journey"), "A1* x–m 10:06 10:16, B1* m–w 10:18 10:28");
    let last = plan(&city, &both, When::LastToday { ms: at("10:00") });
    assert_eq!(last.last().expect("a journey"), BY_TIMETABLE[2]);
}

#[test]
fn an_early_bus_is_caught_early_and_overtakes() {
    let city = city();
    let early = laid_over(&city, at("09:50"), vec![late("A2", None, None, -24), late("B2", None, None, -24)]);
    assert_eq!(
        plan(&city, &early, When::Between { from_ms: at("09:50"), until_ms: at("10:55") }),
        ["A1 x–m 10:00 10:10, B2* m–w 10:11 10:21", BY_TIMETABLE[2]]
    );
}

#[test]
fn a_cancelled_run_is_no_way_and_a_skipped_stop_no_end() {
    let city = city();
    let cancelled = laid_over(&city, at("09:55"), vec![update("B1", TripRelationship::Canceled)]);
    assert_eq!(plan(&city, &cancelled, FROM_TEN()), [BY_TIMETABLE[1], BY_TIMETABLE[2]]);
    let skip = |stop| TripUpdate {
        stop_time_update: vec![skips(stop)],
        ..update("B1", TripRelationship::Scheduled)
    };
    for end in ["m", "w"] {
        let skipped = laid_over(&city, at("09:55"), vec![skip(end)]);
        assert_eq!(plan(&city, &skipped, FROM_TEN()), [BY_TIMETABLE[1], BY_TIMETABLE[2]], "{end}");
    }
    let between = laid_over(&city, at("09:55"), vec![skip("v")]);
    assert_eq!(plan(&city, &between, FROM_TEN()).len(), 3);
}

#[test]
fn a_ride_is_live_where_the_passenger_gets_on_or_off() {
    let city = Sketch::in_zone("Asia/Almaty")
        .trip("A", |t| {
            let t = t.stop("x", "10:00").stop("m", "10:10").stop("n", "10:20");
            t.stop("v", "10:30").stop("w", "10:40")
        })
        .finish();
    let silent = StopTimeUpdate {
        stop_id: Some("n".into()),
        schedule_relationship: Some(StopRelationship::NoData as i32),
        ..StopTimeUpdate::default()
    };
    let late = TripUpdate {
        stop_time_update: vec![calls_at("x", at("10:02")), silent],
        ..update("A", TripRelationship::Scheduled)
    };
    let overlay = laid_over(&city, at("09:55"), vec![late]);
    let ride = |from: &str, to: &str| {
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("known zones");
        let stop = |id: &str| Endpoint::Stop { id: id.into() };
        let query = PlanQuery::new(stop(from), stop(to), When::DepartAt { ms: at("09:55") });
        let timetable = timetable.with(&overlay);
        let found = plan_with(&mut Scratch::default(), &timetable, &Streets::default(), &zones, &query);
        let journey = found.expect("a plan").journeys.swap_remove(0);
        journey.legs[0].ride().expect("a ride").clone()
    };
    assert!(ride("x", "m").live && ride("m", "w").live, "known where they get on");
    let unknown = ride("n", "w");
    assert_eq!((unknown.live, unknown.departure_ms), (false, at("10:20")));
    assert_eq!(unknown.leaves_by_timetable_ms(), at("10:20"));
    assert!(!unknown.is_extra());
}

#[test]
fn tomorrow_the_timetable_holds_again() {
    let (city, a_day_s) = (city(), 24 * 3_600_000);
    let dated = late("A1", Some("20240510"), None, 6);
    let overlay = laid_over(&city, at("09:55"), vec![dated, update("B2", TripRelationship::Canceled)]);
    let tomorrow = When::Between { from_ms: at("09:55") + a_day_s, until_ms: at("10:55") + a_day_s };
    assert_eq!(plan(&city, &overlay, tomorrow), BY_TIMETABLE);
}

#[test]
fn a_stale_feed_times_out() {
    let city = city();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("known zones");
    let heard_ms = at("09:55");
    let live = said(heard_ms, vec![late("A1", None, None, 6), update("B2", TripRelationship::Canceled)]);
    let after = |ms| {
        let overlay = overlay(&timetable, &zones, &live.updates(), heard_ms + ms);
        plan(&city, &overlay, FROM_TEN())
    };
    assert_eq!(after(0), [BY_TIMETABLE[2]], "the first one misses B1, and B2 does not run");
    assert_eq!(after(UPDATE_OLD_AFTER_MS + 1), [BY_TIMETABLE[0], BY_TIMETABLE[2]], "a cancellation is older");
    assert_eq!(after(CANCELLATION_OLD_AFTER_MS + 1), BY_TIMETABLE);
}

#[test]
fn an_extra_run_is_found_and_so_is_a_copy() {
    let city = city();
    let mut extra = update("express", TripRelationship::New);
    extra.trip.route_id = Some("A".into());
    extra.stop_time_update = vec![calls_at("x", at("10:05")), calls_at("w", at("10:15"))];
    let mut copy = update("A1", TripRelationship::Duplicated);
    copy.trip_properties = Some(TripProperties {
        trip_id: Some("A1 again".into()),
        start_date: Some("20240510".into()),
        start_time: Some("10:23:00".into()),
        ..TripProperties::default()
    });
    let overlay = laid_over(&city, at("09:55"), vec![extra.clone(), copy]);
    assert_eq!(
        plan(&city, &overlay, FROM_TEN()),
        ["express* x–w 10:05 10:15", "A1 again* x–m 10:23 10:33, B2 m–w 10:35 10:45", BY_TIMETABLE[2],]
    );
    extra.trip.route_id = Some("nobody's".into());
    assert!(laid_over(&city, at("09:55"), vec![extra]).is_empty());
}

#[test]
fn a_run_that_goes_another_way_goes_no_longer_its_own() {
    let city = city();
    let mut other = update("B1", TripRelationship::Replacement);
    other.stop_time_update = vec![calls_at("m", at("10:15")), calls_at("v", at("10:30"))];
    let overlay = laid_over(&city, at("09:55"), vec![other]);
    assert_eq!(plan(&city, &overlay, FROM_TEN()), [BY_TIMETABLE[1], BY_TIMETABLE[2]]);
}

#[test]
fn an_overlay_is_for_its_own_timetable_only() {
    let city = city();
    let other = Sketch::in_zone("Asia/Almaty")
        .trip("A1", |t| t.line("A").stop("x", "10:00").stop("w", "10:10"))
        .finish();
    let overlay = laid_over(&city, at("09:55"), vec![update("A1", TripRelationship::Canceled)]);
    assert_eq!(plan(&other, &overlay, FROM_TEN()), ["A1 x–w 10:00 10:10"]);
}

#[test]
fn a_run_is_found_by_its_date_or_by_being_on_the_road() {
    let city = Sketch::in_zone("Asia/Almaty")
        .trip("night", |t| t.stop("x", "23:30").stop("w", "24:40"))
        .trip("day", |t| t.stop("x", "12:00").stop("w", "12:30"))
        .finish();
    let timetable = city.timetable();
    let night = find_trip(&timetable, "night").expect("a trip");
    let (tenth, half_past_midnight) = (day_number("2024-05-10"), ms("2024-05-11T00:30"));
    let dated = laid_over(&city, half_past_midnight, vec![late("night", Some("20240510"), None, 5)]);
    let undated = laid_over(&city, half_past_midnight, vec![late("night", None, None, 5)]);
    for (overlay, why) in [(dated, "by its date"), (undated, "it is yesterday's that is on the road")] {
        let now = timetable.with(&overlay);
        assert!(now.is_left_out(night, tenth) && !now.is_left_out(night, tenth + 1), "{why}");
        let from = When::Between { from_ms: at("23:00"), until_ms: at("23:59") };
        assert_eq!(plan(&city, &overlay, from), ["night* x–w 23:35 00:45"], "{why}");
    }
    let far =
        vec![late("day", None, None, 5), late("nobody", None, None, 5), late("day", Some("x"), None, 5)];
    assert!(laid_over(&city, half_past_midnight, far).is_empty());
}

#[test]
fn of_several_runs_with_one_name_the_start_decides() {
    let city = Sketch::in_zone("Asia/Almaty")
        .trip("often", |t| t.stop("x", "10:00").stop("w", "10:30"))
        .trip("often", |t| t.stop("x", "10:20").stop("w", "10:50"))
        .finish();
    let timetable = city.timetable();
    let day = day_number("2024-05-10");
    let said = |start| laid_over(&city, at("10:25"), vec![late("often", None, start, 2)]);
    let [first, second] = [0, 1].map(|nth| run_of(&timetable, TripIdx(nth), day).expect("a run"));
    assert_eq!((first.start_s, second.start_s), (Some(36_000), Some(37_200)));
    assert_eq!((first.service_date, first.trip.as_str()), (Some(20_240_510), "often"));
    let second = said(Some("10:20:00"));
    assert_eq!([0, 1].map(|nth| timetable.with(&second).is_left_out(TripIdx(nth), day)), [false, true]);
    assert!(said(None).is_empty() && said(Some("10:10:00")).is_empty(), "nobody knows which");
}

#[test]
fn who_stays_seated_does_so_while_the_bus_is_late() {
    let city = Sketch::in_zone("Asia/Almaty")
        .trip("A", |t| t.line("A").block("bus").stop("x", "10:00").stop("m", "10:10"))
        .trip("B", |t| t.line("B").block("bus").stop("m", "10:12").stop("w", "10:20"))
        .finish();
    let rides = |updates| {
        let overlay = laid_over(&city, at("09:55"), updates);
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("known zones");
        let stop = |id: &str| Endpoint::Stop { id: id.into() };
        let query = PlanQuery::new(stop("x"), stop("w"), FROM_TEN());
        let timetable = timetable.with(&overlay);
        let found = plan_with(&mut Scratch::default(), &timetable, &Streets::default(), &zones, &query);
        let journeys = found.expect("a plan").journeys;
        journeys.iter().map(|journey| (journey.rides, told(journey))).collect::<Vec<_>>()
    };
    assert_eq!(rides(vec![]), [(1, "A x–m 10:00 10:10, B m–w 10:12 10:20".to_owned())]);
    let both = vec![late("A", None, None, 5), late("B", None, None, 5)];
    assert_eq!(rides(both), [(1, "A* x–m 10:05 10:15, B* m–w 10:17 10:25".to_owned())]);
    let second = vec![late("B", None, None, 5)];
    assert_eq!(rides(second), [(1, "A x–m 10:00 10:10, B* m–w 10:17 10:25".to_owned())]);
    let first = rides(vec![late("A", None, None, 1)]);
    assert_eq!(first, [(1, "A* x–m 10:01 10:11, B m–w 10:12 10:20".to_owned())], "it is there in time");
    let first = rides(vec![late("A", None, None, 5)]);
    assert_eq!(first, [(1, "A* x–m 10:05 10:15, B* m–w 10:15 10:23".to_owned())], "it is one bus");
    let lost = rides(vec![update("B", TripRelationship::Canceled)]);
    assert!(lost.iter().all(|(rides, _)| *rides == 2), "only with B of tomorrow: {lost:?}");
}

#[test]
fn stops_are_known_by_the_numbers_of_the_feed() {
    let mut city = Sketch::in_zone("Asia/Almaty")
        .trip("A", |t| t.stop("x", "10:00").stop("w", "10:10").stop("x", "10:20").stop("w", "10:40"))
        .finish();
    (city.numberings, city.numbers) = (vec![Numbering { trip: TripIdx(0), first: 0 }], vec![2, 3, 40, 41]);
    let stop = |number, minutes| StopTimeUpdate {
        stop_sequence: Some(number),
        arrival: Some(StopTimeEvent { delay: Some(minutes * 60), time: None, uncertainty: None }),
        ..StopTimeUpdate::default()
    };
    let said = TripUpdate {
        stop_time_update: vec![stop(3, 2), stop(40, 7)],
        ..update("A", TripRelationship::Scheduled)
    };
    let overlay = laid_over(&city, at("10:05"), vec![said]);
    assert_eq!(plan(&city, &overlay, FROM_TEN()), ["A* x–w 10:00 10:12", "A* x–w 10:27 10:47"]);
}
