//! What the operator wants passengers to know: detours, closures, delays.

use super::messages::{Alert, Cause, Effect, EntitySelector, TranslatedString};
use crate::text::{Language, say};
use std::collections::BTreeSet;

/// Something that passengers should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// (language, few words); the language may be empty.
    pub header: Vec<(String, String)>,
    /// (language, all of it).
    pub description: Vec<(String, String)>,
    /// Why.
    pub cause: Cause,
    /// What follows.
    pub effect: Effect,
    /// When it holds, from (included) to (excluded); empty means always.
    pub periods: Vec<(i64, i64)>,
    /// What it is about: each entry names what must all match.
    pub about: Vec<About>,
}

/// What a notice is about: every field that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The line (route_id).
    pub line: Option<String>,
    /// The trip (trip_id).
    pub trip: Option<String>,
    /// The stop (stop_id).
    pub stop: Option<String>,
}

/// Whom a notice may concern: lines, stops and trips by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Lines (route_id).
    pub lines: BTreeSet<String>,
    /// Stops and their stations (stop_id).
    pub stops: BTreeSet<String>,
    /// Trips (trip_id).
    pub trips: BTreeSet<String>,
}

/// A notice as a passenger reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    /// In few words; what follows from it, if the operator gave none.
    pub title: String,
    /// All of it; may be empty.
    pub text: String,
    /// What follows.
    pub effect: Effect,
    /// When it holds; empty: always.
    pub periods: Vec<NoticePeriod>,
    /// Whether it holds now; else it will.
    pub holds: bool,
    /// The lines that it names (route_id).
    pub lines: Vec<String>,
    /// The stops that it names (stop_id).
    pub stops: Vec<String>,
}

/// A time in which a notice holds, ms since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticePeriod {
    /// From this moment on; none: since ever.
    pub from_ms: Option<i64>,
    /// Before this moment; none: until further notice.
    pub until_ms: Option<i64>,
}

impl Notice {
    /// What an alert says.
    pub fn of(alert: &Alert) -> Notice {
        // Many write 0 where they mean none.
        let ms = |seconds: Option<u64>, none: i64| match seconds.filter(|seconds| *seconds > 0) {
            Some(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000),
            None => none,
        };
        let about = |entity: &EntitySelector| About {
            line: entity.route_id.clone().or_else(|| entity.trip.as_ref()?.route_id.clone()),
            trip: entity.trip.as_ref().and_then(|trip| trip.trip_id.clone()),
            stop: entity.stop_id.clone(),
        };
        Notice {
            header: texts(&alert.header_text),
            description: texts(&alert.description_text),
            cause: alert.cause(),
            effect: alert.effect(),
            periods: alert
                .active_period
                .iter()
                .map(|period| (ms(period.start, i64::MIN), ms(period.end, i64::MAX)))
                .collect(),
            about: alert.informed_entity.iter().map(about).collect(),
        }
    }

    /// Whether it holds now.
    pub fn holds(&self, now_ms: i64) -> bool {
        self.periods.is_empty() || self.periods.iter().any(|(from, to)| (*from..*to).contains(&now_ms))
    }

    /// Whether it holds at some moment between these two, both included.
    pub fn holds_within(&self, from_ms: i64, until_ms: i64) -> bool {
        self.periods.is_empty() || self.periods.iter().any(|(from, to)| *from <= until_ms && from_ms < *to)
    }

    /// Whether it will not hold any more.
    pub fn is_over(&self, now_ms: i64) -> bool {
        !self.periods.is_empty() && self.periods.iter().all(|(_, to)| *to <= now_ms)
    }

    /// Whether it names no end.
    pub fn is_open_ended(&self) -> bool {
        self.periods.is_empty() || self.periods.iter().any(|(_, to)| *to == i64::MAX)
    }

    /// Whether it concerns any of these. A notice about a whole operator concerns everyone; what it names
    /// of a line, a stop and a trip must all be there.
    pub fn concerns_any(&self, scope: &Scope) -> bool {
        let among = |named: &Option<String>, own: &BTreeSet<String>| {
            named.as_ref().is_none_or(|named| own.contains(named))
        };
        let concerns = |about: &About| {
            among(&about.line, &scope.lines)
                && among(&about.stop, &scope.stops)
                && among(&about.trip, &scope.trips)
        };
        self.about.is_empty() || self.about.iter().any(concerns)
    }

