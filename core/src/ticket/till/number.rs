//! A number of ten digits for a ticket on paper, where there is no printer for codes.
//!
//! Three digits name the till, three the passenger (the last ones of their number in the shift), four are a
//! keyed check over till, passenger, vehicle and the half hour of the sale. The key is a secret of the shift
//! that the conductor's phone and, for the day, the inspectors' phones hold.
//!
//! What it is worth: four digits are one guess in ten thousand, and an inspector takes three half hours (a
//! number holds for 60 to 90 minutes), so a made-up number of a till that works is right three times in ten
//! thousand; within 45 s before a half hour begins four times. That is enough against somebody who writes a
//! number on a slip, and no more: whoever gets at an inspector's or the conductor's phone can make numbers
//! of that day, and a number that was heard can be written down by the next passenger, which only one
//! inspector's memory catches. It does not say of which category the passenger is. A code is better.

use super::TillId;
use crate::ticket::inspect::TOLERANCE_MS;
use crate::ticket::{CannotTell, NotValid, Says};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// For how long one check holds, in s; a number is good in this slot and the [`SLOTS_BACK`] after it.
pub const SLOT_S: i64 = 1_800;
/// How many slots an inspector looks back.
pub const SLOTS_BACK: i64 = 2;
/// How many tills, and passengers of a till, numbers tell apart.
pub const INDEXES: u16 = 1_000;
const CHECKS: u64 = 10_000;
const TAG: &[u8] = b"jol:paper:1\0";

/// The secret of a shift. It is wiped from memory when dropped.
pub struct ShiftKey(Zeroizing<[u8; 32]>);

impl ShiftKey {
    /// The key of these bytes, which are chance.
    pub fn new(key: [u8; 32]) -> ShiftKey {
        ShiftKey(Zeroizing::new(key))
    }

    /// The number of a passenger. `index` is the till's, below [`INDEXES`]; `sold_s` is in s since 1970.
    pub fn number(
        &self,
        index: u16,
        till: TillId,
        passenger: u16,
        vehicle: &str,
        sold_s: i64,
    ) -> PaperNumber {
        let passenger = passenger % INDEXES;
        let check = self.check(till, passenger, vehicle, slot_at(sold_s));
        PaperNumber { index: index % INDEXES, passenger, check }
    }

    /// Whether it is a number of this till for this vehicle, of now or the last hour.
    pub fn vouches(&self, till: TillId, number: &PaperNumber, vehicle: &str, now_ms: i64) -> bool {
        let newest = slot_at(now_ms.saturating_add(TOLERANCE_MS).div_euclid(1_000));
        let oldest = slot_at(now_ms.div_euclid(1_000)).saturating_sub(SLOTS_BACK as u32);
        (oldest..=newest).any(|slot| self.check(till, number.passenger, vehicle, slot) == number.check)
    }

    /// HKDF's expansion (RFC 5869 §2.3) as a keyed function; 64 bits, so that no check is likelier than
    /// another by more than one in 10¹⁵.
    fn check(&self, till: TillId, passenger: u16, vehicle: &str, slot: u32) -> u16 {
        let mut word = [0; 8];
        let expand = Hkdf::<Sha256>::from_prk(self.0.as_slice()).expect("32 bytes are long enough");
        let info = [
            TAG,
            &till.0.to_be_bytes(),
            &passenger.to_be_bytes(),
            &slot.to_be_bytes(),
            // Last, as only its length varies.
            vehicle.as_bytes(),
        ];
        expand.expand_multi_info(&info, &mut word).expect("8 bytes are few enough");
        // Below ten thousand, so nothing is cut off.
        (u64::from_be_bytes(word) % CHECKS) as u16
    }
}

impl fmt::Debug for ShiftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShiftKey")
    }
}

fn slot_at(at_s: i64) -> u32 {
    u32::try_from(at_s.max(0) / SLOT_S).unwrap_or(u32::MAX)
}

/// A number on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaperNumber {
    /// The till's index.
    pub index: u16,
    /// The last three digits of the passenger's number in the shift.
    pub passenger: u16,
    check: u16,
}

impl PaperNumber {
    /// A number as somebody typed it; spaces and dashes do not count. None if it has not ten digits.
    pub fn from_text(text: &str) -> Option<PaperNumber> {
        let digits: Vec<u16> = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_digit(10).and_then(|digit| u16::try_from(digit).ok()))
            .take(11)
            .collect::<Option<_>>()?;
        let read = |digits: &[u16]| digits.iter().fold(0, |number, digit| number * 10 + digit);
        match digits.as_slice() {
            [index @ .., _, _, _, _, _, _, _] if digits.len() == 10 => Some(PaperNumber {
                index: read(index),
                passenger: read(&digits[3..6]),
                check: read(&digits[6..]),
            }),
            _ => None,
        }
    }
}

/// As it is written and read aloud: `012 345 6789`.
impl fmt::Display for PaperNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03} {:04}", self.index, self.passenger, self.check)
    }
}

