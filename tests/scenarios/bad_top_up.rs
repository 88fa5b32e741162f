//! A top-up of nothing or of an unknown card takes no money and says why; a right one has no commission.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::wallet::{Category, TopUpStanding};
use jol_headless::story::{LANGUAGES, Scene, tell};

#[test]
fn bad_top_up() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger("+77771234567");
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0);

        for sum in [Money::ZERO, Money::tenge(-100), Money::tiyn(1), Money::tenge(10_000_000)] {
            let refused = aru.jol.top_up(&card.number, "kaspi", sum).expect_err("no such sum");
            let JolError::BadSum { least, .. } = &refused else { panic!("{refused:?}") };
            for language in LANGUAGES {
                assert!(refused.text(language).contains(&least.to_string()));
            }
        }
        let nobody = aru.jol.top_up("", "kaspi", Money::tenge(500)).expect_err("no number");
        assert_eq!(nobody, JolError::BadInput { field: "card".into() });
        let nowhere = aru.jol.top_up(&card.number, "nobody", Money::tenge(500)).expect_err("no provider");
        assert_eq!(nowhere, JolError::BadInput { field: "provider".into() });
        assert!(aru.jol.top_ups().expect("the top-ups").is_empty());

        // Well formed, and still nobody's.
        aru.jol.top_up("9643 0000 0000 0001", "kaspi", Money::tenge(500)).expect("asked");
        aru.settle();
        let top_up = aru.jol.top_ups().expect("the top-ups").remove(0);
        assert_eq!(top_up.standing, TopUpStanding::NotTaken { refusal: Refusal::UnknownCard });
        for language in LANGUAGES {
            assert!(!Refusal::UnknownCard.text(language).starts_with("error-"));
        }
        let taken: u32 = scene.books("SELECT count(*) FROM top_up", []);
        assert_eq!(taken, 0);

        // By its number, through a bank: the card gains when the bank says so, and what was paid.
        let key = aru.jol.top_up(&card.number, "kaspi", Money::tenge(500)).expect("asked");
        aru.settle();
        let waiting = aru.jol.top_ups().expect("the top-ups").remove(0);
        let TopUpStanding::WaitingForBank { hand_over } = &waiting.standing else { panic!("{waiting:?}") };
        assert!(waiting.key == key && hand_over.is_some());
        assert!(!waiting.masked_card.contains(&card.number[..8]), "{}", waiting.masked_card);
        aru.jol.refresh_top_ups().expect("asked");
        aru.settle();
        assert!(matches!(
            aru.jol.top_ups().expect("the top-ups")[0].standing,
            TopUpStanding::WaitingForBank { .. }
        ));
        let id = waiting.top_up.expect("an id");
        scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
        aru.jol.refresh_top_ups().expect("asked");
        aru.settle();
        assert_eq!(aru.jol.top_ups().expect("the top-ups")[0].standing, TopUpStanding::Done);
        assert_eq!(aru.jol.cards().expect("the cards")[0].balance, Money::tenge(500));
        let held: i64 = scene.books("SELECT sum(gain) FROM posting WHERE purse = 'card:' || ?1", [card.id]);
        assert_eq!(held, Money::tenge(500).tiyn);
        assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
        scene.books_balance();
    });
}
