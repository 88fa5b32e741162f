//! One life: the plan's deeds, the network's fates, and what must be true of it all.

mod vouchers;

use super::operator::{Answer, KeyName, Operator, Outcome};
use super::phone::{Chance, Label, Phone, Tapped, Want, WishWord, Word, Written};
use super::plan::{Deed, Fate, Instead, Plan};
use super::town::{NOON_MS, RUN_MS, key};
use super::weakness::Weakness;
use crate::sandbox::rules::Purse as Account;
use crate::sandbox::rules::carrier::{Decline, SIM_WAIT_MS};
use jol_core::money::Money;
use jol_core::operator::wire::{PaymentRequest, RideState, UseReport, VoucherRequest};
use jol_core::pay::message::{LATEST_CHARGE_MS, Reply};
use jol_core::pay::{DeclineReason, INTENT_LASTS_MS, Source, Way};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;

/// Under a weakness, a payment that gets a new key gets one so many numbers higher.
pub const RENAMED: usize = 50;
/// After so long without an answer the phone gives up waiting for it, in ms.
const TIMEOUT_MS: i64 = 15_000;
/// So long after the last deed the network is as it should be, in ms.
const REST_MS: i64 = 60 * 3_600_000;
/// So far off, in ms, may be what a phone makes of the time whose own clock is right.
const CLOCK_OFF_MS: i64 = 10_000;
/// No life takes more steps.
const MOST_STEPS: u32 = 20_000;
/// No life taps more often.
const MOST_TAPS: usize = 40;

/// What came of a life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// What is not as it must be.
    pub violations: Vec<String>,
    /// How many boardings were charged, once.
    pub charged_once: u32,
    /// Of how many the app said that they are not paid, and why.
    pub declined: u32,
    /// Names everything that moved and everything that was said.
    pub hash: u64,
    /// What happened, if it was to be told.
    pub told: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Deed(usize),
    Wake(usize),
    /// A request arrives; whether its phone still waits is found by the flight.
    Arrive(usize, bool),
    Answered(usize),
    TimedOut(usize),
    Start(usize),
    Back(usize),
    Message {
        nth: usize,
    },
    Card {
        nth: usize,
    },
    Cash {
        nth: usize,
    },
    /// The answer to a message is shared into the app.
    Share {
        nth: usize,
        phone: usize,
    },
}

#[derive(Debug)]
struct Flight {
    phone: usize,
    epoch: u32,
    label: Label,
    sent_ms: i64,
    fate: Fate,
    answer: Option<Answer>,
    /// What is asked, as it was when it was sent.
    asks: Asks,
}

#[derive(Clone, Debug)]
enum Asks {
    Pay(usize, i64, Arc<PaymentRequest>),
    State(usize),
    Rides,
    Refund { wish: usize, ride: usize, sum: Money },
    Reserve(usize, KeyName, Arc<VoucherRequest>),
    Use(usize, usize, Arc<UseReport>),
    Unused(usize, u8, KeyName),
    Vouchers,
}

#[derive(Clone, Debug)]
struct Tap {
    number: usize,
    phone: usize,
    boarding: usize,
    one_more: bool,
    at_ms: i64,
    right_clock: bool,
    /// The app said that a message may have paid this ride.
    warned: bool,
}

#[derive(Clone, Debug)]
struct Wish {
    ride: usize,
    sum: Money,
    boarding: usize,
    phone: usize,
    asked_ms: i64,
    /// The app said that the ride was given back.
    granted: bool,
}

#[derive(Clone, Debug, Default)]
struct Boarding {
    bus: usize,
    /// Another way than this one phone may have paid, too.
    mixed: bool,
    one_more_asked: u32,
    companion_repeats: u32,
}

struct Handset<P> {
    phone: P,
    epoch: u32,
    is_on: bool,
    away_until_ms: i64,
    flying: Vec<Label>,
    wake_ms: Option<i64>,
    right_clock: bool,
    was_renewed: bool,
    /// It may know of another phone's taps.
    was_restored: bool,
    /// How often it began anew.
    generation: u32,
}

struct Sent {
    /// The phone on which the app opened it, and what that said of it last.
    opened: Option<usize>,
    said: Option<Written>,
    boarding: usize,
    bus: usize,
    account: usize,
    sent_ms: i64,
    /// What was answered, on which phone it is shared, and how long after it came.
    reply: Option<Box<Reply>>,
    shared: Option<(usize, i64)>,
    /// The passenger says that it was not sent.
    taken_back: bool,
}

impl Sent {
    fn new((boarding, bus): (usize, usize), account: usize, sent_ms: i64) -> Sent {
        let (opened, said, reply, shared) = (None, None, None, None);
        Sent { opened, said, boarding, bus, account, sent_ms, reply, shared, taken_back: false }
    }
}

/// Lives one life on these phones.
pub struct Life<P: Phone> {
    seed: u64,
    plan: Plan,
    operator: Operator,
    handsets: Vec<Handset<P>>,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    order: u64,
    flights: Vec<Flight>,
    boardings: Vec<Boarding>,
    taps: Vec<Tap>,
    wishes: Vec<Wish>,
    sent: Vec<Sent>,
    vouchers: vouchers::Vouchers,
    older: Vec<(Label, Answer)>,
    back_up: Option<P::BackUp>,
    now_ms: i64,
    calm: bool,
    violations: Vec<String>,
    closed: Vec<(usize, i64)>,
    /// When the SIM was replaced.
    replaced: Vec<i64>,
    told: Option<Vec<String>>,
    weakness: Option<Weakness>,
}

