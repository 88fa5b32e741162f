//! A phone in memory: the core's own rules (`jol_core::pay::rule`, the outbox's pauses), without SQLite and
//! signatures.

mod vouchers;

pub use vouchers::{ReservedWord, UseWord, Vouchers};

use super::operator::{Answer, Outcome, Told};
use super::plan::Plan;
use super::town::{CARD, CITY_RULES, FREE_CARD, TOKEN, day_at, key, number, time_zone, town};
use super::weakness::Weakness;
use jol_core::city::fares::{FareHistory, FareQuestion, Vehicle};
use jol_core::money::Money;
use jol_core::operator::outbox::pause_ms;
use jol_core::operator::wire::{HeldPass, PaymentRequest, RideState};
use jol_core::pay::message::{
    Message, MessageStanding, MessageState, Reply, ReplyKind, about, holds_until_ms,
};
use jol_core::pay::rule::{self, Asked, Believed, KnownRide, Next, Said, ToldRide};
use jol_core::pay::{DeclineReason, INTENT_LASTS_MS, Ride, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};
use std::sync::Arc;

/// The longest round trip that still anchors time, in ms.
const LONGEST_ANCHOR_MS: i64 = jol_core::clock::LONGEST_ANCHOR_ROUND_TRIP_MS;

/// What a row of the outbox asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// To charge this tap.
    Pay(usize),
    /// What became of it.
    State(usize),
    /// What the operator holds.
    Rides,
    /// To give a ride back, by the wish's number.
    Refund(usize),
    /// To reserve rides, by the voucher's number.
    Reserve(usize),
    /// To take the report of a voucher's use, by its number.
    Use(usize),
    /// To give back what is left of a voucher.
    Unused(usize),
    /// How the account's vouchers stand.
    Vouchers,
}

/// With what a passenger pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purse {
    /// The phone's balance.
    Phone,
    /// The transport card.
    Card,
    /// The bank card.
    Bank,
    /// Nothing: the card on which rides are free.
    Free,
    /// Cash, which went to the conductor. The app pays with it nothing.
    Cash,
}

/// What a tap asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The bus.
    pub bus: usize,
    /// Whose money.
    pub purse: Purse,
    /// One more passenger.
    pub one_more: bool,
}

impl Want {
    /// The sum on the button, as `Jol::quote` computes it.
    pub fn fare(self, passes: &[HeldPass], now_ms: i64) -> Money {
        let passes = if self.one_more { &[] } else { passes };
        let question = FareQuestion {
            category: Category::Standard,
            way: Way::App,
            line: &self.vehicle().line,
            zone: None,
            day: day_at(now_ms),
            before: FareHistory { passes, ..FareHistory::default() },
        };
        CITY_RULES.fares.fare_of_group(&[self.passenger()], &question).unwrap_or_default()
    }

    /// Whose money it is.
    pub fn source(self) -> Source {
        match self.purse {
            Purse::Phone => Source::PhoneBalance,
            Purse::Card => Source::SmartCard { card: CARD.to_owned() },
            Purse::Bank => Source::BankCard { token: TOKEN.to_owned() },
            Purse::Free => Source::SmartCard { card: FREE_CARD.to_owned() },
            Purse::Cash => Source::Cash,
        }
    }

    /// Who rides.
    pub fn passenger(self) -> PassengerGroup {
        let category = if self.purse == Purse::Free { Category::Veteran } else { Category::Standard };
        PassengerGroup { category, count: 1 }
    }

    /// The bus.
    pub fn vehicle(self) -> &'static Vehicle {
        &town().vehicles[self.bus]
    }
}

/// One of the three words of the app, and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Not known yet.
    Pending,
    /// Paid, with this ride.
    Paid(usize),
    /// Paid before, with this ride.
    AlreadyPaid(usize),
    /// Not paid, and from when it may be, ms since 1970.
    Declined(DeclineReason, Option<i64>),
    /// Paid, and the money went back.
    Refunded,
}

/// How a message stands on the phone that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nobody knows yet.
    Open,
    /// It paid this ride.
    Paid(usize),
    /// This ride was paid in another way.
    PaidOtherwise(usize),
    /// Its time is over, and there is no such ride.
    NeverPaid,
    /// A text says that it is paid, or was before.
    SaysPaid,
    /// A text says that it was not paid.
    SaysDeclined,
    /// A text says that it is paid, and the account has no such ride.
    OtherNumber,
}

