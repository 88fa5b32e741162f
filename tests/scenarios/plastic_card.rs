//! A plastic card is topped up at a bank: the app is handed over and dies there, a link back claims what it
//! likes, and only the operator's word counts. Then the money waits at a validator, until the card is held to one.

use jol_core::city::fares::ProviderKind;
use jol_core::money::Money;
use jol_core::operator::wire::Card;
use jol_core::text::say;
use jol_core::travel::{ExportFormat, TravelQuery, TravelState};
use jol_core::wallet::{TopUp, TopUpStanding};
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, Story, tell};

const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn plastic_card() {
    tell(module_path!(), |story| {
        at_a_bank(story);
        each_provider_to_its_end(story);
        refused_by_the_bank(story);
    });
}

fn at_a_bank(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger("+77771234567");
    let card = physical(&scene, &aru);

    // Each provider of the city, with its kind: who is handed over to, who waits at a counter, who pays here.
    let providers = aru.jol.top_up_providers().expect("the providers");
    let mut kinds: Vec<ProviderKind> = Vec::new();
    for provider in &providers {
        aru.jol.top_up(&card.number, &provider.id, Money::tenge(100)).expect("asked");
        aru.settle();
        let top_up = newest(&aru);
        match (provider.kind, &top_up.standing) {
            (ProviderKind::App | ProviderKind::Carrier, TopUpStanding::AtValidator { .. }) => {}
            (
                ProviderKind::Kaspi | ProviderKind::Homebank | ProviderKind::Bank,
                TopUpStanding::WaitingForBank { hand_over: Some(_) },
            )
            | (
                ProviderKind::Qiwi | ProviderKind::SalePoint,
                TopUpStanding::WaitingForBank { hand_over: None },
            ) => {}
            other => panic!("{other:?}"),
        }
        kinds.push(provider.kind);
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let text = aru.jol.top_up_text(&top_up.key).expect("words");
            assert!(text.contains(' ') && !text.contains('{'), "{text}");
        }
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    held_to_a_validator(&scene, &card);
    refreshed(&aru);
    assert_eq!(balance(&aru), Money::tenge(200), "what the phone's balance and the carrier paid");

    // Handed over to the bank; the app dies there. A link back that says "paid" claims nothing.
    let key = aru.jol.top_up(&card.number, "kaspi", Money::tenge(500)).expect("asked");
    aru.settle();
    let id = newest(&aru).top_up.expect("an id");
    aru.kill_and_start_again();
    aru.settle();
    for link in [format!("https://jol.kz/back?top_up={id}&status=paid&sum=500"), "paid".into()] {
        aru.jol.returned_from_bank(&link).expect("asked");
        aru.settle();
        assert!(matches!(of(&aru, &key), TopUpStanding::WaitingForBank { .. }), "the link claims nothing");
    }
    assert_eq!(balance(&aru), Money::tenge(200));

    // The passenger never comes back; the bank tells the operator; the next start asks.
    bank_says(&scene, &id, true);
    bank_says(&scene, &id, false);
    aru.kill_and_start_again();
    aru.settle();
    let TopUpStanding::AtValidator { until_ms } = of(&aru, &key) else { panic!("{:?}", of(&aru, &key)) };
    assert_eq!(balance(&aru), Money::tenge(200), "paid, and not on the card yet");
    let line = aru.jol.travel_entry(&key).expect("a line");
    assert_eq!((line.state, line.try_again_ms), (TravelState::Pending, Some(until_ms)));
    assert!(line.receipt.is_some(), "that it is paid is signed");
    let file = aru.jol.export(&TravelQuery::default(), ExportFormat::Json).expect("a file");
    assert_eq!(aru.jol.verify_export(&file.bytes).expect("the keys").faults, []);

    // A tap in a bus writes it, and pays with it.
    scene.tap("0547", &card.number);
    refreshed(&aru);
    assert_eq!(of(&aru, &key), TopUpStanding::Done);
    assert_eq!(balance(&aru), Money::tenge(600));
    assert_eq!(aru.jol.travel_entry(&key).expect("a line").state, TravelState::Paid);

    // One is not held to a validator in time: an office writes it.
    let late = aru.jol.top_up(&card.number, "homebank", Money::tenge(300)).expect("asked");
    aru.settle();
    bank_says(&scene, &newest(&aru).top_up.expect("an id"), true);
    refreshed(&aru);
    scene.pass_ms(31 * DAY_MS);
    held_to_a_validator(&scene, &card);
    refreshed(&aru);
    assert!(matches!(of(&aru, &late), TopUpStanding::AtValidator { .. }));
    let text = aru.jol.top_up_text(&late).expect("words");
    scene.control("POST", &format!("/sandbox/validations/{}", card.number), r#"{"at_office":true}"#);
    refreshed(&aru);
    assert_ne!(text, aru.jol.top_up_text(&late).expect("words"));
    assert_eq!(balance(&aru), Money::tenge(900));

    // Every tiyn stands in both ledgers.
    let account = aru.jol.card_accounts().expect("the accounts").remove(0);
    assert_eq!((account.told, account.elsewhere), (Money::tenge(900), Money::ZERO));
    let left = aru.jol.ledger_balance("phone").expect("the ledger");
    assert_eq!(Money::ZERO.minus(left), Some(scene.gone_from_phone(&aru.number)));
    assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
    scene.books_balance();
}

/// Whoever takes the money, in a bank's app, at a counter or from the balance: confirmed once, it waits for the
/// card, and a validator writes it; both sides say who gave it.
fn each_provider_to_its_end(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    let card = physical(&scene, &aru);
    let providers = aru.jol.top_up_providers().expect("the providers");
    assert_eq!(providers.len(), 7);
    for (nth, provider) in (1..).zip(&providers) {
        let sum = Money::tenge(100 + nth);
        let key = aru.jol.top_up(&card.number, &provider.id, sum).expect("asked");
        aru.settle();
        let own = matches!(provider.kind, ProviderKind::App | ProviderKind::Carrier);
        if !own {
            assert!(matches!(of(&aru, &key), TopUpStanding::WaitingForBank { .. }), "{}", provider.id);
            assert_eq!(aru.jol.travel_entry(&key).expect("a line").receipt, None, "nothing is signed yet");
            bank_says(&scene, &newest(&aru).top_up.expect("an id"), true);
            aru.jol.refresh_top_ups().expect("asked");
            aru.settle();
        }
        assert!(matches!(of(&aru, &key), TopUpStanding::AtValidator { .. }), "{}", provider.id);
        let receipt = aru.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("topped_up", sum), "{}", provider.id);
        assert_eq!(aru.jol.ledger_balance("at-validator"), Ok(sum));
        let before = balance(&aru);
        held_to_a_validator(&scene, &card);
        refreshed(&aru);
        assert_eq!(of(&aru, &key), TopUpStanding::Done, "{}", provider.id);
        assert_eq!(balance(&aru).minus(before), Some(sum));
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let text = aru.jol.top_up_text(&key).expect("words");
            assert_eq!(text, say(language, "topped-up", &[("sum", &sum.to_string())]));
        }
        // Who gave it, by the phone's ledger and by the operator's.
        if !own {
            let gave = Money::ZERO.minus(sum).expect("a sum");
            assert_eq!(aru.jol.ledger_balance(&format!("top-ups:{}", provider.id)), Ok(gave));
            assert_eq!(scene.purse(&format!("provider:{}", provider.id)), gave);
        }
    }
    assert_eq!(aru.jol.ledger_balance("at-validator"), Ok(Money::ZERO), "nothing waits any more");
    assert_eq!(scene.purse(&format!("at_validator:{}", card.id)), Money::ZERO);
    // 101 to 107 ₸; the balance gave the first and the last.
    assert_eq!(balance(&aru), Money::tenge(728));
    assert_eq!(scene.gone_from_phone(&aru.number), Money::tenge(208));
    assert_eq!(aru.jol.ledger_balance("phone"), Ok(Money::tenge(-208)));
    assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
    scene.books_balance();
}

