//! How two stories explain the gap between phone and bus: "on it", and "that bus goes its own way".
//!
//! On it, the gap is the error of both receivers: part of it drifts, part is new each time. Otherwise there is a
//! distance besides, which wanders with the way that is driven. Both are linear and Gaussian, so that a Kalman
//! filter (Kalman, 1960) gives each story's likelihood exactly, and their ratio is evidence (Wald, 1945). Standing
//! side by side proves nothing, for nothing wanders; a second look at the same error proves little, for it drifts
//! slowly.

/// The drifting part of the error is forgotten by a factor e in so many ms.
const DRIFT_MS: f64 = 20_000.0;
/// The part of the error's variance that is new each time.
const NEW: f64 = 0.4;
/// Where a bus boards, another may stand so many metres away: a length and a half of a bus.
const BESIDE_M: f64 = 20.0;
/// A bus that was not heard of wanders by so many metres a second, for so many seconds at most.
const UNHEARD_MPS: f64 = 4.0;
const UNHEARD_S: f64 = 30.0;
/// Over so many metres of way another bus comes about as far away, if both left the same stop.
const FIRST_LEG: f64 = 0.8;
/// Square metres by which the distance to another bus wanders in each metre of way.
const WANDER: f64 = 120.0;
/// The distance to another bus is at most about so many metres, before it is another place altogether.
const FAR_M: f64 = 400.0;
/// No place on the road is less likely for a bus that goes its own way than one in so many metres.
const ANYWHERE_M: f64 = 600.0;

/// The two stories of one bus, as far as they were told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    /// On it: the drifting error in units of its size, and its variance.
    on: (f64, f64),
    /// Its own way: that error, the distance besides in metres, and their variances and covariance.
    free: (f64, f64),
    free_error: f64,
    free_both: f64,
    free_distance: f64,
    /// Whether the phone has moved since the two may have met.
    has_left: bool,
}

impl Gap {
    /// Both stories begin where one may board. The bus was not heard of for so many seconds.
    pub(super) fn at_a_stop(unheard_s: f64) -> Gap {
        let distance = BESIDE_M + UNHEARD_MPS * unheard_s.clamp(0.0, UNHEARD_S);
        Gap {
            on: (0.0, 1.0),
            free: (0.0, 0.0),
            free_error: 1.0,
            free_both: 0.0,
            free_distance: distance * distance,
            has_left: false,
        }
    }

    /// One look: the gap along the way and one standard deviation of its error in metres, the ms since the last
    /// look, and how far the phone went since. Answers the log of how much likelier it is on the bus.
    pub(super) fn look(&mut self, gap_m: f64, sigma_m: f64, paused_ms: f64, way_m: f64) -> f64 {
        let keeps = (-paused_ms.max(0.0) / DRIFT_MS).exp();
        let drifts = 1.0 - keeps * keeps;
        let size = sigma_m * (1.0 - NEW).sqrt();
        let new = sigma_m * sigma_m * NEW;

        let (error, variance) = (self.on.0 * keeps, self.on.1 * keeps * keeps + drifts);
        let spread = size * size * variance + new;
        let miss = gap_m - size * error;
        let on = -0.5 * (miss * miss / spread + spread.ln());
        let gain = variance * size / spread;
        self.on = (error + gain * miss, variance - gain * size * variance);

        let first = if self.has_left { 0.0 } else { FIRST_LEG * way_m };
        self.has_left |= way_m > 0.0;
        let error = self.free.0 * keeps;
        let error_variance = self.free_error * keeps * keeps + drifts;
        let both = self.free_both * keeps;
        let distance_variance = (self.free_distance + (WANDER * way_m).max(first * first)).min(FAR_M * FAR_M);
        let (of_error, of_distance) = (size * error_variance + both, size * both + distance_variance);
        let spread = size * of_error + of_distance + new;
        let miss = gap_m - size * error - self.free.1;
        let free = (-0.5 * (miss * miss / spread + spread.ln())).max(-ANYWHERE_M.ln());
        self.free = (error + of_error / spread * miss, self.free.1 + of_distance / spread * miss);
        self.free_error = error_variance - of_error * of_error / spread;
        self.free_both = both - of_error * of_distance / spread;
        self.free_distance = (distance_variance - of_distance * of_distance / spread).max(0.0);

        on - free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A look: gap, sigma, ms since the one before, way since then.
    type Look = (f64, f64, f64, f64);

    /// Log of a Gaussian's density without its constant, by Cholesky's decomposition.
    fn density(gaps: &[f64], covariance: &[Vec<f64>]) -> f64 {
        let mut lower = vec![vec![0.0; gaps.len()]; gaps.len()];
        let (mut log, mut solved) = (0.0, Vec::new());
        for row in 0..gaps.len() {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
                let rest: f64 = covariance[row][column] - known;
                lower[row][column] = if row == column { rest.sqrt() } else { rest / lower[column][column] };
            }
            let known: f64 = solved.iter().enumerate().map(|(k, z)| lower[row][k] * z).sum();
            let z = (gaps[row] - known) / lower[row][row];
            log -= 0.5 * z * z + f64::ln(lower[row][row]);
            solved.push(z);
        }
        log
    }

