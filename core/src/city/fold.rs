//! How a name is folded before it is compared, so that one place is found however it is typed.
//!
//! Kazakh letters become their Russian neighbours, Latin ones the Cyrillic that sounds alike: "Сәтбаев",
//! "сатбаев" and "Satbayev" are one token. "30-Б", "30 б" and "30B" are "30б". Words for kinds of street
//! are left out. Both what is indexed and what is typed go through here, so a wrong guess (an English "c"
//! that sounds like "s") harms nobody: it is wrong in the same way twice.

use super::typos::{Typed, typos_in};

/// Words for a kind of street, folded: a passenger may type them, leave them out, or shorten them.
const STREET_WORDS: [&str; 40] = [
    "алеиа",
    "аве",
    "авенуе",
    "бр",
    "булв",
    "булвар",
    "булвари",
    "боулевард",
    "дангил",
    "дангили",
    "д",
    "дом",
    "кош",
    "коше",
    "кошеси",
    "мкр",
    "мкрн",
    "микрораион",
    "микрораиони",
    "пер",
    "переулок",
    "пр",
    "прд",
    "проезд",
    "просп",
    "проспект",
    "проспекти",
    "прс",
    "прт",
    "роад",
    "рд",
    "ст",
    "стреет",
    "туиик",
    "туииги",
    "ул",
    "улитса",
    "улица",
    "ши",
    "шагин",
];

/// The tokens of a name or of what was typed, in order. Words for kinds of street are left out, unless
/// there is nothing else.
pub fn fold(text: &str) -> Vec<String> {
    let tokens = join_house_numbers(buildings(split(text)));
    if tokens.iter().all(|token| is_street_word(token)) {
        return tokens;
    }
    tokens.into_iter().filter(|token| !is_street_word(token)).collect()
}

/// Whether a folded token is a word for a kind of street, like "көшесі".
pub fn is_street_word(token: &str) -> bool {
    STREET_WORDS.contains(&token)
}

/// Whether a folded token is a word for a kind of street with a typo or two.
pub(super) fn is_like_street_word(token: &str) -> bool {
    let Some(mut typed) = Typed::new(token) else { return false };
    let most = typos_in(token.chars().count());
    STREET_WORDS.iter().any(|word| typed.distance(word).is_some_and(|distance| distance.whole <= most))
}

/// Whether a folded token may become a word for a kind of street when it is typed on.
pub fn begins_street_word(token: &str) -> bool {
    STREET_WORDS.iter().any(|word| word.starts_with(token))
}

/// A run of letters and digits, with whether a slash stands before it.
struct Run {
    text: String,
    after_slash: bool,
}

