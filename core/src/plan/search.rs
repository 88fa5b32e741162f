//! From a question to an answer: which walks, which range of departures, which of the journeys found.

use super::days::{ServiceDays, Time, Zones, day_at};
use super::journey::{Criteria, Leg, Plan, PlanError, PlanNote, PlanQuery, When};
use super::legs::Legs;
use super::raptor::{Asked, Avoided, Found, Raptor, Scratch};
use crate::city::streets::Streets;
use crate::city::timetable::Timetable;
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};

const HOUR_S: Time = 3_600;

/// How long a range of departures is searched at a time.
const RANGE_S: Time = HOUR_S * 3 / 2;

/// How long a journey may take, waiting for the first vehicle included.
const LONGEST_S: Time = 48 * HOUR_S;

/// How far ahead journeys are looked for while there are too few.
const AHEAD_S: Time = 24 * HOUR_S;

/// How many days later a first journey is looked for when nothing runs.
const DAYS_LATER: i64 = 7;

/// By this hour the night is over: what leaves later is tomorrow's.
const NIGHT_ENDS: i8 = 3;

/// A journey that was found, before it is told.
enum Candidate {
    OnFoot,
    Riding(Found),
}

/// The journeys from one place to another, best ones only, earliest departure first.
///
/// May take longer than 5 ms: call it off the main thread. No pack, however wrong, makes it panic.
pub fn plan(
    timetable: &Timetable<'_>,
    streets: &Streets<'_>,
    zones: &Zones,
    query: &PlanQuery,
) -> Result<Plan, PlanError> {
    plan_with(&mut Scratch::default(), timetable, streets, zones, query)
}

/// The same, quicker for the next question: with what the planner kept from the ones before about this
/// pack.
pub fn plan_with(
    scratch: &mut Scratch,
    timetable: &Timetable<'_>,
    streets: &Streets<'_>,
    zones: &Zones,
    query: &PlanQuery,
) -> Result<Plan, PlanError> {
    let legs = Legs::new(timetable, streets, query)?;
    let (asked_s, departing) = match query.when {
        // The timetable knows whole seconds: a passenger who comes within one catches the next.
        When::DepartAt { ms } => (ms.div_euclid(1_000) + i64::from(ms.rem_euclid(1_000) > 0), true),
        When::ArriveBy { ms } => (ms.div_euclid(1_000), false),
    };
    let limit = query.limit.clamp(1, 50) as usize;
    let avoided = Avoided::default();
    let mut search = Search { timetable, zones, legs: &legs, limit, avoided: &avoided, scratch };
    let mut candidates: Vec<(Criteria, Candidate)> = match departing {
        true => search.departing(asked_s)?,
        false => search.arriving(asked_s)?,
    };
    if let Some(walk) = legs.on_foot() {
        let takes_s = i64::from(walk.seconds);
        let departure_ms = if departing { asked_s } else { asked_s - takes_s } * 1_000;
        let criteria = Criteria {
            departure_ms,
            arrival_ms: departure_ms + takes_s * 1_000,
            rides: 0,
            walk_metres: walk.metres,
        };
        // One can walk at any time: what is no better than walking then is no help.
        candidates.retain(|(other, _)| {
            let walk = criteria.setting_out_at(other.departure_ms);
            walk != *other && !walk.dominates(other)
        });
        candidates.push((criteria, Candidate::OnFoot));
    }
    let chosen = choose(best(candidates), limit, departing);
    let journeys: Vec<_> = chosen
        .iter()
        .filter_map(|(criteria, candidate)| match candidate {
            Candidate::OnFoot => legs.walking(criteria),
            Candidate::Riding(found) => legs.riding(zones, criteria, found),
        })
        .collect();
    let mut plan = Plan { journeys, note: None };
    plan.note = note(timetable, zones, &plan, asked_s, departing);
    Ok(plan)
}

/// The searches that a question needs, one after another.
struct Search<'s, 'a> {
    timetable: &'s Timetable<'a>,
    zones: &'s Zones,
    legs: &'s Legs<'a>,
    limit: usize,
    avoided: &'s Avoided,
    scratch: &'s mut Scratch,
}

