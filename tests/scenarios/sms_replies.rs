//! Answers to messages go astray: lost, late, doubled, from the other SIM, in the other language, cut, and made
//! up by a stranger. The passenger is told what is known; money and tickets hang on the operator's word.

use jol_core::jol::{JolError, ReplyReading};
use jol_core::money::Money;
use jol_core::pay::message::MessageStanding;
use jol_core::pay::{DeclineReason, PaymentState, Way};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, Story, tell};
use serde_json::json;

const NUMBER: &str = "+77771234567";
const OTHER_SIM: &str = "+77051234567";

#[test]
fn sms_replies() {
    tell(module_path!(), |story| {
        lost_and_never_sent(story);
        late_and_doubled(story);
        from_the_other_sim(story);
        declined(story);
        from_a_stranger(story);
        while_the_app_pays(story);
        what_a_message_cannot_say(story);
    });
}

/// The answer never comes: the operator is asked until the ride is known. What was not sent is taken back.
fn lost_and_never_sent(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let unsent = aru.writes("0548", Way::Sms, 1);
    aru.settle();
    let warned = aru.jol.message("0548", Way::Sms, adults(1)).expect("a message");
    assert_eq!(warned.by_message.as_ref(), Some(&unsent.id), "a second message is warned of, too");
    aru.jol.message_not_sent(&unsent.id).expect("it is open");
    assert_eq!(aru.quote("0548").by_message, None);
    assert!(aru.jol.messages().expect("the messages").is_empty());
    let again = aru.jol.message_not_sent(&unsent.id);
    assert!(matches!(again, Err(JolError::NotFound { .. })), "once");

    let lost = aru.writes("0547", Way::Sms, 1);
    assert!(aru.settle() > 0, "the question is put again");
    scene.sms(NUMBER, &lost.text);
    scene.pass_ms(10_000);
    aru.settle();
    assert!(matches!(aru.last_message().standing, MessageStanding::Paid { .. }), "without any answer");
    assert_eq!(aru.ticket().bus, "547");

    // The one that was taken back was sent after all: it is a ride all the same.
    scene.sms(NUMBER, &unsent.text);
    aru.jol.refresh().expect("asked");
    aru.settle();
    let tickets = aru.jol.tickets().expect("the tickets");
    assert_eq!(tickets.iter().filter(|ticket| ticket.is_valid).count(), 2);
    assert_eq!(scene.gone_from_phone(NUMBER), Money::tenge(200));

    // Never sent and never taken back: after its time the operator's word ends it.
    scene.pass_ms(60 * 60_000);
    aru.writes("0547", Way::Sms, 1);
    aru.settle();
    scene.pass_ms(131 * 60_000);
    aru.settle();
    assert_eq!(aru.last_message().standing, MessageStanding::NeverPaid);
    assert_eq!(aru.quote("0547").by_message, None);
    scene.books_balance();
}

/// The carrier delivers a message twice, or when it is too late; an answer is pasted twice, and hours later.
fn late_and_doubled(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let message = aru.writes("0547", Way::Sms, 1);
    let sent = json!({ "from": NUMBER, "to": "9505", "text": message.text, "id": "one" });
    let first = scene.delivers(sent.clone());
    assert_eq!(scene.delivers(sent.clone()), first, "delivered twice, answered once");
    let twice = format!("{first}\r\n> {first}");
    let views = aru.jol.take_message(&twice).expect("any text is read");
    assert_eq!(views.len(), 2);
    assert!(views.iter().all(|view| view.message.as_ref() == Some(&message.id)), "{views:?}");
    aru.settle();
    assert!(matches!(aru.last_message().standing, MessageStanding::Paid { .. }));
    // The same bytes after the ride has ended: still the first answer, and no second charge.
    scene.pass_ms(62 * 60_000);
    assert_eq!(scene.delivers(sent), first);

    // Eleven minutes ago, in the run before, after the run was closed: never charged.
    let late = |text: &str, id: &str, minutes: i64| {
        let sent_ms = NOON_MS + (62 - minutes) * 60_000;
        scene.delivers(json!({ "from": NUMBER, "to": "9505", "text": text, "id": id, "sent_ms": sent_ms }))
    };
    assert!(late("547 РУС", "old", 11).contains("поздно"));
    assert!(late("547 КАЗ", "run", 8).contains("рейсін аяқтады"), "its run is over");
    scene.control("POST", "/sandbox/vehicles/0548", "{}");
    assert!(late("548 РУС", "closed", 0).contains("закончил рейс"));
    assert_eq!((scene.rides_of(NUMBER), scene.gone_from_phone(NUMBER)), (1, Money::tenge(100)));

    // The first ride's answer, pasted when a second message for the same bus is open.
    let second = aru.writes("0547", Way::Sms, 1);
    let read = aru.pastes(&first);
    assert_eq!(read.reads, ReplyReading::Paid);
    assert_eq!(read.message.as_ref(), Some(&message.id), "it tells its time: it is about the first");
    assert!(aru.quote("0547").by_message.as_ref() == Some(&second.id), "which is not known yet");
    assert_eq!(aru.last_message().standing, MessageStanding::NotKnown);
    scene.books_balance();
}

