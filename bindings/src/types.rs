//! The mirror of every type that crosses: the contract with the shells.
//!
//! The compiler checks each mirror against the type in `jol_core`.

use jol_core::money::Money;

#[uniffi::remote(Record)]
pub struct Money {
    pub tiyn: i64,
}
