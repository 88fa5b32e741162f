//! Double entry: every tiyn that the wallet knows of, where it came from and where it went.
//!
//! A transaction's postings sum to zero. Accounts are the sources of the passenger
//! (`phone`, `card:ID`, `bank:TOKEN`, `cash`) and the operator's side (`fares`, `top-ups:PROVIDER`).

use crate::money::Money;
use crate::pay::Source;
use crate::store::{Records, StoreError};

/// What rides cost.
pub(crate) const FARES: &str = "fares";
/// What cards and passes themselves cost.
pub(crate) const PURCHASES: &str = "purchases";
/// What was paid before for rides without a network.
pub(crate) const VOUCHERS: &str = "vouchers";
/// What is paid and waits for a plastic card at a validator.
const AT_VALIDATOR: &str = "at-validator";
/// Cards that are not of this account.
const OTHER_CARDS: &str = "cards";

/// The account of a source of money.
pub(crate) fn account(source: &Source) -> String {
    match source {
        Source::PhoneBalance => "phone".to_owned(),
        Source::SmartCard { card } => format!("card:{card}"),
        Source::BankCard { token } => format!("bank:{token}"),
        Source::Cash => "cash".to_owned(),
    }
}

/// Books a sum that went from one account to another, or back if it is negative. A transaction is booked whole
/// and once, whichever accounts were told of first: nothing is added to one that is there.
pub(crate) fn book(
    records: &Records<'_>,
    key: &str,
    from: &str,
    to: &str,
    sum: Money,
    at_ms: i64,
) -> Result<(), StoreError> {
    let known = "SELECT EXISTS (SELECT 1 FROM posting WHERE transaction_key = ?1)";
    if sum == Money::ZERO || records.row(known, [key], |row| row.get(0))? {
        return Ok(());
    }
    let sql = "INSERT INTO posting (transaction_key, at_ms, account, tiyn) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = records.sql().prepare_cached(sql)?;
    let gone =
        Money::ZERO.minus(sum).ok_or_else(|| StoreError::Internal("a sum outside its range".into()))?;
    statement.execute((key, at_ms, from, gone.tiyn))?;
    statement.execute((key, at_ms, to, sum.tiyn))?;
    Ok(())
}

/// The money of a top-up, by the operator's signed word.
pub(crate) struct TopUpMoney<'a> {
    pub(crate) key: &'a str,
    /// The account that paid.
    pub(crate) from: String,
    /// The card's id, if it is one of this account's.
    pub(crate) card: Option<String>,
    pub(crate) sum: Money,
    pub(crate) at_ms: i64,
}

/// Books a top-up: onto its card, or to where it waits for it. What waited there goes on from there.
pub(crate) fn book_top_up(
    records: &Records<'_>,
    top_up: &TopUpMoney<'_>,
    waits: bool,
) -> Result<(), StoreError> {
    let TopUpMoney { key, from, card, sum, at_ms } = top_up;
    let card = card.clone().map(|card| account(&Source::SmartCard { card }));
    let card = card.as_deref().unwrap_or(OTHER_CARDS);
    if waits {
        return book(records, key, from, AT_VALIDATOR, *sum, *at_ms);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM posting WHERE transaction_key = ?1 AND account = ?2)";
    match records.sql().query_row(sql, [key, AT_VALIDATOR], |row| row.get(0))? {
        true => book(records, &format!("{key}/card"), AT_VALIDATOR, card, *sum, *at_ms),
        false => book(records, key, from, card, *sum, *at_ms),
    }
}

/// What an account gained (or lost, if negative) in all.
pub(crate) fn balance(records: &Records<'_>, account: &str) -> Result<Money, StoreError> {
    let sql = "SELECT coalesce(sum(tiyn), 0) FROM posting WHERE account = ?1";
    Ok(Money::tiyn(records.row(sql, [account], |row| row.get(0))?))
}

/// What was spent from an account, less what came back: what it gave to who sells, or to somebody else's card.
pub(crate) fn spent_from(records: &Records<'_>, account: &str) -> Result<Money, StoreError> {
    let sql = "SELECT coalesce(-sum(own.tiyn), 0) FROM posting own
               JOIN posting other USING (transaction_key)
               WHERE own.account = ?1 AND other.account IN (?2, ?3, ?4, ?5)";
    let to = (account, FARES, PURCHASES, VOUCHERS, OTHER_CARDS);
    Ok(Money::tiyn(records.row(sql, to, |row| row.get(0))?))
}

