//! From a question to an answer: which walks, which range of departures, which of the journeys found.

use super::days::{ServiceDays, Time, Zones, day_at};
use super::journey::{Criteria, Leg, Plan, PlanError, PlanNote, PlanQuery, Prefer, When};
use super::legs::Legs;
use super::mc::McRaptor;
use super::options::avoided;
use super::raptor::{Asked, Avoided, Found, Raptor, Ridden, Scratch};
use super::step_free::{StepFree, has_steps};
use super::stops::{find_stop, platforms_of};
use super::via::through;
use crate::city::streets::Streets;
use crate::city::timetable::{StopIdx, Timetable};
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};

const HOUR_S: Time = 3_600;

/// How long a range of departures is searched at a time.
const RANGE_S: Time = HOUR_S * 3 / 2;

/// How much of it at once, where the first journeys are enough.
const PART_S: Time = HOUR_S / 2;

/// How long a journey may take, waiting for the first vehicle included.
const LONGEST_S: Time = 48 * HOUR_S;

/// How long most take; longer ones are looked for only where there are no others.
const SHORT_S: Time = 8 * HOUR_S;

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
    if query.step_free && has_steps(timetable) {
        let mut own = StepFree::of(timetable, scratch.step_free.take());
        let (without_steps, within) = own.laid_over(timetable);
        let plan = plan_with(within, &without_steps, streets, zones, query);
        scratch.step_free = Some(own);
        return plan;
    }
    let Some(via) = &query.via else { return direct(scratch, timetable, streets, zones, query) };
    let stop = find_stop(timetable, via).ok_or(PlanError::UnknownStop { id: via.clone() })?;
    let change_ms = i64::from(timetable.change_s(stop)) * 1_000;
    through(query, via, change_ms, &mut |half| direct(scratch, timetable, streets, zones, half))
}

/// A plan in one search. With a stop to pass on the way, only what passes it is given.
fn direct(
    scratch: &mut Scratch,
    timetable: &Timetable<'_>,
    streets: &Streets<'_>,
    zones: &Zones,
    query: &PlanQuery,
) -> Result<Plan, PlanError> {
    let legs = Legs::new(timetable, streets, query)?;
    // The timetable knows whole seconds: a passenger who comes within one catches the next.
    let from_s = |ms: i64| ms.div_euclid(1_000) + i64::from(ms.rem_euclid(1_000) > 0);
    let asked_s = match query.when {
        When::DepartAt { ms } | When::DepartBefore { ms } | When::LastToday { ms } => from_s(ms),
        When::Between { from_ms, .. } => from_s(from_ms),
        When::ArriveBy { ms } => ms.div_euclid(1_000),
    };
    let (limit, avoided) = (limit(query), avoided(timetable, query));
    let compare_walking =
        query.prefer == Some(Prefer::LeastWalking) || matches!(query.when, When::Between { .. });
    let step_free = query.step_free;
    let (legs, avoided) = (&legs, &avoided);
    let arriving = matches!(query.when, When::ArriveBy { .. });
    let on_foot = legs.on_foot().map(|walk| {
        let takes_s = i64::from(walk.seconds);
        let departure_ms = if arriving { asked_s - takes_s } else { asked_s } * 1_000;
        let arrival_ms = departure_ms + takes_s * 1_000;
        Criteria { departure_ms, arrival_ms, rides: 0, walk_metres: walk.metres }
    });
    let in_parts = query.prefer.is_none();
    let mut search = Search {
        timetable,
        zones,
        legs,
        limit,
        on_foot,
        in_parts,
        avoided,
        step_free,
        compare_walking,
        scratch,
    };
    let mut candidates: Vec<(Criteria, Candidate)> = match query.when {
        When::DepartAt { .. } => search.departing(asked_s)?,
        When::ArriveBy { .. } => search.arriving(asked_s)?,
        When::Between { until_ms, .. } => search.between(asked_s, from_s(until_ms))?,
        When::DepartBefore { .. } => search.departing_before(asked_s)?,
        When::LastToday { .. } => search.last(asked_s)?,
    };
    if let Some(criteria) = on_foot {
        candidates.retain(|(other, _)| beats_walking(Some(&criteria), other));
        // An earlier walk than the one of the page before, or a last one, is none.
        if !matches!(query.when, When::DepartBefore { .. } | When::LastToday { .. }) {
            candidates.push((criteria, Candidate::OnFoot));
        }
    }
    let mut best = best(candidates);
    if let Some(via) = query.via.as_deref().and_then(|via| find_stop(timetable, via)) {
        let platforms = platforms_of(timetable, via);
        best.retain(|(_, candidate)| match candidate {
            Candidate::OnFoot => false,
            Candidate::Riding(found) => found.rides.iter().any(|ride| passes(timetable, ride, &platforms)),
        });
    }
    let chosen = choose(best, query);
    let journeys: Vec<_> = chosen
        .iter()
        .filter_map(|(criteria, candidate)| match candidate {
            Candidate::OnFoot => legs.walking(criteria),
            Candidate::Riding(found) => legs.riding(zones, criteria, found),
        })
        .collect();
    let mut plan = Plan { journeys, note: None };
    let departing = matches!(query.when, When::DepartAt { .. } | When::Between { .. });
    plan.note = note(timetable, zones, &plan, asked_s, departing);
    Ok(plan)
}

