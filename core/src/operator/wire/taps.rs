//! What buses' terminals report.

use crate::money::Money;
use serde::{Deserialize, Serialize};

/// The most taps of one report.
pub const MOST_TAPS: usize = 100;

/// `POST /v1/taps`: a card at a bus's terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapRequest {
    /// In which bus.
    pub vehicle: String,
    /// The card's number; empty where a code was shown.
    #[serde(default)]
    pub card: String,
    /// The whole text of the code that was shown (`ticket::card_code`), of a card that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When, by the terminal's clock, ms since 1970.
    pub at_ms: i64,
}

/// What the terminal shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapAnswer {
    /// What was charged; 0 for a free ride.
    pub fare: Money,
    /// What is left on the card.
    pub balance: Money,
    /// The card rides already: nothing was charged.
    pub already_paid: bool,
}

/// `POST /v1/tap-reports`: what was held to a bus's terminal, which keeps it while it has no network and sends
/// it again until it hears what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapReport {
    /// In which bus.
    pub vehicle: String,
    /// 1 to [`MOST_TAPS`] of them.
    pub taps: Vec<ReportedTap>,
}

/// Something that was held to a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedTap {
    /// The terminal's own number for it, 8 to 32 of `A-Z a-z 0-9 -`, by which it is taken once. It stands on
    /// the terminal's screen and finds the ride of a bank card.
    pub tap: String,
    /// What it was.
    pub medium: Medium,
    /// When, by the terminal's clock, ms since 1970.
    pub at_ms: i64,
}

/// What pays at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Medium {
    /// A transport card.
    SmartCard {
        /// Its number.
        card: String,
    },
    /// A transport card as a code.
    QrCard {
        /// The text of the code, which the operator verifies again.
        code: String,
    },
    /// A bank card.
    BankCard {
        /// The bank's token for it, the same as where it was linked; never its number.
        token: String,
    },
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapReportAnswer {
    /// One for each tap, in their order.
    pub taps: Vec<SettledTap>,
}

/// What became of a tap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledTap {
    /// Which.
    pub tap: String,
    /// What became of it.
    pub outcome: TapOutcome,
}

/// What became of a tap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TapOutcome {
    /// Charged, once.
    Charged {
        /// How much; 0 for a free ride.
        fare: Money,
    },
    /// The ride was paid in this or another way; nothing was charged.
    AlreadyPaid,
    /// Not charged.
    Refused {
        /// The code of the problem that a tap with a network would have been answered with.
        code: String,
    },
    /// Not known yet: the terminal keeps it and reports it again.
    Later,
}
