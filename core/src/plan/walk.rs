//! Walking: from a point to the stops around it, street by street.
//!
//! Dijkstra from the nearest corner, no farther than the passenger likes to walk. Where the map has no
//! streets the way is a guess, and marked as one: the straight line and 30 % more. Where it has streets
//! but none leads across (a river), there is no way. To a platform behind entrances one walks to an entrance
//! and on by its pathway; who takes no steps takes none on either.

use super::journey::WalkStep;
use super::raptor::{Access, stretched};
use crate::city::streets::{StopLink, Streets};
use crate::city::timetable::{Footpath, StopIdx, StopRecord, TextIdx, Timetable, stop_kind};
use crate::geo::Point;
use crate::order;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How far from the streets a point may lie and still be on them.
const NEAR_METRES: f64 = 300.0;

/// How much longer than the straight line a walk is where no streets are mapped.
const DETOUR: f64 = 1.3;

/// Zero, so that memory for a whole city's corners costs nothing until they are reached.
const UNREACHED: u32 = 0;

/// How a passenger walks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walker {
    /// Metres a second, in the streets.
    pub(super) speed: f64,
    /// How many times as long as the pack says a footpath takes; at least 1. A quick passenger gets no less
    /// time: the operator promises its connections for that.
    pub(super) slowness: f64,
    /// No farther than that.
    pub(super) most_metres: u32,
    /// Over no stairs.
    pub(super) step_free: bool,
}

/// Whether a walk leads to a stop or from it: an entrance may lead one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    ToStop,
    FromStop,
}

/// A way on foot that was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    pub(super) metres: u32,
    /// How long it takes.
    pub(super) seconds: u32,
    /// Whether it leaves the mapped streets.
    pub(super) estimated: bool,
    /// The streets to follow; empty for an estimated way.
    pub(super) steps: Vec<WalkStep>,
}

impl Way {
    /// The same way back.
    pub(super) fn back(mut self) -> Way {
        self.steps.reverse();
        self
    }

    /// The way to an entrance, and on by the pathway from or to there.
    fn and_through(
        mut self,
        timetable: &Timetable<'_>,
        entrance: StopIdx,
        path: &Footpath,
        walker: Walker,
    ) -> Way {
        self.metres = self.metres.saturating_add(path.metres);
        self.seconds = self.seconds.saturating_add(stretched(path.seconds, walker.slowness));
        if !self.estimated {
            let name = timetable.stop(entrance).map_or("", |entrance| timetable.name(entrance.name));
            self.steps.push(WalkStep { street: name.to_owned(), metres: path.metres });
        }
        self
    }
}

/// The quickest way from any of some stops to any of others over the streets, from and to entrances where they
/// are behind some.
pub(super) fn between<'a>(
    timetable: &Timetable<'a>,
    streets: &Streets<'a>,
    (from, to): (&[StopIdx], &[StopIdx]),
    walker: Walker,
) -> Option<Way> {
    let mut starts: Vec<(StopIdx, Option<Footpath>)> = Vec::new();
    for &stop in from {
        if timetable.stop(stop).is_some_and(StopRecord::is_behind_entrances) {
            let entrances = entrances(timetable, stop, Leads::FromStop).into_iter();
            starts.extend(entrances.map(|(entrance, path)| (entrance, Some(path))));
        } else {
            starts.push((stop, None));
        }
    }
    order::sort_by_key(&mut starts, |(stop, path)| (*stop, path.map(|path| (path.seconds, path.metres))));
    starts.dedup_by_key(|(stop, _)| *stop);
    let ways = starts.into_iter().filter_map(|(start, path)| {
        let reach = Reach::of_stop(timetable, streets, start, walker);
        let way = quickest(to.iter().filter_map(|&to| reach.way_to_stop(to, Leads::ToStop)))?;
        Some(match path {
            None => way,
            // From there told backwards, the way ends at the entrance.
            Some(path) => way.back().and_through(timetable, start, &path, walker).back(),
        })
    });
    quickest(ways.filter(|way| way.metres <= walker.most_metres))
}

