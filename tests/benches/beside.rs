//! What others need for the same questions, in the same run: the reference scan, and planners that are
//! installed from their registries when they are asked for (`benches/peers`). Ratios count, not ms.

use super::asked::{Asked, Points, answers, soonest};
use super::scan::Scan;
use super::{quantile, round};
use serde::Deserialize;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

type Failure = Box<dyn Error>;

/// A planner that somebody might take instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Peer {
    /// npm: RAPTOR on the device, one departure
    Minotor,
    /// npm: RAPTOR, one departure or a range
    RaptorJourneyPlanner,
    /// OpenTripPlanner, a server, from Maven
    Otp,
}

impl Peer {
    pub(super) const ALL: [Peer; 3] = [Peer::Minotor, Peer::RaptorJourneyPlanner, Peer::Otp];

    fn name(self) -> &'static str {
        match self {
            Peer::Minotor => "minotor",
            Peer::RaptorJourneyPlanner => "raptor-journey-planner",
            Peer::Otp => "otp",
        }
    }

    /// Whether it plans from point to point over streets.
    fn walks_streets(self) -> bool {
        self == Peer::Otp
    }
}

/// Ranges take some peers long: of so many queries, the first ones.
pub(super) const RANGES: usize = 50;

/// Of what a peer says when it fails, a line that is longer is a program's text.
const LONG_LINE: usize = 1_000;

/// The questions of a run.
pub(super) struct Questions<'a> {
    pub(super) gtfs: &'a [PathBuf],
    pub(super) osm: Option<&'a Path>,
    pub(super) doors: bool,
    pub(super) range: Option<u32>,
    pub(super) rounds: u32,
    pub(super) asked: &'a [Asked],
}

/// What a peer told: see `peers/asked.mjs`.
#[derive(Deserialize)]
pub(super) struct Told {
    version: String,
    load_ms: f64,
    ms: Vec<f64>,
    points: Vec<Points>,
    range_ms: Option<Vec<f64>>,
}

/// Asks a peer; `None` if it cannot be had or has no such question, which it then has said.
pub(super) fn ask(peer: Peer, questions: &Questions<'_>) -> Result<Option<Told>, Failure> {
    let name = peer.name();
    if questions.doors && !peer.walks_streets() {
        eprintln!("peers: {name}: plans from stop to stop only");
        return Ok(None);
    }
    let Some(date) = one_date(questions.asked) else {
        eprintln!("peers: {name}: the queries must be of one day");
        return Ok(None);
    };
    let Some(folder) = installed(name)? else { return Ok(None) };
    let query = |asked: &Asked| {
        let point = |at: usize| [asked.points[at].lat, asked.points[at].lon];
        json!({
            "from": asked.stops[0], "to": asked.stops[1], "from_point": point(0), "to_point": point(1),
            "departure_s": asked.departure, "midnight_ms": asked.midnight_ms,
        })
    };
    let absolute = |file: &PathBuf| std::path::absolute(file);
    let question = json!({
        "feeds": questions.gtfs.iter().map(absolute).collect::<Result<Vec<_>, _>>()?,
        "osm": questions.osm.map(std::path::absolute).transpose()?,
        "doors": questions.doors, "date": date, "rounds": questions.rounds,
        "range_minutes": questions.range, "ranges": RANGES,
        "queries": questions.asked.iter().map(query).collect::<Vec<_>>(),
    });
    let file = tempfile::NamedTempFile::new()?;
    serde_json::to_writer(&file, &question)?;
    eprintln!("peers: asking {name}");
    let driver = peers().join(name).with_extension("mjs");
    // A day is a day of the feed, wherever the clock of this machine stands.
    let mut node = Command::new("node");
    let told = node.env("TZ", "UTC").arg(driver).arg(folder).arg(file.path()).output()?;
    let words = String::from_utf8_lossy(&told.stdout);
    match words.lines().last().map(serde_json::from_str::<Told>) {
        Some(Ok(answer)) if told.status.success() && answer.ms.len() == questions.asked.len() => {
            Ok(Some(answer))
        }
        _ => {
            eprintln!("peers: {name} failed");
            let words = String::from_utf8_lossy(&told.stderr);
            let lines = words.lines().filter(|line| !line.trim().is_empty() && line.len() < LONG_LINE);
            lines.take(10).for_each(|line| eprintln!("  {line}"));
            Ok(None)
        }
    }
}

/// The scripts that install and ask what others made.
pub(super) fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// The folder of a peer, which is installed if it is not there; `None` if it cannot be, which is then said.
pub(super) fn installed(name: &str) -> Result<Option<PathBuf>, Failure> {
    let installed = Command::new(peers().join("install")).arg(name).stderr(Stdio::inherit()).output()?;
    if !installed.status.success() {
        return Ok(None);
    }
    let folder = String::from_utf8(installed.stdout)?;
    Ok(Some(folder.trim().lines().last().ok_or("no folder")?.into()))
}

fn one_date(asked: &[Asked]) -> Option<String> {
    let date = asked.first()?.date;
    asked.iter().all(|asked| asked.date == date).then(|| date.to_string())
}

/// Ours, to compare with: ms of each query, of each range, what the answers are.
pub(super) struct Ours<'a> {
    pub(super) ms: &'a [f64],
    pub(super) range_ms: &'a [f64],
    pub(super) points: &'a [Points],
    /// Arrivals within so many seconds are the same: streets are measured by everyone for themselves.
    pub(super) slack_s: i32,
}

