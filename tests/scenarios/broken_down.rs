//! The bus breaks down: the ticket holds on the line's next one, on no other, and nobody pays again.

use jol_headless::story::{Scene, tell};

#[test]
fn broken_down() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, inspector) = (scene.passenger("+77771234567"), scene.inspector("inspector"));
        let key = aru.quote_and_pay("0547").key;
        let ride = aru.ticket().ride;
        scene.control("POST", "/sandbox/vehicles/0547", r#"{"broken_down":true}"#);
        assert!(aru.quote("0548").paid_by.is_none(), "she does not know yet");
        aru.jol.refresh().expect("a question");
        aru.settle();
        let ticket = aru.ticket();
        assert!(ticket.state_text.ends_with(": 548"), "{}", ticket.state_text);
        let quote = aru.quote("0548");
        assert_eq!(quote.paid_by.as_ref(), Some(&key), "the next bus is paid");
        assert_eq!(aru.tap(&quote), key);

        // A second phone of hers that has not heard of it pays nothing either.
        let other = scene.newcomer_with("+77771234567", scene.opening("second phone"));
        other.sign_up();
        assert_eq!(other.quote("0548").paid_by.as_ref(), Some(&key));
        aru.was_charged(1, 100);

        inspector.refresh();
        inspector.board("548");
        let view = inspector.view(&aru.show(&ride, None));
        assert_eq!((view.verdict.as_str(), view.facts.len()), ("valid", 2), "{view:?}");
        inspector.board("550");
        assert_eq!(inspector.look(&aru.show(&ride, None)).1.as_deref(), Some("wrong_vehicle"));
    });
}
