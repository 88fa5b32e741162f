use super::*;
use crate::operator::wire::{Base64, Corrected, RideAnswer};
use crate::pay::Way;
use crate::ticket::fixtures::{NOW_MS, signed, signing_key, token, trusted_keys};
use crate::ticket::{Purpose, Token};

const REQUEST: &[u8] = b"{\"ride\":\"r1\"}";

fn bus(vehicle: &str) -> Vehicle {
    Vehicle {
        vehicle: vehicle.to_owned(),
        painted: vehicle.to_owned(),
        plate: String::new(),
        line: "14".to_owned(),
        terminal: true,
        ways: Vec::new(),
    }
}

/// A ride of 120 ₸ on bus 0547, paid a minute ago.
fn ride() -> RideAnswer {
    let token = token();
    RideAnswer {
        ride: "r1".into(),
        key: "p1".into(),
        city: token.city.clone(),
        vehicle: bus("0547"),
        passengers: token.passengers.clone(),
        way: Way::App,
        source: Source::PhoneBalance,
        fare: token.fare,
        paid_ms: token.issued_s * 1_000,
        boarding_stop: None,
        terminus: "East".into(),
        state: RideState::Valid,
        ends_ms: token.expires_s * 1_000,
        ticket: Base64(signed(&token).to_bytes()),
        continues_on: Vec::new(),
        fiscal: None,
        asked_ms: None,
        refund: None,
        corrects: None,
    }
}

fn wish(vehicle: Option<&str>, sum: Money) -> RideChange {
    let vehicle = vehicle.map(str::to_owned);
    RideChange { key: "wish-1".into(), ride: "r1".into(), vehicle, sum, state: ChangeState::Asked }
}

fn receipt(outcome: ReceiptOutcome, amount: Money) -> Receipt {
    Receipt {
        idempotency_key: "wish-1".into(),
        request_hash: request_hash(REQUEST),
        outcome,
        amount,
        operator_time_ms: NOW_MS,
        ticket: None,
        reference: "n1".into(),
    }
}

fn answer(outcome: PaymentOutcome, receipt: &Receipt) -> PaymentAnswer {
    let receipt = receipt.sign(&signing_key(Purpose::Receipt)).expect("a receipt");
    PaymentAnswer { key: "wish-1".into(), outcome, receipt: Some(Base64(receipt)) }
}

fn read(wish: &RideChange, answer: PaymentAnswer) -> Option<ChangeState> {
    settle_change(wish, REQUEST, Some(&trusted_keys()), answer).map(|settled| settled.state)
}

fn money(tenge: i64) -> Money {
    Money::tenge(tenge)
}

fn given_back() -> (RideChange, Refund, RideAnswer) {
    let refund = Refund {
        key: "wish-1".into(),
        sum: money(120),
        to: Source::PhoneBalance,
        at_ms: NOW_MS,
        by_ms: NOW_MS + 86_400_000,
    };
    let ride = RideAnswer { state: RideState::Refunded, refund: Some(refund.clone()), ..ride() };
    (wish(None, money(120)), refund, ride)
}

/// On bus 0548, at this fare; the ride before cost 120 ₸.
fn corrected(fare: i64) -> (RideChange, RideAnswer) {
    let token = Token { vehicle: "0548".to_owned(), fare: money(fare), ..token() };
    let corrects = Some(Corrected { ride: "r1".into(), fare: money(120) });
    let ticket = Base64(signed(&token).to_bytes());
    let ride = RideAnswer {
        ride: "r2".into(),
        key: "wish-1".into(),
        vehicle: bus("0548"),
        fare: money(fare),
        ticket,
        corrects,
        ..ride()
    };
    (wish(Some("0548"), money(fare - 120)), ride)
}

#[test]
fn money_went_back_if_the_receipt_says_that_very_sum_for_that_very_wish() {
    let (wish, refund, ride) = given_back();
    let outcome = |refund: &Refund, ride: &RideAnswer| PaymentOutcome::Refunded {
        refund: refund.clone(),
        ride: Some(ride.clone()),
    };
    let good = receipt(ReceiptOutcome::Refunded, money(120));
    let told = read(&wish, answer(outcome(&refund, &ride), &good));
    assert_eq!(told, Some(ChangeState::Refunded { refund: refund.clone() }));

    let other = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = good.clone();
        change(&mut receipt);
        read(&wish, answer(outcome(&refund, &ride), &receipt))
    };
    assert_eq!(other(&|receipt| receipt.amount = money(119)), None);
    assert_eq!(other(&|receipt| receipt.outcome = ReceiptOutcome::Paid), None);
    assert_eq!(other(&|receipt| receipt.idempotency_key = "wish-2".into()), None);
    assert_eq!(other(&|receipt| receipt.request_hash = request_hash(b"{}")), None);

    let less = Refund { sum: money(1), ..refund.clone() };
    assert_eq!(read(&wish, answer(outcome(&less, &ride), &good)), None, "the answer says another sum");
    let elses = RideAnswer { ride: "r9".into(), ..ride.clone() };
    assert_eq!(read(&wish, answer(outcome(&refund, &elses), &good)), None, "another ride");
    let valid = RideAnswer { state: RideState::Valid, ..ride.clone() };
    assert_eq!(read(&wish, answer(outcome(&refund, &valid), &good)), None, "it is not given back");
    let none = PaymentOutcome::Refunded { refund: refund.clone(), ride: None };
    assert_eq!(read(&wish, answer(none, &good)), None);
    let unsigned = PaymentAnswer { receipt: None, ..answer(outcome(&refund, &ride), &good) };
    assert_eq!(read(&wish, unsigned), None);
    let by_another_key = good.sign(&signing_key(Purpose::Ticket));
    assert!(by_another_key.is_err(), "another purpose");
    assert_eq!(
        settle_change(&wish, REQUEST, None, answer(outcome(&refund, &ride), &good)),
        None,
        "no keys yet"
    );
}

