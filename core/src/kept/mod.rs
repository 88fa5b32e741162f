//! What the passenger keeps: places, lines, whole trips, journeys, and what they looked for last.
//!
//! Pure but for [`rows`]. All of it stays on the phone, sealed: it says where somebody lives and goes.
//! It plans nothing and fetches nothing; a journey that was saved is kept as it was planned until a newer
//! one of the same way takes its place, so that it reads the same without a network, a city's file or a
//! timetable of its day.
//!
//! What was looked for is bounded ([`MOST_RECENT`]), newest first, and forgotten by one call.

pub(crate) mod rows;

use crate::plan::{Endpoint, Journey, Leg, Plan, PlanQuery};
use serde::{Deserialize, Serialize};

/// So many places and so many trips that were looked for are remembered, the newest ones.
pub const MOST_RECENT: usize = 20;

/// The longest name that a passenger gives to something, in characters.
pub(crate) const LONGEST_NAME: usize = 60;

/// What a place is to the passenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRole {
    /// Where they live; there is one.
    Home,
    /// Where they work or learn; there is one.
    Work,
    /// Any other, under a name of its own.
    Named,
}

/// A place that the passenger keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptPlace {
    /// What it is forgotten by.
    pub id: String,
    /// What it is to the passenger.
    pub role: PlaceRole,
    /// What they call it; for a home or a work without a name, its address or stop.
    pub name: String,
    /// Where it is, as a journey's end.
    pub at: Endpoint,
}

/// A line that the passenger keeps: its notices are theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// What it is forgotten by.
    pub id: String,
    /// The line's id in the timetable.
    pub line_id: String,
    /// Its number when it was kept.
    pub line: String,
}

/// A whole trip that the passenger keeps: from where, to where, and how they like it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptTrip {
    /// What it is forgotten by.
    pub id: String,
    /// What the passenger calls it.
    pub name: String,
    /// The question; its moment is that of the day on which it was kept, and is asked anew with another.
    pub query: PlanQuery,
}

/// A place that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentPlace {
    /// Its name as it was found.
    pub name: String,
    /// Where it is, as a journey's end.
    pub at: Endpoint,
    /// When it was looked for last, ms since 1970.
    pub at_ms: i64,
}

/// A trip that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentTrip {
    /// The question, as it was asked last.
    pub query: PlanQuery,
    /// Its beginning, in words.
    pub from_name: String,
    /// Its end, in words.
    pub to_name: String,
    /// When it was asked last, ms since 1970.
    pub at_ms: i64,
}

/// A journey that was saved, as it was planned last.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedJourney {
    /// What it is refreshed and forgotten by.
    pub id: String,
    /// In which city.
    pub city: String,
    /// The question that it answers.
    pub query: PlanQuery,
    /// The journey.
    pub journey: Journey,
    /// When it was planned, ms since 1970.
    pub planned_ms: i64,
    /// When it was tried in vain to plan it anew; none if what is kept is the newest there is.
    pub refresh_failed_ms: Option<i64>,
    /// Whether the timetable on this phone still knows its day.
    pub standing: SavedStanding,
}

/// What the timetable on this phone says of a saved journey's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedStanding {
    /// It covers it.
    InTimetable,
    /// It does not. Days since 1970-01-01.
    OutsideTimetable {
        /// The first day that it covers.
        first_day: i32,
        /// The last one.
        last_day: i32,
    },
    /// There is no timetable of that city here.
    NoTimetable,
}

impl SavedStanding {
    /// What a timetable of these days (first and last, since 1970-01-01) says of a journey. One on foot
    /// needs no timetable.
    pub fn of(journey: &Journey, days: Option<(i32, i32)>) -> SavedStanding {
        let Some((first_day, last_day)) = days else { return SavedStanding::NoTimetable };
        match service_days(journey).all(|day| (first_day..=last_day).contains(&day)) {
            true => SavedStanding::InTimetable,
            false => SavedStanding::OutsideTimetable { first_day, last_day },
        }
    }
}

