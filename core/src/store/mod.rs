//! SQLite: open, migrate, seal.
