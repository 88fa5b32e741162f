//! An app that is too old to pay says so before the tap and sends nothing; the tickets it holds are valid.

use jol_core::jol::JolError;
use jol_core::pay::{DeclineReason, PaymentState};
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn old_app() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.refresh();
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        let drawn = aru.quote("0548");
        scene.stop();
        scene.start(None, |operator| operator.info.lowest_version_that_pays = "99.0.0".to_owned());

        // The app runs on and does not know yet: the operator says it, and nothing is charged.
        let PaymentState::Declined { reason, .. } = aru.quote_and_pay("0548").state else {
            panic!("an old app paid");
        };
        assert_eq!(reason, DeclineReason::AppTooOld);
        let asked = || scene.books::<u32>("SELECT count(*) FROM payment", []);
        assert_eq!(asked(), 2);

        // From then on it knows, also of a button that was drawn before.
        assert_eq!(aru.try_quote("0548").map(|_| ()), Err(JolError::AppTooOld));
        let signature = aru.key.sign(&drawn.to_sign);
        assert_eq!(aru.jol.pay(&drawn, Some(&signature)), Err(JolError::AppTooOld));
        let said = LANGUAGES.map(|language| JolError::AppTooOld.text(language));
        assert!(said[0] != said[1] && said[1] != said[2] && said[0].contains(' '), "{said:?}");

        // The same after a start, without a network.
        scene.stop();
        aru.kill_and_start_again();
        assert_eq!(aru.try_quote("0548").map(|_| ()), Err(JolError::AppTooOld));
        inspector.board("547");
        assert_eq!(aru.ticket().ride, ride, "the ticket shows");
        assert_eq!(inspector.look(&aru.show(&ride, None)), ("valid".into(), None));
        scene.start(None, |operator| operator.info.lowest_version_that_pays = "99.0.0".to_owned());
        aru.settle();
        // What was on its way while nobody answered waits for its next try.
        scene.pass_ms(121_000);
        assert_eq!(aru.settle(), 0);
        assert_eq!((asked(), aru.jol.payments().expect("the payments").len()), (2, 2), "nothing was sent");
        aru.was_charged(1, 100);

        // Updated, it pays.
        aru.opening.app_version = "99.0.0".to_owned();
        aru.kill_and_start_again();
        let payment = aru.quote_and_pay("0548");
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        aru.was_charged(2, 200);
    });
}
