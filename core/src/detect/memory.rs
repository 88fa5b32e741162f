//! What a search for the bus is begun with again after the app was killed: the fixes and the reports of the last two
//! minutes. All else follows from them.

use super::suspect::{KeptReport, Suspect};
use super::track::KEPT_MS;
use super::{Detector, FeedClock, Fix};
use crate::geo::Point;
use crate::order;
use crate::realtime::VehicleReport;

/// When, where, accuracy, speed, bearing, made up.
type KeptFix = (i64, f64, f64, f32, Option<f32>, Option<f32>, bool);
/// Vehicle, painted number, line, trip.
type KeptBus = (String, String, Option<String>, Option<String>, Vec<KeptReport>);

/// The memory of a [`Detector`]: values for serde, in no shape that anybody else should read. It says where somebody
/// is: to be sealed.
pub type Memory = (Vec<KeptFix>, Vec<KeptBus>, i64);

impl Detector {
    /// What it takes to go on later.
    pub fn memory(&self) -> Memory {
        let fix = |fix: &Fix| {
            let Point { lat, lon } = fix.point;
            (fix.at_ms, lat, lon, fix.accuracy_m, fix.speed_mps, fix.bearing_deg, fix.mocked)
        };
        let bus = |(vehicle, bus): (&String, &Suspect)| {
            let Suspect { label, line, trip, .. } = bus;
            (vehicle.clone(), label.clone(), line.clone(), trip.clone(), bus.reports().collect())
        };
        (self.track().fixes().map(fix).collect(), self.buses().map(bus).collect(), self.ahead_ms())
    }

    /// Goes on where a search was, if it was so lately that its fixes still tell something; with what is known of the
    /// clock of this operator's feed.
    pub fn remember((fixes, buses, ahead_ms): Memory, clock: FeedClock, now_ms: i64) -> Option<Detector> {
        let is_fresh = |at_ms: i64| (now_ms.saturating_sub(KEPT_MS)..=now_ms).contains(&at_ms);
        if !fixes.last().is_some_and(|fix| is_fresh(fix.0)) {
            return None;
        }
        let mut detector = Detector::with_clock(clock);
        let mut reports: Vec<VehicleReport> = Vec::new();
        for (vehicle, label, line, trip, kept) in buses {
            reports.extend(kept.into_iter().map(|(at_ms, lat, lon, speed_mps)| VehicleReport {
                vehicle: vehicle.clone(),
                label: label.clone(),
                line: line.clone(),
                trip: trip.clone(),
                point: Point { lat, lon },
                speed_mps,
                measured_ms: at_ms,
                received_ms: at_ms,
                ..VehicleReport::default()
            }));
        }
        order::sort_by_key(&mut reports, |report| report.measured_ms);
        let mut reports = reports.into_iter().peekable();
        for (at_ms, lat, lon, accuracy_m, speed_mps, bearing_deg, mocked) in fixes {
            while let Some(report) = reports.next_if(|report| report.measured_ms <= at_ms) {
                detector.report(&report);
            }
            let point = Point { lat, lon };
            detector.observe(Fix { at_ms, point, accuracy_m, speed_mps, bearing_deg, mocked });
        }
        reports.for_each(|report| detector.report(&report));
        detector.remember_ahead(ahead_ms);
        Some(detector)
    }
}
