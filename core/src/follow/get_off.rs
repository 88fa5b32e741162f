//! When to get off: a warning before the stop of one's ride, and a word when it was missed.
//!
//! The phone's fixes are put on the way that the bus drives, never backwards, and the metres that are left say when
//! to warn. Where no fix comes, as in a tunnel or a pocket, the ride's time does. Each thing is said once. How soon
//! the next fix is wanted follows from what is left, never sooner than after [`SLOW_MS`]: the screen may be off.
//!
//! All moments are of one clock, whoever sets the phone's: a fix counts for when it is handed over. Pure: fixes and
//! times come in. No position leaves it, and it ends no ticket.

use crate::detect::{Fix, SLOW_MS};
use crate::geo::Point;
use crate::plan::{measured, places_on};
use serde::{Deserialize, Serialize};

/// The next fix is never wanted later than this, in ms.
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
const RIDES_MPS: f64 = 3.5;
/// Who is past it and for so long slower than that has got off; so has, after the second time, whoever went no farther.
const ON_FOOT_MS: i64 = 120_000;
const LINGERS_MS: i64 = 600_000;
/// So long after the bus should have come nothing is waited for.
const OVERDUE_MS: i64 = 2 * 3_600_000;
/// A fix by a clock that is behind the last one's by no more than this is an old one; else the clock was set back.
const SET_BACK_MS: i64 = 60_000;
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
#[serde(default)]
pub struct GetOff {
    /// The way from where the passenger boards to where they get off, with the metres to each bend.
    way: Vec<(Point, f64)>,
    /// When the bus arrives there, as far as is known, ms since 1970.
    arrival_ms: i64,
    /// How far along the way the phone was last, in metres, and when; none before the first fix on it.
    along_m: f64,
    along_ms: Option<i64>,
    /// When and where it was seen last, and by which stamp; none before the first fix on the way.
    seen: Option<Seen>,
    /// How many metres are left; by the straight line where the bus left its way.
    left_m: Option<f64>,
    speed_mps: f64,
    said_soon: bool,
    said_now_ms: Option<i64>,
    /// How near the stop it came, in metres, since it was said to be there or the way had ended.
    nearest_m: Option<f64>,
    /// Since when it has been past it and slow.
    slow_since_ms: Option<i64>,
    /// It was missed, or the passenger has got off, or the bus never came: nothing is said any more.
    over: bool,
}

