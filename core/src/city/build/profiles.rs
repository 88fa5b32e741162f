//! Profiles of trips while a feed is read, each once, and how they become a pack's 16-bit ones.

use crate::city::times::{BASE_S, ProfileTime, StopTime};
use crate::city::timetable::PatternStop;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// A trip may stand at one stop for so long, in seconds: a profile has 16 bits.
pub(super) const LONGEST_HALT_S: u32 = 18 * 3_600;
/// How much earlier than the first trip of a pattern another one may be on its way, on journeys of days.
const SLACK_S: u32 = 4 * 3_600;

/// Profiles of all trips that were added: times after the trip's arrival at its first stop.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    times: Vec<StopTime>,
    /// By hash, where the first profile with that hash lies. Two that share a hash are only not shared.
    known: HashMap<u64, u32>,
}

impl Profiles {
    /// How many stop times they have in all.
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// Where a profile lies; it is kept unless it was there.
    pub(super) fn put(&mut self, times: impl Iterator<Item = StopTime>) -> u32 {
        let first = self.times.len();
        self.times.extend(times);
        let (before, new) = self.times.split_at(first);
        let mut hasher = DefaultHasher::new();
        new.hash(&mut hasher);
        let known = *self.known.entry(hasher.finish()).or_insert(first as u32);
        if known as usize != first && before.get(known as usize..known as usize + new.len()) == Some(new) {
            self.times.truncate(first);
            return known;
        }
        first as u32
    }

    /// The profile of so many stops that lies there.
    pub(super) fn get(&self, profile: u32, stops: usize) -> &[StopTime] {
        self.times.get(profile as usize..profile as usize + stops).unwrap_or_default()
    }
}

/// From when on the times at each stop of a pattern count, in [`BASE_S`]; empty stands for zeros, which do
/// for all trips of less than 18 hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bases(Vec<u16>);

impl Bases {
    /// Bases for a pattern whose first trip has this profile.
    pub(super) fn for_profile(profile: &[StopTime]) -> Bases {
        let at = |slack_s: u32| {
            let base = |time: &StopTime| (time.arrival_s.saturating_sub(slack_s) / BASE_S) as u16;
            Bases(profile.iter().map(base).collect())
        };
        [Bases::default(), at(SLACK_S)].into_iter().find(|bases| bases.fit(profile)).unwrap_or_else(|| at(0))
    }

    /// Whether a profile can be written with these bases.
    pub(super) fn fit(&self, profile: &[StopTime]) -> bool {
        (0..).zip(profile).all(|(position, time)| {
            let base_s = self.base_s(position);
            base_s <= time.arrival_s && time.departure_s - base_s <= u32::from(u16::MAX)
        })
    }

    /// A pattern's stops with these bases.
    pub(super) fn stops(&self, stops: &[PatternStop]) -> impl Iterator<Item = PatternStop> {
        let base = |position| self.0.get(position).copied().unwrap_or(0);
        (0..).zip(stops).map(move |(position, stop)| PatternStop { base: base(position), ..*stop })
    }

    fn base_s(&self, position: usize) -> u32 {
        self.0.get(position).map_or(0, |base| u32::from(*base) * BASE_S)
    }
}

/// A pack's profiles, each once.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Where a profile, by its place, its length and the bases that it was written with, begins.
    known: HashMap<(u32, usize, Bases), u32>,
}