impl Written {
    /// Of the core's own word; `ride` gives a ride's number. None for one that was not sent.
    pub fn of(standing: &MessageStanding, ride: impl Fn(&str) -> usize) -> Option<Written> {
        Some(match standing {
            MessageStanding::NotKnown => Written::Open,
            MessageStanding::SaysPaid | MessageStanding::SaysAlreadyPaid => Written::SaysPaid,
            MessageStanding::SaysDeclined { .. } => Written::SaysDeclined,
            MessageStanding::OtherNumber => Written::OtherNumber,
            MessageStanding::Paid { ride: id } => Written::Paid(ride(id)),
            MessageStanding::PaidOtherwise { ride: id } => Written::PaidOtherwise(ride(id)),
            MessageStanding::NeverPaid => Written::NeverPaid,
            MessageStanding::TakenBack => return None,
        })
    }

    /// Whether the operator has still to tell; what a text says proves nothing.
    pub fn is_open(self) -> bool {
        matches!(self, Written::Open | Written::SaysPaid | Written::SaysDeclined)
    }
}

/// What became of a wish to give a ride back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishWord {
    /// Not known yet.
    Asked,
    /// Granted.
    GaveBack,
    /// Not granted.
    Declined,
}

/// What a tap comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// The ride is paid or being paid: nothing new.
    Known,
    /// A new payment.
    New {
        /// The app warned that a message may have paid this ride.
        warned: bool,
    },
}

/// A phone of the account, as a life handles it. Times are true ones, ms since 1970.
pub trait Phone: Vouchers {
    /// A wallet's back-up.
    type BackUp;
    /// The phone's wall clock is set so much ahead.
    fn set_clock(&mut self, ahead_ms: i64);
    /// The passenger taps, twice if `twice`; a new payment gets this number.
    fn tap(&mut self, want: Want, twice: bool, tap: usize, now_ms: i64) -> Tapped;
    /// The app opens a message that pays this bus, which gets this number.
    fn write(&mut self, bus: usize, message: usize, now_ms: i64);
    /// How that message stands; none once it is a day old.
    fn message(&mut self, message: usize, now_ms: i64) -> Option<Written>;
    /// The passenger shares the text of an answer into the app.
    fn share(&mut self, reply: &Reply, now_ms: i64);
    /// The passenger says that this message was not sent. Whether the app takes it.
    fn not_sent(&mut self, message: usize, now_ms: i64) -> bool;
    /// What a new payment sends.
    fn request(&mut self, tap: usize) -> Arc<PaymentRequest>;
    /// How long ago it was tapped, by the boot clock, in ms.
    fn age_ms(&mut self, tap: usize, now_ms: i64) -> i64;
    /// The passenger gives this ride back; the wish gets this number. Whether there is a new one.
    fn refund(&mut self, ride: usize, wish: usize, now_ms: i64) -> bool;
    /// The rows that are due, with how often each was tried.
    fn due(&mut self, now_ms: i64) -> Vec<(Label, u32)>;
    /// When the next row is due that is not due yet.
    fn next_due_ms(&mut self, now_ms: i64) -> Option<i64>;
    /// A row is carried from here on.
    fn carry(&mut self, label: Label);
    /// What became of a carried row.
    fn deliver(&mut self, label: Label, answer: Option<&Answer>, round_trip_ms: i64, now_ms: i64);
    /// The app is started again.
    fn start(&mut self, now_ms: i64);
    /// The passenger asks what the operator holds.
    fn refresh(&mut self, now_ms: i64);
    /// Calls that were on their way have no answer; the network is back, and the passenger asks what the
    /// operator holds.
    fn look_again(&mut self, now_ms: i64);
    /// The network is back.
    fn network_back(&mut self, now_ms: i64);
    /// What the app says of a payment; none if it knows of none.
    fn word(&mut self, tap: usize) -> Option<Word>;
    /// What the app says of a wish.
    fn wish(&mut self, wish: usize) -> Option<WishWord>;
    /// The rides that it knows, with whether each ticket is valid, by number.
    fn rides(&mut self, now_ms: i64) -> Vec<(usize, RideState)>;
    /// What its ledger says that rides cost, less what came back.
    fn spent(&mut self) -> Money;
    /// A back-up of the wallet.
    fn back_up(&mut self, now_ms: i64) -> Self::BackUp;
    /// Puts a back-up into the wallet, of this phone or of another one.
    fn restore(&mut self, back_up: &Self::BackUp, now_ms: i64);
    /// Puts the phone's memory aside.
    fn put_aside(&mut self);
    /// The phone's memory is as it was then.
    fn turn_back(&mut self);
    /// The app begins anew, with nothing.
    fn wipe(&mut self, now_ms: i64);
}

#[derive(Clone, Debug)]
struct Payment {
    tap: usize,
    want: Want,
    request: Arc<PaymentRequest>,
    word: Word,
    /// The operator's signed word that it came too late.
    late: bool,
    has_receipt: bool,
    /// By the boot clock of the phone on which it was tapped, and which one that is.
    tapped_boot: (i64, usize),
}

