//! Where vehicles halt that serve a stop: the stop itself, the platforms of a station, and berths.

use super::timetable::{StopIdx, Timetable, stop_kind};

impl Timetable<'_> {
    /// The stops where vehicles halt: the stop itself with its berths, or all that belong to a station.
    /// Looks at all stops.
    pub fn halts_of(&self, stop: StopIdx) -> Vec<StopIdx> {
        let is_station = self.stop(stop).is_some_and(|record| record.kind == stop_kind::STATION);
        let belongs = |parent: StopIdx, kind: u8| match kind {
            stop_kind::STOP => is_station && parent == stop,
            stop_kind::BERTH => {
                let platform = self.stop(parent).filter(|platform| platform.kind == stop_kind::STOP);
                parent == stop || (is_station && platform.is_some_and(|platform| platform.parent == stop))
            }
            _ => false,
        };
        let others =
            (0..).map(StopIdx).zip(self.stops).filter(|(_, other)| belongs(other.parent, other.kind));
        std::iter::once(stop).chain(others.map(|(other, _)| other).filter(|other| *other != stop)).collect()
    }

    /// Whether it is a berth.
    pub fn is_berth(&self, stop: StopIdx) -> bool {
        self.stop(stop).is_some_and(|record| record.kind == stop_kind::BERTH)
    }

    /// Whether a passenger who gets off at one is at the other: they are one stop, or berths of it.
    pub fn is_one_stop(&self, a: StopIdx, b: StopIdx) -> bool {
        let base = |stop: StopIdx| match self.stop(stop) {
            Some(record) if record.kind == stop_kind::BERTH => record.parent,
            _ => stop,
        };
        base(a) == base(b)
    }
}
