//! A ride is given back: once, in its time, whatever happens to the answer; never after an inspection. Where no
//! ticket can be issued, the money goes back by itself.

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::wire::RideState;
use jol_core::pay::{ChangeState, DeclineReason, PaymentState, Refund, Source, Way};
use jol_core::text::{Language, say};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Passenger, Scene, Story, tell};

#[test]
fn given_back() {
    tell(module_path!(), |story| {
        by_the_passenger(story);
        of_a_voucher(story);
        by_itself(story);
        seen_before(story);
        where_it_goes(story);
    });
}

fn by_the_passenger(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger("+77771234567");
    let key = paid(&aru, "0547");
    let ride = aru.ticket().ride;
    assert_eq!(aru.jol.changeable(&ride).expect("a ride").refund_left_s, 300);

    // The answer is lost, the app is killed: not known yet, and no ticket is shown meanwhile.
    scene.fault("rides", FaultKind::DropAnswer, 99);
    let wish = aru.jol.refund(&ride).expect("asked");
    aru.settle();
    assert_eq!(aru.jol.ride_change(&wish).expect("a wish").state, ChangeState::Asked);
    assert!(aru.jol.tickets().expect("the tickets").iter().all(|ticket| !ticket.is_valid));
    assert_eq!(aru.jol.to_sign(&ride, None), Err(JolError::BadInput { field: "ride".into() }));
    assert_eq!(aru.jol.refund(&ride).expect("asked"), wish, "the same wish is the same one");
    scene.heal();
    aru.kill_and_start_again();
    aru.settle();
    let ChangeState::Refunded { refund } = aru.jol.ride_change(&wish).expect("a wish").state else {
        panic!("not given back")
    };
    assert_eq!((refund.sum, refund.to.clone()), (Money::tenge(100), Source::PhoneBalance));
    assert!(refund.by_ms > refund.at_ms, "the carrier has a day");
    let back = PaymentState::Refunded { ride: Some(ride.clone()), refund: refund.clone() };
    assert_eq!(aru.payment(&key).state, back);
    assert_eq!(aru.jol.ticket(&ride).expect("a ticket").state, RideState::Refunded);
    aru.has_paid(0);

    // What it says, in each language: the sum, the day, and what if the number has moved.
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let text = aru.jol.ride_change_text(&wish).expect("words");
        assert_eq!(text, to_phone(&aru, &refund, language));
    }

    // It went back: the next ride on this bus is a new one, and cannot go back when its time is over.
    paid(&aru, "0547");
    let ride = aru.ticket().ride;
    scene.pass_ms(300_000);
    assert_eq!(aru.jol.changeable(&ride).expect("a ride").refund_left_s, 0);
    let wish = aru.jol.refund(&ride).expect("asked");
    aru.settle();
    assert_eq!(reason(&aru, &wish), DeclineReason::RefundTooLate);
    assert_eq!(aru.ticket().ride, ride, "and its ticket is there again");
    aru.has_paid(100);
}

/// Each source has its own sentence, in each language: where the money goes and by when; only what goes back to a
/// number says what if that number has moved.
fn where_it_goes(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    scene.card(&aru, 500);
    let card = aru.jol.cards().expect("the cards").remove(0).id;
    let token = scene.linked_bank_card(&aru);
    let bank = Source::BankCard { token };
    let cases = [
        (Source::PhoneBalance, Category::Standard, 100, 24, "refund-to-phone"),
        (Source::SmartCard { card }, Category::Standard, 100, 0, "refund-to-card"),
        (bank.clone(), Category::Standard, 100, 72, "refund-to-bank-card"),
        // A child rides for nothing.
        (bank, Category::Child, 0, 72, "refund-of-nothing"),
        (Source::PhoneBalance, Category::Child, 0, 24, "refund-of-nothing"),
    ];
    for (source, category, tenge, hours, sentence) in cases {
        let before = aru.jol.ledger_balance(&account(&source)).expect("the ledger");
        let one = vec![PassengerGroup { category, count: 1 }];
        let quote = aru.jol.quote("0547", Way::App, source.clone(), one, false).expect("a quote");
        aru.tap(&quote);
        aru.settle();
        let wish = aru.jol.refund(&aru.ticket().ride).expect("asked");
        aru.settle();
        let ChangeState::Refunded { refund } = aru.jol.ride_change(&wish).expect("a wish").state else {
            panic!("{sentence}: not given back")
        };
        assert_eq!((refund.sum, &refund.to), (Money::tenge(tenge), &source));
        assert_eq!(refund.by_ms - refund.at_ms, hours * 3_600_000, "{sentence}: by the city's rule");
        assert_eq!(aru.jol.ledger_balance(&account(&source)), Ok(before), "{sentence}: it is there again");
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let by = aru.jol.moment_text(refund.by_ms).expect("a city");
            let said = say(language, sentence, &[("sum", &tenge.to_string()), ("time", &by)]);
            let text = aru.jol.ride_change_text(&wish).expect("words");
            assert_eq!(aru.jol.refund_text(&refund).as_ref(), Ok(&text), "wherever it is told");
            if sentence == "refund-to-phone" {
                assert_eq!(text, to_phone(&aru, &refund, language));
            } else {
                let closed = format!(" {}", say(language, "refund-if-card-closed", &[]));
                let more = if sentence == "refund-to-bank-card" { closed.as_str() } else { "" };
                assert_eq!(text, format!("{said}{more}"));
                assert!(!text.contains(&say(language, "refund-if-number-moved", &[])), "{text}");
            }
            // It is two in the afternoon; on another day this is more than an hour.
            let says_when = text.contains("14:00") && text.contains(&by) && by.len() > "14:00".len();
            assert_eq!(says_when, tenge > 0 && hours > 0, "by when: {text}");
            assert_eq!(text.contains("100 ₸"), tenge > 0, "{text}");
            assert!(!text.contains('{') && !text.contains("refund-"), "{text}");
        }
        scene.books_balance();
    }
}

