//! Runs that the timetable does not have: an extra trip, a copy of one at another time, one that goes another
//! way (`schedule_relationship` NEW or ADDED, DUPLICATED, REPLACEMENT).

use super::delay::{ScheduledCall, TripProgress};
use super::messages::{StopRelationship, StopTimeEvent, TripRelationship, TripUpdate};
use super::run::{Run, date, seconds};

/// What is known of such a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtraTrip {
    /// What the operator calls it.
    pub run: Run,
    /// Its line (route_id), if said.
    pub line: Option<String>,
    /// Where its sign says that it goes, if said.
    pub headsign: Option<String>,
    /// Where it comes by.
    pub way: ExtraWay,
    /// How it goes: its delays against [`way`](Self::way).
    pub progress: TripProgress,
}

/// Where an extra run comes by, and when.
#[derive(Clone, Debug, PartialEq)]
pub enum ExtraWay {
    /// By these stops.
    Calls(Vec<ScheduledCall>),
    /// By the stops of a run of the timetable, which it goes instead of.
    InsteadOf(Vec<ScheduledCall>),
    /// As this trip of the timetable does, but at the run's own day and start.
    CopyOf(Run),
}

impl ExtraTrip {
    /// What an update says of a run that the timetable does not have; none if it is about one that it has, or
    /// if it does not say by which stops the run comes, and when.
    pub fn of(update: &TripUpdate, measured_ms: i64) -> Option<ExtraTrip> {
        let named = Run::of(&update.trip)?;
        let said = |text: Option<&String>| text.filter(|text| !text.trim().is_empty()).cloned();
        let properties = update.trip_properties.as_ref();
        let headsign = said(properties.and_then(|own| own.trip_headsign.as_ref()));
        let (run, way) = match update.trip.schedule_relationship() {
            TripRelationship::Added | TripRelationship::New => (named, ExtraWay::Calls(calls(update)?)),
            TripRelationship::Replacement => (named, ExtraWay::InsteadOf(calls(update)?)),
            TripRelationship::Duplicated => {
                let own = properties?;
                let run = Run {
                    trip: said(own.trip_id.as_ref())?,
                    service_date: Some(own.start_date.as_deref().and_then(date)?),
                    start_s: Some(own.start_time.as_deref().and_then(seconds)?),
                };
                (run, ExtraWay::CopyOf(named))
            }
            _ => return None,
        };
        let progress = TripProgress::of_run(run.clone(), update, measured_ms);
        Some(ExtraTrip { run, line: said(update.trip.route_id.as_ref()), headsign, way, progress })
    }
}

/// The stops that an update names with their moments, numbered as it does or from 1; none if there are
/// fewer than two, or one lacks its name or its moment.
fn calls(update: &TripUpdate) -> Option<Vec<ScheduledCall>> {
    let called = update.stop_time_update.iter();
    let called = called.filter(|stop| !matches!(stop.schedule_relationship(), StopRelationship::NoData));
    let moment = |event: Option<StopTimeEvent>| {
        event.and_then(|event| event.time).filter(|at| *at > 0).map(|at| at.saturating_mul(1_000))
    };
    let call = |(nth, stop): (u32, &super::messages::StopTimeUpdate)| {
        let (arrival, departure) = (moment(stop.arrival), moment(stop.departure));
        let arrival_ms = arrival.or(departure)?;
        Some(ScheduledCall {
            stop_sequence: stop.stop_sequence.unwrap_or(nth),
            stop: stop.stop_id.clone().filter(|stop| !stop.is_empty())?,
            arrival_ms,
            departure_ms: departure.unwrap_or(arrival_ms).max(arrival_ms),
        })
    };
    let calls: Option<Vec<ScheduledCall>> = (1..).zip(called).map(call).collect();
    calls.filter(|calls| calls.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::delay::CallKind;
    use crate::realtime::feed::{StopTimeUpdate, TripDescriptor, TripProperties};

    fn at(stop: &str, second: i64) -> StopTimeUpdate {
        let event = StopTimeEvent { time: Some(second), delay: None, uncertainty: None };
        StopTimeUpdate { stop_id: Some(stop.into()), arrival: Some(event), ..StopTimeUpdate::default() }
    }

    fn update(relation: TripRelationship, stops: Vec<StopTimeUpdate>) -> TripUpdate {
        let trip = TripDescriptor {
            trip_id: Some("extra".into()),
            route_id: Some("7".into()),
            schedule_relationship: Some(relation as i32),
            ..TripDescriptor::default()
        };
        TripUpdate { trip, stop_time_update: stops, ..TripUpdate::default() }
    }

    #[test]
    fn an_extra_trip_has_the_stops_that_its_update_names() {
        for relation in [TripRelationship::Added, TripRelationship::New] {
            let extra = ExtraTrip::of(&update(relation, vec![at("a", 600), at("b", 660)]), 0).expect("a run");
            let ExtraWay::Calls(calls) = &extra.way else { panic!("{extra:?}") };
            let told: Vec<_> = calls.iter().map(|call| (call.stop.as_str(), call.arrival_ms)).collect();
            assert_eq!(told, [("a", 600_000), ("b", 660_000)]);
            assert_eq!((extra.line.as_deref(), extra.run.trip.as_str()), (Some("7"), "extra"));
            let times = extra.progress.times(calls);
            assert!(times.iter().all(|call| call.kind == CallKind::Live), "{times:?}");
        }
        let instead = update(TripRelationship::Replacement, vec![at("a", 600), at("c", 700)]);
        let instead = ExtraTrip::of(&instead, 0).expect("a run");
        assert!(matches!(instead.way, ExtraWay::InsteadOf(calls) if calls.len() == 2));
    }

    #[test]
    fn who_does_not_say_where_and_when_adds_nothing() {
        let nameless = StopTimeUpdate { stop_id: None, ..at("b", 660) };
        let timeless = StopTimeUpdate { arrival: None, ..at("b", 660) };
        for stops in [vec![], vec![at("a", 600)], vec![at("a", 600), nameless], vec![at("a", 600), timeless]]
        {
            assert_eq!(ExtraTrip::of(&update(TripRelationship::New, stops), 0), None);
        }
        let known = update(TripRelationship::Scheduled, vec![at("a", 600), at("b", 660)]);
        assert_eq!(ExtraTrip::of(&known, 0), None);
    }

    #[test]
    fn a_copy_has_a_name_a_day_and_a_start_of_its_own() {
        let own = TripProperties {
            trip_id: Some("copy".into()),
            start_date: Some("20240510".into()),
            start_time: Some("10:30:00".into()),
            ..TripProperties::default()
        };
        let copy = |own| TripUpdate { trip_properties: own, ..update(TripRelationship::Duplicated, vec![]) };
        let extra = ExtraTrip::of(&copy(Some(own.clone())), 0).expect("a run");
        let run = Run { trip: "copy".into(), service_date: Some(20_240_510), start_s: Some(37_800) };
        assert_eq!((&extra.run, &extra.progress.run), (&run, &run));
        assert!(matches!(extra.way, ExtraWay::CopyOf(of) if of.trip == "extra"));
        let no_start = TripProperties { start_time: None, ..own };
        assert_eq!(ExtraTrip::of(&copy(Some(no_start)), 0), None);
        assert_eq!(ExtraTrip::of(&copy(None), 0), None);
    }
}
