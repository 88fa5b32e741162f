//! Rides that are given back, and rides that were paid on the wrong bus: what the rule is told of them, and
//! what is stored and signed after it spoke.

use super::payments::phone_line;
use super::sales::{named_bus, run_number, ticket_id};
use super::{Answer, Asked, Desk, Refusal, day, day_start_ms, not_found, zone};
use crate::sandbox::data::CityData;
use crate::sandbox::fleet::Run;
use crate::sandbox::ride_rows::{at_moment, held};
use crate::sandbox::rules::carrier::Decline;
use crate::sandbox::rules::problem;
use crate::sandbox::rules::refunds::{self as rule, Correction, CorrectionView, PaidRide, Return};
use crate::sandbox::rules::rides::{self, HeldRide};
use jol_core::city::fares::{FareHistory, Vehicle};
use jol_core::entropy::random;
use jol_core::money::Money;
use jol_core::operator::wire::{
    Base64, Corrected, CorrectionRequest, InspectionEntry, PaymentAnswer, PaymentOutcome, RefundRequest,
    RideAnswer, RideState, problem as codes,
};
use jol_core::pay::Refund;
use jol_core::ticket::ReceiptOutcome;
use jol_core::ticket::token::{self, SignedToken, TicketId, Token};

pub(super) fn refund(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: RefundRequest = asked.call.json()?;
    let wish = Wish::of(desk, asked, &request.ride)?;
    let (ride, now_ms) = (&wish.ride, asked.now_ms);
    // The same wish, by an operator that forgot its answer.
    if let Some(refund) = ride.refund.clone().filter(|refund| refund.key == asked.key()) {
        return desk.gave_back(asked, refund, ride.clone());
    }
    match wish.asked(asked, |paid| rule::refund(paid, &request))? {
        Err(decline) => desk.declined(asked, decline),
        Ok(Return { sum, entry, by_ms }) => {
            if let Some(entry) = &entry {
                asked.books.enter(entry, &ride.ride, now_ms)?;
            }
            let refund =
                Refund { key: asked.key().to_owned(), sum, to: ride.source.clone(), at_ms: now_ms, by_ms };
            let ride =
                RideAnswer { state: RideState::Refunded, refund: Some(refund.clone()), ..ride.clone() };
            asked.books.change_ride(&ride)?;
            desk.gave_back(asked, refund, ride)
        }
    }
}

pub(super) fn correct(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let request: CorrectionRequest = asked.call.json()?;
    let wish = Wish::of(desk, asked, &request.ride)?;
    let (ride, now_ms) = (&wish.ride, asked.now_ms);
    let account = &asked.session()?.account;
    let rides = asked.books.rides(&account.account)?;
    let is_this = |one: &&RideAnswer| {
        one.key == asked.key() && one.corrects.as_ref().is_some_and(|before| before.ride == ride.ride)
    };
    if let Some(corrected) = rides.iter().find(is_this) {
        return desk.put_on(asked, corrected.clone());
    }
    let zone = zone(wish.city);
    let vehicle = wish.city.vehicles.iter().find(|bus| bus.vehicle == request.vehicle);
    let run = desk.run(asked.books, wish.city, &request.vehicle, now_ms)?;
    let all: Vec<HeldRide> = rides.iter().map(held).collect();
    let others: Vec<HeldRide> = all.iter().filter(|one| one.ride != ride.ride).cloned().collect();
    let pending = asked.books.pending_in(&account.account, &request.vehicle)?.is_some();
    let cards = asked.books.cards(&account.account, now_ms)?;
    let bank_cards = asked.books.bank_cards(&account.account)?;
    let line = phone_line(asked.books, account, day_start_ms(now_ms, &zone), now_ms)?;
    let passes =
        asked.books.passes_in(&wish.city.rules.city, &account.account, &day(now_ms, &zone).to_string())?;
    let decision = wish.asked(asked, |paid| {
        let view = CorrectionView {
            paid: *paid,
            passengers: &ride.passengers,
            city: &wish.city.rules,
            vehicle,
            run: run.as_ref(),
            rides: &all,
            pending,
            day: day(now_ms, &zone),
            history: FareHistory { passes: &passes, ..rides::history(&others, now_ms, &zone) },
            cards: &cards,
            bank_cards: &bank_cards,
            line: &line,
        };
        rule::correct(&view, &request)
    })?;
    match (decision, vehicle, run) {
        (Ok(correction), Some(vehicle), Some(run)) => {
            let corrected = desk.issue_on(asked, ride, &correction, vehicle, &run)?;
            desk.put_on(asked, corrected)
        }
        (Err(decline), ..) => desk.declined(asked, decline),
        _ => Err(Refusal::Broken("a correction to no bus".to_owned())),
    }
}

