//! The streets to walk on, as flat arrays, and the places to search.

use super::timetable::{StopIdx, TextIdx};
use crate::geo::Point;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A corner or bend of the street network, 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StreetNode {
    /// Latitude in 1e-7 degrees.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degrees.
    pub lon_e7: i32,
}

impl StreetNode {
    /// Where it lies.
    pub fn point(&self) -> Point {
        Point { lat: f64::from(self.lat_e7) * 1e-7, lon: f64::from(self.lon_e7) * 1e-7 }
    }
}

/// Set in a stretch's length where it has steps.
const STEPS: u32 = 1 << 31;

/// A stretch of street that can be walked, from the node whose range it is in; 12 bytes.
/// Each stretch stands twice, once a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StreetEdge {
    /// The node where it ends.
    pub to: u32,
    /// Its length in decimetres, and [`STEPS`].
    length: u32,
    /// The street's name; [`TextIdx::NONE`] if it has none.
    pub name: TextIdx,
}

impl StreetEdge {
    /// A stretch to a node, of so many decimetres, at least 1.
    pub fn new(to: u32, decimetres: u32, has_steps: bool, name: TextIdx) -> StreetEdge {
        let length = decimetres.min(STEPS - 1) | if has_steps { STEPS } else { 0 };
        StreetEdge { to, length, name }
    }

    /// Its length in decimetres, at least 1.
    pub fn decimetres(&self) -> u32 {
        self.length & !STEPS
    }

    /// Whether it has stairs, or is something else that the map says no wheelchair takes.
    pub fn has_steps(&self) -> bool {
        self.length & STEPS != 0
    }
}

/// Where a stop meets the streets, 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StopLink {
    /// The nearest street node; `u32::MAX` if the stop lies outside the mapped streets.
    pub node: u32,
    /// How far the node is, in decimetres.
    pub decimetres: u32,
}

/// The walking network of a city, borrowed from a mapped file. Empty if the pack has no streets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Streets<'a> {
    /// All nodes, sorted by the cell of the grid that they lie in.
    pub nodes: &'a [StreetNode],
    /// Which edges leave a node: ranges of `edges`, one more than nodes.
    pub edge_offsets: &'a [u32],
    /// See `edge_offsets`.
    pub edges: &'a [StreetEdge],
    /// One a stop of the timetable.
    pub stop_links: &'a [StopLink],
    /// Which nodes lie in a cell of the grid, row by row from the south-west: ranges of `nodes`.
    pub cell_offsets: &'a [u32],
    /// South-west corner of the grid, in 1e-7 degrees.
    pub south_e7: i32,
    /// See `south_e7`.
    pub west_e7: i32,
    /// Height of a cell in 1e-7 degrees.
    pub cell_lat_e7: u32,
    /// Width of a cell in 1e-7 degrees.
    pub cell_lon_e7: u32,
    /// How many cells lie side by side.
    pub columns: u32,
    /// How many rows of cells there are.
    pub rows: u32,
}

impl<'a> Streets<'a> {
    /// The edges that leave a node, with their positions in `edges`; none for a node that does not exist.
    pub fn edges_from(&self, node: u32) -> impl Iterator<Item = (u32, &'a StreetEdge)> + use<'a> {
        let range = self.offsets_at(self.edge_offsets, node as usize, node as usize);
        let edges =
            range.and_then(|(start, end)| Some((start, self.edges.get(start as usize..end as usize)?)));
        let (start, edges) = edges.unwrap_or((0, &[]));
        // The edges come first in the pair: past the last one there may be no number to count to.
        edges.iter().zip(start..).map(|(edge, nth)| (nth, edge))
    }

    /// Whether only steps lead to and from a node: it is a landing of a stair.
    fn is_on_stairs(&self, node: u32) -> bool {
        let mut edges = self.edges_from(node).map(|(_, edge)| edge.has_steps()).peekable();
        edges.peek().is_some() && edges.all(|steps| steps)
    }

    /// The node that is nearest to a point and at most so many metres away, and how far it is. None on a
    /// stair: nobody is at home there, and whoever takes no steps would get no farther. Looks at the cells
    /// of the grid around the point only.
    pub fn nearest(&self, point: Point, most_metres: f64) -> Option<(u32, f64)> {
        const METRES_A_DEGREE: f64 = 111_195.0;
        let reach_lat = most_metres / METRES_A_DEGREE;
        let reach_lon = reach_lat / point.lat.to_radians().cos().max(0.01);
        let cells = |least: f64, most: f64, first_e7: i32, cell_e7: u32, count: u32| {
            let cell = |degrees: f64| (degrees * 1e7 - f64::from(first_e7)) / f64::from(cell_e7);
            let (least, most) = (cell(least).floor(), cell(most).floor());
            // Not so for a point that is none, or a cell without size.
            let known = least.is_finite() && most.is_finite() && most >= 0.0 && least < f64::from(count);
            known.then(|| (least.max(0.0) as usize, most.min(f64::from(count) - 1.0) as usize))
        };
        let rows =
            cells(point.lat - reach_lat, point.lat + reach_lat, self.south_e7, self.cell_lat_e7, self.rows)?;
        let columns = cells(
            point.lon - reach_lon,
            point.lon + reach_lon,
            self.west_e7,
            self.cell_lon_e7,
            self.columns,
        )?;
        let mut nearest: Option<(u32, f64)> = None;
        for row in rows.0..=rows.1 {
            // The cells of a row lie side by side, and so do their nodes.
            let Some(first) = row.checked_mul(self.columns as usize) else { break };
            let Some((start, end)) = self.offsets_at(self.cell_offsets, first + columns.0, first + columns.1)
            else {
                break;
            };
            let nodes = self.nodes.get(start as usize..end as usize).unwrap_or_default();
            for (node, nth) in nodes.iter().zip(start..) {
                let (east, north) = node.point().flat(point);
                let metres = east.hypot(north);
                if metres <= nearest.map_or(most_metres, |(_, least)| least) && !self.is_on_stairs(nth) {
                    nearest = Some((nth, metres));
                }
            }
        }
        nearest
    }

    /// Where the range of entry `first` begins and that of entry `last` ends.
    fn offsets_at(&self, offsets: &[u32], first: usize, last: usize) -> Option<(u32, u32)> {
        Some((*offsets.get(first)?, *offsets.get(last.checked_add(1)?)?))
    }
}

/// What kind of thing a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PlaceKind {
    /// A house with its number.
    Address = 0,
    /// A street; its point is one on it, in its middle.
    Street = 1,
    /// A stop.
    Stop = 2,
    /// Something that has a name: a school, a market, a hospital.
    Landmark = 3,
    /// Where cards are sold or topped up; hours and prices are in the city's rules.
    PointOfSale = 4,
}

