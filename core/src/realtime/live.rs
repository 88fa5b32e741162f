//! What is known of the city's buses now.

use super::delay::TripProgress;
use super::extra::ExtraTrip;
use super::messages::{FeedEntity, FeedMessage, OccupancyStatus};
use super::notice::Notice;
use super::run::Run;
use crate::geo::Point;
use crate::text::{Language, say};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A bus whose last report is older is silent: it is not shown as if it were there.
/// Slow feeds report every 60 s and arrive up to 45 s later.
pub const SILENT_AFTER_MS: i64 = 120_000;
/// A silent bus is forgotten after this.
pub const FORGOTTEN_AFTER_MS: i64 = 15 * 60_000;
/// Predictions older than this give way to the timetable.
pub const UPDATE_OLD_AFTER_MS: i64 = 5 * 60_000;
/// A trip that was cancelled stays so without a newer word for this long: then it may be of another day.
pub const CANCELLATION_OLD_AFTER_MS: i64 = 12 * 3_600_000;
/// A notice that names no end is told for this long after it was heard of last.
pub const NOTICE_OLD_AFTER_MS: i64 = 3_600_000;
/// So many buses are remembered at most, the ones heard of last.
pub const MOST_VEHICLES: usize = 20_000;
/// A report that claims to come from further in the future is dated by when it arrived.
pub const FUTURE_MS: i64 = 5 * 60_000;

/// Where a bus was, by its own word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VehicleReport {
    /// The operator's id of the vehicle.
    pub vehicle: String,
    /// The number painted on it: what a passenger can compare. Falls back on plate or id.
    pub label: String,
    /// The line it runs on (route_id), if said.
    pub line: Option<String>,
    /// The trip it runs (trip_id), if said.
    pub trip: Option<String>,
    /// The trip's service day as YYYYMMDD, if said.
    pub service_date: Option<u32>,
    /// When its run starts, in seconds of that day, if said: a trip by frequency has many runs.
    pub start_s: Option<u32>,
    /// The stop it is at or comes to next (stop_sequence), if said.
    pub stop_sequence: Option<u32>,
    /// Where it was.
    pub point: Point,
    /// Where it headed, degrees clockwise from north.
    pub bearing: Option<f32>,
    /// How fast it went, metres a second.
    pub speed_mps: Option<f32>,
    /// When it was there, by the feed's clock.
    pub measured_ms: i64,
    /// When we heard of it, by ours.
    pub received_ms: i64,
    /// How full it was, if said.
    pub occupancy: Option<Crowding>,
}

impl VehicleReport {
    /// How old the report is; a feed's clock that runs ahead makes it 0, never negative.
    pub fn age_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.measured_ms).max(0)
    }

    /// Whether the bus is to be treated as not reporting.
    pub fn is_silent(&self, now_ms: i64) -> bool {
        self.age_ms(now_ms) > SILENT_AFTER_MS
    }
}

/// How full a bus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Crowding {
    /// Nobody or nearly nobody.
    Empty,
    /// Many seats are free.
    Seats,
    /// Few seats are free.
    FewSeats,
    /// Room to stand.
    Standing,
    /// Hardly room to stand.
    Packed,
    /// Nobody gets in any more.
    Full,
}

impl Crowding {
    /// How full it is, in a passenger's words.
    pub(crate) fn text(self, language: Language) -> String {
        let message = match self {
            Crowding::Empty => "crowding-empty",
            Crowding::Seats => "crowding-seats",
            Crowding::FewSeats => "crowding-few-seats",
            Crowding::Standing => "crowding-standing",
            Crowding::Packed => "crowding-packed",
            Crowding::Full => "crowding-full",
        };
        say(language, message, &[])
    }

    fn of(status: OccupancyStatus) -> Option<Crowding> {
        Some(match status {
            OccupancyStatus::Empty => Crowding::Empty,
            OccupancyStatus::ManySeatsAvailable => Crowding::Seats,
            OccupancyStatus::FewSeatsAvailable => Crowding::FewSeats,
            OccupancyStatus::StandingRoomOnly => Crowding::Standing,
            OccupancyStatus::CrushedStandingRoomOnly => Crowding::Packed,
            OccupancyStatus::Full | OccupancyStatus::NotAcceptingPassengers => Crowding::Full,
            OccupancyStatus::NoDataAvailable | OccupancyStatus::NotBoardable => return None,
        })
    }
}

