//! Payments and rides: what the ride rule is told, and what is stored and signed after it spoke.

use super::sales::{Sale, ticket_id};
use super::{Answer, Asked, Desk, Refusal, day, day_start_ms, not_found, zone};
use crate::sandbox::books::AccountRow;
use crate::sandbox::data::CityData;
use crate::sandbox::fleet::Run;
use crate::sandbox::ledger::Books;
use crate::sandbox::ride_rows::{PaymentRow, at_moment, held};
use crate::sandbox::rules::carrier::{self, Decline, PhoneLine};
use crate::sandbox::rules::payments::{self as rule, Charge, DueView, PaymentDecision, PaymentView};
use crate::sandbox::rules::refunds;
use crate::sandbox::rules::rides::{self, HeldRide};
use crate::sandbox::rules::{Entry, Purse, devices, problem};
use jol_core::city::fares::FareHistory;
use jol_core::money::Money;
use jol_core::operator::wire::{
    Base64, PaymentAnswer, PaymentOutcome, PaymentRequest, RideAnswer, Rides, problem as codes,
};
use jol_core::pay::{DeclineReason, Refund, intent_message};
use jol_core::ticket::token::TicketId;
use jol_core::ticket::{Receipt, ReceiptOutcome};

pub(super) fn pay(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (books, session) = (asked.books, asked.session()?);
    let payer = &session.account.account;
    if let Some(known) = books.payment(payer, asked.key())? {
        return told(asked, known);
    }
    let request: PaymentRequest = asked.call.json()?;
    rule::check(&request)?;
    let phone = books.device(payer, session.device.as_ref())?;
    let phone = phone.as_ref();
    // One of another phone's, out of a back-up, charges nobody once it is too late, and is told so.
    let is_late = rule::is_too_late(&request, asked.call.age_ms, asked.now_ms);
    if !is_late
        && !is_signed_as_it_must(&request, asked.key(), phone.map(|phone| phone.public_key.as_slice()))
    {
        let title = "an enrolled phone signs its intent";
        return Err(problem(403, codes::BAD_SIGNATURE, title).into());
    }
    let mut row = PaymentRow {
        payer: payer.clone(),
        key: asked.key().to_owned(),
        request_hash: asked.request_hash.to_vec(),
        device: phone.map(|phone| phone.device.device.clone()),
        run: None,
        fare: Money::ZERO,
        due_ms: None,
        follows: None,
        answer: PaymentAnswer {
            key: asked.key().to_owned(),
            outcome: PaymentOutcome::Pending,
            receipt: None,
        },
        request,
    };
    let waits_until_ms = phone.and_then(|phone| phone.device.waits_until_ms);
    let (decision, run) = desk.decide(asked, &session.account, waits_until_ms, &row.request)?;
    row.run = run.as_ref().map(|run| run.run.clone());
    match decision {
        PaymentDecision::Pending { fare, ask_again_ms } => {
            (row.fare, row.due_ms) = (fare, Some(ask_again_ms))
        }
        PaymentDecision::Follows { key } => row.follows = Some(key),
        PaymentDecision::AlreadyPaid { ride, by_key } => {
            let ride = books.ride(&ride)?.ok_or_else(not_found)?;
            desk.finish(&mut row, Finish::AlreadyPaid { by_key, ride: Box::new(ride) }, asked.now_ms)?;
        }
        PaymentDecision::Declined(decline) => {
            desk.finish(&mut row, Finish::Declined(decline), asked.now_ms)?
        }
        PaymentDecision::Charged(charge) => desk.charge(books, &mut row, charge, run, asked.now_ms)?,
    }
    books.put_payment(&row)?;
    told(asked, row)
}

pub(super) fn read(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let payer = &asked.session()?.account.account;
    told(asked, asked.books.payment(payer, asked.id())?.ok_or_else(not_found)?)
}

pub(super) fn rides(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let payer = &asked.session()?.account.account;
    let rides = asked.books.rides(payer)?.into_iter().map(|ride| at_moment(ride, asked.now_ms));
    Ok(Answer::json(&Rides { rides: rides.collect(), pending: asked.books.pending(payer)? }))
}