#[derive(Clone, Debug)]
struct Row {
    id: u64,
    label: Label,
    due_ms: i64,
    attempts: u32,
    asked: u32,
}

#[derive(Clone, Debug, Default)]
struct Memory {
    payments: Vec<Payment>,
    rides: Vec<Told>,
    wishes: Vec<(usize, usize, WishWord)>,
    /// As they were opened.
    messages: Vec<(usize, Message)>,
    vouchers: vouchers::Wallet,
    rows: Vec<Row>,
    next_row: u64,
    /// The operator's time less the boot clock.
    anchor_ms: Option<i64>,
}

/// What a back-up holds: no row of the outbox, and nothing of this phone's clock.
#[derive(Clone, Debug)]
pub struct ModelBackUp {
    payments: Vec<Payment>,
    rides: Vec<Told>,
    wishes: Vec<(usize, usize, WishWord)>,
    messages: Vec<(usize, Message)>,
}

/// The phone of the level `rules`.
#[derive(Clone, Debug)]
pub struct ModelPhone {
    nth: usize,
    chance: Chance,
    passes: Vec<HeldPass>,
    /// Whether anybody reserves rides in this life.
    has_vouchers: bool,
    /// How often it began anew; each time with another key.
    generation: u32,
    weakness: Option<Weakness>,
    ahead_ms: i64,
    memory: Memory,
    aside: Option<Box<Memory>>,
    /// What is on its way: row and how often it was asked.
    carried: Vec<(Label, u64, u32, u32)>,
}

/// A ride as the core's rules about messages see it.
fn as_ride(told: &Told) -> Ride {
    let vehicle = &town().vehicles[told.bus];
    Ride {
        ride: key(told.ride).to_owned(),
        key: String::new(),
        city: CITY_RULES.city.clone(),
        vehicle: vehicle.vehicle.clone(),
        painted: String::new(),
        plate: String::new(),
        line: String::new(),
        way: told.way,
        source: Source::Cash,
        passengers: Vec::new(),
        fare: told.fare,
        paid_ms: told.paid_ms,
        boarding_stop: None,
        terminus: String::new(),
        state: told.state,
        ends_ms: told.ends_ms,
        ticket: Vec::new(),
        continues_on: Vec::new(),
        fiscal: None,
        refund: None,
        corrects: None,
    }
}

const DAY_MS: i64 = 24 * 3_600_000;

/// The chance by which pauses are spread: a function of the phone and the time.
#[derive(Clone, Copy, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// The byte of this moment of the boot clock.
    pub fn byte(self, boot_ms: i64) -> u8 {
        let mixed = (self.0 ^ boot_ms.unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 56) as u8
    }
}

/// What the boot clock of every phone shows at the true time 0.
pub const BOOTED_MS: i64 = super::town::NOON_MS - 3_600_000;

/// The boot clock at a true time.
pub fn boot_ms(now_ms: i64) -> i64 {
    now_ms - BOOTED_MS
}

impl ModelPhone {
    /// A phone that is signed in.
    pub fn new(nth: usize, chance: Chance, plan: &Plan, weakness: Option<Weakness>) -> ModelPhone {
        ModelPhone {
            nth,
            chance,
            passes: plan.passes(),
            has_vouchers: plan.has_vouchers(),
            generation: 0,
            weakness,
            ahead_ms: 0,
            memory: Memory::default(),
            aside: None,
            carried: Vec::new(),
        }
    }

    fn is_weak(&self, weakness: Weakness) -> bool {
        self.weakness == Some(weakness)
    }

    fn best_time_ms(&self, now_ms: i64) -> i64 {
        self.memory.anchor_ms.map_or(now_ms + self.ahead_ms, |anchor_ms| anchor_ms + boot_ms(now_ms))
    }

    fn payment(&mut self, tap: usize) -> Option<&mut Payment> {
        self.memory.payments.iter_mut().find(|payment| payment.tap == tap)
    }

    /// As `outbox::add`.
    fn add(&mut self, label: Label, now_ms: i64) {
        let boot = boot_ms(now_ms);
        let is_get = matches!(label, Label::State(_) | Label::Rides | Label::Vouchers);
        if let Some(row) = self.memory.rows.iter_mut().find(|row| row.label == label) {
            row.due_ms = row.due_ms.min(boot);
            row.asked += u32::from(is_get);
            return;
        }
        let id = self.memory.next_row;
        self.memory.next_row += 1;
        self.memory.rows.push(Row { id, label, due_ms: boot, attempts: 0, asked: 0 });
    }

