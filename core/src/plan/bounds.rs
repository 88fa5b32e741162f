//! How soon a passenger can be at the destination at the very best, whatever the time of day: what a
//! range search leaves aside what cannot help by.
//!
//! Rounds of RAPTOR backwards from the destination, in which every pattern rides each hop as quickly as
//! its quickest trip does and nobody waits. A goal-directed bound, as in Geisberger and others (*Contraction
//! Hierarchies*, A* and landmarks); that it counts rides too is what makes it sharp.

use super::days::{NEVER, Time};
use super::labels::{Marks, NOT_QUEUED, lower};
use super::raptor::{Access, MOST_RIDES, stretched};
use super::route::{NOT_HERE, Route};
use super::seats::Tails;
use crate::city::overlay::Overlay;
use crate::city::timetable::{PatternIdx, StopIdx, Timetable};

/// What a pack alone says: made once a pack.
#[derive(Debug, Default)]
pub(super) struct Hops {
    key: Option<(usize, usize)>,
    /// Of the overlay whose hops follow those of the pack; 0 without one.
    overlay: u64,
    /// The quickest ride from each entry of `pattern_stops` to the next one, in seconds.
    quickest: Vec<Time>,
    /// The footpaths backwards: who walks to a stop, and how long.
    offsets: Vec<u32>,
    walks: Vec<(StopIdx, u32)>,
}

impl Hops {
    /// Whether it is what was known before.
    fn prepare(&mut self, timetable: &Timetable<'_>) -> bool {
        let key = (timetable.times.as_ptr() as usize, timetable.times.len());
        let overlay = timetable.overlay.map_or(0, Overlay::stamp);
        let same_pack = self.key == Some(key) && self.offsets.len() == timetable.stops.len() + 1;
        if same_pack && self.overlay == overlay {
            return true;
        }
        if !same_pack {
            self.of_pack(timetable);
        }
        (self.key, self.overlay) = (Some(key), overlay);
        self.quickest.truncate(timetable.pattern_stops.len());
        self.quickest.resize(timetable.pattern_stop_count(), NEVER);
        self.quicken(timetable, timetable.patterns.len()..timetable.pattern_count());
        false
    }

    fn of_pack(&mut self, timetable: &Timetable<'_>) {
        self.quickest.clear();
        self.quickest.resize(timetable.pattern_stops.len(), NEVER);
        self.quicken(timetable, 0..timetable.patterns.len());
        let stops = timetable.stops.len();
        let mut counts = vec![0_u32; stops + 1];
        let paths = || {
            let stops = (0..).map(StopIdx).take(stops);
            let of_stop = |from| timetable.footpaths_from(from).iter().map(move |path| (from, path));
            stops.flat_map(of_stop).filter(|(_, path)| path.to.at() < timetable.stops.len())
        };
        paths().for_each(|(_, path)| counts[path.to.at() + 1] += 1);
        for stop in 0..stops {
            counts[stop + 1] += counts[stop];
        }
        self.walks.clear();
        self.walks.resize(counts[stops] as usize, (StopIdx::NONE, 0));
        let mut next = counts.clone();
        for (from, path) in paths() {
            let at = &mut next[path.to.at()];
            self.walks[*at as usize] = (from, path.seconds);
            *at += 1;
        }
        self.offsets = counts;
    }

    /// Finds the quickest hops of some patterns.
    fn quicken(&mut self, timetable: &Timetable<'_>, patterns: std::ops::Range<usize>) {
        for pattern in patterns.map_while(|nth| u32::try_from(nth).ok()).map(PatternIdx) {
            let Some(route) = Route::of(timetable, pattern) else { continue };
            let first = route.pattern.first_stop as usize;
            let Some(quickest) = self.quickest.get_mut(first..first + route.stops.len()) else { continue };
            for nth in 0..route.pattern.trip_count {
                for (hop, pair) in quickest.iter_mut().zip(route.times_of(nth).pairs()) {
                    let takes = i64::from(pair.1.arrival_s) - i64::from(pair.0.departure_s);
                    // Two patterns of a hostile pack may share their stops: then the quicker counts.
                    *hop = (*hop).min(takes.clamp(0, i64::from(NEVER)) as Time);
                }
            }
        }
    }

    /// Who walks to a stop, and how long it takes; after [`prepare`](Self::prepare).
    fn walks_to(&self, stop: StopIdx) -> &[(StopIdx, u32)] {
        let ends = self.offsets.get(stop.at()).zip(self.offsets.get(stop.at() + 1));
        ends.and_then(|(&start, &end)| self.walks.get(start as usize..end as usize)).unwrap_or_default()
    }
}