/// What the operator last said of runs, in one message; shared with whoever looks at it for longer.
#[derive(Debug, Default)]
pub struct TripUpdates {
    trips: BTreeMap<String, Vec<TripProgress>>,
    extra: Vec<ExtraTrip>,
}

impl TripUpdates {
    /// What was said of this run; none where nothing was said or it is not clear which was meant.
    pub fn progress(&self, run: &Run) -> Option<&TripProgress> {
        let Some(named) = self.trips.get(&run.trip) else {
            return self.extra(run).map(|extra| &extra.progress);
        };
        let mut candidates = named.iter().filter(|progress| progress.run.may_be(run));
        let first = candidates.next()?;
        candidates.all(|other| other.run == first.run).then_some(first)
    }

    /// All that was said of runs of the timetable.
    pub fn all(&self) -> impl Iterator<Item = &TripProgress> {
        self.trips.values().flatten()
    }

    /// The runs that the timetable does not have.
    pub fn extras(&self) -> &[ExtraTrip] {
        &self.extra
    }

    /// One of them.
    pub fn extra(&self, run: &Run) -> Option<&ExtraTrip> {
        self.extra.iter().find(|extra| extra.run.may_be(run))
    }
}

/// What is known of the city's buses now: reports, progress of trips, notices.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub(super) vehicles: BTreeMap<String, VehicleReport>,
    updates: Arc<TripUpdates>,
    /// What the places of buses say of runs of which the operator says nothing.
    by_place: Vec<TripProgress>,
    notices: Vec<Notice>,
    notices_heard_ms: i64,
    /// Of when the youngest prediction is; without any, when the youngest message of positions was made.
    predicted_ms: Option<i64>,
    placed_ms: Option<i64>,
}

impl Live {
    /// Takes the vehicles of a message that arrived at `received_ms`; says how many were usable.
    /// A bus that is missing now stays known, and becomes silent by its age. Of two reports of one bus
    /// the later counts, whatever their order.
    pub fn take_positions(&mut self, feed: &FeedMessage, received_ms: i64) -> usize {
        if feed.header.timestamp.is_some_and(|seconds| seconds > 0) {
            self.placed_ms = self.placed_ms.max(Some(moment(None, feed, received_ms)));
        }
        let mut taken = 0;
        for report in feed.entity.iter().filter_map(|entity| vehicle_report(entity, feed, received_ms)) {
            taken += 1;
            match self.vehicles.get(&report.vehicle) {
                Some(known) if known.measured_ms > report.measured_ms => {}
                _ => drop(self.vehicles.insert(report.vehicle.clone(), report)),
            }
        }
        self.vehicles.retain(|_, report| report.age_ms(received_ms) <= FORGOTTEN_AFTER_MS);
        let excess = self.vehicles.len().saturating_sub(MOST_VEHICLES);
        if excess > 0 {
            let mut heard: Vec<(i64, String)> =
                self.vehicles.values().map(|report| (report.measured_ms, report.vehicle.clone())).collect();
            heard.sort_unstable();
            heard.iter().take(excess).for_each(|(_, vehicle)| drop(self.vehicles.remove(vehicle)));
        }
        taken
    }

    /// Takes the trip updates of a message, in place of all earlier ones; says how many were usable.
    pub fn take_updates(&mut self, feed: &FeedMessage, received_ms: i64) -> usize {
        let mut updates = TripUpdates::default();
        self.predicted_ms = None;
        let mut taken = 0;
        for update in feed.entity.iter().filter_map(|entity| entity.trip_update.as_deref()) {
            let measured_ms = moment(update.timestamp, feed, received_ms);
            self.predicted_ms = self.predicted_ms.max(Some(measured_ms));
            if let Some(progress) = TripProgress::of(update, measured_ms) {
                taken += 1;
                updates.trips.entry(progress.run.trip.clone()).or_default().push(progress);
            } else if let Some(extra) = ExtraTrip::of(update, measured_ms) {
                taken += 1;
                updates.extra.push(extra);
            }
        }
        self.updates = Arc::new(updates);
        taken
    }

