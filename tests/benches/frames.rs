//! Codes in frames that we spoil ourselves, one way at a time and more and more, and what each reader still
//! reads; our own tickets as an inspector's camera sees them; frames without a code, and what they cost.
//!
//! Each frame follows from its number. Constants of the reader were chosen on numbers below
//! [`FRESH`] and are judged on those from there on.

mod chart;

use super::readers::{Answer, Readers, Text};
use super::{on_all_cores, quantile, round, timed, warn_if_busy};
use jol_core::clock::SystemClock;
use jol_core::entropy::{Entropy, SeededEntropy};
use jol_core::qr::{Correction, Frame, Look, QrCode, Reader};
use jol_core::ticket::{Issuer, KeyId, Purpose, SigningKey, StickerCode, StickerKind};
use jol_headless::world::camera::{Camera, Shot};
use jol_headless::world::scene::Kind;
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;

/// What is taken.
#[derive(clap::Args)]
pub(crate) struct FramesBench {
    /// Frames at each step of each axis
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    frames: u64,
    /// Tickets for each tilt
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    tickets: u64,
    /// Frames without a code
    #[arg(long, default_value_t = 700, value_parser = clap::value_parser!(u64).range(1..))]
    empty: u64,
    /// The number of the first frame
    #[arg(long, default_value_t = FRESH)]
    first: u64,
    /// Only these axes
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = AXES.map(|axis| axis.name))]
    axes: Vec<String>,
    /// Only the axes, neither tickets nor frames without a code
    #[arg(long)]
    axes_only: bool,
    /// Only frames without a code
    #[arg(long, conflicts_with = "axes_only")]
    empty_only: bool,
    /// Ask zxing-cpp the same. It is installed if it is not there
    #[arg(long)]
    peers: bool,
    /// Draw where each reader fails into this SVG
    #[arg(long, value_name = "FILE.svg", conflicts_with = "empty_only")]
    picture: Option<PathBuf>,
    /// JSON: a line a step, a line for each tilt of tickets, a line for frames without a code, the sums
    #[arg(long)]
    json: bool,
}

/// No constant of the reader was chosen on frames from this number on.
const FRESH: u64 = 1_000_000;

type Failure = Box<dyn Error>;

/// One way in which frames get worse.
struct Axis {
    name: &'static str,
    /// What the steps count.
    unit: &'static str,
    steps: [f32; STEPS],
    spoil: fn(&mut Camera, f32),
}

const STEPS: usize = 6;

const AXES: [Axis; 11] = [
    Axis {
        name: "size",
        unit: "pixels a module",
        steps: [2.6, 2.2, 1.9, 1.6, 1.4, 1.2],
        spoil: |camera, step| camera.pixels_per_module = step,
    },
    Axis {
        name: "blur",
        unit: "σ, pixels",
        steps: [1.2, 1.5, 1.8, 2.1, 2.4, 2.7],
        spoil: |camera, step| camera.blur_sigma = step,
    },
    Axis {
        name: "motion",
        unit: "pixels",
        steps: [3.0, 4.0, 5.0, 6.0, 7.0, 9.0],
        spoil: |camera, step| camera.shake_pixels = step,
    },
    Axis {
        name: "noise",
        unit: "σ, of 255",
        steps: [15.0, 25.0, 35.0, 45.0, 55.0, 65.0],
        spoil: |camera, step| camera.noise_sigma = step,
    },
    Axis {
        name: "contrast",
        unit: "of 255",
        steps: [60.0, 40.0, 25.0, 18.0, 13.0, 9.0],
        spoil: |camera, step| camera.contrast = step as u8,
    },
    Axis {
        name: "light",
        unit: "of a day's",
        steps: [0.3, 0.15, 0.08, 0.05, 0.03, 0.02],
        spoil: |camera, step| camera.light = step,
    },
    Axis {
        name: "tilt",
        unit: "degrees",
        steps: [25.0, 35.0, 45.0, 52.0, 58.0, 64.0],
        spoil: |camera, step| camera.tilt_degrees = step,
    },
    Axis {
        name: "glare",
        unit: "of white",
        steps: [0.5, 0.7, 0.8, 0.88, 0.94, 1.0],
        spoil: |camera, step| camera.glare = step,
    },
    Axis {
        name: "dirt",
        unit: "of the code",
        steps: [0.01, 0.02, 0.04, 0.06, 0.09, 0.13],
        spoil: |camera, step| camera.dirt = step,
    },
    Axis {
        name: "curve",
        unit: "degrees",
        steps: [20.0, 35.0, 45.0, 55.0, 65.0, 75.0],
        spoil: |camera, step| camera.bend_degrees = step,
    },
    Axis {
        name: "together",
        unit: "of all",
        steps: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        spoil: |camera, step| {
            camera.pixels_per_module = 3.5 - 1.5 * step;
            camera.blur_sigma = 0.6 + step;
            camera.shake_pixels = 4.0 * step;
            camera.noise_sigma = 3.0 + 15.0 * step;
            camera.contrast = (120.0 - 80.0 * step) as u8;
            camera.light = 1.0 - 0.8 * step;
            camera.tilt_degrees = 10.0 + 30.0 * step;
            camera.glare = 0.7 * step;
            camera.dirt = 0.04 * step;
            camera.bend_degrees = 40.0 * step;
        },
    },
];

