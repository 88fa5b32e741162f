//! The timetable of the smallest city: one line, two ends, a bus from each of them every 40 minutes,
//! written as a feed and made into a pack like any other.

use jol_core::city::build::Build;
use std::fs::File;
use std::io::{Error, Result, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The ends of the line as feed rows: stop_id, stop_name, stop_lat, stop_lon.
const STOPS: &str =
    "stop_id,stop_name,stop_lat,stop_lon\nwest,West,47.1000,51.8800\neast,East,47.1000,51.9600\n";

/// The feed's files. The buses run at any hour, which suits a test that happens at any hour.
const FEED: [(&str, &str); 8] = [
    (
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\nA,Sample,https://sample.invalid,Asia/Atyrau\n",
    ),
    ("stops.txt", STOPS),
    ("routes.txt", "route_id,agency_id,route_short_name,route_long_name,route_type\n5,A,5,West – East,3\n"),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         all,1,1,1,1,1,1,1,20260101,20271231\n",
    ),
    (
        "trips.txt",
        "route_id,service_id,trip_id,direction_id,trip_headsign\n5,all,out,0,East\n5,all,back,1,West\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
         out,00:00:00,00:00:00,west,1\nout,00:35:00,00:35:00,east,2\n\
         back,00:00:00,00:00:00,east,1\nback,00:35:00,00:35:00,west,2\n",
    ),
    (
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs,exact_times\nout,00:00:00,24:00:00,2400,1\n\
         back,00:00:00,24:00:00,2400,1\n",
    ),
    (
        "translations.txt",
        "table_name,field_name,language,translation,field_value\n\
         stops,stop_name,kk,Батыс,West\nstops,stop_name,ru,Запад,West\n\
         stops,stop_name,kk,Шығыс,East\nstops,stop_name,ru,Восток,East\n",
    ),
];

/// Makes the pack, with its feed beside it.
///
/// # Errors
/// If the files cannot be written.
pub(super) fn write_pack(pack: &Path) -> Result<()> {
    pack_of(&FEED, pack)
}

/// Makes a pack of a feed's files, name and content, with the feed beside it.
///
/// # Errors
/// If the files cannot be written, or are no feed.
pub fn pack_of(files: &[(&str, &str)], pack: &Path) -> Result<()> {
    let feed = pack.with_extension("gtfs.zip");
    let mut zip = ZipWriter::new(File::create(&feed)?);
    for (name, rows) in files {
        zip.start_file(*name, SimpleFileOptions::default()).map_err(Error::other)?;
        zip.write_all(rows.as_bytes())?;
    }
    zip.finish().map_err(Error::other)?;
    let build = Build::new("Sample city").names("Үлгі қала", "Город-образец", "Sample city");
    let build = build.points_of_sale(super::data::points_of_sale());
    build.gtfs(&feed).source("a sample").out(pack).run(&mut |_| ()).map(|_| ()).map_err(Error::other)
}
