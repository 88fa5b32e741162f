//! A city whose lines all meet in its middle: about sixty buses within a kilometre.
//!
//! Avenues on a bent grid, 18 lines from the rim through the middle to another side of the rim, one working
//! morning. It is no sample to look at: nobody lives there. What matters is like in real cities: lines share their
//! streets for a while, stops, lights and termini for good; a stop lies behind a crossing, so that a queue at it
//! does not fill the crossing.

use super::dice::Dice;
use super::feed::moved;
use super::sample::gtfs::{Table, clock, write_zip};
use jol_core::geo::Point;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Where its south-west corner is.
const CORNER: Point = Point { lat: 43.215, lon: 76.875 };
/// Corners of a side, and metres between two, about.
const SIDE: usize = 11;
const BLOCK_M: f64 = 280.0;
/// A corner lies so far from where a grid would have it, at most, in metres.
const BENT_M: f64 = 45.0;
/// Every line passes one of these corners, from the first up to the last of a side.
const MIDDLE: (usize, usize) = (4, 6);
/// How many lines there are.
const LINES: usize = 18;
/// A pole stands so far behind a corner and beside the middle of the road, in metres.
const BEHIND_M: f64 = 60.0;
const BESIDE_M: f64 = 6.0;
/// At so many of the corners there is a stop.
const STOPS: f64 = 0.7;
/// Seconds between two buses of a line.
const HEADWAY_S: (f64, f64) = (240.0, 420.0);
/// First and last departure, seconds of the day.
const FIRST_S: f64 = 6.5 * 3_600.0;
const LAST_S: f64 = 10.0 * 3_600.0;
/// What the timetable thinks of a bus: metres a second between stops, and seconds at one.
const SPEED: f64 = 6.0;
const DWELL_S: u32 = 20;
/// Where lines end: corners on the rim.
const TERMINI: [(usize, usize); 8] = [(0, 1), (0, 8), (2, 10), (8, 10), (10, 9), (10, 2), (8, 0), (3, 0)];

type Corner = (usize, usize);

/// A city that a seed names.
#[derive(Clone, Copy, Debug)]
pub struct Hub {
    /// What it is drawn from.
    pub seed: u64,
}

