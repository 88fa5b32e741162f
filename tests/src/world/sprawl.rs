//! A city of any number of houses, and passengers who type their addresses as passengers do.
//!
//! Streets bear a family name, half of them with a given name, put together from syllables that real ones
//! are made of, so that they are as easy to mistake for one another. The map shows a street in Kazakh or in
//! Russian and knows its other names. Each [`Errand`] is one address, typed in one language, in one of the
//! spellings of its house, with or without a typo.

use super::dice::Dice;
use super::sample::gtfs::{Table, write_zip};
use super::sample::osm::{OsmNode, OsmWay, Tag, write_pbf};
use jol_core::geo::Point;
use std::collections::HashSet;

/// The city's south-west corner.
const CORNER: (f64, f64) = (43.15, 76.75);
/// How long a side is, in degrees of latitude: 22 km.
const SIDE: f64 = 0.2;
/// Degrees of longitude for one of latitude.
const WIDE: f64 = 1.37;
/// Between two houses, in degrees of latitude: 25 m.
const PLOT: f64 = 0.000_225;
/// Houses of a street.
const HOUSES: (usize, usize) = (30, 140);

/// Given names: Kazakh, and Russian in the genitive.
const GIVEN: [(&str, &str); 24] = [
    ("Ахмет", "Ахмета"),
    ("Міржақып", "Миржакыпа"),
    ("Мағжан", "Магжана"),
    ("Ілияс", "Ильяса"),
    ("Сәкен", "Сакена"),
    ("Бейімбет", "Беимбета"),
    ("Мұхтар", "Мухтара"),
    ("Ғабит", "Габита"),
    ("Қаныш", "Каныша"),
    ("Шоқан", "Шокана"),
    ("Ыбырай", "Ибрая"),
    ("Талғат", "Талгата"),
    ("Нұркен", "Нуркена"),
    ("Жүсіпбек", "Жусупбека"),
    ("Тұрар", "Турара"),
    ("Санжар", "Санжара"),
    ("Дінмұхамед", "Динмухамеда"),
    ("Рақымжан", "Рахимжана"),
    ("Әлихан", "Алихана"),
    ("Әміре", "Амре"),
    ("Күләш", "Куляш"),
    ("Әлия", "Алии"),
    ("Мәншүк", "Маншук"),
    ("Хиуаз", "Хиуаз"),
];

/// Roots of family names.
const ROOTS: [&str; 48] = [
    "Әбіш",
    "Айтқали",
    "Ақыл",
    "Алпыс",
    "Аман",
    "Асқар",
    "Әуез",
    "Бай",
    "Бақыт",
    "Бекмырза",
    "Бөкей",
    "Ғабдол",
    "Дәулет",
    "Досмұхамед",
    "Ерғали",
    "Есен",
    "Жақсылық",
    "Жан",
    "Жұма",
    "Жүніс",
    "Зейн",
    "Иса",
    "Кәрім",
    "Көшер",
    "Күзем",
    "Қали",
    "Қасым",
    "Қожа",
    "Құрман",
    "Мақат",
    "Молда",
    "Мұқан",
    "Мұса",
    "Мырза",
    "Нұр",
    "Оразба",
    "Өмір",
    "Рақым",
    "Сағын",
    "Сәду",
    "Сұлтан",
    "Тілеу",
    "Тоқта",
    "Төле",
    "Ұлық",
    "Үсен",
    "Шәріп",
    "Ысқақ",
];

/// Ends of family names: Kazakh, and Russian in the genitive.
const ENDS: [(&str, &str); 7] = [
    ("ов", "ова"),
    ("баев", "баева"),
    ("беков", "бекова"),
    ("ғалиев", "галиева"),
    ("жанов", "жанова"),
    ("мұратов", "муратова"),
    ("ғазин", "газина"),
];

/// A city to be written.
#[derive(Clone, Copy, Debug)]
pub struct Sprawl {
    /// What it is drawn from.
    pub seed: u64,
    /// How many houses it has.
    pub addresses: usize,
}

