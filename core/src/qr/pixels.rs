//! Other views of a frame, in which a code may read that does not read in the frame itself.

use super::Frame;
use std::borrow::Cow;

/// How much darker than those around it a pixel of ink is at least; even paper stays white.
const CLEARLY: u64 = 3;

/// Pixels without padding, and where in the frame they lie.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub(super) luma: Cow<'a, [u8]>,
    pub(super) width: usize,
    pub(super) height: usize,
    /// How many of the frame's pixels one pixel is wide.
    scale: f32,
    /// Where the view begins in the frame.
    left: f32,
    top: f32,
    /// Whether noise was smoothed away.
    pub(super) is_smooth: bool,
}

impl<'a> View<'a> {
    /// The frame as it is.
    pub(super) fn of(frame: &'a Frame<'_>) -> View<'a> {
        View {
            luma: frame.packed(),
            width: frame.width() as usize,
            height: frame.height() as usize,
            scale: 1.0,
            left: 0.0,
            top: 0.0,
            is_smooth: false,
        }
    }

    /// How many pixels the view has.
    pub(super) fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// Where a point of the view lies in the frame.
    pub(super) fn in_frame(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (self.left + x * self.scale, self.top + y * self.scale)
    }

    fn with(&self, luma: Vec<u8>) -> View<'static> {
        View { luma: Cow::Owned(luma), ..*self }
    }

    /// Each pixel mixed with its eight neighbours (1-2-1 both ways), against a noisy sensor; then the range
    /// between the darkest and the lightest hundredth stretched to the full one, against low contrast.
    pub(super) fn smoothed(&self) -> View<'static> {
        let mut luma = vec![0; self.pixels()];
        let mut sums = vec![0_u16; self.width];
        let mut counts = [0_u32; 256];
        for (y, out) in luma.chunks_exact_mut(self.width).enumerate() {
            let above = self.row(y.saturating_sub(1));
            let below = self.row((y + 1).min(self.height - 1));
            for (((sum, &a), &b), &c) in sums.iter_mut().zip(above).zip(self.row(y)).zip(below) {
                *sum = u16::from(a) + 2 * u16::from(b) + u16::from(c);
            }
            let (last, width) = (sums[self.width - 1], self.width);
            out[0] = ((3 * sums[0] + sums[1.min(width - 1)] + 8) / 16) as u8;
            for (pixel, three) in out[1..].iter_mut().zip(sums.windows(3)) {
                *pixel = ((three[0] + 2 * three[1] + three[2] + 8) / 16) as u8;
            }
            out[width - 1] = ((sums[width.saturating_sub(2)] + 3 * last + 8) / 16) as u8;
            for &pixel in out.iter() {
                counts[usize::from(pixel)] += 1;
            }
        }
        let (dark, light) = (hundredth(counts.iter()), 255 - hundredth(counts.iter().rev()));
        if dark < light {
            let (dark, range) = (dark as i32, (light - dark) as i32);
            let stretched: [u8; 256] =
                std::array::from_fn(|p| ((p as i32 - dark) * 255 / range).clamp(0, 255) as u8);
            for pixel in &mut luma {
                *pixel = stretched[usize::from(*pixel)];
            }
        }
        View { is_smooth: true, ..self.with(luma) }
    }

    /// Half as wide and high, four pixels averaged into one: for a code that is too near, or of bad print.
    /// None if nothing would remain.
    pub(super) fn halved(&self) -> Option<View<'static>> {
        let (width, height) = (self.width / 2, self.height / 2);
        if width == 0 || height == 0 {
            return None;
        }
        let mut luma = Vec::with_capacity(width * height);
        for y in 0..height {
            let (upper, lower) = (self.row(2 * y), self.row(2 * y + 1));
            luma.extend(upper.chunks_exact(2).zip(lower.chunks_exact(2)).map(|(a, b)| {
                ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8
            }));
        }
        Some(View { luma: Cow::Owned(luma), width, height, scale: self.scale * 2.0, ..*self })
    }

    /// Each pixel as far again from the mean of its four neighbours: against a lens that is out of focus.
    pub(super) fn sharpened(&self) -> View<'static> {
        let mut luma = Vec::with_capacity(self.pixels());
        for y in 0..self.height {
            let (above, here) = (self.row(y.saturating_sub(1)), self.row(y));
            let below = self.row((y + 1).min(self.height - 1));
            for x in 0..self.width {
                let (left, right) = (here[x.saturating_sub(1)], here[(x + 1).min(self.width - 1)]);
                let around: i32 = [above[x], below[x], left, right].map(i32::from).iter().sum();
                luma.push(((8 * i32::from(here[x]) - around) / 4).clamp(0, 255) as u8);
            }
        }
        self.with(luma)
    }

    /// Dark for light: a code on a black shirt or a window at night.
    pub(super) fn inverted(&self) -> View<'static> {
        self.with(self.luma.iter().map(|&p| 255 - p).collect())
    }

    /// A rectangle of at most this size, around a point of the view as far as there is room.
    pub(super) fn part(&self, around: (f32, f32), width: usize, height: usize) -> View<'static> {
        let (width, height) = (width.clamp(1, self.width), height.clamp(1, self.height));
        // `as` turns what is negative or not a number into zero.
        let left = ((around.0 - width as f32 / 2.0) as usize).min(self.width - width);
        let top = ((around.1 - height as f32 / 2.0) as usize).min(self.height - height);
        let mut luma = Vec::with_capacity(width * height);
        for y in top..top + height {
            luma.extend_from_slice(&self.row(y)[left..left + width]);
        }
        let (left, top) = self.in_frame((left as f32, top as f32));
        View { luma: Cow::Owned(luma), width, height, left, top, ..*self }
    }

    /// Twice as wide and high, with straight lines between the pixels: for a code that is far.
    pub(super) fn doubled(&self) -> View<'static> {
        let (width, height) = (self.width * 2, self.height * 2);
        let mut luma = Vec::with_capacity(width * height);
        let mut sums = vec![0_u16; self.width];
        for y in 0..height {
            // New pixels lie a quarter of a pixel beside the old ones: three parts of one, one of the next.
            let near = self.row(y / 2);
            let far = match y % 2 {
                0 => self.row((y / 2).saturating_sub(1)),
                _ => self.row((y / 2 + 1).min(self.height - 1)),
            };
            for ((sum, &a), &b) in sums.iter_mut().zip(near).zip(far) {
                *sum = 3 * u16::from(a) + u16::from(b);
            }
            for x in 0..self.width {
                let (before, here) = (sums[x.saturating_sub(1)], sums[x]);
                let after = sums[(x + 1).min(self.width - 1)];
                luma.push(((3 * here + before + 8) / 16) as u8);
                luma.push(((3 * here + after + 8) / 16) as u8);
            }
        }
        View { luma: Cow::Owned(luma), width, height, scale: self.scale / 2.0, ..*self }
    }

    /// Black where a pixel is clearly darker than the square of this radius around it, else white: for
    /// uneven light. Sums over squares come from a summed-area table (Crow 1984; Bradley and Roth 2007).
    pub(super) fn split(&self, radius: usize) -> View<'static> {
        let columns = self.width + 1;
        // The sum of all pixels above and left of each corner; 16 million of 255 stay under 2³².
        let mut sums = vec![0_u32; columns * (self.height + 1)];
        for y in 0..self.height {
            let (above, below) = sums[y * columns..(y + 2) * columns].split_at_mut(columns);
            let mut sum = 0;
            for ((below, &above), &pixel) in below[1..].iter_mut().zip(&above[1..]).zip(self.row(y)) {
                sum += u32::from(pixel);
                *below = above + sum;
            }
        }
        let mut luma = Vec::with_capacity(self.pixels());
        for y in 0..self.height {
            let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
            let above = &sums[top * columns..(top + 1) * columns];
            let below = &sums[bottom * columns..(bottom + 1) * columns];
            luma.extend(self.row(y).iter().enumerate().map(|(x, &pixel)| {
                let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
                let sum = (below[right] - above[right]) - (below[left] - above[left]);
                let area = ((right - left) * (bottom - top)) as u64;
                if (u64::from(pixel) + CLEARLY) * area <= u64::from(sum) { 0 } else { 255 }
            }));
        }
        self.with(luma)
    }

    fn row(&self, y: usize) -> &[u8] {
        &self.luma[y * self.width..(y + 1) * self.width]
    }
}