/// A till as inspectors know it for the day.
#[derive(Debug)]
pub struct KnownTill {
    /// The till.
    pub till: TillId,
    /// Its index in numbers.
    pub index: u16,
    /// The first second, since 1970, of its shift.
    pub from_s: i64,
    /// The last one.
    pub until_s: i64,
    /// The shift's secret.
    pub key: ShiftKey,
}

impl KnownTill {
    /// Whether a number that it sold may still be good.
    fn is_of(&self, now_s: i64) -> bool {
        let last_s = self.until_s.saturating_add((SLOTS_BACK + 1) * SLOT_S);
        (self.from_s.saturating_sub(TOLERANCE_MS / 1_000)..=last_s).contains(&now_s)
    }
}

/// What an inspector is told of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberVerdict {
    /// A conductor sold it for this bus within the last hour.
    Valid {
        /// By which till.
        till: TillId,
        /// The last three digits of the passenger's number.
        passenger: u16,
    },
    /// It has not ten digits.
    NotANumber,
    /// The till sold no such number for this bus in the last hour.
    Unknown,
    /// It was shown before, in this check.
    SeenBefore {
        /// By which till.
        till: TillId,
        /// The last three digits of the passenger's number.
        passenger: u16,
    },
    /// This phone does not know the time.
    TimeUnknown,
    /// No bus is being checked, and a number is for one bus.
    NoVehicle,
    /// No key of such a till for today.
    NoTillKey,
}

impl NumberVerdict {
    /// Looks at a number as it was typed.
    pub fn of(
        typed: &str,
        tills: &[KnownTill],
        vehicle: Option<&str>,
        now_ms: Option<i64>,
        seen: &super::PaperSeen,
    ) -> NumberVerdict {
        let Some(number) = PaperNumber::from_text(typed) else { return NumberVerdict::NotANumber };
        let Some(vehicle) = vehicle else { return NumberVerdict::NoVehicle };
        let Some(now_ms) = now_ms else { return NumberVerdict::TimeUnknown };
        let of_now = |till: &&KnownTill| till.index == number.index && till.is_of(now_ms.div_euclid(1_000));
        if !tills.iter().any(|till| of_now(&till)) {
            return NumberVerdict::NoTillKey;
        }
        let sold =
            tills.iter().filter(of_now).find(|one| one.key.vouches(one.till, &number, vehicle, now_ms));
        let passenger = number.passenger;
        match sold.map(|sold| sold.till) {
            None => NumberVerdict::Unknown,
            Some(till) if seen.seen_ms(till, passenger).is_some() => {
                NumberVerdict::SeenBefore { till, passenger }
            }
            Some(till) => NumberVerdict::Valid { till, passenger },
        }
    }

    /// Whether a conductor sold it.
    pub fn is_valid(self) -> bool {
        matches!(self, NumberVerdict::Valid { .. })
    }

