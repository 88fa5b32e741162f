//! Where and when most buses of a city are near one another.

use super::Network;
use jol_core::geo::Point;
use std::collections::BTreeMap;

/// A square kilometre is looked for in steps of a quarter of its side.
const CELL_M: f64 = 250.0;
const CELLS: i64 = 4;
/// Only moments are looked at in which at least this share of the most buses is out.
const MANY: f64 = 0.9;

/// A square kilometre at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Its middle.
    pub middle: Point,
    /// When, ms since 1970.
    pub at_ms: i64,
    /// How many buses are in it.
    pub buses: usize,
}

/// The square kilometre and the quarter of an hour in which most buses of a city are on a run, by its timetable;
/// none if no bus ever is. Buses that are parked at a terminus do not count.
pub fn densest(network: &Network) -> Option<Dense> {
    let quarters = network.fleet.busiest_day();
    let most = quarters.iter().map(|(_, out)| *out).max()?;
    let busy = quarters.iter().filter(|(_, out)| *out as f64 >= most as f64 * MANY);
    let mut best: Option<Dense> = None;
    for &(at_ms, _) in busy {
        let all = network.fleet.vehicles_at(at_ms).into_iter();
        let runs = all.filter(|bus| bus.run.in_service && bus.run.starts_ms <= at_ms);
        let points: Vec<Point> = runs.map(|bus| bus.point).collect();
        let found = densest_square(&points, at_ms);
        if found.is_some_and(|found| best.is_none_or(|best| found.buses > best.buses)) {
            best = found;
        }
    }
    best
}

fn densest_square(points: &[Point], at_ms: i64) -> Option<Dense> {
    let origin = *points.first()?;
    let mut squares: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for point in points {
        let (east, north) = point.flat(origin);
        let cell = ((east / CELL_M).floor() as i64, (north / CELL_M).floor() as i64);
        for (x, y) in (0..CELLS).flat_map(|x| (0..CELLS).map(move |y| (x, y))) {
            *squares.entry((cell.0 - x, cell.1 - y)).or_default() += 1;
        }
    }
    let (&(x, y), &buses) =
        squares.iter().max_by_key(|(square, buses)| (**buses, std::cmp::Reverse(**square)))?;
    let middle = |cell: i64| (cell + CELLS / 2) as f64 * CELL_M;
    Some(Dense { middle: crate::world::feed::moved(origin, middle(x), middle(y)), at_ms, buses })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::feed::moved;

    #[test]
    fn the_square_with_most_points_is_found() {
        let origin = Point { lat: 43.0, lon: 77.0 };
        let crowd =
            (0..30).map(|nth| moved(origin, 5_010.0 + f64::from(nth % 6) * 140.0, f64::from(nth) * 25.0));
        let few = (0..20).map(|nth| moved(origin, -f64::from(nth) * 40.0, 0.0));
        let points: Vec<Point> = few.chain(crowd).collect();
        let found = densest_square(&points, 7).expect("there are points");
        assert_eq!((found.buses, found.at_ms), (30, 7));
        let (east, north) = found.middle.flat(origin);
        assert!((4_750.0..5_750.0).contains(&east) && (0.0..750.0).contains(&north), "{east} {north}");
        assert_eq!(densest_square(&[], 7), None);
    }
}
