//! Where a city pack is made: feeds (GTFS) and a map (OpenStreetMap) in, one file out.
//!
//! Nothing here runs on a phone: the feature `city-build` is off in its library. The planner's own
//! tests write their little timetables with [`sketch`], in the manner of loki's `ModelBuilder`. What a feed
//! gets wrong is put right or left out, and [reported](BuildReport) by file and row; what no feed would
//! hold (an archive that unpacks without end) is an error before it fills the memory.

#[cfg(feature = "city-build")]
pub(crate) mod berths;
mod chains;
mod continuations;
mod gtfs;
#[cfg(feature = "city-build")]
mod index;
#[cfg(feature = "city-build")]
mod job;
mod numbers;
#[cfg(feature = "city-build")]
mod osm;
mod profiles;
#[cfg(feature = "city-build")]
mod report;
#[cfg(feature = "city-build")]
mod simplify;
pub mod sketch;
#[cfg(feature = "city-build")]
mod streets;
pub mod timetable;
#[cfg(feature = "city-build")]
mod walks;
#[cfg(feature = "city-build")]
mod write;

#[cfg(test)]
#[cfg(feature = "city-build")]
mod tests;

#[cfg(feature = "city-build")]
pub use job::Build;
#[cfg(feature = "city-build")]
pub use report::{BuildError, BuildReport, MOST_NOTES, Note, Notes, Progress, Step};
#[cfg(feature = "city-build")]
pub use walks::{MOST_METRES, Walks};
