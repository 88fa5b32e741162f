//! A street with buses: where every bus of a city is at any moment.
//!
//! A [`Fleet`] takes any timetable, gives each trip a bus, and moves it along the drawn way from stop to
//! stop, late as buses are. It is a function of the timetable, a seed and the time: asked twice it
//! answers the same, in any order. It knows neither tickets nor passengers.

mod delay;
mod roster;
mod times;
mod track;

pub use delay::MOST_DELAY_S;

use super::dice::Dice;
use super::sample::vehicle;
use delay::Delay;
use jol_core::city::fares::Vehicle;
use jol_core::city::timetable::{
    Arrays, LineRecord, PatternRecord, PatternStop, ServiceIdx, StopIdx, StopTime, Timetable, TripIdx,
};
use jol_core::geo::Point;
use jol_core::plan::{PlanError, Zones, day_at, day_start_s, find_trip};
use roster::{Duty, Roster};
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use track::Track;

/// So long before its departure, in ms, a bus stands at the first stop and lets people in.
pub const BOARDING_MS: i64 = 300_000;
/// After its last run a bus is seen so long, in ms, before it is in the depot.
const GOING_HOME_MS: i64 = 120_000;
/// Between two termini that lie so near, in metres, a bus is seen while it rests.
const REST_METRES: f64 = 300.0;
const MOST_REST_SPEED: f64 = 8.0;

/// The buses of a city.
#[derive(Debug)]
pub struct Fleet {
    arrays: Arrays,
    zones: Zones,
    seed: u64,
    vehicles: Vec<Vehicle>,
    by_id: HashMap<String, u32>,
    /// Which pool a bus is of and which of its slots; none for a bus that nobody needs.
    slots: Vec<Option<(u32, u32)>>,
    /// The buses of each pool by their slot.
    pools: HashMap<u32, Vec<u32>>,
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

/// A duty on a day, with its real times.
struct OnDay<'f> {
    duty: &'f Duty,
    day: i32,
    /// Arrival and departure at each stop, ms since 1970.
    times: Vec<(i64, i64)>,
}

impl OnDay<'_> {
    fn leaves_ms(&self) -> i64 {
        self.times.first().map_or(0, |(_, departure)| *departure)
    }

    fn arrives_ms(&self) -> i64 {
        self.times.last().map_or(0, |(arrival, _)| *arrival)
    }
}

impl Fleet {
    /// Buses for every trip of a timetable: these first, each on the line that it names; more are made up
    /// where they do not suffice. Takes about a second for 100 000 trips.
    pub fn new(timetable: &Timetable<'_>, vehicles: &[Vehicle], seed: u64) -> Result<Fleet, PlanError> {
        let zones = Zones::of(timetable)?;
        let pool_of = roster::pools(timetable);
        let (rosters, roster_of_day) = rosters(timetable, &pool_of);
        let all = || rosters.iter().flat_map(|roster| &roster.duties);
        let (first, last) = (all().map(|d| d.start_s).min(), all().map(|d| d.end_s).max());
        let span = last.unwrap_or(0).saturating_add(roster::TURN_S) - first.unwrap_or(0);
        let turns = span.div_ceil(86_400).max(1);
        let mut needed: HashMap<u32, u32> = HashMap::new();
        for duty in all() {
            let slots = needed.entry(duty.pool).or_default();
            *slots = (*slots).max((duty.rank + 1) * turns);
        }
        let mut fleet = Fleet {
            tracks: timetable.patterns.iter().map(|_| OnceLock::new()).collect(),
            arrays: own(timetable),
            zones,
            seed,
            vehicles: vehicles.to_vec(),
            by_id: HashMap::new(),
            slots: Vec::new(),
            pools: HashMap::new(),
            rosters,
            roster_of_day,
            turns,
        };
        fleet.hand_out(&pool_of, needed);
        Ok(fleet)
    }

    /// Every bus, on the street or not.
    pub fn vehicles(&self) -> &[Vehicle] {
        &self.vehicles
    }

