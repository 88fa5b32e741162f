//! Walks between stops, within [`MOST_METRES`]: over the streets where both ends lie on them, guessed from
//! coordinates elsewhere, and as the feed says where it names one.
//!
//! Walks over the streets are closed: where two of them follow one another, and are together no longer than
//! walks may be, the walk from end to end is there and no longer. So one walk between two rides is enough.
//! Guesses and what a feed names are taken as they are: a feed that names a walk to a stop and one on from
//! there has not said that one may walk both.
//!
//! A platform behind [entrances](StopRecord::is_behind_entrances) is led to by the pathways from them; the
//! streets, and guesses, lead to the entrances.

use super::berths::Named;
use super::gtfs::Transfers;
use super::report::{Progress, Step};
use super::streets::StreetArrays;
use super::timetable::TimetableBuilder;
use crate::city::timetable::{StopIdx, StopRecord, stop_kind};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The longest walk from one ride to the next, in metres.
pub const MOST_METRES: f64 = 400.0;
/// How much longer than the straight line a walk is where no streets are mapped.
const DETOUR: f64 = 1.3;
/// Stops that are so near to one another stand at one corner: one need not go to the next node and back.
const ONE_CORNER_METRES: f64 = 25.0;
/// But not where that is farther: then something lies between, a river or a railway. Half a block each way
/// is what stops on two sides of a street are at most from nodes and one another.
const ONE_CORNER_BY_STREET_METRES: f64 = 150.0;
/// Metres a second.
const WALKING_SPEED: f64 = 1.2;
/// Metres a degree of latitude.
const METRES_A_DEGREE: f64 = 111_195.0;

/// Which walks between stops a pack gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walks {
    /// Those that are found and those that the feeds name.
    #[default]
    Found,
    /// Only those that the feeds name, in transfers.txt.
    Named,
}

/// A walk: how many seconds it takes, and how many metres it is long.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Walk {
    seconds: u32,
    metres: f64,
}

impl Walk {
    fn and(self, next: Walk) -> Walk {
        Walk { seconds: self.seconds.saturating_add(next.seconds), metres: self.metres + next.metres }
    }

    fn or(self, other: Walk) -> Walk {
        let is_better = (other.seconds, other.metres) < (self.seconds, self.metres);
        if is_better { other } else { self }
    }

    /// Seconds and whole metres.
    fn rounded(self) -> (u32, u32) {
        (self.seconds, self.metres.round() as u32)
    }
}

/// The quickest walk, and the quickest without steps, if there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    walk: Walk,
    stepless: Option<Walk>,
}

impl Way {
    /// A walk of so many metres, without steps of so many.
    fn of(metres: f64, stepless: Option<f64>) -> Way {
        let walk = |metres: f64| Walk { seconds: seconds(metres), metres };
        Way { walk: walk(metres), stepless: stepless.map(walk) }
    }

    fn and(self, next: Way) -> Way {
        let stepless = self.stepless.zip(next.stepless).map(|(here, there)| here.and(there));
        Way { walk: self.walk.and(next.walk), stepless }
    }

    fn or(self, other: Way) -> Way {
        let stepless = [self.stepless, other.stepless].into_iter().flatten().reduce(Walk::or);
        Way { walk: self.walk.or(other.walk), stepless }
    }

    fn has_steps(&self) -> bool {
        self.stepless.is_none_or(|stepless| stepless.seconds > self.walk.seconds)
    }
}

/// The ways from stop to stop, by both.
type Ways = HashMap<(StopIdx, StopIdx), Way>;

fn add_way(ways: &mut Ways, ends: (StopIdx, StopIdx), way: Way) {
    ways.entry(ends).and_modify(|known| *known = known.or(way)).or_insert(way);
}

