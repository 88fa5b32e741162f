//! Travel Details in a wallet of 10 000 rides: opening it, pages, a search, a month's sum, an export.
//!
//! The wallet is made by a seeded generator over three years: rides that were paid here with their signed
//! receipts, rides of every other way, declines and top-ups. The targets are the plan's: a page within 5 ms,
//! opening within 50 ms.

use super::{quantile, round, timed};
use jol_core::entropy::SystemEntropy;
use jol_core::entropy::random;
use jol_core::jol::{Jol, JolError, Opening, OperatorEntry};
use jol_core::money::Money;
use jol_core::pay::{Source, Way};
use jol_core::text::Language;
use jol_core::ticket::receipt::request_hash;
use jol_core::ticket::{Issuer, KeyId, Purpose, Receipt, ReceiptOutcome, SigningKey};
use jol_core::travel::{ExportFormat, TravelQuery};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::world::dice::Dice;
use rusqlite::{Connection, Transaction, params};
use serde_json::json;
use std::error::Error;
use std::path::Path;

/// How the wallet is measured.
#[derive(clap::Args)]
pub(crate) struct WalletBench {
    /// How many rides it holds
    #[arg(long, default_value_t = 10_000)]
    rides: u32,
    /// How often each thing is done, after once that warms up
    #[arg(long, default_value_t = 51, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// What the rides are made of
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One line of JSON
    #[arg(long)]
    json: bool,
}

/// 2026-09-16 14:00 in Atyrau: when the last ride was.
const NOON_MS: i64 = 1_789_549_200_000;
const THREE_YEARS_MS: f64 = 3.0 * 365.25 * 86_400_000.0;
const STOPS: [&str; 12] = [
    "Сәтбаев көшесі",
    "Теміржол вокзалы",
    "Әуежай",
    "Орталық базар",
    "Привокзальный",
    "Жұмыскер",
    "Балықшы",
    "Нұрсая",
    "Алмагүл",
    "Лесхоз",
    "Жилгородок",
    "Водниково",
];

pub(crate) fn run(bench: &WalletBench) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let issuer = Issuer::new("SMP").ok_or("an operator's code")?;
    let key = |purpose| SigningKey::from_seed(KeyId { issuer, number: purpose as u8 }, purpose, &[7; 32]);
    let opening = Opening {
        folder: folder.path().display().to_string(),
        operator: OperatorEntry {
            code: issuer.to_string(),
            // The port of "discard": nobody answers there.
            address: "http://127.0.0.1:9".to_owned(),
            root_key: key(Purpose::Root).public_key().to_vec(),
            tls_root: None,
        },
        data_key: random::<32>(&SystemEntropy).to_vec(),
        boot_id: "bench".to_owned(),
        device_name: "a bench".to_owned(),
        language: Language::Kk,
        app_version: jol_core::VERSION.to_owned(),
    };
    Jol::open(opening.clone())?.close();
    let middle_ms = fill(&folder.path().join("wallet.db"), bench, &key(Purpose::Receipt))?;
    let open = || Jol::open(opening.clone());
    let jol = open()?;
    let first = TravelQuery::default();
    let middle = TravelQuery { until_ms: Some(middle_ms), ..TravelQuery::default() };
    let search = |text: &str| TravelQuery { text: text.to_owned(), ..TravelQuery::default() };
    let (found, nothing) = (search("satbayev 12"), search("астана"));
    let school =
        TravelQuery { categories: vec![Category::School], ways: vec![Way::Sms], ..TravelQuery::default() };
    let month = TravelQuery { month: jol.travel_months()?.get(6).copied(), ..TravelQuery::default() };
    let page = |query: &TravelQuery| jol.travel_details(query).map(|page| page.entries.len());
    let runs = bench.runs;
    let rows = [
        ("open", measured(runs, || open().map(|jol| jol.close()))?),
        ("first_page", measured(runs, || page(&first))?),
        ("middle_page", measured(runs, || page(&middle))?),
        ("search", measured(runs, || page(&found))?),
        ("search_nothing", measured(runs, || page(&nothing))?),
        ("school_by_sms", measured(runs, || page(&school))?),
        ("month_sum", measured(runs, || jol.month_sum(middle_ms))?),
        ("months", measured(runs, || jol.travel_months())?),
        ("export_month_csv", measured(runs.min(11), || jol.export(&month, ExportFormat::Csv))?),
        ("export_month_pdf", measured(runs.min(11), || jol.export(&month, ExportFormat::Pdf))?),
        ("export_all_json", measured(runs.min(5), || jol.export(&first, ExportFormat::Json))?),
    ];
    let entries = all(&jol)?;
    if bench.json {
        let row = |(name, times): &(&str, Vec<f64>)| {
            let times = json!({ "p50": round(quantile(times, 0.5)), "p99": round(quantile(times, 0.99)) });
            ((*name).to_owned(), times)
        };
        let times: serde_json::Map<_, _> = rows.iter().map(row).collect();
        println!(
            "{}",
            json!({ "rides": bench.rides, "entries": entries, "runs": runs, "seed": bench.seed, "ms": times })
        );
        return Ok(());
    }
    println!("{entries} entries, {} of them rides; times in ms    median      p99", bench.rides);
    for (name, times) in &rows {
        println!("  {name:<20} {:>8.2} {:>8.2}", quantile(times, 0.5), quantile(times, 0.99));
    }
    Ok(())
}

