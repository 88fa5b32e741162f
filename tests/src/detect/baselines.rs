//! What a user would take instead of ours, to be judged beside it.

use jol_core::detect::{Candidate, Detector, Due, Evidence, Fix, Sighting, Why};
use jol_core::geo::Point;
use jol_core::realtime::VehicleReport;
use std::collections::{BTreeMap, VecDeque};

/// Something that finds the bus out of fixes and reports, in the order in which they come.
pub trait Finder {
    /// Takes a fix of the phone.
    fn observe(&mut self, fix: Fix);
    /// Takes a report of a bus.
    fn report(&mut self, report: &VehicleReport);
    /// Takes which buses are due by the timetable; not all can use it.
    fn are_due(&mut self, _due: Due) {}
    /// What it would show now.
    fn sighting(&self, now_ms: i64) -> Sighting;
}

impl Finder for Detector {
    fn are_due(&mut self, due: Due) {
        Detector::are_due(self, due);
    }

    fn observe(&mut self, fix: Fix) {
        Detector::observe(self, fix);
    }

    fn report(&mut self, report: &VehicleReport) {
        Detector::report(self, report);
    }

    fn sighting(&self, now_ms: i64) -> Sighting {
        Detector::sighting(self, now_ms)
    }
}

/// A phone that has gone so far within so long moves.
const MOVED_M: f64 = 60.0;
const MOVED_MS: i64 = 30_000;
/// Whoever was not faster than this walks, and is on no bus.
const WALKS_MPS: f64 = 3.0;
/// A report older than this says nothing of now.
const OLD_MS: i64 = 90_000;
/// A bus that is farther away on the mean is not proposed, in metres.
const FAR_M: f64 = 150.0;
/// Over so long the mean distance is taken, of at least so many reports.
const MEAN_MS: i64 = 60_000;
const MEAN_OF: usize = 2;

/// The phone's fixes of the last two minutes.
#[derive(Clone, Debug, Default)]
struct Walked {
    fixes: VecDeque<(i64, Point)>,
}

impl Walked {
    fn push(&mut self, fix: Fix) {
        self.fixes.push_back((fix.at_ms, fix.point));
        while self.fixes.front().is_some_and(|(at_ms, _)| fix.at_ms.saturating_sub(*at_ms) > 120_000) {
            self.fixes.pop_front();
        }
    }

    fn last(&self) -> Option<Point> {
        self.fixes.back().map(|(_, point)| *point)
    }

    /// Where it was, between the fixes around a moment.
    fn at(&self, at_ms: i64) -> Option<Point> {
        let after = self.fixes.partition_point(|(fix_ms, _)| *fix_ms < at_ms);
        let (b_ms, b) = *self.fixes.get(after)?;
        let (a_ms, a) = *self.fixes.get(after.saturating_sub(1))?;
        let share = at_ms.saturating_sub(a_ms) as f64 / b_ms.saturating_sub(a_ms).max(1) as f64;
        (a_ms <= at_ms || b_ms == at_ms).then(|| a.towards(b, share.clamp(0.0, 1.0)))
    }

    /// Whether it goes as fast as a vehicle, and far.
    fn moves(&self) -> bool {
        let Some((now_ms, here)) = self.fixes.back().copied() else { return false };
        let recent = self.fixes.iter().find(|(at_ms, _)| now_ms.saturating_sub(*at_ms) <= MOVED_MS);
        recent.is_some_and(|(then_ms, there)| {
            let metres = there.metres_to(here);
            metres >= MOVED_M && metres >= WALKS_MPS * now_ms.saturating_sub(*then_ms) as f64 / 1_000.0
        })
    }
}

fn candidate(report: &VehicleReport, metres: f64) -> Candidate {
    Candidate {
        vehicle: report.vehicle.clone(),
        label: report.label.clone(),
        line: report.line.clone(),
        trip: report.trip.clone(),
        metres: metres as u32,
        heard: false,
    }
}

/// The nearest is proposed once the phone moves and it leads the next by so many metres; before, the three nearest
/// are offered.
fn nearest_of(mut near: Vec<(f64, &VehicleReport)>, moves: bool, lead_m: f64) -> Sighting {
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let leads = |metres: f64| near.get(1).is_none_or(|(next, _)| next - metres >= lead_m);
    match near.first() {
        None => Sighting::None { why: Why::SilentBus },
        Some((metres, report)) if moves && leads(*metres) => {
            Sighting::Proposed { bus: candidate(report, *metres), evidence: Evidence::default() }
        }
        Some(_) => {
            let candidates = near.iter().take(3).map(|(metres, report)| candidate(report, *metres)).collect();
            Sighting::Choose { candidates, why: Why::TooEarly }
        }
    }
}

/// The bus whose last report is nearest now, once the phone moves.
#[derive(Clone, Debug, Default)]
pub struct Nearest {
    walked: Walked,
    reports: BTreeMap<String, VehicleReport>,
    lead_m: f64,
}

impl Nearest {
    /// One that proposes a bus only if it is so many metres nearer than the next.
    pub fn with_lead(lead_m: f64) -> Nearest {
        Nearest { lead_m, ..Nearest::default() }
    }
}

impl Finder for Nearest {
    fn observe(&mut self, fix: Fix) {
        self.walked.push(fix);
    }

    fn report(&mut self, report: &VehicleReport) {
        self.reports.insert(report.vehicle.clone(), report.clone());
    }

