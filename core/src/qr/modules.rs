//! What a grid of modules says, each known only by how dark it looks.
//!
//! A reader that decides on each pixel before it looks for a grid has thrown away what it was unsure of. Here
//! each module keeps its shade. Those that every code of its size has (corners, rows that alternate, small
//! squares: more than a tenth of all) teach how blur, a moving hand and a shifted grid mix a module with its
//! neighbours, and a linear filter takes that back, as a modem's equaliser does with a training sequence
//! (Widrow 1966). What then is still unsure is named as doubtful to the Reed–Solomon decoder, the most
//! doubtful first (generalised minimum distance decoding, Forney 1966).
//!
//! Doubt makes a decoder believe more. Each block is therefore accepted only if chance would have made a
//! valid one of noise less than once in a million times ([`LEAST_BITS`]).

use super::reed_solomon::{Corrected, correct};
use rxing::common::BitMatrix;
use rxing::qrcode::common::{ErrorCorrectionLevel, Version, VersionRef};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;
use rxing::qrcode::decoder::DataBlock;

/// A block's text is believed if a random one would pass with a probability below two to the minus this.
const LEAST_BITS: f32 = 20.0;

/// How far around a module its light and dark neighbours are averaged, in modules.
const NEARBY: usize = 4;

/// How much the filter is held to leave modules as they are, in modules that say so.
const INERTIA: f32 = 12.0;

/// Sides of a symbol that are smaller or larger are no QR codes.
pub(super) const SIDES: std::ops::RangeInclusive<usize> = 21..=177;

/// A symbol's modules by how dark they look: 1 is ink and −1 paper, once they are [levelled](Modules::levelled).
#[derive(Clone, Debug)]
pub(super) struct Modules {
    side: usize,
    dark: Vec<f32>,
}

/// What is known of a symbol of one size before it is read.
pub(super) struct Pattern {
    version: VersionRef,
    side: usize,
    /// 1 ink and −1 paper for what all symbols of this size have; 0 for what differs.
    pub(super) known: Vec<i8>,
    /// Where no data are.
    function: BitMatrix,
}

impl Pattern {
    /// Of a symbol with so many modules a side; none if there are no such symbols.
    pub(super) fn of(side: usize) -> Option<Pattern> {
        if !SIDES.contains(&side) || side % 4 != 1 {
            return None;
        }
        let version = Version::getVersionForNumber((side as u32 - 17) / 4).ok()?;
        let function = version.buildFunctionPattern().ok()?;
        let mut known = vec![0; side * side];
        // Corners with the light row around them.
        for (left, top) in [(0, 0), (side - 7, 0), (0, side - 7)] {
            for row in top.saturating_sub(1)..(top + 8).min(side) {
                for column in left.saturating_sub(1)..(left + 8).min(side) {
                    let ring =
                        (row as i32 - top as i32 - 3).abs().max((column as i32 - left as i32 - 3).abs());
                    known[row * side + column] = if ring == 2 || ring == 4 { -1 } else { 1 };
                }
            }
        }
        for i in 8..side - 8 {
            let shade = if i % 2 == 0 { 1 } else { -1 };
            known[6 * side + i] = shade;
            known[i * side + 6] = shade;
        }
        for (column, row) in alignment_patterns(version, side) {
            for y in row - 2..=row + 2 {
                for x in column - 2..=column + 2 {
                    let ring = x.abs_diff(column).max(y.abs_diff(row));
                    known[y * side + x] = if ring == 1 { -1 } else { 1 };
                }
            }
        }
        known[(side - 8) * side + 8] = 1;
        Some(Pattern { version, side, known, function })
    }

    /// Middles of the small squares, column and row.
    pub(super) fn alignment_patterns(&self) -> impl Iterator<Item = (usize, usize)> {
        alignment_patterns(self.version, self.side)
    }

    /// The places of the codewords' bits in their order (ISO/IEC 18004, 7.7.3): pairs of columns from the
    /// right, upwards and downwards by turns, without the column of the timing pattern.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let side = self.side;
        let columns = (0..side).rev().filter(|column| *column != 6).step_by(2);
        columns.enumerate().flat_map(move |(nth, right)| {
            (0..side).flat_map(move |at| {
                let row = if nth % 2 == 0 { side - 1 - at } else { at };
                [(right, row), (right.saturating_sub(1), row)]
            })
        })
    }
}

