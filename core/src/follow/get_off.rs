//! When to get off: a warning before the stop of one's ride, and a word when it was missed.
//!
//! The phone's fixes are put on the way that the bus drives, never backwards, and the metres that are left say when
//! to warn. Where no fix comes, as in a tunnel or a pocket, the ride's time does. Each thing is said once. How soon
//! the next fix is wanted follows from what is left, never sooner than after [`SOONEST_MS`]: the screen may be off.
//!
//! Pure: fixes and times come in. No position leaves it, and it ends no ticket.

use crate::detect::Fix;
use crate::geo::Point;
use crate::plan::{measured, places_on};
use serde::{Deserialize, Serialize};

/// The next fix is never wanted sooner than this, in ms: 0.2 Hz.
pub const SOONEST_MS: i64 = 5_000;
/// Nor later than this.
const LATEST_MS: i64 = 60_000;
/// It is said so long before the stop, in seconds, at the bus's speed, and not later than so many metres before it.
const BEFORE_S: f64 = 75.0;
const BEFORE_M: f64 = 350.0;
/// A bus is no faster than this over the minutes, in metres a second, and mostly not slower than that.
const FASTEST_MPS: f64 = 17.0;
const TYPICAL_MPS: f64 = 6.0;
/// Within so many metres of the stop the bus is there.
const AT_STOP_M: f64 = 60.0;
/// So many metres past it, and faster than anybody walks, it was missed.
const PAST_M: f64 = 120.0;
const RIDES_MPS: f32 = 3.5;
/// A fix farther beside the way than this, in metres, is not on it: the bus goes another way.
const OFF_WAY_M: f64 = 150.0;
/// Fixes are vague: so far back it looks for the way, in metres.
const BACK_M: f64 = 60.0;
/// Without a fix for so long, in ms, time tells.
const BLIND_MS: i64 = 60_000;
/// By time alone it is said so long before the arrival.
const BLIND_BEFORE_MS: i64 = 120_000;

/// What a passenger on the bus is told; each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GetOffAlert {
    /// The stop comes: get ready.
    Soon {
        /// Metres to the stop over the way; none if only the time tells.
        metres: Option<u32>,
    },
    /// The bus is at the stop, or about to be.
    Now,
    /// The bus went on from the stop with the passenger in it.
    Missed {
        /// Metres from the stop.
        metres: u32,
    },
}

/// A ride whose end is watched. Plain data: kept across restarts by serde.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GetOff {
    /// The way from where the passenger boards to where they get off, with the metres to each bend.
    way: Vec<(Point, f64)>,
    /// When the bus arrives there, as far as is known, ms since 1970.
    arrival_ms: i64,
    /// How far along the way the phone was last, in metres.
    along_m: f64,
    /// When it was there, by the phone's clock; none before the first fix on the way.
    seen_ms: Option<i64>,
    /// How many metres are left; by the straight line where the bus left its way.
    left_m: Option<f64>,
    speed_mps: f64,
    said_soon: bool,
    said_now: bool,
    /// It was missed, or the passenger walks away: nothing is said any more.
    over: bool,
}

impl GetOff {
    /// Watches a ride: the way that it drives, whose last point is the stop, and when it arrives there. None if the
    /// way has no end.
    pub fn new(way: &[Point], arrival_ms: i64) -> Option<GetOff> {
        let way = measured(way.iter().copied());
        (!way.is_empty()).then(|| GetOff { way, arrival_ms, speed_mps: TYPICAL_MPS, ..GetOff::default() })
    }

    /// The bus is expected at another time.
    pub fn expect(&mut self, arrival_ms: i64) {
        self.arrival_ms = arrival_ms;
    }

    /// Whether there is nothing left to say.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// How many metres are left to the stop; none before the bus was seen on its way.
    pub fn left_m(&self) -> Option<u32> {
        self.left_m.map(|metres| metres.round() as u32)
    }

