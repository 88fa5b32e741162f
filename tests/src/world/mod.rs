//! The world around a phone: a sample city, a street with buses, a phone that walks and rides there.
//!
//! `sample` writes a city as files (GTFS and OpenStreetMap), which go through the same import as any feed;
//! `country` is a feed of any size, `sprawl` a city of any number of houses. `street` drives a city's buses
//! along its timetable, late as buses are; `feed` publishes them as GTFS-Realtime, and `phone` is what a
//! passenger's phone feels of the same ride. `traffic` drives them through some minutes as traffic does, queueing
//! and waiting at lights, and `hub` is a city with so many that they are hard to tell apart. `camera` is how a
//! phone sees a code, worn or not (`wear`), before a `scene`; `terminal` is what stands at a bus's door; `proxy`
//! is a network that cuts, holds and doubles.
//! Everything is a function of a seed and of the time, which comes in: a story can be told again.
//!
//! Nothing here knows the operator (`sandbox`), the app (`jol_core::jol`) or what a ride costs.
//! The idea is ferrostar's and TigerBeetle's: a world made from a seed is a test that never flickers.

pub mod camera;
pub mod country;
pub mod dice;
pub mod feed;
pub mod hub;
pub mod phone;
pub mod proxy;
pub mod sample;
pub mod scene;
pub mod sprawl;
pub mod street;
pub mod terminal;
pub mod traffic;
mod wear;
