//! The stop board: what comes to a stop, and how sure that is.

use super::delay::{CallKind, CallTimes, ScheduledCall, TripProgress};
use super::live::{Crowding, Live, VehicleReport};
use super::run::Run;
use crate::order;
use crate::text::{Language, age_text, say};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A departure stays on the board this long after it was expected.
const GONE_AFTER_MS: i64 = 30_000;
/// A departure that no longer comes stays on the board this long after its time.
const MISSED_AFTER_MS: i64 = 120_000;

/// One departure at a stop in the timetable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledDeparture {
    /// The line's number, as a passenger reads it; the board hands it on.
    pub line: String,
    /// Where it goes.
    pub headsign: String,
    /// The trip (trip_id).
    pub trip: String,
    /// The trip's service day as YYYYMMDD: a trip that is cancelled tomorrow comes today.
    pub service_date: Option<u32>,
    /// For trips by frequency, when this one starts, in seconds of its service day.
    pub start_s: Option<u32>,
    /// The stop (stop_id), for feeds that number no stops; may be empty.
    pub stop: String,
    /// The stop's number in the trip.
    pub stop_sequence: u32,
    /// When it should leave.
    pub scheduled_ms: i64,
    /// Seconds between vehicles if the timetable only says how often they come, else 0.
    pub headway_s: u32,
}

/// How a time on the board is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BoardKind {
    /// The operator predicted it.
    Live {
        /// How old the prediction is, in seconds.
        age_s: u32,
    },
    /// It is the timetable's.
    Timetable,
    /// The trip is cancelled, or passes this stop without stopping.
    NoLongerComing,
}

impl BoardKind {
    /// The same in a passenger's words: live, with the report's age; by the timetable; or no longer coming.
    pub(crate) fn text(self, language: Language) -> String {
        match self {
            BoardKind::Live { age_s } => {
                say(language, "live-age", &[("age", &age_text(age_s.into(), language))])
            }
            BoardKind::Timetable => say(language, "timetable", &[]),
            BoardKind::NoLongerComing => say(language, "not-coming", &[]),
        }
    }
}

/// One line of the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    /// The line's number, as a passenger reads it.
    pub line: String,
    /// Where it goes.
    pub headsign: String,
    /// The trip (trip_id).
    pub trip: String,
    /// When it leaves, as far as is known; never in the past for a bus that is still on its way.
    pub expected_ms: i64,
    /// When it should leave.
    pub scheduled_ms: i64,
    /// Seconds between vehicles if the timetable only says how often they come: then the moments are no more
    /// than an example. Else 0.
    pub headway_s: u32,
    /// How that is known.
    pub kind: BoardKind,
    /// The operator's id of the bus, if it is known and reports.
    pub vehicle: Option<String>,
    /// The number painted on that bus.
    pub label: Option<String>,
    /// How full that bus is, if it says.
    pub occupancy: Option<Crowding>,
    /// All that a passenger reads of it behind line and time, a few words each, how the time is known first; empty
    /// before [`crate::follow::AtStop`] tells it.
    pub known: Vec<String>,
}

/// The board of a stop: these departures as they are expected now, the next one first.
///
/// A bus that has left is not on it; a departure that no longer comes is, until its time has passed, so
/// that nobody waits for it. Predictions older than five minutes give way to the timetable.
pub fn board(departures: &[ScheduledDeparture], live: &Live, now_ms: i64) -> Vec<BoardRow> {
    let on_the_road: BTreeSet<&str> = live.vehicles(now_ms).filter_map(|bus| bus.trip.as_deref()).collect();
    let mut rows: Vec<BoardRow> = departures
        .iter()
        .filter_map(|departure| row(departure, live, on_the_road.contains(departure.trip.as_str()), now_ms))
        .collect();
    order::sort_by(&mut rows, |a, b| {
        (a.expected_ms, &a.line, &a.headsign, &a.trip).cmp(&(b.expected_ms, &b.line, &b.headsign, &b.trip))
    });
    rows
}

