//! What a shift comes to. Pure: sales in, sums out.

use crate::money::Money;
use crate::operator::Refusal;
use crate::pay::Way;
use crate::ticket::till::CashSale;
use crate::wallet::Category;
use serde::{Deserialize, Serialize};

/// What the passengers of one category paid together in one sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Which category.
    pub category: Category,
    /// How many passengers.
    pub count: u8,
    /// For all of them.
    pub sum: Money,
}

/// Whether the operator has a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaleState {
    /// It has not answered yet.
    Waiting,
    /// It has it, by its signed word.
    Taken,
    /// It does not take it.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// A sale as the till keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldRide {
    /// What was signed.
    pub sale: CashSale,
    /// Who paid what.
    pub prices: Vec<Price>,
    /// Whether the operator has it.
    pub state: SaleState,
}

/// What passengers of one category paid in one way in a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftSum {
    /// Which category.
    pub category: Category,
    /// In which way.
    pub way: Way,
    /// How many passengers.
    pub passengers: u32,
    /// What they paid.
    pub sum: Money,
}

/// A sale that the operator does not take: something for its office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSale {
    /// The number of its first passenger.
    pub serial: u16,
    /// What was paid for it.
    pub sum: Money,
    /// Why.
    pub refusal: Refusal,
}

/// What a shift comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftReport {
    /// The till, by the operator's number.
    pub till: u32,
    /// How many sales.
    pub sales: u32,
    /// How many passengers.
    pub passengers: u32,
    /// What is in the conductor's purse.
    pub cash: Money,
    /// By category and way, in the order of the categories; none that nobody belonged to.
    pub sums: Vec<ShiftSum>,
    /// How many sales the operator has.
    pub sent_sales: u32,
    /// What was paid for those.
    pub sent: Money,
    /// How many it has not, as far as is known.
    pub waiting_sales: u32,
    /// What was paid for those.
    pub waiting: Money,
    /// What it does not take.
    pub refused: Vec<RefusedSale>,
}

impl ShiftReport {
    /// The sums of these sales.
    pub fn of(till: u32, sold: &[SoldRide]) -> ShiftReport {
        let mut report = ShiftReport {
            till,
            sales: 0,
            passengers: 0,
            cash: Money::ZERO,
            sums: Vec::new(),
            sent_sales: 0,
            sent: Money::ZERO,
            waiting_sales: 0,
            waiting: Money::ZERO,
            refused: Vec::new(),
        };
        // A fare has 32 bits and a shift 2¹⁶ passengers, so no sum leaves an i64.
        let add = |sum: &mut Money, more: Money| *sum = sum.plus(more).unwrap_or(*sum);
        for SoldRide { sale, prices, state } in sold {
            report.sales += 1;
            report.passengers += u32::from(sale.count());
            add(&mut report.cash, sale.fare);
            match state {
                SaleState::Taken => {
                    report.sent_sales += 1;
                    add(&mut report.sent, sale.fare);
                }
                SaleState::Waiting => {
                    report.waiting_sales += 1;
                    add(&mut report.waiting, sale.fare);
                }
                SaleState::Refused { refusal } => {
                    let (serial, sum, refusal) = (sale.serial, sale.fare, refusal.clone());
                    report.refused.push(RefusedSale { serial, sum, refusal });
                }
            }
            for Price { category, count, sum } in prices {
                let known = report.sums.iter_mut().find(|known| known.category == *category);
                match known {
                    Some(known) => {
                        known.passengers += u32::from(*count);
                        add(&mut known.sum, *sum);
                    }
                    None => report.sums.push(ShiftSum {
                        category: *category,
                        way: Way::Cash,
                        passengers: u32::from(*count),
                        sum: *sum,
                    }),
                }
            }
        }
        report.sums.sort_by_key(|sum| sum.category);
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wallet::PassengerGroup;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn ride(serial: u16, groups: &[(u8, u8, i64)], state: SaleState) -> SoldRide {
        let prices: Vec<Price> = groups
            .iter()
            .map(|(category, count, each)| Price {
                category: Category::ALL[usize::from(*category)],
                count: *count,
                sum: Money::tiyn(each * i64::from(*count)),
            })
            .collect();
        let passengers =
            prices.iter().map(|price| PassengerGroup { category: price.category, count: price.count });
        let sale = CashSale {
            serial,
            vehicle: "0547".to_owned(),
            line: "5".to_owned(),
            passengers: passengers.collect(),
            fare: Money::tiyn(prices.iter().map(|price| price.sum.tiyn).sum()),
            sold_s: 0,
        };
        SoldRide { sale, prices, state }
    }

    #[test]
    fn a_shift_without_sales_comes_to_nothing() {
        let report = ShiftReport::of(7, &[]);
        assert_eq!((report.till, report.cash, report.sums.len()), (7, Money::ZERO, 0));
    }

    proptest! {
        /// Counted once more, by one passenger after another and without the code above.
        #[test]
        fn sums_are_those_of_a_count_by_hand(
            sales in proptest::collection::vec(
                (proptest::collection::btree_map(0_u8..8, (1_u8..16, 0_i64..100_000), 1..5), 0_u8..3), 0..40,
            ),
        ) {
            let mut sold = Vec::new();
            let (mut by_category, mut by_state) = (BTreeMap::<u8, (u32, i64)>::new(), [(0_u32, 0_i64); 3]);
            for (groups, state) in &sales {
                let refusal = Refusal::Other { code: "serial_reused".to_owned() };
                let states = [SaleState::Waiting, SaleState::Taken, SaleState::Refused { refusal }];
                let groups = groups.iter().map(|(category, (count, each))| (*category, *count, *each));
                let groups: Vec<_> = groups.collect();
                by_state[usize::from(*state)].0 += 1;
                for (category, count, each) in &groups {
                    for _ in 0..*count {
                        let sum = by_category.entry(*category).or_default();
                        *sum = (sum.0 + 1, sum.1 + each);
                        by_state[usize::from(*state)].1 += each;
                    }
                }
                sold.push(ride(1, &groups, states[usize::from(*state)].clone()));
            }
            let report = ShiftReport::of(1, &sold);
            let one = |sum: &ShiftSum| (sum.category.number(), (sum.passengers, sum.sum.tiyn));
            let told: Vec<_> = report.sums.iter().map(one).collect();
            prop_assert_eq!(told, by_category.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(report.cash.tiyn, by_state.iter().map(|(_, sum)| sum).sum::<i64>());
            prop_assert_eq!((report.waiting_sales, report.waiting.tiyn), by_state[0]);
            prop_assert_eq!((report.sent_sales, report.sent.tiyn), by_state[1]);
            let refused: i64 = report.refused.iter().map(|sale| sale.sum.tiyn).sum();
            prop_assert_eq!((report.refused.len() as u32, refused), by_state[2]);
        }
    }
}
