//! Vouchers on a phone: reserved, used in a bus without a network, told of, given back.

use super::{Answer, Label, ModelPhone, Outcome, Purse, Want};
use crate::simulate::operator::{Became, Issued, KeyName, ToldVoucher, voucher_id};
use crate::simulate::town::{CITY_RULES, day_at, key, town};
use crate::simulate::weakness::Weakness;
use jol_core::city::fares::{FareHistory, FareQuestion};
use jol_core::money::Money;
use jol_core::operator::wire::{Base64, OfflineRideState, UseReport, VoucherRequest};
use jol_core::pay::offline::{self, HeldRides, HeldState, OfflineUse, UseState};
use jol_core::pay::{INTENT_LASTS_MS, Source, Way};
use jol_core::ticket::{Issuer, KeyId, Use, Voucher};
use jol_core::wallet::Category;
use std::sync::Arc;

/// How reserved rides stand, as the app says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservedWord {
    /// Not known yet.
    Waiting,
    /// Nothing was taken.
    Declined,
    /// Paid.
    Reserved,
    /// What is left is given back.
    GivingBack,
    /// It returned.
    Returned(Money),
}

/// What the app says of a voucher's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseWord {
    /// The operator has not told yet.
    Open,
    /// It is this ride.
    Rides(usize),
}

/// Vouchers of a phone, as a life handles them. Times are true ones, ms since 1970.
pub trait Vouchers {
    /// Reserves so many rides of an adult. Whether that is a new reservation, which gets this number.
    fn reserve(&mut self, rides: u8, purse: Purse, voucher: usize, now_ms: i64) -> bool;
    /// What a reservation sends.
    fn reservation(&mut self, voucher: usize) -> Arc<VoucherRequest>;
    /// Boards this bus with what was reserved: the voucher and which of its rides, if one is used. The use gets
    /// this number.
    fn board(&mut self, bus: usize, one: usize, now_ms: i64) -> Option<(usize, u8)>;
    /// What a use's report sends, and of which voucher.
    fn report(&mut self, one: usize) -> (usize, UseReport);
    /// The vouchers whose rest can be given back now.
    fn can_give_back(&mut self, now_ms: i64) -> Vec<usize>;
    /// Gives the rest of a voucher back.
    fn give_rest_back(&mut self, voucher: usize, now_ms: i64);
    /// How many rides were used, as giving back says it.
    fn unused(&mut self, voucher: usize) -> u8;
    /// How each voucher stands that the phone knows, by number.
    fn reserved(&mut self, now_ms: i64) -> Vec<(usize, ReservedWord)>;
    /// What the app says of a use; none if it knows of none.
    fn use_word(&mut self, one: usize) -> Option<UseWord>;
    /// What its ledger holds for rides to come.
    fn held_money(&mut self) -> Money;
}

/// A reservation on the phone.
#[derive(Clone, Debug)]
pub(super) struct Held {
    voucher: usize,
    rides: HeldRides,
    request: Option<Arc<VoucherRequest>>,
    /// What the voucher says, once there is one.
    said: Option<Voucher>,
    /// The word with which it was given back: so many were used.
    unused: Option<u8>,
}

/// All vouchers of the phone.
#[derive(Clone, Debug, Default)]
pub(super) struct Wallet {
    held: Vec<Held>,
    uses: Vec<(usize, usize, OfflineUse)>,
    ended: bool,
    /// What the ledger holds for them.
    money: Money,
}

