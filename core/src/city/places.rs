//! Searching places by what is typed: addresses, streets, stops, landmarks, points of sale.
//!
//! An inverted index: sorted [folded](super::fold) tokens, and for each the places that have it. Not an
//! `fst`, though that was the plan: its reader panics on damaged bytes, and a sorted table searched by
//! halving answers the same questions with every access checked.

use super::search::Search;
use super::streets::{Place, PlaceKind};
use super::timetable::{StopIdx, TextIdx, Timetable};
use crate::geo::Point;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A place to search, 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PlaceRecord {
    /// The name of a street, stop, landmark or point of sale; of an address, its street's.
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
        use PlaceKind::{Address, Landmark, PointOfSale, Stop, Street};
        [Address, Street, Stop, Landmark, PointOfSale].into_iter().find(|kind| *kind as u8 == self.kind)
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

impl<'a> Places<'a> {
    /// A token by its rank; empty if there is none.
    pub fn token(&self, nth: usize) -> &'a [u8] {
        range(self.token_offsets, nth)
            .and_then(|(start, end)| self.token_bytes.get(start..end))
            .unwrap_or(&[])
    }

    /// The places that have a token.
    pub fn places_with(&self, nth: usize) -> &'a [u32] {
        range(self.posting_offsets, nth).and_then(|(start, end)| self.postings.get(start..end)).unwrap_or(&[])
    }

    /// How many tokens there are.
    pub fn token_count(&self) -> usize {
        self.token_offsets.len().saturating_sub(1)
    }

    /// The places that have every token of a query, or something that begins with it or is like it: those
    /// without typos come first, then those that have the tokens whole, then the nearest. Names are read
    /// from the timetable's texts, in a language (`kk`, `ru`, `en`; any other: as feed or map show them).
    pub fn search(
        &self,
        texts: &Timetable<'a>,
        query: &str,
        language: &str,
        near: Option<Point>,
        limit: usize,
    ) -> Vec<Place> {
        Search { places: self, language, near, limit }.run(texts, query)
    }

    /// The rank of the first token that is not before this one.
    pub(super) fn first_token_from(&self, token: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.token_count());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.token(middle) < token { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(super) fn place(&self, texts: &Timetable<'a>, place: u32, language: &str) -> Option<Place> {
        let record = self.places.get(place as usize)?;
        let name = texts.text_in(record.name, language);
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
