//! Offline rides at the desk: what the rules are told of them, and what is stored and signed after.

use super::sales::{Sale, named_bus, ticket_id};
use super::terminals::code_of;
use super::{Answer, Asked, Desk, Refusal, not_found};
use crate::sandbox::data::CityData;
use crate::sandbox::fleet::Run;
use crate::sandbox::ledger::Books;
use crate::sandbox::ride_rows::{at_moment, held};
use crate::sandbox::rules::payments::Charge;
use crate::sandbox::rules::rides::{self, HeldRide};
use crate::sandbox::rules::vouchers::{self as rule, Decision, Move, Place, Reported, ToldAgain};
use crate::sandbox::rules::{Purse, devices, problem};
use crate::sandbox::voucher_rows::{IssuedVoucher, VoucherRow};
use jol_core::city::fares::Vehicle;
use jol_core::money::Money;
use jol_core::operator::wire::{
    self, Base64, InspectionEntry, RideAnswer, UnusedAnswer, UnusedOutcome, UnusedRequest, UseAnswer,
    UseOutcome, UseReport, Vouchers, problem as codes,
};
use jol_core::pay::Way;
use jol_core::ticket::voucher::{report_to_sign, unused_to_sign};
use jol_core::ticket::{ReceiptOutcome, SignedVoucher, Use, Voucher};

pub(super) fn list(_: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let payer = &asked.session()?.account.account;
    let held = asked.books.vouchers(payer)?.into_iter().filter_map(|row| {
        let issued = row.issued?;
        let counters = 1..=u8::try_from(issued.held.rides.len()).unwrap_or(0);
        Some(wire::HeldVoucher {
            voucher: issued.voucher,
            key: row.key,
            source: row.request.source,
            signed: Base64(issued.signed),
            rides: counters.map(|counter| issued.held.state_of(counter)).collect(),
            returns_ms: issued.held.given_back.map(|back| back.returns_ms),
        })
    });
    Ok(Answer::json(&Vouchers { vouchers: held.collect(), ended: asked.books.offline_ended(payer)? }))
}

pub(super) fn report(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let mine = Mine::of(asked)?;
    let report: UseReport = asked.call.json()?;
    let Voucher { rides, issued_s, until_s, life_s, .. } = mine.voucher;
    rule::check_report(rides, issued_s * 1_000, until_s * 1_000, &report, asked.now_ms)?;
    let used = Use {
        counter: report.counter,
        vehicle: report.vehicle.clone(),
        boarded_s: report.boarded_s,
        terminal: report.terminal.as_ref().and_then(|word| word.0.as_slice().try_into().ok()),
    };
    let message = report_to_sign(&mine.signed, &used);
    if !devices::is_signed(&mine.voucher.phone.point, &message, &report.signature.0) {
        return Err(problem(403, codes::BAD_SIGNATURE, "the voucher's phone did not sign this").into());
    }
    let before = asked.books.voucher_use(&mine.issued.voucher, used.counter, &used.vehicle)?;
    if let Some((by_key, ride)) = before {
        let ride = at_moment(asked.books.ride(&ride)?.ok_or_else(not_found)?, asked.now_ms);
        let (held, boarded_ms, by_own) = (&mine.issued.held, used.boarded_s * 1_000, by_key == asked.key());
        let fare = mine.voucher.fare;
        let again = rule::told_again(held, used.counter, &used.vehicle, boarded_ms, by_own);
        let (outcome, said, sum) = match again {
            ToldAgain::Settled => (UseOutcome::Settled { ride }, ReceiptOutcome::Paid, fare),
            ToldAgain::PaidOtherwise => {
                (UseOutcome::PaidOtherwise { by_key, ride }, ReceiptOutcome::Refunded, fare)
            }
            ToldAgain::Misused => (UseOutcome::Misused { ride }, ReceiptOutcome::Paid, fare),
            ToldAgain::ByAnother => {
                (UseOutcome::ToldBefore { by_key, ride }, ReceiptOutcome::AlreadyPaid, Money::ZERO)
            }
        };
        return desk.told_use(asked, outcome, said, sum);
    }
    let bus = desk.painted_bus(&mine.voucher.city, &used.vehicle);
    let vehicle = bus.map_or(used.vehicle.as_str(), |(_, bus)| bus.vehicle.as_str());
    let painted = bus.map_or(used.vehicle.as_str(), |(_, bus)| bus.painted.as_str());
    if asked.books.pending_in(&mine.row.payer, vehicle)?.is_some() {
        let title = "a payment of this ride has no answer yet";
        return Err(problem(503, codes::UNAVAILABLE, title).into());
    }
    let (boarded_ms, ends_ms) = (used.boarded_s * 1_000, (used.boarded_s + life_s) * 1_000);
    let rides: Vec<HeldRide> = asked.books.rides(&mine.row.payer)?.iter().map(held).collect();
    let standing = rides::standing(&rides, (vehicle, painted), boarded_ms, ends_ms).cloned();
    let paid_otherwise = standing.is_some();
    let reported = Reported { boarded_ms, paid_otherwise };
    let decision = rule::report(&mine.issued.held, used.counter, &used.vehicle, reported, asked.now_ms);
    let ride = match standing {
        Some(standing) => asked.books.ride(&standing.ride)?.ok_or_else(not_found)?,
        None => desk.sell_offline(asked, &mine, &used, bus, ends_ms)?,
    };
    let by_key = if paid_otherwise { ride.key.clone() } else { asked.key().to_owned() };
    asked.books.put_voucher_use(&mine.issued.voucher, used.counter, &used.vehicle, &by_key, &ride.ride)?;
    desk.apply(asked.books, &mine.row, &decision, asked.now_ms)?;
    let moved = |kinds: &[Move]| {
        let count = decision.moves.iter().filter(|one| kinds.contains(one)).count();
        mine.voucher.fare.times(u32::try_from(count).unwrap_or(0)).unwrap_or(Money::ZERO)
    };
    let ride = at_moment(ride, asked.now_ms);
    let fare = mine.voucher.fare;
    let (outcome, said, sum) = if decision.abused {
        (UseOutcome::Misused { ride }, ReceiptOutcome::Paid, moved(&[Move::Charge, Move::Owe]))
    } else if paid_otherwise {
        let back = moved(&[Move::GoBack, Move::Refund]);
        (UseOutcome::PaidOtherwise { by_key, ride }, ReceiptOutcome::Refunded, back)
    } else {
        (UseOutcome::Settled { ride }, ReceiptOutcome::Paid, fare)
    };
    desk.told_use(asked, outcome, said, sum)
}

