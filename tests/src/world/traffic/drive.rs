//! Moves buses second by second: they gather speed, keep their distance, stop at stops and red lights.
//!
//! Car-following after Krauss (*Microscopic Modeling of Traffic Flow*, 1998): a bus is never faster than lets it
//! stop behind whoever is ahead, should that one brake. Lanes are first in, first out: nobody overtakes.

use super::Mood;
use super::ways::Ways;
use crate::world::dice::Dice;
use std::collections::VecDeque;

/// From the front of one bus to the front of the next, at least, in metres.
pub const SPACE_M: f64 = 12.0;
/// Speed on a free street, in metres a second, drawn anew for each leg.
const CRUISE_MPS: (f64, f64) = (8.0, 14.0);
/// Gathering speed and braking, in metres a second squared.
const GATHER: f64 = 1.0;
const BRAKE: f64 = 1.3;
/// Braking that a light may ask for: who would have to brake harder goes through.
const HARD_BRAKE: f64 = 3.0;
/// Doors are open so long, in seconds.
const DWELL_S: (f64, f64) = (8.0, 40.0);
/// A stop has room for so many metres of buses: who waits behind another opens the doors there.
const STOP_M: f64 = 38.0;
/// Buses wait so many metres before a crossing.
pub(super) const LINE_M: f64 = 8.0;
/// A driver looks so far ahead, in metres.
const AHEAD_M: f64 = 90.0;
/// Nobody sets out into a lane with another bus so near behind, in metres.
const MERGE_M: f64 = 25.0;

/// A stay at a stop, in seconds of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stay {
    pub(super) arrival_s: usize,
    /// The doors close.
    pub(super) closes_s: usize,
    /// It moves; none if it had not by the end of the window.
    pub(super) departure_s: Option<usize>,
}

/// What a bus is to do, and what came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// The pattern.
    pub(super) route: usize,
    /// How far it is at the beginning of the window, and the stop that comes next; none if it stands at its
    /// first stop until `ready_s`.
    pub(super) under_way: Option<(f64, usize)>,
    /// When it may set out.
    pub(super) ready_s: i64,
    /// The run of the same bus before this one.
    pub(super) before: Option<usize>,
    /// When it set out, or 0.
    pub(super) start_s: usize,
    /// Metres along its way at every second from `start_s`; nothing if it never set out.
    pub(super) metres: Vec<f32>,
    /// By stop, as far as it was there within the window.
    pub(super) stays: Vec<Option<Stay>>,
    /// It has come to its end.
    pub(super) ended_s: Option<usize>,
}

/// Seconds between two runs of a bus, at least.
pub(super) const TURN_S: usize = 40;

#[derive(Clone, Copy, PartialEq)]
enum Doing {
    /// It has not set out.
    Waiting,
    Driving,
    /// Doors are open until then.
    Standing(usize),
    /// Doors are closed, and it has not moved yet.
    Leaving,
    Gone,
}

struct Bus {
    route: usize,
    doing: Doing,
    /// The position of its stretch in its route, and how far along the route it is.
    stretch: usize,
    metres: f64,
    speed: f64,
    cruise: f64,
    /// The next stop, or the one at which it stands.
    next: usize,
    dice: Dice,
}

/// The street in one window.
pub(super) struct Street<'w> {
    ways: &'w Ways,
    mood: Mood,
    /// The world's second in which the window begins.
    begin_s: f64,
    buses: Vec<Bus>,
    /// Who is on each stretch, the foremost first.
    lanes: Vec<VecDeque<usize>>,
}

/// Drives all runs through a window of so many seconds.
pub(super) fn drive(ways: &Ways, mood: Mood, seed: u64, begin_s: f64, seconds: usize, runs: &mut [Run]) {
    let lanes = vec![VecDeque::new(); ways.stretches.len()];
    let mut street = Street { ways, mood, begin_s, buses: Vec::new(), lanes };
    for (nth, run) in runs.iter_mut().enumerate() {
        let mut dice = Dice::new(seed, &format!("drives {nth}"));
        run.stays = vec![None; ways.routes[run.route].track.stop_count()];
        let cruise = mood.cruise(&mut dice);
        let (route, doing) = (run.route, Doing::Waiting);
        street.buses.push(Bus { route, doing, stretch: 0, metres: 0.0, speed: 0.0, cruise, next: 1, dice });
        if let Some((metres, next)) = run.under_way {
            street.place(nth, metres, next);
        }
    }
    for second in 0..seconds {
        for nth in 0..runs.len() {
            if street.buses[nth].doing == Doing::Waiting {
                street.set_out(nth, runs, second);
            } else if street.buses[nth].doing != Doing::Gone {
                street.step(nth, &mut runs[nth], second);
            }
        }
    }
}

