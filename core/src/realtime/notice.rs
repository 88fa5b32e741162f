//! What the operator wants passengers to know: detours, closures, delays.

use super::messages::{Alert, Cause, Effect, EntitySelector, TranslatedString};

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

impl Notice {
    /// What an alert says.
    pub fn of(alert: &Alert) -> Notice {
        let ms = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
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
                .map(|period| (period.start.map_or(i64::MIN, ms), period.end.map_or(i64::MAX, ms)))
                .collect(),
            about: alert.informed_entity.iter().map(about).collect(),
        }
    }

    /// Whether it holds now.
    pub fn holds(&self, now_ms: i64) -> bool {
        self.periods.is_empty() || self.periods.iter().any(|(from, to)| (*from..*to).contains(&now_ms))
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

fn texts(text: &Option<TranslatedString>) -> Vec<(String, String)> {
    let translations = text.iter().flat_map(|text| &text.translation);
    translations.map(|one| (one.language.clone().unwrap_or_default(), one.text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use crate::realtime::Live;
    use crate::realtime::feed::*;

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
        assert_eq!(live.take_alerts(&FeedMessage::full(0, vec![entity])), 1);
        assert_eq!(live.notices(99_999).count(), 0);
        let notice = live.notices(100_000).next().expect("it holds");
        assert!(notice.concerns("14", "stop") && !notice.concerns("15", "stop"));
        assert_eq!((notice.effect, notice.cause), (Effect::Detour, Cause::UnknownCause));
    }
}
