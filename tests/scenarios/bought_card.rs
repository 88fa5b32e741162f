//! A printed card is bought for 300 ₸, which is shown before, taken once, and is neither a fare nor a top-up. A
//! pass is bought; while it lasts its holder rides for nothing, each time with a ticket, and alone.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::wire::{CardForm, PurchaseItem, TapOutcome};
use jol_core::pay::{DeclineReason, PaymentState, Source, Way};
use jol_core::ticket::NumberKind;
use jol_core::travel::{TravelKind, TravelQuery, TravelState};
use jol_core::wallet::{Category, Offer, PassengerGroup, PurchaseStanding};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, Story, tell};

const NUMBER: &str = "+77771234567";
const DAY_MS: i64 = 24 * 3_600_000;

#[test]
fn bought_card() {
    tell(module_path!(), |story| {
        printed_and_a_pass(story);
        plastic(story);
        a_pass_at_a_terminal(story);
    });
}

fn printed_and_a_pass(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger(NUMBER);
    let printed = offer(&aru, |item| {
        matches!(item, PurchaseItem::Card { form: CardForm::QrPrinted, category: Category::Standard, .. })
    });
    assert_eq!(printed.price, Money::tenge(300));
    for language in LANGUAGES {
        assert!(printed.name.in_language(language).contains(": "), "{:?}", printed.name);
    }
    let cheaper = Offer { price: Money::tenge(299), ..printed.clone() };
    assert_eq!(
        aru.jol.buy(&cheaper, Source::PhoneBalance),
        Err(JolError::BadInput { field: "offer".into() })
    );

    // Every answer is lost, the passenger taps twice, and the app is killed: one card, 300 ₸ once.
    scene.fault("buy", FaultKind::DropAnswer, 99);
    let key = aru.jol.buy(&printed, Source::PhoneBalance).expect("asked");
    assert_eq!(aru.jol.buy(&printed, Source::PhoneBalance).as_ref(), Ok(&key), "a second tap");
    aru.settle();
    scene.pass_ms(3_000);
    aru.settle();
    assert_eq!(standing(&aru, &key), PurchaseStanding::Asked);
    scene.heal();
    aru.kill_and_start_again();
    aru.settle();
    let PurchaseStanding::Bought { what } = standing(&aru, &key) else { panic!("not bought") };
    let card = aru.jol.card_views().expect("the cards").remove(0);
    assert_eq!((card.id, card.form, card.balance), (what, CardForm::QrPrinted, Money::ZERO));
    assert_eq!(entries(&scene, "purchase"), (1, 30_000));
    assert_eq!(entries(&scene, "top_up"), (0, 0));
    let sold: i64 = scene.books("SELECT sum(gain) FROM posting WHERE purse = 'sales:sample'", []);
    assert_eq!(sold, 30_000);
    aru.has_paid(300);

    // Travel Details: a line of its own with its receipt; no ride, no top-up.
    let line = travel(&aru).remove(0);
    assert_eq!(
        (line.kind, line.state, line.sum),
        (TravelKind::Purchase, TravelState::Paid, Money::tenge(300))
    );
    assert_eq!((line.spent, line.receipt.as_deref()), (Money::ZERO, Some(key.as_str())));
    assert!(!line.what.is_empty() && !line.how.is_empty() && !line.who.is_empty(), "{line:?}");
    assert_eq!(aru.jol.receipt(&key).expect("a receipt that verifies").amount, Money::tenge(300));
    let month = aru.jol.month_sum(NOON_MS).expect("a sum");
    assert_eq!((month.bought, month.spent), (Money::tenge(300), Money::ZERO));
    assert_eq!((month.topped_up, month.rides), (Money::ZERO, 0));

    // A decline is a state with its reason, and takes nothing.
    let poor = scene.passenger("+77010000006");
    let key = poor.jol.buy(&printed, Source::PhoneBalance).expect("asked");
    poor.settle();
    assert!(matches!(
        standing(&poor, &key),
        PurchaseStanding::Declined { reason: DeclineReason::NoMoney, .. }
    ));
    let line = travel(&poor).remove(0);
    assert_eq!((line.state, line.declined), (TravelState::Declined, Some(DeclineReason::NoMoney)));
    assert!(!line.became.is_empty());
    poor.has_paid(0);

    // The price rose since it was shown: declined, and nothing is taken.
    scene.stop();
    scene.start(None, |operator| operator.cities[0].rules.cards[3].price = Money::tenge(400));
    let key = aru.jol.buy(&printed, Source::PhoneBalance).expect("asked");
    aru.settle();
    assert!(matches!(
        standing(&aru, &key),
        PurchaseStanding::Declined { reason: DeclineReason::FareChanged, .. }
    ));
    aru.has_paid(300);
    let now = offer(&aru, |item| *item == printed.item);
    assert_eq!(now.price, Money::tenge(400), "the new sum is there");

    scene.pass_ms(1_000);
    // A week of line 5: its holder rides free on it, a companion does not, nor anybody on another line.
    let week = offer(&aru, |item| *item == PurchaseItem::Pass { pass: "week-5".into() });
    let key = aru.jol.buy(&week, Source::PhoneBalance).expect("asked");
    aru.settle();
    assert!(matches!(standing(&aru, &key), PurchaseStanding::Bought { .. }));
    let pass = aru.jol.passes().expect("the passes").remove(0);
    assert_eq!((pass.from.as_str(), pass.until.as_str()), ("2026-09-16", "2026-09-22"));
    assert!(travel(&aru)[0].what.contains(week.name.in_language(aru.jol.language())));
    let buses = aru.jol.vehicles().expect("the buses");
    let on = |line: &str| buses.iter().find(|bus| bus.line == line).map(|bus| bus.vehicle.clone());
    let five = on("5").expect("a bus of line 5");
    assert_eq!(fare(&aru, &five, 1), Money::ZERO);
    assert_eq!(fare(&aru, &five, 3), Money::tenge(200));
    if let Some(other) = buses.iter().find(|bus| bus.line != "5") {
        assert_eq!(fare(&aru, &other.vehicle, 1), Money::tenge(100));
    }
    let payment = aru.quote_and_pay(&five);
    assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
    assert!(aru.show(&aru.ticket().ride, None).len() > 100, "a ticket all the same");
    assert_eq!(aru.jol.receipt(&payment.key).expect("a receipt").amount, Money::ZERO);
    let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
    let more = aru.jol.quote(&five, Way::App, Source::PhoneBalance, adult, true).expect("a quote");
    assert_eq!(more.fare, Money::tenge(100), "one more beside its holder is a companion");
    aru.has_paid(900);
    // Whoever writes is its holder, too: what the app says before is what the operator charges.
    let another = buses.iter().filter(|bus| bus.line == "5").nth(1).expect("another bus of line 5");
    let message = aru.writes(&another.vehicle, Way::Sms, 3);
    assert_eq!(message.fare, Money::tenge(200), "two companions");
    scene.sms(NUMBER, &message.text);
    assert_eq!(scene.gone_from_phone(NUMBER), Money::tenge(900 + 200));
    scene.pass_ms(7 * DAY_MS);
    assert_eq!(fare(&aru, &five, 1), Money::tenge(100), "it is over");
}

