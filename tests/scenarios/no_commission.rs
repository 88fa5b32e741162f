//! No commission, in no way and from no source: the sum on the button is what the operator's books say was taken,
//! and what stands in the phone's ledger, on the receipt and in Travel Details.

use jol_core::money::Money;
use jol_core::operator::wire::TapOutcome;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::travel::{TravelEntry, TravelQuery};
use jol_core::wallet::Category::{Child, Standard};
use jol_core::wallet::PassengerGroup;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Passenger, Scene, Story, tell};

const NUMBER: &str = "+77771234567";
/// No ride is longer.
const RUN_MS: i64 = 45 * 60_000;

/// What the operator entered for a ride: what it took, and what its fares gained; each in one posting.
fn entered(scene: &Scene<'_>, ride: &str) -> (Money, Money) {
    let of = |sign: &str| {
        let sql = format!(
            "SELECT coalesce(sum(gain), 0) FROM posting JOIN entry USING (entry)
             WHERE reference = ?1 AND gain {sign} 0"
        );
        Money::tiyn(scene.books(&sql, [ride]))
    };
    let postings: u32 =
        scene.books("SELECT count(*) FROM posting JOIN entry USING (entry) WHERE reference = ?1", [ride]);
    assert_eq!(postings, 2, "from one purse to one");
    (Money::ZERO.minus(of("<")).expect("a sum"), of(">"))
}

/// The newest ride in Travel Details.
fn newest(phone: &Passenger<'_>) -> TravelEntry {
    phone.jol.refresh().expect("asked");
    phone.settle();
    let entries = phone.jol.travel_details(&TravelQuery::default()).expect("Travel Details").entries;
    entries.into_iter().find(|entry| entry.way.is_some()).expect("a ride")
}

fn spent(phone: &Passenger<'_>, source: &Source) -> Money {
    phone.jol.spent_from(source).expect("the ledger")
}

#[test]
fn no_commission() {
    tell(module_path!(), |story| {
        in_the_app(story);
        elsewhere(story);
        before_and_in_cash(story);
    });
}

/// Two adults and a child, in each way of the app, from each source.
fn in_the_app(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    scene.card(&aru, 2_000);
    let card = aru.jol.cards().expect("the cards").remove(0).id;
    let token = scene.linked_bank_card(&aru);
    let sources = [Source::PhoneBalance, Source::SmartCard { card }, Source::BankCard { token }];
    let ways = Way::ALL.into_iter().filter(|way| way.is_in_app());
    for (way, source) in ways.flat_map(|way| sources.iter().map(move |source| (way, source))) {
        let passengers = [(Standard, 2), (Child, 1)];
        let passengers = passengers.map(|(category, count)| PassengerGroup { category, count }).to_vec();
        let quote = aru.jol.quote("0547", way, source.clone(), passengers, false).expect("a quote");
        let (button, before) = (quote.fare, spent(&aru, source));
        assert_eq!(button, Money::tenge(200));
        let key = aru.tap(&quote);
        aru.settle();
        let payment = aru.payment(&key);
        let PaymentState::Paid { ride } = &payment.state else { panic!("{way:?} {source:?}: {payment:?}") };
        assert_eq!(payment.fare, button);
        assert_eq!(entered(&scene, ride), (button, button), "{way:?} {source:?}");
        assert_eq!(spent(&aru, source).minus(before), Some(button), "the phone's ledger");
        let receipt = aru.jol.receipt(&key).expect("a receipt that verifies");
        assert_eq!((receipt.outcome.as_str(), receipt.amount), ("paid", button));
        let (ticket, entry) = (aru.ticket(), newest(&aru));
        assert_eq!((ticket.sum, ticket.way), (button, way));
        assert_eq!(
            (entry.sum, entry.spent, entry.way, entry.source.as_ref()),
            (button, button, Some(way), Some(source))
        );
        scene.pass_ms(RUN_MS);
    }
    scene.books_balance();
}

