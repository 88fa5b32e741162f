//! The operator's clock.

use jol_core::clock::{Clock, SimulatedClock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The operator's clock: in the hand of a test, or running by itself. Both can be moved.
#[derive(Clone, Debug)]
pub enum OperatorClock {
    /// It moves only when it is told to; whoever holds a clone moves it too.
    Simulated(SimulatedClock),
    /// The machine's time and so many ms more.
    Running(Arc<AtomicI64>),
}

impl OperatorClock {
    /// The machine's time.
    pub fn running() -> OperatorClock {
        OperatorClock::Running(Arc::default())
    }

    /// Now, ms since 1970.
    pub fn now_ms(&self) -> i64 {
        match self {
            OperatorClock::Simulated(clock) => clock.wall_ms(),
            OperatorClock::Running(ahead_ms) => {
                SystemClock.wall_ms().saturating_add(ahead_ms.load(Ordering::SeqCst))
            }
        }
    }

    /// Time passes.
    pub fn advance_ms(&self, ms: i64) {
        match self {
            OperatorClock::Simulated(clock) => clock.advance_ms(ms),
            OperatorClock::Running(ahead_ms) => _ = ahead_ms.fetch_add(ms, Ordering::SeqCst),
        }
    }

    /// It is this moment now.
    pub fn set_ms(&self, now_ms: i64) {
        match self {
            OperatorClock::Simulated(clock) => clock.set_wall_ms(now_ms),
            OperatorClock::Running(_) => self.advance_ms(now_ms.saturating_sub(self.now_ms())),
        }
    }
}

impl From<SimulatedClock> for OperatorClock {
    fn from(clock: SimulatedClock) -> OperatorClock {
        OperatorClock::Simulated(clock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_are_moved() {
        let hand = SimulatedClock::at(1_000);
        let clock = OperatorClock::from(hand.clone());
        clock.advance_ms(5);
        assert_eq!((clock.now_ms(), hand.wall_ms()), (1_005, 1_005));
        clock.set_ms(7);
        assert_eq!(clock.now_ms(), 7);
        let running = OperatorClock::running();
        running.set_ms(10_000);
        let now = running.now_ms();
        assert!((10_000..20_000).contains(&now), "{now}");
    }
}
