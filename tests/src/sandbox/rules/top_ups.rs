//! Money onto a card, by its number, without commission: what the passenger pays is what it gains.

use super::carrier::{self, CarrierAnswer, Decline, PhoneLine};
use super::{Entry, Purse, problem};
use jol_core::city::fares::{ProviderKind, TopUpProvider};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, Problem, TopUpState, problem as codes};

/// How long money waits for a plastic card at a validator; later an office helps.
pub const VALIDATOR_MS: i64 = 30 * 24 * 3_600_000;

/// How a top-up begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopUpStart {
    /// From the phone's balance; it is on the card, or waits for it at a validator.
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
    // Money for a card that nobody can spend would be lost to whoever gives it.
    let card = card.filter(|card| card.state.pays());
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
                Entry::of("top_up", from, purse_of(card), sum).map_or(TopUpStart::HandOver, TopUpStart::Done)
            }
        },
        ProviderKind::Kaspi | ProviderKind::Homebank | ProviderKind::Bank => TopUpStart::HandOver,
        ProviderKind::Qiwi | ProviderKind::SalePoint => TopUpStart::AtCounter,
    })
}

/// Where a top-up's money goes: what is in the app is there at once.
fn purse_of(card: &Card) -> Purse {
    match card.form {
        CardForm::Physical => Purse::AtValidator(card.id.clone()),
        CardForm::Virtual | CardForm::QrApp | CardForm::QrPrinted => Purse::Card(card.id.clone()),
    }
}

/// How a top-up stands whose money has come.
pub fn paid_state(card: &Card) -> TopUpState {
    match purse_of(card) {
        Purse::AtValidator(_) => TopUpState::AtValidator,
        _ => TopUpState::Done,
    }
}

/// The card is held to a validator: the entry that writes this top-up onto it, if that is in time. An office
/// does it whenever.
pub fn write(card: &str, sum: Money, until_ms: i64, at_ms: i64, at_office: bool) -> Option<Entry> {
    let (from, to) = (Purse::AtValidator(card.to_owned()), Purse::Card(card.to_owned()));
    (at_office || at_ms <= until_ms).then(|| Entry::of("top_up", from, to, sum)).flatten()
}

/// The provider says what became of a top-up. Only a waiting one changes, so a word that comes twice,
/// or another one later, changes nothing.
pub fn confirm(
    state: TopUpState,
    card: &Card,
    provider: &str,
    sum: Money,
    paid: bool,
) -> Option<(TopUpState, Option<Entry>)> {
    if state != TopUpState::Waiting {
        return None;
    }
    let (from, to) = (Purse::Provider(provider.to_owned()), purse_of(card));
    Some(match paid {
        true => (paid_state(card), Entry::of("top_up", from, to, sum)),
        false => (TopUpState::Refused, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jol_core::operator::wire::CardState;
    use jol_core::pay::DeclineReason;
    use jol_core::wallet::Category;

    fn held(form: CardForm) -> Card {
        Card {
            id: "c1".into(),
            number: "1".into(),
            name: String::new(),
            category: Category::Standard,
            balance: Money::ZERO,
            state: CardState::Active,
            valid_until: None,
            as_of_ms: 0,
            form,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        }
    }

    fn ask(provider: &str, tiyn: i64, card: bool) -> Result<TopUpStart, Problem> {
        ask_for(&held(CardForm::Virtual), provider, tiyn, card)
    }

    fn ask_for(held: &Card, provider: &str, tiyn: i64, card: bool) -> Result<TopUpStart, Problem> {
        let line = PhoneLine {
            number: Some("+77771234567".into()),
            account_since_ms: 0,
            balance: Money::tenge(500),
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        };
        let rules = sample_rules("sample");
        let provider = rules.providers.iter().find(|known| known.id == provider);
        start(card.then_some(held), provider, Money::tiyn(tiyn), &line, 0)
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
    fn money_for_plastic_waits_at_a_validator_and_is_written_in_time_or_at_an_office() {
        let plastic = held(CardForm::Physical);
        let Ok(TopUpStart::Done(entry)) = ask_for(&plastic, "app", 50_000, true) else { panic!("not done") };
        assert_eq!(entry.postings[1].purse, Purse::AtValidator("c1".into()));
        let (state, entry) =
            confirm(TopUpState::Waiting, &plastic, "kaspi", Money::tenge(5), true).expect("it changes");
        assert_eq!(state, TopUpState::AtValidator);
        assert_eq!(entry.expect("an entry").postings[1].purse, Purse::AtValidator("c1".into()));
        let written = |at_ms, at_office| write("c1", Money::tenge(5), 100, at_ms, at_office);
        assert_eq!(written(100, false).expect("an entry").postings[1].purse, Purse::Card("c1".into()));
        assert_eq!(written(101, false), None);
        assert!(written(101, true).expect("an entry").balances());
    }

    #[test]
    fn no_money_goes_to_a_card_that_cannot_spend_it() {
        for state in [CardState::Blocked, CardState::Lost, CardState::Stopped, CardState::Moved] {
            let card = Card { state, ..held(CardForm::Virtual) };
            assert_eq!(ask_for(&card, "kaspi", 50_000, true).expect_err("refused").code, codes::UNKNOWN_CARD);
        }
    }

    #[test]
    fn a_provider_s_word_counts_once() {
        let word = |state, paid| confirm(state, &held(CardForm::Virtual), "kaspi", Money::tenge(5), paid);
        let (state, entry) = word(TopUpState::Waiting, true).expect("it changes");
        assert_eq!(state, TopUpState::Done);
        assert!(entry.expect("an entry").balances());
        assert_eq!(word(TopUpState::Waiting, false), Some((TopUpState::Refused, None)));
        for state in [TopUpState::Done, TopUpState::Refused, TopUpState::AtValidator] {
            assert_eq!(word(state, true), None);
        }
    }
}
