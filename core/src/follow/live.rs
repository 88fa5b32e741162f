//! A planned journey as it goes now.

use crate::plan::{Journey, Leg};
use crate::realtime::delay::CallKind;
use crate::realtime::{CallTimes, Live, NoticeView, Run, ScheduledCall, Scope};
use crate::text::Language;

/// A journey as it is known now, leg by leg beside the planned one.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveJourney {
    /// When the passenger should set out: not later than planned, earlier if the first vehicle is early.
    pub departure_ms: i64,
    /// When they are there, as long as it works.
    pub arrival_ms: i64,
    /// Whether nothing that is known stands in its way.
    pub works: bool,
    /// One a leg of the journey.
    pub legs: Vec<LiveLeg>,
}

/// A leg as it is known now.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveLeg {
    /// When it begins.
    pub departure_ms: i64,
    /// When it ends; never before it begins.
    pub arrival_ms: i64,
    /// How its times are known; those of a walk as the ride's before it.
    pub times: LegTimes,
    /// Why it cannot be travelled, if so.
    pub trouble: Option<LegTrouble>,
    /// The number painted on the bus, if it reports.
    pub bus: Option<String>,
    /// What the operator says about it.
    pub notices: Vec<NoticeView>,
}

/// How the times of a leg are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegTimes {
    /// They are the timetable's.
    Timetable,
    /// The operator predicted them.
    Live {
        /// How old the prediction is, in seconds.
        age_s: u32,
    },
}

/// Why a ride cannot be had as it was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegTrouble {
    /// The trip does not run.
    Cancelled,
    /// The vehicle passes the stop where the passenger would board.
    NotBoarding,
    /// The vehicle passes the stop where they would get off.
    NotAlighting,
    /// It leaves before the passenger is there.
    MissedTransfer {
        /// By so many seconds.
        late_s: u32,
    },
}

/// A ride's trip in the timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ridden {
    /// Which run.
    pub run: Run,
    /// All its calls, in order.
    pub calls: Vec<ScheduledCall>,
    /// Whom notices about the ride's ends concern.
    pub scope: Scope,
    /// The least time between two rides at the stop where it is boarded, in ms.
    pub change_ms: i64,
}

