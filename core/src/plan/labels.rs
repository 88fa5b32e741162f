//! RAPTOR's labels: when a passenger can be at which stop with how many rides, and how they got there.
//!
//! Two labels a stop and round keep footpaths single: `ride`, when a vehicle brings the passenger there,
//! from where they may walk on, and `ready`, when they can board there, after the least time to change or
//! a footpath. A label holds for more rides as well. The memory is kept from one question to the next.

use super::days::{NEVER, Time};
use super::raptor::MOST_RIDES;
use crate::city::timetable::{PatternIdx, StopIdx};

/// How a `ride` label came about: position of boarding and alighting on which trip of a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct RideParent {
    pub(super) pattern: PatternIdx,
    pub(super) nth: u32,
    /// Or the [seat](super::seats) in which the passenger stayed.
    pub(super) board: u32,
    pub(super) alight: u32,
    pub(super) day: u8,
}

const NO_PARENT: RideParent =
    RideParent { pattern: PatternIdx::NONE, nth: 0, board: u32::MAX, alight: u32::MAX, day: 0 };

/// See the module. Every array has an entry for each stop.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// When a vehicle brings the passenger there with at most `k + 1` rides.
    pub(super) ride: Vec<[Time; MOST_RIDES]>,
    pub(super) ride_parent: Vec<[RideParent; MOST_RIDES]>,
    /// When the passenger can board there after at most `k` rides.
    pub(super) ready: Vec<[Time; MOST_RIDES]>,
    /// From where they walked there; none if they got off there.
    pub(super) walked_from: Vec<[StopIdx; MOST_RIDES]>,
    /// Seconds from there to the destination; `u32::MAX` if it is too far.
    pub(super) egress_s: Vec<u32>,
    /// Stops whose `ready` got better in the last round.
    pub(super) marked: Marks,
    /// Stops whose `ride` got better in this round.
    pub(super) alighted: Marks,
    /// The first and last position from which to walk each pattern; the last is 0 if it is not queued.
    pub(super) queued: Vec<(u32, u32)>,
    pub(super) queue: Vec<PatternIdx>,
}

/// What stands in [`Labels::queued`] for a pattern that is not queued.
pub(super) const NOT_QUEUED: (u32, u32) = (u32::MAX, 0);

impl Labels {
    /// Forgets everything. What a label came from is only read where there is a label.
    pub(super) fn reset(&mut self, stops: usize, patterns: usize) {
        refill(&mut self.ride, stops, [NEVER; MOST_RIDES]);
        refill(&mut self.ready, stops, [NEVER; MOST_RIDES]);
        refill(&mut self.egress_s, stops, u32::MAX);
        refill(&mut self.queued, patterns, NOT_QUEUED);
        self.ride_parent.resize(stops, [NO_PARENT; MOST_RIDES]);
        self.walked_from.resize(stops, [StopIdx::NONE; MOST_RIDES]);
        self.marked.reset(stops);
        self.alighted.reset(stops);
        self.queue.clear();
    }

    /// The fewest rides for which a `ride` label is what it is at this round: there it has its parent.
    pub(super) fn ride_round(&self, stop: StopIdx, round: usize) -> Option<usize> {
        first_equal(self.ride.get(stop.at())?, round)
    }

    /// The same of a `ready` label.
    pub(super) fn ready_round(&self, stop: StopIdx, round: usize) -> Option<usize> {
        first_equal(self.ready.get(stop.at())?, round)
    }
}

/// Makes every entry the same.
pub(super) fn refill<T: Copy>(labels: &mut Vec<T>, count: usize, with: T) {
    labels.clear();
    labels.resize(count, with);
}

fn first_equal(labels: &[Time; MOST_RIDES], round: usize) -> Option<usize> {
    let label = labels.get(round).filter(|&&label| label != NEVER)?;
    labels.iter().position(|earlier| earlier == label)
}

/// Lowers a label from a round on.
pub(super) fn lower(labels: &mut [Time; MOST_RIDES], round: usize, to: Time) {
    for label in &mut labels[round..] {
        *label = to.min(*label);
    }
}

/// A set of stops that is quick to walk and to clear.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) list: Vec<StopIdx>,
    is_marked: Vec<bool>,
}

impl Marks {
    pub(super) fn reset(&mut self, stops: usize) {
        self.list.clear();
        refill(&mut self.is_marked, stops, false);
    }

    pub(super) fn mark(&mut self, stop: StopIdx) {
        if !std::mem::replace(&mut self.is_marked[stop.at()], true) {
            self.list.push(stop);
        }
    }

    pub(super) fn holds(&self, stop: StopIdx) -> bool {
        self.is_marked[stop.at()]
    }

    pub(super) fn clear(&mut self) {
        for stop in self.list.drain(..) {
            self.is_marked[stop.at()] = false;
        }
    }
}
