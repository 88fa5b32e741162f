use super::RideError;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::time::Instant;

/// Tells the ride: for people, or a line of JSON a step.
pub(super) struct Teller {
    json: bool,
    started: Instant,
    step_started: Instant,
    said: Vec<String>,
    facts: Map<String, Value>,
    steps: usize,
}

/// The terminal times itself by the machine's clock; nothing is decided by it.
#[expect(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

impl Teller {
    pub(super) fn new(json: bool) -> Teller {
        let now = now();
        Teller { json, started: now, step_started: now, said: Vec::new(), facts: Map::new(), steps: 0 }
    }

    /// A line before the first step.
    pub(super) fn head(&self, line: &str) {
        if !self.json {
            println!("{line}");
        }
    }

    /// What happened in this step.
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// A fact of this step for who reads JSON.
    pub(super) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// The step is over.
    pub(super) fn step(&mut self, name: &str, title: &str) -> Result<(), RideError> {
        self.steps += 1;
        let ms = self.step_started.elapsed().as_secs_f64() * 1_000.0;
        let (said, facts) = (std::mem::take(&mut self.said), std::mem::take(&mut self.facts));
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            let mut line = json!({ "step": self.steps, "name": name, "ms": round(ms), "said": said });
            if let Value::Object(object) = &mut line {
                object.extend(facts);
            }
            writeln!(out, "{line}")
        } else {
            let body: String =
                said.iter().flat_map(|text| text.lines()).map(|line| format!("     {line}\n")).collect();
            let dots = "·".repeat(70_usize.saturating_sub(title.chars().count()));
            writeln!(out, "\n {:>2}  {title} {dots} {ms:.1} ms\n{body}", self.steps)
        };
        self.step_started = now();
        written
            .and_then(|()| out.flush())
            .map_err(|source| RideError::Io { what: "standard output".into(), source })
    }

    /// The ride came to its end.
    pub(super) fn end(&self, facts: Value) {
        let ms = self.started.elapsed().as_secs_f64() * 1_000.0;
        if self.json {
            let mut line = json!({ "ride": "ok", "steps": self.steps, "ms": round(ms) });
            if let (Value::Object(object), Value::Object(facts)) = (&mut line, facts) {
                object.extend(facts);
            }
            println!("{line}");
        } else {
            println!("     The ride is over: {} steps in {:.2} s.", self.steps, ms / 1_000.0);
        }
    }
}

fn round(ms: f64) -> f64 {
    (ms * 1_000.0).round() / 1_000.0
}
