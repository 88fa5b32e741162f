//! McRAPTOR (the same paper, section 4): RAPTOR with walking as one more thing to compare, so that a
//! journey that takes longer but spares the passenger's feet is found as well.
//!
//! A stop has a bag of labels, none worse than another in time, rides and walking. Run from late departures
//! to early ones the bags stay, as in rRAPTOR; what cannot be better at the destination, at the very best,
//! is left aside.

use super::boardings::{Boarded, Boardings};
use super::bounds::{Bounds, ToGo};
use super::days::{NEVER, Time, after};
use super::labels::{Marks, NOT_QUEUED, RideParent};
use super::limits::Limits;
use super::raptor::{Access, Asked, Found, MOST_RIDES, Scratch, before as sets_out};
use super::raptor::{departures, entry, seconds_between, stretched};
use super::route::{NOT_HERE, Route};
use super::seats::{Seat, Seats, Sits};
use super::tables::{Block, DayTables};
use crate::city::times::TripTimes;
use crate::city::timetable::{PatternIdx, StopIdx};

/// A passenger who is somewhere at a time, or ready to board there.
#[derive(Clone, Copy, Debug)]
struct Label {
    at: Time,
    /// How far they have walked.
    metres: u32,
    rides: u8,
    /// In which run this label came about.
    run: u32,
    /// How: see [`Step`].
    step: u32,
}

impl Label {
    fn is_at_least_as_good_as(&self, other: &Label) -> bool {
        self.at <= other.at && self.metres <= other.metres && self.rides <= other.rides
    }
}

/// What a label came from.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The walk to the first stop.
    Access(Access),
    /// Ready to board at a stop, from where the step before brought the passenger.
    Ready { before: u32 },
    /// A ride.
    Ride { before: u32, parent: RideParent, to: StopIdx },
}

/// Labels of which none is worse than another.
type Bag = Vec<Label>;

/// Adds a label, unless one is at least as good, and drops those that are worse.
fn merge(bag: &mut Bag, label: Label) -> bool {
    if bag.iter().any(|known| known.is_at_least_as_good_as(&label)) {
        return false;
    }
    bag.retain(|known| !label.is_at_least_as_good_as(known));
    bag.push(label);
    true
}

/// See [`McRaptor::must_be_there`].
fn too_late(bounds: &Bounds, limits: &Limits, round: usize, entry: usize, metres: u32) -> (Time, Time) {
    let (last, more) = bounds.metres.metres_aboard(entry, metres);
    let more = if round + 1 < MOST_RIDES { limits.too_late(round + 2, more) } else { Time::MIN };
    (limits.too_late(round + 1, last), more)
}

/// What is kept from one question to the next.
#[derive(Debug, Default)]
pub(super) struct Bags {
    /// For whom a vehicle brought to a stop.
    ride: Vec<Bag>,
    /// For whom is ready to board there.
    ready: Vec<Bag>,
    /// The walk to the destination from each stop, in seconds and metres.
    egress: Vec<Option<(u32, u32)>>,
    steps: Vec<Step>,
    boardings: Boardings,
    marked: Marks,
    alighted: Marks,
    queued: Vec<(u32, u32)>,
    queue: Vec<PatternIdx>,
}

impl Bags {
    fn reset(&mut self, stops: usize, patterns: usize) {
        for bags in [&mut self.ride, &mut self.ready] {
            bags.iter_mut().for_each(Vec::clear);
            bags.resize_with(stops, Vec::new);
        }
        self.egress.clear();
        self.egress.resize(stops, None);
        self.steps.clear();
        self.marked.reset(stops);
        self.alighted.reset(stops);
        self.queued.clear();
        self.queued.resize(patterns, NOT_QUEUED);
    }
}

/// A passenger in a trip while its pattern is walked.
#[derive(Clone, Copy)]
struct Aboard<'a> {
    trip: usize,
    times: TripTimes<'a>,
    metres: u32,
    board: u32,
    step: u32,
    /// Before when they must be there: see [`McRaptor::must_be_there`].
    limits: (Time, Time),
}

