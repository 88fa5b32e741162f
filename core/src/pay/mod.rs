//! Paying for a ride: from the tap to an answer that is known.

mod way;

pub use way::{Source, Way};
