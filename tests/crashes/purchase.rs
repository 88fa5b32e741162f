//! Money moves while the phone dies: what the passenger was told is kept is there afterwards, and a passenger
//! who does it again ends where one whose phone never died ends.

use super::disk::Gone;
use super::stage::{Intent, NUMBER, Saved, Stage, Story, WAL, World, is_whole};
use jol_core::account::{DeviceState, SignIn, TermsState};
use jol_core::money::Money;
use jol_core::operator::outbox::Operation;
use jol_core::operator::wire::{CardForm, PurchaseItem};
use jol_core::pay::offline::Boarded;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup};
use jol_headless::story::CITY;
use std::collections::BTreeMap;

/// The bus that is paid online, and the one in which a voucher is used.
const BUS: &str = "0547";
const BUS_WITHOUT_NETWORK: &str = "0548";

/// What the cards are called.
const NAMES: [&str; 2] = ["Әйгерім", "Қайрат"];

/// From nothing to a passenger with two cards: terms, code, key, city.
pub(crate) fn sign_up(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    world.settle()?;
    let jol = world.jol();
    if let TermsState::Waiting { version, .. } = world.told(jol.account())?.terms {
        world.told(jol.accept_terms(version))?;
    }
    // Whoever was asked for something that is gone with the app begins again.
    while !matches!(world.told(jol.account())?.sign_in, SignIn::SignedIn { .. }) {
        if !matches!(world.told(jol.account())?.sign_in, SignIn::CodeSent { .. }) {
            world.told(jol.sign_in(NUMBER))?;
            world.settle()?;
        }
        world.told(jol.enter_code(&world.code_sent()))?;
        world.settle()?;
    }
    if !matches!(world.told(jol.account())?.device, DeviceState::Enrolled { .. }) {
        let public_key = world.key.public_key();
        let message = world.told(jol.enrolment_to_sign(&public_key))?;
        world.told(jol.enrol(&public_key, &world.key.sign(&message), None))?;
        world.settle()?;
    }
    world.told(jol.choose_city(CITY))?;
    world.settle()?;
    for name in NAMES.iter().skip(world.told(jol.cards())?.len()) {
        world.told(jol.register_card(Category::Standard, name))?;
        world.settle()?;
    }
    let card = world.told(jol.cards())?.remove(0);
    world.told(jol.rename_card(&card.id, "Әжемнің картасы"))?;
    Ok(())
}

fn adult() -> Vec<PassengerGroup> {
    vec![PassengerGroup { category: Category::Standard, count: 1 }]
}

/// A tap, its answer, the ticket. Whoever is not sure taps again.
fn ride(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    let jol = world.jol();
    let quote = world.told(jol.quote(BUS, Way::App, Source::PhoneBalance, adult(), false))?;
    let key = world.told(jol.pay(&quote, Some(&world.key.sign(&quote.to_sign))))?;
    world.known.push(Intent::Payment(key));
    world.carry(&[Operation::Payment, Operation::PaymentState, Operation::Rides, Operation::Cards])
}

/// A card gains 500 ₸ from the phone's balance. Whoever is not sure looks at the list first.
fn top_up(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    let jol = world.jol();
    if world.told(jol.top_ups())?.is_empty() {
        let card = world.told(jol.cards())?.remove(0);
        let key = world.told(jol.top_up(&card.number, "app", Money::tenge(500)))?;
        world.known.push(Intent::TopUp(key));
    }
    world.carry(&[Operation::TopUp, Operation::TopUpState, Operation::Cards])
}

/// Two rides are reserved; one is used without a network, and told of later.
fn voucher(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    let jol = world.jol();
    if world.told(jol.offline_rides())?.reserved.is_empty() {
        let quote = world.told(jol.quote_offline(2, Source::PhoneBalance, adult()))?;
        let key = world.told(jol.reserve_offline(&quote, &world.key.sign(&quote.to_sign)))?;
        world.known.push(Intent::Reservation(key));
    }
    world.carry(&[Operation::ReserveVoucher, Operation::Vouchers])?;
    let jol = world.jol();
    let boarding = world.told(jol.boarding(BUS_WITHOUT_NETWORK, None))?;
    let boarded = match boarding.already.clone() {
        Some(already) => already,
        None => world.told(jol.board_offline(&boarding, &world.key.sign(&boarding.to_sign)))?,
    };
    let Boarded::Ticket { ride } = boarded else { panic!("nothing was paid on this bus: {boarded:?}") };
    world.known.push(Intent::Boarding(ride));
    world.carry(&[Operation::VoucherUse, Operation::Vouchers, Operation::Rides])
}

