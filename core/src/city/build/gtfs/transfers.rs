//! transfers.txt: walks that the feed names, times to change, in-seat transfers, what is forbidden.
//!
//! Rules for routes and trips go to [`berths`](crate::city::build::berths). Of rules for stops alone one that
//! names a stop counts more than one of its station, and of equal ones the cautious one counts: never too
//! optimistic. Where the next vehicle waits (type 1) a change takes no time that the timetable needs to leave.

use super::Feed;
use super::table::{Archive, Table};
use super::trips::Trips;
use crate::city::build::berths::{Berths, Named, Side};
use crate::city::build::report::BuildError;
use crate::city::timetable::{StopIdx, stop_kind};
use std::collections::HashMap;

const COLUMNS: [&str; 8] = [
    "from_stop_id",
    "to_stop_id",
    "from_trip_id",
    "to_trip_id",
    "from_route_id",
    "to_route_id",
    "transfer_type",
    "min_transfer_time",
];

/// All walks that feeds name.
#[derive(Debug, Default)]
pub(in crate::city::build) struct Transfers {
    /// By from and to, which differ.
    pub(in crate::city::build) walks: HashMap<(StopIdx, StopIdx), Named>,
    /// What they say of changes between routes or trips.
    pub(in crate::city::build) berths: Berths,
    /// By from and to, which may be one: how many of both were named themselves, and what was said.
    named: HashMap<(StopIdx, StopIdx), (u8, Named)>,
    /// Walks that have steps: how many seconds they take without, if there is a way.
    pub(in crate::city::build) stepless: HashMap<(StopIdx, StopIdx), Option<u32>>,
}

pub(super) fn read(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    trips: &Trips,
    transfers: &mut Transfers,
) -> Result<(), BuildError> {
    let Some(table) = archive.table("transfers.txt")? else { return Ok(()) };
    let mut table = table.sorted(&COLUMNS)?;
    let [from, to, from_trip, to_trip, from_line, to_line, kind, least] =
        COLUMNS.map(|column| table.column(column));
    let platforms = platforms(feed);
    while table.next(&mut feed.report.repaired)? {
        let kind = table.get(kind);
        if matches!(kind, "4" | "5") {
            let (from, to) = (table.get(from_trip), table.get(to_trip));
            if trips.is_one(from) && trips.is_one(to) {
                feed.builder.in_seat(&feed.id(from), &feed.id(to), kind == "4");
            } else {
                refuse(feed, &table, "an in-seat transfer between trips that are not there: left out");
            }
            continue;
        }
        let ends = feed.stops.get(table.get(from)).copied().zip(feed.stops.get(table.get(to)).copied());
        let Some((from, to)) = ends else {
            refuse(feed, &table, "a transfer between stops that are not there: left out");
            continue;
        };
        let seconds = table.get(least).parse::<u32>().ok().filter(|seconds| *seconds <= 86_400);
        let named = match (kind, seconds) {
            ("3", _) => Named::Forbidden,
            ("1", _) => Named::Seconds(0),
            (_, Some(seconds)) => Named::Seconds(seconds),
            _ => Named::Possible,
        };
        let sides = (
            side(feed, trips, table.get(from_line), table.get(from_trip)),
            side(feed, trips, table.get(to_line), table.get(to_trip)),
        );
        let (Some(from_side), Some(to_side)) = sides else {
            refuse(feed, &table, "a transfer between routes or trips that are not there: left out");
            continue;
        };
        let is_exact = |stop: &StopIdx| u8::from(!platforms.contains_key(stop));
        let exact = is_exact(&from) + is_exact(&to);
        let stops = (of(&platforms, &from), of(&platforms, &to));
        if Berths::is_specific(&from_side, &to_side) {
            transfers.berths.rule((from_side, to_side), stops, named, exact);
        } else {
            transfers.name(stops, named, exact);
        }
    }
    transfers.settle(feed);
    Ok(())
}

fn refuse(feed: &mut Feed<'_>, table: &Table<'_>, what: &str) {
    feed.report.refused.add(&table.file, table.row(), || what.to_owned());
}

/// Whom an end of a transfer speaks of; none if it is not there.
fn side(feed: &mut Feed<'_>, trips: &Trips, line: &str, trip: &str) -> Option<Side> {
    let known = (trip.is_empty() || trips.has(trip)) && (line.is_empty() || feed.lines.contains_key(line));
    let id = feed.id(trip);
    known.then(|| Side {
        line: feed.lines.get(line).copied(),
        trip: (!trip.is_empty()).then(|| feed.builder.text(&id)),
    })
}

impl Transfers {
    fn name(&mut self, (from, to): (&[StopIdx], &[StopIdx]), named: Named, exact: u8) {
        for &from in from {
            for &to in to {
                let known = self.named.entry((from, to)).or_insert((exact, named));
                if exact >= known.0 {
                    let both = if exact == known.0 { named.and(known.1) } else { named };
                    *known = (exact, both);
                }
            }
        }
    }

    /// Once a feed is read: what it said of walks and of changes at one stop.
    fn settle(&mut self, feed: &mut Feed<'_>) {
        for ((from, to), (_, named)) in self.named.drain() {
            match named {
                _ if from != to => {
                    self.walks.insert((from, to), named);
                }
                Named::Seconds(seconds) => feed.builder.change_s(from, seconds),
                Named::Forbidden => feed.builder.change_s(from, u32::MAX),
                Named::Possible => {}
            }
        }
    }

    /// What pathways say of a walk, unless transfers.txt says more than that one can walk.
    pub(super) fn pathway(&mut self, from: StopIdx, to: StopIdx, named: Named) {
        let known = self.walks.entry((from, to)).or_insert(named);
        if *known == Named::Possible {
            *known = named;
        }
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
