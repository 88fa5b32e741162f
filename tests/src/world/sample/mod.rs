//! A sample city, like those of western Kazakhstan and none of them: a river, two banks, two bridges,
//! 12 lines, 54 buses, names in Kazakh and Russian, all out of a seed.
//!
//! It writes files (GTFS in a zip, OpenStreetMap as PBF) and hands over nothing else: what the city is
//! like, the app learns by importing them as it imports any feed. Everything in them says that it is a
//! sample. It does not play the operator (fares, cards) and moves no bus.

mod buses;
mod draft;
mod files;
pub(super) mod gtfs;
mod houses;
mod lines;
mod names;
pub(super) mod osm;
mod plans;
mod timetable;
mod town;

pub(super) use buses::vehicle;

use houses::House;
use jol_core::city::fares::Vehicle;
use jol_core::geo::Point;
use jol_core::text::Words;
use std::io;
use std::path::{Path, PathBuf};
use town::{Spot, Town, metres};

/// Where the city's middle is: on the lower Zhaiyq, as if.
const CENTRE: Point = Point { lat: 47.107, lon: 51.917 };
const METRES_A_DEGREE: f64 = 111_195.08;

/// A city that a seed names.
#[derive(Clone, Debug, Default)]
pub struct SampleCity {
    /// A GTFS feed: weekdays and weekends from 2026-01-01 to 2027-12-31, in the zone Asia/Atyrau.
    pub gtfs_zip: Vec<u8>,
    /// Streets, houses and landmarks as OpenStreetMap PBF.
    pub osm_pbf: Vec<u8>,
    /// The 54 buses; the first is `0547` of line 1.
    pub vehicles: Vec<Vehicle>,
    /// The city's name, which says that it is a sample.
    pub name: Words,
    /// A house by the park on the west bank, near line 6 alone.
    pub from_address: SampleAddress,
    /// A house by the railway station on the east bank: from there one changes, and crosses the river.
    pub to_address: SampleAddress,
}

/// An address as a passenger types it, and where it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleAddress {
    /// Street and house number.
    pub text: Words,
    /// The house.
    pub point: Point,
}

impl SampleCity {
    /// The city of a seed: the same bytes for the same seed. Takes some 100 ms.
    pub fn generate(seed: u64) -> SampleCity {
        let town = Town::new(seed);
        let houses = houses::houses(&town, seed);
        let landmarks = houses::landmarks(&town);
        let (lines, poles) = lines::lines(&town, &landmarks);
        let (trips, buses) = timetable::timetable(&lines);
        let address = |landmark: &str| {
            let landmark = landmarks.iter().find(|mark| mark.name.kk == landmark);
            let near = town.corners[landmark.expect("the sample has this landmark").corner];
            address_by(&town, &houses, near)
        };
        SampleCity {
            gtfs_zip: files::feed(&lines, &poles, &trips, seed),
            osm_pbf: files::map(&town, &houses, &landmarks),
            vehicles: buses::vehicles(&lines, &buses, seed),
            name: Words::new("Үлгі қала", "Город-образец", "Sample city"),
            from_address: address("Су айдыны паркі"),
            to_address: address("Теміржол вокзалы"),
        }
    }

    /// Writes `sample.gtfs.zip` and `sample.osm.pbf` into a folder that is there; gives their paths.
    pub fn write(&self, dir: &Path) -> io::Result<(PathBuf, PathBuf)> {
        let (gtfs, osm) = (dir.join("sample.gtfs.zip"), dir.join("sample.osm.pbf"));
        std::fs::write(&gtfs, &self.gtfs_zip)?;
        std::fs::write(&osm, &self.osm_pbf)?;
        Ok((gtfs, osm))
    }
}

/// A house with a plain number, a short walk from a place.
fn address_by(town: &Town, houses: &[House], near: Spot) -> SampleAddress {
    let plain = |house: &&House| house.number.chars().all(|c| c.is_ascii_digit()) && house.walls.is_none();
    let off = |house: &&House| (metres(house.at, near) - 160.0).abs();
    let house = houses.iter().filter(plain).min_by(|a, b| off(a).total_cmp(&off(b)));
    let house = house.expect("a city has houses");
    let street = &town.streets[house.street].name;
    let with_number = |name: &str| format!("{name}, {}", house.number);
    let (kk, ru) = (with_number(&street.kk), with_number(&street.ru));
    SampleAddress { text: Words::new(&kk, &ru, &kk), point: point(house.at) }
}

/// Where a place of the flat city is on the globe.
fn point((east, north): Spot) -> Point {
    let lat = CENTRE.lat + north / METRES_A_DEGREE;
    let lon = CENTRE.lon + east / (METRES_A_DEGREE * CENTRE.lat.to_radians().cos());
    Point { lat, lon }
}

#[cfg(test)]
mod tests;
