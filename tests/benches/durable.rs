//! How long a tap takes until its intent is on the disk for sure, beside one bare write of a page that is synced;
//! and how long from the operator's answer to the ticket.
//!
//! Passengers of the sample operator ride on until their balance is spent, each with a wallet of their own. Before
//! each tap, 4 KiB are written over in a file of the same folder and synced (`fdatasync`), so that both meet the
//! same disk. The operator is asked within the process, outside of what is timed; so is the phone's signature.

use super::{quantile, round, timed, warn_if_busy};
use jol_core::clock::SimulatedClock;
use jol_core::entropy::SeededEntropy;
use jol_core::jol::{Jol, Opening, OperatorEntry};
use jol_core::operator::outbox::{Call, Operation};
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::text::Language;
use jol_core::ticket::SoftwareKey;
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::sandbox::SandboxOptions;
use jol_headless::sandbox::data::{OperatorData, sample_operator};
use jol_headless::sandbox::in_process::InProcess;
use jol_headless::sandbox::serve::shuttle_city;
use jol_headless::story::{CITY, NOON_MS};
use serde_json::json;
use std::error::Error;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How taps are timed.
#[derive(clap::Args)]
pub(crate) struct DurableBench {
    /// How many rides, after those of one wallet that warm up
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    rides: u32,
    /// On the disk of this folder [default: the system's folder for files that go]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// So many rides a balance of 5 000 ₸ pays, with some left.
const RIDES_A_WALLET: u32 = 48;
/// The next ride on the same bus is another one: four a day.
const EVERY_MS: i64 = 6 * 3_600_000;
const PAGE: usize = 4_096;
/// Pages of the file that is written over.
const PAGES: u64 = 256;

/// What was measured, in ms a ride.
#[derive(Default)]
struct Times {
    bare: Vec<f64>,
    tap: Vec<f64>,
    answer: Vec<f64>,
}

pub(crate) fn run(bench: &DurableBench) -> Result<(), Box<dyn Error>> {
    warn_if_busy();
    let folder = match &bench.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let clock = SimulatedClock::at(NOON_MS);
    let operator = InProcess::open(SandboxOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: folder.path().join("operator"),
        clock: clock.clone().into(),
        seed: Some(1),
        operator: sample_operator(vec![shuttle_city(folder.path())?]),
        issuer: OperatorData::SAMPLE_ISSUER.to_owned(),
        tls: None,
    })?;
    let bare = preallocated(&folder.path().join("bare"))?;
    let mut times = Times::default();
    let mut left = bench.rides;
    for wallet in 0.. {
        let warms_up = wallet == 0;
        let rides = if warms_up { RIDES_A_WALLET } else { left.min(RIDES_A_WALLET) };
        let phone = Phone::sign_up(folder.path(), &operator, &clock, wallet)?;
        let mut timed = Times::default();
        for nth in 0..rides {
            phone.ride(&bare, nth, &mut timed)?;
        }
        phone.jol.close();
        if !warms_up {
            times.bare.append(&mut timed.bare);
            times.tap.append(&mut timed.tap);
            times.answer.append(&mut timed.answer);
            left -= rides;
        }
        if left == 0 {
            break;
        }
    }
    tell(bench, &times);
    Ok(())
}

fn tell(bench: &DurableBench, Times { bare, tap, answer }: &Times) {
    let ratio = |share: f64| quantile(tap, share) / quantile(bare, share);
    let rows = [("bare_write", bare), ("tap_to_durable", tap), ("answer_to_ticket", answer)];
    if bench.json {
        let row = |(name, times): &(&str, &Vec<f64>)| {
            let times = json!({ "p50": round(quantile(times, 0.5)), "p99": round(quantile(times, 0.99)) });
            ((*name).to_owned(), times)
        };
        let ms: serde_json::Map<_, _> = rows.iter().map(row).collect();
        let ratio = json!({ "p50": round(ratio(0.5)), "p99": round(ratio(0.99)) });
        println!("{}", json!({ "rides": tap.len(), "ms": ms, "tap_to_bare": ratio }));
        return;
    }
    println!("{} rides, times in ms        median      p99", tap.len());
    for (name, times) in &rows {
        println!("  {name:<20} {:>10.3} {:>8.3}", quantile(times, 0.5), quantile(times, 0.99));
    }
    println!("  tap / bare           {:>10.2} {:>8.2}", ratio(0.5), ratio(0.99));
}

