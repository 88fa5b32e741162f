//! The sandbox's own controls, which no operator has: they move its time, read its messages, play the
//! bank, the office and the depot, and ask for faults. They are not part of the contract.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /sandbox/clock` | `{"now_ms"}` |
//! | `POST /sandbox/clock` `{"advance_ms"}` or `{"set_ms"}` | moves time; answers the same |
//! | `GET /sandbox/messages/{to}` | the last SMS or e-mail: `{"text","code","at_ms"}` |
//! | `POST /sandbox/bank/{id}` `{"paid":true}` | the bank's word about a top-up or a card's linking |
//! | `POST /sandbox/cards` `{"to"?,"category","name"?,"valid_until"?,"form"?}` | an office issues a card |
//! | `POST /sandbox/cards/{number}` `{"state":"active"}` | a proof was checked, a card stopped |
//! | `POST /sandbox/cards/{number}/proof` `{"born"?,"refused"?}` | a proof was looked at |
//! | `POST /sandbox/cards/{number}/code` | `{"code"}`: what came with a card, or an office gives |
//! | `GET /sandbox/cards/{number}/sticker` | `{"code"}`: what is printed on a card that is a code |
//! | `POST /sandbox/validations/{number}` `{"at_office"?}` | a plastic card is held to a validator |
//! | `POST /sandbox/devices/{device}` | an office confirms a new phone: it waits no longer |
//! | `POST /sandbox/sims/{number}` `{"recycled"?}` | a SIM is replaced, or its number is another subscriber's |
//! | `POST /sandbox/vehicles/{vehicle}` `{"broken_down"?}` | ends the bus's run |
//! | `GET /sandbox/stickers/{vehicle}` | `{"code"}`: what hangs in the bus |
//! | `GET /sandbox/terminals/{vehicle}` | `{"code"}`: what the bus's terminal shows now |
//! | `POST /sandbox/faults` `{"operation","kind",…,"times"?}` | see `faults` |
//! | `DELETE /sandbox/faults` | no more of them |
//! | `POST /sandbox/tickets` `{"signed":false}` | tickets cannot be signed; `true`: again |
//! | `GET /sandbox/sample` | `{"city","from","to","at_ms"}`: two addresses with a transfer between them |
//! | `GET /sandbox/passenger?city&trip&day&from&to` | what the phone of a passenger on this trip feels |
//! | `POST /sandbox/rides` `{"vehicle","way","number","passengers"?,"account"?}` | a message, a till or a conductor was paid for a ride |
//! | `POST /sandbox/messages` `{"way"?,"from","to"?,"text","id","sent_ms"?}` | a SIM or a messenger sends a message that pays; the answer is `{"from","text"}` |
//! | `POST /sandbox/terminals/{vehicle}` `{"silent_since_ms"}` | nobody hears of a terminal; null: again |
//! | `GET /sandbox/inspections` | what inspectors reported |
//! | `GET /sandbox/intents` | what they saw of payments that had no answer, and what became of them |
//! | `GET /sandbox/ledger` | `{"balanced","faults"}` |
//! | `GET /sandbox/root` | `{"issuer","public_key"}`: what the app's list of operators says |
//! | `GET /bank/{id}`, `POST /bank/{id}/paid`, `/refused` | the bank's page, for people |

use super::STICKER_HOST;
use super::desk::{Answer, DeliveredMessage, EnteredRide, Refusal, not_found};
use super::faults::Fault;
use super::http::{Shared, respond};
use super::rules::problem;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::civil::Date;
use jol_core::operator::wire::{Base64, CardForm, CardState, problem as codes};
use jol_core::text::Words;
use jol_core::ticket::StickerKind;
use jol_core::wallet::Category;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

