//! Where the operator's buses are: what the sandbox asks of whoever drives them.

use crate::world::phone::PhoneFix;

/// The buses of one city as their operator sees them.
///
/// The three feeds are GTFS-Realtime messages (protobuf), ready to be served; every one is a function
/// of time alone, so that a story can be told again.
pub trait LiveSource: Send + Sync + 'static {
    /// VehiclePositions at this moment.
    fn positions(&self, now_ms: i64) -> Vec<u8>;
    /// TripUpdates at this moment.
    fn updates(&self, now_ms: i64) -> Vec<u8>;
    /// Alerts at this moment.
    fn alerts(&self, now_ms: i64) -> Vec<u8>;
    /// What a bus is doing at this moment; none if it stands in the depot or does not exist.
    fn where_is(&self, vehicle: &str, now_ms: i64) -> Option<Run>;
    /// What the phone of a passenger feels who rides this trip from one stop to another; none if nobody
    /// can tell.
    fn passenger(&self, _trip: &str, _day: i32, _from: &str, _to: &str) -> Option<Passenger> {
        None
    }
}

/// A passenger's ride, for a test to live it.
#[derive(Clone, Debug)]
pub struct Passenger {
    /// The bus.
    pub vehicle: String,
    /// The number painted on it.
    pub painted: String,
    /// When the passenger steps in, ms since 1970.
    pub boards_ms: i64,
    /// When the passenger steps out.
    pub alights_ms: i64,
    /// When the bus reaches its last stop.
    pub terminus_ms: i64,
    /// One position a second.
    pub fixes: Vec<PhoneFix>,
}

/// One run of a bus along its line, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Names this run; another run of the same bus has another name.
    pub run: String,
    /// The public number of the line.
    pub line: String,
    /// Its direction, 0 or 1 as in GTFS.
    pub direction: u8,
    /// Where the line ends.
    pub terminus: String,
    /// When it arrives there by the timetable, ms since 1970.
    pub ends_ms: i64,
    /// The name of the stop where it is, or that it left last.
    pub stop: String,
    /// That stop's id in the feed.
    pub stop_id: String,
    /// It carries passengers.
    pub in_service: bool,
}

/// Buses that go to and fro without a feed: each run lasts so long, and the next one follows at once.
#[derive(Clone, Debug)]
pub struct ShuttleFleet {
    /// Vehicle and line.
    pub buses: Vec<(String, String)>,
    /// How long a run lasts, in ms.
    pub run_ms: i64,
}

impl LiveSource for ShuttleFleet {
    fn positions(&self, _now_ms: i64) -> Vec<u8> {
        Vec::new()
    }

    fn updates(&self, _now_ms: i64) -> Vec<u8> {
        Vec::new()
    }

    fn alerts(&self, _now_ms: i64) -> Vec<u8> {
        Vec::new()
    }

    fn where_is(&self, vehicle: &str, now_ms: i64) -> Option<Run> {
        let (_, line) = self.buses.iter().find(|(bus, _)| bus == vehicle)?;
        let number = now_ms.div_euclid(self.run_ms);
        let direction = u8::from(number % 2 != 0);
        let (from, to) = if direction == 0 { ("West", "East") } else { ("East", "West") };
        Some(Run {
            run: format!("{vehicle}-{number}"),
            line: line.clone(),
            direction,
            terminus: to.to_owned(),
            ends_ms: (number + 1) * self.run_ms,
            stop: from.to_owned(),
            stop_id: from.to_lowercase(),
            in_service: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuttle_turns_at_its_ends_and_gets_a_new_run() {
        let fleet = ShuttleFleet { buses: vec![("0547".into(), "5".into())], run_ms: 1_000 };
        let (out, back) =
            (fleet.where_is("0547", 999).expect("a run"), fleet.where_is("0547", 1_000).expect("one"));
        assert_ne!(out.run, back.run);
        assert_eq!((out.direction, back.direction), (0, 1));
        assert_eq!((out.ends_ms, back.ends_ms), (1_000, 2_000));
        assert_eq!(fleet.where_is("9999", 0), None);
    }
}
