//! Which pixels are ink: a threshold for each place, as light on a code is never even.
//!
//! The way of zxing's `HybridBinarizer`, with two changes that its C++ port zxing-cpp made: the threshold
//! of a block is the middle of its darkest and lightest pixel instead of their mean, and a block without
//! contrast has none of its own but takes its neighbours', where zxing took it for paper. On pale codes
//! that made ink of a code's margin or paper of its corners.

use super::pixels::View;
use rxing::common::{BitArray, BitMatrix};

/// Side of a block in pixels.
const BLOCK: usize = 8;

/// How many pixels a word of a [`BitArray`] holds.
const WORD: usize = usize::BITS as usize;

/// A block whose lightest and darkest pixel differ by less has only ink or only paper in it, and noise.
const LEAST_CONTRAST: u8 = 24;

/// The same where noise was smoothed away.
const LEAST_SMOOTH_CONTRAST: u8 = 6;

/// Dark pixels, by thresholds that follow the light. None for a view without pixels.
pub(super) fn by_blocks(view: &View<'_>) -> Option<BitMatrix> {
    let mut bits = BitMatrix::new(view.width as u32, view.height as u32).ok()?;
    let columns = view.width.div_ceil(BLOCK);
    let least = if view.is_smooth { LEAST_SMOOTH_CONTRAST } else { LEAST_CONTRAST };
    let ranges = ranges(view, columns);
    let own: Vec<u8> = ranges.iter().map(|&range| middle(range, least)).collect();
    let mut thresholds = smoothed(&own, columns);
    fill_from_contrast_between(&mut thresholds, &ranges, columns, least);
    fill_from_next(&mut thresholds);
    let mut ink = BitArray::with_size(view.width);
    for (y, row) in view.luma.chunks_exact(view.width).enumerate() {
        let thresholds = &thresholds[y / BLOCK * columns..][..columns];
        // A machine word at once: eight times as fast as bit by bit.
        for (word, (pixels, thresholds)) in row.chunks(WORD).zip(thresholds.chunks(WORD / BLOCK)).enumerate()
        {
            let blocks = pixels.chunks(BLOCK).zip(thresholds).enumerate();
            let dark = blocks.fold(0, |dark, (block, (pixels, &threshold))| {
                dark | usize::from(not_above(pixels, threshold)) << (block * BLOCK)
            });
            ink.setBulk(word * WORD, dark);
        }
        bits.setRow(y as u32, &ink);
    }
    Some(bits)
}

/// The darkest and lightest pixel of each block.
fn ranges(view: &View<'_>, columns: usize) -> Vec<(u8, u8)> {
    let mut ranges = Vec::with_capacity(columns * view.height.div_ceil(BLOCK));
    let (mut darkest, mut lightest) = (vec![0; view.width], vec![0; view.width]);
    for rows in view.luma.chunks(view.width * BLOCK) {
        darkest.copy_from_slice(&rows[..view.width]);
        lightest.copy_from_slice(&rows[..view.width]);
        // Down the columns first: a loop that a compiler makes one of many pixels at once.
        for row in rows[view.width..].chunks_exact(view.width) {
            for ((darkest, lightest), &pixel) in darkest.iter_mut().zip(&mut lightest).zip(row) {
                (*darkest, *lightest) = (pixel.min(*darkest), pixel.max(*lightest));
            }
        }
        let blocks = darkest.chunks(BLOCK).zip(lightest.chunks(BLOCK));
        ranges.extend(blocks.map(|(darkest, lightest)| {
            (darkest.iter().fold(u8::MAX, |a, &b| a.min(b)), lightest.iter().fold(u8::MIN, |a, &b| a.max(b)))
        }));
    }
    ranges
}

