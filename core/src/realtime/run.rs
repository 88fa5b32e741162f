//! Which run of a trip is meant.

use super::messages::TripDescriptor;
use serde::{Deserialize, Serialize};

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

fn date(text: &str) -> Option<u32> {
    (text.len() == 8).then(|| text.parse().ok()).flatten()
}

fn seconds(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| part.trim().parse::<u32>().ok().filter(|part| *part < 1_000));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    Some(hours * 3_600 + minutes * 60 + seconds)
}
