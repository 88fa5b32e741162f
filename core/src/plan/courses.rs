//! The courses that a search comes across, what was boarded in each, and what leaves a stop when.
//!
//! Whoever comes to a stop before somebody who rode and walked no more catches nothing new but what leaves
//! between the two. So what leaves is laid out stop by stop, some time at once, when it is first asked for.

use super::asked::Asked;
use super::boardings::Boardings;
use super::days::{NEVER, Time, after};
use super::labels::refill;
use super::raptor::seconds_between;
use super::route::Route;
use super::tables::{Block, DayTables};
use crate::city::timetable::{PatternIdx, StopIdx};
use std::ops::Range;

/// What leaves a stop is laid out for so many seconds at a time.
const PART_S: Time = 5_400;

/// How many departures are kept room for from one question to the next: 1.5 MB.
const MOST_KEPT: usize = 125_000;

/// The trips of a pattern on a service day, as one search sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) pattern: PatternIdx,
    pub(super) day: u8,
    /// When the times of the day count from.
    pub(super) start: Time,
    /// When its first trip leaves the first stop, and when the last one is at the last.
    first: Time,
    last: Time,
    /// Once somebody asked for it.
    block: Option<Block>,
}

impl Course {
    /// Its trips; none of a pattern that the pack does not hold whole.
    pub(super) fn block(&mut self, asked: &Asked<'_>, tables: &mut DayTables) -> Option<Block> {
        if self.block.is_none() {
            let route = Route::of(&asked.timetable, self.pattern)?;
            self.block = Some(tables.block(&asked.timetable, &route, asked.days, self.day));
        }
        self.block
    }
}

/// Where a course can be boarded.
#[derive(Clone, Copy, Debug)]
struct Stand {
    /// The number of the course.
    course: u32,
    /// Where in its pattern.
    position: u32,
    /// When the course's first trip leaves its first stop.
    first: Time,
    /// The number of the part that was laid out last, and the first trip that leaves in it or later.
    laid_out: (Time, u32),
}

/// A vehicle that leaves a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) at: Time,
    /// The number of the stand.
    pub(super) stand: u32,
    /// Which of the block's trips it is.
    pub(super) trip: u32,
}

/// A stop that a search came to.
#[derive(Clone, Copy, Debug)]
struct AtStop {
    /// Where its stands lie.
    stands: Span,
    /// Which of `parts` was laid out last.
    last_part: u32,
}

/// Some time at a stop.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Counted from the moment of the question.
    number: Time,
    /// Where its departures lie in `leaving`.
    leaving: Span,
    /// The one that was laid out before it.
    before: u32,
}

/// See the module. Holds for one question.
#[derive(Debug, Default)]
pub(super) struct Courses {
    /// Where those of each pattern lie in `all`.
    of_pattern: Vec<Span>,
    all: Vec<Course>,
    /// One a course, and more from searches before.
    boardings: Vec<Boardings>,
    at_stop: Vec<AtStop>,
    /// The stands of a stop, by when the course's first trip leaves its first stop.
    stands: Vec<Stand>,
    parts: Vec<Part>,
    /// The departures of each part, earliest first.
    leaving: Vec<Leaving>,
}

/// From where to where.
type Span = (u32, u32);

const NOT_MET: Span = (u32::MAX, 0);

const NOT_COME_TO: AtStop = AtStop { stands: NOT_MET, last_part: u32::MAX };

fn range(span: Span) -> Range<usize> {
    span.0 as usize..span.1 as usize
}

impl Courses {
    /// Forgets everything.
    pub(super) fn reset(&mut self, asked: &Asked<'_>) {
        refill(&mut self.of_pattern, asked.timetable.pattern_count(), NOT_MET);
        refill(&mut self.at_stop, asked.timetable.stops.len(), NOT_COME_TO);
        self.all.clear();
        self.stands.clear();
        self.parts.clear();
        self.leaving.clear();
        self.leaving.shrink_to(MOST_KEPT);
    }

    fn come_to(&mut self, asked: &Asked<'_>, tables: &DayTables, stop: StopIdx) -> AtStop {
        match self.at_stop.get(stop.at()) {
            Some(at) if at.stands == NOT_MET => self.set_up(asked, tables, stop),
            at => at.copied().unwrap_or(AtStop { stands: (0, 0), ..NOT_COME_TO }),
        }
    }

