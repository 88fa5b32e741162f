//! The slow half of the fuzzing: libFuzzer around one target, named by `JOL_FUZZ`. `tests/run long` builds and
//! runs it; its seeds are written into `JOL_FUZZ_SEEDS` first.

#![no_main]

#[path = "../targets/mod.rs"]
#[expect(dead_code, reason = "how many mutations are replayed is no matter here")]
mod targets;

use std::sync::OnceLock;
use targets::{ALL, Target, budget};

#[global_allocator]
static MEMORY: budget::Counted = budget::Counted;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fn begin() {
    let name = std::env::var("JOL_FUZZ").unwrap_or_default();
    let Some(target) = ALL.iter().find(|target| target.name == name) else {
        // What `tests/run long` goes through.
        ALL.iter().for_each(|target| println!("{} {}", target.name, target.longest));
        std::process::exit(i32::from(!name.is_empty()));
    };
    if let Some(folder) = std::env::var_os("JOL_FUZZ_SEEDS") {
        for (nth, seed) in (target.seeds)().iter().enumerate() {
            let file = std::path::Path::new(&folder).join(format!("seed-{nth}"));
            std::fs::write(file, seed).expect("a folder for the seeds");
        }
    }
    // libFuzzer's own hook ends the process at every panic, those that a reader catches included.
    let loud = std::env::var_os("JOL_FUZZ_LOUD").is_some();
    std::panic::set_hook(Box::new(move |panic| {
        if loud {
            eprintln!("{panic}");
        }
    }));
    TARGET.set(target).ok();
}

libfuzzer_sys::fuzz_target!(
    init: begin(),
    |input: &[u8]| {
        let target = TARGET.get().expect("begun");
        if let Err(panic) = std::panic::catch_unwind(|| budget::run(target, input)) {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            eprintln!("{}: {}", target.name, said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic"));
            std::process::abort();
        }
    }
);
