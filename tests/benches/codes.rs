//! Codes in photographs, each picture really turned by none to three quarters, against what the codes are
//! known to say, and what other readers make of the same pixels in the same run. A wrong text counts far
//! worse than none: with one of ours the command fails.
//!
//! A set is a folder of pictures with a `.txt` file beside each, its code's text. In sets that are called
//! `…falsepositives…` no picture holds a code.

use super::readers::{Answer, Readers, Text};
use super::{is_absent, quantile, round, warn_if_busy};
use image::{GrayImage, ImageFormat, imageops};
use jol_headless::picture::brightness;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};

/// What is read.
#[derive(clap::Args)]
pub(crate) struct CodesBench {
    /// Folders of pictures, or of such folders
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Ask zxing-cpp the same. It is installed if it is not there
    #[arg(long)]
    peers: bool,
    /// Name what another reader reads and ours, as a still, does not
    #[arg(long)]
    missed: bool,
    /// JSON: a line a reader, then the line of ours as a still
    #[arg(long)]
    json: bool,
}

/// Folders that are called so hold pictures without codes.
const FALSE_POSITIVES: &str = "falsepositives";

/// What zxing's and zxing-cpp's own files leave out or have wrong: set, picture, what a code in it says.
const ALSO_SAYS: [(&str, &str, &str); 3] = [
    // There is a code within the code. Either collection's file names one of the two.
    ("zxing-qrcode-2", "16", "[内側QRコード]\r\n\r\n*ダブルQR*\r\nhttp://d-qr.net/ex/"),
    ("zxcpp-qrcode-2", "16", "[外側QRコード]\r\n \r\n*ﾀﾞﾌﾞﾙQR*\r\nhttp://d-qr.net/ex/"),
    // "photograph" in zxing's file, which zxing-cpp has put right beside its copy of the picture.
    ("zxing-qrcode-2", "13", "The 2005 USGS aerial photography of the Washington Monument is censored."),
];

type Failure = Box<dyn Error>;

/// A folder of pictures.
struct Set {
    name: String,
    pictures: Vec<Picture>,
}

struct Picture {
    file: PathBuf,
    /// What its code says, or each of its codes; nothing if it holds none.
    truths: Vec<Text>,
}

/// What became of the looks at pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Score {
    /// So many pictures, each turned one way.
    reads: usize,
    right: usize,
    wrong: usize,
}

impl Score {
    fn add(&mut self, right: bool, wrong: bool) {
        self.reads += 1;
        self.right += usize::from(right);
        self.wrong += usize::from(wrong);
    }
}

/// What one reader did.
struct Row {
    name: String,
    /// Of each set.
    scores: Vec<Score>,
    ms: Vec<f64>,
}

impl Row {
    fn sum(&self) -> Score {
        let add = |a: Score, b: &Score| Score {
            reads: a.reads + b.reads,
            right: a.right + b.right,
            wrong: a.wrong + b.wrong,
        };
        self.scores.iter().fold(Score::default(), add)
    }

    fn ms(&self) -> [f64; 3] {
        [0.5, 0.95, 1.0].map(|share| round(quantile(&self.ms, share)))
    }

    fn figures(&self) -> Value {
        let (Score { reads, right, wrong }, [p50, p95, worst]) = (self.sum(), self.ms());
        json!({
            "reads": reads, "right": right, "wrong": wrong, "p50_ms": p50, "p95_ms": p95, "worst_ms": worst,
        })
    }
}

