//! A country of ten cities as a GTFS feed of any size, to see how an import grows.
//!
//! It is no sample to look at: lines wander over a grid, cities have Zipf's sizes, and what matters of a
//! timetable is like real ones. Most trips keep to one of a few courses a line (peak, day, evening, each by
//! the kind of day); one in ten has seconds of its own, as timetables that were measured have; trains
//! between the cities take more than a day. Rows are written as they are drawn, so that a feed of any size
//! takes no memory.

use super::dice::Dice;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Stops of a line, each way.
const STOPS: usize = 28;
/// Between corners of a city's grid, in degrees of latitude: 400 m.
const STEP: f64 = 0.0036;
/// When buses begin and end, in seconds of the day.
const BEGIN_S: u32 = 6 * 3_600;
const END_S: u32 = 24 * 3_600 + 1_800;
/// Kinds of day: service, weekdays as calendar.txt has them, mean headway of a line in seconds.
const SERVICES: [(&str, &str, f64); 3] = [
    ("week", "1,1,1,1,1,0,0", 720.0),
    ("saturday", "0,0,0,0,0,1,0", 900.0),
    ("sunday", "0,0,0,0,0,0,1", 1_100.0),
];
/// Days of the timetable.
const DAYS: (&str, &str) = ("20260101", "20261231");

/// The cities: name, place.
const CITIES: [(&str, f64, f64); 10] = [
    ("Алматы", 43.24, 76.90),
    ("Астана", 51.13, 71.43),
    ("Шымкент", 42.32, 69.60),
    ("Қарағанды", 49.80, 73.10),
    ("Ақтөбе", 50.28, 57.20),
    ("Тараз", 42.90, 71.37),
    ("Павлодар", 52.29, 76.97),
    ("Өскемен", 49.95, 82.61),
    ("Атырау", 47.11, 51.90),
    ("Ақтау", 43.65, 51.15),
];

/// A country to be written.
#[derive(Clone, Copy, Debug)]
pub struct Country {
    /// What it is drawn from.
    pub seed: u64,
    /// About how many stop times its feed has; a line more or less.
    pub stop_times: u64,
}

/// What a feed came to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Lines, trains included.
    pub lines: u64,
    /// Stops.
    pub stops: u64,
    /// Trips.
    pub trips: u64,
    /// Stop times.
    pub stop_times: u64,
}

/// A line of a city: the corners that it passes.
struct Line {
    id: String,
    city: usize,
    corners: Vec<(usize, usize)>,
}

/// The grid of a city.
struct Grid {
    side: usize,
    lines: usize,
}

impl Country {
    /// Writes the feed as a zip.
    pub fn write(&self, path: &Path) -> io::Result<Drawn> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .large_file(true)
            .last_modified_time(DateTime::default());
        let mut zip = ZipWriter::new(BufWriter::new(File::create(path)?));
        let grids = self.grids();
        let mut drawn = Drawn::default();
        let lines: Vec<Line> = grids
            .iter()
            .enumerate()
            .flat_map(|(city, grid)| (0..grid.lines).map(move |nth| self.line(city, grid, nth)))
            .collect();

        zip.start_file("agency.txt", options)?;
        writeln!(zip, "agency_id,agency_name,agency_url,agency_timezone")?;
        for (city, (name, ..)) in CITIES.iter().enumerate() {
            writeln!(zip, "{city},{name},https://example.org/,Asia/Almaty")?;
        }
        zip.start_file("calendar.txt", options)?;
        writeln!(
            zip,
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
        )?;
        for (service, weekdays, _) in SERVICES {
            writeln!(zip, "{service},{weekdays},{},{}", DAYS.0, DAYS.1)?;
        }
        zip.start_file("stops.txt", options)?;
        drawn.stops = write_stops(&mut zip, &grids)?;

        zip.start_file("routes.txt", options)?;
        writeln!(zip, "route_id,agency_id,route_short_name,route_long_name,route_type")?;
        for line in &lines {
            let (first, last) = (line.corners[0], line.corners[STOPS - 1]);
            writeln!(
                zip,
                "{0},{1},{0},{2}/{3} – {4}/{5},3",
                line.id, line.city, first.0, first.1, last.0, last.1
            )?;
        }
        writeln!(zip, "train,0,T,Алматы – Ақтау,2")?;
        drawn.lines = lines.len() as u64 + 1;

