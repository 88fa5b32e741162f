//! "Not this bus?": the ticket is put on the right one. It keeps the moment of issue, the difference in fare is
//! charged or goes back, it happens once, and no bus is charged twice.

use jol_core::city::fares::FareRule;
use jol_core::money::Money;
use jol_core::operator::wire::RideState;
use jol_core::pay::{ChangeState, CorrectionQuote, DeclineReason, PaymentState, Source, Way};
use jol_core::ticket::Presentation;
use jol_core::travel::{ExportFormat, TravelEntry, TravelKind, TravelQuery, TravelState};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::sandbox::fleet::ShuttleFleet;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};
use std::sync::Arc;

#[test]
fn wrong_bus() {
    tell(module_path!(), |story| {
        dearer_cheaper(story);
        declined(story);
        by_bank_card(story);
    });
}

/// Bus 548 serves line 12, which costs 150 ₸; line 5 costs 100 ₸.
fn two_lines<'a>(story: &'a Story) -> Scene<'a> {
    Scene::open_with(story, None, lines)
}

fn lines(operator: &mut OperatorData) {
    let city = &mut operator.cities[0];
    let dearer = FareRule { lines: vec!["12".to_owned()], price: Money::tenge(150), ..FareRule::default() };
    city.rules.fares.rules.insert(0, dearer);
    city.vehicles[1].line = "12".to_owned();
    let buses = city.vehicles.iter().map(|bus| (bus.vehicle.clone(), bus.line.clone())).collect();
    city.live = Arc::new(ShuttleFleet { buses, run_ms: 40 * 60_000 });
}

fn dearer_cheaper(story: &Story) {
    let scene = two_lines(story);
    let mut aru = scene.passenger("+77771234567");
    let paid = aru.quote_and_pay("0547");
    let first = aru.ticket();
    assert_eq!(aru.jol.changeable(&first.ride).expect("a ride").correction_left_s, 120);
    scene.pass_ms(60_000);
    assert_eq!(aru.jol.changeable(&first.ride).expect("a ride").correction_left_s, 60);

    let issued = |text: &str| {
        let shown = Presentation::from_text(text).expect("a ticket's code");
        shown.ticket().read_unverified().expect("a token")
    };
    let old = issued(&aru.show(&first.ride, None));

    // The answer is lost and the app killed; meanwhile the right bus is being paid already.
    let quote = aru.jol.quote_correction(&first.ride, "0548").expect("a quote");
    assert_eq!((quote.fare, quote.difference), (Money::tenge(150), Money::tenge(50)));
    scene.fault("rides", FaultKind::DropAnswer, 99);
    let wish = aru.jol.correct(&quote).expect("asked");
    aru.settle();
    assert_eq!(aru.jol.payment(&wish).expect("a payment").state, PaymentState::Pending);
    assert_eq!(aru.ticket().bus, "547", "the first ticket stands");
    assert_eq!(aru.quote("0548").paid_by.as_deref(), Some(wish.as_str()));
    assert_eq!(aru.tap(&aru.quote("0548")), wish, "a tap on the right bus is that correction");
    scene.heal();
    aru.kill_and_start_again();
    aru.settle();
    let second = aru.ticket();
    assert_eq!((second.bus.as_str(), second.line.as_str(), second.sum), ("548", "12", Money::tenge(150)));
    assert_eq!(second.paid_ms, first.paid_ms, "the first moment of issue");
    assert_eq!(aru.jol.ticket(&first.ride).expect("a ticket").state, RideState::Replaced);
    assert_eq!(aru.payment(&paid.key).state, PaymentState::Paid { ride: first.ride.clone() });
    assert_eq!(aru.payment(&wish).state, PaymentState::Paid { ride: second.ride.clone() });
    aru.has_paid(150);
    let stands = aru.tap(&aru.quote("0548"));
    assert_eq!(stands, wish, "it is paid");

    // What an inspector reads: the first moment of issue, and that the old ticket's place is taken.
    let inspector = scene.inspector("inspector");
    inspector.refresh();
    inspector.board("548");
    let shown = aru.show(&second.ride, None);
    assert_eq!(inspector.look(&shown).0, "valid");
    let new = issued(&shown);
    assert_eq!(
        (new.issued_s, new.not_before_s, new.replaces),
        (old.issued_s, old.not_before_s, Some(old.id))
    );

    // Once is enough.
    assert_eq!(aru.jol.changeable(&second.ride).expect("a ride").correction_left_s, 0);
    let back = aru.jol.quote_correction(&second.ride, "0547").expect("a quote");
    assert_eq!(reason(&aru, &aru.jol.correct(&back).expect("asked")), DeclineReason::CorrectedBefore);
    aru.has_paid(150);

    // A dearer bus first: the difference goes back. Then all of it.
    scene.pass_ms(41 * 60_000);
    aru.quote_and_pay("0548");
    let quote = aru.jol.quote_correction(&aru.ticket().ride, "0547").expect("a quote");
    assert_eq!(quote.difference, Money::tenge(-50));
    aru.jol.correct(&quote).expect("asked");
    aru.settle();
    aru.has_paid(250);
    let wish = aru.jol.refund(&aru.ticket().ride).expect("asked");
    aru.settle();
    let ChangeState::Refunded { refund } = aru.jol.ride_change(&wish).expect("a wish").state else {
        panic!("not given back")
    };
    assert_eq!(refund.sum, Money::tenge(100), "what the ride cost in the end");
    aru.has_paid(150);
    let payments = aru.jol.payments().expect("the payments");
    assert!(matches!(payments[0].state, PaymentState::Refunded { .. }), "{:?}", payments[0]);
    travel_details_tell(&aru, &wish);

    // A phone that begins anew is told the same.
    let other = scene.newcomer("+77771234567");
    other.sign_up();
    other.settle();
    other.has_paid(150);
}

