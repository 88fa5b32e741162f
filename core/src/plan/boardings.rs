//! Which trips were boarded where while a search goes from late departures to early ones: who boards no
//! earlier trip than somebody who sat in the vehicle by then, and rode and walked no more, gets nowhere new.
//! The same is what keeps trip-based routing quick: its R(t) (Witt: *Trip-Based Public Transit Routing*,
//! 2015), here for each number of rides and so much walking.

use super::asked::Asked;
use super::days::{Time, after};
use super::effort::Effort;
use super::labels::refill;
use super::tables::{Block, DayTables};
use crate::city::timetable::{PatternIdx, StopIdx};
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
    /// The effort before it.
    pub(super) effort: Effort,
}

impl Boarded {
    /// Whether it is as good from the later of both positions on.
    #[inline]
    fn is_as_good_further_on(&self, other: &Boarded) -> bool {
        (self.trip <= other.trip) & self.effort.is_no_more_than(&other.effort)
    }
}

/// Those of one course, none of which is as good as another one was before it; the earliest trip last.
#[derive(Debug, Default)]
pub(super) struct Boardings(Vec<Boarded>);

impl Boardings {
    /// The first trip in which somebody sits, at a position or before it, after no more effort.
    #[inline]
    pub(super) fn earliest(&self, position: u32, effort: &Effort) -> u32 {
        let no_more = |known: &&Boarded| (known.from <= position) & known.effort.is_no_more_than(effort);
        self.0.iter().rev().find(no_more).map_or(u32::MAX, |known| known.trip)
    }

    /// Notes a boarding, in the place of those that are worse.
    pub(super) fn add(&mut self, boarded: Boarded) {
        self.0.retain(|known| known.from < boarded.from || !boarded.is_as_good_further_on(known));
        let at = self.0.iter().rposition(|known| known.trip >= boarded.trip).map_or(0, |last| last + 1);
        self.0.insert(at, boarded);
    }

    /// How far somebody who was [noted](Self::add) gets until another one, who is as good, sits in the
    /// vehicle; `usize::MAX` if to the end, and none if that one did from the beginning.
    pub(super) fn until(&self, boarded: &Boarded) -> Option<usize> {
        let no_later = self.0.iter().rev().take_while(|known| known.trip <= boarded.trip);
        let others = no_later.filter(|known| *known != boarded);
        let first = others.filter(|known| known.is_as_good_further_on(boarded)).map(|known| known.from).min();
        match first {
            Some(first) if first <= boarded.from => None,
            first => Some(first.map_or(usize::MAX, |first| first as usize)),
        }
    }
}

/// Where a course can be boarded, and who catches nothing new there: most of those who come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    /// The number of the course.
    pub(super) course: u32,
    /// Where in its pattern.
    pub(super) position: u32,
    /// When the course's first trip leaves its first stop.
    first: Time,
    /// They are ready later than this,
    after: Time,
    /// after so much effort or more.
    effort: Effort,
}

impl Stand {
    /// Whether somebody is known to catch nothing new.
    #[inline]
    pub(super) fn is_vain(&self, at: Time, effort: &Effort) -> bool {
        at > self.after && self.effort.is_no_more_than(effort)
    }

    /// Notes that nobody catches anything new who is ready later than `after`, after no less effort.
    pub(super) fn note_vain(&mut self, after: Time, effort: Effort) {
        (self.after, self.effort) = (after, effort);
    }
}

/// The courses that a search came across, each with what was boarded in it.
#[derive(Debug, Default)]
pub(super) struct Courses {
    /// Where those of each pattern lie in `all`.
    of_pattern: Vec<Span>,
    all: Vec<Course>,
    /// One a course, and more from searches before.
    boardings: Vec<Boardings>,
    /// Where those of each stop lie in `stands`.
    at_stop: Vec<Span>,
    stands: Vec<Stand>,
}

/// From where to where.
type Span = (u32, u32);

const NOT_MET: Span = (u32::MAX, 0);

fn range(span: Span) -> Range<usize> {
    span.0 as usize..span.1 as usize
}

impl Courses {
    /// Forgets everything.
    pub(super) fn reset(&mut self, stops: usize, patterns: usize) {
        refill(&mut self.of_pattern, patterns, NOT_MET);
        refill(&mut self.at_stop, stops, NOT_MET);
        self.all.clear();
        self.stands.clear();
    }

    /// The numbers of the stands at a stop.
    #[inline]
    pub(super) fn at(&mut self, asked: &Asked<'_>, tables: &DayTables, stop: StopIdx) -> Range<usize> {
        match self.at_stop.get(stop.at()) {
            Some(&NOT_MET) => self.come_to(asked, tables, stop),
            known => known.map_or(0..0, |&known| range(known)),
        }
    }

