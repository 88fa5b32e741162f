//! The next question after an answer: later, earlier, and what now that a bus is missed.

use super::journey::{Endpoint, Journey, Leg, Plan, PlanQuery, When};

impl PlanQuery {
    /// The same, for journeys that set out later than those of this answer; none if it searched the week
    /// after in vain. Pages leave no journey out; one that was told beside its page, far from it and with
    /// fewer rides, comes again in its own.
    pub fn later(&self, plan: &Plan) -> Option<PlanQuery> {
        let in_vain = matches!(self.when, When::DepartAt { .. }) && !rides(plan);
        let when = When::DepartAt { ms: plan.until_ms };
        (plan.from_ms < plan.until_ms && !in_vain).then(|| PlanQuery { when, ..self.clone() })
    }

    /// The same, for journeys that set out earlier than those of this answer; none if it searched the week
    /// before in vain.
    pub fn earlier(&self, plan: &Plan) -> Option<PlanQuery> {
        let backwards = matches!(self.when, When::DepartBefore { .. } | When::ArriveBy { .. });
        let when = When::DepartBefore { ms: plan.from_ms };
        (plan.from_ms < plan.until_ms && (rides(plan) || !backwards))
            .then(|| PlanQuery { when, ..self.clone() })
    }

    /// What else there is when the passenger stands at the stop where ride number `ride` of a journey,
    /// counted from 0 without those in which one stays seated, has just left without them; none if it has no
    /// such ride.
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

fn rides(plan: &Plan) -> bool {
    plan.journeys.iter().any(|journey| journey.rides > 0)
}
