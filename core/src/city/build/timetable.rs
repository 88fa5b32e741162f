//! From trips in any order to the timetable's flat arrays.
//!
//! Trips of one line that serve the same stops, with the same pick-up and drop-off rules and along the
//! same way, are a group; each group is split into patterns in which no trip overtakes another, first
//! fit by departure, so that the planner may search a pattern by halving. Trips that drive alike share one
//! profile from the beginning, so a country's stop times fit into memory.

use super::chains::{Chain, Times, without_overtaking};
use super::continuations::{self, Link};
use super::numbers::{self, Numbers};
use super::profiles::{LONGEST_HALT_S, Profiles, Written};
use crate::city::times::{StopTime, TripStart};
use crate::city::timetable::{
    Arrays, Footpath, LineIdx, LineRecord, PatternIdx, PatternRecord, PatternStop, ServiceIdx, ShapePoint,
    Spelling, Stepless, StopIdx, StopPattern, StopRecord, TextIdx, TripIdx, TripRecord, stop_kind,
};
use crate::geo::Point;
use std::collections::HashMap;
use std::ops::Range;

/// The latest time of day that a trip may have, in seconds: ten days. Later ones are a feed's mistake.
pub const LATEST_S: u32 = 10 * 24 * 3_600;

/// A stop to be added. `..NewStop::default()` is a stop without station, code and zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewStop<'t> {
    /// `stop_id`.
    pub id: &'t str,
    /// The name that a passenger reads.
    pub name: &'t str,
    /// Where it lies.
    pub point: Point,
    /// The public code on the pole; may be empty.
    pub code: &'t str,
    /// The fare zone; may be empty.
    pub zone: &'t str,
    /// One of [`stop_kind`](crate::city::timetable::stop_kind).
    pub kind: u8,
    /// 0 unknown, 1 yes, 2 no.
    pub wheelchair: u8,
}

/// A line to be added.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewLine<'t> {
    /// `route_id`.
    pub id: &'t str,
    /// The number on the front of the bus.
    pub short_name: &'t str,
    /// From where to where, in words.
    pub long_name: &'t str,
    /// The agency's name.
    pub agency: &'t str,
    /// The agency's time zone, as in IANA's database.
    pub time_zone: &'t str,
    /// 0xRRGGBB.
    pub colour: Option<u32>,
    /// GTFS `route_type`.
    pub mode: u16,
}

/// A way through the streets that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeIdx(u32);

/// A trip to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewTrip<'t> {
    /// Its line.
    pub line: LineIdx,
    /// When it runs.
    pub service: ServiceIdx,
    /// `trip_id`.
    pub id: &'t str,
    /// Where the sign on the bus says it goes; if it is empty, the last stop's name stands for it.
    pub headsign: &'t str,
    /// The block; may be empty.
    pub block: &'t str,
    /// 0 or 1, 2 if the feed does not say.
    pub direction: u8,
    /// 0 unknown, 1 yes, 2 no.
    pub wheelchair: u8,
    /// Seconds between trips if this one stands for "every so often", else 0.
    pub headway_s: u32,
    /// Its way through the streets.
    pub shape: Option<ShapeIdx>,
}

/// A halt of a trip to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewStopTime {
    /// Which stop.
    pub stop: StopIdx,
    /// Arrival, in seconds after noon minus 12 h of the service day.
    pub arrival_s: u32,
    /// Departure, likewise.
    pub departure_s: u32,
    /// GTFS `pickup_type`.
    pub pickup: u8,
    /// GTFS `drop_off_type`.
    pub drop_off: u8,
}

/// Why a trip was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TripRefused {
    /// It serves fewer than two stops.
    #[error("fewer than two stops")]
    TooFewStops,
    /// It names a stop, line, service or shape that was not added.
    #[error("an unknown stop, line, service or shape")]
    Unknown,
    /// It is at this stop time (counted from 0) before it left the one before, or leaves before it arrives.
    #[error("time runs backwards at stop time {nth}")]
    TimeRunsBackwards {
        /// Which stop time.
        nth: u32,
    },
    /// A time is after [`LATEST_S`].
    #[error("a time is later than ten days")]
    TooLate,
    /// It stands at one stop for more than 18 hours.
    #[error("it stands for more than 18 hours at stop time {nth}")]
    StandsTooLong {
        /// Which stop time.
        nth: u32,
    },
    /// The timetable has no room for more than 2³² stop times.
    #[error("the timetable is full")]
    Full,
}

