//! What a journey costs, by the operator's own rules.

use crate::city::fares::{FareHistory, FareQuestion, Fares};
use crate::money::Money;
use crate::operator::wire::HeldPass;
use crate::pay::{Source, Way};
use crate::plan::{Journey, RideLeg};
use crate::text::Words;
use crate::wallet::Category;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A way in which the passenger can pay.
#[derive(Clone, Debug, PartialEq)]
pub struct Payer {
    /// How each ride is paid.
    pub way: Way,
    /// Whose money, if it is paid in the app or with a card of the account.
    pub source: Option<Source>,
    /// What the passenger calls it.
    pub label: Words,
    /// As whom they ride.
    pub category: Category,
    /// What is on it, where that is known.
    pub balance: Option<Money>,
    /// Whether the operator counts earlier rides towards it: it knows nobody who pays in cash.
    pub known: bool,
}

/// What a journey costs if it is paid so.
#[derive(Clone, Debug, PartialEq)]
pub struct JourneyPrice {
    /// How each ride is paid.
    pub way: Way,
    /// Whose money, if it is paid in the app or with a card of the account.
    pub source: Option<Source>,
    /// What the passenger calls it.
    pub label: Words,
    /// As whom they ride.
    pub category: Category,
    /// All rides together; none if one of them is not sold so.
    pub sum: Option<Money>,
    /// One a ride, in order.
    pub rides: Vec<RidePrice>,
    /// Whether the balance suffices; none if either is not known.
    pub enough: Option<bool>,
}

/// What a ride of a journey costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RidePrice {
    /// The line's public number.
    pub line: String,
    /// The price after transfers and caps; none if it is not sold so.
    pub price: Option<Money>,
}

/// A ride that was paid before, and not refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidRide {
    /// The line's public number.
    pub line: String,
    /// What it cost.
    pub fare: Money,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
}

/// What the operator counts of whoever it knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted<'a> {
    /// What was paid before the journey.
    pub paid: &'a [PaidRide],
    /// The passes that make rides free.
    pub passes: &'a [HeldPass],
}

/// What a journey costs if each ride is paid when it is boarded: what was `paid` before it counts for transfers
/// and caps, and so do its own rides one after the other. `zone_of` tells a stop's fare zone.
pub fn price(
    journey: &Journey,
    fares: &Fares,
    zone: &TimeZone,
    payer: &Payer,
    counted: Counted<'_>,
    zone_of: impl Fn(&str) -> Option<String>,
) -> JourneyPrice {
    let Counted { paid, passes } = if payer.known { counted } else { Counted::default() };
    let mut paid = paid.to_vec();
    let mut rides = Vec::new();
    for leg in &journey.legs {
        // Who stays seated has paid.
        let Some(RideLeg { line, from_stop, departure_ms, stay_seated: false, .. }) = leg.ride() else {
            continue;
        };
        let fare_zone = zone_of(&from_stop.id);
        let price = date_at(*departure_ms, zone).and_then(|day| {
            fares.fare(&FareQuestion {
                category: payer.category,
                way: payer.way,
                line,
                zone: fare_zone.as_deref(),
                day,
                before: FareHistory { passes, ..history(&paid, *departure_ms, zone) },
            })
        });
        if let Some(fare) = price {
            paid.push(PaidRide { line: line.clone(), fare, paid_ms: *departure_ms });
        }
        rides.push(RidePrice { line: line.clone(), price });
    }
    let sum = rides.iter().try_fold(Money::ZERO, |sum, ride| sum.plus(ride.price?));
    JourneyPrice {
        way: payer.way,
        source: payer.source.clone(),
        label: payer.label.clone(),
        category: payer.category,
        sum,
        rides,
        enough: sum.zip(payer.balance).map(|(sum, balance)| sum <= balance),
    }
}

/// What was paid before a moment, as caps and transfers count it, in the city's time.
pub fn history<'a>(paid: &'a [PaidRide], at_ms: i64, zone: &TimeZone) -> FareHistory<'a> {
    let month = |day: Option<Date>| day.map(|day| (day.year(), day.month()));
    let today = date_at(at_ms, zone);
    let before = || paid.iter().filter(|ride| ride.paid_ms <= at_ms);
    let sum = |fits: &dyn Fn(Option<Date>) -> bool| {
        let rides = before().filter(|ride| fits(date_at(ride.paid_ms, zone)));
        rides.fold(Money::ZERO, |sum, ride| sum.plus(ride.fare).unwrap_or(sum))
    };
    FareHistory {
        spent_today: sum(&|day| day == today),
        spent_this_month: sum(&|day| month(day) == month(today)),
        last_ride: before().max_by_key(|ride| ride.paid_ms).map(|ride| {
            let minutes = at_ms.saturating_sub(ride.paid_ms) / 60_000;
            (ride.line.as_str(), u32::try_from(minutes).unwrap_or(u32::MAX))
        }),
        passes: &[],
    }
}

