//! The detector: fixes and reports in, a sighting out.

use super::beacon::{Ear, HeardBus};
use super::clock::{ClockLogs, FeedClock};
use super::suspect::{Suspect, UNKNOWN_M, Verdict};
use super::track::Track;
use super::{Candidate, Company, Due, Evidence, Fix, Sighting, Why};
use crate::geo::Point;
use crate::order;
use crate::realtime::VehicleReport;
use crate::realtime::live::SILENT_AFTER_MS;
use std::collections::BTreeMap;

/// Buses further away than this, in metres, are not the passenger's, whatever the clocks say.
const NEAR_M: f64 = 1_500.0;
/// Buses this near are offered as long as they are not ruled out, and counted when they are.
const BESIDE_M: f64 = 250.0;
/// So many buses are offered at most.
const MOST_OFFERED: usize = 3;
/// What hearing its beacon well is worth for a bus's place among those that are offered, as log-odds; for being
/// proposed it is worth nothing.
const HEARD: f32 = 1.0;
/// So many near buses are kept at most.
const MOST_BUSES: usize = 500;
/// A bus that was not heard of for so long is forgotten.
const FORGOTTEN_MS: i64 = 300_000;
/// A fix older than this says nothing of now.
pub(super) const FIX_OLD_MS: i64 = 20_000;
/// Over a slow network the difference of two clocks is not known better than this, in ms; less is told by the clocks.
const STEADY_MS: u64 = 5_000;
/// A report older than this says nothing of now.
const REPORT_OLD_MS: i64 = SILENT_AFTER_MS;
/// A feed without a fresh report for so long is down.
const FEED_OLD_MS: i64 = 150_000;
/// The log-odds at which a bus is proposed; where phone and bus were never fast, as in a jam, more is asked.
const PROPOSE: f32 = 1.5;
const PROPOSE_SLOW: f32 = 2.0;
/// Whoever was never faster may be on a bicycle.
const CYCLES_MPS: f32 = 6.0;
/// By a clock that is off by more than this it may as well be another bus of the line: much more is asked.
const OFFSET_MS: i64 = 6_000;
const PROPOSE_STRANGE: f32 = 9.0;
/// And where a bus is due that does not report: beside it the next one that does looks much like it.
const PROPOSE_BESIDE_SILENT: f32 = 10.5;
const SILENT_LASTS_MS: i64 = 180_000;
/// Fewer reports that agreed than this, or less over what is asked for, is thin evidence.
const FEW: u32 = 3;
const THIN: f32 = 1.5;
/// A clock whose likelihood has a higher logarithm than this is known of this feed.
const KNOWN_CLOCK: f32 = -3.0;
/// Its lead over every other bus that is not out of the question, as log-odds. What one that stood beside the phone
/// has over one that did not does not count: of several that may have stood there, any may be it.
const LEAD: f32 = 8.0;
/// Odds are not kept for what is lower than some bound, so a lead over a bus like that says nothing.
const OUT: f32 = -4.0;
/// A bus with lower log-odds is ruled out.
const RULED_OUT: f32 = -1.0;
/// Phone and bus went at least so far together, in metres.
const TOGETHER_M: f32 = 20.0;
/// So many reports in a row that speak against a bus are no error.
const PARTED: u32 = 2;
/// Over this time the phone must have gone so far for "the bus is silent" to be worth saying.
const RIDE_MS: i64 = 45_000;
const RIDE_M: f64 = 200.0;

/// Finds the bus that the passenger is on.
///
/// Give it fixes with [`observe`](Detector::observe) and reports with [`report`](Detector::report) as they
/// come, and ask for the [`sighting`](Detector::sighting) when something is to be shown. All times are by
/// the phone's clock but the reports' `measured_ms`.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    track: Track,
    buses: BTreeMap<String, Suspect>,
    /// The latest report of any bus: when it was measured, and when it came.
    newest_ms: Option<(i64, i64)>,
    /// Buses that are too far away to be the passenger's: when they last reported.
    away: BTreeMap<String, i64>,
    ear: Ear,
    clock: FeedClock,
    /// How likely each clock is by it.
    clocks: ClockLogs,
    /// So much more is asked for than usual, as log-odds.
    caution: f32,
    /// When a bus was due last that did not report.
    silent_ms: Option<i64>,
    /// So many ms the phone's clock is ahead of the time by which reports are stamped, as far as that is known.
    ahead_ms: i64,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::with_clock(FeedClock::default())
    }
}

