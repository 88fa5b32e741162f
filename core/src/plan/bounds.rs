//! How soon a passenger can be at the destination, and after how long walks, at the very best, whatever the
//! time of day, on the days asked about: what a range search leaves aside what cannot help by.
//!
//! Rounds of RAPTOR backwards from the destination, in which every pattern rides each hop as quickly as
//! its quickest trip does and nobody waits; known at each stop, and in each vehicle at each stop of its
//! pattern, so that one that drives away is left at once. A goal-directed bound, as in Geisberger and others
//! (*Contraction Hierarchies*, A* and landmarks); that it counts rides too is what makes it sharp.

use super::days::{NEVER, Time};
use super::labels::{Marks, refill};
use super::raptor::{Access, Asked, MOST_RIDES, stretched};
use super::rests::Rests;
use super::route::{NOT_HERE, Route};
use super::seats::Tails;
use super::tables::DayTables;
use crate::city::overlay::Overlay;
use crate::city::timetable::{Footpath, PatternIdx, StopIdx, Timetable};

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
    walks: Vec<Walk>,
}

/// A footpath, seen from where it leads.
#[derive(Clone, Copy, Debug)]
struct Walk {
    from: StopIdx,
    seconds: u32,
    metres: u32,
    /// Whether it is a change at one stop, of which rules make a footpath.
    at_one_stop: bool,
}

impl Walk {
    fn of(timetable: &Timetable<'_>, from: StopIdx, path: &Footpath) -> Walk {
        let at_one_stop = timetable.is_one_stop(from, path.to);
        Walk { from, seconds: path.seconds, metres: path.metres, at_one_stop }
    }
}

const NO_WALK: Walk = Walk { from: StopIdx::NONE, seconds: 0, metres: 0, at_one_stop: false };

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
        self.walks.resize(counts[stops] as usize, NO_WALK);
        let mut next = counts.clone();
        for (from, path) in paths() {
            let at = &mut next[path.to.at()];
            self.walks[*at as usize] = Walk::of(timetable, from, path);
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

    /// Who walks to a stop; after [`prepare`](Self::prepare).
    fn walks_to(&self, stop: StopIdx) -> &[Walk] {
        let ends = self.offsets.get(stop.at()).zip(self.offsets.get(stop.at() + 1));
        ends.and_then(|(&start, &end)| self.walks.get(start as usize..end as usize)).unwrap_or_default()
    }
}

/// What the way to the destination costs: time, or walking.
trait Cost {
    /// Of a walk to the destination.
    fn egress(&self, walk: &Access) -> u32;
    /// Of a ride to the next stop, by its quickest trip.
    fn hop(&self, quickest: Time) -> Time;
    /// Of a change at one stop that takes so long.
    fn change(&self, seconds: u32) -> u32;
    /// Of a footpath.
    fn walk(&self, walk: &Walk) -> u32;
}

/// Time, for whom footpaths take so many times as long.
struct Seconds {
    slowness: f64,
}

impl Cost for Seconds {
    fn egress(&self, walk: &Access) -> u32 {
        walk.seconds
    }

    fn hop(&self, quickest: Time) -> Time {
        quickest
    }

    fn change(&self, seconds: u32) -> u32 {
        seconds
    }

    fn walk(&self, walk: &Walk) -> u32 {
        if self.slowness == 1.0 || walk.at_one_stop {
            return walk.seconds;
        }
        stretched(walk.seconds, self.slowness)
    }
}

/// Walking.
struct Metres;

impl Cost for Metres {
    fn egress(&self, walk: &Access) -> u32 {
        walk.metres
    }

    fn hop(&self, quickest: Time) -> Time {
        if quickest == NEVER { NEVER } else { 0 }
    }

    fn change(&self, _: u32) -> u32 {
        0
    }

    fn walk(&self, walk: &Walk) -> u32 {
        walk.metres
    }
}

/// Which destination, on which days, how many times as slow a passenger, and where two walks may meet.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    egress: Vec<Access>,
    days: (i32, usize),
    slowness: f64,
    meet: Vec<StopIdx>,
}

/// What a search leaves aside what cannot help by.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    hops: Hops,
    /// For whom they hold.
    known: Option<Key>,
    /// Whether the metres hold for it too.
    metres_known: bool,
    /// How soon.
    pub(super) seconds: ToGo,
    /// After how long walks; only for a search that compares them.
    pub(super) metres: ToGo,
    /// Both side by side, for whom a vehicle brought to a stop; like the metres only for a search that
    /// compares them.
    pub(super) alighted: Rests,
    /// And for whom is ready to board there.
    pub(super) boarding: Rests,
}

