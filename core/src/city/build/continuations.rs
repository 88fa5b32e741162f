//! Where a vehicle goes on as another trip: by its block, and as transfers.txt links trips (types 4 and 5).
//!
//! The next trip of a block on a day is the first one that leaves after the trip before ends. One may stay
//! seated if it leaves from there, and within [`LONGEST_WAIT_S`]: later the driver has locked the bus. Two
//! trips that the feed links go on wherever and whenever it says, and against the block.

use crate::city::continuations::Continuation;
use crate::city::timetable::{Arrays, ServiceIdx, StopIdx, TextIdx, Timetable, TripIdx};
use std::collections::{HashMap, HashSet};

/// The longest that passengers wait in a vehicle for its next trip, in seconds.
const LONGEST_WAIT_S: u32 = 3_600;
/// So many later trips of a block are looked at for the next one of a trip: a day's block has fewer.
const MOST_LATER: usize = 500;
/// Stations in stations, at most.
const DEEPEST: usize = 4;

/// That the feed links two trips, named by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    pub(super) from: TextIdx,
    pub(super) to: TextIdx,
    /// Whether one stays seated from the first to the second, or must get off.
    pub(super) stays: bool,
}

/// Days as the words of `service_days`.
type Days = Box<[u64]>;

/// A trip of a block.
#[derive(Clone, Copy)]
struct Duty {
    trip: TripIdx,
    leaves_s: u32,
    arrives_s: u32,
    /// The stations, or stops, where it begins and ends.
    ends: (StopIdx, StopIdx),
}

/// Adds the continuations to arrays that are laid out otherwise. `block_of` is one a trip.
pub(super) fn lay_out(arrays: &mut Arrays, links: &[Link], block_of: &[Option<u32>]) {
    let found = found(&arrays.timetable(), links, block_of);
    let words = arrays.words_a_service as usize;
    let mut known: HashMap<Days, ServiceIdx> = HashMap::new();
    for (from, to, days_later, days) in found {
        let of_trip = arrays.trips[from.at()].service;
        let is_same = *days == *days_of(&arrays.timetable(), of_trip);
        let service = if is_same {
            of_trip
        } else {
            *known.entry(days).or_insert_with_key(|days| {
                arrays.service_days.extend_from_slice(days);
                ServiceIdx((arrays.service_days.len() / words) as u32 - 1)
            })
        };
        arrays.continuations.push(Continuation { from, to, service, days_later });
    }
}

fn found(
    timetable: &Timetable<'_>,
    links: &[Link],
    block_of: &[Option<u32>],
) -> Vec<(TripIdx, TripIdx, u32, Days)> {
    let mut found = Vec::new();
    if timetable.words_a_service == 0 {
        return found;
    }
    let linked = by_id(timetable, links);
    let pairs = |stays| {
        let links = links.iter().filter(move |link| link.stays == stays);
        links.filter_map(|link| Some((*linked.get(&link.from)?, *linked.get(&link.to)?)))
    };
    let parted: HashSet<(TripIdx, TripIdx)> = pairs(false).collect();
    // The days on which the feed says itself how a trip goes on.
    let mut told: HashMap<TripIdx, Days> = HashMap::new();
    for (from, to) in pairs(true).filter(|pair| pair.0 != pair.1 && !parted.contains(pair)) {
        let Some(days_later) = timetable.days_later(from, to) else { continue };
        let days = shared(timetable, from, to, days_later);
        if days.iter().all(|word| *word == 0) {
            continue;
        }
        let told = told.entry(from).or_insert_with(|| vec![0; days.len()].into());
        told.iter_mut().zip(&days).for_each(|(told, days)| *told |= days);
        found.push((from, to, days_later, days));
    }
    for duties in blocks(timetable, block_of) {
        for (nth, duty) in duties.iter().enumerate() {
            let mut open = days_of(timetable, timetable.trips[duty.trip.at()].service).to_vec();
            let later = duties[nth + 1..].iter().take(MOST_LATER);
            let later =
                later.take_while(|next| next.leaves_s <= duty.arrives_s.saturating_add(LONGEST_WAIT_S));
            for next in later.filter(|next| next.leaves_s >= duty.arrives_s) {
                let mut days = shared(timetable, duty.trip, next.trip, 0);
                days.iter_mut().zip(&open).for_each(|(days, open)| *days &= open);
                open.iter_mut().zip(&days).for_each(|(open, days)| *open &= !days);
                if let Some(told) = told.get(&duty.trip) {
                    days.iter_mut().zip(told).for_each(|(days, told)| *days &= !told);
                }
                let goes_on = duty.ends.1 == next.ends.0 && !parted.contains(&(duty.trip, next.trip));
                let one_zone = timetable.days_later(duty.trip, next.trip) == Some(0);
                if goes_on && one_zone && days.iter().any(|word| *word != 0) {
                    found.push((duty.trip, next.trip, 0, days));
                }
                if open.iter().all(|word| *word == 0) {
                    break;
                }
            }
        }
    }
    found.sort_by_key(|found| (found.0, found.1, found.2));
    found.dedup_by_key(|continuation| (continuation.0, continuation.1, continuation.2));
    found
}

