//! Journeys through a city pack.

mod days;
mod journey;
mod raptor;
mod walk;
pub use days::{Zones, day_at, day_start_s};
pub use journey::*;