/// A plastic card costs 300 ₸, whoever pays: the balance, or a bank card.
fn plastic(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let bank = Source::BankCard { token: scene.linked_bank_card(&aru) };
    let plastic = offer(&aru, |item| {
        matches!(item, PurchaseItem::Card { form: CardForm::Physical, category: Category::Standard, .. })
    });
    assert_eq!(plastic.price, Money::tenge(300));
    let mut terminal = scene.terminal("0547");
    for (nth, source) in (1..).zip([Source::PhoneBalance, bank.clone()]) {
        let key = aru.jol.buy(&plastic, source.clone()).expect("asked");
        aru.settle();
        let PurchaseStanding::Bought { what } = standing(&aru, &key) else { panic!("not bought") };
        let cards = aru.jol.card_views().expect("the cards");
        let card = cards.iter().find(|card| card.id == what).expect("the card");
        assert_eq!((cards.len(), card.form, card.balance), (nth, CardForm::Physical, Money::ZERO));
        assert!(!card.shows_code && card.limit_text.is_none(), "it is held to a reader: {card:?}");
        assert_eq!(aru.jol.receipt(&key).expect("a receipt that verifies").amount, Money::tenge(300));
        assert_eq!(aru.jol.spent_from(&source), Ok(Money::tenge(300)));
        assert_eq!(entries(&scene, "purchase"), (nth as u32, 30_000 * nth as i64));
        // It is a card like any other: what is topped up waits for it at a validator, and then pays.
        aru.jol.top_up(&card.number, "kaspi", Money::tenge(200)).expect("asked");
        aru.settle();
        let top_up = aru.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
        scene.control("POST", &format!("/sandbox/bank/{top_up}"), r#"{"paid":true}"#);
        let ride = scene.ride_by_card(&mut terminal, &card.number);
        aru.jol.refresh().expect("asked");
        aru.settle();
        let cards = aru.jol.cards().expect("the cards");
        let left = cards.iter().find(|card| card.id == what).expect("the card").balance;
        assert_eq!((left, aru.ticket().ride), (Money::tenge(100), ride));
        scene.pass_ms(45 * 60_000);
    }
    aru.has_paid(300);
    assert_eq!(aru.jol.spent_from(&bank), Ok(Money::tenge(300)));
    let month = aru.jol.month_sum(NOON_MS).expect("a sum");
    assert_eq!((month.bought, month.spent), (Money::tenge(600), Money::tenge(200)));
    scene.books_balance();
}

/// Whoever has a pass holds a card to a terminal: nothing is charged, and there is a ticket all the same.
fn a_pass_at_a_terminal(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let number = scene.card(&aru, 500);
    let card = aru.jol.cards().expect("the cards").remove(0).id;
    let mut terminal = scene.terminal("0547");
    let charged = |tenge| TapOutcome::Charged { fare: Money::tenge(tenge) };
    terminal.smart_card(&number, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 1), [charged(100)], "before there is a pass");
    scene.pass_ms(45 * 60_000);
    let week = offer(&aru, |item| *item == PurchaseItem::Pass { pass: "week-5".into() });
    let key = aru.jol.buy(&week, Source::PhoneBalance).expect("asked");
    aru.settle();
    assert!(matches!(standing(&aru, &key), PurchaseStanding::Bought { .. }));

    terminal.smart_card(&number, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 2), [charged(0)]);
    aru.jol.refresh().expect("asked");
    aru.settle();
    let ticket = aru.ticket();
    assert_eq!((ticket.way, ticket.bus.as_str(), ticket.sum), (Way::SmartCard, "547", Money::ZERO));
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    inspector.board("547");
    assert_eq!(inspector.number(NumberKind::Card, &number).verdict, "valid");
    assert!(aru.quote("0547").paid_by.is_some(), "the app knows");
    // A second tap is no second passenger; a week later it costs again.
    terminal.smart_card(&number, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 1), [TapOutcome::AlreadyPaid]);
    let left = || scene.purse(&format!("card:{card}"));
    assert_eq!(left(), Money::tenge(400));
    scene.pass_ms(7 * DAY_MS);
    terminal.smart_card(&number, scene.now_ms());
    assert_eq!(scene.reports(&mut terminal, 1), [charged(100)], "it is over");
    aru.jol.refresh().expect("asked");
    aru.settle();
    let account = aru.jol.card_accounts().expect("the accounts").remove(0);
    assert_eq!((account.told, account.booked), (Money::tenge(300), left()));
    scene.books_balance();
}