/// A wish of a passenger about one of their rides.
struct Wish<'a> {
    ride: RideAnswer,
    city: &'a CityData,
}

impl<'a> Wish<'a> {
    fn of(desk: &'a Desk, asked: &Asked<'_>, named: &str) -> Result<Wish<'a>, Refusal> {
        if named != asked.id() {
            return Err(problem(422, codes::BAD_REQUEST, "ride: another one than in the path").into());
        }
        let payer = &asked.session()?.account.account;
        let ride = asked.books.ride_of(payer, named)?.ok_or_else(not_found)?;
        let city = desk.city(&ride.city).ok_or_else(not_found)?;
        Ok(Wish { ride, city })
    }

    /// Asks a rule with what holds of the ride now.
    fn asked<T>(
        &self,
        asked: &Asked<'_>,
        rule: impl FnOnce(&PaidRide<'_>) -> Result<T, Decline>,
    ) -> Result<Result<T, Decline>, Refusal> {
        let account = &asked.session()?.account;
        let ride = &self.ride;
        Ok(rule(&PaidRide {
            now_ms: asked.now_ms,
            rule: &self.city.rules.refund,
            city: &ride.city,
            ride: &held(ride),
            way: ride.way,
            source: &ride.source,
            number: Some(account.recipient.as_str()).filter(|recipient| recipient.starts_with('+')),
            is_inspected: asked.books.is_inspected(&ride.ride)?,
            is_shared: asked.books.is_shared(&ride.ride)?,
            is_corrected: ride.corrects.is_some(),
            refunds_ended: asked.books.refunds_ended(&account.account)?,
        }))
    }
}

impl Desk {
    /// The ride goes on in the right bus, under a ticket that keeps the first moment of issue.
    fn issue_on(
        &self,
        asked: &Asked<'_>,
        before: &RideAnswer,
        correction: &Correction,
        vehicle: &Vehicle,
        run: &Run,
    ) -> Result<RideAnswer, Refusal> {
        let broken = |error| Refusal::Broken(format!("ride {}: {error}", before.ride));
        let old = SignedToken::from_bytes(&before.ticket.0).and_then(|ticket| ticket.read_unverified());
        let old = old.map_err(broken)?;
        let session = asked.session()?;
        let phone = asked.books.device(&session.account.account, session.device.as_ref())?;
        let index = asked.books.next_ticket_index()?;
        let id = TicketId::new(index, random(&*self.entropy));
        let token = Token {
            key: self.keys.ticket_key(),
            id,
            expires_s: correction.ends_ms.div_euclid(1_000).min(old.issued_s + token::LONGEST_SPAN_S),
            phone: phone.and_then(|phone| phone.phone_key()).or(old.phone),
            line: token::cut(&run.line, token::LONGEST_LINE).to_owned(),
            vehicle: named_bus(&vehicle.painted),
            run: run_number(&run.run),
            direction: run.direction.min(1),
            fare: correction.fare,
            stop: Some(token::cut(&run.stop_id, token::LONGEST_STOP).to_owned())
                .filter(|stop| !stop.is_empty()),
            replaces: Some(old.id),
            ..old
        };
        let ticket = self.ticket(&token).map_err(broken)?;
        if let Some(entry) = &correction.entry {
            asked.books.enter(entry, &id.to_string(), asked.now_ms)?;
        }
        asked.books.replace_held(&before.ride)?;
        asked.books.change_ride(&RideAnswer { state: RideState::Replaced, ..before.clone() })?;
        let corrected = RideAnswer {
            ride: id.to_string(),
            key: asked.key().to_owned(),
            vehicle: Vehicle { line: run.line.clone(), ..vehicle.clone() },
            fare: correction.fare,
            boarding_stop: Some(run.stop.clone()).filter(|stop| !stop.is_empty()),
            terminus: run.terminus.clone(),
            ends_ms: token.expires_s * 1_000,
            ticket: Base64(ticket),
            continues_on: Vec::new(),
            corrects: Some(Corrected { ride: before.ride.clone(), fare: before.fare }),
            ..before.clone()
        };
        asked.books.put_ride(&session.account.account, &corrected, &run.run, index)?;
        Ok(corrected)
    }

