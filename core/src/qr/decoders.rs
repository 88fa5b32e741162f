//! rxing, the reader that others wrote, behind one door.
//!
//! It indexes and unwraps its way through pictures that nobody vetted, and has panicked on valid ones; a
//! panic there means "no code here", never the end of the app. So each call into it runs under
//! `catch_unwind`. It keeps no state, so nothing half-changed is left behind.
//!
//! rqrr is not asked: it copies the picture for each pair of squares that may be finder patterns, so that a
//! picture of 128 × 128 pixels can cost it half a minute, and no budget holds. What it would add is small
//! (`jol bench frames`).

use super::grid::{Candidate, Grids};
use super::ink;
use super::patterns::{finder_patterns, has_modules_between, sets};
use super::pixels::View;
use crate::order;
use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, SampleQR};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A code that a decoder read: its text, and its corners in the view.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) text: String,
    /// Top left, top right, bottom right and bottom left of the code itself.
    pub(super) corners: [(f32, f32); 4],
}

/// What one pass of [`rxing`] saw in a view.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) read: Vec<Read>,
    /// Where the likeliest code that did not read seems to be, in the view.
    pub(super) unread: Option<(f32, f32)>,
}

/// Shorter sides hold no code: the smallest has 21 modules.
const SHORTEST_SIDE: usize = 21;

/// So many sets of finder patterns, the likeliest, are looked at however late it is: a phone that is too
/// slow for its budget still reads a clear code.
const SETS_IN_ANY_CASE: usize = 4;

/// Corner patterns that look less like those of a code, before the grid is moved to fit, are of none.
const LEAST_LIKENESS: f32 = 0.35;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effort {
    /// Every third row is searched for corner patterns, however large the view.
    pub(super) every_row: bool,
    /// At how many sets of corner patterns it is looked whether anything is between them.
    looked_at: usize,
    /// Of how many of those at a time it is told how much they are like a code's.
    ranked: usize,
    /// After how many sets that do not read, the likeliest first, none is tried any more.
    sets: usize,
    /// How many of them are made out module by module where rxing reads nothing.
    grids: usize,
}

impl Effort {
    /// A still has time.
    pub(super) const STILL: Effort =
        Effort { every_row: true, looked_at: 1_000, ranked: 300, sets: 100, grids: 8 };
    /// In the next frame's turn.
    pub(super) const AGAIN: Effort =
        Effort { every_row: true, looked_at: 300, ranked: 36, sets: 10, grids: 2 };
    /// Another frame comes soon.
    pub(super) const LIVE: Effort =
        Effort { every_row: false, looked_at: 300, ranked: 12, sets: 10, grids: 2 };
}

/// All codes that rxing finds. It is asked step by step instead of by its `QrReader`, so that a bad set of
/// finder patterns takes down no other, `out_of_time` ends the search between two sets, the place of a
/// code that was seen and not read is known, and what its own sampling cannot read is made out module by module
/// (`grid`). It reads mirrored codes by itself.
pub(super) fn rxing(view: &View<'_>, effort: Effort, out_of_time: &dyn Fn() -> bool) -> Seen {
    if view.width < SHORTEST_SIDE || view.height < SHORTEST_SIDE {
        return Seen::default();
    }
    let Some(bits) = ink::by_blocks(view) else { return Seen::default() };
    let sets = unwind(|| sets(finder_patterns(&bits, effort.every_row))).unwrap_or_default();
    let mut grids = Grids::of(view, &bits);
    let mut likely = sets.iter().take(effort.looked_at).filter(|set| has_modules_between(&bits, set));
    let likeness = |candidate: &Option<Candidate>| candidate.map_or(-1.0, |candidate| candidate.likeness);
    let mut seen = Seen::default();
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let is_free = |set: &FinderPatternSet, used: &[ConcentricPattern]| {
        ![set.bl, set.tl, set.tr].iter().any(|corner| used.contains(corner))
    };
    let (mut tried, mut failed, mut attempts) = (0, 0, effort.grids);
    // Some at a time, the likeliest of them first; where some read, there may be more.
    loop {
        let free = likely.by_ref().filter(|set| is_free(set, &used)).take(effort.ranked);
        let mut ranked: Vec<(&FinderPatternSet, Option<Candidate>)> =
            free.map(|set| (set, unwind(|| grids.candidate(set)).flatten())).collect();
        order::sort_by(&mut ranked, |(_, a), (_, b)| likeness(b).total_cmp(&likeness(a)));
        let before = seen.read.len();
        for (set, candidate) in ranked {
            if failed >= effort.sets || tried >= SETS_IN_ANY_CASE && out_of_time() {
                return seen;
            }
            tried += 1;
            if !is_free(set, &used) {
                continue;
            }
            let read = unwind(|| decode(&bits, set)).flatten().or_else(|| {
                let candidate = candidate.filter(|one| attempts > 0 && one.likeness > LEAST_LIKENESS)?;
                attempts -= 1;
                let (text, corners) = unwind(|| grids.read(&candidate)).flatten()?;
                Some(Read { text, corners })
            });
            match read {
                Some(read) => {
                    used.extend([set.bl, set.tl, set.tr]);
                    seen.read.push(read);
                }
                None => {
                    failed += 1;
                    let middle = ((set.bl.p.x + set.tr.p.x) / 2.0, (set.bl.p.y + set.tr.p.y) / 2.0);
                    seen.unread.get_or_insert(middle);
                }
            }
        }
        if seen.read.len() == before {
            break;
        }
    }
    seen
}

