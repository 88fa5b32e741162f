//! The making of one pack, from the files that are named to the file that is written.

use super::gtfs::{self, Transfers};
use super::osm::{self, Map};
use super::report::{BuildError, BuildReport, Progress};
use super::timetable::TimetableBuilder;
use super::walks::{self, Walks};
use super::write::{self, Contents};
use super::{index, streets};
use crate::city::fares::PointOfSale;
use crate::city::{City, Summary};
use std::path::{Path, PathBuf};

/// A pack to be made. Name feeds and a map, then [`run`](Build::run).
///
/// ```no_run
/// # use jol_core::city::build::{Build, BuildError};
/// # fn make() -> Result<(), BuildError> {
/// let report = Build::new("Atyrau")
///     .names("Атырау", "Атырау", "Atyrau")
///     .gtfs("buses.zip")
///     .osm("atyrau.osm.pbf")
///     .made_ms(1_700_000_000_000)
///     .out("atyrau.jol")
///     .run(&mut |progress| println!("{progress:?}"))?;
/// println!("{} trips", report.trips);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Build {
    names: [String; 3],
    feeds: Vec<PathBuf>,
    map: Option<PathBuf>,
    out: PathBuf,
    made_ms: i64,
    source: String,
    walks: Walks,
    points_of_sale: Vec<PointOfSale>,
    own: Vec<(u32, Vec<u8>)>,
}

impl Build {
    /// A pack of a city with this name, without anything yet.
    pub fn new(name: &str) -> Build {
        Build {
            names: [name, name, name].map(str::to_owned),
            feeds: Vec::new(),
            map: None,
            out: PathBuf::from("city.jol"),
            made_ms: 0,
            source: String::new(),
            walks: Walks::default(),
            points_of_sale: Vec::new(),
            own: Vec::new(),
        }
    }

    /// The city's name in Kazakh, Russian and English.
    pub fn names(self, kk: &str, ru: &str, en: &str) -> Build {
        Build { names: [kk, ru, en].map(str::to_owned), ..self }
    }

    /// A feed: a GTFS archive. Of several feeds, ids get the feed's number and a colon before them.
    pub fn gtfs(mut self, path: impl Into<PathBuf>) -> Build {
        self.feeds.push(path.into());
        self
    }

    /// A map: an OpenStreetMap extract, `.osm.pbf`.
    pub fn osm(self, path: impl Into<PathBuf>) -> Build {
        Build { map: Some(path.into()), ..self }
    }

    /// When the pack is made, in ms since 1970.
    pub fn made_ms(self, made_ms: i64) -> Build {
        Build { made_ms, ..self }
    }

    /// Whose data it is, with the thanks that their licences ask for.
    pub fn source(self, source: &str) -> Build {
        Build { source: source.to_owned(), ..self }
    }

    /// Which walks between stops it gets.
    pub fn walks(self, walks: Walks) -> Build {
        Build { walks, ..self }
    }

    /// Where cards are sold and topped up, to be found by their names. Prices and hours stay in the rules.
    pub fn points_of_sale(self, points_of_sale: Vec<PointOfSale>) -> Build {
        Build { points_of_sale, ..self }
    }

    /// A section of the operator's own, with a number from
    /// [`FIRST_OWN_SECTION`](crate::city::pack::FIRST_OWN_SECTION).
    pub fn section(mut self, id: u32, bytes: Vec<u8>) -> Build {
        self.own.push((id, bytes));
        self
    }

    /// Where to write it; `city.jol` if nothing is said.
    pub fn out(self, path: impl Into<PathBuf>) -> Build {
        Build { out: path.into(), ..self }
    }

    /// Makes the pack, checks it as every phone does, and tells what it came to hold. Takes about a second
    /// for a million stop times. A pack that was there before is replaced only by a whole new one.
    pub fn run(&self, progress: &mut dyn FnMut(Progress)) -> Result<BuildReport, BuildError> {
        let mut report = BuildReport::default();
        let contents = self.contents(&mut report, progress)?;
        let beside = beside(&self.out);
        report.bytes = write::write(&beside, &contents, progress)?;
        report.parts = contents.parts();
        drop(contents);
        let summary = City::check(&beside).map_err(|error| {
            // Of no use to anyone; that it stays is no new failure.
            let _ = std::fs::remove_file(&beside);
            BuildError::Unsound(error)
        })?;
        write::put(&beside, &self.out)?;
        count(&mut report, &summary);
        Ok(report)
    }

    fn contents(
        &self,
        report: &mut BuildReport,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Contents, BuildError> {
        let mut builder = TimetableBuilder::new();
        let mut transfers = Transfers::default();
        let mut time_zone = String::new();
        for (number, feed) in (1..).zip(&self.feeds) {
            let prefix = if self.feeds.len() > 1 { format!("{number}:") } else { String::new() };
            let read = gtfs::read(feed, &prefix, &mut builder, &mut transfers, report, progress)?;
            if time_zone.is_empty() {
                time_zone = read.time_zone;
            }
        }
        if builder.stop_time_count() == 0 {
            return Err(BuildError::NoTrips { feeds: self.feeds.len() });
        }
        let map = self.map.as_deref().map_or(Ok(Map::default()), |path| osm::read(path, progress))?;
        let mut served = builder.served();
        transfers.berths.lift(&mut served);
        let streets = streets::lay_out(&map, &mut builder, report);
        walks::add(&mut builder, &streets, &transfers, self.walks, &served, progress);
        report.addresses = map.addresses.len() as u64;
        let places = index::lay_out(&map, &self.points_of_sale, &mut builder, &served);
        Ok(Contents {
            names: [0, 1, 2].map(|nth| builder.text(&self.names[nth]).0),
            time_zone: builder.text(&time_zone).0,
            source: builder.text(&self.source).0,
            timetable: builder.finish(),
            streets,
            places,
            made_ms: self.made_ms,
            own: self.own.clone(),
        })
    }
}

fn count(report: &mut BuildReport, summary: &Summary) {
    report.stops = summary.stops;
    report.lines = summary.lines;
    report.patterns = summary.patterns;
    report.trips = summary.trips;
    report.stop_times = summary.stop_times;
    report.footpaths = summary.footpaths;
    report.places = summary.places;
    report.days = summary.days;
}

/// Where a pack is written before it takes its place.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    path.with_file_name(format!(".{name}.part"))
}
