//! What a passenger reads.

use serde::{Deserialize, Serialize};

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
