//! `jol inspect`: tickets looked at as an inspector's phone does, in the terminal.

use crate::picture::{brightness, frame};
use crate::ride::Speech;
use jol_core::entropy::{SystemEntropy, random};
use jol_core::inspector::{Inspector, VerdictView};
use jol_core::jol::{JolError, Opening, OperatorEntry};
use jol_core::operator::wire::Base64;
use jol_core::qr::read_image;
use jol_core::text::Language;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// How long the operator is waited for, in ms.
const PATIENCE_MS: u64 = 10_000;

/// What `jol inspect` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct InspectArgs {
    /// The line that `jol operator` printed, in a file: where the operator is, and its root
    #[arg(long, value_name = "OPERATOR.json")]
    pub operator: PathBuf,
    /// The number painted on the bus that is checked; without it a ticket of any bus holds
    #[arg(long)]
    pub bus: Option<String>,
    /// Where the operator's keys, time and lists are kept, for when it does not answer [default: a new folder
    /// that is removed at the end]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// What the inspector reads
    #[arg(long, value_enum, default_value = "en")]
    pub language: Speech,
    /// A line of JSON a code, and a last line {"codes":…,"valid":…,"not_valid":…,"cannot_tell":…}
    #[arg(long)]
    pub json: bool,
    /// Codes as they are read (JOL1:…), or pictures of them
    #[arg(required = true, value_name = "CODE")]
    pub codes: Vec<String>,
}

/// Why nothing could be looked at, or that not every code holds.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// This is no line of `jol operator`.
    #[error("{}: {source}", path.display())]
    Operator {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A picture cannot be read.
    #[error("{path}: {why}")]
    Picture {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The core says why not.
    #[error("{0}")]
    Jol(String),
    /// Some code does not hold.
    #[error("{bad} of {codes} are not valid")]
    NotValid {
        /// How many.
        bad: usize,
        /// Of how many.
        codes: usize,
    },
}

/// What `jol operator` prints when it answers.
#[derive(Deserialize)]
struct Listening {
    listening: String,
    issuer: String,
    root: Base64,
}

/// Looks at codes one after another, in one check of one bus, and prints what the inspector reads.
///
/// # Errors
/// [`InspectError`]; that some code is not valid is one, after all were looked at.
pub fn inspect(args: &InspectArgs) -> Result<(), InspectError> {
    let language = args.language.language();
    let told = |error: JolError| InspectError::Jol(error.text(language));
    let new =
        tempfile::tempdir().map_err(|source| InspectError::File { path: "a new folder".into(), source })?;
    let folder = args.folder.as_deref().unwrap_or(new.path());
    let inspector = Inspector::open(opening(args, folder, language)?).map_err(told)?;
    inspector.refresh().map_err(told)?;
    inspector.jol().drain(PATIENCE_MS).map_err(told)?;
    if let Some(bus) = &args.bus {
        inspector.begin_check(bus).map_err(told)?;
    }
    let mut counts = [("valid", 0_usize), ("not_valid", 0), ("cannot_tell", 0)];
    for code in &args.codes {
        let text = if code.starts_with("JOL") { code.clone() } else { text_of(code)? };
        let view = inspector.inspect_text(&text).map_err(told)?;
        counts.iter_mut().filter(|(verdict, _)| *verdict == view.verdict).for_each(|(_, count)| *count += 1);
        if args.json { println!("{}", json_of(code, &view)) } else { print!("{}", words_of(&view)) }
    }
    inspector.jol().close();
    if args.json {
        let counts = counts.map(|(verdict, count)| (verdict.to_owned(), Value::from(count)));
        let codes = [("codes".to_owned(), Value::from(args.codes.len()))];
        println!("{}", Value::Object(codes.into_iter().chain(counts).collect()));
    }
    match args.codes.len() - counts[0].1 {
        0 => Ok(()),
        bad => Err(InspectError::NotValid { bad, codes: args.codes.len() }),
    }
}

fn opening(args: &InspectArgs, folder: &Path, language: Language) -> Result<Opening, InspectError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| InspectError::File { path, source }
    };
    let line = std::fs::read(&args.operator).map_err(file(&args.operator))?;
    let path = args.operator.clone();
    let Listening { listening, issuer, root } =
        serde_json::from_slice(&line).map_err(|source| InspectError::Operator { path, source })?;
    std::fs::create_dir_all(folder).map_err(file(folder))?;
    let key = folder.join("data.key");
    if !key.exists() {
        std::fs::write(&key, random::<32>(&SystemEntropy)).map_err(file(&key))?;
    }
    // What the phone's clock counts from. Where nobody tells, no time outlives this process.
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_else(|_| format!("{:x}", u128::from_be_bytes(random(&SystemEntropy))));
    Ok(Opening {
        folder: folder.display().to_string(),
        operator: OperatorEntry { code: issuer, address: listening, root_key: root.0, tls_root: None },
        data_key: std::fs::read(&key).map_err(file(&key))?,
        boot_id,
        device_name: "a terminal".to_owned(),
        language,
        app_version: jol_core::VERSION.to_owned(),
    })
}

/// The text of the code in a picture.
fn text_of(path: &str) -> Result<String, InspectError> {
    let bad = |why: String| InspectError::Picture { path: path.to_owned(), why };
    let picture = brightness(Path::new(path)).map_err(bad)?;
    let frame = frame(&picture).map_err(|error| bad(error.to_string()))?;
    let found = read_image(&frame).into_iter().next();
    found.map(|found| found.text).ok_or_else(|| bad("no code in it".to_owned()))
}

fn words_of(view: &VerdictView) -> String {
    let facts: String = view.facts.iter().map(|fact| format!("  {fact}\n")).collect();
    format!("{}\n{facts}", view.text)
}

fn json_of(code: &str, view: &VerdictView) -> Value {
    let passengers =
        view.passengers.iter().map(|who| json!({ "category": who.category, "count": who.count }));
    json!({
        "code": code,
        "verdict": view.verdict,
        "reason": view.reason,
        "text": view.text,
        "facts": view.facts,
        "line": view.line,
        "bus": view.bus,
        "passengers": passengers.collect::<Vec<_>>(),
        "ticket": view.ticket,
    })
}