    fn gave_back(&self, asked: &Asked<'_>, refund: Refund, ride: RideAnswer) -> Result<Answer, Refusal> {
        let (sum, ticket) = (refund.sum, ticket_id(&ride));
        let outcome = PaymentOutcome::Refunded { refund, ride: Some(ride) };
        self.signed_answer(asked, outcome, ReceiptOutcome::Refunded, sum, ticket)
    }

    fn put_on(&self, asked: &Asked<'_>, ride: RideAnswer) -> Result<Answer, Refusal> {
        let before = ride.corrects.as_ref().map_or(Money::ZERO, |before| before.fare);
        let too_large = || Refusal::Broken("a sum outside its range".to_owned());
        let difference = ride.fare.minus(before).ok_or_else(too_large)?;
        let (said, sum) = if difference < Money::ZERO {
            (ReceiptOutcome::Refunded, before.minus(ride.fare).ok_or_else(too_large)?)
        } else {
            (ReceiptOutcome::Paid, difference)
        };
        let ticket = ticket_id(&ride);
        let outcome = PaymentOutcome::Paid { ride: at_moment(ride, asked.now_ms) };
        self.signed_answer(asked, outcome, said, sum, ticket)
    }

    fn declined(&self, asked: &Asked<'_>, decline: Decline) -> Result<Answer, Refusal> {
        let Decline { reason, try_again_ms, service } = decline;
        let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
        let outcome = PaymentOutcome::Declined { reason, try_again_ms, service };
        self.signed_answer(asked, outcome, said, Money::ZERO, None)
    }

    fn signed_answer(
        &self,
        asked: &Asked<'_>,
        outcome: PaymentOutcome,
        said: ReceiptOutcome,
        sum: Money,
        ticket: Option<TicketId>,
    ) -> Result<Answer, Refusal> {
        let key = asked.key().to_owned();
        let receipt = self.signed_receipt(&key, &asked.request_hash, said, sum, ticket, asked.now_ms)?;
        Ok(Answer::json(&PaymentAnswer { key, outcome, receipt: Some(receipt) }))
    }

    /// What an inspector saw may have been given back since: that account gives nothing back by itself any
    /// more.
    pub(super) fn saw_ticket(&self, asked: &Asked<'_>, entry: &InspectionEntry) -> Result<(), Refusal> {
        let Some(ticket) = entry.ticket.as_ref().filter(|_| entry.counter.is_none()) else { return Ok(()) };
        let Some((payer, ride)) = asked.books.ride_of_ticket(ticket)? else { return Ok(()) };
        if ride.refund.is_some_and(|refund| entry.at_ms < refund.at_ms) {
            asked.books.end_refunds(&payer, asked.now_ms)?;
        }
        Ok(())
    }
}
