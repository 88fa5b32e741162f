//! The app is killed after the tap, before and after the operator heard of it: paid once.

use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn killed_while_paying() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");

        // Killed before the request left the phone.
        scene.fault("payments", FaultKind::DropRequest, 99);
        let key = aru.tap(&aru.quote("0547"));
        aru.settle();
        assert_eq!(scene.charged(&aru.number).0, 0, "the operator heard nothing");
        scene.heal();
        aru.kill_and_start_again();
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(1, 100);

        // Killed after the operator charged, before the answer came.
        scene.fault("payments", FaultKind::DropAnswer, 99);
        let key = aru.tap(&aru.quote("0548"));
        aru.settle();
        assert_eq!((scene.charged(&aru.number).0, aru.payment(&key).state), (2, PaymentState::Pending));
        scene.heal();
        aru.kill_and_start_again();
        assert_eq!(aru.tap(&aru.quote("0548")), key, "the ride is known from the disk");
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(2, 200);

        // Killed with the link never started, and started again long after the intent may be charged.
        scene.pass_ms(41 * 60_000);
        aru.jol.close();
        let key = aru.tap(&aru.quote("0547"));
        scene.pass_ms(11 * 60_000);
        aru.kill_and_start_again();
        aru.settle();
        let late = aru.payment(&key).state;
        assert!(
            matches!(late, PaymentState::Declined { reason: jol_core::pay::DeclineReason::TooLate, .. }),
            "a tap of eleven minutes ago charges nobody: {late:?}"
        );
        aru.was_charged(2, 200);
    });
}
