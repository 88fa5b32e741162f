use super::*;
use crate::sandbox::data::{sample_rules, ways};
use jiff::civil::date;
use jol_core::operator::wire::{HeldPass, RideState};
use jol_core::pay::message::{ReadReply, read_reply, write_reply};

/// 2026-09-16 14:00 in Atyrau.
const NOW: i64 = 1_789_549_200_000;
const MINUTE_MS: i64 = 60_000;

fn line(number: &str) -> PhoneLine {
    PhoneLine {
        number: Some(number.to_owned()),
        account_since_ms: NOW,
        balance: carrier::opening_balance(number),
        paid_today: Money::ZERO,
        sim_replaced_ms: None,
    }
}

fn run(name: &str) -> Run {
    Run {
        run: name.to_owned(),
        line: "5".to_owned(),
        direction: 0,
        terminus: "East".to_owned(),
        ends_ms: NOW + 30 * MINUTE_MS,
        stop: "West".to_owned(),
        stop_id: "w".to_owned(),
        in_service: true,
    }
}

fn held_ride(vehicle: &str) -> HeldRide {
    HeldRide {
        ride: "r1".into(),
        key: "k1".into(),
        vehicle: vehicle.into(),
        line: "5".into(),
        fare: Money::tenge(100),
        asked_ms: NOW - 5 * MINUTE_MS,
        paid_ms: NOW - 5 * MINUTE_MS,
        ends_ms: NOW + 5 * MINUTE_MS,
        state: RideState::Valid,
        continues_on: Vec::new(),
        corrects: None,
    }
}

