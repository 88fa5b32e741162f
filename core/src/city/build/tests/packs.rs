//! Packs as files: whole, damaged, hostile.

use super::pbf::Pbf;
use super::*;
use crate::city::CityError;
use crate::city::pack::{FIRST_OWN_SECTION, FORMAT_VERSION, HASHED_FROM};
use crate::city::timetable::{Stepless, TextIdx, TripIdx};
use crate::geo::Point;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// A little pack with something in every section.
fn pack() -> &'static [u8] {
    static PACK: OnceLock<Vec<u8>> = OnceLock::new();
    PACK.get_or_init(|| {
        let bench = Bench::new();
        let map = Pbf::default()
            .node(1, 100, 900, &[("addr:street", "Abay"), ("addr:housenumber", "1")])
            .node(2, 110, 900, &[("shop", "yes"), ("name", "Dukan")])
            .node(3, 105, 905, &[])
            .way(&[1, 3, 2], &[("highway", "residential"), ("name", "Abay"), ("name:ru", "Абая")]);
        fs::write(bench.path("map.osm.pbf"), map.bytes()).unwrap();
        let feed = bench.feed(&[
            ("trips.txt", "route_id,service_id,trip_id,shape_id,block_id\nr,s,t,w,b\nr,s,u,,b\n"),
            (
                "stop_times.txt",
                "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,10:00:00,10:00:00,x,0\n\
                 t,10:10:00,10:10:00,y,5\nu,10:20:00,10:20:00,y,1\nu,10:30:00,10:30:00,x,2\n",
            ),
            (
                "stops.txt",
                "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n\
                 x,Bazaar,47.10,51.90,,S\ny,Bridge,47.11,51.90,,S\nS,Both,47.1,51.9,1,\n",
            ),
            (
                "pathways.txt",
                "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\n\
                 1,x,y,2,0,40\n2,x,y,5,0,90\n",
            ),
            (
                "shapes.txt",
                "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nw,47.1,51.9,1\nw,47.11,51.9,2\n",
            ),
            ("transfers.txt", "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nx,y,2,60\nx,x,2,5\n"),
        ]);
        let build = Build::new("Atyrau").names("Атырау", "Атырау", "Atyrau").source("OpenStreetMap");
        let own =
            build.gtfs(feed).osm(bench.path("map.osm.pbf")).section(FIRST_OWN_SECTION, b"fares".to_vec());
        bench.build(own).unwrap();
        fs::read(bench.path("city.jol")).unwrap()
    })
}

/// Asks a city everything.
fn ask(city: &City) {
    let timetable = city.timetable();
    let ends = [0, 1, u32::MAX - 1, u32::MAX].map(StopIdx);
    for stop in (0..).map(StopIdx).take(timetable.stops.len()).chain(ends) {
        let _ = (city.stop_name(stop), timetable.patterns_at(stop), timetable.footpaths_from(stop));
    }
    for trip in [0, 1, u32::MAX].map(TripIdx) {
        let _ = [0, 1, u32::MAX].map(|position| timetable.stop_sequence(trip, position));
    }
    for pattern in timetable.patterns {
        let _ =
            (timetable.stops_of(pattern), timetable.shape_of(pattern), timetable.continuations_of(pattern));
        for nth in [0, 1, u32::MAX] {
            let times = timetable.times_of(pattern, nth);
            let _ = (times.first(), times.last(), times.get(usize::MAX), times.iter().count());
        }
        if let Some(times) = timetable.pattern_times(pattern) {
            let _ = (times.time(0, 0), times.time(usize::MAX, 0), times.time(0, usize::MAX));
        }
    }
    for query in ["a", "abay 1", "abaay 1", "баз", "0"] {
        let _ = city.search_in(query, "ru", Some(Point { lat: 47.1, lon: 51.9 }), 10);
    }
    for stop in (0..).map(StopIdx).take(timetable.stops.len()) {
        let _ = (timetable.halts_of(stop), timetable.is_one_stop(stop, StopIdx(0)));
    }
    let _ = city.stops_near(Point { lat: 47.1, lon: 51.9 }, 500.0, 10);
    if let Some((node, _)) = city.streets().nearest(Point { lat: 47.1, lon: 51.9 }, 500.0) {
        let _ = city.streets().edges_from(node).count();
    }
    let _ = (city.name("kk"), city.name("en"), city.time_zone(), city.source(), city.days());
    let _ = (city.section(FIRST_OWN_SECTION), city.sha256(), city.made_ms());
}

