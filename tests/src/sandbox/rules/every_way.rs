//! The ride rule spans all ways: one passenger pays in every one of them, on two phones, early, late and twice,
//! and the operator hears of it in any order. What is right is said by an oracle that looks at what was charged
//! alone: spans of time on a bus, which may not overlap, and money.

use super::carrier::PhoneLine;
use super::messages::{self, MessageDecision, MessageView};
use super::payments::{self, DueView, PaymentDecision, PaymentView};
use super::rides::{self, HeldRide};
use super::taps::{self, Held, TapDecision, TapView};
use super::vouchers::{self, HeldVoucher, Move, Reported};
use super::{Entry, Purse, till};
use crate::sandbox::data::{sample_rules, ways};
use crate::sandbox::fleet::{LiveSource, Run, ShuttleFleet};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jol_core::city::fares::{CityRules, FareHistory, RideEnd, Vehicle};
use jol_core::money::Money;
use jol_core::operator::wire::{Card, CardForm, CardState, PaymentRequest, RideState};
use jol_core::pay::message::Written;
use jol_core::pay::{Source, Way};
use jol_core::ticket::CardCode;
use jol_core::ticket::till::{CashSale, Licence, TillId};
use jol_core::ticket::{EndRule, Issuer, KeyId};
use jol_core::wallet::{Category, PassengerGroup};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOON_MS: i64 = 1_789_549_200_000;
const MINUTE_MS: i64 = 60_000;
const BUSES: [&str; 2] = ["0547", "0548"];
const ADULT: PassengerGroup = PassengerGroup { category: Category::Standard, count: 1 };
/// How long a voucher's ride lasts.
const VOUCHER_LIFE_MS: i64 = 90 * MINUTE_MS;

/// Somebody tries to ride.
#[derive(Clone, Debug)]
struct Try {
    bus: usize,
    /// When, ms after noon.
    at_ms: i64,
    /// So much later the operator hears of it.
    late_ms: i64,
    /// So far the clock of terminal or phone is off.
    skew_ms: i64,
    how: How,
    /// It comes a second time, so much later, and nobody knows that it came.
    again_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// In the app, on one of two phones; from the phone's balance or from a card.
    App {
        way: Way,
        phone: usize,
        by_card: bool,
    },
    Message {
        way: Way,
    },
    Tap {
        way: Way,
    },
    /// A ride that was paid before.
    Voucher,
    /// Cash to the conductor, which is nobody's account.
    Cash,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let app = (prop::sample::select(vec![Way::App, Way::BusQr, Way::Nfc, Way::Bluetooth]), 0..2usize);
    let how = prop_oneof![
        4 => (app, any::<bool>()).prop_map(|((way, phone), by_card)| How::App { way, phone, by_card }),
        2 => prop::sample::select(vec![Way::Sms, Way::Messenger]).prop_map(|way| How::Message { way }),
        4 => prop::sample::select(vec![Way::SmartCard, Way::QrCard, Way::BankCard]).prop_map(|way| How::Tap { way }),
        2 => Just(How::Voucher),
        1 => Just(How::Cash),
    ];
    let late = prop_oneof![
        3 => 0..10_000i64,
        2 => 0..12 * MINUTE_MS,
        2 => 0..600 * MINUTE_MS,
    ];
    let skew = prop_oneof![2 => Just(0), 1 => -5 * MINUTE_MS..=5 * MINUTE_MS];
    let one =
        (0..2usize, 0..150 * MINUTE_MS, late, skew, how, prop::option::weighted(0.3, 0..90 * MINUTE_MS));
    let one = one.prop_map(|(bus, at_ms, late_ms, skew_ms, how, again_ms)| Try {
        bus,
        at_ms,
        late_ms,
        skew_ms,
        how,
        again_ms,
    });
    prop::collection::vec(one, 1..14)
}