type Held = State<Arc<Shared>>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox/clock", get(read_clock).post(move_clock))
        .route("/sandbox/messages", post(take_message))
        .route("/sandbox/messages/{to}", get(last_message))
        .route("/sandbox/bank/{id}", post(bank_says))
        .route("/sandbox/cards", post(issue_card))
        .route("/sandbox/cards/{number}", post(set_card))
        .route("/sandbox/cards/{number}/proof", post(prove_card))
        .route("/sandbox/cards/{number}/code", post(give_card_code))
        .route("/sandbox/cards/{number}/sticker", get(card_sticker))
        .route("/sandbox/validations/{number}", post(validate_card))
        .route("/sandbox/devices/{device}", post(confirm_device))
        .route("/sandbox/sims/{number}", post(replace_sim))
        .route("/sandbox/vehicles/{vehicle}", post(end_run))
        .route("/sandbox/stickers/{vehicle}", get(sticker))
        .route("/sandbox/terminals/{vehicle}", get(terminal))
        .route("/sandbox/faults", post(add_fault).delete(clear_faults))
        .route("/sandbox/tickets", post(sign_tickets))
        .route("/sandbox/sample", get(sample))
        .route("/sandbox/passenger", get(passenger))
        .route("/sandbox/rides", post(enter_ride))
        .route("/sandbox/terminals/{vehicle}", post(silence))
        .route("/sandbox/inspections", get(inspections))
        .route("/sandbox/intents", get(intents))
        .route("/sandbox/ledger", get(ledger))
        .route("/sandbox/root", get(root))
        .route("/bank/{id}", get(bank_page))
        .route("/bank/{id}/paid", post(async |held, id| bank_button(held, id, true)))
        .route("/bank/{id}/refused", post(async |held, id| bank_button(held, id, false)))
}

fn told(answer: Result<Value, Refusal>) -> Response {
    respond(match answer {
        Ok(value) => Answer::json(&value),
        Err(Refusal::Problem(problem)) => Answer::problem(&problem),
        Err(Refusal::Broken(why)) => Answer::problem(&problem(500, codes::UNAVAILABLE, &why)),
    })
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| problem(400, codes::BAD_REQUEST, &error.to_string()).into())
}

fn found<T>(what: Option<T>) -> Result<T, Refusal> {
    what.ok_or_else(|| not_found().into())
}

