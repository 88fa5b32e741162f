//! A camera that sees a code as a phone does: tilted, turned, blurred, pale, noisy, in little light.
//!
//! All of it comes out of numbers and a seed, so that a frame that did not read can be taken again.

use super::scene::{self, Kind};
use super::wear::{Wear, shake};
use jol_core::entropy::{Entropy, SeededEntropy};
use jol_core::qr::QrCode;
use jol_core::qr::draw::QUIET_ZONE;

/// How far the camera is from a code, in sides of the code: a ticket of 5 cm at 15 cm. The nearer,
/// the more a tilt makes near modules larger than far ones.
const DISTANCE: f32 = 3.0;

/// Each pixel is the mean of this many points each way, as a sensor's is of all the light on it.
const POINTS: usize = 4;

/// How a picture is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// How large a module in the middle of the code is, were it not tilted.
    pub pixels_per_module: f32,
    /// How far the code's plane leans away, about an axis in it that the seed chooses; under 80.
    pub tilt_degrees: f32,
    /// How far the phone is turned, clockwise.
    pub turn_degrees: f32,
    /// Standard deviation of the lens's blur, in pixels. 0 is sharp.
    pub blur_sigma: f32,
    /// Luma of paper less luma of ink, in full light.
    pub contrast: u8,
    /// Standard deviation of the sensor's noise, in luma.
    pub noise_sigma: f32,
    /// 1 is day. Less of it darkens paper, ink and all, and what light there is comes in fewer, more
    /// uneven quanta: noise grows as the root of what it is of.
    pub light: f32,
    /// How far the hand moves while the shutter is open, in pixels.
    pub shake_pixels: f32,
    /// How far the code's edges turn away around an upright pole; 0 is flat, under 90.
    pub bend_degrees: f32,
    /// The part of the code that is stained, 0 to 1.
    pub dirt: f32,
    /// How white a lamp's reflection is in its middle: 0 not at all, 1 wholly.
    pub glare: f32,
    /// Axis of the tilt, place between the pixels, noise, direction of the shake, stains, the lamp's place.
    pub seed: u64,
}

/// A good phone in a bright room: 4 pixels a module, straight, sharp.
impl Default for Camera {
    fn default() -> Camera {
        Camera {
            pixels_per_module: 4.0,
            tilt_degrees: 0.0,
            turn_degrees: 0.0,
            blur_sigma: 0.0,
            contrast: 200,
            noise_sigma: 0.0,
            light: 1.0,
            shake_pixels: 0.0,
            bend_degrees: 0.0,
            dirt: 0.0,
            glare: 0.0,
            seed: 0,
        }
    }
}

/// One picture: `width` × `height` bytes of luma, row by row, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// 0 black to 255 white.
    pub luma: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Where the corners of the code (without its quiet zone) are: its top left, top right, bottom
    /// right and bottom left, in whole pixels.
    pub corners: [(i32, i32); 4],
}

impl Camera {
    /// A picture of this code and `margin` pixels of something else around it, of luma `background` in
    /// full light. The code lies in its quiet zone; how large the picture is follows from the rest.
    pub fn shoot(&self, code: &QrCode, margin: u32, background: u8) -> Shot {
        let mut chance = Chance::new(self.seed);
        let plane = Plane::of(self, code, &mut chance);
        let reach = plane.reach(code);
        let side = |reach: f32| 2 * (reach.ceil() as u32 + margin + 1);
        let (width, height) = (side(reach.0), side(reach.1));
        // The code's middle is somewhere within the middle pixel.
        let middle = (width as f32 / 2.0 + chance.even() - 0.5, height as f32 / 2.0 + chance.even() - 0.5);
        let behind = vec![f32::from(background); (width * height) as usize];
        self.expose(code, &plane, middle, (behind, width, height), &mut chance)
    }

    /// A picture of this size, of something on a bus with this code somewhere before it, whole if there is
    /// room for it and its quiet zone.
    pub fn shoot_scene(&self, code: &QrCode, kind: Kind, (width, height): (u32, u32)) -> Shot {
        let mut chance = Chance::new(self.seed);
        let plane = Plane::of(self, code, &mut chance);
        let reach = plane.reach(code);
        let mut somewhere = |side: u32, reach: f32| {
            let (half, room) = (side as f32 / 2.0, (side as f32 / 2.0 - reach - 1.0).max(0.5));
            chance.within(half - room, half + room)
        };
        let middle = (somewhere(width, reach.0), somewhere(height, reach.1));
        let behind = scene::draw(kind, width, height, self.seed);
        self.expose(code, &plane, middle, (behind, width, height), &mut chance)
    }

