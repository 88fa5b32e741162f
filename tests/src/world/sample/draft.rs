//! How the sample city's streets are laid: grids that bend with the river, with gaps and a round outline.

use super::names::{self, Name};
use super::town::{Class, EMBANKMENT, River, Spot, Street, Stretch, Town, beside, metres, near_river};
use crate::world::dice::Dice;
use std::collections::{BTreeMap, HashMap};
use std::f64::consts::TAU;

/// How far the city reaches from its centre, east-west and north-south.
const REACH: Spot = (4_500.0, 3_700.0);

/// A city in the making: corners that turn out not to belong to it are still there.
pub(super) struct Draft {
    dice: Dice,
    /// Names that are left, as numbers.
    names: Vec<usize>,
    corners: Vec<Spot>,
    streets: Vec<Street>,
    stretches: Vec<Stretch>,
}

impl Default for Draft {
    fn default() -> Draft {
        Draft {
            dice: Dice::new(0, ""),
            names: Vec::new(),
            corners: Vec::new(),
            streets: Vec::new(),
            stretches: Vec::new(),
        }
    }
}

impl Draft {
    /// Draws a city: two grids, two bridges between them, two settlements outside.
    pub(super) fn draw(seed: u64) -> Town {
        let mut dice = Dice::new(seed, "town");
        let river = River::new(&mut dice);
        let bridges = [dice.between(650.0, 850.0), dice.between(-1_650.0, -1_400.0)];
        let mut draft = Draft { dice, names: (0..names::street_count()).collect(), ..Draft::default() };
        shuffle(&mut draft.names, &mut draft.dice);
        let crossing: Vec<usize> =
            (0..2).map(|nth| draft.street(names::AVENUES[nth], Class::Avenue)).collect();
        let ends: Vec<[usize; 2]> =
            [-1.0, 1.0].iter().map(|side| draft.bank(&river, *side, bridges, &crossing)).collect();
        for nth in 0..2 {
            draft.stretches.push(Stretch {
                from: ends[0][nth],
                to: ends[1][nth],
                street: crossing[nth],
                bridge: Some(nth),
            });
        }
        for (nth, (middle, gate)) in
            [((4_350.0, 3_500.0), (-0.75, -0.66)), ((-4_600.0, -3_300.0), (0.8, 0.6))].into_iter().enumerate()
        {
            draft.settlement(nth, middle, gate);
        }
        draft.finish(river)
    }

    fn street(&mut self, (kk, ru): (&str, &str), class: Class) -> usize {
        self.streets.push(Street { name: Name::new(kk, ru), class, houses: true });
        self.streets.len() - 1
    }

    fn named_street(&mut self, class: Class) -> usize {
        let name = names::street(self.names.pop().expect("there are more names than streets"));
        self.streets.push(Street { name, class, houses: true });
        self.streets.len() - 1
    }

    /// Distances from `first` to `last`, about `step` apart and none equal to the next.
    fn steps(&mut self, first: f64, last: f64, step: f64) -> Vec<f64> {
        let count = ((last - first).abs() / step).round().max(1.0);
        let one = (last - first) / count;
        (0..=count as usize)
            .map(|nth| {
                let inner = nth > 0 && nth < count as usize;
                let shift = if inner { self.dice.between(-0.22, 0.22) } else { 0.0 };
                first + one * (nth as f64 + shift)
            })
            .collect()
    }

