//! What the buses of a street report, as GTFS-Realtime 2.0.
//!
//! A bus reports every 15 s, each at a moment of its own, and its report comes some seconds later; a
//! receiver puts it a few metres off. What is predicted is what an honest operator knows: the delay so
//! far, carried on. Nothing here looks into the future.

use super::dice::Dice;
use super::street::{BusState, Fleet, Halt, Run};
use jol_core::city::fares::Vehicle;
use jol_core::geo::Point;
use jol_core::realtime::feed::{
    Alert, Cause, Effect, EntitySelector, FeedEntity, FeedMessage, OccupancyStatus, Position, StopTimeEvent,
    StopTimeUpdate, TranslatedString, Translation, TripDescriptor, TripRelationship, TripUpdate,
    VehicleDescriptor, VehiclePosition, VehicleStopStatus,
};
use prost::Message;
use std::collections::BTreeMap;

/// A bus reports so often, in ms.
pub const REPORT_EVERY_MS: i64 = 15_000;
/// A report takes at most so long, in ms.
pub const MOST_LATENCY_MS: i64 = 6_000;
/// How far off a bus's receiver is, in metres (standard deviation, east and north).
const RECEIVER_SIGMA_M: f64 = 3.0;
/// A line that is late by this, in seconds, is worth an alert.
const ALERT_DELAY_S: i64 = 150;

/// VehiclePositions: the last report of every bus.
pub fn positions_feed(fleet: &Fleet, now_ms: i64) -> Vec<u8> {
    let entities = fleet.vehicles().iter().filter_map(|vehicle| {
        let (at_ms, mut dice) = last_report(vehicle, now_ms);
        let bus = fleet.bus_at(&vehicle.vehicle, at_ms)?;
        Some(FeedEntity {
            id: format!("v{}", vehicle.vehicle),
            vehicle: Some(Box::new(position(fleet, &bus, at_ms, &mut dice))),
            ..FeedEntity::default()
        })
    });
    message(now_ms, entities.collect())
}

/// TripUpdates: how late every running trip is, stop by stop from where its bus is.
pub fn updates_feed(fleet: &Fleet, now_ms: i64) -> Vec<u8> {
    let in_service = fleet.vehicles_at(now_ms).into_iter().filter(|bus| bus.run.in_service);
    let entities = in_service.map(|bus| {
        let halts = fleet.halts_of(&bus.run);
        FeedEntity {
            id: format!("t{}", bus.run.id),
            trip_update: Some(Box::new(update(fleet, &bus, &halts, now_ms))),
            ..FeedEntity::default()
        }
    });
    message(now_ms, entities.collect())
}

/// Alerts: the lines whose buses are late by more than two minutes and a half now.
pub fn alerts_feed(fleet: &Fleet, now_ms: i64) -> Vec<u8> {
    let mut late: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for bus in fleet.vehicles_at(now_ms).iter().filter(|bus| bus.run.in_service) {
        let delay_s = delay_s(bus, &fleet.halts_of(&bus.run), now_ms);
        if delay_s >= ALERT_DELAY_S {
            let line = late.entry(bus.run.route_id.clone()).or_insert((bus.run.line.clone(), 0));
            line.1 = line.1.max(delay_s);
        }
    }
    let alert = |(route_id, (line, delay_s)): (String, (String, i64))| {
        let minutes = (delay_s + 59) / 60;
        let about = EntitySelector { route_id: Some(route_id.clone()), ..EntitySelector::default() };
        let alert = Alert {
            informed_entity: vec![about],
            cause: Some(Cause::OtherCause as i32),
            effect: Some(Effect::SignificantDelays as i32),
            header_text: Some(translated([
                format!("{line}-бағыт: автобустар {minutes} минутқа дейін кешігіп келеді"),
                format!("Маршрут {line}: автобусы опаздывают до {minutes} мин"),
                format!("Line {line}: buses are up to {minutes} min late"),
            ])),
            ..Alert::default()
        };
        FeedEntity { id: format!("a{route_id}"), alert: Some(Box::new(alert)), ..FeedEntity::default() }
    };
    message(now_ms, late.into_iter().map(alert).collect())
}

fn message(now_ms: i64, entities: Vec<FeedEntity>) -> Vec<u8> {
    FeedMessage::full(seconds(now_ms), entities).encode_to_vec()
}

fn seconds(ms: i64) -> u64 {
    u64::try_from(ms.div_euclid(1_000)).unwrap_or(0)
}

fn translated([kk, ru, en]: [String; 3]) -> TranslatedString {
    let text = |(text, language): (String, &str)| Translation { text, language: Some(language.to_owned()) };
    TranslatedString { translation: [(kk, "kk"), (ru, "ru"), (en, "en")].map(text).to_vec() }
}

