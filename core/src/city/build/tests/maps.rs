//! What maps say, and what a pack then says.

use super::pbf::Pbf;
use super::*;
use crate::city::fares::PointOfSale;
use crate::city::streets::{Place, PlaceKind};
use crate::geo::Point;
use crate::text::Words;
use proptest::prelude::*;

/// Two banks 200 m apart with a bridge 400 m to the east; a stop on each, and one far off the map.
fn river() -> Pbf {
    let street = |name| [("highway", "residential"), ("name", name)];
    Pbf::default()
        .node(1, 0, 0, &[])
        .node(2, 0, 2, &[])
        .node(3, 0, 4, &[])
        .node(11, 2, 0, &[])
        .node(12, 2, 4, &[])
        .way(&[1, 2, 3], &street("South Bank"))
        .way(&[11, 12], &street("North Bank"))
        .way(&[3, 12], &[("highway", "footway"), ("bridge", "yes")])
}

fn stops(stops: &[(&str, f64, f64)]) -> (String, String) {
    let mut records = "stop_id,stop_name,stop_lat,stop_lon\n".to_owned();
    let mut times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n".to_owned();
    for (nth, (id, north, east)) in stops.iter().enumerate() {
        records += &format!("{id},{id},{},{}\n", 47.0 + north / 1e3, 51.0 + east / 1e3);
        times += &format!("t,10:{nth:02}:00,10:{nth:02}:00,{id},{nth}\n");
    }
    (records, times)
}

impl Bench {
    pub(super) fn mapped(&self, map: Pbf, at: &[(&str, f64, f64)]) -> (BuildReport, City) {
        let (records, times) = stops(at);
        let feed = self.feed(&[("stops.txt", &records), ("stop_times.txt", &times)]);
        fs::write(self.path("map.osm.pbf"), map.bytes()).unwrap();
        self.build(Build::new("Atyrau").gtfs(feed).osm(self.path("map.osm.pbf"))).unwrap()
    }
}

pub(super) fn point(north: f64, east: f64) -> Point {
    Point { lat: 47.0 + north / 1e3, lon: 51.0 + east / 1e3 }
}

fn found(city: &City, query: &str) -> Vec<(PlaceKind, String)> {
    city.search(query, None, 9).into_iter().map(|place| (place.kind, place.name)).collect()
}

#[test]
fn a_walk_crosses_the_river_by_the_bridge_only() {
    let at = [("a", 0.0, 3.0), ("b", 2.0, 3.0), ("c", 0.0, 1.0), ("d", 2.0, 1.0)];
    let (report, city) = Bench::new().mapped(river(), &at);
    assert_eq!(report.stops_off_streets, 0);
    // To b: 76 m to the bridge, 222 m over it, 76 m back. To d it would be 526 m.
    let from_a = walks(&city, "a");
    assert_eq!(from_a.iter().map(|(to, _)| *to).collect::<Vec<_>>(), ["b", "c"]);
    assert!((300..340).contains(&from_a[0].1), "{from_a:?}");
    let streets = city.streets();
    let names: Vec<&str> = streets.edges.iter().map(|edge| city.timetable().text(edge.name)).collect();
    assert!(names.contains(&"South Bank") && names.contains(&""));
    assert!(streets.edges.iter().all(|edge| edge.decimetres() <= 600));
}

#[test]
fn outside_the_mapped_streets_walks_are_guessed_from_coordinates() {
    let at = [("a", 0.0, 0.0), ("far", 20.0, 0.0), ("farther", 20.0, 2.0), ("near", 2.2, 0.0)];
    let (report, city) = Bench::new().mapped(river(), &at);
    assert_eq!(report.stops_off_streets, 2);
    assert_eq!(city.streets().stop_links[1].node, u32::MAX);
    // 151.7 m of longitude and 30 %.
    assert_eq!(walks(&city, "far"), [("farther", 165)]);
}

