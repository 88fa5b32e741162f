//! An operator in memory: the sandbox's own rules, without its books and signatures.

mod vouchers;

pub use vouchers::{Became, Issued, KeyName, NO_RIDE, ToldVoucher, Vouchers, voucher_id};

use super::plan::Plan;
use super::town::{
    CARD, CITY_RULES, FARE, OTHER_NUMBER, RUN_MS, bus, day_at, day_start_ms, key, time_zone, town,
};
use super::weakness::Weakness;
use crate::sandbox::fleet::Run;
use crate::sandbox::rules::carrier::{Decline, PhoneLine};
use crate::sandbox::rules::devices::NEW_PHONE_WAIT_MS;
use crate::sandbox::rules::messages::{self, Answered, MessageDecision, MessageView};
use crate::sandbox::rules::payments::{self, Charge, DueView, PaymentDecision, PaymentView};
use crate::sandbox::rules::refunds::{self, PaidRide};
use crate::sandbox::rules::registers::{self, SaleDecision, SaleView};
use crate::sandbox::rules::rides::HeldRide;
use crate::sandbox::rules::taps::{self, Held, TapDecision, TapView};
use crate::sandbox::rules::{Entry, Purse};
use jol_core::city::fares::FareHistory;
use jol_core::money::Money;
use jol_core::operator::wire::{
    Base64, Card, HeldPass, PaymentRequest, RefundRequest, RideAnswer, RideState,
};
use jol_core::pay::message::{Reply, Written};
use jol_core::pay::{Source, Way};
use jol_core::text::Language;
use jol_core::ticket::ReceiptOutcome;
use jol_core::wallet::{Category, PassengerGroup};
use std::sync::Arc;

/// For how long an operator that forgets keeps an answer under its key, in ms.
const FORGETS_AFTER_MS: i64 = 24 * 3_600_000;

/// What an operator makes of idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The same key gets the same answer.
    Keeps,
    /// For 24 hours.
    Forgets,
    /// Never.
    Ignores,
}

/// A ride as an answer tells it, at the moment of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its number in the life.
    pub ride: usize,
    /// The tap that paid it; none if it was paid without the app.
    pub tap: Option<usize>,
    /// The voucher's use that it is.
    pub used: Option<usize>,
    /// The bus.
    pub bus: usize,
    /// What was charged.
    pub fare: Money,
    /// Whether its ticket is valid.
    pub state: RideState,
    /// Until when, ms since 1970.
    pub ends_ms: i64,
    /// When it was paid, ms since 1970.
    pub paid_ms: i64,
    /// How.
    pub way: Way,
    /// Whose money.
    pub purse: super::phone::Purse,
    /// The wish that gave it back, and when.
    pub refund: Option<(usize, i64)>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Not decided yet.
    Pending,
    /// No such payment.
    Unknown,
    /// Charged.
    Paid(Told),
    /// Paid before.
    AlreadyPaid(Told),
    /// Not charged.
    Declined(Decline),
    /// A wish to give a ride back was granted.
    GaveBack(Told),
    /// What the operator holds for the account.
    Rides(Vec<Told>),
    /// Rides were reserved.
    Reserved(Issued),
    /// A voucher's use is this ride; how much money moved by it.
    Used {
        /// The ride.
        ride: Told,
        /// How.
        became: Became,
        /// How much.
        sum: Money,
    },
    /// What was given back returns then, ms since 1970.
    Waits(i64),
    /// What was given back returned.
    Returned(Money),
    /// The account's vouchers.
    Vouchers {
        /// Newest first.
        vouchers: Vec<ToldVoucher>,
        /// Offline rides ended for the account.
        ended: bool,
    },
    /// Nothing is decided now: the same may succeed later.
    Later,
}

/// An answer of the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it says.
    pub outcome: Outcome,
    /// When it was decided, by the operator's clock.
    pub decided_ms: i64,
    /// The operator signed it; somebody else made it up.
    pub is_signed: bool,
}