#[test]
fn a_ticket_is_on_the_other_bus_if_the_difference_is_what_the_button_said() {
    for (fare, said, amount) in
        [(150, ReceiptOutcome::Paid, 30), (120, ReceiptOutcome::Paid, 0), (100, ReceiptOutcome::Refunded, 20)]
    {
        let (wish, ride) = corrected(fare);
        let paid = |ride: &RideAnswer| PaymentOutcome::Paid { ride: ride.clone() };
        let good = receipt(said, money(amount));
        let told = read(&wish, answer(paid(&ride), &good));
        assert_eq!(told, Some(ChangeState::Corrected { ride: "r2".into() }), "{fare}");

        let more = Receipt { amount: money(amount + 1), ..good.clone() };
        assert_eq!(read(&wish, answer(paid(&ride), &more)), None);
        let dearer = RideAnswer { fare: money(fare + 10), ..ride.clone() };
        assert_eq!(read(&wish, answer(paid(&dearer), &good)), None, "not what the ticket says");
        let before = Some(Corrected { ride: "r9".into(), fare: money(120) });
        let elses = RideAnswer { corrects: before, ..ride.clone() };
        assert_eq!(read(&wish, answer(paid(&elses), &good)), None, "in another ride's place");
        let there = RideAnswer { vehicle: bus("0549"), ..ride.clone() };
        assert_eq!(read(&wish, answer(paid(&there), &good)), None, "on another bus");
        let refused = receipt(ReceiptOutcome::Declined { code: "inspected".into() }, Money::ZERO);
        assert_eq!(read(&wish, answer(paid(&ride), &refused)), None);
    }
}

#[test]
fn a_decline_needs_its_receipt_with_the_same_code() {
    let declined = |reason| PaymentOutcome::Declined { reason, try_again_ms: None, service: None };
    let said = receipt(ReceiptOutcome::Declined { code: "inspected".into() }, Money::ZERO);
    for wish in [given_back().0, corrected(150).0] {
        let told = read(&wish, answer(declined(DeclineReason::Inspected), &said));
        assert!(matches!(told, Some(ChangeState::Declined { reason: DeclineReason::Inspected, .. })));
        assert_eq!(read(&wish, answer(declined(DeclineReason::RideOver), &said)), None);
        assert_eq!(read(&wish, answer(PaymentOutcome::Pending, &said)), None);
    }
    // A refund is no correction, and the other way round.
    let (back, refund, ride) = given_back();
    let good = receipt(ReceiptOutcome::Refunded, money(120));
    let outcome = PaymentOutcome::Refunded { refund, ride: Some(ride) };
    assert_eq!(
        read(&RideChange { vehicle: Some("0547".into()), ..back.clone() }, answer(outcome, &good)),
        None
    );
    let (_, onto) = corrected(120);
    let nothing = receipt(ReceiptOutcome::Paid, Money::ZERO);
    assert_eq!(read(&back, answer(PaymentOutcome::Paid { ride: onto }, &nothing)), None);
}

#[test]
fn what_can_be_changed_counts_down_and_ends() {
    let rule =
        RefundRule { within_s: 300, correct_within_s: 120, phone_balance_hours: 24, bank_card_hours: 72 };
    let held = |change: &dyn Fn(&mut RideAnswer)| {
        let mut answer = ride();
        change(&mut answer);
        Ride::from(answer)
    };
    let paid_ms = ride().paid_ms;
    let at = |ride: &Ride, now_ms| {
        let left = Changeable::of(&rule, ride, now_ms);
        (left.refund_left_s, left.correction_left_s)
    };
    let plain = held(&|_| ());
    assert_eq!(at(&plain, paid_ms), (300, 120));
    assert_eq!(at(&plain, paid_ms + 60_001), (239, 59));
    assert_eq!(at(&plain, paid_ms + 120_000), (180, 0));
    assert_eq!(at(&plain, paid_ms + 300_000), (0, 0));
    assert_eq!(at(&plain, paid_ms - 3_600_000), (300, 120), "a clock that is behind");
    assert_eq!(at(&held(&|ride| ride.state = RideState::Refunded), paid_ms), (0, 0));
    assert_eq!(at(&held(&|ride| ride.way = Way::SmartCard), paid_ms), (0, 0));
    assert_eq!(at(&held(&|ride| ride.ends_ms = paid_ms + 5), paid_ms + 5), (0, 0));
    let second = held(&|ride| ride.corrects = Some(Corrected { ride: "r0".into(), fare: money(1) }));
    assert_eq!(at(&second, paid_ms), (300, 0), "once");
    assert_eq!(second.charged(), Some(money(119)));
}

#[test]
fn money_arrives_by_the_rule_of_where_it_goes() {
    let rule = RefundRule { within_s: 1, correct_within_s: 1, phone_balance_hours: 24, bank_card_hours: 72 };
    let hours = |to: Source| (rule.arrives_ms(&to, 7) - 7) / 3_600_000;
    assert_eq!(hours(Source::PhoneBalance), 24);
    assert_eq!(hours(Source::BankCard { token: "t".into() }), 72);
    assert_eq!(hours(Source::SmartCard { card: "c".into() }), 0);
    assert_eq!(rule.arrives_ms(&Source::PhoneBalance, i64::MAX), i64::MAX);
}
