//! Reading codes: a cascade over the frames of a camera.
//!
//! Each frame gets a base pass. If that reads nothing, one other way to look at the same frame is tried,
//! the next frame's in the next way, so that no frame costs more than its budget and a code that is
//! hard in one way reads within a few frames.

use super::Frame;
use super::decoders::{self, Read};
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
enum Retry {
    Smoothed,
    Magnified,
    Halved,
    Inverted,
    OtherReader,
}

/// In the order in which they are tried: the likeliest first, rqrr last.
const RETRIES: [Retry; 5] =
    [Retry::Smoothed, Retry::Magnified, Retry::Halved, Retry::Inverted, Retry::OtherReader];

/// A larger frame is halved before a live base pass, until it fits: a little over 1920 × 1080.
const MOST_LIVE_PIXELS: usize = 2_100_000;

/// What rqrr is given at most.
const MOST_RQRR_PIXELS: usize = 320_000;

/// rqrr copies its picture for each pair of finder patterns: it is not asked where there are more.
const MOST_RQRR_PATTERNS: usize = 24;

/// Reads codes in a camera's frames, one after the other.
#[derive(Clone, Debug)]
pub struct Reader {
    budget_ms: i64,
    /// Which of [`RETRIES`] is next.
    turn: usize,
    /// How long each of them took when it ran last.
    cost_ms: [i64; RETRIES.len()],
}

impl Reader {
    /// A reader that stops looking for more in a frame after so many milliseconds. The base pass always
    /// begins; a retry begins only if, by its last run, it will end in time. What a decoder has begun
    /// cannot be broken off, so a frame can take longer by one step.
    pub fn new(budget_ms: u32) -> Reader {
        Reader { budget_ms: i64::from(budget_ms), turn: 0, cost_ms: [0; RETRIES.len()] }
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
        let base = decoders::rxing(&view, false, &out_of_time);
        if !base.read.is_empty() {
            return found(frame, &view, base.read);
        }

        let before_ms = spent_ms();
        let left_ms = self.budget_ms - before_ms;
        for at in (self.turn..self.turn + RETRIES.len()).map(|at| at % RETRIES.len()) {
            if left_ms <= 0 || self.cost_ms[at] > left_ms {
                // Not barred for ever by one slow run: a phone has other things to do too.
                self.cost_ms[at] /= 2;
                continue;
            }
            let found = again(RETRIES[at], frame, &view, &base, false, &out_of_time);
            self.cost_ms[at] = spent_ms() - before_ms;
            // What has read a code reads the next frame's, too.
            self.turn = if found.is_empty() { (at + 1) % RETRIES.len() } else { at };
            return found;
        }
        Vec::new()
    }
}

/// The codes in one picture, with every way to look tried until one reads. For stills and for tests:
/// a picture without a code takes as long as all of them.
pub fn read_image(frame: &Frame<'_>) -> Vec<Found> {
    let view = View::of(frame);
    let base = decoders::rxing(&view, true, &|| false);
    if !base.read.is_empty() {
        return found(frame, &view, base.read);
    }
    let retries = RETRIES.iter().map(|&retry| again(retry, frame, &view, &base, true, &|| false));
    retries.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// Looks at a frame in one more way.
fn again(
    retry: Retry,
    frame: &Frame<'_>,
    view: &View<'_>,
    base: &decoders::Seen,
    try_harder: bool,
    out_of_time: &dyn Fn() -> bool,
) -> Vec<Found> {
    let around = base.unread.unwrap_or((view.width as f32 / 2.0, view.height as f32 / 2.0));
    let other = match retry {
        Retry::Smoothed => view.smoothed(),
        Retry::Magnified => view.part(around, view.width.div_ceil(2), view.height.div_ceil(2)).doubled(),
        Retry::Halved => match view.halved() {
            Some(half) => half,
            None => return Vec::new(),
        },
        Retry::Inverted => view.inverted(),
        Retry::OtherReader => {
            if base.patterns > MOST_RQRR_PATTERNS {
                return Vec::new();
            }
            let mut small = view.part(around, view.width, view.height);
            while small.pixels() > MOST_RQRR_PIXELS {
                let Some(half) = small.halved() else { break };
                small = half;
            }
            let read = decoders::rqrr(&small);
            return found(frame, &small, read);
        }
    };
    let read = decoders::rxing(&other, try_harder, out_of_time).read;
    found(frame, &other, read)
}

fn found(frame: &Frame<'_>, view: &View<'_>, read: Vec<Read>) -> Vec<Found> {
    let upright = |point| frame.upright(view.in_frame(point));
    read.into_iter().map(|Read { text, corners }| Found { text, corners: corners.map(upright) }).collect()
}
