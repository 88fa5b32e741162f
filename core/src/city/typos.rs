//! How far a word that was typed is from a word of the index: letters left out, put in, changed, or two
//! neighbours swapped (the optimal string alignment distance; Damerau, *A technique for computer detection
//! and correction of spelling errors*, 1964).
//!
//! Words of the index come sorted, so the rows of the table that a word shares with the one before are kept,
//! and a beginning that is already too far is not looked at twice.

/// The longest words that are compared, in letters.
pub(super) const LONGEST: usize = 40;
/// Stands for "too far".
const FAR: u8 = u8::MAX / 2;

/// How many typos a word of so many letters may have.
pub(super) fn typos_in(letters: usize) -> u8 {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        8..=LONGEST => 2,
        _ => 0,
    }
}

/// How far a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Distance {
    /// To the whole word.
    pub(super) whole: u8,
    /// To the nearest of its beginnings.
    pub(super) begun: u8,
}

/// A word that was typed, compared with one word after another.
pub(super) struct Typed {
    letters: Vec<char>,
    most: u8,
    /// The word before, as far as it was compared.
    before: Vec<char>,
    /// One row for each letter of the word before, and one for none: typos to each beginning of `letters`.
    rows: Vec<Vec<u8>>,
    /// From this many letters of the word before on, nothing is near enough.
    dead: usize,
}

impl Typed {
    /// A word; none if it is too short or too long to be forgiven anything.
    pub(super) fn new(word: &str) -> Option<Typed> {
        let letters: Vec<char> = word.chars().collect();
        let most = typos_in(letters.len());
        let first: Vec<u8> = (0..=letters.len()).map(|nth| nth as u8).collect();
        let typed = Typed { letters, most, before: Vec::new(), rows: vec![first], dead: usize::MAX };
        (most > 0).then_some(typed)
    }

    /// How far the next word of the index is; none if it and its beginnings are too far.
    pub(super) fn distance(&mut self, word: &str) -> Option<Distance> {
        let shared = self.before.iter().zip(word.chars()).take_while(|(a, b)| **a == *b).count();
        if shared < self.dead {
            self.before.truncate(shared);
            self.rows.truncate(shared + 1);
            self.dead = usize::MAX;
            for letter in word.chars().skip(shared).take(LONGEST.saturating_sub(shared)) {
                self.step(letter);
                if self.rows.last().is_some_and(|row| row.iter().all(|typos| *typos > self.most)) {
                    self.dead = self.before.len();
                    break;
                }
            }
        }
        let last = |row: &Vec<u8>| row.last().copied().unwrap_or(FAR);
        let begun = self.rows.iter().map(last).min().unwrap_or(FAR);
        let ended = self.dead == usize::MAX && word.chars().nth(LONGEST).is_none();
        let whole = if ended { self.rows.last().map_or(FAR, last) } else { FAR };
        (begun <= self.most).then_some(Distance { whole, begun })
    }

    /// A row for one more letter of the word.
    fn step(&mut self, letter: char) {
        let depth = self.rows.len();
        let mut row = Vec::with_capacity(self.letters.len() + 1);
        row.push(depth as u8);
        let above = &self.rows[depth - 1];
        for (at, typed) in self.letters.iter().enumerate() {
            let changed = above[at] + u8::from(*typed != letter);
            let mut least = changed.min(above[at + 1] + 1).min(row[at] + 1);
            let swapped =
                at > 0 && depth > 1 && *typed == self.before[depth - 2] && self.letters[at - 1] == letter;
            if swapped {
                least = least.min(self.rows[depth - 2][at - 1] + 1);
            }
            row.push(least.min(FAR));
        }
        self.rows.push(row);
        self.before.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(typed: &str, word: &str) -> Option<u8> {
        Typed::new(typed)?.distance(word).map(|distance| distance.whole).filter(|typos| *typos < FAR)
    }

    #[test]
    fn a_letter_too_many_too_few_another_or_two_swapped_is_one_typo() {
        for typed in ["сатпаев", "сатпааев", "сатпев", "сотпаев", "сапаев", "стапаев"]
        {
            let typos = u8::from(typed != "сатпаев");
            assert_eq!(whole(typed, "сатпаев"), Some(typos), "{typed}");
        }
        assert_eq!(whole("сатбаева", "сатпаев"), Some(2));
        assert_eq!(whole("абаи", "омаи"), None);
        assert_eq!(whole("абаи", "обаи"), Some(1));
        assert!(Typed::new("би").is_none());
    }

    #[test]
    fn the_beginning_of_a_word_may_have_a_typo() {
        let mut typed = Typed::new("жансугр").expect("long enough");
        let distance = typed.distance("жансугурова").expect("its beginning is near");
        assert_eq!(distance.begun, 1);
        assert!(distance.whole > 1);
    }

    /// The textbook's table, whole.
    fn textbook(a: &[char], b: &[char]) -> usize {
        let mut table = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                let mut least = if i == 0 || j == 0 { i + j } else { usize::MAX };
                if i > 0 && j > 0 {
                    least = (table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1);
                }
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                table[i][j] = least;
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn one_word_after_another_is_as_far_as_the_textbook_says(
            typed in "[абв]{4,10}",
            mut words in prop::collection::vec("[абв]{0,12}", 1..30),
        ) {
            words.sort();
            let letters: Vec<char> = typed.chars().collect();
            let mut compared = Typed::new(&typed).expect("long enough");
            for word in &words {
                let other: Vec<char> = word.chars().collect();
                let far = textbook(&letters, &other);
                let begun = (0..=other.len()).map(|end| textbook(&letters, &other[..end])).min();
                let most = usize::from(typos_in(letters.len()));
                let found = compared.distance(word);
                prop_assert_eq!(found.is_some(), begun.is_some_and(|begun| begun <= most), "{}", word);
                if let Some(found) = found {
                    prop_assert_eq!(Some(usize::from(found.begun)), begun);
                    prop_assert!(usize::from(found.whole) == far || far > most);
                }
            }
        }
    }
}
