//! The streets of the sample city: a river, two banks with grids of their own, two bridges.
//!
//! Places are metres east and north of the city's centre. Each bank's streets bend with the river, less
//! the farther away; some stretches are missing, as in any city that grew; the outline is no rectangle.

use super::draft::Draft;
use super::names::Name;
use crate::world::dice::Dice;
use std::f64::consts::TAU;

/// A place: metres east and north of the centre.
pub(super) type Spot = (f64, f64);

/// Metres from one place to another.
pub(super) fn metres(a: Spot, b: Spot) -> f64 {
    (b.0 - a.0).hypot(b.1 - a.1)
}

/// The place this share of the way from one to another, and so many metres to the right of the way.
pub(super) fn beside(a: Spot, b: Spot, share: f64, right: f64) -> Spot {
    let length = metres(a, b).max(1e-9);
    let (dx, dy) = ((b.0 - a.0) / length, (b.1 - a.1) / length);
    (a.0 + (b.0 - a.0) * share + dy * right, a.1 + (b.1 - a.1) * share - dx * right)
}

/// How wide a street is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Few, wide, and all buses know them.
    Avenue,
    /// Gathers the traffic of a quarter.
    Collector,
    /// Leads to houses.
    Residential,
}

/// A street.
#[derive(Clone, Debug)]
pub(super) struct Street {
    pub(super) name: Name,
    pub(super) class: Class,
    /// Whether houses stand along it.
    pub(super) houses: bool,
}

/// A stretch of street between two corners.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Which of the streets.
    pub(super) street: usize,
    /// Which of the bridges, if it is one.
    pub(super) bridge: Option<usize>,
}

/// The streets of the city.
#[derive(Clone, Debug)]
pub(super) struct Town {
    /// The corners.
    pub(super) corners: Vec<Spot>,
    pub(super) streets: Vec<Street>,
    /// In order along each street.
    pub(super) stretches: Vec<Stretch>,
    /// Stretches that meet at a corner, with the corner at their other end.
    pub(super) at_corner: Vec<Vec<(usize, usize)>>,
    pub(super) river: River,
}

/// The river: its middle, north to south.
#[derive(Clone, Debug)]
pub(super) struct River {
    phases: [f64; 3],
    pub(super) middle: Vec<Spot>,
}

/// Half of the river's width, about.
pub(super) const HALF_RIVER: f64 = 85.0;
/// From the river's middle to the streets along it.
pub(super) const EMBANKMENT: f64 = 150.0;

impl River {
    pub(super) fn new(dice: &mut Dice) -> River {
        let phases = [dice.between(0.0, TAU), dice.between(0.0, TAU), dice.between(0.0, TAU)];
        let mut river = River { phases, middle: Vec::new() };
        river.middle =
            (-56..=56).map(|step| f64::from(-step) * 100.0).map(|y| (river.east_at(y), y)).collect();
        river
    }

    /// Where its middle is, this far north.
    pub(super) fn east_at(&self, north: f64) -> f64 {
        let wave = |metres: f64, phase: f64| (north / metres + phase).sin();
        330.0 * wave(1_500.0, self.phases[0])
            + 120.0 * wave(640.0, self.phases[1])
            + 18.0 * wave(210.0, self.phases[2])
    }

    /// Half of its width, this far north.
    pub(super) fn half_width(&self, north: f64) -> f64 {
        HALF_RIVER + 14.0 * (north / 400.0 + self.phases[1]).sin()
    }
}

impl Town {
    /// The streets that a seed names.
    pub(super) fn new(seed: u64) -> Town {
        Draft::draw(seed)
    }

    /// How far a stretch goes.
    pub(super) fn length(&self, stretch: usize) -> f64 {
        let Stretch { from, to, .. } = self.stretches[stretch];
        metres(self.corners[from], self.corners[to])
    }

    /// The street that a stretch belongs to.
    pub(super) fn street_of(&self, stretch: usize) -> &Street {
        &self.streets[self.stretches[stretch].street]
    }

    /// The corner that is nearest to a place, among those that at least one street of this class meets.
    pub(super) fn corner_near(&self, spot: Spot, class: Class) -> usize {
        let wide =
            |corner: &usize| self.at_corner[*corner].iter().any(|(s, _)| self.street_of(*s).class <= class);
        let far = |corner: &usize| metres(self.corners[*corner], spot);
        let corners = (0..self.corners.len()).filter(wide);
        corners.min_by(|a, b| far(a).total_cmp(&far(b))).expect("a city has corners")
    }

    /// The place so far east of the river's middle and north of the centre.
    pub(super) fn spot(&self, off: f64, north: f64) -> Spot {
        (off + self.river.east_at(north) * near_river(off), north)
    }
}

/// How much of the river's bends is felt so far from it.
pub(super) fn near_river(off: f64) -> f64 {
    (-(off.abs() - EMBANKMENT).max(0.0) / 2_600.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bridges_cross_the_river() {
        for seed in 0..20 {
            let town = Town::new(seed);
            let bank = |corner: usize| {
                let (east, north) = town.corners[corner];
                east > town.river.east_at(north)
            };
            let over: Vec<_> =
                town.stretches.iter().filter(|s| bank(s.from) != bank(s.to)).map(|s| s.bridge).collect();
            assert_eq!(over, [Some(0), Some(1)], "seed {seed}");
        }
    }

    #[test]
    fn streets_keep_out_of_the_water_and_a_city_s_size() {
        for seed in 0..20 {
            let town = Town::new(seed);
            assert!((500..1_300).contains(&town.corners.len()), "{} corners", town.corners.len());
            for stretch in town.stretches.iter().filter(|s| s.bridge.is_none()) {
                for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    let spot = beside(town.corners[stretch.from], town.corners[stretch.to], share, 0.0);
                    let from_middle = (spot.0 - town.river.east_at(spot.1)).abs();
                    assert!(from_middle > town.river.half_width(spot.1), "seed {seed} at {spot:?}");
                }
            }
            for nth in 0..town.stretches.len() {
                assert!((40.0..800.0).contains(&town.length(nth)), "{}", town.length(nth));
            }
        }
    }

    #[test]
    fn beside_is_to_the_right_of_the_way() {
        let spot = beside((0.0, 0.0), (0.0, 100.0), 0.5, 6.0);
        assert!(metres(spot, (6.0, 50.0)) < 1e-9, "{spot:?}");
    }

    #[test]
    fn one_walks_from_any_corner_to_any_other() {
        let town = Town::new(1);
        let (mut seen, mut next) = (vec![false; town.corners.len()], vec![0]);
        while let Some(corner) = next.pop() {
            if !std::mem::replace(&mut seen[corner], true) {
                next.extend(town.at_corner[corner].iter().map(|(_, other)| *other));
            }
        }
        assert!(seen.iter().all(|seen| *seen));
    }

    #[test]
    fn a_street_over_the_bridge_is_one_walk() {
        let town = Town::new(3);
        let street = town.stretches.iter().find(|s| s.bridge == Some(0)).expect("a bridge").street;
        let over: Vec<_> = town.stretches.iter().filter(|s| s.street == street).collect();
        assert!(over.windows(2).all(|pair| pair[0].to == pair[1].from), "{over:?}");
    }
}
