//! How the planner grows: time, memory and pack over a synthetic country of ten cities.
//!
//! Feed and pack are those of `jol bench pack`. Passengers ride within their city, or, in a question of its
//! own, from one city to another. Each pack is asked in a process of its own, whose memory beyond the
//! mapped file is the planner's.

use super::pack::measured;
use super::{anonymous_mb, quantile, round, timed, warn_if_busy};
use jol_core::city::City;
use jol_core::city::timetable::{PatternIdx, StopIdx, Timetable};
use jol_core::plan::{Between, Scratch, Zones, day_start_s};
use jol_headless::world::country::Country;
use jol_headless::world::dice::Dice;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is planned in.
#[derive(clap::Args)]
pub(crate) struct CountryBench {
    /// A country with so many stop times; may be named several times
    #[arg(long, value_name = "N", default_values_t = [100_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000])]
    stop_times: Vec<u64>,
    /// How many passengers ask
    #[arg(long, default_value_t = 200)]
    queries: usize,
    /// What country and passengers are drawn from
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// A line of JSON for each country
    #[arg(long)]
    json: bool,
    /// Ask this pack
    #[arg(long, hide = true)]
    pack: Option<PathBuf>,
}

type Failure = Box<dyn Error>;

/// How often each question is asked, after once that warms up: the median counts.
const ROUNDS: usize = 3;
/// Of so many passengers, one goes to another city.
const ONE_AFAR: usize = 10;
/// The length of a range.
const RANGE_MS: i64 = 2 * 3_600_000;
/// A city lies within this, and no two cities do, in metres.
const CITY_METRES: f64 = 100_000.0;
/// A Wednesday of the country's timetable: 2026-03-18, in days since 1970.
const DAY: i32 = 20_530;

pub(crate) fn run(bench: &CountryBench) -> Result<(), Failure> {
    if let Some(pack) = &bench.pack {
        println!("{}", asked(bench, pack)?);
        return Ok(());
    }
    warn_if_busy();
    if !bench.json {
        println!("                              one departure     two hours   to another");
        println!("  stop times  pack MB  open ms  p50 ms  p99 ms  p50 ms  p99 ms  city, p50 ms  memory MB");
    }
    let folder = tempfile::tempdir()?;
    let (feed, pack) = (folder.path().join("country.gtfs.zip"), folder.path().join("bench.jol"));
    for &stop_times in &bench.stop_times {
        Country { seed: bench.seed, stop_times }.write(&feed)?;
        let mut figures = measured(std::slice::from_ref(&feed), &pack)?;
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["bench", "country", "--pack"]).arg(&pack);
        child.args(["--queries", &bench.queries.to_string(), "--seed", &bench.seed.to_string()]);
        let told = child.output()?;
        if !told.status.success() {
            return Err(String::from_utf8_lossy(&told.stderr).into_owned().into());
        }
        let told: serde_json::Map<String, Value> = serde_json::from_slice(&told.stdout)?;
        figures.as_object_mut().into_iter().for_each(|figures| figures.extend(told.clone()));
        tell(bench, &figures);
    }
    Ok(())
}

/// Who goes where and when.
struct Passenger {
    from: StopIdx,
    to: StopIdx,
    at_ms: i64,
}

