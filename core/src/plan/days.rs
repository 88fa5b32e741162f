//! Service days and time zones: when a time of the timetable is on the clock.
//!
//! GTFS counts times from "noon minus 12 h" of the service day in the agency's zone, which is midnight
//! but for the two days a year when clocks change. Times run past 24:00 and 48:00, so a moment belongs
//! to up to four service days, from the day before yesterday to tomorrow.

use super::journey::PlanError;
use crate::city::time_zone;
use crate::city::timetable::{LineIdx, ServiceIdx, TextIdx, Timetable};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The time zones of a timetable's lines. Made once a pack.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    zones: Vec<TimeZone>,
    of_line: Vec<u16>,
}

impl Zones {
    /// The zones of all lines; an error if one names no zone that is known.
    pub fn of(timetable: &Timetable<'_>) -> Result<Zones, PlanError> {
        let mut names: Vec<TextIdx> = Vec::new();
        let mut zones = Zones::default();
        for line in timetable.lines {
            let known = names.iter().position(|&name| name == line.time_zone);
            let at = known.unwrap_or(names.len());
            if known.is_none() {
                let name = timetable.text(line.time_zone);
                let unknown = || PlanError::UnknownTimeZone { name: name.to_owned() };
                zones.zones.push(time_zone(name).ok_or_else(unknown)?);
                names.push(line.time_zone);
            }
            zones.of_line.push(u16::try_from(at).unwrap_or_default());
        }
        Ok(zones)
    }

    /// The zone of a line; UTC for a line that is not of this timetable.
    pub fn of_line(&self, line: LineIdx) -> TimeZone {
        self.zones.get(self.number_of(line)).cloned().unwrap_or(TimeZone::UTC)
    }

    /// The zone that most of the city's clocks show: that of its first line; UTC if it has none.
    pub fn of_city(&self) -> TimeZone {
        self.of_line(LineIdx(0))
    }

    fn number_of(&self, line: LineIdx) -> usize {
        self.of_line.get(line.at()).map_or(usize::MAX, |&zone| usize::from(zone))
    }
}

/// When a service day's times count from, in seconds since 1970: noon minus 12 h.
pub fn day_start_s(zone: &TimeZone, day: i32) -> Option<i64> {
    let date = EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()?;
    let noon = zone.to_timestamp(date.at(12, 0, 0, 0)).ok()?;
    Some(noon.as_second() - 12 * 3_600)
}

/// The day that a calendar shows in a zone at a moment, in days since 1970-01-01.
pub fn day_at(zone: &TimeZone, second: i64) -> Option<i32> {
    let moment = Timestamp::from_second(second).ok()?;
    Some((zone.to_datetime(moment).date() - EPOCH).get_days())
}

/// Seconds from the moment that a query is about; negative before it.
pub(super) type Time = i32;

/// Later than every time.
pub(super) const NEVER: Time = Time::MAX;

/// How many service days a query may look at.
pub(super) const MOST_DAYS: usize = 8;

/// The service days around a query, with each zone's starts as [`Time`]s.
#[derive(Debug)]
pub(super) struct ServiceDays<'a> {
    zones: &'a Zones,
    /// Seconds since 1970 that [`Time`]s count from.
    pub(super) origin_s: i64,
    first_day: i32,
    count: usize,
    starts: Vec<[Time; MOST_DAYS]>,
    /// Bit `d` of a service: it runs on day `first_day + d`.
    runs: Vec<u8>,
}

