//! How the making of a pack grows: time, memory, the pack itself and how long it takes to open.
//!
//! The feed is a [country](jol_headless::world::country) of ten cities, drawn from a seed, or the feeds that
//! are named. Each pack is made in a process of its own, whose peak of memory is the kernel's `VmHWM`.

use super::{is_absent, quantile, timed};
use jol_core::city::City;
use jol_headless::city::{BuildArgs, build};
use jol_headless::world::country::Country;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct PackBench {
    /// A country with so many stop times; may be named several times
    #[arg(long, value_name = "N", default_values_t = [100_000, 1_000_000])]
    stop_times: Vec<u64>,
    /// These feeds, as one city, instead of a country
    #[arg(long, value_name = "FILE.zip")]
    gtfs: Vec<PathBuf>,
    /// What the country is drawn from
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// A line of JSON for each pack
    #[arg(long)]
    json: bool,
    /// Make this pack, and tell time and memory
    #[arg(long, hide = true, requires = "gtfs")]
    out: Option<PathBuf>,
}

type Failure = Box<dyn Error>;

/// How often a pack is opened.
const OPENINGS: usize = 101;

pub(crate) fn run(bench: &PackBench) -> Result<(), Failure> {
    if let Some(out) = &bench.out {
        println!("{}", made(&bench.gtfs, out)?);
        return Ok(());
    }
    if is_absent(bench.gtfs.iter()) {
        return Ok(());
    }
    if !bench.json {
        println!("  stop times  feed MB  made in s  peak MB  pack bytes  a stop time  open ms  check ms");
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("bench.jol");
    if !bench.gtfs.is_empty() {
        return tell(bench, &measured(&bench.gtfs, &out)?);
    }
    for &stop_times in &bench.stop_times {
        let feed = folder.path().join("country.gtfs.zip");
        Country { seed: bench.seed, stop_times }.write(&feed)?;
        tell(bench, &measured(&[feed], &out)?)?;
    }
    Ok(())
}

/// Makes a pack in this process.
fn made(gtfs: &[PathBuf], out: &Path) -> Result<Value, Failure> {
    let args = BuildArgs {
        name: "bench".into(),
        gtfs: gtfs.to_vec(),
        out: out.to_owned(),
        quiet: true,
        ..BuildArgs::default()
    };
    let (report, ms) = timed(|| build(&args, 0));
    let (report, seconds) = (report?, ms / 1_000.0);
    Ok(json!({
        "stops": report.stops, "lines": report.lines, "patterns": report.patterns, "trips": report.trips,
        "stop_times": report.stop_times, "pack_bytes": report.bytes,
        "build_s": seconds, "peak_mb": peak_mb(),
    }))
}

/// The most memory that this process has had, in MB; none where the kernel does not tell.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1_024.0)
}

/// Makes a pack in a process of its own, then opens and checks it here.
pub(super) fn measured(gtfs: &[PathBuf], out: &Path) -> Result<Value, Failure> {
    let mut child = Command::new(std::env::current_exe()?);
    child.args(["bench", "pack"]).arg("--out").arg(out);
    for feed in gtfs {
        child.arg("--gtfs").arg(feed);
    }
    let told = child.output()?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).into_owned().into());
    }
    let mut figures: Value = serde_json::from_slice(&told.stdout)?;
    let feed_bytes =
        gtfs.iter().map(|feed| Ok(std::fs::metadata(feed)?.len())).sum::<Result<u64, std::io::Error>>()?;
    let mut opened = Vec::new();
    for _ in 0..OPENINGS {
        let (city, ms) = timed(|| City::open(out));
        city?;
        opened.push(ms);
    }
    let (checked, ms) = timed(|| City::check(out));
    checked?;
    figures["check_ms"] = json!(ms);
    figures["open_ms"] = json!(quantile(&opened, 0.5));
    figures["open_worst_ms"] = json!(quantile(&opened, 1.0));
    figures["feed_bytes"] = json!(feed_bytes);
    Ok(figures)
}

fn tell(bench: &PackBench, figures: &Value) -> Result<(), Failure> {
    if bench.json {
        println!("{figures}");
        return Ok(());
    }
    let number = |name: &str| figures[name].as_f64().unwrap_or_default();
    println!(
        "{:>12} {:>8.1} {:>10.2} {:>8.0} {:>11} {:>12.2} {:>8.3} {:>9.1}",
        number("stop_times"),
        number("feed_bytes") / 1e6,
        number("build_s"),
        number("peak_mb"),
        number("pack_bytes"),
        number("pack_bytes") / number("stop_times").max(1.0),
        number("open_ms"),
        number("check_ms"),
    );
    Ok(())
}
