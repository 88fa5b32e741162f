//! McRAPTOR (the same paper, section 4): RAPTOR with walking as one more thing to compare, so that a
//! journey that takes longer but spares the passenger's feet is found as well.
//!
//! A stop has a bag of labels, none worse than another in time, rides and walking. Run from late departures
//! to early ones the bags stay, as in rRAPTOR; what cannot be better at the destination, at the very best,
//! is left aside.
//!
//! Most stops that got better catch no other vehicle than was caught there before. So a round does not walk
//! whole patterns: it looks for the trips that somebody newly catches (see [`courses`](super::courses)) and
//! rides each on from there, until others sit in it who are as well off. That is trip-based routing (see
//! [`boardings`](super::boardings)), with changes found as RAPTOR finds them.

use super::arrivals::Arrivals;
use super::asked::Ridden;
use super::bags::{Bag, Bags, Caught, Label, Ready, Step, merge, put};
use super::boardings::Boarded;
use super::bounds::Bounds;
use super::courses::{Course, Leaving};
use super::days::{NEVER, Time, after};
use super::effort::Effort;
use super::labels::RideParent;
use super::limits::Limits;
use super::raptor::{Access, Asked, Found, MOST_RIDES, Scratch, before as sets_out};
use super::raptor::{departures, entry, seconds_between, walk_s};
use super::route::{NOT_HERE, Route};
use super::seats::{Seat, Seats, Sits};
use super::tables::{DayTables, first_from};
use super::ways::Ways;
use crate::city::timetable::{Footpath, StopIdx};

/// Before when whoever boards at an entry of `pattern_stops`, after so much effort, must be there: if this
/// ride is the last one, and if not.
fn too_late(bounds: &Bounds, limits: &Limits, effort: &Effort, entry: usize) -> (Time, Time) {
    let round = usize::from(effort.rides);
    let (last, more) = bounds.metres.metres_aboard(entry, effort.metres);
    let more = if round + 1 < MOST_RIDES { limits.too_late(round + 2, more) } else { Time::MIN };
    (limits.too_late(round + 1, last), more)
}

/// Of whom has walked to the first stop.
fn first_effort(asked: &Asked<'_>, walk: &Access) -> Effort {
    let to_pass = asked.via.is_some_and(|via| walk.by_way == StopIdx::NONE && !via.is_at(walk.stop));
    Effort { metres: asked.weigh(walk.metres), rides: 0, to_pass }
}

/// A search from one place to another that compares walking too. Run it from late departures to early ones.
pub(super) struct McRaptor<'a, 's> {
    asked: Asked<'a>,
    tables: &'s mut DayTables,
    bags: &'s mut Bags,
    bounds: &'s Bounds,
    arrivals: &'s mut Arrivals,
    seats: &'s mut Seats,
    /// The journeys that no other found so far is better than; `step` is their last ride.
    best: Bag,
    limits: Limits,
    ways: Ways,
    /// The first step of this run.
    began: u32,
}