impl Street<'_> {
    /// Puts a bus that is under way on its lane, or behind whoever is there already; one for which there is no
    /// room is not out.
    fn place(&mut self, nth: usize, metres: f64, next: usize) {
        let route = &self.ways.routes[self.buses[nth].route];
        let mut at = metres;
        while at >= route.track.stop(0) && metres - at < 20.0 * SPACE_M {
            let stretch = route.stretch_at(at);
            if self.has_room(route.stretches[stretch], at, SPACE_M) {
                // Pushed back behind a stop that it had left, it stops there once more.
                let next = (1..next).find(|stop| route.track.stop(*stop) >= at).unwrap_or(next);
                let bus = &mut self.buses[nth];
                (bus.doing, bus.stretch, bus.metres, bus.next) = (Doing::Driving, stretch, at, next);
                self.enter(nth);
                return;
            }
            at -= SPACE_M / 2.0;
        }
        self.buses[nth].doing = Doing::Gone;
    }

    /// Whether nobody is on a stretch so near before or behind a place.
    fn has_room(&self, (stretch, begin): (u32, f64), metres: f64, behind: f64) -> bool {
        let gap = |other: &usize| self.offset(*other) - (metres - begin);
        !self.lanes[stretch as usize].iter().any(|other| (-behind..SPACE_M).contains(&gap(other)))
    }

    /// How far along its stretch a bus is.
    fn offset(&self, nth: usize) -> f64 {
        let bus = &self.buses[nth];
        bus.metres - self.ways.routes[bus.route].stretches[bus.stretch].1
    }

    fn lane_of(&self, nth: usize) -> usize {
        let bus = &self.buses[nth];
        self.ways.routes[bus.route].stretches[bus.stretch].0 as usize
    }

    /// Takes its place in its lane.
    fn enter(&mut self, nth: usize) {
        let (lane, offset) = (self.lane_of(nth), self.offset(nth));
        let after = self.lanes[lane].iter().position(|other| self.offset(*other) < offset);
        let at = after.unwrap_or(self.lanes[lane].len());
        self.lanes[lane].insert(at, nth);
    }

    /// Leaves its first stop when it may and there is room in the lane.
    fn set_out(&mut self, nth: usize, runs: &mut [Run], second: usize) {
        let ready = runs[nth].ready_s <= second as i64;
        let back = runs[nth].before.is_none_or(|before| {
            let ended = runs[before].ended_s.is_some_and(|ended| ended + TURN_S <= second);
            ended || self.buses[before].doing == Doing::Gone && runs[before].metres.is_empty()
        });
        let route = &self.ways.routes[self.buses[nth].route];
        if !ready || !back || route.stretches.is_empty() {
            return;
        }
        let metres = route.track.stop(0);
        let stretch = route.stretch_at(metres);
        let lane = route.stretches[stretch];
        let is_near = |feeder: &u32| {
            let front = self.lanes[*feeder as usize].front();
            let left = |front: &usize| self.ways.stretches[*feeder as usize].length - self.offset(*front);
            front.is_some_and(|front| self.buses[*front].speed > 0.0 && left(front) < MERGE_M)
        };
        let begin = self.ways.stretches[lane.0 as usize].begin;
        if !self.has_room(lane, metres, MERGE_M) || self.ways.into[begin as usize].iter().any(is_near) {
            return;
        }
        let bus = &mut self.buses[nth];
        (bus.doing, bus.stretch, bus.metres) = (Doing::Driving, stretch, metres);
        self.enter(nth);
        let run = &mut runs[nth];
        run.start_s = second;
        run.metres.push(metres as f32);
        run.stays[0] = Some(Stay { arrival_s: 0, closes_s: second, departure_s: Some(second) });
    }

    fn step(&mut self, nth: usize, run: &mut Run, second: usize) {
        let last = run.stays.len() - 1;
        let next = self.buses[nth].next;
        match self.buses[nth].doing {
            Doing::Standing(closes_s) if second <= closes_s => {}
            Doing::Standing(_) if next == last => {
                let lane = self.lane_of(nth);
                self.lanes[lane].retain(|other| *other != nth);
                self.buses[nth].doing = Doing::Gone;
                run.ended_s = Some(second);
            }
            Doing::Standing(_) => {
                let bus = &mut self.buses[nth];
                (bus.doing, bus.next, bus.cruise) =
                    (Doing::Leaving, next + 1, self.mood.cruise(&mut bus.dice));
                self.advance(nth, run, second);
            }
            _ => self.advance(nth, run, second),
        }
        run.metres.push(self.buses[nth].metres as f32);
    }

    /// One second of driving.
    fn advance(&mut self, nth: usize, run: &mut Run, second: usize) {
        let bus = &self.buses[nth];
        let route = &self.ways.routes[bus.route];
        let ahead = self.gap_ahead(nth);
        let to_stop = route.track.stop(bus.next) - bus.metres;
        let queued = bus.speed < 0.5 && ahead.is_some_and(|(gap, _)| gap < SPACE_M + 2.0);
        if to_stop < 1.0 || to_stop < STOP_M && queued {
            let closes_s = second + bus.dice.clone().between(DWELL_S.0, DWELL_S.1) as usize;
            let stay = Stay { arrival_s: second, closes_s, departure_s: None };
            run.stays[bus.next] = Some(stay);
            let bus = &mut self.buses[nth];
            bus.dice.next();
            (bus.doing, bus.speed) = (Doing::Standing(closes_s), 0.0);
            return;
        }
        let mut speed = (bus.speed + GATHER).min(bus.cruise).min(safe_speed(to_stop, 0.0));
        if let Some((gap, theirs)) = ahead {
            // The last word: whatever the one ahead does, nobody comes nearer than this.
            speed = speed.min(safe_speed(gap - SPACE_M, theirs)).min((gap - SPACE_M).max(0.0));
        }
        if let Some(to_line) = self.red_ahead(nth, second) {
            speed = speed.min(safe_speed(to_line, 0.0));
        }
        let speed = speed.max(0.0);
        let bus = &mut self.buses[nth];
        (bus.speed, bus.metres) = (speed, bus.metres + speed);
        if bus.doing == Doing::Leaving && speed > 0.0 {
            bus.doing = Doing::Driving;
            if let Some(Some(stay)) = run.stays.get_mut(bus.next - 1) {
                // It was still there a second ago.
                stay.departure_s = Some(second - 1);
            }
        }
        while let Some((_, begin)) = route.stretches.get(self.buses[nth].stretch + 1)
            && self.buses[nth].metres >= *begin
        {
            let lane = self.lane_of(nth);
            self.lanes[lane].pop_front();
            self.buses[nth].stretch += 1;
            let lane = self.lane_of(nth);
            self.lanes[lane].push_back(nth);
        }
    }

    /// Metres to the front of whoever is ahead on the same way, and how fast that one is.
    fn gap_ahead(&self, nth: usize) -> Option<(f64, f64)> {
        let bus = &self.buses[nth];
        let route = &self.ways.routes[bus.route];
        let lane = &self.lanes[self.lane_of(nth)];
        let place = lane.iter().position(|other| *other == nth)?;
        if let Some(&other) = place.checked_sub(1).and_then(|before| lane.get(before)) {
            return Some((self.offset(other) - self.offset(nth), self.buses[other].speed));
        }
        for (stretch, begin) in &route.stretches[bus.stretch + 1..] {
            if begin - bus.metres > AHEAD_M {
                return None;
            }
            if let Some(&other) = self.lanes[*stretch as usize].back() {
                return (other != nth)
                    .then(|| (begin - bus.metres + self.offset(other), self.buses[other].speed));
            }
        }
        None
    }

    /// Metres to the line before the next red light, if the bus can still stop there.
    fn red_ahead(&self, nth: usize, second: usize) -> Option<f64> {
        let bus = &self.buses[nth];
        let route = &self.ways.routes[bus.route];
        let at_s = self.begin_s + second as f64;
        for (place, (stretch, begin)) in route.stretches.iter().enumerate().skip(bus.stretch) {
            if begin - bus.metres > AHEAD_M {
                return None;
            }
            let end = route.stretches.get(place + 1)?.1;
            let to_line = end - LINE_M.min((end - begin) / 2.0) - bus.metres;
            let can_stop = bus.speed * bus.speed / (2.0 * HARD_BRAKE) <= to_line;
            if to_line >= 0.0 && can_stop && self.ways.is_red(*stretch, at_s) {
                return Some(to_line);
            }
        }
        None
    }
}

impl Mood {
    fn cruise(self, dice: &mut Dice) -> f64 {
        let cruise = dice.between(CRUISE_MPS.0, CRUISE_MPS.1);
        match self {
            Mood::Jammed { share } => cruise * share,
            Mood::Usual | Mood::Bunched => cruise,
        }
    }
}

/// The speed for the next second after which one can stop within so many metres, or behind somebody who brakes
/// from this speed.
fn safe_speed(metres: f64, theirs: f64) -> f64 {
    let room = metres.max(0.0) + theirs * theirs / (2.0 * BRAKE);
    BRAKE * ((1.0 + 2.0 * room / BRAKE).sqrt() - 1.0)
}
