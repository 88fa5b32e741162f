//! How trips number their stops, each way of numbering once.
//!
//! Most feeds count from 1 and take nothing; one that counts from 0 or by tens takes as many numbers as its
//! longest trip has stops.

use crate::city::timetable::{Numbering, TripIdx};
use std::collections::BTreeMap;

/// The numbers of all trips that were added.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    known: BTreeMap<Box<[u32]>, u32>,
}

impl Numbers {
    /// Keeps the numbers of a trip; none if they count from 1, or do not rise.
    pub(super) fn put(&mut self, numbers: &[u32]) -> Option<u32> {
        if (1..).zip(numbers).all(|(position, number)| position == *number)
            || !numbers.is_sorted_by(|a, b| a < b)
        {
            return None;
        }
        if let Some(known) = self.known.get(numbers) {
            return Some(*known);
        }
        let new = u32::try_from(self.known.len()).ok()?;
        self.known.insert(numbers.into(), new);
        Some(new)
    }

    /// Writes them, and answers where each of them begins. What another begins with lies in it.
    pub(super) fn lay_out(&self, out: &mut Vec<u32>) -> Vec<u32> {
        let mut places = vec![u32::MAX; self.known.len()];
        let mut last: (&[u32], u32) = (&[], u32::MAX);
        // From the last one on: right before it in this order stands one that begins with it, if any does.
        for (numbers, nth) in self.known.iter().rev() {
            if !last.0.starts_with(numbers) {
                let Ok(first) = u32::try_from(out.len()) else { break };
                out.extend_from_slice(numbers);
                last = (numbers, first);
            }
            if let Some(place) = places.get_mut(*nth as usize) {
                *place = last.1;
            }
        }
        places
    }
}

/// The next trip is numbered so: noted if the one before was not.
pub(super) fn write(out: &mut Vec<Numbering>, trip: u32, numbers: Option<u32>, places: &[u32]) {
    let first = numbers.and_then(|nth| places.get(nth as usize)).copied().unwrap_or(u32::MAX);
    if out.last().map_or(u32::MAX, |last| last.first) != first {
        out.push(Numbering { trip: TripIdx(trip), first });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_begins_with_is_written_once() {
        let mut numbers = Numbers::default();
        let trips = [&[0, 1, 2][..], &[10, 20], &[0, 1], &[0, 5], &[0, 1, 2, 3], &[0, 1]];
        let put: Vec<_> = trips.map(|trip| numbers.put(trip)).into();
        let mut out = Vec::new();
        let places = numbers.lay_out(&mut out);
        for (trip, nth) in trips.iter().zip(&put) {
            let first = places[nth.expect("they do not count from 1") as usize] as usize;
            assert_eq!(&out[first..first + trip.len()], *trip);
        }
        assert_eq!(out.len(), 4 + 2 + 2);
        for counts_from_one_or_not_at_all in [&[1, 2, 3][..], &[], &[3, 3], &[2, 1]] {
            assert_eq!(numbers.put(counts_from_one_or_not_at_all), None);
        }
    }

    #[test]
    fn neighbours_that_are_numbered_alike_are_noted_once() {
        let (mut out, places) = (Vec::new(), [7, 0]);
        for (trip, numbers) in (0..).zip([None, Some(0), Some(0), Some(1), None, None]) {
            write(&mut out, trip, numbers, &places);
        }
        let at = |trip, first| Numbering { trip: TripIdx(trip), first };
        assert_eq!(out, [at(1, 7), at(3, 0), at(4, u32::MAX)]);
    }
}
