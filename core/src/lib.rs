//! Jol, the core of a passenger's app for city buses.
//!
//! `ARCHITECTURE.md` tells where everything lives and how one ride flows.

pub mod account;
pub mod city;
pub mod clock;
pub mod detect;
pub mod entropy;
pub mod geo;
pub mod inspector;
pub mod jol;
pub mod money;
pub mod operator;
pub mod pay;
pub mod plan;
pub mod qr;
pub mod realtime;
pub mod store;
pub mod text;
pub mod ticket;
pub mod wallet;

/// The version of the core, as in its package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
