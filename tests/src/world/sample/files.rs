//! The sample city as files: a GTFS feed and an OpenStreetMap extract.

use super::gtfs::{Table, clock, write_zip};
use super::houses::{House, Landmark, settlement};
use super::lines::{Line, Pole};
use super::names::{BRIDGES, Name, RIVER};
use super::osm::{OsmNode, OsmWay, Tag, write_pbf};
use super::point;
use super::timetable::{Days, Trip};
use super::town::{Class, Spot, Stretch, Town};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// The days that the feed covers.
const FIRST_DAY: Date = date(2026, 1, 1);
const LAST_DAY: Date = date(2027, 12, 31);

/// Days on which the timetable of weekends holds, as month and day.
const HOLIDAYS: [(i8, i8); 13] = [
    (1, 1),
    (1, 2),
    (1, 7),
    (3, 8),
    (3, 21),
    (3, 22),
    (3, 23),
    (5, 1),
    (5, 7),
    (5, 9),
    (7, 6),
    (10, 25),
    (12, 16),
];

/// The GTFS feed.
pub(super) fn feed(lines: &[Line], poles: &[Pole], trips: &[Trip], seed: u64) -> Vec<u8> {
    let mut agency = Table::new(
        "agency.txt",
        &["agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"],
    );
    let name = "Jol sample — not any city's timetable";
    agency.row(&["sample", name, "https://sample.invalid/", "Asia/Atyrau", "kk"]);
    let mut info = Table::new(
        "feed_info.txt",
        &[
            "feed_publisher_name",
            "feed_publisher_url",
            "feed_lang",
            "feed_start_date",
            "feed_end_date",
            "feed_version",
        ],
    );
    let (first, last, version) = (basic(FIRST_DAY), basic(LAST_DAY), format!("sample-{seed}"));
    info.row(&["Jol sample", "https://sample.invalid/", "kk", &first, &last, &version]);
    let [calendar, dates] = calendars();
    let mut translations =
        Table::new("translations.txt", &["table_name", "field_name", "language", "translation", "record_id"]);
    let stops = stops(poles, &mut translations);
    let routes = routes(lines, &mut translations);
    let [trips, times] = trips_and_times(lines, poles, trips);
    let shapes = shapes(lines);
    write_zip(&[agency, info, calendar, dates, stops, routes, trips, times, shapes, translations])
}

/// The id of a pole: what stands on it, too.
fn pole_id(nth: usize) -> String {
    format!("{}", 1_001 + nth)
}

