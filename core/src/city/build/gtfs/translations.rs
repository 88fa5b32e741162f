//! translations.txt: names of stops, lines and signs in the passenger's language.
//!
//! A name is kept once, whoever bears it: of two translations of one name, as of two stops that are called
//! alike, the first counts, by their ids. Both forms are read: that of GTFS (by table, field and record or
//! value), and the older one of Google's feeds (`trans_id`, `lang`).

use super::Feed;
use super::table::Archive;
use super::trips::Trips;
use crate::city::build::report::BuildError;
use crate::city::timetable::TextIdx;

/// Fields that passengers read. `stop_headsign` is none of them: a pack has one sign a trip.
const FIELDS: [&str; 5] =
    ["stop_name", "route_short_name", "route_long_name", "trip_headsign", "agency_name"];

/// Which translation it is.
const IDS: [&str; 8] =
    ["table_name", "field_name", "record_id", "record_sub_id", "field_value", "trans_id", "language", "lang"];

pub(super) fn read(archive: &mut Archive, feed: &mut Feed<'_>, trips: &Trips) -> Result<(), BuildError> {
    let Some(table) = archive.table("translations.txt")? else { return Ok(()) };
    let mut table = table.sorted(&IDS)?;
    let translation = table.required("translation")?;
    let [language, lang, field, record, value, trans_id] =
        ["language", "lang", "field_name", "record_id", "field_value", "trans_id"]
            .map(|column| table.column(column));
    while table.next(&mut feed.report.repaired)? {
        let [language, field] = [(language, lang), (field, field)].map(|(a, b)| match table.get(a) {
            "" => table.get(b),
            text => text,
        });
        let reads = table.get(translation);
        let code = language.split(['-', '_']).next().unwrap_or_default();
        let nth = ["kk", "ru", "en"].iter().position(|known| known.eq_ignore_ascii_case(code));
        let Some(nth) = nth.filter(|_| field.is_empty() || FIELDS.contains(&field)) else { continue };
        let by_value =
            [value, trans_id].map(|column| table.get(column)).into_iter().find(|value| !value.is_empty());
        let text = match by_value {
            Some(value) => match field {
                // Signs are put into the pack with their trips, later.
                "trip_headsign" => Some(feed.builder.text(value)),
                _ => feed.builder.known_text(value),
            },
            None => of_record(feed, trips, field, table.get(record)),
        };
        let Some(text) = text.filter(|_| !reads.is_empty()) else {
            let what = || format!("a translation of what is not there, or into nothing: {reads:?} left out");
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        feed.builder.spelling(text, nth, reads);
    }
    Ok(())
}

/// The text of a field of a record.
fn of_record(feed: &mut Feed<'_>, trips: &Trips, field: &str, record: &str) -> Option<TextIdx> {
    match field {
        "stop_name" => Some(feed.builder.stops().get(feed.stops.get(record)?.at())?.name),
        "route_short_name" => Some(feed.builder.lines().get(feed.lines.get(record)?.at())?.short_name),
        "route_long_name" => Some(feed.builder.lines().get(feed.lines.get(record)?.at())?.long_name),
        "trip_headsign" => {
            let headsign = trips.headsign(record).filter(|headsign| !headsign.is_empty())?;
            Some(feed.builder.text(headsign))
        }
        _ => None,
    }
}
