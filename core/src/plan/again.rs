//! The next question after an answer: later, earlier, and what now that a bus is missed.

use super::journey::{Endpoint, Journey, Leg, Plan, PlanQuery, When};

impl PlanQuery {
    /// The same, for journeys that set out after the last one of this answer; none if nobody rides in it.
    pub fn later(&self, plan: &Plan) -> Option<PlanQuery> {
        let riding = plan.journeys.iter().filter(|journey| journey.rides > 0);
        let last = riding.map(|journey| journey.departure_ms).max()?;
        Some(PlanQuery { when: When::DepartAt { ms: last.checked_add(1)? }, ..self.clone() })
    }

    /// The same, for journeys that set out before the first one of this answer; none if nobody rides in it.
    pub fn earlier(&self, plan: &Plan) -> Option<PlanQuery> {
        let riding = plan.journeys.iter().filter(|journey| journey.rides > 0);
        let ms = riding.map(|journey| journey.departure_ms).min()?;
        Some(PlanQuery { when: When::DepartBefore { ms }, ..self.clone() })
    }

    /// What else there is when the passenger stands at the stop where ride number `ride` of a journey,
    /// counted from 0 without those in which one stays seated, has just left without them; none if it has no such ride.
    pub fn after_missing(&self, journey: &Journey, ride: usize) -> Option<PlanQuery> {
        let mut rides = journey.legs.iter().filter_map(|leg| match leg {
            Leg::Ride(ride) if !ride.stay_seated => Some((&ride.from_stop, ride.departure_ms)),
            _ => None,
        });
        let (stop, left_ms) = rides.nth(ride)?;
        let from = Endpoint::Stop { id: stop.id.clone() };
        // The timetable knows whole seconds: what leaves later leaves at the next one.
        let when = When::DepartAt { ms: left_ms.checked_add(1)? };
        Some(PlanQuery { from, when, ..self.clone() })
    }
}