/// What was charged for a ride: on which bus, from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Charged {
    bus: usize,
    /// When the passenger asked for it.
    asked_ms: i64,
    from_ms: i64,
    until_ms: i64,
    fare: Money,
    way: Way,
}

/// A payment whose carrier thinks.
struct Pending {
    bus: usize,
    run: String,
    fare: Money,
    asked_ms: i64,
    due_ms: i64,
    request: PaymentRequest,
}

/// The operator, in memory: what the desk keeps in its books.
struct Operator {
    city: CityRules,
    buses: Vec<Vehicle>,
    fleet: ShuttleFleet,
    card: Card,
    line: PhoneLine,
    rides: Vec<HeldRide>,
    pending: Vec<Pending>,
    /// What each purse gained.
    ledger: BTreeMap<String, i64>,
    charged: Vec<Charged>,
    vouchers: usize,
    cash: Money,
}

impl Operator {
    fn new(end: RideEnd, slow: bool) -> Operator {
        let bus = |vehicle: &&str| Vehicle {
            vehicle: (*vehicle).to_owned(),
            painted: vehicle[1..].to_owned(),
            plate: String::new(),
            line: "5".to_owned(),
            terminal: true,
            ways: ways(true),
        };
        let lines = BUSES.map(|bus| (bus.to_owned(), "5".to_owned())).to_vec();
        let plenty = Money::tenge(1_000_000);
        let number = if slow { "+77010000007" } else { "+77771234567" };
        Operator {
            city: CityRules { ride_end: end, ..sample_rules("sample") },
            buses: BUSES.iter().map(bus).collect(),
            fleet: ShuttleFleet { buses: lines, run_ms: 40 * MINUTE_MS },
            card: Card {
                id: "c1".to_owned(),
                number: "9643".to_owned(),
                name: String::new(),
                category: Category::Standard,
                balance: plenty,
                state: CardState::Active,
                valid_until: None,
                as_of_ms: NOON_MS,
                form: CardForm::Virtual,
                child: false,
                refused: None,
                moved_to: None,
                day_limit: None,
                credential: None,
            },
            line: PhoneLine {
                number: Some(number.to_owned()),
                account_since_ms: 0,
                balance: plenty,
                paid_today: Money::ZERO,
                sim_replaced_ms: None,
            },
            rides: Vec::new(),
            pending: Vec::new(),
            ledger: BTreeMap::new(),
            charged: Vec::new(),
            vouchers: 0,
            cash: Money::ZERO,
        }
    }

    fn run(&self, bus: usize, at_ms: i64) -> Option<Run> {
        self.fleet.where_is(BUSES[bus], at_ms)
    }

