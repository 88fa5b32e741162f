//! Where a symbol's modules are in a picture: from three corners to a grid that follows tilt and bend.
//!
//! A code on a flat wall is seen through a homography; one around a pole, or on a bag, is not. The grid is a
//! homography of coordinates that may bend a little along rows and columns, and it is moved until what every
//! code has (corners, rows that alternate, small squares) looks most like itself: the sum of correlations,
//! which light and contrast do not change.

use super::modules::{Modules, Pattern, SIDES, solve};
use super::pixels::View;
use crate::order;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, FindConcentricPatternCorners};
use rxing::qrcode::cpp_port::detector::{EstimateModuleSize, FinderPatternSet};
use std::collections::BTreeMap;

type Point = (f32, f32);

/// From a corner pattern's middle to the symbol's edge, in modules.
const MARGIN: f32 = 3.5;

/// A grid that is less like a code than this is none.
const LEAST_LIKENESS: f32 = 0.45;

/// One that is less so before it is moved in small steps will not become one.
const HOPELESS: f32 = 0.3;

/// A mapping of modules to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    side: usize,
    /// Where the middles of the three corner patterns are, and where that of a fourth would be: upper left,
    /// upper right, lower right, lower left.
    handles: [Point; 4],
    /// How far columns, then rows, are off between the handles: evenly to one side, and to the middle.
    bends: [f32; 4],
}

impl Grid {
    /// From the middle of one corner pattern to that of another, in modules.
    fn span(&self) -> f32 {
        self.side as f32 - 2.0 * MARGIN
    }

    /// Where this place of the symbol, in modules from its upper left corner, is in the picture.
    fn place(&self) -> impl Fn(f32, f32) -> Point + use<> {
        let (unit, span, bends) = (self.unit(), self.span(), self.bends);
        move |column, row| {
            let (u, v) = ((column - MARGIN) / span, (row - MARGIN) / span);
            unit(bent(u, bends[0], bends[1]), bent(v, bends[2], bends[3]))
        }
    }

    /// Where a place between the handles is, from 0 to 1 each way.
    fn unit(&self) -> impl Fn(f32, f32) -> Point + use<> {
        let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = self.handles;
        // The unit square onto any four points (Heckbert 1989).
        let (dx1, dx2, dx3) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
        let (dy1, dy2, dy3) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
        let area = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((dx3 * dy2 - dx2 * dy3) / area, (dx1 * dy3 - dx3 * dy1) / area);
        let (a, b) = (x1 - x0 + g * x1, x3 - x0 + h * x3);
        let (d, e) = (y1 - y0 + g * y1, y3 - y0 + h * y3);
        move |u, v| {
            let depth = g * u + h * v + 1.0;
            ((a * u + b * v + x0) / depth, (d * u + e * v + y0) / depth)
        }
    }

    /// The symbol's own corners in the picture.
    pub(super) fn corners(&self) -> [Point; 4] {
        let (place, side) = (self.place(), self.side as f32);
        [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)].map(|(column, row)| place(column, row))
    }
}

/// Brightness between pixels.
struct Picture<'a> {
    luma: &'a [u8],
    width: usize,
    last: (f32, f32),
}

impl<'a> Picture<'a> {
    /// A view of at least two pixels each way.
    fn of(view: &'a View<'_>) -> Picture<'a> {
        let last = |side: usize| side.saturating_sub(2) as f32 + 0.999;
        Picture { luma: &view.luma, width: view.width, last: (last(view.width), last(view.height)) }
    }

    /// Beyond the edge it goes on as it ends.
    fn at(&self, (x, y): Point) -> f32 {
        // `max` takes the number where the other is none.
        let (x, y) = ((x - 0.5).max(0.0).min(self.last.0), (y - 0.5).max(0.0).min(self.last.1));
        let (left, top) = (x as usize, y as usize);
        let (dx, dy) = (x - left as f32, y - top as f32);
        let at = top * self.width + left;
        let (Some(&[a, b]), Some(&[c, d])) = (
            self.luma.get(at..at + 2).and_then(|p| p.first_chunk()),
            self.luma.get(at + self.width..at + self.width + 2).and_then(|p| p.first_chunk()),
        ) else {
            return 0.0;
        };
        let [a, b, c, d] = [a, b, c, d].map(f32::from);
        let (upper, lower) = (a + (b - a) * dx, c + (d - c) * dx);
        upper + (lower - upper) * dy
    }
}

/// A module and its shade: 1 ink, −1 paper.
type Shade = (f32, f32, f32);