fn alignment_patterns(version: VersionRef, side: usize) -> impl Iterator<Item = (usize, usize)> {
    let centers = version.getAlignmentPatternCenters();
    let places = centers.iter().flat_map(move |&row| centers.iter().map(move |&column| (column, row)));
    places.map(|(column, row)| (column as usize, row as usize)).filter(move |&(column, row)| {
        let is_near = |at: usize| at < 8;
        let is_far = |at: usize| at + 9 > side;
        !(is_near(column) && (is_near(row) || is_far(row)) || is_far(column) && is_near(row))
    })
}

impl Modules {
    /// Row by row, `side` × `side`: the greater, the darker.
    pub(super) fn new(side: usize, dark: Vec<f32>) -> Modules {
        Modules { side, dark }
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        self.dark[row * self.side + column]
    }

    fn transposed(&self) -> Modules {
        let dark = (0..self.side * self.side).map(|i| self.at(i / self.side, i % self.side)).collect();
        Modules { side: self.side, dark }
    }

    /// Even light: between the mean of what is dark and of what is light around each module, that is 1 and
    /// −1. Shade, a pale print and a lamp's reflection are gone, as far as anything is left under them.
    pub(super) fn levelled(&self) -> Modules {
        let side = self.side;
        let span = |at: usize| at.saturating_sub(NEARBY)..(at + NEARBY + 1).min(side);
        let mut dark = Vec::with_capacity(self.dark.len());
        for row in 0..side {
            for column in 0..side {
                let around = || span(row).flat_map(|y| self.dark[y * side..][span(column)].iter().copied());
                let count = (span(row).len() * span(column).len()) as f32;
                let mean = around().sum::<f32>() / count;
                let (above, sum_above) = around()
                    .filter(|shade| *shade > mean)
                    .fold((0.0, 0.0), |(count, sum), shade| (count + 1.0, sum + shade));
                let below = count - above;
                if above == 0.0 || below == 0.0 {
                    dark.push(0.0);
                    continue;
                }
                let ink = sum_above / above;
                let paper = (mean * count - sum_above) / below;
                let (middle, half) = ((ink + paper) / 2.0, ((ink - paper) / 2.0).max(f32::EPSILON));
                dark.push(((self.at(column, row) - middle) / half).clamp(-2.0, 2.0));
            }
        }
        Modules { side, dark }
    }

    /// A module and its eight neighbours; beyond the edge is paper. Then what does not depend on them.
    fn taps(&self, column: usize, row: usize) -> [f32; TAPS] {
        let side = self.side as isize;
        std::array::from_fn(|tap| {
            if tap == TAPS - 1 {
                return 1.0;
            }
            let x = column as isize + tap as isize % 3 - 1;
            let y = row as isize + tap as isize / 3 - 1;
            let is_inside = (0..side).contains(&x) && (0..side).contains(&y);
            if is_inside { self.dark[(y * side + x) as usize] } else { -1.0 }
        })
    }

    /// What blurred a module with its neighbours taken back, as the known modules teach it.
    fn equalised(&self, known: &[i8]) -> Modules {
        let mut equations = [[0.0_f32; TAPS + 1]; TAPS];
        for (i, shade) in known.iter().enumerate().filter(|(_, shade)| **shade != 0) {
            let taps = self.taps(i % self.side, i / self.side);
            for (equation, a) in equations.iter_mut().zip(taps) {
                for (sum, b) in equation.iter_mut().zip(taps) {
                    *sum += a * b;
                }
                equation[TAPS] += a * f32::from(*shade);
            }
        }
        for (tap, equation) in equations.iter_mut().enumerate() {
            equation[tap] += INERTIA;
            if tap == 4 {
                equation[TAPS] += INERTIA;
            }
        }
        let Some(weights) = solve(equations) else { return self.clone() };
        let filtered = |i: usize| {
            let taps = self.taps(i % self.side, i / self.side);
            taps.iter().zip(weights).map(|(tap, weight)| tap * weight).sum()
        };
        Modules { side: self.side, dark: (0..self.dark.len()).map(filtered).collect() }
    }

