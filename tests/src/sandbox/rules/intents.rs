//! What became of a payment that a passenger said to an inspector was under way.
//!
//! Such a payment comes within the time in which it may be charged, or it was never asked for and somebody
//! only pretended. One that comes later is told apart: that passenger's network was away for long.

use super::payments::INTENT_MS;
use jol_core::operator::wire::{PaymentOutcome, PaymentRequest};
use jol_core::ticket::Intent;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It may still come, or its source has not answered.
    Open,
    /// It was paid, by this payment or the one that had the ride before.
    Paid,
    /// It came and was declined.
    Declined,
    /// It came, but for another bus, other passengers or another sum than were shown.
    Another,
    /// It did not come within the time in which it may be charged.
    NeverPaid,
}

impl Became {
    /// Its name in the books.
    pub fn name(self) -> &'static str {
        match self {
            Became::Open => "open",
            Became::Paid => "paid",
            Became::Declined => "declined",
            Became::Another => "another",
            Became::NeverPaid => "never_paid",
        }
    }

    /// Whether nothing that comes later changes it.
    pub fn is_final(name: &str) -> bool {
        [Became::Paid, Became::Declined, Became::Another].iter().any(|became| became.name() == name)
    }
}

/// Decides by the payment with the intent's key, if it came from the intent's phone. `painted` is the number
/// of the payment's bus as tickets name it.
pub fn became(
    intent: &Intent,
    payment: Option<(&PaymentRequest, &str, &PaymentOutcome)>,
    now_ms: i64,
) -> Became {
    let Some((request, painted, outcome)) = payment else {
        let over = now_ms > intent.tapped_s.saturating_mul(1_000).saturating_add(INTENT_MS);
        return if over { Became::NeverPaid } else { Became::Open };
    };
    let sorted = |groups: &[jol_core::wallet::PassengerGroup]| {
        let mut groups: Vec<_> = groups.iter().map(|group| (group.category, group.count)).collect();
        groups.sort_unstable();
        groups
    };
    let same = painted == intent.vehicle
        && request.fare == intent.fare
        && sorted(&request.passengers) == sorted(&intent.passengers);
    match outcome {
        _ if !same => Became::Another,
        PaymentOutcome::Pending => Became::Open,
        PaymentOutcome::Paid { .. } | PaymentOutcome::AlreadyPaid { .. } => Became::Paid,
        PaymentOutcome::Declined { .. } | PaymentOutcome::Refunded { .. } => Became::Declined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::money::Money;
    use jol_core::pay::{DeclineReason, Source, Way};
    use jol_core::ticket::Issuer;
    use jol_core::ticket::intent::payment_hash;
    use jol_core::wallet::{Category, PassengerGroup};

    const TAPPED_S: i64 = 1_789_549_200;

    fn intent() -> Intent {
        Intent {
            issuer: Issuer::new("SMP").expect("a code"),
            payment: payment_hash("a-payment"),
            city: "sample".into(),
            vehicle: "547".into(),
            line: "5".into(),
            passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
            fare: Money::tenge(100),
            tapped_s: TAPPED_S,
            phone: [2; 33],
        }
    }

    fn request() -> PaymentRequest {
        PaymentRequest {
            city: "sample".into(),
            vehicle: "0547".into(),
            line: "5".into(),
            way: Way::App,
            source: Source::PhoneBalance,
            passengers: intent().passengers,
            card: None,
            fare: Money::tenge(100),
            tapped_ms: TAPPED_S * 1_000 + 400,
            not_after_ms: TAPPED_S * 1_000 + INTENT_MS,
            one_more: false,
            signature: None,
        }
    }

    #[test]
    fn a_payment_that_never_comes_was_never_paid_and_not_before_its_time_is_over() {
        let end_ms = TAPPED_S * 1_000 + INTENT_MS;
        assert_eq!(became(&intent(), None, end_ms), Became::Open);
        assert_eq!(became(&intent(), None, end_ms + 1), Became::NeverPaid);
        let endless = Intent { tapped_s: i64::MAX, ..intent() };
        assert_eq!(became(&endless, None, end_ms), Became::Open);
        assert!(!Became::is_final(Became::NeverPaid.name()), "it may still come, too late");
        assert!(!Became::is_final(Became::Open.name()) && Became::is_final(Became::Paid.name()));
    }

    #[test]
    fn what_came_is_paid_declined_or_still_open() {
        let declined = |reason| PaymentOutcome::Declined { reason, try_again_ms: None, service: None };
        let of = |outcome: &PaymentOutcome| became(&intent(), Some((&request(), "547", outcome)), i64::MAX);
        assert_eq!(of(&PaymentOutcome::Pending), Became::Open);
        assert_eq!(of(&declined(DeclineReason::TooLate)), Became::Declined);
        assert_eq!(of(&declined(DeclineReason::NoMoney)), Became::Declined);
    }

    #[test]
    fn another_bus_sum_or_passenger_than_was_shown_is_another_payment() {
        let another = |request: &PaymentRequest, painted: &str| {
            became(&intent(), Some((request, painted, &PaymentOutcome::Pending)), 0)
        };
        assert_eq!(another(&request(), "548"), Became::Another);
        let cheap = PaymentRequest { fare: Money::tenge(50), ..request() };
        assert_eq!(another(&cheap, "547"), Became::Another);
        let child = PassengerGroup { category: Category::Child, count: 1 };
        let free = PaymentRequest { passengers: vec![child], ..request() };
        assert_eq!(another(&free, "547"), Became::Another);
    }
}
