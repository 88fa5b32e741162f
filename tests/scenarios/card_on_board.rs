//! A passenger paid with a card at the terminal, and has no code to show: the inspector finds the card in the
//! bus's register, without a network. Who is not found has not paid only while the register would know.

use jol_core::money::Money;
use jol_core::ticket::NumberKind;
use jol_core::wallet::Category;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, Staff, tell};

const STRANGER: &str = "9643 0000 0000 0001";

#[test]
fn card_on_board() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0).number;
        aru.jol.top_up(&card, "kaspi", Money::tenge(500)).expect("asked");
        aru.settle();
        let top_up = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
        scene.control("POST", &format!("/sandbox/bank/{top_up}"), r#"{"paid":true}"#);
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        scene.tap("0547", &card);
        let ride: String = scene.books("SELECT ride FROM ride", []);

        // Aboard, the register comes; then the network is gone.
        inspector.board("547");
        scene.stop();
        let view = inspector.number(NumberKind::Card, &spaced(&card));
        assert_eq!((view.verdict.as_str(), view.ticket.as_deref()), ("valid", Some(ride.as_str())));
        assert_eq!((view.bus.as_deref(), view.line.as_deref()), (Some("547"), Some("5")));
        assert!(view.facts.iter().any(|fact| fact.contains("номер")), "it is but a number: {:?}", view.facts);
        assert_eq!(said(&inspector, &card), ("not_valid".into(), Some("seen_before".into())));
        assert_eq!(said(&inspector, STRANGER), ("not_valid".into(), Some("not_in_register".into())));
        inspector.board("547");
        let view = inspector.card(&card);
        assert_eq!((view.verdict.as_str(), view.facts.as_slice()), ("valid", &[][..]), "the card itself");
        inspector.board("548");
        assert_eq!(said(&inspector, &card).1.as_deref(), Some("no_register"), "of another bus there is none");

        inspector.board("547");
        assert_eq!(
            said(&inspector, &card).1.as_deref(),
            Some("no_register"),
            "a lost phone tells of one bus"
        );

        // A minute later somebody may have tapped since; who is found still rides.
        scene.start(None, |_| ());
        inspector.board("547");
        scene.stop();
        scene.pass_ms(59_000);
        let view = inspector.number(NumberKind::Card, STRANGER);
        assert_eq!(view.reason.as_deref(), Some("not_in_register"));
        assert!(view.facts[0].contains("59 с"), "how old the list is: {:?}", view.facts);
        scene.pass_ms(1_000);
        let view = inspector.number(NumberKind::Card, STRANGER);
        assert_eq!(view.reason.as_deref(), Some("register_too_old"));
        assert!(view.text.contains("1 мин"), "it says how old: {}", view.text);
        assert_eq!(said(&inspector, &card).0, "valid");
        let register = inspector.inspector.lists().expect("the lists").remove(2);
        assert_eq!((register.age_s, register.too_old, register.list.as_str()), (Some(60), true, "register"));

        // A terminal that nobody hears of holds its taps back: absent is not unpaid.
        scene.start(None, |_| ());
        let silent = format!(r#"{{"silent_since_ms":{}}}"#, NOON_MS - 60_000);
        scene.control("POST", "/sandbox/terminals/0547", &silent);
        inspector.board("547");
        let view = inspector.number(NumberKind::Card, STRANGER);
        assert_eq!(view.reason.as_deref(), Some("terminal_silent"));
        for language in LANGUAGES {
            inspector.inspector.jol().set_language(language);
            let view = inspector.number(NumberKind::Card, STRANGER);
            assert!(!view.text.contains("reason-") && !view.text.contains("{"), "{}", view.text);
            for list in inspector.inspector.lists().expect("the lists") {
                assert!(!list.text.contains("list-") && !list.name.contains("list-"), "{list:?}");
            }
        }

        // What it tells the operator is the ride, and nothing of the card.
        inspector.upload();
        let seen: u32 = scene.books("SELECT count(*) FROM inspection WHERE ticket = ?1", [&ride]);
        let all: u32 = scene.books("SELECT count(*) FROM inspection", []);
        assert_eq!((seen, all), (4, 4), "found three times valid, once seen before");
        scene.books_balance();
    });
}

fn said(inspector: &Staff<'_>, number: &str) -> (String, Option<String>) {
    let view = inspector.number(NumberKind::Card, number);
    (view.verdict, view.reason)
}

/// As it is printed.
fn spaced(number: &str) -> String {
    number.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four)).collect::<Vec<_>>().join(" ")
}
