//! `jol`: a third shell, in the terminal.

#[path = "../benches/mod.rs"]
mod benches;

use clap::{Args, Parser, Subcommand};
use jol_core::city::City;
use jol_core::clock::{Clock, SystemClock};
use jol_core::geo::Point;
use jol_headless::back_up::{BackUpArgs, back_up};
use jol_headless::board::{BoardArgs, board};
use jol_headless::city::{BuildArgs, build, places, words_of};
use jol_headless::code::{CodeArgs, code};
use jol_headless::detect::simulate::{RidesArgs, simulate_rides};
use jol_headless::detect::{Which, judge};
use jol_headless::inspect::{InspectArgs, inspect};
use jol_headless::plan::{PlanArgs, plan_text, point};
use jol_headless::receipt::{VerifyArgs, receipt_verify};
use jol_headless::ride::{RideArgs, ride};
use jol_headless::sandbox::serve::{OperatorArgs, operator};
use jol_headless::say;
use jol_headless::scan::{ScanArgs, scan};
use jol_headless::simulate::{SimulateArgs, simulate_payments};
use jol_headless::statistics::{StatisticsArgs, statistics};
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
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
    /// Journeys from place to place through a city pack
    Plan(PlanArgs),
    /// What leaves a stop, by the timetable of a city pack and an operator's live feeds
    Board(BoardArgs),
    /// Look at tickets as an inspector's phone does, while the operator answers and after
    Inspect(InspectArgs),
    /// Read the codes in pictures
    Scan(ScanArgs),
    /// What a wallet's back-up holds
    BackUp(BackUpArgs),
    /// Receipts that a passenger exported
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// An operator's statistics by social category
    Statistics(StatisticsArgs),
    /// Draw a code: on the terminal, as SVG or PNG
    Code(CodeArgs),
    /// Live through lives, many of them
    #[command(subcommand)]
    Simulate(SimulateCommand),
    /// Measure what is published
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Judge the detector on recorded cases, a line of JSON a scenario
    Detect {
        /// Cases as JSON lines, gzip or not
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Judge what a user would take instead, too
        #[arg(long)]
        baselines: bool,
        /// Judge our detector with no more fixes than the app asks for, too
        #[arg(long)]
        sampled: bool,
        /// The only format there is
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Start-up, each step of the ride, the size of the library that ships
    Ride(benches::ride::RideBench),
    /// How the making of a city pack grows with its feed
    Pack(benches::pack::PackBench),
    /// How the planner grows with a country
    Country(benches::country::CountryBench),
    /// Searching places keystroke by keystroke in a city of 100 000 addresses
    Places(benches::places::PlacesBench),
    /// Journeys, beside an exhaustive scan of the same timetable and, if asked, other planners
    Plan(benches::plan::PlanBench),
    /// Codes in photographs, each turned by four quarters, and what other readers make of them
    Scan(benches::codes::CodesBench),
    /// Codes in frames that are spoilt more and more, own tickets, frames without a code
    Frames(benches::frames::FramesBench),
    /// The largest ticket's code, what becomes of damaged ones, how long showing and checking take
    Ticket(benches::ticket::TicketBench),
    /// Travel Details in a wallet of 10 000 rides
    Wallet(benches::wallet::WalletBench),
    /// How often a wrong bus is proposed against how often one is, by how sure the detector must be
    Rides(benches::rides::RidesBench),
    /// A tap until its intent is on the disk, beside a bare write; an answer until the ticket
    Durable(benches::durable::DurableBench),
}

#[derive(Subcommand)]
enum SimulateCommand {
    /// Hostile lives of paying passengers: is each ride charged once, whatever happens?
    Payments(SimulateArgs),
    /// Rides in a city's traffic: is the bus that is proposed the one that is ridden?
    Rides(RidesArgs),
}

#[derive(Subcommand)]
enum ReceiptCommand {
    /// Whether an exported file says what the operator signed
    Verify(VerifyArgs),
}

#[derive(Subcommand)]
enum CityCommand {
    /// Make a city pack out of feeds and a map
    Build(CityBuild),
}

#[derive(Args)]
struct CityBuild {
    /// A GTFS archive; several become one city
    #[arg(long, required = true, num_args = 1.., value_name = "FILE.zip")]
    gtfs: Vec<PathBuf>,
    /// An OpenStreetMap extract with the streets and houses
    #[arg(long, value_name = "FILE.osm.pbf")]
    osm: Option<PathBuf>,
    /// The city's name
    #[arg(long, default_value = "city")]
    name: String,
    /// Its name in Kazakh, if another
    #[arg(long, value_name = "NAME")]
    name_kk: Option<String>,
    /// Its name in Russian, if another
    #[arg(long, value_name = "NAME")]
    name_ru: Option<String>,
    /// Whose data it is, with the thanks that their licences ask for
    #[arg(long, default_value = "")]
    source: String,
    /// Take only the walks between stops that the feeds name
    #[arg(long)]
    named_walks: bool,
    /// How many rows to show of each file in which something was wrong
    #[arg(long, value_name = "ROWS", default_value_t = 10)]
    rows: usize,
    /// The operator's rules of the city: its points of sale become places
    #[arg(long, value_name = "RULES.json")]
    rules: Option<PathBuf>,
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
    /// Where the passenger is: what is near comes first
    #[arg(long, value_name = "LAT,LON", value_parser = point, allow_hyphen_values = true)]
    near: Option<Point>,
    /// Names in this language: kk, ru or en; as feed and map show them if it is not given
    #[arg(long, default_value = "")]
    language: String,
    /// How many to show
    #[arg(long, default_value_t = 10)]
    limit: usize,
}

