//! Time, which comes in from outside and is only read here.
//!
//! Moments are milliseconds since 1970-01-01T00:00:00Z and named `…_ms`.

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// Where time comes from: the phone, or a test's hand.
pub trait Clock: Send + Sync + 'static {
    /// What the phone says the time is, in ms since 1970. A passenger can set it to anything.
    fn wall_ms(&self) -> i64;
    /// Time since the phone started, in ms, sleep included. Nobody can set it.
    fn boot_ms(&self) -> i64;
}

/// The phone's own clocks.
///
/// `std::time::Instant` stands still while a phone sleeps, so the boot clock is
/// `CLOCK_BOOTTIME` on Linux and Android and `CLOCK_MONOTONIC` on Apple's systems.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        read(ClockId::Realtime)
    }

    fn boot_ms(&self) -> i64 {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return read(ClockId::Boottime);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return read(ClockId::Monotonic);
    }
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

/// The longest round trip, in ms, after which an answer still anchors time.
pub const LONGEST_ANCHOR_ROUND_TRIP_MS: i64 = 5_000;

/// The operator's time tied to this phone's boot clock.
///
/// Ticket time is anchor plus boot clock, never the wall: the wall can be wrong by years
/// and a ticket shows all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The operator's time in a signed answer.
    pub operator_ms: i64,
    /// How long that answer took, there and back.
    pub round_trip_ms: i64,
    /// The boot clock when the answer came.
    pub boot_ms: i64,
    /// Which start of the phone that boot clock counts from.
    pub boot_id: String,
}

impl Anchor {
    /// An anchor from an answer, or none if the answer took too long to tell the time.
    pub fn from_answer(operator_ms: i64, round_trip_ms: i64, boot_ms: i64, boot_id: &str) -> Option<Anchor> {
        (0..=LONGEST_ANCHOR_ROUND_TRIP_MS).contains(&round_trip_ms).then(|| Anchor {
            operator_ms,
            round_trip_ms,
            boot_ms,
            boot_id: boot_id.to_owned(),
        })
    }

    /// The operator's time now, or none if the phone was restarted since.
    ///
    /// The answer's own half round trip is added, so the error is at most half of it.
    pub fn now_ms(&self, boot_ms: i64, boot_id: &str) -> Option<i64> {
        let since_ms = boot_ms.saturating_sub(self.boot_ms);
        (self.boot_id == boot_id && boot_ms >= self.boot_ms)
            .then(|| self.operator_ms.saturating_add(self.round_trip_ms / 2).saturating_add(since_ms))
    }
}

#[cfg(any(test, feature = "simulated"))]
mod simulated {
    use super::Clock;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A clock that moves only when it is told to. Clones share the same hands.
    #[derive(Clone, Debug)]
    pub struct SimulatedClock {
        wall_ms: Arc<AtomicI64>,
        boot_ms: Arc<AtomicI64>,
    }

    impl SimulatedClock {
        /// A clock that stands at this moment, an hour after the phone started.
        pub fn at(wall_ms: i64) -> SimulatedClock {
            SimulatedClock {
                wall_ms: Arc::new(AtomicI64::new(wall_ms)),
                boot_ms: Arc::new(AtomicI64::new(3_600_000)),
            }
        }

        /// Time passes, on the wall and since boot.
        pub fn advance_ms(&self, ms: i64) {
            self.wall_ms.fetch_add(ms, Ordering::SeqCst);
            self.boot_ms.fetch_add(ms, Ordering::SeqCst);
        }

        /// Somebody sets the wall clock; the boot clock does not care.
        pub fn set_wall_ms(&self, wall_ms: i64) {
            self.wall_ms.store(wall_ms, Ordering::SeqCst);
        }

        /// The phone starts anew: its boot clock begins again.
        pub fn restart(&self) {
            self.boot_ms.store(0, Ordering::SeqCst);
        }
    }

    impl Clock for SimulatedClock {
        fn wall_ms(&self) -> i64 {
            self.wall_ms.load(Ordering::SeqCst)
        }

        fn boot_ms(&self) -> i64 {
            self.boot_ms.load(Ordering::SeqCst)
        }
    }
}
#[cfg(any(test, feature = "simulated"))]
pub use simulated::SimulatedClock;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_wall_clock_does_not_move_ticket_time() {
        let clock = SimulatedClock::at(1_000_000);
        let anchor = Anchor::from_answer(5_000_000, 200, clock.boot_ms(), "boot-1").expect("a fast answer");
        clock.set_wall_ms(0);
        clock.advance_ms(60_000);
        assert_eq!(anchor.now_ms(clock.boot_ms(), "boot-1"), Some(5_060_100));
    }

    #[test]
    fn a_restart_or_a_slow_answer_is_no_anchor() {
        let clock = SimulatedClock::at(0);
        let anchor = Anchor::from_answer(5_000_000, 200, clock.boot_ms(), "boot-1").expect("a fast answer");
        assert_eq!(anchor.now_ms(clock.boot_ms(), "boot-2"), None);
        clock.restart();
        assert_eq!(anchor.now_ms(clock.boot_ms(), "boot-1"), None);
        assert_eq!(Anchor::from_answer(0, LONGEST_ANCHOR_ROUND_TRIP_MS + 1, 0, "b"), None);
        assert_eq!(Anchor::from_answer(0, -1, 0, "b"), None);
    }

    #[test]
    fn an_anchor_beyond_all_time_stays_there() {
        let anchor =
            Anchor { operator_ms: i64::MAX, round_trip_ms: 9, boot_ms: i64::MIN, boot_id: "b".into() };
        assert_eq!(anchor.now_ms(5, "b"), Some(i64::MAX));
    }

    #[test]
    fn the_phone_s_clocks_run() {
        let (wall, boot) = (SystemClock.wall_ms(), SystemClock.boot_ms());
        assert!(wall > 1_700_000_000_000, "after 2023: {wall}");
        assert!(boot > 0 && boot < wall, "since start, not since 1970: {boot}");
    }
}
