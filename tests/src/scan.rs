//! `jol scan`: what the codes in pictures say, read as the app reads a still.

use crate::picture::{brightness, frame};
use crate::say;
use jol_core::qr::read_image;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// What `jol scan` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct ScanArgs {
    /// A line of JSON a picture: {"file":…,"texts":[…],"ms":…}, or {"file":…,"error":…}
    #[arg(long)]
    pub json: bool,
    /// PNG, JPEG or WebP pictures, of 16 million pixels at most; others are named as not read
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
}

/// Why scanning did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Not every picture could be looked at; each was named.
    #[error("{bad} of {pictures} pictures cannot be read")]
    Pictures {
        /// How many.
        bad: usize,
        /// Of how many.
        pictures: usize,
    },
    /// Nobody hears the answers.
    #[error("{0}")]
    Terminal(#[from] io::Error),
}

/// Looks at pictures one after another and prints the texts of their codes. The time is the reader's alone,
/// in ms. A picture without a code is none that cannot be read.
///
/// # Errors
/// [`ScanError::Pictures`], after all were looked at.
pub fn scan(args: &ScanArgs) -> Result<(), ScanError> {
    let mut bad = 0;
    for file in &args.images {
        let read = texts(file);
        bad += usize::from(read.is_err());
        match read {
            Ok((texts, ms)) if args.json => say(json!({ "file": file, "texts": texts, "ms": ms }))?,
            Err(why) if args.json => say(json!({ "file": file, "error": why }))?,
            Ok((texts, ms)) => {
                // Whoever drew the code wrote the text: a terminal must not obey it.
                let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
                let told = if texts.is_empty() { "no code".to_owned() } else { texts.join(", ") };
                say(format!("{}: {told} ({ms} ms)", file.display()))?;
            }
            Err(why) => eprintln!("{}: {why}", file.display()),
        }
    }
    if bad == 0 { Ok(()) } else { Err(ScanError::Pictures { bad, pictures: args.images.len() }) }
}

#[expect(clippy::disallowed_methods, reason = "measures the reader, decides nothing")]
fn texts(file: &Path) -> Result<(Vec<String>, f64), String> {
    let picture = brightness(file)?;
    let frame = frame(&picture).map_err(|error| error.to_string())?;
    let begin = std::time::Instant::now();
    let found = read_image(&frame);
    let us = begin.elapsed().as_micros();
    Ok((found.into_iter().map(|found| found.text).collect(), us as f64 / 1_000.0))
}
