//! A street with buses: where every bus of a city is at any moment.
//!
//! A [`Fleet`] takes any timetable, gives each trip a bus, and moves it along the drawn way from stop to
//! stop, late as buses are. It is a function of the timetable, a seed and the time: asked twice it
//! answers the same, in any order. It knows neither tickets nor passengers.

mod delay;
mod depot;
mod motion;
mod outings;
mod roster;
mod times;
pub(super) mod track;

pub use delay::MOST_DELAY_S;
pub(super) use outings::Outing;

use delay::Delay;
use depot::Depot;
use jol_core::city::fares::Vehicle;
use jol_core::city::times::{StopTime, TripTimes};
use jol_core::city::timetable::{
    Arrays, LineRecord, PatternRecord, PatternStop, StopIdx, Timetable, TripIdx,
};
use jol_core::geo::Point;
use jol_core::plan::{PlanError, Zones, day_start_s, find_trip};
use motion::OnDay;
use roster::Roster;
use std::sync::OnceLock;
use track::Track;

/// So long before its departure, in ms, a bus stands at the first stop and lets people in.
pub const BOARDING_MS: i64 = 300_000;
/// The buses of a city.
#[derive(Debug)]
pub struct Fleet {
    arrays: Arrays,
    zones: Zones,
    seed: u64,
    depot: Depot,
    /// Whose buses each line uses.
    pool_of: Vec<u32>,
    rosters: Vec<Roster>,
    /// Which roster holds on each day of the timetable.
    roster_of_day: Vec<u32>,
    /// Trips that run past midnight into the next day's need buses of their own: so many sets of buses
    /// take turns by day.
    turns: u32,
    tracks: Vec<OnceLock<Track>>,
}

/// A bus that is seen on the street.
#[derive(Clone, Debug, PartialEq)]
pub struct BusState<'f> {
    /// Which bus.
    pub vehicle: &'f Vehicle,
    /// Its run; the one that just ended if it is not in service.
    pub run: Run,
    /// Where it is.
    pub point: Point,
    /// Where it heads, degrees clockwise from north.
    pub bearing_deg: f64,
    /// How fast it is.
    pub speed_mps: f64,
    /// The position in the trip of the stop where it stands or where it goes.
    pub next_stop: u32,
    /// It stands at that stop.
    pub at_stop: bool,
}

/// One run of a bus, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Names this run: `T12@20260916`.
    pub id: String,
    /// Names this run among those of five years, in 32 bits, as tickets want it.
    pub number: u32,
    /// The trip's id.
    pub trip_id: String,
    /// Start of a trip that stands for "every so often", as `08:30:00`: several share one id.
    pub start_time: Option<String>,
    /// The service day, in days since 1970-01-01.
    pub service_day: i32,
    /// The service day as `20260916`.
    pub start_date: String,
    /// The line's id.
    pub route_id: String,
    /// The line's number.
    pub line: String,
    /// 0 or 1 as in GTFS.
    pub direction: u8,
    /// Where the sign says it goes.
    pub headsign: String,
    /// The name of the last stop.
    pub terminus: String,
    /// When it leaves the first stop by the timetable, ms since 1970.
    pub starts_ms: i64,
    /// When it arrives at the last stop by the timetable.
    pub ends_ms: i64,
    /// When it will arrive there.
    pub arrives_ms: i64,
    /// The stop where it is or that it left last: its position, id and name.
    pub last_stop: u32,
    /// See `last_stop`.
    pub last_stop_id: String,
    /// See `last_stop`.
    pub last_stop_name: String,
    /// It carries passengers: from five minutes before its departure until it arrives.
    pub in_service: bool,
    trip: TripIdx,
}

/// A halt of a trip: by the timetable, and as it will be.
#[derive(Clone, Debug, PartialEq)]
pub struct Halt {
    /// The stop's id.
    pub stop_id: String,
    /// The stop's name.
    pub name: String,
    /// Where it is.
    pub point: Point,
    /// Arrival by the timetable, ms since 1970.
    pub scheduled_arrival_ms: i64,
    /// Departure by the timetable.
    pub scheduled_departure_ms: i64,
    /// When the bus arrives.
    pub arrival_ms: i64,
    /// When the bus leaves.
    pub departure_ms: i64,
}

impl Fleet {
    /// Buses for every trip of a timetable: these first, each on the line that it names; more are made up
    /// where they do not suffice. Takes about a second for 100 000 trips.
    pub fn new(timetable: &Timetable<'_>, vehicles: &[Vehicle], seed: u64) -> Result<Fleet, PlanError> {
        let zones = Zones::of(timetable)?;
        let pool_of = roster::pools(timetable);
        let (rosters, roster_of_day) = depot::rosters(timetable, &pool_of);
        let turns = depot::turns(&rosters);
        let depot = Depot::new(timetable, vehicles, &pool_of, depot::needed(&rosters, turns), seed);
        let tracks = timetable.patterns.iter().map(|_| OnceLock::new()).collect();
        let arrays = depot::own(timetable);
        Ok(Fleet { arrays, zones, seed, depot, pool_of, rosters, roster_of_day, turns, tracks })
    }

    /// Every bus, on the street or not.
    pub fn vehicles(&self) -> &[Vehicle] {
        &self.depot.vehicles
    }

