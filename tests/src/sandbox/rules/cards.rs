//! Cards that a passenger registers by themselves, and what they entitle to.

use super::problem;
use jiff::civil::Date;
use jol_core::city::fares::{CategoryRule, Issued};
use jol_core::operator::wire::{Card, CardRequest, CardState, Problem, problem as codes};
use jol_core::wallet::Category;

/// Registers a card under this id and number, or says who issues it instead.
pub fn register(
    rules: &[CategoryRule],
    request: &CardRequest,
    id: String,
    number: String,
    now_ms: i64,
) -> Result<Card, Problem> {
    let rule = rules.iter().find(|rule| rule.category == request.category);
    let (state, valid_until) = match rule.map(|rule| &rule.issued) {
        Some(Issued::InApp) => (CardState::Active, None),
        Some(Issued::InAppWithProof { until, .. }) => (CardState::Applied, until.map(|day| day.to_string())),
        Some(Issued::AtOffice { .. }) => {
            return Err(problem(403, codes::OFFICE_ONLY, "only an office issues a card of this category"));
        }
        None => return Err(problem(403, codes::OFFICE_ONLY, "no card of this category is issued")),
    };
    Ok(Card {
        id,
        number,
        name: request.name.clone(),
        category: request.category,
        balance: Default::default(),
        state,
        valid_until,
        as_of_ms: now_ms,
    })
}

/// Whether this card gives its category on this day.
pub fn entitles(card: &Card, day: Date) -> bool {
    let in_time =
        card.valid_until.as_deref().is_none_or(|last| last.parse().is_ok_and(|last: Date| day <= last));
    card.state == CardState::Active && in_time
}

/// The category in which this card rides on this day: its own, or standard if that is not held.
pub fn category_on(card: &Card, day: Date) -> Category {
    if entitles(card, day) { card.category } else { Category::Standard }
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
        let request = CardRequest { category, name: "mine".into() };
        register(&sample_rules("sample").categories, &request, "c1".into(), "1".into(), 5)
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
