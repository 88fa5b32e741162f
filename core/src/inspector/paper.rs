//! Tickets for cash: a code on paper, and a number where there is no printer for codes.

use super::told::{Told, zone_of};
use super::{Inspector, VerdictView, no_keys};
use crate::jol::{JolError, name_of};
use crate::operator::wire::InspectionEntry;
use crate::ticket::Says;
use crate::ticket::till::{NumberVerdict, PaperCheck, PaperLooked, look};

impl Inspector {
    /// Looks at a number that is written on paper: ten digits, on the bus that is being checked. Needs no
    /// network, but the tills' keys of today ([`Inspector::refresh`] by a phone that is signed in as staff).
    pub fn check_paper(&self, number: &str) -> Result<VerdictView, JolError> {
        let (tills, now_ms) = (self.jol.known_tills()?, self.jol.operator_time_ms()?);
        let mut check = self.lock();
        let vehicle = check.vehicle.as_deref().map(|vehicle| name_of(vehicle).to_owned());
        let verdict = NumberVerdict::of(number, &tills, vehicle.as_deref(), now_ms, &check.papers);
        let says = verdict.says(&check.papers);
        let sold = match verdict {
            NumberVerdict::Valid { till, passenger } | NumberVerdict::SeenBefore { till, passenger } => {
                Some(till.ticket(passenger).to_string())
            }
            _ => None,
        };
        if let (NumberVerdict::Valid { till, passenger }, Some(now_ms)) = (verdict, now_ms) {
            check.papers.add_number(till, passenger, now_ms);
        }
        let entry = sold.clone().zip(now_ms).map(|(ticket, now_ms)| InspectionEntry {
            ticket: Some(ticket),
            ..check.entry(says.code(), now_ms)
        });
        let facts = if says == Says::Valid { vec![("fact-number-only", None)] } else { Vec::new() };
        let bus = vehicle.filter(|_| sold.is_some());
        let told = Told { says, facts, zone: None, line: None, bus, passengers: Vec::new(), ticket: sold };
        self.tell(check, told, entry, None)
    }

    /// Looks at the text of a code for cash. The caller knows that it says to be one.
    pub(super) fn inspect_paper(&self, text: &str) -> Result<VerdictView, JolError> {
        let (kept, now_ms) = (self.jol.for_checking(None)?, self.jol.operator_time_ms()?);
        let mut check = self.lock();
        let Some(keys) = kept.keys else { return self.tell(check, no_keys(), None, None) };
        check.challenge = None;
        let knows = PaperCheck {
            keys: &keys,
            status: kept.status.as_ref(),
            now_ms,
            vehicle: check.vehicle.as_deref().map(name_of),
            began_ms: check.began_ms,
            seen: &check.papers,
        };
        let looked = look(text, &knows);
        let told = told_of(&looked);
        let entry = told.ticket.clone().zip(now_ms).map(|(ticket, now_ms)| InspectionEntry {
            ticket: Some(ticket),
            ..check.entry(looked.says.code(), now_ms)
        });
        if let (Says::Valid, Some((licence, sale)), Some(now_ms)) = (&looked.says, &looked.sold, now_ms) {
            check.papers.add_sale(licence.till, sale, now_ms);
        }
        self.tell(check, told, entry, None)
    }
}

fn told_of(looked: &PaperLooked) -> Told {
    let facts = [
        (true, "fact-paper"),
        (looked.facts.bought_after_check_began, "fact-bought-after"),
        (looked.facts.continued, "fact-continued"),
        (looked.facts.no_status_list, "fact-no-status-list"),
    ];
    // What refuses a ticket needs no facts beside it.
    let told = looked.sold.is_some() && !matches!(looked.says, Says::NotValid(_));
    let sale = looked.sold.as_ref().map(|(_, sale)| sale);
    let end = looked.sold.as_ref().filter(|_| told).map(|(licence, _)| &licence.end);
    Told {
        zone: end.and_then(zone_of),
        says: looked.says.clone(),
        facts: facts.into_iter().filter(|(holds, _)| *holds && told).map(|(_, fact)| (fact, None)).collect(),
        line: sale.map(|sale| sale.line.clone()),
        bus: sale.map(|sale| sale.vehicle.clone()),
        passengers: sale.map(|sale| sale.passengers.clone()).unwrap_or_default(),
        ticket: looked.sold.as_ref().map(|(licence, sale)| licence.till.ticket(sale.serial).to_string()),
    }
}
