//! The connection of a payment is cut at every place, in TLS and in open HTTP: charged once, with one ticket.

use jol_core::money::Money;
use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Authority, Network, Passenger, Scene, Story, tell};
use jol_headless::world::proxy::{At, Carried, End, Event, Fate, Until, Way};

#[test]
fn cut_anywhere() {
    tell(module_path!(), |story| {
        over_tls(story);
        over_http(story);
        answered_after_a_new_start(story);
        doubled_and_said_once_more(story);
    });
}

/// Rides on both buses, one after another over one connection, under many fates. Who has paid for 40 rides
/// has no money any more: then it is the next passenger.
struct Riders<'a> {
    scene: &'a Scene<'a>,
    network: Network<'a>,
    rider: Passenger<'a>,
    rides: u32,
    riders: u32,
    /// How often a payment was not known after its connection had this fate, and what was so then.
    unknown_and_charged: u32,
    unknown_and_not: u32,
}

impl<'a> Riders<'a> {
    fn new(scene: &'a Scene<'a>, authority: Option<&Authority>) -> Riders<'a> {
        let network = Network::before(scene, authority);
        let rider = network.passenger("+77777000000");
        Riders { scene, network, rider, rides: 0, riders: 0, unknown_and_charged: 0, unknown_and_not: 0 }
    }

    /// Two payments on a new connection of this fate; what it carried.
    fn pay_twice(&mut self, fate: Fate) -> Carried {
        if self.rides >= 40 {
            self.riders += 1;
            self.rides = 0;
            self.rider = self.network.passenger(&format!("+7777700{:04}", self.riders));
        }
        self.network.proxy.cut_all();
        self.network.proxy.take_carried();
        self.network.proxy.next(fate);
        let mut keys = Vec::new();
        for bus in ["0547", "0548"] {
            let key = self.rider.tap(&self.rider.quote(bus));
            self.network.wait(&[&self.rider.jol]);
            let charged = self.scene.rides(&self.rider.number).iter().any(|ride| ride.key == key);
            match (self.rider.payment(&key).state, charged) {
                (PaymentState::Paid { .. }, true) => {}
                (PaymentState::Pending, true) => self.unknown_and_charged += 1,
                (PaymentState::Pending, false) => self.unknown_and_not += 1,
                (state, _) => panic!("{fate:?}: it says {state:?}; charged: {charged}"),
            }
            keys.push(key);
        }
        let carried = self.network.proxy.take_carried();
        self.network.proxy.heal();
        let is_settled = (0..3).any(|_| {
            self.scene.pass_ms(10_000);
            self.rider.settle() == 0
        });
        assert!(is_settled, "{fate:?}");
        self.rides += 2;
        for key in keys {
            let PaymentState::Paid { ride } = self.rider.payment(&key).state else { panic!("{fate:?}") };
            assert!(self.rider.show(&ride, None).len() > 100, "{fate:?}: its ticket shows");
        }
        self.rider.was_charged(self.rides, i64::from(self.rides) * 100);
        // Both buses come to their terminus.
        self.scene.pass_ms(41 * 60_000);
        // The connection with the fate is the first one.
        carried.into_iter().find(|carried| !carried.up.is_empty()).unwrap_or_default()
    }

    fn both_came_about(&self) {
        let Riders { unknown_and_charged: after, unknown_and_not: before, .. } = self;
        self.scene.note("network", format!("{before} cut before the charge, {after} after it"));
        assert!(*before >= 4 && *after >= 4, "{before} cut before the charge, {after} after it");
    }
}

fn over_tls(story: &Story) {
    let authority = Authority::new("a root for cuts");
    let scene = Scene::open_secure(story, &authority);
    let mut riders = Riders::new(&scene, Some(&authority));
    let whole = riders.pay_twice(Fate::default());
    for way in [Way::Up, Way::Down] {
        let records = whole.records(way);
        assert!(records >= 5, "a handshake and two messages: {records} {way:?}");
        for nth in 0..=records {
            // Between two records, in a header, at its end, in what is sealed.
            for inside in [0, 3, 5, 30, 200] {
                let end = if (nth + inside).is_multiple_of(2) { End::Fin } else { End::Rst };
                riders.pay_twice(Fate::of(way, At::Record { nth, inside }, Event::Cut(end)));
            }
        }
    }
    riders.both_came_about();
}

