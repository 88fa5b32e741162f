//! Judges detectors: on recorded cases, `jol detect FILE.jsonl[.gz]… --json`, and on drawn ones,
//! `jol simulate rides`.
//!
//! A case is a passenger's fixes and a city's reports, each with the moment it arrived. The detector
//! gets them in that order and nothing else; the truth is looked at only after its first proposal.
//! `case` is a case as a line of JSON, `rides` draws some from seeds, `simulate` judges many of them;
//! `baselines` is what a user would take instead of our detector.

pub mod baselines;
pub mod case;
pub mod rides;
mod sampled;
mod scores;
pub mod simulate;

pub use scores::Scores;

use baselines::{Finder, MeanDistance, Nearest};
use case::{Case, DueRow, FeedRow, Judgement, PhoneRow};
use flate2::read::MultiGzDecoder;
use jol_core::detect::{Detector, Due, Fix, Sighting};
use jol_core::geo::Point;
use jol_core::realtime::VehicleReport;
use sampled::Sampled;
use scores::{Tallies, Verdict};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Without a proposal by then, in seconds, the case counts as an abstention.
const PATIENCE_S: f64 = 180.0;
/// The short list is looked at so many seconds after the passenger could know.
const SHORTLIST_S: f64 = 30.0;
/// Any moment will do as the cases' zero; their clocks are not absolute.
const ZERO_MS: i64 = 1_700_000_000_000;

/// What finds the bus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// Our detector; it asks for so much more evidence than it usually does.
    Jol {
        /// A logarithm: 0 as it ships.
        caution: f32,
    },
    /// Our detector as it ships, with no more fixes than the app asks for: every five seconds before the passenger
    /// looks, then as the policy says. Reports come as in the case.
    Sampled,
    /// The bus whose last report is nearest, by so much nearer than the next one's.
    Nearest {
        /// In metres.
        lead_m: f64,
    },
    /// The bus with the least mean distance over a minute, by so much less than the next one's.
    MeanDistance {
        /// In metres.
        lead_m: f64,
    },
}

impl Which {
    /// Our detector as it ships.
    pub const JOL: Which = Which::Jol { caution: 0.0 };
    /// All that are compared, as they come.
    pub const ALL: [Which; 3] =
        [Which::JOL, Which::Nearest { lead_m: 0.0 }, Which::MeanDistance { lead_m: 0.0 }];

    /// Its name where several are judged.
    pub fn name(self) -> &'static str {
        match self {
            Which::Jol { .. } => "jol",
            Which::Sampled => "jol_sampled",
            Which::Nearest { .. } => "nearest",
            Which::MeanDistance { .. } => "mean_distance",
        }
    }

    /// What to think of the first bus that it proposes in a case; none if it proposes none in 180 s.
    pub fn first_proposal(self, case: &Case) -> Option<Judgement> {
        let mut finder = self.finder(case);
        let events = events(case);
        let in_time = events.iter().take_while(|(at, _)| *at <= case.begins() + PATIENCE_S);
        for moment in events[..in_time.count()].chunk_by(is_same_moment) {
            moment.iter().for_each(|(_, event)| event.give(&mut *finder));
            let at = moment[0].0;
            if at >= case.t_open
                && let Sighting::Proposed { bus, .. } = finder.sighting(ms(at))
            {
                return Some(case.judge(&bus.vehicle, at));
            }
        }
        None
    }

    fn finder(self, case: &Case) -> Box<dyn Finder> {
        match self {
            Which::Sampled => Box::new(Sampled::opens(ms(case.t_open))),
            Which::Jol { caution } => Box::new(Detector::with_caution(caution)),
            Which::Nearest { lead_m } => Box::new(Nearest::with_lead(lead_m)),
            Which::MeanDistance { lead_m } => Box::new(MeanDistance::with_lead(lead_m)),
        }
    }

    fn live_through(self, case: &Case) -> Verdict {
        live_through(case, &mut *self.finder(case))
    }
}

