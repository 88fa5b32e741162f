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
        let mut answers: Vec<Answer> = Vec::new();
        for rides in 1..=MOST_RIDES {
            let mut stayed: Vec<Option<u32>> = vec![None; vehicles];
            let mut there: Vec<Vec<(i64, u32)>> = vec![Vec::new(); stops];
            loop {
                let mut aboard = stayed.clone();
                for c in &connections {
                    let caught = ready[c.from].iter().filter(|ready| c.boards && ready.0 <= c.departure);
                    let least = caught.map(|ready| ready.1).chain(aboard[c.vehicle]).min();
                    aboard[c.vehicle] = least;
                    if let Some(metres) = least.filter(|_| c.alights) {
                        there[c.to].push((c.arrival, metres));
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
                states.retain(|a| !all.iter().any(|b| a != b && b.0 <= a.0 && b.1 <= a.1));
                states.sort_unstable();
                states.dedup();
                for &(at, metres) in states.iter() {
                    let Some(walk) = self.walk(stop, to) else { continue };
                    answers.push((at + walk, rides, metres + self.metres(stop, to)));
                }
            }
            for (stop, ready) in ready.iter_mut().enumerate() {
                for (other, states) in there.iter().enumerate() {
                    let change = i64::from(self.change_s[stop]);
                    let walk = if other == stop { Some(change) } else { self.walk(other, stop) };
                    let Some(walk) = walk else { continue };
                    ready.extend(states.iter().map(|s| (s.0 + walk, s.1 + self.metres(other, stop))));
                }
            }
        }
        let beats = |a: &Answer, b: &Answer| a != b && a.0 <= b.0 && a.1 <= b.1 && a.2 <= b.2;
        let best = answers.iter().filter(|a| a.0 <= latest && !answers.iter().any(|b| beats(b, a)));
        let mut best: Vec<Answer> = best.copied().collect();
        best.sort_unstable();
        best.dedup();
        best
    }
}
