//! Money onto a card, by its number, without commission: what the passenger pays is what it gains.

use super::carrier::{self, CarrierAnswer, Decline, PhoneLine};
use super::{Entry, Purse, problem};
use jol_core::city::fares::{ProviderKind, TopUpProvider};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardState, Problem, TopUpState, problem as codes};

/// How a top-up begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopUpStart {
    /// From the phone's balance; it is on the card.
    Done(Entry),
    /// The carrier refuses; nothing was taken.
    Refused(Decline),
    /// On the provider's own page or app; it waits until the provider confirms.
    HandOver,
    /// At a terminal or a counter, under its id; it waits until that confirms.
    AtCounter,
}

/// Begins a top-up.
pub fn start(
    card: Option<&Card>,
    provider: Option<&TopUpProvider>,
    sum: Money,
    line: &PhoneLine,
    now_ms: i64,
) -> Result<TopUpStart, Problem> {
    let card = card.filter(|card| card.state != CardState::Blocked);
    let card = card.ok_or_else(|| problem(404, codes::UNKNOWN_CARD, "there is no card with this number"))?;
    let provider = provider.ok_or_else(|| problem(422, codes::UNKNOWN_PROVIDER, "no such provider"))?;
    if sum <= Money::ZERO || !(provider.least..=provider.most).contains(&sum) {
        return Err(problem(422, codes::BAD_SUM, "the sum is outside of the provider's bounds"));
    }
    Ok(match provider.kind {
        ProviderKind::App | ProviderKind::Carrier => match carrier::decide(line, sum, now_ms) {
            CarrierAnswer::No(decline) => TopUpStart::Refused(decline),
            CarrierAnswer::Yes | CarrierAnswer::Later { .. } => {
                let from = Purse::Phone(line.number.clone().unwrap_or_default());
                Entry::of("top_up", from, Purse::Card(card.id.clone()), sum)
                    .map_or(TopUpStart::HandOver, TopUpStart::Done)
            }
        },
        ProviderKind::Kaspi | ProviderKind::Homebank | ProviderKind::Bank => TopUpStart::HandOver,
        ProviderKind::Qiwi | ProviderKind::SalePoint => TopUpStart::AtCounter,
    })
}

/// The provider says what became of a top-up. Only a waiting one changes, so a word that comes twice,
/// or another one later, changes nothing.
pub fn confirm(
    state: TopUpState,
    card: &str,
    provider: &str,
    sum: Money,
    paid: bool,
) -> Option<(TopUpState, Option<Entry>)> {
    if state != TopUpState::Waiting {
        return None;
    }
    let (from, to) = (Purse::Provider(provider.to_owned()), Purse::Card(card.to_owned()));
    Some(match paid {
        true => (TopUpState::Done, Entry::of("top_up", from, to, sum)),
        false => (TopUpState::Refused, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jol_core::pay::DeclineReason;
    use jol_core::wallet::Category;

    fn ask(provider: &str, tiyn: i64, card: bool) -> Result<TopUpStart, Problem> {
        let held = Card {
            id: "c1".into(),
            number: "1".into(),
            name: String::new(),
            category: Category::Standard,
            balance: Money::ZERO,
            state: CardState::Active,
            valid_until: None,
            as_of_ms: 0,
        };
        let line = PhoneLine {
            number: Some("+77771234567".into()),
            account_since_ms: 0,
            balance: Money::tenge(500),
            paid_today: Money::ZERO,
        };
        let rules = sample_rules("sample");
        let provider = rules.providers.iter().find(|known| known.id == provider);
        start(card.then_some(&held), provider, Money::tiyn(tiyn), &line, 0)
    }

    #[test]
    fn the_phone_pays_at_once_a_bank_is_handed_over_to_and_a_counter_waits() {
        let Ok(TopUpStart::Done(entry)) = ask("app", 50_000, true) else { panic!("not done") };
        assert!(entry.balances());
        assert_eq!(entry.postings[1].gain, Money::tenge(500), "no commission");
        assert_eq!(ask("kaspi", 50_000, true), Ok(TopUpStart::HandOver));
        assert_eq!(ask("sale_point", 50_000, true), Ok(TopUpStart::AtCounter));
    }

    #[test]
    fn a_wrong_sum_card_or_provider_has_its_own_code() {
        let code = |answer: Result<TopUpStart, Problem>| answer.expect_err("refused").code;
        for tiyn in [0, -1, 9_999, 10_000_001, i64::MIN] {
            assert_eq!(code(ask("kaspi", tiyn, true)), codes::BAD_SUM, "{tiyn}");
        }
        assert_eq!(code(ask("kaspi", 50_000, false)), codes::UNKNOWN_CARD);
        assert_eq!(code(ask("paypal", 50_000, true)), codes::UNKNOWN_PROVIDER);
        let refused = Ok(TopUpStart::Refused(DeclineReason::NoMoney.into()));
        assert_eq!(ask("carrier", 50_100, true), refused);
    }

    #[test]
    fn a_provider_s_word_counts_once() {
        let word = |state, paid| confirm(state, "1", "kaspi", Money::tenge(5), paid);
        let (state, entry) = word(TopUpState::Waiting, true).expect("it changes");
        assert_eq!(state, TopUpState::Done);
        assert!(entry.expect("an entry").balances());
        assert_eq!(word(TopUpState::Waiting, false), Some((TopUpState::Refused, None)));
        for state in [TopUpState::Done, TopUpState::Refused] {
            assert_eq!(word(state, true), None);
        }
    }
}
