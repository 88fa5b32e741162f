//! The buses of the sample city, as its operator lists them.

use super::lines::Line;
use crate::world::dice::Dice;
use jol_core::city::fares::Vehicle;
use jol_core::pay::Way;
use std::collections::BTreeSet;

/// So many buses have no terminal for cards (yet).
const WITHOUT_TERMINAL: usize = 4;
/// Letters that plates use.
const PLATE_LETTERS: &[u8] = b"ABCDEFGHKLMNOPRSTXYZ";

/// Buses with their numbers, plates and ways to pay; `buses` says how many each line has.
pub(super) fn vehicles(lines: &[Line], buses: &[usize], seed: u64) -> Vec<Vehicle> {
    let mut dice = Dice::new(seed, "buses");
    let count = buses.iter().sum();
    let mut numbers = vec![547];
    while numbers.len() < count {
        let number = 101 + dice.below(889);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let mut without = BTreeSet::new();
    while without.len() < WITHOUT_TERMINAL {
        // The first bus, which examples speak of, has one.
        without.insert(1 + dice.below(count - 1));
    }
    let of_line = lines.iter().zip(buses).flat_map(|(line, count)| std::iter::repeat_n(line.number, *count));
    let of_line = of_line.zip(numbers).enumerate();
    of_line.map(|(nth, (line, number))| vehicle(number, line, !without.contains(&nth), &mut dice)).collect()
}

/// A bus with this number.
pub(in crate::world) fn vehicle(number: usize, line: &str, terminal: bool, dice: &mut Dice) -> Vehicle {
    let letter = |dice: &mut Dice| char::from(*dice.pick(PLATE_LETTERS));
    let plate = format!("{:03} {}{} 06", (number * 37 + 11) % 1_000, letter(dice), letter(dice));
    Vehicle {
        vehicle: format!("{number:04}"),
        painted: number.to_string(),
        plate,
        line: line.to_owned(),
        terminal,
        ways: Way::ALL.into_iter().filter(|way| terminal || !needs_terminal(*way)).collect(),
    }
}

fn needs_terminal(way: Way) -> bool {
    matches!(way, Way::Nfc | Way::SmartCard | Way::QrCard | Way::BankCard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_without_a_terminal_takes_no_cards() {
        let mut dice = Dice::new(1, "");
        let bus = vehicle(547, "1", false, &mut dice);
        assert_eq!((bus.vehicle.as_str(), bus.painted.as_str()), ("0547", "547"));
        assert!(bus.ways.contains(&Way::BusQr) && !bus.ways.contains(&Way::BankCard));
        assert_eq!(vehicle(547, "1", true, &mut dice).ways, Way::ALL);
        assert_eq!(bus.plate.len(), "547 AB 06".len());
    }
}