impl Hub {
    /// Writes its feed as a zip.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, self.gtfs())
    }

    /// Its GTFS feed: the same bytes for the same seed.
    pub fn gtfs(&self) -> Vec<u8> {
        let grid = Grid::new(self.seed);
        let mut agency = Table::new(
            "agency.txt",
            &["agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"],
        );
        agency.row(&["hub", "Jol sample — no city", "https://hub.invalid/", "Asia/Almaty", "kk"]);
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let mut columns = vec!["service_id"];
        columns.extend(days);
        columns.extend(["start_date", "end_date"]);
        let mut calendar = Table::new("calendar.txt", &columns);
        calendar.row(&["week", "1", "1", "1", "1", "1", "0", "0", "20260105", "20260111"]);
        let mut routes =
            Table::new("routes.txt", &["route_id", "agency_id", "route_short_name", "route_type"]);
        let mut trips =
            Table::new("trips.txt", &["route_id", "service_id", "trip_id", "direction_id", "shape_id"]);
        let mut shapes =
            Table::new("shapes.txt", &["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"]);
        let mut times = Table::new(
            "stop_times.txt",
            &["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"],
        );
        let mut poles: BTreeMap<(Corner, Corner), Point> = BTreeMap::new();
        for nth in 1..=LINES {
            let mut dice = Dice::new(self.seed, &format!("line {nth}"));
            routes.row(&[&format!("L{nth}"), "hub", &nth.to_string(), "3"]);
            let there = grid.path(&mut dice);
            let back: Vec<Corner> = there.iter().rev().copied().collect();
            for (direction, path) in [there, back].into_iter().enumerate() {
                let shape = format!("{nth}-{direction}");
                for (sequence, point) in grid.shape(&path).into_iter().enumerate() {
                    shapes.row(&[&shape, &degrees(point.lat), &degrees(point.lon), &sequence.to_string()]);
                }
                let halts = grid.halts(&path);
                poles.extend(halts.iter().map(|(way, _)| (*way, grid.pole(*way, BESIDE_M))));
                let headway_s = dice.between(HEADWAY_S.0, HEADWAY_S.1);
                let mut start_s = FIRST_S + dice.between(0.0, headway_s);
                let mut number = 0;
                while start_s < LAST_S {
                    let trip = format!("{nth}-{direction}-{number}");
                    trips.row(&[&format!("L{nth}"), "week", &trip, &direction.to_string(), &shape]);
                    let mut at_s = (start_s / 60.0) as u32 * 60;
                    let mut before = halts.first().map_or(0.0, |(_, metres)| *metres);
                    for (sequence, (way, metres)) in halts.iter().enumerate() {
                        at_s += ((metres - before) / SPEED) as u32;
                        let leaves_s = at_s + if sequence == 0 { 0 } else { DWELL_S };
                        let (id, sequence) = (pole_id(*way), sequence.to_string());
                        times.row(&[&trip, &clock(at_s), &clock(leaves_s), &id, &sequence]);
                        (at_s, before) = (leaves_s, *metres);
                    }
                    number += 1;
                    start_s += headway_s;
                }
            }
        }
        let mut stops = Table::new("stops.txt", &["stop_id", "stop_name", "stop_lat", "stop_lon"]);
        for (way, point) in poles {
            let name = format!("{}/{}", way.0.0, way.0.1);
            stops.row(&[&pole_id(way), &name, &degrees(point.lat), &degrees(point.lon)]);
        }
        write_zip(&[agency, calendar, stops, routes, trips, shapes, times])
    }
}

struct Grid {
    seed: u64,
    /// By x and y.
    corners: Vec<Point>,
}

impl Grid {
    fn new(seed: u64) -> Grid {
        let mut dice = Dice::new(seed, "corners");
        let corners = (0..SIDE * SIDE).map(|nth| {
            let bent = |dice: &mut Dice, at: usize| at as f64 * BLOCK_M + dice.between(-BENT_M, BENT_M);
            let east = bent(&mut dice, nth / SIDE);
            moved(CORNER, east, bent(&mut dice, nth % SIDE))
        });
        Grid { seed, corners: corners.collect() }
    }

    fn at(&self, (x, y): Corner) -> Point {
        self.corners[x * SIDE + y]
    }

    /// From one terminus by a corner of the middle to another, never turning on the spot.
    fn path(&self, dice: &mut Dice) -> Vec<Corner> {
        loop {
            let (from, to) = (*dice.pick(&TERMINI), *dice.pick(&TERMINI));
            let mut middle = || MIDDLE.0 + dice.below(MIDDLE.1 + 1 - MIDDLE.0);
            let by = (middle(), middle());
            let mut path = vec![from];
            wander(&mut path, by, dice);
            wander(&mut path, to, dice);
            let turns = path.windows(3).any(|three| three[0] == three[2]);
            if from != to && !turns {
                return path;
            }
        }
    }

    /// A place beside the way from one corner to the next, where the pole is.
    fn pole(&self, (from, to): (Corner, Corner), right_m: f64) -> Point {
        let (a, b) = (self.at(from), self.at(to));
        super::traffic::shifted(a, a.bearing_to(b), BEHIND_M, right_m)
    }

    /// From the first pole to the last, bent at corners and where poles are, so that all lines bend alike.
    fn shape(&self, path: &[Corner]) -> Vec<Point> {
        let pairs = path.windows(2).enumerate();
        let bends = pairs.flat_map(|(nth, pair)| {
            [(nth > 0).then(|| self.at(pair[0])), Some(self.pole((pair[0], pair[1]), 0.0))]
        });
        bends.flatten().collect()
    }

