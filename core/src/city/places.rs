//! Searching places by what is typed: addresses, streets, stops, landmarks.
//!
//! An inverted index: sorted [folded](super::fold) tokens, and for each the places that have it. Not an
//! `fst`, though that was the plan: its reader panics on damaged bytes, and a sorted table searched by
//! halving answers the same questions with every access checked.

use super::fold::{begins_street_word, fold};
use super::streets::{Place, PlaceKind};
use super::timetable::{StopIdx, TextIdx, Timetable};
use crate::geo::Point;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A place to search, 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PlaceRecord {
    /// The name of a street, stop or landmark; of an address, its street's.
    pub name: TextIdx,
    /// The house number of an address.
    pub house: TextIdx,
    /// Latitude in 1e-7 degrees.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degrees.
    pub lon_e7: i32,
    /// The stop, if it is one.
    pub stop: StopIdx,
    /// A [`PlaceKind`].
    pub kind: u8,
    /// How many tokens its name has, at most 255.
    pub token_count: u8,
    /// Zero.
    pub reserved: [u8; 2],
}

impl PlaceRecord {
    /// Where it is.
    pub fn point(&self) -> Point {
        Point { lat: f64::from(self.lat_e7) * 1e-7, lon: f64::from(self.lon_e7) * 1e-7 }
    }

    /// What kind of thing it is; none if the number is not one of a kind.
    pub fn kind(&self) -> Option<PlaceKind> {
        [PlaceKind::Address, PlaceKind::Street, PlaceKind::Stop, PlaceKind::Landmark]
            .into_iter()
            .find(|kind| *kind as u8 == self.kind)
    }
}

/// The places of a city and their index, borrowed from a mapped file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// All places.
    pub places: &'a [PlaceRecord],
    /// Where a token begins in `token_bytes`; one more than there are tokens.
    pub token_offsets: &'a [u32],
    /// All tokens, sorted by their bytes, UTF-8.
    pub token_bytes: &'a [u8],
    /// Which entries of `postings` are a token's; one more than there are tokens.
    pub posting_offsets: &'a [u32],
    /// The places that have a token, in rising order.
    pub postings: &'a [u32],
}

/// Longer queries are cut: nobody types that much.
const LONGEST_QUERY: usize = 120;
const MOST_TOKENS: usize = 8;
/// A token that is typed from its beginning counts only if it has so many letters, unless it is the last.
const SHORTEST_PREFIX: usize = 3;
/// Poles of one stop lie this near to one another, in metres; one of them answers for all.
const ONE_STOP_METRES: f64 = 150.0;

/// How well a place answers; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Tokens that are only the beginning of one of the place's.
    begun: u8,
    /// An address though no number was typed.
    house_not_asked: bool,
    decimetres: u64,
    /// Tokens of its name beyond those that were typed.
    further: u8,
    kind: u8,
    place: u32,
}

