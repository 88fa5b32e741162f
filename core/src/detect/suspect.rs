//! One bus, and the odds that the passenger is on it.

use super::Candidate;
use super::clock::{CLOCKS, Clock, ClockLogs};
use super::gap::{Gap, Look, Speeds};
use super::track::{At, KEPT_MS, Spot, Track};
use crate::geo::{Point, length};
use crate::realtime::VehicleReport;
use std::collections::VecDeque;

/// The log-odds of a bus that one may have boarded unseen: one of two or three, or none at all.
const BOARDABLE: f32 = -0.5;
/// How much less likely it is that it was boarded where it was met once more, after it was ruled out in a ride: who
/// rides behind a bus meets it at each light.
const CHANCE: f32 = 3.0;
/// How much likelier it is the bus that stood beside the phone before the phone rode away.
const MET: f32 = 3.5;
/// The odds never fall below this, nor rise above that: new evidence must be able to turn them.
const LEAST: f32 = -9.0;
const MOST: f32 = 15.0;
/// One look never weighs more than this against a bus, or for it: a receiver may err wildly.
const WORST: f64 = -6.0;
const BEST: f64 = 5.0;
/// A gap of so many standard deviations still agrees.
const AGREES: f64 = 2.5;
/// What one look may cost and still not speak against the bus.
const HOLDS: f32 = -0.5;
/// What one look must cost to undo what agreed before.
const UNDOES: f32 = -1.0;
/// Looks closer in time than this share the same errors of both receivers.
const INDEPENDENT_MS: f64 = 15_000.0;
/// What lies between the receivers of bus and passenger, in metres.
const BUS_M: f64 = 7.0;
/// Other roads are about so far beside this one, in metres.
const BESIDE_M: f64 = 40.0;
/// So many standard deviations of the phone's error are no way.
const STILL: f64 = 2.0;
/// So far and so fast from where it was slow, in metres and metres a second, nobody walked.
const RODE_M: f64 = 30.0;
const RODE_MPS: f64 = 2.2;
/// A bus is no faster in town, in metres a second, stops included.
const TOWN_MPS: f64 = 14.0;
/// How far from where it was last heard of it may have been to begin with, in metres.
const REACH_M: f64 = 60.0;
/// How far a bus is while the phone has not told where it is; finite, for the sake of JSON.
pub(super) const UNKNOWN_M: f64 = 1e6;
/// A bus so far from the phone, in metres, is far by every clock: the phone does not go so far in the seconds by
/// which these differ.
const FAR_M: f64 = 500.0;
/// So many looks from afar leave nothing of any odds.
const SUNK: u8 = 4;
/// So many reports of a bus are kept at most; as long as fixes are, for a later fix or a later life of the app.
const MOST_REPORTS: usize = 12;

/// A report as it is kept for a later life of the app: when and where the bus was, and how fast it went.
pub(super) type KeptReport = (i64, f64, f64, Option<f32>);

/// One bus that reports, as the detector sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Suspect {
    pub label: String,
    pub line: Option<String>,
    pub trip: Option<String>,
    point: Point,
    /// When it last was somewhere, by the feed's clock.
    pub measured_ms: i64,
    /// When it was last heard of.
    pub received_ms: i64,
    /// How far from the phone it last was, in metres.
    pub metres: f64,
    /// When it was last compared with the track, and where it was then.
    compared: Option<(i64, Point)>,
    /// One for each of the feed's possible clocks.
    odds: [Odds; CLOCKS.len()],
    reports: VecDeque<Told>,
    /// A report of these waits for a later fix.
    waits: bool,
    /// So many looks in a row found it far, by any clock; and when the last one was, and where the phone was then, if
    /// the odds have not been told of it: they were as low as they get.
    far: u8,
    far_look: Option<(i64, Point)>,
    /// What all of them come to: natural logarithm of the odds, and by which clock they are best.
    log: f32,
    best: usize,
}