fn asked(bench: &CountryBench, pack: &Path) -> Result<Value, Failure> {
    let city = City::open(pack)?;
    let timetable = city.timetable();
    let zones = Zones::of(&timetable)?;
    let midnight_ms = day_start_s(&zones.of_city(), DAY).ok_or("no such day")? * 1_000;
    let mut dice = Dice::new(bench.seed, "passengers");
    let near = passengers(&timetable, &mut dice, bench.queries, midnight_ms, false)?;
    let afar = passengers(&timetable, &mut dice, bench.queries.div_ceil(ONE_AFAR), midnight_ms, true)?;
    let before = anonymous_mb();
    let mut scratch = Scratch::default();
    let mut found = 0;
    let at = times(&near, |passenger| {
        let between = Between::new(&timetable, &zones, passenger.from, passenger.to);
        found += usize::from(!between.at(&mut scratch, passenger.at_ms)?.is_empty());
        Ok(())
    })?;
    let range = times(&near, |passenger| {
        let between = Between::new(&timetable, &zones, passenger.from, passenger.to);
        let span = (passenger.at_ms, passenger.at_ms + RANGE_MS);
        std::hint::black_box(between.range(&mut scratch, span, true)?);
        Ok(())
    })?;
    let afar = times(&afar, |passenger| {
        let between = Between::new(&timetable, &zones, passenger.from, passenger.to);
        std::hint::black_box(between.at(&mut scratch, passenger.at_ms)?);
        Ok(())
    })?;
    let p = |times: &[f64], share| round(quantile(times, share));
    Ok(json!({
        "queries": near.len(), "found": found / (ROUNDS + 1), "stops": timetable.stops.len(),
        "p50_ms": p(&at, 0.5), "p95_ms": p(&at, 0.95), "p99_ms": p(&at, 0.99),
        "range_p50_ms": p(&range, 0.5), "range_p99_ms": p(&range, 0.99),
        "afar_p50_ms": p(&afar, 0.5), "afar_p99_ms": p(&afar, 0.99),
        "rss_mb": round(anonymous_mb() - before),
    }))
}

/// Stops of lines, the busier the likelier; all set out between 7 and 21 o'clock.
fn passengers(
    timetable: &Timetable<'_>,
    dice: &mut Dice,
    count: usize,
    midnight_ms: i64,
    afar: bool,
) -> Result<Vec<Passenger>, Failure> {
    let mut all = Vec::new();
    while all.len() < count {
        let [from, to] = [stop(timetable, dice), stop(timetable, dice)];
        let (from, to) = (from.ok_or("no stop")?, to.ok_or("no stop")?);
        let point = |stop: StopIdx| timetable.stops.get(stop.at()).map(|stop| stop.point());
        let (a, b) = point(from).zip(point(to)).ok_or("no stop")?;
        let at_ms = midnight_ms + dice.between(7.0 * 3_600.0, 21.0 * 3_600.0) as i64 * 1_000;
        if from != to && (a.metres_to(b) > CITY_METRES) == afar {
            all.push(Passenger { from, to, at_ms });
        }
    }
    Ok(all)
}

fn stop(timetable: &Timetable<'_>, dice: &mut Dice) -> Option<StopIdx> {
    let pattern = timetable.pattern(PatternIdx(dice.below(timetable.patterns.len().max(1)) as u32))?;
    let stops = timetable.stops_of(pattern);
    stops.get(dice.below(stops.len().max(1))).map(|stop| stop.stop)
}

/// What each passenger's question takes, in ms.
fn times(
    passengers: &[Passenger],
    mut ask: impl FnMut(&Passenger) -> Result<(), Failure>,
) -> Result<Vec<f64>, Failure> {
    let mut all = vec![Vec::new(); passengers.len()];
    for round in 0..=ROUNDS {
        for (passenger, times) in passengers.iter().zip(&mut all) {
            let (done, ms) = timed(|| ask(passenger));
            done?;
            if round > 0 {
                times.push(ms);
            }
        }
    }
    Ok(all.iter().map(|times| quantile(times, 0.5)).collect())
}

fn tell(bench: &CountryBench, figures: &Value) {
    if bench.json {
        println!("{figures}");
        return;
    }
    let number = |name: &str| figures[name].as_f64().unwrap_or_default();
    println!(
        "{:>12} {:>8.1} {:>8.3} {:>7.2} {:>7.2} {:>7.1} {:>7.1} {:>13.1} {:>10.1}",
        number("stop_times"),
        number("pack_bytes") / 1e6,
        number("open_ms"),
        number("p50_ms"),
        number("p99_ms"),
        number("range_p50_ms"),
        number("range_p99_ms"),
        number("afar_p50_ms"),
        number("rss_mb"),
    );
}
