//! From a question to an answer: which walks, which range of departures, which of the journeys found.

use super::days::{ServiceDays, Time, Zones, day_at};
use super::journey::{Criteria, Leg, Plan, PlanError, PlanNote, PlanQuery, Prefer, When};
use super::legs::{Legs, OnFoot};
use super::mc::McRaptor;
use super::options::avoided;
use super::raptor::{Asked, Avoided, Found, Raptor, Scratch};
use super::step_free::{StepFree, has_steps};
use super::stops::{find_stop, platforms_of};
use super::via::Via;
use crate::city::streets::Streets;
use crate::city::timetable::{StopIdx, Timetable};
use crate::order;
use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};

const HOUR_S: Time = 3_600;

/// How long a range of departures is searched at a time.
const RANGE_S: Time = HOUR_S * 3 / 2;

/// The same where the nearest journeys are those that the passenger wants.
const PART_S: Time = HOUR_S / 2;

/// How far beyond enough journeys one with fewer rides is looked for.
const BESIDE_S: Time = HOUR_S;

/// How long such a one may take: nobody is sent round through the night while there are others.
const BESIDE_TAKES_MS: i64 = 8 * 3_600_000;

/// How long a journey may take, from when the passenger sets out.
const LONGEST_S: Time = 48 * HOUR_S;

/// How far ahead, or back, journeys are looked for while there are too few.
const DAY_S: Time = 24 * HOUR_S;

/// How many days more a first journey is looked for when nothing runs.
const MORE_DAYS: i64 = 7;

/// By this hour the night is over: what leaves later is tomorrow's.
const NIGHT_ENDS: i8 = 3;

/// A journey that was found, before it is told.
enum Candidate {
    OnFoot {
        /// The platform that it leads by, if one must come by a stop.
        by_way: Option<StopIdx>,
    },
    Riding(Found),
}

/// A search for the departures of a span, later spans first; if so, only for those with fewer rides.
type Backwards<'r> = Box<dyn FnMut((Time, Time), Option<usize>) -> Vec<Found> + 'r>;

