//! A story: what the phone, the operator and the clock said, step by step, as QA reads it.
//!
//! A scenario (`tests/scenarios`) is told with [`tell`]: it gets a seed, and a [`Story`] that notes each
//! step. If it fails, the story so far is printed, with the command that tells it again, and either way
//! a JUnit file is left in `target/junit`. [`Scene`] is the stage (an operator, a clock, a folder),
//! [`Passenger`] and [`Staff`] are who acts on it, [`Network`] is what may lie between them.
//!
//! Nothing here asserts what is right: that is the scenario's. The idea is ferrostar's recorded rides
//! and TigerBeetle's seeds.

mod authority;
mod conductor;
mod inspector;
mod messages;
mod network;
mod offline;
mod passenger;
mod scene;
mod terminal;

pub use authority::Authority;
pub use conductor::Conductor;
pub use inspector::Staff;
pub use network::Network;
pub use passenger::Passenger;
pub use scene::{CITY, LANGUAGES, NOON_MS, Scene};

use jol_core::clock::{Clock, SystemClock};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What happened so far in one scenario.
pub struct Story {
    name: String,
    seed: u64,
    began_ms: i64,
    steps: Mutex<Vec<(i64, &'static str, String)>>,
}

impl Story {
    /// A story that is no scenario and leaves no report.
    pub fn untold(seed: u64) -> Story {
        Story { name: String::new(), seed, began_ms: SystemClock.boot_ms(), steps: Mutex::default() }
    }

    /// The number that makes keys, ids, codes and chance of this story.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Notes a step: who (`phone`, `operator`, `clock`, `inspector`) said what.
    pub fn note(&self, who: &'static str, said: impl Into<String>) {
        let at_ms = SystemClock.boot_ms() - self.began_ms;
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).push((at_ms, who, said.into()));
    }

    /// The story so far, a line a step.
    pub fn so_far(&self) -> String {
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for (at_ms, who, said) in &*steps {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {at_ms:>6} ms  {who:<9}  {said}");
        }
        text
    }

    /// The command that tells this story again.
    pub fn again(&self) -> String {
        format!("JOL_SEED={} tests/run scenario {}", self.seed, self.name)
    }

    fn seconds(&self) -> f64 {
        (SystemClock.boot_ms() - self.began_ms) as f64 / 1_000.0
    }
}

/// Tells a story. `name` is the scenario's file; the seed is `JOL_SEED`, or always the same.
///
/// # Panics
/// If the story does: with what went wrong, after printing the story so far.
pub fn tell(name: &str, story: impl FnOnce(&Story)) {
    let name = name.rsplit("::").next().unwrap_or(name).to_owned();
    let seed = std::env::var("JOL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2_505);
    let told = Story { name, seed, began_ms: SystemClock.boot_ms(), steps: Mutex::default() };
    // Should the whole process end here, this is what is left of the story.
    write_junit(&told, Some("it did not come to its end"));
    match catch_unwind(AssertUnwindSafe(|| story(&told))) {
        Ok(()) => write_junit(&told, None),
        Err(panic) => {
            let why = panic.downcast_ref::<String>().map(String::as_str);
            let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            write_junit(&told, Some(why));
            println!("\n{}, the story so far:\n{}again: {}\n", told.name, told.so_far(), told.again());
            resume_unwind(panic);
        }
    }
}

/// Leaves `target/junit/NAME.xml`. A report that cannot be written fails nobody's story.
fn write_junit(story: &Story, failure: Option<&str>) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/junit"));
    let (name, seconds) = (escaped(&story.name), story.seconds());
    let failed = failure.map_or(String::new(), |why| {
        let again = escaped(&story.again());
        format!("<failure message=\"{}\">again: {again}</failure>", escaped(why))
    });
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"scenarios\" tests=\"1\" failures=\"{}\" time=\"{seconds:.3}\">\n\
         <testcase classname=\"scenarios\" name=\"{name}\" time=\"{seconds:.3}\">{failed}\
         <system-out>seed {}\n{}</system-out></testcase>\n</testsuite>\n",
        usize::from(failure.is_some()),
        story.seed,
        escaped(&story.so_far()),
    );
    let _ = std::fs::create_dir_all(&folder);
    let _ = std::fs::write(folder.join(format!("{}.xml", story.name)), xml);
}

/// Text as XML holds it; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_told_in_order_and_names_its_seed() {
        let story = Story { name: "ride".into(), seed: 7, began_ms: 0, steps: Mutex::default() };
        story.note("phone", "a tap");
        story.note("operator", "paid");
        let told = story.so_far();
        assert!(told.find("a tap") < told.find("paid"), "{told}");
        assert_eq!(story.again(), "JOL_SEED=7 tests/run scenario ride");
    }

    #[test]
    fn what_went_wrong_cannot_break_the_report() {
        assert_eq!(escaped("a<b & \"c\"\u{1b}[0m"), "a&lt;b &amp; &quot;c&quot;[0m");
    }
}
