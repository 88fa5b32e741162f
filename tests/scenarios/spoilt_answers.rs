//! Answers come cut short, with a bit flipped, or as a login page: nothing is believed, nothing is lost, paid once.

use jol_core::money::Money;
use jol_core::operator::outbox::Operation;
use jol_core::operator::wire::{Base64, RideAnswer, RideState, Rides};
use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn spoilt_answers() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        // An answer to a payment is some 1,700 bytes long: each flip is another passenger's.
        let mut kinds: Vec<FaultKind> = (0..24).map(|nth| FaultKind::Flip { byte: nth * 73 }).collect();
        kinds.extend([0, 1, 100, 900].map(|bytes| FaultKind::CutShort { bytes }));
        kinds.push(FaultKind::LoginPage);
        let mut held_back = 0;
        for (nth, kind) in kinds.into_iter().enumerate() {
            let aru = scene.passenger(&format!("+777712346{nth:02}"));
            scene.fault("payments", kind, 3);
            let key = aru.tap(&aru.quote("0547"));
            aru.settle();
            let payment = aru.payment(&key);
            match payment.state {
                PaymentState::Pending => held_back += 1,
                // What the receipt does not vouch for may be damaged; the money may not.
                PaymentState::Paid { .. } => {}
                state => panic!("{kind:?} was believed: {state:?}"),
            }
            assert_eq!(payment.fare, Money::tenge(100), "{kind:?}");
            scene.heal();
            scene.pass_ms(60_000);
            assert_eq!(aru.settle(), 0, "{kind:?}");
            assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }), "{kind:?}");
            aru.was_charged(1, 100);
            assert!(aru.show(&aru.ticket().ride, None).len() > 100, "{kind:?}: the ticket shows");
        }
        assert!(held_back >= 15, "most of a payment's answer is vouched for: {held_back} of 29");

        nobody_signed(&scene);

        // Behind a login page at the first start there is nothing; without it, everything.
        scene.fault("*", FaultKind::LoginPage, 50);
        let newcomer = scene.newcomer("+77771234599");
        newcomer.jol.refresh_cities().expect("asked");
        newcomer.settle();
        assert!(newcomer.jol.cities().expect("a list").is_empty());
        assert_eq!(newcomer.jol.terms(), Ok(None));
        scene.heal();
        scene.pass_ms(60_000);
        newcomer.sign_up();

        // Who has a city keeps it, whatever comes instead of an answer.
        for kind in [FaultKind::LoginPage, FaultKind::CutShort { bytes: 40 }, FaultKind::Flip { byte: 30 }] {
            scene.fault("*", kind, 50);
            newcomer.jol.refresh().expect("asked");
            newcomer.jol.refresh_cities().expect("asked");
            newcomer.settle();
            assert!(!newcomer.jol.places("West", None, 5).expect("places").is_empty());
            assert!(!newcomer.jol.vehicles().expect("the buses").is_empty());
            assert!(newcomer.jol.operator().expect("a document").is_some());
            scene.heal();
            scene.pass_ms(60_000);
        }
    });
}

/// A list of rides says that a payment is charged, or was given back, and its ticket is nobody's: the payment stays
/// as it is, until its own answer comes.
fn nobody_signed(scene: &Scene<'_>) {
    let bola = scene.passenger("+77771234568");
    bola.quote_and_pay("0547");
    let real: String = scene.books("SELECT answer FROM ride WHERE ride = ?1", [bola.ticket().ride]);
    let real: RideAnswer = serde_json::from_str(&real).expect("a ride");
    for (nth, state) in [RideState::Ended, RideState::Refunded, RideState::Valid].into_iter().enumerate() {
        let aru = scene.passenger(&format!("+7777123467{nth}"));
        scene.fault("payments", FaultKind::DropRequest, 9_999);
        let key = aru.tap(&aru.quote("0547"));
        aru.settle();
        let mut ticket = real.ticket.0.clone();
        *ticket.last_mut().expect("a signature") ^= 1;
        let ride = format!("made-up-{nth}");
        let made_up = RideAnswer { ride, key: key.clone(), state, ticket: Base64(ticket), ..real.clone() };
        let list = Rides { rides: vec![made_up], pending: Vec::new() };
        let list = serde_json::to_string(&list).expect("JSON");
        crate::deliver(&aru.jol, Operation::Rides, "/v1/rides", &list);
        assert_eq!(aru.payment(&key).state, PaymentState::Pending, "{state:?}");
        scene.heal();
        scene.pass_ms(60_000);
        assert_eq!(aru.settle(), 0);
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }), "{state:?}");
    }
}
