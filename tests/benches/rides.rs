//! The detector's trade-off: the surer it must be, the fewer wrong buses it proposes, and the fewer passengers it
//! answers in time. Beside it what a user would take instead, each with its own way of being careful.
//!
//! The README's picture is drawn by
//! `jol bench rides FILE.jsonl.gz… --picture tests/benches/rides/trade-off.svg`. Only rides are counted in which the
//! passenger is on a bus that reports: elsewhere there is nothing to decide.

mod chart;

use super::{is_absent, on_all_cores};
use chart::{Curve, Panel, Point};
use jol_headless::detect::case::{Case, Judgement};
use jol_headless::detect::rides::{Rides, Scenario};
use jol_headless::detect::simulate::{CITY, city};
use jol_headless::detect::{Which, each_case};
use jol_headless::world::traffic::Network;
use serde_json::json;
use std::error::Error;
use std::ops::Range;
use std::path::PathBuf;

/// What is judged.
#[derive(clap::Args)]
pub(crate) struct RidesBench {
    /// Simulated rides of each kind, and ordinary ones ten times as many
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    rides: u64,
    /// The first ride's seed
    #[arg(long, value_name = "S", default_value_t = FRESH)]
    from: u64,
    /// Recorded cases as `jol detect` reads them
    #[arg(value_name = "FILE.jsonl.gz")]
    files: Vec<PathBuf>,
    /// Draw the curves into this SVG
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,
    /// JSON: a line a point
    #[arg(long)]
    json: bool,
}

/// Other rides than those that `tests/run` judges.
const FRESH: u64 = 7_000_000;
/// Ordinary rides for each one of another kind: what is rare there needs many.
const ORDINARY: u64 = 10;

type Failure = Box<dyn Error>;

/// How much surer our detector is than it ships.
const CAUTIONS: [f32; 10] = [-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.5, 6.0];
/// By how many metres a baseline's bus must lead the next.
const LEADS_M: [f64; 7] = [0.0, 10.0, 20.0, 40.0, 60.0, 90.0, 130.0];

/// What is judged, the curves one after the other.
fn judged() -> Vec<Which> {
    let ours = CAUTIONS.map(|caution| Which::Jol { caution });
    let nearest = LEADS_M.map(|lead_m| Which::Nearest { lead_m });
    let mean = LEADS_M.map(|lead_m| Which::MeanDistance { lead_m });
    [&ours[..], &nearest, &mean].concat()
}

/// What was proposed first within 180 s, in the order of [`judged`].
type Lived = Vec<Option<Judgement>>;

/// None where there is nothing to decide.
fn live(case: &Case) -> Option<Lived> {
    let judge = || judged().into_iter().map(|which| which.first_proposal(case)).collect();
    (case.decidable && !case.null).then(judge)
}

/// One set of rides, summed up.
struct Set {
    title: &'static str,
    /// What they are, and how many kinds.
    words: String,
    lived: Vec<Lived>,
}

impl Set {
    fn panel(&self) -> Panel {
        let cases = self.lived.len();
        let count = |nth: usize, is: fn(Judgement) -> bool| {
            self.lived.iter().filter(|lived| lived[nth].is_some_and(is)).count()
        };
        let point = |(nth, which): (usize, Which)| Point {
            which,
            cases,
            decided: count(nth, |_| true),
            wrong: count(nth, |judgement| judgement == Judgement::Wrong),
        };
        let points: Vec<Point> = judged().into_iter().enumerate().map(point).collect();
        let curves = points.chunk_by(|a, b| a.which.name() == b.which.name());
        Panel {
            title: self.title.to_owned(),
            words: self.words.clone(),
            curves: curves.map(|points| Curve { points: points.to_vec() }).collect(),
        }
    }
}

