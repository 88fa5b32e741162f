//! The phone's own way over the last two minutes.

use super::Fix;
use crate::geo::{Point, length};
use std::collections::VecDeque;

/// How long fixes are kept.
pub(super) const KEPT_MS: i64 = 120_000;
/// At most so many fixes are kept, however fast they come.
const MOST_FIXES: usize = 360;
/// Between two fixes further apart than this, nothing is known: a tunnel.
const GAP_MS: i64 = 25_000;
/// Slower than this, one can board and alight.
const SLOW_MPS: f64 = 1.5;
/// Slower than this, where it heads is the receiver's noise.
const MOVING_MPS: f64 = 1.8;

/// The last fixes, by rising time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Track {
    fixes: VecDeque<Fix>,
    /// The last slow moment at or before each fix, and where; beside `fixes`.
    slow: VecDeque<Option<(i64, Point)>>,
    /// Where it headed when it last moved, at or before each fix; beside `fixes`.
    headings: VecDeque<Option<(f64, f64)>>,
}

/// The phone at a moment between two fixes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub point: Point,
    /// One standard deviation along one axis, in metres, what lies between the fixes included.
    pub sigma_m: f64,
    pub speed_mps: f64,
    /// Unit vector east and north of where it goes, or last went; none if it has not moved.
    pub heading: Option<(f64, f64)>,
}

/// What the track says of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum At {
    Spot(Spot),
    /// A later fix will tell.
    NotYet,
    /// Nobody will.
    Unknown,
}

impl Track {
    /// Takes a fix; false if it says nothing (not on Earth, too vague, or older than the last one).
    pub(super) fn push(&mut self, fix: Fix) -> bool {
        if !fix.is_sound() {
            return false;
        }
        if let Some(last) = self.fixes.back().map(|last| last.at_ms) {
            // The phone's clock was set back: what came before cannot be compared any more.
            if fix.at_ms < last.saturating_sub(KEPT_MS) {
                self.fixes.clear();
                self.slow.clear();
                self.headings.clear();
            } else if fix.at_ms <= last {
                return false;
            }
        }
        let speed_mps = fix.speed_mps.filter(|speed| (0.0..=100.0).contains(speed));
        let bearing_deg = fix.bearing_deg.filter(|bearing| (0.0..=360.0).contains(bearing));
        self.fixes.push_back(Fix { speed_mps, bearing_deg, ..fix });
        while self.fixes.len() > MOST_FIXES
            || self.fixes.front().is_some_and(|first| first.at_ms < fix.at_ms.saturating_sub(KEPT_MS))
        {
            self.fixes.pop_front();
            self.slow.pop_front();
            self.headings.pop_front();
        }
        let newest = self.fixes.len() - 1;
        let pair = (newest.checked_sub(1).and_then(|before| self.fixes.get(before)), self.fixes.back());
        let (mut slow, mut heading) =
            (self.slow.back().copied().flatten(), self.headings.back().copied().flatten());
        if let (Some(a), Some(b)) = pair {
            let (speed_mps, heads) = self.motion(newest, a, b);
            if speed_mps < SLOW_MPS {
                slow = Some((fix.at_ms, fix.point));
            } else {
                heading = heads.filter(|_| speed_mps >= MOVING_MPS).or(heading);
            }
        }
        self.slow.push_back(slow);
        self.headings.push_back(heading);
        true
    }

    /// All that are kept, by rising time.
    pub(super) fn fixes(&self) -> impl Iterator<Item = &Fix> {
        self.fixes.iter()
    }

    pub(super) fn last(&self) -> Option<&Fix> {
        self.fixes.back()
    }

    pub(super) fn any_mocked(&self) -> bool {
        self.fixes.iter().any(|fix| fix.mocked)
    }

    /// How far the last fix is from where the phone was so long before; none if that is not known.
    pub(super) fn way_m(&self, over_ms: i64) -> Option<f64> {
        let last = self.fixes.back()?;
        match self.at(last.at_ms.saturating_sub(over_ms)) {
            At::Spot(then) => Some(then.point.metres_to(last.point)),
            _ => None,
        }
    }

