//! GTFS-Realtime: vehicles, delays, alerts, the stop board.
