//! An inspector without a network: a live ticket is valid; a picture, another bus, a copy are not.

use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn inspector() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, dana) = (scene.passenger("+77771234567"), scene.passenger("+77001234567"));
        let inspector = scene.inspector("inspector");
        let mut nowhere = scene.opening("never connected");
        // Nobody listens at this port of the machine.
        nowhere.operator.address = "http://127.0.0.1:9/".to_owned();
        let newly = scene.inspector_with(nowhere);
        inspector.refresh();
        aru.quote_and_pay("0547");
        dana.quote_and_pay("0548");
        let (hers, danas) = (aru.ticket().ride, dana.ticket().ride);
        let picture = aru.show(&hers, None);
        scene.stop();

        let refused = |reason: &str| ("not_valid".to_owned(), Some(reason.to_owned()));
        let unknown = |reason: &str| ("cannot_tell".to_owned(), Some(reason.to_owned()));
        inspector.board("547");
        let view = inspector.view(&aru.show(&hers, None));
        assert_eq!(
            (view.verdict.as_str(), view.bus.as_deref(), view.line.as_deref()),
            ("valid", Some("547"), Some("5"))
        );
        assert_eq!(inspector.look(&aru.show(&hers, None)), refused("seen_before"), "in the same check");
        assert_eq!(inspector.look(&dana.show(&danas, None)), refused("wrong_vehicle"));

        // A picture of two minutes ago.
        scene.pass_ms(120_000);
        inspector.board("547");
        let view = inspector.view(&picture);
        assert_eq!((view.verdict.as_str(), view.reason.as_deref()), ("not_valid", Some("wrong_slot")));
        assert!(view.text.contains("120"), "it says how old: {}", view.text);
        assert_eq!(inspector.look(&aru.show(&hers, None)).0, "valid", "the live one, right after it");

        // A phone without a key: the ticket is genuine, the phone not proven.
        inspector.board("547");
        let slot = aru.jol.to_sign(&hers, None).expect("a ticket").slot;
        let unsigned = aru.jol.present_text(&hers, slot, None, None).expect("a code");
        assert_eq!(inspector.look(&unsigned), unknown("device_not_proven"));
        // Another phone's signature is not even shown.
        let to_sign = aru.jol.to_sign(&hers, None).expect("a ticket");
        let forged = dana.key.sign(&to_sign.message);
        assert!(aru.jol.present_text(&hers, to_sign.slot, None, Some(&forged)).is_err());

        // Not a ticket; a ticket with one letter changed.
        assert_eq!(inspector.look("https://example.org/"), refused("not_a_ticket"));
        let live = aru.show(&hers, None);
        let last = if live.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", &live[..live.len() - 1]);
        assert_eq!(inspector.look(&changed).0, "not_valid");

        // A phone that never heard the operator's time cannot tell, and never says valid.
        newly.board("547");
        assert_eq!(newly.look(&live).0, "cannot_tell");
        inspector.clock.restart();
        inspector.board("547");
        assert_eq!(inspector.look(&aru.show(&hers, None)), unknown("time_unknown"));
        for language in LANGUAGES {
            inspector.inspector.jol().set_language(language);
            let text = inspector.view(&aru.show(&hers, None)).text;
            assert!(!text.contains("reason-") && !text.contains("verdict-"), "{text}");
        }
        scene.start(None, |_| ());
        aru.was_charged(1, 100);
        dana.was_charged(1, 100);
    });
}