/// A search from one place to another that compares walking too. Run it from late departures to early ones.
pub(super) struct McRaptor<'a, 's> {
    asked: Asked<'a>,
    tables: &'s mut DayTables,
    bags: &'s mut Bags,
    bounds: &'s Bounds,
    seats: &'s mut Seats,
    /// The journeys that no other found so far is better than; `step` is their last ride.
    best: Bag,
    limits: Limits,
    run: u32,
}

impl<'a, 's> McRaptor<'a, 's> {
    pub(super) fn new(asked: Asked<'a>, scratch: &'s mut Scratch) -> McRaptor<'a, 's> {
        let Scratch { tables, bags, bounds, seats, .. } = scratch;
        seats.reset(&asked.timetable);
        tables.prepare(&asked.timetable, asked.days, asked.step_free);
        bounds.compute_with_metres(&asked.timetable, asked.egress, asked.slowness);
        bags.reset(asked.timetable.stops.len(), asked.timetable.pattern_count());
        bags.boardings.reset(asked.timetable.pattern_stop_count());
        for walk in asked.egress {
            if let Some(egress) = bags.egress.get_mut(walk.stop.at()) {
                let known = egress.unwrap_or((u32::MAX, u32::MAX));
                *egress = Some(known.min((walk.seconds, walk.metres)));
            }
        }
        let limits = Limits::new(asked.latest);
        McRaptor { asked, tables, bags, bounds, seats, best: Bag::new(), limits, run: 0 }
    }

    /// The journeys that set out in `[from, until)` and are not worse than another one in departure,
    /// arrival, rides and walking; and when the next ones after them set out.
    pub(super) fn range(&mut self, from: Time, until: Time) -> (Vec<Found>, Option<Time>) {
        let next = self.run(until).iter().map(|found| found.departure).min();
        (self.backwards(from, until), next)
    }

    /// The journeys that set out in `[from, until)` and are not worse than one that was found before,
    /// latest first.
    pub(super) fn backwards(&mut self, from: Time, until: Time) -> Vec<Found> {
        let (bounds, limits) = (self.bounds, &self.limits);
        let helps = |walk: &Access, entry: usize, leaves: Time| {
            bounds.seconds.helps_aboard(entry, leaves, too_late(bounds, limits, 0, entry, walk.metres))
        };
        let departures = departures(&self.asked, self.tables, (from, until), helps);
        let mut found = Vec::new();
        for at_once in departures.chunk_by(|a, b| a.0 == b.0) {
            found.extend(self.run_from(at_once.iter().map(|(_, access)| *access), at_once[0].0));
        }
        found
    }

    /// The journeys that set out at this time or later and that none found for a later departure is at
    /// least as good as.
    pub(super) fn run(&mut self, departure: Time) -> Vec<Found> {
        let all = self.asked.access;
        self.run_from(all.iter().copied(), departure)
    }

    fn run_from(&mut self, accesses: impl Iterator<Item = Access>, departure: Time) -> Vec<Found> {
        self.run += 1;
        for walk in accesses {
            let at = after(departure, walk.seconds);
            self.make_ready(walk.stop, at, walk.metres, 0, Step::Access(walk));
        }
        for round in 0..MOST_RIDES {
            if self.bags.marked.list.is_empty() {
                break;
            }
            self.queue_patterns(round);
            let queue = std::mem::take(&mut self.bags.queue);
            for &pattern in &queue {
                let queued = std::mem::replace(&mut self.bags.queued[pattern.at()], NOT_QUEUED);
                if let Some(route) = Route::of(&self.asked.timetable, pattern) {
                    self.walk_pattern(&route, (queued.0 as usize, queued.1 as usize), round, departure);
                }
            }
            self.bags.queue = queue;
            self.bags.queue.clear();
            self.bags.marked.clear();
            while let Some((number, seat)) = self.seats.next() {
                self.walk_seat(number, &seat, round);
            }
            self.change(round);
        }
        self.bags.marked.clear();
        let mut new: Vec<Label> = self.best.iter().filter(|label| label.run == self.run).copied().collect();
        new.sort_unstable_by_key(|label| (label.at, label.rides, label.metres));
        new.iter().filter_map(|label| self.rebuild(label)).collect()
    }

