//! Buses' reports and the phone's own positions.

use super::Bytes;
use super::material::{self, NOW_MS, NOW_S};
use jol_core::city::streets::Streets;
use jol_core::detect::{Detector, Fix, Sighting};
use jol_core::follow::overlay;
use jol_core::geo::Point;
use jol_core::plan::{Endpoint, PlanQuery, When, Zones, plan};
use jol_core::realtime::feed::{
    Alert, EntitySelector, FeedEntity, Position, StopTimeEvent, StopTimeUpdate, TimeRange, TranslatedString,
    Translation, TripDescriptor, TripProperties, TripRelationship, TripUpdate, VehicleDescriptor,
    VehiclePosition,
};
use jol_core::realtime::{Live, Run, ScheduledCall, ScheduledDeparture, VehicleReport, board, read_feed};
use jol_core::text::Language;
use prost::Message;

pub(crate) use jol_core::realtime::feed::FeedMessage;

/// A plan by what is known now leaves no time between two rides, and ends after it begins.
fn plan_over(live: &Live) {
    let city = material::city();
    let timetable = city.timetable();
    let zones = Zones::of(&timetable).expect("our own pack");
    let now = overlay(&timetable, &zones, &live.updates(), NOW_MS);
    let end = |id: &str| Endpoint::Stop { id: id.to_owned() };
    let query = PlanQuery::new(end("west"), end("east"), When::DepartAt { ms: NOW_MS });
    let Ok(plan) = plan(&timetable.with(&now), &Streets::default(), &zones, &query) else { return };
    for journey in plan.journeys {
        assert!(journey.departure_ms <= journey.arrival_ms, "{journey:?}");
        let times = journey.legs.iter().map(|leg| (leg.departure_ms(), leg.arrival_ms()));
        let times: Vec<_> = times.collect();
        assert!(times.iter().all(|leg| leg.0 <= leg.1), "{times:?}");
        assert!(times.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{times:?}");
    }
}

/// A GTFS-Realtime message, all the way to a stop's board and to the detector.
pub(crate) fn feed(input: &[u8]) {
    let Ok(feed) = read_feed(input) else { return };
    let written = feed.encode_to_vec();
    let again = read_feed(&written).expect("what was read is written as it can be read");
    assert_eq!(again.encode_to_vec(), written);
    let (mut live, mut detector) = (Live::default(), Detector::default());
    for _ in 0..2 {
        live.take_positions(&feed, NOW_MS);
        live.take_updates(&feed, NOW_MS);
        live.take_alerts(&feed, NOW_MS);
    }
    for nth in 0..3 {
        detector.observe(fix(NOW_MS - 30_000 + nth * 10_000, 471_000_000, 519_000_000 + nth as i32 * 9_000));
    }
    for report in live.vehicles(NOW_MS).chain(live.silent(NOW_MS)) {
        detector.report(report);
    }
    let _ = detector.sighting(NOW_MS);
    plan_over(&live);
    let mut rows = Vec::new();
    for trip in feed.entity.iter().filter_map(|entity| Some(&entity.trip_update.as_ref()?.trip)) {
        let Some(run) = Run::of(trip) else { continue };
        if let Some(progress) = live.progress(&run) {
            let call = |nth: u32| ScheduledCall {
                stop_sequence: nth * 2,
                stop: ["west", "mid", "east"][nth as usize].to_owned(),
                arrival_ms: NOW_MS + i64::from(nth) * 60_000,
                departure_ms: NOW_MS + i64::from(nth) * 60_000 + 20_000,
            };
            let times = progress.times(&[0, 1, 2].map(call));
            assert!(times.iter().all(|time| time.arrival_ms <= time.departure_ms), "{times:?}");
            assert!(times.windows(2).all(|pair| pair[0].departure_ms <= pair[1].arrival_ms), "{times:?}");
        }
        let _ = live.on_run(&run, NOW_MS);
        rows.push(ScheduledDeparture {
            line: "5".to_owned(),
            trip: run.trip.clone(),
            service_date: Some(20_260_916),
            start_s: run.start_s,
            stop: "mid".to_owned(),
            stop_sequence: 2,
            scheduled_ms: NOW_MS + 60_000,
            ..ScheduledDeparture::default()
        });
    }
    assert!(board(&rows, &live, NOW_MS).len() <= rows.len());
    for notice in live.notices(NOW_MS) {
        let _ = (notice.concerns("5", "mid"), notice.holds(i64::MAX));
        for language in Language::ALL {
            let told = notice.told(language, NOW_MS);
            assert!(told.holds && !told.title.is_empty(), "{told:?}");
        }
    }
}

/// One message of each kind.
pub(crate) fn messages() -> [FeedMessage; 6] {
    let trip = TripDescriptor {
        trip_id: Some("out".to_owned()),
        route_id: Some("5".to_owned()),
        start_date: Some("20260916".to_owned()),
        start_time: Some("12:00:00".to_owned()),
        ..TripDescriptor::default()
    };
    let vehicle = VehicleDescriptor {
        id: Some("0547".to_owned()),
        label: Some("547".to_owned()),
        license_plate: Some("547 AB 06".to_owned()),
    };
    let now = NOW_S as u64;
    let position = VehiclePosition {
        trip: Some(trip.clone()),
        vehicle: Some(vehicle.clone()),
        position: Some(Position {
            latitude: Some(47.1),
            longitude: Some(51.902),
            bearing: Some(90.0),
            speed: Some(8.0),
        }),
        current_stop_sequence: Some(2),
        timestamp: Some(now - 5),
        occupancy_status: Some(3),
        ..VehiclePosition::default()
    };
    let event = |delay, time| Some(StopTimeEvent { delay, time, uncertainty: Some(5) });
    let stop = |sequence, arrival, departure| StopTimeUpdate {
        stop_sequence: Some(sequence),
        arrival,
        departure,
        stop_id: Some("mid".to_owned()),
        ..StopTimeUpdate::default()
    };
    let update = TripUpdate {
        trip: trip.clone(),
        vehicle: Some(vehicle),
        timestamp: Some(now),
        delay: Some(60),
        stop_time_update: vec![
            stop(2, event(Some(90), None), None),
            stop(4, None, event(None, Some(NOW_S + 900))),
        ],
        trip_properties: None,
    };
    let called = |relation: TripRelationship| {
        let trip = TripDescriptor {
            route_id: Some("5".to_owned()),
            schedule_relationship: Some(relation as i32),
            ..trip.clone()
        };
        let calls = [("west", 300), ("mid", 600), ("east", 900)].map(|(name, later)| StopTimeUpdate {
            stop_id: Some(name.to_owned()),
            ..stop(later as u32, None, event(None, Some(NOW_S + later)))
        });
        TripUpdate { trip, stop_time_update: calls.to_vec(), timestamp: Some(now), ..TripUpdate::default() }
    };
    let copy = TripUpdate {
        trip_properties: Some(TripProperties {
            trip_id: Some("copy".to_owned()),
            start_date: Some("20260916".to_owned()),
            start_time: Some("14:00:00".to_owned()),
            ..TripProperties::default()
        }),
        ..called(TripRelationship::Duplicated)
    };
    let words = |text: &str| {
        let of = |language: &str| Translation { text: text.to_owned(), language: Some(language.to_owned()) };
        Some(TranslatedString { translation: vec![of("kk"), of("ru")] })
    };
    let alert = Alert {
        active_period: vec![TimeRange { start: Some(now - 60), end: Some(now + 60) }],
        informed_entity: vec![EntitySelector { route_id: Some("5".to_owned()), ..EntitySelector::default() }],
        header_text: words("Айналма жол"),
        description_text: words("Көпір жабық"),
        ..Alert::default()
    };
    let entity = |id: &str| FeedEntity { id: id.to_owned(), ..FeedEntity::default() };
    [
        FeedEntity { vehicle: Some(Box::new(position)), ..entity("p") },
        FeedEntity { trip_update: Some(Box::new(update)), ..entity("u") },
        FeedEntity { alert: Some(Box::new(alert)), ..entity("a") },
        FeedEntity { trip_update: Some(Box::new(called(TripRelationship::New))), ..entity("n") },
        FeedEntity { trip_update: Some(Box::new(called(TripRelationship::Replacement))), ..entity("r") },
        FeedEntity { trip_update: Some(Box::new(copy)), ..entity("c") },
    ]
    .map(|entity| FeedMessage::full(now, vec![entity]))
}

/// Each of them, and all in one.
pub(crate) fn feeds() -> Vec<Vec<u8>> {
    let all = messages().into_iter().flat_map(|message| message.entity).collect();
    let mut seeds: Vec<Vec<u8>> = messages().iter().map(Message::encode_to_vec).collect();
    seeds.push(FeedMessage::full(NOW_S as u64, all).encode_to_vec());
    seeds
}

fn fix(at_ms: i64, lat_e7: i32, lon_e7: i32) -> Fix {
    let point = Point { lat: f64::from(lat_e7) / 1e7, lon: f64::from(lon_e7) / 1e7 };
    Fix { at_ms, point, accuracy_m: 8.0, speed_mps: None, bearing_deg: None, mocked: false }
}

/// What a phone's sensors and an operator's buses say, as JSON (a line each: a fix, or a bus's report, or a
/// case of `jol detect`) or, after a zero, as rows of a few bytes.
pub(crate) fn fixes(input: &[u8]) {
    let mut detector = Detector::default();
    let mut now_ms = NOW_MS;
    if let Some(rows) = input.strip_prefix(&[0]) {
        let mut rows = Bytes(rows);
        while !rows.is_empty() {
            row(&mut detector, &mut now_ms, &mut rows);
            look(&detector, now_ms);
        }
        return;
    }
    if input.starts_with(b"{\"id\"") {
        // A file of cases is read or refused by its line.
        let _ = jol_headless::detect::judge(
            &[material::file("cases.jsonl", input)],
            &[jol_headless::detect::Which::JOL],
        );
        return;
    }
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(fix) = serde_json::from_slice::<Fix>(line) {
            now_ms = fix.at_ms;
            detector.observe(fix);
        } else if let Ok(report) = serde_json::from_slice::<VehicleReport>(line) {
            detector.report(&report);
        }
        look(&detector, now_ms);
    }
}

