//! The exhaustive scan with walking compared.

use super::{Answer, Network};
use crate::plan::raptor::MOST_RIDES;

impl Network {
    /// (arrival, rides, metres) of every journey that sets out at a moment and is not worse than another.
    /// States are (time, metres), the best of each stop.
    pub(super) fn scan_walking(&self, from: usize, to: usize, departure: i64, latest: i64) -> Vec<Answer> {
        let stops = self.change_s.len();
        let ((connections, vehicles), joins) = (self.connections(), self.joins());
        let walked = |to| Some((departure + self.walk(from, to)?, self.metres(from, to)));
        let mut ready: Vec<Vec<(i64, u32)>> = (0..stops).map(|to| walked(to).into_iter().collect()).collect();
        let mut ruled: Vec<Vec<Vec<(i64, u32)>>> = vec![vec![Vec::new(); self.trips.len()]; stops];
        let mut answers: Vec<Answer> = Vec::new();
        for rides in 1..=MOST_RIDES {
            let mut stayed: Vec<Option<u32>> = vec![None; vehicles];
            let mut there: Vec<Vec<(i64, u32, usize)>> = vec![Vec::new(); stops];
            loop {
                let mut aboard = stayed.clone();
                for c in &connections {
                    let readies = ready[c.from].iter().chain(&ruled[c.from][c.trip]);
                    let caught = readies.filter(|ready| c.boards && ready.0 <= c.departure);
                    let least = caught.map(|ready| ready.1).chain(aboard[c.vehicle]).min();
                    aboard[c.vehicle] = least;
                    if let Some(metres) = least.filter(|_| c.alights) {
                        there[c.to].push((c.arrival, metres, c.trip));
                    }
                }
                let before = stayed.clone();
                for &(from, to) in &joins {
                    stayed[to] = aboard[from].into_iter().chain(stayed[to]).min();
                }
                if before == stayed {
                    break;
                }
            }
            for (stop, states) in there.iter_mut().enumerate() {
                let all = states.clone();
                states.retain(|a| !all.iter().any(|b| a != b && b.2 == a.2 && b.0 <= a.0 && b.1 <= a.1));
                states.sort_unstable();
                states.dedup();
                for &(at, metres, _) in states.iter() {
                    let Some(walk) = self.walk(stop, to) else { continue };
                    answers.push((at + walk, rides, metres + self.metres(stop, to)));
                }
            }
            for stop in 0..stops {
                for (other, states) in there.iter().enumerate() {
                    let far = self.metres(other, stop);
                    let walked = |state: &(i64, u32, usize), next: usize| {
                        let takes = self.change((state.2, next), (other, stop))?;
                        Some((state.0 + takes, state.1 + far))
                    };
                    if !self.is_ruled(other, stop) {
                        ready[stop].extend(states.iter().filter_map(|state| walked(state, 0)));
                        continue;
                    }
                    for (next, ready) in ruled[stop].iter_mut().enumerate() {
                        ready.extend(states.iter().filter_map(|state| walked(state, next)));
                    }
                }
            }
        }
        best_of(&answers, latest)
    }
}

/// Those that are there by a time and that no other is better than, each once.
pub(super) fn best_of(answers: &[Answer], latest: i64) -> Vec<Answer> {
    let beats = |a: &Answer, b: &Answer| a != b && a.0 <= b.0 && a.1 <= b.1 && a.2 <= b.2;
    let best = answers.iter().filter(|a| a.0 <= latest && !answers.iter().any(|b| beats(b, a)));
    let mut best: Vec<Answer> = best.copied().collect();
    best.sort_unstable();
    best.dedup();
    best
}
