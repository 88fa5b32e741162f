//! An operator to talk to.

pub mod data;
pub mod fleet;
pub mod rules;