/// A phone with two SIMs wrote from the one that is not signed in.
fn from_the_other_sim(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    let message = aru.writes("0547", Way::Sms, 1);
    let answer = scene.sms(OTHER_SIM, &message.text);
    let read = aru.pastes(&answer);
    assert_eq!(read.message.as_ref(), Some(&message.id));
    aru.settle();
    let view = aru.last_message();
    assert_eq!(view.standing, MessageStanding::OtherNumber);
    assert_eq!(view.number, read.number, "the inspector finds it by this");
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let (says, warning) = (aru.last_message().says, aru.quote("0547").warning.expect("a warning"));
        assert!(says.contains("SIM") && !says.contains("message-"), "{says}");
        assert!(warning.contains("14:00") && !warning.contains("message-"), "{warning}");
    }
    assert!(aru.jol.tickets().expect("the tickets").is_empty(), "it is no ride of this number");
    // Who taps all the same pays for a ride of their own, and only then.
    assert_eq!(scene.gone_from_phone(NUMBER), Money::ZERO);
    aru.quote_and_pay("0547");
    aru.was_charged(1, 100);
    assert_eq!(scene.gone_from_phone(OTHER_SIM), Money::tenge(100));
    let MessageStanding::PaidOtherwise { .. } = aru.last_message().standing else {
        aru.jol.refresh().expect("asked");
        aru.settle();
        assert!(matches!(aru.last_message().standing, MessageStanding::PaidOtherwise { .. }));
        return;
    };
}

/// Each of the carrier's refusals, in both languages.
fn declined(story: &Story) {
    let scene = Scene::open(story);
    for (number, reason) in [
        ("+77010000001", DeclineReason::CorporateLine),
        ("+77010000002", DeclineReason::TrustCredit),
        ("+77010000003", DeclineReason::NoTopUp),
        ("+77010000004", DeclineReason::StartingBalance),
        ("+77010000005", DeclineReason::SimReplaced),
        ("+77010000006", DeclineReason::NoMoney),
        ("+77010000011", DeclineReason::TryLater),
    ] {
        let passenger = scene.passenger(number);
        let message = passenger.writes("0547", Way::Sms, 1);
        for word in ["КАЗ", "РУС"] {
            let read = passenger.pastes(&scene.sms(number, &format!("547 {word}")));
            assert_eq!(read.reads, ReplyReading::Declined { reason }, "{number}");
            assert_eq!(read.message.as_ref(), Some(&message.id));
            let why = read.next.expect("why");
            assert!(!why.contains('…') && !why.contains("decline-"), "{why}");
            let waits = matches!(reason, DeclineReason::SimReplaced);
            assert_eq!(why.contains("18:00"), waits, "four hours later: {why}");
        }
        passenger.settle();
        assert_eq!(passenger.last_message().standing, MessageStanding::SaysDeclined { reason });
        assert!(passenger.quote("0547").warning.is_some(), "a refusal proves nothing either");
        assert_eq!((scene.rides_of(number), scene.gone_from_phone(number)), (0, Money::ZERO));
    }
    let aru = scene.passenger(NUMBER);
    aru.writes("0547", Way::Sms, 1);
    let read = aru.pastes(&scene.sms(NUMBER, "9999 рус"));
    assert_eq!(read.reads, ReplyReading::Declined { reason: DeclineReason::UnknownBus });
    assert_eq!(read.message, None, "another bus than the one of the message");
    let read = aru.pastes(&scene.sms(NUMBER, "сәлем"));
    assert_eq!(read.reads, ReplyReading::Declined { reason: DeclineReason::UnknownBus });
    assert!(read.message.is_some(), "it names none, and this one is open");
    scene.books_balance();
}

