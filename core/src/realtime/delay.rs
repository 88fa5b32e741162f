//! When a trip comes by its stops, after what the operator said about it.
//!
//! Delays propagate as in the reference's section on trip updates: a delay holds for all later stops
//! until the next update; a skipped stop lets it through; "no data" ends it; an update without times
//! means on time. Nothing arrives before it left the stop before it.

use super::live::{CANCELLATION_OLD_AFTER_MS, UPDATE_OLD_AFTER_MS, VehicleReport};
use super::messages::{StopRelationship, StopTimeEvent, StopTimeUpdate, TripRelationship, TripUpdate};
use super::numbering::renumbered;
use super::run::Run;
use std::borrow::Cow;

/// One stop of a trip in the timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCall {
    /// The stop's number in the trip, as in stop_times.txt.
    pub stop_sequence: u32,
    /// The stop, as in stops.txt; empty if not known.
    pub stop: String,
    /// When it should arrive.
    pub arrival_ms: i64,
    /// When it should leave.
    pub departure_ms: i64,
}

/// Where the times of a call come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// From the operator, now.
    Live,
    /// From the timetable: nothing more is known.
    Timetable,
    /// The trip passes without stopping; the times say when.
    Skipped,
}

/// When a trip is expected at one stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimes {
    /// When it arrives.
    pub arrival_ms: i64,
    /// When it leaves; never before it arrives.
    pub departure_ms: i64,
    /// How that is known.
    pub kind: CallKind,
}

/// What an operator last said about one run of a trip.
#[derive(Clone, Debug, PartialEq)]
pub struct TripProgress {
    /// Which run.
    pub run: Run,
    /// It does not run at all.
    pub cancelled: bool,
    /// The operator's id of the vehicle that runs it, if said.
    pub vehicle: Option<String>,
    /// The number painted on it, if said.
    pub label: Option<String>,
    /// When this was measured: the update's own time, else the message's.
    pub measured_ms: i64,
    delay_ms: Option<i64>,
    stops: Vec<StopProgress>,
}

#[derive(Clone, Debug, PartialEq)]
struct StopProgress {
    sequence: Option<u32>,
    stop: Option<String>,
    says: Says,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Calls { arrival: Option<Event>, departure: Option<Event> },
    Skips,
    Nothing,
}

/// At least one of the two is there.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Event {
    at_ms: Option<i64>,
    delay_ms: Option<i64>,
}

impl TripProgress {
    /// What an update says, or none if it is not about a trip of the timetable: see
    /// [`ExtraTrip`](super::ExtraTrip).
    pub fn of(update: &TripUpdate, measured_ms: i64) -> Option<TripProgress> {
        let run = Run::of(&update.trip)?;
        let cancelled = match update.trip.schedule_relationship() {
            TripRelationship::Canceled | TripRelationship::Deleted => true,
            TripRelationship::Added
            | TripRelationship::New
            | TripRelationship::Duplicated
            | TripRelationship::Replacement => return None,
            _ => false,
        };
        Some(TripProgress { cancelled, ..TripProgress::of_run(run, update, measured_ms) })
    }

    /// What an update says of this run, which it has no say in.
    pub(super) fn of_run(run: Run, update: &TripUpdate, measured_ms: i64) -> TripProgress {
        let vehicle = update.vehicle.as_ref();
        TripProgress {
            run,
            cancelled: false,
            vehicle: vehicle.and_then(|vehicle| vehicle.id.clone()).filter(|id| !id.is_empty()),
            label: vehicle.and_then(|vehicle| vehicle.label.clone()).filter(|label| !label.is_empty()),
            measured_ms,
            delay_ms: update.delay.map(|seconds| i64::from(seconds) * 1_000),
            stops: update.stop_time_update.iter().map(StopProgress::of).collect(),
        }
    }