impl Answer {
    /// What the signed receipt says; none where nothing is signed.
    pub fn receipt(&self) -> Option<(ReceiptOutcome, Money)> {
        let said = match &self.outcome {
            Outcome::Pending
            | Outcome::Unknown
            | Outcome::Later
            | Outcome::Waits(_)
            | Outcome::Rides(_)
            | Outcome::Vouchers { .. } => return None,
            Outcome::Paid(ride) => (ReceiptOutcome::Paid, ride.fare),
            Outcome::AlreadyPaid(_) => (ReceiptOutcome::AlreadyPaid, Money::ZERO),
            Outcome::Declined(decline) => {
                (ReceiptOutcome::Declined { code: decline.reason.code().to_owned() }, Money::ZERO)
            }
            Outcome::GaveBack(ride) => (ReceiptOutcome::Refunded, ride.fare),
            Outcome::Reserved(issued) => (ReceiptOutcome::Paid, issued.sum()),
            Outcome::Returned(sum) => (ReceiptOutcome::Refunded, *sum),
            Outcome::Used { became, sum, .. } => match became {
                Became::Settled | Became::Misused => (ReceiptOutcome::Paid, *sum),
                Became::PaidOtherwise => (ReceiptOutcome::Refunded, *sum),
                Became::ToldBefore => (ReceiptOutcome::AlreadyPaid, *sum),
            },
        };
        self.is_signed.then_some(said)
    }
}

/// A payment that the operator decided or has still to decide.
#[derive(Clone, Debug)]
struct Decided {
    tap: usize,
    boarding: usize,
    bus: usize,
    tapped_ms: i64,
    answer: Answer,
    /// The carrier is asked again then; and what will be charged, on which run.
    due: Option<(i64, Money, i64)>,
    follows: Option<usize>,
    request: Arc<PaymentRequest>,
}

/// What is kept beside a ride.
#[derive(Clone, Debug)]
pub struct Sold {
    /// The tap that paid it.
    pub tap: Option<usize>,
    /// The boarding that it was paid for.
    pub boarding: usize,
    /// The bus.
    pub bus: usize,
    /// Whose.
    pub account: usize,
    /// How.
    pub way: Way,
    /// Whose money.
    pub source: Source,
    /// The wish that gave it back, and when.
    pub refund: Option<(usize, i64)>,
    /// The message that paid it.
    pub message: Option<usize>,
    /// The voucher's use that it is.
    pub used: Option<usize>,
    /// What its number is among the account's rides.
    place: usize,
}

/// What moved, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Booked {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// Which ride.
    pub ride: usize,
    /// The entry.
    pub entry: Entry,
}

/// The operator: two accounts, one card, a few buses.
#[derive(Clone, Debug)]
pub struct Operator {
    memory: Memory,
    weakness: Option<Weakness>,
    decided: Vec<Decided>,
    wishes: Vec<(usize, Answer)>,
    /// The rides of each account.
    held: [Vec<HeldRide>; 2],
    /// All rides, in the order in which they were paid.
    pub sold: Vec<Sold>,
    /// The ledger.
    pub booked: Vec<Booked>,
    cards: Vec<Card>,
    lines: [PhoneLine; 2],
    closed: Vec<(usize, i64)>,
    /// When the account's SIM was replaced last.
    pub sim_replaced_ms: Option<i64>,
    /// Until when each phone may not spend.
    waits_until_ms: [Option<i64>; 2],
    messages: Vec<(usize, Option<Reply>)>,
    /// The numbers of sales that tills told of.
    sales: Vec<usize>,
    passes: Vec<HeldPass>,
    /// The account's vouchers.
    pub vouchers: Vouchers,
}

