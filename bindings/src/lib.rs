//! Jol for Kotlin and Swift: the foreign interface, with no rules of its own.
//!
//! The shells call Rust; Rust never calls them. What crosses is mirrored in [`types`];
//! every method here hands over to the same method of `jol_core` and nothing else.
#![forbid(unsafe_op_in_unsafe_fn)]

uniffi::setup_scaffolding!();

mod types;

/// The version of the core, as the shells show it under "About".
#[uniffi::export]
pub fn version() -> String {
    jol_core::VERSION.to_owned()
}

/// A sum as the passenger reads it, in tenge without the sign: `120`, `99.50`.
#[uniffi::export]
pub fn sum_text(sum: jol_core::money::Money) -> String {
    sum.to_string()
}
