//! Words with places: written by filling them in, read by finding them again.
//!
//! Reading looks for the literal words in their order and takes what stands between them for the places.
//! Which ends were tried in vain is remembered, so the work is bounded by words × words of the template.

use super::plain::{Word, words};
use crate::money::Money;

/// The longest template, in characters.
pub(super) const LONGEST_TEMPLATE: usize = 480;
/// A template needs so many words of its own, or anything would fit it.
pub(super) const FEWEST_WORDS: usize = 2;

/// What stands in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Bus,
    Line,
    Fare,
    Number,
    Time,
    Again,
    Service,
    Passengers,
    Language,
    /// Something that is not read.
    Other,
}

impl Place {
    fn named(name: &str) -> Place {
        match name {
            "bus" => Place::Bus,
            "line" => Place::Line,
            "fare" => Place::Fare,
            "number" => Place::Number,
            "time" => Place::Time,
            "again" => Place::Again,
            "service" => Place::Service,
            "passengers" => Place::Passengers,
            "language" => Place::Language,
            _ => Place::Other,
        }
    }

    /// The most words that it takes.
    fn most_words(self) -> usize {
        match self {
            Place::Language | Place::Passengers => 1,
            Place::Time => 2,
            Place::Bus | Place::Line | Place::Fare | Place::Number => 3,
            Place::Again => 4,
            Place::Service | Place::Other => 6,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Place),
    /// So many parts that follow may be missing.
    Optional(usize),
}

/// A template that can be written and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Word(String),
    Place(Place),
    Optional(usize),
}

/// What was found in the places: which, and the words from and to.
pub(super) type Found = Vec<(Place, usize, usize)>;

/// How far a text fits a template.
pub(super) enum Fit {
    /// To its end: the word after the last one, what was found, and how many words were its own.
    Whole { end: usize, found: Found },
    /// The text ended before: so many of the template's own words were there.
    Cut { own: usize },
    /// Not.
    No,
}

impl Template {
    /// Reads a template; none if a brace or bracket has no fellow, if brackets stand within brackets, or if it
    /// is too long.
    pub(super) fn read(text: &str) -> Option<Template> {
        if text.chars().count() > LONGEST_TEMPLATE {
            return None;
        }
        let mut parts = Vec::new();
        let mut optional: Option<usize> = None;
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}', '[', ']']) {
            let (before, sign) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            rest = &sign[1..];
            match (sign.as_bytes()[0], optional) {
                (b'{', _) => {
                    let (name, after) = rest.split_once('}')?;
                    parts.push(Part::Place(Place::named(name.trim())));
                    rest = after;
                }
                (b'[', None) => {
                    optional = Some(parts.len());
                    parts.push(Part::Optional(0));
                }
                (b']', Some(start)) => {
                    parts[start] = Part::Optional(parts.len() - start - 1);
                    optional = None;
                }
                _ => return None,
            }
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let items = items_of(&parts);
        optional.is_none().then_some(Template { parts, items })
    }

    /// Whether it has this place, in brackets or not.
    pub(super) fn has(&self, place: Place) -> bool {
        self.parts.contains(&Part::Place(place))
    }

    /// How many words of its own it has.
    pub(super) fn own_words(&self) -> usize {
        self.items.iter().filter(|item| matches!(item, Item::Word(_))).count()
    }

    /// Written out. What stands in brackets is left out where a place in it says nothing; none if a place
    /// outside of brackets does.
    pub(super) fn fill(&self, value: impl Fn(Place) -> Option<String>) -> Option<String> {
        let write = |parts: &[Part]| -> Option<String> {
            parts.iter().try_fold(String::new(), |mut text, part| {
                match part {
                    Part::Text(own) => text.push_str(own),
                    Part::Place(place) => text.push_str(&value(*place)?),
                    Part::Optional(_) => {}
                }
                Some(text)
            })
        };
        let (mut text, mut at) = (String::new(), 0);
        while let Some(part) = self.parts.get(at) {
            let end = match part {
                Part::Optional(length) => at + 1 + length,
                _ => at + 1,
            };
            match (part, write(&self.parts[at..end])) {
                (_, Some(written)) => text.push_str(&written),
                (Part::Optional(_), None) => {}
                (_, None) => return None,
            }
            at = end;
        }
        Some(text)
    }

    /// Looks for it in a text; `accepts` says whether a place takes these words.
    pub(super) fn search<'a>(
        &'a self,
        text: &'a [Word],
        accepts: &'a dyn Fn(Place, &[Word]) -> bool,
    ) -> Search<'a> {
        Search { items: &self.items, text, accepts, vain: Vec::new(), found: Vec::new(), cut: 0 }
    }
}

