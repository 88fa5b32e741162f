//! An operator to talk to.

pub mod books;
pub mod data;
pub mod fleet;
pub mod ledger;
pub mod rules;
