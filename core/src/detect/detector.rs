//! The detector: fixes and reports in, a sighting out.

use super::suspect::Suspect;
use super::track::Track;
use super::{Candidate, Evidence, Fix, Sighting, Why};
use crate::realtime::VehicleReport;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Buses further away than this, in metres, are not compared.
const NEAR_M: f64 = 1_500.0;
/// Buses this near count as possible until they are ruled out.
const BESIDE_M: f64 = 250.0;
/// So many buses are kept at most.
const MOST_BUSES: usize = 4_000;
/// A fix older than this says nothing of now.
const FIX_OLD_MS: i64 = 20_000;
/// A report older than this says nothing of now.
const REPORT_OLD_MS: i64 = 120_000;
/// A feed in which nothing was heard for so long is down.
const FEED_OLD_MS: i64 = 150_000;
/// The odds at which a bus is proposed, and its lead over all others.
const PROPOSE: f32 = 2.4;
/// The same where one report alone speaks for it.
const ONCE: f32 = 2.4;
/// The same where phone and bus never went faster than a bicycle, and how long they must have done so.
const SLOW_COMPANY: f32 = 3.0;
const SLOW_COMPANY_MS: i64 = 60_000;
const BUS_MPS: f32 = 6.0;
/// With higher odds, buses that were not heard of don't matter.
const SURE: f32 = 5.0;
const LEAD: f32 = 3.0;
/// A bus with lower odds is ruled out.
const RULED_OUT: f32 = -1.0;
/// Offsets of the feed's clock larger than this are not believed enough to propose.
const OFFSET_MS: i64 = 6_000;

/// Finds the bus that the passenger is on. Plain data: kept across restarts by serde.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    track: Track,
    buses: BTreeMap<String, Suspect>,
    heard_ms: Option<i64>,
}

impl Detector {
    /// Takes a fix of the phone.
    pub fn observe(&mut self, fix: Fix) {
        if !self.track.push(fix) {
            return;
        }
        for bus in self.buses.values_mut().filter(|bus| bus.waits()) {
            bus.compare(&self.track);
        }
    }

    /// Takes a report of a bus. The order of buses within a message does not matter.
    pub fn report(&mut self, report: &VehicleReport) {
        self.heard_ms = self.heard_ms.max(Some(report.received_ms));
        let phone = self.track.last().map(|fix| fix.point);
        let near = phone.is_none_or(|phone| phone.metres_to(report.point) <= NEAR_M);
        if !near && !self.buses.contains_key(&report.vehicle) {
            return;
        }
        if self.buses.len() >= MOST_BUSES && !self.buses.contains_key(&report.vehicle) {
            return;
        }
        let bus = self.buses.entry(report.vehicle.clone()).or_insert_with(|| Suspect::new(report));
        bus.report(report, phone);
        bus.compare(&self.track);
    }

    /// What is known now.
    pub fn sighting(&self, now_ms: i64) -> Sighting {
        let Some(last) = self.track.last() else { return Sighting::None { why: Why::NoFixes } };
        if now_ms.saturating_sub(last.at_ms) > FIX_OLD_MS {
            return Sighting::None { why: Why::NoFixes };
        }
        if self.track.any_mocked() {
            return Sighting::None { why: Why::MockPosition };
        }
        if self.heard_ms.is_none_or(|heard| now_ms.saturating_sub(heard) > FEED_OLD_MS) {
            return Sighting::None { why: Why::StaleFeed };
        }
        let mut near: Vec<(f32, &String, &Suspect)> = self
            .buses
            .iter()
            .filter(|(_, bus)| now_ms.saturating_sub(bus.measured_ms) <= REPORT_OLD_MS)
            .map(|(vehicle, bus)| (bus.best().0, vehicle, bus))
            .filter(|(odds, _, bus)| *odds > RULED_OUT || bus.metres < BESIDE_M)
            .collect();
        near.sort_by(|a, b| {
            let key = |one: &(f32, &String, &Suspect)| one.2.metres as f32 / 25.0 - one.0;
            key(a).total_cmp(&key(b)).then(a.1.cmp(b.1))
        });
        let why = match self.propose(&near, now_ms) {
            Ok((bus, evidence)) => return Sighting::Proposed { bus, evidence },
            Err(why) => why,
        };
        let candidates: Vec<Candidate> =
            near.iter().take(3).map(|(_, vehicle, bus)| bus.candidate(vehicle)).collect();
        if candidates.is_empty() { Sighting::None { why } } else { Sighting::Choose { candidates, why } }
    }

    fn propose(&self, near: &[(f32, &String, &Suspect)], now_ms: i64) -> Result<(Candidate, Evidence), Why> {
        let Some((odds, vehicle, bus)) = near.iter().max_by(|a, b| a.0.total_cmp(&b.0)).copied() else {
            return Err(Why::SilentBus);
        };
        let (_, offset_ms, why) = bus.best();
        let together_ms = why.agreed_ms - why.since_ms;
        let enough = if why.fastest_mps < BUS_MPS {
            SLOW_COMPANY
        } else if why.agreed < 2 {
            ONCE
        } else {
            PROPOSE
        };
        let short = why.fastest_mps < BUS_MPS && (together_ms < SLOW_COMPANY_MS || offset_ms.abs() > 2_000);
        if odds < enough || short || !why.last_for || offset_ms.abs() > OFFSET_MS {
            return Err(Why::TooEarly);
        }
        let others = near.iter().filter(|other| other.1 != vehicle);
        if others.clone().any(|other| other.0 > RULED_OUT || odds - other.0 < LEAD) {
            return Err(Why::TwoAlike);
        }
        // A bus that may have come to the stop and was not heard of since may be the one.
        if odds < SURE
            && let Some((at_ms, place)) = self.track.last_slow(why.since_ms)
            && self.buses.iter().any(|(other, bus)| {
                other != vehicle
                    && now_ms.saturating_sub(bus.measured_ms) <= REPORT_OLD_MS
                    && bus.may_have_been_at(at_ms, place)
            })
        {
            return Err(Why::TooEarly);
        }
        let evidence = Evidence {
            agreed: why.agreed,
            together_m: why.together_m as u32,
            ruled_out: others.count() as u32,
            age_s: (now_ms.saturating_sub(why.agreed_ms).max(0) / 1_000) as u32,
        };
        Ok((bus.candidate(vehicle), evidence))
    }
}
