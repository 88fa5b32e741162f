//! The colours in which a line is shown.

use crate::city::timetable::LineRecord;
use crate::colour::{WHITE, readable_on};

/// The colour that the operator gives to a line, and black or white for what is written on it; none if it
/// gives none.
pub(super) fn colours(line: &LineRecord) -> (Option<u32>, Option<u32>) {
    let colour = (line.colour <= WHITE).then_some(line.colour);
    (colour, colour.map(readable_on))
}
