//! Jol for Kotlin and Swift: the foreign interface, with no rules of its own.
//!
//! The shells call Rust; Rust never calls them. What crosses is mirrored in [`types`]; every method
//! here hands over to the same method of `jol_core`, which tells what it does, and does nothing else.
//! Bytes come in owned; only a camera's frame is borrowed: Rust reads it where the camera put it. In
//! Kotlin that asks for a direct buffer whose position is 0 (`slice()` it otherwise: a position shortens what
//! Rust sees and does not move it). A frame whose rows are padded is copied once, without the padding.
#![expect(missing_docs, reason = "each item is that of the same name in jol_core")]

uniffi::setup_scaffolding!();

pub mod inspector;
pub mod jol;
#[cfg(feature = "simulated")]
pub mod simulated;
pub mod till;
mod types;

use jol_core::jol::JolError;
use jol_core::money::Money;
use jol_core::operator::Refusal;
use jol_core::pay::DeclineReason;
use jol_core::plan::RideLeg;
use jol_core::qr::QrCode;
use jol_core::text::{Language, say};
use jol_core::wallet::BankLinkStanding;
use std::collections::HashMap;

/// The version of the core, as the shells show it under "About".
#[uniffi::export]
pub fn version() -> String {
    jol_core::VERSION.to_owned()
}

/// A sum as the passenger reads it, in tenge without the sign: `120`, `99.50`.
#[uniffi::export]
pub fn sum_text(sum: Money) -> String {
    sum.to_string()
}

/// A sentence of the catalogue, with its places filled in.
#[uniffi::export]
pub fn words(language: Language, message: &str, fill: HashMap<String, String>) -> String {
    let fill: Vec<(&str, &str)> = fill.iter().map(|(place, text)| (place.as_str(), text.as_str())).collect();
    say(language, message, &fill)
}

/// A code as the bytes of a PNG, to print or to send, with its quiet zone.
#[uniffi::export]
pub fn code_png(code: QrCode, pixels_per_module: u32) -> Result<Vec<u8>, JolError> {
    code.to_png(pixels_per_module).map_err(|error| JolError::BadInput { field: error.to_string() })
}

/// A code as an SVG, with its quiet zone.
#[uniffi::export]
pub fn code_svg(code: QrCode) -> String {
    code.to_svg()
}

/// The UUID whose service data buses' beacons send.
#[uniffi::export]
pub fn beacon_uuid() -> String {
    jol_core::detect::BEACON_UUID.to_owned()
}

/// The sentence that a passenger reads of an error.
#[uniffi::export]
pub fn error_text(error: JolError, language: Language) -> String {
    error.text(language)
}

/// The sentence that a passenger reads of a refusal.
#[uniffi::export]
pub fn refusal_text(refusal: Refusal, language: Language) -> String {
    refusal.text(language)
}

/// What the passenger must do for a vehicle to halt for them, a sentence each; most often nothing.
#[uniffi::export]
pub fn halt_notes(ride: RideLeg, language: Language) -> Vec<String> {
    ride.halt_notes(language)
}

/// How often a vehicle comes: "every 10 min".
#[uniffi::export]
pub fn every_text(headway_s: u32, language: Language) -> String {
    jol_core::plan::every_text(headway_s, language)
}

/// The sentence that a passenger reads while a bank card is being linked.
#[uniffi::export]
pub fn bank_link_text(standing: BankLinkStanding, language: Language) -> String {
    standing.text(language)
}

/// The sentence that a passenger reads of a declined payment.
#[uniffi::export]
pub fn decline_text(
    reason: DeclineReason,
    try_again: Option<String>,
    service: Option<String>,
    language: Language,
) -> String {
    reason.text(try_again.as_deref(), service.as_deref(), language)
}