/// A payment with its ride as it stands now.
fn told(asked: &Asked<'_>, row: PaymentRow) -> Result<Answer, Refusal> {
    let mut answer = row.answer;
    if let PaymentOutcome::Paid { ride } | PaymentOutcome::AlreadyPaid { ride, .. } = &mut answer.outcome {
        let stored = asked.books.ride(&ride.ride)?.unwrap_or_else(|| ride.clone());
        *ride = at_moment(stored, asked.now_ms);
    }
    Ok(Answer { is_final: answer.outcome != PaymentOutcome::Pending, ..Answer::json(&answer) })
}

/// A phone that has a key signs; one without cannot, and its ticket will say so.
fn is_signed_as_it_must(request: &PaymentRequest, key: &str, phone: Option<&[u8]>) -> bool {
    let unsigned = PaymentRequest { signature: None, ..request.clone() };
    let Ok(unsigned) = serde_json::to_vec(&unsigned) else { return false };
    match (phone, &request.signature) {
        (Some(phone), Some(signature)) => {
            devices::is_signed(phone, &intent_message(key, &unsigned), &signature.0)
        }
        (None, None) => true,
        _ => false,
    }
}

/// How a payment ends without a charge that stays.
enum Finish {
    Refunded(Refund),
    AlreadyPaid { by_key: String, ride: Box<RideAnswer> },
    Declined(Decline),
}

impl Desk {
    /// Asks the rule, with everything that it wants to know.
    fn decide(
        &self,
        asked: &Asked<'_>,
        account: &AccountRow,
        waits_until_ms: Option<i64>,
        request: &PaymentRequest,
    ) -> Result<(PaymentDecision, Option<Run>), Refusal> {
        let (books, now_ms) = (asked.books, asked.now_ms);
        let city = self.city(&request.city);
        let bus = |city: &CityData| city.vehicles.iter().find(|bus| bus.vehicle == request.vehicle).cloned();
        let vehicle = city.and_then(bus);
        let run = match city {
            Some(city) => self.run(books, city, &request.vehicle, now_ms)?,
            None => None,
        };
        let zone = city.map_or(jiff::tz::TimeZone::UTC, zone);
        let rides: Vec<HeldRide> = books.rides(&account.account)?.iter().map(held).collect();
        let passes = books.passes_in(&request.city, &account.account, &day(now_ms, &zone).to_string())?;
        let decision = rule::pay(
            &PaymentView {
                now_ms,
                key: asked.key(),
                age_ms: asked.call.age_ms,
                // Every answer is kept under its key.
                decided: None,
                day: day(now_ms, &zone),
                city: city.map(|city| &city.rules),
                vehicle: vehicle.as_ref(),
                run: run.as_ref(),
                rides: &rides,
                pending: books.pending_in(&account.account, &request.vehicle)?.as_deref(),
                history: FareHistory { passes: &passes, ..rides::history(&rides, now_ms, &zone) },
                version_pays: rule::at_least(
                    &asked.call.version,
                    &self.operator.info.lowest_version_that_pays,
                ),
                terms_accepted: account.terms == self.operator.info.terms_version,
                waits_until_ms,
                cards: &books.cards(&account.account, now_ms)?,
                bank_cards: &books.bank_cards(&account.account)?,
                line: &phone_line(books, account, day_start_ms(now_ms, &zone), now_ms)?,
            },
            request,
        );
        Ok((decision, run))
    }

