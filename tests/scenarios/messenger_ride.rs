//! A ride is paid by a line to the operator's bot: the app opens the messenger with the text written, and the
//! ride rule spans it as it does any other way.

use jol_core::jol::ReplyReading;
use jol_core::money::Money;
use jol_core::pay::Way;
use jol_core::pay::message::{ReplyKind, ReplyPattern};
use jol_core::ticket::NumberKind;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, tell};
use serde_json::json;

const NUMBER: &str = "+77771234567";

#[test]
fn messenger_ride() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let aru = scene.passenger(NUMBER);
        let message = aru.writes("0547", Way::Messenger, 2);
        assert_eq!((message.to.as_str(), message.text.as_str()), ("Telegram", "547 РУС *2"));
        let link = message.link.as_deref().expect("a link");
        assert_eq!(link, "https://t.me/jol_sample_bot?text=547%20%D0%A0%D0%A3%D0%A1%20%2A2");
        assert_eq!(message.apps[0], "org.telegram.messenger");
        assert_eq!(message.fare, Money::tenge(200));

        let sent = json!({ "way": "messenger", "from": NUMBER, "text": message.text, "id": "b1" });
        let answer = scene.delivers(sent.clone());
        assert_eq!(scene.delivers(sent), answer, "the messenger delivers it again");
        // The bot has words of its own, which no text message has.
        assert!(answer.starts_with("✅ Проезд оплачен! Автобус: 547"), "{answer}");
        let (sms, bot) = (aru.jol.sms_rule().expect("rules"), aru.jol.messenger_rule().expect("rules"));
        let (sms, bot) = (sms.expect("messages").replies, bot.expect("a bot").replies);
        let is_paid = |pattern: &ReplyPattern| pattern.says == ReplyKind::Paid;
        assert!(bot.iter().filter(|pattern| is_paid(pattern)).all(|pattern| !sms.contains(pattern)));
        let read = aru.pastes(&answer);
        assert_eq!((read.reads, read.message.as_ref()), (ReplyReading::Paid, Some(&message.id)));
        assert!(answer.contains(read.number.as_deref().expect("a number")), "{read:?}");
        // An SMS for the same ride is answered with it.
        let by_sms = scene.sms(NUMBER, "547");
        assert!(by_sms.contains(read.number.as_deref().expect("a number")), "{by_sms}");
        assert_eq!((scene.rides_of(NUMBER), scene.gone_from_phone(NUMBER)), (1, Money::tenge(200)));

        assert_eq!(aru.message_settles(), aru.ticket().ride);
        assert_eq!((aru.ticket().bus.as_str(), aru.ticket().passengers[0].count), ("547", 2));
        let inspector = scene.inspector("inspector");
        inspector.sign_in(OperatorData::SAMPLE_INSPECTOR);
        inspector.refresh();
        inspector.board("547");
        let view = inspector.number(NumberKind::Sms, read.number.as_deref().expect("a number"));
        assert_eq!((view.verdict.as_str(), view.passengers[0].count), ("valid", 2));
        scene.books_balance();
    });
}
