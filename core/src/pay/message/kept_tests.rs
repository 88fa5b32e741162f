use super::*;
use crate::pay::Source;
use crate::text::Language;
use std::num::NonZeroU16;

const MINUTE_MS: i64 = 60_000;
/// 2026-09-16 14:00 in Atyrau.
const NOON_MS: i64 = 1_789_549_200_000;

fn zone() -> TimeZone {
    TimeZone::get("Asia/Atyrau").expect("bundled")
}

fn message(id: &str, vehicle: &str, opened_ms: i64) -> Message {
    Message {
        id: id.into(),
        city: "sample".into(),
        way: Way::Sms,
        vehicle: Vehicle {
            vehicle: vehicle.into(),
            painted: vehicle.trim_start_matches('0').into(),
            plate: format!("{vehicle} JL 06"),
            line: "5".into(),
            terminal: false,
            ways: Vec::new(),
        },
        passengers: 1,
        fare: Money::tenge(100),
        to: "9505".into(),
        text: "547".into(),
        opened_ms,
        holds_until_ms: holds_until_ms(&RideEnd::Terminus, opened_ms),
        reply: None,
        asked_ms: None,
        state: MessageState::Open,
    }
}

fn reply(says: ReplyKind, bus: Option<&str>, time: Option<(i8, i8)>) -> Reply {
    Reply {
        says,
        language: Language::Ru,
        bus: bus.map(str::to_owned),
        line: None,
        fare: None,
        number: Some("408170".into()),
        time,
        again: None,
        service: None,
        passengers: None,
    }
}

fn ride(vehicle: &str, way: Way, paid_ms: i64) -> Ride {
    Ride {
        ride: format!("r{paid_ms}"),
        key: "k".into(),
        city: "sample".into(),
        vehicle: vehicle.into(),
        painted: String::new(),
        plate: String::new(),
        line: "5".into(),
        way,
        source: Source::PhoneBalance,
        passengers: Vec::new(),
        fare: Money::tenge(100),
        paid_ms,
        boarding_stop: None,
        terminus: String::new(),
        state: RideState::Valid,
        ends_ms: paid_ms + 30 * MINUTE_MS,
        ticket: Vec::new(),
        continues_on: Vec::new(),
        fiscal: None,
        refund: None,
        corrects: None,
    }
}

#[test]
fn only_the_operator_s_word_settles_a_message() {
    let mut one = message("a", "0547", NOON_MS);
    assert_eq!(one.standing(), MessageStanding::NotKnown);
    assert!(one.take(&reply(ReplyKind::Paid, Some("547"), None), NOON_MS + 1));
    assert_eq!(one.standing(), MessageStanding::SaysPaid);
    assert!(one.may_hold("0547", NOON_MS + 1), "an answer proves nothing");
    one.settle(&[ride("0547", Way::Sms, NOON_MS + 5)], false, NOON_MS + 10);
    assert_eq!(one.state, MessageState::Paid { ride: format!("r{}", NOON_MS + 5) });
    assert!(!one.may_hold("0547", NOON_MS + 11));
}

#[test]
fn another_bus_s_ride_one_of_before_and_one_that_was_refunded_settle_nothing() {
    let refunded = Ride { state: RideState::Refunded, ..ride("0547", Way::Sms, NOON_MS) };
    let ended = ride("0547", Way::Sms, NOON_MS - 31 * MINUTE_MS);
    let elsewhere = Ride { city: "other".into(), ..ride("0547", Way::Sms, NOON_MS) };
    let mut one = message("a", "0547", NOON_MS);
    one.settle(&[ride("0548", Way::Sms, NOON_MS), refunded, ended, elsewhere], false, NOON_MS + 5);
    assert_eq!((one.state.clone(), one.asked_ms), (MessageState::Open, Some(NOON_MS + 5)));
    one.settle(&[ride("0547", Way::App, NOON_MS + 1)], false, NOON_MS + 6);
    assert!(
        matches!(one.state, MessageState::PaidOtherwise { .. }),
        "the ride rule: the message is not charged"
    );
}

#[test]
fn after_its_time_the_operator_s_silence_is_an_answer() {
    let mut one = message("a", "0547", NOON_MS);
    one.settle(&[], false, one.holds_until_ms - 1);
    assert_eq!(one.state, MessageState::Open);
    one.settle(&[], false, one.holds_until_ms);
    assert_eq!(one.standing(), MessageStanding::NeverPaid);
    one.settle(&[ride("0547", Way::Sms, NOON_MS)], false, one.holds_until_ms + 1);
    assert!(matches!(one.state, MessageState::Paid { .. }), "and its ride is one whenever it is told");
    let half_an_hour = RideEnd::Minutes { minutes: NonZeroU16::new(30).expect("30") };
    assert_eq!(holds_until_ms(&half_an_hour, 0), 40 * MINUTE_MS);
}

