//! The city pack: one file with the stops, lines, timetable, streets and places of a city.
//!
//! The file is mapped and never changed in place: it is checked wholly once, when it is installed;
//! opening reads its header only, and every index in it is checked where it is used. Its form is written
//! down in `contract/city-pack.md`. This room neither plans nor asks for live times: it answers what is
//! where and when by the timetable. Flat arrays in a mapped file are the way of nigiri and Valhalla.

mod berths;
#[cfg(any(test, feature = "city-build"))]
pub mod build;
mod check;
pub mod continuations;
pub mod fares;
pub mod fold;
mod map;
pub mod overlay;
pub mod pack;
pub mod places;
mod search;
pub mod streets;
pub mod times;
pub mod timetable;
mod typos;
mod zones;

pub use check::Summary;
pub use zones::time_zone;

use crate::geo::Point;
use map::Mapped;
use pack::{Meta, Pack, section};
use places::Places;
use std::path::Path;
use streets::{Place, Streets};
use timetable::{StopIdx, Timetable};

/// Why a pack cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CityError {
    /// The file cannot be read.
    #[error("the city's file cannot be read: {kind}")]
    Unreadable {
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// The file is something else.
    #[error("the file is not a city pack")]
    NotAPack,
    /// The pack was made for another version of the app.
    #[error("the city pack has format {found}; this app reads {}", pack::FORMAT_VERSION)]
    OtherVersion {
        /// The version of its format.
        found: u32,
    },
    /// The file is shorter or longer than it says.
    #[error("the city pack is not whole: it has {bytes} bytes")]
    CutOff {
        /// How long it is.
        bytes: u64,
    },
    /// The bytes are not those that were published.
    #[error("the city pack was changed after it was made")]
    WrongHash,
    /// A part of it contradicts itself.
    #[error("the city pack is damaged: {part}")]
    Damaged {
        /// Which part.
        part: &'static str,
    },
}

/// A city, open to be asked. Shared between threads as `Arc<City>`.
#[derive(Debug)]
pub struct City {
    pack: Pack,
}

impl City {
    /// Opens a pack. Reads its header only, at any size under 5 ms.
    pub fn open(path: &Path) -> Result<City, CityError> {
        Ok(City { pack: Pack::read(Mapped::open(path)?)? })
    }

    /// A pack out of bytes in memory, which are copied.
    pub fn from_bytes(bytes: &[u8]) -> Result<City, CityError> {
        Ok(City { pack: Pack::read(Mapped::copy(bytes)?)? })
    }

    /// Reads a pack wholly: its hash, and every index in it. Once, before it is installed; takes about a
    /// second for 500 MB.
    pub fn check(path: &Path) -> Result<Summary, CityError> {
        City::open(path)?.check_wholly()
    }

    /// The same as [`check`](Self::check) for an open pack.
    pub fn check_wholly(&self) -> Result<Summary, CityError> {
        check::wholly(self)
    }

    /// The SHA-256 that the header names, as the operator's list of cities does.
    pub fn sha256(&self) -> [u8; 32] {
        self.pack.header.sha256
    }

    /// When the pack was made, in ms since 1970.
    pub fn made_ms(&self) -> i64 {
        self.pack.header.made_ms
    }

    /// The first and the last day that the timetable covers, in days since 1970-01-01.
    pub fn days(&self) -> (i32, i32) {
        (self.pack.header.first_day, self.pack.header.last_day)
    }