    /// Adds the grid of one bank (-1 west, 1 east); gives its corners at the bridges.
    fn bank(&mut self, river: &River, side: f64, bridges: [f64; 2], crossing: &[usize]) -> [usize; 2] {
        let [north, south] = bridges;
        let columns = self.steps(EMBANKMENT, REACH.0 + 300.0, 290.0);
        let step = self.dice.between(270.0, 310.0);
        let mut rows = self.steps(-REACH.1 - 200.0, south, step);
        rows.extend(self.steps(south, north, step).into_iter().skip(1));
        rows.extend(self.steps(north, REACH.1 + 200.0, step).into_iter().skip(1));
        let bridge_rows =
            [north, south].map(|at| rows.iter().position(|row| (row - at).abs() < 1e-6).expect("a row"));

        let slope = self.dice.between(0.02, 0.06) * if self.dice.chance(0.5) { 1.0 } else { -1.0 };
        let bend = (self.dice.between(90.0, 160.0), self.dice.between(0.0, TAU));
        let outline = (self.dice.between(0.0, TAU), self.dice.between(0.0, TAU));
        let mut corner_of: HashMap<(usize, usize), usize> = HashMap::new();
        for (c, &off) in columns.iter().enumerate() {
            for (r, &row) in rows.iter().enumerate() {
                let rise = slope * off + bend.0 * ((off / 1_300.0 + bend.1).sin() - bend.1.sin());
                let wobble =
                    if c == 0 { (0.0, 0.0) } else { (self.dice.gauss() * 11.0, self.dice.gauss() * 11.0) };
                let north = row + rise;
                let east = side * off + river.east_at(row) * near_river(off);
                let angle = north.atan2(east);
                let edge =
                    1.0 + 0.1 * (3.0 * angle + outline.0).sin() + 0.07 * (5.0 * angle + outline.1).sin();
                if (east / REACH.0).powi(2) + (north / REACH.1).powi(2) <= edge {
                    corner_of.insert((c, r), self.corners.len());
                    self.corners.push((east + wobble.0, north + wobble.1));
                }
            }
        }

        let avenue_column = 4;
        let avenue_rows = [bridge_rows[0] + 4, (bridge_rows[0] + bridge_rows[1]) / 2];
        let west = side < 0.0;
        for c in 0..columns.len() {
            let street = match c {
                0 => self.street(names::EMBANKMENTS[usize::from(!west)], Class::Collector),
                _ if c == avenue_column => {
                    self.street(names::AVENUES[if west { 2 } else { 3 }], Class::Avenue)
                }
                _ if c % 4 == 0 => self.named_street(Class::Collector),
                _ => self.named_street(Class::Residential),
            };
            let line: Vec<_> = (0..rows.len()).map(|r| corner_of.get(&(c, r)).copied()).collect();
            self.lay(street, &line);
        }
        for r in 0..rows.len() {
            let avenue = avenue_rows.iter().position(|row| *row == r);
            let street = match (bridge_rows.iter().position(|row| *row == r), avenue) {
                (Some(nth), _) => crossing[nth],
                (None, Some(nth)) => {
                    self.street(names::AVENUES[4 + 2 * nth + usize::from(!west)], Class::Avenue)
                }
                _ if (r + 2) % 4 == bridge_rows[1] % 4 => self.named_street(Class::Collector),
                _ => self.named_street(Class::Residential),
            };
            let mut line: Vec<_> = (0..columns.len()).map(|c| corner_of.get(&(c, r)).copied()).collect();
            if west {
                // Numbers rise from west to east over the bridge.
                line.reverse();
            }
            self.lay(street, &line);
        }
        bridge_rows.map(|row| corner_of[&(0, row)])
    }

    /// Lays a street along corners; of a narrow one some stretches are missing.
    fn lay(&mut self, street: usize, line: &[Option<usize>]) {
        let gaps = if self.streets[street].class == Class::Residential { 0.2 } else { 0.0 };
        for pair in line.windows(2) {
            let gap = self.dice.chance(gaps);
            if let [Some(from), Some(to)] = *pair
                && !gap
            {
                self.stretches.push(Stretch { from, to, street, bridge: None });
            }
        }
    }

