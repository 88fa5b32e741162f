//! Vouchers at the operator in memory: the sandbox's rules of reserving, reporting and giving back.

use super::{Answer, Memory, Operator, Outcome};
use crate::sandbox::rules::carrier::{self, CarrierAnswer, Decline};
use crate::sandbox::rules::payments::Charge;
use crate::sandbox::rules::reservations::{self, LIFE_S, ReserveDecision, ReserveView, VOUCHER_LASTS_MS};
use crate::sandbox::rules::vouchers::{self, Decision, HeldVoucher, Move, Place, Reported, ToldAgain};
use crate::sandbox::rules::{Entry, Purse, rides};
use crate::simulate::plan::Plan;
use crate::simulate::town::{CITY_RULES, day_at, key, town};
use crate::simulate::weakness::Weakness;
use jol_core::money::Money;
use jol_core::operator::wire::{OfflineRideState, UseReport, VoucherRequest};
use jol_core::pay::{DeclineReason, Source, Way};
use jol_core::ticket::token::{LONGEST_CITY, cut};
use jol_core::ticket::{KeyId, PhoneKey, TicketId, Voucher};
use jol_core::wallet::{Category, PassengerGroup};

/// What moved by a voucher and by none of its rides.
pub const NO_RIDE: usize = usize::MAX;

/// A phone's key: which phone, and how often it began anew before.
pub type KeyName = (usize, u32);

/// A voucher that was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number in the life.
    pub voucher: usize,
    /// How many rides.
    pub rides: u8,
    /// What one costs.
    pub fare: Money,
    /// When it was issued, ms since 1970.
    pub issued_ms: i64,
    /// The key that uses it.
    pub key: KeyName,
}

impl Issued {
    /// What it says, signed by this key of the operator's for this one of a phone.
    pub fn voucher(&self, key: KeyId, point: [u8; 33]) -> Voucher {
        Voucher {
            key,
            id: voucher_id(self.voucher),
            issued_s: self.issued_ms.div_euclid(1_000),
            until_s: self.until_ms().div_euclid(1_000),
            life_s: LIFE_S,
            phone: PhoneKey { point, attested: false },
            city: cut(&CITY_RULES.city, LONGEST_CITY).to_owned(),
            passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
            fare: self.fare,
            way: Way::App,
            rides: self.rides,
            end: CITY_RULES.ride_end.rule(),
            replaces: None,
        }
    }

    /// What all its rides cost.
    pub fn sum(&self) -> Money {
        self.fare.times(self.rides.into()).unwrap_or_default()
    }

    fn until_ms(&self) -> i64 {
        self.issued_ms + VOUCHER_LASTS_MS
    }
}

/// The id of the voucher of this number.
pub fn voucher_id(voucher: usize) -> TicketId {
    TicketId::new(voucher as u32, *b"hold")
}

/// A voucher as the operator tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldVoucher {
    /// What was issued.
    pub issued: Issued,
    /// Whose money paid.
    pub source: Source,
    /// How its rides stand.
    pub rides: Vec<OfflineRideState>,
    /// When what was given back returns.
    pub returns_ms: Option<i64>,
}

/// What became of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// Charged.
    Settled,
    /// Paid in another way: its money went back.
    PaidOtherwise,
    /// Told of before.
    ToldBefore,
    /// Used against the rules.
    Misused,
}

/// A reservation, and what became of its rides.
#[derive(Clone, Debug)]
struct Reservation {
    voucher: usize,
    key: KeyName,
    request: VoucherRequest,
    answer: Answer,
    due_ms: Option<i64>,
    issued: Option<(Issued, HeldVoucher)>,
    /// The uses that were told of: which ride, on which bus, the ride that it is, and whose report that was.
    uses: Vec<(u8, usize, usize, Option<usize>)>,
}

/// Vouchers of the account.
#[derive(Clone, Debug, Default)]
pub struct Vouchers {
    reserved: Vec<Reservation>,
    /// What was answered to reports.
    answered: Vec<(usize, Answer)>,
    /// Offline rides ended for the account.
    pub ended: bool,
}

impl Vouchers {
    /// The vouchers that were issued.
    pub fn issued(&self) -> impl Iterator<Item = (Issued, &Source, &HeldVoucher)> {
        self.reserved.iter().filter_map(|one| {
            let (issued, held) = one.issued.as_ref()?;
            Some((*issued, &one.request.source, held))
        })
    }

    /// Whether a reservation was declined.
    pub fn is_declined(&self, voucher: usize) -> bool {
        let known = self.reserved.iter().find(|one| one.voucher == voucher);
        known.is_some_and(|one| matches!(one.answer.outcome, Outcome::Declined(_)))
    }