/// What is known now of a journey. `rides` has the trip of each leg that is a ride; without it, the ride goes
/// by its timetable.
///
/// A transfer is lost if the passenger comes later than the next ride leaves, less the time that the stop
/// asks for a change, or less what was planned where that was shorter. After the first ride that cannot be
/// had, the times of the rest are those of the vehicles, which others ride.
pub fn follow(
    journey: &Journey,
    rides: &[Option<Ridden>],
    live: &Live,
    now_ms: i64,
    language: Language,
) -> LiveJourney {
    let mut legs: Vec<LiveLeg> = Vec::with_capacity(journey.legs.len());
    // Planned and expected arrival at the end of the last leg, once a ride began.
    let mut reached: Option<(i64, i64)> = None;
    let mut works = true;
    let mut walked = false;
    for (nth, leg) in journey.legs.iter().enumerate() {
        let trip = rides.get(nth).and_then(Option::as_ref);
        let mut told = match leg {
            Leg::Walk { departure_ms, arrival_ms, .. } => {
                let (begins_ms, times) = match (reached, legs.last()) {
                    (Some((planned_ms, there_ms)), Some(before)) => {
                        let pause_ms = departure_ms.saturating_sub(planned_ms).max(0);
                        (there_ms.saturating_add(pause_ms), before.times)
                    }
                    _ => (*departure_ms, LegTimes::Timetable),
                };
                let takes_ms = arrival_ms.saturating_sub(*departure_ms).max(0);
                let mut walk = LiveLeg::by_timetable(begins_ms, begins_ms.saturating_add(takes_ms));
                walk.times = times;
                walk
            }
            Leg::Ride { .. } => ride(leg, trip, live, now_ms, language),
        };
        let (Leg::Ride { departure_ms, arrival_ms, .. } | Leg::Walk { departure_ms, arrival_ms, .. }) = leg;
        if let Leg::Ride { .. } = leg {
            match reached {
                Some((planned_ms, there_ms)) if works && told.trouble.is_none() => {
                    let slack_ms = departure_ms.saturating_sub(planned_ms).max(0);
                    let change_ms = if walked { 0 } else { trip.map_or(0, |trip| trip.change_ms) };
                    let ready_ms = there_ms.saturating_add(change_ms.min(slack_ms));
                    if ready_ms > told.departure_ms {
                        let late_s = ready_ms.saturating_sub(told.departure_ms).saturating_add(999) / 1_000;
                        let late_s = u32::try_from(late_s).unwrap_or(u32::MAX);
                        told.trouble = Some(LegTrouble::MissedTransfer { late_s });
                    }
                }
                // An early vehicle does not wait: the passenger sets out earlier.
                None => {
                    let early_ms = departure_ms.saturating_sub(told.departure_ms).max(0);
                    for walk in &mut legs {
                        walk.departure_ms = walk.departure_ms.saturating_sub(early_ms);
                        walk.arrival_ms = walk.arrival_ms.saturating_sub(early_ms);
                    }
                }
                Some(_) => {}
            }
            works &= told.trouble.is_none();
            reached = Some((*arrival_ms, told.arrival_ms));
            walked = false;
        } else if reached.is_some() {
            reached = Some((*arrival_ms, told.arrival_ms));
            walked = true;
        }
        legs.push(told);
    }
    LiveJourney {
        departure_ms: legs.first().map_or(journey.departure_ms, |leg| leg.departure_ms),
        arrival_ms: legs.last().map_or(journey.arrival_ms, |leg| leg.arrival_ms),
        works,
        legs,
    }
}

impl LiveLeg {
    fn by_timetable(departure_ms: i64, arrival_ms: i64) -> LiveLeg {
        let (times, trouble, bus, notices) = (LegTimes::Timetable, None, None, Vec::new());
        LiveLeg { departure_ms, arrival_ms, times, trouble, bus, notices }
    }
}

fn ride(leg: &Leg, ridden: Option<&Ridden>, live: &Live, now_ms: i64, language: Language) -> LiveLeg {
    let (Leg::Ride { departure_ms, arrival_ms, .. } | Leg::Walk { departure_ms, arrival_ms, .. }) = leg;
    let mut told = LiveLeg::by_timetable(*departure_ms, *arrival_ms);
    let Some(ridden) = ridden else { return told };
    if let Some(progress) = live.progress(&ridden.run) {
        if progress.is_cancelled(now_ms) {
            told.trouble = Some(LegTrouble::Cancelled);
        } else if let Some(age_ms) = progress.age_ms(now_ms)
            && let Some((board, alight)) = ends(leg, &ridden.calls)
        {
            let times = progress.times(&ridden.calls);
            if let (Some(board), Some(alight)) = (times.get(board), times.get(alight)) {
                expect(&mut told, board, alight, u32::try_from(age_ms / 1_000).unwrap_or(u32::MAX));
            }
        }
    }
    if told.trouble != Some(LegTrouble::Cancelled) {
        told.bus = live.on_run(&ridden.run, now_ms).map(|bus| bus.label.clone());
    }
    let (from_ms, until_ms) = (told.departure_ms.min(*departure_ms), told.arrival_ms);
    let notices = live.notices_from(now_ms).filter(|notice| notice.concerns_any(&ridden.scope));
    let notices = notices.filter(|notice| notice.holds_within(from_ms, until_ms));
    told.notices = notices.map(|notice| notice.told(language, now_ms)).collect();
    told
}