/// A ride of 100 ₸ put on a bus of 150 ₸, a wish that was declined, and a ride of 150 ₸ put on a bus of 100 ₸
/// and given back.
fn travel_details_tell(aru: &Passenger<'_>, refund: &str) {
    use TravelKind::{Correction, Refund, Ride};
    use TravelState::{Declined, Paid, Refunded, Replaced};
    let shown = aru.jol.travel_details(&TravelQuery::default()).expect("Travel Details").entries;
    let line = |entry: &TravelEntry| {
        let tenge = |sum: Money| sum.tiyn / 100;
        (entry.kind, entry.state, tenge(entry.sum), tenge(entry.spent), tenge(entry.came_back))
    };
    let mut lines: Vec<_> = shown.iter().map(line).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            (Ride, Replaced, 100, 100, 0),
            (Ride, Replaced, 150, 150, 0),
            (Refund, Refunded, 100, 0, 0),
            (Correction, Paid, 50, 50, 0),
            (Correction, Declined, 50, 0, 0),
            (Correction, Refunded, 50, 0, 150),
        ]
    );
    let month = aru.jol.month_sum(shown[0].at_ms).expect("a sum");
    assert_eq!((month.rides, month.spent, month.came_back), (1, Money::tenge(300), Money::tenge(150)));
    for entry in &shown {
        assert!(aru.jol.receipt(&entry.id).is_ok(), "{entry:?}");
    }
    assert_eq!(aru.jol.receipt(refund).expect("a receipt").outcome, "refunded");
    for format in [ExportFormat::Json, ExportFormat::Csv, ExportFormat::Pdf] {
        let file = aru.jol.export(&TravelQuery::default(), format).expect("a file");
        let verified = aru.jol.verify_export(&file.bytes).expect("keys");
        assert_eq!((verified.receipts.len(), verified.faults), (6, vec![]), "{format:?}");
    }
}

/// A ride that the phone does not know of, an inspection, another fare than was shown, and too late: each is its
/// reason in words, takes nothing, and leaves the ticket as it was.
fn declined(story: &Story) {
    let scene = two_lines(story);
    let aru = scene.passenger("+77771234567");
    aru.quote_and_pay("0547");
    aru.quote_and_pay("0548");
    aru.has_paid(250);
    let five = on(&aru, "547");
    let quote = aru.jol.quote_correction(&five, "0548").expect("a quote");
    assert!(aru.jol.correct(&quote).is_err(), "there is a ticket for that bus");

    // A ride is there already, of which the phone does not know: it was paid by a message meanwhile.
    scene.pass_ms(41 * 60_000);
    aru.quote_and_pay("0547");
    let quote = aru.jol.quote_correction(&aru.ticket().ride, "0548").expect("a quote");
    scene.sms(&aru.number, "548");
    stands(&scene, &aru, &quote, DeclineReason::RidesThere, 250 + 100 + 150);

    // Too late.
    scene.pass_ms(41 * 60_000);
    aru.quote_and_pay("0547");
    let quote = aru.jol.quote_correction(&on(&aru, "547"), "0548").expect("a quote");
    scene.pass_ms(120_000);
    stands(&scene, &aru, &quote, DeclineReason::CorrectionTooLate, 600);

    // An inspector saw the ticket.
    scene.pass_ms(41 * 60_000);
    aru.quote_and_pay("0547");
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    inspector.board("547");
    let ride = on(&aru, "547");
    assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid");
    inspector.upload();
    let quote = aru.jol.quote_correction(&ride, "0548").expect("a quote");
    stands(&scene, &aru, &quote, DeclineReason::Inspected, 700);

    // The price rose since it was shown.
    scene.pass_ms(41 * 60_000);
    aru.quote_and_pay("0547");
    let quote = aru.jol.quote_correction(&on(&aru, "547"), "0548").expect("a quote");
    assert_eq!(quote.difference, Money::tenge(50));
    scene.stop();
    scene.start(None, |operator| {
        lines(operator);
        operator.cities[0].rules.fares.rules[0].price = Money::tenge(160);
    });
    let wish = aru.jol.correct(&quote).expect("asked");
    assert_eq!(reason(&aru, &wish), DeclineReason::FareChanged);
    let now = aru.jol.quote_correction(&quote.ride, "0548").expect("a quote");
    assert_eq!(now.difference, Money::tenge(60), "the new sum is there");
    stands(&scene, &aru, &quote, DeclineReason::FareChanged, 800);
}