fn basic(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

fn calendars() -> [Table; 2] {
    let mut calendar = Table::new(
        "calendar.txt",
        &[
            "service_id",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "start_date",
            "end_date",
        ],
    );
    let (first, last) = (basic(FIRST_DAY), basic(LAST_DAY));
    calendar.row(&["weekdays", "1", "1", "1", "1", "1", "0", "0", &first, &last]);
    calendar.row(&["weekends", "0", "0", "0", "0", "0", "1", "1", &first, &last]);
    let mut dates = Table::new("calendar_dates.txt", &["service_id", "date", "exception_type"]);
    let mut day = FIRST_DAY;
    while day <= LAST_DAY {
        let free = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !free && HOLIDAYS.contains(&(day.month(), day.day())) {
            dates.row(&["weekdays", &basic(day), "2"]);
            dates.row(&["weekends", &basic(day), "1"]);
        }
        day = day.saturating_add(1.day());
    }
    [calendar, dates]
}

fn degrees(value: f64) -> String {
    format!("{value:.6}")
}

fn stops(poles: &[Pole], translations: &mut Table) -> Table {
    let columns = ["stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon", "wheelchair_boarding"];
    let mut stops = Table::new("stops.txt", &columns);
    for (nth, pole) in poles.iter().enumerate() {
        let (id, at) = (pole_id(nth), point(pole.at));
        let wheelchair = if nth % 5 == 0 { "2" } else { "1" };
        stops.row(&[&id, &id, &pole.name.kk, &degrees(at.lat), &degrees(at.lon), wheelchair]);
        translations.row(&["stops", "stop_name", "ru", &pole.name.ru, &id]);
    }
    stops
}

fn routes(lines: &[Line], translations: &mut Table) -> Table {
    let columns =
        ["route_id", "agency_id", "route_short_name", "route_long_name", "route_type", "route_color"];
    let mut routes = Table::new("routes.txt", &columns);
    for line in lines {
        let id = format!("L{}", line.number);
        routes.row(&[&id, "sample", line.number, &line.name.kk, "3", line.colour]);
        translations.row(&["routes", "route_long_name", "ru", &line.name.ru, &id]);
    }
    routes
}

fn trips_and_times(lines: &[Line], poles: &[Pole], all: &[Trip]) -> [Table; 2] {
    let columns = [
        "route_id",
        "service_id",
        "trip_id",
        "trip_headsign",
        "direction_id",
        "block_id",
        "shape_id",
        "wheelchair_accessible",
    ];
    let mut trips = Table::new("trips.txt", &columns);
    let columns = ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "timepoint"];
    let mut times = Table::new("stop_times.txt", &columns);
    for (nth, trip) in all.iter().enumerate() {
        let line = &lines[trip.line];
        let course = &line.courses[trip.direction];
        let id = format!("T{}", nth + 1);
        let service = match trip.days {
            Days::Weekdays => "weekdays",
            Days::Weekends => "weekends",
        };
        // A ring's sign names the place half way round: everybody is at its end already.
        let end = if line.ring { course.poles.len() / 2 } else { course.poles.len() - 1 };
        let headsign = &poles[course.poles[end]].name.kk;
        let block = trip.block.map_or(String::new(), |block| format!("B{block}"));
        let (route, shape) = (format!("L{}", line.number), shape_id(line, trip.direction));
        trips.row(&[&route, service, &id, headsign, &trip.direction.to_string(), &block, &shape, "1"]);
        for (stop, (pole, (arrival, departure))) in course.poles.iter().zip(&trip.times).enumerate() {
            let sequence = (stop + 1).to_string();
            times.row(&[&id, &clock(*arrival), &clock(*departure), &pole_id(*pole), &sequence, "1"]);
        }
    }
    [trips, times]
}

fn shape_id(line: &Line, direction: usize) -> String {
    format!("{}-{direction}", line.number)
}

fn shapes(lines: &[Line]) -> Table {
    let columns = ["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"];
    let mut shapes = Table::new("shapes.txt", &columns);
    for line in lines {
        for (direction, course) in line.courses.iter().enumerate() {
            for (nth, spot) in course.shape.iter().enumerate() {
                let at = point(*spot);
                let sequence = (nth + 1).to_string();
                shapes.row(&[&shape_id(line, direction), &degrees(at.lat), &degrees(at.lon), &sequence]);
            }
        }
    }
    shapes
}

/// The OpenStreetMap extract.
pub(super) fn map(town: &Town, houses: &[House], landmarks: &[Landmark]) -> Vec<u8> {
    let mut map = Map::default();
    let corners: Vec<i64> = town.corners.iter().map(|corner| map.node(*corner, Vec::new())).collect();
    for street in
        town.stretches.chunk_by(|a, b| b.from == a.to && a.street == b.street && a.bridge == b.bridge)
    {
        map.street(town, street, &corners);
    }
    map.river(town);
    for landmark in landmarks {
        let (key, value) = landmark.tag;
        let mut tags = named(&landmark.name);
        tags.extend([(key, value.to_owned()), ("building", "yes".to_owned())]);
        map.walls(landmark.at, 24.0, tags);
    }
    for house in houses {
        let street = town.streets[house.street].name.kk.clone();
        let mut tags = vec![("addr:street", street), ("addr:housenumber", house.number.clone())];
        match house.walls {
            Some(half) => {
                tags.push(("building", "yes".to_owned()));
                map.walls(house.at, half, tags);
            }
            None => drop(map.node(house.at, tags)),
        }
    }
    for nth in 0..2 {
        let (name, middle) = settlement(town, nth);
        let mut tags = named(&name);
        tags.push(("place", "village".to_owned()));
        map.node(middle, tags);
    }
    let mut tags = named(&Name::new("Үлгі қала (Jol)", "Город-образец (Jol)"));
    tags.push(("place", "city".to_owned()));
    tags.push(("note", "a sample, not a map of any city".to_owned()));
    map.node((0.0, 0.0), tags);
    write_pbf(&map.nodes, &map.ways)
}

