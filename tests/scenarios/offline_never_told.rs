//! An inspected offline ride is never told of: charged after seven days, and offline rides end.

use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::pay::DeclineReason;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn offline_never_told() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        aru.reserve(1);
        aru.settle();
        let quote = aru.quote_offline(2).expect("a quote");
        // The phone is kept off the network from here on.
        aru.jol.close();
        let ride = aru.board_offline("547", None).expect("a ride");
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid");
        inspector.upload();
        scene.pass_ms(7 * DAY_MS - 60_000);
        inspector.upload();
        inspector.refresh();
        assert_eq!(scene.purse("fares:sample"), Money::ZERO);
        scene.pass_ms(60_000);
        inspector.refresh();
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100), "the held money is the fare now");
        let ended: u32 = scene.books("SELECT count(*) FROM offline_ended", []);
        assert_eq!(ended, 1);

        // Another reservation, by a phone that has not heard of it: the operator declines.
        scene.pass_ms(1_000);
        let key = aru.jol.reserve_offline(&quote, &aru.key.sign(&quote.to_sign)).expect("a tap");
        aru.kill_and_start_again();
        aru.settle();
        let reserved = aru.jol.offline_rides().expect("the wallet");
        let declined = reserved.reserved.iter().find(|one| one.key == key).expect("the second");
        let ReservedStanding::Declined { reason, .. } = declined.standing else { panic!("{declined:?}") };
        assert_eq!(reason, DeclineReason::OfflineRidesEnded);
        assert!(reserved.ended);
        for language in LANGUAGES {
            assert!(!reason.text(None, None, language).contains("decline-"));
        }
        // The report that came too late is the same ride: nothing more is charged.
        aru.spent(100);
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(100));
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
        scene.books_balance();
    });
}