    /// What it is. `seen` are those that it was looked up among.
    pub fn says(self, seen: &super::PaperSeen) -> Says {
        match self {
            NumberVerdict::Valid { .. } => Says::Valid,
            NumberVerdict::NotANumber => Says::NotValid(NotValid::NotANumber),
            NumberVerdict::Unknown => Says::NotValid(NotValid::UnknownNumber),
            NumberVerdict::SeenBefore { till, passenger } => {
                let at_ms = seen.seen_ms(till, passenger).unwrap_or_default();
                Says::NotValid(NotValid::SeenBefore { at_ms })
            }
            NumberVerdict::TimeUnknown => Says::CannotTell(CannotTell::TimeUnknown),
            NumberVerdict::NoVehicle => Says::CannotTell(CannotTell::NoVehicle),
            NumberVerdict::NoTillKey => Says::CannotTell(CannotTell::NoTillKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::till::PaperSeen;
    use proptest::prelude::*;

    /// The beginning of a slot.
    const SOLD_S: i64 = 1_796_112_000;
    const TILL: TillId = TillId(4_017);

    fn key() -> ShiftKey {
        ShiftKey::new([7; 32])
    }

    fn known() -> KnownTill {
        KnownTill { till: TILL, index: 17, from_s: SOLD_S - 3_600, until_s: SOLD_S + 36_000, key: key() }
    }

    fn look(typed: &str, vehicle: &str, now_s: i64) -> NumberVerdict {
        NumberVerdict::of(typed, &[known()], Some(vehicle), Some(now_s * 1_000), &PaperSeen::default())
    }

    #[test]
    fn a_number_is_read_as_it_is_written_and_nothing_else_is_one() {
        let number = key().number(17, TILL, 1_005, "0547", SOLD_S);
        let text = number.to_string();
        assert!(text.starts_with("017 005 ") && text.len() == 12, "{text}");
        for typed in [text.clone(), text.replace(' ', ""), text.replace(' ', "-")] {
            assert_eq!(PaperNumber::from_text(&typed), Some(number));
        }
        for other in ["", "017 005", "017 005 12345", "017 005 123a", "٠١٧ ٠٠٥ ١٢٣٤", "+17 005 1234"]
        {
            assert_eq!(PaperNumber::from_text(other), None, "{other}");
        }
    }

    #[test]
    fn a_number_holds_on_its_bus_for_about_an_hour() {
        for late_s in [0, 1, SLOT_S - 1] {
            let sold_s = SOLD_S + late_s;
            let text = key().number(17, TILL, 5, "0547", sold_s).to_string();
            let valid = NumberVerdict::Valid { till: TILL, passenger: 5 };
            let last_s = SOLD_S + 3 * SLOT_S - 1;
            for now_s in [sold_s, sold_s + 3_600, last_s] {
                assert_eq!(look(&text, "0547", now_s), valid);
            }
            assert_eq!(look(&text, "0547", last_s + 1), NumberVerdict::Unknown, "after 60 to 90 minutes");
            assert_eq!(look(&text, "0547", SOLD_S - 45), valid, "two phones' clocks differ");
            assert_eq!(look(&text, "0547", SOLD_S - 46), NumberVerdict::Unknown);
            assert_eq!(look(&text, "0548", sold_s), NumberVerdict::Unknown, "another bus");
        }
    }

    #[test]
    fn without_time_bus_or_key_nothing_is_told() {
        let text = key().number(17, TILL, 5, "0547", SOLD_S).to_string();
        let seen = PaperSeen::default();
        let now_ms = Some(SOLD_S * 1_000);
        let of =
            |tills: &[KnownTill], vehicle, now_ms| NumberVerdict::of(&text, tills, vehicle, now_ms, &seen);
        assert_eq!(of(&[known()], Some("0547"), None), NumberVerdict::TimeUnknown);
        assert_eq!(of(&[known()], None, now_ms), NumberVerdict::NoVehicle);
        assert_eq!(of(&[], Some("0547"), now_ms), NumberVerdict::NoTillKey);
        let other = KnownTill { index: 18, ..known() };
        assert_eq!(of(&[other], Some("0547"), now_ms), NumberVerdict::NoTillKey);
        let yesterday = KnownTill { until_s: SOLD_S - 5_401, from_s: SOLD_S - 60_000, ..known() };
        assert_eq!(of(&[yesterday], Some("0547"), now_ms), NumberVerdict::NoTillKey);
        let another_shift = KnownTill { key: ShiftKey::new([8; 32]), ..known() };
        assert_eq!(of(&[another_shift], Some("0547"), now_ms), NumberVerdict::Unknown);
        // Two tills of one index: either may have sold it.
        let two = [KnownTill { key: ShiftKey::new([8; 32]), ..known() }, known()];
        assert!(of(&two, Some("0547"), now_ms).is_valid());
    }

    #[test]
    fn a_guess_is_right_as_often_as_is_said() {
        let right = (0..30_000_u32)
            .filter(|guess| {
                // Thirty passengers of one till, each with a thousand made-up checks.
                let typed = format!("017{:03}{:04}", guess / 1_000, guess % 1_000 * 10);
                look(&typed, "0547", SOLD_S + 60).is_valid()
            })
            .count();
        // 9 of 30 000 are expected: three in ten thousand; 30 would be seven standard deviations away.
        assert!((1..30).contains(&right), "{right} of 30 000");
    }

    proptest! {
        #[test]
        fn another_bus_hour_passenger_till_or_digit_is_refused_but_by_chance(
            passenger in 1_u16.., bus in "[0-9]{3,4}", other in "[0-9]{3,4}", hours in 2_i64..16,
            place in 0_usize..10, add in 1_u8..10,
        ) {
            let number = key().number(17, TILL, passenger, &bus, SOLD_S);
            let text = number.to_string().replace(' ', "");
            let valid = NumberVerdict::Valid { till: TILL, passenger: passenger % INDEXES };
            prop_assert_eq!(look(&text, &bus, SOLD_S), valid);
            let is = |slot, vehicle: &str| key().check(TILL, number.passenger, vehicle, slot) == number.check;
            // Refused, unless the check happens to be the same: which is said to happen.
            let slot = slot_at(SOLD_S);
            let by_chance = |vehicle: &str, slot: u32| (slot - 2..=slot).any(|slot| is(slot, vehicle));
            if other != bus && !by_chance(&other, slot) {
                prop_assert_eq!(look(&text, &other, SOLD_S), NumberVerdict::Unknown);
            }
            let later = slot + hours as u32 * 2;
            if !by_chance(&bus, later) {
                prop_assert!(!look(&text, &bus, SOLD_S + hours * 3_600).is_valid());
            }
            let mut digits = text.into_bytes();
            digits[place] = (digits[place] - b'0' + add) % 10 + b'0';
            let typed = String::from_utf8_lossy(&digits).into_owned();
            let changed = PaperNumber::from_text(&typed).expect("ten digits");
            let check = |slot| key().check(TILL, changed.passenger, &bus, slot);
            if changed.index != 17 || !(slot - 2..=slot).any(|slot| check(slot) == changed.check) {
                prop_assert!(!look(&typed, &bus, SOLD_S).is_valid());
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC*", digits in "[0-9 -]{0,20}", now_ms in any::<i64>()) {
            for typed in [&text, &digits] {
                let tills = [known()];
                let _ = NumberVerdict::of(typed, &tills, Some(&text), Some(now_ms), &PaperSeen::default());
            }
        }
    }
}