    /// The notice in a passenger's language, as far as the operator wrote it.
    pub fn told(&self, language: Language, now_ms: i64) -> NoticeView {
        let title = in_language(&self.header, language);
        let end = |ms: i64| (ms != i64::MIN && ms != i64::MAX).then_some(ms);
        let named = |of: fn(&About) -> &Option<String>| {
            let named: BTreeSet<&String> = self.about.iter().filter_map(|about| of(about).as_ref()).collect();
            named.into_iter().cloned().collect()
        };
        NoticeView {
            title: title.map_or_else(|| say(language, effect_words(self.effect), &[]), str::to_owned),
            text: in_language(&self.description, language).unwrap_or_default().to_owned(),
            effect: self.effect,
            periods: self
                .periods
                .iter()
                .map(|&(from, until)| NoticePeriod { from_ms: end(from), until_ms: end(until) })
                .collect(),
            holds: self.holds(now_ms),
            lines: named(|about| &about.line),
            stops: named(|about| &about.stop),
        }
    }

    /// Whether it concerns someone who waits at this stop for this line. A notice about a whole
    /// operator concerns everyone; one about a single trip only those on it, so it is left out here.
    pub fn concerns(&self, line: &str, stop: &str) -> bool {
        let agrees = |given: &Option<String>, own: &str| given.as_deref().is_none_or(|given| given == own);
        self.about.is_empty()
            || self
                .about
                .iter()
                .any(|about| about.trip.is_none() && agrees(&about.line, line) && agrees(&about.stop, stop))
    }
}

/// The text in this language; else one without a language, else in Kazakh, Russian or English, else any.
fn in_language(texts: &[(String, String)], language: Language) -> Option<&str> {
    let written = |code: &str| {
        let is_it = |tag: &str| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            // The country's code is often written for its language's.
            primary == code || (code == "kk" && primary == "kz")
        };
        texts.iter().find(|(tag, text)| is_it(tag) && !text.trim().is_empty())
    };
    let codes = std::iter::once(language.code()).chain([""]).chain(Language::ALL.map(Language::code));
    let any = || texts.iter().find(|(_, text)| !text.trim().is_empty());
    codes.into_iter().find_map(written).or_else(any).map(|(_, text)| text.trim())
}

/// The catalogue's words for what follows from a notice.
fn effect_words(effect: Effect) -> &'static str {
    match effect {
        Effect::NoService => "notice-no-service",
        Effect::ReducedService => "notice-reduced-service",
        Effect::SignificantDelays => "notice-delays",
        Effect::Detour => "notice-detour",
        Effect::AdditionalService => "notice-additional-service",
        Effect::ModifiedService => "notice-modified-service",
        Effect::StopMoved => "notice-stop-moved",
        Effect::AccessibilityIssue => "notice-accessibility",
        Effect::OtherEffect | Effect::UnknownEffect | Effect::NoEffect => "notice-other",
    }
}