/// The bank says no: that is said, nothing is taken, and no later word changes it.
fn refused_by_the_bank(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger("+77771234567");
    let card = physical(&scene, &aru);
    let key = aru.jol.top_up(&card.number, "bank", Money::tenge(500)).expect("asked");
    aru.settle();
    let id = newest(&aru).top_up.expect("an id");
    bank_says(&scene, &id, false);
    aru.jol.returned_from_bank("jol://back?status=paid").expect("asked");
    aru.settle();
    assert_eq!(of(&aru, &key), TopUpStanding::RefusedByBank);
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let text = aru.jol.top_up_text(&key).expect("words");
        assert_eq!(text, say(language, "travel-bank-refused", &[]));
        assert!(text.contains(' '), "a sentence: {text}");
    }
    bank_says(&scene, &id, true);
    held_to_a_validator(&scene, &card);
    aru.kill_and_start_again();
    aru.settle();
    refreshed(&aru);
    assert_eq!(of(&aru, &key), TopUpStanding::RefusedByBank, "the first word counts");
    let line = aru.jol.travel_entry(&key).expect("a line");
    assert_eq!((line.state, line.spent), (TravelState::Declined, Money::ZERO));
    assert_eq!(aru.jol.month_sum(NOON_MS).expect("a sum").topped_up, Money::ZERO);
    assert_eq!((balance(&aru), aru.jol.ledger_balance("top-ups:bank")), (Money::ZERO, Ok(Money::ZERO)));
    assert_eq!(scene.books::<u32>("SELECT count(*) FROM entry WHERE what = 'top_up'", []), 0);
    scene.books_balance();
}

/// A plastic card that an office gave this passenger.
fn physical(scene: &Scene<'_>, aru: &Passenger<'_>) -> Card {
    let issue = format!(r#"{{"to":"{}","category":"standard","form":"physical"}}"#, aru.number);
    let card = serde_json::from_str(&scene.control("POST", "/sandbox/cards", &issue)).expect("a card");
    refreshed(aru);
    card
}

fn newest(aru: &Passenger<'_>) -> TopUp {
    aru.jol.top_ups().expect("the top-ups").remove(0)
}

fn of(aru: &Passenger<'_>, key: &str) -> TopUpStanding {
    let top_ups = aru.jol.top_ups().expect("the top-ups");
    top_ups.into_iter().find(|top_up| top_up.key == key).expect("a top-up").standing
}

fn balance(aru: &Passenger<'_>) -> Money {
    aru.jol.cards().expect("the cards")[0].balance
}

fn refreshed(aru: &Passenger<'_>) {
    aru.jol.refresh().expect("asked");
    aru.settle();
}

fn bank_says(scene: &Scene<'_>, id: &str, paid: bool) {
    scene.control("POST", &format!("/sandbox/bank/{id}"), &format!(r#"{{"paid":{paid}}}"#));
}

fn held_to_a_validator(scene: &Scene<'_>, card: &Card) {
    scene.control("POST", &format!("/sandbox/validations/{}", card.number), "");
}
