//! RAPTOR over the timetable's flat arrays (Delling, Pajor, Werneck: *Round-Based Public Transit
//! Routing*, 2012), and rRAPTOR, which runs it from late departures to early ones and keeps the labels.
//!
//! Round `k` finds where a passenger can be with `k` rides. Each pattern is walked once a service day: in
//! one day its trips do not overtake one another, but those of yesterday may. Only where somebody became
//! ready in the last round is a trip looked for: all others were. Answers are Pareto over departure,
//! arrival and rides.

use super::arrivals::Arrivals;
pub(super) use super::asked::{Access, Asked, Avoided, Found, Ridden};
use super::bags::Bags;
use super::bounds::Bounds;
use super::days::{NEVER, Time, after};
use super::effort::Effort;
use super::labels::{Labels, NOT_QUEUED, RideParent, lower};
use super::route::{NOT_HERE, Route};
use super::seats::{Seat, Seats, Sits};
use super::step_free::StepFree;
use super::tables::{Block, DayTables};
use crate::city::times::TripTimes;
use crate::city::timetable::{Footpath, PatternRecord, StopIdx, Timetable};

/// The most rides of a journey.
pub(super) const MOST_RIDES: usize = 8;

/// What a planner keeps between two questions about one pack: memory, and the timetable of the days that
/// were asked about. Keep one for each pack; questions about another make it start anew.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) tables: DayTables,
    labels: Labels,
    pub(super) bounds: Bounds,
    pub(super) arrivals: Arrivals,
    pub(super) bags: Bags,
    pub(super) seats: Seats,
    pub(super) step_free: Option<Box<StepFree>>,
}

/// A search from one place to another. Run it from late departures to early ones.
pub(super) struct Raptor<'a, 's> {
    asked: Asked<'a>,
    tables: &'s mut DayTables,
    labels: &'s mut Labels,
    /// What is left aside, once a range is searched; until then where to compute it.
    bounds: Option<&'s Bounds>,
    unbounded: Option<&'s mut Bounds>,
    arrivals: &'s mut Arrivals,
    seats: &'s mut Seats,
    /// When they are at the destination with at most `k + 1` rides.
    best: [Time; MOST_RIDES],
    /// The first moment at which it is too late to be there sooner: [`best`](Self::best), or in a range the
    /// moment after the last [arrival](Arrivals) before it.
    too_late: [Time; MOST_RIDES],
    best_stop: [StopIdx; MOST_RIDES],
}

impl<'a, 's> Raptor<'a, 's> {
    pub(super) fn new(asked: Asked<'a>, scratch: &'s mut Scratch) -> Raptor<'a, 's> {
        let Scratch { tables, labels, bounds, arrivals, seats, .. } = scratch;
        arrivals.reset();
        seats.reset(&asked.timetable);
        tables.prepare(&asked.timetable, asked.days, asked.step_free);
        labels.reset(asked.timetable.stops.len(), asked.timetable.pattern_count());
        for walk in asked.egress {
            if let Some(seconds) = labels.egress_s.get_mut(walk.stop.at()) {
                *seconds = walk.seconds.min(*seconds);
            }
        }
        let best = [asked.latest.saturating_add(1); MOST_RIDES];
        let best_stop = [StopIdx::NONE; MOST_RIDES];
        let (bounds, unbounded) = (None, Some(bounds));
        let too_late = best;
        Raptor { asked, tables, labels, bounds, unbounded, arrivals, seats, best, too_late, best_stop }
    }

    /// From now on looks only for journeys with fewer rides than this.
    pub(super) fn only_fewer_rides(&mut self, than: usize) {
        self.best.iter_mut().skip(than.saturating_sub(1)).for_each(|best| *best = Time::MIN);
        self.too_late = self.best;
    }

    /// The journeys that set out in `[from, until)` and are not worse than another one in departure,
    /// arrival and rides; and when the next ones after them set out.
    pub(super) fn range(&mut self, from: Time, until: Time) -> (Vec<Found>, Option<Time>) {
        self.bound();
        // What sets out later bounds what is worth setting out for now.
        let next = self.run(until).iter().map(|found| found.departure).min();
        (self.backwards(from, until), next)
    }

