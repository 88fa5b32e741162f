use crate::money::Money;
use crate::operator::Refusal;

/// A top-up of a card by its number, one's own or another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Its idempotency key.
    pub key: String,
    /// The operator's id for it, once it has one.
    pub top_up: Option<String>,
    /// The card, masked but for its last four digits.
    pub masked_card: String,
    /// Through whom, by the provider's id.
    pub provider: String,
    /// How much the card gains, which is how much the passenger pays: no commission.
    pub sum: Money,
    /// How it stands.
    pub standing: TopUpStanding,
    /// When it was asked for, ms since 1970.
    pub asked_ms: i64,
}

/// How a top-up stands. Only the operator's word moves it: a return from the bank's page claims
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopUpStanding {
    /// The operator was asked and has not answered yet.
    Asked,
    /// The bank has not confirmed it yet.
    WaitingForBank {
        /// The bank's page or app to hand over to.
        hand_over: Option<String>,
    },
    /// The money is on the card.
    Done,
    /// The bank refused; no money was taken.
    RefusedByBank,
    /// The operator did not take the request; no money was taken.
    NotTaken {
        /// Why.
        refusal: Refusal,
    },
}

/// A card's number as anybody may see it: all but the last four digits hidden.
pub fn masked(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let hidden = digits.len().saturating_sub(4);
    digits.iter().enumerate().map(|(at, digit)| if at < hidden { '•' } else { *digit }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_shows_its_last_four_digits() {
        assert_eq!(masked("9312 0000 1234 5678"), "••••••••••••5678");
        assert_eq!(masked("12"), "12");
        assert_eq!(masked(""), "");
    }
}