pub(crate) fn run(bench: &RidesBench) -> Result<(), Failure> {
    let mut sets = Vec::from(simulated(bench)?);
    if !bench.files.is_empty() && !is_absent(bench.files.iter()) {
        sets.extend(recorded(&bench.files)?);
    }
    let panels: Vec<Panel> = sets.iter().map(Set::panel).collect();
    for panel in &panels {
        tell(panel, bench.json);
    }
    if let Some(path) = &bench.picture {
        let files = if sets.len() > 2 { " FILE.jsonl.gz…" } else { "" };
        let command = format!(
            "jol bench rides{files} --rides {} --from {} --picture FILE.svg",
            bench.rides, bench.from
        );
        std::fs::write(path, chart::chart(&panels, &command))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Ordinary rides, and as many of each kind that can be decided.
fn simulated(bench: &RidesBench) -> Result<[Set; 2], Failure> {
    let city = city(&[])?;
    let network = Network::new(&city.timetable(), CITY)?;
    let rides = Rides::new(&network, 0).ok_or("no bus runs in this city")?;
    let kinds = Scenario::ALL.into_iter().filter(|scenario| {
        let one = rides.draw(*scenario, std::iter::once(bench.from)).into_iter().flatten().next();
        one.is_none_or(|drawn| drawn.case.decidable && !drawn.case.null)
    });
    let kinds: Vec<Scenario> = kinds.collect();
    // Rides of a batch share what is dear to make.
    let batch = Rides::batch(0);
    let jobs = |scenario: Scenario, count: u64| {
        let firsts = (0..count).step_by(batch as usize);
        firsts.map(move |first| (scenario, first..(first + batch).min(count))).collect::<Vec<_>>()
    };
    let live = |jobs: Vec<(Scenario, Range<u64>)>| -> Vec<Lived> {
        let job = |nth: u64| {
            let (scenario, seeds) = jobs.get(nth as usize).cloned().unwrap_or((Scenario::Ordinary, 0..0));
            let drawn = rides.draw(scenario, seeds.map(|seed| bench.from.wrapping_add(seed)));
            drawn.into_iter().flatten().filter_map(|drawn| live(&drawn.case)).collect::<Vec<Lived>>()
        };
        on_all_cores(0..jobs.len() as u64, job).into_iter().flatten().collect()
    };
    let ordinary = live(jobs(Scenario::Ordinary, bench.rides * ORDINARY));
    let mixed = live(kinds.iter().flat_map(|kind| jobs(*kind, bench.rides)).collect());
    Ok([
        Set {
            title: "Simulated, ordinary rides",
            words: "in a made-up city, where lines meet".into(),
            lived: ordinary,
        },
        Set {
            title: "Simulated, all kinds of rides",
            words: format!("{} kinds in equal parts: bunches, jams …", kinds.len()),
            lived: mixed,
        },
    ])
}

/// The ordinary ones of these files, and the others.
fn recorded(files: &[PathBuf]) -> Result<[Set; 2], Failure> {
    let (mut kinds, mut cases) = (std::collections::BTreeSet::new(), Vec::new());
    each_case(files, |case| {
        if case.decidable && !case.null {
            cases.push(case);
        }
    })?;
    let lived = on_all_cores(0..cases.len() as u64, |nth| cases.get(nth as usize).and_then(live));
    let (mut ordinary, mut mixed) = (Vec::new(), Vec::new());
    for (case, lived) in cases.iter().zip(lived) {
        if case.scenario == Scenario::Ordinary.name() {
            ordinary.extend(lived);
        } else {
            kinds.insert(&case.scenario);
            mixed.extend(lived);
        }
    }
    Ok([
        Set {
            title: "Recorded, ordinary rides",
            words: "tracks that receivers recorded".into(),
            lived: ordinary,
        },
        Set {
            title: "Recorded, confusing rides",
            words: format!("{} kinds in equal parts", kinds.len()),
            lived: mixed,
        },
    ])
}

fn tell(panel: &Panel, json: bool) {
    if !json {
        println!("{}: {}\n", panel.title, panel.words);
        println!("{:<34} {:>7} {:>9} {:>6}", "", "rides", "decided", "wrong");
    }
    for point in panel.curves.iter().flat_map(|curve| &curve.points) {
        let Point { which, cases, decided, wrong } = point;
        if json {
            let (caution, lead_m) = match which {
                Which::Jol { caution } => (Some(caution), None),
                Which::Sampled => (None, None),
                Which::Nearest { lead_m } | Which::MeanDistance { lead_m } => (None, Some(lead_m)),
            };
            println!(
                "{}",
                json!({
                    "rides": panel.title, "detector": which.name(), "caution": caution, "lead_m": lead_m,
                    "cases": cases, "decided": decided, "wrong": wrong,
                })
            );
        } else {
            println!("{:<34} {cases:>7} {decided:>9} {wrong:>6}", chart::label(*which));
        }
    }
    if !json {
        println!();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_curve_has_its_points_and_what_is_early_is_not_wrong() {
        let none: Lived = vec![None; judged().len()];
        let mut wrong = none.clone();
        wrong[0] = Some(Judgement::Wrong);
        let mut early = none.clone();
        early[0] = Some(Judgement::Early);
        let set = Set { title: "T", words: String::new(), lived: vec![none, wrong, early] };
        let panel = set.panel();
        let sizes: Vec<usize> = panel.curves.iter().map(|curve| curve.points.len()).collect();
        assert_eq!(sizes, [CAUTIONS.len(), LEADS_M.len(), LEADS_M.len()]);
        let first = &panel.curves[0].points[0];
        assert_eq!((first.cases, first.decided, first.wrong), (3, 2, 1));
        assert_eq!(panel.curves[0].points.iter().filter(|point| point.which == Which::JOL).count(), 1);
    }

    #[test]
    fn nothing_is_judged_where_there_is_nothing_to_decide() {
        let case = Case { decidable: true, ..Case::default() };
        assert_eq!(live(&case).map(|lived| lived.len()), Some(judged().len()));
        assert_eq!(live(&Case { null: true, ..case.clone() }), None);
        assert_eq!(live(&Case { decidable: false, ..case }), None);
    }
}
