use super::{TravelKind, TravelState};
use crate::money::Money;
use crate::pay::Way;
use crate::wallet::{Category, PassengerGroup};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A month of the calendar, in the city's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: i8,
}

impl Month {
    /// Its first ms and the ms after its last one, since 1970; none outside the calendar.
    pub(crate) fn span_ms(self, zone: &TimeZone) -> Option<(i64, i64)> {
        let first = Date::new(self.year, self.month, 1).ok()?;
        let next = first.checked_add(Span::new().months(1)).ok()?;
        let start = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
        Some((start(first)?, start(next)?))
    }
}

/// The month of a moment; none outside the calendar.
pub(crate) fn month_at(at_ms: i64, zone: &TimeZone) -> Option<Month> {
    let date = zone.to_datetime(Timestamp::from_millisecond(at_ms).ok()?).date();
    Some(Month { year: date.year(), month: date.month() })
}

/// What a month came to. An entry counts in the month in which it stands in Travel Details.
///
/// Of what this wallet paid itself, over all months: `spent` less `came_back` is what its ledger says that
/// fares gained; `reserved` less `reserved_back` and less the rides of vouchers is what it holds reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthSum {
    /// The year.
    pub year: i16,
    /// The month, 1 to 12, in the city's time.
    pub month: i8,
    /// How many rides were paid or free, and not refunded.
    pub rides: u32,
    /// What was charged for rides, refunded ones too.
    pub spent: Money,
    /// What of that came back.
    pub came_back: Money,
    /// What cards gained.
    pub topped_up: Money,
    /// What was paid for cards and passes themselves.
    pub bought: Money,
    /// What was paid for offline rides to come.
    pub reserved: Money,
    /// What of that came back: given back, or the ride was paid in another way.
    pub reserved_back: Money,
    /// The rides, by who rode and how it was paid; in the order of categories and ways.
    pub parts: Vec<MonthPart>,
}

/// The rides of a month of one category and one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthPart {
    /// Who rode; none for tickets of several categories, of which only the whole sum is known.
    pub category: Option<Category>,
    /// How it was paid.
    pub way: Way,
    /// How many rides were paid or free, and not refunded.
    pub rides: u32,
    /// What was charged.
    pub spent: Money,
    /// What of that came back.
    pub came_back: Money,
}

/// What a month's sum needs to know of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) kind: TravelKind,
    pub(crate) state: TravelState,
    pub(crate) way: Option<Way>,
    pub(crate) category: Option<Category>,
    pub(crate) sum: Money,
    pub(crate) spent: Money,
    pub(crate) came_back: Money,
}

impl Figures {
    /// The one category of these passengers.
    pub(crate) fn category_of(passengers: &[PassengerGroup]) -> Option<Category> {
        match passengers {
            [only] => Some(only.category),
            _ => None,
        }
    }
}

impl MonthSum {
    /// Sums a month up; none if a sum leaves its range.
    pub(crate) fn of(month: Month, entries: impl Iterator<Item = Figures>) -> Option<MonthSum> {
        let mut all = MonthSum {
            year: month.year,
            month: month.month,
            rides: 0,
            spent: Money::ZERO,
            came_back: Money::ZERO,
            topped_up: Money::ZERO,
            bought: Money::ZERO,
            reserved: Money::ZERO,
            reserved_back: Money::ZERO,
            parts: Vec::new(),
        };
        let mut parts: BTreeMap<(bool, Option<Category>, Way), MonthPart> = BTreeMap::new();
        for entry in entries {
            match (entry.kind, entry.state) {
                (TravelKind::Ride, TravelState::AlreadyPaid) => {
                    all.reserved_back = all.reserved_back.plus(entry.came_back)?;
                }
                (
                    TravelKind::Ride | TravelKind::Correction,
                    TravelState::Paid | TravelState::Free | TravelState::Refunded | TravelState::Replaced,
                ) => {
                    let way = entry.way.unwrap_or(Way::App);
                    let is_over = matches!(entry.state, TravelState::Refunded | TravelState::Replaced);
                    let counts = u32::from(!is_over);
                    let key = (entry.category.is_none(), entry.category, way);
                    let none = (0, Money::ZERO);
                    let part = parts.entry(key).or_insert(MonthPart {
                        category: entry.category,
                        way,
                        rides: none.0,
                        spent: none.1,
                        came_back: none.1,
                    });
                    part.rides = part.rides.checked_add(counts)?;
                    part.spent = part.spent.plus(entry.spent)?;
                    part.came_back = part.came_back.plus(entry.came_back)?;
                    all.rides = all.rides.checked_add(counts)?;
                    all.spent = all.spent.plus(entry.spent)?;
                    all.came_back = all.came_back.plus(entry.came_back)?;
                }
                (TravelKind::TopUp, TravelState::Paid) => all.topped_up = all.topped_up.plus(entry.sum)?,
                (TravelKind::Purchase, TravelState::Paid) => all.bought = all.bought.plus(entry.sum)?,
                (TravelKind::Reserved, TravelState::Paid) => all.reserved = all.reserved.plus(entry.sum)?,
                (TravelKind::GivenBack, _) => {
                    all.reserved_back = all.reserved_back.plus(entry.came_back)?;
                }
                _ => {}
            }
        }
        all.parts = parts.into_values().collect();
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("in the bundled database")
    }