    /// A picture of this size without a code.
    pub fn shoot_no_code(&self, kind: Kind, (width, height): (u32, u32)) -> Shot {
        let mut chance = Chance::new(self.seed);
        let mut light = scene::draw(kind, width, height, self.seed);
        light.iter_mut().for_each(|value| *value *= self.light);
        let luma = self.develop(light, width, &mut chance);
        Shot { luma, width, height, corners: [(0, 0); 4] }
    }

    fn expose(
        &self,
        code: &QrCode,
        plane: &Plane,
        middle: (f32, f32),
        (mut light, width, height): (Vec<f32>, u32, u32),
        chance: &mut Chance,
    ) -> Shot {
        let half = code.size as f32 / 2.0;
        let whole = half + QUIET_ZONE as f32;
        let (paper, ink) = (128.0 + f32::from(self.contrast) / 2.0, 128.0 - f32::from(self.contrast) / 2.0);
        let wear = Wear::of(code.size, self.bend_degrees, self.dirt, self.glare, self.seed);
        let point = |x: f32, y: f32| {
            let (seen, row) = plane.on_code((x - middle.0, y - middle.1));
            let column = wear.column(seen).filter(|column| column.abs() <= whole && row.abs() <= whole)?;
            let is_dark = code.is_dark((column + half).floor() as i64, (row + half).floor() as i64);
            Some(wear.seen((column, row), if is_dark { ink } else { paper }))
        };
        let step = 1.0 / POINTS as f32;
        // What lies farther from the middle is no part of the code.
        let reach = plane.reach(code);
        let is_near = |x: u32, y: u32| {
            (x as f32 - middle.0).abs() <= reach.0 + 2.0 && (y as f32 - middle.1).abs() <= reach.1 + 2.0
        };
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        for ((x, y), light) in places.zip(&mut light) {
            let behind = *light;
            let points = (0..POINTS * POINTS).map(|i| {
                let (dx, dy) = ((i % POINTS) as f32 + 0.5, (i / POINTS) as f32 + 0.5);
                point(x as f32 + dx * step, y as f32 + dy * step).unwrap_or(behind)
            });
            let seen = if is_near(x, y) { points.sum::<f32>() * step * step } else { behind };
            *light = self.light * seen;
        }
        let luma = self.develop(light, width, chance);
        let corners = square(half).map(|corner| {
            let (x, y) = plane.seen(corner);
            ((x + middle.0).round() as i32, (y + middle.1).round() as i32)
        });
        Shot { luma, width, height, corners }
    }

    /// What lens, hand and sensor make of the light.
    fn develop(&self, mut light: Vec<f32>, width: u32, chance: &mut Chance) -> Vec<u8> {
        blur(&mut light, width as usize, self.blur_sigma);
        shake(&mut light, width as usize, self.shake_pixels, self.seed);
        light.into_iter().map(|value| (value + self.noise(value, chance)).round() as u8).collect()
    }

    /// A sensor has its own noise, and light its: at full light the second is small beside the first.
    fn noise(&self, value: f32, chance: &mut Chance) -> f32 {
        let shot_sigma =
            if self.light < 1.0 { (value.max(0.0) * (1.0 / self.light - 1.0)).sqrt() / 4.0 } else { 0.0 };
        let sigma = self.noise_sigma.hypot(shot_sigma);
        if sigma > 0.0 { sigma * chance.normal() } else { 0.0 }
    }
}

/// The plane of the code before a pinhole camera, whose axis goes through the code's middle.
struct Plane {
    /// Two axes of the code, in pixels a module, before projection: across (x, y, depth) and down.
    across: [f32; 3],
    down: [f32; 3],
    /// How far the camera is, in pixels.
    distance: f32,
}

impl Plane {
    fn of(camera: &Camera, code: &QrCode, chance: &mut Chance) -> Plane {
        let tilt = camera.tilt_degrees.clamp(-80.0, 80.0).to_radians();
        let (turn, axis) = (camera.turn_degrees.to_radians(), chance.even() * std::f32::consts::TAU);
        let (axis_x, axis_y) = (axis.cos(), axis.sin());
        // Rodrigues' rotation of a vector in the picture's plane about an axis in it.
        let tilted = |x: f32, y: f32| {
            let along = (x * axis_x + y * axis_y) * (1.0 - tilt.cos());
            let depth = (axis_x * y - axis_y * x) * tilt.sin();
            [x * tilt.cos() + axis_x * along, y * tilt.cos() + axis_y * along, depth]
        };
        let scale = camera.pixels_per_module;
        Plane {
            across: tilted(turn.cos(), turn.sin()).map(|v| v * scale),
            down: tilted(-turn.sin(), turn.cos()).map(|v| v * scale),
            distance: DISTANCE * code.size as f32 * scale,
        }
    }