    fn history(&self, now_ms: i64) -> FareHistory<'_> {
        rides::history(&self.rides, now_ms, &TimeZone::UTC)
    }

    fn day() -> Date {
        "2026-09-16".parse().expect("a day")
    }

    fn enter(&mut self, entry: Option<&Entry>) {
        for posting in entry.iter().flat_map(|entry| &entry.postings) {
            *self.ledger.entry(posting.purse.to_string()).or_default() += posting.gain.tiyn;
        }
    }

    fn sold(&mut self, charged: Charged, entry: Option<&Entry>) {
        self.enter(entry);
        let nth = self.rides.len();
        self.rides.push(HeldRide {
            ride: format!("r{nth}"),
            key: format!("k{nth}"),
            vehicle: BUSES[charged.bus].to_owned(),
            line: "5".to_owned(),
            fare: charged.fare,
            asked_ms: charged.asked_ms,
            paid_ms: charged.from_ms,
            ends_ms: charged.until_ms,
            state: RideState::Valid,
            continues_on: Vec::new(),
            corrects: None,
        });
        self.charged.push(charged);
    }

    /// Carriers have spoken by now.
    fn settle(&mut self, now_ms: i64) {
        while let Some(nth) = self.pending.iter().position(|one| one.due_ms <= now_ms) {
            let Pending { bus, run, fare, asked_ms, due_ms, request } = self.pending.swap_remove(nth);
            let is_on = self.run(bus, due_ms);
            let due = DueView {
                now_ms: due_ms,
                request: &request,
                fare,
                accepted_run: &run,
                end: &self.city.ride_end,
                painted: &self.buses[bus].painted,
                run: is_on.as_ref(),
                rides: &self.rides,
                line: &self.line,
            };
            if let PaymentDecision::Charged(charge) = payments::settle(&due) {
                let (until_ms, way) = (charge.ends_ms, request.way);
                let charged = Charged { bus, asked_ms, from_ms: due_ms, until_ms, fare, way };
                self.sold(charged, charge.entry.as_ref());
            }
        }
    }

    /// The key of this bus's payment that has no answer yet.
    fn pending_in(&self, bus: usize) -> bool {
        self.pending.iter().any(|one| one.bus == bus)
    }

    /// Says `paid already` only to who rides, or is about to.
    fn was_right_to_say_paid(&self, bus: usize, from_ms: i64, until_ms: i64) {
        let overlaps = |one: &&Charged| one.bus == bus && one.asked_ms <= until_ms && from_ms < one.until_ms;
        assert!(self.pending_in(bus) || self.charged.iter().any(|one| overlaps(&one)), "rides for nothing");
    }

    /// Somebody's attempt comes to the operator; false if it is to come again.
    fn hear(&mut self, attempt: &Try, now_ms: i64) -> bool {
        self.settle(now_ms);
        let at_ms = NOON_MS + attempt.at_ms;
        match attempt.how {
            How::App { way, by_card, phone: _ } => self.app(attempt.bus, way, by_card, at_ms, now_ms),
            How::Message { way } => self.message(attempt.bus, way, at_ms, now_ms),
            How::Tap { way } => self.tap(attempt.bus, way, at_ms + attempt.skew_ms, now_ms),
            How::Voucher => return self.voucher(attempt.bus, at_ms + attempt.skew_ms, now_ms),
            How::Cash => self.cash(attempt.bus, at_ms),
        }
        true
    }

    fn app(&mut self, bus: usize, way: Way, by_card: bool, tapped_ms: i64, now_ms: i64) {
        let source = match by_card {
            true => Source::SmartCard { card: self.card.id.clone() },
            false => Source::PhoneBalance,
        };
        let request = PaymentRequest {
            city: "sample".to_owned(),
            vehicle: BUSES[bus].to_owned(),
            line: "5".to_owned(),
            way,
            source,
            passengers: vec![ADULT],
            card: None,
            fare: Money::tenge(100),
            tapped_ms,
            not_after_ms: tapped_ms + payments::INTENT_MS,
            one_more: false,
            signature: None,
        };
        let run = self.run(bus, now_ms);
        let cards = [self.card.clone()];
        let key = format!("tap-{tapped_ms}");
        let asked_ms = payments::asked_ms(tapped_ms, None, now_ms);
        let view = PaymentView {
            now_ms,
            key: &key,
            age_ms: None,
            decided: None,
            day: Operator::day(),
            city: Some(&self.city),
            vehicle: self.buses.get(bus),
            run: run.as_ref(),
            rides: &self.rides,
            pending: self.pending_in(bus).then_some("first"),
            history: self.history(now_ms),
            version_pays: true,
            terms_accepted: true,
            waits_until_ms: None,
            cards: &cards,
            bank_cards: &[],
            line: &self.line,
        };
        match payments::pay(&view, &request) {
            PaymentDecision::Charged(charge) => {
                let charged = Charged {
                    bus,
                    asked_ms,
                    from_ms: now_ms,
                    until_ms: charge.ends_ms,
                    fare: charge.fare,
                    way,
                };
                self.sold(charged, charge.entry.as_ref());
            }
            PaymentDecision::Pending { fare, ask_again_ms } => {
                let run = run.map(|run| run.run).unwrap_or_default();
                self.pending.push(Pending { bus, run, fare, asked_ms, due_ms: ask_again_ms, request });
            }
            PaymentDecision::AlreadyPaid { .. } => {
                self.was_right_to_say_paid(bus, asked_ms, now_ms + rides::CLOCK_SLACK_MS);
            }
            PaymentDecision::Follows { .. } => assert!(self.pending_in(bus)),
            PaymentDecision::Declined(_) => {}
        }
    }

    fn message(&mut self, bus: usize, way: Way, sent_ms: i64, now_ms: i64) {
        let written = Written { bus: BUSES[bus].to_owned(), language: None, passengers: 1 };
        let (run, run_then) = (self.run(bus, now_ms), self.run(bus, sent_ms));
        let decision = messages::decide(&MessageView {
            now_ms,
            sent_ms: Some(sent_ms),
            way,
            day: Operator::day(),
            city: &self.city,
            written: Some((&written, &self.buses[bus])),
            run: run.as_ref(),
            run_then: run_then.as_ref(),
            rides: &self.rides,
            pending: self.pending_in(bus),
            history: self.history(now_ms),
            line: &self.line,
        });
        match decision {
            MessageDecision::Charged(charge) => {
                let charged = Charged {
                    bus,
                    asked_ms: sent_ms,
                    from_ms: now_ms,
                    until_ms: charge.ends_ms,
                    fare: charge.fare,
                    way,
                };
                self.sold(charged, charge.entry.as_ref());
            }
            MessageDecision::AlreadyPaid { .. } => {
                self.was_right_to_say_paid(bus, sent_ms, now_ms + rides::CLOCK_SLACK_MS);
            }
            MessageDecision::Declined(_) => {}
        }
    }

    fn tap(&mut self, bus: usize, way: Way, at_ms: i64, now_ms: i64) {
        let Ok(at_ms) = taps::moment(at_ms, now_ms) else { return };
        let run = self.run(bus, at_ms);
        // The same card, printed as a code.
        let printed = Card { form: CardForm::QrPrinted, ..self.card.clone() };
        let code = CardCode::Printed { number: printed.number.clone() };
        let held = match way {
            Way::BankCard => Held::BankCard { token: "k1" },
            Way::QrCard => Held::Card { card: &printed },
            _ => Held::Card { card: &self.card },
        };
        let view = TapView {
            at_ms,
            day: Operator::day(),
            bus: Some((&self.city, &self.buses[bus])),
            run: run.as_ref(),
            held: Some(held),
            rides: &self.rides,
            pending: self.pending_in(bus),
            history: self.history(at_ms),
            code: Some(&code).filter(|_| way == Way::QrCard),
            is_own_phone: true,
            code_was_used: false,
            spent_today: Money::ZERO,
        };
        match taps::tap(&view).expect("nothing speaks against it") {
            TapDecision::Charged { fare, entry, ends_ms } => {
                self.sold(
                    Charged { bus, asked_ms: at_ms, from_ms: at_ms, until_ms: ends_ms, fare, way },
                    entry.as_ref(),
                );
            }
            TapDecision::AlreadyPaid => self.was_right_to_say_paid(bus, at_ms, at_ms + VOUCHER_LIFE_MS),
        }
    }

    /// A voucher of one ride is bought before, used now, and told of late.
    fn voucher(&mut self, bus: usize, boarded_ms: i64, now_ms: i64) -> bool {
        // As the desk does: a phone's clock may run ahead, and nothing is decided beside a payment under way.
        if boarded_ms > now_ms + 5 * MINUTE_MS || self.pending_in(bus) {
            return false;
        }
        let (fare, until_ms) = (Money::tenge(100), boarded_ms + VOUCHER_LIFE_MS);
        let purses = || {
            (
                Purse::Voucher("v".into()),
                Purse::Fares("sample".into()),
                Purse::Phone("p".into()),
                Purse::Owed("a".into()),
            )
        };
        let (held, _, source, _) = purses();
        self.enter(Entry::of("offline", source, held, fare).as_ref());
        let bus_name = (BUSES[bus], self.buses[bus].painted.as_str());
        let paid_otherwise = rides::standing(&self.rides, bus_name, boarded_ms, until_ms).is_some();
        let voucher = HeldVoucher::new(1, VOUCHER_LIFE_MS, boarded_ms + 24 * 60 * MINUTE_MS);
        let reported = Reported { boarded_ms, paid_otherwise };
        let decision = vouchers::report(&voucher, 1, BUSES[bus], reported, now_ms);
        assert!(!decision.abused);
        for one in &decision.moves {
            let (held, fares, source, owed) = purses();
            self.enter(one.entry(held, fares, source, owed, fare).as_ref());
        }
        let was_charged = decision.moves.contains(&Move::Charge);
        assert_eq!(was_charged, !paid_otherwise);
        if was_charged {
            self.sold(
                Charged { bus, asked_ms: boarded_ms, from_ms: boarded_ms, until_ms, fare, way: Way::App },
                None,
            );
        }
        self.vouchers += 1;
        true
    }

    fn cash(&mut self, bus: usize, sold_ms: i64) {
        let key = KeyId { issuer: Issuer::new("SMP").expect("a code"), number: 1 };
        let licence = Licence {
            key,
            till: TillId(7),
            phone: [2; 33],
            city: "sample".to_owned(),
            from_s: 0,
            until_s: i64::from(u32::MAX),
            life_s: 5_400,
            end: EndRule::Terminus,
        };
        let sale = CashSale {
            serial: 1,
            vehicle: self.buses[bus].painted.clone(),
            line: "5".to_owned(),
            passengers: vec![ADULT],
            fare: Money::tenge(150),
            sold_s: sold_ms / 1_000,
        };
        let noted = till::note("conductor", &licence, &sale, "sample", Some((&self.city, Operator::day())));
        assert_eq!(noted.expected, Some(sale.fare));
        self.cash = self.cash.plus(sale.fare).expect("a sum");
        self.enter(noted.entry.as_ref());
    }

    /// No two charges for one ride, and what was charged is what the purses gave.
    fn is_right(&self) {
        for (nth, one) in self.charged.iter().enumerate() {
            for other in &self.charged[nth + 1..] {
                let apart =
                    one.bus != other.bus || one.until_ms <= other.from_ms || other.until_ms <= one.from_ms;
                assert!(apart, "charged twice for one ride:\n{one:?}\n{other:?}");
            }
        }
        let all = |purses: &[&str]| -> i64 {
            let named = |purse: &&String| purses.iter().any(|name| purse.starts_with(name));
            self.ledger.iter().filter(|(purse, _)| named(purse)).map(|(_, gain)| gain).sum()
        };
        let charged: i64 = self.charged.iter().map(|one| one.fare.tiyn).sum();
        assert_eq!(all(&["phone:", "card:", "bank_card:"]), -charged, "what the passenger's purses gave");
        assert_eq!(all(&["fares:"]), charged + self.cash.tiyn, "what rides brought in");
        assert_eq!(all(&["voucher:", "owed:"]), 0, "nothing is held or owed any more");
        assert_eq!(all(&["conductor:"]), -self.cash.tiyn);
    }
}

