//! What a phone decides about paying, pure: whether a tap is a new payment, what an answer makes of one, and
//! what is asked next.
//!
//! `jol` lives by these rules over SQLite and signatures; a simulator lives the same rules by the million.

use super::DeclineReason;
use crate::money::Money;
use crate::operator::wire::RideState;
use crate::ticket::receipt::ReceiptOutcome;

/// How long after an unanswered question about money it is put again, in ms; it doubles, to two minutes.
const ASK_AGAIN_MS: i64 = 2_000;

/// A ride that the phone knows of.
#[derive(Clone, Copy, Debug)]
pub struct KnownRide<'a> {
    /// The payment that paid it.
    pub key: &'a str,
    /// The bus, by the operator's id.
    pub vehicle: &'a str,
    /// Where the bus broke down: the painted numbers of those on which the ticket holds.
    pub continues_on: &'a [String],
    /// Whether its ticket is valid.
    pub state: RideState,
    /// Until when, ms since 1970.
    pub ends_ms: i64,
}

/// The ride rule, as the phone keeps it: the payment that has the ride in this bus (`vehicle`, `painted`)
/// already. One whose answer is not known comes first, then a wish to be put on this bus, then a ticket that
/// is valid, on this bus or on one that broke down and whose passengers this one takes along.
pub fn standing<'a>(
    pending: Option<&'a str>,
    correction: Option<&'a str>,
    rides: impl IntoIterator<Item = KnownRide<'a>>,
    (vehicle, painted): (&str, &str),
    now_ms: i64,
) -> Option<&'a str> {
    let valid = |ride: &KnownRide<'_>| {
        (ride.vehicle == vehicle || ride.continues_on.iter().any(|next| next == painted))
            && ride.state == RideState::Valid
            && ride.ends_ms > now_ms
    };
    pending.or(correction).or_else(|| rides.into_iter().find(valid).map(|ride| ride.key))
}

/// What an answer about a payment says, before anybody believes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// It is not decided yet.
    Pending,
    /// It was charged.
    Paid {
        /// For this ride.
        ride: ToldRide<'a>,
    },
    /// Nothing was charged: the ride was paid before.
    AlreadyPaid {
        /// By this payment.
        by_key: &'a str,
        /// That ride.
        ride: ToldRide<'a>,
    },
    /// Nothing was charged.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// It was charged, and the money went back.
    Refunded {
        /// How much.
        sum: Money,
        /// The payment of the ride that was given back; none if there was no ticket.
        paid_by: Option<&'a str>,
    },
}

/// A ride as an answer tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldRide<'a> {
    /// The payment that paid it.
    pub key: &'a str,
    /// What was charged.
    pub fare: Money,
}

/// What of an answer is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Believed {
    /// Nothing: the operator did not sign it, or signed something else.
    Nothing,
    /// It is not decided yet.
    Pending,
    /// Charged, once.
    Paid,
    /// The ride was paid before, by another payment.
    AlreadyPaid,
    /// Not charged.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// Charged, and the money went back.
    Refunded,
}

/// What is believed of an answer to the payment `key` of the sum on the button: what its signed receipt, which
/// is one for this key and this request, says too.
pub fn believe(
    key: &str,
    fare: Money,
    said: &Said<'_>,
    signed: Option<(&ReceiptOutcome, Money)>,
) -> Believed {
    if matches!(said, Said::Pending) {
        return Believed::Pending;
    }
    let Some((outcome, amount)) = signed else { return Believed::Nothing };
    let (believed, agrees) = match *said {
        Said::Pending => return Believed::Pending,
        // The sum charged is the sum that was on the button.
        Said::Paid { ride } => {
            (Believed::Paid, *outcome == ReceiptOutcome::Paid && amount == fare && ride.key == key)
        }
        // An operator that forgot the key finds the ride that this very payment paid.
        Said::AlreadyPaid { by_key, ride } if by_key == key => {
            let same = ride.fare == fare && ride.key == key;
            (Believed::Paid, *outcome == ReceiptOutcome::AlreadyPaid && same)
        }
        Said::AlreadyPaid { by_key, ride } => {
            (Believed::AlreadyPaid, *outcome == ReceiptOutcome::AlreadyPaid && ride.key == by_key)
        }
        Said::Declined { reason } => {
            let same = matches!(outcome, ReceiptOutcome::Declined { code } if code == reason.code());
            (Believed::Declined { reason }, same)
        }
        Said::Refunded { sum, paid_by } => {
            let same = sum == fare && paid_by.is_none_or(|by| by == key);
            (Believed::Refunded, *outcome == ReceiptOutcome::Refunded && amount == fare && same)
        }
    };
    if agrees { believed } else { Believed::Nothing }
}

/// What was asked when an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To charge.
    Payment,
    /// What became of it.
    State,
}

/// What the phone does with an answer about a payment that it does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is known from here on.
    Settle,
    /// It came too late, says the operator; but an earlier try may have been charged, and forgotten. It is not
    /// paid only if it is not among the rides that the operator holds, either.
    LookAtRides,
    /// What became of it is asked, after a pause.
    AskState,
    /// The same bytes are sent again, after a pause.
    SendAgain,
}

