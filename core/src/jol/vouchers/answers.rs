//! What the operator's answers make of offline rides. Money is believed by receipts only.

use super::{ENDED, read};
use crate::account::rows as account;
use crate::jol::answers::Answer;
use crate::jol::{JolError, Shared, View};
use crate::money::Money;
use crate::operator::outbox::{Call, Operation};
use crate::operator::wire::{
    HeldVoucher, OfflineRideState, UnusedAnswer, UseAnswer, VoucherAnswer, Vouchers,
};
use crate::pay::offline::{self, GivenBack, HeldRides, HeldState, OfflineUse, UseState, rows};
use crate::pay::{DeclineReason, rows as pay};
use crate::store::{Records, StoreError};
use crate::ticket::{SignedVoucher, TrustedKeys};
use crate::wallet::ledger;

impl Shared {
    pub(in crate::jol) fn take_reservation(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(held) = rows::find(records, &call.key)? else { return Ok(()) };
        if held.state != HeldState::Pending {
            return Ok(());
        }
        let phone = account::phone_key(records)?;
        let said = answer.read::<VoucherAnswer>().and_then(|said| {
            offline::settle_reservation(&held, &call.body, phone.as_deref(), view.keys.as_ref(), said)
        });
        let Some(said) = said else { return self.ask_once_more(records, call) };
        rows::settle(records, &held.key, &said.state, said.signed.as_ref(), &said.receipt)?;
        match &said.state {
            HeldState::Reserved if held.own => {
                let sum = held.fare.times(held.rides.into()).unwrap_or(Money::ZERO);
                let from = ledger::account(&held.source);
                ledger::book(records, &held.key, &from, ledger::VOUCHERS, sum, said.operator_time_ms)?;
            }
            HeldState::Declined { reason, .. } => self.heed(records, *reason)?,
            _ => {}
        }
        Ok(self.ask_balances(records)?)
    }

    /// Why no rides are held: what offline rides ask of a payer, or of everybody.
    fn heed(&self, records: &Records<'_>, reason: DeclineReason) -> Result<(), StoreError> {
        match reason {
            DeclineReason::OfflineRidesOff => self.ask_terms(records),
            DeclineReason::OfflineRidesEnded => records.set(ENDED, &true),
            reason => self.ask_what_changed(records, reason),
        }
    }

    fn ask_balances(&self, records: &Records<'_>) -> Result<(), StoreError> {
        self.ask(records, Operation::Cards, "/v1/cards", None)?;
        self.ask(records, Operation::Sources, "/v1/sources", None)
    }

    /// The same bytes again, later: never "not taken" without the operator's signed word.
    fn ask_once_more(&self, records: &Records<'_>, call: &Call) -> Result<(), JolError> {
        self.post(records, call.operation, &call.key, &call.path, &call.body, None)?;
        Ok(self.pause(records, &call.key, call.attempts)?)
    }

    pub(in crate::jol) fn take_use(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(one) = rows::uses(records)?.into_iter().find(|one| one.key == call.key) else {
            return Ok(());
        };
        let Some(held) = rows::find(records, &one.voucher)? else { return Ok(()) };
        if one.state != UseState::Open {
            return Ok(());
        }
        let said = answer
            .read::<UseAnswer>()
            .and_then(|said| offline::settle_use(&one, held.fare, &call.body, view.keys.as_ref(), said));
        let Some(said) = said else { return self.ask_once_more(records, call) };
        pay::put_ride(records, &said.ride)?;
        rows::settle_use(records, &one.key, &said.state, &said.receipt)?;
        let (source, at_ms) = (ledger::account(&held.source), said.operator_time_ms);
        let from = if held.own { ledger::VOUCHERS } else { &source };
        if said.charged > Money::ZERO {
            ledger::book(records, &one.key, from, ledger::FARES, said.charged, at_ms)?;
        }
        if said.returned > Money::ZERO && held.own {
            ledger::book(records, &one.key, from, &source, said.returned, at_ms)?;
        }
        if matches!(said.state, UseState::Misused { .. }) {
            records.set(ENDED, &true)?;
        }
        Ok(self.ask_balances(records)?)
    }

    pub(in crate::jol) fn take_unused(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(held) = rows::find(records, &call.key)? else { return Ok(()) };
        if !matches!(held.state, HeldState::GivingBack { .. }) {
            return Ok(());
        }
        let said = answer
            .read::<UnusedAnswer>()
            .and_then(|said| offline::settle_unused(&call.key, &call.body, view.keys.as_ref(), said));
        match said {
            // Asked again with the next list of vouchers, once that time is over.
            Some(GivenBack::Waits { returns_ms }) => {
                let state = HeldState::GivingBack { returns_ms: Some(returns_ms) };
                Ok(rows::set_state(records, &held.key, &state)?)
            }
            Some(GivenBack::Returned { sum, receipt, operator_time_ms }) => {
                rows::set_state(records, &held.key, &HeldState::Returned { sum })?;
                rows::set_unused_receipt(records, &held.key, &receipt, operator_time_ms)?;
                let most = held.fare.times(held.rides.into()).unwrap_or(Money::ZERO);
                if held.own && sum > Money::ZERO && sum <= most {
                    let source = ledger::account(&held.source);
                    ledger::book(records, &call.key, ledger::VOUCHERS, &source, sum, operator_time_ms)?;
                }
                Ok(self.ask_balances(records)?)
            }
            None => self.ask_once_more(records, call),
        }
    }