    /// Takes the alerts of a message that arrived at `received_ms`, in place of all earlier ones; says how
    /// many there were.
    pub fn take_alerts(&mut self, feed: &FeedMessage, received_ms: i64) -> usize {
        self.notices_heard_ms = received_ms;
        let alerts = feed.entity.iter().filter_map(|entity| entity.alert.as_deref());
        self.notices = alerts.map(Notice::of).collect();
        self.notices.len()
    }

    /// The operator says at this moment that its alerts are the same.
    pub fn alerts_hold(&mut self, now_ms: i64) {
        self.notices_heard_ms = now_ms;
    }

    /// How old the youngest prediction is, in ms, if they are all too old to be told; where none came, the positions.
    pub fn too_old_ms(&self, now_ms: i64) -> Option<i64> {
        let newest_ms = self.predicted_ms.or(self.placed_ms)?;
        Some(now_ms.saturating_sub(newest_ms)).filter(|age_ms| *age_ms > UPDATE_OLD_AFTER_MS)
    }

    /// The buses that report, by their id.
    pub fn vehicles(&self, now_ms: i64) -> impl Iterator<Item = &VehicleReport> {
        self.vehicles.values().filter(move |report| !report.is_silent(now_ms))
    }

    /// The buses that stopped reporting a while ago.
    pub fn silent(&self, now_ms: i64) -> impl Iterator<Item = &VehicleReport> {
        self.vehicles.values().filter(move |report| report.is_silent(now_ms))
    }

    /// The last report of one bus, however old.
    pub fn vehicle(&self, vehicle: &str) -> Option<&VehicleReport> {
        self.vehicles.get(vehicle)
    }

    /// The bus that runs this now, if it reports. Where two claim to, the one heard of last. Of a trip by frequency,
    /// which has many runs a day, a bus that does not say which it is on runs none.
    pub fn on_run(&self, run: &Run, now_ms: i64) -> Option<&VehicleReport> {
        let agree = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
        let runs_it = |report: &&VehicleReport| {
            report.trip.as_deref() == Some(run.trip.as_str())
                && agree(report.service_date, run.service_date)
                && run.start_s.is_none_or(|start_s| report.start_s == Some(start_s))
        };
        self.vehicles(now_ms).filter(runs_it).max_by_key(|report| report.measured_ms)
    }

    /// What the operator said of this run, else what the place of its bus says; none where it said nothing or it is
    /// not clear which it meant.
    pub fn progress(&self, run: &Run) -> Option<&TripProgress> {
        let by_place = || self.by_place.iter().find(|progress| progress.run.may_be(run));
        self.updates.progress(run).or_else(by_place)
    }

    /// The buses that are on these trips, where the operator says nothing of the run.
    pub fn unpredicted(&self, trips: &BTreeSet<String>, now_ms: i64) -> Vec<VehicleReport> {
        let is_one = |report: &&VehicleReport| {
            let Some(trip) = report.trip.as_ref().filter(|trip| trips.contains(*trip)) else { return false };
            let (service_date, start_s) = (report.service_date, report.start_s);
            self.updates.progress(&Run { trip: trip.clone(), service_date, start_s }).is_none()
        };
        self.vehicles(now_ms).filter(is_one).cloned().collect()
    }

    /// Takes what the places of buses say, instead of what they said before.
    pub fn take_by_place(&mut self, by_place: Vec<TripProgress>) {
        self.by_place = by_place;
    }

    /// All that the operator last said of runs.
    pub fn updates(&self) -> Arc<TripUpdates> {
        self.updates.clone()
    }

    /// The notices that hold now.
    pub fn notices(&self, now_ms: i64) -> impl Iterator<Item = &Notice> {
        self.notices_from(now_ms).filter(move |notice| notice.holds(now_ms))
    }

