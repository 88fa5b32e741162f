//! Two buses leave a stop two minutes apart, and the passenger boards the one that reports. While the other one is
//! silent it might be theirs for all that the phone knows, so the first is offered and not proposed; once the other
//! reports too, from elsewhere, it is proposed.

use jol_core::detect::{Fix, Sighting, Why};
use jol_core::geo::Point;
use jol_core::realtime::feed::{
    FeedEntity, FeedMessage, Position, TripDescriptor, VehicleDescriptor, VehiclePosition,
};
use jol_headless::sandbox::fleet::{LiveSource, Run};
use jol_headless::sandbox::pack_of;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SECOND: i64 = 1_000;
const LEAVES_MS: i64 = NOON_MS + 60 * SECOND;
const MPS: f64 = 9.0;
const WEST: Point = Point { lat: 47.1, lon: 51.88 };
const EAST: Point = Point { lat: 47.1, lon: 51.96 };

const FEED: [(&str, &str); 6] = [
    ("agency.txt", "agency_name,agency_url,agency_timezone\nSample,https://sample.invalid,Asia/Atyrau\n"),
    (
        "stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon\n1,First,47.1,51.82\n2,Second,47.1,51.84\n\
         3,Third,47.1,51.86\nwest,West,47.1,51.88\neast,East,47.1,51.96\n",
    ),
    ("routes.txt", "route_id,route_short_name,route_type\n5,5,3\n"),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         all,1,1,1,1,1,1,1,20260101,20271231\n",
    ),
    ("trips.txt", "route_id,service_id,trip_id\n5,all,own\n5,all,next\n"),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
         own,13:50:00,13:50:00,1,1\nown,13:53:00,13:53:00,2,2\nown,13:56:00,13:56:00,3,3\n\
         own,14:01:00,14:01:00,west,4\nown,14:15:00,14:15:00,east,5\n\
         next,13:52:00,13:52:00,1,1\nnext,13:55:00,13:55:00,2,2\nnext,13:58:00,13:58:00,3,3\n\
         next,14:03:00,14:03:00,west,4\nnext,14:17:00,14:17:00,east,5\n",
    ),
];

fn bus(at_ms: i64) -> Point {
    let metres = MPS * (at_ms - LEAVES_MS).max(0) as f64 / 1_000.0;
    WEST.towards(EAST, metres / WEST.metres_to(EAST))
}

/// Bus 547 reports; 548 does if it is told to, from the other end of the line.
#[derive(Default)]
struct Street {
    tells_of_both: AtomicBool,
}

impl LiveSource for Street {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        let at_ms = (now_ms - 3 * SECOND).div_euclid(10 * SECOND) * 10 * SECOND;
        let report = |vehicle: &str, trip: &str, point: Point| {
            let trip = TripDescriptor { trip_id: Some(trip.to_owned()), ..TripDescriptor::default() };
            let id = VehicleDescriptor {
                id: Some(vehicle.to_owned()),
                label: Some(vehicle.trim_start_matches('0').to_owned()),
                license_plate: None,
            };
            let vehicle = VehiclePosition {
                trip: Some(trip),
                position: Some(Position::at(point)),
                timestamp: Some(at_ms as u64 / 1_000),
                vehicle: Some(id),
                ..VehiclePosition::default()
            };
            FeedEntity { vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() }
        };
        let mut buses = vec![report("0547", "own", bus(at_ms))];
        if self.tells_of_both.load(Ordering::Relaxed) {
            buses.push(report("0548", "next", EAST));
        }
        FeedMessage::full(now_ms as u64 / 1_000, buses).encode_to_vec()
    }

    fn updates(&self, now_ms: i64) -> Vec<u8> {
        FeedMessage::full(now_ms as u64 / 1_000, vec![]).encode_to_vec()
    }

    fn alerts(&self, now_ms: i64) -> Vec<u8> {
        self.updates(now_ms)
    }

    fn where_is(&self, _vehicle: &str, _now_ms: i64) -> Option<Run> {
        None
    }
}

#[test]
fn silent_bus() {
    tell(module_path!(), |story| {
        let mut found_s = Vec::new();
        for tells_of_both in [false, true] {
            let scene = Scene::open_with(story, None, |operator| {
                pack_of(&FEED, &operator.cities[0].pack).expect("a pack");
                operator.cities[0].live = Arc::new(Street { tells_of_both: tells_of_both.into() });
            });
            let aru = scene.passenger("+77771234567");
            aru.note(format!(
                "the other bus that is due {}",
                if tells_of_both { "reports" } else { "is silent" }
            ));
            aru.jol.look_for_bus(true).expect("the pay screen");
            let mut found = None;
            while scene.now_ms() < LEAVES_MS + 120 * SECOND && found.is_none() {
                let now_ms = scene.now_ms();
                let wobble = |nth: i64| ((now_ms / SECOND * nth) % 7 - 3) as f64 * 0.000_01;
                let Point { lat, lon } = bus(now_ms);
                let speed_mps = Some(if now_ms < LEAVES_MS { 0.0 } else { MPS as f32 });
                let point = Point { lat: lat + wobble(3), lon: lon + wobble(5) };
                let fix = Fix {
                    at_ms: now_ms,
                    point,
                    accuracy_m: 8.0,
                    speed_mps,
                    bearing_deg: None,
                    mocked: false,
                };
                let since_s = (now_ms - LEAVES_MS) / SECOND;
                match aru.jol.observe(&fix).expect("a sighting") {
                    Sighting::Proposed { bus, .. } => {
                        assert_eq!(bus.vehicle, "0547");
                        found = Some(since_s);
                    }
                    Sighting::Choose { candidates, why: Why::SilentBus } => {
                        assert!(!tells_of_both, "both report");
                        assert_eq!(candidates[0].vehicle, "0547", "it is offered");
                    }
                    _ => {}
                }
                if now_ms % (10 * SECOND) == 0 {
                    aru.settle();
                }
                scene.pass_ms(SECOND);
            }
            for language in LANGUAGES {
                aru.jol.set_language(language);
                aru.note(aru.jol.sighting_text().expect("words"));
            }
            found_s.push(found.unwrap_or(i64::MAX));
            scene.stop();
        }
        let [beside_a_silent_one, all_told] = found_s[..] else { panic!("{found_s:?}") };
        assert!(all_told < 45 && beside_a_silent_one > all_told + 10, "{found_s:?}");
    });
}