fn decode(bits: &BitMatrix, set: &FinderPatternSet) -> Option<Read> {
    let grid = SampleQR(bits, set).ok()?;
    let decoded = Decode(grid.getBits()).ok().filter(|decoded| decoded.isValid())?;
    // Without a charset's name (ECI) nearly all texts today are UTF-8; rxing guesses by their bytes.
    let content = decoded.content();
    let text = match std::str::from_utf8(content.bytes()) {
        Ok(text) if !content.has_eci => text.to_owned(),
        _ => decoded.text(),
    };
    let &[top_left, top_right, bottom_left, bottom_right] = grid.getPoints() else { return None };
    // rxing adds half a pixel, to round.
    let corners = [top_left, top_right, bottom_right, bottom_left].map(|p| (p.x - 0.5, p.y - 0.5));
    Some(Read { text, corners })
}

/// What `f` gives, or nothing if it panics. See the head of this file.
fn unwind<T>(f: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::{Correction, Frame, QrCode};

    const TEXT: &str = "JOL1:A TICKET OF SOME LENGTH, SO THAT IT HAS AN ALIGNMENT PATTERN";

    fn picture() -> Frame<'static> {
        QrCode::of(TEXT, Correction::L).and_then(|code| code.to_luma(4)).expect("a small code")
    }

    /// Whether these corners are those of the code in `picture`, within a module.
    fn are_the_code_s(corners: [(f32, f32); 4], side: f32) -> bool {
        let (near, far) = (16.0, side - 16.0);
        let true_corners = [(near, near), (far, near), (far, far), (near, far)];
        corners.iter().zip(true_corners).all(|(a, b)| (a.0 - b.0).abs() <= 4.0 && (a.1 - b.1).abs() <= 4.0)
    }

    #[test]
    fn it_reads_what_we_draw_and_says_where() {
        let frame = picture();
        let [read] = &rxing(&View::of(&frame), Effort::LIVE, &|| false).read[..] else { panic!("one code") };
        assert_eq!(read.text, TEXT);
        assert!(are_the_code_s(read.corners, frame.width() as f32), "{read:?}");
    }

    #[test]
    fn a_code_that_is_seen_and_not_read_says_where() {
        let frame = picture();
        let (width, mut luma) = (frame.width() as usize, frame.packed().into_owned());
        // A hand over the lower right, where only data is.
        for y in width / 2..width {
            luma[y * width + width / 3..(y + 1) * width].fill(128);
        }
        let damaged = Frame::new(luma, frame.width(), frame.height(), frame.width(), 0).expect("a frame");
        let seen = rxing(&View::of(&damaged), Effort::STILL, &|| false);
        assert!(seen.read.is_empty(), "{seen:?}");
        let (x, y) = seen.unread.expect("three finder patterns");
        let middle = width as f32 / 2.0;
        assert!((x - middle).abs() < 8.0 && (y - middle).abs() < 8.0, "{x}, {y}");
    }

    #[test]
    fn out_of_time_a_clear_code_still_reads_and_many_do_not() {
        let frame = picture();
        assert_eq!(rxing(&View::of(&frame), Effort::LIVE, &|| true).read.len(), 1);

        let (side, one) = (frame.width() as usize, frame.packed());
        let mut page = vec![255; 9 * side * side];
        for (y, row) in page.chunks_mut(3 * side).enumerate() {
            row.copy_from_slice(&one[y % side * side..][..side].repeat(3));
        }
        let side = 3 * side as u32;
        let page = Frame::new(page, side, side, side, 0).expect("a frame");
        assert_eq!(rxing(&View::of(&page), Effort::LIVE, &|| false).read.len(), 9);
        assert!(rxing(&View::of(&page), Effort::LIVE, &|| true).read.len() <= SETS_IN_ANY_CASE);
    }

    #[test]
    fn a_decoder_s_panic_is_no_code() {
        assert_eq!(unwind(|| 1), Some(1));
        assert_eq!(unwind(|| -> i32 { [1, 2][TEXT.len()] }), None);
    }
}
