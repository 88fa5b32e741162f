//! How often the phone's place is wanted for finding its bus: as seldom as suffices.
//!
//! While the app is in front, every five seconds: where the phone was just before the passenger looks finds the bus
//! sooner. A search begins when the passenger looks and ends when they leave it or pay. Once a second is for a phone
//! that moves among buses that report, and for [`FAST_LASTS_MS`] of a search at most; every five seconds tells as well
//! that a phone still stands, that a feed has come back, or that the bus which was proposed is still the one. Off it is
//! before the first fix, and once the ride is paid.
//!
//! Pure. All times are by the boot clock, which nobody sets.

use super::{Fix, Sighting, Why};
use crate::geo::Point;

/// Between two fixes while it counts, in ms: 1 Hz.
const FAST_MS: i64 = 1_000;
/// Between two fixes where that suffices, in ms: 0.2 Hz.
pub(crate) const SLOW_MS: i64 = 5_000;
/// So long a search is at 1 Hz, in ms, over all its parts.
const FAST_LASTS_MS: i64 = 180_000;
/// A feed that has just been asked for may still come.
const FEED_COMES_MS: i64 = 20_000;
/// Who was within so many metres for so long stands.
const STANDS_M: f64 = 25.0;
const STANDS_MS: i64 = 15_000;
/// Faster than this nobody walks, in metres a second; slower than that nobody rides.
const RIDES_MPS: f64 = 4.0;
const STOPS_MPS: f64 = 1.5;
/// Where the receiver tells no speed, the way of so long does.
const PACE_MS: i64 = 5_000;
/// Whoever was away for a while so long after paying is not on that ride any more.
const RIDE_LASTS_MS: i64 = 2_700_000;
/// Without a fix, or without looking, for so long, what comes next is a new search.
const LEFT_MS: i64 = 120_000;

/// How often the phone's place is wanted, and what it told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// What is wanted now; none is off.
    every_ms: Option<i64>,
    /// When the ride was paid: fixes that come then are for something else.
    paid_ms: Option<i64>,
    search: Search,
    way: Option<Way>,
}

/// A search for the bus, over all its parts.
#[derive(Clone, Debug, Default, PartialEq)]
struct Search {
    /// The passenger looks.
    is_on: bool,
    began_ms: i64,
    /// When the passenger left it; none if there is nothing to come back to.
    left_ms: Option<i64>,
    /// So long it was at 1 Hz, and since when it is.
    fast_ms: i64,
    fast_since_ms: Option<i64>,
}

/// What the fixes told.
#[derive(Clone, Debug, PartialEq)]
struct Way {
    last: Fix,
    last_ms: i64,
    /// Where it stands, or came by last, and since when.
    stands: (Point, i64),
    /// Where it was when its pace was taken last, and when.
    paced: (Point, i64),
    /// Since when it rides, if it does.
    rides_since_ms: Option<i64>,
}

impl Sampling {
    /// The passenger opens the pay screen and looks for a bus, or leaves it.
    pub fn look(&mut self, looks: bool, at_ms: i64) {
        if looks == self.search.is_on {
            return;
        }
        self.search.count(at_ms);
        if looks {
            let left_ms = self.search.left_ms.filter(|left_ms| at_ms.saturating_sub(*left_ms) <= LEFT_MS);
            match left_ms {
                Some(_) => self.search.is_on = true,
                None => self.search = Search::begin(at_ms),
            }
            self.paid_ms = None;
            self.want(if self.search.is_used_up() { SLOW_MS } else { FAST_MS }, at_ms);
        } else {
            (self.search.is_on, self.search.left_ms) = (false, Some(at_ms));
            self.every_ms = self.every_ms.map(|_| SLOW_MS);
        }
    }

    /// Whether the passenger looks for a bus now.
    pub fn looks(&self) -> bool {
        self.search.is_on
    }

