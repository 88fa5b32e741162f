//! Little timetables written by hand, so that a test reads like a timetable:
//!
//! ```
//! # #[cfg(feature = "city-build")] {
//! use jol_core::city::build::sketch::Sketch;
//! let city = Sketch::in_zone("Asia/Almaty")
//!     .trip("A", |t| t.line("7").stop("Bazaar", "10:00").stop("Bridge", "10:10"))
//!     .trip("B", |t| t.line("7").days(&["2024-03-01"]).stop("Bazaar", "24:40").stop("Bridge", "24:50"))
//!     .walk("Bridge", "Museum", 120)
//!     .finish();
//! assert_eq!(city.timetable().stops.len(), 3);
//! # }
//! ```
//!
//! The idea is loki's `ModelBuilder`. What is written wrongly panics: a sketch is no input.

use super::berths::{Berths, Named, Side};
use super::timetable::{NewLine, NewStop, NewStopTime, NewTrip, TimetableBuilder};
use crate::city::timetable::{Arrays, LineIdx, ServiceIdx, StopIdx, TextIdx, stop_kind};
use crate::geo::Point;
use jiff::civil::Date;
use std::collections::HashMap;

/// A timetable in the making. Trips run on every day of 2024 unless they name their days; stops appear
/// when they are first named, 4 km east of the one before unless [placed](Sketch::place), with their name
/// as id.
#[derive(Debug)]
pub struct Sketch {
    builder: TimetableBuilder,
    zone: String,
    stops: HashMap<String, StopIdx>,
    lines: HashMap<(String, String), LineIdx>,
    berths: Berths,
    walks: Vec<(StopIdx, StopIdx, u32, u32)>,
}

/// A trip in the making.
#[derive(Clone, Debug, Default)]
pub struct SketchTrip {
    line: Option<String>,
    zone: Option<String>,
    days: Option<Vec<String>>,
    headsign: String,
    block: String,
    headway_s: u32,
    stops: Vec<(String, String, String, u8, u8)>,
}

impl SketchTrip {
    /// The line's number; "1" if none is given.
    pub fn line(self, line: &str) -> Self {
        Self { line: Some(line.to_owned()), ..self }
    }

    /// The line's time zone, if not that of the sketch.
    pub fn zone(self, zone: &str) -> Self {
        Self { zone: Some(zone.to_owned()), ..self }
    }

    /// The service days on which it runs, as `2024-03-01`.
    pub fn days(self, days: &[&str]) -> Self {
        Self { days: Some(days.iter().map(|day| (*day).to_owned()).collect()), ..self }
    }

    /// Where the sign on the bus says it goes.
    pub fn headsign(self, headsign: &str) -> Self {
        Self { headsign: headsign.to_owned(), ..self }
    }

    /// The block.
    pub fn block(self, block: &str) -> Self {
        Self { block: block.to_owned(), ..self }
    }

    /// It stands for "every so many seconds".
    pub fn headway_s(self, headway_s: u32) -> Self {
        Self { headway_s, ..self }
    }

    /// The next stop, where it arrives and departs at this time: `10:00`, `24:40:30`.
    pub fn stop(self, stop: &str, at: &str) -> Self {
        self.halt(stop, at, at)
    }

    /// The next stop, where it arrives and departs at these times.
    pub fn halt(mut self, stop: &str, arrival: &str, departure: &str) -> Self {
        self.stops.push((stop.to_owned(), arrival.to_owned(), departure.to_owned(), 0, 0));
        self
    }

    /// Nobody gets on at the stop that was named last.
    pub fn no_pickup(mut self) -> Self {
        self.stops.last_mut().expect("a stop").3 = 1;
        self
    }

    /// Nobody gets off at the stop that was named last.
    pub fn no_drop_off(mut self) -> Self {
        self.stops.last_mut().expect("a stop").4 = 1;
        self
    }
}

