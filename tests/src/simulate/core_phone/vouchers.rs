//! Vouchers on the whole core: its calls, and what the operator signs.

use super::{CorePhone, answered};
use crate::simulate::operator::{Answer, Became, Issued, Outcome, voucher_id};
use crate::simulate::phone::{Label, Purse, ReservedWord, UseWord, Vouchers, Want};
use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::operator::outbox::{Call, Operation};
use jol_core::operator::wire::{
    self, Base64, Device, UnusedAnswer, UnusedOutcome, UnusedRequest, UseAnswer, UseOutcome, UseReport,
    VoucherAnswer, VoucherOutcome, VoucherRequest,
};
use jol_core::pay::PaymentState;
use jol_core::ticket::receipt::request_hash;
use jol_core::ticket::{Receipt, SoftwareKey, TicketId};
use std::collections::HashMap;
use std::sync::Arc;

/// The names that the core made of vouchers, in one life.
#[derive(Debug, Default)]
pub(super) struct VoucherNames {
    /// Of reservations, by the voucher's number.
    reserved: HashMap<usize, String>,
    /// Of uses.
    pub(super) uses: HashMap<usize, String>,
    /// Of words that give back, and of which voucher.
    unused: HashMap<String, usize>,
    /// The public halves of phones' keys.
    points: HashMap<(usize, u32), [u8; 33]>,
    /// Vouchers as they were signed.
    signed: HashMap<usize, Vec<u8>>,
}

