use super::Category;
use crate::money::Money;
use crate::operator::wire::{Card, CardForm, CardState, SourceInfo};
use crate::pay::Source;
use crate::text::{Language, Words, say};
use jiff::civil::Date;

/// So many days before an entitlement ends its holder is reminded.
pub const REMINDER_DAYS: i32 = 14;

/// The last day of an entitlement: the city's (the end of a school year), or the day before the birthday at
/// which the holder is too old for it, whichever comes first. Who was born on 29 February is a year older on
/// 1 March where there is no such day.
pub fn last_day(until: Option<Date>, born: Option<Date>, below_age: Option<u8>) -> Option<Date> {
    let birthday = born.zip(below_age).and_then(|(born, age)| {
        let year = born.year().checked_add(age.into())?;
        Date::new(year, born.month(), born.day()).or_else(|_| Date::new(year, born.month() + 1, 1)).ok()
    });
    let before = birthday.and_then(|day| day.yesterday().ok());
    [until, before].into_iter().flatten().min()
}

/// The category in which a card rides on a day: its own while it is entitled to it, else standard.
pub fn rides_as(card: &Card, day: Date) -> Category {
    match CardStanding::of(card, day) {
        CardStanding::Active { .. } | CardStanding::EndsSoon { .. } => card.category,
        _ => Category::Standard,
    }
}

/// How a card stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardStanding {
    /// Its proof is being checked; until then it rides as standard.
    ProofBeingChecked,
    /// Its proof was refused: it rides as standard, with its balance.
    ProofRefused,
    /// It can be used.
    Active {
        /// The last day of its category, where that ends.
        last: Option<Date>,
    },
    /// It can be used, and its category ends within [`REMINDER_DAYS`].
    EndsSoon {
        /// The last day.
        last: Date,
        /// How many days come after this one, 0 on the last.
        days_left: u16,
    },
    /// Its category ended: it rides as standard, with its balance.
    Ended,
    /// Its owner stopped it.
    Blocked,
    /// Its owner lost it.
    Lost,
    /// The operator stopped it.
    Stopped,
    /// Its balance and category are on another card.
    Moved,
}

/// What the owner of a card can do about how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardStep {
    /// Nothing has to be done.
    Nothing,
    /// Wait for the operator.
    Wait,
    /// Bring a new proof.
    Prove,
    /// Open it again.
    Unblock,
    /// Move its balance and category to another card.
    Move,
    /// Ask at an office.
    AskOffice,
}

impl CardStanding {
    /// How a card stands on a day of its city.
    pub fn of(card: &Card, day: Date) -> CardStanding {
        match card.state {
            CardState::Applied => CardStanding::ProofBeingChecked,
            CardState::Refused => CardStanding::ProofRefused,
            CardState::Blocked => CardStanding::Blocked,
            CardState::Lost => CardStanding::Lost,
            CardState::Stopped => CardStanding::Stopped,
            CardState::Moved => CardStanding::Moved,
            CardState::Active => {
                let Some(last) = &card.valid_until else { return CardStanding::Active { last: None } };
                // A day that cannot be read entitles to nothing.
                let Ok(last) = last.parse::<Date>() else { return CardStanding::Ended };
                let left = day.until(last).map_or(i32::MIN, |span| span.get_days());
                match u16::try_from(left) {
                    Err(_) => CardStanding::Ended,
                    Ok(days_left) if left <= REMINDER_DAYS => CardStanding::EndsSoon { last, days_left },
                    Ok(_) => CardStanding::Active { last: Some(last) },
                }
            }
        }
    }

    /// What can be done about it.
    pub fn step(&self) -> CardStep {
        match self {
            CardStanding::Active { .. } | CardStanding::Moved => CardStep::Nothing,
            CardStanding::ProofBeingChecked => CardStep::Wait,
            CardStanding::ProofRefused | CardStanding::EndsSoon { .. } | CardStanding::Ended => {
                CardStep::Prove
            }
            CardStanding::Blocked => CardStep::Unblock,
            CardStanding::Lost => CardStep::Move,
            CardStanding::Stopped => CardStep::AskOffice,
        }
    }