/// Whether a journey is better in something than to walk all the way. One can walk at any time: what is
/// no better than walking then is no help.
fn beats_walking(on_foot: Option<&Criteria>, journey: &Criteria) -> bool {
    on_foot.is_none_or(|walk| {
        let walk = walk.setting_out_at(journey.departure_ms);
        walk != *journey && !walk.dominates(journey)
    })
}

/// Whether the passenger is at one of these stops in a ride, or at an end of it.
fn passes(timetable: &Timetable<'_>, ride: &Ridden, platforms: &[StopIdx]) -> bool {
    let Some(pattern) = timetable.pattern(ride.pattern) else { return false };
    let ridden = timetable.stops_of(pattern).get(ride.board as usize..=ride.alight as usize);
    ridden.unwrap_or_default().iter().any(|stop| platforms.contains(&stop.stop))
}

/// How many journeys to give.
fn limit(query: &PlanQuery) -> usize {
    let most = if matches!(query.when, When::Between { .. }) { 1_000 } else { 50 };
    query.limit.clamp(1, most) as usize
}

/// The searches that a question needs, one after another.
struct Search<'s, 'a> {
    timetable: &'s Timetable<'a>,
    zones: &'s Zones,
    legs: &'s Legs<'a>,
    limit: usize,
    /// Walking all the way.
    on_foot: Option<Criteria>,
    /// Whether the first journeys are those that the passenger wants.
    in_parts: bool,
    avoided: &'s Avoided,
    step_free: bool,
    /// Whether journeys that are worse in all else but walk less are looked for.
    compare_walking: bool,
    scratch: &'s mut Scratch,
}

