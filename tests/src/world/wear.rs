//! What a code on a bus suffers: it is bent around a pole, dirty, glared at, and the hand moves.

use super::camera::Chance;
use std::f32::consts::TAU;

/// A glare's spread, in sides of the code.
const GLARE_RADIUS: f32 = 0.3;
/// Stains have a radius of this many modules at least and at most.
const STAIN_RADIUS: (f32, f32) = (0.5, 2.5);
/// Luma of stains: mud to dried splashes.
const STAIN_LUMA: (f32, f32) = (40.0, 220.0);

/// A round stain, in modules from the code's middle.
struct Stain {
    at: (f32, f32),
    radius: f32,
    luma: f32,
}

/// What lies on one code.
pub(super) struct Wear {
    side: f32,
    /// Radius of the pole around which the code is bent, in modules; none for a flat one.
    pole: Option<f32>,
    stains: Vec<Stain>,
    glare: f32,
    glare_at: (f32, f32),
}

impl Wear {
    /// `bend_degrees`: how far the code's edges turn away around an upright pole; `dirt`: the part of it that
    /// stains cover, each counted whole; `glare`: how much of the way to white its middle is.
    pub(super) fn of(side: u32, bend_degrees: f32, dirt: f32, glare: f32, seed: u64) -> Wear {
        // A stream of its own: what is worn changes no tilt and no noise of the same seed.
        let mut chance = Chance::new(seed ^ 0x0ea5_0000);
        let side = side as f32;
        let mut within = |(least, most): (f32, f32)| least + (most - least) * chance.even();
        let half = (-side / 2.0, side / 2.0);
        let glare_at = (within(half), within(half));
        let (mut stains, mut covered) = (Vec::new(), 0.0);
        while covered < dirt.clamp(0.0, 1.0) * side * side {
            let at = (within(half), within(half));
            let (radius, luma) = (within(STAIN_RADIUS), within(STAIN_LUMA));
            covered += radius * radius * TAU / 2.0;
            stains.push(Stain { at, radius, luma });
        }
        let bend = bend_degrees.clamp(0.0, 89.0).to_radians();
        let pole = (bend > 0.0).then(|| side / 2.0 / bend);
        Wear { side, pole, stains, glare: glare.clamp(0.0, 1.0), glare_at }
    }

    /// Which column of the code is seen in this one of its flat image; none beyond the pole's edge.
    pub(super) fn column(&self, seen: f32) -> Option<f32> {
        let Some(radius) = self.pole else { return Some(seen) };
        (seen.abs() < radius).then(|| radius * (seen / radius).asin())
    }

    /// What is seen of this luma there.
    pub(super) fn seen(&self, (column, row): (f32, f32), luma: f32) -> f32 {
        let far = |at: (f32, f32)| (column - at.0).hypot(row - at.1);
        let stain = self.stains.iter().find(|stain| far(stain.at) < stain.radius);
        let luma = stain.map_or(luma, |stain| stain.luma);
        let near = far(self.glare_at) / (GLARE_RADIUS * self.side);
        luma + (255.0 - luma) * self.glare * (-near * near).exp()
    }
}

/// The hand moves by so many pixels while the shutter is open, in a direction that the seed chooses.
pub(super) fn shake(light: &mut [f32], width: usize, pixels: f32, seed: u64) {
    if pixels <= 0.0 {
        return;
    }
    let angle = Chance::new(seed ^ 0x5a4e_0000).even() * TAU;
    let (dx, dy) = (angle.cos(), angle.sin());
    let still = light.to_vec();
    let (last_x, last_y) = (width as f32 - 1.0, (still.len() / width) as f32 - 1.0);
    let at = |x: f32, y: f32| {
        let (x, y) = (x.clamp(0.0, last_x), y.clamp(0.0, last_y));
        let (left, top) = (x.floor(), y.floor());
        let pixel = |x: f32, y: f32| still[y.min(last_y) as usize * width + x.min(last_x) as usize];
        let row = |y| pixel(left, y) * (left + 1.0 - x) + pixel(left + 1.0, y) * (x - left);
        row(top) * (top + 1.0 - y) + row(top + 1.0) * (y - top)
    };
    let steps = (pixels.ceil() as i32).max(1);
    for (i, value) in light.iter_mut().enumerate() {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        let along = (-steps..=steps).map(|step| pixels / 2.0 * step as f32 / steps as f32);
        *value = along.map(|d| at(x + dx * d, y + dy * d)).sum::<f32>() / (2 * steps + 1) as f32;
    }
}