/// Adds the walks. `served` says which stops a vehicle serves.
pub(super) fn add(
    builder: &mut TimetableBuilder,
    streets: &StreetArrays,
    transfers: &Transfers,
    walks: Walks,
    served: &[bool],
    progress: &mut dyn FnMut(Progress),
) {
    let stops = builder.stops().to_vec();
    let town = Town { stops: &stops, streets, served, entrances: Entrances::of(&stops, transfers, served) };
    let found = match walks {
        Walks::Found => town.ways(progress),
        Walks::Named => Ways::new(),
    };
    let straight = |from: StopIdx, to: StopIdx| {
        let point = |stop: StopIdx| stops.get(stop.at()).map(StopRecord::point).unwrap_or_default();
        point(from).metres_to(point(to)) * DETOUR
    };
    let far = |from, to| found.get(&(from, to)).map_or_else(|| straight(from, to), |way| way.walk.metres);
    let mut paths = Vec::with_capacity(found.len());
    let mut stepless = Vec::new();
    let mut take = |(from, to): (StopIdx, StopIdx), way: Way| {
        let (seconds, metres) = way.walk.rounded();
        paths.push((from, to, seconds, metres));
        if way.has_steps() {
            stepless.push(((from, to), way.stepless.map(Walk::rounded)));
        }
    };
    for (&ends, &way) in found.iter().filter(|(ends, _)| !transfers.walks.contains_key(ends)) {
        take(ends, way);
    }
    for (&(from, to), &named) in &transfers.walks {
        let metres = far(from, to);
        let by_the_feed = |seconds| {
            let walk = Walk { seconds, metres };
            Way { walk, stepless: Some(walk) }
        };
        match named {
            Named::Seconds(seconds) => take((from, to), by_the_feed(seconds)),
            Named::Possible => {
                take((from, to), found.get(&(from, to)).copied().unwrap_or(by_the_feed(seconds(metres))));
            }
            Named::Forbidden => {}
        }
    }
    transfers.berths.lay_out(builder, &paths, far, seconds);
    let in_stations = transfers.stepless.iter().map(|(&(from, to), &seconds)| {
        ((from, to), seconds.map(|seconds| (seconds, far(from, to).round() as u32)))
    });
    for (ends, without) in stepless.into_iter().chain(in_stations) {
        transfers.berths.stepless(builder, ends, without);
    }
}

fn seconds(metres: f64) -> u32 {
    (metres / WALKING_SPEED).ceil() as u32
}

/// The pathways between entrances and the platforms behind them.
struct Entrances {
    /// By the entrance: which platforms it leads to.
    inwards: HashMap<StopIdx, Vec<(StopIdx, Way)>>,
    /// By the entrance: from which platforms one comes to it.
    outwards: HashMap<StopIdx, Vec<(StopIdx, Way)>>,
}

impl Entrances {
    fn of(stops: &[StopRecord], transfers: &Transfers, served: &[bool]) -> Entrances {
        let mut entrances = Entrances { inwards: HashMap::new(), outwards: HashMap::new() };
        let is_entrance = |stop: StopIdx| stops.get(stop.at()).is_some_and(|s| s.kind == stop_kind::ENTRANCE);
        let is_behind = |stop: StopIdx| {
            let behind = stops.get(stop.at()).is_some_and(StopRecord::is_behind_entrances);
            behind && served.get(stop.at()) == Some(&true)
        };
        for (&(from, to), &named) in &transfers.walks {
            let Named::Seconds(seconds) = named else { continue };
            let metres = stops[from.at()].point().metres_to(stops[to.at()].point()) * DETOUR;
            let walk = |seconds: u32| Walk { seconds, metres };
            let stepless = match transfers.stepless.get(&(from, to)) {
                None => Some(seconds),
                // What transfers.txt says is for everybody; without steps nobody is quicker than that.
                Some(without) => without.map(|without| without.max(seconds)),
            };
            let way = Way { walk: walk(seconds), stepless: stepless.map(walk) };
            if is_entrance(from) && is_behind(to) {
                entrances.inwards.entry(from).or_default().push((to, way));
            } else if is_behind(from) && is_entrance(to) {
                entrances.outwards.entry(to).or_default().push((from, way));
            }
        }
        entrances
    }

    fn is_one(&self, stop: StopIdx) -> bool {
        self.inwards.contains_key(&stop) || self.outwards.contains_key(&stop)
    }

    /// The ways between stops and platforms, out of those between stops and entrances.
    fn lead_through(&self, ways: Ways) -> Ways {
        let mut through = Ways::new();
        for ((from, to), way) in ways {
            // Without an entrance at an end: the stop itself.
            let ends = |of: &HashMap<StopIdx, Vec<(StopIdx, Way)>>, stop: StopIdx| match self.is_one(stop) {
                true => of.get(&stop).into_iter().flatten().map(|(end, way)| (*end, Some(*way))).collect(),
                false => vec![(stop, None)],
            };
            for (from, out) in ends(&self.outwards, from) {
                for (to, into) in ends(&self.inwards, to).into_iter().filter(|(to, _)| *to != from) {
                    let way = out.map_or(way, |out| out.and(way));
                    add_way(&mut through, (from, to), into.map_or(way, |into| way.and(into)));
                }
            }
        }
        through
    }
}

/// Two doors at one corner.
#[derive(Clone, Copy)]
struct Corner {
    other: StopIdx,
    decimetres: u32,
    /// Whether one gets there without steps.
    stepless: bool,
}

