//! Sums verdicts up to what is printed for a scenario.

use super::Which;
use super::case::{Case, Judgement};
use serde::Serialize;

/// How the detector did in one scenario: counts of cases, and seconds from the moment when the
/// passenger had both left the stop and opened the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// The scenario's name.
    pub scenario: String,
    /// Which detector, where several are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detector: Option<&'static str>,
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
    /// So many proposals asked for the painted number, their evidence being thin.
    pub thin: usize,
    /// So many of these were not right.
    pub thin_astray: usize,
    /// CPU time of the detector for one fix, in microseconds, with the reports and sightings between.
    pub us_per_fix: f64,
    /// The cases that were wrong, early or late, for whoever wants to look closer.
    #[serde(skip)]
    pub astray: Vec<String>,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    /// The first proposal, and after how many seconds it came.
    pub(super) proposal: Option<(Judgement, f64)>,
    /// It asked for the painted number.
    pub(super) is_thin: bool,
    pub(super) shortlisted: bool,
    pub(super) fixes: usize,
    pub(super) busy_s: f64,
}

/// The tallies of all scenarios and of all that are judged.
#[derive(Default)]
pub(super) struct Tallies {
    judged: Vec<Which>,
    /// By scenario, in the order of first meeting.
    all: Vec<Vec<Tally>>,
}

impl Tallies {
    pub(super) fn new(judged: &[Which]) -> Tallies {
        Tallies { judged: judged.to_vec(), all: Vec::new() }
    }

    /// What comes of a case with everything that is judged.
    pub(super) fn live_through(&self, case: &Case) -> Vec<Verdict> {
        self.judged.iter().map(|which| which.live_through(case)).collect()
    }

    pub(super) fn add(&mut self, scenario: &str, id: &str, verdicts: &[Verdict]) {
        let known = self.all.iter().position(|tallies| tallies[0].scores.scenario == scenario);
        let at = known.unwrap_or_else(|| {
            let one = |which: &Which| {
                let detector = (self.judged.len() > 1).then(|| which.name());
                let scores = Scores { scenario: scenario.to_owned(), detector, ..Scores::default() };
                Tally { scores, ..Tally::default() }
            };
            self.all.push(self.judged.iter().map(one).collect());
            self.all.len() - 1
        });
        self.all[at].iter_mut().zip(verdicts).for_each(|(tally, verdict)| tally.add(id, verdict));
    }

    pub(super) fn scores(self) -> Vec<Scores> {
        self.all.into_iter().flatten().map(Tally::scores).collect()
    }
}

#[derive(Default)]
struct Tally {
    scores: Scores,
    seconds: Vec<f64>,
    fixes: usize,
    busy_s: f64,
}

impl Tally {
    fn add(&mut self, id: &str, verdict: &Verdict) {
        if verdict.proposal.is_some_and(|(judgement, _)| judgement != Judgement::Ok) {
            self.scores.astray.push(id.to_owned());
            self.scores.thin_astray += usize::from(verdict.is_thin);
        }
        self.scores.thin += usize::from(verdict.is_thin);
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
            p50_s: share(0.5),
            p95_s: share(0.95),
            within_30: within(30.0),
            within_60: within(60.0),
            us_per_fix: (self.busy_s * 1e7 / self.fixes.max(1) as f64).round() / 10.0,
            ..self.scores
        }
    }
}
