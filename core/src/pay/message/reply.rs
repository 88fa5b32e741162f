use super::plain::{Word, words};
use super::rules::{ReplyKind, ReplyPattern, Wording};
use super::template::{
    FEWEST_WORDS, Fit, Found, Place, Template, again, clock, fare, is_value, passengers, written,
};
use crate::money::Money;
use crate::text::{Language, tame};
use serde::{Deserialize, Serialize};

/// The longest text that is read, in characters: some answers with what was quoted around them.
pub const LONGEST_REPLY: usize = 2_000;
/// The most answers that one text is read as.
pub const MOST_REPLIES: usize = 8;
/// The most patterns that are looked at.
const MOST_PATTERNS: usize = 128;
const MOST_WORDS: usize = 400;
/// The longest name of a carrier's service.
const LONGEST_SERVICE: usize = 40;

/// An answer of the operator, as its words say it. It proves nothing: anybody can write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What it says of the ride.
    pub says: ReplyKind,
    /// In which language.
    pub language: Language,
    /// What stands for the bus.
    pub bus: Option<String>,
    /// The line.
    pub line: Option<String>,
    /// What was charged.
    pub fare: Option<Money>,
    /// The ticket's number, which an inspector looks up.
    pub number: Option<String>,
    /// When it was paid or refused, on the city's clocks: hour and minute.
    pub time: Option<(i8, i8)>,
    /// From when it may succeed: "18:00", "17.09 18:00".
    pub again: Option<String>,
    /// The carrier's name for its trust credit.
    pub service: Option<String>,
    /// How many ride.
    pub passengers: Option<u8>,
}

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadReply {
    /// It reads as these answers of the operator, in the order of the text; at least one.
    Replies {
        /// The answers.
        replies: Vec<Reply>,
    },
    /// It begins or ends as an answer does, and is not whole.
    CutOff,
    /// None of the operator's answers reads so.
    NotTheOperators,
}

/// Reads any text at all. What is quoted, forwarded or joined is looked through for the operator's patterns;
/// letters that look alike, odd spaces and other line ends do not count.
pub fn read_reply(wording: &Wording<'_>, text: &str) -> ReadReply {
    read_replies(std::slice::from_ref(wording), text)
}

/// The same by the patterns of several ways to write, such as an SMS and a messenger.
pub fn read_replies(wordings: &[Wording<'_>], text: &str) -> ReadReply {
    let text = text.char_indices().nth(LONGEST_REPLY).map_or(text, |(end, _)| &text[..end]);
    let text = words(text, MOST_WORDS);
    let all = wordings.iter().flat_map(|wording| wording.replies).take(MOST_PATTERNS);
    let readable = |pattern: &ReplyPattern| {
        let template = Template::read(&pattern.text)?;
        (template.own_words() >= FEWEST_WORDS).then_some(template)
    };
    let patterns: Vec<_> = all.filter_map(|pattern| Some((pattern, readable(pattern)?))).collect();
    let mut searches: Vec<_> =
        patterns.iter().map(|(pattern, template)| (*pattern, template.search(&text, &is_value))).collect();
    let (mut replies, mut is_cut, mut at) = (Vec::new(), false, 0);
    while at < text.len() && replies.len() < MOST_REPLIES {
        let mut best: Option<(usize, &ReplyPattern, Found)> = None;
        let begins = begins_at(&text, at);
        for (pattern, search) in searches.iter_mut().filter(|_| begins) {
            match search.fit(at) {
                // What takes more of the text says more.
                Fit::Whole { end, found } if best.as_ref().is_none_or(|(other, ..)| end > *other) => {
                    best = Some((end, *pattern, found));
                }
                Fit::Cut { own } if own >= FEWEST_WORDS => is_cut = true,
                _ => {}
            }
        }
        at = match best {
            Some((end, pattern, found)) => {
                replies.push(Reply::of(pattern, &text, &found));
                end.max(at + 1)
            }
            None => at + 1,
        };
    }
    if !replies.is_empty() {
        return ReadReply::Replies { replies };
    }
    if is_cut || searches.iter_mut().any(|(_, search)| search.fits_but_for_its_beginning()) {
        return ReadReply::CutOff;
    }
    ReadReply::NotTheOperators
}

/// Whether an answer may begin here: "Оплачено" in "не оплачено" is none.
fn begins_at(text: &[Word], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    text.get(at).is_some_and(|word| word.begins) || before.is_some_and(|word| word.digits().is_some())
}

impl Reply {
    fn of(pattern: &ReplyPattern, text: &[Word], found: &Found) -> Reply {
        let at = |wanted: Place| {
            let found = found.iter().find(|(place, ..)| *place == wanted);
            found.map(|&(_, from, to)| &text[from..to])
        };
        Reply {
            says: pattern.says,
            language: pattern.language,
            bus: at(Place::Bus).map(written),
            line: at(Place::Line).map(written),
            fare: at(Place::Fare).and_then(fare),
            number: at(Place::Number).map(written),
            time: at(Place::Time).and_then(clock),
            again: at(Place::Again).and_then(again),
            service: at(Place::Service).map(|words| tame(&written(words), LONGEST_SERVICE)),
            passengers: at(Place::Passengers).and_then(passengers),
        }
    }
}

/// Writes an answer as the operator does: by the first pattern of its kind in its language, or in another if
/// there is none; none if no pattern can say it.
pub fn write_reply(wording: &Wording<'_>, reply: &Reply) -> Option<String> {
    let of_kind = || wording.replies.iter().filter(|pattern| pattern.says == reply.says);
    let own = of_kind().filter(|pattern| pattern.language == reply.language);
    own.chain(of_kind()).find_map(|pattern| {
        Template::read(&pattern.text)?.fill(|place| match place {
            Place::Bus => reply.bus.clone(),
            Place::Line => reply.line.clone(),
            Place::Fare => reply.fare.map(|fare| fare.to_string()),
            Place::Number => reply.number.clone(),
            Place::Time => reply.time.map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
            Place::Again => reply.again.clone(),
            Place::Service => reply.service.clone(),
            Place::Passengers => reply.passengers.filter(|count| *count > 1).map(|count| count.to_string()),
            Place::Language | Place::Other => None,
        })
    })
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