#[test]
fn where_nobody_walks_is_no_street_and_islands_hold_nobody() {
    let map = river()
        .node(21, 9, 0, &[])
        .node(22, 9, 1, &[])
        .node(23, 2, 9, &[])
        .way(&[21, 22], &[("highway", "residential"), ("name", "Island")])
        .way(&[12, 23], &[("highway", "motorway"), ("name", "Motorway")])
        .way(&[12, 23], &[("highway", "primary"), ("foot", "no"), ("name", "No foot")])
        .way(&[12, 23], &[("highway", "service"), ("access", "private"), ("name", "Private")]);
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    let streets = city.streets();
    assert!(streets.nearest(point(2.0, 4.0), 5.0).is_some());
    assert_eq!(streets.nearest(point(2.0, 9.0), 200.0), None);
    assert_eq!(streets.nearest(point(9.0, 0.5), 200.0), None);
}

#[test]
fn ways_meet_only_where_they_share_a_node() {
    // A footbridge over a street: it crosses, but one cannot get from one to the other there.
    let map = Pbf::default()
        .node(1, 0, 0, &[])
        .node(2, 0, 2, &[])
        .node(3, 0, 4, &[])
        .node(4, -1, 2, &[])
        .node(5, 1, 2, &[])
        .way(&[1, 2, 3], &[("highway", "residential")])
        .way(&[4, 5], &[("highway", "footway"), ("bridge", "yes")])
        .way(&[5, 3], &[("highway", "footway")]);
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 1.3), ("b", -1.0, 2.0)]);
    // 205 m to the east, 188 m back to the foot of the bridge, 222 m over it: farther than one changes.
    assert_eq!(walks(&city, "a"), []);
}

#[test]
fn stops_face_to_face_across_a_river_are_no_corner() {
    // 17 m of water lie between a and b; c and d stand at two sides of a street.
    let at = [("a", 0.45, 1.0), ("b", 0.6, 1.0), ("c", 0.05, 3.0), ("d", -0.05, 3.0)];
    let banks = |bridge: i64| {
        Pbf::default()
            .node(1, 0, 0, &[])
            .node(2, 0, bridge, &[])
            .node(3, 0, 6, &[])
            .node(11, 1, 0, &[])
            .node(12, 1, bridge, &[])
            .way(&[1, 2, 3], &[("highway", "residential")])
            .way(&[11, 12], &[("highway", "residential")])
            .way(&[2, 12], &[("highway", "footway"), ("bridge", "yes")])
    };
    let seconds = |city: &City, from: &str, to: &str| {
        walks(city, from).into_iter().find(|(id, _)| *id == to).map(|(_, seconds)| seconds)
    };
    let (_, city) = Bench::new().mapped(banks(5), &at);
    assert_eq!(seconds(&city, "a", "b"), None, "the bridge is too far");
    assert_eq!(seconds(&city, "c", "d"), Some(13), "11 m and 30 %, not to the corner and back");
    let (_, city) = Bench::new().mapped(banks(2), &at);
    let by_bridge = seconds(&city, "a", "b").unwrap();
    assert!((255..280).contains(&by_bridge), "{by_bridge}: to the bridge, over it and back");
}