#[test]
fn paid_but_not_for_this_number_was_sent_from_another() {
    let mut one = message("a", "0547", NOON_MS);
    one.settle(&[], false, NOON_MS + 1);
    one.take(&reply(ReplyKind::Paid, Some("547"), None), NOON_MS + 2);
    assert_eq!(one.standing(), MessageStanding::SaysPaid, "asked before the answer came");
    one.settle(&[], false, NOON_MS + 3);
    assert_eq!(one.standing(), MessageStanding::OtherNumber);
    one.settle(&[], false, one.holds_until_ms);
    assert_eq!(one.standing(), MessageStanding::OtherNumber, "and stays so");
    let mut pending = message("b", "0547", NOON_MS);
    pending.take(&Reply { number: None, ..reply(ReplyKind::AlreadyPaid, Some("547"), None) }, NOON_MS);
    pending.settle(&[], false, NOON_MS + 3);
    assert_eq!(pending.standing(), MessageStanding::SaysAlreadyPaid, "the app's own payment is under way");
}

#[test]
fn of_two_messages_for_a_bus_none_is_called_another_number_s_while_it_may_be_charged() {
    let mut all = [message("b", "0547", NOON_MS + MINUTE_MS), message("a", "0547", NOON_MS)];
    all[0].take(&reply(ReplyKind::Paid, Some("547"), None), NOON_MS + 2 * MINUTE_MS);
    for _ in 0..2 {
        assert!(all[0].is_one_of_two(all.iter()));
        let mut one = all[0].clone();
        one.settle(&[], true, NOON_MS + 3 * MINUTE_MS);
        assert_eq!(one.standing(), MessageStanding::SaysPaid, "the answer may be the other's");
        one.settle(&[], true, one.holds_until_ms);
        assert_eq!(one.standing(), MessageStanding::OtherNumber);
        // Nor if the passenger says that the other was not sent.
        all[1].state = MessageState::TakenBack;
    }
    let elsewhere = message("c", "0548", NOON_MS);
    let before = message("d", "0547", NOON_MS - 3 * LONGEST_RIDE_MS);
    assert!(!all[0].is_one_of_two([all[0].clone(), elsewhere, before].iter()));
}

#[test]
fn the_best_answer_is_kept_in_whatever_order_they_come() {
    let declined = ReplyKind::Declined { reason: DeclineReason::NoMoney };
    let all = [ReplyKind::Paid, ReplyKind::AlreadyPaid, declined].map(|says| reply(says, Some("547"), None));
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        let mut one = message("a", "0547", NOON_MS);
        for nth in order {
            one.take(&all[nth], NOON_MS);
        }
        assert_eq!(one.standing(), MessageStanding::SaysPaid, "{order:?}");
        assert!(!one.take(&all[0], NOON_MS), "the same answer again is not new");
    }
}

#[test]
fn what_was_taken_back_is_nobody_s_unless_it_was_sent_after_all() {
    let mut one = Message { state: MessageState::TakenBack, ..message("a", "0547", NOON_MS) };
    assert!(!one.may_hold("0547", NOON_MS));
    let paid = reply(ReplyKind::Paid, Some("547"), None);
    assert_eq!(about(std::slice::from_ref(&one), &paid, &zone(), NOON_MS), None);
    one.settle(&[ride("0547", Way::App, NOON_MS + 1)], false, NOON_MS + 2);
    assert_eq!(one.state, MessageState::TakenBack, "paid in the app instead");
    one.settle(&[ride("0547", Way::Sms, NOON_MS + 1)], false, NOON_MS + 2);
    assert!(matches!(one.state, MessageState::Paid { .. }));
}

#[test]
fn an_answer_finds_its_message_by_bus_and_time() {
    let morning = message("morning", "0547", NOON_MS - 5 * 60 * MINUTE_MS);
    let all = [message("other", "0548", NOON_MS), message("noon", "0547", NOON_MS - MINUTE_MS), morning];
    let find = |bus, time, now_ms| {
        about(&all, &reply(ReplyKind::Paid, bus, time), &zone(), now_ms).map(|found| found.id.as_str())
    };
    assert_eq!(find(Some("547"), Some((14, 0)), NOON_MS), Some("noon"));
    assert_eq!(find(Some("547"), Some((9, 1)), NOON_MS), Some("morning"), "late");
    assert_eq!(find(Some("0547 jl 06"), None, NOON_MS), Some("noon"));
    assert_eq!(find(Some("547"), Some((13, 50)), NOON_MS), None, "before it was written");
    assert_eq!(find(Some("9999"), Some((14, 0)), NOON_MS), None);
    assert_eq!(find(None, Some((14, 0)), NOON_MS), Some("other"), "the newest that it can be");
    assert_eq!(find(None, None, NOON_MS), None, "two are open");
    let one = &all[..1];
    let silent = reply(ReplyKind::Paid, None, None);
    assert_eq!(about(one, &silent, &zone(), NOON_MS).map(|found| found.id.as_str()), Some("other"));
}

#[test]
fn a_time_is_the_last_one_that_the_clocks_showed() {
    let hours =
        |time| (NOON_MS - last_time_ms(time, &zone(), NOON_MS).expect("a time")).div_euclid(60 * MINUTE_MS);
    assert_eq!(hours((13, 0)), 0);
    assert_eq!(hours((14, 1)), -1, "a clock that is a little ahead");
    assert_eq!(hours((14, 30)), 23, "yesterday");
}