fn split(text: &str) -> Vec<Run> {
    let lower: Vec<char> = text.chars().flat_map(char::to_lowercase).filter(|c| !is_silent(*c)).collect();
    let mut runs: Vec<Run> = Vec::new();
    let (mut at, mut after_slash, mut open) = (0, false, false);
    while let Some(&letter) = lower.get(at) {
        at += 1;
        if !letter.is_alphanumeric() {
            after_slash = letter == '/' || (after_slash && letter.is_whitespace());
            // "пр-т", "б-р": a hyphen after letters joins when what follows is one letter
            let single = lower.get(at).is_some_and(|c| c.is_alphabetic())
                && !lower.get(at + 1).is_some_and(|c| c.is_alphanumeric());
            let shortens = runs.last().is_some_and(|run| matches!(run.text.as_str(), "пр" | "б"));
            open = open && letter == '-' && single && shortens;
            continue;
        }
        if !open {
            runs.push(Run { text: String::new(), after_slash });
            open = true;
        }
        after_slash = false;
        let Some(run) = runs.last_mut() else { continue };
        let ahead = &lower[at..];
        let (folded, more) = fold_letter(letter, ahead);
        run.text.push_str(folded.as_str(letter, &mut [0; 4]));
        at += more;
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

/// Words between a house and its building, folded: "30 к 2" is "30/2".
const BUILDING_WORDS: [&str; 6] = ["строение", "корпус", "корп", "стр", "блок", "к"];
/// Words before a flat, folded: nobody rides to a flat.
const FLAT_WORDS: [&str; 4] = ["квартира", "патер", "кв", "офис"];
/// Words before the letter of a house, folded.
const LETTER_WORDS: [&str; 3] = ["литера", "литер", "лит"];

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_single_letter(text: &str) -> bool {
    text.chars().count() == 1 && text.chars().all(char::is_alphabetic)
}

/// Whether these end with a house's number: "30", or "30" and "б".
fn end_with_house(runs: &[Run]) -> bool {
    let ends_with_digit = |run: &Run| run.text.ends_with(|c: char| c.is_ascii_digit());
    match runs {
        [.., number, letter] if is_single_letter(&letter.text) && ends_with_digit(number) => {
            is_number(&number.text)
        }
        [.., number] => is_number(&number.text),
        [] => false,
    }
}

/// Takes a run apart where it names buildings: "30к2" is a number, a word, a number.
fn take_apart(mut run: Run, parts: &mut Vec<Run>) {
    loop {
        let split = BUILDING_WORDS.iter().find_map(|word| {
            let (house, building) = run.text.split_once(word)?;
            (house.is_empty() || is_number(house)).then_some(()).filter(|()| is_number(building))?;
            Some((house.to_owned(), building.to_owned()))
        });
        match split {
            Some((house, building)) if !house.is_empty() || end_with_house(parts) => {
                if !house.is_empty() {
                    parts.push(Run { text: house, after_slash: run.after_slash });
                }
                run = Run { text: building, after_slash: true };
            }
            _ => break parts.push(run),
        }
    }
}

/// Buildings after a slash, flats left out, the word for "house" off its number.
fn buildings(runs: Vec<Run>) -> Vec<Run> {
    let mut parts: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        let bare =
            ["дом", "д"].iter().find_map(|word| run.text.strip_prefix(word)).filter(|rest| is_number(rest));
        let text = bare.map_or(run.text.clone(), str::to_owned);
        take_apart(Run { text, ..run }, &mut parts);
    }
    let mut kept: Vec<Run> = Vec::with_capacity(parts.len());
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        let word = part.text.as_str();
        let after_house = end_with_house(&kept);
        match parts.peek_mut() {
            Some(next) if after_house && is_number(&next.text) && BUILDING_WORDS.contains(&word) => {
                next.after_slash = true;
            }
            Some(next) if after_house && is_number(&next.text) && FLAT_WORDS.contains(&word) => {
                parts.next();
            }
            Some(next) if after_house && is_single_letter(&next.text) && LETTER_WORDS.contains(&word) => {}
            _ => kept.push(part),
        }
    }
    kept
}

/// "30" and "б" become "30б", "30" and "/2" become "30/2".
fn join_house_numbers(runs: Vec<Run>) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::with_capacity(runs.len());
    for run in runs {
        let (is_letter, begins_with_digit) = (is_single_letter(&run.text), is_number(&run.text));
        match tokens.last_mut() {
            Some(last) if is_letter && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push_str(&run.text);
            }
            Some(last)
                if run.after_slash && begins_with_digit && last.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                last.push('/');
                last.push_str(&run.text);
            }
            _ => tokens.push(run.text),
        }
    }
    tokens
}

/// Signs that change how a letter sounds but not which place is meant: hard and soft sign, accents that
/// stand for themselves, apostrophes.
fn is_silent(letter: char) -> bool {
    matches!(letter, 'ъ' | 'ь' | '\u{300}'..='\u{36f}' | '\'' | '’' | 'ʹ' | 'ʼ' | '`')
}

enum Folded {
    To(&'static str),
    Same,
}

impl Folded {
    fn as_str<'b>(&self, letter: char, buffer: &'b mut [u8; 4]) -> &'b str {
        match self {
            Folded::To(text) => text,
            Folded::Same => letter.encode_utf8(buffer),
        }
    }
}