/// What a search found: every best journey that sets out in `[from_ms, until_ms)`, and some others.
#[derive(Default)]
struct Searched {
    all: Vec<(Criteria, Candidate)>,
    from_ms: i64,
    until_ms: i64,
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
    let legs = Legs::new(timetable, streets, query)?;
    // The timetable knows whole seconds: a passenger who comes within one catches the next.
    let from_s = |ms: i64| ms.div_euclid(1_000) + i64::from(ms.rem_euclid(1_000) > 0);
    let asked_s = match query.when {
        When::DepartAt { ms } | When::DepartBefore { ms } | When::LastToday { ms } => from_s(ms),
        When::Between { from_ms, .. } => from_s(from_ms),
        When::ArriveBy { ms } => ms.div_euclid(1_000),
    };
    let (limit, avoided) = (limit(query), avoided(timetable, query));
    let via = via(timetable, &legs, query)?;
    let compare_walking =
        query.prefer == Some(Prefer::LeastWalking) || matches!(query.when, When::Between { .. });
    let step_free = query.step_free;
    let (legs, via, avoided) = (&legs, via.as_ref(), &avoided);
    let arriving = matches!(query.when, When::ArriveBy { .. });
    let by_way = via.and_then(|via| via.on_foot).map(|walk| walk.by_way);
    let on_foot =
        via.map_or_else(|| legs.on_foot(), |via| via.on_foot.map(|walk| OnFoot::by(&walk))).map(|walk| {
            let takes_s = i64::from(walk.seconds);
            let departure_ms = if arriving { asked_s - takes_s } else { asked_s } * 1_000;
            let arrival_ms = departure_ms + takes_s * 1_000;
            Criteria { departure_ms, arrival_ms, rides: 0, walk_metres: walk.metres }
        });
    let nearest = query.prefer.is_none();
    let mut search = Search {
        timetable,
        zones,
        legs,
        via,
        limit,
        on_foot,
        nearest,
        avoided,
        step_free,
        compare_walking,
        scratch,
    };
    let Searched { all: mut candidates, from_ms, until_ms } = match query.when {
        When::DepartAt { .. } => search.departing(asked_s)?,
        When::ArriveBy { .. } => search.backwards(asked_s.saturating_add(1), i64::MIN, asked_s)?,
        When::Between { until_ms, .. } => search.between(asked_s, from_s(until_ms))?,
        When::DepartBefore { .. } => search.backwards(asked_s, i64::MIN, i64::MAX)?,
        When::LastToday { .. } => {
            let ends_s = night_ends_ms(zones, asked_s).ok_or(PlanError::NoSuchTime)?.div_euclid(1_000);
            search.backwards(ends_s, asked_s, ends_s)?
        }
    };
    if let Some(criteria) = on_foot {
        candidates.retain(|(other, _)| beats_walking(Some(&criteria), other));
        // An earlier walk than the one of the page before, or a last one, is none.
        if !matches!(query.when, When::DepartBefore { .. } | When::LastToday { .. }) {
            candidates.push((criteria, Candidate::OnFoot { by_way }));
        }
    }
    let (chosen, (from_ms, until_ms)) = choose(best(candidates), query, (from_ms, until_ms));
    let journeys: Vec<_> = chosen
        .iter()
        .filter_map(|(criteria, candidate)| match candidate {
            Candidate::OnFoot { by_way: None } => legs.walking(criteria),
            Candidate::OnFoot { by_way: Some(platform) } => legs.walking_by_way(criteria, *platform),
            Candidate::Riding(found) => legs.riding(zones, criteria, found),
        })
        .collect();
    let nobody_rides = journeys.iter().all(|journey| journey.rides == 0);
    let next_ms = match query.when {
        When::Between { .. } if nobody_rides => search.first_departure_ms(until_ms)?,
        When::LastToday { .. } if nobody_rides => search.first_departure_ms(asked_s.saturating_mul(1_000))?,
        _ => None,
    };
    let mut plan = Plan { journeys, note: None, from_ms, until_ms };
    plan.note = note(timetable, zones, &plan, asked_s, next_ms, &query.when);
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

/// The stop to come by, unless every journey does.
fn via(timetable: &Timetable<'_>, legs: &Legs<'_>, query: &PlanQuery) -> Result<Option<Via>, PlanError> {
    let Some(id) = &query.via else { return Ok(None) };
    let stop = find_stop(timetable, id).ok_or_else(|| PlanError::UnknownStop { id: id.clone() })?;
    Ok(Via::of(timetable, legs, platforms_of(timetable, stop)))
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
    /// Where the journeys must come by.
    via: Option<&'s Via>,
    limit: usize,
    /// Walking all the way.
    on_foot: Option<Criteria>,
    /// Whether the passenger wants those nearest to the moment.
    nearest: bool,
    avoided: &'s Avoided,
    step_free: bool,
    /// Whether journeys that are worse in all else but walk less are looked for.
    compare_walking: bool,
    scratch: &'s mut Scratch,
}

impl<'s, 'a> Search<'s, 'a> {
    /// Departures from this moment on, until there are enough or a day is over; if none leave by then, the
    /// first ones of the week after.
    fn departing(&mut self, asked_s: i64) -> Result<Searched, PlanError> {
        let (mut all, mut until_s) = (Vec::new(), asked_s);
        for days_later in 0..=MORE_DAYS {
            let origin_s = asked_s.saturating_add(days_later * i64::from(DAY_S));
            let last_part = DAY_S + RANGE_S;
            // Whatever is not there by then takes too long, whenever it leaves: no slow one is passed over.
            let horizon = last_part + LONGEST_S;
            let days = match self.days(origin_s, 0, horizon) {
                Err(_) if days_later > 0 => break,
                days => days?,
            };
            let mut at = 0;
            while at < DAY_S && !self.is_enough(&all) {
                let until = at + if self.nearest { PART_S } else { RANGE_S };
                let (found, next) = self.range(&days, (at, until), horizon);
                all.extend(self.criteria(&days, found));
                // Of what leaves after the last part, slow ones were not looked for.
                at = next.unwrap_or(DAY_S).min(last_part).max(until);
            }
            until_s = origin_s.saturating_add(i64::from(at));
            if !all.is_empty() {
                all.extend(self.beside(&days, at, &all));
                break;
            }
        }
        Ok(Searched { all, from_ms: ms(asked_s), until_ms: ms(until_s) })
    }

