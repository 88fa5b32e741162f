//! How three stories explain the gap between phone and bus: "on it", "that bus goes its own way", and "that bus goes
//! in the same stream", held up by the same queues and lights, nose to tail.
//!
//! On it, the gap is the error of both receivers: part of it drifts, part is new each time. Otherwise there is a
//! distance besides, which wanders with the way that is driven: much on its own way, little in the stream. All are
//! linear and Gaussian, so that a Kalman filter (Kalman, 1960) gives each story's likelihood exactly, and their ratio
//! is evidence (Wald, 1945). Standing side by side proves nothing, for nothing wanders; a second look at the same error
//! proves little, for it drifts slowly. Where a bus says how fast it goes, that belongs to the stories, too.

use crate::geo::length;

/// The drifting part of the error is forgotten by a factor e in so many ms.
const DRIFT_MS: f64 = 20_000.0;
/// The part of the error's variance that is new each time.
const NEW: f64 = 0.4;
/// Where a bus boards, another may stand so many metres away: a length and a half of a bus.
const BESIDE_M: f64 = 20.0;
/// A bus that was not heard of wanders by so many metres a second, for so many seconds at most.
const UNHEARD_MPS: f64 = 4.0;
const UNHEARD_S: f64 = 30.0;
/// One in the same stream wanders half as far.
const STREAM_UNHEARD: f64 = 0.5;
/// Over so many metres of way another bus comes about as far away, if both left the same stop.
const FIRST_LEG: f64 = 0.8;
/// Square metres by which the distance to another bus wanders in each metre of way: on its own way, and in the stream.
const WANDER: f64 = 120.0;
const STREAM_WANDER: f64 = 6.0;
/// The distance to another bus is at most about so many metres, before it is another place altogether.
const FAR_M: f64 = 400.0;
/// No place on the road is less likely for a bus that goes its own way than one in so many metres.
const ANYWHERE_M: f64 = 600.0;
/// So many of the buses that are not the phone's go in its stream, to begin with; what was seen never makes them fewer,
/// nor the others.
const STREAM: f64 = 0.02;
/// So far the speed of a bus differs from the phone's, in metres a second: on it, and in the stream.
const SPEED_MPS: f64 = 1.2;
const STREAM_SPEED_MPS: f64 = 3.0;
/// A speed is never believed to be rarer than this logarithm makes it: reports have bad ones.
const SPEED_ERROR: f64 = -4.0;
/// Of buses that go their own way so many stand, slower than this; the others go at any speed up to that. Where the
/// phone is slow, traffic is.
const STANDS: f64 = 0.35;
const STANDS_MPS: f64 = 1.0;
const TOWN_MPS: f64 = 14.0;
const SLOW_MPS: f64 = 6.0;

/// A bus seen beside where the phone was then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// How far it is ahead along the way, and one standard deviation of the error of that.
    pub gap_m: f64,
    pub sigma_m: f64,
    /// Since the last look: the time, and how far the phone went.
    pub paused_ms: f64,
    pub way_m: f64,
    /// How fast it went, if it said so.
    pub speeds: Option<Speeds>,
}

/// How fast a bus said that it went, and how fast the phone did, in metres a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speeds {
    pub bus: f64,
    pub phone: f64,
    /// How far these may differ for no other reason than their clocks.
    pub vague: f64,
}

/// The stories of one bus, as far as they were told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    on: Story,
    own: Story,
    stream: Story,
    /// How likely it goes in the stream, if the phone is not on it.
    is_stream: f64,
    /// Whether the phone has moved since the two may have met.
    has_left: bool,
}

impl Gap {
    /// All stories begin where one may board. The bus was not heard of for so many seconds.
    pub(super) fn at_a_stop(unheard_s: f64) -> Gap {
        let wandered_m = UNHEARD_MPS * unheard_s.clamp(0.0, UNHEARD_S);
        Gap {
            on: Story::begin(0.0),
            own: Story::begin(BESIDE_M + wandered_m),
            stream: Story::begin(BESIDE_M + wandered_m * STREAM_UNHEARD),
            is_stream: STREAM,
            has_left: false,
        }
    }

    /// Takes one look. Answers the log of how much likelier it is on the bus.
    pub(super) fn look(&mut self, look: &Look) -> f64 {
        let first = if self.has_left { 0.0 } else { FIRST_LEG * look.way_m };
        self.has_left |= look.way_m > 0.0;
        let [at_on, at_own, at_stream] = look.speeds.map_or([0.0; 3], |speeds| speeds.logs());
        let on = at_on + self.on.look(look, 0.0);
        let anywhere = -ANYWHERE_M.ln();
        let own = at_own + self.own.look(look, (WANDER * look.way_m).max(first * first)).max(anywhere);
        let stream = at_stream + self.stream.look(look, STREAM_WANDER * look.way_m).max(anywhere);
        on - self.mix(own, stream)
    }

    /// The log of how likely both ways not to be on it are together, each as likely as it was until now.
    fn mix(&mut self, own: f64, stream: f64) -> f64 {
        let most = own.max(stream);
        let own = (1.0 - self.is_stream) * (own - most).exp();
        let stream = self.is_stream * (stream - most).exp();
        self.is_stream = (stream / (own + stream)).clamp(STREAM, 1.0 - STREAM);
        most + (own + stream).ln()
    }
}

