//! What a passenger reads.

mod digits;

#[cfg(test)]
pub(crate) use digits::ZEROS;
pub(crate) use digits::digit;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A language that Jol speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Kazakh.
    #[default]
    Kk,
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Language; 3] = [Language::Kk, Language::Ru, Language::En];

    /// The code of ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Language::Kk => "kk",
            Language::Ru => "ru",
            Language::En => "en",
        }
    }
}

/// The same words in each language: a name or sentence that is data, not part of the app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The same text in all three: a name that is not translated.
    pub fn same(text: &str) -> Words {
        Words { kk: text.to_owned(), ru: text.to_owned(), en: text.to_owned() }
    }

    /// Words in three languages.
    pub fn new(kk: &str, ru: &str, en: &str) -> Words {
        Words { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() }
    }

    /// The words in one language; in Kazakh, Russian or English, in this order, if it has none.
    pub fn in_language(&self, language: Language) -> &str {
        let own = match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
            Language::En => &self.en,
        };
        [own, &self.kk, &self.ru, &self.en].into_iter().find(|text| !text.is_empty()).map_or("", |text| text)
    }
}

/// A sentence of the catalogue (`core/locales`) in a language, with its places filled in.
///
/// `message` is the message's id, as in `paid`; `fill` names its places, as in `("sum", "120")`. A place that
/// is called `n` is a count: the words around it follow it.
/// A message that the catalogue does not hold is answered with its id: a screen is never empty.
pub fn say(language: Language, message: &str, fill: &[(&str, &str)]) -> String {
    let bundle = &catalogue()[language as usize];
    let Some(pattern) = bundle.get_message(message).and_then(|message| message.value()) else {
        return message.to_owned();
    };
    let mut args = FluentArgs::new();
    for (place, text) in fill {
        match *place {
            "n" => args.set("n", FluentValue::try_number(text)),
            place => args.set(place, *text),
        }
    }
    bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

/// An age in words: seconds, minutes, hours or days, whichever says most with one number.
pub fn age_text(age_s: i64, language: Language) -> String {
    let (message, n) = match age_s {
        ..60 => ("age-seconds", age_s.max(0)),
        60..3_600 => ("age-minutes", age_s / 60),
        3_600..86_400 => ("age-hours", age_s / 3_600),
        86_400.. => ("age-days", age_s / 86_400),
    };
    say(language, message, &[("n", &n.to_string())])
}

/// A stranger's text, fit to stand in a sentence of ours: letters, digits and plain marks, at most so many
/// characters and `…`. What it leaves out could break the line, turn the writing around, hide, or end the
/// quotation and go on as if we spoke.
pub fn tame(text: &str, most: usize) -> String {
    let plain = plain(text);
    match plain.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", plain[..end].trim_end()),
        None => plain,
    }
}

/// The same for an address, which ends with what tells whose it is: of one that is too long the end is kept.
pub fn tame_end(text: &str, most: usize) -> String {
    let plain = plain(text);
    match plain.chars().count().checked_sub(most) {
        None | Some(0) => plain,
        Some(over) => format!("…{}", plain.chars().skip(over).collect::<String>()),
    }
}