/// The odds that the passenger is on a bus, by one of the feed's possible clocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Odds {
    /// Natural logarithm.
    log: f32,
    gap: Gap,
    /// When the last report that was looked at was measured, by the phone's clock.
    looked_ms: Option<i64>,
    /// Where the phone was when it was last looked at and had moved.
    from: Option<Point>,
    /// It stood beside the phone, and the phone has not ridden since.
    pub met: bool,
    /// What that was worth when the phone rode away; it tells the bus from none, not from another that stood there.
    pub welcome: f32,
    /// The phone rode since it may have boarded this bus.
    pub rode: bool,
    /// Reports in favour, since the last one against.
    pub agreed: u32,
    /// The first and the last of them.
    pub agreed_from_ms: i64,
    pub agreed_to_ms: i64,
    /// How far the phone went with the bus over these, in metres.
    pub together_m: f32,
    /// How fast it was at most at one of these, in metres a second.
    pub fastest_mps: f32,
    /// The last report did not speak against.
    pub holds: bool,
    /// So many reports in a row spoke against.
    pub against: u32,
    /// So many rides were begun with it, and ended with another.
    chances: u8,
}

impl Default for Odds {
    fn default() -> Odds {
        Odds {
            log: BOARDABLE,
            gap: Gap::at_a_stop(f64::INFINITY),
            looked_ms: None,
            from: None,
            met: false,
            welcome: 0.0,
            rode: false,
            agreed: 0,
            agreed_from_ms: 0,
            agreed_to_ms: 0,
            together_m: 0.0,
            fastest_mps: 0.0,
            holds: false,
            against: 0,
            chances: 0,
        }
    }
}

/// A report; it waits until the track reaches it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Told {
    measured_ms: i64,
    point: Point,
    /// Where the bus was one report earlier.
    before: Option<Point>,
    speed_mps: Option<f32>,
    /// Clocks by which it still waits, a bit each.
    open: u16,
}

const ALL_OPEN: u16 = (1 << CLOCKS.len()) - 1;

