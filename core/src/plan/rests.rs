//! What is left of the way from each stop at the very best, with so many rides: what [bounds](super::bounds)
//! say about time and walking, side by side, and only where more rides make a difference.

use super::days::{NEVER, Time};
use super::raptor::MOST_RIDES;
use crate::city::timetable::StopIdx;

/// What is left with at most so many rides: no less of either, and maybe not both at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) rides: u32,
    pub(super) seconds: Time,
    pub(super) metres: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Where those of each stop begin in `all`, and where the last one's end.
    offsets: Vec<u32>,
    all: Vec<Rest>,
}

/// The least of something from a stop with at most `k` rides, for each `k`.
type ByRides = [Time; MOST_RIDES];

impl Rests {
    /// Those of a stop; each with more rides than the one before, and less time or walking.
    #[inline]
    pub(super) fn of(&self, stop: StopIdx) -> &[Rest] {
        let ends = self.offsets.get(stop.at()).zip(self.offsets.get(stop.at() + 1));
        ends.and_then(|(&start, &end)| self.all.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// From the least seconds and metres at each stop, with `least` rides or more.
    pub(super) fn compute(&mut self, least: usize, seconds: &[ByRides], metres: &[ByRides]) {
        self.offsets.clear();
        self.all.clear();
        for (seconds, metres) in seconds.iter().zip(metres) {
            self.offsets.push(self.all.len() as u32);
            let Some(first) = seconds.iter().position(|&seconds| seconds != NEVER) else { continue };
            let mut last = (NEVER, NEVER);
            for rides in first.max(least)..MOST_RIDES {
                let (seconds, metres) = (seconds[rides], metres[rides]);
                if std::mem::replace(&mut last, (seconds, metres)) != (seconds, metres) {
                    self.all.push(Rest { rides: rides as u32, seconds, metres: metres.unsigned_abs() });
                }
            }
        }
        self.offsets.push(self.all.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rides_are_told_of_where_they_spare_something() {
        let of = |from: usize, values: &[Time]| -> ByRides {
            let value = |k: usize| values.get(k.saturating_sub(from)).or(values.last()).copied();
            std::array::from_fn(|k| if k < from { NEVER } else { value(k).unwrap_or(NEVER) })
        };
        let seconds = [of(0, &[]), of(1, &[900, 600]), of(0, &[50])];
        let metres = [of(0, &[]), of(1, &[300, 300, 300, 0]), of(0, &[60, 60, 60, 60, 60, 60, 60, 10])];
        let mut rests = Rests::default();
        rests.compute(0, &seconds, &metres);
        let rest = |rides, seconds, metres| Rest { rides, seconds, metres };
        assert_eq!(rests.of(StopIdx(0)), [], "no way leads there");
        assert_eq!(rests.of(StopIdx(1)), [rest(1, 900, 300), rest(2, 600, 300), rest(4, 600, 0)]);
        assert_eq!(rests.of(StopIdx(2)), [rest(0, 50, 60), rest(7, 50, 10)], "a walk, or by all rides");
        assert_eq!(rests.of(StopIdx(3)), [], "no such stop");
        rests.compute(1, &seconds, &metres);
        assert_eq!(rests.of(StopIdx(2))[0], rest(1, 50, 60));
    }
}
