//! Which buses there are, and which slot of the roster each fills.

use super::line_name;
use super::roster::{Roster, TURN_S};
use crate::world::dice::Dice;
use crate::world::sample::vehicle;
use jol_core::city::fares::Vehicle;
use jol_core::city::timetable::{Arrays, ServiceIdx, Timetable};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most buses have a terminal for cards.
const WITHOUT_TERMINAL: f64 = 0.08;

/// All buses.
#[derive(Debug)]
pub(super) struct Depot {
    pub(super) vehicles: Vec<Vehicle>,
    by_id: HashMap<String, u32>,
    /// Pool and slot of each bus; none for a bus that nobody needs.
    slots: Vec<Option<(u32, u32)>>,
    /// The buses of each pool by their slot.
    pools: BTreeMap<u32, Vec<u32>>,
}

impl Depot {
    /// Fills the slots that each pool needs: with these buses, each on the line that it names, and with
    /// made-up ones where they do not suffice.
    pub(super) fn new(
        timetable: &Timetable<'_>,
        vehicles: &[Vehicle],
        pool_of: &[u32],
        needed: BTreeMap<u32, u32>,
        seed: u64,
    ) -> Depot {
        let mut dice = Dice::new(seed, "made-up buses");
        let mut all = vehicles.to_vec();
        let named = |vehicle: &Vehicle| [vehicle.vehicle.clone(), vehicle.painted.clone()];
        let taken: HashSet<String> = all.iter().flat_map(named).collect();
        let mut of_line: HashMap<&str, Vec<u32>> = HashMap::new();
        for (nth, vehicle) in (0..).zip(vehicles) {
            of_line.entry(&vehicle.line).or_default().push(nth);
        }
        let lines: Vec<String> = timetable.lines.iter().map(|line| line_name(timetable, line)).collect();
        let mut pools = BTreeMap::new();
        let mut number = 1_000;
        for (pool, slots) in needed {
            let of_pool = lines.iter().zip(pool_of).filter(|(_, of)| **of == pool);
            let own = of_pool.filter_map(|(line, _)| of_line.remove(line.as_str()));
            let mut buses: Vec<u32> = own.flatten().collect();
            while buses.len() < slots as usize {
                number += 1;
                let line = lines.get(pool as usize).map_or("", String::as_str);
                let made = vehicle(number, line, !dice.chance(WITHOUT_TERMINAL), &mut dice);
                if !taken.contains(&made.vehicle) {
                    buses.push(all.len() as u32);
                    all.push(made);
                }
            }
            pools.insert(pool, buses);
        }
        let by_id = (0..).zip(&all).map(|(nth, bus)| (bus.vehicle.clone(), nth)).collect();
        let mut slots = vec![None; all.len()];
        for (pool, buses) in &pools {
            for (slot, nth) in (0..).zip(buses) {
                slots[*nth as usize] = Some((*pool, slot));
            }
        }
        Depot { vehicles: all, by_id, slots, pools }
    }

    /// A bus by its id, as a position in `vehicles`.
    pub(super) fn by_id(&self, vehicle: &str) -> Option<usize> {
        self.by_id.get(vehicle).map(|nth| *nth as usize)
    }

    /// The pool and slot of a bus.
    pub(super) fn slot_of(&self, nth: usize) -> Option<(u32, u32)> {
        *self.slots.get(nth)?
    }

    /// The bus in a slot, as a position in `vehicles`.
    pub(super) fn in_slot(&self, pool: u32, slot: u32) -> Option<usize> {
        Some(*self.pools.get(&pool)?.get(slot as usize)? as usize)
    }
}

/// One roster for all days on which the same services run, and which of them holds on each day.
pub(super) fn rosters(timetable: &Timetable<'_>, pool_of: &[u32]) -> (Vec<Roster>, Vec<u32>) {
    let services = timetable.service_days.len().checked_div(timetable.words_a_service as usize).unwrap_or(0);
    let mut known: HashMap<Vec<bool>, u32> = HashMap::new();
    let mut rosters = Vec::new();
    let days = (timetable.first_day..).take(timetable.day_count as usize);
    let of_day = days.map(|day| {
        let runs = |nth: u32| timetable.runs(ServiceIdx(nth), day);
        let run: Vec<bool> = (0..).take(services).map(runs).collect();
        *known.entry(run).or_insert_with_key(|run| {
            rosters.push(Roster::of_day(timetable, pool_of, |nth| run.get(nth) == Some(&true)));
            rosters.len() as u32 - 1
        })
    });
    let of_day = of_day.collect();
    (rosters, of_day)
}

/// How many sets of buses take turns by day: more than one if trips run on while the next day's begin.
pub(super) fn turns(rosters: &[Roster]) -> u32 {
    let all = || rosters.iter().flat_map(|roster| &roster.duties);
    let (first, last) = (all().map(|duty| duty.start_s).min(), all().map(|duty| duty.end_s).max());
    let span = last.unwrap_or(0).saturating_add(TURN_S).saturating_sub(first.unwrap_or(0));
    span.div_ceil(86_400).max(1)
}

/// How many slots each pool needs.
pub(super) fn needed(rosters: &[Roster], turns: u32) -> BTreeMap<u32, u32> {
    let mut needed: BTreeMap<u32, u32> = BTreeMap::new();
    for duty in rosters.iter().flat_map(|roster| &roster.duties) {
        let slots = needed.entry(duty.pool).or_default();
        *slots = (*slots).max((duty.rank + 1) * turns);
    }
    needed
}

/// What a fleet needs of a timetable, to keep.
pub(super) fn own(timetable: &Timetable<'_>) -> Arrays {
    Arrays {
        stops: timetable.stops.to_vec(),
        lines: timetable.lines.to_vec(),
        patterns: timetable.patterns.to_vec(),
        pattern_stops: timetable.pattern_stops.to_vec(),
        trips: timetable.trips.to_vec(),
        starts: timetable.starts.to_vec(),
        times: timetable.times.to_vec(),
        shape_points: timetable.shape_points.to_vec(),
        service_days: timetable.service_days.to_vec(),
        words_a_service: timetable.words_a_service,
        first_day: timetable.first_day,
        day_count: timetable.day_count,
        text_offsets: timetable.text_offsets.to_vec(),
        text_bytes: timetable.text_bytes.to_vec(),
        spellings: timetable.spellings.to_vec(),
        continuations: timetable.continuations.to_vec(),
        numberings: timetable.numberings.to_vec(),
        numbers: timetable.numbers.to_vec(),
        stepless: timetable.stepless.to_vec(),
        ..Arrays::default()
    }
}
