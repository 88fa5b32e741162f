//! No data network: the ride is paid by a text message, its answer pasted, and the inspector finds the number.
//! With the network back it is a ticket like any other, and a tap in the app charges nothing.

use jol_core::jol::{JolError, ReplyReading};
use jol_core::money::Money;
use jol_core::pay::message::{BusName, MessageStanding};
use jol_core::pay::{PaymentState, Way};
use jol_core::text::Language;
use jol_core::ticket::NumberKind;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, Scene, Story, tell};

const NUMBER: &str = "+77771234567";

#[test]
fn sms_ride() {
    tell(module_path!(), |story| {
        without_a_network(story);
        before_signing_in(story);
        by_plate_and_by_code(story);
    });
}

fn without_a_network(story: &Story) {
    let scene = Scene::open(story);
    let mut aru = scene.passenger(NUMBER);
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    scene.fault("*", FaultKind::DropRequest, 9_999);

    let message = aru.writes("0547", Way::Sms, 1);
    assert_eq!((message.to.as_str(), message.text.as_str()), ("9505", "547 РУС"));
    assert_eq!((message.fare.to_string().as_str(), &message.link, &message.warning), ("100", &None, &None));
    aru.jol.message_opened(&message).expect("opened twice");
    assert_eq!(aru.jol.messages().expect("the messages").len(), 1, "it is one message");
    assert_eq!(aru.last_message().standing, MessageStanding::NotKnown);
    let quote = aru.quote("0547");
    assert_eq!(quote.by_message.as_ref(), Some(&message.id));
    assert!(quote.warning.expect("a warning").contains("14:00"), "it says when");
    assert_eq!(aru.quote("0548").by_message, None, "of another bus there is nothing to say");

    // Sent by the phone's own app; nothing of it passes through ours.
    let answer = scene.sms(NUMBER, &message.text);
    assert_eq!(scene.gone_from_phone(NUMBER), message.fare, "the published fare, no commission");
    let read = aru.pastes(&answer);
    assert_eq!((read.reads, read.message.as_ref()), (ReplyReading::Paid, Some(&message.id)));
    let number = read.number.expect("a number");
    assert!(answer.contains(&number) && read.senders.expect("a number to trust").contains("9505"));
    assert_eq!(aru.last_message().standing, MessageStanding::SaysPaid, "an answer proves nothing");
    assert!(aru.jol.tickets().expect("the tickets").is_empty(), "and is no ticket");
    assert!(aru.quote("0547").by_message.is_some(), "nor does it end the warning");
    // The app is killed: what was opened and what was read is known from the disk.
    aru.kill_and_start_again();
    assert_eq!(aru.last_message().number.as_ref(), Some(&number));
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let (view, quote) = (aru.last_message(), aru.quote("0547"));
        for text in [view.says, view.next.expect("the number"), quote.warning.expect("a warning")] {
            assert!(!text.contains("message-") && !text.contains("reply-") && !text.contains('{'), "{text}");
        }
    }

    aru.settle();
    scene.heal();
    inspector.board("547");
    assert_eq!(inspector.number(NumberKind::Sms, &number).verdict, "valid");
    // A second message is answered with the ride; so is a tap of a phone that knows of nothing yet.
    let again = scene.sms(NUMBER, "547 КАЗ");
    assert!(again.contains(&number), "{again}");
    let quote = aru.quote("0547");
    let key = aru.tap(&quote);
    aru.settle();
    assert!(matches!(aru.payment(&key).state, PaymentState::AlreadyPaid { .. }));
    assert_eq!((scene.rides_of(NUMBER), scene.gone_from_phone(NUMBER)), (1, message.fare));

    let MessageStanding::Paid { ride } = aru.last_message().standing else { panic!("not settled") };
    let ticket = aru.ticket();
    assert_eq!((ticket.ride.as_str(), ticket.bus.as_str(), ticket.sum), (ride.as_str(), "547", message.fare));
    inspector.board("547");
    assert_eq!(inspector.look(&aru.show(&ride, None)).0, "valid", "it is shown like any other");
    let quote = aru.quote("0547");
    assert!(quote.paid_by.is_some() && quote.by_message.is_none(), "known: {quote:?}");
    assert!(aru.jol.message_not_sent(&message.id).is_err(), "what is settled is not taken back");
    assert_eq!(aru.settle(), 0, "nobody asks on once it is settled");
    scene.books_balance();
}

