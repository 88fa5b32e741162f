//! `jol`: a third shell, in the terminal.

use clap::{Parser, Subcommand};
use jol_headless::sandbox::serve::{OperatorArgs, operator};
use std::process::ExitCode;

/// The core of a passenger's app for city buses, in the terminal.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a sandbox operator until the input ends
    Operator(OperatorArgs),
}

fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Operator(args) => operator(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jol: {error}");
            ExitCode::FAILURE
        }
    }
}