    /// Where the phone was at a moment, as far as [`at`](Track::at) knows it.
    pub(super) fn place(&self, at_ms: i64) -> Option<Point> {
        let (_, a, b) = self.around(at_ms)?;
        let Some(a) = a else { return (b.at_ms == at_ms).then_some(b.point) };
        Some(a.point.towards(b.point, share(a, b, at_ms)?))
    }

    /// The fix at or after a moment, its place among them, and the one before it.
    fn around(&self, at_ms: i64) -> Option<(usize, Option<&Fix>, &Fix)> {
        let after = self.fixes.partition_point(|fix| fix.at_ms < at_ms);
        let before = after.checked_sub(1).and_then(|before| self.fixes.get(before));
        Some((after, before, self.fixes.get(after)?))
    }

    /// Where the phone was at a moment, and how it moved.
    pub(super) fn at(&self, at_ms: i64) -> At {
        let Some((after, a, b)) = self.around(at_ms) else {
            let gone = self.fixes.back().is_none_or(|last| at_ms.saturating_sub(last.at_ms) > KEPT_MS);
            return if gone { At::Unknown } else { At::NotYet };
        };
        let Some(a) = a else {
            return if b.at_ms == at_ms { self.still(b) } else { At::Unknown };
        };
        let Some(share) = share(a, b, at_ms) else { return At::Unknown };
        let gap_s = b.at_ms.saturating_sub(a.at_ms) as f64 / 1_000.0;
        // Between fixes a bus brakes or speeds up by about 1 m/s².
        let between_m = gap_s * gap_s * share * (1.0 - share) * 0.5;
        let accuracy = f64::from(a.accuracy_m.max(b.accuracy_m).max(4.0));
        let speed_mps = self.motion(after, a, b).0;
        let heading = self.headings.get(after).copied().flatten();
        At::Spot(Spot {
            point: a.point.towards(b.point, share),
            sigma_m: length(accuracy * 0.6, between_m),
            speed_mps,
            heading,
        })
    }

    /// The last moment up to this one when the phone was slow, and where; none if it was not, as far as
    /// the track goes back.
    pub(super) fn last_slow(&self, until_ms: i64) -> Option<(i64, Point)> {
        let end = self.fixes.partition_point(|fix| fix.at_ms <= until_ms);
        self.slow.get(end.checked_sub(1)?).copied().flatten()
    }

    fn still(&self, fix: &Fix) -> At {
        At::Spot(Spot {
            point: fix.point,
            sigma_m: f64::from(fix.accuracy_m.max(4.0)) * 0.6,
            speed_mps: f64::from(fix.speed_mps.unwrap_or(0.0)),
            heading: None,
        })
    }

    /// Speed and heading between two neighbours, of which `b` is at this index: the receiver's own speed
    /// where it gives one, else way over time, over at least 4 s where there are fixes enough.
    fn motion(&self, index: usize, a: &Fix, b: &Fix) -> (f64, Option<(f64, f64)>) {
        let from = (0..index).rev().take(8).filter_map(|i| self.fixes.get(i));
        let from = from.take_while(|fix| b.at_ms.saturating_sub(fix.at_ms) <= GAP_MS);
        let mut start = a;
        for fix in from {
            start = fix;
            if b.at_ms.saturating_sub(fix.at_ms) >= 4_000 {
                break;
            }
        }
        let (east, north) = b.point.flat(start.point);
        let way_m = length(east, north);
        let seconds = (b.at_ms.saturating_sub(start.at_ms) as f64 / 1_000.0).max(0.1);
        let speed = match (a.speed_mps.map(f64::from), b.speed_mps.map(f64::from)) {
            (Some(one), Some(other)) => (one + other) / 2.0,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => way_m / seconds,
        };
        let heading = (way_m > 3.0).then(|| (east / way_m, north / way_m));
        (speed, heading)
    }
}

/// How far a moment is on from one fix to the next, 0 to 1; none where nothing is known between them.
fn share(a: &Fix, b: &Fix, at_ms: i64) -> Option<f64> {
    let gap_ms = b.at_ms.saturating_sub(a.at_ms);
    (gap_ms <= GAP_MS).then(|| (at_ms - a.at_ms) as f64 / gap_ms as f64)
}
