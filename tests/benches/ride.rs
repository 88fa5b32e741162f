//! Start-up, each step of the ride, and how large the library that ships is.
//!
//! The ride is `jol ride` with nothing printed: wallet, operator, inspector and camera in one process,
//! over HTTP on loopback and SQLite on this machine's disk. What a step took holds the operator's part.

use super::{quantile, round};
use jol_headless::ride::{RideArgs, RideError, Told, timed_ride};
use serde_json::json;
use std::path::{Path, PathBuf};

/// How the ride is timed.
#[derive(clap::Args)]
pub(crate) struct RideBench {
    /// Ride in the city of this GTFS archive instead of the sample
    #[arg(long, value_name = "FILE.zip")]
    gtfs: Vec<PathBuf>,
    /// With the streets and houses of this OpenStreetMap extract
    #[arg(long, value_name = "FILE.osm.pbf", requires = "gtfs")]
    osm: Option<PathBuf>,
    /// How many rides, after one that warms up
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// The largest that the library for x86-64 may be, in bytes.
const LIMIT: u64 = 8_000_000;

pub(crate) fn run(bench: &RideBench) -> Result<(), RideError> {
    let mut told = Vec::new();
    for run in 0..=bench.runs {
        let folder = tempfile::tempdir()
            .map_err(|source| RideError::Io { what: "a folder for the wallet".into(), source })?;
        let args = RideArgs {
            gtfs: bench.gtfs.clone(),
            osm: bench.osm.clone(),
            folder: Some(folder.path().to_owned()),
            ..RideArgs::default()
        };
        let ride = timed_ride(&args)?;
        if run > 0 {
            told.push(ride);
        }
    }
    let rows = rows(&told);
    let (bytes, built) = library();
    if bench.json {
        let row = |(name, times): &(String, Vec<f64>)| {
            let times = json!({ "p50": round(quantile(times, 0.5)), "p95": round(quantile(times, 0.95)) });
            (name.clone(), times)
        };
        let times: serde_json::Map<_, _> = rows.iter().map(row).collect();
        let figures = json!({ "runs": told.len(), "ms": times, "library_bytes": bytes, "built": built });
        println!("{figures}");
        return Ok(());
    }
    println!("{} rides, times in ms         median      p95", told.len());
    for (name, times) in &rows {
        println!("  {name:<26} {:>8.1} {:>8.1}", quantile(times, 0.5), quantile(times, 0.95));
    }
    match bytes {
        Some(bytes) => {
            let how = if built { "as built here" } else { "as tests/size.json has it; tests/size builds it" };
            println!("the library, x86-64: {bytes} bytes of at most {LIMIT} ({how})");
        }
        None => println!("the library: not built; tests/size builds it"),
    }
    Ok(())
}

/// What was measured, by what it is called; all rides have the same steps.
fn rows(told: &[Told]) -> Vec<(String, Vec<f64>)> {
    let of = |what: fn(&Told) -> f64| told.iter().map(what).collect();
    let mut rows = vec![
        ("the city, imported".to_owned(), of(|ride| ride.city_ms)),
        ("start-up: a new wallet".to_owned(), of(|ride| ride.new_wallet_ms)),
        ("start-up to ticket's code".to_owned(), of(|ride| ride.cold_ticket_ms)),
    ];
    let steps = told.first().map(|ride| ride.steps.clone()).unwrap_or_default();
    for (at, (name, _)) in steps.iter().enumerate() {
        let times = told.iter().filter_map(|ride| Some(ride.steps.get(at)?.1)).collect();
        rows.push((format!("{} {name}", at + 1), times));
    }
    rows.push(("the whole ride".to_owned(), of(|ride| ride.whole_ms)));
    rows
}

/// The size of the library that ships, in bytes, and whether it is the one that was built here.
fn library() -> (Option<u64>, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if let Ok(library) = std::fs::metadata(root.join("target/mobile/libjol.so")) {
        return (Some(library.len()), true);
    }
    let tracked = std::fs::read(root.join("tests/size.json")).ok();
    let tracked = tracked.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    (tracked.and_then(|size| size.get("x86_64_bytes")?.as_u64()), false)
}