        zip.start_file("trips.txt", options)?;
        writeln!(zip, "route_id,service_id,trip_id,direction_id")?;
        for line in &lines {
            self.each_trip(line, &mut |trip| {
                drawn.trips += 1;
                writeln!(zip, "{},{},{},{}", line.id, SERVICES[trip.service].0, trip.id, trip.direction)
            })?;
        }
        writeln!(zip, "train,week,train-0,0")?;
        drawn.trips += 1;

        zip.start_file("stop_times.txt", options)?;
        writeln!(zip, "trip_id,arrival_time,departure_time,stop_id,stop_sequence")?;
        let mut rows = String::new();
        for line in &lines {
            self.each_trip(line, &mut |trip| {
                rows.clear();
                for (nth, seconds) in trip.times.iter().enumerate() {
                    let at = if trip.direction == 0 { nth } else { STOPS - 1 - nth };
                    let (x, y) = line.corners[at];
                    push_row(&mut rows, &trip.id, *seconds, line.city, (x, y), trip.direction, nth);
                }
                drawn.stop_times += trip.times.len() as u64;
                zip.write_all(rows.as_bytes())
            })?;
        }
        for (nth, city) in (0..CITIES.len()).enumerate() {
            let (arrives, leaves) = (nth as u32 * 23_400 + 61_200, nth as u32 * 23_400 + 63_000);
            let (arrives, leaves) = (clock(arrives), clock(leaves));
            writeln!(zip, "train-0,{arrives},{leaves},{city}-station,{nth}")?;
            drawn.stop_times += 1;
        }
        zip.finish()?.flush()?;
        Ok(drawn)
    }

    /// Zipf's law: the second city is half the first, the third a third.
    fn grids(&self) -> Vec<Grid> {
        let a_line: f64 = SERVICES
            .iter()
            .map(|(.., headway_s)| f64::from(END_S - BEGIN_S) / headway_s * 2.0 * STOPS as f64)
            .sum();
        let lines = self.stop_times as f64 / a_line;
        let whole: f64 = (1..=CITIES.len()).map(|rank| 1.0 / rank as f64).sum();
        let of = |rank: usize| {
            let lines = (lines / whole / rank as f64).round().max(1.0) as usize;
            Grid { side: ((6 * lines) as f64).sqrt().ceil().max(8.0) as usize, lines }
        };
        (1..=CITIES.len()).map(of).collect()
    }

    /// A line wanders: it mostly keeps its direction, and turns back at the edge.
    fn line(&self, city: usize, grid: &Grid, nth: usize) -> Line {
        let id = format!("{city}-{nth}");
        let mut dice = Dice::new(self.seed, &format!("line {id}"));
        let (mut x, mut y) = (dice.below(grid.side), dice.below(grid.side));
        let (mut dx, mut dy) = *dice.pick(&[(1_isize, 0_isize), (-1, 0), (0, 1), (0, -1)]);
        let mut corners = Vec::with_capacity(STOPS);
        while corners.len() < STOPS {
            corners.push((x, y));
            if dice.chance(0.15) {
                (dx, dy) = if dice.chance(0.5) { (dy, -dx) } else { (-dy, dx) };
            }
            let step = |at: usize, by: isize| at.checked_add_signed(by).filter(|at| *at < grid.side);
            match step(x, dx).zip(step(y, dy)) {
                Some(next) => (x, y) = next,
                None => (dx, dy) = (-dx, -dy),
            }
        }
        Line { id, city, corners }
    }

    /// Draws all trips of a line, the same ones every time.
    fn each_trip(&self, line: &Line, take: &mut dyn FnMut(&Trip) -> io::Result<()>) -> io::Result<()> {
        let mut dice = Dice::new(self.seed, &format!("trips {}", line.id));
        let legs: Vec<f64> = (1..STOPS).map(|_| dice.between(55.0, 140.0)).collect();
        let mut trip = Trip { id: String::new(), service: 0, direction: 0, times: Vec::with_capacity(STOPS) };
        for (service, (name, _, headway_s)) in SERVICES.iter().enumerate() {
            for direction in 0..2 {
                let mut start_s = f64::from(BEGIN_S) + dice.between(0.0, *headway_s);
                let mut nth = 0;
                while start_s < f64::from(END_S) {
                    trip.id = format!("{}-{name}-{direction}-{nth}", line.id);
                    (trip.service, trip.direction) = (service, direction);
                    // Feeds give times in minutes or in seconds; starts are on the minute in most.
                    let leaves_s = (start_s / 60.0).floor() * 60.0;
                    let slow = slowness(leaves_s, service);
                    let measured = dice.chance(0.1);
                    trip.times.clear();
                    let mut at_s = leaves_s;
                    trip.times.push(at_s as u32);
                    for leg in &legs {
                        let own = if measured { dice.between(0.9, 1.2) } else { 1.0 };
                        at_s += (leg * slow * own).round();
                        trip.times.push(at_s as u32);
                    }
                    take(&trip)?;
                    start_s += headway_s * dice.between(0.8, 1.2);
                    nth += 1;
                }
            }
        }
        Ok(())
    }
}

