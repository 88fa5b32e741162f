//! `jol code`: a text as a QR code, on the terminal or in a file.

use crate::say;
use jol_core::qr::{CodeError, Correction, QrCode};
use std::io;
use std::path::PathBuf;

/// What `jol code` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct CodeArgs {
    /// What the code says
    pub text: String,
    /// How much of it may be lost and still be read: L 7 %, M 15 %, Q 25 %, H 30 %
    #[arg(long, default_value = "M", value_parser = correction)]
    pub correction: Correction,
    /// Draw into this file, .svg or .png by its name, instead of on the terminal
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Of a PNG: how many pixels wide a module is
    #[arg(long, value_name = "PIXELS", default_value_t = 8)]
    pub module: u32,
}

fn correction(letter: &str) -> Result<Correction, String> {
    Ok(match letter.to_ascii_uppercase().as_str() {
        "L" => Correction::L,
        "M" => Correction::M,
        "Q" => Correction::Q,
        "H" => Correction::H,
        _ => return Err("one of L, M, Q, H".to_owned()),
    })
}

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum CodeCommandError {
    /// It cannot be drawn.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A file of another kind.
    #[error("{0}: neither .svg nor .png")]
    Kind(String),
    /// It cannot be written.
    #[error("{file}: {error}")]
    File {
        /// Where to.
        file: String,
        /// Why not.
        error: io::Error,
    },
    /// Nobody looks at it.
    #[error("{0}")]
    Terminal(#[from] io::Error),
}

/// Draws a code, and says of a file how large it is.
///
/// # Errors
/// [`CodeCommandError`]; nothing is written then.
pub fn code(args: &CodeArgs) -> Result<(), CodeCommandError> {
    let code = QrCode::of(&args.text, args.correction)?;
    let Some(path) = &args.out else {
        return Ok(say(code.to_terminal().trim_end())?);
    };
    let file = path.display().to_string();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let bytes = match ending.to_ascii_lowercase().as_str() {
        "svg" => code.to_svg().into_bytes(),
        "png" => code.to_png(args.module)?,
        _ => return Err(CodeCommandError::Kind(file)),
    };
    if let Err(error) = std::fs::write(path, bytes) {
        return Err(CodeCommandError::File { file, error });
    }
    Ok(say(format!("{file}: {0} × {0} modules, version {1}", code.size, code.version))?)
}