impl<P: Phone> Life<P> {
    /// A life at its beginning; `phone` makes its phones.
    pub fn new(
        seed: u64,
        weakness: Option<Weakness>,
        mut phone: impl FnMut(usize, Chance, &Plan) -> P,
    ) -> Life<P> {
        let plan = Plan::of(seed);
        let operator = Operator::new(&plan, weakness, NOON_MS - 3_600_000 * 24 * 90);
        let handset = |nth| Handset {
            phone: phone(nth, Chance(seed.wrapping_mul(31).wrapping_add(nth as u64)), &plan),
            epoch: 0,
            is_on: true,
            away_until_ms: 0,
            flying: Vec::new(),
            wake_ms: None,
            right_clock: true,
            was_renewed: false,
            was_restored: false,
            generation: 0,
        };
        let handsets = (0..plan.phones).map(handset).collect();
        Life {
            seed,
            operator,
            handsets,
            events: BinaryHeap::with_capacity(64),
            order: 0,
            flights: Vec::new(),
            boardings: Vec::new(),
            taps: Vec::new(),
            wishes: Vec::new(),
            sent: Vec::new(),
            vouchers: vouchers::Vouchers::default(),
            older: Vec::new(),
            back_up: None,
            now_ms: NOON_MS,
            calm: false,
            violations: Vec::new(),
            closed: Vec::new(),
            replaced: Vec::new(),
            told: None,
            weakness,
            plan,
        }
    }

    /// Notes what happens.
    pub fn telling(self) -> Life<P> {
        Life { told: Some(Vec::new()), ..self }
    }

    /// To its end.
    pub fn live(mut self) -> Lived {
        for nth in 0..self.plan.deeds.len() {
            self.at(self.plan.deeds[nth].0, Event::Deed(nth));
        }
        self.run(i64::MAX);
        self.rest();
        self.judge()
    }