    fn pause(&mut self, label: Label, attempts: u32, now_ms: i64) {
        if let Some(row) = self.memory.rows.iter_mut().find(|row| row.label == label) {
            (row.due_ms, row.attempts) = (boot_ms(now_ms) + rule::ask_again_ms(attempts), attempts + 1);
        }
    }

    fn no_answer(&mut self, id: u64, attempts: u32, now_ms: i64) {
        let boot = boot_ms(now_ms);
        let pause = pause_ms(attempts, self.chance.byte(boot));
        if let Some(row) = self.memory.rows.iter_mut().find(|row| row.id == id) {
            row.attempts += 1;
            row.due_ms = boot + pause;
        }
        if self.is_weak(Weakness::GuessesNotPaid) {
            for payment in &mut self.memory.payments {
                if payment.word == Word::Pending && boot > payment.tapped_boot.0 + INTENT_LASTS_MS {
                    payment.word = Word::Declined(DeclineReason::TryLater, None);
                }
            }
        }
    }

    /// Keeps a ride as the operator tells it; the newest word counts.
    fn put_ride(&mut self, told: &Told) {
        let overtaken = self.is_weak(Weakness::OvertakenAnswers);
        match self.memory.rides.iter_mut().find(|known| known.ride == told.ride) {
            Some(known) => {
                let stays = matches!(known.state, RideState::Refunded | RideState::Replaced) && !overtaken;
                known.state = if stays { known.state } else { told.state };
                known.ends_ms = told.ends_ms;
                known.refund = told.refund.or(known.refund);
            }
            None => self.memory.rides.push(*told),
        }
        if told.refund.is_some()
            && let Some(payment) = told.tap.and_then(|tap| self.payment(tap))
        {
            payment.word = Word::Refunded;
        }
    }

    fn take_payment(
        &mut self,
        tap: usize,
        (asked, attempts): (Asked, u32),
        answer: &Answer,
        round_trip_ms: i64,
        now_ms: i64,
    ) {
        let believes_all = self.is_weak(Weakness::BelievesUnsigned);
        let since_tap_ms = match self.is_weak(Weakness::RepeatsTellTime) {
            true => round_trip_ms,
            false => self.age_ms(tap, now_ms),
        };
        let Some(payment) = self.payment(tap) else { return };
        let is_known = payment.word != Word::Pending;
        if is_known && payment.has_receipt {
            return;
        }
        let told = |ride: &Told| ToldRide { key: ride.tap.map_or("", key), fare: ride.fare };
        let said = match &answer.outcome {
            Outcome::Paid(ride) => Said::Paid { ride: told(ride) },
            Outcome::AlreadyPaid(ride) => {
                Said::AlreadyPaid { by_key: ride.tap.map_or("", key), ride: told(ride) }
            }
            Outcome::Declined(decline) => Said::Declined { reason: decline.reason },
            _ => Said::Pending,
        };
        let mut receipt = answer.receipt();
        if believes_all {
            receipt = Answer { is_signed: true, ..answer.clone() }.receipt();
        }
        let fare = payment.request.fare;
        let signed = receipt.as_ref().map(|(outcome, amount)| (outcome, *amount));
        let believed = rule::believe(key(tap), fare, &said, signed);
        let status = if answer.outcome == Outcome::Unknown { 404 } else { 200 };
        match rule::next(believed, asked, status) {
            Next::Settle if is_known && believed != Believed::Paid => {}
            Next::LookAtRides if is_known => {}
            Next::LookAtRides => {
                (payment.late, payment.has_receipt) = (true, true);
                if asked == Asked::Payment && attempts == 0 {
                    self.anchor(answer.decided_ms, since_tap_ms, now_ms);
                }
                self.add(Label::Rides, now_ms);
            }
            Next::Settle => {
                payment.has_receipt = true;
                payment.word = match (&answer.outcome, believed) {
                    (Outcome::Paid(ride) | Outcome::AlreadyPaid(ride), Believed::Paid) => {
                        Word::Paid(ride.ride)
                    }
                    (Outcome::AlreadyPaid(ride), _) => Word::AlreadyPaid(ride.ride),
                    (Outcome::Declined(decline), Believed::Declined { reason }) => {
                        Word::Declined(reason, decline.try_again_ms)
                    }
                    _ => Word::Pending,
                };
                if let Outcome::Paid(ride) | Outcome::AlreadyPaid(ride) = &answer.outcome {
                    self.put_ride(ride);
                }
                if asked == Asked::Payment && attempts == 0 {
                    self.anchor(answer.decided_ms, since_tap_ms, now_ms);
                }
            }
            Next::SendAgain => {
                self.add(Label::Pay(tap), now_ms);
                self.pause(Label::Pay(tap), attempts, now_ms);
            }
            Next::AskState => {
                self.add(Label::State(tap), now_ms);
                self.pause(Label::State(tap), attempts, now_ms);
            }
        }
    }

