//! A journey with one change, and what the operator may say of its buses.

use super::*;
use crate::follow::instead;
use crate::plan::{Endpoint, PlanQuery, StopAt, When};
use crate::realtime::feed::*;
use crate::realtime::live::UPDATE_OLD_AFTER_MS;
use proptest::prelude::*;

const NOW: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

fn walk(from: &str, to: &str, departs: i64, arrives: i64) -> Leg {
    Leg::Walk(WalkLeg {
        from_name: from.into(),
        to_name: to.into(),
        from: Default::default(),
        to: Default::default(),
        metres: 100,
        departure_ms: NOW + departs * MINUTE,
        arrival_ms: NOW + arrives * MINUTE,
        estimated: false,
        steps: vec![],
    })
}

fn bus(trip: &str, from: &str, to: &str, departs: i64, arrives: i64) -> Leg {
    let times_ms = (NOW + departs * MINUTE, NOW + arrives * MINUTE);
    Leg::Ride(RideLeg { service_day: 19_675, ..RideLeg::by_timetable(trip, (from, to), times_ms) })
}

fn journey(legs: Vec<Leg>) -> Journey {
    let (departure_ms, arrival_ms) = (legs[0].departure_ms(), legs[legs.len() - 1].arrival_ms());
    Journey { departure_ms, arrival_ms, rides: 2, walk_metres: 100, legs }
}

/// Walk to x, bus A from x (5) to y (15), bus B from y (20) to z (30), walk home (until 35).
fn with_a_change() -> Journey {
    journey(vec![
        walk("home", "x", 0, 5),
        bus("A", "x", "y", 5, 15),
        bus("B", "y", "z", 20, 30),
        walk("z", "work", 30, 35),
    ])
}

/// Each trip calls at its two stops, and needs three minutes to change.
fn rides(journey: &Journey) -> Vec<Option<Ridden>> {
    let trip = |leg: &Leg| {
        let RideLeg { trip_id, from_stop, to_stop, departure_ms, arrival_ms, .. } = leg.ride()?;
        let call = |nth, stop: &StopAt, at_ms| ScheduledCall {
            stop_sequence: nth,
            stop: stop.id.clone(),
            arrival_ms: at_ms,
            departure_ms: at_ms,
        };
        let set = |id: &str| [id.to_owned()].into();
        Some(Ridden {
            run: Some((
                Run { trip: trip_id.clone(), service_date: Some(20_231_114), start_s: None },
                vec![call(1, from_stop, *departure_ms), call(2, to_stop, *arrival_ms)],
            )),
            scope: Scope { lines: set(trip_id), stops: set(&from_stop.id), trips: set(trip_id) },
            change_ms: 3 * MINUTE,
        })
    };
    journey.legs.iter().map(trip).collect()
}

fn late(sequence: u32, minutes: i64) -> StopTimeUpdate {
    let event = StopTimeEvent { delay: Some((minutes * 60) as i32), time: None, uncertainty: None };
    StopTimeUpdate {
        stop_sequence: Some(sequence),
        arrival: Some(event),
        departure: Some(event),
        ..StopTimeUpdate::default()
    }
}

fn skips(sequence: u32) -> StopTimeUpdate {
    let relation = Some(StopRelationship::Skipped as i32);
    let stop_sequence = Some(sequence);
    StopTimeUpdate { stop_sequence, schedule_relationship: relation, ..StopTimeUpdate::default() }
}

fn said(trips: Vec<(&str, TripRelationship, Vec<StopTimeUpdate>)>) -> Live {
    let update = |(id, relation, stops): (&str, TripRelationship, Vec<StopTimeUpdate>)| {
        let trip = TripDescriptor {
            trip_id: Some(id.into()),
            start_date: Some("20231114".into()),
            schedule_relationship: Some(relation as i32),
            ..TripDescriptor::default()
        };
        let update = TripUpdate { trip, stop_time_update: stops, ..TripUpdate::default() };
        FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    };
    let mut live = Live::default();
    let entities = trips.into_iter().map(update).collect();
    live.take_updates(&FeedMessage::full(NOW as u64 / 1_000, entities), NOW);
    live
}

fn delays(trips: Vec<(&str, Vec<StopTimeUpdate>)>) -> Live {
    said(trips.into_iter().map(|(id, stops)| (id, TripRelationship::Scheduled, stops)).collect())
}

fn now(journey: &Journey, live: &Live, at_ms: i64) -> LiveJourney {
    follow(journey, &rides(journey), live, at_ms, Language::En)
}

fn minutes(journey: &LiveJourney) -> Vec<(i64, i64)> {
    let minute = |ms: i64| (ms - NOW) / MINUTE;
    journey.legs.iter().map(|leg| (minute(leg.departure_ms), minute(leg.arrival_ms))).collect()
}