    #[cold]
    fn come_to(&mut self, asked: &Asked<'_>, tables: &DayTables, stop: StopIdx) -> Range<usize> {
        let from = self.stands.len();
        for at in tables.patterns_at(stop) {
            let (position, effort) = (at.position, Effort::default());
            for course in self.of(asked, tables, at.pattern) {
                let Some(&Course { first, last, .. }) = self.all.get(course) else { continue };
                self.stands.push(Stand { course: course as u32, position, first, after: last, effort });
            }
        }
        self.stands[from..].sort_by_key(|stand| stand.first);
        let span = (from as u32, self.stands.len() as u32);
        if let Some(known) = self.at_stop.get_mut(stop.at()) {
            *known = span;
        }
        range(span)
    }

    /// Those of a pattern: none on a day on which nothing leaves in time.
    fn of(&mut self, asked: &Asked<'_>, tables: &DayTables, pattern: PatternIdx) -> Range<usize> {
        match self.of_pattern.get(pattern.at()) {
            Some(&NOT_MET) => self.meet(asked, tables, pattern),
            known => known.map_or(0..0, |&known| range(known)),
        }
    }

    fn meet(&mut self, asked: &Asked<'_>, tables: &DayTables, pattern: PatternIdx) -> Range<usize> {
        let from = self.all.len();
        let line = asked.timetable.pattern(pattern).map(|record| record.line);
        if let Some(line) = line.filter(|_| !asked.avoided.pattern(pattern)) {
            let (of_days, first_s, last_s) = tables.span(pattern);
            for day in asked.days.numbers().filter(|day| of_days >> day & 1 == 1) {
                let Some(start) = asked.days.start(line, day) else { continue };
                let (first, last) = (after(start, first_s), after(start, last_s));
                if first <= asked.latest && last >= asked.earliest {
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
        let span = (from as u32, self.all.len() as u32);
        if let Some(known) = self.of_pattern.get_mut(pattern.at()) {
            *known = span;
        }
        range(span)
    }

    /// The first of these stands where somebody may catch something new that leaves before a time.
    #[inline]
    pub(super) fn next_stand(
        &self,
        stands: &Range<usize>,
        (at, effort): (Time, &Effort),
        must_leave: Time,
    ) -> Option<usize> {
        let all = self.stands.get(stands.clone()).unwrap_or_default();
        let in_time = all.iter().take_while(|stand| stand.first < must_leave);
        let nth = in_time.map(|stand| stand.is_vain(at, effort)).position(|is_vain| !is_vain);
        nth.map(|nth| stands.start + nth)
    }

    /// A stand by its number.
    #[inline]
    pub(super) fn stand(&mut self, nth: usize) -> Option<&mut Stand> {
        self.stands.get_mut(nth)
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

    fn effort(rides: u8, metres: u32) -> Effort {
        Effort { metres, rides, to_pass: false }
    }

    fn boarded(trip: u32, from: u32, rides: u8, metres: u32) -> Boarded {
        Boarded { trip, from, effort: effort(rides, metres) }
    }

    #[test]
    fn only_who_rode_and_walked_no_more_sat_there_before() {
        let mut boardings = Boardings::default();
        boardings.add(boarded(5, 3, 1, 100));
        boardings.add(boarded(7, 3, 0, 100));
        assert_eq!(boardings.earliest(3, &effort(1, 100)), 5);
        assert_eq!(boardings.earliest(9, &effort(1, 100)), 5, "and sits there further on");
        assert_eq!(boardings.earliest(2, &effort(1, 100)), u32::MAX, "not yet");
        assert_eq!(boardings.earliest(3, &effort(0, 100)), 7);
        assert_eq!(boardings.earliest(3, &effort(1, 99)), u32::MAX, "somebody walked more");
    }

    #[test]
    fn a_better_boarding_takes_the_place_of_worse_ones() {
        let mut boardings = Boardings::default();
        (0..100).rev().for_each(|trip| boardings.add(boarded(trip, 4, 1, 10)));
        boardings.add(boarded(0, 4, 1, 20));
        boardings.add(boarded(0, 3, 1, 10));
        assert_eq!(boardings.0, [boarded(0, 3, 1, 10)]);
        boardings.add(boarded(3, 3, 0, 20));
        assert_eq!((boardings.earliest(3, &effort(1, 20)), boardings.earliest(3, &effort(0, 20))), (0, 3));
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

    #[test]
    fn only_who_comes_later_and_rode_and_walked_no_less_comes_in_vain() {
        let mut stand = Stand { course: 0, position: 0, first: 0, after: Time::MAX, effort: effort(0, 0) };
        assert!(!stand.is_vain(100, &effort(9, 999)), "nothing is known");
        stand.note_vain(100, effort(1, 10));
        assert!(stand.is_vain(101, &effort(1, 10)));
        assert!(
            !stand.is_vain(100, &effort(1, 10))
                && !stand.is_vain(101, &effort(0, 10))
                && !stand.is_vain(101, &effort(1, 9))
        );
    }
}