    /// Where there are enough: those that leave after them, with fewer rides than any.
    fn beside(
        &mut self,
        days: &ServiceDays<'_>,
        from: Time,
        all: &[(Criteria, Candidate)],
    ) -> Vec<(Criteria, Candidate)> {
        let Some(fewest) = fewest_rides(all).filter(|_| self.nearest && self.is_enough(all)) else {
            return Vec::new();
        };
        let until = from + BESIDE_S;
        let found = match self.compares_more() {
            true => self.range(days, (from, until), until + LONGEST_S).0,
            false => {
                let mut raptor = Raptor::new(self.asked(days, until + LONGEST_S), self.scratch);
                raptor.only_fewer_rides(fewest);
                raptor.range(from, until).0
            }
        };
        self.criteria(days, found)
    }

    /// Whether there are as many as are to be given, walking all the way not being better.
    fn is_enough(&self, all: &[(Criteria, Candidate)]) -> bool {
        is_enough(all, self.on_foot.as_ref(), self.limit)
    }

    /// All departures of a range.
    fn between(&mut self, from_s: i64, until_s: i64) -> Result<Searched, PlanError> {
        let until = until_s.saturating_sub(from_s).clamp(0, i64::from(DAY_S)) as Time;
        let days = self.days(from_s, 0, until + LONGEST_S)?;
        let (found, _) = self.range(&days, (0, until), until + LONGEST_S);
        let all = self.criteria(&days, found);
        Ok(Searched { all, from_ms: ms(from_s), until_ms: ms(from_s + i64::from(until)) })
    }

    /// Departures before `until_s` but not before `earliest_s` that are there by `by_s`, later ones first,
    /// until there are enough or a day is over; if there are none, those of the week before. None that
    /// leaves at `until_s` or later, and is there by then, is better than they.
    fn backwards(&mut self, until_s: i64, earliest_s: i64, by_s: i64) -> Result<Searched, PlanError> {
        let (mut all, mut from_s) = (Vec::new(), until_s);
        for days_before in 0..=MORE_DAYS {
            let origin_s = until_s.saturating_sub(days_before * i64::from(DAY_S));
            let days = match self.days(origin_s, -DAY_S - RANGE_S, LONGEST_S) {
                Err(_) if days_before > 0 => break,
                days => days?,
            };
            let latest = by_s.saturating_sub(origin_s).min(i64::from(LONGEST_S)) as Time;
            let earliest = earliest_s.saturating_sub(origin_s).max(i64::from(-DAY_S)) as Time;
            let (legs, on_foot, limit) = (self.legs, self.on_foot, self.limit);
            let part = if self.nearest { PART_S } else { RANGE_S };
            let beside = self.nearest;
            let mut search = self.search_backwards(&days, latest);
            let (mut at, enough) = (0, |all: &[_]| is_enough(all, on_foot.as_ref(), limit));
            while at > earliest && !enough(&all) {
                let from = (at - part).max(earliest);
                all.extend(criteria(legs, &days, search((from, at), None)));
                at = from;
            }
            if let Some(fewest) = fewest_rides(&all).filter(|_| beside && enough(&all)) {
                let from = (at - BESIDE_S)
                    .max(earliest_s.saturating_sub(origin_s).max(i64::from(Time::MIN)) as Time);
                all.extend(criteria(legs, &days, search((from, at), Some(fewest))));
            }
            from_s = origin_s.saturating_add(i64::from(at.min(0)));
            if !all.is_empty() || from_s <= earliest_s {
                break;
            }
        }
        Ok(Searched { all, from_ms: ms(from_s), until_ms: ms(until_s) })
    }

