//! The whole check of a pack, once, before it is installed.

use super::continuations::{self, Continuation};
use super::pack::{HASHED_FROM, section};
use super::places::Places;
use super::streets::{StopLink, StreetEdge, StreetNode, Streets};
use super::times::{ProfileTime, TripStart, TripTimes};
use super::timetable::{
    Footpath, LineRecord, Numbering, PatternRecord, PatternStop, ShapePoint, Spelling, Stepless, StopIdx,
    StopPattern, StopRecord, TextIdx, Timetable, TripRecord,
};
use super::{City, CityError, places::PlaceRecord, time_zone};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What a pack holds, once it was checked wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How long the file is.
    pub bytes: u64,
    /// SHA-256 of all that the header does not fix.
    pub sha256: [u8; 32],
    /// Stops, stations and entrances.
    pub stops: u64,
    /// Lines.
    pub lines: u64,
    /// Patterns.
    pub patterns: u64,
    /// Trips.
    pub trips: u64,
    /// Stop times.
    pub stop_times: u64,
    /// Walks between stops.
    pub footpaths: u64,
    /// Corners and bends of streets.
    pub street_nodes: u64,
    /// Stretches of street, each once a direction.
    pub street_edges: u64,
    /// Addresses, streets, stops and landmarks to search.
    pub places: u64,
    /// The first and the last day of the timetable, in days since 1970-01-01.
    pub days: (i32, i32),
}

pub(super) fn wholly(city: &City) -> Result<Summary, CityError> {
    let header = &city.pack.header;
    let hashed = city.pack.bytes().get(HASHED_FROM..).unwrap_or_default();
    if Sha256::digest(hashed).as_slice() != header.sha256 {
        return Err(CityError::WrongHash);
    }
    let (timetable, streets, places) = (city.timetable(), city.streets(), city.places());
    let sound = |sound: bool, part| if sound { Ok(()) } else { Err(CityError::Damaged { part }) };
    sound(sizes_fit(city), "sizes of sections")?;
    sound(texts_are_sound(&timetable), "texts")?;
    sound(spellings_are_sound(&timetable), "spellings")?;
    sound(names_are_sound(city), "name, time zone, days")?;
    sound(stops_are_sound(&timetable), "stops")?;
    sound(lines_are_sound(&timetable), "lines")?;
    sound(zones_are_known(&timetable), "time zones of lines")?;
    sound(patterns_are_sound(&timetable), "patterns")?;
    sound(trips_are_sound(&timetable), "trips")?;
    sound(times_are_sound(&timetable), "stop times")?;
    sound(continuations::are_sound(&timetable), "continuations of trips")?;
    sound(numbers_are_sound(&timetable), "numbers of stops")?;
    sound(stop_patterns_are_sound(&timetable), "patterns of stops")?;
    sound(footpaths_are_sound(&timetable), "walks between stops")?;
    sound(stepless_are_sound(&timetable), "walks without steps")?;
    sound(streets_are_sound(&timetable, &streets), "streets")?;
    sound(grid_is_sound(&streets), "grid of streets")?;
    sound(places_are_sound(&timetable, &places), "places")?;
    let count = |count: usize| count as u64;
    Ok(Summary {
        bytes: header.bytes,
        sha256: header.sha256,
        stops: count(timetable.stops.len()),
        lines: count(timetable.lines.len()),
        patterns: count(timetable.patterns.len()),
        trips: count(timetable.trips.len()),
        stop_times: timetable.stop_time_count(),
        footpaths: count(timetable.footpaths.len()),
        street_nodes: count(streets.nodes.len()),
        street_edges: count(streets.edges.len()),
        places: count(places.places.len()),
        days: city.days(),
    })
}

