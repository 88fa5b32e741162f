//! Continuations: where a vehicle goes on as another trip and its passengers may stay seated.

use super::times::StopTime;
use super::timetable::{LineIdx, PatternRecord, ServiceIdx, Timetable, TripIdx};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a service day is longer than the one before it, unless clocks change, in seconds.
const DAY_S: u64 = 24 * 3_600;

/// That the vehicle of a trip goes on as another one, 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Continuation {
    /// The trip that ends.
    pub from: TripIdx,
    /// The one that its vehicle goes on as.
    pub to: TripIdx,
    /// The service days of `from` on which it does.
    pub service: ServiceIdx,
    /// How many service days later `to` runs: 0, or 1 for a vehicle that goes on after midnight.
    pub days_later: u32,
}

impl<'a> Timetable<'a> {
    /// How the vehicles of a pattern's trips go on, trip by trip.
    pub fn continuations_of(&self, pattern: &PatternRecord) -> &'a [Continuation] {
        self.continuations_in(pattern.first_trip, pattern.trip_count)
    }

    /// How the vehicles of so many trips go on, from this one on.
    pub fn continuations_in(&self, first: TripIdx, count: u32) -> &'a [Continuation] {
        let at = |trip: u32| self.continuations.partition_point(|c| c.from.0 < trip);
        let (start, end) = (at(first.0), at(first.0.saturating_add(count)));
        self.continuations.get(start..end).unwrap_or_default()
    }

    /// Line, first and last time of a trip.
    fn ends(&self, trip: TripIdx) -> Option<(LineIdx, StopTime, StopTime)> {
        let (pattern, times) = self.trip_times(trip)?;
        Some((pattern.line, times.first()?, times.last()?))
    }

    /// How many service days later a trip runs that goes on where another one ends: none if time would run
    /// backwards, or they keep the time of different zones.
    pub(crate) fn days_later(&self, from: TripIdx, to: TripIdx) -> Option<u32> {
        let ((line, _, ends), (next, begins, _)) = (self.ends(from)?, self.ends(to)?);
        let (arrives_s, leaves_s) = (u64::from(ends.arrival_s), u64::from(begins.departure_s));
        let one_zone = self.line(line)?.time_zone == self.line(next)?.time_zone;
        (0..=1).find(|later| one_zone && leaves_s + DAY_S * u64::from(*later) >= arrives_s)
    }
}

/// Continuations are sorted, and lead forward in time from trip to trip.
pub(super) fn are_sound(timetable: &Timetable<'_>) -> bool {
    let services = timetable.service_count();
    let key = |c: &Continuation| (c.from, c.to, c.days_later);
    timetable.continuations.is_sorted_by(|a, b| key(a) < key(b))
        && timetable.continuations.iter().all(|c| {
            let least = timetable.days_later(c.from, c.to);
            least.is_some_and(|least| (least..=1).contains(&c.days_later)) && c.service.at() < services
        })
}
