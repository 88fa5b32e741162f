//! One bus, and the odds that the passenger is on it.

use super::Candidate;
use super::track::{At, Spot, Track};
use crate::geo::Point;
use crate::realtime::VehicleReport;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a feed's clock may be ahead of the phone's, in ms, and the log of how likely that is.
/// Most are right; a few are off by more than a report could tell from another bus.
pub(super) const OFFSETS: [(i64, f32); 9] = [
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
/// Where a bus that was ruled out stands again once the phone was slow.
const BOARDABLE: f32 = -0.5;
/// Reports closer in time than this share the same errors of both receivers.
const INDEPENDENT_MS: f32 = 15_000.0;
/// Slower than this one walks: no evidence for any bus.
const MOVING_MPS: f64 = 1.8;
/// Another bus of the line is typically this many seconds away.
const HEADWAY_S: f64 = 40.0;
const RODE_MPS: f64 = 2.5;
const GONE: f64 = 4.0;
/// Reports that wait for a later fix; more are not kept.
const MOST_PENDING: usize = 12;

/// One bus that reports, as the detector sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Suspect {
    pub label: String,
    pub line: Option<String>,
    pub trip: Option<String>,
    pub measured_ms: i64,
    pub received_ms: i64,
    pub metres: f64,
    /// Where it was when it last reported and could be compared.
    compared: Option<(i64, Point)>,
    receding: bool,
    /// Reports that arrived within two seconds of their own time, and all reports.
    pub quick: u16,
    pub heard: u16,
    last: Option<Point>,
    odds: [Odds; OFFSETS.len()],
    pending: VecDeque<Pending>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Odds {
    pub log: f32,
    /// When the last report that counted was measured, by the phone's clock; 0 for none.
    counted_ms: i64,
    pub agreed: u32,
    /// Where the run of agreement began.
    pub since_ms: i64,
    pub last_for: bool,
    pub fastest_mps: f32,
    pub agreed_ms: i64,
    pub together_m: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    measured_ms: i64,
    point: Point,
    /// Where it was one report earlier.
    before: Option<Point>,
    speed_mps: f32,
    /// Offsets that still wait, a bit each.
    open: u16,
}

impl Suspect {
    pub(super) fn new(report: &VehicleReport) -> Suspect {
        Suspect {
            label: report.label.clone(),
            line: report.line.clone(),
            trip: report.trip.clone(),
            measured_ms: i64::MIN,
            received_ms: report.received_ms,
            metres: f64::INFINITY,
            compared: None,
            receding: false,
            quick: 0,
            heard: 0,
            last: None,
            odds: Default::default(),
            pending: VecDeque::new(),
        }
    }

    /// Takes a report; older ones than the last are ignored.
    pub(super) fn report(&mut self, report: &VehicleReport, phone: Option<Point>) {
        if report.measured_ms <= self.measured_ms || Point::new(report.point.lat, report.point.lon).is_none()
        {
            return;
        }
        self.measured_ms = report.measured_ms;
        self.received_ms = report.received_ms;
        self.label.clone_from(&report.label);
        self.line.clone_from(&report.line);
        self.trip.clone_from(&report.trip);
        if self.heard >= 40 {
            (self.heard, self.quick) = (self.heard / 2, self.quick / 2);
        }
        self.heard += 1;
        self.quick += u16::from(report.received_ms.saturating_sub(report.measured_ms) < 2_000);
        self.metres = phone.map_or(f64::INFINITY, |phone| phone.metres_to(report.point));
        if self.pending.len() == MOST_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending {
            measured_ms: report.measured_ms,
            point: report.point,
            before: self.last.replace(report.point),
            speed_mps: report.speed_mps.filter(|speed| (0.0..=40.0).contains(speed)).unwrap_or(0.0),
            open: (1 << OFFSETS.len()) - 1,
        });
    }

    pub(super) fn waits(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Compares the reports that wait with the track, as far as it reaches.
    pub(super) fn compare(&mut self, track: &Track) {
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
                        if index == 0 {
                            self.metres = spot.point.metres_to(pending.point);
                            self.receding = self.compared.is_some_and(|(_, before)| {
                                before.metres_to(spot.point) + 30.0 < self.metres && self.metres > 80.0
                            });
                            self.compared = Some((at_ms, pending.point));
                        }
                        odds.weigh(at_ms, &spot, pending, track);
                    }
                }
                pending.open &= !bit;
            }
        }
        self.pending.retain(|pending| pending.open != 0);
    }

    /// Whether the bus may have stood beside the phone at this moment without our having heard since.
    pub(super) fn may_have_been_at(&self, at_ms: i64, place: Point) -> bool {
        let Some((heard_ms, point)) = self.compared else { return true };
        let (east, north) = point.flat(place);
        let seconds = at_ms.saturating_sub(heard_ms).max(0) as f64 / 1_000.0;
        heard_ms < at_ms && east.hypot(north) < 60.0 + 8.0 * seconds && !(self.receding && seconds < 60.0)
    }

    /// The log-odds over the likeliest clock offset, and which offset (in ms) and odds these are.
    pub(super) fn best(&self) -> (f32, i64, &Odds) {
        let [first, ..] = &self.odds;
        let mut best = (first.log, 0, first);
        for ((offset_ms, likely), odds) in OFFSETS.iter().zip(&self.odds) {
            if odds.log + likely > best.0 {
                best = (odds.log + likely, *offset_ms, odds);
            }
        }
        best
    }

    pub(super) fn candidate(&self, vehicle: &str) -> Candidate {
        Candidate {
            vehicle: vehicle.to_owned(),
            label: self.label.clone(),
            line: self.line.clone(),
            trip: self.trip.clone(),
            metres: self.metres.min(1e6).round() as u32,
        }
    }
}

