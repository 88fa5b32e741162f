//! The bus whose number a passenger typed, as it is painted, or as it stands on the plate.
//!
//! Letters that look alike in Cyrillic and Latin are one letter, and any writing's digits are digits: no eye tells
//! them apart on a bus. A letter beside a digit that looks like it (О and 0, З and 3, Б and 6, І and 1) is another
//! matter: two buses may differ by nothing else. Such a number is never taken for the other; it is asked.

use crate::city::fares::Vehicle;
use crate::text::digit;
use serde::{Deserialize, Serialize};

/// So many buses are asked about at most.
const MOST_ASKED: usize = 3;

/// What a typed number names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypedBus {
    /// No bus of the city.
    #[default]
    Unknown,
    /// This bus and no other.
    Named {
        /// The bus.
        bus: Vehicle,
    },
    /// It may be one of these, at most three: the passenger looks at the painted number once more.
    Ask {
        /// The buses.
        buses: Vec<Vehicle>,
    },
}

impl TypedBus {
    /// The bus of these that was typed. Spaces, dashes and case do not count.
    pub fn among(vehicles: &[Vehicle], typed: &str) -> TypedBus {
        let typed = plain(typed);
        if typed.is_empty() {
            return TypedBus::Unknown;
        }
        let named = |reads: &dyn Fn(&str) -> bool| -> Vec<Vehicle> {
            let is_it = |bus: &&Vehicle| names(bus).iter().any(|name| reads(&plain(name)));
            vehicles.iter().filter(is_it).take(MOST_ASKED).cloned().collect()
        };
        let mut exact = named(&|name| name == typed);
        if exact.len() > 1 {
            return TypedBus::Ask { buses: exact };
        }
        if let Some(bus) = exact.pop() {
            return TypedBus::Named { bus };
        }
        let doubtful = doubtful(&typed);
        let buses = named(&|name| self::doubtful(name) == doubtful);
        if buses.is_empty() { TypedBus::Unknown } else { TypedBus::Ask { buses } }
    }

    /// The bus, if there is no doubt about it.
    pub fn named(self) -> Option<Vehicle> {
        match self {
            TypedBus::Named { bus } => Some(bus),
            TypedBus::Unknown | TypedBus::Ask { .. } => None,
        }
    }
}

fn names(bus: &Vehicle) -> [&str; 3] {
    [&bus.painted, &bus.vehicle, &bus.plate]
}

/// Letters and digits alone, each as the one that looks like it.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).map(folded).collect()
}

/// A digit of any writing as such, a Cyrillic letter as the Latin one that nobody tells apart.
fn folded(c: char) -> char {
    if let Some(digit) = digit(c) {
        return digit;
    }
    match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' | 'Һ' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'Х' => 'X',
        'У' | 'Ү' => 'Y',
        'І' | 'Ӏ' => 'I',
        'Ѕ' => 'S',
        'Ј' => 'J',
        // Letters and digits of double width.
        'Ａ'..='Ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// A plain number with letters as the digits that look like them.
fn doubtful(plain: &str) -> String {
    let digit = |c| match c {
        'O' => '0',
        'З' => '3',
        'Б' => '6',
        'I' => '1',
        other => other,
    };
    plain.chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ZEROS;
    use proptest::prelude::*;

    fn bus(vehicle: &str, painted: &str, plate: &str) -> Vehicle {
        let [vehicle, painted, plate] = [vehicle, painted, plate].map(str::to_owned);
        Vehicle { vehicle, painted, plate, line: "5".to_owned(), terminal: false, ways: Vec::new() }
    }

    fn city() -> Vec<Vehicle> {
        vec![
            bus("0547", "547", "547 АВ 06"),
            bus("0548", "548", "548 AB 06"),
            bus("0103", "1О3", "001 XX 06"),
            bus("0104", "103", "002 XX 06"),
            bus("0105", "6З", "003 XX 06"),
        ]
    }

    fn typed(text: &str) -> (bool, Vec<String>) {
        match TypedBus::among(&city(), text) {
            TypedBus::Unknown => (true, vec![]),
            TypedBus::Named { bus } => (true, vec![bus.vehicle]),
            TypedBus::Ask { buses } => (false, buses.into_iter().map(|bus| bus.vehicle).collect()),
        }
    }

    #[test]
    fn a_number_is_found_as_it_is_read() {
        for text in [
            "547",
            " 547 ",
            "0547",
            "547-ab-06",
            "547 АВ 06",
            "547 aB 06",
            "٥٤٧",
            "５４７",
            "५४७",
            "547ＡＢ06",
        ] {
            assert_eq!(typed(text), (true, vec!["0547".to_owned()]), "{text}");
        }
        for nobody in ["", " - ", "54", "5470", "0", "🚌"] {
            assert_eq!(typed(nobody), (true, vec![]), "{nobody}");
        }
    }

    #[test]
    fn a_letter_is_never_taken_for_a_digit_and_the_other_is_asked() {
        let one = |vehicle: &str| (true, vec![vehicle.to_owned()]);
        // Painted so, both: whoever types one of them means that one.
        assert_eq!((typed("1О3"), typed("1o3"), typed("103")), (one("0103"), one("0103"), one("0104")));
        let asked = |vehicles: &[&str]| (false, vehicles.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(typed("ІО3"), asked(&["0103", "0104"]));
        assert_eq!(typed("63"), asked(&["0105"]), "asked, though there is but one");
        assert_eq!(typed("БЗ"), asked(&["0105"]));
        assert_eq!(typed("S47"), (true, vec![]), "what looks like it to nobody is not asked");
    }

    #[test]
    fn two_buses_of_one_name_are_asked() {
        let twins = [bus("1", "A17", "1"), bus("2", "А17", "2")];
        let TypedBus::Ask { buses } = TypedBus::among(&twins, "a17") else { panic!("two buses") };
        assert_eq!(buses.len(), 2);
        let many: Vec<Vehicle> = (0..9).map(|nth| bus(&format!("v{nth}"), "7", "x")).collect();
        let TypedBus::Ask { buses } = TypedBus::among(&many, "7") else { panic!("nine buses") };
        assert_eq!(buses.len(), MOST_ASKED);
    }

    proptest! {
        /// In any writing's digits a number names the same bus; and whatever is typed, nothing panics.
        #[test]
        fn any_writing_s_digits_are_read(zero in 0..ZEROS.len(), noise in "\\PC{0,20}") {
            let digits = [5, 4, 8].map(|value| char::from_u32(ZEROS[zero] + value).expect("a digit"));
            prop_assert!(digits.iter().all(|c| c.is_numeric()));
            prop_assert_eq!(typed(&String::from_iter(digits)), (true, vec!["0548".to_owned()]));
            typed(&noise);
        }
    }
}
