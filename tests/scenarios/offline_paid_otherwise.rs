//! An offline ride was paid in another way too: the voucher's money comes back, one fare is charged.

use jol_core::money::Money;
use jol_core::pay::PaymentState;
use jol_core::pay::offline::Boarded;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{Scene, tell};

#[test]
fn offline_paid_otherwise() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.reserve(2);
        aru.settle();
        // The report does not get through; the second phone of the same number pays in the same bus.
        scene.fault("reportUse", FaultKind::DropRequest, 99);
        let ride = aru.board_offline("547", None).expect("a ride");
        aru.settle();
        let other = scene.newcomer_with("+77771234567", scene.opening("second phone"));
        other.sign_up();
        let paid = other.quote_and_pay("0547");
        assert!(matches!(paid.state, PaymentState::Paid { .. }), "{paid:?}");
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(300));
        scene.heal();
        scene.pass_ms(5_000);
        aru.settle();
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(200), "one ride comes back, one is left");
        aru.spent(100);
        assert_ne!(aru.ticket().ride, ride, "the ride that the other phone paid");
        assert_eq!(aru.ticket().ride, other.ticket().ride);

        // A bus whose payment has no answer yet is not used a voucher for.
        scene.fault("payments", FaultKind::DropRequest, 99);
        let key = aru.tap(&aru.quote("0548"));
        aru.settle();
        let boarding = aru.jol.boarding("548", None).expect("a boarding");
        assert_eq!(boarding.already, Some(Boarded::Payment { key: key.clone() }));
        assert_eq!(aru.board_offline("548", None), Ok(key.clone()));
        assert_eq!(aru.reserved().left, 1, "no counter was taken");
        scene.heal();
        scene.pass_ms(5_000);
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        let boarding = aru.jol.boarding("548", None).expect("a boarding");
        assert!(matches!(boarding.already, Some(Boarded::Ticket { .. })), "{boarding:?}");
        assert_eq!(scene.purse("fares:sample"), Money::tenge(200), "two buses, two fares");
        aru.spent(200);
        scene.books_balance();
    });
}