/// A ride by bank card: its difference is the card's, and goes back to it.
fn by_bank_card(story: &Story) {
    let scene = two_lines(story);
    let aru = scene.passenger("+77771234567");
    let token = scene.linked_bank_card(&aru);
    let (source, purse) = (Source::BankCard { token: token.clone() }, format!("bank_card:{token}"));
    let pays = |bus: &str| {
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = aru.jol.quote(bus, Way::App, source.clone(), adult, false).expect("a quote");
        aru.tap(&quote);
        aru.settle();
        aru.ticket().ride
    };
    let gave = |tenge: i64| {
        assert_eq!(aru.jol.spent_from(&source), Ok(Money::tenge(tenge)), "the phone's own ledger");
        assert_eq!(scene.purse(&purse), Money::tenge(-tenge), "the operator's");
        aru.has_paid(0);
    };
    let first = pays("0547");
    gave(100);
    let quote = aru.jol.quote_correction(&first, "0548").expect("a quote");
    let wish = aru.jol.correct(&quote).expect("asked");
    aru.settle();
    let ticket = aru.ticket();
    assert_eq!((ticket.bus.as_str(), ticket.sum), ("548", Money::tenge(150)));
    assert_eq!(aru.payment(&wish).source, source);
    assert_eq!(aru.jol.receipt(&wish).expect("a receipt that verifies").amount, Money::tenge(50));
    gave(150);
    let line = aru.jol.travel_entry(&wish).expect("a line");
    assert_eq!((line.source.as_ref(), line.spent), (Some(&source), Money::tenge(50)));
    // From the dearer bus to the cheaper one the difference goes back to the card.
    scene.pass_ms(41 * 60_000);
    let second = pays("0548");
    gave(300);
    let quote = aru.jol.quote_correction(&second, "0547").expect("a quote");
    aru.jol.correct(&quote).expect("asked");
    aru.settle();
    assert_eq!(aru.ticket().bus, "547");
    gave(250);
}

/// The valid ticket for this bus.
fn on(aru: &Passenger<'_>, bus: &str) -> String {
    let tickets = aru.jol.tickets().expect("the tickets").into_iter();
    tickets.filter(|ticket| ticket.is_valid).find(|ticket| ticket.bus == bus).expect("a ticket").ride
}

/// The wish is declined for this reason, told in each language; the ticket stands, and so much was paid in all.
fn stands(scene: &Scene<'_>, aru: &Passenger<'_>, quote: &CorrectionQuote, why: DeclineReason, tenge: i64) {
    let entries = || scene.books::<u32>("SELECT count(*) FROM entry", []);
    let before = entries();
    let wish = aru.jol.correct(quote).expect("asked");
    assert_eq!(reason(aru, &wish), why);
    assert_eq!(entries(), before, "{why:?}: no money moves");
    for language in LANGUAGES {
        aru.jol.set_language(language);
        assert_eq!(aru.jol.ride_change_text(&wish), Ok(why.text(None, None, language)));
    }
    let ticket = aru.jol.ticket(&quote.ride).expect("a ticket");
    assert!(ticket.is_valid && ticket.bus == "547", "{why:?}: the ticket stands");
    assert!(aru.show(&quote.ride, None).len() > 100, "and is shown");
    aru.jol.refresh().expect("asked");
    aru.settle();
    aru.has_paid(tenge);
}

/// Why a wish was declined.
fn reason(passenger: &Passenger<'_>, wish: &str) -> DeclineReason {
    passenger.settle();
    match passenger.jol.ride_change(wish).expect("a wish").state {
        ChangeState::Declined { reason, .. } => reason,
        other => panic!("not declined: {other:?}"),
    }
}
