//! Hostile lives of passengers, by the million: does each ride get charged once, whatever happens?
//!
//! A life is drawn from its seed: what passengers do, what the network makes of every call, what the operator
//! forgets. It is lived on two levels. `rules`: both sides are the product's own pure rules over a model in
//! memory (`jol_core::pay::rule` and `sandbox::rules`). `core`: the phones are the whole core, with SQLite,
//! the outbox and signatures. The same seed must end in the same ledger on both. Other lives are lived over a
//! real `network`: the app with its link and TLS, the sandbox as a server, a proxy that cuts between them.
//!
//! The idea is FoundationDB's and TigerBeetle's: simulate the whole, with its faults, deterministically; and
//! take each part of the design away by itself (`Weakness`) to see that it is missed.

pub mod core_phone;
pub mod life;
pub mod network;
pub mod operator;
pub mod phone;
pub mod plan;
pub mod town;
pub mod weakness;

use clap::{Args, ValueEnum};
use core_phone::{CorePhone, Names, Stage};
use life::{Life, Lived};
use phone::ModelPhone;
use plan::Plan;
use serde::Serialize;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use weakness::Weakness;

/// On what lives are lived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// The pure rules of both sides, in memory.
    Rules,
    /// The whole core with SQLite and signatures; the operator's pure rules.
    Core,
    /// The whole app with its link, over TCP and TLS, and the operator as a server: other lives, in which
    /// threads make what they like of the order, so that no hash names them.
    Network,
}

/// Live hostile lives of paying passengers.
#[derive(Args, Clone, Debug)]
pub struct SimulateArgs {
    /// How many lives
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub seeds: u64,
    /// The first life's seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub from: u64,
    /// On what
    #[arg(long, value_enum, default_value_t = Level::Rules)]
    pub level: Level,
    /// Leave this part of the design out
    #[arg(long, value_enum)]
    pub without: Option<Weakness>,
    /// Tell what happens in each life
    #[arg(long)]
    pub tell: bool,
    /// A last line of JSON
    #[arg(long)]
    pub json: bool,
}

/// What came of all lives.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many.
    pub lives: u64,
    /// In how many something was not as it must be.
    pub violations: u64,
    /// How many boardings were charged once.
    pub charged_once: u64,
    /// How many were declined and not charged.
    pub declined: u64,
    /// How many lives a second.
    pub lives_per_s: u64,
    /// Names all ledgers and all that was said; empty on the level `network`.
    pub hash: String,
}

/// A life in which something was not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Its seed.
    pub seed: u64,
    /// What.
    pub violations: Vec<String>,
}

/// How many lives a thread takes at a time.
const BATCH: u64 = 256;
/// So many bad lives are told.
const MOST_TOLD: usize = 5;

/// Lives all lives, on every core of the machine.
pub fn simulate(args: &SimulateArgs) -> (Summary, Vec<Bad>) {
    let next = AtomicU64::new(0);
    let sums = Mutex::new((Summary::default(), 0_u64, Vec::new()));
    #[expect(clippy::disallowed_methods, reason = "how fast it is, is told and decides nothing")]
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let stage = (args.level == Level::Core).then(|| Stage::new().expect("a stage"));
                loop {
                    let batch = if args.level == Level::Network { network::BATCH } else { BATCH };
                    let first = next.fetch_add(batch, Ordering::Relaxed);
                    if first >= args.seeds {
                        break;
                    }
                    let mut own = (Summary::default(), 0_u64, Vec::new());
                    let seeds = (first..args.seeds.min(first + batch)).map(|nth| args.from.wrapping_add(nth));
                    if args.level == Level::Network {
                        network::live(seeds, |seed, lived| add(&mut own, seed, lived));
                    } else {
                        seeds.for_each(|seed| add(&mut own, seed, live(args, stage.as_ref(), seed)));
                    }
                    let mut sums = sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    sums.0.lives += own.0.lives;
                    sums.0.violations += own.0.violations;
                    sums.0.charged_once += own.0.charged_once;
                    sums.0.declined += own.0.declined;
                    sums.1 = sums.1.wrapping_add(own.1);
                    sums.2.append(&mut own.2);
                }
            });
        }
    });
    let (mut summary, hash, mut bad) = sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let spent_s = started.elapsed().as_secs_f64().max(1e-9);
    summary.lives_per_s = (summary.lives as f64 / spent_s) as u64;
    if args.level != Level::Network {
        summary.hash = format!("{hash:016x}");
    }
    bad.sort_by_key(|one: &Bad| one.seed);
    (summary, bad)
}

