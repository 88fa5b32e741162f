//! What the phone learns: its own fixes and the city's reports, with the errors of both.

use super::constants as of;
use super::way::Way;
use crate::detect::case::{FeedRow, PhoneRow};
use crate::world::dice::Dice;
use crate::world::traffic::{Traffic, shifted};
use jol_core::geo::Point;

/// An error that wanders (Gauss and Markov): metres north and east.
struct Error {
    sigma: f64,
    north: f64,
    east: f64,
}

impl Error {
    fn new(dice: &mut Dice, sigma: f64) -> Error {
        Error { sigma, north: dice.gauss() * sigma, east: dice.gauss() * sigma }
    }

    fn moved(&mut self, dice: &mut Dice, point: Point, seconds: f64) -> Point {
        let keeps = (-seconds / of::LASTS_S).exp();
        let wanders = self.sigma * (1.0 - keeps * keeps).sqrt();
        self.north = self.north * keeps + dice.gauss() * wanders;
        self.east = self.east * keeps + dice.gauss() * wanders;
        shifted(point, 0.0, self.north, self.east)
    }
}

/// One of some, each with its share of the whole.
pub(super) fn one_of(dice: &mut Dice, some: &[(f64, f64)]) -> f64 {
    let mut left = dice.share();
    for (value, share) in some {
        left -= share;
        if left < 0.0 {
            return *value;
        }
    }
    some[some.len() - 1].0
}

fn rounded(value: f64, digits: i32) -> f64 {
    let ten = 10_f64.powi(digits);
    (value * ten).round() / ten
}

/// A phone and its receiver.
#[derive(Clone, Debug)]
pub(super) struct Phone {
    pub(super) dt_s: f64,
    pub(super) sigma: f64,
    pub(super) skew_s: f64,
    /// No fix from this second of the case until that one.
    pub(super) tunnel: Option<(f64, f64)>,
}

impl Phone {
    pub(super) fn draw(dice: &mut Dice) -> Phone {
        Phone {
            dt_s: one_of(dice, &of::FIX_S),
            sigma: one_of(dice, &of::SIGMA_M),
            skew_s: rounded(dice.gauss() * of::CLOCK_OFF_S, 2),
            tunnel: None,
        }
    }

    /// Its fixes on a way.
    pub(super) fn fixes(
        &self,
        dice: &mut Dice,
        traffic: &Traffic<'_>,
        way: &Way,
        zero_ms: i64,
    ) -> Vec<PhoneRow> {
        let tells_speed = dice.chance(of::TELLS_SPEED);
        let tells_bearing = dice.chance(of::TELLS_BEARING);
        let mut error = Error::new(dice, self.sigma);
        let mut fixes = Vec::new();
        let (mut second, mut before) = (dice.between(0.0, self.dt_s), 0.0);
        while second < of::CASE_S {
            let irregular =
                if self.dt_s > 1.0 { dice.between(-of::IRREGULAR_S, of::IRREGULAR_S) } else { 0.0 };
            let true_s = rounded((second + irregular).max(0.0), 2);
            let at_ms = zero_ms + (true_s * 1_000.0).round() as i64;
            let point = error.moved(dice, way.at(traffic, at_ms), true_s - before);
            before = true_s;
            let (speed, bearing) = way.speed(traffic, at_ms);
            let accuracy = self.sigma * dice.between(of::ACCURACY.0, of::ACCURACY.1);
            let speed_told = (speed + dice.gauss() * of::SPEED_OFF_MPS).max(0.0);
            let bearing_told = (bearing + dice.gauss() * of::BEARING_OFF_DEG).rem_euclid(360.0);
            let now = dice.chance(of::TELLS_NOW);
            second += self.dt_s;
            if self.tunnel.is_some_and(|(from, until)| (from..until).contains(&true_s)) {
                continue;
            }
            fixes.push((
                rounded(true_s + self.skew_s, 2),
                rounded(point.lat, 6),
                rounded(point.lon, 6),
                rounded(accuracy, 1) as f32,
                (tells_speed && now).then_some(rounded(speed_told, 2) as f32),
                (tells_bearing && now && speed > of::BEARING_FROM_MPS)
                    .then_some(rounded(bearing_told, 1) as f32),
            ));
        }
        fixes
    }
}

/// A city's feed.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) every_s: f64,
    pub(super) latency_s: (f64, f64),
    pub(super) stamped: bool,
}

/// A bus of the feed: itself, or so much later than itself under another name.
#[derive(Clone, Debug)]
pub(super) struct Reporter {
    pub(super) bus: usize,
    pub(super) later_ms: i64,
    pub(super) name: String,
}

impl Feed {
    pub(super) fn draw(dice: &mut Dice) -> Feed {
        Feed {
            every_s: one_of(dice, &of::REPORTS_S),
            latency_s: of::LATENCY_S,
            stamped: dice.chance(of::STAMPS_SENDING),
        }
    }

    /// What the phone hears, in the order in which it comes. The phone asks at whole seconds.
    pub(super) fn reports(
        &self,
        dice: &mut Dice,
        traffic: &Traffic<'_>,
        reporters: &[Reporter],
        zero_ms: i64,
        skew_s: f64,
    ) -> Vec<FeedRow> {
        let (tells_speed, tells_bearing) = (dice.chance(of::FEED_SPEED), dice.chance(of::FEED_BEARING));
        let mut rows: Vec<FeedRow> = Vec::new();
        for Reporter { bus, later_ms, name } in reporters {
            let mut error = Error::new(dice, of::BUS_SIGMA_M);
            // Before the case begins the phone hears of nothing, so the first reports are those that come after.
            let mut second = -(dice.below(self.every_s as usize) as f64);
            while second < of::CASE_S {
                let measured = second;
                second += self.every_s;
                let Some(seen) = traffic.seen(*bus, zero_ms + later_ms + measured as i64 * 1_000) else {
                    continue;
                };
                let point = error.moved(dice, seen.point, self.every_s);
                let latency = dice.between(self.latency_s.0, self.latency_s.1);
                let sent = dice.between(of::SENT_LATER_S.0, of::SENT_LATER_S.1).min(latency);
                let received = (measured + latency).ceil();
                if !(0.0..of::CASE_S).contains(&received) {
                    continue;
                }
                let stamp = if self.stamped { (measured + sent).round() } else { measured };
                let speed = (seen.speed_mps + dice.gauss() * of::SPEED_OFF_MPS).max(0.0);
                rows.push((
                    rounded(received + skew_s, 2),
                    stamp,
                    name.clone(),
                    rounded(point.lat, 6),
                    rounded(point.lon, 6),
                    tells_speed.then_some(rounded(speed, 1) as f32),
                    tells_bearing.then_some(seen.bearing_deg.round() as f32),
                    Some(traffic.line(seen.run).0.to_owned()),
                    Some(traffic.trip(seen.run)),
                ));
            }
        }
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows
    }
}