    fn sighting(&self, now_ms: i64) -> Sighting {
        let Some(here) = self.walked.last() else { return Sighting::default() };
        let fresh =
            self.reports.values().filter(|report| now_ms.saturating_sub(report.received_ms) <= OLD_MS);
        let near = fresh.map(|report| (here.metres_to(report.point), report));
        nearest_of(near.filter(|(metres, _)| *metres <= FAR_M).collect(), self.walked.moves(), self.lead_m)
    }
}

/// The bus with the least mean distance over the last minute, each report compared with where the phone was when it
/// was measured.
#[derive(Clone, Debug, Default)]
pub struct MeanDistance {
    walked: Walked,
    reports: BTreeMap<String, VecDeque<VehicleReport>>,
    lead_m: f64,
}

impl MeanDistance {
    /// One that proposes a bus only if it is so many metres nearer than the next.
    pub fn with_lead(lead_m: f64) -> MeanDistance {
        MeanDistance { lead_m, ..MeanDistance::default() }
    }
}

impl Finder for MeanDistance {
    fn observe(&mut self, fix: Fix) {
        self.walked.push(fix);
    }

    fn report(&mut self, report: &VehicleReport) {
        let of_bus = self.reports.entry(report.vehicle.clone()).or_default();
        of_bus.push_back(report.clone());
        while of_bus.len() > 16 {
            of_bus.pop_front();
        }
    }

    fn sighting(&self, now_ms: i64) -> Sighting {
        let mean = |of_bus: &VecDeque<VehicleReport>| {
            let recent = of_bus.iter().filter(|report| now_ms.saturating_sub(report.measured_ms) <= MEAN_MS);
            let compared =
                recent.filter_map(|report| Some(self.walked.at(report.measured_ms)?.metres_to(report.point)));
            let (count, sum) = compared.fold((0, 0.0), |(count, sum), metres| (count + 1, sum + metres));
            (count >= MEAN_OF).then(|| sum / count as f64)
        };
        let near = self.reports.values().filter_map(|of_bus| Some((mean(of_bus)?, of_bus.back()?)));
        nearest_of(near.filter(|(metres, _)| *metres <= FAR_M).collect(), self.walked.moves(), self.lead_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::traffic::shifted;

    const HERE: Point = Point { lat: 47.0, lon: 52.0 };

    fn east(metres: f64) -> Point {
        shifted(HERE, 90.0, metres, 0.0)
    }

    fn report(vehicle: &str, second: i64, metres: f64) -> VehicleReport {
        VehicleReport {
            vehicle: vehicle.into(),
            point: east(metres),
            measured_ms: second * 1_000,
            received_ms: second * 1_000 + 5_000,
            ..VehicleReport::default()
        }
    }

    /// A phone that goes east at 10 m/s from second 60 on; bus A goes with it, bus B 70 m ahead.
    fn judged(finder: &mut impl Finder, lag_m: f64) -> Sighting {
        for second in 0..120_i64 {
            let along = (second - 60).max(0) as f64 * 10.0;
            if second % 10 == 5 {
                finder.report(&report("A", second - 5, (second - 65).max(0) as f64 * 10.0 + lag_m));
                finder.report(&report("B", second - 5, (second - 65).max(0) as f64 * 10.0 + 70.0));
            }
            finder.observe(Fix {
                at_ms: second * 1_000,
                point: east(along),
                accuracy_m: 5.0,
                speed_mps: None,
                bearing_deg: None,
                mocked: false,
            });
        }
        finder.sighting(119_000)
    }

    fn proposed(sighting: &Sighting) -> Option<&str> {
        match sighting {
            Sighting::Proposed { bus, .. } => Some(&bus.vehicle),
            _ => None,
        }
    }

    #[test]
    fn the_nearest_report_is_that_of_a_bus_ahead_where_reports_are_late() {
        assert_eq!(proposed(&judged(&mut Nearest::default(), 0.0)), Some("B"));
    }

    #[test]
    fn the_mean_distance_compares_reports_at_their_own_time() {
        assert_eq!(proposed(&judged(&mut MeanDistance::default(), 0.0)), Some("A"));
        assert_eq!(proposed(&judged(&mut MeanDistance::default(), -140.0)), Some("B"));
    }

    #[test]
    fn a_lead_that_is_asked_for_is_waited_for() {
        assert_eq!(proposed(&judged(&mut MeanDistance::with_lead(60.0), 0.0)), Some("A"));
        assert_eq!(proposed(&judged(&mut MeanDistance::with_lead(80.0), 0.0)), None);
        assert_eq!(proposed(&judged(&mut Nearest::with_lead(80.0), 0.0)), None);
    }

    #[test]
    fn whoever_stands_or_walks_gets_a_list() {
        for speed in [0.0, 1.4] {
            let (mut nearest, mut mean) = (Nearest::default(), MeanDistance::default());
            let finders: [&mut dyn Finder; 2] = [&mut nearest, &mut mean];
            for finder in finders {
                for second in 0..60_i64 {
                    let point = east(second as f64 * speed);
                    let (speed_mps, bearing_deg) = (None, None);
                    let at_ms = second * 1_000;
                    finder.observe(Fix {
                        at_ms,
                        point,
                        accuracy_m: 5.0,
                        speed_mps,
                        bearing_deg,
                        mocked: false,
                    });
                    if second % 10 == 5 {
                        finder.report(&report("A", second - 5, 20.0));
                    }
                }
                let sighting = finder.sighting(59_000);
                assert!(matches!(&sighting, Sighting::Choose { candidates, .. } if candidates.len() == 1));
            }
        }
    }
}
