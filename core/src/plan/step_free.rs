//! The walks of a passenger who takes no steps, laid over a timetable.
//!
//! A pack tells which of its walks lead over stairs, and how long they take by lift or ramp. A question
//! without steps is asked of a timetable that has those walks instead; all else is the same.

use super::raptor::Scratch;
use crate::city::timetable::{Footpath, StopIdx, Timetable};

/// A timetable's walks without steps, and what the planner keeps about them.
#[derive(Debug, Default)]
pub(super) struct StepFree {
    /// Where the pack's own walks lie and how many there are: tells packs apart.
    of: (usize, usize),
    offsets: Vec<u32>,
    footpaths: Vec<Footpath>,
    pub(super) scratch: Scratch,
}

/// Whether some walks of a timetable have steps.
pub(super) fn has_steps(timetable: &Timetable<'_>) -> bool {
    !timetable.stepless.is_empty()
}

impl StepFree {
    /// These walks, made anew unless they are of this timetable already.
    pub(super) fn of(timetable: &Timetable<'_>, known: Option<Box<StepFree>>) -> Box<StepFree> {
        let of = (timetable.footpaths.as_ptr() as usize, timetable.footpaths.len());
        if let Some(known) = known.filter(|known| known.of == of) {
            return known;
        }
        let mut new = Box::new(StepFree { of, ..StepFree::default() });
        new.offsets.push(0);
        for stop in (0..).map(StopIdx).take(timetable.stops.len()) {
            let first = timetable.footpath_offsets.get(stop.at()).copied().unwrap_or(0);
            // The walks come first in the pair: past the last one there may be no number to count to.
            for (path, nth) in timetable.footpaths_from(stop).iter().zip(first..) {
                match timetable.stepless.binary_search_by_key(&nth, |stepless| stepless.path) {
                    Err(_) => new.footpaths.push(*path),
                    Ok(at) => {
                        let without = timetable.stepless.get(at);
                        if let Some(without) = without.filter(|without| without.seconds != u32::MAX) {
                            let (seconds, metres) = (without.seconds, without.metres);
                            new.footpaths.push(Footpath { seconds, metres, ..*path });
                        }
                    }
                }
                // Stops of a hostile pack may share their walks, again and again.
                if new.footpaths.len() > timetable.footpaths.len() {
                    new.footpaths.pop();
                }
            }
            new.offsets.push(new.footpaths.len() as u32);
        }
        new
    }

    /// The timetable with these walks, and what the planner keeps about it.
    pub(super) fn laid_over<'a>(&'a mut self, timetable: &Timetable<'a>) -> (Timetable<'a>, &'a mut Scratch) {
        let StepFree { offsets, footpaths, scratch, .. } = self;
        (Timetable { footpath_offsets: offsets, footpaths, stepless: &[], ..*timetable }, scratch)
    }
}
