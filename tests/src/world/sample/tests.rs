//! The files of the sample city, read back as strangers read them.

use super::*;
use crate::world::street::tests::{report, sample as imported, wednesday};
use jol_core::plan::{Endpoint, PlanQuery, When, Zones, plan};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{Cursor, Read};
use std::sync::OnceLock;

fn city() -> &'static SampleCity {
    static CITY: OnceLock<SampleCity> = OnceLock::new();
    CITY.get_or_init(|| SampleCity::generate(1))
}

type Row = HashMap<String, String>;

fn table(zip: &[u8], file: &str) -> Vec<Row> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("a zip");
    let mut text = Vec::new();
    zip.by_name(file).expect("the table").read_to_end(&mut text).expect("a good zip");
    csv::Reader::from_reader(text.as_slice()).deserialize().map(|row| row.expect("a row")).collect()
}

fn ids(rows: &[Row], column: &str) -> HashSet<String> {
    rows.iter().map(|row| row[column].clone()).collect()
}

fn place(row: &Row, lat: &str, lon: &str) -> Point {
    Point { lat: row[lat].parse().expect("degrees"), lon: row[lon].parse().expect("degrees") }
}

fn seconds(clock: &str) -> u32 {
    clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u32>().expect("a time"))
}

/// Nodes by id, and ways with tags, as the `osmpbf` crate reads them.
struct Extract {
    nodes: HashMap<i64, Point>,
    node_tags: Vec<(Point, Row)>,
    ways: Vec<(Vec<i64>, Row)>,
}

fn extract() -> Extract {
    let mut read = Extract { nodes: HashMap::new(), node_tags: Vec::new(), ways: Vec::new() };
    let own = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let all = osmpbf::ElementReader::new(city().osm_pbf.as_slice()).for_each(|element| match element {
        osmpbf::Element::DenseNode(node) => {
            let at = Point { lat: node.lat(), lon: node.lon() };
            read.nodes.insert(node.id(), at);
            read.node_tags.push((at, node.tags().map(own).collect()));
        }
        osmpbf::Element::Way(way) => read.ways.push((way.refs().collect(), way.tags().map(own).collect())),
        _ => panic!("the sample has nodes and ways"),
    });
    all.expect("a good file");
    read
}

/// Metres from a point to a stretch between two others.
fn off(point: Point, from: Point, to: Point) -> f64 {
    let (b, p) = (to.flat(from), point.flat(from));
    let length = b.0.mul_add(b.0, b.1 * b.1).max(1e-9);
    let share = ((p.0 * b.0 + p.1 * b.1) / length).clamp(0.0, 1.0);
    (p.0 - b.0 * share).hypot(p.1 - b.1 * share)
}

/// Whether two stretches cross.
fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let turn = |from: Point, to: Point, at: Point| {
        let (t, p) = (to.flat(from), at.flat(from));
        (t.0 * p.1 - t.1 * p.0) > 0.0
    };
    turn(a, b, c) != turn(a, b, d) && turn(c, d, a) != turn(c, d, b)
}

#[test]
fn a_seed_makes_the_same_bytes_and_another_seed_another_city() {
    let (again, other) = (SampleCity::generate(1), SampleCity::generate(2));
    assert!(again.gtfs_zip == city().gtfs_zip && again.osm_pbf == city().osm_pbf);
    assert_eq!((&again.vehicles, &again.from_address), (&city().vehicles, &city().from_address));
    assert!(other.gtfs_zip != city().gtfs_zip && other.osm_pbf != city().osm_pbf);
}

#[test]
fn any_seed_makes_a_city() {
    for seed in [0, 3, 1_917, u64::MAX] {
        let city = SampleCity::generate(seed);
        assert_eq!(city.vehicles.len(), 54, "seed {seed}");
        assert!(table(&city.gtfs_zip, "trips.txt").len() > 2_000);
        assert!(city.from_address.point.metres_to(city.to_address.point) > 2_000.0);
    }
}

#[test]
fn the_feed_says_that_it_is_a_sample() {
    let zip = &city().gtfs_zip;
    assert_eq!(table(zip, "agency.txt")[0]["agency_name"], "Jol sample — not any city's timetable");
    assert_eq!(table(zip, "feed_info.txt")[0]["feed_publisher_name"], "Jol sample");
    assert_eq!(table(zip, "agency.txt")[0]["agency_timezone"], "Asia/Atyrau");
}