    /// What the place of its bus says of a run: it is so late now, and stays so.
    pub(crate) fn by_place(run: Run, bus: &VehicleReport, delay_ms: i64) -> TripProgress {
        TripProgress {
            run,
            cancelled: false,
            vehicle: Some(bus.vehicle.clone()),
            label: Some(bus.label.clone()),
            measured_ms: bus.measured_ms,
            delay_ms: Some(delay_ms),
            stops: Vec::new(),
        }
    }

    /// Whether it is known not to run. A cancellation outlives predictions, but not for ever.
    pub fn is_cancelled(&self, now_ms: i64) -> bool {
        self.cancelled && now_ms.saturating_sub(self.measured_ms) <= CANCELLATION_OLD_AFTER_MS
    }

    /// How old what was predicted is, in ms; none if it is too old to be told instead of the timetable.
    pub fn age_ms(&self, now_ms: i64) -> Option<i64> {
        let age_ms = now_ms.saturating_sub(self.measured_ms).max(0);
        (age_ms <= UPDATE_OLD_AFTER_MS).then_some(age_ms)
    }

    /// The times of these calls, in the order of the trip. It may be the whole trip or a part of it;
    /// with the whole trip, delays are found for updates that give moments only, and a feed that numbers its
    /// stops otherwise is understood by their names.
    pub fn times(&self, calls: &[ScheduledCall]) -> Vec<CallTimes> {
        let calls = &*self.as_the_feed_counts(calls);
        let mut way = Way { delay_ms: self.delay_ms, not_before_ms: i64::MIN };
        let mut next = 0;
        let mut times: Vec<CallTimes> = Vec::with_capacity(calls.len());
        for call in calls {
            let rest = self.stops.get(next..).unwrap_or_default();
            let own = rest.iter().position(|stop| stop.is_at(call));
            let passed = own.unwrap_or_else(|| rest.iter().take_while(|stop| stop.is_before(call)).count());
            rest.iter().take(passed).for_each(|stop| way.pass(stop));
            next += passed + usize::from(own.is_some());
            times.push(way.call(call, own.and_then(|own| rest.get(own))));
        }
        // What was not predicted cannot come after what was.
        let mut not_after_ms = i64::MAX;
        for call in times.iter_mut().rev() {
            if call.kind != CallKind::Live {
                call.departure_ms = call.departure_ms.min(not_after_ms);
                call.arrival_ms = call.arrival_ms.min(call.departure_ms);
            }
            not_after_ms = call.arrival_ms;
        }
        times
    }
}

impl TripProgress {
    fn as_the_feed_counts<'a>(&self, calls: &'a [ScheduledCall]) -> Cow<'a, [ScheduledCall]> {
        let stops = self.stops.iter();
        let said: Vec<(u32, &str)> =
            stops.filter_map(|stop| Some((stop.sequence?, stop.stop.as_deref()?))).collect();
        let Some(numbers) = renumbered(&said, calls) else { return Cow::Borrowed(calls) };
        let call =
            |(call, stop_sequence): (&ScheduledCall, u32)| ScheduledCall { stop_sequence, ..call.clone() };
        calls.iter().zip(numbers).map(call).collect()
    }
}

impl StopProgress {
    fn of(update: &StopTimeUpdate) -> StopProgress {
        let (arrival, departure) = (Event::of(update.arrival), Event::of(update.departure));
        let says = match update.schedule_relationship() {
            StopRelationship::Skipped => Says::Skips,
            StopRelationship::NoData => Says::Nothing,
            StopRelationship::Unscheduled if arrival.is_none() && departure.is_none() => Says::Nothing,
            _ => Says::Calls { arrival, departure },
        };
        StopProgress { sequence: update.stop_sequence, stop: update.stop_id.clone(), says }
    }

    fn is_at(&self, call: &ScheduledCall) -> bool {
        match (self.sequence, &self.stop) {
            (Some(sequence), _) => sequence == call.stop_sequence,
            (None, Some(stop)) => !stop.is_empty() && *stop == call.stop,
            (None, None) => false,
        }
    }

    fn is_before(&self, call: &ScheduledCall) -> bool {
        self.sequence.is_some_and(|sequence| sequence < call.stop_sequence)
    }
}