fn offer(phone: &Passenger<'_>, is_it: impl Fn(&PurchaseItem) -> bool) -> Offer {
    let offers = phone.jol.offers().expect("the city's offers");
    offers.into_iter().find(|offer| is_it(&offer.item)).expect("an offer")
}

fn standing(phone: &Passenger<'_>, key: &str) -> PurchaseStanding {
    let purchases = phone.jol.purchases().expect("the purchases");
    let standing = purchases.into_iter().find(|one| one.key == key).expect("a purchase").standing;
    phone.note(format!("purchase {key}: {standing:?}"));
    standing
}

fn fare(phone: &Passenger<'_>, bus: &str, count: u8) -> Money {
    let who = vec![PassengerGroup { category: Category::Standard, count }];
    phone.jol.quote(bus, Way::App, Source::PhoneBalance, who, false).expect("a quote").fare
}

fn travel(phone: &Passenger<'_>) -> Vec<jol_core::travel::TravelEntry> {
    phone.jol.travel_details(&TravelQuery { limit: 20, ..TravelQuery::default() }).expect("a page").entries
}

/// How many entries of this kind the books have, and what they moved.
fn entries(scene: &Scene<'_>, what: &str) -> (u32, i64) {
    let of = "FROM posting JOIN entry USING (entry) WHERE gain > 0 AND what = ?1";
    (
        scene.books(&format!("SELECT count(*) {of}"), [what]),
        scene.books(&format!("SELECT coalesce(sum(gain), 0) {of}"), [what]),
    )
}