/// At which step a hundredth of all is counted.
fn hundredth<'c>(counts: impl Iterator<Item = &'c u32> + Clone) -> usize {
    let enough = counts.clone().sum::<u32>() / 100;
    let mut sum = 0;
    counts
        .take_while(|&&count| {
            sum += count;
            sum <= enough
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(luma: Vec<u8>, width: u32) -> View<'static> {
        let height = luma.len() as u32 / width;
        let frame = Frame::new(luma, width, height, width, 0).expect("a frame");
        let View { luma, .. } = View::of(&frame);
        let luma = Cow::Owned(luma.into_owned());
        View {
            luma,
            width: width as usize,
            height: height as usize,
            scale: 1.0,
            left: 0.0,
            top: 0.0,
            is_smooth: false,
        }
    }

    #[test]
    fn a_frame_is_looked_at_where_it_lies_and_one_with_padding_is_copied_once() {
        let luma: Vec<u8> = (0..12).collect();
        let frame = Frame::new(&luma[..], 4, 3, 4, 0).expect("a frame");
        let view = View::of(&frame);
        assert!(matches!(view.luma, Cow::Borrowed(_)));
        assert_eq!((view.luma.as_ptr(), view.luma.len()), (luma.as_ptr(), 12));
        let padded = Frame::new(&luma[..], 3, 3, 4, 0).expect("a frame");
        let view = View::of(&padded);
        assert!(matches!(view.luma, Cow::Owned(_)));
        assert_eq!(*view.luma, [0, 1, 2, 4, 5, 6, 8, 9, 10]);
    }

    #[test]
    fn a_lone_speck_is_spread_over_nine_pixels_and_the_range_stretched() {
        let mut luma = vec![100; 49];
        luma[24] = 116;
        let smooth = view(luma, 7).smoothed();
        let around: Vec<u8> = [16, 17, 18, 24, 31].map(|at| smooth.luma[at]).to_vec();
        // 1, 2, 1, 4 and 2 sixteenths of 16, stretched so that 4 become 255.
        assert_eq!(around, [63, 127, 63, 255, 127]);
        assert_eq!(smooth.luma[0], 0);
    }

    #[test]
    fn smoothing_keeps_an_even_picture_and_any_size() {
        for (width, height) in [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (5, 4)] {
            let smooth = view(vec![77; (width * height) as usize], width).smoothed();
            assert!(smooth.luma.iter().all(|&p| p == 77), "{width}×{height}: {:?}", smooth.luma);
        }
    }

    #[test]
    fn halving_averages_and_drops_the_odd_edge() {
        let half = view(vec![0, 4, 9, 8, 8, 9, 9, 9, 9], 3).halved().expect("one pixel");
        assert_eq!((&*half.luma, half.width, half.height), (&[5][..], 1, 1));
        assert!(view(vec![0, 0, 0], 3).halved().is_none());
        assert_eq!(half.in_frame((0.5, 0.5)), (1.0, 1.0));
    }

    #[test]
    fn doubling_draws_straight_lines_between_pixels() {
        let double = view(vec![0, 160], 2).doubled();
        assert_eq!((double.width, double.height), (4, 2));
        assert_eq!(&*double.luma, &[0, 40, 120, 160, 0, 40, 120, 160]);
        assert_eq!(double.in_frame((4.0, 2.0)), (2.0, 1.0));
    }

    #[test]
    fn a_part_stays_inside_and_knows_where_it_lies() {
        let whole = view((0..100).collect(), 10);
        let part = whole.part((5.0, 5.0), 2, 4);
        assert_eq!(&*part.luma, &[34, 35, 44, 45, 54, 55, 64, 65]);
        assert_eq!(part.in_frame((0.0, 0.0)), (4.0, 3.0));
        assert_eq!(part.doubled().in_frame((4.0, 2.0)), (6.0, 4.0));
        for around in [(-9.0, 99.0), (f32::NAN, f32::INFINITY), (9.9, 0.0)] {
            let part = whole.part(around, 200, 3);
            assert_eq!((part.width, part.height, part.luma.len()), (10, 3, 30));
        }
    }

    #[test]
    fn splitting_follows_the_light() {
        // Light that grows from left to right; the third of each five is darker than those around it.
        let row = (0..40).map(|x| 40 + 4 * x - if x % 5 == 2 { 20 } else { 0 });
        let uneven = view(row.cycle().take(40 * 9).collect(), 40);
        let dark: Vec<usize> = (5..35).filter(|x| uneven.split(3).luma[4 * 40 + x] == 0).collect();
        assert_eq!(dark, [7, 12, 17, 22, 27, 32]);
        assert_eq!(
            &*view(vec![9, 9], 1).split(4).luma,
            &[255, 255],
            "even paper, and a square that is larger"
        );
    }

    #[test]
    fn inverting_twice_is_the_picture() {
        let picture = view((0..=255).collect(), 16);
        assert_eq!(picture.inverted().luma[0], 255);
        assert_eq!(picture.inverted().inverted().luma, picture.luma);
    }
}
