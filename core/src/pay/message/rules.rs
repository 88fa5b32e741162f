use crate::city::fares::Vehicle;
use crate::pay::DeclineReason;
use crate::text::Language;
use serde::{Deserialize, Serialize};

/// How a ride is paid by text message (`core/contract/sms.md`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsRule {
    /// To which number: 3 to 15 digits, with a `+` before them or without.
    pub number: String,
    /// What to write: `{bus}` stands for the bus, `{language}` for the word of a language, `{passengers}` for
    /// how many adults ride; what stands in brackets is left out where it says nothing.
    pub grammar: String,
    /// What stands for the bus.
    #[serde(default)]
    pub bus: BusName,
    /// The words by which the passenger chooses the language of the answer.
    #[serde(default)]
    pub languages: Vec<LanguageWord>,
    /// The operator's short numbers from which answers come; empty: from `number`.
    #[serde(default)]
    pub from: Vec<String>,
    /// What the answers look like.
    #[serde(default)]
    pub replies: Vec<ReplyPattern>,
}

/// How a ride is paid by a message to the operator's bot in a messenger (`core/contract/sms.md`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessengerRule {
    /// The messenger's name, as passengers know it.
    pub name: String,
    /// The link that opens the messenger with the text written: https, `{text}` behind a `?` or `#`.
    pub link: String,
    /// To which hosts the link may lead, in small letters.
    pub hosts: Vec<String>,
    /// With which apps it may be opened, by package or bundle id; empty: whichever takes the link.
    #[serde(default)]
    pub apps: Vec<String>,
    /// What to write, as in [`SmsRule::grammar`].
    pub grammar: String,
    /// What stands for the bus.
    #[serde(default)]
    pub bus: BusName,
    /// The words by which the passenger chooses the language of the answer.
    #[serde(default)]
    pub languages: Vec<LanguageWord>,
    /// What the answers look like.
    #[serde(default)]
    pub replies: Vec<ReplyPattern>,
}

/// What stands for the bus in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusName {
    /// The number painted on it.
    #[default]
    Painted,
    /// The operator's code for it, which hangs in the bus.
    Vehicle,
    /// Its plate.
    Plate,
}

impl BusName {
    /// What stands for this bus.
    pub fn of(self, bus: &Vehicle) -> &str {
        match self {
            BusName::Painted => &bus.painted,
            BusName::Vehicle => &bus.vehicle,
            BusName::Plate => &bus.plate,
        }
    }
}

/// A word that chooses a language, as in КАЗ or РУС.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageWord {
    /// Which language.
    pub language: Language,
    /// The word.
    pub word: String,
}

/// What an answer of one kind looks like in one language. There may be several: an older wording still reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyPattern {
    /// What it says.
    #[serde(flatten)]
    pub says: ReplyKind,
    /// In which language.
    pub language: Language,
    /// The words, with places: `{bus}`, `{line}`, `{fare}`, `{number}`, `{time}`, `{again}`, `{service}`,
    /// `{passengers}`; any other place stands for something that is not read. What stands in brackets may be
    /// missing.
    pub text: String,
}

/// What an answer says of the ride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ReplyKind {
    /// It is paid.
    Paid,
    /// It was paid before, or another payment of it is under way; nothing was charged now.
    AlreadyPaid,
    /// Nothing was charged.
    Declined {
        /// Why: `unknown_bus` and `try_later` among them.
        reason: DeclineReason,
    },
}

/// What an SMS and a message to a bot have in common: what is written and what is answered.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    pub(super) grammar: &'a str,
    pub(super) bus: BusName,
    pub(super) languages: &'a [LanguageWord],
    pub(super) replies: &'a [ReplyPattern],
}

impl SmsRule {
    /// What is written and what is answered.
    pub fn wording(&self) -> Wording<'_> {
        let SmsRule { grammar, bus, languages, replies, .. } = self;
        Wording { grammar, bus: *bus, languages, replies }
    }

    /// The numbers from which answers come.
    pub fn senders(&self) -> Vec<String> {
        if self.from.is_empty() { vec![self.number.clone()] } else { self.from.clone() }
    }
}

impl MessengerRule {
    /// What is written and what is answered.
    pub fn wording(&self) -> Wording<'_> {
        let MessengerRule { grammar, bus, languages, replies, .. } = self;
        Wording { grammar, bus: *bus, languages, replies }
    }
}

impl Wording<'_> {
    /// What stands for the bus.
    pub fn bus(&self) -> BusName {
        self.bus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_before_still_reads() {
        let rule: SmsRule =
            serde_json::from_str(r#"{"number":"9505","grammar":"{bus}"}"#).expect("as it was");
        assert_eq!((rule.bus, rule.senders()), (BusName::Painted, vec!["9505".to_owned()]));
        assert!(rule.replies.is_empty() && rule.languages.is_empty());
    }

    #[test]
    fn a_pattern_is_one_flat_object() {
        let text = r#"{"kind":"declined","reason":"no_money","language":"ru","text":"Не оплачено"}"#;
        let pattern: ReplyPattern = serde_json::from_str(text).expect("a pattern");
        assert_eq!(pattern.says, ReplyKind::Declined { reason: DeclineReason::NoMoney });
        assert_eq!(serde_json::to_string(&pattern).expect("json"), text);
    }
}