/// Messages and the terminal: the sum is the published fare.
fn elsewhere(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let card = scene.card(&aru, 1_000);
    let token = scene.linked_bank_card(&aru);
    let mut terminal = scene.terminal("0547");
    let (printed, code) = scene.printed_card(&aru, 500);
    let in_app = scene.app_card(&aru, 500).id;
    // The card as a code twice: printed, and then in the app.
    let ways = [Way::Sms, Way::Messenger, Way::SmartCard, Way::QrCard, Way::QrCard, Way::BankCard];
    for (nth, way) in ways.into_iter().enumerate() {
        let now_ms = scene.now_ms();
        let told = match way {
            Way::Sms | Way::Messenger => {
                let message = aru.writes("0547", way, 1);
                let to = (way == Way::Sms).then_some("9505");
                let way = if way == Way::Sms { "sms" } else { "messenger" };
                scene.delivers(serde_json::json!({
                    "way": way, "from": NUMBER, "to": to, "text": message.text, "id": format!("m{nth}")
                }));
                message.fare
            }
            _ => {
                match way {
                    Way::SmartCard => terminal.smart_card(&card, now_ms),
                    Way::QrCard if ways[nth + 1] == Way::QrCard => terminal.code(&code, now_ms),
                    Way::QrCard => terminal.code(&aru.shows_card(&in_app), now_ms),
                    _ => terminal.bank_card(&token, now_ms),
                };
                let became = scene.reports(&mut terminal, 1);
                let [TapOutcome::Charged { fare }] = became.as_slice() else { panic!("{way:?}: {became:?}") };
                *fare
            }
        };
        let entry = newest(&aru);
        let ride = entry.ride.clone().expect("a ride");
        assert_eq!((entry.way, told), (Some(way), Money::tenge(100)));
        assert_eq!(entered(&scene, &ride), (told, told), "{way:?}");
        assert_eq!((entry.sum, entry.spent, aru.ticket().sum), (told, told, told), "{way:?}");
        scene.pass_ms(RUN_MS);
    }
    let plastic = aru.jol.cards().expect("the cards").into_iter().find(|one| one.number == card);
    assert_eq!(spent(&aru, &Source::PhoneBalance), Money::tenge(200));
    for card in [plastic.expect("her card").id, printed.id, in_app] {
        assert_eq!(spent(&aru, &Source::SmartCard { card }), Money::tenge(100));
    }
    assert_eq!(spent(&aru, &Source::BankCard { token }), Money::tenge(100));
    scene.books_balance();
}

/// Rides that are reserved, top-ups, and the conductor.
fn before_and_in_cash(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let quote = aru.quote_offline(3).expect("a quote");
    assert_eq!(quote.sum, Money::tenge(300));
    let key = aru.reserve(3);
    aru.settle();
    assert_eq!(aru.jol.receipt(&key).expect("a receipt").amount, quote.sum);
    assert_eq!((spent(&aru, &Source::PhoneBalance), scene.gone_from_phone(NUMBER)), (quote.sum, quote.sum));

    scene.card(&aru, 500);
    let top_up = aru.jol.top_ups().expect("the top-ups").remove(0);
    let on_card: i64 = scene.books("SELECT sum(gain) FROM posting WHERE purse LIKE 'card:%'", []);
    assert_eq!((top_up.sum, Money::tiyn(on_card)), (Money::tenge(500), Money::tenge(500)));

    let conductor = scene.conductor(OperatorData::SAMPLE_CONDUCTOR);
    conductor.open_shift("547");
    let quote = conductor.quote("547", &[(Standard, 2), (Child, 1)]).expect("a quote");
    let sold = conductor.sell("547", &[(Standard, 2), (Child, 1)]);
    conductor.settle();
    let held = "SELECT coalesce(-sum(gain), 0) FROM posting WHERE purse LIKE 'conductor:%'";
    assert_eq!(
        (quote.fare, sold.fare, Money::tiyn(scene.books(held, []))),
        (Money::tenge(300), quote.fare, quote.fare)
    );
    scene.books_balance();
}
