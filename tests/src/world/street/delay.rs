//! How late buses are.

use crate::world::dice::Dice;
use std::f64::consts::TAU;

/// The latest that a bus is, in seconds.
pub const MOST_DELAY_S: f64 = 180.0;

/// How late the buses of one pool are on one day: 0 to 180 s, never early.
///
/// It depends on the time by the timetable alone and changes slowly: a bus that leaves later also
/// arrives later, so none overtakes another of its line or travels back in time, and a bus that comes in
/// late sets out late.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delay {
    phases: [f64; 2],
}

impl Delay {
    pub(super) fn new(seed: u64, pool: u32, day: i32) -> Delay {
        let of_day =
            seed ^ (u64::from(pool) << 32 | u64::from(day as u32)).wrapping_mul(0x2545_f491_4f6c_dd1d);
        let mut dice = Dice::new(of_day, "delay");
        Delay { phases: [dice.between(0.0, TAU), dice.between(0.0, TAU)] }
    }

    /// Seconds late at this second of the service day.
    pub(super) fn at(&self, second: f64) -> f64 {
        let wave = |period: f64, phase: f64| (second / period * TAU + phase).sin();
        MOST_DELAY_S / 2.0 + 55.0 * wave(5_400.0, self.phases[0]) + 35.0 * wave(2_500.0, self.phases[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_within_bounds_and_time_runs_forward() {
        for pool in 0..50 {
            let delay = Delay::new(9, pool, 20_000 + pool as i32);
            let late: Vec<f64> = (0..86_400).step_by(30).map(|s| delay.at(f64::from(s))).collect();
            assert!(late.iter().all(|late| (0.0..=MOST_DELAY_S).contains(late)));
            assert!(late.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 30.0 * 0.2));
            assert!(late.iter().any(|late| *late > 110.0) && late.iter().any(|late| *late < 70.0));
        }
    }

    #[test]
    fn lines_and_days_differ() {
        let late = |pool, day| Delay::new(1, pool, day).at(30_000.0);
        assert_ne!(late(1, 20_000), late(2, 20_000));
        assert_ne!(late(1, 20_000), late(1, 20_001));
    }
}