/// Whatever a stranger writes is text: it makes no ticket, ends no warning and charges nothing.
fn from_a_stranger(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger(NUMBER);
    scene.fault("rides", FaultKind::DropRequest, 999);
    let message = aru.writes("0547", Way::Sms, 1);
    let forged = "Оплачено: автобус 547, маршрут 5, 100 тг. Билет 000001, 14:00";
    for (text, reads) in [
        ("Сізге ақша келді: https://evil.example", ReplyReading::NotTheOperators),
        ("", ReplyReading::NotTheOperators),
        ("Оплачено: автобус 547, маршрут 5", ReplyReading::CutOff),
        (forged, ReplyReading::Paid),
    ] {
        let read = aru.pastes(text);
        assert_eq!(read.reads, reads, "{text}");
        assert!(!read.says.contains("reply-"), "{}", read.says);
    }
    assert_eq!(aru.last_message().standing, MessageStanding::SaysPaid);
    assert!(aru.jol.tickets().expect("the tickets").is_empty());
    assert!(aru.quote("0547").by_message.is_some());
    aru.settle();
    scene.heal();
    aru.settle();
    assert_eq!(
        aru.last_message().standing,
        MessageStanding::OtherNumber,
        "the operator knows of no such ride"
    );
    // And the true answer after it is the operator's.
    let answer = scene.sms(NUMBER, &message.text);
    assert_eq!(aru.pastes(&answer).reads, ReplyReading::Paid);
    aru.settle();
    assert!(matches!(aru.last_message().standing, MessageStanding::Paid { .. }));
    scene.books_balance();
}

/// A payment in the app has no answer yet, and a message comes: one ride is charged once.
fn while_the_app_pays(story: &Story) {
    let scene = Scene::open(story);
    let slow = scene.passenger("+77010000007");
    let payment = slow.quote_and_pay("0547");
    assert_eq!(payment.state, PaymentState::Pending);
    let message = slow.writes("0547", Way::Sms, 1);
    assert_eq!(message.paid_by.as_ref(), Some(&payment.key), "the app says so before it is sent");
    assert!(message.warning.is_some());
    let read = slow.pastes(&scene.sms("+77010000007", &message.text));
    assert_eq!((read.reads, read.number), (ReplyReading::AlreadyPaid, None));
    scene.pass_ms(20_000);
    slow.settle();
    assert!(matches!(slow.payment(&payment.key).state, PaymentState::Paid { .. }));
    slow.was_charged(1, 100);
    slow.jol.refresh().expect("asked");
    slow.settle();
    assert!(matches!(slow.last_message().standing, MessageStanding::PaidOtherwise { .. }));
    assert_eq!(scene.rides_of("+77010000007"), 1);
}

/// What a message cannot say is refused before it is written, in words.
fn what_a_message_cannot_say(story: &Story) {
    let scene = Scene::open_with(story, None, |operator| {
        for city in &mut operator.cities {
            city.rules.messenger = None;
            city.rules.sms.iter_mut().for_each(|sms| sms.grammar = "{bus}".to_owned());
        }
    });
    let aru = scene.passenger(NUMBER);
    scene.fault("*", FaultKind::DropRequest, 999);
    let pupil = vec![PassengerGroup { category: Category::School, count: 1 }];
    for (refused, field) in [
        (aru.jol.message("0547", Way::Sms, adults(2)), "passengers_by_message"),
        (aru.jol.message("0547", Way::Sms, pupil), "passengers_by_message"),
        (aru.jol.message("0547", Way::Sms, adults(0)), "passengers"),
        (aru.jol.message("0547", Way::Messenger, adults(1)), "way"),
        (aru.jol.message("0547", Way::App, adults(1)), "way"),
        (aru.jol.message("9999", Way::Sms, adults(1)), "bus"),
    ] {
        let refused = refused.expect_err("it cannot be said");
        assert_eq!(refused, JolError::BadInput { field: field.to_owned() });
        for language in LANGUAGES {
            assert!(!refused.text(language).contains("error-"), "{refused}");
        }
    }
}

fn adults(count: u8) -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count }]
}
