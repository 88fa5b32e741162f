//! Staying seated where a vehicle goes on as another trip: one ride, without a change.
//!
//! RAPTOR boards the first trip of a pattern that can be caught, since no later one is sooner anywhere in
//! the pattern. For what its vehicle does next, a later one may be the better. So the next trips of all
//! trips from that one on are looked at, each once for a number of rides, as trip-based routing reaches
//! trips (Witt: *Trip-Based Public Transit Routing*, 2015), and walked from their beginning.
//!
//! A timetable without continuations costs nothing here.

use super::asked::{Asked, Ridden};
use super::days::{NEVER, ServiceDays, Time, after};
use super::effort::Effort;
use super::labels::RideParent;
use super::route::Route;
use super::tables::DayTables;
use crate::city::continuations::Continuation;
use crate::city::overlay::Overlay;
use crate::city::timetable::{PatternIdx, Timetable, TripIdx};
use std::collections::{HashMap, VecDeque};

/// From this number on, [`RideParent::board`] is the number of a seat in which the passenger stayed.
const SEATED: u32 = 1 << 31;

/// The trip of a vehicle in which a passenger stayed seated, from its first stop on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The ride in the trip before, to its last stop.
    before: RideParent,
    pub(super) pattern: PatternIdx,
    nth: u32,
    pub(super) day: u8,
    /// What the passenger did before this ride, and what they boarded after: for a search that compares
    /// walking.
    pub(super) effort: Effort,
    pub(super) step: u32,
}

/// A passenger in a trip up to its last stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sits {
    /// The ride to the last stop.
    pub(super) ride: RideParent,
    /// What the passenger did before it.
    pub(super) effort: Effort,
    pub(super) step: u32,
}

/// The seats of a search, each walked once, in the order in which they were taken.
#[derive(Debug, Default)]
pub(super) struct Seats {
    some: bool,
    all: Vec<Seat>,
    /// The first one that is not walked yet.
    next: usize,
    /// From which trips of a pattern on, on a day, all next trips were looked at.
    boarded: HashMap<(PatternIdx, u8), Vec<Boarded>>,
    /// After what effort somebody sat in a trip of a day.
    sat: HashMap<(TripIdx, u8), Vec<Effort>>,
}

/// The number of a trip in its pattern, and the effort before it.
type Boarded = (u32, Effort);

impl Seats {
    pub(super) fn reset(&mut self, timetable: &Timetable<'_>) {
        self.some = !timetable.continuations.is_empty();
        self.all.clear();
        self.next = 0;
        self.boarded.clear();
        self.sat.clear();
    }

    /// Whether the vehicle of any trip goes on as another.
    pub(super) fn some(&self) -> bool {
        self.some
    }

    /// A seat that is not walked yet, and what stands for its boarding.
    pub(super) fn next(&mut self) -> Option<(u32, Seat)> {
        let seat = *self.all.get(self.next)?;
        let number = SEATED.checked_add(u32::try_from(self.next).ok()?)?;
        self.next += 1;
        Some((number, seat))
    }

