//! trips.txt, frequencies.txt and stop_times.txt.

use super::calendar::Services;
use super::table::{Archive, Table};
use super::times::{Halt, UNTIMED, interpolate, seconds};
use super::transfers::Transfers;
use super::{Feed, small};
use crate::city::build::report::{BuildError, Progress, Step};
use crate::city::build::timetable::{LATEST_S, NewStopTime, NewTrip, ShapeIdx};
use crate::city::timetable::{LineIdx, ServiceIdx, StopIdx, StopRecord};
use std::collections::HashMap;

/// So many stop times a feed may have: they take 3 GB.
const MOST_STOP_TIMES: usize = 100_000_000;
/// So many trips a feed may have.
const MOST_TRIPS: usize = 20_000_000;
/// So many stop times frequencies.txt may be written out to, a trip counting for four of them: 400 MB.
const MOST_WRITTEN_OUT: usize = 40_000_000;
const STOP_TIMES_A_TRIP: usize = 4;
/// Progress is told every so many rows.
const ROWS_A_TICK: u64 = 1 << 16;

struct Trip {
    id: String,
    line: LineIdx,
    service: ServiceIdx,
    headsign: String,
    block: String,
    direction: u8,
    wheelchair: u8,
    shape: Option<ShapeIdx>,
    row: u64,
}

/// "Every so many seconds, from then until then."
#[derive(Clone, Copy)]
struct Frequency {
    start_s: u32,
    end_s: u32,
    headway_s: u32,
    exact: bool,
}

/// The trips of a feed, and how often they run.
pub(super) struct Trips {
    file: String,
    all: Vec<Trip>,
    by_id: HashMap<String, u32>,
    frequencies: HashMap<u32, Vec<Frequency>>,
}

impl Trips {
    /// The sign of a trip.
    pub(super) fn headsign(&self, trip: &str) -> Option<&str> {
        Some(&self.all.get(*self.by_id.get(trip)? as usize)?.headsign)
    }

    /// Whether there is such a trip.
    pub(super) fn has(&self, trip: &str) -> bool {
        self.by_id.contains_key(trip)
    }

    /// Whether it is a trip, and one that frequencies.txt does not make several of.
    pub(super) fn is_one(&self, trip: &str) -> bool {
        self.by_id.get(trip).is_some_and(|trip| !self.frequencies.contains_key(trip))
    }
}