/// The trips that links name, where only one has that id: what frequencies.txt writes out is not told apart.
fn by_id(timetable: &Timetable<'_>, links: &[Link]) -> HashMap<TextIdx, TripIdx> {
    let named: HashSet<TextIdx> = links.iter().flat_map(|link| [link.from, link.to]).collect();
    let mut found: HashMap<TextIdx, Option<TripIdx>> = HashMap::new();
    if !named.is_empty() {
        for (nth, trip) in (0..).zip(timetable.trips).filter(|(_, trip)| named.contains(&trip.id)) {
            found.entry(trip.id).and_modify(|one| *one = None).or_insert(Some(TripIdx(nth)));
        }
    }
    found.into_iter().filter_map(|(id, trip)| Some((id, trip?))).collect()
}

/// The trips of each block, earliest first.
fn blocks(timetable: &Timetable<'_>, block_of: &[Option<u32>]) -> impl Iterator<Item = Vec<Duty>> + use<> {
    let mut blocks: HashMap<u32, Vec<Duty>> = HashMap::new();
    for pattern in timetable.patterns {
        let stops = timetable.stops_of(pattern);
        let (Some(first), Some(last)) = (stops.first(), stops.last()) else { continue };
        let ends = (place(timetable, first.stop), place(timetable, last.stop));
        for nth in 0..pattern.trip_count {
            let trip = TripIdx(pattern.first_trip.0 + nth);
            let headway_s = timetable.trips[trip.at()].headway_s;
            let times = timetable.times_of(pattern, nth);
            let (Some(first), Some(last)) = (times.first(), times.last()) else { continue };
            // Where only a headway is known, nobody knows which vehicle comes.
            if let Some(block) = block_of[trip.at()].filter(|_| headway_s == 0) {
                let (leaves_s, arrives_s) = (first.departure_s, last.arrival_s);
                blocks.entry(block).or_default().push(Duty { trip, leaves_s, arrives_s, ends });
            }
        }
    }
    blocks.into_values().map(|mut duties| {
        duties.sort_by_key(|duty| (duty.leaves_s, duty.arrives_s, duty.trip));
        duties
    })
}

/// A stop's station, or itself.
fn place(timetable: &Timetable<'_>, stop: StopIdx) -> StopIdx {
    let parent = |stop: &StopIdx| timetable.stop(*stop).and_then(|record| record.parent.some());
    std::iter::successors(Some(stop), parent).take(DEEPEST).last().unwrap_or(stop)
}

/// The days of one trip on which, or on whose morrow, the other runs.
fn shared(timetable: &Timetable<'_>, from: TripIdx, to: TripIdx, days_later: u32) -> Days {
    let days = |trip: TripIdx| days_of(timetable, timetable.trips[trip.at()].service);
    let (of_from, of_to) = (days(from), days(to));
    let word = |nth: usize| {
        let (here, next) = (of_to[nth], of_to.get(nth + 1).copied().unwrap_or(0));
        of_from[nth] & if days_later == 0 { here } else { here >> 1 | next << 63 }
    };
    (0..of_from.len()).map(word).collect()
}

