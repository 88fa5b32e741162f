//! One offline ride is shown twice on the same bus, on two days: two fares, and offline rides end.

use jol_core::money::Money;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{NOON_MS, Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn offline_next_day() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        aru.reserve(2);
        aru.settle();
        let voucher = aru.reserved().voucher.expect("an id");

        // The app never does this; whoever has the key's signatures may.
        let code = |boarded_ms, now_ms| aru.use_by_hand(&voucher, "547", boarded_ms, now_ms);
        let half_ms = 45 * 60_000;
        inspector.board("547");
        assert_eq!(inspector.look(&code(NOON_MS, NOON_MS)).0, "valid");
        scene.pass_ms(half_ms);
        inspector.board("547");
        assert_eq!(inspector.look(&code(NOON_MS, NOON_MS + half_ms)).0, "valid", "the same ride");
        inspector.upload();
        scene.pass_ms(DAY_MS - half_ms);
        let next_day_ms = NOON_MS + DAY_MS;
        inspector.board("547");
        assert_eq!(inspector.look(&code(NOON_MS, next_day_ms)).1.as_deref(), Some("ended"));
        aru.refresh_offline();
        assert!(!aru.jol.offline_rides().expect("the wallet").ended, "one ride so far");
        assert_eq!(inspector.look(&code(next_day_ms, next_day_ms)).0, "valid", "it remembers one check");
        assert_eq!(scene.purse("fares:sample"), Money::ZERO, "not told of yet");
        inspector.upload();
        assert_eq!(scene.purse("fares:sample"), Money::tenge(200), "two rides, two fares");
        aru.refresh_offline();
        assert!(aru.jol.offline_rides().expect("the wallet").ended);
        scene.books_balance();
    });
}
