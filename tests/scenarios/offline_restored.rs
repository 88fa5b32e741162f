//! A wiped phone and another one use no voucher that they do not remember, and give it back.

use jol_core::jol::{JolError, ReservedStanding};
use jol_core::money::Money;
use jol_headless::story::{Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn offline_restored() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.reserve(3);
        aru.settle();
        let voucher = aru.reserved().voucher.expect("an id");
        aru.board_offline("547", None).expect("a ride");
        aru.settle();
        aru.jol.close();
        let unusable = JolError::BadInput { field: "voucher".to_owned() };

        // The wallet is gone, the key is still in the phone: its uses are not remembered.
        let mut again = scene.newcomer_with("+77771234567", scene.opening("the same phone, wiped"));
        again.key = aru.key;
        again.sign_up();
        let reserved = again.reserved();
        assert_eq!((reserved.voucher.as_deref(), reserved.left), (Some(voucher.as_str()), 0));
        assert_eq!(reserved.standing, ReservedStanding::NotHere);
        assert_eq!(again.board_offline("548", None).expect_err("not remembered"), unusable);

        // Another phone, another key.
        let new = scene.newcomer_with("+77771234567", scene.opening("new phone"));
        new.sign_up();
        assert_eq!(new.reserved().standing, ReservedStanding::NotHere);
        assert_eq!(new.board_offline("548", None).expect_err("another key"), unusable);
        assert!(new.reserved().can_be_given_back);
        new.give_back(&voucher).expect("signed");
        new.settle();
        // The lost phone may be in use until the voucher ends: seven days after that.
        scene.pass_ms(13 * DAY_MS);
        new.refresh_offline();
        assert!(matches!(new.reserved().standing, ReservedStanding::GivingBack { .. }));
        scene.pass_ms(DAY_MS);
        new.refresh_offline();
        new.settle();
        assert_eq!(new.reserved().standing, ReservedStanding::Returned { sum: Money::tenge(200) });
        assert_eq!(scene.gone_for_good("+77771234567"), Money::tenge(100));
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
        scene.books_balance();
    });
}