/// A timetable in the making. Add stops, lines and services before the trips that name them.
#[derive(Debug, Default)]
pub struct TimetableBuilder {
    arrays: Arrays,
    texts: HashMap<Box<str>, TextIdx>,
    spellings: HashMap<TextIdx, [TextIdx; 3]>,
    services: Vec<Box<[i32]>>,
    known_services: HashMap<Box<[i32]>, ServiceIdx>,
    shapes: Vec<Range<u32>>,
    known_shapes: HashMap<Box<[(i32, i32)]>, ShapeIdx>,
    /// Line, shape and stops with their rules, as one key → number of the group.
    groups: HashMap<Vec<u32>, u32>,
    /// Line, shape and range of `group_stops`, a group.
    group_records: Vec<(LineIdx, Option<ShapeIdx>, Range<usize>)>,
    group_stops: Vec<PatternStop>,
    trips: Vec<PendingTrip>,
    profiles: Profiles,
    numbers: Numbers,
    stop_times: usize,
    footpaths: Vec<(StopIdx, Footpath)>,
    links: Vec<Link>,
    known_blocks: HashMap<Box<str>, u32>,
    /// The blocks of all trips, once they are laid out.
    blocks: Vec<Option<u32>>,
    stepless: HashMap<(StopIdx, StopIdx), Option<(u32, u32)>>,
    key: Vec<u32>,
}

#[derive(Debug)]
struct PendingTrip {
    record: TripRecord,
    group: u32,
    /// The number of its block, for staying seated into the next trip.
    block: Option<u32>,
    start: TripStart,
    /// How its stops are numbered.
    numbers: Option<u32>,
}

impl TimetableBuilder {
    /// An empty timetable.
    pub fn new() -> TimetableBuilder {
        TimetableBuilder::default()
    }

    /// A text in the pack's table, each text once; none for an empty one, or when 4 GB are full.
    pub fn text(&mut self, text: &str) -> TextIdx {
        if text.is_empty() {
            return TextIdx::NONE;
        }
        if let Some(&known) = self.texts.get(text) {
            return known;
        }
        let (offsets, bytes) = (&mut self.arrays.text_offsets, &mut self.arrays.text_bytes);
        let Ok(end) = u32::try_from(bytes.len() + text.len()) else { return TextIdx::NONE };
        if offsets.is_empty() {
            offsets.push(0);
        }
        let idx = TextIdx(count(offsets) - 1);
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(end);
        self.texts.insert(text.into(), idx);
        idx
    }

    /// A text that is in the table already.
    pub fn known_text(&self, text: &str) -> Option<TextIdx> {
        self.texts.get(text).copied()
    }

    /// How a text reads in a language: 0 Kazakh, 1 Russian, 2 English. The first that is said counts.
    pub fn spelling(&mut self, text: TextIdx, language: usize, reads: &str) {
        if text == TextIdx::NONE || self.text_of(text) == reads {
            return;
        }
        let reads = self.text(reads);
        let languages = self.spellings.entry(text).or_insert([TextIdx::NONE; 3]);
        if let Some(known) = languages.get_mut(language).filter(|known| **known == TextIdx::NONE) {
            *known = reads;
        }
    }

    /// How a text reads in other languages, as far as was said.
    pub fn spellings_of(&self, text: TextIdx) -> impl Iterator<Item = &str> {
        let languages = self.spellings.get(&text).copied().unwrap_or([TextIdx::NONE; 3]);
        languages.into_iter().filter_map(TextIdx::some).map(|text| self.text_of(text))
    }