fn texts(text: &Option<TranslatedString>) -> Vec<(String, String)> {
    let translations = text.iter().flat_map(|text| &text.translation);
    translations.map(|one| (one.language.clone().unwrap_or_default(), one.text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realtime::Live;
    use crate::realtime::feed::*;
    use crate::realtime::live::NOTICE_OLD_AFTER_MS;

    #[test]
    fn notices_hold_in_their_time_and_place() {
        let selector = EntitySelector { route_id: Some("14".into()), ..EntitySelector::default() };
        let alert = Alert {
            active_period: vec![TimeRange { start: Some(100), end: None }],
            informed_entity: vec![selector],
            effect: Some(Effect::Detour as i32),
            ..Alert::default()
        };
        let entity = FeedEntity { alert: Some(Box::new(alert)), ..FeedEntity::default() };
        let mut live = Live::default();
        assert_eq!(live.take_alerts(&FeedMessage::full(0, vec![entity]), 0), 1);
        assert_eq!(live.notices(99_999).count(), 0);
        let notice = live.notices(100_000).next().expect("it holds");
        assert!(notice.concerns("14", "stop") && !notice.concerns("15", "stop"));
        assert_eq!((notice.effect, notice.cause), (Effect::Detour, Cause::UnknownCause));
        assert_eq!((live.notices_from(0).count(), live.notices(NOTICE_OLD_AFTER_MS).count()), (1, 1));
        assert_eq!(live.notices(NOTICE_OLD_AFTER_MS + 1).count(), 0, "nobody has heard of it for an hour");
        live.alerts_hold(NOTICE_OLD_AFTER_MS);
        assert_eq!(live.notices(NOTICE_OLD_AFTER_MS + 1).count(), 1, "it was said again that it holds");
    }

    #[test]
    fn an_end_of_nought_is_none() {
        let active_period = vec![TimeRange { start: Some(0), end: Some(0) }];
        let notice = Notice::of(&Alert { active_period, ..Alert::default() });
        assert!(notice.holds(1) && notice.is_open_ended() && !notice.is_over(i64::MAX - 1));
    }

    fn about(line: Option<&str>, stop: Option<&str>, trip: Option<&str>) -> About {
        let own = |text: Option<&str>| text.map(str::to_owned);
        About { line: own(line), stop: own(stop), trip: own(trip) }
    }

    fn notice(header: &[(&str, &str)], abouts: Vec<About>, periods: Vec<(i64, i64)>) -> Notice {
        Notice {
            header: header.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect(),
            description: vec![],
            cause: Cause::UnknownCause,
            effect: Effect::Detour,
            periods,
            about: abouts,
        }
    }

    #[test]
    fn a_passenger_reads_a_notice_in_their_language_as_far_as_it_was_written() {
        let title =
            |header: &[(&str, &str)], language| notice(header, vec![], vec![]).told(language, 0).title;
        let all = [("ru-KZ", "Объезд"), ("kz", "Айналып өту"), ("en", "A detour"), ("kk", " ")];
        assert_eq!(title(&all, Language::Ru), "Объезд");
        assert_eq!(title(&all, Language::Kk), "Айналып өту");
        assert_eq!(title(&all, Language::En), "A detour");
        assert_eq!(title(&[("ru", "Объезд"), ("", "Detour")], Language::En), "Detour");
        assert_eq!(title(&[("de", "Umleitung"), ("ru", "Объезд")], Language::En), "Объезд");
        assert_eq!(title(&[("de", "Umleitung")], Language::Kk), "Umleitung");
        for language in Language::ALL {
            assert_eq!(title(&[], language), say(language, "notice-detour", &[]));
        }
    }

    #[test]
    fn a_notice_says_when_it_holds_and_what_it_is_about() {
        let abouts = vec![about(Some("14"), None, None), about(Some("14"), Some("s"), None)];
        let planned = notice(&[("", "Works")], abouts, vec![(100, 200), (300, i64::MAX)]);
        let told = planned.told(Language::En, 250);
        let periods = [(Some(100), Some(200)), (Some(300), None)];
        assert_eq!(told.periods, periods.map(|(from_ms, until_ms)| NoticePeriod { from_ms, until_ms }));
        assert_eq!((told.lines, told.stops, told.holds), (vec!["14".into()], vec!["s".into()], false));
        assert!(planned.holds_within(0, 100) && !planned.holds_within(0, 99));
        assert!(planned.holds_within(199, 250) && !planned.holds_within(200, 299));
        assert!(planned.is_open_ended() && !planned.is_over(1_000_000));
        let past = notice(&[], vec![], vec![(100, 200)]);
        assert!(past.is_over(200) && !past.is_over(199) && !past.is_open_ended());
    }

    #[test]
    fn a_notice_concerns_those_who_have_all_that_it_names() {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let scope = Scope { lines: set(&["14", "5"]), stops: set(&["s"]), trips: set(&["t"]) };
        let concerns = |about| notice(&[], vec![about], vec![]).concerns_any(&scope);
        assert!(concerns(about(Some("5"), None, None)) && concerns(about(None, Some("s"), None)));
        assert!(concerns(about(Some("14"), Some("s"), Some("t"))) && concerns(about(None, None, None)));
        assert!(!concerns(about(Some("14"), Some("other"), None)), "its own stop only");
        assert!(!concerns(about(Some("7"), None, None)) && !concerns(about(None, None, Some("u"))));
        assert!(notice(&[], vec![], vec![]).concerns_any(&Scope::default()));
    }
}
