//! The bus breaks down: the ticket holds on the line's next one, on no other, and nobody pays again.

use jol_core::pay::PaymentState;
use jol_headless::story::{Scene, tell};

#[test]
fn broken_down() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, inspector) = (scene.passenger("+77771234567"), scene.inspector("inspector"));
        let key = aru.quote_and_pay("0547").key;
        let ride = aru.ticket().ride;
        scene.control("POST", "/sandbox/vehicles/0547", r#"{"broken_down":true}"#);
        // Her phone has not heard of it; the operator knows that she has paid.
        let quote = aru.quote("0548");
        assert_eq!(quote.paid_by, None);
        let unaware = aru.tap(&quote);
        aru.settle();
        assert_eq!(aru.payment(&unaware).state, PaymentState::AlreadyPaid { ride: ride.clone() });
        aru.was_charged(1, 100);
        aru.jol.refresh().expect("a question");
        aru.settle();
        let ticket = aru.ticket();
        assert!(ticket.state_text.ends_with(": 548"), "{}", ticket.state_text);
        let quote = aru.quote("0548");
        assert_eq!(quote.paid_by.as_ref(), Some(&key), "the next bus is paid");
        assert_eq!(aru.tap(&quote), key);

        aru.was_charged(1, 100);
        inspector.refresh();
        inspector.board("548");
        let view = inspector.view(&aru.show(&ride, None));
        assert_eq!((view.verdict.as_str(), view.facts.len()), ("valid", 2), "{view:?}");
        inspector.board("550");
        assert_eq!(inspector.look(&aru.show(&ride, None)).1.as_deref(), Some("wrong_vehicle"));
    });
}
