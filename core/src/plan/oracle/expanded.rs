//! The second oracle: Dijkstra over the time-expanded network, walking compared too. A node is a vehicle
//! that leaves a halt, an edge a ride to the next halt, or that with a change to another vehicle.

use super::{DAY, HOUR, Network, TODAY};
use crate::plan::raptor::MOST_RIDES;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Where and when a vehicle halts: stop, arrival, departure, boards, alights.
type Halt = (usize, i64, i64, bool, bool);

/// For whom is aboard when a vehicle leaves a halt: departure, rides, metres, vehicle, halt.
type Node = (i64, usize, u32, usize, usize);

impl Network {
    /// Each with the number of its trip.
    fn vehicles(&self) -> Vec<(usize, Vec<Halt>)> {
        let of_day = |number: usize, trip: &super::DrawnTrip, day: i32| {
            let midnight = (TODAY + i64::from(day)) * DAY - 5 * HOUR;
            let halt = |halt: &super::DrawnHalt| {
                let (arrival, departure) = (i64::from(halt.arrival_s), i64::from(halt.departure_s));
                (halt.stop, midnight + arrival, midnight + departure, halt.boards, halt.alights)
            };
            (number, trip.halts.iter().map(halt).collect())
        };
        let trips = self.trips.iter().enumerate();
        trips.flat_map(|(n, trip)| trip.days.iter().map(move |&day| of_day(n, trip, day))).collect()
    }

    /// Everyone who is somewhere at a time with so many rides and metres behind them boards what they can.
    fn board(
        &self,
        vehicles: &[(usize, Vec<Halt>)],
        came_by: Option<usize>,
        (stop, at, rides, metres): (usize, i64, usize, u32),
        heap: &mut BinaryHeap<Reverse<Node>>,
    ) {
        for (vehicle, (trip, halts)) in vehicles.iter().enumerate() {
            for (nth, &(board, _, leaves, boards, _)) in halts.iter().enumerate().take(halts.len() - 1) {
                let walk = match came_by {
                    None => self.walk(stop, board),
                    Some(before) => self.change((before, *trip), (stop, board)),
                };
                if boards && walk.is_some_and(|walk| at + walk <= leaves) {
                    let metres = metres + self.metres(stop, board);
                    heap.push(Reverse((leaves, rides + 1, metres, vehicle, nth)));
                }
            }
        }
    }

    /// (arrival, rides, metres) of every journey that sets out at a moment and is not worse than another.
    pub(super) fn expand(
        &self,
        from: usize,
        to: usize,
        departure: i64,
        latest: i64,
    ) -> Vec<(i64, usize, u32)> {
        let (vehicles, joins) = (self.vehicles(), self.joins());
        let mut heap = BinaryHeap::new();
        self.board(&vehicles, None, (from, departure, 0, 0), &mut heap);
        let mut settled: HashMap<(usize, usize), Vec<(usize, u32)>> = HashMap::new();
        let mut ends = Vec::new();
        while let Some(Reverse((_, rides, metres, vehicle, nth))) = heap.pop() {
            let known = settled.entry((vehicle, nth)).or_default();
            if rides > MOST_RIDES || known.iter().any(|known| known.0 <= rides && known.1 <= metres) {
                continue;
            }
            known.push((rides, metres));
            let (trip, halts) = &vehicles[vehicle];
            let (stop, arrival, leaves, _, alights) = halts[nth + 1];
            if alights {
                let walk = self.walk(stop, to).map(|walk| arrival + walk);
                ends.extend(walk.map(|there| (there, rides, metres + self.metres(stop, to))));
                self.board(&vehicles, Some(*trip), (stop, arrival, rides, metres), &mut heap);
            }
            if nth + 2 < halts.len() {
                heap.push(Reverse((leaves, rides, metres, vehicle, nth + 1)));
            } else {
                let seats = joins.iter().filter(|join| join.0 == vehicle).map(|join| join.1);
                heap.extend(seats.map(|next| Reverse((vehicles[next].1[0].2, rides, metres, next, 0))));
            }
        }
        ends.sort_unstable();
        ends.dedup();
        let beats =
            |a: &(i64, usize, u32), b: &(i64, usize, u32)| a != b && a.0 <= b.0 && a.1 <= b.1 && a.2 <= b.2;
        let best = ends.iter().filter(|end| end.0 <= latest && !ends.iter().any(|other| beats(other, end)));
        best.copied().collect()
    }
}