/// A trip of a line.
struct Trip {
    id: String,
    service: usize,
    direction: usize,
    times: Vec<u32>,
}

/// How long legs take by the hour: three courses a kind of day.
fn slowness(start_s: f64, service: usize) -> f64 {
    let by_hour = match (start_s / 3_600.0) as u32 {
        7..=9 | 17..=19 => 1.25,
        10..=16 => 1.0,
        _ => 0.85,
    };
    by_hour * [1.0, 0.95, 0.9][service]
}

fn write_stops(zip: &mut impl Write, grids: &[Grid]) -> io::Result<u64> {
    writeln!(zip, "stop_id,stop_name,stop_lat,stop_lon,zone_id")?;
    let mut stops = 0;
    for (city, grid) in grids.iter().enumerate() {
        let (name, lat, lon) = CITIES[city];
        writeln!(zip, "{city}-station,{name},{lat},{lon},")?;
        stops += 1;
        for x in 0..grid.side {
            for y in 0..grid.side {
                let (lat, lon) = (lat + STEP * y as f64, lon + STEP * 1.4 * x as f64);
                for (direction, off) in [(0, 0.0), (1, 0.0003)] {
                    let lat = lat + off;
                    writeln!(zip, "{city}-{x}-{y}-{direction},{name} {x}/{y},{lat:.6},{lon:.6},{city}")?;
                    stops += 1;
                }
            }
        }
    }
    Ok(stops)
}

fn push_row(
    rows: &mut String,
    trip: &str,
    seconds: u32,
    city: usize,
    (x, y): (usize, usize),
    direction: usize,
    nth: usize,
) {
    use std::fmt::Write as _;
    let at = clock(seconds);
    // Writing to a String cannot fail.
    let _ = writeln!(rows, "{trip},{at},{at},{city}-{x}-{y}-{direction},{nth}");
}

fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::City;
    use jol_core::city::build::Build;

    #[test]
    fn a_little_country_becomes_a_pack_with_all_its_trips() {
        let folder = tempfile::tempdir().expect("a folder");
        let (feed, out) = (folder.path().join("feed.zip"), folder.path().join("country.jol"));
        let drawn = Country { seed: 7, stop_times: 60_000 }.write(&feed).expect("it is written");
        let report = Build::new("Қазақстан").gtfs(&feed).out(&out).run(&mut |_| ()).expect("a pack");
        assert_eq!((report.repaired.count, report.refused.count), (0, 0), "{report:?}");
        assert_eq!(
            (report.stops, report.lines, report.trips, report.stop_times),
            (drawn.stops, drawn.lines, drawn.trips, drawn.stop_times)
        );
        let city = City::open(&out).expect("it was checked");
        let timetable = city.timetable();
        let shared = timetable.times.len() as f64 / drawn.stop_times as f64;
        assert!(shared < 0.25, "trips that drive alike share their times: {shared}");
        let train = timetable.patterns.iter().find(|pattern| pattern.stop_count == 10).expect("the train");
        let last = timetable.times_of(train, 0).last().expect("it arrives");
        assert_eq!((last.arrival_s, last.departure_s), (271_800, 273_600));
    }

    #[test]
    fn a_seed_names_a_country() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, seed| {
            let path = folder.path().join(name);
            let drawn = Country { seed, stop_times: 20_000 }.write(&path).expect("it is written");
            (drawn, std::fs::read(path).expect("it was written"))
        };
        let first = write("a.zip", 7);
        assert_eq!(first, write("b.zip", 7));
        assert_ne!(first.1, write("c.zip", 8).1);
    }
}
