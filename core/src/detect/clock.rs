//! What the stamps of a feed may be off by, and what was learnt of that.
//!
//! Phone and feed seldom agree to the second: a phone's clock is off, a server stamps what comes when it comes. The
//! odds of a bus are kept for each of a few clocks, and weighed by how likely each is. Whenever a passenger confirms
//! a bus, its reports say which clock this operator's feed keeps.

use serde::{Deserialize, Serialize};

/// One way in which a feed may stamp its reports.
pub(super) struct Clock {
    /// So many ms after the stamp, by the phone's clock, the bus was there.
    pub offset_ms: i64,
    /// One standard deviation of that, in seconds; it is large where reports are stamped when they are sent.
    pub jitter_s: f64,
    /// Natural logarithm of how common it is.
    log: f32,
}

const fn clock(offset_ms: i64, jitter_s: f64, log: f32) -> Clock {
    Clock { offset_ms, jitter_s, log }
}

/// Beyond these an offset could not be told from another bus of the line. Stamps that are too late are commoner: a
/// report takes its time from the bus to whoever stamps it.
pub(super) const CLOCKS: [Clock; 13] = [
    clock(0, 0.8, 0.0),
    clock(-2_000, 0.8, -1.5),
    clock(2_000, 0.8, -2.0),
    clock(-4_000, 0.8, -3.0),
    clock(4_000, 0.8, -4.0),
    clock(-6_000, 0.8, -4.0),
    clock(6_000, 0.8, -5.0),
    clock(-8_000, 0.8, -5.0),
    clock(8_000, 0.8, -6.0),
    clock(-10_000, 0.8, -5.5),
    clock(10_000, 0.8, -7.0),
    clock(-5_000, 2.2, -2.0),
    clock(-9_000, 3.5, -3.5),
];

/// A number for each of the clocks, mostly the natural logarithm of how likely it is.
pub(super) type ClockLogs = [f32; CLOCKS.len()];

/// So many confirmed rides outweigh what is common elsewhere.
const FOREIGN: f32 = 2.0;
/// What was learnt fades by this with each ride, so that a feed whose clock was put right is believed again.
const FADES: f32 = 0.9;

/// How likely each clock is for one operator's feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedClock {
    /// How much confirmed rides speak for each.
    seen: ClockLogs,
}

impl FeedClock {
    /// Natural logarithms of how likely each clock is; their probabilities add up to 1.
    pub(super) fn logs(&self) -> ClockLogs {
        let common: f32 = CLOCKS.iter().map(|clock| clock.log.exp()).sum();
        let seen: f32 = self.seen.iter().sum();
        let mut logs = [0.0; CLOCKS.len()];
        for ((log, clock), seen_here) in logs.iter_mut().zip(&CLOCKS).zip(self.seen) {
            let share = (FOREIGN * clock.log.exp() / common + seen_here) / (FOREIGN + seen);
            *log = share.ln();
        }
        logs
    }

    /// A passenger confirmed a bus: how likely its reports make each clock (they add up to 1).
    pub(super) fn learn(&mut self, shares: ClockLogs) {
        for (seen, share) in self.seen.iter_mut().zip(shares) {
            *seen = (*seen * FADES + share.clamp(0.0, 1.0)).clamp(0.0, 1.0 / (1.0 - FADES));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(logs: ClockLogs) -> f32 {
        logs.iter().map(|log| log.exp()).sum()
    }

    #[test]
    fn what_was_confirmed_outweighs_what_is_common_and_fades() {
        let mut feed = FeedClock::default();
        assert!((sum(feed.logs()) - 1.0).abs() < 1e-5);
        let (right, late) = (0, 9);
        assert!(feed.logs()[right] > feed.logs()[late] + 5.0);
        let only = |nth: usize| std::array::from_fn(|clock| if clock == nth { 1.0 } else { 0.0 });
        for _ in 0..3 {
            feed.learn(only(late));
        }
        assert!(feed.logs()[late] > feed.logs()[right], "{:?}", feed.logs());
        assert!((sum(feed.logs()) - 1.0).abs() < 1e-5);
        for _ in 0..30 {
            feed.learn(only(right));
        }
        assert!(feed.logs()[right] > feed.logs()[late] + 2.0, "its clock was put right: {:?}", feed.logs());
    }

    #[test]
    fn no_share_is_believed_beyond_certainty() {
        let mut feed = FeedClock::default();
        feed.learn([f32::MAX; CLOCKS.len()]);
        feed.learn([-1.0; CLOCKS.len()]);
        assert!(feed.logs().iter().all(|log| log.is_finite() && *log <= 0.0), "{:?}", feed.logs());
    }
}