fn plain(text: &str) -> String {
    // Four letters of Hangul that nobody sees; other invisible signs are no letters.
    let is_unseen = |c| matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
    let is_plain = |c: char| {
        (c.is_alphanumeric() && !is_unseen(c)) || (c.is_ascii_punctuation() && c != '"') || "№–—’".contains(c)
    };
    let words = text.split(char::is_whitespace);
    let words = words.map(|word| word.chars().filter(|&c| is_plain(c)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

type Bundle = FluentBundle<FluentResource>;

/// The texts of the catalogue, in the order of [`Language::ALL`].
const SOURCES: [&str; 3] =
    [include_str!("../locales/kk.ftl"), include_str!("../locales/ru.ftl"), include_str!("../locales/en.ftl")];

fn catalogue() -> &'static [Bundle; 3] {
    static CATALOGUE: OnceLock<[Bundle; 3]> = OnceLock::new();
    CATALOGUE.get_or_init(|| [Language::Kk, Language::Ru, Language::En].map(bundle))
}

fn bundle(language: Language) -> Bundle {
    let id = language.code().parse().expect("kk, ru and en are language ids");
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // No invisible isolation marks: sums and numbers are compared and copied.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(SOURCES[language as usize].to_owned())
        .unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Message ids and the places that each has, read without Fluent.
    fn messages(language: Language) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut messages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut last = None;
        for line in SOURCES[language as usize].lines().filter(|line| !line.starts_with('#')) {
            // A message of several lines goes on where they are set in.
            let text = match line.split_once(" =") {
                Some((id, text)) if !line.starts_with(' ') => {
                    last = Some(id);
                    text
                }
                _ => line,
            };
            let Some(id) = last else { continue };
            let places = text.split("{ $").skip(1).filter_map(|rest| rest.split_once(' ')).map(|(p, _)| p);
            messages.entry(id).or_default().extend(places);
        }
        messages
    }

    #[test]
    fn every_language_has_every_message_with_the_same_places() {
        let english = messages(Language::En);
        assert!(english.len() > 90, "the catalogue was read: {}", english.len());
        assert_eq!(messages(Language::Kk), english);
        assert_eq!(messages(Language::Ru), english);
    }

    #[test]
    fn fluent_reads_the_whole_catalogue() {
        for language in Language::ALL {
            assert!(FluentResource::try_new(SOURCES[language as usize].to_owned()).is_ok(), "{language:?}");
            for (message, places) in messages(language) {
                let fill: Vec<_> = places.iter().map(|place| (*place, "7")).collect();
                let said = say(language, message, &fill);
                assert!(catalogue()[language as usize].has_message(message), "{language:?} {message}");
                assert!(!said.is_empty() && !said.contains('{'), "{language:?} {message}: {said}");
            }
        }
    }

    #[test]
    fn sentences_fit_a_small_screen() {
        for language in Language::ALL {
            for line in SOURCES[language as usize].lines().filter(|line| !line.starts_with('#')) {
                let text = line.split_once(" = ").map_or(line.trim(), |(_, text)| text);
                assert!(text.chars().count() <= 80, "{language:?}: {text}");
            }
        }
    }

    #[test]
    fn every_decline_and_category_has_its_words() {
        let english = messages(Language::En);
        for reason in crate::pay::DeclineReason::ALL {
            assert!(english.contains_key(format!("decline-{}", reason.code().replace('_', "-")).as_str()));
        }
        for category in crate::wallet::Category::ALL {
            assert!(english.contains_key(format!("category-{}", snake(&category)).as_str()), "{category:?}");
        }
        for way in crate::pay::Way::ALL {
            assert!(english.contains_key(format!("way-{}", snake(&way)).as_str()), "{way:?}");
        }
    }

    fn snake<T: Serialize>(value: &T) -> String {
        serde_json::to_string(value).expect("json").trim_matches('"').replace('_', "-")
    }

    #[test]
    fn a_stranger_s_text_stays_in_its_place() {
        for (text, tamed) in [
            ("Дүкен «Айгүл» №5, 24/7", "Дүкен Айгүл №5, 24/7"),
            ("  Best \t\r\n Transport\u{2028}Ltd  ", "Best Transport Ltd"),
            ("Jol”. Genuine. “Pay", "Jol. Genuine. Pay"),
            ("a\u{0}b\u{1b}[31mc\u{7f}\u{85}d", "ab[31mc d"),
            ("\u{202e}zk.loj\u{202c}\u{2066}x\u{2069}\u{200f}\u{61c}", "zk.lojx"),
            ("J\u{200b}o\u{ad}l\u{feff}\u{3164}\u{e0041}", "Jol"),
            ("\u{2800}\u{200b} \u{1160}", ""),
            ("\u{1f68c} 547", "547"),
        ] {
            assert_eq!(tame(text, 40), tamed, "{text:?}");
        }
    }

    #[test]
    fn a_stranger_s_text_is_as_long_as_it_may_be() {
        assert_eq!(tame("Дүкен", 5), "Дүкен");
        assert_eq!(tame("Дүкен А", 6), "Дүкен…");
        assert_eq!(tame(&"я".repeat(7_000), 40).chars().count(), 41);
        // Where an address leads stands at its end.
        assert_eq!(tame_end("jol.kz.pay.example", 11), "…pay.example");
        assert_eq!(tame_end("pay.example", 11), "pay.example");
        assert_eq!(tame_end(&format!("jol.kz.{}evil.example", "a.".repeat(100)), 13), "….evil.example");
    }

    #[test]
    fn a_passenger_reads_their_language() {
        assert_eq!(say(Language::En, "paid", &[("sum", "120")]), "Paid: 120 ₸. Your ticket is ready.");
        assert_eq!(say(Language::Ru, "paid", &[("sum", "120")]), "Оплачено: 120 ₸. Билет готов.");
        assert_eq!(say(Language::Kk, "which-bus", &[]), "Қай автобустасыз?");
        assert_eq!(say(Language::En, "no-such-message", &[]), "no-such-message");
    }
}