impl Told {
    /// The figures beside ours. `sooner` is a peer that may do what the timetable does not allow, or that
    /// was asked something else; `later` one that misses a journey.
    pub(super) fn beside(&self, peer: Peer, ours: &Ours<'_>) -> Value {
        let (mut same, mut sooner, mut later, mut none, mut sets) = (0, 0, 0, 0, 0);
        let slack_s = ours.slack_s;
        for (theirs, ours) in self.points.iter().zip(ours.points) {
            sets += usize::from(theirs == ours);
            match (soonest(theirs), soonest(ours)) {
                (None, Some(_)) => none += 1,
                (None, None) => same += 1,
                (Some(_), None) => sooner += 1,
                (Some(theirs), Some(ours)) if theirs > ours + slack_s => later += 1,
                (Some(theirs), Some(ours)) if theirs < ours - slack_s => sooner += 1,
                _ => same += 1,
            }
        }
        let range = self.range_ms.as_ref().filter(|range| !range.is_empty() && !ours.range_ms.is_empty());
        // Of the same queries.
        let our_range = quantile(&ours.range_ms[..ours.range_ms.len().min(RANGES)], 0.5);
        let range_p50 = range.map(|range| quantile(range, 0.5));
        json!({
            "name": format!("{} {}", peer.name(), self.version),
            "p50_ms": round(quantile(&self.ms, 0.5)), "p95_ms": round(quantile(&self.ms, 0.95)),
            "p99_ms": round(quantile(&self.ms, 0.99)),
            "times_ours": round(quantile(&self.ms, 0.5) / quantile(ours.ms, 0.5)),
            "range_p50_ms": range_p50.map(round),
            "range_times_ours": range_p50.map(|p50| round(p50 / our_range)),
            "earliest": { "same": same, "sooner": sooner, "later": later, "none": none },
            "same_sets": sets, "load_ms": round(self.load_ms),
        })
    }
}

/// The reference scan: a program that reads `conn.txt`, `foot.txt`, `q.txt` and `nstops` of a folder, answers
/// all queries into `oracle.csv`, and prints `… p50 MS …`.
pub(super) struct Reference<'a> {
    program: &'a Path,
    folder: tempfile::TempDir,
}

impl<'a> Reference<'a> {
    /// With the connections of our own scan, so that both look at the same ones.
    pub(super) fn of(program: &'a Path, scan: &Scan, asked: &[Asked]) -> Result<Reference<'a>, Failure> {
        one_date(asked).ok_or("the reference answers queries of one day only")?;
        let folder = tempfile::tempdir()?;
        scan.export(folder.path(), asked)?;
        Ok(Reference { program, folder })
    }

    /// Its p50 in ms.
    pub(super) fn run(&self) -> Result<f64, Failure> {
        let told = Command::new(self.program).arg(self.folder.path()).output()?;
        let words = String::from_utf8_lossy(&told.stdout);
        let p50 = words.split_whitespace().skip_while(|word| *word != "p50").nth(1);
        let p50 = p50.and_then(|p50| p50.parse().ok()).filter(|_| told.status.success());
        p50.ok_or_else(|| format!("{}: {words}", self.program.display()).into())
    }

    /// In how many queries it says what ours says.
    pub(super) fn equal(&self, asked: &[Asked], ours: &[Points]) -> Result<usize, Failure> {
        let theirs = answers(&self.folder.path().join("oracle.csv"))?;
        let same = |(asked, ours): (&Asked, &Points)| theirs.get(&asked.id).unwrap_or(&Points::new()) == ours;
        Ok(asked.iter().zip(ours).filter(|pair| same(*pair)).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_told_beside_ours_with_what_it_answers() {
        let set = |points: &[(u32, i32)]| points.iter().copied().collect::<Points>();
        let ours =
            [set(&[(1, 900), (2, 800)]), set(&[(1, 900)]), set(&[(1, 900)]), set(&[(1, 900)]), set(&[])];
        let theirs = [set(&[(2, 800)]), set(&[(1, 890)]), set(&[(1, 950)]), set(&[]), set(&[])];
        let told = Told {
            version: "1.0".into(),
            load_ms: 1.0,
            ms: vec![20.0; 5],
            points: theirs.to_vec(),
            range_ms: Some(vec![30.0]),
        };
        let mut measured = Ours { ms: &[2.0; 5], range_ms: &[10.0], points: &ours, slack_s: 0 };
        let beside = told.beside(Peer::Otp, &measured);
        assert_eq!(beside["name"], "otp 1.0");
        assert_eq!((&beside["times_ours"], &beside["range_times_ours"]), (&json!(10.0), &json!(3.0)));
        assert_eq!(beside["earliest"], json!({ "same": 2, "sooner": 1, "later": 1, "none": 1 }));
        assert_eq!(beside["same_sets"], 1);
        measured.slack_s = 60;
        let beside = told.beside(Peer::Otp, &measured);
        assert_eq!(beside["earliest"], json!({ "same": 4, "sooner": 0, "later": 0, "none": 1 }));
    }

    #[test]
    fn a_peer_without_ranges_has_none_to_compare() {
        let told =
            Told { version: String::new(), load_ms: 0.0, ms: vec![1.0], points: Vec::new(), range_ms: None };
        let beside = told.beside(Peer::Minotor, &Ours { ms: &[1.0], range_ms: &[], points: &[], slack_s: 0 });
        assert_eq!(beside["range_times_ours"], Value::Null);
    }
}