/// What a code is in, in pixels.
const FRAME: (u32, u32) = (640, 480);

/// The camera of frame `number` before it is spoilt: an everyday phone in daylight.
fn everyday(number: u64) -> Camera {
    Camera {
        pixels_per_module: 3.5,
        tilt_degrees: 10.0,
        turn_degrees: (number * 137 % 360) as f32,
        blur_sigma: 0.6,
        contrast: 120,
        noise_sigma: 3.0,
        seed: number,
        ..Camera::default()
    }
}

/// A text as long as a ticket is at most.
fn ticket(number: u64) -> String {
    let mut bytes = [0; 390];
    SeededEntropy::new(number).fill(&mut bytes);
    let base45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    "JOL1:".chars().chain(bytes.map(|byte| char::from(base45[usize::from(byte) % 45]))).collect()
}

/// What is on a bus or on a phone: stickers and tickets by turns, and the code.
fn drawn(number: u64) -> Result<(String, QrCode), Failure> {
    let (text, correction) = if number.is_multiple_of(2) {
        let operator = Issuer::new("ATR").ok_or("no issuer")?;
        let key = KeyId { issuer: operator, number: 1 };
        let key = SigningKey::from_seed(key, Purpose::Sticker, &[(number % 251) as u8; 32]);
        let code = StickerCode { kind: StickerKind::Bus, operator, code: format!("{:04}", number % 10_000) };
        (code.sign("operator.example", &key)?, Correction::M)
    } else {
        (ticket(number), Correction::L)
    };
    let code = QrCode::of(&text, correction)?;
    Ok((text, code))
}

fn frame(shot: &Shot) -> Result<Frame<'_>, Failure> {
    Ok(Frame::new(&shot.luma[..], shot.width, shot.height, shot.width, 0)?)
}

/// How many of a step's frames each reader read, in the order of their names, and read wrong.
struct Step {
    axis: &'static Axis,
    step: f32,
    right: Vec<u64>,
    wrong: Vec<u64>,
}