/// Why cases cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is not a case.
    #[error("{path}, line {line}: {source}")]
    NotACase {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// Judges these on the cases of these files, a line of scores for each scenario in the order of first meeting, and
/// for each of them.
///
/// # Errors
/// A file cannot be read, or is not made of cases.
pub fn judge(paths: &[PathBuf], judged: &[Which]) -> Result<Vec<Scores>, DetectError> {
    let mut tallies = Tallies::new(judged);
    each_case(paths, |case| {
        let verdicts = tallies.live_through(&case);
        tallies.add(&case.scenario, &case.id, &verdicts);
    })?;
    Ok(tallies.scores())
}

/// Takes the cases of these files, one after the other.
///
/// # Errors
/// A file cannot be read, or is not made of cases.
pub fn each_case(paths: &[PathBuf], mut take: impl FnMut(Case)) -> Result<(), DetectError> {
    for path in paths {
        let unreadable = |source| DetectError::Unreadable { path: path.clone(), source };
        for (index, text) in open(path).map_err(unreadable)?.lines().enumerate() {
            let text = text.map_err(unreadable)?;
            if text.trim().is_empty() {
                continue;
            }
            let case = Case::read(&text).map_err(|source| DetectError::NotACase {
                path: path.clone(),
                line: index + 1,
                source,
            })?;
            take(case);
        }
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<BufReader<Box<dyn Read>>> {
    let file = File::open(path)?;
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    Ok(BufReader::new(if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }))
}

fn due(&(_, silent, told): &DueRow) -> Due {
    Due { silent, told }
}

enum Event<'a> {
    Fix(&'a PhoneRow),
    Report(&'a FeedRow),
    Due(&'a DueRow),
}

fn ms(second: f64) -> i64 {
    ZERO_MS.saturating_add((second * 1_000.0).round() as i64)
}

impl Event<'_> {
    fn give(&self, finder: &mut dyn Finder) {
        match self {
            Event::Fix(row) => finder.observe(fix(row)),
            Event::Report(row) => finder.report(&report(row)),
            Event::Due(row) => finder.are_due(due(row)),
        }
    }
}

/// What the phone learns in a case and when, in that order.
fn events(case: &Case) -> Vec<(f64, Event<'_>)> {
    let mut events: Vec<(f64, Event)> = case.phone.iter().map(|fix| (fix.0, Event::Fix(fix))).collect();
    events.extend(case.feed.iter().map(|report| (report.0, Event::Report(report))));
    events.extend(case.due.iter().map(|due| (due.0, Event::Due(due))));
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    events
}

/// What comes at one moment is one message: the screen is drawn after all of it.
fn is_same_moment(a: &(f64, Event), b: &(f64, Event)) -> bool {
    a.0 == b.0
}

fn live_through(case: &Case, finder: &mut dyn Finder) -> Verdict {
    let events = events(case);
    let begins = case.begins();
    let ends = begins + PATIENCE_S;
    let mut verdict =
        Verdict { proposal: None, is_thin: false, shortlisted: false, fixes: case.phone.len(), busy_s: 0.0 };
    let mut shown = Sighting::default();
    let mut listed = false;
    for moment in events.chunk_by(is_same_moment) {
        let at = moment[0].0;
        if at > begins + SHORTLIST_S && !listed {
            listed = true;
            let is_it = |name: &&str| case.judge(name, begins + SHORTLIST_S) == Judgement::Ok;
            verdict.shortlisted = names(&shown).iter().any(is_it);
        }
        for (_, event) in moment {
            let (fix, report) = match event {
                Event::Fix(row) => (Some(fix(row)), None),
                Event::Report(row) => (None, Some(report(row))),
                Event::Due(row) => {
                    finder.are_due(due(row));
                    continue;
                }
            };
            let before = now();
            fix.into_iter().for_each(|fix| finder.observe(fix));
            report.iter().for_each(|report| finder.report(report));
            verdict.busy_s += before.elapsed().as_secs_f64();
        }
        let before = now();
        shown = finder.sighting(ms(at));
        verdict.busy_s += before.elapsed().as_secs_f64();
        if let (Sighting::Proposed { bus, evidence }, None, true) =
            (&shown, verdict.proposal, (case.t_open..=ends).contains(&at))
        {
            let judgement = case.judge(&bus.vehicle, at);
            verdict.proposal = Some((judgement, (at - begins).max(0.0)));
            verdict.is_thin = evidence.is_thin;
        }
    }
    verdict
}

fn fix(row: &PhoneRow) -> Fix {
    Fix {
        at_ms: ms(row.0),
        point: Point { lat: row.1, lon: row.2 },
        accuracy_m: row.3,
        speed_mps: row.4,
        bearing_deg: row.5,
        mocked: false,
    }
}

fn report(row: &FeedRow) -> VehicleReport {
    VehicleReport {
        vehicle: row.2.clone(),
        label: row.2.clone(),
        line: row.7.clone(),
        trip: row.8.clone(),
        point: Point { lat: row.3, lon: row.4 },
        bearing: row.6,
        speed_mps: row.5,
        measured_ms: ms(row.1),
        received_ms: ms(row.0),
        ..VehicleReport::default()
    }
}

#[expect(clippy::disallowed_methods, reason = "measures the detector, decides nothing")]
fn now() -> Instant {
    Instant::now()
}

fn names(sighting: &Sighting) -> Vec<&str> {
    match sighting {
        Sighting::None { .. } => Vec::new(),
        Sighting::Choose { candidates, .. } => candidates.iter().map(|bus| bus.vehicle.as_str()).collect(),
        Sighting::Proposed { bus, .. } => vec![bus.vehicle.as_str()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// A phone that stands until second 100, then goes east at 10 m/s, as does bus A; bus B stays.
    fn case(scenario: &str, truth: &str) -> String {
        let along = |second: i64| 52.0 + 0.00013 * (second - 100).max(0) as f64;
        let phone: Vec<String> = (40..300)
            .map(|t| format!("[{t}, 47.0, {}, 5.0, {}, null]", along(t), if t > 100 { 10 } else { 0 }))
            .collect();
        let feed: Vec<String> = (4..30)
            .flat_map(|i| {
                let t = i * 10;
                [
                    format!("[{}, {t}, \"A\", 47.0, {}, null, null, \"1\", null]", t + 2, along(t)),
                    format!("[{}, {t}, \"B\", 47.0, 52.0, 0.0, 90.0, \"1\", \"T\"]", t + 2),
                ]
            })
            .collect();
        format!(
            "{{\"id\":\"1\",\"scenario\":\"{scenario}\",\"t_open\":90,\"t_ref\":100,\"truth\":{truth},\
             \"phone\":[{}],\"feed\":[{}]}}\n",
            phone.join(","),
            feed.join(",")
        )
    }

    const ON_A: &str = r#"[{"veh":"A","f":95,"t":400,"in_feed":true}]"#;

    #[test]
    fn right_wrong_early_and_late_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        let late = r#"[{"veh":"A","f":10,"t":99},{"veh":null,"f":99,"t":400}]"#;
        let early = r#"[{"veh":"A","f":290,"t":400}]"#;
        let cases =
            [("ok", ON_A), ("wrong", r#"[{"veh":"B","f":0,"t":400}]"#), ("late", late), ("early", early)];
        let text: String = cases.map(|(name, truth)| case(name, truth)).concat();
        std::fs::write(&path, text).expect("written");
        let scores = judge(&[path], &[Which::JOL]).expect("four cases");
        let counts = |scores: &Scores| [scores.ok, scores.wrong, scores.late, scores.early, scores.abstain];
        let [ok, wrong, late, early] = scores.as_slice() else { panic!("four scenarios") };
        assert_eq!(counts(ok), [1, 0, 0, 0, 0]);
        assert_eq!(counts(wrong), [0, 1, 0, 0, 0]);
        assert_eq!(counts(late), [0, 0, 1, 0, 0]);
        assert_eq!(counts(early), [0, 0, 0, 1, 0]);
        assert!(ok.p50_s.is_some_and(|p50| p50 > 0.0 && p50 <= 60.0), "{ok:?}");
        assert_eq!((ok.within_60, ok.shortlist_30, wrong.p50_s), (1, 1, None));
        assert_eq!((ok.astray.len(), wrong.astray.len()), (0, 1));
    }

    #[test]
    fn packed_files_are_read_and_scenarios_are_summed_over_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = ["a.jsonl.gz", "b.jsonl.gz"].map(|name| folder.path().join(name));
        for path in &paths {
            let mut zip = GzEncoder::new(File::create(path).expect("a file"), Compression::fast());
            zip.write_all(case("one", ON_A).as_bytes()).and_then(|()| zip.finish()).expect("written");
        }
        let scores = judge(&paths, &[Which::JOL]).expect("two cases");
        assert_eq!((scores.len(), scores[0].cases, scores[0].ok), (1, 2, 2));
        let line = serde_json::to_value(&scores[0]).expect("a line");
        assert_eq!((&line["scenario"], &line["ok"], line.get("astray")), (&"one".into(), &2.into(), None));
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        std::fs::write(&path, format!("{}{{\n", case("one", ON_A))).expect("written");
        let error = judge(std::slice::from_ref(&path), &[Which::JOL]).expect_err("the second line is broken");
        assert!(matches!(error, DetectError::NotACase { line: 2, .. }), "{error}");
        assert!(matches!(
            judge(&[folder.path().join("none")], &[Which::JOL]),
            Err(DetectError::Unreadable { .. })
        ));
    }

    #[test]
    fn the_baselines_are_judged_on_the_same_cases_and_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        std::fs::write(&path, format!("{}{}", case("one", ON_A), case("two", ON_A))).expect("written");
        let scores = judge(std::slice::from_ref(&path), &Which::ALL).expect("two cases");
        each_case(std::slice::from_ref(&path), |case| {
            let first = |which: Which| which.first_proposal(&case);
            assert_eq!(Which::ALL.map(first), [Some(Judgement::Ok); 3]);
            assert_eq!(first(Which::Jol { caution: 1e6 }), None, "it asks for what there is not");
        })
        .expect("two cases");
        let told = |scores: &Scores| (scores.scenario.clone(), scores.detector, scores.cases, scores.ok);
        let told: Vec<_> = scores.iter().map(told).collect();
        let of = |scenario: &str, name| (scenario.to_owned(), Some(name), 1, 1);
        let names = ["jol", "nearest", "mean_distance"];
        assert_eq!(told, ["one", "two"].map(|scenario| names.map(|name| of(scenario, name))).concat());
        let line =
            serde_json::to_value(&judge(&[path], &[Which::JOL]).expect("two cases")[0]).expect("a line");
        assert_eq!(line.get("detector"), None);
    }
}