/// What is said of money that goes back to a phone's balance: by when, and what if the number has moved.
fn to_phone(aru: &Passenger<'_>, refund: &Refund, language: Language) -> String {
    let (sum, by) = (refund.sum.to_string(), aru.jol.moment_text(refund.by_ms).expect("a city"));
    let moved = say(language, "refund-if-number-moved", &[]);
    assert!(moved.contains(' '), "it is a sentence: {moved}");
    format!("{} {moved}", say(language, "refund-to-phone", &[("sum", &sum), ("time", &by)]))
}

/// A source's account in the phone's ledger.
fn account(source: &Source) -> String {
    match source {
        Source::PhoneBalance => "phone".to_owned(),
        Source::SmartCard { card } => format!("card:{card}"),
        Source::BankCard { token } => format!("bank:{token}"),
        Source::Cash => "cash".to_owned(),
    }
}

/// A ride that was paid before goes back like any other, and both sides' books say so.
fn of_a_voucher(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    aru.reserve(2);
    aru.settle();
    aru.board_offline("547", None).expect("a ride");
    aru.settle();
    aru.has_paid(200);
    aru.jol.refund(&aru.ticket().ride).expect("asked");
    aru.settle();
    aru.has_paid(100);
    aru.jol.refresh().expect("asked");
    aru.settle();
    aru.has_paid(100);
}

fn by_itself(story: &Story) {
    let scene = Scene::open(story);
    // Her carrier takes its time; when it has taken the money, no ticket can be signed.
    let dana = scene.passenger("+77010000007");
    let key = dana.tap(&dana.quote("0547"));
    dana.settle();
    scene.control("POST", "/sandbox/tickets", r#"{"signed":false}"#);
    scene.pass_ms(21_000);
    dana.jol.network_changed().expect("the network");
    dana.settle();
    let PaymentState::Refunded { ride: None, refund } = dana.payment(&key).state else {
        panic!("charged without a ticket")
    };
    assert_eq!(refund.sum, Money::tenge(100));
    assert!(dana.jol.receipt(&key).expect("a receipt").outcome == "refunded");
    dana.has_paid(0);
    let fares: u32 = scene.books("SELECT count(*) FROM entry WHERE what IN ('fare', 'refund')", []);
    assert_eq!(fares, 2, "both stand in the books");
    // Who is charged at once is not charged at all.
    let aru = scene.passenger("+77771234567");
    let declined = aru.quote_and_pay("0547").state;
    assert!(matches!(declined, PaymentState::Declined { reason: DeclineReason::TryLater, .. }));
    scene.control("POST", "/sandbox/tickets", r#"{"signed":true}"#);
    paid(&aru, "0547");
    aru.has_paid(100);
}

fn seen_before(story: &Story) {
    let scene = Scene::open(story);
    let (aru, dana) = (scene.passenger("+77771234567"), scene.passenger("+77001234567"));
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    inspector.board("547");

    // The inspector's phone told of it: it is declined, and the ticket stands.
    paid(&aru, "0547");
    let ride = aru.ticket().ride;
    assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid");
    inspector.upload();
    let wish = aru.jol.refund(&ride).expect("asked");
    aru.settle();
    assert_eq!(reason(&aru, &wish), DeclineReason::Inspected);
    aru.has_paid(100);

    // It tells of it later: what went back has gone back, and giving back ends for that number.
    paid(&dana, "0547");
    let ride = dana.ticket().ride;
    assert_eq!(inspector.look(&dana.show(&ride, None)).0, "valid");
    scene.pass_ms(1_000);
    dana.jol.refund(&ride).expect("asked");
    dana.settle();
    dana.has_paid(0);
    inspector.upload();
    paid(&dana, "0547");
    let wish = dana.jol.refund(&dana.ticket().ride).expect("asked");
    dana.settle();
    assert_eq!(reason(&dana, &wish), DeclineReason::RefundsEnded);
    dana.has_paid(100);
}

/// A ride that is paid; its payment's key.
fn paid(passenger: &Passenger<'_>, vehicle: &str) -> String {
    let payment = passenger.quote_and_pay(vehicle);
    assert!(matches!(payment.state, PaymentState::Paid { .. }), "{payment:?}");
    payment.key
}

fn reason(passenger: &Passenger<'_>, wish: &str) -> DeclineReason {
    match passenger.jol.ride_change(wish).expect("a wish").state {
        ChangeState::Declined { reason, .. } => reason,
        other => panic!("not declined: {other:?}"),
    }
}
