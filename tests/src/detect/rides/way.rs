//! Where a phone truly is: piece by piece, waiting, walking, riding, or beside buses.

use super::constants as of;
use crate::world::dice::Dice;
use crate::world::traffic::{RunIdx, Traffic, shifted};
use jol_core::geo::Point;

/// How one piece of the way goes.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Stands.
    Stand(Point),
    /// Goes straight, until this moment.
    Go { from: Point, to: Point, until_ms: i64 },
    /// Sits in a bus, so many metres before its middle.
    Ride { bus: usize, seat_m: f64 },
    /// Drives behind a bus.
    Behind { bus: usize, lag_ms: i64 },
    /// Goes along the way of a run, beside its lane: metres at moments.
    Along { run: RunIdx, metres: Vec<(i64, f64)>, right_m: f64 },
}

/// The whole way: from which moment on each piece holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pieces: Vec<(i64, Piece)>,
}

impl Way {
    pub(super) fn then(&mut self, from_ms: i64, piece: Piece) {
        self.pieces.push((from_ms, piece));
    }

    pub(super) fn at(&self, traffic: &Traffic<'_>, at_ms: i64) -> Point {
        let nth = self.pieces.partition_point(|(from_ms, _)| *from_ms <= at_ms).max(1) - 1;
        let Some((from_ms, piece)) = self.pieces.get(nth) else { return Point::default() };
        match piece {
            Piece::Stand(point) => *point,
            Piece::Go { from, to, until_ms } => {
                let share = (at_ms - from_ms) as f64 / (until_ms - from_ms).max(1) as f64;
                from.towards(*to, share.clamp(0.0, 1.0))
            }
            Piece::Ride { bus, seat_m } => in_bus(traffic, *bus, at_ms, *seat_m),
            Piece::Behind { bus, lag_ms } => in_bus(traffic, *bus, at_ms - lag_ms, 0.0),
            Piece::Along { run, metres, right_m } => {
                let after = metres.partition_point(|(ms, _)| *ms <= at_ms).clamp(1, metres.len() - 1);
                let ((a_ms, a), (b_ms, b)) = (metres[after - 1], metres[after]);
                let share = ((at_ms - a_ms) as f64 / (b_ms - a_ms).max(1) as f64).clamp(0.0, 1.0);
                traffic.beside(*run, a + (b - a) * share, *right_m).0
            }
        }
    }

    /// How fast it is in metres a second, and where it heads.
    pub(super) fn speed(&self, traffic: &Traffic<'_>, at_ms: i64) -> (f64, f64) {
        let (before, after) = (self.at(traffic, at_ms - 500), self.at(traffic, at_ms + 500));
        let (east, north) = after.flat(before);
        (east.hypot(north), east.atan2(north).to_degrees().rem_euclid(360.0))
    }
}

fn in_bus(traffic: &Traffic<'_>, bus: usize, at_ms: i64, seat_m: f64) -> Point {
    let seen = traffic.seen(bus, at_ms);
    seen.map_or(Point::default(), |seen| shifted(seen.point, seen.bearing_deg, seat_m, 0.0))
}

/// Comes to the stop of a run, waits, and is at the bus's door when it boards.
pub(super) fn come_and_wait(
    way: &mut Way,
    dice: &mut Dice,
    traffic: &Traffic<'_>,
    (run, stop): (RunIdx, usize),
    (zero_ms, arrival_ms, boards_ms): (i64, i64, i64),
) {
    let pole = traffic.beside(run, traffic.stop(run, stop).1, of::POLE_M).0;
    let metres = dice.between(of::COMES_FROM_M.0, of::COMES_FROM_M.1);
    let from = shifted(pole, dice.between(0.0, 360.0), metres, 0.0);
    let walk_ms = (metres / dice.between(of::WALKS_MPS.0, of::WALKS_MPS.1) * 1_000.0) as i64;
    // From the pole to the door.
    let door_ms = (boards_ms - 6_000).max(arrival_ms).min(boards_ms - 1_000);
    let waits_ms = (dice.between(of::WAITS_S.0, of::WAITS_S.1) * 1_000.0) as i64;
    let there_ms = if dice.chance(of::JUST_IN_TIME) { door_ms } else { door_ms.min(arrival_ms) - waits_ms };
    let door = in_bus(traffic, traffic.bus_of(run), boards_ms, 0.0);
    way.then(zero_ms.min(there_ms - walk_ms) - 60_000, Piece::Stand(from));
    way.then(there_ms - walk_ms, Piece::Go { from, to: pole, until_ms: there_ms });
    way.then(there_ms, Piece::Stand(pole));
    way.then(door_ms, Piece::Go { from: pole, to: door, until_ms: boards_ms });
}