fn named(name: &Name) -> Vec<Tag> {
    vec![("name", name.kk.clone()), ("name:kk", name.kk.clone()), ("name:ru", name.ru.clone())]
}

#[derive(Default)]
struct Map {
    nodes: Vec<OsmNode>,
    ways: Vec<OsmWay>,
}

impl Map {
    fn node(&mut self, at: Spot, tags: Vec<Tag>) -> i64 {
        let id = self.nodes.len() as i64 + 1;
        let at = point(at);
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        self.nodes.push(OsmNode { id, lat_e7: e7(at.lat), lon_e7: e7(at.lon), tags });
        id
    }

    fn way(&mut self, nodes: Vec<i64>, tags: Vec<Tag>) {
        self.ways.push(OsmWay { id: self.ways.len() as i64 + 1, nodes, tags });
    }

    /// A piece of a street without a gap.
    fn street(&mut self, town: &Town, piece: &[Stretch], corners: &[i64]) {
        let street = &town.streets[piece[0].street];
        let mut tags = named(&street.name);
        let class = match street.class {
            Class::Avenue => "primary",
            Class::Collector => "tertiary",
            Class::Residential => "residential",
        };
        tags.push(("highway", class.to_owned()));
        if let Some(bridge) = piece[0].bridge {
            let (kk, ru) = BRIDGES[bridge];
            tags.extend([("bridge", "yes".to_owned()), ("layer", "1".to_owned())]);
            tags.extend([("bridge:name", kk.to_owned()), ("bridge:name:ru", ru.to_owned())]);
        }
        let ends = piece.iter().map(|stretch| corners[stretch.to]);
        self.way(std::iter::once(corners[piece[0].from]).chain(ends).collect(), tags);
    }

    /// The river: its middle as a line, its water as an area.
    fn river(&mut self, town: &Town) {
        let river = &town.river;
        let name = Name::new(RIVER.0, RIVER.1);
        let middle: Vec<i64> = river.middle.iter().map(|spot| self.node(*spot, Vec::new())).collect();
        let mut tags = named(&name);
        tags.push(("waterway", "river".to_owned()));
        self.way(middle, tags);
        let bank = |side: f64| {
            let at = move |spot: &Spot| (spot.0 + side * river.half_width(spot.1), spot.1);
            river.middle.iter().map(at)
        };
        let shore: Vec<Spot> = bank(-1.0).chain(bank(1.0).rev()).collect();
        let mut water: Vec<i64> = shore.into_iter().map(|spot| self.node(spot, Vec::new())).collect();
        water.push(water[0]);
        let mut tags = named(&name);
        tags.extend([("natural", "water".to_owned()), ("water", "river".to_owned())]);
        self.way(water, tags);
    }

    /// A square building.
    fn walls(&mut self, middle: Spot, half: f64, tags: Vec<Tag>) {
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half)];
        let mut walls: Vec<i64> =
            corners.iter().map(|(x, y)| self.node((middle.0 + x, middle.1 + y), Vec::new())).collect();
        walls.push(walls[0]);
        self.way(walls, tags);
    }
}

#[cfg(test)]
mod tests {
    use super::super::CENTRE;
    use super::*;

    #[test]
    fn holidays_run_as_weekends_and_only_once() {
        let [_, dates] = calendars();
        let text = format!("{dates:?}");
        assert!(text.contains("weekdays,20260323,2") && text.contains("weekends,20260323,1"));
        assert!(!text.contains("20260322"), "a Sunday is a weekend already");
    }

    #[test]
    fn the_flat_city_lies_round_its_centre_on_the_globe() {
        let east = point((1_000.0, 0.0));
        assert!((CENTRE.metres_to(east) - 1_000.0).abs() < 1.0);
        assert_eq!(point((0.0, 0.0)), CENTRE);
    }
}
