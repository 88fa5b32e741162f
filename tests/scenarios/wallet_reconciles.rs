//! Whatever a passenger does with the wallet, in whatever order, with answers lost and the app killed: the phone's
//! ledger and the operator's say the same of every source of money, to the tiyn.

use jol_core::city::fares::FareRule;
use jol_core::money::Money;
use jol_core::operator::wire::{CardForm, CardState, CardWish};
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::wallet::{Category, PassengerGroup, TopUpStanding};
use jol_headless::sandbox::data::OperatorData;
use jol_headless::sandbox::faults::FaultKind;
use jol_headless::sandbox::fleet::ShuttleFleet;
use jol_headless::story::{Passenger, Scene, Story, tell};
use jol_headless::world::dice::Dice;
use std::sync::Arc;

const DEEDS: u32 = 60;
const WALLETS: u64 = 3;
const BUSES: [&str; 2] = ["0547", "0548"];
const MINUTE_MS: i64 = 60_000;

#[test]
fn wallet_reconciles() {
    tell(module_path!(), |story| {
        for nth in 0..WALLETS {
            a_wallet(story, story.seed().wrapping_add(nth));
        }
    });
}

/// Bus 548 serves line 12, which costs 150 ₸; line 5 costs 100 ₸.
fn two_lines(operator: &mut OperatorData) {
    let city = &mut operator.cities[0];
    let dearer = FareRule { lines: vec!["12".to_owned()], price: Money::tenge(150), ..FareRule::default() };
    city.rules.fares.rules.insert(0, dearer);
    city.vehicles[1].line = "12".to_owned();
    let buses = city.vehicles.iter().map(|bus| (bus.vehicle.clone(), bus.line.clone())).collect();
    city.live = Arc::new(ShuttleFleet { buses, run_ms: 40 * MINUTE_MS });
}

