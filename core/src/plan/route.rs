//! A pattern of the timetable, whole and in bounds: what RAPTOR calls a route.

use crate::city::times::{PatternTimes, StopTime, TripTimes};
use crate::city::timetable::{PatternIdx, PatternRecord, PatternStop, Timetable, TripIdx, TripRecord};

pub(super) use crate::city::timetable::NOT_HERE;

/// A pattern with its arrays, none longer or shorter than it says.
pub(super) struct Route<'a> {
    pub(super) idx: PatternIdx,
    pub(super) pattern: &'a PatternRecord,
    pub(super) stops: &'a [PatternStop],
    times: PatternTimes<'a>,
    pub(super) trips: &'a [TripRecord],
}

impl<'a> Route<'a> {
    /// A pattern, unless the pack does not hold all of it, or it has no trip or a single stop.
    pub(super) fn of(timetable: &Timetable<'a>, idx: PatternIdx) -> Option<Route<'a>> {
        let pattern = timetable.pattern(idx)?;
        let stops = timetable.stops_of(pattern);
        let times = timetable.pattern_times(pattern)?;
        let trips = timetable.trips_of(pattern);
        let whole = !trips.is_empty() && stops.len() == pattern.stop_count as usize && stops.len() > 1;
        whole.then_some(Route { idx, pattern, stops, times, trips })
    }

    /// When its trip number `nth` is at a position; both must be of this route.
    pub(super) fn time(&self, nth: usize, position: usize) -> StopTime {
        self.times.time(nth, position)
    }

    /// When its trip number `nth` is at each stop; nothing if there is no such trip.
    pub(super) fn times_of(&self, nth: u32) -> TripTimes<'a> {
        self.times.of(nth as usize)
    }

    /// The first trip before `end` for which this does not hold, if it holds for all before that.
    pub(super) fn partition_point(&self, end: usize, holds: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            match holds(middle) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// The index of trip number `nth`.
    pub(super) fn trip(&self, nth: usize) -> Option<TripIdx> {
        self.pattern.first_trip.0.checked_add(u32::try_from(nth).ok()?).map(TripIdx)
    }
}