/// `is_named`: a bus that reports names its trip.
fn row(departure: &ScheduledDeparture, live: &Live, is_named: bool, now_ms: i64) -> Option<BoardRow> {
    let run = Run {
        trip: departure.trip.clone(),
        service_date: departure.service_date,
        start_s: departure.start_s,
    };
    let progress = live.progress(&run);
    if progress.is_none() && !is_named && departure.scheduled_ms.saturating_add(GONE_AFTER_MS) < now_ms {
        // Most of those that should have left did: nothing more need be looked up.
        return None;
    }
    let bus = bus(progress, &run, live, now_ms);
    let (expected_ms, kind) = expect(departure, progress, now_ms);

    let gone = match (kind, bus.and_then(|bus| bus.stop_sequence)) {
        (BoardKind::NoLongerComing, _) => expected_ms.saturating_add(MISSED_AFTER_MS) < now_ms,
        (_, Some(next)) => next > departure.stop_sequence,
        _ => expected_ms.saturating_add(GONE_AFTER_MS) < now_ms,
    };
    let on_its_way = bus.is_some_and(|bus| bus.stop_sequence.is_some());
    let bus = bus.filter(|_| kind != BoardKind::NoLongerComing);
    (!gone).then(|| BoardRow {
        line: departure.line.clone(),
        headsign: departure.headsign.clone(),
        trip: departure.trip.clone(),
        expected_ms: if on_its_way && bus.is_some() { expected_ms.max(now_ms) } else { expected_ms },
        scheduled_ms: departure.scheduled_ms,
        headway_s: departure.headway_s,
        kind,
        vehicle: bus.map(|bus| bus.vehicle.clone()),
        label: bus.map(|bus| bus.label.clone()),
        occupancy: bus.and_then(|bus| bus.occupancy),
        known: Vec::new(),
    })
}

/// The bus that runs it, if it reports: by its own word, else by the trip update's.
fn bus<'a>(
    progress: Option<&TripProgress>,
    run: &Run,
    live: &'a Live,
    now_ms: i64,
) -> Option<&'a VehicleReport> {
    live.on_run(run, now_ms).or_else(|| {
        let named = live.vehicle(progress?.vehicle.as_deref()?)?;
        // It may still be on the trip before: then its stop numbers are not ours.
        (named.trip.is_none() && !named.is_silent(now_ms)).then_some(named)
    })
}

