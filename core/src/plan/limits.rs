//! Before when a passenger must be there to be better than all journeys known: for so many rides and so
//! much walking. The known journeys' staircase of walking and arrival, one for each number of rides.

use super::days::Time;
use super::raptor::MOST_RIDES;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// When the passenger must be there at the latest, whatever is known.
    pub(super) latest: Time,
    /// Entry `k`: (metres, arrival) of the journeys with at most `k` rides, none at least as good as
    /// another; most walking last, and so the earliest arrival.
    known: [Vec<(u32, Time)>; MOST_RIDES + 1],
}

impl Limits {
    pub(super) fn new(latest: Time) -> Limits {
        Limits { latest, known: Default::default() }
    }

    /// The first moment that is too late for whoever takes so many rides and walks so many metres.
    #[inline]
    pub(super) fn too_late(&self, rides: usize, metres: u32) -> Time {
        let known = &self.known[rides.min(MOST_RIDES)];
        let before = known.iter().take_while(|known| known.0 <= metres).last();
        before.map_or(self.latest.saturating_add(1), |known| known.1)
    }

    /// Notes a journey.
    pub(super) fn add(&mut self, rides: usize, metres: u32, arrival: Time) {
        for known in self.known.iter_mut().skip(rides) {
            if known.iter().any(|known| known.0 <= metres && known.1 <= arrival) {
                continue;
            }
            known.retain(|known| known.0 < metres || known.1 < arrival);
            let at = known.partition_point(|known| known.0 < metres);
            known.insert(at, (metres, arrival));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_too_late_is_what_a_known_journey_is_at_least_as_good_as(
            known in prop::collection::vec((1..=MOST_RIDES, 0..6_u32, 0..9), 0..20),
            (rides, metres) in (1..=MOST_RIDES, 0..6_u32),
        ) {
            let mut limits = Limits::new(6);
            known.iter().for_each(|&(rides, metres, arrival)| limits.add(rides, metres, arrival));
            let better = known.iter().filter(|known| known.0 <= rides && known.1 <= metres);
            prop_assert_eq!(limits.too_late(rides, metres), better.map(|k| k.2).min().unwrap_or(7));
        }
    }
}
