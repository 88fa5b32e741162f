//! Vouchers in a life: what passengers do with them, and what must be true of them.

use super::{Fnv, Life};
use crate::sandbox::rules::Purse as Account;
use crate::sandbox::rules::carrier::SIM_WAIT_MS;
use crate::sandbox::rules::vouchers::Place;
use crate::simulate::operator::{Answer, Outcome};
use crate::simulate::phone::{Phone, Purse, ReservedWord, UseWord};
use jol_core::money::Money;
use jol_core::pay::Source;
use jol_core::pay::offline::told_used;

/// No life reserves more often.
const MOST_RESERVATIONS: usize = 20;
/// So long after everybody looked at their app once more all that was given back has returned, in ms.
const RETURNED_MS: i64 = 16 * 24 * 3_600_000;

/// A use of a voucher.
#[derive(Clone, Debug)]
pub(super) struct Use {
    phone: usize,
    pub(super) boarding: usize,
    bus: usize,
    pub(super) right_clock: bool,
    /// How often its phone's memory was put back before.
    renewed: bool,
}

/// The vouchers of a life.
#[derive(Clone, Debug, Default)]
pub(super) struct Vouchers {
    /// On which phone each was reserved.
    reserved: Vec<usize>,
    pub(super) uses: Vec<Use>,
    /// The highest ride of a voucher of which a phone was told that it was used.
    told: Vec<(usize, usize, u8)>,
    /// A phone's files were put back: what it used since, it may use once more.
    pub(super) turned_back: bool,
}

impl<P: Phone> Life<P> {
    pub(super) fn reserve(&mut self, phone: usize, purse: Purse, rides: u8) {
        if !self.handsets[phone].is_on || self.vouchers.reserved.len() >= MOST_RESERVATIONS {
            return;
        }
        let voucher = self.vouchers.reserved.len();
        if self.handsets[phone].phone.reserve(rides, purse, voucher, self.now_ms) {
            self.vouchers.reserved.push(phone);
            self.send(phone);
        }
    }

    /// Boards the bus with what was reserved.
    pub(super) fn board_offline(&mut self, phone: usize) {
        let one = self.vouchers.uses.len();
        if !self.handsets[phone].is_on || one >= MOST_RESERVATIONS {
            return;
        }
        let (boarding, bus) = (self.boardings.len() - 1, self.bus());
        let used = self.handsets[phone].phone.board(bus, one, self.now_ms);
        let Some((voucher, counter)) = used else { return };
        self.tell(|_| format!("  phone {phone}: use {one} is ride {counter} of voucher {voucher}"));
        self.boardings[boarding].mixed = true;
        let (right_clock, renewed) = (self.handsets[phone].right_clock, self.handsets[phone].was_renewed);
        self.vouchers.uses.push(Use { phone, boarding, bus, right_clock, renewed });
        let told =
            |(of, known, told): &(usize, usize, u8)| (*of, *known) == (phone, voucher) && counter <= *told;
        if self.vouchers.told.iter().any(told) {
            self.violates(format!("phone {phone} used ride {counter} of voucher {voucher} once more"));
        }
        self.send(phone);
    }

    pub(super) fn give_rest_back(&mut self, phone: usize) {
        if !self.handsets[phone].is_on {
            return;
        }
        let now_ms = self.now_ms;
        if let Some(voucher) = self.handsets[phone].phone.can_give_back(now_ms).first().copied() {
            self.handsets[phone].phone.give_rest_back(voucher, now_ms);
            self.send(phone);
        }
    }

    /// What the operator told a phone of its vouchers.
    pub(super) fn was_told(&mut self, phone: usize, answer: Option<&Answer>) {
        let Some(Outcome::Vouchers { vouchers, .. }) = answer.map(|answer| &answer.outcome) else { return };
        for one in vouchers {
            let used = told_used(&one.rides);
            if used > 0 {
                self.vouchers.told.push((phone, one.issued.voucher, used));
            }
        }
    }

    /// A phone's memory is an older one: what it was told since is forgotten.
    pub(super) fn forget_told(&mut self, phone: usize) {
        self.vouchers.told.retain(|(of, ..)| *of != phone);
    }

    /// Everybody gives back what is left, and it returns.
    pub(super) fn rest_vouchers(&mut self) {
        if !self.plan.has_vouchers() {
            return;
        }
        for phone in 0..self.handsets.len() {
            let now_ms = self.now_ms;
            for voucher in self.handsets[phone].phone.can_give_back(now_ms) {
                self.handsets[phone].phone.give_rest_back(voucher, now_ms);
            }
            self.send(phone);
        }
        self.run(self.now_ms + 3_600_000);
        self.now_ms += RETURNED_MS;
        for phone in 0..self.handsets.len() {
            self.handsets[phone].phone.refresh(self.now_ms);
            self.send(phone);
        }
        self.run(self.now_ms + 3_600_000);
    }

