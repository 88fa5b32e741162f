use super::plain::{self, Word, words};
use super::rules::{LanguageWord, MessengerRule, SmsRule, Wording};
use super::template::{Fit, Place, Template, is_value, passengers, written};
use crate::city::fares::Vehicle;
use crate::text::Language;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// The longest text that fits one message, in characters: of letters outside of ASCII an SMS holds 70.
pub const LONGEST_TEXT: usize = 70;
/// No message that a passenger writes has more words.
const MOST_WORDS: usize = 12;

/// A message as it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The number of an SMS; for a messenger its name.
    pub to: String,
    /// What is written.
    pub text: String,
    /// What opens the messenger with the text written; none for an SMS.
    pub link: Option<String>,
    /// With which apps it may be opened, by package or bundle id; empty: whichever takes the link.
    pub apps: Vec<String>,
}

/// Why there is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The operator's rule cannot be used: its grammar, number or link.
    #[error("the operator's rule for messages cannot be used")]
    Rule,
    /// The bus has nothing that stands for it in a message.
    #[error("the bus has no number for a message")]
    Bus,
    /// A message pays for fewer adults, or for one.
    #[error("a message pays for fewer passengers")]
    Passengers,
}

/// The text message that pays this bus for so many adults.
pub fn compose_sms(
    rule: &SmsRule,
    bus: &Vehicle,
    language: Language,
    passengers: u8,
) -> Result<Composed, ComposeError> {
    let digits = rule.number.strip_prefix('+').unwrap_or(&rule.number);
    if !(3..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ComposeError::Rule);
    }
    let text = rule.wording().write(bus, language, passengers)?;
    Ok(Composed { to: rule.number.clone(), text, link: None, apps: Vec::new() })
}

/// The message to the operator's bot that pays this bus for so many adults, with the link that opens it.
pub fn compose_link(
    rule: &MessengerRule,
    bus: &Vehicle,
    language: Language,
    passengers: u8,
) -> Result<Composed, ComposeError> {
    let text = rule.wording().write(bus, language, passengers)?;
    let link = link(rule, &text).ok_or(ComposeError::Rule)?;
    Ok(Composed { to: rule.name.clone(), text, link: Some(link), apps: rule.apps.clone() })
}

/// The link with the text in it, if it leads where the rule says, and by https alone.
fn link(rule: &MessengerRule, text: &str) -> Option<String> {
    let (before, after) = rule.link.split_once("{text}")?;
    if !before.contains(['?', '#']) || after.contains("{text}") {
        return None;
    }
    // Not the form's encoding: a messenger would write its plus signs.
    let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
    let url = Url::parse(&format!("{before}{text}{after}")).ok()?;
    let is_plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|host| rule.hosts.iter().any(|allowed| allowed == host));
    (is_plain && url.password().is_none() && host.is_some()).then(|| url.into())
}

impl Wording<'_> {
    fn write(&self, bus: &Vehicle, language: Language, passengers: u8) -> Result<String, ComposeError> {
        let grammar = Template::read(self.grammar).ok_or(ComposeError::Rule)?;
        if !grammar.has(Place::Bus) {
            return Err(ComposeError::Rule);
        }
        if passengers == 0 || (passengers > 1 && !grammar.has(Place::Passengers)) {
            return Err(ComposeError::Passengers);
        }
        let name = Some(self.bus.of(bus).trim()).filter(|name| !name.is_empty()).ok_or(ComposeError::Bus)?;
        let word = |wanted: &LanguageWord| wanted.language == language;
        let word = self.languages.iter().find(|wanted| word(wanted));
        let fill = |word: Option<&LanguageWord>, count: Option<u8>| {
            grammar.fill(|place| match place {
                Place::Bus => Some(name.to_owned()),
                Place::Language => word.map(|word| word.word.clone()),
                Place::Passengers => count.map(|count| count.to_string()),
                _ => None,
            })
        };
        // What is not in brackets is said in any case: one passenger, and the first language of all.
        let count = Some(passengers).filter(|count| *count > 1);
        let text = fill(word, count).or_else(|| fill(word.or(self.languages.first()), Some(passengers)));
        let text = text.ok_or(ComposeError::Rule)?;
        let is_short = text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control);
        is_short.then_some(text).ok_or(ComposeError::Rule)
    }
}