impl Written {
    /// Writes a profile to the end of `out`, unless it is there, and says where.
    pub(super) fn write(
        &mut self,
        out: &mut Vec<ProfileTime>,
        profile: (u32, &[StopTime]),
        bases: &Bases,
    ) -> u32 {
        let (place, times) = profile;
        *self.known.entry((place, times.len(), bases.clone())).or_insert_with(|| {
            let first = out.len() as u32;
            out.extend((0..).zip(times).map(|(position, time)| {
                let base_s = bases.base_s(position);
                ProfileTime {
                    arrival: (time.arrival_s - base_s) as u16,
                    departure: (time.departure_s - base_s) as u16,
                }
            }));
            first
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::city::build::sketch::Sketch;
    use crate::city::times::StopTime;
    use crate::city::timetable::Timetable;

    fn all(timetable: &Timetable<'_>) -> Vec<(String, Vec<u32>)> {
        let mut all = Vec::new();
        for pattern in timetable.patterns {
            for nth in 0..pattern.trip_count {
                let id = timetable.trips[(pattern.first_trip.0 + nth) as usize].id;
                let times = timetable.times_of(pattern, nth);
                let times = times.iter().flat_map(|time| [time.arrival_s, time.departure_s]);
                all.push((timetable.text(id).to_owned(), times.collect()));
            }
        }
        all.sort();
        all
    }

    #[test]
    fn trips_that_drive_alike_share_one_profile_across_patterns_and_lines() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("a", |t| t.stop("x", "10:00").halt("y", "10:10", "10:11"))
            .trip("b", |t| t.stop("x", "11:00").halt("y", "11:10", "11:11"))
            .trip("c", |t| t.line("2").stop("y", "26:00").halt("z", "26:10", "26:11"))
            .trip("d", |t| t.stop("x", "12:00").halt("y", "12:10", "12:12"))
            .finish();
        assert_eq!((city.times.len(), city.starts.len(), city.patterns.len()), (4, 4, 2));
        let timetable = city.timetable();
        assert_eq!(timetable.stop_time_count(), 8);
        let times = |at: &str, minutes: u32| {
            let hours: u32 = at.parse().expect("hours");
            let s = hours * 3_600;
            vec![s, s, s + 600, s + 600 + minutes * 60]
        };
        let expected = [("a", "10", 1), ("b", "11", 1), ("c", "26", 1), ("d", "12", 2)];
        assert_eq!(all(&timetable), expected.map(|(id, at, m)| (id.to_owned(), times(at, m))));
    }

    #[test]
    fn a_train_of_four_days_keeps_its_seconds() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("slow", |t| t.stop("x", "1:00:07").halt("y", "30:00:01", "40:59:59").stop("z", "97:00:13"))
            .trip("fast", |t| t.stop("x", "2:00:00").halt("y", "30:00:02", "41:00:00").stop("z", "98:00:00"))
            .trip("short", |t| t.stop("x", "3:00").halt("y", "4:00", "4:01").stop("z", "5:00"))
            .trip("waits", |t| t.stop("x", "4:00").halt("y", "31:00", "49:00").stop("z", "99:00"))
            .finish();
        let timetable = city.timetable();
        assert_eq!(timetable.patterns.len(), 3, "slow and fast share one");
        let s = |h: u32, m: u32, s: u32| h * 3_600 + m * 60 + s;
        let (slow, fast) = (s(1, 0, 7), s(2, 0, 0));
        let expected = [
            ("fast", vec![fast, fast, s(30, 0, 2), s(41, 0, 0), s(98, 0, 0), s(98, 0, 0)]),
            (
                "short",
                [3, 3, 4]
                    .map(|h| s(h, 0, 0))
                    .into_iter()
                    .chain([s(4, 1, 0), s(5, 0, 0), s(5, 0, 0)])
                    .collect(),
            ),
            ("slow", vec![slow, slow, s(30, 0, 1), s(40, 59, 59), s(97, 0, 13), s(97, 0, 13)]),
            ("waits", [4, 4, 31, 49, 99, 99].map(|h| s(h, 0, 0)).to_vec()),
        ];
        assert_eq!(all(&timetable), expected.map(|(id, times)| (id.to_owned(), times)));
        let times = timetable.pattern_times(&timetable.patterns[0]).expect("it is whole");
        assert_eq!(times.time(0, 2), times.of(0).last().expect("three stops"));
        assert_eq!((times.time(9, 0), times.time(0, 9)), (StopTime::default(), StopTime::default()));
    }
}
