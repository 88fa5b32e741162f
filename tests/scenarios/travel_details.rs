//! Travel Details: rides of several ways and states, searched, filtered, page by page while a new ride comes,
//! and a month that ends at the city's midnight.

use jol_core::money::Money;
use jol_core::pay::{DeclineReason, PaymentState, Way};
use jol_core::travel::{Month, TravelEntry, TravelKind, TravelQuery, TravelState};
use jol_core::wallet::Category;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Passenger, Scene, tell};

/// No ride is longer.
const RUN_MS: i64 = 45 * 60_000;
/// 2026-10-01T00:00 in Atyrau (UTC+5).
const OCTOBER_MS: i64 = 1_790_794_800_000;

fn all(phone: &Passenger<'_>, query: &TravelQuery) -> Vec<TravelEntry> {
    phone.jol.travel_details(query).expect("Travel Details").entries
}

fn states(entries: &[TravelEntry]) -> Vec<(TravelKind, TravelState)> {
    entries.iter().map(|entry| (entry.kind, entry.state)).collect()
}

fn top_up(scene: &Scene<'_>, phone: &Passenger<'_>, card: &str, tenge: i64) {
    phone.jol.top_up(card, "kaspi", Money::tenge(tenge)).expect("asked");
    phone.settle();
    let id = phone.jol.top_ups().expect("the top-ups").remove(0).top_up.expect("an id");
    scene.control("POST", &format!("/sandbox/bank/{id}"), r#"{"paid":true}"#);
    phone.jol.refresh_top_ups().expect("asked");
    phone.settle();
}

#[test]
fn travel_details() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        // Her carrier lets her pay 100 ₸ a day.
        let aru = scene.passenger("+77010000009");
        assert_eq!(all(&aru, &TravelQuery::default()), [], "nothing yet");
        assert_eq!(aru.jol.travel_months(), Ok(vec![]));
        aru.jol.register_card(Category::Standard, "Aru").expect("asked");
        aru.settle();
        let card = aru.jol.cards().expect("the cards").remove(0).number;
        top_up(&scene, &aru, &card, 500);
        scene.pass_ms(1_000);
        let paid = aru.quote_and_pay("0547");
        assert!(matches!(paid.state, PaymentState::Paid { .. }), "{paid:?}");
        scene.pass_ms(1_000);
        aru.quote_and_pay("0548");
        // Once that ride is over, the card pays the next one in the same bus.
        scene.pass_ms(RUN_MS);
        scene.tap("0547", &card);
        aru.jol.refresh().expect("asked");
        aru.settle();
        scene.pass_ms(1_000);
        scene.fault("payments", FaultKind::DropRequest, 99);
        let pending = aru.tap(&aru.quote("0548"));
        aru.settle();

        let shown = all(&aru, &TravelQuery::default());
        use TravelKind::{Ride, TopUp};
        use TravelState::{Declined, Paid, Pending};
        assert_eq!(
            states(&shown),
            [(Ride, Pending), (Ride, Paid), (Ride, Declined), (Ride, Paid), (TopUp, Paid)]
        );
        let ways: Vec<_> = shown.iter().map(|entry| entry.way).collect();
        assert_eq!(ways, [Some(Way::App), Some(Way::SmartCard), Some(Way::App), Some(Way::App), None]);
        assert_eq!(shown[2].declined, Some(DeclineReason::OverLimit));
        assert!(shown[1].is_own && shown[3].is_own, "both stand in the wallet's ledger");
        assert_eq!(shown[3].receipt.as_deref(), Some(paid.key.as_str()));
        for language in LANGUAGES {
            aru.jol.set_language(language);
            for entry in all(&aru, &TravelQuery::default()) {
                aru.note(format!("reads: {} | {} | {} | {}", entry.what, entry.who, entry.how, entry.became));
                for text in [&entry.what, &entry.how, &entry.became] {
                    let is_told =
                        !text.is_empty() && !text.contains(['{', '…']) && !text.starts_with("travel-");
                    assert!(is_told, "{text}");
                }
                assert_eq!(aru.jol.travel_entry(&entry.id).as_ref(), Ok(&entry));
            }
        }

        // Searched as it is typed, and filtered.
        let ride = &shown[3];
        let terminus = ride.terminus.clone().expect("a terminus");
        let found = |text: &str| {
            let query = TravelQuery { text: text.to_owned(), ..TravelQuery::default() };
            all(&aru, &query).into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        assert_eq!(found("547"), [shown[1].id.as_str(), paid.key.as_str()]);
        assert_eq!(found("0548 jl"), Vec::<String>::new(), "a plate that the phone was not told");
        assert!(found(&terminus.to_uppercase()).contains(&paid.key), "{terminus}");
        assert_eq!(found("no such stop"), Vec::<String>::new());
        let of = |query: TravelQuery| states(&all(&aru, &query));
        assert_eq!(of(TravelQuery { states: vec![Declined], ..TravelQuery::default() }), [(Ride, Declined)]);
        let by_card = TravelQuery { ways: vec![Way::SmartCard], ..TravelQuery::default() };
        assert_eq!(of(by_card), [(Ride, Paid)]);
        let students = TravelQuery { categories: vec![Category::Student], ..TravelQuery::default() };
        assert_eq!(of(students), []);

        // Two at a time; a ride that comes meanwhile moves nothing.
        let mut query = TravelQuery { limit: 2, ..TravelQuery::default() };
        let first = aru.jol.travel_details(&query).expect("a page");
        query.after = first.next.clone();
        scene.pass_ms(RUN_MS);
        scene.tap("0547", &card);
        aru.jol.refresh().expect("asked");
        aru.settle();
        let second = aru.jol.travel_details(&query).expect("a page");
        query.after = second.next.clone();
        let third = aru.jol.travel_details(&query).expect("a page");
        assert_eq!(third.next, None);
        let pages = [first.entries, second.entries, third.entries].concat();
        let ids = |entries: &[TravelEntry]| entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&pages), ids(&shown));
        assert_eq!(all(&aru, &TravelQuery::default()).len(), 6);

        // What becomes of the pending one does not move it.
        scene.heal();
        scene.pass_ms(5_000);
        aru.settle();
        let entry = aru.jol.travel_entry(&pending).expect("an entry");
        assert_eq!((entry.state, entry.at_ms), (Declined, pages[0].at_ms));

        let september = aru.jol.month_sum(NOON_MS).expect("a sum");
        assert_eq!((september.rides, september.spent), (3, Money::tenge(300)));
        assert_eq!((september.came_back, september.topped_up), (Money::ZERO, Money::tenge(500)));
        let parts: Vec<_> = september.parts.iter().map(|part| (part.way, part.rides)).collect();
        assert_eq!(parts, [(Way::App, 1), (Way::SmartCard, 2)]);

        // Half a minute before midnight in the city, and half a minute after: two months.
        scene.pass_ms(OCTOBER_MS - 30_000 - jol_core::clock::Clock::wall_ms(&aru.clock));
        top_up(&scene, &aru, &card, 600);
        scene.pass_ms(60_000);
        top_up(&scene, &aru, &card, 700);
        let months = aru.jol.travel_months().expect("the months");
        assert_eq!(months, [Month { year: 2026, month: 10 }, Month { year: 2026, month: 9 }]);
        let topped_up = |at_ms| aru.jol.month_sum(at_ms).expect("a sum").topped_up;
        assert_eq!(topped_up(OCTOBER_MS - 1), Money::tenge(1_100));
        assert_eq!(topped_up(OCTOBER_MS), Money::tenge(700));
        let october = TravelQuery { month: Some(months[0]), ..TravelQuery::default() };
        assert_eq!(of(october), [(TopUp, Paid)]);
        scene.books_balance();
    });
}