    fn queue_patterns(&mut self, round: usize) {
        let mut ready: Vec<(Time, u32)> = Vec::new();
        for &stop in &self.bags.marked.list {
            let labels = self.bags.ready[stop.at()].iter();
            let labels = labels.filter(|label| label.run == self.run && usize::from(label.rides) == round);
            ready.clear();
            ready.extend(labels.map(|label| (label.at, label.metres)));
            for at in self.tables.patterns_at(stop) {
                let Some(pattern) = self.asked.timetable.pattern(at.pattern) else { continue };
                let entry = entry(pattern, at.position);
                let helps = |&(at, metres): &(Time, u32)| {
                    self.bounds.seconds.helps_aboard(entry, at, self.must_be_there(round, entry, metres))
                };
                if !ready.iter().any(helps) {
                    continue;
                }
                let Some(queued) = self.bags.queued.get_mut(at.pattern.at()) else { continue };
                if *queued == NOT_QUEUED {
                    if self.asked.avoided.pattern(at.pattern) {
                        continue;
                    }
                    self.bags.queue.push(at.pattern);
                }
                *queued = (at.position.min(queued.0), at.position.max(queued.1));
            }
        }
    }

    fn walk_pattern(&mut self, route: &Route<'a>, queued: (usize, usize), round: usize, departure: Time) {
        let (of_days, first_s, last_s) = self.tables.span(route.idx);
        for day in self.asked.days.numbers().filter(|day| of_days >> day & 1 == 1) {
            let Some(start) = self.asked.days.start(route.pattern.line, day) else { continue };
            if after(start, last_s) < departure || after(start, first_s) > self.asked.latest {
                continue;
            }
            let block = self.tables.block(&self.asked.timetable, route, self.asked.days, day);
            if block.trips > 0 {
                self.walk_day(route, block, queued, round, (day, start));
            }
        }
    }

    fn walk_day(
        &mut self,
        route: &Route<'a>,
        block: Block,
        (from, until): (usize, usize),
        round: usize,
        (day, start): (u8, Time),
    ) {
        let last = route.stops.len() - 1;
        let bounds = self.bounds;
        let to_go = bounds.seconds.aboard(route.pattern.first_stop, route.stops.len());
        let mut aboard: Vec<Aboard<'a>> = Vec::new();
        for (position, stop) in route.stops.iter().enumerate().skip(from) {
            if stop.drop_off != NOT_HERE {
                for sits in &aboard {
                    let Some(time) = sits.times.get(position) else { continue };
                    let nth = self.tables.nth(block, sits.trip);
                    let alight = position as u32;
                    let parent = RideParent { pattern: route.idx, nth, board: sits.board, alight, day };
                    let step = Step::Ride { before: sits.step, parent, to: stop.stop };
                    self.alight(stop.stop, after(start, time.arrival_s), sits.metres, round, step);
                }
            }
            if let Some(to_go) = to_go.get(position) {
                aboard.retain(|sits| {
                    let time = sits.times.get(position);
                    time.is_some_and(|time| to_go.may_help(after(start, time.arrival_s), sits.limits))
                });
            }
            if position > until {
                if aboard.is_empty() {
                    break;
                }
                continue;
            }
            if !self.bags.marked.holds(stop.stop) || stop.pickup == NOT_HERE || position == last {
                continue;
            }
            for ready in &self.bags.ready[stop.stop.at()] {
                if ready.run != self.run || usize::from(ready.rides) != round {
                    continue;
                }
                let entry = entry(route.pattern, position as u32);
                let metres = ready.metres;
                let limits = self.must_be_there(round, entry, metres);
                if to_go.get(position).is_some_and(|to_go| !to_go.may_help(ready.at, limits)) {
                    continue;
                }
                let sits = aboard.iter().filter(|sits| sits.metres <= metres).map(|sits| sits.trip);
                let end = sits.min().unwrap_or(block.trips);
                let end = self.bags.boardings.earliest(entry, day, round, metres, end);
                let seconds = seconds_between(start, ready.at);
                if end == 0 || self.tables.departure_s(block, position, end - 1) < seconds {
                    continue;
                }
                let trip = self.tables.earliest_trip(block, position, seconds, end);
                if trip >= end {
                    continue;
                }
                self.bags.boardings.add(entry, Boarded { day, trip, rides: round, metres });
                aboard.retain(|sits| sits.trip < trip || sits.metres < metres);
                let times = route.times_of(self.tables.nth(block, trip));
                let board = position as u32;
                aboard.push(Aboard { trip, times, metres, board, step: ready.step, limits });
            }
        }
        if self.seats.some() {
            for &Aboard { trip, metres, board, step, .. } in &aboard {
                let nth = self.tables.nth(block, trip);
                let ride = RideParent { pattern: route.idx, nth, board, alight: last as u32, day };
                self.go_on(route, Sits { ride, rides: round, metres, step });
            }
        }
    }

