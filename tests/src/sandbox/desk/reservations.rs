//! Reserving offline rides: asking the rule, taking the money, signing the voucher.

use super::payments::phone_line;
use super::terminals::code_of;
use super::{Answer, Asked, Desk, Refusal, day, day_start_ms, zone};
use crate::sandbox::books::AccountRow;
use crate::sandbox::ledger::Books;
use crate::sandbox::rules::carrier::{self, CarrierAnswer, Decline};
use crate::sandbox::rules::payments::{self, at_least};
use crate::sandbox::rules::reservations::{self as rule, ReserveDecision};
use crate::sandbox::rules::vouchers::{HeldVoucher, purse_of};
use crate::sandbox::rules::{Entry, Purse, devices, problem};
use crate::sandbox::voucher_rows::{IssuedVoucher, VoucherRow};
use jol_core::entropy::random;
use jol_core::money::Money;
use jol_core::operator::wire::{Base64, VoucherAnswer, VoucherOutcome, VoucherRequest, problem as codes};
use jol_core::pay::{DeclineReason, Way, intent_message};
use jol_core::ticket::token::{PhoneKey, TicketId};
use jol_core::ticket::{ReceiptOutcome, Voucher};

pub(super) fn reserve(desk: &Desk, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (books, session) = (asked.books, asked.session()?);
    let payer = &session.account.account;
    if let Some(known) = books.reservation(payer, asked.key())? {
        return told(known);
    }
    let request: VoucherRequest = asked.call.json()?;
    rule::check(&request)?;
    let phones = books.devices(payer)?;
    let phone = phones.iter().find(|phone| Some(&phone.device.device) == session.device.as_ref());
    let title = "a voucher is bound to an enrolled phone, which signs";
    let phone = phone.ok_or_else(|| problem(403, codes::BAD_SIGNATURE, title))?;
    if !is_signed(&request, asked.key(), &phone.public_key) {
        return Err(problem(403, codes::BAD_SIGNATURE, title).into());
    }
    let mut row = VoucherRow {
        payer: payer.clone(),
        key: asked.key().to_owned(),
        request_hash: asked.request_hash.to_vec(),
        device: phone.device.device.clone(),
        due_ms: None,
        answer: VoucherAnswer {
            key: asked.key().to_owned(),
            outcome: VoucherOutcome::Pending,
            receipt: None,
        },
        issued: None,
        at_ms: asked.now_ms,
        request,
    };
    match desk.decide_reservation(asked, &session.account, phone.device.waits_until_ms, &row.request)? {
        ReserveDecision::Pending { ask_again_ms } => row.due_ms = Some(ask_again_ms),
        ReserveDecision::Declined(decline) => desk.decline_voucher(&mut row, decline, asked.now_ms)?,
        ReserveDecision::Paid { from } => desk.issue_voucher(books, &mut row, from, asked.now_ms)?,
    }
    books.put_voucher(&row)?;
    told(row)
}

fn told(row: VoucherRow) -> Result<Answer, Refusal> {
    Ok(Answer { is_final: row.answer.outcome != VoucherOutcome::Pending, ..Answer::json(&row.answer) })
}

fn is_signed(request: &VoucherRequest, key: &str, phone: &[u8]) -> bool {
    let unsigned = serde_json::to_vec(&VoucherRequest { signature: None, ..request.clone() });
    let (Ok(unsigned), Some(signature)) = (unsigned, &request.signature) else { return false };
    devices::is_signed(phone, &intent_message(key, &unsigned), &signature.0)
}

impl Desk {
    fn decide_reservation(
        &self,
        asked: &Asked<'_>,
        account: &AccountRow,
        waits_until_ms: Option<i64>,
        request: &VoucherRequest,
    ) -> Result<ReserveDecision, Refusal> {
        let (books, now_ms) = (asked.books, asked.now_ms);
        let city = self.city(&request.city);
        let zone = city.map_or(jiff::tz::TimeZone::UTC, zone);
        let reservations = books.vouchers(&account.account)?;
        // A reservation that is pending counts as if it were paid.
        let open = |row: &VoucherRow| match (&row.issued, row.due_ms) {
            (Some(issued), _) if issued.held.until_ms >= now_ms => issued.held.open_rides(),
            (None, Some(_)) => row.request.rides.into(),
            _ => 0,
        };
        Ok(rule::reserve(
            &rule::ReserveView {
                now_ms,
                day: day(now_ms, &zone),
                offered: self.operator.info.offline_rides,
                ended: books.offline_ended(&account.account)?,
                city: city.map(|city| &city.rules),
                open_rides: reservations.iter().map(open).sum(),
                version_pays: at_least(&asked.call.version, &self.operator.info.lowest_version_that_pays),
                terms_accepted: account.terms == self.operator.info.terms_version,
                waits_until_ms,
                cards: &books.cards(&account.account, now_ms)?,
                bank_cards: &books.bank_cards(&account.account)?,
                line: &phone_line(books, account, day_start_ms(now_ms, &zone), now_ms)?,
            },
            request,
        ))
    }