impl CorePhone<'_> {
    /// The phone's own key, made anew with each beginning, is enrolled: vouchers are bound to it.
    pub(super) fn enrol_key(&mut self) {
        if !self.has_vouchers {
            return;
        }
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.chance.0.to_le_bytes());
        seed[8..12].copy_from_slice(&self.generation.to_le_bytes());
        let key = SoftwareKey::from_seed(seed);
        let (public, name) = (key.public_key(), (self.nth, self.generation));
        self.names.borrow_mut().vouchers.points.insert(name, public);
        let to_sign = self.jol().enrolment_to_sign(&public).expect("signed in");
        self.jol().enrol(&public, &key.sign(&to_sign), None).expect("a key");
        for call in self.jol().outbox_due() {
            if call.operation == Operation::Enrol {
                let device = Device { device: "d".to_owned(), attested: false, waits_until_ms: None };
                self.jol().outbox_deliver(&call, answered(&device));
            }
        }
        self.key = Some(key);
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.as_ref().expect("an enrolled key").sign(message)
    }

    /// Which call about vouchers it is; none in lives without them.
    pub(super) fn voucher_label(&self, call: &Call) -> Option<Label> {
        let names = &self.names.borrow().vouchers;
        let find = |names: &HashMap<usize, String>| {
            names.iter().find(|(_, name)| **name == call.key).map(|(number, _)| *number)
        };
        match call.operation {
            Operation::Vouchers if self.has_vouchers => Some(Label::Vouchers),
            Operation::ReserveVoucher => find(&names.reserved).map(Label::Reserve),
            Operation::VoucherUse => find(&names.uses).map(Label::Use),
            Operation::VoucherUnused => names.unused.get(&call.key).copied().map(Label::Unused),
            _ => None,
        }
    }

    /// A voucher as the operator signed it, once.
    fn signed(&self, issued: &Issued) -> Vec<u8> {
        let names = &mut self.names.borrow_mut().vouchers;
        let point = names.points.get(&issued.key).copied().unwrap_or([2; 33]);
        let keys = self.stage.desk.keys();
        let signed = names.signed.entry(issued.voucher).or_insert_with(|| {
            let voucher = issued.voucher(keys.ticket_key(), point);
            keys.voucher(&voucher).map(|signed| signed.to_bytes()).unwrap_or_default()
        });
        signed.clone()
    }

    /// An answer about vouchers as the operator sends it.
    pub(super) fn voucher_body(&self, call: &Call, answer: &Answer) -> Option<(u16, Vec<u8>)> {
        let key = call.key.clone();
        let receipt = |ticket: Option<TicketId>| {
            let (outcome, amount) = answer.receipt()?;
            let receipt = Receipt {
                idempotency_key: call.key.clone(),
                request_hash: request_hash(&call.body),
                outcome,
                amount,
                operator_time_ms: answer.decided_ms,
                ticket,
                reference: "r".to_owned(),
            };
            self.stage.desk.keys().receipt(&receipt).ok().map(Base64)
        };
        let body = match (call.operation, &answer.outcome) {
            (Operation::Vouchers, Outcome::Vouchers { vouchers, ended }) => {
                let told = vouchers.iter().map(|told| wire::HeldVoucher {
                    voucher: voucher_id(told.issued.voucher).to_string(),
                    key: self.reservation_key(told.issued.voucher),
                    source: told.source.clone(),
                    signed: Base64(self.signed(&told.issued)),
                    rides: told.rides.clone(),
                    returns_ms: told.returns_ms,
                });
                serde_json::to_vec(&wire::Vouchers { vouchers: told.collect(), ended: *ended })
            }
            (Operation::ReserveVoucher, outcome) => {
                let (outcome, ticket) = match outcome {
                    Outcome::Reserved(issued) => {
                        let voucher = Base64(self.signed(issued));
                        (VoucherOutcome::Reserved { voucher }, Some(voucher_id(issued.voucher)))
                    }
                    Outcome::Declined(decline) => {
                        let (reason, try_again_ms) = (decline.reason, decline.try_again_ms);
                        let service = decline.service.clone();
                        (VoucherOutcome::Declined { reason, try_again_ms, service }, None)
                    }
                    _ => (VoucherOutcome::Pending, None),
                };
                serde_json::to_vec(&VoucherAnswer { key, outcome, receipt: receipt(ticket) })
            }
            (Operation::VoucherUse, Outcome::Used { ride, became, .. }) => {
                let ride = self.ride(ride);
                let by_key = ride.key.clone();
                let outcome = match became {
                    Became::Settled => UseOutcome::Settled { ride },
                    Became::PaidOtherwise => UseOutcome::PaidOtherwise { by_key, ride },
                    Became::ToldBefore => UseOutcome::ToldBefore { by_key, ride },
                    Became::Misused => UseOutcome::Misused { ride },
                };
                serde_json::to_vec(&UseAnswer { key, outcome, receipt: receipt(None)? })
            }
            (Operation::VoucherUnused, Outcome::Waits(returns_ms)) => {
                let outcome = UnusedOutcome::Waits { returns_ms: *returns_ms };
                serde_json::to_vec(&UnusedAnswer { key, outcome, receipt: None })
            }
            (Operation::VoucherUnused, Outcome::Returned(sum)) => {
                let outcome = UnusedOutcome::Returned { sum: *sum };
                serde_json::to_vec(&UnusedAnswer { key, outcome, receipt: receipt(None) })
            }
            _ => return None,
        };
        Some((200, body.unwrap_or_default()))
    }

    fn reservation_key(&self, voucher: usize) -> String {
        self.names.borrow().vouchers.reserved.get(&voucher).cloned().unwrap_or_default()
    }

    fn voucher_number(&self, key: &str) -> usize {
        let names = &self.names.borrow().vouchers;
        names.reserved.iter().find(|(_, name)| *name == key).map_or(usize::MAX, |(voucher, _)| *voucher)
    }

    fn body_of<T: serde::de::DeserializeOwned>(&self, label: Label) -> T {
        let call = self.carried.get(&label).expect("a call is carried");
        serde_json::from_slice(&call.body).expect("the core's own request")
    }
}

