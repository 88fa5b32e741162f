//! The places to search and their index.

use super::osm::{Map, Name, middle};
use super::streets::offsets;
use super::timetable::TimetableBuilder;
use crate::city::fares::PointOfSale;
use crate::city::fold::fold;
use crate::city::places::PlaceRecord;
use crate::city::streets::PlaceKind;
use crate::city::timetable::{StopIdx, StopRecord, TextIdx, stop_kind};
use crate::geo::Point;
use crate::text::Language;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Parts of a street, or pieces of one landmark, that are nearer to one another than this are one.
const ONE_PLACE_METRES: f64 = 1_500.0;
/// Words of so many letters are often written as one with their neighbour.
const SHORT_WORD: usize = 4;
/// Two things with one name so near to one another are one landmark, drawn twice.
const ONE_LANDMARK_METRES: f64 = 150.0;

/// What passengers call a place where cards are sold, whatever its name is.
const SELLS: [&str; 7] = [
    "карта сатылатын орын",
    "карта сатып алу",
    "точка продажи карт",
    "точки продажи",
    "купить карту",
    "card point of sale",
    "points of sale buy cards",
];
/// The same, where they are topped up.
const TOPS_UP: [&str; 6] = [
    "карта толтыру",
    "толтыру орны",
    "пополнение карты",
    "пополнить карту",
    "top up card",
    "top-up recharge",
];
/// The same, of both.
const SALE: [&str; 3] = ["касса", "билет", "ticket office"];

/// The arrays of [`Places`](crate::city::places::Places), owned.
#[derive(Clone, Debug, Default)]
pub(in crate::city) struct PlaceArrays {
    pub(in crate::city) places: Vec<PlaceRecord>,
    pub(in crate::city) token_offsets: Vec<u32>,
    pub(in crate::city) token_bytes: Vec<u8>,
    pub(in crate::city) posting_offsets: Vec<u32>,
    pub(in crate::city) postings: Vec<u32>,
}

/// An index in the making.
struct Index<'b> {
    builder: &'b mut TimetableBuilder,
    places: Vec<PlaceRecord>,
    tokens: BTreeMap<String, Vec<u32>>,
}

/// Makes the index of a map's streets, addresses and landmarks, and of the builder's stops. `served` says
/// which stops a vehicle serves.
pub(super) fn lay_out(
    map: &Map,
    points_of_sale: &[PointOfSale],
    builder: &mut TimetableBuilder,
    served: &[bool],
) -> PlaceArrays {
    let mut index = Index { builder, places: Vec::new(), tokens: BTreeMap::new() };
    index.add_stops(served);
    let others = index.add_streets(map);
    index.add_addresses(map, &others);
    index.add_landmarks(map);
    index.add_points_of_sale(points_of_sale);
    index.add_spellings(map);
    index.finish()
}

