//! A bus breaks down: an offline ride holds on the line's next bus, and two inspectors are no abuse.

use jol_core::money::Money;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, tell};

#[test]
fn offline_broken_down() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        aru.reserve(1);
        aru.settle();
        // The phone has no network; the inspector's has.
        aru.jol.close();
        let ride = aru.board_offline("547", None).expect("a ride");
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid");
        inspector.upload();
        scene.control("POST", "/sandbox/vehicles/0547", r#"{"broken_down":true}"#);
        scene.pass_ms(300_000);
        inspector.refresh();
        inspector.board("548");
        assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid", "continued");
        inspector.upload();
        let seen: u32 = scene.books("SELECT count(*) FROM inspection WHERE vehicle = '547'", []);
        assert_eq!(seen, 2, "the bus that the phone signed");
        let ended: u32 = scene.books("SELECT count(*) FROM offline_ended", []);
        assert_eq!((ended, scene.purse("fares:sample")), (0, Money::ZERO));

        aru.kill_and_start_again();
        aru.settle();
        aru.spent(100);
        assert_eq!(scene.purse("fares:sample"), Money::tenge(100));
        assert!(!aru.jol.offline_rides().expect("the wallet").ended);
        scene.books_balance();
    });
}