/// One story: the gap is an error that drifts, and a distance that wanders.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Story {
    /// The drifting error in units of its size, and the distance in metres.
    error: f64,
    distance_m: f64,
    /// Their variances and covariance.
    of_error: f64,
    of_distance: f64,
    of_both: f64,
}

impl Story {
    /// The distance is about so far.
    fn begin(distance_m: f64) -> Story {
        let of_distance = distance_m * distance_m;
        Story { error: 0.0, distance_m: 0.0, of_error: 1.0, of_distance, of_both: 0.0 }
    }

    /// The log of how likely the gap is, but for a constant; the distance has wandered by so many square metres.
    fn look(&mut self, look: &Look, wandered: f64) -> f64 {
        let keeps = (-look.paused_ms.max(0.0) / DRIFT_MS).exp();
        let size = look.sigma_m * (1.0 - NEW).sqrt();
        let new = look.sigma_m * look.sigma_m * NEW;
        let error = self.error * keeps;
        let of_error = self.of_error * keeps * keeps + (1.0 - keeps * keeps);
        let of_both = self.of_both * keeps;
        let of_distance = (self.of_distance + wandered).min(FAR_M * FAR_M);

        let (with_error, with_distance) = (size * of_error + of_both, size * of_both + of_distance);
        let spread = size * with_error + with_distance + new;
        let miss = look.gap_m - size * error - self.distance_m;
        self.error = error + with_error / spread * miss;
        self.distance_m += with_distance / spread * miss;
        self.of_error = of_error - with_error * with_error / spread;
        self.of_both = of_both - with_error * with_distance / spread;
        self.of_distance = (of_distance - with_distance * with_distance / spread).max(0.0);
        -0.5 * (miss * miss / spread + spread.ln())
    }
}

