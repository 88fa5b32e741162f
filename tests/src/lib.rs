//! What QA runs: a sandbox operator, the world around a phone, and the terminal `jol`.

pub mod back_up;
pub mod board;
pub mod city;
pub mod code;
pub mod detect;
pub mod feeds;
pub mod inspect;
pub mod picture;
pub mod plan;
pub mod published;
pub mod receipt;
pub mod ride;
pub mod sandbox;
pub mod scan;
pub mod simulate;
pub mod statistics;
pub mod story;
pub mod world;

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line. `println!` ends the program with a panic if nobody reads any more, as in `jol scan … | head`;
/// here that is an error of kind [`io::ErrorKind::BrokenPipe`].
///
/// # Errors
/// Why it cannot be written.
pub fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