/// When a bus measured the report that has come in last (a whole second), and its chance.
fn last_report(vehicle: &Vehicle, now_ms: i64) -> (i64, Dice) {
    let mut own = Dice::new(0, &vehicle.vehicle);
    let phase_ms = own.below(REPORT_EVERY_MS as usize / 1_000) as i64 * 1_000;
    let latency_ms = 2_000 + own.below(MOST_LATENCY_MS as usize - 2_000) as i64;
    let at_ms = (now_ms - latency_ms - phase_ms).div_euclid(REPORT_EVERY_MS) * REPORT_EVERY_MS + phase_ms;
    (at_ms, Dice::new(at_ms as u64, &vehicle.vehicle))
}

fn position(fleet: &Fleet, bus: &BusState<'_>, at_ms: i64, dice: &mut Dice) -> VehiclePosition {
    let (east, north) = (dice.gauss() * RECEIVER_SIGMA_M, dice.gauss() * RECEIVER_SIGMA_M);
    let mut place = Position::at(moved(bus.point, east, north));
    place.bearing = Some(bus.bearing_deg as f32);
    place.speed = Some(bus.speed_mps as f32);
    let status = if bus.at_stop { VehicleStopStatus::StoppedAt } else { VehicleStopStatus::InTransitTo };
    let in_service = bus.run.in_service;
    VehiclePosition {
        trip: in_service.then(|| trip(&bus.run)),
        position: Some(place),
        current_stop_sequence: in_service.then(|| fleet.stop_sequence(&bus.run, bus.next_stop)),
        current_status: in_service.then_some(status as i32),
        timestamp: Some(seconds(at_ms)),
        stop_id: None,
        vehicle: Some(descriptor(bus.vehicle)),
        occupancy_status: in_service.then(|| crowd(&bus.run) as i32),
    }
}

/// A point so many metres east and north of another.
pub(super) fn moved(point: Point, east: f64, north: f64) -> Point {
    const METRES_A_DEGREE: f64 = 111_195.08;
    let lon = point.lon + east / (METRES_A_DEGREE * point.lat.to_radians().cos());
    Point { lat: point.lat + north / METRES_A_DEGREE, lon }
}

/// How full a bus is: it changes from stop to stop, and nobody is in it at either end.
fn crowd(run: &Run) -> OccupancyStatus {
    use OccupancyStatus::{Empty, FewSeatsAvailable, ManySeatsAvailable, StandingRoomOnly};
    if run.last_stop == 0 {
        return Empty;
    }
    let mut dice = Dice::new(u64::from(run.number), &run.last_stop_id);
    *dice.pick(&[ManySeatsAvailable, ManySeatsAvailable, FewSeatsAvailable, StandingRoomOnly])
}

fn trip(run: &Run) -> TripDescriptor {
    TripDescriptor {
        trip_id: Some(run.trip_id.clone()),
        start_time: run.start_time.clone(),
        start_date: Some(run.start_date.clone()),
        schedule_relationship: Some(TripRelationship::Scheduled as i32),
        route_id: Some(run.route_id.clone()),
        direction_id: Some(u32::from(run.direction)),
    }
}

fn descriptor(vehicle: &Vehicle) -> VehicleDescriptor {
    VehicleDescriptor {
        id: Some(vehicle.vehicle.clone()),
        label: Some(vehicle.painted.clone()),
        license_plate: Some(vehicle.plate.clone()),
    }
}

/// Seconds late, as known now: by the last stop that it left, or more if it should have left already.
fn delay_s(bus: &BusState<'_>, halts: &[Halt], now_ms: i64) -> i64 {
    let Some(halt) = halts.get(bus.run.last_stop as usize) else { return 0 };
    let late_ms = if bus.at_stop {
        let arrived_ms = if bus.run.last_stop == 0 { 0 } else { halt.arrival_ms - halt.scheduled_arrival_ms };
        arrived_ms.max(now_ms - halt.scheduled_departure_ms)
    } else {
        halt.departure_ms - halt.scheduled_departure_ms
    };
    late_ms.max(0) / 1_000
}

