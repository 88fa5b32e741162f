//! Searching places keystroke by keystroke: how long each takes, and whether the meant one is shown.
//!
//! The city is a [sprawl](jol_headless::world::sprawl) drawn from a seed. Every beginning of what a passenger
//! types is a search; what is typed whole must show the meant house among the first five.

use super::{quantile, timed};
use jol_core::city::City;
use jol_core::city::build::Build;
use jol_headless::world::sprawl::{Errand, Sprawl};
use serde_json::json;
use std::error::Error;

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct PlacesBench {
    /// Houses of the city
    #[arg(long, default_value_t = 100_000)]
    addresses: usize,
    /// How many addresses are typed
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// What the city is drawn from
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print what was typed and not found
    #[arg(long)]
    missed: bool,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// How many places a screen shows while one types.
const SHOWN: usize = 10;
/// The meant one must be among so many.
const FIRST: usize = 5;
/// Two drawings of one house lie within this, in metres.
const SAME_METRES: f64 = 5.0;

pub(crate) fn run(bench: &PlacesBench) -> Result<(), Box<dyn Error>> {
    let sprawl = Sprawl { seed: bench.seed, addresses: bench.addresses };
    let written = sprawl.write();
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("feed.zip"), &written.gtfs_zip)?;
    std::fs::write(path("map.osm.pbf"), &written.osm_pbf)?;
    let build = Build::new("sprawl").gtfs(path("feed.zip")).osm(path("map.osm.pbf"));
    let report = build.out(path("sprawl.jol")).run(&mut |_| ())?;
    let city = City::open(&path("sprawl.jol"))?;
    let errands = sprawl.errands(&written.houses, bench.queries);

    // Once untimed: the first look at a page of the file is the disk's time.
    for errand in &errands {
        city.search(&errand.typed, errand.near, SHOWN);
    }
    let (mut times, mut found) = (Vec::new(), [[0_usize; 2]; 2]);
    for errand in &errands {
        for end in errand.typed.char_indices().map(|(at, c)| at + c.len_utf8()) {
            let (places, ms) = timed(|| city.search(&errand.typed[..end], errand.near, SHOWN));
            times.push(ms);
            std::hint::black_box(places);
        }
        let right = finds(&city, errand, written.houses[errand.house].point);
        found[usize::from(errand.typo)][usize::from(right)] += 1;
        if bench.missed && !right {
            let house = &written.houses[errand.house];
            eprintln!("{:?}: {} {}", errand.typed, house.street[0], house.number);
        }
    }
    let recall = |[missed, found]: [usize; 2]| found as f64 / (missed + found).max(1) as f64;
    let all = [found[0][0] + found[1][0], found[0][1] + found[1][1]];
    let (p50, p95, worst) = (quantile(&times, 0.5), quantile(&times, 0.95), quantile(&times, 1.0));
    let p99 = quantile(&times, 0.99);
    if bench.json {
        let figures = json!({
            "addresses": report.addresses, "places": report.places, "pack_bytes": report.bytes,
            "queries": errands.len(), "keystrokes": times.len(),
            "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "worst_ms": worst,
            "recall": recall(all), "recall_typed_right": recall(found[0]), "recall_with_typo": recall(found[1]),
        });
        println!("{figures}");
        return Ok(());
    }
    println!("{} addresses, {} keystrokes of {} passengers", report.addresses, times.len(), errands.len());
    println!("  ms a keystroke: p50 {p50:.3}, p95 {p95:.3}, p99 {p99:.3}, worst {worst:.3} (p95 at most 3)");
    println!(
        "  the meant house among the first {FIRST}: {:.1} % (typed right {:.1} %, with a typo {:.1} %)",
        recall(all) * 100.0,
        recall(found[0]) * 100.0,
        recall(found[1]) * 100.0
    );
    Ok(())
}

fn finds(city: &City, errand: &Errand, point: jol_core::geo::Point) -> bool {
    let found = city.search(&errand.typed, errand.near, SHOWN);
    found.iter().take(FIRST).any(|place| place.point.metres_to(point) < SAME_METRES)
}