/// What a grid is measured by: groups of modules whose shade is known.
struct Features {
    groups: Vec<Vec<Shade>>,
    /// The small squares along the right and lower edges, and the last at the far corner; none in the smallest symbols.
    far: Vec<Vec<Shade>>,
}

impl Features {
    fn of(pattern: &Pattern, side: usize) -> Features {
        let module = |(column, row): (usize, usize)| {
            let shade = f32::from(pattern.known[row * side + column]);
            (column as f32 + 0.5, row as f32 + 0.5, shade)
        };
        let square = |left: usize, top: usize, size: usize| {
            let places =
                (top..top + size).flat_map(move |row| (left..left + size).map(move |column| (column, row)));
            places.map(module).collect::<Vec<_>>()
        };
        let mut groups = vec![square(0, 0, 8), square(side - 8, 0, 8), square(0, side - 8, 8)];
        let small: Vec<_> = pattern.alignment_patterns().collect();
        let squares = small.iter().map(|(column, row)| square(column - 2, row - 2, 5));
        let last = small.iter().map(|(column, _)| *column).max();
        let is_far = |(column, row): &(usize, usize)| Some(*column) == last && Some(*row) == last;
        let far =
            squares.clone().zip(&small).filter(|(_, at)| is_far(at)).map(|(square, _)| square).collect();
        groups.extend(squares);
        let row: Vec<Shade> = (8..side - 8).map(|at| module((at, 6))).collect();
        let column: Vec<Shade> = (8..side - 8).map(|at| module((6, at))).collect();
        // In pieces that are seen in one light.
        let piece = row.len().div_ceil(row.len().div_ceil(12));
        groups.extend(row.chunks(piece).chain(column.chunks(piece)).map(<[Shade]>::to_vec));
        Features { groups, far }
    }

    /// How much the picture looks like that, from −1 to 1: the mean of the groups' correlations, each counted
    /// by the root of its size.
    fn likeness(&self, picture: &Picture<'_>, grid: &Grid) -> f32 {
        let place = grid.place();
        let weight = |group: &Vec<Shade>| (group.len() as f32).sqrt();
        let sum: f32 =
            self.groups.iter().map(|group| weight(group) * correlation(picture, &place, group)).sum();
        sum / self.groups.iter().map(weight).sum::<f32>()
    }
}

/// How much these modules look as they should, from −1 to 1, in whatever light.
fn correlation(picture: &Picture<'_>, place: &impl Fn(f32, f32) -> Point, group: &[Shade]) -> f32 {
    let count = group.len() as f32;
    let (mut shades, mut squares, mut lumas, mut luma_squares, mut both) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(column, row, shade) in group {
        let luma = picture.at(place(column, row));
        shades += shade;
        squares += shade * shade;
        lumas += luma;
        luma_squares += luma * luma;
        both += luma * shade;
    }
    let covariance = shades * lumas / count - both;
    // Even a flat picture has some noise.
    let spread = (squares - shades * shades / count) * (luma_squares - lumas * lumas / count + 4.0 * count);
    covariance / spread.max(1.0).sqrt()
}

/// A grid that may be a symbol's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    grid: Grid,
    /// How much it looks like one, from −1 to 1.
    pub(super) likeness: f32,
}

/// Looks for grids in one picture.
pub(super) struct Grids<'a> {
    picture: Picture<'a>,
    bits: &'a BitMatrix,
    /// What is known of symbols of each size, made when it is asked for.
    sizes: BTreeMap<usize, Option<(Pattern, Features)>>,
    /// The corners of each corner pattern, likewise.
    corners: Vec<(ConcentricPattern, Option<[Point; 4]>)>,
}

