use super::*;
use crate::operator::wire::Base64;
use crate::pay::Way;
use crate::ticket::{Issuer, KeyEntry, KeyId, KeyList, PhoneKey, Purpose, Root, SigningKey, SoftwareKey};
use crate::wallet::Category;

const NOW_S: i64 = 1_800_000_000;

fn key_for(purpose: Purpose) -> SigningKey {
    let id = KeyId { issuer: Issuer::new("SMP").expect("a code"), number: purpose as u8 };
    SigningKey::from_seed(id, purpose, &[purpose as u8 + 1; 32])
}

fn trusted_keys() -> TrustedKeys {
    let entry = |purpose| KeyEntry {
        number: purpose as u8,
        purpose,
        public_key: key_for(purpose).public_key(),
        not_before_s: 0,
        not_after_s: NOW_S * 2,
    };
    let keys = [Purpose::Ticket, Purpose::Receipt].map(entry).to_vec();
    let list = KeyList { number: 1, issued_s: NOW_S, until_s: NOW_S + 86_400, keys };
    let root = key_for(Purpose::Root);
    let list = list.sign(&root).expect("a list");
    let root = Root { issuer: root.id().issuer, public_key: root.public_key() };
    TrustedKeys::accept(&list, &root, 0, None).expect("our own list")
}

fn voucher() -> Voucher {
    Voucher {
        key: key_for(Purpose::Ticket).id(),
        id: TicketId::new(77, *b"abcd"),
        issued_s: NOW_S,
        until_s: NOW_S + 1_000,
        life_s: 5_400,
        phone: PhoneKey { point: SoftwareKey::from_seed([1; 32]).public_key(), attested: true },
        city: "atyrau".to_owned(),
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        fare: Money::tenge(120),
        way: Way::App,
        rides: 3,
        end: EndRule::Terminus,
        replaces: None,
    }
}

fn held(state: HeldState, own: bool) -> HeldRides {
    HeldRides {
        key: "reserve-1".to_owned(),
        city: "atyrau".to_owned(),
        source: Source::PhoneBalance,
        passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
        fare: Money::tenge(120),
        rides: 3,
        tapped_ms: 0,
        state,
        signed: None,
        own,
        told: Vec::new(),
    }
}

fn used_with(counter: u8) -> OfflineUse {
    OfflineUse {
        key: format!("report-{counter}"),
        voucher: voucher().id.to_string(),
        used: Use { counter, vehicle: "547".to_owned(), boarded_s: NOW_S, terminal: None },
        vehicle: "0547".to_owned(),
        line: "5".to_owned(),
        life_s: 60,
        state: UseState::Open,
    }
}

#[test]
fn the_highest_ride_counts_of_which_the_operator_tells_a_use() {
    use OfflineRideState::{GivingBack, Open, PaidOtherwise, Returned, Seen, Settled};
    assert_eq!(told_used(&[]), 0);
    assert_eq!(told_used(&[Open, GivingBack, Returned]), 0);
    assert_eq!(told_used(&[Settled, Open, Open]), 1);
    assert_eq!(told_used(&[Open, PaidOtherwise, Open]), 2);
    assert_eq!(told_used(&[Settled, Open, Seen]), 3);
}

#[test]
fn counters_are_taken_one_after_another_and_never_twice() {
    let voucher = voucher();
    let next = |taken: &[u8]| {
        let uses: Vec<OfflineUse> = taken.iter().map(|counter| used_with(*counter)).collect();
        next_counter(&voucher, &uses)
    };
    assert_eq!([next(&[]), next(&[1]), next(&[1, 2]), next(&[1, 2, 3])], [Some(1), Some(2), Some(3), None]);
    assert_eq!(next(&[2]), Some(3), "what is behind the last one is never taken");
    let other = OfflineUse { voucher: "0".repeat(16), ..used_with(3) };
    assert_eq!(next_counter(&voucher, &[other]), Some(1), "another voucher's");
}

#[test]
fn only_the_wallet_and_the_key_that_reserved_it_use_a_voucher_in_its_time() {
    let voucher = voucher();
    let key = voucher.phone.point;
    let at =
        |held: &HeldRides, phone: Option<&[u8]>, now_s: i64| is_usable(held, &voucher, phone, now_s * 1_000);
    let own = held(HeldState::Reserved, true);
    assert!(at(&own, Some(&key), NOW_S + 1_000));
    assert!(!at(&own, Some(&key), NOW_S + 1_001));
    assert!(!at(&own, Some(&[2; 33]), NOW_S) && !at(&own, None, NOW_S), "another phone's key");
    assert!(!at(&held(HeldState::Reserved, false), Some(&key), NOW_S), "its uses are not remembered");
    for state in [HeldState::Pending, HeldState::GivingBack { returns_ms: None }] {
        assert!(!at(&held(state, true), Some(&key), NOW_S));
    }
}

