//! Which trips were boarded where while a search goes from late departures to early ones: who boards no
//! earlier trip than somebody that set out later, and rode and walked no more, gets nowhere new. The same
//! is what keeps trip-based routing quick (Witt: *Trip-Based Public Transit Routing*, 2015).

use super::labels::refill;

/// A trip of a pattern's block that was boarded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Boarded {
    /// The service day, and which of the block's trips.
    pub(super) day: u8,
    pub(super) trip: usize,
    /// Rides before it.
    pub(super) rides: usize,
    /// Metres walked before it.
    pub(super) metres: u32,
}

impl Boarded {
    fn is_at_least_as_good_as(&self, other: &Boarded) -> bool {
        let is_no_more = self.rides <= other.rides && self.metres <= other.metres;
        self.day == other.day && self.trip <= other.trip && is_no_more
    }
}

const NO_MORE: u32 = u32::MAX;

/// See the module; one list an entry of `pattern_stops`.
#[derive(Debug, Default)]
pub(super) struct Boardings {
    /// Where each list begins in `all`.
    first: Vec<u32>,
    /// A boarding, and where the next one of its list is.
    all: Vec<(Boarded, u32)>,
}

impl Boardings {
    /// Forgets everything.
    pub(super) fn reset(&mut self, entries: usize) {
        refill(&mut self.first, entries, NO_MORE);
        self.all.clear();
    }

    /// The first trip of a day that was boarded at an entry after no more rides and metres; `trips` if
    /// there is none.
    pub(super) fn earliest(&self, entry: usize, day: u8, rides: usize, metres: u32, trips: usize) -> usize {
        let mut earliest = trips;
        let mut at = self.first.get(entry).copied().unwrap_or(NO_MORE);
        while let Some((boarded, next)) = self.all.get(at as usize) {
            if boarded.day == day && boarded.rides <= rides && boarded.metres <= metres {
                earliest = earliest.min(boarded.trip);
            }
            at = *next;
        }
        earliest
    }

    /// Notes a boarding, in the place of one that is worse.
    pub(super) fn add(&mut self, entry: usize, boarded: Boarded) {
        let Some(first) = self.first.get_mut(entry) else { return };
        let mut at = *first;
        while let Some((known, next)) = self.all.get_mut(at as usize) {
            if boarded.is_at_least_as_good_as(known) {
                *known = boarded;
                return;
            }
            at = *next;
        }
        let Ok(last) = u32::try_from(self.all.len()) else { return };
        self.all.push((boarded, std::mem::replace(first, last)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_rode_and_walked_no_more_was_there_before() {
        let mut boardings = Boardings::default();
        boardings.reset(2);
        boardings.add(1, Boarded { day: 2, trip: 5, rides: 1, metres: 100 });
        boardings.add(1, Boarded { day: 2, trip: 7, rides: 0, metres: 100 });
        assert_eq!(boardings.earliest(1, 2, 1, 100, 9), 5);
        assert_eq!(boardings.earliest(1, 2, 0, 100, 9), 7);
        assert_eq!(boardings.earliest(1, 2, 1, 99, 9), 9, "somebody walked more");
        assert_eq!(boardings.earliest(1, 3, 1, 100, 9), 9, "on another day");
        assert_eq!(boardings.earliest(0, 2, 1, 100, 9), 9, "elsewhere");
        assert_eq!(boardings.earliest(7, 2, 1, 100, 9), 9, "nowhere");
    }

    #[test]
    fn a_better_boarding_takes_the_place_of_a_worse_one() {
        let mut boardings = Boardings::default();
        boardings.reset(1);
        (0..100).rev().for_each(|trip| boardings.add(0, Boarded { day: 0, trip, rides: 1, metres: 10 }));
        assert_eq!(boardings.all.len(), 1);
        boardings.add(0, Boarded { day: 0, trip: 3, rides: 0, metres: 20 });
        assert_eq!((boardings.earliest(0, 0, 1, 20, 100), boardings.earliest(0, 0, 0, 20, 100)), (0, 3));
        boardings.reset(1);
        assert_eq!(boardings.earliest(0, 0, 9, 99, 100), 100);
    }
}