/// The ride goes back.
fn give_back(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    let jol = world.jol();
    let payments = world.told(jol.payments())?;
    let paid = payments.into_iter().find_map(|payment| match payment.state {
        PaymentState::Paid { ride } | PaymentState::Refunded { ride: Some(ride), .. } => Some(ride),
        _ => None,
    });
    let ride = paid.expect("a ride was paid");
    if world.told(jol.ride_changes(&ride))?.is_empty() {
        let key = world.told(jol.refund(&ride))?;
        world.known.push(Intent::Refund(key));
    }
    world.carry(&[Operation::Refund, Operation::Rides, Operation::Cards])
}

/// A printed card for 300 ₸.
fn buy(world: &mut World) -> Result<(), Gone> {
    world.start()?;
    let jol = world.jol();
    if world.told(jol.purchases())?.is_empty() {
        let mut offers = world.told(jol.offers())?;
        let printed = |item: &PurchaseItem| {
            matches!(item, PurchaseItem::Card { form: CardForm::QrPrinted, category: Category::Standard, .. })
        };
        offers.retain(|offer| printed(&offer.item));
        let key = world.told(jol.buy(&offers[0], Source::PhoneBalance))?;
        world.known.push(Intent::Purchase(key));
    }
    world.carry(&[Operation::Purchase, Operation::Cards])
}

/// Asserts that what the passenger was told is kept is there, before anything is asked of the operator.
fn knows_what_was_told(world: &World) {
    let jol = world.jol();
    for intent in &world.known {
        let is_known = match intent {
            Intent::Payment(key) => jol.payment(key).is_ok(),
            Intent::TopUp(key) => jol.top_ups().expect("top-ups").iter().any(|one| one.key == *key),
            Intent::Reservation(key) => {
                jol.offline_rides().expect("vouchers").reserved.iter().any(|one| one.key == *key)
            }
            Intent::Boarding(ride) => jol.ticket(ride).is_ok(),
            Intent::Refund(key) => jol.ride_change(key).is_ok(),
            Intent::Purchase(key) => jol.purchases().expect("purchases").iter().any(|one| one.key == *key),
        };
        assert!(is_known, "lost: {intent:?}");
    }
}

/// How everything stands, by the phone and by the operator, in words that no key and no id is in.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    phone: Vec<String>,
    left: Money,
    /// What the operator's books have entered: how often, and how much in tiyn.
    entries: BTreeMap<String, (u32, i64)>,
}