    /// Takes the seats in the next trips of all trips of a route that can be boarded as this one is, itself
    /// and all later ones, as long as it is worth being at their last stop when they are.
    pub(super) fn after_boarding(
        &mut self,
        (asked, tables): (&Asked<'_>, &mut DayTables),
        route: &Route<'_>,
        sits: Sits,
        worth: impl Fn(Time) -> bool,
    ) {
        if asked.timetable.is_laid(route.pattern.first_trip) {
            return self.after_sitting((asked, tables), route, sits, worth);
        }
        let continuations = asked.timetable.continuations_of(route.pattern);
        if continuations.is_empty() {
            return;
        }
        let from = sits.ride.nth;
        let known = self.boarded.entry((route.idx, sits.ride.day)).or_default();
        let as_good = known.iter().filter(|known| known.1.is_no_more_than(&sits.effort));
        let until = as_good.map(|known| known.0).min().unwrap_or(u32::MAX);
        if until <= from {
            return;
        }
        known.retain(|known| known.0 < from || !sits.effort.is_no_more_than(&known.1));
        known.push((from, sits.effort));
        let nth = |c: &Continuation| c.from.0.wrapping_sub(route.pattern.first_trip.0);
        let first = continuations.partition_point(|c| nth(c) < from);
        for c in continuations.iter().skip(first).take_while(|c| nth(c) < until) {
            let sits = Sits { ride: RideParent { nth: nth(c), ..sits.ride }, ..sits };
            if !self.take(asked, tables, route, c, sits, &worth) {
                break;
            }
        }
    }

    /// Takes the seats in the next trips of one trip of a route.
    pub(super) fn after_sitting(
        &mut self,
        (asked, tables): (&Asked<'_>, &mut DayTables),
        route: &Route<'_>,
        sits: Sits,
        worth: impl Fn(Time) -> bool,
    ) {
        let trip = TripIdx(route.pattern.first_trip.0.saturating_add(sits.ride.nth));
        let trip = asked.timetable.origin(trip).unwrap_or(trip);
        for c in asked.timetable.continuations_in(trip, 1) {
            self.take(asked, tables, route, c, sits, &worth);
        }
    }

    /// Takes a seat, if one can and nobody did before who was at least as well off. False if the trip before
    /// ends too late to be worth it.
    fn take(
        &mut self,
        asked: &Asked<'_>,
        tables: &mut DayTables,
        route: &Route<'_>,
        c: &Continuation,
        sits: Sits,
        worth: &impl Fn(Time) -> bool,
    ) -> bool {
        let Sits { ride, effort, step } = sits;
        let ends = asked.days.start(route.pattern.line, ride.day).zip(route.times_of(ride.nth).last());
        let Some(arrives) = ends.map(|(start, time)| after(start, time.arrival_s)) else { return true };
        if !worth(arrives) {
            return false;
        }
        let goes_on = asked.days.runs(c.service, ride.day)
            && tables.holds(&asked.timetable, route, asked.days, ride.day, ride.nth);
        let day = u32::from(ride.day).saturating_add(c.days_later);
        let day = u8::try_from(day).ok().filter(|day| asked.days.numbers().contains(day));
        let Some(day) = day.filter(|_| goes_on) else { return true };
        if let Some(seat) = next_trip(asked, tables, c.to, day, arrives) {
            let sat = self.sat.entry((c.to, day)).or_default();
            if !sat.iter().any(|sat| sat.is_no_more_than(&effort)) && self.all.len() < SEATED as usize {
                sat.push(effort);
                self.all.push(Seat { before: ride, effort, step, ..seat });
            }
        }
        true
    }

    /// The trips of one ride, last one first, on to others before it; and how the first of them was boarded.
    pub(super) fn unfold(
        &self,
        timetable: &Timetable<'_>,
        days: &ServiceDays<'_>,
        ride: RideParent,
        rides: &mut Vec<Ridden>,
    ) -> Option<RideParent> {
        let mut ride = ride;
        // A seat comes after the one before it in the list, so this ends.
        loop {
            let RideParent { pattern, nth, board, alight, day } = ride;
            let trip = TripIdx(timetable.pattern(pattern)?.first_trip.0.checked_add(nth)?);
            let service_day = days.day(day);
            let Some(seat) = board.checked_sub(SEATED) else {
                rides.push(Ridden { pattern, trip, service_day, board, alight, seated: false });
                return Some(ride);
            };
            rides.push(Ridden { pattern, trip, service_day, board: 0, alight, seated: true });
            ride = self.all.get(seat as usize)?.before;
        }
    }
}

impl Seat {
    pub(super) fn route<'a>(&self, timetable: &Timetable<'a>) -> Option<Route<'a>> {
        Route::of(timetable, self.pattern)
    }

