//! A top-up from the phone's balance that the carrier declines says why, like a ride: the reason, the next step,
//! from when on, in three languages, with the operator's receipt. What nobody signed is not believed.

use jol_core::money::Money;
use jol_core::operator::outbox::Operation;
use jol_core::pay::DeclineReason;
use jol_core::travel::{TravelKind, TravelQuery, TravelState};
use jol_core::wallet::{Category, TopUpStanding};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn declined_top_up() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        for (number, expected) in [
            ("+77010000001", DeclineReason::CorporateLine),
            ("+77010000002", DeclineReason::TrustCredit),
            ("+77010000005", DeclineReason::SimReplaced),
        ] {
            let aru = scene.passenger(number);
            aru.jol.register_card(Category::Standard, "Aru").expect("asked");
            aru.settle();
            let card = aru.jol.cards().expect("the cards").remove(0);
            let key = aru.jol.top_up(&card.number, "app", Money::tenge(300)).expect("asked");
            aru.settle();
            let standing = aru.jol.top_ups().expect("the top-ups").remove(0).standing;
            let TopUpStanding::Declined { reason, try_again_ms, service } = standing else {
                panic!("{number}: {standing:?}")
            };
            assert_eq!(reason, expected);
            assert_eq!(try_again_ms.is_some(), expected == DeclineReason::SimReplaced);
            assert_eq!(service.is_some(), expected == DeclineReason::TrustCredit);
            for language in LANGUAGES {
                aru.jol.set_language(language);
                let text = aru.jol.top_up_text(&key).expect("words");
                let again = try_again_ms.map(|ms| aru.jol.moment_text(ms).expect("words"));
                assert_eq!(text, reason.text(again.as_deref(), service.as_deref(), language));
                assert!(!text.contains('…') && !text.contains("decline-"), "{text}");
                let entries = aru.jol.travel_details(&TravelQuery::default()).expect("a page").entries;
                let line = entries.iter().find(|entry| entry.kind == TravelKind::TopUp).expect("the top-up");
                assert_eq!((line.state, line.declined), (TravelState::Declined, Some(reason)));
                assert!(line.became.contains(text.split('.').next().expect("a sentence")), "{line:?}");
            }
            assert_eq!(aru.jol.receipt(&key).expect("a receipt").outcome, reason.code());
            assert_eq!(scene.gone_from_phone(number), Money::ZERO);
            assert_eq!(aru.jol.ledger_balance("phone"), Ok(Money::ZERO));
        }

        // An answer that nobody signed says "declined", or that the money is there.
        let aru = scene.passenger("+77771234567");
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0);
        aru.jol.top_up(&card.number, "kaspi", Money::tenge(300)).expect("asked");
        aru.settle();
        let top_up = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
        scene.fault("*", FaultKind::DropRequest, 9_999);
        for (state, said, more) in [
            ("done", 30_000, ""),
            ("at_validator", 30_000, r#","until_ms":1"#),
            ("refused", 30_000, r#","declined":{"reason":"no_money","try_again_ms":null,"service":null}"#),
        ] {
            let lie = format!(
                r#"{{"top_up":"{top_up}","masked_card":"••••1234","provider":"kaspi","sum":{said},
                    "charged":{said},"state":"{state}","hand_over":"javascript:alert(1)","receipt":null{more}}}"#
            );
            crate::deliver(&aru.jol, Operation::TopUpState, &format!("/v1/top-ups/{top_up}"), &lie);
            let standing = aru.jol.top_ups().expect("the top-ups").remove(0).standing;
            assert!(matches!(standing, TopUpStanding::WaitingForBank { .. }), "{state}: {standing:?}");
            assert_eq!(aru.jol.cards().expect("the cards")[0].balance, Money::ZERO);
            assert_eq!(aru.jol.ledger_balance("top-ups:kaspi"), Ok(Money::ZERO));
        }
        scene.heal();

        // Nor does a word that was overtaken, or nobody's, undo what is done.
        scene.control("POST", &format!("/sandbox/bank/{top_up}"), r#"{"paid":true}"#);
        aru.jol.refresh_top_ups().expect("asked");
        aru.settle();
        let standing = || aru.jol.top_ups().expect("the top-ups").remove(0).standing;
        assert_eq!(standing(), TopUpStanding::Done);
        for state in ["waiting", "refused", "at_validator"] {
            let late = format!(
                r#"{{"top_up":"{top_up}","masked_card":"••••1234","provider":"kaspi","sum":30000,
                    "charged":30000,"state":"{state}","hand_over":null,"receipt":null}}"#
            );
            crate::deliver(&aru.jol, Operation::TopUpState, &format!("/v1/top-ups/{top_up}"), &late);
            assert_eq!(standing(), TopUpStanding::Done, "{state}");
        }
        let month = aru.jol.month_sum(scene.now_ms()).expect("a sum");
        assert_eq!(month.topped_up, Money::tenge(300));
    });
}
