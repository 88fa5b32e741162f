//! j
fn main() {}
