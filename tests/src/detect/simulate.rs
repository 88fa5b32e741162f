//! `jol simulate rides`: draws rides by the thousand and judges detectors on them, or writes them down.
//!
//! The figures are of simulated rides and say so. They do not depend on how many threads there are, but for the
//! CPU time.

use super::rides::{Drawn, Rides, Scenario};
use super::scores::{Scores, Tallies, Verdict};
use crate::world::hub::Hub;
use crate::world::traffic::Network;
use clap::{ArgAction, Args};
use flate2::Compression;
use flate2::write::GzEncoder;
use jol_core::city::City;
use jol_core::city::build::{Build, BuildError};
use jol_core::plan::Zones;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The seed of the city in which rides are drawn if no feed is given, and of its traffic.
pub const CITY: u64 = 1;
/// So many batches are lived at a time before they are told: the memory that cases to be written take.
const ROUND: u64 = 16;

/// Draw rides in a city's traffic and judge the detector on them.
#[derive(Args, Clone, Debug)]
pub struct RidesArgs {
    /// How many rides of each scenario
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    pub rides: u64,
    /// The first ride's seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub from: u64,
    /// What is confusing about them, or all
    #[arg(long, value_name = "NAME|all", default_value = "ordinary", value_parser = scenarios)]
    pub scenario: Scenarios,
    /// Feeds of the city; without any, a made-up city whose lines meet in its middle
    #[arg(long, value_name = "FEED", num_args = 1.., action = ArgAction::Append)]
    pub gtfs: Vec<PathBuf>,
    /// Fill the feed up to so many buses, with copies of those that are near: to measure CPU time
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub buses: usize,
    /// Judge what a user would take instead, too
    #[arg(long)]
    pub baselines: bool,
    /// Judge nothing; write the cases, packed if the name ends in .gz
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "baselines")]
    pub write: Option<PathBuf>,
    /// A line of JSON for each scenario
    #[arg(long)]
    pub json: bool,
    /// More rides with a wrong bus than so many are a failure, and so are none at all
    #[arg(long, value_name = "N")]
    pub most_wrong: Option<usize>,
    /// So many of a hundred rides must have the true bus proposed or on the short list after 30 s
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub least_listed: usize,
}

/// One scenario or all.
pub type Scenarios = std::sync::Arc<[Scenario]>;

fn scenarios(name: &str) -> Result<Scenarios, String> {
    if name == "all" {
        return Ok(Scenario::ALL.into());
    }
    let known = || Scenario::ALL.iter().map(|scenario| scenario.name());
    let found = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
    found.map(|one| [one].into()).ok_or_else(|| {
        let names: Vec<String> = known().collect();
        format!("none of {}, all", names.join(", "))
    })
}

/// Why no rides are drawn.
#[derive(Debug, thiserror::Error)]
pub enum RidesError {
    /// The feeds do not make a city.
    #[error(transparent)]
    City(#[from] BuildError),
    /// The city's pack cannot be read, or its lines name an unknown time zone.
    #[error("{0}")]
    Unfit(String),
    /// Something cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How a detector did on the rides of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct RideScores {
    /// As on recorded cases.
    #[serde(flatten)]
    pub scores: Scores,
    /// Always: nobody rode.
    pub simulated: bool,
    /// How many buses truly were within a kilometre when the passenger's set out: of half of the rides more.
    pub buses_within_km: usize,
    /// How many buses were in the feed: of half of the rides more.
    pub buses_in_feed: usize,
}

/// What a ride left behind.
struct Lived {
    id: String,
    verdicts: Vec<Verdict>,
    written: Option<String>,
    within_km: usize,
    in_feed: usize,
}

/// `jol simulate rides`; false if more wrong buses were proposed than may be, fewer true ones were listed than must be,
/// or nothing was judged.
///
/// # Errors
/// The city cannot be made, or something cannot be written.
#[expect(clippy::disallowed_methods, reason = "how fast it is, is told and decides nothing")]
pub fn simulate_rides(args: &RidesArgs) -> Result<bool, RidesError> {
    let started = Instant::now();
    let city = city(&args.gtfs)?;
    let unfit = |error: &dyn std::fmt::Display| RidesError::Unfit(error.to_string());
    let timetable = city.timetable();
    let network = Network::new(&timetable, CITY).map_err(|error| unfit(&error))?;
    let zones = Zones::of(&timetable).map_err(|error| unfit(&error))?;
    let rides = Rides::new(&network, args.buses).ok_or_else(|| unfit(&"no bus runs in this city"))?;
    let rides = rides.with_pack(&timetable, &zones);
    let mut file = args.write.as_deref().map(create).transpose()?;
    let mut told = String::new();
    let (mut cases, mut wrong, mut listed) = (0, 0, 0);
    for &scenario in args.scenario.iter() {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let scores = live(&rides, args, scenario, threads, &mut |lived| match (&mut file, &lived.written) {
            (Some(file), Some(line)) => writeln!(file, "{line}"),
            _ => Ok(()),
        })?;
        for one in &scores {
            if one.scores.detector.is_none_or(|name| name == super::Which::JOL.name()) {
                (cases, wrong) = (cases + one.scores.cases, wrong + one.scores.wrong);
                listed += one.scores.shortlist_30;
                one.scores.astray.iter().take(5).for_each(|id| {
                    // Writing to a String cannot fail.
                    let _ = writeln!(told, "  astray: {id}");
                });
            }
        }
        if file.is_none() {
            print(&scores, args.json, scenario == args.scenario[0])?;
        }
    }
    if let Some(file) = file {
        file.finish()?;
    }
    let count = args.rides * args.scenario.len() as u64;
    if !args.json {
        let spent_s = started.elapsed().as_secs_f64();
        let dense = rides.dense();
        crate::say(format!(
            "{told}{count} simulated rides in {spent_s:.1} s, {:.0} a second; \
             {} buses in the fullest square kilometre by the timetable",
            count as f64 / spent_s.max(1e-9),
            dense.buses
        ))?;
    }
    let is_right = args.most_wrong.is_none_or(|most| cases as u64 >= count && wrong <= most);
    Ok(is_right && listed * 100 >= cases * args.least_listed)
}

/// The city of these feeds, or without any the made-up one.
///
/// # Errors
/// The feeds do not make a city, or there is no room for its pack.
pub fn city(feeds: &[PathBuf]) -> Result<City, RidesError> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("rides.jol");
    let mut build = Build::new("rides").out(&out);
    if feeds.is_empty() {
        let feed = folder.path().join("hub.zip");
        Hub { seed: CITY }.write(&feed)?;
        build = build.gtfs(feed);
    }
    for feed in feeds {
        build = build.gtfs(feed);
    }
    build.run(&mut |_| ())?;
    City::from_bytes(&std::fs::read(out)?).map_err(|error| RidesError::Unfit(error.to_string()))
}

