//! A GTFS feed, read into the timetable.
//!
//! Follows the reference at gtfs.org. What a feed gets wrong is put right where the meaning is plain, left
//! out where it is not, and noted either way, by file and row. Stop times are read row by row and kept in
//! 28 bytes each, in whatever order they come.
//!
//! What stands where in a file changes nothing: small files are read [by their ids](Table::sorted), so stops,
//! lines, services, trips and all that follows from them are numbered alike. Only where two rows have the
//! same id does the first one count, and points or stop times of one number keep the order of the file.

mod calendar;
mod pathways;
mod shapes;
mod sorted;
mod table;
mod times;
mod transfers;
mod translations;
mod trips;

use super::report::{BuildError, BuildReport, Progress, Step};
use super::timetable::{NewLine, NewStop, ShapeIdx, TimetableBuilder};
use crate::city::time_zone;
use crate::city::timetable::{LineIdx, StopIdx, stop_kind};
use crate::geo::Point;
use std::collections::HashMap;
use std::path::Path;
use table::{Archive, Table};

pub(super) use transfers::Transfers;

/// So many stops or lines a feed may have.
const MOST_RECORDS: usize = 5_000_000;

/// What a feed leaves behind for the steps that follow it.
pub(super) struct Read {
    /// The time zone of its first agency, by id.
    pub(super) time_zone: String,
}

/// A feed while it is read.
struct Feed<'b> {
    builder: &'b mut TimetableBuilder,
    report: &'b mut BuildReport,
    /// Before every id: empty, or the feed's number and a colon.
    prefix: String,
    stops: HashMap<String, StopIdx>,
    lines: HashMap<String, LineIdx>,
    shapes: HashMap<String, ShapeIdx>,
}

/// Reads a feed. `prefix` goes before every id; walks that the feed names go to `transfers`.
pub(super) fn read(
    path: &Path,
    prefix: &str,
    builder: &mut TimetableBuilder,
    transfers: &mut Transfers,
    report: &mut BuildReport,
    progress: &mut dyn FnMut(Progress),
) -> Result<Read, BuildError> {
    let mut archive = Archive::open(path)?;
    let mut feed = Feed {
        builder,
        report,
        prefix: prefix.to_owned(),
        stops: HashMap::new(),
        lines: HashMap::new(),
        shapes: HashMap::new(),
    };
    let mut read = 0;
    let mut small = || {
        read += 1;
        progress(Progress { step: Step::Feed, done: read, of: 6 });
    };
    let agencies = feed.read_agencies(&mut archive)?;
    small();
    feed.read_stops(&mut archive)?;
    small();
    feed.read_lines(&mut archive, &agencies)?;
    small();
    let services = calendar::read(&mut archive, feed.report)?;
    small();
    shapes::read(&mut archive, &mut feed)?;
    small();
    let trips = trips::read(&mut archive, &mut feed, &services)?;
    transfers::read(&mut archive, &mut feed, &trips, transfers)?;
    pathways::read(&mut archive, &mut feed, transfers)?;
    translations::read(&mut archive, &mut feed, &trips)?;
    small();
    trips::read_stop_times(&mut archive, &mut feed, &trips, transfers, progress)?;
    Ok(Read { time_zone: agencies.first })
}

/// An agency's name and time zone, by its id.
struct Agencies {
    by_id: HashMap<String, (String, String)>,
    /// The time zone of the first by id.
    first: String,
    first_id: String,
}