    /// The ride from the trip's beginning to a position.
    pub(super) fn ride(&self, number: u32, alight: usize) -> RideParent {
        let Seat { pattern, nth, day, .. } = *self;
        RideParent { pattern, nth, board: number, alight: alight as u32, day }
    }
}

/// The seat in a trip that runs on a day and leaves after a time.
fn next_trip(
    asked: &Asked<'_>,
    tables: &mut DayTables,
    trip: TripIdx,
    day: u8,
    arrives: Time,
) -> Option<Seat> {
    let trip = asked.timetable.instead_of(trip, asked.days.day(day))?;
    let pattern = asked.timetable.trip(trip)?.pattern;
    let route = Route::of(&asked.timetable, pattern).filter(|_| !asked.avoided.pattern(pattern))?;
    let nth = trip.0.checked_sub(route.pattern.first_trip.0)?;
    let leaves = after(asked.days.start(route.pattern.line, day)?, route.times_of(nth).first()?.departure_s);
    let runs = leaves >= arrives && tables.holds(&asked.timetable, &route, asked.days, day, nth);
    let before = RideParent { pattern, nth, board: 0, alight: 0, day };
    runs.then_some(Seat { before, pattern, nth, day, effort: Effort::default(), step: 0 })
}

/// For [bounds](super::bounds): how soon somebody who stays seated at the end of a pattern can be at the
/// destination, at the very best.
#[derive(Debug, Default)]
pub(super) struct Tails {
    key: (usize, usize, u64),
    /// A pattern that vehicles go on in, and from which; sorted.
    joins: Vec<(PatternIdx, PatternIdx)>,
    to_go: Vec<Time>,
    queue: VecDeque<PatternIdx>,
}

impl Tails {
    /// Whether the timetable is the one that it was before.
    pub(super) fn prepare(&mut self, timetable: &Timetable<'_>) -> bool {
        let stamp = timetable.overlay.map_or(0, Overlay::stamp);
        let key = (timetable.continuations.as_ptr() as usize, timetable.continuations.len(), stamp);
        if self.key == key {
            return true;
        }
        self.key = key;
        let mut laid: HashMap<TripIdx, Vec<PatternIdx>> = HashMap::new();
        if !timetable.continuations.is_empty() {
            timetable.replaced().for_each(|(trip, pattern)| laid.entry(trip).or_default().push(pattern));
        }
        let patterns = |trip: TripIdx| {
            let own = timetable.trip(trip).map(|trip| trip.pattern);
            own.into_iter().chain(laid.get(&trip).into_iter().flatten().copied())
        };
        self.joins.clear();
        for c in timetable.continuations {
            self.joins.extend(patterns(c.to).flat_map(|to| patterns(c.from).map(move |from| (to, from))));
        }
        self.joins.sort_unstable();
        self.joins.dedup();
        false
    }

    pub(super) fn reset(&mut self, patterns: usize) {
        self.to_go.clear();
        self.queue.clear();
        if !self.joins.is_empty() {
            self.to_go.resize(patterns, NEVER);
        }
    }

    /// From the last stop of a pattern; [`NEVER`] if nobody goes on there.
    pub(super) fn of(&self, pattern: PatternIdx) -> Time {
        self.to_go.get(pattern.at()).copied().unwrap_or(NEVER)
    }

    /// Who sits in a pattern as it leaves its first stop can be there so soon: whoever goes on in it, too.
    pub(super) fn begins(&mut self, pattern: PatternIdx, to_go: Time) {
        let first = self.joins.partition_point(|join| join.0 < pattern);
        for &(_, from) in self.joins[first..].iter().take_while(|join| join.0 == pattern) {
            if let Some(known) = self.to_go.get_mut(from.at()).filter(|known| to_go < **known) {
                *known = to_go;
                if !self.queue.contains(&from) {
                    self.queue.push_back(from);
                }
            }
        }
    }

    /// A pattern whose end became nearer.
    pub(super) fn next(&mut self) -> Option<PatternIdx> {
        self.queue.pop_front()
    }
}