impl<'s, 'a> Search<'s, 'a> {
    /// Ranges of departures from this moment on, until there are enough journeys or a day is over; if
    /// none leave by then, the first ones of the week after.
    fn departing(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let mut all = Vec::new();
        for days_later in 0..=DAYS_LATER {
            let origin_s = asked_s.saturating_add(days_later * i64::from(AHEAD_S));
            let days = match ServiceDays::around(self.timetable, self.zones, origin_s, 0, AHEAD_S + LONGEST_S)
            {
                Err(_) if days_later > 0 => break,
                days => days?,
            };
            let mut next = Some(0);
            while let Some(from) = next.filter(|&from| from <= AHEAD_S && all.len() < self.limit) {
                let asked = self.asked(&days, from + LONGEST_S);
                let (found, later) = Raptor::new(asked, self.scratch).range(from, from + RANGE_S);
                all.extend(self.criteria(&days, found));
                next = later.map(|later| later.max(from + RANGE_S));
            }
            if !all.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    /// Departures before this moment, later ones first, until enough of them arrive in time.
    fn arriving(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let days = ServiceDays::around(self.timetable, self.zones, asked_s, -LONGEST_S, 0)?;
        let mut raptor = Raptor::new(self.asked(&days, 0), self.scratch);
        let mut found = Vec::new();
        let mut until = 1;
        while until > -LONGEST_S && found.len() < self.limit {
            found.extend(raptor.backwards(until - RANGE_S, until));
            until -= RANGE_S;
        }
        Ok(self.criteria(&days, found))
    }

    fn asked<'r>(&self, days: &'r ServiceDays<'r>, latest: Time) -> Asked<'r>
    where
        's: 'r,
        'a: 'r,
    {
        Asked {
            timetable: *self.timetable,
            days,
            access: &self.legs.access,
            egress: &self.legs.egress,
            avoided: self.avoided,
            step_free: false,
            slowness: self.legs.slowness,
            latest,
        }
    }

    fn criteria(&self, days: &ServiceDays<'_>, found: Vec<Found>) -> Vec<(Criteria, Candidate)> {
        let criteria = |found: Found| {
            let criteria = Criteria {
                departure_ms: days.ms(found.departure),
                arrival_ms: days.ms(found.arrival),
                rides: u32::try_from(found.rides.len()).unwrap_or(u32::MAX),
                walk_metres: self.legs.walk_metres(&found),
            };
            (criteria, Candidate::Riding(found))
        };
        found.into_iter().map(criteria).collect()
    }
}

/// Those that no other dominates, of equal ones the first, in the order of their departure.
fn best(mut all: Vec<(Criteria, Candidate)>) -> Vec<(Criteria, Candidate)> {
    all.sort_by_key(|(c, _)| (c.departure_ms, c.arrival_ms, c.rides, c.walk_metres));
    all.dedup_by_key(|(criteria, _)| *criteria);
    let criteria: Vec<Criteria> = all.iter().map(|(criteria, _)| *criteria).collect();
    all.retain(|(mine, _)| !criteria.iter().any(|other| other.dominates(mine)));
    all
}

/// As many as asked for: those nearest to the moment asked for, and the first with fewest rides.
fn choose(mut all: Vec<(Criteria, Candidate)>, limit: usize, departing: bool) -> Vec<(Criteria, Candidate)> {
    if !departing {
        all.reverse();
    }
    let fewest = all.iter().map(|(criteria, _)| criteria.rides).min();
    let first = all.iter().position(|(criteria, _)| Some(criteria.rides) == fewest);
    if let Some(first) = first.filter(|&first| first >= limit) {
        all.swap(first, limit - 1);
    }
    all.truncate(limit);
    all.sort_by_key(|(criteria, _)| (criteria.departure_ms, criteria.arrival_ms, criteria.rides));
    all
}

fn note(
    timetable: &Timetable<'_>,
    zones: &Zones,
    plan: &Plan,
    asked_s: i64,
    departing: bool,
) -> Option<PlanNote> {
    let first = plan.journeys.iter().filter(|journey| journey.rides > 0).map(|j| j.departure_ms).min();
    let Some(first_departure_ms) = first else {
        let (first_day, count) =
            (timetable.first_day, i32::try_from(timetable.day_count).unwrap_or(i32::MAX));
        let last_day = first_day.saturating_add(count).saturating_sub(1);
        let covered = day_at(&zones.of_city(), asked_s).is_some_and(|d| (first_day..=last_day).contains(&d));
        return match covered {
            false => Some(PlanNote::OutsideTimetable { first_day, last_day }),
            true if plan.journeys.is_empty() => Some(PlanNote::NothingFound),
            true => estimated(plan),
        };
    };
    match night_ends_ms(zones, asked_s) {
        Some(ends_ms) if departing && first_departure_ms >= ends_ms => {
            Some(PlanNote::NoServiceAnyMore { first_departure_ms })
        }
        _ => estimated(plan),
    }
}

fn estimated(plan: &Plan) -> Option<PlanNote> {
    let legs = plan.journeys.iter().flat_map(|journey| &journey.legs);
    let is_estimated = |leg: &Leg| matches!(leg, Leg::Walk { estimated: true, .. });
    legs.into_iter().any(is_estimated).then_some(PlanNote::WalkingEstimated)
}

/// When the night that follows a moment is over, on the city's clocks: a bus of 00:40 is tonight's, that
/// of 05:30 is not.
fn night_ends_ms(zones: &Zones, asked_s: i64) -> Option<i64> {
    let zone = zones.of_city();
    let asked = zone.to_datetime(Timestamp::from_second(asked_s).ok()?);
    let today = asked.date().to_datetime(time(NIGHT_ENDS, 0, 0, 0));
    let ends = if today > asked { today } else { today.checked_add(SignedDuration::from_hours(24)).ok()? };
    Some(zone.to_timestamp(ends).ok()?.as_millisecond())
}
