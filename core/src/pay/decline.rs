use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// Why the operator did not take a payment. Each has its sentence, its next step and whom to call
/// in `core/locales`; the codes are those of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The number belongs to a company.
    CorporateLine,
    /// The carrier is owed a trust credit.
    TrustCredit,
    /// The number was never topped up since it was bought.
    NoTopUp,
    /// The SIM's starting balance is unused.
    StartingBalance,
    /// The SIM was replaced less than 24 hours ago.
    SimReplaced,
    /// The carrier does not take part.
    CarrierAbsent,
    /// The balance does not suffice.
    NoMoney,
    /// A limit of the source is reached.
    OverLimit,
    /// The fare is not the one that was shown.
    FareChanged,
    /// The operator knows no such bus.
    UnknownBus,
    /// The bus's run is over.
    RunClosed,
    /// The bus does not take this way of paying.
    WayNotTaken,
    /// The request came later than it may; nothing was charged.
    TooLate,
    /// The card does not give this category.
    CategoryNotHeld,
    /// The terms of use were not accepted in their present version.
    TermsNotAccepted,
    /// This version of the app may not pay any more.
    AppTooOld,
    /// Something is out of order at the operator's; a later try may succeed.
    TryLater,
    /// The operator sells no rides before.
    OfflineRidesOff,
    /// Offline rides ended for this account: one was used twice, or inspected and never told of.
    OfflineRidesEnded,
    /// The time in which a ride can be given back is over.
    RefundTooLate,
    /// The time in which another bus can be put on the ticket is over.
    CorrectionTooLate,
    /// An inspector has seen the ticket.
    Inspected,
    /// The ticket's bus was corrected before, which is possible once.
    CorrectedBefore,
    /// There is a ticket for that bus already.
    RidesThere,
    /// The ride is over, given back, or on somebody else's phone.
    RideOver,
    /// The ride was paid at a terminal or in cash: it is given back there.
    PaidElsewhere,
    /// This account gave a ride back that an inspector had seen: it gives none back by itself any more.
    RefundsEnded,
}

impl DeclineReason {
    /// Every reason.
    pub const ALL: [DeclineReason; 27] = [
        DeclineReason::CorporateLine,
        DeclineReason::TrustCredit,
        DeclineReason::NoTopUp,
        DeclineReason::StartingBalance,
        DeclineReason::SimReplaced,
        DeclineReason::CarrierAbsent,
        DeclineReason::NoMoney,
        DeclineReason::OverLimit,
        DeclineReason::FareChanged,
        DeclineReason::UnknownBus,
        DeclineReason::RunClosed,
        DeclineReason::WayNotTaken,
        DeclineReason::TooLate,
        DeclineReason::CategoryNotHeld,
        DeclineReason::TermsNotAccepted,
        DeclineReason::AppTooOld,
        DeclineReason::TryLater,
        DeclineReason::OfflineRidesOff,
        DeclineReason::OfflineRidesEnded,
        DeclineReason::RefundTooLate,
        DeclineReason::CorrectionTooLate,
        DeclineReason::Inspected,
        DeclineReason::CorrectedBefore,
        DeclineReason::RidesThere,
        DeclineReason::RideOver,
        DeclineReason::PaidElsewhere,
        DeclineReason::RefundsEnded,
    ];

    /// The code that stands in answers and signed receipts, as in `no_money`.
    pub const fn code(self) -> &'static str {
        match self {
            DeclineReason::CorporateLine => "corporate_line",
            DeclineReason::TrustCredit => "trust_credit",
            DeclineReason::NoTopUp => "no_top_up",
            DeclineReason::StartingBalance => "starting_balance",
            DeclineReason::SimReplaced => "sim_replaced",
            DeclineReason::CarrierAbsent => "carrier_absent",
            DeclineReason::NoMoney => "no_money",
            DeclineReason::OverLimit => "over_limit",
            DeclineReason::FareChanged => "fare_changed",
            DeclineReason::UnknownBus => "unknown_bus",
            DeclineReason::RunClosed => "run_closed",
            DeclineReason::WayNotTaken => "way_not_taken",
            DeclineReason::TooLate => "too_late",
            DeclineReason::CategoryNotHeld => "category_not_held",
            DeclineReason::TermsNotAccepted => "terms_not_accepted",
            DeclineReason::AppTooOld => "app_too_old",
            DeclineReason::TryLater => "try_later",
            DeclineReason::OfflineRidesOff => "offline_rides_off",
            DeclineReason::OfflineRidesEnded => "offline_rides_ended",
            DeclineReason::RefundTooLate => "refund_too_late",
            DeclineReason::CorrectionTooLate => "correction_too_late",
            DeclineReason::Inspected => "inspected",
            DeclineReason::CorrectedBefore => "corrected_before",
            DeclineReason::RidesThere => "rides_there",
            DeclineReason::RideOver => "ride_over",
            DeclineReason::PaidElsewhere => "paid_elsewhere",
            DeclineReason::RefundsEnded => "refunds_ended",
        }
    }

    /// The sentence that a passenger reads: the reason and the next step. `try_again`: from when, in
    /// the passenger's words; `service`: the carrier's name for its trust credit.
    pub fn text(self, try_again: Option<&str>, service: Option<&str>, language: Language) -> String {
        let message = format!("decline-{}", self.code().replace('_', "-"));
        say(language, &message, &[("time", try_again.unwrap_or("…")), ("service", service.unwrap_or("…"))])
    }

    /// The reason with this code, if there is one.
    pub fn from_code(code: &str) -> Option<DeclineReason> {
        DeclineReason::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_and_the_receipt_use_the_same_codes() {
        for reason in DeclineReason::ALL {
            assert_eq!(serde_json::to_string(&reason).expect("json"), format!("\"{}\"", reason.code()));
            assert_eq!(DeclineReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(DeclineReason::from_code("unknown"), None);
    }
}
