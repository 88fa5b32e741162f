use super::{Month, TravelEntry, TravelState};
use crate::city::fold::fold;
use crate::pay::{Source, Way};
use crate::wallet::Category;
use std::collections::HashMap;

/// No page is longer, in entries.
pub const LARGEST_PAGE: u32 = 200;

/// What of Travel Details is looked for. An empty list, as an empty text, asks for everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelQuery {
    /// What the passenger types: a line, a bus, a stop, a terminus, as places are typed. Each word must begin
    /// one of theirs.
    pub text: String,
    /// Of this month only, in the city's time.
    pub month: Option<Month>,
    /// From this moment on, ms since 1970.
    pub from_ms: Option<i64>,
    /// Before this moment, ms since 1970.
    pub until_ms: Option<i64>,
    /// Paid in one of these ways; with all of them, rides only.
    pub ways: Vec<Way>,
    /// With one of these sources' money.
    pub sources: Vec<Source>,
    /// With passengers of one of these categories.
    pub categories: Vec<Category>,
    /// In one of these states.
    pub states: Vec<TravelState>,
    /// Behind this entry: what the page before gave as `next`.
    pub after: Option<TravelCursor>,
    /// At most so many entries, 1 to [`LARGEST_PAGE`].
    pub limit: u32,
}

impl Default for TravelQuery {
    fn default() -> TravelQuery {
        TravelQuery {
            text: String::new(),
            month: None,
            from_ms: None,
            until_ms: None,
            ways: Vec::new(),
            sources: Vec::new(),
            categories: Vec::new(),
            states: Vec::new(),
            after: None,
            limit: 50,
        }
    }
}

/// A place between two entries: behind the one of this time and id. What comes later stands before it, and
/// moves nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TravelCursor {
    /// The entry's time, ms since 1970.
    pub at_ms: i64,
    /// The entry's id; among entries of one time the larger stands first.
    pub id: String,
}

/// Some entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelPage {
    /// The entries.
    pub entries: Vec<TravelEntry>,
    /// Where the next page begins; none if this is the last one.
    pub next: Option<TravelCursor>,
}

/// A typed text that entries are compared with. Names are folded once: a passenger's rides have few.
pub(crate) struct Sought {
    words: Vec<String>,
    /// Which of the words a name has, as bits.
    known: HashMap<String, u64>,
}

impl Sought {
    pub(crate) fn new(text: &str) -> Sought {
        let mut words = fold(text);
        // Nobody types more, and there is a bit for each.
        words.truncate(64);
        Sought { words, known: HashMap::new() }
    }

    /// Whether nothing is sought.
    pub(crate) fn is_nothing(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether each word begins a word of one of these names.
    pub(crate) fn is_in<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> bool {
        let mut missing = self.all();
        for name in names {
            missing &= !self.had_by(name);
            if missing == 0 {
                return true;
            }
        }
        missing == 0
    }

    fn all(&self) -> u64 {
        self.words.len().checked_sub(1).map_or(0, |last| u64::MAX >> (63 - last))
    }

    fn had_by(&mut self, name: &str) -> u64 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let own = fold(name);
        let has = |word: &String| own.iter().any(|token| token.starts_with(word.as_str()));
        let bits = self.words.iter().enumerate().filter(|(_, word)| has(word));
        let bits = bits.fold(0, |bits, (nth, _)| bits | 1 << nth);
        self.known.insert(name.to_owned(), bits);
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, names: &[&str]) -> bool {
        Sought::new(text).is_in(names.iter().copied())
    }

    #[test]
    fn a_ride_is_found_as_passengers_type() {
        let ride = ["12А", "0547", "547 AB 06", "Сәтбаев көшесі", "Привокзальный"];
        for text in ["", "12а", "12A", "547", "0547", "satbayev", "САТБАЕВ", "сәтб", "привокзал"]
        {
            assert!(finds(text, &ride), "{text}");
        }
        assert!(finds("сатбаев 12а прив", &ride), "words of several names");
        assert!(!finds("сатбаев 13", &ride), "each word must be found");
        assert!(!finds("баев", &ride), "words are found by how they begin");
    }

    #[test]
    fn many_words_stay_within_their_bits() {
        let many = vec!["а1б"; 100].join(" ");
        assert!(finds(&many, &["а1б"]) && !finds(&many, &["б"]));
        assert!(Sought::new("  ").is_nothing());
    }
}