    fn anchor(&mut self, operator_ms: i64, round_trip_ms: i64, now_ms: i64) {
        if round_trip_ms <= LONGEST_ANCHOR_MS {
            self.memory.anchor_ms = Some(operator_ms + round_trip_ms / 2 - boot_ms(now_ms));
        }
    }

    /// As `Shared::settle_messages`; the operator tells the newest ride first.
    fn settle_messages(&mut self, rides: &[Told], attempts: u32, now_ms: i64) {
        let is_newest = !self.memory.rows.iter().any(|row| row.label == Label::Rides);
        if self.memory.messages.is_empty() || !is_newest {
            return;
        }
        let (best_ms, rides) =
            (self.best_time_ms(now_ms), rides.iter().rev().map(as_ride).collect::<Vec<_>>());
        let mut open = false;
        let since = |message: &Message| message.opened_ms >= best_ms - 3 * DAY_MS;
        let known = || self.memory.messages.iter().map(|(_, message)| message).filter(|one| since(one));
        let twins: Vec<bool> = known().map(|message| message.is_one_of_two(known())).collect();
        let known = self.memory.messages.iter_mut().map(|(_, message)| message).filter(|one| since(one));
        for (message, is_one_of_two) in known.zip(twins) {
            message.settle(&rides, is_one_of_two, best_ms);
            open |= message.is_open_at(best_ms);
        }
        if open {
            self.add(Label::Rides, now_ms);
            self.pause(Label::Rides, attempts, now_ms);
        }
    }

    /// As `paid_by`: whether this bus's ride is paid, being paid, or ridden on a voucher.
    fn paid_by(&self, bus: &Vehicle, best_ms: i64) -> bool {
        let pending = self
            .memory
            .payments
            .iter()
            .filter(|payment| payment.word == Word::Pending && payment.want.vehicle().vehicle == bus.vehicle)
            .min_by_key(|payment| payment.request.tapped_ms);
        let rides = self.memory.rides.iter().map(|ride| KnownRide {
            key: ride.tap.map_or("", key),
            vehicle: &town().vehicles[ride.bus].vehicle,
            continues_on: &[],
            state: ride.state,
            ends_ms: ride.ends_ms,
        });
        let place = (bus.vehicle.as_str(), bus.painted.as_str());
        rule::standing(pending.map(|one| key(one.tap)), None, rides, place, best_ms).is_some()
            || self.memory.vouchers.is_riding(&bus.vehicle, best_ms)
    }

    /// As `Shared::ask_holdings`.
    fn ask_holdings(&mut self, now_ms: i64) {
        self.add(Label::Rides, now_ms);
        if self.has_vouchers {
            self.add(Label::Vouchers, now_ms);
        }
    }

    /// As `maybe_paid`.
    fn may_be_paid(&self, vehicle: &str, best_ms: i64) -> bool {
        let mut told = self.memory.messages.iter().filter(|(_, one)| one.opened_ms >= best_ms - DAY_MS);
        told.any(|(_, message)| message.may_hold(vehicle, best_ms))
    }

    fn take_rides(&mut self, rides: &[Told]) {
        for ride in rides {
            self.put_ride(ride);
        }
        let is_newest = !self.memory.rows.iter().any(|row| row.label == Label::Rides);
        for payment in self.memory.payments.iter_mut().filter(|payment| payment.word == Word::Pending) {
            let own = |ride: &&Told| ride.tap == Some(payment.tap) && ride.fare == payment.request.fare;
            if let Some(ride) = rides.iter().find(own) {
                payment.word = if ride.refund.is_some() { Word::Refunded } else { Word::Paid(ride.ride) };
                (payment.late, payment.has_receipt) = (false, false);
            } else if is_newest && payment.late {
                payment.word = Word::Declined(DeclineReason::TooLate, None);
            }
        }
    }

    /// As `Jol::ask_unanswered`.
    fn ask_unanswered(&mut self, now_ms: i64) {
        let waits = |memory: &Memory, label| memory.rows.iter().any(|row| row.label == label);
        let mut pending: Vec<_> = self
            .memory
            .payments
            .iter()
            .filter(|payment| payment.word == Word::Pending)
            .map(|payment| (payment.request.tapped_ms, payment.tap))
            .collect();
        pending.sort_by_key(|(tapped_ms, _)| *tapped_ms);
        for (_, tap) in pending {
            if !waits(&self.memory, Label::Pay(tap)) {
                self.add(Label::State(tap), now_ms);
            }
        }
        for nth in 0..self.memory.wishes.len() {
            let (wish, _, word) = self.memory.wishes[nth];
            if word == WishWord::Asked && !waits(&self.memory, Label::Refund(wish)) {
                self.add(Label::Refund(wish), now_ms);
            }
        }
        for voucher in self.memory.vouchers.giving_back() {
            if !waits(&self.memory, Label::Unused(voucher)) {
                self.add(Label::Unused(voucher), now_ms);
            }
        }
    }

