//! A text as words that can be compared, however it came: another writing's letters that look the same,
//! spaces that do not break, marks of quotation, signs that nobody sees.

use crate::text::digit;

/// A word of a text: letters and digits without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// What it is compared by: look-alikes are one.
    pub(super) skeleton: String,
    /// As it was written, without signs that nobody sees.
    pub(super) written: String,
    /// The one sign between it and the word before, if there is nothing else between them.
    pub(super) joined: Option<char>,
    /// Something may begin here: a text, a line, what stands behind a sign.
    pub(super) begins: bool,
}

impl Word {
    /// Its digits, where it is a number: letters that look like digits are some beside a digit.
    pub(super) fn digits(&self) -> Option<&str> {
        let is_number = self.written.chars().any(|c| digit(c).is_some())
            && self.skeleton.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(&self.skeleton)
    }

    /// As it is shown: a number by its digits, anything else as it was written.
    pub(super) fn shown(&self) -> &str {
        self.digits().unwrap_or(&self.written)
    }
}

/// The first so many words of a text.
pub(super) fn words(text: &str, most: usize) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut gap = String::new();
    let mut open = false;
    for c in text.chars().map(wide).filter(|&c| !is_unseen(c)) {
        if !c.is_alphanumeric() {
            open = false;
            gap.push(c);
            continue;
        }
        if !open {
            if words.len() == most {
                break;
            }
            let mut between = gap.chars();
            let joined = between.next().filter(|c| between.next().is_none() && !c.is_whitespace());
            let is_sign = |c: char| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') || !c.is_whitespace();
            let begins = words.is_empty() || gap.chars().any(is_sign);
            words.push(Word { skeleton: String::new(), written: String::new(), joined, begins });
            open = true;
            gap.clear();
        }
        let Some(word) = words.last_mut() else { continue };
        word.written.push(digit(c).unwrap_or(c));
        word.skeleton.extend(c.to_lowercase().map(skeleton));
    }
    words
}

/// What a name is compared by: letters and digits without gaps, look-alikes as one.
pub(super) fn name(text: &str) -> String {
    words(text, usize::MAX).into_iter().map(|word| word.skeleton).collect()
}

/// Letters and signs of double width, as some keyboards write them.
fn wide(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '∶' => ':',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        other => other,
    }
}

/// Signs without a width, accents that stand alone, and signs that turn the writing around.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{300}'..='\u{36f}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
    )
}

/// One sign for all that look alike, and for Kazakh letters that a carrier wrote as their Russian neighbours.
fn skeleton(c: char) -> char {
    if let Some(digit) = digit(c) {
        return digit;
    }
    match c {
        'а' | 'ә' => 'a',
        'в' => 'b',
        'с' => 'c',
        'е' | 'ё' => 'e',
        'ғ' => 'г',
        'һ' | 'н' | 'ң' => 'h',
        'i' | 'l' | 'і' | 'и' | 'й' | 'ı' => '1',
        'к' | 'қ' => 'k',
        'м' => 'm',
        'o' | 'о' | 'ө' => '0',
        'р' => 'p',
        'т' => 't',
        'х' => 'x',
        'у' | 'ү' | 'ұ' => 'y',
        'з' => '3',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        words(text, 99).iter().map(|word| word.shown().to_owned()).collect()
    }

    #[test]
    fn what_looks_alike_is_one_word() {
        for (some, other) in
            [("Билет", "Билeт"), ("жолаушы", "жoлаyшы"), ("Төленді", "Толендi"), ("йод", "и\u{306}од")]
        {
            assert_eq!(name(some), name(other), "{some} {other}");
        }
        assert_ne!(name("билет"), name("билеты"));
    }

    #[test]
    fn spaces_quotes_and_unseen_signs_part_no_word_and_join_none() {
        assert_eq!(
            shown("> Опла\u{ad}чено:\u{a0}автобус\r\n>> 5\u{200b}47."),
            ["Оплачено", "автобус", "547"]
        );
        assert_eq!(shown("　ＡＢ－１２ ٤٠٨"), ["AB", "12", "408"]);
    }

    #[test]
    fn letters_are_digits_only_beside_a_digit() {
        assert_eq!(shown("1ОО тг, З0 мин, ОЗО"), ["100", "тг", "30", "мин", "ОЗО"]);
        assert_eq!(shown("30б"), ["30б"]);
    }

    #[test]
    fn one_sign_joins_and_a_space_parts() {
        let joined: Vec<_> = words("14:02 1.5 a - b A-17", 99).iter().map(|word| word.joined).collect();
        assert_eq!(joined, [None, Some(':'), None, Some('.'), None, None, None, Some('-')]);
        assert_eq!(words(&"я ".repeat(500), 40).len(), 40);
    }
}