impl<'a> Grids<'a> {
    pub(super) fn of(view: &'a View<'_>, bits: &'a BitMatrix) -> Grids<'a> {
        Grids { picture: Picture::of(view), bits, sizes: BTreeMap::new(), corners: Vec::new() }
    }

    fn know(&mut self, side: usize) {
        self.sizes.entry(side).or_insert_with(|| {
            let pattern = Pattern::of(side)?;
            let features = Features::of(&pattern, side);
            Some((pattern, features))
        });
    }

    /// Of three corner patterns: the size and bends at which they look most like a symbol's.
    pub(super) fn candidate(&mut self, set: &FinderPatternSet) -> Option<Candidate> {
        let sides: Vec<usize> = sides(self.bits, set)?.collect();
        // The row and the column that alternate begin and end at corners, whatever the size: they are looked at
        // once, and compared with each size and bend.
        let middle = self.first(set, *sides.get(sides.len() / 2)?);
        let far = 3.0 / middle.span();
        let row = self.depth(set, [set.tl, set.tr], false).unwrap_or(far);
        let column = self.depth(set, [set.tl, set.bl], true).unwrap_or(far);
        let row = profile(&self.picture, |along| middle.unit()(along, row));
        let column = profile(&self.picture, |along| middle.unit()(column, along));
        let fits = sides.into_iter().map(|side| {
            let [row, column] = [&row, &column].map(|profile| {
                let best = |bends: &mut dyn Iterator<Item = (f32, f32)>| {
                    let alike = bends.map(|bends| (alternation(profile, side, bends), bends));
                    alike.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
                };
                // Every second bend with each shift, then those beside the best: half as many as all.
                let shifts =
                    EVEN_BENDS.iter().flat_map(|even| BENDS.iter().step_by(2).map(|bend| (*even, *bend)));
                let (_, (even, middle)) = best(&mut { shifts });
                let near = BENDS.iter().filter(|bend| (**bend - middle).abs() < 0.1);
                best(&mut near.map(|bend| (even, *bend)))
            });
            (side, row, column)
        });
        let mut fits: Vec<_> = fits.collect();
        order::sort_by(&mut fits, |a, b| (b.1.0 + b.2.0).total_cmp(&(a.1.0 + a.2.0)));
        let candidates = fits.into_iter().take(2).filter_map(|(side, row, column)| {
            let mut grid = self.first(set, side);
            grid.bends = [row.1.0, row.1.1, column.1.0, column.1.1];
            self.know(side);
            let (_, features) = self.sizes.get(&side)?.as_ref()?;
            Some(Candidate { grid, likeness: features.likeness(&self.picture, &grid) })
        });
        candidates.max_by(|a, b| a.likeness.total_cmp(&b.likeness))
    }

    /// The text of a symbol and its own corners, if it can be made out. Takes two milliseconds.
    pub(super) fn read(&self, candidate: &Candidate) -> Option<(String, [Point; 4])> {
        let (pattern, features) = self.sizes.get(&candidate.grid.side)?.as_ref()?;
        let (grid, likeness) = fitted(candidate.grid, &self.picture, features);
        if likeness < LEAST_LIKENESS {
            return None;
        }
        let text = sampled(&self.picture, &grid).text(pattern)?;
        Some((text, grid.corners()))
    }

    /// A grid by the middles and the corners of the three corner patterns alone.
    fn first(&mut self, set: &FinderPatternSet, side: usize) -> Grid {
        let [tl, tr, bl] = [set.tl, set.tr, set.bl].map(|pattern| (pattern.p.x, pattern.p.y));
        let flat =
            Grid { side, handles: [tl, tr, (tr.0 + bl.0 - tl.0, tr.1 + bl.1 - tl.1), bl], bends: [0.0; 4] };
        let far = side as f32 - MARGIN;
        let mut pairs = vec![((MARGIN, MARGIN), tl), ((far, MARGIN), tr), ((MARGIN, far), bl)];
        let place = flat.place();
        for (pattern, middle) in
            [(set.tl, (MARGIN, MARGIN)), (set.tr, (far, MARGIN)), (set.bl, (MARGIN, far))]
        {
            let Some(corners) = self.corners(pattern) else { continue };
            for (dx, dy) in [(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)] {
                let module: Point = (middle.0 + dx, middle.1 + dy);
                let near = place(module.0, module.1);
                let distance = |p: &Point| (p.0 - near.0).hypot(p.1 - near.1);
                let corner = corners.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                pairs.extend(corner.map(|corner| (module, *corner)));
            }
        }
        // Corners tell what is far; the middles themselves are known best.
        let far = homography(&pairs, side).map_or(flat.handles[2], |grid| grid.handles[2]);
        Grid { handles: [tl, tr, far, bl], ..flat }
    }

    /// How far the row that alternates is below the middles of two corner patterns, or the column beside them,
    /// as a part of the way to the next: as far as their own corners are.
    fn depth(
        &mut self,
        set: &FinderPatternSet,
        patterns: [ConcentricPattern; 2],
        is_column: bool,
    ) -> Option<f32> {
        let (across, down) = (set.tr.p - set.tl.p, set.bl.p - set.tl.p);
        let area = across.x * down.y - across.y * down.x;
        let (mut sum, mut count) = (0.0, 0.0);
        for pattern in patterns {
            for (x, y) in self.corners(pattern).into_iter().flatten() {
                let (x, y) = (x - pattern.p.x, y - pattern.p.y);
                let part = if is_column { x * down.y - y * down.x } else { across.x * y - across.y * x };
                sum += (part / area).abs();
                count += 1.0;
            }
        }
        (count > 0.0).then_some(sum / count)
    }

    fn corners(&mut self, pattern: ConcentricPattern) -> Option<[Point; 4]> {
        if let Some((_, corners)) = self.corners.iter().find(|(known, _)| *known == pattern) {
            return *corners;
        }
        let found = FindConcentricPatternCorners(self.bits, pattern.p, pattern.size, 2);
        let corners = found.map(|found| found.0.map(|p| (p.x, p.y)));
        self.corners.push((pattern, corners));
        corners
    }
}

/// How bright a line is between two corner patterns' middles, evenly.
fn profile(picture: &Picture<'_>, place: impl Fn(f32) -> Point) -> [f32; PROFILE] {
    std::array::from_fn(|nth| picture.at(place((nth as f32 + 0.5) / PROFILE as f32)))
}

/// So many places; four of each module of a symbol with 71.
const PROFILE: usize = 256;

/// How much a profile alternates as that of a symbol with so many modules a side would, so bent, from −1 to 1.
fn alternation(profile: &[f32; PROFILE], side: usize, (even, middle): (f32, f32)) -> f32 {
    let span = side as f32 - 2.0 * MARGIN;
    let (mut shades, mut lumas, mut luma_squares, mut both) = (0.0, 0.0, 0.0, 0.0);
    for at in 8..side - 8 {
        let t = (at as f32 + 0.5 - MARGIN) / span;
        let nth = (bent(t, even, middle) * PROFILE as f32) as usize;
        let (luma, shade) = (profile[nth.min(PROFILE - 1)], if at % 2 == 0 { 1.0 } else { -1.0 });
        shades += shade;
        lumas += luma;
        luma_squares += luma * luma;
        both += luma * shade;
    }
    let count = (side - 16) as f32;
    let spread = (count - shades * shades / count) * (luma_squares - lumas * lumas / count + 4.0 * count);
    (shades * lumas / count - both) / spread.max(1.0).sqrt()
}

/// Between two corner patterns, from 0 to 1: where a place is seen that is bent so far evenly and to the middle.
fn bent(t: f32, even: f32, middle: f32) -> f32 {
    t + t * (1.0 - t) * (even + middle * (2.0 * t - 1.0))
}

/// How much the middle between two corner patterns may be bent.
const BENDS: [f32; 12] = [-0.12, -0.06, 0.0, 0.06, 0.12, 0.18, 0.24, 0.3, 0.36, 0.42, 0.5, 0.58];

/// How much it may be shifted to one side, as it is where the far corner is not known yet.
const EVEN_BENDS: [f32; 5] = [0.0, -0.04, 0.04, -0.08, 0.08];

/// How many modules a side a symbol may have by its corner patterns.
fn sides(bits: &BitMatrix, set: &FinderPatternSet) -> Option<impl Iterator<Item = usize> + use<>> {
    let along = |a: ConcentricPattern, b: ConcentricPattern| {
        let sizes = [EstimateModuleSize(bits, a, b), EstimateModuleSize(bits, b, a)];
        let known: Vec<f64> = sizes.into_iter().filter(|size| *size > 0.0).collect();
        let module = if known.is_empty() {
            f64::from(a.size + b.size) / 14.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        };
        f64::from(ConcentricPattern::distance(a, b)) / module + 7.0
    };
    // What is bent or tilted is shorter than it is, and not in both directions.
    let (across, down) = (along(set.tl, set.tr), along(set.tl, set.bl));
    let (least, most) = (across.min(down) - 4.5, across.max(down) + 6.5);
    let is_one = most < 200.0 && most - least < 40.0;
    is_one.then(|| SIDES.step_by(4).filter(move |side| (least..most).contains(&(*side as f64))))
}

/// The homography that is closest to all these pairs of module and pixel: least squares of the linear form.
fn homography(pairs: &[(Point, Point)], side: usize) -> Option<Grid> {
    if pairs.len() < 7 {
        return None;
    }
    let span = side as f32 - 2.0 * MARGIN;
    let (x0, y0) = pairs[0].1;
    let scale = span.max(1.0);
    let mut equations = [[0.0_f32; 9]; 8];
    for ((column, row), (x, y)) in pairs {
        let (u, v) = ((column - MARGIN) / span, (row - MARGIN) / span);
        let (x, y) = ((x - x0) / scale, (y - y0) / scale);
        let across = [u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x, x];
        let down = [0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y, y];
        for terms in [across, down] {
            for (equation, a) in equations.iter_mut().zip(terms) {
                for (sum, b) in equation.iter_mut().zip(terms) {
                    *sum += a * b;
                }
            }
        }
    }
    let [a, b, c, d, e, f, g, h] = solve(equations)?;
    let handles = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(u, v)| {
        let depth = g * u + h * v + 1.0;
        ((a * u + b * v + c) / depth * scale + x0, (d * u + e * v + f) / depth * scale + y0)
    });
    let is_near = |(x, y): &Point| (x - x0).abs() < 1e5 && (y - y0).abs() < 1e5;
    handles.iter().all(is_near).then_some(Grid { side, handles, bends: [0.0; 4] })
}