    /// How many more charges of a boarding its uses explain: by a wrong clock another time was ridden.
    pub(super) fn ridden_by_wrong_clocks(&self, boarding: usize) -> u32 {
        let wrong = |one: &&Use| one.boarding == boarding && !one.right_clock;
        self.vouchers.uses.iter().filter(wrong).count() as u32
    }

    /// At rest.
    pub(super) fn judge_vouchers(&mut self, hash: &mut Fnv) {
        if !self.plan.has_vouchers() {
            return;
        }
        let issued: Vec<_> = self
            .operator
            .vouchers
            .issued()
            .map(|(issued, source, held)| (issued, source.clone(), held.clone()))
            .collect();
        for (issued, source, held) in &issued {
            let voucher = issued.voucher;
            let purse = Account::Voucher(crate::simulate::town::key(voucher).to_owned());
            let postings = self.operator.booked.iter().flat_map(|booked| &booked.entry.postings);
            let own = postings.filter(|posting| posting.purse == purse);
            let left = own.fold(Money::ZERO, |sum, posting| sum.plus(posting.gain).unwrap_or(sum));
            let is_open = held.rides.iter().any(|ride| ride.money == Place::Held);
            if is_open || left != Money::ZERO {
                self.violates(format!(
                    "voucher {voucher} holds {left} ₸ that were neither used nor returned"
                ));
            }
            let waits = |ms: &i64| (ms + 1..ms + SIM_WAIT_MS).contains(&issued.issued_ms);
            if *source == Source::PhoneBalance && self.replaced.iter().any(waits) {
                self.violates(format!("voucher {voucher} was paid by a number whose SIM was just replaced"));
            }
        }
        if self.operator.vouchers.ended && !self.vouchers.turned_back {
            self.violates("offline rides ended for somebody who used each once".to_owned());
        }
        for phone in 0..self.handsets.len() {
            self.judge_wallet(phone, hash);
        }
        for one in 0..self.vouchers.uses.len() {
            self.judge_use(one, hash);
        }
    }

    /// What a phone says of its vouchers.
    fn judge_wallet(&mut self, phone: usize, hash: &mut Fnv) {
        let held = self.handsets[phone].phone.held_money();
        // Another file's ledger tells of vouchers that it does not know.
        if !self.handsets[phone].was_renewed && !self.handsets[phone].was_restored {
            self.tell(|_| format!("in the end phone {phone} holds {held} ₸"));
            hash.number(held.tiyn.unsigned_abs());
            if held != Money::ZERO {
                self.violates(format!("phone {phone} says that {held} ₸ are held for rides to come"));
            }
        }
        for (voucher, word) in self.handsets[phone].phone.reserved(self.now_ms) {
            let known = self.operator.vouchers.issued().find(|(issued, ..)| issued.voucher == voucher);
            let known = known.map(|(issued, _, held)| {
                let back = held.rides.iter().filter(|ride| ride.money == Place::Returned).count();
                issued.fare.times(back as u32).unwrap_or_default()
            });
            let declined = self.operator.vouchers.is_declined(voucher);
            hash.number(voucher as u64);
            hash.number(match word {
                ReservedWord::Waiting => 1,
                ReservedWord::Declined => 2,
                ReservedWord::Reserved => 3,
                ReservedWord::GivingBack => 4,
                ReservedWord::Returned(sum) => 100 + sum.tiyn.unsigned_abs(),
            });
            let is_so = match word {
                ReservedWord::Waiting | ReservedWord::GivingBack => false,
                ReservedWord::Declined => declined && known.is_none(),
                ReservedWord::Reserved => known.is_some(),
                ReservedWord::Returned(sum) => known == Some(sum),
            };
            if !is_so {
                self.violates(format!(
                    "phone {phone} says {word:?} of voucher {voucher}, {known:?} returned"
                ));
            }
        }
    }

    /// What the phone on which it was used says of a use.
    fn judge_use(&mut self, one: usize, hash: &mut Fnv) {
        let Use { phone, bus, renewed, .. } = self.vouchers.uses[one].clone();
        let word = self.handsets[phone].phone.use_word(one);
        self.tell(|_| format!("in the end phone {phone} says {word:?} of use {one}"));
        hash.number(match word {
            None => 1,
            Some(UseWord::Open) => 2,
            Some(UseWord::Rides(ride)) => 100 + ride as u64,
        });
        match word {
            None if !self.handsets[phone].was_renewed => {
                self.violates(format!("phone {phone} does not know of its use {one}"));
            }
            Some(UseWord::Open) => self.violates(format!("nobody told phone {phone} of its use {one}")),
            Some(UseWord::Rides(ride)) if self.operator.sold[ride].bus != bus => {
                self.violates(format!("use {one} on bus {bus} is said to be ride {ride}, on another"));
            }
            Some(UseWord::Rides(ride)) => {
                let is_own = self.operator.sold[ride].used == Some(one);
                let sold = self.operator.sold.iter().filter(|sold| sold.used == Some(one)).count();
                if sold > 1 || (!is_own && !renewed && sold > 0) {
                    self.violates(format!("use {one} was charged {sold} times, and is said to be {ride}"));
                }
            }
            None => {}
        }
    }
}