#[test]
fn addresses_streets_and_landmarks_are_found_in_any_spelling() {
    let map = river()
        .node(
            31,
            1,
            1,
            &[
                ("addr:street", "улица Сатпаева"),
                ("addr:housenumber", "30-Б"),
                ("name", "Дүкен"),
                ("shop", "yes"),
            ],
        )
        .node(32, 1, 2, &[])
        .node(33, 1, 3, &[])
        .way(
            &[2, 32],
            &[("highway", "residential"), ("name", "улица Сатпаева"), ("name:kk", "Сәтбаев көшесі")],
        )
        .way(
            &[32, 33, 32],
            &[("building", "yes"), ("addr:street", "улица Сатпаева"), ("addr:housenumber", "32")],
        )
        .way(&[31, 32, 31], &[("amenity", "school"), ("name", "№ 5 мектеп"), ("name:en", "School 5")]);
    let (report, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    assert_eq!(report.addresses, 2);
    let house = (PlaceKind::Address, "улица Сатпаева, 30-Б".to_owned());
    for query in ["сатпаева 30б", "Сәтбаев көшесі 30 Б", "satbaev 30b", "30-б сатп", "сатпаева 30"]
    {
        assert_eq!(found(&city, query), std::slice::from_ref(&house), "{query}");
    }
    let street = (PlaceKind::Street, "улица Сатпаева".to_owned());
    for query in ["сатпаева", "ул. сатпа", "Сатпаева ули", "сәтбаев к"] {
        assert_eq!(found(&city, query).first(), Some(&street), "{query}");
    }
    assert_eq!(found(&city, "сатпаева").len(), 3);
    assert_eq!(found(&city, "school 5"), [(PlaceKind::Landmark, "№ 5 мектеп".to_owned())]);
    assert_eq!(found(&city, "дукен"), [(PlaceKind::Landmark, "Дүкен".to_owned())]);
    assert_eq!(found(&city, ""), []);
    // A house that the map does not know: its street.
    assert_eq!(found(&city, "сатпаева 31").first(), Some(&street));
    assert_eq!(found(&city, "a"), [(PlaceKind::Stop, "a".to_owned())]);
}

#[test]
fn a_house_or_a_mall_that_a_relation_draws_is_a_place() {
    let area = [
        ("type", "multipolygon"),
        ("building", "yes"),
        ("name", "Keruen"),
        ("addr:street", "Abay"),
        ("addr:housenumber", "7"),
    ];
    let map = river()
        .node(31, 4, 4, &[])
        .node(32, 4, 6, &[])
        .node(33, 6, 6, &[])
        .node(41, 9, 9, &[])
        .way(&[31, 32], &[])
        .way(&[32, 33, 31], &[])
        .way(&[41, 31, 41], &[])
        .relation(&[(4, "outer"), (5, ""), (6, "inner"), (99, "outer")], &area)
        .relation(&[(4, "outer")], &[("type", "boundary"), ("place", "city"), ("name", "Atyrau")])
        .relation(&[(99, "outer")], &[("type", "multipolygon"), ("shop", "mall"), ("name", "Elsewhere")]);
    let (report, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    assert_eq!(report.addresses, 1);
    assert_eq!(found(&city, "keruen"), [(PlaceKind::Landmark, "Keruen".to_owned())]);
    let house = &city.search("abay 7", None, 1)[0];
    assert_eq!((house.kind, house.name.as_str()), (PlaceKind::Address, "Abay, 7"));
    assert!(house.point.metres_to(point(5.0, 5.0)) < 1.0, "{house:?}");
    assert_eq!((found(&city, "atyrau"), found(&city, "elsewhere")), (vec![], vec![]));
}

#[test]
fn whole_words_come_before_beginnings_and_the_nearest_before_the_far() {
    let shop = |name| [("shop", "yes"), ("name", name)];
    let map = river().node(41, 1, 1, &shop("Bazarbay")).node(42, 1, 9, &shop("Bazar")).node(
        43,
        1,
        5,
        &shop("Bazar Keremet"),
    );
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    let names = |places: Vec<Place>| places.into_iter().map(|place| place.name).collect::<Vec<_>>();
    let near = Point { lat: 47.001, lon: 51.001 };
    assert_eq!(names(city.search("bazar", Some(near), 9)), ["Bazar Keremet", "Bazar", "Bazarbay"]);
    assert_eq!(names(city.search("bazar", None, 9)), ["Bazar", "Bazar Keremet", "Bazarbay"]);
    assert_eq!(names(city.search("baz", Some(near), 1)), ["Bazarbay"]);
    assert_eq!(names(city.search("kerem bazar", Some(near), 9)), ["Bazar Keremet"]);
}

#[test]
fn typos_are_forgiven_but_in_numbers_and_what_is_typed_right_comes_first() {
    let street = |name| [("highway", "residential"), ("name", name)];
    let house =
        |street: &'static str, number: &'static str| [("addr:street", street), ("addr:housenumber", number)];
    let map = river()
        .node(51, 1, 1, &house("Сейфуллина", "12"))
        .node(52, 1, 2, &house("Сейфуллина", "13"))
        .node(53, 1, 3, &house("Толе би", "12 к 4"))
        .node(54, 1, 0, &[])
        .way(&[1, 54], &street("Сейфуллина"))
        .way(&[2, 54], &street("Зейнуллина"));
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    let first = |query: &str| found(&city, query).first().map(|(_, name)| name.clone()).unwrap_or_default();
    for query in
        ["сейфулина 12", "сифуллина 12", "сейуфллина 12", "Seyfulina 12", "сейфуллинаа 12", "сей фуллина 12"]
    {
        assert_eq!(first(query), "Сейфуллина, 12", "{query}");
    }
    assert_eq!(first("сейфуллина коешси 12"), "Сейфуллина, 12", "the word for street, mistyped");
    assert!(found(&city, "сейфулина 12").iter().all(|(_, name)| !name.ends_with("13")));
    assert_eq!((first("сейфуллина").as_str(), first("зейнуллина").as_str()), ("Сейфуллина", "Зейнуллина"));
    assert_eq!((first("сеифул").as_str(), first("зеийнул").as_str()), ("Сейфуллина", "Зейнуллина"));
    for query in ["толе би 12/4", "толеби 12к4", "tole bi 12 korpus 4", "толе би 12 корп. 4", "толе би 12 к"]
    {
        assert_eq!(first(query), "Толе би, 12 к 4", "{query}");
    }
    assert_eq!(found(&city, "би"), found(&city, "би 99"), "too short to be mistyped");
}

#[test]
fn names_are_shown_in_the_language_that_is_asked() {
    let map = river()
        .node(61, 1, 1, &[("addr:street", "улица Абая"), ("addr:housenumber", "5")])
        .node(
            62,
            1,
            2,
            &[("shop", "yes"), ("name", "Наубайхана"), ("name:ru", "Пекарня"), ("name:en", "Bakery")],
        )
        .way(&[1, 2], &[("highway", "residential"), ("name", "Абай көшесі"), ("name:ru", "улица Абая")]);
    let (_, city) = Bench::new().mapped(map, &[("a", 0.0, 0.0), ("b", 2.0, 0.0)]);
    let shown = |query: &str, language: &str| {
        let found = city.search_in(query, language, None, 9);
        found.into_iter().map(|place| place.name).collect::<Vec<_>>()
    };
    // The map does not say what the Russian name, by which the house calls its street, is in Kazakh: its
    // `name` is none of the languages for sure.
    assert_eq!(shown("абая", "kk"), ["Абай көшесі", "улица Абая, 5"]);
    assert_eq!(shown("abay", "ru"), ["улица Абая", "улица Абая, 5"]);
    assert_eq!(shown("абай", ""), ["Абай көшесі", "улица Абая, 5"]);
    for (language, name) in [("kk", "Наубайхана"), ("ru", "Пекарня"), ("en", "Bakery"), ("de", "Наубайхана")]
    {
        assert_eq!(shown("bakery", language), [name], "{language}");
    }
    let street = city.streets().edges.iter().find(|edge| city.timetable().text(edge.name) == "Абай көшесі");
    assert_eq!(city.timetable().text_in(street.unwrap().name, "ru"), "улица Абая");
}

#[test]
fn points_of_sale_are_found_in_each_language_the_nearest_first() {
    let bench = Bench::new();
    let sale = |lat| PointOfSale {
        name: Words::new("Билет кассасы", "Билетная касса", "Ticket office"),
        point: Point { lat, lon: 51.0 },
        hours: Words::same("9–18"),
        sells_cards_for: None,
        tops_up: true,
    };
    let sales = vec![sale(47.3), sale(47.1), sale(f64::NAN)];
    let (_, city) = bench.build(Build::new("A").gtfs(bench.feed(&[])).points_of_sale(sales)).unwrap();
    let near = Point { lat: 47.11, lon: 51.0 };
    for (query, language, name) in [
        ("билет касс", "kk", "Билет кассасы"),
        ("каса", "ru", "Билетная касса"),
        ("tiket", "en", "Ticket office"),
    ] {
        let found = city.search_in(query, language, Some(near), 9);
        let found: Vec<_> = found.iter().map(|place| (place.name.as_str(), place.point.lat)).collect();
        assert_eq!(found, [(name, 47.1), (name, 47.3)], "{query}");
    }
}

#[test]
fn points_of_sale_are_found_by_what_they_are_for() {
    let bench = Bench::new();
    let sale = |name: &str, lat, price, tops_up| PointOfSale {
        name: Words::same(name),
        point: Point { lat, lon: 51.0 },
        hours: Words::same("9–18"),
        sells_cards_for: price,
        tops_up,
    };
    let price = Some(crate::money::Money::tenge(300));
    let sales = vec![
        sale("Far", 47.3, price, true),
        sale("Sells", 47.2, price, false),
        sale("Fills", 47.1, None, true),
    ];
    let (_, city) = bench.build(Build::new("A").gtfs(bench.feed(&[])).points_of_sale(sales)).unwrap();
    let found = |query: &str| -> Vec<String> {
        let found = city.search(query, Some(Point { lat: 47.11, lon: 51.0 }), 9);
        assert!(found.iter().all(|place| place.kind == PlaceKind::PointOfSale), "{query}: {found:?}");
        found.into_iter().map(|place| place.name).collect()
    };
    for query in ["касса", "kassa", "билет", "ticket"] {
        assert_eq!(found(query), ["Fills", "Sells", "Far"], "{query}: the nearest first");
    }
    for query in ["пополнить карту", "толтыру", "top up", "recharge"] {
        assert_eq!(found(query), ["Fills", "Far"], "{query}");
    }
    for query in ["точка продажи", "купить карту", "points of sale", "point of sale", "сатып алу"]
    {
        assert_eq!(found(query), ["Sells", "Far"], "{query}");
    }
}

#[test]
fn poles_of_one_stop_are_one_answer() {
    let bench = Bench::new();
    let stops = "stop_id,stop_name,stop_lat,stop_lon\nx,Bazaar,47.1,51.9\ny,Bazaar,47.1005,51.9\nz,Bazaar,47.2,51.9\n";
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
        t,10:00:00,10:00:00,x,1\nt,10:10:00,10:10:00,y,2\nt,10:20:00,10:20:00,z,3\n";
    let (_, city) = bench.city(&[("stops.txt", stops), ("stop_times.txt", times)]);
    let near = Point { lat: 47.1006, lon: 51.9 };
    let found: Vec<_> = city.search("bazaar", Some(near), 9).into_iter().map(|place| place.stop).collect();
    assert_eq!(found, [city.stop_by_id("y"), city.stop_by_id("z")]);
    let around: Vec<StopIdx> = city.stops_near(near, 200.0, 9).into_iter().map(|(stop, _)| stop).collect();
    assert_eq!(around, [stop(&city, "y"), stop(&city, "x")]);
}

#[test]
fn a_map_that_is_none_is_an_error() {
    let bench = Bench::new();
    let whole = river().bytes();
    let build = Build::new("A").gtfs(bench.feed(&[])).osm(bench.path("map.osm.pbf"));
    for bytes in [&b"<osm version=\"0.6\">"[..], &[], &whole[..whole.len() - 9]] {
        fs::write(bench.path("map.osm.pbf"), bytes).unwrap();
        let error = bench.build(build.clone()).unwrap_err();
        assert!(matches!(&error, BuildError::Malformed { file, .. } if file == "map.osm.pbf"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_map_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let bench = Bench::new();
        let mut bytes = river().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(bench.path("map.osm.pbf"), bytes).unwrap();
        let build = Build::new("A").gtfs(bench.feed(&[])).osm(bench.path("map.osm.pbf"));
        if let Err(error) = bench.build(build) {
            prop_assert!(!matches!(error, BuildError::Unsound(_)), "{}", error);
        }
    }
}