/// How many entries there are, page by page.
fn all(jol: &Jol) -> Result<usize, JolError> {
    let (mut query, mut count) = (TravelQuery { limit: 200, ..TravelQuery::default() }, 0);
    loop {
        let page = jol.travel_details(&query)?;
        count += page.entries.len();
        match page.next {
            Some(next) => query.after = Some(next),
            None => break Ok(count),
        }
    }
}

fn measured<T>(runs: u32, work: impl Fn() -> Result<T, JolError>) -> Result<Vec<f64>, JolError> {
    work()?;
    (0..runs)
        .map(|_| {
            let (done, ms) = timed(&work);
            done.map(|_| ms)
        })
        .collect()
}

/// Writes the rides as the wallet does, and answers the time of one in the middle.
fn fill(file: &Path, bench: &WalletBench, key: &SigningKey) -> Result<i64, Box<dyn Error>> {
    let mut wallet = Connection::open(file)?;
    let rows = wallet.transaction()?;
    let mut dice = Dice::new(bench.seed, "wallet");
    for nth in 0..bench.rides {
        let at_ms = NOON_MS - dice.between(0.0, THREE_YEARS_MS) as i64;
        put_ride(&rows, key, &mut dice, nth, at_ms)?;
        if dice.chance(0.06) {
            put_decline(&rows, key, &mut dice, nth, at_ms + 40_000)?;
        }
        if dice.chance(0.03) {
            let sql = "INSERT INTO top_up (key, card, provider, sum, state, asked_ms)
                       VALUES (?1, x'00', 'kaspi', ?2, 'done', ?3)";
            rows.execute(sql, params![format!("top-up-{nth:08}"), 50_000, at_ms + 80_000])?;
        }
    }
    let sql = "SELECT paid_ms FROM ride ORDER BY paid_ms LIMIT 1 OFFSET ?1";
    let middle_ms = rows.query_row(sql, [bench.rides / 2], |row| row.get(0))?;
    rows.commit()?;
    Ok(middle_ms)
}

/// Who rides on which line for how much, as JSON and values of the wallet.
struct Trip {
    line: String,
    painted: String,
    source: String,
    passengers: String,
    fare: i64,
}

fn trip(dice: &mut Dice) -> Result<Trip, serde_json::Error> {
    let category = *dice.pick(&Category::ALL);
    let fare = *dice.pick(&[0, 5_000, 10_000, 10_000, 12_000]);
    let sources = [Source::PhoneBalance, Source::PhoneBalance, Source::SmartCard { card: "c1".to_owned() }];
    Ok(Trip {
        line: format!("{}{}", 1 + dice.below(40), dice.pick(&["", "", "А", "Б"])),
        painted: format!("{:04}", 100 + dice.below(900)),
        source: serde_json::to_string(dice.pick(&sources))?,
        passengers: serde_json::to_string(&[PassengerGroup { category, count: 1 }])?,
        fare,
    })
}

