//! Following a planned journey: what of it is timetable and what is live, where a transfer is lost and how
//! to go on from there, what the operator says about it, and what it costs.
//!
//! Pure: the journey, what is known now, the fares and the time come in. It plans nothing itself; where a
//! transfer is lost it gives the next question ([`instead`]). Who is on the bus is told when to get off
//! ([`GetOff`]). What differs from the timetable is laid over
//! it ([`overlay`]); the timetable is never rebuilt. What a stop's board is made of is found here, too
//! ([`leaving_around`], [`by_places`]) and put into words ([`AtStop`]), for the app and the terminal alike.

mod board;
mod estimate;
mod get_off;
mod instead;
mod leaving;
mod live;
mod overlay;
mod price;
mod scope;

pub use board::{AtStop, StopBoard};
pub use estimate::by_places;
pub use get_off::{GetOff, GetOffAlert};
pub use instead::instead;
pub use leaving::leaving_around;
pub use live::{LegTimes, LegTrouble, LiveJourney, LiveLeg, Ridden, follow};
pub use overlay::{calls_of, calls_of_extra, overlay, run_of};
pub use price::{Counted, JourneyPrice, PaidRide, Payer, RidePrice, history, price};
pub use scope::{scope_of_line, scope_of_ride, scope_of_stop};
