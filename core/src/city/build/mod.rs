//! Where a city pack is made: rows of feeds in, the flat arrays of the pack out.
//!
//! Nothing here runs on a phone: the feature `city-build` is off in its library. The planner's own
//! tests write their little timetables with [`sketch`], in the manner of loki's `ModelBuilder`.

pub mod sketch;
pub mod timetable;
