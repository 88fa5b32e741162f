//! Before when a passenger must be there to be better than all journeys known: for so many rides and so
//! much walking. The known journeys' staircase of walking and arrival, one for each number of rides.

use super::days::Time;
use super::effort::Effort;
use super::raptor::MOST_RIDES;
use super::rests::Rest;

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
        let before = known.iter().rev().find(|known| known.0 <= metres);
        before.map_or(self.latest.saturating_add(1), |known| known.1)
    }

    /// Whether somebody after so much effort who has one of these left can be better than all known.
    #[inline]
    pub(super) fn may_help(&self, rests: &[Rest], at: Time, effort: &Effort) -> bool {
        let ridden = u32::from(effort.rides);
        let mut rests_left = rests.iter().take_while(|rest| ridden + rest.rides <= MOST_RIDES as u32);
        // Most who cannot are far too late.
        (rests.len() < 3 || at < self.surely_too_late(rests, effort))
            && rests_left.any(|rest| at < self.too_late_with(rest, effort))
    }

    /// A moment that is too late for them, whichever of these they have left: quick to tell, and not always
    /// the first.
    #[inline]
    pub(super) fn surely_too_late(&self, rests: &[Rest], effort: &Effort) -> Time {
        let Some((fewest, most)) = rests.first().zip(rests.last()) else { return Time::MIN };
        self.too_late_with(&Rest { rides: fewest.rides, ..*most }, effort)
    }

    /// The first moment that is too late for somebody after so much effort who has so much left.
    #[inline]
    fn too_late_with(&self, rest: &Rest, effort: &Effort) -> Time {
        let rides = usize::from(effort.rides) + rest.rides as usize;
        self.too_late(rides, effort.metres.saturating_add(rest.metres)).saturating_sub(rest.seconds)
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

        #[test]
        fn who_may_help_can_be_there_in_time_with_something_that_may_be_left(
            known in prop::collection::vec((1..=MOST_RIDES, 0..9_u32, 0..=15), 0..20),
            (mut seconds, mut metres) in (prop::collection::vec(0..9, 0..5), prop::collection::vec(0..9_u32, 5)),
            (at, rides, walked) in (0..20, 0..5_u8, 0..5_u32),
        ) {
            let mut limits = Limits::new(15);
            known.iter().for_each(|&(rides, metres, arrival)| limits.add(rides, metres, arrival));
            seconds.sort_unstable_by_key(|&seconds: &Time| std::cmp::Reverse(seconds));
            metres.sort_unstable_by_key(|&metres| std::cmp::Reverse(metres));
            let rest = |(rides, (seconds, metres))| Rest { rides, seconds, metres };
            let rests: Vec<Rest> = (1..).zip(seconds.into_iter().zip(metres)).map(rest).collect();
            let effort = Effort { metres: walked, rides, to_pass: false };
            let in_time = |rest: &Rest| {
                let rides = usize::from(rides) + rest.rides as usize;
                rides <= MOST_RIDES && at + rest.seconds < limits.too_late(rides, walked + rest.metres)
            };
            let may_help = limits.may_help(&rests, at, &effort);
            prop_assert_eq!(may_help, rests.iter().any(in_time));
            prop_assert!(!may_help || at < limits.surely_too_late(&rests, &effort));
        }
    }
}
