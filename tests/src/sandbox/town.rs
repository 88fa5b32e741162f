//! A whole city to run: its pack, its buses on the street, and what its operator publishes of it.
//!
//! The sample city and any real feed go through the same import. Real feeds name no fares and no
//! buses: the sample operator's rules hold there, and the buses are made up.

use super::data::{CityData, sample_rules};
use super::fleet::{LiveSource, Passenger, Run};
use crate::city::{BuildArgs, build};
use crate::world::feed::{alerts_feed, positions_feed, updates_feed};
use crate::world::phone::{Ride, passenger_on};
use crate::world::sample::SampleCity;
use crate::world::street::Fleet;
use jol_core::city::build::{BuildError, BuildReport};
use jol_core::city::{City, CityError};
use jol_core::operator::wire::LineSummary;
use jol_core::plan::PlanError;
use jol_core::text::Words;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The sample city's seed, so that everybody sees the same city.
pub const SAMPLE_SEED: u64 = 7;

/// Why a city cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TownError {
    /// A feed or a map cannot be imported.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The pack that was built cannot be opened.
    #[error(transparent)]
    City(#[from] CityError),
    /// Its timetable names a time zone that there is not.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A folder or file.
    #[error("{what}: {source}")]
    Io {
        /// Which one.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

/// A city that is ready to be served.
pub struct Town {
    /// What the operator publishes.
    pub data: CityData,
    /// Its pack.
    pub pack: Arc<City>,
    /// Its buses.
    pub fleet: Arc<Fleet>,
    /// What the import repaired and refused.
    pub report: BuildReport,
}

/// Feeds and a map of a city, and what its operator says of it.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// GTFS archives.
    pub gtfs: Vec<PathBuf>,
    /// An OpenStreetMap extract.
    pub osm: Option<PathBuf>,
    /// The operator's rules, whose points of sale are places.
    pub rules: Option<PathBuf>,
}

impl Town {
    /// The sample city, generated and imported into this folder. Takes about a second.
    pub fn sample(folder: &Path, made_ms: i64, quiet: bool) -> Result<Town, TownError> {
        let sample = SampleCity::generate(SAMPLE_SEED);
        let io = |source| TownError::Io { what: folder.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let (gtfs, osm) = sample.write(folder).map_err(io)?;
        let rules = folder.join("sample.rules.json");
        let written = serde_json::to_vec(&sample_rules("sample")).map_err(std::io::Error::from);
        written.and_then(|written| std::fs::write(&rules, written)).map_err(io)?;
        let sources = Sources { gtfs: vec![gtfs], osm: Some(osm), rules: Some(rules) };
        let mut town = Town::import("sample", &sample.name, &sources, &sample, folder, made_ms, quiet)?;
        town.data.sample = true;
        town.data.addresses = Some((sample.from_address.text, sample.to_address.text));
        Ok(town)
    }

    /// A real city, imported into this folder; its id is `city`.
    pub fn real(
        name: &str,
        sources: &Sources,
        folder: &Path,
        made_ms: i64,
        quiet: bool,
    ) -> Result<Town, TownError> {
        let io = |source| TownError::Io { what: folder.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let nobody = SampleCity { vehicles: Vec::new(), ..SampleCity::default() };
        Town::import("city", &Words::same(name), sources, &nobody, folder, made_ms, quiet)
    }

    fn import(
        id: &str,
        name: &Words,
        sources: &Sources,
        sample: &SampleCity,
        folder: &Path,
        made_ms: i64,
        quiet: bool,
    ) -> Result<Town, TownError> {
        let out = folder.join(format!("{id}.jol"));
        let args = BuildArgs {
            name: name.en.clone(),
            names: Some([name.kk.clone(), name.ru.clone(), name.en.clone()]),
            gtfs: sources.gtfs.clone(),
            osm: sources.osm.clone(),
            rules: sources.rules.clone(),
            source: sources
                .gtfs
                .iter()
                .filter_map(|p| p.file_name()?.to_str())
                .collect::<Vec<_>>()
                .join(", "),
            named_walks: false,
            out: out.clone(),
            quiet,
        };
        let report = build(&args, made_ms)?;
        let pack = Arc::new(City::open(&out)?);
        let timetable = pack.timetable();
        let fleet = Arc::new(Fleet::new(&timetable, &sample.vehicles, SAMPLE_SEED)?);
        let mut rules = sample_rules(id);
        rules.time_zone = pack.time_zone().to_owned();
        let lines = timetable.lines.iter().map(|line| LineSummary {
            number: timetable.text(line.short_name).to_owned(),
            name: timetable.text(line.long_name).to_owned(),
        });
        let (first, last) = pack.days();
        let data = CityData {
            name: name.clone(),
            sample: false,
            rules,
            lines: lines.collect(),
            vehicles: fleet.vehicles().to_vec(),
            pack: out,
            first_day: iso(first),
            last_day: iso(last),
            live: Arc::new(Street { fleet: fleet.clone() }),
            addresses: None,
        };
        Ok(Town { data, pack, fleet, report })
    }
}

/// A day since 1970 as an ISO date.
fn iso(day: i32) -> String {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    jiff::Span::new()
        .try_days(i64::from(day))
        .and_then(|span| epoch.checked_add(span))
        .map_or_else(|_| day.to_string(), |date| date.to_string())
}

/// A fleet as its operator sees it.
struct Street {
    fleet: Arc<Fleet>,
}

impl LiveSource for Street {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        positions_feed(&self.fleet, now_ms)
    }

    fn updates(&self, now_ms: i64) -> Vec<u8> {
        updates_feed(&self.fleet, now_ms)
    }

    fn alerts(&self, now_ms: i64) -> Vec<u8> {
        alerts_feed(&self.fleet, now_ms)
    }

    fn where_is(&self, vehicle: &str, now_ms: i64) -> Option<Run> {
        let run = self.fleet.run_of(vehicle, now_ms)?;
        Some(Run {
            run: run.number.to_string(),
            line: run.line,
            direction: run.direction,
            terminus: run.terminus,
            ends_ms: run.arrives_ms,
            stop: run.last_stop_name,
            stop_id: run.last_stop_id,
            in_service: run.in_service,
        })
    }

    fn passenger(&self, trip: &str, day: i32, from: &str, to: &str) -> Option<Passenger> {
        let halts = self.fleet.halts(trip, day);
        let board = halts.iter().position(|halt| halt.stop_id == from)?;
        let alight = board + 1 + halts.get(board + 1..)?.iter().position(|halt| halt.stop_id == to)?;
        let (near, far) = (halts[board].point, halts[alight].point);
        let ride = Ride { trip_id: trip, service_day: day, board, alight, from: near, to: far };
        let track = passenger_on(&self.fleet, ride, SAMPLE_SEED)?;
        let bus = self.fleet.vehicles().iter().find(|bus| bus.vehicle == track.vehicle)?;
        Some(Passenger {
            vehicle: track.vehicle,
            painted: bus.painted.clone(),
            boards_ms: track.boards_ms,
            alights_ms: track.alights_ms,
            terminus_ms: halts.last()?.arrival_ms,
            fixes: track.fixes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::streets::PlaceKind;

    #[test]
    fn the_sample_city_sells_cards() {
        let folder = tempfile::tempdir().expect("a folder");
        let town = Town::sample(folder.path(), 0, true).expect("a city");
        let points = &town.data.rules.points_of_sale;
        for point in points {
            for query in ["касса", "пополнить", &point.name.kk, &point.name.ru, &point.name.en]
            {
                let found = town.pack.search_in(query, "ru", Some(point.point), 1).remove(0);
                assert_eq!((found.kind, &found.name), (PlaceKind::PointOfSale, &point.name.ru), "{query}");
            }
        }
        let sells = town.pack.search("купить карту", None, 9);
        assert_eq!(sells.len(), points.iter().filter(|point| point.sells_cards_for.is_some()).count());
    }
}
