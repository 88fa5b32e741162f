//! What is known now, laid over a timetable for a search to ask: which run of which trip comes when.
//!
//! A timetable is built once and never touched; this is small, made anew with each message, and says of a
//! trip's run at a position whether it comes, and when. Trips are named by their number in the timetable,
//! so that a search asks without comparing texts; whoever makes it looks the numbers up.

use super::delay::{CallKind, CallTimes, ScheduledCall};
use super::live::Live;
use super::run::Run;
use std::collections::HashMap;

/// A run as the timetable has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCalls {
    /// The trip's number in the timetable.
    pub trip: u32,
    /// Its service day, in days since 1970-01-01.
    pub service_day: i32,
    /// All its calls, in order.
    pub calls: Vec<ScheduledCall>,
}

/// What is known of a run at one of its positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallChange {
    /// Nothing: the timetable holds.
    None,
    /// It comes at these moments, ms since 1970; never earlier than at the position before.
    Moved {
        /// When it arrives.
        arrival_ms: i64,
        /// When it leaves.
        departure_ms: i64,
    },
    /// It passes without stopping.
    Skipped,
    /// It does not run at all.
    Cancelled,
}

/// Which runs differ from their timetable now.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    runs: HashMap<(u32, i32), Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Cancelled,
    Calls(Vec<CallTimes>),
}

impl Overlay {
    /// What is known at this moment. `find` gives the run in the timetable that the operator means, which was
    /// measured at that moment; what it does not find is left out. Old predictions are left out, too.
    pub fn of(live: &Live, now_ms: i64, mut find: impl FnMut(&Run, i64) -> Option<RunCalls>) -> Overlay {
        let mut overlay = Overlay::default();
        for progress in live.progress_of_all() {
            let cancelled = progress.is_cancelled(now_ms);
            if !cancelled && progress.age_ms(now_ms).is_none() {
                continue;
            }
            let Some(run) = find(&progress.run, progress.measured_ms) else { continue };
            let change = match cancelled {
                true => Change::Cancelled,
                false => Change::Calls(progress.times(&run.calls)),
            };
            overlay.runs.insert((run.trip, run.service_day), change);
        }
        overlay
    }

    /// What is known of a run at a position, counted from 0.
    pub fn call(&self, trip: u32, service_day: i32, position: usize) -> CallChange {
        let Some(change) = self.runs.get(&(trip, service_day)) else { return CallChange::None };
        let Change::Calls(calls) = change else { return CallChange::Cancelled };
        match calls.get(position) {
            Some(CallTimes { kind: CallKind::Live, arrival_ms, departure_ms }) => {
                CallChange::Moved { arrival_ms: *arrival_ms, departure_ms: *departure_ms }
            }
            Some(CallTimes { kind: CallKind::Skipped, .. }) => CallChange::Skipped,
            Some(CallTimes { kind: CallKind::Timetable, .. }) | None => CallChange::None,
        }
    }

    /// The runs of which something is known, by trip and service day, in no order.
    pub fn runs(&self) -> impl Iterator<Item = (u32, i32)> {
        self.runs.keys().copied()
    }

    /// Whether the timetable holds everywhere.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::feed::*;
    use crate::realtime::live::{CANCELLATION_OLD_AFTER_MS, UPDATE_OLD_AFTER_MS};

    const NOW: i64 = 1_700_000_000_000;

    fn said(id: &str, relation: TripRelationship, stops: Vec<StopTimeUpdate>) -> FeedEntity {
        let trip = TripDescriptor {
            trip_id: Some(id.into()),
            schedule_relationship: Some(relation as i32),
            ..TripDescriptor::default()
        };
        let update = TripUpdate { trip, stop_time_update: stops, ..TripUpdate::default() };
        FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    }

    fn stop(sequence: u32, delay_s: i32) -> StopTimeUpdate {
        let event = StopTimeEvent { delay: Some(delay_s), time: None, uncertainty: None };
        StopTimeUpdate { stop_sequence: Some(sequence), arrival: Some(event), ..StopTimeUpdate::default() }
    }

    /// Trips "a", "b" and "c" are 0, 1 and 2, and call at three stops a minute apart.
    fn find(run: &Run, _measured_ms: i64) -> Option<RunCalls> {
        let trip = ["a", "b", "c"].iter().position(|known| *known == run.trip)?;
        let call = |nth: u32| {
            let at_ms = NOW + i64::from(nth) * 60_000;
            ScheduledCall {
                stop_sequence: nth + 1,
                stop: String::new(),
                arrival_ms: at_ms,
                departure_ms: at_ms,
            }
        };
        Some(RunCalls { trip: trip as u32, service_day: 7, calls: (0..3).map(call).collect() })
    }

    #[test]
    fn a_run_is_cancelled_moved_or_as_the_timetable_says() {
        let skipped = StopTimeUpdate {
            schedule_relationship: Some(StopRelationship::Skipped as i32),
            ..StopTimeUpdate { stop_sequence: Some(3), ..StopTimeUpdate::default() }
        };
        let entities = vec![
            said("a", TripRelationship::Canceled, vec![]),
            said("b", TripRelationship::Scheduled, vec![stop(2, 90), skipped]),
            said("unknown", TripRelationship::Canceled, vec![]),
        ];
        let mut live = Live::default();
        live.take_updates(&FeedMessage::full(NOW as u64 / 1_000, entities), NOW);
        let overlay = Overlay::of(&live, NOW, find);
        assert_eq!(overlay.call(0, 7, 1), CallChange::Cancelled);
        assert_eq!(overlay.call(0, 8, 1), CallChange::None, "tomorrow it runs");
        assert_eq!(overlay.call(1, 7, 0), CallChange::None, "nothing was said of its first stop");
        let late = NOW + 150_000;
        assert_eq!(overlay.call(1, 7, 1), CallChange::Moved { arrival_ms: late, departure_ms: late });
        assert_eq!(overlay.call(1, 7, 2), CallChange::Skipped);
        assert_eq!((overlay.call(1, 7, 3), overlay.call(2, 7, 0)), (CallChange::None, CallChange::None));
        assert_eq!(overlay.runs().count(), 2);

        let later = Overlay::of(&live, NOW + UPDATE_OLD_AFTER_MS + 1, find);
        assert_eq!(later.call(1, 7, 1), CallChange::None, "a stale feed times out");
        assert_eq!(later.call(0, 7, 1), CallChange::Cancelled, "and a cancellation later");
        assert!(Overlay::of(&live, NOW + CANCELLATION_OLD_AFTER_MS + 1, find).is_empty());
    }
}
