//! Journeys from stop to stop and from door to door, beside an exhaustive scan of the same timetable in
//! the same run, and checked against it and, if there is one, against a file of answers.
//!
//! Queries are rows of `id,from_stop,from_lat,from_lon,to_stop,to_lat,to_lon,date,dep_s`, answers rows of
//! `id,rides,arr`; both times are in seconds after noon minus 12 h of the date. Footpaths are those of
//! transfers.txt, one between two rides, and changes at one stop take no time: what the answers were made
//! for, not what passengers get.

use super::quantile;
use super::scan::Scan;
use jiff::civil::Date;
use jol_core::city::City;
use jol_core::city::timetable::{StopIdx, Timetable};
use jol_core::geo::Point;
use jol_core::plan::{Between, Endpoint, PlanQuery, Prefer, Scratch, When, Zones, day_start_s, plan_with};
use serde::Deserialize;
use serde_json::json;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What is planned.
#[derive(clap::Args)]
pub(crate) struct PlanBench {
    /// A GTFS archive
    #[arg(long, required = true, value_name = "FILE.zip")]
    gtfs: Vec<PathBuf>,
    /// With the streets of this OpenStreetMap extract
    #[arg(long, value_name = "FILE.osm.pbf")]
    osm: Option<PathBuf>,
    /// Who goes where and when
    #[arg(long, value_name = "FILE.csv")]
    queries: PathBuf,
    /// What the answers must be
    #[arg(long, value_name = "FILE.csv")]
    oracle: Option<PathBuf>,
    /// Also ask for every departure of so many minutes
    #[arg(long, value_name = "MINUTES")]
    range: Option<u32>,
    /// From point to point as a passenger asks, with walks over the streets, instead of stop to stop
    #[arg(long)]
    doors: bool,
    /// As one who would rather walk less
    #[arg(long, requires = "doors")]
    least_walking: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Query {
    id: u32,
    from_stop: String,
    from_lat: f64,
    from_lon: f64,
    to_stop: String,
    to_lat: f64,
    to_lon: f64,
    date: String,
    dep_s: i32,
}

#[derive(Deserialize)]
struct Answer {
    id: u32,
    rides: u32,
    arr: i32,
}

/// A query whose stops and day were found.
struct Asked {
    id: u32,
    from: StopIdx,
    to: StopIdx,
    points: [Point; 2],
    day: i32,
    departure: i32,
    midnight_ms: i64,
}

impl Asked {
    fn at_ms(&self) -> i64 {
        self.midnight_ms + i64::from(self.departure) * 1_000
    }
}

/// (rides, arrival) of one query.
type Points = BTreeSet<(u32, i32)>;

pub(crate) fn run(bench: &PlanBench) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("city.jol");
    build(bench, &pack)?;
    let pack_bytes = std::fs::metadata(&pack)?.len();
    let start = now();
    let city = City::open(&pack)?;
    let open_ms = ms_since(start);
    let whole = city.timetable();
    let timetable = if bench.doors { whole } else { Timetable { change_s: &[], ..whole } };
    let zones = Zones::of(&timetable)?;
    let queries = queries(&bench.queries, &city, &zones)?;
    let oracle = bench.oracle.as_deref().map(answers).transpose()?;

    let rss_before = anonymous_mb();
    let mut scratch = Scratch::default();
    let (mut times, mut range_times, mut walking_times) = (Vec::new(), Vec::new(), Vec::new());
    let mut answers = Vec::new();
    // The first round warms the page cache up, as a phone's is when a passenger asks again.
    for measured in [false, true] {
        for asked in &queries {
            let start = now();
            let points = if bench.doors {
                door_to_door(&city, &zones, &mut scratch, asked, bench.least_walking)?;
                Points::new()
            } else {
                stop_to_stop(&timetable, &zones, &mut scratch, asked)?
            };
            if measured {
                times.push(ms_since(start));
                answers.push(points);
            }
        }
    }
    for asked in queries.iter().filter(|_| !bench.doors) {
        let Some(minutes) = bench.range else { break };
        let start = now();
        let between = Between::new(&timetable, &zones, asked.from, asked.to);
        let until_ms = asked.at_ms() + i64::from(minutes) * 60_000;
        let span = (asked.at_ms(), until_ms);
        std::hint::black_box(between.range(&mut scratch, span, false)?);
        range_times.push(ms_since(start));
        let start = now();
        std::hint::black_box(between.range(&mut scratch, span, true)?);
        walking_times.push(ms_since(start));
    }
    let rss_mb = anonymous_mb() - rss_before;
    drop(scratch);

