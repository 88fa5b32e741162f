//! Two people sign in on one phone, one after the other: neither sees the other's rides, and no tap of one is
//! charged to the other.

use jol_core::account::SignIn;
use jol_core::pay::PaymentState;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn two_accounts() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        scene.fault("payments", FaultKind::DropRequest, 99);
        let key = aru.tap(&aru.quote("0548"));
        aru.settle();
        aru.jol.sign_out().expect("signed out");
        assert_eq!(aru.jol.tickets().expect("tickets").len(), 1, "a ticket that is held shows");

        // Somebody else signs in on this phone. The city is still the one that was chosen.
        let own = std::mem::replace(&mut aru.number, "+77001234567".to_owned());
        aru.sign_in();
        aru.settle();
        scene.heal();
        aru.settle();
        let SignIn::SignedIn { to, .. } = aru.jol.account().expect("one").sign_in else {
            panic!("signed in")
        };
        assert_eq!(to, aru.number);
        assert!(aru.jol.payments().expect("payments").is_empty(), "the other's are not seen");
        assert!(aru.jol.tickets().expect("tickets").is_empty());
        assert_eq!((scene.charged(&own).0, scene.charged(&aru.number).0), (1, 0), "and not paid");
        assert_eq!(aru.quote("0548").paid_by, None, "the other's tap is in nobody's way");
        aru.quote_and_pay("0548");
        assert_eq!(scene.charged(&aru.number).0, 1);
        aru.kill_and_start_again();
        aru.settle();
        assert_eq!(aru.jol.payments().expect("payments").len(), 1);

        // The first one comes back: all is there, and the tap ends as it would have.
        aru.jol.sign_out().expect("signed out");
        let other = std::mem::replace(&mut aru.number, own);
        aru.sign_in();
        aru.settle();
        assert_eq!(aru.jol.payments().expect("payments").len(), 2);
        // It was sent before this phone's key was known again, and is asked for after a pause.
        for _ in 0..3 {
            scene.pass_ms(20_000);
            aru.settle();
        }
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }), "within its ten minutes");
        assert_eq!((scene.charged(&aru.number).0, scene.charged(&other).0), (2, 1));
        // And without a wallet between: the same account finds its own.
        aru.jol.sign_out().expect("signed out");
        aru.sign_in();
        assert_eq!(aru.jol.payments().expect("payments").len(), 2);
        scene.books_balance();
    });
}
