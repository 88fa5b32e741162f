//! Which run of a trip is meant.

use super::messages::TripDescriptor;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// One run of a trip: the same trip runs on many days, and by frequency many times a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The trip (trip_id).
    pub trip: String,
    /// Its service day as YYYYMMDD; none means not said.
    pub service_date: Option<u32>,
    /// When it starts, in seconds of its service day, for trips by frequency; none means not said.
    pub start_s: Option<u32>,
}

impl Run {
    /// The run that a descriptor names; none if it names no trip.
    pub fn of(trip: &TripDescriptor) -> Option<Run> {
        Some(Run {
            trip: trip.trip_id.clone().filter(|trip| !trip.is_empty())?,
            service_date: trip.start_date.as_deref().and_then(date),
            start_s: trip.start_time.as_deref().and_then(seconds),
        })
    }

    /// Whether the two can be the same run, as far as each says.
    pub fn may_be(&self, other: &Run) -> bool {
        let agree = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
        self.trip == other.trip
            && agree(self.service_date, other.service_date)
            && agree(self.start_s, other.start_s)
    }
}

/// A day since 1970-01-01 as GTFS writes it: YYYYMMDD.
pub fn yyyymmdd(day: i32) -> Option<u32> {
    let date = EPOCH.checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
    u32::try_from(i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day()))
        .ok()
}

/// The day since 1970-01-01 that YYYYMMDD names; none if the calendar has no such day.
pub fn day_of(yyyymmdd: u32) -> Option<i32> {
    let part = |value: u32| i8::try_from(value % 100).ok();
    let year = i16::try_from(yyyymmdd / 10_000).ok()?;
    let date = Date::new(year, part(yyyymmdd / 100)?, part(yyyymmdd)?).ok()?;
    Some((date - EPOCH).get_days())
}

pub(super) fn date(text: &str) -> Option<u32> {
    (text.len() == 8).then(|| text.parse().ok()).flatten()
}

pub(super) fn seconds(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| part.trim().parse::<u32>().ok().filter(|part| *part < 1_000));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    Some(hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read_as_the_feeds_write_them() {
        for (day, written) in [(0, 19_700_101), (20_712, 20_260_916), (19_782, 20_240_229)] {
            assert_eq!((yyyymmdd(day), day_of(written)), (Some(written), Some(day)));
        }
        for wrong in [0, 20_260_931, 20_230_229, 20_261_301, u32::MAX] {
            assert_eq!(day_of(wrong), None, "{wrong}");
        }
        assert_eq!(yyyymmdd(i32::MAX), None);
    }
}