/// The quickest of some ways.
pub(super) fn quickest(ways: impl Iterator<Item = Way>) -> Option<Way> {
    ways.min_by_key(|way| (way.seconds, way.metres))
}

/// The pathways from a platform to entrances.
fn outwards<'a>(
    timetable: &Timetable<'a>,
    platform: StopIdx,
) -> impl Iterator<Item = &'a Footpath> + use<'a> {
    let stops = timetable.stops;
    let is_entrance =
        move |path: &&Footpath| stops.get(path.to.at()).is_some_and(|stop| stop.kind == stop_kind::ENTRANCE);
    timetable.footpaths_from(platform).iter().filter(is_entrance)
}

/// The entrances of a platform behind them, with the pathways that lead to it or from it.
fn entrances(timetable: &Timetable<'_>, platform: StopIdx, leads: Leads) -> Vec<(StopIdx, Footpath)> {
    if leads == Leads::FromStop {
        return outwards(timetable, platform).map(|path| (path.to, *path)).collect();
    }
    let all = (0..).map(StopIdx).zip(timetable.stops);
    let entrances = all.filter(|(_, record)| record.kind == stop_kind::ENTRANCE).map(|(stop, _)| stop);
    let inwards = entrances.filter_map(|entrance| {
        let path = timetable.footpaths_from(entrance).iter().find(|path| path.to == platform)?;
        Some((entrance, *path))
    });
    inwards.collect()
}

/// How long it takes to walk so far, in seconds, at this many metres a second.
pub(super) fn seconds(metres: u32, metres_a_second: f64) -> u32 {
    (f64::from(metres) / metres_a_second).ceil() as u32
}

/// Everything that can be walked to from one point.
#[derive(Debug)]
pub(super) struct Reach<'a> {
    timetable: Timetable<'a>,
    streets: Streets<'a>,
    from: Point,
    walker: Walker,
    /// Where the point meets the streets; none if it lies outside them.
    link: Option<StopLink>,
    /// Decimetres from the point to each node, and one.
    distance: Vec<u32>,
    /// The node before each node, and the edge from there, and one each.
    via: Vec<(u32, u32)>,
}

