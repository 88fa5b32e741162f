//! Reading codes: a cascade over the frames of a camera.
//!
//! Each frame gets a base pass. If that reads nothing, one other way to look at the same frame is tried,
//! the next frame's in the next way, so that no frame costs more than its budget and a code that is
//! hard in one way reads within a few frames.

use super::Frame;
use super::decoders::{self, Effort, Read};
use super::pixels::View;
use crate::clock::Clock;

/// A code that was read. Its text is untrusted: [`super::Meaning`] sorts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What the code says.
    pub text: String,
    /// Its corners in pixels of the upright frame, for a shell to draw around: the code's own top left,
    /// top right, bottom right and bottom left (a code can hang upside down, or be mirrored).
    pub corners: [(f32, f32); 4],
}

/// A way to look again at a frame that did not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Neighbouring pixels mixed and the range stretched: for noise and pale codes.
    Smoothed,
    /// A part twice as large, edges raised before: for a code that is far, or out of focus.
    Sharpened,
    /// The same part, smoothed before: for one that is far and noisy.
    Magnified,
    /// The same part, dark told from light by the mean around each place: for uneven light.
    Split,
    /// Half and a quarter of the size: for a code that is near, or drawn in dots.
    Halved,
    /// Dark for light: for a light code on a dark ground.
    Inverted,
}

impl Look {
    /// In the order in which they are tried: the likeliest first.
    pub const ALL: [Look; 6] =
        [Look::Sharpened, Look::Smoothed, Look::Magnified, Look::Split, Look::Halved, Look::Inverted];
}

/// A larger frame is halved before a live base pass, until it fits: a little over 1920 × 1080.
const MOST_LIVE_PIXELS: usize = 2_100_000;

/// How much of a view is doubled at most: about as many pixels as a frame of 1280 × 720 then has.
const MAGNIFIED: (usize, usize) = (640, 480);

/// What part of the shorter side the brightness is averaged over, both ways, to tell dark from light.
const SPLIT_PART: usize = 8;

/// Reads codes in a camera's frames, one after the other.
#[derive(Clone, Debug)]
pub struct Reader {
    budget_ms: i64,
    looks: Vec<Look>,
    /// Which of them is next.
    turn: usize,
    /// How long each of them took when it ran last.
    cost_ms: Vec<i64>,
}

impl Reader {
    /// How long a phone looks at one frame, in ms.
    pub const BUDGET_MS: u32 = 40;

    /// In so many frames of the same picture each way to look at it has had its turn.
    pub const TURNS: usize = Look::ALL.len();

    /// A reader that stops looking for more in a frame after so many milliseconds. The base pass always
    /// looks at what is likeliest to be a code; a retry begins only if, by its last run, it will end in time.
    /// What a decoder has begun cannot be broken off, so a frame can take longer by one step.
    pub fn new(budget_ms: u32) -> Reader {
        Reader::with(budget_ms, &Look::ALL)
    }

    /// The same, of a camera that looks again in these ways only.
    pub fn with(budget_ms: u32, looks: &[Look]) -> Reader {
        let (looks, cost_ms) = (looks.to_vec(), vec![0; looks.len()]);
        Reader { budget_ms: i64::from(budget_ms), looks, turn: 0, cost_ms }
    }