    fn take_wish(&mut self, wish: usize, attempts: u32, answer: &Answer, now_ms: i64) {
        let signed = answer.is_signed || self.is_weak(Weakness::BelievesUnsigned);
        let Some(known) = self.memory.wishes.iter_mut().find(|known| known.0 == wish) else { return };
        if known.2 != WishWord::Asked {
            return;
        }
        match &answer.outcome {
            Outcome::GaveBack(ride) if signed && ride.ride == known.1 => {
                known.2 = WishWord::GaveBack;
                self.put_ride(&ride.clone());
            }
            Outcome::Declined(_) if signed => known.2 = WishWord::Declined,
            _ => {
                self.add(Label::Refund(wish), now_ms);
                self.pause(Label::Refund(wish), attempts, now_ms);
            }
        }
    }
}

impl Phone for ModelPhone {
    type BackUp = ModelBackUp;

    fn set_clock(&mut self, ahead_ms: i64) {
        self.ahead_ms = ahead_ms;
    }

    fn tap(&mut self, want: Want, twice: bool, tap: usize, now_ms: i64) -> Tapped {
        let best_ms = self.best_time_ms(now_ms);
        if !want.one_more && !self.is_weak(Weakness::NewKeyEachTap) && self.paid_by(want.vehicle(), best_ms) {
            return Tapped::Known;
        }
        let warned = !want.one_more && self.may_be_paid(&want.vehicle().vehicle, best_ms);
        let fare = want.fare(&self.passes, best_ms);
        let request = PaymentRequest {
            city: CITY_RULES.city.clone(),
            vehicle: want.vehicle().vehicle.clone(),
            line: want.vehicle().line.clone(),
            way: Way::App,
            source: want.source(),
            passengers: vec![want.passenger()],
            card: (want.purse == Purse::Free).then(|| FREE_CARD.to_owned()),
            fare,
            tapped_ms: best_ms,
            not_after_ms: best_ms.saturating_add(INTENT_LASTS_MS),
            one_more: want.one_more,
            signature: None,
        };
        let payment = Payment {
            tap,
            want,
            request: Arc::new(request),
            word: Word::Pending,
            late: false,
            has_receipt: false,
            tapped_boot: (boot_ms(now_ms), self.nth),
        };
        self.memory.payments.push(payment.clone());
        self.add(Label::Pay(tap), now_ms);
        // A second tap on one screen is the same payment.
        if twice && self.is_weak(Weakness::NewKeyEachTap) {
            self.memory.payments.push(Payment { tap: tap + 1, ..payment });
            self.add(Label::Pay(tap + 1), now_ms);
        }
        Tapped::New { warned }
    }

    fn write(&mut self, bus: usize, message: usize, now_ms: i64) {
        let opened_ms = self.best_time_ms(now_ms);
        let opened = Message {
            id: key(message).to_owned(),
            city: CITY_RULES.city.clone(),
            way: Way::Sms,
            vehicle: town().vehicles[bus].clone(),
            passengers: 1,
            fare: Money::ZERO,
            to: String::new(),
            text: String::new(),
            opened_ms,
            holds_until_ms: holds_until_ms(&CITY_RULES.ride_end, opened_ms),
            reply: None,
            asked_ms: None,
            state: MessageState::Open,
        };
        self.memory.messages.push((message, opened));
        self.add(Label::Rides, now_ms);
    }

    fn message(&mut self, message: usize, now_ms: i64) -> Option<Written> {
        let since_ms = self.best_time_ms(now_ms) - DAY_MS;
        let known = self.memory.messages.iter().find(|known| known.0 == message);
        let known = known.filter(|(_, known)| known.opened_ms >= since_ms)?;
        Written::of(&known.1.standing(), number)
    }

