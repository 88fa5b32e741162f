//! How a feed numbers a trip's stops, where it is not as its timetable does.
//!
//! A city pack keeps the numbers of stop_times.txt, but some feeds count otherwise: from 0, by tens, or as a
//! newer timetable does. Where none of the feed's numbers stands at its own stop, the stops' names tell which
//! is which.

use super::delay::ScheduledCall;

/// The feed's numbers of a whole trip's calls, from what it said: number and stop, in order. None if the calls
/// bear them already, or if it cannot be told: a loop of which only a part was spoken of.
pub(super) fn renumbered(said: &[(u32, &str)], calls: &[ScheduledCall]) -> Option<Vec<u32>> {
    let agrees = |(number, stop): &(u32, &str)| {
        calls.iter().any(|call| call.stop_sequence == *number && call.stop == *stop)
    };
    // More than the trip has is no list of its stops.
    if calls.len() < 2 || said.len() > calls.len() || said.iter().any(agrees) {
        return None;
    }
    let mut known: Vec<(usize, u32)> = Vec::new();
    let mut end = calls.len();
    for (number, stop) in said.iter().rev() {
        let visits = calls.iter().filter(|call| call.stop == *stop).count();
        if visits > 1 && visits != said.iter().filter(|(_, other)| other == stop).count() {
            return None;
        }
        if let Some(at) = calls.get(..end)?.iter().rposition(|call| call.stop == *stop) {
            known.push((at, *number));
            end = at;
        }
    }
    known.reverse();
    let &(first, number) = known.first()?;
    let mut numbers = Vec::with_capacity(calls.len());
    for back in (1..=first).rev() {
        numbers.push(number.checked_sub(u32::try_from(back).ok()?)?);
    }
    for (nth, &(at, number)) in known.iter().enumerate() {
        // Each call gets a number of its own, so the next known one leaves room for those between.
        if numbers.last().is_some_and(|last| *last >= number) {
            return None;
        }
        let until = known.get(nth + 1).map_or(calls.len(), |&(next, _)| next);
        for on in 0..until.checked_sub(at)? {
            numbers.push(number.checked_add(u32::try_from(on).ok()?)?);
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trip(stops: &[&str]) -> Vec<ScheduledCall> {
        let call = |(stop_sequence, stop): (u32, &&str)| ScheduledCall {
            stop_sequence,
            stop: (*stop).to_owned(),
            arrival_ms: 0,
            departure_ms: 0,
        };
        (1..).zip(stops).map(call).collect()
    }

    #[test]
    fn a_feed_that_counts_otherwise_is_understood_by_its_stops() {
        let calls = trip(&["a", "b", "c", "d"]);
        let said = |said: &[(u32, &str)]| renumbered(said, &calls);
        assert_eq!(said(&[(1, "b"), (2, "c")]), Some(vec![0, 1, 2, 3]), "from 0");
        assert_eq!(said(&[(20, "b"), (40, "d")]), Some(vec![19, 20, 21, 40]), "by tens");
        assert_eq!(said(&[(2, "b"), (9, "d")]), None, "one that agrees is believed");
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[(7, "elsewhere")]), None);
        assert_eq!(said(&[(1, "c")]), None, "no room for the two before it");
        assert_eq!(said(&[(7, "b"), (8, "d")]), None, "nor for the one between");
        assert_eq!(said(&[(9, "b"), (8, "c")]), None, "backwards");
        assert_eq!(said(&[(u32::MAX, "a")]), None, "beyond all numbers");
    }

    #[test]
    fn a_loop_is_told_only_when_each_visit_was_spoken_of() {
        let calls = trip(&["a", "b", "a"]);
        assert_eq!(renumbered(&[(0, "a")], &calls), None, "the first or the last visit");
        assert_eq!(renumbered(&[(0, "a"), (2, "a")], &calls), Some(vec![0, 1, 2]));
        assert_eq!(renumbered(&[(5, "b")], &calls), Some(vec![4, 5, 6]));
    }
}