impl Operator {
    /// At the beginning of a life.
    pub fn new(plan: &Plan, weakness: Option<Weakness>, at_ms: i64) -> Operator {
        let Plan { memory, number, .. } = *plan;
        let line = |number: &str, balance| PhoneLine {
            number: Some(number.to_owned()),
            account_since_ms: at_ms,
            balance,
            paid_today: Money::ZERO,
            sim_replaced_ms: None,
        };
        let opening = crate::sandbox::rules::carrier::opening_balance(number);
        Operator {
            memory,
            weakness,
            decided: Vec::new(),
            wishes: Vec::new(),
            held: [Vec::new(), Vec::new()],
            sold: Vec::new(),
            booked: Vec::new(),
            cards: town().cards.to_vec(),
            lines: [line(number, opening), line(OTHER_NUMBER, Money::tenge(5_000))],
            closed: Vec::new(),
            sim_replaced_ms: None,
            waits_until_ms: [None; 2],
            messages: Vec::new(),
            sales: Vec::new(),
            passes: plan.passes(),
            vouchers: Vouchers::default(),
        }
    }

    /// What each number paid on this day.
    fn count_today(&mut self, now_ms: i64) {
        let since_ms = day_start_ms(now_ms);
        for line in &mut self.lines {
            let number = line.number.as_deref();
            let given = |one: &Booked| {
                let is_own =
                    |purse: &Purse| matches!(purse, Purse::Phone(own) if Some(own.as_str()) == number);
                let own = one.entry.postings.iter().find(|posting| is_own(&posting.purse));
                own.map(|own| own.gain).filter(|gain| one.at_ms >= since_ms && *gain < Money::ZERO)
            };
            let given = self.booked.iter().filter_map(given);
            line.paid_today = given.fold(Money::ZERO, |sum, gain| sum.minus(gain).unwrap_or(sum));
        }
    }