/// The kind of a state, without what hangs on keys and ids.
fn kind(state: &impl std::fmt::Debug) -> String {
    let text = format!("{state:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

/// Everything is settled; asserts that both sides say the same, and says what.
fn standing(stage: &Stage, mut world: World) -> (Standing, Saved) {
    world.settle().expect("power");
    // What is open still is told when it is asked for.
    world.told(world.jol().refresh()).expect("power");
    world.settle().expect("power");
    let jol = world.jol();
    let mut phone = Vec::new();
    for payment in jol.payments().expect("payments") {
        assert!(payment.state != PaymentState::Pending, "never answered: {payment:?}");
        if let PaymentState::Paid { ride } = &payment.state {
            let ticket = jol.ticket(ride).expect("a ticket for each ride that is paid");
            if ticket.is_valid {
                let to_sign = jol.to_sign(ride, None).expect("a valid ticket");
                let signature = world.key.sign(&to_sign.message);
                jol.present_text(ride, to_sign.slot, None, Some(&signature)).expect("a code");
            }
        }
        phone.push(format!("payment {} {} {}", payment.vehicle, payment.fare, kind(&payment.state)));
        let receipt = jol.receipt(&payment.key).expect("a receipt that verifies");
        assert_eq!(receipt.amount, payment.fare);
    }
    for top_up in jol.top_ups().expect("top-ups") {
        phone.push(format!("top-up {} {}", top_up.sum, kind(&top_up.standing)));
    }
    for held in jol.offline_rides().expect("vouchers").reserved {
        phone.push(format!("voucher {} of {}, {}", held.left, held.rides, kind(&held.standing)));
    }
    for purchase in jol.purchases().expect("purchases") {
        phone.push(format!("purchase {} {}", purchase.price, kind(&purchase.standing)));
    }
    for account in jol.card_accounts().expect("accounts") {
        phone.push(format!("card {}", account.told));
        assert_eq!((account.told, account.elsewhere), (account.booked, Money::ZERO), "{account:?}");
    }
    let valid = jol.tickets().expect("tickets").into_iter().filter(|ticket| ticket.is_valid);
    phone.extend(valid.map(|ticket| format!("valid on {} for {}", ticket.bus, ticket.sum)));
    phone.sort();
    let left = jol.ledger_balance("phone").expect("the ledger");
    assert_eq!(jol.ledger_is_balanced(), Ok(true), "the phone's ledger");
    world.close();
    let saved = world.save();
    stage.look_at_wallet(&saved, |wallet| {
        let count = |sql| wallet.query_row(sql, [], |row| row.get::<_, u32>(0));
        let waiting = count("SELECT count(*) FROM outbox WHERE operation <> 'pack'")?;
        assert_eq!(waiting, 0, "everything has its answer");
        let twice = count("SELECT count(*) - count(DISTINCT voucher || counter) FROM voucher_use")?;
        assert_eq!(twice, 0, "a counter is used once");
        Ok(())
    });
    let (entries, gone): (_, i64) = stage.look_at_books(&saved, |books| {
        let sql =
            "SELECT what, count(DISTINCT entry), sum(max(gain, 0)) FROM posting JOIN entry USING (entry)
                   WHERE what <> 'opening' GROUP BY what";
        let entries = books
            .prepare(sql)?
            .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect::<rusqlite::Result<_>>()?;
        let sql = "SELECT coalesce(-sum(gain), 0) FROM posting JOIN entry USING (entry)
                   WHERE purse = 'phone:' || ?1 AND what <> 'opening'";
        Ok((entries, books.query_row(sql, [NUMBER], |row| row.get(0))?))
    });
    assert_eq!(-left.tiyn, gone, "the phone's ledger and the operator's");
    (Standing { phone, left, entries }, saved)
}

/// Tells a story with every cut, each time to its end, and answers what an uncut one leaves.
fn tell(stage: &Stage, name: &str, begin: &Saved, story: Story) -> Saved {
    let mut uncut = stage.begin(begin);
    story(&mut uncut).expect("power");
    let (wanted, saved) = standing(stage, uncut);
    stage.every_cut(name, begin, story, |left| {
        is_whole(stage, left);
        let mut world = stage.begin(left);
        world.start().expect("power");
        knows_what_was_told(&world);
        story(&mut world).expect("power");
        assert_eq!(standing(stage, world).0, wanted);
    });
    saved
}

fn signed_up(stage: &Stage) -> Saved {
    let mut world = stage.begin(&stage.nothing());
    sign_up(&mut world).expect("power");
    world.close();
    world.save()
}

#[test]
fn no_cut_loses_or_doubles_a_ride_that_is_paid_and_given_back() {
    let stage = Stage::new();
    let paid = tell(&stage, "ride", &signed_up(&stage), ride);
    tell(&stage, "give back", &paid, give_back);
}

#[test]
fn no_cut_loses_or_doubles_a_top_up_or_a_purchase() {
    let stage = Stage::new();
    let richer = tell(&stage, "top-up", &signed_up(&stage), top_up);
    tell(&stage, "purchase", &richer, buy);
}

#[test]
fn no_cut_loses_or_doubles_a_voucher_or_its_use() {
    let stage = Stage::new();
    tell(&stage, "voucher", &signed_up(&stage), voucher);
}

/// The log is so long that the tap's own transaction makes SQLite move it into the wallet, and begin it anew.
#[test]
fn no_cut_loses_or_doubles_a_ride_while_the_log_is_moved_into_the_wallet() {
    let stage = Stage::new();
    let mut world = stage.begin(&signed_up(&stage));
    world.start().expect("power");
    world.settle().expect("power");
    let cards: Vec<String> = world.jol().cards().expect("cards").into_iter().map(|card| card.id).collect();
    let length = |world: &World| world.phone.length_of(WAL).expect("power").expect("a log");
    // SQLite moves a log of 1 000 pages.
    while length(&world) < 990 * (4_096 + 24) {
        world.jol().order_cards(cards.clone()).expect("power");
    }
    let begin = world.save();
    tell(&stage, "ride with a full log", &begin, ride);
}