/// What walks are found in.
struct Town<'t> {
    stops: &'t [StopRecord],
    streets: &'t StreetArrays,
    served: &'t [bool],
    entrances: Entrances,
}

impl Town<'_> {
    fn ways(&self, progress: &mut dyn FnMut(Progress)) -> Ways {
        let mut ways = Ways::new();
        self.guess(&mut ways);
        self.follow_streets(&mut ways, progress);
        self.entrances.lead_through(ways)
    }

    /// Whether it is a stop at the street, or an entrance.
    fn is_door(&self, stop: StopIdx) -> bool {
        let behind = self.stops.get(stop.at()).is_some_and(StopRecord::is_behind_entrances);
        self.entrances.is_one(stop) || (self.is_served(stop) && !behind)
    }

    fn is_served(&self, stop: StopIdx) -> bool {
        self.served.get(stop.at()) == Some(&true)
    }

    fn is_on_streets(&self, stop: StopIdx) -> bool {
        self.streets.stop_links.get(stop.at()).is_some_and(|link| link.node != u32::MAX)
    }

    fn is_one_station(&self, a: StopIdx, b: StopIdx) -> bool {
        let station = |stop: StopIdx| self.stops.get(stop.at()).and_then(|stop| stop.parent.some());
        station(a).is_some() && station(a) == station(b)
    }

    /// Every two of these stops that are so near to one another, and how many metres, straight.
    fn near(&self, mut all: Vec<StopIdx>, metres: f64) -> Vec<(StopIdx, StopIdx, f64)> {
        all.sort_by_key(|stop| (self.stops[stop.at()].lat_e7, *stop));
        let reach_e7 = (metres / METRES_A_DEGREE * 1e7).ceil() as i32;
        let mut near = Vec::new();
        for (nth, &a) in all.iter().enumerate() {
            let here = self.stops[a.at()];
            let next = all[nth + 1..]
                .iter()
                .take_while(|b| self.stops[b.at()].lat_e7.saturating_sub(here.lat_e7) <= reach_e7);
            for &b in next {
                let (east, north) = self.stops[b.at()].point().flat(here.point());
                let straight = east.hypot(north);
                if straight <= metres {
                    near.push((a, b, straight));
                }
            }
        }
        near
    }

    /// Pairs of which one end lies outside the streets, or that are platforms of one station.
    fn guess(&self, ways: &mut Ways) {
        let all = (0..).map(StopIdx).take(self.stops.len());
        let all = all.filter(|stop| self.is_served(*stop) || self.is_door(*stop)).collect();
        for (a, b, straight) in self.near(all, MOST_METRES / DETOUR) {
            let outside = !(self.is_on_streets(a) && self.is_on_streets(b));
            let platforms = self.is_served(a) && self.is_served(b) && self.is_one_station(a, b);
            if platforms || (outside && self.is_door(a) && self.is_door(b)) {
                let metres = (straight * DETOUR).max(1.0);
                let way = Way::of(metres, Some(metres));
                add_way(ways, (a, b), way);
                add_way(ways, (b, a), way);
            }
        }
    }

    /// Dijkstra from every door on the streets.
    fn follow_streets(&self, ways: &mut Ways, progress: &mut dyn FnMut(Progress)) {
        let doors: Vec<StopIdx> = (0..)
            .map(StopIdx)
            .take(self.stops.len())
            .filter(|stop| self.is_on_streets(*stop) && self.is_door(*stop))
            .collect();
        let mut search = Search::new(self.streets, &doors);
        search.corners = self.corners(&mut search, &doors);
        let most = (MOST_METRES * 10.0) as u32;
        for (nth, &from) in doors.iter().enumerate() {
            let (found, met_steps) = search.from(from, most, true);
            let without: HashMap<StopIdx, u32> = match met_steps {
                true => search.from(from, most, false).0.into_iter().collect(),
                false => HashMap::new(),
            };
            for (to, decimetres) in found {
                let metres = |decimetres: u32| (f64::from(decimetres) / 10.0).max(1.0);
                let stepless = if met_steps { without.get(&to).copied() } else { Some(decimetres) };
                add_way(ways, (from, to), Way::of(metres(decimetres), stepless.map(metres)));
            }
            if nth % 256 == 0 {
                progress(Progress { step: Step::Walks, done: nth as u64, of: doors.len() as u64 });
            }
        }
        progress(Progress { step: Step::Walks, done: doors.len() as u64, of: doors.len() as u64 });
    }

    /// The doors that stand at one corner with each: near, and not far by the streets either.
    fn corners(&self, search: &mut Search<'_>, doors: &[StopIdx]) -> HashMap<StopIdx, Vec<Corner>> {
        let mut near: HashMap<StopIdx, Vec<(StopIdx, f64)>> = HashMap::new();
        for (a, b, straight) in self.near(doors.to_vec(), ONE_CORNER_METRES) {
            near.entry(a).or_default().push((b, straight));
            near.entry(b).or_default().push((a, straight));
        }
        let most = (ONE_CORNER_BY_STREET_METRES * 10.0) as u32;
        let mut corners = HashMap::new();
        for (from, others) in near {
            let by_street: HashMap<StopIdx, u32> = search.from(from, most, true).0.into_iter().collect();
            let stepless: HashMap<StopIdx, u32> = search.from(from, most, false).0.into_iter().collect();
            let at_corner = others.into_iter().filter_map(|(other, straight)| {
                let guess = (straight * DETOUR * 10.0).round().max(10.0) as u32;
                let decimetres = by_street.get(&other)?.min(&guess);
                Some(Corner { other, decimetres: *decimetres, stepless: stepless.contains_key(&other) })
            });
            corners.insert(from, at_corner.collect());
        }
        corners
    }
}

