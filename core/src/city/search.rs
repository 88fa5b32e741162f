//! Searching a city's places: by what was typed so far, typos forgiven, the nearest first.
//!
//! Each word that was typed becomes a set of places, as bits: those that have it whole, those that have a
//! word that begins with it, those that have one like it. A place that is in every word's set is found. If
//! nothing is, a guess at what was meant takes its place: a word for "street" that is not finished, one word
//! written as two, a house that the map does not know.

use super::fold::{begins_street_word, fold, is_like_street_word};
use super::places::Places;
use super::streets::{Place, PlaceKind};
use super::timetable::Timetable;
use super::typos::{LONGEST, Typed};
use crate::geo::Point;
use std::collections::BinaryHeap;

/// Longer queries are cut: nobody types that much.
const LONGEST_QUERY: usize = 120;
const MOST_TOKENS: usize = 8;
/// A token that is typed from its beginning counts only if it has so many letters, unless it is the last.
const SHORTEST_PREFIX: usize = 3;
/// Poles of one stop lie this near to one another, in metres; one of them answers for all.
const ONE_STOP_METRES: f64 = 150.0;
/// Typos are looked for if fewer places than this have what was typed.
const ENOUGH: usize = 5;

/// How well a place answers; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Letters that were typed wrongly.
    typos: u8,
    /// Tokens that are only the beginning of one of the place's.
    begun: u8,
    /// An address though no number was typed.
    house_not_asked: bool,
    /// How far it is, squared, in 1e-14 square degrees of latitude.
    far: u64,
    /// Tokens of its name beyond those that were typed.
    further: u8,
    kind: u8,
    place: u32,
}

/// Places as bits, and how many of the index's entries may still be read: in a sound pack none is read
/// twice, in a damaged one this is where it ends.
struct Marks {
    bits: Vec<u64>,
    left: usize,
}

impl Marks {
    fn none(places: &Places<'_>) -> Marks {
        Marks { bits: vec![0; places.places.len().div_ceil(64)], left: places.postings.len() }
    }

    fn mark(&mut self, with: &[u32]) {
        for place in with.iter().take(self.left) {
            if let Some(word) = self.bits.get_mut(*place as usize / 64) {
                *word |= 1 << (place % 64);
            }
        }
        self.left = self.left.saturating_sub(with.len());
    }

    fn has(&self, place: u32) -> bool {
        self.bits.get(place as usize / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}

/// The places that have a token.
struct Hits {
    /// Whole, perhaps with typos.
    whole: Marks,
    /// As it was typed, whole or as a beginning.
    typed: Marks,
    /// With one typo, with two.
    like: [Marks; 2],
}

impl Hits {
    fn typos(&self, place: u32) -> u8 {
        match (self.typed.has(place), self.like[0].has(place)) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        }
    }

    fn word(&self, nth: usize) -> u64 {
        [&self.typed, &self.like[0], &self.like[1]].iter().fold(0, |all, marks| all | marks.bits[nth])
    }
}

/// Where the passenger is, in the pack's numbers.
struct Near {
    lat_e7: f64,
    lon_e7: f64,
    narrow: f64,
}

impl Near {
    fn new(point: Point) -> Near {
        Near { lat_e7: point.lat * 1e7, lon_e7: point.lon * 1e7, narrow: point.lat.to_radians().cos() }
    }

    fn squared(&self, lat_e7: i32, lon_e7: i32) -> u64 {
        let (north, east) =
            (f64::from(lat_e7) - self.lat_e7, (f64::from(lon_e7) - self.lon_e7) * self.narrow);
        (north * north + east * east) as u64
    }
}

/// A search in the places of a city.
pub(super) struct Search<'s, 'a> {
    pub(super) places: &'s Places<'a>,
    /// Of the names that are shown.
    pub(super) language: &'s str,
    pub(super) near: Option<Point>,
    pub(super) limit: usize,
}

impl<'a> Search<'_, 'a> {
    /// The best places for what was typed. Names are read from the timetable's texts.
    pub(super) fn run(&self, texts: &Timetable<'a>, query: &str) -> Vec<Place> {
        let cut: String = query.chars().take(LONGEST_QUERY).collect();
        let mut tokens = fold(&cut);
        tokens.truncate(MOST_TOKENS);
        if tokens.is_empty() || self.limit == 0 {
            return Vec::new();
        }
        let mut found = self.found(&tokens, true);
        if found.is_empty() {
            found = guesses(&tokens)
                .iter()
                .map(|guess| self.found(guess, true))
                .find(|f| !f.is_empty())
                .unwrap_or_default();
        }
        self.shown(texts, found)
    }

    /// The best places that have all tokens; with typos, if few have them as they were typed.
    fn found(&self, tokens: &[String], forgiving: bool) -> Vec<Rank> {
        let last = tokens.len().saturating_sub(1);
        let mut hits: Vec<Hits> =
            tokens.iter().enumerate().map(|(nth, token)| self.hits(token, nth == last)).collect();
        let found = self.best(tokens, &hits);
        if !forgiving || found.len() >= ENOUGH.min(self.limit) {
            return found;
        }
        for (nth, (token, hits)) in tokens.iter().zip(&mut hits).enumerate() {
            self.forgive(token, nth == last, hits);
        }
        self.best(tokens, &hits)
    }