    /// The sentence that a passenger reads. `why`: why the proof was refused, in their language.
    pub fn text(&self, category: Category, why: &str, language: Language) -> String {
        let name = category.name(language);
        let plain = |message| say(language, message, &[]);
        let day = |last: &Date| last.strftime("%d.%m.%Y").to_string();
        match self {
            CardStanding::ProofBeingChecked => plain("card-proof-checked"),
            CardStanding::ProofRefused if why.is_empty() => plain("card-proof-refused"),
            CardStanding::ProofRefused => say(language, "card-proof-refused-why", &[("why", why)]),
            CardStanding::Active { last: None } => plain("card-active"),
            CardStanding::Active { last: Some(last) } => {
                say(language, "card-active-until", &[("category", &name), ("day", &day(last))])
            }
            CardStanding::EndsSoon { days_left: 0, .. } => {
                say(language, "card-ends-today", &[("category", &name)])
            }
            CardStanding::EndsSoon { last, days_left } => {
                let fill = [("category", name.as_str()), ("n", &days_left.to_string()), ("day", &day(last))];
                say(language, "card-ends-soon", &fill)
            }
            CardStanding::Ended => say(language, "card-ended", &[("category", &name)]),
            CardStanding::Blocked => plain("card-blocked"),
            CardStanding::Lost => plain("card-lost"),
            CardStanding::Stopped => plain("card-stopped"),
            CardStanding::Moved => plain("card-moved"),
        }
    }
}

impl CardStep {
    /// What the passenger reads to do; none if there is nothing.
    pub fn text(self, language: Language) -> Option<String> {
        let message = match self {
            CardStep::Nothing => return None,
            CardStep::Wait => "card-step-wait",
            CardStep::Prove => "card-step-prove",
            CardStep::Unblock => "card-step-unblock",
            CardStep::Move => "card-step-move",
            CardStep::AskOffice => "card-step-office",
        };
        Some(say(language, message, &[]))
    }
}

/// A card as a screen shows it, in the passenger's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardView {
    /// By which the other calls name it.
    pub id: String,
    /// What the passenger calls it; else its last digits.
    pub name: String,
    /// Its number as printed, digits only.
    pub number: String,
    /// What it is made of.
    pub form: CardForm,
    /// The same in words.
    pub form_text: String,
    /// Its category.
    pub category: Category,
    /// The category in which it rides today.
    pub rides_as: Category,
    /// The same in words.
    pub rides_as_text: String,
    /// What is on it.
    pub balance: Money,
    /// When the operator said so, ms since 1970.
    pub as_of_ms: i64,
    /// How old that is, in words.
    pub age_text: String,
    /// How it stands.
    pub standing: CardStanding,
    /// The same in words.
    pub standing_text: String,
    /// What its owner can do about that.
    pub step: CardStep,
    /// The same in words.
    pub step_text: Option<String>,
    /// It is held for a child without a phone.
    pub child: bool,
    /// What is on it can be spent.
    pub pays: bool,
    /// This phone can show it to buses as a code.
    pub shows_code: bool,
    /// The most that it pays a day, in words; of a printed code.
    pub limit_text: Option<String>,
}

/// How old a balance is, in words.
fn age_text(as_of_ms: i64, now_ms: i64, language: Language) -> String {
    let minutes = now_ms.saturating_sub(as_of_ms).max(0) / 60_000;
    let (age, n) = match minutes {
        0 => ("card-age-now", 0),
        1..60 => ("card-age-minutes", minutes),
        60..2_880 => ("card-age-hours", minutes / 60),
        _ => ("card-age-days", minutes / 1_440),
    };
    say(language, age, &[("n", &n.to_string())])
}

/// Whose money may pay, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceView {
    /// Which one.
    pub source: Source,
    /// The carrier's or bank's name for it.
    pub label: Words,
    /// What is on it, where that is known.
    pub balance: Option<Money>,
    /// When that was read, ms since 1970.
    pub as_of_ms: Option<i64>,
    /// How old it is, in words.
    pub age_text: Option<String>,
}

