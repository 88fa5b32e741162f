//! What McRAPTOR notes at stops: who is there, as well off as whom, how they came, and what they board next.

use super::asked::{Access, Asked};
use super::boardings::Boarded;
use super::courses::Courses;
use super::days::Time;
use super::effort::Effort;
use super::labels::RideParent;
use crate::city::timetable::StopIdx;
use std::ops::Range;

/// A passenger who is somewhere at a time, or ready to board there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) at: Time,
    pub(super) effort: Effort,
    /// How they got there: see [`Step`]. Later ones have greater numbers.
    pub(super) step: u32,
}

impl Label {
    pub(super) fn is_at_least_as_good_as(&self, other: &Label) -> bool {
        self.at <= other.at && self.effort.is_no_more_than(&other.effort)
    }
}

/// What a label came from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// The walk to the first stop.
    Access(Access),
    /// A ride, which may be to a stop from where the passenger walked on.
    Ride { before: u32, parent: RideParent },
    /// A walk by way of the stop that the passenger must come by.
    ByWay { before: u32, platform: StopIdx },
}

/// Labels of which none is worse than another.
pub(super) type Bag = Vec<Label>;

/// Adds a label, unless one is at least as good, and drops those that are worse.
pub(super) fn merge(bag: &mut Bag, label: Label) -> bool {
    if bag.iter().any(|known| known.is_at_least_as_good_as(&label)) {
        return false;
    }
    put(bag, label);
    true
}

/// Adds a label that none is at least as good as, and drops those that are worse.
pub(super) fn put(bag: &mut Bag, label: Label) {
    bag.retain(|known| !label.is_at_least_as_good_as(known));
    bag.push(label);
}

/// What is kept from one question to the next.
#[derive(Debug, Default)]
pub(super) struct Bags {
    /// For whom a vehicle brought to a stop.
    pub(super) ride: Vec<Bag>,
    /// For whom is ready to board there.
    pub(super) ready: Vec<Bag>,
    /// The walk to the destination from each stop, in seconds and metres.
    pub(super) egress: Vec<Option<(u32, u32)>>,
    /// Where those by way of the stop that one must come by lie in `asked.egress`, by stop.
    pub(super) egress_by_way: Range<usize>,
    pub(super) steps: Vec<Step>,
    pub(super) courses: Courses,
    /// Who became ready in the last round.
    pub(super) newly_ready: Vec<Ready>,
    /// What they board in this one.
    pub(super) caught: Vec<Caught>,
    /// Who got off in it.
    pub(super) alighted: Vec<(StopIdx, Label)>,
    /// The rides of a known [way](super::ways) as it is gone.
    pub(super) rides: Vec<RideParent>,
}

impl Bags {
    pub(super) fn reset(&mut self, asked: &Asked<'_>) {
        let stops = asked.timetable.stops.len();
        for bags in [&mut self.ride, &mut self.ready] {
            bags.iter_mut().for_each(Vec::clear);
            bags.resize_with(stops, Vec::new);
        }
        self.egress.clear();
        self.egress.resize(stops, None);
        self.steps.clear();
        self.courses.reset(asked);
    }
}

/// A passenger who became ready to board at a stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) stop: StopIdx,
    pub(super) label: Label,
    /// When the first of those was ready there who came in earlier rounds or runs, after no more effort:
    /// what leaves then or later is theirs. `NEVER` without one.
    pub(super) others: Time,
}

/// A trip that a passenger newly catches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caught {
    /// The number of its course.
    pub(super) course: u32,
    pub(super) boarded: Boarded,
    /// Where the passenger boarded the trip: before `boarded.from` if they came by there what they had yet
    /// to pass.
    pub(super) board: u32,
    /// What the passenger came by.
    pub(super) step: u32,
    /// Before when they must be there: if this ride is the last one, and if not.
    pub(super) limits: (Time, Time),
}