    /// A text that was put into the table; empty if there is none.
    pub fn text_of(&self, text: TextIdx) -> &str {
        let (offsets, bytes) = (&self.arrays.text_offsets, &self.arrays.text_bytes);
        let ends = offsets.get(text.at()).zip(offsets.get(text.at().saturating_add(1)));
        let text = ends.and_then(|(start, end)| bytes.get(*start as usize..*end as usize));
        text.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// Which stops a trip halts at.
    pub fn served(&self) -> Vec<bool> {
        let mut served = vec![false; self.arrays.stops.len()];
        for halt in &self.group_stops {
            if let Some(served) = served.get_mut(halt.stop.at()) {
                *served = true;
            }
        }
        served
    }

    /// Adds a stop.
    pub fn stop(&mut self, stop: NewStop<'_>) -> StopIdx {
        let record = StopRecord {
            id: self.text(stop.id),
            name: self.text(stop.name),
            lat_e7: e7(stop.point.lat),
            lon_e7: e7(stop.point.lon),
            parent: StopIdx::NONE,
            code: self.text(stop.code),
            zone: self.text(stop.zone),
            kind: stop.kind,
            wheelchair: stop.wheelchair,
            behind_entrances: 0,
            reserved: 0,
        };
        self.arrays.stops.push(record);
        self.arrays.change_s.push(0);
        StopIdx(count(&self.arrays.stops) - 1)
    }

    /// A berth of a stop: shown as it, with changes of its own. None of a berth.
    pub(super) fn berth(&mut self, stop: StopIdx) -> Option<StopIdx> {
        let record = *self.arrays.stops.get(stop.at()).filter(|stop| stop.kind != stop_kind::BERTH)?;
        self.arrays.stops.push(StopRecord { kind: stop_kind::BERTH, parent: stop, ..record });
        self.arrays.change_s.push(0);
        Some(StopIdx(count(&self.arrays.stops) - 1))
    }

    /// The stops that were added, by their index.
    pub fn stops(&self) -> &[StopRecord] {
        &self.arrays.stops
    }

    /// A stop that was added, to give it its station or what it inherits from it.
    pub fn stop_mut(&mut self, stop: StopIdx) -> Option<&mut StopRecord> {
        self.arrays.stops.get_mut(stop.at())
    }

    /// Adds a line.
    pub fn line(&mut self, line: NewLine<'_>) -> LineIdx {
        let record = LineRecord {
            id: self.text(line.id),
            short_name: self.text(line.short_name),
            long_name: self.text(line.long_name),
            agency: self.text(line.agency),
            time_zone: self.text(line.time_zone),
            colour: line.colour.unwrap_or(u32::MAX),
            mode: line.mode,
            reserved: 0,
        };
        self.arrays.lines.push(record);
        LineIdx(count(&self.arrays.lines) - 1)
    }

    /// The lines that were added, by their index.
    pub fn lines(&self) -> &[LineRecord] {
        &self.arrays.lines
    }

    /// A service by its days since 1970-01-01, in any order; equal ones are one. The arrays hold a bit
    /// for every day from the first of all to the last.
    pub fn service(&mut self, days: impl Iterator<Item = i32>) -> ServiceIdx {
        let mut days: Vec<i32> = days.collect();
        days.sort_unstable();
        days.dedup();
        if let Some(&known) = self.known_services.get(days.as_slice()) {
            return known;
        }
        let idx = ServiceIdx(count(&self.services));
        self.services.push(days.as_slice().into());
        self.known_services.insert(days.into(), idx);
        idx
    }

    /// A way through the streets; equal ones are one.
    pub fn shape(&mut self, points: &[Point]) -> ShapeIdx {
        let key: Box<[(i32, i32)]> = points.iter().map(|p| (e7(p.lat), e7(p.lon))).collect();
        if let Some(&known) = self.known_shapes.get(&key) {
            return known;
        }
        let first = count(&self.arrays.shape_points);
        let bends = key.iter().map(|&(lat_e7, lon_e7)| ShapePoint { lat_e7, lon_e7 });
        self.arrays.shape_points.extend(bends);
        let idx = ShapeIdx(count(&self.shapes));
        self.shapes.push(first..count(&self.arrays.shape_points));
        self.known_shapes.insert(key, idx);
        idx
    }

    /// Adds a trip with its stop times in order, or says why not; then nothing is added. Its stops count
    /// from 1.
    pub fn trip(&mut self, trip: NewTrip<'_>, stop_times: &[NewStopTime]) -> Result<(), TripRefused> {
        self.numbered_trip(trip, stop_times, &[])
    }

    /// The same, with the number of each stop (`stop_sequence`). Numbers that do not rise count for nothing:
    /// they tell no stop from another.
    pub fn numbered_trip(
        &mut self,
        trip: NewTrip<'_>,
        stop_times: &[NewStopTime],
        numbers: &[u32],
    ) -> Result<(), TripRefused> {
        self.check(&trip, stop_times)?;
        let group = self.group(&trip, stop_times);
        let start_s = stop_times.first().map_or(0, |first| first.arrival_s);
        let profile = self.profiles.put(stop_times.iter().map(|time| StopTime {
            arrival_s: time.arrival_s - start_s,
            departure_s: time.departure_s - start_s,
        }));
        self.stop_times += stop_times.len();
        let terminus = stop_times.last().and_then(|last| self.arrays.stops.get(last.stop.at()));
        let headsign = match terminus {
            Some(terminus) if trip.headsign.is_empty() => terminus.name,
            _ => self.text(trip.headsign),
        };
        let record = TripRecord {
            id: self.text(trip.id),
            headsign,
            service: trip.service,
            pattern: PatternIdx::NONE,
            headway_s: trip.headway_s,
            direction: trip.direction,
            wheelchair: trip.wheelchair,
            reserved: [0; 2],
        };
        let numbers = if numbers.len() == stop_times.len() { self.numbers.put(numbers) } else { None };
        let block = (!trip.block.is_empty()).then(|| self.block(trip.block));
        self.trips.push(PendingTrip { record, group, block, start: TripStart { start_s, profile }, numbers });
        Ok(())
    }

    /// A walk from one stop to another; of several the quickest counts. Walks from a stop to itself and
    /// of unknown stops are left out: see [`change_s`](Self::change_s).
    pub fn footpath(&mut self, from: StopIdx, to: StopIdx, seconds: u32, metres: u32) {
        let known = |stop: StopIdx| stop.at() < self.arrays.stops.len();
        if from != to && known(from) && known(to) {
            self.footpaths.push((from, Footpath { to, seconds, metres }));
        }
    }

    /// That a vehicle goes on from one trip, named by its id, to another, and whether passengers may stay
    /// seated: counts more than their blocks.
    pub fn in_seat(&mut self, from: &str, to: &str, stays: bool) {
        let (from, to) = (self.text(from), self.text(to));
        self.links.push(Link { from, to, stays });
    }

    /// A walk leads over steps: how long the way without them takes, in seconds, and how far it is, in
    /// metres, if there is one.
    pub fn stepless(&mut self, from: StopIdx, to: StopIdx, without: Option<(u32, u32)>) {
        self.stepless.insert((from, to), without);
    }

    /// The least time to change vehicles at a stop, in seconds; 0 if it is not set.
    pub fn change_s(&mut self, stop: StopIdx, seconds: u32) {
        if let Some(change_s) = self.arrays.change_s.get_mut(stop.at()) {
            *change_s = seconds;
        }
    }

    /// The least time to change vehicles at a stop, as far as it was said.
    pub(super) fn change_of(&self, stop: StopIdx) -> u32 {
        self.arrays.change_s.get(stop.at()).copied().unwrap_or(0)
    }

    /// How many stop times were added.
    pub fn stop_time_count(&self) -> usize {
        self.stop_times
    }

    /// Lays out the arrays.
    pub fn finish(mut self) -> Arrays {
        if self.arrays.text_offsets.is_empty() {
            self.arrays.text_offsets.push(0);
        }
        self.lay_out_patterns();
        self.lay_out_stop_patterns();
        self.lay_out_footpaths();
        self.lay_out_services();
        self.lay_out_spellings();
        continuations::lay_out(&mut self.arrays, &self.links, &self.blocks);
        self.arrays
    }

    fn check(&self, trip: &NewTrip<'_>, stop_times: &[NewStopTime]) -> Result<(), TripRefused> {
        if stop_times.len() < 2 {
            return Err(TripRefused::TooFewStops);
        }
        let known = trip.line.at() < self.arrays.lines.len()
            && trip.service.at() < self.services.len()
            && trip.shape.is_none_or(|shape| (shape.0 as usize) < self.shapes.len())
            && stop_times.iter().all(|t| t.stop.at() < self.arrays.stops.len());
        if !known {
            return Err(TripRefused::Unknown);
        }
        let mut before_s = 0;
        for (nth, time) in (0..).zip(stop_times) {
            if time.arrival_s < before_s || time.departure_s < time.arrival_s {
                return Err(TripRefused::TimeRunsBackwards { nth });
            }
            if time.departure_s > LATEST_S {
                return Err(TripRefused::TooLate);
            }
            if time.departure_s - time.arrival_s > LONGEST_HALT_S {
                return Err(TripRefused::StandsTooLong { nth });
            }
            before_s = time.departure_s;
        }
        match u32::try_from(self.profiles.len() + stop_times.len()) {
            Ok(_) => Ok(()),
            Err(_) => Err(TripRefused::Full),
        }
    }

    /// The number of a block.
    fn block(&mut self, block: &str) -> u32 {
        if let Some(&known) = self.known_blocks.get(block) {
            return known;
        }
        let next = u32::try_from(self.known_blocks.len()).unwrap_or(u32::MAX);
        self.known_blocks.insert(block.into(), next);
        next
    }

    fn group(&mut self, trip: &NewTrip<'_>, stop_times: &[NewStopTime]) -> u32 {
        self.key.clear();
        self.key.extend([trip.line.0, trip.shape.map_or(u32::MAX, |shape| shape.0)]);
        for time in stop_times {
            self.key.extend([time.stop.0, u32::from(time.pickup) << 8 | u32::from(time.drop_off)]);
        }
        if let Some(&group) = self.groups.get(&self.key) {
            return group;
        }
        let first = self.group_stops.len();
        self.group_stops.extend(stop_times.iter().map(|t| PatternStop {
            stop: t.stop,
            pickup: t.pickup,
            drop_off: t.drop_off,
            base: 0,
        }));
        let group = count(&self.group_records);
        self.group_records.push((trip.line, trip.shape, first..self.group_stops.len()));
        self.groups.insert(self.key.clone(), group);
        group
    }

    fn lay_out_patterns(&mut self) {
        let times_of = |trip: &PendingTrip| {
            let stops = self.group_records[trip.group as usize].2.len();
            Times { start_s: trip.start.start_s, profile: self.profiles.get(trip.start.profile, stops) }
        };
        self.trips.sort_by_key(|trip| {
            let times = times_of(trip);
            (trip.group, times.departure_s(0), times.arrival_s(times.profile.len() - 1))
        });
        let out = &mut self.arrays;
        let mut written = Written::default();
        let places = self.numbers.lay_out(&mut out.numbers);
        out.trips.reserve_exact(self.trips.len());
        out.starts.reserve_exact(self.trips.len());
        for group in self.trips.chunk_by(|a, b| a.group == b.group) {
            let (line, shape, stops) = &self.group_records[group[0].group as usize];
            let points = shape.map_or(0..0, |shape| self.shapes[shape.0 as usize].clone());
            for Chain { bases, trips } in without_overtaking(group, times_of) {
                let pattern = PatternIdx(count(&out.patterns));
                out.patterns.push(PatternRecord {
                    line: *line,
                    first_stop: count(&out.pattern_stops),
                    stop_count: stops.len() as u32,
                    first_trip: TripIdx(count(&out.trips)),
                    trip_count: count(&trips),
                    first_point: points.start,
                    point_count: points.end - points.start,
                });
                out.pattern_stops.extend(bases.stops(&self.group_stops[stops.clone()]));
                for trip in trips {
                    let profile = (trip.start.profile, times_of(trip).profile);
                    let profile = written.write(&mut out.times, profile, &bases);
                    numbers::write(&mut out.numberings, count(&out.trips), trip.numbers, &places);
                    self.blocks.push(trip.block);
                    out.trips.push(TripRecord { pattern, ..trip.record });
                    out.starts.push(TripStart { profile, ..trip.start });
                }
            }
        }
    }

    fn lay_out_stop_patterns(&mut self) {
        let out = &mut self.arrays;
        let mut at: Vec<(StopIdx, StopPattern)> = Vec::with_capacity(out.pattern_stops.len());
        for (nth, pattern) in (0..).zip(&out.patterns) {
            let first = pattern.first_stop as usize;
            let stops = &out.pattern_stops[first..first + pattern.stop_count as usize];
            let here = |(position, stop): (u32, &PatternStop)| {
                (stop.stop, StopPattern { pattern: PatternIdx(nth), position })
            };
            at.extend((0..).zip(stops).map(here));
        }
        at.sort_by_key(|(stop, _)| *stop);
        out.stop_pattern_offsets = offsets(out.stops.len(), at.iter().map(|(stop, _)| *stop));
        out.stop_patterns = at.into_iter().map(|(_, pattern)| pattern).collect();
    }

    fn lay_out_footpaths(&mut self) {
        self.footpaths.sort_by_key(|(from, path)| (*from, path.to, path.seconds, path.metres));
        self.footpaths.dedup_by_key(|(from, path)| (*from, path.to));
        let froms = self.footpaths.iter().map(|(from, _)| *from);
        self.arrays.footpath_offsets = offsets(self.arrays.stops.len(), froms);
        self.arrays.footpaths = self.footpaths.iter().map(|(_, path)| *path).collect();
        let stepless = |(nth, (from, path)): (u32, &(StopIdx, Footpath))| {
            let (seconds, metres) = self.stepless.get(&(*from, path.to))?.unwrap_or((u32::MAX, 0));
            (path.seconds < seconds).then_some(Stepless { path: nth, seconds, metres })
        };
        self.arrays.stepless = (0..).zip(&self.footpaths).filter_map(stepless).collect();
    }

    fn lay_out_spellings(&mut self) {
        let other = |(text, languages): (&TextIdx, &[TextIdx; 3])| {
            let some = languages.iter().any(|text| *text != TextIdx::NONE);
            some.then_some(Spelling { text: *text, languages: *languages })
        };
        self.arrays.spellings = self.spellings.iter().filter_map(other).collect();
        self.arrays.spellings.sort_unstable_by_key(|spelling| spelling.text);
    }

    fn lay_out_services(&mut self) {
        let out = &mut self.arrays;
        let firsts = self.services.iter().filter_map(|days| days.first());
        let lasts = self.services.iter().filter_map(|days| days.last());
        let (Some(&first), Some(&last)) = (firsts.min(), lasts.max()) else { return };
        out.first_day = first;
        out.day_count = last.abs_diff(first) + 1;
        out.words_a_service = out.day_count.div_ceil(64);
        let words = out.words_a_service as usize;
        out.service_days = vec![0; self.services.len() * words];
        for (nth, days) in self.services.iter().enumerate() {
            for day in days {
                let day = day.abs_diff(first);
                out.service_days[nth * words + (day / 64) as usize] |= 1 << (day % 64);
            }
        }
    }
}

/// Where the entries of each stop begin, out of the stops of all entries in order.
fn offsets(stops: usize, entries: impl Iterator<Item = StopIdx>) -> Vec<u32> {
    let mut offsets = vec![0_u32; stops + 1];
    for stop in entries {
        offsets[stop.at() + 1] += 1;
    }
    for at in 1..offsets.len() {
        offsets[at] += offsets[at - 1];
    }
    offsets
}

/// How many there are. Indices have 32 bits; what could grow beyond them is checked where it grows.
fn count<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

fn e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::city::build::sketch::{Sketch, day_number};
    use crate::city::timetable::Timetable;

