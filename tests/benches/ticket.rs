//! The largest code that a ticket or a voucher can need, what becomes of damaged and copied ones, how long
//! showing and checking take, and how soon a closed app shows its ticket.
//!
//! Nothing but a refusal counts as right: "cannot tell" would count as believed. The phone's key is one in
//! memory; a key store in hardware signs more slowly.

mod cast;

use super::{quantile, round, timed, warn_if_busy};
use cast::{CHALLENGE, Cast, NOW_MS, Paid, Tried, is_valid};
use jol_core::clock::Clock;
use jol_core::jol::{Jol, JolError};
use jol_core::qr::{Correction, QrCode};
use jol_core::ticket::{Freshness, slot_at};
use jol_headless::story::{Scene, tell};
use serde_json::json;
use std::error::Error;

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct TicketBench {
    /// How often a code is shown and checked; the middle time counts
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How often the closed app is opened to show its ticket
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// The worst case as a last line of JSON
    #[arg(long)]
    json: bool,
}

/// A code of the table.
struct Row {
    name: String,
    bytes: usize,
    chars: usize,
    version: u32,
    present_us: f64,
    verify_us: f64,
}

pub(crate) fn run(bench: &TicketBench) -> Result<(), Box<dyn Error>> {
    warn_if_busy();
    let cast = Cast::new()?;
    let all = cast.all()?;
    let rows = rows(&cast, &all, bench.rounds)?;
    println!("{:<44} bytes  characters  QR version  shown, µs  verdict, µs", "");
    for Row { name, bytes, chars, version, present_us, verify_us } in &rows {
        println!("{name:<44} {bytes:>5} {chars:>11} {version:>11} {present_us:>10.0} {verify_us:>12.0}");
    }
    println!("\n{:<24} flipped bits  cut  longer  other slots  believed", "");
    let (mut mutations, mut accepted) = (0, 0);
    for (name, paid) in &all {
        let tried = cast.try_all(paid)?;
        let Tried { flipped, cut, longer, other_slots, believed } = tried;
        println!("{name:<24} {flipped:>12} {cut:>4} {longer:>7} {other_slots:>12} {believed:>9}");
        (mutations, accepted) = (mutations + tried.all(), accepted + believed);
    }
    println!("{mutations} damaged, longer, shorter, older and newer codes: {accepted} believed");
    let starts = cold_starts(bench.starts)?;
    let (p50, p99) = (quantile(&starts, 0.5), quantile(&starts, 0.99));
    println!("closed app to the ticket's code, no network, wrong clock: {p50:.1} ms, p99 {p99:.1} ms");
    let worst = rows.iter().max_by_key(|row| (row.version, row.chars, row.bytes)).ok_or("no codes")?;
    let slowest = |of: fn(&Row) -> f64| rows.iter().map(of).fold(0.0, f64::max);
    if bench.json {
        let figures = json!({
            "bytes": worst.bytes, "chars": worst.chars, "version": worst.version,
            "mutations": mutations, "accepted": accepted,
            "verify_us": round(slowest(|row| row.verify_us)),
            "present_us": round(slowest(|row| row.present_us)),
        });
        println!("{figures}");
    }
    match accepted {
        0 => Ok(()),
        accepted => Err(format!("{accepted} of {mutations} codes are believed and must not be").into()),
    }
}

/// The longest and the usual codes, under a slot and in answer to a challenge.
fn rows(cast: &Cast, all: &[(&str, Paid)], rounds: u32) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for (name, paid) in
        all.iter().filter(|(name, _)| name.starts_with("longest") || name.starts_with("usual"))
    {
        for (how, challenge) in [("", None), (", answers a challenge", Some(CHALLENGE))] {
            let freshness = Freshness::of(slot_at(NOW_MS), challenge);
            let (mut present, mut verify) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                let (shown, ms) = timed(|| cast.show(paid, freshness));
                present.push(ms * 1_000.0);
                let text = shown?.text;
                let (good, ms) = timed(|| is_valid(&text, &cast.check(NOW_MS, challenge)));
                verify.push(ms * 1_000.0);
                if !good {
                    return Err("a good code is refused".into());
                }
            }
            let shown = cast.show(paid, freshness)?;
            rows.push(Row {
                name: format!("{name}{how}"),
                bytes: shown.bytes.len(),
                chars: shown.text.len(),
                version: QrCode::of(&shown.text, Correction::L)?.version.into(),
                present_us: quantile(&present, 0.5),
                verify_us: quantile(&verify, 0.5),
            });
        }
    }
    Ok(rows)
}

/// How long it takes, in ms, from the opening of a wallet with a valid ticket to its code, while the operator
/// is not there and the wall clock is off by ten years.
fn cold_starts(starts: u32) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut times = Vec::new();
    let mut failed = None;
    tell("bench_ticket", |story| {
        let scene = Scene::open(story);
        let passenger = scene.passenger("+77771234567");
        passenger.quote_and_pay("0547");
        scene.stop();
        passenger.jol.close();
        passenger.clock.set_wall_ms(passenger.clock.wall_ms() - 10 * 365 * 86_400_000);
        let show = |jol: &Jol| -> Result<Option<QrCode>, JolError> {
            let Some(ticket) = jol.tickets()?.into_iter().find(|ticket| ticket.is_valid) else {
                return Ok(None);
            };
            let to_sign = jol.to_sign(&ticket.ride, None)?;
            let signature = passenger.key.sign(&to_sign.message);
            jol.present(&ticket.ride, to_sign.slot, None, Some(&signature)).map(Some)
        };
        for _ in 0..starts {
            let (shown, ms) = timed(|| {
                let jol = scene.start_app(&passenger.opening, &passenger.clock)?;
                show(&jol).map(|code| (jol, code))
            });
            times.push(ms);
            match shown {
                Ok((jol, Some(_))) => jol.close(),
                Ok((_, None)) => failed = Some("no valid ticket".to_owned()),
                Err(error) => failed = Some(error.to_string()),
            }
        }
    });
    failed.map_or(Ok(times), |why| Err(why.into()))
}