fn sizes_fit(city: &City) -> bool {
    let pack = &city.pack;
    let of_four = [
        section::STOP_PATTERN_OFFSETS,
        section::FOOTPATH_OFFSETS,
        section::CHANGE_S,
        section::TEXT_OFFSETS,
        section::EDGE_OFFSETS,
        section::CELL_OFFSETS,
        section::TOKEN_OFFSETS,
        section::POSTING_OFFSETS,
        section::POSTINGS,
    ];
    pack.fits::<StopRecord>(section::STOPS)
        && pack.fits::<LineRecord>(section::LINES)
        && pack.fits::<PatternRecord>(section::PATTERNS)
        && pack.fits::<PatternStop>(section::PATTERN_STOPS)
        && pack.fits::<TripRecord>(section::TRIPS)
        && pack.fits::<TripStart>(section::STARTS)
        && pack.fits::<ProfileTime>(section::TIMES)
        && pack.fits::<ShapePoint>(section::SHAPE_POINTS)
        && pack.fits::<StopPattern>(section::STOP_PATTERNS)
        && pack.fits::<Footpath>(section::FOOTPATHS)
        && pack.fits::<u64>(section::SERVICE_DAYS)
        && pack.fits::<Spelling>(section::SPELLINGS)
        && pack.fits::<Continuation>(section::CONTINUATIONS)
        && pack.fits::<Numbering>(section::NUMBERINGS)
        && pack.fits::<u32>(section::NUMBERS)
        && pack.fits::<Stepless>(section::STEPLESS)
        && pack.fits::<StreetNode>(section::STREET_NODES)
        && pack.fits::<StreetEdge>(section::EDGES)
        && pack.fits::<StopLink>(section::STOP_LINKS)
        && pack.fits::<PlaceRecord>(section::PLACES)
        && of_four.into_iter().all(|id| pack.fits::<u32>(id))
}

fn texts_are_sound(timetable: &Timetable<'_>) -> bool {
    let (offsets, bytes) = (timetable.text_offsets, timetable.text_bytes);
    let is_text = |at: &[u32]| {
        bytes.get(at[0] as usize..at[1] as usize).is_some_and(|text| std::str::from_utf8(text).is_ok())
    };
    covers(offsets, bytes.len()) && offsets.windows(2).all(is_text)
}

fn spellings_are_sound(timetable: &Timetable<'_>) -> bool {
    timetable.spellings.is_sorted_by(|a, b| a.text < b.text)
        && timetable.spellings.iter().all(|spelling| {
            let mut texts = spelling.languages.into_iter().chain([spelling.text]);
            spelling.text != TextIdx::NONE && texts.all(|text| is_text(timetable, text))
        })
}

fn names_are_sound(city: &City) -> bool {
    let (meta, timetable) = (&city.pack.meta, city.timetable());
    let texts = [meta.names[0], meta.names[1], meta.names[2], meta.time_zone, meta.source];
    let last_day = i64::from(meta.first_day) + i64::from(meta.day_count) - 1;
    let services = timetable.service_days.len();
    texts.into_iter().all(|text| is_text(&timetable, TextIdx(text)))
        && !city.name("kk").is_empty()
        && time_zone(city.time_zone()).is_some()
        && city.days() == (meta.first_day, i32::try_from(last_day).unwrap_or(i32::MIN))
        && meta.words_a_service == meta.day_count.div_ceil(64)
        && services.checked_rem(meta.words_a_service as usize).unwrap_or(services) == 0
}

fn stops_are_sound(timetable: &Timetable<'_>) -> bool {
    timetable.change_s.len() == timetable.stops.len()
        && timetable.stops.iter().all(|stop| {
            [stop.id, stop.name, stop.code, stop.zone].into_iter().all(|text| is_text(timetable, text))
                && stop.parent.some().is_none_or(|parent| is_stop(timetable, parent))
                && stop.behind_entrances <= 1
                && is_on_earth(stop.lat_e7, stop.lon_e7)
        })
}

fn lines_are_sound(timetable: &Timetable<'_>) -> bool {
    timetable.lines.iter().all(|line| {
        [line.id, line.short_name, line.long_name, line.agency, line.time_zone]
            .into_iter()
            .all(|text| is_text(timetable, text))
    })
}

/// Without its zone no line could be planned with, and so no journey at all.
fn zones_are_known(timetable: &Timetable<'_>) -> bool {
    let zones: BTreeSet<TextIdx> = timetable.lines.iter().map(|line| line.time_zone).collect();
    zones.into_iter().all(|zone| time_zone(timetable.text(zone)).is_some())
}

