//! What is bought once: a card, a pass. Its price is an entry of its own, neither a fare nor a top-up.

pub(crate) mod rows;

use crate::money::Money;
use crate::operator::Refusal;
use crate::operator::wire::{Card, HeldPass, PurchaseAnswer, PurchaseItem, PurchaseOutcome};
use crate::pay::{DeclineReason, Source};
use crate::text::Words;
use crate::ticket::TrustedKeys;
use crate::ticket::receipt::{Receipt, ReceiptOutcome, request_hash};
use serde::{Deserialize, Serialize};

/// What the city sells, with its price: shown before it is bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is bought.
    pub item: PurchaseItem,
    /// Its name.
    pub name: Words,
    /// What it costs; no part of it is put on a card.
    pub price: Money,
}

/// A purchase, from the wish on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Its idempotency key.
    pub key: String,
    /// In which city.
    pub city: String,
    /// What is bought.
    pub item: PurchaseItem,
    /// The price that was shown.
    pub price: Money,
    /// Whose money.
    pub source: Source,
    /// How it stands.
    pub standing: PurchaseStanding,
    /// When it was asked for, ms since 1970.
    pub asked_ms: i64,
}

/// How a purchase stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PurchaseStanding {
    /// Not known yet.
    Asked,
    /// It is the passenger's.
    Bought {
        /// The card's or the pass's id.
        what: String,
    },
    /// Not charged.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, ms since 1970, where that is known.
        try_again_ms: Option<i64>,
        /// The carrier's name for its trust credit, where that is the reason.
        service: Option<String>,
    },
    /// The operator did not take the request; no money was taken.
    NotTaken {
        /// Why.
        refusal: Refusal,
    },
}

/// What an answer makes of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) standing: PurchaseStanding,
    pub(crate) card: Option<Card>,
    pub(crate) pass: Option<HeldPass>,
    pub(crate) at_ms: i64,
    pub(crate) receipt: Vec<u8>,
}

/// What the operator's answer makes of a purchase; none if it is not to be believed: another request's, another
/// sum, a thing that was not asked for.
pub(crate) fn settle(
    wish: &Purchase,
    request: &[u8],
    keys: Option<&TrustedKeys>,
    answer: PurchaseAnswer,
) -> Option<Settled> {
    let signed = answer.receipt.0;
    let receipt = Receipt::verify(&signed, keys?, &wish.key, &request_hash(request)).ok()?;
    let (standing, card, pass) = match answer.outcome {
        PurchaseOutcome::Bought { card, pass } => {
            let what = match (&wish.item, &card, &pass) {
                (PurchaseItem::Card { category, form, .. }, Some(card), None)
                    if (card.category, card.form) == (*category, *form) =>
                {
                    card.id.clone()
                }
                (PurchaseItem::Pass { pass: asked }, None, Some(pass)) if pass.pass == *asked => {
                    pass.id.clone()
                }
                _ => return None,
            };
            let is_paid = receipt.outcome == ReceiptOutcome::Paid && receipt.amount == wish.price;
            is_paid.then_some((
                PurchaseStanding::Bought { what },
                card.map(|card| *card),
                pass.map(|pass| *pass),
            ))?
        }
        PurchaseOutcome::Declined { reason, try_again_ms, service } => {
            let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
            let standing = PurchaseStanding::Declined { reason, try_again_ms, service };
            (receipt.outcome == said).then_some((standing, None, None))?
        }
    };
    Some(Settled { standing, card, pass, at_ms: receipt.operator_time_ms, receipt: signed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::wire::{Base64, CardForm, CardState};
    use crate::ticket::{Purpose, fixtures};
    use crate::wallet::Category;

    const REQUEST: &[u8] = b"a request";

    fn wish() -> Purchase {
        let item =
            PurchaseItem::Card { category: Category::Standard, form: CardForm::QrPrinted, child: false };
        Purchase {
            key: "purchase-1".into(),
            city: "sample".into(),
            item,
            price: Money::tenge(300),
            source: Source::PhoneBalance,
            standing: PurchaseStanding::Asked,
            asked_ms: 5,
        }
    }

    fn card(form: CardForm) -> Card {
        Card {
            id: "c1".into(),
            number: "9643000000001234".into(),
            name: String::new(),
            category: Category::Standard,
            balance: Money::ZERO,
            state: CardState::Active,
            valid_until: None,
            as_of_ms: 7,
            form,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        }
    }

    fn signed(key: &str, request: &[u8], outcome: ReceiptOutcome, tenge: i64) -> Base64 {
        let receipt = Receipt {
            idempotency_key: key.into(),
            request_hash: request_hash(request),
            outcome,
            amount: Money::tenge(tenge),
            operator_time_ms: fixtures::NOW_MS,
            ticket: None,
            reference: "n1".into(),
        };
        Base64(receipt.sign(&fixtures::signing_key(Purpose::Receipt)).expect("within bounds"))
    }

    fn told(form: CardForm, receipt: Base64) -> Option<Settled> {
        let outcome = PurchaseOutcome::Bought { card: Some(Box::new(card(form))), pass: None };
        let keys = fixtures::trusted_keys();
        settle(&wish(), REQUEST, Some(&keys), PurchaseAnswer { outcome, receipt })
    }

    #[test]
    fn a_card_is_bought_on_the_operator_s_word_about_this_wish_and_this_price_alone() {
        let paid = |tenge| signed("purchase-1", REQUEST, ReceiptOutcome::Paid, tenge);
        let settled = told(CardForm::QrPrinted, paid(300)).expect("believed");
        assert_eq!(settled.standing, PurchaseStanding::Bought { what: "c1".into() });
        assert_eq!(told(CardForm::QrPrinted, paid(301)), None, "another price");
        assert_eq!(told(CardForm::Virtual, paid(300)), None, "another card");
        let topped_up = signed("purchase-1", REQUEST, ReceiptOutcome::ToppedUp, 300);
        assert_eq!(told(CardForm::QrPrinted, topped_up), None, "a price is no top-up");
        for (key, request) in [("purchase-2", REQUEST), ("purchase-1", b"another".as_slice())] {
            let receipt = signed(key, request, ReceiptOutcome::Paid, 300);
            assert_eq!(told(CardForm::QrPrinted, receipt), None, "another request's");
        }
        let answer = PurchaseAnswer {
            outcome: PurchaseOutcome::Bought { card: Some(Box::new(card(CardForm::QrPrinted))), pass: None },
            receipt: paid(300),
        };
        assert_eq!(settle(&wish(), REQUEST, None, answer), None, "nobody's keys are known");
    }

    #[test]
    fn a_decline_says_what_was_signed() {
        let decline = |code: &str| {
            let outcome = PurchaseOutcome::Declined {
                reason: DeclineReason::NoMoney,
                try_again_ms: None,
                service: None,
            };
            let receipt = signed("purchase-1", REQUEST, ReceiptOutcome::Declined { code: code.into() }, 0);
            settle(&wish(), REQUEST, Some(&fixtures::trusted_keys()), PurchaseAnswer { outcome, receipt })
        };
        assert!(matches!(
            decline("no_money").expect("believed").standing,
            PurchaseStanding::Declined { reason: DeclineReason::NoMoney, .. }
        ));
        assert_eq!(decline("over_limit"), None);
    }
}
