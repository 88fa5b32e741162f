//! What RAPTOR is asked and what it answers.

use super::days::{ServiceDays, Time};
use super::via::Via;
use crate::city::timetable::{PatternIdx, StopIdx, Timetable, TripIdx};

/// A walk between an end of the journey and a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// The stop.
    pub(super) stop: StopIdx,
    /// How long the walk takes; 0 if the passenger is there.
    pub(super) seconds: u32,
    /// How far it is.
    pub(super) metres: u32,
    /// Where the passenger comes by the [stop on the way](super::via), if they do so on this walk.
    pub(super) by_way: StopIdx,
}

impl Access {
    /// From the stop itself, without a step.
    pub(super) fn at(stop: StopIdx) -> Access {
        Access { stop, seconds: 0, metres: 0, by_way: StopIdx::NONE }
    }

    /// A walk to or from a platform of the stop on the way and another one between it and `stop`, as one.
    pub(super) fn and(self, other: Access, stop: StopIdx) -> Access {
        let (seconds, metres) =
            (self.seconds.saturating_add(other.seconds), self.metres.saturating_add(other.metres));
        Access { stop, seconds, metres, by_way: self.stop }
    }
}

/// A ride of a journey that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ridden {
    pub(super) pattern: PatternIdx,
    pub(super) trip: TripIdx,
    /// The service day, in days since 1970-01-01.
    pub(super) service_day: i32,
    /// Where in the pattern the passenger boards.
    pub(super) board: u32,
    /// Where they get off.
    pub(super) alight: u32,
    /// Whether they stayed seated from the ride before: it is none of its own.
    pub(super) seated: bool,
}

/// A journey that was found: walk to the first ride, walk between rides whose stops differ, walk from the
/// last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// When the passenger sets out, at the latest.
    pub(super) departure: Time,
    /// When they are there.
    pub(super) arrival: Time,
    /// The stop of the first ride.
    pub(super) access: StopIdx,
    /// The stop of the last ride.
    pub(super) egress: StopIdx,
    /// How far the passenger walks; 0 from a search that does not compare it.
    pub(super) walk_metres: u32,
    /// Where they come by the [stop on the way](super::via) on foot: before which ride, by its number in
    /// `rides`, which may be the one after the last; and at which platform.
    pub(super) by_way: Vec<(usize, StopIdx)>,
    /// One or more.
    pub(super) rides: Vec<Ridden>,
}

impl Found {
    /// By way of which platform the passenger walks before a ride, or after the last.
    pub(super) fn by_way(&self, before: usize) -> Option<StopIdx> {
        self.by_way.iter().find(|by_way| by_way.0 == before).map(|by_way| by_way.1)
    }

    /// How many vehicles the passenger boards.
    pub(super) fn boardings(&self) -> usize {
        self.rides.iter().filter(|ride| !ride.seated).count()
    }
}

/// What the passenger keeps away from; an empty list leaves nothing out.
#[derive(Clone, Debug, Default)]
pub(super) struct Avoided {
    /// Patterns that they do not ride, by index.
    pub(super) patterns: Vec<bool>,
    /// Stops where they neither board, nor get off, nor walk on, by index.
    pub(super) stops: Vec<bool>,
}

impl Avoided {
    pub(super) fn pattern(&self, pattern: PatternIdx) -> bool {
        self.patterns.get(pattern.at()) == Some(&true)
    }

    pub(super) fn stop(&self, stop: StopIdx) -> bool {
        self.stops.get(stop.at()) == Some(&true)
    }
}

/// What a search is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) timetable: Timetable<'a>,
    pub(super) days: &'a ServiceDays<'a>,
    /// The stops that can be walked to from the origin.
    pub(super) access: &'a [Access],
    /// Those from which the destination can be walked to.
    pub(super) egress: &'a [Access],
    pub(super) avoided: &'a Avoided,
    /// Whether trips that say that no wheelchair gets in are left out.
    pub(super) step_free: bool,
    /// Footpaths take this many times as long as the pack says; at least 1.
    pub(super) slowness: f64,
    /// Longer footpaths between two rides are left out.
    pub(super) most_metres: u32,
    /// Whether walking is compared, beside time and rides.
    pub(super) compare_walking: bool,
    /// Where they must come by, if anywhere; then `access` and `egress` are its walks.
    pub(super) via: Option<&'a Via>,
    /// When the passenger sets out, at the earliest; no later than any departure that is asked for.
    pub(super) earliest: Time,
    /// When the passenger must be there.
    pub(super) latest: Time,
}

impl Asked<'_> {
    /// How much a walk of so many metres counts.
    #[inline]
    pub(super) fn weigh(&self, metres: u32) -> u32 {
        if self.compare_walking { metres } else { 0 }
    }
}