    /// Adds a settlement of 5 × 4 blocks outside, its road leaving towards the city.
    fn settlement(&mut self, nth: usize, middle: Spot, towards: Spot) {
        let turn = self.dice.between(0.15, 0.5);
        let corner = |c: usize, r: usize| {
            let (x, y) = ((c as f64 - 2.0) * 190.0, (r as f64 - 1.5) * 210.0);
            (middle.0 + x * turn.cos() - y * turn.sin(), middle.1 + x * turn.sin() + y * turn.cos())
        };
        let first = self.corners.len();
        for r in 0..4 {
            for c in 0..5 {
                let wobble = (self.dice.gauss() * 8.0, self.dice.gauss() * 8.0);
                let (east, north) = corner(c, r);
                self.corners.push((east + wobble.0, north + wobble.1));
            }
        }
        for c in 0..5 {
            let street = self.named_street(if c == 2 { Class::Collector } else { Class::Residential });
            let line: Vec<_> = (0..4).map(|r| Some(first + r * 5 + c)).collect();
            self.lay(street, &line);
        }
        for r in 0..4 {
            let street = self.named_street(if r == 1 { Class::Collector } else { Class::Residential });
            let line: Vec<_> = (0..5).map(|c| Some(first + r * 5 + c)).collect();
            self.lay(street, &line);
        }
        let (_, road) = names::SETTLEMENTS[nth];
        let road = self.street(road, Class::Avenue);
        self.streets[road].houses = false;
        // From the settlement's corner that is farthest that way to the city's nearest wide street.
        let along = |spot: Spot| spot.0 * towards.0 + spot.1 * towards.1;
        let gate = (first..first + 20)
            .max_by(|a, b| along(self.corners[*a]).total_cmp(&along(self.corners[*b])))
            .expect("20 corners");
        let from = self.corners[gate];
        let wide = self.stretches.iter().filter(|s| self.streets[s.street].class < Class::Residential);
        let city = wide
            .map(|s| s.from)
            .filter(|corner| *corner < first && along(self.corners[*corner]) > along(from));
        let far = |corner: &usize| metres(self.corners[*corner], from);
        let city = city.min_by(|a, b| far(a).total_cmp(&far(b))).expect("the city has wide streets");
        let to = self.corners[city];
        let parts = (metres(from, to) / 280.0).ceil().max(1.0);
        let mut before = city;
        for part in 1..parts as usize {
            let share = part as f64 / parts;
            let bow = (share * std::f64::consts::PI).sin() * 60.0;
            self.corners.push(beside(to, from, share, bow));
            let corner = self.corners.len() - 1;
            self.stretches.push(Stretch { from: before, to: corner, street: road, bridge: None });
            before = corner;
        }
        self.stretches.push(Stretch { from: before, to: gate, street: road, bridge: None });
    }

    /// Keeps what hangs together.
    fn finish(self, river: River) -> Town {
        let mut group: Vec<usize> = (0..self.corners.len()).collect();
        fn root(group: &mut [usize], mut of: usize) -> usize {
            while group[of] != of {
                group[of] = group[group[of]];
                of = group[of];
            }
            of
        }
        for stretch in &self.stretches {
            let (a, b) = (root(&mut group, stretch.from), root(&mut group, stretch.to));
            group[a] = b;
        }
        let bridge = self.stretches.iter().find(|s| s.bridge.is_some()).expect("a bridge");
        let city = root(&mut group, bridge.from);
        let mut kept = BTreeMap::new();
        for corner in 0..self.corners.len() {
            if root(&mut group, corner) == city {
                kept.insert(corner, kept.len());
            }
        }
        let mut stretches: Vec<Stretch> = self
            .stretches
            .iter()
            .filter(|s| kept.contains_key(&s.from))
            .map(|s| Stretch { from: kept[&s.from], to: kept[&s.to], ..*s })
            .collect();
        // The west bank's part of a street, its bridge, the east bank's part: as one walks.
        let east_of = |s: &Stretch| if s.bridge.is_some() { 0 } else { 1 };
        stretches.sort_by_key(|s| s.street);
        for street in stretches.chunk_by_mut(|a, b| a.street == b.street) {
            if let Some(bridge) = street.iter().position(|s| east_of(s) == 0) {
                let over = street[bridge];
                let first_east = street.iter().position(|s| s.from == over.to).unwrap_or(bridge);
                street[first_east..=bridge].rotate_right(1);
            }
        }
        let corners: Vec<Spot> = kept.keys().map(|corner| self.corners[*corner]).collect();
        let mut at_corner = vec![Vec::new(); corners.len()];
        for (nth, stretch) in stretches.iter().enumerate() {
            at_corner[stretch.from].push((nth, stretch.to));
            at_corner[stretch.to].push((nth, stretch.from));
        }
        Town { corners, streets: self.streets, stretches, at_corner, river }
    }
}

fn shuffle<T>(some: &mut [T], dice: &mut Dice) {
    for end in (1..some.len()).rev() {
        some.swap(end, dice.below(end + 1));
    }
}
