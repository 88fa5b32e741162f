//! A top-up of nothing or of an unknown card takes no money and says why; a right one has no commission.

use crate::deliver;
use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::outbox::Operation;
use jol_core::operator::wire::{TopUpAnswer, TopUpState};
use jol_core::wallet::{Category, TopUp, TopUpStanding};
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};

#[test]
fn bad_top_up() {
    tell(module_path!(), |story| {
        no_such_top_up(story);
        nobody_signed_it(story);
        handed_over_to_nobody(story);
    });
}

fn no_such_top_up(story: &Story) {
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
}

/// An answer "done" that the operator did not sign, signed for something else, or for another sum.
fn nobody_signed_it(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    aru.jol.register_card(Category::Standard, "Aru").expect("asked");
    aru.settle();
    let card = aru.jol.cards().expect("the cards").remove(0);
    let begin = |tenge| {
        let key = aru.jol.top_up(&card.number, "kaspi", Money::tenge(tenge)).expect("asked");
        aru.settle();
        (key, newest(&aru).top_up.expect("an id"))
    };
    let (paid, other) = (begin(500), begin(500));
    let answer = |id: &str| -> TopUpAnswer {
        let said: String = scene.books("SELECT answer FROM top_up WHERE top_up = ?1", [id]);
        serde_json::from_str(&said).expect("json")
    };
    // The bank confirmed both; this phone hears of it from a liar first.
    let waiting = answer(&paid.1);
    for (_, id) in [&paid, &other] {
        scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
    }
    let genuine = answer(&paid.1);
    let said_by_nobody = TopUpAnswer { state: TopUpState::Done, ..waiting.clone() };
    let signed_for_another = TopUpAnswer { receipt: answer(&other.1).receipt, ..genuine.clone() };
    let more = Money::tenge(5_000);
    let another_sum = TopUpAnswer { sum: more, charged: more, ..genuine.clone() };
    let commission = TopUpAnswer { charged: Money::tenge(510), ..genuine.clone() };
    let mut flipped = genuine.clone();
    let receipt = flipped.receipt.as_mut().expect("a receipt");
    let end = receipt.0.len() - 1;
    receipt.0[end] ^= 1;
    let at_validator = TopUpAnswer { state: TopUpState::AtValidator, ..said_by_nobody.clone() };
    let lies = [said_by_nobody, at_validator, signed_for_another, another_sum, commission, flipped];
    for lie in &lies {
        let body = serde_json::to_string(lie).expect("json");
        for operation in [Operation::TopUpState, Operation::TopUp] {
            deliver(&aru.jol, operation, &paid.0, &body);
        }
        assert!(
            matches!(of(&aru, &paid.0), TopUpStanding::WaitingForBank { .. }),
            "{lie:?} was believed: {:?}",
            of(&aru, &paid.0)
        );
        assert_eq!(aru.jol.ledger_balance(&format!("card:{}", card.id)), Ok(Money::ZERO), "{lie:?}");
        assert_eq!(aru.jol.ledger_balance("at-validator"), Ok(Money::ZERO), "{lie:?}");
        assert!(aru.jol.receipt(&paid.0).is_err(), "{lie:?}");
    }
    // The operator's own word is; and what a liar says then adds nothing to it.
    aru.jol.refresh_top_ups().expect("asked");
    aru.settle();
    assert_eq!(of(&aru, &paid.0), TopUpStanding::Done);
    for lie in &lies {
        deliver(&aru.jol, Operation::TopUpState, &paid.0, &serde_json::to_string(lie).expect("json"));
    }
    assert_eq!(of(&aru, &paid.0), TopUpStanding::Done);
    assert_eq!(aru.jol.receipt(&paid.0).expect("a receipt").amount, Money::tenge(500));
    assert_eq!(aru.jol.ledger_balance(&format!("card:{}", card.id)), Ok(Money::tenge(1_000)));
    assert_eq!(scene.purse(&format!("card:{}", card.id)), Money::tenge(1_000));
    assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
    scene.books_balance();
}

/// A link that is no bank's page is not handed to the phone, whoever sent it; the top-up waits all the same.
fn handed_over_to_nobody(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    aru.jol.register_card(Category::Standard, "Aru").expect("asked");
    aru.settle();
    let card = aru.jol.cards().expect("the cards").remove(0);
    let key = aru.jol.top_up(&card.number, "kaspi", Money::tenge(500)).expect("asked");
    aru.settle();
    let said: String = scene.books("SELECT answer FROM top_up", []);
    let said: TopUpAnswer = serde_json::from_str(&said).expect("json");
    let shown = |link: &str| {
        let answer = TopUpAnswer { hand_over: Some(link.to_owned()), ..said.clone() };
        deliver(&aru.jol, Operation::TopUpState, &key, &serde_json::to_string(&answer).expect("json"));
        match of(&aru, &key) {
            TopUpStanding::WaitingForBank { hand_over } => hand_over,
            other => panic!("it waits: {other:?}"),
        }
    };
    for link in [
        "javascript:alert(1)",
        "JavaScript://bank.example/%0aalert(1)",
        "http://bank.example/pay",
        "data:text/html,<script>alert(1)</script>",
        "file:///data/data/kz.jol/wallet.db",
        "intent://pay#Intent;scheme=kaspi;end",
        "tel:+77772505",
        "//bank.example/pay",
        "bank.example/pay",
        "",
    ] {
        assert_eq!(shown(link), None, "{link}");
    }
    let page = "https://bank.example/pay?id=t1";
    assert_eq!(shown(page).as_deref(), Some(page));
}

fn newest(aru: &Passenger<'_>) -> TopUp {
    aru.jol.top_ups().expect("the top-ups").remove(0)
}

fn of(aru: &Passenger<'_>, key: &str) -> TopUpStanding {
    let top_ups = aru.jol.top_ups().expect("the top-ups");
    top_ups.into_iter().find(|top_up| top_up.key == key).expect("a top-up").standing
}
