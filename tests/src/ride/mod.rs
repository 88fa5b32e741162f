//! `jol ride`: one passenger's ride through the whole system, in the terminal.
//!
//! It starts a sandbox operator on loopback, opens a new wallet, and lives one ride, step by step,
//! with the very core that the shells use. `story.rs` sets the scene; `before.rs` and `aboard.rs` are the
//! steps; `errand.rs` finds an errand worth a ride in a city that it does not know; `teller.rs` prints.

mod aboard;
mod before;
mod errand;
mod story;
mod teller;

pub use teller::Told;

use crate::sandbox::StartError;
use crate::sandbox::town::TownError;
use jol_core::jol::JolError;
use jol_core::text::Language;
use std::path::PathBuf;

/// How `jol ride` is told.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RideArgs {
    /// Ride in the city of this GTFS archive instead of the sample [may be given several times]
    #[arg(long, value_name = "FILE.zip")]
    pub gtfs: Vec<PathBuf>,
    /// With the streets and houses of this OpenStreetMap extract
    #[arg(long, value_name = "FILE.osm.pbf", requires = "gtfs")]
    pub osm: Option<PathBuf>,
    /// One line of JSON a step, and a last line {"ride":"ok",…}
    #[arg(long)]
    pub json: bool,
    /// Where to open the wallet [default: a new folder, which is named and stays]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// What the passenger reads
    #[arg(long, value_enum, default_value = "en")]
    pub language: Speech,
    /// The same ride again for the same number
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The languages of the passenger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Speech {
    /// Kazakh
    Kk,
    /// Russian
    Ru,
    /// English
    #[default]
    En,
}

impl Speech {
    /// As the core names it.
    pub fn language(self) -> Language {
        match self {
            Speech::Kk => Language::Kk,
            Speech::Ru => Language::Ru,
            Speech::En => Language::En,
        }
    }
}

/// Why a ride did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RideError {
    /// The city cannot be made.
    #[error(transparent)]
    Town(#[from] TownError),
    /// The operator did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The core refused.
    #[error("{doing}: {error}")]
    Jol {
        /// What was being done.
        doing: String,
        /// Why not.
        error: JolError,
    },
    /// Something is not as the passenger expects.
    #[error("{0}")]
    Unexpected(String),
    /// A folder or the terminal.
    #[error("{what}: {source}")]
    Io {
        /// Which one.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Lives one ride. Prints each step; ends with an error at the first that fails.
pub fn ride(args: &RideArgs) -> Result<(), RideError> {
    let voice = if args.json { teller::Voice::Json } else { teller::Voice::People };
    story::live(args, voice).map(|_| ())
}

/// Lives one ride and says nothing but what it took.
pub fn timed_ride(args: &RideArgs) -> Result<Told, RideError> {
    story::live(args, teller::Voice::Silent)
}
