//! A pensioner, and everybody on a holiday, rides for nothing: one tap all the same, a ticket and a receipt of 0 ₸.

use jol_core::money::Money;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{NOON_MS, Scene, tell};

/// The day of the story is a holiday.
fn holiday(operator: &mut OperatorData) {
    use jol_core::city::fares::{FareDays, FareRule};
    let today = jiff::Timestamp::from_millisecond(NOON_MS).expect("a moment");
    let today = today.in_tz("Asia/Atyrau").expect("a zone").date();
    let free =
        FareRule { days: FareDays::Dates { dates: vec![today] }, price: Money::ZERO, ..FareRule::default() };
    operator.cities[0].rules.fares.rules.insert(0, free);
}

#[test]
fn free_ride() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let ata = scene.passenger("+77771234567");
        let issue = format!(r#"{{"to":"{}","category":"senior","name":"Ata"}}"#, ata.number);
        scene.control("POST", "/sandbox/cards", &issue);
        ata.jol.refresh().expect("asked");
        ata.settle();
        let cards = ata.jol.cards().expect("the cards");
        let card = cards.iter().find(|card| card.category == Category::Senior).expect("the office's card");
        let senior = vec![PassengerGroup { category: Category::Senior, count: 1 }];
        let from_card = Source::SmartCard { card: card.id.clone() };
        let quote = ata.jol.quote("0547", Way::App, from_card, senior, false).expect("a quote");
        assert_eq!(quote.fare, Money::ZERO, "the button says so before the tap");
        let key = ata.tap(&quote);
        ata.settle();
        let payment = ata.payment(&key);
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        let receipt = ata.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("paid", Money::ZERO));
        let ticket = ata.ticket();
        assert!(ata.show(&ticket.ride, None).len() > 100);
        ata.was_charged(1, 0);

        // An inspector reads the category, and the law of the ride is kept: a second tap is the same ride.
        assert_eq!(ticket.passengers.len(), 1);
        let again = ata.jol.quote("0547", Way::App, Source::PhoneBalance, quote.passengers.clone(), false);
        assert_eq!(again.expect("a quote").paid_by, Some(key));

        // A holiday: everybody.
        scene.stop();
        scene.start(None, holiday);
        let aru = scene.passenger("+77771234568");
        let payment = aru.quote_and_pay("0548");
        assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
        assert_eq!(payment.fare, Money::ZERO);
        aru.was_charged(1, 0);
        assert_eq!(aru.jol.month_sum(NOON_MS).expect("a sum").rides, 1, "a free ride is a ride");
    });
}
