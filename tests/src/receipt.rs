//! `jol receipt verify`: whether an exported file says what the operator signed, for a stranger who has
//! nothing but the operator's keys.

use crate::published::{AskError, Operator, root_of};
use crate::say;
use jol_core::operator::wire::{Base64, KeysAnswer};
use jol_core::ticket::{Root, TrustedKeys};
use jol_core::travel::verify::{Verified, Wrong, verify};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

/// What `jol receipt verify` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyArgs {
    /// A file that Travel Details were exported to: JSON, a table or a PDF
    pub file: PathBuf,
    /// What is trusted: {"issuer":…,"root":…,"key_list":…}, as an operator publishes them
    #[arg(long, value_name = "FILE", required_unless_present = "operator", conflicts_with = "operator")]
    pub keys: Option<PathBuf>,
    /// Whose published key list is fetched: an address (with --root), or a file with the line of `jol
    /// operator`
    #[arg(long, value_name = "URL")]
    pub operator: Option<String>,
    /// The operator's root, which the key list hangs on: its code and its key, as in SMP:base64url
    #[arg(long, value_name = "CODE:KEY", requires = "operator")]
    pub root: Option<String>,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Why a file is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The operator cannot be asked.
    #[error("{0}")]
    Ask(#[from] AskError),
    /// Without a root a key list is anybody's.
    #[error("--root CODE:KEY is needed with an address: without the operator's root a key list is anybody's")]
    NoRoot,
    /// The root did not sign this list.
    #[error("the key list does not hold: {0}")]
    Keys(String),
    /// Nobody reads what is printed.
    #[error("{0}")]
    Say(#[from] std::io::Error),
    /// The file says something that was not signed.
    #[error("{faults} of its places do not hold")]
    NotWhatWasSigned {
        /// How many.
        faults: usize,
    },
}

/// A file of keys.
#[derive(Deserialize)]
struct KeysFile {
    issuer: String,
    root: Base64,
    key_list: Base64,
}

/// What holds and what does not of a file.
///
/// # Errors
/// [`VerifyError`], if it cannot be looked at.
pub fn verified(args: &VerifyArgs) -> Result<Verified, VerifyError> {
    let path = args.file.clone();
    let file = std::fs::read(&path).map_err(|error| VerifyError::File { path, why: error.to_string() })?;
    Ok(verify(&file, &keys(args)?))
}

/// Verifies a file and prints what holds and what does not.
///
/// # Errors
/// [`VerifyError`]; that something does not hold is one, after all was looked at.
pub fn receipt_verify(args: &VerifyArgs) -> Result<(), VerifyError> {
    let verified = verified(args)?;
    match args.json {
        true => say(json!({ "ok": verified.faults.is_empty(), "verified": verified }))?,
        false => say(words_of(&verified).trim_end())?,
    }
    match verified.faults.len() {
        0 => Ok(()),
        faults => Err(VerifyError::NotWhatWasSigned { faults }),
    }
}

/// The keys that the arguments lead to.
fn keys(args: &VerifyArgs) -> Result<TrustedKeys, VerifyError> {
    let (root, list) = match (&args.keys, &args.operator) {
        (Some(path), _) => {
            let bad = |why: String| VerifyError::File { path: path.clone(), why };
            let file = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
            let file: KeysFile = serde_json::from_slice(&file).map_err(|error| bad(error.to_string()))?;
            let root = root_of(&file.issuer, &file.root).ok_or_else(|| bad("its root is no key".into()))?;
            (root, file.key_list)
        }
        (None, operator) => {
            let operator = Operator::named(operator.as_deref().unwrap_or_default())?;
            let given =
                args.root.as_deref().map(|root| read_root(root).ok_or(VerifyError::NoRoot)).transpose()?;
            let root = given.or(operator.root.clone()).ok_or(VerifyError::NoRoot)?;
            let list = operator.get("/v1/keys", None)?;
            let list: KeysAnswer =
                serde_json::from_slice(&list).map_err(|error| VerifyError::Keys(error.to_string()))?;
            (root, list.key_list)
        }
    };
    TrustedKeys::accept(&list.0, &root, 0, None).map_err(|error| VerifyError::Keys(error.to_string()))
}

fn read_root(text: &str) -> Option<Root> {
    let (issuer, key) = text.split_once(':')?;
    root_of(issuer, &serde_json::from_value(key.into()).ok()?)
}

fn words_of(verified: &Verified) -> String {
    let held = verified.receipts.iter().map(|one| {
        let fiscal = if one.fiscal { ", with a fiscal sign" } else { "" };
        format!("{}: {} {} ₸, receipt {}{fiscal}\n", one.place, one.outcome, one.amount, one.reference)
    });
    let faults = verified.faults.iter().map(|fault| {
        let what = match fault.what {
            Wrong::Unreadable => "cannot be read",
            Wrong::NotSigned => "the operator did not sign it",
            Wrong::NotWhatWasSigned => "not what the operator signed",
            Wrong::Changed => "changed since the file was made",
        };
        format!("{}: {what}\n", fault.place)
    });
    let sum =
        format!("{} of {} entries have a receipt that holds\n", verified.receipts.len(), verified.entries);
    held.chain(faults).chain([sum]).collect()
}