/// What comes next. Never "not paid" without the operator's signed word.
pub fn next(believed: Believed, asked: Asked, status: u16) -> Next {
    match believed {
        Believed::Declined { reason: DeclineReason::TooLate } => Next::LookAtRides,
        Believed::Pending | Believed::Nothing => {
            let unknown = status == 404 && asked == Asked::State;
            if unknown || status == 401 { Next::SendAgain } else { Next::AskState }
        }
        _ => Next::Settle,
    }
}

/// The pause before a question about money is put again that was put so often before, in ms.
pub fn ask_again_ms(attempts: u32) -> i64 {
    ASK_AGAIN_MS << attempts.min(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FARE: Money = Money::tenge(100);

    fn ride<'a>(key: &'a str, vehicle: &'a str) -> KnownRide<'a> {
        KnownRide { key, vehicle, continues_on: &[], state: RideState::Valid, ends_ms: 10 }
    }

    #[test]
    fn what_is_not_known_comes_before_what_is_valid() {
        let rides = || [ride("a", "0547"), ride("b", "0548")];
        let bus = ("0548", "548");
        assert_eq!(standing(Some("p"), Some("c"), rides(), bus, 5), Some("p"));
        assert_eq!(standing(None, Some("c"), rides(), bus, 5), Some("c"));
        assert_eq!(standing(None, None, rides(), bus, 5), Some("b"));
        assert_eq!(standing(None, None, rides(), bus, 10), None, "its time is over");
        let over = KnownRide { state: RideState::Refunded, ..ride("b", "0548") };
        assert_eq!(standing(None, None, [over], bus, 5), None);
        let next = ["548".to_owned()];
        let broken = KnownRide { continues_on: &next, ..ride("a", "0547") };
        assert_eq!(standing(None, None, [broken], bus, 5), Some("a"));
    }

    fn outcomes() -> impl Strategy<Value = ReceiptOutcome> {
        prop::sample::select(vec![
            ReceiptOutcome::Paid,
            ReceiptOutcome::AlreadyPaid,
            ReceiptOutcome::Refunded,
            ReceiptOutcome::ToppedUp,
            ReceiptOutcome::Declined { code: "no_money".to_owned() },
            ReceiptOutcome::Declined { code: "too_late".to_owned() },
        ])
    }

    fn answers() -> impl Strategy<Value = Said<'static>> {
        let key = || prop::sample::select(vec!["k", "other"]);
        let fare = || prop::sample::select(vec![FARE, Money::tenge(90)]);
        let told = move || (key(), fare()).prop_map(|(key, fare)| ToldRide { key, fare });
        prop_oneof![
            Just(Said::Pending),
            told().prop_map(|ride| Said::Paid { ride }),
            (key(), told()).prop_map(|(by_key, ride)| Said::AlreadyPaid { by_key, ride }),
            prop::sample::select(vec![DeclineReason::NoMoney, DeclineReason::TooLate])
                .prop_map(|reason| Said::Declined { reason }),
            (fare(), prop::option::of(key())).prop_map(|(sum, paid_by)| Said::Refunded { sum, paid_by }),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_believed_that_the_receipt_does_not_say(
            said in answers(),
            outcome in outcomes(),
            amount in prop::sample::select(vec![FARE, Money::tenge(90), Money::ZERO]),
            signed in any::<bool>(),
        ) {
            let believed = believe("k", FARE, &said, signed.then_some((&outcome, amount)));
            // Which word of the operator each belief needs.
            let needs = match believed {
                Believed::Nothing | Believed::Pending => return Ok(()),
                Believed::Paid => {
                    prop_assert!(amount == FARE || outcome == ReceiptOutcome::AlreadyPaid);
                    vec![ReceiptOutcome::Paid, ReceiptOutcome::AlreadyPaid]
                }
                Believed::AlreadyPaid => vec![ReceiptOutcome::AlreadyPaid],
                Believed::Declined { reason } => vec![ReceiptOutcome::Declined { code: reason.code().to_owned() }],
                Believed::Refunded => {
                    prop_assert_eq!(amount, FARE);
                    vec![ReceiptOutcome::Refunded]
                }
            };
            prop_assert!(signed && needs.contains(&outcome), "{:?} {:?}", believed, outcome);
        }

        #[test]
        fn not_paid_is_said_of_nothing_that_may_have_been_charged(
            said in answers(),
            outcome in outcomes(),
            status in prop::sample::select(vec![200_u16, 401, 404, 503]),
            state in any::<bool>(),
        ) {
            let believed = believe("k", FARE, &said, Some((&outcome, FARE)));
            let asked = if state { Asked::State } else { Asked::Payment };
            let next = next(believed, asked, status);
            let known = !matches!(believed, Believed::Nothing | Believed::Pending);
            prop_assert_eq!(matches!(next, Next::Settle | Next::LookAtRides), known);
            let late = believed == Believed::Declined { reason: DeclineReason::TooLate };
            prop_assert_eq!(next == Next::LookAtRides, late);
            prop_assert_eq!(next == Next::SendAgain, !known && (status == 401 || (status == 404 && state)));
        }
    }

    #[test]
    fn pauses_grow_to_two_minutes() {
        assert_eq!((ask_again_ms(0), ask_again_ms(3), ask_again_ms(6)), (2_000, 16_000, 128_000));
        assert_eq!(ask_again_ms(u32::MAX), 128_000);
    }
}
