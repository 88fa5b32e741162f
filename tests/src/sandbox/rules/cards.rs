//! Cards: who registers one, how its proof ends, who stops it, what moves to another one, and what a stranger
//! sees by its number. What a card entitles to is the core's own rule, so that both sides say the same.

use super::{Entry, Purse, problem};
use jiff::civil::Date;
use jol_core::city::fares::{CardOffer, CategoryRule, Issued};
use jol_core::money::Money;
use jol_core::operator::wire::{
    Card, CardForm, CardGlimpse, CardRequest, CardState, CardWish, Problem, problem as codes,
};
use jol_core::text::Words;
use jol_core::wallet::{Category, last_day, rides_as};

/// How often a card's code can be tried.
pub const TRIES: u8 = 3;

/// Registers a card under this id and number, or says who issues it instead. What has a price is bought.
pub fn register(
    rules: &[CategoryRule],
    offers: &[CardOffer],
    request: &CardRequest,
    id: String,
    number: String,
    now_ms: i64,
) -> Result<Card, Problem> {
    let (price, card) = new_card(rules, offers, request, id, number, now_ms)?;
    match price {
        Money::ZERO => Ok(card),
        _ => Err(problem(409, codes::CARD_STATE, "this card has a price: it is bought")),
    }
}

/// What a card costs, and the card as it begins.
pub fn new_card(
    rules: &[CategoryRule],
    offers: &[CardOffer],
    request: &CardRequest,
    id: String,
    number: String,
    now_ms: i64,
) -> Result<(Money, Card), Problem> {
    let office = |title| problem(403, codes::OFFICE_ONLY, title);
    let rule = rules.iter().find(|rule| rule.category == request.category);
    let rule = rule.ok_or_else(|| office("no card of this category is issued"))?;
    let (state, until) = match &rule.issued {
        Issued::InApp => (CardState::Active, None),
        Issued::InAppWithProof { until, .. } => (CardState::Applied, *until),
        Issued::AtOffice { .. } => return Err(office("only an office issues a card of this category")),
    };
    let offer = offers.iter().find(|offer| offer.form == request.form);
    let (price, day_limit) = match (offer, request.form) {
        (Some(offer), _) => (offer.price, offer.day_limit),
        (None, CardForm::Virtual) => (Money::ZERO, None),
        (None, _) => return Err(office("no card of this form is issued")),
    };
    let price = price.plus(rule.card_price).ok_or_else(|| office("no such price"))?;
    let card = Card {
        id,
        number,
        name: request.name.clone(),
        category: request.category,
        balance: Money::ZERO,
        state,
        valid_until: until.map(|day| day.to_string()),
        as_of_ms: now_ms,
        form: request.form,
        child: request.child,
        refused: None,
        moved_to: None,
        day_limit,
        credential: None,
    };
    Ok((price, card))
}

/// The proof was looked at: the card is entitled until the city's last day or the holder's birthday, or it was
/// refused, and says why.
pub fn prove(card: &Card, rules: &[CategoryRule], born: Option<Date>, refused: Option<Words>) -> Card {
    let rule = rules.iter().find(|rule| rule.category == card.category);
    let until = rule.and_then(|rule| match &rule.issued {
        Issued::InAppWithProof { until, .. } => *until,
        _ => None,
    });
    let last = last_day(until, born, rule.and_then(|rule| rule.below_age));
    let state = if refused.is_some() { CardState::Refused } else { CardState::Active };
    let valid_until = last.map(|day| day.to_string()).filter(|_| refused.is_none());
    Card { state, valid_until, refused, ..card.clone() }
}

/// Whether this card gives its category on this day.
pub fn entitles(card: &Card, day: Date) -> bool {
    card.state == CardState::Active && rides_as(card, day) == card.category
}

/// The category in which this card rides on this day: its own, or standard if that is not held.
pub fn category_on(card: &Card, day: Date) -> Category {
    rides_as(card, day)
}

/// What a code that was entered for a card does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeEntered {
    /// It was right, and cannot be used to claim again.
    Right,
    /// It was wrong; so many tries are left.
    Wrong {
        /// 0: an office must give another.
        tries_left: u8,
        /// What the passenger is told.
        problem: Problem,
    },
    /// It cannot be entered any more, or there is none.
    TooLate(Problem),
}

/// Whether the code that was typed is the card's. `held`: the code, and how often it can still be tried.
pub fn enter_code(held: Option<(&str, u8)>, typed: &str) -> CodeEntered {
    let late = || problem(410, codes::CODE_EXPIRED, "tried too often, or used: an office gives another code");
    match held {
        None | Some((_, 0)) => CodeEntered::TooLate(late()),
        Some((code, _)) if code == typed => CodeEntered::Right,
        Some((_, tries)) => {
            let tries_left = tries - 1;
            let wrong = problem(403, codes::WRONG_CODE, "the code is wrong");
            CodeEntered::Wrong { tries_left, problem: Problem { tries_left: Some(tries_left), ..wrong } }
        }
    }
}