fn update(fleet: &Fleet, bus: &BusState<'_>, halts: &[Halt], now_ms: i64) -> TripUpdate {
    let delay_s = delay_s(bus, halts, now_ms);
    let event = |scheduled_ms: i64| StopTimeEvent {
        delay: i32::try_from(delay_s).ok(),
        time: Some(scheduled_ms / 1_000 + delay_s),
        uncertainty: None,
    };
    let last = halts.len().saturating_sub(1);
    let to_come = halts.iter().enumerate().skip(bus.next_stop as usize);
    let stops = to_come.map(|(nth, halt)| StopTimeUpdate {
        stop_sequence: Some(fleet.stop_sequence(&bus.run, nth as u32)),
        arrival: (nth > 0).then(|| event(halt.scheduled_arrival_ms)),
        departure: (nth < last).then(|| event(halt.scheduled_departure_ms)),
        stop_id: Some(halt.stop_id.clone()),
        schedule_relationship: None,
    });
    TripUpdate {
        trip: trip(&bus.run),
        stop_time_update: stops.collect(),
        vehicle: Some(descriptor(bus.vehicle)),
        timestamp: Some(seconds(now_ms)),
        delay: i32::try_from(delay_s).ok(),
        trip_properties: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::street::tests::{sample, wednesday};
    use super::*;
    use jol_core::realtime::read_feed;
    use std::collections::HashSet;

    #[test]
    fn every_bus_on_the_street_reports_where_it_was() {
        let (_, _, fleet) = sample();
        let mut measured = HashSet::new();
        for second in 0..40 {
            let now_ms = wednesday(8, 10) + second * 1_000;
            let feed = read_feed(&positions_feed(fleet, now_ms)).expect("a good message");
            assert!(feed.entity.len() >= 50, "{}", feed.entity.len());
            for entity in &feed.entity {
                let report = entity.vehicle.as_ref().expect("a position");
                let named = report.vehicle.as_ref().expect("a name");
                let id = named.id.as_deref().expect("an id");
                let vehicle = fleet.vehicles().iter().find(|bus| bus.vehicle == id).expect("a known bus");
                assert_eq!(named.label.as_ref(), Some(&vehicle.painted));
                assert_eq!(named.license_plate.as_ref(), Some(&vehicle.plate));

                let at_ms = report.timestamp.expect("a time") as i64 * 1_000;
                let age_ms = now_ms - at_ms;
                assert!((2_000..=REPORT_EVERY_MS + MOST_LATENCY_MS).contains(&age_ms), "{age_ms}");
                measured.insert(at_ms);
                let then = fleet.bus_at(id, at_ms).expect("it was there");
                let point = report.position.and_then(|place| place.point()).expect("a place");
                assert!(point.metres_to(then.point) < 20.0);
                assert_eq!(report.trip.is_some(), then.run.in_service);
            }
        }
        assert!(measured.len() > 40, "buses report at moments of their own");
    }

    #[test]
    fn a_report_does_not_change_until_the_next_one() {
        let (_, _, fleet) = sample();
        let of_bus = |now_ms: i64| {
            let feed = read_feed(&positions_feed(fleet, now_ms)).expect("a good message");
            feed.entity.into_iter().find(|entity| entity.id == "v0547").expect("it is out")
        };
        let reports: Vec<FeedEntity> = (0..60).map(|s| of_bus(wednesday(12, 0) + s * 1_000)).collect();
        let changes = reports.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(changes, 4, "four reports a minute");
    }

    #[test]
    fn predictions_name_the_stops_to_come_and_are_nearly_right() {
        let (_, city, fleet) = sample();
        let now_ms = wednesday(8, 10);
        let feed = read_feed(&updates_feed(fleet, now_ms)).expect("a good message");
        assert!(feed.entity.len() >= 45, "{}", feed.entity.len());
        for entity in feed.entity {
            let update = *entity.trip_update.expect("an update");
            let trip_id = update.trip.trip_id.expect("a trip");
            assert_eq!(update.trip.start_date.as_deref(), Some("20260916"));
            let halts = fleet.halts(&trip_id, city.days().0 + 258);
            let last = update.stop_time_update.last().expect("a stop to come");
            assert_eq!(last.stop_sequence, Some(halts.len() as u32));
            for stop in &update.stop_time_update {
                let halt = &halts[stop.stop_sequence.expect("a number") as usize - 1];
                assert_eq!(stop.stop_id.as_ref(), Some(&halt.stop_id));
                let (Some(event), real_ms) = (match (stop.arrival, stop.departure) {
                    (Some(arrival), _) => (Some(arrival), halt.arrival_ms),
                    (None, departure) => (departure, halt.departure_ms),
                }) else {
                    panic!("an arrival or a departure")
                };
                let off_s = event.time.expect("a moment") - real_ms / 1_000;
                assert!(off_s.abs() <= 181, "{off_s}");
                assert!(real_ms >= now_ms - 15_000, "it is yet to come, or there now");
            }
        }
    }

    #[test]
    fn late_lines_are_spoken_of_in_three_languages() {
        let (_, _, fleet) = sample();
        let mut seen = 0;
        for minute in (0..600).step_by(20) {
            let feed = read_feed(&alerts_feed(fleet, wednesday(7, minute))).expect("a good message");
            for entity in feed.entity {
                let alert = *entity.alert.expect("an alert");
                let texts = alert.header_text.as_ref().expect("words").translation.iter();
                let languages: Vec<_> = texts.filter_map(|text| text.language.as_deref()).collect();
                assert_eq!(languages, ["kk", "ru", "en"]);
                assert_eq!(alert.effect(), Effect::SignificantDelays);
                assert!(alert.informed_entity[0].route_id.is_some());
                seen += 1;
            }
        }
        assert!(seen > 0, "some line is late at some time");
    }
}
