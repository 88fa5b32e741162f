//! Offline rides that were not used are given back; the money returns after seven days.

use jol_core::jol::{JolError, ReservedStanding};
use jol_core::money::Money;
use jol_headless::story::{LANGUAGES, Scene, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn offline_given_back() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.reserve(3);
        aru.settle();
        let voucher = aru.reserved().voucher.expect("an id");
        let too_many = aru.reserve(1);
        aru.settle();
        let declined = aru.jol.offline_rides().expect("the wallet").reserved;
        let declined = declined.iter().find(|one| one.key == too_many).expect("the second");
        assert!(matches!(declined.standing, ReservedStanding::Declined { .. }), "{declined:?}");
        let reserved = || {
            let all = aru.jol.offline_rides().expect("the wallet").reserved;
            all.into_iter().find(|one| one.voucher.as_deref() == Some(voucher.as_str())).expect("the first")
        };
        aru.board_offline("547", None).expect("a ride");
        let while_riding = aru.give_back(&voucher);
        assert_eq!(while_riding, Err(JolError::BadInput { field: "riding".to_owned() }));
        assert!(!reserved().can_be_given_back);
        scene.pass_ms(90 * 60_000);
        aru.settle();
        assert!(reserved().can_be_given_back);

        // Without a network: it waits in the outbox, over a new start.
        scene.stop();
        aru.give_back(&voucher).expect("signed");
        assert!(aru.board_offline("548", None).is_err(), "no ride is left");
        aru.kill_and_start_again();
        scene.start(None, |_| ());
        aru.settle();
        let reserved = || {
            let all = aru.jol.offline_rides().expect("the wallet").reserved;
            all.into_iter().find(|one| one.voucher.as_deref() == Some(voucher.as_str())).expect("the first")
        };
        let ReservedStanding::GivingBack { returns_ms: Some(returns_ms) } = reserved().standing else {
            panic!("{:?}", reserved())
        };
        for language in LANGUAGES {
            aru.jol.set_language(language);
            assert!(!reserved().text.contains("offline-"), "{}", reserved().text);
        }
        aru.spent(300);
        scene.pass_ms(7 * DAY_MS - 60_000);
        aru.refresh_offline();
        assert!(matches!(reserved().standing, ReservedStanding::GivingBack { .. }));
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(300));
        scene.pass_ms(60_000);
        assert!(jol_core::clock::Clock::wall_ms(&aru.clock) >= returns_ms);
        aru.refresh_offline();
        aru.settle();
        assert_eq!(reserved().standing, ReservedStanding::Returned { sum: Money::tenge(200) });
        aru.spent(100);
        assert_eq!(scene.gone_for_good(&aru.number), Money::tenge(100));
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
        assert_eq!(scene.purse(&format!("voucher:{voucher}")), Money::ZERO);
        scene.books_balance();

        // And new ones can be reserved.
        aru.reserve(3);
        aru.settle();
        assert_eq!(aru.reserved().standing, ReservedStanding::Usable);
    });
}