/// What a passenger wrote, as the operator reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What stands for the bus.
    pub bus: String,
    /// The language that was asked for.
    pub language: Option<Language>,
    /// How many adults ride.
    pub passengers: u8,
}

/// Reads what a passenger wrote; none if it does not follow the grammar. `names_a_bus` says which names
/// there are: with it "547 AB 06" is a plate and no six passengers.
pub fn read_written(
    wording: &Wording<'_>,
    text: &str,
    names_a_bus: impl Fn(&str) -> bool,
) -> Option<Written> {
    let grammar = Template::read(wording.grammar)?;
    let text = words(text, MOST_WORDS);
    let language = |word: &Word| {
        let is = |known: &&LanguageWord| plain::name(&known.word) == word.skeleton;
        wording.languages.iter().find(is).map(|known| known.language)
    };
    let accepts = |place: Place, words: &[Word]| match place {
        Place::Bus => is_value(place, words) && names_a_bus(&written(words)),
        Place::Language => words.iter().all(|word| language(word).is_some()),
        other => is_value(other, words),
    };
    let Fit::Whole { end, found } = grammar.search(&text, &accepts).fit(0) else { return None };
    let at = |wanted: Place| {
        let found = found.iter().find(|(place, ..)| *place == wanted);
        found.map(|&(_, from, to)| &text[from..to])
    };
    let count = at(Place::Passengers).and_then(passengers);
    (end == text.len()).then_some(Written {
        bus: at(Place::Bus).map(written)?,
        language: at(Place::Language).and_then(|words| words.first()).and_then(language),
        passengers: count.unwrap_or(1),
    })
}

/// Whether two names are one bus's: spaces, dashes, case and look-alike letters do not count.
pub fn is_same_bus(some: &str, other: &str) -> bool {
    let some = plain::name(some);
    !some.is_empty() && some == plain::name(other)
}

#[cfg(test)]
mod tests {
    use super::super::rules::BusName;
    use super::*;
    use crate::pay::MOST_PASSENGERS;
    use proptest::prelude::*;

    fn bus(painted: &str) -> Vehicle {
        Vehicle {
            vehicle: "0547".into(),
            painted: painted.into(),
            plate: "547 AB 06".into(),
            line: "5".into(),
            terminal: false,
            ways: Vec::new(),
        }
    }

    fn words_of_two() -> Vec<LanguageWord> {
        [(Language::Kk, "КАЗ"), (Language::Ru, "РУС")]
            .map(|(language, word)| LanguageWord { language, word: word.to_owned() })
            .to_vec()
    }

    fn sms(grammar: &str) -> SmsRule {
        SmsRule {
            number: "9505".into(),
            grammar: grammar.into(),
            languages: words_of_two(),
            ..SmsRule::default()
        }
    }

    fn text(rule: &SmsRule, language: Language, passengers: u8) -> Result<String, ComposeError> {
        compose_sms(rule, &bus("547"), language, passengers).map(|composed| composed.text)
    }

    #[test]
    fn a_message_says_the_bus_and_what_else_there_is_to_say() {
        let plain = sms("{bus}");
        assert_eq!(text(&plain, Language::Ru, 1).as_deref(), Ok("547"));
        assert_eq!(text(&plain, Language::Ru, 2), Err(ComposeError::Passengers));
        let whole = sms("{bus}[ {language}][ *{passengers}]");
        assert_eq!(text(&whole, Language::Ru, 1).as_deref(), Ok("547 РУС"));
        assert_eq!(text(&whole, Language::Kk, 3).as_deref(), Ok("547 КАЗ *3"));
        assert_eq!(text(&whole, Language::En, 1).as_deref(), Ok("547"), "no word for it");
        assert_eq!(
            text(&sms("{bus} {language}"), Language::En, 1).as_deref(),
            Ok("547 КАЗ"),
            "it must be said"
        );
        assert_eq!(text(&whole, Language::Ru, 0), Err(ComposeError::Passengers));
        let by = |name| SmsRule { bus: name, ..sms("{bus}") };
        assert_eq!(text(&by(BusName::Vehicle), Language::Ru, 1).as_deref(), Ok("0547"));
        assert_eq!(text(&by(BusName::Plate), Language::Ru, 1).as_deref(), Ok("547 AB 06"));
    }