/// What becomes of a message for bus 547 from this number, with something else changed.
fn decided(number: &str, passengers: u8, change: impl Fn(&mut MessageView<'_>)) -> MessageDecision {
    let (city, bus) = (
        sample_rules("sample"),
        Vehicle {
            vehicle: "0547".into(),
            painted: "547".into(),
            plate: "0547 JL 06".into(),
            line: "5".into(),
            terminal: true,
            ways: ways(true),
        },
    );
    let written = Written { bus: "547".into(), language: None, passengers };
    let (now, line) = (run("a"), line(number));
    let mut held = MessageView {
        now_ms: NOW,
        sent_ms: None,
        way: Way::Sms,
        day: date(2026, 9, 16),
        city: &city,
        written: Some((&written, &bus)),
        run: Some(&now),
        run_then: Some(&now),
        rides: &[],
        pending: false,
        history: FareHistory::default(),
        line: &line,
    };
    change(&mut held);
    decide(&held)
}

fn fare(decision: &MessageDecision) -> Option<i64> {
    match decision {
        MessageDecision::Charged(charge) => {
            assert!(charge.entry.as_ref().is_none_or(Entry::balances));
            Some(charge.fare.tiyn / 100)
        }
        _ => None,
    }
}

fn declined(reason: DeclineReason) -> MessageDecision {
    MessageDecision::Declined(reason.into())
}

const SOMEBODY: &str = "+77771234567";

#[test]
fn a_message_is_charged_the_published_fare() {
    assert_eq!(fare(&decided(SOMEBODY, 1, |_| ())), Some(100));
    assert_eq!(fare(&decided(SOMEBODY, 3, |held| held.way = Way::Messenger)), Some(300));
    assert_eq!(fare(&decided("+77010000006", 1, |held| held.day = date(2026, 3, 22))), Some(0), "a free day");
    assert_eq!(decided(SOMEBODY, 16, |_| ()), declined(DeclineReason::OverLimit));
}

#[test]
fn a_pass_frees_its_holder_who_writes_and_nobody_with_them() {
    let pass = HeldPass {
        id: "p1".into(),
        pass: "week-5".into(),
        city: "sample".into(),
        name: Default::default(),
        categories: Vec::new(),
        lines: vec!["5".into()],
        from: "2026-09-16".into(),
        until: "2026-09-22".into(),
    };
    let passes = [pass];
    let written = |passengers| {
        let decision = decided("+77010000006", passengers, |held| {
            held.history.passes = Box::leak(Box::new(passes.clone()));
        });
        fare(&decision)
    };
    assert_eq!(written(1), Some(0), "the carrier is not asked for money that nobody owes");
    assert_eq!(written(2), None, "for a companion it is, and there is none");
}

#[test]
fn a_ride_that_is_paid_or_being_paid_in_whatever_way_is_charged_no_second_time() {
    let rides = [held_ride("0547")];
    let paid = MessageDecision::AlreadyPaid { ride: Some("r1".into()) };
    assert_eq!(decided(SOMEBODY, 1, |held| held.rides = Box::leak(Box::new(rides.clone()))), paid);
    let late = decided(SOMEBODY, 1, |held| {
        held.rides = Box::leak(Box::new(rides.clone()));
        held.run = None;
        held.sent_ms = Some(NOW - 20 * MINUTE_MS);
    });
    assert_eq!(late, paid, "the ride rule comes first");
    assert_eq!(decided(SOMEBODY, 1, |held| held.pending = true), MessageDecision::AlreadyPaid { ride: None });
    let elsewhere = decided(SOMEBODY, 1, |held| held.rides = Box::leak(Box::new([held_ride("0548")])));
    assert_eq!(fare(&elsewhere), Some(100), "another bus is another ride");
}

#[test]
fn a_message_that_comes_late_never_charges() {
    let sent = |minutes| decided(SOMEBODY, 1, move |held| held.sent_ms = Some(NOW - minutes * MINUTE_MS));
    assert_eq!(fare(&sent(10)), Some(100));
    let later = decided(SOMEBODY, 1, |held| held.sent_ms = Some(NOW - 10 * MINUTE_MS - 1));
    assert_eq!(later, declined(DeclineReason::TooLate));
    assert_eq!(fare(&sent(-60)), Some(100), "a carrier's clock that is ahead");
    for change in [
        (|held: &mut MessageView<'_>| held.run = None) as fn(&mut MessageView<'_>),
        |held| held.run_then = None,
        |held| held.run_then = Some(Box::leak(Box::new(run("the one before")))),
        |held| held.run = Some(Box::leak(Box::new(Run { in_service: false, ..run("a") }))),
    ] {
        assert_eq!(decided(SOMEBODY, 1, change), declined(DeclineReason::RunClosed));
    }
}

#[test]
fn the_carrier_declines_for_its_own_reasons_and_never_thinks() {
    for (number, reason) in [
        ("+77010000001", DeclineReason::CorporateLine),
        ("+77010000003", DeclineReason::NoTopUp),
        ("+77010000004", DeclineReason::StartingBalance),
        ("+77010000006", DeclineReason::NoMoney),
        ("+77010000010", DeclineReason::NoMoney),
        ("+491701234567", DeclineReason::CarrierAbsent),
    ] {
        assert_eq!(decided(number, 1, |_| ()), declined(reason), "{number}");
    }
    assert_eq!(fare(&decided("+77010000007", 1, |_| ())), Some(100));
    assert_eq!(decided(SOMEBODY, 1, |held| held.written = None), declined(DeclineReason::UnknownBus));
}

#[test]
fn each_answer_is_written_and_read_in_both_languages() {
    let (rules, zone) = (sample_rules("sample"), TimeZone::get("Asia/Atyrau").expect("bundled"));
    let sms = rules.sms.expect("a rule");
    let reasons = [
        DeclineReason::CorporateLine,
        DeclineReason::TrustCredit,
        DeclineReason::NoTopUp,
        DeclineReason::StartingBalance,
        DeclineReason::SimReplaced,
        DeclineReason::CarrierAbsent,
        DeclineReason::NoMoney,
        DeclineReason::OverLimit,
        DeclineReason::UnknownBus,
        DeclineReason::RunClosed,
        DeclineReason::WayNotTaken,
        DeclineReason::TooLate,
        DeclineReason::TryLater,
    ];
    for language in [Language::Kk, Language::Ru] {
        for reason in reasons {
            let waits = matches!(reason, DeclineReason::SimReplaced | DeclineReason::TryLater);
            let decline = Decline {
                try_again_ms: waits.then_some(NOW + 20 * 60 * MINUTE_MS),
                service: (reason == DeclineReason::TrustCredit)
                    .then(|| carrier::TRUST_CREDIT_NAME.to_owned()),
                reason,
            };
            let reply = reply(Answered::Declined(&decline), Some("547"), language, &zone, NOW);
            assert_eq!(reply.time, Some((14, 0)));
            assert_eq!(reply.again.as_deref(), waits.then_some("17.09 10:00"));
            let text = write_reply(&sms.wording(), &reply).expect("a pattern");
            let read = read_reply(&sms.wording(), &text);
            assert_eq!(read, ReadReply::Replies { replies: vec![reply] }, "{text}");
        }
        let nothing = Decline::from(DeclineReason::UnknownBus);
        let nothing = reply(Answered::Declined(&nothing), None, language, &zone, NOW);
        let text = write_reply(&sms.wording(), &nothing).expect("a pattern");
        assert_eq!(
            read_reply(&sms.wording(), &text),
            ReadReply::Replies { replies: vec![nothing] },
            "{text}"
        );
        let pending = reply(Answered::AlreadyPaid(None), Some("547"), language, &zone, NOW);
        let text = write_reply(&sms.wording(), &pending).expect("a pattern");
        assert_eq!(
            read_reply(&sms.wording(), &text),
            ReadReply::Replies { replies: vec![pending] },
            "{text}"
        );
    }
}
