use crate::city::fares::{ProviderKind, TopUpProvider};
use crate::money::Money;
use crate::operator::Refusal;
use crate::pay::DeclineReason;
use crate::text::{Language, say};

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
    /// It is paid, and is written onto the plastic card when that is held to a validator.
    AtValidator {
        /// Until when that must be, ms since 1970; later an office helps.
        until_ms: i64,
    },
    /// The money is on the card.
    Done,
    /// The bank refused; no money was taken.
    RefusedByBank,
    /// The carrier did not take it from the phone's balance; no money was taken.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when on it may be tried again, ms since 1970.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit.
        service: Option<String>,
    },
    /// The operator did not take the request; no money was taken.
    NotTaken {
        /// Why.
        refusal: Refusal,
    },
}

impl TopUp {
    /// What the passenger reads of it. `until`: until when the card must be held to a validator, in words (none
    /// where that time is over), or from when on it may be tried again.
    pub fn text(&self, provider: Option<&TopUpProvider>, until: Option<&str>, language: Language) -> String {
        let plain = |message| say(language, message, &[]);
        match (&self.standing, until) {
            (TopUpStanding::Asked, _) => plain("top-up-asked"),
            (TopUpStanding::WaitingForBank { .. }, _) => {
                let name = provider.map_or("", |provider| provider.name.in_language(language));
                let number = self.top_up.as_deref().unwrap_or_default();
                match provider.map(|provider| provider.kind) {
                    Some(ProviderKind::Qiwi | ProviderKind::SalePoint) => {
                        say(language, "top-up-at-counter", &[("provider", name), ("number", number)])
                    }
                    Some(ProviderKind::Kaspi | ProviderKind::Homebank) => {
                        say(language, "top-up-at-bank", &[("provider", name)])
                    }
                    _ => plain("waiting-for-bank"),
                }
            }
            (TopUpStanding::AtValidator { .. }, Some(time)) => {
                say(language, "top-up-at-validator", &[("time", time)])
            }
            (TopUpStanding::AtValidator { .. }, None) => plain("top-up-at-validator-late"),
            (TopUpStanding::Done, _) => say(language, "topped-up", &[("sum", &self.sum.to_string())]),
            (TopUpStanding::RefusedByBank, _) => plain("travel-bank-refused"),
            (TopUpStanding::Declined { reason, service, .. }, again) => {
                reason.text(again, service.as_deref(), language)
            }
            (TopUpStanding::NotTaken { refusal }, _) => refusal.text(language),
        }
    }
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
    fn each_standing_and_provider_has_its_own_words_in_each_language() {
        let provider = |kind| TopUpProvider {
            id: "x".into(),
            kind,
            name: crate::text::Words::same("Kaspi"),
            least: Money::ZERO,
            most: Money::ZERO,
        };
        let top_up = |standing| TopUp {
            key: "k".into(),
            top_up: Some("t1".into()),
            masked_card: "••••1234".into(),
            provider: "x".into(),
            sum: Money::tenge(500),
            standing,
            asked_ms: 0,
        };
        for language in Language::ALL {
            let waits = || top_up(TopUpStanding::WaitingForBank { hand_over: None });
            let [bank, kaspi, qiwi] = [ProviderKind::Bank, ProviderKind::Kaspi, ProviderKind::Qiwi]
                .map(|kind| waits().text(Some(&provider(kind)), None, language));
            assert!(kaspi.contains("Kaspi") && qiwi.contains("t1"), "{kaspi} {qiwi}");
            let at_validator = top_up(TopUpStanding::AtValidator { until_ms: 5 });
            let all = [
                bank,
                kaspi,
                qiwi,
                at_validator.text(None, Some("18:05"), language),
                at_validator.text(None, None, language),
                top_up(TopUpStanding::Asked).text(None, None, language),
                top_up(TopUpStanding::Done).text(None, None, language),
                top_up(TopUpStanding::RefusedByBank).text(None, None, language),
                top_up(TopUpStanding::Declined {
                    reason: DeclineReason::SimReplaced,
                    try_again_ms: Some(5),
                    service: None,
                })
                .text(None, Some("18:00"), language),
            ];
            let said: std::collections::BTreeSet<&String> = all.iter().collect();
            assert!(said.len() == all.len() && all.iter().all(|text| text.contains(' ')), "{all:?}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_last_four_digits() {
        assert_eq!(masked("9312 0000 1234 5678"), "••••••••••••5678");
        assert_eq!(masked("12"), "12");
        assert_eq!(masked(""), "");
    }
}