#[test]
fn every_id_that_a_table_names_is_there() {
    let zip = &city().gtfs_zip;
    let (stops, trips, times) =
        (table(zip, "stops.txt"), table(zip, "trips.txt"), table(zip, "stop_times.txt"));
    let names = |rows: &[Row], column: &str, of: &HashSet<String>| {
        assert!(rows.iter().all(|row| of.contains(&row[column])), "{column}");
    };
    names(&times, "trip_id", &ids(&trips, "trip_id"));
    names(&times, "stop_id", &ids(&stops, "stop_id"));
    names(&trips, "route_id", &ids(&table(zip, "routes.txt"), "route_id"));
    names(&trips, "service_id", &ids(&table(zip, "calendar.txt"), "service_id"));
    names(&trips, "shape_id", &ids(&table(zip, "shapes.txt"), "shape_id"));
    assert_eq!(ids(&times, "stop_id"), ids(&stops, "stop_id"), "every stop is served");
    assert_eq!(ids(&times, "trip_id").len(), trips.len());
    assert_eq!(table(zip, "routes.txt").len(), 12);
    assert!((140..=220).contains(&stops.len()), "{} stops", stops.len());
}

#[test]
fn time_runs_forward_along_every_trip() {
    let mut before: HashMap<String, (u32, u32)> = HashMap::new();
    for row in table(&city().gtfs_zip, "stop_times.txt") {
        let (arrival, departure) = (seconds(&row["arrival_time"]), seconds(&row["departure_time"]));
        let sequence: u32 = row["stop_sequence"].parse().expect("a number");
        assert!(arrival <= departure);
        if let Some((left, nth)) = before.insert(row["trip_id"].clone(), (departure, sequence)) {
            assert!(arrival > left && sequence == nth + 1, "{row:?}");
        }
    }
}

#[test]
fn stops_stand_by_a_street_that_has_a_name() {
    let map = extract();
    let streets: Vec<_> = map.ways.iter().filter(|(_, tags)| tags.contains_key("highway")).collect();
    assert!(streets.iter().all(|(_, tags)| !tags["name:kk"].is_empty() && !tags["name:ru"].is_empty()));
    for stop in table(&city().gtfs_zip, "stops.txt") {
        let at = place(&stop, "stop_lat", "stop_lon");
        let pairs = streets.iter().flat_map(|(nodes, _)| nodes.windows(2));
        let nearest = pairs.map(|pair| off(at, map.nodes[&pair[0]], map.nodes[&pair[1]]));
        let nearest = nearest.min_by(f64::total_cmp).expect("streets");
        assert!(nearest < 10.0, "{nearest} m: {stop:?}");
    }
}

#[test]
fn lines_and_streets_cross_the_river_on_two_bridges_only() {
    let map = extract();
    let river = map.ways.iter().find(|(_, tags)| tags.get("waterway").is_some_and(|way| way == "river"));
    let river: Vec<Point> = river.expect("a river").0.iter().map(|node| map.nodes[node]).collect();
    let wet = |a: Point, b: Point| river.windows(2).any(|pair| cross(a, b, pair[0], pair[1]));
    let mut bridges = Vec::new();
    for (nodes, tags) in map.ways.iter().filter(|(_, tags)| tags.contains_key("highway")) {
        for pair in nodes.windows(2) {
            let (a, b) = (map.nodes[&pair[0]], map.nodes[&pair[1]]);
            if wet(a, b) {
                assert_eq!(tags.get("bridge").map(String::as_str), Some("yes"), "{tags:?}");
                bridges.push((a, b));
            }
        }
    }
    assert_eq!(bridges.len(), 2);
    let mut shapes: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for row in table(&city().gtfs_zip, "shapes.txt") {
        shapes.entry(row["shape_id"].clone()).or_default().push(place(&row, "shape_pt_lat", "shape_pt_lon"));
    }
    let mut over = BTreeSet::new();
    for (shape, points) in shapes {
        for pair in points.windows(2).filter(|pair| wet(pair[0], pair[1])) {
            let middle = pair[0].towards(pair[1], 0.5);
            let bridge = bridges.iter().position(|(a, b)| off(middle, *a, *b) < 5.0);
            over.insert((shape.clone(), bridge.unwrap_or_else(|| panic!("line {shape} swims"))));
        }
    }
    assert!(over.len() >= 10, "five lines, there and back: {over:?}");
    assert!((0..2).all(|bridge| over.iter().any(|(_, over)| *over == bridge)));
}

#[test]
fn the_buses_have_terminals_numbers_and_plates_of_their_own() {
    let buses = &city().vehicles;
    assert_eq!(buses.len(), 54);
    assert!(buses.iter().filter(|bus| bus.terminal).count() >= 48);
    assert!(buses.iter().any(|bus| !bus.terminal));
    assert_eq!((buses[0].vehicle.as_str(), buses[0].line.as_str()), ("0547", "1"));
    let own = |value: fn(&Vehicle) -> &String| buses.iter().map(value).collect::<HashSet<_>>().len();
    assert_eq!([own(|b| &b.vehicle), own(|b| &b.painted), own(|b| &b.plate)], [54; 3]);
    let lines = ids(&table(&city().gtfs_zip, "routes.txt"), "route_short_name");
    assert_eq!(buses.iter().map(|bus| bus.line.clone()).collect::<HashSet<_>>(), lines);
}

