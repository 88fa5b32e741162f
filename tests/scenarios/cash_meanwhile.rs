//! The carrier thinks, and the passenger pays the conductor: its late "yes" charges nothing.

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
