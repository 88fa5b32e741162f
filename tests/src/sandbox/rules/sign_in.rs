//! Signing in: a phone number or an e-mail address, and a one-time code sent to it.

use super::problem;
use jol_core::operator::wire::{Problem, SignInRequest, problem as codes};
use jol_core::text::Language;

/// How long a code can be entered.
pub const CODE_MS: i64 = 5 * 60_000;
/// How many digits it has.
pub const CODE_LENGTH: u8 = 6;
/// How often it can be tried.
pub const TRIES: u8 = 3;
/// In this time …
pub const WINDOW_MS: i64 = 10 * 60_000;
/// … so many codes are sent to one recipient.
pub const CODES_A_WINDOW: usize = 5;

/// A sign-in that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCode {
    /// The code that was sent.
    pub code: String,
    /// Until when it can be entered, ms since 1970.
    pub expires_ms: i64,
    /// How often it can still be tried; 0 once it was entered rightly.
    pub tries_left: u8,
}

/// What a code that was entered did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeEntered {
    /// It was right; it cannot be used again.
    Right,
    /// It was wrong; so many tries are left.
    Wrong {
        /// 0: another code must be asked for.
        tries_left: u8,
        /// What the passenger is told.
        problem: Problem,
    },
    /// It cannot be entered any more.
    TooLate(Problem),
}

/// Sends a code, if the recipient can be one and does not ask too often.
///
/// `bytes` is chance; `sent` is how many codes went to this recipient within [`WINDOW_MS`].
pub fn start(
    request: &SignInRequest,
    terms_version: u32,
    sent: usize,
    bytes: [u8; 8],
    now_ms: i64,
) -> Result<WaitingCode, Problem> {
    if !is_phone(&request.to) && !is_email(&request.to) {
        return Err(problem(422, codes::BAD_NUMBER, "neither a phone number nor an e-mail address"));
    }
    if !(1..=terms_version).contains(&request.terms_version) {
        return Err(problem(422, codes::BAD_REQUEST, "no such version of the terms of use"));
    }
    if sent >= CODES_A_WINDOW {
        return Err(problem(429, codes::SLOW_DOWN, "too many codes were sent to this recipient"));
    }
    let code = format!("{:06}", u64::from_le_bytes(bytes) % 1_000_000);
    Ok(WaitingCode { code, expires_ms: now_ms + CODE_MS, tries_left: TRIES })
}

/// The message that carries the code.
pub fn message(language: Language, code: &str) -> String {
    match language {
        Language::Kk => format!("Jol: кіру коды {code}. Оны ешкімге айтпаңыз."),
        Language::Ru => format!("Jol: код для входа {code}. Никому его не сообщайте."),
        Language::En => format!("Jol: your sign-in code is {code}. Tell it to nobody."),
    }
}

/// Whether the code that the passenger typed is the one that was sent.
pub fn enter(waiting: &WaitingCode, typed: &str, now_ms: i64) -> CodeEntered {
    let expired = || problem(410, codes::CODE_EXPIRED, "the code is too old or was tried too often");
    if now_ms >= waiting.expires_ms || waiting.tries_left == 0 {
        return CodeEntered::TooLate(expired());
    }
    if typed == waiting.code {
        return CodeEntered::Right;
    }
    let tries_left = waiting.tries_left - 1;
    let problem =
        Problem { tries_left: Some(tries_left), ..problem(403, codes::WRONG_CODE, "the code is wrong") };
    CodeEntered::Wrong { tries_left, problem }
}

/// `+` and 8 to 15 digits, the first not 0 (ITU-T E.164).
pub fn is_phone(to: &str) -> bool {
    to.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// `local@domain.tld` out of the characters that need no quoting (RFC 5322's dot-atom), at most 254.
fn is_email(to: &str) -> bool {
    let word = |text: &str, extra: &str| {
        !text.is_empty()
            && !text.starts_with('.')
            && !text.ends_with('.')
            && !text.contains("..")
            && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    to.len() <= 254
        && to.split_once('@').is_some_and(|(local, domain)| {
            word(local, ".!#$%&'*+/=?^_`{|}~-") && word(domain, ".-") && domain.contains('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(to: &str) -> SignInRequest {
        SignInRequest { to: to.to_owned(), language: Language::Kk, terms_version: 1 }
    }

    #[test]
    fn numbers_of_any_country_and_addresses_sign_in_and_nothing_else() {
        for to in ["+77010000001", "+4917012345678", "a.b+c@post.kz"] {
            assert!(start(&request(to), 1, 0, [0; 8], 0).is_ok(), "{to}");
        }
        for to in [
            "",
            "+",
            "87010000001",
            "+0701000000",
            "+7701000000a",
            "+1234567",
            "@kz",
            "a@b",
            "a@@b.kz",
            "a b@c.kz",
        ] {
            let refused = start(&request(to), 1, 0, [0; 8], 0).expect_err(to);
            assert_eq!(refused.code, codes::BAD_NUMBER);
        }
    }

    #[test]
    fn terms_that_do_not_exist_cannot_be_accepted() {
        for version in [0, 3] {
            let request = SignInRequest { terms_version: version, ..request("+77010000000") };
            assert_eq!(start(&request, 2, 0, [0; 8], 0).expect_err("refused").code, codes::BAD_REQUEST);
        }
    }

    #[test]
    fn codes_are_not_sent_without_end() {
        assert!(start(&request("+77010000000"), 1, CODES_A_WINDOW - 1, [0; 8], 0).is_ok());
        let refused = start(&request("+77010000000"), 1, CODES_A_WINDOW, [0; 8], 0).expect_err("refused");
        assert_eq!((refused.status, refused.code.as_str()), (429, codes::SLOW_DOWN));
    }

    #[test]
    fn a_code_is_tried_three_times_and_five_minutes() {
        let waiting = start(&request("+77010000000"), 1, 0, [7; 8], 0).expect("a code");
        assert_eq!(waiting.code.len(), usize::from(CODE_LENGTH));
        assert_eq!(enter(&waiting, &waiting.code, CODE_MS - 1), CodeEntered::Right);
        assert!(matches!(enter(&waiting, &waiting.code, CODE_MS), CodeEntered::TooLate(_)));
        let CodeEntered::Wrong { tries_left, problem } = enter(&waiting, "x", 0) else { panic!("right?") };
        assert_eq!((tries_left, problem.tries_left), (2, Some(2)));
        let used_up = WaitingCode { tries_left: 0, ..waiting.clone() };
        assert!(matches!(enter(&used_up, &waiting.code, 0), CodeEntered::TooLate(_)));
    }

    #[test]
    fn the_message_carries_the_code() {
        for language in Language::ALL {
            assert!(message(language, "012345").contains("012345"));
        }
    }
}