    /// Takes the seats in what the vehicle of a trip, and those of later ones, do next.
    #[cold]
    fn go_on(&mut self, route: &Route<'a>, sits: Sits) {
        let worth = self.worth_staying(route);
        self.seats.after_boarding((&self.asked, self.tables), route, sits, worth);
    }

    /// Walks the trip in which the passenger stayed seated.
    #[cold]
    fn walk_seat(&mut self, number: u32, seat: &Seat, round: usize) -> Option<()> {
        let route = seat.route(&self.asked.timetable)?;
        let start = self.asked.days.start(route.pattern.line, seat.day)?;
        let &Seat { metres, step, .. } = seat;
        let ride = seat.ride(number, route.stops.len() - 1);
        for (position, time) in route.times_of(ride.nth).iter().enumerate().skip(1) {
            let stop = route.stops.get(position)?;
            if stop.drop_off != NOT_HERE {
                let parent = seat.ride(number, position);
                let step = Step::Ride { before: step, parent, to: stop.stop };
                self.alight(stop.stop, after(start, time.arrival_s), metres, round, step);
            }
        }
        let (sits, worth) = (Sits { ride, rides: round, metres, step }, self.worth_staying(&route));
        self.seats.after_sitting((&self.asked, self.tables), &route, sits, worth);
        Some(())
    }

    /// Whether staying seated can help somebody who is at the end of a route at a time.
    fn worth_staying(&self, route: &Route<'_>) -> impl Fn(Time) -> bool + use<> {
        let (to_go, latest) = (self.bounds.seconds.tails.of(route.idx), self.asked.latest);
        move |at| at.saturating_add(to_go) <= latest
    }

    /// Before when whoever takes ride number `round` at an entry of `pattern_stops`, after so many metres,
    /// must be there: if it is the last one, and if not.
    fn must_be_there(&self, round: usize, entry: usize, metres: u32) -> (Time, Time) {
        too_late(self.bounds, &self.limits, round, entry, metres)
    }

    #[inline]
    fn alight(&mut self, stop: StopIdx, at: Time, metres: u32, round: usize, step: Step) {
        let label =
            Label { at, metres, rides: round as u8 + 1, run: self.run, step: self.bags.steps.len() as u32 };
        let bag = &self.bags.ride[stop.at()];
        if at > self.asked.latest || bag.iter().any(|known| known.is_at_least_as_good_as(&label)) {
            return;
        }
        if self.asked.avoided.stop(stop) || !self.may_help(|to_go| to_go.alighted.get(stop.at()), 0, &label) {
            return;
        }
        merge(&mut self.bags.ride[stop.at()], label);
        self.bags.steps.push(step);
        self.bags.alighted.mark(stop);
        if let Some((seconds, walk)) = self.bags.egress[stop.at()] {
            let there = Label { at: after(at, seconds), metres: metres.saturating_add(walk), ..label };
            if there.at <= self.asked.latest && merge(&mut self.best, there) {
                self.limits.add(round + 1, there.metres, there.at);
            }
        }
    }