    /// Charges, issues the ticket and answers. If no ticket can be issued, nothing is charged; what a slow
    /// carrier has taken by then goes back.
    fn charge(
        &self,
        books: &Books<'_>,
        row: &mut PaymentRow,
        charge: Charge,
        run: Option<Run>,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let taken = row.due_ms.is_some().then(|| charge.clone());
        let passengers = rule::grouped(&row.request.passengers).unwrap_or_default();
        let phone = books.device(&row.payer, row.device.as_ref())?.and_then(|phone| phone.phone_key());
        let bus = self.bus(&row.request.vehicle);
        let sale = bus.zip(run).map(|((city, vehicle), run)| Sale {
            payer: &row.payer,
            key: &row.key,
            city,
            vehicle,
            run,
            passengers,
            way: row.request.way,
            source: row.request.source.clone(),
            phone,
            charge,
            asked_ms: rule::asked_ms(row.request.tapped_ms, None, now_ms),
            paid_ms: now_ms,
        });
        let sold = match sale {
            Some(sale) => self.sell(books, sale)?,
            None => None,
        };
        let Some((ride, ticket)) = sold else {
            let how = match taken {
                Some(charge) => self.send_back(books, row, &charge, now_ms)?,
                None => Finish::Declined(DeclineReason::TryLater.into()),
            };
            return self.finish(row, how, now_ms);
        };
        row.fare = ride.fare;
        row.due_ms = None;
        let receipt = self.receipt(row, ReceiptOutcome::Paid, ride.fare, Some(ticket), now_ms)?;
        row.answer.receipt = Some(receipt);
        row.answer.outcome = PaymentOutcome::Paid { ride };
        Ok(())
    }

    /// What the carrier took for a ride without a ticket goes back, and both stand in the books.
    fn send_back(
        &self,
        books: &Books<'_>,
        row: &PaymentRow,
        charge: &Charge,
        now_ms: i64,
    ) -> Result<Finish, Refusal> {
        let (city, source) = (&row.request.city, &row.request.source);
        let rule = self.city(city).map(|city| city.rules.refund).ok_or_else(not_found)?;
        let number = books.account(&row.payer)?.map(|account| account.recipient);
        let back = refunds::back(&rule, source, number.as_deref(), city, charge.fare, now_ms);
        for entry in charge.entry.iter().chain(&back.entry) {
            books.enter(entry, &row.key, now_ms)?;
        }
        let (key, to) = (row.key.clone(), source.clone());
        Ok(Finish::Refunded(Refund { key, sum: back.sum, to, at_ms: now_ms, by_ms: back.by_ms }))
    }

    /// Answers a payment of which nothing stays charged.
    fn finish(&self, row: &mut PaymentRow, how: Finish, now_ms: i64) -> Result<(), Refusal> {
        (row.due_ms, row.follows) = (None, None);
        let mut sum = Money::ZERO;
        let (outcome, said, ticket) = match how {
            Finish::Refunded(refund) => {
                sum = refund.sum;
                (PaymentOutcome::Refunded { refund, ride: None }, ReceiptOutcome::Refunded, None)
            }
            Finish::AlreadyPaid { by_key, ride } => {
                let ticket = ticket_id(&ride);
                (PaymentOutcome::AlreadyPaid { by_key, ride: *ride }, ReceiptOutcome::AlreadyPaid, ticket)
            }
            Finish::Declined(Decline { reason, try_again_ms, service }) => {
                let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
                (PaymentOutcome::Declined { reason, try_again_ms, service }, said, None)
            }
        };
        row.answer.receipt = Some(self.receipt(row, said, sum, ticket, now_ms)?);
        row.answer.outcome = outcome;
        Ok(())
    }

    fn receipt(
        &self,
        row: &PaymentRow,
        outcome: ReceiptOutcome,
        amount: Money,
        ticket: Option<TicketId>,
        now_ms: i64,
    ) -> Result<Base64, Refusal> {
        self.signed_receipt(&row.key, &row.request_hash, outcome, amount, ticket, now_ms)
    }

    /// The signed answer about money to a request.
    pub(super) fn signed_receipt(
        &self,
        key: &str,
        request_hash: &[u8],
        outcome: ReceiptOutcome,
        amount: Money,
        ticket: Option<TicketId>,
        now_ms: i64,
    ) -> Result<Base64, Refusal> {
        let receipt = Receipt {
            idempotency_key: key.to_owned(),
            request_hash: request_hash.try_into().unwrap_or_default(),
            outcome,
            amount,
            operator_time_ms: now_ms,
            ticket,
            reference: ticket.map_or_else(|| self.new_id('n'), |ticket| ticket.to_string()),
        };
        let signed = self.keys.receipt(&receipt);
        signed.map(Base64).map_err(|error| Refusal::Broken(format!("receipt: {error}")))
    }