/// Which of at most eight pixels are not lighter than a threshold, the first in the lowest bit.
fn not_above(pixels: &[u8], threshold: u8) -> u8 {
    let Ok(pixels) = <[u8; BLOCK]>::try_from(pixels) else {
        return pixels.iter().rev().fold(0, |bits, &pixel| bits << 1 | u8::from(pixel <= threshold));
    };
    // All eight in one word: where the highest bits are equal the others decide (Hacker's Delight, 2-18 and 2-20).
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    let (pixels, thresholds) = (u64::from_le_bytes(pixels), u64::from(threshold) * (HIGHEST >> 7));
    let others = (thresholds | HIGHEST) - (pixels & !HIGHEST);
    let dark = (thresholds & !pixels | !(thresholds ^ pixels) & others) & HIGHEST;
    // The highest bit of each byte, side by side.
    ((dark >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// The middle between the darkest and the lightest pixel, or 0 where they hardly differ.
fn middle((darkest, lightest): (u8, u8), least: u8) -> u8 {
    if lightest.saturating_sub(darkest) > least { darkest.midpoint(lightest) } else { 0 }
}

/// For each block the mean of the thresholds around it, as far as there are any; its own counts three times.
fn smoothed(thresholds: &[u8], columns: usize) -> Vec<u8> {
    /// How far around, in blocks.
    const REACH: usize = 2;
    let rows = thresholds.len() / columns;
    let near = |at: usize, end: usize| at.saturating_sub(REACH)..(at + REACH + 1).min(end);
    let add = |(sum, count): (u32, u32), (other, others): (u32, u32)| (sum + other, count + others);
    let counted = |threshold: u8| (u32::from(threshold), u32::from(threshold > 0));
    // Along each row, then down the columns: ten sums for each block instead of 25.
    let mut along = Vec::with_capacity(thresholds.len());
    for row in thresholds.chunks_exact(columns) {
        along.extend((0..columns).map(|column| {
            row[near(column, columns)].iter().fold((0, 0), |sum, &threshold| add(sum, counted(threshold)))
        }));
    }
    let mut smooth = Vec::with_capacity(thresholds.len());
    for (row, own) in thresholds.chunks_exact(columns).enumerate() {
        let mut sums: Vec<(u32, u32)> = own.iter().map(|&own| add(counted(own), counted(own))).collect();
        for row in along[near(row, rows).start * columns..near(row, rows).end * columns].chunks_exact(columns)
        {
            for (sum, &other) in sums.iter_mut().zip(row) {
                *sum = add(*sum, other);
            }
        }
        smooth.extend(sums.into_iter().map(|(sum, count)| (sum / count.max(1)) as u8));
    }
    smooth
}

/// In a drawing, modules can be just as large as blocks and lie on them, so that no block has contrast in
/// itself: where there is no threshold, blocks are compared with those that they touch.
fn fill_from_contrast_between(thresholds: &mut [u8], ranges: &[(u8, u8)], columns: usize, least: u8) {
    for (block, threshold) in thresholds.iter_mut().enumerate().filter(|(_, threshold)| **threshold == 0) {
        let levels = around(ranges, columns, block, 1).map(|&(darkest, lightest)| darkest.midpoint(lightest));
        let range = levels.fold((u8::MAX, u8::MIN), |a, level| (a.0.min(level), a.1.max(level)));
        *threshold = middle(range, least);
    }
}

/// Large even areas take the threshold of the next block that has one, in reading order.
fn fill_from_next(thresholds: &mut [u8]) {
    let mut next = thresholds.iter().rev().copied().find(|&threshold| threshold > 0).unwrap_or(0);
    for threshold in thresholds.iter_mut().rev() {
        if *threshold == 0 {
            *threshold = next;
        }
        next = *threshold;
    }
}

/// What is known of a block and of those at most `reach` blocks from it.
fn around<T>(all: &[T], columns: usize, block: usize, reach: usize) -> impl Iterator<Item = &T> {
    let (row, column) = (block / columns, block % columns);
    let rows = row.saturating_sub(reach)..(row + reach + 1).min(all.len() / columns);
    let near = column.saturating_sub(reach)..(column + reach + 1).min(columns);
    rows.flat_map(move |row| &all[row * columns..][near.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::Frame;
    use proptest::prelude::*;

    /// The pixels that are ink, in a picture of this width.
    fn ink(luma: &[u8], width: u32) -> Vec<bool> {
        let height = luma.len() as u32 / width;
        let frame = Frame::new(luma, width, height, width, 0).expect("a frame");
        let bits = by_blocks(&View::of(&frame)).expect("it has pixels");
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| bits.get(x, y)).collect()
    }

    /// A picture of 96 × 96 pixels: modules of this size in turn, of the luma that is given for dark and
    /// light ones at each place.
    fn board(module: usize, luma: impl Fn(bool, usize) -> u8) -> (Vec<u8>, Vec<bool>) {
        let dark = |i: usize| (i % 96 / module + i / 96 / module).is_multiple_of(2);
        ((0..96 * 96).map(|i| luma(dark(i), i)).collect(), (0..96 * 96).map(dark).collect())
    }

    #[test]
    fn modules_that_are_just_the_blocks_are_told_apart() {
        for module in [3, 5, 8, 16] {
            let (luma, dark) = board(module, |dark, _| if dark { 100 } else { 140 });
            assert_eq!(ink(&luma, 96), dark, "modules of {module} pixels");
        }
    }

    #[test]
    fn light_may_fall_off() {
        let (luma, dark) = board(5, |dark, i| {
            let light = 250 - 2 * (i % 96);
            (if dark { light / 2 } else { light }) as u8
        });
        let wrong = ink(&luma, 96).iter().zip(&dark).filter(|(a, b)| a != b).count();
        assert!(wrong < 96, "{wrong} of 9216 pixels");
    }

    #[test]
    fn an_even_margin_takes_the_threshold_of_what_it_surrounds() {
        for (level, expected) in [(80, true), (160, false)] {
            let (mut luma, _) = board(4, |dark, _| if dark { 90 } else { 150 });
            for row in luma.chunks_mut(96).take(40) {
                row.fill(level);
            }
            // Noise that makes no contrast.
            luma.iter_mut().step_by(7).for_each(|pixel| *pixel -= 10);
            assert!(ink(&luma, 96)[..20 * 96].iter().all(|&ink| ink == expected), "luma {level}");
        }
    }

    #[test]
    fn pictures_of_any_size_have_their_ink_found() {
        for (width, height) in [(1, 1), (7, 9), (8, 8), (17, 1), (1, 40)] {
            let luma: Vec<u8> = (0..width * height).map(|i| if i % 2 == 0 { 0 } else { 255 }).collect();
            assert_eq!(ink(&luma, width).len(), luma.len());
        }
    }
    proptest! {
        #[test]
        fn eight_pixels_are_told_at_once_as_one_by_one(pixels in prop::collection::vec(any::<u8>(), 0..9), threshold: u8) {
            let bits = not_above(&pixels, threshold);
            for (nth, pixel) in pixels.iter().enumerate() {
                prop_assert_eq!(bits >> nth & 1 == 1, *pixel <= threshold);
            }
            prop_assert_eq!(u32::from(bits) >> pixels.len(), 0);
        }

        #[test]
        fn thresholds_are_means_of_those_around(
            columns in 1_usize..9, all in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 1..60),
        ) {
            let thresholds = &all[..(all.len() / columns * columns).max(columns.min(all.len()))];
            let columns = columns.min(thresholds.len());
            let smooth = smoothed(thresholds, columns);
            for (block, own) in thresholds.iter().enumerate() {
                let near: Vec<u8> =
                    around(thresholds, columns, block, 2).chain([own, own]).copied().filter(|&t| t > 0).collect();
                let sum: usize = near.iter().map(|&threshold| usize::from(threshold)).sum();
                prop_assert_eq!(usize::from(smooth[block]), sum / near.len().max(1));
            }
        }
    }
}
