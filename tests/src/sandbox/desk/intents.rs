//! What inspectors saw of payments that had no answer, and what became of them.

use super::sales::named_bus;
use super::{Desk, Refusal};
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::intents::{Became, became};
use crate::sandbox::staff_rows::IntentRow;
use jol_core::operator::wire::InspectionEntry;
use jol_core::ticket::ShownIntent;
use jol_core::ticket::intent::payment_hash;

impl Desk {
    /// Keeps an intent that an inspector saw, if its own phone signed it.
    pub(super) fn note_intent(&self, books: &Books<'_>, entry: &InspectionEntry) -> Result<(), Refusal> {
        let Some(text) = &entry.intent else { return Ok(()) };
        let Ok(shown) = ShownIntent::from_text(text) else { return Ok(()) };
        let challenge = entry.challenge.as_ref().and_then(|challenge| challenge.0.as_slice().try_into().ok());
        let intent = shown.intent();
        if shown.verify(challenge).is_err() || books.knows_intent(&intent.payment, &intent.phone)? {
            return Ok(());
        }
        Ok(books.put_intent(&IntentRow {
            payment: intent.payment.to_vec(),
            phone: intent.phone.to_vec(),
            account: books.accounts_of_phone(&intent.phone)?.into_iter().next(),
            shown: text.clone(),
            seen_ms: entry.at_ms,
            became: Became::Open.name().to_owned(),
        })?)
    }

    /// Looks what became of every intent of which that is not known for good.
    pub(super) fn settle_intents(&self, books: &Books<'_>, now_ms: i64) -> Result<(), Refusal> {
        for row in books.intents()?.into_iter().filter(|row| !Became::is_final(&row.became)) {
            let Ok(shown) = ShownIntent::from_text(&row.shown) else { continue };
            let mut payments = Vec::new();
            for account in books.accounts_of_phone(&row.phone)? {
                payments.extend(books.payments_of(&account)?);
            }
            let found = payments.iter().find(|payment| payment_hash(&payment.key)[..] == row.payment);
            let painted = found.map(|payment| {
                let bus = self.bus(&payment.request.vehicle);
                named_bus(bus.map_or(payment.request.vehicle.as_str(), |(_, bus)| &bus.painted))
            });
            let found = found.zip(painted.as_deref());
            let found = found.map(|(row, painted)| (&row.request, painted, &row.answer.outcome));
            let name = became(shown.intent(), found, now_ms).name();
            if name != row.became {
                books.put_intent(&IntentRow { became: name.to_owned(), ..row })?;
            }
        }
        Ok(())
    }

    /// Every intent that inspectors saw, with what became of it by now.
    pub(in crate::sandbox) fn seen_intents(&self) -> Result<Vec<IntentRow>, Refusal> {
        let now_ms = self.clock.now_ms();
        let mut ledger = self.lock();
        let books = ledger.begin()?;
        self.settle_due(&books, now_ms)?;
        self.settle_intents(&books, now_ms)?;
        let seen = books.intents()?;
        books.commit()?;
        Ok(seen)
    }
}
