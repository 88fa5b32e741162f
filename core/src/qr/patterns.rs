//! The three squares in a code's corners (finder patterns, ISO/IEC 18004, 6.3.3): where some are in a picture of
//! ink, and which three of them may belong together.
//!
//! What looks like one along a row is found here, run by run; whether it is one all around is asked of rxing.

use crate::order;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, LocateConcentricPattern};
use rxing::point;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets};

/// Every so many rows are searched, and at least one through the middle of any pattern of a pixel a module.
const ROWS: u32 = 3;

/// A large picture, in a hurry, is searched in fewer: codes of up to so many modules a side that fill half of it
/// have a row through each middle.
const LARGEST_IN_HASTE: u32 = 97;

/// Dark, light, dark, light and dark along a line through a pattern's middle, in modules.
const WIDTHS: [u16; 5] = [1, 1, 3, 1, 1];

/// Of so many finder patterns at most all triples are looked at.
const FEW: usize = 16;

/// More finder patterns than this are noise or a page of codes; the largest are kept.
const MOST: usize = 150;

/// All squares like a code's corners in these dark pixels, `every_row` however large the picture.
pub(super) fn finder_patterns(bits: &BitMatrix, every_row: bool) -> Vec<ConcentricPattern> {
    let height = bits.height();
    let step = if every_row { ROWS } else { ROWS.max(3 * height / (4 * LARGEST_IN_HASTE)) };
    let mut found: Vec<ConcentricPattern> = Vec::new();
    let mut edges = Vec::new();
    for y in (step - 1..height).step_by(step as usize) {
        edges_of_row(bits, y, &mut edges);
        // From the beginning of one dark run to that of the next.
        let mut at = 0;
        while let Some(&[a, b, c, d, e, f]) = edges.get(at..at + 6).and_then(|six| six.first_chunk()) {
            let before = at.checked_sub(1).map(|before| a - edges[before]);
            if !is_like_one([b - a, c - b, d - c, e - d, f - e], before) {
                at += 2;
                continue;
            }
            let middle = point((c + d) as f32 / 2.0, y as f32 + 0.5);
            let is_new = found
                .iter()
                .all(|known| (middle.x - known.p.x).hypot(middle.y - known.p.y) >= known.size as f32 / 2.0);
            if is_new {
                // Three times as wide: it may be skewed.
                let reach = 3 * (f - a) as i32;
                found.extend(LocateConcentricPattern::<true, 5, 7>(bits, &WIDTHS, middle, reach));
            }
            at += 4;
        }
    }
    found
}

/// Where in a row dark begins and ends, by turns.
fn edges_of_row(bits: &BitMatrix, y: u32, edges: &mut Vec<usize>) {
    let row = bits.getRow(y);
    edges.clear();
    let mut at = 0;
    loop {
        let dark = row.getNextSet(at);
        if dark >= row.get_size() {
            return;
        }
        at = row.getNextUnset(dark);
        edges.extend([dark, at]);
    }
}

/// Whether five runs of dark and light, after so much light, are a finder pattern's. Ink that runs makes all dark
/// ones wider and all light ones narrower: each kind is measured by its own.
fn is_like_one(runs: [usize; 5], before: Option<usize>) -> bool {
    let [first, _, middle, _, last] = runs;
    if middle < 3 || middle < 2 * first.max(last) || middle < runs[1].max(runs[3]) {
        return false;
    }
    // As exact as rxing's: at a threshold a single-precision number falls to the other side.
    let (dark, light) = ((first + middle + last) as f64 / 5.0, (runs[1] + runs[3]) as f64 / 2.0);
    let is_even = dark.max(light) <= 4.0 * dark.min(light);
    let has_margin = before.is_none_or(|before| before as f32 >= 0.1 * light as f32);
    let is_right = |nth: usize| {
        let (module, slack) = if nth.is_multiple_of(2) { (dark, dark * 0.75) } else { (light, light / 3.0) };
        (runs[nth] as f64 - f64::from(WIDTHS[nth]) * module).abs() <= slack + 0.5
    };
    is_even && has_margin && (0..5).all(is_right)
}