impl Index<'_> {
    /// Adds a place under all its names.
    fn add(
        &mut self,
        kind: PlaceKind,
        name: &str,
        others: &[String],
        house: &str,
        point: Point,
        stop: StopIdx,
    ) {
        let place = self.places.len() as u32;
        let house_tokens = fold(house);
        let shown = fold(name);
        let record = PlaceRecord {
            name: self.builder.text(name),
            house: self.builder.text(house),
            lat_e7: (point.lat * 1e7).round() as i32,
            lon_e7: (point.lon * 1e7).round() as i32,
            stop,
            kind: kind as u8,
            token_count: (shown.len() + house_tokens.len()).min(255) as u8,
            reserved: [0; 2],
        };
        if record.name == TextIdx::NONE {
            return;
        }
        self.places.push(record);
        let names = others.iter().map(|other| fold(other)).chain([shown]);
        let tokens = names.flat_map(|name| [joined(&name), name].concat()).chain(house_tokens);
        for token in tokens {
            let postings = self.tokens.entry(token).or_default();
            if postings.last() != Some(&place) {
                postings.push(place);
            }
        }
    }

    /// Stations, and stops that are served; a platform is found by its station if it has the same name.
    fn add_stops(&mut self, served: &[bool]) {
        let stops = self.builder.stops().to_vec();
        let names = self.builder.stops().iter().map(|stop| stop.name).collect::<Vec<_>>();
        let stations: HashSet<StopIdx> = (0..)
            .map(StopIdx)
            .zip(&stops)
            .filter(|(stop, _)| served[stop.at()])
            .filter_map(|(_, stop)| stop.parent.some())
            .collect();
        for (idx, stop) in (0..).map(StopIdx).zip(&stops) {
            let by_station =
                stop.parent.some().is_some_and(|station| names.get(station.at()) == Some(&stop.name));
            let shown = match stop.kind {
                stop_kind::STATION => stations.contains(&idx),
                _ => served[idx.at()] && !by_station,
            };
            if shown {
                let name = self.text_of(stop);
                let others: Vec<String> = self.builder.spellings_of(stop.name).map(str::to_owned).collect();
                self.add(PlaceKind::Stop, &name, &others, "", stop.point(), idx);
            }
        }
    }

    fn text_of(&self, stop: &StopRecord) -> String {
        self.builder.text_of(stop.name).to_owned()
    }

    /// Adds streets, and answers what else each is called.
    fn add_streets(&mut self, map: &Map) -> HashMap<String, Vec<String>> {
        let mut others: HashMap<String, Vec<String>> = HashMap::new();
        let mut parts: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
        for way in &map.ways {
            let Some(Name { shown, others: more, .. }) = way.name.map(|name| &map.names[name as usize])
            else {
                continue;
            };
            let known = others.entry(shown.clone()).or_default();
            more.iter().for_each(|other| {
                if !known.contains(other) {
                    known.push(other.clone());
                }
            });
            let points = way.nodes.iter().filter_map(|node| map.points[*node as usize]);
            parts.entry(shown).or_default().extend(points);
        }
        for (name, points) in parts {
            for part in clusters(&points, ONE_PLACE_METRES) {
                let Some(centre) = middle(part.iter().copied()) else { continue };
                let far = |point: &&Point| {
                    let (east, north) = point.flat(centre);
                    east.hypot(north)
                };
                let Some(point) = part.iter().min_by(|a, b| far(a).total_cmp(&far(b))) else { continue };
                self.add(PlaceKind::Street, name, &others[name], "", *point, StopIdx::NONE);
            }
        }
        others
    }

    fn add_addresses(&mut self, map: &Map, others: &HashMap<String, Vec<String>>) {
        let mut seen = HashSet::new();
        for address in &map.addresses {
            // A shop in a house repeats the address of the house.
            let about = ((address.point.lat * 500.0) as i32, (address.point.lon * 500.0) as i32);
            if seen.insert((address.street.as_str(), address.house.as_str(), about)) {
                let others = others.get(&address.street).map_or(&[][..], Vec::as_slice);
                let (street, house) = (&address.street, &address.house);
                self.add(PlaceKind::Address, street, others, house, address.point, StopIdx::NONE);
            }
        }
    }

    fn add_landmarks(&mut self, map: &Map) {
        let mut by_name: BTreeMap<&str, Vec<&super::osm::Landmark>> = BTreeMap::new();
        for landmark in &map.landmarks {
            by_name.entry(&landmark.name.shown).or_default().push(landmark);
        }
        for (name, landmarks) in by_name {
            let mut kept: Vec<Point> = Vec::new();
            for landmark in landmarks {
                if kept.iter().all(|known| known.metres_to(landmark.point) > ONE_LANDMARK_METRES) {
                    kept.push(landmark.point);
                    let others = &landmark.name.others;
                    self.add(PlaceKind::Landmark, name, others, "", landmark.point, StopIdx::NONE);
                }
            }
        }
    }

    fn add_points_of_sale(&mut self, points_of_sale: &[PointOfSale]) {
        for PointOfSale { name, point, sells_cards_for, tops_up, .. } in points_of_sale {
            let shown = name.in_language(Language::Kk);
            let words = [&name.kk, &name.ru, &name.en];
            let sells = if sells_cards_for.is_some() { &SELLS[..] } else { &[] };
            let tops_up = if *tops_up { &TOPS_UP[..] } else { &[] };
            let kinds = SALE.iter().chain(sells).chain(tops_up).map(|kind| (*kind).to_owned());
            let others: Vec<String> =
                words.into_iter().filter(|word| *word != shown).cloned().chain(kinds).collect();
            let Some(point) = Point::new(point.lat, point.lon) else { continue };
            self.add(PlaceKind::PointOfSale, shown, &others, "", point, StopIdx::NONE);
            let text = self.builder.text(shown);
            for (nth, word) in words.iter().enumerate().filter(|(_, word)| !word.is_empty()) {
                self.builder.spelling(text, nth, word);
            }
        }
    }

    /// What names are in each language. A house may call its street by any of its names.
    fn add_spellings(&mut self, map: &Map) {
        let streets = map.names.iter().flat_map(|name| {
            let forms = std::iter::once(&name.shown).chain(&name.languages);
            forms.map(move |form| (form, name))
        });
        let landmarks = map.landmarks.iter().map(|landmark| (&landmark.name.shown, &landmark.name));
        for (form, name) in streets.chain(landmarks) {
            let Some(text) = self.builder.known_text(form) else { continue };
            for (nth, reads) in name.languages.iter().enumerate().filter(|(_, reads)| !reads.is_empty()) {
                self.builder.spelling(text, nth, reads);
            }
        }
    }

    fn finish(self) -> PlaceArrays {
        let mut arrays = PlaceArrays { places: self.places, ..PlaceArrays::default() };
        arrays.token_offsets.push(0);
        let counted = (0..).zip(self.tokens.values()).flat_map(|(token, of)| of.iter().map(move |_| token));
        arrays.posting_offsets = offsets(self.tokens.len(), counted);
        for (token, places) in self.tokens {
            arrays.token_bytes.extend_from_slice(token.as_bytes());
            arrays.token_offsets.push(arrays.token_bytes.len() as u32);
            arrays.postings.extend(places);
        }
        arrays
    }
}

/// Short words as one: "Төле би" is typed "толеби" as well.
fn joined(name: &[String]) -> Vec<String> {
    let is_word = |token: &String| !token.contains(|c: char| c.is_ascii_digit());
    let pairs = name.windows(2).filter(|pair| {
        pair.iter().all(is_word) && pair.iter().any(|token| token.chars().count() <= SHORT_WORD)
    });
    pairs.map(<[String]>::concat).collect()
}

/// Puts points together that are near to one another, in a grid of that size: neighbouring cells are one.
fn clusters(points: &[Point], metres: f64) -> Vec<Vec<Point>> {
    let Some(origin) = points.first() else { return Vec::new() };
    let mut cells: BTreeMap<(i64, i64), Vec<Point>> = BTreeMap::new();
    for point in points {
        let (east, north) = point.flat(*origin);
        cells
            .entry(((east / metres).floor() as i64, (north / metres).floor() as i64))
            .or_default()
            .push(*point);
    }
    let mut clusters = Vec::new();
    while let Some((cell, first)) = cells.pop_first() {
        let (mut cluster, mut open) = (first, vec![cell]);
        while let Some((x, y)) = open.pop() {
            for next in (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y))) {
                if let Some(more) = cells.remove(&next) {
                    cluster.extend(more);
                    open.push(next);
                }
            }
        }
        clusters.push(cluster);
    }
    clusters
}