impl Vouchers for CorePhone<'_> {
    fn reserve(&mut self, rides: u8, purse: Purse, voucher: usize, now_ms: i64) -> bool {
        self.at(now_ms);
        let want = Want { bus: 0, purse, one_more: false };
        let quote = self.jol().quote_offline(rides, want.source(), vec![want.passenger()]);
        let Ok(quote) = quote else { return false };
        let key = self.jol().reserve_offline(&quote, &self.sign(&quote.to_sign)).expect("a tap");
        let is_new = key == quote.key;
        if is_new {
            self.names.borrow_mut().vouchers.reserved.insert(voucher, key);
        }
        is_new
    }

    fn reservation(&mut self, voucher: usize) -> Arc<VoucherRequest> {
        Arc::new(self.body_of(Label::Reserve(voucher)))
    }

    fn board(&mut self, bus: usize, one: usize, now_ms: i64) -> Option<(usize, u8)> {
        self.at(now_ms);
        let want = Want { bus, purse: Purse::Phone, one_more: false };
        let boarding = self.jol().boarding(&want.vehicle().painted, None).ok()?;
        if boarding.already.is_some() {
            return None;
        }
        self.jol().board_offline(&boarding, &self.sign(&boarding.to_sign)).expect("a tap");
        let is_this = |voucher: &usize| voucher_id(*voucher).to_string() == boarding.voucher;
        let voucher = self.names.borrow().vouchers.reserved.keys().copied().find(is_this)?;
        self.names.borrow_mut().vouchers.uses.insert(one, boarding.key);
        Some((voucher, boarding.counter))
    }

    fn report(&mut self, one: usize) -> (usize, UseReport) {
        let call = self.carried.get(&Label::Use(one)).expect("a call is carried");
        let id = call.path.split('/').nth(3).unwrap_or_default();
        let names = &self.names.borrow().vouchers;
        let is_this = |voucher: &usize| voucher_id(*voucher).to_string() == id;
        let voucher = names.reserved.keys().copied().find(is_this).unwrap_or(usize::MAX);
        (voucher, self.body_of(Label::Use(one)))
    }

    fn can_give_back(&mut self, now_ms: i64) -> Vec<usize> {
        self.at(now_ms);
        let reserved = self.jol().offline_rides().expect("the wallet").reserved;
        let rest = reserved.into_iter().filter(|one| one.can_be_given_back);
        let mut vouchers: Vec<_> = rest.map(|one| self.voucher_number(&one.key)).collect();
        vouchers.sort_unstable();
        vouchers
    }

    fn give_rest_back(&mut self, voucher: usize, now_ms: i64) {
        self.at(now_ms);
        let giving = self.jol().quote_give_back(&voucher_id(voucher).to_string());
        let giving = giving.expect("a voucher whose rest can be given back");
        self.jol().give_back(&giving, &self.sign(&giving.to_sign)).expect("a tap");
        self.names.borrow_mut().vouchers.unused.insert(giving.key, voucher);
    }

    fn unused(&mut self, voucher: usize) -> u8 {
        self.body_of::<UnusedRequest>(Label::Unused(voucher)).used
    }

    fn reserved(&mut self, now_ms: i64) -> Vec<(usize, ReservedWord)> {
        self.at(now_ms);
        let reserved = self.jol().offline_rides().expect("the wallet").reserved;
        let words = reserved.into_iter().map(|one| {
            let word = match one.standing {
                ReservedStanding::Waiting => ReservedWord::Waiting,
                ReservedStanding::Declined { .. } => ReservedWord::Declined,
                ReservedStanding::GivingBack { .. } => ReservedWord::GivingBack,
                ReservedStanding::Returned { sum } => ReservedWord::Returned(sum),
                ReservedStanding::Usable | ReservedStanding::UsedUp | ReservedStanding::NotHere => {
                    ReservedWord::Reserved
                }
            };
            (self.voucher_number(&one.key), word)
        });
        let mut words: Vec<_> = words.collect();
        words.sort_by_key(|(voucher, _)| *voucher);
        words
    }

    fn use_word(&mut self, one: usize) -> Option<UseWord> {
        let key = self.names.borrow().vouchers.uses.get(&one)?.clone();
        let PaymentState::Paid { ride } = self.jol().payment(&key).ok()?.state else { return None };
        let ride = self.names.borrow().rides.get(&ride).copied();
        Some(ride.map_or(UseWord::Open, UseWord::Rides))
    }

    fn held_money(&mut self) -> Money {
        self.jol().ledger_balance("vouchers").expect("the ledger")
    }
}