    /// Where a line stops: each way between corners that has a pole, and how far along it is.
    fn halts(&self, path: &[Corner]) -> Vec<((Corner, Corner), f64)> {
        let (mut metres, mut halts) = (0.0, Vec::new());
        for (nth, pair) in path.windows(2).enumerate() {
            let way = (pair[0], pair[1]);
            let is_end = nth == 0 || nth == path.len() - 2;
            if is_end || Dice::new(self.seed, &pole_id(way)).chance(STOPS) {
                halts.push((way, metres));
            }
            metres += self.at(way.0).metres_to(self.at(way.1));
        }
        halts
    }
}

/// Goes on to a corner, east and west or north and south as chance wants it, without a detour.
fn wander(path: &mut Vec<Corner>, to: Corner, dice: &mut Dice) {
    while let Some(&(x, y)) = path.last().filter(|at| **at != to) {
        let (dx, dy) = (x.abs_diff(to.0), y.abs_diff(to.1));
        let step = |at: usize, to: usize| if at < to { at + 1 } else { at - 1 };
        if dice.below(dx + dy) < dx {
            path.push((step(x, to.0), y));
        } else {
            path.push((x, step(y, to.1)));
        }
    }
}

fn pole_id(((ax, ay), (bx, by)): (Corner, Corner)) -> String {
    format!("{ax}-{ay}-{bx}-{by}")
}

fn degrees(value: f64) -> String {
    format!("{value:.6}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::world::traffic::{Network, densest};
    use jol_core::city::City;
    use jol_core::city::build::Build;
    use std::sync::LazyLock;

    /// The city of seed 1 as a pack.
    pub(crate) fn pack() -> &'static City {
        static CITY: LazyLock<City> = LazyLock::new(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let (feed, out) = (folder.path().join("hub.zip"), folder.path().join("hub.jol"));
            Hub { seed: 1 }.write(&feed).expect("written");
            let report = Build::new("hub").gtfs(&feed).out(&out).run(&mut |_| ()).expect("a pack");
            assert_eq!((report.repaired.count, report.refused.count), (0, 0), "{report:?}");
            City::from_bytes(&std::fs::read(out).expect("the pack")).expect("a good pack")
        });
        &CITY
    }

    /// Its network, made once for all tests.
    pub(crate) fn network() -> &'static Network {
        static NETWORK: LazyLock<Network> =
            LazyLock::new(|| Network::new(&pack().timetable(), 1).expect("a known zone"));
        &NETWORK
    }

    #[test]
    fn most_buses_are_where_lines_meet() {
        let dense = densest(network()).expect("buses");
        assert!(dense.buses >= 30, "in a square kilometre: {dense:?}");
        let middle = Grid::new(1).at((5, 5));
        assert!(dense.middle.metres_to(middle) < 800.0, "{dense:?}");
    }

    #[test]
    fn every_line_passes_the_middle_and_never_turns_on_the_spot() {
        let grid = Grid::new(1);
        for nth in 1..=LINES {
            let path = grid.path(&mut Dice::new(1, &format!("line {nth}")));
            assert!(path.iter().any(|(x, y)| (4..=6).contains(x) && (4..=6).contains(y)), "{path:?}");
            assert!(
                path.windows(2).all(|two| two[0].0.abs_diff(two[1].0) + two[0].1.abs_diff(two[1].1) == 1)
            );
            assert!(path.windows(3).all(|three| three[0] != three[2]), "{path:?}");
            assert!(TERMINI.contains(&path[0]) && TERMINI.contains(&path[path.len() - 1]));
        }
    }

    #[test]
    fn a_seed_names_a_city() {
        assert_eq!(Hub { seed: 3 }.gtfs(), Hub { seed: 3 }.gtfs());
        assert_ne!(Hub { seed: 3 }.gtfs(), Hub { seed: 4 }.gtfs());
    }
}