/// A file whose length and blocks no write changes.
fn preallocated(path: &Path) -> std::io::Result<File> {
    let file = File::create(path)?;
    for page in 0..PAGES {
        file.write_all_at(&[1; PAGE], page * PAGE as u64)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// A passenger's phone, without a network of its own.
struct Phone<'a> {
    jol: Jol,
    key: SoftwareKey,
    operator: &'a InProcess,
    clock: &'a SimulatedClock,
}

impl<'a> Phone<'a> {
    fn sign_up(
        folder: &Path,
        operator: &'a InProcess,
        clock: &'a SimulatedClock,
        nth: u32,
    ) -> Result<Phone<'a>, Box<dyn Error>> {
        let root = operator.root();
        let opening = Opening {
            folder: folder.join(format!("wallet-{nth}")).display().to_string(),
            operator: OperatorEntry {
                code: root.issuer.to_string(),
                // The port of "discard": nobody answers there.
                address: "http://127.0.0.1:9".to_owned(),
                root_key: root.public_key.to_vec(),
                tls_root: None,
            },
            data_key: vec![7; 32],
            boot_id: "bench".to_owned(),
            device_name: "a bench".to_owned(),
            language: Language::Kk,
            app_version: jol_core::VERSION.to_owned(),
        };
        let entropy = Arc::new(SeededEntropy::new(nth.into()));
        let jol = Jol::open_unlinked(opening, Arc::new(clock.clone()), entropy)?;
        let phone = Phone { jol, key: SoftwareKey::from_seed([nth as u8 + 1; 32]), operator, clock };
        // A number whose carrier says yes.
        let number = format!("+7777{:06}9", 100 + nth);
        phone.settle();
        phone.jol.accept_terms(1)?;
        phone.jol.sign_in(&number)?;
        phone.settle();
        phone.jol.enter_code(&operator.last_code(&number).ok_or("no code was sent")?)?;
        phone.settle();
        let public_key = phone.key.public_key();
        let message = phone.jol.enrolment_to_sign(&public_key)?;
        phone.jol.enrol(&public_key, &phone.key.sign(&message), None)?;
        phone.settle();
        phone.jol.choose_city(CITY)?;
        phone.settle();
        Ok(phone)
    }

    /// Carries all that waits, but for the city's pack.
    fn settle(&self) {
        while let calls @ [_, ..] = self.due().as_slice() {
            for call in calls {
                self.jol.outbox_deliver(call, self.operator.carry(call));
            }
        }
    }

    fn due(&self) -> Vec<Call> {
        let mut calls = self.jol.outbox_due();
        calls.retain(|call| call.operation != Operation::Pack);
        calls
    }

    /// A ride, from the quote on the screen to the ticket.
    fn ride(&self, bare: &File, nth: u32, times: &mut Times) -> Result<(), Box<dyn Error>> {
        let jol = &self.jol;
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = jol.quote("0547", Way::App, Source::PhoneBalance, adult, false)?;
        let signature = self.key.sign(&quote.to_sign);
        let at = u64::from(nth) % PAGES * PAGE as u64;
        let (written, bare_ms) =
            timed(|| bare.write_all_at(&[nth as u8; PAGE], at).and_then(|()| bare.sync_data()));
        written?;
        let (key, tap_ms) = timed(|| jol.pay(&quote, Some(&signature)));
        let key = key?;
        let call = self.due().into_iter().find(|call| call.key == key).ok_or("the payment is not due")?;
        let answer = self.operator.carry(&call);
        let (shown, answer_ms) = timed(|| {
            jol.outbox_deliver(&call, answer);
            let PaymentState::Paid { ride } = jol.payment(&key)?.state else { return Ok(None) };
            Ok::<_, jol_core::jol::JolError>(Some((jol.ticket(&ride)?, jol.to_sign(&ride, None)?)))
        });
        let (ticket, to_sign) = shown?.ok_or("the ride was not paid")?;
        let signature = self.key.sign(&to_sign.message);
        let (code, present_ms) = timed(|| jol.present(&ticket.ride, to_sign.slot, None, Some(&signature)));
        code?;
        times.bare.push(bare_ms);
        times.tap.push(tap_ms);
        times.answer.push(answer_ms + present_ms);
        self.settle();
        self.clock.advance_ms(EVERY_MS);
        Ok(())
    }
}