impl<'s, 'a> Search<'s, 'a> {
    /// Ranges of departures from this moment on, until there are enough journeys or a day is over; if
    /// none leave by then, the first ones of the week after.
    fn departing(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let mut all = Vec::new();
        for days_later in 0..=DAYS_LATER {
            let origin_s = asked_s.saturating_add(days_later * i64::from(AHEAD_S));
            let days = match self.days(origin_s, 0, AHEAD_S + RANGE_S + LONGEST_S) {
                Err(_) if days_later > 0 => break,
                days => days?,
            };
            let mut next = Some(0);
            while let Some(from) = next.filter(|&from| from <= AHEAD_S && all.len() < self.limit) {
                let mut answer = self.parts_of_range(&days, from, SHORT_S);
                if answer.1.is_none() && !self.is_enough(&answer.0) {
                    answer = self.parts_of_range(&days, from, LONGEST_S);
                }
                all.extend(answer.0);
                next = answer.1.map(|later| later.max(from + RANGE_S));
            }
            if !all.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    /// The departures of a range, part by part: once there are enough, what leaves later only counts if it
    /// takes fewer rides. And when the next ones set out.
    fn parts_of_range(
        &mut self,
        days: &ServiceDays<'_>,
        from: Time,
        longest: Time,
    ) -> (Vec<(Criteria, Candidate)>, Option<Time>) {
        let (mut all, mut at, end) = (Vec::new(), from, from + RANGE_S);
        while at < end {
            let until = if self.in_parts { end.min(at + PART_S) } else { end };
            let (found, next) = self.range(days, at, until, end - until + longest);
            all.extend(self.criteria(days, found));
            if until < end && self.is_enough(&all) {
                let fewest = all.iter().map(|(criteria, _)| criteria.rides as usize).min().unwrap_or(0);
                if fewest > 1 {
                    let raptor = Raptor::new(self.asked(days, end + longest), self.scratch);
                    let found = raptor.with_fewer_rides(fewest).range(until, end).0;
                    all.extend(self.criteria(days, found));
                }
                return (all, Some(end));
            }
            let Some(next) = next else { return (all, None) };
            at = next.max(until);
        }
        (all, Some(at))
    }

    /// Whether there are as many as are to be given, walking all the way not being better.
    fn is_enough(&self, all: &[(Criteria, Candidate)]) -> bool {
        all.iter().filter(|(criteria, _)| beats_walking(self.on_foot.as_ref(), criteria)).count()
            >= self.limit
    }

    /// Departures before this moment, later ones first, until enough of them arrive in time.
    fn arriving(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let days = self.days(asked_s, -LONGEST_S, 0)?;
        let found = self.backwards(&days, (-LONGEST_S, 1), 0, None);
        Ok(self.criteria(&days, found))
    }

    /// All departures of a range.
    fn between(&mut self, from_s: i64, until_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let until = until_s.saturating_sub(from_s).clamp(0, i64::from(AHEAD_S)) as Time;
        let days = self.days(from_s, 0, until + LONGEST_S)?;
        let (found, _) = self.range(&days, 0, until, LONGEST_S);
        Ok(self.criteria(&days, found))
    }

    /// Departures before this moment that none at this moment or later is better than, later ones first.
    fn departing_before(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let days = self.days(asked_s, -AHEAD_S, LONGEST_S)?;
        let found = self.backwards(&days, (-AHEAD_S, 0), LONGEST_S, Some(0));
        Ok(self.criteria(&days, found))
    }

    /// The last departures that arrive before the night is over.
    fn last(&mut self, asked_s: i64) -> Result<Vec<(Criteria, Candidate)>, PlanError> {
        let ends_s = night_ends_ms(self.zones, asked_s).ok_or(PlanError::NoSuchTime)?.div_euclid(1_000);
        let ends = Time::try_from(ends_s - asked_s).map_err(|_| PlanError::NoSuchTime)?;
        let days = self.days(asked_s, 0, ends)?;
        let found = self.backwards(&days, (0, ends), ends, None);
        Ok(self.criteria(&days, found))
    }

    fn days(&self, origin_s: i64, from: Time, until: Time) -> Result<ServiceDays<'s>, PlanError> {
        ServiceDays::around(self.timetable, self.zones, origin_s, from, until)
    }

    /// Departures of a span; none takes longer than `longest` after its end.
    fn range(
        &mut self,
        days: &ServiceDays<'_>,
        from: Time,
        until: Time,
        longest: Time,
    ) -> (Vec<Found>, Option<Time>) {
        let asked = self.asked(days, until + longest);
        match self.compare_walking {
            true => McRaptor::new(asked, self.scratch).range(from, until),
            false => Raptor::new(asked, self.scratch).range(from, until),
        }
    }

    /// Departures of a span, later ones first, until there are enough; those that set out at `known`
    /// count against them.
    fn backwards(
        &mut self,
        days: &ServiceDays<'_>,
        (from, mut until): (Time, Time),
        latest: Time,
        known: Option<Time>,
    ) -> Vec<Found> {
        let (asked, limit, mut found) = (self.asked(days, latest), self.limit, Vec::new());
        let mut search: Box<dyn FnMut(Time, Time) -> Vec<Found>> = match self.compare_walking {
            true => {
                let mut raptor = McRaptor::new(asked, self.scratch);
                known.map(|at| raptor.run(at));
                Box::new(move |from, until| raptor.backwards(from, until))
            }
            false => {
                let mut raptor = Raptor::new(asked, self.scratch);
                known.map(|at| raptor.run(at));
                Box::new(move |from, until| raptor.backwards(from, until))
            }
        };
        while until > from && found.len() < limit {
            found.extend(search((until - RANGE_S).max(from), until));
            until -= RANGE_S;
        }
        found
    }

    fn asked<'r>(&self, days: &'r ServiceDays<'_>, latest: Time) -> Asked<'r>
    where
        's: 'r,
    {
        Asked {
            timetable: *self.timetable,
            days,
            access: &self.legs.access,
            egress: &self.legs.egress,
            avoided: self.avoided,
            step_free: self.step_free,
            slowness: self.legs.slowness,
            latest,
        }
    }

    fn criteria(&self, days: &ServiceDays<'_>, found: Vec<Found>) -> Vec<(Criteria, Candidate)> {
        let criteria = |found: Found| {
            let criteria = Criteria {
                departure_ms: days.ms(found.departure),
                arrival_ms: days.ms(found.arrival),
                rides: u32::try_from(found.boardings()).unwrap_or(u32::MAX),
                walk_metres: self.legs.walk_metres(&found),
            };
            (criteria, Candidate::Riding(found))
        };
        found.into_iter().map(criteria).collect()
    }
}

/// Those that no other dominates, of equal ones the first, in the order of their departure.
pub(super) fn best<T>(mut all: Vec<(Criteria, T)>) -> Vec<(Criteria, T)> {
    all.sort_by_key(|(c, _)| (c.departure_ms, c.arrival_ms, c.rides, c.walk_metres));
    all.dedup_by_key(|(criteria, _)| *criteria);
    let criteria: Vec<Criteria> = all.iter().map(|(criteria, _)| *criteria).collect();
    all.retain(|(mine, _)| !criteria.iter().any(|other| other.dominates(mine)));
    all
}

/// As many as asked for: those that the passenger prefers, or those nearest to the moment asked for and
/// the first with fewest rides.
pub(super) fn choose<T>(mut all: Vec<(Criteria, T)>, query: &PlanQuery) -> Vec<(Criteria, T)> {
    let limit = limit(query);
    if !matches!(query.when, When::DepartAt { .. } | When::Between { .. }) {
        all.reverse();
    }
    match query.prefer {
        Some(Prefer::FewestRides) => all.sort_by_key(|(criteria, _)| criteria.rides),
        Some(Prefer::LeastWalking) => all.sort_by_key(|(criteria, _)| criteria.walk_metres),
        None => {
            let fewest = all.iter().map(|(criteria, _)| criteria.rides).min();
            let first = all.iter().position(|(criteria, _)| Some(criteria.rides) == fewest);
            if let Some(first) = first.filter(|&first| first >= limit) {
                all.swap(first, limit - 1);
            }
        }
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
    let is_estimated = |leg: &Leg| leg.walk().is_some_and(|walk| walk.estimated);
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
