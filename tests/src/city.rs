//! `jol city build`: a city pack out of feeds and a map, in the terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jol_core::city::City;
use jol_core::city::build::{Build, BuildError, BuildReport, Notes, Progress, Step, Walks};
use std::fmt::Write;
use std::path::PathBuf;

/// What `jol city build` is told.
#[derive(Clone, Debug, Default)]
pub struct BuildArgs {
    /// The city's name, in Kazakh, Russian and English alike, unless `names` says otherwise.
    pub name: String,
    /// Its name in Kazakh, Russian and English.
    pub names: Option<[String; 3]>,
    /// GTFS archives.
    pub gtfs: Vec<PathBuf>,
    /// An OpenStreetMap extract.
    pub osm: Option<PathBuf>,
    /// Whose data it is.
    pub source: String,
    /// Take only the walks between stops that the feeds name.
    pub named_walks: bool,
    /// Where to write the pack.
    pub out: PathBuf,
    /// Say nothing while it lasts.
    pub quiet: bool,
}

/// Makes a pack with a progress bar on standard error. `now_ms` is the date that it carries.
pub fn build(args: &BuildArgs, now_ms: i64) -> Result<BuildReport, BuildError> {
    let mut build = Build::new(&args.name)
        .made_ms(now_ms)
        .source(&args.source)
        .walks(if args.named_walks { Walks::Named } else { Walks::Found })
        .out(&args.out);
    if let Some([kk, ru, en]) = &args.names {
        build = build.names(kk, ru, en);
    }
    for feed in &args.gtfs {
        build = build.gtfs(feed);
    }
    if let Some(map) = &args.osm {
        build = build.osm(map);
    }
    let bar = bar(args.quiet);
    let mut step = None;
    let report = build.run(&mut |progress| {
        if step != Some(progress.step) {
            step = Some(progress.step);
            bar.set_message(words(progress.step));
            bar.set_length(progress.of);
        }
        show(&bar, progress);
    });
    bar.finish_and_clear();
    report
}

fn bar(quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    match ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3} %") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of);
    bar.set_position(progress.done);
}

fn words(step: Step) -> &'static str {
    match step {
        Step::Feed => "stops, lines, calendar",
        Step::StopTimes => "stop times",
        Step::Trips => "trips",
        Step::Map => "map",
        Step::Walks => "walks between stops",
        Step::Writing => "writing",
    }
}

/// The report as a developer reads it: what the pack holds, and what was wrong in the feeds.
pub fn words_of(report: &BuildReport) -> String {
    let mut words = String::new();
    let day = |day: i32| {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(day)).map_or_else(|_| day.to_string(), |day| day.to_string())
    };
    let (first, last) = report.days;
    // Writing to a String cannot fail.
    let _ = write!(
        words,
        "{} stops, {} lines, {} patterns, {} trips, {} stop times, from {} to {}\n\
         {} walks between stops, {} street nodes, {} stops off the streets\n\
         {} places, {} of them addresses\n\
         {} bytes\n",
        report.stops,
        report.lines,
        report.patterns,
        report.trips,
        report.stop_times,
        day(first),
        day(last),
        report.footpaths,
        report.street_nodes,
        report.stops_off_streets,
        report.places,
        report.addresses,
        report.bytes,
    );
    list(&mut words, "repaired", &report.repaired);
    list(&mut words, "left out", &report.refused);
    words
}

fn list(words: &mut String, what: &str, notes: &Notes) {
    if notes.count == 0 {
        return;
    }
    let _ = writeln!(words, "{what}: {}", notes.count);
    for note in &notes.first {
        let _ = writeln!(words, "  {}, row {}: {}", note.file, note.row, note.what);
    }
    let more = notes.count - notes.first.len() as u64;
    if more > 0 {
        let _ = writeln!(words, "  and {more} more");
    }
}

/// Places as `jol places` lists them, one a line.
pub fn places(city: &City, query: &str, limit: usize) -> String {
    city.search(query, None, limit)
        .into_iter()
        .map(|place| {
            format!("{:?}\t{}\t{:.6},{:.6}\n", place.kind, place.name, place.point.lat, place.point.lon)
        })
        .collect()
}
