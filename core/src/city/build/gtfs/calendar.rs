//! calendar.txt and calendar_dates.txt: on which days a service runs.

use super::table::Archive;
use super::times::day;
use crate::city::build::report::{BuildError, BuildReport};
use std::collections::{BTreeSet, HashMap};

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// All services of a feed together may run on so many days; 1 000 services of 50 years run on fewer.
const MOST_DAYS: usize = 20_000_000;
/// Their bits may take so many words: 1 GB.
const MOST_WORDS: usize = 1 << 27;

/// The days of each service, in days since 1970-01-01.
pub(super) type Services = HashMap<String, BTreeSet<i32>>;

/// Reads both files; a feed may have either.
pub(super) fn read(archive: &mut Archive, report: &mut BuildReport) -> Result<Services, BuildError> {
    let mut services = Services::new();
    let weekly = read_weeks(archive, &mut services, report)?;
    let dated = read_dates(archive, &mut services, report)?;
    if weekly || dated {
        return bounded(archive, services);
    }
    Err(BuildError::MissingFile { file: format!("{}/calendar.txt or calendar_dates.txt", archive.name) })
}

/// Days take a bit each from the first of all to the last: a feed must not make that a bomb.
fn bounded(archive: &Archive, services: Services) -> Result<Services, BuildError> {
    let first = services.values().filter_map(BTreeSet::first).min();
    let last = services.values().filter_map(BTreeSet::last).max();
    let span = first.zip(last).map_or(0, |(first, last)| last.abs_diff(*first) as usize);
    if services.len().saturating_mul(span / 64 + 1) <= MOST_WORDS {
        return Ok(services);
    }
    Err(BuildError::TooLarge { file: archive.name.clone(), what: "days of services" })
}

fn read_weeks(
    archive: &mut Archive,
    services: &mut Services,
    report: &mut BuildReport,
) -> Result<bool, BuildError> {
    let Some(mut table) = archive.table("calendar.txt")? else { return Ok(false) };
    let id = table.required("service_id")?;
    let (start, end) = (table.required("start_date")?, table.required("end_date")?);
    let weekdays = WEEKDAYS.map(|weekday| table.column(weekday));
    let mut all_days = 0;
    while table.next(&mut report.repaired)? {
        let (Some(first), Some(last)) = (day(table.get(start)), day(table.get(end))) else {
            let what = || format!("service {}: a date that is none", table.get(id));
            report.refused.add(&table.file, table.row(), what);
            continue;
        };
        let runs = weekdays.map(|weekday| table.get(weekday) == "1");
        // 1970-01-01 was a Thursday.
        let weekday = |day: i32| (day + 3).rem_euclid(7) as usize;
        let days = (first..=last).filter(|day| runs[weekday(*day)]);
        all_days += last.abs_diff(first) as usize;
        if all_days > MOST_DAYS {
            return Err(BuildError::TooLarge { file: table.file, what: "days of services" });
        }
        services.entry(table.get(id).to_owned()).or_default().extend(days);
    }
    Ok(true)
}

fn read_dates(
    archive: &mut Archive,
    services: &mut Services,
    report: &mut BuildReport,
) -> Result<bool, BuildError> {
    let Some(table) = archive.table("calendar_dates.txt")? else { return Ok(false) };
    // Of a day that is both added and removed, its removal comes last and counts: nobody waits in vain.
    let mut table = table.sorted(&["service_id", "date", "exception_type"])?;
    let (id, date) = (table.required("service_id")?, table.required("date")?);
    let exception = table.required("exception_type")?;
    while table.next(&mut report.repaired)? {
        let days = services.entry(table.get(id).to_owned()).or_default();
        match (day(table.get(date)), table.get(exception)) {
            (Some(day), "1") => {
                days.insert(day);
            }
            (Some(day), "2") => {
                days.remove(&day);
            }
            _ => {
                let what = || format!("service {}: no date, or neither added nor removed", table.get(id));
                report.refused.add(&table.file, table.row(), what);
            }
        }
    }
    Ok(true)
}