#[test]
fn without_news_a_journey_goes_by_its_timetable() {
    let planned = with_a_change();
    for told in
        [now(&planned, &Live::default(), NOW), follow(&planned, &[], &Live::default(), NOW, Language::En)]
    {
        assert_eq!(minutes(&told), [(0, 5), (5, 15), (20, 30), (30, 35)]);
        assert!(told.works && told.legs.iter().all(|leg| leg.times == LegTimes::Timetable));
        assert_eq!((told.departure_ms, told.arrival_ms), (planned.departure_ms, planned.arrival_ms));
    }
}

#[test]
fn a_leg_says_what_is_live_and_the_walk_after_it_goes_with_it() {
    let told = now(&with_a_change(), &delays(vec![("B", vec![late(1, 4)])]), NOW + 7_000);
    assert_eq!(minutes(&told), [(0, 5), (5, 15), (24, 34), (34, 39)]);
    let live = LegTimes::Live { age_s: 7 };
    let times: Vec<LegTimes> = told.legs.iter().map(|leg| leg.times).collect();
    assert_eq!(times, [LegTimes::Timetable, LegTimes::Timetable, live, live]);
    assert_eq!((told.works, told.arrival_ms), (true, NOW + 39 * MINUTE));
}

#[test]
fn a_transfer_is_lost_when_the_time_to_change_is_gone() {
    let by = |minutes| now(&with_a_change(), &delays(vec![("A", vec![late(1, minutes)])]), NOW);
    assert!(by(2).works, "two minutes late, three left to change");
    let told = by(4);
    assert_eq!(told.legs[2].trouble, Some(LegTrouble::MissedTransfer { late_s: 120 }));
    assert!(!told.works && told.legs[1].trouble.is_none());
    let both = delays(vec![("A", vec![late(1, 8)]), ("B", vec![late(1, 9)])]);
    assert!(now(&with_a_change(), &both, NOW).works, "the other bus is late, too");
    let early = delays(vec![("B", vec![late(1, -3)])]);
    assert!(!now(&with_a_change(), &early, NOW).works, "a bus that leaves early does not wait");
}

#[test]
fn who_stays_seated_loses_no_transfer_and_is_as_late_as_the_vehicle() {
    let mut on = bus("B", "y", "z", 16, 30);
    let Leg::Ride(RideLeg { stay_seated, .. }) = &mut on else { panic!("a ride") };
    *stay_seated = true;
    let through = journey(vec![bus("A", "x", "y", 5, 15), on, walk("z", "work", 30, 35)]);
    let told = now(&through, &delays(vec![("A", vec![late(1, 8)])]), NOW);
    assert_eq!(minutes(&told), [(13, 23), (23, 37), (37, 42)]);
    assert!(told.works && told.legs[1].times == LegTimes::Live { age_s: 0 });
    let both = delays(vec![("A", vec![late(1, 8)]), ("B", vec![late(1, 2)])]);
    assert_eq!(minutes(&now(&through, &both, NOW))[1], (23, 32), "it makes up for some of it");
    let told = now(&through, &delays(vec![("B", vec![skips(1), late(2, 0)])]), NOW);
    assert!(told.works, "nobody needs to board");
    let cancelled = said(vec![("B", TripRelationship::Canceled, vec![])]);
    assert!(!now(&through, &cancelled, NOW).works);
}

#[test]
fn a_change_that_was_planned_tighter_than_usual_holds_while_all_is_on_time() {
    let tight = journey(vec![bus("A", "x", "y", 5, 15), bus("B", "y", "z", 16, 30)]);
    assert!(now(&tight, &Live::default(), NOW).works);
    let told = now(&tight, &delays(vec![("A", vec![late(1, 1)])]), NOW);
    assert_eq!(told.legs[1].trouble, Some(LegTrouble::MissedTransfer { late_s: 60 }));
    let over_the_road =
        journey(vec![bus("A", "x", "y", 5, 15), walk("y", "z", 15, 18), bus("B", "z", "w", 20, 30)]);
    let by = |minutes| now(&over_the_road, &delays(vec![("A", vec![late(1, minutes)])]), NOW);
    assert!(by(2).works && !by(3).works, "a walk takes its time and no more");
    assert_eq!(minutes(&by(2))[1], (17, 20));
}

#[test]
fn cancelled_and_skipping_buses_say_so_and_what_follows_is_not_blamed() {
    let cancelled = said(vec![("A", TripRelationship::Canceled, vec![])]);
    let told = now(&with_a_change(), &cancelled, NOW);
    let troubles: Vec<_> = told.legs.iter().map(|leg| leg.trouble).collect();
    assert_eq!(troubles, [None, Some(LegTrouble::Cancelled), None, None]);
    let told = now(&with_a_change(), &delays(vec![("A", vec![skips(1)])]), NOW);
    assert_eq!((told.legs[1].trouble, told.works), (Some(LegTrouble::NotBoarding), false));
    let told = now(&with_a_change(), &delays(vec![("A", vec![skips(2)])]), NOW);
    assert_eq!((told.legs[1].trouble, told.works), (Some(LegTrouble::NotAlighting), false));
}