fn row(detector: &mut Detector, now_ms: &mut i64, rows: &mut Bytes<'_>) {
    let [kind, later, north, east, a, b] = rows.array();
    *now_ms = now_ms.saturating_add(i64::from(later) * 250);
    let (lat, lon) = (471_000_000 + i32::from(north as i8) * 500, 519_000_000 + i32::from(east as i8) * 700);
    let known = |byte: u8| (byte != 0).then(|| f32::from(byte) / 8.0);
    match kind % 4 {
        0 => detector.observe(Fix {
            accuracy_m: f32::from(a) / 4.0,
            speed_mps: known(b),
            mocked: kind > 250,
            ..fix(*now_ms, lat, lon)
        }),
        1 => detector.report(&VehicleReport {
            vehicle: (a % 4).to_string(),
            point: fix(0, lat, lon).point,
            speed_mps: known(b),
            measured_ms: now_ms.saturating_sub(i64::from(kind) * 50),
            received_ms: *now_ms,
            ..VehicleReport::default()
        }),
        // A clock that is set, to anywhere.
        2 => *now_ms = i64::from_le_bytes(rows.array()),
        _ => {
            let [lat, lon, accuracy] = [rows.array(), rows.array(), rows.array()].map(f64::from_le_bytes);
            let (point, accuracy_m) = (Point { lat, lon }, accuracy as f32);
            detector.observe(Fix { point, accuracy_m, ..fix(*now_ms, 0, 0) });
            detector.report(&VehicleReport { vehicle: "x".to_owned(), point, ..VehicleReport::default() });
        }
    }
}