    #[test]
    fn a_rule_that_would_send_elsewhere_is_refused() {
        for number in ["", "95", "9505?body=1", "9505,2505", "+", "+7701123456789012", "*100#"] {
            let rule = SmsRule { number: number.into(), ..sms("{bus}") };
            assert_eq!(text(&rule, Language::Ru, 1), Err(ComposeError::Rule), "{number}");
        }
        for grammar in ["", "547", "{bus", "{bus}\n{bus}", &format!("{{bus}} {}", "я".repeat(70))] {
            assert_eq!(text(&sms(grammar), Language::Ru, 1), Err(ComposeError::Rule), "{grammar}");
        }
        let nameless = compose_sms(&sms("{bus}"), &bus("  "), Language::Ru, 1);
        assert_eq!(nameless, Err(ComposeError::Bus));
    }

    fn messenger(link: &str) -> MessengerRule {
        MessengerRule {
            name: "Telegram".into(),
            link: link.into(),
            hosts: vec!["t.me".into()],
            grammar: "{bus}[ {language}]".into(),
            languages: words_of_two(),
            ..MessengerRule::default()
        }
    }

    #[test]
    fn a_link_holds_the_text_and_leads_where_the_rule_says() {
        let link =
            |link: &str| compose_link(&messenger(link), &bus("547"), Language::Ru, 1).map(|it| it.link);
        let wanted = "https://t.me/sample_bot?text=547%20%D0%A0%D0%A3%D0%A1";
        assert_eq!(link("https://t.me/sample_bot?text={text}"), Ok(Some(wanted.to_owned())));
        for wrong in [
            "https://t.me/{text}",
            "https://evil.example/?text={text}",
            "https://t.me@evil.example/?text={text}",
            "https://user@t.me/?text={text}",
            "https://t.me:8443/?text={text}",
            "http://t.me/?text={text}",
            "tg://resolve?text={text}",
            "javascript:alert(1)?{text}",
            "https://t.me/?text=",
            "https://t.me/?text={text}&more={text}",
        ] {
            assert_eq!(link(wrong), Err(ComposeError::Rule), "{wrong}");
        }
    }

    #[test]
    fn the_operator_reads_what_passengers_type() {
        let rule = sms("{bus}[ {language}][ *{passengers}]");
        let read = |text: &str| read_written(&rule.wording(), text, |name| is_same_bus(name, "547"));
        let written = |language, passengers| Some(Written { bus: "547".into(), language, passengers });
        assert_eq!(read("547"), written(None, 1));
        assert_eq!(read("  547   рус "), written(Some(Language::Ru), 1));
        assert_eq!(read("547 KA3"), written(Some(Language::Kk), 1), "in Latin letters and a digit");
        assert_eq!(read("547*2"), written(None, 2));
        assert_eq!(read("5 4 7").map(|read| read.passengers), Some(1));
        for wrong in ["", "548", "автобус 547", "547 eng", "547 0", "547 21", "547 рус 2 да"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let plate = SmsRule { bus: BusName::Plate, ..rule };
        let read = read_written(&plate.wording(), "547 ab 06 *2", |name| is_same_bus(name, "547AB06"));
        assert_eq!(read.map(|read| (read.bus, read.passengers)), Some(("547 ab 06".to_owned(), 2)));
    }

    proptest! {
        #[test]
        fn what_is_composed_is_read_as_it_was_meant(
            painted in "[0-9]{1,4}(-?[А-Я])?",
            count in 1..=MOST_PASSENGERS,
            language in 0..3_usize,
        ) {
            let (rule, language) = (sms("{bus}[ {language}][ *{passengers}]"), Language::ALL[language]);
            let text = compose_sms(&rule, &bus(&painted), language, count).expect("a message").text;
            let read = read_written(&rule.wording(), &text, |name| is_same_bus(name, &painted)).expect("it reads");
            prop_assert!(is_same_bus(&read.bus, &painted));
            prop_assert_eq!(read.passengers, count);
            prop_assert_eq!(read.language, Some(language).filter(|language| *language != Language::En));
        }
    }
}
