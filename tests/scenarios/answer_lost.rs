//! The answer to a payment is lost on its way: "not known yet", then paid, once.

use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn answer_lost() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        scene.fault("payments", FaultKind::DropAnswer, 99);
        let key = aru.tap(&aru.quote("0547"));
        aru.settle();
        assert_eq!(aru.payment(&key).state, PaymentState::Pending, "the app never guesses");
        assert_eq!(scene.charged(&aru.number).0, 1, "the operator did charge");
        assert_eq!(aru.tap(&aru.quote("0547")), key, "a tap while it is not known changes nothing");

        scene.heal();
        scene.pass_ms(5_000);
        assert_eq!(aru.settle(), 0);
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(1, 100);
        let receipt = aru.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("paid", jol_core::money::Money::tenge(100)));

        // Lost requests, doubled ones and a desk that is out of order come to the same.
        for kind in [
            FaultKind::DropRequest,
            FaultKind::Repeat,
            FaultKind::Status { status: 503 },
            FaultKind::DropAnswer,
        ] {
            scene.fault("payments", kind, 1);
        }
        let key = aru.tap(&aru.quote("0548"));
        for _ in 0..8 {
            scene.pass_ms(10_000);
            aru.settle();
        }
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(2, 200);
    });
}