    pub(in crate::city::build) fn ids(timetable: &Timetable<'_>) -> Vec<Vec<String>> {
        let trips_of = |pattern: &PatternRecord| {
            let first = pattern.first_trip.at();
            let trips = &timetable.trips[first..first + pattern.trip_count as usize];
            trips.iter().map(|trip| timetable.text(trip.id).to_owned()).collect()
        };
        timetable.patterns.iter().map(trips_of).collect()
    }

    #[test]
    fn trips_of_one_order_of_stops_are_one_pattern_earliest_first() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("late", |t| t.stop("x", "11:00").stop("y", "11:10"))
            .trip("back", |t| t.stop("y", "10:00").stop("x", "10:10"))
            .trip("early", |t| t.stop("x", "10:00").stop("y", "10:10"))
            .trip("other line", |t| t.line("2").stop("x", "10:00").stop("y", "10:10"))
            .trip("no one gets on", |t| t.stop("x", "10:05").no_pickup().stop("y", "10:15"))
            .finish();
        let timetable = city.timetable();
        assert_eq!(
            ids(&timetable),
            [&["early", "late"][..], &["back"], &["other line"], &["no one gets on"]]
                .map(|trips| trips.iter().map(|trip| (*trip).to_owned()).collect::<Vec<_>>())
        );
        let second = timetable.times_of(&timetable.patterns[0], 1);
        assert_eq!(second.get(1), Some(StopTime { arrival_s: 40_200, departure_s: 40_200 }));
        assert_eq!(timetable.trips[1].pattern, PatternIdx(0));
    }

    #[test]
    fn a_stop_knows_its_patterns_and_a_loop_stands_twice() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("loop", |t| t.stop("x", "10:00").stop("y", "10:10").stop("x", "10:20"))
            .trip("one way", |t| t.stop("z", "10:00").stop("x", "10:10"))
            .finish();
        let timetable = city.timetable();
        let at = |stop| -> Vec<(u32, u32)> {
            timetable.patterns_at(StopIdx(stop)).iter().map(|at| (at.pattern.0, at.position)).collect()
        };
        assert_eq!(at(0), [(0, 0), (0, 2), (1, 1)]);
        assert_eq!(at(1), [(0, 1)]);
        assert_eq!(at(2), [(1, 0)]);
    }

    #[test]
    fn services_run_on_their_days_and_on_no_other() {
        let mut builder = TimetableBuilder::new();
        let first = day_number("2024-02-28");
        let spring = builder.service([first + 70, first, first].into_iter());
        let never = builder.service(std::iter::empty());
        assert_eq!(builder.service([first, first + 70].into_iter()), spring);
        let city = builder.finish();
        let timetable = city.timetable();
        let days: Vec<i32> = (first - 2..first + 80)
            .filter(|&day| timetable.runs(spring, day))
            .map(|day| day - first)
            .collect();
        assert_eq!((days, timetable.day_count), (vec![0, 70], 71));
        assert!((first..first + 71).all(|day| !timetable.runs(never, day)));
    }

    #[test]
    fn the_quickest_of_two_walks_counts() {
        let city = Sketch::in_zone("Asia/Almaty")
            .walk("x", "z", 90)
            .walk("x", "y", 200)
            .walk("x", "y", 100)
            .walk("x", "x", 10)
            .walk("z", "x", 95)
            .finish();
        let timetable = city.timetable();
        let from = |stop| -> Vec<(u32, u32)> {
            timetable.footpaths_from(StopIdx(stop)).iter().map(|path| (path.to.0, path.seconds)).collect()
        };
        assert_eq!((from(0), from(1), from(2)), (vec![(1, 90), (2, 100)], vec![(0, 95)], vec![]));
    }

    #[test]
    fn a_trip_that_cannot_be_is_refused_and_leaves_nothing() {
        let mut builder = TimetableBuilder::new();
        let (line, service) = (builder.line(NewLine::default()), builder.service(std::iter::once(0)));
        let [x, y] = ["x", "y"].map(|id| builder.stop(NewStop { id, ..NewStop::default() }));
        let trip = NewTrip {
            line,
            service,
            id: "A",
            headsign: "",
            block: "",
            direction: 0,
            wheelchair: 0,
            headway_s: 0,
            shape: None,
        };
        let at = |stop, arrival_s, departure_s| NewStopTime {
            stop,
            arrival_s,
            departure_s,
            pickup: 0,
            drop_off: 0,
        };
        let backwards = |nth| Err(TripRefused::TimeRunsBackwards { nth });
        assert_eq!(builder.trip(trip, &[at(x, 0, 0)]), Err(TripRefused::TooFewStops));
        assert_eq!(builder.trip(trip, &[at(x, 0, 0), at(StopIdx(2), 9, 9)]), Err(TripRefused::Unknown));
        let nowhere = NewTrip { line: LineIdx(1), ..trip };
        assert_eq!(builder.trip(nowhere, &[at(x, 0, 0), at(y, 9, 9)]), Err(TripRefused::Unknown));
        assert_eq!(builder.trip(trip, &[at(x, 5, 4), at(y, 9, 9)]), backwards(0));
        assert_eq!(builder.trip(trip, &[at(x, 5, 5), at(y, 4, 9)]), backwards(1));
        assert_eq!(builder.trip(trip, &[at(x, 0, 0), at(y, 9, LATEST_S + 1)]), Err(TripRefused::TooLate));
        let stands = builder.trip(trip, &[at(x, 0, 0), at(y, 9, 10 + LONGEST_HALT_S)]);
        assert_eq!(stands, Err(TripRefused::StandsTooLong { nth: 1 }));
        assert_eq!((builder.stop_time_count(), builder.finish().patterns.len()), (0, 0));
    }

    #[test]
    fn ways_of_patterns_are_kept_once() {
        let mut builder = TimetableBuilder::new();
        let way = [Point { lat: 47.1, lon: 51.9 }, Point { lat: 47.2, lon: 51.9 }];
        assert_eq!(builder.shape(&way), builder.shape(&way));
        assert_ne!(builder.shape(&way), builder.shape(&way[..1]));
        assert_eq!(builder.finish().shape_points.len(), 3);
    }
}
