//! The price changes between the quote and the tap: declined, the new sum stands on the button, and it is paid.
//! A bus that the operator took away is looked for anew, likewise; so are the price of reserved rides, of a card
//! (`bought_card`) and of the right bus (`wrong_bus`).

use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::pay::{DeclineReason, Payment, PaymentState};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, tell};

#[test]
fn fare_changed() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let before = aru.quote("0547");
        assert_eq!(before.fare, Money::tenge(100));
        let dana = scene.passenger("+77770000001");
        assert_eq!(dana.quote_offline(2).expect("a quote").sum, Money::tenge(200));
        scene.stop();
        scene.start(None, |operator: &mut OperatorData| {
            let city = &mut operator.cities[0];
            for rule in &mut city.rules.fares.rules {
                if rule.price == Money::tenge(100) {
                    rule.price = Money::tenge(120);
                }
            }
            city.vehicles.retain(|bus| bus.vehicle != "0548");
        });
        let gone = aru.quote("0548");
        let key = aru.tap(&before);
        aru.settle();
        assert_eq!(declined(&aru.payment(&key)), DeclineReason::FareChanged);
        aru.was_charged(0, 0);
        // "Look at the new sum and tap again": without anything else it is there.
        let now = aru.quote("0547");
        assert_eq!(now.fare, Money::tenge(120));
        let key = aru.tap(&now);
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(1, 120);

        let key = aru.tap(&gone);
        aru.settle();
        assert_eq!(declined(&aru.payment(&key)), DeclineReason::UnknownBus);
        assert!(aru.try_quote("0548").is_err(), "the list is new");
        aru.was_charged(1, 120);

        // Rides for buses without a network, likewise.
        dana.reserve(2);
        dana.settle();
        let ReservedStanding::Declined { reason, .. } = dana.reserved().standing else { panic!("reserved") };
        assert_eq!(reason, DeclineReason::FareChanged);
        assert_eq!(dana.quote_offline(2).expect("a quote").sum, Money::tenge(240));
        dana.reserve(2);
        dana.settle();
        assert!(matches!(dana.reserved().standing, ReservedStanding::Usable));
    });
}

fn declined(payment: &Payment) -> DeclineReason {
    let PaymentState::Declined { reason, .. } = payment.state else { panic!("{payment:?}") };
    reason
}