    /// The buses that are on the street at a moment.
    pub fn vehicles_at(&self, now_ms: i64) -> Vec<BusState<'_>> {
        (0..self.vehicles().len()).filter_map(|nth| self.state(nth, now_ms)).collect()
    }

    /// A bus at a moment, by its id; none if it stands in the depot or does not exist.
    pub fn bus_at(&self, vehicle: &str, now_ms: i64) -> Option<BusState<'_>> {
        self.state(self.depot.by_id(vehicle)?, now_ms)
    }

    /// What a bus is doing at a moment; none if it stands in the depot or does not exist.
    pub fn run_of(&self, vehicle: &str, now_ms: i64) -> Option<Run> {
        Some(self.bus_at(vehicle, now_ms)?.run)
    }

    /// The bus that drives a trip on a service day; none if the trip does not run on it.
    pub fn vehicle_of(&self, trip_id: &str, service_day: i32) -> Option<&Vehicle> {
        let trip = find_trip(&self.timetable(), trip_id)?;
        let duty = self.roster(service_day)?.duties.iter().find(|duty| duty.trip == trip)?;
        let slot = duty.rank * self.turns + self.turn(service_day);
        self.vehicles().get(self.depot.in_slot(duty.pool, slot)?)
    }

    /// Stop by stop, when a trip is where on a service day; empty if it does not run on it. Of several
    /// trips with one id ("every so often") the first.
    pub fn halts(&self, trip_id: &str, service_day: i32) -> Vec<Halt> {
        let timetable = self.timetable();
        let trip = find_trip(&timetable, trip_id);
        let runs = |trip: &TripIdx| {
            timetable.trip(*trip).is_some_and(|trip| timetable.runs(trip.service, service_day))
        };
        trip.filter(runs).and_then(|trip| self.halts_on(trip, service_day)).unwrap_or_default()
    }

    /// Stop by stop, when a bus is where on its run.
    pub fn halts_of(&self, run: &Run) -> Vec<Halt> {
        self.halts_on(run.trip, run.service_day).unwrap_or_default()
    }

    /// What number the feed gives to a stop of a run.
    pub fn stop_sequence(&self, run: &Run, position: u32) -> u32 {
        self.timetable().stop_sequence(run.trip, position)
    }

    fn halts_on(&self, trip: TripIdx, day: i32) -> Option<Vec<Halt>> {
        let timetable = self.timetable();
        let (pattern, scheduled) = self.pattern(trip)?;
        let start_ms = self.day_start_ms(trip, day)?;
        let real = self.on_day(trip, day)?.times;
        let stops = timetable.stops_of(pattern).iter().zip(scheduled.iter()).zip(real);
        let halt = |((halt, scheduled), real): ((&PatternStop, StopTime), (i64, i64))| {
            let (stop_id, name, point) = self.stop(halt.stop);
            Halt {
                stop_id,
                name,
                point,
                scheduled_arrival_ms: start_ms + i64::from(scheduled.arrival_s) * 1_000,
                scheduled_departure_ms: start_ms + i64::from(scheduled.departure_s) * 1_000,
                arrival_ms: real.0,
                departure_ms: real.1,
            }
        };
        Some(stops.map(halt).collect())
    }

    fn timetable(&self) -> Timetable<'_> {
        self.arrays.timetable()
    }

    fn roster(&self, day: i32) -> Option<&Roster> {
        let nth = usize::try_from(day.checked_sub(self.arrays.first_day)?).ok()?;
        self.rosters.get(*self.roster_of_day.get(nth)? as usize)
    }

    /// Which set of buses drives on a day.
    fn turn(&self, day: i32) -> u32 {
        day.rem_euclid(self.turns as i32) as u32
    }

    /// A trip's pattern and times.
    fn pattern(&self, trip: TripIdx) -> Option<(&PatternRecord, TripTimes<'_>)> {
        let record = self.arrays.trips.get(trip.at())?;
        let pattern = self.arrays.patterns.get(record.pattern.at())?;
        Some((pattern, self.timetable().times_of(pattern, trip.0.checked_sub(pattern.first_trip.0)?)))
    }

    fn track(&self, trip: TripIdx) -> Option<&Track> {
        let pattern = self.arrays.trips.get(trip.at())?.pattern;
        let record = self.arrays.patterns.get(pattern.at())?;
        Some(self.tracks.get(pattern.at())?.get_or_init(|| Track::of(&self.timetable(), record)))
    }

    fn day_start_ms(&self, trip: TripIdx, day: i32) -> Option<i64> {
        let (pattern, _) = self.pattern(trip)?;
        Some(day_start_s(&self.zones.of_line(pattern.line), day)? * 1_000)
    }

    /// A trip on a day, with its real times.
    fn on_day(&self, trip: TripIdx, day: i32) -> Option<OnDay> {
        let start_ms = self.day_start_ms(trip, day)?;
        let (pattern, scheduled) = self.pattern(trip)?;
        let delay = Delay::new(self.seed, *self.pool_of.get(pattern.line.at())?, day);
        let seconds = times::real(&scheduled.iter().collect::<Vec<_>>(), self.track(trip)?, &delay);
        let ms = |second: f64| start_ms + (second * 1_000.0).round() as i64;
        let times = seconds.into_iter().map(|(arrival, departure)| (ms(arrival), ms(departure))).collect();
        Some(OnDay { trip, day, times })
    }

    /// A stop's id, name (its station's if it has none) and place.
    fn stop(&self, stop: StopIdx) -> (String, String, Point) {
        let timetable = self.timetable();
        let Some(record) = timetable.stop(stop) else { return Default::default() };
        let own = timetable.text(record.name);
        let station = timetable.stop(record.parent).map_or("", |station| timetable.text(station.name));
        let name = if own.is_empty() { station } else { own };
        (timetable.text(record.id).to_owned(), name.to_owned(), record.point())
    }
}

/// The line's number, or its long name if it has no number: as the stop board shows it.
fn line_name(timetable: &Timetable<'_>, line: &LineRecord) -> String {
    let (short, long) = (timetable.text(line.short_name), timetable.text(line.long_name));
    if short.is_empty() { long } else { short }.to_owned()
}

#[cfg(test)]
pub(super) mod tests;
