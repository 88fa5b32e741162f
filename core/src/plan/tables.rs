//! The timetable of a few days as RAPTOR reads it quickest, made out of the pack when a pattern is first
//! asked for on a day, and kept for the next question.
//!
//! For each pattern and service day: which of its trips run, and position by position when they leave. A
//! pattern that the pack does not hold whole is left out, so that whoever walks one need not look again.

use super::days::{MOST_DAYS, ServiceDays};
use super::route::{NOT_HERE, Route};
use crate::city::overlay::Overlay;
use crate::city::timetable::{PatternIdx, ServiceIdx, StopIdx, StopPattern, Timetable, TripRecord};

/// How many numbers are kept from one question to the next: 12 MB.
const MOST_KEPT: usize = 3_000_000;

/// How many numbers there may be at all: a pack whose patterns lie across one another could ask for any.
const MOST_NUMBERS: usize = 100_000_000;

/// GTFS `wheelchair_accessible` and `wheelchair_boarding`: no. Zero is not known, and not "no".
pub(super) const NO_WHEELCHAIR: u8 = 2;

/// Which days of which pack the tables hold. Where its arrays lie and how long they are tells packs apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    arrays: [(usize, usize); 4],
    first_day: i32,
    days: usize,
    step_free: bool,
    overlay: u64,
}

/// The trips of a pattern that run on one service day. Lies in [`DayTables::numbers`]: their numbers in
/// the pattern, then position by position when they leave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    first: usize,
    pub(super) trips: usize,
}

#[derive(Clone, Debug)]
struct PatternDays {
    /// Bit `d`: some trip runs on day number `d`.
    days: u8,
    /// First departure and last arrival, in seconds after the start of a day.
    span: (u32, u32),
    blocks: [Option<Block>; MOST_DAYS],
}

const NO_DAYS: PatternDays = PatternDays { days: 0, span: (u32::MAX, 0), blocks: [None; MOST_DAYS] };

/// See the module.
#[derive(Debug, Default)]
pub(super) struct DayTables {
    key: Option<Key>,
    step_free: bool,
    patterns: Vec<PatternDays>,
    numbers: Vec<u32>,
    /// The patterns that can be boarded at each stop on one of the days: ranges of `stop_patterns`.
    offsets: Vec<u32>,
    stop_patterns: Vec<StopPattern>,
}

impl DayTables {
    /// Makes ready for these days of this timetable.
    pub(super) fn prepare(&mut self, timetable: &Timetable<'_>, days: &ServiceDays<'_>, step_free: bool) {
        let lies = |at: *const u8, length: usize| (at as usize, length);
        let key = Key {
            arrays: [
                lies(timetable.patterns.as_ptr().cast(), timetable.patterns.len()),
                lies(timetable.pattern_stops.as_ptr().cast(), timetable.pattern_stops.len()),
                lies(timetable.trips.as_ptr().cast(), timetable.trips.len()),
                lies(timetable.times.as_ptr().cast(), timetable.times.len()),
            ],
            first_day: days.day(0),
            days: days.numbers().len(),
            step_free,
            overlay: timetable.overlay.map_or(0, Overlay::stamp),
        };
        if self.key == Some(key) && self.offsets.len() == timetable.stops.len() + 1 {
            if self.numbers.len() > MOST_KEPT {
                self.numbers = Vec::new();
                self.patterns.iter_mut().for_each(|pattern| pattern.blocks = [None; MOST_DAYS]);
            }
            return;
        }
        (self.key, self.step_free) = (Some(key), step_free);
        self.numbers.clear();
        self.numbers.shrink_to(MOST_KEPT / 4);
        self.patterns.clear();
        let patterns = (0..).map(PatternIdx).take(timetable.pattern_count());
        self.patterns.extend(patterns.map(|idx| pattern_days(timetable, days, idx).unwrap_or(NO_DAYS)));
        self.lay_out_stops(timetable);
    }

    fn lay_out_stops(&mut self, timetable: &Timetable<'_>) {
        self.offsets.clear();
        self.stop_patterns.clear();
        for stop in (0..).map(StopIdx).take(timetable.stops.len()) {
            self.offsets.push(self.stop_patterns.len() as u32);
            let runs = |at: &&StopPattern| self.patterns.get(at.pattern.at()).is_some_and(|p| p.days != 0);
            let here = timetable.patterns_now_at(stop).filter(runs);
            self.stop_patterns.extend(here.filter(|at| boards(timetable, at)));
        }
        self.offsets.push(self.stop_patterns.len() as u32);
    }

    /// The patterns that can be boarded at a stop on one of the days.
    pub(super) fn patterns_at(&self, stop: StopIdx) -> &[StopPattern] {
        let ends = self.offsets.get(stop.at()).zip(self.offsets.get(stop.at().saturating_add(1)));
        ends.and_then(|(&start, &end)| self.stop_patterns.get(start as usize..end as usize))
            .unwrap_or_default()
    }

    /// First departure and last arrival of a pattern, in seconds after the start of a day, and the days on
    /// which it runs as bits.
    pub(super) fn span(&self, pattern: PatternIdx) -> (u8, u32, u32) {
        self.patterns.get(pattern.at()).map_or((0, u32::MAX, 0), |p| (p.days, p.span.0, p.span.1))
    }

    /// The trips of a pattern on a day.
    pub(super) fn block(
        &mut self,
        timetable: &Timetable<'_>,
        route: &Route<'_>,
        days: &ServiceDays<'_>,
        day: u8,
    ) -> Block {
        let known = self.patterns.get(route.idx.at()).and_then(|p| p.blocks.get(usize::from(day)));
        match known {
            Some(Some(block)) => *block,
            Some(None) => self.make_block(timetable, route, days, day),
            None => Block::default(),
        }
    }