    /// The codes in this frame that were read, or none. Takes some milliseconds: call it off the thread
    /// that draws.
    pub fn read(&mut self, frame: &Frame<'_>, clock: &dyn Clock) -> Vec<Found> {
        let begun_ms = clock.boot_ms();
        let spent_ms = || clock.boot_ms() - begun_ms;
        let out_of_time = || spent_ms() >= self.budget_ms;

        let mut view = View::of(frame);
        while view.pixels() > MOST_LIVE_PIXELS {
            let Some(half) = view.halved() else { break };
            view = half;
        }
        let base = decoders::rxing(&view, Effort::LIVE, &out_of_time);
        if !base.read.is_empty() {
            return found(frame, &view, base.read);
        }

        let before_ms = spent_ms();
        let left_ms = self.budget_ms - before_ms;
        let ways = self.looks.len();
        for at in (self.turn..self.turn + ways).map(|at| at % ways) {
            if left_ms <= 0 || self.cost_ms[at] > left_ms {
                // Not barred for ever by one slow run: a phone has other things to do too.
                self.cost_ms[at] /= 2;
                continue;
            }
            let found = again(self.looks[at], frame, &view, &base, Effort::AGAIN, &out_of_time);
            self.cost_ms[at] = spent_ms() - before_ms;
            // What has read a code reads the next frame's, too.
            self.turn = if found.is_empty() { (at + 1) % ways } else { at };
            return found;
        }
        Vec::new()
    }
}

/// The codes in one picture, with every way to look tried until one reads. For stills and for tests:
/// a picture without a code takes as long as all of them.
pub fn read_image(frame: &Frame<'_>) -> Vec<Found> {
    let view = View::of(frame);
    let base = decoders::rxing(&view, Effort::STILL, &|| false);
    if !base.read.is_empty() {
        return found(frame, &view, base.read);
    }
    let retries =
        Look::ALL.into_iter().map(|retry| again(retry, frame, &view, &base, Effort::STILL, &|| false));
    retries.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// What [`read_image`] looks at after the picture itself, in its order, for a bench that shows another reader
/// the same. `unread` is where that one saw a code that it could not read, if it knows; else ours is asked.
#[cfg(any(test, feature = "simulated"))]
pub fn other_looks<'a>(
    frame: &'a Frame<'_>,
    unread: Option<(f32, f32)>,
) -> impl Iterator<Item = Frame<'static>> + 'a {
    let view = View::of(frame);
    let unread = unread.or_else(|| decoders::rxing(&view, Effort::STILL, &|| false).unread);
    let looks = Look::ALL.iter().filter_map(move |&retry| {
        let other = other(retry, &view, unread)?;
        let quarter = quarter(retry, &other);
        let smooth = quarter.as_ref().map(View::smoothed);
        Some([Some(other), quarter, smooth].into_iter().flatten())
    });
    looks.flatten().filter_map(|look| {
        let (width, height) = (look.width as u32, look.height as u32);
        Frame::new(look.luma.into_owned(), width, height, width, 0).ok()
    })
}

/// Looks at a frame in one more way.
fn again(
    retry: Look,
    frame: &Frame<'_>,
    view: &View<'_>,
    base: &decoders::Seen,
    effort: Effort,
    out_of_time: &dyn Fn() -> bool,
) -> Vec<Found> {
    let Some(other) = other(retry, view, base.unread) else { return Vec::new() };
    let rxing = |view| decoders::rxing(view, effort, out_of_time).read;
    let read = rxing(&other);
    if read.is_empty()
        && let Some(quarter) = quarter(retry, &other)
    {
        let read = rxing(&quarter);
        if !read.is_empty() {
            return found(frame, &quarter, read);
        }
        // Where modules are drawn as dots, there is light between dark ones; smoothed, it is gone.
        let smooth = quarter.smoothed();
        return found(frame, &smooth, rxing(&smooth));
    }
    found(frame, &other, read)
}