/// What a card shows by its number, and, if the code was right, by that.
pub fn glimpse(card: &Card, code_was_right: bool) -> CardGlimpse {
    CardGlimpse {
        masked_card: masked(&card.number),
        is_preferential: card.category != Category::Standard,
        balance: code_was_right.then_some(card.balance),
        as_of_ms: card.as_of_ms,
    }
}

/// What the owner's wish makes of a card: its new state, and the one to which it opens again.
pub fn change(
    card: &Card,
    was: Option<CardState>,
    wish: CardWish,
) -> Result<(CardState, Option<CardState>), Problem> {
    let no = || problem(409, codes::CARD_STATE, "not as the card stands");
    match (wish, card.state) {
        (CardWish::Block, state) if state.pays() => Ok((CardState::Blocked, Some(state))),
        // Never more than it was: a proof that was not looked at does not come true by this.
        (CardWish::Unblock, CardState::Blocked) => was.map(|was| (was, None)).ok_or_else(no),
        (CardWish::Lose, CardState::Blocked) => Ok((CardState::Lost, was)),
        (CardWish::Lose, state) if state.pays() => Ok((CardState::Lost, Some(state))),
        // The same wish again.
        (CardWish::Block, CardState::Blocked) | (CardWish::Lose, CardState::Lost) => Ok((card.state, was)),
        (CardWish::Unblock, state) if state.pays() => Ok((state, None)),
        _ => Err(no()),
    }
}

/// What moves from a card to another of the same account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The old card: refused everywhere from now on.
    pub from: Card,
    /// The new one, with the category and the proof of the old one.
    pub to: Card,
    /// What went over; none where there was nothing.
    pub entry: Option<Entry>,
}

/// Moves balance and category. `was`: what the old card opens to, where it is blocked or lost.
pub fn move_to(from: &Card, was: Option<CardState>, to: &Card) -> Result<Moved, Problem> {
    let no = |title| problem(409, codes::CARD_STATE, title);
    let held = match from.state {
        CardState::Blocked | CardState::Lost => was.unwrap_or(CardState::Refused),
        state if state.pays() => state,
        _ => return Err(no("nothing moves from this card")),
    };
    if from.id == to.id || to.state != CardState::Active || to.category != Category::Standard {
        return Err(no("an active standard card takes it"));
    }
    let entry = Entry::of("move", Purse::Card(from.id.clone()), Purse::Card(to.id.clone()), from.balance);
    let balance = to.balance.plus(from.balance).ok_or_else(|| no("too much on one card"))?;
    Ok(Moved {
        to: Card {
            category: from.category,
            state: held,
            valid_until: from.valid_until.clone(),
            refused: from.refused.clone(),
            child: from.child,
            balance,
            ..to.clone()
        },
        from: Card {
            state: CardState::Moved,
            moved_to: Some(to.id.clone()),
            balance: Money::ZERO,
            ..from.clone()
        },
        entry,
    })
}

/// A card's number out of chance: 16 digits, the last one checks the others (ISO/IEC 7812-1, Luhn).
pub fn number(bytes: [u8; 8]) -> String {
    let body = format!("964300{:09}", u64::from_le_bytes(bytes) % 1_000_000_000);
    let check = (10 - luhn(&format!("{body}0")) % 10) % 10;
    format!("{body}{check}")
}

/// The sum that is a multiple of ten for a number without a slip.
fn luhn(digits: &str) -> u32 {
    let weigh = |(place, digit): (usize, char)| {
        let digit = digit.to_digit(10).unwrap_or(0);
        let weighed = if place % 2 == 1 { digit * 2 } else { digit };
        weighed / 10 + weighed % 10
    };
    digits.chars().rev().enumerate().map(weigh).sum()
}