    let (mut scans, mut scan_times, mut equal, mut equal_scan) = (BTreeMap::new(), Vec::new(), 0, 0);
    if !bench.doors {
        for (asked, points) in queries.iter().zip(&answers) {
            let scan = match scans.entry(asked.day) {
                Entry::Occupied(scan) => scan.into_mut(),
                Entry::Vacant(day) => day.insert(Scan::of(&timetable, &zones, asked.day)?),
            };
            let start = now();
            let scanned: Points = scan.at(asked.from, asked.to, asked.departure).into_iter().collect();
            scan_times.push(ms_since(start));
            equal_scan += usize::from(*points == scanned);
            let right = oracle.as_ref().map_or(&scanned, |oracle| oracle.get(&asked.id).unwrap_or(&NONE));
            equal += usize::from(points == right);
            if points != right {
                eprintln!("query {}: planned {points:?}, should be {right:?}, scanned {scanned:?}", asked.id);
            }
        }
    }
    let quantiles = [0.5, 0.95, 0.99].map(|share| round(quantile(&times, share)));
    let figures = json!({
        "queries": queries.len(), "equal": equal, "equal_scan": equal_scan,
        "p50_ms": quantiles[0], "p95_ms": quantiles[1], "p99_ms": quantiles[2],
        "range_p50_ms": bench.range.map(|_| round(quantile(&range_times, 0.5))),
        "range_walking_p50_ms": bench.range.map(|_| round(quantile(&walking_times, 0.5))),
        "scan_p50_ms": (!bench.doors).then(|| round(quantile(&scan_times, 0.5))),
        "rss_mb": round(rss_mb), "pack_bytes": pack_bytes, "open_ms": round(open_ms),
    });
    if bench.json {
        println!("{figures}");
        return Ok(());
    }
    for (name, value) in figures.as_object().into_iter().flatten() {
        println!("{name:<14} {value}");
    }
    Ok(())
}

static NONE: Points = Points::new();

fn stop_to_stop(
    timetable: &Timetable<'_>,
    zones: &Zones,
    scratch: &mut Scratch,
    asked: &Asked,
) -> Result<Points, Box<dyn Error>> {
    let found = Between::new(timetable, zones, asked.from, asked.to).at(scratch, asked.at_ms())?;
    let arrival = |ms: i64| ((ms - asked.midnight_ms) / 1_000) as i32;
    Ok(found.iter().map(|criteria| (criteria.rides, arrival(criteria.arrival_ms))).collect())
}

fn door_to_door(
    city: &City,
    zones: &Zones,
    scratch: &mut Scratch,
    asked: &Asked,
    least_walking: bool,
) -> Result<(), Box<dyn Error>> {
    let [from, to] = asked.points.map(|point| Endpoint::Point { point, name: String::new() });
    let mut query = PlanQuery::new(from, to, When::DepartAt { ms: asked.at_ms() });
    query.prefer = least_walking.then_some(Prefer::LeastWalking);
    std::hint::black_box(plan_with(scratch, &city.timetable(), &city.streets(), zones, &query)?);
    Ok(())
}

/// Builds the pack in a process of its own, so that its memory does not count.
fn build(bench: &PlanBench, pack: &Path) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["city", "build", "--out"]).arg(pack);
    if !bench.doors {
        command.arg("--named-walks");
    }
    for feed in &bench.gtfs {
        command.arg("--gtfs").arg(feed);
    }
    if let Some(map) = &bench.osm {
        command.arg("--osm").arg(map);
    }
    let built = command.output()?;
    if built.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&built.stderr).into()) }
}

fn queries(file: &Path, city: &City, zones: &Zones) -> Result<Vec<Asked>, Box<dyn Error>> {
    let mut all = Vec::new();
    for query in csv::Reader::from_path(file)?.deserialize() {
        let query: Query = query?;
        let stop = |id: &str| city.stop_by_id(id).ok_or_else(|| format!("no stop {id}"));
        let day = (query.date.parse::<Date>()? - Date::constant(1970, 1, 1)).get_days();
        let midnight_s = day_start_s(&zones.of_city(), day).ok_or("no such day")?;
        let point = |lat, lon| Point::new(lat, lon).ok_or("not a point on Earth");
        all.push(Asked {
            id: query.id,
            from: stop(&query.from_stop)?,
            to: stop(&query.to_stop)?,
            points: [point(query.from_lat, query.from_lon)?, point(query.to_lat, query.to_lon)?],
            day,
            departure: query.dep_s,
            midnight_ms: midnight_s * 1_000,
        });
    }
    Ok(all)
}

fn answers(file: &Path) -> Result<BTreeMap<u32, Points>, Box<dyn Error>> {
    let mut all: BTreeMap<u32, Points> = BTreeMap::new();
    for answer in csv::Reader::from_path(file)?.deserialize() {
        let Answer { id, rides, arr } = answer?;
        all.entry(id).or_default().insert((rides, arr));
    }
    Ok(all)
}

/// Memory of this process that is not a mapped file, in MB; 0 where the system does not tell.
fn anonymous_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kb.unwrap_or_default() / 1_024.0
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time that passes")]
fn now() -> Instant {
    Instant::now()
}

fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

fn round(ms: f64) -> f64 {
    (ms * 1_000.0).round() / 1_000.0
}
