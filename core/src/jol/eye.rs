//! The colour and the word of the day on a valid ticket: kept from the operator's signed list, shown without
//! a network. Whoever has no list, or none of this day, shows tickets without them.

use super::answers::{Answer, is_newest};
use super::city::rules_of;
use super::{JolError, Shared, View};
use crate::colour::readable_on;
use crate::operator::documents;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::DaySignsAnswer;
use crate::plan::day_at;
use crate::store::{Records, StoreError};
use crate::ticket::{DaySigns, TrustedKeys};

/// Where the operator publishes the signs of the days.
const PATH: &str = "/v1/day-signs";
/// The number of the newest list that was ever believed.
const NUMBER: &str = "day_signs.number";
/// On which day the list was asked for last, in days since 1970.
const ASKED: &str = "day_signs.asked";
const DAY_MS: i64 = 86_400_000;
/// So much may a phone be behind the operator's time when it shows what was paid just now, in ms.
const BEHIND_MS: i64 = 60_000;

/// What a driver without a scanner looks for on the screen: drawn as a band that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EyeView {
    /// The operator's colour of the day: `#rrggbb`.
    pub colour: String,
    /// Black or white, whichever can be read on it: `#rrggbb`.
    pub ink: String,
    /// The operator's word of the day, the same in every language.
    pub word: String,
}

impl Shared {
    /// Asks for the list of signs.
    pub(super) fn ask_day_signs(&self, records: &Records<'_>) -> Result<(), StoreError> {
        records.set(ASKED, &self.best_time_ms(records)?.div_euclid(DAY_MS))?;
        self.ask(records, Operation::DaySigns, PATH, None)
    }

    /// The operator can be reached: the list is asked for once a day.
    pub(super) fn refresh_day_signs(&self, records: &Records<'_>) -> Result<(), StoreError> {
        let today = self.best_time_ms(records)?.div_euclid(DAY_MS);
        if records.setting::<i64>(ASKED)? == Some(today) {
            return Ok(());
        }
        self.ask_day_signs(records)
    }

    /// A list is kept if the operator's data key signed it and none newer was ever believed.
    pub(super) fn take_day_signs(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        if let Some((keys, list)) = view.keys.as_ref().zip(answer.read::<DaySignsAnswer>()) {
            let accept = |last_seen| Ok(DaySigns::accept(&list.day_signs.0, keys, last_seen)?.number);
            if !is_newest(records, NUMBER, accept)? {
                // The one that is kept stays. No use in asking before tomorrow: it only helps the eye.
                return Ok(());
            }
        }
        // Without keys it is believed later, or not.
        self.document::<DaySignsAnswer>(records, call, answer)
    }
}

/// The list that is kept, if it is believed.
pub(super) fn kept_signs(
    records: &Records<'_>,
    keys: Option<&TrustedKeys>,
) -> Result<Option<DaySigns>, StoreError> {
    let Some(keys) = keys else { return Ok(None) };
    let list = documents::get::<DaySignsAnswer>(records, PATH)?;
    Ok(list.and_then(|list| DaySigns::accept(&list.day_signs.0, keys, 0).ok()))
}

/// What a valid ticket shows now; none where the day is not known or the list does not tell of it.
pub(super) fn eye_of(
    records: &Records<'_>,
    signs: &DaySigns,
    (city, paid_ms): (&str, i64),
    now_ms: i64,
) -> Result<Option<EyeView>, StoreError> {
    let Some(rules) = rules_of(records, city)? else { return Ok(None) };
    Ok(eye_at(signs, &rules.time_zone, paid_ms, now_ms))
}

fn eye_at(signs: &DaySigns, time_zone: &str, paid_ms: i64, now_ms: i64) -> Option<EyeView> {
    // Nobody rides before paying: a clock that says so is wrong, and so is its day.
    if now_ms < paid_ms.saturating_sub(BEHIND_MS) {
        return None;
    }
    let day = day_at(&crate::city::time_zone(time_zone)?, now_ms.div_euclid(1_000))?;
    let sign = signs.of(u32::try_from(day).ok()?)?;
    let hex = |colour: u32| format!("#{colour:06x}");
    Some(EyeView { colour: hex(sign.colour), ink: hex(readable_on(sign.colour)), word: sign.word.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::DaySign;

    /// 2026-09-16T19:00:00Z: midnight in Atyrau.
    const MIDNIGHT_MS: i64 = 1_789_585_200_000;
    const ATYRAU: &str = "Asia/Atyrau";

    fn signs() -> DaySigns {
        let sign = |day, colour, word: &str| DaySign { day, colour, word: word.to_owned() };
        let days = vec![sign(20_712, 0x00_4080, "ДАЛА"), sign(20_713, 0xFF_C000, "ҚЫРАН")];
        DaySigns { number: 1, issued_s: 0, days }
    }

    fn word(zone: &str, paid_ms: i64, now_ms: i64) -> Option<String> {
        eye_at(&signs(), zone, paid_ms, now_ms).map(|eye| eye.word)
    }

    #[test]
    fn the_word_changes_at_the_city_s_midnight() {
        let paid_ms = MIDNIGHT_MS - 600_000;
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS - 1).as_deref(), Some("ДАЛА"));
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS).as_deref(), Some("ҚЫРАН"));
        assert_eq!(word("UTC", paid_ms, MIDNIGHT_MS).as_deref(), Some("ДАЛА"), "another city's calendar");
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS + DAY_MS - 1).as_deref(), Some("ҚЫРАН"));
    }

    #[test]
    fn what_is_written_on_the_band_can_be_read() {
        let eye = |now_ms| eye_at(&signs(), ATYRAU, MIDNIGHT_MS - 600_000, now_ms).expect("a day");
        let dark = eye(MIDNIGHT_MS - 1);
        assert_eq!((dark.colour.as_str(), dark.ink.as_str()), ("#004080", "#ffffff"));
        let light = eye(MIDNIGHT_MS);
        assert_eq!((light.colour.as_str(), light.ink.as_str()), ("#ffc000", "#000000"));
    }

    #[test]
    fn a_day_that_is_not_known_has_none() {
        let paid_ms = MIDNIGHT_MS - 600_000;
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS + DAY_MS), None, "beyond the list");
        assert_eq!(word("Nowhere/Atall", paid_ms, MIDNIGHT_MS), None, "no such zone");
        assert_eq!(word(ATYRAU, i64::MIN, i64::MAX), None, "beyond the calendar");
        assert_eq!(word(ATYRAU, i64::MIN, i64::MIN), None, "before it");
        assert_eq!(word(ATYRAU, i64::MIN, -DAY_MS), None, "before 1970");
    }

    #[test]
    fn a_clock_that_is_before_the_payment_tells_no_day() {
        let paid_ms = MIDNIGHT_MS + 600_000;
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS), None, "set back");
        assert_eq!(word(ATYRAU, paid_ms, MIDNIGHT_MS + 540_000).as_deref(), Some("ҚЫРАН"), "a little behind");
    }
}
