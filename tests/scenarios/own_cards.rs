//! A passenger's cards: a school card lives from its proof to its last day, a child's is held by a parent, a
//! lost one gives its balance and category to another. Names, order and what pays are remembered on the phone.

use jol_core::city::fares::Issued;
use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::wire::{CardForm, CardState, CardWish};
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::text::say;
use jol_core::travel::{TravelEntry, TravelKind, TravelQuery, TravelState};
use jol_core::wallet::{CardStanding, CardStep, CardView, Category, PassengerGroup};
use jol_headless::sandbox::data::{OperatorData, ways};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, Story, tell};

const DAY_MS: i64 = 24 * 3_600_000;

/// Both buses have one.
fn terminals(operator: &mut OperatorData) {
    for bus in &mut operator.cities[0].vehicles {
        (bus.terminal, bus.ways) = (true, ways(true));
    }
}

#[test]
fn own_cards() {
    tell(module_path!(), |story| {
        a_school_card(story);
        each_category(story);
        balances_grow_old(story);
    });
}

fn a_school_card(story: &Story) {
    let scene = Scene::open_with(story, None, terminals);
    let mut aru = scene.passenger("+77771234567");
    aru.jol.register_card(Category::Standard, "").expect("asked");
    aru.settle();
    aru.jol.register(Category::School, CardForm::Virtual, "Dias", true).expect("asked");
    aru.settle();
    let [standard, school] = ids(&aru);

    // The school card: applied, refused with its reason, proven until the birthday that comes first.
    assert_eq!(view(&aru, &school).standing, CardStanding::ProofBeingChecked);
    assert_eq!(view(&aru, &school).rides_as, Category::Standard);
    let number = view(&aru, &school).number;
    let prove = |body: &str| {
        scene.control("POST", &format!("/sandbox/cards/{number}/proof"), body);
        aru.jol.refresh().expect("asked");
        aru.settle();
        view(&aru, &school)
    };
    let refused = prove(r#"{"refused":{"kk":"анықтама ескі","ru":"справка старая","en":"it is old"}}"#);
    assert!(refused.standing_text.contains("справка старая"), "{}", refused.standing_text);
    assert_eq!((refused.step, refused.pays), (CardStep::Prove, true));
    let proven = prove(r#"{"born":"2008-09-26"}"#);
    assert_eq!(proven.rides_as, Category::School);
    // 18 on the twenty-sixth: nine days from the sixteenth to the last day before.
    let CardStanding::EndsSoon { days_left, .. } = proven.standing else { panic!("{proven:?}") };
    assert_eq!(days_left, 9);
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let said = view(&aru, &school).standing_text;
        assert!(said.contains('9') && said.contains("25.09.2026"), "{said}");
    }
    top_up(&scene, &aru, &number, 200);
    let rides = pays(&aru, "0547", &school, Category::School).expect("a quote");
    assert_eq!(rides, Money::tenge(50));
    let after = view(&aru, &school);
    assert_eq!((after.balance, after.child), (Money::tenge(150), true));

    // Names, order and what pays outlive the operator's word and the app.
    aru.jol.rename_card(&school, "  Dias’s card ").expect("named");
    aru.jol.order_cards(vec![school.clone(), "gone".into()]).expect("laid");
    aru.jol.set_default_source(Some(smart(&school))).expect("remembered");
    aru.jol.set_default_category(Category::School).expect("remembered");
    aru.jol.refresh().expect("asked");
    aru.settle();
    aru.kill_and_start_again();
    assert_eq!(ids(&aru), [school.clone(), standard.clone()]);
    assert_eq!(view(&aru, &school).name, "Dias’s card");
    assert_eq!(aru.jol.default_source(), Ok(Some(smart(&school))));
    assert_eq!(aru.jol.default_category(), Ok(Category::Standard), "the card is the child's");

    // Blocked by the parent: refused everywhere, no default any more; opened again, it is what it was.
    change(&aru, &school, CardWish::Block);
    assert_eq!((state(&aru, &school), view(&aru, &school).step), (CardState::Blocked, CardStep::Unblock));
    assert_eq!(aru.jol.default_source(), Ok(Some(Source::PhoneBalance)));
    assert_eq!(pays(&aru, "0548", &school, Category::School), None, "declined");
    assert!(!tapped(&scene, "0548", &number), "at a terminal, too");
    change(&aru, &school, CardWish::Unblock);
    assert_eq!((state(&aru, &school), view(&aru, &school).rides_as), (CardState::Active, Category::School));

    // Lost; its balance and category move to another one, though every answer is lost and the app is killed.
    change(&aru, &school, CardWish::Lose);
    change(&aru, &school, CardWish::Unblock);
    assert_eq!(state(&aru, &school), CardState::Lost, "for good");
    assert_eq!(aru.jol.account().expect("an account").refusal, Some(Refusal::CardState));
    scene.fault("moveCard", FaultKind::DropAnswer, 99);
    aru.jol.move_card(&school, &standard).expect("asked");
    aru.settle();
    scene.pass_ms(5_000);
    aru.settle();
    let wished = moves(&aru, &school).remove(0);
    assert_eq!((wished.state, wished.sum, wished.is_own), (TravelState::Pending, Money::tenge(150), false));
    scene.heal();
    aru.kill_and_start_again();
    aru.settle();
    // A line of Travel Details, under either card, with the operator's receipt; spent is nothing.
    for card in [&school, &standard] {
        let line = moves(&aru, card).remove(0);
        assert_eq!((line.id.as_str(), line.state), (wished.id.as_str(), TravelState::Paid));
        assert_eq!((line.sum, line.spent, line.is_own), (Money::tenge(150), Money::ZERO, true));
        let end = |card: &str| view(&aru, card).number.split_off(12);
        assert!(line.card.is_some_and(|card| card.ends_with(&end(&school))));
        assert!(line.to_card.is_some_and(|card| card.ends_with(&end(&standard))));
        let receipt = aru.jol.receipt(&line.receipt.expect("answered")).expect("a receipt that verifies");
        assert_eq!(receipt.amount, Money::tenge(150));
    }
    let moved = view(&aru, &standard);
    assert_eq!((moved.balance, moved.rides_as), (Money::tenge(150), Category::School));
    assert_eq!(view(&aru, &school).standing, CardStanding::Moved);
    assert!(!tapped(&scene, "0548", &number));
    let entries: u32 = scene.books("SELECT count(*) FROM entry WHERE what = 'move'", []);
    assert_eq!(entries, 1);
    reconciles(&scene, &aru);

    // The day after the last one it rides as standard, with its balance.
    scene.pass_ms(10 * DAY_MS);
    let ended = view(&aru, &standard);
    assert_eq!((ended.standing, ended.rides_as), (CardStanding::Ended, Category::Standard));
    assert_eq!(ended.balance, Money::tenge(150));
    assert_eq!(pays(&aru, "0547", &standard, Category::School), None, "the category ended");
    assert_eq!(pays(&aru, "0548", &standard, Category::Standard), Some(Money::tenge(100)));
    reconciles(&scene, &aru);
}

/// Every category there is: whoever issues its card, in the app, after a proof or at an office, it rides at its
/// fare, and is remembered as the passenger's own. A small child needs none.
fn each_category(story: &Story) {
    let scene = Scene::open_with(story, None, terminals);
    let mut aru = scene.passenger("+77771234567");
    let fares = [
        (Category::Standard, 100),
        (Category::School, 50),
        (Category::Student, 50),
        (Category::Senior, 0),
        (Category::Disabled, 0),
        (Category::Veteran, 0),
        (Category::LargeFamily, 50),
        (Category::Child, 0),
    ];
    assert!(Category::ALL.iter().all(|category| fares.iter().any(|(known, _)| known == category)));
    let rules = aru.jol.categories().expect("the categories");
    let (mut issued, mut spent) = ([0, 0, 0], 0);
    for category in Category::ALL {
        let rule = rules.iter().find(|rule| rule.category == category);
        let before: Vec<String> =
            aru.jol.cards().expect("the cards").into_iter().map(|card| card.id).collect();
        match rule.map(|rule| &rule.issued) {
            Some(Issued::InApp) => {
                aru.jol.register(category, CardForm::Virtual, "", false).expect("asked");
                issued[0] += 1;
            }
            Some(Issued::InAppWithProof { .. }) => {
                aru.jol.register(category, CardForm::Virtual, "", false).expect("asked");
                issued[1] += 1;
            }
            Some(Issued::AtOffice { .. }) => {
                let refused = aru.jol.register(category, CardForm::Virtual, "", false);
                assert!(matches!(refused, Err(JolError::OfficeOnly { .. })), "{category:?}: {refused:?}");
                let category = serde_json::to_string(&category).expect("json");
                let issue = format!(r#"{{"to":"{}","category":{category}}}"#, aru.number);
                scene.control("POST", "/sandbox/cards", &issue);
                issued[2] += 1;
            }
            None => assert_eq!(category, Category::Child, "every other one has a card"),
        }
        aru.settle();
        refreshed(&aru);
        let mut cards = aru.jol.card_views().expect("the cards");
        cards.retain(|card| !before.contains(&card.id));
        if rule.is_some() {
            let [card] = cards.as_slice() else { panic!("{category:?}: one card: {cards:?}") };
            assert_eq!(card.category, category);
            if matches!(rule.map(|rule| &rule.issued), Some(Issued::InAppWithProof { .. })) {
                assert_eq!(card.rides_as, Category::Standard, "not before it is proven");
                aru.jol.set_default_category(category).expect("remembered");
                assert_eq!(aru.jol.default_category(), Ok(Category::Standard));
                let proof = format!("/sandbox/cards/{}/proof", card.number);
                scene.control("POST", &proof, r#"{"born":"2012-05-05"}"#);
                refreshed(&aru);
            }
            assert_eq!(view(&aru, &card.id).rides_as, category);
            for language in LANGUAGES {
                aru.jol.set_language(language);
                assert_eq!(view(&aru, &card.id).rides_as_text, category.name(language));
            }
        }

        // Quoted at its fare and charged it; the passenger is remembered as who they are, over a kill.
        let fare = fares.iter().find(|(known, _)| *known == category).expect("a fare").1;
        let who = vec![PassengerGroup { category, count: 1 }];
        let quote = aru.jol.quote("0547", Way::App, Source::PhoneBalance, who, false).expect("a quote");
        assert_eq!(quote.fare, Money::tenge(fare), "{category:?}");
        let key = aru.tap(&quote);
        aru.settle();
        assert!(matches!(aru.payment(&key).state, PaymentState::Paid { .. }), "{category:?}");
        assert_eq!(aru.jol.receipt(&key).expect("a receipt").amount, Money::tenge(fare));
        spent += fare;
        aru.has_paid(spent);
        if rule.is_some() {
            aru.jol.set_default_category(category).expect("remembered");
            aru.kill_and_start_again();
            assert_eq!(aru.jol.default_category(), Ok(category), "on the disk");
            aru.settle();
        }
        scene.pass_ms(45 * 60_000);
    }
    assert_eq!(issued, [1, 2, 4], "in the app, with a proof, at an office");

    // The card that gives it is blocked: the passenger rides as standard, and no longer when it is opened again.
    let school = aru.jol.card_views().expect("the cards");
    let school = school.into_iter().find(|card| card.category == Category::School).expect("a card").id;
    aru.jol.set_default_category(Category::School).expect("remembered");
    change(&aru, &school, CardWish::Block);
    assert_eq!(aru.jol.default_category(), Ok(Category::Standard));
    aru.kill_and_start_again();
    aru.settle();
    change(&aru, &school, CardWish::Unblock);
    assert_eq!(aru.jol.default_category(), Ok(Category::School));
    scene.books_balance();
}

/// What a balance says of its age, a card's and the phone's: minutes after the operator was heard last, over a
/// start without a network, until it is heard again.
fn balances_grow_old(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger("+77771234567");
    let number = scene.card(&aru, 500);
    let card = aru.jol.cards().expect("the cards").remove(0);
    assert_eq!(card.number, number);
    let says = |aru: &Passenger<'_>, as_of_ms: i64, phone: i64, age: &str, n: &str| {
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let age = say(language, age, &[("n", n)]);
            let view = view(aru, &card.id);
            assert_eq!((view.balance, view.as_of_ms), (Money::tenge(500), as_of_ms));
            assert_eq!(view.age_text, age);
            let sources = aru.jol.sources().expect("the sources");
            for (source, balance) in [(Source::PhoneBalance, phone), (smart(&card.id), 500)] {
                let one = sources.iter().find(|one| one.source == source).expect("a source");
                let told = (one.balance, one.as_of_ms, one.age_text.as_ref());
                assert_eq!(told, (Some(Money::tenge(balance)), Some(as_of_ms), Some(&age)), "{source:?}");
            }
        }
    };
    says(&aru, NOON_MS, 5_000, "card-age-now", "0");
    scene.stop();
    scene.pass_ms(59_999);
    says(&aru, NOON_MS, 5_000, "card-age-now", "0");
    scene.pass_ms(240_001);
    aru.kill_and_start_again();
    aru.settle();
    says(&aru, NOON_MS, 5_000, "card-age-minutes", "5");
    scene.pass_ms(3 * 3_600_000);
    says(&aru, NOON_MS, 5_000, "card-age-hours", "3");
    scene.pass_ms(3 * DAY_MS);
    says(&aru, NOON_MS, 5_000, "card-age-days", "3");

    // A message paid meanwhile: with a network the balance is a new one, and is just now.
    scene.start(None, |_| ());
    scene.sms(&aru.number, "547");
    refreshed(&aru);
    says(&aru, scene.now_ms(), 4_900, "card-age-now", "0");
    // A bank tells nobody what is on a card.
    let token = scene.linked_bank_card(&aru);
    refreshed(&aru);
    let sources = aru.jol.sources().expect("the sources");
    let bank = sources.into_iter().find(|one| one.source == Source::BankCard { token: token.clone() });
    let bank = bank.expect("a bank card");
    assert_eq!((bank.balance, bank.as_of_ms, bank.age_text), (None, None, None));
}

fn refreshed(aru: &Passenger<'_>) {
    aru.jol.refresh().expect("asked");
    aru.settle();
}

/// The moves of Travel Details that are this card's.
fn moves(aru: &Passenger<'_>, card: &str) -> Vec<TravelEntry> {
    let sources = vec![Source::SmartCard { card: card.to_owned() }];
    let query = TravelQuery { sources, limit: 50, ..TravelQuery::default() };
    let mut lines = aru.jol.travel_details(&query).expect("a page").entries;
    lines.retain(|line| line.kind == TravelKind::Move);
    assert_eq!(lines.len(), 1, "once");
    lines
}

/// The phone's ledger and the operator's say the same of every card, and of the phone's balance.
fn reconciles(scene: &Scene<'_>, aru: &Passenger<'_>) {
    aru.jol.refresh().expect("asked");
    aru.settle();
    for account in aru.jol.card_accounts().expect("the accounts") {
        let held: i64 = scene
            .books("SELECT coalesce(sum(gain), 0) FROM posting WHERE purse = 'card:' || ?1", [&account.card]);
        assert_eq!((account.told.tiyn, account.booked.tiyn), (held, held), "{account:?}");
        assert_eq!(account.elsewhere, Money::ZERO);
    }
    let left = aru.jol.ledger_balance("phone").expect("the ledger");
    assert_eq!(Money::ZERO.minus(left), Some(scene.gone_from_phone(&aru.number)));
    assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
    scene.books_balance();
}

fn ids<const N: usize>(aru: &Passenger<'_>) -> [String; N] {
    let cards = aru.jol.cards().expect("the cards").into_iter().map(|card| card.id);
    cards.collect::<Vec<_>>().try_into().expect("so many cards")
}

fn view(aru: &Passenger<'_>, card: &str) -> CardView {
    let views = aru.jol.card_views().expect("the cards");
    views.into_iter().find(|view| view.id == card).expect("a card")
}

fn state(aru: &Passenger<'_>, card: &str) -> CardState {
    let cards = aru.jol.cards().expect("the cards");
    cards.into_iter().find(|one| one.id == card).expect("a card").state
}

fn smart(card: &str) -> Source {
    Source::SmartCard { card: card.to_owned() }
}

fn change(aru: &Passenger<'_>, card: &str, wish: CardWish) {
    aru.note(format!("wishes a card to {wish:?}"));
    aru.jol.change_card(card, wish).expect("asked");
    aru.settle();
}

/// What a ride cost that the card paid; none if it was declined.
fn pays(aru: &Passenger<'_>, bus: &str, card: &str, category: Category) -> Option<Money> {
    let who = vec![PassengerGroup { category, count: 1 }];
    let quote = aru.jol.quote(bus, Way::App, smart(card), who, true).expect("a quote");
    let key = aru.tap(&quote);
    aru.settle();
    matches!(aru.payment(&key).state, PaymentState::Paid { .. }).then_some(quote.fare)
}

fn tapped(scene: &Scene<'_>, bus: &str, card: &str) -> bool {
    scene.try_tap(&format!(r#""vehicle":"{bus}","card":"{card}""#)).is_ok()
}

fn top_up(scene: &Scene<'_>, aru: &Passenger<'_>, number: &str, tenge: i64) {
    aru.jol.top_up(number, "kaspi", Money::tenge(tenge)).expect("asked");
    aru.settle();
    let id = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
    scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
    aru.jol.refresh_top_ups().expect("asked");
    aru.settle();
}
