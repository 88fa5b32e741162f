//! The yardstick: rounds of an exhaustive scan over every connection of three days (Dibbelt, Pajor,
//! Strasser, Wagner: *Connection Scan Algorithm*, 2013), which shares no code with the planner.

use super::asked::Asked;
use jol_core::city::timetable::{PatternIdx, StopIdx, Timetable};
use jol_core::plan::{PlanError, Zones, day_start_s};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The most rides of a journey.
const MOST_RIDES: usize = 8;
const NEVER: i32 = i32::MAX;
const DAY_S: i32 = 24 * 3_600;

/// One vehicle from one halt to the next; times in seconds after the start of the day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Connection {
    departure: i32,
    arrival: i32,
    vehicle: u32,
    nth: u16,
    boards: bool,
    alights: bool,
    from: u32,
    to: u32,
}

/// All connections of a day, the one before and the one after, in the order of their departures.
pub(super) struct Scan {
    connections: Vec<Connection>,
    vehicles: usize,
    walks: Vec<Vec<(u32, i32)>>,
    aboard: Vec<bool>,
}

impl Scan {
    pub(super) fn of(timetable: &Timetable<'_>, zones: &Zones, today: i32) -> Result<Scan, PlanError> {
        let mut scan = Scan { connections: Vec::new(), vehicles: 0, walks: Vec::new(), aboard: Vec::new() };
        for pattern in (0..).map(PatternIdx).take(timetable.patterns.len()) {
            let Some(record) = timetable.pattern(pattern) else { continue };
            let zone = zones.of_line(record.line);
            let midnight_s = day_start_s(&zone, today).ok_or(PlanError::NoSuchTime)?;
            for day in today - 1..=today + 1 {
                let start_s = day_start_s(&zone, day).ok_or(PlanError::NoSuchTime)?;
                for nth in 0..record.trip_count {
                    let trip = timetable.trips.get(record.first_trip.at() + nth as usize);
                    if trip.is_some_and(|trip| timetable.runs(trip.service, day)) {
                        scan.add(timetable, pattern, nth, (start_s - midnight_s) as i32);
                    }
                }
            }
        }
        scan.connections.sort_unstable();
        let stops = (0..).map(StopIdx).take(timetable.stops.len());
        let walks = |stop| timetable.footpaths_from(stop).iter().map(|path| (path.to.0, path.seconds as i32));
        scan.walks = stops.map(|stop| walks(stop).collect()).collect();
        scan.aboard = vec![false; scan.vehicles];
        Ok(scan)
    }

    fn add(&mut self, timetable: &Timetable<'_>, pattern: PatternIdx, nth: u32, start: i32) {
        let Some(record) = timetable.pattern(pattern) else { return };
        let (stops, times) = (timetable.stops_of(record), timetable.times_of(record, nth));
        for (at, (stop, time)) in stops.windows(2).zip(times.pairs()).enumerate() {
            let connection = Connection {
                departure: start + time.0.departure_s as i32,
                arrival: start + time.1.arrival_s as i32,
                vehicle: self.vehicles as u32,
                nth: at as u16,
                boards: stop[0].pickup != 1,
                alights: stop[1].drop_off != 1,
                from: stop[0].stop.0,
                to: stop[1].stop.0,
            };
            if connection.arrival >= 0 {
                self.connections.push(connection);
            }
        }
        self.vehicles += 1;
    }

    /// Each number of rides that gets there sooner than fewer do, and when; 0 rides is a walk.
    pub(super) fn at(&mut self, from: StopIdx, to: StopIdx, departure: i32) -> Vec<(u32, i32)> {
        let mut ready = vec![NEVER; self.walks.len()];
        ready[from.at()] = departure;
        for &(stop, seconds) in &self.walks[from.at()] {
            let ready = &mut ready[stop as usize];
            *ready = (departure + seconds).min(*ready);
        }
        let mut best = ready[to.at()];
        let mut points = Vec::new();
        if best < NEVER {
            points.push((0, best));
        }
        let first = self.connections.partition_point(|c| c.departure < departure);
        let last = self.connections.partition_point(|c| c.departure <= departure + DAY_S);
        let mut there = vec![NEVER; ready.len()];
        let mut next = vec![NEVER; ready.len()];
        for rides in 1..=MOST_RIDES as u32 {
            self.aboard.fill(false);
            there.fill(NEVER);
            for c in &self.connections[first..last] {
                let aboard = &mut self.aboard[c.vehicle as usize];
                if !*aboard && c.boards && ready[c.from as usize] <= c.departure {
                    *aboard = true;
                }
                if *aboard && c.alights && c.arrival < there[c.to as usize] {
                    there[c.to as usize] = c.arrival;
                }
            }
            next.copy_from_slice(&there);
            for (stop, walks) in self.walks.iter().enumerate().filter(|(stop, _)| there[*stop] < NEVER) {
                for &(to, seconds) in walks {
                    let next = &mut next[to as usize];
                    *next = (there[stop] + seconds).min(*next);
                }
            }
            if next[to.at()] < best {
                best = next[to.at()];
                points.push((rides, best));
            }
            let mut better = false;
            for (ready, next) in ready.iter_mut().zip(&next) {
                better |= next < ready;
                *ready = (*next).min(*ready);
            }
            if !better {
                break;
            }
        }
        points
    }

    /// Writes what the reference scan reads: connections, walks, queries, how many stops.
    pub(super) fn export(&self, folder: &Path, asked: &[Asked]) -> io::Result<()> {
        let create = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
        let mut file = create("conn.txt")?;
        writeln!(file, "{} {}", self.connections.len(), self.vehicles)?;
        for c in &self.connections {
            let (pickup, drop_off) = (u8::from(c.boards), u8::from(c.alights));
            let (from, to, vehicle) = (c.from, c.to, c.vehicle);
            writeln!(file, "{} {} {from} {to} {vehicle} {pickup} {drop_off}", c.departure, c.arrival)?;
        }
        file.flush()?;
        let mut file = create("foot.txt")?;
        writeln!(file, "{}", self.walks.iter().map(Vec::len).sum::<usize>())?;
        for (from, walks) in self.walks.iter().enumerate() {
            for (to, seconds) in walks {
                writeln!(file, "{from} {to} {seconds}")?;
            }
        }
        file.flush()?;
        let mut file = create("q.txt")?;
        for Asked { id, from, to, departure, .. } in asked {
            writeln!(file, "{id} {} {} {departure}", from.0, to.0)?;
        }
        file.flush()?;
        std::fs::write(folder.join("nstops"), self.walks.len().to_string())
    }
}
