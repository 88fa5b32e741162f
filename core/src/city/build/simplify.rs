//! Lines with fewer points (Douglas, Peucker, 1973), by geo.

use crate::geo::Point;
use geo::{Coord, LineString, SimplifyIdx};

/// Which points of a line to keep so that it lies nowhere farther than so many metres from itself. First
/// and last are always kept.
pub(super) fn simplify(line: &[Point], metres: f64) -> Vec<usize> {
    let Some(origin) = line.first() else { return Vec::new() };
    let flat = |point: &Point| {
        let (x, y) = point.flat(*origin);
        Coord { x, y }
    };
    LineString::new(line.iter().map(flat).collect()).simplify_idx(metres)
}