impl Feed<'_> {
    fn id(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    fn read_agencies(&mut self, archive: &mut Archive) -> Result<Agencies, BuildError> {
        let mut table = archive.required("agency.txt")?.sorted(&["agency_id"])?;
        let (id, name) = (table.column("agency_id"), table.required("agency_name")?);
        let zone = table.required("agency_timezone")?;
        let mut agencies = Agencies { by_id: HashMap::new(), first: String::new(), first_id: String::new() };
        while table.next(&mut self.report.repaired)? {
            let zone = table.get(zone);
            if time_zone(zone).is_none() {
                let what = format!("{zone:?} is not a time zone");
                return Err(BuildError::Malformed { file: table.file.clone(), row: table.row(), what });
            }
            if agencies.by_id.is_empty() {
                agencies.first = zone.to_owned();
                agencies.first_id = table.get(id).to_owned();
            }
            let agency = (table.get(name).to_owned(), zone.to_owned());
            agencies.by_id.entry(table.get(id).to_owned()).or_insert(agency);
        }
        if agencies.by_id.is_empty() {
            let what = "names no agency".to_owned();
            return Err(BuildError::Malformed { file: table.file.clone(), row: 0, what });
        }
        Ok(agencies)
    }

    fn read_stops(&mut self, archive: &mut Archive) -> Result<(), BuildError> {
        let mut table = archive.required("stops.txt")?.sorted(&["stop_id"])?;
        let id = table.required("stop_id")?;
        let [name, code, zone, lat, lon, kind, parent, wheelchair] = [
            "stop_name",
            "stop_code",
            "zone_id",
            "stop_lat",
            "stop_lon",
            "location_type",
            "parent_station",
            "wheelchair_boarding",
        ]
        .map(|column| table.column(column));
        let mut parents: Vec<(StopIdx, String, u64, bool)> = Vec::new();
        while table.next(&mut self.report.repaired)? {
            let stop_id = table.get(id);
            if stop_id.is_empty() || self.stops.contains_key(stop_id) {
                let what = || format!("stop {stop_id:?} has no id or one that was there before: left out");
                self.report.refused.add(&table.file, table.row(), what);
                continue;
            }
            bounded(&table, self.stops.len())?;
            let number = |text: &str| text.parse::<f64>().ok();
            let place = number(table.get(lat)).zip(number(table.get(lon)));
            let point = place.and_then(|(lat, lon)| Point::new(lat, lon));
            let parent_id = table.get(parent);
            let kind = self.kind(&table, table.get(kind));
            if point.is_none() && parent_id.is_empty() {
                let what = || format!("stop {stop_id:?} lies nowhere on Earth: left out");
                self.report.refused.add(&table.file, table.row(), what);
                continue;
            }
            let named = [table.get(name), table.get(code), stop_id];
            let stop = self.builder.stop(NewStop {
                id: &self.id(stop_id),
                name: named.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
                point: point.unwrap_or_default(),
                code: table.get(code),
                zone: table.get(zone),
                kind,
                wheelchair: small(table.get(wheelchair), 2),
            });
            if !parent_id.is_empty() {
                parents.push((stop, parent_id.to_owned(), table.row(), point.is_none()));
            }
            self.stops.insert(stop_id.to_owned(), stop);
        }
        let file = table.file.clone();
        self.link_parents(&file, &parents);
        Ok(())
    }

    fn kind(&mut self, table: &Table<'_>, text: &str) -> u8 {
        match text {
            "" | "0" => stop_kind::STOP,
            "1" => stop_kind::STATION,
            "2" => stop_kind::ENTRANCE,
            "3" => stop_kind::NODE,
            "4" => stop_kind::BOARDING_AREA,
            _ => {
                let what = || format!("location_type {text:?} is none: taken for a stop");
                self.report.repaired.add(&table.file, table.row(), what);
                stop_kind::STOP
            }
        }
    }

    /// Gives stops their stations, and what they inherit: place and wheelchair boarding. A boarding area
    /// inherits through its platform, so two rounds.
    fn link_parents(&mut self, file: &str, parents: &[(StopIdx, String, u64, bool)]) {
        for round in 0..2 {
            for (stop, parent_id, row, without_place) in parents {
                let parent = self.stops.get(parent_id).copied().filter(|parent| parent != stop);
                let Some(from) = parent.and_then(|parent| self.builder.stops().get(parent.at()).copied())
                else {
                    if round == 0 {
                        let what = || format!("parent_station {parent_id:?} is not there: stands alone");
                        self.report.repaired.add(file, *row, what);
                    }
                    continue;
                };
                let Some(record) = self.builder.stop_mut(*stop) else { continue };
                record.parent = parent.unwrap_or(StopIdx::NONE);
                if record.wheelchair == 0 {
                    record.wheelchair = from.wheelchair;
                }
                if *without_place {
                    (record.lat_e7, record.lon_e7) = (from.lat_e7, from.lon_e7);
                }
            }
        }
    }

    fn read_lines(&mut self, archive: &mut Archive, agencies: &Agencies) -> Result<(), BuildError> {
        let mut table = archive.required("routes.txt")?.sorted(&["route_id"])?;
        let id = table.required("route_id")?;
        let [agency, short, long, mode, colour] =
            ["agency_id", "route_short_name", "route_long_name", "route_type", "route_color"]
                .map(|column| table.column(column));
        while table.next(&mut self.report.repaired)? {
            let route_id = table.get(id);
            if route_id.is_empty() || self.lines.contains_key(route_id) {
                let what = || format!("route {route_id:?} has no id or one that was there before: left out");
                self.report.refused.add(&table.file, table.row(), what);
                continue;
            }
            bounded(&table, self.lines.len())?;
            let of = table.get(agency);
            let known = agencies.by_id.get(of);
            if known.is_none() && !of.is_empty() {
                let what = || format!("agency {of:?} is not there: taken for the first");
                self.report.repaired.add(&table.file, table.row(), what);
            }
            let first = || agencies.by_id.get(&agencies.first_id);
            let (agency, zone) =
                known.or_else(first).map_or(("", ""), |(name, zone)| (name.as_str(), zone.as_str()));
            let mode = table.get(mode).parse().unwrap_or_else(|_| {
                let what = || "route_type is no number: taken for a bus".to_owned();
                self.report.repaired.add(&table.file, table.row(), what);
                3
            });
            let colour = table.get(colour).trim_start_matches('#');
            let line = self.builder.line(NewLine {
                id: &self.id(route_id),
                short_name: table.get(short),
                long_name: table.get(long),
                agency,
                time_zone: zone,
                colour: (colour.len() == 6).then(|| u32::from_str_radix(colour, 16).ok()).flatten(),
                mode,
            });
            self.lines.insert(route_id.to_owned(), line);
        }
        Ok(())
    }
}

fn bounded(table: &Table<'_>, records: usize) -> Result<(), BuildError> {
    if records < MOST_RECORDS {
        return Ok(());
    }
    Err(BuildError::TooLarge { file: table.file.clone(), what: "more than 5 million records" })
}

/// A small number, 0 if it is none or above the most.
fn small(text: &str, most: u8) -> u8 {
    text.parse().ok().filter(|number| *number <= most).unwrap_or(0)
}