fn over_http(story: &Story) {
    let scene = Scene::open(story);
    let mut riders = Riders::new(&scene, None);
    let whole = riders.pay_twice(Fate::default());
    // Of every byte in the long run; else of each part, with the bytes at its ends.
    let step = if super::many(0) > 0 { 1 } else { 97 };
    for (way, said) in [(Way::Up, &whole.up), (Way::Down, &whole.down)] {
        let mut places: Vec<usize> = (0..said.len()).step_by(step).collect();
        let heads = (0..said.len()).filter(|end| said[..*end].ends_with(b"\r\n\r\n"));
        let heads: Vec<usize> = heads.collect();
        assert!(heads.len() >= 2, "one connection for both: {}", String::from_utf8_lossy(said));
        for end in heads.into_iter().chain([said.len()]) {
            places.extend([end - 1, end, end + 1]);
        }
        for (nth, place) in places.into_iter().enumerate() {
            let end = if nth.is_multiple_of(2) { End::Fin } else { End::Rst };
            riders.pay_twice(Fate::of(way, At::Byte(place as u64), Event::Cut(end)));
        }
    }
    riders.both_came_about();
    // One byte at a time it comes all the same.
    riders.pay_twice(Fate { pieces: Some(1), ..Fate::default() });
}

/// The network is silent until the app was killed and started again, or until the phone's clock says that it
/// waited long enough: then what was held arrives, before or after the same request on another connection.
fn answered_after_a_new_start(story: &Story) {
    let authority = Authority::new("a root for silence");
    let scene = Scene::open_secure(story, &authority);
    let network = Network::before(&scene, Some(&authority));
    let places = [
        // Nobody says anything.
        (Way::Up, At::Byte(0)),
        (Way::Down, At::Byte(0)),
        // After the handshake: the request, the answer.
        (Way::Up, At::Record { nth: 3, inside: 0 }),
        (Way::Down, At::Record { nth: 6, inside: 0 }),
    ];
    let mut nth = 0;
    for (way, at) in places {
        for until in [Until::PhoneGone, Until::LetGo] {
            for is_killed in [true, false] {
                nth += 1;
                let mut aru = network.passenger(&format!("+7777800{nth:04}"));
                network.proxy.cut_all();
                network.proxy.next(Fate::of(way, at, Event::Hold(until)));
                let key = aru.tap(&aru.quote("0547"));
                network.wait(&[&aru.jol]);
                let state = aru.payment(&key).state;
                let is_known = state != PaymentState::Pending;
                assert!(!is_known || matches!(state, PaymentState::Paid { .. }), "{way:?} {at:?}: {state:?}");
                assert_eq!(aru.tap(&aru.quote("0547")), key, "a second tap meanwhile");
                if is_killed {
                    aru.kill_and_start_again();
                } else {
                    // The connection's own time-outs stand still with the machine; the phone's clock goes on.
                    scene.pass_ms(31_000);
                }
                aru.settle();
                network.proxy.let_go();
                for _ in 0..3 {
                    scene.pass_ms(10_000);
                    aru.settle();
                }
                assert!(
                    matches!(aru.payment(&key).state, PaymentState::Paid { .. }),
                    "{way:?} {at:?} {until:?}"
                );
                aru.was_charged(1, 100);
            }
        }
    }
}

/// TLS notices what comes twice: bytes in a connection, and a whole connection that somebody says once more.
fn doubled_and_said_once_more(story: &Story) {
    let authority = Authority::new("a root for doubles");
    let scene = Scene::open_secure(story, &authority);
    let mut riders = Riders::new(&scene, Some(&authority));
    let whole = riders.pay_twice(Fate::default());
    for way in [Way::Up, Way::Down] {
        for nth in 1..=whole.records(way) {
            for bytes in [1, 40, 2_000] {
                riders.pay_twice(Fate::of(way, At::Record { nth, inside: 0 }, Event::Double(bytes)));
            }
        }
    }
    let charged = scene.charged(&riders.rider.number);
    // Whoever asks for anything finds this first.
    scene.fault("*", FaultKind::Status { status: 503 }, 1);
    let said = riders.network.proxy.replay(&whole.up).expect("the operator is there");
    assert!(!said.is_empty(), "the operator began a handshake");
    assert!(
        scene.sandbox(|sandbox| sandbox.faults().next("any", "/v1/any").is_some()),
        "nobody asked anything"
    );
    assert_eq!(scene.charged(&riders.rider.number), charged);

    // Without TLS it is asked once more, and the key tells that it is the same tap.
    let scene = Scene::open(story);
    let mut riders = Riders::new(&scene, None);
    let whole = riders.pay_twice(Fate::default());
    let said = riders.network.proxy.replay(&whole.up).expect("the operator is there");
    assert!(String::from_utf8_lossy(&said).contains("\"kind\":\"paid\""), "it is answered as before");
    riders.rider.was_charged(2, 200);
    assert_eq!(scene.gone_from_phone(&riders.rider.number), Money::tenge(200));
}
