//! What the operator decides: (what it holds, the request, now) → (postings and changes, the answer).
//!
//! Every rule is pure: it reads no file, no database, no clock. What surrounds it (`sandbox::desk`)
//! fetches what it asks for, stores what it decided, and signs. So the same rules run under axum and
//! SQLite, and in a model in memory a hundred thousand times a second.

pub mod cards;
pub mod carrier;
pub mod devices;
pub mod handover;
pub mod inspections;
pub mod intents;
pub mod messages;
pub mod payments;
pub mod purchases;
pub mod refunds;
pub mod registers;
pub mod reservations;
pub mod rides;
pub mod sign_in;
pub mod statistics;
pub mod taps;
pub mod till;
pub mod top_ups;
pub mod vouchers;

use jol_core::money::Money;
use jol_core::operator::wire::Problem;
use std::fmt;

/// Whose money: an account of the operator's ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// On a transport card, by its id.
    Card(String),
    /// The balance of a phone's number, at its carrier.
    Phone(String),
    /// A linked bank card, by its token; it only ever gives.
    BankCard(String),
    /// What rides of a city brought in.
    Fares(String),
    /// What is paid and waits for a plastic card, by its id, at a validator.
    AtValidator(String),
    /// What cards and passes of a city brought in.
    Sales(String),
    /// What is held for the rides of a voucher, by its id.
    Voucher(String),
    /// What an account owes for rides that nothing was held for; it only ever gives.
    Owed(String),
    /// What a top-up provider collected and owes the operator.
    Provider(String),
    /// What a conductor, by their account, took in cash and has not handed in: below zero.
    Conductor(String),
    /// What a carrier gave its subscribers; the sandbox's own source of phone balances.
    Carrier,
}

impl fmt::Display for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Purse::Card(id) => write!(f, "card:{id}"),
            Purse::Phone(number) => write!(f, "phone:{number}"),
            Purse::BankCard(token) => write!(f, "bank_card:{token}"),
            Purse::Fares(city) => write!(f, "fares:{city}"),
            Purse::AtValidator(id) => write!(f, "at_validator:{id}"),
            Purse::Sales(city) => write!(f, "sales:{city}"),
            Purse::Voucher(id) => write!(f, "voucher:{id}"),
            Purse::Owed(account) => write!(f, "owed:{account}"),
            Purse::Provider(id) => write!(f, "provider:{id}"),
            Purse::Conductor(account) => write!(f, "conductor:{account}"),
            Purse::Carrier => write!(f, "carrier"),
        }
    }
}

/// One line of an entry: what a purse gains, or loses where it is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Whose money.
    pub purse: Purse,
    /// What it gains.
    pub gain: Money,
}

/// One event of the ledger; its postings add up to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened, as in `fare`.
    pub what: &'static str,
    /// Two or more of them.
    pub postings: Vec<Posting>,
}

impl Entry {
    /// Money goes from one purse to another; nothing to enter where it is no money.
    pub fn of(what: &'static str, from: Purse, to: Purse, sum: Money) -> Option<Entry> {
        let loss = Money::ZERO.minus(sum)?;
        (sum > Money::ZERO).then(|| Entry {
            what,
            postings: vec![Posting { purse: from, gain: loss }, Posting { purse: to, gain: sum }],
        })
    }

    /// Whether its postings add up to zero.
    pub fn balances(&self) -> bool {
        self.postings.iter().try_fold(Money::ZERO, |sum, posting| sum.plus(posting.gain)) == Some(Money::ZERO)
    }
}

/// A problem of RFC 9457 with its stable code.
pub fn problem(status: u16, code: &str, title: &str) -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        code: code.to_owned(),
        title: title.to_owned(),
        status,
        tries_left: None,
    }
}

/// The largest sum that the contract lets through, in tiyn: 10 million tenge.
pub const LARGEST_SUM: Money = Money::tenge(10_000_000);

#[cfg(test)]
mod every_way;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_what_it_gives_and_no_money_is_no_entry() {
        let (card, fares) = (Purse::Card("1".into()), Purse::Fares("sample".into()));
        let entry = Entry::of("fare", card.clone(), fares.clone(), Money::tenge(100)).expect("an entry");
        assert!(entry.balances());
        assert_eq!(entry.postings[0], Posting { purse: card.clone(), gain: Money::tenge(-100) });
        assert_eq!(Entry::of("fare", card.clone(), fares.clone(), Money::ZERO), None);
        assert_eq!(Entry::of("fare", card, fares, Money::tenge(-1)), None, "money never flows backwards");
    }

    #[test]
    fn rules_read_neither_files_nor_clocks() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/rules");
        for file in std::fs::read_dir(folder).expect("the rules") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for impure in
                ["rusqlite", "axum", "std::fs", "std::net", "super::desk", "sandbox::desk;", "dyn Clock"]
            {
                assert!(
                    !code.lines().any(|line| line.starts_with("use ") && line.contains(impure)),
                    "{impure}"
                );
            }
        }
    }
}
