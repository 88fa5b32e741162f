//! A foreign number and an e-mail address sign in; the phone number that pays may be another one.

use jol_core::account::SignIn;
use jol_core::jol::JolError;
use jol_core::pay::{DeclineReason, PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn other_number() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        for to in ["+4930901820", "traveller@example.org"] {
            let traveller = scene.passenger(to);
            let SignIn::SignedIn { to: signed_in, .. } = traveller.jol.account().expect("one").sign_in else {
                panic!("{to} did not sign in");
            };
            assert_eq!(signed_in, to);

            // No carrier of this country vouches for them: the balance of a phone is not theirs to spend.
            let payment = traveller.quote_and_pay("0547");
            let PaymentState::Declined { reason, .. } = payment.state else { panic!("{payment:?}") };
            assert_eq!(reason, DeclineReason::CarrierAbsent);

            // A card is.
            traveller.jol.register_card(Category::Standard, "Guest").expect("asked");
            traveller.settle();
            let card = traveller.jol.cards().expect("the cards").remove(0);
            let kaspi = traveller.jol.top_up_providers().expect("the providers").remove(1);
            traveller.jol.top_up(&card.number, &kaspi.id, jol_core::money::Money::tenge(500)).expect("asked");
            traveller.settle();
            let top_up = traveller.jol.top_ups().expect("one").remove(0).top_up.expect("the operator's id");
            assert!(scene.sandbox(|sandbox| sandbox.bank_says(&top_up, true)));
            traveller.jol.refresh_top_ups().expect("asked");
            traveller.settle();
            let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
            let source = Source::SmartCard { card: card.id };
            let quote = traveller.jol.quote("0547", Way::App, source, adult, false).expect("a quote");
            let key = traveller.tap(&quote);
            traveller.settle();
            assert!(matches!(traveller.payment(&key).state, PaymentState::Paid { .. }), "{to} paid by card");
        }

        // What is neither is refused before it leaves the phone.
        let nobody = scene.newcomer("12");
        nobody.settle();
        nobody.accept_terms();
        for to in ["12", "@", "a@b", "+7 77 1", ""] {
            let refused = nobody.jol.sign_in(to).expect_err("no number and no address");
            assert_eq!(refused, JolError::BadInput { field: "number".to_owned() });
            for language in LANGUAGES {
                assert!(!refused.text(language).is_empty());
            }
        }
    });
}