/// The service days of a journey's rides.
fn service_days(journey: &Journey) -> impl Iterator<Item = i32> {
    journey.legs.iter().filter_map(|leg| Some(leg.ride()?.service_day))
}

/// The journey of a new plan that goes the same way: the same lines between the same stops. Of several,
/// the one that leaves nearest to the one that was kept.
pub fn same_way<'a>(kept: &Journey, plan: &'a Plan) -> Option<&'a Journey> {
    let way = way_of(kept);
    let same = plan.journeys.iter().filter(|journey| way_of(journey) == way);
    same.min_by_key(|journey| journey.departure_ms.abs_diff(kept.departure_ms))
}

/// Line, boarding stop and last stop of each ride.
fn way_of(journey: &Journey) -> Vec<(&str, &str, &str)> {
    fn ride(leg: &Leg) -> Option<(&str, &str, &str)> {
        let ride = leg.ride()?;
        Some((ride.line_id.as_str(), ride.from_stop.id.as_str(), ride.to_stop.id.as_str()))
    }
    journey.legs.iter().filter_map(ride).collect()
}

/// A name as it is kept: trimmed, and not longer than [`LONGEST_NAME`].
pub(crate) fn short_name(name: &str) -> String {
    name.trim().chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RideLeg;

    fn ride(line: &str, from: &str, to: &str, day: i32, departure_ms: i64) -> Leg {
        let times_ms = (departure_ms, departure_ms + 60_000);
        let trip_id = format!("{line}-{departure_ms}");
        let ride = RideLeg::by_timetable(line, (from, to), times_ms);
        Leg::Ride(RideLeg { service_day: day, trip_id, ..ride })
    }

    fn journey(legs: Vec<Leg>) -> Journey {
        let departure_ms = legs.first().map_or(0, Leg::departure_ms);
        Journey { departure_ms, arrival_ms: departure_ms + 60_000, rides: 1, walk_metres: 0, legs }
    }

    #[test]
    fn a_journey_is_in_the_timetable_if_each_of_its_rides_is() {
        let over_midnight = journey(vec![ride("1", "a", "b", 10, 0), ride("2", "b", "c", 11, 0)]);
        let of = |days| SavedStanding::of(&over_midnight, days);
        assert_eq!(of(Some((10, 11))), SavedStanding::InTimetable);
        let outside = SavedStanding::OutsideTimetable { first_day: 1, last_day: 10 };
        assert_eq!(of(Some((1, 10))), outside, "its second ride is of the day after");
        assert_eq!(of(None), SavedStanding::NoTimetable);
        assert_eq!(SavedStanding::of(&journey(vec![]), Some((1, 2))), SavedStanding::InTimetable);
    }

    #[test]
    fn a_newer_journey_of_another_way_does_not_take_its_place() {
        let kept = journey(vec![ride("1", "a", "b", 10, 1_000)]);
        let other_line = journey(vec![ride("2", "a", "b", 10, 1_000)]);
        let other_stop = journey(vec![ride("1", "a", "c", 10, 1_000)]);
        let far = journey(vec![ride("1", "a", "b", 10, 900_000)]);
        let near = journey(vec![ride("1", "a", "b", 10, 61_000)]);
        let plan = |journeys| Plan { journeys, ..Plan::default() };
        assert_eq!(same_way(&kept, &plan(vec![other_line.clone(), other_stop.clone()])), None);
        let found = plan(vec![other_line, far, other_stop, near.clone()]);
        assert_eq!(same_way(&kept, &found), Some(&near));
    }

    #[test]
    fn a_name_is_short() {
        assert_eq!(short_name("  Апай  "), "Апай");
        assert_eq!(short_name(&"ә".repeat(100)).chars().count(), LONGEST_NAME);
    }
}
