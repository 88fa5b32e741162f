//! Journeys from stop to stop and from door to door, beside an exhaustive scan of the same timetable in
//! the same run, and checked against it and, if there is one, against a file of answers.
//!
//! Footpaths are those of transfers.txt, one between two rides, and changes at one stop take no time: what
//! the files of [answers](super::asked) were made for, not what passengers get. Each question is asked in
//! several rounds; its time is the median of them (a peer's the quickest), and p99 the hundredth question,
//! not a busy machine.

use super::asked::{Asked, Points, answers, queries};
use super::beside::{Ours, Peer, Questions, RANGES, Reference, ask};
use super::scan::Scan;
use super::{anonymous_mb, is_absent, quantile, round, timed, warn_if_busy};
use jol_core::city::City;
use jol_core::city::timetable::Timetable;
use jol_core::plan::{Between, Endpoint, PlanQuery, Prefer, Scratch, When, Zones, plan_with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    /// How often each question is asked: the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Run this program beside ours: the reference scan, which reads a folder and prints its p50
    #[arg(long, value_name = "PROGRAM", conflicts_with = "doors")]
    reference: Option<PathBuf>,
    /// Ask this planner the same; may be named several times. It is installed if it is not there
    #[arg(long, value_enum)]
    peer: Vec<Peer>,
    /// Ask every such planner
    #[arg(long, conflicts_with = "peer")]
    peers: bool,
    /// JSON: a line of what else was found, then the line of figures
    #[arg(long)]
    json: bool,
}

/// Peers are slow, and have been warmed up.
const PEER_ROUNDS: u32 = 3;

/// From door to door, a minute is nothing.
const DOOR_SLACK_S: i32 = 60;

type Failure = Box<dyn Error>;

/// What each question took in each round, in ms.
#[derive(Default)]
struct Times(Vec<Vec<f64>>);

impl Times {
    fn add(&mut self, question: usize, ms: f64) {
        self.0.resize_with(self.0.len().max(question + 1), Vec::new);
        self.0[question].push(ms);
    }

    /// The median of each question.
    fn typical(&self) -> Vec<f64> {
        self.0.iter().map(|rounds| quantile(rounds, 0.5)).collect()
    }

    /// Of the typical ones.
    fn quantile(&self, share: f64) -> f64 {
        quantile(&self.typical(), share)
    }
}

/// The planner with a city open.
struct Planner<'a> {
    bench: &'a PlanBench,
    city: &'a City,
    timetable: Timetable<'a>,
    zones: &'a Zones,
    scratch: Scratch,
    at: Times,
    /// Over departure, arrival, rides and walking: what a passenger gets.
    ranges: Times,
    /// Over departure, arrival and rides: what other planners answer.
    ranges_without_walking: Times,
}

impl Planner<'_> {
    /// Asks everything once; what the answers of one departure are.
    fn round(&mut self, asked: &[Asked]) -> Result<Vec<Points>, Failure> {
        let mut all = Vec::new();
        for (nth, asked) in asked.iter().enumerate() {
            let (points, ms) = timed(|| self.depart(asked));
            all.push(points?);
            self.at.add(nth, ms);
        }
        let Some(minutes) = self.bench.range else { return Ok(all) };
        for (nth, asked) in asked.iter().enumerate() {
            let (done, ms) = timed(|| self.range(asked, minutes, true));
            done?;
            self.ranges.add(nth, ms);
            if !self.bench.doors {
                let (done, ms) = timed(|| self.range(asked, minutes, false));
                done?;
                self.ranges_without_walking.add(nth, ms);
            }
        }
        Ok(all)
    }

    fn depart(&mut self, asked: &Asked) -> Result<Points, Failure> {
        if self.bench.doors {
            return self.doors(asked, When::DepartAt { ms: asked.at_ms() });
        }
        let between = Between::new(&self.timetable, self.zones, asked.from, asked.to);
        let found = between.at(&mut self.scratch, asked.at_ms())?;
        Ok(found.iter().map(|found| (found.rides, asked.second(found.arrival_ms))).collect())
    }

    fn range(&mut self, asked: &Asked, minutes: u32, walking: bool) -> Result<(), Failure> {
        let (from_ms, until_ms) = (asked.at_ms(), asked.at_ms() + i64::from(minutes) * 60_000);
        if self.bench.doors {
            std::hint::black_box(self.doors(asked, When::Between { from_ms, until_ms })?);
            return Ok(());
        }
        let between = Between::new(&self.timetable, self.zones, asked.from, asked.to);
        std::hint::black_box(between.range(&mut self.scratch, (from_ms, until_ms), walking)?);
        Ok(())
    }

    fn doors(&mut self, asked: &Asked, when: When) -> Result<Points, Failure> {
        let [from, to] = asked.points.map(|point| Endpoint::Point { point, name: String::new() });
        let mut query = PlanQuery::new(from, to, when);
        query.prefer = self.bench.least_walking.then_some(Prefer::LeastWalking);
        let streets = self.city.streets();
        let plan = plan_with(&mut self.scratch, &self.timetable, &streets, self.zones, &query)?;
        let point = |journey: &jol_core::plan::Journey| {
            let criteria = journey.criteria();
            (criteria.rides, asked.second(criteria.arrival_ms))
        };
        Ok(plan.journeys.iter().map(point).collect())
    }

    /// Nothing that was measured so far counts.
    fn forget(&mut self) {
        (self.at, self.ranges, self.ranges_without_walking) = Default::default();
    }
}