/// What a lower-case letter becomes, and how many of the letters after it belong to it.
fn fold_letter(letter: char, ahead: &[char]) -> (Folded, usize) {
    let next = ahead.first().copied();
    let (text, more) = match (letter, next) {
        ('s', Some('h')) if ahead.get(1..3) == Some(&['c', 'h']) => ("ш", 3),
        ('s', Some('h')) => ("ш", 1),
        ('c', Some('h')) => ("ч", 1),
        ('c', Some('k')) => ("к", 1),
        ('z', Some('h')) => ("ж", 1),
        ('k', Some('h')) => ("х", 1),
        ('g', Some('h')) => ("г", 1),
        ('t', Some('s')) => ("ц", 1),
        ('y', Some('a')) => ("я", 1),
        ('y', Some('u')) => ("ю", 1),
        ('y', Some('o')) => ("е", 1),
        ('y', Some('e')) => ("е", 1),
        ('ә' | 'a' | 'ä' | 'á' | 'à' | 'â' | 'ã' | 'å', _) => ("а", 0),
        ('b', _) => ("б", 0),
        ('v' | 'w', _) => ("в", 0),
        ('ғ' | 'g' | 'ğ', _) => ("г", 0),
        ('d', _) => ("д", 0),
        ('ё' | 'э' | 'e' | 'é' | 'è' | 'ê' | 'ë', _) => ("е", 0),
        ('j' | 'ž', _) => ("ж", 0),
        ('z', _) => ("з", 0),
        ('і' | 'й' | 'ы' | 'i' | 'ı' | 'y' | 'í' | 'ì' | 'î' | 'ï', _) => ("и", 0),
        ('қ' | 'k' | 'q' | 'c' | 'ç', _) => ("к", 0),
        ('l', _) => ("л", 0),
        ('m', _) => ("м", 0),
        ('ң' | 'n' | 'ñ', _) => ("н", 0),
        ('ө' | 'o' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ', _) => ("о", 0),
        ('p', _) => ("п", 0),
        ('r', _) => ("р", 0),
        ('s', _) => ("с", 0),
        ('t', _) => ("т", 0),
        ('ұ' | 'ү' | 'u' | 'ü' | 'ú' | 'ù' | 'û' | 'ū', _) => ("у", 0),
        ('f', _) => ("ф", 0),
        ('һ' | 'h', _) => ("х", 0),
        ('č', _) => ("ч", 0),
        ('щ' | 'š' | 'ş', _) => ("ш", 0),
        ('x', _) => ("кс", 0),
        _ => return (Folded::Same, 0),
    };
    (Folded::To(text), more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kazakh_russian_and_latin_spellings_meet() {
        for (spelling, folded) in [
            ("Сәтбаев", "сатбаев"),
            ("Satbayev", "сатбаев"),
            ("Төле би", "толе би"),
            ("Tole Bi", "толе би"),
            ("Қонаев", "конаев"),
            ("Qonaev", "конаев"),
            ("Абай", "абаи"),
            ("Abay", "абаи"),
            ("Алматы", "алмати"),
            ("Almaty", "алмати"),
            ("Жандосов", "жандосов"),
            ("Zhandosov", "жандосов"),
            ("Jandosov", "жандосов"),
            ("Щёлковская", "шелковская"),
            ("Shchelkovskaya", "шелковская"),
            ("Объездная", "обездная"),
            ("ҒЫЛЫМ ҢҰҮҺІ", "гилим нууxи"),
            ("Mãe d'Água", "мае дагуа"),
        ] {
            let expected = folded.replace('x', "х");
            assert_eq!(fold(spelling).join(" "), expected, "{spelling}");
        }
    }

    #[test]
    fn a_house_number_is_one_token_in_all_its_spellings() {
        for spelling in ["30б", "30-Б", "30 б", "30B", "№ 30 «Б»"] {
            assert_eq!(fold(spelling), ["30б"], "{spelling}");
        }
        for spelling in ["д. 30Б", "дом 30 б", "д30б", "30 литер Б", "30б, кв. 5", "30-б пәтер 12"]
        {
            assert_eq!(fold(spelling), ["30б"], "{spelling}");
        }
        for spelling in
            ["12/4", "12 / 4", "12к4", "12 к 4", "12 к. 4", "12, корпус 4", "12 корп.4", "12k4", "12 стр. 4"]
        {
            assert_eq!(fold(spelling), ["12/4"], "{spelling}");
        }
        for spelling in ["12б к 4", "12 б к 4", "12 б к4", "12б к4", "12-Б корп.4"] {
            assert_eq!(fold(spelling), ["12б/4"], "{spelling}");
        }
        assert_eq!(fold("корпус 4"), ["корпус", "4"]);
        assert_eq!(fold("Сатпаева, 30-Б"), ["сатпаева", "30б"]);
        assert_eq!(fold("1 мая 5"), ["1", "мая", "5"]);
    }

    #[test]
    fn kinds_of_street_may_be_left_out() {
        for spelling in
            ["Абай", "улица Абай", "Абай көшесі", "Абай даңғылы", "пр-т Абай", "Abay st.", "б-р Абай"]
        {
            assert_eq!(fold(spelling), ["абаи"], "{spelling}");
        }
        assert_eq!(fold("Проспект"), ["проспект"]);
        assert!(begins_street_word("кошес") && !begins_street_word("абаи"));
        assert!(is_like_street_word("коешси") && is_like_street_word("проспкт"));
        assert!(!is_like_street_word("абаи") && !is_like_street_word("би"));
    }

    #[test]
    fn every_street_word_is_written_as_it_is_folded() {
        for word in STREET_WORDS {
            assert_eq!(fold(word).concat(), word);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert!(once.iter().all(|token| !token.is_empty()));
            // Without the word for a street between them, a house and what follows may be one.
            if join_house_numbers(buildings(split(&text))).len() == once.len() {
                let again = fold(&once.join(" "));
                prop_assert_eq!(again.concat(), once.concat());
            }
        }
    }
}