    /// The city's name in a language: `kk`, `ru`, anything else is English. Falls back to another that
    /// there is.
    pub fn name(&self, language: &str) -> &str {
        let first = match language {
            "kk" => 0,
            "ru" => 1,
            _ => 2,
        };
        let texts = self.timetable();
        let name = |nth: usize| texts.text(Meta::text(self.pack.meta.names[nth]));
        [first, 1, 0, 2].map(name).into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// The city's time zone, as in IANA's database.
    pub fn time_zone(&self) -> &str {
        self.timetable().text(Meta::text(self.pack.meta.time_zone))
    }

    /// Whose data it is: feeds and map, with the thanks that their licences ask for.
    pub fn source(&self) -> &str {
        self.timetable().text(Meta::text(self.pack.meta.source))
    }

    /// The timetable.
    pub fn timetable(&self) -> Timetable<'_> {
        let (pack, meta) = (&self.pack, &self.pack.meta);
        Timetable {
            stops: pack.slice(section::STOPS),
            lines: pack.slice(section::LINES),
            patterns: pack.slice(section::PATTERNS),
            pattern_stops: pack.slice(section::PATTERN_STOPS),
            trips: pack.slice(section::TRIPS),
            starts: pack.slice(section::STARTS),
            times: pack.slice(section::TIMES),
            shape_points: pack.slice(section::SHAPE_POINTS),
            stop_pattern_offsets: pack.slice(section::STOP_PATTERN_OFFSETS),
            stop_patterns: pack.slice(section::STOP_PATTERNS),
            footpath_offsets: pack.slice(section::FOOTPATH_OFFSETS),
            footpaths: pack.slice(section::FOOTPATHS),
            change_s: pack.slice(section::CHANGE_S),
            service_days: pack.slice(section::SERVICE_DAYS),
            words_a_service: meta.words_a_service,
            first_day: meta.first_day,
            day_count: meta.day_count,
            text_offsets: pack.slice(section::TEXT_OFFSETS),
            text_bytes: pack.slice(section::TEXT_BYTES),
            spellings: pack.slice(section::SPELLINGS),
            overlay: None,
            continuations: pack.slice(section::CONTINUATIONS),
            numberings: pack.slice(section::NUMBERINGS),
            numbers: pack.slice(section::NUMBERS),
            stepless: pack.slice(section::STEPLESS),
            language: None,
        }
    }

    /// The streets to walk on; empty if the pack has none.
    pub fn streets(&self) -> Streets<'_> {
        let (pack, meta) = (&self.pack, &self.pack.meta);
        Streets {
            nodes: pack.slice(section::STREET_NODES),
            edge_offsets: pack.slice(section::EDGE_OFFSETS),
            edges: pack.slice(section::EDGES),
            stop_links: pack.slice(section::STOP_LINKS),
            cell_offsets: pack.slice(section::CELL_OFFSETS),
            south_e7: meta.south_e7,
            west_e7: meta.west_e7,
            cell_lat_e7: meta.cell_lat_e7,
            cell_lon_e7: meta.cell_lon_e7,
            columns: meta.columns,
            rows: meta.rows,
        }
    }

    /// The places and their index.
    pub fn places(&self) -> Places<'_> {
        Places {
            places: self.pack.slice(section::PLACES),
            token_offsets: self.pack.slice(section::TOKEN_OFFSETS),
            token_bytes: self.pack.slice(section::TOKEN_BYTES),
            posting_offsets: self.pack.slice(section::POSTING_OFFSETS),
            postings: self.pack.slice(section::POSTINGS),
        }
    }

    /// Places for what was typed so far, the best first: those that have its words as they were typed before
    /// those that have similar ones, whole ones before beginnings, then the nearest to a point.
    pub fn search(&self, query: &str, near: Option<Point>, limit: usize) -> Vec<Place> {
        self.search_in(query, "", near, limit)
    }

    /// The same, with names in a language, `kk`, `ru` or `en`, where feed or map say them.
    pub fn search_in(&self, query: &str, language: &str, near: Option<Point>, limit: usize) -> Vec<Place> {
        self.places().search(&self.timetable(), query, language, near, limit)
    }

    /// The name of a stop; empty if there is no such stop.
    pub fn stop_name(&self, stop: StopIdx) -> &str {
        let timetable = self.timetable();
        timetable.stop(stop).map_or("", |stop| timetable.text(stop.name))
    }

    /// The stop with this `stop_id`. Looks at all stops.
    pub fn stop_by_id(&self, id: &str) -> Option<StopIdx> {
        let timetable = self.timetable();
        let nth = timetable.stops.iter().position(|stop| timetable.text(stop.id) == id)?;
        Some(StopIdx(nth as u32))
    }

    /// The stops that a vehicle serves within so many metres of a point, straight, the nearest first.
    pub fn stops_near(&self, point: Point, metres: f64, limit: usize) -> Vec<(StopIdx, f64)> {
        self.timetable().stops_near(point, metres, limit)
    }

    /// A section that the operator put into the pack under a number of its own, at least
    /// [`FIRST_OWN_SECTION`](pack::FIRST_OWN_SECTION).
    pub fn section(&self, id: u32) -> Option<&[u8]> {
        self.pack.further(id)
    }
}