impl Wallet {
    fn find(&mut self, voucher: usize) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.voucher == voucher)
    }

    fn uses(&self) -> Vec<OfflineUse> {
        self.uses.iter().map(|(.., one)| one.clone()).collect()
    }

    /// Whether a use is under way in this bus.
    pub(super) fn is_riding(&self, vehicle: &str, now_ms: i64) -> bool {
        self.uses.iter().any(|(.., one)| one.vehicle == vehicle && one.ends_ms() > now_ms)
    }

    /// Uses are kept in memory only: the app was ended.
    pub(super) fn forget_uses(&mut self) {
        self.uses.clear();
    }

    /// Those that are given back, with which the operator has not done yet.
    pub(super) fn giving_back(&self) -> Vec<usize> {
        let open =
            |held: &&Held| matches!(held.rides.state, HeldState::GivingBack { .. }) && held.unused.is_some();
        self.held.iter().filter(open).map(|held| held.voucher).collect()
    }

    fn rest(&self, held: &Held, now_ms: i64) -> Option<u8> {
        let (said, id) = (held.said.as_ref()?, voucher_id(held.voucher).to_string());
        let uses = self.uses();
        let is_riding = uses.iter().any(|one| one.voucher == id && one.ends_ms() > now_ms);
        let is_open = held.rides.state == HeldState::Reserved && !is_riding;
        is_open.then(|| offline::used(&held.rides, said, &uses))
    }
}

/// What a voucher says, as this phone reads it.
fn voucher(issued: &Issued) -> Voucher {
    let key = KeyId { issuer: Issuer::new("SMP").expect("a code"), number: 1 };
    issued.voucher(key, point(issued.key))
}

/// Stands for a phone's public key.
fn point((phone, generation): KeyName) -> [u8; 33] {
    let mut point = [2; 33];
    (point[1], point[2]) = (phone as u8, generation as u8);
    point
}

impl ModelPhone {
    pub(super) fn take_vouchers(&mut self, told: &[ToldVoucher], ended: bool, now_ms: i64) {
        self.memory.vouchers.ended = ended;
        let uses = self.memory.vouchers.uses();
        let believes = !self.is_weak(Weakness::UsesOutlivedVoucher);
        for one in told {
            let Some(held) = self.memory.vouchers.find(one.issued.voucher) else {
                let said = voucher(&one.issued);
                let rides = HeldRides {
                    key: key(one.issued.voucher).to_owned(),
                    city: CITY_RULES.city.clone(),
                    source: one.source.clone(),
                    passengers: said.passengers.clone(),
                    fare: said.fare,
                    rides: said.rides,
                    tapped_ms: said.issued_s * 1_000,
                    state: HeldState::Reserved,
                    signed: None,
                    own: false,
                    told: one.rides.clone(),
                };
                let voucher = one.issued.voucher;
                let held = Held { voucher, rides, request: None, said: Some(said), unused: None };
                self.memory.vouchers.held.push(held);
                continue;
            };
            let Some(said) = &held.said else {
                if believes && offline::told_used(&one.rides) > 0 {
                    (held.rides.own, held.rides.told) = (false, one.rides.clone());
                }
                continue;
            };
            held.rides.own &= !(believes && offline::is_outlived(said, &uses, &one.rides));
            held.rides.told.clone_from(&one.rides);
            let waits = one.rides.contains(&OfflineRideState::GivingBack);
            let gives_back = matches!(held.rides.state, HeldState::GivingBack { .. });
            if gives_back && !waits && held.unused.is_some() {
                self.add(Label::Unused(one.issued.voucher), now_ms);
            }
        }
    }

    pub(super) fn take_reservation(&mut self, voucher: usize, attempts: u32, answer: &Answer, now_ms: i64) {
        let Some(held) = self.memory.vouchers.find(voucher) else { return };
        if held.rides.state != HeldState::Pending {
            return;
        }
        match &answer.outcome {
            Outcome::Reserved(issued) if answer.is_signed => {
                (held.rides.state, held.said) = (HeldState::Reserved, Some(self::voucher(issued)));
                self.memory.vouchers.money =
                    self.memory.vouchers.money.plus(issued.sum()).unwrap_or_default();
            }
            Outcome::Declined(decline) if answer.is_signed => {
                held.rides.state = HeldState::Declined {
                    reason: decline.reason,
                    try_again_ms: decline.try_again_ms,
                    service: decline.service.clone(),
                };
                if decline.reason == jol_core::pay::DeclineReason::OfflineRidesEnded {
                    self.memory.vouchers.ended = true;
                }
            }
            _ => self.ask_once_more(Label::Reserve(voucher), attempts, now_ms),
        }
    }

