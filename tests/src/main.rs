//! `jol`: a third shell, in the terminal.

#[path = "../benches/mod.rs"]
mod benches;

use clap::{Args, Parser, Subcommand};
use jol_core::city::City;
use jol_core::clock::{Clock, SystemClock};
use jol_headless::city::{BuildArgs, build, places, words_of};
use jol_headless::detect::judge;
use jol_headless::ride::{RideArgs, ride};
use jol_headless::sandbox::serve::{OperatorArgs, operator};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// The core of a passenger's app for city buses, in the terminal.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Jol {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    ride: RideArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Live one ride through the whole system [the default]
    Ride(RideArgs),
    /// Run a sandbox operator until the input ends
    Operator(OperatorArgs),
    /// Make and look into city packs
    #[command(subcommand)]
    City(CityCommand),
    /// Search the places of a city pack
    Places(PlacesArgs),
    /// Measure what is published
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Judge the detector on recorded cases, a line of JSON a scenario
    Detect {
        /// Cases as JSON lines, gzip or not
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The only format there is
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Start-up, each step of the ride, the size of the library that ships
    Ride(benches::ride::RideBench),
    /// Journeys, beside an exhaustive scan of the same timetable
    Plan(benches::plan::PlanBench),
}

#[derive(Subcommand)]
enum CityCommand {
    /// Make a city pack out of feeds and a map
    Build(CityBuild),
}

#[derive(Args)]
struct CityBuild {
    /// A GTFS archive; several become one city
    #[arg(long, required = true, value_name = "FILE.zip")]
    gtfs: Vec<PathBuf>,
    /// An OpenStreetMap extract with the streets and houses
    #[arg(long, value_name = "FILE.osm.pbf")]
    osm: Option<PathBuf>,
    /// The city's name
    #[arg(long, default_value = "city")]
    name: String,
    /// Take only the walks between stops that the feeds name
    #[arg(long)]
    named_walks: bool,
    /// Where to write the pack
    #[arg(long, value_name = "CITY.jol")]
    out: PathBuf,
}

#[derive(Args)]
struct PlacesArgs {
    /// A city pack
    city: PathBuf,
    /// What a passenger types
    query: String,
    /// How many to show
    #[arg(long, default_value_t = 10)]
    limit: usize,
}

fn main() -> ExitCode {
    match run(Jol::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jol: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Jol) -> Result<(), Box<dyn Error>> {
    match args.command.unwrap_or(Command::Ride(args.ride)) {
        Command::Ride(args) => ride(&args)?,
        Command::Operator(args) => operator(&args)?,
        Command::City(CityCommand::Build(args)) => {
            let args = BuildArgs {
                name: args.name,
                gtfs: args.gtfs,
                osm: args.osm,
                named_walks: args.named_walks,
                out: args.out,
                ..BuildArgs::default()
            };
            println!("{}", words_of(&build(&args, SystemClock.wall_ms())?));
        }
        Command::Places(args) => println!("{}", places(&City::open(&args.city)?, &args.query, args.limit)),
        Command::Bench(BenchCommand::Ride(bench)) => benches::ride::run(&bench)?,
        Command::Bench(BenchCommand::Plan(bench)) => benches::plan::run(&bench)?,
        Command::Detect { files, .. } => {
            for scores in judge(&files)? {
                println!("{}", serde_json::to_string(&scores)?);
            }
        }
    }
    Ok(())
}