    /// Takes a fix; says what is new. Fixes that are vaguer than 150 m or older than the last change nothing.
    pub fn observe(&mut self, fix: &Fix) -> Option<GetOffAlert> {
        if self.over
            || fix.mocked
            || !fix.is_sound()
            || self.seen_ms.is_some_and(|seen_ms| fix.at_ms <= seen_ms)
        {
            return None;
        }
        let (stop, length_m) = *self.way.last()?;
        let vague_m = f64::from(fix.accuracy_m);
        let straight_m = fix.point.metres_to(stop);
        let seconds = self.seen_ms.map(|seen_ms| fix.at_ms.saturating_sub(seen_ms).max(1) as f64 / 1_000.0);
        let reach_m =
            seconds.map_or(f64::INFINITY, |s| self.along_m + FASTEST_MPS * 1.5 * s + vague_m + BACK_M);
        let (along_m, beside_m) = self.nearest(fix.point, reach_m)?;
        let left_m = if beside_m <= OFF_WAY_M + vague_m {
            let along_m = if self.seen_ms.is_some() { along_m.max(self.along_m) } else { along_m };
            if let Some(seconds) = seconds {
                let speed = ((along_m - self.along_m) / seconds).min(FASTEST_MPS);
                self.speed_mps = 0.7 * self.speed_mps + 0.3 * speed.max(1.0);
            }
            self.along_m = along_m;
            length_m - along_m
        } else {
            straight_m
        };
        self.seen_ms = Some(fix.at_ms);
        self.left_m = Some(left_m);
        let rides = fix.speed_mps.is_some_and(|speed| speed >= RIDES_MPS);
        if self.said_now && straight_m > PAST_M + vague_m {
            self.over = true;
            return rides.then_some(GetOffAlert::Missed { metres: straight_m.round() as u32 });
        }
        if !self.said_now && left_m <= AT_STOP_M + vague_m / 2.0 {
            (self.said_soon, self.said_now) = (true, true);
            return Some(GetOffAlert::Now);
        }
        if !self.said_soon && left_m <= BEFORE_M.max(self.speed_mps * BEFORE_S) {
            self.said_soon = true;
            return Some(GetOffAlert::Soon { metres: Some(left_m.round() as u32) });
        }
        None
    }

    /// Time passed; says what is new where no fix came.
    pub fn tick(&mut self, now_ms: i64) -> Option<GetOffAlert> {
        let is_blind = self.seen_ms.is_none_or(|seen_ms| now_ms.saturating_sub(seen_ms) > BLIND_MS);
        let comes = now_ms >= self.arrival_ms.saturating_sub(BLIND_BEFORE_MS);
        if self.over || self.said_soon || !is_blind || !comes {
            return None;
        }
        self.said_soon = true;
        Some(GetOffAlert::Soon { metres: None })
    }

    /// How long the next fix may wait, in ms: until the bus can be where something is to be said.
    pub fn next_fix_in_ms(&self) -> i64 {
        let warn_m = if self.said_soon { AT_STOP_M } else { BEFORE_M.max(self.speed_mps * BEFORE_S) };
        let left_m = self.left_m.unwrap_or(0.0) - warn_m;
        ((left_m / FASTEST_MPS * 1_000.0) as i64).clamp(SOONEST_MS, LATEST_MS)
    }

