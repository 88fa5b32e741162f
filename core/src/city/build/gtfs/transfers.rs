//! transfers.txt: walks that the feed names, times to change, in-seat transfers, what is forbidden.
//!
//! Rows for a pair of routes or trips are kept as rows for the pair of stops, the longest time counting:
//! never too optimistic. A transfer that is forbidden removes the walk between two stops; to forbid changing
//! at one and the same stop has no place in the pack and is noted.

use super::Feed;
use super::table::Archive;
use super::trips::Trips;
use crate::city::build::report::BuildError;
use crate::city::timetable::{StopIdx, stop_kind};
use std::collections::HashMap;

/// What feeds say about a walk from one stop to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::city::build) enum Named {
    /// It takes so many seconds.
    Seconds(u32),
    /// One can walk there; how long it takes is not said.
    Possible,
    /// One cannot.
    Forbidden,
}

/// All walks that feeds name.
#[derive(Debug, Default)]
pub(in crate::city::build) struct Transfers {
    /// By from and to, which differ.
    pub(in crate::city::build) walks: HashMap<(StopIdx, StopIdx), Named>,
    /// Walks that have steps: how many seconds they take without, if there is a way.
    pub(in crate::city::build) stepless: HashMap<(StopIdx, StopIdx), Option<u32>>,
    change_s: HashMap<StopIdx, u32>,
}

pub(super) fn read(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    trips: &mut Trips,
    transfers: &mut Transfers,
) -> Result<(), BuildError> {
    let Some(mut table) = archive.table("transfers.txt")? else { return Ok(()) };
    let [from, to, kind, least, from_trip, to_trip] =
        ["from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time", "from_trip_id", "to_trip_id"]
            .map(|column| table.column(column));
    let platforms = platforms(feed);
    while table.next(&mut feed.report.repaired)? {
        let kind = table.get(kind);
        if matches!(kind, "4" | "5") {
            if !trips.stay_seated(table.get(from_trip), table.get(to_trip), kind == "4") {
                let what = || "an in-seat transfer between trips that are not there: left out".to_owned();
                feed.report.refused.add(&table.file, table.row(), what);
            }
            continue;
        }
        let ends = feed.stops.get(table.get(from)).zip(feed.stops.get(table.get(to)));
        let Some((&from, &to)) = ends else {
            let what = || "a transfer between stops that are not there: left out".to_owned();
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        let seconds = table.get(least).parse::<u32>().ok().filter(|seconds| *seconds <= 86_400);
        let named = match (kind, seconds) {
            ("3", _) => Named::Forbidden,
            (_, Some(seconds)) => Named::Seconds(seconds),
            _ => Named::Possible,
        };
        for &from in of(&platforms, &from) {
            for &to in of(&platforms, &to) {
                match named {
                    _ if from != to => transfers.walk(from, to, named),
                    Named::Seconds(seconds) => transfers.change(from, seconds),
                    Named::Forbidden => {
                        let what = || "changing at one stop cannot be forbidden: not heeded".to_owned();
                        feed.report.refused.add(&table.file, table.row(), what);
                    }
                    Named::Possible => {}
                }
            }
        }
    }
    for (stop, seconds) in transfers.change_s.drain() {
        feed.builder.change_s(stop, seconds);
    }
    Ok(())
}

impl Transfers {
    fn walk(&mut self, from: StopIdx, to: StopIdx, named: Named) {
        let known = self.walks.entry((from, to)).or_insert(named);
        *known = match (*known, named) {
            (Named::Forbidden, _) | (_, Named::Forbidden) => Named::Forbidden,
            (Named::Seconds(a), Named::Seconds(b)) => Named::Seconds(a.max(b)),
            (Named::Possible, other) | (other, Named::Possible) => other,
        };
    }

    /// What pathways say of a walk, unless transfers.txt says more than that one can walk.
    pub(super) fn pathway(&mut self, from: StopIdx, to: StopIdx, named: Named) {
        let known = self.walks.entry((from, to)).or_insert(named);
        if *known == Named::Possible {
            *known = named;
        }
    }

    fn change(&mut self, stop: StopIdx, seconds: u32) {
        let known = self.change_s.entry(stop).or_insert(seconds);
        *known = seconds.max(*known);
    }
}

/// The platforms of each station: a transfer at a station counts for all of them.
fn platforms(feed: &Feed<'_>) -> HashMap<StopIdx, Vec<StopIdx>> {
    let mut platforms: HashMap<StopIdx, Vec<StopIdx>> = HashMap::new();
    for (stop, record) in (0..).map(StopIdx).zip(feed.builder.stops()) {
        if record.kind == stop_kind::STOP
            && let Some(station) = record.parent.some()
        {
            platforms.entry(station).or_default().push(stop);
        }
    }
    platforms
}

fn of<'a>(platforms: &'a HashMap<StopIdx, Vec<StopIdx>>, stop: &'a StopIdx) -> &'a [StopIdx] {
    platforms.get(stop).map_or(std::slice::from_ref(stop), Vec::as_slice)
}