/// The grid moved, in smaller and smaller steps, to where it looks most like a code.
fn fitted(mut grid: Grid, picture: &Picture<'_>, features: &Features) -> (Grid, f32) {
    let span = grid.span();
    let [p, q, r, _] = grid.handles;
    let module = ((p.0 - q.0).hypot(p.1 - q.1) + (q.0 - r.0).hypot(q.1 - r.1)) / 2.0 / span;
    let mut likeness = features.likeness(picture, &grid);
    let attempt = |grid: &mut Grid, likeness: &mut f32, change: &dyn Fn(&mut Grid)| {
        let mut other = *grid;
        change(&mut other);
        let found = features.likeness(picture, &other);
        let is_better = found > *likeness;
        if is_better {
            (*grid, *likeness) = (other, found);
        }
        is_better
    };
    // The far corner is known least: the small square near it is looked for around where it should be, first.
    if let [far] = &features.far[..] {
        let [p, q, start, r] = grid.handles;
        let reach = (grid.side as f32 / 12.0).ceil().max(3.0) as i32;
        let (mut best, mut found) = (0.0, start);
        // Where the corners' homography has it, and where a square seen from afar does.
        for start in [start, (q.0 + r.0 - p.0, q.1 + r.1 - p.1)] {
            for (dx, dy) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy))) {
                let mut other = grid;
                other.handles[2] = (start.0 + dx as f32 * module * 0.7, start.1 + dy as f32 * module * 0.7);
                let alike = correlation(picture, &other.place(), far);
                if alike > best {
                    (best, found) = (alike, other.handles[2]);
                }
            }
        }
        attempt(&mut grid, &mut likeness, &|grid| grid.handles[2] = found);
    }
    for bend in [0, 2] {
        for step in -4..=4 {
            let value = step as f32 * 0.06;
            attempt(&mut grid, &mut likeness, &|grid| grid.bends[bend] = value);
        }
    }
    if likeness < HOPELESS {
        return (grid, likeness);
    }
    for step in [0.8, 0.5, 0.3, 0.2, 0.1, 0.05] {
        for _ in 0..2 {
            let mut moved = false;
            for handle in 0..4 {
                for (dx, dy) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)] {
                    moved |= attempt(&mut grid, &mut likeness, &|grid| {
                        let (x, y) = grid.handles[handle];
                        grid.handles[handle] = (x + dx * module, y + dy * module);
                    });
                }
            }
            for bend in 0..4 {
                for change in [step, -step] {
                    moved |=
                        attempt(&mut grid, &mut likeness, &|grid| grid.bends[bend] += change * 4.0 / span);
                }
            }
            if !moved {
                break;
            }
        }
    }
    (grid, likeness)
}

