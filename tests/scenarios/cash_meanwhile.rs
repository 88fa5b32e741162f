//! The passenger pays the conductor, whose till tells of it late and twice: each ride is entered once, and the
//! carrier's late "yes" charges nothing.

use jol_core::pay::{PaymentState, Way};
use jol_headless::story::{Scene, tell};

const NUMBER: &str = "+77010000007";

#[test]
fn cash_meanwhile() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger(NUMBER);
        let payment = aru.quote_and_pay("0547");
        assert_eq!(payment.state, PaymentState::Pending);
        scene.pass_ms(5_000);
        let sale = format!(r#"{{"vehicle":"0547","way":"cash","number":"17-000041","account":"{NUMBER}"}}"#);
        scene.control("POST", "/sandbox/rides", &sale);
        aru.kill_and_start_again();
        aru.settle();
        scene.pass_ms(20_000);
        aru.settle();
        let state = aru.payment(&payment.key).state;
        let PaymentState::AlreadyPaid { ride } = state else { panic!("{state:?}") };
        let ticket = aru.ticket();
        assert_eq!((ticket.ride, ticket.way), (ride, Way::Cash));
        assert_eq!(scene.rides_of(NUMBER), 1);
        aru.has_paid(0);
    });
}

#[test]
fn a_till_tells_of_its_sale_hours_later_and_once_more() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let number = "+77771234567";
        let mut aru = scene.passenger(number);
        let sold_ms = scene.now_ms();
        let sale = |number: &str, account: &str, sold_ms: i64| {
            format!(
                r#"{{"vehicle":"0547","way":"cash","number":"{number}","account":"{account}","sold_ms":{sold_ms}}}"#
            )
        };
        scene.pass_ms(3 * 3_600_000);
        for _ in 0..2 {
            scene.control("POST", "/sandbox/rides", &sale("17-000042", number, sold_ms));
            scene.pass_ms(3_600_000);
        }
        assert_eq!(scene.rides_of(number), 1, "one sale is one ride");
        // A sale whose passenger paid in the app since: nothing is entered, however late it is told.
        let sold_ms = scene.now_ms();
        aru.quote_and_pay("0547");
        assert_eq!(scene.rides_of(number), 2);
        scene.pass_ms(3 * 3_600_000);
        for _ in 0..2 {
            scene.control("POST", "/sandbox/rides", &sale("17-000043", number, sold_ms));
        }
        assert_eq!(scene.rides_of(number), 2);
        aru.kill_and_start_again();
        aru.settle();
        aru.has_paid(100);
    });
}
