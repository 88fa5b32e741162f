//! RAPTOR over the timetable's flat arrays (Delling, Pajor, Werneck: *Round-Based Public Transit
//! Routing*, 2012), and rRAPTOR, which runs it from late departures to early ones and keeps the labels.
//!
//! Round `k` finds where a passenger can be with `k` rides. Each pattern is walked once a service day: in
//! one day its trips do not overtake one another, but those of yesterday may. Two labels a stop and round
//! keep footpaths single: `ride`, when a vehicle brings the passenger there, from where they may walk on,
//! and `ready`, when they can board there, after the least time to change or a footpath. Answers are
//! Pareto over departure, arrival and rides.

use super::days::{NEVER, ServiceDays, Time, after};
use super::route::{NOT_HERE, Route};
use crate::city::timetable::{PatternIdx, PatternRecord, StopIdx, Timetable, TripIdx};

/// The most rides of a journey.
pub(super) const MOST_RIDES: usize = 8;

/// A walk between an end of the journey and a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// The stop.
    pub(super) stop: StopIdx,
    /// How long the walk takes; 0 if the passenger is there.
    pub(super) seconds: u32,
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
    /// One or more.
    pub(super) rides: Vec<Ridden>,
}

/// How a `ride` label came about: position of boarding and alighting on which trip of a pattern.
#[derive(Clone, Copy, Debug)]
struct RideParent {
    pattern: PatternIdx,
    nth: u32,
    day: u8,
    board: u32,
    alight: u32,
}

const NO_PARENT: RideParent =
    RideParent { pattern: PatternIdx::NONE, nth: 0, day: 0, board: u32::MAX, alight: u32::MAX };

/// A search from one place to another. Run it from late departures to early ones.
pub(super) struct Raptor<'a> {
    timetable: Timetable<'a>,
    days: &'a ServiceDays<'a>,
    access: &'a [Access],
    /// Footpaths take this many times as long as the pack says.
    slowness: f64,
    /// Seconds from a stop to the destination; `u32::MAX` if it is too far.
    egress_s: Vec<u32>,
    /// When a vehicle brings the passenger to stop `s` with at most `k + 1` rides: entry `s * 8 + k`.
    ride: Vec<Time>,
    ride_parent: Vec<RideParent>,
    /// When the passenger can board at stop `s` after at most `k` rides: entry `s * 8 + k`.
    ready: Vec<Time>,
    /// From where they walked there; none if they got off there.
    walked_from: Vec<StopIdx>,
    /// When they are at the destination with at most `k + 1` rides.
    best: [Time; MOST_RIDES],
    best_stop: [StopIdx; MOST_RIDES],
    /// Stops whose `ready` got better in the last round.
    marked: Marks,
    /// Stops whose `ride` got better in this round.
    alighted: Marks,
    /// The first position of each pattern from where to walk it; `u32::MAX` if it is not queued.
    queued_from: Vec<u32>,
    queue: Vec<PatternIdx>,
    /// First departure and last arrival of each pattern, in seconds after the start of a day.
    spans: Vec<(u32, u32)>,
}

