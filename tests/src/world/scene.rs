//! What a camera on a bus sees where no code is: walls, cloth, print, windows at night, tiles, boxes in
//! boxes. Each is drawn from a seed; none of it can be read.

use super::camera::Chance;

/// What a scene is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A wall: nearly even, lighter to one side.
    Wall,
    /// Cloth: stripes both ways.
    Cloth,
    /// Print: lines of dark specks of a letter's size.
    Print,
    /// A window at night: rectangles of light in the dark.
    Window,
    /// Tiles in two shades, with joints between.
    Tiles,
    /// Boxes in boxes, as the corners of a code are, and as logotypes are.
    Boxes,
    /// Leaves, gravel, snow: squares of any shade and a few sizes.
    Gravel,
}

impl Kind {
    /// All there are.
    pub const ALL: [Kind; 7] =
        [Kind::Wall, Kind::Cloth, Kind::Print, Kind::Window, Kind::Tiles, Kind::Boxes, Kind::Gravel];

    /// Each in turn.
    pub fn of(seed: u64) -> Kind {
        Kind::ALL[(seed % Kind::ALL.len() as u64) as usize]
    }
}

/// A picture of it in full light: `width` × `height` luma, row by row.
pub fn draw(kind: Kind, width: u32, height: u32, seed: u64) -> Vec<f32> {
    let mut chance = Chance::new(seed ^ 0x5ce7_e000);
    let mut picture = Picture { luma: vec![0.0; (width * height) as usize], width, height };
    match kind {
        Kind::Wall => picture.wall(&mut chance),
        Kind::Cloth => picture.cloth(&mut chance),
        Kind::Print => picture.print(&mut chance),
        Kind::Window => picture.window(&mut chance),
        Kind::Tiles => picture.tiles(&mut chance),
        Kind::Boxes => picture.boxes(&mut chance),
        Kind::Gravel => picture.gravel(&mut chance),
    }
    picture.luma
}

struct Picture {
    luma: Vec<f32>,
    width: u32,
    height: u32,
}

impl Picture {
    fn fill(&mut self, luma: impl Fn(f32, f32) -> f32) {
        let width = self.width as usize;
        for (i, pixel) in self.luma.iter_mut().enumerate() {
            *pixel = luma((i % width) as f32, (i / width) as f32);
        }
    }

    /// A rectangle, as far as it is inside.
    fn rectangle(&mut self, (left, top): (f32, f32), (width, height): (f32, f32), luma: f32) {
        let span = |from: f32, length: f32, end: u32| {
            (from.max(0.0) as usize).min(end as usize)..((from + length).max(0.0) as usize).min(end as usize)
        };
        for y in span(top, height, self.height) {
            let row = y * self.width as usize;
            let columns = span(left, width, self.width);
            self.luma[row + columns.start..row + columns.end].fill(luma);
        }
    }

    /// Any place in the picture.
    fn place(&self, chance: &mut Chance) -> (f32, f32) {
        (chance.even() * self.width as f32, chance.even() * self.height as f32)
    }

    fn wall(&mut self, chance: &mut Chance) {
        let (base, across, down) =
            (chance.within(60.0, 190.0), chance.within(-60.0, 60.0), chance.within(-60.0, 60.0));
        let (width, height) = (self.width as f32, self.height as f32);
        self.fill(|x, y| base + across * (x / width - 0.5) + down * (y / height - 0.5));
    }

    fn cloth(&mut self, chance: &mut Chance) {
        let (across, down) = (chance.within(3.0, 40.0), chance.within(3.0, 40.0));
        let (base, strength) = (chance.within(80.0, 150.0), chance.within(10.0, 60.0));
        self.fill(|x, y| {
            let stripe =
                |at: f32, width: f32| if (at / width) as i64 % 2 == 0 { strength } else { -strength };
            base + (stripe(x, across) + stripe(y, down)) / 2.0
        });
    }

    fn print(&mut self, chance: &mut Chance) {
        let (paper, ink) = (chance.within(170.0, 240.0), chance.within(10.0, 70.0));
        let letter = chance.within(5.0, 22.0);
        self.fill(|_, _| paper);
        let mut y = letter;
        while y < self.height as f32 {
            let mut x = letter;
            while x < self.width as f32 {
                if chance.even() < 0.85 {
                    // Two or three strokes make a letter.
                    for _ in 0..2 + (chance.even() * 2.0) as usize {
                        let at = (x + chance.even() * letter * 0.5, y + chance.even() * letter * 0.7);
                        let long = chance.within(0.3, 1.0) * letter * 0.6;
                        let thick = (letter / 7.0).max(1.0);
                        let upright = chance.even() < 0.5;
                        self.rectangle(at, if upright { (thick, long) } else { (long, thick) }, ink);
                    }
                }
                x += letter * 0.75;
            }
            y += letter * 1.6;
        }
    }

    fn window(&mut self, chance: &mut Chance) {
        let dark = chance.within(5.0, 50.0);
        self.fill(|_, _| dark);
        for _ in 0..60 {
            let at = self.place(chance);
            let size = (chance.within(3.0, 90.0), chance.within(3.0, 90.0));
            self.rectangle(at, size, chance.within(dark, 250.0));
        }
    }

    fn tiles(&mut self, chance: &mut Chance) {
        let side = chance.within(6.0, 60.0);
        let (one, other, joint) =
            (chance.within(40.0, 120.0), chance.within(120.0, 220.0), chance.within(20.0, 230.0));
        self.fill(|x, y| {
            if x % side < side / 10.0 || y % side < side / 10.0 {
                joint
            } else if ((x / side) as i64 + (y / side) as i64) % 2 == 0 {
                one
            } else {
                other
            }
        });
    }

    fn boxes(&mut self, chance: &mut Chance) {
        let (paper, ink) = (chance.within(150.0, 240.0), chance.within(10.0, 90.0));
        self.fill(|_, _| paper);
        for _ in 0..40 {
            let (left, top) = self.place(chance);
            let module = chance.within(2.0, 9.0);
            // 7, 5 and 3 modules: what a reader of codes looks for.
            for (inset, luma) in [(0.0, ink), (1.0, paper), (2.0, ink)] {
                let side = (7.0 - 2.0 * inset) * module;
                self.rectangle((left + inset * module, top + inset * module), (side, side), luma);
            }
        }
    }

    fn gravel(&mut self, chance: &mut Chance) {
        let side = chance.within(1.0, 8.0).floor();
        let mut y = 0.0;
        while y < self.height as f32 {
            let mut x = 0.0;
            while x < self.width as f32 {
                self.rectangle((x, y), (side, side), chance.even() * 255.0);
                x += side;
            }
            y += side;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::qr::{Frame, read_image};

    #[test]
    fn scenes_differ_by_kind_and_seed_and_hold_no_code() {
        let mut drawn: Vec<Vec<u8>> = Vec::new();
        for seed in 0..21 {
            let luma: Vec<u8> = draw(Kind::of(seed), 320, 240, seed).iter().map(|p| *p as u8).collect();
            let frame = Frame::new(luma.as_slice(), 320, 240, 320, 0).expect("a frame");
            assert_eq!(read_image(&frame), [], "{:?}, seed {seed}", Kind::of(seed));
            assert!(!drawn.contains(&luma), "seed {seed}");
            drawn.push(luma);
        }
        assert_eq!(draw(Kind::Print, 90, 70, 5), draw(Kind::Print, 90, 70, 5), "the same twice");
    }
}
