//! Which bus drives which trip.
//!
//! A roster holds for all days on which the same services run. Trips that go on as one another (a block) stay
//! on one bus; else the bus that has stood longest where the trip begins takes it, else one that has time to
//! drive there empty, else one more leaves the depot.

use jol_core::city::timetable::{LineIdx, PatternRecord, StopIdx, Timetable, TripIdx};
use jol_core::geo::Point;
use std::collections::HashMap;

/// A bus turns round in so many seconds: longer than any delay, so that it is back in time.
pub(super) const TURN_S: u32 = 200;
/// Time to drive anywhere in the city without passengers.
const EMPTY_S: u32 = 1_800;
/// Stops that lie so near, in metres, are one terminus.
const SAME_PLACE: f64 = 200.0;

/// A trip, and who drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) trip: TripIdx,
    /// Departure from the first stop and arrival at the last, seconds of the service day.
    pub(super) start_s: u32,
    pub(super) end_s: u32,
    /// Which pool the bus is of, and which of its buses.
    pub(super) pool: u32,
    pub(super) rank: u32,
}

/// The trips of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    /// By pool, rank and start.
    pub(super) duties: Vec<Duty>,
}

impl Roster {
    /// The trips of one bus, in order.
    pub(super) fn of_bus(&self, pool: u32, rank: u32) -> &[Duty] {
        let from = self.duties.partition_point(|duty| (duty.pool, duty.rank) < (pool, rank));
        let until = self.duties.partition_point(|duty| (duty.pool, duty.rank) <= (pool, rank));
        &self.duties[from..until]
    }

    /// The trips that these services run. `pool_of` a line says whose buses it uses.
    pub(super) fn of_day(timetable: &Timetable<'_>, pool_of: &[u32], runs: impl Fn(usize) -> bool) -> Roster {
        let mut duties = Vec::new();
        for (nth, trip) in (0_u32..).zip(timetable.trips).filter(|(_, trip)| runs(trip.service.at())) {
            let Some(pattern) = timetable.pattern(trip.pattern) else { continue };
            let Some(number) = nth.checked_sub(pattern.first_trip.0) else { continue };
            let times = timetable.times_of(pattern, number);
            let ends = times.first().zip(times.last());
            if let (Some((first, last)), Some(&pool)) = (ends, pool_of.get(pattern.line.at())) {
                let (start_s, end_s) = (first.departure_s, last.arrival_s.max(first.departure_s));
                duties.push(Duty { trip: TripIdx(nth), start_s, end_s, pool, rank: 0 });
            }
        }
        duties.sort_by_key(|duty| (duty.pool, duty.start_s, duty.end_s, duty.trip));
        for pool in duties.chunk_by_mut(|a, b| a.pool == b.pool) {
            give_out(timetable, pool);
        }
        duties.sort_by_key(|duty| (duty.pool, duty.rank, duty.start_s, duty.end_s));
        Roster { duties }
    }
}

/// A bus that is on the road.
struct Bus {
    free_s: u32,
    at: Point,
    block: Option<TripIdx>,
}

/// Gives each of a pool's trips, sorted by their start, to a bus.
fn give_out(timetable: &Timetable<'_>, duties: &mut [Duty]) {
    let blocks = blocks(timetable);
    let block_of = |duty: &Duty| blocks.get(&duty.trip).copied();
    // When the last trip of each block starts: until then its bus is promised.
    let mut promised: HashMap<TripIdx, u32> = HashMap::new();
    for duty in duties.iter() {
        if let Some(block) = block_of(duty) {
            promised.insert(block, duty.start_s);
        }
    }
    let mut buses: Vec<Bus> = Vec::new();
    for duty in duties {
        let (begin, end) = ends(timetable, duty.trip);
        let block = block_of(duty);
        let start_s = duty.start_s;
        let same_block = |bus: &Bus| block.is_some() && bus.block == block && bus.free_s <= start_s;
        let is_free = |bus: &Bus, turn_s: u32| {
            let promised_s = bus.block.and_then(|block| promised.get(&block)).copied().unwrap_or(0);
            bus.free_s.saturating_add(turn_s) <= start_s && promised_s < start_s
        };
        let here = |bus: &Bus| is_free(bus, TURN_S) && bus.at.metres_to(begin) <= SAME_PLACE;
        let first_free = |fits: &dyn Fn(&Bus) -> bool| {
            let fitting = buses.iter().enumerate().filter(|(_, bus)| fits(bus));
            fitting.min_by_key(|(nth, bus)| (bus.free_s, *nth)).map(|(nth, _)| nth)
        };
        let found = first_free(&same_block)
            .or_else(|| first_free(&here))
            .or_else(|| first_free(&|bus| is_free(bus, EMPTY_S)));
        let rank = found.unwrap_or(buses.len());
        if rank == buses.len() {
            buses.push(Bus { free_s: 0, at: end, block });
        }
        buses[rank] = Bus { free_s: duty.end_s, at: end, block };
        duty.rank = rank as u32;
    }
}

