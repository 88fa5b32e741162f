//! The street network: out of a map's ways, nodes at junctions and bends, edges between them, a grid.

use super::osm::Map;
use super::report::BuildReport;
use super::simplify::simplify;
use super::timetable::TimetableBuilder;
use crate::city::streets::{StopLink, StreetEdge, StreetNode, Streets};
use crate::city::timetable::{StopRecord, TextIdx};
use crate::geo::Point;
use petgraph::unionfind::UnionFind;

/// How far a street may lie from the map's, in metres.
const ACCURACY_METRES: f64 = 4.0;
/// Longer stretches get nodes in between, so that the nearest node is a good enough way onto a street.
const LONGEST_EDGE_METRES: f64 = 60.0;
/// A stop that is farther from the streets lies outside of them.
const LINK_METRES: f64 = 250.0;
/// A cell of the grid: about 220 m, in 1e-7 degrees.
const CELL_E7: u32 = 20_000;

/// The arrays of [`Streets`], owned.
#[derive(Clone, Debug, Default)]
pub(in crate::city) struct StreetArrays {
    pub(in crate::city) nodes: Vec<StreetNode>,
    pub(in crate::city) edge_offsets: Vec<u32>,
    pub(in crate::city) edges: Vec<StreetEdge>,
    pub(in crate::city) stop_links: Vec<StopLink>,
    pub(in crate::city) cell_offsets: Vec<u32>,
    pub(in crate::city) south_e7: i32,
    pub(in crate::city) west_e7: i32,
    pub(in crate::city) cell_lat_e7: u32,
    pub(in crate::city) cell_lon_e7: u32,
    pub(in crate::city) columns: u32,
    pub(in crate::city) rows: u32,
}

impl StreetArrays {
    pub(in crate::city) fn streets(&self) -> Streets<'_> {
        Streets {
            nodes: &self.nodes,
            edge_offsets: &self.edge_offsets,
            edges: &self.edges,
            stop_links: &self.stop_links,
            cell_offsets: &self.cell_offsets,
            south_e7: self.south_e7,
            west_e7: self.west_e7,
            cell_lat_e7: self.cell_lat_e7,
            cell_lon_e7: self.cell_lon_e7,
            columns: self.columns,
            rows: self.rows,
        }
    }
}

/// An edge in the making, one for both directions.
#[derive(Clone, Copy)]
struct Stretch {
    from: u32,
    to: u32,
    decimetres: u32,
    looks: Looks,
}

/// What is told of a stretch besides where it leads.
#[derive(Clone, Copy)]
struct Looks {
    name: TextIdx,
    steps: bool,
}

/// Makes the network of a map, and links the builder's stops to it.
pub(super) fn lay_out(map: &Map, builder: &mut TimetableBuilder, report: &mut BuildReport) -> StreetArrays {
    let (points, stretches) = stretches(map, builder);
    let (points, stretches) = largest_component(points, stretches);
    let mut arrays = in_grid(&points, &stretches);
    if !arrays.nodes.is_empty() {
        arrays.stop_links = link_stops(&arrays, builder.stops());
    }
    report.street_nodes = arrays.nodes.len() as u64;
    let off = arrays.stop_links.iter().filter(|link| link.node == u32::MAX).count();
    report.stops_off_streets = if arrays.nodes.is_empty() { builder.stops().len() } else { off } as u64;
    arrays
}

