//! What a passenger keeps away from, as the search sees it.

use super::journey::PlanQuery;
use super::raptor::Avoided;
use super::stops::{find_stop, platforms_of};
use super::tables::NO_WHEELCHAIR;
use crate::city::timetable::{LineRecord, PatternIdx, Timetable};

/// The patterns and stops that a query leaves out. An id that the pack does not hold leaves nothing out.
pub(super) fn avoided(timetable: &Timetable<'_>, query: &PlanQuery) -> Avoided {
    let mut avoided = Avoided::default();
    if !query.avoid_modes.is_empty() || !query.avoid_lines.is_empty() {
        let leaves_out = |line: &LineRecord| {
            let mode = query.avoid_modes.iter().any(|&mode| mode == line.mode || mode == basic(line.mode));
            mode || query.avoid_lines.iter().any(|id| timetable.text(line.id) == id)
        };
        let lines: Vec<bool> = timetable.lines.iter().map(leaves_out).collect();
        let of_line = |line: usize| lines.get(line).copied().unwrap_or_default();
        let patterns = (0..).map(PatternIdx).take(timetable.pattern_count());
        let of_pattern = |idx| timetable.pattern(idx).is_some_and(|pattern| of_line(pattern.line.at()));
        avoided.patterns = patterns.map(of_pattern).collect();
    }
    if !query.avoid_stops.is_empty() || query.step_free {
        // Zero is not known, which is not "no".
        let steps = |wheelchair: u8| query.step_free && wheelchair == NO_WHEELCHAIR;
        avoided.stops = timetable.stops.iter().map(|stop| steps(stop.wheelchair)).collect();
        for stop in query.avoid_stops.iter().filter_map(|id| find_stop(timetable, id)) {
            for platform in platforms_of(timetable, stop) {
                if let Some(leaves_out) = avoided.stops.get_mut(platform.at()) {
                    *leaves_out = true;
                }
            }
        }
    }
    avoided
}

/// The basic GTFS `route_type` of an extended one: 700 to 799 are buses, as 3 is.
fn basic(mode: u16) -> u16 {
    match mode {
        100..=199 => 2,
        200..=299 | 700..=799 => 3,
        400..=404 => 1,
        405 => 12,
        800..=899 => 11,
        900..=999 => 0,
        1000..=1099 | 1200..=1299 => 4,
        1300..=1399 => 6,
        1400..=1499 => 7,
        basic => basic,
    }
}
