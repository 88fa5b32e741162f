//! A terminal's word of the evening proves the time of boarding after midnight; a made-up one is refused.

use jol_core::ticket::TerminalCode;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{NOON_MS, Scene, tell};

#[test]
fn offline_midnight() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, dana) = (scene.passenger("+77771234567"), scene.passenger("+77001234567"));
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        for passenger in [&aru, &dana] {
            passenger.reserve(2);
            passenger.settle();
        }
        // 14:00 in Atyrau; two minutes before midnight everybody has the network for the last time.
        scene.pass_ms(10 * 3_600_000 - 120_000);
        inspector.refresh();
        let code = scene.terminal_code("0547");
        scene.stop();
        assert!(aru.board_offline("548", Some(&code)).is_err(), "another bus's terminal");
        let proven = aru.board_offline("547", Some(&code)).expect("a ride");
        let unproven = dana.board_offline("547", None).expect("a ride");

        scene.pass_ms(10 * 60_000);
        assert!(dana.board_offline("548", Some(&code)).is_err(), "and an old one says nothing of now");
        inspector.board("547");
        let (with, without) =
            (inspector.view(&aru.show(&proven, None)), inspector.view(&dana.show(&unproven, None)));
        assert_eq!((with.verdict.as_str(), without.verdict.as_str()), ("valid", "valid"));
        assert_eq!(with.facts.len() + 1, without.facts.len(), "{with:?} {without:?}");

        // The word of the new day is proven by tomorrow's key, which the inspector has since yesterday.
        scene.start(None, |_| ());
        let new_day = scene.terminal_code("0548");
        scene.stop();
        let later = dana.board_offline("548", Some(&new_day)).expect("a ride");
        inspector.board("548");
        let view = inspector.view(&dana.show(&later, None));
        assert_eq!((view.verdict.as_str(), view.facts.len()), ("valid", with.facts.len()), "{view:?}");

        // The word of another moment is not the word of this one.
        let genuine = TerminalCode::from_text(&code).expect("a code");
        let made_up = TerminalCode { vehicle: "548".to_owned(), slot: genuine.slot + 40, ..genuine };
        assert_eq!(made_up.shown_s() * 1_000, NOON_MS + 10 * 3_600_000 + 480_000);
        let ride = aru.board_offline("548", Some(&made_up.to_text())).expect("the phone cannot tell");
        inspector.board("548");
        assert_eq!(inspector.look(&aru.show(&ride, None)).1.as_deref(), Some("wrong_terminal"));
    });
}
