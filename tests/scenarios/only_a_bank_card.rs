//! Somebody who signed in by e-mail has no phone's balance and no transport card: a linked bank card alone pays.

use jol_core::money::Money;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::wallet::{BankLinkStanding, Category, PassengerGroup};
use jol_headless::story::{Scene, tell};

#[test]
fn only_a_bank_card() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("aru@example.kz");
        assert_eq!(aru.jol.default_source(), Ok(None), "nothing pays yet");
        aru.jol.link_bank_card().expect("asked");
        aru.settle();
        let link = aru.jol.bank_link().expect("a linking").expect("one").link.expect("an id");
        scene.control("POST", &format!("/sandbox/bank/{link}"), r#"{"paid":true}"#);
        aru.jol.returned_from_bank("https://jol.kz/back").expect("asked");
        aru.settle();
        let standing = aru.jol.bank_link().expect("a linking").expect("one").standing;
        let BankLinkStanding::Linked { token } = standing else { panic!("{standing:?}") };
        let source = Source::BankCard { token: token.clone() };
        assert_eq!(aru.jol.default_source(), Ok(Some(source.clone())));

        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = aru.jol.quote("0547", Way::App, source.clone(), adult, false).expect("a quote");
        let key = aru.tap(&quote);
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }));
        assert!(aru.show(&aru.ticket().ride, None).len() > 100);
        assert_eq!(aru.jol.spent_from(&source), Ok(Money::tenge(100)));
        let gone: i64 =
            scene.books("SELECT -sum(gain) FROM posting WHERE purse = 'bank_card:' || ?1", [token]);
        assert_eq!(gone, 10_000);
        scene.books_balance();
    });
}