impl Odds {
    fn weigh(&mut self, at_ms: i64, spot: &Spot, report: &Pending, track: &Track) {
        let slow = track.last_slow(at_ms);
        let boarded = slow.is_some_and(|(slow_ms, place)| {
            slow_ms > self.counted_ms && {
                let (east, north) = report.before.map_or((0.0, 0.0), |before| before.flat(place));
                let seconds = (slow_ms - self.counted_ms).max(0) as f64 / 1_000.0;
                self.counted_ms == 0 || east.hypot(north) < 100.0 + 14.0 * seconds
            }
        });
        if boarded {
            self.log = self.log.max(BOARDABLE);
        }
        let gone_m = slow.filter(|_| self.agreed == 0).map_or(f64::INFINITY, |(_, place)| {
            let (east, north) = spot.point.flat(place);
            east.hypot(north)
        });
        let way_m = match track.at(self.counted_ms) {
            At::Spot(then) => {
                let (east, north) = spot.point.flat(then.point);
                let way_m = east.hypot(north);
                let seconds = (at_ms - self.counted_ms).max(1) as f64 / 1_000.0;
                if way_m / seconds >= RODE_MPS { way_m } else { 0.0 }
            }
            _ => 0.0,
        };
        let evidence = evidence(spot, report, gone_m, way_m);
        let apart_ms = at_ms.saturating_sub(self.counted_ms).max(0) as f32;
        let weight = if self.counted_ms == 0 { 1.0 } else { (apart_ms / INDEPENDENT_MS).min(1.0) };
        if evidence > 0.0 {
            if self.agreed == 0 {
                self.since_ms = at_ms;
            }
            self.agreed = self.agreed.saturating_add(1);
            self.agreed_ms = at_ms;
            self.fastest_mps = self.fastest_mps.max(spot.speed_mps as f32);
        } else if evidence < -1.0 {
            (self.agreed, self.fastest_mps) = (0, 0.0);
        }
        self.last_for = evidence >= -0.5;
        self.log = (self.log + evidence * weight).clamp(-CERTAIN, CERTAIN);
        self.counted_ms = at_ms;
    }
}

/// The log-odds of one comparison: how much likelier this distance is on the bus than off it.
fn evidence(spot: &Spot, report: &Pending, gone_m: f64, way_m: f64) -> f32 {
    let (east, north) = report.point.flat(spot.point);
    let apart_m = east.hypot(north);
    // Both receivers, a bus's length, and a second of doubt about when.
    let across_m = spot.sigma_m.hypot(7.0);
    let fast = spot.speed_mps.max(f64::from(report.speed_mps).min(spot.speed_mps + 5.0));
    let along_m = across_m.hypot(fast * 1.0);
    let heading = spot.heading.filter(|_| spot.speed_mps >= MOVING_MPS);
    let evidence = match heading {
        Some((x, y)) => {
            let (along, across) = (east * x + north * y, north * x - east * y);
            // Everything on the road has little across: no gain from that, only loss from much.
            let miss = (along / along_m).powi(2) + ((across / across_m).powi(2) - 1.5).max(0.0);
            let alone = ((spot.speed_mps * HEADWAY_S).min(GONE * gone_m) / along_m).ln().clamp(0.0, 4.0);
            alone - miss / 2.0
        }
        // Standing beside a bus says nothing; standing far from it does.
        None => {
            let alone = (way_m * 0.5 / along_m).max(1.0).ln().min(1.5);
            (2.0 - (apart_m / along_m).powi(2) / 2.0).min(0.0).max(alone - (apart_m / along_m).powi(2) / 2.0)
        }
    };
    evidence.max(-6.0) as f32
}
