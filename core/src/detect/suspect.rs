//! One bus, and the odds that the passenger is on it.

use super::Candidate;
use super::track::{At, Spot, Track};
use crate::geo::Point;
use crate::realtime::VehicleReport;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a feed's clock may be ahead of the phone's, in ms, and the log of how likely that is.
/// Beyond these an offset could not be told from another bus.
const OFFSETS: [(i64, f32); 9] = [
    (0, 0.0),
    (-2_000, -1.5),
    (2_000, -1.5),
    (-4_000, -3.0),
    (4_000, -3.0),
    (-6_000, -4.5),
    (6_000, -4.5),
    (-9_000, -6.0),
    (9_000, -6.0),
];
/// The odds never rise above or fall below this: new evidence must be able to turn them.
const CERTAIN: f32 = 9.0;
/// Where a bus stands that one may just have boarded: one of two or three, or none at all.
const BOARDABLE: f32 = -0.5;
/// One comparison never weighs more than this against a bus.
const WORST: f64 = -6.0;
/// Reports closer in time than this share the same errors of both receivers.
const INDEPENDENT_MS: f32 = 15_000.0;
/// Slower than this one walks or stands: no evidence for any bus.
const MOVING_MPS: f64 = 1.8;
/// Faster than this on average, over a pause too, nobody walked.
const RODE_MPS: f64 = 2.5;
/// Another bus of the line is typically this many seconds away.
const HEADWAY_S: f64 = 40.0;
/// So many times as far as the phone came from where it last stood: before that, the buses that stood
/// there too are no further away.
const FROM_THE_STOP: f64 = 4.0;
/// What lies between the receivers of bus and passenger, in metres.
const BUS_M: f64 = 7.0;
/// A bus is no faster in town, in metres a second, stops included.
const TOWN_MPS: f64 = 14.0;
/// How far a bus is while the phone has not told where it is; finite, for the sake of JSON.
pub(super) const UNKNOWN_M: f64 = 1e6;
/// Reports that wait for a later fix; more are not kept.
const MOST_PENDING: usize = 12;

/// One bus that reports, as the detector sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Suspect {
    label: String,
    line: Option<String>,
    trip: Option<String>,
    point: Point,
    /// When it last was somewhere, by the feed's clock.
    pub measured_ms: i64,
    /// When it was last heard of.
    pub received_ms: i64,
    /// How far from the phone it last was, in metres.
    pub metres: f64,
    /// When it was last compared with the track, and where it was then.
    compared: Option<(i64, Point)>,
    odds: [Odds; OFFSETS.len()],
    pending: VecDeque<Pending>,
}

/// The odds that the passenger is on a bus, if the feed's clock is off by so much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Odds {
    /// Natural logarithm.
    log: f32,
    /// When the last report that was compared was measured, by the phone's clock.
    compared_ms: Option<i64>,
    /// Reports in favour, since the last one against.
    pub agreed: u32,
    /// The first and the last of them.
    pub agreed_from_ms: i64,
    pub agreed_to_ms: i64,
    /// How far the phone went with the bus over these, in metres.
    pub together_m: f32,
    /// The phone's highest speed at one of these.
    pub fastest_mps: f32,
    /// The last report did not speak against.
    pub holds: bool,
}

impl Default for Odds {
    fn default() -> Odds {
        Odds {
            log: BOARDABLE,
            compared_ms: None,
            agreed: 0,
            agreed_from_ms: 0,
            agreed_to_ms: 0,
            together_m: 0.0,
            fastest_mps: 0.0,
            holds: false,
        }
    }
}

/// A report that waits until the track reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    measured_ms: i64,
    point: Point,
    /// Where the bus was one report earlier.
    before: Option<Point>,
    speed_mps: f32,
    /// Offsets that still wait, a bit each.
    open: u16,
}

/// The verdict over all clock offsets.
pub(super) struct Verdict<'a> {
    /// Natural logarithm of the odds, the offset's own likelihood included.
    pub log: f32,
    /// The likeliest offset.
    pub offset_ms: i64,
    /// What speaks for it.
    pub odds: &'a Odds,
}