/// Patterns lie one after another and leave nothing out.
fn patterns_are_sound(timetable: &Timetable<'_>) -> bool {
    let (mut stops, mut trips) = (0_u64, 0_u64);
    for pattern in timetable.patterns {
        let starts = (u64::from(pattern.first_stop), u64::from(pattern.first_trip.0));
        if starts != (stops, trips) {
            return false;
        }
        if pattern.line.at() >= timetable.lines.len() || pattern.stop_count < 2 || pattern.trip_count == 0 {
            return false;
        }
        let end = u64::from(pattern.first_point) + u64::from(pattern.point_count);
        if end > timetable.shape_points.len() as u64 {
            return false;
        }
        stops += u64::from(pattern.stop_count);
        trips += u64::from(pattern.trip_count);
    }
    stops == timetable.pattern_stops.len() as u64
        && trips == timetable.trips.len() as u64
        && timetable.pattern_stops.iter().all(|stop| is_stop(timetable, stop.stop))
        && timetable.shape_points.iter().all(|point| is_on_earth(point.lat_e7, point.lon_e7))
}

fn trips_are_sound(timetable: &Timetable<'_>) -> bool {
    let services = timetable.service_days.len().checked_div(timetable.words_a_service as usize).unwrap_or(0);
    timetable.trips.iter().enumerate().all(|(nth, trip)| {
        let of = timetable.pattern(trip.pattern).is_some_and(|pattern| {
            let first = pattern.first_trip.at();
            (first..first + pattern.trip_count as usize).contains(&nth)
        });
        of && (trip.service.at() < services || services == 0)
            && [trip.id, trip.headsign].into_iter().all(|text| is_text(timetable, text))
    })
}

/// Every trip has its profile, time runs forward in it, and no trip of a pattern overtakes the one before.
fn times_are_sound(timetable: &Timetable<'_>) -> bool {
    let of_pattern = |pattern: &PatternRecord| {
        let mut before = TripTimes::default();
        (0..pattern.trip_count).all(|nth| {
            let times = timetable.times_of(pattern, nth);
            let mut left_s = 0;
            let forward = times.iter().all(|time| {
                let forward = left_s <= time.arrival_s && time.arrival_s <= time.departure_s;
                left_s = time.departure_s;
                forward && left_s < u32::MAX
            });
            let later = before
                .iter()
                .zip(times.iter())
                .all(|(a, b)| a.arrival_s <= b.arrival_s && a.departure_s <= b.departure_s);
            before = times;
            forward && later && times.len() == pattern.stop_count as usize
        })
    };
    timetable.starts.len() == timetable.trips.len() && timetable.patterns.iter().all(of_pattern)
}

/// Every trip has a number for each of its stops, and they rise.
fn numbers_are_sound(timetable: &Timetable<'_>) -> bool {
    let numberings = timetable.numberings;
    let ends = numberings.iter().skip(1).map(|next| next.trip.at()).chain([timetable.trips.len()]);
    numberings.is_sorted_by(|a, b| a.trip < b.trip)
        && numberings.iter().zip(ends).all(|(numbering, end)| {
            let Some(trips) = timetable.trips.get(numbering.trip.at()..end) else { return false };
            let stops = trips.iter().filter_map(|trip| timetable.pattern(trip.pattern)).map(|p| p.stop_count);
            let first = numbering.first as usize;
            let numbers = first.checked_add(stops.max().unwrap_or(0) as usize);
            let numbers = numbers.and_then(|end| timetable.numbers.get(first..end));
            !trips.is_empty()
                && (numbering.first == u32::MAX || numbers.is_some_and(|all| all.is_sorted_by(|a, b| a < b)))
        })
}

fn stop_patterns_are_sound(timetable: &Timetable<'_>) -> bool {
    let mut stops = (0..).map(StopIdx).take(timetable.stops.len());
    timetable.stop_pattern_offsets.len() == timetable.stops.len() + 1
        && covers(timetable.stop_pattern_offsets, timetable.stop_patterns.len())
        && timetable.stop_patterns.len() == timetable.pattern_stops.len()
        && stops.all(|stop| {
            timetable.patterns_at(stop).iter().all(|at| {
                let pattern = timetable.pattern(at.pattern);
                let halt = pattern.and_then(|p| timetable.stops_of(p).get(at.position as usize));
                halt.is_some_and(|halt| halt.stop == stop)
            })
        })
}

fn footpaths_are_sound(timetable: &Timetable<'_>) -> bool {
    let mut stops = (0..).map(StopIdx).take(timetable.stops.len());
    timetable.footpath_offsets.len() == timetable.stops.len() + 1
        && covers(timetable.footpath_offsets, timetable.footpaths.len())
        && timetable.footpaths.iter().all(|path| is_stop(timetable, path.to))
        && stops.all(|stop| timetable.footpaths_from(stop).is_sorted_by(|a, b| a.to < b.to))
}

