//! Jol, the core of a passenger's app for city buses.
//!
//! `ARCHITECTURE.md` tells where everything lives and how one ride flows.

pub mod account;
pub mod city;
pub mod clock;
pub mod colour;
pub mod detect;
pub mod entropy;
pub mod follow;
pub mod geo;
pub mod inspector;
pub mod jol;
pub mod kept;
pub mod money;
pub mod nfc;
pub mod operator;
mod order;
pub mod pay;
pub mod plan;
pub mod qr;
pub mod realtime;
pub mod store;
pub mod text;
pub mod ticket;
pub mod till;
pub mod travel;
pub mod wallet;

/// The version of the core, as in its package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod architecture {
    //! What a room may lean on, read off its `use` lines.

    use std::path::{Path, PathBuf};

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder)
            .expect("the source folder")
            .map(|entry| entry.expect("an entry").path());
        entries
            .flat_map(|path| match path.is_dir() {
                true => sources(&path),
                false => vec![path],
            })
            .filter(|path| path.extension().is_some_and(|end| end == "rs"))
            .collect()
    }

    /// Rooms decide on values; only `jol`, `inspector`, the outbox and each room's `rows` and ledger touch
    /// the wallet's file.
    #[test]
    fn pure_rooms_know_neither_the_store_nor_jol() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut looked_at = 0;
        for path in sources(&root) {
            let name = path.strip_prefix(&root).expect("below the root").display().to_string();
            let may = [
                "jol/",
                "store/",
                "inspector",
                "till.rs",
                "lib.rs",
                "operator/outbox.rs",
                "operator/documents.rs",
            ];
            let keeps = name.ends_with("/rows.rs") || name.ends_with("/ledger.rs");
            if may.iter().any(|room| name.starts_with(room)) || keeps {
                continue;
            }
            looked_at += 1;
            let text = std::fs::read_to_string(&path).expect("a source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code.lines().filter(|line| line.trim_start().starts_with("use ")) {
                let leans =
                    line.contains("crate::store") || line.contains("crate::jol") || line.contains("rusqlite");
                assert!(!leans, "{name} leans on the store: {line}");
            }
        }
        assert!(looked_at > 40, "the sources were found: {looked_at}");
    }

    /// `core/contract/threats.md` names tests as evidence; one that was renamed is none.
    #[test]
    fn each_test_that_the_table_of_threats_names_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = [root.join("src"), root.join("../tests/src"), root.join("../tests/scenarios")];
        let read = |path: PathBuf| std::fs::read_to_string(path).expect("a source file");
        let code: String = all.iter().flat_map(|folder| sources(folder)).map(read).collect();
        let table = std::fs::read_to_string(root.join("contract/threats.md")).expect("the table");
        let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
        let mut named = 0;
        for row in rows {
            let tests = row.split('|').nth(3).expect("a column of tests");
            for name in tests.split('`').skip(1).step_by(2) {
                assert!(code.contains(&format!("fn {name}(")), "{name}");
                named += 1;
            }
        }
        assert!(named > 30, "the table was read: {named}");
    }
}
