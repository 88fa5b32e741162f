//! How old the lists are that an inspector judges by.

use crate::jol::Kept;
use crate::text::{Language, age_text, say};
use crate::ticket::by_number::FRESH_MS;

/// A list that is for a day and older than this is too old to judge by, in ms.
const DAY_MS: i64 = 86_400_000;

/// A list that an inspector judges by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    /// `keys`, `status`, `register`, `terminals` or `tills`.
    pub list: String,
    /// Its name in words.
    pub name: String,
    /// When the operator wrote it, or when it came where it does not say, ms since 1970; none if there is
    /// none.
    pub issued_ms: Option<i64>,
    /// How old it is, in s; none if there is none, or the time is not known.
    pub age_s: Option<i64>,
    /// Its age in words, or that there is none.
    pub text: String,
    /// Too old: keys past their time, a list or the secrets of terminals and tills of a day ago, a register
    /// that cannot say that somebody has not paid. A list that is not there judges nothing either.
    pub too_old: bool,
}

/// All lists, those that were never fetched too.
pub(super) fn lists(kept: &Kept, now_ms: Option<i64>, language: Language) -> Vec<ListView> {
    let keys_end = kept.keys.as_ref().zip(now_ms).is_some_and(|(keys, now_ms)| keys.is_too_old(now_ms));
    let keys_ms = kept.keys.as_ref().map(|keys| keys.issued_s().saturating_mul(1_000));
    let status_ms = kept.status.as_ref().map(|status| status.issued_s.saturating_mul(1_000));
    let register_ms = kept.register.as_ref().map(|register| register.as_of_ms);
    let older = |issued_ms: Option<i64>, bound_ms: i64| {
        issued_ms.zip(now_ms).is_some_and(|(issued_ms, now_ms)| now_ms.saturating_sub(issued_ms) >= bound_ms)
    };
    [
        ("keys", keys_ms, keys_end),
        ("status", status_ms, older(status_ms, DAY_MS)),
        ("register", register_ms, older(register_ms, FRESH_MS)),
        ("terminals", kept.terminals_ms, older(kept.terminals_ms, DAY_MS)),
        ("tills", kept.tills_ms, older(kept.tills_ms, DAY_MS)),
    ]
    .into_iter()
    .map(|(list, issued_ms, ended)| {
        let age_s = issued_ms.zip(now_ms).map(|(issued_ms, now_ms)| (now_ms - issued_ms).max(0) / 1_000);
        let text = match (issued_ms, age_s) {
            (None, _) => say(language, "list-none", &[]),
            (Some(_), None) => say(language, "list-age-unknown", &[]),
            (Some(_), Some(age_s)) => {
                let message = if ended { "list-too-old" } else { "list-age" };
                say(language, message, &[("age", &age_text(age_s, language))])
            }
        };
        ListView {
            list: list.to_owned(),
            name: say(language, &format!("list-{list}"), &[]),
            issued_ms,
            age_s,
            text,
            too_old: ended || issued_ms.is_none(),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_one_number_in_its_largest_unit() {
        let ages = [-5, 59, 60, 3_599, 3_600, 86_399, 86_400, 1_000_000];
        let said = ages.map(|age_s| age_text(age_s, Language::En));
        assert_eq!(said, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "11 d"]);
        let none = Kept { keys: None, status: None, register: None, terminals_ms: None, tills_ms: None };
        for language in Language::ALL {
            let lists = lists(&none, Some(0), language);
            assert_eq!(lists.len(), 5);
            assert!(lists.iter().all(|list| list.too_old && !list.text.contains("list-")), "{lists:?}");
        }
    }
}