    /// Finds the departures of spans before time 0, later spans first; what sets out then counts against
    /// them. Those of the last span can be only those with fewer rides than so many.
    fn search_backwards<'r>(&'r mut self, days: &'r ServiceDays<'_>, latest: Time) -> Backwards<'r> {
        let asked = self.asked(days, latest);
        match self.compares_more() {
            true => {
                let mut raptor = McRaptor::new(asked, self.scratch);
                raptor.run(0);
                Box::new(move |(from, until), _| raptor.backwards(from, until))
            }
            false => {
                let mut raptor = Raptor::new(asked, self.scratch);
                raptor.run(0);
                Box::new(move |(from, until), fewer_rides| {
                    fewer_rides.into_iter().for_each(|than| raptor.only_fewer_rides(than));
                    raptor.backwards(from, until)
                })
            }
        }
    }

    /// When the first bus after a moment leaves, in the week after it: what a plan from then on begins with.
    fn first_departure_ms(&mut self, after_ms: i64) -> Result<Option<i64>, PlanError> {
        (self.limit, self.nearest, self.compare_walking) = (1, true, false);
        let found = self.departing(after_ms.div_euclid(1_000))?;
        let helps = |(criteria, _): &&(Criteria, _)| beats_walking(self.on_foot.as_ref(), criteria);
        Ok(found.all.iter().filter(helps).map(|(criteria, _)| criteria.departure_ms).min())
    }

    /// Whether more than time and rides is compared.
    fn compares_more(&self) -> bool {
        self.compare_walking || self.via.is_some()
    }

    fn days(&self, origin_s: i64, from: Time, until: Time) -> Result<ServiceDays<'s>, PlanError> {
        ServiceDays::around(self.timetable, self.zones, origin_s, from, until)
    }

    /// Departures of a span that are there by `latest`, and when the first ones after it set out.
    fn range(
        &mut self,
        days: &ServiceDays<'_>,
        (from, until): (Time, Time),
        latest: Time,
    ) -> (Vec<Found>, Option<Time>) {
        let asked = Asked { earliest: from, ..self.asked(days, latest) };
        match self.compares_more() {
            true => McRaptor::new(asked, self.scratch).range(from, until),
            false => Raptor::new(asked, self.scratch).range(from, until),
        }
    }

    fn asked<'r>(&self, days: &'r ServiceDays<'_>, latest: Time) -> Asked<'r>
    where
        's: 'r,
    {
        Asked {
            timetable: *self.timetable,
            days,
            access: self.via.map_or(&self.legs.access, |via| &via.access),
            egress: self.via.map_or(&self.legs.egress, |via| &via.egress),
            compare_walking: self.compare_walking,
            via: self.via,
            avoided: self.avoided,
            step_free: self.step_free,
            slowness: self.legs.walker.slowness,
            most_metres: self.legs.walker.most_metres,
            earliest: Time::MIN,
            latest,
        }
    }

    fn criteria(&self, days: &ServiceDays<'_>, found: Vec<Found>) -> Vec<(Criteria, Candidate)> {
        criteria(self.legs, days, found)
    }
}

fn ms(second: i64) -> i64 {
    second.saturating_mul(1_000)
}

/// What the journeys are compared by; those that take too long are left out.
fn criteria(legs: &Legs<'_>, days: &ServiceDays<'_>, found: Vec<Found>) -> Vec<(Criteria, Candidate)> {
    let is_short = |found: &Found| found.arrival.saturating_sub(found.departure) <= LONGEST_S;
    let criteria = |found: Found| {
        let criteria = Criteria {
            departure_ms: days.ms(found.departure),
            arrival_ms: days.ms(found.arrival),
            rides: u32::try_from(found.boardings()).unwrap_or(u32::MAX),
            walk_metres: legs.walk_metres(&found),
        };
        (criteria, Candidate::Riding(found))
    };
    found.into_iter().filter(is_short).map(criteria).collect()
}

/// The fewest rides of any, if one can have fewer.
fn fewest_rides(all: &[(Criteria, Candidate)]) -> Option<usize> {
    let fewest = all.iter().map(|(criteria, _)| criteria.rides as usize).min();
    fewest.filter(|&fewest| fewest > 1)
}

fn is_enough(all: &[(Criteria, Candidate)], on_foot: Option<&Criteria>, limit: usize) -> bool {
    all.iter().filter(|(criteria, _)| beats_walking(on_foot, criteria)).count() >= limit
}

/// Those that no other dominates, of equal ones the first, in the order of their departure.
pub(super) fn best<T>(mut all: Vec<(Criteria, T)>) -> Vec<(Criteria, T)> {
    order::sort_by_key(&mut all, |(c, _)| (c.departure_ms, c.arrival_ms, c.rides, c.walk_metres));
    all.dedup_by_key(|(criteria, _)| *criteria);
    let criteria: Vec<Criteria> = all.iter().map(|(criteria, _)| *criteria).collect();
    all.retain(|(mine, _)| !criteria.iter().any(|other| other.dominates(mine)));
    all
}

/// When the passenger sets out, from and until, in ms.
pub(super) type Span = (i64, i64);