async fn read_clock(State(shared): Held) -> Response {
    told(Ok(json!({ "now_ms": shared.desk.clock.now_ms() })))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockMove {
    AdvanceMs(i64),
    SetMs(i64),
}

async fn move_clock(State(shared): Held, body: Bytes) -> Response {
    let clock = &shared.desk.clock;
    told(read(&body).map(|how| {
        match how {
            ClockMove::AdvanceMs(ms) => clock.advance_ms(ms),
            ClockMove::SetMs(ms) => clock.set_ms(ms),
        }
        json!({ "now_ms": clock.now_ms() })
    }))
}

/// Two addresses of the sample city that a journey with a transfer lies between.
async fn sample(State(shared): Held) -> Response {
    told((|| {
        let city = found(shared.desk.operator.cities.iter().find(|city| city.sample))?;
        let (from, to) = found(city.addresses.as_ref())?;
        let at_ms = shared.desk.clock.now_ms();
        Ok(json!({ "city": city.rules.city, "from": from.ru, "to": to.ru, "at_ms": at_ms }))
    })())
}

#[derive(Deserialize)]
struct Asked {
    city: String,
    trip: String,
    day: i32,
    from: String,
    to: String,
}

async fn passenger(State(shared): Held, Query(asked): Query<Asked>) -> Response {
    told((|| {
        let city = found(shared.desk.operator.cities.iter().find(|city| city.rules.city == asked.city))?;
        let rides = found(city.live.passenger(&asked.trip, asked.day, &asked.from, &asked.to))?;
        let fixes = rides.fixes.iter().map(|fix| {
            json!({
                "at_ms": fix.at_ms, "lat": fix.point.lat, "lon": fix.point.lon, "accuracy_m": fix.accuracy_m,
                "speed_mps": fix.speed_mps, "bearing_deg": fix.bearing_deg,
            })
        });
        Ok(json!({
            "vehicle": rides.vehicle, "painted": rides.painted, "boards_ms": rides.boards_ms,
            "alights_ms": rides.alights_ms, "terminus_ms": rides.terminus_ms, "fixes": fixes.collect::<Vec<_>>(),
        }))
    })())
}

async fn last_message(State(shared): Held, Path(to): Path<String>) -> Response {
    told((|| {
        let mut ledger = shared.desk.lock();
        let (text, at_ms) = found(ledger.begin()?.last_message(&to)?)?;
        let code: String = text.chars().filter(char::is_ascii_digit).collect();
        Ok(json!({ "text": text, "code": code, "at_ms": at_ms }))
    })())
}

#[derive(Deserialize)]
struct BankWord {
    paid: bool,
}

async fn bank_says(State(shared): Held, Path(id): Path<String>, body: Bytes) -> Response {
    told((|| {
        let word: BankWord = read(&body)?;
        let known = shared.desk.bank_says(&id, word.paid)?;
        found(known.then(|| json!({ "paid": word.paid })))
    })())
}

#[derive(Deserialize)]
struct Issue {
    to: Option<String>,
    category: Category,
    #[serde(default)]
    name: String,
    valid_until: Option<String>,
    #[serde(default)]
    form: CardForm,
}

async fn issue_card(State(shared): Held, body: Bytes) -> Response {
    told((|| {
        let issue: Issue = read(&body)?;
        let card = shared.desk.issue_card(
            issue.to.as_deref(),
            (issue.category, issue.form),
            &issue.name,
            issue.valid_until,
        )?;
        Ok(json!(found(card)?))
    })())
}

#[derive(Deserialize)]
struct NewState {
    state: CardState,
}

async fn set_card(State(shared): Held, Path(number): Path<String>, body: Bytes) -> Response {
    told((|| {
        let new: NewState = read(&body)?;
        Ok(json!(found(shared.desk.set_card(&number, new.state)?)?))
    })())
}

#[derive(Deserialize)]
struct Proof {
    born: Option<Date>,
    refused: Option<Words>,
}

async fn prove_card(State(shared): Held, Path(number): Path<String>, body: Bytes) -> Response {
    told((|| {
        let proof: Proof = read(&body)?;
        Ok(json!(found(shared.desk.prove_card(&number, proof.born, proof.refused)?)?))
    })())
}

async fn give_card_code(State(shared): Held, Path(number): Path<String>) -> Response {
    told((|| Ok(json!({ "code": found(shared.desk.give_card_code(&number)?)? })))())
}

async fn card_sticker(State(shared): Held, Path(number): Path<String>) -> Response {
    let code = shared.desk.keys.sticker(StickerKind::Card, &number, STICKER_HOST);
    told(found(code.ok()).map(|code| json!({ "code": code })))
}

#[derive(Deserialize)]
struct Validation {
    #[serde(default)]
    at_office: bool,
}

async fn validate_card(State(shared): Held, Path(number): Path<String>, body: Bytes) -> Response {
    told((|| {
        let validation: Validation = read(&body)?;
        Ok(json!(found(shared.desk.validate_card(&number, validation.at_office)?)?))
    })())
}

async fn confirm_device(State(shared): Held, Path(device): Path<String>) -> Response {
    told((|| {
        let mut ledger = shared.desk.lock();
        let books = ledger.begin()?;
        let known = books.confirm_device(&device)?;
        books.commit()?;
        found(known.then(|| json!({ "device": device })))
    })())
}

#[derive(Deserialize)]
struct NewSim {
    #[serde(default)]
    recycled: bool,
}

async fn replace_sim(State(shared): Held, Path(number): Path<String>, body: Bytes) -> Response {
    told((|| {
        let NewSim { recycled } = read(&body)?;
        let mut ledger = shared.desk.lock();
        let books = ledger.begin()?;
        books.replace_sim(&number, recycled, shared.desk.clock.now_ms())?;
        books.commit()?;
        Ok(json!({ "number": number, "recycled": recycled }))
    })())
}

#[derive(Deserialize)]
struct EndOfRun {
    #[serde(default)]
    broken_down: bool,
}

async fn end_run(State(shared): Held, Path(vehicle): Path<String>, body: Bytes) -> Response {
    told((|| {
        let end: EndOfRun = read(&body)?;
        let ran = shared.desk.end_run(&vehicle, end.broken_down)?;
        found(ran.then(|| json!({ "vehicle": vehicle })))
    })())
}

async fn sticker(State(shared): Held, Path(vehicle): Path<String>) -> Response {
    let code = shared.desk.keys.sticker(StickerKind::Bus, &vehicle, STICKER_HOST);
    told(found(code.ok()).map(|code| json!({ "code": code })))
}

async fn terminal(State(shared): Held, Path(vehicle): Path<String>) -> Response {
    told(found(shared.desk.terminal_code(&vehicle)).map(|code| json!({ "code": code })))
}

async fn add_fault(State(shared): Held, body: Bytes) -> Response {
    told(read::<Fault>(&body).map(|fault| {
        let said = json!(fault);
        shared.faults.add(fault);
        said
    }))
}

async fn clear_faults(State(shared): Held) -> Response {
    shared.faults.clear();
    told(Ok(json!({})))
}

#[derive(Deserialize)]
struct Signing {
    signed: bool,
}

async fn sign_tickets(State(shared): Held, body: Bytes) -> Response {
    told(read(&body).map(|Signing { signed }| {
        shared.desk.is_without_tickets.store(!signed, Ordering::Relaxed);
        json!({ "signed": signed })
    }))
}

async fn inspections(State(shared): Held) -> Response {
    told((|| Ok(json!({ "checks": shared.desk.lock().begin()?.inspections()? })))())
}

async fn enter_ride(State(shared): Held, body: Bytes) -> Response {
    told((|| {
        let entered: EnteredRide = read(&body)?;
        Ok(json!(shared.desk.enter_ride(&entered)?))
    })())
}

async fn take_message(State(shared): Held, body: Bytes) -> Response {
    told((|| {
        let message: DeliveredMessage = read(&body)?;
        Ok(json!(shared.desk.take_message(&message)?))
    })())
}

#[derive(Deserialize)]
struct Silence {
    silent_since_ms: Option<i64>,
}

async fn silence(State(shared): Held, Path(vehicle): Path<String>, body: Bytes) -> Response {
    told((|| {
        let silence: Silence = read(&body)?;
        let mut ledger = shared.desk.lock();
        let books = ledger.begin()?;
        books.silence(&vehicle, silence.silent_since_ms)?;
        books.commit()?;
        Ok(json!({ "vehicle": vehicle }))
    })())
}

async fn intents(State(shared): Held) -> Response {
    told((|| {
        let seen = shared.desk.seen_intents()?.into_iter().map(|row| {
            json!({
                "payment": Base64(row.payment), "phone": Base64(row.phone), "account": row.account,
                "shown": row.shown, "seen_ms": row.seen_ms, "became": row.became,
            })
        });
        Ok(json!({ "intents": seen.collect::<Vec<_>>() }))
    })())
}

async fn ledger(State(shared): Held) -> Response {
    told((|| {
        let faults = shared.desk.lock().faults()?;
        Ok(json!({ "balanced": faults.is_empty(), "faults": faults }))
    })())
}

async fn root(State(shared): Held) -> Response {
    let root = shared.desk.keys.root();
    told(Ok(json!({ "issuer": root.issuer.to_string(), "public_key": Base64(root.public_key.to_vec()) })))
}

/// The page that an app hands over to. It says nothing to the app: only the operator's answer counts.
async fn bank_page(State(shared): Held, Path(id): Path<String>) -> Response {
    match shared.desk.at_bank(&id) {
        Ok(Some(what)) => {
            let what = match what {
                Some(sum) => format!("Card top-up: {sum} ₸"),
                None => "Link a bank card".to_owned(),
            };
            // The id is known, so it is one that the operator made, of letters and digits.
            page(&format!(
                "<h1>Sample bank</h1><p>{what}</p><form method=post>\
                 <button formaction=\"/bank/{id}/paid\">OK</button>\
                 <button formaction=\"/bank/{id}/refused\">Cancel</button></form>"
            ))
        }
        Ok(None) => told(Err(not_found().into())),
        Err(refusal) => told(Err(refusal)),
    }
}

fn bank_button(State(shared): Held, Path(id): Path<String>, paid: bool) -> Response {
    match shared.desk.bank_says(&id, paid) {
        Ok(true) => page("<h1>Sample bank</h1><p>You can go back to the app.</p>"),
        Ok(false) => told(Err(not_found().into())),
        Err(refusal) => told(Err(refusal)),
    }
}

fn page(body: &str) -> Response {
    let html = format!("<!doctype html><meta charset=utf-8><title>Sample bank</title>{body}");
    respond(Answer::with(200, "text/html; charset=utf-8", html.into()))
}
