//! The city pack: one file with the stops, lines, timetable, streets and places of a city; and
//! beside it the city's rules, as small data that travels by itself ([`fares`]).
//!
//! The file is mapped and never changed in place: it is checked wholly once, when it is installed;
//! opening reads its header only, and every index in it is checked where it is used.

#[cfg(any(test, feature = "city-build"))]
pub mod build;
pub mod fares;
pub mod streets;
pub mod timetable;