    pub(super) fn take_use(&mut self, one: usize, attempts: u32, answer: &Answer, now_ms: i64) {
        let wallet = &mut self.memory.vouchers;
        let Some((_, voucher, used)) = wallet.uses.iter_mut().find(|known| known.0 == one) else { return };
        if used.state != UseState::Open {
            return;
        }
        let Outcome::Used { ride, became, sum } = &answer.outcome else {
            return self.ask_once_more(Label::Use(one), attempts, now_ms);
        };
        let id = key(ride.ride).to_owned();
        used.state = match became {
            Became::Settled | Became::ToldBefore => UseState::Settled { ride: id },
            Became::PaidOtherwise => UseState::PaidOtherwise { ride: id },
            Became::Misused => UseState::Misused { ride: id },
        };
        let voucher = *voucher;
        wallet.ended |= *became == Became::Misused;
        let held = wallet.held.iter().find(|held| held.voucher == voucher && held.rides.own);
        if let Some(held) = held {
            wallet.money = wallet.money.minus(held.rides.fare.min(*sum)).unwrap_or_default();
        }
        self.put_ride(&ride.clone());
    }

    pub(super) fn take_unused(&mut self, voucher: usize, attempts: u32, answer: &Answer, now_ms: i64) {
        let wallet = &mut self.memory.vouchers;
        let Some(held) = wallet.held.iter_mut().find(|held| held.voucher == voucher) else { return };
        if !matches!(held.rides.state, HeldState::GivingBack { .. }) {
            return;
        }
        match answer.outcome {
            Outcome::Waits(returns_ms) => {
                held.rides.state = HeldState::GivingBack { returns_ms: Some(returns_ms) };
            }
            Outcome::Returned(sum) if answer.is_signed => {
                held.rides.state = HeldState::Returned { sum };
                if held.rides.own {
                    wallet.money = wallet.money.minus(sum).unwrap_or_default();
                }
            }
            _ => self.ask_once_more(Label::Unused(voucher), attempts, now_ms),
        }
    }

    fn ask_once_more(&mut self, label: Label, attempts: u32, now_ms: i64) {
        self.add(label, now_ms);
        self.pause(label, attempts, now_ms);
    }
}

impl Vouchers for ModelPhone {
    fn reserve(&mut self, rides: u8, purse: Purse, voucher: usize, now_ms: i64) -> bool {
        let best_ms = self.best_time_ms(now_ms);
        let wallet = &self.memory.vouchers;
        if wallet.ended || wallet.held.iter().any(|held| held.rides.state == HeldState::Pending) {
            return false;
        }
        let want = Want { bus: 0, purse, one_more: false };
        let (passengers, source): (Vec<_>, Source) = (vec![want.passenger()], want.source());
        let question = FareQuestion {
            category: Category::Standard,
            way: Way::App,
            line: "",
            zone: None,
            day: day_at(best_ms),
            before: FareHistory::default(),
        };
        let fare = CITY_RULES.fares.fare_of_group(&passengers, &question).unwrap_or_default();
        let request = VoucherRequest {
            city: CITY_RULES.city.clone(),
            rides,
            source: source.clone(),
            passengers: passengers.clone(),
            card: None,
            fare,
            tapped_ms: best_ms,
            not_after_ms: best_ms.saturating_add(INTENT_LASTS_MS),
            signature: None,
        };
        let held = HeldRides {
            key: key(voucher).to_owned(),
            city: request.city.clone(),
            source,
            passengers,
            fare,
            rides,
            tapped_ms: best_ms,
            state: HeldState::Pending,
            signed: None,
            own: true,
            told: Vec::new(),
        };
        let held = Held { voucher, rides: held, request: Some(Arc::new(request)), said: None, unused: None };
        self.memory.vouchers.held.push(held);
        self.add(Label::Reserve(voucher), now_ms);
        true
    }

    fn reservation(&mut self, voucher: usize) -> Arc<VoucherRequest> {
        let held = self.memory.vouchers.find(voucher);
        held.and_then(|held| held.request.clone()).expect("a row has its reservation")
    }

