//! What inspectors report, and what the operator does with its buses.

use super::{Answer, Asked, Desk, Refusal};
use crate::sandbox::fleet::Run;
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::inspections;
use crate::sandbox::rules::rides;
use jol_core::operator::wire::InspectionReport;

pub(super) fn report(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let report: InspectionReport = asked.call.json()?;
    inspections::check(&report)?;
    for entry in &report.checks {
        asked.books.put_inspection(entry)?;
        desk.note_intent(asked.books, entry)?;
        desk.saw_voucher(asked, entry)?;
        desk.saw_ticket(asked, entry)?;
    }
    desk.settle_intents(asked.books, asked.now_ms)?;
    Ok(Answer::with(204, "application/json", Default::default()))
}

impl Desk {
    /// The buses that take the passengers of one along that breaks down, by their painted numbers.
    fn next_buses(
        &self,
        books: &Books<'_>,
        vehicle: &str,
        run: &Run,
        now_ms: i64,
    ) -> Result<Vec<String>, Refusal> {
        let Some((city, _)) = self.bus(vehicle) else { return Ok(Vec::new()) };
        let mut others = Vec::new();
        for bus in city.vehicles.iter().filter(|bus| bus.vehicle != vehicle) {
            others.extend(self.run(books, city, &bus.vehicle, now_ms)?.map(|run| (bus.painted.clone(), run)));
        }
        Ok(rides::next_buses(run, &others))
    }

    /// The operator ends what a bus is doing now. Says whether it was doing anything.
    pub(in crate::sandbox) fn end_run(&self, vehicle: &str, broken_down: bool) -> Result<bool, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        self.settle_due(&books, now_ms)?;
        let run = self.bus(vehicle).and_then(|(city, _)| city.live.where_is(vehicle, now_ms));
        if let Some(run) = &run {
            let next = if broken_down { Some(self.next_buses(&books, vehicle, run, now_ms)?) } else { None };
            books.close_run(vehicle, &run.run, next.as_deref(), now_ms)?;
        }
        books.commit()?;
        Ok(run.is_some())
    }
}