impl Bounds {
    pub(super) fn compute(&mut self, asked: &Asked<'_>, tables: &DayTables) {
        let timetable = &asked.timetable;
        let same = self.hops.prepare(timetable) & self.seconds.tails.prepare(timetable);
        let meet = asked.via.map(|via| via.meet.clone()).unwrap_or_default();
        let days = (asked.days.day(0), asked.days.numbers().len());
        let key = Key { egress: asked.egress.to_vec(), days, slowness: asked.slowness, meet };
        if same && self.known.as_ref() == Some(&key) {
            return;
        }
        let cost = Seconds { slowness: asked.slowness };
        self.seconds.compute(timetable, &self.hops, &key, &cost, tables);
        (self.known, self.metres_known) = (Some(key), false);
    }

    pub(super) fn compute_with_metres(&mut self, asked: &Asked<'_>, tables: &DayTables) {
        self.compute(asked, tables);
        if let Some(key) = self.known.as_ref().filter(|_| !self.metres_known) {
            self.metres.tails.prepare(&asked.timetable);
            self.metres.compute(&asked.timetable, &self.hops, key, &Metres, tables);
            self.alighted.compute(0, &self.seconds.alighted, &self.metres.alighted);
            self.boarding.compute(1, &self.seconds.boarding, &self.metres.boarding);
            self.metres_known = true;
        }
    }
}

/// The least of something from each stop to the destination with at most `k` rides.
#[derive(Debug, Default)]
pub(super) struct ToGo {
    /// For whom a vehicle brought there: entry 0 is a walk.
    pub(super) alighted: Vec<[Time; MOST_RIDES]>,
    /// For whom is ready to board there; entry 0 stands for nothing.
    pub(super) boarding: Vec<[Time; MOST_RIDES]>,
    /// For whom leaves an entry of `pattern_stops` in a vehicle; at the last one, by staying seated.
    aboard: Vec<Aboard>,
    /// For whom stays seated at the end of a pattern.
    pub(super) tails: Tails,
    /// The last column of `alighted` and of `boarding` so far, which is all that a round reads.
    off: Vec<Time>,
    on: Vec<Time>,
    queued_to: Vec<u32>,
    queue: Vec<PatternIdx>,
    /// Stops whose `alighted` got better in the last round, and whose `boarding` does in this one.
    alights: Marks,
    boards: Marks,
}

/// The least that is to go for whom sits in a vehicle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aboard {
    /// If this ride is the last one.
    last: Time,
    /// If it is not, where that is less.
    more: Time,
}

impl Aboard {
    /// The least of both.
    fn least(&self) -> Time {
        self.last.min(self.more)
    }

    /// Whether whoever leaves at a time can be there before either limit: that of this ride as the last
    /// one, and that of one more.
    #[inline]
    pub(super) fn may_help(&self, at: Time, (last, more): (Time, Time)) -> bool {
        // What takes one ride takes no more than two: only with walking compared does it matter.
        at.saturating_add(self.last) < last || at.saturating_add(self.least()) < more
    }
}

impl ToGo {
    fn compute(
        &mut self,
        timetable: &Timetable<'_>,
        hops: &Hops,
        key: &Key,
        cost: &impl Cost,
        tables: &DayTables,
    ) {
        let stops = timetable.stops.len();
        for labels in [&mut self.alighted, &mut self.boarding] {
            refill(labels, stops, [NEVER; MOST_RIDES]);
        }
        for labels in [&mut self.off, &mut self.on] {
            refill(labels, stops, NEVER);
        }
        refill(&mut self.aboard, timetable.pattern_stop_count(), Aboard { last: NEVER, more: NEVER });
        refill(&mut self.queued_to, timetable.pattern_count(), 0);
        self.tails.reset(timetable.pattern_count());
        self.alights.reset(stops);
        self.boards.reset(stops);
        for walk in &key.egress {
            let to = Time::try_from(cost.egress(walk)).unwrap_or(NEVER);
            if let Some(off) = self.off.get_mut(walk.stop.at()).filter(|off| to < **off) {
                *off = to;
                self.alights.mark(walk.stop);
            }
        }
        self.keep_alights(0);
        for rides in 1..MOST_RIDES {
            self.queue_patterns(timetable, tables);
            let mut queue = std::mem::take(&mut self.queue);
            for pattern in queue.drain(..) {
                let to = std::mem::take(&mut self.queued_to[pattern.at()]);
                self.walk_back(timetable, (hops, cost), pattern, to as usize, rides);
            }
            self.queue = queue;
            while let Some(pattern) = self.tails.next() {
                self.walk_back(timetable, (hops, cost), pattern, usize::MAX, rides);
            }
            self.alights.clear();
            self.change(timetable, (hops, cost), &key.meet, rides);
            self.keep_alights(rides);
        }
    }

    /// What is to go for whom leaves each position of a pattern in a vehicle; `first_stop` is the pattern's.
    pub(super) fn aboard(&self, first_stop: u32, stops: usize) -> &[Aboard] {
        let first = first_stop as usize;
        first.checked_add(stops).and_then(|end| self.aboard.get(first..end)).unwrap_or_default()
    }