/// Which three patterns may be corners of one code, the likeliest first.
pub(super) fn sets(mut patterns: Vec<ConcentricPattern>) -> Vec<FinderPatternSet> {
    order::sort_by_key(&mut patterns, |pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(MOST);
    let mut sets =
        if patterns.len() <= FEW { all_sets(&patterns) } else { GenerateFinderPatternSets(&mut patterns) };
    order::sort_by(&mut sets, |a, b| unevenness(a).total_cmp(&unevenness(b)));
    sets
}

/// All triples of patterns that may be three corners of a square, however it is tilted. rxing leaves out those
/// that look narrower than 60° or wider than 120°: a ticket that leans away by 45° may.
fn all_sets(patterns: &[ConcentricPattern]) -> Vec<FinderPatternSet> {
    let mut sets = Vec::new();
    for (nth, tl) in patterns.iter().enumerate() {
        let others = || patterns.iter().enumerate().filter(move |(other, _)| *other != nth);
        for (one, tr) in others() {
            for (_, bl) in others().filter(|(other, _)| *other != one) {
                let (across, down) = (tr.p - tl.p, bl.p - tl.p);
                let (width, height) = (across.x.hypot(across.y), down.x.hypot(down.y));
                let area = across.x * down.y - across.y * down.x;
                let sizes = [tl, tr, bl].map(|pattern| pattern.size);
                let is_one_size = sizes.iter().max() <= sizes.iter().map(|size| size * 5 / 2).min().as_ref();
                let is_square = width < 3.0 * height && height < 3.0 * width && area > 0.6 * width * height;
                if is_one_size && is_square {
                    sets.push(FinderPatternSet { bl: *bl, tl: *tl, tr: *tr });
                }
            }
        }
    }
    sets
}

/// Whether dark and light change between the corner patterns as they do in a code, not as on paper with three
/// squares on it: at one module of six, where in a sharp picture they do at every second. The smallest codes may
/// have nothing dark just there.
pub(super) fn has_modules_between(bits: &BitMatrix, set: &FinderPatternSet) -> bool {
    /// More places of a line are not looked at.
    const MOST_STEPS: f32 = 160.0;
    let (mut changes, mut least) = (0, 0.0);
    for to in [set.tr, set.bl] {
        let way = to.p - set.tl.p;
        let length = way.x.hypot(way.y);
        let steps = length.ceil().clamp(1.0, MOST_STEPS);
        // Each corner pattern has three changes from its middle to what is beyond.
        let modules = 14.0 * length / (set.tl.size + to.size) as f32 - 7.0;
        least += 6.0 + ((modules - 15.0) / 6.0).max(0.0);
        let mut before = true;
        for step in 1..=steps as u32 {
            let part = step as f32 / steps;
            let dark = bits.get((set.tl.p.x + part * way.x) as u32, (set.tl.p.y + part * way.y) as u32);
            changes += usize::from(dark != before);
            before = dark;
        }
    }
    changes as f32 >= least
}

/// How far three corner patterns are from three corners of a square, of one size: 0 if they are just that.
fn unevenness(set: &FinderPatternSet) -> f32 {
    let (across, down) = (set.tr.p - set.tl.p, set.bl.p - set.tl.p);
    let (width, height) = (across.x.hypot(across.y), down.x.hypot(down.y));
    let slant = (across.x * down.x + across.y * down.y) / (width * height);
    let sizes = [set.tl.size, set.tr.size, set.bl.size].map(|size| size as f32);
    let (least, most) = (sizes.into_iter().fold(f32::MAX, f32::min), sizes.into_iter().fold(1.0, f32::max));
    (width - height).abs() / (width + height) + slant.abs() + (most - least) / most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Entropy, SeededEntropy};
    use crate::qr::pixels::View;
    use crate::qr::{Correction, Frame, QrCode, ink};
    use proptest::prelude::*;
    use rxing::qrcode::cpp_port::detector::FindFinderPatterns;

    fn pattern(x: f32, y: f32, size: i32) -> ConcentricPattern {
        ConcentricPattern { p: point(x, y), size }
    }

    fn bits(luma: &[u8], width: usize) -> BitMatrix {
        let (width, height) = (width as u32, (luma.len() / width) as u32);
        let frame = Frame::new(luma, width, height, width, 0).expect("a frame");
        ink::by_blocks(&View::of(&frame)).expect("pixels")
    }

    const TEXT: &str = "JOL1:FINDER PATTERNS";

    fn code(text: &str, pixels_per_module: u32) -> (Vec<u8>, usize) {
        let drawn = QrCode::of(text, Correction::L).expect("a code");
        let frame = drawn.to_luma(pixels_per_module).expect("a picture");
        (frame.packed().into_owned(), frame.width() as usize)
    }

    #[test]
    fn runs_are_judged_by_their_proportions() {
        for (runs, before, is_one) in [
            ([2, 2, 6, 2, 2], Some(2), true),
            ([1, 1, 3, 1, 1], None, true),
            // Ink that has run, and ink that has not.
            ([4, 1, 9, 1, 4], Some(1), true),
            ([2, 4, 8, 4, 2], Some(4), true),
            // Just at the threshold.
            ([2, 4, 14, 4, 2], Some(4), true),
            ([2, 2, 6, 2, 2], Some(0), false),
            ([2, 2, 2, 2, 2], Some(2), false),
            ([4, 4, 6, 4, 4], Some(4), false),
            ([2, 2, 6, 6, 2], Some(2), false),
            ([9, 1, 40, 1, 9], Some(9), false),
        ] {
            assert_eq!(is_like_one(runs, before), is_one, "{runs:?} after {before:?}");
        }
    }

    #[test]
    fn a_row_s_edges_are_where_ink_begins_and_ends() {
        let mut bits = BitMatrix::new(130, 1).expect("a row");
        for x in (0..3).chain(60..70).chain([127, 129]) {
            bits.set(x, 0);
        }
        let mut edges = vec![1];
        edges_of_row(&bits, 0, &mut edges);
        assert_eq!(edges, [0, 3, 60, 70, 127, 128, 129, 130]);
    }

    #[test]
    fn a_set_is_three_corners_in_their_order_however_it_leans() {
        // A square that leans away to one side by 45° and more, with an angle that looks like 56°.
        let leaning = [pattern(0.0, 0.0, 20), pattern(100.0, 20.0, 22), pattern(40.0, 90.0, 18)];
        let corners = |set: &FinderPatternSet| [set.tl, set.tr, set.bl].map(|pattern| pattern.p);
        let found: Vec<_> = all_sets(&leaning).iter().map(corners).collect();
        let [tl, tr, bl] = leaning.map(|pattern| pattern.p);
        assert!(found.contains(&[tl, tr, bl]), "{found:?}");
        assert!(!found.contains(&[tl, bl, tr]), "that one is mirrored: {found:?}");
        for none in [
            // On a line; of sizes that are no code's; far longer than wide.
            [pattern(0.0, 0.0, 20), pattern(100.0, 0.0, 20), pattern(200.0, 5.0, 20)],
            [pattern(0.0, 0.0, 20), pattern(100.0, 0.0, 60), pattern(0.0, 100.0, 20)],
            [pattern(0.0, 0.0, 20), pattern(100.0, 0.0, 20), pattern(0.0, 400.0, 20)],
        ] {
            assert_eq!(all_sets(&none).len(), 0, "{none:?}");
        }
    }

    #[test]
    fn the_straightest_set_comes_first() {
        let page = [(0.0, 0.0), (60.0, 0.0), (0.0, 60.0), (150.0, 20.0), (20.0, 170.0)];
        let found = sets(page.map(|(x, y)| pattern(x, y, 20)).to_vec());
        assert!(found.len() > 1);
        assert_eq!(
            [found[0].tl.p, found[0].tr.p, found[0].bl.p],
            [page[0], page[1], page[2]].map(|(x, y)| point(x, y))
        );
    }

    #[test]
    fn three_squares_on_paper_have_no_modules_between_them() {
        let (luma, width) = code(&TEXT.repeat(8), 3);
        let of = |luma: &[u8]| {
            let bits = bits(luma, width);
            let sets = sets(finder_patterns(&bits, true));
            has_modules_between(&bits, &sets[0])
        };
        assert!(of(&luma));
        let is_square = |at: usize| {
            let (column, row) = (at % width / 3, at / width / 3);
            let (far, end) = (width / 3 - 12, width / 3);
            (column < 12 || (far..end).contains(&column)) && row < 12 || column < 12 && row >= far
        };
        let squares: Vec<u8> =
            luma.iter().enumerate().map(|(at, &luma)| if is_square(at) { luma } else { 255 }).collect();
        assert!(!of(&squares));
    }

    proptest! {
        /// rxing's own search, bit by bit, is the oracle: codes of any size amid noise in blocks of any size.
        #[test]
        fn what_rxing_finds_is_found(
            seed: u64, block in 1_usize..6, pixels_per_module in 1_u32..5, share in 0_u8..60, every_row: bool,
        ) {
            let (mut luma, width) = code(TEXT, pixels_per_module);
            let mut specks = vec![0; luma.len()];
            SeededEntropy::new(seed).fill(&mut specks);
            for (at, luma) in luma.iter_mut().enumerate() {
                let speck = specks[at / width / block * width + at % width / block];
                if speck < share {
                    *luma = !*luma;
                }
            }
            let bits = bits(&luma, width);
            let ours = finder_patterns(&bits, every_row);
            let theirs = FindFinderPatterns(&bits, every_row, 0);
            let places = |all: &[ConcentricPattern]| {
                all.iter().map(|one| (one.p.x, one.p.y, one.size)).collect::<Vec<_>>()
            };
            prop_assert_eq!(places(&ours), places(&theirs));
        }
    }
}
