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
    /// CPU time of the detector for one fix, with the reports that came between.
    pub us_per_fix: f64,
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

#[derive(Deserialize)]
struct Case {
    id: String,
    scenario: String,
    t_open: f64,
    t_ref: f64,
    truth: Vec<Ridden>,
    phone: Vec<(f64, f64, f64, f32, Option<f32>, Option<f32>)>,
    #[allow(clippy::type_complexity)] // the row of the file format
    feed: Vec<(f64, f64, String, f64, f64, Option<f32>, Option<f32>, Option<String>, Option<String>)>,
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
    Fix(&'a (f64, f64, f64, f32, Option<f32>, Option<f32>)),
    Report(usize),
}

fn ms(second: f64) -> i64 {
    ZERO_MS + (second * 1_000.0).round() as i64
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
            if judgement != Judgement::Ok && std::env::var_os("JOL_DETECT_WHY").is_some() {
                eprintln!("{} at {at}: {shown:?}", case.id);
            }
            verdict.proposal = Some((judgement, (at - begins).max(0.0)));
        }
    }
    if verdict.proposal.is_none() && std::env::var_os("JOL_DETECT_WHY").is_some() {
        eprintln!("ABSTAIN {} {shown:?}", case.id);
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
    fn add(&mut self, _case: &Case, verdict: Verdict) {
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