/// Everything is heard, in the order in which it comes.
fn live(operator: &mut Operator, tries: &[Try]) {
    let mut coming: BTreeMap<(i64, usize), &Try> = BTreeMap::new();
    let mut nth = 0..;
    let mut add = |coming: &mut BTreeMap<_, _>, at_ms: i64, attempt| {
        coming.insert((at_ms, nth.next().unwrap_or_default()), attempt);
    };
    for attempt in tries {
        let first_ms = NOON_MS + attempt.at_ms + attempt.late_ms;
        add(&mut coming, first_ms, attempt);
        // A voucher's use has a number of its own: the desk knows that it came.
        if let Some(again_ms) = attempt.again_ms.filter(|_| !matches!(attempt.how, How::Voucher | How::Cash))
        {
            add(&mut coming, first_ms + again_ms, attempt);
        }
    }
    while let Some(((now_ms, _), attempt)) = coming.pop_first() {
        if !operator.hear(attempt, now_ms) {
            add(&mut coming, now_ms + MINUTE_MS, attempt);
        }
        operator.is_right();
    }
    operator.settle(i64::MAX);
    operator.is_right();
}

fn attempt(how: How, at_min: i64, late_min: i64) -> Try {
    let (at_ms, late_ms) = (at_min * MINUTE_MS, late_min * MINUTE_MS);
    Try { bus: 0, at_ms, late_ms, skew_ms: 0, how, again_ms: None }
}

