//! Lives over a real network: the app with its link, TCP and TLS, the sandbox as a server, and a proxy that
//! cuts, holds back and doubles what goes between them (`world::proxy`).
//!
//! Every second life goes without TLS and with a liar on the way, who answers that nothing was paid: money
//! never hangs on TLS alone. What must hold is judged by both sides' books; the same seed draws the same
//! deeds and fates, but two threads may meet in another order.

use super::life::Lived;
use crate::sandbox::faults::FaultKind;
use crate::story::{Authority, Network, Passenger, Scene, Story};
use crate::world::dice::Dice;
use jol_core::jol::ReservedStanding;
use jol_core::money::Money;
use jol_core::operator::wire::{RideAnswer, RideState};
use jol_core::pay::{ChangeState, PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup, TopUpStanding};
use serde_json::{Value, json};
use std::collections::HashSet;

/// How many lives are lived before one operator: its timetable ends one day.
pub const BATCH: u64 = 16;
/// The sample city's buses.
const BUSES: [&str; 2] = ["0547", "0548"];
const MINUTE_MS: i64 = 60_000;

/// Lives these lives, one after another, and gives each to `lived`.
///
/// # Panics
/// If there is no operator, or nobody can sign in while the network is as it should be.
pub fn live(seeds: impl Iterator<Item = u64>, mut lived: impl FnMut(u64, Lived)) {
    let authority = Authority::new("a root for lives");
    let mut seeds = seeds.peekable();
    while let Some(first) = seeds.peek().copied() {
        let story = Story::untold(first);
        let (safe, open) = (Scene::open_secure(&story, &authority), Scene::open(&story));
        let over = [Network::before(&safe, Some(&authority)), Network::before(&open, None)];
        for seed in seeds.by_ref().take(BATCH as usize) {
            let is_tls = seed.is_multiple_of(2);
            let (scene, network) = if is_tls { (&safe, &over[0]) } else { (&open, &over[1]) };
            let from = story.so_far().len();
            let life = Life::begin(scene, network, seed);
            let mut judged = life.live();
            judged.told = story.so_far()[from..].lines().map(str::to_owned).collect();
            lived(seed, judged);
        }
    }
}

struct Life<'a> {
    scene: &'a Scene<'a>,
    network: &'a Network<'a>,
    dice: Dice,
    seed: u64,
    is_tls: bool,
    number: String,
    phones: Vec<Passenger<'a>>,
    /// Taps for a companion.
    one_more: HashSet<String>,
    messages: Vec<Value>,
    violations: Vec<String>,
}

