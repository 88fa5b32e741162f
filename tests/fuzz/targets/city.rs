//! City packs, and the feeds and maps that they are made of.

use super::Bytes;
use super::material::{self, FEED, NOW_MS};
use jol_core::city::City;
use jol_core::city::build::BuildError;
use jol_core::city::fold::{begins_street_word, fold, is_street_word};
use jol_core::city::timetable::{StopIdx, TripIdx};
use jol_core::geo::Point;
use jol_core::plan::{
    Endpoint, PlanQuery, When, Zones, departures, find_trip, plan, trip_run, trips_running,
};
use jol_core::text::Language;
use sha2::{Digest, Sha256};

/// A pack as it came, and once more with the length and the hash that its head should name, so that its
/// parts are reached.
pub(crate) fn pack(input: &[u8]) {
    if let Ok(city) = City::from_bytes(input) {
        ask(&city);
    }
    let mut whole = input.to_vec();
    if let Some(length) = whole.get_mut(48..56) {
        length.copy_from_slice(&(input.len() as u64).to_le_bytes());
        let hash = Sha256::digest(&whole[48..]);
        whole[16..48].copy_from_slice(&hash);
    }
    if let Ok(city) = City::from_bytes(&whole) {
        ask(&city);
    }
}

/// Everything that a phone asks of a city, whether or not the city was checked before.
fn ask(city: &City) {
    let sound = city.check_wholly();
    assert_eq!(sound, city.check_wholly(), "a check is no matter of chance");
    for language in ["kk", "ru", "en"] {
        assert!(sound.is_err() || !city.name(language).is_empty());
    }
    let _ = (city.source(), city.section(1_000), city.made_ms(), city.days());
    let (timetable, streets) = (city.timetable(), city.streets());
    let here = Point::new(47.1, 51.901).unwrap_or_default();
    for typed in ["сатпаев 12а", "сатпоев", "с", "west"] {
        assert!(city.search(typed, Some(here), 5).len() <= 5);
        assert!(city.search_in(typed, "ru", None, 5).len() <= 5);
    }
    let near = city.stops_near(here, 2_000.0, 4);
    assert!(near.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    let _ = streets.nearest(here, 500.0);
    let Ok(zones) = Zones::of(&timetable) else { return };
    for stop in [StopIdx(1), StopIdx(2), StopIdx(u32::MAX)] {
        let _ = city.stop_name(stop);
        let board = departures(&timetable, &zones, stop, NOW_MS, NOW_MS + 7_200_000, 20);
        assert!(board.len() <= 20);
        for departure in board {
            let found = find_trip(&timetable, &departure.trip_id).unwrap_or(TripIdx(0));
            let run = trip_run(&timetable, &zones, found, departure.service_day);
            let _ = timetable.stop_sequence(found, run.len() as u32);
        }
    }
    let _ = trips_running(&timetable, &zones, NOW_MS);
    let _ = timetable.stop_sequence(TripIdx(u32::MAX), u32::MAX);
    let timetable = timetable.speaking(Language::Ru);
    let point = |lat, lon| Endpoint::Point { point: Point { lat, lon }, name: String::new() };
    let stop = |id: &str| Endpoint::Stop { id: id.to_owned() };
    for query in [
        PlanQuery::new(point(47.1, 51.9), point(47.1, 51.908), When::DepartAt { ms: NOW_MS }),
        PlanQuery::new(stop("east"), stop("hub"), When::ArriveBy { ms: NOW_MS + 14_400_000 }),
        PlanQuery {
            step_free: true,
            ..PlanQuery::new(stop("gate"), stop("east"), When::DepartAt { ms: NOW_MS })
        },
    ] {
        if let Ok(found) = plan(&timetable, &streets, &zones, &query) {
            // With the last of five set out others, one for each number of rides; beside them stand the walk
            // all the way and a bus with fewer rides.
            assert!(found.journeys.len() <= 5 + 7 + 2);
            let asked = query.later(&found).into_iter().chain(query.earlier(&found));
            asked.for_each(|query| drop(plan(&timetable, &streets, &zones, &query)));
        }
    }
}

/// Our own pack, whole and cut.
pub(crate) fn packs() -> Vec<Vec<u8>> {
    let pack = material::pack();
    vec![pack.to_vec(), pack[..200].to_vec(), Vec::new()]
}

/// A pack that is made is one that a phone takes; a feed that makes none says why.
fn make(feed: &[u8], map: Option<&[u8]>) {
    match material::build(feed, map) {
        Ok(path) => {
            let city = City::open(&path).expect("it was checked when it was made");
            ask(&city);
        }
        Err(error) => {
            let ours = matches!(error, BuildError::Unsound(_) | BuildError::Unwritable { .. });
            assert!(!ours, "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

/// An archive of a feed.
pub(crate) fn feed(input: &[u8]) {
    make(input, None);
}

/// Our own feed, stored and packed and in a folder, and an empty archive.
pub(crate) fn feeds() -> Vec<Vec<u8>> {
    let some = ["agency.txt", "stops.txt", "routes.txt", "calendar.txt", "trips.txt", "stop_times.txt"];
    let needed = FEED.into_iter().filter(|(name, _)| some.contains(name));
    let inside: Vec<(String, &str)> = needed.map(|(name, rows)| (format!("feed/{name}"), rows)).collect();
    let inside = inside.iter().map(|(name, rows)| (name.as_str(), rows.as_bytes()));
    vec![material::feed(), material::zip(inside), material::zip([])]
}

/// What stands between two files.
const BETWEEN: u8 = 0x1e;

/// A sound feed of which some files are others: each begins with a letter that names it (`a` is the first of
/// [`FEED`]), and ends at [`BETWEEN`]. A capital letter leaves the file out.
pub(crate) fn tables(input: &[u8]) {
    let mut files = FEED.map(|(name, rows)| (name, Some(rows.as_bytes())));
    for part in input.split(|byte| *byte == BETWEEN) {
        let Some((name, rows)) = part.split_first() else { continue };
        let nth = usize::from(name.to_ascii_lowercase().wrapping_sub(b'a'));
        if let Some(file) = files.get_mut(nth) {
            file.1 = name.is_ascii_lowercase().then_some(rows);
        }
    }
    make(&material::zip(files.into_iter().filter_map(|(name, rows)| Some((name, rows?)))), None);
}

/// Each file of our own feed by itself, and pairs that belong together.
pub(crate) fn csvs() -> Vec<Vec<u8>> {
    let file = |nth: usize| [&[b'a' + nth as u8], FEED[nth].1.as_bytes()].concat();
    let mut seeds: Vec<Vec<u8>> = (0..FEED.len()).map(file).collect();
    seeds.push([file(5), vec![BETWEEN], file(6), vec![BETWEEN], file(7)].concat());
    seeds.push([file(3), vec![BETWEEN], file(4)].concat());
    seeds.extend([b"D".to_vec(), b"E".to_vec(), b"H".to_vec(), b"C".to_vec()]);
    seeds
}

/// A map: a whole file, or, after an `m`, what is in its only block.
pub(crate) fn map(input: &[u8]) {
    let map = match input.strip_prefix(b"m") {
        Some(block) => [material::map_header(), material::blob("OSMData", block)].concat(),
        None => input.to_vec(),
    };
    make(&material::feed(), Some(&map));
}

/// Our own map in both forms.
pub(crate) fn maps() -> Vec<Vec<u8>> {
    vec![material::map(), [b"m", &material::map_block()[..]].concat(), material::map_header()]
}

/// What a passenger types into the search, after a byte for how many places are wanted.
pub(crate) fn places(input: &[u8]) {
    let mut bytes = Bytes(input);
    let limit = usize::from(bytes.byte());
    let typed = String::from_utf8_lossy(bytes.rest()).into_owned();
    let tokens = fold(&typed);
    for token in &tokens {
        assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{token:?}");
        assert!(!is_street_word(token) || begins_street_word(token), "{token}");
    }
    let here = Point::new(47.1, 51.901);
    let found = material::city().search(&typed, here, limit);
    assert!(found.len() <= limit);
    // A name that was found is found by its own words.
    for place in found.iter().take(2) {
        let again = material::city().search(&place.name, here, 100);
        assert!(again.iter().any(|other| other.name == place.name), "{:?}", place.name);
    }
}

/// As passengers type.
pub(crate) fn typed() -> Vec<Vec<u8>> {
    let texts = [
        "Сәтпаев көшесі 12А",
        "ул. Сатпаева, д. 12-а",
        "satpaev 12a",
        "мектеп",
        "самал",
        "\"Батыс, West\"",
        "12/3 корп. 4",
        "мкр. Нұрсая 45",
        "ёЁ ıİ ß",
        "а\u{301}б 1\u{200b}2",
    ];
    texts.iter().map(|text| [b"\x05", text.as_bytes()].concat()).collect()
}
