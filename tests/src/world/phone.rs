//! What a passenger's phone feels: the way to the stop, waiting, the ride, the way on.
//!
//! True positions come from the same street as the buses' reports; a receiver's error is laid over them
//! that wanders slowly (Gauss and Markov), as between houses. It is not a phone: it stores and sends
//! nothing.

use super::dice::Dice;
use super::feed::moved;
use super::street::Fleet;
use jol_core::geo::Point;

/// How fast the passenger walks, metres a second.
pub const WALKING_MPS: f64 = 1.3;
/// So long before the bus, in ms, the passenger is at the stop.
const EARLY_MS: i64 = 90_000;
/// So long after getting off the passenger walks on, in ms.
const AFTERWARDS_MS: i64 = 120_000;
/// How far off the receiver is (standard deviation, metres east and north), and for how long one error
/// lasts, in seconds.
const SIGMA_M: f64 = 5.0;
const LASTS_S: f64 = 40.0;

/// A ride to be felt.
#[derive(Clone, Copy, Debug)]
pub struct Ride<'a> {
    /// The trip.
    pub trip_id: &'a str,
    /// Its service day, in days since 1970-01-01.
    pub service_day: i32,
    /// Where the passenger boards and gets off: positions of stops in the trip.
    pub board: usize,
    /// See `board`; later in the trip.
    pub alight: usize,
    /// Where the passenger comes from.
    pub from: Point,
    /// Where the passenger goes.
    pub to: Point,
}

/// One position as the phone's receiver gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhoneFix {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Where, with the receiver's error.
    pub point: Point,
    /// The radius that the receiver believes its error to be within, two times of three.
    pub accuracy_m: f32,
    /// How fast.
    pub speed_mps: f32,
    /// Where to, degrees clockwise from north; none while standing.
    pub bearing_deg: Option<f32>,
}

/// All that the phone felt of a ride.
#[derive(Clone, Debug, PartialEq)]
pub struct PhoneTrack {
    /// The bus that the passenger was on.
    pub vehicle: String,
    /// When the passenger stepped in.
    pub boards_ms: i64,
    /// When the passenger stepped out.
    pub alights_ms: i64,
    /// One fix a second.
    pub fixes: Vec<PhoneFix>,
}

/// The phone of a passenger on this ride, one fix a second; none if the trip does not run on that day or
/// has no such stops.
pub fn passenger_on(fleet: &Fleet, ride: Ride<'_>, seed: u64) -> Option<PhoneTrack> {
    let halts = fleet.halts(ride.trip_id, ride.service_day);
    let vehicle = fleet.vehicle_of(ride.trip_id, ride.service_day)?.vehicle.clone();
    let (on, off) = (halts.get(ride.board)?, halts.get(ride.alight)?);
    if ride.alight <= ride.board {
        return None;
    }
    // In the middle of the time that the doors are open.
    let boards_ms = (on.arrival_ms + on.departure_ms) / 2;
    let alights_ms = (off.arrival_ms + off.departure_ms) / 2;
    let walk_ms = (ride.from.metres_to(on.point) / WALKING_MPS * 1_000.0) as i64;
    let at_stop_ms = on.arrival_ms - EARLY_MS;
    let begin_ms = (at_stop_ms - walk_ms).div_euclid(1_000) * 1_000;
    let truth = |at_ms: i64| -> Option<Point> {
        if at_ms < at_stop_ms {
            let share = (at_ms - begin_ms) as f64 / (at_stop_ms - begin_ms).max(1) as f64;
            Some(ride.from.towards(on.point, share))
        } else if at_ms < boards_ms {
            Some(on.point)
        } else if at_ms < alights_ms {
            Some(fleet.bus_at(&vehicle, at_ms)?.point)
        } else {
            let walked = (at_ms - alights_ms) as f64 / 1_000.0 * WALKING_MPS;
            Some(off.point.towards(ride.to, (walked / off.point.metres_to(ride.to).max(1.0)).min(1.0)))
        }
    };
    let mut receiver = Receiver::new(Dice::new(seed, ride.trip_id));
    let times = (begin_ms..=alights_ms + AFTERWARDS_MS).step_by(1_000);
    let fixes = times.map(|at_ms| {
        let (here, next) = (truth(at_ms)?, truth(at_ms + 1_000)?);
        Some(receiver.fix(at_ms, here, next))
    });
    let fixes = fixes.collect::<Option<Vec<PhoneFix>>>()?;
    Some(PhoneTrack { vehicle, boards_ms, alights_ms, fixes })
}

