//! Judges the detector on recorded cases: `jol detect FILE.jsonl[.gz]… --json`.
//!
//! A case is a passenger's fixes and a city's reports, each with the moment it arrived. The detector
//! gets them in that order and nothing else; the truth is looked at only after its first proposal.

use flate2::read::MultiGzDecoder;
use jol_core::detect::{Detector, Fix, Sighting};
use jol_core::geo::Point;
use jol_core::realtime::VehicleReport;
use serde::{Deserialize, Serialize};
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

/// How the detector did in one scenario: counts of cases, and seconds from the moment when the
/// passenger had both left the stop and opened the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// The scenario's name.
    pub scenario: String,
    /// How many cases there were.
    pub cases: usize,
    /// The proposed bus was the one ridden.
    pub ok: usize,
    /// It was another, or there was none.
    pub wrong: usize,
    /// It was boarded only later.
    pub early: usize,
    /// It had been left.
    pub late: usize,
    /// No proposal in 180 s.
    pub abstain: usize,
    /// Half of the right proposals came within this.
    pub p50_s: Option<f64>,
    /// 95 % of them did.
    pub p95_s: Option<f64>,
    /// Right within 30 s.
    pub within_30: usize,
    /// Right within 60 s.
    pub within_60: usize,
    /// The true bus was proposed or among the three after 30 s.
    pub shortlist_30: usize,
    /// CPU time of the detector for one fix, in microseconds, with the reports and sightings between.
    pub us_per_fix: f64,
    /// The cases that were wrong, early or late, for whoever wants to look closer.
    #[serde(skip)]
    pub astray: Vec<String>,
}

/// Judges the cases of these files, a line of scores for each scenario in the order of first meeting.
pub fn judge(paths: &[PathBuf]) -> Result<Vec<Scores>, DetectError> {
    let mut tallies: Vec<Tally> = Vec::new();
    for path in paths {
        let unreadable = |source| DetectError::Unreadable { path: path.clone(), source };
        for (index, text) in open(path).map_err(unreadable)?.lines().enumerate() {
            let text = text.map_err(unreadable)?;
            if text.trim().is_empty() {
                continue;
            }
            let case: Case = serde_json::from_str(&text).map_err(|source| DetectError::NotACase {
                path: path.clone(),
                line: index + 1,
                source,
            })?;
            let verdict = live_through(&case);
            match tallies.iter_mut().find(|tally| tally.scenario == case.scenario) {
                Some(tally) => tally.add(&case, verdict),
                None => {
                    let mut tally = Tally { scenario: case.scenario.clone(), ..Tally::default() };
                    tally.add(&case, verdict);
                    tallies.push(tally);
                }
            }
        }
    }
    Ok(tallies.into_iter().map(Tally::scores).collect())
}

fn open(path: &Path) -> std::io::Result<BufReader<Box<dyn Read>>> {
    let file = File::open(path)?;
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    Ok(BufReader::new(if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }))
}

/// Second, latitude, longitude, accuracy, speed, bearing.
type PhoneRow = (f64, f64, f64, f32, Option<f32>, Option<f32>);
/// Second received and measured, vehicle, latitude, longitude, speed, bearing, line, trip.
type FeedRow = (f64, f64, String, f64, f64, Option<f32>, Option<f32>, Option<String>, Option<String>);

#[derive(Deserialize)]
struct Case {
    id: String,
    scenario: String,
    t_open: f64,
    t_ref: f64,
    truth: Vec<Ridden>,
    phone: Vec<PhoneRow>,
    feed: Vec<FeedRow>,
}

#[derive(Deserialize)]
struct Ridden {
    veh: Option<String>,
    f: f64,
    t: f64,
}

impl Case {
    /// From here on the passenger can know.
    fn begins(&self) -> f64 {
        self.t_ref.max(self.t_open)
    }

