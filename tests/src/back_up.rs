//! `jol back-up`: what a back-up holds, for whoever has its recovery code.

use crate::say;
use jiff::Timestamp;
use jol_core::store::{BackUp, BackUpError, RecoveryCode};
use serde_json::json;
use std::path::PathBuf;

/// What `jol back-up` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct BackUpArgs {
    /// A file that an app wrote
    pub file: PathBuf,
    /// Its recovery code, 30 digits
    #[arg(long, value_name = "DIGITS")]
    pub code: String,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Why a back-up is not looked into.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// It cannot be read, or does not open.
    #[error("{}: {why}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The code is none.
    #[error("--code: {0}")]
    Code(BackUpError),
    /// Nobody reads what is printed.
    #[error("{0}")]
    Say(#[from] std::io::Error),
}

/// Prints what a back-up holds: when it was made, whose it is, how many rows of what. No number and no name.
///
/// # Errors
/// [`LookError`], if it does not open.
pub fn back_up(args: &BackUpArgs) -> Result<(), LookError> {
    let path = args.file.clone();
    let bad = |why: String| LookError::File { path, why };
    let code = RecoveryCode::read(&args.code).map_err(LookError::Code)?;
    let opened = std::fs::read(&args.file).map_err(|error| error.to_string());
    let opened = opened.and_then(|bytes| BackUp::open(&bytes, &code).map_err(|error| error.to_string()));
    let found = opened.map_err(bad)?;
    let made = Timestamp::from_millisecond(found.made_ms).unwrap_or_default();
    if args.json {
        let rows: serde_json::Map<_, _> =
            found.contents().map(|(table, rows)| (table.to_owned(), rows.into())).collect();
        return Ok(say(json!({
            "made_ms": found.made_ms, "operator": found.operator, "account": found.account, "rows": rows,
        }))?);
    }
    let account = found.account.as_deref().unwrap_or("nobody's");
    say(format!("made {made}, operator {}, account {account}", found.operator))?;
    for (table, rows) in found.contents().filter(|(_, rows)| *rows > 0) {
        say(format!("{rows:>8}  {table}"))?;
    }
    Ok(())
}