    fn share(&mut self, reply: &Reply, now_ms: i64) {
        let best_ms = self.best_time_ms(now_ms);
        let told = self.memory.messages.iter().rev().filter(|(_, one)| one.opened_ms >= best_ms - DAY_MS);
        let mut known: Vec<Message> = told.map(|(_, one)| one.clone()).collect();
        known.sort_by_key(|one| std::cmp::Reverse(one.opened_ms));
        let id = about(&known, reply, time_zone(), best_ms).map(|one| one.id.clone());
        let believes = self.is_weak(Weakness::BelievesReplies) && reply.says == ReplyKind::Paid;
        if let Some((_, message)) =
            self.memory.messages.iter_mut().find(|(_, one)| Some(&one.id) == id.as_ref())
        {
            message.take(reply, best_ms);
            if believes {
                message.state = MessageState::Paid { ride: key(99).to_owned() };
            }
        }
        self.add(Label::Rides, now_ms);
    }

    fn not_sent(&mut self, message: usize, now_ms: i64) -> bool {
        let known = self.memory.messages.iter_mut().find(|known| known.0 == message);
        let open = known.filter(|(_, known)| known.state == MessageState::Open);
        let Some((_, open)) = open else { return false };
        open.state = MessageState::TakenBack;
        self.add(Label::Rides, now_ms);
        true
    }

    fn request(&mut self, tap: usize) -> Arc<PaymentRequest> {
        let payment = self.memory.payments.iter().find(|payment| payment.tap == tap);
        payment.expect("a row has its payment").request.clone()
    }

    fn age_ms(&mut self, tap: usize, now_ms: i64) -> i64 {
        let (boot, best_ms, nth) = (boot_ms(now_ms), self.best_time_ms(now_ms), self.nth);
        self.payment(tap).map_or(0, |payment| match payment.tapped_boot {
            (tapped_ms, phone) if phone == nth => boot - tapped_ms,
            _ => (best_ms - payment.request.tapped_ms).max(0),
        })
    }

    fn refund(&mut self, ride: usize, wish: usize, now_ms: i64) -> bool {
        let best_ms = self.best_time_ms(now_ms);
        let held = self.memory.rides.iter().find(|held| held.ride == ride);
        let can = held.is_some_and(|held| {
            held.state == RideState::Valid && held.ends_ms > best_ms && held.way.is_in_app()
        });
        let open = self.memory.wishes.iter().any(|one| one.1 == ride && one.2 == WishWord::Asked);
        if !can || open {
            return false;
        }
        self.memory.wishes.push((wish, ride, WishWord::Asked));
        self.add(Label::Refund(wish), now_ms);
        true
    }

    fn due(&mut self, now_ms: i64) -> Vec<(Label, u32)> {
        let boot = boot_ms(now_ms);
        let due = self.memory.rows.iter().filter(|row| row.due_ms <= boot);
        due.map(|row| (row.label, row.attempts)).collect()
    }

    fn next_due_ms(&mut self, now_ms: i64) -> Option<i64> {
        let boot = boot_ms(now_ms);
        let later = self.memory.rows.iter().map(|row| row.due_ms).filter(|due_ms| *due_ms > boot);
        later.min().map(|due_ms| due_ms + BOOTED_MS)
    }

    fn carry(&mut self, label: Label) {
        if let Some(row) = self.memory.rows.iter().find(|row| row.label == label) {
            self.carried.push((label, row.id, row.asked, row.attempts));
        }
    }

    fn deliver(&mut self, label: Label, answer: Option<&Answer>, round_trip_ms: i64, now_ms: i64) {
        let Some(place) = self.carried.iter().position(|carried| carried.0 == label) else { return };
        let (_, id, asked, attempts) = self.carried.swap_remove(place);
        // Too busy to answer is none.
        let answer = answer.filter(|answer| answer.outcome != Outcome::Later);
        let Some(answer) = answer else { return self.no_answer(id, attempts, now_ms) };
        self.memory.rows.retain(|row| row.id != id || row.asked > asked);
        match (label, &answer.outcome) {
            (Label::Rides, Outcome::Rides(rides)) => {
                self.take_rides(rides);
                self.settle_messages(rides, attempts, now_ms);
            }
            (Label::Rides, _) => {}
            (Label::Vouchers, Outcome::Vouchers { vouchers, ended }) => {
                self.take_vouchers(vouchers, *ended, now_ms);
            }
            (Label::Vouchers, _) => {}
            (Label::Reserve(voucher), _) => self.take_reservation(voucher, attempts, answer, now_ms),
            (Label::Use(one), _) => self.take_use(one, attempts, answer, now_ms),
            (Label::Unused(voucher), _) => self.take_unused(voucher, attempts, answer, now_ms),
            (Label::Refund(wish), _) => self.take_wish(wish, attempts, answer, now_ms),
            (Label::Pay(tap), _) => {
                self.take_payment(tap, (Asked::Payment, attempts), answer, round_trip_ms, now_ms);
            }
            (Label::State(tap), _) => {
                self.take_payment(tap, (Asked::State, attempts), answer, round_trip_ms, now_ms);
            }
        }
    }