    /// What was paid before, as the fares of this town count it: passes, and nothing else.
    fn history(&self) -> FareHistory<'_> {
        let passes = if self.is_weak(Weakness::OwnPrice) { &[] } else { self.passes.as_slice() };
        FareHistory { passes, ..FareHistory::default() }
    }

    fn is_weak(&self, weakness: Weakness) -> bool {
        self.weakness == Some(weakness)
    }

    /// The depot ends the run that this bus is on.
    pub fn close_run(&mut self, bus: usize, now_ms: i64) {
        self.closed.push((bus, now_ms.div_euclid(RUN_MS)));
    }

    /// The number has another SIM: its carrier lets it spend nothing for a day.
    pub fn replace_sim(&mut self, now_ms: i64) {
        self.settle_due(now_ms);
        self.sim_replaced_ms = Some(now_ms);
        if !self.is_weak(Weakness::NoSimWait) {
            self.lines[0].sim_replaced_ms = Some(now_ms);
        }
    }

    /// A phone is enrolled anew. By a number whose SIM was just replaced, it spends nothing for a day.
    pub fn enrol(&mut self, phone: usize, now_ms: i64) {
        let is_swapped = self.sim_replaced_ms.is_some_and(|ms| now_ms < ms + NEW_PHONE_WAIT_MS);
        self.waits_until_ms[phone] = is_swapped.then_some(now_ms + NEW_PHONE_WAIT_MS);
    }

    /// A bus goes to and fro; each run lasts so long, and the next one follows at once.
    fn run(&self, bus: usize, now_ms: i64) -> Option<Run> {
        let number = now_ms.div_euclid(RUN_MS);
        let is_closed = self.closed.contains(&(bus, number)) && !self.is_weak(Weakness::ClosedRunCharges);
        (!is_closed).then(|| Run {
            run: number.to_string(),
            ends_ms: (number + 1) * RUN_MS,
            ..town().run.clone()
        })
    }

    /// A payment comes.
    pub fn pay(
        &mut self,
        (tap, boarding, phone): (usize, usize, usize),
        request: &Arc<PaymentRequest>,
        age_ms: i64,
        now_ms: i64,
    ) -> Answer {
        self.settle_due(now_ms);
        self.count_today(now_ms);
        if let Some(known) = self.known(tap, now_ms) {
            return self.told(known);
        }
        let bus = bus(&request.vehicle);
        let run = bus.and_then(|bus| self.run(bus, now_ms));
        let own_key = key(tap);
        let late = self.is_weak(Weakness::LateIntentCharges);
        let lasting;
        let request = if late {
            lasting = Arc::new(PaymentRequest {
                tapped_ms: now_ms,
                not_after_ms: now_ms,
                ..PaymentRequest::clone(request)
            });
            &lasting
        } else if self.is_weak(Weakness::OwnPrice) && request.card.is_none() {
            lasting = Arc::new(PaymentRequest { fare: FARE, ..PaymentRequest::clone(request) });
            &lasting
        } else {
            request
        };
        let pending =
            self.decided.iter().find(|one| one.due.is_some() && Some(one.bus) == bus).map(|one| key(one.tap));
        let decided = self
            .decided
            .iter()
            .filter(|one| Some(one.bus) == bus && one.tapped_ms == request.tapped_ms)
            .find_map(|one| match &one.answer.outcome {
                Outcome::Declined(decline) => Some(PaymentDecision::Declined(decline.clone())),
                Outcome::AlreadyPaid(told) => Some(PaymentDecision::AlreadyPaid {
                    ride: key(told.ride).to_owned(),
                    by_key: told.tap.map_or_else(String::new, |tap| key(tap).to_owned()),
                }),
                _ => None,
            });
        let no_rides: [HeldRide; 0] = [];
        let no_ride_rule = self.is_weak(Weakness::NoRideRule);
        let own_only: Vec<HeldRide>;
        let held: &[HeldRide] = match (no_ride_rule, self.is_weak(Weakness::NoRideByKey)) {
            (true, _) => &no_rides,
            (_, true) => {
                // The ride rule stands; that a ride is this very tap's is not seen.
                own_only =
                    self.held[0].iter().map(|ride| HeldRide { key: "-".into(), ..ride.clone() }).collect();
                &own_only
            }
            _ => &self.held[0],
        };
        let view = PaymentView {
            now_ms,
            key: own_key,
            age_ms: Some(age_ms).filter(|_| !late),
            decided: decided.as_ref(),
            day: day_at(now_ms),
            city: Some(&CITY_RULES),
            vehicle: bus.map(|bus| &town().vehicles[bus]),
            run: run.as_ref(),
            rides: held,
            pending: pending.filter(|_| !no_ride_rule),
            history: self.history(),
            version_pays: true,
            terms_accepted: true,
            waits_until_ms: self.waits_until_ms[phone],
            cards: &self.cards,
            bank_cards: &town().bank_cards,
            line: &self.lines[0],
        };
        let decision = payments::pay(&view, request);
        let mut row = Decided {
            tap,
            boarding,
            bus: bus.unwrap_or(usize::MAX),
            tapped_ms: request.tapped_ms,
            answer: Answer { outcome: Outcome::Pending, decided_ms: now_ms, is_signed: true },
            due: None,
            follows: None,
            request: request.clone(),
        };
        match decision {
            PaymentDecision::AlreadyPaid { ride, .. } => {
                let place = self.held[0].iter().position(|held| held.ride == ride);
                let told = place.and_then(|place| self.sold_at(0, place)).map(|ride| self.tell(ride, now_ms));
                row.answer.outcome = told.map_or(Outcome::Pending, Outcome::AlreadyPaid);
            }
            PaymentDecision::Follows { key: first } => {
                row.follows = self.decided.iter().map(|one| one.tap).find(|tap| key(*tap) == first);
            }
            PaymentDecision::Declined(decline) => row.answer.outcome = Outcome::Declined(decline),
            PaymentDecision::Pending { fare, ask_again_ms } => {
                row.due = Some((ask_again_ms, fare, now_ms.div_euclid(RUN_MS)));
            }
            PaymentDecision::Charged(charge) => {
                let way = request.way;
                let who = (Some(tap), boarding, bus.unwrap_or_default(), 0);
                let asked_ms = payments::asked_ms(request.tapped_ms, Some(age_ms), now_ms);
                let ride = self.sell(who, way, request.source.clone(), charge, (asked_ms, now_ms));
                row.answer.outcome = Outcome::Paid(self.tell(ride, now_ms));
            }
        }
        self.decided.push(row);
        self.told(self.decided.len() - 1)
    }

    /// What became of a payment.
    pub fn state(&mut self, tap: usize, now_ms: i64) -> Answer {
        self.settle_due(now_ms);
        match self.decided.iter().rposition(|one| one.tap == tap && self.remembers(one, now_ms)) {
            Some(known) => self.told(known),
            None => Answer { outcome: Outcome::Unknown, decided_ms: now_ms, is_signed: false },
        }
    }

    /// What is held for the account.
    pub fn rides(&mut self, now_ms: i64) -> Answer {
        self.settle_due(now_ms);
        let own = (0..self.sold.len()).filter(|ride| self.sold[*ride].account == 0);
        let rides = own.map(|ride| self.tell(ride, now_ms)).collect();
        Answer { outcome: Outcome::Rides(rides), decided_ms: now_ms, is_signed: false }
    }

    /// A ride is to be given back.
    pub fn refund(&mut self, wish: usize, ride: usize, sum: Money, now_ms: i64) -> Answer {
        self.settle_due(now_ms);
        let forgot = self.memory == Memory::Ignores;
        let each_time = self.is_weak(Weakness::RefundsEachTime);
        if let Some((_, answer)) = self.wishes.iter().filter(|_| !each_time).find(|(known, answer)| {
            let age_ms = now_ms - answer.decided_ms;
            *known == wish && !forgot && (self.memory == Memory::Keeps || age_ms < FORGETS_AFTER_MS)
        }) {
            return answer.clone();
        }
        let sold = self.sold[ride].clone();
        let outcome = if !each_time && sold.refund.is_some_and(|(known, _)| known == wish) {
            // The same wish, by an operator that forgot its answer.
            Outcome::GaveBack(self.tell(ride, now_ms))
        } else {
            let number = self.lines[0].number.clone();
            if each_time {
                self.held[0][sold.place].state = RideState::Valid;
            }
            let paid = PaidRide {
                now_ms,
                rule: &CITY_RULES.refund,
                city: &CITY_RULES.city,
                ride: &self.held[0][sold.place],
                way: sold.way,
                source: &sold.source,
                number: number.as_deref(),
                is_inspected: false,
                is_shared: false,
                is_corrected: false,
                refunds_ended: false,
            };
            let request = RefundRequest { ride: paid.ride.ride.clone(), sum };
            match refunds::refund(&paid, &request) {
                Err(decline) => Outcome::Declined(decline),
                Ok(back) => {
                    self.held[0][sold.place].state = RideState::Refunded;
                    self.sold[ride].refund = Some((wish, now_ms));
                    if let Some(entry) = back.entry {
                        self.enter(ride, entry, now_ms);
                    }
                    Outcome::GaveBack(self.tell(ride, now_ms))
                }
            }
        };
        let answer = Answer { outcome, decided_ms: now_ms, is_signed: true };
        self.wishes.push((wish, answer.clone()));
        answer
    }

    /// The carrier delivers a message that was written in this bus; `account` 1 is the other SIM's. What is
    /// answered, the same each time, if it is `read` by anybody.
    pub fn message(
        &mut self,
        (message, read): (usize, bool),
        account: usize,
        (boarding, bus): (usize, usize),
        sent_ms: i64,
        now_ms: i64,
    ) -> Option<Reply> {
        self.settle_due(now_ms);
        let each_time = self.is_weak(Weakness::MessagesEachTime);
        let known = self.messages.iter().find(|(known, _)| *known == message);
        if let Some((_, reply)) = known.filter(|_| !each_time) {
            return reply.clone();
        }
        self.count_today(now_ms);
        let then_ms = if self.is_weak(Weakness::LateMessagesCharge) { now_ms } else { sent_ms };
        let (run, run_then) = (self.run(bus, now_ms), self.run(bus, then_ms));
        let vehicle = &town().vehicles[bus];
        let written = Written { bus: vehicle.painted.clone(), language: None, passengers: 1 };
        let weak = self.is_weak(Weakness::NoRideRule) || each_time;
        let pending = account == 0 && self.decided.iter().any(|one| one.due.is_some() && one.bus == bus);
        let view = MessageView {
            now_ms,
            sent_ms: Some(then_ms),
            way: Way::Sms,
            day: day_at(now_ms),
            city: &CITY_RULES,
            written: Some((&written, vehicle)),
            run: run.as_ref(),
            run_then: run_then.as_ref(),
            rides: if weak { &[] } else { &self.held[account] },
            pending: pending && !weak,
            history: FareHistory::default(),
            line: &self.lines[account],
        };
        let decision = messages::decide(&view);
        let (ride, decline) = match decision {
            MessageDecision::Charged(charge) => {
                let who = (None, boarding, bus, account);
                let ride = self.sell(who, Way::Sms, Source::PhoneBalance, charge, (sent_ms, now_ms));
                self.sold[ride].message = Some(message);
                (Some(ride), None)
            }
            MessageDecision::AlreadyPaid { ride } => {
                let place =
                    ride.and_then(|ride| self.held[account].iter().position(|held| held.ride == ride));
                (place.and_then(|place| self.sold_at(account, place)), None)
            }
            MessageDecision::Declined(decline) => (None, Some(decline)),
        };
        let reply = read.then(|| self.reply((message, bus), ride, decline.as_ref(), now_ms));
        self.messages.push((message, reply.clone()));
        reply
    }

    /// What a message is answered, as `Desk::decide_message` writes it.
    fn reply(
        &self,
        (message, bus): (usize, usize),
        ride: Option<usize>,
        decline: Option<&Decline>,
        now_ms: i64,
    ) -> Reply {
        let number = |ride: usize| format!("{ride:06}");
        let told = ride.map(|ride| (ride, self.answer_of(ride)));
        let answered = match (&told, decline) {
            (_, Some(decline)) => Answered::Declined(decline),
            (Some((ride, told)), None) if self.sold[*ride].message == Some(message) => {
                Answered::Paid(told, number(*ride))
            }
            (Some((ride, told)), None) => {
                let by_message = self.sold[*ride].message.is_some();
                Answered::AlreadyPaid(Some((told, by_message.then(|| number(*ride)))))
            }
            (None, None) => Answered::AlreadyPaid(None),
        };
        let painted = town().vehicles[bus].painted.as_str();
        messages::reply(answered, Some(painted), Language::Ru, time_zone(), now_ms)
    }

    /// As much of a ride as an answer to a message tells.
    fn answer_of(&self, ride: usize) -> RideAnswer {
        let (sold, told) = (&self.sold[ride], self.tell(ride, 0));
        RideAnswer {
            ride: key(ride).to_owned(),
            key: String::new(),
            city: CITY_RULES.city.clone(),
            vehicle: town().vehicles[sold.bus].clone(),
            passengers: vec![PassengerGroup { category: Category::Standard, count: 1 }],
            way: sold.way,
            source: sold.source.clone(),
            fare: told.fare,
            paid_ms: told.paid_ms,
            boarding_stop: None,
            terminus: String::new(),
            state: told.state,
            ends_ms: told.ends_ms,
            ticket: Base64(Vec::new()),
            continues_on: Vec::new(),
            fiscal: None,
            asked_ms: None,
            refund: None,
            corrects: None,
        }
    }

    /// A terminal reports that the account's card was held to it.
    pub fn card(&mut self, (boarding, bus): (usize, usize), at_ms: i64, now_ms: i64) {
        self.settle_due(now_ms);
        let run = self.run(bus, at_ms);
        let weak = self.is_weak(Weakness::NoRideRule);
        let card = self.cards.iter().find(|card| card.id == CARD).cloned();
        let Ok(at_ms) = taps::moment(at_ms, now_ms) else { return };
        let view = TapView {
            at_ms,
            day: day_at(at_ms),
            bus: Some((&CITY_RULES, &town().vehicles[bus])),
            run: run.as_ref(),
            held: card.as_ref().map(|card| Held::Card { card }),
            rides: if weak { &[] } else { &self.held[0] },
            pending: !weak && self.decided.iter().any(|one| one.due.is_some() && one.bus == bus),
            history: self.history(),
            code: None,
            is_own_phone: true,
            code_was_used: false,
            spent_today: Money::ZERO,
        };
        if let Ok(TapDecision::Charged { fare, entry, ends_ms }) = taps::tap(&view) {
            let charge = Charge { fare, entry, ends_ms };
            let source = Source::SmartCard { card: CARD.to_owned() };
            self.sell((None, boarding, bus, 0), Way::SmartCard, source, charge, (at_ms, at_ms));
        }
    }

    /// A till tells of the sale of this number: this account's passenger paid the conductor.
    pub fn cash(&mut self, sale: usize, (boarding, bus): (usize, usize), sold_ms: i64, now_ms: i64) {
        self.settle_due(now_ms);
        if self.sales.contains(&sale) {
            return;
        }
        let sold_ms = if self.is_weak(Weakness::SalesAreNow) { now_ms } else { sold_ms };
        let Ok(sold_ms) = taps::moment(sold_ms, now_ms) else { return };
        let run = self.run(bus, sold_ms);
        let passengers = [PassengerGroup { category: Category::Standard, count: 1 }];
        let decision = registers::sale(&SaleView {
            sold_ms,
            day: day_at(sold_ms),
            city: &CITY_RULES,
            vehicle: &town().vehicles[bus],
            run: run.as_ref(),
            way: Way::Cash,
            till: "cash",
            passengers: &passengers,
            rides: if self.is_weak(Weakness::NoRideRule) { &[] } else { &self.held[0] },
        });
        let Ok(decision) = decision else { return };
        self.sales.push(sale);
        if let SaleDecision::Sold { source, charge } = decision {
            self.sell((None, boarding, bus, 0), Way::Cash, source, charge, (sold_ms, sold_ms));
        }
    }

    /// Every pending payment whose carrier has answered by now, as of the moment when it did.
    fn settle_due(&mut self, now_ms: i64) {
        while let Some(first) = self
            .decided
            .iter()
            .enumerate()
            .filter_map(|(nth, one)| Some((one.due?.0, nth)).filter(|(due_ms, _)| *due_ms <= now_ms))
            .min()
        {
            let (at_ms, nth) = first;
            let Decided { tap, boarding, bus, due, ref request, .. } = self.decided[nth];
            let request = request.clone();
            let (_, fare, accepted) = due.unwrap_or_default();
            let run = self.run(bus, at_ms);
            self.count_today(at_ms);
            let blind = self.is_weak(Weakness::SettlesBlind);
            let settled = payments::settle(&DueView {
                now_ms: at_ms,
                request: &request,
                fare,
                accepted_run: &accepted.to_string(),
                end: &CITY_RULES.ride_end,
                painted: &town().vehicles[bus].painted,
                run: run.as_ref(),
                rides: if blind { &[] } else { &self.held[0] },
                line: &self.lines[0],
            });
            let outcome = match settled {
                PaymentDecision::Charged(charge) => {
                    let source = request.source.clone();
                    let asked_ms = payments::asked_ms(request.tapped_ms, None, at_ms);
                    let ride = self.sell(
                        (Some(tap), boarding, bus, 0),
                        request.way,
                        source,
                        charge,
                        (asked_ms, at_ms),
                    );
                    Outcome::Paid(self.tell(ride, at_ms))
                }
                PaymentDecision::AlreadyPaid { ride, .. } => {
                    let place = self.held[0].iter().position(|held| held.ride == ride);
                    let ride = place.and_then(|place| self.sold_at(0, place));
                    ride.map_or(Outcome::Pending, |ride| Outcome::AlreadyPaid(self.tell(ride, at_ms)))
                }
                PaymentDecision::Declined(decline) => Outcome::Declined(decline),
                PaymentDecision::Follows { .. } | PaymentDecision::Pending { .. } => Outcome::Pending,
            };
            let shared = match &outcome {
                Outcome::Paid(ride) => Outcome::AlreadyPaid(*ride),
                other => other.clone(),
            };
            for one in self.decided.iter_mut().filter(|one| one.follows == Some(tap)) {
                (one.follows, one.answer.decided_ms) = (None, at_ms);
                one.answer.outcome = shared.clone();
            }
            let one = &mut self.decided[nth];
            (one.due, one.answer.decided_ms, one.answer.outcome) = (None, at_ms, outcome);
        }
        self.settle_vouchers(now_ms);
    }

    fn remembers(&self, one: &Decided, now_ms: i64) -> bool {
        let undecided = one.due.is_some() || one.follows.is_some();
        undecided
            || match self.memory {
                Memory::Keeps => true,
                Memory::Forgets => now_ms - one.answer.decided_ms < FORGETS_AFTER_MS,
                Memory::Ignores => false,
            }
    }

    fn known(&self, tap: usize, now_ms: i64) -> Option<usize> {
        self.decided.iter().rposition(|one| one.tap == tap && self.remembers(one, now_ms))
    }

    /// A payment's answer, with its ride as it stands now.
    fn told(&self, nth: usize) -> Answer {
        let mut answer = self.decided[nth].answer.clone();
        if let Outcome::Paid(ride) | Outcome::AlreadyPaid(ride) = &mut answer.outcome {
            *ride = self.tell(ride.ride, answer.decided_ms);
        }
        answer
    }

    fn sold_at(&self, account: usize, place: usize) -> Option<usize> {
        self.sold.iter().position(|sold| sold.account == account && sold.place == place)
    }

    /// A ride as it stands.
    pub fn tell(&self, ride: usize, now_ms: i64) -> Told {
        let sold = &self.sold[ride];
        let held = &self.held[sold.account][sold.place];
        Told {
            ride,
            tap: sold.tap,
            used: sold.used,
            bus: sold.bus,
            fare: held.fare,
            state: held.state_at(now_ms),
            ends_ms: held.ends_ms,
            paid_ms: held.paid_ms,
            way: sold.way,
            purse: match &sold.source {
                Source::PhoneBalance => super::phone::Purse::Phone,
                Source::BankCard { .. } => super::phone::Purse::Bank,
                Source::SmartCard { card } if card == CARD => super::phone::Purse::Card,
                Source::SmartCard { .. } => super::phone::Purse::Free,
                Source::Cash => super::phone::Purse::Cash,
            },
            refund: sold.refund,
        }
    }

    fn sell(
        &mut self,
        (tap, boarding, bus, account): (Option<usize>, usize, usize, usize),
        way: Way,
        source: Source,
        charge: Charge,
        (asked_ms, paid_ms): (i64, i64),
    ) -> usize {
        let ride = self.sold.len();
        let place = self.held[account].len();
        self.held[account].push(HeldRide {
            ride: key(ride).to_owned(),
            key: tap.map_or_else(String::new, |tap| key(tap).to_owned()),
            vehicle: town().vehicles[bus].vehicle.clone(),
            line: String::new(),
            fare: charge.fare,
            asked_ms,
            paid_ms,
            ends_ms: charge.ends_ms,
            state: RideState::Valid,
            continues_on: Vec::new(),
            corrects: None,
        });
        self.sold.push(Sold {
            tap,
            boarding,
            bus,
            account,
            way,
            source,
            refund: None,
            message: None,
            used: None,
            place,
        });
        if let Some(entry) = charge.entry {
            self.enter(ride, entry, paid_ms);
        }
        ride
    }

    fn enter(&mut self, ride: usize, entry: Entry, at_ms: i64) {
        for posting in &entry.postings {
            let gained = |sum: Money| sum.plus(posting.gain).unwrap_or(sum);
            match &posting.purse {
                Purse::Card(id) => {
                    if let Some(card) = self.cards.iter_mut().find(|card| card.id == *id) {
                        card.balance = gained(card.balance);
                    }
                }
                Purse::Phone(number) => {
                    for line in self.lines.iter_mut().filter(|line| line.number.as_ref() == Some(number)) {
                        line.balance = gained(line.balance);
                    }
                }
                _ => {}
            }
        }
        self.booked.push(Booked { at_ms, ride, entry });
    }
}
