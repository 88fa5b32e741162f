//! Each of the carrier's refusals says why, what next, whom to call, in three languages; nothing is charged.

use jol_core::pay::{DeclineReason, PaymentState};
use jol_headless::story::{LANGUAGES, Scene, tell};
use std::collections::BTreeSet;

#[test]
fn declines() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut sentences = BTreeSet::new();
        let reasons = [
            ("+77010000001", DeclineReason::CorporateLine),
            ("+77010000002", DeclineReason::TrustCredit),
            ("+77010000003", DeclineReason::NoTopUp),
            ("+77010000004", DeclineReason::StartingBalance),
            ("+77010000005", DeclineReason::SimReplaced),
            ("+77010000006", DeclineReason::NoMoney),
            ("+77010000008", DeclineReason::CarrierAbsent),
            ("+77010000011", DeclineReason::TryLater),
        ];
        for (number, expected) in reasons {
            let passenger = scene.passenger(number);
            let PaymentState::Declined { reason, try_again_ms, service } =
                passenger.quote_and_pay("0547").state
            else {
                panic!("{number} was not declined");
            };
            assert_eq!(reason, expected, "{number}");
            assert_eq!(service.is_some(), reason == DeclineReason::TrustCredit, "{number}");
            let waits = matches!(reason, DeclineReason::SimReplaced | DeclineReason::TryLater);
            assert_eq!(try_again_ms.is_some(), waits, "{number}");
            for language in LANGUAGES {
                let text = reason.text(Some("18:00"), service.as_deref(), language);
                assert!(!text.starts_with("decline-") && !text.contains('…'), "{text}");
                assert!(sentences.insert(text), "two reasons with one sentence");
                passenger.jol.set_language(language);
                let calls = passenger.jol.whom_to_call().expect("the operator is known");
                let numbers = ["+7 777 000 2505", "+7 700 000 2505", "+7 707 000 2505"];
                assert_eq!(calls.len(), numbers.len());
                assert!(calls.iter().all(|call| call.link.starts_with("tel:+77")), "{calls:?}");
                assert!(
                    calls.iter().zip(numbers).all(|(call, number)| call.text.contains(number)),
                    "{calls:?}"
                );
            }
            passenger.was_charged(0, 0);
            assert!(passenger.jol.tickets().expect("the tickets").is_empty());
        }
        assert_eq!(sentences.len(), reasons.len() * LANGUAGES.len());

        // At most 100 ₸ a day: the first ride is paid, the second is over the limit.
        let limited = scene.passenger("+77010000009");
        assert!(matches!(limited.quote_and_pay("0547").state, PaymentState::Paid { .. }));
        let second = limited.quote_and_pay("0548").state;
        assert!(matches!(second, PaymentState::Declined { reason: DeclineReason::OverLimit, .. }));
        limited.was_charged(1, 100);

        // A carrier that thinks for 20 seconds: not known yet, then paid.
        let slow = scene.passenger("+77010000007");
        let payment = slow.quote_and_pay("0547");
        assert_eq!(payment.state, PaymentState::Pending);
        scene.pass_ms(20_000);
        slow.settle();
        assert!(matches!(slow.payment(&payment.key).state, PaymentState::Paid { .. }));
        slow.was_charged(1, 100);

        // A decline is not the end: four hours later the new SIM pays.
        let replaced = scene.passenger("+77010000005");
        scene.pass_ms(4 * 3_600_000);
        assert!(matches!(replaced.quote_and_pay("0547").state, PaymentState::Paid { .. }));
    });
}