impl<'a, 's> McRaptor<'a, 's> {
    pub(super) fn new(asked: Asked<'a>, scratch: &'s mut Scratch) -> McRaptor<'a, 's> {
        let Scratch { tables, bags, bounds, arrivals, seats, .. } = scratch;
        arrivals.reset();
        seats.reset(&asked.timetable);
        tables.prepare(&asked.timetable, asked.days, asked.step_free);
        bounds.compute_with_metres(&asked, tables);
        bags.reset(&asked);
        let by_way = asked.egress.partition_point(|walk| walk.by_way == StopIdx::NONE);
        bags.egress_by_way = by_way..asked.egress.len();
        for walk in &asked.egress[..by_way] {
            if let Some(egress) = bags.egress.get_mut(walk.stop.at()) {
                let known = egress.unwrap_or((u32::MAX, u32::MAX));
                *egress = Some(known.min((walk.seconds, walk.metres)));
            }
        }
        let (limits, ways) = (Limits::new(asked.latest), Ways::default());
        McRaptor { asked, tables, bags, bounds, arrivals, seats, best: Bag::new(), limits, ways, began: 0 }
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
        let (asked, bounds, limits) = (&self.asked, self.bounds, &self.limits);
        let helps = |walk: &Access, entry: usize, leaves: Time| {
            let effort = first_effort(asked, walk);
            bounds.seconds.helps_aboard(entry, leaves, too_late(bounds, limits, &effort, entry))
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
        self.began = self.bags.steps.len() as u32;
        for walk in accesses {
            let (at, step) = (after(departure, walk.seconds), self.bags.steps.len() as u32);
            let effort = first_effort(&self.asked, &walk);
            if self.make_ready(walk.stop, Label { at, effort, step }) {
                self.bags.steps.push(Step::Access(walk));
            }
        }
        self.go_known_ways(departure);
        for round in 0..MOST_RIDES {
            if self.bags.newly_ready.is_empty() {
                break;
            }
            self.catch();
            let mut caught = std::mem::take(&mut self.bags.caught);
            for caught in caught.drain(..) {
                self.ride(&caught, round);
            }
            self.bags.caught = caught;
            while let Some((number, seat)) = self.seats.next() {
                self.walk_seat(number, &seat, round);
            }
            self.change(round);
        }
        let mut new: Vec<Label> =
            self.best.iter().filter(|label| label.step >= self.began).copied().collect();
        new.sort_unstable_by_key(|label| (label.at, label.effort.rides, label.effort.metres));
        let found: Vec<Found> = new.iter().filter_map(|label| self.rebuild(label)).collect();
        if self.asked.via.is_none() {
            found.iter().for_each(|found| self.ways.remember(&self.asked, found));
        }
        found
    }

    /// Goes the ways of journeys that were found for later departures.
    fn go_known_ways(&mut self, departure: Time) {
        let mut rides = std::mem::take(&mut self.bags.rides);
        for nth in 0.. {
            let Some(way) = self.ways.get(nth) else { break };
            let Some(at) = way.go((&self.asked, self.tables), departure, &mut rides) else { continue };
            let Some((seconds, metres)) = self.bags.egress.get(way.egress.at()).copied().flatten() else {
                continue;
            };
            let (access, metres) = (way.access, self.asked.weigh(way.metres.saturating_add(metres)));
            let effort = Effort { metres, rides: rides.len() as u8, to_pass: false };
            let first = self.bags.steps.len() as u32;
            let there = Label { at: after(at, seconds), effort, step: first + rides.len() as u32 };
            if self.arrive(there) {
                let ride = |(before, &parent)| Step::Ride { before, parent };
                self.bags.steps.push(Step::Access(access));
                self.bags.steps.extend((first..).zip(&rides).map(ride));
            }
        }
        self.bags.rides = rides;
    }

    /// Finds the trips that those who became ready can catch.
    fn catch(&mut self) {
        let mut newly_ready = std::mem::take(&mut self.bags.newly_ready);
        for Ready { stop, label, others } in newly_ready.drain(..) {
            if self.bags.ready.get(stop.at()).is_none_or(|bag| !bag.contains(&label)) {
                continue;
            }
            let too_late = self.limits.surely_too_late(self.bounds.boarding.of(stop), &label.effort);
            if others == NEVER {
                self.catch_first(stop, &label, too_late);
            } else {
                self.catch_before(stop, &label, too_late.min(others));
            }
        }
        self.bags.newly_ready = newly_ready;
    }

    /// Catches the first trip of each course at a stop, if it leaves before a time and nobody sits in it who
    /// is as well off.
    fn catch_first(&mut self, stop: StopIdx, ready: &Label, before: Time) {
        for stand in self.bags.courses.begun_at(&self.asked, self.tables, stop, before) {
            let Some((course, position)) = self.bags.courses.stand(stand) else { continue };
            let Some((of, boardings)) = self.bags.courses.get(course) else { continue };
            let Some(block) = of.block(&self.asked, self.tables) else { continue };
            let end = block.trips.min(boardings.earliest(position, &ready.effort) as usize);
            let seconds = seconds_between(of.start, ready.at);
            let departures = self.tables.departures(block, position as usize).get(..end).unwrap_or_default();
            let trip = first_from(departures, seconds);
            if let Some(&departure) = departures.get(trip) {
                let at = after(of.start, departure);
                self.board(&Leaving { at, stand, trip: trip as u32 }, ready);
            }
        }
    }

    /// Catches what leaves a stop before a time, unless somebody sits in it who is as well off.
    fn catch_before(&mut self, stop: StopIdx, ready: &Label, before: Time) {
        let mut from = Some(ready.at);
        while let Some(time) = from {
            let leaving = self.bags.courses.leaving(&self.asked, self.tables, stop, (time, before));
            for nth in leaving.0 {
                let Some(leaving) = self.bags.courses.leaves(nth).filter(|it| it.at < before) else { break };
                let Some((course, position)) = self.bags.courses.stand(leaving.stand) else { continue };
                let Some((_, boardings)) = self.bags.courses.get(course) else { continue };
                if boardings.earliest(position, &ready.effort) > leaving.trip {
                    self.board(&leaving, ready);
                }
            }
            from = leaving.1;
        }
    }

    /// Boards a trip, if that can help.
    #[inline]
    fn board(&mut self, leaving: &Leaving, ready: &Label) -> Option<()> {
        let &Leaving { at, stand, trip } = leaving;
        let (course, position) = self.bags.courses.stand(stand)?;
        let (of, boardings) = self.bags.courses.get(course)?;
        let entry = entry(self.asked.timetable.pattern(of.pattern)?, position);
        let limits = too_late(self.bounds, &self.limits, &ready.effort, entry);
        if self.bounds.seconds.helps_aboard(entry, at, limits) {
            let boarded = Boarded { trip, from: position, effort: ready.effort };
            boardings.add(boarded);
            let step = ready.step;
            self.bags.caught.push(Caught { course, boarded, board: position, step, limits });
        }
        Some(())
    }

    /// Rides a trip on from where it was boarded.
    fn ride(&mut self, caught: &Caught, round: usize) -> Option<()> {
        let &Caught { boarded, board, step, limits, .. } = caught;
        let (course, boardings) = self.bags.courses.get(caught.course)?;
        let until = boardings.until(&boarded)?;
        let block = course.block(&self.asked, self.tables)?;
        let Course { pattern, start, day, .. } = *course;
        let route = Route::of(&self.asked.timetable, pattern)?;
        let nth = self.tables.nth(block, boarded.trip as usize);
        let (times, effort) = (route.times_of(nth), boarded.effort);
        let to_go = self.bounds.seconds.aboard(route.pattern.first_stop, route.stops.len());
        let last = route.stops.len() - 1;
        let parent =
            |alight: usize| RideParent { pattern: route.idx, nth, board, alight: alight as u32, day };
        // How far it is of use: to where they come by what they had yet to pass, or to where it is too late.
        let (mut end, mut passes, mut helps) = (until.min(last), false, true);
        for position in boarded.from as usize + 1..=end {
            passes = effort.to_pass && self.passes(route.stops.get(position)?.stop);
            let arrival = after(start, times.get(position)?.arrival_s);
            helps = to_go.get(position).is_none_or(|to_go| to_go.may_help(arrival, limits));
            if passes || !helps {
                end = position;
                break;
            }
        }
        // Who is at the destination shows what comes too late before it.
        for position in (boarded.from as usize + 1..=end).rev() {
            let (stop, arrival) = (route.stops.get(position)?, after(start, times.get(position)?.arrival_s));
            if stop.drop_off != NOT_HERE {
                let step = Step::Ride { before: step, parent: parent(position) };
                self.alight(stop.stop, arrival, effort, round, step);
            }
        }
        if passes {
            return self.ride_on(caught, end as u32, round);
        }
        if !helps {
            return None;
        }
        if until > last && self.seats.some() {
            self.go_on(&route, Sits { ride: parent(last), effort, step });
        }
        Some(())
    }

    /// Whether it is the stop that the passenger must come by.
    fn passes(&self, stop: StopIdx) -> bool {
        self.asked.via.is_some_and(|via| via.is_at(stop))
    }

    /// Rides on from where the passenger comes by what they had yet to pass.
    #[cold]
    fn ride_on(&mut self, caught: &Caught, from: u32, round: usize) -> Option<()> {
        let effort = Effort { to_pass: false, ..caught.boarded.effort };
        let boarded = Boarded { from, effort, ..caught.boarded };
        let (_, boardings) = self.bags.courses.get(caught.course)?;
        if boardings.earliest(from, &effort) > boarded.trip {
            boardings.add(boarded);
            self.ride(&Caught { boarded, ..*caught }, round)?;
        }
        Some(())
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
        let &Seat { mut effort, step, .. } = seat;
        let ride = seat.ride(number, route.stops.len() - 1);
        for (position, time) in route.times_of(ride.nth).iter().enumerate() {
            let stop = route.stops.get(position)?;
            if position > 0 && stop.drop_off != NOT_HERE {
                let parent = seat.ride(number, position);
                let step = Step::Ride { before: step, parent };
                self.alight(stop.stop, after(start, time.arrival_s), effort, round, step);
            }
            effort.to_pass &= !self.passes(stop.stop);
        }
        let (sits, worth) = (Sits { ride, effort, step }, self.worth_staying(&route));
        self.seats.after_sitting((&self.asked, self.tables), &route, sits, worth);
        Some(())
    }

    /// Whether staying seated can help somebody who is at the end of a route at a time.
    fn worth_staying(&self, route: &Route<'_>) -> impl Fn(Time) -> bool + use<> {
        let (to_go, latest) = (self.bounds.seconds.tails.of(route.idx), self.asked.latest);
        move |at| at.saturating_add(to_go) <= latest
    }

    #[inline]
    fn alight(&mut self, stop: StopIdx, at: Time, before: Effort, round: usize, step: Step) {
        let to_pass = before.to_pass && !self.passes(stop);
        let effort = Effort { rides: round as u8 + 1, to_pass, ..before };
        let label = Label { at, effort, step: self.bags.steps.len() as u32 };
        let bag = &self.bags.ride[stop.at()];
        if at > self.asked.latest || bag.iter().any(|known| known.is_at_least_as_good_as(&label)) {
            return;
        }
        if self.asked.avoided.stop(stop) || !self.limits.may_help(self.bounds.alighted.of(stop), at, &effort)
        {
            return;
        }
        put(&mut self.bags.ride[stop.at()], label);
        self.bags.steps.push(step);
        self.bags.alighted.push((stop, label));
        if self.asked.via.is_some() {
            self.arrive_by_way(stop, &label);
        }
        if let Some((seconds, metres)) = self.bags.egress[stop.at()].filter(|_| !to_pass) {
            self.arrive(Label {
                at: after(at, seconds),
                effort: effort.walking(self.asked.weigh(metres)),
                ..label
            });
        }
    }

    /// The passenger can be at the destination; whether that is any good.
    #[inline]
    fn arrive(&mut self, there: Label) -> bool {
        let new = there.at <= self.asked.latest && merge(&mut self.best, there);
        if new {
            let too_late = self.arrivals.too_late(&self.asked, self.tables, there.at);
            self.limits.add(usize::from(there.effort.rides), there.effort.metres, too_late);
        }
        new
    }

    /// The passenger walks to the destination by way of the stop that they must pass. Whoever came by before
    /// may as well: nobody who did is worse off than one who did not.
    #[cold]
    fn arrive_by_way(&mut self, stop: StopIdx, label: &Label) {
        let by_way = self.asked.egress.get(self.bags.egress_by_way.clone()).unwrap_or_default();
        let first = by_way.partition_point(|walk| walk.stop < stop);
        for walk in by_way.iter().skip(first).take_while(|walk| walk.stop == stop) {
            let step = self.bags.steps.len() as u32;
            let effort = Effort { to_pass: false, ..label.effort.walking(self.asked.weigh(walk.metres)) };
            if self.arrive(Label { at: after(label.at, walk.seconds), effort, step }) {
                self.bags.steps.push(Step::ByWay { before: label.step, platform: walk.by_way });
            }
        }
    }

    fn change(&mut self, round: usize) {
        let mut alighted = std::mem::take(&mut self.bags.alighted);
        if round + 1 < MOST_RIDES {
            for &(stop, label) in &alighted {
                if !self.bags.ride[stop.at()].contains(&label) {
                    continue;
                }
                let changed = after(label.at, self.asked.timetable.change_s(stop));
                self.make_ready(stop, Label { at: changed, ..label });
                for path in self.footpaths_from(stop) {
                    let there = self.walk(stop, path, &label);
                    self.make_ready(path.to, there);
                    if self.asked.via.is_some_and(|via| via.meet.contains(&path.to)) {
                        self.walk_on(path.to, &there);
                    }
                }
            }
        }
        alighted.clear();
        self.bags.alighted = alighted;
    }

    fn footpaths_from(&self, stop: StopIdx) -> impl Iterator<Item = &'a Footpath> + use<'a> {
        let Asked { timetable, most_metres, .. } = self.asked;
        timetable.footpaths_from(stop).iter().filter(move |path| path.metres <= most_metres)
    }

    /// After a footpath.
    #[inline]
    fn walk(&self, from: StopIdx, path: &Footpath, label: &Label) -> Label {
        let at = after(label.at, walk_s(&self.asked.timetable, from, path, self.asked.slowness));
        Label { at, effort: label.effort.walking(self.asked.weigh(path.metres)), ..*label }
    }

    /// The passenger, on foot at a platform of the stop that they must pass, walks on.
    #[cold]
    fn walk_on(&mut self, platform: StopIdx, label: &Label) {
        let effort = Effort { to_pass: false, ..label.effort };
        for path in self.footpaths_from(platform) {
            if self.passes(path.to) {
                continue;
            }
            let step = self.bags.steps.len() as u32;
            let there = Label { step, ..self.walk(platform, path, &Label { effort, ..*label }) };
            if self.make_ready(path.to, there) {
                self.bags.steps.push(Step::ByWay { before: label.step, platform });
            }
        }
    }

    /// The passenger can board at a stop; whether that is any good.
    fn make_ready(&mut self, stop: StopIdx, mut label: Label) -> bool {
        label.effort.to_pass &= !self.passes(stop);
        let Some(bag) = self.bags.ready.get(stop.at()) else { return false };
        let mut others = NEVER;
        for known in bag.iter().filter(|known| known.effort.is_no_more_than(&label.effort)) {
            if known.at <= label.at {
                return false;
            }
            let of_this_round = known.step >= self.began && known.effort.rides == label.effort.rides;
            others = if of_this_round { others } else { others.min(known.at) };
        }
        let rests = self.bounds.boarding.of(stop);
        if self.asked.avoided.stop(stop) || !self.limits.may_help(rests, label.at, &label.effort) {
            return false;
        }
        put(&mut self.bags.ready[stop.at()], label);
        self.bags.newly_ready.push(Ready { stop, label, others });
        true
    }

    fn rebuild(&self, label: &Label) -> Option<Found> {
        let (mut rides, mut at) = (Vec::new(), label.step);
        let mut by_way = Vec::new();
        let mut leaves = NEVER;
        let mut first = None;
        let days = self.asked.days;
        loop {
            match *self.bags.steps.get(at as usize)? {
                Step::Ride { before, parent } => {
                    let parent = self.seats.unfold(&self.asked.timetable, days, parent, &mut rides)?;
                    let RideParent { pattern, nth, board, day, .. } = parent;
                    let pattern = self.asked.timetable.pattern(pattern)?;
                    let times = self.asked.timetable.times_of(pattern, nth);
                    leaves = after(days.start(pattern.line, day)?, times.get(board as usize)?.departure_s);
                    first = Some(self.asked.timetable.stops_of(pattern).get(board as usize)?.stop);
                    at = before;
                }
                Step::ByWay { before, platform } => {
                    by_way.push((rides.len(), platform));
                    at = before;
                }
                Step::Access(walk) => {
                    let last: &Ridden = rides.first()?;
                    let stops = self.asked.timetable.stops_of(self.asked.timetable.pattern(last.pattern)?);
                    let egress = stops.get(last.alight as usize)?.stop;
                    rides.reverse();
                    by_way.extend(walk.by_way.some().map(|platform| (rides.len(), platform)));
                    // They were counted from the last one.
                    by_way.iter_mut().for_each(|by_way| by_way.0 = rides.len() - by_way.0);
                    let departure = sets_out(leaves, walk.seconds);
                    return Some(Found {
                        departure,
                        arrival: label.at,
                        access: first?,
                        egress,
                        walk_metres: label.effort.metres,
                        by_way,
                        rides,
                    });
                }
            }
        }
    }
}