pub(super) fn give_back(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let mine = Mine::of(asked)?;
    let request: UnusedRequest = asked.call.json()?;
    rule::check_unused(mine.voucher.rides, &request)?;
    let message = unused_to_sign(&mine.signed, request.used);
    let signed_by = |key: &[u8]| devices::is_signed(key, &message, &request.signature.0);
    let by_own_phone = signed_by(&mine.voucher.phone.point);
    let phones = asked.books.devices(&mine.row.payer)?;
    if !by_own_phone && !phones.iter().any(|phone| signed_by(&phone.public_key)) {
        return Err(problem(403, codes::BAD_SIGNATURE, "no phone of this account signed this").into());
    }
    let decision = rule::give_back(&mine.issued.held, request.used, by_own_phone, asked.now_ms);
    desk.apply(asked.books, &mine.row, &decision, asked.now_ms)?;
    let key = asked.key().to_owned();
    match decision.held.waits_until_ms(asked.now_ms) {
        Some(returns_ms) => {
            let answer = UnusedAnswer { key, outcome: UnusedOutcome::Waits { returns_ms }, receipt: None };
            Ok(Answer { is_final: false, ..Answer::json(&answer) })
        }
        None => {
            let count = decision.held.rides.iter().filter(|ride| ride.money == Place::Returned).count();
            let sum = mine.voucher.fare.times(u32::try_from(count).unwrap_or(0)).unwrap_or(Money::ZERO);
            let (hash, said) = (&asked.request_hash, ReceiptOutcome::Refunded);
            let id = Some(mine.voucher.id);
            let receipt = Some(desk.signed_receipt(&key, hash, said, sum, id, asked.now_ms)?);
            Ok(Answer::json(&UnusedAnswer { key, outcome: UnusedOutcome::Returned { sum }, receipt }))
        }
    }
}

/// The voucher in the path, of the account that asks.
struct Mine {
    row: VoucherRow,
    issued: IssuedVoucher,
    signed: SignedVoucher,
    voucher: Voucher,
}

impl Mine {
    fn of(asked: &Asked<'_>) -> Result<Mine, Refusal> {
        let payer = &asked.session()?.account.account;
        let row = asked.books.voucher(asked.id())?.filter(|row| row.payer == *payer).ok_or_else(not_found)?;
        let issued = row.issued.clone().ok_or_else(not_found)?;
        let (signed, voucher) = read(&issued)?;
        Ok(Mine { row, issued, signed, voucher })
    }
}

fn read(issued: &IssuedVoucher) -> Result<(SignedVoucher, Voucher), Refusal> {
    let signed = SignedVoucher::from_bytes(&issued.signed);
    let both = signed.and_then(|signed| signed.read_unverified().map(|voucher| (signed, voucher)));
    both.map_err(|error| Refusal::Broken(format!("voucher: {error}")))
}

