//! `jol city build`: a city pack out of feeds and a map, in the terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jol_core::city::City;
use jol_core::city::build::{Build, BuildError, BuildReport, Notes, Progress, Step, Walks};
use jol_core::city::fares::{CityRules, PointOfSale};
use jol_core::city::streets::Place;
use jol_core::geo::Point;
use std::fmt::Write;
use std::path::{Path, PathBuf};

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
    /// The operator's rules of the city, as `GET /v1/cities/{city}` tells them: its points of sale are places.
    pub rules: Option<PathBuf>,
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
    if let Some(rules) = &args.rules {
        build = build.points_of_sale(points_of_sale(rules)?);
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

fn points_of_sale(rules: &Path) -> Result<Vec<PointOfSale>, BuildError> {
    let file = rules.file_name().unwrap_or(rules.as_os_str()).to_string_lossy().into_owned();
    let bytes = std::fs::read(rules)
        .map_err(|error| BuildError::Unreadable { file: file.clone(), kind: error.kind() })?;
    let rules: CityRules = serde_json::from_slice(&bytes).map_err(|error| BuildError::Malformed {
        file,
        row: error.line() as u64,
        what: format!("not the rules of a city: {error}"),
    })?;
    Ok(rules.points_of_sale)
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

/// The report as a developer reads it: what the pack holds, how large its parts are, and what was wrong in
/// the feeds, by file and row, so many rows a file.
pub fn words_of(report: &BuildReport, rows: usize) -> String {
    let mut words = String::new();
    let day = |day: i32| {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(day)).map_or_else(|_| day.to_string(), |day| day.to_string())
    };
    let (first, last) = report.days;
    // Writing to a String cannot fail.
    let _ = writeln!(words, "{} to {}", day(first), day(last));
    for (count, what) in [
        (report.stops, "stops"),
        (report.lines, "lines"),
        (report.patterns, "patterns"),
        (report.trips, "trips"),
        (report.stop_times, "stop times"),
        (report.footpaths, "walks between stops"),
        (report.street_nodes, "street nodes"),
        (report.stops_off_streets, "stops off the streets"),
        (report.places, "places to search"),
        (report.addresses, "addresses"),
    ] {
        let _ = writeln!(words, "{:>14} {what}", grouped(count));
    }
    let _ = writeln!(words, "{:>14} bytes", grouped(report.bytes));
    let mut parts = report.parts.clone();
    parts.sort_by_key(|(part, bytes)| (std::cmp::Reverse(*bytes), *part));
    for (part, bytes) in parts.iter().take_while(|(_, bytes)| *bytes * 50 >= report.bytes) {
        let _ = writeln!(words, "{:>18} {part}", grouped(*bytes));
    }
    list(&mut words, "put right", &report.repaired, rows);
    list(&mut words, "left out", &report.refused, rows);
    words
}

/// A number that is easy to read: `1 234 567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

fn list(words: &mut String, what: &str, notes: &Notes, rows: usize) {
    if notes.count == 0 {
        return;
    }
    let _ = writeln!(words, "{what}: {}", grouped(notes.count));
    for (file, count) in &notes.by_file {
        let _ = writeln!(words, "  {file}: {}", grouped(*count));
        let shown = notes.first.iter().filter(|note| note.file == *file).take(rows);
        let mut told = 0;
        for note in shown {
            told += 1;
            let _ = match note.row {
                0 => writeln!(words, "    {}", note.what),
                row => writeln!(words, "    row {row}: {}", note.what),
            };
        }
        if *count > told {
            let _ = writeln!(words, "    and {} more", grouped(count - told));
        }
    }
}

/// Places as `jol places` lists them, one a line, with how far they are from a point if one is given.
pub fn places(city: &City, query: &str, language: &str, near: Option<Point>, limit: usize) -> String {
    let line = |place: Place| {
        let metres = near.map_or(String::new(), |near| format!("\t{:.0} m", near.metres_to(place.point)));
        let Point { lat, lon } = place.point;
        format!("{:?}\t{}\t{lat:.6},{lon:.6}{metres}\n", place.kind, place.name)
    };
    city.search_in(query, language, near, limit).into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::city::build::Note;

    #[test]
    fn a_report_names_each_file_with_its_rows_and_how_many_more() {
        let note = |file: &str, row, what: &str| Note { file: file.into(), row, what: what.into() };
        let first = vec![
            note("a.zip/stops.txt", 4, "stop \"z\" lies nowhere on Earth: left out"),
            note("a.zip/trips.txt", 3, "no route"),
            note("a.zip/trips.txt", 9, "no days"),
        ];
        let by_file = vec![("a.zip/stops.txt".to_owned(), 1), ("a.zip/trips.txt".to_owned(), 1_200)];
        let report = BuildReport {
            stop_times: 10_000_000,
            days: (0, 59),
            bytes: 5_000,
            parts: vec![("texts", 90), ("trips", 4_000)],
            refused: Notes { count: 1_201, first, by_file },
            ..BuildReport::default()
        };
        let words = words_of(&report, 1);
        for line in [
            "1970-01-01 to 1970-03-01",
            "    10 000 000 stop times",
            "             4 000 trips",
            "left out: 1 201",
            "  a.zip/stops.txt: 1",
            "    row 4: stop \"z\" lies nowhere on Earth: left out",
            "  a.zip/trips.txt: 1 200",
            "    row 3: no route",
            "    and 1 199 more",
        ] {
            assert!(words.lines().any(|told| told == line), "{line:?} in\n{words}");
        }
        assert!(!words.contains("put right") && !words.contains("texts") && !words.contains("no days"));
    }
}
