//! `jol statistics`: an operator's statistics by social category, in the terminal.

use crate::published::{AskError, Operator};
use crate::say;
use serde_json::Value;
use std::fmt::Write;

/// What `jol statistics` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct StatisticsArgs {
    /// The operator: an address, or a file with the line of `jol operator`
    #[arg(long, value_name = "URL")]
    pub operator: String,
    /// A session of the operator's staff; every sandbox knows this one
    #[arg(long, default_value = "sandbox-inspector")]
    pub token: String,
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: String,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: String,
    /// By what time is counted: day or month
    #[arg(long, default_value = "month")]
    pub by: String,
    /// The operator's answer as it came
    #[arg(long)]
    pub json: bool,
}

/// Asks for the statistics and prints them.
///
/// # Errors
/// [`AskError`].
pub fn statistics(args: &StatisticsArgs) -> Result<(), AskError> {
    let operator = Operator::named(&args.operator)?;
    let path = format!("/v1/statistics?from={}&until={}&by={}", args.from, args.until, args.by);
    let body = operator.get(&path, Some(&args.token))?;
    let bad = |why: String| AskError::Answer { address: operator.address.clone(), why };
    let answer: Value = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    match args.json {
        true => say(answer)?,
        false => say(words_of(&answer).trim_end())?,
    }
    Ok(())
}

fn words_of(answer: &Value) -> String {
    let mut text = String::new();
    let list = |of: &str| answer.get(of).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |row: &Value, of: &str| row.get(of).and_then(Value::as_str).unwrap_or("…").to_owned();
    let number = |row: &Value, of: &str| row.get(of).and_then(Value::as_i64).unwrap_or(0);
    for row in list("cells") {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<10}  {:<12}  {:<10}  line {:<6}  {:>7} rides  {:>10} ₸",
            word(&row, "period"),
            word(&row, "category"),
            word(&row, "way"),
            word(&row, "line"),
            number(&row, "rides"),
            number(&row, "sum") / 100,
        );
    }
    for row in list("totals") {
        let (rides, tenge) = (number(&row, "rides"), number(&row, "sum") / 100);
        let _ = writeln!(text, "{:<12}  {rides:>7} rides  {tenge:>10} ₸", word(&row, "category"));
    }
    let least = number(answer, "least_payers");
    let _ = writeln!(text, "What has under {least} payers, or would give such away, is left out.");
    text
}