/// Lives the rides of a scenario, on so many threads, and tells of each in the order of the seeds.
fn live(
    rides: &Rides<'_>,
    args: &RidesArgs,
    scenario: Scenario,
    threads: usize,
    take: &mut dyn FnMut(&Lived) -> io::Result<()>,
) -> io::Result<Vec<RideScores>> {
    let judged = if args.baselines { &super::Which::ALL[..] } else { &[super::Which::JOL] };
    let mut tallies = Tallies::new(judged);
    let (mut within_km, mut in_feed) = (Vec::new(), Vec::new());
    let batches = batches(args.from, args.rides);
    for round in batches.chunks(ROUND as usize) {
        let next = AtomicU64::new(0);
        let all: Mutex<Vec<(usize, Vec<Lived>)>> = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let nth = next.fetch_add(1, Ordering::Relaxed) as usize
                        && let Some((first, count)) = round.get(nth)
                    {
                        let drawn = rides.draw(scenario, (0..*count).map(|one| first.wrapping_add(one)));
                        let lived = drawn.into_iter().flatten().map(|drawn| one(&tallies, args, drawn));
                        let lived = lived.collect();
                        all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((nth, lived));
                    }
                });
            }
        });
        let mut all = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.sort_by_key(|(nth, _)| *nth);
        for lived in all.iter().flat_map(|(_, lived)| lived) {
            take(lived)?;
            tallies.add(&scenario.name(), &lived.id, &lived.verdicts);
            within_km.push(lived.within_km);
            in_feed.push(lived.in_feed);
        }
    }
    let middle = |counts: &mut Vec<usize>| {
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied().unwrap_or(0)
    };
    let (buses_within_km, buses_in_feed) = (middle(&mut within_km), middle(&mut in_feed));
    let whole = |scores| RideScores { scores, simulated: true, buses_within_km, buses_in_feed };
    Ok(tallies.scores().into_iter().map(whole).collect())
}

fn one(tallies: &Tallies, args: &RidesArgs, drawn: Drawn) -> Lived {
    let Drawn { case, within_km, in_feed } = drawn;
    let verdicts = if args.write.is_some() { Vec::new() } else { tallies.live_through(&case) };
    let written = args.write.is_some().then(|| case.write().ok()).flatten();
    Lived { id: case.id, verdicts, written, within_km, in_feed }
}

/// The seeds in batches that share a window: first and count of each.
fn batches(from: u64, count: u64) -> Vec<(u64, u64)> {
    let (mut first, mut left, mut batches) = (from, count, Vec::new());
    while left > 0 {
        let size = Rides::batch(first).min(left);
        batches.push((first, size));
        (first, left) = (first.wrapping_add(size), left - size);
    }
    batches
}

