//! Stop times, kept small: a trip is its start and a profile, and trips that drive alike share one.
//!
//! A city's trips repeat a few courses through the day, so a stop time costs 4 bytes once a course instead
//! of 8 bytes a trip, and a search through a pattern's trips stays within few cache lines. The idea is that
//! of GTFS's own frequencies.txt, found instead of written.

use super::timetable::PatternStop;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// [`PatternStop::base`] counts in so many seconds.
pub const BASE_S: u32 = 64;

/// When a trip is at a stop, in seconds after "noon minus 12 h" of its service day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StopTime {
    /// Arrival.
    pub arrival_s: u32,
    /// Departure.
    pub departure_s: u32,
}

/// When a trip starts and how it goes on; 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TripStart {
    /// Arrival at the first stop, in seconds after "noon minus 12 h" of the service day.
    pub start_s: u32,
    /// The first entry of its profile, which has one entry a stop.
    pub profile: u32,
}

/// One stop of a profile, 4 bytes: seconds after the trip's start and the stop's [base](PatternStop::base).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ProfileTime {
    /// Arrival.
    pub arrival: u16,
    /// Departure.
    pub departure: u16,
}

/// A stop time out of its parts. What a sound pack holds never saturates.
#[inline]
fn stop_time(start_s: u32, stop: &PatternStop, time: &ProfileTime) -> StopTime {
    let base_s = start_s.saturating_add(u32::from(stop.base) * BASE_S);
    StopTime {
        arrival_s: base_s.saturating_add(u32::from(time.arrival)),
        departure_s: base_s.saturating_add(u32::from(time.departure)),
    }
}

/// The times of one trip, one a stop of its pattern.
#[derive(Clone, Copy, Debug, Default)]
pub struct TripTimes<'a> {
    start_s: u32,
    stops: &'a [PatternStop],
    profile: &'a [ProfileTime],
}

impl<'a> TripTimes<'a> {
    /// How many stops it has; 0 if the pack names what it does not hold.
    pub fn len(&self) -> usize {
        self.profile.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.profile.is_empty()
    }

    /// The time at a position.
    #[inline]
    pub fn get(&self, position: usize) -> Option<StopTime> {
        Some(stop_time(self.start_s, self.stops.get(position)?, self.profile.get(position)?))
    }

    /// The time at the first stop.
    pub fn first(&self) -> Option<StopTime> {
        self.get(0)
    }

    /// The time at the last stop.
    pub fn last(&self) -> Option<StopTime> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Each time with the next one.
    pub fn pairs(&self) -> impl Iterator<Item = (StopTime, StopTime)> + 'a {
        self.iter().zip(self.iter().skip(1))
    }

    /// All times in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = StopTime> + 'a {
        let start_s = self.start_s;
        self.stops.iter().zip(self.profile).map(move |(stop, time)| stop_time(start_s, stop, time))
    }
}

/// The times of all trips of a pattern, for a search that looks at many.
#[derive(Clone, Copy, Debug)]
pub struct PatternTimes<'a> {
    stops: &'a [PatternStop],
    starts: &'a [TripStart],
    times: &'a [ProfileTime],
}

impl<'a> PatternTimes<'a> {
    pub(super) fn new(
        stops: &'a [PatternStop],
        starts: &'a [TripStart],
        times: &'a [ProfileTime],
    ) -> PatternTimes<'a> {
        PatternTimes { stops, starts, times }
    }

    /// When trip number `nth` is at a position; 0 where the pack does not hold what it names.
    #[inline]
    pub fn time(&self, nth: usize, position: usize) -> StopTime {
        let (Some(start), Some(stop)) = (self.starts.get(nth), self.stops.get(position)) else {
            return StopTime::default();
        };
        let time = self.times.get((start.profile as usize).saturating_add(position));
        time.map_or(StopTime::default(), |time| stop_time(start.start_s, stop, time))
    }

    /// The times of trip number `nth`, one a stop; none if the pack does not hold them.
    pub fn of(&self, nth: usize) -> TripTimes<'a> {
        let of = || {
            let start = self.starts.get(nth)?;
            let first = start.profile as usize;
            let profile = self.times.get(first..first.checked_add(self.stops.len())?)?;
            Some(TripTimes { start_s: start.start_s, stops: self.stops, profile })
        };
        of().unwrap_or_default()
    }
}
