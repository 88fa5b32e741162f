//! How to go on where a ride cannot be had.

use super::live::LiveJourney;
use crate::plan::{Endpoint, Journey, PlanQuery, When};

/// The question whose answers take the place of the rest of a journey, from the ride of leg `leg` on:
/// from where the passenger then is, to where they wanted, as they like it. None if that leg is no ride.
///
/// Where the passenger is: at the journey's beginning before the first ride; where the ride before left
/// them; or, when there was time to walk over, at the stop of the ride that is lost.
pub fn instead(
    query: &PlanQuery,
    journey: &Journey,
    live: &LiveJourney,
    leg: usize,
    now_ms: i64,
) -> Option<PlanQuery> {
    let lost = journey.legs.get(leg)?.ride()?;
    let rides = journey.legs.iter().enumerate().take(leg);
    let before =
        rides.rev().find_map(|(nth, leg)| Some((&leg.ride()?.to_stop, live.legs.get(nth)?.arrival_ms)));
    let there_ms = leg.checked_sub(1).and_then(|nth| live.legs.get(nth)).map(|leg| leg.arrival_ms);
    let (from, ready_ms) = match before {
        None => (query.from.clone(), now_ms),
        Some(_) if there_ms.is_some_and(|there_ms| there_ms <= now_ms) => {
            (Endpoint::Stop { id: lost.from_stop.id.clone() }, now_ms)
        }
        Some((left_at, left_ms)) => (Endpoint::Stop { id: left_at.id.clone() }, left_ms),
    };
    let when = When::DepartAt { ms: ready_ms.max(now_ms) };
    Some(PlanQuery { from, when, ..query.clone() })
}
