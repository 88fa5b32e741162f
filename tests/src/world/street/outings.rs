//! Which buses go out by the timetable, for whoever moves them in another way than this street does.

use super::{Fleet, Track, line_name};
use jol_core::city::timetable::{PatternIdx, TripIdx};
use jol_core::plan::day_at;
use std::cmp::Reverse;

/// A trip on a day and the bus that drives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::world) struct Outing {
    /// Which of the fleet's buses.
    pub(in crate::world) vehicle: usize,
    /// The trip.
    pub(in crate::world) trip: TripIdx,
    /// Its pattern.
    pub(in crate::world) pattern: PatternIdx,
    /// Arrival and departure at each stop by the timetable, ms since 1970.
    pub(in crate::world) times: Vec<(i64, i64)>,
}

impl Outing {
    /// When it leaves its first stop by the timetable.
    pub(in crate::world) fn leaves_ms(&self) -> i64 {
        self.times.first().map_or(0, |(_, departure)| *departure)
    }

    /// When it arrives at its last stop by the timetable.
    pub(in crate::world) fn arrives_ms(&self) -> i64 {
        self.times.last().map_or(0, |(arrival, _)| *arrival)
    }
}

impl Fleet {
    /// The trips that are on the road at any moment between two, by bus and start.
    pub(in crate::world) fn outings(&self, from_ms: i64, until_ms: i64) -> Vec<Outing> {
        let mut outings = Vec::new();
        let Some(today) = day_at(&self.zones.of_city(), from_ms.div_euclid(1_000)) else { return outings };
        for day in today - self.turns as i32 - 1..=today + 1 {
            for duty in self.roster(day).map_or(&[][..], |roster| &roster.duties) {
                let Some(start_ms) = self.day_start_ms(duty.trip, day) else { continue };
                let ms = |second: u32| start_ms + i64::from(second) * 1_000;
                if ms(duty.end_s) < from_ms || ms(duty.start_s) > until_ms {
                    continue;
                }
                let slot = duty.rank * self.turns + self.turn(day);
                let vehicle = self.depot.in_slot(duty.pool, slot);
                let pattern = self.arrays.trips.get(duty.trip.at()).map(|trip| trip.pattern);
                let times = self.pattern(duty.trip).map(|(_, times)| times);
                if let (Some(vehicle), Some(pattern), Some(times)) = (vehicle, pattern, times) {
                    let times = times.iter().map(|time| (ms(time.arrival_s), ms(time.departure_s))).collect();
                    outings.push(Outing { vehicle, trip: duty.trip, pattern, times });
                }
            }
        }
        outings.sort_by_key(|outing| (outing.vehicle, outing.leaves_ms()));
        outings
    }

    /// How many trips are on the road every quarter of an hour of the day on which most run.
    pub(in crate::world) fn busiest_day(&self) -> Vec<(i64, usize)> {
        let days = (self.arrays.first_day..).take(self.arrays.day_count as usize);
        let trips = |day: &i32| self.roster(*day).map_or(0, |roster| roster.duties.len());
        // The first of equals.
        let Some(day) = days.max_by_key(|day| (trips(day), Reverse(*day))) else { return Vec::new() };
        let duties = self.roster(day).map_or(&[][..], |roster| &roster.duties);
        let Some(start_ms) = duties.first().and_then(|duty| self.day_start_ms(duty.trip, day)) else {
            return Vec::new();
        };
        let out =
            |second: &u32| duties.iter().filter(|duty| (duty.start_s..=duty.end_s).contains(second)).count();
        (0..96).map(|quarter| quarter * 900).map(|s| (start_ms + i64::from(s) * 1_000, out(&s))).collect()
    }

    /// The way of every pattern.
    pub(in crate::world) fn ways(&self) -> Vec<Track> {
        self.arrays.patterns.iter().map(|pattern| Track::of(&self.timetable(), pattern)).collect()
    }

    /// The id and the number of the line of a pattern.
    pub(in crate::world) fn line_of(&self, pattern: PatternIdx) -> (String, String) {
        let timetable = self.timetable();
        let line = timetable.pattern(pattern).and_then(|pattern| timetable.line(pattern.line));
        line.map(|line| (timetable.text(line.id).to_owned(), line_name(&timetable, line))).unwrap_or_default()
    }

    /// A trip's id.
    pub(in crate::world) fn trip_id(&self, trip: TripIdx) -> String {
        let timetable = self.timetable();
        timetable.trip(trip).map(|trip| timetable.text(trip.id).to_owned()).unwrap_or_default()
    }
}
