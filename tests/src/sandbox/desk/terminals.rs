//! The buses' terminals: the keys of their words, for inspectors, and what they show.

use super::sales::named_bus;
use super::{Answer, Asked, Desk, Refusal, day, zone};
use crate::sandbox::data::CityData;
use jiff::{Span, Timestamp};
use jol_core::operator::wire::{Base64, Secret, TerminalDayKey, TerminalKeys};
use jol_core::ticket::{slot_at, token};

/// Today's and tomorrow's keys of every city.
pub(super) fn keys(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let days = desk.operator.cities.iter().flat_map(|city| [0, 1].map(|ahead| (city, ahead)));
    let keys = days.filter_map(|(city, ahead)| {
        let (from_s, until_s) = day_s(city, asked.now_ms, ahead)?;
        let code = code_of(city);
        let key = Secret(Base64(desk.keys.terminal_secret(&code, from_s).to_vec()));
        Some(TerminalDayKey { city: code, from_s, until_s, key })
    });
    Ok(Answer::json(&TerminalKeys { keys: keys.collect() }))
}

/// A city as tickets and vouchers name it.
pub(super) fn code_of(city: &CityData) -> String {
    token::cut(&city.rules.city, token::LONGEST_CITY).to_owned()
}

/// The first second of a day so many days ahead, by the city's clocks, and that of the next day.
fn day_s(city: &CityData, now_ms: i64, ahead: i64) -> Option<(i64, i64)> {
    let zone = zone(city);
    let midnight = |days: i64| {
        let date = day(now_ms, &zone).checked_add(Span::new().days(days)).ok()?;
        zone.to_timestamp(date.at(0, 0, 0, 0)).ok().map(Timestamp::as_second)
    };
    Some((midnight(ahead)?, midnight(ahead + 1)?))
}

impl Desk {
    /// What the terminal of a bus shows now.
    pub(in crate::sandbox) fn terminal_code(&self, vehicle: &str) -> Option<String> {
        let (city, bus) = self.bus(vehicle)?;
        let now_ms = self.clock.now_ms();
        let (from_s, _) = day_s(city, now_ms, 0)?;
        let key = self.keys.terminal_key(&code_of(city), from_s);
        Some(key.code(&named_bus(&bus.painted), slot_at(now_ms)).to_text())
    }
}
