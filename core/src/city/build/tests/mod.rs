//! Feeds and maps written by hand, made into packs.

mod feeds;
mod hostile;
mod maps;
mod order;
mod packs;
mod pbf;
mod stations;
mod streets;

use super::{Build, BuildError, BuildReport, Notes};
use crate::city::City;
use crate::city::times::StopTime;
use crate::city::timetable::{StopIdx, Timetable};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A feed that has all it must: two stops, a line, a trip on 2024-03-01.
const FEED: [(&str, &str); 6] = [
    ("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\nA,Avtobus,http://a,Asia/Almaty\n"),
    ("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\nx,Bazaar,47.10,51.90\ny,Bridge,47.11,51.90\n"),
    ("routes.txt", "route_id,agency_id,route_short_name,route_long_name,route_type\nr,A,7,There,3\n"),
    ("calendar_dates.txt", "service_id,date,exception_type\ns,20240301,1\n"),
    ("trips.txt", "route_id,service_id,trip_id\nr,s,t\n"),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,10:00:00,10:00:00,x,1\nt,10:10:00,10:10:00,y,2\n",
    ),
];

/// A folder with feeds and what is made of them.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes an archive of these files.
    fn zip<B: AsRef<[u8]>>(&self, name: &str, files: &[(&str, B)]) -> PathBuf {
        let path = self.path(name);
        let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
        for (file, content) in files {
            zip.start_file(*file, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_ref()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    /// [`FEED`] with some of its files replaced, and others added.
    fn feed(&self, changes: &[(&str, &str)]) -> PathBuf {
        let kept = FEED.iter().filter(|(file, _)| changes.iter().all(|(changed, _)| changed != file));
        let files: Vec<(&str, &str)> = kept.chain(changes).copied().collect();
        self.zip("feed.zip", &files)
    }

    fn build(&self, build: Build) -> Result<(BuildReport, City), BuildError> {
        let out = self.path("city.jol");
        let report = build.made_ms(1_709_251_200_000).out(&out).run(&mut |_| ())?;
        Ok((report, City::open(&out).unwrap()))
    }

    /// A pack of [`FEED`] with some of its files replaced, and others added.
    fn city(&self, changes: &[(&str, &str)]) -> (BuildReport, City) {
        self.build(Build::new("Atyrau").gtfs(self.feed(changes))).unwrap()
    }

    /// Why no pack is made of it.
    fn error(&self, changes: &[(&str, &str)]) -> BuildError {
        self.build(Build::new("Atyrau").gtfs(self.feed(changes))).unwrap_err()
    }
}

fn stop(city: &City, id: &str) -> StopIdx {
    city.stop_by_id(id).unwrap()
}

/// The times of each trip, with its id, in the order of the pack.
fn times<'a>(timetable: &Timetable<'a>) -> Vec<(&'a str, Vec<(u32, u32)>)> {
    let mut trips = Vec::new();
    for pattern in timetable.patterns {
        for nth in 0..pattern.trip_count {
            let trip = timetable.trips[(pattern.first_trip.0 + nth) as usize];
            let at = |time: StopTime| (time.arrival_s, time.departure_s);
            trips.push((timetable.text(trip.id), timetable.times_of(pattern, nth).iter().map(at).collect()));
        }
    }
    trips
}

/// The walks from a stop: the id of the other end, seconds.
fn walks<'a>(city: &'a City, from: &str) -> Vec<(&'a str, u32)> {
    let timetable = city.timetable();
    let paths = timetable.footpaths_from(stop(city, from));
    paths.iter().map(|path| (timetable.text(timetable.stop(path.to).unwrap().id), path.seconds)).collect()
}

/// File and row of each note.
fn rows(notes: &Notes) -> Vec<(&str, u64)> {
    notes.first.iter().map(|note| (note.file.as_str(), note.row)).collect()
}

/// No file is left over beside the pack.
fn is_tidy(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().all(|entry| {
        let name = entry.unwrap().file_name();
        !name.to_string_lossy().ends_with(".part")
    })
}
