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

/// A stretch of street that can be walked, from the node whose range it is in; 12 bytes.
/// Each stretch stands twice, once a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StreetEdge {
    /// The node where it ends.
    pub to: u32,
    /// Its length in decimetres, at least 1.
    pub decimetres: u32,
    /// The street's name; [`TextIdx::NONE`] if it has none.
    pub name: TextIdx,
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