/// Cuts ways at junctions, leaves out needless bends, and puts nodes into what stays long.
fn stretches(map: &Map, builder: &mut TimetableBuilder) -> (Vec<Point>, Vec<Stretch>) {
    let names: Vec<TextIdx> = map.names.iter().map(|name| builder.text(&name.shown)).collect();
    let mut uses = vec![0_u8; map.points.len()];
    for node in map.ways.iter().flat_map(|way| &way.nodes) {
        uses[*node as usize] = uses[*node as usize].saturating_add(1);
    }
    let mut network =
        Network { points: Vec::new(), stretches: Vec::new(), known: vec![u32::MAX; uses.len()] };
    for way in &map.ways {
        let name = way.name.map_or(TextIdx::NONE, |name| names[name as usize]);
        let looks = Looks { name, steps: way.steps };
        let mut stretch: Vec<(u32, Point)> = Vec::new();
        for &node in &way.nodes {
            // A node that the extract lacks ends the stretch: nobody knows where it leads.
            let Some(point) = map.points[node as usize] else {
                network.add(&stretch, looks);
                stretch.clear();
                continue;
            };
            stretch.push((node, point));
            if uses[node as usize] > 1 && stretch.len() > 1 {
                network.add(&stretch, looks);
                stretch.clear();
                stretch.push((node, point));
            }
        }
        network.add(&stretch, looks);
    }
    (network.points, network.stretches)
}

struct Network {
    points: Vec<Point>,
    stretches: Vec<Stretch>,
    /// The node that a node of the map became.
    known: Vec<u32>,
}

impl Network {
    fn add(&mut self, line: &[(u32, Point)], looks: Looks) {
        let (Some(first), Some(last)) = (line.first(), line.last()) else { return };
        if line.len() < 2 {
            return;
        }
        let points: Vec<Point> = line.iter().map(|(_, point)| *point).collect();
        let mut from = self.node(first);
        for kept in simplify(&points, ACCURACY_METRES).windows(2) {
            let (start, end) = (points[kept[0]], points[kept[1]]);
            let metres: f64 =
                points[kept[0]..=kept[1]].windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
            let pieces = (metres / LONGEST_EDGE_METRES).ceil().clamp(1.0, 10_000.0) as u32;
            for piece in 1..=pieces {
                let to = match piece == pieces {
                    true if kept[1] == points.len() - 1 => self.node(last),
                    true => self.push(end),
                    false => self.push(start.towards(end, f64::from(piece) / f64::from(pieces))),
                };
                let decimetres = (metres * 10.0 / f64::from(pieces)).round().max(1.0) as u32;
                if from != to {
                    self.stretches.push(Stretch { from, to, decimetres, looks });
                }
                from = to;
            }
        }
    }

    fn node(&mut self, (node, point): &(u32, Point)) -> u32 {
        if self.known[*node as usize] == u32::MAX {
            self.known[*node as usize] = self.push(*point);
        }
        self.known[*node as usize]
    }

    fn push(&mut self, point: Point) -> u32 {
        self.points.push(point);
        self.points.len() as u32 - 1
    }
}

/// Keeps the largest part in which every corner leads to every other: an island of streets would hold
/// whoever is linked to it.
fn largest_component(points: Vec<Point>, stretches: Vec<Stretch>) -> (Vec<Point>, Vec<Stretch>) {
    let mut parts = UnionFind::<u32>::new(points.len());
    for stretch in &stretches {
        parts.union(stretch.from, stretch.to);
    }
    let parts = parts.into_labeling();
    let mut sizes = vec![0_u32; points.len()];
    parts.iter().for_each(|part| sizes[*part as usize] += 1);
    let largest = (0..).zip(&sizes).max_by_key(|(part, size)| (**size, std::cmp::Reverse(*part)));
    let Some((largest, _)) = largest else { return Default::default() };
    let mut renumbered = vec![u32::MAX; points.len()];
    let mut kept = Vec::new();
    for (nth, point) in points.into_iter().enumerate().filter(|(nth, _)| parts[*nth] == largest) {
        renumbered[nth] = kept.len() as u32;
        kept.push(point);
    }
    let within = stretches.into_iter().filter(|stretch| parts[stretch.from as usize] == largest);
    let renumber = |stretch: Stretch| Stretch {
        from: renumbered[stretch.from as usize],
        to: renumbered[stretch.to as usize],
        ..stretch
    };
    (kept, within.map(renumber).collect())
}