    /// The ratio of both stories, with all looks at once: nothing is carried from one to the next.
    fn at_once(looks: &[Look], distance_m: f64) -> f64 {
        let mut at_ms = 0.0;
        let times: Vec<f64> = looks.iter().map(|look| (at_ms += look.2, at_ms).1).collect();
        let mut variance = distance_m * distance_m;
        let mut first = FIRST_LEG;
        let distances: Vec<f64> = looks
            .iter()
            .map(|look| {
                variance += (WANDER * look.3).max((first * look.3).powi(2));
                if look.3 > 0.0 {
                    first = 0.0;
                }
                variance
            })
            .collect();
        let error = |a: usize, b: usize| {
            let drifts = (1.0 - NEW) * (-(times[a] - times[b]).abs() / DRIFT_MS).exp();
            looks[a].1 * looks[b].1 * (drifts + if a == b { NEW } else { 0.0 })
        };
        let matrix = |besides: f64| -> Vec<Vec<f64>> {
            let row =
                |a: usize| (0..looks.len()).map(|b| error(a, b) + besides * distances[a.min(b)]).collect();
            (0..looks.len()).map(row).collect()
        };
        let gaps: Vec<f64> = looks.iter().map(|look| look.0).collect();
        density(&gaps, &matrix(0.0)) - density(&gaps, &matrix(1.0))
    }

    proptest! {
        /// Look by look or all at once: the filters are exact as long as no bound is met.
        #[test]
        fn two_filters_give_the_ratio_of_two_gaussians(
            looks in proptest::collection::vec((-12.0..12.0, 12.0..30.0, 1_000.0..60_000.0, 0.0..60.0), 1..6),
            unheard_s in 0.0..40.0,
        ) {
            let mut gap = Gap::at_a_stop(unheard_s);
            let told: f64 = looks.iter().map(|look: &Look| gap.look(look.0, look.1, look.2, look.3)).sum();
            let distance_m = BESIDE_M + UNHEARD_MPS * f64::min(unheard_s, UNHEARD_S);
            let expected = at_once(&looks, distance_m);
            prop_assert!((told - expected).abs() < 1e-6 * expected.abs().max(1.0), "{} {}", told, expected);
        }

        #[test]
        fn no_gap_takes_it_out_of_bounds(
            looks in proptest::collection::vec((-1e7..1e7, 1.0..500.0, 0.0..1e9, 0.0..1e7), 1..40),
        ) {
            let mut gap = Gap::at_a_stop(f64::INFINITY);
            for look in looks {
                let told: f64 = gap.look(look.0, look.1, look.2, look.3);
                prop_assert!(told.is_finite() && told < 10.0, "{}", told);
            }
            prop_assert!(gap.free_distance <= FAR_M * FAR_M && gap.free_error >= 0.0, "{:?}", gap);
        }
    }

    #[test]
    fn standing_side_by_side_proves_nothing_and_going_together_does() {
        let mut gap = Gap::at_a_stop(0.0);
        gap.look(3.0, 10.0, 10_000.0, 0.0);
        let standing: f64 = (0..20).map(|_| gap.look(3.0, 10.0, 10_000.0, 0.0)).sum();
        assert!(standing.abs() < 0.8, "{standing}");
        let going: f64 = (0..3).map(|_| gap.look(3.0, 10.0, 10_000.0, 90.0)).sum();
        assert!(going > 4.0, "{going}");
        assert!(gap.look(150.0, 10.0, 10_000.0, 90.0) < -50.0);
    }
}