/// The verdict over all clocks.
pub(super) struct Verdict<'a> {
    /// Natural logarithm of the odds.
    pub log: f32,
    /// The likeliest clock's offset.
    pub offset_ms: i64,
    /// Its place among the clocks.
    pub clock: usize,
    /// What speaks for the bus by that clock.
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
            reports: VecDeque::new(),
            waits: false,
            far: 0,
            far_look: None,
            log: BOARDABLE,
            best: 0,
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
        let old_ms = report.measured_ms.saturating_sub(KEPT_MS);
        while self.reports.len() >= MOST_REPORTS
            || self.reports.front().is_some_and(|first| first.measured_ms < old_ms)
        {
            self.reports.pop_front();
        }
        self.waits = true;
        self.reports.push_back(Told {
            measured_ms: report.measured_ms,
            point: report.point,
            before,
            speed_mps: report.speed_mps.filter(|speed| (0.0..=40.0).contains(speed)),
            open: ALL_OPEN,
        });
    }

    /// Its reports of the last two minutes.
    pub(super) fn reports(&self) -> impl Iterator<Item = KeptReport> {
        self.reports.iter().map(|told| (told.measured_ms, told.point.lat, told.point.lon, told.speed_mps))
    }

    /// Compares the reports that wait with the track, as far as it reaches. Each clock is so likely (logs).
    pub(super) fn compare(&mut self, track: &Track, clocks: &ClockLogs) {
        if !self.waits {
            return;
        }
        let (mut has_looked, mut waits) = (false, false);
        for told in self.reports.iter_mut().filter(|told| told.open != 0) {
            if told.open == ALL_OPEN
                && let Some(here) = track.place(told.measured_ms)
                && here.near_metres_to(told.point) > FAR_M
            {
                let look = (told.measured_ms, here);
                if self.far < SUNK {
                    self.far += 1;
                    self.odds.iter_mut().for_each(|odds| odds.is_far(look));
                    has_looked = true;
                } else {
                    self.far_look = Some(look);
                }
                self.compared = Some((told.measured_ms, told.point));
                self.metres = here.near_metres_to(told.point);
                told.open = 0;
                continue;
            }
            for (index, clock) in CLOCKS.iter().enumerate() {
                let bit = 1 << index;
                if told.open & bit == 0 {
                    continue;
                }
                let at_ms = told.measured_ms.saturating_add(clock.offset_ms);
                match track.at(at_ms) {
                    At::NotYet => continue,
                    At::Unknown => {}
                    At::Spot(spot) => {
                        if clock.offset_ms == 0 {
                            self.compared = Some((at_ms, told.point));
                            self.metres = spot.point.near_metres_to(told.point);
                        }
                        if let Some(look) = self.far_look.take() {
                            self.odds.iter_mut().for_each(|odds| odds.is_far(look));
                        }
                        self.far = 0;
                        self.odds[index].look(at_ms, &spot, told, track.last_slow(at_ms), clock);
                        has_looked = true;
                    }
                }
                told.open &= !bit;
            }
            waits |= told.open != 0;
        }
        self.waits = waits;
        if has_looked {
            self.weigh(clocks);
        }
    }

    /// Weighs all clocks, of which each is so likely; of equals the first is the best.
    pub(super) fn weigh(&mut self, clocks: &ClockLogs) {
        let logs: ClockLogs = std::array::from_fn(|nth| self.odds[nth].log + clocks[nth]);
        let mut best = 0;
        for (nth, log) in logs.iter().enumerate() {
            if *log > logs[best] {
                best = nth;
            }
        }
        let shares: f32 = logs.iter().map(|log| (log - logs[best]).exp()).sum();
        (self.log, self.best) = (logs[best] + shares.ln(), best);
    }

    /// Natural logarithm of the odds over all clocks.
    pub(super) fn log(&self) -> f32 {
        self.log
    }

    /// The odds over all clocks, and what speaks for the bus by the likeliest of them.
    pub(super) fn verdict(&self) -> Verdict<'_> {
        let Clock { offset_ms, .. } = CLOCKS[self.best];
        Verdict { log: self.log, offset_ms, clock: self.best, odds: &self.odds[self.best] }
    }

    /// How likely this bus's reports make each clock, if it is the passenger's; they add up to 1.
    pub(super) fn clock_shares(&self, clocks: &ClockLogs) -> ClockLogs {
        std::array::from_fn(|nth| (self.odds[nth].log + clocks[nth] - self.log).exp())
    }

    /// Whether the bus may have stood at this place at this moment, without having been heard of since.
    pub(super) fn may_have_stood(&self, at_ms: i64, place: Point) -> bool {
        let Some((heard_ms, point)) = self.compared else { return true };
        let seconds = at_ms.saturating_sub(heard_ms).max(0) as f64 / 1_000.0;
        heard_ms < at_ms && point.near_metres_to(place) < 60.0 + 8.0 * seconds
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
    /// Looks at a report beside where the phone was then, and where it had last been slow.
    fn look(&mut self, at_ms: i64, spot: &Spot, report: &Told, slow: Option<(i64, Point)>, clock: &Clock) {
        if let Some(slow) =
            slow.filter(|slow| self.log < boardable(self.chances) && self.may_have_met(*slow, report))
        {
            self.board(slow);
        }
        let still_m = spot.sigma_m * STILL;
        let way_m = self.from.map_or(0.0, |from| (from.near_metres_to(spot.point) - still_m).max(0.0));
        let paused_ms = self.looked_ms.map_or(60_000, |then_ms| at_ms.saturating_sub(then_ms).max(0)) as f64;
        let rode = slow.is_some_and(|(slow_ms, place)| {
            let (from_m, seconds) =
                (place.near_metres_to(spot.point) - still_m, at_ms.saturating_sub(slow_ms) as f64 / 1_000.0);
            from_m > RODE_M && from_m > RODE_MPS * seconds
        });
        if rode {
            self.rode = true;
            if std::mem::take(&mut self.met) {
                self.log += MET;
                self.welcome = MET;
            }
        }

        let (east, north) = report.point.flat(spot.point);
        let (along, across) = match spot.heading {
            Some((x, y)) => (east * x + north * y, north * x - east * y),
            None => (length(east, north), 0.0),
        };
        let across_m = length(spot.sigma_m, BUS_M);
        let bus_mps = report.speed_mps.map(f64::from);
        let fast_mps = spot.speed_mps.max(bus_mps.unwrap_or(0.0).min(spot.speed_mps + 5.0));
        let along_m = length(across_m, fast_mps * clock.jitter_s);
        // What brakes or speeds up does so by about 1 m/s².
        let speeds = bus_mps.map(|bus| Speeds { bus, phone: spot.speed_mps, vague: clock.jitter_s });
        let speeds = speeds.filter(|_| way_m > 0.0);
        let told = self.gap.look(&Look { gap_m: along, sigma_m: along_m, paused_ms, way_m, speeds });
        // All that is on the road has little across: no gain from that, only loss from much.
        let beside =
            (across / across_m).powi(2) - across * across / (across_m * across_m + BESIDE_M * BESIDE_M) - 1.0;
        let lost = beside.max(0.0) / 2.0 * (paused_ms / INDEPENDENT_MS).min(1.0);
        // A bus that comes to where one stands is no surprise.
        let told = if way_m > 0.0 { told } else { told.min(0.0) };
        let evidence = (told - lost).clamp(WORST, BEST) as f32;

        if way_m > 0.0 && evidence >= HOLDS && along.abs() < AGREES * along_m {
            if self.agreed == 0 {
                self.agreed_from_ms = at_ms;
            }
            self.agreed = self.agreed.saturating_add(1);
            self.agreed_to_ms = at_ms;
            self.together_m += way_m as f32;
            self.fastest_mps = self.fastest_mps.max(spot.speed_mps as f32);
        } else if evidence < UNDOES {
            (self.agreed, self.together_m, self.fastest_mps) = (0, 0.0, 0.0);
        }
        self.met |= !self.rode && way_m == 0.0 && length(east, north) < AGREES * across_m;
        self.holds = evidence >= HOLDS;
        self.against = if evidence < UNDOES { self.against.saturating_add(1) } else { 0 };
        self.log = (self.log + evidence).clamp(LEAST, MOST);
        self.looked_ms = Some(at_ms);
        if way_m > 0.0 || self.from.is_none() {
            self.from = Some(spot.point);
        }
    }

    /// A bus that is nowhere near, the phone being here: what [`look`](Odds::look) would make of it by any clock.
    fn is_far(&mut self, (at_ms, here): (i64, Point)) {
        (self.agreed, self.together_m, self.fastest_mps) = (0, 0.0, 0.0);
        (self.met, self.holds) = (false, false);
        self.against = self.against.saturating_add(1);
        self.log = (self.log + WORST as f32).max(LEAST);
        self.looked_ms = Some(at_ms);
        self.from = Some(here);
    }

    /// The passenger may have boarded it here.
    fn board(&mut self, (slow_ms, place): (i64, Point)) {
        let unheard_ms = self.looked_ms.map_or(i64::MAX, |then_ms| slow_ms.saturating_sub(then_ms));
        let chances = self.chances.saturating_add(u8::from(self.rode));
        *self = Odds {
            log: boardable(chances),
            chances,
            gap: Gap::at_a_stop(unheard_ms as f64 / 1_000.0),
            from: Some(place),
            looked_ms: self.looked_ms,
            against: self.against,
            ..Odds::default()
        };
    }

    /// Whether phone and bus may have met where the phone was slow, since the last look.
    fn may_have_met(&self, (slow_ms, place): (i64, Point), report: &Told) -> bool {
        let (Some(then_ms), Some(before)) = (self.looked_ms, report.before) else { return true };
        let seconds = slow_ms.saturating_sub(then_ms) as f64 / 1_000.0;
        seconds > 0.0 && before.near_metres_to(place) < REACH_M + TOWN_MPS * seconds
    }
}

/// The log-odds of a bus that one may board, after so many chances.
fn boardable(chances: u8) -> f32 {
    (BOARDABLE - CHANCE * f32::from(chances)).max(LEAST)
}
