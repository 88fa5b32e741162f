//! Journeys by way of a stop: the best ones to it and the best ones from it, put together.
//!
//! Each half is a Pareto set; a passenger who stays in one vehicle at the stop has one ride less, one who
//! changes there has the time for it, and the walk from platform to platform. Beside them stand the journeys
//! that pass the stop by themselves, without getting off. A journey that is among the best only because one
//! stays seated there, and in neither of the two, is not looked for; rules of transfers.txt for lines and
//! trips do not hold at the stop itself.

use super::journey::{Criteria, Endpoint, Journey, Leg, Plan, PlanError, PlanQuery, StopCall, WalkLeg, When};
use super::legs::Legs;
use super::search::{best, choose};
use super::stops::find_stop;
use crate::city::timetable::{StopIdx, Timetable};
use crate::geo::Point;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How many journeys of each half are looked at.
const HALF: u32 = 50;
const HALF_OF_RANGE: u32 = 1_000;

/// Where the two halves meet.
pub(super) struct Place<'r, 'a> {
    timetable: &'r Timetable<'a>,
    /// From the stop to itself.
    legs: &'r Legs<'a>,
    platforms: Vec<StopIdx>,
    /// The walks between platforms that were asked for: each is looked up in the streets once.
    walks: RefCell<BTreeMap<(StopIdx, StopIdx), Option<WalkLeg>>>,
}

impl<'r, 'a> Place<'r, 'a> {
    pub(super) fn new(timetable: &'r Timetable<'a>, legs: &'r Legs<'a>, platforms: Vec<StopIdx>) -> Self {
        Place { timetable, legs, platforms, walks: RefCell::default() }
    }

    /// What lies between two legs: how long it takes, and the walk if there is one. None if nobody may change
    /// from the one to the other.
    fn between(&self, before: &Leg, after: &Leg) -> Option<(i64, Option<WalkLeg>)> {
        let from = match before {
            Leg::Ride(ride) => find_stop(self.timetable, &ride.to_stop.id),
            Leg::Walk(walk) => self.platform_at(walk.to),
        };
        let to = match after {
            Leg::Ride(ride) => find_stop(self.timetable, &ride.from_stop.id),
            Leg::Walk(walk) => self.platform_at(walk.from),
        };
        let changes = matches!((before, after), (Leg::Ride(_), Leg::Ride(_)));
        match from.zip(to) {
            Some((from, to)) if self.timetable.is_one_stop(from, to) => {
                let change_s = if changes { self.timetable.change_s(from) } else { 0 };
                Some((i64::from(change_s) * 1_000, None))
            }
            Some((from, to)) => {
                let mut walks = self.walks.borrow_mut();
                let known = walks.entry((from, to)).or_insert_with(|| self.legs.walk_between(from, to, 0));
                let walk = known.clone()?;
                Some((walk.arrival_ms, Some(walk)))
            }
            // Who comes on foot to no platform in particular comes to whichever suits.
            None => Some((0, None)),
        }
    }

    fn platform_at(&self, point: Point) -> Option<StopIdx> {
        let stands = |stop: &&StopIdx| self.timetable.stop(**stop).is_some_and(|stop| stop.point() == point);
        self.platforms.iter().find(stands).copied()
    }
}

/// Asks for both halves and puts them together.
pub(super) fn through(
    query: &PlanQuery,
    via: &str,
    place: &Place<'_, '_>,
    ask: &mut dyn FnMut(&PlanQuery) -> Result<Plan, PlanError>,
) -> Result<Plan, PlanError> {
    let stop = || Endpoint::Stop { id: via.to_owned() };
    let half = PlanQuery { via: None, prefer: None, limit: HALF, ..query.clone() };
    let first = |when, limit| PlanQuery { to: stop(), when, limit, ..half.clone() };
    let rest = |when, limit| PlanQuery { from: stop(), when, limit, ..half.clone() };
    let (firsts, rests, note, span) = match query.when {
        When::DepartAt { .. } | When::Between { .. } | When::DepartBefore { .. } => {
            let limit = if matches!(query.when, When::Between { .. }) { HALF_OF_RANGE } else { HALF };
            let firsts = ask(&first(query.when, limit))?;
            let arrivals = || firsts.journeys.iter().map(|journey| journey.arrival_ms);
            let Some((from_ms, until_ms)) = arrivals().min().zip(arrivals().max()) else { return Ok(firsts) };
            let mut rests = ask(&rest(When::Between { from_ms, until_ms }, HALF_OF_RANGE))?;
            let after = ask(&rest(When::DepartAt { ms: until_ms }, HALF))?;
            rests.journeys.extend(after.journeys);
            let span = (firsts.from_ms, firsts.until_ms);
            (firsts.journeys, rests.journeys, firsts.note.or(after.note), span)
        }
        When::ArriveBy { .. } | When::LastToday { .. } => {
            let rests = ask(&rest(query.when, HALF))?;
            let latest = rests.journeys.iter().map(|journey| journey.departure_ms).max();
            let Some(ms) = latest else { return Ok(rests) };
            let firsts = ask(&first(When::ArriveBy { ms }, HALF))?;
            let span = (firsts.from_ms, firsts.until_ms);
            (firsts.journeys, rests.journeys, rests.note.or(firsts.note), span)
        }
    };
    let pairs = firsts.iter().flat_map(|first| rests.iter().filter_map(|rest| join(first, rest, place)));
    let sets_out = |journey: &Journey| match query.when {
        When::LastToday { ms } => journey.departure_ms >= ms,
        _ => true,
    };
    let passing = ask(&PlanQuery { limit: HALF_OF_RANGE, ..query.clone() })?.journeys;
    let all: Vec<(Criteria, Journey)> =
        pairs.chain(passing).filter(sets_out).map(|journey| (journey.criteria(), journey)).collect();
    let (chosen, (from_ms, until_ms)) = choose(best(all), query, span);
    Ok(Plan { journeys: chosen.into_iter().map(|(_, journey)| journey).collect(), note, from_ms, until_ms })
}