    /// What was charged for uses of which no report came.
    pub fn charged_untold(&self) -> Money {
        let untold = self.issued().flat_map(|(issued, _, held)| {
            let untold = held.rides.iter().filter(|ride| ride.on.values().all(|on| on.reported.is_none()));
            untold.map(move |ride| issued.fare.times(ride.charged as u32).unwrap_or_default())
        });
        untold.fold(Money::ZERO, |sum, charged| sum.plus(charged).unwrap_or(sum))
    }
}

impl Plan {
    /// Whether rides are reserved in this life; in others nobody asks for vouchers.
    pub fn has_vouchers(&self) -> bool {
        self.vouchers
    }
}

impl Operator {
    /// Rides are to be reserved.
    pub fn reserve(
        &mut self,
        voucher: usize,
        (phone, generation): KeyName,
        request: &VoucherRequest,
        now_ms: i64,
    ) -> Answer {
        self.settle_due(now_ms);
        if let Some(known) = self.vouchers.reserved.iter().position(|one| one.voucher == voucher) {
            if self.is_weak(Weakness::ReservesEachTime) && self.vouchers.reserved[known].issued.is_some() {
                let from = self.purse_of(&request.source);
                self.hold(voucher, from, request, now_ms);
            }
            return self.vouchers.reserved[known].answer.clone();
        }
        self.count_today(now_ms);
        // A reservation that is pending counts as if it were paid.
        let open = |one: &Reservation| match (&one.issued, one.due_ms) {
            (Some((issued, held)), _) if issued.until_ms() >= now_ms => held.open_rides(),
            (None, Some(_)) => one.request.rides.into(),
            _ => 0,
        };
        let decision = reservations::reserve(
            &ReserveView {
                now_ms,
                day: day_at(now_ms),
                offered: true,
                ended: self.vouchers.ended,
                city: Some(&CITY_RULES),
                open_rides: self.vouchers.reserved.iter().map(open).sum(),
                version_pays: true,
                terms_accepted: true,
                waits_until_ms: self.waits_until_ms[phone],
                cards: &self.cards,
                bank_cards: &town().bank_cards,
                line: &self.lines[0],
            },
            request,
        );
        let answer = Answer { outcome: Outcome::Pending, decided_ms: now_ms, is_signed: true };
        let nth = self.vouchers.reserved.len();
        self.vouchers.reserved.push(Reservation {
            voucher,
            key: (phone, generation),
            request: request.clone(),
            answer,
            due_ms: None,
            issued: None,
            uses: Vec::new(),
        });
        match decision {
            ReserveDecision::Pending { ask_again_ms } => {
                self.vouchers.reserved[nth].due_ms = Some(ask_again_ms);
            }
            ReserveDecision::Declined(decline) => self.decline(nth, decline, now_ms),
            ReserveDecision::Paid { from } => self.issue(nth, from, now_ms),
        }
        self.vouchers.reserved[nth].answer.clone()
    }

    /// The account's vouchers, newest first.
    pub fn list_vouchers(&mut self, now_ms: i64) -> Answer {
        self.settle_due(now_ms);
        let told = self.vouchers.issued().map(|(issued, source, held)| ToldVoucher {
            issued,
            source: source.clone(),
            rides: (1..=issued.rides).map(|counter| held.state_of(counter)).collect(),
            returns_ms: held.given_back.map(|back| back.returns_ms),
        });
        let mut vouchers: Vec<_> = told.collect();
        vouchers.reverse();
        let outcome = Outcome::Vouchers { vouchers, ended: self.vouchers.ended };
        Answer { outcome, decided_ms: now_ms, is_signed: false }
    }

    /// A phone tells of a use, as `desk::vouchers::report` takes it.
    pub fn report(
        &mut self,
        (one, boarding): (usize, usize),
        (voucher, report): (usize, &UseReport),
        now_ms: i64,
    ) -> Answer {
        self.settle_due(now_ms);
        let remembers = |answer: &Answer| match self.memory {
            Memory::Keeps => true,
            Memory::Forgets => now_ms - answer.decided_ms < super::FORGETS_AFTER_MS,
            Memory::Ignores => false,
        };
        let known = self.vouchers.answered.iter().rfind(|(known, answer)| *known == one && remembers(answer));
        if let Some((_, answer)) = known {
            return answer.clone();
        }
        let outcome = self.settle_use((one, boarding), (voucher, report), now_ms);
        let is_signed = matches!(outcome, Outcome::Used { .. });
        let answer = Answer { outcome, decided_ms: now_ms, is_signed };
        if is_signed {
            self.vouchers.answered.push((one, answer.clone()));
        }
        answer
    }