/// Whether each transaction's postings sum to zero.
pub(crate) fn is_balanced(records: &Records<'_>) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM posting GROUP BY transaction_key HAVING sum(tiyn) <> 0)";
    Ok(records.sql().query_row::<i64, _, _>(sql, [], |row| row.get(0))? == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn what_goes_to_and_fro_between_one_s_own_sources_is_not_spent() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        let check = store.change::<_, StoreError>(|records| {
            let top_up = |key, from: &str, card: Option<&str>| TopUpMoney {
                key,
                from: from.to_owned(),
                card: card.map(str::to_owned),
                sum: Money::tenge(500),
                at_ms: 5,
            };
            book_top_up(records, &top_up("by-phone", "phone", Some("c1")), false)?;
            book_top_up(records, &top_up("by-bank", "top-ups:kaspi", Some("c1")), false)?;
            book_top_up(records, &top_up("plastic", "phone", Some("c2")), true)?;
            book_top_up(records, &top_up("plastic", "phone", Some("c2")), false)?;
            book(records, "moved", "card:c1", "card:c2", Money::tenge(150), 6)?;
            let all = ["phone", "card:c1", "card:c2"];
            let spent = || all.into_iter().map(|account| spent_from(records, account));
            assert_eq!(spent().collect::<Result<Vec<_>, _>>()?, [Money::ZERO; 3]);
            book(records, "ride", "card:c2", FARES, Money::tenge(100), 7)?;
            book(records, "back", FARES, "card:c2", Money::tenge(60), 8)?;
            book(records, "card", "phone", PURCHASES, Money::tenge(300), 8)?;
            book(records, "before", "phone", VOUCHERS, Money::tenge(200), 8)?;
            book(records, "used", VOUCHERS, FARES, Money::tenge(100), 9)?;
            book(records, "unused", VOUCHERS, "phone", Money::tenge(100), 9)?;
            book_top_up(records, &top_up("gift", "phone", None), false)?;
            assert_eq!(spent().collect::<Result<Vec<_>, _>>()?, [900, 0, 40].map(Money::tenge));
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn a_key_is_booked_once_whatever_accounts_are_named_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        let check = store.change::<_, StoreError>(|records| {
            book(records, "k", VOUCHERS, FARES, Money::tenge(100), 5)?;
            book(records, "k", "phone", FARES, Money::tenge(100), 6)?;
            assert_eq!(balance(records, FARES)?, Money::tenge(100));
            assert_eq!((balance(records, "phone")?, is_balanced(records)?), (Money::ZERO, true));
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn what_waited_at_a_validator_is_booked_from_there_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        let check = store.change::<_, StoreError>(|records| {
            let top_up = |key, card: Option<&str>| TopUpMoney {
                key,
                from: "top-ups:kaspi".to_owned(),
                card: card.map(str::to_owned),
                sum: Money::tenge(500),
                at_ms: 5,
            };
            for waits in [true, true, false, false] {
                book_top_up(records, &top_up("t1", Some("c1")), waits)?;
            }
            book_top_up(records, &top_up("t2", Some("c1")), false)?;
            book_top_up(records, &top_up("t3", None), false)?;
            assert_eq!(balance(records, "card:c1")?, Money::tenge(1_000));
            assert_eq!(balance(records, AT_VALIDATOR)?, Money::ZERO);
            assert_eq!(balance(records, OTHER_CARDS)?, Money::tenge(500));
            assert_eq!(balance(records, "top-ups:kaspi")?, Money::tenge(-1_500));
            assert!(is_balanced(records)?);
            Ok(())
        });
        check.expect("the store works");
    }

    #[test]
    fn what_is_booked_twice_counts_once_and_all_sums_to_zero() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(&folder.path().join("wallet.db"), &[1; 32]).expect("a new wallet");
        let check = store.change::<_, StoreError>(|records| {
            for _ in 0..2 {
                book(records, "p1", &account(&Source::PhoneBalance), "fares", Money::tenge(100), 5)?;
            }
            book(records, "p2", "phone", "fares", Money::tenge(50), 6)?;
            assert!(book(records, "p3", "phone", "fares", Money::tiyn(i64::MIN), 7).is_err());
            assert_eq!(balance(records, "phone")?, Money::tenge(-150));
            assert_eq!(balance(records, "fares")?, Money::tenge(150));
            assert!(is_balanced(records)?);
            records.run("DELETE FROM posting WHERE account = 'fares' AND transaction_key = 'p1'", [])?;
            assert!(!is_balanced(records)?);
            Ok(())
        });
        check.expect("the store works");
    }
}