impl<'a> Reach<'a> {
    /// What a passenger walks to from a point.
    pub(super) fn of_point(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        from: Point,
        walker: Walker,
    ) -> Reach<'a> {
        let link = link_of(streets, from);
        Reach::new(timetable, streets, from, link, walker)
    }

    /// What a passenger walks to from a stop at the street, or an entrance.
    fn of_stop(timetable: &Timetable<'a>, streets: &Streets<'a>, stop: StopIdx, walker: Walker) -> Reach<'a> {
        let from = timetable.stop(stop).map(StopRecord::point).unwrap_or_default();
        Reach::new(timetable, streets, from, stop_link(streets, stop), walker)
    }

    fn new(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        from: Point,
        link: Option<StopLink>,
        walker: Walker,
    ) -> Reach<'a> {
        let nodes = if link.is_some() { streets.nodes.len() } else { 0 };
        let mut reach = Reach {
            timetable: *timetable,
            streets: *streets,
            from,
            walker,
            link,
            distance: vec![UNREACHED; nodes],
            via: vec![(UNREACHED, UNREACHED); nodes],
        };
        reach.walk();
        reach
    }

    /// Dijkstra.
    fn walk(&mut self) {
        let most = self.walker.most_metres.saturating_mul(10).saturating_add(1);
        let mut heap = BinaryHeap::new();
        if let Some(link) = self.link
            && let Some(distance) = self.distance.get_mut(link.node as usize)
        {
            *distance = link.decimetres.saturating_add(1);
            heap.push(Reverse((*distance, link.node)));
        }
        while let Some(Reverse((distance, node))) = heap.pop() {
            if self.distance[node as usize] != distance {
                continue;
            }
            for (nth, edge) in self.streets.edges_from(node) {
                if self.walker.step_free && edge.has_steps() {
                    continue;
                }
                let there = distance.saturating_add(edge.decimetres());
                let Some(known) = self.distance.get_mut(edge.to as usize) else { continue };
                if (*known == UNREACHED || there < *known) && there <= most {
                    *known = there;
                    self.via[edge.to as usize] = (node.saturating_add(1), nth.saturating_add(1));
                    heap.push(Reverse((there, edge.to)));
                }
            }
        }
    }

    /// The stops in reach that a vehicle serves, each once, with the time that the walk takes.
    pub(super) fn stops(&self, leads: Leads) -> Vec<Access> {
        let mut stops = Vec::new();
        let timetable = &self.timetable;
        for (nth, record) in (0..).zip(timetable.stops) {
            let stop = StopIdx(nth);
            if leads == Leads::ToStop && record.kind == stop_kind::ENTRANCE {
                let inwards = timetable.footpaths_from(stop).iter();
                let inwards = inwards.filter(|path| {
                    let behind = timetable.stop(path.to).is_some_and(StopRecord::is_behind_entrances);
                    behind && !timetable.patterns_at(path.to).is_empty()
                });
                stops.extend(inwards.filter_map(|path| self.through(stop, path, path.to)));
            }
            if timetable.patterns_at(stop).is_empty() {
                continue;
            }
            if record.is_behind_entrances() {
                if leads == Leads::FromStop {
                    let outwards = outwards(timetable, stop);
                    stops.extend(outwards.filter_map(|path| self.through(path.to, path, stop)));
                }
            } else if let Some((metres, _)) = self.metres_to(record.point(), stop_link(&self.streets, stop)) {
                stops.push(Access {
                    stop,
                    seconds: seconds(metres, self.walker.speed),
                    metres,
                    by_way: StopIdx::NONE,
                });
            }
        }
        order::sort_by_key(&mut stops, |walk| (walk.stop, walk.seconds, walk.metres));
        stops.dedup_by_key(|walk| walk.stop);
        stops
    }

    /// The walk to an entrance and on by a pathway, to or from a platform.
    fn through(&self, entrance: StopIdx, path: &Footpath, stop: StopIdx) -> Option<Access> {
        let point = self.timetable.stop(entrance)?.point();
        let (to_entrance, _) = self.metres_to(point, stop_link(&self.streets, entrance))?;
        let metres = to_entrance.saturating_add(path.metres);
        let by_street = seconds(to_entrance, self.walker.speed);
        let seconds = by_street.saturating_add(stretched(path.seconds, self.walker.slowness));
        (metres <= self.walker.most_metres).then_some(Access { stop, seconds, metres, by_way: StopIdx::NONE })
    }

    /// The way to a stop, or the way from there told backwards, if it is in reach.
    pub(super) fn way_to_stop(&self, stop: StopIdx, leads: Leads) -> Option<Way> {
        let record = self.timetable.stop(stop)?;
        if !record.is_behind_entrances() {
            return self.way(record.point(), stop_link(&self.streets, stop));
        }
        let ways = entrances(&self.timetable, stop, leads).into_iter();
        let ways = ways.filter_map(|(entrance, path)| {
            let there = self.through(entrance, &path, stop)?;
            Some((there, entrance, path))
        });
        let (_, entrance, path) = ways.min_by_key(|(there, ..)| (there.seconds, there.metres))?;
        let way = self.way(self.timetable.stop(entrance)?.point(), stop_link(&self.streets, entrance))?;
        Some(way.and_through(&self.timetable, entrance, &path, self.walker))
    }

    /// The way to a point, if it is in reach.
    pub(super) fn way_to_point(&self, to: Point) -> Option<Way> {
        self.way(to, link_of(&self.streets, to))
    }

    /// The corners of the way to a point, in order; none if no streets lead there.
    pub(super) fn corners_to_point(&self, to: Point) -> Option<Vec<Point>> {
        let link = link_of(&self.streets, to)?;
        let (_, estimated) = self.metres_to(to, Some(link))?;
        let mut corners = Vec::new();
        let mut at = (!estimated).then_some(link.node);
        while let Some(node) = at {
            corners.push(self.streets.nodes.get(node as usize)?.point());
            at = self.via.get(node as usize).and_then(|(before, _)| before.checked_sub(1));
        }
        corners.reverse();
        Some(corners).filter(|corners| !corners.is_empty())
    }

    fn way(&self, to: Point, link: Option<StopLink>) -> Option<Way> {
        let (metres, estimated) = self.metres_to(to, link)?;
        let steps = match link {
            Some(link) if !estimated => self.steps_to(link, metres),
            _ => Vec::new(),
        };
        Some(Way { metres, seconds: seconds(metres, self.walker.speed), estimated, steps })
    }

    /// How far it is, and whether that is a guess.
    fn metres_to(&self, to: Point, link: Option<StopLink>) -> Option<(u32, bool)> {
        let (metres, estimated) = match (self.link, link) {
            (Some(from), Some(link)) => {
                let to_node = self.distance.get(link.node as usize).filter(|&&far| far != UNREACHED)?;
                let metres = (to_node - 1).saturating_add(link.decimetres).div_ceil(10);
                // Neighbours do not go round by the corner.
                (if from.node == link.node { metres.min(self.guess(to)) } else { metres }, false)
            }
            _ => (self.guess(to), true),
        };
        (metres <= self.walker.most_metres).then_some((metres, estimated))
    }

    fn guess(&self, to: Point) -> u32 {
        let (east, north) = to.flat(self.from);
        (east.hypot(north) * DETOUR).ceil() as u32
    }

    /// The streets to follow, those of one name as one step; together they are as long as the way.
    fn steps_to(&self, link: StopLink, metres: u32) -> Vec<WalkStep> {
        let mut stretches = Vec::new();
        let mut node = link.node;
        while let Some(&(before, edge)) = self.via.get(node as usize)
            && let Some(edge) = edge.checked_sub(1).and_then(|edge| self.streets.edges.get(edge as usize))
        {
            stretches.push((edge.name, self.distance[node as usize] - 1));
            node = before - 1;
        }
        stretches.reverse();
        let mut steps: Vec<(TextIdx, u32)> = Vec::new();
        for (name, ends_at) in stretches {
            match steps.last_mut() {
                Some(last) if last.0 == name => last.1 = ends_at,
                _ => steps.push((name, ends_at)),
            }
        }
        if steps.is_empty() {
            steps.push((TextIdx::NONE, 0));
        }
        let (mut walked, last) = (0, steps.len() - 1);
        let step = |(nth, (name, ends_at)): (usize, (TextIdx, u32))| {
            let ends_at = if nth == last { metres } else { (ends_at / 10).min(metres) };
            let street = self.timetable.name(name).to_owned();
            WalkStep { street, metres: ends_at - std::mem::replace(&mut walked, ends_at) }
        };
        steps.into_iter().enumerate().map(step).collect()
    }
}