    /// A fix came, and this is what is known with it.
    pub fn observe(&mut self, fix: &Fix, sighting: &Sighting, at_ms: i64) {
        let is_long_ago = |way: &Way| at_ms.saturating_sub(way.last_ms) > LEFT_MS;
        if self.way.as_ref().is_some_and(is_long_ago) {
            // A tunnel on a ride that is paid is not the next ride.
            let rides = |paid_ms: &i64| at_ms.saturating_sub(*paid_ms) <= RIDE_LASTS_MS;
            let paid_ms = self.paid_ms.filter(rides);
            self.begin_anew(at_ms);
            if let Some(paid_ms) = paid_ms {
                self.paid(paid_ms);
            }
        }
        self.search.count(at_ms);
        if fix.is_sound() {
            self.way.get_or_insert_with(|| Way::begin(*fix, at_ms)).observe(fix, at_ms);
        }
        if self.paid_ms.is_none() {
            let has_stood = self.way.as_ref().is_some_and(|way| way.has_stood(at_ms));
            self.want(self.search.wanted_every_ms(sighting, has_stood, at_ms), at_ms);
        }
    }

    /// The ride is paid at this moment: which bus it is is known.
    pub fn paid(&mut self, at_ms: i64) {
        (self.every_ms, self.paid_ms) = (None, Some(at_ms));
        self.search = Search::default();
    }

    /// What was known does not count any more: a search that goes on begins anew.
    pub fn begin_anew(&mut self, at_ms: i64) {
        let looks = self.looks();
        *self = Sampling::default();
        self.look(looks, at_ms);
    }

    /// In how many ms the next fix is wanted: [`FAST_MS`] or [`SLOW_MS`]; none is off.
    pub fn next_fix_in_ms(&self) -> Option<i64> {
        self.every_ms
    }

    /// Where the phone was last, and how long ago that was.
    pub fn last_fix(&self, at_ms: i64) -> Option<(&Fix, i64)> {
        self.way.as_ref().map(|way| (&way.last, at_ms.saturating_sub(way.last_ms)))
    }

    /// For how long the phone has been riding in something, standing at stops and lights included.
    pub fn rides_for_ms(&self, at_ms: i64) -> Option<i64> {
        Some(at_ms.saturating_sub(self.way.as_ref()?.rides_since_ms?))
    }

    fn want(&mut self, every_ms: i64, at_ms: i64) {
        self.every_ms = Some(every_ms);
        self.search.fast_since_ms = (every_ms == FAST_MS).then_some(at_ms);
    }
}

impl Search {
    fn begin(at_ms: i64) -> Search {
        Search { is_on: true, began_ms: at_ms, ..Search::default() }
    }

    /// The receiver was awake for the whole of it.
    fn count(&mut self, at_ms: i64) {
        if let Some(since_ms) = self.fast_since_ms.take() {
            self.fast_ms = self.fast_ms.saturating_add(at_ms.saturating_sub(since_ms).max(0));
        }
    }

    fn is_used_up(&self) -> bool {
        self.fast_ms.saturating_add(FAST_MS) > FAST_LASTS_MS
    }

    fn wanted_every_ms(&self, sighting: &Sighting, has_stood: bool, at_ms: i64) -> i64 {
        let is_moot = match sighting {
            Sighting::Proposed { .. } => true,
            Sighting::None { why } | Sighting::Choose { why, .. } => match why {
                Why::MockPosition => true,
                Why::StaleFeed => at_ms.saturating_sub(self.began_ms) > FEED_COMES_MS,
                Why::NoFixes | Why::TooEarly | Why::TwoAlike | Why::SilentBus => false,
            },
        };
        if !self.is_on || self.is_used_up() || is_moot || has_stood { SLOW_MS } else { FAST_MS }
    }
}

impl Way {
    fn begin(fix: Fix, at_ms: i64) -> Way {
        Way {
            last: fix,
            last_ms: at_ms,
            stands: (fix.point, at_ms),
            paced: (fix.point, at_ms),
            rides_since_ms: None,
        }
    }

