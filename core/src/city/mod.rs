//! The city pack: stops, lines, timetable, streets, places, fares.
