//! What inspectors report: which ticket, which verdict, in which bus, when. No more than this.

use super::payments::LAST_MS;
use super::problem;
use jol_core::operator::wire::{InspectionEntry, InspectionReport, Problem, problem as codes};
use jol_core::ticket::ShownIntent;
use jol_core::ticket::presentation::LONGEST_TEXT;
use jol_core::ticket::voucher::MOST_RIDES;

/// The most checks in one report.
pub const MOST_CHECKS: usize = 1_000;
/// What an inspector's phone may have said.
pub const VERDICTS: [&str; 3] = ["valid", "not_valid", "cannot_tell"];

/// Refuses a report that is not what the contract says.
pub fn check(report: &InspectionReport) -> Result<(), Problem> {
    let bad = |title| Err(problem(400, codes::BAD_REQUEST, title));
    if report.checks.len() > MOST_CHECKS {
        return bad("checks: at most 1000");
    }
    if !report.checks.iter().all(|entry| VERDICTS.contains(&entry.verdict.as_str())) {
        return bad("verdict: valid, not_valid or cannot_tell");
    }
    if !report.checks.iter().all(is_well_formed) {
        return bad("ticket: 16 hexadecimal digits, or intent: JOLI1:…; counter: 1 to 3; at_ms: a time");
    }
    Ok(())
}

fn is_well_formed(entry: &InspectionEntry) -> bool {
    let hexadecimal =
        |id: &String| id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let seen = match (&entry.ticket, &entry.intent) {
        (Some(ticket), None) => hexadecimal(ticket) && entry.challenge.is_none(),
        (None, Some(intent)) => {
            let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b" $%*+-./:".contains(&b);
            ShownIntent::is_intent(intent) && intent.len() <= LONGEST_TEXT && intent.bytes().all(plain)
        }
        _ => false,
    };
    let challenge = entry.challenge.as_ref().is_none_or(|challenge| challenge.0.len() == 8);
    let counter = entry.counter.is_none_or(|counter| (1..=MOST_RIDES).contains(&counter));
    seen && challenge && counter && (0..=LAST_MS).contains(&entry.at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jol_core::operator::wire::Base64;

    fn report(ticket: &str, verdict: &str, at_ms: i64) -> InspectionReport {
        let entry = InspectionEntry {
            ticket: Some(ticket.to_owned()),
            intent: None,
            challenge: None,
            counter: None,
            verdict: verdict.to_owned(),
            vehicle: "0547".to_owned(),
            at_ms,
        };
        InspectionReport { checks: vec![entry] }
    }

    #[test]
    fn only_known_verdicts_about_ticket_ids_are_taken() {
        assert!(check(&report("0123456789abcdef", "valid", 0)).is_ok());
        for bad in [
            report("0123456789abcdef", "fine", 0),
            report("0123456789ABCDEF", "valid", 0),
            report("0123", "valid", 0),
            report("0123456789abcdef", "valid", -1),
        ] {
            assert!(check(&bad).is_err());
        }
        for (counter, taken) in [(0, false), (1, true), (MOST_RIDES, true), (MOST_RIDES + 1, false)] {
            let mut report = report("0123456789abcdef", "valid", 0);
            report.checks[0].counter = Some(counter);
            assert_eq!(check(&report).is_ok(), taken, "{counter}");
        }
        let entry = report("0123456789abcdef", "valid", 0).checks.remove(0);
        let of = |ticket: Option<&str>, intent: Option<&str>, challenge: Option<usize>| {
            let challenge = challenge.map(|length| Base64(vec![7; length]));
            let (ticket, intent) = (ticket.map(str::to_owned), intent.map(str::to_owned));
            check(&InspectionReport {
                checks: vec![InspectionEntry { ticket, intent, challenge, ..entry.clone() }],
            })
        };
        assert!(of(None, Some("JOLI1:00"), None).is_ok() && of(None, Some("JOLI1:00"), Some(8)).is_ok());
        for other in [None, Some("JOL1:00"), Some("JOLI1:ж"), Some("JOLI1:a")] {
            assert!(of(None, other, None).is_err(), "{other:?}");
        }
        assert!(of(entry.ticket.as_deref(), Some("JOLI1:00"), None).is_err(), "one of the two");
        assert!(of(entry.ticket.as_deref(), None, Some(8)).is_err(), "a ticket's answer is not kept");
        assert!(of(None, Some("JOLI1:00"), Some(7)).is_err());
        assert!(of(None, Some(&format!("JOLI1:{}", "0".repeat(390))), None).is_err());
        assert!(check(&InspectionReport { checks: vec![entry; MOST_CHECKS + 1] }).is_err());
    }
}
