//! Which trips were boarded where while a search goes from late departures to early ones: who boards no
//! earlier trip than somebody who sat in the vehicle by then, and rode and walked no more, gets nowhere new.
//! The same is what keeps trip-based routing quick: its R(t) (Witt: *Trip-Based Public Transit Routing*,
//! 2015), here for each number of rides and so much walking.

use super::effort::Effort;

/// A trip of a course that was boarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boarded {
    /// Which of the block's trips.
    pub(super) trip: u32,
    /// At which position.
    pub(super) from: u32,
    /// The effort before it.
    pub(super) effort: Effort,
}

impl Boarded {
    /// Whether it is as good from the later of both positions on.
    #[inline]
    fn is_as_good_further_on(&self, other: &Boarded) -> bool {
        (self.trip <= other.trip) & self.effort.is_no_more_than(&other.effort)
    }
}

/// Those of one course, none of which is as good as another one was before it; the earliest trip last.
#[derive(Debug, Default)]
pub(super) struct Boardings(Vec<Boarded>);

impl Boardings {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The first trip in which somebody sits, at a position or before it, after no more effort.
    #[inline]
    pub(super) fn earliest(&self, position: u32, effort: &Effort) -> u32 {
        let no_more = |known: &&Boarded| (known.from <= position) & known.effort.is_no_more_than(effort);
        self.0.iter().rev().find(no_more).map_or(u32::MAX, |known| known.trip)
    }

    /// Notes a boarding, in the place of those that are worse.
    pub(super) fn add(&mut self, boarded: Boarded) {
        self.0.retain(|known| known.from < boarded.from || !boarded.is_as_good_further_on(known));
        let at = self.0.iter().rposition(|known| known.trip >= boarded.trip).map_or(0, |last| last + 1);
        self.0.insert(at, boarded);
    }

    /// How far somebody who was [noted](Self::add) gets until another one, who is as good, sits in the
    /// vehicle; `usize::MAX` if to the end, and none if that one did from the beginning.
    pub(super) fn until(&self, boarded: &Boarded) -> Option<usize> {
        let no_later = self.0.iter().rev().take_while(|known| known.trip <= boarded.trip);
        let others = no_later.filter(|known| *known != boarded);
        let first = others.filter(|known| known.is_as_good_further_on(boarded)).map(|known| known.from).min();
        match first {
            Some(first) if first <= boarded.from => None,
            first => Some(first.map_or(usize::MAX, |first| first as usize)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effort(rides: u8, metres: u32) -> Effort {
        Effort { metres, rides, to_pass: false }
    }

    fn boarded(trip: u32, from: u32, rides: u8, metres: u32) -> Boarded {
        Boarded { trip, from, effort: effort(rides, metres) }
    }

    #[test]
    fn only_who_rode_and_walked_no_more_sat_there_before() {
        let mut boardings = Boardings::default();
        boardings.add(boarded(5, 3, 1, 100));
        boardings.add(boarded(7, 3, 0, 100));
        assert_eq!(boardings.earliest(3, &effort(1, 100)), 5);
        assert_eq!(boardings.earliest(9, &effort(1, 100)), 5, "and sits there further on");
        assert_eq!(boardings.earliest(2, &effort(1, 100)), u32::MAX, "not yet");
        assert_eq!(boardings.earliest(3, &effort(0, 100)), 7);
        assert_eq!(boardings.earliest(3, &effort(1, 99)), u32::MAX, "somebody walked more");
    }

    #[test]
    fn a_better_boarding_takes_the_place_of_worse_ones() {
        let mut boardings = Boardings::default();
        (0..100).rev().for_each(|trip| boardings.add(boarded(trip, 4, 1, 10)));
        boardings.add(boarded(0, 4, 1, 20));
        boardings.add(boarded(0, 3, 1, 10));
        assert_eq!(boardings.0, [boarded(0, 3, 1, 10)]);
        boardings.add(boarded(3, 3, 0, 20));
        assert_eq!((boardings.earliest(3, &effort(1, 20)), boardings.earliest(3, &effort(0, 20))), (0, 3));
    }

    #[test]
    fn who_boards_further_on_ends_the_way_of_those_who_are_no_better() {
        let mut boardings = Boardings::default();
        let [far, near, near_but_walked] = [boarded(2, 6, 1, 10), boarded(2, 3, 1, 10), boarded(1, 2, 1, 50)];
        boardings.add(far);
        boardings.add(near);
        boardings.add(near_but_walked);
        assert_eq!(boardings.until(&far), None, "others sit there already");
        assert_eq!(boardings.until(&near), Some(usize::MAX));
        assert_eq!(boardings.until(&near_but_walked), Some(usize::MAX), "the others sit in a later trip");
        let earlier = boarded(1, 6, 1, 10);
        boardings.add(earlier);
        assert_eq!(boardings.until(&near_but_walked), Some(6));
        assert_eq!(boardings.until(&earlier), Some(usize::MAX));
    }
}
