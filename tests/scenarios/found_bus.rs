//! The phone finds the bus by where it is, with no more fixes than it wants and also if the app is killed meanwhile,
//! doubts another one, tells when to get off, says that they have parted, and offers the next bus. Nothing that it
//! sends says where it is.

use jol_core::detect::{Company, CompanyView, Fix, Sighting, TypedBus};
use jol_core::follow::GetOffAlert;
use jol_core::geo::Point;
use jol_core::jol::TicketView;
use jol_core::pay::PaymentState;
use jol_core::plan::{Endpoint, Leg, PlanQuery, When};
use jol_core::realtime::feed::{FeedEntity, FeedMessage, Position, VehicleDescriptor, VehiclePosition};
use jol_headless::sandbox::fleet::{LiveSource, Run, ShuttleFleet};
use jol_headless::story::{LANGUAGES, NOON_MS, Network, Passenger, Scene, tell};
use prost::Message;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

const SECOND: i64 = 1_000;
/// The bus leaves the stop.
const LEAVES_MS: i64 = NOON_MS + 60 * SECOND;
const MPS: f64 = 9.0;

/// The next bus comes so much later, turns where the street ends, and leaves.
const LATER_MS: i64 = 240 * SECOND;
const TURNS_MS: i64 = 60 * SECOND;
/// The street goes on behind its last stop for so many metres.
const BEHIND_M: f64 = 40.0;

/// Bus 547 drives from one stop to the other and on; 548 stands at the first one, follows and comes back.
#[derive(Clone, Copy)]
struct Street {
    from: Point,
    to: Point,
}

impl Street {
    fn along(&self, metres: f64) -> Point {
        self.from.towards(self.to, metres / self.length_m())
    }

    fn bus(&self, at_ms: i64) -> Point {
        self.along(MPS * (at_ms - LEAVES_MS).max(0) as f64 / 1_000.0)
    }

    fn next_bus(&self, at_ms: i64) -> Point {
        let out_m = MPS * (at_ms - LEAVES_MS - LATER_MS) as f64 / 1_000.0;
        let back_m = MPS * (at_ms - self.next_leaves_ms()).max(0) as f64 / 1_000.0;
        self.along(out_m.clamp(-8.0, self.length_m() + BEHIND_M) - back_m)
    }

    /// When it goes back from behind the last stop.
    fn next_leaves_ms(&self) -> i64 {
        self.arrives_ms() + LATER_MS + TURNS_MS
    }

    fn length_m(&self) -> f64 {
        self.from.metres_to(self.to)
    }

    /// When bus 547 is at the last stop.
    fn arrives_ms(&self) -> i64 {
        LEAVES_MS + (self.length_m() / MPS * 1_000.0) as i64
    }
}

impl LiveSource for Street {
    fn positions(&self, now_ms: i64) -> Vec<u8> {
        // Measured every ten seconds, and three on the way.
        let at_ms = (now_ms - 3 * SECOND).div_euclid(10 * SECOND) * 10 * SECOND;
        let bus = |id: &str, point: Point| FeedEntity {
            id: id.to_owned(),
            vehicle: Some(Box::new(VehiclePosition {
                position: Some(Position::at(point)),
                timestamp: Some(at_ms as u64 / 1_000),
                vehicle: Some(VehicleDescriptor {
                    id: Some(id.to_owned()),
                    label: Some(id.trim_start_matches('0').to_owned()),
                    license_plate: None,
                }),
                ..VehiclePosition::default()
            })),
            ..FeedEntity::default()
        };
        let buses = vec![bus("0547", self.bus(at_ms)), bus("0548", self.next_bus(at_ms))];
        FeedMessage::full(now_ms as u64 / 1_000, buses).encode_to_vec()
    }

    fn updates(&self, now_ms: i64) -> Vec<u8> {
        FeedMessage::full(now_ms as u64 / 1_000, vec![]).encode_to_vec()
    }

    fn alerts(&self, now_ms: i64) -> Vec<u8> {
        self.updates(now_ms)
    }

    fn where_is(&self, vehicle: &str, now_ms: i64) -> Option<Run> {
        let buses = ["0547", "0548"].map(|bus| (bus.to_owned(), "5".to_owned())).to_vec();
        ShuttleFleet { buses, run_ms: 40 * 60_000 }.where_is(vehicle, now_ms)
    }
}