fn date_at(ms: i64, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(Timestamp::from_millisecond(ms).ok()?).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::fares::{CapPeriod, CapRule, FareRule, TransferRule};
    use crate::plan::Leg;

    /// 2026-09-16 10:00 in Atyrau.
    const MORNING: i64 = 1_789_534_800_000;
    const MINUTE: i64 = 60_000;

    fn ride(line: &str, from: &str, departs: i64) -> Leg {
        let departure_ms = MORNING + departs * MINUTE;
        let times_ms = (departure_ms, departure_ms + 10 * MINUTE);
        let line_id = format!("r{line}");
        Leg::Ride(RideLeg { line_id, ..RideLeg::by_timetable(line, (from, ""), times_ms) })
    }

    fn journey(legs: Vec<Leg>) -> Journey {
        Journey { departure_ms: MORNING, arrival_ms: MORNING, rides: 0, walk_metres: 0, legs }
    }

    /// 100 ₸ in the app, 150 ₸ in zone B, 200 ₸ in cash; children ride for 40 ₸; line 101 takes no cash.
    fn fares() -> Fares {
        let rule = |tenge| FareRule { price: Money::tenge(tenge), ..FareRule::default() };
        let child = FareRule { categories: vec![Category::Child], ..rule(40) };
        let zone = FareRule { zones: vec!["B".into()], ways: vec![Way::App], ..rule(150) };
        let express = FareRule { lines: vec!["101".into()], ways: vec![Way::App], ..rule(100) };
        let app = FareRule { ways: vec![Way::App, Way::SmartCard], ..rule(100) };
        let lines = ["5", "7", "9"].map(str::to_owned).to_vec();
        let cash = FareRule { ways: vec![Way::Cash], lines, ..rule(200) };
        Fares { rules: vec![child, zone, express, app, cash], ..Fares::default() }
    }

    fn by(way: Way) -> Payer {
        let known = way != Way::Cash;
        let (source, label, balance) = (None, Words::default(), Some(Money::tenge(250)));
        Payer { way, source, label, category: Category::Standard, balance, known }
    }

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Atyrau").expect("in the bundled database")
    }

    fn tenge(journey: &Journey, fares: &Fares, payer: &Payer, paid: &[PaidRide]) -> Option<i64> {
        let zone_of = |stop: &str| (stop == "far").then(|| "B".to_owned());
        let counted = Counted { paid, passes: &[] };
        price(journey, fares, &zone(), payer, counted, zone_of).sum.map(|sum| sum.tiyn / 100)
    }

    #[test]
    fn each_way_has_the_sum_of_its_rides() {
        let there = journey(vec![ride("5", "near", 0), ride("7", "near", 30)]);
        assert_eq!(tenge(&there, &fares(), &by(Way::App), &[]), Some(200));
        assert_eq!(tenge(&there, &fares(), &by(Way::Cash), &[]), Some(400));
        let child = Payer { category: Category::Child, ..by(Way::Cash) };
        assert_eq!(tenge(&there, &fares(), &child, &[]), Some(80));
        assert_eq!(tenge(&there, &fares(), &by(Way::Sms), &[]), None, "not sold so");
        let express = journey(vec![ride("5", "near", 0), ride("101", "near", 30)]);
        assert_eq!(tenge(&express, &fares(), &by(Way::Cash), &[]), None, "one of them is not");
        let far = journey(vec![ride("5", "far", 0)]);
        assert_eq!(tenge(&far, &fares(), &by(Way::App), &[]), Some(150), "by where it is boarded");
        assert_eq!(tenge(&journey(vec![]), &fares(), &by(Way::App), &[]), Some(0), "a walk is free");
    }

    #[test]
    fn who_stays_seated_pays_once() {
        let mut on = ride("101", "far", 10);
        let Leg::Ride(ridden) = &mut on else { panic!("a ride") };
        ridden.stay_seated = true;
        let through = journey(vec![ride("5", "near", 0), on, ride("7", "near", 30)]);
        assert_eq!(tenge(&through, &fares(), &by(Way::App), &[]), Some(200));
        let told = price(&through, &fares(), &zone(), &by(Way::App), Counted::default(), |_| None);
        let lines: Vec<&str> = told.rides.iter().map(|ride| ride.line.as_str()).collect();
        assert_eq!(lines, ["5", "7"]);
    }

    #[test]
    fn a_balance_suffices_or_not() {
        let enough = |legs| {
            price(&journey(legs), &fares(), &zone(), &by(Way::App), Counted::default(), |_| None).enough
        };
        assert_eq!(enough(vec![ride("5", "a", 0), ride("7", "b", 30)]), Some(true));
        assert_eq!(enough(vec![ride("5", "a", 0), ride("7", "b", 30), ride("9", "c", 60)]), Some(false));
        let unknown = Payer { balance: None, ..by(Way::App) };
        let told = price(&journey(vec![]), &fares(), &zone(), &unknown, Counted::default(), |_| None);
        assert_eq!(told.enough, None);
    }

    #[test]
    fn a_change_is_cheaper_only_in_time_and_on_another_line() {
        let transfer =
            TransferRule { within_minutes: 60, price: Money::ZERO, ways: vec![Way::App], other_line: true };
        let fares = Fares { transfer: Some(transfer), ..fares() };
        let two = |line, departs| journey(vec![ride("5", "a", 0), ride(line, "b", departs)]);
        assert_eq!(tenge(&two("7", 60), &fares, &by(Way::App), &[]), Some(100));
        assert_eq!(tenge(&two("7", 61), &fares, &by(Way::App), &[]), Some(200));
        assert_eq!(tenge(&two("5", 30), &fares, &by(Way::App), &[]), Some(200));
        assert_eq!(tenge(&two("7", 30), &fares, &by(Way::SmartCard), &[]), Some(200), "not paid so");
        // A ride that was paid before the journey counts, too; not for cash, which nobody knows of.
        let paid = [PaidRide { line: "9".into(), fare: Money::tenge(100), paid_ms: MORNING - 20 * MINUTE }];
        assert_eq!(tenge(&two("7", 70), &fares, &by(Way::App), &[]), Some(200));
        assert_eq!(tenge(&two("7", 70), &fares, &by(Way::App), &paid), Some(100));
        assert_eq!(tenge(&two("7", 70), &fares, &by(Way::Cash), &paid), Some(400));
    }

    #[test]
    fn a_pass_frees_the_rides_of_its_line_on_its_days_for_whoever_is_known() {
        let pass = HeldPass {
            id: "p1".into(),
            pass: "week-5".into(),
            city: "sample".into(),
            name: Words::same("Week"),
            categories: vec![Category::Standard],
            lines: vec!["5".into()],
            from: "2026-09-10".into(),
            until: "2026-09-16".into(),
        };
        let counted = Counted { paid: &[], passes: &[pass] };
        let sum = |departs, payer: &Payer| {
            let there = journey(vec![ride("5", "a", departs), ride("7", "b", departs + 30)]);
            price(&there, &fares(), &zone(), payer, counted, |_| None).sum.map(|sum| sum.tiyn / 100)
        };
        assert_eq!(sum(0, &by(Way::App)), Some(100), "line 7 alone");
        assert_eq!(sum(0, &by(Way::Cash)), Some(400), "nobody knows who pays in cash");
        assert_eq!(sum(0, &Payer { category: Category::Child, ..by(Way::App) }), Some(80), "another's");
        // 23:50 and 00:20: each ride goes by its own day.
        let back = journey(vec![ride("7", "a", 13 * 60 + 50), ride("5", "b", 14 * 60 + 20)]);
        assert_eq!(
            price(&back, &fares(), &zone(), &by(Way::App), counted, |_| None).sum,
            Some(Money::tenge(200))
        );
        assert_eq!(sum(13 * 60 + 50, &by(Way::App)), Some(100));
    }

    #[test]
    fn caps_count_the_day_in_the_city_s_time() {
        let cap = |per, most| CapRule { categories: vec![], per, most: Money::tenge(most) };
        let fares = Fares { caps: vec![cap(CapPeriod::Day, 250), cap(CapPeriod::Month, 1_000)], ..fares() };
        let three = |departs| {
            journey(vec![ride("5", "a", departs), ride("7", "b", departs + 5), ride("9", "c", departs + 10)])
        };
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[]), Some(250));
        // The second and third of them are paid after midnight: 23:58, 00:03, 00:08.
        assert_eq!(tenge(&three(13 * 60 + 58), &fares, &by(Way::App), &[]), Some(300));
        let paid = |minutes: i64, tenge| PaidRide {
            line: "1".into(),
            fare: Money::tenge(tenge),
            paid_ms: MORNING - minutes * MINUTE,
        };
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[paid(60, 200)]), Some(50));
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[paid(11 * 60, 200)]), Some(250), "yesterday");
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[paid(11 * 60, 900)]), Some(100), "this month");
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[paid(16 * 24 * 60, 900)]), Some(250), "August");
        assert_eq!(tenge(&three(0), &fares, &by(Way::App), &[paid(-600, 200)]), Some(250), "not yet");
    }
}
