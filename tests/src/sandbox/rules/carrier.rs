//! The phone's carrier, for the phone balance: a stand-in whose answers hang on the number.
//!
//! The shape is CAMARA's (carrier billing, SIM swap): the operator asks the carrier whether a number
//! may pay a sum. These numbers answer in their own way, every other Kazakh number has 5 000 ₸:
//!
//! | number | what its carrier says |
//! |---|---|
//! | +77010000001 | it belongs to a company |
//! | +77010000002 | a trust credit is outstanding |
//! | +77010000003 | never topped up since it was bought |
//! | +77010000004 | the starting balance is unused |
//! | +77010000005 | SIM replaced 20 hours before the account was opened: pays 4 hours after it |
//! | +77010000006 | no money |
//! | +77010000007 | answers after 20 seconds: paid |
//! | +77010000008 | its carrier does not take part |
//! | +77010000009 | at most 100 ₸ a day |
//! | +77010000010 | answers after 20 seconds: no money |
//! | +77010000011 | out of order, for an hour after the account was opened |

use jol_core::money::Money;
use jol_core::pay::DeclineReason;

const HOUR_MS: i64 = 3_600_000;
/// How long a slow carrier thinks.
pub const SLOW_MS: i64 = 20_000;
/// For how long after a SIM was replaced its number does not pay.
pub const SIM_WAIT_MS: i64 = 24 * HOUR_MS;
/// What a number has before it pays for the first time.
pub const OPENING_BALANCE: Money = Money::tenge(5_000);
/// What a number may pay a day.
pub const DAILY_LIMIT: Money = Money::tenge(5_000);
/// The carrier's own name for its trust credit.
pub const TRUST_CREDIT_NAME: &str = "Сенім төлемі";

/// A phone number as its carrier holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneLine {
    /// The number, `+` and digits; none if the account signed in with an e-mail address.
    pub number: Option<String>,
    /// When the account was opened, ms since 1970.
    pub account_since_ms: i64,
    /// What is on it.
    pub balance: Money,
    /// What it paid on this day.
    pub paid_today: Money,
    /// When its SIM was replaced last, ms since 1970.
    pub sim_replaced_ms: Option<i64>,
}

/// What the carrier says to a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierAnswer {
    /// Take it.
    Yes,
    /// It will say so later: ask again at this moment.
    Later {
        /// Ms since 1970.
        at_ms: i64,
    },
    /// No.
    No(Decline),
}

/// Why something is not charged, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// Why.
    pub reason: DeclineReason,
    /// From when it may succeed, where that is known.
    pub try_again_ms: Option<i64>,
    /// The carrier's own name for its trust credit.
    pub service: Option<String>,
}

impl From<DeclineReason> for Decline {
    fn from(reason: DeclineReason) -> Decline {
        Decline { reason, try_again_ms: None, service: None }
    }
}

/// A number's balance when its carrier first hears of it.
pub fn opening_balance(number: &str) -> Money {
    match number {
        "+77010000006" | "+77010000010" => Money::ZERO,
        _ => OPENING_BALANCE,
    }
}

/// Whether this line may pay this sum now; no money needs nobody's leave.
pub fn ask(line: &PhoneLine, sum: Money, now_ms: i64) -> CarrierAnswer {
    if sum <= Money::ZERO {
        return CarrierAnswer::Yes;
    }
    match line.number.as_deref() {
        Some("+77010000007" | "+77010000010") => CarrierAnswer::Later { at_ms: now_ms + SLOW_MS },
        _ => decide(line, sum, now_ms),
    }
}