impl<'a> Places<'a> {
    /// A token by its rank; empty if there is none.
    pub fn token(&self, nth: usize) -> &'a [u8] {
        range(self.token_offsets, nth).and_then(|(start, end)| self.token_bytes.get(start..end)).unwrap_or(&[])
    }

    /// The places that have a token.
    pub fn places_with(&self, nth: usize) -> &'a [u32] {
        range(self.posting_offsets, nth).and_then(|(start, end)| self.postings.get(start..end)).unwrap_or(&[])
    }

    /// How many tokens there are.
    pub fn token_count(&self) -> usize {
        self.token_offsets.len().saturating_sub(1)
    }

    /// The places that have every token of a query, or something that begins with it: those that have
    /// the tokens whole come first, then the nearest. Names are read from the timetable's texts.
    pub fn search(
        &self,
        texts: &Timetable<'a>,
        query: &str,
        near: Option<Point>,
        limit: usize,
    ) -> Vec<Place> {
        let cut: String = query.chars().take(LONGEST_QUERY).collect();
        let mut tokens = fold(&cut);
        tokens.truncate(MOST_TOKENS);
        let mut found = self.found(&tokens, near);
        // "Сатпаева ули": the last word is on its way to be one that is left out.
        if found.is_empty() && tokens.len() > 1 && tokens.last().is_some_and(|last| begins_street_word(last))
        {
            tokens.pop();
            found = self.found(&tokens, near);
        }
        self.best(texts, found, limit)
    }

    fn found(&self, tokens: &[String], near: Option<Point>) -> Vec<Rank> {
        let Some(last) = tokens.len().checked_sub(1) else { return Vec::new() };
        let words = self.places.len().div_ceil(64);
        let mut all = vec![u64::MAX; words];
        let whole: Vec<Vec<u64>> = tokens
            .iter()
            .enumerate()
            .map(|(nth, token)| {
                let (whole, begun) = self.matches(token, nth == last, words);
                all.iter_mut().zip(&begun).for_each(|(all, begun)| *all &= begun);
                whole
            })
            .collect();
        let house_asked = tokens.iter().any(|token| token.contains(|c: char| c.is_ascii_digit()));
        let mut found = Vec::new();
        for (word, mut bits) in (0_u32..).zip(all) {
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                let Some(record) = self.places.get(place as usize) else { continue };
                let bit = |whole: &&Vec<u64>| whole[word as usize] >> (place % 64) & 1 == 0;
                let metres = near.map_or(0.0, |near| {
                    let (east, north) = record.point().flat(near);
                    east.hypot(north)
                });
                found.push(Rank {
                    begun: whole.iter().filter(bit).count() as u8,
                    house_not_asked: !house_asked && record.kind == PlaceKind::Address as u8,
                    decimetres: (metres * 10.0) as u64,
                    further: record.token_count.saturating_sub(tokens.len() as u8),
                    kind: record.kind,
                    place,
                });
            }
        }
        found
    }

    /// As bits: the places that have this token whole, and those that have it or one that begins with it.
    fn matches(&self, token: &str, last: bool, words: usize) -> (Vec<u64>, Vec<u64>) {
        let (mut whole, mut begun) = (vec![0; words], vec![0; words]);
        // In a sound pack no posting is read twice; in a damaged one this is where it ends.
        let mut left = self.postings.len();
        let mut mark = |bits: &mut [u64], nth| {
            for place in self.places_with(nth).iter().take(left) {
                if let Some(word) = bits.get_mut(*place as usize / 64) {
                    *word |= 1 << (place % 64);
                }
            }
            left = left.saturating_sub(self.places_with(nth).len());
        };
        let has_digit = token.contains(|c: char| c.is_ascii_digit());
        let may_begin = last || (!has_digit && token.chars().count() >= SHORTEST_PREFIX);
        let first = self.first_token_from(token.as_bytes());
        for nth in first..self.token_count() {
            let known = self.token(nth);
            if nth == first && known == token.as_bytes() {
                mark(&mut whole, nth);
                begun.copy_from_slice(&whole);
            } else if may_begin && known.starts_with(token.as_bytes()) {
                mark(&mut begun, nth);
            } else {
                break;
            }
        }
        (whole, begun)
    }

    /// The rank of the first token that is not before this one.
    fn first_token_from(&self, token: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.token_count());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.token(middle) < token { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn best(&self, texts: &Timetable<'a>, mut found: Vec<Rank>, limit: usize) -> Vec<Place> {
        // Enough to fill the list after poles of one stop were left out.
        let enough = limit.saturating_mul(8);
        if found.len() > enough && enough > 0 {
            found.select_nth_unstable(enough);
            found.truncate(enough);
        }
        found.sort_unstable();
        let mut best: Vec<Place> = Vec::new();
        for rank in found {
            if best.len() >= limit {
                break;
            }
            let Some(place) = self.place(texts, rank.place) else { continue };
            let is_same = |known: &Place| {
                place.kind == PlaceKind::Stop
                    && known.kind == PlaceKind::Stop
                    && known.name == place.name
                    && known.point.metres_to(place.point) < ONE_STOP_METRES
            };
            if !best.iter().any(is_same) {
                best.push(place);
            }
        }
        best
    }

    fn place(&self, texts: &Timetable<'a>, place: u32) -> Option<Place> {
        let record = self.places.get(place as usize)?;
        let name = texts.text(record.name);
        Some(Place {
            kind: record.kind()?,
            name: match texts.text(record.house) {
                "" => name.to_owned(),
                house => format!("{name}, {house}"),
            },
            point: record.point(),
            stop: record.stop.some(),
        })
    }
}

fn range(offsets: &[u32], nth: usize) -> Option<(usize, usize)> {
    Some((*offsets.get(nth)? as usize, *offsets.get(nth.checked_add(1)?)? as usize))
}