impl<'a> ServiceDays<'a> {
    /// All service days that can have a vehicle on the road between two times from the origin.
    pub(super) fn around(
        timetable: &Timetable<'_>,
        zones: &'a Zones,
        origin_s: i64,
        from: Time,
        until: Time,
    ) -> Result<ServiceDays<'a>, PlanError> {
        let days_at = |time: Time| {
            let second = origin_s.checked_add(i64::from(time)).ok_or(PlanError::NoSuchTime)?;
            let days: Option<Vec<i32>> = zones.zones.iter().map(|zone| day_at(zone, second)).collect();
            days.ok_or(PlanError::NoSuchTime)
        };
        let first_day = days_at(from)?.into_iter().min().unwrap_or(0) - 2;
        let last_day = days_at(until)?.into_iter().max().unwrap_or(0) + 1;
        let count = usize::try_from(last_day - first_day + 1).unwrap_or(0).min(MOST_DAYS);
        let mut days =
            ServiceDays { zones, origin_s, first_day, count, starts: Vec::new(), runs: Vec::new() };
        for zone in &zones.zones {
            let mut starts = [NEVER; MOST_DAYS];
            for (start, day) in starts.iter_mut().zip(first_day..).take(count) {
                let second = day_start_s(zone, day).ok_or(PlanError::NoSuchTime)?;
                *start = Time::try_from(second - origin_s).map_err(|_| PlanError::NoSuchTime)?;
            }
            days.starts.push(starts);
        }
        for service in 0..u32::try_from(timetable.service_count()).unwrap_or(0) {
            let runs_on = |day: &i32| timetable.runs(ServiceIdx(service), *day);
            let days_on = (first_day..).take(count).enumerate().filter(|(_, day)| runs_on(day));
            days.runs.push(days_on.fold(0, |mask, (nth, _)| mask | 1 << nth));
        }
        let nth = |day: &i32| day.checked_sub(first_day).filter(|nth| (0..count as i32).contains(nth));
        days.runs.extend(timetable.laid_days().iter().map(|day| nth(day).map_or(0, |nth| 1 << nth)));
        Ok(days)
    }

    /// The numbers of the days, earliest first.
    pub(super) fn numbers(&self) -> std::ops::Range<u8> {
        0..self.count as u8
    }

    /// A day by its number, in days since 1970-01-01.
    pub(super) fn day(&self, number: u8) -> i32 {
        self.first_day + i32::from(number)
    }

    /// When the times of a day count from, for a line.
    pub(super) fn start(&self, line: LineIdx, number: u8) -> Option<Time> {
        let starts = self.starts.get(self.zones.number_of(line))?;
        starts.get(usize::from(number)).copied()
    }

    /// Whether a service runs on a day.
    pub(super) fn runs(&self, service: ServiceIdx, number: u8) -> bool {
        self.runs.get(service.at()).is_some_and(|days| days >> number & 1 == 1)
    }

    /// The days on which a service runs: bit `d` is day number `d`.
    pub(super) fn days_of(&self, service: ServiceIdx) -> u8 {
        self.runs.get(service.at()).copied().unwrap_or(0)
    }

    /// A time as ms since 1970.
    pub(super) fn ms(&self, time: Time) -> i64 {
        (self.origin_s + i64::from(time)) * 1_000
    }
}

/// A time of the timetable after the start of its day, without overflow for whatever a pack says.
pub(super) fn after(start: Time, seconds: u32) -> Time {
    start.saturating_add(Time::try_from(seconds).unwrap_or(NEVER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::build::sketch::{Sketch, day_number};

    fn start_in(zone: &str, day: &str) -> String {
        let zone = time_zone(zone).expect("a zone");
        let start_s = day_start_s(&zone, day_number(day)).expect("a day");
        Timestamp::from_second(start_s).expect("a moment").to_string()
    }

    #[test]
    fn days_start_at_midnight_but_when_clocks_change() {
        assert_eq!(start_in("Europe/Berlin", "2024-03-30"), "2024-03-29T23:00:00Z");
        assert_eq!(start_in("Europe/Berlin", "2024-03-31"), "2024-03-30T22:00:00Z", "23:00 by the clock");
        assert_eq!(start_in("Europe/Berlin", "2024-10-27"), "2024-10-26T23:00:00Z", "01:00 by the clock");
    }

    #[test]
    fn kazakhstan_changed_its_time_on_the_first_of_march_2024() {
        assert_eq!(start_in("Asia/Almaty", "2024-02-29"), "2024-02-28T18:00:00Z");
        assert_eq!(start_in("Asia/Almaty", "2024-03-01"), "2024-02-29T19:00:00Z");
        let almaty = time_zone("Asia/Almaty").expect("a zone");
        let at = |moment: &str| moment.parse::<Timestamp>().expect("a moment").as_second();
        assert_eq!(day_at(&almaty, at("2024-02-29T18:30:00Z")), Some(day_number("2024-02-29")));
        assert_eq!(day_at(&almaty, at("2024-02-29T19:00:00Z")), Some(day_number("2024-03-01")));
    }

    #[test]
    fn a_line_in_a_zone_that_does_not_exist_is_named() {
        let city =
            Sketch::in_zone("Asia/Atlantis").trip("A", |t| t.stop("x", "1:00").stop("y", "2:00")).finish();
        let refused = Zones::of(&city.timetable()).expect_err("no such zone");
        assert_eq!(refused, PlanError::UnknownTimeZone { name: "Asia/Atlantis".into() });
    }

    #[test]
    fn a_moment_belongs_to_the_days_before_it_and_the_next() {
        let city = Sketch::in_zone("Asia/Almaty")
            .trip("A", |t| t.days(&["2024-05-08", "2024-05-11"]).stop("x", "1:00").stop("y", "2:00"))
            .finish();
        let timetable = city.timetable();
        let zones = Zones::of(&timetable).expect("a known zone");
        let noon_s = "2024-05-10T07:00:00Z".parse::<Timestamp>().expect("a moment").as_second();
        let days = ServiceDays::around(&timetable, &zones, noon_s, 0, 60).expect("a moment");
        let running: Vec<(i32, bool)> =
            days.numbers().map(|day| (days.day(day), days.runs(ServiceIdx(0), day))).collect();
        let first = day_number("2024-05-08");
        assert_eq!(running, [(first, true), (first + 1, false), (first + 2, false), (first + 3, true)]);
        assert_eq!(days.start(LineIdx(0), 2), Some(-12 * 3_600));
        assert!(ServiceDays::around(&timetable, &zones, i64::MAX, 0, 60).is_err());
    }
}