impl Speeds {
    /// The logs of how likely the bus's speed is: on it, on its own way, in the stream.
    fn logs(&self) -> [f64; 3] {
        let about = |off: f64| {
            let z = (self.bus - self.phone) / off;
            (-0.5 * (z * z + std::f64::consts::TAU.ln())).max(SPEED_ERROR) - off.ln()
        };
        let fastest = if self.bus.max(self.phone) < SLOW_MPS { SLOW_MPS } else { TOWN_MPS };
        let anyhow =
            if self.bus < STANDS_MPS { STANDS / STANDS_MPS } else { (1.0 - STANDS) / (fastest - STANDS_MPS) };
        [about(length(SPEED_MPS, self.vague)), anyhow.ln(), about(STREAM_SPEED_MPS)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// The density of all looks at once: nothing is carried from one to the next. The distance began with this
    /// variance, and has wandered by so much before each look.
    fn at_once(looks: &[Look], begin: f64, wandered: &[f64]) -> f64 {
        let mut at_ms = 0.0;
        let times: Vec<f64> = looks.iter().map(|look| (at_ms += look.paused_ms, at_ms).1).collect();
        let mut variance = begin;
        let distances: Vec<f64> = wandered.iter().map(|more| (variance += more, variance).1).collect();
        let error = |a: usize, b: usize| {
            let drifts = (1.0 - NEW) * (-(times[a] - times[b]).abs() / DRIFT_MS).exp();
            looks[a].sigma_m * looks[b].sigma_m * (drifts + if a == b { NEW } else { 0.0 })
        };
        let row = |a: usize| (0..looks.len()).map(|b| error(a, b) + distances[a.min(b)]).collect();
        let covariance: Vec<Vec<f64>> = (0..looks.len()).map(row).collect();
        let gaps: Vec<f64> = looks.iter().map(|look| look.gap_m).collect();
        density(&gaps, &covariance)
    }

    fn looks(
        gaps: std::ops::Range<f64>,
        ways: std::ops::Range<f64>,
        most: usize,
    ) -> impl Strategy<Value = Vec<Look>> {
        let speeds = proptest::option::of((0.0..20.0, 0.0..20.0, 0.5..4.0));
        let look = (gaps, 12.0..30.0, 1_000.0..60_000.0, ways, speeds);
        let look = look.prop_map(|(gap_m, sigma_m, paused_ms, way_m, speeds)| Look {
            gap_m,
            sigma_m,
            paused_ms,
            way_m,
            speeds: speeds.map(|(bus, phone, vague)| Speeds { bus, phone, vague }),
        });
        proptest::collection::vec(look, 1..most)
    }

    proptest! {
        /// Look by look or all at once: each filter is exact as long as no bound is met.
        #[test]
        fn a_filter_gives_the_density_of_a_gaussian(
            looks in looks(-12.0..12.0, 0.0..60.0, 6),
            begin_m in 0.0..150.0,
            wander in 0.0..150.0,
        ) {
            let wandered: Vec<f64> = looks.iter().map(|look| wander * look.way_m).collect();
            let mut story = Story::begin(begin_m);
            let told: f64 = looks.iter().zip(&wandered).map(|(look, more)| story.look(look, *more)).sum();
            let expected = at_once(&looks, begin_m * begin_m, &wandered);
            prop_assert!((told - expected).abs() < 1e-6 * expected.abs().max(1.0), "{} {}", told, expected);
        }

        /// The stories together, each look given those before it.
        #[test]
        fn what_a_look_tells_is_the_ratio_of_the_stories(
            looks in looks(-12.0..12.0, 0.0..60.0, 6),
            unheard_s in 0.0..40.0,
        ) {
            let mut gap = Gap::at_a_stop(unheard_s);
            let unheard_m = UNHEARD_MPS * f64::min(unheard_s, UNHEARD_S);
            let left = looks.iter().position(|look| look.way_m > 0.0).unwrap_or(looks.len());
            let own = |(nth, look): (usize, &Look)| {
                let first = if nth == left { FIRST_LEG * look.way_m } else { 0.0 };
                (WANDER * look.way_m).max(first * first)
            };
            let own: Vec<f64> = looks.iter().enumerate().map(own).collect();
            let stream: Vec<f64> = looks.iter().map(|look| STREAM_WANDER * look.way_m).collect();
            let stories = [
                (0.0, vec![0.0; looks.len()]),
                ((BESIDE_M + unheard_m).powi(2), own),
                ((BESIDE_M + unheard_m * STREAM_UNHEARD).powi(2), stream),
            ];
            let mut is_stream = STREAM;
            for (nth, look) in looks.iter().enumerate() {
                let at = look.speeds.map_or([0.0; 3], |speeds| speeds.logs());
                let density = |story: usize| {
                    let (begin, wandered) = &stories[story];
                    let until = |n: usize| at_once(&looks[..n], *begin, &wandered[..n]);
                    (at[story] + until(nth + 1) - until(nth)).exp()
                };
                let (one, other) = ((1.0 - is_stream) * density(1), is_stream * density(2));
                let expected = (density(0) / (one + other)).ln();
                is_stream = (other / (one + other)).clamp(STREAM, 1.0 - STREAM);
                let told = gap.look(look);
                prop_assert!((told - expected).abs() < 1e-6 * expected.abs().max(1.0), "{} {}", told, expected);
            }
        }

        #[test]
        fn no_gap_takes_it_out_of_bounds(
            looks in proptest::collection::vec((-1e7..1e7, 1.0..500.0, 0.0..1e9, 0.0..1e7, 0.0..100.0), 1..40),
        ) {
            let mut gap = Gap::at_a_stop(f64::INFINITY);
            for (gap_m, sigma_m, paused_ms, way_m, bus) in looks {
                let speeds = Some(Speeds { bus, phone: 5.0, vague: 1.0 });
                let told = gap.look(&Look { gap_m, sigma_m, paused_ms, way_m, speeds });
                prop_assert!(told.is_finite() && told < 12.0, "{}", told);
            }
            let Gap { own, is_stream, .. } = gap;
            prop_assert!(own.of_distance <= FAR_M * FAR_M && own.of_error >= 0.0, "{:?}", gap);
            prop_assert!((STREAM..=1.0 - STREAM).contains(&is_stream), "{}", is_stream);
        }
    }

    fn beside(gap_m: f64, way_m: f64) -> Look {
        Look { gap_m, sigma_m: 10.0, paused_ms: 10_000.0, way_m, speeds: None }
    }

    #[test]
    fn standing_side_by_side_proves_nothing_and_going_together_does() {
        let mut gap = Gap::at_a_stop(0.0);
        gap.look(&beside(3.0, 0.0));
        let standing: f64 = (0..20).map(|_| gap.look(&beside(3.0, 0.0))).sum();
        assert!(standing.abs() < 0.8, "{standing}");
        let going: f64 = (0..3).map(|_| gap.look(&beside(3.0, 90.0))).sum();
        assert!(going > 3.5, "{going}");
        assert!(gap.look(&beside(150.0, 90.0)) < -50.0);
    }

    #[test]
    fn a_bus_in_the_same_stream_is_told_by_a_distance_that_lasts() {
        let evidence = |gap_m: f64| {
            let mut gap = Gap::at_a_stop(0.0);
            (0..6).map(|_| gap.look(&beside(gap_m, 120.0))).sum::<f64>()
        };
        assert!(evidence(25.0) < evidence(5.0) - 3.0, "{} {}", evidence(25.0), evidence(5.0));
    }

    #[test]
    fn the_same_speed_speaks_for_a_bus_and_another_against_it() {
        let evidence = |bus: f64| {
            let speeds = Some(Speeds { bus, phone: 10.0, vague: 0.8 });
            Gap::at_a_stop(0.0).look(&Look { speeds, ..beside(3.0, 90.0) })
        };
        let unsaid = Gap::at_a_stop(0.0).look(&beside(3.0, 90.0));
        assert!(evidence(10.0) > unsaid + 1.0, "{} {unsaid}", evidence(10.0));
        assert!(evidence(0.0) < unsaid - 2.0, "{} {unsaid}", evidence(0.0));
        assert!(evidence(0.0) > unsaid - 6.0, "one bad speed is no proof: {}", evidence(0.0));
    }
}