/// Opens a pack; what is wrong with it is told with the file's name.
fn open_city(path: &Path) -> Result<City, String> {
    City::open(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Readers of codes that others wrote panic on some pictures, which the core takes for "no code"; and where nobody
/// reads any more what is printed, nobody needs to hear of that.
fn hush() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_of = |name: &str| panic.location().is_some_and(|place| place.file().contains(name));
        let is_unread = panic
            .payload_as_str()
            .is_some_and(|said| said.starts_with("failed printing to stdout: Broken pipe"));
        if !is_of("/rxing-") && !is_of("/rqrr-") && !is_unread {
            usual(panic);
        }
    }));
}

fn main() -> ExitCode {
    hush();
    match run(Jol::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read along has seen enough, as `head` has.
        Err(error) if nobody_reads(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jol: {error}");
            ExitCode::FAILURE
        }
    }
}

fn nobody_reads(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    let io = causes.find_map(|error| error.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(args: Jol) -> Result<(), Box<dyn Error>> {
    match args.command.unwrap_or(Command::Ride(args.ride)) {
        Command::Ride(args) => ride(&args)?,
        Command::Operator(args) => operator(&args)?,
        Command::City(CityCommand::Build(args)) => {
            let name = |own: Option<String>| own.unwrap_or_else(|| args.name.clone());
            let names = [name(args.name_kk), name(args.name_ru), args.name.clone()];
            let build_args = BuildArgs {
                name: args.name,
                names: Some(names),
                gtfs: args.gtfs,
                osm: args.osm,
                source: args.source,
                named_walks: args.named_walks,
                rules: args.rules,
                out: args.out,
                quiet: false,
            };
            let begin = SystemClock.wall_ms();
            let report = build(&build_args, begin)?;
            let took_s = (SystemClock.wall_ms() - begin) as f64 / 1_000.0;
            say(format!(
                "{}made {} in {took_s:.1} s",
                words_of(&report, args.rows),
                build_args.out.display()
            ))?;
        }
        Command::Places(args) => {
            let city = open_city(&args.city)?;
            say(places(&city, &args.query, &args.language, args.near, args.limit).trim_end())?;
        }
        Command::Plan(args) => {
            say(plan_text(&open_city(&args.city)?, &args, SystemClock.wall_ms())?.trim_end())?
        }
        Command::Board(args) => board(&open_city(&args.city)?, &args)?,
        Command::Inspect(args) => inspect(&args)?,
        Command::Scan(args) => scan(&args)?,
        Command::Receipt(ReceiptCommand::Verify(args)) => receipt_verify(&args)?,
        Command::BackUp(args) => back_up(&args)?,
        Command::Statistics(args) => statistics(&args)?,
        Command::Simulate(SimulateCommand::Payments(args)) => {
            if !simulate_payments(&args)? {
                return Err("a life was not as it must be".into());
            }
        }
        Command::Simulate(SimulateCommand::Rides(args)) => {
            if !simulate_rides(&args)? {
                return Err("a wrong bus was proposed more often than may be".into());
            }
        }
        Command::Code(args) => code(&args)?,
        Command::Bench(BenchCommand::Ride(bench)) => benches::ride::run(&bench)?,
        Command::Bench(BenchCommand::Pack(bench)) => benches::pack::run(&bench)?,
        Command::Bench(BenchCommand::Country(bench)) => benches::country::run(&bench)?,
        Command::Bench(BenchCommand::Places(bench)) => benches::places::run(&bench)?,
        Command::Bench(BenchCommand::Plan(bench)) => benches::plan::run(&bench)?,
        Command::Bench(BenchCommand::Scan(bench)) => benches::codes::run(&bench)?,
        Command::Bench(BenchCommand::Frames(bench)) => benches::frames::run(&bench)?,
        Command::Bench(BenchCommand::Ticket(bench)) => benches::ticket::run(&bench)?,
        Command::Bench(BenchCommand::Wallet(bench)) => benches::wallet::run(&bench)?,
        Command::Bench(BenchCommand::Rides(bench)) => benches::rides::run(&bench)?,
        Command::Bench(BenchCommand::Durable(bench)) => benches::durable::run(&bench)?,
        Command::Detect { files, baselines, sampled, .. } => {
            let mut judged = vec![Which::JOL];
            judged.extend(sampled.then_some(Which::Sampled));
            judged.extend(Which::ALL.into_iter().filter(|which| baselines && *which != Which::JOL));
            for scores in judge(&files, &judged)? {
                say(serde_json::to_string(&scores)?)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_maps_write_it() {
        assert_eq!(point("47.107, -51.914"), Ok(Point { lat: 47.107, lon: -51.914 }));
        for none in ["47.107", "91,0", "a,b", ""] {
            assert!(point(none).is_err(), "{none}");
        }
    }

    #[test]
    fn every_command_is_told_apart_from_the_ride() {
        use clap::CommandFactory;
        Jol::command().debug_assert();
        let args = ["jol", "places", "a.jol", "abay", "--near", "-33.9,151.2", "--language", "kk"];
        let parsed = Jol::try_parse_from(args).map(|jol| jol.command);
        assert!(matches!(parsed, Ok(Some(Command::Places(PlacesArgs { near: Some(_), .. })))));
    }
}
