//! Houses with their numbers, and what everybody knows.

use super::names::{self, HOUSE_LETTERS, Known, LANDMARKS, Name};
use super::town::{Class, HALF_RIVER, Spot, Town, beside, metres};
use crate::world::dice::Dice;

/// A house.
#[derive(Clone, Debug)]
pub(super) struct House {
    /// Which of the town's streets.
    pub(super) street: usize,
    /// Its number: `30`, `30Б`, `12/1`.
    pub(super) number: String,
    pub(super) at: Spot,
    /// It is drawn with its walls, of this half length; others are a point.
    pub(super) walls: Option<f64>,
}

/// Something that everybody knows.
#[derive(Clone, Debug)]
pub(super) struct Landmark {
    pub(super) name: Name,
    pub(super) tag: (&'static str, &'static str),
    pub(super) at: Spot,
    /// The corner of wide streets by which it stands.
    pub(super) corner: usize,
}

/// The houses along every street: odd numbers on the left, even on the right, as one walks.
pub(super) fn houses(town: &Town, seed: u64) -> Vec<House> {
    let mut dice = Dice::new(seed, "houses");
    let mut houses = Vec::new();
    for street in town.stretches.chunk_by(|a, b| a.street == b.street) {
        let nth = street[0].street;
        let wide = town.streets[nth].class == Class::Avenue;
        if !town.streets[nth].houses {
            continue;
        }
        for side in [-1.0, 1.0] {
            let mut number = if side < 0.0 { 1 } else { 2 };
            for stretch in street.iter().filter(|stretch| stretch.bridge.is_none()) {
                let (from, to) = (town.corners[stretch.from], town.corners[stretch.to]);
                let length = metres(from, to);
                let mut along = dice.between(24.0, 34.0);
                while along < length - 22.0 {
                    let setback = side * if wide { 26.0 } else { dice.between(13.0, 17.0) };
                    // Houses of one plot stand behind one another.
                    for (row, with_letter) in numbers(number, &mut dice).into_iter().enumerate() {
                        let back = setback + side * 20.0 * row as f64;
                        let at = beside(from, to, along / length, back);
                        if !by_the_water(town, at) {
                            let walls = wide.then_some(9.0);
                            houses.push(House { street: nth, number: with_letter, at, walls });
                        }
                    }
                    number += 2;
                    along += if wide { dice.between(55.0, 80.0) } else { dice.between(38.0, 62.0) };
                }
            }
        }
    }
    houses
}

/// The numbers of a plot: most have one house, some several.
fn numbers(number: u32, dice: &mut Dice) -> Vec<String> {
    let plain = number.to_string();
    match dice.below(100) {
        0..=5 => {
            let more = 1 + dice.below(HOUSE_LETTERS.len());
            let letters = HOUSE_LETTERS[..more].iter().map(|letter| format!("{number}{letter}"));
            std::iter::once(plain).chain(letters).collect()
        }
        6..=8 => (1..=2 + dice.below(2)).map(|part| format!("{number}/{part}")).collect(),
        _ => vec![plain],
    }
}

fn by_the_water(town: &Town, (east, north): Spot) -> bool {
    (east - town.river.east_at(north)).abs() < HALF_RIVER + 57.0
}

/// What everybody knows, each in a block of its own by a corner of wide streets.
pub(super) fn landmarks(town: &Town) -> Vec<Landmark> {
    let place = |known: &Known| {
        let corner = town.corner_near(town.spot(known.wish.0, known.wish.1), Class::Collector);
        let (east, north) = town.corners[corner];
        let away = if east < town.river.east_at(north) { -1.0 } else { 1.0 };
        let at = (east + away * 62.0, north + 62.0);
        Landmark { name: Name::new(known.name.0, known.name.1), tag: known.tag, at, corner }
    };
    LANDMARKS.iter().map(place).collect()
}

/// The middle of a settlement.
pub(super) fn settlement(town: &Town, nth: usize) -> (Name, Spot) {
    let ((kk, ru), (road, _)) = names::SETTLEMENTS[nth];
    let last = town.stretches.iter().rfind(|s| town.streets[s.street].name.kk == road);
    let gate = town.corners[last.expect("every settlement has its road").to];
    let near: Vec<Spot> =
        town.corners.iter().copied().filter(|corner| metres(*corner, gate) < 1_150.0).collect();
    let beyond = |spot: &&Spot| spot.0.hypot(spot.1) >= gate.0.hypot(gate.1) - 150.0;
    let there: Vec<&Spot> = near.iter().filter(beyond).collect();
    let count = there.len() as f64;
    let middle = there.iter().fold((0.0, 0.0), |sum, spot| (sum.0 + spot.0 / count, sum.1 + spot.1 / count));
    (Name::new(kk, ru), middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_address_is_one_house() {
        let town = Town::new(7);
        let houses = houses(&town, 7);
        assert!((8_000..30_000).contains(&houses.len()), "{}", houses.len());
        let addresses: HashSet<_> = houses.iter().map(|house| (house.street, &house.number)).collect();
        assert_eq!(addresses.len(), houses.len());
        let places: HashSet<_> = houses.iter().map(|h| (h.at.0 as i64, h.at.1 as i64)).collect();
        assert!(places.len() * 100 > houses.len() * 99);
        for mark in ["30Б", "12/1"] {
            assert!(houses.iter().any(|house| house.number.ends_with(&mark[2..])), "like {mark}");
        }
    }

    #[test]
    fn odd_and_even_face_one_another_and_numbers_rise() {
        let town = Town::new(7);
        let houses = houses(&town, 7);
        let number = |house: &House| -> u32 {
            let digits: String = house.number.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().expect("digits")
        };
        for pair in houses.windows(2).filter(|pair| pair[0].street == pair[1].street) {
            let (a, b) = (number(&pair[0]), number(&pair[1]));
            assert!(a % 2 != b % 2 || a == b || b > a, "{a} then {b}");
        }
    }

    #[test]
    fn no_house_stands_in_the_river() {
        for seed in 0..8 {
            let town = Town::new(seed);
            for house in houses(&town, seed) {
                let from_middle = (house.at.0 - town.river.east_at(house.at.1)).abs();
                assert!(from_middle > town.river.half_width(house.at.1) + 12.0, "seed {seed} {house:?}");
            }
        }
    }

    #[test]
    fn settlements_lie_outside_on_their_own() {
        for seed in 0..5 {
            let town = Town::new(seed);
            let ((_, a), (_, b)) = (settlement(&town, 0), settlement(&town, 1));
            assert!(a.0 > 3_800.0 && a.1 > 2_900.0, "{a:?}");
            assert!(b.0 < -4_000.0 && b.1 < -2_700.0, "{b:?}");
        }
    }
}