impl<'a> Life<'a> {
    fn begin(scene: &'a Scene<'a>, network: &'a Network<'a>, seed: u64) -> Life<'a> {
        let mut dice = Dice::new(seed, "life over a network");
        // Each once before an operator: two have no money, one has little, two take their time.
        let number = match seed % BATCH {
            3 | 4 => format!("+770100000{}", ["06", "10"][(seed % 2) as usize]),
            6 | 7 => format!("+770100000{}", ["09", "07"][(seed % 2) as usize]),
            _ => format!("+7777{:07}", seed % 10_000_000),
        };
        let mut phones = vec![network.passenger(&number)];
        phones[0].jol.register_card(Category::Standard, "card").expect("asked");
        phones[0].settle();
        if dice.chance(0.2) {
            phones.push(network.passenger(&number));
        }
        Life {
            scene,
            network,
            dice,
            seed,
            is_tls: seed.is_multiple_of(2),
            number,
            phones,
            one_more: HashSet::new(),
            messages: Vec::new(),
            violations: Vec::new(),
        }
    }

    fn live(mut self) -> Lived {
        self.rough_weather();
        for _ in 0..4 + self.dice.below(10) {
            self.deed();
            // Else the next deed meets the calls of this one.
            if self.dice.chance(0.7) {
                self.wait();
            }
            self.listen();
        }
        self.rest();
        self.judge()
    }

    fn violates(&mut self, what: String) {
        self.scene.note("judge", what.clone());
        if self.violations.len() < 8 {
            self.violations.push(what);
        }
    }

    fn rough_weather(&mut self) {
        let lie = (!self.is_tls).then_some(not_paid as crate::world::proxy::Lie);
        self.network.proxy.weather(self.dice.next(), self.is_tls, lie);
    }

    fn wait(&self) {
        let phones: Vec<_> = self.phones.iter().map(|phone| &phone.jol).collect();
        self.network.wait(&phones);
    }

    fn deed(&mut self) {
        let nth = self.dice.below(self.phones.len());
        let bus = *self.dice.pick(&BUSES);
        match self.dice.below(40) {
            0..9 => self.tap(nth, bus),
            9 | 10 => self.one_more(nth, bus),
            11..15 => self.phones[nth].kill_and_start_again(),
            15 => self.reinstall(nth),
            16..20 => self.give_back(nth),
            20 => self.correct(nth, bus),
            21 | 22 => self.reserve(nth),
            23 => _ = self.phones[nth].board_offline(bus.trim_start_matches('0'), None),
            24 => self.give_offline_back(nth),
            25 | 26 => self.top_up(nth),
            27 => self.bank_answers(),
            28 => self.message(bus),
            29 => self.message_again(),
            30 => _ = self.phones[nth].jol.refresh(),
            31 => self.network.proxy.let_go(),
            32 => self.network.proxy.cut_all(),
            33..37 => self.pass(1_000, 25_000),
            // Longer than an app waits for an answer.
            37 => self.pass(31_000, 3 * MINUTE_MS),
            38 => self.pass(5 * MINUTE_MS, 12 * MINUTE_MS),
            _ => self.pass(41 * MINUTE_MS, 90 * MINUTE_MS),
        }
    }

    fn pass(&mut self, from_ms: i64, until_ms: i64) {
        self.scene.pass_ms(self.dice.between(from_ms as f64, until_ms as f64) as i64);
        self.phones.iter().for_each(|phone| phone.jol.network_changed().expect("the wallet"));
    }

    fn tap(&mut self, nth: usize, bus: &str) {
        let phone = &self.phones[nth];
        let Ok(quote) = phone.try_quote(bus) else { return };
        let key = phone.tap(&quote);
        if self.dice.chance(0.3) {
            let again = phone.tap(&quote);
            // Unless it was no payment the first time: a ride stood, and was given back between the two.
            if key == quote.key && again != key {
                self.violates(format!("one button paid twice: {key} and {again}"));
            }
        }
    }

    fn one_more(&mut self, nth: usize, bus: &str) {
        let phone = &self.phones[nth];
        let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        if let Ok(quote) = phone.jol.quote(bus, Way::App, Source::PhoneBalance, adult, true) {
            self.one_more.insert(phone.tap(&quote));
        }
    }

    fn reinstall(&mut self, nth: usize) {
        // Whoever installs it anew does so where there is a network.
        self.network.proxy.heal();
        self.phones[nth].jol.close();
        self.scene.note("phone", "the app is installed anew");
        self.scene.pass_ms(2 * MINUTE_MS);
        self.phones[nth] = self.network.passenger(&self.number);
        self.rough_weather();
    }

    fn give_back(&mut self, nth: usize) {
        let phone = &self.phones[nth];
        let valid = phone.jol.tickets().expect("the tickets").into_iter().find(|ticket| ticket.is_valid);
        if let Some(ticket) = valid
            && phone.jol.refund(&ticket.ride).is_ok()
        {
            phone.note(format!("gives ride {} back", ticket.ride));
        }
    }

    fn correct(&mut self, nth: usize, bus: &str) {
        let phone = &self.phones[nth];
        let valid = phone.jol.tickets().expect("the tickets").into_iter().find(|ticket| ticket.is_valid);
        if let Some(ticket) = valid
            && let Ok(quote) = phone.jol.quote_correction(&ticket.ride, bus)
            && phone.jol.correct(&quote).is_ok()
        {
            phone.note(format!("puts ride {} on bus {bus}", ticket.ride));
        }
    }

    fn reserve(&mut self, nth: usize) {
        let phone = &self.phones[nth];
        let Ok(quote) = phone.quote_offline(1 + self.dice.below(2) as u8) else { return };
        phone.note(format!("reserves {} rides", quote.rides));
        _ = phone.jol.reserve_offline(&quote, &phone.key.sign(&quote.to_sign));
    }

    fn give_offline_back(&mut self, nth: usize) {
        let phone = &self.phones[nth];
        let reserved = phone.jol.offline_rides().expect("the wallet").reserved;
        if let Some(voucher) = reserved.into_iter().find_map(|one| one.voucher) {
            _ = phone.give_back(&voucher);
        }
    }

    fn top_up(&mut self, nth: usize) {
        let phone = &self.phones[nth];
        let Some(card) = phone.jol.cards().expect("the cards").first().cloned() else { return };
        if let Ok(key) = phone.jol.top_up(&card.number, "kaspi", Money::tenge(500)) {
            phone.note(format!("tops a card up: {key}"));
        }
    }

    /// The bank's word about every top-up that has none.
    fn bank_answers(&mut self) {
        let open: String = self.scene.books(
            "SELECT json_group_array(top_up) FROM top_up JOIN account USING (account)
             WHERE recipient = ?1 AND answer LIKE '%waiting%'",
            [&self.number],
        );
        let open: Vec<String> = serde_json::from_str(&open).expect("ids");
        for id in open {
            let is_paid = self.dice.chance(0.8);
            self.scene.sandbox(|sandbox| sandbox.bank_says(&id, is_paid));
            self.scene.note("bank", format!("{id}: paid: {is_paid}"));
        }
        self.phones.iter().for_each(|phone| phone.jol.refresh_top_ups().expect("asked"));
    }

    fn message(&mut self, bus: &str) {
        let text = format!("{} РУС", bus.trim_start_matches('0'));
        let id = format!("m{}-{}", self.seed, self.messages.len());
        let message = json!({ "from": self.number, "to": "9505", "text": text, "id": id });
        self.scene.note("phone", format!("a text message: {text}"));
        // Some are lost, and some of these come later.
        if self.dice.chance(0.7) {
            self.scene.delivers(message.clone());
        }
        self.messages.push(message);
    }

    fn message_again(&mut self) {
        if !self.messages.is_empty() {
            let message = self.dice.pick(&self.messages).clone();
            self.scene.delivers(message);
        }
    }

    /// What the apps say in this moment must be so.
    fn listen(&mut self) {
        // In this order: what an app has heard by then, the operator has done.
        let said: Vec<_> = self.phones.iter().flat_map(|phone| phone.jol.payments().expect("read")).collect();
        let rides = self.scene.rides(&self.number);
        for payment in said {
            let charged = rides.iter().find(|ride| ride.key == payment.key);
            match (&payment.state, charged) {
                (PaymentState::Declined { reason, .. }, Some(_)) => {
                    self.violates(format!("the app says not paid ({reason:?}) of {}, which is", payment.key));
                }
                (PaymentState::Paid { ride }, None) => {
                    self.violates(format!(
                        "the app says that {} paid {ride}, which nothing did",
                        payment.key
                    ));
                }
                _ => {}
            }
        }
    }

    /// The network is as it should be, and everybody looks at their app once more.
    fn rest(&mut self) {
        self.network.proxy.heal();
        self.scene.note("network", "is as it should be");
        for _ in 0..3 {
            self.scene.pass_ms(2 * MINUTE_MS);
            self.phones.iter().for_each(|phone| _ = phone.settle());
        }
        self.bank_answers();
        for phone in &self.phones {
            phone.jol.refresh().expect("asked");
            phone.jol.refresh_offline_rides().expect("asked");
        }
        for _ in 0..2 {
            self.scene.pass_ms(2 * MINUTE_MS);
            self.phones.iter().for_each(|phone| _ = phone.settle());
        }
        for nth in 0..self.phones.len() {
            let left = self.phones[nth].settle();
            if left > 0 {
                self.violates(format!("{left} calls of phone {nth} have no answer"));
            }
        }
    }

    fn judge(mut self) -> Lived {
        self.listen();
        let rides = self.scene.rides(&self.number);
        self.tell_of(&rides);
        self.judge_rides(&rides);
        let gone = self.judge_money(&rides);
        for nth in 0..self.phones.len() {
            self.judge_phone(nth, &rides, gone);
        }
        self.judge_replays();
        let stands = |ride: &&RideAnswer| stands(ride) && !self.one_more.contains(&ride.key);
        let payments = self.phones.iter().flat_map(|phone| phone.jol.payments().expect("read"));
        let declined = payments.filter(|one| matches!(one.state, PaymentState::Declined { .. })).count();
        Lived {
            charged_once: rides.iter().filter(stands).count() as u32,
            declined: declined as u32,
            violations: self.violations,
            hash: 0,
            told: Vec::new(),
        }
    }

    /// What both sides' books hold in the end.
    fn tell_of(&self, rides: &[RideAnswer]) {
        for ride in rides {
            let RideAnswer { ride, key, vehicle, way, fare, state, refund, .. } = ride;
            let back = refund.as_ref().map(|refund| refund.sum);
            let told =
                format!("{ride} by {key} on {}: {way:?} {fare} ₸, {state:?} {back:?}", vehicle.painted);
            self.scene.note("operator", told);
        }
        for (nth, phone) in self.phones.iter().enumerate() {
            for payment in phone.jol.payments().expect("read") {
                phone.note(format!("{nth}: {} on {}: {:?}", payment.key, payment.painted, payment.state));
            }
            for held in phone.jol.offline_rides().expect("read").reserved {
                phone.note(format!("{nth}: reserved by {}: {:?}", held.key, held.standing));
            }
        }
    }

    /// No tap was charged twice; on one bus no ticket was sold while another one was valid.
    fn judge_rides(&mut self, rides: &[RideAnswer]) {
        for (nth, ride) in rides.iter().enumerate() {
            for later in &rides[nth + 1..] {
                if ride.key == later.key {
                    self.violates(format!("{} was charged twice", ride.key));
                }
                let is_same_bus = ride.vehicle.vehicle == later.vehicle.vehicle;
                let is_companion = [ride, later].iter().any(|one| self.one_more.contains(&one.key));
                let both = stands(ride) && stands(later) && !is_companion && is_same_bus;
                if both && later.paid_ms < ride.ends_ms {
                    self.violates(format!("{} and {} paid one ride", ride.key, later.key));
                }
            }
        }
    }

    /// What the number's balance lost is what its rides cost, and what is held for rides to come.
    fn judge_money(&mut self, rides: &[RideAnswer]) -> Money {
        let fares = rides.iter().filter(|ride| stands(ride)).map(|ride| ride.fare.tiyn).sum::<i64>();
        let held = self.held().tiyn;
        let gone = self.scene.gone_for_good(&self.number);
        if gone != Money::tiyn(fares + held) {
            let (fares, held) = (Money::tiyn(fares), Money::tiyn(held));
            self.violates(format!("the balance lost {gone} ₸, rides cost {fares} ₸, {held} ₸ are held"));
        }
        for fault in self.scene.sandbox(|sandbox| sandbox.ledger_faults()).expect("the books") {
            self.violates(format!("the operator's books: {fault}"));
        }
        gone
    }

    /// What is held for this number's rides to come.
    fn held(&self) -> Money {
        Money::tiyn(self.scene.books(
            "SELECT coalesce(sum(gain), 0) FROM posting WHERE purse IN (SELECT 'voucher:' || voucher.voucher
             FROM voucher JOIN account ON account = payer
             WHERE recipient = ?1)",
            [&self.number],
        ))
    }

    fn judge_phone(&mut self, nth: usize, rides: &[RideAnswer], gone: Money) {
        let jol = &self.phones[nth].jol;
        let mut wrong = Vec::new();
        let booked = jol.spent_from(&Source::PhoneBalance).expect("the ledger");
        if booked != gone {
            wrong.push(format!("it says that {booked} ₸ were spent; it is {gone} ₸"));
        }
        if jol.ledger_is_balanced() != Ok(true) {
            wrong.push("its ledger does not balance".to_owned());
        }
        for ride in rides {
            match jol.ticket(&ride.ride) {
                Err(error) => wrong.push(format!("of ride {} it has no ticket: {error:?}", ride.ride)),
                Ok(ticket) if (ticket.state == RideState::Refunded) != ride.refund.is_some() => {
                    wrong.push(format!("it has ride {} as {:?}", ride.ride, ticket.state));
                }
                Ok(ticket) => {
                    for change in jol.ride_changes(&ticket.ride).expect("read") {
                        if change.state == ChangeState::Asked {
                            wrong.push(format!("of the wish {} nothing is known", change.key));
                        }
                    }
                }
            }
        }
        for payment in jol.payments().expect("read") {
            let key = &payment.key;
            let charged = rides.iter().find(|ride| ride.key == *key);
            let is_so = match (&payment.state, charged) {
                (PaymentState::Pending, _) => false,
                (PaymentState::Paid { ride }, Some(charged)) => {
                    *ride == charged.ride && !went_back(charged, rides)
                }
                (PaymentState::Refunded { ride, .. }, charged) => {
                    charged.map(|charged| &charged.ride) == ride.as_ref()
                        && charged.is_none_or(|charged| went_back(charged, rides))
                }
                (PaymentState::AlreadyPaid { ride }, None) => rides.iter().any(|known| known.ride == *ride),
                (PaymentState::Declined { .. }, None) => true,
                _ => false,
            };
            if !is_so {
                let charged = charged.map(|ride| (&ride.ride, ride.state, &ride.refund));
                wrong.push(format!("it says {:?} of {key}; charged: {charged:?}", payment.state));
            }
        }
        for top_up in jol.top_ups().expect("read") {
            let sql = "SELECT count(*) FROM top_up WHERE key = ?1";
            let taken: u32 = self.scene.books(sql, [&top_up.key]);
            let is_so = match top_up.standing {
                TopUpStanding::Asked => false,
                TopUpStanding::NotTaken { .. } => taken == 0,
                _ => taken == 1,
            };
            if !is_so {
                wrong.push(format!("it says {:?} of top-up {}, taken {taken}", top_up.standing, top_up.key));
            }
        }
        for held in jol.offline_rides().expect("read").reserved {
            if held.standing == ReservedStanding::Waiting {
                wrong.push(format!("of the reservation {} nothing is known", held.key));
            }
        }
        wrong.into_iter().for_each(|wrong| self.violates(format!("phone {nth}: {wrong}")));
    }

    /// What phones said comes once more, from a stranger, an hour later.
    fn judge_replays(&mut self) {
        let books = |scene: &Scene<'_>| -> (u32, u32) {
            let count = |of: &str| scene.books(&format!("SELECT count(*) FROM {of}"), []);
            (count("entry"), count("ride"))
        };
        let before = books(self.scene);
        self.scene.pass_ms(60 * MINUTE_MS);
        let untouched =
            |scene: &Scene<'_>| scene.sandbox(|sandbox| sandbox.faults().next("any", "/v1/any").is_some());
        if self.is_tls {
            // Whoever asks for anything finds this first.
            self.scene.fault("*", FaultKind::Status { status: 503 }, 1);
        }
        for carried in self.network.proxy.take_carried() {
            self.network.proxy.replay(&carried.up).expect("the operator is there");
        }
        if self.is_tls && !untouched(self.scene) {
            self.violates("what was said over TLS could be said once more".to_owned());
        }
        if books(self.scene) != before {
            self.violates("what was said once more moved money".to_owned());
        }
    }
}

/// Its money, or that of the ride that took its place.
fn went_back(ride: &RideAnswer, rides: &[RideAnswer]) -> bool {
    let is_next = |next: &&RideAnswer| next.corrects.as_ref().is_some_and(|before| before.ride == ride.ride);
    ride.refund.is_some() || rides.iter().find(is_next).is_some_and(|next| next.refund.is_some())
}

fn stands(ride: &RideAnswer) -> bool {
    ride.refund.is_none() && ride.state != RideState::Replaced
}

/// Whoever asks to pay, or how a payment stands, hears that there is no money; nobody signed it.
fn not_paid(said: &[u8]) -> Option<Vec<u8>> {
    let said = std::str::from_utf8(said).ok()?;
    let key = match said.strip_prefix("GET /v1/payments/") {
        Some(path) => path.split(' ').next(),
        None => said
            .starts_with("POST /v1/payments ")
            .then(|| said.lines().find_map(|line| line.strip_prefix("idempotency-key: ")))
            .flatten(),
    }?;
    let outcome = json!({ "kind": "declined", "reason": "no_money", "try_again_ms": null, "service": null });
    let body = json!({ "key": key, "outcome": outcome, "receipt": null }).to_string();
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    Some(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes())
}
