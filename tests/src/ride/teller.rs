use super::RideError;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write;
use std::time::Instant;

/// To whom the ride is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// People at a terminal.
    People,
    /// Programs: a line of JSON a step.
    Json,
    /// Nobody: a bench wants the times alone.
    Silent,
}

/// What a ride took.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Each step by its name, in its order, in ms.
    pub steps: Vec<(String, f64)>,
    /// The whole ride, making the city included, in ms.
    pub whole_ms: f64,
    /// Making the city's feed and map, or reading them, and importing them, in ms.
    pub city_ms: f64,
    /// Opening the wallet for the first time, in ms.
    pub new_wallet_ms: f64,
    /// From a closed app to the ticket's code, without a network, in ms.
    pub cold_ticket_ms: f64,
}

/// Tells the ride, and times it.
pub(super) struct Teller {
    voice: Voice,
    started: Instant,
    step_started: Instant,
    said: Vec<String>,
    pictures: Vec<(usize, String)>,
    facts: Map<String, Value>,
    told: Told,
}

/// What a program reads of a step.
#[derive(Serialize)]
struct StepLine<'a> {
    step: usize,
    name: &'a str,
    ms: f64,
    said: &'a [String],
    #[serde(flatten)]
    facts: Map<String, Value>,
}

/// What a program reads at the end.
#[derive(Serialize)]
struct LastLine {
    ride: &'static str,
    steps: usize,
    ms: f64,
    #[serde(flatten)]
    facts: Map<String, Value>,
}

/// The terminal times itself by the machine's clock; nothing is decided by it.
#[expect(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

/// How long this took, in ms.
pub(super) fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let start = now();
    let done = what();
    (done, start.elapsed().as_secs_f64() * 1_000.0)
}

impl Teller {
    pub(super) fn new(voice: Voice) -> Teller {
        let now = now();
        Teller {
            voice,
            started: now,
            step_started: now,
            said: Vec::new(),
            pictures: Vec::new(),
            facts: Map::new(),
            told: Told::default(),
        }
    }

    /// Whether people look on, so that a bar may move.
    pub(super) fn people(&self) -> bool {
        self.voice == Voice::People
    }

    /// A line before the first step.
    pub(super) fn head(&self, line: &str) {
        if self.people() {
            println!("{line}");
        }
    }

    /// What happened in this step.
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// A picture in the midst of what is said, for people alone.
    pub(super) fn picture(&mut self, picture: String) {
        self.pictures.push((self.said.len(), picture));
    }

    /// A fact of this step for who reads JSON.
    pub(super) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// What the city took.
    pub(super) fn city_made_in(&mut self, ms: f64) {
        self.told.city_ms = ms;
    }

    /// What the wallet took to open for the first time; the first step begins.
    pub(super) fn opened_in(&mut self, ms: f64) {
        self.told.new_wallet_ms = ms;
        self.step_started = now();
    }

    /// What the ticket took to show from a closed app.
    pub(super) fn shown_in(&mut self, ms: f64) {
        self.told.cold_ticket_ms = ms;
        self.fact("cold_ticket_ms", round(ms));
    }

    /// The step is over.
    pub(super) fn step(&mut self, name: &str, title: &str) -> Result<(), RideError> {
        let ms = self.step_started.elapsed().as_secs_f64() * 1_000.0;
        self.told.steps.push((name.to_owned(), ms));
        let number = self.told.steps.len();
        let (said, facts) = (std::mem::take(&mut self.said), std::mem::take(&mut self.facts));
        let pictures = std::mem::take(&mut self.pictures);
        let text = match self.voice {
            Voice::Silent => String::new(),
            Voice::Json => {
                let line = StepLine { step: number, name, ms: round(ms), said: &said, facts };
                format!("{}\n", serde_json::to_string(&line).unwrap_or_default())
            }
            Voice::People => {
                let dots = "·".repeat(70_usize.saturating_sub(title.chars().count()));
                let mut text = format!("\n {number:>2}  {title} {dots} {ms:.1} ms\n");
                let pictures_at = |at: usize| {
                    pictures.iter().filter(move |(place, _)| *place == at).map(|(_, p)| p.as_str())
                };
                for at in 0..=said.len() {
                    let here = pictures_at(at).chain(said.get(at).map(String::as_str));
                    for line in here.flat_map(str::lines) {
                        text.push_str(&format!("     {line}\n"));
                    }
                }
                text
            }
        };
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.step_started = now();
        written.map_err(|source| RideError::Io { what: "standard output".into(), source })
    }

    /// The ride came to its end.
    pub(super) fn end(mut self, facts: Map<String, Value>) -> Told {
        self.told.whole_ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        let (steps, ms) = (self.told.steps.len(), self.told.whole_ms);
        match self.voice {
            Voice::Silent => {}
            Voice::Json => {
                let line = LastLine { ride: "ok", steps, ms: round(ms), facts };
                println!("{}", serde_json::to_string(&line).unwrap_or_default());
            }
            Voice::People => println!("\n     The ride is over: {steps} steps in {:.2} s.", ms / 1_000.0),
        }
        self.told
    }
}

fn round(ms: f64) -> f64 {
    (ms * 1_000.0).round() / 1_000.0
}