/// Gets off and walks away.
pub(super) fn get_off(way: &mut Way, dice: &mut Dice, traffic: &Traffic<'_>, bus: usize, at_ms: i64) {
    let from = in_bus(traffic, bus, at_ms, 0.0);
    let to = shifted(from, dice.between(0.0, 360.0), 600.0, 0.0);
    let walk_ms = 600.0 / dice.between(of::WALKS_MPS.0, of::WALKS_MPS.1) * 1_000.0;
    way.then(at_ms, Piece::Go { from, to, until_ms: at_ms + walk_ms as i64 });
}

/// Walks along the street past a stop; some have waited there before.
pub(super) fn walk_past(
    way: &mut Way,
    dice: &mut Dice,
    traffic: &Traffic<'_>,
    (run, stop): (RunIdx, usize),
    zero_ms: i64,
) {
    let (speed, at) = (dice.between(of::WALKS_MPS.0, of::WALKS_MPS.1), traffic.stop(run, stop).1);
    let ms = |seconds: f64| zero_ms + (seconds * 1_000.0) as i64;
    let waits = dice.chance(0.5);
    let (begins_s, begins_m) =
        if waits { (dice.between(100.0, 220.0), at) } else { (0.0, (at - of::BOARDS_S * speed).max(0.0)) };
    let end = (ms(begins_s + of::CASE_S), begins_m + of::CASE_S * speed);
    let metres = vec![(ms(begins_s), begins_m), end];
    way.then(ms(-60.0), Piece::Along { run, metres, right_m: of::POLE_M });
}

/// Cycles along the way of a run past a stop, held up now and then.
pub(super) fn cycle_past(
    way: &mut Way,
    dice: &mut Dice,
    traffic: &Traffic<'_>,
    (run, stop): (RunIdx, usize),
    zero_ms: i64,
) {
    let speed = dice.between(of::CYCLES_MPS.0, of::CYCLES_MPS.1);
    let begins_m = (traffic.stop(run, stop).1 - of::BOARDS_S * speed).max(0.0);
    let mut metres = vec![(zero_ms, begins_m)];
    let (mut second, mut at) = (0.0, begins_m);
    while second < of::CASE_S {
        let goes_m = dice.between(of::HELD_UP_EVERY_M.0, of::HELD_UP_EVERY_M.1);
        (second, at) = (second + goes_m / speed, at + goes_m);
        metres.push((zero_ms + (second * 1_000.0) as i64, at));
        second += dice.between(of::HELD_UP_S.0, of::HELD_UP_S.1);
        metres.push((zero_ms + (second * 1_000.0) as i64, at));
    }
    way.then(zero_ms - 60_000, Piece::Along { run, metres, right_m: 1.0 });
}

/// Drives a car behind a bus, and then another way; gives the second of the case at which they part.
pub(super) fn drive_behind(
    way: &mut Way,
    dice: &mut Dice,
    traffic: &Traffic<'_>,
    bus: usize,
    zero_ms: i64,
) -> f64 {
    let lag_ms = (dice.between(of::CAR_BEHIND_S.0, of::CAR_BEHIND_S.1) * 1_000.0) as i64;
    let until_s = dice.between(of::CAR_UNTIL_S.0, of::CAR_UNTIL_S.1);
    let until_ms = zero_ms + (until_s * 1_000.0) as i64;
    way.then(zero_ms - 60_000, Piece::Behind { bus, lag_ms });
    let from = in_bus(traffic, bus, until_ms - lag_ms, 0.0);
    let bearing_deg = traffic.seen(bus, until_ms - lag_ms).map_or(0.0, |seen| seen.bearing_deg);
    let side = if dice.chance(0.5) { 90.0 } else { -90.0 };
    let to = shifted(from, bearing_deg + side, 4_000.0, 0.0);
    let go_ms = (4_000.0 / of::CAR_MPS * 1_000.0) as i64;
    way.then(until_ms, Piece::Go { from, to, until_ms: until_ms + go_ms });
    until_s
}