impl Suspect {
    pub(super) fn new(report: &VehicleReport) -> Suspect {
        Suspect {
            label: report.label.clone(),
            line: report.line.clone(),
            trip: report.trip.clone(),
            point: report.point,
            measured_ms: i64::MIN,
            received_ms: report.received_ms,
            metres: UNKNOWN_M,
            compared: None,
            odds: Default::default(),
            pending: VecDeque::new(),
        }
    }

    /// Takes a report that is later than the last.
    pub(super) fn report(&mut self, report: &VehicleReport, metres: f64) {
        let before = (self.measured_ms != i64::MIN).then_some(self.point);
        self.measured_ms = report.measured_ms;
        self.received_ms = report.received_ms;
        self.point = report.point;
        self.metres = metres;
        self.label.clone_from(&report.label);
        self.line.clone_from(&report.line);
        self.trip.clone_from(&report.trip);
        if self.pending.len() >= MOST_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending {
            measured_ms: report.measured_ms,
            point: report.point,
            before,
            speed_mps: report.speed_mps.filter(|speed| (0.0..=40.0).contains(speed)).unwrap_or(0.0),
            open: (1 << OFFSETS.len()) - 1,
        });
    }

    /// Compares the reports that wait with the track, as far as it reaches.
    pub(super) fn compare(&mut self, track: &Track) {
        if self.pending.is_empty() {
            return;
        }
        for pending in &mut self.pending {
            for (index, ((offset_ms, _), odds)) in OFFSETS.iter().zip(&mut self.odds).enumerate() {
                let bit = 1 << index;
                if pending.open & bit == 0 {
                    continue;
                }
                let at_ms = pending.measured_ms.saturating_add(*offset_ms);
                match track.at(at_ms) {
                    At::NotYet => continue,
                    At::Unknown => {}
                    At::Spot(spot) => {
                        if *offset_ms == 0 {
                            self.compared = Some((at_ms, pending.point));
                            self.metres = apart(spot.point, pending.point);
                        }
                        odds.weigh(at_ms, &spot, pending, track);
                    }
                }
                pending.open &= !bit;
            }
        }
        self.pending.retain(|pending| pending.open != 0);
    }

    /// The odds under the likeliest clock offset; of equals the smaller offset.
    pub(super) fn verdict(&self) -> Verdict<'_> {
        let [right, ..] = &self.odds;
        let mut best = Verdict { log: right.log, offset_ms: 0, odds: right };
        for ((offset_ms, likely), odds) in OFFSETS.iter().zip(&self.odds).skip(1) {
            if odds.log + likely > best.log {
                best = Verdict { log: odds.log + likely, offset_ms: *offset_ms, odds };
            }
        }
        best
    }

    /// Whether the bus may have stood at this place at this moment, without having been heard of since.
    pub(super) fn may_have_stood(&self, at_ms: i64, place: Point) -> bool {
        let Some((heard_ms, point)) = self.compared else { return true };
        let seconds = at_ms.saturating_sub(heard_ms).max(0) as f64 / 1_000.0;
        heard_ms < at_ms && apart(point, place) < 60.0 + 8.0 * seconds
    }

    pub(super) fn candidate(&self, vehicle: &str) -> Candidate {
        Candidate {
            vehicle: vehicle.to_owned(),
            label: self.label.clone(),
            line: self.line.clone(),
            trip: self.trip.clone(),
            metres: self.metres.min(UNKNOWN_M).round() as u32,
            heard: false,
        }
    }
}

