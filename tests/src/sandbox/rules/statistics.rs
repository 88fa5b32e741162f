//! Who rides, in numbers that tell of nobody.
//!
//! A cell is a city, a category, a way, a line and a day or month; it counts passengers and money. It is told
//! only if at least [`LEAST`] different payers are in it, so that neither few rides nor one eager passenger
//! show. Nothing that is told gives the rest away by subtraction:
//!
//! - What is not told is left out, like what was nothing.
//! - Totals are sums of what is told, so they tell nothing more.
//! - A month can be compared with its days. Where the days that are not told would be fewer than two, or have
//!   fewer than [`LEAST`] payers, the next told day is left out as well, whatever it holds (complementary
//!   suppression, as statistical offices do it: Hundepool et al., *Statistical Disclosure Control*, 2012, ch. 4).
//! - A month is told of, with its days, when it is over and what was reported late has come; so nothing is
//!   told twice, first in part and then whole, and no span of time tells more than its days or months.

use jiff::civil::Date;
use jol_core::money::Money;
use jol_core::pay::Way;
use jol_core::wallet::{Category, PassengerGroup};
use std::collections::{BTreeMap, BTreeSet};

/// A cell has at least so many payers, or is not told.
pub const LEAST: usize = 10;
/// For so long after its end a month waits for what is reported late, in ms: vouchers and tills are told of
/// within a week.
pub const WAITS_MS: i64 = 8 * 86_400_000;

/// By what time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Each day for itself.
    Day,
    /// Each month as a whole.
    Month,
}

/// Passengers of one category on one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boarding {
    /// Whose ticket; who sells for cash names each ticket.
    pub payer: String,
    /// Where, who, how.
    pub cell: Place,
    /// On which day, in the city's time.
    pub day: Date,
    /// How many passengers.
    pub rides: u64,
    /// What of the fare is theirs.
    pub sum: Money,
}

/// What a cell is about, but for its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In which city.
    pub city: String,
    /// Who.
    pub category: Category,
    /// How it was paid.
    pub way: Way,
    /// On which line.
    pub line: String,
}

/// A cell that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The day, or the first day of the month.
    pub from: Date,
    /// What it is about.
    pub cell: Place,
    /// How many passengers.
    pub rides: u64,
    /// What they paid.
    pub sum: Money,
}

/// What a cell holds, told or not.
#[derive(Clone, Debug, Default)]
struct Held {
    payers: BTreeSet<String>,
    rides: u64,
    tiyn: i64,
}

impl Held {
    fn add(&mut self, other: &Held) {
        self.payers.extend(other.payers.iter().cloned());
        self.rides = self.rides.saturating_add(other.rides);
        self.tiyn = self.tiyn.saturating_add(other.tiyn);
    }

    fn is_enough(&self) -> bool {
        self.payers.len() >= LEAST
    }

    fn told(&self, from: Date, cell: &Place) -> Told {
        Told { from, cell: cell.clone(), rides: self.rides, sum: Money::tiyn(self.tiyn) }
    }
}

/// The cells of whole months that are told, in the order of their time and place. `boardings` holds all of
/// each month that it holds any of.
pub fn told(boardings: &[Boarding], by: By) -> Vec<Told> {
    let mut months: BTreeMap<(Date, Place), BTreeMap<Date, Held>> = BTreeMap::new();
    for boarding in boardings {
        let days = months.entry((boarding.day.first_of_month(), boarding.cell.clone())).or_default();
        days.entry(boarding.day).or_default().add(&Held {
            payers: BTreeSet::from([boarding.payer.clone()]),
            rides: boarding.rides,
            tiyn: boarding.sum.tiyn,
        });
    }
    let mut cells = Vec::new();
    for ((month, cell), days) in &months {
        match by {
            By::Month => {
                let mut whole = Held::default();
                days.values().for_each(|day| whole.add(day));
                cells.extend(whole.is_enough().then(|| whole.told(*month, cell)));
            }
            By::Day => {
                let open = open_days(days, usize::try_from(month.days_in_month()).unwrap_or(28));
                cells.extend(open.into_iter().filter_map(|day| Some(days.get(&day)?.told(day, cell))));
            }
        }
    }
    cells.sort_by(|a, b| (a.from, &a.cell).cmp(&(b.from, &b.cell)));
    cells
}