fn items_of(parts: &[Part]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        at += 1;
        match part {
            Part::Text(own) => {
                items.extend(words(own, usize::MAX).into_iter().map(|word| Item::Word(word.skeleton)))
            }
            Part::Place(place) => items.push(Item::Place(*place)),
            Part::Optional(length) => {
                let within = items_of(&parts[at..at + length]);
                items.push(Item::Optional(within.len()));
                items.extend(within);
                at += length;
            }
        }
    }
    items
}

/// A template that is looked for in a text.
pub(super) struct Search<'a> {
    items: &'a [Item],
    text: &'a [Word],
    accepts: &'a dyn Fn(Place, &[Word]) -> bool,
    /// Where nothing came of it before, by item and word.
    vain: Vec<bool>,
    found: Found,
    /// The most of the template's own words that stood before the text ended.
    cut: usize,
}

impl Search<'_> {
    /// Whether the text fits from this word on.
    pub(super) fn fit(&mut self, start: usize) -> Fit {
        // Most words begin no answer.
        if let (Some(Item::Word(own)), Some(word)) = (self.items.first(), self.text.get(start))
            && *own != word.skeleton
        {
            return Fit::No;
        }
        (self.cut, self.found) = (0, Vec::new());
        match self.go(0, start, 0) {
            Some(end) => Fit::Whole { end, found: std::mem::take(&mut self.found) },
            None if self.cut > 0 => Fit::Cut { own: self.cut },
            None => Fit::No,
        }
    }

    /// Whether the text begins in the midst of the template: its beginning was lost.
    pub(super) fn fits_but_for_its_beginning(&mut self) -> bool {
        let items = self.items;
        (1..items.len()).any(|item| {
            let own = items[item..].iter().filter(|item| matches!(item, Item::Word(_))).count();
            own >= FEWEST_WORDS && self.go(item, 0, 0).is_some()
        })
    }

    /// The word after the last one, if the rest of the template fits from here.
    fn go(&mut self, item: usize, at: usize, own: usize) -> Option<usize> {
        let Some(wanted) = self.items.get(item) else { return Some(at) };
        let columns = self.text.len() + 1;
        if self.vain.is_empty() {
            self.vain = vec![false; self.items.len() * columns];
        }
        let cell = item * columns + at;
        if self.vain[cell] {
            return None;
        }
        let end = match wanted {
            Item::Optional(length) => {
                let with = self.go(item + 1, at, own);
                with.or_else(|| self.go(item + 1 + length, at, own))
            }
            Item::Word(wanted) => match self.text.get(at) {
                Some(word) if word.skeleton == *wanted => self.go(item + 1, at + 1, own + 1),
                Some(word) => {
                    // The last word itself may be cut.
                    let is_last = at + 1 == self.text.len();
                    if is_last && word.skeleton.chars().count() > 1 && wanted.starts_with(&word.skeleton) {
                        self.cut = self.cut.max(own + 1);
                    }
                    None
                }
                None => self.ended(own),
            },
            Item::Place(place) => self.place(*place, item, at, own),
        };
        if end.is_none() {
            self.vain[cell] = true;
        }
        end
    }

    fn place(&mut self, place: Place, item: usize, at: usize, own: usize) -> Option<usize> {
        let text = self.text;
        if at >= text.len() {
            return self.ended(own);
        }
        let ends = at + 1..=text.len().min(at + place.most_words());
        let (first, last) = (*ends.start(), *ends.end());
        for end in ends {
            // A day with its hour is not the hour alone; of all else the shortest is tried first.
            let end = if place == Place::Again { first + last - end } else { end };
            // "A-00417" and "30/2" are one name, which ends behind its last part.
            let goes_on = text.get(end).is_some_and(|next| matches!(next.joined, Some('-' | '/')));
            let is_name = matches!(place, Place::Bus | Place::Line | Place::Number);
            if (is_name && goes_on) || !(self.accepts)(place, &text[at..end]) {
                continue;
            }
            self.found.push((place, at, end));
            if let Some(end) = self.go(item + 1, end, own) {
                return Some(end);
            }
            self.found.pop();
        }
        // A value that the end of the text cuts.
        if at + place.most_words() > text.len() && is_one(&text[at..]) && may_begin(place, &text[at]) {
            self.cut = self.cut.max(own);
        }
        None
    }

    fn ended(&mut self, own: usize) -> Option<usize> {
        self.cut = self.cut.max(own);
        None
    }
}