pub(crate) fn run(bench: &CodesBench) -> Result<(), Failure> {
    let mut sets = Vec::new();
    for folder in bench.folders.iter().filter(|&folder| !is_absent(std::iter::once(folder))) {
        let before = sets.len();
        gather(folder, &mut sets)?;
        if sets.len() == before {
            eprintln!("skipped: {} holds no pictures", folder.display());
        }
    }
    if sets.is_empty() {
        return Ok(());
    }
    warn_if_busy();
    let mut readers = Readers::new(bench.peers)?;
    let names = readers.names();
    let row = |name| Row { name, scores: vec![Score::default(); sets.len()], ms: Vec::new() };
    let mut rows: Vec<Row> = names.iter().cloned().map(row).collect();
    for (nth, set) in sets.iter().enumerate() {
        eprintln!("{}: {} pictures", set.name, set.pictures.len());
        for Picture { file, truths } in &set.pictures {
            let picture = brightness(file).map_err(|why| format!("{}: {why}", file.display()))?;
            for quarters in 0..4 {
                let at = format!("{} turned by {}", file.display(), quarters * 90);
                let answers = readers.read(&turned(&picture, quarters)).map_err(|why| format!("{at}: {why}"));
                let mut right = Vec::new();
                for (row, Answer { texts, ms }) in rows.iter_mut().zip(answers?) {
                    let is_true = |text: &Text| truths.iter().any(|truth| text.is(truth));
                    let wrong = texts.iter().any(|text| !is_true(text));
                    row.scores[nth].add(!texts.is_empty() && !wrong, wrong);
                    row.ms.extend(ms);
                    right.push(!texts.is_empty() && !wrong);
                    for text in texts.iter().filter(|text| !is_true(text)) {
                        eprintln!("wrong: {at}: {} reads {text}", row.name);
                    }
                }
                let others: Vec<&str> =
                    names.iter().zip(&right).filter(|(_, right)| **right).map(|(name, _)| &**name).collect();
                if bench.missed && !right[0] && !others.is_empty() {
                    eprintln!("missed: {at}: read by {}", others.join("; "));
                }
            }
        }
    }
    tell(bench, &sets, &rows);
    match rows[..Readers::OURS].iter().map(|row| row.sum().wrong).sum() {
        0 => Ok(()),
        wrong => Err(format!("ours read {wrong} wrong texts").into()),
    }
}

/// Finds the sets in a folder, in the order of their names.
fn gather(folder: &Path, sets: &mut Vec<Set>) -> Result<(), Failure> {
    let named = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(named)?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(named)?;
    // 2 before 10, as whoever made the pictures counted them.
    files.sort_by_key(|file| (file.as_os_str().len(), file.clone()));
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| file.is_dir());
    let absolute = std::path::absolute(folder).map_err(named)?;
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut pictures, mut without) = (Vec::new(), Vec::new());
    for file in files.into_iter().filter(|file| ImageFormat::from_path(file).is_ok()) {
        let truth = file.with_extension("txt");
        if name.contains(FALSE_POSITIVES) {
            pictures.push(Picture { file, truths: Vec::new() });
        } else if truth.exists() {
            let bytes = std::fs::read(&truth).map_err(|error| format!("{}: {error}", truth.display()))?;
            let also = ALSO_SAYS.iter().filter(|(set, picture, _)| {
                name == *set && file.file_stem().is_some_and(|stem| stem == *picture)
            });
            let also = also.map(|(_, _, text)| Text::of(text.as_bytes()));
            let truths = also.chain([Text::of(&bytes)]).collect();
            pictures.push(Picture { file, truths });
        } else {
            without.push(file.display().to_string());
        }
    }
    if !without.is_empty() {
        return Err(format!("no .txt file says what these say: {}", without.join(", ")).into());
    }
    if !pictures.is_empty() {
        sets.push(Set { name, pictures });
    }
    folders.iter().try_for_each(|folder| gather(folder, sets))
}

fn turned(picture: &GrayImage, quarters: u32) -> GrayImage {
    match quarters {
        1 => imageops::rotate90(picture),
        2 => imageops::rotate180(picture),
        3 => imageops::rotate270(picture),
        _ => picture.clone(),
    }
}

fn tell(bench: &CodesBench, sets: &[Set], rows: &[Row]) {
    if bench.json {
        for row in rows {
            let score = |(set, score): (&Set, &Score)| {
                json!({
                    "set": set.name, "reads": score.reads, "right": score.right, "wrong": score.wrong,
                })
            };
            let scores: Vec<Value> = sets.iter().zip(&row.scores).map(score).collect();
            println!("{}", json!({ "reader": row.name, "sums": row.figures(), "sets": scores }));
        }
        println!("{}", rows[0].figures());
        return;
    }
    println!(
        "{:<38} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8}",
        "", "reads", "right", "wrong", "p50 ms", "p95", "worst"
    );
    for row in rows {
        let (Score { reads, right, wrong }, [p50, p95, worst]) = (row.sum(), row.ms());
        println!("{:<38} {reads:>6} {right:>6} {wrong:>6} {p50:>8.1} {p95:>8.1} {worst:>8.1}", row.name);
    }
    println!("a camera's times are of each frame");
    println!("\nright of each set, and wrong if any, in the same order");
    for (nth, set) in sets.iter().enumerate() {
        let cell = |row: &Row| match row.scores[nth] {
            Score { right, wrong: 0, .. } => format!(" {right:>9}"),
            Score { right, wrong, .. } => format!(" {:>9}", format!("{right}, {wrong}!")),
        };
        let cells: String = rows.iter().map(cell).collect();
        println!("{:<26} {:>5}{cells}", set.name, set.pictures.len() * 4);
    }
}