/// The least seconds from each stop to the destination with at most `k` rides.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    hops: Hops,
    /// For whom stays seated at the end of a pattern.
    pub(super) tails: Tails,
    /// For which destination, and how many times as slow a passenger, they hold.
    known: Option<(Vec<Access>, f64)>,
    /// For whom a vehicle brought there: entry 0 is a walk.
    pub(super) alighted: Vec<[Time; MOST_RIDES]>,
    /// For whom is ready to board there; entry 0 stands for nothing.
    pub(super) boarding: Vec<[Time; MOST_RIDES]>,
    queued_to: Vec<(u32, u32)>,
    queue: Vec<PatternIdx>,
    /// Stops whose `alighted` got better in the last round, and whose `boarding` does in this one.
    alights: Marks,
    boards: Marks,
}

impl Bounds {
    pub(super) fn compute(&mut self, timetable: &Timetable<'_>, egress: &[Access], slowness: f64) {
        let same = self.hops.prepare(timetable) & self.tails.prepare(timetable);
        let known = self.known.as_ref().filter(|_| same);
        if known.is_some_and(|known| known.0 == egress && known.1 == slowness) {
            return;
        }
        self.known = Some((egress.to_vec(), slowness));
        let stops = timetable.stops.len();
        for labels in [&mut self.alighted, &mut self.boarding] {
            labels.clear();
            labels.resize(stops, [NEVER; MOST_RIDES]);
        }
        self.tails.reset(timetable.pattern_count());
        self.queued_to.clear();
        self.queued_to.resize(timetable.pattern_count(), NOT_QUEUED);
        self.alights.reset(stops);
        self.boards.reset(stops);
        for walk in egress {
            if let Some(label) = self.alighted.get_mut(walk.stop.at()) {
                lower(label, 0, Time::try_from(walk.seconds).unwrap_or(NEVER));
                self.alights.mark(walk.stop);
            }
        }
        for rides in 1..MOST_RIDES {
            for &stop in &self.alights.list {
                for at in timetable.patterns_at(stop).iter().chain(timetable.laid_patterns_at(stop)) {
                    let Some(to) = self.queued_to.get_mut(at.pattern.at()) else { continue };
                    if *to == NOT_QUEUED {
                        self.queue.push(at.pattern);
                    }
                    *to = (0, at.position.max(to.1));
                }
            }
            self.alights.clear();
            let mut queue = std::mem::take(&mut self.queue);
            for pattern in queue.drain(..) {
                let (_, to) = std::mem::replace(&mut self.queued_to[pattern.at()], NOT_QUEUED);
                self.walk_back(timetable, pattern, to as usize, rides);
            }
            self.queue = queue;
            while let Some(pattern) = self.tails.next() {
                self.walk_back(timetable, pattern, usize::MAX, rides);
            }
            let mut boards = std::mem::take(&mut self.boards);
            for &stop in &boards.list {
                let to_go = self.boarding[stop.at()][rides];
                let change_s = Time::try_from(timetable.change_s(stop)).unwrap_or(NEVER);
                self.lower_alighted(stop, rides, to_go.saturating_add(change_s));
                for nth in 0..self.hops.walks_to(stop).len() {
                    let (from, seconds) = self.hops.walks_to(stop)[nth];
                    let seconds = Time::try_from(stretched(seconds, slowness)).unwrap_or(NEVER);
                    self.lower_alighted(from, rides, to_go.saturating_add(seconds));
                }
            }
            boards.clear();
            self.boards = boards;
        }
    }

    fn lower_alighted(&mut self, stop: StopIdx, rides: usize, to: Time) {
        let Some(label) = self.alighted.get_mut(stop.at()) else { return };
        if to < label[rides] {
            lower(label, rides, to);
            self.alights.mark(stop);
        }
    }

    fn walk_back(&mut self, timetable: &Timetable<'_>, pattern: PatternIdx, to: usize, rides: usize) {
        let Some(route) = Route::of(timetable, pattern) else { return };
        let first = route.pattern.first_stop as usize;
        let Some(quickest) = self.hops.quickest.get(first..first + route.stops.len()) else { return };
        let (tail, last) = (self.tails.of(pattern), route.stops.len() - 1);
        let to = if tail == NEVER { to } else { last };
        let mut to_go = NEVER;
        for (position, stop) in route.stops.iter().enumerate().take(to.saturating_add(1)).rev() {
            if to_go != NEVER {
                to_go = to_go.saturating_add(quickest[position]);
                if position == 0 {
                    self.tails.begins(pattern, to_go);
                }
                if let Some(label) = self.boarding.get_mut(stop.stop.at())
                    && stop.pickup != NOT_HERE
                    && to_go < label[rides]
                {
                    lower(label, rides, to_go);
                    self.boards.mark(stop.stop);
                }
            }
            if stop.drop_off != NOT_HERE
                && let Some(label) = self.alighted.get(stop.stop.at())
            {
                to_go = to_go.min(label[rides - 1]);
            }
            if position == last {
                to_go = to_go.min(tail);
            }
        }
    }
}
