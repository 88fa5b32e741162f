//! The phone dies at each call that changes its disk: while it signs up, pays, and migrates its wallet.
//!
//! | file | what for |
//! |---|---|
//! | `disk.rs` | a disk whose power can be cut, and what a cut leaves of it |
//! | `vfs.rs` | SQLite's file system in this process, over that disk |
//! | `stage.rs` | a passenger, a phone, an operator; each story with each cut |
//! | `purchase.rs` | rides, top-ups, vouchers, refunds, purchases: nothing is lost, nothing doubled |
//! | `sealing.rs` | signing up: no half sealed cell |
//! | `migration.rs` | wallets of every older schema |
//! | `model.rs` | the disk is hostile enough: what SQLite says that it loses is lost |
//!
//! The idea is SQLite's own (`test6.c`, <https://sqlite.org/testing.html#crash_testing>).

mod disk;
mod migration;
mod model;
mod purchase;
mod sealing;
mod stage;
mod vfs;
