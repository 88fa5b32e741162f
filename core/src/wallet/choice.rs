use super::{Category, rides_as};
use crate::operator::wire::{Card, CardState, SourceInfo};
use crate::order;
use crate::pay::Source;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a passenger chose about their cards; it stays on this phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Names of one's own, by a card's id.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// The cards' ids in the order in which they are shown; those that are not in it come behind.
    #[serde(default)]
    pub order: Vec<String>,
    /// Whose money pays, if nothing else is chosen.
    #[serde(default)]
    pub source: Option<Source>,
    /// As whom the passenger rides.
    #[serde(default)]
    pub category: Option<Category>,
}

impl Choices {
    /// Cards under one's own names, in one's own order.
    pub fn arrange(&self, mut cards: Vec<Card>) -> Vec<Card> {
        for card in &mut cards {
            if let Some(name) = self.names.get(&card.id) {
                card.name.clone_from(name);
            }
        }
        let place = |card: &Card| self.order.iter().position(|id| *id == card.id).unwrap_or(usize::MAX);
        order::sort_by_key(&mut cards, place);
        cards
    }

    /// Whose money pays: what was chosen, while it is there and pays; else the first that does, cards in
    /// their order. None if nothing does.
    pub fn source(&self, sources: &[SourceInfo], cards: &[Card]) -> Option<Source> {
        let pays = |source: &Source| match source {
            Source::SmartCard { card } => cards.iter().any(|one| one.id == *card && one.state.pays()),
            Source::PhoneBalance | Source::BankCard { .. } => true,
            Source::Cash => false,
        };
        let is_there = |source: &Source| sources.iter().any(|info| info.source == *source) && pays(source);
        if let Some(chosen) = self.source.as_ref().filter(|chosen| is_there(chosen)) {
            return Some(chosen.clone());
        }
        let place = |source: &Source| match source {
            Source::PhoneBalance => 0,
            Source::SmartCard { card } => {
                1 + cards.iter().position(|one| one.id == *card).unwrap_or(cards.len())
            }
            Source::BankCard { .. } => cards.len() + 2,
            Source::Cash => cards.len() + 3,
        };
        let there = sources.iter().map(|info| &info.source).filter(|source| is_there(source));
        there.min_by_key(|source| place(source)).cloned()
    }

    /// As whom the passenger rides on a day: as what was chosen, while a card of theirs gives it; else as
    /// standard.
    pub fn category(&self, cards: &[Card], day: Date) -> Category {
        let chosen = self.category.unwrap_or(Category::Standard);
        let gives =
            |card: &Card| card.state == CardState::Active && rides_as(card, day) == chosen && !card.child;
        match chosen {
            Category::Standard => Category::Standard,
            chosen if cards.iter().any(gives) => chosen,
            _ => Category::Standard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;
    use crate::operator::wire::CardForm;
    use crate::text::Words;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn card(id: &str, state: CardState, category: Category) -> Card {
        Card {
            id: id.into(),
            number: "1".into(),
            name: format!("operator's {id}"),
            category,
            balance: Money::ZERO,
            state,
            valid_until: Some("2027-05-25".into()),
            as_of_ms: 0,
            form: CardForm::Virtual,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        }
    }

    fn smart(id: &str) -> Source {
        Source::SmartCard { card: id.into() }
    }

    fn info(source: Source) -> SourceInfo {
        SourceInfo { source, label: Words::default(), balance: None, as_of_ms: None }
    }

    #[test]
    fn a_source_that_is_gone_gives_way_to_one_that_pays() {
        let bank = Source::BankCard { token: "k".into() };
        let cards = [
            card("b", CardState::Blocked, Category::Standard),
            card("a", CardState::Active, Category::Standard),
        ];
        let all = [info(bank.clone()), info(smart("a")), info(smart("b")), info(Source::PhoneBalance)];
        let chosen = |source: Option<Source>, sources: &[SourceInfo]| {
            Choices { source, ..Choices::default() }.source(sources, &cards)
        };
        assert_eq!(chosen(Some(smart("a")), &all), Some(smart("a")));
        assert_eq!(chosen(Some(smart("b")), &all), Some(Source::PhoneBalance), "it is blocked");
        assert_eq!(chosen(Some(smart("b")), &all[..3]), Some(smart("a")));
        assert_eq!(chosen(Some(smart("gone")), &all[..1]), Some(bank.clone()), "only a bank card is left");
        assert_eq!(chosen(None, &[]), None);
        assert_eq!(chosen(Some(bank.clone()), &all), Some(bank));
    }

    #[test]
    fn a_category_is_remembered_while_a_card_of_one_s_own_gives_it() {
        let choices = Choices { category: Some(Category::School), ..Choices::default() };
        let (day, after) = (date(2027, 5, 25), date(2027, 5, 26));
        let own = card("a", CardState::Active, Category::School);
        assert_eq!(choices.category(std::slice::from_ref(&own), day), Category::School);
        assert_eq!(choices.category(std::slice::from_ref(&own), after), Category::Standard);
        let child = Card { child: true, ..own };
        assert_eq!(choices.category(&[child], day), Category::Standard, "the child's, not the parent's");
        assert_eq!(choices.category(&[], day), Category::Standard);
    }

    proptest! {
        /// However an order was chosen: no card is lost or doubled, and those that are named in it come first.
        #[test]
        fn an_order_loses_no_card(ids in prop::collection::vec("[a-f]", 0..6), order in prop::collection::vec("[a-h]", 0..8)) {
            let mut ids = ids;
            ids.sort();
            ids.dedup();
            let cards: Vec<Card> =
                ids.iter().map(|id| card(id, CardState::Active, Category::Standard)).collect();
            let choices = Choices { order: order.clone(), ..Choices::default() };
            let shown: Vec<String> = choices.arrange(cards).into_iter().map(|card| card.id).collect();
            let mut first: Vec<String> = Vec::new();
            for id in order {
                if ids.contains(&id) && !first.contains(&id) {
                    first.push(id);
                }
            }
            let rest = ids.iter().filter(|id| !first.contains(id)).cloned();
            let expected: Vec<String> = first.iter().cloned().chain(rest).collect();
            prop_assert_eq!(shown, expected);
        }
    }
}