#[test]
fn whoever_pays_in_all_nine_ways_on_one_bus_pays_once() {
    let all = Way::ALL.into_iter().filter_map(|way| match way {
        Way::App | Way::BusQr | Way::Nfc | Way::Bluetooth => {
            Some(How::App { way, phone: way.number() as usize % 2, by_card: false })
        }
        Way::Sms | Way::Messenger => Some(How::Message { way }),
        Way::SmartCard | Way::QrCard | Way::BankCard => Some(How::Tap { way }),
        Way::Cash => None,
    });
    let all: Vec<How> = all.chain([How::Voucher]).collect();
    for slow in [false, true] {
        for first in 0..all.len() {
            let mut operator = Operator::new(RideEnd::Terminus, slow);
            let tries: Vec<Try> =
                all.iter().cycle().skip(first).take(all.len()).map(|how| attempt(*how, 1, 0)).collect();
            live(&mut operator, &tries);
            assert_eq!(operator.charged.len(), 1, "{:?} first: {:?}", all[first], operator.charged);
        }
    }
}

#[test]
fn a_tap_that_is_told_hours_later_is_the_ride_that_was_paid_meanwhile() {
    let mut operator = Operator::new(RideEnd::Terminus, false);
    let app = How::App { way: Way::Bluetooth, phone: 0, by_card: false };
    live(&mut operator, &[attempt(How::Tap { way: Way::BankCard }, 1, 300), attempt(app, 5, 0)]);
    assert_eq!(operator.charged.iter().map(|one| one.way).collect::<Vec<_>>(), [Way::Bluetooth]);
    // Of the next run nobody has paid.
    live(&mut operator, &[attempt(How::Tap { way: Way::SmartCard }, 45, 300)]);
    assert_eq!(operator.charged.len(), 2);
}

#[test]
fn a_ride_that_began_by_a_clock_ahead_is_not_paid_again_before_it_began() {
    let mut operator = Operator::new(RideEnd::Terminus, false);
    let ahead = Try { skew_ms: 4 * MINUTE_MS, ..attempt(How::Voucher, 1, 0) };
    live(&mut operator, &[ahead, attempt(How::App { way: Way::App, phone: 0, by_card: true }, 2, 0)]);
    assert_eq!(operator.charged.len(), 1, "{:?}", operator.charged);
    live(&mut operator, &[attempt(How::Message { way: Way::Sms }, 3, 0)]);
    assert_eq!(operator.charged.len(), 1, "{:?}", operator.charged);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_ways_and_order_no_ride_is_charged_twice(
        tries in tries(),
        slow in any::<bool>(),
        minutes in prop::option::of(5..60u16),
    ) {
        let end = minutes.and_then(std::num::NonZeroU16::new);
        let end = end.map_or(RideEnd::Terminus, |minutes| RideEnd::Minutes { minutes });
        live(&mut Operator::new(end, slow), &tries);
    }
}