impl Event {
    fn of(event: Option<StopTimeEvent>) -> Option<Event> {
        let event = event?;
        // Some producers write 0 for "no time".
        let at_ms = event.time.filter(|at| *at > 0).map(|at| at.saturating_mul(1_000));
        let delay_ms = event.delay.map(|seconds| i64::from(seconds) * 1_000);
        (at_ms.is_some() || delay_ms.is_some()).then_some(Event { at_ms, delay_ms })
    }

    fn against(self, scheduled_ms: i64) -> i64 {
        self.at_ms.unwrap_or_else(|| scheduled_ms.saturating_add(self.delay_ms.unwrap_or(0)))
    }
}

/// What is carried along a trip from stop to stop.
struct Way {
    delay_ms: Option<i64>,
    not_before_ms: i64,
}

impl Way {
    /// Goes by a stop whose timetable was not given.
    fn pass(&mut self, stop: &StopProgress) {
        match stop.says {
            Says::Skips => {}
            Says::Nothing => self.delay_ms = None,
            Says::Calls { arrival: None, departure: None } => self.delay_ms = Some(0),
            Says::Calls { arrival, departure } => {
                self.delay_ms = departure.or(arrival).and_then(|event| event.delay_ms);
                let moments = [arrival, departure].into_iter().flatten().filter_map(|event| event.at_ms);
                self.not_before_ms = moments.fold(self.not_before_ms, i64::max);
            }
        }
    }

    /// Comes to a stop whose timetable is known.
    fn call(&mut self, call: &ScheduledCall, says: Option<&StopProgress>) -> CallTimes {
        let (arrival, departure) = match says.map(|stop| stop.says) {
            Some(Says::Skips) => {
                let late = self.delay_ms.unwrap_or(0);
                let by = self.no_earlier(call.arrival_ms.saturating_add(late));
                return CallTimes { arrival_ms: by, departure_ms: by, kind: CallKind::Skipped };
            }
            Some(Says::Calls { arrival: None, departure: None }) => {
                self.delay_ms = Some(0);
                (None, None)
            }
            Some(Says::Calls { arrival, departure }) => (arrival, departure),
            Some(Says::Nothing) => {
                self.delay_ms = None;
                (None, None)
            }
            None => (None, None),
        };
        let left = departure.map(|event| event.against(call.departure_ms));
        let came = arrival.map(|event| event.against(call.arrival_ms));
        let came_late = came.map(|came| came.saturating_sub(call.arrival_ms));
        let left_late = left.map(|left| left.saturating_sub(call.departure_ms));

        let Some(late_in) = came_late.or(self.delay_ms).or(left_late) else {
            let arrival_ms = self.no_earlier(call.arrival_ms);
            let departure_ms = arrival_ms.max(call.departure_ms);
            if arrival_ms == call.arrival_ms {
                return CallTimes { arrival_ms, departure_ms, kind: CallKind::Timetable };
            }
            self.not_before_ms = departure_ms;
            return CallTimes { arrival_ms, departure_ms, kind: CallKind::Live };
        };
        let leaves = call.departure_ms.saturating_add(left_late.unwrap_or(late_in));
        let arrives = call.arrival_ms.saturating_add(late_in);
        // An arrival that was only carried here gives way to a departure that was predicted.
        let arrives = if came.is_none() && left.is_some() { arrives.min(leaves) } else { arrives };
        let arrival_ms = self.no_earlier(arrives);
        let departure_ms = arrival_ms.max(leaves);
        self.not_before_ms = departure_ms;
        self.delay_ms = Some(departure_ms.saturating_sub(call.departure_ms));
        CallTimes { arrival_ms, departure_ms, kind: CallKind::Live }
    }

