use crate::money::Money;
use crate::operator::Refusal;
use crate::operator::wire::CardGlimpse;
use serde::{Deserialize, Serialize};

/// What was asked about a card by its number, one's own or another's. Its trips are nobody's to ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLookup {
    /// Its idempotency key.
    pub key: String,
    /// The number, masked but for its last four digits.
    pub masked_card: String,
    /// How it stands.
    pub standing: LookupStanding,
}

/// What is known of a card by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LookupStanding {
    /// The operator has not answered yet.
    Asked,
    /// There is such a card: it can be topped up.
    Found {
        /// Whether its category is another than standard; which one is not told.
        is_preferential: bool,
        /// What is on it; by its code only.
        balance: Option<Money>,
        /// When the operator said so, ms since 1970.
        as_of_ms: i64,
    },
    /// Not told.
    NotTold {
        /// Why.
        refusal: Refusal,
    },
}

impl LookupStanding {
    pub(crate) fn told(seen: &CardGlimpse) -> LookupStanding {
        LookupStanding::Found {
            is_preferential: seen.is_preferential,
            balance: seen.balance,
            as_of_ms: seen.as_of_ms,
        }
    }
}
