//! pathways.txt: the ways through a station, as walks between its platforms and entrances.
//!
//! A feed that draws a station's pathways draws all of them: where none leads, nobody walks, in that
//! direction at least. What transfers.txt says of two platforms goes before. Levels are names on the way
//! and change no walk.
//!
//! A walk is the quickest; where that one has steps, the quickest without them is told beside it. Stairs,
//! escalators, slopes and gates that a wheelchair does not take, and an entrance that says that it leads to
//! no platform without steps, are steps; what the feed does not say is none. A platform of which the feed
//! says nothing, and to and from which all entrances have steps, is one that no wheelchair gets to: that is
//! what `wheelchair_boarding` means there.
//!
//! A platform that an entrance leads to, or that leads to one, has no other way from or to the street.

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
/// Values of `pathway_mode`.
const STAIRS: &str = "2";
const ESCALATOR: &str = "4";
const ELEVATOR: &str = "5";
/// The steepest slope, up or down, that the reference calls fit for a wheelchair without help.
const STEEPEST: f64 = 0.083;
/// The narrowest way that a wheelchair takes, in metres: a door's clear width in ISO 21542.
const NARROWEST_METRES: f64 = 0.8;
/// `wheelchair_boarding`: no.
const NO_WHEELCHAIR: u8 = 2;

/// A way to another node of a station.
#[derive(Clone, Copy)]
struct OneWay {
    to: StopIdx,
    seconds: u32,
    steps: bool,
}

/// The ways that leave each node of a station.
type Ways = BTreeMap<StopIdx, Vec<OneWay>>;

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
        let no_entry = |stop: StopIdx| {
            feed.builder.stops().get(stop.at()).is_some_and(|stop| stop.wheelchair == NO_WHEELCHAIR)
        };
        let steps = has_steps(&table) || no_entry(from) || no_entry(to);
        let ways = stations.entry(station).or_default();
        ways.entry(from).or_default().push(OneWay { to, seconds, steps });
        if table.get(both) == "1" {
            ways.entry(to).or_default().push(OneWay { to: from, seconds, steps });
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
        let is = |stop: StopIdx, kind: u8| stops.get(stop.at()).is_some_and(|stop| stop.kind == kind);
        // Platforms that an entrance leads to or that lead to one, at all and without steps.
        let (mut entered, mut open) = (BTreeSet::new(), BTreeSet::new());
        for &from in &ends {
            let (reached, stepless) = (reached(&ways, from, true), reached(&ways, from, false));
            for &to in ends.iter().filter(|to| **to != from) {
                let platform = match (is(from, stop_kind::ENTRANCE), is(to, stop_kind::ENTRANCE)) {
                    (true, false) => Some(to),
                    (false, true) => Some(from),
                    _ => None,
                };
                entered.extend(platform.filter(|_| reached.contains_key(&to)));
                open.extend(platform.filter(|_| stepless.contains_key(&to)));
                if reached.get(&to) != stepless.get(&to) {
                    transfers.stepless.insert((from, to), stepless.get(&to).copied());
                }
                transfers.pathway(
                    from,
                    to,
                    reached.get(&to).map_or(Named::Forbidden, |s| Named::Seconds(*s)),
                );
            }
        }
        for &platform in &entered {
            if let Some(record) = feed.builder.stop_mut(platform) {
                record.behind_entrances = 1;
            }
        }
        for &platform in entered.difference(&open) {
            if let Some(record) = feed.builder.stop_mut(platform).filter(|record| record.wheelchair == 0) {
                record.wheelchair = NO_WHEELCHAIR;
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
        ways.iter().flat_map(|(from, to)| to.iter().map(|way| way.to).chain([*from])).collect();
    let mut ends = BTreeSet::new();
    for node in nodes {
        let Some(record) = stops.get(node.at()) else { continue };
        match (record.kind, record.parent.some()) {
            (stop_kind::STOP | stop_kind::ENTRANCE, _) => {
                ends.insert(node);
            }
            (stop_kind::BOARDING_AREA, Some(platform)) => {
                let way = |to| OneWay { to, seconds: 0, steps: false };
                ways.entry(node).or_default().push(way(platform));
                ways.entry(platform).or_default().push(way(node));
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

/// Whether a wheelchair does not get through.
fn has_steps(table: &Table<'_>) -> bool {
    let number = |column| table.get(table.column(column)).parse::<f64>().ok();
    matches!(table.get(table.column("pathway_mode")), STAIRS | ESCALATOR)
        || number("stair_count").is_some_and(|steps| steps != 0.0)
        || number("max_slope").is_some_and(|slope| slope.abs() > STEEPEST)
        || number("min_width").is_some_and(|metres| metres > 0.0 && metres < NARROWEST_METRES)
}

/// Dijkstra: the seconds from one node to all that can be reached, over steps or without them.
fn reached(ways: &Ways, from: StopIdx, over_steps: bool) -> BTreeMap<StopIdx, u32> {
    let mut reached = BTreeMap::from([(from, 0)]);
    let mut heap = BinaryHeap::from([Reverse((0_u32, from))]);
    while let Some(Reverse((here_s, here))) = heap.pop() {
        if reached.get(&here) != Some(&here_s) {
            continue;
        }
        let ways = ways.get(&here).into_iter().flatten();
        for &OneWay { to, seconds, .. } in ways.filter(|way| over_steps || !way.steps) {
            let there_s = here_s.saturating_add(seconds);
            if reached.get(&to).is_none_or(|known| there_s < *known) {
                reached.insert(to, there_s);
                heap.push(Reverse((there_s, to)));
            }
        }
    }
    reached
}
