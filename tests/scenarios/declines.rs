//! Each of the carrier's refusals says why, what next, whom to call, in three languages; nothing is charged.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jol_core::pay::{DeclineReason, PaymentState};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{LANGUAGES, NOON_MS, Scene, Story, tell};
use std::collections::BTreeSet;

#[test]
fn declines() {
    tell(module_path!(), |story| {
        let scene = Scene::open(story);
        let mut sentences = BTreeSet::new();
        let reasons = [
            ("+77010000001", DeclineReason::CorporateLine),
            ("+77010000002", DeclineReason::TrustCredit),
            ("+77010000003", DeclineReason::NoTopUp),
            ("+77010000004", DeclineReason::StartingBalance),
            ("+77010000005", DeclineReason::SimReplaced),
            ("+77010000006", DeclineReason::NoMoney),
            ("+77010000008", DeclineReason::CarrierAbsent),
            ("+77010000011", DeclineReason::TryLater),
        ];
        for (number, expected) in reasons {
            let passenger = scene.passenger(number);
            let PaymentState::Declined { reason, try_again_ms, service } =
                passenger.quote_and_pay("0547").state
            else {
                panic!("{number} was not declined");
            };
            assert_eq!(reason, expected, "{number}");
            assert_eq!(service.is_some(), reason == DeclineReason::TrustCredit, "{number}");
            let waits = matches!(reason, DeclineReason::SimReplaced | DeclineReason::TryLater);
            assert_eq!(try_again_ms.is_some(), waits, "{number}");
            for language in LANGUAGES {
                let text = reason.text(Some("18:00"), service.as_deref(), language);
                assert!(!text.starts_with("decline-") && !text.contains('…'), "{text}");
                assert!(sentences.insert(text), "two reasons with one sentence");
                passenger.jol.set_language(language);
                let calls = passenger.jol.whom_to_call().expect("the operator is known");
                let numbers = ["+7 777 000 2505", "+7 700 000 2505", "+7 707 000 2505"];
                assert_eq!(calls.len(), numbers.len());
                assert!(calls.iter().all(|call| call.link.starts_with("tel:+77")), "{calls:?}");
                assert!(
                    calls.iter().zip(numbers).all(|(call, number)| call.text.contains(number)),
                    "{calls:?}"
                );
            }
            passenger.was_charged(0, 0);
            assert!(passenger.jol.tickets().expect("the tickets").is_empty());
        }
        assert_eq!(sentences.len(), reasons.len() * LANGUAGES.len());

        // At most 100 ₸ a day: the first ride is paid, the second is over the limit.
        let limited = scene.passenger("+77010000009");
        assert!(matches!(limited.quote_and_pay("0547").state, PaymentState::Paid { .. }));
        let second = limited.quote_and_pay("0548").state;
        assert!(matches!(second, PaymentState::Declined { reason: DeclineReason::OverLimit, .. }));
        limited.was_charged(1, 100);

        // A carrier that thinks for 20 seconds: not known yet, then paid.
        let slow = scene.passenger("+77010000007");
        let payment = slow.quote_and_pay("0547");
        assert_eq!(payment.state, PaymentState::Pending);
        scene.pass_ms(20_000);
        slow.settle();
        assert!(matches!(slow.payment(&payment.key).state, PaymentState::Paid { .. }));
        slow.was_charged(1, 100);

        // A decline is not the end: four hours later the new SIM pays.
        let replaced = scene.passenger("+77010000005");
        scene.pass_ms(4 * 3_600_000);
        assert!(matches!(replaced.quote_and_pay("0547").state, PaymentState::Paid { .. }));
        from_which_hour(story);
        a_bus_taken_away(story);
    });
}

/// The sentence names the hour from which it may succeed, as the operator said it and as the city's clocks show it;
/// a minute before it is declined, and then it pays.
fn from_which_hour(story: &Story) {
    let zone = TimeZone::get("Asia/Atyrau").expect("a time zone");
    for (after_ms, number) in
        [(17 * 60_000, "+77010000005"), (0, "+77010000005"), (41 * 60_000, "+77010000011")]
    {
        let scene = Scene::open(story);
        scene.pass_ms(after_ms);
        let aru = scene.passenger(number);
        let payment = aru.quote_and_pay("0547");
        let PaymentState::Declined { reason, try_again_ms: Some(again_ms), service } = payment.state else {
            panic!("not declined until: {payment:?}")
        };
        let hours = if reason == DeclineReason::SimReplaced { 4 } else { 1 };
        assert_eq!(again_ms, NOON_MS + after_ms + hours * 3_600_000);
        let at = Timestamp::from_millisecond(again_ms).expect("a time").to_zoned(zone.clone());
        let clock = at.strftime("%H:%M").to_string();
        assert_ne!(clock, at.with_time_zone(TimeZone::UTC).strftime("%H:%M").to_string());
        for language in LANGUAGES {
            aru.jol.set_language(language);
            let line = aru.jol.travel_entry(&payment.key).expect("a line");
            assert_eq!((line.declined, line.try_again_ms), (Some(reason), Some(again_ms)));
            // Of an outage the sentence says no hour.
            assert_eq!(line.became.contains(&clock), reason == DeclineReason::SimReplaced, "{}", line.became);
            let moment = aru.jol.moment_text(again_ms).expect("a city");
            assert_eq!(moment, clock, "it is today");
            assert_eq!(line.became, reason.text(Some(&moment), service.as_deref(), language));
        }
        scene.pass_ms(hours * 3_600_000 - 60_000);
        assert!(matches!(aru.quote_and_pay("0547").state, PaymentState::Declined { .. }));
        scene.pass_ms(60_000);
        assert!(matches!(aru.quote_and_pay("0547").state, PaymentState::Paid { .. }), "from that hour on");
        aru.was_charged(1, 100);
    }
}

/// The phone's list still names a bus that the operator took away: the tap is declined, in words, and the next list
/// does not offer it.
fn a_bus_taken_away(story: &Story) {
    let scene = Scene::open(story);
    let aru = scene.passenger("+77771234567");
    let quote = aru.quote("0548");
    scene.stop();
    scene.start(None, |operator: &mut OperatorData| {
        operator.cities[0].vehicles.retain(|bus| bus.vehicle != "0548");
    });
    let key = aru.tap(&quote);
    aru.settle();
    let PaymentState::Declined { reason: DeclineReason::UnknownBus, try_again_ms: None, .. } =
        aru.payment(&key).state
    else {
        panic!("a bus that there is not: {:?}", aru.payment(&key))
    };
    for language in LANGUAGES {
        aru.jol.set_language(language);
        let line = aru.jol.travel_entry(&key).expect("a line");
        assert_eq!(line.became, DeclineReason::UnknownBus.text(None, None, language));
    }
    assert_eq!(aru.jol.receipt(&key).expect("a receipt that verifies").outcome, "unknown_bus");
    aru.was_charged(0, 0);
    assert!(aru.jol.tickets().expect("the tickets").is_empty());
    aru.jol.refresh().expect("asked");
    aru.settle();
    assert!(aru.try_quote("0548").is_err(), "the list is a new one");
    assert!(matches!(aru.quote_and_pay("0547").state, PaymentState::Paid { .. }));
    aru.was_charged(1, 100);
}