    /// The place on the way that is nearest to a point, not behind where the bus is nor out of its reach: metres
    /// along, and beside.
    fn nearest(&self, point: Point, reach_m: f64) -> Option<(f64, f64)> {
        let from_m = self.along_m - BACK_M;
        let single =
            self.way.first().filter(|_| self.way.len() == 1).map(|(only, _)| (0.0, point.metres_to(*only)));
        let in_reach = |pair: &&[(Point, f64)]| matches!(pair, [(_, from), (_, to)] if *to >= from_m && *from <= reach_m);
        let stretches = self.way.windows(2).filter(in_reach).flat_map(|pair| places_on(pair, point));
        stretches.chain(single).min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// So many metres along a way that goes 3 km east, and 1 km back beside itself.
    fn place(along_m: f64) -> Point {
        let (east, north) = if along_m <= 3_000.0 { (along_m, 0.0) } else { (6_000.0 - along_m, 30.0) };
        Point { lat: 47.1 + north / 111_195.0, lon: 51.9 + east / (111_195.0 * 47.1_f64.to_radians().cos()) }
    }

    const STOP_M: f64 = 4_000.0;

    fn ride() -> GetOff {
        let bends: Vec<Point> = (0..=40).map(|nth| place(f64::from(nth) * 100.0)).collect();
        GetOff::new(&bends, 700_000).expect("a way")
    }

    fn fix(at_ms: i64, point: Point, speed_mps: f32) -> Fix {
        Fix { at_ms, point, accuracy_m: 10.0, speed_mps: Some(speed_mps), bearing_deg: None, mocked: false }
    }

    /// Rides at this speed until so many metres, with a fix as often as is asked for; all that is said, and where.
    fn said(get_off: &mut GetOff, speed_mps: f64, until_m: f64) -> Vec<(GetOffAlert, f64)> {
        let (mut at_ms, mut said) = (get_off.seen_ms.unwrap_or(0), Vec::new());
        let begin_m = get_off.along_m;
        let begin_ms = at_ms;
        loop {
            at_ms += get_off.next_fix_in_ms();
            let along_m = begin_m + speed_mps * (at_ms - begin_ms) as f64 / 1_000.0;
            if along_m > until_m {
                return said;
            }
            let alert = get_off.observe(&fix(at_ms, place(along_m), speed_mps as f32));
            said.extend(alert.map(|alert| (alert, along_m)));
        }
    }

    #[test]
    fn it_warns_before_the_stop_and_at_it_and_tells_when_it_was_missed() {
        for speed_mps in [3.6, 6.0, 10.0, 16.0] {
            let mut get_off = ride();
            let said = said(&mut get_off, speed_mps, 5_000.0);
            let [(soon, soon_m), (now, now_m), (missed, missed_m)] = said.as_slice() else {
                panic!("{said:?}")
            };
            assert!(matches!(soon, GetOffAlert::Soon { metres: Some(_) }), "{said:?}");
            let left_s = (STOP_M - soon_m) / speed_mps;
            assert!((25.0..=140.0).contains(&left_s), "{left_s} s before, at {speed_mps} m/s");
            assert_eq!(*now, GetOffAlert::Now);
            assert!((now_m - STOP_M).abs() < 100.0, "{said:?}");
            assert!(matches!(missed, GetOffAlert::Missed { .. }) && missed_m - STOP_M < 250.0, "{said:?}");
            assert!(get_off.is_over());
        }
    }

    #[test]
    fn who_gets_off_and_walks_away_missed_nothing() {
        let mut get_off = ride();
        assert_eq!(said(&mut get_off, 8.0, STOP_M).len(), 2);
        let from_ms = get_off.seen_ms.expect("seen");
        for nth in 1..60 {
            let walked = place(STOP_M - f64::from(nth) * 7.0);
            assert_eq!(get_off.observe(&fix(from_ms + i64::from(nth) * 5_000, walked, 1.4)), None);
        }
        assert!(get_off.is_over());
    }

    #[test]
    fn fixes_are_asked_for_seldom_and_never_too_often() {
        let mut get_off = ride();
        get_off.observe(&fix(1, place(0.0), 8.0));
        assert_eq!(get_off.next_fix_in_ms(), LATEST_MS, "4 km are left");
        get_off.observe(&fix(300_000, place(3_900.0), 8.0));
        assert_eq!(get_off.next_fix_in_ms(), SOONEST_MS);
    }

    #[test]
    fn a_way_that_comes_back_beside_itself_is_not_left_early() {
        // The stop lies 30 m beside where the bus is after 2 km, and is reached after 4.
        let mut get_off = ride();
        get_off.observe(&fix(1, place(1_900.0), 8.0));
        let left_m = get_off.left_m().expect("seen");
        assert!(left_m.abs_diff(2_100) < 10, "{left_m}: on the first pass");
        assert_eq!(
            get_off.observe(&fix(10_000, place(2_000.0), 8.0)),
            None,
            "30 m beside the stop, on the way there"
        );
    }

    #[test]
    fn without_fixes_the_time_tells_once() {
        let mut get_off = ride();
        assert_eq!(get_off.tick(500_000), None);
        assert_eq!(get_off.tick(600_000), Some(GetOffAlert::Soon { metres: None }));
        assert_eq!(get_off.tick(650_000), None);
        let mut late = ride();
        late.expect(2_000_000);
        assert_eq!(late.tick(700_000), None, "it is late");
        late.observe(&fix(1_870_000, place(500.0), 8.0));
        assert_eq!(late.tick(1_890_000), None, "it was seen just now, far from there");
    }

    proptest! {
        #[test]
        fn no_fix_panics_and_nothing_is_said_twice(
            fixes in proptest::collection::vec((0_i64..2_000_000, 46.9..47.3, 51.7..52.2, 0.0_f32..200.0, 0.0_f32..30.0), 0..60),
        ) {
            let mut get_off = ride();
            let mut said = Vec::new();
            for (at_ms, lat, lon, accuracy_m, speed_mps) in fixes {
                let fix = Fix { accuracy_m, ..fix(at_ms, Point { lat, lon }, speed_mps) };
                said.extend(get_off.observe(&fix));
                said.extend(get_off.tick(at_ms));
                prop_assert!((SOONEST_MS..=LATEST_MS).contains(&get_off.next_fix_in_ms()));
            }
            let kind = |alert: &GetOffAlert| std::mem::discriminant(alert);
            let once = said.iter().enumerate().all(|(nth, a)| !said[..nth].iter().any(|b| kind(a) == kind(b)));
            prop_assert!(once, "{:?}", said);
        }
    }
}