/// Sorts nodes by the cell that they lie in, and edges by the node that they leave.
fn in_grid(points: &[Point], stretches: &[Stretch]) -> StreetArrays {
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    let nodes: Vec<StreetNode> =
        points.iter().map(|point| StreetNode { lat_e7: e7(point.lat), lon_e7: e7(point.lon) }).collect();
    let least = |of: fn(&StreetNode) -> i32| nodes.iter().map(of).min().unwrap_or(0);
    let most = |of: fn(&StreetNode) -> i32| nodes.iter().map(of).max().unwrap_or(0);
    let (south_e7, west_e7) = (least(|node| node.lat_e7), least(|node| node.lon_e7));
    let (north_e7, east_e7) = (most(|node| node.lat_e7), most(|node| node.lon_e7));
    let middle = f64::from(south_e7) * 0.5e-7 + f64::from(north_e7) * 0.5e-7;
    let narrowing = middle.to_radians().cos().max(0.01);
    // No more cells than nodes, or nearly: a country must not be mostly empty cells.
    let mut cell_lat_e7 = CELL_E7;
    let (columns, rows, cell_lon_e7) = loop {
        let cell_lon_e7 = (f64::from(cell_lat_e7) / narrowing).round() as u32;
        let columns = east_e7.abs_diff(west_e7) / cell_lon_e7 + 1;
        let rows = north_e7.abs_diff(south_e7) / cell_lat_e7 + 1;
        if u64::from(columns) * u64::from(rows) <= (nodes.len() as u64).max(64) {
            break (columns, rows, cell_lon_e7);
        }
        cell_lat_e7 = cell_lat_e7.saturating_mul(2);
    };
    let cell_of = |node: &StreetNode| {
        let row = node.lat_e7.abs_diff(south_e7) / cell_lat_e7;
        row * columns + node.lon_e7.abs_diff(west_e7) / cell_lon_e7
    };
    let mut order: Vec<u32> = (0..nodes.len() as u32).collect();
    order.sort_by_key(|nth| {
        let node = &nodes[*nth as usize];
        (cell_of(node), node.lat_e7, node.lon_e7, *nth)
    });
    let mut renumbered = vec![0_u32; nodes.len()];
    (0..).zip(&order).for_each(|(to, from)| renumbered[*from as usize] = to);
    let sorted: Vec<StreetNode> = order.iter().map(|nth| nodes[*nth as usize]).collect();
    let both = stretches.iter().flat_map(|s| [(s.from, s.to, s), (s.to, s.from, s)]);
    let mut edges: Vec<(u32, StreetEdge)> = both
        .map(|(from, to, stretch)| {
            let to = renumbered[to as usize];
            let Looks { name, steps } = stretch.looks;
            (renumbered[from as usize], StreetEdge::new(to, stretch.decimetres, steps, name))
        })
        .collect();
    edges.sort_by_key(|(from, edge)| (*from, edge.to, edge.name, edge.has_steps(), edge.decimetres()));
    edges.dedup_by_key(|(from, edge)| (*from, edge.to, edge.name, edge.has_steps()));
    StreetArrays {
        edge_offsets: offsets(sorted.len(), edges.iter().map(|(from, _)| *from)),
        cell_offsets: offsets((columns * rows) as usize, sorted.iter().map(cell_of)),
        edges: edges.into_iter().map(|(_, edge)| edge).collect(),
        nodes: sorted,
        stop_links: Vec::new(),
        south_e7,
        west_e7,
        cell_lat_e7,
        cell_lon_e7,
        columns,
        rows,
    }
}

fn link_stops(arrays: &StreetArrays, stops: &[StopRecord]) -> Vec<StopLink> {
    let streets = arrays.streets();
    let link = |stop: &StopRecord| match streets.nearest(stop.point(), LINK_METRES) {
        Some((node, metres)) => StopLink { node, decimetres: (metres * 10.0).round() as u32 },
        None => StopLink { node: u32::MAX, decimetres: u32::MAX },
    };
    stops.iter().map(link).collect()
}

/// Where the entries of each of `count` owners begin, out of the owners of all entries.
pub(super) fn offsets(count: usize, owners: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut offsets = vec![0_u32; count + 1];
    for owner in owners {
        offsets[owner as usize + 1] += 1;
    }
    for at in 1..offsets.len() {
        offsets[at] += offsets[at - 1];
    }
    offsets
}