pub(crate) fn run(bench: &FramesBench) -> Result<(), Failure> {
    warn_if_busy();
    let mut readers = Readers::new(bench.peers)?;
    let names = readers.names();
    let chosen =
        AXES.iter().filter(|axis| bench.axes.is_empty() || bench.axes.iter().any(|name| name == axis.name));
    let mut steps = Vec::new();
    for axis in chosen.filter(|_| !bench.empty_only) {
        for step in axis.steps {
            let step = take(bench, axis, step, &mut readers)?;
            tell_step(bench, &names, &step, steps.is_empty());
            steps.push(step);
        }
    }
    let wrong = tell_sums(bench, &names, &steps);
    if let Some(path) = &bench.picture {
        let command =
            format!("jol bench frames --frames {} --axes-only --peers --picture FILE.svg", bench.frames);
        std::fs::write(path, chart::chart(&names, &steps, bench.frames, &command))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if !bench.axes_only {
        if !bench.empty_only {
            for (name, tilts) in [("tilt up to 30°", (0.0, 30.0)), ("tilt 45°", (45.0, 45.0))] {
                tell_tickets(bench, name, tilts)?;
            }
        }
        tell_empty(bench)?;
    }
    if bench.json {
        println!("{}", sums(&names, &steps, bench.frames));
    }
    match wrong {
        0 => Ok(()),
        wrong => Err(format!("ours read {wrong} wrong texts").into()),
    }
}

fn take(bench: &FramesBench, axis: &'static Axis, step: f32, readers: &mut Readers) -> Result<Step, Failure> {
    let numbers = bench.first..bench.first + bench.frames;
    let shots = on_all_cores(numbers, |number| {
        let mut camera = everyday(number);
        (axis.spoil)(&mut camera, step);
        let (text, code) = drawn(number).map_err(|why| why.to_string())?;
        Ok::<_, String>((text, camera.shoot_scene(&code, Kind::of(number), FRAME)))
    });
    let none = vec![0; readers.names().len()];
    let mut step = Step { axis, step, right: none.clone(), wrong: none };
    for shot in shots {
        let (text, Shot { luma, width, height, .. }) = shot?;
        let picture = image::GrayImage::from_raw(width, height, luma).ok_or("a picture of another size")?;
        let truth = Text::of(text.as_bytes());
        for (nth, Answer { texts, .. }) in readers.read(&picture)?.into_iter().enumerate() {
            let is_wrong = texts.iter().any(|text| !text.is(&truth));
            step.wrong[nth] += u64::from(is_wrong);
            step.right[nth] += u64::from(!texts.is_empty() && !is_wrong);
        }
    }
    Ok(step)
}

fn tell_step(bench: &FramesBench, names: &[String], step: &Step, is_first: bool) {
    let Step { axis, step, right, wrong } = step;
    if bench.json {
        let of = |counts: &[u64]| -> Value { names.iter().cloned().zip(counts.iter().copied()).collect() };
        let (axis, unit) = (axis.name, axis.unit);
        println!(
            "{}",
            json!({
                "axis": axis, "unit": unit, "step": round(f64::from(*step)), "frames": bench.frames,
                "right": of(right), "wrong": of(wrong),
            })
        );
        return;
    }
    if is_first {
        println!("read of {} frames at each step", bench.frames);
        for (nth, name) in names.iter().enumerate() {
            println!("  {}: {name}", nth + 1);
        }
        let heads: String = (1..=names.len()).map(|nth| format!(" {nth:>7}")).collect();
        println!("{:<34}{heads}", "");
    }
    let cell = |(right, wrong): (&u64, &u64)| match wrong {
        0 => format!(" {right:>7}"),
        wrong => format!(" {:>7}", format!("{right},{wrong}!")),
    };
    let cells: String = right.iter().zip(wrong).map(cell).collect();
    println!("{:<34}{cells}", format!("{} {step} {}", axis.name, axis.unit));
}

/// Tells the sums, and how many wrong texts are ours.
fn tell_sums(bench: &FramesBench, names: &[String], steps: &[Step]) -> u64 {
    let sum = |of: fn(&Step) -> &Vec<u64>, nth: usize, axis: Option<&str>| -> u64 {
        let chosen = steps.iter().filter(|step| axis.is_none_or(|axis| step.axis.name == axis));
        chosen.map(|step| of(step)[nth]).sum()
    };
    if !bench.json {
        println!("\nof each axis, {} frames", bench.frames * STEPS as u64);
        let mut axes: Vec<&str> = steps.iter().map(|step| step.axis.name).collect();
        axes.dedup();
        for axis in axes.into_iter().map(Some).chain([None]) {
            let cells: String =
                (0..names.len()).map(|nth| format!(" {:>7}", sum(|step| &step.right, nth, axis))).collect();
            println!("{:<34}{cells}", axis.unwrap_or("all"));
        }
        let cells: String =
            (0..names.len()).map(|nth| format!(" {:>7}", sum(|step| &step.wrong, nth, None))).collect();
        println!("{:<34}{cells}\n", "wrong");
    }
    (0..Readers::OURS).map(|nth| sum(|step| &step.wrong, nth, None)).sum()
}

fn sums(names: &[String], steps: &[Step], frames: u64) -> Value {
    let sum = |of: fn(&Step) -> &Vec<u64>| -> Value {
        let sum = |nth| steps.iter().map(|step| of(step)[nth]).sum::<u64>();
        names.iter().enumerate().map(|(nth, name)| (name.clone(), sum(nth))).collect()
    };
    json!({
        "frames": frames * steps.len() as u64,
        "right": sum(|step| &step.right), "wrong": sum(|step| &step.wrong),
    })
}

/// So many frames an inspector waits at most.
const PATIENCE: u64 = 5;

/// Our own tickets on a pale screen, seen small: 3 pixels a module, contrast 50 of 255, noise σ 4, blur σ 0.5.
fn tell_tickets(bench: &FramesBench, name: &str, (least, most): (f32, f32)) -> Result<(), Failure> {
    let tilt = |number: u64| least + (most - least) * (number % 61) as f32 / 60.0;
    let shoot = |number: u64, nth: u64| -> Result<Shot, String> {
        let code = QrCode::of(&ticket(number), Correction::L).map_err(|why| why.to_string())?;
        let camera = Camera {
            pixels_per_module: 3.0,
            tilt_degrees: tilt(number),
            turn_degrees: (number * 137 % 360) as f32,
            blur_sigma: 0.5,
            contrast: 50,
            noise_sigma: 4.0,
            seed: number * PATIENCE + nth,
            ..Camera::default()
        };
        Ok(camera.shoot(&code, 20, 90))
    };
    let first = on_all_cores(bench.first..bench.first + bench.tickets, |number| shoot(number, 0));
    let (mut at_once, mut in_time, mut wrong, mut ms) = (0, 0, 0, Vec::new());
    for (number, first) in (bench.first..).zip(first) {
        let mut reader = Reader::new(Reader::BUDGET_MS);
        let (mut first, truth) = (Some(first?), ticket(number));
        for nth in 0..PATIENCE {
            let shot = first.take().map_or_else(|| shoot(number, nth), Ok)?;
            let seen = frame(&shot)?;
            let (found, took) = timed(|| reader.read(&seen, &SystemClock));
            ms.push(took);
            wrong += usize::from(found.iter().any(|found| found.text != truth));
            if !found.is_empty() {
                at_once += u64::from(nth == 0);
                in_time += 1;
                break;
            }
        }
    }
    let share = |count: u64| round(100.0 * count as f64 / bench.tickets as f64);
    let [p50, p95, worst] = [0.5, 0.95, 1.0].map(|share| round(quantile(&ms, share)));
    if bench.json {
        println!(
            "{}",
            json!({
                "tickets": bench.tickets, "tilt": name, "first_frame_percent": share(at_once),
                "within_five_percent": share(in_time), "wrong": wrong,
                "p50_ms": p50, "p95_ms": p95, "worst_ms": worst,
            })
        );
    } else {
        println!(
            "{:<34} {:.2} % on the first frame, {:.2} % within {PATIENCE}; {wrong} wrong; a frame p50 {p50:.1} \
             ms, p95 {p95:.1}, worst {worst:.1}",
            format!("{} tickets, {name}", bench.tickets),
            share(at_once),
            share(in_time),
        );
    }
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} tickets were read wrong").into()) }
}