/// As many as asked for: those that the passenger prefers, or those [nearest] to the moment asked for; and
/// beside them the walk all the way. And the part of a span, of which all best ones are given, of which all
/// are still, or were left out for preferred ones.
pub(super) fn choose<T>(
    all: Vec<(Criteria, T)>,
    query: &PlanQuery,
    span: Span,
) -> (Vec<(Criteria, T)>, Span) {
    let limit = limit(query);
    let onwards = matches!(query.when, When::DepartAt { .. } | When::Between { .. });
    let (on_foot, mut riding): (Vec<_>, Vec<_>) = all.into_iter().partition(|(c, _)| c.rides == 0);
    if !onwards {
        riding.reverse();
    }
    let (mut given, mut span) = match query.prefer {
        Some(Prefer::FewestRides) => {
            order::sort_by_key(&mut riding, |(criteria, _)| criteria.rides);
            riding.truncate(limit);
            (riding, span)
        }
        Some(Prefer::LeastWalking) => {
            order::sort_by_key(&mut riding, |(criteria, _)| criteria.walk_metres);
            riding.truncate(limit);
            (riding, span)
        }
        None => nearest(riding, limit, onwards, span),
    };
    if matches!(query.when, When::ArriveBy { .. } | When::LastToday { .. }) {
        // What leaves after the last one is there too late, and is what comes next.
        span.1 = given.iter().map(|(criteria, _)| criteria.departure_ms + 1_000).max().unwrap_or(span.1);
    }
    given.extend(on_foot);
    order::sort_by_key(&mut given, |(c, _)| (c.departure_ms, c.arrival_ms, c.rides, c.walk_metres));
    (given, span)
}

/// The first so many, and those that set out together with the last of them; beside them the next one with
/// fewer rides than any, unless it takes too long.
fn nearest<T>(
    riding: Vec<(Criteria, T)>,
    limit: usize,
    onwards: bool,
    (mut from_ms, mut until_ms): Span,
) -> (Vec<(Criteria, T)>, Span) {
    let is_inside = |(criteria, _): &(Criteria, T)| (from_ms..until_ms).contains(&criteria.departure_ms);
    let (mut given, outside): (Vec<_>, Vec<_>) = riding.into_iter().partition(is_inside);
    let last_ms = given.get(limit - 1).map(|(criteria, _)| criteria.departure_ms);
    let beyond = given.iter().skip(limit).position(|(c, _)| Some(c.departure_ms) != last_ms);
    let mut left = given.split_off(beyond.map_or(given.len(), |nth| limit + nth));
    if let (Some(last_ms), Some((first, _))) = (last_ms, left.first()) {
        if onwards { until_ms = first.departure_ms } else { from_ms = last_ms }
    }
    left.extend(outside);
    let fewest = given.iter().map(|(criteria, _)| criteria.rides).min();
    let takes_ms = |criteria: &Criteria| criteria.arrival_ms.saturating_sub(criteria.departure_ms);
    left.retain(|(c, _)| fewest.is_some_and(|fewest| c.rides < fewest) && takes_ms(c) <= BESIDE_TAKES_MS);
    let fewest = left.iter().map(|(criteria, _)| criteria.rides).min();
    given.extend(left.into_iter().find(|(criteria, _)| Some(criteria.rides) == fewest));
    (given, (from_ms, until_ms))
}

/// `next_ms` is when the first bus after a range or night without any leaves.
fn note(
    timetable: &Timetable<'_>,
    zones: &Zones,
    plan: &Plan,
    asked_s: i64,
    next_ms: Option<i64>,
    when: &When,
) -> Option<PlanNote> {
    let first = plan.journeys.iter().filter(|journey| journey.rides > 0).map(|j| j.departure_ms).min();
    let onwards = !matches!(when, When::ArriveBy { .. } | When::DepartBefore { .. });
    let ends_ms = night_ends_ms(zones, asked_s);
    if let Some(first_departure_ms) = first.or(next_ms)
        && onwards
        && ends_ms.is_some_and(|ends_ms| first_departure_ms >= ends_ms)
    {
        return Some(PlanNote::NoServiceAnyMore { first_departure_ms });
    }
    if first.is_some() {
        return estimated(plan);
    }
    let (first_day, count) = (timetable.first_day, i32::try_from(timetable.day_count).unwrap_or(i32::MAX));
    let last_day = first_day.saturating_add(count).saturating_sub(1);
    let covered = day_at(&zones.of_city(), asked_s).is_some_and(|d| (first_day..=last_day).contains(&d));
    match covered {
        false => Some(PlanNote::OutsideTimetable { first_day, last_day }),
        true if plan.journeys.is_empty() => Some(PlanNote::NothingFound),
        true => estimated(plan),
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
