//! Stops and lines of a timetable, by their ids and by what they are called.

use super::journey::{StopAt, Wheelchair};
use crate::city::timetable::{LineRecord, StopIdx, StopRecord, Timetable};

/// The stop with this id.
pub fn find_stop(timetable: &Timetable<'_>, id: &str) -> Option<StopIdx> {
    (0..).zip(timetable.stops).find(|(_, stop)| timetable.text(stop.id) == id).map(|(nth, _)| StopIdx(nth))
}

/// The stops where vehicles halt: the stop itself, or all that belong to a station.
pub(super) fn platforms_of(timetable: &Timetable<'_>, stop: StopIdx) -> Vec<StopIdx> {
    timetable.halts_of(stop)
}

/// A stop as a journey tells of it; an empty one for an index beyond the pack.
pub(crate) fn stop_at(timetable: &Timetable<'_>, stop: StopIdx) -> StopAt {
    let record: Option<&StopRecord> = timetable.stop(stop);
    record.map_or_else(StopAt::default, |record| StopAt {
        id: timetable.text(record.id).to_owned(),
        name: timetable.name(record.name).to_owned(),
        point: record.point(),
        code: timetable.text(record.code).to_owned(),
        wheelchair: Wheelchair::of(record.wheelchair),
    })
}

/// What stands on the front of the bus.
pub(crate) fn line_name(timetable: &Timetable<'_>, line: &LineRecord) -> String {
    let short = timetable.text(line.short_name);
    if short.is_empty() { timetable.name(line.long_name).to_owned() } else { short.to_owned() }
}