    /// The journeys that set out in `[from, until)` and are not worse than one that was found before:
    /// rRAPTOR. Latest first.
    pub(super) fn backwards(&mut self, from: Time, until: Time) -> Vec<Found> {
        self.bound();
        let (bounds, limits) = (self.bounds, self.limits(0));
        let helps = |_: &Access, entry: usize, leaves: Time| {
            bounds.is_none_or(|bounds| bounds.seconds.helps_aboard(entry, leaves, limits))
        };
        let departures = departures(&self.asked, self.tables, (from, until), helps);
        let mut found = Vec::new();
        for at_once in departures.chunk_by(|a, b| a.0 == b.0) {
            self.run_from(at_once.iter().map(|(_, access)| *access), at_once[0].0, &mut found);
        }
        found
    }

    /// The journeys that set out at this time or later and are better than all that were found for later
    /// departures: they arrive earlier, or with fewer rides.
    pub(super) fn run(&mut self, departure: Time) -> Vec<Found> {
        let mut found = Vec::new();
        let all = self.asked.access;
        self.run_from(all.iter().copied(), departure, &mut found);
        found
    }

    fn bound(&mut self) {
        if let Some(bounds) = self.unbounded.take() {
            bounds.compute(&self.asked, self.tables);
            self.bounds = Some(bounds);
        }
    }

    fn run_from(&mut self, accesses: impl Iterator<Item = Access>, departure: Time, found: &mut Vec<Found>) {
        let before = self.best;
        for walk in accesses {
            self.make_ready(walk.stop, 0, after(departure, walk.seconds), StopIdx::NONE);
        }
        for round in 0..MOST_RIDES {
            if self.labels.marked.list.is_empty() {
                break;
            }
            self.queue_patterns(round);
            let queue = std::mem::take(&mut self.labels.queue);
            for &pattern in &queue {
                let queued = std::mem::replace(&mut self.labels.queued[pattern.at()], NOT_QUEUED);
                if let Some(route) = Route::of(&self.asked.timetable, pattern) {
                    self.walk_pattern(&route, (queued.0 as usize, queued.1 as usize), round, departure);
                }
            }
            self.labels.queue = queue;
            self.labels.queue.clear();
            self.labels.marked.clear();
            while let Some((number, seat)) = self.seats.next() {
                self.walk_seat(number, &seat, round);
            }
            self.change(round);
        }
        self.labels.marked.clear();
        let mut fewer_rides = NEVER;
        for (round, was) in before.into_iter().enumerate() {
            let best = self.best[round];
            if best < was && best < fewer_rides {
                found.extend(self.rebuild(round));
            }
            fewer_rides = fewer_rides.min(best);
        }
    }

    /// Queues the patterns that serve a marked stop, each from the first such stop to the last.
    fn queue_patterns(&mut self, round: usize) {
        let limits = self.limits(round);
        for &stop in &self.labels.marked.list {
            let ready = self.labels.ready[stop.at()][round];
            for at in self.tables.patterns_at(stop) {
                if let Some((bounds, pattern)) = self.bounds.zip(self.asked.timetable.pattern(at.pattern))
                    && !bounds.seconds.helps_aboard(entry(pattern, at.position), ready, limits)
                {
                    continue;
                }
                let Some(queued) = self.labels.queued.get_mut(at.pattern.at()) else { continue };
                if *queued == NOT_QUEUED {
                    if self.asked.avoided.pattern(at.pattern) {
                        continue;
                    }
                    self.labels.queue.push(at.pattern);
                }
                *queued = (at.position.min(queued.0), at.position.max(queued.1));
            }
        }
    }

