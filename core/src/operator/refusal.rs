use super::wire::{Problem, problem};
use crate::pay::DeclineReason;
use crate::text::{Language, say};
use serde::{Deserialize, Serialize};

/// Why the operator did not do what was asked, as a passenger can act on it.
///
/// A declined payment is not among these: that is a state of the payment (`DeclineReason`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Refusal {
    /// The one-time code was wrong.
    WrongCode {
        /// How often it can be tried again.
        tries_left: u8,
    },
    /// The one-time code is too old or was tried too often.
    CodeExpired,
    /// The phone number or e-mail address cannot be used.
    BadNumber,
    /// There is no card with this number.
    UnknownCard,
    /// The card cannot do that as it stands.
    CardState,
    /// The sum is outside of what the provider takes.
    BadSum,
    /// The provider is not one of the city's.
    UnknownProvider,
    /// Only an office issues this card.
    OfficeOnly,
    /// The ride is over: its ticket goes to no other phone.
    RideOver,
    /// These passengers are not on the ticket.
    NotOnTicket,
    /// A phone that waits itself decides about no other.
    DeviceWaits,
    /// The session ended: sign in again.
    NotSignedIn,
    /// Only the operator's inspectors may do that.
    NotStaff,
    /// No answer came in the time that a passenger waits.
    Unreachable,
    /// Something else.
    Other {
        /// The contract's code, or the HTTP status in words.
        code: String,
    },
}

impl Refusal {
    /// What an answer that is no success says; a body that is no problem counts by its status.
    pub fn from_answer(status: u16, body: &[u8]) -> Refusal {
        let Ok(found) = serde_json::from_slice::<Problem>(body) else {
            return Refusal::Other { code: format!("http {status}") };
        };
        match found.code.as_str() {
            problem::WRONG_CODE => Refusal::WrongCode { tries_left: found.tries_left.unwrap_or(0) },
            problem::CODE_EXPIRED => Refusal::CodeExpired,
            problem::BAD_NUMBER => Refusal::BadNumber,
            problem::UNKNOWN_CARD => Refusal::UnknownCard,
            problem::CARD_STATE => Refusal::CardState,
            problem::BAD_SUM => Refusal::BadSum,
            problem::UNKNOWN_PROVIDER => Refusal::UnknownProvider,
            problem::OFFICE_ONLY => Refusal::OfficeOnly,
            problem::RIDE_OVER => Refusal::RideOver,
            problem::NOT_ON_TICKET => Refusal::NotOnTicket,
            problem::DEVICE_WAITS => Refusal::DeviceWaits,
            problem::NOT_SIGNED_IN => Refusal::NotSignedIn,
            problem::NOT_STAFF => Refusal::NotStaff,
            _ => Refusal::Other { code: found.code.chars().take(40).collect() },
        }
    }

    /// The sentence that a passenger reads.
    pub fn text(&self, language: Language) -> String {
        match self {
            Refusal::WrongCode { tries_left } => {
                say(language, "error-wrong-code", &[("n", &tries_left.to_string())])
            }
            Refusal::CodeExpired => say(language, "error-code-expired", &[]),
            Refusal::BadNumber => say(language, "error-bad-number", &[]),
            Refusal::UnknownCard => say(language, "error-unknown-card", &[]),
            Refusal::CardState => say(language, "error-card-state", &[]),
            Refusal::BadSum => say(language, "error-sum", &[]),
            Refusal::UnknownProvider => say(language, "error-unknown-provider", &[]),
            Refusal::OfficeOnly => say(language, "error-office-only", &[]),
            Refusal::RideOver => say(language, "error-ride-over", &[]),
            Refusal::NotOnTicket => say(language, "error-not-on-ticket", &[]),
            Refusal::DeviceWaits => say(language, "error-device-waits", &[]),
            Refusal::NotSignedIn => say(language, "error-not-signed-in", &[]),
            Refusal::NotStaff => say(language, "error-not-staff", &[]),
            Refusal::Unreachable => say(language, "error-unreachable", &[]),
            Refusal::Other { code } => other(code, language),
        }
    }
}

/// The sentence for a code of the contract's of which there is nothing to tell but words.
fn other(code: &str, language: Language) -> String {
    let message = match code {
        problem::SLOW_DOWN => "error-slow-down",
        problem::NOT_FOUND => "error-gone",
        problem::NOT_ENROLLED => "error-not-enrolled",
        problem::CARD_CODE => "error-card-code",
        problem::BAD_REQUEST | problem::BAD_SIGNATURE | problem::KEY_REUSED | problem::KEY_MISSING => {
            "error-not-understood"
        }
        problem::UNAVAILABLE => "decline-try-later",
        _ if code.starts_with("http 5") => "decline-try-later",
        _ => match DeclineReason::from_code(code) {
            Some(reason) => return reason.text(None, None, language),
            None => return say(language, "error-refused", &[("code", code)]),
        },
    };
    say(language, message, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_named_and_anything_else_counts_by_its_status() {
        let body = br#"{"type":"about:blank","code":"wrong_code","title":"no","status":403,"tries_left":2}"#;
        assert_eq!(Refusal::from_answer(403, body), Refusal::WrongCode { tries_left: 2 });
        let other = br#"{"type":"about:blank","code":"brand_new","title":"no","status":418}"#;
        assert_eq!(Refusal::from_answer(418, other), Refusal::Other { code: "brand_new".into() });
        assert_eq!(Refusal::from_answer(502, b"<html>"), Refusal::Other { code: "http 502".into() });
    }

    /// The codes of `Problem` in the contract.
    fn codes() -> Vec<&'static str> {
        let contract = include_str!("../../contract/operator.openapi.yaml");
        let (_, problem) = contract.split_once("\n    Problem:\n").expect("a schema");
        let (_, codes) = problem.split_once("enum:\n").expect("codes");
        codes.lines().map_while(|line| line.trim().strip_prefix("- ")).collect()
    }

    #[test]
    fn no_code_of_the_contract_is_an_unknown_error() {
        let codes = codes();
        assert!(codes.len() > 20 && codes.contains(&"slow_down"), "{codes:?}");
        for code in codes {
            let body = format!(r#"{{"type":"about:blank","code":"{code}","title":"no","status":400}}"#);
            let refusal = Refusal::from_answer(400, body.as_bytes());
            for language in Language::ALL {
                let text = refusal.text(language);
                assert!(!text.contains(code) && !text.contains('…') && text.contains(' '), "{code}: {text}");
            }
        }
        let broken = Refusal::from_answer(503, b"<html>").text(Language::En);
        assert!(broken.contains("out of order"), "{broken}");
    }

    #[test]
    fn each_refusal_has_its_own_sentence_in_each_language() {
        let all = [
            Refusal::WrongCode { tries_left: 2 },
            Refusal::CodeExpired,
            Refusal::BadNumber,
            Refusal::UnknownCard,
            Refusal::CardState,
            Refusal::BadSum,
            Refusal::UnknownProvider,
            Refusal::OfficeOnly,
            Refusal::RideOver,
            Refusal::NotOnTicket,
            Refusal::DeviceWaits,
            Refusal::NotSignedIn,
            Refusal::NotStaff,
            Refusal::Unreachable,
            Refusal::Other { code: "x".into() },
        ];
        for language in Language::ALL {
            let said: std::collections::BTreeSet<_> =
                all.iter().map(|refusal| refusal.text(language)).collect();
            assert_eq!(said.len(), all.len());
            assert!(said.iter().all(|text| !text.starts_with("error-")), "{said:?}");
        }
    }
}
