//! New terms are shown before the next payment and accepted once; a valid ticket shows all the while.

use jol_core::account::TermsState;
use jol_core::jol::JolError;
use jol_core::pay::{DeclineReason, PaymentState};
use jol_core::text::Words;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, Scene, tell};

fn second_version(operator: &mut OperatorData) {
    operator.info.terms_version = 2;
    operator.terms.version = 2;
    operator.terms.changes = Words::new("Жаңа ереже", "Новое правило", "A new rule");
}

#[test]
fn new_terms() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut aru = scene.passenger("+77771234567");
        aru.quote_and_pay("0547");
        let ride = aru.ticket().ride;
        scene.stop();
        scene.start(None, second_version);

        // The app runs on and does not know yet: the operator says it, and nothing is charged.
        let PaymentState::Declined { reason, .. } = aru.quote_and_pay("0548").state else {
            panic!("charged under terms that nobody saw");
        };
        assert_eq!(reason, DeclineReason::TermsNotAccepted);
        aru.was_charged(1, 100);
        aru.settle();
        let waits = TermsState::Waiting { version: 2, changed: true };
        assert_eq!(aru.jol.account().expect("one").terms, waits);
        let changes = aru.jol.terms().expect("the terms").expect("fetched").changes;
        assert!(LANGUAGES.iter().all(|language| !changes.in_language(*language).is_empty()));
        assert_eq!(
            aru.try_quote("0548").map(|_| ()),
            Err(JolError::TermsNotAccepted),
            "asked before the tap"
        );
        assert_eq!(aru.ticket().ride, ride, "the ticket is valid");
        assert!(aru.show(&ride, None).len() > 100);

        // The same after a start, without anybody paying.
        aru.kill_and_start_again();
        aru.settle();
        assert_eq!(aru.jol.account().expect("one").terms, waits);
        assert_eq!(aru.ticket().ride, ride);

        // Accepting and paying at once: the operator hears of both, in this order.
        aru.accept_terms();
        let payment = aru.quote_and_pay("0548");
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        aru.was_charged(2, 200);
        let accepted: u32 = scene.books("SELECT terms FROM account WHERE recipient = ?1", [&aru.number]);
        assert_eq!(accepted, 2);
    });
}
