//! What terminals and inspectors report, and what the operator does with its buses.

use super::cards::write_top_ups;
use super::sales::Sale;
use super::{Answer, Asked, Desk, Refusal, day, day_start_ms, zone};
use crate::sandbox::fleet::Run;
use crate::sandbox::ledger::Books;
use crate::sandbox::ride_rows::held;
use crate::sandbox::rules::inspections;
use crate::sandbox::rules::payments::Charge;
use crate::sandbox::rules::problem;
use crate::sandbox::rules::rides::{self, HeldRide};
use crate::sandbox::rules::taps::{self, TapDecision, TapView};
use crate::sandbox::rules::{Purse, cards};
use jiff::tz::TimeZone;
use jol_core::city::fares::FareHistory;
use jol_core::money::Money;
use jol_core::operator::wire::{InspectionReport, TapAnswer, TapRequest, problem as codes};
use jol_core::pay::Source;
use jol_core::ticket::{CardCode, read_card_code};
use jol_core::wallet::PassengerGroup;

pub(super) fn tap(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: TapRequest = asked.call.json()?;
    let (books, now_ms) = (asked.books, asked.now_ms);
    let code = match &request.code {
        Some(text) => Some(desk.read_card(text, request.at_ms, now_ms)?),
        None => None,
    };
    let mut found = match &code {
        None => books.card_by_number(&request.card, now_ms)?,
        Some(CardCode::Printed { number }) => books.card_by_number(number, now_ms)?,
        Some(CardCode::InApp { credential, .. }) => books.card_by_id(&credential.card, now_ms)?,
    };
    if let Some((card, _)) = &mut found
        && code.is_none()
    {
        // Whatever becomes of the ride: a validator writes what waits.
        write_top_ups(books, &card.id, request.at_ms, false)?;
        card.balance = books.balance(&Purse::Card(card.id.clone()))?;
    }
    let payer = match &found {
        Some((_, Some(account))) => account.clone(),
        Some((card, None)) => format!("card:{}", card.id),
        None => String::new(),
    };
    let bus = desk.bus(&request.vehicle);
    let run = match bus {
        Some((city, _)) => desk.run(books, city, &request.vehicle, request.at_ms)?,
        None => None,
    };
    let zone = bus.map_or(TimeZone::UTC, |(city, _)| zone(city));
    let held: Vec<HeldRide> = books.rides(&payer)?.iter().map(held).collect();
    let (mut is_own_phone, mut code_was_used) = (true, false);
    if let Some(CardCode::InApp { credential, slot }) = &code {
        let phones = books.devices(&payer)?;
        is_own_phone = phones.iter().any(|phone| phone.public_key == credential.phone);
        code_was_used = books.shown_on(&credential.card, *slot, &request.vehicle)? != request.vehicle;
    }
    let card = found.as_ref().map(|(card, _)| card);
    let purse = card.map(|card| Purse::Card(card.id.clone()));
    let spent_today = match &purse {
        Some(purse) => books.given_since(purse, day_start_ms(request.at_ms, &zone))?,
        None => Money::ZERO,
    };
    let passes = books.passes(&payer, &day(request.at_ms, &zone).to_string())?;
    let view = TapView {
        now_ms,
        day: day(request.at_ms, &zone),
        bus: bus.map(|(city, vehicle)| (&city.rules, vehicle)),
        run: run.as_ref(),
        card,
        rides: &held,
        pending: books.pending_in(&payer, &request.vehicle)?.is_some(),
        history: FareHistory { passes: &passes, ..rides::history(&held, request.at_ms, &zone) },
        code: code.as_ref(),
        is_own_phone,
        code_was_used,
        spent_today,
    };
    let decision = taps::tap(&view, &request)?;
    let (Some((card, _)), Some((city, vehicle)), Some(run)) = (&found, bus, &run) else {
        return Err(Refusal::Broken("a tap without a card or a bus was not refused".to_owned()));
    };
    let fare = match decision {
        TapDecision::AlreadyPaid => None,
        TapDecision::Charged { fare, entry, ends_ms } => {
            let category = cards::category_on(card, view.day);
            let sale = Sale {
                payer: &payer,
                key: asked.key(),
                city,
                vehicle,
                run: run.clone(),
                passengers: vec![PassengerGroup { category, count: 1 }],
                way: taps::way(&view),
                source: Source::SmartCard { card: card.id.clone() },
                phone: None,
                charge: Charge { fare, entry, ends_ms },
                paid_ms: request.at_ms,
            };
            let sold = desk.sell(books, sale)?;
            let later = || problem(503, codes::UNAVAILABLE, "no ticket can be issued now");
            Some(sold.map(|(ride, _)| ride.fare).ok_or_else(later)?)
        }
    };
    Ok(Answer::json(&TapAnswer {
        fare: fare.unwrap_or(Money::ZERO),
        balance: books.balance(&Purse::Card(card.id.clone()))?,
        already_paid: fare.is_none(),
    }))
}

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
    /// What a terminal read in a card's code at a moment, which may be any that it says.
    fn read_card(&self, text: &str, at_ms: i64, now_ms: i64) -> Result<CardCode, Refusal> {
        let keys = self.keys.trusted(now_ms).map_err(|error| Refusal::Broken(format!("keys: {error}")))?;
        let read = read_card_code(text, &keys, at_ms);
        Ok(read.map_err(|error| problem(409, codes::CARD_CODE, &error.to_string()))?)
    }

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