    #[cold]
    fn set_up(&mut self, asked: &Asked<'_>, tables: &DayTables, stop: StopIdx) -> AtStop {
        let from = self.stands.len();
        for at in tables.patterns_at(stop) {
            for course in self.of(asked, tables, at.pattern) {
                let Some(&Course { first, .. }) = self.all.get(course) else { continue };
                let (course, laid_out) = (course as u32, (NEVER, 0));
                self.stands.push(Stand { course, position: at.position, first, laid_out });
            }
        }
        self.stands[from..].sort_by_key(|stand| stand.first);
        let at = AtStop { stands: (from as u32, self.stands.len() as u32), ..NOT_COME_TO };
        self.at_stop[stop.at()] = at;
        at
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
                Some(boardings) => boardings.clear(),
                None => self.boardings.push(Boardings::default()),
            }
        }
        let span = (from as u32, self.all.len() as u32);
        if let Some(known) = self.of_pattern.get_mut(pattern.at()) {
            *known = span;
        }
        range(span)
    }

    /// A course by its number, with what was boarded in it.
    #[inline]
    pub(super) fn get(&mut self, nth: u32) -> Option<(&mut Course, &mut Boardings)> {
        let nth = nth as usize;
        self.all.get_mut(nth).zip(self.boardings.get_mut(nth))
    }

    /// The numbers of the stands at a stop whose courses' first trips leave their first stops before a time.
    pub(super) fn begun_at(
        &mut self,
        asked: &Asked<'_>,
        tables: &DayTables,
        stop: StopIdx,
        before: Time,
    ) -> Range<u32> {
        let stands = self.come_to(asked, tables, stop).stands;
        let all = self.stands.get(range(stands)).unwrap_or_default();
        stands.0..stands.0 + all.partition_point(|stand| stand.first < before) as u32
    }

    /// A stand by its number: the number of its course, and where in its pattern the stop is.
    #[inline]
    pub(super) fn stand(&self, nth: u32) -> Option<(u32, u32)> {
        self.stands.get(nth as usize).map(|stand| (stand.course, stand.position))
    }

    /// Where the departures from a stop lie in `[from, until)`, or in so much of it as one part holds; and
    /// when the next part begins, if there is more.
    #[inline]
    pub(super) fn leaving(
        &mut self,
        asked: &Asked<'_>,
        tables: &mut DayTables,
        stop: StopIdx,
        (from, until): (Time, Time),
    ) -> (Range<usize>, Option<Time>) {
        let number = from.div_euclid(PART_S);
        let next = number.saturating_add(1).saturating_mul(PART_S);
        let mut part = self.come_to(asked, tables, stop).last_part;
        let span = loop {
            match self.parts.get(part as usize) {
                Some(known) if known.number == number => break known.leaving,
                Some(other) => part = other.before,
                None => break self.lay_out(asked, tables, stop, number),
            }
        };
        let all = self.leaving.get(range(span)).unwrap_or_default();
        let first = span.0 as usize + all.partition_point(|leaving| leaving.at < from);
        (first..span.1 as usize, Some(next).filter(|&next| next < until))
    }

    /// A departure by where it lies.
    #[inline]
    pub(super) fn leaves(&self, nth: usize) -> Option<Leaving> {
        self.leaving.get(nth).copied()
    }

    #[cold]
    fn lay_out(&mut self, asked: &Asked<'_>, tables: &mut DayTables, stop: StopIdx, number: Time) -> Span {
        let from = number.saturating_mul(PART_S);
        let until = from.saturating_add(PART_S);
        let first = self.leaving.len();
        let Some(at) = self.at_stop.get_mut(stop.at()) else { return (0, 0) };
        let stands = self.stands.get_mut(range(at.stands)).unwrap_or_default();
        for (number_of_stand, stand) in (at.stands.0..).zip(stands) {
            let Some(course) = self.all.get_mut(stand.course as usize) else { continue };
            if course.first >= until || course.last < from {
                continue;
            }
            let (start, position) = (course.start, stand.position as usize);
            let Some(block) = course.block(asked, tables) else { continue };
            let seconds = |time| seconds_between(start, time);
            let departures = tables.departures(block, position);
            // Mostly the part after it was laid out before.
            let end = match stand.laid_out {
                (after, trip) if after == number + 1 => trip as usize,
                _ => departures.partition_point(|&departure| departure < seconds(until)),
            };
            let (from, before) = (seconds(from), departures.get(..end).unwrap_or_default());
            let begin = end - before.iter().rev().take_while(|departure| **departure >= from).count();
            let here = before.iter().enumerate().skip(begin);
            self.leaving.extend(here.map(|(trip, &departure)| Leaving {
                at: after(start, departure),
                stand: number_of_stand,
                trip: trip as u32,
            }));
            stand.laid_out = (number, begin as u32);
        }
        self.leaving[first..].sort_unstable_by_key(|leaving| (leaving.at, leaving.stand, leaving.trip));
        let leaving = (first as u32, self.leaving.len() as u32);
        let before = std::mem::replace(&mut at.last_part, self.parts.len() as u32);
        self.parts.push(Part { number, leaving, before });
        leaving
    }
}