    fn no_earlier(&self, at_ms: i64) -> i64 {
        at_ms.max(self.not_before_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::feed::TripDescriptor;
    use proptest::prelude::*;

    const S: i64 = 1_000;

    /// Stops 1 to 6, "a" to "f", a minute apart from second 600 on, without waiting.
    fn timetable() -> Vec<ScheduledCall> {
        (0..6)
            .map(|i: u32| {
                let at = (600 + 60 * i64::from(i)) * S;
                let stop = char::from(b'a' + i as u8).to_string();
                ScheduledCall { stop_sequence: i + 1, stop, arrival_ms: at, departure_ms: at }
            })
            .collect()
    }

    fn late(seconds: i32) -> Option<StopTimeEvent> {
        Some(StopTimeEvent { delay: Some(seconds), time: None, uncertainty: None })
    }

    fn at(second: i64) -> Option<StopTimeEvent> {
        Some(StopTimeEvent { delay: None, time: Some(second), uncertainty: None })
    }

    fn stop(
        sequence: u32,
        arrival: Option<StopTimeEvent>,
        departure: Option<StopTimeEvent>,
    ) -> StopTimeUpdate {
        StopTimeUpdate { stop_sequence: Some(sequence), arrival, departure, ..StopTimeUpdate::default() }
    }

    fn with(sequence: u32, relation: StopRelationship) -> StopTimeUpdate {
        StopTimeUpdate { schedule_relationship: Some(relation as i32), ..stop(sequence, None, None) }
    }

    fn progress(stops: Vec<StopTimeUpdate>) -> TripProgress {
        let trip = TripDescriptor { trip_id: Some("t".into()), ..TripDescriptor::default() };
        let update = TripUpdate { trip, stop_time_update: stops, ..TripUpdate::default() };
        TripProgress::of(&update, 0).expect("a trip of the timetable")
    }

    /// Seconds late at each stop, none where only the timetable is known.
    fn delays(progress: &TripProgress) -> Vec<Option<i64>> {
        let calls = timetable();
        let times = progress.times(&calls);
        let late = |(time, call): (&CallTimes, &ScheduledCall)| {
            (time.kind == CallKind::Live).then_some((time.departure_ms - call.departure_ms) / S)
        };
        times.iter().zip(&calls).map(late).collect()
    }

    #[test]
    fn a_delay_holds_until_the_next_update() {
        let progress = progress(vec![stop(2, late(300), None), stop(4, late(60), None), stop(5, None, None)]);
        // At 4 it cannot be only 60 s late: it is 300 s late at 3, a minute before.
        assert_eq!(delays(&progress), [None, Some(300), Some(300), Some(240), Some(180), Some(180)]);
    }

    #[test]
    fn an_update_without_times_means_on_time() {
        let progress = progress(vec![stop(2, late(30), None), stop(4, None, None)]);
        assert_eq!(delays(&progress), [None, Some(30), Some(30), Some(0), Some(0), Some(0)]);
    }

    #[test]
    fn no_data_ends_a_delay_and_a_skipped_stop_does_not() {
        let skipped = with(3, StopRelationship::Skipped);
        let silent = with(5, StopRelationship::NoData);
        let progress = progress(vec![stop(2, late(120), None), skipped, silent]);
        assert_eq!(delays(&progress)[3], Some(120));
        let times = progress.times(&timetable());
        assert_eq!(times[2].kind, CallKind::Skipped);
        // Stop 5: nothing is known but that the bus left stop 4 at 900, a minute after it was due at 5.
        assert_eq!(times[4], CallTimes { arrival_ms: 900 * S, departure_ms: 900 * S, kind: CallKind::Live });
        assert_eq!(
            times[5],
            CallTimes { arrival_ms: 900 * S, departure_ms: 900 * S, kind: CallKind::Timetable }
        );
    }

    #[test]
    fn a_moment_gives_a_delay_where_the_timetable_is_known() {
        let progress = progress(vec![stop(2, None, at(690))]);
        assert_eq!(delays(&progress), [None, Some(30), Some(30), Some(30), Some(30), Some(30)]);
        // With one call alone the delay is not known; but it cannot come before 690.
        let alone = |index: usize| progress.times(&timetable()[index..=index])[0];
        assert_eq!(alone(2).kind, CallKind::Timetable);
        let late = self::progress(vec![stop(2, None, at(1_000))]);
        let third = late.times(&timetable()[2..3])[0];
        assert_eq!(third, CallTimes { arrival_ms: 1_000 * S, departure_ms: 1_000 * S, kind: CallKind::Live });
    }

    #[test]
    fn one_call_alone_knows_the_delays_before_it() {
        let progress =
            progress(vec![stop(1, late(20), None), stop(3, late(90), None), stop(6, late(0), None)]);
        let fourth = progress.times(&timetable()[3..4])[0];
        assert_eq!(fourth.departure_ms, (780 + 90) * S);
    }

    #[test]
    fn an_early_bus_does_not_wait_for_a_stop_nobody_predicted() {
        let progress = progress(vec![stop(3, late(-90), late(-90))]);
        let times = progress.times(&timetable());
        assert_eq!(times[2].departure_ms, 630 * S);
        assert_eq!((times[1].departure_ms, times[1].kind), (630 * S, CallKind::Timetable));
        assert_eq!(times[0].departure_ms, 600 * S);
    }

    #[test]
    fn stops_are_found_by_name_where_no_number_is_given() {
        let named =
            StopTimeUpdate { stop_sequence: None, stop_id: Some("c".into()), ..stop(0, late(45), None) };
        let progress = progress(vec![named]);
        assert_eq!(delays(&progress), [None, None, Some(45), Some(45), Some(45), Some(45)]);
    }

    #[test]
    fn a_feed_that_counts_its_stops_from_0_is_understood() {
        let named = |sequence, name: &str, minutes: i32| StopTimeUpdate {
            stop_id: Some(name.into()),
            ..stop(sequence, late(60 * minutes), None)
        };
        let progress = progress(vec![named(2, "c", 3), named(4, "e", 1)]);
        assert_eq!(delays(&progress), [None, None, Some(180), Some(180), Some(120), Some(120)]);
    }

    #[test]
    fn a_delay_of_the_whole_trip_holds_until_a_stop_says_more() {
        let trip = TripDescriptor { trip_id: Some("t".into()), ..TripDescriptor::default() };
        let stops = vec![stop(3, late(10), None)];
        let update = TripUpdate { trip, stop_time_update: stops, delay: Some(50), ..TripUpdate::default() };
        let progress = TripProgress::of(&update, 0).expect("a trip");
        assert_eq!(delays(&progress), [Some(50), Some(50), Some(10), Some(10), Some(10), Some(10)]);
    }

    #[test]
    fn extra_trips_are_not_taken_for_trips_of_the_timetable() {
        for relation in [TripRelationship::Added, TripRelationship::New, TripRelationship::Duplicated] {
            let mut trip = TripDescriptor { trip_id: Some("t".into()), ..TripDescriptor::default() };
            trip.schedule_relationship = Some(relation as i32);
            assert_eq!(TripProgress::of(&TripUpdate { trip, ..TripUpdate::default() }, 0), None);
        }
    }

    prop_compose! {
        fn any_event()(delay in proptest::option::of(any::<i32>()), time in proptest::option::of(any::<i64>()))
            -> StopTimeEvent
        {
            StopTimeEvent { delay, time, uncertainty: None }
        }
    }

    prop_compose! {
        fn any_stop()(
            sequence in proptest::option::of(0..8u32),
            relation in proptest::option::of(0..5i32),
            arrival in proptest::option::of(any_event()),
            departure in proptest::option::of(any_event()),
            name in proptest::option::of("[a-g]"),
        ) -> StopTimeUpdate {
            StopTimeUpdate {
                stop_sequence: sequence, schedule_relationship: relation, arrival, departure, stop_id: name,
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_travels_back_in_time(stops in proptest::collection::vec(any_stop(), 0..8)) {
            let times = progress(stops).times(&timetable());
            prop_assert_eq!(times.len(), 6);
            for pair in times.windows(2) {
                prop_assert!(pair[0].departure_ms <= pair[1].arrival_ms, "{:?}", times);
            }
            prop_assert!(times.iter().all(|time| time.arrival_ms <= time.departure_ms));
        }
    }
}