fn expect(departure: &ScheduledDeparture, progress: Option<&TripProgress>, now_ms: i64) -> (i64, BoardKind) {
    let timetable = (departure.scheduled_ms, BoardKind::Timetable);
    let Some(progress) = progress else { return timetable };
    if progress.is_cancelled(now_ms) {
        return (departure.scheduled_ms, BoardKind::NoLongerComing);
    }
    let Some(age_ms) = progress.age_ms(now_ms) else { return timetable };
    let call = ScheduledCall {
        stop_sequence: departure.stop_sequence,
        stop: departure.stop.clone(),
        arrival_ms: departure.scheduled_ms,
        departure_ms: departure.scheduled_ms,
    };
    let Some(CallTimes { departure_ms, kind, .. }) = progress.times(&[call]).pop() else { return timetable };
    match kind {
        CallKind::Live => (departure_ms, BoardKind::Live { age_s: (age_ms / 1_000) as u32 }),
        CallKind::Timetable => timetable,
        CallKind::Skipped => (departure.scheduled_ms, BoardKind::NoLongerComing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::feed::*;
    use crate::realtime::live::{SILENT_AFTER_MS, UPDATE_OLD_AFTER_MS};

    const NOW: i64 = 1_700_000_000_000;
    const MINUTE: i64 = 60_000;

    fn departs(trip: &str, in_ms: i64) -> ScheduledDeparture {
        ScheduledDeparture {
            line: "14".into(),
            headsign: "Әуежай".into(),
            trip: trip.into(),
            stop_sequence: 5,
            scheduled_ms: NOW + in_ms,
            ..ScheduledDeparture::default()
        }
    }

    fn trip(trip: &str) -> TripDescriptor {
        TripDescriptor { trip_id: Some(trip.into()), ..TripDescriptor::default() }
    }

    fn stop(sequence: u32, delay_s: i32) -> StopTimeUpdate {
        StopTimeUpdate {
            stop_sequence: Some(sequence),
            departure: Some(StopTimeEvent { delay: Some(delay_s), time: None, uncertainty: None }),
            ..StopTimeUpdate::default()
        }
    }

    fn updates(updates: Vec<TripUpdate>) -> Live {
        let entity = |update| FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() };
        let feed = FeedMessage::full(NOW as u64 / 1_000, updates.into_iter().map(entity).collect());
        let mut live = Live::default();
        live.take_updates(&feed, NOW);
        live
    }

    fn bus(live: &mut Live, on: &str, next: Option<u32>) {
        let vehicle = VehiclePosition {
            trip: Some(trip(on)),
            position: Some(Position {
                latitude: Some(47.0),
                longitude: Some(52.0),
                bearing: None,
                speed: None,
            }),
            current_stop_sequence: next,
            vehicle: Some(VehicleDescriptor {
                id: Some("v".into()),
                label: Some("A 07".into()),
                license_plate: None,
            }),
            occupancy_status: Some(OccupancyStatus::Empty as i32),
            ..VehiclePosition::default()
        };
        let entity = FeedEntity { vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() };
        live.take_positions(&FeedMessage::full(NOW as u64 / 1_000, vec![entity]), NOW);
    }

    #[test]
    fn a_late_bus_falls_behind_the_next_one() {
        let update =
            TripUpdate { trip: trip("a"), stop_time_update: vec![stop(3, 600)], ..TripUpdate::default() };
        let live = updates(vec![update]);
        let rows = board(&[departs("a", MINUTE), departs("b", 5 * MINUTE)], &live, NOW + 7_000);
        assert_eq!(rows.iter().map(|row| row.trip.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((rows[1].expected_ms, rows[1].kind), (NOW + 11 * MINUTE, BoardKind::Live { age_s: 7 }));
        assert_eq!(rows[0].kind, BoardKind::Timetable);
    }

    #[test]
    fn nobody_waits_for_a_cancelled_or_skipping_bus() {
        let mut cancelled = trip("a");
        cancelled.schedule_relationship = Some(TripRelationship::Canceled as i32);
        let cancelled = TripUpdate { trip: cancelled, ..TripUpdate::default() };
        let relation = Some(StopRelationship::Skipped as i32);
        let skips = StopTimeUpdate { schedule_relationship: relation, ..stop(5, 0) };
        let skips = TripUpdate { trip: trip("b"), stop_time_update: vec![skips], ..TripUpdate::default() };
        let mut live = updates(vec![cancelled, skips]);
        bus(&mut live, "b", Some(4));
        let departures = [departs("a", MINUTE), departs("b", 2 * MINUTE)];
        let rows = board(&departures, &live, NOW);
        assert!(rows.iter().all(|row| row.kind == BoardKind::NoLongerComing && row.label.is_none()));
        assert_eq!(rows.len(), 2);
        assert_eq!(board(&departures, &live, NOW + 5 * MINUTE), []);
    }

    #[test]
    fn of_the_runs_of_one_trip_only_the_one_that_is_spoken_of_is_otherwise() {
        let run = |starts_s, in_ms| ScheduledDeparture {
            start_s: Some(starts_s),
            headway_s: 1_200,
            ..departs("a", in_ms)
        };
        let of = |start: &str| TripDescriptor { start_time: Some(start.into()), ..trip("a") };
        let mut first = of("10:00:00");
        first.schedule_relationship = Some(TripRelationship::Canceled as i32);
        let late =
            TripUpdate { trip: of("10:20:00"), stop_time_update: vec![stop(5, 60)], ..TripUpdate::default() };
        let mut live = updates(vec![TripUpdate { trip: first, ..TripUpdate::default() }, late]);
        bus(&mut live, "a", Some(9));
        if let Some(bus) = live.vehicles.get_mut("v") {
            bus.start_s = Some(36_000);
        }
        let runs = [run(36_000, MINUTE), run(37_200, 21 * MINUTE), run(38_400, 41 * MINUTE)];
        let rows = board(&runs, &live, NOW);
        let kinds: Vec<BoardKind> = rows.iter().map(|row| row.kind).collect();
        assert_eq!(
            kinds[..],
            [BoardKind::NoLongerComing, BoardKind::Live { age_s: 0 }, BoardKind::Timetable]
        );
        assert!(rows.iter().all(|row| row.label.is_none() && row.headway_s == 1_200), "{rows:?}");
    }

    #[test]
    fn a_bus_that_does_not_say_which_run_it_is_on_brings_no_earlier_run_back() {
        let run = |starts_s, in_ms| ScheduledDeparture {
            start_s: Some(starts_s),
            headway_s: 600,
            ..departs("a", in_ms)
        };
        let mut live = Live::default();
        bus(&mut live, "a", Some(3));
        let runs = [run(32_400, -20 * MINUTE), run(33_000, -10 * MINUTE), run(33_600, MINUTE)];
        let rows = board(&runs, &live, NOW);
        assert_eq!((rows.len(), rows[0].expected_ms, rows[0].label.as_deref()), (1, NOW + MINUTE, None));
    }

    #[test]
    fn an_old_prediction_gives_way_to_the_timetable_but_a_cancellation_does_not() {
        let update =
            TripUpdate { trip: trip("a"), stop_time_update: vec![stop(3, 60)], ..TripUpdate::default() };
        let live = updates(vec![update]);
        let rows = board(&[departs("a", 10 * MINUTE)], &live, NOW + UPDATE_OLD_AFTER_MS + 1);
        assert_eq!((rows[0].kind, rows[0].expected_ms), (BoardKind::Timetable, NOW + 10 * MINUTE));
    }

    #[test]
    fn a_bus_says_itself_that_it_has_left_or_is_still_coming() {
        let mut live = Live::default();
        bus(&mut live, "a", Some(6));
        assert_eq!(board(&[departs("a", MINUTE)], &live, NOW), [], "it left early");
        bus(&mut live, "a", Some(5));
        let rows = board(&[departs("a", -5 * MINUTE)], &live, NOW);
        assert_eq!((rows[0].expected_ms, rows[0].kind), (NOW, BoardKind::Timetable));
        assert_eq!((rows[0].label.as_deref(), rows[0].occupancy), (Some("A 07"), Some(Crowding::Empty)));
        assert_eq!(board(&[departs("a", -MINUTE)], &Live::default(), NOW), [], "gone, as far as is known");
    }

    #[test]
    fn a_silent_bus_is_not_shown() {
        let mut live = Live::default();
        bus(&mut live, "a", Some(5));
        let rows = board(&[departs("a", 10 * MINUTE)], &live, NOW + SILENT_AFTER_MS + 1);
        assert_eq!((rows[0].vehicle.as_deref(), rows[0].label.as_deref()), (None, None));
    }

    #[test]
    fn a_bus_still_on_another_trip_does_not_answer_for_this_one() {
        let vehicle = VehicleDescriptor { id: Some("v".into()), label: None, license_plate: None };
        let update = TripUpdate {
            trip: trip("next"),
            stop_time_update: vec![stop(1, 0)],
            vehicle: Some(vehicle),
            ..TripUpdate::default()
        };
        let mut live = updates(vec![update]);
        bus(&mut live, "before", Some(40));
        let rows = board(&[departs("next", MINUTE)], &live, NOW);
        assert_eq!((rows.len(), rows[0].label.as_deref()), (1, None));
    }
}