impl<'a> Raptor<'a> {
    /// A search between the stops that can be walked to from the origin and those from which the
    /// destination can be reached, for journeys that arrive at `latest` or before. `slowness` ≥ 1
    /// stretches footpaths.
    pub(super) fn new(
        timetable: &Timetable<'a>,
        days: &'a ServiceDays<'a>,
        access: &'a [Access],
        egress: &[Access],
        slowness: f64,
        latest: Time,
    ) -> Raptor<'a> {
        let stops = timetable.stops.len();
        let mut egress_s = vec![u32::MAX; stops];
        for walk in egress {
            if let Some(seconds) = egress_s.get_mut(walk.stop.at()) {
                *seconds = walk.seconds.min(*seconds);
            }
        }
        let span = |pattern: &PatternRecord| {
            let first = timetable.times_of(pattern, 0).first();
            let last = timetable.times_of(pattern, pattern.trip_count.saturating_sub(1)).last();
            Some((first?.departure_s, last?.arrival_s))
        };
        Raptor {
            timetable: *timetable,
            days,
            access,
            slowness,
            egress_s,
            ride: vec![NEVER; stops * MOST_RIDES],
            ride_parent: vec![NO_PARENT; stops * MOST_RIDES],
            ready: vec![NEVER; stops * MOST_RIDES],
            walked_from: vec![StopIdx::NONE; stops * MOST_RIDES],
            best: [latest.saturating_add(1); MOST_RIDES],
            best_stop: [StopIdx::NONE; MOST_RIDES],
            marked: Marks::of(stops),
            alighted: Marks::of(stops),
            queued_from: vec![u32::MAX; timetable.patterns.len()],
            queue: Vec::new(),
            spans: timetable.patterns.iter().map(|p| span(p).unwrap_or((u32::MAX, 0))).collect(),
        }
    }

    /// The journeys that set out in `[from, until)` and are not worse than another one in departure,
    /// arrival and rides; and when the next ones after them set out.
    pub(super) fn range(&mut self, from: Time, until: Time) -> (Vec<Found>, Option<Time>) {
        // What sets out later bounds what is worth setting out for now.
        let next = self.run(until).iter().map(|found| found.departure).min();
        let mut found = Vec::new();
        for departure in self.departures(from, until) {
            found.extend(self.run(departure));
        }
        (found, next)
    }

    /// Every moment in `[from, until)` at which the passenger can set out and just catch a vehicle at a
    /// stop that they walk to, latest first: the departures that rRAPTOR runs for.
    pub(super) fn departures(&self, from: Time, until: Time) -> Vec<Time> {
        let mut departures = Vec::new();
        for walk in self.access {
            for at in self.timetable.patterns_at(walk.stop) {
                let Some(route) = Route::of(&self.timetable, at.pattern) else { continue };
                let position = at.position as usize;
                let boards = route.stops.get(position).is_some_and(|stop| stop.pickup != NOT_HERE);
                if !boards || position + 1 == route.stops.len() {
                    continue;
                }
                for day in self.days.numbers() {
                    let Some(start) = self.days.start(route.pattern.line, day) else { continue };
                    let earliest = seconds_between(start, after(from, walk.seconds));
                    let end = route.trips.len();
                    for nth in route.first_not_before(position, earliest, end)..end {
                        let leaves = after(start, route.time(nth, position).departure_s);
                        let sets_out = before(leaves, walk.seconds);
                        if sets_out >= until {
                            break;
                        }
                        if self.days.runs(route.trips[nth].service, day) {
                            departures.push(sets_out);
                        }
                    }
                }
            }
        }
        departures.sort_unstable_by(|a, b| b.cmp(a));
        departures.dedup();
        departures
    }

    /// The journeys that set out at this time or later and are better than all that were found for later
    /// departures: they arrive earlier, or with fewer rides.
    pub(super) fn run(&mut self, departure: Time) -> Vec<Found> {
        let before = self.best;
        for walk in self.access {
            let ready = after(departure, walk.seconds);
            self.make_ready(walk.stop, 0, ready, StopIdx::NONE);
        }
        for round in 0..MOST_RIDES {
            self.queue_patterns();
            if self.queue.is_empty() {
                break;
            }
            let queue = std::mem::take(&mut self.queue);
            for &pattern in &queue {
                let from = std::mem::replace(&mut self.queued_from[pattern.at()], u32::MAX);
                if let Some(route) = Route::of(&self.timetable, pattern) {
                    self.walk_pattern(&route, from as usize, round, departure);
                }
            }
            self.queue = queue;
            self.queue.clear();
            self.change(round);
        }
        self.marked.clear();
        let mut fewer_rides = NEVER;
        let mut found = Vec::new();
        for (round, was) in before.into_iter().enumerate() {
            let best = self.best[round];
            if best < was && best < fewer_rides {
                found.extend(self.rebuild(round));
            }
            fewer_rides = fewer_rides.min(best);
        }
        found
    }

    /// Queues the patterns that serve a marked stop, each from the first such stop on.
    fn queue_patterns(&mut self) {
        for &stop in &self.marked.list {
            for at in self.timetable.patterns_at(stop) {
                let Some(from) = self.queued_from.get_mut(at.pattern.at()) else { continue };
                if *from == u32::MAX {
                    self.queue.push(at.pattern);
                }
                *from = at.position.min(*from);
            }
        }
        self.marked.clear();
    }

    fn walk_pattern(&mut self, route: &Route<'_>, from: usize, round: usize, departure: Time) {
        let (first_s, last_s) = self.spans[route.idx.at()];
        for day in self.days.numbers() {
            let Some(start) = self.days.start(route.pattern.line, day) else { continue };
            // Over for today, or begins when the passenger is already there.
            if after(start, last_s) < departure || after(start, first_s) >= self.best[round] {
                continue;
            }
            self.walk_day(route, from, round, day, start);
        }
    }

    fn walk_day(&mut self, route: &Route<'_>, from: usize, round: usize, day: u8, start: Time) {
        let mut aboard: Option<(usize, u32)> = None;
        let last = route.stops.len() - 1;
        for (position, stop) in route.stops.iter().enumerate().skip(from) {
            if let Some((nth, board)) = aboard
                && stop.drop_off != NOT_HERE
            {
                let arrival = after(start, route.time(nth, position).arrival_s);
                let parent =
                    RideParent { pattern: route.idx, nth: nth as u32, day, board, alight: position as u32 };
                self.alight(stop.stop, round, arrival, parent);
            }
            if stop.pickup == NOT_HERE || position == last {
                continue;
            }
            let ready = self.ready.get(slot(stop.stop, round)).copied().unwrap_or(NEVER);
            let end = match aboard {
                // Too late even for the trip that the passenger sits in.
                Some((nth, _)) if ready > after(start, route.time(nth, position).departure_s) => continue,
                Some((nth, _)) => nth,
                None if ready >= self.best[round] => continue,
                None => route.trips.len(),
            };
            let seconds = seconds_between(start, ready);
            if let Some(nth) = route.earliest_trip(self.days, day, position, seconds, end) {
                aboard = Some((nth, position as u32));
            }
        }
    }

    /// A vehicle brings the passenger to a stop.
    fn alight(&mut self, stop: StopIdx, round: usize, arrival: Time, parent: RideParent) {
        let Some(ride) = self.ride.get_mut(slot(stop, round)) else { return };
        if arrival >= *ride || arrival >= self.best[round] {
            return;
        }
        *ride = arrival;
        self.ride_parent[slot(stop, round)] = parent;
        lower_rest(&mut self.ride, stop, round, arrival);
        self.alighted.mark(stop);
        let there = match self.egress_s[stop.at()] {
            u32::MAX => return,
            seconds => after(arrival, seconds),
        };
        for more in round..MOST_RIDES {
            if there < self.best[more] {
                self.best[more] = there;
                self.best_stop[more] = stop;
            }
        }
    }

    /// Makes the passenger ready to board, where they got off and where they walk from there.
    fn change(&mut self, round: usize) {
        let mut alighted = std::mem::take(&mut self.alighted);
        if round + 1 < MOST_RIDES {
            for &stop in &alighted.list {
                let arrival = self.ride[slot(stop, round)];
                let ready = after(arrival, self.timetable.change_s(stop));
                self.make_ready(stop, round + 1, ready, StopIdx::NONE);
                for path in self.timetable.footpaths_from(stop) {
                    let ready = after(arrival, stretched(path.seconds, self.slowness));
                    self.make_ready(path.to, round + 1, ready, stop);
                }
            }
        }
        alighted.clear();
        self.alighted = alighted;
    }

    fn make_ready(&mut self, stop: StopIdx, rides: usize, at: Time, from: StopIdx) {
        let Some(ready) = self.ready.get_mut(slot(stop, rides)) else { return };
        if at >= *ready || at >= self.best[rides] {
            return;
        }
        *ready = at;
        self.walked_from[slot(stop, rides)] = from;
        lower_rest(&mut self.ready, stop, rides, at);
        self.marked.mark(stop);
    }

    /// Follows the parents back from the destination.
    fn rebuild(&self, round: usize) -> Option<Found> {
        let egress = self.best_stop[round];
        let (mut rides, mut stop, mut round) = (Vec::new(), egress, round);
        loop {
            round = first_equal(&self.ride, stop, round)?;
            let parent = self.ride_parent.get(slot(stop, round))?;
            let pattern = self.timetable.pattern(parent.pattern)?;
            let trip = TripIdx(pattern.first_trip.0.checked_add(parent.nth)?);
            let RideParent { pattern: idx, day, board, alight, .. } = *parent;
            let service_day = self.days.day(day);
            rides.push(Ridden { pattern: idx, trip, service_day, board, alight });
            let boarded = self.timetable.stops_of(pattern).get(board as usize)?.stop;
            let rides_before = first_equal(&self.ready, boarded, round)?;
            if rides_before == 0 {
                let leaves = self.timetable.times_of(pattern, parent.nth).get(board as usize)?.departure_s;
                let leaves = after(self.days.start(pattern.line, day)?, leaves);
                let walk = self.access.iter().filter(|walk| walk.stop == boarded).map(|walk| walk.seconds);
                rides.reverse();
                return Some(Found {
                    departure: before(leaves, walk.min()?),
                    arrival: self.best[rides.len() - 1],
                    access: boarded,
                    egress,
                    rides,
                });
            }
            stop = self.walked_from[slot(boarded, rides_before)].some().unwrap_or(boarded);
            round = rides_before - 1;
        }
    }
}

