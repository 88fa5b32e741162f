//! Sums of money, exact to the tiyn.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A sum in tiyn, the hundredth part of a tenge (ISO 4217: KZT, two digits).
///
/// A fare, a charge or a balance; negative only as a difference or a debt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money {
    /// The whole sum in tiyn: 120 ₸ is 12 000.
    pub tiyn: i64,
}

impl Money {
    /// No money at all; a free ride costs this.
    pub const ZERO: Money = Money { tiyn: 0 };

    /// A sum in whole tenge.
    pub const fn tenge(tenge: i64) -> Money {
        Money { tiyn: tenge * 100 }
    }

    /// A sum in tiyn.
    pub const fn tiyn(tiyn: i64) -> Money {
        Money { tiyn }
    }

    /// This sum and another, unless it leaves the range of an `i64`.
    pub fn plus(self, other: Money) -> Option<Money> {
        self.tiyn.checked_add(other.tiyn).map(Money::tiyn)
    }

    /// This sum without another, unless it leaves the range of an `i64`.
    pub fn minus(self, other: Money) -> Option<Money> {
        self.tiyn.checked_sub(other.tiyn).map(Money::tiyn)
    }

    /// This sum `count` times, unless it leaves the range of an `i64`.
    pub fn times(self, count: u32) -> Option<Money> {
        self.tiyn.checked_mul(i64::from(count)).map(Money::tiyn)
    }
}

/// Writes tenge without the sign: `120`, `99.50`, `-3.05`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.tiyn < 0 { "-" } else { "" }, self.tiyn.unsigned_abs());
        match size % 100 {
            0 => write!(f, "{sign}{}", size / 100),
            tiyn => write!(f, "{sign}{}.{tiyn:02}", size / 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_as_passengers_read_them() {
        assert_eq!(Money::tenge(120).to_string(), "120");
        assert_eq!(Money::tiyn(9_950).to_string(), "99.50");
        assert_eq!(Money::tiyn(-305).to_string(), "-3.05");
        assert_eq!(Money::tiyn(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn sums_never_wrap() {
        assert_eq!(Money::tiyn(i64::MAX).plus(Money::tiyn(1)), None);
        assert_eq!(Money::tiyn(i64::MIN).minus(Money::tiyn(1)), None);
        assert_eq!(Money::tenge(1_000).times(3), Some(Money::tenge(3_000)));
        assert_eq!(Money::tiyn(i64::MAX).times(2), None);
    }
}