    /// Whether whoever leaves an entry of `pattern_stops` at a time can be there before either limit.
    #[inline]
    pub(super) fn helps_aboard(&self, entry: usize, at: Time, limits: (Time, Time)) -> bool {
        self.aboard.get(entry).is_none_or(|to_go| to_go.may_help(at, limits))
    }

    /// How far whoever leaves an entry of `pattern_stops` after so many metres will have walked at least: if
    /// this ride is the last one, and if it is not.
    #[inline]
    pub(super) fn metres_aboard(&self, entry: usize, metres: u32) -> (u32, u32) {
        let Some(to_go) = self.aboard.get(entry) else { return (metres, metres) };
        let after = |to_go: Time| metres.saturating_add(to_go.unsigned_abs());
        (after(to_go.last), after(to_go.least()))
    }

    /// Queues the patterns that serve a stop that got better, up to the last such stop.
    fn queue_patterns(&mut self, timetable: &Timetable<'_>, tables: &DayTables) {
        for &stop in &self.alights.list {
            let here = timetable.patterns_now_at(stop);
            for at in here.filter(|at| at.position > 0 && tables.span(at.pattern).0 != 0) {
                let Some(to) = self.queued_to.get_mut(at.pattern.at()) else { continue };
                if *to == 0 {
                    self.queue.push(at.pattern);
                }
                *to = at.position.max(*to);
            }
        }
    }

    /// Only stops that got better are news; where the vehicle is no quicker than was known, what lies
    /// before it is known as well.
    fn walk_back(
        &mut self,
        timetable: &Timetable<'_>,
        (hops, cost): (&Hops, &impl Cost),
        pattern: PatternIdx,
        to: usize,
        rides: usize,
    ) {
        let tail = self.tails.of(pattern);
        let idx = pattern;
        let Some(pattern) = timetable.pattern(pattern) else { return };
        let (stops, first) = (timetable.stops_of(pattern), pattern.first_stop as usize);
        let to = if tail == NEVER { to } else { usize::MAX };
        let (count, last) = (stops.len().min(to.saturating_add(1)), stops.len().saturating_sub(1));
        let (Some(stops), Some(quickest), Some(aboard)) = (
            stops.get(..count),
            hops.quickest.get(first..first + count),
            self.aboard.get_mut(first..first + count),
        ) else {
            return;
        };
        let mut to_go = NEVER;
        for (position, ((stop, &quickest), known)) in stops.iter().zip(quickest).zip(aboard).enumerate().rev()
        {
            let at = stop.stop.at();
            let (Some(on), Some(&off)) = (self.on.get_mut(at), self.off.get(at)) else { continue };
            if to_go != NEVER {
                to_go = to_go.saturating_add(cost.hop(quickest));
                if to_go >= known.least() {
                    to_go = NEVER;
                } else {
                    *(if rides == 1 { &mut known.last } else { &mut known.more }) = to_go;
                    if stop.pickup != NOT_HERE && to_go < *on {
                        *on = to_go;
                        self.boards.mark(stop.stop);
                    }
                    if position == 0 {
                        self.tails.begins(idx, to_go);
                    }
                }
            }
            if position == last && tail < known.least() {
                *(if rides == 1 { &mut known.last } else { &mut known.more }) = tail;
                to_go = tail;
            }
            if stop.drop_off != NOT_HERE && off < to_go && self.alights.holds(stop.stop) {
                to_go = off;
            }
        }
    }

    /// Who is ready to board a stop got off there, or walked there.
    fn change(
        &mut self,
        timetable: &Timetable<'_>,
        (hops, cost): (&Hops, &impl Cost),
        meet: &[StopIdx],
        rides: usize,
    ) {
        let ToGo { boarding, off, on, alights, boards, .. } = self;
        let mut lower = |stop: StopIdx, to_go: Time, change: u32| {
            let to = to_go.saturating_add(Time::try_from(change).unwrap_or(NEVER));
            if let Some(off) = off.get_mut(stop.at()).filter(|off| to < **off) {
                *off = to;
                alights.mark(stop);
            }
        };
        for &stop in &boards.list {
            let to_go = on[stop.at()];
            boarding[stop.at()][rides..].fill(to_go);
            lower(stop, to_go, cost.change(timetable.change_s(stop)));
            for walk in hops.walks_to(stop) {
                lower(walk.from, to_go, cost.walk(walk));
            }
        }
        for &stop in meet {
            for path in timetable.footpaths_from(stop) {
                let on_it = Walk::of(timetable, stop, path);
                let to_go = on.get(path.to.at()).copied().unwrap_or(NEVER);
                let to_go = to_go.saturating_add(Time::try_from(cost.walk(&on_it)).unwrap_or(NEVER));
                hops.walks_to(stop).iter().for_each(|walk| lower(walk.from, to_go, cost.walk(walk)));
            }
        }
        boards.clear();
    }

    fn keep_alights(&mut self, rides: usize) {
        for &stop in &self.alights.list {
            self.alighted[stop.at()][rides..].fill(self.off[stop.at()]);
        }
    }
}