    /// Ends every pending payment whose carrier has answered by now, as of the moment when it did.
    pub(super) fn settle_due(&self, books: &Books<'_>, now_ms: i64) -> Result<(), Refusal> {
        for mut row in books.due(now_ms)? {
            let at_ms = row.due_ms.unwrap_or(now_ms);
            match self.settle(books, &row, at_ms)? {
                (PaymentDecision::Charged(charge), run) => {
                    self.charge(books, &mut row, charge, run, at_ms)?;
                }
                (PaymentDecision::AlreadyPaid { ride, by_key }, _) => {
                    let ride = Box::new(books.ride(&ride)?.ok_or_else(not_found)?);
                    self.finish(&mut row, Finish::AlreadyPaid { by_key, ride }, at_ms)?;
                }
                (PaymentDecision::Declined(decline), _) => {
                    self.finish(&mut row, Finish::Declined(decline), at_ms)?;
                }
                (PaymentDecision::Follows { .. } | PaymentDecision::Pending { .. }, _) => continue,
            }
            books.put_payment(&row)?;
            for mut follower in books.followers(&row.payer, &row.key)? {
                let how = match &row.answer.outcome {
                    PaymentOutcome::Paid { ride } => {
                        Finish::AlreadyPaid { by_key: row.key.clone(), ride: Box::new(ride.clone()) }
                    }
                    PaymentOutcome::AlreadyPaid { by_key, ride } => {
                        Finish::AlreadyPaid { by_key: by_key.clone(), ride: Box::new(ride.clone()) }
                    }
                    PaymentOutcome::Declined { reason, try_again_ms, service } => Finish::Declined(Decline {
                        reason: *reason,
                        try_again_ms: *try_again_ms,
                        service: service.clone(),
                    }),
                    _ => Finish::Declined(DeclineReason::TryLater.into()),
                };
                self.finish(&mut follower, how, at_ms)?;
                books.put_payment(&follower)?;
            }
        }
        Ok(())
    }

    fn settle(
        &self,
        books: &Books<'_>,
        row: &PaymentRow,
        at_ms: i64,
    ) -> Result<(PaymentDecision, Option<Run>), Refusal> {
        let (account, city) = (books.account(&row.payer)?, self.city(&row.request.city));
        let (Some(account), Some(city)) = (account, city) else {
            return Ok((PaymentDecision::Declined(DeclineReason::TryLater.into()), None));
        };
        let line = phone_line(books, &account, day_start_ms(at_ms, &zone(city)), at_ms)?;
        let run = self.run(books, city, &row.request.vehicle, at_ms)?;
        let rides: Vec<HeldRide> = books.rides(&row.payer)?.iter().map(held).collect();
        let bus = self.bus(&row.request.vehicle);
        let decision = rule::settle(&DueView {
            now_ms: at_ms,
            request: &row.request,
            fare: row.fare,
            accepted_run: row.run.as_deref().unwrap_or_default(),
            end: &city.rules.ride_end,
            painted: bus.map_or("", |(_, vehicle)| &vehicle.painted),
            run: run.as_ref(),
            rides: &rides,
            line: &line,
        });
        Ok((decision, run))
    }
}

/// The phone line of an account. Its carrier opens a purse for it when it first hears of it.
pub(super) fn phone_line(
    books: &Books<'_>,
    account: &AccountRow,
    day_start_ms: i64,
    now_ms: i64,
) -> rusqlite::Result<PhoneLine> {
    let number = Some(account.recipient.clone()).filter(|recipient| recipient.starts_with('+'));
    let purse = Purse::Phone(number.clone().unwrap_or_default());
    if let Some(number) = &number
        && !books.knows(&purse)?
    {
        let opening = Entry::of("opening", Purse::Carrier, purse.clone(), carrier::opening_balance(number));
        opening.iter().try_for_each(|entry| books.enter(entry, number, now_ms))?;
    }
    let sim_replaced_ms = number.as_ref().map_or(Ok(None), |number| books.sim(number).map(|sim| sim.0))?;
    Ok(PhoneLine {
        number,
        sim_replaced_ms,
        account_since_ms: account.since_ms,
        balance: books.balance(&purse)?,
        paid_today: books.given_since(&purse, day_start_ms)?,
    })
}