#[test]
fn a_pack_says_what_was_put_into_it() {
    let city = City::from_bytes(pack()).unwrap();
    let summary = city.check_wholly().unwrap();
    assert_eq!((summary.stops, summary.trips, summary.stop_times, summary.lines), (3, 2, 4, 1));
    assert_eq!(city.timetable().continuations.len(), 1);
    assert_eq!((summary.bytes, summary.sha256), (pack().len() as u64, city.sha256()));
    assert_eq!((city.name("kk"), city.name("en"), city.name("de")), ("Атырау", "Atyrau", "Atyrau"));
    assert_eq!((city.source(), city.section(FIRST_OWN_SECTION)), ("OpenStreetMap", Some(&b"fares"[..])));
    assert_eq!(city.section(FIRST_OWN_SECTION + 1), None);
    assert_eq!((walks(&city, "x"), city.timetable().change_s(stop(&city, "x"))), (vec![("y", 60)], 5));
    let numbers = [0, 1, 2].map(|position| city.timetable().stop_sequence(TripIdx(0), position));
    assert_eq!((numbers, city.timetable().stop_sequence(TripIdx(9), u32::MAX)), ([0, 5, 3], u32::MAX));
    assert_eq!(city.timetable().stepless, [Stepless { path: 0, seconds: 90, metres: 1_446 }]);
    assert_eq!(city.search("abay 1", None, 1)[0].name, "Abay, 1");
    assert_eq!(city.search_in("abay 1", "ru", None, 1)[0].name, "Абая, 1");
    ask(&city);
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let (one, two) = (Bench::new(), Bench::new());
    one.city(&[]);
    two.city(&[]);
    assert_eq!(fs::read(one.path("city.jol")).unwrap(), fs::read(two.path("city.jol")).unwrap());
}

#[test]
fn a_city_is_shared_between_threads() {
    let city = Arc::new(City::from_bytes(pack()).unwrap());
    let there = Arc::clone(&city);
    std::thread::spawn(move || ask(&there)).join().unwrap();
    ask(&city);
}

#[test]
fn what_is_no_pack_says_so() {
    let open = |bytes: &[u8]| City::from_bytes(bytes).unwrap_err();
    assert_eq!(open(b""), CityError::NotAPack);
    assert_eq!(open(b"PK\x03\x04 and so on"), CityError::NotAPack);
    assert_eq!(open(&pack()[..50]), CityError::CutOff { bytes: 50 });
    assert_eq!(open(&pack()[..pack().len() - 8]), CityError::CutOff { bytes: pack().len() as u64 - 8 });
    assert_eq!(open(&[pack(), &[0; 8]].concat()), CityError::CutOff { bytes: pack().len() as u64 + 8 });
    let mut newer = pack().to_vec();
    newer[8] += 1;
    assert_eq!(open(&newer), CityError::OtherVersion { found: FORMAT_VERSION + 1 });
    let missing = City::open(std::path::Path::new("/no/such/city.jol")).unwrap_err();
    assert_eq!(missing, CityError::Unreadable { kind: std::io::ErrorKind::NotFound });
}

/// The same bytes with a hash that fits them, as someone who means ill would write them.
fn rehashed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = Sha256::digest(&bytes[HASHED_FROM..]);
    bytes[16..HASHED_FROM].copy_from_slice(&hash);
    bytes
}

#[test]
fn a_pack_without_the_newer_sections_is_read_as_if_they_were_empty() {
    let mut bytes = pack().to_vec();
    for entry in 0..u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize {
        let id = &mut bytes[128 + 24 * entry..][..4];
        if matches!(u32::from_le_bytes((&*id).try_into().unwrap()), 29..=33) {
            id.copy_from_slice(&(7_000 + entry as u32).to_le_bytes());
        }
    }
    let older = City::from_bytes(&rehashed(bytes)).unwrap();
    older.check_wholly().unwrap();
    assert_eq!(older.timetable().stop_sequence(TripIdx(0), 1), 2);
    assert!(older.timetable().stepless.is_empty());
    ask(&older);
}