    fn settle_use(
        &mut self,
        (one, boarding): (usize, usize),
        (voucher, report): (usize, &UseReport),
        now_ms: i64,
    ) -> Outcome {
        let nth = self.vouchers.reserved.iter().position(|known| known.voucher == voucher);
        let issued = nth.and_then(|nth| Some((nth, self.vouchers.reserved[nth].issued.clone()?)));
        let bus = town().vehicles.iter().position(|bus| bus.painted == report.vehicle);
        let (Some((nth, (issued, held))), Some(bus)) = (issued, bus) else { return Outcome::Unknown };
        let (issued_ms, until_ms) = (issued.issued_ms / 1_000 * 1_000, issued.until_ms());
        if let Err(problem) = vouchers::check_report(issued.rides, issued_ms, until_ms, report, now_ms) {
            return if problem.status >= 500 { Outcome::Later } else { Outcome::Unknown };
        }
        let (boarded_ms, ends_ms) = (report.boarded_s * 1_000, (report.boarded_s + LIFE_S) * 1_000);
        let uses = &self.vouchers.reserved[nth].uses;
        let before = uses.iter().find(|known| (known.0, known.1) == (report.counter, bus));
        if let Some((.., ride, by)) = before.copied() {
            let again =
                vouchers::told_again(&held, report.counter, &report.vehicle, boarded_ms, by == Some(one));
            let again = match self.is_weak(Weakness::ReportsAnsweredOnce) {
                true => ToldAgain::ByAnother,
                false => again,
            };
            let (became, sum) = match again {
                ToldAgain::Settled => (Became::Settled, issued.fare),
                ToldAgain::PaidOtherwise => (Became::PaidOtherwise, issued.fare),
                ToldAgain::Misused => (Became::Misused, issued.fare),
                ToldAgain::ByAnother => (Became::ToldBefore, Money::ZERO),
            };
            return Outcome::Used { ride: self.tell(ride, now_ms), became, sum };
        }
        if self.decided.iter().any(|payment| payment.due.is_some() && payment.bus == bus) {
            return Outcome::Later;
        }
        let vehicle = &town().vehicles[bus];
        let on = (vehicle.vehicle.as_str(), vehicle.painted.as_str());
        let standing = rides::standing(&self.held[0], on, boarded_ms, ends_ms).map(|ride| ride.ride.clone());
        let standing = standing.filter(|_| !self.is_weak(Weakness::UsesBesideOtherWays));
        let place = standing.and_then(|ride| self.held[0].iter().position(|held| held.ride == ride));
        let paid = place.and_then(|place| self.sold_at(0, place));
        let reported = Reported { boarded_ms, paid_otherwise: paid.is_some() };
        let decision = vouchers::report(&held, report.counter, &report.vehicle, reported, now_ms);
        let ride = paid.unwrap_or_else(|| {
            let source = self.vouchers.reserved[nth].request.source.clone();
            let charge = Charge { fare: issued.fare, entry: None, ends_ms };
            let ride =
                self.sell((None, boarding, bus, 0), Way::App, source, charge, (boarded_ms, boarded_ms));
            self.sold[ride].used = Some(one);
            let place = self.sold[ride].place;
            self.held[0][place].key = format!("u{one}");
            ride
        });
        let by = self.sold[ride].used;
        self.vouchers.reserved[nth].uses.push((report.counter, bus, ride, by));
        let moved = |kinds: &[Move]| {
            let count = decision.moves.iter().filter(|one| kinds.contains(one)).count();
            issued.fare.times(count as u32).unwrap_or_default()
        };
        let (became, sum) = match (decision.abused, paid.is_some()) {
            (true, _) => (Became::Misused, moved(&[Move::Charge, Move::Owe])),
            (false, true) => (Became::PaidOtherwise, moved(&[Move::GoBack, Move::Refund])),
            (false, false) => (Became::Settled, issued.fare),
        };
        self.apply(nth, decision, ride, now_ms);
        Outcome::Used { ride: self.tell(ride, now_ms), became, sum }
    }