/// The last fix that counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    now_ms: i64,
    stamp_ms: i64,
    point: Point,
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

    /// Takes a fix as it comes, now; says what is new. Fixes that are vaguer than 150 m or older than the last change
    /// nothing.
    pub fn observe(&mut self, fix: &Fix, now_ms: i64) -> Option<GetOffAlert> {
        let is_late =
            |seen: Seen| (seen.stamp_ms.saturating_sub(SET_BACK_MS)..=seen.stamp_ms).contains(&fix.at_ms);
        self.grow_old(now_ms);
        if self.over || fix.mocked || !fix.is_sound() || self.seen.is_some_and(is_late) {
            return None;
        }
        let (stop, length_m) = *self.way.last()?;
        let vague_m = f64::from(fix.accuracy_m);
        let straight_m = fix.point.metres_to(stop);
        let before = self.seen.map(|seen| (seen, now_ms.saturating_sub(seen.now_ms).max(1) as f64 / 1_000.0));
        let on_way_s = self.along_ms.map(|then_ms| now_ms.saturating_sub(then_ms).max(1) as f64 / 1_000.0);
        let reach_m =
            on_way_s.map_or(f64::INFINITY, |s| self.along_m + FASTEST_MPS * 1.5 * s + vague_m + BACK_M);
        let (along_m, beside_m) = self.nearest(fix.point, reach_m)?;
        let is_on_way = beside_m <= OFF_WAY_M + vague_m;
        let left_m = if is_on_way {
            let along_m = if on_way_s.is_some() { along_m.max(self.along_m) } else { along_m };
            if let Some(seconds) = on_way_s {
                let speed = ((along_m - self.along_m) / seconds).min(FASTEST_MPS);
                self.speed_mps = 0.7 * self.speed_mps + 0.3 * speed.max(1.0);
            }
            (self.along_m, self.along_ms) = (along_m, Some(now_ms));
            length_m - along_m
        } else {
            straight_m
        };
        self.seen = Some(Seen { now_ms, stamp_ms: fix.at_ms, point: fix.point });
        self.left_m = Some(left_m);

        // Beyond the way's end it is past the stop, or comes to it by another street: the next fix tells.
        let is_beyond = !is_on_way && along_m > length_m - 1.0;
        let before_m = self.nearest_m;
        if self.said_now_ms.is_some() || is_beyond {
            self.nearest_m = Some(before_m.map_or(straight_m, |before_m| before_m.min(straight_m)));
        } else {
            self.nearest_m = None;
        }
        if self.nearest_m.is_some_and(|nearest_m| straight_m > nearest_m + PAST_M + vague_m) {
            let by_way = before.map(|(seen, seconds)| (seen.point.metres_to(fix.point) - vague_m) / seconds);
            let pace = fix.speed_mps.map(f64::from).or(by_way);
            if pace.is_some_and(|mps| mps >= RIDES_MPS) {
                self.over = true;
                return Some(GetOffAlert::Missed { metres: straight_m.round() as u32 });
            }
            let since_ms = *self.slow_since_ms.get_or_insert(now_ms);
            self.over = now_ms.saturating_sub(since_ms) > ON_FOOT_MS;
            return None;
        }
        self.slow_since_ms = None;
        if self.said_now_ms.is_none() && left_m <= AT_STOP_M + vague_m / 2.0 {
            (self.said_soon, self.said_now_ms, self.nearest_m) = (true, Some(now_ms), Some(straight_m));
            return Some(GetOffAlert::Now);
        }
        let may_be_past = is_beyond && before_m.is_none_or(|before_m| straight_m >= before_m);
        if !self.said_soon && !may_be_past && left_m <= BEFORE_M.max(self.speed_mps * BEFORE_S) {
            self.said_soon = true;
            return Some(GetOffAlert::Soon { metres: Some(left_m.round() as u32) });
        }
        None
    }

    /// Time passed; says what is new where no fix came.
    pub fn tick(&mut self, now_ms: i64) -> Option<GetOffAlert> {
        self.grow_old(now_ms);
        let is_blind = self.seen.is_none_or(|seen| now_ms.saturating_sub(seen.now_ms) > BLIND_MS);
        let comes = now_ms >= self.arrival_ms.saturating_sub(BLIND_BEFORE_MS);
        if self.over || self.said_soon || !is_blind || !comes {
            return None;
        }
        self.said_soon = true;
        Some(GetOffAlert::Soon { metres: None })
    }

    /// Whoever stays near the stop has got off there, and a bus that is overdue by hours does not come.
    fn grow_old(&mut self, now_ms: i64) {
        let lingers = self.said_now_ms.is_some_and(|said_ms| now_ms.saturating_sub(said_ms) > LINGERS_MS);
        self.over |= lingers || now_ms.saturating_sub(self.arrival_ms) > OVERDUE_MS;
    }

    /// How long the next fix may wait, in ms: until the bus can be where something is to be said.
    pub fn next_fix_in_ms(&self) -> i64 {
        let warn_m = if self.said_soon { AT_STOP_M } else { BEFORE_M.max(self.speed_mps * BEFORE_S) };
        let left_m = self.left_m.unwrap_or(0.0) - warn_m;
        ((left_m / FASTEST_MPS * 1_000.0) as i64).clamp(SLOW_MS, LATEST_MS)
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

    /// A fix that is handed over at once, by a clock that is right.
    fn see(get_off: &mut GetOff, fix: Fix) -> Option<GetOffAlert> {
        get_off.observe(&fix, fix.at_ms)
    }

    /// Rides at this speed until so many metres, with a fix as often as is asked for; all that is said, and where.
    fn said(get_off: &mut GetOff, speed_mps: f64, until_m: f64) -> Vec<(GetOffAlert, f64)> {
        let (mut at_ms, mut said) = (get_off.seen.map_or(0, |seen| seen.now_ms), Vec::new());
        let begin_m = get_off.along_m;
        let begin_ms = at_ms;
        loop {
            at_ms += get_off.next_fix_in_ms();
            let along_m = begin_m + speed_mps * (at_ms - begin_ms) as f64 / 1_000.0;
            if along_m > until_m {
                return said;
            }
            let alert = see(get_off, fix(at_ms, place(along_m), speed_mps as f32));
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
        let from_ms = get_off.seen.expect("seen").now_ms;
        for nth in 1..60 {
            let walked = place(STOP_M - f64::from(nth) * 7.0);
            assert_eq!(see(&mut get_off, fix(from_ms + i64::from(nth) * 5_000, walked, 1.4)), None);
        }
        assert!(get_off.is_over());
    }

    #[test]
    fn fixes_are_asked_for_seldom_and_never_too_often() {
        let mut get_off = ride();
        see(&mut get_off, fix(1, place(0.0), 8.0));
        assert_eq!(get_off.next_fix_in_ms(), LATEST_MS, "4 km are left");
        see(&mut get_off, fix(300_000, place(3_900.0), 8.0));
        assert_eq!(get_off.next_fix_in_ms(), SLOW_MS);
    }

    #[test]
    fn a_way_that_comes_back_beside_itself_is_not_left_early() {
        // The stop lies 30 m beside where the bus is after 2 km, and is reached after 4.
        let mut get_off = ride();
        see(&mut get_off, fix(1, place(1_900.0), 8.0));
        let left_m = get_off.left_m().expect("seen");
        assert!(left_m.abs_diff(2_100) < 10, "{left_m}: on the first pass");
        assert_eq!(
            see(&mut get_off, fix(10_000, place(2_000.0), 8.0)),
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
        see(&mut late, fix(1_870_000, place(500.0), 8.0));
        assert_eq!(late.tick(1_890_000), None, "it was seen just now, far from there");
    }

    /// A ride to the stop, where it is said to be there.
    fn at_the_stop() -> GetOff {
        let mut get_off = ride();
        assert_eq!(said(&mut get_off, 8.0, STOP_M).len(), 2);
        get_off
    }

    #[test]
    fn a_red_light_behind_the_stop_hides_no_missed_stop() {
        for speed_mps in [Some(8.0), None] {
            let mut get_off = at_the_stop();
            let from_ms = get_off.seen.expect("seen").now_ms;
            let mut said = Vec::new();
            for nth in 1..8 {
                // It stands from the third fix to the fifth.
                let (past_m, stands) = (50.0 * [1, 2, 3, 3, 3, 4, 5][nth - 1] as f64, (3..=5).contains(&nth));
                let speed_mps = if stands { speed_mps.map(|_| 0.0) } else { speed_mps };
                let fix = fix(from_ms + nth as i64 * 5_000, place(STOP_M + past_m), 0.0);
                said.extend(see(&mut get_off, Fix { speed_mps, ..fix }));
            }
            assert!(matches!(said[..], [GetOffAlert::Missed { .. }]), "{said:?}");
            assert!(get_off.is_over(), "{speed_mps:?}");
        }
    }

    #[test]
    fn a_vague_fix_before_the_stop_misses_nothing() {
        let mut get_off = ride();
        see(&mut get_off, fix(1, place(3_500.0), 8.0));
        let vague = Fix { accuracy_m: 150.0, ..fix(50_000, place(3_870.0), 8.0) };
        assert_eq!(see(&mut get_off, vague), Some(GetOffAlert::Now));
        assert_eq!(see(&mut get_off, fix(55_000, place(3_860.0), 8.0)), None, "still before it");
    }

    #[test]
    fn who_comes_out_of_a_tunnel_behind_the_stop_is_told_that_it_was_missed() {
        let mut get_off = ride();
        see(&mut get_off, fix(1, place(2_800.0), 10.0));
        let beyond = |nth: i64| fix(130_000 + nth * 5_000, place(STOP_M + 300.0 + 50.0 * nth as f64), 10.0);
        let said: Vec<_> = (0..6).filter_map(|nth| see(&mut get_off, beyond(nth))).collect();
        assert!(matches!(said[..], [GetOffAlert::Missed { .. }]), "{said:?}");
    }

    #[test]
    fn a_watch_ends_where_one_stays_beside_the_stop_and_when_no_bus_came() {
        let mut get_off = at_the_stop();
        let from_ms = get_off.seen.expect("seen").now_ms;
        let home = |nth: i64| fix(from_ms + nth * 60_000, place(STOP_M - 80.0), 0.0);
        (1..10).for_each(|nth| assert_eq!(see(&mut get_off, home(nth)), None));
        assert!(!get_off.is_over());
        see(&mut get_off, home(11));
        assert!(get_off.is_over(), "at home, 80 m from the stop");
        let mut waits = ride();
        waits.tick(700_000 + OVERDUE_MS);
        assert!(!waits.is_over());
        waits.tick(700_001 + OVERDUE_MS);
        assert!(waits.is_over());
    }

    #[test]
    fn a_clock_that_is_set_back_on_the_way_silences_nothing() {
        let mut get_off = ride();
        see(&mut get_off, fix(1_000_000, place(3_000.0), 8.0));
        let late = fix(995_000, place(3_980.0), 8.0);
        assert_eq!(get_off.observe(&late, 1_001_000), None, "handed over twice, or late");
        let set_back = fix(400_000, place(3_980.0), 8.0);
        assert_eq!(get_off.observe(&set_back, 1_120_000), Some(GetOffAlert::Now));
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
                let now_ms = at_ms / 2;
                said.extend(get_off.observe(&fix, now_ms));
                said.extend(get_off.tick(now_ms));
                prop_assert!((SLOW_MS..=LATEST_MS).contains(&get_off.next_fix_in_ms()));
            }
            let kind = |alert: &GetOffAlert| std::mem::discriminant(alert);
            let once = said.iter().enumerate().all(|(nth, a)| !said[..nth].iter().any(|b| kind(a) == kind(b)));
            prop_assert!(once, "{:?}", said);
        }
    }
}