#[test]
fn what_the_operator_knows_and_the_wallet_does_not_outlives_the_wallet() {
    use OfflineRideState::{GivingBack, Open, Returned, Seen, Settled};
    let (voucher, one) = (voucher(), [used_with(1)]);
    assert!(!is_outlived(&voucher, &one, &[Settled, Open, Open]));
    assert!(!is_outlived(&voucher, &[], &[GivingBack, Returned, Open]));
    assert!(is_outlived(&voucher, &one, &[Settled, Seen, Open]));
    assert!(is_outlived(&voucher, &[], &[Settled, Open, Open]));
    // How many were used: by this wallet's own uses, or by what the operator told.
    assert_eq!(used(&held(HeldState::Reserved, true), &voucher, &one), 1);
    let told = HeldRides { told: vec![Open, Settled, GivingBack], ..held(HeldState::Reserved, false) };
    assert_eq!(used(&told, &voucher, &one), 2);
}

#[test]
fn a_ride_never_begins_before_its_voucher_and_the_terminal_s_time_counts() {
    let voucher = voucher();
    assert_eq!(boarded_s(&voucher, (NOW_S + 5) * 1_000 + 999, None), NOW_S + 5);
    assert_eq!(boarded_s(&voucher, 0, None), NOW_S, "a phone whose clock was set back");
    assert_eq!(boarded_s(&voucher, 0, Some(NOW_S + 15)), NOW_S + 15);
    assert_eq!(life_s(&Voucher { end: EndRule::Minutes(10), ..voucher.clone() }), 600);
    assert_eq!(life_s(&Voucher { end: EndRule::Terminus, ..voucher.clone() }), voucher.life_s);
}

fn receipt(key: &str, outcome: ReceiptOutcome, amount: Money, ticket: Option<TicketId>) -> Base64 {
    let receipt = Receipt {
        idempotency_key: key.to_owned(),
        request_hash: request_hash(b"request"),
        outcome,
        amount,
        operator_time_ms: NOW_S * 1_000,
        ticket,
        reference: "R-1".to_owned(),
    };
    Base64(receipt.sign(&key_for(Purpose::Receipt)).expect("within bounds"))
}

#[test]
fn a_reservation_is_believed_by_its_receipt_and_for_its_own_phone_only() {
    let said = voucher();
    let signed = SignedVoucher::sign(&said, &key_for(Purpose::Ticket)).expect("signed");
    let (keys, pending) = (trusted_keys(), held(HeldState::Pending, true));
    let believed = |held: &HeldRides, phone: &[u8], receipt: Base64| {
        let answer = VoucherAnswer {
            key: "reserve-1".to_owned(),
            outcome: VoucherOutcome::Reserved { voucher: Base64(signed.to_bytes()) },
            receipt: Some(receipt),
        };
        settle_reservation(held, b"request", Some(phone), Some(&keys), answer).is_some()
    };
    let sum = Money::tenge(360);
    let paid = |sum, ticket| receipt("reserve-1", ReceiptOutcome::Paid, sum, Some(ticket));
    let key = said.phone.point;
    assert!(believed(&pending, &key, paid(sum, said.id)));
    assert!(!believed(&pending, &[2; 33], paid(sum, said.id)), "another phone's voucher");
    assert!(!believed(&pending, &key, paid(Money::tenge(120), said.id)), "another sum");
    assert!(!believed(&pending, &key, paid(sum, TicketId([0; 8]))), "another voucher");
    assert!(!believed(&HeldRides { rides: 2, ..pending.clone() }, &key, paid(sum, said.id)), "more rides");
    assert!(!believed(&pending, &key, receipt("other", ReceiptOutcome::Paid, sum, Some(said.id))));
    let declined = ReceiptOutcome::Declined { code: "no_money".to_owned() };
    assert!(!believed(&pending, &key, receipt("reserve-1", declined, Money::ZERO, None)));
}

#[test]
fn money_that_came_back_is_believed_by_its_receipt_only() {
    let keys = trusted_keys();
    let settle = |sum: i64, receipt: Option<Base64>| {
        let answer = UnusedAnswer {
            key: "unused-1".to_owned(),
            outcome: UnusedOutcome::Returned { sum: Money::tenge(sum) },
            receipt,
        };
        settle_unused("unused-1", b"request", Some(&keys), answer).is_some()
    };
    let refunded = |sum| Some(receipt("unused-1", ReceiptOutcome::Refunded, Money::tenge(sum), None));
    assert!(settle(240, refunded(240)));
    assert!(!settle(240, refunded(120)) && !settle(240, None));
    assert!(!settle(240, Some(receipt("unused-1", ReceiptOutcome::Paid, Money::tenge(240), None))));
    assert!(!settle(240, Some(receipt("unused-2", ReceiptOutcome::Refunded, Money::tenge(240), None))));
}