/// Dijkstra over streets and doors, with memory that is used again.
struct Search<'t> {
    streets: &'t StreetArrays,
    /// The doors that are linked to a node, and how far they are, in decimetres.
    at_node: HashMap<u32, Vec<(StopIdx, u32)>>,
    corners: HashMap<StopIdx, Vec<Corner>>,
    /// Decimetres to each node, and behind them to each stop.
    distance: Vec<u32>,
    touched: Vec<usize>,
    heap: BinaryHeap<Reverse<(u32, usize)>>,
}

impl<'t> Search<'t> {
    fn new(streets: &'t StreetArrays, doors: &[StopIdx]) -> Search<'t> {
        let mut at_node: HashMap<u32, Vec<(StopIdx, u32)>> = HashMap::new();
        for &door in doors {
            let link = streets.stop_links[door.at()];
            at_node.entry(link.node).or_default().push((door, link.decimetres));
        }
        let distance = vec![u32::MAX; streets.nodes.len() + streets.stop_links.len()];
        let (corners, touched, heap) = (HashMap::new(), Vec::new(), BinaryHeap::new());
        Search { streets, at_node, corners, distance, touched, heap }
    }

    /// The other doors within so many decimetres, and how far they are; and whether steps were on the way of
    /// any.
    fn from(&mut self, from: StopIdx, most: u32, over_steps: bool) -> (Vec<(StopIdx, u32)>, bool) {
        let (streets, nodes) = (self.streets, self.streets.nodes.len());
        let graph = streets.streets();
        let (mut found, mut met_steps) = (Vec::new(), false);
        self.reach(nodes + from.at(), 0, most);
        while let Some(Reverse((here, at))) = self.heap.pop() {
            if self.distance[at] != here {
                continue;
            }
            let Some(stop) = at.checked_sub(nodes).map(|stop| StopIdx(stop as u32)) else {
                let node = at as u32;
                for nth in 0..self.at_node.get(&node).map_or(0, Vec::len) {
                    let (door, last) = self.at_node[&node][nth];
                    self.reach(nodes + door.at(), here.saturating_add(last), most);
                }
                for (_, edge) in graph.edges_from(node) {
                    met_steps |= edge.has_steps();
                    if over_steps || !edge.has_steps() {
                        self.reach(edge.to as usize, here.saturating_add(edge.decimetres()), most);
                    }
                }
                continue;
            };
            if stop != from {
                found.push((stop, here));
            }
            let link = streets.stop_links[stop.at()];
            self.reach(link.node as usize, here.saturating_add(link.decimetres), most);
            for nth in 0..self.corners.get(&stop).map_or(0, Vec::len) {
                let corner = self.corners[&stop][nth];
                met_steps |= !corner.stepless;
                if over_steps || corner.stepless {
                    self.reach(nodes + corner.other.at(), here.saturating_add(corner.decimetres), most);
                }
            }
        }
        for at in self.touched.drain(..) {
            self.distance[at] = u32::MAX;
        }
        (found, met_steps)
    }

    fn reach(&mut self, at: usize, there: u32, most: u32) {
        let known = &mut self.distance[at];
        if there <= most && there < *known {
            if *known == u32::MAX {
                self.touched.push(at);
            }
            *known = there;
            self.heap.push(Reverse((there, at)));
        }
    }
}