    /// The buses that are on the street at a moment.
    pub fn vehicles_at(&self, now_ms: i64) -> Vec<BusState<'_>> {
        (0..self.vehicles.len()).filter_map(|nth| self.state(nth, now_ms)).collect()
    }

    /// A bus at a moment, by its id; none if it stands in the depot or does not exist.
    pub fn bus_at(&self, vehicle: &str, now_ms: i64) -> Option<BusState<'_>> {
        self.state(*self.by_id.get(vehicle)? as usize, now_ms)
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
        let nth = self.pools.get(&duty.pool)?.get(slot as usize)?;
        self.vehicles.get(*nth as usize)
    }

    /// Stop by stop, when a trip is where on a service day; empty if it does not run on it.
    pub fn halts(&self, trip_id: &str, service_day: i32) -> Vec<Halt> {
        let timetable = self.timetable();
        let halts = || {
            let trip = find_trip(&timetable, trip_id)?;
            let duty = self.roster(service_day)?.duties.iter().find(|duty| duty.trip == trip)?;
            let start_ms = self.day_start_ms(duty, service_day)?;
            let (pattern, scheduled) = self.pattern(duty.trip)?;
            let real = self.on_day(duty, service_day)?.times;
            let stops = timetable.stops_of(pattern).iter().zip(scheduled).zip(real);
            let halt = |((halt, scheduled), real): ((&PatternStop, &StopTime), (i64, i64))| {
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
        };
        halts().unwrap_or_default()
    }

    fn timetable(&self) -> Timetable<'_> {
        self.arrays.timetable()
    }

    /// Gives the buses of each pool their slots, and makes up those that are missing.
    fn hand_out(&mut self, pool_of: &[u32], needed: HashMap<u32, u32>) {
        let mut dice = Dice::new(self.seed, "made-up buses");
        let mut taken: HashSet<String> = HashSet::new();
        for vehicle in &self.vehicles {
            taken.extend([vehicle.vehicle.clone(), vehicle.painted.clone()]);
        }
        let mut free: HashMap<String, Vec<u32>> = HashMap::new();
        for (nth, vehicle) in (0..).zip(&self.vehicles) {
            free.entry(vehicle.line.clone()).or_default().push(nth);
        }
        let names: Vec<String> =
            self.arrays.lines.iter().map(|line| line_name(&self.timetable(), line)).collect();
        let mut needed: Vec<(u32, u32)> = needed.into_iter().collect();
        needed.sort_unstable();
        let mut number = 1_000;
        for (pool, slots) in needed {
            let lines = names.iter().zip(pool_of).filter(|(_, of)| **of == pool).map(|(line, _)| line);
            let mut buses: Vec<u32> = lines.filter_map(|line| free.remove(line)).flatten().collect();
            while buses.len() < slots as usize {
                number += 1;
                let line = names.get(pool as usize).map_or("", String::as_str);
                let made = vehicle(number, line, !dice.chance(0.08), &mut dice);
                if !taken.contains(&made.vehicle) {
                    buses.push(self.vehicles.len() as u32);
                    self.vehicles.push(made);
                }
            }
            self.pools.insert(pool, buses);
        }
        self.by_id = (0..).zip(&self.vehicles).map(|(nth, bus)| (bus.vehicle.clone(), nth)).collect();
        self.slots = vec![None; self.vehicles.len()];
        for (pool, buses) in &self.pools {
            for (slot, nth) in (0..).zip(buses) {
                self.slots[*nth as usize] = Some((*pool, slot));
            }
        }
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
    fn pattern(&self, trip: TripIdx) -> Option<(&PatternRecord, &[StopTime])> {
        let record = self.arrays.trips.get(trip.at())?;
        let pattern = self.arrays.patterns.get(record.pattern.at())?;
        Some((pattern, self.timetable().times_of(pattern, trip.0.checked_sub(pattern.first_trip.0)?)))
    }

    fn track(&self, trip: TripIdx) -> Option<&Track> {
        let pattern = self.arrays.trips.get(trip.at())?.pattern;
        let record = self.arrays.patterns.get(pattern.at())?;
        Some(self.tracks.get(pattern.at())?.get_or_init(|| Track::of(&self.timetable(), record)))
    }

    fn day_start_ms(&self, duty: &Duty, day: i32) -> Option<i64> {
        let (pattern, _) = self.pattern(duty.trip)?;
        Some(day_start_s(&self.zones.of_line(pattern.line), day)? * 1_000)
    }

    fn on_day<'f>(&'f self, duty: &'f Duty, day: i32) -> Option<OnDay<'f>> {
        let start_ms = self.day_start_ms(duty, day)?;
        let (_, scheduled) = self.pattern(duty.trip)?;
        let delay = Delay::new(self.seed, duty.pool, day);
        let seconds = times::real(scheduled, self.track(duty.trip)?, &delay);
        let ms = |second: f64| start_ms + (second * 1_000.0).round() as i64;
        let times = seconds.into_iter().map(|(arrival, departure)| (ms(arrival), ms(departure))).collect();
        Some(OnDay { duty, day, times })
    }

    /// Where a bus is at a moment.
    fn state(&self, nth: usize, now_ms: i64) -> Option<BusState<'_>> {
        let (pool, slot) = (*self.slots.get(nth)?)?;
        let (rank, turn) = (slot / self.turns, slot % self.turns);
        let today = day_at(&self.zones.of_city(), now_ms.div_euclid(1_000))?;
        let days = (today - self.turns as i32 - 1..=today + 1).rev();
        let days = days.filter(|day| self.turn(*day) == turn);
        let chains = days.filter_map(|day| Some((day, self.roster(day)?.of_bus(pool, rank))));
        chains.into_iter().find_map(|(day, chain)| self.state_in(nth, day, chain, now_ms))
    }

    /// Where a bus is at a moment, if it is on the trips of this day.
    fn state_in<'f>(&'f self, nth: usize, day: i32, chain: &'f [Duty], now_ms: i64) -> Option<BusState<'f>> {
        let start_ms = self.day_start_ms(chain.first()?, day)?;
        let may_have_begun = |duty: &Duty| start_ms + i64::from(duty.start_s) * 1_000 - BOARDING_MS <= now_ms;
        let mut upto = chain.partition_point(may_have_begun);
        let mut next: Option<(OnDay<'f>, i64)> = None;
        while upto > 0 {
            let this = self.on_day(&chain[upto - 1], day)?;
            // Never before the bus is back from the run before: no delay is longer than a turn.
            let before = upto.checked_sub(2).and_then(|before| self.on_day(&chain[before], day));
            let back_ms = before.map_or(i64::MIN, |before| before.arrives_ms());
            let begins_ms = (this.leaves_ms() - BOARDING_MS).max(back_ms);
            if now_ms >= begins_ms {
                if now_ms <= this.arrives_ms() {
                    return self.moving(nth, &this, now_ms);
                }
                let next = next.or_else(|| {
                    let next = self.on_day(chain.get(upto)?, day)?;
                    let begins_ms = (next.leaves_ms() - BOARDING_MS).max(this.arrives_ms());
                    Some((next, begins_ms))
                });
                return self.resting(nth, &this, next, now_ms);
            }
            next = Some((this, begins_ms));
            upto -= 1;
        }
        None
    }

    fn moving(&self, nth: usize, this: &OnDay<'_>, now_ms: i64) -> Option<BusState<'_>> {
        let track = self.track(this.duty.trip)?;
        let arrived = this.times.partition_point(|(arrival, _)| *arrival <= now_ms).max(1) - 1;
        let (_, departure_ms) = *this.times.get(arrived)?;
        let here = track.stop(arrived);
        let goes_on = this.times.get(arrived + 1).filter(|_| now_ms > departure_ms);
        let (metres, speed_mps, next_stop) = match goes_on {
            None => (here, 0.0, arrived),
            Some((arrival_ms, _)) => {
                let seconds = (arrival_ms - departure_ms).max(1) as f64 / 1_000.0;
                let (share, speed) = eased((now_ms - departure_ms) as f64 / 1_000.0 / seconds);
                let length = track.stop(arrived + 1) - here;
                (here + length * share, length / seconds * speed, arrived + 1)
            }
        };
        let (point, bearing_deg) = track.at(metres);
        Some(BusState {
            vehicle: self.vehicles.get(nth)?,
            run: self.run(this, arrived, true)?,
            point,
            bearing_deg,
            speed_mps,
            next_stop: next_stop as u32,
            at_stop: goes_on.is_none(),
        })
    }

    /// A bus that has ended a run: it goes to where the next one begins, if that is near.
    fn resting(
        &self,
        nth: usize,
        this: &OnDay<'_>,
        next: Option<(OnDay<'_>, i64)>,
        now_ms: i64,
    ) -> Option<BusState<'_>> {
        let last = this.times.len() - 1;
        let (from, mut bearing_deg) = self.place(this, last)?;
        let ended_ms = this.arrives_ms();
        let (mut point, mut speed_mps) = (from, 0.0);
        match next {
            None if now_ms - ended_ms > GOING_HOME_MS => return None,
            None => {}
            Some((next, begins_ms)) => {
                let (to, _) = self.place(&next, 0)?;
                let (metres, seconds) = (from.metres_to(to), (begins_ms - ended_ms).max(1) as f64 / 1_000.0);
                if metres > REST_METRES.min(seconds * MOST_REST_SPEED) {
                    let still_here = now_ms - ended_ms <= GOING_HOME_MS;
                    return still_here.then(|| self.stands(nth, this, from, bearing_deg)).flatten();
                }
                point = from.towards(to, (now_ms - ended_ms) as f64 / 1_000.0 / seconds);
                speed_mps = metres / seconds;
                if metres > 1.0 {
                    bearing_deg = from.bearing_to(to);
                }
            }
        }
        Some(BusState { speed_mps, ..self.stands(nth, this, point, bearing_deg)? })
    }

    fn stands(&self, nth: usize, this: &OnDay<'_>, point: Point, bearing_deg: f64) -> Option<BusState<'_>> {
        let last = this.times.len() - 1;
        Some(BusState {
            vehicle: self.vehicles.get(nth)?,
            run: self.run(this, last, false)?,
            point,
            bearing_deg,
            speed_mps: 0.0,
            next_stop: last as u32,
            at_stop: true,
        })
    }

    fn place(&self, on_day: &OnDay<'_>, position: usize) -> Option<(Point, f64)> {
        let track = self.track(on_day.duty.trip)?;
        Some(track.at(track.stop(position)))
    }

    fn run(&self, on_day: &OnDay<'_>, last_stop: usize, in_service: bool) -> Option<Run> {
        let timetable = self.timetable();
        let OnDay { duty, day, .. } = *on_day;
        let trip = timetable.trip(duty.trip)?;
        let (pattern, _) = self.pattern(duty.trip)?;
        let line = timetable.line(pattern.line)?;
        let stops = timetable.stops_of(pattern);
        let start_ms = self.day_start_ms(duty, day)?;
        let (last_stop_id, last_stop_name, _) = self.stop(stops.get(last_stop)?.stop);
        let trip_id = timetable.text(trip.id).to_owned();
        let clock = |s: u32| format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60);
        let start_time = (trip.headway_s > 0).then(|| clock(duty.start_s));
        let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().try_days(day).ok()?);
        let date = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        let id = match &start_time {
            None => format!("{trip_id}@{date}"),
            Some(start) => format!("{trip_id}@{date}T{start}"),
        };
        Some(Run {
            id,
            number: (day.rem_euclid(2_048) as u32) << 21 | duty.trip.0 & 0x1f_ffff,
            trip_id,
            start_time,
            service_day: day,
            route_id: timetable.text(line.id).to_owned(),
            line: line_name(&timetable, line),
            direction: u8::from(trip.direction == 1),
            headsign: timetable.text(trip.headsign).to_owned(),
            terminus: self.stop(stops.last()?.stop).1,
            starts_ms: start_ms + i64::from(duty.start_s) * 1_000,
            ends_ms: start_ms + i64::from(duty.end_s) * 1_000,
            arrives_ms: on_day.arrives_ms(),
            last_stop: last_stop as u32,
            last_stop_id,
            last_stop_name,
            in_service,
        })
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

/// One roster for all days on which the same services run.
fn rosters(timetable: &Timetable<'_>, pool_of: &[u32]) -> (Vec<Roster>, Vec<u32>) {
    let services = timetable.service_days.len().checked_div(timetable.words_a_service as usize).unwrap_or(0);
    let mut known: HashMap<Vec<bool>, u32> = HashMap::new();
    let mut rosters = Vec::new();
    let days = (timetable.first_day..).take(timetable.day_count as usize);
    let of_day = days.map(|day| {
        let service = |nth: u32| ServiceIdx(nth);
        let run: Vec<bool> = (0..).take(services).map(|nth| timetable.runs(service(nth), day)).collect();
        *known.entry(run).or_insert_with_key(|run| {
            rosters.push(Roster::of_day(timetable, pool_of, |nth| run.get(nth) == Some(&true)));
            rosters.len() as u32 - 1
        })
    });
    let of_day = of_day.collect();
    (rosters, of_day)
}

/// What a fleet needs of a timetable, to keep.
fn own(timetable: &Timetable<'_>) -> Arrays {
    Arrays {
        stops: timetable.stops.to_vec(),
        lines: timetable.lines.to_vec(),
        patterns: timetable.patterns.to_vec(),
        pattern_stops: timetable.pattern_stops.to_vec(),
        trips: timetable.trips.to_vec(),
        times: timetable.times.to_vec(),
        shape_points: timetable.shape_points.to_vec(),
        first_day: timetable.first_day,
        day_count: timetable.day_count,
        text_offsets: timetable.text_offsets.to_vec(),
        text_bytes: timetable.text_bytes.to_vec(),
        ..Arrays::default()
    }
}

/// A bus gathers speed, rolls and brakes: its share of the way after a share of the time, and its speed
/// relative to the mean.
fn eased(time: f64) -> (f64, f64) {
    const GATHER: f64 = 0.2;
    const ROLL: f64 = 1.0 / (1.0 - GATHER);
    let time = time.clamp(0.0, 1.0);
    if time < GATHER {
        (ROLL * time * time / (2.0 * GATHER), ROLL * time / GATHER)
    } else if time <= 1.0 - GATHER {
        (ROLL * (time - GATHER / 2.0), ROLL)
    } else {
        let left = 1.0 - time;
        (1.0 - ROLL * left * left / (2.0 * GATHER), ROLL * left / GATHER)
    }
}

#[cfg(test)]
mod tests;
