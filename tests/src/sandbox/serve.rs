//! `jol operator`: a sandbox operator as a process of its own.

use super::data::{CityData, OperatorData, sample_operator, sample_rules, ways};
use super::fleet::ShuttleFleet;
use super::time::OperatorClock;
use super::town::Town;
use super::{Sandbox, SandboxOptions, StartError};
use jol_core::city::fares::Vehicle;
use jol_core::clock::SimulatedClock;
use jol_core::operator::wire::LineSummary;
use jol_core::text::Words;
use serde_json::json;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use tokio::signal::unix::{SignalKind, signal};

/// When the sample city's pack was made: 2026-09-01T00:00:00Z, so that its bytes are always the same.
pub const MADE_MS: i64 = 1_788_220_800_000;

/// How `jol operator` is started.
#[derive(Clone, Debug, clap::Args)]
pub struct OperatorArgs {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where to keep the ledger [default: a new folder that is removed at the end]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Time stands at this moment (ms since 1970) until it is moved [default: the machine's time]
    #[arg(long, value_name = "MS")]
    pub at: Option<i64>,
    /// Makes keys, ids and codes the same each time
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// Runs an operator until its input ends or it is told to stop. Prints one line of JSON when it
/// answers: where it listens, and the root that an app needs to trust it.
///
/// # Errors
/// [`StartError`] names what could not be used.
pub fn operator(args: &OperatorArgs) -> Result<(), StartError> {
    let io = |what: &str| {
        let what = what.to_owned();
        move |source| StartError::Io { what, source }
    };
    let folder = tempfile::tempdir().map_err(io("a folder for the ledger"))?;
    let data = args.data.clone().unwrap_or_else(|| folder.path().to_owned());
    std::fs::create_dir_all(&data).map_err(io("the folder for the ledger"))?;
    let town = Town::sample(&data.join("city"), MADE_MS, true)?;
    let sandbox = Sandbox::start(SandboxOptions {
        listen: args.listen,
        data,
        clock: args.at.map_or_else(OperatorClock::running, |at| SimulatedClock::at(at).into()),
        seed: args.seed,
        operator: sample_operator(vec![town.data]),
        issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
        tls: None,
    })?;
    let root = jol_core::operator::wire::Base64(sandbox.root().public_key.to_vec());
    let line = json!({
        "listening": sandbox.base_url,
        "issuer": sandbox.root().issuer.to_string(),
        "root": root,
    });
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(io("standard output"))?;
    wait_for_the_end().map_err(io("waiting for the end"))?;
    sandbox.stop();
    Ok(())
}

/// Until the input ends, or the system or somebody at the terminal says so.
fn wait_for_the_end() -> std::io::Result<()> {
    let (over, ended) = mpsc::channel();
    let input_is_over = over.clone();
    std::thread::spawn(move || {
        _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        _ = input_is_over.send(());
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut told, mut interrupted) = {
        let _entered = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = told.recv() => {}
                _ = interrupted.recv() => {}
            }
        });
        _ = over.send(());
    });
    _ = ended.recv();
    Ok(())
}

/// A city of one line and two buses that go to and fro all day: enough to talk to an operator.
///
/// # Errors
/// If the pack cannot be written into this folder.
pub fn shuttle_city(folder: &Path) -> std::io::Result<CityData> {
    let pack = folder.join("shuttle.pack");
    super::shuttle::write_pack(&pack)?;
    let bus = |vehicle: &str, terminal| Vehicle {
        vehicle: vehicle.to_owned(),
        painted: vehicle.trim_start_matches('0').to_owned(),
        plate: format!("{vehicle} JL 06"),
        line: "5".to_owned(),
        terminal,
        ways: ways(terminal),
    };
    let vehicles = vec![bus("0547", true), bus("0548", false)];
    let buses = vehicles.iter().map(|bus| (bus.vehicle.clone(), bus.line.clone())).collect();
    Ok(CityData {
        name: Words::new("Үлгі қала", "Город-образец", "Sample city"),
        sample: true,
        rules: sample_rules("sample"),
        lines: vec![LineSummary { number: "5".to_owned(), name: "West – East".to_owned() }],
        vehicles,
        pack,
        first_day: "2026-01-01".to_owned(),
        last_day: "2027-12-31".to_owned(),
        live: Arc::new(ShuttleFleet { buses, run_ms: 40 * 60_000 }),
        addresses: None,
    })
}
