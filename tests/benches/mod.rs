//! Every figure that is published: `jol bench NAME`, for people or, with `--json`, a line of JSON.

mod asked;
mod beside;
pub(crate) mod codes;
pub(crate) mod country;
pub(crate) mod durable;
pub(crate) mod frames;
pub(crate) mod pack;
pub(crate) mod places;
pub(crate) mod plan;
mod readers;
pub(crate) mod ride;
pub(crate) mod rides;
mod scan;
pub(crate) mod ticket;
pub(crate) mod wallet;

use std::num::NonZero;

/// What something gives, and how long it took in ms.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    #[expect(clippy::disallowed_methods, reason = "a bench measures this machine")]
    let begin = std::time::Instant::now();
    let done = work();
    (done, begin.elapsed().as_secs_f64() * 1_000.0)
}

/// The value below which this share of the values lies, by the nearest rank; 0 of nothing.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Whatever `make` makes of each of these numbers, in their order, made on all cores.
fn on_all_cores<T: Send>(numbers: std::ops::Range<u64>, make: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let part = (numbers.end - numbers.start).div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let make = &make;
        let parts = (0..cores).map(|core| {
            let start = numbers.start + core * part;
            let end = (start + part).min(numbers.end);
            scope.spawn(move || (start..end).map(make).collect::<Vec<T>>())
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|why| std::panic::resume_unwind(why)))
            .collect()
    })
}

/// A text as it stands in an SVG.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Whether one of the files is not there, which it then says: what needs data of others is skipped without.
fn is_absent<'a>(mut files: impl Iterator<Item = &'a std::path::PathBuf>) -> bool {
    let absent = files.find(|file| !file.exists());
    absent.inspect(|file| eprintln!("skipped: {} is not here", file.display())).is_some()
}

/// Says it if the machine has other work: ratios to what is slower are then too good.
fn warn_if_busy() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().and_then(|load| load.parse::<f64>().ok());
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    if let Some(load) = load.filter(|load| *load > cores / 2.0) {
        eprintln!("this machine is busy (load {load} on {cores} cores): do not publish these figures");
    }
}

/// To thousandths.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Memory of this process that is not a mapped file, in MB; 0 where the system does not tell.
fn anonymous_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kb.unwrap_or_default() / 1_024.0
}

#[cfg(test)]
mod tests {
    use super::{is_absent, quantile};
    use std::path::PathBuf;

    #[test]
    fn what_needs_data_of_others_is_skipped_without() {
        let files = [PathBuf::from(file!()).with_file_name("no-such-feed.zip"), std::env::temp_dir()];
        assert!(is_absent(files.iter()));
        assert!(!is_absent(files[1..].iter()));
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.5), 2.0);
        assert_eq!(quantile(&values, 0.95), 4.0);
        assert_eq!(quantile(&values, 0.0), 1.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