/// A receiver whose error wanders.
struct Receiver {
    dice: Dice,
    east: f64,
    north: f64,
}

impl Receiver {
    fn new(mut dice: Dice) -> Receiver {
        let (east, north) = (dice.gauss() * SIGMA_M, dice.gauss() * SIGMA_M);
        Receiver { dice, east, north }
    }

    fn fix(&mut self, at_ms: i64, here: Point, next: Point) -> PhoneFix {
        let keeps = (-1.0 / LASTS_S).exp();
        let wanders = SIGMA_M * (1.0 - keeps * keeps).sqrt();
        self.east = self.east * keeps + self.dice.gauss() * wanders;
        self.north = self.north * keeps + self.dice.gauss() * wanders;
        let metres = here.metres_to(next);
        PhoneFix {
            at_ms,
            point: moved(here, self.east, self.north),
            accuracy_m: self.dice.between(5.0, 11.0) as f32,
            speed_mps: (metres + self.dice.gauss() * 0.2).max(0.0) as f32,
            bearing_deg: (metres > 0.7).then(|| here.bearing_to(next) as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::street::tests::{sample, wednesday};
    use super::*;

    fn ride_of<'a>(trip_id: &'a str, service_day: i32, from: Point) -> Ride<'a> {
        Ride { trip_id, service_day, board: 2, alight: 9, from, to: moved(from, 500.0, 0.0) }
    }

    #[test]
    fn the_phone_is_with_its_bus_between_boarding_and_getting_off() {
        let (_, _, fleet) = sample();
        let run = fleet.run_of("0547", wednesday(10, 0)).expect("it is out");
        let halts = fleet.halts_of(&run);
        let from = moved(halts[2].point, 200.0, 150.0);
        let track = passenger_on(fleet, ride_of(&run.trip_id, run.service_day, from), 1).expect("a ride");
        assert_eq!(track.vehicle, "0547");
        assert!(track.fixes.windows(2).all(|pair| pair[1].at_ms - pair[0].at_ms == 1_000));
        let (mut squares, mut count) = (0.0, 0.0);
        for fix in &track.fixes {
            let bus = fleet.bus_at("0547", fix.at_ms).map(|bus| bus.point.metres_to(fix.point));
            if (track.boards_ms..track.alights_ms).contains(&fix.at_ms) {
                let off = bus.expect("it is on the street");
                assert!(off < 30.0, "{off} m from the bus");
                (squares, count) = (squares + off * off, count + 1.0);
            }
        }
        let sigma = (squares / count / 2.0_f64).sqrt();
        assert!(count > 300.0 && (2.0..9.0).contains(&sigma), "{sigma} m over {count} s");

        let first = track.fixes[0];
        assert!(first.point.metres_to(from) < 25.0, "it begins where the passenger comes from");
        let last = track.fixes.last().expect("fixes");
        assert!(last.point.metres_to(halts[9].point) > 80.0, "and walks on");
        assert!(first.speed_mps > 0.5 && first.speed_mps < 2.2, "{}", first.speed_mps);
    }

    #[test]
    fn a_seed_repeats_the_error_of_the_receiver() {
        let (_, _, fleet) = sample();
        let run = fleet.run_of("0547", wednesday(10, 0)).expect("it is out");
        let ride = ride_of(&run.trip_id, run.service_day, fleet.halts_of(&run)[0].point);
        assert_eq!(passenger_on(fleet, ride, 1), passenger_on(fleet, ride, 1));
        assert_ne!(passenger_on(fleet, ride, 1), passenger_on(fleet, ride, 2));
    }

    #[test]
    fn there_is_no_ride_on_a_trip_that_does_not_run() {
        let (_, _, fleet) = sample();
        let run = fleet.run_of("0547", wednesday(10, 0)).expect("it is out");
        let here = fleet.halts_of(&run)[0].point;
        let sunday = run.service_day + 4;
        assert_eq!(passenger_on(fleet, ride_of(&run.trip_id, sunday, here), 1), None);
        assert_eq!(passenger_on(fleet, ride_of("no such trip", run.service_day, here), 1), None);
        let backwards = Ride { board: 9, alight: 2, ..ride_of(&run.trip_id, run.service_day, here) };
        assert_eq!(passenger_on(fleet, backwards, 1), None);
    }
}
