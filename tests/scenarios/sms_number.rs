//! A text message or a receipt: the inspector types its number, and reads how many ride and that anybody may
//! know it.

use jol_core::ticket::NumberKind;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, Story, tell};

#[test]
fn sms_number() {
    tell(module_path!(), |story| {
        typed(story);
        on_the_next_bus(story);
    });
}

/// Who rode in a bus that broke down rides on in the line's next one, and is not put off there.
fn on_the_next_bus(story: &Story) {
    let scene = Scene::open(story);
    let inspector = scene.inspector("inspector on the next bus");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    scene.control("POST", "/sandbox/rides", r#"{"vehicle":"0547","way":"sms","number":"40817"}"#);
    inspector.board("548");
    assert_eq!(inspector.number(NumberKind::Sms, "40817").reason.as_deref(), Some("not_in_register"));
    scene.control("POST", "/sandbox/vehicles/0547", r#"{"broken_down":true}"#);
    inspector.board("548");
    let view = inspector.number(NumberKind::Sms, "40817");
    assert_eq!((view.verdict.as_str(), view.bus.as_deref()), ("valid", Some("547")));
    assert_eq!(view.facts.len(), 2, "a number, and from another bus: {:?}", view.facts);
}

fn typed(story: &Story) {
    let scene = Scene::open(story);
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    let two = r#"[{"category":"standard","count":2}]"#;
    let sms = format!(r#"{{"vehicle":"0547","way":"sms","number":"40817","passengers":{two}}}"#);
    scene.control("POST", "/sandbox/rides", &sms);
    let receipt = r#"{"vehicle":"0547","way":"bank_card","number":"A-00417"}"#;
    scene.control("POST", "/sandbox/rides", receipt);
    scene.control("POST", "/sandbox/rides", r#"{"vehicle":"0548","way":"sms","number":"55555"}"#);
    inspector.board("547");
    scene.stop();

    let view = inspector.number(NumberKind::Sms, "40 817");
    assert_eq!(view.verdict, "valid");
    assert_eq!(view.passengers.iter().map(|group| group.count).collect::<Vec<_>>(), [2]);
    assert_eq!(view.facts.len(), 1, "anybody may know a number: {:?}", view.facts);
    let view = inspector.number(NumberKind::Receipt, "a00417");
    assert_eq!((view.verdict.as_str(), view.facts.len()), ("valid", 1));
    for (kind, typed) in [
        (NumberKind::Sms, "40818"),
        (NumberKind::Sms, "A-00417"),
        (NumberKind::Receipt, "40817"),
        (NumberKind::Sms, "55555"),
    ] {
        let view = inspector.number(kind, typed);
        assert_eq!(view.reason.as_deref(), Some("not_in_register"), "{kind:?} {typed}");
    }
    assert!(inspector.inspector.check_number(NumberKind::Sms, " - ").is_err(), "nothing was typed");

    // When the run is over: by the old register it cannot be told, by a new one it ended.
    scene.pass_ms(41 * 60_000);
    let view = inspector.number(NumberKind::Sms, "40817");
    assert_eq!(view.reason.as_deref(), Some("register_too_old"), "it may have been paid anew");
    scene.start(None, |_| ());
    inspector.board("547");
    assert_eq!(inspector.number(NumberKind::Sms, "40817").reason.as_deref(), Some("ended"));
    scene.pass_ms(61 * 60_000);
    inspector.board("547");
    let gone = inspector.number(NumberKind::Sms, "40817").reason;
    assert_eq!(gone.as_deref(), Some("not_in_register"), "an hour after its end it is gone");
    scene.books_balance();
}