impl SourceView {
    /// A source as the operator told it. `now_ms` is the phone's best time.
    pub fn of(source: SourceInfo, now_ms: i64, language: Language) -> SourceView {
        let SourceInfo { source, label, balance, as_of_ms } = source;
        let age_text = as_of_ms.map(|as_of_ms| age_text(as_of_ms, now_ms, language));
        SourceView { source, label, balance, as_of_ms, age_text }
    }
}

impl CardView {
    /// A card on a day of its city. `now_ms` is the phone's best time.
    pub fn of(card: &Card, day: Date, now_ms: i64, language: Language) -> CardView {
        let standing = CardStanding::of(card, day);
        let why = card.refused.as_ref().map_or("", |why| why.in_language(language));
        let rides_as = rides_as(card, day);
        let limit = |limit: Money| say(language, "card-day-limit", &[("sum", &limit.to_string())]);
        CardView {
            id: card.id.clone(),
            name: if card.name.is_empty() { super::masked(&card.number) } else { card.name.clone() },
            number: card.number.clone(),
            form: card.form,
            form_text: form_text(card.form, language),
            category: card.category,
            rides_as,
            rides_as_text: rides_as.name(language),
            balance: card.balance,
            as_of_ms: card.as_of_ms,
            age_text: age_text(card.as_of_ms, now_ms, language),
            standing_text: standing.text(card.category, &crate::text::tame(why, 120), language),
            step: standing.step(),
            step_text: standing.step().text(language),
            standing,
            child: card.child,
            pays: card.state.pays(),
            shows_code: card.form == CardForm::QrApp && card.state.pays() && card.credential.is_some(),
            limit_text: card.day_limit.map(limit),
        }
    }
}