#[test]
fn addresses_are_on_the_map_and_a_change_apart() {
    let map = extract();
    let SampleCity { from_address: from, to_address: to, gtfs_zip, .. } = city();
    for address in [from, to] {
        let (street, number) = address.text.kk.split_once(", ").expect("street and number");
        let house = map.node_tags.iter().find(|(_, tags)| {
            let is = |key: &str, value: &str| tags.get(key).is_some_and(|tag| tag == value);
            is("addr:street", street) && is("addr:housenumber", number)
        });
        assert!(house.expect("the house").0.metres_to(address.point) < 1.0);
        assert!(map.ways.iter().any(|(_, tags)| tags.get("name") == Some(&street.to_owned())));
    }

    let stops: HashMap<String, Point> = table(gtfs_zip, "stops.txt")
        .iter()
        .map(|stop| (stop["stop_id"].clone(), place(stop, "stop_lat", "stop_lon")))
        .collect();
    let line_of: HashMap<String, String> = table(gtfs_zip, "trips.txt")
        .into_iter()
        .map(|t| (t["trip_id"].clone(), t["route_id"].clone()))
        .collect();
    let mut served: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let times = table(gtfs_zip, "stop_times.txt");
    for row in &times {
        served.entry(&line_of[&row["trip_id"]]).or_default().insert(row["stop_id"].clone());
    }
    let near = |address: &SampleAddress, metres: f64| -> BTreeSet<&str> {
        let by = |stops_of: &BTreeSet<String>| {
            stops_of.iter().any(|stop| stops[stop].metres_to(address.point) < metres)
        };
        served.iter().filter(|(_, stops_of)| by(stops_of)).map(|(line, _)| *line).collect()
    };
    assert!(near(from, 800.0).is_disjoint(&near(to, 800.0)), "no line goes from door to door");
    let one_change = near(from, 400.0).into_iter().any(|first| {
        near(to, 400.0).into_iter().any(|second| {
            let meets = |a: &String| served[second].iter().any(|b| stops[a].metres_to(stops[b]) < 150.0);
            served[first].iter().any(meets)
        })
    });
    assert!(one_change);
}

#[test]
fn files_are_written_under_their_names() {
    let dir = tempfile::tempdir().expect("a folder");
    let (gtfs, osm) = city().write(dir.path()).expect("written");
    assert_eq!(std::fs::read(gtfs).expect("the feed"), city().gtfs_zip);
    assert_eq!(std::fs::read(osm).expect("the map"), city().osm_pbf);
}

#[test]
fn the_import_has_nothing_to_repair() {
    let report = report();
    assert_eq!((report.repaired.count, report.refused.count), (0, 0), "{report:?}");
    assert_eq!((report.lines, report.stops_off_streets), (12, 0));
    assert!(report.addresses > 8_000 && report.trips > 2_000, "{report:?}");
    let day = |text: &str| jol_core::city::build::sketch::day_number(text);
    assert_eq!(report.days, (day("2026-01-01"), day("2027-12-31")));
}

#[test]
fn both_addresses_are_found_in_both_languages() {
    let (sample, city, _) = imported();
    for address in [&sample.from_address, &sample.to_address] {
        for text in [&address.text.kk, &address.text.ru] {
            let found = city.search(text, None, 3);
            let first = found.first().unwrap_or_else(|| panic!("{text} is not found"));
            assert!(first.point.metres_to(address.point) < 2.0, "{text}: {found:?}");
        }
    }
}

#[test]
fn every_good_journey_between_the_addresses_changes_buses_and_crosses_the_river() {
    let (sample, city, _) = imported();
    let zones = Zones::of(&city.timetable()).expect("a known zone");
    let end =
        |address: &SampleAddress| Endpoint::Point { point: address.point, name: address.text.kk.clone() };
    for hour in [7, 9, 13, 18, 21] {
        let when = When::DepartAt { ms: wednesday(hour, 5) };
        let query = PlanQuery::new(end(&sample.from_address), end(&sample.to_address), when);
        let plan = plan(&city.timetable(), &city.streets(), &zones, &query).expect("a good question");
        assert!(plan.journeys.len() >= 3, "{plan:?}");
        for journey in &plan.journeys {
            assert_eq!(journey.rides, 2, "{journey:?}");
            let minutes = (journey.arrival_ms - journey.departure_ms) / 60_000;
            assert!((20..90).contains(&minutes), "{minutes} min");
        }
    }
}