    /// The places that have this token whole, and those that have it or one that begins with it.
    fn hits(&self, token: &str, last: bool) -> Hits {
        let places = self.places;
        let [mut whole, mut typed] = [Marks::none(places), Marks::none(places)];
        let first = places.first_token_from(token.as_bytes());
        for nth in first..places.token_count() {
            let known = places.token(nth);
            if nth == first && known == token.as_bytes() {
                whole.mark(places.places_with(nth));
                typed.mark(places.places_with(nth));
            } else if may_begin(token, last) && known.starts_with(token.as_bytes()) {
                typed.mark(places.places_with(nth));
            } else {
                break;
            }
        }
        Hits { whole, typed, like: [Marks::none(places), Marks::none(places)] }
    }

    /// Adds the places that have a token like this one. Numbers are as they are: 12 is not 13.
    fn forgive(&self, token: &str, last: bool, hits: &mut Hits) {
        let places = self.places;
        let Some(mut typed) = Typed::new(token).filter(|_| !has_digit(token)) else { return };
        for nth in 0..places.token_count() {
            // In a damaged pack tokens may lie over one another, each as long as the file.
            let known = Some(places.token(nth)).filter(|known| known.len() <= 4 * LONGEST);
            let Some(known) = known.and_then(|known| std::str::from_utf8(known).ok()) else { continue };
            let Some(distance) = typed.distance(known) else { continue };
            let typos = if may_begin(token, last) { distance.begun } else { distance.whole };
            let Some(like) = usize::from(typos).checked_sub(1).and_then(|nth| hits.like.get_mut(nth)) else {
                continue;
            };
            like.mark(places.places_with(nth));
            if distance.whole == typos {
                hits.whole.mark(places.places_with(nth));
            }
        }
    }

    /// The best of the places that every token hits.
    fn best(&self, tokens: &[String], hits: &[Hits]) -> Vec<Rank> {
        let near = self.near.map(Near::new);
        let house_asked = tokens.iter().any(|token| has_digit(token));
        // Enough to fill the list after poles of one stop were left out.
        let enough = self.limit.saturating_mul(8);
        let mut best: BinaryHeap<Rank> = BinaryHeap::new();
        for word in 0..self.places.places.len().div_ceil(64) {
            let mut bits = hits.iter().fold(u64::MAX, |all, hits| all & hits.word(word));
            while bits != 0 {
                let place = word as u32 * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                let Some(record) = self.places.places.get(place as usize) else { continue };
                let rank = Rank {
                    typos: hits.iter().map(|hits| hits.typos(place)).sum(),
                    begun: hits.iter().filter(|hits| !hits.whole.has(place)).count() as u8,
                    house_not_asked: !house_asked && record.kind == PlaceKind::Address as u8,
                    far: near.as_ref().map_or(0, |near| near.squared(record.lat_e7, record.lon_e7)),
                    further: record.token_count.saturating_sub(tokens.len() as u8),
                    kind: record.kind,
                    place,
                };
                if best.len() < enough {
                    best.push(rank);
                } else if best.peek().is_some_and(|worst| rank < *worst) {
                    best.pop();
                    best.push(rank);
                }
            }
        }
        best.into_sorted_vec()
    }

    fn shown(&self, texts: &Timetable<'a>, found: Vec<Rank>) -> Vec<Place> {
        let mut shown: Vec<Place> = Vec::new();
        for rank in found {
            if shown.len() >= self.limit {
                break;
            }
            let Some(place) = self.places.place(texts, rank.place, self.language) else { continue };
            let is_same = |known: &Place| {
                place.kind == PlaceKind::Stop
                    && known.kind == PlaceKind::Stop
                    && known.name == place.name
                    && known.point.metres_to(place.point) < ONE_STOP_METRES
            };
            if !shown.iter().any(is_same) {
                shown.push(place);
            }
        }
        shown
    }
}

/// Whether a token may stand for one that begins with it. A number must be whole, unless it is being typed.
fn may_begin(token: &str, last: bool) -> bool {
    last || (!has_digit(token) && token.chars().count() >= SHORTEST_PREFIX)
}

fn has_digit(token: &str) -> bool {
    token.contains(|c: char| c.is_ascii_digit())
}

/// What else may have been meant, the likeliest first, where no place has what was typed.
fn guesses(tokens: &[String]) -> Vec<Vec<String>> {
    let mut guesses: Vec<Vec<String>> = Vec::new();
    let Some((last, others)) = tokens.split_last() else { return guesses };
    // "Сатпаева ули": the last word is on its way to be one that is left out.
    if !others.is_empty() && begins_street_word(last) {
        guesses.push(others.to_vec());
    }
    // "Абай көешсі": a word that is left out, mistyped.
    let named: Vec<String> = tokens.iter().filter(|token| !is_like_street_word(token)).cloned().collect();
    if !named.is_empty() && named.len() < tokens.len() {
        guesses.push(named);
    }
    // "30 к": on its way to "30 к 2", which is "30/2".
    if let Some(number) =
        last.strip_suffix('к').filter(|number| number.ends_with(|c: char| c.is_ascii_digit()))
    {
        guesses.push(others.iter().cloned().chain([format!("{number}/")]).collect());
    }
    // "Жан сугуров": one word written as two.
    for at in 1..tokens.len() {
        if !has_digit(&tokens[at - 1]) && !has_digit(&tokens[at]) {
            let joined = [tokens[at - 1].as_str(), tokens[at].as_str()].concat();
            let rest = tokens[at + 1..].iter().cloned();
            guesses.push(tokens[..at - 1].iter().cloned().chain([joined]).chain(rest).collect());
        }
    }
    // A house that the map does not know: its street.
    let street: Vec<String> = tokens.iter().filter(|token| !has_digit(token)).cloned().collect();
    if !street.is_empty() && street.len() < tokens.len() {
        guesses.push(street);
    }
    guesses
}