fn add((summary, hash, bad): &mut (Summary, u64, Vec<Bad>), seed: u64, lived: Lived) {
    summary.lives += 1;
    summary.charged_once += u64::from(lived.charged_once);
    summary.declined += u64::from(lived.declined);
    // The same sum in whatever order the threads come.
    *hash = hash.wrapping_add((lived.hash ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
    if !lived.violations.is_empty() {
        summary.violations += 1;
        bad.push(Bad { seed, violations: lived.violations });
    }
}

fn live(args: &SimulateArgs, stage: Option<&Stage>, seed: u64) -> Lived {
    match stage {
        None => {
            let life = Life::new(seed, args.without, |nth, chance, plan: &Plan| {
                ModelPhone::new(nth, chance, plan, args.without)
            });
            if args.tell { life.telling().live() } else { life.live() }
        }
        Some(stage) => {
            let names = Rc::new(RefCell::new(Names::default()));
            let phone = |nth, chance, plan: &Plan| CorePhone::new(stage, names.clone(), nth, chance, plan);
            let life = Life::new(seed, args.without, phone);
            if args.tell { life.telling().live() } else { life.live() }
        }
    }
}

/// `jol simulate payments`.
pub fn simulate_payments(args: &SimulateArgs) -> io::Result<bool> {
    if args.level == Level::Network && args.without.is_some() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "on the network nothing can be left out"));
    }
    if args.level == Level::Core && args.without.is_some_and(|without| !without.is_the_operators()) {
        let what = "the whole core is whole: with it only parts of the operator can be left out";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let told: Vec<String> = match args.tell {
        true if args.level == Level::Network => {
            let mut told = Vec::new();
            let seeds = (0..args.seeds).map(|nth| args.from.wrapping_add(nth));
            network::live(seeds, |_, lived| told.extend(lived.told));
            told
        }
        true => {
            let stage = (args.level == Level::Core).then(|| Stage::new().expect("a stage"));
            let seeds = (0..args.seeds).map(|nth| args.from.wrapping_add(nth));
            seeds.flat_map(|seed| live(args, stage.as_ref(), seed).told).collect()
        }
        false => Vec::new(),
    };
    let (summary, bad) = simulate(&SimulateArgs { tell: false, ..args.clone() });
    let mut out = io::stdout().lock();
    for line in &told {
        writeln!(out, "{line}")?;
    }
    for one in bad.iter().take(MOST_TOLD) {
        writeln!(out, "life {}:", one.seed)?;
        for violation in &one.violations {
            writeln!(out, "  {violation}")?;
        }
    }
    if bad.len() > MOST_TOLD {
        writeln!(out, "and {} lives more", bad.len() - MOST_TOLD)?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&summary)?)?;
    } else {
        let Summary { lives, violations, charged_once, declined, lives_per_s, hash } = &summary;
        writeln!(out, "lives              {lives:>12}")?;
        writeln!(out, "  with a violation {violations:>12}")?;
        writeln!(out, "boardings charged  {charged_once:>12}  once each")?;
        writeln!(out, "          declined {declined:>12}")?;
        writeln!(out, "lives a second     {lives_per_s:>12}")?;
        if !hash.is_empty() {
            writeln!(out, "hash               {hash:>12}")?;
        }
    }
    Ok(summary.violations == 0)
}

#[cfg(test)]
mod tests;