    /// What the modules say; none if it is not sure enough.
    pub(super) fn text(&self, pattern: &Pattern) -> Option<String> {
        let modules = self.levelled().equalised(&pattern.known);
        let transposed = modules.transposed();
        let [plain, mirrored] = [&modules, &transposed].map(Modules::format);
        let (modules, format) =
            if mirrored.score > plain.score { (&transposed, mirrored) } else { (&modules, plain) };
        let (mut codewords, mut doubts) = (Vec::new(), Vec::new());
        let (mut codeword, mut doubt, mut bits) = (0_u8, 0.0_f32, 0);
        for (column, row) in pattern.places() {
            if pattern.function.get(column as u32, row as u32) {
                continue;
            }
            let shade = modules.at(column, row);
            codeword = codeword << 1 | u8::from((shade > 0.0) != is_masked(format.mask, column, row));
            doubt += (-4.0 * shade.abs()).exp();
            bits += 1;
            if bits == 8 {
                codewords.push(codeword);
                // rxing puts bytes back in order, so doubts go in bytes.
                doubts.push((doubt * 64.0).min(255.0) as u8);
                (codeword, doubt, bits) = (0, 0.0, 0);
            }
        }
        let version = pattern.version;
        let level = ErrorCorrectionLevel::forBits(format.level).ok()?;
        let blocks = DataBlock::getDataBlocks(&codewords, version, level).ok()?;
        let doubts = DataBlock::getDataBlocks(&doubts, version, level).ok()?;
        let mut bytes = Vec::new();
        for (block, doubts) in blocks.iter().zip(&doubts) {
            let data = block.getNumDataCodewords() as usize;
            let block = corrected(block.getCodewords(), data, doubts.getCodewords())?;
            bytes.extend_from_slice(&block[..data]);
        }
        let decoded = DecodeBitStream(&bytes, version, level).ok().filter(|decoded| decoded.isValid())?;
        let content = decoded.content();
        Some(match std::str::from_utf8(content.bytes()) {
            Ok(text) if !content.has_eci => text.to_owned(),
            _ => decoded.text(),
        })
    }

    /// The likeliest of the 32 formats: both copies are compared with each as they look (ISO/IEC 18004, 7.9).
    fn format(&self) -> Format {
        let last = self.side - 1;
        // Places of bits 14 to 0, beside the upper left corner and split between the other two.
        let one = [(0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (7, 8), (8, 8), (8, 7)];
        let one = one.into_iter().chain((0..6).rev().map(|row| (8, row)));
        let other = (0..7).map(|at| (8, last - at)).chain((0..8).map(|at| (last - 7 + at, 8)));
        let shades: Vec<f32> = one.zip(other).map(|(a, b)| self.at(a.0, a.1) + self.at(b.0, b.1)).collect();
        let formats = (0..32_u16).map(|data| {
            // BCH (15, 5), then the mask that keeps formats from being all light.
            let mut rest = data << 10;
            for bit in (10..15).rev() {
                if rest >> bit & 1 == 1 {
                    rest ^= 0b101_0011_0111 << (bit - 10);
                }
            }
            let bits = (data << 10 | rest) ^ 0b101_0100_0001_0010;
            let signed =
                |(nth, shade): (usize, &f32)| if bits >> (14 - nth) & 1 == 1 { *shade } else { -*shade };
            let score = shades.iter().enumerate().map(signed).sum();
            Format { level: (data >> 3) as u8, mask: (data & 7) as u8, score }
        });
        formats.max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or(Format { level: 0, mask: 0, score: 0.0 })
    }
}

const TAPS: usize = 10;

/// How a code is masked and how well it is protected.
#[derive(Clone, Copy, Debug)]
struct Format {
    level: u8,
    mask: u8,
    score: f32,
}

/// Whether this mask turns the module there (ISO/IEC 18004, 7.8.2).
fn is_masked(mask: u8, x: usize, y: usize) -> bool {
    let sum = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (y / 2 + x / 3) % 2,
        5 => (x * y) % 2 + (x * y) % 3,
        6 => ((x * y) % 2 + (x * y) % 3) % 2,
        _ => ((x + y) % 2 + (x * y) % 3) % 2,
    };
    sum == 0
}