/// A number that never signed in writes, and finds its ride when it does.
fn before_signing_in(story: &Story) {
    let scene = Scene::open(story);
    let answer = scene.sms("8 777 765 43 21", "547*2");
    assert!(answer.contains("200 тг") && answer.contains("жолаушы 2"), "{answer}");
    let dana = scene.passenger("+77777654321");
    let ticket = dana.ticket();
    assert_eq!((ticket.bus.as_str(), ticket.passengers[0].count), ("547", 2));
    assert!(dana.quote("0547").paid_by.is_some(), "the ride is known");
    // It was sold to no phone: this one asks for its ticket.
    dana.jol.move_ticket_here(&ticket.ride).expect("asked");
    dana.settle();
    let inspector = scene.inspector("inspector");
    inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
    inspector.refresh();
    inspector.board("547");
    assert_eq!(inspector.look(&dana.show(&ticket.ride, None)).0, "valid");
    scene.books_balance();
}

/// Cities whose messages go to 2505 and name the bus by its plate, or by the code that hangs in it, and always say
/// the language: what is written pays the bus, and the answer reads.
fn by_plate_and_by_code(story: &Story) {
    let names = [(BusName::Plate, "0547 JL 06", "0548 JL 06"), (BusName::Vehicle, "0547", "0548")];
    for (name, first, second) in names {
        let scene = Scene::open_with(story, None, |operator: &mut OperatorData| {
            let sms = operator.cities[0].rules.sms.as_mut().expect("messages");
            sms.number = "2505".to_owned();
            sms.from = vec!["2505".to_owned()];
            sms.grammar = "{bus} {language}".to_owned();
            sms.bus = name;
        });
        let aru = scene.passenger(NUMBER);
        let buses = [("0547", first, Language::Ru, "РУС"), ("0548", second, Language::Kk, "КАЗ")];
        for (rides, (bus, called, language, word)) in (1..).zip(buses) {
            aru.jol.set_language(language);
            let message = aru.writes(bus, Way::Sms, 1);
            assert_eq!((message.to.as_str(), message.text.clone()), ("2505", format!("{called} {word}")));
            assert_eq!(
                aru.jol.message(bus, Way::Sms, adults(2)).err(),
                bad("passengers_by_message"),
                "for one alone"
            );
            let answer = scene.sms_to("2505", NUMBER, &message.text);
            assert!(answer.contains(called), "{answer}");
            assert!(
                answer.contains(if language == Language::Kk { "Төленді" } else { "Оплачено" }),
                "{answer}"
            );
            let read = aru.pastes(&answer);
            assert_eq!(
                (read.reads, read.message.as_ref()),
                (ReplyReading::Paid, Some(&message.id)),
                "{read:?}"
            );
            assert!(read.senders.expect("a number to trust").contains("2505"));
            let ride = aru.message_settles();
            let ticket = aru.jol.ticket(&ride).expect("a ticket");
            assert_eq!((ticket.bus.as_str(), ticket.sum), (bus.trim_start_matches('0'), message.fare));
            assert_eq!((scene.rides_of(NUMBER), aru.quote(bus).paid_by.is_some()), (rides, true));
        }
        // In English there is no word; the message says the city's first language, and is answered in it.
        scene.pass_ms(45 * 60_000);
        aru.jol.set_language(Language::En);
        let message = aru.writes("0547", Way::Sms, 1);
        assert_eq!(message.text, format!("{first} КАЗ"));
        // Small letters, Latin look-alikes and other spaces are the same bus; without a word it is none.
        assert!(scene.sms_to("2505", NUMBER, first).starts_with("Төленбеді"));
        let typed = format!("  {}   kaз", first.to_lowercase().replace(' ', ""));
        assert!(scene.sms_to("2505", NUMBER, &typed).starts_with("Төленді"), "{typed}");
        // A painted number is not what this city calls a bus.
        assert!(scene.sms_to("2505", NUMBER, "548 РУС").contains("Такого автобуса нет"));
        assert_eq!(scene.rides_of(NUMBER), 3);
        aru.jol.refresh().expect("asked");
        aru.settle();
        assert_eq!(scene.gone_from_phone(NUMBER), Money::tenge(300));
        aru.spent(300);
        scene.books_balance();
    }
}

fn adults(count: u8) -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count }]
}

fn bad(field: &str) -> Option<JolError> {
    Some(JolError::BadInput { field: field.into() })
}
