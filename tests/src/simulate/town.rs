//! The city of every life: two buses that go to and fro, flat fares, two cards and a bank card of one account.

use super::super::sandbox::data::{sample_rules, ways};
use crate::sandbox::fleet::Run;
use jiff::Span;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jol_core::city::fares::{CityRules, FareRule, Fares, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, CardState};
use jol_core::wallet::Category;
use std::sync::LazyLock;

/// Noon of 2026-09-16 in Atyrau: lives begin about then.
pub const NOON_MS: i64 = 1_789_542_000_000;
/// The day of that noon.
pub const NOON_DAY: Date = date(2026, 9, 16);
const DAY_MS: i64 = 24 * 3_600_000;
/// How long a run lasts.
pub const RUN_MS: i64 = 40 * 60_000;
/// The account's number.
pub const NUMBER: &str = "+77771234567";
/// The number of the passenger's other SIM.
pub const OTHER_NUMBER: &str = "+77770000001";
/// The account's standard card.
pub const CARD: &str = "c1";
/// Its card on which rides are free.
pub const FREE_CARD: &str = "c2";
/// Its bank card's token.
pub const TOKEN: &str = "b1";
/// What a ride costs.
pub const FARE: Money = Money::tenge(100);

/// The city's rules: every ride costs 100 ₸, a veteran's nothing.
pub static CITY_RULES: LazyLock<CityRules> = LazyLock::new(|| {
    let price = |categories, price| FareRule { categories, price, ..FareRule::default() };
    let rules = vec![price(vec![Category::Veteran], Money::ZERO), price(Vec::new(), FARE)];
    let fares = Fares { rules, transfer: None, caps: Vec::new(), passes: Vec::new() };
    CityRules { fares, ..sample_rules("sample") }
});

/// What does not change in a life.
pub struct Town {
    /// The buses.
    pub vehicles: [Vehicle; 2],
    /// The account's cards.
    pub cards: [Card; 2],
    /// Its bank cards.
    pub bank_cards: [String; 1],
    /// A run without its name and end.
    pub run: Run,
}

/// The town.
pub fn town() -> &'static Town {
    static TOWN: LazyLock<Town> = LazyLock::new(|| {
        let vehicle = |vehicle: &str| Vehicle {
            vehicle: vehicle.to_owned(),
            painted: vehicle.trim_start_matches('0').to_owned(),
            plate: String::new(),
            line: "5".to_owned(),
            terminal: true,
            ways: ways(true),
        };
        let card = |id: &str, category| Card {
            id: id.to_owned(),
            number: format!("96430000000000{id}"),
            name: String::new(),
            category,
            balance: Money::tenge(2_000),
            state: CardState::Active,
            valid_until: None,
            as_of_ms: NOON_MS,
            form: CardForm::Virtual,
            child: false,
            refused: None,
            moved_to: None,
            day_limit: None,
            credential: None,
        };
        Town {
            vehicles: [vehicle("0547"), vehicle("0548")],
            cards: [card(CARD, Category::Standard), card(FREE_CARD, Category::Veteran)],
            bank_cards: [TOKEN.to_owned()],
            run: Run {
                run: String::new(),
                line: "5".to_owned(),
                direction: 0,
                terminus: String::new(),
                ends_ms: 0,
                stop: String::new(),
                stop_id: String::new(),
                in_service: true,
            },
        }
    });
    &TOWN
}

/// Which bus has this id.
pub fn bus(vehicle: &str) -> Option<usize> {
    town().vehicles.iter().position(|bus| bus.vehicle == vehicle)
}

/// When this day began in Atyrau (UTC+5 all year), ms since 1970.
pub fn day_start_ms(now_ms: i64) -> i64 {
    const AHEAD_MS: i64 = 5 * 3_600_000;
    (now_ms + AHEAD_MS).div_euclid(DAY_MS) * DAY_MS - AHEAD_MS
}

/// The clocks of Atyrau.
pub fn time_zone() -> &'static TimeZone {
    static ZONE: LazyLock<TimeZone> =
        LazyLock::new(|| TimeZone::get(&CITY_RULES.time_zone).unwrap_or(TimeZone::UTC));
    &ZONE
}

/// Which day it is in Atyrau.
pub fn day_at(now_ms: i64) -> Date {
    let days = (day_start_ms(now_ms) - day_start_ms(NOON_MS)) / DAY_MS;
    NOON_DAY.saturating_add(Span::new().days(days.clamp(-10_000, 10_000)))
}

/// The name of the tap, ride or wish of this number.
pub fn key(number: usize) -> &'static str {
    static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| (0..100).map(|nth| format!("k{nth}")).collect());
    KEYS.get(number).map_or("", String::as_str)
}

/// The number of a name.
pub fn number(key: &str) -> usize {
    key.trim_start_matches('k').parse().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_the_city_s_midnight() {
        let midnight_ms = day_start_ms(NOON_MS);
        assert_eq!(NOON_MS - midnight_ms, 12 * 3_600_000);
        assert_eq!(day_start_ms(midnight_ms), midnight_ms);
        assert_eq!(day_start_ms(midnight_ms - 1), midnight_ms - 24 * 3_600_000);
        assert_eq!([day_at(midnight_ms - 1), day_at(midnight_ms)], [date(2026, 9, 15), NOON_DAY]);
    }
}