    fn judge(&self, vehicle: &str, at: f64) -> Judgement {
        let ridden = || self.truth.iter().filter(|ridden| ridden.veh.as_deref() == Some(vehicle));
        if ridden().any(|ridden| ridden.f <= at && at <= ridden.t) {
            Judgement::Ok
        } else if ridden().any(|ridden| at < ridden.f) {
            Judgement::Early
        } else if ridden().any(|ridden| ridden.t < at) {
            Judgement::Late
        } else {
            Judgement::Wrong
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Judgement {
    Ok,
    Wrong,
    Early,
    Late,
}

struct Verdict {
    /// The first proposal, and after how many seconds it came.
    proposal: Option<(Judgement, f64)>,
    shortlisted: bool,
    fixes: usize,
    busy_s: f64,
}

enum Event<'a> {
    Fix(&'a PhoneRow),
    Report(usize),
}

fn ms(second: f64) -> i64 {
    ZERO_MS.saturating_add((second * 1_000.0).round() as i64)
}

fn live_through(case: &Case) -> Verdict {
    let mut events: Vec<(f64, Event)> = case.phone.iter().map(|fix| (fix.0, Event::Fix(fix))).collect();
    events.extend(case.feed.iter().enumerate().map(|(index, report)| (report.0, Event::Report(index))));
    events.sort_by(|a, b| a.0.total_cmp(&b.0));

    let begins = case.begins();
    let ends = begins + PATIENCE_S;
    let mut detector = Detector::default();
    let mut verdict = Verdict { proposal: None, shortlisted: false, fixes: case.phone.len(), busy_s: 0.0 };
    let mut shown = Sighting::default();
    let mut listed = false;
    for (at, event) in events {
        if at > begins + SHORTLIST_S && !listed {
            listed = true;
            verdict.shortlisted =
                names(&shown).iter().any(|name| case.judge(name, begins + SHORTLIST_S) == Judgement::Ok);
        }
        let before = now();
        match event {
            Event::Fix(fix) => detector.observe(Fix {
                at_ms: ms(at),
                point: Point { lat: fix.1, lon: fix.2 },
                accuracy_m: fix.3,
                speed_mps: fix.4,
                bearing_deg: fix.5,
                mocked: false,
            }),
            Event::Report(index) => {
                let report = &case.feed[index];
                detector.report(&VehicleReport {
                    vehicle: report.2.clone(),
                    label: report.2.clone(),
                    line: report.7.clone(),
                    trip: report.8.clone(),
                    point: Point { lat: report.3, lon: report.4 },
                    bearing: report.6,
                    speed_mps: report.5,
                    measured_ms: ms(report.1),
                    received_ms: ms(at),
                    ..VehicleReport::default()
                });
            }
        }
        shown = detector.sighting(ms(at));
        verdict.busy_s += before.elapsed().as_secs_f64();
        if let (Sighting::Proposed { bus, .. }, None, true) =
            (&shown, verdict.proposal, (case.t_open..=ends).contains(&at))
        {
            let judgement = case.judge(&bus.vehicle, at);
            verdict.proposal = Some((judgement, (at - begins).max(0.0)));
        }
    }
    verdict
}

#[allow(clippy::disallowed_methods)] // measures the detector, decides nothing
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

#[derive(Default)]
struct Tally {
    scenario: String,
    scores: Scores,
    seconds: Vec<f64>,
    fixes: usize,
    busy_s: f64,
}

impl Tally {
    fn add(&mut self, case: &Case, verdict: Verdict) {
        if verdict.proposal.is_some_and(|(judgement, _)| judgement != Judgement::Ok) {
            self.scores.astray.push(case.id.clone());
        }
        self.scores.cases += 1;
        self.scores.shortlist_30 += usize::from(verdict.shortlisted);
        self.fixes += verdict.fixes;
        self.busy_s += verdict.busy_s;
        match verdict.proposal {
            None => self.scores.abstain += 1,
            Some((Judgement::Wrong, _)) => self.scores.wrong += 1,
            Some((Judgement::Early, _)) => self.scores.early += 1,
            Some((Judgement::Late, _)) => self.scores.late += 1,
            Some((Judgement::Ok, seconds)) => {
                self.scores.ok += 1;
                self.seconds.push(seconds);
            }
        }
    }

    fn scores(mut self) -> Scores {
        self.seconds.sort_by(f64::total_cmp);
        let within = |limit: f64| self.seconds.iter().filter(|seconds| **seconds <= limit).count();
        let share = |part: f64| {
            let index = (self.seconds.len() as f64 * part).ceil() as usize;
            self.seconds.get(index.saturating_sub(1)).map(|seconds| (seconds * 10.0).round() / 10.0)
        };
        Scores {
            scenario: self.scenario.clone(),
            p50_s: share(0.5),
            p95_s: share(0.95),
            within_30: within(30.0),
            within_60: within(60.0),
            us_per_fix: (self.busy_s * 1e7 / self.fixes.max(1) as f64).round() / 10.0,
            ..self.scores
        }
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
        let scores = judge(&[path]).expect("four cases");
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
        let scores = judge(&paths).expect("two cases");
        assert_eq!((scores.len(), scores[0].cases, scores[0].ok), (1, 2, 2));
        let line = serde_json::to_value(&scores[0]).expect("a line");
        assert_eq!((&line["scenario"], &line["ok"], line.get("astray")), (&"one".into(), &2.into(), None));
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        std::fs::write(&path, format!("{}{{\n", case("one", ON_A))).expect("written");
        let error = judge(std::slice::from_ref(&path)).expect_err("the second line is broken");
        assert!(matches!(error, DetectError::NotACase { line: 2, .. }), "{error}");
        assert!(matches!(judge(&[folder.path().join("none")]), Err(DetectError::Unreadable { .. })));
    }
}
