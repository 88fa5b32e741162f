//! The operator sells no offline rides: said before the tap, and by the operator after it.

use jol_core::jol::{JolError, ReservedStanding};
use jol_core::money::Money;
use jol_core::pay::DeclineReason;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn offline_off() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.reserve(1);
        aru.settle();
        let quote = aru.quote_offline(1).expect("a quote");
        scene.stop();
        scene.start(None, |operator| operator.info.offline_rides = false);
        let key = aru.jol.reserve_offline(&quote, &aru.key.sign(&quote.to_sign)).expect("a tap");
        aru.settle();
        let rides = aru.jol.offline_rides().expect("the wallet");
        let second = rides.reserved.iter().find(|one| one.key == key).expect("the second");
        let ReservedStanding::Declined { reason, .. } = second.standing else { panic!("{second:?}") };
        assert_eq!(reason, DeclineReason::OfflineRidesOff);
        let receipt = aru.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("offline_rides_off", Money::ZERO));

        // From here on the phone knows.
        assert!(!rides.offered);
        let off = JolError::BadInput { field: "offline".to_owned() };
        assert_eq!(aru.quote_offline(1).expect_err("not offered"), off);
        for language in LANGUAGES {
            assert!(!off.text(language).contains("error-"), "{}", off.text(language));
        }
        // What was paid before is used all the same.
        aru.board_offline("547", None).expect("a ride");
        aru.settle();
        aru.spent(100);
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
        scene.books_balance();
    });
}
