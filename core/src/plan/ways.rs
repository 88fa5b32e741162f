//! The ways that the journeys took which were found so far. Who sets out a few minutes earlier mostly rides
//! the same lines; where that leads is quickly told, and shows what comes too late before a search begins.

use super::asked::{Access, Asked, Found, Ridden};
use super::days::{Time, after};
use super::labels::RideParent;
use super::raptor::{seconds_between, walk_s};
use super::route::Route;
use super::tables::DayTables;
use crate::city::timetable::{PatternIdx, StopIdx};

/// How many are remembered.
const MOST: usize = 32;

/// A way from the origin to a stop near the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) access: Access,
    rides: Vec<Ride>,
    /// Where the last one ends.
    pub(super) egress: StopIdx,
    /// How far one walks to the first ride and between rides.
    pub(super) metres: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ride {
    pattern: PatternIdx,
    day: u8,
    board: u32,
    alight: u32,
    /// How long it takes to change to it, or to walk there.
    change_s: u32,
}

impl Way {
    /// That of a journey; none if somebody stays seated in it.
    fn of(asked: &Asked<'_>, found: &Found) -> Option<Way> {
        let access = *asked.access.iter().find(|access| access.stop == found.access)?;
        let mut way = Way { access, rides: Vec::new(), egress: access.stop, metres: access.metres };
        for ride in &found.rides {
            let &Ridden { pattern, board, alight, .. } = ride;
            let route = Route::of(&asked.timetable, pattern).filter(|_| !ride.seated)?;
            let day = asked.days.numbers().find(|&day| asked.days.day(day) == ride.service_day)?;
            let from = route.stops.get(board as usize)?.stop;
            let change_s = match &way.rides[..] {
                [] => access.seconds,
                _ if from == way.egress => asked.timetable.change_s(from),
                _ => {
                    let paths = asked.timetable.footpaths_from(way.egress);
                    let path = paths.iter().find(|path| path.to == from)?;
                    way.metres = way.metres.saturating_add(path.metres);
                    walk_s(&asked.timetable, way.egress, path, asked.slowness)
                }
            };
            way.rides.push(Ride { pattern, day, board, alight, change_s });
            way.egress = route.stops.get(alight as usize)?.stop;
        }
        Some(way)
    }

    /// Goes this way by the first vehicles, which are put into `rides`: when the last one is there. None if
    /// the first one does not leave at once, as then a later departure is as good, or if there is none.
    pub(super) fn go(
        &self,
        (asked, tables): (&Asked<'_>, &mut DayTables),
        departure: Time,
        rides: &mut Vec<RideParent>,
    ) -> Option<Time> {
        let mut at = departure;
        rides.clear();
        for &Ride { pattern, day, board, alight, change_s } in &self.rides {
            at = after(at, change_s);
            let route = Route::of(&asked.timetable, pattern)?;
            let start = asked.days.start(route.pattern.line, day)?;
            let block = tables.block(&asked.timetable, &route, asked.days, day);
            let departures = tables.departures(block, board as usize);
            let seconds = seconds_between(start, at);
            let trip = departures.partition_point(|&departure| departure < seconds);
            let leaves = after(start, *departures.get(trip)?);
            if rides.is_empty() && leaves > at {
                return None;
            }
            let nth = tables.nth(block, trip);
            at = after(start, route.times_of(nth).get(alight as usize)?.arrival_s);
            rides.push(RideParent { pattern, nth, board, alight, day });
        }
        Some(at)
    }
}

/// Those remembered, the last journey's first.
#[derive(Debug, Default)]
pub(super) struct Ways(Vec<Way>);

impl Ways {
    /// Remembers that of a journey.
    pub(super) fn remember(&mut self, asked: &Asked<'_>, found: &Found) {
        let Some(way) = Way::of(asked, found) else { return };
        match self.0.iter().position(|known| *known == way) {
            Some(known) => self.0[..=known].rotate_right(1),
            None => {
                self.0.truncate(MOST - 1);
                self.0.insert(0, way);
            }
        }
    }

    pub(super) fn get(&self, nth: usize) -> Option<&Way> {
        self.0.get(nth)
    }
}