fn look(detector: &Detector, now_ms: i64) {
    match detector.sighting(now_ms) {
        Sighting::Choose { candidates, .. } => assert!((1..=3).contains(&candidates.len())),
        Sighting::Proposed { evidence, .. } => assert!(evidence.agreed > 0),
        Sighting::None { .. } => {}
    }
}

/// A ride beside a bus, in both forms, and a case.
pub(crate) fn tracks() -> Vec<Vec<u8>> {
    let mut rows = vec![0];
    let mut lines = Vec::new();
    for nth in 0..12_u8 {
        let east = nth * 8;
        rows.extend([0, 20, 0, east, 20, 64, 1, 20, 0, east, 1, 64]);
        let at_ms = NOW_MS + i64::from(nth) * 10_000;
        let fix = fix(at_ms, 471_000_000, 519_000_000 + i32::from(nth) * 9_000);
        let report = VehicleReport {
            vehicle: "0547".to_owned(),
            label: "547".to_owned(),
            point: fix.point,
            measured_ms: at_ms,
            received_ms: at_ms,
            ..VehicleReport::default()
        };
        lines.push(serde_json::to_string(&fix).expect("a fix"));
        lines.push(serde_json::to_string(&report).expect("a report"));
    }
    let case = r#"{"id":"c","scenario":"s","t_open":0,"t_ref":10,"truth":[{"veh":"1","f":0,"t":90}],"phone":[[0,47.1,51.9,8,null,null],[9,47.1,51.901,8,8,90]],"feed":[[5,4,"1",47.1,51.9,8,90,"5","t"]]}"#;
    // Found: a second that is no second of any clock added up past the end of time.
    let never = case.replace("[5,4,", "[5,1e300,");
    vec![rows, lines.join("\n").into_bytes(), case.as_bytes().to_vec(), never.into_bytes()]
}