    fn start(&mut self, now_ms: i64) {
        self.carried.clear();
        let boot = boot_ms(now_ms);
        self.memory.rows.iter_mut().for_each(|row| row.due_ms = boot);
        if self.is_weak(Weakness::MessagesInMemory) {
            self.memory.messages.clear();
        }
        if self.is_weak(Weakness::NewKeyAtStart) {
            // Made up anew: what was asked under the old key is nobody's any more.
            for payment in self.memory.payments.iter_mut().filter(|one| one.word == Word::Pending) {
                let (old, new) = (payment.tap, payment.tap + super::life::RENAMED);
                if new < 100 {
                    payment.tap = new;
                    self.memory.rows.retain(|row| row.label != Label::State(old));
                    for row in self.memory.rows.iter_mut().filter(|row| row.label == Label::Pay(old)) {
                        row.label = Label::Pay(new);
                    }
                    if !self.memory.rows.iter().any(|row| row.label == Label::Pay(new)) {
                        let id = self.memory.next_row;
                        self.memory.next_row += 1;
                        let label = Label::Pay(new);
                        self.memory.rows.push(Row { id, label, due_ms: boot, attempts: 0, asked: 0 });
                    }
                }
            }
        }
        if self.is_weak(Weakness::UsesInMemory) {
            self.memory.vouchers.forget_uses();
        }
        if !self.is_weak(Weakness::NoQuestionAtStart) {
            self.ask_holdings(now_ms);
        }
    }

    fn refresh(&mut self, now_ms: i64) {
        self.ask_holdings(now_ms);
    }

    fn look_again(&mut self, now_ms: i64) {
        self.carried.clear();
        self.network_back(now_ms);
        self.refresh(now_ms);
    }

    fn network_back(&mut self, now_ms: i64) {
        let boot = boot_ms(now_ms);
        self.memory.rows.iter_mut().for_each(|row| row.due_ms = row.due_ms.min(boot));
    }

    fn word(&mut self, tap: usize) -> Option<Word> {
        self.payment(tap).map(|payment| payment.word)
    }

    fn wish(&mut self, wish: usize) -> Option<WishWord> {
        self.memory.wishes.iter().find(|one| one.0 == wish).map(|one| one.2)
    }

    fn rides(&mut self, now_ms: i64) -> Vec<(usize, RideState)> {
        let now_ms = self.best_time_ms(now_ms);
        let state = |ride: &Told| match ride.state {
            RideState::Valid if now_ms >= ride.ends_ms => RideState::Ended,
            state => state,
        };
        let mut rides: Vec<_> = self.memory.rides.iter().map(|ride| (ride.ride, state(ride))).collect();
        rides.sort_by_key(|(ride, _)| *ride);
        rides
    }

    fn spent(&mut self) -> Money {
        let standing = self.memory.rides.iter().filter(|ride| ride.refund.is_none());
        standing.fold(Money::ZERO, |sum, ride| sum.plus(ride.fare).unwrap_or(sum))
    }

    fn back_up(&mut self, _now_ms: i64) -> ModelBackUp {
        let Memory { payments, rides, wishes, messages, .. } = self.memory.clone();
        ModelBackUp { payments, rides, wishes, messages }
    }

    fn restore(&mut self, back_up: &ModelBackUp, now_ms: i64) {
        let memory = &mut self.memory;
        for payment in &back_up.payments {
            if !memory.payments.iter().any(|known| known.tap == payment.tap) {
                memory.payments.push(payment.clone());
            }
        }
        for ride in &back_up.rides {
            if !memory.rides.iter().any(|known| known.ride == ride.ride) {
                memory.rides.push(*ride);
            }
        }
        for wish in &back_up.wishes {
            if !memory.wishes.iter().any(|known| known.0 == wish.0) {
                memory.wishes.push(*wish);
            }
        }
        for message in &back_up.messages {
            if !memory.messages.iter().any(|known| known.0 == message.0) {
                memory.messages.push(message.clone());
            }
        }
        if !self.is_weak(Weakness::NoQuestionAfterRestore) {
            self.ask_unanswered(now_ms);
        }
        self.ask_holdings(now_ms);
    }

    fn put_aside(&mut self) {
        self.aside = Some(Box::new(self.memory.clone()));
    }

    fn turn_back(&mut self) {
        if let Some(aside) = &self.aside {
            self.memory = (**aside).clone();
            self.carried.clear();
        }
    }

    fn wipe(&mut self, now_ms: i64) {
        (self.memory, self.aside) = (Memory::default(), None);
        self.generation += 1;
        self.carried.clear();
        self.start(now_ms);
    }
}
