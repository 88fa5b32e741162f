//! What is to be done where a minor has no valid ticket: the inspector reads it in the operator's own words.

use jol_core::jol::JolError;
use jol_core::pay::{Source, Way};
use jol_core::ticket::NumberKind;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};

#[test]
fn minors() {
    tell(module_path!(), |story| {
        with_a_rule(story);
        without_one(story);
    });
}

fn with_a_rule(story: &Story) {
    let scene = Scene::open(story);
    let (aru, dana) = (scene.passenger("+77771234567"), scene.passenger("+77001234567"));
    let family = family(&aru).expect("a quote");
    aru.tap(&family);
    aru.settle();
    dana.quote_and_pay("0547");
    let (hers, danas) = (aru.ticket().ride, dana.ticket().ride);
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();

    inspector.board("547");
    assert_eq!(inspector.view(&aru.show(&hers, None)).rule, None, "a valid ticket needs no rule");
    inspector.board("548");
    let rules = LANGUAGES.map(|language| {
        inspector.inspector.jol().set_language(language);
        let view = inspector.view(&aru.show(&hers, None));
        assert_eq!(view.reason.as_deref(), Some("wrong_vehicle"));
        assert_eq!(Ok(view.rule.clone()), inspector.inspector.rule_for_minors());
        view.rule.expect("a child rides on this ticket")
    });
    assert!(rules[0] != rules[1] && rules[1] != rules[2] && rules[2].contains("16"), "{rules:?}");

    // Nobody's ticket says how old they are; the inspector sees it, for one passenger.
    assert_eq!(inspector.view(&dana.show(&danas, None)).rule, None, "an adult");
    inspector.inspector.set_minor(true);
    assert_eq!(inspector.view("nothing").rule.as_deref(), Some(rules[2].as_str()));
    assert_eq!(inspector.view("nothing").rule, None, "for one passenger");
    inspector.inspector.set_minor(true);
    let view = inspector.number(NumberKind::Card, "9643000000000001");
    assert_eq!(view.rule.as_deref(), Some(rules[2].as_str()), "{view:?}");
}

fn without_one(story: &Story) {
    let scene = Scene::open_with(story, None, |operator| operator.info.minors = None);
    let inspector = scene.inspector("inspector without a rule");
    inspector.refresh();
    inspector.board("547");
    inspector.inspector.set_minor(true);
    assert_eq!(inspector.view("nothing").rule, None);
    assert_eq!(inspector.inspector.rule_for_minors(), Ok(None));
}

/// An adult with a small child.
fn family(aru: &Passenger<'_>) -> Result<jol_core::pay::Quote, JolError> {
    let group = |category| PassengerGroup { category, count: 1 };
    let passengers = vec![group(Category::Standard), group(Category::Child)];
    aru.jol.quote("0547", Way::App, Source::PhoneBalance, passengers, false)
}
