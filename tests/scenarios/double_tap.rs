//! Two taps, two quotes, two phones of one number: one ride is charged once.

use jol_core::pay::PaymentState;
use jol_headless::story::{Scene, tell};

#[test]
fn double_tap() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        let (first, second) = (aru.quote("0547"), aru.quote("0547"));
        assert_ne!(first.key, second.key);
        let key = aru.tap(&first);
        assert_eq!(aru.tap(&first), key, "the same button again");
        assert_eq!(aru.tap(&second), key, "a button that was drawn before the first tap");
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(1, 100);

        let third = aru.quote("0547");
        assert_eq!(third.paid_by.as_ref(), Some(&key), "the button says that it is paid");
        assert_eq!(aru.tap(&third), key);
        aru.settle();
        aru.was_charged(1, 100);

        // A second phone of the same number does not know of the first one's tap; the operator does.
        let other = scene.newcomer_with("+77771234567", scene.opening("second phone"));
        other.sign_up();
        assert_eq!(other.ticket().bus, "547", "the ride is there after signing in");
        let fourth = other.quote("0547");
        assert_eq!(other.tap(&fourth), key);
        other.settle();
        aru.was_charged(1, 100);

        // Another bus is another ride.
        let key = aru.quote_and_pay("0548").key;
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        aru.was_charged(2, 200);
        assert_eq!(aru.jol.month_sum(jol_headless::story::NOON_MS).expect("a sum").rides, 2);
    });
}