/// A house with the names of its street.
#[derive(Clone, Debug, PartialEq)]
pub struct House {
    /// Kazakh, Russian, English.
    pub street: [String; 3],
    /// `30`, `30Б`, `12/1`.
    pub number: String,
    /// Where it is.
    pub point: Point,
}

/// What a passenger types, and what they mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    /// The whole text; it is typed letter by letter.
    pub typed: String,
    /// Whether it has a typo.
    pub typo: bool,
    /// Where they are, if the phone knows.
    pub near: Option<Point>,
    /// What they mean, as a position in the city's houses.
    pub house: usize,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// A feed with two stops and a trip: a pack needs one.
    pub gtfs_zip: Vec<u8>,
    /// Streets and houses as OpenStreetMap PBF.
    pub osm_pbf: Vec<u8>,
    /// All houses.
    pub houses: Vec<House>,
}

impl Sprawl {
    /// Draws the city. The same one for the same seed.
    pub fn write(&self) -> Written {
        let mut dice = Dice::new(self.seed, "sprawl");
        let (mut houses, mut nodes, mut ways) = (Vec::new(), Vec::new(), Vec::new());
        let mut known = HashSet::new();
        while houses.len() < self.addresses {
            let names = street_names(&mut dice);
            if !known.insert(names[0].clone()) {
                continue;
            }
            let shown = names[usize::from(dice.chance(0.5))].clone();
            let count = (HOUSES.0 + dice.below(HOUSES.1 - HOUSES.0)).min(self.addresses - houses.len());
            let length = (count / 2 + 1) as f64 * PLOT;
            let upright = dice.chance(0.5);
            let begin = (dice.between(0.0, SIDE - length), dice.between(0.0, SIDE - length));
            let at = |along: f64, aside: f64| {
                let (north, east) = if upright { (along, aside) } else { (aside, along) };
                Point { lat: CORNER.0 + begin.0 + north, lon: CORNER.1 + (begin.1 + east) * WIDE }
            };
            let first = nodes.len() as i64 + 1;
            nodes.extend(
                [at(0.0, 0.0), at(length, 0.0)].into_iter().zip(first..).map(|(p, id)| node(id, p, vec![])),
            );
            let tags: Vec<Tag> = vec![
                ("highway", "residential".into()),
                ("name", shown.clone()),
                ("name:kk", names[0].clone()),
                ("name:ru", names[1].clone()),
                ("name:en", names[2].clone()),
            ];
            ways.push(OsmWay { id: ways.len() as i64 + 1, nodes: vec![first, first + 1], tags });
            for nth in 0..count {
                let side = if nth % 2 == 0 { 1.0 } else { -1.0 };
                let point = at((nth / 2 + 1) as f64 * PLOT, side * PLOT * 0.8);
                let number = number(nth + 1, &mut dice);
                let tags = vec![("addr:street", shown.clone()), ("addr:housenumber", number.clone())];
                nodes.push(node(nodes.len() as i64 + 1, point, tags));
                houses.push(House { street: names.clone(), number, point });
            }
        }
        Written { gtfs_zip: feed(), osm_pbf: write_pbf(&nodes, &ways), houses }
    }

    /// So many addresses as passengers type them.
    pub fn errands(&self, houses: &[House], count: usize) -> Vec<Errand> {
        let mut dice = Dice::new(self.seed, "errands");
        (0..count).map(|_| errand(houses, &mut dice)).collect()
    }
}

fn node(id: i64, point: Point, tags: Vec<Tag>) -> OsmNode {
    OsmNode { id, lat_e7: (point.lat * 1e7).round() as i64, lon_e7: (point.lon * 1e7).round() as i64, tags }
}

/// A street's name in Kazakh, Russian, English.
fn street_names(dice: &mut Dice) -> [String; 3] {
    let (root, end) = (*dice.pick(&ROOTS), *dice.pick(&ENDS));
    let given = dice.chance(0.5).then(|| *dice.pick(&GIVEN));
    let kk = format!("{}{root}{}", given.map_or(String::new(), |(kk, _)| format!("{kk} ")), end.0);
    let ru = format!("{}{}{}", given.map_or(String::new(), |(_, ru)| format!("{ru} ")), russian(root), end.1);
    [format!("{kk} көшесі"), format!("улица {ru}"), format!("{} Street", latin(&kk))]
}