#[test]
fn every_changed_byte_is_noticed_when_a_pack_is_installed() {
    for at in (0..pack().len()).step_by(7) {
        let mut bytes = pack().to_vec();
        bytes[at] ^= 1;
        let checked = City::from_bytes(&bytes).and_then(|city| city.check_wholly());
        assert!(checked.is_err(), "byte {at}");
    }
}

#[test]
fn an_index_that_leads_nowhere_is_noticed_behind_a_hash_that_fits() {
    let city = City::from_bytes(pack()).unwrap();
    let offset = |part: *const u8| part as usize - city.pack.bytes().as_ptr() as usize;
    let (timetable, streets, places) = (city.timetable(), city.streets(), city.places());
    let ats = [
        (offset(timetable.patterns.as_ptr().cast()), "patterns"),
        (offset(timetable.pattern_stops.as_ptr().cast()), "patterns"),
        (offset(timetable.times.as_ptr().cast()), "stop times"),
        (offset(timetable.starts.as_ptr().cast()) + 4, "stop times"),
        (offset(timetable.spellings.as_ptr().cast()), "spellings"),
        (offset(timetable.spellings.as_ptr().cast()) + 4, "spellings"),
        (offset(timetable.continuations.as_ptr().cast()), "continuations of trips"),
        (offset(timetable.continuations.as_ptr().cast()) + 4, "continuations of trips"),
        (offset(timetable.continuations.as_ptr().cast()) + 8, "continuations of trips"),
        (offset(timetable.continuations.as_ptr().cast()) + 12, "continuations of trips"),
        (offset(timetable.footpaths.as_ptr().cast()), "walks between stops"),
        (offset(timetable.numberings.as_ptr().cast()), "numbers of stops"),
        (offset(timetable.numberings.as_ptr().cast()) + 4, "numbers of stops"),
        (offset(timetable.numbers.as_ptr().cast()), "numbers of stops"),
        (offset(timetable.stepless.as_ptr().cast()), "walks without steps"),
        (offset(timetable.stops.as_ptr().cast()), "stops"),
        (offset(timetable.text_offsets.as_ptr().cast()), "texts"),
        (offset(timetable.text_bytes.as_ptr()), "texts"),
        (offset(streets.edges.as_ptr().cast()), "streets"),
        (offset(streets.nodes.as_ptr().cast()), "grid of streets"),
        (offset(places.places.as_ptr().cast()), "places"),
        (offset(places.postings.as_ptr().cast()), "places"),
        (offset(places.token_offsets.as_ptr().cast()), "places"),
    ];
    for (at, part) in ats {
        let mut bytes = pack().to_vec();
        bytes[at..at + 4].copy_from_slice(&0x3000_fffe_u32.to_le_bytes());
        let hostile = City::from_bytes(&rehashed(bytes)).unwrap();
        ask(&hostile);
        assert_eq!(hostile.check_wholly(), Err(CityError::Damaged { part }), "byte {at}");
    }
}

#[test]
fn a_line_in_a_zone_that_no_phone_knows_is_noticed_when_a_pack_is_installed() {
    let city = City::from_bytes(pack()).unwrap();
    let lines = city.timetable().lines;
    // After id, two names and agency.
    let at = lines.as_ptr() as usize - city.pack.bytes().as_ptr() as usize + 16;
    assert_eq!(pack()[at..at + 4], lines[0].time_zone.0.to_le_bytes());
    for text in [lines[0].agency, TextIdx::NONE] {
        let mut bytes = pack().to_vec();
        bytes[at..at + 4].copy_from_slice(&text.0.to_le_bytes());
        let elsewhere = City::from_bytes(&rehashed(bytes)).unwrap();
        let part = "time zones of lines";
        assert_eq!(elsewhere.check_wholly(), Err(CityError::Damaged { part }));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_city_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>(), 0_usize..9), 1..12),
        end in prop::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let mut bytes = pack().to_vec();
        for (at, value, width) in changes {
            let at = at.index(bytes.len());
            let width = width.min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        // Most changes would end at the magic, the version or the length.
        bytes[..16].copy_from_slice(&pack()[..16]);
        bytes[HASHED_FROM..HASHED_FROM + 8].copy_from_slice(&pack()[HASHED_FROM..HASHED_FROM + 8]);
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()).max(HASHED_FROM));
        }
        if let Ok(city) = City::from_bytes(&rehashed(bytes)) {
            ask(&city);
            let _ = city.check_wholly();
        }
    }
}
