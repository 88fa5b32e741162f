//! At which moments a passenger can be at the destination at all: when vehicles come to the stops near it,
//! and the walks from these.
//!
//! Who is to be there before a journey that is known must be there at one of them. So what is left aside for
//! being too late is left aside some minutes earlier: a wait for the last vehicle, which
//! [bounds](super::bounds) know nothing of.

use super::asked::Asked;
use super::days::{Time, after};
use super::route::{NOT_HERE, Route};
use super::tables::DayTables;
use std::collections::BTreeMap;

/// They are found for so many seconds at a time.
const PART_S: Time = 3_600;

/// See the module. Holds for one question.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Those of each part that was asked about, by its number, earliest first.
    parts: BTreeMap<Time, Vec<Time>>,
}

impl Arrivals {
    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.parts.clear();
    }

    /// The first moment at which nobody is there sooner than `arrival` any more.
    pub(super) fn too_late(&mut self, asked: &Asked<'_>, tables: &mut DayTables, arrival: Time) -> Time {
        let part = arrival.saturating_sub(1).div_euclid(PART_S);
        let times = self.parts.entry(part).or_insert_with(|| of_part(asked, tables, part));
        let before = times.partition_point(|&time| time < arrival).checked_sub(1);
        before.and_then(|nth| times.get(nth)).map_or(part.saturating_mul(PART_S), |&time| time + 1)
    }
}

fn of_part(asked: &Asked<'_>, tables: &mut DayTables, part: Time) -> Vec<Time> {
    let Asked { timetable, days, .. } = *asked;
    let from = part.saturating_mul(PART_S);
    let until = from.saturating_add(PART_S);
    let mut times = Vec::new();
    for walk in asked.egress {
        for at in timetable.patterns_now_at(walk.stop) {
            let (of_days, first_s, last_s) = tables.span(at.pattern);
            let Some(route) = Route::of(&timetable, at.pattern).filter(|_| of_days != 0) else { continue };
            let position = at.position as usize;
            if position == 0 || route.stops.get(position).is_none_or(|stop| stop.drop_off == NOT_HERE) {
                continue;
            }
            for day in days.numbers().filter(|day| of_days >> day & 1 == 1) {
                let Some(start) = days.start(route.pattern.line, day) else { continue };
                let there = |seconds| after(after(start, seconds), walk.seconds);
                if there(last_s) < from || there(first_s) >= until {
                    continue;
                }
                let block = tables.block(&timetable, &route, days, day);
                let arrival = |trip| there(route.time(tables.nth(block, trip) as usize, position).arrival_s);
                let first = route.partition_point(block.trips, |trip| arrival(trip) < from);
                times.extend((first..block.trips).map(arrival).take_while(|&time| time < until));
            }
        }
    }
    times.sort_unstable();
    times.dedup();
    times
}