impl Odds {
    fn weigh(&mut self, at_ms: i64, spot: &Spot, report: &Pending, track: &Track) {
        let slow = track.last_slow(at_ms);
        if slow.is_some_and(|slow| self.may_have_boarded(slow, report)) {
            self.log = self.log.max(BOARDABLE);
        }
        let from_the_stop_m = slow.map(|(_, place)| apart(place, spot.point));
        let way_m = self.compared_ms.and_then(|then_ms| match track.at(then_ms) {
            At::Spot(then) => Some(apart(then.point, spot.point)),
            _ => None,
        });
        let paused_ms = self.compared_ms.map_or(i64::MAX, |then_ms| at_ms.saturating_sub(then_ms).max(0));
        let rode_m = way_m.filter(|way_m| *way_m >= RODE_MPS * paused_ms as f64 / 1_000.0);
        // The first report in favour must lead away from the stop; the next ones need not.
        let first_m = from_the_stop_m.filter(|_| self.agreed == 0);
        let evidence = evidence(spot, report, first_m, rode_m);

        if evidence > 0.0 {
            if self.agreed == 0 {
                self.agreed_from_ms = at_ms;
                self.together_m = from_the_stop_m.unwrap_or(0.0) as f32;
            } else {
                self.together_m += way_m.unwrap_or(0.0) as f32;
            }
            self.agreed = self.agreed.saturating_add(1);
            self.agreed_to_ms = at_ms;
            self.fastest_mps = self.fastest_mps.max(spot.speed_mps as f32);
        } else if evidence < -1.0 {
            (self.agreed, self.together_m, self.fastest_mps) = (0, 0.0, 0.0);
        }
        self.holds = evidence >= -0.5;
        let weight = (paused_ms as f32 / INDEPENDENT_MS).min(1.0);
        self.log = (self.log + evidence * weight).clamp(-CERTAIN, CERTAIN);
        self.compared_ms = Some(at_ms);
    }

    /// Whether phone and bus may have met where the phone was slow, since the last comparison.
    fn may_have_boarded(&self, (slow_ms, place): (i64, Point), report: &Pending) -> bool {
        let (Some(then_ms), Some(before)) = (self.compared_ms, report.before) else { return true };
        let seconds = slow_ms.saturating_sub(then_ms) as f64 / 1_000.0;
        seconds > 0.0 && apart(before, place) < 100.0 + TOWN_MPS * seconds
    }
}

/// The log of how much likelier one comparison is on the bus than off it.
///
/// `first_m`: how far the phone came from where it stood, if nothing spoke for this bus yet;
/// `rode_m`: how far it rode since the comparison before, if it cannot have walked.
fn evidence(spot: &Spot, report: &Pending, first_m: Option<f64>, rode_m: Option<f64>) -> f32 {
    let (east, north) = report.point.flat(spot.point);
    let across_m = spot.sigma_m.hypot(BUS_M);
    // Along the way, a second of doubt about when.
    let fast_mps = spot.speed_mps.max(f64::from(report.speed_mps).min(spot.speed_mps + 5.0));
    let along_m = across_m.hypot(fast_mps);
    let heading = spot.heading.filter(|_| spot.speed_mps >= MOVING_MPS);
    let evidence = match heading {
        Some((x, y)) => {
            let (along, across) = (east * x + north * y, north * x - east * y);
            // All that is on the road has little across: no gain from that, only loss from much.
            let miss = (along / along_m).powi(2) + ((across / across_m).powi(2) - 1.5).max(0.0);
            let others_m = (spot.speed_mps * HEADWAY_S)
                .min(first_m.map_or(f64::INFINITY, |first| first * FROM_THE_STOP));
            (others_m / along_m).max(1.0).ln().min(4.0) - miss / 2.0
        }
        // Standing beside a bus says nothing, unless both came there from elsewhere; far from it, much.
        None => {
            let miss = (east.hypot(north) / along_m).powi(2);
            let met = (rode_m.unwrap_or(0.0) * 0.5 / along_m).max(1.0).ln().min(1.5);
            (2.0 - miss / 2.0).min(0.0).max(met - miss / 2.0)
        }
    };
    evidence.max(WORST) as f32
}

/// Metres between two near points.
pub(super) fn apart(a: Point, b: Point) -> f64 {
    let (east, north) = a.flat(b);
    east.hypot(north)
}
