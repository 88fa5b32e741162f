//! Trips of one group, split into patterns in which none overtakes another.

use super::profiles::Bases;
use crate::city::times::StopTime;

/// A trip's times while patterns are laid out.
#[derive(Clone, Copy)]
pub(super) struct Times<'t> {
    pub(super) start_s: u32,
    pub(super) profile: &'t [StopTime],
}

impl Times<'_> {
    pub(super) fn arrival_s(&self, position: usize) -> u32 {
        self.start_s + self.profile[position].arrival_s
    }

    pub(super) fn departure_s(&self, position: usize) -> u32 {
        self.start_s + self.profile[position].departure_s
    }

    /// Whether a trip with these times is never ahead of this one.
    fn is_followed_by(&self, later: &Times<'_>) -> bool {
        // One profile, started later: most of a city's trips.
        let same = std::ptr::eq(self.profile, later.profile) && self.start_s <= later.start_s;
        same || (0..self.profile.len()).all(|at| {
            self.arrival_s(at) <= later.arrival_s(at) && self.departure_s(at) <= later.departure_s(at)
        })
    }
}

/// A pattern in the making.
pub(super) struct Chain<'t, T> {
    pub(super) bases: Bases,
    pub(super) trips: Vec<&'t T>,
}

/// Splits trips of one group, sorted by departure, into chains without overtaking: first fit. Trips whose
/// times lie so far apart that no profile of 16 bits has both are in two chains as well.
pub(super) fn without_overtaking<'t, T>(
    group: &'t [T],
    times_of: impl Fn(&T) -> Times<'t>,
) -> Vec<Chain<'t, T>> {
    let mut chains: Vec<Chain<'_, T>> = Vec::new();
    for trip in group {
        let times = times_of(trip);
        let follows = |chain: &&mut Chain<'_, T>| {
            chain.trips.last().is_some_and(|last| times_of(last).is_followed_by(&times))
                && chain.bases.fit(times.profile)
        };
        match chains.iter_mut().find(follows) {
            Some(chain) => chain.trips.push(trip),
            None => chains.push(Chain { bases: Bases::for_profile(times.profile), trips: vec![trip] }),
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use crate::city::build::sketch::Sketch;
    use crate::city::build::timetable::tests::ids;

    #[test]
    fn a_trip_that_overtakes_gets_a_pattern_of_its_own() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("slow", |t| t.stop("x", "10:00").stop("y", "10:30").stop("z", "10:40"))
            .trip("fast", |t| t.stop("x", "10:05").stop("y", "10:20").stop("z", "10:45"))
            .trip("next", |t| t.stop("x", "10:10").stop("y", "10:40").stop("z", "10:50"))
            .finish();
        assert_eq!(ids(&city.timetable()), [vec!["slow", "next"], vec!["fast"]]);
    }

    #[test]
    fn overtaking_while_halting_counts_too() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("waits", |t| t.stop("x", "10:00").halt("y", "10:10", "10:30").stop("z", "10:40"))
            .trip("does not", |t| t.stop("x", "10:05").halt("y", "10:15", "10:16").stop("z", "10:45"))
            .finish();
        assert_eq!(city.patterns.len(), 2);
    }
}