/// A place that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What kind of thing it is.
    pub kind: PlaceKind,
    /// The name as a passenger reads it: street and house number, stop, street, landmark.
    pub name: String,
    /// Where it is.
    pub point: Point,
    /// The stop, if it is one.
    pub stop: Option<StopIdx>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A grid of 4 × 3 cells of 0.01° from 47°, 51°, with its nodes sorted by cell.
    fn grid(mut points: Vec<(i32, i32)>) -> (Vec<StreetNode>, Vec<u32>) {
        let cell = |&(lat, lon): &(i32, i32)| (lat / 100_000) * 4 + lon / 100_000;
        points.sort_by_key(cell);
        let offsets = (0..=12).map(|c| points.partition_point(|p| cell(p) < c) as u32).collect();
        let node = |(lat, lon)| StreetNode { lat_e7: 470_000_000 + lat, lon_e7: 510_000_000 + lon };
        (points.into_iter().map(node).collect(), offsets)
    }

    fn streets<'a>(nodes: &'a [StreetNode], cell_offsets: &'a [u32]) -> Streets<'a> {
        Streets {
            nodes,
            cell_offsets,
            south_e7: 470_000_000,
            west_e7: 510_000_000,
            cell_lat_e7: 100_000,
            cell_lon_e7: 100_000,
            columns: 4,
            rows: 3,
            ..Streets::default()
        }
    }

    proptest! {
        #[test]
        fn the_grid_finds_the_nearest_of_all_nodes(
            points in prop::collection::vec((0..300_000, 0..400_000), 0..40),
            lat in 46.98..47.05,
            lon in 50.98..51.06,
            most_metres in 10.0..3_000.0,
        ) {
            let (nodes, offsets) = grid(points);
            let point = Point { lat, lon };
            let metres_to = |node: &StreetNode| { let (e, n) = node.point().flat(point); e.hypot(n) };
            let nearest = nodes.iter().map(metres_to).filter(|&metres| metres <= most_metres).reduce(f64::min);
            let found = streets(&nodes, &offsets).nearest(point, most_metres);
            prop_assert_eq!(found.map(|(_, metres)| metres), nearest);
            if let Some((node, metres)) = found {
                prop_assert_eq!(metres_to(&nodes[node as usize]), metres);
            }
        }

        #[test]
        fn a_grid_that_lies_breaks_nothing(
            offsets in prop::collection::vec(any::<u32>(), 0..20),
            cell in (0..3_u32, 0..3_u32),
            size in (any::<u32>(), any::<u32>()),
            lat in -90.0..90.0,
        ) {
            let (nodes, _) = grid(vec![(1, 1), (2, 2)]);
            let streets = Streets {
                cell_lat_e7: cell.0, cell_lon_e7: cell.1, columns: size.0, rows: size.1,
                ..streets(&nodes, &offsets)
            };
            streets.nearest(Point { lat, lon: 51.0 }, 300.0);
            streets.nearest(Point { lat: f64::NAN, lon: f64::INFINITY }, f64::NAN);
        }
    }
}