/// The days of a month that are told of one place.
fn open_days(days: &BTreeMap<Date, Held>, in_month: usize) -> BTreeSet<Date> {
    let mut open: BTreeSet<Date> =
        days.iter().filter(|(_, held)| held.is_enough()).map(|(day, _)| *day).collect();
    loop {
        let mut hidden = Held::default();
        days.iter().filter(|(day, _)| !open.contains(day)).for_each(|(_, held)| hidden.add(held));
        let hides_nothing = hidden.rides == 0;
        let protects = hidden.is_enough() && in_month.saturating_sub(open.len()) >= 2;
        // Which one hides it must hang on no number, or whoever knows the rule reckons backwards.
        let first =
            days.iter().find(|(day, held)| !open.contains(day) && held.rides > 0).map(|(day, _)| *day);
        let next = first.and_then(|first| open.range(first..).next().or_else(|| open.first()));
        match next.copied() {
            Some(day) if !hides_nothing && !protects => open.remove(&day),
            _ => break open,
        };
    }
}

/// A fare shared among the categories of a ticket, by what each would cost (`price`), or by heads where that
/// is nothing. The shares sum to the fare.
pub fn shared(
    passengers: &[PassengerGroup],
    fare: Money,
    price: impl Fn(Category) -> Option<Money>,
) -> Vec<(PassengerGroup, Money)> {
    let cost = |group: &PassengerGroup| {
        i128::from(price(group.category).unwrap_or(Money::ZERO).tiyn.max(0)) * i128::from(group.count)
    };
    let heads = |group: &PassengerGroup| i128::from(group.count);
    let all: i128 = passengers.iter().map(cost).sum();
    let weights: Vec<i128> = match all {
        0 => passengers.iter().map(heads).collect(),
        _ => passengers.iter().map(cost).collect(),
    };
    let all: i128 = weights.iter().sum();
    let (mut before, mut given) = (0_i128, 0_i128);
    let shares = passengers.iter().zip(weights).map(|(group, weight)| {
        before += weight;
        // Of what is shared up to here, what was not given yet: no tiyn is lost in rounding.
        let upto = if all == 0 { 0 } else { i128::from(fare.tiyn) * before / all };
        let share = upto - given;
        given = upto;
        (*group, Money::tiyn(i64::try_from(share).unwrap_or(0)))
    });
    shares.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn place() -> Place {
        Place { city: "sample".into(), category: Category::Senior, way: Way::App, line: "5".into() }
    }

    /// On each day (from the first of September) so many payers, each with a ride.
    fn boardings(days: &[usize]) -> Vec<Boarding> {
        let on_day = |(nth, count): (usize, &usize)| {
            (0..*count).map(move |who| Boarding {
                payer: format!("payer-{nth}-{who}"),
                cell: place(),
                day: date(2026, 9, 1 + nth as i8),
                rides: 1,
                sum: Money::tenge(100),
            })
        };
        days.iter().enumerate().flat_map(on_day).collect()
    }

    fn days(days: &[usize]) -> Vec<(i8, u64)> {
        told(&boardings(days), By::Day).iter().map(|cell| (cell.from.day(), cell.rides)).collect()
    }

    fn month(days: &[usize]) -> Option<u64> {
        told(&boardings(days), By::Month).first().map(|cell| cell.rides)
    }

    #[test]
    fn what_has_under_ten_payers_is_not_told() {
        assert_eq!(days(&[9]), []);
        assert_eq!(month(&[9]), None);
        assert_eq!(days(&[10]), [(1, 10)]);
        assert_eq!(month(&[10]), Some(10));
        let mut eager = boardings(&[1]);
        eager[0].rides = 50;
        assert_eq!(told(&eager, By::Month), [], "one passenger with fifty rides is one");
    }

    #[test]
    fn the_month_does_not_give_one_small_day_away() {
        // 12 + 3: whoever has month and day has the 3. So the day of 12 is left out.
        assert_eq!((days(&[12, 3]), month(&[12, 3])), (vec![], Some(15)));
        // The next told day hides the small one, the first one that of the month's end; the others stay.
        assert_eq!(days(&[40, 12, 3, 30]), [(1, 40), (2, 12)]);
        assert_eq!(days(&[40, 12, 3]), [(2, 12)]);
        // Small days that are ten together protect each other.
        assert_eq!(days(&[40, 6, 6]), [(1, 40)]);
        assert_eq!(days(&[40, 20]), [(1, 40), (2, 20)], "nothing is hidden, nothing is to be protected");
    }

    #[test]
    fn a_fare_is_shared_by_what_each_would_cost_and_to_the_last_tiyn() {
        let group = |category, count| PassengerGroup { category, count };
        let family = [group(Category::Standard, 1), group(Category::School, 2), group(Category::Child, 1)];
        let price = |category| match category {
            Category::Standard => Some(Money::tenge(100)),
            Category::School => Some(Money::tenge(50)),
            _ => Some(Money::ZERO),
        };
        let sums = |fare| shared(&family, fare, price).iter().map(|(_, sum)| sum.tiyn).collect::<Vec<_>>();
        assert_eq!(sums(Money::tenge(200)), [10_000, 10_000, 0]);
        assert_eq!(sums(Money::tiyn(101)), [50, 51, 0]);
        let free = shared(&family, Money::tiyn(7), |_| None);
        assert_eq!(free.iter().map(|(_, sum)| sum.tiyn).sum::<i64>(), 7);
        assert_eq!(shared(&[], Money::tenge(5), |_| None), []);
    }

    /// All that is published of a month: its days, the month, and every total.
    fn published(days: &[usize]) -> (Vec<Told>, Vec<Told>) {
        let all = boardings(days);
        (told(&all, By::Day), told(&all, By::Month))
    }

    /// Months of some days, and whole months in which one day is small.
    fn months() -> impl Strategy<Value = Vec<usize>> {
        let whole = (prop::collection::vec(10..25usize, 30), 0..30usize, 1..10usize);
        let one_small = whole.prop_map(|(mut days, nth, few)| {
            days[nth] = few;
            days
        });
        prop_oneof![prop::collection::vec(0..25usize, 2..30), one_small]
    }

    proptest! {
        /// An attacker who subtracts everything from everything that holds it.
        #[test]
        fn nothing_under_ten_is_left_after_subtracting(days in months()) {
            let (by_day, by_month) = published(&days);
            prop_assert!(by_day.iter().chain(&by_month).all(|cell| cell.rides >= LEAST as u64));
            let shown: u64 = by_day.iter().map(|cell| cell.rides).sum();
            for month in &by_month {
                let left = month.rides - shown;
                prop_assert!(left == 0 || left >= LEAST as u64, "{left} rides on days that are not told");
                let untold = 30 - by_day.len();
                prop_assert!(left == 0 || untold >= 2, "on one day");
                let money = month.sum.tiyn - by_day.iter().map(|cell| cell.sum.tiyn).sum::<i64>();
                prop_assert_eq!(money, left as i64 * 10_000);
            }
            prop_assert!(!by_month.is_empty() || by_day.is_empty(), "no days without their month");
        }

        /// Whatever a day under ten holds, another history with another number on that day publishes the very
        /// same: so no reckoning at all gives it.
        #[test]
        fn a_small_day_has_a_twin(days in months(), which in any::<prop::sample::Index>()) {
            let small: Vec<usize> = (0..days.len()).filter(|nth| (1..LEAST).contains(&days[*nth])).collect();
            prop_assume!(!small.is_empty());
            let day = small[which.index(small.len())];
            let said = published(&days);
            let told_days: Vec<usize> = said.0.iter().map(|cell| cell.from.day() as usize - 1).collect();
            let twin = (0..30).filter(|other| *other != day && !told_days.contains(other)).any(|other| {
                let mut twin = days.clone();
                twin.resize(30, 0);
                // A ride more here and one fewer there, or the other way round.
                [(day, other), (other, day)].into_iter().any(|(from, to)| {
                    let mut twin = twin.clone();
                    if twin[from] == 0 {
                        return false;
                    }
                    twin[from] -= 1;
                    twin[to] += 1;
                    published(&twin) == said
                })
            });
            let untold_month = said.1.is_empty();
            prop_assert!(twin || untold_month, "only {days:?} publishes this");
        }

        #[test]
        fn shares_sum_to_the_fare(
            groups in prop::collection::vec((0..8usize, 1..20u8), 1..5),
            fare in 0..10_000_000i64,
            prices in prop::collection::vec(0..20_000i64, 8),
        ) {
            let groups: Vec<_> =
                groups.iter().map(|(nth, count)| PassengerGroup { category: Category::ALL[*nth], count: *count }).collect();
            let shares = shared(&groups, Money::tiyn(fare), |category| {
                Some(Money::tiyn(prices[usize::from(category.number())]))
            });
            prop_assert_eq!(shares.iter().map(|(_, sum)| sum.tiyn).sum::<i64>(), fare);
            prop_assert!(shares.iter().all(|(_, sum)| sum.tiyn >= 0));
        }
    }
}