/// A card's number as others may see it: its last four digits.
pub fn masked(number: &str) -> String {
    let hidden = number.len().saturating_sub(4);
    number.char_indices().map(|(place, digit)| if place < hidden { '•' } else { digit }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jiff::civil::date;

    fn ask(category: Category) -> Result<Card, Problem> {
        ask_for(category, CardForm::Virtual)
    }

    fn ask_for(category: Category, form: CardForm) -> Result<Card, Problem> {
        let request = CardRequest { category, name: "mine".into(), form, child: false };
        let rules = sample_rules("sample");
        register(&rules.categories, &rules.cards, &request, "c1".into(), "1".into(), 5)
    }

    #[test]
    fn a_standard_card_is_there_at_once_and_a_senior_one_at_an_office() {
        assert_eq!(ask(Category::Standard).expect("a card").state, CardState::Active);
        for category in [Category::Senior, Category::Disabled, Category::Veteran, Category::Child] {
            assert_eq!(ask(category).expect_err("refused").code, codes::OFFICE_ONLY, "{category:?}");
        }
    }

    #[test]
    fn a_school_card_waits_for_its_proof_and_ends_with_the_school_year() {
        let mut card = ask(Category::School).expect("a card");
        let day = date(2026, 9, 16);
        assert_eq!((card.state, category_on(&card, day)), (CardState::Applied, Category::Standard));
        card.state = CardState::Active;
        assert_eq!(category_on(&card, day), Category::School);
        assert_eq!(category_on(&card, date(2027, 5, 25)), Category::School);
        assert_eq!(category_on(&card, date(2027, 5, 26)), Category::Standard);
    }

    #[test]
    fn what_has_a_price_is_not_given_away() {
        assert!(ask_for(Category::Standard, CardForm::QrApp).is_ok());
        for form in [CardForm::Physical, CardForm::QrPrinted] {
            assert_eq!(ask_for(Category::Standard, form).expect_err("refused").code, codes::CARD_STATE);
        }
    }

    #[test]
    fn a_proof_holds_to_the_school_year_or_the_birthday_and_a_refusal_says_why() {
        let rules = sample_rules("sample").categories;
        let card = ask(Category::School).expect("a card");
        let until = |born: Option<Date>| prove(&card, &rules, born, None).valid_until;
        assert_eq!(until(None).as_deref(), Some("2027-05-25"));
        assert_eq!(until(Some(date(2009, 3, 10))).as_deref(), Some("2027-03-09"), "18 on the tenth");
        let why = Words::same("not readable");
        let refused = prove(&card, &rules, None, Some(why.clone()));
        assert_eq!((refused.state, refused.refused), (CardState::Refused, Some(why)));
        assert_eq!(refused.valid_until, None);
    }

    #[test]
    fn blocking_and_unblocking_makes_no_proof_come_true() {
        let mut card = ask(Category::School).expect("a card");
        let (state, was) = change(&card, None, CardWish::Block).expect("blocked");
        assert_eq!((state, was), (CardState::Blocked, Some(CardState::Applied)));
        card.state = state;
        assert_eq!(change(&card, was, CardWish::Unblock), Ok((CardState::Applied, None)));
        assert_eq!(change(&card, was, CardWish::Lose), Ok((CardState::Lost, Some(CardState::Applied))));
        card.state = CardState::Lost;
        assert!(change(&card, was, CardWish::Unblock).is_err(), "lost is for good");
        for state in [CardState::Stopped, CardState::Moved] {
            card.state = state;
            for wish in [CardWish::Block, CardWish::Unblock, CardWish::Lose] {
                assert!(change(&card, None, wish).is_err(), "{state:?} {wish:?}");
            }
        }
    }

    #[test]
    fn balance_and_category_move_once_and_no_proof_comes_true_by_it() {
        let mut from = ask(Category::School).expect("a card");
        (from.state, from.balance) = (CardState::Lost, Money::tenge(250));
        let to =
            Card { id: "c2".into(), balance: Money::tenge(50), ..ask(Category::Standard).expect("a card") };
        let moved = move_to(&from, Some(CardState::Applied), &to).expect("moved");
        assert_eq!((moved.to.category, moved.to.state), (Category::School, CardState::Applied));
        assert_eq!((moved.from.balance, moved.to.balance), (Money::ZERO, Money::tenge(300)));
        assert_eq!((moved.from.state, moved.from.moved_to.as_deref()), (CardState::Moved, Some("c2")));
        assert!(moved.entry.expect("an entry").balances());
        assert!(move_to(&moved.from, None, &to).is_err(), "once");
        assert!(move_to(&to, None, &to).is_err(), "not onto itself");
        assert!(
            move_to(&to, None, &Card { state: CardState::Blocked, id: "c3".into(), ..to.clone() }).is_err()
        );
        let taken = Card { category: Category::School, id: "c3".into(), ..to.clone() };
        assert!(move_to(&from, None, &taken).is_err(), "no category is lost");
    }

    #[test]
    fn a_code_is_tried_three_times_and_a_number_alone_tells_no_balance() {
        let mut tries = TRIES;
        for left in [2, 1, 0] {
            let CodeEntered::Wrong { tries_left, problem } = enter_code(Some(("1234", tries)), "1235") else {
                panic!("not wrong")
            };
            assert_eq!((tries_left, problem.tries_left), (left, Some(left)));
            tries = tries_left;
        }
        assert!(matches!(enter_code(Some(("1234", tries)), "1234"), CodeEntered::TooLate(_)));
        assert!(matches!(enter_code(None, "1234"), CodeEntered::TooLate(_)));
        assert_eq!(enter_code(Some(("1234", 1)), "1234"), CodeEntered::Right);
        let card = ask(Category::School).expect("a card");
        assert_eq!((glimpse(&card, false).balance, glimpse(&card, true).balance), (None, Some(Money::ZERO)));
        assert!(glimpse(&card, false).is_preferential);
    }

    #[test]
    fn a_number_has_a_check_digit_that_notices_a_slip() {
        let number = number([3, 1, 4, 1, 5, 9, 2, 6]);
        assert_eq!((number.len(), luhn(&number) % 10), (16, 0));
        let slipped = number.replacen('9', "8", 1);
        assert_ne!(luhn(&slipped) % 10, 0);
        assert_eq!(luhn("79927398713") % 10, 0, "the example of the standard");
    }

    #[test]
    fn a_masked_number_shows_four_digits() {
        assert_eq!(masked("9643000000001234"), "••••••••••••1234");
        assert_eq!(masked("12"), "12");
    }
}
