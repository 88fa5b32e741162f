//! Jol, the core of a passenger's app for city buses.
pub mod clock;
pub mod entropy;
pub mod geo;
pub mod money;

/// The version of the core, as in its package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