/// Whether nothing but spaces, or one sign as in "14:02" and "A-17", parts these words.
fn is_one(words: &[Word]) -> bool {
    let parts = |word: &Word| word.begins && !word.joined.is_some_and(|sign| "-/:.,'".contains(sign));
    !words.iter().skip(1).any(parts)
}

/// Whether a value in this place may begin with this word.
fn may_begin(place: Place, word: &Word) -> bool {
    match place {
        Place::Line | Place::Service | Place::Language | Place::Other => true,
        _ => word.written.contains(|c: char| c.is_ascii_digit()),
    }
}

/// Whether these words can stand in this place.
pub(super) fn is_value(place: Place, words: &[Word]) -> bool {
    match place {
        // Every bus has a digit in its name; some lines have none.
        Place::Bus | Place::Line => {
            let name = written(words);
            let has_digit = name.contains(|c: char| c.is_ascii_digit());
            is_one(words) && name.chars().count() <= 16 && (has_digit || place == Place::Line)
        }
        Place::Number => {
            let number = written(words);
            let one = words.iter().skip(1).all(|word| matches!(word.joined, Some('-' | '/')));
            one && number.chars().count() <= 24 && number.contains(|c: char| c.is_ascii_digit())
        }
        Place::Fare => fare(words).is_some(),
        Place::Time => words.len() == 2 && clock(words).is_some(),
        Place::Again => again(words).is_some(),
        Place::Passengers => passengers(words).is_some(),
        Place::Language | Place::Service | Place::Other => true,
    }
}

/// The words as they were written, parted by spaces or by the sign that joined them.
pub(super) fn written(words: &[Word]) -> String {
    let mut text = String::new();
    for (nth, word) in words.iter().enumerate() {
        match word.joined.filter(|sign| matches!(sign, '-' | '/')) {
            Some(sign) if nth > 0 => text.push(sign),
            _ if nth > 0 => text.push(' '),
            _ => {}
        }
        text.push_str(word.shown());
    }
    text
}

/// "100", "1 000", "99,50": tenge, and tiyn behind a comma or point.
pub(super) fn fare(words: &[Word]) -> Option<Money> {
    let mut tenge = String::new();
    let mut tiyn = 0;
    for (nth, word) in words.iter().enumerate() {
        let digits = word.digits()?;
        match word.joined {
            _ if nth == 0 => tenge.push_str(digits),
            Some(',' | '.') if digits.len() == 2 && nth + 1 == words.len() => tiyn = digits.parse().ok()?,
            Some('\'' | ',' | '.') | None if digits.len() == 3 => tenge.push_str(digits),
            _ => return None,
        }
    }
    // No fare has more digits, and no sum of so many overflows.
    let tenge: i64 = (tenge.len() <= 7).then(|| tenge.parse().ok()).flatten()?;
    Money::tenge(tenge).plus(Money::tiyn(tiyn))
}

/// "14:02" or "14.02", as hours and minutes.
pub(super) fn clock(words: &[Word]) -> Option<(i8, i8)> {
    let [hour, minute] = words else { return None };
    let is_time = matches!(minute.joined, Some(':' | '.')) && minute.digits()?.len() == 2;
    let (hour, minute): (i8, i8) = (hour.digits()?.parse().ok()?, minute.digits()?.parse().ok()?);
    (is_time && (0..24).contains(&hour) && (0..60).contains(&minute)).then_some((hour, minute))
}