    /// Takes the money, issues the voucher and answers; if it cannot be signed, nothing is taken.
    fn issue_voucher(
        &self,
        books: &Books<'_>,
        row: &mut VoucherRow,
        from: Purse,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        row.due_ms = None;
        let request = &row.request;
        let ticket_index = books.next_ticket_index()?;
        let (id, until_ms) =
            (TicketId::new(ticket_index, random(&*self.entropy)), now_ms + rule::VOUCHER_LASTS_MS);
        let phones = books.devices(&row.payer)?;
        let phone = phones.iter().find(|phone| phone.device.device == row.device);
        let phone = phone.and_then(|phone| {
            let point = phone.public_key.as_slice().try_into().ok()?;
            Some(PhoneKey { point, attested: phone.device.attested })
        });
        let signed = self.city(&request.city).zip(phone).map(|(city, phone)| {
            self.keys.voucher(&Voucher {
                key: self.keys.ticket_key(),
                id,
                issued_s: now_ms.div_euclid(1_000),
                until_s: until_ms.div_euclid(1_000),
                life_s: rule::LIFE_S,
                phone,
                city: code_of(city),
                passengers: payments::grouped(&request.passengers).unwrap_or_default(),
                fare: request.fare,
                way: Way::App,
                rides: request.rides,
                end: city.rules.ride_end.rule(),
                replaces: None,
            })
        });
        let Some(Ok(signed)) = signed else {
            return self.decline_voucher(row, DeclineReason::TryLater.into(), now_ms);
        };
        let sum = request.fare.times(request.rides.into()).unwrap_or(Money::ZERO);
        if let Some(entry) = Entry::of("reserve", from, Purse::Voucher(id.to_string()), sum) {
            books.enter(&entry, &id.to_string(), now_ms)?;
        }
        let (hash, said) = (&row.request_hash, ReceiptOutcome::Paid);
        row.answer.receipt = Some(self.signed_receipt(&row.key, hash, said, sum, Some(id), now_ms)?);
        row.answer.outcome = VoucherOutcome::Reserved { voucher: Base64(signed.to_bytes()) };
        row.issued = Some(IssuedVoucher {
            voucher: id.to_string(),
            ticket_index,
            signed: signed.to_bytes(),
            held: HeldVoucher::new(request.rides, rule::LIFE_S * 1_000, until_ms),
        });
        Ok(())
    }

    fn decline_voucher(&self, row: &mut VoucherRow, decline: Decline, now_ms: i64) -> Result<(), Refusal> {
        let Decline { reason, try_again_ms, service } = decline;
        let said = ReceiptOutcome::Declined { code: reason.code().to_owned() };
        row.due_ms = None;
        let receipt = self.signed_receipt(&row.key, &row.request_hash, said, Money::ZERO, None, now_ms)?;
        row.answer.receipt = Some(receipt);
        row.answer.outcome = VoucherOutcome::Declined { reason, try_again_ms, service };
        Ok(())
    }

    /// Answers reservations whose carrier has spoken by now.
    pub(super) fn settle_reservations(&self, books: &Books<'_>, now_ms: i64) -> Result<(), Refusal> {
        for mut row in books.reservations_due(now_ms)? {
            let at_ms = row.due_ms.unwrap_or(now_ms);
            match self.carrier_says(books, &row, at_ms)? {
                Ok(from) => self.issue_voucher(books, &mut row, from, at_ms)?,
                Err(decline) => self.decline_voucher(&mut row, decline, at_ms)?,
            }
            books.put_voucher(&row)?;
        }
        Ok(())
    }

    fn carrier_says(
        &self,
        books: &Books<'_>,
        row: &VoucherRow,
        at_ms: i64,
    ) -> Result<Result<Purse, Decline>, Refusal> {
        let (account, city) = (books.account(&row.payer)?, self.city(&row.request.city));
        let (Some(account), Some(city)) = (account, city) else {
            return Ok(Err(DeclineReason::TryLater.into()));
        };
        if books.offline_ended(&row.payer)? {
            return Ok(Err(DeclineReason::OfflineRidesEnded.into()));
        }
        let line = phone_line(books, &account, day_start_ms(at_ms, &zone(city)), at_ms)?;
        let sum = row.request.fare.times(row.request.rides.into()).unwrap_or(Money::ZERO);
        Ok(match carrier::decide(&line, sum, at_ms) {
            CarrierAnswer::No(decline) => Err(decline),
            _ => Ok(purse_of(&row.request.source, &account.recipient)),
        })
    }
}