/// Where a stop's label of a round lies. Out of every array for a stop that does not exist.
fn slot(stop: StopIdx, round: usize) -> usize {
    stop.at().saturating_mul(MOST_RIDES).saturating_add(round)
}

/// A label holds for more rides as well.
fn lower_rest(labels: &mut [Time], stop: StopIdx, round: usize, to: Time) {
    for label in &mut labels[slot(stop, round + 1)..slot(stop, MOST_RIDES)] {
        *label = to.min(*label);
    }
}

/// The fewest rides for which a stop's label is what it is at this round: there it has its parent.
fn first_equal(labels: &[Time], stop: StopIdx, round: usize) -> Option<usize> {
    let of_stop = labels.get(slot(stop, 0)..slot(stop, round + 1))?;
    of_stop.iter().position(|label| Some(label) == of_stop.last())
}

/// Seconds after the start of a day; 0 for what is before it.
fn seconds_between(start: Time, time: Time) -> u32 {
    u32::try_from(i64::from(time) - i64::from(start)).unwrap_or(0)
}

fn before(time: Time, seconds: u32) -> Time {
    time.saturating_sub(Time::try_from(seconds).unwrap_or(NEVER))
}

/// How long a footpath takes for somebody who walks slower than 1.2 m/s.
pub(super) fn stretched(seconds: u32, slowness: f64) -> u32 {
    (f64::from(seconds) * slowness).ceil() as u32
}

/// A set of stops that is quick to walk and to clear.
#[derive(Debug, Default)]
struct Marks {
    list: Vec<StopIdx>,
    is_marked: Vec<bool>,
}

impl Marks {
    fn of(stops: usize) -> Marks {
        Marks { list: Vec::new(), is_marked: vec![false; stops] }
    }

    fn mark(&mut self, stop: StopIdx) {
        if !std::mem::replace(&mut self.is_marked[stop.at()], true) {
            self.list.push(stop);
        }
    }

    fn clear(&mut self) {
        for stop in self.list.drain(..) {
            self.is_marked[stop.at()] = false;
        }
    }
}
