//! Linking of the library that ships.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Thousands of pointers in tables are moved when the library is loaded: packed, the list of them
    // takes a twentieth of the room. Android's loader knows its own packing from API 23 on.
    let packed = match (var("CARGO_CFG_TARGET_OS").as_deref(), var("CARGO_CFG_TARGET_ENV").as_deref()) {
        (Ok("android"), _) => "-Wl,--pack-dyn-relocs=android",
        (Ok("linux"), Ok("gnu")) => "-Wl,-z,pack-relative-relocs",
        _ => return,
    };
    println!("cargo::rustc-link-arg-cdylib={packed}");
    // Functions whose code is the same are one.
    println!("cargo::rustc-link-arg-cdylib=-Wl,--icf=all");
}