fn put_ride(
    rows: &Transaction<'_>,
    key: &SigningKey,
    dice: &mut Dice,
    nth: u32,
    at_ms: i64,
) -> Result<(), Box<dyn Error>> {
    let Trip { line, painted, source, passengers, fare } = trip(dice)?;
    let (name, ride) = (format!("{nth:032x}"), format!("{nth:016x}"));
    let is_own = dice.chance(0.7);
    let way = if is_own { Way::App } else { *dice.pick(&Way::ALL) };
    let insert =
        "INSERT INTO ride (ride, key, city, vehicle, painted, plate, line, way, source, passengers, fare,
            paid_ms, boarding_stop, terminus, state, ends_ms, ticket, continues_on)
        VALUES (?1, ?2, 'sample', ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'ended', ?13, ?14, '[]')";
    let (stop, terminus) = (*dice.pick(&STOPS), *dice.pick(&STOPS));
    rows.prepare_cached(insert)?.execute(params![
        ride,
        name,
        painted,
        format!("{painted} JL 06"),
        line,
        way.number(),
        source,
        passengers,
        fare,
        at_ms + 2_000,
        stop,
        terminus,
        at_ms + 2_400_000,
        vec![7_u8; 242],
    ])?;
    if is_own {
        let request = format!("{{\"vehicle\":\"{painted}\",\"padding\":\"{}\"}}", "x".repeat(340));
        let receipt = signed(key, &name, request.as_bytes(), ReceiptOutcome::Paid, fare, at_ms)?;
        let insert = "INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms,
                request, state, ride, receipt, answered_ms)
            VALUES (?1, 'sample', ?2, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, 'paid', ?9, ?10, ?7)";
        let request = request.into_bytes();
        let of = params![name, painted, line, source, passengers, fare, at_ms, request, ride, receipt];
        rows.prepare_cached(insert)?.execute(of)?;
        for (account, tiyn) in [("phone", -fare), ("fares", fare)] {
            let insert =
                "INSERT INTO posting (transaction_key, at_ms, account, tiyn) VALUES (?1, ?2, ?3, ?4)";
            rows.prepare_cached(insert)?.execute(params![name, at_ms, account, tiyn])?;
        }
    }
    Ok(())
}

fn put_decline(
    rows: &Transaction<'_>,
    key: &SigningKey,
    dice: &mut Dice,
    nth: u32,
    at_ms: i64,
) -> Result<(), Box<dyn Error>> {
    let Trip { line, painted, source, passengers, fare } = trip(dice)?;
    let (name, request) = (format!("declined-{nth:023}"), b"{}".to_vec());
    let outcome = ReceiptOutcome::Declined { code: "no_money".to_owned() };
    let receipt = signed(key, &name, &request, outcome, 0, at_ms)?;
    let insert =
        "INSERT INTO payment (key, city, vehicle, painted, line, way, source, passengers, fare, tapped_ms,
            request, state, decline, receipt, answered_ms)
        VALUES (?1, 'sample', ?2, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, 'declined', 'no_money', ?9, ?7)";
    let of = params![name, painted, line, source, passengers, fare, at_ms, request, receipt];
    rows.prepare_cached(insert)?.execute(of)?;
    Ok(())
}

fn signed(
    key: &SigningKey,
    name: &str,
    request: &[u8],
    outcome: ReceiptOutcome,
    tiyn: i64,
    at_ms: i64,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let receipt = Receipt {
        idempotency_key: name.to_owned(),
        request_hash: request_hash(request),
        outcome,
        amount: Money::tiyn(tiyn),
        operator_time_ms: at_ms,
        ticket: None,
        reference: format!("n{at_ms}"),
    };
    Ok(receipt.sign(key)?)
}