/// Reads trips.txt and frequencies.txt.
pub(super) fn read(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    services: &Services,
) -> Result<Trips, BuildError> {
    let mut table = archive.required("trips.txt")?.sorted(&["trip_id"])?;
    let (route, service) = (table.required("route_id")?, table.required("service_id")?);
    let id = table.required("trip_id")?;
    let [headsign, direction, block, shape, wheelchair] =
        ["trip_headsign", "direction_id", "block_id", "shape_id", "wheelchair_accessible"]
            .map(|column| table.column(column));
    let mut known_services: HashMap<&str, ServiceIdx> = HashMap::new();
    let mut trips = Trips {
        file: table.file.clone(),
        all: Vec::new(),
        by_id: HashMap::new(),
        frequencies: HashMap::new(),
    };
    while table.next(&mut feed.report.repaired)? {
        let trip_id = table.get(id);
        let line = feed.lines.get(table.get(route)).copied();
        let runs = services.get_key_value(table.get(service)).filter(|(_, days)| !days.is_empty());
        let fresh = !trip_id.is_empty() && !trips.by_id.contains_key(trip_id);
        let (Some(line), Some((name, days)), true) = (line, runs, fresh) else {
            let why = match (line, runs) {
                (None, _) => "its route is not there",
                (_, None) => "its service runs on no day",
                _ => "it has no id or one that was there before",
            };
            let what = || format!("trip {trip_id:?} left out: {why}");
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        if trips.all.len() >= MOST_TRIPS {
            return Err(BuildError::TooLarge { file: table.file, what: "more than 20 million trips" });
        }
        let service = match known_services.get(name.as_str()) {
            Some(service) => *service,
            None => {
                let service = feed.builder.service(days.iter().copied());
                known_services.insert(name, service);
                service
            }
        };
        let block = table.get(block);
        trips.by_id.insert(trip_id.to_owned(), trips.all.len() as u32);
        trips.all.push(Trip {
            id: feed.id(trip_id),
            line,
            service,
            headsign: table.get(headsign).to_owned(),
            block: if block.is_empty() { String::new() } else { feed.id(block) },
            direction: match table.get(direction) {
                "0" => 0,
                "1" => 1,
                _ => 2,
            },
            wheelchair: small(table.get(wheelchair), 2),
            shape: feed.shapes.get(table.get(shape)).copied(),
            row: table.row(),
        });
    }
    drop(table);
    read_frequencies(archive, feed, &mut trips)?;
    Ok(trips)
}

fn read_frequencies(archive: &mut Archive, feed: &mut Feed<'_>, trips: &mut Trips) -> Result<(), BuildError> {
    let Some(table) = archive.table("frequencies.txt")? else { return Ok(()) };
    let mut table = table.sorted(&["trip_id", "start_time", "end_time", "headway_secs", "exact_times"])?;
    let (id, headway) = (table.required("trip_id")?, table.required("headway_secs")?);
    let (start, end) = (table.required("start_time")?, table.required("end_time")?);
    let exact = table.column("exact_times");
    while table.next(&mut feed.report.repaired)? {
        let trip = trips.by_id.get(table.get(id));
        let times = seconds(table.get(start)).zip(seconds(table.get(end)));
        let headway_s = table.get(headway).parse::<u32>().ok().filter(|headway_s| *headway_s > 0);
        let (Some(&trip), Some((start_s, end_s)), Some(headway_s)) = (trip, times, headway_s) else {
            let what = || format!("trip {:?}: not there, or never, or without headway", table.get(id));
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        let exact = table.get(exact) == "1";
        trips.frequencies.entry(trip).or_default().push(Frequency { start_s, end_s, headway_s, exact });
    }
    Ok(())
}

/// A row of stop_times.txt, 28 bytes.
#[derive(Clone, Copy)]
struct Row {
    trip: u32,
    sequence: u32,
    stop: StopIdx,
    arrival_s: u32,
    departure_s: u32,
    travelled: f32,
    pickup: u8,
    drop_off: u8,
}

/// Reads stop_times.txt and adds every trip to the timetable.
pub(super) fn read_stop_times(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    trips: &Trips,
    transfers: &mut Transfers,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), BuildError> {
    let rows = read_rows(archive, feed, trips, progress)?;
    // Mostly a trip's rows follow one another in order: to sort such runs moves no row.
    let mut runs: Vec<&[Row]> = rows.chunk_by(|a, b| a.trip == b.trip && a.sequence <= b.sequence).collect();
    runs.sort_by_key(|run| run[0].trip);
    let mut scattered: Vec<Row> = Vec::new();
    let of = rows.len() as u64;
    let mut done = 0;
    let mut written_out = 0;
    let mut adder = Adder {
        feed,
        trips,
        transfers,
        halts: Vec::new(),
        times: Vec::new(),
        numbers: Vec::new(),
        shifted: Vec::new(),
    };
    for runs in runs.chunk_by(|a, b| a[0].trip == b[0].trip) {
        let halts = match runs {
            [whole] => whole,
            parts => {
                scattered.clear();
                parts.iter().for_each(|part| scattered.extend_from_slice(part));
                scattered.sort_by_key(|row| row.sequence);
                &scattered[..]
            }
        };
        written_out += adder.add(halts);
        if written_out > MOST_WRITTEN_OUT {
            let file = format!("{}/frequencies.txt", archive.name);
            return Err(BuildError::TooLarge { file, what: "more than 40 million stop times" });
        }
        let before = done / ROWS_A_TICK;
        done += halts.len() as u64;
        if done / ROWS_A_TICK != before {
            progress(Progress { step: Step::Trips, done, of });
        }
    }
    progress(Progress { step: Step::Trips, done: of, of });
    Ok(())
}

fn read_rows(
    archive: &mut Archive,
    feed: &mut Feed<'_>,
    trips: &Trips,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Row>, BuildError> {
    let mut table = archive.required("stop_times.txt")?;
    let (id, stop) = (table.required("trip_id")?, table.required("stop_id")?);
    let sequence = table.required("stop_sequence")?;
    let (arrival, departure) = (table.column("arrival_time"), table.column("departure_time"));
    let [travelled, pickup, drop_off] =
        ["shape_dist_traveled", "pickup_type", "drop_off_type"].map(|column| table.column(column));
    let mut rows: Vec<Row> = Vec::new();
    // Rows of one trip mostly follow one another.
    let mut last: (String, Option<u32>) = Default::default();
    while table.next(&mut feed.report.repaired)? {
        if table.row() % ROWS_A_TICK == 0 {
            let (done, of) = table.progress();
            progress(Progress { step: Step::StopTimes, done, of });
        }
        let trip_id = table.get(id);
        if last.0 != trip_id || last.0.is_empty() {
            last = (trip_id.to_owned(), trips.by_id.get(trip_id).copied());
        }
        let known = feed.stops.get(table.get(stop));
        let (Some(trip), Some(&stop), Ok(sequence)) = (last.1, known, table.get(sequence).parse()) else {
            let why = match (last.1, known) {
                (None, _) => "its trip is not there",
                (_, None) => "its stop is not there",
                _ => "it has no number",
            };
            let what = || format!("stop time of trip {trip_id:?} left out: {why}");
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        if rows.len() >= MOST_STOP_TIMES {
            return Err(BuildError::TooLarge { file: table.file, what: "more than 100 million stop times" });
        }
        let arrival_s = time(&table, table.get(arrival), feed);
        let departure_s = time(&table, table.get(departure), feed);
        rows.push(Row {
            trip,
            sequence,
            stop,
            arrival_s,
            departure_s,
            travelled: table.get(travelled).parse().unwrap_or(f32::NAN),
            pickup: small(table.get(pickup), 3),
            drop_off: small(table.get(drop_off), 3),
        });
    }
    let (_, of) = table.progress();
    progress(Progress { step: Step::StopTimes, done: of, of });
    Ok(rows)
}

fn time(table: &Table<'_>, text: &str, feed: &mut Feed<'_>) -> u32 {
    if text.is_empty() {
        return UNTIMED;
    }
    seconds(text).unwrap_or_else(|| {
        let what = || format!("{text:?} is not a time: put between its neighbours");
        feed.report.repaired.add(&table.file, table.row(), what);
        UNTIMED
    })
}

/// Adds trips to the timetable; keeps its buffers from one trip to the next.
struct Adder<'f, 'b> {
    feed: &'f mut Feed<'b>,
    trips: &'f Trips,
    transfers: &'f mut Transfers,
    halts: Vec<Halt>,
    times: Vec<NewStopTime>,
    numbers: Vec<u32>,
    shifted: Vec<NewStopTime>,
}

impl Adder<'_, '_> {
    /// Adds a trip, or all that frequencies.txt makes of it. Answers how many stop times were written out.
    fn add(&mut self, rows: &[Row]) -> usize {
        let (nth, trips) = (rows[0].trip, self.trips);
        let trip = &trips.all[nth as usize];
        self.put_in_order(rows, trip);
        self.find_berths(trip);
        let Some(frequencies) = trips.frequencies.get(&nth) else {
            self.add_once(trip, 0, false);
            return 0;
        };
        let Some(first_s) = self.times.first().map(|time| time.departure_s) else { return 0 };
        let mut written_out = 0;
        for frequency in frequencies {
            let mut start_s = frequency.start_s;
            while start_s < frequency.end_s && written_out <= MOST_WRITTEN_OUT {
                let shift = |time_s: u32| (time_s + start_s).saturating_sub(first_s);
                let mut shifted = std::mem::take(&mut self.shifted);
                shifted.clear();
                shifted.extend(self.times.iter().map(|time| NewStopTime {
                    arrival_s: shift(time.arrival_s),
                    departure_s: shift(time.departure_s),
                    ..*time
                }));
                self.shifted = shifted;
                self.add_once(trip, if frequency.exact { 0 } else { frequency.headway_s }, true);
                written_out += self.times.len() + STOP_TIMES_A_TRIP;
                start_s += frequency.headway_s;
            }
        }
        written_out
    }

    /// Puts halts where the rules of transfers.txt for the trip hold.
    fn find_berths(&mut self, trip: &Trip) {
        let (builder, berths) = (&mut self.feed.builder, &mut self.transfers.berths);
        if berths.is_empty() {
            return;
        }
        let id = builder.text(&trip.id);
        let mut full = false;
        for time in &mut self.times {
            match berths.berth(builder, trip.line, id, time.stop) {
                Some(berth) => time.stop = berth,
                None => full = true,
            }
        }
        if full {
            let what = || format!("trip {:?}: too many rules for one stop, its own are left out", trip.id);
            self.feed.report.refused.add(&self.trips.file, trip.row, what);
        }
    }

    fn add_once(&mut self, trip: &Trip, headway_s: u32, shifted: bool) {
        let new = NewTrip {
            line: trip.line,
            service: trip.service,
            id: &trip.id,
            headsign: &trip.headsign,
            // Which vehicle comes when is not known of what is written out.
            block: if shifted { "" } else { &trip.block },
            direction: trip.direction,
            wheelchair: trip.wheelchair,
            headway_s,
            shape: trip.shape,
        };
        let times = if shifted { &self.shifted } else { &self.times };
        if let Err(refused) = self.feed.builder.numbered_trip(new, times, &self.numbers) {
            let what = || format!("trip {:?} left out: {refused}", trip.id);
            self.feed.report.refused.add(&self.trips.file, trip.row, what);
        }
    }

    /// The halts of a trip, timed, in `times`; those that cannot be timed are left out.
    fn put_in_order(&mut self, rows: &[Row], trip: &Trip) {
        let stops = self.feed.builder.stops();
        self.halts.clear();
        self.halts.extend(rows.iter().map(|row| Halt {
            arrival_s: row.arrival_s,
            departure_s: row.departure_s,
            travelled: row.travelled,
            point: stops.get(row.stop.at()).map(StopRecord::point).unwrap_or_default(),
        }));
        self.times.clear();
        self.numbers.clear();
        let mut note = |what: &str| {
            let what = || format!("trip {:?}: {what}", trip.id);
            self.feed.report.repaired.add(&self.trips.file, trip.row, what);
        };
        // A trip without a first time would need a guess: its head is left out.
        let untimed = |halt: &Halt| halt.arrival_s == UNTIMED && halt.departure_s == UNTIMED;
        let head = self.halts.iter().take_while(|halt| untimed(halt)).count();
        if head > 0 {
            note("stops before the first time were left out");
        }
        let Some(tail) = interpolate(&mut self.halts[head..]) else { return };
        if tail > 0 {
            note("stops after the last time were left out");
        }
        let mut waits = false;
        for (row, halt) in rows.iter().zip(&mut self.halts).skip(head).take(rows.len() - head - tail) {
            if halt.departure_s < halt.arrival_s {
                (halt.departure_s, waits) = (halt.arrival_s, true);
            }
            self.numbers.push(row.sequence);
            self.times.push(NewStopTime {
                stop: row.stop,
                arrival_s: halt.arrival_s.min(LATEST_S + 1),
                departure_s: halt.departure_s.min(LATEST_S + 1),
                pickup: row.pickup,
                drop_off: row.drop_off,
            });
        }
        if waits {
            note("left a stop before it arrived: leaves as it arrives");
        }
    }
}
