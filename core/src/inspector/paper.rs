//! Tickets for cash: a code on paper, and a number where there is no printer for codes.

use super::{Inspector, VerdictView, message_of, reason_text};
use crate::jol::{JolError, PassengerWords};
use crate::operator::wire::InspectionEntry;
use crate::text::{Language, say};
use crate::ticket::till::{Doubt, NumberVerdict, PaperCheck, PaperLooked, TillId, look};

impl Inspector {
    /// Looks at a number that is written on paper: ten digits, on the bus that is being checked. Needs no
    /// network, but the tills' keys of today ([`Inspector::refresh`] by a phone that is signed in as staff).
    pub fn check_paper(&self, number: &str) -> Result<VerdictView, JolError> {
        let now_ms = self.jol.operator_time_ms()?;
        let tills = self.jol.known_tills()?;
        let language = self.jol.language();
        let mut check = self.lock();
        let vehicle = check.vehicle.clone();
        let verdict = NumberVerdict::of(number, &tills, vehicle.as_deref(), now_ms, &check.papers);
        let sold = match verdict {
            NumberVerdict::Valid { till, passenger } | NumberVerdict::SeenBefore { till, passenger } => {
                Some((till, passenger))
            }
            _ => None,
        };
        if let (NumberVerdict::Valid { till, passenger }, Some(now_ms)) = (verdict, now_ms) {
            check.papers.add_number(till, passenger, now_ms);
        }
        drop(check);
        if let (Some((till, passenger)), Some(now_ms)) = (sold, now_ms) {
            self.note(till, passenger, verdict.code(), vehicle.clone(), now_ms)?;
        }
        Ok(view_of_number(verdict, sold, vehicle, language))
    }

    /// Looks at the text of a code for cash. The caller knows that it says to be one.
    pub(super) fn inspect_paper(&self, text: &str) -> Result<VerdictView, JolError> {
        let now_ms = self.jol.operator_time_ms()?;
        let (keys, status) = self.jol.for_checking()?;
        let language = self.jol.language();
        let Some(keys) = keys else {
            return Ok(super::view_of(&super::no_keys(), language));
        };
        let mut check = self.lock();
        let vehicle = check.vehicle.clone();
        let looked = look(
            text,
            &PaperCheck {
                keys: &keys,
                status: status.as_ref(),
                now_ms,
                vehicle: vehicle.as_deref(),
                began_ms: check.began_ms,
                seen: &check.papers,
            },
        );
        check.challenge = None;
        if let (None, Some((licence, sale)), Some(now_ms)) = (&looked.doubt, &looked.sold, now_ms) {
            check.papers.add_sale(licence.till, sale, now_ms);
        }
        drop(check);
        if let (Some((licence, sale)), Some(now_ms)) = (&looked.sold, now_ms) {
            self.note(licence.till, sale.serial, looked.code(), vehicle, now_ms)?;
        }
        Ok(view_of_paper(&looked, language))
    }

    fn note(
        &self,
        till: TillId,
        passenger: u16,
        verdict: &str,
        vehicle: Option<String>,
        at_ms: i64,
    ) -> Result<(), JolError> {
        self.jol.add_inspection(&InspectionEntry {
            ticket: till.ticket(passenger).to_string(),
            counter: None,
            verdict: verdict.to_owned(),
            vehicle: vehicle.unwrap_or_default(),
            at_ms,
        })
    }
}

fn verdict_text(code: &str, reason: Option<String>, language: Language) -> String {
    let verdict = say(language, &format!("verdict-{}", code.replace('_', "-")), &[]);
    reason.map_or(verdict.clone(), |reason| format!("{verdict}. {reason}"))
}

fn view_of_number(
    verdict: NumberVerdict,
    sold: Option<(TillId, u16)>,
    vehicle: Option<String>,
    language: Language,
) -> VerdictView {
    let reason = verdict.reason().map(|code| say(language, &message_of(code), &[]));
    let valid = verdict.code() == "valid";
    VerdictView {
        verdict: verdict.code().to_owned(),
        reason: verdict.reason().map(str::to_owned),
        text: verdict_text(verdict.code(), reason, language),
        facts: if valid { vec![say(language, "fact-number-only", &[])] } else { Vec::new() },
        line: None,
        bus: vehicle.filter(|_| sold.is_some()),
        passengers: Vec::new(),
        ticket: sold.map(|(till, passenger)| till.ticket(passenger).to_string()),
    }
}

fn view_of_paper(looked: &PaperLooked, language: Language) -> VerdictView {
    let (reason, words) = match &looked.doubt {
        None => (None, None),
        Some(Doubt::NotValid(reason)) => (Some(reason.code()), Some(reason_text(reason, language))),
        Some(Doubt::CannotTell(reason)) => {
            (Some(reason.code()), Some(say(language, &message_of(reason.code()), &[])))
        }
    };
    let facts = [
        (true, "fact-paper"),
        (looked.facts.bought_after_check_began, "fact-bought-after"),
        (looked.facts.continued, "fact-continued"),
        (looked.facts.no_status_list, "fact-no-status-list"),
    ];
    let told = looked.sold.is_some() && !matches!(looked.doubt, Some(Doubt::NotValid(_)));
    let facts = facts.into_iter().filter(|(holds, _)| *holds && told);
    let sale = looked.sold.as_ref().map(|(_, sale)| sale);
    let passengers = sale.map(|sale| sale.passengers.as_slice()).unwrap_or_default();
    VerdictView {
        verdict: looked.code().to_owned(),
        reason: reason.map(str::to_owned),
        text: verdict_text(looked.code(), words, language),
        facts: facts.map(|(_, message)| say(language, message, &[])).collect(),
        line: sale.map(|sale| sale.line.clone()),
        bus: sale.map(|sale| sale.vehicle.clone()),
        passengers: passengers.iter().map(|group| PassengerWords::of(group, language)).collect(),
        ticket: looked.sold.as_ref().map(|(licence, sale)| licence.till.ticket(sale.serial).to_string()),
    }
}