/// "18:00", or "17.09 18:00" on another day, as it is told.
pub(super) fn again(words: &[Word]) -> Option<String> {
    match words {
        [_, _] => clock(words).map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
        [day, month, ..] if words.len() == 4 => {
            let (hour, minute) = clock(&words[2..])?;
            let (day, month): (u8, u8) = (day.digits()?.parse().ok()?, month.digits()?.parse().ok()?);
            // "18:00, 14:02" is no day.
            let is_one = words[1].joined == Some('.') && !words[2].begins;
            let is_day = is_one && (1..=31).contains(&day) && (1..=12).contains(&month);
            is_day.then(|| format!("{day:02}.{month:02} {hour:02}:{minute:02}"))
        }
        _ => None,
    }
}

/// How many ride.
pub(super) fn passengers(words: &[Word]) -> Option<u8> {
    let [count] = words else { return None };
    count.digits()?.parse().ok().filter(|count| (1..=crate::pay::MOST_PASSENGERS).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(template: &str, text: &str) -> Option<Vec<(Place, String)>> {
        let text = words(text, 99);
        match Template::read(template).expect("a template").search(&text, &is_value).fit(0) {
            Fit::Whole { found, .. } => {
                Some(found.into_iter().map(|(place, from, to)| (place, written(&text[from..to]))).collect())
            }
            Fit::Cut { .. } | Fit::No => None,
        }
    }

    #[test]
    fn a_template_without_its_fellow_signs_is_none() {
        for wrong in ["{bus", "bus}", "[{bus}", "{bus}]", "[a [b]]", "[a {bus]}"] {
            assert_eq!(Template::read(wrong), None, "{wrong}");
        }
        assert_eq!(Template::read(&"я".repeat(LONGEST_TEMPLATE + 1)), None);
        assert!(Template::read("").is_some());
    }

    #[test]
    fn brackets_are_left_out_where_they_say_nothing() {
        let template = Template::read("{bus}[ {language}][ *{passengers}]!").expect("a template");
        let fill = |bus: Option<&str>, count: Option<&str>| {
            template.fill(|place| match place {
                Place::Bus => bus.map(str::to_owned),
                Place::Passengers => count.map(str::to_owned),
                _ => None,
            })
        };
        assert_eq!(fill(Some("547"), None).as_deref(), Some("547!"));
        assert_eq!(fill(Some("547"), Some("2")).as_deref(), Some("547 *2!"));
        assert_eq!(fill(None, Some("2")), None, "what is not in brackets must be said");
    }

    #[test]
    fn places_take_what_stands_between_the_words() {
        let template = "Автобус {bus}, маршрут {line}. Билет {number}[ до {time}]";
        assert_eq!(
            read(template, "автобус 547 AB 06 маршрут 30-Б билет A-00417 до 14:30 спасибо"),
            Some(vec![
                (Place::Bus, "547 AB 06".into()),
                (Place::Line, "30-Б".into()),
                (Place::Number, "A-00417".into()),
                (Place::Time, "14 30".into()),
            ])
        );
        assert_eq!(read(template, "Автобус 547, маршрут 5. Билет 417").map(|found| found.len()), Some(3));
        assert_eq!(read(template, "Автобус 547, билет 5. Маршрут 417"), None, "in this order only");
    }

    #[test]
    fn sums_and_times_are_what_they_look_like() {
        let sum = |text: &str| fare(&words(text, 9)).map(|sum| sum.tiyn);
        assert_eq!(sum("100"), Some(10_000));
        assert_eq!((sum("1 000"), sum("1.000")), (Some(100_000), Some(100_000)));
        assert_eq!((sum("99,50"), sum("99.5"), sum("100000000")), (Some(9_950), None, None));
        let time = |text: &str| again(&words(text, 9));
        assert_eq!(time("9:05").as_deref(), Some("09:05"));
        assert_eq!(time("17.09 18:00").as_deref(), Some("17.09 18:00"));
        assert_eq!(
            (time("24:00"), time("12:60"), time("32.01 10:00"), time("14 02")),
            (None, None, None, None)
        );
    }
}