impl Detector {
    /// Begins anew, with what is known of the clock of this operator's feed.
    pub fn with_clock(clock: FeedClock) -> Detector {
        Detector {
            clocks: clock.logs(),
            clock,
            track: Track::default(),
            buses: BTreeMap::new(),
            newest_ms: None,
            away: BTreeMap::new(),
            ear: Ear::default(),
            caution: 0.0,
            silent_ms: None,
            ahead_ms: 0,
        }
    }

    /// Asks for so much more, or less, than usual before it proposes (log-odds): to draw how wrong proposals are
    /// traded for missing ones. 0 is right for passengers.
    pub fn with_caution(caution: f32) -> Detector {
        Detector { caution, ..Detector::default() }
    }

    /// The phone's own way.
    pub(super) fn track(&self) -> &Track {
        &self.track
    }

    /// The buses nearby, by the operator's ids.
    pub(super) fn buses(&self) -> impl Iterator<Item = (&String, &Suspect)> {
        self.buses.iter()
    }

    pub(super) fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }

    /// What was learnt of the clock of this operator's feed, to be kept for the next ride.
    pub fn clock(&self) -> &FeedClock {
        &self.clock
    }

    /// The passenger says that it is this bus. If its reports speak for it too, they tell the feed's clock: true
    /// if something was learnt.
    pub fn confirm(&mut self, vehicle: &str) -> bool {
        let Some(bus) = self.buses.get(vehicle) else { return false };
        let verdict = bus.verdict();
        let speaks = verdict.log >= PROPOSE && verdict.odds.holds && verdict.odds.agreed > 1;
        if speaks {
            self.clock.learn(bus.clock_shares(&self.clocks));
            self.clocks = self.clock.logs();
            self.buses.values_mut().for_each(|bus| bus.weigh(&self.clocks));
        }
        speaks
    }

    /// Whether the passenger and this bus are together, as far as its reports tell. That they have parted ends no
    /// ticket: it is a reason to ask.
    pub fn company(&self, vehicle: &str, now_ms: i64) -> Company {
        if self.no_position(now_ms).is_some() {
            return Company::Unknown;
        }
        if self.is_away(vehicle, now_ms) {
            return Company::Parted;
        }
        let Some(bus) = self.lately(vehicle, now_ms) else { return Company::Unknown };
        let verdict = bus.verdict();
        match verdict.odds {
            odds if verdict.log >= PROPOSE && odds.holds => Company::Together,
            odds if verdict.log <= RULED_OUT && odds.against >= PARTED => Company::Parted,
            _ => Company::Unknown,
        }
    }

    /// Takes a fix of the phone. One that is not on Earth, vaguer than 150 m, or older than the last, is
    /// ignored. About 10 µs with 40 buses near.
    pub fn observe(&mut self, fix: Fix) {
        if !self.track.push(fix) {
            return;
        }
        if let Some((_, heard_ms)) = self.newest_ms {
            self.buses.retain(|_, bus| heard_ms.saturating_sub(bus.received_ms) <= FORGOTTEN_MS);
        }
        self.buses.values_mut().for_each(|bus| bus.compare(&self.track, &self.clocks));
    }

    /// Where the passenger may have boarded: the timetable says which buses should be there.
    pub fn boarded_at(&self) -> Option<Point> {
        let last = self.track.last()?;
        Some(self.track.last_slow(last.at_ms).map_or(last.point, |(_, place)| place))
    }

    /// Which buses are due there now, and whether they report.
    pub fn are_due(&mut self, due: Due) {
        if due.may_be_silent() {
            self.silent_ms = self.track.last().map(|last| last.at_ms);
        }
    }

    /// The phone's clock is ahead of the operator's by so many ms: fixes are stamped by the one, reports by the other.
    /// Less than [`STEADY_MS`] changes nothing, or a report that comes twice would be two.
    pub fn phone_is_ahead(&mut self, ms: i64) {
        if ms.abs_diff(self.ahead_ms) > STEADY_MS {
            // What was heard before is of other moments than it said.
            self.ahead_ms = ms;
            self.buses.clear();
            self.away.clear();
            self.newest_ms = None;
        }
    }

    /// The same of what is remembered, which says its moments as they were reckoned then.
    pub(super) fn remember_ahead(&mut self, ms: i64) {
        self.ahead_ms = ms;
    }

    /// Takes a report of a bus. The order of the buses within a message does not matter; a report that is
    /// not later than the last one of its bus is ignored.
    pub fn report(&mut self, report: &VehicleReport) {
        if Point::new(report.point.lat, report.point.lon).is_none() {
            return;
        }
        let by_phone = |ms: i64| ms.saturating_add(self.ahead_ms);
        let shifted = (self.ahead_ms != 0).then(|| VehicleReport {
            measured_ms: by_phone(report.measured_ms),
            received_ms: by_phone(report.received_ms),
            ..report.clone()
        });
        let report = shifted.as_ref().unwrap_or(report);
        let (measured, heard) = self.newest_ms.unwrap_or((i64::MIN, i64::MIN));
        self.newest_ms = Some((measured.max(report.measured_ms), heard.max(report.received_ms)));

        let metres = self.track.last().map_or(UNKNOWN_M, |fix| report.point.near_metres_to(fix.point));
        if self.track.last().is_some() && metres > NEAR_M {
            let was_near = self.buses.remove(&report.vehicle).is_some();
            if self.away.len() >= MOST_BUSES {
                let now_ms = self.newest_ms.map_or(i64::MIN, |(measured_ms, _)| measured_ms);
                self.away.retain(|_, measured_ms| is_recent(*measured_ms, now_ms));
            }
            if was_near || self.away.len() < MOST_BUSES || self.away.contains_key(&report.vehicle) {
                self.away.insert(report.vehicle.clone(), report.measured_ms);
            }
            return;
        }
        if self.buses.len() >= MOST_BUSES && !self.buses.contains_key(&report.vehicle) {
            return;
        }
        self.away.remove(&report.vehicle);
        let bus = self.buses.entry(report.vehicle.clone()).or_insert_with(|| Suspect::new(report));
        if report.measured_ms > bus.measured_ms {
            bus.report(report, metres);
            bus.compare(&self.track, &self.clocks);
        }
    }

    /// Hears the beacon of a bus, as strong as the receiver says, at a moment of the phone's clock.
    pub fn hear(&mut self, bus: HeardBus, rssi_dbm: i8, at_ms: i64) {
        self.ear.hear(bus, rssi_dbm, at_ms);
    }

    /// The beacons that are heard.
    pub(crate) fn ear(&self) -> &Ear {
        &self.ear
    }

    /// What is known now.
    pub fn sighting(&self, now_ms: i64) -> Sighting {
        match self.by_position(now_ms) {
            Sighting::Proposed { bus, evidence } => {
                Sighting::Proposed { bus: self.marked(bus, now_ms), evidence }
            }
            Sighting::Choose { candidates, why } => self.with_heard(candidates, why, now_ms),
            Sighting::None { why } => self.with_heard(Vec::new(), why, now_ms),
        }
    }

    /// The buses that the positions leave, and the loudest of those that are heard and that no position speaks
    /// against.
    fn with_heard(&self, mut candidates: Vec<Candidate>, why: Why, now_ms: i64) -> Sighting {
        let only_heard = |bus: &&HeardBus| {
            !candidates.iter().any(|known| known.vehicle == bus.vehicle)
                && !self.speaks_against(&bus.vehicle, now_ms)
        };
        let heard: Vec<_> =
            self.ear.loudest(now_ms).into_iter().filter(only_heard).take(MOST_OFFERED).collect();
        // The least likely of three gives way to what is heard.
        candidates.truncate(MOST_OFFERED - heard.len().min(1));
        candidates.extend(heard.into_iter().map(|bus| Candidate {
            vehicle: bus.vehicle.clone(),
            label: bus.label.clone(),
            line: bus.line.clone(),
            trip: None,
            metres: UNKNOWN_M as u32,
            heard: true,
        }));
        candidates.truncate(MOST_OFFERED);
        let candidates: Vec<_> = candidates.into_iter().map(|bus| self.marked(bus, now_ms)).collect();
        if candidates.is_empty() { Sighting::None { why } } else { Sighting::Choose { candidates, why } }
    }

    /// Whether a bus reported lately that it is elsewhere, or goes another way.
    fn speaks_against(&self, vehicle: &str, now_ms: i64) -> bool {
        let is_out = |bus: &Suspect| bus.verdict().log <= RULED_OUT;
        self.is_away(vehicle, now_ms) || self.lately(vehicle, now_ms).is_some_and(is_out)
    }

    /// Whether a bus reported lately that it is too far away to be the passenger's.
    fn is_away(&self, vehicle: &str, now_ms: i64) -> bool {
        self.away.get(vehicle).is_some_and(|measured_ms| is_recent(*measured_ms, now_ms))
    }

    /// A bus nearby, if it reported lately.
    fn lately(&self, vehicle: &str, now_ms: i64) -> Option<&Suspect> {
        self.buses.get(vehicle).filter(|bus| is_recent(bus.measured_ms, now_ms))
    }

    /// Why the phone's position tells nothing, if so.
    fn no_position(&self, now_ms: i64) -> Option<Why> {
        if self.track.last().is_none_or(|last| now_ms.saturating_sub(last.at_ms) > FIX_OLD_MS) {
            return Some(Why::NoFixes);
        }
        self.track.any_mocked().then_some(Why::MockPosition)
    }

    fn marked(&self, bus: Candidate, now_ms: i64) -> Candidate {
        let heard = self.ear.loudness(&bus.vehicle, now_ms) > 0.0;
        Candidate { heard, ..bus }
    }

    /// What is known by positions; what is heard only orders the buses that are offered.
    fn by_position(&self, now_ms: i64) -> Sighting {
        let none = |why| Sighting::None { why };
        if let Some(why) = self.no_position(now_ms) {
            return none(why);
        }
        let newest_ms = self.newest_ms.map(|(measured_ms, heard_ms)| measured_ms.min(heard_ms));
        if newest_ms.is_none_or(|newest_ms| now_ms.saturating_sub(newest_ms) > FEED_OLD_MS) {
            return none(Why::StaleFeed);
        }
        let buses = self.in_question(now_ms);
        let why = match self.propose(&buses, now_ms) {
            Ok((bus, evidence)) => return Sighting::Proposed { bus, evidence },
            Err(why) => why,
        };
        let candidates: Vec<Candidate> =
            buses.iter().take(MOST_OFFERED).map(|(vehicle, bus, _)| bus.candidate(vehicle)).collect();
        if candidates.is_empty() { none(why) } else { Sighting::Choose { candidates, why } }
    }

    /// The buses that reported lately and are beside the phone or not ruled out, the likeliest first:
    /// 25 m nearer count as much as odds e times as high, and as being heard.
    fn in_question(&self, now_ms: i64) -> Vec<(&str, &Suspect, Verdict<'_>)> {
        let mut buses: Vec<(f32, &str, &Suspect)> = self
            .buses
            .iter()
            .filter(|(_, bus)| is_recent(bus.measured_ms, now_ms))
            .filter(|(_, bus)| bus.log() > RULED_OUT || bus.metres < BESIDE_M)
            .map(|(vehicle, bus)| {
                let rank = bus.metres as f32 / 25.0 - bus.log() - HEARD * self.ear.loudness(vehicle, now_ms);
                (rank, vehicle.as_str(), bus)
            })
            .collect();
        order::sort_by(&mut buses, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        buses.into_iter().map(|(_, vehicle, bus)| (vehicle, bus, bus.verdict())).collect()
    }

    fn propose(
        &self,
        buses: &[(&str, &Suspect, Verdict<'_>)],
        now_ms: i64,
    ) -> Result<(Candidate, Evidence), Why> {
        let best = buses.iter().max_by(|a, b| a.2.log.total_cmp(&b.2.log).then(b.0.cmp(a.0)));
        let unclear = if self.rides() { Why::SilentBus } else { Why::TooEarly };
        let Some((vehicle, bus, verdict)) = best else { return Err(unclear) };
        let odds = verdict.odds;
        if verdict.log <= RULED_OUT {
            return Err(unclear);
        }
        let is_strange = verdict.offset_ms.abs() > OFFSET_MS && self.clocks[verdict.clock] < KNOWN_CLOCK;
        let asked = match odds {
            _ if is_strange => PROPOSE_STRANGE,
            odds if odds.rode && odds.fastest_mps >= CYCLES_MPS => PROPOSE,
            _ => PROPOSE_SLOW,
        };
        // Whoever boarded it rides on where it is not due any more.
        let is_silent =
            self.silent_ms.is_some_and(|then_ms| now_ms.saturating_sub(then_ms) <= SILENT_LASTS_MS);
        let silent = if is_silent { PROPOSE_BESIDE_SILENT } else { f32::MIN };
        // Whoever walks beside a bus that crawls has not ridden.
        let goes_along = odds.together_m >= TOGETHER_M && (odds.rode || odds.agreed > 1);
        if verdict.log < asked + self.caution || !goes_along || !odds.holds {
            return Err(Why::TooEarly);
        }
        if verdict.log < silent + self.caution {
            return Err(Why::SilentBus);
        }
        let others = buses.iter().filter(|(other, ..)| other != vehicle);
        let leads = |other: &Verdict<'_>| {
            let stood = (odds.welcome - other.odds.welcome).max(0.0);
            other.log <= OUT || verdict.log - stood - other.log >= LEAD + self.caution
        };
        if !others.clone().all(|(_, _, other)| leads(other)) {
            return Err(Why::TwoAlike);
        }
        if self.another_may_have_come(vehicle, odds.agreed_from_ms, now_ms) {
            return Err(Why::TooEarly);
        }
        let evidence = Evidence {
            agreed: odds.agreed,
            together_m: odds.together_m.round() as u32,
            ruled_out: others.count() as u32,
            age_s: (now_ms.saturating_sub(odds.agreed_to_ms).max(0) / 1_000) as u32,
            is_thin: odds.agreed < FEW || verdict.log < asked + self.caution + THIN,
        };
        Ok((bus.candidate(vehicle), evidence))
    }

    /// Whether another bus may have stood where the phone last stood before this moment, and was not heard
    /// of since: then it may be the one.
    fn another_may_have_come(&self, vehicle: &str, before_ms: i64, now_ms: i64) -> bool {
        let stood = self.track.last_slow(before_ms);
        self.buses.iter().any(|(other, bus)| {
            other != vehicle
                && is_recent(bus.measured_ms, now_ms)
                && (bus.verdict().odds.met
                    || stood.is_some_and(|(at_ms, place)| bus.may_have_stood(at_ms, place)))
        })
    }

    /// Whether the phone rides in something now.
    fn rides(&self) -> bool {
        self.track.way_m(RIDE_MS).is_some_and(|way_m| way_m >= RIDE_M)
    }
}

/// Whether a report still says something of now.
fn is_recent(measured_ms: i64, now_ms: i64) -> bool {
    now_ms.saturating_sub(measured_ms) <= REPORT_OLD_MS
}