impl Sketch {
    /// An empty timetable whose lines keep the time of this zone.
    pub fn in_zone(zone: &str) -> Sketch {
        Sketch {
            builder: TimetableBuilder::new(),
            zone: zone.to_owned(),
            stops: HashMap::new(),
            lines: HashMap::new(),
            berths: Berths::default(),
            walks: Vec::new(),
        }
    }

    /// Adds a trip.
    pub fn trip(mut self, id: &str, write: impl FnOnce(SketchTrip) -> SketchTrip) -> Sketch {
        let trip = write(SketchTrip::default());
        let line = self.line(trip.line.as_deref().unwrap_or("1"), trip.zone.as_deref());
        let name = self.builder.text(id);
        let stop_times: Vec<NewStopTime> = trip
            .stops
            .iter()
            .map(|(stop, arrival, departure, pickup, drop_off)| NewStopTime {
                stop: self.berth(stop, line, name),
                arrival_s: seconds(arrival),
                departure_s: seconds(departure),
                pickup: *pickup,
                drop_off: *drop_off,
            })
            .collect();
        let new = NewTrip {
            line,
            service: self.service(trip.days.as_deref()),
            id,
            headsign: &trip.headsign,
            block: &trip.block,
            direction: 2,
            wheelchair: 0,
            headway_s: trip.headway_s,
            shape: None,
        };
        self.builder.trip(new, &stop_times).expect("a trip that runs forward");
        self
    }

    /// Puts a stop where it is.
    pub fn place(mut self, stop: &str, lat: f64, lon: f64) -> Sketch {
        let stop = self.stop(stop);
        let record = self.builder.stop_mut(stop).expect("it was just added");
        (record.lat_e7, record.lon_e7) = ((lat * 1e7).round() as i32, (lon * 1e7).round() as i32);
        self
    }

    /// What a name is in Kazakh, Russian and English.
    pub fn spelt(mut self, name: &str, languages: [&str; 3]) -> Sketch {
        let text = self.builder.text(name);
        for (language, reads) in languages.into_iter().enumerate() {
            self.builder.spelling(text, language, reads);
        }
        self
    }

    /// Makes these stops the platforms of a station.
    pub fn station(mut self, station: &str, platforms: &[&str]) -> Sketch {
        let parent = self.stop(station);
        self.builder.stop_mut(parent).expect("it was just added").kind = stop_kind::STATION;
        for platform in platforms {
            let platform = self.stop(platform);
            self.builder.stop_mut(platform).expect("it was just added").parent = parent;
        }
        self
    }

    /// Makes this stop an entrance of a station, and a platform one that is reached from the street through
    /// entrances only. Walks say how.
    pub fn entrance(mut self, entrance: &str, station: &str, platform: &str) -> Sketch {
        let [entrance, station, platform] = [entrance, station, platform].map(|name| self.stop(name));
        let record = self.builder.stop_mut(entrance).expect("it was just added");
        (record.kind, record.parent) = (stop_kind::ENTRANCE, station);
        self.builder.stop_mut(platform).expect("it was just added").behind_entrances = 1;
        self
    }

    /// A walk from a stop to another, one way, at 1.2 m/s.
    pub fn walk(mut self, from: &str, to: &str, seconds: u32) -> Sketch {
        let (from, to) = (self.stop(from), self.stop(to));
        self.walks.push((from, to, seconds, seconds * 6 / 5));
        self
    }

    /// A walk has steps; without them it takes so long, at 1.2 m/s, if there is a way.
    pub fn stepless(mut self, from: &str, to: &str, seconds: Option<u32>) -> Sketch {
        let (from, to) = (self.stop(from), self.stop(to));
        self.builder.stepless(from, to, seconds.map(|seconds| (seconds, seconds * 6 / 5)));
        self
    }

