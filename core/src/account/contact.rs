use std::fmt;

/// What a passenger signs in with: a phone number of any country, or an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Contact {
    /// A number by ITU-T E.164: `+` and 8 to 15 digits.
    Phone(String),
    /// An e-mail address.
    Email(String),
}

/// What was typed is neither a phone number nor an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a phone number nor an e-mail address")]
pub struct ContactError;

impl Contact {
    /// Reads what a passenger typed: spaces, brackets and dashes are let be, and a number of ten
    /// digits, or of eleven that begins with 8 or 7, is one of Kazakhstan (+7).
    pub fn read(typed: &str) -> Result<Contact, ContactError> {
        let typed = typed.trim();
        if let Some((name, host)) = typed.rsplit_once('@') {
            let plain =
                |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
            let whole = plain(name) && plain(host) && host.contains('.') && !host.contains("..");
            let whole = whole && !host.starts_with('.') && !host.ends_with('.') && typed.len() <= 254;
            return if whole { Ok(Contact::Email(typed.to_owned())) } else { Err(ContactError) };
        }
        let digits: String =
            typed.chars().filter_map(|c| c.to_digit(10)).map(|d| char::from(b'0' + d as u8)).collect();
        let spacing = |c| matches!(c, '0'..='9' | ' ' | '-' | '(' | ')' | '\u{a0}');
        let (plus, rest) = typed.strip_prefix('+').map_or((false, typed), |rest| (true, rest));
        if !rest.chars().all(spacing) {
            return Err(ContactError);
        }
        let number = match (plus, digits.len(), digits.as_bytes().first()) {
            (true, 8..=15, Some(b'1'..=b'9')) => format!("+{digits}"),
            (false, 11, Some(b'7' | b'8')) => format!("+7{}", &digits[1..]),
            (false, 10, Some(b'7')) => format!("+7{digits}"),
            _ => return Err(ContactError),
        };
        Ok(Contact::Phone(number))
    }
}

/// The whole number or address, as it goes to the operator.
impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contact::Phone(text) | Contact::Email(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_passengers_type_them() {
        for typed in ["+7 701 123 45 67", "8 (701) 123-45-67", "7011234567", "+77011234567", " 87011234567 "]
        {
            assert_eq!(Contact::read(typed).map(|c| c.to_string()), Ok("+77011234567".into()), "{typed}");
        }
        assert_eq!(Contact::read("+49 30 901820").map(|c| c.to_string()), Ok("+4930901820".into()));
        assert_eq!(Contact::read("a.b@example.kz"), Ok(Contact::Email("a.b@example.kz".into())));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for typed in [
            "",
            "+",
            "12",
            "+0123456789",
            "701123",
            "8701123456x",
            "a@b",
            "@b.kz",
            "a b@c.kz",
            "a@b..kz",
            "7+011234567",
            "+7701123456789012",
        ] {
            assert_eq!(Contact::read(typed), Err(ContactError), "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(typed in ".{0,40}") {
            let _ = Contact::read(&typed);
        }
    }
}