/// What a retry looks at, where nothing read in the view; around the place of a code that was seen in it and
/// not read, else around its middle. None if nothing is left.
fn other(retry: Look, view: &View<'_>, unread: Option<(f32, f32)>) -> Option<View<'static>> {
    let around = unread.unwrap_or((view.width as f32 / 2.0, view.height as f32 / 2.0));
    let magnified = || view.part(around, MAGNIFIED.0, MAGNIFIED.1).smoothed().doubled();
    Some(match retry {
        Look::Smoothed => view.smoothed(),
        Look::Sharpened => view.part(around, MAGNIFIED.0, MAGNIFIED.1).sharpened().doubled(),
        Look::Magnified => magnified(),
        Look::Split => {
            let large = magnified();
            large.split(large.width.min(large.height) / SPLIT_PART)
        }
        Look::Halved => view.halved()?,
        Look::Inverted => view.inverted(),
    })
}

/// A quarter is so little more work than half a frame that it needs no turn of its own.
fn quarter(retry: Look, half: &View<'_>) -> Option<View<'static>> {
    if retry == Look::Halved { half.halved() } else { None }
}

fn found(frame: &Frame<'_>, view: &View<'_>, read: Vec<Read>) -> Vec<Found> {
    let upright = |point| frame.upright(view.in_frame(point));
    read.into_iter().map(|Read { text, corners }| Found { text, corners: corners.map(upright) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;
    use crate::entropy::{Entropy, SeededEntropy};
    use crate::qr::{Correction, QrCode};
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    const TEXT: &str = "JOL1:A TICKET OF SOME LENGTH, SO THAT IT HAS AN ALIGNMENT PATTERN";

    /// A picture that can be painted on.
    struct Canvas {
        luma: Vec<u8>,
        width: usize,
    }

    impl Canvas {
        fn of(text: &str, pixels_per_module: u32) -> Canvas {
            let code = QrCode::of(text, Correction::L).and_then(|code| code.to_luma(pixels_per_module));
            let code = code.expect("a small code");
            Canvas { luma: code.packed().into_owned(), width: code.width() as usize }
        }

        fn grey(width: usize, height: usize) -> Canvas {
            Canvas { luma: vec![128; width * height], width }
        }

        fn height(&self) -> usize {
            self.luma.len() / self.width
        }

        /// Each pixel by where it lies and what it was.
        fn map(&self, pixel: impl Fn(usize, usize, u8) -> u8) -> Canvas {
            let at = |(i, &luma): (usize, &u8)| pixel(i % self.width, i / self.width, luma);
            Canvas { luma: self.luma.iter().enumerate().map(at).collect(), width: self.width }
        }

        fn paint(&mut self, other: &Canvas, left: usize, top: usize) {
            for (y, row) in other.luma.chunks(other.width).enumerate() {
                let at = (top + y) * self.width + left;
                self.luma[at..at + row.len()].copy_from_slice(row);
            }
        }

        fn frame(&self, rotation_degrees: u16) -> Frame<'_> {
            let (width, height) = (self.width as u32, self.height() as u32);
            Frame::new(&self.luma[..], width, height, width, rotation_degrees).expect("a frame")
        }
    }

    fn noise(bytes: usize, seed: u64) -> Vec<u8> {
        let mut luma = vec![0; bytes];
        SeededEntropy::new(seed).fill(&mut luma);
        luma
    }

    fn texts(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.text.as_str()).collect()
    }

    /// In how many frames of the same picture a reader without haste reads it.
    fn frames_to_read(canvas: &Canvas) -> Option<usize> {
        let clock = SimulatedClock::at(0);
        let mut reader = Reader::new(1_000);
        (1..=2 * Look::ALL.len()).find(|_| texts(&reader.read(&canvas.frame(0), &clock)) == [TEXT])
    }

    #[test]
    fn a_clear_code_reads_at_once_and_its_corners_are_known() {
        let canvas = Canvas::of(TEXT, 4);
        let found = Reader::new(1_000).read(&canvas.frame(0), &SimulatedClock::at(0));
        assert_eq!(texts(&found), [TEXT]);
        let far = canvas.width as f32 - 16.0;
        for (seen, drawn) in found[0].corners.iter().zip([(16.0, 16.0), (far, 16.0), (far, far), (16.0, far)])
        {
            assert!((seen.0 - drawn.0).abs() < 2.0 && (seen.1 - drawn.1).abs() < 2.0, "{found:?}");
        }
    }

    #[test]
    fn corners_are_where_the_passenger_sees_them() {
        // In a camera's picture that lies on its side, the code's own top left is the lower left: turned
        // a quarter clockwise it is the upper left, as the passenger holds it.
        let upright = Canvas::of(TEXT, 4);
        let mut wide = Canvas::grey(400, 300);
        let side = upright.width;
        let lying = upright.map(|x, y, _| upright.luma[x * side + side - 1 - y]);
        wide.paint(&lying, 30, 10);
        let found = Reader::new(1_000).read(&wide.frame(90), &SimulatedClock::at(0));
        assert_eq!(texts(&found), [TEXT]);
        let (left, top) = (300.0 - 10.0 - side as f32 + 16.0, 30.0 + 16.0);
        let code = side as f32 - 32.0;
        let drawn = [(left, top), (left + code, top), (left + code, top + code), (left, top + code)];
        for (seen, drawn) in found[0].corners.iter().zip(drawn) {
            assert!((seen.0 - drawn.0).abs() < 3.0 && (seen.1 - drawn.1).abs() < 3.0, "{found:?} {drawn:?}");
        }
    }

    #[test]
    fn several_codes_in_one_frame_are_all_read() {
        let mut canvas = Canvas::grey(640, 480);
        canvas.paint(&Canvas::of("HTTPS://JOL.KZ/B/1", 5), 20, 20);
        canvas.paint(&Canvas::of("HTTPS://JOL.KZ/S/2", 4), 350, 30);
        canvas.paint(&Canvas::of("HTTPS://JOL.KZ/B/1", 3), 200, 300);
        let mut found = Reader::new(1_000).read(&canvas.frame(0), &SimulatedClock::at(0));
        found.sort_by(|a, b| a.text.cmp(&b.text));
        assert_eq!(texts(&found), ["HTTPS://JOL.KZ/B/1", "HTTPS://JOL.KZ/B/1", "HTTPS://JOL.KZ/S/2"]);
        assert_ne!(found[0].corners, found[1].corners, "two stickers that say the same are two");
    }

    #[test]
    fn a_mirrored_code_reads_at_once() {
        let canvas = Canvas::of(TEXT, 4);
        let mirrored = canvas.map(|x, y, _| canvas.luma[y * canvas.width + canvas.width - 1 - x]);
        assert_eq!(frames_to_read(&mirrored), Some(1));
    }

    #[test]
    fn a_light_code_on_dark_reads_when_its_turn_comes_and_at_once_from_then_on() {
        let inverted = Canvas::of(TEXT, 4).map(|_, _, luma| 255 - luma);
        let turn = Look::ALL.iter().position(|&retry| retry == Look::Inverted).expect("it is tried");
        let clock = SimulatedClock::at(0);
        let mut reader = Reader::new(1_000);
        let mut read = || texts(&reader.read(&inverted.frame(0), &clock)) == [TEXT];
        assert_eq!((0..turn).filter(|_| read()).count(), 0, "one retry a frame");
        assert!(read() && read() && read());
        assert_eq!(texts(&read_image(&inverted.frame(0))), [TEXT]);
    }

    /// Codes that the base pass cannot read, each with a way to look that does.
    fn hard_codes() -> [(Look, Canvas); Look::ALL.len()] {
        let specks = noise(1_000 * 1_000, 5);
        let speck = |x: usize, y: usize| i32::from(specks[y * 1_000 + x]) - 128;
        // Little contrast, and noise up to so many hundredths of half the range.
        let pale = |pixels_per_module, strength| {
            Canvas::of(TEXT, pixels_per_module)
                .map(|x, y, luma| (if luma == 0 { 108 } else { 148 } + speck(x, y) * strength / 100) as u8)
        };
        // Seen from far through a lens that is out of focus.
        let large = Canvas::of(TEXT, 14);
        let soft = Canvas::grey(large.width / 9, large.width / 9).map(|x, y, _| {
            let around = (0..23 * 23).map(|i| {
                let at = |to: usize, by: usize| (9 * to + by).saturating_sub(7).min(large.width - 1);
                u32::from(large.luma[at(y, i / 23) * large.width + at(x, i % 23)])
            });
            (80 + around.sum::<u32>() / (23 * 23) * 80 / 255) as u8
        });
        // Light that falls off to a seventeenth towards the right.
        let shaded = Canvas::of(TEXT, 6);
        let shaded = shaded.map(|x, y, luma| {
            let light = i32::from(luma) * 4 / 5 * shaded.width as i32 / (shaded.width + 16 * x) as i32;
            (20 + light + speck(x, y) / 20) as u8
        });
        [
            (Look::Sharpened, soft),
            (Look::Smoothed, pale(6, 25)),
            (Look::Magnified, pale(3, 25)),
            (Look::Split, shaded),
            (Look::Halved, pale(12, 30)),
            (Look::Inverted, Canvas::of(TEXT, 4).map(|_, _, luma| 255 - luma)),
        ]
    }

    #[test]
    fn each_retry_reads_what_the_base_pass_does_not() {
        for (retry, canvas) in hard_codes() {
            let frame = canvas.frame(0);
            let view = View::of(&frame);
            let base = decoders::rxing(&view, Effort::LIVE, &|| false);
            assert!(base.read.is_empty(), "not hard enough for {retry:?}");
            assert_eq!(
                texts(&again(retry, &frame, &view, &base, Effort::LIVE, &|| false)),
                [TEXT],
                "{retry:?}"
            );
            let frames = frames_to_read(&canvas);
            assert!(frames.is_some_and(|frames| frames <= Look::ALL.len()), "{retry:?}: {frames:?}");
            assert_eq!(texts(&read_image(&frame)), [TEXT], "{retry:?}");
        }
    }

    #[test]
    fn a_code_drawn_in_dots_reads() {
        // Round dots for modules, as designers like them.
        for side in [4_i32, 8, 12, 16] {
            let dots = Canvas::of(TEXT, side as u32).map(|x, y, luma| {
                let (x, y) = (x as i32 % side * 2 + 1 - side, y as i32 % side * 2 + 1 - side);
                if 8 * (x * x + y * y) > 7 * side * side { 255 } else { luma }
            });
            assert_eq!(texts(&read_image(&dots.frame(0))), [TEXT], "{side}");
            assert!(frames_to_read(&dots).is_some(), "{side}");
        }
    }

    #[test]
    fn another_reader_is_shown_what_ours_looks_at() {
        for (retry, canvas) in hard_codes() {
            let frame = canvas.frame(0);
            let looks: Vec<Frame<'_>> = other_looks(&frame, None).collect();
            assert_eq!(
                looks.len(),
                Look::ALL.len() + 2,
                "half the frame is looked at with its quarter, twice"
            );
            let rxing = |look: &Frame<'_>| decoders::rxing(&View::of(look), Effort::STILL, &|| false).read;
            assert!(rxing(&frame).is_empty(), "{retry:?}");
            let reads = looks.iter().any(|look| rxing(look).iter().any(|read| read.text == TEXT));
            assert!(reads, "{retry:?}");
        }
    }

    #[test]
    fn a_photograph_that_is_larger_than_a_video_s_frame_reads_and_says_where() {
        let mut canvas = Canvas::grey(3_000, 2_000);
        canvas.paint(&Canvas::of(TEXT, 8), 1_000, 500);
        let live = Reader::new(10_000).read(&canvas.frame(0), &SimulatedClock::at(0));
        for found in [live, read_image(&canvas.frame(0))] {
            assert_eq!(texts(&found), [TEXT]);
            let (x, y) = found[0].corners[0];
            assert!((x - 1_032.0).abs() < 4.0 && (y - 532.0).abs() < 4.0, "{found:?}");
        }
    }

    /// A clock on which each look takes ten milliseconds: a very slow phone.
    struct Slow(AtomicI64);

    impl Clock for Slow {
        fn wall_ms(&self) -> i64 {
            0
        }
        fn boot_ms(&self) -> i64 {
            self.0.fetch_add(10, Ordering::SeqCst)
        }
    }

    #[test]
    fn without_time_there_is_no_retry() {
        let inverted = Canvas::of(TEXT, 4).map(|_, _, luma| 255 - luma);
        let read = |budget_ms| {
            let (mut reader, clock) = (Reader::new(budget_ms), Slow(AtomicI64::new(0)));
            (0..20).filter(|_| !reader.read(&inverted.frame(0), &clock).is_empty()).count()
        };
        assert_eq!(read(0), 0);
        assert_eq!(read(10), 0, "the base pass alone took the budget");
        assert!(read(1_000) > 10);
    }

    #[test]
    fn a_retry_that_took_too_long_waits_and_is_tried_again() {
        let inverted = Canvas::of(TEXT, 4).map(|_, _, luma| 255 - luma);
        let clock = SimulatedClock::at(0);
        let mut reader = Reader { cost_ms: vec![1_000; Look::ALL.len()], ..Reader::new(100) };
        let mut read = || !reader.read(&inverted.frame(0), &clock).is_empty();
        assert_eq!((0..4).filter(|_| read()).count(), 0, "1000, 500, 250 and 125 ms do not fit");
        assert!((0..Look::ALL.len()).any(|_| read()), "62 ms do");
    }

    #[test]
    fn nothing_is_read_in_blank_and_noisy_frames() {
        let clock = SimulatedClock::at(0);
        let mut reader = Reader::new(10_000);
        for seed in 0..12 {
            let (width, height) = (320, 240);
            let luma = match seed {
                0..4 => vec![seed as u8 * 85; width * height],
                _ => noise(width * height, seed),
            };
            // Noise in blocks has squares in it that look like parts of a code.
            let block = [1, 1, 2, 3, 5][seed as usize % 5];
            let noise = Canvas { luma, width };
            let canvas = noise.map(|x, y, _| noise.luma[y / block * width + x / block]);
            assert_eq!(reader.read(&canvas.frame(0), &clock), [], "seed {seed}");
            assert_eq!(read_image(&canvas.frame(0)), [], "seed {seed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Pieces of codes amid noise, with padding, in sizes that no camera has.
        #[test]
        fn no_frame_makes_a_reader_panic(
            (width, height) in (1_u32..150, 1_u32..150), padding in 0_u32..9, quarter in 0_u16..4,
            seed: u64, levels in 0_u8..4, pixels_per_module in 1_u32..5, shift in 0_usize..2_000,
        ) {
            let stride = width + padding;
            let canvas = Canvas::of(TEXT, pixels_per_module);
            let specks = noise((stride * height) as usize, seed);
            let luma: Vec<u8> = specks.iter().zip(canvas.luma.iter().cycle().skip(shift))
                .map(|(&speck, &code)| match levels {
                    0 => code,
                    1 => if speck < 12 { !code } else { code },
                    2 => if speck < 128 { 0 } else { 255 },
                    _ => speck,
                })
                .collect();
            let frame = Frame::new(luma, width, height, stride, quarter * 90).expect("a frame");
            let mut reader = Reader::new(1_000);
            let clock = SimulatedClock::at(0);
            for _ in 0..Look::ALL.len() {
                for found in reader.read(&frame, &clock) {
                    prop_assert_eq!(found.text, TEXT);
                }
            }
            read_image(&frame);
        }

        /// A code of any text, in a frame with any padding and turn, reads.
        #[test]
        fn what_we_draw_we_read(text in "\\PC{1,60}", padding in 0_usize..40, quarter in 0_u16..4) {
            let canvas = Canvas::of(&text, 3);
            let (width, stride) = (canvas.width as u32, (canvas.width + padding) as u32);
            let rows = canvas.luma.chunks(canvas.width).flat_map(|row| {
                row.iter().copied().chain(std::iter::repeat_n(0, padding))
            });
            let luma: Vec<u8> = rows.collect();
            let frame = Frame::new(luma, width, width, stride, quarter * 90).expect("a frame");
            let found = Reader::new(1_000).read(&frame, &SimulatedClock::at(0));
            prop_assert_eq!(texts(&found), [text.as_str()]);
        }
    }
}
