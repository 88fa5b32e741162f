use crate::operator::wire::{BankLinkAnswer, BankLinkState};
use crate::operator::{Refusal, safe_address};
use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// The linking of a bank card, from asking for the bank's page on. The card's number is typed on that page
/// and comes neither to the app nor to the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLink {
    /// Its idempotency key.
    pub key: String,
    /// The operator's id for it, once it has one.
    pub link: Option<String>,
    /// How it stands.
    pub standing: BankLinkStanding,
    /// When it was asked for, ms since 1970.
    pub asked_ms: i64,
}

/// How the linking of a bank card stands. Only the operator's word moves it: a return from the bank's page
/// claims nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum BankLinkStanding {
    /// The operator was asked for the bank's page and has not answered yet.
    Asked,
    /// The passenger links the card on the bank's page.
    AtBank {
        /// The page to open in the phone's browser: HTTPS.
        page: String,
    },
    /// The card pays from now on.
    Linked {
        /// The operator's token for it, as in `Source::BankCard`; never the card's number.
        token: String,
    },
    /// The bank or the passenger said no; no card was linked.
    RefusedByBank,
    /// The operator did not take the request; no card was linked.
    NotTaken {
        /// Why.
        refusal: Refusal,
    },
}

impl BankLinkStanding {
    /// What the operator's answer makes of a linking; none if the answer is not to be used: a page that no
    /// browser should open, a linked card without its token.
    pub(crate) fn told(answer: &BankLinkAnswer) -> Option<BankLinkStanding> {
        match answer.state {
            BankLinkState::Waiting => {
                safe_address(&answer.page).map(|page| BankLinkStanding::AtBank { page: page.into() })
            }
            BankLinkState::Linked => answer.token.clone().map(|token| BankLinkStanding::Linked { token }),
            BankLinkState::Refused => Some(BankLinkStanding::RefusedByBank),
        }
    }

    /// The sentence that a passenger reads.
    pub fn text(&self, language: Language) -> String {
        let plain = |message| say(language, message, &[]);
        match self {
            BankLinkStanding::Asked => plain("bank-card-asked"),
            BankLinkStanding::AtBank { .. } => plain("bank-card-at-bank"),
            BankLinkStanding::Linked { .. } => plain("bank-card-linked"),
            BankLinkStanding::RefusedByBank => plain("bank-card-refused"),
            BankLinkStanding::NotTaken { refusal } => refusal.text(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: BankLinkState, page: &str, token: Option<&str>) -> BankLinkAnswer {
        BankLinkAnswer { link: "b1".into(), page: page.into(), state, token: token.map(str::to_owned) }
    }

    #[test]
    fn only_a_page_that_a_browser_may_open_is_shown() {
        let told = |page| BankLinkStanding::told(&answer(BankLinkState::Waiting, page, None));
        let page = "https://bank.example/link?b=1".to_owned();
        assert_eq!(told(&page), Some(BankLinkStanding::AtBank { page: page.clone() }));
        for page in ["http://bank.example/", "javascript:alert(1)", "file:///etc/passwd", "", "intent://x"] {
            assert_eq!(told(page), None, "{page}");
        }
    }

    #[test]
    fn a_card_is_linked_only_with_its_token() {
        let linked = |token| BankLinkStanding::told(&answer(BankLinkState::Linked, "", token));
        assert_eq!(linked(Some("k1")), Some(BankLinkStanding::Linked { token: "k1".into() }));
        assert_eq!(linked(None), None);
        let refused = answer(BankLinkState::Refused, "", Some("k1"));
        assert_eq!(BankLinkStanding::told(&refused), Some(BankLinkStanding::RefusedByBank));
    }

    #[test]
    fn each_standing_has_its_own_sentence_in_each_language() {
        let all = [
            BankLinkStanding::Asked,
            BankLinkStanding::AtBank { page: String::new() },
            BankLinkStanding::Linked { token: String::new() },
            BankLinkStanding::RefusedByBank,
            BankLinkStanding::NotTaken { refusal: Refusal::Unreachable },
        ];
        let said = Language::ALL.map(|language| all.each_ref().map(|standing| standing.text(language)));
        let different: std::collections::BTreeSet<_> = said.iter().flatten().collect();
        assert_eq!(different.len(), all.len() * Language::ALL.len());
        assert!(different.iter().all(|text| text.contains(' ')), "{different:?}");
    }
}
