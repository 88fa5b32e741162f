//! A stop's board in the passenger's words, the same in the app and in the terminal.

use super::scope::scope_of_stop;
use crate::city::timetable::{StopIdx, Timetable};
use crate::order;
use crate::plan::{Zones, every_text, moment_text};
use crate::realtime::{BoardRow, Live, NoticeView, ScheduledDeparture, board};
use crate::text::{Language, age_text, say};

/// A stop that a passenger looks at.
#[derive(Clone, Copy)]
pub struct AtStop<'a> {
    /// The city's timetable.
    pub timetable: &'a Timetable<'a>,
    /// Its clocks.
    pub zones: &'a Zones,
    /// The stop.
    pub stop: StopIdx,
    /// What the passenger reads.
    pub language: Language,
    /// When they look.
    pub now_ms: i64,
}

/// What comes to a stop, and what the operator says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopBoard {
    /// The stop's name.
    pub stop: String,
    /// What comes, the next one first.
    pub rows: Vec<BoardRow>,
    /// What concerns the stop, its lines or these trips; what holds now comes first.
    pub notices: Vec<NoticeView>,
    /// Where the live data is too old to go by: how old it is, in words.
    pub old_text: Option<String>,
}

impl AtStop<'_> {
    /// So many rows of these departures, as they are expected now.
    pub fn board(&self, departures: &[ScheduledDeparture], live: &Live, limit: usize) -> StopBoard {
        let mut rows = board(departures, live, self.now_ms);
        rows.truncate(limit);
        rows.iter_mut().for_each(|row| row.known = self.known(row));
        let mut scope = scope_of_stop(self.timetable, self.stop);
        scope.trips = rows.iter().map(|row| row.trip.clone()).collect();
        let notices = live.notices_from(self.now_ms).filter(|notice| notice.concerns_any(&scope));
        let mut notices: Vec<_> = notices.map(|notice| notice.told(self.language, self.now_ms)).collect();
        order::sort_by_key(&mut notices, |notice| !notice.holds);
        let old =
            |age_ms| say(self.language, "board-old", &[("age", &age_text(age_ms / 1_000, self.language))]);
        StopBoard {
            stop: self.timetable.stop(self.stop).map_or("", |stop| self.timetable.name(stop.name)).to_owned(),
            rows,
            notices,
            old_text: live.too_old_ms(self.now_ms).map(old),
        }
    }

    /// How a row's time is known, how often the bus comes, which bus it is and how full.
    fn known(&self, row: &BoardRow) -> Vec<String> {
        let language = self.language;
        let minute = |ms: i64| ms.div_euclid(60_000);
        let time = || moment_text(row.scheduled_ms, self.now_ms, &self.zones.of_city(), language);
        let differs = minute(row.expected_ms) != minute(row.scheduled_ms);
        [
            Some(row.kind.text(language)),
            differs.then(|| say(language, "board-by-timetable", &[("time", &time())])),
            (row.headway_s > 0).then(|| every_text(row.headway_s, language)),
            row.label.as_ref().map(|bus| say(language, "board-bus", &[("bus", bus)])),
            row.occupancy.map(|crowding| crowding.text(language)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