    fn ms(at: &str) -> i64 {
        at.parse::<Timestamp>().expect("a time").as_millisecond()
    }

    #[test]
    fn a_month_is_counted_in_the_city_s_time() {
        // 2026-08-31T19:30Z is 00:30 of the first of September in Atyrau (UTC+5).
        let month = month_at(ms("2026-08-31T19:30:00Z"), &zone("Asia/Atyrau")).expect("a month");
        assert_eq!(month, Month { year: 2026, month: 9 });
        let (from_ms, until_ms) = month.span_ms(&zone("Asia/Atyrau")).expect("a month");
        assert_eq!(from_ms, ms("2026-08-31T19:00:00Z"));
        assert_eq!((until_ms - from_ms) / 86_400_000, 30);
        assert_eq!(month_at(from_ms - 1, &zone("Asia/Atyrau")), Some(Month { year: 2026, month: 8 }));
        assert_eq!(month_at(until_ms, &zone("Asia/Atyrau")), Some(Month { year: 2026, month: 10 }));
        assert_eq!(Month { year: 2026, month: 13 }.span_ms(&TimeZone::UTC), None);
    }

    #[test]
    fn kazakhstan_s_change_of_2024_makes_february_an_hour_longer() {
        let february = Month { year: 2024, month: 2 };
        let (from_ms, until_ms) = february.span_ms(&zone("Asia/Almaty")).expect("a month");
        assert_eq!((until_ms - from_ms) / 3_600_000, 29 * 24 + 1);
        // The last hour of February came twice.
        assert_eq!(until_ms, ms("2024-02-29T19:00:00Z"));
        assert_eq!(month_at(until_ms - 1, &zone("Asia/Almaty")), Some(february));
        let (from_ms, until_ms) = february.span_ms(&zone("Asia/Atyrau")).expect("a month");
        assert_eq!((until_ms - from_ms) / 3_600_000, 29 * 24, "the west had that time before");
    }

    #[test]
    fn what_came_back_is_told_apart_from_what_was_spent() {
        let ride = |state, tenge, back| Figures {
            kind: TravelKind::Ride,
            state,
            way: Some(Way::App),
            category: Some(Category::Student),
            sum: Money::tenge(tenge),
            spent: Money::tenge(tenge),
            came_back: Money::tenge(back),
        };
        let held = Figures { spent: Money::ZERO, ..ride(TravelState::AlreadyPaid, 100, 100) };
        let other = |kind, state| Figures { kind, way: None, category: None, ..ride(state, 500, 70) };
        let month = MonthSum::of(
            Month { year: 2026, month: 9 },
            [
                ride(TravelState::Paid, 100, 0),
                ride(TravelState::Refunded, 90, 90),
                ride(TravelState::Free, 0, 0),
                Figures { category: None, ..ride(TravelState::Paid, 200, 0) },
                Figures { spent: Money::ZERO, ..ride(TravelState::Declined, 100, 0) },
                Figures { spent: Money::ZERO, ..ride(TravelState::Pending, 100, 0) },
                held,
                other(TravelKind::TopUp, TravelState::Paid),
                other(TravelKind::TopUp, TravelState::Declined),
                other(TravelKind::Reserved, TravelState::Paid),
                other(TravelKind::Reserved, TravelState::Pending),
                other(TravelKind::GivenBack, TravelState::Refunded),
            ]
            .into_iter(),
        )
        .expect("within range");
        assert_eq!((month.rides, month.spent, month.came_back), (3, Money::tenge(390), Money::tenge(90)));
        assert_eq!((month.topped_up, month.reserved), (Money::tenge(500), Money::tenge(500)));
        assert_eq!(month.reserved_back, Money::tenge(170));
        let [student, several] = month.parts.as_slice() else { panic!("{:?}", month.parts) };
        assert_eq!(
            (student.category, student.rides, student.spent),
            (Some(Category::Student), 2, Money::tenge(190))
        );
        assert_eq!((several.category, several.rides, several.spent), (None, 1, Money::tenge(200)));
        let huge = Figures { spent: Money::tiyn(i64::MAX), ..ride(TravelState::Paid, 0, 0) };
        assert_eq!(MonthSum::of(Month { year: 2026, month: 9 }, [huge, huge].into_iter()), None);
    }
}