    fn board(&mut self, bus: usize, one: usize, now_ms: i64) -> Option<(usize, u8)> {
        let best_ms = self.best_time_ms(now_ms);
        let vehicle = &town().vehicles[bus];
        if self.paid_by(vehicle, best_ms) || self.memory.vouchers.ended {
            return None;
        }
        let (uses, own) = (self.memory.vouchers.uses(), point((self.nth, self.generation)));
        let mut all: Vec<&Held> = self.memory.vouchers.held.iter().rev().collect();
        all.sort_by_key(|held| std::cmp::Reverse(held.rides.tapped_ms));
        let all = all.into_iter().filter_map(|held| Some((&held.rides, held.said.as_ref()?)));
        let (held, said, counter) = offline::next_ride(all, &uses, Some(&own), best_ms)?;
        let used = OfflineUse {
            key: String::new(),
            voucher: said.id.to_string(),
            used: Use {
                counter,
                vehicle: vehicle.painted.clone(),
                boarded_s: offline::boarded_s(said, best_ms, None),
                terminal: None,
            },
            vehicle: vehicle.vehicle.clone(),
            line: vehicle.line.clone(),
            life_s: offline::life_s(said),
            state: UseState::Open,
        };
        let voucher = crate::simulate::town::number(&held.key);
        self.memory.vouchers.uses.push((one, voucher, used));
        self.add(Label::Use(one), now_ms);
        Some((voucher, counter))
    }

    fn report(&mut self, one: usize) -> (usize, UseReport) {
        let (known, nowhere) = (&self.memory.vouchers.uses, (usize::MAX, 0, String::new(), 0));
        let used = known.iter().find(|known| known.0 == one);
        let (voucher, counter, vehicle, boarded_s) = used.map_or(nowhere, |(_, voucher, one)| {
            (*voucher, one.used.counter, one.used.vehicle.clone(), one.used.boarded_s)
        });
        let signature = Base64(vec![0; 64]);
        (voucher, UseReport { counter, vehicle, boarded_s, terminal: None, signature })
    }

    fn can_give_back(&mut self, now_ms: i64) -> Vec<usize> {
        let best_ms = self.best_time_ms(now_ms);
        let wallet = &self.memory.vouchers;
        let rest = |held: &&Held| wallet.rest(held, best_ms).is_some_and(|used| used < held.rides.rides);
        let mut vouchers: Vec<_> = wallet.held.iter().filter(rest).map(|held| held.voucher).collect();
        vouchers.sort_unstable();
        vouchers
    }

    fn give_rest_back(&mut self, voucher: usize, now_ms: i64) {
        let best_ms = self.best_time_ms(now_ms);
        let wallet = &self.memory.vouchers;
        let held = wallet.held.iter().find(|held| held.voucher == voucher);
        let Some(used) = held.and_then(|held| wallet.rest(held, best_ms)) else { return };
        if let Some(held) = self.memory.vouchers.find(voucher) {
            (held.rides.state, held.unused) = (HeldState::GivingBack { returns_ms: None }, Some(used));
        }
        self.add(Label::Unused(voucher), now_ms);
    }

    fn unused(&mut self, voucher: usize) -> u8 {
        self.memory.vouchers.find(voucher).and_then(|held| held.unused).unwrap_or_default()
    }

    fn reserved(&mut self, _now_ms: i64) -> Vec<(usize, ReservedWord)> {
        let word = |held: &Held| match held.rides.state {
            HeldState::Pending => ReservedWord::Waiting,
            HeldState::Declined { .. } => ReservedWord::Declined,
            HeldState::Reserved => ReservedWord::Reserved,
            HeldState::GivingBack { .. } => ReservedWord::GivingBack,
            HeldState::Returned { sum } => ReservedWord::Returned(sum),
        };
        let mut all: Vec<_> =
            self.memory.vouchers.held.iter().map(|held| (held.voucher, word(held))).collect();
        all.sort_by_key(|(voucher, _)| *voucher);
        all
    }

    fn use_word(&mut self, one: usize) -> Option<UseWord> {
        let known = self.memory.vouchers.uses.iter().find(|known| known.0 == one);
        known.map(|(.., used)| {
            used.ride().map_or(UseWord::Open, |ride| UseWord::Rides(crate::simulate::town::number(ride)))
        })
    }

    fn held_money(&mut self) -> Money {
        self.memory.vouchers.money
    }
}