/// A file to be written, packed or not.
enum Cases {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

fn create(path: &Path) -> io::Result<Cases> {
    let file = BufWriter::new(File::create(path)?);
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    Ok(if packed {
        Cases::Packed(Box::new(GzEncoder::new(file, Compression::fast())))
    } else {
        Cases::Plain(file)
    })
}

impl Cases {
    fn finish(self) -> io::Result<()> {
        match self {
            Cases::Plain(mut file) => file.flush(),
            Cases::Packed(zip) => zip.finish()?.flush(),
        }
    }
}

impl Write for Cases {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Cases::Plain(file) => file.write(bytes),
            Cases::Packed(zip) => zip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Cases::Plain(file) => file.flush(),
            Cases::Packed(zip) => zip.flush(),
        }
    }
}

fn print(all: &[RideScores], json: bool, first: bool) -> io::Result<()> {
    if json {
        for scores in all {
            crate::say(serde_json::to_string(scores)?)?;
        }
        return Ok(());
    }
    if first {
        crate::say(
            "scenario       detector       cases     ok  wrong  early   late  abstain   p50 s   p95 s  \
             ≤30 s  ≤60 s  list30  µs/fix  buses/km  in feed",
        )?;
    }
    for RideScores { scores, buses_within_km, buses_in_feed, .. } in all {
        let seconds = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        crate::say(format!(
            "{:<14} {:<13} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7.1} {:>9} {:>8}",
            scores.scenario,
            scores.detector.unwrap_or("jol"),
            scores.cases,
            scores.ok,
            scores.wrong,
            scores.early,
            scores.late,
            scores.abstain,
            seconds(scores.p50_s),
            seconds(scores.p95_s),
            scores.within_30,
            scores.within_60,
            scores.shortlist_30,
            scores.us_per_fix,
            buses_within_km,
            buses_in_feed
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::judge;
    use crate::world::hub::tests::network;

    fn args(rides: u64, from: u64, scenario: &str) -> RidesArgs {
        RidesArgs {
            rides,
            from,
            scenario: scenarios(scenario).expect("a scenario"),
            gtfs: Vec::new(),
            buses: 0,
            baselines: false,
            write: None,
            json: true,
            most_wrong: None,
            least_listed: 0,
        }
    }

    fn scores(args: &RidesArgs, threads: usize) -> Vec<RideScores> {
        let rides = Rides::new(network(), args.buses).expect("buses");
        let mut scores = live(&rides, args, args.scenario[0], threads, &mut |_| Ok(())).expect("lived");
        scores.iter_mut().for_each(|one| one.scores.us_per_fix = 0.0);
        scores
    }

    #[test]
    fn any_number_of_threads_tells_the_same_in_the_same_order() {
        let args = args(70, 60, "ordinary");
        let rides = Rides::new(network(), 0).expect("buses");
        let told = |threads| {
            let mut ids = Vec::new();
            let take = &mut |lived: &Lived| {
                ids.push(lived.id.clone());
                Ok(())
            };
            let mut scores = live(&rides, &args, args.scenario[0], threads, take).expect("lived");
            scores[0].scores.us_per_fix = 0.0;
            (serde_json::to_string(&scores[0]).expect("a line"), ids)
        };
        let (alone, ids) = told(1);
        assert_eq!((alone.clone(), ids.clone()), told(3));
        assert!(alone.contains(r#""cases":70"#) && alone.contains(r#""simulated":true"#), "{alone}");
        assert_eq!((ids[0].as_str(), ids[69].as_str()), ("ordinary-60", "ordinary-129"));
    }

    #[test]
    fn what_is_written_is_judged_as_what_is_lived() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["rides.jsonl", "rides.jsonl.gz"] {
            let path = folder.path().join(name);
            let args = args(6, 500, "bunch");
            let mut file = create(&path).expect("a file");
            let writes = RidesArgs { write: Some(path.clone()), ..args.clone() };
            let rides = Rides::new(network(), 0).expect("buses");
            live(&rides, &writes, args.scenario[0], 2, &mut |lived| {
                writeln!(file, "{}", lived.written.as_deref().expect("a line"))
            })
            .expect("written");
            file.finish().expect("written");
            let mut read = judge(&[path], &[crate::detect::Which::JOL]).expect("cases");
            read[0].us_per_fix = 0.0;
            assert_eq!(read[0], scores(&args, 1)[0].scores);
        }
    }

    #[test]
    fn seeds_are_cut_where_windows_change() {
        assert_eq!(batches(60, 70), [(60, 4), (64, 64), (128, 2)]);
        assert_eq!(batches(0, 64), [(0, 64)]);
        assert!(scenarios("ordinary").is_ok() && scenarios("nothing").is_err());
        assert_eq!(scenarios("all").map(|all| all.len()), Ok(17));
    }

    #[test]
    fn the_feed_is_filled_up_for_the_measurement() {
        let scores = scores(&RidesArgs { buses: 500, ..args(2, 0, "ordinary") }, 1);
        assert_eq!((scores[0].buses_in_feed, scores[0].scores.cases), (500, 2));
    }
}
