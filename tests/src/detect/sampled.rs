//! Our detector behind the policy that spares the battery: it gets the fixes for which the app would have asked.

use super::baselines::Finder;
use jol_core::detect::{Detector, Fix, Sampling, Sighting};
use jol_core::realtime::VehicleReport;

/// A detector, and how often it wants a fix.
pub(super) struct Sampled {
    detector: Detector,
    sampling: Sampling,
    /// When the passenger opens the pay screen.
    opens_ms: i64,
    next_ms: i64,
}

impl Sampled {
    /// The app is in front from the first fix on, its pay screen from then on.
    pub(super) fn opens(opens_ms: i64) -> Sampled {
        Sampled { detector: Detector::default(), sampling: Sampling::default(), opens_ms, next_ms: i64::MIN }
    }
}

impl Finder for Sampled {
    fn observe(&mut self, fix: Fix) {
        if fix.at_ms >= self.opens_ms && !self.sampling.looks() {
            self.sampling.look(true, fix.at_ms);
            self.next_ms = fix.at_ms;
        }
        if fix.at_ms < self.next_ms {
            return;
        }
        self.detector.observe(fix);
        self.sampling.observe(&fix, &self.detector.sighting(fix.at_ms), fix.at_ms);
        // Fixes are not quite a second apart.
        let pause_ms = self.sampling.next_fix_in_ms().unwrap_or(i64::MAX);
        self.next_ms = fix.at_ms.saturating_add(pause_ms).saturating_sub(SLACK_MS);
    }

    fn report(&mut self, report: &VehicleReport) {
        self.detector.report(report);
    }

    fn sighting(&self, now_ms: i64) -> Sighting {
        self.detector.sighting(now_ms)
    }
}

/// A fix that comes so much too soon is the one that is wanted.
const SLACK_MS: i64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::geo::Point;

    #[test]
    fn only_fixes_that_are_wanted_are_seen() {
        let mut sampled = Sampled::opens(60_000);
        let mut seen = Vec::new();
        for second in 0..70_i64 {
            let at_ms = second * 1_000;
            let point = Point { lat: 47.0, lon: 52.0 + 0.000_1 * second as f64 };
            let fix =
                Fix { at_ms, point, accuracy_m: 5.0, speed_mps: None, bearing_deg: None, mocked: false };
            sampled.observe(fix);
            if sampled.sampling.last_fix(at_ms).is_some_and(|(_, ago_ms)| ago_ms == 0) {
                seen.push(second);
            }
        }
        assert_eq!(seen[..12], [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
        assert_eq!(seen[12..], [60, 61, 62, 63, 64, 65, 66, 67, 68, 69]);
    }
}
