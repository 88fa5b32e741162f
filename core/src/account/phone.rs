use crate::operator::wire::HeldDevice;
use crate::text::{Language, say};

/// A phone of the account, as a screen lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Its id, by which the other calls name it.
    pub id: String,
    /// What the passenger recognises it by.
    pub name: String,
    /// When it signed in first, ms since 1970.
    pub since_ms: i64,
    /// Whether it is this one.
    pub own: bool,
    /// Until when it may not spend, ms since 1970; none if it waits no longer.
    pub waits_until_ms: Option<i64>,
    /// What to read of it; empty where there is nothing to say. Of another one that waits: whether it is the
    /// passenger's, which only they know.
    pub text: String,
}

impl Phone {
    /// How a phone stands at `now_ms`. `until`: until when it waits, in words.
    pub fn of(held: &HeldDevice, until: &str, now_ms: i64, language: Language) -> Phone {
        let waits_until_ms = held.device.waits_until_ms.filter(|until_ms| now_ms < *until_ms);
        let words = [("name", held.name.as_str()), ("time", until)];
        Phone {
            id: held.device.device.clone(),
            name: held.name.clone(),
            since_ms: held.since_ms,
            own: held.own,
            waits_until_ms,
            text: match (waits_until_ms, held.own) {
                (None, _) => String::new(),
                (Some(_), true) => say(language, "phone-waits", &words),
                (Some(_), false) => say(language, "phone-to-confirm", &words),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::wire::Device;

    #[test]
    fn a_phone_that_waits_says_until_when_and_asks_the_others() {
        let device = Device { device: "d2".into(), attested: true, waits_until_ms: Some(10) };
        let held = |own| HeldDevice { device: device.clone(), name: "A new one".into(), since_ms: 1, own };
        for language in [Language::Kk, Language::Ru, Language::En] {
            let other = Phone::of(&held(false), "tomorrow, 08:05", 5, language);
            assert!(other.text.contains("A new one") && other.text.contains("08:05"), "{}", other.text);
            let own = Phone::of(&held(true), "tomorrow, 08:05", 5, language);
            assert!(own.text.contains("08:05") && own.text != other.text);
            let later = Phone::of(&held(false), "", 10, language);
            assert_eq!((later.waits_until_ms, later.text.as_str()), (None, ""));
        }
    }
}
