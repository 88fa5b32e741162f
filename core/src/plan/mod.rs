//! Journeys through a city pack.
