//! The passenger's cards, their categories, and where the money for a ride comes from.

mod category;

pub use category::{Category, PassengerGroup};