/// The modules' shades: of each the mean of nine points in its middle.
fn sampled(picture: &Picture<'_>, grid: &Grid) -> Modules {
    let place = grid.place();
    let mut dark = Vec::with_capacity(grid.side * grid.side);
    for row in 0..grid.side {
        for column in 0..grid.side {
            let points = (0..9).map(|i| {
                let (dx, dy) = ((i % 3) as f32 - 1.0, (i / 3) as f32 - 1.0);
                picture.at(place(column as f32 + 0.5 + dx * SPREAD, row as f32 + 0.5 + dy * SPREAD))
            });
            dark.push(-points.sum::<f32>() / 9.0);
        }
    }
    Modules::new(grid.side, dark)
}

/// How far from a module's middle it is looked at, in modules.
const SPREAD: f32 = 0.28;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Entropy, SeededEntropy};
    use crate::qr::{Correction, Frame, QrCode, ink};
    use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets};

    const TEXT: &str =
        "JOL1:A TICKET OF SOME LENGTH, SO THAT IT HAS AN ALIGNMENT PATTERN AND MORE THAN ONE ROW";

    /// A picture of a code: which place of it, in modules, is seen at each pixel.
    fn picture(
        code: &QrCode,
        (width, height): (u32, u32),
        place: impl Fn(f32, f32) -> Point,
    ) -> Frame<'static> {
        let luma = (0..width * height).map(|i| {
            let points = (0..16).map(|n| {
                let (x, y) = (i % width, i / width);
                let (dx, dy) = ((n % 4) as f32 / 4.0 + 0.125, (n / 4) as f32 / 4.0 + 0.125);
                let (column, row) = place(x as f32 + dx, y as f32 + dy);
                if code.is_dark(column.floor() as i64, row.floor() as i64) { 60 } else { 200 }
            });
            (points.sum::<u32>() / 16) as u8
        });
        Frame::new(luma.collect::<Vec<_>>(), width, height, width, 0).expect("a frame")
    }

    /// Texts and corners of all that is found by grids alone.
    fn read(frame: &Frame<'_>) -> Vec<(String, [Point; 4])> {
        let view = View::of(frame);
        let bits = ink::by_blocks(&view).expect("pixels");
        let sets = GenerateFinderPatternSets(&mut FindFinderPatterns(&bits, true, 0));
        let mut grids = Grids::of(&view, &bits);
        sets.iter()
            .filter_map(|set| grids.candidate(set).and_then(|candidate| grids.read(&candidate)))
            .collect()
    }

    #[test]
    fn a_flat_code_reads_and_its_corners_are_known() {
        for (text, side) in [("JOL", 21), (TEXT, 33), (&TEXT.repeat(4)[..], 57)] {
            let code = QrCode::of(text, Correction::L).expect("a code");
            assert_eq!(code.size, side);
            let size = 3 * side + 60;
            let frame = picture(&code, (size, size), |x, y| ((x - 30.0) / 3.0, (y - 30.0) / 3.0));
            let found = read(&frame);
            assert!(!found.is_empty() && found.iter().all(|(read, _)| read == text), "{found:?}");
            let far = 30.0 + 3.0 * side as f32;
            for (seen, drawn) in found[0].1.iter().zip([(30.0, 30.0), (far, 30.0), (far, far), (30.0, far)]) {
                assert!((seen.0 - drawn.0).hypot(seen.1 - drawn.1) < 1.5, "{seen:?} {drawn:?}");
            }
        }
    }

    #[test]
    fn a_code_around_a_pole_reads() {
        for (text, side) in [(TEXT, 33.0), (&TEXT.repeat(4)[..], 57.0)] {
            let code = QrCode::of(text, Correction::L).expect("a code");
            // So far do its edges turn away.
            for degrees in [30.0_f32, 40.0, 50.0] {
                let radius = side / 2.0 / degrees.to_radians();
                let around =
                    |x: f32| side / 2.0 + radius * ((x - 150.0) / 4.0 / radius).clamp(-1.0, 1.0).asin();
                let across = picture(&code, (300, 300), |x, y| (around(x), (y - 30.0) / 4.0));
                let down = picture(&code, (300, 300), |x, y| ((x - 30.0) / 4.0, around(y)));
                for frame in [across, down] {
                    assert!(
                        read(&frame).iter().any(|(read, _)| read == text),
                        "{side} modules, {degrees} degrees"
                    );
                }
            }
        }
    }

    #[test]
    fn noise_has_no_grid() {
        for seed in 0..8 {
            let mut luma = vec![0; 200 * 200];
            SeededEntropy::new(seed).fill(&mut luma);
            let frame = Frame::new(luma, 200, 200, 200, 0).expect("a frame");
            assert_eq!(read(&frame), []);
        }
    }

    #[test]
    fn bends_leave_the_corner_patterns_where_they_are() {
        let handles = [(10.0, 12.0), (90.0, 8.0), (100.0, 110.0), (5.0, 95.0)];
        let grid = Grid { side: 25, handles, bends: [0.3, 0.5, -0.2, 0.1] };
        let place = grid.place();
        for ((column, row), (x, y)) in
            [(3.5, 3.5), (21.5, 3.5), (21.5, 21.5), (3.5, 21.5)].into_iter().zip(handles)
        {
            let (seen_x, seen_y) = place(column, row);
            assert!((seen_x - x).abs() < 1e-3 && (seen_y - y).abs() < 1e-3);
        }
    }
}