/// What is expected at both ends of a ride.
fn expect(told: &mut LiveLeg, board: &CallTimes, alight: &CallTimes, age_s: u32) {
    if board.kind == CallKind::Live || alight.kind == CallKind::Live {
        told.times = LegTimes::Live { age_s };
    }
    if board.kind == CallKind::Live {
        told.departure_ms = board.departure_ms;
    }
    told.arrival_ms = match alight.kind {
        CallKind::Live | CallKind::Skipped => alight.arrival_ms,
        CallKind::Timetable => told.arrival_ms,
    };
    told.arrival_ms = told.arrival_ms.max(told.departure_ms);
    told.trouble = match (board.kind, alight.kind) {
        (CallKind::Skipped, _) => Some(LegTrouble::NotBoarding),
        (_, CallKind::Skipped) => Some(LegTrouble::NotAlighting),
        _ => None,
    };
}

/// The positions where a ride is boarded and left: a loop comes by a stop twice, so its times decide.
fn ends(leg: &Leg, calls: &[ScheduledCall]) -> Option<(usize, usize)> {
    let Leg::Ride { from_stop, to_stop, departure_ms, arrival_ms, .. } = leg else { return None };
    let board =
        calls.iter().position(|call| call.stop == from_stop.id && call.departure_ms == *departure_ms)?;
    let later = calls.get(board + 1..)?;
    let alight = later.iter().position(|call| call.stop == to_stop.id && call.arrival_ms == *arrival_ms)?;
    Some((board, board + 1 + alight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::follow::instead;
    use crate::plan::{Endpoint, PlanQuery, StopAt, When};
    use crate::realtime::feed::*;
    use crate::realtime::live::UPDATE_OLD_AFTER_MS;
    use proptest::prelude::*;

    const NOW: i64 = 1_700_000_000_000;
    const MINUTE: i64 = 60_000;

    fn walk(from: &str, to: &str, departs: i64, arrives: i64) -> Leg {
        Leg::Walk {
            from_name: from.into(),
            to_name: to.into(),
            from: Default::default(),
            to: Default::default(),
            metres: 100,
            departure_ms: NOW + departs * MINUTE,
            arrival_ms: NOW + arrives * MINUTE,
            estimated: false,
            steps: vec![],
        }
    }

    fn bus(trip: &str, from: &str, to: &str, departs: i64, arrives: i64) -> Leg {
        let stop = |id: &str| StopAt { id: id.into(), ..StopAt::default() };
        Leg::Ride {
            line: trip.into(),
            line_id: trip.into(),
            headsign: String::new(),
            trip_id: trip.into(),
            service_day: 19_675,
            from_stop: stop(from),
            to_stop: stop(to),
            departure_ms: NOW + departs * MINUTE,
            arrival_ms: NOW + arrives * MINUTE,
            stops_between: 0,
            headway_s: 0,
        }
    }

    fn journey(legs: Vec<Leg>) -> Journey {
        let ends = |leg: &Leg| match leg {
            Leg::Walk { departure_ms, arrival_ms, .. } | Leg::Ride { departure_ms, arrival_ms, .. } => {
                (*departure_ms, *arrival_ms)
            }
        };
        let (first, last) = (ends(&legs[0]), ends(&legs[legs.len() - 1]));
        Journey { departure_ms: first.0, arrival_ms: last.1, rides: 2, walk_metres: 100, legs }
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
            let Leg::Ride { trip_id, from_stop, to_stop, departure_ms, arrival_ms, .. } = leg else {
                return None;
            };
            let call = |nth, stop: &StopAt, at_ms| ScheduledCall {
                stop_sequence: nth,
                stop: stop.id.clone(),
                arrival_ms: at_ms,
                departure_ms: at_ms,
            };
            let set = |id: &str| [id.to_owned()].into();
            Some(Ridden {
                run: Run { trip: trip_id.clone(), service_date: Some(20_231_114), start_s: None },
                calls: vec![call(1, from_stop, *departure_ms), call(2, to_stop, *arrival_ms)],
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
        let ring = bus("R", "x", "y", 20, 25);
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
}
