//! Which trips were boarded where while a search goes from late departures to early ones: who boards no
//! earlier trip than somebody who sat in the vehicle by then, and rode and walked no more, gets nowhere new.
//! The same is what keeps trip-based routing quick: its R(t) (Witt: *Trip-Based Public Transit Routing*,
//! 2015), here for each number of rides and so much walking.

use super::asked::Asked;
use super::days::{Time, after};
use super::labels::refill;
use super::tables::{Block, DayTables};
use crate::city::timetable::PatternIdx;
use std::ops::Range;

/// The trips of a pattern on a service day, as one search sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) pattern: PatternIdx,
    pub(super) day: u8,
    /// When the times of the day count from.
    pub(super) start: Time,
    /// When its first trip leaves the first stop, and when the last one is at the last.
    pub(super) first: Time,
    pub(super) last: Time,
    /// Once somebody asked for it.
    pub(super) block: Option<Block>,
}

/// A trip of a course that was boarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boarded {
    /// Which of the block's trips.
    pub(super) trip: u32,
    /// At which position.
    pub(super) from: u32,
    /// Metres walked before it.
    pub(super) metres: u32,
    /// Rides before it.
    pub(super) rides: u8,
}

impl Boarded {
    /// Whether it is as good from the later of both positions on.
    #[inline]
    fn is_as_good_further_on(&self, other: &Boarded) -> bool {
        self.trip <= other.trip && self.rides <= other.rides && self.metres <= other.metres
    }
}

/// Those of one course, none of which is as good as another one was before it.
#[derive(Debug, Default)]
pub(super) struct Boardings(Vec<Boarded>);

impl Boardings {
    /// The first trip in which somebody sits, at a position or before it, after no more rides and metres.
    #[inline]
    pub(super) fn earliest(&self, position: u32, rides: u8, metres: u32) -> u32 {
        let no_more =
            |known: &&Boarded| known.from <= position && known.rides <= rides && known.metres <= metres;
        self.0.iter().filter(no_more).map(|known| known.trip).min().unwrap_or(u32::MAX)
    }

    /// Notes a boarding, in the place of those that are worse.
    pub(super) fn add(&mut self, boarded: Boarded) {
        self.0.retain(|known| known.from < boarded.from || !boarded.is_as_good_further_on(known));
        self.0.push(boarded);
    }

    /// How far somebody who was [noted](Self::add) gets until another one, who is as good, sits in the
    /// vehicle; `usize::MAX` if to the end, and none if that one did from the beginning.
    pub(super) fn until(&self, boarded: &Boarded) -> Option<usize> {
        let others = self.0.iter().filter(|known| *known != boarded);
        let first = others.filter(|known| known.is_as_good_further_on(boarded)).map(|known| known.from).min();
        match first {
            Some(first) if first <= boarded.from => None,
            first => Some(first.map_or(usize::MAX, |first| first as usize)),
        }
    }
}

/// The courses that a search came across, each with what was boarded in it.
#[derive(Debug, Default)]
pub(super) struct Courses {
    /// Where those of each pattern lie in `all`.
    of_pattern: Vec<Option<(u32, u32)>>,
    all: Vec<Course>,
    /// One a course, and more from searches before.
    boardings: Vec<Boardings>,
}

impl Courses {
    /// Forgets everything.
    pub(super) fn reset(&mut self, patterns: usize) {
        refill(&mut self.of_pattern, patterns, None);
        self.all.clear();
    }

    /// Those of a pattern: none on a day on which nothing leaves in time.
    #[inline]
    pub(super) fn of(&mut self, asked: &Asked<'_>, tables: &DayTables, pattern: PatternIdx) -> Range<usize> {
        match self.of_pattern.get(pattern.at()) {
            Some(Some(known)) => known.0 as usize..known.1 as usize,
            Some(None) => self.meet(asked, tables, pattern),
            None => 0..0,
        }
    }

    #[cold]
    fn meet(&mut self, asked: &Asked<'_>, tables: &DayTables, pattern: PatternIdx) -> Range<usize> {
        let from = self.all.len();
        let line = asked.timetable.pattern(pattern).map(|record| record.line);
        if let Some(line) = line.filter(|_| !asked.avoided.pattern(pattern)) {
            let (of_days, first_s, last_s) = tables.span(pattern);
            for day in asked.days.numbers().filter(|day| of_days >> day & 1 == 1) {
                let Some(start) = asked.days.start(line, day) else { continue };
                let (first, last) = (after(start, first_s), after(start, last_s));
                if first <= asked.latest {
                    self.all.push(Course { pattern, day, start, first, last, block: None });
                }
            }
        }
        for nth in from..self.all.len() {
            match self.boardings.get_mut(nth) {
                Some(boardings) => boardings.0.clear(),
                None => self.boardings.push(Boardings::default()),
            }
        }
        if let Some(known) = self.of_pattern.get_mut(pattern.at()) {
            *known = Some((from as u32, self.all.len() as u32));
        }
        from..self.all.len()
    }

    /// A course by its number, with what was boarded in it.
    #[inline]
    pub(super) fn get(&mut self, nth: usize) -> Option<(&mut Course, &mut Boardings)> {
        self.all.get_mut(nth).zip(self.boardings.get_mut(nth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boarded(trip: u32, from: u32, rides: u8, metres: u32) -> Boarded {
        Boarded { trip, from, metres, rides }
    }

    #[test]
    fn only_who_rode_and_walked_no_more_sat_there_before() {
        let mut boardings = Boardings::default();
        boardings.add(boarded(5, 3, 1, 100));
        boardings.add(boarded(7, 3, 0, 100));
        assert_eq!(boardings.earliest(3, 1, 100), 5);
        assert_eq!(boardings.earliest(9, 1, 100), 5, "and sits there further on");
        assert_eq!(boardings.earliest(2, 1, 100), u32::MAX, "not yet");
        assert_eq!(boardings.earliest(3, 0, 100), 7);
        assert_eq!(boardings.earliest(3, 1, 99), u32::MAX, "somebody walked more");
    }

    #[test]
    fn a_better_boarding_takes_the_place_of_worse_ones() {
        let mut boardings = Boardings::default();
        (0..100).rev().for_each(|trip| boardings.add(boarded(trip, 4, 1, 10)));
        boardings.add(boarded(0, 4, 1, 20));
        boardings.add(boarded(0, 3, 1, 10));
        assert_eq!(boardings.0, [boarded(0, 3, 1, 10)]);
        boardings.add(boarded(3, 3, 0, 20));
        assert_eq!((boardings.earliest(3, 1, 20), boardings.earliest(3, 0, 20)), (0, 3));
    }

    #[test]
    fn who_boards_further_on_ends_the_way_of_those_who_are_no_better() {
        let mut boardings = Boardings::default();
        let [far, near, near_but_walked] = [boarded(2, 6, 1, 10), boarded(2, 3, 1, 10), boarded(1, 2, 1, 50)];
        boardings.add(far);
        boardings.add(near);
        boardings.add(near_but_walked);
        assert_eq!(boardings.until(&far), None, "others sit there already");
        assert_eq!(boardings.until(&near), Some(usize::MAX));
        assert_eq!(boardings.until(&near_but_walked), Some(usize::MAX), "the others sit in a later trip");
        let earlier = boarded(1, 6, 1, 10);
        boardings.add(earlier);
        assert_eq!(boardings.until(&near_but_walked), Some(6));
        assert_eq!(boardings.until(&earlier), Some(usize::MAX));
    }
}