/// What a camera's frame without a code costs: the base pass alone, and with one other look, each in turn.
fn tell_empty(bench: &FramesBench) -> Result<(), Failure> {
    const SIZE: (u32, u32) = (1_280, 720);
    let mut names = vec!["base pass alone".to_owned(), "with one other look".to_owned()];
    names.extend(Look::ALL.iter().map(|look| format!("with {look:?}")));
    let mut readers = vec![Reader::with(Reader::BUDGET_MS, &[]), Reader::new(Reader::BUDGET_MS)];
    readers.extend(Look::ALL.iter().map(|look| Reader::with(Reader::BUDGET_MS, &[*look])));
    let mut ms = vec![Vec::new(); names.len()];
    let mut found = 0;
    let mut begin = bench.first;
    while begin < bench.first + bench.empty {
        // A frame has a megabyte.
        let end = (begin + 70).min(bench.first + bench.empty);
        let shots = on_all_cores(begin..end, |number| {
            // Noise is what takes longest.
            let noise_sigma = [0.0, 3.0, 8.0, 20.0][(number / 7 % 4) as usize];
            Camera { noise_sigma, blur_sigma: 0.6, seed: number, ..Camera::default() }
                .shoot_no_code(Kind::of(number), SIZE)
        });
        for shot in &shots {
            let seen = frame(shot)?;
            for (reader, ms) in readers.iter_mut().zip(&mut ms) {
                let (read, took) = timed(|| reader.read(&seen, &SystemClock));
                ms.push(took);
                found += read.len();
            }
        }
        begin = end;
    }
    let quantiles = |ms: &[f64]| [0.5, 0.95, 0.99, 1.0].map(|share| round(quantile(ms, share)));
    if bench.json {
        let all: serde_json::Map<String, Value> =
            names.iter().cloned().zip(ms.iter().map(|ms| json!(quantiles(ms)))).collect();
        println!("{}", json!({ "without_a_code": bench.empty, "p50_p95_p99_worst_ms": all, "found": found }));
    } else {
        println!("\n{} frames of 1280 × 720 without a code, ms   p50   p95   p99  worst", bench.empty);
        for (name, ms) in names.iter().zip(&ms) {
            let [p50, p95, p99, worst] = quantiles(ms);
            println!("{name:<43} {p50:>5.1} {p95:>5.1} {p99:>5.1} {worst:>6.1}");
        }
        println!("codes found in them: {found}");
    }
    if found == 0 { Ok(()) } else { Err("texts were read where there is no code".into()) }
}