/// What a carrier says when it has no more time to think: `Yes` or `No`.
pub fn decide(line: &PhoneLine, sum: Money, now_ms: i64) -> CarrierAnswer {
    let Some(number) = line.number.as_deref().filter(|number| number.starts_with("+77")) else {
        return CarrierAnswer::No(DeclineReason::CarrierAbsent.into());
    };
    let until = |reason, try_again_ms| {
        let decline = Decline { try_again_ms: Some(try_again_ms), ..reason };
        (now_ms < try_again_ms).then_some(decline)
    };
    let refused = match number {
        "+77010000001" => Some(DeclineReason::CorporateLine.into()),
        "+77010000002" => {
            Some(Decline { service: Some(TRUST_CREDIT_NAME.to_owned()), ..DeclineReason::TrustCredit.into() })
        }
        "+77010000003" => Some(DeclineReason::NoTopUp.into()),
        "+77010000004" => Some(DeclineReason::StartingBalance.into()),
        "+77010000005" => {
            let replaced_ms = line.account_since_ms - 20 * HOUR_MS;
            until(DeclineReason::SimReplaced.into(), replaced_ms + SIM_WAIT_MS)
        }
        "+77010000008" => Some(DeclineReason::CarrierAbsent.into()),
        "+77010000011" => until(DeclineReason::TryLater.into(), line.account_since_ms + HOUR_MS),
        _ => line.sim_replaced_ms.and_then(|ms| until(DeclineReason::SimReplaced.into(), ms + SIM_WAIT_MS)),
    };
    if let Some(decline) = refused {
        return CarrierAnswer::No(decline);
    }
    let limit = if number == "+77010000009" { Money::tenge(100) } else { DAILY_LIMIT };
    match line.paid_today.plus(sum) {
        _ if line.balance < sum => CarrierAnswer::No(DeclineReason::NoMoney.into()),
        Some(today) if today <= limit => CarrierAnswer::Yes,
        _ => CarrierAnswer::No(DeclineReason::OverLimit.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: &str) -> PhoneLine {
        PhoneLine {
            number: Some(number.to_owned()),
            account_since_ms: 100 * HOUR_MS,
            balance: opening_balance(number),
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        }
    }

    fn reason(answer: CarrierAnswer) -> Option<DeclineReason> {
        match answer {
            CarrierAnswer::No(decline) => Some(decline.reason),
            _ => None,
        }
    }

    #[test]
    fn each_test_number_is_declined_for_its_own_reason() {
        let now = 100 * HOUR_MS;
        for (last, expected) in [
            (1, DeclineReason::CorporateLine),
            (2, DeclineReason::TrustCredit),
            (3, DeclineReason::NoTopUp),
            (4, DeclineReason::StartingBalance),
            (5, DeclineReason::SimReplaced),
            (6, DeclineReason::NoMoney),
            (8, DeclineReason::CarrierAbsent),
            (11, DeclineReason::TryLater),
        ] {
            let line = line(&format!("+770100000{last:02}"));
            assert_eq!(reason(ask(&line, Money::tenge(100), now)), Some(expected));
            assert_eq!(ask(&line, Money::ZERO, now), CarrierAnswer::Yes, "a free ride asks no carrier");
        }
    }

    #[test]
    fn a_replaced_sim_says_from_when_it_pays_and_then_does() {
        let (line, now) = (line("+77010000005"), 100 * HOUR_MS);
        let CarrierAnswer::No(decline) = ask(&line, Money::tenge(100), now) else { panic!("it pays") };
        assert_eq!(decline.try_again_ms, Some(now + 4 * HOUR_MS));
        assert_eq!(ask(&line, Money::tenge(100), now + 4 * HOUR_MS - 1), CarrierAnswer::No(decline));
        assert_eq!(ask(&line, Money::tenge(100), now + 4 * HOUR_MS), CarrierAnswer::Yes);
    }

    #[test]
    fn a_trust_credit_is_called_by_the_carrier_s_name() {
        let CarrierAnswer::No(decline) = ask(&line("+77010000002"), Money::tenge(1), 0) else {
            panic!("pays")
        };
        assert_eq!(decline.service.as_deref(), Some(TRUST_CREDIT_NAME));
    }

    #[test]
    fn a_slow_carrier_answers_later() {
        let (paid, poor) = (line("+77010000007"), line("+77010000010"));
        assert_eq!(ask(&paid, Money::tenge(100), 5), CarrierAnswer::Later { at_ms: 5 + SLOW_MS });
        assert_eq!(ask(&poor, Money::tenge(100), 5), CarrierAnswer::Later { at_ms: 5 + SLOW_MS });
        assert_eq!(decide(&paid, Money::tenge(100), 25_000), CarrierAnswer::Yes);
        assert_eq!(reason(decide(&poor, Money::tenge(100), 25_000)), Some(DeclineReason::NoMoney));
    }

    #[test]
    fn a_balance_and_a_limit_hold_to_the_tiyn() {
        let mut some = line("+77771234567");
        assert_eq!(ask(&some, OPENING_BALANCE, 0), CarrierAnswer::Yes);
        some.balance = Money::tiyn(OPENING_BALANCE.tiyn - 1);
        assert_eq!(reason(ask(&some, OPENING_BALANCE, 0)), Some(DeclineReason::NoMoney));
        let limited = PhoneLine { paid_today: Money::tiyn(1), ..line("+77010000009") };
        assert_eq!(reason(ask(&limited, Money::tenge(100), 0)), Some(DeclineReason::OverLimit));
        assert_eq!(ask(&limited, Money::tiyn(9_999), 0), CarrierAnswer::Yes);
    }

    #[test]
    fn numbers_from_abroad_and_addresses_have_no_carrier_here() {
        for number in [Some("+491701234567".to_owned()), None] {
            let line = PhoneLine { number, ..line("+77771234567") };
            assert_eq!(reason(ask(&line, Money::tenge(1), 0)), Some(DeclineReason::CarrierAbsent));
        }
    }
}