    fn observe(&mut self, fix: &Fix, at_ms: i64) {
        (self.last, self.last_ms) = (*fix, at_ms);
        let reach_m = STANDS_M.max(f64::from(fix.accuracy_m));
        let mps = self.pace_mps(fix, at_ms);
        if self.stands.0.metres_to(fix.point) > reach_m || mps.is_some_and(|mps| mps >= RIDES_MPS) {
            self.stands = (fix.point, at_ms);
        }
        match mps {
            Some(mps) if mps >= RIDES_MPS => self.rides_since_ms = self.rides_since_ms.or(Some(at_ms)),
            // Who gets off walks away, sooner or later.
            Some(mps) if mps <= STOPS_MPS && self.has_stood(at_ms) => self.rides_since_ms = None,
            _ => {}
        }
    }

    /// How fast it goes, in metres a second; none if that cannot be told yet.
    fn pace_mps(&mut self, fix: &Fix, at_ms: i64) -> Option<f64> {
        let (from, from_ms) = self.paced;
        let took_ms = at_ms.saturating_sub(from_ms);
        let by_way = (took_ms >= PACE_MS).then(|| from.metres_to(fix.point) * 1_000.0 / took_ms as f64);
        if by_way.is_some() {
            self.paced = (fix.point, at_ms);
        }
        let by_receiver = fix.speed_mps.filter(|mps| (0.0..=100.0).contains(mps)).map(f64::from);
        by_receiver.or(by_way)
    }

    fn has_stood(&self, at_ms: i64) -> bool {
        at_ms.saturating_sub(self.stands.1) >= STANDS_MS
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Candidate, Evidence};
    use super::*;
    use proptest::prelude::*;

    const BUSY: Sighting = Sighting::None { why: Why::TooEarly };
    const STALE: Sighting = Sighting::None { why: Why::StaleFeed };

    fn proposed() -> Sighting {
        Sighting::Proposed { bus: Candidate::default(), evidence: Evidence::default() }
    }

    /// A fix so many metres east of where it began.
    fn fix(metres: f64, speed_mps: Option<f32>) -> Fix {
        let point = Point { lat: 47.0, lon: 51.0 + metres / 75_900.0 };
        Fix { at_ms: 0, point, accuracy_m: 8.0, speed_mps, bearing_deg: None, mocked: false }
    }

    /// A shell that takes a fix whenever one is wanted, from `from_s` to `to_s`; the pauses that it made, in s.
    fn follow(
        sampling: &mut Sampling,
        (from_s, to_s): (i64, i64),
        metres: impl Fn(i64) -> f64,
        sighting: &Sighting,
    ) -> Vec<i64> {
        let (mut second, mut pauses) = (from_s, Vec::new());
        while second < to_s {
            sampling.observe(&fix(metres(second), None), sighting, second * 1_000);
            let Some(pause_ms) = sampling.next_fix_in_ms() else { break };
            pauses.push(pause_ms / 1_000);
            second += pause_ms / 1_000;
        }
        pauses
    }

    /// The passenger looks from the beginning on.
    fn looking() -> Sampling {
        let mut sampling = Sampling::default();
        sampling.look(true, 0);
        sampling
    }

    #[test]
    fn it_is_off_before_the_first_fix_and_once_the_ride_is_paid() {
        let mut sampling = Sampling::default();
        assert_eq!(sampling.next_fix_in_ms(), None);
        sampling.look(true, 0);
        assert_eq!(sampling.next_fix_in_ms(), Some(FAST_MS));
        sampling.observe(&fix(0.0, None), &BUSY, 0);
        sampling.paid(1_500);
        assert_eq!((sampling.next_fix_in_ms(), sampling.looks()), (None, false));
        sampling.observe(&fix(9.0, None), &BUSY, 1_000);
        sampling.look(false, 1_500);
        assert_eq!(sampling.next_fix_in_ms(), None, "fixes that the alarm took begin nothing");
        sampling.look(true, 2_000);
        assert_eq!(sampling.next_fix_in_ms(), Some(FAST_MS), "the next ride");
        sampling.begin_anew(3_000);
        assert_eq!((sampling.next_fix_in_ms(), sampling.last_fix(3_000)), (Some(FAST_MS), None));
    }