    fn make_block(
        &mut self,
        timetable: &Timetable<'_>,
        route: &Route<'_>,
        days: &ServiceDays<'_>,
        day: u8,
    ) -> Block {
        let step_free = self.step_free;
        let left_out =
            |nth| route.trip(nth as usize).is_some_and(|trip| timetable.is_left_out(trip, days.day(day)));
        let runs = |nth: u32, trip: &TripRecord| {
            days.runs(trip.service, day) && !(step_free && trip.wheelchair == NO_WHEELCHAIR) && !left_out(nth)
        };
        let first = self.numbers.len();
        let running = (0..).zip(route.trips).filter(|(nth, trip)| runs(*nth, trip)).map(|(nth, _)| nth);
        self.numbers.extend(running);
        let trips = self.numbers.len() - first;
        let whole = trips.checked_mul(1 + route.stops.len()).and_then(|more| first.checked_add(more));
        let Some(whole) = whole.filter(|&whole| whole <= MOST_NUMBERS) else {
            self.numbers.truncate(first);
            return Block::default();
        };
        self.numbers.resize(whole, 0);
        let (numbers, columns) = self.numbers[first..].split_at_mut(trips);
        for (column, &nth) in numbers.iter().enumerate() {
            for (position, time) in route.times_of(nth).iter().enumerate() {
                columns[position * trips + column] = time.departure_s;
            }
        }
        let block = Block { first, trips };
        self.patterns[route.idx.at()].blocks[usize::from(day)] = Some(block);
        block
    }

    /// Whether a trip of a pattern, by its number in it, runs on a day.
    pub(super) fn holds(
        &mut self,
        timetable: &Timetable<'_>,
        route: &Route<'_>,
        days: &ServiceDays<'_>,
        day: u8,
        nth: u32,
    ) -> bool {
        // A pattern that the pack does not hold whole runs on no day.
        if self.span(route.idx).0.checked_shr(u32::from(day)).unwrap_or(0) & 1 == 0 {
            return false;
        }
        let block = self.block(timetable, route, days, day);
        let numbers = self.numbers.get(block.first..block.first + block.trips).unwrap_or_default();
        numbers.binary_search(&nth).is_ok()
    }

    /// When the trips of a block leave a position, in seconds after the start of the day.
    #[inline]
    pub(super) fn departures(&self, block: Block, position: usize) -> &[u32] {
        let column = block.first + block.trips * (1 + position);
        self.numbers.get(column..column + block.trips).unwrap_or_default()
    }

    /// The first trip of a block, of those before `end`, that leaves a position `seconds` after the start
    /// of the day or later: the paper's et(r, p). `end` if there is none.
    pub(super) fn earliest_trip(&self, block: Block, position: usize, seconds: u32, end: usize) -> usize {
        let departures = self.departures(block, position).get(..end).unwrap_or_default();
        departures.partition_point(|&departure| departure < seconds)
    }

    /// When a trip of a block leaves a position, in seconds after the start of the day.
    pub(super) fn departure_s(&self, block: Block, position: usize, trip: usize) -> u32 {
        self.numbers.get(block.first + block.trips * (1 + position) + trip).copied().unwrap_or(u32::MAX)
    }

    /// Which trip of the pattern a trip of a block is.
    pub(super) fn nth(&self, block: Block, trip: usize) -> u32 {
        self.numbers.get(block.first + trip).copied().unwrap_or(u32::MAX)
    }
}

/// Where the departures begin that are not before a time, looked for from the last one backwards in steps
/// that grow: for whom it is likely near the end.
#[inline]
pub(super) fn first_from(departures: &[u32], seconds: u32) -> usize {
    let (mut from, mut step) = (departures.len(), 1);
    while from > 0 {
        let before = from.saturating_sub(step);
        let between = &departures[before..from];
        if between.first().is_some_and(|&departure| departure < seconds) {
            return before + between.partition_point(|&departure| departure < seconds);
        }
        (from, step) = (before, step * 2);
    }
    0
}

/// Whether anybody can board there: not at the last stop.
fn boards(timetable: &Timetable<'_>, at: &StopPattern) -> bool {
    let stops = timetable.pattern(at.pattern).map_or(&[][..], |pattern| timetable.stops_of(pattern));
    let here = stops.split_last().and_then(|(_, before)| before.get(at.position as usize));
    here.is_some_and(|stop| stop.pickup != NOT_HERE)
}

fn pattern_days(timetable: &Timetable<'_>, days: &ServiceDays<'_>, idx: PatternIdx) -> Option<PatternDays> {
    let route = Route::of(timetable, idx)?;
    let held = |stop: StopIdx| stop.at() < timetable.stops.len();
    if !route.stops.iter().all(|stop| held(stop.stop)) {
        return None;
    }
    let (mut of_days, mut service) = (0, ServiceIdx::NONE);
    for trip in route.trips {
        if trip.service != service {
            service = trip.service;
            of_days |= days.days_of(service);
        }
    }
    let first = route.times_of(0).first()?;
    let last = route.times_of(route.trips.len() as u32 - 1).last()?;
    let span = (first.departure_s, last.arrival_s);
    Some(PatternDays { days: of_days, span, blocks: [None; MOST_DAYS] })
}

#[cfg(test)]
mod tests {
    use super::first_from;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn looked_for_from_the_end_it_is_where_it_is(
            mut departures in prop::collection::vec(0..30_u32, 0..20),
            seconds in 0..32_u32,
        ) {
            departures.sort_unstable();
            let first = departures.iter().filter(|departure| **departure < seconds).count();
            prop_assert_eq!(first_from(&departures, seconds), first);
        }
    }
}