/// Kazakh letters as Russian documents write them.
fn russian(kk: &str) -> String {
    let letter = |c: char| match c {
        'ә' => 'а',
        'Ә' => 'А',
        'ғ' => 'г',
        'Ғ' => 'Г',
        'қ' => 'к',
        'Қ' => 'К',
        'ң' => 'н',
        'ө' => 'о',
        'Ө' => 'О',
        'ұ' | 'ү' => 'у',
        'Ұ' | 'Ү' => 'У',
        'і' => 'и',
        'І' => 'И',
        'һ' => 'х',
        other => other,
    };
    kk.chars().map(letter).collect()
}

/// As a passport writes it.
fn latin(kk: &str) -> String {
    let mut latin = String::new();
    for (nth, c) in russian(kk).chars().enumerate() {
        let small = c.to_lowercase().next().unwrap_or(c);
        let text = match small {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' => "i",
            'й' | 'ы' => "y",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'х' => "kh",
            'ш' => "sh",
            'ю' => "yu",
            'я' => "ya",
            _ => " ",
        };
        match nth == 0 || latin.ends_with(' ') {
            true => {
                latin.extend(text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)))
            }
            false => latin.push_str(text),
        }
    }
    latin
}

/// The number of a house; some share one.
fn number(plain: usize, dice: &mut Dice) -> String {
    match dice.below(100) {
        0..=7 => format!("{plain}{}", dice.pick(&["А", "Б", "В"])),
        8..=11 => format!("{plain}/{}", 1 + dice.below(4)),
        12..=13 => format!("{plain} к{}", 1 + dice.below(3)),
        _ => plain.to_string(),
    }
}

/// A feed with as little as a pack needs.
fn feed() -> Vec<u8> {
    let table = |file, columns: &[&str], rows: &[&[&str]]| {
        let mut table = Table::new(file, columns);
        rows.iter().for_each(|row| table.row(row));
        table
    };
    write_zip(&[
        table(
            "agency.txt",
            &["agency_name", "agency_url", "agency_timezone"],
            &[&["A", "https://example.org/", "Asia/Almaty"]],
        ),
        table(
            "stops.txt",
            &["stop_id", "stop_name", "stop_lat", "stop_lon"],
            &[&["a", "Вокзал", "43.16", "76.76"], &["b", "Базар", "43.30", "77.00"]],
        ),
        table("routes.txt", &["route_id", "route_short_name", "route_type"], &[&["r", "1", "3"]]),
        table("calendar_dates.txt", &["service_id", "date", "exception_type"], &[&["s", "20260101", "1"]]),
        table("trips.txt", &["route_id", "service_id", "trip_id"], &[&["r", "s", "t"]]),
        table(
            "stop_times.txt",
            &["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"],
            &[&["t", "08:00:00", "08:00:00", "a", "1"], &["t", "09:00:00", "09:00:00", "b", "2"]],
        ),
    ])
}

fn errand(houses: &[House], dice: &mut Dice) -> Errand {
    let house = dice.below(houses.len());
    let House { street, number, point } = &houses[house];
    let language = [0, 0, 0, 0, 1, 1, 1, 1, 1, 2][dice.below(10)];
    let mut words: Vec<String> = street[language].split(' ').map(str::to_owned).collect();
    let kind = if language == 1 { 0 } else { words.len() - 1 };
    if dice.chance(0.75) {
        words.remove(kind);
    } else if language == 1 && dice.chance(0.5) {
        words[0] = "ул.".to_owned();
    }
    // People leave the given name out: the family name stands last.
    if street[0].split(' ').count() == 3 && dice.chance(0.3) {
        let given = words.iter().position(|word| word != "ул." && word != "улица").unwrap_or(0);
        words.remove(given);
    }
    let typo = dice.chance(0.3);
    if typo && let Some(word) = words.iter_mut().max_by_key(|word| word.chars().count()) {
        *word = mistyped(word, language == 2, dice);
    }
    words.push(spelt(number, language == 2, dice));
    let typed = words.join(" ");
    let typed = if dice.chance(0.85) { typed.to_lowercase() } else { typed };
    let near = dice.chance(0.7).then(|| Point {
        lat: point.lat + dice.between(-0.03, 0.03),
        lon: point.lon + dice.between(-0.03, 0.03) * WIDE,
    });
    Errand { typed, typo, near, house }
}