    #[test]
    fn in_front_every_five_seconds_suffice_until_the_passenger_looks() {
        let moves = |second: i64| 8.0 * second as f64;
        let mut sampling = Sampling::default();
        assert_eq!(follow(&mut sampling, (0, 60), moves, &BUSY), [5; 12]);
        sampling.look(true, 61_000);
        assert_eq!(follow(&mut sampling, (61, 71), moves, &BUSY), [1; 10]);
        sampling.look(false, 71_000);
        assert_eq!(sampling.next_fix_in_ms(), Some(SLOW_MS));
        assert_eq!(sampling.rides_for_ms(71_000), Some(66_000), "nothing is forgotten");
        assert_eq!(follow(&mut sampling, (71, 81), moves, &BUSY), [5; 2]);
    }

    #[test]
    fn a_search_that_is_left_goes_on_where_it_was() {
        let moves = |second: i64| 8.0 * second as f64;
        let fast = |pauses: Vec<i64>| pauses.iter().filter(|pause| **pause == 1).count();
        let mut sampling = looking();
        assert_eq!(fast(follow(&mut sampling, (0, 100), moves, &BUSY)), 100);
        sampling.look(false, 100_000);
        assert_eq!(fast(follow(&mut sampling, (100, 200), moves, &BUSY)), 0);
        sampling.look(true, 200_000);
        assert_eq!(fast(follow(&mut sampling, (200, 400), moves, &BUSY)), 80);
        sampling.look(false, 400_000);
        follow(&mut sampling, (400, 530), moves, &BUSY);
        sampling.look(true, 530_000);
        assert_eq!(
            fast(follow(&mut sampling, (530, 540), moves, &BUSY)),
            10,
            "minutes later it is a new one"
        );
    }

    #[test]
    fn who_stands_is_looked_for_seldom_until_the_bus_leaves() {
        let mut sampling = looking();
        // Up to ten metres of error; the bus leaves after a minute.
        let place = |second: i64| (second % 3) as f64 * 5.0 + 8.0 * (second - 60).max(0) as f64;
        let pauses = follow(&mut sampling, (0, 60), place, &BUSY);
        assert_eq!((pauses[..15].to_vec(), pauses[15..].to_vec()), (vec![1; 15], vec![5; 9]));
        let pauses = follow(&mut sampling, (60, 90), place, &BUSY);
        assert_eq!(pauses.iter().filter(|pause| **pause == 5).count(), 1, "known within five seconds");
    }

    #[test]
    fn nothing_to_compare_with_is_no_reason_to_hurry() {
        let moves = |second: i64| 8.0 * second as f64;
        let mut sampling = looking();
        let pauses = follow(&mut sampling, (0, 60), moves, &STALE);
        assert_eq!((pauses[..21].to_vec(), pauses[21..].to_vec()), (vec![1; 21], vec![5; 8]), "it may come");
        assert_eq!(follow(&mut sampling, (61, 64), moves, &BUSY), [1; 3], "it came");
        assert_eq!(follow(&mut sampling, (64, 69), moves, &proposed()), [5], "the bus is found");
        let mocked = Sighting::None { why: Why::MockPosition };
        assert_eq!(follow(&mut looking(), (0, 5), moves, &mocked), [5]);
    }

    #[test]
    fn three_minutes_at_one_hertz_are_all_that_a_search_has() {
        let moves = |second: i64| 8.0 * second as f64;
        let mut sampling = looking();
        let pauses = follow(&mut sampling, (0, 400), moves, &BUSY);
        assert_eq!(pauses.iter().filter(|pause| **pause == 1).count(), 180);
        assert!(pauses[180..].iter().all(|pause| *pause == 5), "{pauses:?}");
        // In a tunnel the receiver looks for satellites all the time.
        let mut sampling = looking();
        follow(&mut sampling, (0, 100), moves, &BUSY);
        let pauses = follow(&mut sampling, (170, 300), moves, &BUSY);
        assert_eq!(pauses.iter().filter(|pause| **pause == 1).count(), 10);
        // Who comes back after minutes begins a new one.
        let pauses = follow(&mut sampling, (600, 610), moves, &BUSY);
        assert_eq!(pauses, [1; 10]);
    }