fn stop_link(streets: &Streets<'_>, stop: StopIdx) -> Option<StopLink> {
    streets.stop_links.get(stop.at()).copied().filter(|link| (link.node as usize) < streets.nodes.len())
}

fn link_of(streets: &Streets<'_>, point: Point) -> Option<StopLink> {
    let (node, metres) = streets.nearest(point, NEAR_METRES)?;
    Some(StopLink { node, decimetres: (metres * 10.0).round() as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::Sketch;
    use crate::city::streets::{StreetEdge, StreetNode};
    use crate::city::timetable::{Arrays, Spelling};
    use crate::text::Language;

    /// A crossing at 47°, 51.9° with two named streets of 200 m and a corner, and a stop at each end:
    ///
    /// ```text
    ///  north (linked, 10 m)
    ///    |  Abai street
    ///  cross --- Satpaev street --- east (linked, 10 m)        far (not linked)      island (linked)
    /// ```
    struct Town {
        arrays: Arrays,
        nodes: Vec<StreetNode>,
        edge_offsets: Vec<u32>,
        edges: Vec<StreetEdge>,
        stop_links: Vec<StopLink>,
    }

    const NORTH: Point = Point { lat: 47.0018, lon: 51.9 };
    const EAST: Point = Point { lat: 47.0, lon: 51.90264 };
    const ISLAND: Point = Point { lat: 47.001, lon: 51.901 };

    fn town() -> Town {
        let at = |point: Point, stop: &str, sketch: Sketch| sketch.place(stop, point.lat, point.lon);
        let sketch = at(NORTH, "north", Sketch::in_zone("Asia/Almaty"));
        let sketch = at(Point { lat: 47.0, lon: 51.9092 }, "far", at(EAST, "east", sketch));
        let sketch = at(ISLAND, "island", sketch).trip("A", |t| {
            let t = t.stop("north", "10:00").stop("east", "10:05");
            t.stop("far", "10:10").stop("island", "10:15")
        });
        let mut arrays = sketch.finish();
        let mut name = |text: &str| {
            arrays.text_bytes.extend_from_slice(text.as_bytes());
            arrays.text_offsets.push(arrays.text_bytes.len() as u32);
            TextIdx(arrays.text_offsets.len() as u32 - 2)
        };
        let (abai, satpaev) = (name("Abai"), name("Satpaev"));
        let node = |point: Point| StreetNode {
            lat_e7: (point.lat * 1e7).round() as i32,
            lon_e7: (point.lon * 1e7).round() as i32,
        };
        let cross = Point { lat: 47.0, lon: 51.9 };
        let edge = |to, decimetres, name| StreetEdge::new(to, decimetres, false, name);
        Town {
            arrays,
            nodes: vec![node(cross), node(NORTH), node(EAST.towards(cross, 0.5)), node(EAST), node(ISLAND)],
            edge_offsets: vec![0, 2, 3, 5, 6, 6],
            edges: vec![
                edge(1, 2_000, abai),
                edge(2, 1_005, satpaev),
                edge(0, 2_000, abai),
                edge(0, 1_005, satpaev),
                edge(3, 1_005, satpaev),
                edge(2, 1_005, satpaev),
            ],
            stop_links: vec![
                StopLink { node: 1, decimetres: 100 },
                StopLink { node: 3, decimetres: 100 },
                StopLink { node: u32::MAX, decimetres: 0 },
                StopLink { node: 4, decimetres: 0 },
            ],
        }
    }

    impl Town {
        fn streets(&self) -> Streets<'_> {
            Streets {
                nodes: &self.nodes,
                edge_offsets: &self.edge_offsets,
                edges: &self.edges,
                stop_links: &self.stop_links,
                cell_offsets: &[0, 5],
                south_e7: 469_990_000,
                west_e7: 518_990_000,
                cell_lat_e7: 100_000,
                cell_lon_e7: 100_000,
                columns: 1,
                rows: 1,
            }
        }

        fn reach(&self, from: Point, most_metres: u32) -> Reach<'_> {
            Reach::of_point(&self.arrays.timetable(), &self.streets(), from, walker(most_metres))
        }
    }

    fn walker(most_metres: u32) -> Walker {
        Walker { speed: 1.2, slowness: 1.0, most_metres, step_free: false }
    }

    impl Reach<'_> {
        fn to(&self, stop: u32) -> Option<Way> {
            self.way_to_stop(StopIdx(stop), Leads::ToStop)
        }
    }

    fn step(street: &str, metres: u32) -> WalkStep {
        WalkStep { street: street.into(), metres }
    }

    #[test]
    fn a_walk_follows_the_streets_and_names_each_once() {
        let town = town();
        let way = town.reach(NORTH, 1_000).to(1).expect("a way");
        assert_eq!((way.metres, way.estimated), (411, false), "200 + 2 × 100.5 + 10 to the stop");
        assert_eq!(way.steps, [step("Abai", 200), step("Satpaev", 211)]);
        assert_eq!(way.back().steps, [step("Satpaev", 211), step("Abai", 200)]);
    }

    #[test]
    fn a_walk_is_drawn_from_corner_to_corner() {
        let town = town();
        let corners = |to| town.reach(NORTH, 1_000).corners_to_point(to);
        let cross = Point { lat: 47.0, lon: 51.9 };
        let nodes = |corners: Vec<Point>| {
            corners
                .iter()
                .map(|at| (at.metres_to(NORTH) as u32, at.metres_to(cross) as u32))
                .collect::<Vec<_>>()
        };
        let told = nodes(corners(EAST).expect("a way"));
        assert_eq!((told.len(), told[0].0, told[1].1), (4, 0, 0), "north, cross, half-way, east: {told:?}");
        assert_eq!((corners(ISLAND), corners(Point { lat: 47.02, lon: 51.9 })), (None, None));
    }

    #[test]
    fn streets_are_named_in_the_passenger_s_language() {
        let mut town = town();
        let name = town.edges[0].name;
        town.arrays
            .spellings
            .push(Spelling { text: name, languages: [TextIdx::NONE, TextIdx(0), TextIdx::NONE] });
        let steps = |language| {
            let timetable = town.arrays.timetable().speaking(language);
            let reach = Reach::of_point(&timetable, &town.streets(), NORTH, walker(1_000));
            reach.to(1).expect("a way").steps
        };
        assert_eq!(steps(Language::Ru), [step("north", 200), step("Satpaev", 211)]);
        assert_eq!(steps(Language::Kk), [step("Abai", 200), step("Satpaev", 211)]);
    }

    #[test]
    fn nobody_walks_farther_than_they_like() {
        let town = town();
        assert_eq!(town.reach(NORTH, 411).stops(Leads::ToStop).len(), 2);
        let near = town.reach(NORTH, 410).stops(Leads::FromStop);
        assert_eq!(near.iter().map(|walk| walk.stop).collect::<Vec<_>>(), [StopIdx(0)]);
        assert_eq!(near[0].seconds, 1, "it is at the point: nobody goes round by the corner");
    }

    #[test]
    fn no_street_leads_to_the_island_however_near_it_is() {
        let town = town();
        assert!(town.reach(NORTH, 5_000).to(3).is_none());
        assert!(town.reach(NORTH, 5_000).way_to_point(ISLAND).is_none());
    }

    #[test]
    fn outside_the_streets_the_way_is_a_guess_and_says_so() {
        let town = town();
        let way = town.reach(EAST, 1_000).to(2).expect("a way");
        let straight = EAST.metres_to(Point { lat: 47.0, lon: 51.9092 });
        assert!(way.estimated && way.steps.is_empty());
        assert!((f64::from(way.metres) - straight * 1.3).abs() < 2.0, "{way:?} of {straight}");
        assert!(town.reach(EAST, 600).to(2).is_none());
        let outside = Point { lat: 47.02, lon: 51.9 };
        assert!(town.reach(outside, 3_000).to(0).expect("a way").estimated);
    }

    #[test]
    fn a_map_that_lies_leads_nowhere_but_breaks_nothing() {
        let mut town = town();
        town.edges[0].to = 99;
        town.edges[1] = StreetEdge::new(2, u32::MAX, false, TextIdx(0));
        town.edge_offsets = vec![0, 2, 700, 1];
        town.stop_links.truncate(1);
        let reach = town.reach(NORTH, u32::MAX);
        assert_eq!(reach.to(0).expect("it is at the point").metres, 1);
        assert!(reach.to(9).is_none());
    }
}