    /// Whether somebody who is so far can become one of the best, at the very best: with each number of
    /// rides to go, from `least` on.
    fn may_help<'t>(
        &'t self,
        of: impl Fn(&'t ToGo) -> Option<&'t [Time; MOST_RIDES]>,
        least: usize,
        label: &Label,
    ) -> bool {
        let Some((seconds, metres)) = of(&self.bounds.seconds).zip(of(&self.bounds.metres)) else {
            return true;
        };
        let rides_left = MOST_RIDES.saturating_sub(usize::from(label.rides));
        let mut last = (NEVER, NEVER);
        for (rides, to_go) in seconds.iter().zip(metres).enumerate().take(rides_left + 1).skip(least) {
            let to_go = (*to_go.0, *to_go.1);
            // More rides that are no quicker, nor spare any walking, help nobody.
            if to_go == last {
                continue;
            }
            last = to_go;
            let (rides, metres) = (usize::from(label.rides) + rides, to_go.1.unsigned_abs());
            let too_late = self.limits.too_late(rides, label.metres.saturating_add(metres));
            if label.at.saturating_add(to_go.0) < too_late {
                return true;
            }
        }
        false
    }

    fn change(&mut self, round: usize) {
        let mut alighted = std::mem::take(&mut self.bags.alighted);
        if round + 1 < MOST_RIDES {
            let Asked { timetable, most_metres, .. } = self.asked;
            for &stop in &alighted.list {
                for nth in 0..self.bags.ride[stop.at()].len() {
                    let label = self.bags.ride[stop.at()][nth];
                    if label.run != self.run || usize::from(label.rides) != round + 1 {
                        continue;
                    }
                    let step = Step::Ready { before: label.step };
                    let changed = after(label.at, timetable.change_s(stop));
                    self.make_ready(stop, changed, label.metres, round + 1, step);
                    let paths = timetable.footpaths_from(stop).iter();
                    for path in paths.filter(|path| path.metres <= most_metres) {
                        let at = after(label.at, stretched(path.seconds, self.asked.slowness));
                        let metres = label.metres.saturating_add(path.metres);
                        self.make_ready(path.to, at, metres, round + 1, step);
                    }
                }
            }
        }
        alighted.clear();
        self.bags.alighted = alighted;
    }

    fn make_ready(&mut self, stop: StopIdx, at: Time, metres: u32, rides: usize, step: Step) {
        let Some(bag) = self.bags.ready.get(stop.at()) else { return };
        let label =
            Label { at, metres, rides: rides as u8, run: self.run, step: self.bags.steps.len() as u32 };
        if bag.iter().any(|known| known.is_at_least_as_good_as(&label)) || self.asked.avoided.stop(stop) {
            return;
        }
        if !self.may_help(|to_go| to_go.boarding.get(stop.at()), 1, &label) {
            return;
        }
        merge(&mut self.bags.ready[stop.at()], label);
        self.bags.steps.push(step);
        self.bags.marked.mark(stop);
    }

    fn rebuild(&self, label: &Label) -> Option<Found> {
        let (mut rides, mut at, mut egress) = (Vec::new(), label.step, None);
        let mut leaves = NEVER;
        let mut first = None;
        let days = self.asked.days;
        loop {
            match *self.bags.steps.get(at as usize)? {
                Step::Ride { before, parent, to } => {
                    let parent = self.seats.unfold(&self.asked.timetable, days, parent, &mut rides)?;
                    let RideParent { pattern, nth, board, day, .. } = parent;
                    let pattern = self.asked.timetable.pattern(pattern)?;
                    let times = self.asked.timetable.times_of(pattern, nth);
                    leaves = after(days.start(pattern.line, day)?, times.get(board as usize)?.departure_s);
                    first = Some(self.asked.timetable.stops_of(pattern).get(board as usize)?.stop);
                    egress = egress.or(Some(to));
                    at = before;
                }
                Step::Ready { before } => at = before,
                Step::Access(walk) => {
                    rides.reverse();
                    let departure = sets_out(leaves, walk.seconds);
                    return Some(Found {
                        departure,
                        arrival: label.at,
                        access: first?,
                        egress: egress?,
                        walk_metres: label.metres,
                        rides,
                    });
                }
            }
        }
    }
}
