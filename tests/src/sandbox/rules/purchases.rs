//! Buying a card or a pass. Its price is an entry of its own: neither a fare nor a top-up.

use super::carrier::{CarrierAnswer, Decline, PhoneLine};
use super::payments::{Funding, fund};
use super::{Entry, Purse, carrier};
use jiff::ToSpan;
use jiff::civil::Date;
use jol_core::city::fares::Pass;
use jol_core::money::Money;
use jol_core::operator::wire::{Card, HeldPass};
use jol_core::pay::{DeclineReason, Source};

/// What pays for a purchase.
#[derive(Clone, Debug)]
pub struct PurchaseView<'a> {
    /// Now, ms since 1970.
    pub now_ms: i64,
    /// The terms were accepted in their present version.
    pub terms_accepted: bool,
    /// Until when this phone may not spend.
    pub waits_until_ms: Option<i64>,
    /// The account's cards.
    pub cards: &'a [Card],
    /// The account's tokens of bank cards.
    pub bank_cards: &'a [String],
    /// The account's phone line.
    pub line: &'a PhoneLine,
}

/// The entry of a purchase at this price, or why it cannot be paid. `shown` is the price on the button.
pub fn pay(
    held: &PurchaseView<'_>,
    city: &str,
    price: Money,
    shown: Money,
    source: &Source,
) -> Result<Entry, Decline> {
    if !held.terms_accepted {
        return Err(DeclineReason::TermsNotAccepted.into());
    }
    if let Some(until_ms) = held.waits_until_ms.filter(|until_ms| held.now_ms < *until_ms) {
        return Err(Decline { try_again_ms: Some(until_ms), ..DeclineReason::PhoneWaits.into() });
    }
    if price != shown {
        return Err(DeclineReason::FareChanged.into());
    }
    let from = match fund(held.cards, held.bank_cards, held.line, source, price, held.now_ms)? {
        Funding::Now(purse) => purse,
        // Nobody waits in a bus for it: a slow carrier is given its time.
        Funding::Later { .. } => match carrier::decide(held.line, price, held.now_ms) {
            CarrierAnswer::No(decline) => return Err(decline),
            CarrierAnswer::Yes | CarrierAnswer::Later { .. } => {
                Purse::Phone(held.line.number.clone().unwrap_or_default())
            }
        },
    };
    let entry = Entry::of("purchase", from, Purse::Sales(city.to_owned()), price);
    entry.ok_or_else(|| DeclineReason::FareChanged.into())
}

/// A pass that begins on a day.
pub fn begin(pass: &Pass, city: &str, id: String, day: Date) -> Option<HeldPass> {
    let last = day.checked_add((i64::from(pass.days) - 1).days()).ok()?;
    Some(HeldPass {
        id,
        pass: pass.id.clone(),
        city: city.to_owned(),
        name: pass.name.clone(),
        categories: pass.categories.clone(),
        lines: pass.lines.clone(),
        from: day.to_string(),
        until: last.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::data::sample_rules;
    use jiff::civil::date;

    fn try_pay(shown: i64, source: Source, change: impl Fn(&mut PurchaseView<'_>)) -> Result<Entry, Decline> {
        let line = PhoneLine {
            number: Some("+77771234567".into()),
            account_since_ms: 0,
            balance: Money::tenge(500),
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        };
        let bank_cards = ["k1".to_owned()];
        let mut held = PurchaseView {
            now_ms: 5,
            terms_accepted: true,
            waits_until_ms: None,
            cards: &[],
            bank_cards: &bank_cards,
            line: &line,
        };
        change(&mut held);
        pay(&held, "sample", Money::tenge(300), Money::tenge(shown), &source)
    }

    #[test]
    fn a_price_is_an_entry_of_its_own_from_whatever_pays() {
        let bank = Source::BankCard { token: "k1".into() };
        for (source, purse) in [
            (Source::PhoneBalance, Purse::Phone("+77771234567".into())),
            (bank, Purse::BankCard("k1".into())),
        ] {
            let entry = try_pay(300, source, |_| ()).expect("paid");
            assert!(entry.balances() && entry.what == "purchase");
            assert_eq!(entry.postings[0].purse, purse);
            assert_eq!(entry.postings[1].purse, Purse::Sales("sample".into()));
        }
    }

    #[test]
    fn a_purchase_says_why_not() {
        let reason = |shown, source, change: &dyn Fn(&mut PurchaseView<'_>)| {
            try_pay(shown, source, change).expect_err("declined").reason
        };
        let phone = Source::PhoneBalance;
        assert_eq!(reason(299, phone.clone(), &|_| ()), DeclineReason::FareChanged);
        assert_eq!(
            reason(300, phone.clone(), &|held| held.terms_accepted = false),
            DeclineReason::TermsNotAccepted
        );
        assert_eq!(reason(300, phone, &|held| held.waits_until_ms = Some(6)), DeclineReason::PhoneWaits);
        let gone = Source::BankCard { token: "k2".into() };
        assert_eq!(reason(300, gone, &|_| ()), DeclineReason::NoMoney);
    }

    #[test]
    fn a_pass_lasts_so_many_days_with_the_first() {
        let rules = sample_rules("sample");
        let held = begin(&rules.fares.passes[0], "sample", "p1".into(), date(2026, 9, 16)).expect("a pass");
        assert_eq!((held.from.as_str(), held.until.as_str()), ("2026-09-16", "2026-10-15"));
    }
}