    fn walk_pattern(&mut self, route: &Route<'a>, queued: (usize, usize), round: usize, departure: Time) {
        let (of_days, first_s, last_s) = self.tables.span(route.idx);
        for day in self.asked.days.numbers().filter(|day| of_days >> day & 1 == 1) {
            let Some(start) = self.asked.days.start(route.pattern.line, day) else { continue };
            // Over for today, or begins when the passenger is already there.
            if after(start, last_s) < departure || after(start, first_s) >= self.too_late[round] {
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
        let limits = self.limits(round);
        let to_go =
            self.bounds.map(|bounds| bounds.seconds.aboard(route.pattern.first_stop, route.stops.len()));
        let to_go = to_go.unwrap_or_default();
        // The trip that the passenger sits in, its times, and where they boarded.
        let mut aboard: Option<(usize, TripTimes<'a>, u32)> = None;
        for (position, stop) in route.stops.iter().enumerate().skip(from) {
            if let Some((trip, times, board)) = aboard {
                let Some(time) = times.get(position) else { break };
                let arrival = after(start, time.arrival_s);
                if stop.drop_off != NOT_HERE && arrival < self.labels.ride[stop.stop.at()][round] {
                    let nth = self.tables.nth(block, trip);
                    let alight = position as u32;
                    let parent = RideParent { pattern: route.idx, nth, board, alight, day };
                    self.alight(stop.stop, round, arrival, parent);
                }
                // From here on it only gets later.
                if position > until && arrival >= self.too_late[round] {
                    break;
                }
                if to_go.get(position).is_some_and(|to_go| !to_go.may_help(arrival, limits)) {
                    aboard = None;
                }
            }
            if position > until {
                if aboard.is_none() {
                    break;
                }
                continue;
            }
            if !self.labels.marked.holds(stop.stop) || stop.pickup == NOT_HERE || position == last {
                continue;
            }
            let ready = self.labels.ready[stop.stop.at()][round];
            if to_go.get(position).is_some_and(|to_go| !to_go.may_help(ready, limits)) {
                continue;
            }
            let ready = seconds_between(start, ready);
            let end = match aboard {
                // Too late even for the trip that the passenger sits in.
                Some((_, times, _)) if times.get(position).is_some_and(|t| ready > t.departure_s) => continue,
                Some((trip, ..)) => trip,
                None => block.trips,
            };
            let trip = self.tables.earliest_trip(block, position, ready, end);
            if trip < end {
                aboard = Some((trip, route.times_of(self.tables.nth(block, trip)), position as u32));
            }
        }
        if self.seats.some()
            && let Some((trip, _, board)) = aboard
        {
            let nth = self.tables.nth(block, trip);
            self.go_on(route, RideParent { pattern: route.idx, nth, board, alight: last as u32, day }, round);
        }
    }

    /// Takes the seats in what the vehicle of a trip, and those of later ones, do next.
    #[cold]
    fn go_on(&mut self, route: &Route<'a>, ride: RideParent, round: usize) {
        let worth = self.worth_staying(route, round);
        let sits = Sits { ride, effort: riding(round), step: 0 };
        self.seats.after_boarding((&self.asked, self.tables), route, sits, worth);
    }

    /// Walks the trip in which the passenger stayed seated.
    #[cold]
    fn walk_seat(&mut self, number: u32, seat: &Seat, round: usize) -> Option<()> {
        let route = seat.route(&self.asked.timetable)?;
        let start = self.asked.days.start(route.pattern.line, seat.day)?;
        let ride = seat.ride(number, route.stops.len() - 1);
        for (position, time) in route.times_of(ride.nth).iter().enumerate().skip(1) {
            let (stop, arrival) = (route.stops.get(position)?, after(start, time.arrival_s));
            if arrival >= self.too_late[round] {
                return None;
            }
            if stop.drop_off != NOT_HERE && arrival < self.labels.ride[stop.stop.at()][round] {
                self.alight(stop.stop, round, arrival, seat.ride(number, position));
            }
        }
        let worth = self.worth_staying(&route, round);
        let sits = Sits { ride, effort: riding(round), step: 0 };
        self.seats.after_sitting((&self.asked, self.tables), &route, sits, worth);
        Some(())
    }

    /// Whether staying seated can help somebody who is at the end of a route at a time.
    fn worth_staying(&self, route: &Route<'_>, round: usize) -> impl Fn(Time) -> bool + use<> {
        let to_go = self.bounds.map_or(0, |bounds| bounds.seconds.tails.of(route.idx));
        let too_late = self.too_late[round];
        move |at| at.saturating_add(to_go) < too_late
    }

    /// A vehicle brings the passenger to a stop, earlier than any before.
    #[inline]
    fn alight(&mut self, stop: StopIdx, round: usize, arrival: Time, parent: RideParent) {
        if arrival >= self.too_late[round] || !self.may_help(stop, round, arrival) {
            return;
        }
        if self.asked.avoided.stop(stop) {
            return;
        }
        lower(&mut self.labels.ride[stop.at()], round, arrival);
        self.labels.ride_parent[stop.at()][round] = parent;
        self.labels.alighted.mark(stop);
        let there = match self.labels.egress_s[stop.at()] {
            u32::MAX => return,
            seconds => after(arrival, seconds),
        };
        if there >= self.too_late[round] {
            return;
        }
        let too_late = match self.bounds {
            Some(_) => self.arrivals.too_late(&self.asked, self.tables, there),
            None => there,
        };
        for more in round..MOST_RIDES {
            if there < self.too_late[more] {
                self.best[more] = there;
                self.too_late[more] = too_late;
                self.best_stop[more] = stop;
            }
        }
    }

    /// Before when whoever takes ride number `round` must be there: if it is the last one, and if not.
    fn limits(&self, round: usize) -> (Time, Time) {
        (self.too_late[round], self.too_late.get(round + 1).copied().unwrap_or(Time::MIN))
    }

    /// Whether somebody whom ride number `round` brought there can get there sooner than is known, at the
    /// very best.
    fn may_help(&self, stop: StopIdx, round: usize, at: Time) -> bool {
        let Some(bounds) = self.bounds else { return true };
        let Some(to_go) = bounds.seconds.alighted.get(stop.at()) else { return true };
        let mut pairs = self.too_late[round..].iter().zip(to_go);
        pairs.any(|(&too_late, &to_go)| at.saturating_add(to_go) < too_late)
    }

    /// Makes the passenger ready to board, where they got off and where they walk from there.
    fn change(&mut self, round: usize) {
        let mut alighted = std::mem::take(&mut self.labels.alighted);
        if round + 1 < MOST_RIDES {
            let Asked { timetable, most_metres, .. } = self.asked;
            for &stop in &alighted.list {
                let arrival = self.labels.ride[stop.at()][round];
                let ready = after(arrival, timetable.change_s(stop));
                self.make_ready(stop, round + 1, ready, StopIdx::NONE);
                let paths = timetable.footpaths_from(stop).iter();
                for path in paths.filter(|path| path.metres <= most_metres) {
                    let ready = after(arrival, walk_s(&timetable, stop, path, self.asked.slowness));
                    self.make_ready(path.to, round + 1, ready, stop);
                }
            }
        }
        alighted.clear();
        self.labels.alighted = alighted;
    }

    fn make_ready(&mut self, stop: StopIdx, rides: usize, at: Time, from: StopIdx) {
        let Some(ready) = self.labels.ready.get(stop.at()) else { return };
        if at >= ready[rides] || at >= self.too_late[rides] {
            return;
        }
        // Who is ready after `rides` rides takes at least one more: entry 1 of what is to go.
        if !self.may_help_boarding(stop, rides, at) || self.asked.avoided.stop(stop) {
            return;
        }
        lower(&mut self.labels.ready[stop.at()], rides, at);
        self.labels.walked_from[stop.at()][rides] = from;
        self.labels.marked.mark(stop);
    }

    fn may_help_boarding(&self, stop: StopIdx, rides: usize, at: Time) -> bool {
        let Some(to_go) = self.bounds.and_then(|bounds| bounds.seconds.boarding.get(stop.at())) else {
            return true;
        };
        let mut pairs = self.too_late[rides..].iter().zip(&to_go[1..]);
        pairs.any(|(&too_late, &to_go)| at.saturating_add(to_go) < too_late)
    }

    /// Follows the parents back from the destination.
    fn rebuild(&self, round: usize) -> Option<Found> {
        let Asked { timetable, days, .. } = self.asked;
        let egress = self.best_stop[round];
        let (mut rides, mut stop, mut round) = (Vec::new(), egress, round);
        let mut boardings = 0;
        loop {
            round = self.labels.ride_round(stop, round)?;
            let parent = self.labels.ride_parent.get(stop.at())?[round];
            let parent = self.seats.unfold(&timetable, days, parent, &mut rides)?;
            boardings += 1;
            let pattern = timetable.pattern(parent.pattern)?;
            let RideParent { day, board, .. } = parent;
            let boarded = timetable.stops_of(pattern).get(board as usize)?.stop;
            let rides_before = self.labels.ready_round(boarded, round)?;
            if rides_before == 0 {
                let leaves = timetable.times_of(pattern, parent.nth).get(board as usize)?.departure_s;
                let leaves = after(days.start(pattern.line, day)?, leaves);
                let walks = self.asked.access.iter().filter(|walk| walk.stop == boarded);
                rides.reverse();
                return Some(Found {
                    departure: before(leaves, walks.map(|walk| walk.seconds).min()?),
                    arrival: *self.best.get(boardings - 1_usize)?,
                    access: boarded,
                    egress,
                    walk_metres: 0,
                    by_way: Vec::new(),
                    rides,
                });
            }
            stop = self.labels.walked_from.get(boarded.at())?[rides_before].some().unwrap_or(boarded);
            round = rides_before - 1;
        }
    }
}

/// Every moment in `[from, until)` at which the passenger can set out and just catch a vehicle at a
/// stop that they walk to, with that stop, latest first: the departures that rRAPTOR runs for. Those for
/// which `helps`, asked about a walk, an entry of `pattern_stops` and a time, says no are left out.
pub(super) fn departures(
    asked: &Asked<'_>,
    tables: &mut DayTables,
    (from, until): (Time, Time),
    helps: impl Fn(&Access, usize, Time) -> bool,
) -> Vec<(Time, Access)> {
    let Asked { timetable, days, .. } = *asked;
    let mut departures = Vec::new();
    for walk in asked.access.iter().filter(|walk| !asked.avoided.stop(walk.stop)) {
        for at in timetable.patterns_now_at(walk.stop) {
            let (of_days, first_s, last_s) = tables.span(at.pattern);
            let Some(route) = Route::of(&timetable, at.pattern).filter(|_| of_days != 0) else {
                continue;
            };
            let position = at.position as usize;
            let boards = route.stops.get(position).is_some_and(|stop| stop.pickup != NOT_HERE);
            if !boards || position + 1 == route.stops.len() || asked.avoided.pattern(at.pattern) {
                continue;
            }
            for day in days.numbers().filter(|day| of_days >> day & 1 == 1) {
                let Some(start) = days.start(route.pattern.line, day) else { continue };
                let earliest = seconds_between(start, after(from, walk.seconds));
                if earliest > last_s || before(after(start, first_s), walk.seconds) >= until {
                    continue;
                }
                let block = tables.block(&timetable, &route, days, day);
                let first = tables.earliest_trip(block, position, earliest, block.trips);
                for trip in first..block.trips {
                    let leaves = after(start, tables.departure_s(block, position, trip));
                    let sets_out = before(leaves, walk.seconds);
                    if sets_out >= until {
                        break;
                    }
                    if !helps(walk, entry(route.pattern, at.position), leaves) {
                        // Nor do those after it: what is to go stays the same.
                        break;
                    }
                    if sets_out >= from {
                        departures.push((sets_out, *walk));
                    }
                }
            }
        }
    }
    departures.sort_unstable_by(|a, b| (b.0, a.1.stop, a.1.seconds).cmp(&(a.0, b.1.stop, b.1.seconds)));
    departures.dedup();
    departures
}

/// Of whom takes ride number `round`, where walking is not compared.
fn riding(round: usize) -> Effort {
    Effort { rides: round as u8, ..Effort::default() }
}

/// Seconds after the start of a day; 0 for what is before it.
pub(super) fn seconds_between(start: Time, time: Time) -> u32 {
    u32::try_from(i64::from(time) - i64::from(start)).unwrap_or(0)
}

/// Where a position of a pattern lies in `pattern_stops`.
pub(super) fn entry(pattern: &PatternRecord, position: u32) -> usize {
    (pattern.first_stop as usize).saturating_add(position as usize)
}

pub(super) fn before(time: Time, seconds: u32) -> Time {
    time.saturating_sub(Time::try_from(seconds).unwrap_or(NEVER))
}

/// How long a footpath takes for somebody who walks so many times as slowly. Where rules make a footpath of a
/// change at one stop, it takes nobody longer.
pub(super) fn walk_s(timetable: &Timetable<'_>, from: StopIdx, path: &Footpath, slowness: f64) -> u32 {
    if slowness != 1.0 && timetable.is_one_stop(from, path.to) {
        return path.seconds;
    }
    stretched(path.seconds, slowness)
}

/// How long a walk takes for somebody who walks slower than 1.2 m/s.
pub(super) fn stretched(seconds: u32, slowness: f64) -> u32 {
    if slowness == 1.0 { seconds } else { (f64::from(seconds) * slowness).ceil() as u32 }
}