    fn at(&mut self, at_ms: i64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((at_ms, self.order, event)));
    }

    fn tell(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.told.is_some() {
            let line = format!("{:>12.3} s  {}", (self.now_ms - NOON_MS) as f64 / 1_000.0, what(self));
            self.told.iter_mut().for_each(|told| told.push(line.clone()));
        }
    }

    fn violates(&mut self, what: String) {
        if self.violations.len() < 8 {
            self.violations.push(what);
        }
    }

    fn run(&mut self, until_ms: i64) {
        let mut steps = 0_u32;
        while let Some(Reverse((at_ms, _, event))) = self.events.peek().copied() {
            if at_ms > until_ms {
                break;
            }
            self.events.pop();
            self.now_ms = self.now_ms.max(at_ms);
            steps += 1;
            if steps > MOST_STEPS {
                return self.violates("it never comes to rest".to_owned());
            }
            if let Event::Deed(nth) = event {
                self.tell(|life| format!("{:?}", life.plan.deeds[nth].1));
            } else if !matches!(event, Event::Wake(_) | Event::Arrive(..) | Event::Answered(_)) {
                self.tell(|_| format!("{event:?}"));
            }
            self.step(event);
        }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Deed(nth) => self.deed(self.plan.deeds[nth].1),
            Event::Wake(phone) => {
                self.handsets[phone].wake_ms = None;
                self.send(phone);
            }
            Event::Arrive(flight, first) => self.arrive(flight, first),
            Event::Answered(flight) => self.come_back(flight, true),
            Event::TimedOut(flight) => self.come_back(flight, false),
            Event::Start(phone) => {
                if !self.handsets[phone].is_on {
                    self.handsets[phone].is_on = true;
                    self.handsets[phone].phone.start(self.now_ms);
                    self.send(phone);
                }
            }
            Event::Back(phone) => {
                if self.handsets[phone].is_on && self.handsets[phone].away_until_ms <= self.now_ms {
                    self.handsets[phone].phone.network_back(self.now_ms);
                    self.send(phone);
                }
            }
            Event::Message { nth } => {
                let Sent { boarding, bus, account, sent_ms, shared, .. } = self.sent[nth];
                let read = (nth, shared.is_some());
                let reply = self.operator.message(read, account, (boarding, bus), sent_ms, self.now_ms);
                if let Some((phone, shared_ms)) = shared {
                    self.sent[nth].reply = reply.map(Box::new);
                    self.at(self.now_ms + shared_ms, Event::Share { nth, phone });
                }
            }
            Event::Share { nth, phone } => {
                if let Some(reply) = self.sent[nth].reply.take()
                    && self.handsets[phone].is_on
                {
                    self.handsets[phone].phone.share(&reply, self.now_ms);
                    self.sent[nth].reply = Some(reply);
                    self.send(phone);
                }
            }
            Event::Card { nth } => {
                let Sent { boarding, bus, sent_ms, .. } = self.sent[nth];
                self.operator.card((boarding, bus), sent_ms, self.now_ms);
            }
            Event::Cash { nth } => {
                let Sent { boarding, bus, sent_ms, .. } = self.sent[nth];
                self.operator.cash(nth, (boarding, bus), sent_ms, self.now_ms);
            }
        }
    }

    fn deed(&mut self, deed: Deed) {
        let now_ms = self.now_ms;
        let (boarding, bus) = (self.boardings.len().saturating_sub(1), self.bus());
        match deed {
            Deed::Board { bus } => self.boardings.push(Boarding { bus, ..Boarding::default() }),
            Deed::Tap { phone, purse, twice } => {
                self.tap(phone, Want { bus, purse, one_more: false }, twice);
            }
            Deed::OneMore { phone } => {
                // Whoever sees on the screen that it was asked for does not ask again.
                let asked: Vec<usize> = self
                    .taps
                    .iter()
                    .filter(|tap| tap.boarding == boarding && tap.one_more && tap.phone == phone)
                    .map(|tap| tap.number)
                    .collect();
                let handset = &mut self.handsets[phone];
                let on_screen = |word: Option<Word>| {
                    matches!(word, Some(Word::Pending | Word::Paid(_) | Word::AlreadyPaid(_)))
                };
                let knows = handset.is_on
                    && asked.iter().any(|tap| {
                        [*tap, *tap + RENAMED].into_iter().any(|tap| on_screen(handset.phone.word(tap)))
                    });
                if !knows {
                    if handset.was_renewed && !asked.is_empty() {
                        self.boardings[boarding].companion_repeats += 1;
                    }
                    self.tap(phone, Want { bus, purse: super::phone::Purse::Phone, one_more: true }, false);
                }
            }
            Deed::GiveBack { phone } => self.give_back(phone),
            Deed::Refresh { phone } => {
                if self.handsets[phone].is_on {
                    self.handsets[phone].phone.refresh(now_ms);
                    self.send(phone);
                }
            }
            Deed::Kill { phone, down_ms } => {
                if self.handsets[phone].is_on {
                    self.end(phone);
                    self.at(now_ms + down_ms, Event::Start(phone));
                }
            }
            Deed::Away { phone, ms } => {
                self.handsets[phone].away_until_ms = now_ms + ms;
                self.at(now_ms + ms, Event::Back(phone));
            }
            Deed::SetClock { phone, ahead_ms } => {
                self.handsets[phone].phone.set_clock(ahead_ms);
                self.handsets[phone].right_clock = false;
            }
            Deed::BackUp { phone } => {
                if self.handsets[phone].is_on {
                    self.back_up = Some(self.handsets[phone].phone.back_up(now_ms));
                    self.handsets[phone].phone.put_aside();
                }
            }
            Deed::Restore { phone, anew } => {
                if anew {
                    self.begin_anew(phone);
                }
                if self.handsets[phone].is_on
                    && let Some(back_up) = &self.back_up
                {
                    self.boardings[boarding].mixed = true;
                    self.handsets[phone].was_restored = true;
                    self.handsets[phone].phone.restore(back_up, now_ms);
                }
                self.send(phone);
            }
            Deed::TurnBack { phone } => {
                self.boardings[boarding].mixed = true;
                self.end(phone);
                self.handsets[phone].was_renewed = true;
                self.vouchers.turned_back = true;
                self.forget_told(phone);
                self.handsets[phone].phone.turn_back();
                self.at(now_ms + 2_000, Event::Start(phone));
            }
            Deed::Reinstall { phone } => {
                self.begin_anew(phone);
                self.send(phone);
            }
            Deed::Message { phone, other_sim, takes_ms, again_ms, shared_ms } => {
                self.boardings[boarding].mixed = true;
                let nth = self.sent.len();
                let account = usize::from(other_sim);
                let opened = self.handsets[phone].is_on.then_some(phone);
                let shared = shared_ms.map(|shared_ms| (phone, shared_ms));
                self.sent.push(Sent { opened, shared, ..Sent::new((boarding, bus), account, now_ms) });
                if opened.is_some() {
                    self.handsets[phone].phone.write(bus, nth, now_ms);
                    self.send(phone);
                }
                if let Some(takes_ms) = takes_ms {
                    self.at(now_ms + takes_ms, Event::Message { nth });
                    if let Some(again_ms) = again_ms {
                        self.at(now_ms + takes_ms + again_ms, Event::Message { nth });
                    }
                }
            }
            Deed::HoldCard { reported_ms, again_ms } => {
                self.boardings[boarding].mixed = true;
                let nth = self.sent.len();
                self.sent.push(Sent::new((boarding, bus), 0, now_ms));
                self.at(now_ms + reported_ms, Event::Card { nth });
                if let Some(again_ms) = again_ms {
                    self.at(now_ms + reported_ms + again_ms, Event::Card { nth });
                }
            }
            Deed::NotSent { phone } => {
                let own = |sent: &Sent| sent.opened == Some(phone) && sent.boarding == boarding;
                let last = self.sent.iter().rposition(own);
                if let Some(nth) = last.filter(|_| self.handsets[phone].is_on)
                    && self.handsets[phone].phone.not_sent(nth, now_ms)
                {
                    self.sent[nth].taken_back = true;
                    self.send(phone);
                }
            }
            Deed::PayCash { reported_ms, again_ms } => {
                let sees_ticket = self.handsets.iter_mut().any(|handset| {
                    let rides = if handset.is_on { handset.phone.rides(now_ms) } else { Vec::new() };
                    rides.iter().any(|(ride, state)| {
                        *state == RideState::Valid && self.operator.sold[*ride].boarding == boarding
                    })
                });
                if !sees_ticket {
                    self.boardings[boarding].mixed = true;
                    let nth = self.sent.len();
                    self.sent.push(Sent::new((boarding, bus), 0, now_ms));
                    self.at(now_ms + reported_ms, Event::Cash { nth });
                    if let Some(again_ms) = again_ms {
                        self.at(now_ms + reported_ms + again_ms, Event::Cash { nth });
                    }
                }
            }
            Deed::Reserve { phone, purse, rides } => self.reserve(phone, purse, rides),
            Deed::BoardOffline { phone } => self.board_offline(phone),
            Deed::GiveRestBack { phone } => self.give_rest_back(phone),
            Deed::EndRun => {
                self.operator.close_run(bus, now_ms);
                self.closed.push((bus, now_ms));
            }
            Deed::ReplaceSim => {
                self.operator.replace_sim(now_ms);
                self.replaced.push(now_ms);
            }
        }
    }

    fn bus(&self) -> usize {
        self.boardings.last().map_or(0, |boarding| boarding.bus)
    }

    fn begin_anew(&mut self, phone: usize) {
        if let Some(boarding) = self.boardings.last_mut() {
            boarding.mixed = true;
        }
        self.end(phone);
        let handset = &mut self.handsets[phone];
        (handset.was_renewed, handset.is_on) = (true, true);
        handset.generation += 1;
        handset.phone.wipe(self.now_ms);
        self.forget_told(phone);
        self.operator.enrol(phone, self.now_ms);
    }

    fn end(&mut self, phone: usize) {
        let handset = &mut self.handsets[phone];
        handset.is_on = false;
        handset.epoch += 1;
        handset.flying.clear();
    }

    fn tap(&mut self, phone: usize, want: Want, twice: bool) {
        if !self.handsets[phone].is_on || self.taps.len() * 2 >= MOST_TAPS {
            return;
        }
        // Every other number is kept for what a weakness makes of a second tap.
        let number = self.taps.len() * 2;
        let boarding = self.boardings.len() - 1;
        let right_clock = self.handsets[phone].right_clock;
        if self.taps.iter().any(|tap| tap.boarding == boarding && tap.phone != phone) {
            self.boardings[boarding].mixed = true;
        }
        let at_ms = self.now_ms;
        if let Tapped::New { warned } = self.handsets[phone].phone.tap(want, twice, number, at_ms) {
            self.judge_warning(phone, want, warned);
            let one_more = want.one_more;
            self.taps.push(Tap { number, phone, boarding, one_more, at_ms, right_clock, warned });
            self.boardings[boarding].one_more_asked += u32::from(one_more);
            self.send(phone);
        }
    }

    fn give_back(&mut self, phone: usize) {
        if !self.handsets[phone].is_on || self.wishes.len() >= MOST_TAPS {
            return;
        }
        let boarding = self.boardings.len() - 1;
        let known = self.handsets[phone].phone.rides(self.now_ms);
        let of_boarding = |ride: usize| self.operator.sold[ride].boarding == boarding;
        let ride = known.iter().rev().find(|(ride, state)| *state == RideState::Valid && of_boarding(*ride));
        let Some((ride, _)) = ride.copied() else { return };
        let (wish, sum) = (self.wishes.len(), self.operator.tell(ride, self.now_ms).fare);
        if self.handsets[phone].phone.refund(ride, wish, self.now_ms) {
            self.wishes.push(Wish { ride, sum, boarding, phone, asked_ms: self.now_ms, granted: false });
            self.send(phone);
        }
    }

    /// Everything that is due on a phone leaves.
    fn send(&mut self, nth: usize) {
        if !self.handsets[nth].is_on {
            return;
        }
        let now_ms = self.now_ms;
        for (label, attempts) in self.handsets[nth].phone.due(now_ms) {
            let handset = &mut self.handsets[nth];
            if handset.flying.contains(&label) {
                continue;
            }
            handset.flying.push(label);
            handset.phone.carry(label);
            let mut off_ms = None;
            let asks = match label {
                Label::Pay(tap) => {
                    let age_ms = handset.phone.age_ms(tap, now_ms);
                    let request = handset.phone.request(tap);
                    let tapped = self.taps.iter().find(|known| known.number == tap && known.right_clock);
                    off_ms = tapped.map(|known| (request.tapped_ms - known.at_ms).abs());
                    Asks::Pay(tap, age_ms, request)
                }
                Label::State(tap) => Asks::State(tap),
                Label::Rides => Asks::Rides,
                Label::Refund(wish) => {
                    let Wish { ride, sum, .. } = self.wishes[wish];
                    Asks::Refund { wish, ride, sum }
                }
                Label::Reserve(voucher) => {
                    let request = handset.phone.reservation(voucher);
                    Asks::Reserve(voucher, (nth, handset.generation), request)
                }
                Label::Use(one) => {
                    let (voucher, report) = handset.phone.report(one);
                    Asks::Use(one, voucher, Arc::new(report))
                }
                Label::Unused(voucher) => {
                    Asks::Unused(voucher, handset.phone.unused(voucher), (nth, handset.generation))
                }
                Label::Vouchers => Asks::Vouchers,
            };
            let what = match label {
                Label::Pay(tap) => tap as u64,
                Label::State(tap) => 1_000 + tap as u64,
                Label::Rides => 2_000,
                Label::Refund(wish) => 3_000 + wish as u64,
                Label::Vouchers => 4_000,
                Label::Reserve(voucher) => 4_100 + voucher as u64,
                Label::Use(one) => 4_200 + one as u64,
                Label::Unused(voucher) => 4_300 + voucher as u64,
            };
            let what = (what * 64 + nth as u64) * 4_096 + u64::from(attempts) + (handset.epoch as u64) * 256;
            let fate = if self.calm {
                Fate::CALM
            } else if handset.away_until_ms > now_ms {
                Fate::NONE
            } else {
                Fate::of(self.seed, what, self.plan.weather)
            };
            let epoch = handset.epoch;
            if let Some(off_ms) = off_ms.filter(|off_ms| *off_ms > CLOCK_OFF_MS) {
                self.violates(format!("a right clock was {off_ms} ms off at {label:?}"));
            }
            let flight = self.flights.len();
            self.flights.push(Flight { phone: nth, epoch, label, sent_ms: now_ms, fate, answer: None, asks });
            if let Some(there_ms) = fate.there_ms {
                self.at(now_ms + there_ms, Event::Arrive(flight, true));
                if let Some(again_ms) = fate.again_ms {
                    self.at(now_ms + there_ms + again_ms, Event::Arrive(flight, false));
                }
            }
            let whole_ms = fate.there_ms.zip(fate.back_ms).map(|(there_ms, back_ms)| there_ms + back_ms);
            match whole_ms.filter(|whole_ms| *whole_ms < TIMEOUT_MS) {
                Some(whole_ms) => self.at(now_ms + whole_ms, Event::Answered(flight)),
                None => self.at(now_ms + TIMEOUT_MS, Event::TimedOut(flight)),
            }
        }
        self.wake(nth);
    }

    fn wake(&mut self, nth: usize) {
        let next_ms = self.handsets[nth].phone.next_due_ms(self.now_ms);
        // A phone without a network lets no app work: it is woken when there is one again.
        if let Some(next_ms) = next_ms.filter(|next_ms| *next_ms >= self.handsets[nth].away_until_ms)
            && self.handsets[nth].wake_ms.is_none_or(|wake_ms| next_ms < wake_ms)
        {
            self.handsets[nth].wake_ms = Some(next_ms);
            self.at(next_ms, Event::Wake(nth));
        }
    }

    /// A request comes to the operator.
    fn arrive(&mut self, nth: usize, first: bool) {
        let now_ms = self.now_ms;
        let Flight { phone, label, ref asks, .. } = self.flights[nth];
        let answer = match asks.clone() {
            Asks::Pay(tap, age_ms, request) => {
                let boarding = self.boarding_of(tap);
                self.operator.pay((tap, boarding, phone), &request, age_ms, now_ms)
            }
            Asks::State(tap) => self.operator.state(tap, now_ms),
            Asks::Rides => self.operator.rides(now_ms),
            Asks::Refund { wish, ride, sum } => self.operator.refund(wish, ride, sum, now_ms),
            Asks::Reserve(voucher, key, request) => self.operator.reserve(voucher, key, &request, now_ms),
            Asks::Use(one, voucher, report) => {
                let boarding = self.vouchers.uses[one].boarding;
                self.operator.report((one, boarding), (voucher, &report), now_ms)
            }
            Asks::Unused(voucher, used, key) => self.operator.give_back(voucher, used, key, now_ms),
            Asks::Vouchers => self.operator.list_vouchers(now_ms),
        };
        self.tell(|_| {
            let again = if first { "" } else { " (again)" };
            format!("  operator: {label:?}{again}: {:?}", answer.outcome)
        });
        if !matches!(label, Label::Rides) && answer.is_signed {
            self.older.push((label, answer.clone()));
        }
        if first {
            self.flights[nth].answer = Some(answer);
        }
    }

    fn boarding_of(&self, tap: usize) -> usize {
        let own = tap % RENAMED / 2;
        self.taps.get(own).map_or(0, |tap| tap.boarding)
    }

    /// An answer comes to the phone, or none does.
    fn come_back(&mut self, nth: usize, answered: bool) {
        let now_ms = self.now_ms;
        let Flight { phone, epoch, label, sent_ms, fate, ref mut answer, .. } = self.flights[nth];
        let answer = answer.take().filter(|_| answered);
        if self.handsets[phone].epoch != epoch {
            return;
        }
        self.handsets[phone].flying.retain(|flying| *flying != label);
        let made_up = |reason: DeclineReason| Answer {
            outcome: Outcome::Declined(Decline::from(reason)),
            decided_ms: now_ms,
            is_signed: false,
        };
        let answer = match (fate.instead, label) {
            (Some(Instead::MadeUp), Label::Pay(_) | Label::State(_) | Label::Reserve(_)) => {
                answer.map(|_| made_up(DeclineReason::NoMoney))
            }
            (Some(Instead::Older), Label::Rides | Label::Vouchers) | (Some(Instead::MadeUp) | None, _) => {
                answer
            }
            (Some(Instead::Older), _) => {
                let before = self.older.iter().find(|(older, _)| *older == label);
                before.map(|(_, older)| older.clone()).or(answer)
            }
        };
        self.handsets[phone].phone.deliver(label, answer.as_ref(), now_ms - sent_ms, now_ms);
        self.tell(|_| {
            let came = answer.as_ref().map(|answer| (&answer.outcome, answer.is_signed));
            format!("  phone {phone}: {label:?}: {came:?}")
        });
        if label == Label::Vouchers {
            self.was_told(phone, answer.as_ref());
        }
        self.listen(phone, label);
        self.send(phone);
    }

    /// The taps that this phone may know of.
    fn taps_of(&self, phone: usize) -> Vec<usize> {
        let may = |tap: &&Tap| tap.phone == phone || self.handsets[phone].was_restored;
        self.taps.iter().filter(may).map(|tap| tap.number).collect()
    }

    /// What the app says now must be so.
    fn listen(&mut self, phone: usize, label: Label) {
        let taps: Vec<usize> = match label {
            Label::Pay(tap) | Label::State(tap) => vec![tap],
            _ => self.taps_of(phone),
        };
        for tap in taps {
            let word = self.handsets[phone].phone.word(tap);
            let charged = self.operator.sold.iter().any(|sold| sold.tap == Some(tap));
            match word {
                Some(Word::Declined(reason, _)) if charged => {
                    self.violates(format!("the app said not paid ({reason:?}) of {}, which is", key(tap)));
                }
                Some(Word::Paid(ride)) if self.operator.sold[ride].tap != Some(tap) => {
                    self.violates(format!("the app said paid of {}, which is not", key(tap)));
                }
                _ => {}
            }
        }
        if matches!(label, Label::Rides) {
            self.listen_to_messages(phone);
        }
        for wish in 0..self.wishes.len() {
            if self.wishes[wish].phone == phone
                && !self.wishes[wish].granted
                && self.handsets[phone].phone.wish(wish) == Some(WishWord::GaveBack)
            {
                self.wishes[wish].granted = true;
            }
            let Wish { ride, granted, phone: asked, .. } = self.wishes[wish];
            // A phone whose memory was put back learns of it anew.
            if granted && asked == phone && !self.handsets[phone].was_renewed {
                let valid = self.handsets[phone].phone.rides(self.now_ms).contains(&(ride, RideState::Valid));
                if valid {
                    self.violates(format!("ride {ride} was given back, and the app has it as valid"));
                }
            }
        }
    }

    /// What the app says of the messages that it opened must be so.
    fn listen_to_messages(&mut self, phone: usize) {
        for nth in 0..self.sent.len() {
            if self.sent[nth].opened != Some(phone) {
                continue;
            }
            let Some(said) = self.handsets[phone].phone.message(nth, self.now_ms) else { continue };
            self.sent[nth].said = Some(said);
            let is_charged = self.sold_to(nth).is_some();
            match said {
                Written::NeverPaid if is_charged && self.handsets[phone].right_clock => {
                    self.violates(format!("the app said that message {nth} was never paid, which is"));
                }
                // A phone that forgot a message takes its answer for another one's.
                Written::OtherNumber
                    if is_charged
                        && self.handsets[phone].right_clock
                        && !self.handsets[phone].was_renewed =>
                {
                    self.violates(format!("the app said that another number sent message {nth}, which paid"));
                }
                Written::Paid(ride)
                    if self.operator.sold.get(ride).is_none_or(|sold| sold.way != Way::Sms) =>
                {
                    self.violates(format!(
                        "the app said that message {nth} paid ride {ride}, which it did not"
                    ));
                }
                _ => {}
            }
        }
    }

    /// The ride that this message of the account paid.
    fn sold_to(&self, message: usize) -> Option<usize> {
        self.operator.sold.iter().position(|sold| sold.message == Some(message) && sold.account == 0)
    }

    /// Who has just written a message of which nothing is known yet is warned before they pay again.
    fn judge_warning(&mut self, phone: usize, want: Want, warned: bool) {
        let Handset { right_clock, was_renewed, .. } = self.handsets[phone];
        let may_be_charged = self.sent.iter().any(|sent| {
            sent.opened == Some(phone)
                && sent.bus == want.bus
                && !sent.taken_back
                && sent.said.is_none_or(Written::is_open)
                && self.now_ms < sent.sent_ms + LATEST_CHARGE_MS
        });
        if may_be_charged && !warned && !want.one_more && !was_renewed && right_clock {
            self.violates("the app let a ride be paid unwarned that its message may have paid".to_owned());
        }
    }

    /// The network does what it should, and everybody looks at their app once more.
    fn rest(&mut self) {
        self.now_ms += REST_MS;
        self.calm = true;
        for phone in 0..self.handsets.len() {
            self.handsets[phone].away_until_ms = 0;
            if self.handsets[phone].is_on && self.weakness.is_none() {
                self.handsets[phone].flying.clear();
                self.handsets[phone].epoch += 1;
                self.handsets[phone].phone.look_again(self.now_ms);
            } else {
                self.end(phone);
                self.handsets[phone].is_on = true;
                self.handsets[phone].phone.start(self.now_ms);
            }
            self.send(phone);
        }
        self.run(self.now_ms + 3_600_000);
        self.rest_vouchers();
    }

    /// At rest.
    fn judge(mut self) -> Lived {
        let now_ms = self.now_ms;
        let mut hash = Fnv::default();
        let mut balances = [Money::ZERO; 2];
        for booked in &self.operator.booked {
            hash.number(booked.at_ms.unsigned_abs());
            hash.number(booked.ride as u64);
            for posting in &booked.entry.postings {
                hash.text(format_args!("{}", posting.purse));
                hash.number(posting.gain.tiyn as u64);
                let side = usize::from(!matches!(posting.purse, Account::Fares(_)));
                balances[side] = balances[side].plus(posting.gain).unwrap_or_default();
            }
        }
        if balances[0].plus(balances[1]) != Some(Money::ZERO) {
            self.violates("the ledger does not balance".to_owned());
        }
        let mut fares = Money::ZERO;
        for ride in 0..self.operator.sold.len() {
            let told = self.operator.tell(ride, now_ms);
            let entered = self.operator.booked.iter().filter(|booked| booked.ride == ride);
            let moved =
                entered.flat_map(|booked| &booked.entry.postings).fold(Money::ZERO, |sum, posting| {
                    match posting.purse {
                        Account::Fares(_) => sum.plus(posting.gain).unwrap_or_default(),
                        _ => sum,
                    }
                });
            let stands = if told.refund.is_some() { Money::ZERO } else { told.fare };
            if moved != stands {
                self.violates(format!("ride {ride} moved {moved} ₸ and should have moved {stands}"));
            }
            fares = fares.plus(stands).unwrap_or_default();
            self.judge_ride(ride);
        }
        if fares.plus(self.operator.vouchers.charged_untold()) != Some(balances[0]) {
            self.violates("what rides brought in is not what passengers were charged".to_owned());
        }
        let (charged_once, declined) = self.judge_boardings();
        self.tell(|life| {
            let said: Vec<_> = life.sent.iter().map(|sent| sent.said).collect();
            format!("in the end messages are {said:?}")
        });
        for sent in &self.sent {
            hash.number(match sent.said {
                None => 1,
                Some(Written::Open) => 2,
                Some(Written::NeverPaid) => 3,
                Some(Written::Paid(ride)) => 100 + ride as u64,
                Some(Written::PaidOtherwise(ride)) => 200 + ride as u64,
                Some(Written::SaysPaid) => 4,
                Some(Written::SaysDeclined) => 5,
                Some(Written::OtherNumber) => 6,
            });
        }
        self.taps.iter().for_each(|tap| hash.number(u64::from(tap.warned)));
        self.judge_vouchers(&mut hash);
        for phone in 0..self.handsets.len() {
            self.judge_phone(phone, &mut hash);
        }
        for violation in &self.violations {
            hash.text(format_args!("{violation}"));
        }
        let told = self.told.unwrap_or_default();
        Lived { violations: self.violations, charged_once, declined, hash: hash.0, told }
    }

    fn judge_ride(&mut self, ride: usize) {
        let sold = &self.operator.sold[ride];
        let told = self.operator.tell(ride, self.now_ms);
        if let Some(number) = sold.tap {
            let same = self.operator.sold.iter().filter(|other| other.tap == Some(number)).count();
            if same > 1 {
                return self.violates(format!("{} was charged {same} times", key(number)));
            }
            let asked = self.flights.iter().find_map(|flight| match &flight.asks {
                Asks::Pay(tap, _, request) if *tap == number => Some(request.fare),
                _ => None,
            });
            if asked != Some(told.fare) {
                let (fare, button) = (told.fare, asked.unwrap_or_default());
                return self.violates(format!("{} was charged {fare} ₸, {button} stood there", key(number)));
            }
            let tap = &self.taps[number % RENAMED / 2];
            if tap.right_clock && told.paid_ms > tap.at_ms + INTENT_LASTS_MS + 20_000 {
                let late_s = (told.paid_ms - tap.at_ms) / 1_000;
                return self.violates(format!("{} was charged {late_s} s after the tap", key(number)));
            }
        }
        let run = |ms: i64| ms.div_euclid(RUN_MS);
        let (bus, paid_ms) = (sold.bus, told.paid_ms);
        let over = |(closed_bus, closed_ms): &(usize, i64)| {
            *closed_bus == bus && run(*closed_ms) == run(paid_ms) && *closed_ms < paid_ms
        };
        // In the very moment the carrier may have been asked before.
        let waits = |replaced_ms: &i64| (replaced_ms + 1..replaced_ms + SIM_WAIT_MS).contains(&paid_ms);
        if sold.used.is_some() {
            // Paid long before, and ridden where nobody could ask.
            return;
        }
        let by_number = sold.source == Source::PhoneBalance && sold.account == 0 && told.fare > Money::ZERO;
        if by_number && self.replaced.iter().any(waits) {
            return self.violates(format!("ride {ride} was charged to a number whose SIM was just replaced"));
        }
        if self.closed.iter().any(over) {
            self.violates(format!("ride {ride} was charged on a run that was over"));
        }
    }

    fn judge_boardings(&mut self) -> (u32, u32) {
        let (mut once, mut declined) = (0, 0);
        for nth in 0..self.boardings.len() {
            let boarding = self.boardings[nth].clone();
            let standing = self
                .operator
                .sold
                .iter()
                .filter(|sold| sold.boarding == nth && sold.refund.is_none() && sold.account == 0);
            let charged = standing.count() as u32;
            let most = 1
                + boarding.one_more_asked.min(1)
                + boarding.companion_repeats
                + self.ridden_by_wrong_clocks(nth);
            if charged > most && charged > most + self.tapped_by_wrong_clocks(nth) {
                self.violates(format!("boarding {nth} was charged {charged} times, {most} at most"));
            }
            once += u32::from(charged == 1);
            // What the passenger gave back, and was told so, stays given back.
            let last_tap = self.taps.iter().filter(|tap| tap.boarding == nth).map(|tap| tap.at_ms).max();
            let given_back = self
                .wishes
                .iter()
                .filter(|wish| wish.boarding == nth && wish.granted)
                .any(|wish| last_tap.is_some_and(|tap_ms| tap_ms < wish.asked_ms));
            if given_back && charged > 0 && !boarding.mixed && boarding.one_more_asked == 0 {
                self.violates(format!("boarding {nth} was given back, and is charged"));
            }
            let numbers: Vec<(usize, usize)> = self
                .taps
                .iter()
                .filter(|tap| tap.boarding == nth)
                .map(|tap| (tap.phone, tap.number))
                .collect();
            let refused = numbers.iter().any(|(phone, number)| {
                matches!(self.handsets[*phone].phone.word(*number), Some(Word::Declined(..)))
            });
            declined += u32::from(charged == 0 && refused);
        }
        (once, declined)
    }

    /// How many charges of a boarding come of a clock that was wrong: on the phone the ride before was over when
    /// its passenger tapped, and the network held the request until it was.
    fn tapped_by_wrong_clocks(&self, boarding: usize) -> u32 {
        let sold = |ride: &usize| {
            let sold = &self.operator.sold[*ride];
            sold.boarding == boarding && sold.account == 0 && sold.refund.is_none()
        };
        let rides: Vec<_> = (0..self.operator.sold.len())
            .filter(sold)
            .map(|ride| self.operator.tell(ride, self.now_ms))
            .collect();
        let is_late = |number: usize, paid_ms: i64| {
            let tap = self.taps.iter().find(|tap| tap.number == number && !tap.right_clock);
            let tapped_ms = self.flights.iter().find_map(|flight| match &flight.asks {
                Asks::Pay(tap, _, request) if *tap == number => Some(request.tapped_ms),
                _ => None,
            });
            let was_over = |ends_ms: i64| tapped_ms.is_some_and(|ms| ms > ends_ms) && paid_ms > ends_ms;
            tap.is_some() && rides.iter().any(|before| was_over(before.ends_ms))
        };
        rides.iter().filter(|ride| ride.tap.is_some_and(|number| is_late(number, ride.paid_ms))).count()
            as u32
    }

    /// What the account was charged and not given back.
    fn charged(&self) -> Money {
        let own = (0..self.operator.sold.len()).filter(|ride| self.operator.sold[*ride].account == 0);
        let told = own.map(|ride| self.operator.tell(ride, self.now_ms));
        let standing = told.filter(|told| told.refund.is_none());
        standing.fold(Money::ZERO, |sum, told| sum.plus(told.fare).unwrap_or(sum))
    }

    fn judge_phone(&mut self, phone: usize, hash: &mut Fnv) {
        let known = self.handsets[phone].phone.rides(self.now_ms);
        self.tell(|_| format!("in the end phone {phone} has {known:?}"));
        for (ride, state) in &known {
            hash.number(*ride as u64);
            hash.number(*state as u64);
        }
        for ride in 0..self.operator.sold.len() {
            if self.operator.sold[ride].account != 0 {
                continue;
            }
            let told = self.operator.tell(ride, self.now_ms);
            match known.iter().find(|(known, _)| *known == ride) {
                None => self.violates(format!("phone {phone} does not know of ride {ride}")),
                Some((_, RideState::Valid)) if told.state != RideState::Valid => {}
                Some((_, state)) if *state != told.state => {
                    self.violates(format!(
                        "phone {phone} has ride {ride} as {state:?}, it is {:?}",
                        told.state
                    ));
                }
                _ => {}
            }
        }
        let (spent, charged) = (self.handsets[phone].phone.spent(), self.charged());
        if spent != charged {
            self.violates(format!("phone {phone} says that {spent} ₸ were spent, it is {charged}"));
        }
        for number in self.taps_of(phone) {
            let word = self.handsets[phone].phone.word(number);
            self.tell(|_| format!("in the end phone {phone} says {word:?} of {}", key(number)));
            let (said, after_ms) = match word {
                None => (1, None),
                Some(Word::Pending) => (2, None),
                Some(Word::Paid(ride)) => (100 + ride as u64, None),
                Some(Word::AlreadyPaid(ride)) => (200 + ride as u64, None),
                Some(Word::Declined(reason, try_again_ms)) => {
                    let why = DeclineReason::ALL.iter().position(|known| *known == reason).unwrap_or(0);
                    (300 + why as u64, try_again_ms)
                }
                Some(Word::Refunded) => (3, None),
            };
            hash.number(said);
            hash.number(after_ms.unwrap_or_default().unsigned_abs());
            let ride = self.operator.sold.iter().position(|sold| sold.tap == Some(number));
            let refunded = ride.is_some_and(|ride| self.operator.sold[ride].refund.is_some());
            match (word, ride) {
                (Some(Word::Pending), _) => self.violates(format!("{} is still not known", key(number))),
                (Some(Word::Declined(DeclineReason::SimReplaced, try_again_ms)), None)
                    if !self.replaced.iter().any(|ms| try_again_ms == Some(ms + SIM_WAIT_MS)) =>
                {
                    self.violates(format!("{} may be tried again at a wrong hour", key(number)));
                }
                (Some(Word::Declined(reason, _)), Some(_)) => {
                    self.violates(format!("{} is said not paid ({reason:?}), and is", key(number)));
                }
                (Some(Word::Paid(_)), None) => {
                    self.violates(format!("{} is said paid, and is not", key(number)));
                }
                (Some(Word::Paid(_)), Some(_)) if refunded => {
                    self.violates(format!("{} is said paid, and was given back", key(number)));
                }
                _ => {}
            }
        }
    }
}

/// FNV-1a.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }

    fn text(&mut self, text: fmt::Arguments<'_>) {
        // Nothing that is written here can fail.
        _ = fmt::Write::write_fmt(self, text);
    }
}

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.byte(byte));
        Ok(())
    }
}