    /// Where a point of the code, in modules from its middle, is seen, in pixels from there.
    fn seen(&self, (column, row): (f32, f32)) -> (f32, f32) {
        let [x, y, depth] = [0, 1, 2].map(|i| self.across[i] * column + self.down[i] * row);
        let nearer = self.distance / (self.distance + depth);
        (x * nearer, y * nearer)
    }

    /// How far from the code's middle its quiet zone reaches, across and down, in pixels.
    fn reach(&self, code: &QrCode) -> (f32, f32) {
        let seen = square(code.size as f32 / 2.0 + QUIET_ZONE as f32).map(|corner| self.seen(corner));
        let reach = |part: fn(&(f32, f32)) -> f32| seen.iter().map(part).fold(0.0_f32, |a, b| a.max(b.abs()));
        (reach(|p| p.0), reach(|p| p.1))
    }

    /// Which point of the code is seen there: `seen` backwards, two linear equations.
    fn on_code(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let row = |i: usize, at: f32| {
            [
                self.across[i] - at * self.across[2] / self.distance,
                self.down[i] - at * self.down[2] / self.distance,
            ]
        };
        let ([a, b], [c, d]) = (row(0, x), row(1, y));
        let determinant = a * d - b * c;
        ((x * d - b * y) / determinant, (a * y - c * x) / determinant)
    }
}

/// Corners of a square around the middle: top left, top right, bottom right, bottom left.
fn square(half: f32) -> [(f32, f32); 4] {
    [(-half, -half), (half, -half), (half, half), (-half, half)]
}