    /// A phone gives back what is left, as `desk::vouchers::give_back` takes it.
    pub fn give_back(&mut self, voucher: usize, used: u8, by: KeyName, now_ms: i64) -> Answer {
        self.settle_due(now_ms);
        let nth = self.vouchers.reserved.iter().position(|known| known.voucher == voucher);
        let issued = nth.and_then(|nth| Some((nth, self.vouchers.reserved[nth].issued.clone()?)));
        let Some((nth, (issued, held))) = issued else {
            return Answer { outcome: Outcome::Unknown, decided_ms: now_ms, is_signed: false };
        };
        let decision = vouchers::give_back(&held, used, issued.key == by, now_ms);
        let after = decision.held.clone();
        self.apply(nth, decision, NO_RIDE, now_ms);
        let outcome = match after.waits_until_ms(now_ms) {
            Some(returns_ms) => Outcome::Waits(returns_ms),
            None => {
                let returned = after.rides.iter().filter(|ride| ride.money == Place::Returned).count();
                if self.is_weak(Weakness::ReturnsEachTime) {
                    (0..returned).for_each(|_| self.move_money(nth, Move::GoBack, NO_RIDE, now_ms));
                }
                Outcome::Returned(issued.fare.times(returned as u32).unwrap_or_default())
            }
        };
        let is_signed = matches!(outcome, Outcome::Returned(_));
        Answer { outcome, decided_ms: now_ms, is_signed }
    }

    /// Reservations whose carrier has spoken by now, and what happens to vouchers by itself.
    pub(super) fn settle_vouchers(&mut self, now_ms: i64) {
        let due = |(nth, one): (usize, &Reservation)| {
            one.due_ms.filter(|due_ms| *due_ms <= now_ms).map(|due_ms| (due_ms, nth))
        };
        while let Some((at_ms, nth)) = self.vouchers.reserved.iter().enumerate().filter_map(due).min() {
            self.count_today(at_ms);
            let request = &self.vouchers.reserved[nth].request;
            let sum = request.fare.times(request.rides.into()).unwrap_or_default();
            let decline = match carrier::decide(&self.lines[0], sum, at_ms) {
                _ if self.vouchers.ended => Some(DeclineReason::OfflineRidesEnded.into()),
                CarrierAnswer::No(decline) => Some(decline),
                _ => None,
            };
            let from = self.purse_of(&request.source);
            match decline {
                Some(decline) => self.decline(nth, decline, at_ms),
                None => self.issue(nth, from, at_ms),
            }
        }
        for nth in 0..self.vouchers.reserved.len() {
            let held = self.vouchers.reserved[nth].issued.as_ref().map(|(_, held)| held);
            let due = held.filter(|held| held.due_ms().is_some_and(|due_ms| due_ms <= now_ms));
            if let Some(decision) = due.map(|held| vouchers::advance(held, now_ms)) {
                self.apply(nth, decision, NO_RIDE, now_ms);
            }
        }
    }

    fn purse_of(&self, source: &Source) -> Purse {
        vouchers::purse_of(source, self.lines[0].number.as_deref().unwrap_or_default())
    }

    fn issue(&mut self, nth: usize, from: Purse, now_ms: i64) {
        let Reservation { voucher, key, request, .. } = self.vouchers.reserved[nth].clone();
        self.hold(voucher, from, &request, now_ms);
        let issued = Issued { voucher, rides: request.rides, fare: request.fare, issued_ms: now_ms, key };
        let held = HeldVoucher::new(issued.rides, LIFE_S * 1_000, issued.until_ms());
        let row = &mut self.vouchers.reserved[nth];
        (row.due_ms, row.issued) = (None, Some((issued, held)));
        row.answer = Answer { outcome: Outcome::Reserved(issued), decided_ms: now_ms, is_signed: true };
    }

    /// The money of all rides is held for them from now on.
    fn hold(&mut self, voucher: usize, from: Purse, request: &VoucherRequest, now_ms: i64) {
        let sum = request.fare.times(request.rides.into()).unwrap_or_default();
        if let Some(entry) = Entry::of("reserve", from, Purse::Voucher(key(voucher).to_owned()), sum) {
            self.enter(NO_RIDE, entry, now_ms);
        }
    }

    fn decline(&mut self, nth: usize, decline: Decline, now_ms: i64) {
        let row = &mut self.vouchers.reserved[nth];
        row.due_ms = None;
        row.answer = Answer { outcome: Outcome::Declined(decline), decided_ms: now_ms, is_signed: true };
    }

    fn apply(&mut self, nth: usize, decision: Decision, ride: usize, now_ms: i64) {
        decision.moves.iter().for_each(|one| self.move_money(nth, *one, ride, now_ms));
        self.vouchers.ended |= decision.abused;
        if let Some((_, held)) = &mut self.vouchers.reserved[nth].issued {
            *held = decision.held;
        }
    }

    fn move_money(&mut self, nth: usize, one: Move, ride: usize, now_ms: i64) {
        let Reservation { voucher, request, .. } = &self.vouchers.reserved[nth];
        let entry = one.entry(
            Purse::Voucher(key(*voucher).to_owned()),
            Purse::Fares(request.city.clone()),
            self.purse_of(&request.source),
            Purse::Owed("a".to_owned()),
            request.fare,
        );
        if let Some(entry) = entry {
            self.enter(ride, entry, now_ms);
        }
    }
}