#[test]
fn an_early_bus_sends_the_passenger_off_earlier() {
    let told = now(&with_a_change(), &delays(vec![("A", vec![late(1, -2)])]), NOW);
    assert_eq!(minutes(&told)[..2], [(-2, 3), (3, 13)]);
    assert_eq!(told.departure_ms, NOW - 2 * MINUTE);
}

#[test]
fn a_stale_feed_gives_way_to_the_timetable() {
    let live = delays(vec![("A", vec![late(1, 8)])]);
    assert!(!now(&with_a_change(), &live, NOW + UPDATE_OLD_AFTER_MS).works);
    assert_eq!(minutes(&now(&with_a_change(), &live, NOW + UPDATE_OLD_AFTER_MS + 1))[1], (5, 15));
}

#[test]
fn a_loop_is_boarded_where_the_ride_begins() {
    let ring = RideLeg::by_timetable("R", ("x", "y"), (NOW + 20 * MINUTE, NOW + 25 * MINUTE));
    let call = |nth: u32, stop: &str, at: i64| ScheduledCall {
        stop_sequence: nth,
        stop: stop.into(),
        arrival_ms: NOW + at * MINUTE,
        departure_ms: NOW + at * MINUTE,
    };
    let calls = [call(1, "x", 0), call(2, "y", 5), call(3, "x", 20), call(4, "y", 25)];
    assert_eq!(ends(&ring, &calls), Some((2, 3)));
    assert_eq!(ends(&ring, &calls[..3]), None);
}

#[test]
fn what_the_operator_says_of_a_line_stands_at_its_leg() {
    let about = EntitySelector { route_id: Some("B".into()), ..EntitySelector::default() };
    let seconds = |minute: i64| Some(((NOW + minute * MINUTE) / 1_000) as u64);
    let alert = |start, end| Alert {
        active_period: vec![TimeRange { start: seconds(start), end: seconds(end) }],
        informed_entity: vec![about.clone()],
        effect: Some(Effect::Detour as i32),
        ..Alert::default()
    };
    let entity = |alert| FeedEntity { alert: Some(Box::new(alert)), ..FeedEntity::default() };
    let mut live = Live::default();
    let alerts = vec![entity(alert(25, 90)), entity(alert(40, 90)), entity(alert(0, 10))];
    live.take_alerts(&FeedMessage::full(0, alerts), NOW);
    let told = now(&with_a_change(), &live, NOW);
    let counts: Vec<usize> = told.legs.iter().map(|leg| leg.notices.len()).collect();
    assert_eq!(counts, [0, 0, 1, 0], "while the passenger rides, and on that line");
    assert_eq!((told.legs[2].notices[0].title.as_str(), told.works), ("Detour", true));
    // Likewise where the timetable only says how often it comes.
    let mut rides = rides(&with_a_change());
    rides.iter_mut().flatten().for_each(|ride| ride.run = None);
    let often = follow(&with_a_change(), &rides, &live, NOW, Language::En);
    assert_eq!(often.legs[2].notices, told.legs[2].notices);
}

#[test]
fn the_next_question_begins_where_the_passenger_then_is() {
    let (planned, end) = (with_a_change(), |id: &str| Endpoint::Stop { id: id.into() });
    let home = Endpoint::Point { point: Default::default(), name: "home".into() };
    let asked = PlanQuery {
        max_walk_metres: 321,
        ..PlanQuery::new(home.clone(), end("w"), When::ArriveBy { ms: NOW + 40 * MINUTE })
    };
    let live = now(&planned, &delays(vec![("A", vec![late(1, 8)])]), NOW);
    let next = |leg, at_ms| instead(&asked, &planned, &live, leg, at_ms);
    let from = |from, ms| Some(PlanQuery { from, when: When::DepartAt { ms }, ..asked.clone() });
    assert_eq!(next(2, NOW), from(end("y"), NOW + 23 * MINUTE), "when the late bus is there");
    assert_eq!(next(2, NOW + 25 * MINUTE), from(end("y"), NOW + 25 * MINUTE));
    assert_eq!(next(1, NOW), from(home, NOW));
    assert_eq!((next(0, NOW), next(3, NOW), next(9, NOW)), (None, None, None), "no ride");
}

proptest! {
    #[test]
    fn nobody_travels_back_in_time(a in -30..30i64, b in -30..30i64, skip in any::<bool>()) {
        let second = if skip { skips(1) } else { late(1, b) };
        let told = now(&with_a_change(), &delays(vec![("A", vec![late(1, a)]), ("B", vec![second])]), NOW);
        prop_assert!(told.legs.iter().all(|leg| leg.departure_ms <= leg.arrival_ms));
        if told.works {
            for pair in told.legs.windows(2) {
                prop_assert!(pair[0].arrival_ms <= pair[1].departure_ms, "{:?}", told);
            }
        }
    }
}
