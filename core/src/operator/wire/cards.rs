//! Cards, what is bought once, and passes.

use super::Base64;
use crate::money::Money;
use crate::pay::{DeclineReason, Source};
use crate::text::Words;
use crate::wallet::Category;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `GET /v1/cards`: all cards of this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cards {
    /// The cards.
    pub cards: Vec<Card>,
}

/// A transport card as the operator holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its id, which requests name it by; it tells nothing about the number.
    pub id: String,
    /// Its number as printed, digits only.
    pub number: String,
    /// What the passenger calls it.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// What is on it.
    pub balance: Money,
    /// Whether it can be used.
    pub state: CardState,
    /// The last day of its entitlement (ISO date).
    pub valid_until: Option<String>,
    /// When the operator said so, ms since 1970.
    pub as_of_ms: i64,
    /// What it is made of.
    #[serde(default)]
    pub form: CardForm,
    /// It is held by a parent, for a child without a phone.
    #[serde(default)]
    pub child: bool,
    /// Why its proof was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Words>,
    /// The card, by its id, to which its balance and category were moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// The most that it pays a day: of a printed code, which anybody can copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_limit: Option<Money>,
    /// The operator's word that this phone may show it as a code (`ticket::card_code`), a COSE_Sign1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Base64>,
}

/// What a card is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardForm {
    /// In the app alone: it pays there.
    #[default]
    Virtual,
    /// A plastic card with a chip.
    Physical,
    /// In the app, which shows it to buses as a code.
    QrApp,
    /// A code on paper or plastic.
    QrPrinted,
}

/// Whether a card can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// Its proof is being checked.
    Applied,
    /// Its proof was refused: it rides as standard.
    Refused,
    /// It can be used.
    Active,
    /// Its owner stopped it, and may open it again.
    Blocked,
    /// Its owner lost it. Its balance and category can be moved.
    Lost,
    /// The operator stopped it; an office opens it again.
    Stopped,
    /// Its balance and category are on another card.
    Moved,
}

impl CardState {
    /// Whether what is on it can be spent.
    pub const fn pays(self) -> bool {
        matches!(self, CardState::Applied | CardState::Refused | CardState::Active)
    }
}

/// `POST /v1/cards/claims`: a card that was sold comes to this account, by its number and the code that came
/// with it or that an office gave.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardClaim {
    /// The number as printed, digits only.
    pub number: String,
    /// The code.
    pub code: String,
    /// What the passenger calls the card.
    pub name: String,
    /// It is for a child without a phone.
    #[serde(default)]
    pub child: bool,
}

/// Without the number and the code.
impl fmt::Debug for CardClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardClaim")
    }
}

/// `POST /v1/cards/lookups`: what may be seen of a card by its number, and by its code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardQuestion {
    /// The number as printed, digits only.
    pub number: String,
    /// The code that came with it or that an office gave: with it the balance is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Without the number and the code.
impl fmt::Debug for CardQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardQuestion")
    }
}

/// What is seen of a card by its number: never whose it is, its category itself, or a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardGlimpse {
    /// The number, masked but for its last four digits.
    pub masked_card: String,
    /// Its category, masked: whether it is another than standard.
    pub is_preferential: bool,
    /// What is on it; by the code only.
    pub balance: Option<Money>,
    /// When the operator said so, ms since 1970.
    pub as_of_ms: i64,
}

/// `POST /v1/cards/{card}/state`: the owner stops a card, opens it again, or lost it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardChange {
    /// What is to become of it.
    pub to: CardWish,
}

/// What an owner does with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardWish {
    /// Stop it for now.
    Block,
    /// Open it again.
    Unblock,
    /// It is lost: stop it for good.
    Lose,
}

/// `POST /v1/cards/{card}/move`: balance and category go to another card of this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardMove {
    /// The card that gets them, by its id.
    pub to: String,
}

/// The move is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardMoved {
    /// Both cards, as they stand now.
    pub cards: Vec<Card>,
    /// What went from one to the other.
    pub moved: Money,
    /// The signed answer.
    pub receipt: Base64,
}

/// `POST /v1/purchases`: buys a card or a pass. Its price is no top-up and no fare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseRequest {
    /// In which city.
    pub city: String,
    /// What is bought.
    pub item: PurchaseItem,
    /// The price that was shown.
    pub price: Money,
    /// Whose money.
    pub source: Source,
}

/// What is bought once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PurchaseItem {
    /// A transport card. What it is called is told later: a request for money holds no name.
    Card {
        /// Its category.
        category: Category,
        /// What it is made of: in the app, as a code or not.
        form: CardForm,
        /// It is for a child without a phone.
        child: bool,
    },
    /// A pass of the city's.
    Pass {
        /// Which one, by its id.
        pass: String,
    },
}

/// What became of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseAnswer {
    /// What became of it.
    pub outcome: PurchaseOutcome,
    /// The signed answer about money.
    pub receipt: Base64,
}

/// What became of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PurchaseOutcome {
    /// It is the passenger's.
    Bought {
        /// The card, if it is one.
        card: Option<Box<Card>>,
        /// The pass, if it is one.
        pass: Option<Box<HeldPass>>,
    },
    /// Not charged.
    Declined {
        /// Why.
        reason: DeclineReason,
        /// From when it may succeed, where that is known.
        try_again_ms: Option<i64>,
        /// The carrier's own name for its trust credit, where that is the reason.
        service: Option<String>,
    },
}

/// `GET /v1/passes`: the passes of this account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passes {
    /// Those that last, and those that ended within a month.
    pub passes: Vec<HeldPass>,
}

/// A pass that was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPass {
    /// Its id.
    pub id: String,
    /// Which of the city's passes it is, by its id.
    pub pass: String,
    /// In which city.
    pub city: String,
    /// Its name.
    pub name: Words,
    /// For whom; empty: any category.
    pub categories: Vec<Category>,
    /// On which lines; empty: all.
    pub lines: Vec<String>,
    /// The first day (ISO date).
    pub from: String,
    /// The last day.
    pub until: String,
}