fn days_of<'a>(timetable: &Timetable<'a>, service: ServiceIdx) -> &'a [u64] {
    let words = timetable.words_a_service as usize;
    timetable.service_days.get(service.at() * words..(service.at() + 1) * words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::{Sketch, day_number};

    /// Each continuation as `from>to`, with how many days later and on how many days of 2024 it holds.
    fn told(arrays: &Arrays) -> Vec<(String, u32, usize)> {
        let timetable = arrays.timetable();
        let id = |trip: TripIdx| timetable.text(timetable.trips[trip.at()].id);
        let days = |service| {
            let all = day_number("2023-12-31")..=day_number("2025-01-01");
            all.filter(|day| timetable.runs(service, *day)).count()
        };
        let tell = |c: &Continuation| (format!("{}>{}", id(c.from), id(c.to)), c.days_later, days(c.service));
        arrays.continuations.iter().map(tell).collect()
    }

    fn almaty() -> Sketch {
        Sketch::in_zone("Asia/Almaty")
    }

    #[test]
    fn the_next_trip_of_the_day_is_that_which_runs() {
        let friday = ["2024-05-10"];
        let city = almaty()
            .trip("A", |t| {
                t.block("b").days(&["2024-05-09", "2024-05-10"]).stop("x", "10:00").stop("y", "10:10")
            })
            .trip("B", |t| t.block("b").days(&friday).stop("y", "10:15").stop("z", "10:25"))
            .trip("C", |t| t.block("b").stop("y", "10:20").stop("x", "10:30"))
            .trip("D", |t| t.block("c").stop("y", "10:12").stop("z", "10:30"))
            .finish();
        assert_eq!(told(&city), [("A>B".into(), 0, 1), ("A>C".into(), 0, 1)]);
        assert!(are_sound(&city));
    }

    fn are_sound(city: &Arrays) -> bool {
        crate::city::continuations::are_sound(&city.timetable())
    }

    #[test]
    fn a_vehicle_that_drives_on_empty_or_stands_long_takes_nobody_along() {
        let begins = |stop: &str, time: &str| {
            let city = almaty()
                .trip("A", |t| t.block("b").stop("x", "10:00").stop("y", "10:10"))
                .trip("B", |t| t.block("b").stop(stop, time).stop("z", "12:00"))
                .station("station", &["y", "bay"])
                .finish();
            told(&city).len()
        };
        assert_eq!((begins("y", "10:10"), begins("bay", "11:10"), begins("w", "10:20")), (1, 1, 0));
        assert_eq!((begins("y", "10:09"), begins("y", "11:11")), (0, 0), "too early, too late");
        // It is away for a while and comes back: the second trip is not where the first goes on.
        let city = almaty()
            .trip("A", |t| t.block("b").stop("x", "10:00").stop("y", "10:10"))
            .trip("away", |t| t.block("b").stop("w", "10:12").stop("v", "10:15"))
            .trip("C", |t| t.block("b").stop("y", "10:20").stop("z", "10:30"))
            .finish();
        assert_eq!(told(&city), []);
    }

    #[test]
    fn a_link_of_the_feed_counts_more_than_the_block() {
        let city = |links: &[(&str, &str, bool)]| {
            let sketch = almaty()
                .trip("A", |t| t.block("b").stop("x", "10:00").stop("y", "10:10"))
                .trip("B", |t| t.block("b").stop("y", "10:15").stop("z", "10:25"))
                .trip("night", |t| {
                    t.days(&["2024-05-10", "2024-12-31"]).stop("z", "23:30").stop("x", "24:05")
                })
                .trip("early", |t| t.stop("w", "00:10").stop("y", "00:20"));
            told(&links.iter().fold(sketch, |s, (from, to, stays)| s.in_seat(from, to, *stays)).finish())
        };
        assert_eq!(city(&[]), [("A>B".into(), 0, 366)]);
        assert_eq!(city(&[("A", "B", false)]), []);
        assert_eq!(city(&[("A", "night", true)]), [("A>B".into(), 0, 364), ("A>night".into(), 0, 2)]);
        let later = city(&[("night", "early", true)]);
        assert_eq!(later[1], ("night>early".into(), 1, 1), "on the last day of the year nothing follows");
        assert_eq!(city(&[("B", "A", true)]).len(), 2, "on the day after");
    }
}