/// The yardstick: our exhaustive scan, and the reference scan if one is given.
#[derive(Default)]
struct Scans {
    of_day: BTreeMap<i32, Scan>,
    times: Times,
    points: Vec<Points>,
    reference_ms: Vec<f64>,
}

impl Scans {
    fn of(timetable: &Timetable<'_>, zones: &Zones, asked: &[Asked]) -> Result<Scans, Failure> {
        let mut scans = Scans::default();
        for asked in asked {
            if let Entry::Vacant(day) = scans.of_day.entry(asked.day) {
                day.insert(Scan::of(timetable, zones, asked.day)?);
            }
        }
        Ok(scans)
    }

    fn round(&mut self, asked: &[Asked], reference: Option<&Reference<'_>>) -> Result<(), Failure> {
        self.points.clear();
        for (nth, asked) in asked.iter().enumerate() {
            let Some(scan) = self.of_day.get_mut(&asked.day) else { continue };
            let (points, ms) = timed(|| scan.at(asked.from, asked.to, asked.departure));
            self.times.add(nth, ms);
            self.points.push(points.into_iter().collect());
        }
        if let Some(reference) = reference {
            self.reference_ms.push(reference.run()?);
        }
        Ok(())
    }
}

pub(crate) fn run(bench: &PlanBench) -> Result<(), Failure> {
    let PlanBench { gtfs, osm, queries: rows, oracle, reference, .. } = bench;
    if is_absent(gtfs.iter().chain(osm).chain([rows]).chain(oracle).chain(reference)) {
        return Ok(());
    }
    warn_if_busy();
    let folder = tempfile::tempdir()?;
    let pack = folder.path().join("city.jol");
    build(bench, &pack)?;
    let pack_bytes = std::fs::metadata(&pack)?.len();
    let (city, open_ms) = timed(|| City::open(&pack));
    let city = city?;
    let whole = city.timetable();
    let timetable = if bench.doors { whole } else { Timetable { change_s: &[], ..whole } };
    let zones = Zones::of(&timetable)?;
    let asked = queries(&bench.queries, &city, &zones)?;
    let oracle = bench.oracle.as_deref().map(answers).transpose()?;

    let rss_before = anonymous_mb();
    let (zones, city) = (&zones, &city);
    let [at, ranges, ranges_without_walking] = Default::default();
    let scratch = Scratch::default();
    let mut planner = Planner { bench, city, timetable, zones, scratch, at, ranges, ranges_without_walking };
    // The first round warms the page cache up, as a phone's is when a passenger asks again.
    let points = planner.round(&asked)?;
    let rss_mb = anonymous_mb() - rss_before;
    planner.forget();

    let mut scans = if bench.doors { Scans::default() } else { Scans::of(&timetable, zones, &asked)? };
    let program = bench.reference.as_deref().zip(scans.of_day.values().next());
    let reference = program.map(|(program, scan)| Reference::of(program, scan, &asked)).transpose()?;
    for _ in 0..bench.rounds {
        planner.round(&asked)?;
        scans.round(&asked, reference.as_ref())?;
    }
    let peers = if bench.peers { &Peer::ALL } else { bench.peer.as_slice() };
    let (gtfs, osm, doors, range) = (&bench.gtfs, bench.osm.as_deref(), bench.doors, bench.range);
    let questions =
        Questions { gtfs, osm, doors, range, rounds: bench.rounds.min(PEER_ROUNDS), asked: &asked };
    let mut told = Vec::new();
    for &peer in peers {
        let Some(answer) = ask(peer, &questions)? else { continue };
        // Ours again: a minute in which the machine was busy is not a peer's alone.
        planner.round(&asked)?;
        told.push((peer, answer));
    }

    let compared = if doors { &planner.ranges } else { &planner.ranges_without_walking };
    let (ms, range_ms) = (planner.at.typical(), compared.typical());
    let slack_s = if doors { DOOR_SLACK_S } else { 0 };
    let ours = Ours { ms: &ms, range_ms: &range_ms, points: &points, slack_s };
    let mut beside: Vec<Value> = told.iter().map(|(peer, told)| told.beside(*peer, &ours)).collect();
    let scan_p50 = scans.times.quantile(0.5);
    if let Some(reference) = &reference {
        let p50 = quantile(&scans.reference_ms, 0.5);
        beside.push(json!({
            "name": "reference scan", "p50_ms": round(p50), "times_ours": round(p50 / quantile(&ms, 0.5)),
            "range_times_ours": bench.range.map(|_| round(p50 / planner.ranges.quantile(0.5))),
            "our_scan_times_it": round(scan_p50 / p50), "same_sets": reference.equal(&asked, &points)?,
        }));
    }
    let right = |nth: usize| match &oracle {
        Some(oracle) => Some(oracle.get(&asked[nth].id).unwrap_or(&NONE)),
        None => scans.points.get(nth),
    };
    let mut equal = 0;
    for (nth, planned) in points.iter().enumerate() {
        let Some(right) = right(nth).filter(|right| *right != planned) else {
            equal += usize::from(right(nth).is_some());
            continue;
        };
        let (id, scanned) = (asked[nth].id, scans.points.get(nth));
        eprintln!("query {id}: planned {planned:?}, should be {right:?}, scanned {scanned:?}");
    }
    let p = |times: &Times, share| round(times.quantile(share));
    let figures = json!({
        "queries": asked.len(), "equal": equal,
        "p50_ms": p(&planner.at, 0.5), "p95_ms": p(&planner.at, 0.95), "p99_ms": p(&planner.at, 0.99),
        "range_p50_ms": bench.range.map(|_| p(&planner.ranges, 0.5)),
        "scan_p50_ms": (!doors).then(|| round(scan_p50)),
        "rss_mb": round(rss_mb), "pack_bytes": pack_bytes, "open_ms": round(open_ms),
    });
    let also = json!({
        "range_p99_ms": bench.range.map(|_| p(&planner.ranges, 0.99)),
        "range_without_walking_p50_ms":
            bench.range.filter(|_| !doors).map(|_| p(&planner.ranges_without_walking, 0.5)),
        "equal_scan": (!doors).then(|| points.iter().zip(&scans.points).filter(|(a, b)| a == b).count()),
        "beside": beside,
    });
    tell(bench, &figures, &also);
    match asked.len() - equal {
        wrong if wrong > 0 && !doors => Err(format!("{wrong} of {} answers are wrong", asked.len()).into()),
        _ => Ok(()),
    }
}