impl Desk {
    fn told_use(
        &self,
        asked: &Asked<'_>,
        outcome: UseOutcome,
        said: ReceiptOutcome,
        sum: Money,
    ) -> Result<Answer, Refusal> {
        let ride = match &outcome {
            UseOutcome::Settled { ride }
            | UseOutcome::PaidOtherwise { ride, .. }
            | UseOutcome::ToldBefore { ride, .. }
            | UseOutcome::Misused { ride } => ticket_id(ride),
        };
        let (key, hash) = (asked.key().to_owned(), &asked.request_hash);
        let receipt = self.signed_receipt(&key, hash, said, sum, ride, asked.now_ms)?;
        Ok(Answer::json(&UseAnswer { key, outcome, receipt }))
    }

    /// A bus of a city, as a voucher names both.
    pub(super) fn painted_bus(&self, city: &str, painted: &str) -> Option<(&CityData, &Vehicle)> {
        let city = self.operator.cities.iter().find(|known| code_of(known) == city)?;
        city.vehicles.iter().find(|bus| named_bus(&bus.painted) == painted).map(|bus| (city, bus))
    }

    /// A use becomes a ride like any other, with a ticket; its money moves by the voucher's rules.
    fn sell_offline(
        &self,
        asked: &Asked<'_>,
        mine: &Mine,
        used: &Use,
        bus: Option<(&CityData, &Vehicle)>,
        ends_ms: i64,
    ) -> Result<RideAnswer, Refusal> {
        let boarded_ms = used.boarded_s * 1_000;
        let city = self.city(&mine.row.request.city).ok_or_else(not_found)?;
        let unknown = Vehicle {
            vehicle: used.vehicle.clone(),
            painted: used.vehicle.clone(),
            plate: String::new(),
            // A ticket names some line.
            line: "-".to_owned(),
            terminal: false,
            ways: Vec::new(),
        };
        let vehicle = bus.map_or(&unknown, |(_, bus)| bus);
        // By the passenger's clock the bus may stand in the depot; the ride is paid all the same.
        let run = city.live.where_is(&vehicle.vehicle, boarded_ms).unwrap_or_else(|| Run {
            run: "0".to_owned(),
            line: vehicle.line.clone(),
            direction: 0,
            terminus: String::new(),
            ends_ms,
            stop: String::new(),
            stop_id: String::new(),
            in_service: false,
        });
        let sale = Sale {
            payer: &mine.row.payer,
            key: asked.key(),
            city,
            vehicle,
            run,
            passengers: mine.voucher.passengers.clone(),
            way: Way::App,
            source: mine.row.request.source.clone(),
            phone: Some(mine.voucher.phone),
            charge: Charge { fare: mine.voucher.fare, entry: None, ends_ms },
            asked_ms: boarded_ms,
            paid_ms: boarded_ms,
        };
        let sold = self.sell(asked.books, sale)?.map(|(ride, _)| ride);
        sold.ok_or_else(|| problem(503, codes::UNAVAILABLE, "no ticket can be issued now").into())
    }

    /// Keeps what a word or the time made of a voucher, and moves the money.
    fn apply(
        &self,
        books: &Books<'_>,
        row: &VoucherRow,
        decision: &Decision,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let Some(issued) = &row.issued else { return Ok(()) };
        let recipient = books.account(&row.payer)?.map(|account| account.recipient).unwrap_or_default();
        for one in &decision.moves {
            let entry = one.entry(
                Purse::Voucher(issued.voucher.clone()),
                Purse::Fares(row.request.city.clone()),
                rule::purse_of(&row.request.source, &recipient),
                Purse::Owed(row.payer.clone()),
                row.request.fare,
            );
            entry.iter().try_for_each(|entry| books.enter(entry, &issued.voucher, now_ms))?;
        }
        if decision.abused {
            books.end_offline(&row.payer, now_ms)?;
        }
        let issued = IssuedVoucher { held: decision.held.clone(), ..issued.clone() };
        Ok(books.put_voucher(&VoucherRow { issued: Some(issued), ..row.clone() })?)
    }

    /// An inspector saw a voucher in use, and believed the phone's signature.
    pub(super) fn saw_voucher(&self, asked: &Asked<'_>, entry: &InspectionEntry) -> Result<(), Refusal> {
        let believed = entry.verdict != "not_valid";
        let (Some(voucher), Some(counter), true) = (&entry.ticket, entry.counter, believed) else {
            return Ok(());
        };
        let Some(row) = asked.books.voucher(voucher)? else { return Ok(()) };
        let Some(issued) = &row.issued else { return Ok(()) };
        let decision = rule::inspect(&issued.held, counter, &entry.vehicle, entry.at_ms, asked.now_ms);
        self.apply(asked.books, &row, &decision, asked.now_ms)
    }

    /// Answers reservations whose carrier has spoken, and does what happens to vouchers by itself.
    pub(super) fn settle_vouchers(&self, books: &Books<'_>, now_ms: i64) -> Result<(), Refusal> {
        self.settle_reservations(books, now_ms)?;
        for row in books.vouchers_due(now_ms)? {
            if let Some(issued) = &row.issued {
                self.apply(books, &row, &rule::advance(&issued.held, now_ms), now_ms)?;
            }
        }
        Ok(())
    }
}