    /// The notices that hold now or will later. One that names no end is not told any more when the
    /// operator was not heard of for an hour.
    pub fn notices_from(&self, now_ms: i64) -> impl Iterator<Item = &Notice> {
        let stale = now_ms.saturating_sub(self.notices_heard_ms) > NOTICE_OLD_AFTER_MS;
        let told = move |notice: &&Notice| !(notice.is_over(now_ms) || stale && notice.is_open_ended());
        self.notices.iter().filter(told)
    }
}

/// POSIX seconds of an entity, else of its message, else when it arrived; never far in the future,
/// or a broken clock would hide all later reports.
fn moment(timestamp: Option<u64>, feed: &FeedMessage, received_ms: i64) -> i64 {
    let seconds = timestamp.or(feed.header.timestamp).filter(|seconds| *seconds > 0);
    let at_ms = seconds.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1_000));
    at_ms.filter(|at_ms| *at_ms <= received_ms.saturating_add(FUTURE_MS)).unwrap_or(received_ms)
}

fn vehicle_report(entity: &FeedEntity, feed: &FeedMessage, received_ms: i64) -> Option<VehicleReport> {
    let position = entity.vehicle.as_deref()?;
    let place = position.position?;
    let name = position.vehicle.as_ref()?;
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (id, label, plate) = (said(&name.id), said(&name.label), said(&name.license_plate));
    let vehicle = id.or_else(|| label.clone()).or_else(|| plate.clone())?;
    let run = position.trip.as_ref().and_then(Run::of);
    Some(VehicleReport {
        label: label.or(plate).unwrap_or_else(|| vehicle.clone()),
        vehicle,
        line: position.trip.as_ref().and_then(|trip| said(&trip.route_id)),
        service_date: run.as_ref().and_then(|run| run.service_date),
        start_s: run.as_ref().and_then(|run| run.start_s),
        trip: run.map(|run| run.trip),
        stop_sequence: position.current_stop_sequence,
        point: place.point()?,
        bearing: place.bearing.filter(|bearing| (0.0..=360.0).contains(bearing)),
        speed_mps: place.speed.filter(|speed| (0.0..=100.0).contains(speed)),
        measured_ms: moment(position.timestamp, feed, received_ms),
        received_ms,
        occupancy: position.occupancy_status.and_then(|_| Crowding::of(position.occupancy_status())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::feed::*;

    const NOW: i64 = 1_700_000_000_000;

    fn bus(id: &str, lat: f32, age_s: u64) -> FeedEntity {
        let vehicle = VehiclePosition {
            trip: Some(TripDescriptor {
                trip_id: Some("t".into()),
                start_date: Some("20231114".into()),
                route_id: Some("14".into()),
                ..TripDescriptor::default()
            }),
            position: Some(Position {
                latitude: Some(lat),
                longitude: Some(52.0),
                bearing: None,
                speed: None,
            }),
            timestamp: Some(NOW as u64 / 1_000 - age_s),
            vehicle: Some(VehicleDescriptor {
                id: Some(id.into()),
                label: Some("07".into()),
                license_plate: None,
            }),
            occupancy_status: Some(OccupancyStatus::Full as i32),
            ..VehiclePosition::default()
        };
        FeedEntity { id: id.into(), vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() }
    }

    fn feed(entity: Vec<FeedEntity>) -> FeedMessage {
        FeedMessage::full(NOW as u64 / 1_000, entity)
    }

    #[test]
    fn a_report_keeps_what_was_said() {
        let mut live = Live::default();
        assert_eq!(live.take_positions(&feed(vec![bus("a", 47.0, 10)]), NOW), 1);
        let report = live.vehicle("a").expect("known");
        assert_eq!((report.label.as_str(), report.line.as_deref()), ("07", Some("14")));
        assert_eq!((report.age_ms(NOW), report.occupancy), (10_000, Some(Crowding::Full)));
        assert_eq!((report.trip.as_deref(), report.service_date), (Some("t"), Some(20_231_114)));
    }

    #[test]
    fn a_bus_that_stopped_reporting_is_silent_then_forgotten() {
        let mut live = Live::default();
        live.take_positions(&feed(vec![bus("a", 47.0, 0)]), NOW);
        live.take_positions(&feed(vec![]), NOW);
        assert_eq!(live.vehicles(NOW + SILENT_AFTER_MS).count(), 1);
        assert_eq!(live.vehicles(NOW + SILENT_AFTER_MS + 1).count(), 0);
        assert_eq!(live.silent(NOW + SILENT_AFTER_MS + 1).count(), 1);
        live.take_positions(&feed(vec![]), NOW + FORGOTTEN_AFTER_MS + 1);
        assert_eq!(live.vehicle("a"), None);
    }

    #[test]
    fn an_older_report_does_not_replace_a_later_one() {
        let mut live = Live::default();
        live.take_positions(&feed(vec![bus("a", 47.5, 5), bus("a", 47.0, 50)]), NOW);
        assert_eq!(live.vehicle("a").map(|report| report.point.lat), Some(47.5));
    }

    #[test]
    fn a_clock_far_in_the_future_does_not_hide_later_reports() {
        let mut live = Live::default();
        let mut wrong = bus("a", 47.0, 0);
        wrong.vehicle.as_mut().expect("set above").timestamp = Some(u64::MAX);
        live.take_positions(&feed(vec![wrong]), NOW);
        live.take_positions(&feed(vec![bus("a", 47.5, 0)]), NOW + 1);
        assert_eq!(live.vehicle("a").map(|report| report.point.lat), Some(47.5));
    }

    #[test]
    fn nameless_and_placeless_vehicles_are_left_out() {
        let mut nameless = bus("", 47.0, 0);
        nameless.vehicle.as_mut().expect("set above").vehicle = None;
        let mut placeless = bus("b", 47.0, 0);
        placeless.vehicle.as_mut().expect("set above").position = None;
        let off_the_globe = bus("c", 200.0, 0);
        let mut live = Live::default();
        assert_eq!(live.take_positions(&feed(vec![nameless, placeless, off_the_globe]), NOW), 0);
    }

    #[test]
    fn a_flood_of_vehicles_is_bounded() {
        let flood = (0..MOST_VEHICLES + 50).map(|i| bus(&i.to_string(), 47.0, 20)).collect();
        let mut live = Live::default();
        live.take_positions(&feed(flood), NOW);
        live.take_positions(&feed(vec![bus("late", 47.0, 1)]), NOW);
        assert_eq!(live.vehicles.len(), MOST_VEHICLES);
        assert!(live.vehicle("late").is_some());
    }

    fn update(date: Option<&str>, start: Option<&str>, relation: TripRelationship) -> FeedEntity {
        let trip = TripDescriptor {
            trip_id: Some("t".into()),
            start_date: date.map(str::to_owned),
            start_time: start.map(str::to_owned),
            schedule_relationship: Some(relation as i32),
            ..TripDescriptor::default()
        };
        let update = TripUpdate { trip, ..TripUpdate::default() };
        FeedEntity { trip_update: Some(Box::new(update)), ..FeedEntity::default() }
    }

    #[test]
    fn a_trip_cancelled_tomorrow_runs_today() {
        let mut live = Live::default();
        live.take_updates(&feed(vec![update(Some("20231115"), None, TripRelationship::Canceled)]), NOW);
        let run = |date| Run { trip: "t".into(), service_date: Some(date), start_s: None };
        assert_eq!(live.progress(&run(20_231_114)), None);
        assert!(live.progress(&run(20_231_115)).is_some_and(|progress| progress.cancelled));
    }

    #[test]
    fn runs_by_frequency_are_told_apart_by_their_start() {
        let mut live = Live::default();
        let runs =
            ["07:00:00", "25:10:05"].map(|start| update(None, Some(start), TripRelationship::Scheduled));
        live.take_updates(&feed(runs.into()), NOW);
        let run = |start_s| Run { trip: "t".into(), service_date: None, start_s };
        assert!(live.progress(&run(Some(90_605))).is_some());
        assert_eq!(live.progress(&run(None)), None, "it is not clear which");
    }
}