    #[test]
    fn a_ride_is_told_from_a_walk_and_goes_on_at_lights() {
        let mut sampling = Sampling::default();
        let mut at = |second: i64, metres: f64, mps| {
            sampling.observe(&fix(metres, mps), &BUSY, second * 1_000);
            sampling.rides_for_ms(second * 1_000).map(|ms| ms / 1_000)
        };
        assert!((0..20).all(|second| at(second, 1.4 * second as f64, Some(1.4)).is_none()), "it walks");
        assert_eq!(at(20, 30.0, Some(9.0)), Some(0));
        assert_eq!(at(30, 120.0, Some(9.0)), Some(10));
        assert_eq!(at(40, 120.0, Some(0.0)), Some(20), "a light");
        assert_eq!(at(60, 120.0, Some(0.0)), None, "it stands");
        let mut without = Sampling::default();
        let mut at = |second: i64, metres: f64| {
            without.observe(&fix(metres, None), &BUSY, second * 1_000);
            without.rides_for_ms(second * 1_000).is_some()
        };
        assert!(!at(0, 0.0) && !at(1, 9.0), "a second says nothing without a receiver's word");
        assert!(at(5, 45.0));
        let mut stands = Sampling::default();
        for second in 0..12 {
            // Between good fixes one of a network's masts.
            let (metres, accuracy_m) = if second % 6 == 5 { (600.0, 800.0) } else { (0.0, 8.0) };
            stands.observe(&Fix { accuracy_m, ..fix(metres, None) }, &BUSY, second * 1_000);
        }
        assert_eq!(stands.rides_for_ms(12_000), None, "a vague fix is no ride");
    }

    proptest! {
        /// Whatever happens, a shell that does as it is told is never faster than 1 Hz, is so only while the passenger
        /// looks and for 180 s of a search at most, and asks for nothing when the ride is paid.
        #[test]
        fn a_phone_s_battery_is_spared(
            steps in prop::collection::vec((0..4_u8, -20.0..20.0_f64, 0..9_u8, 0..30_i64, 0..40_u8), 1..600)
        ) {
            let (mut sampling, mut now_ms, mut metres) = (Sampling::default(), 0, 0.0);
            let (mut fast_ms, mut left_ms, mut paid, mut seen_ms) = (0, None, None, 0);
            for (seen, moved, late, late_s, tap) in steps {
                metres += moved;
                let sighting = [BUSY, STALE, proposed(), BUSY][usize::from(seen)].clone();
                let looked = sampling.looks();
                match tap {
                    0..4 => {
                        sampling.look(true, now_ms);
                        if !looked && left_ms.is_none_or(|left_ms| now_ms - left_ms > LEFT_MS) {
                            fast_ms = 0;
                        }
                        paid = None;
                    }
                    4..6 => {
                        sampling.look(false, now_ms);
                        left_ms = if looked { Some(now_ms) } else { left_ms };
                    }
                    6 => {
                        sampling.paid(now_ms);
                        (paid, left_ms) = (Some(now_ms), None);
                    }
                    _ => {}
                }
                sampling.observe(&fix(metres, None), &sighting, now_ms);
                // The next ride, later in the day.
                if now_ms - seen_ms > LEFT_MS && paid.is_some_and(|paid_ms| now_ms - paid_ms > RIDE_LASTS_MS) {
                    paid = None;
                }
                seen_ms = now_ms;
                prop_assert_eq!(sampling.next_fix_in_ms().is_none(), paid.is_some());
                match sampling.next_fix_in_ms() {
                    // Fixes come for something else, now and then after a long tunnel.
                    None => now_ms += if late == 0 { 10 * late_s * 1_000 } else { 1_000 },
                    Some(pause_ms) => {
                        prop_assert!(pause_ms == FAST_MS || pause_ms == SLOW_MS);
                        prop_assert!(pause_ms == SLOW_MS || sampling.looks(), "nobody looks");
                        prop_assert!(seen != 2 || pause_ms == SLOW_MS, "found");
                        // Now and then a fix comes late.
                        let took_ms = pause_ms + if late == 0 { late_s * 1_000 } else { 0 };
                        if pause_ms == FAST_MS {
                            prop_assert!(fast_ms + FAST_MS <= FAST_LASTS_MS);
                            fast_ms += took_ms;
                        }
                        now_ms += took_ms;
                    }
                }
            }
        }
    }
}
