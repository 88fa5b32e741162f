//! An operator tells where its buses are and predicts nothing: the stop's board has the late bus by its place, with the
//! age of its report, and goes back to the timetable when the bus reports no more.

use jol_core::clock::Clock;
use jol_core::geo::Point;
use jol_core::realtime::feed::{
    FeedEntity, FeedMessage, OccupancyStatus, Position, TripDescriptor, VehicleDescriptor, VehiclePosition,
};
use jol_core::realtime::{BoardKind, BoardRow, Crowding};
use jol_headless::sandbox::fleet::{LiveSource, Run};
use jol_headless::sandbox::pack_of;
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, tell};
use prost::Message;
use std::sync::Arc;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
/// By the timetable the bus leaves at 14:00 and is at the bazaar at 14:25; it leaves six minutes late.
const LATE_MS: i64 = 6 * MINUTE;
const LEG_MS: i64 = 25 * MINUTE;
const WEST: Point = Point { lat: 47.1, lon: 51.88 };
const BAZAAR: Point = Point { lat: 47.1, lon: 51.92 };

const FEED: [(&str, &str); 6] = [
    ("agency.txt", "agency_name,agency_url,agency_timezone\nSample,https://sample.invalid,Asia/Atyrau\n"),
    (
        "stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon\n\
         west,West,47.1,51.88\nbazaar,Bazaar,47.1,51.92\neast,East,47.1,51.96\n",
    ),
    ("routes.txt", "route_id,route_short_name,route_type\n5,5,3\n"),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         all,1,1,1,1,1,1,1,20260101,20271231\n",
    ),
    ("trips.txt", "route_id,service_id,trip_id,trip_headsign\n5,all,first,East\n5,all,second,East\n"),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
         first,14:00:00,14:00:00,west,1\nfirst,14:25:00,14:25:00,bazaar,2\nfirst,14:50:00,14:50:00,east,3\n\
         second,14:40:00,14:40:00,west,1\nsecond,15:05:00,15:05:00,bazaar,2\n\
         second,15:30:00,15:30:00,east,3\n",
    ),
];

/// Bus 547, measured every ten seconds; between 14:10 and 14:14 nothing is heard of it.
struct Silent;

impl LiveSource for Silent {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        let mut at_ms = now_ms.div_euclid(10 * SECOND) * 10 * SECOND;
        if (NOON_MS + 10 * MINUTE..NOON_MS + 14 * MINUTE).contains(&at_ms) {
            at_ms = NOON_MS + 10 * MINUTE;
        }
        let share = (at_ms - NOON_MS - LATE_MS).max(0) as f64 / LEG_MS as f64;
        let trip = TripDescriptor { trip_id: Some("first".into()), ..TripDescriptor::default() };
        let vehicle = VehiclePosition {
            trip: Some(trip),
            position: Some(Position::at(WEST.towards(BAZAAR, share))),
            timestamp: Some(at_ms as u64 / 1_000),
            vehicle: Some(VehicleDescriptor {
                id: Some("0547".into()),
                label: Some("547".into()),
                license_plate: None,
            }),
            occupancy_status: Some(OccupancyStatus::FewSeatsAvailable as i32),
            ..VehiclePosition::default()
        };
        let bus = FeedEntity { vehicle: Some(Box::new(vehicle)), ..FeedEntity::default() };
        FeedMessage::full(now_ms as u64 / 1_000, vec![bus]).encode_to_vec()
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

/// Nothing is told of any bus.
struct Untold;

impl LiveSource for Untold {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        Silent.updates(now_ms)
    }

    fn updates(&self, now_ms: i64) -> Vec<u8> {
        Silent.updates(now_ms)
    }

    fn alerts(&self, now_ms: i64) -> Vec<u8> {
        Silent.updates(now_ms)
    }

    fn where_is(&self, _vehicle: &str, _now_ms: i64) -> Option<Run> {
        None
    }
}

/// The bazaar's board with what the operator says now: the bus of 14:25, then that of 15:05.
fn board(aru: &Passenger<'_>) -> BoardRow {
    aru.jol.board("bazaar", 9).expect("a board");
    aru.settle();
    let seen = aru.jol.revision();
    let mut rows = aru.jol.board("bazaar", 9).expect("a board").rows;
    assert_eq!(aru.jol.revision(), seen, "who looks again at each change looks no more");
    let next = rows.pop().expect("a row");
    assert_eq!((next.scheduled_ms, next.kind), (NOON_MS + 65 * MINUTE, BoardKind::Timetable));
    assert_eq!((next.label, rows.len()), (None, 1), "{rows:?}");
    rows.remove(0)
}

#[test]
fn board_by_place() {
    tell(module_path!(), |story| {
        let scene = Scene::open_with(story, None, |operator| {
            pack_of(&FEED, &operator.cities[0].pack).expect("a pack");
            operator.cities[0].live = Arc::new(Silent);
            // Another city with the same names for its trips, of whose buses nothing is told.
            let mut other = operator.cities[0].clone();
            other.rules.city = "other".to_owned();
            other.live = Arc::new(Untold);
            operator.cities.push(other);
        });
        let aru = scene.passenger("+77771234567");
        let scheduled_ms = NOON_MS + LEG_MS;
        aru.clock.set_wall_ms(aru.clock.wall_ms() - 10 * MINUTE);
        aru.note("the phone's clock is ten minutes slow");
        scene.pass_ms(9 * MINUTE + 7 * SECOND);

        let row = board(&aru);
        assert_eq!(row.kind, BoardKind::Live { age_s: 7 }, "{row:?}");
        let late_ms = row.expected_ms - scheduled_ms;
        assert!((late_ms - LATE_MS).abs() <= 10 * SECOND, "{} s late", late_ms / SECOND);
        assert_eq!(row.label.as_deref(), Some("547"));
        assert_eq!((row.scheduled_ms, row.occupancy), (scheduled_ms, Some(Crowding::FewSeats)));
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let [age, by_timetable, bus, _crowding] = &board(&aru).known[..] else { panic!("{row:?}") };
            assert!(age.contains('7') && by_timetable.contains("14:25") && bus.contains("547"), "{row:?}");
            aru.note(format!("reads: {}", board(&aru).known.join(", ")));
        }

        // Its last report was at 14:10.
        scene.pass_ms(2 * MINUTE + 43 * SECOND);
        let old = board(&aru);
        assert_eq!(old.kind, BoardKind::Live { age_s: 110 }, "the age grows");
        assert!((old.expected_ms - row.expected_ms).abs() <= SECOND, "it stays as late as it was");
        assert_eq!(old.label.as_deref(), Some("547"));

        scene.pass_ms(20 * SECOND);
        let silent = board(&aru);
        let expected = BoardRow {
            expected_ms: scheduled_ms,
            kind: BoardKind::Timetable,
            vehicle: None,
            label: None,
            occupancy: None,
            known: vec!["timetable".to_owned()],
            ..row.clone()
        };
        assert_eq!(silent, expected, "as if nobody had ever heard of it");
        aru.note("reads the timetable, and no bus");

        scene.pass_ms(2 * MINUTE);
        let back = board(&aru);
        assert_eq!((back.kind, back.label.as_deref()), (BoardKind::Live { age_s: 0 }, Some("547")));
        assert!((back.expected_ms - row.expected_ms).abs() <= 10 * SECOND, "it is as late as it was");

        aru.jol.choose_city("other").expect("a city of the list");
        aru.settle();
        let elsewhere = board(&aru);
        assert_eq!((elsewhere.kind, elsewhere.label), (BoardKind::Timetable, None), "another city's bus");
        aru.note("in the other city reads the timetable");
    });
}