    /// The least time to change vehicles at a stop.
    pub fn change(mut self, stop: &str, seconds: u32) -> Sketch {
        let stop = self.stop(stop);
        self.builder.change_s(stop, seconds);
        self
    }

    /// That a vehicle goes on from one trip to another, and whether its passengers may stay seated.
    pub fn in_seat(mut self, from: &str, to: &str, stays: bool) -> Sketch {
        self.builder.in_seat(from, to, stays);
        self
    }

    /// A rule for changes from the vehicles of a line (`line 7`), a trip (`trip A`) or all (empty) at a stop
    /// or station to those at another: so many seconds, or none. Comes before the trips and after stations.
    pub fn rule(mut self, from: (&str, &str), to: (&str, &str), seconds: Option<u32>) -> Sketch {
        let (from, from_stops, exact) = self.side(from);
        let (to, to_stops, also) = self.side(to);
        let named = seconds.map_or(Named::Forbidden, Named::Seconds);
        self.berths.rule((from, to), (&from_stops, &to_stops), named, exact + also);
        self
    }

    /// The arrays of this timetable.
    pub fn finish(mut self) -> Arrays {
        self.berths.lay_out(&mut self.builder, &self.walks, |_, _| 0.0, |_| 0);
        self.builder.finish()
    }

    fn side(&mut self, (stop, of): (&str, &str)) -> (Side, Vec<StopIdx>, u8) {
        let mut side = Side::default();
        match of.split_once(' ') {
            Some(("line", line)) => side.line = Some(self.line(line, None)),
            Some(("trip", trip)) => side.trip = Some(self.builder.text(trip)),
            _ => assert!(of.is_empty(), "a line, a trip or all"),
        }
        let stop = self.stop(stop);
        let stops = (0..).map(StopIdx).zip(self.builder.stops());
        let platforms: Vec<StopIdx> = stops.filter(|(_, s)| s.parent == stop).map(|(nth, _)| nth).collect();
        if platforms.is_empty() { (side, vec![stop], 1) } else { (side, platforms, 0) }
    }

    fn berth(&mut self, stop: &str, line: LineIdx, trip: TextIdx) -> StopIdx {
        let stop = self.stop(stop);
        self.berths.berth(&mut self.builder, line, trip, stop).expect("room for a berth")
    }

    fn stop(&mut self, name: &str) -> StopIdx {
        if let Some(&known) = self.stops.get(name) {
            return known;
        }
        let point = Point { lat: 47.0, lon: 51.9 + 0.0526 * self.stops.len() as f64 };
        let stop = self.builder.stop(NewStop { id: name, name, point, ..NewStop::default() });
        self.stops.insert(name.to_owned(), stop);
        stop
    }

    fn line(&mut self, name: &str, zone: Option<&str>) -> LineIdx {
        let zone = zone.unwrap_or(&self.zone);
        let builder = &mut self.builder;
        *self.lines.entry((name.to_owned(), zone.to_owned())).or_insert_with(|| {
            builder.line(NewLine {
                id: name,
                short_name: name,
                time_zone: zone,
                mode: 3,
                ..NewLine::default()
            })
        })
    }

    fn service(&mut self, days: Option<&[String]>) -> ServiceIdx {
        match days {
            Some(days) => self.builder.service(days.iter().map(|day| day_number(day))),
            None => self.builder.service(day_number("2024-01-01")..=day_number("2024-12-31")),
        }
    }
}

/// Seconds of a time of day like `10:00`, `24:40:30`.
fn seconds(time: &str) -> u32 {
    let parts: Vec<u32> = time.split(':').map(|part| part.parse().expect("a number")).collect();
    parts[0] * 3_600 + parts[1] * 60 + parts.get(2).unwrap_or(&0)
}

/// Days since 1970-01-01 of a date like `2024-03-01`.
pub fn day_number(date: &str) -> i32 {
    let date: Date = date.parse().expect("a date");
    (date - Date::constant(1970, 1, 1)).get_days()
}
