//! Whether all buses that should be around report: the timetable knows, and the feed says.
//!
//! A silent bus is the hardest to tell: whoever is on it goes for minutes beside others that do report. Where a run
//! that is due here by the pack's timetable has no bus in the feed, its bus may be the passenger's, and more is asked
//! for before another one is proposed. Where all that are due report, nothing changes.

use crate::city::timetable::Timetable;
use crate::geo::Point;
use crate::plan::{Departure, Zones, departures, starts_s, trips_running};
use crate::realtime::Run;
use crate::realtime::run::yyyymmdd;
use std::collections::HashSet;

/// Stops within so many metres of where one may have boarded are looked at, and so many of them.
const NEAR_M: f64 = 150.0;
const MOST_STOPS: usize = 6;
/// A bus is due from so long before now, for it may be late, until so long after.
const LATE_MS: i64 = 360_000;
const EARLY_MS: i64 = 120_000;
/// So many departures of a stop are looked at.
const MOST: usize = 60;

/// The runs that are due around a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// So many have no bus in the feed.
    pub silent: u32,
    /// So many have one.
    pub told: u32,
}

impl Due {
    /// The runs that the timetable has around a place now; `is_told` says whether a bus reports that it is on one.
    /// Trips of which it only says how often they come do not count, nor does a run that began a moment ago.
    pub fn around(
        timetable: &Timetable<'_>,
        zones: &Zones,
        place: Point,
        now_ms: i64,
        is_told: impl Fn(&Run) -> bool,
    ) -> Due {
        let (from_ms, until_ms) = (now_ms.saturating_sub(LATE_MS), now_ms.saturating_add(EARLY_MS));
        // A bus that is late may still be on the run before, and one that is early on the run after.
        let long: HashSet<_> = trips_running(timetable, zones, from_ms).into_iter().collect();
        let running = trips_running(timetable, zones, now_ms).into_iter().filter(|run| long.contains(run));
        let running: Vec<(&str, i32, Option<u32>)> = running
            .filter_map(|(trip, day)| {
                Some((timetable.text(timetable.trip(trip)?.id), day, starts_s(timetable, trip)))
            })
            .collect();
        let is_under_way = |one: &Departure| {
            running.iter().any(|(trip, day, start_s)| {
                (*trip, *day) == (one.trip_id.as_str(), one.service_day)
                    && (one.start_s.is_none() || one.start_s == *start_s)
            })
        };
        let mut seen: Vec<(String, i32, Option<u32>)> = Vec::new();
        let mut due = Due::default();
        for (stop, _) in timetable.stops_near(place, NEAR_M, MOST_STOPS) {
            for one in departures(timetable, zones, stop, from_ms, until_ms, MOST) {
                // Nobody boards where it ends.
                let counts = !one.terminus && one.headway_s == 0 && is_under_way(&one);
                let id = (one.trip_id, one.service_day, one.start_s);
                if !counts || seen.contains(&id) {
                    continue;
                }
                let run = Run { trip: id.0.clone(), service_date: yyyymmdd(id.1), start_s: id.2 };
                if is_told(&run) {
                    due.told += 1
                } else {
                    due.silent += 1
                }
                seen.push(id);
            }
        }
        due
    }

    /// Whether the passenger's bus may be one that does not report. Where no run that is due is told of, the feed may
    /// name its trips otherwise than the timetable: that says nothing.
    pub(super) fn may_be_silent(self) -> bool {
        self.silent > 0 && self.told > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::{Sketch, SketchTrip};
    use std::collections::BTreeSet;

    fn at(time: &str) -> i64 {
        let moment = format!("2024-05-10T{time}[Asia/Almaty]");
        moment.parse::<jiff::Zoned>().expect("a moment").timestamp().as_millisecond()
    }

    #[test]
    fn a_run_is_due_where_it_stops_around_its_time_and_told_of_if_a_bus_is_on_it() {
        let come = |trip: SketchTrip| trip.stop("1", "09:10").stop("2", "09:20").stop("3", "09:30");
        let (here, there) = ((47.1, 51.9), (47.2, 51.9));
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("a", |trip| come(trip).stop("here", "10:00").stop("there", "10:20"))
            .trip("b", |trip| come(trip).stop("beside", "10:04").stop("there", "10:20"))
            .trip("begins", |trip| trip.stop("here", "10:02").stop("there", "10:20"))
            .trip("ends", |trip| come(trip).stop("there", "09:40").stop("here", "10:01"))
            .trip("gone", |trip| come(trip).stop("here", "09:50").stop("there", "10:10"))
            .trip("later", |trip| come(trip).stop("here", "10:10").stop("there", "10:30"))
            .trip("often", |trip| come(trip.headway_s(600)).stop("here", "10:00").stop("there", "10:20"))
            .place("here", here.0, here.1)
            .place("beside", here.0 + 0.001, here.1)
            .place("there", there.0, there.1)
            .finish();
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("known zones");
        let around = |(lat, lon): (f64, f64), time: &str, told: &[&str]| {
            let told: BTreeSet<&str> = told.iter().copied().collect();
            let place = Point { lat, lon };
            Due::around(&timetable, &zones, place, at(time), |run| told.contains(run.trip.as_str()))
        };
        assert_eq!(around(here, "10:03:00", &[]), Due { silent: 2, told: 0 });
        assert_eq!(around(here, "10:03:00", &["a", "gone"]), Due { silent: 1, told: 1 });
        assert_eq!(around(here, "10:03:00", &["a", "b"]), Due { silent: 0, told: 2 });
        assert_eq!(around(here, "09:57:00", &[]), Due { silent: 0, told: 0 }, "not yet, and not any more");
        assert_eq!(around(there, "10:03:00", &[]), Due::default(), "all end there, or are gone");
        let says = |silent, told| Due { silent, told }.may_be_silent();
        assert!(says(1, 9) && !says(0, 9) && !says(9, 0), "or its trips have other names");
    }
}