    /// What the operator holds for this account: vouchers of a wiped or another phone, what was given
    /// back and has returned since, and whether offline rides ended.
    pub(in crate::jol) fn take_vouchers(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        call: &Call,
        answer: &Answer<'_>,
    ) -> Result<(), JolError> {
        let Some(said) = answer.read::<Vouchers>() else {
            let what = format!("{}: not what the contract says", call.path);
            return if answer.is_success() { Err(JolError::internal(&what)) } else { Ok(()) };
        };
        records.set(ENDED, &said.ended)?;
        let uses = rows::uses(records)?;
        for told in &said.vouchers {
            self.take_told(records, view, told, &uses)?;
            let held = match rows::find(records, &told.voucher)? {
                None => rows::find(records, &told.key)?,
                held => held,
            };
            if let Some(held) = held.filter(|held| !held.own) {
                self.book_told(records, &held, &told.rides)?;
            }
        }
        Ok(())
    }

    /// How the operator holds one voucher: whether this file remembers all its rides, and what to ask next.
    fn take_told(
        &self,
        records: &Records<'_>,
        view: &View<'_>,
        told: &HeldVoucher,
        uses: &[OfflineUse],
    ) -> Result<(), JolError> {
        let Some(held) = rows::find(records, &told.voucher)? else {
            match rows::find(records, &told.key)? {
                None => add_told(records, view.keys.as_ref(), told)?,
                // The reservation has no answer here, and its rides were used: this file is an older one.
                Some(held) if offline::told_used(&told.rides) > 0 => {
                    let told = told.rides.clone();
                    rows::set_told(records, &HeldRides { own: false, told, ..held })?;
                }
                Some(_) => {}
            }
            return Ok(());
        };
        let Some((_, voucher)) = read(&held) else { return Ok(()) };
        let own = held.own && !offline::is_outlived(&voucher, uses, &told.rides);
        rows::set_told(records, &HeldRides { own, told: told.rides.clone(), ..held.clone() })?;
        let waits = told.rides.contains(&OfflineRideState::GivingBack);
        if let (HeldState::GivingBack { .. }, false) = (&held.state, waits)
            && let Some((key, body)) = rows::unused_request(records, &held.key)?
        {
            let path = format!("/v1/vouchers/{}/unused", told.voucher);
            self.post(records, Operation::VoucherUnused, &key, &path, &body, None)?;
        }
        Ok(())
    }

    /// Of a voucher whose rides are not all known here, the operator's word says how much is held: what the
    /// ledger holds for it becomes that, and its rides are booked like any other.
    fn book_told(
        &self,
        records: &Records<'_>,
        held: &HeldRides,
        told: &[OfflineRideState],
    ) -> Result<(), StoreError> {
        use OfflineRideState::{GivingBack, Open, Seen};
        let open = told.iter().filter(|told| matches!(told, Open | GivingBack | Seen)).count() as u32;
        let prefix = format!("{}/told/", held.key);
        let (booked, before) = rows::held_money(records, &held.key, &prefix)?;
        let more = held.fare.times(open).and_then(|holds| holds.minus(booked)).unwrap_or(Money::ZERO);
        let (key, source) = (format!("{prefix}{before}"), ledger::account(&held.source));
        ledger::book(records, &key, &source, ledger::VOUCHERS, more, self.clock.wall_ms())
    }
}

/// A voucher that this wallet does not remember: its uses are not known here, so it is only given back.
fn add_told(records: &Records<'_>, keys: Option<&TrustedKeys>, told: &HeldVoucher) -> Result<(), StoreError> {
    let signed = SignedVoucher::from_bytes(&told.signed.0);
    let said = keys.and_then(|keys| signed.ok()?.verify(keys).ok());
    let Some(said) = said.filter(|said| said.id.to_string() == told.voucher) else {
        eprintln!("jol: voucher {}: it does not hold", told.voucher);
        return Ok(());
    };
    let held = HeldRides {
        key: told.key.clone(),
        city: said.city,
        source: told.source.clone(),
        passengers: said.passengers,
        fare: said.fare,
        rides: said.rides,
        tapped_ms: said.issued_s.saturating_mul(1_000),
        state: HeldState::Reserved,
        signed: Some(told.signed.0.clone()),
        own: false,
        told: told.rides.clone(),
    };
    rows::add_told(records, &held, said.id)
}