/// One journey after the other, if there is time; who only walks sets out when it suits the other half.
fn join(first: &Journey, rest: &Journey, place: &Place<'_, '_>) -> Option<Journey> {
    // Most pairs: before anything is copied or looked up.
    if first.rides > 0 && rest.rides > 0 && rest.departure_ms < first.arrival_ms {
        return None;
    }
    let (mut first, mut rest) = (first.clone(), rest.clone());
    let stays = match (first.legs.last_mut(), rest.legs.first()) {
        (Some(before), Some(after)) => stay(before, after),
        _ => false,
    };
    let (takes_ms, walk) = match (first.legs.last(), rest.legs.first()) {
        (Some(before), Some(after)) if !stays => place.between(before, after)?,
        _ => (0, None),
    };
    if rest.rides == 0 {
        let by_ms = first.arrival_ms + takes_ms - rest.departure_ms;
        shift(&mut rest, by_ms);
    } else if first.rides == 0 {
        let by_ms = (rest.departure_ms - takes_ms - first.arrival_ms).max(0);
        shift(&mut first, by_ms);
    }
    if !stays && rest.departure_ms < first.arrival_ms + takes_ms {
        return None;
    }
    let walked = walk.as_ref().map_or(0, |walk| walk.metres);
    let walk = walk.map(|walk| {
        let (departure_ms, arrival_ms) = (first.arrival_ms, first.arrival_ms + takes_ms);
        Leg::Walk(WalkLeg { departure_ms, arrival_ms, ..walk })
    });
    let mut legs = first.legs;
    legs.extend(walk);
    legs.extend(rest.legs.into_iter().skip(usize::from(stays)));
    Some(Journey {
        departure_ms: first.departure_ms,
        arrival_ms: rest.arrival_ms,
        rides: first.rides + rest.rides - u32::from(stays),
        walk_metres: first.walk_metres.saturating_add(rest.walk_metres).saturating_add(walked),
        legs,
    })
}

/// Makes one ride of two in the same trip, if they are.
fn stay(before: &mut Leg, after: &Leg) -> bool {
    let (Leg::Ride(before), Leg::Ride(after)) = (before, after) else { return false };
    // A loop halts here twice: the same bus, but later, is to wait for it.
    const HALTS_MS: i64 = 15 * 60_000;
    let (there_ms, leaves_ms) = (before.arrival_ms, after.departure_ms);
    let waits = (there_ms..=there_ms.saturating_add(HALTS_MS)).contains(&leaves_ms);
    let is_same = before.trip_id == after.trip_id && before.service_day == after.service_day;
    if !is_same || before.to_stop.id != after.from_stop.id || !waits {
        return false;
    }
    let name = std::mem::replace(&mut before.to_stop, after.to_stop.clone()).name;
    before.between.push(StopCall { name, arrival_ms: there_ms, departure_ms: leaves_ms });
    before.between.extend_from_slice(&after.between);
    before.stops_between += after.stops_between + 1;
    before.arrival_ms = after.arrival_ms;
    before.timetable_arrival_ms = after.timetable_arrival_ms;
    before.alighting = after.alighting;
    before.live |= after.live;
    true
}

fn shift(journey: &mut Journey, by_ms: i64) {
    journey.departure_ms += by_ms;
    journey.arrival_ms += by_ms;
    for leg in &mut journey.legs {
        let (departure_ms, arrival_ms) = match leg {
            Leg::Walk(walk) => (&mut walk.departure_ms, &mut walk.arrival_ms),
            Leg::Ride(ride) => (&mut ride.departure_ms, &mut ride.arrival_ms),
        };
        *departure_ms += by_ms;
        *arrival_ms += by_ms;
    }
}
