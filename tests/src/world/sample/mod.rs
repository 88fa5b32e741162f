//! A sample city.

mod gtfs;
mod houses;
mod lines;
mod names;
mod osm;
mod town;
