//! Walks between stops, within [`MOST_METRES`]: over the streets where both ends lie on them, guessed from
//! coordinates elsewhere, and as the feed says where it names one.

use super::berths::Named;
use super::gtfs::Transfers;
use super::report::{Progress, Step};
use super::streets::StreetArrays;
use super::timetable::TimetableBuilder;
use crate::city::streets::StopLink;
use crate::city::timetable::{StopIdx, StopRecord};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The longest walk from one ride to the next, in metres.
pub const MOST_METRES: f64 = 400.0;
/// How much longer than the straight line a walk is where no streets are mapped.
const DETOUR: f64 = 1.3;
/// Stops that are so near to one another stand at one corner: one need not go to the next node and back.
const ONE_CORNER_METRES: f64 = 25.0;
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
    let mut found: HashMap<(StopIdx, StopIdx), f64> = HashMap::new();
    if walks == Walks::Found {
        by_coordinates(&stops, streets, served, &mut found);
        by_streets(&stops, streets, served, &mut found, progress);
    }
    let mut paths = Vec::with_capacity(found.len());
    for (&(from, to), &metres) in &found {
        if !transfers.walks.contains_key(&(from, to)) {
            paths.push((from, to, seconds(metres), metres.round() as u32));
        }
    }
    let straight = |from: StopIdx, to: StopIdx| {
        let point = |stop: StopIdx| stops.get(stop.at()).map(StopRecord::point).unwrap_or_default();
        point(from).metres_to(point(to)) * DETOUR
    };
    let far = |from, to| found.get(&(from, to)).copied().unwrap_or_else(|| straight(from, to));
    for (&(from, to), &named) in &transfers.walks {
        let metres = far(from, to);
        match named {
            Named::Seconds(seconds) => paths.push((from, to, seconds, metres.round() as u32)),
            Named::Possible => paths.push((from, to, seconds(metres), metres.round() as u32)),
            Named::Forbidden => {}
        }
    }
    transfers.berths.lay_out(builder, &paths, far, seconds);
    for (&(from, to), &seconds) in &transfers.stepless {
        transfers.berths.stepless(builder, (from, to), seconds);
    }
}

fn seconds(metres: f64) -> u32 {
    (metres / WALKING_SPEED).ceil() as u32
}

/// Pairs of which one end lies outside the streets, or that stand at one corner, or in one station.
fn by_coordinates(
    stops: &[StopRecord],
    streets: &StreetArrays,
    served: &[bool],
    found: &mut HashMap<(StopIdx, StopIdx), f64>,
) {
    let on_streets =
        |stop: StopIdx| streets.stop_links.get(stop.at()).is_some_and(|link| link.node != u32::MAX);
    let mut from_south: Vec<StopIdx> =
        (0..).map(StopIdx).take(stops.len()).filter(|stop| served[stop.at()]).collect();
    from_south.sort_by_key(|stop| (stops[stop.at()].lat_e7, *stop));
    let reach_e7 = (MOST_METRES / METRES_A_DEGREE * 1e7) as i32;
    for (nth, &a) in from_south.iter().enumerate() {
        let here = stops[a.at()];
        let near = from_south[nth + 1..]
            .iter()
            .take_while(|b| stops[b.at()].lat_e7.saturating_sub(here.lat_e7) <= reach_e7);
        for &b in near {
            let there = stops[b.at()];
            let (east, north) = there.point().flat(here.point());
            let straight = east.hypot(north);
            let one_station = here.parent.some().is_some_and(|station| station == there.parent);
            let guessed = !(on_streets(a) && on_streets(b)) || one_station;
            let near = guessed && straight * DETOUR <= MOST_METRES;
            if near || straight <= ONE_CORNER_METRES {
                let metres = (straight * DETOUR).max(1.0);
                found.insert((a, b), metres);
                found.insert((b, a), metres);
            }
        }
    }
}

/// Dijkstra from every stop on the streets.
fn by_streets(
    stops: &[StopRecord],
    streets: &StreetArrays,
    served: &[bool],
    found: &mut HashMap<(StopIdx, StopIdx), f64>,
    progress: &mut dyn FnMut(Progress),
) {
    let most = (MOST_METRES * 10.0) as u32;
    let linked = |(nth, link): (usize, &StopLink)| {
        (served.get(nth) == Some(&true) && link.node != u32::MAX).then_some((StopIdx(nth as u32), *link))
    };
    let mut at_node: HashMap<u32, Vec<(StopIdx, u32)>> = HashMap::new();
    let on_streets: Vec<(StopIdx, StopLink)> =
        streets.stop_links.iter().enumerate().filter_map(linked).collect();
    for (stop, link) in &on_streets {
        at_node.entry(link.node).or_default().push((*stop, link.decimetres));
    }
    let graph = streets.streets();
    let mut distance = vec![u32::MAX; streets.nodes.len()];
    let mut touched: Vec<u32> = Vec::new();
    let mut heap = BinaryHeap::new();
    for (nth, (from, link)) in on_streets.iter().enumerate() {
        distance[link.node as usize] = link.decimetres;
        touched.push(link.node);
        heap.push(Reverse((link.decimetres, link.node)));
        while let Some(Reverse((here, node))) = heap.pop() {
            if distance[node as usize] != here {
                continue;
            }
            for (to, last) in at_node.get(&node).into_iter().flatten() {
                let metres = f64::from(here.saturating_add(*last)) / 10.0;
                if to != from && metres <= MOST_METRES {
                    let known = found.entry((*from, *to)).or_insert(metres);
                    *known = known.min(metres.max(1.0));
                }
            }
            for (_, edge) in graph.edges_from(node) {
                let there = here.saturating_add(edge.decimetres);
                if there <= most && there < distance[edge.to as usize] {
                    if distance[edge.to as usize] == u32::MAX {
                        touched.push(edge.to);
                    }
                    distance[edge.to as usize] = there;
                    heap.push(Reverse((there, edge.to)));
                }
            }
        }
        touched.drain(..).for_each(|node| distance[node as usize] = u32::MAX);
        if nth % 256 == 0 {
            progress(Progress { step: Step::Walks, done: nth as u64, of: on_streets.len() as u64 });
        }
    }
    progress(Progress { step: Step::Walks, done: stops.len() as u64, of: stops.len() as u64 });
}
