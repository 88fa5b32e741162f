//! pathways.txt: the ways through a station, as walks between its platforms and entrances.
//!
//! A feed that draws a station's pathways draws all of them: where none leads, nobody walks, in that
//! direction at least. What transfers.txt says of two platforms goes before. Levels are names on the way
//! and change no walk; whether a way has stairs has no place in the pack yet.

use super::Feed;
use super::table::{Archive, Table};
use super::transfers::Transfers;
use crate::city::build::berths::Named;
use crate::city::build::report::BuildError;
use crate::city::timetable::{StopIdx, StopRecord, stop_kind};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// So many platforms and entrances a station with pathways may have.
const MOST_ENDS: usize = 400;
/// So many walks all pathways together may make.
const MOST_WALKS: usize = 5_000_000;
/// Metres a second.
const WALKING_SPEED: f64 = 1.2;
/// Steps of a stair a second.
const STEPS_A_SECOND: f64 = 2.0;
/// An elevator without a time: waiting and riding, in seconds.
const ELEVATOR_S: u32 = 30;
/// No pathway takes longer, in seconds.
const LONGEST_S: u32 = 7_200;
const ELEVATOR: &str = "5";

/// The ways that leave each node of a station, with their seconds.
type Ways = BTreeMap<StopIdx, Vec<(StopIdx, u32)>>;

pub(super) fn read(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    transfers: &mut Transfers,
) -> Result<(), BuildError> {
    let Some(mut table) = archive.table("pathways.txt")? else { return Ok(()) };
    let [from, to, both] =
        ["from_stop_id", "to_stop_id", "is_bidirectional"].map(|column| table.column(column));
    let mut stations: BTreeMap<StopIdx, Ways> = BTreeMap::new();
    while table.next(&mut feed.report.repaired)? {
        let ends = feed.stops.get(table.get(from)).copied().zip(feed.stops.get(table.get(to)).copied());
        let of = |stop| station_of(feed.builder.stops(), stop);
        let within = ends.and_then(|(from, to)| of(from).filter(|station| of(to) == Some(*station)));
        let (Some((from, to)), Some(station)) = (ends, within) else {
            let what = || "a pathway whose ends are not there, or not in one station: left out".to_owned();
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        let seconds = seconds(&table, feed.builder.stops(), from, to);
        let ways = stations.entry(station).or_default();
        ways.entry(from).or_default().push((to, seconds));
        if table.get(both) == "1" {
            ways.entry(to).or_default().push((from, seconds));
        }
    }
    let file = table.file.clone();
    drop(table);
    let mut walks = 0;
    for (station, mut ways) in stations {
        let stops = feed.builder.stops();
        let ends = ends_of(stops, &mut ways);
        if ends.len() > MOST_ENDS {
            let name = feed.builder.text_of(stops[station.at()].name).to_owned();
            let what =
                || format!("station {name:?} has more than {MOST_ENDS} platforms and entrances: left out");
            feed.report.refused.add(&file, 0, what);
            continue;
        }
        walks += ends.len() * ends.len();
        if walks > MOST_WALKS {
            return Err(BuildError::TooLarge { file, what: "more than 5 million walks in stations" });
        }
        for &from in &ends {
            let reached = reached(&ways, from);
            for &to in ends.iter().filter(|to| **to != from) {
                transfers.pathway(
                    from,
                    to,
                    reached.get(&to).map_or(Named::Forbidden, |s| Named::Seconds(*s)),
                );
            }
        }
    }
    Ok(())
}

/// The station of a platform, entrance, node or boarding area.
fn station_of(stops: &[StopRecord], stop: StopIdx) -> Option<StopIdx> {
    let mut at = stop;
    for _ in 0..3 {
        let record = stops.get(at.at())?;
        if record.kind == stop_kind::STATION {
            return Some(at);
        }
        at = record.parent.some()?;
    }
    None
}

/// The platforms and entrances that pathways lead to. A boarding area stands on its platform.
fn ends_of(stops: &[StopRecord], ways: &mut Ways) -> BTreeSet<StopIdx> {
    let nodes: BTreeSet<StopIdx> =
        ways.iter().flat_map(|(from, to)| to.iter().map(|(to, _)| *to).chain([*from])).collect();
    let mut ends = BTreeSet::new();
    for node in nodes {
        let Some(record) = stops.get(node.at()) else { continue };
        match (record.kind, record.parent.some()) {
            (stop_kind::STOP | stop_kind::ENTRANCE, _) => {
                ends.insert(node);
            }
            (stop_kind::BOARDING_AREA, Some(platform)) => {
                ways.entry(node).or_default().push((platform, 0));
                ways.entry(platform).or_default().push((node, 0));
                ends.insert(platform);
            }
            _ => {}
        }
    }
    ends
}

/// How long a pathway takes: as the feed says, or by its length, its stairs, or its ends.
fn seconds(table: &Table<'_>, stops: &[StopRecord], from: StopIdx, to: StopIdx) -> u32 {
    let number = |column| table.get(table.column(column)).parse::<f64>().ok().filter(|number| *number >= 0.0);
    let straight = || {
        let point = |stop: StopIdx| stops.get(stop.at()).map(StopRecord::point).unwrap_or_default();
        point(from).metres_to(point(to))
    };
    let by_length = || number("length").filter(|metres| *metres > 0.0).map(|metres| metres / WALKING_SPEED);
    // A stair may be gone down: a negative count.
    let steps = || table.get(table.column("stair_count")).parse::<f64>().ok().filter(|steps| *steps != 0.0);
    let by_steps = || steps().map(|steps| steps.abs() / STEPS_A_SECOND);
    let lift = table.get(table.column("pathway_mode")) == ELEVATOR;
    let guess = || if lift { f64::from(ELEVATOR_S) } else { straight() / WALKING_SPEED };
    let seconds = number("traversal_time")
        .filter(|s| *s > 0.0)
        .or_else(by_length)
        .or_else(by_steps)
        .unwrap_or_else(guess);
    seconds.ceil().clamp(0.0, f64::from(LONGEST_S)) as u32
}

/// Dijkstra: the seconds from one node to all that can be reached.
fn reached(ways: &Ways, from: StopIdx) -> BTreeMap<StopIdx, u32> {
    let mut reached = BTreeMap::from([(from, 0)]);
    let mut heap = BinaryHeap::from([Reverse((0_u32, from))]);
    while let Some(Reverse((here_s, here))) = heap.pop() {
        if reached.get(&here) != Some(&here_s) {
            continue;
        }
        for &(to, seconds) in ways.get(&here).into_iter().flatten() {
            let there_s = here_s.saturating_add(seconds);
            if reached.get(&to).is_none_or(|known| there_s < *known) {
                reached.insert(to, there_s);
                heap.push(Reverse((there_s, to)));
            }
        }
    }
    reached
}