static NONE: Points = Points::new();

fn tell(bench: &PlanBench, figures: &Value, also: &Value) {
    if bench.json {
        println!("{also}\n{figures}");
        return;
    }
    let told = |figures: &Value| {
        for (name, value) in figures.as_object().into_iter().flatten() {
            if !value.is_null() && !value.is_array() {
                println!("{name:<20} {value}");
            }
        }
    };
    told(figures);
    told(also);
    let beside = also["beside"].as_array().filter(|beside| !beside.is_empty());
    let Some(beside) = beside else { return };
    println!("beside ours; a range of the first {RANGES} queries for planners, of all for the scan");
    println!(
        "                                p50 ms  × ours  p99 ms  range p50 ms  × ours  same sets  earliest"
    );
    for other in beside {
        let figure =
            |name: &str| other[name].as_f64().map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1}"));
        let earliest = match &other["earliest"] {
            Value::Null => String::new(),
            told => format!(
                "same {}, sooner {}, later {}, none {}",
                told["same"], told["sooner"], told["later"], told["none"]
            ),
        };
        println!(
            "  {:<28} {:>7} {:>7} {:>7} {:>13} {:>7} {:>10}  {earliest}",
            other["name"].as_str().unwrap_or_default(),
            figure("p50_ms"),
            figure("times_ours"),
            figure("p99_ms"),
            figure("range_p50_ms"),
            figure("range_times_ours"),
            other["same_sets"],
        );
        if let Some(times) = other["our_scan_times_it"].as_f64() {
            println!("  our scan takes {times:.2} × the reference's time (at most 1.25)");
        }
    }
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

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn a_round_in_which_the_machine_was_busy_does_not_count() {
        let mut times = Times::default();
        for round in [[1.0, 5.0], [90.0, 6.0], [2.0, 70.0]] {
            round.iter().enumerate().for_each(|(question, ms)| times.add(question, *ms));
        }
        assert_eq!(times.typical(), [2.0, 6.0]);
        assert_eq!(times.quantile(0.99), 6.0);
    }
}
