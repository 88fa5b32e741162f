//! The city pack: one file with the stops, lines, timetable, streets and places of a city.
//!
//! The file is mapped and never changed in place: it is checked wholly once, when it is installed;
//! opening reads its header only, and every index in it is checked where it is used.

#[cfg(any(test, feature = "city-build"))]
pub mod build;
pub mod fold;
pub mod streets;
pub mod timetable;
