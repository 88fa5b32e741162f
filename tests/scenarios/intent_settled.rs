//! The network is lost between the tap and the answer, and an inspector stands there. The phone shows that it
//! asked, the inspector cannot tell, and the operator sees later who paid and who only pretended.

use jol_core::jol::JolError;
use jol_core::pay::{DeclineReason, PaymentState};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Scene, tell};
use serde_json::Value;

#[test]
fn intent_settled() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let (aru, mut dana) = (scene.passenger("+77771234567"), scene.passenger("+77001234567"));
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        scene.fault("payments", FaultKind::DropRequest, 999);
        let hers = aru.tap(&aru.quote("0547"));
        aru.settle();
        scene.pass_ms(60_000);
        inspector.board("547");
        scene.pass_ms(2_000);
        let danas = dana.tap(&dana.quote("0547"));
        dana.settle();
        let pending = aru.jol.pending().expect("the payments");
        assert_eq!((pending.len(), pending[0].bus.as_str(), &pending[0].payment), (1, "547", &hers));
        assert!(pending[0].show_text.contains("14:00"), "{}", pending[0].show_text);

        let before = aru.show_pending(&hers, None);
        let view = inspector.view(&before);
        let cannot = |reason: &str| ("cannot_tell".to_owned(), Some(reason.to_owned()));
        assert_eq!((view.verdict.clone(), view.reason.clone()), cannot("asked_before_check"));
        assert!(view.text.contains("14:00"), "it says when: {}", view.text);
        assert_eq!((view.bus.as_deref(), view.line.as_deref()), (Some("547"), Some("5")));
        let refused = |reason: &str| ("not_valid".to_owned(), Some(reason.to_owned()));
        assert_eq!(inspector.look(&aru.show_pending(&hers, None)), refused("seen_before"));
        // Dana's phone does not know the time well: it answers the inspector's own question.
        scene.pass_ms(1_000);
        let challenge = inspector.challenge();
        let answer = dana.show_pending(&danas, Some(&challenge));
        assert_eq!(inspector.look(&answer), cannot("asked_after_check"));

        // Another bus; another phone's hand; a picture; an answer that nobody asked for.
        inspector.board("548");
        assert_eq!(inspector.look(&aru.show_pending(&hers, None)), refused("wrong_vehicle"));
        inspector.board("547");
        let to_sign = aru.jol.intent_to_sign(&hers, None).expect("pending");
        let forged = dana.key.sign(&to_sign.message);
        let shown = aru.jol.present_intent_text(&hers, to_sign.slot, None, &forged);
        assert_eq!(shown, Err(JolError::BadSignature));
        scene.pass_ms(120_000);
        assert_eq!(inspector.look(&before), refused("wrong_slot"));
        assert_eq!(inspector.look(&answer), refused("wrong_challenge"));
        for language in LANGUAGES {
            inspector.inspector.jol().set_language(language);
            inspector.board("547");
            let view = inspector.view(&aru.show_pending(&hers, None));
            assert!(!view.text.contains("reason-") && view.text.contains("14:00"), "{}", view.text);
            assert!(view.facts.iter().all(|fact| !fact.contains("fact-")), "{:?}", view.facts);
        }

        // The operator hears of them before the payments do.
        inspector.upload();
        let became = || -> Vec<(String, bool)> {
            let said: Value =
                serde_json::from_str(&scene.control("GET", "/sandbox/intents", "")).expect("json");
            let seen = said["intents"].as_array().expect("a list").iter();
            let told = |row: &Value| {
                (row["became"].as_str().unwrap_or_default().to_owned(), row["account"].is_string())
            };
            seen.map(told).collect()
        };
        assert_eq!(became(), [("open".to_owned(), true), ("open".to_owned(), true)]);
        // Hers comes through; the other phone is off.
        dana.jol.close();
        scene.heal();
        scene.pass_ms(10_000);
        assert_eq!(aru.settle(), 0);
        assert!(matches!(aru.payment(&hers).state, PaymentState::Paid { .. }));
        assert!(aru.jol.pending().expect("the payments").is_empty());
        assert!(matches!(aru.jol.intent_to_sign(&hers, None), Err(JolError::NotFound { .. })));
        assert_eq!(became(), [("paid".to_owned(), true), ("open".to_owned(), true)]);
        scene.pass_ms(10 * 60_000);
        assert_eq!(became()[1], ("never_paid".to_owned(), true));
        // Too late it comes after all: declined, and told apart from who never asked.
        dana.kill_and_start_again();
        dana.settle();
        let late = dana.payment(&danas).state;
        assert!(matches!(late, PaymentState::Declined { reason: DeclineReason::TooLate, .. }), "{late:?}");
        assert_eq!(became()[1], ("declined".to_owned(), true));
        aru.was_charged(1, 100);
        dana.was_charged(0, 0);
    });
}
