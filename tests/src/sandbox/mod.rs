//! An operator to talk to.