fn a_wallet(story: &Story, seed: u64) {
    story.note("story", format!("a wallet of seed {seed}"));
    let scene = Scene::open_with(story, None, two_lines);
    let mut aru = scene.passenger("+77771234567");
    let mut dice = Dice::new(seed, "wallet");
    for form in [CardForm::Virtual, CardForm::QrApp, CardForm::Virtual] {
        aru.jol.register(Category::Standard, form, "", false).expect("asked");
    }
    aru.settle();
    each_deed_once(&scene, &aru);
    let bank = scene.linked_bank_card(&aru);
    pays(&aru, BUSES[0], Source::BankCard { token: bank.clone() });
    aru.settle();
    assert!(corrects(&aru), "a ride by bank card is put on the dearer bus");
    aru.settle();
    let gave = || scene.purse(&format!("bank_card:{bank}"));
    assert_eq!(gave(), Money::tenge(-150), "with its difference");
    pays(&aru, BUSES[0], Source::BankCard { token: bank.clone() });
    aru.settle();
    assert_eq!(gave(), Money::tenge(-250));
    gives_back(&aru);
    aru.settle();
    assert_eq!(gave(), Money::tenge(-150), "a ride by bank card is given back");

    let mut pick = |most: usize| (dice.next() % most as u64) as usize;
    for nth in 0..DEEDS {
        let cards = aru.jol.cards().expect("the cards");
        let card = cards[pick(cards.len())].clone();
        let bus = BUSES[pick(BUSES.len())];
        match pick(14) {
            0 | 1 => {
                let provider = ["app", "kaspi", "qiwi"][pick(3)];
                let sum = Money::tenge(100 + 10 * pick(20) as i64);
                aru.jol.top_up(&card.number, provider, sum).expect("asked");
            }
            2 | 3 => {
                let source = match pick(3) {
                    0 => Source::PhoneBalance,
                    1 => Source::BankCard { token: bank.clone() },
                    _ => Source::SmartCard { card: card.id.clone() },
                };
                pays(&aru, bus, source);
            }
            4 => _ = scene.try_tap(&format!(r#""vehicle":"{bus}","card":"{}""#, card.number)),
            5 => {
                let wish = [CardWish::Block, CardWish::Unblock, CardWish::Lose][pick(3)];
                aru.jol.change_card(&card.id, wish).expect("asked");
            }
            6 => {
                let to = &cards[pick(cards.len())].id;
                if *to != card.id {
                    aru.jol.move_card(&card.id, to).expect("asked");
                }
            }
            7 => {
                let offers = aru.jol.offers().expect("the offers");
                let offer = &offers[pick(offers.len())];
                if offer.price <= Money::tenge(300) {
                    let source = [
                        Source::PhoneBalance,
                        Source::SmartCard { card: card.id.clone() },
                        Source::BankCard { token: bank.clone() },
                    ];
                    aru.jol.buy(offer, source[pick(3)].clone()).expect("asked");
                }
            }
            8 => gives_back(&aru),
            9 => _ = corrects(&aru),
            10 => _ = scene.sms(&aru.number, bus.trim_start_matches('0')),
            11 => _ = aru.reserve(2),
            12 => _ = aru.board_offline(bus, None),
            _ => {
                let faulty = ["pay", "startTopUp", "buy", "moveCard", "rides", "vouchers"];
                scene.fault(faulty[pick(faulty.len())], FaultKind::DropAnswer, 1 + pick(2) as u32);
            }
        }
        aru.settle();
        banks_answer(&scene, &aru, pick(3) > 0);
        if nth % 15 == 14 {
            aru.kill_and_start_again();
            // No answer is under way for as long as the time that passes next.
            aru.settle();
        }
        scene.pass_ms(1_000 + MINUTE_MS * pick(4) as i64);
    }
    scene.heal();
    // No ride without a network is under way any more, and what is left of those is given back.
    scene.pass_ms(90 * MINUTE_MS);
    for _ in 0..3 {
        scene.pass_ms(10 * MINUTE_MS);
        aru.settle();
        banks_answer(&scene, &aru, true);
    }
    if !gives_back_vouchers(&aru) {
        aru.reserve(2);
        aru.settle();
        assert!(gives_back_vouchers(&aru), "something is held");
    }
    aru.settle();
    refreshed(&aru);
    assert!(aru.jol.ledger_balance("vouchers").expect("the ledger") > Money::ZERO, "held for seven days");
    reconciles(&scene, &aru, &bank);

    // It returned, and both know.
    scene.pass_ms(7 * 24 * 60 * MINUTE_MS);
    refreshed(&aru);
    aru.refresh_offline();
    assert_eq!(aru.jol.ledger_balance("vouchers"), Ok(Money::ZERO));
    reconciles(&scene, &aru, &bank);
    let states = aru.jol.cards().expect("the cards");
    story.note(
        "phone",
        format!("ends with {:?}", states.iter().map(|one| one.state).collect::<Vec<CardState>>()),
    );
}

/// Whatever the dice say.
fn each_deed_once(scene: &Scene<'_>, aru: &Passenger<'_>) {
    let first = aru.jol.cards().expect("the cards").remove(0);
    aru.jol.top_up(&first.number, "app", Money::tenge(300)).expect("asked");
    let card =
        aru.jol.offers().expect("the offers").into_iter().find(|offer| offer.price == Money::tenge(300));
    aru.jol.buy(&card.expect("an offer"), Source::PhoneBalance).expect("asked");
    aru.settle();
    // A message pays one bus; later a card pays the other, and its ride is put on the first one.
    scene.sms(&aru.number, "548");
    scene.pass_ms(45 * MINUTE_MS);
    pays(aru, BUSES[0], Source::SmartCard { card: first.id });
    aru.settle();
    assert!(corrects(aru), "a ride by card is put on the dearer bus");
    aru.settle();
    // A plastic card: its money waits at the validator.
    let issue = format!(r#"{{"to":"{}","category":"standard","form":"physical"}}"#, aru.number);
    scene.control("POST", "/sandbox/cards", &issue);
    refreshed(aru);
    let cards = aru.jol.cards().expect("the cards");
    let plastic = cards.into_iter().find(|card| card.form == CardForm::Physical).expect("a plastic card");
    aru.jol.top_up(&plastic.number, "kaspi", Money::tenge(200)).expect("asked");
    aru.settle();
    banks_answer(scene, aru, true);
    assert_eq!(aru.jol.ledger_balance("at-validator"), Ok(Money::tenge(200)), "it waits there");
    assert_eq!(like(scene, "at_validator:%"), Money::tenge(200));
    // Two rides for a bus without a network, of which one is used.
    aru.reserve(2);
    aru.settle();
    aru.board_offline("547", None).expect("a ride");
    aru.settle();
    // It is valid for as long as that.
    scene.pass_ms(90 * MINUTE_MS);
}

/// Of every source of money, and of what is held, the phone's ledger says what the operator's says.
fn reconciles(scene: &Scene<'_>, aru: &Passenger<'_>, bank: &str) {
    assert_eq!(aru.settle(), 0, "everything has its answer");
    let booked = |account: &str| aru.jol.ledger_balance(account).expect("the ledger");
    let accounts = aru.jol.card_accounts().expect("the accounts");
    assert!(accounts.iter().any(|account| account.told > Money::ZERO), "something happened: {accounts:?}");
    for account in accounts {
        let held = scene.purse(&format!("card:{}", account.card));
        assert_eq!(booked(&format!("card:{}", account.card)), held, "{account:?}");
        assert_eq!((account.told, account.booked, account.elsewhere), (held, held, Money::ZERO));
    }
    let on_cards = like(scene, "card:%");
    let known = aru.jol.card_accounts().expect("the accounts");
    assert_eq!(known.iter().map(|card| card.booked.tiyn).sum::<i64>(), on_cards.tiyn, "no card is left out");
    assert_eq!(Money::ZERO.minus(booked("phone")), Some(scene.gone_from_phone(&aru.number)), "the phone");
    assert_eq!(booked(&format!("bank:{bank}")), scene.purse(&format!("bank_card:{bank}")), "the bank card");
    assert_eq!(booked("vouchers"), like(scene, "voucher:%"), "what is held for rides");
    assert_eq!(booked("at-validator"), like(scene, "at_validator:%"), "what waits for a plastic card");
    assert_eq!(booked("fares"), like(scene, "fares:%"), "what the rides cost");
    assert_eq!(booked("purchases"), like(scene, "sales:%"), "what was bought");

    let month = aru.jol.month_sum(jol_headless::story::NOON_MS).expect("a sum");
    let (sold, fares) = (like(scene, "sales:%"), like(scene, "fares:%"));
    let topped_up: i64 = scene.books(
        "SELECT coalesce(sum(gain), 0) FROM posting JOIN entry USING (entry)
         WHERE what = 'top_up' AND purse LIKE 'card:%'",
        [],
    );
    assert_eq!(month.bought, sold);
    assert_eq!(month.spent.minus(month.came_back), Some(fares));
    assert_eq!(month.topped_up.tiyn, topped_up);
    assert!(sold > Money::ZERO && fares > Money::ZERO && topped_up > 0, "each kind happened");
    assert!(aru.jol.ledger_is_balanced().expect("the ledger"));
    scene.books_balance();
}

/// What all purses of this kind hold.
fn like(scene: &Scene<'_>, purses: &str) -> Money {
    let sql = "SELECT coalesce(sum(gain), 0) FROM posting WHERE purse LIKE ?1";
    Money::tiyn(scene.books(sql, [purses]))
}

fn refreshed(aru: &Passenger<'_>) {
    aru.jol.refresh().expect("asked");
    aru.settle();
}

fn pays(aru: &Passenger<'_>, bus: &str, source: Source) {
    let adult = vec![PassengerGroup { category: Category::Standard, count: 1 }];
    let quote = aru.jol.quote(bus, Way::App, source, adult, false).expect("a quote");
    aru.tap(&quote);
}

/// The newest ride that was paid.
fn newest_ride(aru: &Passenger<'_>) -> Option<String> {
    let payments = aru.jol.payments().expect("the payments");
    payments.into_iter().find_map(|payment| match payment.state {
        PaymentState::Paid { ride } => Some(ride),
        _ => None,
    })
}

/// The newest ride is given back, if that is still possible.
fn gives_back(aru: &Passenger<'_>) {
    if let Some(ride) = newest_ride(aru) {
        let _ = aru.jol.refund(&ride);
    }
}

/// "Not this bus?": the newest ride is put on the other one, if the phone still asks for that.
fn corrects(aru: &Passenger<'_>) -> bool {
    let Some(ride) = newest_ride(aru) else { return false };
    let quotes = BUSES.iter().filter_map(|bus| aru.jol.quote_correction(&ride, bus).ok());
    quotes.into_iter().any(|quote| aru.jol.correct(&quote).is_ok())
}

/// What is left of each reservation is given back; says whether there was any.
fn gives_back_vouchers(aru: &Passenger<'_>) -> bool {
    let reserved = aru.jol.offline_rides().expect("the wallet").reserved;
    let left = reserved.into_iter().filter(|one| one.can_be_given_back).filter_map(|one| one.voucher);
    let mut any = false;
    for voucher in left {
        aru.give_back(&voucher).expect("signed");
        any = true;
    }
    any
}

fn banks_answer(scene: &Scene<'_>, aru: &Passenger<'_>, paid: bool) {
    for top_up in aru.jol.top_ups().expect("the top-ups") {
        if let (TopUpStanding::WaitingForBank { .. }, Some(id)) = (&top_up.standing, &top_up.top_up) {
            scene.control("POST", &format!("/sandbox/bank/{id}"), &format!(r#"{{"paid":{paid}}}"#));
        }
    }
    aru.jol.refresh_top_ups().expect("asked");
    aru.settle();
}