/// A word with a letter changed, left out, doubled, or swapped with the next, after its first.
fn mistyped(word: &str, latin: bool, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = 1 + dice.below(letters.len().saturating_sub(2).max(1));
    match dice.below(4) {
        0 => {
            letters[at] =
                *dice.pick(if latin { &['a', 'r', 'o', 'n', 'l'] } else { &['а', 'р', 'о', 'н', 'л'] })
        }
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => letters.swap(at, (at + 1).min(word.chars().count() - 1)),
    }
    letters.into_iter().collect()
}

/// A house number in one of its spellings.
fn spelt(number: &str, latin: bool, dice: &mut Dice) -> String {
    let (plain, rest) = number.split_at(number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()));
    let building = rest.strip_prefix('/').or(rest.strip_prefix(" к"));
    match building {
        Some(building) => match dice.below(4) {
            0 => format!("{plain}/{building}"),
            1 => format!("{plain} к {building}"),
            2 => format!("{plain}к{building}"),
            _ => format!("{plain} корпус {building}"),
        },
        None if rest.is_empty() => match dice.below(6) {
            0 => format!("д. {plain}"),
            _ => plain.to_owned(),
        },
        None => {
            let letter = if latin { latin_letter(rest) } else { rest };
            match dice.below(4) {
                0 => format!("{plain}-{letter}"),
                1 => format!("{plain} {letter}"),
                _ => format!("{plain}{letter}"),
            }
        }
    }
}

fn latin_letter(letter: &str) -> &str {
    match letter {
        "А" => "A",
        "Б" => "B",
        _ => "V",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::City;
    use jol_core::city::build::Build;

    #[test]
    fn passengers_find_the_houses_that_they_type() {
        let sprawl = Sprawl { seed: 7, addresses: 4_000 };
        let written = sprawl.write();
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("feed.zip"), &written.gtfs_zip).expect("it is written");
        std::fs::write(path("map.osm.pbf"), &written.osm_pbf).expect("it is written");
        let build = Build::new("S").gtfs(path("feed.zip")).osm(path("map.osm.pbf")).out(path("s.jol"));
        let report = build.run(&mut |_| ()).expect("a pack");
        assert_eq!(report.addresses, 4_000);
        let city = City::open(&path("s.jol")).expect("it was checked");
        let errands = sprawl.errands(&written.houses, 300);
        let finds = |errand: &&Errand| {
            let house = &written.houses[errand.house];
            let found = city.search(&errand.typed, errand.near, 5);
            found.iter().any(|place| place.point.metres_to(house.point) < 5.0)
        };
        let (right, wrong): (Vec<&Errand>, Vec<&Errand>) = errands.iter().partition(finds);
        let missed: Vec<&str> = wrong.iter().map(|errand| errand.typed.as_str()).collect();
        assert!(right.len() >= 285, "{} of 300; not: {missed:?}", right.len());
        assert!(wrong.iter().filter(|errand| !errand.typo).count() <= 6, "without a typo: {missed:?}");
    }

    #[test]
    fn errands_are_typed_in_many_ways() {
        let sprawl = Sprawl { seed: 7, addresses: 2_000 };
        let houses = sprawl.write().houses;
        let errands = sprawl.errands(&houses, 1_000);
        assert_eq!(errands, sprawl.errands(&houses, 1_000));
        assert!((200..400).contains(&errands.iter().filter(|errand| errand.typo).count()));
        for part in ["корпус", "ул.", "д. ", "-б", "көшесі", "/"] {
            assert!(errands.iter().any(|errand| errand.typed.contains(part)), "{part}");
        }
    }
}
