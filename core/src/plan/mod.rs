//! Journeys through a city pack: from an address, stop or point to another, at a moment.
//!
//! [`plan`] reads a timetable and streets and returns values; it stores nothing and asks no clock. What is
//! known live comes laid over the timetable ([`Timetable::with`](crate::city::timetable::Timetable::with)),
//! and `seats` knows where one stays seated. Walks come from `walk`, rides from `raptor`; what is told of
//! them is decided here, by one rule, [`Criteria::dominates`]. [`departures`] is the stop board's and the
//! vehicles' view of the same timetable. The algorithm is that of Delling, Pajor and Werneck (*Round-Based
//! Public Transit Routing*, 2012); the way of writing it down is learnt from nigiri and
//! planarnetwork/raptor.
//!
//! Which journeys are best depends on the question. A range of departures, and a passenger who would rather
//! walk less, get the whole Pareto set over departure, arrival, rides and walking (McRAPTOR, the same
//! paper). Every other question gets that over departure, arrival and rides, of journeys equal in these the
//! first found, and none that walking all the way is at least as good as: McRAPTOR takes several times as
//! long for it, and what is worse in all three but walks less would only lengthen the list. Which one is found
//! first is always the same, since a pack does not depend on the order of rows in its feeds.
//!
//! Who must come by a stop on the way (`via`) gets the best of the journeys that do, riding through, changing
//! or on foot: that they came by is one more thing to compare.
//!
//! A plan says in which span of departures it is [whole](Plan::from_ms); pages put together leave nothing out.
//! No journey takes longer than two days.

mod again;
mod arrivals;
mod asked;
mod bags;
mod between;
mod boardings;
mod bounds;
mod colours;
mod courses;
mod days;
mod departures;
mod effort;
mod journey;
mod labels;
mod legs;
mod limits;
mod lines;
mod mc;
mod options;
mod raptor;
mod rests;
mod route;
mod search;
mod seats;
mod shape;
mod step_free;
mod stops;
mod tables;
mod via;
mod walk;
mod ways;
mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod stories;

pub use between::Between;
pub use days::{Zones, day_at, day_start_s};
pub(crate) use departures::starts_s;
pub use departures::{Call, Departure, departures, find_trip, trip_run, trips_running};
pub use journey::{
    Criteria, Endpoint, Halt, Journey, Leg, Plan, PlanError, PlanNote, PlanQuery, Prefer, RideLeg, StopAt,
    StopCall, WalkLeg, WalkStep, Wheelchair, When,
};
pub use lines::{Direction, Line, directions, lines, lines_at};
pub use raptor::Scratch;
pub use search::{plan, plan_with};
pub use shape::journey_shape;
pub(crate) use shape::{measured, pattern_way, places_on};
pub use stops::find_stop;
pub(crate) use stops::{line_name, stop_at};
pub use words::{every_text, moment_text};
