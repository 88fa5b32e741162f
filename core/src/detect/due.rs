//! Whether all buses that should be around report: the timetable knows, and the feed says.
//!
//! A silent bus is the hardest to tell: whoever is on it goes for minutes beside others that do report. Where a run
//! that is due here by the pack's timetable has no bus in the feed, its bus may be the passenger's, and more is asked
//! for before another one is proposed. Where all that are due report, nothing changes.

use crate::city::City;
use crate::geo::Point;
use crate::plan::{Zones, departures};
use crate::realtime::Run;
use crate::realtime::run::yyyymmdd;

/// Stops within so many metres of where one may have boarded are looked at, and so many of them.
const NEAR_M: f64 = 150.0;
const MOST_STOPS: usize = 6;
/// A bus is due from so long before now, for it may be late, until so long after.
const LATE_MS: i64 = 360_000;
const EARLY_MS: i64 = 120_000;
/// So many departures of a stop are looked at.
const MOST: usize = 60;
/// How common a silent bus is where nothing is known of it.
const SILENT: f32 = 0.03;

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
    /// Trips of which it only says how often they come do not count.
    pub fn around(
        city: &City,
        zones: &Zones,
        place: Point,
        now_ms: i64,
        is_told: impl Fn(&Run) -> bool,
    ) -> Due {
        let timetable = city.timetable();
        let (from_ms, until_ms) = (now_ms.saturating_sub(LATE_MS), now_ms.saturating_add(EARLY_MS));
        let mut seen: Vec<(String, i32)> = Vec::new();
        let mut due = Due::default();
        for (stop, _) in city.stops_near(place, NEAR_M, MOST_STOPS) {
            for one in departures(&timetable, zones, stop, from_ms, until_ms, MOST) {
                let id = (one.trip_id, one.service_day);
                // Nobody boards where it ends.
                if one.terminus || one.headway_s > 0 || seen.contains(&id) {
                    continue;
                }
                let run = Run { trip: id.0.clone(), service_date: yyyymmdd(id.1), start_s: one.start_s };
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

    /// So much more is asked for, as log-odds. Where no run that is due is told of, the feed may name its trips
    /// otherwise than the timetable: that says nothing.
    pub(super) fn caution(self) -> f32 {
        if self.told == 0 {
            return 0.0;
        }
        let share = self.silent as f32 / (self.silent + self.told) as f32;
        (share / SILENT).ln().max(0.0)
    }
}
