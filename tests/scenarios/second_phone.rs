//! Another phone signs in with a number that holds money: it waits, the first one is told, and decides. A SIM that
//! was replaced proves nothing for a day, and a number that became somebody else's starts empty.

use jol_core::account::{DeviceState, SignIn};
use jol_core::clock::Clock;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::operator::wire::DeviceWish;
use jol_core::pay::{DeclineReason, PaymentState};
use jol_headless::story::{LANGUAGES, Passenger, Scene, tell};

const HOUR_MS: i64 = 3_600_000;

/// Until when this phone may not spend.
fn waits(phone: &Passenger<'_>) -> bool {
    phone.jol.waits_until_ms().expect("an account").is_some()
}

/// Taps on this bus; why nothing was charged, if nothing was.
fn refused(phone: &Passenger<'_>, bus: &str) -> Option<DeclineReason> {
    let key = phone.tap(&phone.quote(bus));
    phone.settle();
    match phone.payment(&key).state {
        PaymentState::Declined { reason, .. } => Some(reason),
        _ => None,
    }
}

/// Gives the account a card with money on it.
fn fill(phone: &Passenger<'_>) {
    phone.jol.register_card(jol_core::wallet::Category::Standard, "").expect("asked");
    phone.settle();
    let card = phone.jol.cards().expect("the cards").remove(0);
    phone.jol.top_up(&card.number, "app", Money::tenge(300)).expect("asked");
    phone.settle();
}

fn ask(phone: &Passenger<'_>) {
    phone.jol.refresh().expect("asked");
    phone.settle();
}

#[test]
fn second_phone() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let old = scene.passenger("+77771234567");
        fill(&old);
        assert_eq!(old.jol.phones().expect("a list").len(), 1);
        // Phones are listed by when they came.
        scene.pass_ms(1_000);

        // A stranger who read one code: the phone waits, and the first one is told.
        let new = scene.newcomer_with("+77771234567", scene.opening("a stranger's"));
        new.sign_up();
        assert!(waits(&new));
        assert_eq!(refused(&new, "0547"), Some(DeclineReason::PhoneWaits));
        ask(&old);
        for language in LANGUAGES {
            old.jol.set_language(language);
            let phones = old.jol.phones().expect("a list");
            assert!(phones[0].own && phones[0].text.is_empty());
            assert!(!phones[1].own && phones[1].text.contains("a stranger's"), "{}", phones[1].text);
        }
        // The one that waits decides about nobody.
        ask(&new);
        let phones = new.jol.phones().expect("a list");
        new.jol.change_phone(&phones[0].id, DeviceWish::Remove).expect("asked");
        new.settle();
        assert_eq!(new.jol.account().expect("one").refusal, Some(Refusal::DeviceWaits));
        assert!(new.jol.change_phone(&phones[1].id, DeviceWish::Confirm).is_err(), "nor about itself");

        // It is not mine: its session ends, and the number of phones is one again.
        old.jol.change_phone(&phones[1].id, DeviceWish::Remove).expect("asked");
        old.settle();
        assert_eq!(old.jol.phones().expect("a list").len(), 1);
        ask(&new);
        assert_eq!(new.jol.account().expect("one").sign_in, SignIn::SignedOut);

        // A second one of one's own is confirmed and pays at once.
        let own = scene.newcomer_with("+77771234567", scene.opening("my second one"));
        own.sign_up();
        ask(&old);
        let phone = old.jol.phones().expect("a list").remove(1);
        assert!(phone.waits_until_ms.is_some() && phone.name.contains("my second one"));
        old.jol.change_phone(&phone.id, DeviceWish::Confirm).expect("asked");
        old.settle();
        ask(&own);
        assert!(!waits(&own));
        assert_eq!(refused(&own, "0547"), None);

        // Nobody confirms a third one: it waits for a day, and no longer.
        let third = scene.newcomer_with("+77771234567", scene.opening("third"));
        third.sign_up();
        scene.pass_ms(24 * HOUR_MS);
        assert_eq!(refused(&third, "0548"), None);

        // The first phone is lost: an office confirms the new one, whose owner came with papers.
        let lost = scene.passenger("+77021234567");
        fill(&lost);
        lost.jol.close();
        let found = scene.newcomer_with("+77021234567", scene.opening("at the office"));
        found.sign_up();
        assert!(waits(&found));
        assert_eq!(refused(&found, "0547"), Some(DeclineReason::PhoneWaits));
        let DeviceState::Enrolled { device, waits_until_ms: Some(_), .. } =
            found.jol.account().expect("one").device
        else {
            panic!("it is enrolled and waits")
        };
        assert!(found.jol.change_phone(&device, DeviceWish::Confirm).is_err(), "not by itself");
        scene.control("POST", &format!("/sandbox/devices/{device}"), "");
        ask(&found);
        assert!(!waits(&found), "the office's word is the operator's");
        let own = found.jol.phones().expect("a list").into_iter().find(|phone| phone.own).expect("itself");
        assert_eq!((own.id.as_str(), own.waits_until_ms), (device.as_str(), None));
        assert_eq!(refused(&found, "0547"), None);
        assert_eq!(scene.charged("+77021234567"), (1, Money::tenge(100)));
        // And it may decide about the lost one.
        let old =
            found.jol.phones().expect("a list").into_iter().find(|phone| !phone.own).expect("the lost one");
        found.jol.change_phone(&old.id, DeviceWish::Remove).expect("asked");
        found.settle();
        assert_eq!(found.jol.phones().expect("a list").len(), 1);

        // A SIM was replaced an hour ago: the number's only phone is new, and waits; from the number's balance
        // nobody pays for a day.
        let first = scene.passenger("+77001234567");
        fill(&first);
        scene.control("POST", "/sandbox/sims/+77001234567", "{}");
        scene.pass_ms(HOUR_MS);
        let swapped = scene.newcomer_with("+77001234567", scene.opening("swapped"));
        swapped.sign_up();
        assert!(waits(&swapped));
        let reason = refused(&first, "0548");
        assert_eq!(reason, Some(DeclineReason::SimReplaced));
        let declined = first.jol.payments().expect("payments").remove(0);
        let PaymentState::Declined { try_again_ms: Some(again_ms), .. } = declined.state else {
            panic!("from which hour: {declined:?}")
        };
        scene.pass_ms(23 * HOUR_MS);
        assert!(again_ms <= first.clock.wall_ms());
        assert_eq!(refused(&first, "0548"), None);

        // The number became somebody else's: they start empty, and its former owner is signed out.
        scene.control("POST", "/sandbox/sims/+77001234567", r#"{"recycled":true}"#);
        scene.pass_ms(25 * HOUR_MS);
        let stranger = scene.newcomer_with("+77001234567", scene.opening("another subscriber"));
        stranger.sign_up();
        ask(&stranger);
        assert!(stranger.jol.cards().expect("the cards").is_empty());
        assert!(stranger.jol.tickets().expect("tickets").is_empty());
        assert!(matches!(
            stranger.jol.account().expect("one").device,
            DeviceState::Enrolled { waits_until_ms: None, .. }
        ));
        ask(&first);
        assert_eq!(first.jol.account().expect("one").sign_in, SignIn::SignedOut);
        assert_eq!(first.jol.cards().expect("the cards").len(), 1, "what the wallet knows stays");
        scene.books_balance();
    });
}