/// The block without its errors: as it is, then without what is most doubtful, more and more of it.
fn corrected(block: &[u8], data: usize, doubts: &[u8]) -> Option<Vec<u8>> {
    let checks = block.len() - data;
    let mut places: Vec<usize> = (0..block.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(doubts[*place]));
    (0..=checks).step_by(2).find_map(|count| {
        let doubtful = &places[..count];
        let mut block = block.to_vec();
        let Corrected { errors } = correct(&mut block, checks, doubtful)?;
        (unlikelihood(block.len(), checks, count, errors) >= LEAST_BITS).then_some(block)
    })
}

/// How unlikely it is that a random block becomes a valid one by taking `doubtful` codewords as unknown and
/// changing at most `errors` of the others: the probability is two to the minus this. There are
/// 256 to the power of the data words that are valid; each stands for as many as differ so little from it.
fn unlikelihood(length: usize, checks: usize, doubtful: usize, errors: usize) -> f32 {
    let ways: f32 = (0..errors).map(|i| ((length - doubtful - i) as f32 / (errors - i) as f32).log2()).sum();
    8.0 * (checks as f32 - doubtful as f32 - errors as f32) - ways
}

/// The solution of linear equations, each with its right side as the last number, by elimination. None if
/// they depend on each other.
pub(super) fn solve<const N: usize, const M: usize>(mut rows: [[f32; M]; N]) -> Option<[f32; N]> {
    for column in 0..N {
        let largest = |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let largest = (column..N).max_by(largest)?;
        rows.swap(column, largest);
        let pivot = rows[column];
        if pivot[column].abs() < 1e-6 {
            return None;
        }
        for row in (0..N).filter(|row| *row != column) {
            let factor = rows[row][column] / pivot[column];
            rows[row].iter_mut().zip(pivot).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    Some(std::array::from_fn(|nth| rows[nth][N] / rows[nth][nth]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Entropy, SeededEntropy};
    use crate::qr::{Correction, QrCode};
    use proptest::prelude::*;

    const LEVELS: [Correction; 4] = [Correction::L, Correction::M, Correction::Q, Correction::H];

    fn pattern(code: &QrCode) -> Pattern {
        Pattern::of(code.size as usize).expect("a symbol's size")
    }

    /// As a camera sees it: this much darker where there is ink.
    fn seen(code: &QrCode, shade: impl Fn(usize, f32) -> f32) -> Modules {
        let shades = code.modules.iter().enumerate();
        let dark = shades.map(|(i, &ink)| shade(i, if ink == 1 { 40.0 } else { -40.0 })).collect();
        Modules::new(code.size as usize, dark)
    }

    #[test]
    fn what_all_symbols_of_a_size_have_is_in_each_that_another_draws() {
        for version in 1..=40_usize {
            let code = qrcode::QrCode::with_version(
                b"ten bytes.",
                qrcode::Version::Normal(version as i16),
                qrcode::EcLevel::L,
            );
            let colors = code.expect("ten bytes fit").into_colors();
            let pattern = Pattern::of(17 + 4 * version).expect("a symbol's size");
            let mut known = 0;
            for (color, shade) in colors.iter().zip(&pattern.known).filter(|(_, shade)| **shade != 0) {
                assert_eq!(color.select(1, -1), i32::from(*shade), "version {version}");
                known += 1;
            }
            assert!(known * 25 > colors.len(), "version {version}: {known}");
        }
        assert!([0, 17, 22, 181].into_iter().all(|side| Pattern::of(side).is_none()));
    }

    #[test]
    fn a_mirrored_symbol_reads() {
        let code = QrCode::of("JOL1:MIRRORED", Correction::M).expect("a code");
        let modules = seen(&code, |_, shade| shade).transposed();
        assert_eq!(modules.text(&pattern(&code)).as_deref(), Some("JOL1:MIRRORED"));
    }

    /// How many modules a side may be changed so in the middle, until the text is lost.
    fn most(code: &QrCode, text: &str, shade: fn(f32) -> f32) -> usize {
        let (side, middle) = (code.size as usize, code.size as usize / 2);
        let reads = |hidden: &usize| {
            let span = middle - hidden / 2..middle - hidden / 2 + hidden;
            let is_under = |i: usize| span.contains(&(i % side)) && span.contains(&(i / side));
            let modules = seen(code, |i, ink| if is_under(i) { shade(ink) } else { ink });
            modules.text(&pattern(code)).as_deref() == Some(text)
        };
        (0..side).take_while(reads).count()
    }

    #[test]
    fn more_may_be_hidden_than_wrong() {
        let text = "JOL1:".to_owned() + &"HIDDEN ".repeat(30);
        let code = QrCode::of(&text, Correction::M).expect("a code");
        let (hidden, wrong) = (most(&code, &text, |_| 0.0), most(&code, &text, |shade| -shade));
        assert!(hidden * hidden * 2 > wrong * wrong * 3, "{hidden} and {wrong} modules a side");
    }

    #[test]
    fn chance_is_counted_as_it_is() {
        // Of one data codeword and two checks, a random word is a valid one in 1 of 65,536.
        assert!((unlikelihood(3, 2, 0, 0) - 16.0).abs() < 1e-3);
        // With two unknown anything is valid.
        assert!(unlikelihood(3, 2, 2, 0).abs() < 1e-3);
        // With one error corrected, three places of 256 each.
        assert!((unlikelihood(3, 2, 0, 1) - (16.0 - 8.0 - 3.0_f32.log2())).abs() < 1e-3);
    }

    #[test]
    fn equations_are_solved() {
        assert_eq!(solve([[0.0, 2.0, 4.0], [1.0, 1.0, 5.0]]), Some([3.0, 2.0]));
        assert_eq!(solve([[1.0, 2.0, 4.0], [2.0, 4.0, 8.0]]), None::<[f32; 2]>);
    }

    proptest! {
        /// The encoder of another crate wrote them.
        #[test]
        fn a_clear_symbol_reads(text in "\\PC{1,200}", level in 0_usize..4) {
            let code = QrCode::of(&text, LEVELS[level]).expect("a code");
            let modules = seen(&code, |_, shade| shade);
            prop_assert_eq!(modules.text(&pattern(&code)), Some(text));
        }

        /// Blurred with its neighbours, pale to one side, noisy: what is read is what was written.
        #[test]
        fn a_spoilt_symbol_reads_right_or_not_at_all(
            text in "[A-Z0-9 :]{20,200}", level in 0_usize..4, seed: u64, noise in 0.0..3.0_f32,
            blur in 0.0..0.4_f32,
        ) {
            let code = QrCode::of(&text, LEVELS[level]).expect("a code");
            let side = code.size as usize;
            let mut chance = vec![0; side * side];
            SeededEntropy::new(seed).fill(&mut chance);
            let at = |i: usize| if code.modules.get(i) == Some(&1) { 40.0 } else { -40.0 };
            let modules = seen(&code, |i, shade| {
                let blurred = shade * (1.0 - blur) + (at(i + 1) + at(i.wrapping_sub(1))) * blur / 2.0;
                let pale = 1.0 - 0.8 * (i % side) as f32 / side as f32;
                blurred * pale + (f32::from(chance[i]) - 128.0) / 128.0 * noise * 20.0
            });
            let read = modules.text(&pattern(&code));
            prop_assert!(read.is_none() || read == Some(text.clone()), "{:?}", read);
            prop_assert!(read.is_some() || noise > 0.2, "with little noise it reads");
        }

        #[test]
        fn noise_says_nothing(side in 0_usize..40, seed: u64, few in any::<bool>()) {
            let side = 21 + side / 4 * 4;
            let mut chance = vec![0; side * side];
            SeededEntropy::new(seed).fill(&mut chance);
            let shade = |byte: u8| if few { f32::from(byte % 2) } else { f32::from(byte) };
            let modules = Modules::new(side, chance.into_iter().map(shade).collect());
            prop_assert_eq!(modules.text(&Pattern::of(side).expect("a size")), None);
        }
    }
}