/// A walk that has steps is there, and is no longer than the one without.
fn stepless_are_sound(timetable: &Timetable<'_>) -> bool {
    timetable.stepless.is_sorted_by(|a, b| a.path < b.path)
        && timetable.stepless.iter().all(|stepless| {
            let path = timetable.footpaths.get(stepless.path as usize);
            path.is_some_and(|path| path.seconds < stepless.seconds)
        })
}

fn streets_are_sound(timetable: &Timetable<'_>, streets: &Streets<'_>) -> bool {
    let nodes = streets.nodes.len();
    if nodes == 0 {
        return streets.edges.is_empty() && streets.stop_links.is_empty();
    }
    streets.edge_offsets.len() == nodes + 1
        && covers(streets.edge_offsets, streets.edges.len())
        && streets.nodes.iter().all(|node| is_on_earth(node.lat_e7, node.lon_e7))
        && streets
            .edges
            .iter()
            .all(|edge| (edge.to as usize) < nodes && edge.decimetres() > 0 && is_text(timetable, edge.name))
        && streets.stop_links.len() == timetable.stops.len()
        && streets.stop_links.iter().all(|link| link.node == u32::MAX || (link.node as usize) < nodes)
}

/// Every node lies in its cell.
fn grid_is_sound(streets: &Streets<'_>) -> bool {
    if streets.nodes.is_empty() {
        return true;
    }
    let cells = u64::from(streets.columns) * u64::from(streets.rows);
    if streets.cell_lat_e7 == 0 || streets.cell_lon_e7 == 0 || streets.columns == 0 {
        return false;
    }
    let cell_of = |node: &StreetNode| {
        let row = (i64::from(node.lat_e7) - i64::from(streets.south_e7)) / i64::from(streets.cell_lat_e7);
        let column = (i64::from(node.lon_e7) - i64::from(streets.west_e7)) / i64::from(streets.cell_lon_e7);
        row * i64::from(streets.columns) + column
    };
    streets.cell_offsets.len() as u64 == cells + 1
        && covers(streets.cell_offsets, streets.nodes.len())
        && (0..).zip(streets.cell_offsets.windows(2)).all(|(cell, at)| {
            let nodes = streets.nodes.get(at[0] as usize..at[1] as usize).unwrap_or_default();
            nodes.iter().all(|node| cell_of(node) == cell)
        })
}

fn places_are_sound(timetable: &Timetable<'_>, places: &Places<'_>) -> bool {
    places.places.iter().all(|place| {
        place.kind().is_some()
            && place.name != TextIdx::NONE
            && is_text(timetable, place.name)
            && is_text(timetable, place.house)
            && place.stop.some().is_none_or(|stop| is_stop(timetable, stop))
            && is_on_earth(place.lat_e7, place.lon_e7)
    }) && covers(places.token_offsets, places.token_bytes.len())
        && covers(places.posting_offsets, places.postings.len())
        && places.posting_offsets.len() == places.token_offsets.len()
        && (1..places.token_count()).all(|nth| places.token(nth - 1) < places.token(nth))
        && (0..places.token_count()).all(|nth| {
            let with = places.places_with(nth);
            with.is_sorted_by(|a, b| a < b)
                && with.last().is_none_or(|last| (*last as usize) < places.places.len())
        })
}

/// Whether offsets rise from 0 to the end of what they index.
fn covers(offsets: &[u32], of: usize) -> bool {
    offsets.first() == Some(&0) && offsets.last().map(|end| *end as usize) == Some(of) && offsets.is_sorted()
}

fn is_text(timetable: &Timetable<'_>, text: TextIdx) -> bool {
    text == TextIdx::NONE || text.at().saturating_add(1) < timetable.text_offsets.len()
}

fn is_stop(timetable: &Timetable<'_>, stop: StopIdx) -> bool {
    stop.at() < timetable.stops.len()
}

fn is_on_earth(lat_e7: i32, lon_e7: i32) -> bool {
    lat_e7.unsigned_abs() <= 900_000_000 && lon_e7.unsigned_abs() <= 1_800_000_000
}
