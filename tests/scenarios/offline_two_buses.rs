//! One offline ride is shown in two buses: two fares, and offline rides end for the account.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, tell};

#[test]
fn offline_two_buses() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let (first, second) = (scene.inspector("first"), scene.inspector("second"));
        for inspector in [&first, &second] {
            inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
            inspector.refresh();
        }
        aru.reserve(2);
        aru.settle();
        let voucher = aru.reserved().voucher.expect("an id");

        // The app never does this; whoever has the key's signatures may.
        scene.stop();
        let code = |vehicle: &str| aru.use_by_hand(&voucher, vehicle, NOON_MS, NOON_MS);
        first.board("547");
        assert_eq!(first.look(&code("547")).0, "valid");
        second.board("548");
        assert_eq!(second.look(&code("548")).0, "valid", "nobody can know without a network");

        scene.start(None, |_| ());
        first.upload();
        assert_eq!(scene.purse("fares:sample"), Money::ZERO, "one inspector's word alone is nothing yet");
        second.upload();
        assert_eq!(scene.purse("fares:sample"), Money::tenge(200), "two rides, two fares");
        aru.refresh_offline();
        assert!(aru.jol.offline_rides().expect("the wallet").ended);
        let ended = JolError::BadInput { field: "offline-ended".to_owned() };
        assert_eq!(aru.quote_offline(1).expect_err("no more"), ended);
        assert_eq!(aru.board_offline("547", None).expect_err("no more"), ended);
        for language in LANGUAGES {
            assert!(!ended.text(language).contains("error-"), "{}", ended.text(language));
        }
        // The one that nobody used is given back all the same, and inspectors refuse the voucher.
        first.refresh();
        first.board("549");
        assert_eq!(first.look(&code("549")).1.as_deref(), Some("revoked"));
        aru.give_back(&voucher).expect("signed");
        aru.settle();
        scene.pass_ms(7 * 24 * 3_600_000);
        aru.refresh_offline();
        aru.settle();
        assert_eq!(scene.purse(&format!("voucher:{voucher}")), Money::ZERO);
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(100));
        scene.books_balance();
    });
}