/// A gaussian blur, one way and then the other.
fn blur(light: &mut [f32], width: usize, sigma: f32) {
    if sigma <= 0.0 {
        return;
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|d| (-((d * d) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let height = light.len() / width;
    for (count, length, stride, line) in [(height, width, 1, width), (width, height, width, 1)] {
        let mut before = vec![0.0; length];
        for start in (0..count).map(|i| i * line) {
            for (i, value) in before.iter_mut().enumerate() {
                *value = light[start + i * stride];
            }
            for i in 0..length {
                let around = weights.iter().zip(-reach..).map(|(weight, d)| {
                    weight * before[(i as isize + d).clamp(0, length as isize - 1) as usize]
                });
                light[start + i * stride] = around.sum::<f32>() / sum;
            }
        }
    }
}

/// Numbers from a seed: SplitMix64 (Steele, Lea and Flood 2014), begun where [`SeededEntropy`] says.
/// A frame needs a million of them, for which hashes are too slow.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Chance {
        let mut bytes = [0; 8];
        SeededEntropy::new(seed).fill(&mut bytes);
        Chance(u64::from_le_bytes(bytes))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to under 1, all alike.
    pub(super) fn even(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Between two numbers.
    pub(super) fn within(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.even()
    }

    /// Normally spread with deviation 1 (Box and Muller 1958).
    fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.even()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.even()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::clock::SimulatedClock;
    use jol_core::qr::{Correction, Frame, Reader, read_image};

    /// A ticket's text as long as they get, different for each seed.
    fn ticket(seed: u64) -> String {
        let mut chance = Chance::new(seed ^ 0xc0de);
        let base45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        let rest = (0..385).map(|_| char::from(base45[(chance.next() % 45) as usize]));
        "JOL1:".chars().chain(rest).collect()
    }

    fn draw(text: &str) -> QrCode {
        QrCode::of(text, Correction::L).expect("it fits")
    }

    fn frame(shot: &Shot) -> Frame<'_> {
        Frame::new(&shot.luma[..], shot.width, shot.height, shot.width, 0).expect("a frame")
    }

    /// A ticket on a pale screen in a hand that is not still.
    fn hard(seed: u64, tilt_degrees: f32) -> Camera {
        Camera {
            pixels_per_module: 3.0,
            tilt_degrees,
            turn_degrees: (seed * 37 % 360) as f32,
            blur_sigma: 0.5,
            contrast: 50,
            noise_sigma: 4.0,
            seed,
            ..Camera::default()
        }
    }

    /// How many of these frames read on the first pass, and within so many frames of the same code.
    fn reads(seeds: std::ops::Range<u64>, frames: u64, tilt: impl Fn(u64) -> f32) -> (usize, usize) {
        let clock = SimulatedClock::at(0);
        let (mut first, mut within) = (0, 0);
        for seed in seeds {
            let text = ticket(seed);
            let code = draw(&text);
            let mut reader = Reader::new(1_000);
            for shake in 0..frames {
                let shot = hard(seed * 1_000 + shake, tilt(seed)).shoot(&code, 20, 90);
                let found = reader.read(&frame(&shot), &clock);
                assert!(found.iter().all(|found| found.text == text), "seed {seed}: a wrong text");
                if !found.is_empty() {
                    first += usize::from(shake == 0);
                    within += 1;
                    break;
                }
            }
        }
        (first, within)
    }

    #[test]
    fn tickets_read_on_the_first_frame_up_to_30_degrees() {
        let (first, within) = reads(0..200, 5, |seed| (seed % 31) as f32);
        assert!(first >= 198, "{first} of 200 on the first frame");
        assert_eq!(within, 200, "within five frames");
    }

    #[test]
    fn in_little_light_a_reader_still_reads() {
        let dark = |seed| Camera { light: 0.15, noise_sigma: 2.0, seed, ..Camera::default() };
        let text = "HTTPS://JOL.KZ/B/1";
        let read = (0..20).filter(|&seed| {
            let shot = dark(seed).shoot(&draw(text), 60, 40);
            read_image(&frame(&shot)).iter().any(|found| found.text == text)
        });
        assert!(read.count() >= 19);
    }

    #[test]
    fn a_seed_takes_the_same_picture_twice() {
        let code = draw("JOL1:TWICE");
        let shoot = |seed| hard(seed, 20.0).shoot(&code, 5, 90);
        assert_eq!(shoot(1), shoot(1));
        assert_ne!(shoot(1).luma, shoot(2).luma);
    }

    #[test]
    fn a_straight_sharp_picture_is_the_drawing() {
        let code = draw("JOL1:DRAWING");
        let shot = Camera { pixels_per_module: 8.0, ..Camera::default() }.shoot(&code, 3, 77);
        let (left, top) = shot.corners[0];
        let module = |n: u32| (n * 8 + 4) as i32;
        for (row, column) in (0..code.size).flat_map(|row| (0..code.size).map(move |column| (row, column))) {
            let (x, y) = (left + module(column), top + module(row));
            let dark = code.is_dark(i64::from(column), i64::from(row));
            let luma = shot.luma[(y * shot.width as i32 + x) as usize];
            assert_eq!(luma, if dark { 28 } else { 228 }, "column {column}, row {row}");
        }
        assert_eq!(shot.luma[0], 77, "the background");
    }

    #[test]
    fn a_tilted_code_is_smaller_and_lies_where_the_reader_finds_it() {
        let code = draw("JOL1:A CODE OF SOME LENGTH, SO THAT IT HAS AN ALIGNMENT PATTERN");
        for seed in 0..20 {
            let camera = |tilt_degrees| Camera {
                tilt_degrees,
                turn_degrees: seed as f32 * 18.0,
                seed,
                ..Camera::default()
            };
            let (flat, tilted) = (camera(0.0).shoot(&code, 9, 200), camera(35.0).shoot(&code, 9, 200));
            let shrunk = area(&tilted.corners) / area(&flat.corners);
            assert!((0.7..0.95).contains(&shrunk), "cos 35° and some perspective, not {shrunk}");
            let found = read_image(&frame(&tilted));
            let near = found.iter().any(|found| {
                let pairs = found.corners.iter().zip(tilted.corners);
                pairs.into_iter().all(|(a, b)| (a.0 - b.0 as f32).hypot(a.1 - b.1 as f32) < 5.0)
            });
            assert!(near, "seed {seed}: {found:?} {:?}", tilted.corners);
        }
    }

    /// By the shoelace formula.
    fn area(corners: &[(i32, i32); 4]) -> f32 {
        let next = corners.iter().cycle().skip(1);
        corners.iter().zip(next).map(|(a, b)| (a.0 * b.1 - b.0 * a.1) as f32 / 2.0).sum()
    }

    #[test]
    fn contrast_noise_blur_and_light_are_what_they_say() {
        let code = draw("JOL1:NUMBERS");
        let camera = Camera { pixels_per_module: 6.0, contrast: 100, ..Camera::default() };
        // The upper left of the picture is background; statistics of what else is done to it.
        let corner = |camera: &Camera| {
            let shot = camera.shoot(&code, 60, 150);
            let lumas = (0..50 * 50).map(|i| f32::from(shot.luma[i / 50 * shot.width as usize + i % 50]));
            let mean = lumas.clone().sum::<f32>() / 2_500.0;
            (mean, (lumas.map(|luma| (luma - mean).powi(2)).sum::<f32>() / 2_500.0).sqrt())
        };
        assert_eq!(corner(&camera), (150.0, 0.0));
        let (mean, sigma) = corner(&Camera { noise_sigma: 8.0, ..camera.clone() });
        assert!((mean - 150.0).abs() < 1.0 && (sigma - 8.0).abs() < 0.5, "{mean} {sigma}");
        let (mean, sigma) = corner(&Camera { light: 0.2, ..camera.clone() });
        assert!((mean - 30.0).abs() < 1.0 && sigma > 2.0, "{mean} {sigma}");

        let range = |camera: &Camera| {
            let luma = camera.shoot(&code, 0, 128).luma;
            (luma.iter().min().copied(), luma.iter().max().copied())
        };
        assert_eq!(range(&camera), (Some(78), Some(178)));
        let (dark, light) = range(&Camera { blur_sigma: 6.0, ..camera });
        assert!(dark > Some(90) && light <= Some(178), "{dark:?} {light:?}");
    }

    #[test]
    fn a_worn_code_is_bent_stained_glared_at_and_shaken_as_it_says() {
        let code = draw("JOL1:WORN");
        let good = Camera { pixels_per_module: 6.0, contrast: 100, ..Camera::default() };
        let shoot = |camera: &Camera| camera.shoot(&code, 10, 128);
        let still = shoot(&good);
        let lumas = |shot: &Shot| shot.luma.iter().map(|luma| f32::from(*luma)).collect::<Vec<_>>();
        let changed = |camera: &Camera| {
            let pairs = lumas(&still).into_iter().zip(lumas(&shoot(camera)));
            pairs.filter(|(a, b)| (a - b).abs() > 8.0).count() as f32 / still.luma.len() as f32
        };
        for seed in 0..5 {
            let seeded = Camera { seed, ..good.clone() };
            assert_eq!(shoot(&Camera { seed, ..good.clone() }).width, still.width);
            // Stains lie over each other and on what has their luma: less is changed than they cover.
            let stained = changed(&Camera { dirt: 0.2, ..seeded.clone() });
            assert!((0.05..0.25).contains(&stained), "seed {seed}: {stained}");
            let white = lumas(&shoot(&Camera { glare: 1.0, ..seeded.clone() }));
            assert!(white.iter().any(|luma| *luma > 250.0) && white.contains(&128.0), "a spot, not all");
            let shaken = shoot(&Camera { shake_pixels: 12.0, ..seeded.clone() });
            let sum = |shot: &Shot| lumas(shot).iter().sum::<f32>() / shot.luma.len() as f32;
            assert!((sum(&shaken) - sum(&shoot(&seeded))).abs() < 2.0, "light goes nowhere");
            let steps = |shot: &Shot| lumas(shot).windows(2).filter(|w| (w[0] - w[1]).abs() > 40.0).count();
            assert!(steps(&shaken) * 4 < steps(&still), "edges are gone");
        }
        // Bent by 60 degrees, the code, from corner to corner, is sin(60°) / rad(60°) = 0.83 as wide as flat.
        let width = |shot: &Shot| {
            let row = lumas(shot)
                .chunks(shot.width as usize)
                .nth(shot.corners[0].1 as usize + 2)
                .expect("a row")
                .to_vec();
            let dark: Vec<usize> = (0..row.len()).filter(|x| row[*x] < 100.0).collect();
            dark.last().expect("dark") - dark.first().expect("dark")
        };
        let bent =
            width(&shoot(&Camera { bend_degrees: 60.0, ..good.clone() })) as f32 / width(&still) as f32;
        assert!((bent - 0.827).abs() < 0.03, "{bent}");
        let mild = Camera { bend_degrees: 25.0, dirt: 0.01, glare: 0.3, shake_pixels: 2.0, ..good };
        assert_eq!(read_image(&frame(&shoot(&mild)))[0].text, "JOL1:WORN", "and still reads");
    }
}
