//! Walking: from a point to the stops around it, street by street.
//!
//! Dijkstra from the nearest corner, no farther than the passenger likes to walk. Where the map has no
//! streets the way is a guess, and marked as one: the straight line and 30 % more. Where it has streets
//! but none leads across (a river), there is no way.

use super::journey::WalkStep;
use super::raptor::Access;
use crate::city::streets::{StopLink, Streets};
use crate::city::timetable::{StopIdx, StopRecord, TextIdx, Timetable};
use crate::geo::Point;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How far from the streets a point may lie and still be on them.
const NEAR_METRES: f64 = 300.0;

/// How much longer than the straight line a walk is where no streets are mapped.
const DETOUR: f64 = 1.3;

/// Zero, so that memory for a whole city's corners costs nothing until they are reached.
const UNREACHED: u32 = 0;

/// A way on foot that was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    pub(super) metres: u32,
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
    most_metres: u32,
    /// Where the point meets the streets; none if it lies outside them.
    link: Option<StopLink>,
    /// Decimetres from the point to each node, and one.
    distance: Vec<u32>,
    /// The node before each node, and the edge from there, and one each.
    via: Vec<(u32, u32)>,
}

impl<'a> Reach<'a> {
    /// What is within so many metres of a point.
    pub(super) fn of_point(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        from: Point,
        most_metres: u32,
    ) -> Reach<'a> {
        let link = link_of(streets, from);
        Reach::new(timetable, streets, from, link, most_metres)
    }

    /// What is within so many metres of a stop.
    pub(super) fn of_stop(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        stop: StopIdx,
        most_metres: u32,
    ) -> Reach<'a> {
        let from = timetable.stop(stop).map(StopRecord::point).unwrap_or_default();
        Reach::new(timetable, streets, from, stop_link(streets, stop), most_metres)
    }

    fn new(
        timetable: &Timetable<'a>,
        streets: &Streets<'a>,
        from: Point,
        link: Option<StopLink>,
        most_metres: u32,
    ) -> Reach<'a> {
        let nodes = if link.is_some() { streets.nodes.len() } else { 0 };
        let mut reach = Reach {
            timetable: *timetable,
            streets: *streets,
            from,
            most_metres,
            link,
            distance: vec![UNREACHED; nodes],
            via: vec![(UNREACHED, UNREACHED); nodes],
        };
        reach.walk();
        reach
    }

    /// Dijkstra.
    fn walk(&mut self) {
        let most = self.most_metres.saturating_mul(10).saturating_add(1);
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
                let there = distance.saturating_add(edge.decimetres);
                let Some(known) = self.distance.get_mut(edge.to as usize) else { continue };
                if (*known == UNREACHED || there < *known) && there <= most {
                    *known = there;
                    self.via[edge.to as usize] = (node.saturating_add(1), nth.saturating_add(1));
                    heap.push(Reverse((there, edge.to)));
                }
            }
        }
    }

    /// The stops in reach that a vehicle serves, with the time that the walk takes.
    pub(super) fn stops(&self, metres_a_second: f64) -> Vec<Access> {
        let mut stops = Vec::new();
        for (nth, record) in (0..).zip(self.timetable.stops) {
            let stop = StopIdx(nth);
            if self.timetable.patterns_at(stop).is_empty() {
                continue;
            }
            if let Some((metres, _)) = self.metres_to(record.point(), stop_link(&self.streets, stop)) {
                stops.push(Access { stop, seconds: seconds(metres, metres_a_second), metres });
            }
        }
        stops
    }

    /// How far a stop is; 0 if it is not in reach.
    pub(super) fn metres_to_stop(&self, stop: StopIdx) -> u32 {
        let record = self.timetable.stop(stop);
        let way = record.and_then(|r| self.metres_to(r.point(), stop_link(&self.streets, stop)));
        way.map_or(0, |(metres, _)| metres)
    }

    /// The way to a stop, if it is in reach.
    pub(super) fn way_to_stop(&self, stop: StopIdx) -> Option<Way> {
        self.way(self.timetable.stop(stop)?.point(), stop_link(&self.streets, stop))
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
        Some(Way { metres, estimated, steps })
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
        (metres <= self.most_metres).then_some((metres, estimated))
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
        let edge = |to, decimetres, name| StreetEdge { to, decimetres, name };
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
            Reach::of_point(&self.arrays.timetable(), &self.streets(), from, most_metres)
        }
    }

    fn step(street: &str, metres: u32) -> WalkStep {
        WalkStep { street: street.into(), metres }
    }

    #[test]
    fn a_walk_follows_the_streets_and_names_each_once() {
        let town = town();
        let way = town.reach(NORTH, 1_000).way_to_stop(StopIdx(1)).expect("a way");
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
            let reach = Reach::of_point(&timetable, &town.streets(), NORTH, 1_000);
            reach.way_to_stop(StopIdx(1)).expect("a way").steps
        };
        assert_eq!(steps(Language::Ru), [step("north", 200), step("Satpaev", 211)]);
        assert_eq!(steps(Language::Kk), [step("Abai", 200), step("Satpaev", 211)]);
    }

    #[test]
    fn nobody_walks_farther_than_they_like() {
        let town = town();
        assert_eq!(town.reach(NORTH, 411).stops(1.2).len(), 2);
        let near = town.reach(NORTH, 410).stops(1.2);
        assert_eq!(near.iter().map(|walk| walk.stop).collect::<Vec<_>>(), [StopIdx(0)]);
        assert_eq!(near[0].seconds, 1, "it is at the point: nobody goes round by the corner");
    }

    #[test]
    fn no_street_leads_to_the_island_however_near_it_is() {
        let town = town();
        assert!(town.reach(NORTH, 5_000).way_to_stop(StopIdx(3)).is_none());
        assert!(town.reach(NORTH, 5_000).way_to_point(ISLAND).is_none());
    }

    #[test]
    fn outside_the_streets_the_way_is_a_guess_and_says_so() {
        let town = town();
        let way = town.reach(EAST, 1_000).way_to_stop(StopIdx(2)).expect("a way");
        let straight = EAST.metres_to(Point { lat: 47.0, lon: 51.9092 });
        assert!(way.estimated && way.steps.is_empty());
        assert!((f64::from(way.metres) - straight * 1.3).abs() < 2.0, "{way:?} of {straight}");
        assert!(town.reach(EAST, 600).way_to_stop(StopIdx(2)).is_none());
        let outside = Point { lat: 47.02, lon: 51.9 };
        assert!(town.reach(outside, 3_000).way_to_stop(StopIdx(0)).expect("a way").estimated);
    }

    #[test]
    fn a_map_that_lies_leads_nowhere_but_breaks_nothing() {
        let mut town = town();
        town.edges[0].to = 99;
        town.edges[1].decimetres = u32::MAX;
        town.edge_offsets = vec![0, 2, 700, 1];
        town.stop_links.truncate(1);
        let reach = town.reach(NORTH, u32::MAX);
        assert_eq!(reach.way_to_stop(StopIdx(0)).expect("it is at the point").metres, 1);
        assert!(reach.way_to_stop(StopIdx(9)).is_none());
    }
}