/// The first trip of the block that a trip is of: those whose bus goes on from one to the next on one day.
fn blocks(timetable: &Timetable<'_>) -> HashMap<TripIdx, TripIdx> {
    let mut before: HashMap<TripIdx, TripIdx> = HashMap::new();
    let first = |before: &HashMap<TripIdx, TripIdx>, trip: TripIdx| {
        let mut first = trip;
        while let Some(&earlier) = before.get(&first).filter(|earlier| **earlier != first) {
            first = earlier;
        }
        first
    };
    for link in timetable.continuations.iter().filter(|link| link.days_later == 0) {
        let (a, b) = (first(&before, link.from), first(&before, link.to));
        before.insert(a.max(b), a.min(b));
        before.insert(a.min(b), a.min(b));
    }
    before.keys().map(|&trip| (trip, first(&before, trip))).collect()
}

/// Where a trip begins and ends.
fn ends(timetable: &Timetable<'_>, trip: TripIdx) -> (Point, Point) {
    let stops = timetable.trip(trip).and_then(|trip| timetable.pattern(trip.pattern));
    let stops = stops.map_or(&[][..], |pattern| timetable.stops_of(pattern));
    let at = |stop: StopIdx| timetable.stop(stop).map_or(Point::default(), |stop| stop.point());
    match stops {
        [first, .., last] => (at(first.stop), at(last.stop)),
        _ => Default::default(),
    }
}

/// The pool of each line: lines that share a block share their buses.
pub(super) fn pools(timetable: &Timetable<'_>) -> Vec<u32> {
    let mut pool_of: Vec<u32> = (0..).take(timetable.lines.len()).collect();
    let (blocks, mut line_of_block) = (blocks(timetable), HashMap::<TripIdx, LineIdx>::new());
    for (nth, trip) in (0..).zip(timetable.trips) {
        let line = timetable.pattern(trip.pattern).map(|pattern: &PatternRecord| pattern.line);
        let (Some(line), Some(&block)) = (line, blocks.get(&TripIdx(nth))) else { continue };
        let other = *line_of_block.entry(block).or_insert(line);
        let (Some(&a), Some(&b)) = (pool_of.get(line.at()), pool_of.get(other.at())) else { continue };
        if a != b {
            let (low, high) = (a.min(b), a.max(b));
            pool_of.iter_mut().filter(|pool| **pool == high).for_each(|pool| *pool = low);
        }
    }
    pool_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::build::sketch::Sketch;
    use jol_core::city::timetable::Arrays;

    fn roster(city: &Arrays) -> HashMap<String, (u32, u32)> {
        let timetable = city.timetable();
        let roster = Roster::of_day(&timetable, &pools(&timetable), |_| true);
        let id = |duty: &Duty| timetable.trip(duty.trip).map(|trip| timetable.text(trip.id).to_owned());
        roster.duties.iter().map(|duty| (id(duty).expect("a trip"), (duty.pool, duty.rank))).collect()
    }

    fn two_ends() -> Sketch {
        Sketch::in_zone("Asia/Atyrau").place("x", 47.1, 51.9).place("y", 47.15, 51.9)
    }

    #[test]
    fn a_bus_comes_back_the_way_it_went() {
        let city = two_ends()
            .trip("there", |t| t.stop("x", "8:00").stop("y", "8:20"))
            .trip("too soon", |t| t.stop("y", "8:22").stop("x", "8:42"))
            .trip("back", |t| t.stop("y", "8:25").stop("x", "8:45"))
            .trip("elsewhere", |t| t.stop("x", "8:30").stop("y", "8:50"))
            .finish();
        let buses = roster(&city);
        assert_eq!(buses["there"], buses["back"]);
        assert_ne!(buses["there"], buses["too soon"]);
        assert!(buses["elsewhere"] != buses["there"] && buses["elsewhere"] != buses["too soon"]);
    }

    #[test]
    fn a_block_stays_on_its_bus_and_nobody_takes_it_away() {
        let city = two_ends()
            .trip("b1", |t| t.block("B").stop("x", "8:00").stop("y", "8:20"))
            .trip("other", |t| t.stop("y", "8:30").stop("x", "8:50"))
            .trip("b2", |t| t.block("B").line("2").stop("y", "8:40").stop("x", "9:00"))
            .finish();
        let buses = roster(&city);
        assert_eq!(buses["b1"], buses["b2"], "on two lines");
        assert_ne!(buses["other"], buses["b1"]);
    }
}