/// What a card is made of, in words.
pub(crate) fn form_text(form: CardForm, language: Language) -> String {
    let message = match form {
        CardForm::Virtual => "card-form-virtual",
        CardForm::Physical => "card-form-physical",
        CardForm::QrApp => "card-form-qr-app",
        CardForm::QrPrinted => "card-form-qr-printed",
    };
    say(language, message, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Words;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn card(state: CardState, valid_until: Option<&str>) -> Card {
        Card {
            id: "c1".into(),
            number: "9643000000001234".into(),
            name: String::new(),
            category: Category::School,
            balance: Money::tenge(250),
            state,
            valid_until: valid_until.map(str::to_owned),
            as_of_ms: 0,
            form: CardForm::Virtual,
            child: true,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        }
    }

    #[test]
    fn a_school_card_lives_from_its_proof_to_its_last_day_and_keeps_its_balance() {
        let day = date(2027, 5, 10);
        let standing = |state, until, day| CardStanding::of(&card(state, until), day);
        let active = |day| standing(CardState::Active, Some("2027-05-25"), day);
        assert_eq!(standing(CardState::Applied, None, day), CardStanding::ProofBeingChecked);
        assert_eq!(active(date(2027, 5, 10)), CardStanding::Active { last: Some(date(2027, 5, 25)) });
        let last = date(2027, 5, 25);
        assert_eq!(active(date(2027, 5, 11)), CardStanding::EndsSoon { last, days_left: 14 });
        assert_eq!(active(last), CardStanding::EndsSoon { last, days_left: 0 });
        assert_eq!(active(date(2027, 5, 26)), CardStanding::Ended);
        assert_eq!(active(date(2031, 1, 1)), CardStanding::Ended);
        assert_eq!(
            standing(CardState::Active, Some("soon"), day),
            CardStanding::Ended,
            "entitles to nothing"
        );
        let held = card(CardState::Active, Some("2027-05-25"));
        assert_eq!(rides_as(&held, last), Category::School);
        assert_eq!(rides_as(&held, date(2027, 5, 26)), Category::Standard);
        for state in [CardState::Applied, CardState::Refused, CardState::Blocked, CardState::Lost] {
            assert_eq!(rides_as(&card(state, None), day), Category::Standard, "{state:?}");
        }
        let after = CardView::of(&held, date(2027, 5, 26), 0, Language::En);
        assert_eq!((after.balance, after.pays), (Money::tenge(250), true));
    }

    #[test]
    fn a_birthday_ends_an_entitlement_on_the_day_before() {
        let school_year = Some(date(2027, 5, 25));
        let last = |until, born: Date, age| last_day(until, Some(born), Some(age));
        assert_eq!(last(school_year, date(2009, 3, 10), 18), Some(date(2027, 3, 9)));
        assert_eq!(last(school_year, date(2009, 9, 10), 18), school_year);
        assert_eq!(last(None, date(2020, 1, 1), 7), Some(date(2026, 12, 31)));
        // 29 February: there is none in 2027, and one in 2028.
        assert_eq!(last(None, date(2020, 2, 29), 7), Some(date(2027, 2, 28)));
        assert_eq!(last(None, date(2020, 2, 29), 8), Some(date(2028, 2, 28)));
        assert_eq!(last_day(school_year, None, Some(18)), school_year);
        assert_eq!(last_day(None, Some(date(2009, 3, 10)), None), None);
    }

    proptest! {
        /// Whoever counts years by hand comes to the same: on the last day they are younger than the age, and
        /// on the next no more.
        #[test]
        fn on_the_last_day_the_holder_is_still_below_the_age(
            days in 0..40_000i32, age in 1..30u8,
        ) {
            let born = date(1950, 1, 1).checked_add(days.days()).expect("a day");
            let last = last_day(None, Some(born), Some(age)).expect("a day");
            let age_on = |day: Date| {
                let had = (day.month(), day.day()) >= (born.month(), born.day());
                i32::from(day.year()) - i32::from(born.year()) - i32::from(!had)
            };
            prop_assert!(age_on(last) < i32::from(age));
            prop_assert_eq!(age_on(last.tomorrow().expect("a day")), i32::from(age));
        }

        #[test]
        fn a_reminder_counts_the_days_that_are_left(left in -400..400i64) {
            let day = date(2027, 3, 1);
            let last = day.checked_add(left.days()).expect("a day");
            let standing = CardStanding::of(&card(CardState::Active, Some(&last.to_string())), day);
            let expected = match left {
                ..0 => CardStanding::Ended,
                0..=14 => CardStanding::EndsSoon { last, days_left: left as u16 },
                _ => CardStanding::Active { last: Some(last) },
            };
            prop_assert_eq!(standing, expected);
        }
    }

    #[test]
    fn each_standing_and_step_has_its_own_words_in_each_language() {
        let last = date(2027, 5, 25);
        let all = [
            CardStanding::ProofBeingChecked,
            CardStanding::ProofRefused,
            CardStanding::Active { last: None },
            CardStanding::Active { last: Some(last) },
            CardStanding::EndsSoon { last, days_left: 5 },
            CardStanding::EndsSoon { last, days_left: 0 },
            CardStanding::Ended,
            CardStanding::Blocked,
            CardStanding::Lost,
            CardStanding::Stopped,
            CardStanding::Moved,
        ];
        let mut said = std::collections::BTreeSet::new();
        for language in Language::ALL {
            for standing in &all {
                let text = standing.text(Category::School, "", language);
                assert!(!text.starts_with("card-") && !text.contains('{'), "{text}");
                said.insert(text);
                if let Some(step) = standing.step().text(language) {
                    assert!(!step.starts_with("card-"), "{step}");
                }
            }
        }
        assert_eq!(said.len(), all.len() * Language::ALL.len());
        let refused = Card {
            refused: Some(Words::new("анықтама ескі", "справка старая", "the certificate is old")),
            ..card(CardState::Refused, None)
        };
        for (language, why) in Language::ALL.into_iter().zip(["ескі", "старая", "old"]) {
            let view = CardView::of(&refused, last, 0, language);
            assert!(view.standing_text.contains(why), "{}", view.standing_text);
            assert_eq!((view.step, view.rides_as), (CardStep::Prove, Category::Standard));
            for minutes in [0, 5, 90, 5_000] {
                let view = CardView::of(&refused, last, minutes * 60_000, language);
                assert!(!view.age_text.starts_with("card-"), "{}", view.age_text);
            }
        }
        let five = CardView::of(&refused, last, 5 * 60_000, Language::En).age_text;
        assert!(five.contains('5'), "{five}");
    }
}