#[test]
fn found_bus() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let stop = |id: &str| Endpoint::Stop { id: id.to_owned() };
        let query = PlanQuery::new(stop("west"), stop("east"), When::DepartAt { ms: NOON_MS });
        let journey = scene.passenger("+77770000001").jol.plan(&query).expect("a plan").journeys[0].clone();
        let (nth, leg) =
            journey.legs.iter().enumerate().find(|(_, leg)| leg.ride().is_some()).expect("a ride");
        let Leg::Ride(ride) = leg else { panic!("{leg:?}") };
        let street = Street { from: ride.from_stop.point, to: ride.to_stop.point };
        scene.stop();
        scene.start(None, |operator| operator.cities[0].live = Arc::new(street));

        let network = Network::before(&scene, None);
        let mut aru = network.passenger("+77771234567");
        network.proxy.take_carried();
        assert!(matches!(aru.jol.bus_typed("5４7"), Ok(TypedBus::Named { bus }) if bus.vehicle == "0547"));
        let arrives_ms = street.arrives_ms();
        let watched = aru.jol.watch_get_off(&journey, nth as u32).expect("watched");
        assert_eq!((watched.stop.as_str(), watched.alert), (ride.to_stop.name.as_str(), None));

        let (mut places, mut alerts, mut company) = (Vec::new(), Vec::new(), Vec::new());
        // Of the search, and after it.
        let (mut found, mut next_ms, mut fixes, mut searched_ms) = (None, 0, [0, 0], 0);
        assert_eq!(
            aru.jol.next_fix_in_ms(),
            Ok(Some(watched.next_fix_in_ms.expect("watched"))),
            "the app is not in front yet"
        );
        let opens_ms = NOON_MS + 30 * SECOND;
        let wait = |aru: &Passenger<'_>, now_ms: i64| {
            if now_ms % (10 * SECOND) == 0 {
                aru.settle();
            }
            scene.pass_ms(SECOND);
        };
        while scene.now_ms() < arrives_ms + 90 * SECOND {
            let now_ms = scene.now_ms();
            if now_ms == LEAVES_MS + 12 * SECOND {
                assert_eq!(found, None, "not yet");
                aru.kill_and_start_again();
                let sighting = aru.jol.sighting().expect("a sighting");
                assert!(matches!(sighting, Sighting::Choose { .. }), "it goes on where it was: {sighting:?}");
            }
            let place = if now_ms < arrives_ms { street.bus(now_ms) } else { street.to };
            let wobble = |nth: i64| ((now_ms / SECOND * nth) % 7 - 3) as f64 * 0.000_01;
            let point = Point { lat: place.lat + wobble(3), lon: place.lon + wobble(5) };
            places.push(point);
            let speed_mps = Some(if (LEAVES_MS..arrives_ms).contains(&now_ms) { MPS as f32 } else { 0.0 });
            let fix =
                Fix { at_ms: now_ms, point, accuracy_m: 8.0, speed_mps, bearing_deg: None, mocked: false };
            if now_ms < next_ms {
                wait(&aru, now_ms);
                continue;
            }
            if now_ms >= opens_ms && found.is_none() {
                aru.jol.look_for_bus(true).expect("the pay screen");
            }
            let sighting = aru.jol.observe(&fix).expect("a sighting");
            let wanted_ms = aru.jol.next_fix_in_ms().expect("a wish");
            assert!(now_ms >= opens_ms || wanted_ms == Some(5 * SECOND), "in front: {wanted_ms:?}");
            assert!(now_ms != opens_ms || wanted_ms == Some(5 * SECOND), "it stands: {wanted_ms:?}");
            fixes[usize::from(found.is_some())] += 1;
            if let (Sighting::Proposed { bus, evidence }, None) = (&sighting, &found) {
                assert_eq!((bus.vehicle.as_str(), bus.label.as_str()), ("0547", "547"));
                assert!(now_ms > LEAVES_MS && now_ms < LEAVES_MS + 45 * SECOND, "{}", now_ms - LEAVES_MS);
                for language in LANGUAGES {
                    aru.jol.set_language(language);
                    let text = aru.jol.sighting_text().expect("words");
                    assert!(text.contains(&evidence.together_m.to_string()), "{text}");
                    aru.note(text);
                }
                assert_eq!(aru.jol.bus_doubts("0547"), Ok(vec![]));
                let doubts = aru.quote("0548").doubts;
                assert!(doubts[0].contains("547"), "who scans the bus beside it hears of it: {doubts:?}");
                aru.note(format!("of bus 548: {}", doubts[0]));
                assert_eq!(kept(&aru), ["detect.looking"], "the search, sealed");
                let payment = aru.quote_and_pay("0547");
                assert_eq!(kept(&aru), ["detect.clock.sample"], "the ride taught the feed's clock");
                searched_ms = now_ms - NOON_MS;
                assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
                found = Some(aru.ticket().ride);
            }
            if let Some(ride) = &found {
                let now = aru.jol.ride_company(ride).expect("company");
                if company.last() != Some(&now) {
                    aru.note(format!("reads: {:?}", now.text));
                    company.push(now);
                }
            }
            if let Some(view) = aru.jol.get_off(Some(&fix)).expect("watched")
                && let (Some(alert), Some(text)) = (view.alert, view.text)
            {
                assert!(text.contains(&ride.to_stop.name), "{text}");
                aru.note(text);
                alerts.push((alert, now_ms));
            }
            next_ms = now_ms + aru.jol.next_fix_in_ms().expect("a wish").unwrap_or(i64::MAX / 2);
            wait(&aru, now_ms);
        }
        let ride = found.expect("the bus was proposed");
        let [together, unknown, parted] = company.as_slice() else { panic!("{company:?}") };
        assert_eq!((together, unknown), (&alone(Company::Together), &alone(Company::Unknown)));
        let left = CompanyView {
            text: Some("It looks as if you have left bus 547 (line 5).".to_owned()),
            ..alone(Company::Parted)
        };
        assert_eq!(*parted, left, "the bus went on");
        assert!(aru.jol.ticket(&ride).expect("a ticket").is_valid, "which ends no ticket");
        let [(GetOffAlert::Soon { .. }, soon_ms), (GetOffAlert::Now, _)] = alerts.as_slice() else {
            panic!("{alerts:?}")
        };
        assert!(
            (30..120).contains(&((arrives_ms - soon_ms) / SECOND)),
            "{} s before",
            (arrives_ms - soon_ms) / SECOND
        );
        aru.jol.forget_get_off().expect("forgotten");
        assert_eq!(aru.jol.next_fix_in_ms(), Ok(None), "paid, and no journey to watch: the receiver sleeps");
        let [looking, riding] = fixes;
        assert!(looking < searched_ms / SECOND, "{looking} fixes in {searched_ms} ms: while it stood, few");
        let rode_s = (scene.now_ms() - NOON_MS - searched_ms) / SECOND;
        assert!(riding * 5 <= rode_s + 5, "{riding} in {rode_s} s: never more than one in five seconds");

        // She walks to where the next bus turns, and boards it.
        let held = aru.ticket();
        aru.jol.look_for_bus(true).expect("the pay screen");
        let (walks_ms, mut offered) = (scene.now_ms(), None);
        while offered.is_none() {
            let now_ms = scene.now_ms();
            assert!(now_ms < street.next_leaves_ms() + 60 * SECOND, "{:?}", aru.jol.sighting());
            let walked_m = BEHIND_M.min((now_ms - walks_ms) as f64 / 1_000.0);
            let is_on_board = now_ms >= street.next_leaves_ms();
            let point = if is_on_board {
                street.next_bus(now_ms)
            } else {
                street.along(street.length_m() + walked_m)
            };
            let speed_mps = Some(if is_on_board { MPS as f32 } else { 0.0 });
            let fix =
                Fix { at_ms: now_ms, point, accuracy_m: 8.0, speed_mps, bearing_deg: None, mocked: false };
            places.push(point);
            aru.jol.observe(&fix).expect("a sighting");
            let view = aru.jol.ride_company(&ride).expect("company");
            if view.instead.is_some() {
                offered = Some(view);
            } else if now_ms < street.next_leaves_ms() {
                assert_eq!(view, left, "no other bus yet");
            }
            wait(&aru, now_ms);
        }
        let offered = offered.and_then(|view| view.instead).expect("the next bus");
        assert_eq!((offered.vehicle.as_str(), offered.label.as_str()), ("0548", "548"));
        for (language, text) in LANGUAGES.into_iter().zip([
            "Енді 5 бағытының 548 автобусында сияқтысыз. Төлейсіз бе?",
            "Похоже, вы теперь в автобусе 548 маршрута 5. Оплатить его?",
            "You seem to be on bus 548 of line 5 now. Pay for it?",
        ]) {
            aru.jol.set_language(language);
            assert_eq!(aru.jol.ride_company(&ride).expect("company").text.as_deref(), Some(text));
            aru.note(format!("reads: {text}"));
        }
        let now = aru.ticket();
        let as_it_was = TicketView { paid_text: now.paid_text.clone(), ..held };
        let as_it_was = TicketView { changes_in_ms: now.changes_in_ms, eye: now.eye.clone(), ..as_it_was };
        assert_eq!(now, as_it_was, "it ends no ticket");
        assert_eq!(aru.jol.payments().expect("the payments").len(), 1, "and pays nothing");
        let payment = aru.quote_and_pay(&offered.vehicle);
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        assert_eq!(aru.jol.ride_company(&ride), Ok(left), "she has paid: nothing more to offer");
        let tickets = aru.jol.tickets().expect("the tickets");
        let next = tickets.iter().find(|ticket| ticket.bus == "548").expect("another ticket");
        assert_eq!(aru.jol.ride_company(&next.ride), Ok(alone(Company::Together)));

        // Bus 547 is far away, and nobody asks any more.
        while aru.jol.ticket(&ride).expect("a ticket").is_valid {
            scene.pass_ms(60 * SECOND);
        }
        let (at_ms, point) = (scene.now_ms(), street.to);
        let fix = Fix { at_ms, point, accuracy_m: 8.0, speed_mps: None, bearing_deg: None, mocked: false };
        aru.jol.observe(&fix).expect("a sighting");
        aru.settle();
        assert_eq!(aru.jol.ride_company(&next.ride).expect("company").company, Company::Parted);
        assert_eq!(aru.jol.ride_company(&ride), Ok(CompanyView::default()), "its ticket is over");

        // All that went over the network, byte by byte. What the operator told of its buses is there.
        let (sent, told): (Vec<_>, Vec<_>) =
            network.proxy.take_carried().into_iter().map(|carried| (carried.up, carried.down)).unzip();
        let (sent, told) = (sent.concat(), told.concat());
        assert!(
            traces(street.along(-8.0).lat).iter().any(|trace| holds(&told, trace)),
            "this is how to find one"
        );
        assert!(sent.len() > 10_000, "it asked and paid: {} bytes", sent.len());
        let text = String::from_utf8_lossy(&sent);
        let heads = text.split("GET ").filter_map(|asked| asked.split("\r\n\r\n").next());
        let of_buses: Vec<&str> = heads.filter(|head| head.contains("/live/positions ")).collect();
        let by_tag = of_buses.iter().filter(|head| head.contains("if-none-match: ")).count();
        // Once at each start it knows none.
        assert!(by_tag > 5 && by_tag + 2 >= of_buses.len(), "{by_tag} of {}", of_buses.len());
        for place in places {
            for degrees in [place.lat, place.lon] {
                assert!(!traces(degrees).iter().any(|trace| holds(&sent, trace)), "{degrees} was sent");
            }
        }
    });
}

/// What is said of nothing.
fn alone(company: Company) -> CompanyView {
    CompanyView { company, ..CompanyView::default() }
}

/// What the wallet keeps of the search for a bus.
fn kept(aru: &Passenger<'_>) -> Vec<String> {
    let file = Path::new(&aru.opening.folder).join("wallet.db");
    let db = Connection::open(file).expect("the wallet");
    let mut names = db.prepare("SELECT name FROM setting WHERE name LIKE 'detect.%'").expect("settings");
    names.query_map([], |row| row.get(0)).expect("names").flatten().collect()
}

/// What degrees may look like in a message: as text to three digits or whole, as numbers of eight or four bytes.
fn traces(degrees: f64) -> [Vec<u8>; 6] {
    [
        format!("{degrees:.3}").into_bytes(),
        ((degrees * 1e7).round() as i32).to_string().into_bytes(),
        degrees.to_le_bytes()[2..].to_vec(),
        degrees.to_be_bytes()[..6].to_vec(),
        (degrees as f32).to_le_bytes().to_vec(),
        (degrees as f32).to_be_bytes().to_vec(),
    ]
}

fn holds(bytes: &[u8], trace: &[u8]) -> bool {
    bytes.windows(trace.len()).any(|window| window == trace)
}
